//! A dialog above everything: Escape and a click beside it close it, and the keyboard goes back to where it was.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::dom;
use crate::ui::dynamic::{When, heard};

/// A dialog. Its children are there while it is open.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    label: &'static str,
    class: &'static str,
    /// What has the keyboard first; else it is what says so itself.
    #[prop(optional)]
    focus: Option<NodeRef<html::Input>>,
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <When holds=move || open.get()>
            <Opened open label class focus children=children.clone() />
        </When>
    }
}

#[component]
fn Opened(
    open: RwSignal<bool>,
    label: &'static str,
    class: &'static str,
    focus: Option<NodeRef<html::Input>>,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            // One that is open already stays so.
            let _ = dialog.show_modal();
            if let Some(field) = focus.and_then(|focus| focus.get()) {
                let _ = field.focus();
            }
        }
    });
    // The browser gives the keyboard back where it was; what stood there may be gone by now.
    on_cleanup(|| request_animation_frame(|| dom::rescue_focus("list-title")));
    // Only the dialog itself is what lies around its content.
    let beside = move |event: leptos::ev::MouseEvent| {
        let is_itself =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlDialogElement>().ok());
        if is_itself.is_some() {
            dom::close_dialog();
        }
    };
    view! {
        <dialog
            class=format!("dialog {class}") aria-label=label node_ref=dialog on:close=heard(move |_| { open.try_set(false); })
            on:mousedown=heard(beside)
        >
            <div class="dialog__body">{children()}</div>
        </dialog>
    }
}
