//! The customer has seen what the team wrote.

use super::{Conversation, Event, Scene};
use crate::id::MessageId;
use crate::refusal::Refusal;
use crate::viewer::By;

/// Up to the newest message that was before their eyes. That they have seen their own is no news.
pub(super) fn seen(scene: &Scene, message: MessageId) -> Result<Vec<(By, Event)>, Refusal> {
    let Conversation { contact, last_public, .. } = &scene.conversation;
    // What is frozen can be read all the same.
    Ok(match last_public {
        Some(_) => vec![(By::Visitor(*contact), Event::Seen { message })],
        None => vec![],
    })
}
