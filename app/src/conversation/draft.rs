//! Texts that are not sent yet.

use std::collections::BTreeMap;

use domain::conversation::Command;
use domain::id::{AgentId, ConversationId};
use domain::message::Words;
use domain::time::Duration;
use leptos::prelude::*;

use crate::dom;

/// What a text is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Reply,
    Whisper,
    /// The note of an assignment.
    Assign,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Reply, Kind::Whisper, Kind::Assign];

    const fn key(self) -> &'static str {
        match self {
            Kind::Reply => "reply",
            Kind::Whisper => "whisper",
            Kind::Assign => "assign",
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// An order of another tab may still be under way for so long; what is older was left behind.
const LEFT_BEHIND: Duration = Duration::minutes(3);

/// Texts by conversation and kind; kept in this browser as one types, under the name of who types, and
/// cleared by nothing but the server's word that the message is stored.
#[derive(Clone, Copy)]
pub struct Drafts {
    texts: RwSignal<BTreeMap<(ConversationId, Kind), String>>,
    /// Whose they are, and which tab this is.
    owner: StoredValue<(String, String)>,
}

impl Drafts {
    /// None yet.
    pub fn new() -> Self {
        Self { texts: RwSignal::default(), owner: StoredValue::default() }
    }

    /// Reads what this person has left in this browser, and what was on its way when the page was left. If
    /// that did arrive, its author sees it in the thread and throws the draft away: better twice on the
    /// screen than lost.
    pub fn start(self, agent: AgentId) {
        let tab = dom::tab();
        self.owner.set_value((agent.to_string(), tab.clone()));
        let texts = dom::kept_under(&format!("draft:{agent}:")).into_iter().filter_map(|(key, text)| {
            let mut parts = key.split(':').skip(2);
            Some(((parts.next()?.parse().ok()?, Kind::of_key(parts.next()?)?), text))
        });
        self.texts.set(texts.collect());
        for (key, text) in dom::kept_under(&format!("unsent:{agent}:")) {
            let parts: Vec<&str> = key.split(':').skip(2).collect();
            let [of_tab, since, id, kind, _message] = parts.as_slice() else { continue };
            let age = dom::now().0 - since.parse().unwrap_or(0);
            let (Ok(id), Some(kind)) = (id.parse(), Kind::of_key(kind)) else { continue };
            if *of_tab == tab || age > LEFT_BEHIND.0 {
                dom::keep(&key, "");
                self.give_back(id, kind, &text);
            }
        }
    }

    /// The text of a draft.
    pub fn text(self, id: ConversationId, kind: Kind) -> String {
        self.texts.with(|texts| texts.get(&(id, kind)).cloned()).unwrap_or_default()
    }

    /// Whether a message is begun there and not sent.
    pub fn has(self, id: ConversationId) -> bool {
        let written = |text: &String| !text.trim().is_empty();
        self.texts.with(|texts| {
            [Kind::Reply, Kind::Whisper].into_iter().any(|kind| texts.get(&(id, kind)).is_some_and(written))
        })
    }

    /// Takes what is typed.
    pub fn write(self, id: ConversationId, kind: Kind, text: String) {
        let agent = self.owner.with_value(|(agent, _)| agent.clone());
        dom::keep(&format!("draft:{agent}:{id}:{}", kind.key()), &text);
        self.texts.update(|texts| drop(texts.insert((id, kind), text)));
    }

    /// The words of an order are on their way: out of the field, but kept until the server has them.
    pub fn hand_over(self, id: ConversationId, command: &Command) {
        if let Some((words, kind)) = words(command) {
            dom::keep(&self.unsent(id, kind, words), &words.text);
            self.write(id, kind, String::new());
        }
    }

    /// The server has stored them.
    pub fn sent(self, id: ConversationId, command: &Command) {
        if let Some((words, kind)) = words(command) {
            self.clear(id, kind, words);
        }
    }

    /// The server refused them: the text goes back to where it was written, before what was begun since.
    pub fn refused(self, id: ConversationId, command: &Command) {
        if let Some((words, kind)) = words(command) {
            self.give_back(id, kind, &words.text);
            self.clear(id, kind, words);
        }
    }

    fn give_back(self, id: ConversationId, kind: Kind, text: &str) {
        let begun = untrack(|| self.text(id, kind));
        let text = if begun.is_empty() { text.to_owned() } else { format!("{text}\n\n{begun}") };
        self.write(id, kind, text);
    }

    fn unsent(self, id: ConversationId, kind: Kind, words: &Words) -> String {
        let now = dom::now().0;
        self.owner
            .with_value(|(agent, tab)| format!("unsent:{agent}:{tab}:{now}:{id}:{}:{}", kind.key(), words.id))
    }

    fn clear(self, id: ConversationId, kind: Kind, words: &Words) {
        let end = format!(":{id}:{}:{}", kind.key(), words.id);
        for (key, _) in dom::kept_under("unsent:").into_iter().filter(|(key, _)| key.ends_with(&end)) {
            dom::keep(&key, "");
        }
    }
}

impl Default for Drafts {
    fn default() -> Self {
        Self::new()
    }
}

/// What a person wrote for that order, and as what.
pub fn words(command: &Command) -> Option<(&Words, Kind)> {
    match command {
        Command::Reply { words, seen: _ } => Some((words, Kind::Reply)),
        Command::Whisper { words, mentions: _ } => Some((words, Kind::Whisper)),
        Command::Assign { to: _, note } => note.as_ref().map(|words| (words, Kind::Assign)),
        Command::Note { .. }
        | Command::Claim
        | Command::Unassign
        | Command::Resolve { .. }
        | Command::Close
        | Command::Reopen
        | Command::Read => None,
    }
}
