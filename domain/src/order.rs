//! In which order a list stands, and the time that its rows show.

use serde::{Deserialize, Serialize};

use crate::contact::Contact;
use crate::conversation::Conversation;
use crate::time::Timestamp;
use crate::view::View;

/// The place of a row in its list: smaller comes first. Ends with the number, so that no two are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place(pub i64, pub i64, pub i64);

/// What a list is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Priority, then the longest unassigned first.
    Queue,
    /// The longest waiting first.
    Waiting,
    /// The newest public message first.
    Newest,
    /// The last finished first.
    ClosedNewest,
    /// The last blocked first.
    BlockedNewest,
    /// The next to lapse first.
    TransferExpiry,
    /// The nearest deadline first.
    Deadline,
}

impl Order {
    /// The order that a view has.
    pub fn of(view: View) -> Self {
        match view {
            View::Unassigned => Order::Queue,
            View::PendingHumanReply => Order::Waiting,
            View::Closed | View::Resolved | View::Archived => Order::ClosedNewest,
            View::Blacklist => Order::BlockedNewest,
            View::TransfersToMe => Order::TransferExpiry,
            View::Overdue => Order::Deadline,
            View::MyInbox
            | View::All
            | View::Mine
            | View::Assigned
            | View::AiHandling
            | View::Mentions
            | View::Participating
            | View::Unresolved
            | View::HasLead => Order::Newest,
        }
    }

    /// The time that a row shows in this order.
    pub fn time(self, contact: &Contact, conversation: &Conversation) -> Timestamp {
        let time = match self {
            Order::Queue => conversation.unassigned_at,
            Order::Waiting => conversation.waiting_since,
            Order::Newest => None,
            Order::ClosedNewest => conversation.closed_at,
            Order::BlockedNewest => contact.blocked_at,
            Order::TransferExpiry => conversation.transfer.map(|transfer| transfer.expires),
            Order::Deadline => conversation.deadlines.nearest(),
        };
        time.unwrap_or_else(|| conversation.last_message_at())
    }

    /// Where a conversation stands in this order.
    pub fn place(self, contact: &Contact, conversation: &Conversation) -> Place {
        let time = self.time(contact, conversation).0;
        let number = conversation.number;
        match self {
            Order::Queue => Place(conversation.priority.level.rank(), time, number),
            Order::Waiting | Order::TransferExpiry | Order::Deadline => Place(0, time, number),
            Order::Newest | Order::ClosedNewest | Order::BlockedNewest => Place(0, -time, -number),
        }
    }
}
