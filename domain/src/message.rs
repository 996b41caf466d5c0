//! Words: what customers, agents and the AI write, and what the team writes to itself.

use serde::{Deserialize, Serialize};

use crate::channel::ChannelKind;
use crate::file::{FILE_MAX_BYTES, File, check_size};
use crate::id::MessageId;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::By;

/// Longest message, whisper or note, in Unicode scalar values. Our own choice: a long letter is 3,000.
pub const TEXT_MAX_CHARS: u32 = 20_000;

/// What a message is, and so who may read it and where it may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// From the customer.
    Customer,
    /// From an agent to the customer.
    Reply,
    /// From the AI agent to the customer.
    Ai,
    /// Among the agents who take part.
    Whisper,
    /// For everybody on the team who sees the conversation.
    Note,
    /// About the client: for everybody on the team who sees one of their conversations.
    ClientNote,
}

impl MessageKind {
    /// Whether the customer sees it too.
    pub const fn is_public(self) -> bool {
        match self {
            MessageKind::Customer | MessageKind::Reply | MessageKind::Ai => true,
            MessageKind::Whisper | MessageKind::Note | MessageKind::ClientNote => false,
        }
    }

    /// Its stable name in the database.
    pub const fn key(self) -> &'static str {
        match self {
            MessageKind::Customer => "customer",
            MessageKind::Reply => "reply",
            MessageKind::Ai => "ai",
            MessageKind::Whisper => "whisper",
            MessageKind::Note => "note",
            MessageKind::ClientNote => "client_note",
        }
    }

    /// The kind of that key, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        use MessageKind::*;
        [Customer, Reply, Ai, Whisper, Note, ClientNote].into_iter().find(|kind| kind.key() == key)
    }
}

/// How far a public message got on its way to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Waits in the outbox.
    Queued,
    /// The channel took it.
    Sent,
    /// It is on the customer's device.
    Delivered,
    /// The customer has seen it.
    Read,
}

impl Delivery {
    /// Its word on the screen and in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Delivery::Queued => "queued",
            Delivery::Sent => "sent",
            Delivery::Delivered => "delivered",
            Delivery::Read => "read",
        }
    }

    /// The one of that key, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        use Delivery::*;
        [Queued, Sent, Delivered, Read].into_iter().find(|delivery| delivery.key() == key)
    }
}

/// Words with the id that their author made for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The same id again is the same message.
    pub id: MessageId,
    /// Plain text; line breaks count. Of a file that is sent by itself it is the name.
    pub text: String,
    /// A file that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Box<File>>,
}

impl Words {
    /// Words without a file.
    pub fn new(id: MessageId, text: impl Into<String>) -> Self {
        Self { id, text: text.into(), file: None }
    }

    /// A file that is sent by itself: where it cannot be shown, its name stands for it.
    pub fn of_file(id: MessageId, file: File) -> Self {
        Self { id, text: file.name.clone(), file: Some(Box::new(file)) }
    }

    /// The text as it is kept. Nobody can read a NUL, and PostgreSQL cannot store it.
    pub fn stored(&self) -> String {
        self.text.replace('\0', "")
    }

    /// Refuses what shows nothing but white space, more than [`TEXT_MAX_CHARS`], and a file.
    pub fn check(&self) -> Result<(), Refusal> {
        match self.file {
            None => self.check_text(),
            Some(_) => Err(Refusal::NoFileHere),
        }
    }

    /// The same where a file may go along: among colleagues any that the house takes.
    pub fn check_among_colleagues(&self) -> Result<(), Refusal> {
        let sized = |file: &File| check_size(file.size_bytes, FILE_MAX_BYTES);
        self.file.as_deref().map_or(Ok(()), sized)?;
        self.check_text()
    }

    /// The same to or from a customer: such as that channel takes.
    pub fn check_on(&self, channel: Option<ChannelKind>) -> Result<(), Refusal> {
        if let (Some(channel), Some(file)) = (channel, self.file.as_deref()) {
            channel.takes(&file.name, file.size_bytes)?;
        }
        self.check_among_colleagues()
    }

