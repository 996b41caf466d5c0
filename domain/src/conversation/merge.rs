//! **Merge**: two conversations of one client are one from now on. The words of the source are shown where it went, the
//! source itself is frozen, and it can be taken out again.

use std::collections::BTreeSet;

use super::{Command, Conversation, Event, Exchange, Fact, Scene, Status, tag};
use crate::id::{ConversationId, MessageId};
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::sight;
use crate::time::Timestamp;
use crate::viewer::Viewer;

/// Merges it into that one, which they see, too.
pub(super) fn merge(scene: &Scene, viewer: &Viewer, into: &Scene) -> Result<Vec<Event>, Refusal> {
    if !sight::visible(viewer, into) {
        return Err(Refusal::Missing);
    }
    viewer.must(Permission::MergeSplit)?;
    let (source, target) = (&scene.conversation, &into.conversation);
    source.must_not_be_frozen()?;
    let number = target.number;
    if source.id == target.id {
        return Err(Refusal::IntoItself);
    }
    // An answer there would go to somebody else, or by another way.
    if scene.contact.client() != into.contact.client() {
        return Err(Refusal::OtherClient);
    }
    if source.contact != target.contact {
        return Err(Refusal::OtherAddress { number });
    }
    if source.channel != target.channel {
        return Err(Refusal::OtherChannel { number });
    }
    if target.merged_into.is_some() || matches!(target.status, Status::Archived { .. }) {
        return Err(Refusal::IntoFrozen { number });
    }
    // Whoever waits in it would wait where nobody looks.
    if source.is_active() && !target.is_active() {
        return Err(Refusal::IntoFinished { number });
    }
    Ok(vec![Event::MergedInto { into: target.id, number }])
}

/// Takes it out of where it was merged into.
pub(super) fn unmerge(
    scene: &Scene,
    viewer: &Viewer,
    returns: Exchange,
    tagged: &BTreeSet<MessageId>,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::MergeSplit)?;
    let Some(into) = &scene.into else { return Err(Refusal::NotMerged) };
    let Conversation { id, number, merged_into, unread_since, .. } = into.conversation;
    // Whoever read it there has read it.
    let unread_since = returns.unread(unread_since);
    let tags = tag::of_messages(&into.conversation.message_tags, tagged);
    match merged_into {
        Some(_) => Err(Refusal::IntoFrozen { number }),
        None => Ok(vec![Event::Unmerged { from: id, number, exchange: returns, unread_since, tags }]),
    }
}

/// The other conversation that changes when that happens to one, as it is before, and what happens to it.
pub fn elsewhere(before: &Scene, command: &Command, facts: &[Fact]) -> Option<(Scene, Vec<Fact>)> {
    let Conversation { id, number, unread_since, .. } = before.conversation;
    let fact = facts.first()?;
    let (other, event) = match (command, &fact.event) {
        (Command::Merge { into, exchange }, Event::MergedInto { .. }) => {
            let unread_since = unread_since.filter(|_| before.conversation.is_active());
            let tags = before.conversation.message_tags.clone();
            (into, Event::Merged { from: id, number, exchange: *exchange, unread_since, tags })
        }
        (Command::Unmerge { stays, .. }, Event::Unmerged { tags, .. }) => {
            let tags = tags.clone();
            (before.into.as_ref()?, Event::Parted { from: id, number, exchange: *stays, tags })
        }
        _ => return None,
    };
    Some(((**other).clone(), vec![Fact { event, ..fact.clone() }]))
}

/// Where it is merged into after that.
pub(super) fn into(before: &Scene, command: &Command, facts: &[Fact]) -> Option<Box<Scene>> {
    match facts.first().map(|fact| &fact.event) {
        Some(Event::MergedInto { .. }) => {
            let (other, facts) = elsewhere(before, command, facts)?;
            let conversation = super::applied(&other.conversation, &facts);
            Some(Box::new(Scene { conversation, ..other }))
        }
        Some(Event::Unmerged { .. }) => None,
        _ => before.into.clone(),
    }
}

pub(super) fn merged_into(conversation: &mut Conversation, into: ConversationId) {
    conversation.merged_into = Some(into);
    conversation.transfer = None;
    // They went along with the messages.
    conversation.message_tags.clear();
}

pub(super) fn merged(conversation: &mut Conversation, exchange: &Exchange, unread_since: Option<Timestamp>) {
    exchange.stands_in(conversation);
    // What nobody has read is to be read, whatever was said after it.
    conversation.unread_since = [conversation.unread_since, unread_since].into_iter().flatten().min();
}

pub(super) fn unmerged(
    conversation: &mut Conversation,
    exchange: &Exchange,
    unread_since: Option<Timestamp>,
) {
    conversation.merged_into = None;
    exchange.stands_in(conversation);
    conversation.unread_since = unread_since;
}

