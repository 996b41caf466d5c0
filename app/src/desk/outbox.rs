//! Orders on their way. Each is kept in this browser under a key of its own until the server has answered, and goes
//! again with the same id after a lost connection, a reload or a crash: the server does it once.
//!
//! All tabs of one agent share the outbox, and one of them sends. Orders of one conversation go one after the other:
//! a second message must not overtake the first.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use domain::conversation::Command;
use domain::desk::Hope;
use domain::id::{AgentId, CommandId, ConversationId};
use domain::live::{Receipt, Request};
use domain::time::Timestamp;
use futures::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Desk, stale_text};
use crate::error::Error;
use crate::live::Line;
use crate::{api, dom};

/// How long an answer may take; longer than the server's own limit.
const PATIENCE: Duration = Duration::from_secs(15);

/// The first and the longest wait before orders that did not reach the server go again. The waits double.
const WAIT_MS: u32 = 500;
const LONGEST_WAIT_MS: u32 = 30_000;

/// How often an order goes again that the server took and broke on.
const TRIES: u32 = 6;

/// How often a tab looks whether the one that sends gets on with it, and how long it waits for that.
const TAKES_OVER: Duration = Duration::from_secs(2);
const STUCK_MS: i64 = 6_000;

/// How long before it leaves an order is not taken back any more: another tab may be sending it already.
const TOO_LATE: domain::time::Duration = domain::time::Duration(250);

/// How long after an order was thrown away by another tab its answer may still come.
const ANSWER_COMES: Duration = Duration::from_secs(2);

/// How long an answer stays for the other tabs to read.
const ANSWER_STAYS: Duration = Duration::from_secs(10);

/// A handle; copies are the same outbox.
#[derive(Clone, Copy)]
pub struct Outbox {
    agent: StoredValue<Option<AgentId>>,
    /// In the order in which they were given.
    waiting: StoredValue<Vec<Waiting>>,
    /// Conversations with an order on its way.
    sending: StoredValue<BTreeSet<ConversationId>>,
    /// Whether this tab sends for all.
    sends: StoredValue<bool>,
    /// How often in a row the server was not reached.
    failures: StoredValue<u32>,
    /// Nothing is sent before this one has rung.
    pause: StoredValue<Option<u32>>,
    tries: StoredValue<BTreeMap<CommandId, u32>>,
    n_given: StoredValue<u32>,
}

#[derive(Clone)]
struct Waiting {
    hope: Hope,
    /// Where it is kept; nowhere, if this browser does not keep anything: then this tab sends it itself.
    key: Option<String>,
}

impl Waiting {
    /// When it was given, by its key.
    fn at_ms(&self) -> i64 {
        let time = self.key.as_ref().and_then(|key| key.split(':').nth(2)?.split('-').next()?.parse().ok());
        time.unwrap_or(self.hope.at.0)
    }
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            agent: StoredValue::new(None),
            waiting: StoredValue::default(),
            sending: StoredValue::default(),
            sends: StoredValue::new(false),
            failures: StoredValue::new(0),
            pause: StoredValue::new(None),
            tries: StoredValue::default(),
            n_given: StoredValue::new(0),
        }
    }

    fn orders(self) -> String {
        self.agent.get_value().map(|agent| format!("order:{agent}:")).unwrap_or_default()
    }

    fn signed_in(self) -> String {
        self.agent.get_value().map(|agent| format!("signed-in:{agent}")).unwrap_or_default()
    }

    fn answers(self) -> String {
        self.agent.get_value().map(|agent| format!("answer:{agent}:")).unwrap_or_default()
    }

    /// An order is over: it is not kept any more, and the other tabs read how it ended.
    fn tell_tabs(self, id: CommandId, key: &str, answer: &Result<Receipt, Error>) {
        let answers = format!("{}{id}", self.answers());
        // First: a full storage takes the answer only then.
        dom::keep(key, "");
        dom::keep(&answers, &serde_json::to_string(answer).unwrap_or_default());
        let forget = move || {
            dom::keep(&answers, "");
        };
        set_timeout(forget, ANSWER_STAYS);
    }

    fn remove(self, id: CommandId) -> Option<Waiting> {
        self.waiting.try_update_value(|waiting| {
            let at = waiting.iter().position(|waiting| waiting.hope.request.id == id)?;
            Some(waiting.remove(at))
        })?
    }

    /// The first order of a conversation that has none on its way, if this tab sends it.
    fn next(self) -> Option<Waiting> {
        let sends = self.sends.get_value();
        let sending = self.sending.get_value();
        let mut blocked = sending;
        let now = dom::now();
        self.waiting.with_value(|all| {
            let may_go = |waiting: &&Waiting| {
                let is_first = blocked.insert(waiting.hope.request.conversation);
                is_first && (sends || waiting.key.is_none()) && !is_held(waiting, all, now)
            };
            all.iter().find(may_go).cloned()
        })
    }

    /// The order of a conversation that can still be taken back.
    pub(super) fn held(self, id: ConversationId) -> Option<CommandId> {
        let now = dom::now() + TOO_LATE;
        self.waiting.with_value(|all| {
            let mut of_it = all.iter().filter(|waiting| waiting.hope.request.conversation == id);
            of_it.find(|waiting| is_held(waiting, all, now)).map(|waiting| waiting.hope.request.id)
        })
    }
}

