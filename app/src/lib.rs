//! What an agent sees. `server` renders its frame (`ssr`); the browser builds the rest (`browser`).
//!
//! Reading order: [`api`] and [`backend`] (what is asked of the server), [`desk`] (what this browser knows), [`live`] (how it hears of more), [`notices`], [`commands`]
//! and [`palette`] (what can be done), [`address`], then the screens: [`setup`], [`shell`], [`sign_in`], [`inbox`], [`conversation`], [`settings`].

use leptos::prelude::*;

pub mod address;
pub mod api;
pub mod backend;
pub mod commands;
pub mod conversation;
pub mod desk;
pub mod dom;
pub mod error;
pub mod inbox;
pub mod join;
pub mod live;
pub mod notices;
pub mod palette;
pub mod settings;
pub mod setup;
pub mod shell;
pub mod sign_in;
pub mod ui;

/// The workspace, with what the page brought along. Only ever built in the browser.
#[component]
pub fn App(boot: backend::Boot) -> impl IntoView {
    let desk = desk::Desk::new();
    provide_context(desk);
    provide_context(address::Address::follow());
    desk.start(boot);
    view! { <inbox::Workspace /> }
}

/// Puts the workspace in place of the skeleton that the server rendered. The page loads this module and calls it by
/// that name.
#[cfg(feature = "browser")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use wasm_bindgen::JsCast;
    dom::paint_panics();
    let block = dom::text_of("boot").unwrap_or_default();
    let boot = api::read(&block).expect("the page brings its data");
    let place = document()
        .get_element_by_id(shell::MOUNT)
        .and_then(|place| place.dyn_into::<web_sys::HtmlElement>().ok());
    let place = place.expect("the page has a place for the workspace");
    place.set_inner_html("");
    leptos::mount::mount_to(place, move || view! { <App boot=boot /> }).forget();
}
