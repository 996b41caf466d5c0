//! The thread, grouped by day and author.

use domain::conversation::{Command, Event};
use domain::id::{MailId, MessageId};
use domain::message::{Message, MessageKind};
use domain::permission::Permission;
use domain::time::{Duration, Timestamp};
use leptos::prelude::*;

use super::event;
use super::message::{MessageView, Progress};
use crate::commands::use_screen;
use crate::desk::use_desk;
use crate::dom;
use crate::live::Line;
use crate::ui::dynamic::{When, heard, says};
use crate::ui::icon::Icon;
use crate::ui::time;
use domain::live::Entry;

/// Messages of one person stand together while no more than this lies between them.
const TOGETHER: Duration = Duration::minutes(5);

/// How far from its end a thread may be scrolled and still follow what comes.
const NEAR_END_PX: i32 = 120;

/// A line of the thread.
#[derive(Clone, PartialEq)]
enum Item {
    /// As it is called, with its place: a clock that was set back shows a day twice.
    Day(String, usize),
    Event {
        seq: i64,
        text: String,
        icon: &'static str,
        at: Timestamp,
        /// The other conversation that it is about.
        other: Option<i64>,
        /// The e-mail that can be sent again, and to whom.
        again: Option<(MailId, String)>,
    },
    Message {
        key: String,
        message: Message,
        progress: Progress,
        follows: bool,
        /// What the client is called, where it is theirs.
        contact: String,
        /// The names of its tags.
        tags: Vec<String>,
        /// Whether its author has changed it.
        revised: bool,
    },
}

impl Item {
    fn key(&self) -> String {
        match self {
            Item::Day(day, place) => format!("d{day}-{place}"),
            Item::Event { seq, text, again, .. } => format!("e{seq}{}{text}", again.is_some()),
            Item::Message { key, message, progress, follows, contact, tags, revised } => {
                // What can be changed is drawn anew.
                let text = if *revised { message.text.as_str() } else { "" };
                format!("{key}{progress:?}{follows}{contact}{tags:?}{revised}{text}")
            }
        }
    }
}

/// The messages.
#[component]
pub fn Timeline() -> impl IntoView {
    let desk = use_desk();
    let has_earlier = move || desk.opened.with(|open| open.thread().is_some_and(|thread| thread.has_earlier));
    let number = Memo::new(move |_| desk.opened.with(|open| open.number()));
    let screen = use_screen();
    let is_here = Memo::new(move |_| desk.opened.with(|open| open.thread().is_some()));
    let items = whole_after_paint(Memo::new(move |_| items(desk)), number, is_here);
    let is_at_end = StoredValue::new(true);
    follow_end(items, number, is_at_end);
    view! {
        <div
            class="log" id="messages" role="log" aria-live="off" aria-label="Messages" tabindex="0"
            data-selecting=says(move || screen.selecting.with(Option::is_some).then_some(""))
            aria-busy=says(move || (!is_here.get()).to_string())
            on:scroll=heard(move |_| is_at_end.set_value(is_near_end()))
        >
            <When holds=move || !is_here.get()><super::Loading /></When>
            <When holds=has_earlier>
                <button type="button" class="button log__earlier" on:click=heard(move |_| desk.earlier())>"Show earlier messages"</button>
            </When>
            <For each=move || items.get() key=Item::key let(item)>
                {match item {
                    Item::Day(day, _) => {
                        view! { <h3 class="log__day">{day}</h3> }.into_any()
                    }
                    Item::Event { text, icon, at, other, again, .. } => {
                        let clock = time::clock(at);
                        let label = format!("Event: {text}, {clock}");
                        view! {
                            <article class="log__event" aria-label=label>
                                <Icon name=icon /><span>
                                    {text.clone()}" · "<time::Time at=at text=clock.clone() />
                                    {other.map(|number| view! { " · "<a href=format!("/c/{number}")>"Open conversation "{number}</a> })}
                                    {again.map(|(mail, to)| view! { " · "<Again mail to /> })}
                                </span>
                            </article>
                        }.into_any()
                    }
                    Item::Message { message, progress, follows, contact, tags, revised, .. } => {
                        view! { <MessageView message progress follows contact tags revised /> }.into_any()
                    }
                }}
            </For>
        </div>
    }
}

/// Sends an e-mail once more that was not delivered.
#[component]
fn Again(mail: MailId, to: String) -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let label = format!("Retry: e-mail to {to}");
    let again = move || {
        let Some(row) = untrack(|| desk.opened_row()).map(|row| row.get_untracked()) else { return };
        if screen.give(Command::EmailAgain { mail, to: to.clone() }, &row) {
            dom::focus_soon("messages");
        }
    };
    view! {
        <button type="button" class="log__again" aria-label=label on:click=heard(move |_| again())>"Retry"</button>
    }
}

/// A line is at least so high, but for events.
const LINE_PX: f64 = 48.0;

/// The newest lines, as many as a window holds, and the others once these are painted.
fn whole_after_paint(
    items: Memo<Vec<Item>>,
    number: Memo<Option<i64>>,
    is_here: Memo<bool>,
) -> Memo<Vec<Item>> {
    let painted = RwSignal::new(None);
    Effect::new(move || {
        let number = number.get();
        if is_here.get() {
            dom::after_paint(move || {
                painted.try_set(number);
            });
        }
    });
    Memo::new(move |_| {
        let is_whole = painted.get() == number.get();
        let seen = (dom::window_height() / LINE_PX) as usize;
        items.with(|items| {
            let from = if is_whole { 0 } else { items.len().saturating_sub(seen) };
            items.get(from..).unwrap_or_default().to_vec()
        })
    })
}

