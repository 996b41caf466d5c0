//! Answering the customer.

use super::{Conversation, Event, LastPublic, Scene, Side, takes_on_reply};
use crate::id::MessageId;
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::{By, Viewer};

/// A public reply. Refused where a public message came in that its author has not seen; takes the
/// conversation where nobody has it and a person is needed.
pub(super) fn reply(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    words: &Words,
    seen: Option<MessageId>,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Reply)?;
    let conversation = &scene.conversation;
    conversation.must_be_active()?;
    let takes_it = takes_on_reply(conversation);
    if takes_it {
        viewer.must(Permission::Claim)?;
    }
    words.check_on(office.channels.get(&conversation.channel).map(|channel| channel.kind))?;
    must_have_seen(conversation, seen)?;
    office.must_show_profile(viewer.agent)?;
    let claim = takes_it.then_some(Event::Assigned { to: viewer.agent, from: None, note: None });
    Ok(claim.into_iter().chain([Event::Replied { message: words.id }]).collect())
}

/// Refuses where a public message came in that the author has not seen.
pub(super) fn must_have_seen(conversation: &Conversation, seen: Option<MessageId>) -> Result<(), Refusal> {
    match conversation.last_public {
        Some(last) if seen != Some(last.message) => Err(Refusal::NewerMessage { message: last.message }),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn replied(conversation: &mut Conversation, message: MessageId, by: By, at: Timestamp) {
    conversation.waiting_since = None;
    conversation.unread_since = None;
    conversation.follow_ups = 0;
    conversation.first_reply_at = conversation.first_reply_at.or(Some(at));
    conversation.last_reply_at = Some(at);
    conversation.participants.extend(by.agent());
    conversation.last_public = Some(LastPublic { message, at, from: Side::Operator });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Ai, Command, decide};
    use crate::viewer::Actor;
    use crate::worlds::*;

    fn say(seen: Option<MessageId>) -> Command {
        Command::Reply { words: words(7, "On its way."), seen }
    }

    #[test]
    fn a_reply_stops_the_wait() {
        let waiting = after_message(with_assignee(one_open(), ANA), 5);
        let replied = [Event::Replied { message: message_id(7) }];
        let after = check(waiting, &operator(ANA), say(Some(message_id(5))), &replied);
        assert_eq!((after.waiting_since, after.follow_ups, after.unread_since), (None, 0, None));
        assert_eq!((after.first_reply_at, after.last_reply_at), (Some(NOON), Some(NOON)));
    }

    // rule 001-12
    #[test]
    fn a_reply_takes_a_conversation_that_needs_a_person() {
        let waiting = after_message(one_open(), 5);
        let both = [assigned_to(ANA), Event::Replied { message: message_id(7) }];
        check(waiting, &operator(ANA), say(Some(message_id(5))), &both);
    }

    #[test]
    fn a_reply_takes_a_conversation_from_the_ai_agent() {
        let with_ai = after_message(Conversation { ai: Ai::Active, ..one_open() }, 5);
        let both = [assigned_to(ANA), Event::Replied { message: message_id(7) }];
        let after = check(with_ai, &operator(ANA), say(Some(message_id(5))), &both);
        assert_eq!(after.ai, Ai::Paused);
    }

    #[test]
    fn a_reply_that_has_not_seen_the_newest_message_is_refused_with_that_message() {
        let waiting = after_message(after_message(with_assignee(one_open(), ANA), 5), 6);
        let newer = Refusal::NewerMessage { message: message_id(6) };
        check_refused(waiting.clone(), &operator(ANA), say(Some(message_id(5))), newer.clone());
        check_refused(waiting, &operator(ANA), say(None), newer);
    }

    #[test]
    fn a_finished_conversation_is_reopened_before_it_is_answered() {
        check_refused(one_resolved(), &agent(ANA), say(None), Refusal::AlreadyResolved);
    }

    // rule 001-15
    #[test]
    fn who_has_no_name_or_no_photo_adds_them_before_replying() {
        let given = |name: &str, photo: Option<&str>, command: Command| {
            let mut office = office();
            office.agents.entry(ANA).and_modify(|agent| {
                (agent.display_name, agent.photo) = (name.into(), photo.map(str::to_owned));
            });
            let scene = scene(with_assignee(one_open(), ANA));
            decide(&office, &scene, &Actor::Agent(operator(ANA)), &command, NOON).map(|facts| facts.len())
        };
        for (name, photo) in [("", None), (" ", Some("ana")), ("Ana", None)] {
            let lacks = Refusal::IncompleteProfile { name: name == "Ana", photo: photo.is_some() };
            assert_eq!(given(name, photo, say(None)), Err(lacks.clone()));
            let closing = Command::Resolve { summary: None, closing: Some(words(8, "Bye!")), seen: None };
            assert_eq!(given(name, photo, closing), Err(lacks));
            // What no customer sees needs neither.
            let whisper = Command::Whisper { words: words(7, "Look."), mentions: [].into() };
            assert_eq!(given(name, photo, whisper), Ok(1));
        }
        assert_eq!(given("Ana", Some("ana"), say(None)), Ok(1));
    }

    #[test]
    fn an_empty_reply_is_refused() {
        let empty = Command::Reply { words: words(7, "  \n"), seen: None };
        check_refused(with_assignee(one_open(), ANA), &operator(ANA), empty, Refusal::NoText);
    }
}