/// Whether it waits so that it can be taken back. What is ordered after it wants it to be done.
fn is_held(waiting: &Waiting, all: &[Waiting], now: Timestamp) -> bool {
    let Request { id, conversation, .. } = waiting.hope.request;
    let after = all.iter().skip_while(|other| other.hope.request.id != id).skip(1);
    let mut after = after.filter(|other| other.hope.request.conversation == conversation);
    waiting.hope.is_held(now) && after.all(|other| other.hope.request.command == Command::Read)
}

impl Desk {
    /// Takes an order back before it has left, and its words into the draft again. False where it has.
    pub fn take_back(self, id: CommandId) -> bool {
        let outbox = self.outbox;
        let conversation = outbox.waiting.with_value(|all| {
            let waiting = all.iter().find(|waiting| waiting.hope.request.id == id)?;
            Some(waiting.hope.request.conversation)
        });
        let is_held = conversation.is_some_and(|conversation| outbox.held(conversation) == Some(id));
        // Another tab may have let it go.
        let has_left = |waiting: &Waiting| {
            let kept =
                waiting.key.as_ref().map(|key| dom::kept(key).and_then(|text| api::read::<Hope>(&text)));
            kept.is_some_and(|kept| kept.is_none_or(|kept| kept.held_until.is_none()))
        };
        let is_held = is_held
            && outbox.waiting.with_value(|all| {
                let waiting = all.iter().find(|waiting| waiting.hope.request.id == id);
                waiting.is_some_and(|waiting| !has_left(waiting))
            });
        let Some(waiting) = is_held.then(|| outbox.remove(id)).flatten() else { return false };
        if let Some(key) = waiting.key {
            dom::keep(&key, "");
        }
        self.drafts.refused(waiting.hope.request.conversation, &waiting.hope.request.command);
        self.drop_hope(&waiting.hope);
        true
    }

    /// An order that leaves is not taken back any more, whatever becomes of its answer, in no tab and not after a reload.
    fn let_go_of(self, leaving: &Waiting) {
        if leaving.hope.held_until.is_none() {
            return;
        }
        let hope = Hope { held_until: None, ..leaving.hope.clone() };
        if let Some(key) = &leaving.key {
            dom::keep(key, &serde_json::to_string(&hope).unwrap_or_default());
        }
        self.outbox.waiting.update_value(|all| {
            let id = hope.request.id;
            if let Some(waiting) = all.iter_mut().find(|waiting| waiting.hope.request.id == id) {
                waiting.hope = hope;
            }
        });
        self.ordered.update(|n| *n += 1);
    }

    /// Sends what is held, once it can be taken back no more.
    fn send_when_due(self, hope: &Hope) {
        let now = dom::now();
        if let Some(until) = hope.held_until.filter(|_| hope.is_held(now)) {
            let length = u64::try_from((until - now).0).unwrap_or_default();
            let due = move || {
                self.ordered.try_update(|n| *n += 1);
                self.pump();
            };
            set_timeout(due, Duration::from_millis(length + 10));
            // The button goes a little before.
            let ends = move || {
                self.ordered.try_update(|n| *n += 1);
            };
            let before = length.saturating_sub(u64::try_from(TOO_LATE.0).unwrap_or_default());
            set_timeout(ends, Duration::from_millis(before + 10));
        }
    }

