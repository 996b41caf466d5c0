//! What is said of the connection: that it is gone, that one is signed out, that there is a new version.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::desk::use_desk;
use crate::dom;
use crate::live::Line;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;

/// A connection that is back sooner than this was never away.
const BLINK: Duration = Duration::from_millis(1_500);

/// Announcements that come together are one.
const TOGETHER: Duration = Duration::from_millis(1_000);

/// The strips at the head of the screen.
#[component]
pub fn Connection() -> impl IntoView {
    let desk = use_desk();
    let shown = RwSignal::new(Line::Live);
    Effect::new(move || {
        let line = desk.line.get();
        match line {
            Line::Live | Line::Opening => shown.set(Line::Live),
            Line::Offline => shown.set(line),
            Line::Reconnecting => set_timeout(
                move || {
                    if desk.line.get_untracked() == Line::Reconnecting {
                        shown.set(Line::Reconnecting);
                    }
                },
                BLINK,
            ),
        }
    });
    let said = move || match shown.get() {
        Line::Live | Line::Opening => None,
        Line::Reconnecting => Some("Reconnecting…"),
        Line::Offline => Some("Offline. Messages will be sent when you are back."),
    };
    let is_lost = Memo::new(move |_| shown.get() != Line::Live);
    view! {
        <div>
            <p class="strip" role="status" aria-label="Connection">
                {part(move || said().map(|said| view! { <Icon name="wifi-off" /><span>{said}</span> }))}
            </p>
            // Assertive, and only that it is lost: what follows from it stands in the strip.
            <When holds=move || is_lost.get()>
                <p class="visually-hidden" role="alert">"Connection lost."</p>
            </When>
            <When holds=move || desk.forgets.get()>
                <p class="strip" data-tone="warn" role="status">
                    <Icon name="circle-alert" />
                    <span>"This browser keeps nothing: its storage is full or forbidden. Keep this page open until everything is sent."</span>
                </p>
            </When>
            <When holds=move || desk.new_version.get()>
                <p class="strip" data-tone="info" role="status">
                    <Icon name="refresh-cw" />
                    <span>"A new version is available"</span>
                    <button type="button" class="button" on:click=heard(|_| dom::reload_page())>"Reload"</button>
                </p>
            </When>
        </div>
    }
}

/// Says to a screen reader what happens, at most once a second.
#[component]
pub fn Announcer() -> impl IntoView {
    let desk = use_desk();
    let said = RwSignal::new(String::new());
    let waits = StoredValue::new(false);
    Effect::new(move || {
        if desk.announced.with(String::is_empty) || waits.get_value() {
            return;
        }
        waits.set_value(true);
        let say = move || {
            waits.try_set_value(false);
            // The same words again are read only if they differ.
            let words = desk.announced.get_untracked();
            said.try_update(|said| *said = if *said == words { format!("{words}\u{a0}") } else { words });
        };
        set_timeout(say, TOGETHER);
    });
    view! { <p class="visually-hidden" role="status" aria-label="Announcements">{part(move || said.get())}</p> }
}

/// Stands over the page when nobody is signed in any more. Signing in again goes on where one was.
#[component]
pub fn SignedOut() -> impl IntoView {
    let desk = use_desk();
    let me = desk.viewer.with_untracked(|viewer| viewer.agent);
    let email = desk.office.with_untracked(|office| office.agents.get(&me).map(|agent| agent.email.clone()));
    let email = email.unwrap_or_default();
    let password = NodeRef::<leptos::html::Input>::new();
    let problem = RwSignal::new(None::<&'static str>);
    let is_busy = RwSignal::new(false);
    // Where the keyboard was, it goes on.
    let writing_at = dom::focused().map(|element| element.id()).filter(|id| !id.is_empty());
    on_cleanup(move || dom::focus_soon(writing_at.unwrap_or("list-title".into())));
    dom::focus_soon("sign-in-password");
    let submit = {
        let email = email.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let (Some(field), false) = (password.get_untracked(), is_busy.get_untracked()) else { return };
            let (email, word) = (email.clone(), field.value());
            is_busy.set(true);
            spawn_local(async move {
                let signed_in = dom::sign_in(&email, &word).await;
                is_busy.try_set(false);
                match signed_in {
                    Some(true) => desk.signed_in(),
                    Some(false) => {
                        problem.try_set(Some("This password is not right, or there were too many tries."));
                        field.set_value("");
                        dom::focus("sign-in-password");
                    }
                    None => drop(problem.try_set(Some("The server could not be reached. Try again."))),
                }
            });
        }
    };
    let dialog = open_dialog();
    let elsewhere = format!("/login?next={}", window().location().pathname().unwrap_or_default());
    view! {
        <dialog
            class="dialog" aria-labelledby="signed-out" aria-describedby="signed-out-why" node_ref=dialog
            role="alertdialog" on:cancel=heard(|event: leptos::ev::Event| event.prevent_default())
            // Browsers let Escape close it in the end, whoever says no.
            on:close=heard(move |_| if let Some(dialog) = dialog.get_untracked() { let _ = dialog.show_modal(); })
        >
            <h2 id="signed-out">"You are signed out"</h2>
            <p id="signed-out-why">"Your session has ended. What you wrote is kept in this browser."</p>
            <form class="dialog__form" on:submit=heard(submit)>
                <label class="field">
                    <span class="field__label">"Email"</span>
                    <input class="input" type="email" name="email" autocomplete="username" readonly value=email />
                </label>
                <label class="field">
                    <span class="field__label">"Password"</span>
                    <input
                        class="input" type="password" name="password" id="sign-in-password" autocomplete="current-password"
                        required node_ref=password aria-describedby="sign-in-problem"
                    />
                </label>
                <p id="sign-in-problem" class="field__problem" role="status">{part(move || problem.get())}</p>
                <div class="dialog__actions">
                    <a class="button button--quiet" href=elsewhere rel="external">"Sign in as somebody else"</a>
                    <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>
                        "Sign in again"
                    </button>
                </div>
            </form>
        </dialog>
    }
}

/// Opens a dialog above everything as soon as it is there: nothing behind it can be reached meanwhile.
fn open_dialog() -> NodeRef<leptos::html::Dialog> {
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            // One that is open already stays so.
            let _ = dialog.show_modal();
        }
    });
    dialog
}
