//! What travels between a browser and the server about conversations: rows and entries, orders and their
//! receipts, and the frames of the live socket. All of it is JSON, and a tab of yesterday may be on the other
//! end: nothing here is removed or renamed lightly, and what an older browser does not know it must survive.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::conversation::{Command, Event, Scene};
use crate::counter::Counts;
use crate::id::{AgentId, CommandId, ConversationId, LogId};
use crate::message::{Delivery, Message, MessageKind};
use crate::office::{Availability, Office};
use crate::sight::{self, Reach};
use crate::time::Timestamp;
use crate::viewer::{By, Viewer};

/// A conversation in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The conversation and who writes.
    pub scene: Scene,
    /// The newest message that the viewer may read.
    pub preview: Option<Preview>,
}

/// The beginning of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Who wrote it.
    pub by: By,
    /// Whether it is a whisper or note.
    pub private: bool,
    /// At most [`PREVIEW_CHARS`] characters.
    pub text: String,
}

/// Characters of a message that a row shows.
pub const PREVIEW_CHARS: usize = 140;

impl Preview {
    /// The beginning of that message.
    pub fn of(message: &Message) -> Self {
        Self {
            by: message.by,
            private: !message.kind.is_public(),
            text: message.text.chars().take(PREVIEW_CHARS).collect(),
        }
    }
}

/// A line of a thread: an event, with its words if it has some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log; rises.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// What happened. Absent where a newer server knows more than this browser.
    #[serde(deserialize_with = "known_or_none")]
    pub event: Option<Event>,
    /// The words.
    pub message: Option<Message>,
    /// How far a public message of ours got.
    pub delivery: Option<Delivery>,
}

/// A value, or `None` where it is of a kind that this version does not know. Read on from its text: serde's own way,
/// an untagged enum, compiles the readers of all that is in it a second time into the browser's half.
fn known_or_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: DeserializeOwned,
{
    let text = Option::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(text.and_then(|text| serde_json::from_slice(text.get().as_bytes()).ok()))
}

/// An order about one conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Made by who orders; the same on every retry.
    pub id: CommandId,
    /// Who orders. A browser may have been signed in by somebody else since: their order it is not.
    pub by: AgentId,
    /// About which conversation.
    pub conversation: ConversationId,
    /// What.
    pub command: Command,
}

/// What is kept of an order that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which.
    pub id: CommandId,
    /// The last entry that it wrote in the log; that of the conversation before it if it changed nothing.
    pub seq: i64,
}

/// A place in a log: everything up to it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Which log. Another workspace has another, and a database that was restored from a copy is given another.
    pub log: LogId,
    /// The last entry.
    pub seq: i64,
}

/// What a browser says on the socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Up {
    /// The first word, and again after a [`Down::Reset`]: what it knows already.
    Hello {
        /// It lacks what came after this.
        after: Cursor,
        /// The version of the directory that it has.
        office: i64,
        /// Who it believes to be: with other rights it must begin anew.
        viewer: Viewer,
    },
    /// What stands before its agent's eyes.
    Look {
        /// The open conversation.
        at: Option<ConversationId>,
        /// Whether a reply to the customer is being written there.
        replying: bool,
    },
}

/// What the server says on the socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Down {
    /// A conversation as it is now, and what happened to it.
    Envelope(Box<Envelope>),
    /// A conversation that the viewer saw and does not see any more.
    Gone {
        /// Known up to here.
        seq: i64,
        /// Which.
        conversation: ConversationId,
    },
    /// Everything up to here was said; also the heartbeat.
    Head {
        /// Known up to here.
        seq: i64,
        /// The time on the server.
        now: Timestamp,
    },
    /// What the browser has is no base to go on from: it asks for everything and says hello again.
    Reset,
    /// How many conversations each view holds.
    Counts {
        /// As of here.
        seq: i64,
        /// An absent view holds none.
        counts: Counts,
    },
    /// The directory and the viewer's rights in it, after either changed.
    Office {
        /// The viewer.
        viewer: Viewer,
        /// The directory.
        office: Box<Office>,
    },
    /// Colleagues came to their desks or left them.
    Availability {
        /// The version of the directory that this makes.
        version: i64,
        /// Who, and how it is now.
        agents: BTreeMap<AgentId, Availability>,
    },
    /// Who looks at what, for the conversations named.
    Looks(Vec<Look>),
    /// The server runs another build than this page.
    NewVersion,
}

/// A conversation as it is now, and what happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The last entry of the log that this shows.
    pub seq: i64,
    /// The orders that caused it; whoever gave them hopes no more.
    pub settles: Vec<CommandId>,
    /// What came since the browser's cursor, as far as the viewer may read it; oldest first.
    pub entries: Vec<Entry>,
    /// The conversation.
    pub row: Row,
}

/// Who is busy with a conversation besides oneself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Which.
    pub conversation: ConversationId,
    /// Who has it open. Told only to those who have it open, too.
    pub viewing: Vec<AgentId>,
    /// Who writes to the customer.
    pub replying: Vec<AgentId>,
    /// Whether the customer is writing.
    #[serde(default)]
    pub customer: bool,
}

/// What one or several orders did to a conversation, as the log has it, before anybody's sight of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The last entry.
    pub seq: i64,
    /// Who could see it before, for each entry that changed this.
    pub before: Vec<Reach>,
    /// The conversation as it is now.
    pub scene: Scene,
    /// Its newest public message.
    pub public: Option<Preview>,
    /// Its newest whisper or note, where that is newer.
    pub private: Option<(MessageKind, Preview)>,
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// The orders that caused them.
    pub settles: Vec<CommandId>,
}

/// What a viewer is told of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing: not even that something happened.
    Nothing,
    /// That the conversation is out of their sight.
    Gone,
    /// Everything.
    Whole,
    /// Everything but whispers.
    WithoutWhispers,
}

impl Change {
    /// What that viewer is told. Those who lose sight are told so, or it would stay on their screens.
    pub fn told_to(&self, viewer: &Viewer) -> Told {
        if !sight::visible(viewer, &self.scene) {
            let did_see = self.before.iter().any(|reach| reach.is_open_to(viewer));
            return if did_see { Told::Gone } else { Told::Nothing };
        }
        match sight::readable(viewer, &self.scene, MessageKind::Whisper) {
            true => Told::Whole,
            false => Told::WithoutWhispers,
        }
    }

    /// The envelope for those who may read whispers, or for those who may not.
    pub fn envelope(&self, with_whispers: bool) -> Envelope {
        let may_read = |kind: MessageKind| with_whispers || kind != MessageKind::Whisper;
        let entries = self
            .entries
            .iter()
            .filter(|entry| entry.message.as_ref().is_none_or(|message| may_read(message.kind)))
            .cloned()
            .collect();
        let private = self.private.as_ref().filter(|(kind, _)| may_read(*kind)).map(|(_, preview)| preview);
        let preview = private.or(self.public.as_ref()).cloned();
        let row = Row { scene: self.scene.clone(), preview };
        Envelope { seq: self.seq, settles: self.settles.clone(), entries, row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_newer_server_leaves_its_entry_readable() {
        let entry = |event: &str| {
            let text = format!(
                r#"{{"seq": 7, "at": 5, "by": "system", "event": {event}, "message": null, "delivery": null}}"#
            );
            serde_json::from_str::<Entry>(&text).unwrap()
        };
        assert_eq!(entry(r#""closed""#).event, Some(Event::Closed));
        assert_eq!(entry(r#"{"teleported": {"to": "the moon"}}"#).event, None);
        assert_eq!(entry("null").event, None);
    }
}
