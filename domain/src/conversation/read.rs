//! Noticing that an operator has read what the customer wrote.

use super::{Conversation, Event, Scene};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::Viewer;

/// Reading one's own marks it read. A preview marks nothing: whoever only looks leaves the mark for
/// the one who will answer.
pub(super) fn read(scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    let conversation = &scene.conversation;
    let mine = conversation.assignee == Some(viewer.agent) && conversation.must_not_be_frozen().is_ok();
    Ok(if mine && conversation.unread_since.is_some() { vec![Event::Read] } else { vec![] })
}

/// **Mark unread**, whoever sees it: what was read in passing is to be looked at again. There is something to look at only
/// where a customer wrote.
pub(super) fn mark_unread(scene: &Scene) -> Result<Vec<Event>, Refusal> {
    let conversation = &scene.conversation;
    conversation.must_be_active()?;
    match (conversation.unread_since, conversation.last_public) {
        (Some(_), _) => Ok(vec![]),
        (None, Some(_)) => Ok(vec![Event::MarkedUnread]),
        (None, None) => Err(Refusal::NothingToRead),
    }
}

pub(super) fn marked_unread(conversation: &mut Conversation, at: Timestamp) {
    conversation.unread_since = Some(at);
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

    #[test]
    fn what_was_read_in_passing_is_marked_unread_for_all_and_read_again() {
        let read = Conversation { unread_since: None, ..after_message(with_assignee(one_open(), ANA), 5) };
        let unread = check(read, &operator(ANA), Command::MarkUnread, &[Event::MarkedUnread]);
        assert!(unread.is_unread());
        let after = check(unread.clone(), &operator(ANA), Command::Read, &[Event::Read]);
        assert!(!after.is_unread());
        check(unread, &operator(ANA), Command::MarkUnread, &[]);
        check_refused(one_open(), &operator(ANA), Command::MarkUnread, Refusal::NothingToRead);
        check_refused(one_closed(), &agent(ANA), Command::MarkUnread, Refusal::AlreadyClosed);
    }

    // rule 002-05
    #[test]
    fn a_preview_marks_nothing_as_read() {
        check(after_message(one_open(), 5), &operator(ANA), Command::Read, &[]);
        check(after_message(with_assignee(one_open(), BEN), 5), &agent(ANA), Command::Read, &[]);
    }
}
