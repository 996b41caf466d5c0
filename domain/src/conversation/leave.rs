//! **Leave conversation**: taking no part any more.

use super::{Conversation, Event, Scene};
use crate::refusal::Refusal;
use crate::viewer::{By, Viewer};

/// Whoever takes part leaves, and nobody is told. Whose it is hands it over first.
pub(super) fn leave(scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    let conversation = &scene.conversation;
    conversation.must_not_be_frozen()?;
    if conversation.assignee == Some(viewer.agent) {
        return Err(Refusal::HandOverFirst);
    }
    match conversation.has_part(viewer.agent) {
        true => Ok(vec![Event::Left]),
        false => Err(Refusal::TakesNoPart),
    }
}

pub(super) fn left(conversation: &mut Conversation, by: By) {
    if let Some(agent) = by.agent() {
        conversation.participants.remove(&agent);
        conversation.mentioned.remove(&agent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Command;
    use crate::worlds::*;

    fn bens_with_ana() -> Conversation {
        Conversation { participants: [ANA, BEN].into(), ..with_assignee(one_open(), BEN) }
    }

    // rule 004-09
    #[test]
    fn who_takes_part_leaves() {
        let after = check(bens_with_ana(), &operator(ANA), Command::Leave, &[Event::Left]);
        assert_eq!((after.participants, after.assignee), ([BEN].into(), Some(BEN)));
    }

    // rule 004-09
    #[test]
    fn whose_it_is_hands_it_over_first() {
        check_refused(bens_with_ana(), &operator(BEN), Command::Leave, Refusal::HandOverFirst);
    }

    #[test]
    fn who_was_called_by_name_and_leaves_is_not_called_any_more() {
        let called = Conversation { mentioned: [ANA].into(), ..bens_with_ana() };
        let after = check(called, &operator(ANA), Command::Leave, &[Event::Left]);
        assert!(after.mentioned.is_empty());
    }

    #[test]
    fn who_takes_no_part_has_nothing_to_leave() {
        check_refused(one_open(), &operator(ANA), Command::Leave, Refusal::TakesNoPart);
    }

    #[test]
    fn a_finished_one_is_left_by_who_took_part_and_not_by_whose_it_was() {
        let finished = Conversation { participants: [ANA, BEN].into(), ..resolved_by(BEN) };
        let after = check(finished.clone(), &agent(ANA), Command::Leave, &[Event::Left]);
        assert!(!after.has_part(ANA));
        // Opened again it is his again.
        check_refused(finished, &agent(BEN), Command::Leave, Refusal::HandOverFirst);
    }
}
