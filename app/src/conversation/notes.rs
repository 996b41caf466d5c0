//! **Notes**: what the team writes down, about the conversation and about the client.

use domain::conversation::Command;
use domain::id::MessageId;
use domain::message::{Message, MessageKind, TEXT_MAX_CHARS, Words};
use domain::refusal::Refusal;
use leptos::ev;
use leptos::prelude::*;

use super::composer::suggest::{Chosen, SuggestionList, Suggestions};
use super::composer::{mentions, signs};
use super::draft::Kind;
use super::message::written;
use super::rich::rich;
use crate::commands::Action;
use crate::desk::thread::Thread;
use crate::desk::use_desk;
use crate::dom;
use crate::inbox::ActionButton;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::time::{self, Time};

/// Where a note is written.
pub const FIELD: &str = "note-text";

/// The tab.
#[component]
pub fn Notes() -> impl IntoView {
    let desk = use_desk();
    let thread = move |of: fn(&Thread) -> Vec<Message>| desk.opened.with(|open| open.thread().map(of));
    let here = Memo::new(move |_| {
        thread(|thread| {
            let messages = thread.entries.iter().rev().filter_map(|entry| entry.message.clone());
            messages.filter(|message| message.kind == MessageKind::Note && !message.is_deleted()).collect()
        })
    });
    let about = Memo::new(move |_| thread(|thread| thread.notes.clone()));
    let list = move |label: &'static str, none: &'static str, notes: Memo<Option<Vec<Message>>>| {
        // They come with the messages.
        part(move || {
            notes.get().map(|notes| match notes.is_empty() {
                true => view! { <p class="details__none">{none}</p> }.into_any(),
                false => view! { <ul class="notes" aria-label=label>{notes.into_iter().map(card).collect_view()}</ul> }
                    .into_any(),
            })
        })
    };
    view! {
        <NewNote />
        {list("About this conversation", "No note stands in what is shown of this conversation.", here)}
        <h3>"About the client"</h3>
        <ActionButton action=Action::ClientNote class="notes__add" />
        {list("Notes", "Nothing is written down about this client yet.", about)}
    }
}

fn card(note: Message) -> impl IntoView {
    let desk = use_desk();
    let office = desk.office.get_untracked();
    let by = note.by.agent().map(|agent| office.name_of(agent).to_string());
    let at = format!("{}, {}", time::day(note.at, desk.now.get_untracked()), time::clock(note.at));
    let names: Vec<&str> = office.agents.values().map(|agent| agent.display_name.as_str()).collect();
    view! {
        <li class="card">
            <div class="note__text" dir="auto">{rich(&note.text, &|text| written(text, &names))}</div>
            <small>{by}" · "<Time at=note.at text=at /></small>
        </li>
    }
}

/// **Save Note**: for everybody of the team who sees the conversation.
#[component]
fn NewNote() -> impl IntoView {
    let desk = use_desk();
    let row = Memo::new(move |_| desk.opened_row().map(|row| row.get()));
    let id = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.scene.conversation.id)));
    let text = move || id.get().map(|id| desk.drafts.text(id, Kind::Note)).unwrap_or_default();
    let order = move |text: String| {
        let mentions = desk.office.with_untracked(|office| mentions(office, &text));
        Command::Note { words: Words::new(dom::message_id(), text), mentions }
    };
    // Whether a note would be taken, whatever it says.
    let refusal = Memo::new(move |_| {
        row.with(|row| {
            let row = row.as_ref()?;
            let words = Words::new(MessageId::new(0), "x");
            desk.try_on(&row.scene, &Command::Note { words, mentions: [].into() }).err()
        })
    });
    let is_hidden = move || {
        id.get().is_none() || matches!(refusal.get(), Some(Refusal::NotAllowed { .. } | Refusal::Missing))
    };
    let put = move |text: String| {
        if let Some(id) = id.get_untracked()
            && !desk.drafts.write(id, Kind::Note, text)
        {
            desk.forgets.set(true);
        }
    };
    let suggestions = Suggestions::new(desk, Memo::new(|_| true));
    let insert = move |Chosen { range, text: inserted, .. }: Chosen| {
        let before = untrack(text);
        let (Some(head), Some(tail)) = (before.get(..range.start), before.get(range.end..)) else { return };
        let whole = format!("{head}{inserted}{tail}");
        let caret = head.len() + inserted.len();
        dom::select_soon(FIELD, &whole, caret..caret);
        put(whole);
    };
    let n_chars = move || u32::try_from(text().chars().count()).unwrap_or(u32::MAX);
    let problem = move || match refusal.get() {
        Some(refusal) => Some(refusal.sentence()),
        None if n_chars() > TEXT_MAX_CHARS => {
            Some(Refusal::TextTooLong { chars: n_chars(), max_chars: TEXT_MAX_CHARS }.sentence())
        }
        None => None,
    };
    let save = move || {
        let (Some(id), text) = (id.get_untracked(), untrack(text)) else { return };
        if text.trim().is_empty() || untrack(problem).is_some() {
            return;
        }
        if desk.dispatch(id, order(text)).is_some() {
            suggestions.begin_anew();
            desk.announced.set("Note saved.".into());
        }
        dom::focus_soon(FIELD);
    };
    // What was begun in another conversation is not begun in this.
    Effect::new(move || {
        id.track();
        suggestions.begin_anew();
    });
    let keys = move |event: ev::KeyboardEvent| {
        if let Some(chosen) = suggestions.press(&event) {
            chosen.into_iter().for_each(insert);
        } else if let Some(whole) = signs::press(&event, FIELD, &untrack(text)) {
            suggestions.begin_anew();
            put(whole);
        } else if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.is_composing() {
            event.prevent_default();
            save();
        }
    };
    view! {
        <form class="note-form" aria-label="New note" hidden=is_hidden on:submit=heard(move |event: ev::SubmitEvent| { event.prevent_default(); save() })>
            <SuggestionList suggestions choose=Callback::new(insert) />
            <textarea
                class="input" id=FIELD rows="3" dir="auto" aria-label="Note" aria-describedby="note-problem"
                placeholder="Write a note for the team…"
                prop:readOnly=move || refusal.with(Option::is_some)
                prop:value=text
                aria-autocomplete="list"
                aria-controls=says(move || suggestions.is_open().then_some("suggest"))
                aria-activedescendant=says(move || suggestions.active())
                on:input=heard(move |event: ev::Event| {
                    let area: web_sys::HtmlTextAreaElement = event_target(&event);
                    let text = area.value();
                    if let Some(caret) = dom::caret(&area) {
                        suggestions.look(&text, caret, true);
                    }
                    put(text);
                })
                on:keydown=heard(keys)
                on:blur=heard(move |_: ev::FocusEvent| suggestions.close())
            ></textarea>
            <p id="note-problem" class="composer__problem" role="status">{problem}</p>
            <div class="note-form__bar">
                <small>"For the team only. "<b>"**bold**"</b>", "<i>"*italic*"</i>", lists, @name, / for templates."</small>
                <When holds=move || refusal.with(Option::is_none)>
                    <button type="submit" class="button" aria-disabled=says(move || text().trim().is_empty().then_some("true"))>"Save Note"</button>
                </When>
            </div>
        </form>
    }
}
