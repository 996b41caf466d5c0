//! A message, whisper or note in the thread.

use std::ops::Range;

use domain::channel::ChannelKind;
use domain::id::AgentId;
use domain::message::{Delivery, Message, MessageKind};
use domain::office::Office;
use domain::permission::Permission;
use domain::viewer::By;
use leptos::ev;
use leptos::prelude::*;

use super::rich::rich;
use super::sent_file::SentFile;
use super::{mention, selection};
use crate::commands::{Asking, use_screen};
use crate::desk::use_desk;
use crate::ui::avatar::Avatar;
use crate::ui::dynamic::heard;
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};

/// How far a message of ours got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not ours to say.
    None,
    /// On its way to the server.
    Sending,
    /// On its way as soon as the server can be reached.
    Waiting,
    /// On its way to the customer.
    Delivery(Delivery),
}

impl Progress {
    fn word(self) -> Option<&'static str> {
        match self {
            Progress::None => None,
            Progress::Sending => Some("sending…"),
            Progress::Waiting => Some("waiting for the connection"),
            Progress::Delivery(delivery) => Some(delivery.key()),
        }
    }
}

/// One message. `follows` leaves the head out: the same person went on writing.
#[component]
pub fn MessageView(
    message: Message,
    #[prop(into)] contact: String,
    progress: Progress,
    follows: bool,
    /// The names of its tags.
    tags: Vec<String>,
    /// Whether its author has changed it.
    revised: bool,
) -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let me = desk.viewer.with_untracked(|viewer| viewer.agent);
    let office = desk.office.get_untracked();
    let (name, mine) = author(&message, &contact, &office, me);
    let photo = message.by.agent().and_then(|agent| office.photo_of(agent));
    let at = message.at;
    let clock = time::clock(at);
    let kind = message.kind;
    let word = match kind {
        MessageKind::Customer => "customer",
        MessageKind::Reply => "reply",
        MessageKind::Ai => "AI",
        MessageKind::Whisper => "whisper",
        MessageKind::Note => "note",
        MessageKind::ClientNote => "note about the client",
    };
    let shown = if mine { "You".to_string() } else { name.clone() };
    let label = match kind {
        MessageKind::Whisper => format!("Whisper by {shown}, {clock}"),
        MessageKind::Note => format!("Note by {shown}, {clock}"),
        MessageKind::ClientNote => format!("Note about the client by {shown}, {clock}"),
        MessageKind::Customer | MessageKind::Reply | MessageKind::Ai => {
            let progress = progress.word().map(|word| format!(", {word}")).unwrap_or_default();
            format!("{shown}, {word}, {clock}{progress}")
        }
    };
    let id = message.id;
    // What is not there yet, or stands beside all of the client's conversations, stays where it is.
    let may_do_something = desk.viewer.with_untracked(|viewer| {
        [Permission::TagApply, Permission::MergeSplit, Permission::EmailTranscript]
            .into_iter()
            .any(|permission| viewer.may(permission))
    });
    let can_be_selected = may_do_something
        && kind != MessageKind::ClientNote
        && !matches!(progress, Progress::Sending | Progress::Waiting);
    let can_be_changed = mine
        && matches!(kind, MessageKind::Whisper | MessageKind::Note)
        && !matches!(progress, Progress::Sending | Progress::Waiting)
        && !message.is_deleted();
    let change = move |_| {
        screen.revising.set(Some(id));
        screen.asking.set(Some(Asking::Revise));
    };
    // What it said its author reads, and who monitors.
    let reads_versions = mine || desk.viewer.with_untracked(|viewer| viewer.may(Permission::Monitor));
    let select = format!("Select message from {shown} at {clock}");
    let is_selected =
        move || screen.selecting.with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.contains(&id)));
    let toggle = move |event: ev::MouseEvent| selection::choose(desk, screen, id, event.shift_key());
    let is_formatted = message.is_formatted(untrack(|| desk.opened_channel()).unwrap_or(ChannelKind::Api));
    let names: Vec<&str> = match kind.is_public() {
        true => vec![],
        false => office.agents.values().map(|agent| agent.display_name.as_str()).collect(),
    };
    view! {
        <article
            class="message" aria-label=label data-kind=kind.key() data-follows=follows.then_some("")
            data-sending=matches!(progress, Progress::Sending | Progress::Waiting).then_some("")
        >
            {(!follows).then(|| view! {
                {match kind {
                    MessageKind::Ai => view! { <span class="avatar avatar--ai" aria-hidden="true"><Icon name="bot" /></span> }.into_any(),
                    MessageKind::Customer | MessageKind::Reply | MessageKind::Whisper | MessageKind::Note | MessageKind::ClientNote => {
                        view! { <Avatar name=name.clone() photo=photo /> }.into_any()
                    }
                }}
                <p class="message__by">
                    <b><bdi>{shown.clone()}</bdi></b>
                    <span>
                        {(kind == MessageKind::Whisper).then(|| view! { <Icon name="eye-off" /> })}
                        {matches!(kind, MessageKind::Note | MessageKind::ClientNote).then(|| view! { <Icon name="sticky-note" /> })}
                        {word}" · "<Time at=at text=clock.clone() />
                        {progress.word().map(|word| format!(" · {word}"))}
                        {(revised && !message.is_deleted()).then(|| view! {
                            " · "<button type="button" class="message__edited" aria-haspopup="dialog" on:click=heard(change)>"edited"</button>
                        })}
                    </span>
                </p>
            })}
            {message.is_deleted().then(|| view! {
                <p class="message__text message__text--gone">
                    "Deleted by its author."
                    {reads_versions.then(|| view! { " "<button type="button" class="message__edited" aria-haspopup="dialog" on:click=heard(change)>"What it said"</button> })}
                </p>
            })}
            {message.caption().filter(|text| !text.is_empty()).map(|text| view! { <div class="message__text" dir="auto" data-rich=is_formatted.then_some("")>{match is_formatted {
                    // As the channel shows it.
                    false => written(text, &names),
                    true => rich(text, &|text| written(text, &names)),
                }}</div> })}
            {message.file.clone().map(|file| {
                let is_here = matches!(progress, Progress::Sending | Progress::Waiting);
                view! { <SentFile file=*file is_here /> }
            })}
            {(!tags.is_empty()).then(|| view! {
                <ul class="message__tags" aria-label="Tags">{tags.into_iter().map(|tag| view! { <li class="chip chip--tag"><bdi>{tag}</bdi></li> }).collect_view()}</ul>
            })}
            {can_be_changed.then(|| view! {
                <button
                    type="button" class="message__change" aria-haspopup="dialog" title="Edit or delete"
                    aria-label=format!("Edit or delete your {word}, {clock}") on:click=heard(change)
                ><Icon name="pencil-line" /></button>
            })}
            {can_be_selected.then(|| view! {
                <input type="checkbox" class="message__select" aria-label=select prop:checked=is_selected on:click=heard(toggle) />
            })}
        </article>
    }
}

