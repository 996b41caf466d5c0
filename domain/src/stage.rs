//! The words that people use for where a conversation stands, derived from its state.

use serde::{Deserialize, Serialize};

use crate::conversation::{Conversation, Status};
use crate::id::AgentId;

/// The step of the lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody ever had it or answered it.
    New,
    /// Back from somebody, or answered without being taken.
    Open,
    /// Somebody has it and has not answered yet.
    Assigned,
    /// Somebody has it and has answered.
    InProgress,
    /// Marked resolved.
    Resolved,
    /// Finished.
    Closed,
    /// Put away.
    Archived,
}

impl Stage {
    /// The steps of the lifecycle, in order.
    pub const ALL: &[Stage] = &[
        Stage::New,
        Stage::Open,
        Stage::Assigned,
        Stage::InProgress,
        Stage::Resolved,
        Stage::Closed,
        Stage::Archived,
    ];

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::New => "New",
            Stage::Open => "Open",
            Stage::Assigned => "Assigned",
            Stage::InProgress => "In Progress",
            Stage::Resolved => "Resolved",
            Stage::Closed => "Closed",
            Stage::Archived => "Archived",
        }
    }

    /// The step that a conversation is at.
    pub fn of(conversation: &Conversation) -> Self {
        match conversation.status {
            Status::Archived { .. } => return Stage::Archived,
            Status::Closed => return Stage::Closed,
            Status::Resolved { .. } => return Stage::Resolved,
            Status::Open | Status::Pending { .. } => {}
        }
        if conversation.assignee.is_some() {
            let answered = conversation.last_reply_at.is_some()
                && conversation.last_reply_at >= conversation.assigned_at;
            return if answered { Stage::InProgress } else { Stage::Assigned };
        }
        // Who was assigned takes part until they leave, and giving it back is remembered.
        let untouched = conversation.participants.is_empty()
            && conversation.returned_by.is_none()
            && conversation.first_reply_at.is_none();
        if untouched { Stage::New } else { Stage::Open }
    }
}

/// What an open conversation that nobody has asks of whoever looks at it. Nothing where the AI agent answers.
pub fn prompt(conversation: &Conversation) -> Option<&'static str> {
    let is_open = conversation.status == Status::Open && conversation.merged_into.is_none();
    (is_open && conversation.is_unassigned()).then_some("Assign it and set its priority")
}

/// Who works with it, as the row says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Processing {
    /// Active, with nobody.
    Unassigned,
    /// Active and the viewer's.
    MyInbox,
    /// Active and somebody else's.
    With(AgentId),
    /// Done.
    Closed,
}

impl Processing {
    /// What it is for that viewer.
    pub fn of(conversation: &Conversation, me: AgentId) -> Self {
        match conversation.assignee {
            _ if !conversation.is_active() => Processing::Closed,
            None => Processing::Unassigned,
            Some(agent) if agent == me => Processing::MyInbox,
            Some(agent) => Processing::With(agent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Event, applied, apply};
    use crate::viewer::By;
    use crate::worlds::*;

    // rule 002-01
    // rule 002-21
    #[test]
    fn open_is_what_is_new_or_answered_by_the_customer_and_asks_to_be_assigned() {
        assert!(prompt(&one_open()).is_some());
        let pending = Conversation { assignee: None, ..one_pending() };
        assert_eq!(prompt(&pending), None, "it waits for somebody else");
        let replied = after_message(pending, 5);
        assert_eq!(replied.status, Status::Open);
        assert!(prompt(&replied).is_some());
        assert_eq!(after_message(resolved_by(ANA), 5).status, Status::Open);
        assert_eq!(prompt(&with_assignee(one_open(), ANA)), None);
    }

    #[test]
    fn the_lifecycle_runs_from_new_to_archived() {
        let by = By::Agent(ANA);
        let steps = [
            (Event::Received { message: message_id(1) }, Stage::New),
            (assigned_to(ANA), Stage::Assigned),
            (Event::Replied { message: message_id(2) }, Stage::InProgress),
            (Event::Pended { note: None, wake_at: None }, Stage::InProgress),
            (Event::Unassigned { from: ANA }, Stage::Open),
            (assigned_to(ANA), Stage::Assigned),
            (Event::Resolved { note: None }, Stage::Resolved),
            (Event::Closed, Stage::Closed),
            (Event::Archived, Stage::Archived),
        ];
        let mut conversation = one_open();
        for (minute, (event, stage)) in (1..).zip(steps) {
            let at = NOON + crate::time::Duration::minutes(minute);
            conversation = apply(&conversation, &fact(by, event.clone(), at));
            assert_eq!(Stage::of(&conversation), stage, "after {event:?}");
        }
    }

    #[test]
    fn one_that_was_only_whispered_about_is_new_until_a_person_answers() {
        // A whisper makes a participant; it is no longer untouched, so it reads Open.
        let whispered = Event::Whispered { message: message_id(3), mentions: [].into() };
        let after = applied(&one_open(), &[fact(By::Agent(ANA), whispered, NOON)]);
        assert_eq!(Stage::of(&after), Stage::Open);
    }

    // rule 003-08
    #[test]
    fn processing_says_whose_it_is() {
        assert_eq!(Processing::of(&one_open(), ANA), Processing::Unassigned);
        assert_eq!(Processing::of(&with_assignee(one_open(), ANA), ANA), Processing::MyInbox);
        assert_eq!(Processing::of(&with_assignee(one_open(), BEN), ANA), Processing::With(BEN));
        assert_eq!(Processing::of(&resolved_by(ANA), ANA), Processing::Closed);
    }
}
