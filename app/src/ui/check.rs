//! A box that is ticked, with what it stands for beside it.

use leptos::ev;
use leptos::prelude::*;

use crate::ui::dynamic::heard;

/// One of several that are ticked.
#[component]
pub fn Check(
    #[prop(into)] label: String,
    #[prop(into)] is_in: Signal<bool>,
    /// Takes it in, or out.
    put: Callback<bool>,
    #[prop(optional)] disabled: bool,
) -> impl IntoView {
    view! {
        <label class="rights__one">
            <input
                type="checkbox" disabled=disabled prop:checked=is_in
                on:change=heard(move |event: ev::Event| put.run(event_target_checked(&event)))
            />
            <span><bdi>{label}</bdi></span>
        </label>
    }
}
