//! What an agent sees. `server` renders it (`ssr`), the browser wakes it (`hydrate`).
pub mod backend;
pub mod conversation;
pub mod error;
pub mod shell;
pub mod sign_in;
use leptos::prelude::*;
#[component]
pub fn App() -> impl IntoView {
    view! { <p>"x"</p> }
}
