//! What the team says of who writes: another name, whose client it is, the black list, that two are one. It is about all of
//! that client's conversations, and stands in the log of each.

use std::collections::BTreeSet;

use super::{Command, Event, Fact, Scene};
use crate::contact::{Contact, as_one, clean_name, parted};
use crate::id::{AgentId, ContactId};
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::sight;
use crate::time::Timestamp;
use crate::viewer::Viewer;

/// **Change client name**. The name that the channel gave stays beside it.
pub(super) fn rename(scene: &Scene, viewer: &Viewer, name: &str) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::ContactEdit)?;
    scene.conversation.must_not_be_merged()?;
    match clean_name(name) {
        name if name.is_empty() => Err(Refusal::NoName),
        name if name == scene.contact.display_name => Ok(vec![]),
        _ => Ok(vec![Event::ClientRenamed]),
    }
}

/// **Note** about the client: for everybody who sees one of their conversations.
pub(super) fn note(scene: &Scene, viewer: &Viewer, words: &Words) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::ContactEdit)?;
    scene.conversation.must_not_be_merged()?;
    words.check()?;
    Ok(vec![Event::ClientNoted { message: words.id }])
}

/// **Pin client**: to oneself. Whose client it is detaches first.
pub(super) fn pin(office: &Office, scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::ContactPinSelf)?;
    scene.conversation.must_not_be_merged()?;
    match scene.contact.pinned_to {
        None => Ok(vec![Event::ClientPinned { to: viewer.agent }]),
        Some(owner) if owner == viewer.agent => Err(Refusal::PinnedToYou),
        Some(owner) => Err(Refusal::PinnedToAnother { name: office.name_of(owner).into() }),
    }
}

/// **Detach**: one's own, or anybody's by `contact.pin_any`.
pub(super) fn detach(office: &Office, scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    if !viewer.may(Permission::ContactPinAny) {
        viewer.must(Permission::ContactPinSelf)?;
    }
    scene.conversation.must_not_be_merged()?;
    let owner = scene.contact.pinned_to.ok_or(Refusal::NotPinned)?;
    if owner != viewer.agent && !viewer.may(Permission::ContactPinAny) {
        return Err(Refusal::PinnedToAnother { name: office.name_of(owner).into() });
    }
    Ok(vec![Event::ClientDetached { from: owner }])
}

/// **Send to the black list**.
pub(super) fn block(scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::ContactBlock)?;
    scene.conversation.must_not_be_merged()?;
    match scene.contact.blocked_at {
        None => Ok(vec![Event::ClientBlocked]),
        Some(_) => Err(Refusal::AlreadyBlocked),
    }
}

/// **Unlock conversation**.
pub(super) fn unblock(scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::BlacklistManage)?;
    scene.conversation.must_not_be_merged()?;
    match scene.contact.blocked_at {
        Some(_) => Ok(vec![Event::ClientUnblocked]),
        None => Err(Refusal::NotBlocked),
    }
}

impl Command {
    /// Whether somebody may merge contacts, and separate them.
    pub fn may_merge_contacts(viewer: &Viewer) -> bool {
        viewer.may(Permission::ContactEdit) && viewer.may(Permission::MergeSplit)
    }
}

/// **Merge contact**: who writes here and who writes there are one client from now on.
pub(super) fn merge(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    with: &Scene,
) -> Result<Vec<Event>, Refusal> {
    if !sight::visible(viewer, with) {
        return Err(Refusal::Missing);
    }
    viewer.must(Permission::ContactEdit)?;
    viewer.must(Permission::MergeSplit)?;
    scene.conversation.must_not_be_merged()?;
    let (one, other) = (&scene.contact, &with.contact);
    if one.client() == other.client() {
        return Err(Refusal::SameClient);
    }
    if one.blocked_at.is_some() != other.blocked_at.is_some() {
        viewer.must(Permission::ContactBlock)?;
    }
    if let (Some(mine), Some(theirs)) = (one.pinned_to, other.pinned_to)
        && mine != theirs
    {
        let names = format!("{} and {}", office.name_of(mine), office.name_of(theirs));
        return Err(Refusal::PinnedApart { names });
    }
    Ok(vec![Event::ClientMerged {
        with: other.client(),
        pinned_to: one.pinned_to.or(other.pinned_to),
        blocked_at: [one.blocked_at, other.blocked_at].into_iter().flatten().min(),
    }])
}

