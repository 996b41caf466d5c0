//! Messages that are chosen in the thread, and what can be done with them.

use std::collections::BTreeSet;

use domain::conversation::{Command, Head};
use domain::id::MessageId;
use domain::message::MessageKind;
use leptos::ev;
use leptos::prelude::*;

use domain::permission::Permission;

use super::picker::{Pickers, messages};
use crate::commands::{Asking, Screen, use_screen};
use crate::desk::thread::Open;
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::ui::dynamic::{When, heard, says};
use crate::ui::icon::Icon;

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
    let may_tag = Memo::new(move |_| desk.viewer.with(|viewer| viewer.may(Permission::TagApply)));
    let may_send = Memo::new(move |_| desk.viewer.with(|viewer| viewer.may(Permission::EmailTranscript)));
    let may_split = Memo::new(move |_| desk.viewer.with(|viewer| viewer.may(Permission::MergeSplit)));
    let chosen = move || screen.selecting.get().unwrap_or_default();
    let stop = move || {
        screen.selecting.set(None);
        dom::focus_soon("more-actions");
    };
    let has_earlier = move || desk.opened.with(|open| open.thread().is_some_and(|thread| thread.has_earlier));
    let split = move || {
        let Some(row) = untrack(|| desk.opened_row()).map(|row| row.get_untracked()) else { return };
        let all = untrack(|| all_heads(desk));
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
                <p role="status">{says(move || said(&heads(desk), &chosen(), has_earlier(), may_split.get()))}</p>
                <span class="selected__do">
                    <When holds=move || may_tag.get()>
                        <Pickers of=&[Asking::TagMessages] trigger="add-tag">
                            <button
                                type="button" class="button" id="add-tag" aria-haspopup="dialog"
                                aria-expanded=says(move || screen.asks(Asking::TagMessages).to_string())
                                aria-disabled=says(move || chosen().is_empty().then_some("true"))
                                on:click=heard(move |_| match untrack(chosen).is_empty() {
                                    true => desk.toasts.alert("Choose at least one message first."),
                                    false => screen.toggle(Asking::TagMessages),
                                })
                            ><Icon name="tag" />"Add Tag"</button>
                        </Pickers>
                    </When>
                    <When holds=move || may_send.get()>
                        <button
                            type="button" class="button" aria-disabled=says(move || chosen().is_empty().then_some("true"))
                            on:click=heard(move |_| match untrack(chosen).is_empty() {
                                true => desk.toasts.alert("Choose at least one message first."),
                                false => screen.toggle(Asking::Email),
                            })
                        ><Icon name="mail" />"Send to Email"</button>
                    </When>
                    <When holds=move || may_split.get()>
                        <button
                            type="button" class="button" aria-disabled=says(move || chosen().is_empty().then_some("true"))
                            on:click=heard(move |_| split())
                        >"Split"</button>
                    </When>
                    <button type="button" class="button" on:click=heard(move |_| stop())>"Cancel"</button>
                </span>
            </div>
        </When>
    }
}

/// What is chosen, and what a split would do with it.
fn said(all: &[Head], chosen: &BTreeSet<MessageId>, has_earlier: bool, may_split: bool) -> String {
    match (chosen.len(), may_split) {
        (0, true) => {
            "Choose messages to tag or send them, or those that are about something else to split them off."
                .into()
        }
        (0, false) => "Choose messages to tag or send them.".into(),
        (n, true) => format!("{n} selected. Split: {}", goes_where(all, chosen, has_earlier)),
        (n, false) => format!("{n} selected."),
    }
}

/// What would go, and what would stay.
fn goes_where(all: &[Head], chosen: &BTreeSet<MessageId>, has_earlier: bool) -> String {
    let stay = all.iter().filter(|head| !chosen.contains(&head.id)).count();
    let verb = |n| if n == 1 { ("goes", "stays") } else { ("go", "stay") };
    let stays = match has_earlier {
        true => "the rest stays".to_string(),
        false => format!("{stay} {}", verb(stay).1),
    };
    let go = format!("{} {}", messages(chosen.len()), verb(chosen.len()).0);
    format!("{go} into a new conversation of the same client, {stays} here.")
}

/// Chooses a message, or chooses it no more; with Shift, all up to the one that was chosen before.
pub fn choose(desk: Desk, screen: Screen, id: MessageId, is_range: bool) {
    let anchor = screen.anchor.get_value();
    let all: Vec<MessageId> = untrack(|| heads(desk)).iter().map(|head| head.id).collect();
    let was_empty = screen.selecting.with_untracked(|chosen| chosen.as_ref().is_none_or(BTreeSet::is_empty));
    screen.selecting.update(|chosen| {
        let chosen = chosen.get_or_insert_default();
        match anchor.filter(|_| is_range && !was_empty).and_then(|anchor| between(&all, anchor, id)) {
            Some(range) => chosen.extend(range),
            None if chosen.remove(&id) => {}
            None => drop(chosen.insert(id)),
        }
    });
    screen.anchor.set_value(Some(id));
    // Whoever takes the last one out again chooses no more.
    if screen.selecting.with_untracked(|chosen| chosen.as_ref().is_some_and(BTreeSet::is_empty)) && !was_empty
    {
        screen.selecting.set(None);
    }
}

/// Those from one to the other, both with them, in whichever order they stand.
fn between(all: &[MessageId], one: MessageId, other: MessageId) -> Option<&[MessageId]> {
    let place = |id| all.iter().position(|known| *known == id);
    let (one, other) = (place(one)?, place(other)?);
    all.get(one.min(other)..=one.max(other))
}

/// All messages, as far as this browser knows them: for what is not loaded stands one of the customer's. The server knows
/// which.
pub fn all_heads(desk: Desk) -> Vec<Head> {
    let mut all = heads(desk);
    if desk.opened.with(|open| open.thread().is_some_and(|thread| thread.has_earlier))
        && let Some(row) = desk.opened_row()
    {
        let at = row.with(|row| row.scene.conversation.created_at);
        all.insert(0, Head { id: dom::message_id(), kind: MessageKind::Customer, at });
    }
    all
}

/// The messages that are loaded, oldest first.
pub fn heads(desk: Desk) -> Vec<Head> {
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

    #[test]
    fn a_range_goes_from_one_to_the_other_in_either_direction() {
        let all: Vec<MessageId> = (1..6).map(MessageId::new).collect();
        let range = |one, other| between(&all, MessageId::new(one), MessageId::new(other));
        assert_eq!(range(2, 4), all.get(1..4));
        assert_eq!(range(4, 2), all.get(1..4));
        assert_eq!(range(3, 3), all.get(2..3));
        assert_eq!(range(2, 9), None);
    }

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
        assert!(super::said(&all, &ids(&[]), false, true).starts_with("Choose"));
        assert_eq!(super::said(&all, &ids(&[2, 3]), false, false), "2 selected.");
        assert!(goes_where(&all, &ids(&[2]), true).ends_with("the rest stays here."));
    }
}
