//! Orders on their way: hoped at once, sent one after the other for each conversation, settled by the answer.

use std::pin::pin;
use std::time::Duration;

use domain::conversation::Command;
use domain::id::ConversationId;
use futures::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Desk, Hope};
use crate::backend::{Outcome, Request};
use crate::conversation::draft;
use crate::error::Error;
use crate::{api, dom};

/// How often an order goes again while the server cannot be reached, with the same id. The waits double.
const TRIES: u32 = 4;

/// The first wait.
const WAIT: Duration = Duration::from_millis(500);

/// How long an answer may take; longer than the server's own limit.
const PATIENCE: Duration = Duration::from_secs(15);

impl Desk {
    /// Whether there are orders that the server has not answered.
    pub fn is_waiting(self) -> bool {
        self.hopes.with_untracked(|hopes| !hopes.is_empty())
    }

    /// Gives an order: the screen changes now, the server hears of it, and what it answers stands.
    /// False where the domain refuses it already here; the reason is shown.
    pub fn dispatch(self, id: ConversationId, command: Command) -> bool {
        let Some(row) = self.row(id) else { return false };
        let scene = row.with_untracked(|row| row.scene.clone());
        if let Err(refusal) = untrack(|| self.try_on(&scene, &command)) {
            self.toasts.alert(refusal.sentence());
            return false;
        }
        let after = self.opened.with_untracked(|open| match open.thread() {
            Some(thread) if thread.id == id => thread.entries.last().map_or(0, |entry| entry.seq),
            // Nothing of its thread is on the screen, so nothing of it is asked for.
            _ => i64::MAX,
        });
        let request = Request { id: dom::command_id(), conversation: id, command, after };
        let hope = Hope { request, at: self.clock() };
        self.drafts.hand_over(id, &hope.request.command);
        self.hopes.update(|hopes| hopes.push(hope.clone()));
        self.queue.update_value(|queue| queue.push(hope));
        self.show(id);
        self.send(id);
        true
    }

    /// Sends what waits for a conversation, one after the other: a second message must not overtake the first.
    fn send(self, id: ConversationId) {
        if self.sending.with_value(|sending| sending.contains(&id)) {
            return;
        }
        let Some(hope) = self.take_queued(id) else { return };
        self.sending.update_value(|sending| {
            sending.insert(id);
        });
        spawn_local(async move {
            let answer = deliver(hope.request.clone()).await;
            self.sending.update_value(|sending| {
                sending.remove(&id);
            });
            self.settle(&hope, answer);
            self.send(id);
        });
    }

    fn take_queued(self, id: ConversationId) -> Option<Hope> {
        self.queue.try_update_value(|queue| {
            let at = queue.iter().position(|hope| hope.request.conversation == id)?;
            Some(queue.remove(at))
        })?
    }

    /// The answer to an order: its hope is over, and what the server says stands.
    fn settle(self, hope: &Hope, answer: Result<Outcome, Error>) {
        let (request, id) = (&hope.request, hope.request.conversation);
        self.end(hope);
        match answer {
            Ok(Outcome { receipt: _, row, entries, counts }) => {
                self.drafts.sent(id, &request.command);
                self.add_entries(id, entries);
                match row {
                    Some(row) => self.learn(row),
                    None => self.forget(id),
                }
                self.counts.set(counts);
                // Its thread came while this was on its way, and may lack it.
                let open = self.opened.with_untracked(|open| {
                    open.thread().filter(|thread| thread.id == id).map(|thread| thread.number)
                });
                if let Some(number) = open.filter(|_| request.after == i64::MAX) {
                    self.reload(number);
                }
            }
            // Nobody gave this order by hand, so nobody is told.
            Err(error) if request.command == Command::Read && error != Error::SignedOut => self.show(id),
            Err(error) => {
                self.give_back(hope);
                self.show(id);
                self.failed(&error, Some(id));
            }
        }
    }

    fn end(self, hope: &Hope) {
        self.hopes.update(|hopes| hopes.retain(|other| other.request.id != hope.request.id));
    }

    /// Returns the words of an order that failed, and of those that were written to follow it: sent without
    /// it they would not make sense.
    fn give_back(self, hope: &Hope) {
        let id = hope.request.conversation;
        let mut texts = vec![hope.clone()];
        if draft::words(&hope.request.command).is_some() {
            self.queue.update_value(|queue| {
                let follows = |other: &Hope| {
                    other.request.conversation == id && draft::words(&other.request.command).is_some()
                };
                texts.extend(queue.iter().filter(|other| follows(other)).cloned());
                queue.retain(|other| !follows(other));
            });
        }
        for hope in texts.iter().rev() {
            self.end(hope);
            self.drafts.refused(id, &hope.request.command);
        }
    }

    /// Shows why something did not happen, and looks at how things stand.
    pub(super) fn failed(self, error: &Error, id: Option<ConversationId>) {
        let row = id.and_then(|id| self.row(id)).map(|row| row.get_untracked());
        let is_open =
            |id| self.opened.with_untracked(|open| open.thread().is_some_and(|thread| thread.id == id));
        match error {
            Error::SignedOut => self.signed_out.set(true),
            error => {
                // Of a conversation that is not on the screen any more it is said which one is meant.
                let elsewhere = row.as_ref().filter(|row| !is_open(row.scene.conversation.id));
                let about = elsewhere.map(|row| {
                    format!("#{} {}: ", row.scene.conversation.number, row.scene.contact.display_name)
                });
                self.toasts.alert(format!("{}{}", about.unwrap_or_default(), error.sentence()));
            }
        }
        match (error, row) {
            (Error::Missing, Some(row)) => self.forget(row.scene.conversation.id),
            (Error::Refused(_), Some(row)) => self.reload(row.scene.conversation.number),
            _ => {}
        }
    }
}

/// Sends an order, and the same again while the server cannot be reached: it is done once whatever arrives.
async fn deliver(request: Request) -> Result<Outcome, Error> {
    let mut wait = WAIT;
    for _ in 1..TRIES {
        match once(request.clone()).await {
            Err(Error::Unreachable | Error::Unavailable { .. }) => {
                gloo_timers::future::sleep(wait).await;
                wait *= 2;
            }
            answer => return answer,
        }
    }
    once(request).await
}

/// An answer that does not come is none.
async fn once(request: Request) -> Result<Outcome, Error> {
    let (answer, patience) = (pin!(api::run(request)), pin!(gloo_timers::future::sleep(PATIENCE)));
    match select(answer, patience).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Error::Unreachable),
    }
}