    /// Whether something leaves with this page: orders that the browser does not keep, files that are not sent.
    pub fn would_forget(self) -> bool {
        let now = dom::now();
        self.uploads.is_busy()
            || self.outbox.waiting.with_value(|all| all.iter().any(|waiting| waiting.hope.is_held(now)))
            || self.outbox.waiting.with_value(|waiting| waiting.iter().any(|waiting| waiting.key.is_none()))
    }

    /// Keeps an order, shows what is hoped of it, and sends it.
    pub(super) fn send(self, hope: Hope) {
        let outbox = self.outbox;
        let n = outbox
            .n_given
            .try_update_value(|n| {
                *n += 1;
                *n
            })
            .unwrap_or_default();
        let newest = outbox.waiting.with_value(|waiting| waiting.last().map_or(0, |waiting| waiting.at_ms()));
        // A clock that was set back must not let a second message overtake the first.
        let at = dom::now().0.max(newest);
        let key = format!("{}{at:013}-{n:06}:{}", outbox.orders(), hope.request.id);
        let text = serde_json::to_string(&hope).unwrap_or_default();
        let mut is_kept = dom::keep(&key, &text);
        // The order has the words now; the field is free for the next.
        self.drafts.hand_over(hope.request.conversation, &hope.request.command);
        // What the draft took up may be what the order lacked.
        is_kept = is_kept || dom::keep(&key, &text);
        self.forgets.set(!is_kept);
        outbox.waiting.update_value(|waiting| {
            waiting.push(Waiting { hope: hope.clone(), key: is_kept.then_some(key) });
        });
        self.send_when_due(&hope);
        self.hope(hope);
        self.pump();
    }

    /// Takes the orders up again that were left in this browser, and hears of those of other tabs.
    pub(super) fn restore_orders(self, agent: AgentId) {
        let outbox = self.outbox;
        outbox.agent.set_value(Some(agent));
        // Those of a tab that was closed before it could throw them away.
        for (answer, _) in dom::kept_under(&outbox.answers()) {
            dom::keep(&answer, "");
        }
        let mut kept = dom::kept_under(&outbox.orders());
        kept.sort();
        for (key, text) in kept {
            self.take_up(key, &text);
        }
        let lead = move |leads: bool| {
            outbox.sends.try_set_value(leads);
            if !leads {
                return;
            }
            // Another tab may have given some that this one has not heard of yet.
            let mut kept = dom::kept_under(&outbox.orders());
            kept.sort();
            kept.into_iter().for_each(|(key, text)| self.take_up(key, &text));
            self.pump();
        };
        dom::lead(&format!("outbox:{agent}"), false, lead);
        // A tab that is hidden is slowed down by the browser, or put to sleep: whoever is looked at sends.
        set_interval(move || self.take_over(lead), TAKES_OVER);
        // Signed in here, the other tabs need not ask.
        self.signed_in();
        dom::on_storage(move |key, text| self.hear_storage(&key, text));
    }

    /// Takes the sending over from a tab that does not get on with it.
    fn take_over(self, lead: impl Fn(bool) + Clone + 'static) {
        let outbox = self.outbox;
        let is_stuck = !outbox.sends.get_value()
            && self.line.get_untracked() == Line::Live
            && !document().hidden()
            && outbox.waiting.with_value(|waiting| {
                let since = |waiting: &Waiting| {
                    waiting.hope.held_until.map_or(waiting.at_ms(), |until| until.0.max(waiting.at_ms()))
                };
                waiting.iter().any(|waiting| dom::now().0 - since(waiting) > STUCK_MS)
            });
        if let (true, Some(agent)) = (is_stuck, outbox.agent.get_value()) {
            dom::lead(&format!("outbox:{agent}"), true, lead);
        }
    }

