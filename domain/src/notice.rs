//! Who is told what: by a sound, a line on the screen and for the screen reader, a number in the title of the tab.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::conversation::{Event, Scene};
use crate::counter::Counts;
use crate::id::AgentId;
use crate::live::Entry;
use crate::sight;
use crate::view::View;
use crate::viewer::{By, Viewer};

/// Why somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A customer waits whom nobody has.
    Waits,
    /// A customer wrote in one of theirs.
    Mine,
    /// A colleague gave it to them.
    Given {
        /// Who.
        by: By,
    },
    /// A colleague asks them to take it over.
    Asked {
        /// Who.
        by: By,
    },
    /// Their request was answered, or nobody answered it.
    Answered {
        /// Whether somebody took it.
        accepted: bool,
    },
    /// What they scheduled could not be sent.
    Returned,
    /// They were called by name.
    Mentioned {
        /// By whom.
        by: By,
    },
}

/// What notices are about: what somebody can leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// New in Unassigned.
    Queue,
    /// A customer wrote in one of theirs.
    Mine,
    /// Given to them.
    Assigned,
    /// Transfers and their answers.
    Transfer,
    /// Called by name.
    Mention,
}

impl Topic {
    /// All of them.
    pub const ALL: &[Topic] = &[Topic::Queue, Topic::Mine, Topic::Assigned, Topic::Transfer, Topic::Mention];

    /// Its stable name.
    pub const fn key(self) -> &'static str {
        match self {
            Topic::Queue => "queue",
            Topic::Mine => "mine",
            Topic::Assigned => "assigned",
            Topic::Transfer => "transfer",
            Topic::Mention => "mention",
        }
    }

    /// The topic of that name, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|topic| topic.key() == key)
    }
}

impl Notice {
    /// What it is about.
    pub const fn topic(self) -> Topic {
        match self {
            Notice::Waits => Topic::Queue,
            Notice::Mine | Notice::Returned => Topic::Mine,
            Notice::Given { .. } => Topic::Assigned,
            Notice::Asked { .. } | Notice::Answered { .. } => Topic::Transfer,
            Notice::Mentioned { .. } => Topic::Mention,
        }
    }
}

/// Whether what happened to that conversation is news to `viewer`, and which: the one that asks most of them, and none of
/// what they do not want to be told.
pub fn of(viewer: &Viewer, muted: &BTreeSet<Topic>, scene: &Scene, entries: &[Entry]) -> Option<Notice> {
    // Blocked customers are silent, whoever may look at them.
    if scene.contact.blocked_at.is_some() || !sight::visible(viewer, scene) {
        return None;
    }
    let told = entries.iter().filter_map(|entry| told(viewer.agent, scene, entry));
    told.filter(|notice| !muted.contains(&notice.topic())).max_by_key(|notice| notice.topic())
}

/// What one entry is to that agent. What they did themselves is no news to them, and what another has, or the AI agent
/// answers, is nobody else's business.
fn told(me: AgentId, scene: &Scene, entry: &Entry) -> Option<Notice> {
    let by = entry.by;
    if by == By::Agent(me) {
        return None;
    }
    let asked = |from: AgentId, accepted| (from == me).then_some(Notice::Answered { accepted });
    match entry.event.as_ref()? {
        Event::Received { .. } => match scene.conversation.assignee {
            Some(agent) if agent == me => Some(Notice::Mine),
            Some(_) => None,
            None => scene.conversation.is_unassigned().then_some(Notice::Waits),
        },
        // What comes to them by itself they hear of as the customer's message.
        Event::Assigned { to, .. } if *to == me && by != By::System => Some(Notice::Given { by }),
        Event::TransferAsked { to, .. } if *to == me => Some(Notice::Asked { by }),
        Event::TransferAccepted { from: Some(from), .. } => asked(*from, true),
        Event::TransferDeclined { from, .. } | Event::TransferExpired { from, .. } => asked(*from, false),
        Event::ScheduleReturned { to, .. } if *to == me => Some(Notice::Returned),
        Event::Whispered { mentions, .. }
        | Event::Noted { mentions, .. }
        | Event::Revised { mentions, .. }
            if mentions.contains(&me) =>
        {
            Some(Notice::Mentioned { by })
        }
        _ => None,
    }
}

