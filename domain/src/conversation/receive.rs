//! What comes from outside: the customer's words, the AI agent's answers, its call for a person.

use super::{Ai, Conversation, LastPublic, Side, Status};
use crate::id::MessageId;
use crate::time::Timestamp;

pub(super) fn received(conversation: &mut Conversation, message: MessageId, at: Timestamp) {
    conversation.status = Status::Open;
    conversation.waiting_since = conversation.waiting_since.or(Some(at));
    conversation.unread_since = conversation.unread_since.or(Some(at));
    conversation.follow_ups += 1;
    conversation.last_public = Some(LastPublic { message, at, from: Side::Customer });
}

pub(super) fn answered(conversation: &mut Conversation, message: MessageId, at: Timestamp) {
    if conversation.ai == Ai::Active {
        conversation.waiting_since = None;
        conversation.follow_ups = 0;
    }
    conversation.last_public = Some(LastPublic { message, at, from: Side::Ai });
}

pub(super) fn handed_off(conversation: &mut Conversation, at: Timestamp) {
    if conversation.ai == Ai::Active {
        conversation.set_ai(Ai::HandedOff);
        conversation.waiting_since = conversation.waiting_since.or(Some(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Event, apply};
    use crate::viewer::By;
    use crate::worlds::*;

    #[test]
    fn a_customers_message_starts_the_wait_and_a_second_one_does_not_restart_it() {
        let first = after_message(one_open(), 5);
        let later = apply(
            &first,
            &fact(By::Visitor(CLEO), Event::Received { message: message_id(6) }, NOON_AND_A_BIT),
        );
        assert_eq!((later.waiting_since, later.follow_ups), (first.waiting_since, 2));
    }

    #[test]
    fn a_customer_opens_what_was_pending_or_finished() {
        for before in [one_pending(), resolved_by(ANA), one_closed()] {
            let after = after_message(before, 5);
            assert_eq!((after.status, after.closed_by, after.closed_at), (Status::Open, None, None));
        }
    }

    #[test]
    fn the_ai_agents_answer_ends_the_wait_while_it_is_active() {
        let asked = after_message(Conversation { ai: Ai::Active, ..one_open() }, 5);
        let answer = Event::Answered { message: message_id(6), epoch: 0 };
        assert_eq!(apply(&asked, &fact(By::Ai, answer, NOON)).waiting_since, None);
    }

    #[test]
    fn a_call_for_a_person_puts_it_in_unassigned() {
        let with_ai = Conversation { ai: Ai::Active, unassigned_at: None, ..one_open() };
        let after = apply(&with_ai, &fact(By::Ai, Event::HandedOff, NOON));
        assert_eq!((after.ai, after.unassigned_at, after.needs_human()), (Ai::HandedOff, Some(NOON), true));
    }
}
