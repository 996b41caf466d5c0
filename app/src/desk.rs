//! What this browser knows, made reactive: the office, the lists, the open conversation, and the orders that
//! are not yet answered. What is shown is what the server confirmed with every unanswered order that the domain
//! still accepts replayed over it, so that the screen changes at once and there is nothing to roll back.
//!
//! Lives at the root and is never disposed of: answers that come late find it.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use domain::conversation::{Command, Conversation, Fact, Scene, applied, decide};
use domain::filter::Filter;
use domain::id::{AgentId, ConversationId};
use domain::message::Message;
use domain::office::Office;
use domain::order::{Order, Place};
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::view::View;
use domain::viewer::{Actor, Viewer};
use futures::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::backend::{Boot, Counts, ENTRIES, Entry, Opened, Outcome, Page, Preview, Request, Row};
use crate::conversation::draft::{self, Drafts};
use crate::error::Error;
use crate::ui::toast::Toasts;
use crate::{api, dom};

/// How often an order goes again while the server cannot be reached, with the same id. The waits double.
const TRIES: u32 = 4;

/// The first wait.
const WAIT: Duration = Duration::from_millis(500);

/// How long an answer may take; longer than the server's own limit.
const PATIENCE: Duration = Duration::from_secs(15);

/// A handle; copies are the same desk.
#[derive(Clone, Copy)]
pub struct Desk {
    pub viewer: RwSignal<Viewer>,
    pub office: RwSignal<Office>,
    pub counts: RwSignal<Counts>,
    pub list: RwSignal<List>,
    pub opened: RwSignal<Open>,
    /// The time by the server's clock, each half minute.
    pub now: RwSignal<Timestamp>,
    pub toasts: Toasts,
    pub drafts: Drafts,
    /// Nobody is signed in any more.
    pub signed_out: RwSignal<bool>,
    /// What a screen reader is told, politely.
    pub announced: RwSignal<String>,
    /// A signal for each conversation, so that a change of one draws one row.
    rows: StoredValue<BTreeMap<ConversationId, ArcRwSignal<Row>>>,
    truth: StoredValue<BTreeMap<ConversationId, Row>>,
    hopes: RwSignal<Vec<Hope>>,
    queue: StoredValue<Vec<Hope>>,
    /// Conversations with an order on its way.
    sending: StoredValue<BTreeSet<ConversationId>>,
    /// What this browser's clock lacks to the server's, in milliseconds.
    behind_ms: StoredValue<i64>,
}

/// The list on the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    pub filter: Filter,
    /// In order.
    pub ids: Vec<ConversationId>,
    pub next: Option<Place>,
    /// As the server counted; what was hoped since is added.
    pub total: i64,
    pub bounded: bool,
    pub state: Loading,
}

/// How far something is loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loading {
    #[default]
    Loading,
    Ready,
    Failed(Error),
}

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

/// An order that was given here and is not yet answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Hope {
    pub request: Request,
    pub at: Timestamp,
}

impl Desk {
    /// An empty one, as it is before the block of data is read.
    pub fn new() -> Self {
        let nobody = Viewer {
            agent: AgentId::new(0),
            permissions: BTreeSet::new(),
            groups: BTreeSet::new(),
            super_admin: false,
        };
        Self {
            viewer: RwSignal::new(nobody),
            office: RwSignal::default(),
            counts: RwSignal::default(),
            list: RwSignal::default(),
            opened: RwSignal::default(),
            now: RwSignal::new(Timestamp(0)),
            toasts: Toasts::new(),
            drafts: Drafts::new(),
            signed_out: RwSignal::new(false),
            announced: RwSignal::default(),
            rows: StoredValue::default(),
            truth: StoredValue::default(),
            hopes: RwSignal::default(),
            queue: StoredValue::default(),
            sending: StoredValue::default(),
            behind_ms: StoredValue::new(0),
        }
    }

    /// Takes what the server sent with the page.
    pub fn start(self, boot: Boot) {
        let Boot { viewer, office, head: _, now, filter, page, counts, opened } = boot;
        self.behind_ms.set_value((now - dom::now()).0);
        self.drafts.start(viewer.agent);
        self.viewer.set(viewer);
        self.office.set(office);
        self.now.set(now);
        self.counts.set(counts);
        self.list.update(|list| list.filter = filter);
        self.take_page(page, None);
        if let Some(opened) = opened {
            self.take_opened(opened);
        }
    }

    /// The time by the server's clock, whatever this machine shows.
    pub fn clock(self) -> Timestamp {
        dom::now() + domain::time::Duration(self.behind_ms.get_value())
    }

    /// Whether there are orders that the server has not answered.
    pub fn is_waiting(self) -> bool {
        self.hopes.with_untracked(|hopes| !hopes.is_empty())
    }

    /// The signal of a conversation that was learned of.
    pub fn row(self, id: ConversationId) -> Option<ArcRwSignal<Row>> {
        self.rows.with_value(|rows| rows.get(&id).cloned())
    }