fn items(desk: crate::desk::Desk) -> Vec<Item> {
    let (me, may_send) = desk.viewer.with(|viewer| (viewer.agent, viewer.may(Permission::EmailTranscript)));
    let (contact, tags) = desk
        .opened_row()
        .map(|row| {
            row.with(|row| {
                (row.scene.contact.display_name.clone(), row.scene.conversation.message_tags.clone())
            })
        })
        .unwrap_or_default();
    let tags = |id: &MessageId| {
        let Some(tags) = tags.get(id) else { return vec![] };
        desk.office
            .with(|office| tags.iter().filter_map(|tag| Some(office.tags.get(tag)?.name.clone())).collect())
    };
    let mut items = vec![];
    let mut last: Option<Message> = None;
    let Some((id, entries)) =
        desk.opened.with(|open| open.thread().map(|thread| (thread.id, thread.entries.clone())))
    else {
        return items;
    };
    let mut day = None;
    let mut on_day = |items: &mut Vec<Item>, at: Timestamp, last: &mut Option<Message>| {
        if day != Some(dom::day_of(at)) {
            day = Some(dom::day_of(at));
            items.push(Item::Day(time::day(at, desk.now.get_untracked()), items.len()));
            *last = None;
        }
    };
    let changed: std::collections::BTreeSet<_> = entries
        .iter()
        .filter_map(|entry| match entry.event {
            Some(Event::Revised { message, .. } | Event::Retracted { message }) => Some(message),
            _ => None,
        })
        .collect();
    let known: std::collections::BTreeSet<_> =
        entries.iter().filter_map(|entry| entry.message.as_ref().map(|message| message.id)).collect();
    for entry in &entries {
        let said = desk.office.with(|office| event::line(entry, office, me, &contact));
        if said.is_some() || entry.message.is_some() {
            on_day(&mut items, entry.at, &mut last);
        }
        if let Some((text, icon)) = said {
            let other = entry.event.as_ref().and_then(event::other);
            let again = entry.event.as_ref().and_then(event::undelivered);
            let is_last = |(mail, to)| {
                let since = entries.iter().rev().take_while(|later| later.seq > entry.seq);
                !since.filter_map(|later| later.event.as_ref()).any(|event| event::is_of(event, (mail, to)))
            };
            let again = again.filter(|again| may_send && is_last(*again));
            let again = again.map(|(mail, to)| (mail, to.to_owned()));
            items.push(Item::Event { seq: entry.seq, text, icon, at: entry.at, other, again });
            last = None;
        }
        if let Some(message) = &entry.message {
            let revised = changed.contains(&message.id);
            items.push(item(message, progress(entry), &last, &contact, tags(&message.id), revised));
            last = Some(message.clone());
        }
    }
    let is_offline = desk.line.get() == Line::Offline;
    let hoped = desk.hoped_messages(id).into_iter();
    for (message, is_stored) in hoped.filter(|(message, _)| !known.contains(&message.id)) {
        on_day(&mut items, message.at, &mut last);
        let progress = match (is_stored, is_offline) {
            (true, _) => Progress::None,
            (false, true) => Progress::Waiting,
            (false, false) => Progress::Sending,
        };
        items.push(item(&message, progress, &last, &contact, vec![], false));
        last = Some(message);
    }
    items
}

fn item(
    message: &Message,
    progress: Progress,
    last: &Option<Message>,
    contact: &str,
    tags: Vec<String>,
    revised: bool,
) -> Item {
    // Its head says that it was changed.
    let follows = !revised
        && last.as_ref().is_some_and(|last| {
            last.by == message.by && last.kind == message.kind && message.at - last.at < TOGETHER
        });
    let contact = if message.kind == MessageKind::Customer { contact.to_string() } else { String::new() };
    let key = message.id.to_string();
    Item::Message { key, message: message.clone(), progress, follows, contact, tags, revised }
}

fn progress(entry: &Entry) -> Progress {
    let is_ours = entry.message.as_ref().is_some_and(|message| matches!(message.kind, MessageKind::Reply));
    match entry.delivery {
        Some(delivery) if is_ours => Progress::Delivery(delivery),
        Some(_) | None => Progress::None,
    }
}

/// A thread is opened at its end and stays there while it grows or its place shrinks, unless somebody reads further up.
fn follow_end(items: Memo<Vec<Item>>, number: Memo<Option<i64>>, is_at_end: StoredValue<bool>) {
    let (desk, screen) = (use_desk(), use_screen());
    Effect::new(move |before: Option<Option<i64>>| {
        let number = number.get();
        items.track();
        // The strip above the composer takes its room from the thread.
        desk.looks.track();
        screen.selecting.track();
        if before != Some(number) {
            is_at_end.set_value(true);
        }
        if is_at_end.get_value() {
            request_animation_frame(|| dom::scroll_to_end("messages"));
        }
        number
    });
}

fn is_near_end() -> bool {
    document().get_element_by_id("messages").is_some_and(|log| {
        log.scroll_height() - log.scroll_top() - log.client_height() < NEAR_END_PX + log.client_height() / 3
    })
}
