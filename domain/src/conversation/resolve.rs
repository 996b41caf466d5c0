//! **Mark resolved** and its opposite.

use super::{Conversation, Event, Scene, Status, reply};
use crate::id::MessageId;
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::{By, Viewer};

/// Marks it resolved; a closing message goes to the customer first.
pub(super) fn resolve(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    summary: Option<&Words>,
    closing: Option<&Words>,
    seen: Option<MessageId>,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Resolve)?;
    if closing.is_some() {
        viewer.must(Permission::Reply)?;
    }
    scene.conversation.must_be_active()?;
    for words in closing.into_iter().chain(summary) {
        words.check()?;
    }
    if closing.is_some() {
        reply::must_have_seen(&scene.conversation, seen)?;
        office.must_show_profile(viewer.agent)?;
    }
    let replied = closing.map(|words| Event::Replied { message: words.id });
    let resolved = Event::Resolved { note: summary.map(|words| words.id) };
    Ok(replied.into_iter().chain([resolved]).collect())
}

/// Opens it again with the assignee it had, or as the viewer's if it has none who could work on it.
pub(super) fn reopen(office: &Office, scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Reopen)?;
    let conversation = &scene.conversation;
    conversation.must_not_be_frozen()?;
    match conversation.status {
        Status::Resolved { .. } | Status::Closed => {}
        Status::Open | Status::Pending { .. } => return Err(Refusal::NotDone),
        Status::Archived { .. } => return Err(Refusal::Archived),
    }
    let still_there = conversation.assignee.is_some_and(|agent| office.viewer(agent).is_some());
    let mine = Event::Assigned { to: viewer.agent, from: conversation.assignee, note: None };
    Ok([Event::Reopened].into_iter().chain((!still_there).then_some(mine)).collect())
}

pub(super) fn resolved(conversation: &mut Conversation, note: Option<MessageId>, by: By, at: Timestamp) {
    conversation.finish(by, at);
    conversation.status = Status::Resolved { note };
}

pub(super) fn reopened(conversation: &mut Conversation) {
    conversation.status = Status::Open;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Ai, Command};
    use crate::worlds::*;

    const RESOLVE: Command = Command::Resolve { summary: None, closing: None, seen: None };

    #[test]
    fn resolving_keeps_the_assignee_and_says_who_did_it() {
        let after =
            check(with_assignee(one_open(), ANA), &operator(ANA), RESOLVE, &[Event::Resolved { note: None }]);
        assert_eq!((after.assignee, after.closed_by, after.closed_at), (Some(ANA), Some(ANA), Some(NOON)));
    }

    #[test]
    fn resolving_ends_the_wait_and_the_ai_agents_part() {
        let waiting = after_message(Conversation { ai: Ai::HandedOff, ..one_open() }, 5);
        let after = check(waiting, &operator(ANA), RESOLVE, &[Event::Resolved { note: None }]);
        assert_eq!((after.waiting_since, after.ai), (None, Ai::Paused));
    }

    #[test]
    fn a_closing_message_goes_out_before_it_is_resolved() {
        let (summary, closing) = (Some(words(8, "Sent new poles.")), Some(words(7, "Bye!")));
        let command = Command::Resolve { summary, closing, seen: None };
        let both = [Event::Replied { message: message_id(7) }, Event::Resolved { note: Some(message_id(8)) }];
        check(with_assignee(one_open(), ANA), &operator(ANA), command, &both);
    }

    // rule 002-23
    #[test]
    fn a_closing_message_does_not_overtake_what_its_author_has_not_seen() {
        let waiting = after_message(after_message(with_assignee(one_open(), ANA), 5), 6);
        let closing = |seen| Command::Resolve { summary: None, closing: Some(words(7, "Bye!")), seen };
        let newer = Refusal::NewerMessage { message: message_id(6) };
        check_refused(waiting.clone(), &operator(ANA), closing(Some(message_id(5))), newer);
        let both = [Event::Replied { message: message_id(7) }, Event::Resolved { note: None }];
        check(waiting.clone(), &operator(ANA), closing(Some(message_id(6))), &both);
        check(waiting, &operator(ANA), RESOLVE, &[Event::Resolved { note: None }]);
    }

    #[test]
    fn resolving_twice_is_refused() {
        check_refused(resolved_by(ANA), &operator(ANA), RESOLVE, Refusal::AlreadyResolved);
    }

    // rule 001-16, 000-09
    #[test]
    fn pressing_it_again_reopens_with_the_assignee_it_had() {
        let after = check(resolved_by(ANA), &operator(ANA), Command::Reopen, &[Event::Reopened]);
        assert_eq!((after.status, after.assignee, after.closed_by), (Status::Open, Some(ANA), None));
    }

    #[test]
    fn reopening_one_without_an_assignee_makes_it_mine() {
        let nobodys = Conversation { assignee: None, ..one_resolved() };
        check(nobodys, &agent(ANA), Command::Reopen, &[Event::Reopened, assigned_to(ANA)]);
    }

    #[test]
    fn reopening_one_whose_assignee_has_left_makes_it_mine() {
        let left = with_assignee(one_resolved(), LEFT);
        let mine = Event::Assigned { to: ANA, from: Some(LEFT), note: None };
        check(left, &agent(ANA), Command::Reopen, &[Event::Reopened, mine]);
    }

    #[test]
    fn an_open_conversation_cannot_be_reopened() {
        check_refused(one_open(), &operator(ANA), Command::Reopen, Refusal::NotDone);
    }
}