    fn take_up(self, key: String, text: &str) {
        // Of another version, it is left for that.
        let Some(hope) = api::read::<Hope>(text) else { return };
        let is_known = self
            .outbox
            .waiting
            .with_value(|waiting| waiting.iter().any(|waiting| waiting.hope.request.id == hope.request.id));
        if !is_known {
            self.outbox.waiting.update_value(|waiting| {
                waiting.push(Waiting { hope: hope.clone(), key: Some(key) });
            });
            self.send_when_due(&hope);
            self.hope(hope);
        }
    }

    /// Another tab of this browser has kept something, or thrown it away.
    fn hear_storage(self, key: &str, text: Option<String>) {
        let outbox = self.outbox;
        self.drafts.hear_storage(key, text.as_deref());
        if key == outbox.signed_in() && text.is_some() {
            return self.signed_out.set(false);
        }
        if key.starts_with(&outbox.orders()) {
            match text {
                Some(text) => {
                    self.take_up(key.into(), &text);
                    self.pump();
                }
                // Its answer follows at once, or the stream has shown what came of it.
                None => {
                    let key = key.to_owned();
                    set_timeout(move || self.forget_gone(&key), ANSWER_COMES);
                }
            }
            return;
        }
        let answers = outbox.answers();
        let Some(id) = key.strip_prefix(&answers).and_then(|id| id.parse().ok()) else { return };
        let answer = text.and_then(|text| api::read::<Result<Receipt, Error>>(&text));
        let Some(answer) = answer else { return };
        if let Some(waiting) = outbox.remove(id) {
            self.answered(&waiting.hope, &answer);
        }
    }

    /// An order that is not kept any more is over, whatever came of it.
    fn forget_gone(self, key: &str) {
        let gone = self.outbox.waiting.with_value(|waiting| {
            waiting
                .iter()
                .find(|waiting| waiting.key.as_deref() == Some(key))
                .map(|waiting| waiting.hope.clone())
        });
        if let Some(hope) = gone {
            self.outbox.remove(hope.request.id);
            self.drop_hope(&hope);
        }
    }

    /// Sends what waits and may go.
    pub(super) fn pump(self) {
        let outbox = self.outbox;
        if outbox.pause.with_value(Option::is_some) || self.signed_out.get_untracked() {
            return;
        }
        while let Some(waiting) = outbox.next() {
            let id = waiting.hope.request.conversation;
            // Another tab has ended it, and this one did not hear.
            if let Some(key) = waiting.key.as_ref().filter(|key| dom::kept(key).is_none()) {
                self.forget_gone(key);
                continue;
            }
            self.let_go_of(&waiting);
            outbox.sending.update_value(|sending| {
                sending.insert(id);
            });
            spawn_local(async move {
                let answer = once(waiting.hope.request.clone()).await;
                outbox.sending.update_value(|sending| {
                    sending.remove(&id);
                });
                self.heard_back(&waiting.hope, answer);
                self.pump();
            });
        }
    }

    /// Somebody has signed in again: the other tabs go on, too.
    pub fn signed_in(self) {
        let key = self.outbox.signed_in();
        dom::keep(&key, &dom::now().0.to_string());
        dom::keep(&key, "");
        self.signed_out.set(false);
    }

    /// The server can be reached again: nothing waits any longer.
    pub fn send_now(self) {
        self.outbox.failures.set_value(0);
        self.outbox.pause.set_value(None);
        self.pump();
    }

    fn heard_back(self, hope: &Hope, answer: Result<Receipt, Error>) {
        let outbox = self.outbox;
        let id = hope.request.id;
        match &answer {
            Ok(_) => outbox.failures.set_value(0),
            Err(Error::SignedOut) => return self.signed_out.set(true),
            Err(Error::Unreachable | Error::TooMany | Error::Unavailable { .. }) => return self.wait(),
            Err(Error::Broken { .. }) => {
                let tries = outbox.tries.try_update_value(|tries| {
                    let n = tries.entry(id).or_default();
                    *n += 1;
                    *n
                });
                if tries.is_some_and(|tries| tries < TRIES) {
                    return self.wait();
                }
            }
            Err(Error::Refused(_) | Error::Missing | Error::TooLarge) => {}
        }
        self.end(hope, &answer);
    }

