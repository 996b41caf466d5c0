//! The ways in and out.

use serde::{Deserialize, Serialize};

use crate::id::{ChannelId, GroupId};
use crate::time::Duration;

/// For how many seconds a reply can be taken back, to choose from.
pub const UNDO_SEND_SECONDS: [i64; 3] = [0, 5, 10];

/// The longest of them.
pub const HELD_AT_MOST: Duration = Duration::seconds(10);

/// What a channel is. Facts that follow from it stand here, not in the code that sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// The widget on a website.
    Chat,
    /// A mailbox.
    Email,
    /// WhatsApp.
    Whatsapp,
    /// Telegram.
    Telegram,
    /// A form or program of the workspace's own.
    Api,
}

impl ChannelKind {
    /// All of them, in the order of pickers.
    pub const ALL: &[ChannelKind] = &[
        ChannelKind::Chat,
        ChannelKind::Email,
        ChannelKind::Whatsapp,
        ChannelKind::Telegram,
        ChannelKind::Api,
    ];

    /// Whether the team may write by it to somebody who has not written first. WhatsApp will, once it is connected.
    pub const fn begins(self) -> bool {
        match self {
            ChannelKind::Chat
            | ChannelKind::Email
            | ChannelKind::Whatsapp
            | ChannelKind::Telegram
            | ChannelKind::Api => false,
        }
    }

    /// Its stable name in the database and in addresses.
    pub const fn key(self) -> &'static str {
        match self {
            ChannelKind::Chat => "chat",
            ChannelKind::Email => "email",
            ChannelKind::Whatsapp => "whatsapp",
            ChannelKind::Telegram => "telegram",
            ChannelKind::Api => "api",
        }
    }

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            ChannelKind::Chat => "Web chat",
            ChannelKind::Email => "E-mail",
            ChannelKind::Whatsapp => "WhatsApp",
            ChannelKind::Telegram => "Telegram",
            ChannelKind::Api => "API",
        }
    }

    /// The kind of that key, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.key() == key)
    }

    /// How long a reply stays with its author so that they can take it back (**Undo send**): so many seconds as they chose
    /// of [`UNDO_SEND_SECONDS`]; else five, and none where the customer sits in front of it and waits.
    pub fn holds_replies_for(self, chosen: Option<i64>) -> Duration {
        let by_itself = match self {
            ChannelKind::Chat | ChannelKind::Whatsapp | ChannelKind::Telegram => 0,
            ChannelKind::Email | ChannelKind::Api => 5,
        };
        Duration::seconds(chosen.filter(|chosen| UNDO_SEND_SECONDS.contains(chosen)).unwrap_or(by_itself))
    }

    /// Whether bold, lists and links of a reply are drawn there ([`crate::markup`]); elsewhere its signs stay as they are.
    pub const fn shows_formatting(self) -> bool {
        match self {
            ChannelKind::Chat | ChannelKind::Email => true,
            ChannelKind::Whatsapp | ChannelKind::Telegram | ChannelKind::Api => false,
        }
    }

    /// Whether a public message is with the customer as soon as it is stored. Elsewhere it waits in
    /// the outbox until the other side took it.
    pub const fn stores_is_sent(self) -> bool {
        match self {
            ChannelKind::Chat => true,
            ChannelKind::Email | ChannelKind::Whatsapp | ChannelKind::Telegram | ChannelKind::Api => false,
        }
    }
}

/// One configured way in and out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// What it is.
    pub kind: ChannelKind,
    /// Its name on the screen: "Shop chat".
    pub name: String,
    /// Where its conversations go when nothing else says so.
    pub default_group: Option<GroupId>,
    /// What a customer's message does where everything before it is finished.
    #[serde(default)]
    pub reopen: Reopen,
}

/// What a customer's message does in a conversation that is resolved or closed. An archived one is never opened again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reopen {
    /// It opens it again.
    #[default]
    Always,
    /// It opens it again for so long after it was finished; after that it begins another.
    Within(Duration),
    /// It begins another.
    Never,
}

impl Reopen {
    /// It in words.
    pub fn told(self) -> String {
        match self {
            Reopen::Always => "opens it again".into(),
            Reopen::Within(length) => format!("opens it again for {} hours", length.0 / Duration::hours(1).0),
            Reopen::Never => "begins another".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_can_be_taken_back_for_as_long_as_its_author_chose() {
        let seconds = |kind: ChannelKind, chosen| kind.holds_replies_for(chosen).0 / 1_000;
        for kind in ChannelKind::ALL.iter().copied() {
            assert_eq!([0, 5, 10].map(|chosen| seconds(kind, Some(chosen))), [0, 5, 10]);
        }
        // Whoever sits in front of a chat waits.
        assert_eq!((seconds(ChannelKind::Chat, None), seconds(ChannelKind::Email, None)), (0, 5));
        assert_eq!(seconds(ChannelKind::Email, Some(3_600)), 5);
    }
}