    /// The signal of the conversation on the screen.
    pub fn opened_row(self) -> Option<ArcRwSignal<Row>> {
        let id = self.opened.with(|open| open.thread().map(|thread| thread.id))?;
        self.row(id)
    }

    /// What would come of that order now: the facts, or the sentence for the tooltip.
    pub fn try_on(self, scene: &Scene, command: &Command) -> Result<Vec<Fact>, Refusal> {
        let actor = Actor::Agent(self.viewer.get());
        self.office.with(|office| decide(office, scene, &actor, command, self.now.get()))
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
    fn failed(self, error: &Error, id: Option<ConversationId>) {
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

    /// Takes a conversation as the server says it is.
    pub fn learn(self, row: Row) {
        let id = row.scene.conversation.id;
        self.keep(row);
        self.place(id);
    }

    /// Keeps what the server says of a conversation, and brings its signal up to it.
    fn keep(self, row: Row) {
        let id = row.scene.conversation.id;
        self.truth.update_value(|truth| {
            // An answer that was overtaken by a later one says nothing new.
            let is_newer = truth
                .get(&id)
                .is_none_or(|known| known.scene.conversation.version <= row.scene.conversation.version);
            if is_newer {
                truth.insert(id, row);
            }
        });
        self.replay(id);
    }

    /// Takes a conversation off the screen that is not there, or not theirs to see any more.
    fn forget(self, id: ConversationId) {
        self.truth.update_value(|truth| drop(truth.remove(&id)));
        self.rows.update_value(|rows| drop(rows.remove(&id)));
        self.list.update(|list| list.ids.retain(|listed| *listed != id));
        let open = self.opened.with_untracked(|open| {
            open.thread().filter(|thread| thread.id == id).map(|thread| thread.number)
        });
        if let Some(number) = open {
            self.opened.set(Open::Failed(number, Error::Missing));
        }
    }

    /// Brings a conversation's signal and its place in the list up to what is known and hoped.
    fn show(self, id: ConversationId) {
        self.replay(id);
        self.place(id);
    }

    /// Brings a conversation's signal up to what is known and hoped.
    fn replay(self, id: ConversationId) {
        let Some(row) = self.truth.with_value(|truth| truth.get(&id).cloned()) else { return };
        let shown = untrack(|| self.with_hopes(row));
        let known = self.row(id);
        match known {
            Some(signal) => {
                if signal.with_untracked(|row| *row != shown) {
                    signal.set(shown);
                }
            }
            None => self.rows.update_value(|rows| drop(rows.insert(id, ArcRwSignal::new(shown)))),
        }
    }

    fn with_hopes(self, mut row: Row) -> Row {
        let id = row.scene.conversation.id;
        let viewer = self.viewer.get();
        self.hopes.with(|hopes| {
            for hope in hopes.iter().filter(|hope| hope.request.conversation == id) {
                let Ok(facts) = self.try_on(&row.scene, &hope.request.command) else { continue };
                row.scene.conversation = applied(&row.scene.conversation, &facts);
                if let Some(message) = hope.messages(&viewer).last() {
                    row.preview = Some(Preview {
                        by: message.by,
                        private: !message.kind.is_public(),
                        text: message.text.chars().take(140).collect(),
                    });
                }
            }
        });
        row
    }

    /// Puts a conversation where it belongs in the list on the screen, or takes it out.
    fn place(self, id: ConversationId) {
        let Some(row) = self.row(id).map(|row| row.get_untracked()) else { return };
        let viewer = self.viewer.get_untracked();
        let now = self.now.get_untracked();
        let Some((belongs, listed)) = self.list.try_with_untracked(|list| {
            (list.filter.matches(&viewer, &row.scene, now), list.ids.contains(&id))
        }) else {
            return;
        };
        if !belongs && !listed {
            return;
        }
        let mut list = self.list.get_untracked();
        let before = list.ids.clone();
        list.ids.retain(|listed| *listed != id);
        if belongs {
            let view = list.filter.view;
            let mine = self.place_of(id, view);
            let at = list
                .ids
                .iter()
                .position(|other| self.place_of(*other, view) > mine)
                .unwrap_or(list.ids.len());
            // What stands behind the last loaded row comes with its page.
            if at < list.ids.len() || list.next.is_none() || listed {
                list.ids.insert(at, id);
            }
        }
        match (belongs, listed) {
            (true, false) => list.total += 1,
            (false, true) => list.total -= 1,
            _ => {}
        }
        if list.ids != before {
            self.list.set(list);
        }
    }

    /// Where a conversation stands in the order of a view.
    fn place_of(self, id: ConversationId, view: View) -> Option<Place> {
        let place = |row: &Row| Order::of(view).place(&row.scene.contact, &row.scene.conversation);
        self.row(id).map(|row| row.with_untracked(place))
    }

    /// Shows the list of a filter, from its beginning.
    pub fn show_list(self, filter: Filter) {
        self.list.set(List { filter: filter.clone(), ..List::default() });
        self.fetch(filter, None);
    }

    /// Asks for the list again, leaving what is there until it comes.
    pub fn refresh(self) {
        let filter = self.list.with_untracked(|list| list.filter.clone());
        self.fetch(filter, None);
    }

    /// Asks for the directory again: colleagues come and go, and rights change.
    pub fn refresh_office(self) {
        spawn_local(async move {
            match api::office().await {
                Ok((viewer, office))
                    if self.office.with_untracked(|known| known.version != office.version) =>
                {
                    self.viewer.set(viewer);
                    self.office.set(office);
                }
                Ok(_) => {}
                Err(Error::SignedOut) => self.signed_out.set(true),
                // It is asked again the next time; what is known goes on being good.
                Err(_) => {}
            }
        });
    }

    /// Asks for the next page, if there is one and it is not asked for already.
    pub fn more(self) {
        let (filter, next, ready) =
            self.list.with_untracked(|list| (list.filter.clone(), list.next, list.state == Loading::Ready));
        if let (Some(next), true) = (next, ready) {
            self.list.update(|list| list.state = Loading::Loading);
            self.fetch(filter, Some(next));
        }
    }

    fn fetch(self, filter: Filter, after: Option<Place>) {
        spawn_local(async move {
            let page = api::page(filter.clone(), after).await;
            if self.list.with_untracked(|list| list.filter != filter) {
                return; // another list has been chosen meanwhile
            }
            match page {
                Ok(page) => self.take_page(page, after),
                Err(Error::SignedOut) => self.signed_out.set(true),
                Err(error) => self.list.update(|list| list.state = Loading::Failed(error)),
            }
        });
    }

    fn take_page(self, page: Page, after: Option<Place>) {
        let Page { rows, next, total, bounded, counts } = page;
        let ids: Vec<ConversationId> = rows.iter().map(|row| row.scene.conversation.id).collect();
        for row in rows {
            self.keep(row);
        }
        let old = self.list.get_untracked();
        let view = old.filter.view;
        let mut known = vec![];
        let mut rest = next;
        match after {
            Some(_) => {
                known.extend(old.ids.iter().copied().filter(|id| !ids.contains(id)));
                known.extend(ids);
            }
            // Looked at again after more than a page was loaded, the rest stays: the list must not jump.
            None if next.is_some() && old.ids.len() > ids.len() => {
                let end = ids.last().and_then(|id| self.place_of(*id, view));
                let behind = |id: &ConversationId| !ids.contains(id) && self.place_of(*id, view) > end;
                let tail: Vec<ConversationId> = old.ids.iter().copied().filter(behind).collect();
                known.extend(ids);
                known.extend(tail);
                rest = old.next;
            }
            None => known.extend(ids),
        }
        self.list.set(List {
            ids: known,
            next: rest,
            total,
            bounded,
            state: Loading::Ready,
            filter: old.filter,
        });
        // What is hoped may stand elsewhere than where the server has it.
        let hoped = self.hopes.with_untracked(|hopes| {
            hopes.iter().map(|hope| hope.request.conversation).collect::<BTreeSet<_>>()
        });
        hoped.into_iter().for_each(|id| self.show(id));
        self.counts.set(counts);
    }

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

    fn take_opened(self, opened: Opened) {
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

    fn add_entries(self, id: ConversationId, entries: Vec<Entry>) {
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

    /// The messages of unanswered orders about a conversation, oldest first.
    pub fn hoped_messages(self, id: ConversationId) -> Vec<Message> {
        let viewer = self.viewer.get();
        self.hopes.with(|hopes| {
            let of_it = hopes.iter().filter(|hope| hope.request.conversation == id);
            of_it.flat_map(|hope| hope.messages(&viewer)).collect()
        })
    }

    /// The neighbour in the list of the conversation on the screen; the first where none is.
    pub fn neighbour(self, by: i64) -> Option<(ConversationId, i64)> {
        let opened = self.opened.with_untracked(Open::number);
        let number =
            |id: ConversationId| Some(self.row(id)?.with_untracked(|row| row.scene.conversation.number));
        self.list.with_untracked(|list| {
            let at = opened.and_then(|opened| list.ids.iter().position(|id| number(*id) == Some(opened)));
            let next = match at {
                None => 0,
                Some(at) => i64::try_from(at).ok()? + by,
            };
            let id = *list.ids.get(usize::try_from(next).ok()?)?;
            Some((id, number(id)?))
        })
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

impl Hope {
    fn messages(&self, viewer: &Viewer) -> Vec<Message> {
        self.request.command.messages(domain::viewer::By::Agent(viewer.agent), self.at)
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

/// The desk of this browser.
pub fn use_desk() -> Desk {
    expect_context()
}
