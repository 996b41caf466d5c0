//! Conversations that begin after another: **Start conversation** from one that is done, and what is split off.

use super::{Ai, Conversation, Event, Fact, Scene};
use crate::id::ConversationId;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::{By, Viewer};

/// Begins another one after this, which stays as it is.
pub(super) fn begin(scene: &Scene, viewer: &Viewer, next: ConversationId) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Claim)?;
    scene.conversation.must_not_be_merged()?;
    match scene.conversation.is_active() {
        true => Err(Refusal::NotDone),
        false => Ok(vec![Event::Continued { next }]),
    }
}

/// The conversation that begins where that happened to `before`, as it is before its own first events, and those.
pub fn begun(before: &Conversation, fact: &Fact, number: i64) -> Option<(Conversation, Vec<Fact>)> {
    let Fact { at, by, event } = fact;
    let (previous, was) = (before.id, before.number);
    let own = |to| Event::Assigned { to, from: None, note: None };
    let (next, events) = match (event, by) {
        (Event::Continued { next }, By::Agent(agent)) => {
            (*next, vec![Event::Begun { previous }, own(*agent)])
        }
        (Event::SplitOff { next, goes, unread_since, tags, .. }, _) => {
            let (unread_since, tags) = (*unread_since, tags.clone());
            let split = Event::SplitFrom { previous, number: was, exchange: *goes, unread_since, tags };
            // Whoever has the one has the other, until somebody says otherwise.
            (*next, [Some(split), before.assignee.map(own)].into_iter().flatten().collect())
        }
        _ => return None,
    };
    let Conversation { contact, channel, subject, group, .. } = before.clone();
    let new = Conversation::begin(next, number, contact, channel, subject, group, Ai::None, *at);
    let new = Conversation { previous: Some(previous), ..new };
    Some((new, events.into_iter().map(|event| Fact { at: *at, by: *by, event }).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Command, applied};
    use crate::worlds::*;

    // rule 003-20
    #[test]
    fn from_a_finished_one_a_new_one_of_ones_own_begins() {
        let next = ConversationId::new(77);
        let before = Conversation { group: Some(BILLING), ..resolved_by(BEN) };
        let events = [Event::Continued { next }];
        let after = check(before.clone(), &agent(ANA), Command::Begin { next }, &events);
        assert_eq!(Conversation { version: before.version, ..after }, before, "it stays as it is");
        let fact = Fact { at: NOON, by: By::Agent(ANA), event: Event::Continued { next } };
        let (new, facts) = begun(&before, &fact, 12).unwrap();
        let new = applied(&new, &facts);
        assert_eq!((new.id, new.number, new.assignee, new.previous), (next, 12, Some(ANA), Some(before.id)));
        assert_eq!((new.contact, new.channel, new.group), (before.contact, before.channel, Some(BILLING)));
        assert_eq!((new.unassigned_at, new.waiting_since), (None, None));
    }

    #[test]
    fn one_that_is_worked_on_is_not_begun_again() {
        let next = ConversationId::new(77);
        check_refused(one_open(), &agent(ANA), Command::Begin { next }, Refusal::NotDone);
    }
}
