//! What an agent sees. `server` renders it (`ssr`); in the browser it wakes (`hydrate`).
//!
//! Reading order: [`api`] and [`backend`] (what is asked of the server), [`desk`] (what this browser knows), [`live`] (how it hears of more), [`notices`], [`commands`]
//! and [`palette`] (what can be done), then the screens: [`setup`], [`shell`], [`sign_in`], [`inbox`], [`conversation`], [`settings`].

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

pub mod api;
pub mod backend;
pub mod commands;
pub mod conversation;
pub mod desk;
pub mod dom;
pub mod error;
pub mod inbox;
pub mod live;
pub mod notices;
pub mod palette;
pub mod settings;
pub mod setup;
pub mod shell;
pub mod sign_in;
pub mod ui;

/// The workspace. Rendered on the server as a skeleton; its data is read from the page by the browser.
#[component]
pub fn App() -> impl IntoView {
    let desk = desk::Desk::new();
    provide_context(desk);
    let started = RwSignal::new(false);
    // Runs in the browser only: on the server the skeleton is all there is.
    Effect::new(move || {
        let block = dom::text_of("boot").unwrap_or_default();
        if let Ok(boot) = serde_json::from_str(&block) {
            desk.start(boot);
            started.set(true);
        }
    });
    view! {
        <Router>
            <Routes fallback=inbox::Skeleton>
                <Route
                    path=path!("/*place")
                    view=move || view! { <Show when=move || started.get() fallback=inbox::Skeleton><inbox::Workspace /></Show> }
                />
            </Routes>
        </Router>
    }
}

/// Wakes the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    dom::paint_panics();
    leptos::mount::hydrate_body(App);
}
