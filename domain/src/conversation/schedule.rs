//! Answering the customer later.

use serde::{Deserialize, Serialize};

use super::{Event, Scene, reply};
use crate::id::{AgentId, MessageId};
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::{Duration, Timestamp};
use crate::viewer::Viewer;

/// How far ahead a message is scheduled: whoever types another year does not mean it.
pub const SCHEDULED_WITHIN: Duration = Duration::days(366);

/// A reply that waits for its time. Whoever may read the conversation sees it, so that two do not write the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The id of the message that it becomes.
    pub message: MessageId,
    /// Who wrote it, and in whose name and with whose rights it goes out.
    pub by: AgentId,
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
    /// When it could not be sent any more; then it is for its author alone, until they take it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_at: Option<Timestamp>,
}

/// **Schedule message**: what could be sent now goes out at that time, if it still can be then.
pub(super) fn schedule(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    words: &Words,
    seen: Option<MessageId>,
    at: Timestamp,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Schedule)?;
    words.check()?;
    reply::reply(office, scene, viewer, words, seen)?;
    match at {
        at if at <= now => Err(Refusal::InThePast),
        at if at > now + SCHEDULED_WITHIN => Err(Refusal::TooFarAway),
        at => Ok(vec![Event::Scheduled { message: words.id, at }]),
    }
}

/// Takes it back. Its author does: nobody else knows what they meant.
pub(super) fn unschedule(
    office: &Office,
    viewer: &Viewer,
    message: MessageId,
    by: AgentId,
) -> Result<Vec<Event>, Refusal> {
    match by == viewer.agent {
        true => Ok(vec![Event::Unscheduled { message }]),
        false => Err(Refusal::ScheduledByAnother { name: office.name_of(by).to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Command;
    use crate::worlds::*;

    const LATER: Timestamp = Timestamp(NOON.0 + 3_600_000);

    fn say_at(at: Timestamp, seen: Option<MessageId>) -> Command {
        Command::Schedule { words: words(7, "It is here."), seen, at }
    }

    // rule 002-27
    #[test]
    fn a_message_is_scheduled_and_changes_nothing_until_its_time() {
        let waiting = after_message(with_assignee(one_open(), ANA), 5);
        let scheduled = [Event::Scheduled { message: message_id(7), at: LATER }];
        let after = check(waiting.clone(), &operator(ANA), say_at(LATER, Some(message_id(5))), &scheduled);
        assert_eq!((after.waiting_since, after.last_public), (waiting.waiting_since, waiting.last_public));
    }

    #[test]
    fn a_time_that_is_over_or_too_far_away_is_asked_for_again() {
        let mine = with_assignee(one_open(), ANA);
        check_refused(mine.clone(), &operator(ANA), say_at(NOON, None), Refusal::InThePast);
        let far = NOON + SCHEDULED_WITHIN + Duration::minutes(1);
        check_refused(mine, &operator(ANA), say_at(far, None), Refusal::TooFarAway);
    }

    #[test]
    fn what_could_not_be_sent_now_is_not_scheduled_either() {
        check_refused(one_resolved(), &agent(ANA), say_at(LATER, None), Refusal::AlreadyResolved);
        let waiting = after_message(with_assignee(one_open(), ANA), 5);
        let newer = Refusal::NewerMessage { message: message_id(5) };
        check_refused(waiting, &operator(ANA), say_at(LATER, None), newer);
    }

    #[test]
    fn only_its_author_takes_it_back() {
        let mine = with_assignee(one_open(), ANA);
        let back = Command::Unschedule { message: message_id(7), by: ANA };
        check(mine.clone(), &operator(ANA), back.clone(), &[Event::Unscheduled { message: message_id(7) }]);
        let anothers = Command::Unschedule { message: message_id(7), by: BEN };
        check_refused(mine, &operator(ANA), anothers, Refusal::ScheduledByAnother { name: "Ben".into() });
    }
}
