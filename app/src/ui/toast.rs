//! Short messages that come and go. What went wrong stays until it is dismissed.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::Icon;
use crate::ui::dynamic::heard;

/// How long good news stays. It waits while the pointer or the keyboard is on it.
const STAYS: Duration = Duration::from_secs(8);

/// The messages on the screen.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
    held: RwSignal<bool>,
}

#[derive(Clone, PartialEq)]
struct Toast {
    id: u32,
    text: String,
    is_alert: bool,
    /// Whether what it says can be undone.
    undoes: bool,
}

impl Toasts {
    /// None yet. Belongs to the root: what reports to it may outlive every screen.
    pub fn new() -> Self {
        Self { shown: RwSignal::default(), next: StoredValue::new(0), held: RwSignal::new(false) }
    }

    /// Says that something is done.
    pub fn say(self, text: impl Into<String>) {
        let id = self.add(text.into(), false, false);
        self.later(id);
    }

    /// Says that something is done which can be undone. Only the last such thing can.
    pub fn say_undoable(self, text: impl Into<String>) {
        self.settle();
        let id = self.add(text.into(), false, true);
        self.later(id);
    }

    /// Nothing that was said can be undone any more.
    pub fn settle(self) {
        self.shown.try_update(|shown| shown.retain(|toast| !toast.undoes));
        // A button that goes while it has the keyboard is not left.
        self.held.try_set(false);
    }

    /// Says that something did not happen, and why.
    pub fn alert(self, text: impl Into<String>) {
        self.add(text.into(), true, false);
    }

    fn add(self, text: String, is_alert: bool, undoes: bool) -> u32 {
        let id = self.next.try_get_value().unwrap_or_default();
        self.next.try_set_value(id + 1);
        self.shown.try_update(|shown| {
            // The same again is one.
            shown.retain(|toast| toast.text != text);
            shown.push(Toast { id, text, is_alert, undoes });
            // What went wrong is never pushed out by what went well.
            let mut surplus = shown.len().saturating_sub(4);
            shown.retain(|toast| {
                let goes = surplus > 0 && !toast.is_alert;
                surplus -= usize::from(goes);
                !goes
            });
        });
        id
    }

    fn later(self, id: u32) {
        leptos::prelude::set_timeout(
            move || match self.held.try_get_untracked() {
                Some(true) => self.later(id),
                _ => self.dismiss(id),
            },
            STAYS,
        );
    }

    fn dismiss(self, id: u32) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

/// The region that shows them.
#[component]
pub fn ToastRegion(toasts: Toasts, undo: Callback<()>) -> impl IntoView {
    let held = toasts.held;
    view! {
        <section
            class="toasts" aria-label="Notifications"
            on:mouseenter=heard(move |_| held.set(true)) on:mouseleave=heard(move |_| held.set(false))
            on:focusin=heard(move |_| held.set(true)) on:focusout=heard(move |_| held.set(false))
        >
            <For each=move || toasts.shown.get() key=|toast| toast.id let(toast)>
                <div class="toast" data-alert=toast.is_alert.then_some("") role=if toast.is_alert { "alert" } else { "status" }>
                    <Icon name=if toast.is_alert { "circle-alert" } else { "check" } />
                    <p>{toast.text.clone()}</p>
                    {toast.undoes.then(|| view! {
                        <button class="button button--quiet" type="button" on:click=heard(move |_| undo.run(()))>"Undo"</button>
                    })}
                    <button
                        class="button button--quiet button--icon" type="button" aria-label="Dismiss"
                        on:click=heard(move |_| toasts.dismiss(toast.id))
                    >
                        <Icon name="x" />
                    </button>
                </div>
            </For>
        </section>
    }
}
