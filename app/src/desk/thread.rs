//! The conversation on the screen and its thread.

use std::collections::BTreeSet;

use domain::contact::Contact;
use domain::desk::Ask;
use domain::id::ConversationId;
use domain::live::{Entry, Row};
use domain::message::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Desk;
use crate::api;
use crate::backend::ENTRIES;
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
    /// It did not come or went away, and why; its id, if it was here.
    Failed(i64, Option<ConversationId>, Error),
}

/// A thread as far as it is loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    pub id: ConversationId,
    pub number: i64,
    /// Oldest first.
    pub entries: Vec<Entry>,
    pub has_earlier: bool,
    pub previous: Vec<Row>,
    /// About who writes, newest first.
    pub notes: Vec<Message>,
    /// The contacts that the team has merged with who writes.
    pub also: Vec<Contact>,
}

impl Desk {
    /// Shows the conversation of a number: at once where its thread is kept up to date.
    pub fn open(self, number: i64) {
        let known = self.opened.with_untracked(|open| open.number());
        if known == Some(number) && self.opened.with_untracked(|open| !matches!(open, Open::Failed(..))) {
            return;
        }
        let kept = |core: &mut domain::desk::Desk| core.numbered(number).filter(|id| core.reopen(*id));
        match self.core.try_update_value(kept).flatten() {
            Some(id) => self.show_thread(id),
            // It is asked for before the screen is drawn anew, not after.
            None => {
                self.reload(number);
                self.opened.set(Open::Loading(number));
            }
        }
    }

    /// Shows no conversation.
    pub fn close(self) {
        self.opened.set(Open::Nothing);
    }

    /// Asks for a conversation again, leaving what is there until it comes.
    pub fn reload(self, number: i64) {
        spawn_local(async move {
            let opened = api::open(number).await;
            let is_asked_for = self.opened.with_untracked(|open| open.number() == Some(number));
            match opened {
                Ok(opened) => {
                    let (id, now) = (opened.row.scene.conversation.id, self.clock());
                    let mut touched: BTreeSet<_> =
                        opened.previous.iter().map(|row| row.scene.conversation.id).collect();
                    touched.insert(id);
                    let ask = self.core.try_update_value(|core| core.take_opened(opened, now)).flatten();
                    if ask == Some(Ask::Thread(id)) && is_asked_for {
                        return self.reload(number);
                    }
                    if is_asked_for {
                        self.show_thread(id);
                    }
                    self.bring_up(&touched);
                }
                Err(error) => {
                    self.unanswered(&error);
                    let is_here = self.opened.with_untracked(|open| open.thread().is_some());
                    // What is on the screen stays on it, unless it is not theirs to see any more: the socket says so.
                    if is_asked_for && !is_here {
                        // What was written there is known by its id.
                        let id = self.opened.with_untracked(|open| match open {
                            Open::Failed(_, id, _) => *id,
                            Open::Loading(number) => self.core.with_value(|core| core.numbered(*number)),
                            Open::Nothing | Open::Thread(_) => None,
                        });
                        self.opened.set(Open::Failed(number, id, error));
                    }
                }
            }
        });
    }

    /// Puts a thread on the screen that is here.
    pub(super) fn show_thread(self, id: ConversationId) {
        let now = self.now.get_untracked();
        let shown = self.core.with_value(|core| {
            let thread = core.thread(id)?;
            Some(Thread {
                id,
                number: thread.number,
                entries: thread.entries.clone(),
                has_earlier: thread.has_earlier,
                previous: core.previous(thread, now),
                notes: thread.notes.clone(),
                also: thread.also.clone(),
            })
        });
        if let Some(thread) = shown {
            let open = Open::Thread(thread);
            if self.opened.with_untracked(|known| *known != open) {
                self.opened.set(open);
            }
        }
    }

    /// Brings the thread on the screen up to what is known.
    pub(super) fn bring_up_thread(self, touched: &BTreeSet<ConversationId>) {
        let (open, failed) = self.opened.with_untracked(|open| match open {
            Open::Thread(thread) => (Some((thread.id, thread.number)), None),
            Open::Failed(number, ..) => (None, Some(*number)),
            Open::Nothing | Open::Loading(_) => (None, None),
        });
        let concerns = |id| touched.is_empty() || self.core.with_value(|core| core.concerns(id, touched));
        if let Some((id, number)) = open.filter(|(id, _)| concerns(*id)) {
            match self.core.with_value(|core| core.thread(id).is_some()) {
                true => self.show_thread(id),
                false => self.opened.set(Open::Failed(number, Some(id), Error::Missing)),
            }
        }
        // What was not there to see is there now.
        let has_come = |number| {
            self.core.with_value(|core| core.numbered(number)).is_some_and(|id| touched.contains(&id))
        };
        if let Some(number) = failed.filter(|number| has_come(*number)) {
            self.reload(number);
        }
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
                Ok(earlier) => {
                    let has_earlier = earlier.len() >= ENTRIES;
                    self.core.update_value(|core| core.take_earlier(id, before, earlier, has_earlier));
                    self.bring_up_thread(&BTreeSet::new());
                }
                Err(error) => self.failed(&error, None),
            }
        });
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
            Open::Loading(number) | Open::Failed(number, ..) => Some(*number),
            Open::Thread(thread) => Some(thread.number),
        }
    }
}
