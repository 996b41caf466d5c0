//! Putting a finished conversation away.

use super::{Conversation, Done, Status};

pub(super) fn archived(conversation: &mut Conversation) {
    let was = match conversation.status {
        Status::Resolved { .. } => Done::Resolved,
        Status::Open | Status::Pending { .. } | Status::Closed => Done::Closed,
        Status::Archived { was } => was,
    };
    conversation.status = Status::Archived { was };
}
