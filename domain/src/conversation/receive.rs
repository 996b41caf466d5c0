//! What comes from outside: the customer's words and where they go, the AI agent's answers, its call for a person.

use super::{Ai, Conversation, Event, LastPublic, Scene, Side, Status};
use crate::channel::{Channel, Reopen};
use crate::contact::Contact;
use crate::id::{AgentId, ConversationId, MessageId};
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::By;

/// Active conversations that one customer may have on a channel. Our own choice: nobody follows more.
pub const OPEN_AT_MOST: u32 = 10;

/// Characters of a first message that become the subject.
const SUBJECT_CHARS: usize = 80;

/// Which thread a customer's message is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// Whichever there is.
    Any,
    /// That one.
    This(ConversationId),
    /// **Start a new conversation**.
    New,
}

/// Where a customer's message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into a thread that is there. A finished one is opened again by it.
    In(ConversationId),
    /// It begins a conversation.
    New {
        /// The finished one that it continues.
        previous: Option<ConversationId>,
    },
}

/// Where a message goes that was meant so. `threads` are all of that customer's on that channel.
///
/// Errors: [`Refusal::Missing`] where it is meant for none of them; [`Refusal::TooManyOpen`].
pub fn place(
    channel: &Channel,
    threads: &[Conversation],
    meant: Meant,
    now: Timestamp,
) -> Result<Place, Refusal> {
    let is_open = |thread: &&Conversation| thread.is_active() && thread.merged_into.is_none();
    let begin = |previous| match threads.iter().filter(is_open).count() {
        n if n >= OPEN_AT_MOST as usize => Err(Refusal::TooManyOpen { most: OPEN_AT_MOST }),
        _ => Ok(Place::New { previous }),
    };
    let thread = match meant {
        Meant::New => return begin(None),
        Meant::This(id) => Some(goes_to(threads, id).ok_or(Refusal::Missing)?),
        Meant::Any => {
            let unmerged = || threads.iter().filter(|thread| thread.merged_into.is_none());
            let newest = |thread: &&Conversation| (thread.last_message_at(), thread.number);
            let active = unmerged().filter(|thread| thread.is_active()).max_by_key(newest);
            active.or(unmerged().max_by_key(newest))
        }
    };
    match thread {
        None => begin(None),
        Some(thread) if goes_on(channel, thread, now) => Ok(Place::In(thread.id)),
        // What was meant for it after another had begun goes there, too.
        Some(thread) => {
            let after = threads.iter().filter(|other| other.previous == Some(thread.id));
            // It may have been merged away, even back into this one.
            match after.filter_map(|other| goes_to(threads, other.id)).find(|other| other.is_active()) {
                Some(other) => Ok(Place::In(other.id)),
                None => begin(Some(thread.id)),
            }
        }
    }
}

/// The thread of that id, or where it was merged to.
pub fn goes_to(threads: &[Conversation], mut id: ConversationId) -> Option<&Conversation> {
    // Each step leads to another thread: the source of a merge is frozen.
    for _ in threads {
        let thread = threads.iter().find(|thread| thread.id == id)?;
        match thread.merged_into {
            Some(into) => id = into,
            None => return Some(thread),
        }
    }
    None
}

/// Whether a message goes on in that thread.
fn goes_on(channel: &Channel, thread: &Conversation, now: Timestamp) -> bool {
    match thread.status {
        Status::Open | Status::Pending { .. } => true,
        Status::Archived { .. } => false,
        Status::Resolved { .. } | Status::Closed => match channel.reopen {
            Reopen::Always => true,
            Reopen::Never => false,
            Reopen::Within(time) => thread.closed_at.is_none_or(|at| now - at <= time),
        },
    }
}

/// What a conversation that begins with that text is about: its first line, cut between words.
pub fn subject(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line = crate::contact::clean_line(line);
    if line.chars().count() <= SUBJECT_CHARS {
        return line;
    }
    let cut: String = line.chars().take(SUBJECT_CHARS).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{whole}…")
}

/// The customer's words. A conversation that begins, or is opened again by them, goes to whoever the customer is pinned
/// to, past Unassigned.
pub(super) fn write(office: &Office, scene: &Scene, words: &Words) -> Result<Vec<(By, Event)>, Refusal> {
    let conversation = &scene.conversation;
    conversation.must_not_be_frozen()?;
    words.check_among_colleagues()?;
    let mut events = vec![(By::Visitor(conversation.contact), Event::Received { message: words.id })];
    let begins = conversation.last_public.is_none();
    if (begins || !conversation.is_active())
        && let Some(owner) = owner(office, &scene.contact)
    {
        events.push((By::System, Event::Assigned { to: owner, from: None, note: None }));
    }
    Ok(events)
}

/// Whom the customer is pinned to, if they can answer.
fn owner(office: &Office, contact: &Contact) -> Option<AgentId> {
    let owner = office.viewer(contact.pinned_to?)?;
    let may_answer = owner.may(Permission::InboxOpen) && owner.may(Permission::Reply);
    may_answer.then_some(owner.agent)
}

