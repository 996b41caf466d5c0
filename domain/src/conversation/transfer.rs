//! **Transfer**: asking a colleague to take it over. Whoever has it keeps it until they accept.

use super::{Conversation, Event, Scene, Transfer, assign, assignable};
use crate::id::{AgentId, MessageId};
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::{Duration, Timestamp};
use crate::viewer::{By, Viewer};

/// How long a request waits for its answer. Our own choice: a lunch break and a bit.
pub const ANSWERED_WITHIN: Duration = Duration::hours(2);

/// Asks `to`. One request at a time, of one's own or by `assign_others`.
pub(super) fn transfer(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    to: AgentId,
    note: Option<&Words>,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Transfer)?;
    let conversation = &scene.conversation;
    conversation.must_be_active()?;
    let owner = conversation.assignee.ok_or(Refusal::NothingToTransfer)?;
    conversation.must_be_mine(office, viewer)?;
    if to == viewer.agent {
        return Err(Refusal::TransferToOneself);
    }
    if to == owner {
        return Err(Refusal::AlreadyWith { name: office.name_of(to).into() });
    }
    if let Some(pending) = conversation.transfer {
        return Err(Refusal::AlreadyAsked { name: office.name_of(pending.to).into() });
    }
    assignable(office, viewer, conversation, to)?;
    note.map_or(Ok(()), Words::check)?;
    Ok(vec![Event::TransferAsked { to, note: note.map(|words| words.id), expires: now + ANSWERED_WITHIN }])
}

/// The colleague takes it, if they still could be given it.
pub(super) fn accept(office: &Office, scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    let asked = to_answer(scene, viewer)?;
    // Rights may have changed since: those of who asked count as they are now.
    let asker = office.viewer(asked.from);
    assignable(office, asker.as_ref().unwrap_or(viewer), &scene.conversation, viewer.agent)?;
    Ok(vec![Event::TransferAccepted { to: viewer.agent, from: Some(asked.from) }])
}

/// The colleague does not, and may say why.
pub(super) fn decline(scene: &Scene, viewer: &Viewer, reason: Option<&Words>) -> Result<Vec<Event>, Refusal> {
    let asked = to_answer(scene, viewer)?;
    reason.map_or(Ok(()), Words::check)?;
    Ok(vec![Event::TransferDeclined { from: asked.from, note: reason.map(|words| words.id) }])
}

/// Who asked takes it back.
pub(super) fn cancel(office: &Office, scene: &Scene, viewer: &Viewer) -> Result<Vec<Event>, Refusal> {
    scene.conversation.must_not_be_frozen()?;
    match scene.conversation.transfer {
        None => Err(Refusal::NoTransfer),
        Some(asked) if asked.from != viewer.agent => {
            Err(Refusal::AskedByAnother { name: office.name_of(asked.from).into() })
        }
        Some(asked) => Ok(vec![Event::TransferCancelled { to: asked.to }]),
    }
}

/// Nobody answered in time.
pub(super) fn expire(scene: &Scene, now: Timestamp) -> Vec<Event> {
    let lapsed = scene.conversation.transfer.filter(|asked| asked.expires <= now);
    lapsed.map(|asked| Event::TransferExpired { to: asked.to, from: asked.from }).into_iter().collect()
}

fn to_answer(scene: &Scene, viewer: &Viewer) -> Result<Transfer, Refusal> {
    scene.conversation.must_not_be_frozen()?;
    scene.conversation.transfer.filter(|asked| asked.to == viewer.agent).ok_or(Refusal::NoTransfer)
}

pub(super) fn asked(
    conversation: &mut Conversation,
    to: AgentId,
    by: By,
    note: Option<MessageId>,
    expires: Timestamp,
) {
    // What nobody has is not asked for: whoever is asked sees it, whatever their groups are.
    let from = by.agent().filter(|_| conversation.assignee.is_some());
    conversation.transfer = from.map(|from| Transfer { to, from, note, expires });
}

pub(super) fn accepted(conversation: &mut Conversation, to: AgentId, at: Timestamp) {
    conversation.transfer = None;
    assign::assigned(conversation, to, at);
}

