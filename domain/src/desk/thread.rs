//! The threads of a desk: loaded once, then continued by the stream.

use std::collections::{BTreeMap, BTreeSet};

use super::{Ask, Desk, Opened, THREADS};
use crate::contact::Contact;
use crate::conversation::{Conversation, Event};
use crate::filter::Filter;
use crate::id::{ContactId, ConversationId, MessageId};
use crate::live::{Entry, Row};
use crate::message::{Delivery, Message, MessageKind};
use crate::order::Order;
use crate::time::Timestamp;
use crate::view::View;

/// The contact's other conversations that stand beside a thread.
const PREVIOUS: usize = 10;

/// A thread as far as it is loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    /// Of which conversation.
    pub id: ConversationId,
    /// Its number.
    pub number: i64,
    /// Whose conversation it is.
    pub client: ContactId,
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Whether there are earlier ones.
    pub has_earlier: bool,
    /// What the team wrote down about who writes, newest first.
    pub notes: Vec<Message>,
    /// The contacts that the team has merged with who writes.
    pub also: Vec<Contact>,
    /// Whether its whispers are here.
    whispers: bool,
    /// Whether words have come or gone since it was loaded.
    has_holes: bool,
    /// Messages that were changed since they were written, as the newest entry about each left them.
    changed: BTreeMap<MessageId, (i64, Message)>,
}

impl Desk {
    /// Whether a thread is here; it is used, so that it stays longest.
    pub fn reopen(&mut self, id: ConversationId) -> bool {
        let Some(at) = self.threads.iter().position(|thread| thread.id == id) else { return false };
        let thread = self.threads.remove(at);
        self.threads.push(thread);
        true
    }

    /// A thread that is here.
    pub fn thread(&self, id: ConversationId) -> Option<&Thread> {
        self.threads.iter().find(|thread| thread.id == id)
    }

    /// Whether one of those is the conversation of a thread, or stands beside it.
    pub fn concerns(&self, id: ConversationId, touched: &BTreeSet<ConversationId>) -> bool {
        let Some(thread) = self.thread(id) else { return true };
        let client = |id: &ConversationId| self.truth.get(id).map(|known| known.row.scene.contact.client());
        // What is gone may have stood there.
        touched.iter().any(|other| *other == id || client(other).is_none_or(|client| client == thread.client))
    }

    /// Forgets a thread that has holes.
    pub fn drop_thread(&mut self, id: ConversationId) {
        self.threads.retain(|thread| thread.id != id);
    }

    /// The contact's other conversations, newest first.
    pub fn previous(&self, thread: &Thread, now: Timestamp) -> Vec<Row> {
        let theirs = self
            .truth
            .iter()
            .filter(|(id, known)| **id != thread.id && known.row.scene.contact.client() == thread.client);
        let mut rows: Vec<Row> = theirs.filter_map(|(id, _)| self.row(*id)).collect();
        rows.retain(|row| Filter::of(View::All).matches(&self.viewer, &row.scene, now));
        rows.sort_by_key(|row| Order::Newest.place(&row.scene.contact, &row.scene.conversation));
        rows.truncate(PREVIOUS);
        rows
    }

    /// Takes a conversation as it was opened. `Some` where the stream has said more of it meanwhile than this
    /// knows: then it has to be asked for again.
    pub fn take_opened(&mut self, opened: Opened, now: Timestamp) -> Option<Ask> {
        let Opened { seq, row, entries, has_earlier, previous, notes, also } = opened;
        let Conversation { id, number, version, .. } = row.scene.conversation;
        let client = row.scene.contact.client();
        let known = self.truth.get(&id).map(|known| known.row.scene.conversation.version);
        let is_overtaken = known.is_some_and(|known| known > version);
        self.learn(row, seq);
        previous.into_iter().for_each(|row| self.learn(row, seq));
        let before = self.threads.iter().position(|thread| thread.id == id).map(|at| self.threads.remove(at));
        if !self.truth.contains_key(&id) {
            return None; // out of sight meanwhile
        }
        if is_overtaken && before.is_none() {
            return Some(Ask::Thread(id));
        }
        let whispers = self.reads_whispers(id);
        // It may have been asked for before words were moved.
        let has_holes = is_overtaken && before.as_ref().is_some_and(|before| before.has_holes);
        let changed = BTreeMap::new();
        let mut thread =
            Thread { id, number, client, entries, has_earlier, notes, also, whispers, has_holes, changed };
        if let Some(before) = before {
            thread.join(before);
        }
        thread.follow_changes();
        self.threads.push(thread);
        let surplus = self.threads.len().saturating_sub(THREADS);
        self.threads.drain(..surplus);
        self.settle(&[]);
        self.place(id, now);
        has_holes.then_some(Ask::Thread(id))
    }

    /// Takes the part of a thread before that entry.
    pub fn take_earlier(&mut self, id: ConversationId, before: i64, earlier: Vec<Entry>, has_earlier: bool) {
        let thread = self.threads.iter_mut().find(|thread| thread.id == id);
        if let Some(thread) =
            thread.filter(|thread| thread.entries.first().is_some_and(|entry| entry.seq == before))
        {
            thread.has_earlier = has_earlier;
            thread.entries.splice(0..0, earlier);
            thread.follow_changes();
        }
    }

