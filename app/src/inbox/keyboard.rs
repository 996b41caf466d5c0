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
        // What is chosen is chosen no more before the list is gone back to.
        if event.key() == "Escape" && !dom::is_typing() && screen.selecting.get_untracked().is_some() {
            event.prevent_default();
            screen.selecting.set(None);
            dom::focus_soon("messages");
            return;
        }
        // A dialog has keys of its own.
        if dom::shows("dialog[open]") {
            return;
        }
        let Some(action) = meant(screen, &event, first) else { return };
        event.prevent_default();
        screen.run(action);
    });
    on_cleanup(move || listener.remove());
}

/// The action that a key stands for here and now.
fn meant(
    screen: Screen,
    event: &KeyboardEvent,
    first: StoredValue<Option<domain::time::Timestamp>>,
) -> Option<Action> {
    let key = event.key();
    // These work inside fields too.
    if let Some(action) = anywhere(event) {
        return Some(action);
    }
    // In a field it takes back what was typed.
    let is_mod = event.ctrl_key() || event.meta_key();
    if is_mod && key == "z" && !event.shift_key() && !event.alt_key() && !dom::is_typing() {
        return Some(Action::Undo);
    }
    if is_mod || event.alt_key() {
        return None;
    }
    if dom::is_typing() {
        if key == "Escape" {
            dom::focus("messages");
        }
        return None;
    }
    let was_g = first.get_value().is_some_and(|at| (dom::now() - at).0 < PAIR_MS);
    first.set_value(None);
    let in_list = dom::focused().is_some_and(|element| element.closest(".list").ok().flatten().is_some());
    match key.as_str() {
        "ArrowDown" if in_list => Some(Action::Next),
        "ArrowUp" if in_list => Some(Action::Previous),
        "Escape" => find("Escape"),
        // Who speaks to the computer writes letters by chance.
        _ if !screen.single_keys.get_untracked() => None,
        _ if was_g => find(&format!("g {key}")),
        "g" => {
            first.set_value(Some(dom::now()));
            None
        }
        _ => find(&key),
    }
}

fn find(keys: &str) -> Option<Action> {
    let entry = REGISTRY.iter().find(|entry| !keys.is_empty() && entry.shortcut == keys)?;
    Some(one_for_both(entry.action))
}

/// One key for both: taking what nobody has is assigning it to oneself.
fn one_for_both(action: Action) -> Action {
    match action {
        Action::Start => Action::AssignToMe,
        action => action,
    }
}

/// The action of keys that are held together.
fn anywhere(event: &KeyboardEvent) -> Option<Action> {
    let is_mod = if dom::mod_key() == "⌘" { event.meta_key() } else { event.ctrl_key() };
    let held = match (is_mod, event.alt_key(), event.shift_key()) {
        (true, false, false) => "Mod+",
        (false, true, false) => "Alt+",
        (false, false, true) => "Shift+",
        (false, false, false) => "",
        _ => return None,
    };
    let key = match (held, event.key()) {
        // Alt changes what a key writes: outside of fields the key counts by its place. Inside, on some keyboards, `@`
        // and `é` are written with it: there a letter is an order only where it is that letter still.
        ("Alt+", _) if !dom::is_typing() => by_place(&event.code())?,
        (_, key) if key.chars().count() == 1 => key.to_uppercase(),
        (_, key) => key,
    };
    // By itself a letter is no such key.
    if held.is_empty() && key != "F6" {
        return None;
    }
    let keys = format!("{held}{key}");
    let entry = REGISTRY.iter().find(|entry| entry.anywhere == keys)?;
    Some(one_for_both(entry.action))
}

/// The key at that place of the keyboard, as the registry writes it.
fn by_place(code: &str) -> Option<String> {
    match code {
        "Period" => Some(".".into()),
        "ArrowDown" | "ArrowUp" => Some(code.into()),
        _ => code.strip_prefix("Key").map(str::to_owned),
    }
}
