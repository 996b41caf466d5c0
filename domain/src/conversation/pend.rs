//! Waiting for the customer or a third party.

use super::{Conversation, Status};
use crate::id::MessageId;
use crate::time::Timestamp;

pub(super) fn pended(conversation: &mut Conversation, note: Option<MessageId>, wake_at: Option<Timestamp>) {
    conversation.status = Status::Pending { note, wake_at };
}
