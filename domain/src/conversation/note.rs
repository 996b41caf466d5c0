//! What the team says to itself: whispers for those who take part, notes for all who see.

use std::collections::BTreeSet;

use super::{Conversation, Event, Scene};
use crate::id::AgentId;
use crate::message::Words;
use crate::office::{Agent, Office};
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::{By, Viewer};

/// A whisper. No customer ever sees it, and no agent who does not take part.
pub(super) fn whisper(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    words: &Words,
    mentions: &BTreeSet<AgentId>,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Whisper)?;
    check_words(office, scene, words, mentions)?;
    Ok(vec![Event::Whispered { message: words.id, mentions: mentions.clone() }])
}

/// A note: longer-lived than a whisper, for the whole team.
pub(super) fn note(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    words: &Words,
    mentions: &BTreeSet<AgentId>,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Note)?;
    check_words(office, scene, words, mentions)?;
    Ok(vec![Event::Noted { message: words.id, mentions: mentions.clone() }])
}

fn check_words(
    office: &Office,
    scene: &Scene,
    words: &Words,
    mentions: &BTreeSet<AgentId>,
) -> Result<(), Refusal> {
    scene.conversation.must_not_be_frozen()?;
    words.check_among_colleagues()?;
    mentions.iter().try_for_each(|agent| mentionable(office, &scene.conversation, *agent))
}

/// Whether a mention reaches that person: enabled, may open the inbox, and the group within their limits.
pub(super) fn mentionable(
    office: &Office,
    conversation: &Conversation,
    agent: AgentId,
) -> Result<(), Refusal> {
    let name = office.agents.get(&agent).map(|agent| agent.display_name.clone());
    let reached = office
        .viewer(agent)
        .is_some_and(|viewer| viewer.may(Permission::InboxOpen) && viewer.in_scope(conversation.group));
    match name {
        None => Err(Refusal::NobodyByThatId),
        Some(_) if reached => Ok(()),
        Some(name) => Err(Refusal::NotMentionable { name }),
    }
}

/// Everybody whom a mention there reaches, by name.
pub fn mentionable_in<'o>(office: &'o Office, conversation: &Conversation) -> Vec<&'o Agent> {
    let reached = office.agents.values().filter(|agent| mentionable(office, conversation, agent.id).is_ok());
    let mut reached: Vec<&Agent> = reached.collect();
    reached.sort_by_key(|agent| agent.display_name.to_lowercase());
    reached
}

pub(super) fn noted(conversation: &mut Conversation, by: By, mentions: &BTreeSet<AgentId>, is_whisper: bool) {
    if is_whisper {
        conversation.participants.extend(by.agent());
    }
    conversation.participants.extend(mentions);
    conversation.mentioned.extend(mentions);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Command;
    use crate::worlds::*;

    fn whisper_to(mentions: &[AgentId]) -> Command {
        Command::Whisper { words: words(7, "Look at this."), mentions: mentions.iter().copied().collect() }
    }

    #[test]
    fn whispering_changes_no_status_and_stops_no_wait() {
        let waiting = after_message(one_open(), 5);
        let whispered = [Event::Whispered { message: message_id(7), mentions: BTreeSet::new() }];
        let after = check(waiting.clone(), &operator(ANA), whisper_to(&[]), &whispered);
        assert_eq!((after.status, after.waiting_since), (waiting.status, waiting.waiting_since));
        assert_eq!(after.last_public, waiting.last_public, "even its time is private");
        assert!(after.has_part(ANA));
    }

    #[test]
    fn a_mention_makes_a_participant() {
        let whispered = [Event::Whispered { message: message_id(7), mentions: [BEN].into() }];
        let after = check(one_open(), &operator(ANA), whisper_to(&[BEN]), &whispered);
        assert!(after.has_part(BEN) && after.mentioned.contains(&BEN));
    }

    #[test]
    fn who_could_not_see_it_is_not_mentioned() {
        let refusal = Refusal::NotMentionable { name: "Rita".into() };
        check_refused(one_open(), &operator(ANA), whisper_to(&[RITA]), refusal);
    }

    #[test]
    fn a_finished_conversation_takes_notes_and_an_archived_one_does_not() {
        let note = || Command::Note { words: words(7, "Paid in cash."), mentions: BTreeSet::new() };
        check(
            one_closed(),
            &agent(ANA),
            note(),
            &[Event::Noted { message: message_id(7), mentions: BTreeSet::new() }],
        );
        check_refused(one_archived(), &agent(ANA), note(), Refusal::Archived);
    }
}
