//! Words put on a conversation.

use super::Conversation;
use crate::id::TagId;

pub(super) fn tagged(conversation: &mut Conversation, tag: TagId) {
    conversation.tags.insert(tag);
}