/// Takes contacts out of the client that they were merged into.
pub(super) fn part(
    scene: &Scene,
    viewer: &Viewer,
    who: &BTreeSet<ContactId>,
    contacts: &[Contact],
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::ContactEdit)?;
    viewer.must(Permission::MergeSplit)?;
    scene.conversation.must_not_be_merged()?;
    let (go, stay): (Vec<&Contact>, Vec<&Contact>) =
        contacts.iter().partition(|contact| who.contains(&contact.id));
    if go.len() != who.len() || go.is_empty() || stay.is_empty() {
        return Err(Refusal::NotOneClient);
    }
    let after = parted(contacts, who);
    // Nobody comes off the black list by it, or is detached from somebody, but by whoever may do that.
    if scene.contact.blocked_at.is_some() && after.iter().any(|contact| contact.blocked_at.is_none()) {
        viewer.must(Permission::BlacklistManage)?;
    }
    if let Some(owner) = scene.contact.pinned_to
        && owner != viewer.agent
        && after.iter().any(|contact| contact.pinned_to.is_none())
    {
        viewer.must(Permission::ContactPinAny)?;
    }
    let Contact { pinned_to, blocked_at, .. } = one_of(&after, &scene.contact);
    Ok(vec![Event::ClientParted { pinned_to, blocked_at }])
}

/// That contact among those; as it is where it is not.
fn one_of(contacts: &[Contact], contact: &Contact) -> Contact {
    contacts.iter().find(|other| other.id == contact.id).unwrap_or(contact).clone()
}

/// The contact after all of that happened by that order. The log holds no names, so the new one stands in the order.
pub fn known(contact: &Contact, command: &Command, facts: &[Fact]) -> Contact {
    let mut after = contact.clone();
    for fact in facts {
        after = match (&fact.event, command) {
            (Event::ClientRenamed, Command::RenameClient { name }) => {
                let name = clean_name(name);
                match after.client() == after.id {
                    true => after.renamed(name),
                    // What it was called by itself stays.
                    false => Contact { display_name: name, ..after },
                }
            }
            (Event::ClientPinned { to }, _) => after.with_own(|own| own.pinned_to = Some(*to)),
            (Event::ClientDetached { .. }, _) => after.with_own(|own| own.pinned_to = None),
            (Event::ClientBlocked, _) => after.with_own(|own| own.blocked_at = Some(fact.at)),
            (Event::ClientUnblocked, _) => after.with_own(|own| own.blocked_at = None),
            (Event::ClientMerged { .. }, Command::MergeClient { with, contacts }) => {
                let client = with.contact.client();
                let is_known = contacts.iter().any(|contact| contact.id == client);
                one_of(&as_one(contacts, if is_known { client } else { with.contact.id }), &after)
            }
            (Event::ClientParted { .. }, Command::PartClient { who, contacts }) => {
                one_of(&parted(contacts, who), &after)
            }
            _ => after,
        };
    }
    after
}

/// The same facts as they are told in the conversations of another contact of the client, which stands so after them.
/// `scene` is where it was ordered, before.
pub fn told_of(contact: &Contact, scene: &Scene, command: &Command, facts: &[Fact]) -> Vec<Fact> {
    let Contact { pinned_to, blocked_at, .. } = *contact;
    let told = |fact: &Fact| {
        let event = match (&fact.event, command) {
            (Event::ClientMerged { .. }, Command::MergeClient { with: other, contacts }) => {
                let is_of_other =
                    contacts.iter().any(|one| one.id == contact.id && one.client() == other.contact.client());
                let with = if is_of_other { scene.contact.client() } else { other.contact.client() };
                Event::ClientMerged { with, pinned_to, blocked_at }
            }
            (Event::ClientParted { .. }, _) => Event::ClientParted { pinned_to, blocked_at },
            (other, _) => other.clone(),
        };
        Fact { event, ..fact.clone() }
    };
    facts.iter().filter(|fact| fact.event.is_of_client()).map(told).collect()
}

