//! Whose conversation it is: take, give, give back.

use super::{Ai, Command, Conversation, Event, GroupSource, Scene, receive};
use crate::id::{AgentId, GroupId};
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::{Obstacle, Refusal};
use crate::time::Timestamp;
use crate::viewer::Viewer;

/// **Start conversation**, **Assign to Me**. The loser of a race is told who was first.
pub(super) fn claim(office: &Office, scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Claim)?;
    let conversation = &scene.conversation;
    conversation.must_be_active()?;
    match conversation.assignee {
        None => Ok(vec![Event::Assigned { to: viewer.agent, from: None, note: None }]),
        Some(agent) if agent == viewer.agent => Err(Refusal::AlreadyYours),
        Some(agent) => Err(Refusal::Taken { by: office.name_of(agent).into() }),
    }
}

/// **Assign**. Oneself by the right to claim, as long as nobody has it; anybody else by `assign_others`.
pub(super) fn assign(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    to: AgentId,
    note: Option<&Words>,
) -> Result<Vec<Event>, Refusal> {
    let conversation = &scene.conversation;
    let takes_it = to == viewer.agent && conversation.assignee.is_none();
    viewer.must(if takes_it { Permission::Claim } else { Permission::AssignOthers })?;
    conversation.must_be_active()?;
    if conversation.assignee == Some(to) {
        return Err(if to == viewer.agent {
            Refusal::AlreadyYours
        } else {
            Refusal::AlreadyWith { name: office.name_of(to).into() }
        });
    }
    if !takes_it {
        assignable(office, viewer, conversation, to)?;
    }
    if let Some(words) = note {
        words.check()?;
    }
    Ok(vec![Event::Assigned { to, from: conversation.assignee, note: note.map(|words| words.id) }])
}

/// Whether `viewer` may give that conversation to that person: enabled, may reply, the group in their
/// limits, and a group in common unless who assigns has no limits.
pub fn assignable(
    office: &Office,
    viewer: &Viewer,
    conversation: &Conversation,
    to: AgentId,
) -> Result<(), Refusal> {
    let agent = office.agents.get(&to).ok_or(Refusal::NobodyByThatId)?;
    let refuse = |why| Err(Refusal::NotAssignable { name: agent.display_name.clone(), why });
    let Some(receiver) = office.viewer(to) else { return refuse(Obstacle::Disabled) };
    if !(receiver.may(Permission::InboxOpen) && receiver.may(Permission::Reply)) {
        return refuse(Obstacle::MayNotReply);
    }
    if !receiver.in_scope(conversation.group) {
        return refuse(Obstacle::OtherGroup);
    }
    let unlimited = viewer.super_admin || viewer.groups.is_empty();
    if !unlimited && agent.groups.is_disjoint(&viewer.groups) && to != viewer.agent {
        return refuse(Obstacle::NoSharedGroup);
    }
    Ok(())
}

/// **Assign to group**: it waits in that department's Unassigned.
pub(super) fn assign_group(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    group: GroupId,
    note: Option<&Words>,
) -> Result<Vec<Event>, Refusal> {
    if !viewer.may(Permission::Transfer) {
        viewer.must(Permission::AssignOthers)?;
    }
    let conversation = &scene.conversation;
    conversation.must_be_active()?;
    let name = &office.groups.get(&group).filter(|group| !group.retired).ok_or(Refusal::NoSuchGroup)?.name;
    let waits_there = conversation.assignee.is_none() && conversation.group == Some(group);
    if waits_there && conversation.group_source == GroupSource::Explicit {
        return Err(Refusal::AlreadyInGroup { name: name.clone() });
    }
    note.map_or(Ok(()), Words::check)?;
    Ok(vec![Event::GroupAssigned { group, note: note.map(|words| words.id) }])
}