pub(super) fn parted(conversation: &mut Conversation, exchange: &Exchange) {
    exchange.stands_in(conversation);
    conversation.unread_since = exchange.unread(conversation.unread_since);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Contact;
    use crate::conversation::{MessageTags, Transfer, applied, decide};
    use crate::id::ContactId;
    use crate::viewer::Actor;
    use crate::worlds::*;

    fn another() -> Conversation {
        Conversation { id: ConversationId::new(2), number: 2, ..one_open() }
    }

    fn into(target: Conversation) -> Command {
        let exchange = Exchange { waiting_since: Some(NOON), follow_ups: 1, last: None };
        Command::Merge { into: Box::new(scene(target)), exchange }
    }

    fn merges(source: Conversation, target: Conversation) -> Result<Vec<Fact>, Refusal> {
        decide(&office(), &scene(source), &Actor::Agent(agent(BEN)), &into(target), NOON)
    }

    // rule 002-25
    #[test]
    fn a_duplicate_goes_into_the_other_and_is_frozen() {
        let asked = Some(Transfer { to: BEN, from: ANA, note: None, expires: NOON });
        let source = Conversation { transfer: asked, ..after_message(with_assignee(one_open(), ANA), 5) };
        let event = Event::MergedInto { into: another().id, number: 2 };
        let after = check(source.clone(), &agent(BEN), into(another()), &[event]);
        assert_eq!((after.merged_into, after.transfer), (Some(another().id), None));
        let facts = merges(source.clone(), another()).unwrap();
        let (target, facts) = elsewhere(&scene(source.clone()), &into(another()), &facts).unwrap();
        let after = applied(&target.conversation, &facts);
        assert_eq!(after.unread_since, source.unread_since, "what nobody has read is unread there");
        assert_eq!(
            merges(Conversation { merged_into: Some(another().id), ..source }, another()),
            Err(Refusal::Merged)
        );
    }

    #[test]
    fn what_is_said_is_never_put_where_it_would_reach_somebody_else_or_nobody() {
        let refused = |target, refusal: Refusal| assert_eq!(merges(one_open(), target), Err(refusal));
        refused(one_open(), Refusal::IntoItself);
        refused(
            Conversation { contact: ContactId::new(99), ..another() },
            Refusal::OtherAddress { number: 2 },
        );
        let somebody = Contact { id: ContactId::new(99), ..cleo() };
        let elses =
            Scene { contact: somebody.clone(), ..scene(Conversation { contact: somebody.id, ..another() }) };
        let command = Command::Merge { into: Box::new(elses), exchange: Exchange::default() };
        check_refused(one_open(), &agent(BEN), command, Refusal::OtherClient);
        refused(Conversation { channel: MAIL, ..another() }, Refusal::OtherChannel { number: 2 });
        refused(Conversation { status: Status::Closed, ..another() }, Refusal::IntoFinished { number: 2 });
        let merged = Conversation { merged_into: Some(ConversationId::new(3)), ..another() };
        refused(merged, Refusal::IntoFrozen { number: 2 });
        let finished = Conversation { id: another().id, number: 2, ..one_closed() };
        assert!(merges(one_resolved(), finished).is_ok(), "two that are finished");
    }

    #[test]
    fn one_merges_only_what_one_sees() {
        let returns = Conversation { group: Some(crate::worlds::RETURNS), ..another() };
        assert_eq!(merges(one_open(), returns), Err(Refusal::Missing));
        check_refused(
            one_open(),
            &operator(ANA),
            into(another()),
            Refusal::NotAllowed { missing: Permission::MergeSplit },
        );
    }

    #[test]
    fn it_comes_back_out_with_all_that_is_its_own() {
        let message_tags = MessageTags::from([(message_id(5), [REFUND].into())]);
        let source = after_message(with_assignee(one_open(), BEN), 5);
        let source = Conversation { message_tags: message_tags.clone(), ..source };
        let (stays, returns) = (
            Exchange::default(),
            Exchange { follow_ups: 1, waiting_since: Some(NOON), last: source.last_public },
        );
        let facts = merges(source.clone(), another()).unwrap();
        let merged = scene(source.clone()).after(&into(another()), &facts);
        let there = merged.into.as_ref().unwrap().conversation.message_tags.clone();
        assert_eq!((there, merged.conversation.message_tags.len()), (message_tags, 0), "tags go along");
        let unmerge = Command::Unmerge { stays, returns, tagged: [message_id(5)].into() };
        let facts = decide(&office(), &merged, &Actor::Agent(agent(BEN)), &unmerge, NOON).unwrap();
        let after = merged.after(&unmerge, &facts);
        let (target, left) = elsewhere(&merged, &unmerge, &facts).unwrap();
        assert!(applied(&target.conversation, &left).message_tags.is_empty(), "and come back");
        assert_eq!(after.into, None);
        let version = after.conversation.version;
        assert_eq!(after.conversation, Conversation { version, ..source });
        check_refused(one_open(), &agent(BEN), unmerge, Refusal::NotMerged);
    }
}
