//! Who may see what. These two questions are the only gates: every list, count, page, search, export
//! and live update asks them.

use crate::conversation::{Conversation, Scene};
use crate::message::MessageKind;
use crate::permission::Permission;
use crate::viewer::Viewer;

/// Whether a conversation exists for that viewer.
pub fn visible(viewer: &Viewer, scene: &Scene) -> bool {
    let Scene { contact, conversation, into } = scene;
    if !viewer.may(Permission::InboxOpen) {
        return false;
    }
    if let Some(into) = into {
        return visible(viewer, into);
    }
    let in_scope = viewer.in_scope(conversation.group);
    if contact.blocked_at.is_some() {
        return viewer.may(Permission::BlacklistView) && in_scope;
    }
    viewer.super_admin || is_theirs(viewer, conversation) || (in_scope && in_view(viewer, conversation))
}

/// Theirs by a tie that holds outside their groups too: assigned, asked to take over, or finished by them.
fn is_theirs(viewer: &Viewer, conversation: &Conversation) -> bool {
    let me = Some(viewer.agent);
    conversation.assignee == me
        || conversation.transfer.map(|transfer| transfer.to) == me
        || (!conversation.is_active() && conversation.closed_by == me)
}

/// In view of those whose groups it is in: it is free, they take part, or they see everything there.
fn in_view(viewer: &Viewer, conversation: &Conversation) -> bool {
    conversation.has_part(viewer.agent)
        || viewer.may(Permission::ViewAll)
        || viewer.may(Permission::Monitor)
        || (conversation.is_active() && conversation.assignee.is_none())
}

/// Whether a viewer may read messages of that kind there. Whispers are for those who take part in the
/// conversation that they were written in, and for those who monitor.
pub fn readable(viewer: &Viewer, scene: &Scene, kind: MessageKind) -> bool {
    let whispers = scene.conversation.has_part(viewer.agent) || viewer.may(Permission::Monitor);
    visible(viewer, scene) && (kind != MessageKind::Whisper || whispers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Transfer;
    use crate::worlds::*;

    #[track_caller]
    fn check(viewer: &Viewer, conversation: Conversation, sees: bool) {
        assert_eq!(visible(viewer, &scene(conversation)), sees);
    }

    #[test]
    fn an_operator_in_groups_sees_what_is_free_there_and_nothing_of_others() {
        check(&operator(ANA), one_open(), true);
        check(&operator(ANA), with_assignee(one_open(), BEN), false);
        check(&operator(RITA), one_open(), false);
    }

    #[test]
    fn ones_own_is_seen_outside_ones_groups_too() {
        check(&operator(RITA), with_assignee(one_open(), RITA), true);
        check(&operator(RITA), resolved_by(RITA), true);
    }

    #[test]
    fn who_is_asked_to_take_over_may_look() {
        let transfer = Transfer { to: RITA, from: ANA, note: None, expires: NOON };
        check(
            &operator(RITA),
            Conversation { transfer: Some(transfer), ..with_assignee(one_open(), ANA) },
            true,
        );
    }

    #[test]
    fn who_took_part_goes_on_seeing_it_within_their_groups() {
        let mut conversation = with_assignee(one_open(), BEN);
        conversation.participants.extend([ANA, RITA]);
        check(&operator(ANA), conversation.clone(), true);
        check(&operator(RITA), conversation, false);
    }

    // rule 003-01
    #[test]
    fn a_super_admin_sees_and_works_like_any_operator_and_without_limits() {
        check(&super_admin(), with_assignee(one_open(), BEN), true);
        crate::worlds::check(
            one_open(),
            &super_admin(),
            crate::conversation::Command::Claim,
            &[assigned_to(YUKI)],
        );
    }

    #[test]
    fn without_the_inbox_nothing_is_seen() {
        let mut viewer = super_admin();
        viewer.permissions.remove(&Permission::InboxOpen);
        check(&viewer, one_open(), false);
    }

    #[test]
    fn a_blocked_contact_is_seen_only_on_the_blacklist() {
        let mut blocked = scene(with_assignee(one_open(), ANA));
        blocked.contact.blocked_at = Some(NOON);
        assert!(!visible(&agent(ANA), &blocked), "not even the assignee");
        assert!(visible(&manager(ZOE), &blocked));
    }

    #[test]
    fn a_merged_one_is_seen_by_who_sees_where_it_went() {
        let into = Some(Box::new(scene(with_assignee(one_open(), BEN))));
        let merged = Scene { into, ..scene(one_open()) };
        assert!(visible(&operator(BEN), &merged) && !visible(&operator(ANA), &merged));
    }

    #[test]
    fn whispers_are_read_by_who_takes_part_and_by_who_monitors() {
        let mut conversation = with_assignee(one_open(), BEN);
        conversation.participants.insert(BEN);
        let scene = scene(conversation);
        assert!(readable(&agent(BEN), &scene, MessageKind::Whisper));
        assert!(!readable(&agent(ANA), &scene, MessageKind::Whisper), "sees all, takes no part");
        assert!(readable(&agent(ANA), &scene, MessageKind::Note));
        assert!(readable(&manager(ZOE), &scene, MessageKind::Whisper));
    }
}
