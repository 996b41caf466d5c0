//! Waiting for the customer or a third party.

use super::{Conversation, Event, Scene, Status};
use crate::id::MessageId;
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::Viewer;

/// Sets it pending, with what it waits for, and when it wakes by itself.
pub(super) fn pend(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    reason: &Words,
    wake_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Resolve)?;
    scene.conversation.must_be_active()?;
    scene.conversation.must_be_mine(office, viewer)?;
    reason.check()?;
    if wake_at.is_some_and(|at| at <= now) {
        return Err(Refusal::InThePast);
    }
    Ok(vec![Event::Pended { note: Some(reason.id), wake_at }])
}

/// Back to Open, by hand.
pub(super) fn resume(office: &Office, scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Resolve)?;
    scene.conversation.must_be_active()?;
    scene.conversation.must_be_mine(office, viewer)?;
    match scene.conversation.status {
        Status::Pending { .. } => Ok(vec![Event::Resumed]),
        Status::Open | Status::Resolved { .. } | Status::Closed | Status::Archived { .. } => {
            Err(Refusal::NotPending)
        }
    }
}

/// Its time has come.
pub(super) fn wake(scene: &Scene, now: Timestamp) -> Vec<Event> {
    match scene.conversation.status {
        Status::Pending { wake_at: Some(at), .. } if at <= now => vec![Event::Resumed],
        Status::Pending { .. }
        | Status::Open
        | Status::Resolved { .. }
        | Status::Closed
        | Status::Archived { .. } => vec![],
    }
}

pub(super) fn pended(conversation: &mut Conversation, note: Option<MessageId>, wake_at: Option<Timestamp>) {
    conversation.status = Status::Pending { note, wake_at };
}

pub(super) fn resumed(conversation: &mut Conversation) {
    conversation.status = Status::Open;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Command, decide};
    use crate::time::Duration;
    use crate::viewer::{Actor, By};
    use crate::worlds::*;

    fn pend(text: &str, wake_at: Option<Timestamp>) -> Command {
        Command::Pend { reason: words(7, text), wake_at }
    }

    // rule 002-22
    #[test]
    fn pending_says_what_it_waits_for() {
        let mine = || with_assignee(one_open(), ANA);
        let tomorrow = Some(NOON + Duration::days(1));
        let pended = [Event::Pended { note: Some(message_id(7)), wake_at: tomorrow }];
        let after = check(mine(), &operator(ANA), pend("The courier's answer.", tomorrow), &pended);
        assert_eq!(after.status, Status::Pending { note: Some(message_id(7)), wake_at: tomorrow });
        check_refused(mine(), &operator(ANA), pend("  ", None), Refusal::NoText);
    }

    #[test]
    fn it_does_not_wake_before_it_sleeps() {
        let mine = with_assignee(one_open(), ANA);
        check_refused(mine, &operator(ANA), pend("The courier.", Some(NOON)), Refusal::InThePast);
    }

    #[test]
    fn ones_own_or_anothers_by_assign_others() {
        let mut limited = agent(ANA);
        limited.permissions.remove(&Permission::AssignOthers);
        let bens = Refusal::WithAnother { name: "Ben".into(), missing: Permission::AssignOthers };
        check_refused(with_assignee(one_open(), BEN), &limited, pend("The courier.", None), bens);
        check_refused(one_open(), &limited, pend("The courier.", None), Refusal::TakeItFirst);
        let pended = [Event::Pended { note: Some(message_id(7)), wake_at: None }];
        check(one_open(), &agent(ANA), pend("The courier.", None), &pended);
    }

    #[test]
    fn back_to_open_by_hand() {
        let after = check(one_pending(), &operator(ANA), Command::Resume, &[Event::Resumed]);
        assert_eq!(after.status, Status::Open);
        check_refused(with_assignee(one_open(), ANA), &operator(ANA), Command::Resume, Refusal::NotPending);
    }

    #[test]
    fn it_wakes_by_itself_and_not_before_its_time() {
        let wake_at = Some(NOON);
        let scene = scene(Conversation { status: Status::Pending { note: None, wake_at }, ..one_pending() });
        let tick = |now| decide(&office(), &scene, &Actor::System, &Command::PassTime, now).unwrap();
        assert_eq!(tick(NOON - Duration(1)), []);
        assert_eq!(tick(NOON), [fact(By::System, Event::Resumed, NOON)]);
    }

    // rule 002-21
    #[test]
    fn a_customers_message_opens_it_again() {
        assert_eq!(after_message(one_pending(), 5).status, Status::Open);
    }
}