pub(super) fn received(conversation: &mut Conversation, message: MessageId, at: Timestamp) {
    // Whoever finished it may be away: opened again by the customer, it is free like a new one.
    if !conversation.is_active() {
        conversation.assignee = None;
        conversation.assigned_at = None;
        conversation.returned_by = None;
    }
    conversation.status = Status::Open;
    conversation.waiting_since = conversation.waiting_since.or(Some(at));
    conversation.unread_since = conversation.unread_since.or(Some(at));
    conversation.follow_ups += 1;
    conversation.last_public = Some(LastPublic { message, at, from: Side::Customer });
}

pub(super) fn answered(conversation: &mut Conversation, message: MessageId, at: Timestamp) {
    if conversation.ai == Ai::Active {
        conversation.waiting_since = None;
        conversation.follow_ups = 0;
    }
    conversation.last_public = Some(LastPublic { message, at, from: Side::Ai });
}

pub(super) fn handed_off(conversation: &mut Conversation, at: Timestamp) {
    if conversation.ai == Ai::Active {
        conversation.set_ai(Ai::HandedOff);
        conversation.waiting_since = conversation.waiting_since.or(Some(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Contact;
    use crate::conversation::{Command, Fact, applied, apply, decide};
    use crate::time::Duration;
    use crate::viewer::Actor;
    use crate::worlds::*;

    fn chat(reopen: Reopen) -> Channel {
        Channel { reopen, ..office().channels[&CHAT].clone() }
    }

    fn numbered(number: i64, conversation: Conversation) -> Conversation {
        let at = NOON + Duration::minutes(number);
        Conversation { id: ConversationId::new(number as u128), number, created_at: at, ..conversation }
    }

    fn id(number: u128) -> ConversationId {
        ConversationId::new(number)
    }

    fn writes(scene: &Scene) -> Result<Vec<Fact>, Refusal> {
        let hello = Command::Write { words: words(7, "Hello?") };
        decide(&office(), scene, &Actor::Visitor(CLEO), &hello, NOON)
    }

    fn pinned_to(agent: AgentId, conversation: Conversation) -> Scene {
        Scene { contact: Contact { pinned_to: Some(agent), ..cleo() }, ..scene(conversation) }
    }

    #[test]
    fn a_message_without_a_thread_begins_one() {
        assert_eq!(place(&chat(Reopen::Always), &[], Meant::Any, NOON), Ok(Place::New { previous: None }));
    }

    #[test]
    fn a_message_goes_to_the_newest_active_thread_unless_it_names_another() {
        let threads = [numbered(1, one_pending()), numbered(2, one_open()), numbered(3, one_closed())];
        let goes = |meant| place(&chat(Reopen::Always), &threads, meant, NOON);
        assert_eq!(goes(Meant::Any), Ok(Place::In(id(2))));
        assert_eq!(goes(Meant::This(id(1))), Ok(Place::In(id(1))));
        assert_eq!(goes(Meant::New), Ok(Place::New { previous: None }));
    }

    #[test]
    fn a_message_for_anothers_thread_goes_nowhere() {
        let goes = place(&chat(Reopen::Always), &[one_open()], Meant::This(id(99)), NOON);
        assert_eq!(goes, Err(Refusal::Missing));
    }

    #[test]
    fn what_was_merged_away_goes_on_where_it_went() {
        let merged = Conversation { merged_into: Some(id(2)), ..numbered(1, one_open()) };
        let threads = [merged, numbered(2, one_open())];
        for meant in [Meant::Any, Meant::This(id(1))] {
            assert_eq!(place(&chat(Reopen::Always), &threads, meant, NOON), Ok(Place::In(id(2))));
        }
    }

    #[test]
    fn a_finished_thread_is_opened_again_as_the_channel_says_and_an_archived_one_never() {
        let again = Ok(Place::In(id(1)));
        let another = Ok(Place::New { previous: Some(id(1)) });
        let goes = |reopen, before| place(&chat(reopen), &[numbered(1, before)], Meant::Any, NOON);
        for before in [one_resolved, one_closed] {
            assert_eq!(goes(Reopen::Always, before()), again);
            assert_eq!(goes(Reopen::Never, before()), another);
            // Finished ten minutes ago.
            assert_eq!(goes(Reopen::Within(Duration::minutes(10)), before()), again);
            assert_eq!(goes(Reopen::Within(Duration::minutes(9)), before()), another);
        }
        assert_eq!(goes(Reopen::Always, one_archived()), another);
    }

    #[test]
    fn what_was_written_for_a_finished_thread_meanwhile_goes_where_it_is_continued() {
        let next = Conversation { previous: Some(id(1)), ..numbered(2, one_open()) };
        let threads = [numbered(1, one_closed()), next];
        let goes = |threads: &[Conversation]| place(&chat(Reopen::Never), threads, Meant::This(id(1)), NOON);
        assert_eq!(goes(&threads), Ok(Place::In(id(2))));
        let closed =
            [numbered(1, one_closed()), Conversation { status: Status::Closed, ..threads[1].clone() }];
        assert_eq!(goes(&closed), Ok(Place::New { previous: Some(id(1)) }));
    }

    #[test]
    fn nobody_opens_conversations_without_end() {
        let threads: Vec<_> = (1..=i64::from(OPEN_AT_MOST)).map(|n| numbered(n, one_open())).collect();
        let most = Err(Refusal::TooManyOpen { most: OPEN_AT_MOST });
        assert_eq!(place(&chat(Reopen::Always), &threads, Meant::New, NOON), most);
        let fewer = &threads[1..];
        assert_eq!(place(&chat(Reopen::Always), fewer, Meant::New, NOON), Ok(Place::New { previous: None }));
    }

    #[test]
    fn a_conversation_is_about_its_first_line() {
        assert_eq!(subject("\n  Where is my order?\nIt is late."), "Where is my order?");
        let long = "word ".repeat(40);
        let cut = subject(&long);
        assert!(cut.ends_with("word…") && cut.chars().count() <= SUBJECT_CHARS + 1, "{cut}");
        assert_eq!(subject("\u{202e}evil\u{7}"), "evil");
    }

    #[test]
    fn a_message_opens_what_is_finished_and_makes_it_free() {
        for before in [one_resolved(), one_closed()] {
            let facts = writes(&scene(before.clone())).unwrap();
            let after = applied(&before, &facts);
            assert_eq!((after.status, after.assignee), (Status::Open, None));
            assert!(after.is_unassigned() && after.is_unread() && after.needs_human());
        }
    }

    #[test]
    fn a_message_wakes_what_is_pending_and_leaves_it_with_its_operator() {
        let after = applied(&one_pending(), &writes(&scene(one_pending())).unwrap());
        assert_eq!((after.status, after.assignee), (Status::Open, Some(ANA)));
    }

    #[test]
    fn a_pinned_customer_goes_to_their_owner_past_unassigned() {
        let begun = one_open();
        for before in [begun.clone(), resolved_by(BEN)] {
            let facts = writes(&pinned_to(ANA, before.clone())).unwrap();
            let after = applied(&before, &facts);
            assert_eq!((after.assignee, after.unassigned_at), (Some(ANA), None));
            assert_eq!(facts[1].by, By::System);
        }
        // Goes on with whoever has it.
        let with_ben = after_message(with_assignee(begun, BEN), 5);
        assert_eq!(writes(&pinned_to(ANA, with_ben)).unwrap().len(), 1);
    }

    #[test]
    fn an_owner_who_cannot_answer_gets_nothing() {
        for owner in [OLU, LEFT] {
            let after = applied(&one_open(), &writes(&pinned_to(owner, one_open())).unwrap());
            assert!(after.is_unassigned());
        }
    }

    #[test]
    fn nobody_writes_in_anothers_name_and_nothing_is_written_into_what_is_frozen() {
        let hello = Command::Write { words: words(7, "Hello?") };
        let other = Actor::Visitor(crate::id::ContactId::new(99));
        let answer = decide(&office(), &scene(one_open()), &other, &hello, NOON);
        assert_eq!(answer, Err(Refusal::Missing));
        assert_eq!(writes(&scene(one_archived())), Err(Refusal::Archived));
        let merged = Conversation { merged_into: Some(id(2)), ..one_open() };
        assert_eq!(writes(&scene(merged)), Err(Refusal::Merged));
        check_refused(one_open(), &operator(ANA), hello, Refusal::OnlyCustomers);
    }

    #[test]
    fn a_customers_message_starts_the_wait_and_a_second_one_does_not_restart_it() {
        let first = after_message(one_open(), 5);
        let later = apply(
            &first,
            &fact(By::Visitor(CLEO), Event::Received { message: message_id(6) }, NOON_AND_A_BIT),
        );
        assert_eq!((later.waiting_since, later.follow_ups), (first.waiting_since, 2));
    }

    #[test]
    fn a_customer_opens_what_was_pending_or_finished() {
        for before in [one_pending(), resolved_by(ANA), one_closed()] {
            let after = after_message(before, 5);
            assert_eq!((after.status, after.closed_by, after.closed_at), (Status::Open, None, None));
        }
    }

    #[test]
    fn the_ai_agents_answer_ends_the_wait_while_it_is_active() {
        let asked = after_message(Conversation { ai: Ai::Active, ..one_open() }, 5);
        let answer = Event::Answered { message: message_id(6), epoch: 0 };
        assert_eq!(apply(&asked, &fact(By::Ai, answer, NOON)).waiting_since, None);
    }

    #[test]
    fn a_call_for_a_person_puts_it_in_unassigned() {
        let with_ai = Conversation { ai: Ai::Active, unassigned_at: None, ..one_open() };
        let after = apply(&with_ai, &fact(By::Ai, Event::HandedOff, NOON));
        assert_eq!((after.ai, after.unassigned_at, after.needs_human()), (Ai::HandedOff, Some(NOON), true));
    }
}
