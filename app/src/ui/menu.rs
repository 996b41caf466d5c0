//! A button that opens a menu: arrows move, Escape closes and gives the keyboard back.

use leptos::ev;
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

use crate::dom;
use crate::ui::dynamic::{When, heard, says};

/// A menu button. The children are the items: buttons of role menuitem or menuitemradio.
#[component]
pub fn Menu(
    /// The id of the button; the menu's is made of it.
    id: &'static str,
    /// The accessible name of the button and of the menu.
    #[prop(into)]
    label: Signal<String>,
    /// What the button shows.
    face: ViewFn,
    /// The class of the button.
    #[prop(optional)]
    class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let list = move || format!("{id}-menu");
    let close = move || {
        open.set(false);
        dom::focus_soon(id);
    };
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            leptos::prelude::request_animation_frame(move || step(&format!("{id}-menu"), 0));
        }
    };
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            step(&list(), 1)
        }
        "ArrowUp" => {
            event.prevent_default();
            step(&list(), -1)
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            close()
        }
        _ => {}
    };
    view! {
        <div class="menu" on:focusout=heard(move |event: ev::FocusEvent| if leaves(&event) { open.set(false) })>
            <button
                class=class id=id type="button" aria-haspopup="menu"
                aria-expanded=says(move || open.get().to_string()) aria-label=label on:click=heard(toggle)
            >
                {face.run()}
            </button>
            <When holds=move || open.get()>
                <div class="menu__list" role="menu" tabindex="-1" id=list aria-label=label on:keydown=heard(keys) on:click=heard(move |_| close())>
                    {children()}
                </div>
            </When>
        </div>
    }
}

/// Whether the keyboard leaves the element that listens.
pub fn leaves(event: &FocusEvent) -> bool {
    let inside = event.current_target().and_then(|target| target.dyn_into::<Node>().ok());
    let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
    !inside.is_some_and(|inside| inside.contains(to.as_ref()))
}

/// Moves the keyboard among the items, round and round; 0 is the first.
fn step(menu: &str, by: i32) {
    let Some(menu) = document().get_element_by_id(menu) else { return };
    let Ok(items) = menu.query_selector_all("[role^=menuitem]") else { return };
    let items: Vec<HtmlElement> =
        (0..items.length()).filter_map(|n| items.item(n)?.dyn_into().ok()).collect();
    let at = items.iter().position(|item| dom::focused().as_ref() == Some(item.as_ref()));
    let n = items.len() as i32;
    let next = match at {
        Some(at) if n > 0 => (at as i32 + by).rem_euclid(n),
        _ => 0,
    };
    if let Some(item) = items.get(next as usize) {
        let _ = item.focus();
    }
}
