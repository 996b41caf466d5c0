//! **Split**: a customer who writes of two things at once gets two conversations.

use std::collections::BTreeSet;

use super::{Conversation, Event, Exchange, Head, Scene, tag};
use crate::id::{ConversationId, MessageId};
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::Viewer;

/// Those messages go into a new one. Something of the exchange with the customer goes, and something stays.
pub(super) fn split(
    scene: &Scene,
    viewer: &Viewer,
    next: ConversationId,
    messages: &BTreeSet<MessageId>,
    all: &[Head],
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::MergeSplit)?;
    scene.conversation.must_not_be_frozen()?;
    let (go, stay): (Vec<Head>, Vec<Head>) = all.iter().partition(|head| messages.contains(&head.id));
    if go.len() < messages.len() {
        return Err(Refusal::NoSuchMessage);
    }
    let (goes, stays) = (Exchange::of(&go), Exchange::of(&stay));
    match (goes.last, stays.last) {
        (None, _) => Err(Refusal::NothingChosen),
        (_, None) => Err(Refusal::NothingLeft),
        (Some(_), Some(_)) => {
            // Who waits there alone is what nobody has read.
            let goes_along = goes.waiting_since.is_some() && stays.waiting_since.is_none();
            let unread_since = scene.conversation.unread_since.filter(|_| goes_along);
            let tags = tag::of_messages(&scene.conversation.message_tags, messages);
            Ok(vec![Event::SplitOff { next, stays, goes, unread_since, tags }])
        }
    }
}

pub(super) fn split_off(conversation: &mut Conversation, stays: &Exchange, went_along: Option<Timestamp>) {
    stays.stands_in(conversation);
    conversation.unread_since = conversation.unread_since.filter(|_| went_along.is_none());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Command, MessageTags, applied, begun};
    use crate::message::MessageKind::{self, Customer, Reply, Whisper};
    use crate::time::Duration;
    use crate::viewer::By;
    use crate::worlds::*;

    fn head(n: u128, kind: MessageKind) -> Head {
        Head { id: message_id(n), kind, at: NOON + Duration::minutes(n as i64) }
    }

    fn split(messages: &[u128]) -> Command {
        let all = vec![head(1, Customer), head(2, Reply), head(3, Customer), head(4, Whisper)];
        let messages = messages.iter().map(|n| message_id(*n)).collect();
        Command::Split { next: ConversationId::new(77), messages, all }
    }

    // rule 002-26
    #[test]
    fn what_is_of_another_topic_becomes_a_conversation_of_its_own() {
        let message_tags =
            MessageTags::from([(message_id(1), [VAT].into()), (message_id(3), [REFUND].into())]);
        let before = with_assignee(after_message(one_open(), 3), ANA);
        let before = Conversation { message_tags, ..before };
        let (one, three) =
            (Exchange::of(&[head(1, Customer), head(2, Reply)]), Exchange::of(&[head(3, Customer)]));
        let next = ConversationId::new(77);
        let event = Event::SplitOff {
            next,
            stays: one,
            goes: three,
            unread_since: before.unread_since,
            tags: [(message_id(3), [REFUND].into())].into(),
        };
        let after = check(before.clone(), &agent(BEN), split(&[3]), std::slice::from_ref(&event));
        assert_eq!((after.waiting_since, after.last_public), (None, one.last), "what stays is answered");
        assert_eq!((before.unread_since.is_some(), after.unread_since), (true, None));
        let (new, facts) = begun(&before, &fact(By::Agent(BEN), event, NOON), 12).unwrap();
        let new = applied(&new, &facts);
        assert_eq!((new.id, new.previous, new.assignee), (next, Some(before.id), Some(ANA)));
        assert_eq!((new.waiting_since, new.last_public), (three.waiting_since, three.last));
        assert_eq!(after.message_tags.keys().collect::<Vec<_>>(), [&message_id(1)]);
        assert_eq!(
            new.message_tags,
            [(message_id(3), [REFUND].into())].into(),
            "tags go with their messages"
        );
        assert_eq!((new.contact, new.unread_since), (before.contact, before.unread_since));
    }

    #[test]
    fn something_of_the_exchange_goes_and_something_stays() {
        let refused =
            |chosen: &[u128], refusal| check_refused(one_open(), &agent(BEN), split(chosen), refusal);
        refused(&[], Refusal::NothingChosen);
        refused(&[4], Refusal::NothingChosen);
        refused(&[1, 2, 3], Refusal::NothingLeft);
        refused(&[3, 9], Refusal::NoSuchMessage);
        check_refused(
            one_open(),
            &operator(ANA),
            split(&[3]),
            Refusal::NotAllowed { missing: Permission::MergeSplit },
        );
        check_refused(one_archived(), &agent(BEN), split(&[3]), Refusal::Archived);
        let merged = Conversation { merged_into: Some(ConversationId::new(2)), ..one_open() };
        check_refused(merged, &agent(BEN), split(&[3]), Refusal::Merged);
    }
}
