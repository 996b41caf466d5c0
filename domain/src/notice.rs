//! Who is told that a customer wrote: by a sound, a number in the title of the tab, a line for the screen reader.

use crate::conversation::{Event, Scene};
use crate::counter::Counts;
use crate::live::Entry;
use crate::sight;
use crate::view::View;
use crate::viewer::Viewer;

/// Why somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A customer waits whom nobody has.
    Waits,
    /// A customer wrote in one of theirs.
    Mine,
}

/// Whether what happened to that conversation is news to `viewer`: a customer wrote, and it is theirs, or it stands in
/// their Unassigned. What another has, or the AI agent answers, is nobody else's business.
pub fn of(viewer: &Viewer, scene: &Scene, entries: &[Entry]) -> Option<Notice> {
    let wrote = entries.iter().any(|entry| matches!(entry.event, Some(Event::Received { .. })));
    let conversation = &scene.conversation;
    // Blocked customers are silent, whoever may look at them.
    if !wrote || scene.contact.blocked_at.is_some() || !sight::visible(viewer, scene) {
        return None;
    }
    match conversation.assignee {
        Some(agent) if agent == viewer.agent => Some(Notice::Mine),
        Some(_) => None,
        None => conversation.is_unassigned().then_some(Notice::Waits),
    }
}

/// Conversations in which a message waits for this agent that no operator has read: the number in the title of the tab.
pub fn waiting(counts: &Counts) -> i64 {
    let unread = |view: View| counts.get(&view).map_or(0, |count| count.unread);
    unread(View::Unassigned) + unread(View::MyInbox)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Contact;
    use crate::conversation::{Ai, Conversation};
    use crate::counter::Count;
    use crate::time::Timestamp;
    use crate::viewer::By;
    use crate::worlds::*;

    fn entry(event: Event) -> Entry {
        Entry {
            seq: 1,
            at: Timestamp(0),
            by: By::Visitor(CLEO),
            event: Some(event),
            message: None,
            delivery: None,
        }
    }

    #[track_caller]
    fn check(viewer: &Viewer, conversation: Conversation, notice: Option<Notice>) {
        let wrote = [entry(Event::Received { message: message_id(5) })];
        assert_eq!(of(viewer, &scene(conversation.clone()), &wrote), notice);
        assert_eq!(of(viewer, &scene(conversation), &[entry(Event::Read)]), None, "nobody wrote");
    }

    // rule 002-02
    #[test]
    fn a_customers_message_is_told_to_the_team_that_can_take_it() {
        check(&operator(ANA), one_open(), Some(Notice::Waits));
        check(&manager(ZOE), one_open(), Some(Notice::Waits));
        check(&operator(RITA), one_open(), None);
    }

    #[test]
    fn what_somebody_has_is_told_to_them_alone() {
        check(&operator(ANA), with_assignee(one_open(), ANA), Some(Notice::Mine));
        check(&manager(ZOE), with_assignee(one_open(), ANA), None);
    }

    #[test]
    fn what_the_ai_agent_answers_and_who_is_blocked_makes_no_sound() {
        let with_ai = Conversation { ai: Ai::Active, unassigned_at: None, ..one_open() };
        check(&operator(ANA), with_ai, None);
        let wrote = [entry(Event::Received { message: message_id(5) })];
        let contact = Contact { blocked_at: Some(NOON), ..cleo() };
        let blocked = Scene { contact, ..scene(one_open()) };
        assert_eq!(of(&super_admin(), &blocked, &wrote), None);
    }

    #[test]
    fn the_title_counts_what_nobody_has_read_and_waits_for_me() {
        let counts = [
            (View::Unassigned, Count { n: 9, unread: 2 }),
            (View::MyInbox, Count { n: 4, unread: 1 }),
            (View::All, Count { n: 99, unread: 50 }),
        ];
        assert_eq!(waiting(&counts.into()), 3);
    }
}
