//! Noticing that an operator has read what the customer wrote.

use super::{Conversation, Event, Scene};
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Reading one's own marks it read. A preview marks nothing: whoever only looks leaves the mark for
/// the one who will answer.
pub(super) fn read(scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    let conversation = &scene.conversation;
    let mine = conversation.assignee == Some(viewer.agent) && conversation.must_not_be_frozen().is_ok();
    Ok(if mine && conversation.unread_since.is_some() { vec![Event::Read] } else { vec![] })
}

pub(super) fn was_read(conversation: &mut Conversation) {
    conversation.unread_since = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Command;
    use crate::worlds::*;

    #[test]
    fn opening_ones_own_marks_it_read() {
        let after = check(
            after_message(with_assignee(one_open(), ANA), 5),
            &operator(ANA),
            Command::Read,
            &[Event::Read],
        );
        assert_eq!(after.unread_since, None);
        assert!(after.waiting_since.is_some(), "read is not answered");
    }

    // rule 002-05
    #[test]
    fn a_preview_marks_nothing_as_read() {
        check(after_message(one_open(), 5), &operator(ANA), Command::Read, &[]);
        check(after_message(with_assignee(one_open(), BEN), 5), &agent(ANA), Command::Read, &[]);
    }
}