/// **To Unassigned**: one's own, or another's by `assign_others`.
pub(super) fn unassign(office: &Office, scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Unassign)?;
    let conversation = &scene.conversation;
    conversation.must_be_active()?;
    let from = conversation.assignee.ok_or(Refusal::NobodyHasIt)?;
    if from != viewer.agent && !viewer.may(Permission::AssignOthers) {
        return Err(Refusal::WithAnother {
            name: office.name_of(from).into(),
            missing: Permission::AssignOthers,
        });
    }
    Ok(vec![Event::Unassigned { from }])
}

/// Whether a reply by somebody takes the conversation too: nobody has it, and a person is needed or
/// the AI agent would be talked over.
pub fn takes_on_reply(conversation: &Conversation) -> bool {
    conversation.assignee.is_none() && (conversation.needs_human() || conversation.ai == Ai::Active)
}

pub(super) fn assigned(conversation: &mut Conversation, to: AgentId, at: Timestamp) {
    conversation.assignee = Some(to);
    conversation.assigned_at = Some(at);
    conversation.returned_by = None;
    conversation.participants.insert(to);
}

pub(super) fn group_assigned(conversation: &mut Conversation, group: GroupId, at: Timestamp) {
    conversation.assignee = None;
    conversation.assigned_at = None;
    conversation.group = Some(group);
    conversation.group_source = GroupSource::Explicit;
    receive::handed_off(conversation, at);
}

pub(super) fn unassigned(conversation: &mut Conversation, from: AgentId) {
    conversation.assignee = None;
    conversation.assigned_at = None;
    conversation.returned_by = Some(from);
}