/// Conversations in which a message waits for this agent that no operator has read: the number in the title of the tab.
pub fn waiting(counts: &Counts) -> i64 {
    let unread = |view: View| counts.get(&view).map_or(0, |count| count.unread);
    unread(View::Unassigned) + unread(View::MyInbox)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Contact;
    use crate::conversation::{Ai, Conversation};
    use crate::counter::Count;
    use crate::time::Timestamp;
    use crate::worlds::*;

    fn entry(event: Event) -> Entry {
        by(By::Visitor(CLEO), event)
    }

    fn by(by: By, event: Event) -> Entry {
        Entry { seq: 1, at: Timestamp(0), by, event: Some(event), message: None, delivery: None }
    }

    /// Nothing is left out.
    const ALL: BTreeSet<Topic> = BTreeSet::new();

    #[test]
    fn whoever_scheduled_what_could_not_be_sent_is_told_and_nobody_else() {
        let returned = [by(By::System, Event::ScheduleReturned { message: message_id(7), to: ANA })];
        let told = |agent| of(&operator(agent), &ALL, &scene(with_assignee(one_open(), ANA)), &returned);
        assert_eq!((told(ANA), told(BEN)), (Some(Notice::Returned), None));
    }

    #[track_caller]
    fn check(viewer: &Viewer, conversation: Conversation, notice: Option<Notice>) {
        let wrote = [entry(Event::Received { message: message_id(5) })];
        assert_eq!(of(viewer, &ALL, &scene(conversation.clone()), &wrote), notice);
        assert_eq!(of(viewer, &ALL, &scene(conversation), &[entry(Event::Read)]), None, "nobody wrote");
    }

    // rule 002-02
    #[test]
    fn a_customers_message_is_told_to_the_team_that_can_take_it() {
        check(&operator(ANA), one_open(), Some(Notice::Waits));
        check(&manager(ZOE), one_open(), Some(Notice::Waits));
        check(&operator(RITA), one_open(), None);
    }

    #[test]
    fn what_somebody_has_is_told_to_them_alone() {
        check(&operator(ANA), with_assignee(one_open(), ANA), Some(Notice::Mine));
        check(&manager(ZOE), with_assignee(one_open(), ANA), None);
    }

    #[test]
    fn what_the_ai_agent_answers_and_who_is_blocked_makes_no_sound() {
        let with_ai = Conversation { ai: Ai::Active, unassigned_at: None, ..one_open() };
        check(&operator(ANA), with_ai, None);
        let wrote = [entry(Event::Received { message: message_id(5) })];
        let contact = Contact { blocked_at: Some(NOON), ..cleo() };
        let blocked = Scene { contact, ..scene(one_open()) };
        assert_eq!(of(&super_admin(), &ALL, &blocked, &wrote), None);
    }

    // rule 004-06, 004-11
    #[test]
    fn who_is_asked_to_take_it_is_told_unless_they_do_not_want_to_be() {
        let conversation = with_assignee(one_open(), ANA);
        let transfer = Some(crate::conversation::Transfer { to: BEN, from: ANA, note: None, expires: NOON });
        let asked = scene(Conversation { transfer, ..conversation });
        let entries = [by(By::Agent(ANA), Event::TransferAsked { to: BEN, note: None, expires: NOON })];
        let notice = Some(Notice::Asked { by: By::Agent(ANA) });
        assert_eq!(of(&operator(BEN), &ALL, &asked, &entries), notice);
        assert_eq!(of(&operator(BEN), &[Topic::Transfer].into(), &asked, &entries), None);
        assert_eq!(of(&operator(BEN), &[Topic::Queue].into(), &asked, &entries), notice);
        assert_eq!(of(&manager(ZOE), &ALL, &asked, &entries), None, "nobody asked her");
        assert_eq!(of(&operator(ANA), &ALL, &asked, &entries), None, "she asked");
    }

    #[test]
    fn who_asked_is_told_the_answer() {
        let bens = scene(Conversation { participants: [ANA, BEN].into(), ..with_assignee(one_open(), BEN) });
        let accepted = by(By::Agent(BEN), Event::TransferAccepted { to: BEN, from: Some(ANA) });
        assert_eq!(of(&operator(ANA), &ALL, &bens, &[accepted]), Some(Notice::Answered { accepted: true }));
        let mine = scene(with_assignee(one_open(), ANA));
        for no in [
            by(By::Agent(BEN), Event::TransferDeclined { from: ANA, note: None }),
            by(By::System, Event::TransferExpired { to: BEN, from: ANA }),
        ] {
            assert_eq!(of(&operator(ANA), &ALL, &mine, &[no]), Some(Notice::Answered { accepted: false }));
        }
    }

    #[test]
    fn what_is_given_to_somebody_and_who_is_called_by_name_is_told() {
        let bens = scene(with_assignee(one_open(), BEN));
        let given = Event::Assigned { to: BEN, from: None, note: None };
        let notice = Some(Notice::Given { by: By::Agent(ANA) });
        assert_eq!(of(&operator(BEN), &ALL, &bens, &[by(By::Agent(ANA), given.clone())]), notice);
        assert_eq!(of(&operator(BEN), &ALL, &bens, &[by(By::Agent(BEN), given)]), None, "taken by himself");
        let called = Event::Noted { message: message_id(7), mentions: [BEN].into() };
        let notice = Some(Notice::Mentioned { by: By::Agent(ANA) });
        assert_eq!(of(&operator(BEN), &ALL, &bens, &[by(By::Agent(ANA), called)]), notice);
    }

    #[test]
    fn the_title_counts_what_nobody_has_read_and_waits_for_me() {
        let counts = [
            (View::Unassigned, Count { n: 9, unread: 2 }),
            (View::MyInbox, Count { n: 4, unread: 1 }),
            (View::All, Count { n: 99, unread: 50 }),
        ];
        assert_eq!(waiting(&counts.into()), 3);
    }
}
