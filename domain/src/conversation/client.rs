//! What the team says of who writes: another name, whose client it is, the black list. It is about all of that client's
//! conversations, and stands in the log of each.

use super::{Command, Event, Fact, Scene};
use crate::contact::{Contact, clean_name};
use crate::id::AgentId;
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
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

/// The client after all of that happened by that order. The log holds no names, so the new one stands in the order.
pub(super) fn known(contact: &Contact, command: &Command, facts: &[Fact]) -> Contact {
    let mut after = contact.clone();
    for fact in facts {
        match (&fact.event, command) {
            (Event::ClientRenamed, Command::RenameClient { name }) => after.display_name = clean_name(name),
            (Event::ClientPinned { to }, _) => after.pinned_to = Some(*to),
            (Event::ClientDetached { .. }, _) => after.pinned_to = None,
            (Event::ClientBlocked, _) => after.blocked_at = Some(fact.at),
            (Event::ClientUnblocked, _) => after.blocked_at = None,
            _ => {}
        }
    }
    after
}

/// Whose client they are after all of that; nothing where it does not say.
pub fn pinned_by(facts: &[Fact]) -> Option<Option<AgentId>> {
    facts.iter().rev().find_map(|fact| match fact.event {
        Event::ClientPinned { to } => Some(Some(to)),
        Event::ClientDetached { .. } => Some(None),
        _ => None,
    })
}

/// Since when they are on the black list after all of that; nothing where it does not say.
pub fn blocked_by(facts: &[Fact]) -> Option<Option<Timestamp>> {
    facts.iter().rev().find_map(|fact| match fact.event {
        Event::ClientBlocked => Some(Some(fact.at)),
        Event::ClientUnblocked => Some(None),
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
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::decide;
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
}
