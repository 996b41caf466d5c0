//! How much it hurries.

use super::{Conversation, Level, Priority};
use crate::id::MessageId;

pub(super) fn prioritised(conversation: &mut Conversation, level: Level, note: Option<MessageId>) {
    conversation.priority = Priority { level, note };
}
