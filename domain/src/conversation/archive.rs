//! Putting a finished conversation away, and getting it back.

use super::{Conversation, Done, Event, Scene, Status};
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Puts away what is finished. It is read-only then.
pub(super) fn archive(scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Archive)?;
    scene.conversation.must_not_be_frozen()?;
    match scene.conversation.is_active() {
        true => Err(Refusal::FinishFirst),
        false => Ok(vec![Event::Archived]),
    }
}

/// As it was before it was put away.
pub(super) fn unarchive(scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Archive)?;
    scene.conversation.must_not_be_merged()?;
    match scene.conversation.status {
        Status::Archived { .. } => Ok(vec![Event::Unarchived]),
        Status::Open | Status::Pending { .. } | Status::Resolved { .. } | Status::Closed => {
            Err(Refusal::NotArchived)
        }
    }
}

pub(super) fn archived(conversation: &mut Conversation) {
    let was = match conversation.status {
        Status::Resolved { .. } => Done::Resolved,
        Status::Open | Status::Pending { .. } | Status::Closed => Done::Closed,
        Status::Archived { was } => was,
    };
    conversation.status = Status::Archived { was };
}

pub(super) fn unarchived(conversation: &mut Conversation) {
    if let Status::Archived { was } = conversation.status {
        conversation.status = match was {
            Done::Resolved => Status::Resolved { note: None },
            Done::Closed => Status::Closed,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Command;
    use crate::worlds::*;

    #[test]
    fn what_is_finished_is_put_away_and_comes_back_as_it_was() {
        for (before, was) in [(one_closed(), Done::Closed), (one_resolved(), Done::Resolved)] {
            let after = check(before.clone(), &manager(ZOE), Command::Archive, &[Event::Archived]);
            assert_eq!(after.status, Status::Archived { was });
            let back = check(after, &manager(ZOE), Command::Unarchive, &[Event::Unarchived]);
            assert_eq!((back.status, back.closed_by), (before.status, before.closed_by));
        }
    }

    #[test]
    fn what_is_open_is_finished_first() {
        check_refused(one_open(), &manager(ZOE), Command::Archive, Refusal::FinishFirst);
        check_refused(one_closed(), &manager(ZOE), Command::Unarchive, Refusal::NotArchived);
        check_refused(one_archived(), &manager(ZOE), Command::Archive, Refusal::Archived);
    }
}
