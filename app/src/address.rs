//! Where the workspace is: the browser's address, and going elsewhere without loading a page.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

use crate::shell::Place;

/// The address of the page. One for the whole page, which lives as long.
#[derive(Clone, Copy)]
pub struct Address {
    path: RwSignal<String>,
    /// Without its question mark.
    query: RwSignal<String>,
}

impl Address {
    /// The address as it is, from now on followed: links within the workspace, back and forward.
    pub fn follow() -> Self {
        let address = Self { path: RwSignal::default(), query: RwSignal::default() };
        address.read();
        // Both as long as the page.
        std::mem::forget(window_event_listener(ev::popstate, move |_| address.read()));
        std::mem::forget(window_event_listener(ev::click, move |event| {
            if let Some(link) = followed(&event) {
                event.prevent_default();
                address.go(&link);
            }
        }));
        address
    }

    /// Goes there. Back leads to where one is now.
    pub fn go(self, link: &str) {
        let is_here = format!("{}?{}", self.path.get_untracked(), self.query.get_untracked());
        if is_here.trim_end_matches('?') == link {
            return;
        }
        // Refused only to pages that change it without end.
        let _ = window()
            .history()
            .and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(link)));
        self.read();
    }

    /// The same, in place of where one is.
    pub fn replace(self, link: &str) {
        let history = window().history();
        let _ = history.and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(link)));
        self.read();
    }

    /// What it says is searched for. Tracks it.
    pub fn searched(self) -> String {
        let query = self.query();
        let text = query.split('&').find_map(|part| part.strip_prefix("q="));
        text.and_then(|text| js_sys::decode_uri_component(text).ok()).map(String::from).unwrap_or_default()
    }

    /// The place that it names, if there is one. Tracks it.
    pub fn place(self) -> Option<Place> {
        self.path.with(|path| Place::of_path(path))
    }

    /// The words behind the question mark. Tracks them.
    pub fn query(self) -> String {
        self.query.get()
    }

    fn read(self) {
        let location = window().location();
        let query = location.search().unwrap_or_default();
        self.query.set(query.trim_start_matches('?').to_owned());
        self.path.set(location.pathname().unwrap_or_default());
    }
}

/// The address of this page, for whatever stands on it.
pub fn use_address() -> Address {
    expect_context()
}

/// The link within the workspace that a click follows. Other keys and buttons, other windows, downloads and other
/// pages are the browser's.
fn followed(event: &MouseEvent) -> Option<String> {
    let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if elsewhere || event.button() != 0 || event.default_prevented() {
        return None;
    }
    let clicked: Element = event.target()?.dyn_into().ok()?;
    let link = clicked.closest("a[href]").ok()??;
    if link.has_attribute("target") || link.has_attribute("download") {
        return None;
    }
    let href = link.get_attribute("href")?;
    let path = href.split(['?', '#']).next()?;
    Place::of_path(path).filter(|_| path.starts_with('/') && !path.starts_with("//"))?;
    Some(href)
}
