//! Icons of one sprite, which stands in the page: without a network they are there, too.

use leptos::prelude::*;

/// A decorative icon. Whatever it means must stand in a text beside it or in a name around it.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use href=format!("#icon-{name}") />
        </svg>
    }
}

/// The symbols, for the page that uses them.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <div hidden inner_html=include_str!("../../public/icons.svg")></div> }
}
