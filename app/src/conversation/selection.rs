//! Messages that are chosen in the thread, and what can be done with them.

use std::collections::BTreeSet;

use domain::conversation::{Command, Head};
use domain::id::MessageId;
use domain::message::MessageKind;
use leptos::ev;
use leptos::prelude::*;

use super::picker::messages;
use crate::commands::use_screen;
use crate::desk::thread::Open;
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::ui::dynamic::{When, heard, says};

/// The bar under the thread, while messages are being chosen.
#[component]
pub fn Selection() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    // What was chosen elsewhere is not here.
    let number = Memo::new(move |_| desk.opened.with(Open::number));
    Effect::new(move || {
        number.track();
        screen.selecting.set(None);
    });
    let chosen = move || screen.selecting.get().unwrap_or_default();
    let stop = move || {
        screen.selecting.set(None);
        dom::focus_soon("more-actions");
    };
    let has_earlier = move || desk.opened.with(|open| open.thread().is_some_and(|thread| thread.has_earlier));
    let split = move || {
        let Some(row) = untrack(|| desk.opened_row()).map(|row| row.get_untracked()) else { return };
        let mut all = untrack(|| heads(desk));
        // Something that is not loaded stays: the server knows what.
        if untrack(has_earlier) {
            let (id, kind, at) =
                (dom::message_id(), MessageKind::Customer, row.scene.conversation.created_at);
            all.insert(0, Head { id, kind, at });
        }
        let command = Command::Split { next: dom::conversation_id(), messages: untrack(chosen), all };
        if screen.give(command, &row) {
            stop();
        }
    };
    view! {
        <When holds=move || screen.selecting.with(Option::is_some)>
            <div
                class="handing selected" id="selected" role="toolbar" aria-label="Selected messages" tabindex="-1"
                on:keydown=heard(move |event: ev::KeyboardEvent| if event.key() == "Escape" {
                    event.stop_propagation();
                    stop()
                })
            >
                <p role="status">{says(move || goes_where(&heads(desk), &chosen(), has_earlier()))}</p>
                <span class="selected__do">
                    <button
                        type="button" class="button button--accent" aria-disabled=says(move || chosen().is_empty().then_some("true"))
                        on:click=heard(move |_| split())
                    >"Split"</button>
                    <button type="button" class="button" on:click=heard(move |_| stop())>"Cancel"</button>
                </span>
            </div>
        </When>
    }
}

/// What would go, and what would stay.
fn goes_where(all: &[Head], chosen: &BTreeSet<MessageId>, has_earlier: bool) -> String {
    if chosen.is_empty() {
        return "Choose the messages that are about something else: they go into a conversation of their own.".into();
    }
    let stay = all.iter().filter(|head| !chosen.contains(&head.id)).count();
    let verb = |n| if n == 1 { ("goes", "stays") } else { ("go", "stay") };
    let stays = match has_earlier {
        true => "the rest stays".to_string(),
        false => format!("{stay} {}", verb(stay).1),
    };
    let go = format!("{} {}", messages(chosen.len()), verb(chosen.len()).0);
    format!("{go} into a new conversation of the same client, {stays} here.")
}

/// The messages that are loaded, oldest first.
fn heads(desk: Desk) -> Vec<Head> {
    desk.opened.with(|open| {
        let entries = open.thread().map(|thread| thread.entries.as_slice()).unwrap_or_default();
        let said = entries.iter().filter_map(|entry| entry.message.as_ref());
        said.filter(|message| message.kind != MessageKind::ClientNote).map(Head::of).collect()
    })
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    // rule 002-26
    #[test]
    fn it_is_said_what_goes_and_what_stays() {
        let all: Vec<Head> = (1..5)
            .map(|n| Head { id: MessageId::new(n), kind: MessageKind::Customer, at: Timestamp(0) })
            .collect();
        let ids = |chosen: &[u128]| chosen.iter().map(|n| MessageId::new(*n)).collect();
        let said = |chosen: &[u128]| goes_where(&all, &ids(chosen), false);
        assert_eq!(said(&[2]), "1 message goes into a new conversation of the same client, 3 stay here.");
        assert_eq!(
            said(&[1, 2, 3]),
            "3 messages go into a new conversation of the same client, 1 stays here."
        );
        assert!(said(&[]).starts_with("Choose"));
        assert!(goes_where(&all, &ids(&[2]), true).ends_with("the rest stays here."));
    }
}
