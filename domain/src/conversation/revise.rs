//! Changing and deleting what one wrote among colleagues. What it said before is kept.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::note::mentionable;
use super::{Conversation, Event, Scene};
use crate::id::{AgentId, MessageId};
use crate::message::{Message, MessageKind, Words};
use crate::office::Office;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::{By, Viewer};

/// What a whisper or note said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The words.
    pub text: String,
    /// Until when it said that.
    pub until: Timestamp,
}

/// Gives it other words. Who is called by name in them and was not before hears of it.
pub(super) fn revise(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    words: &Words,
    mentions: &BTreeSet<AgentId>,
    of: Option<&Message>,
) -> Result<Vec<Event>, Refusal> {
    let of = of.filter(|of| of.id == words.id);
    let written = must_be_theirs(scene, viewer, of)?;
    if written.file.is_some() {
        return Err(Refusal::FileNotRevised);
    }
    words.check()?;
    mentions.iter().try_for_each(|agent| mentionable(office, &scene.conversation, *agent))?;
    match words.stored() == written.text {
        true => Ok(vec![]),
        false => Ok(vec![Event::Revised { message: words.id, mentions: mentions.clone() }]),
    }
}

/// Deletes it: that it was there stays.
pub(super) fn retract(
    scene: &Scene,
    viewer: &Viewer,
    message: MessageId,
    of: Option<&Message>,
) -> Result<Vec<Event>, Refusal> {
    must_be_theirs(scene, viewer, of.filter(|of| of.id == message))?;
    Ok(vec![Event::Retracted { message }])
}

/// Only its author changes it, only what stayed in the house, and only what is still there.
fn must_be_theirs<'m>(
    scene: &Scene,
    viewer: &Viewer,
    of: Option<&'m Message>,
) -> Result<&'m Message, Refusal> {
    let of = of.filter(|of| !of.is_deleted()).ok_or(Refusal::NoSuchMessage)?;
    scene.conversation.must_not_be_frozen()?;
    match of.kind {
        MessageKind::Whisper | MessageKind::Note => {}
        MessageKind::Customer | MessageKind::Reply | MessageKind::Ai | MessageKind::ClientNote => {
            return Err(Refusal::NotRevised);
        }
    }
    match of.by == By::Agent(viewer.agent) {
        true => Ok(of),
        false => Err(Refusal::NotTheirs),
    }
}

pub(super) fn revised(conversation: &mut Conversation, mentions: &BTreeSet<AgentId>) {
    conversation.participants.extend(mentions);
    conversation.mentioned.extend(mentions);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Command;
    use crate::worlds::*;

    fn written(kind: MessageKind, by: AgentId) -> Message {
        let text = "Look at this.".into();
        Message { id: message_id(8), kind, by: By::Agent(by), at: NOON, text, file: None }
    }

    fn revise(text: &str, mentions: &[AgentId], of: Option<Message>) -> Command {
        let mentions = mentions.iter().copied().collect();
        Command::Revise { words: words(8, text), mentions, of: of.map(Box::new) }
    }

    fn retract(of: Option<Message>) -> Command {
        Command::Retract { message: message_id(8), of: of.map(Box::new) }
    }

    #[test]
    fn its_author_changes_a_whisper_and_calls_somebody_else() {
        let of = || Some(written(MessageKind::Whisper, ANA));
        let event = Event::Revised { message: message_id(8), mentions: [BEN].into() };
        let after = check(one_open(), &operator(ANA), revise("Look, Ben.", &[BEN], of()), &[event]);
        assert!(after.has_part(BEN) && after.mentioned.contains(&BEN));
        check(one_open(), &operator(ANA), revise("Look at this.", &[], of()), &[]);
        check_refused(one_open(), &operator(ANA), revise(" ", &[], of()), Refusal::NoText);
        let refusal = Refusal::NotMentionable { name: "Rita".into() };
        check_refused(one_open(), &operator(ANA), revise("Rita!", &[RITA], of()), refusal);
    }

    #[test]
    fn nobody_changes_what_another_wrote_or_what_a_customer_has_read() {
        let anothers = || Some(written(MessageKind::Note, BEN));
        check_refused(one_open(), &operator(ANA), revise("Mine.", &[], anothers()), Refusal::NotTheirs);
        check_refused(one_open(), &manager(ANA), retract(anothers()), Refusal::NotTheirs);
        let reply = Some(written(MessageKind::Reply, ANA));
        check_refused(one_open(), &operator(ANA), retract(reply), Refusal::NotRevised);
        check_refused(one_open(), &operator(ANA), retract(None), Refusal::NoSuchMessage);
    }

    #[test]
    fn what_was_deleted_is_gone() {
        let of = written(MessageKind::Note, ANA);
        let gone = Message { text: String::new(), ..of.clone() };
        let event = Event::Retracted { message: message_id(8) };
        check(one_open(), &operator(ANA), retract(Some(of)), &[event]);
        check_refused(one_open(), &operator(ANA), retract(Some(gone)), Refusal::NoSuchMessage);
    }
}
