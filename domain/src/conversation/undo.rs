//! **Undo**: the last order that somebody gave about a conversation is taken back, if nothing happened since.

use serde::{Deserialize, Serialize};

use super::{Command, Conversation, Event, Scene};
use crate::id::{AgentId, CommandId};
use crate::office::Office;
use crate::refusal::Refusal;
use crate::time::{Duration, Timestamp};
use crate::viewer::Viewer;

/// How long an order can be taken back.
pub const UNDO_WITHIN: Duration = Duration(30_000);

/// The last order about a conversation that can be taken back, and how it stood before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Which.
    pub order: CommandId,
    /// Who gave it.
    pub by: AgentId,
    /// When.
    pub at: Timestamp,
    /// The version that came of it.
    pub version: i64,
    /// How it stood before.
    pub before: Conversation,
}

impl Last {
    /// Whether that is the same order. The rest the server knows best: its author may have hoped for other things before.
    pub fn is(&self, other: &Self) -> bool {
        self.order == other.order && self.by == other.by
    }
}

impl Command {
    /// Whether nothing of it has left the house, so that it can be taken back. What was written down stays written.
    pub const fn can_be_undone(&self) -> bool {
        match self {
            Command::Claim
            | Command::Assign { .. }
            | Command::AssignGroup { .. }
            | Command::Unassign
            | Command::Transfer { .. }
            | Command::AcceptTransfer
            | Command::CancelTransfer
            | Command::Leave
            | Command::Pend { .. }
            | Command::Resume
            | Command::Close
            | Command::Reopen
            | Command::Archive
            | Command::Unarchive
            | Command::Prioritise { .. }
            | Command::Tag { .. }
            | Command::Untag { .. }
            | Command::TagMessages { .. }
            | Command::UntagMessages { .. }
            | Command::MarkUnread => true,
            Command::Resolve { closing, .. } => closing.is_none(),
            Command::Begin { .. }
            | Command::DeclineTransfer { .. }
            | Command::Reply { .. }
            | Command::Schedule { .. }
            | Command::Unschedule { .. }
            | Command::Revise { .. }
            | Command::Retract { .. }
            | Command::Email { .. }
            | Command::EmailAgain { .. }
            | Command::Whisper { .. }
            | Command::Note { .. }
            | Command::RenameClient { .. }
            | Command::NoteOnClient { .. }
            | Command::PinClient
            | Command::DetachClient
            | Command::BlockClient
            | Command::UnblockClient
            | Command::MergeClient { .. }
            | Command::PartClient { .. }
            | Command::Merge { .. }
            | Command::Unmerge { .. }
            | Command::Split { .. }
            | Command::Undo { .. }
            | Command::Read
            | Command::Write { .. }
            | Command::Seen { .. }
            | Command::Release { .. }
            | Command::PassTime => false,
        }
    }
}

/// Takes it back. Whoever gave it may, with the sight that they had before.
pub(super) fn undo(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    last: &Last,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    scene.conversation.must_not_be_merged()?;
    if last.by != viewer.agent || last.before.id != scene.conversation.id {
        return Err(Refusal::NothingToUndo);
    }
    if last.version != scene.conversation.version {
        return Err(Refusal::ChangedSince);
    }
    // What was somebody's who has left since does not become theirs again.
    let transfer = last.before.transfer.iter().flat_map(|transfer| [transfer.to, transfer.from]);
    let is_gone = |agent: AgentId| office.agents.get(&agent).is_some_and(|agent| !agent.enabled);
    let assignee = last.before.assignee.filter(|_| last.before.is_active());
    if assignee.into_iter().chain(transfer).any(is_gone) {
        return Err(Refusal::ChangedSince);
    }
    if now - last.at > UNDO_WITHIN {
        return Err(Refusal::TooLateToUndo);
    }
    // The log holds no words, and the subject is the customer's.
    let to = Conversation { subject: String::new(), ..last.before.clone() };
    Ok(vec![Event::Undone { to: Box::new(to) }])
}

