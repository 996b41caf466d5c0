//! Who may see what. These two questions are the only gates: every list, count, page, search, export
//! and live update asks them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::conversation::{Conversation, Scene};
use crate::id::{AgentId, GroupId};
use crate::message::MessageKind;
use crate::permission::Permission;
use crate::viewer::Viewer;

/// Whether a conversation exists for that viewer.
pub fn visible(viewer: &Viewer, scene: &Scene) -> bool {
    Reach::of(scene).is_open_to(viewer)
}

/// Who can see a conversation: everything that [`visible`] asks of it. The log keeps what it was before a
/// change, so that whoever loses sight can be told later, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    group: Option<GroupId>,
    active: bool,
    assignee: Option<AgentId>,
    /// Who is asked to take it over.
    asked: Option<AgentId>,
    /// Who finished it, while it is finished.
    finished_by: Option<AgentId>,
    participants: BTreeSet<AgentId>,
    blocked: bool,
}

impl Reach {
    /// Of a conversation; of one that was merged away, that of where it went.
    pub fn of(scene: &Scene) -> Self {
        let Scene { contact, conversation, into } = scene;
        if let Some(into) = into {
            return Self::of(into);
        }
        let active = conversation.is_active();
        Self {
            group: conversation.group,
            active,
            assignee: conversation.assignee,
            asked: conversation.transfer.map(|transfer| transfer.to),
            finished_by: conversation.closed_by.filter(|_| !active),
            participants: conversation.participants.clone(),
            blocked: contact.blocked_at.is_some(),
        }
    }

    /// Whether that viewer is among them.
    pub fn is_open_to(&self, viewer: &Viewer) -> bool {
        if !viewer.may(Permission::InboxOpen) {
            return false;
        }
        let in_scope = viewer.in_scope(self.group);
        if self.blocked {
            return viewer.may(Permission::BlacklistView) && in_scope;
        }
        viewer.super_admin || self.is_theirs(viewer) || (in_scope && self.is_in_view(viewer))
    }

    /// Theirs by a tie that holds outside their groups too: assigned, asked to take over, or finished by them.
    fn is_theirs(&self, viewer: &Viewer) -> bool {
        [self.assignee, self.asked, self.finished_by].contains(&Some(viewer.agent))
    }

    /// In view of those whose groups it is in: it is free, they take part, or they see everything there.
    fn is_in_view(&self, viewer: &Viewer) -> bool {
        self.participants.contains(&viewer.agent)
            || viewer.may(Permission::ViewAll)
            || viewer.may(Permission::Monitor)
            || (self.active && self.assignee.is_none())
    }
}

/// Whether a viewer may read messages of that kind there. Whispers are for those who take part in the
/// conversation that they were written in, and for those who monitor.
pub fn readable(viewer: &Viewer, scene: &Scene, kind: MessageKind) -> bool {
    visible(viewer, scene) && (kind != MessageKind::Whisper || reads_whispers(viewer, &scene.conversation))
}

/// Whether a viewer reads whispers that were written in that conversation, wherever they stand by now.
pub fn reads_whispers(viewer: &Viewer, written_in: &Conversation) -> bool {
    written_in.has_part(viewer.agent) || viewer.may(Permission::Monitor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Command, Transfer};
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

    // rule 000-08
    #[test]
    fn a_manager_sees_what_others_have_and_gives_it_away_and_an_operator_does_not() {
        let bens = scene(with_assignee(one_open(), BEN));
        assert!(!visible(&operator(ANA), &bens));
        let closes = |viewer: &Viewer| {
            crate::conversation::decide(
                &office(),
                &bens,
                &crate::viewer::Actor::Agent(viewer.clone()),
                &Command::Close,
                NOON,
            )
        };
        assert!(visible(&manager(ZOE), &bens) && visible(&agent(ANA), &bens));
        assert!(closes(&manager(ZOE)).is_ok());
        let gives = Command::Assign { to: ANA, note: None };
        let actor = crate::viewer::Actor::Agent(manager(ZOE));
        assert!(crate::conversation::decide(&office(), &bens, &actor, &gives, NOON).is_ok());
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
