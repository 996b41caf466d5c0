//! How the exchange with the customer stands where words came or went by a merge or a split: it follows from the public
//! messages that stand there, one after the other.

use serde::{Deserialize, Serialize};

use super::{Ai, Conversation, LastPublic, Side};
use crate::id::MessageId;
use crate::message::{Message, MessageKind};
use crate::time::Timestamp;

/// A message without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which.
    pub id: MessageId,
    /// What.
    pub kind: MessageKind,
    /// When.
    pub at: Timestamp,
}

impl Head {
    /// That message's.
    pub const fn of(message: &Message) -> Self {
        Self { id: message.id, kind: message.kind, at: message.at }
    }
}

/// How the exchange with the customer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The newest public message.
    pub last: Option<LastPublic>,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<Timestamp>,
    /// Their messages since the last one.
    pub follow_ups: i64,
}

impl Exchange {
    /// As those messages leave it, oldest first.
    pub fn of<'m>(messages: impl IntoIterator<Item = &'m Head>) -> Self {
        messages.into_iter().fold(Self::default(), |before, head| {
            let from = match head.kind {
                MessageKind::Customer => Side::Customer,
                MessageKind::Reply => Side::Operator,
                MessageKind::Ai => Side::Ai,
                MessageKind::Whisper | MessageKind::Note | MessageKind::ClientNote => return before,
            };
            let waits = from == Side::Customer;
            Self {
                last: Some(LastPublic { message: head.id, at: head.at, from }),
                waiting_since: waits.then(|| before.waiting_since.unwrap_or(head.at)),
                follow_ups: if waits { before.follow_ups + 1 } else { 0 },
            }
        })
    }

    /// Since when of that somebody has not read what is in it: nobody has where the customer waits.
    pub(super) fn unread(&self, since: Option<Timestamp>) -> Option<Timestamp> {
        since.filter(|_| self.waiting_since.is_some())
    }

    pub(super) fn stands_in(&self, conversation: &mut Conversation) {
        let Self { last, waiting_since, follow_ups } = *self;
        conversation.last_public = last;
        conversation.waiting_since = waiting_since.filter(|_| conversation.ai != Ai::Active);
        conversation.follow_ups = follow_ups;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Event, applied};
    use crate::time::Duration;
    use crate::viewer::By;
    use crate::worlds::*;

    fn head(n: u128, kind: MessageKind) -> Head {
        Head { id: message_id(n), kind, at: NOON + Duration::minutes(n as i64) }
    }

    #[test]
    fn it_stands_as_if_the_messages_had_come_one_after_the_other() {
        use MessageKind::{Customer, Note, Reply, Whisper};
        for kinds in [
            vec![],
            vec![Customer],
            vec![Customer, Customer, Note],
            vec![Customer, Reply],
            vec![Customer, Reply, Whisper, Customer, Customer],
        ] {
            let heads: Vec<Head> = (1..).zip(&kinds).map(|(n, kind)| head(n, *kind)).collect();
            let events = heads.iter().map(|head| {
                let (message, mentions) = (head.id, Default::default());
                let (by, event) = match head.kind {
                    Customer => (By::Visitor(CLEO), Event::Received { message }),
                    Reply => (By::Agent(ANA), Event::Replied { message }),
                    Whisper => (By::Agent(ANA), Event::Whispered { message, mentions }),
                    _ => (By::Agent(ANA), Event::Noted { message, mentions }),
                };
                fact(by, event, head.at)
            });
            let after = applied(&one_open(), &events.collect::<Vec<_>>());
            let Exchange { last, waiting_since, follow_ups } = Exchange::of(&heads);
            assert_eq!(
                (last, waiting_since, follow_ups),
                (after.last_public, after.waiting_since, after.follow_ups),
                "{kinds:?}"
            );
        }
    }
}
