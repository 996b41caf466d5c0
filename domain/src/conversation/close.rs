//! **To closed**: finished in one step.

use super::{Conversation, Event, Scene, Status};
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::{By, Viewer};

/// Closes what is active or resolved.
pub(super) fn close(scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Close)?;
    scene.conversation.must_not_be_frozen()?;
    match scene.conversation.status {
        Status::Open | Status::Pending { .. } | Status::Resolved { .. } => Ok(vec![Event::Closed]),
        Status::Closed => Err(Refusal::AlreadyClosed),
        Status::Archived { .. } => Err(Refusal::Archived),
    }
}

pub(super) fn closed(conversation: &mut Conversation, by: By, at: Timestamp) {
    conversation.finish(by, at);
    conversation.status = Status::Closed;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Command;
    use crate::worlds::*;

    // rule 003-18
    #[test]
    fn to_closed_finishes_it_in_one_step() {
        let after = check(with_assignee(one_open(), ANA), &operator(ANA), Command::Close, &[Event::Closed]);
        assert_eq!((after.status, after.closed_by), (Status::Closed, Some(ANA)));
    }

    #[test]
    fn closing_a_resolved_one_keeps_who_finished_it() {
        let after = check(resolved_by(BEN), &agent(ANA), Command::Close, &[Event::Closed]);
        assert_eq!((after.status, after.closed_by), (Status::Closed, Some(BEN)));
    }

    #[test]
    fn closing_twice_is_refused() {
        check_refused(one_closed(), &agent(ANA), Command::Close, Refusal::AlreadyClosed);
    }
}