    /// What happened to a conversation goes to its thread.
    pub(super) fn continue_thread(&mut self, id: ConversationId, entries: Vec<Entry>) -> Option<Ask> {
        let whispers = self.reads_whispers(id);
        let thread = self.threads.iter_mut().find(|thread| thread.id == id)?;
        let newest = thread.entries.last().map_or(0, |entry| entry.seq);
        // What stands beside it is another client's, and the thread is whole.
        let mut is_anothers = false;
        for entry in entries.into_iter().filter(|entry| entry.seq > newest) {
            if let Some(Event::Seen { message }) = entry.event {
                thread.was_seen(message);
            }
            if let (Some(Event::ClientNoted { .. }), Some(note)) = (&entry.event, &entry.message) {
                thread.notes.insert(0, note.clone());
            }
            thread.has_holes |= entry.event.as_ref().is_some_and(Event::moves_words);
            is_anothers |= entry.event.as_ref().is_some_and(Event::makes_another_client);
            if !entry.event.as_ref().is_some_and(Event::is_mark) {
                thread.entries.push(entry);
            }
        }
        thread.follow_changes();
        let lacks_whispers = !thread.whispers && whispers;
        if thread.whispers && !whispers {
            thread.drop_whispers();
        }
        // What is here has holes.
        (lacks_whispers || thread.has_holes || is_anothers).then_some(Ask::Thread(id))
    }
}

impl Thread {
    /// Keeps of what was loaded before what this piece does not hold: earlier pages that it overlaps, and what
    /// came after it was read.
    fn join(&mut self, before: Thread) {
        let (Some(first), Some(last)) = (self.entries.first(), self.entries.last()) else { return };
        let (first, last) = (first.seq, last.seq);
        let overlaps = before.entries.iter().any(|entry| entry.seq >= first);
        // Where whispers have come into sight, or words were moved, what was loaded before has holes.
        let newest = before.entries.last().map_or(0, |entry| entry.seq);
        let moves =
            |entry: &Entry| entry.seq > newest && entry.event.as_ref().is_some_and(Event::moves_words);
        let have_moved = before.has_holes || self.entries.iter().any(moves);
        let is_whole = before.whispers == self.whispers && !have_moved;
        let (mut earlier, mut later) = (vec![], vec![]);
        for entry in before.entries {
            match entry.seq {
                seq if seq < first && overlaps && is_whole => earlier.push(entry),
                seq if seq > last => later.push(entry),
                _ => {}
            }
        }
        for entry in &later {
            if let (Some(Event::ClientNoted { .. }), Some(note)) = (&entry.event, &entry.message) {
                self.notes.insert(0, note.clone());
            }
        }
        if !earlier.is_empty() {
            self.has_earlier = before.has_earlier;
        }
        self.entries.splice(0..0, earlier);
        self.entries.extend(later);
        self.changed = before.changed;
    }

    /// The customer has seen everything of ours up to that message.
    fn was_seen(&mut self, message: MessageId) {
        let is_it = |entry: &Entry| entry.message.as_ref().is_some_and(|it| it.id == message);
        let upto = self.entries.iter().rposition(is_it).map_or(0, |place| place + 1);
        for entry in self.entries.iter_mut().take(upto).filter(|entry| entry.delivery.is_some()) {
            entry.delivery = Some(Delivery::Read);
        }
    }

    /// What was changed since it was written says what it says now, where it stands; that it was changed is a line.
    fn follow_changes(&mut self) {
        for entry in &mut self.entries {
            // An answer may be older than what the stream has said.
            if let Some(message) = take_change(entry)
                && self.changed.get(&message.id).is_none_or(|(seq, _)| *seq <= entry.seq)
            {
                self.changed.insert(message.id, (entry.seq, message));
            }
        }
        // What was asked for before and comes only now may hold what they said before.
        for message in self.entries.iter_mut().filter_map(|entry| entry.message.as_mut()) {
            if let Some((_, changed)) = self.changed.get(&message.id) {
                *message = changed.clone();
            }
        }
    }

    fn drop_whispers(&mut self) {
        let is_whisper = |entry: &Entry| {
            entry.message.as_ref().is_some_and(|message| message.kind == MessageKind::Whisper)
        };
        let whispers: BTreeSet<MessageId> = self
            .entries
            .iter()
            .filter(|entry| is_whisper(entry))
            .filter_map(|entry| Some(entry.message.as_ref()?.id))
            .collect();
        let is_of_one = |entry: &Entry| changes(entry).is_some_and(|message| whispers.contains(&message));
        self.entries.retain(|entry| !is_whisper(entry) && !is_of_one(entry));
        self.whispers = false;
    }
}

/// The message that an entry changed.
fn changes(entry: &Entry) -> Option<MessageId> {
    match entry.event {
        Some(Event::Revised { message, .. } | Event::Retracted { message }) => Some(message),
        _ => None,
    }
}

/// The message as an entry left it that changed one.
fn take_change(entry: &mut Entry) -> Option<Message> {
    changes(entry).and_then(|_| entry.message.take())
}