impl Command {
    /// The order that makes it the viewer's, whoever has it now.
    pub fn assign_to_me(conversation: &Conversation, me: AgentId) -> Self {
        match conversation.assignee {
            None => Command::Claim,
            Some(_) => Command::Assign { to: me, note: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;
    use crate::view::View;
    use crate::worlds::*;

    // rule 003-16
    #[test]
    fn starting_a_conversation_makes_it_mine() {
        let after = check(one_open(), &operator(ANA), Command::Claim, &[assigned_to(ANA)]);
        assert_eq!((after.assignee, after.assigned_at), (Some(ANA), Some(NOON)));
        assert!(after.has_part(ANA));
    }

    // rule 000-04, 003-15
    #[test]
    fn it_becomes_ones_own_by_taking_it_by_being_given_it_and_out_of_a_groups_queue() {
        let mine = |conversation: &Conversation| {
            Filter::of(View::Mine).matches(&operator(ANA), &scene(conversation.clone()), NOON)
        };
        let taken = check(one_open(), &operator(ANA), Command::Claim, &[assigned_to(ANA)]);
        let given =
            check(one_open(), &manager(ZOE), Command::Assign { to: ANA, note: None }, &[assigned_to(ANA)]);
        assert!(mine(&taken) && mine(&given));
        let queued = [Event::GroupAssigned { group: RETURNS, note: None }];
        let command = Command::AssignGroup { group: RETURNS, note: None };
        let queued = check(one_open(), &super_admin(), command, &queued);
        assert!(!mine(&queued), "a group's is nobody's yet");
        let queued = Conversation { group: Some(BILLING), ..queued };
        let given =
            check(queued, &manager(ZOE), Command::Assign { to: ANA, note: None }, &[assigned_to(ANA)]);
        assert!(mine(&given));
    }

    // rule 000-03
    #[test]
    fn a_conversation_has_one_assignee_and_the_loser_of_a_race_is_told_who_it_is() {
        let taken = with_assignee(one_open(), BEN);
        check_refused(taken, &agent(ANA), Command::Claim, Refusal::Taken { by: "Ben".into() });
    }

    #[test]
    fn taking_it_pauses_the_ai_agent() {
        for ai in [Ai::Active, Ai::HandedOff] {
            let after =
                check(Conversation { ai, ..one_open() }, &operator(ANA), Command::Claim, &[assigned_to(ANA)]);
            assert_eq!((after.ai, after.ai_epoch), (Ai::Paused, 1));
        }
    }

    #[test]
    fn a_finished_conversation_is_reopened_not_taken() {
        check_refused(one_resolved(), &agent(ANA), Command::Claim, Refusal::AlreadyResolved);
        check_refused(one_closed(), &agent(ANA), Command::Claim, Refusal::AlreadyClosed);
    }

    #[test]
    fn assigning_carries_the_note_and_says_who_had_it() {
        let words = words(7, "She knows the courier.");
        check(
            with_assignee(one_open(), ANA),
            &operator(ANA),
            Command::Assign { to: BEN, note: Some(words) },
            &[Event::Assigned { to: BEN, from: Some(ANA), note: Some(message_id(7)) }],
        );
    }

    #[test]
    fn nobody_is_assigned_who_could_not_answer() {
        let refuse = |name: &str, why| Refusal::NotAssignable { name: name.into(), why };
        let assign = |to| Command::Assign { to, note: None };
        check_refused(one_open(), &operator(ANA), assign(OLU), refuse("Olu", Obstacle::MayNotReply));
        check_refused(one_open(), &operator(ANA), assign(LEFT), refuse("Lia", Obstacle::Disabled));
        check_refused(one_open(), &operator(ANA), assign(RITA), refuse("Rita", Obstacle::OtherGroup));
        check_refused(one_open(), &operator(ANA), assign(AgentId::new(999)), Refusal::NobodyByThatId);
    }

    // rule 003-30
    #[test]
    fn an_agent_in_groups_assigns_only_to_those_who_share_one() {
        // Zoe has no group limits and Ana none in common with her.
        check_refused(
            one_open(),
            &operator(ANA),
            Command::Assign { to: ZOE, note: None },
            Refusal::NotAssignable { name: "Zoe".into(), why: Obstacle::NoSharedGroup },
        );
        check(one_open(), &operator(ZOE), Command::Assign { to: ANA, note: None }, &[assigned_to(ANA)]);
    }

    // rule 003-31, 002-28
    #[test]
    fn assigned_to_a_group_it_waits_in_that_groups_unassigned() {
        let command = Command::AssignGroup { group: RETURNS, note: Some(words(7, "A return, after all.")) };
        let moved = [Event::GroupAssigned { group: RETURNS, note: Some(message_id(7)) }];
        let after = check(with_assignee(one_open(), ANA), &operator(ANA), command.clone(), &moved);
        assert_eq!((after.group, after.assignee, after.unassigned_at), (Some(RETURNS), None, Some(NOON)));
        let returns = Refusal::AlreadyInGroup { name: "Returns".into() };
        check_refused(after, &manager(ZOE), command.clone(), returns);
        let with_ai = Conversation { ai: Ai::Active, ..one_open() };
        let asked_for = check(with_ai, &operator(ANA), command, &moved);
        assert_eq!(
            (asked_for.ai, asked_for.waiting_since),
            (Ai::HandedOff, Some(NOON)),
            "a person is asked for"
        );
        let nowhere = Command::AssignGroup { group: GroupId::new(99), note: None };
        check_refused(one_open(), &operator(ANA), nowhere, Refusal::NoSuchGroup);
    }

    // rule 003-18
    #[test]
    fn to_unassigned_gives_it_back_and_remembers_who_did() {
        let after = check(
            with_assignee(one_open(), ANA),
            &operator(ANA),
            Command::Unassign,
            &[Event::Unassigned { from: ANA }],
        );
        assert_eq!((after.assignee, after.returned_by, after.unassigned_at), (None, Some(ANA), Some(NOON)));
    }

    #[test]
    fn a_conversation_that_nobody_has_cannot_be_given_back() {
        check_refused(one_open(), &operator(ANA), Command::Unassign, Refusal::NobodyHasIt);
    }

    #[test]
    fn anothers_is_given_back_only_by_who_assigns_others() {
        let mut viewer = agent(ANA);
        viewer.permissions.remove(&Permission::AssignOthers);
        check_refused(
            with_assignee(one_open(), BEN),
            &viewer,
            Command::Unassign,
            Refusal::WithAnother { name: "Ben".into(), missing: Permission::AssignOthers },
        );
    }
}