pub(super) fn ended(conversation: &mut Conversation) {
    conversation.transfer = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Command, decide};
    use crate::refusal::Obstacle;
    use crate::viewer::Actor;
    use crate::worlds::*;

    fn to(agent: AgentId) -> Command {
        Command::Transfer { to: agent, note: None }
    }

    fn anas_asked_of_ben() -> Conversation {
        let transfer = Transfer { to: BEN, from: ANA, note: None, expires: NOON + ANSWERED_WITHIN };
        Conversation { transfer: Some(transfer), ..with_assignee(one_open(), ANA) }
    }

    // rule 004-06
    #[test]
    fn a_transfer_is_a_request_and_whoever_has_it_keeps_it() {
        let command = Command::Transfer { to: BEN, note: Some(words(7, "He knows the courier.")) };
        let asked =
            Event::TransferAsked { to: BEN, note: Some(message_id(7)), expires: NOON + ANSWERED_WITHIN };
        let after = check(with_assignee(one_open(), ANA), &operator(ANA), command, &[asked]);
        assert_eq!(after.assignee, Some(ANA));
        let transfer =
            Transfer { to: BEN, from: ANA, note: Some(message_id(7)), expires: NOON + ANSWERED_WITHIN };
        assert_eq!(after.transfer, Some(transfer));
    }

    // rule 004-06
    #[test]
    fn accepting_makes_it_theirs_and_ends_the_request() {
        let accepted = [Event::TransferAccepted { to: BEN, from: Some(ANA) }];
        let after = check(anas_asked_of_ben(), &operator(BEN), Command::AcceptTransfer, &accepted);
        assert_eq!((after.assignee, after.transfer), (Some(BEN), None));
        assert!(after.has_part(BEN));
    }

    // rule 004-06
    #[test]
    fn declining_leaves_it_where_it_is() {
        let command = Command::DeclineTransfer { reason: Some(words(7, "I am at lunch.")) };
        let declined = [Event::TransferDeclined { from: ANA, note: Some(message_id(7)) }];
        let after = check(anas_asked_of_ben(), &operator(BEN), command, &declined);
        assert_eq!((after.assignee, after.transfer), (Some(ANA), None));
    }

    #[test]
    fn only_who_was_asked_answers_and_only_who_asked_takes_it_back() {
        check_refused(anas_asked_of_ben(), &manager(ZOE), Command::AcceptTransfer, Refusal::NoTransfer);
        let by_ana = Refusal::AskedByAnother { name: "Ana".into() };
        check_refused(anas_asked_of_ben(), &manager(ZOE), Command::CancelTransfer, by_ana);
        let after = check(
            anas_asked_of_ben(),
            &operator(ANA),
            Command::CancelTransfer,
            &[Event::TransferCancelled { to: BEN }],
        );
        assert_eq!(after.transfer, None);
    }

    #[test]
    fn who_could_not_be_given_it_any_more_cannot_accept_it() {
        let observer = Transfer { to: OLU, from: ANA, note: None, expires: NOON + ANSWERED_WITHIN };
        let asked = Conversation { transfer: Some(observer), ..with_assignee(one_open(), ANA) };
        let why = Refusal::NotAssignable { name: "Olu".into(), why: Obstacle::MayNotReply };
        check_refused(asked, &office().viewer(OLU).unwrap(), Command::AcceptTransfer, why);
    }

    #[test]
    fn one_request_at_a_time() {
        let already = Refusal::AlreadyAsked { name: "Ben".into() };
        check_refused(anas_asked_of_ben(), &manager(ZOE), to(YUKI), already);
    }

    #[test]
    fn what_nobody_has_is_assigned_not_transferred() {
        check_refused(one_open(), &operator(ANA), to(BEN), Refusal::NothingToTransfer);
        check_refused(with_assignee(one_open(), ANA), &operator(ANA), to(ANA), Refusal::TransferToOneself);
    }

    #[test]
    fn a_request_lapses_by_itself_and_not_before_its_time() {
        let scene = scene(anas_asked_of_ben());
        let tick = |now| decide(&office(), &scene, &Actor::System, &Command::PassTime, now).unwrap();
        assert_eq!(tick(NOON + ANSWERED_WITHIN - Duration(1)), []);
        let expired = Event::TransferExpired { to: BEN, from: ANA };
        let at = NOON + ANSWERED_WITHIN;
        assert_eq!(tick(at), [fact(By::System, expired, at)]);
    }

    #[test]
    fn a_request_ends_where_it_goes_to_somebody_else_or_is_finished() {
        let give = Command::Assign { to: YUKI, note: None };
        let given = [Event::Assigned { to: YUKI, from: Some(ANA), note: None }];
        assert_eq!(check(anas_asked_of_ben(), &manager(ZOE), give, &given).transfer, None);
        let closed = check(anas_asked_of_ben(), &operator(ANA), Command::Close, &[Event::Closed]);
        assert_eq!(closed.transfer, None);
    }
}
