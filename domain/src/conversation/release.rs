//! What becomes of a conversation when one of its people is disabled: what was theirs goes where whoever disables them
//! says, and nothing waits for them any more.

use serde::{Deserialize, Serialize};

use super::{Event, Scene, assign};
use crate::id::{AgentId, GroupId, MessageId};
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Where the conversations of somebody who is disabled go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onward {
    /// To Unassigned.
    #[default]
    Unassigned,
    /// To a colleague; to Unassigned where that one cannot have them.
    Agent(AgentId),
    /// To Unassigned of a group.
    Group(GroupId),
}

/// Lets go of one who is disabled: their conversation, a transfer from or to them, their pin, what they scheduled. Whoever
/// manages people does that without seeing the conversation, and sees nothing of it by it.
pub(super) fn release(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    of: AgentId,
    to: Onward,
    scheduled: &[MessageId],
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::AdminUsers)?;
    if office.viewer(of).is_some() {
        return Err(Refusal::NotDisabled { name: office.name_of(of).to_owned() });
    }
    let conversation = &scene.conversation;
    let mut events = vec![];
    if conversation.is_active() && conversation.assignee == Some(of) {
        events.push(match to {
            Onward::Agent(agent) if assign::assignable(office, viewer, conversation, agent).is_ok() => {
                Event::Assigned { to: agent, from: Some(of), note: None }
            }
            Onward::Group(group) if office.has_group(group) => Event::GroupAssigned { group, note: None },
            Onward::Unassigned | Onward::Agent(_) | Onward::Group(_) => Event::Unassigned { from: of },
        });
    } else if let Some(transfer) = &conversation.transfer
        && (transfer.to == of || transfer.from == of)
    {
        events.push(Event::TransferCancelled { to: transfer.to });
    }
    if scene.contact.pinned_to == Some(of) && conversation.must_not_be_merged().is_ok() {
        events.push(Event::ClientDetached { from: of });
    }
    events.extend(scheduled.iter().map(|message| Event::Unscheduled { message: *message }));
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Command, Conversation};
    use crate::permission::Preset;
    use crate::worlds::*;

    fn let_go(to: Onward) -> Command {
        Command::Release { of: LEFT, to, scheduled: vec![] }
    }

    fn admin() -> Viewer {
        viewer(ZOE, Preset::BusinessAdmin)
    }

    fn hers() -> Conversation {
        with_assignee(one_open(), LEFT)
    }

    #[test]
    fn what_was_somebodys_goes_to_unassigned_a_colleague_or_a_group() {
        let after = check(hers(), &admin(), let_go(Onward::Unassigned), &[Event::Unassigned { from: LEFT }]);
        assert_eq!(after.assignee, None);
        let given = Event::Assigned { to: ANA, from: Some(LEFT), note: None };
        assert_eq!(check(hers(), &admin(), let_go(Onward::Agent(ANA)), &[given]).assignee, Some(ANA));
        let moved = Event::GroupAssigned { group: RETURNS, note: None };
        assert_eq!(check(hers(), &admin(), let_go(Onward::Group(RETURNS)), &[moved]).group, Some(RETURNS));
    }

    #[test]
    fn a_colleague_who_cannot_have_it_does_not_get_it() {
        for nobody in [OLU, RITA, LEFT, AgentId::new(99)] {
            check(hers(), &admin(), let_go(Onward::Agent(nobody)), &[Event::Unassigned { from: LEFT }]);
        }
    }

    #[test]
    fn a_conversation_of_others_and_one_that_is_done_stay_as_they_are() {
        check(with_assignee(one_open(), ANA), &admin(), let_go(Onward::Unassigned), &[]);
        check(one_resolved(), &admin(), let_go(Onward::Unassigned), &[]);
    }

    #[test]
    fn nobody_who_still_works_here_is_let_go_and_only_who_manages_people_does_it() {
        let of_ana = Command::Release { of: ANA, to: Onward::Unassigned, scheduled: vec![] };
        check_refused(hers(), &admin(), of_ana, Refusal::NotDisabled { name: "Ana".into() });
        let missing = Permission::AdminUsers;
        check_refused(hers(), &manager(ZOE), let_go(Onward::Unassigned), Refusal::NotAllowed { missing });
    }
}