/// It stands as it did, but what counts changes goes on counting.
pub(super) fn undone(conversation: &mut Conversation, to: &Conversation) {
    let (version, ai, epoch) = (conversation.version, conversation.ai, conversation.ai_epoch);
    *conversation = Conversation { subject: conversation.subject.clone(), ..to.clone() };
    conversation.version = version;
    conversation.ai_epoch = epoch + i64::from(ai != to.ai);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{applied, decide};
    use crate::message::Words;
    use crate::viewer::Actor;
    use crate::worlds::*;

    fn ordered(before: &Conversation, by: &Viewer, command: &Command) -> (Conversation, Last) {
        let facts =
            decide(&office(), &scene(before.clone()), &Actor::Agent(by.clone()), command, NOON).unwrap();
        let after = applied(before, &facts);
        let (order, version) = (CommandId::new(1), after.version);
        (after, Last { order, by: by.agent, at: NOON, version, before: before.clone() })
    }

    fn takes_back(
        after: &Conversation,
        by: &Viewer,
        last: Last,
        seconds: i64,
    ) -> Result<Conversation, Refusal> {
        let undo = Command::Undo { last: Box::new(last) };
        let now = NOON + Duration(seconds * 1_000);
        let facts = decide(&office(), &scene(after.clone()), &Actor::Agent(by.clone()), &undo, now)?;
        Ok(applied(after, &facts))
    }

    #[test]
    fn what_was_ordered_is_taken_back_and_all_stands_as_before() {
        let none = || Command::Resolve { summary: None, closing: None, seen: None };
        let waiting = after_message(one_open(), 5);
        for (before, command) in [
            (waiting.clone(), Command::Claim),
            (with_assignee(waiting.clone(), ANA), Command::Unassign),
            (with_assignee(waiting.clone(), ANA), Command::Assign { to: BEN, note: None }),
            (with_assignee(waiting.clone(), ANA), none()),
            (with_assignee(waiting.clone(), ANA), Command::Close),
            (with_assignee(waiting, ANA), Command::Transfer { to: BEN, note: None }),
        ] {
            let (after, last) = ordered(&before, &operator(ANA), &command);
            let again = takes_back(&after, &operator(ANA), last, 30).unwrap();
            let expected = Conversation { version: after.version + 1, ai_epoch: again.ai_epoch, ..before };
            assert_eq!(again, expected, "{command:?}");
        }
    }

    #[test]
    fn what_one_gave_away_out_of_ones_sight_is_taken_back_too() {
        let before = with_assignee(one_open(), ANA);
        let (after, last) = ordered(&before, &operator(ANA), &Command::Assign { to: BEN, note: None });
        let out_of_sight = Conversation { participants: [BEN].into(), ..after };
        assert!(!crate::sight::visible(&operator(ANA), &scene(out_of_sight.clone())));
        assert_eq!(takes_back(&out_of_sight, &operator(ANA), last, 1).unwrap().assignee, Some(ANA));
    }

    #[test]
    fn it_is_refused_to_others_after_something_happened_and_after_half_a_minute() {
        let (after, last) = ordered(&one_open(), &operator(ANA), &Command::Claim);
        let by_ben = takes_back(&after, &operator(BEN), last.clone(), 1);
        assert!(matches!(by_ben, Err(Refusal::Missing | Refusal::NothingToUndo)), "{by_ben:?}");
        let changed = after_message(after.clone(), 6);
        assert_eq!(takes_back(&changed, &operator(ANA), last.clone(), 1), Err(Refusal::ChangedSince));
        assert_eq!(takes_back(&after, &operator(ANA), last, 31), Err(Refusal::TooLateToUndo));
    }

    #[test]
    fn what_has_left_the_house_cannot_be_taken_back() {
        let words = Words::new(message_id(9), "Bye");
        let closing = Command::Resolve { summary: None, closing: Some(words.clone()), seen: None };
        assert!(!closing.can_be_undone() && !Command::Reply { words, seen: None }.can_be_undone());
    }
}
