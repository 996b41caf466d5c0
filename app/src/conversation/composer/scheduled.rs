//! What waits to be sent at its time: who wrote it and when it goes, and for its author the way back.

use domain::conversation::{Command, Event, Scheduled};
use domain::id::ConversationId;
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
    let desk = use_desk();
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
        let (Some(id), _) = newest.get() else { return };
        if all.with_untracked(|(of, _)| *of != Some(id)) {
            all.set((Some(id), vec![]));
        }
        spawn_local(async move {
            // Without an answer it says nothing; the next reason asks again.
            if let Ok(now) = api::scheduled_in(id).await
                && newest.try_get_untracked().is_some_and(|(here, _)| here == Some(id))
            {
                all.try_set((Some(id), now));
            }
        });
    });
    // What could not be sent is a draft again, which the server has.
    let returned = Memo::new(move |_| {
        let me = desk.viewer.with(|viewer| viewer.agent);
        desk.opened.with(|open| {
            let is_mine = |event: &Event| matches!(event, Event::ScheduleReturned { to, .. } if *to == me);
            let entries = &open.thread()?.entries;
            entries
                .iter()
                .rev()
                .find(|entry| entry.event.as_ref().is_some_and(is_mine))
                .map(|entry| entry.seq)
        })
    });
    Effect::new(move || {
        if returned.get().is_some() {
            untrack(|| desk.drafts.fetch());
        }
    });
    let here = move || all.with(|(of, all)| if *of == id.get() { all.clone() } else { vec![] });
    view! {
        <ul class="uploads" aria-label="Scheduled messages" hidden=move || here().is_empty()>
            <For each=here key=|one| (one.message, one.at) let:one>
                <ScheduledView one id />
            </For>
        </ul>
    }
}

#[component]
fn ScheduledView(one: Scheduled, id: Signal<Option<ConversationId>>) -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let Scheduled { message, by, at, text } = one;
    let mine = desk.viewer.with_untracked(|viewer| viewer.agent) == by;
    let who = if mine {
        "You".to_string()
    } else {
        desk.office.with_untracked(|office| office.name_of(by).to_string())
    };
    let when = format!("{}, {}", time::day(at, desk.now.get_untracked()), time::clock(at));
    let words = text.clone();
    // The text goes back to where it was written, before what was begun since: nothing of it is lost.
    let take_back = move |edits: bool| {
        let Some(id) = id.get_untracked() else { return };
        if desk.dispatch(id, Command::Unschedule { message, by }).is_none() {
            return;
        }
        let begun = untrack(|| desk.drafts.text(id, Kind::Reply));
        let text = if begun.trim().is_empty() { words.clone() } else { format!("{words}\n\n{begun}") };
        desk.drafts.write(id, Kind::Reply, text);
        screen.whispering.set(false);
        if edits {
            screen.asking.set(Some(Asking::Schedule));
        } else {
            dom::focus_soon("composer-text");
        }
    };
    let (edit, cancel) = (take_back.clone(), take_back);
    view! {
        <li class="uploads__one">
            <Icon name="clock" />
            <span class="uploads__name"><b>{who}", "<Time at=at text=when />": "</b><bdi>{text}</bdi></span>
            {mine.then(|| view! {
                <button type="button" class="button" on:click=heard(move |_| edit(true))>"Edit"</button>
                <button type="button" class="button" on:click=heard(move |_| cancel(false))>"Cancel"</button>
            })}
        </li>
    }
}
