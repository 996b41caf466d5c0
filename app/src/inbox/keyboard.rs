//! Shortcuts: the registry's keys, wherever the keyboard is not in a field.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::commands::{Action, REGISTRY, Screen};
use crate::dom;

/// How long the second key of a pair is waited for.
const PAIR_MS: i64 = 1000;

/// Listens to the whole window.
pub fn listen(screen: Screen) {
    let first = StoredValue::new(None::<domain::time::Timestamp>);
    let listener = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        if event.default_prevented() || event.is_composing() || screen.desk.signed_out.get_untracked() {
            return;
        }
        if event.key() == "Escape"
            && !screen.no_tips.get_untracked()
            && dom::shows(".tipped:hover, .tipped :focus-visible")
        {
            screen.no_tips.set(true);
            return;
        }
        let Some(action) = meant(&event, first) else { return };
        event.prevent_default();
        screen.run(action);
    });
    on_cleanup(move || listener.remove());
}

/// The action that a key stands for here and now.
fn meant(event: &KeyboardEvent, first: StoredValue<Option<domain::time::Timestamp>>) -> Option<Action> {
    let key = event.key();
    if event.ctrl_key() || event.meta_key() {
        return None;
    }
    if event.alt_key() {
        // These work inside fields too.
        return match key.as_str() {
            "ArrowDown" => Some(Action::Next),
            "ArrowUp" => Some(Action::Previous),
            // On some keyboards Alt writes letters: `@` and `é` are text, not orders.
            _ if dom::is_typing() => by_letter(&key),
            _ => by_code(&event.code()),
        };
    }
    if dom::is_typing() {
        if key == "Escape" {
            dom::focus("messages");
        }
        return None;
    }
    let was_g = first.get_value().is_some_and(|at| (dom::now() - at).0 < PAIR_MS);
    first.set_value(None);
    if was_g {
        return find(&format!("g {key}"));
    }
    if key == "g" {
        first.set_value(Some(dom::now()));
        return None;
    }
    let in_list = dom::focused().is_some_and(|element| element.closest(".list").ok().flatten().is_some());
    match key.as_str() {
        "ArrowDown" if in_list => Some(Action::Next),
        "ArrowUp" if in_list => Some(Action::Previous),
        _ => find(&key),
    }
}

fn find(keys: &str) -> Option<Action> {
    REGISTRY.iter().find(|entry| entry.shortcut == keys).map(|entry| entry.action).map(
        |action| match action {
            // One key for both: taking what nobody has is assigning it to oneself.
            Action::Start => Action::AssignToMe,
            action => action,
        },
    )
}

/// Alt with a letter in a field: only where it is that letter still.
fn by_letter(key: &str) -> Option<Action> {
    by_code(&format!("Key{}", key.to_ascii_uppercase())).or(by_code(if key == "." { "Period" } else { "" }))
}

/// Alt with a letter: by its place, because Alt changes what the key writes.
fn by_code(code: &str) -> Option<Action> {
    match code {
        "KeyL" => Some(Action::Reply),
        "KeyP" => Some(Action::Whisper),
        "KeyE" => Some(Action::Resolve),
        "KeyA" => Some(Action::Assign),
        "KeyI" => Some(Action::AssignToMe),
        "Period" => Some(Action::Details),
        _ => None,
    }
}