    /// An order is answered: every tab hears of it.
    fn end(self, hope: &Hope, answer: &Result<Receipt, Error>) {
        let outbox = self.outbox;
        let id = hope.request.id;
        outbox.tries.update_value(|tries| {
            tries.remove(&id);
        });
        // Settled by the stream, before the answer came.
        let Some(waiting) = outbox.remove(id) else { return };
        if answer.is_err() {
            self.give_back(hope, answer);
        }
        if let Some(key) = waiting.key {
            outbox.tell_tabs(id, &key, answer);
        }
        self.answered(hope, answer);
    }

    /// Returns the words of an order that failed, and ends what was ordered there after it: that was meant to come
    /// after it, and without it may do harm.
    fn give_back(self, hope: &Hope, answer: &Result<Receipt, Error>) {
        let conversation = hope.request.conversation;
        if hope.request.command == Command::Read {
            return;
        }
        let following: Vec<Waiting> = self.outbox.waiting.with_value(|waiting| {
            let of_it = waiting.iter().filter(|waiting| waiting.hope.request.conversation == conversation);
            of_it.cloned().collect()
        });
        for waiting in following.iter().rev() {
            self.drafts.refused(conversation, &waiting.hope.request.command);
        }
        self.drafts.refused(conversation, &hope.request.command);
        if let Err(error) = answer {
            let given = following.iter().map(|waiting| &waiting.hope).chain([hope]);
            given.for_each(|hope| self.file_refused(conversation, &hope.request.command, error));
        }
        for waiting in following {
            self.outbox.remove(waiting.hope.request.id);
            if let Some(key) = waiting.key {
                self.outbox.tell_tabs(waiting.hope.request.id, &key, answer);
            }
            self.drop_hope(&waiting.hope);
        }
    }

    /// What an answer means for the screen of this tab.
    fn answered(self, hope: &Hope, answer: &Result<Receipt, Error>) {
        let now = self.clock();
        match answer {
            Ok(receipt) => {
                let heard = self.core.try_update_value(|core| core.acknowledge(receipt, now));
                self.ordered.update(|n| *n += 1);
                heard.map(|heard| self.take(heard));
            }
            Err(error) => {
                self.drop_hope(hope);
                let id = hope.request.conversation;
                if let Error::Refused(refusal) = error
                    && let Some(text) = stale_text(&hope.request.command, refusal)
                    && self.opened.with_untracked(|open| open.thread().is_some_and(|thread| thread.id == id))
                {
                    return self.stale.set(Some((id, text)));
                }
                // Nobody gave this order by hand, so nobody is told.
                if hope.request.command != Command::Read {
                    self.failed(error, Some(hope.request.conversation));
                }
            }
        }
    }

    fn drop_hope(self, hope: &Hope) {
        let now = self.clock();
        self.core.update_value(|core| drop(core.give_up(hope.request.id, now)));
        self.ordered.update(|n| *n += 1);
        self.bring_up(&[hope.request.conversation].into());
    }

    /// The stream shows what came of an order; its answer says nothing new any more.
    pub(super) fn settled(self, id: CommandId) {
        self.ordered.update(|n| *n += 1);
        if let Some(key) = self.outbox.remove(id).and_then(|waiting| waiting.key) {
            dom::keep(&key, "");
        }
    }

    /// Tries again later.
    fn wait(self) {
        let outbox = self.outbox;
        if outbox.pause.with_value(Option::is_some) {
            return;
        }
        let n = outbox
            .failures
            .try_update_value(|n| {
                *n += 1;
                *n
            })
            .unwrap_or(1);
        let longest = LONGEST_WAIT_MS.min(WAIT_MS << n.min(10));
        let pause = dom::random_below(u32::MAX);
        let ring = move || {
            // Another one may have begun since.
            if outbox.pause.get_value() == Some(pause) {
                outbox.pause.set_value(None);
                self.pump();
            }
        };
        outbox.pause.set_value(Some(pause));
        set_timeout(ring, Duration::from_millis(u64::from(dom::random_below(longest) + 100)));
    }
}

/// An answer that does not come is none.
async fn once(request: domain::live::Request) -> Result<Receipt, Error> {
    let (answer, patience) = (pin!(api::run(request)), pin!(gloo_timers::future::sleep(PATIENCE)));
    match select(answer, patience).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Error::Unreachable),
    }
}
