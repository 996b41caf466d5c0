//! The conversation on the screen and its thread.

use domain::conversation::Conversation;
use domain::id::ConversationId;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Desk;
use crate::api;
use crate::backend::{ENTRIES, Entry, Opened, Row};
use crate::error::Error;

/// The conversation on the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Open {
    /// None.
    #[default]
    Nothing,
    /// It has been asked for.
    Loading(i64),
    /// Here it is.
    Thread(Thread),
    /// It did not come, and why.
    Failed(i64, Error),
}

/// A thread as it was loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    pub id: ConversationId,
    pub number: i64,
    /// Oldest first.
    pub entries: Vec<Entry>,
    pub has_earlier: bool,
    pub previous: Vec<Row>,
}

impl Desk {
    /// Shows the conversation of a number.
    pub fn open(self, number: i64) {
        let known = self.opened.with_untracked(|open| open.number());
        if known == Some(number) && self.opened.with_untracked(|open| !matches!(open, Open::Failed(..))) {
            return;
        }
        self.opened.set(Open::Loading(number));
        self.reload(number);
    }

    /// Shows no conversation.
    pub fn close(self) {
        self.opened.set(Open::Nothing);
    }

    /// Asks for a conversation again, leaving what is there until it comes.
    pub fn reload(self, number: i64) {
        spawn_local(async move {
            let opened = api::open(number).await;
            if self.opened.with_untracked(|open| open.number() != Some(number)) {
                // Another one has been chosen meanwhile; its row is worth having all the same.
                if let Ok(opened) = opened {
                    self.learn(opened.row);
                }
                return;
            }
            let here = self.opened.with_untracked(|open| open.thread().map(|thread| thread.id));
            match (opened, here) {
                (Ok(opened), _) => self.take_opened(opened),
                (Err(Error::SignedOut), _) => self.signed_out.set(true),
                (Err(Error::Missing), Some(id)) => self.forget(id),
                // What is on the screen stays on it.
                (Err(error), Some(_)) => self.toasts.alert(error.sentence()),
                (Err(error), None) => self.opened.set(Open::Failed(number, error)),
            }
        });
    }

    pub(super) fn take_opened(self, opened: Opened) {
        let Opened { row, entries, has_earlier, previous } = opened;
        let Conversation { id, number, .. } = row.scene.conversation;
        self.learn(row);
        let known =
            self.opened.with_untracked(|open| open.thread().filter(|thread| thread.id == id).cloned());
        let mut thread = Thread { id, number, entries, has_earlier, previous };
        if let Some(known) = known {
            thread.join(known);
        }
        self.opened.set(Open::Thread(thread));
    }

    pub(super) fn add_entries(self, id: ConversationId, entries: Vec<Entry>) {
        self.opened.update(|open| {
            if let Open::Thread(thread) = open
                && thread.id == id
            {
                let newest = thread.entries.last().map_or(0, |entry| entry.seq);
                thread.entries.extend(entries.into_iter().filter(|entry| entry.seq > newest));
            }
        });
    }

    /// Asks for the part of the thread before what is there.
    pub fn earlier(self) {
        let Some((id, before)) = self.opened.with_untracked(|open| {
            let thread = open.thread().filter(|thread| thread.has_earlier)?;
            Some((thread.id, thread.entries.first()?.seq))
        }) else {
            return;
        };
        spawn_local(async move {
            match api::earlier(id, before).await {
                Ok(earlier) => self.opened.update(|open| {
                    if let Open::Thread(thread) = open
                        && thread.id == id
                        && thread.entries.first().is_some_and(|entry| entry.seq == before)
                    {
                        thread.has_earlier = earlier.len() >= ENTRIES;
                        thread.entries.splice(0..0, earlier);
                    }
                }),
                Err(error) => self.failed(&error, None),
            }
        });
    }
}

impl Thread {
    /// Keeps of what was loaded before what this piece does not hold: earlier pages that it overlaps, and
    /// what came after it was read.
    fn join(&mut self, known: Thread) {
        let (Some(first), Some(last)) = (self.entries.first(), self.entries.last()) else { return };
        let (first, last) = (first.seq, last.seq);
        let overlaps = known.entries.iter().any(|entry| entry.seq >= first);
        let (mut earlier, mut later) = (vec![], vec![]);
        for entry in known.entries {
            match entry.seq {
                seq if seq < first && overlaps => earlier.push(entry),
                seq if seq > last => later.push(entry),
                _ => {}
            }
        }
        if !earlier.is_empty() {
            self.has_earlier = known.has_earlier;
        }
        self.entries.splice(0..0, earlier);
        self.entries.extend(later);
    }
}

impl Open {
    /// The thread, if it is here.
    pub fn thread(&self) -> Option<&Thread> {
        match self {
            Open::Thread(thread) => Some(thread),
            Open::Nothing | Open::Loading(_) | Open::Failed(..) => None,
        }
    }

    /// The number of the conversation, here or asked for.
    pub fn number(&self) -> Option<i64> {
        match self {
            Open::Nothing => None,
            Open::Loading(number) | Open::Failed(number, _) => Some(*number),
            Open::Thread(thread) => Some(thread.number),
        }
    }
}
