//! Icons of one sprite.

use leptos::prelude::*;

/// A decorative icon. Whatever it means must stand in a text beside it or in a name around it.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use href=format!("/icons.svg#{name}") />
        </svg>
    }
}