fn author(message: &Message, contact: &str, office: &Office, me: AgentId) -> (String, bool) {
    match message.by {
        By::Agent(agent) => (office.name_of(agent).to_string(), agent == me),
        By::Visitor(_) => (contact.to_string(), false),
        By::Ai => (office.ai_name.clone(), false),
        By::Rule => ("Rule".into(), false),
        By::System => ("Switchboard".into(), false),
    }
}

/// The text with links that can be followed and names that stand out. Nothing in it is ever markup.
pub fn written(text: &str, names: &[&str]) -> Vec<AnyView> {
    let mut marks: Vec<(Range<usize>, bool)> = links(text).into_iter().map(|range| (range, true)).collect();
    marks.extend(mention::find(text, names).into_iter().map(|(range, _)| (range, false)));
    marks.sort_by_key(|(range, _)| range.start);
    let mut pieces = vec![];
    let mut from = 0;
    for (range, is_link) in marks {
        if range.start < from {
            continue; // a name inside a link
        }
        let (before, marked) = (text.get(from..range.start), text.get(range.clone()).unwrap_or_default());
        pieces.push(before.unwrap_or_default().to_string().into_any());
        let marked = marked.to_string();
        pieces.push(match is_link {
            true => {
                let href = marked.clone();
                view! { <a href=href target="_blank" rel="noopener noreferrer nofollow">{marked}</a> }
                    .into_any()
            }
            false => view! { <mark>{marked}</mark> }.into_any(),
        });
        from = range.end;
    }
    pieces.push(text.get(from..).unwrap_or_default().to_string().into_any());
    pieces
}

/// Where web addresses stand. A full stop after one ends the sentence, not the address.
fn links(text: &str) -> Vec<Range<usize>> {
    let mut found = vec![];
    let mut from = 0;
    while let Some(at) =
        ["https://", "http://"].iter().filter_map(|scheme| text.get(from..)?.find(scheme)).min()
    {
        let at = from + at;
        let rest = text.get(at..).unwrap_or_default();
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        let address = word.trim_end_matches(['.', ',', ')', '!', '?', ';', ':', '"', '>']);
        from = at + word.len().max(1);
        found.push(at..at + address.len());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_before_the_full_stop() {
        let text = "See https://fernhill.example/a?b=1. Or (http://x.example), or ftp://no.example";
        let found: Vec<&str> = links(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["https://fernhill.example/a?b=1", "http://x.example"]);
    }
}
