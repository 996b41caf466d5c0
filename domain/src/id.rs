//! Names of things: 128 bits, made by whoever makes the thing, written as a UUID.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with these 128 bits. The maker chooses them at random.
            pub const fn new(bits: u128) -> Self {
                Self(Uuid::from_u128(bits))
            }

            /// Its 128 bits.
            pub const fn bits(self) -> u128 {
                self.0.as_u128()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A person of the team.
    AgentId
    /// Somebody who writes to the team.
    ContactId
    /// One thread between a contact and the team.
    ConversationId
    /// A message, whisper or note. Made by its author, so that sending it twice is one message.
    MessageId
    /// A department.
    GroupId
    /// A way in and out: a widget, a mailbox, a messenger.
    ChannelId
    /// A word put on conversations.
    TagId
    /// A filter under a name.
    SavedViewId
    /// An e-mail that somebody had sent.
    MailId
    /// A file that was sent.
    FileId
    /// A text under a shortcut.
    QuickReplyId
    /// A named set of permissions.
    RoleId
    /// Somebody who is to work here.
    InvitationId
    /// The log of a database. Whoever restores one from a copy gives it another.
    LogId
    /// One order given. The same id with the same order is done once.
    CommandId
}
