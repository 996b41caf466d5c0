//! A message, whisper or note in the thread.

use domain::id::AgentId;
use domain::message::{Delivery, Message, MessageKind};
use domain::office::Office;
use domain::viewer::By;
use leptos::prelude::*;

use crate::desk::use_desk;
use crate::ui::avatar::Avatar;
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};

/// How far a message of ours got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not ours to say.
    None,
    /// On its way to the server.
    Sending,
    /// On its way to the customer.
    Delivery(Delivery),
}

impl Progress {
    fn word(self) -> Option<&'static str> {
        match self {
            Progress::None => None,
            Progress::Sending => Some("sending…"),
            Progress::Delivery(delivery) => Some(delivery.key()),
        }
    }
}

/// One message. `follows` leaves the head out: the same person went on writing.
#[component]
pub fn MessageView(message: Message, contact: String, progress: Progress, follows: bool) -> impl IntoView {
    let desk = use_desk();
    let me = desk.viewer.with_untracked(|viewer| viewer.agent);
    let office = desk.office.get_untracked();
    let (name, mine) = author(&message, &contact, &office, me);
    let at = message.at;
    let clock = time::clock(at);
    let kind = message.kind;
    let word = match kind {
        MessageKind::Customer => "customer",
        MessageKind::Reply => "reply",
        MessageKind::Ai => "AI",
        MessageKind::Whisper => "whisper",
        MessageKind::Note => "note",
    };
    let shown = if mine { "You".to_string() } else { name.clone() };
    let label = match kind {
        MessageKind::Whisper => format!("Whisper by {shown}, {clock}"),
        MessageKind::Note => format!("Note by {shown}, {clock}"),
        _ => {
            let progress = progress.word().map(|word| format!(", {word}")).unwrap_or_default();
            format!("{shown}, {word}, {clock}{progress}")
        }
    };
    let names: Vec<String> = match kind.is_public() {
        true => vec![],
        false => office.agents.values().map(|agent| format!("@{}", agent.display_name)).collect(),
    };
    view! {
        <article
            class="message" aria-label=label data-kind=kind.key() data-follows=follows.then_some("")
            data-sending=(progress == Progress::Sending).then_some("")
        >
            {(!follows).then(|| view! {
                {match kind {
                    MessageKind::Ai => view! { <span class="avatar avatar--ai" aria-hidden="true"><Icon name="bot" /></span> }.into_any(),
                    _ => view! { <Avatar name=name.clone() /> }.into_any(),
                }}
                <p class="message__by">
                    <b><bdi>{shown.clone()}</bdi></b>
                    <span>
                        {(kind == MessageKind::Whisper).then(|| view! { <Icon name="eye-off" /> })}
                        {(kind == MessageKind::Note).then(|| view! { <Icon name="sticky-note" /> })}
                        {word}" · "<Time at=at text=clock.clone() />
                        {progress.word().map(|word| format!(" · {word}"))}
                    </span>
                </p>
            })}
            <div class="message__text" dir="auto">{pieces(&message.text, &names)}</div>
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
fn pieces(text: &str, names: &[String]) -> Vec<AnyView> {
    let mut pieces = vec![];
    let mut rest = text;
    while !rest.is_empty() {
        let link = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min();
        let name = names.iter().filter_map(|name| Some((rest.find(name.as_str())?, name.len()))).min();
        match (link, name) {
            (Some(at), name) if name.is_none_or(|(name, _)| at < name) => {
                let (before, after) = rest.split_at(at);
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                // A full stop after a link ends the sentence, not the address.
                let address =
                    after.get(..end).unwrap_or(after).trim_end_matches(['.', ',', ')', '!', '?', ';', ':']);
                pieces.push(before.to_string().into_any());
                let href = address.to_string();
                pieces.push(view! { <a href=href.clone() target="_blank" rel="noopener noreferrer nofollow">{href.clone()}</a> }.into_any());
                rest = after.get(address.len()..).unwrap_or_default();
            }
            (_, Some((at, length))) => {
                let (before, after) = rest.split_at(at);
                pieces.push(before.to_string().into_any());
                let (name, after) = after.split_at(length);
                pieces.push(view! { <mark>{name.to_string()}</mark> }.into_any());
                rest = after;
            }
            _ => {
                pieces.push(rest.to_string().into_any());
                rest = "";
            }
        }
    }
    pieces
}