/// Whose client they are after all of that; nothing where it does not say.
pub fn pinned_by(facts: &[Fact]) -> Option<Option<AgentId>> {
    facts.iter().rev().find_map(|fact| match fact.event {
        Event::ClientPinned { to } => Some(Some(to)),
        Event::ClientDetached { .. } => Some(None),
        Event::ClientMerged { pinned_to, .. } | Event::ClientParted { pinned_to, .. } => Some(pinned_to),
        _ => None,
    })
}

/// Since when they are on the black list after all of that; nothing where it does not say.
pub fn blocked_by(facts: &[Fact]) -> Option<Option<Timestamp>> {
    facts.iter().rev().find_map(|fact| match fact.event {
        Event::ClientBlocked => Some(Some(fact.at)),
        Event::ClientUnblocked => Some(None),
        Event::ClientMerged { blocked_at, .. } | Event::ClientParted { blocked_at, .. } => Some(blocked_at),
        _ => None,
    })
}

impl Event {
    /// Whether it is about the client, and so about all of their conversations.
    pub const fn is_of_client(&self) -> bool {
        matches!(
            self,
            Event::Introduced
                | Event::ClientRenamed
                | Event::ClientNoted { .. }
                | Event::ClientPinned { .. }
                | Event::ClientDetached { .. }
                | Event::ClientBlocked
                | Event::ClientUnblocked
                | Event::ClientMerged { .. }
                | Event::ClientParted { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Conversation, decide};
    use crate::viewer::Actor;
    use crate::worlds::*;

    fn pinned_to(agent: Option<AgentId>) -> Scene {
        Scene { contact: Contact { pinned_to: agent, ..cleo() }, ..scene(one_open()) }
    }

    fn order(scene: &Scene, viewer: &Viewer, command: Command) -> Result<Contact, Refusal> {
        let facts = decide(&office(), scene, &Actor::Agent(viewer.clone()), &command, NOON)?;
        Ok(scene.after(&command, &facts).contact)
    }

    fn rename(name: &str) -> Command {
        Command::RenameClient { name: name.into() }
    }

    // rule 003-27
    #[test]
    fn a_client_gets_another_name_and_keeps_the_original_one() {
        let after = order(&pinned_to(None), &operator(ANA), rename("  Cleo\u{202e}  Marsh ")).unwrap();
        assert_eq!((after.display_name.as_str(), after.original_name.as_str()), ("Cleo Marsh", "cleo99"));
        assert_eq!(order(&pinned_to(None), &operator(ANA), rename(" \u{200b}")), Err(Refusal::NoName));
    }

    // rule 003-28
    #[test]
    fn a_note_about_the_client_is_no_word_to_the_client() {
        let reader =
            Viewer { permissions: [Permission::InboxOpen, Permission::ViewAll].into(), ..operator(ANA) };
        let note = |text| Command::NoteOnClient { words: words(7, text) };
        let written =
            decide(&office(), &pinned_to(None), &Actor::Agent(operator(ANA)), &note("Pays in cash."), NOON);
        let events: Vec<Event> = written.unwrap().into_iter().map(|fact| fact.event).collect();
        assert_eq!(events, [Event::ClientNoted { message: message_id(7) }]);
        let messages = note("Pays in cash.").messages(crate::viewer::By::Agent(ANA), NOON);
        assert!(messages.iter().all(|message| message.public().is_none()));
        assert_eq!(order(&pinned_to(None), &operator(ANA), note(" \n")), Err(Refusal::NoText));
        assert!(matches!(order(&pinned_to(None), &reader, note("x")), Err(Refusal::NotAllowed { .. })));
    }

    // rule 003-45
    #[test]
    fn a_client_is_pinned_to_oneself_and_detached_by_oneself() {
        let mine = order(&pinned_to(None), &operator(ANA), Command::PinClient).unwrap();
        assert_eq!(mine.pinned_to, Some(ANA));
        let free = order(&pinned_to(Some(ANA)), &operator(ANA), Command::DetachClient).unwrap();
        assert_eq!(free.pinned_to, None);
    }

    // rule 003-45, 003-47
    #[test]
    fn anothers_client_is_detached_first_and_by_whom_it_belongs_to_or_a_super_admin() {
        let bens = pinned_to(Some(BEN));
        let why = Refusal::PinnedToAnother { name: "Ben".into() };
        assert_eq!(order(&bens, &operator(ANA), Command::PinClient), Err(why.clone()));
        assert_eq!(order(&bens, &super_admin(), Command::PinClient), Err(why.clone()));
        assert_eq!(order(&bens, &operator(ANA), Command::DetachClient), Err(why));
        assert_eq!(order(&bens, &super_admin(), Command::DetachClient).unwrap().pinned_to, None);
    }

    // rule 003-38, 003-39
    #[test]
    fn who_is_on_the_black_list_is_out_of_sight_until_somebody_unlocks_them() {
        let blocked = order(&pinned_to(None), &operator(ANA), Command::BlockClient).unwrap();
        assert_eq!(blocked.blocked_at, Some(NOON));
        let blocked = Scene { contact: blocked, ..scene(one_open()) };
        assert!(!crate::sight::visible(&operator(ANA), &blocked));
        assert_eq!(order(&blocked, &operator(ANA), Command::UnblockClient), Err(Refusal::Missing));
        assert_eq!(order(&blocked, &manager(ZOE), Command::UnblockClient).unwrap().blocked_at, None);
    }

    /// Dora, who wrote in another conversation.
    fn dora() -> Scene {
        let (id, number) = (crate::id::ConversationId::new(2), 2);
        let contact = Contact {
            id: ContactId::new(55),
            display_name: "Dora".into(),
            original_name: "dora".into(),
            ..cleo()
        };
        let conversation = Conversation { id, number, contact: contact.id, ..one_open() };
        Scene { contact, ..scene(conversation) }
    }

    fn merge_with(here: &Scene, there: &Scene) -> Command {
        let contacts = vec![here.contact.clone(), there.contact.clone()];
        Command::MergeClient { with: Box::new(there.clone()), contacts }
    }

    #[test]
    fn two_contacts_become_one_client_under_the_name_of_the_one_that_was_chosen() {
        let blocked = Scene { contact: Contact { pinned_to: Some(BEN), ..dora().contact }, ..dora() };
        let here = pinned_to(None);
        let after = order(&here, &agent(BEN), merge_with(&here, &blocked)).unwrap();
        assert_eq!((after.display_name.as_str(), after.original_name.as_str()), ("Dora", "cleo99"));
        assert_eq!((after.client(), after.pinned_to), (dora().contact.id, Some(BEN)));
        let merged = Scene { contact: after, ..here.clone() };
        assert_eq!(order(&merged, &agent(BEN), merge_with(&merged, &dora())), Err(Refusal::SameClient));
        assert!(matches!(
            order(&here, &operator(ANA), merge_with(&here, &dora())),
            Err(Refusal::NotAllowed { missing: Permission::MergeSplit })
        ));
    }

    #[test]
    fn clients_of_different_people_and_what_one_does_not_see_are_not_merged() {
        let hers =
            |agent, scene: Scene| Scene { contact: Contact { pinned_to: agent, ..scene.contact }, ..scene };
        let (here, there) = (hers(Some(ANA), scene(one_open())), hers(Some(BEN), dora()));
        let apart = Refusal::PinnedApart { names: "Ana and Ben".into() };
        assert_eq!(order(&here, &agent(BEN), merge_with(&here, &there)), Err(apart));
        let returns = Conversation { group: Some(RETURNS), ..dora().conversation };
        let there = Scene { conversation: returns, ..dora() };
        assert_eq!(order(&here, &agent(BEN), merge_with(&here, &there)), Err(Refusal::Missing));
    }

    #[test]
    fn each_of_them_is_told_of_the_other_and_of_what_it_is_by_now() {
        let (here, there) = (pinned_to(Some(ANA)), dora());
        let command = merge_with(&here, &there);
        let facts = decide(&office(), &here, &Actor::Agent(agent(BEN)), &command, NOON).unwrap();
        let after = known(&there.contact, &command, &facts);
        let told = told_of(&after, &here, &command, &facts);
        let event = Event::ClientMerged { with: CLEO, pinned_to: Some(ANA), blocked_at: None };
        assert_eq!(told.iter().map(|fact| &fact.event).collect::<Vec<_>>(), [&event]);
        assert_eq!(pinned_by(&told), Some(after.pinned_to));
    }

    #[test]
    fn who_was_merged_is_separated_again_and_what_was_theirs_comes_back() {
        let here = pinned_to(Some(BEN));
        let facts = decide(&office(), &here, &Actor::Agent(agent(BEN)), &merge_with(&here, &dora()), NOON);
        let command = merge_with(&here, &dora());
        let contacts: Vec<Contact> = [&here.contact, &dora().contact]
            .map(|contact| known(contact, &command, facts.as_ref().unwrap()))
            .into();
        let merged = Scene { contact: contacts[0].clone(), ..here.clone() };
        let part = |who: &[ContactId]| {
            let who = who.iter().copied().collect();
            order(&merged, &agent(BEN), Command::PartClient { who, contacts: contacts.clone() })
        };
        assert_eq!(part(&[dora().contact.id]).unwrap(), here.contact);
        for wrong in [&[][..], &[ContactId::new(99)], &[CLEO, dora().contact.id]] {
            assert_eq!(part(wrong), Err(Refusal::NotOneClient), "{wrong:?}");
        }
    }

    #[test]
    fn separating_neither_unlocks_nor_detaches_anybody_without_the_right_to() {
        let merged = |contact: Contact| as_one(&[cleo(), Contact { id: dora().contact.id, ..contact }], CLEO);
        let part = |contacts: Vec<Contact>, viewer: &Viewer| {
            let scene = Scene { contact: contacts[0].clone(), ..scene(one_open()) };
            order(&scene, viewer, Command::PartClient { who: [dora().contact.id].into(), contacts })
        };
        let pinned = merged(Contact { pinned_to: Some(ANA), ..cleo() });
        assert!(matches!(
            part(pinned.clone(), &agent(BEN)),
            Err(Refusal::NotAllowed { missing: Permission::ContactPinAny })
        ));
        assert_eq!(part(pinned, &super_admin()).unwrap(), cleo());
        let blocked = merged(Contact { blocked_at: Some(NOON), ..cleo() });
        let mut sees = agent(BEN);
        sees.permissions.insert(Permission::BlacklistView);
        assert!(matches!(
            part(blocked.clone(), &sees),
            Err(Refusal::NotAllowed { missing: Permission::BlacklistManage })
        ));
        assert_eq!(part(blocked, &manager(ZOE)).unwrap(), cleo());
    }

    #[test]
    fn another_name_is_the_clients_and_whoever_does_not_give_it_keeps_their_own() {
        let bea = Contact { id: dora().contact.id, display_name: "Bea".into(), ..cleo() };
        let both = as_one(&[cleo(), bea], CLEO);
        let renamed = Fact { at: NOON, by: Actor::Agent(agent(BEN)).by(), event: Event::ClientRenamed };
        let command = rename("Cleo Marsh");
        let after: Vec<Contact> =
            both.iter().map(|contact| known(contact, &command, std::slice::from_ref(&renamed))).collect();
        assert!(after.iter().all(|contact| contact.display_name == "Cleo Marsh"));
        let names: Vec<String> = after.iter().map(|contact| contact.alone().display_name).collect();
        assert_eq!(names, ["Cleo Marsh", "Bea"]);
        assert_eq!(as_one(&after, CLEO), after, "nothing else follows from it");
    }
}
