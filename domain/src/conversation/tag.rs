//! Words of the vocabulary put on a conversation, and on messages of it. Everybody who sees the conversation sees them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conversation, Event, Head, Scene};
use crate::id::{MessageId, TagId};
use crate::message::MessageKind;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Messages of one conversation that bear tags: they travel with its row.
pub const TAGGED_AT_MOST: usize = 200;

/// The tags of messages, by message. None is empty.
pub type MessageTags = BTreeMap<MessageId, BTreeSet<TagId>>;

/// Puts it on the conversation. Again, it is nothing new.
pub(super) fn tag(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    tag: TagId,
) -> Result<Vec<Event>, Refusal> {
    may_tag(scene, viewer)?;
    must_be_offered(office, tag)?;
    let bears = scene.conversation.tags.contains(&tag);
    Ok(if bears { vec![] } else { vec![Event::Tagged { tag }] })
}

/// Takes it off the conversation.
pub(super) fn untag(scene: &Scene, viewer: &Viewer, tag: TagId) -> Result<Vec<Event>, Refusal> {
    may_tag(scene, viewer)?;
    let bears = scene.conversation.tags.contains(&tag);
    Ok(if bears { vec![Event::Untagged { tag }] } else { vec![] })
}

/// Puts it on those messages. `all` is what the viewer reads there: nobody tags what they cannot read.
pub(super) fn tag_messages(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    tag: TagId,
    messages: &BTreeSet<MessageId>,
    all: &[Head],
) -> Result<Vec<Event>, Refusal> {
    may_tag(scene, viewer)?;
    must_be_offered(office, tag)?;
    let chosen: Vec<&Head> = all.iter().filter(|head| messages.contains(&head.id)).collect();
    if messages.is_empty() || chosen.len() < messages.len() {
        return Err(Refusal::NoSuchMessage);
    }
    // Who does not read a whisper would see by its tag that there is one.
    if chosen.iter().any(|head| matches!(head.kind, MessageKind::Whisper | MessageKind::ClientNote)) {
        return Err(Refusal::WhisperNotTagged);
    }
    let before = &scene.conversation.message_tags;
    let bears = |id: &MessageId| before.get(id).is_some_and(|tags| tags.contains(&tag));
    let messages: BTreeSet<MessageId> = messages.iter().filter(|id| !bears(id)).copied().collect();
    let more = messages.iter().filter(|id| !before.contains_key(id)).count();
    // A merge may have brought more together than somebody could tag.
    if more > 0 && before.len() + more > TAGGED_AT_MOST {
        return Err(Refusal::TooManyTagged { most: TAGGED_AT_MOST as u32 });
    }
    Ok(if messages.is_empty() { vec![] } else { vec![Event::MessagesTagged { tag, messages }] })
}

/// Takes it off those messages.
pub(super) fn untag_messages(
    scene: &Scene,
    viewer: &Viewer,
    tag: TagId,
    messages: &BTreeSet<MessageId>,
) -> Result<Vec<Event>, Refusal> {
    may_tag(scene, viewer)?;
    let before = &scene.conversation.message_tags;
    let bears = |id: &MessageId| before.get(id).is_some_and(|tags| tags.contains(&tag));
    let messages: BTreeSet<MessageId> = messages.iter().filter(|id| bears(id)).copied().collect();
    Ok(if messages.is_empty() { vec![] } else { vec![Event::MessagesUntagged { tag, messages }] })
}

fn may_tag(scene: &Scene, viewer: &Viewer) -> Result<(), Refusal> {
    viewer.must(Permission::TagApply)?;
    scene.conversation.must_not_be_frozen()
}

fn must_be_offered(office: &Office, tag: TagId) -> Result<(), Refusal> {
    let tag = office.tags.get(&tag).ok_or(Refusal::NoSuchTag)?;
    if tag.retired { Err(Refusal::RetiredTag { name: tag.name.clone() }) } else { Ok(()) }
}

pub(super) fn tagged(conversation: &mut Conversation, tag: TagId) {
    conversation.tags.insert(tag);
}

pub(super) fn untagged(conversation: &mut Conversation, tag: TagId) {
    conversation.tags.remove(&tag);
}

pub(super) fn messages_tagged(conversation: &mut Conversation, tag: TagId, messages: &BTreeSet<MessageId>) {
    for id in messages {
        conversation.message_tags.entry(*id).or_default().insert(tag);
    }
}

pub(super) fn messages_untagged(conversation: &mut Conversation, tag: TagId, messages: &BTreeSet<MessageId>) {
    conversation.message_tags.retain(|id, tags| {
        if messages.contains(id) {
            tags.remove(&tag);
        }
        !tags.is_empty()
    });
}

/// What of it stands on those messages.
pub(super) fn of_messages(tags: &MessageTags, messages: &BTreeSet<MessageId>) -> MessageTags {
    tags.iter().filter(|(id, _)| messages.contains(id)).map(|(id, tags)| (*id, tags.clone())).collect()
}

/// Tags come along with messages that come.
pub(super) fn came(conversation: &mut Conversation, tags: &MessageTags) {
    conversation.message_tags.extend(tags.clone());
}

