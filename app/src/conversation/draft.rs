//! Texts that are not sent yet.

use std::collections::BTreeMap;

use domain::conversation::Command;
use domain::id::{AgentId, ConversationId};
use domain::message::Words;
use leptos::prelude::*;

use crate::desk::Desk;
use crate::dom;
use sync::Sync;

mod sync;

/// What a text is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Reply,
    Whisper,
    /// The note of an assignment.
    Assign,
    /// The note of a transfer, to a person or a department.
    Transfer,
    /// Why a transfer is declined.
    Decline,
    /// Why it hurries.
    Priority,
    /// What it waits for.
    Pend,
    /// The resolution summary.
    Summary,
    /// The closing message.
    Closing,
    /// Another name for the client.
    Name,
    /// A note about the client.
    ClientNote,
    /// A note for the team.
    Note,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 12] = [
        Kind::Reply,
        Kind::Whisper,
        Kind::Assign,
        Kind::Transfer,
        Kind::Decline,
        Kind::Priority,
        Kind::Pend,
        Kind::Summary,
        Kind::Closing,
        Kind::Name,
        Kind::ClientNote,
        Kind::Note,
    ];

    /// Its stable word.
    pub const fn key(self) -> &'static str {
        match self {
            Kind::Reply => "reply",
            Kind::Whisper => "whisper",
            Kind::Assign => "assign",
            Kind::Transfer => "transfer",
            Kind::Decline => "decline",
            Kind::Priority => "priority",
            Kind::Pend => "pend",
            Kind::Summary => "summary",
            Kind::Closing => "closing",
            Kind::Name => "name",
            Kind::ClientNote => "client-note",
            Kind::Note => "note",
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Reply => "reply",
            Kind::Whisper => "whisper",
            Kind::Assign => "assignment note",
            Kind::Transfer => "transfer note",
            Kind::Decline => "reason to decline",
            Kind::Priority => "priority reason",
            Kind::Pend => "pending reason",
            Kind::Summary => "resolution summary",
            Kind::Closing => "closing message",
            Kind::Name => "name for the client",
            Kind::ClientNote => "note about the client",
            Kind::Note => "note",
        }
    }

    /// The kind of that word, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// Texts by conversation and kind; kept in this browser as one types, under the name of who types, for all tabs.
/// Cleared only when an order took the words, which then keeps them until the server has answered.
#[derive(Clone, Copy)]
pub struct Drafts {
    texts: RwSignal<BTreeMap<(ConversationId, Kind), String>>,
    /// Where this person's are kept.
    prefix: StoredValue<String>,
    sync: Sync,
    /// Whose desk it is: what is written goes to the server, too.
    desk: StoredValue<Option<Desk>>,
}

impl Drafts {
    /// None yet.
    pub fn new() -> Self {
        Self {
            texts: RwSignal::default(),
            prefix: StoredValue::default(),
            sync: Sync::new(),
            desk: StoredValue::new(None),
        }
    }

    /// Reads what this person has left in this browser.
    pub fn start(self, desk: Desk, agent: AgentId) {
        self.desk.set_value(Some(desk));
        let prefix = format!("draft:{agent}:");
        let texts = dom::kept_under(&prefix).into_iter();
        let texts = texts.filter_map(|(key, text)| Some((place(key.strip_prefix(&prefix)?)?, text)));
        let texts: BTreeMap<_, _> = texts.collect();
        self.sync.start(desk, &agent.to_string(), &texts);
        self.texts.set(texts);
        self.prefix.set_value(prefix);
    }

    /// Another tab has written.
    pub fn hear_storage(self, key: &str, text: Option<&str>) {
        self.sync.hear_storage(key, text);
        let prefix = self.prefix.get_value();
        let Some(place) = key.strip_prefix(&prefix).and_then(place) else { return };
        self.texts.update(|texts| drop(texts.insert(place, text.unwrap_or_default().into())));
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

    /// Takes what is typed. False where this browser does not keep it.
    pub fn write(self, id: ConversationId, kind: Kind, text: String) -> bool {
        if let Some(desk) = self.desk.get_value() {
            self.sync.wrote(desk, (id, kind));
        }
        self.restore(id, kind, text)
    }

    /// Takes what other browsers of this person have written since.
    pub fn fetch(self) {
        if let Some(desk) = self.desk.get_value() {
            self.sync.fetch(desk);
        }
    }

    /// Takes a text that the server has. False where this browser does not keep it.
    fn restore(self, id: ConversationId, kind: Kind, text: String) -> bool {
        let prefix = self.prefix.get_value();
        let is_kept = dom::keep(&format!("{prefix}{id}:{}", kind.key()), &text);
        self.texts.update(|texts| drop(texts.insert((id, kind), text)));
        is_kept
    }

    /// The words of an order are on their way, and kept with it.
    pub fn hand_over(self, id: ConversationId, command: &Command) {
        for (_, kind) in texts(command) {
            self.write(id, kind, String::new());
        }
    }

    /// The server refused them: the text goes back to where it was written, before what was begun since.
    pub fn refused(self, id: ConversationId, command: &Command) {
        for (text, kind) in texts(command) {
            let begun = untrack(|| self.text(id, kind));
            let text = if begun.is_empty() { text.to_string() } else { format!("{text}\n\n{begun}") };
            self.write(id, kind, text);
        }
    }
}

/// The end of a key.
fn place(key: &str) -> Option<(ConversationId, Kind)> {
    let (id, kind) = key.split_once(':')?;
    Some((id.parse().ok()?, Kind::of_key(kind)?))
}

impl Default for Drafts {
    fn default() -> Self {
        Self::new()
    }
}

/// What a person wrote for that order, and as what.
pub fn texts(command: &Command) -> Vec<(&str, Kind)> {
    fn one(words: &Option<Words>, kind: Kind) -> Vec<(&str, Kind)> {
        words.iter().map(|words| (words.text.as_str(), kind)).collect()
    }
    match command {
        _ if command.file().is_some() => vec![],
        Command::Reply { words, seen: _ } | Command::Schedule { words, .. } => {
            vec![(&words.text, Kind::Reply)]
        }
        Command::Whisper { words, mentions: _ } => vec![(&words.text, Kind::Whisper)],
        Command::Note { words, mentions: _ } => vec![(&words.text, Kind::Note)],
        Command::Assign { to: _, note } => one(note, Kind::Assign),
        Command::AssignGroup { group: _, note } | Command::Transfer { to: _, note } => {
            one(note, Kind::Transfer)
        }
        Command::DeclineTransfer { reason } => one(reason, Kind::Decline),
        Command::Prioritise { level: _, reason } => one(reason, Kind::Priority),
        Command::Pend { reason, wake_at: _ } => vec![(&reason.text, Kind::Pend)],
        Command::Resolve { summary, closing, seen: _ } => {
            [one(summary, Kind::Summary), one(closing, Kind::Closing)].concat()
        }
        Command::NoteOnClient { words } => vec![(&words.text, Kind::ClientNote)],
        Command::RenameClient { name } => vec![(name, Kind::Name)],
        _ => vec![],
    }
}