    fn check_text(&self) -> Result<(), Refusal> {
        if self.text.chars().all(|c| c.is_whitespace() || c.is_control()) {
            return Err(Refusal::NoText);
        }
        let chars = u32::try_from(self.text.chars().count()).unwrap_or(u32::MAX);
        if chars > TEXT_MAX_CHARS {
            return Err(Refusal::TextTooLong { chars, max_chars: TEXT_MAX_CHARS });
        }
        Ok(())
    }
}

/// A stored message, whisper or note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What it is.
    pub kind: MessageKind,
    /// Who wrote it.
    pub by: By,
    /// When.
    pub at: Timestamp,
    /// The text as it was written.
    pub text: String,
    /// The file that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Box<File>>,
}

impl Message {
    /// Whether its author has deleted it. Nothing without words is ever written.
    pub fn is_deleted(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether its signs of formatting are drawn ([`crate::markup`]): among colleagues always, of replies where the channel
    /// shows it, and of nothing that a customer wrote.
    pub fn is_formatted(&self, channel: ChannelKind) -> bool {
        match self.kind {
            MessageKind::Whisper | MessageKind::Note | MessageKind::ClientNote => true,
            MessageKind::Reply | MessageKind::Ai => channel.shows_formatting(),
            MessageKind::Customer => false,
        }
    }

    /// The text, unless it only stands for the file.
    pub fn caption(&self) -> Option<&str> {
        let stands_for_it = self.file.as_ref().is_some_and(|file| file.name == self.text);
        (!stands_for_it).then_some(self.text.as_str())
    }
}

/// A message that may leave the house. Only [`Message::public`] makes one, and never of a whisper or
/// note: whatever sends, exports or translates takes this type.
///
/// ```
/// # use domain::{id::MessageId, message::{Message, MessageKind}, time::Timestamp, viewer::By};
/// # let at = |kind| Message { id: MessageId::new(1), kind, by: By::System, at: Timestamp(0), text: "x".into(), file: None };
/// let (reply, whisper) = (at(MessageKind::Reply), at(MessageKind::Whisper));
/// assert!(reply.public().is_some() && whisper.public().is_none());
/// ```
///
/// There is no other way: what it holds is private.
///
/// ```compile_fail
/// # use domain::{id::MessageId, message::{Message, MessageKind, Public}, time::Timestamp, viewer::By};
/// # let at = |kind| Message { id: MessageId::new(1), kind, by: By::System, at: Timestamp(0), text: "x".into(), file: None };
/// let whisper = at(MessageKind::Whisper);
/// let sent = Public(&whisper);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Public<'m>(&'m Message);

impl Message {
    /// The way out, if it is one for customers' eyes.
    pub fn public(&self) -> Option<Public<'_>> {
        self.kind.is_public().then_some(Public(self))
    }
}

impl<'m> Public<'m> {
    /// The message.
    pub fn message(self) -> &'m Message {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        Words::new(MessageId::new(1), text)
    }

    #[test]
    fn an_empty_message_is_refused() {
        for nothing in ["", " \n\t ", "\0 \u{7}"] {
            assert_eq!(words(nothing).check(), Err(Refusal::NoText));
        }
    }

    #[test]
    fn a_message_of_five_megabytes_is_refused_with_both_lengths() {
        let refusal = words(&"x".repeat(5 << 20)).check().unwrap_err();
        assert_eq!(refusal, Refusal::TextTooLong { chars: 5 << 20, max_chars: TEXT_MAX_CHARS });
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(words(&"ä".repeat(TEXT_MAX_CHARS as usize)).check(), Ok(()));
    }

    #[test]
    fn whispers_and_notes_have_no_way_out() {
        for (kind, leaves) in [
            (MessageKind::Customer, true),
            (MessageKind::Reply, true),
            (MessageKind::Ai, true),
            (MessageKind::Whisper, false),
            (MessageKind::Note, false),
            (MessageKind::ClientNote, false),
        ] {
            let message = Message {
                id: MessageId::new(1),
                kind,
                by: By::System,
                at: Timestamp(0),
                text: "x".into(),
                file: None,
            };
            assert_eq!(message.public().is_some(), leaves, "{kind:?}");
        }
    }
}