/// And go with those that go.
pub(super) fn went(conversation: &mut Conversation, tags: &MessageTags) {
    conversation.message_tags.retain(|id, _| !tags.contains_key(id));
}

impl Conversation {
    /// The tags that it, or a message of it, bears: those that a list is narrowed by.
    pub fn all_tags(&self) -> BTreeSet<TagId> {
        self.tags.iter().chain(self.message_tags.values().flatten()).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Command, decide};
    use crate::time::Duration;
    use crate::viewer::Actor;
    use crate::worlds::*;

    fn all() -> Vec<Head> {
        let kinds = [MessageKind::Customer, MessageKind::Reply, MessageKind::Whisper, MessageKind::Note];
        let head = |(n, kind)| Head { id: message_id(n), kind, at: NOON + Duration::minutes(n as i64) };
        (1..).zip(kinds).map(head).collect()
    }

    fn ids(messages: &[u128]) -> BTreeSet<MessageId> {
        messages.iter().map(|n| message_id(*n)).collect()
    }

    fn on(tag: TagId, messages: &[u128]) -> Command {
        Command::TagMessages { tag, messages: ids(messages), all: all() }
    }

    #[test]
    fn a_tag_is_put_on_a_conversation_and_taken_off() {
        let put = [Event::Tagged { tag: REFUND }];
        let after = check(one_open(), &operator(ANA), Command::Tag { tag: REFUND }, &put);
        assert_eq!(after.tags, [REFUND].into());
        check(after.clone(), &operator(ANA), Command::Tag { tag: REFUND }, &[]);
        let taken = [Event::Untagged { tag: REFUND }];
        let after = check(after, &operator(ANA), Command::Untag { tag: REFUND }, &taken);
        assert_eq!(after.tags, [].into());
        check(after, &operator(ANA), Command::Untag { tag: REFUND }, &[]);
    }

    // rule 003-34
    #[test]
    fn a_tag_is_put_on_messages_and_taken_off() {
        let messages = ids(&[1, 2, 4]);
        let put = Event::MessagesTagged { tag: REFUND, messages };
        let after = check(one_open(), &operator(ANA), on(REFUND, &[1, 2, 4]), &[put]);
        let more = Event::MessagesTagged { tag: VAT, messages: ids(&[2]) };
        let after = check(after, &operator(ANA), on(VAT, &[2]), &[more]);
        assert_eq!(after.message_tags[&message_id(2)], [REFUND, VAT].into());
        assert_eq!(after.all_tags(), [REFUND, VAT].into());
        // Those that bear it are left out.
        check(after.clone(), &operator(ANA), on(REFUND, &[1, 4]), &[]);
        let off = Command::UntagMessages { tag: REFUND, messages: ids(&[1, 2]) };
        let taken = Event::MessagesUntagged { tag: REFUND, messages: ids(&[1, 2]) };
        let after = check(after, &operator(ANA), off, &[taken]);
        assert_eq!(after.message_tags.keys().copied().collect::<BTreeSet<_>>(), ids(&[2, 4]));
    }

    #[test]
    fn a_whisper_bears_no_tag_and_neither_does_what_is_not_there() {
        check_refused(one_open(), &operator(ANA), on(REFUND, &[1, 3]), Refusal::WhisperNotTagged);
        check_refused(one_open(), &operator(ANA), on(REFUND, &[9]), Refusal::NoSuchMessage);
        check_refused(one_open(), &operator(ANA), on(REFUND, &[]), Refusal::NoSuchMessage);
        check_refused(one_archived(), &agent(BEN), on(REFUND, &[1]), Refusal::Archived);
    }

    // rule 003-36
    #[test]
    fn a_retired_tag_stays_where_it_is_and_is_put_on_nothing_more() {
        let mut office = office();
        office.tags.entry(VAT).and_modify(|tag| tag.retired = true);
        let before = Conversation { tags: [VAT].into(), ..one_open() };
        let given =
            |command| decide(&office, &scene(before.clone()), &Actor::Agent(operator(ANA)), &command, NOON);
        let retired = Err(Refusal::RetiredTag { name: "vat".into() });
        assert_eq!(given(Command::Tag { tag: VAT }), retired);
        assert_eq!(given(on(VAT, &[1])), retired);
        assert_eq!(given(Command::Tag { tag: TagId::new(99) }), Err(Refusal::NoSuchTag));
        assert!(given(Command::Untag { tag: VAT }).is_ok_and(|facts| facts.len() == 1));
    }

    #[test]
    fn so_many_messages_bear_tags_that_a_row_can_carry_them() {
        let tags = (0..TAGGED_AT_MOST).map(|n| (message_id(100 + n as u128), [REFUND].into())).collect();
        let full = Conversation { message_tags: tags, ..one_open() };
        let refusal = Refusal::TooManyTagged { most: TAGGED_AT_MOST as u32 };
        check_refused(full, &operator(ANA), on(REFUND, &[1]), refusal);
    }

    #[test]
    fn a_word_less_or_more_is_taken_back_like_any_order() {
        assert!(Command::Tag { tag: REFUND }.can_be_undone() && on(REFUND, &[1]).can_be_undone());
    }
}
