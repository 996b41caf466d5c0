//! The box that searches, and what was found in a text.

use domain::search::{Operator, Words};
use leptos::ev;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::row::row_id;
use crate::commands::use_screen;
use crate::desk::use_desk;
use crate::dom;
use crate::ui::dynamic::heard;
use crate::ui::icon::Icon;

/// The box.
#[component]
pub fn SearchBox() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let text = move || desk.search.with(|search| search.text.clone());
    let hint = move || {
        desk.search.with(|search| match search.unclear {
            Some(unclear) if !search.text.trim().is_empty() => unclear.sentence(),
            _ if search.is_incomplete => "Older messages are still being indexed.".into(),
            _ => String::new(),
        })
    };
    let first = move || {
        let id = desk.list.with_untracked(|list| list.ids.first().copied())?;
        desk.row(id).map(|row| row.with_untracked(|row| row.scene.conversation.number))
    };
    let keys = move |event: KeyboardEvent| match &*event.key() {
        "Escape" if !event.is_composing() => {
            event.prevent_default();
            screen.go.search(desk, "");
            dom::focus_soon("list-title");
        }
        "Enter" | "ArrowDown" if !event.is_composing() => {
            event.prevent_default();
            if let Some(number) = first() {
                dom::focus(&row_id(number));
            }
        }
        _ => {}
    };
    view! {
        <form class="search" role="search" aria-label="Search conversations" on:submit=heard(|event: ev::SubmitEvent| event.prevent_default())>
            <Icon name="search" />
            <input
                type="search" id="search" class="input search__text" aria-label="Search conversations" placeholder="Search"
                autocomplete="off" spellcheck="false" aria-describedby="search-hint" prop:value=text
                on:input=heard(move |event: ev::Event| screen.go.search(desk, &event_target_value(&event))) on:keydown=heard(keys)
            />
            <p class="search__hint" id="search-hint" role="status">{hint}</p>
        </form>
    }
}

/// What can be typed, where nothing was found.
#[component]
pub fn SearchTips() -> impl IntoView {
    let tips = Operator::ALL.iter().map(|operator| {
        view! { <li><kbd>{operator.key()}":"</kbd>" "{operator.takes()}</li> }
    });
    view! {
        <div class="empty">
            <Icon name="search" />
            <h2>"No conversations match"</h2>
            <p>"Words are found by their beginning, in names and in what was said. Narrow it with"</p>
            <ul class="search__tips">{tips.collect_view()}</ul>
        </div>
    }
}

/// A text with what was found in it.
pub fn marked(text: &str, words: Option<&Words>) -> Vec<AnyView> {
    let (mut parts, mut at) = (vec![], 0);
    for mark in words.into_iter().flat_map(|words| words.marks(text)) {
        parts.extend(text.get(at..mark.start).map(|plain| plain.to_owned().into_any()));
        at = mark.end;
        parts.extend(text.get(mark).map(|found| view! { <mark>{found.to_owned()}</mark> }.into_any()));
    }
    parts.extend(text.get(at..).map(|rest| rest.to_owned().into_any()));
    parts
}
