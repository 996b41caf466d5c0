//! What waits to be sent at its time: who wrote it and when it goes, and for its author the way back.

use std::collections::BTreeSet;

use domain::conversation::{Command, Event, Scheduled};
use domain::id::{ConversationId, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::commands::{Asking, use_screen};
use crate::conversation::draft::Kind;
use crate::desk::use_desk;
use crate::dom;
use crate::ui::dynamic::heard;
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};

/// Those of the conversation on the screen.
#[component]
pub fn ScheduledMessages(#[prop(into)] id: Signal<Option<ConversationId>>) -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let all = RwSignal::new((None::<ConversationId>, Vec::<Scheduled>::new()));
    // Each entry of the log that says something of them is a reason to ask.
    let newest = Memo::new(move |_| {
        let of_them = |event: &Event| {
            matches!(
                event,
                Event::Scheduled { .. }
                    | Event::Unscheduled { .. }
                    | Event::ScheduleReturned { .. }
                    | Event::Replied { .. }
            )
        };
        let seq = desk.opened.with(|open| {
            let entries = &open.thread()?.entries;
            entries
                .iter()
                .rev()
                .find(|entry| entry.event.as_ref().is_some_and(of_them))
                .map(|entry| entry.seq)
        });
        (id.get(), seq)
    });
    Effect::new(move || {
        let asked = newest.get();
        let Some(id) = asked.0 else { return };
        if all.with_untracked(|(of, _)| *of != Some(id)) {
            all.set((Some(id), vec![]));
        }
        spawn_local(async move {
            // Without an answer it says nothing; the next reason asks again.
            if let Ok(now) = api::scheduled_in(id).await
                && newest.try_get_untracked() == Some(asked)
            {
                all.try_set((Some(id), now));
            }
        });
    });
    // As soon as the server has taken one back, and not before: it may have gone out meanwhile. The server keeps it as a
    // draft, too; here it comes before what stands in the field.
    let taken = StoredValue::new(Vec::<TakenBack>::new());
    let unscheduled = Memo::new(move |_| {
        let me = desk.viewer.with(|viewer| viewer.agent);
        desk.opened.with(|open| {
            let entries = open.thread().map(|thread| thread.entries.iter());
            let gone = entries.into_iter().flatten().filter_map(|entry| match entry.event {
                Some(Event::Unscheduled { message }) if entry.by.agent() == Some(me) => Some(message),
                _ => None,
            });
            gone.collect::<BTreeSet<MessageId>>()
        })
    });
    Effect::new(move || {
        let gone = unscheduled.get();
        let waits = taken.get_value();
        let (back, waits): (Vec<_>, Vec<_>) =
            waits.into_iter().partition(|back| gone.contains(&back.message));
        taken.set_value(waits);
        for TakenBack { conversation, text, edits, .. } in back {
            let begun = untrack(|| desk.drafts.text(conversation, Kind::Reply));
            // The server's draft may be here already.
            if !begun.starts_with(&text) {
                let text = if begun.trim().is_empty() { text } else { format!("{text}\n\n{begun}") };
                desk.drafts.write(conversation, Kind::Reply, text);
            }
            if id.get_untracked() != Some(conversation) {
                continue;
            }
            screen.whispering.set(false);
            if edits {
                screen.asking.set(Some(Asking::Schedule));
            } else {
                dom::focus_soon("composer-text");
            }
        }
    });
    let here = move || all.with(|(of, all)| if *of == id.get() { all.clone() } else { vec![] });
    view! {
        <ul class="uploads" aria-label="Scheduled messages" hidden=move || here().is_empty()>
            <For each=here key=|one| (one.message, one.at, one.returned_at) let:one>
                <ScheduledView one id taken />
            </For>
        </ul>
    }
}

/// One that its author takes back.
#[derive(Clone)]
struct TakenBack {
    conversation: ConversationId,
    message: MessageId,
    text: String,
    /// Whether it is to be scheduled again.
    edits: bool,
}

#[component]
fn ScheduledView(
    one: Scheduled,
    id: Signal<Option<ConversationId>>,
    taken: StoredValue<Vec<TakenBack>>,
) -> impl IntoView {
    let desk = use_desk();
    let Scheduled { message, by, at, text, returned_at } = one;
    let returned = returned_at.is_some();
    let mine = desk.viewer.with_untracked(|viewer| viewer.agent) == by;
    let who = if mine {
        "You".to_string()
    } else {
        desk.office.with_untracked(|office| office.name_of(by).to_string())
    };
    let when = format!("{}, {}", time::day(at, desk.now.get_untracked()), time::clock(at));
    let words = text.clone();
    let take_back = move |edits: bool| {
        let Some(conversation) = id.get_untracked() else { return };
        if desk.dispatch(conversation, Command::Unschedule { message, by }).is_some() {
            let back = TakenBack { conversation, message, text: words.clone(), edits };
            taken.update_value(|taken| taken.push(back));
        }
    };
    let (edit, cancel) = (take_back.clone(), take_back);
    view! {
        <li class="uploads__one" data-failed=returned.then_some("")>
            <Icon name="clock" />
            <span class="uploads__name uploads__words"><b>{who}", "<Time at=at text=when />": "</b><bdi>{text}</bdi></span>
            {returned.then(|| view! {
                <span class="uploads__problem" role="alert">"Not sent: somebody wrote since, or it cannot be sent any more."</span>
            })}
            {mine.then(|| view! {
                <button type="button" class="button" on:click=heard(move |_| edit(true))>"Edit"</button>
                <button type="button" class="button" on:click=heard(move |_| cancel(false))>"Cancel"</button>
            })}
        </li>
    }
}
