//! What one browser knows: the truth as the server told it, and the orders that the server has not answered.
//! What is shown is the truth with every such order replayed over it that [`decide`] still accepts, so that the
//! screen changes at once and there is nothing to roll back.
//!
//! Truth comes on two ways. Answers to questions ([`Page`], [`Opened`], [`Snapshot`]) say how things stood at some
//! entry of the log; the stream ([`Down`]) says what came after. They cross each other on the way, so each says
//! *as of* which entry it speaks, and the newer word stands whatever comes first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::channel::HELD_AT_MOST;
use crate::contact::Contact;
use crate::conversation::{Command, Fact, Scene, decide};
use crate::counter::{Count, Counts};
use crate::filter::Filter;
use crate::id::{AgentId, CommandId, ConversationId, LogId};
use crate::live::{Cursor, Down, Entry, Envelope, Look, Preview, Receipt, Request, Row, Up};
use crate::message::{Message, MessageKind};
use crate::office::{Office, Tag};
use crate::order::Place;
use crate::refusal::Refusal;
use crate::sight;
use crate::time::Timestamp;
use crate::view::View;
use crate::viewer::{Actor, By, Viewer};

pub use list::List;
pub use thread::Thread;

mod list;
mod thread;

/// Lists that are kept up to date besides the one on the screen: going back to one takes no time and no network. More than
/// there are views.
const LISTS: usize = 24;

/// Threads that are kept up to date besides the one on the screen.
const THREADS: usize = 40;

/// Conversations that are known and in no list or thread; past this they are forgotten.
const STRAYS: usize = 2_000;

/// Notes about a contact that are shown.
pub const CLIENT_NOTES: usize = 50;

/// A piece of a list, as of an entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// As of here.
    pub seq: i64,
    /// In order.
    pub rows: Vec<Row>,
    /// Where the next piece starts; absent at the end.
    pub next: Option<Place>,
    /// How many there are in all. Where a filter narrows the view and there is more, how many are here: to count them takes
    /// longer than to find the first, and is asked for apart. See [`Total`].
    pub total: i64,
    /// Whether there are more than `total` says.
    pub bounded: bool,
    /// The counts of all views.
    pub counts: Counts,
}

/// How many conversations a list holds in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// As of here.
    pub seq: i64,
    /// So many, up to a bound.
    pub n: i64,
    /// Whether there are more.
    pub bounded: bool,
}

/// A conversation as it is opened, as of an entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// As of here.
    pub seq: i64,
    /// Its row.
    pub row: Row,
    /// Its newest entries, oldest first.
    pub entries: Vec<Entry>,
    /// Whether there are earlier ones.
    pub has_earlier: bool,
    /// The contact's other conversations that the viewer may see, newest first, at most ten.
    pub previous: Vec<Row>,
    /// What the team wrote down about the contact, newest first, at most [`CLIENT_NOTES`].
    #[serde(default)]
    pub notes: Vec<Message>,
    /// The contacts that the team has merged with this one.
    #[serde(default)]
    pub also: Vec<Contact>,
}

/// Everything that a browser begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Who looks.
    pub viewer: Viewer,
    /// The directory.
    pub office: Office,
    /// As of here.
    pub cursor: Cursor,
    /// Which list it is.
    pub filter: Filter,
    /// Its first page.
    pub page: Page,
    /// The conversation that the address names; absent where there is none.
    pub opened: Option<Opened>,
}

/// An order that was given in this browser and whose outcome does not stand in the truth yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hope {
    /// The order.
    pub request: Request,
    /// When it was given.
    pub at: Timestamp,
    /// The entry of the log that the server says it wrote, once it has answered.
    pub acknowledged: Option<i64>,
    /// Until when it stays in this browser, so that it can be taken back; by the browser's own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
}

impl Hope {
    /// Whether it can still be taken back. A clock that was set back does not keep it for longer than anybody chose.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|until| now < until && until - now <= HELD_AT_MOST)
    }

    /// The words that it brings.
    pub fn messages(&self, author: AgentId) -> Vec<Message> {
        self.request.command.messages(By::Agent(author), self.at)
    }
}

/// What became of what was heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Conversations that look different now, or are gone.
    pub touched: BTreeSet<ConversationId>,
    /// Orders whose outcome stands in the truth now.
    pub settled: Vec<CommandId>,
    /// What has to be asked for again.
    pub ask: BTreeSet<Ask>,
}

impl Heard {
    fn merge(&mut self, other: Heard) {
        let Heard { touched, settled, ask } = other;
        self.touched.extend(touched);
        self.settled.extend(settled);
        self.ask.extend(ask);
    }

    fn ask(ask: Ask) -> Self {
        Self { ask: [ask].into(), ..Self::default() }
    }
}

/// What a desk cannot find out by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// A thread: what is here has holes.
    Thread(ConversationId),
    /// How many there are in the list on the screen.
    List,
    /// Everything, as at the start.
    Everything,
}

/// The rows, lists and threads of one browser.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Who looks.
    pub viewer: Viewer,
    /// The directory.
    pub office: Office,
    cursor: Cursor,
    /// Between hello and the first head the stream goes back and forth: the cursor waits for its end.
    is_catching_up: bool,
    truth: BTreeMap<ConversationId, Known>,
    /// What went out of sight, and when: an answer from before that must not bring it back.
    gone: BTreeMap<ConversationId, i64>,
    hopes: Vec<Hope>,
    counts: Counts,
    counted_at: i64,
    /// The last one is on the screen.
    lists: Vec<List>,
    /// The last one was opened last.
    threads: Vec<Thread>,
    looks: BTreeMap<ConversationId, Look>,
    /// What a search found.
    found: BTreeSet<ConversationId>,
    /// How many rows were here when they were looked through last.
    tidied: usize,
}

/// A row, complete up to an entry of the log.
#[derive(Clone, Debug)]
struct Known {
    row: Row,
    as_of: i64,
}

impl Desk {
    /// One that knows nothing.
    pub fn empty() -> Self {
        let nobody = Viewer {
            agent: AgentId::new(0),
            permissions: BTreeSet::new(),
            groups: BTreeSet::new(),
            super_admin: false,
        };
        Self {
            viewer: nobody,
            office: Office::default(),
            cursor: Cursor { log: LogId::new(0), seq: 0 },
            is_catching_up: false,
            truth: BTreeMap::new(),
            gone: BTreeMap::new(),
            hopes: vec![],
            counts: Counts::new(),
            counted_at: 0,
            lists: vec![List::of(Filter::default())],
            threads: vec![],
            looks: BTreeMap::new(),
            found: BTreeSet::new(),
            tidied: 0,
        }
    }

    /// Begins, or begins anew. Orders that are not answered stay hoped for.
    pub fn start(&mut self, snapshot: Snapshot, now: Timestamp) {
        let Snapshot { viewer, office, cursor, filter, page, opened } = snapshot;
        let hopes = std::mem::take(&mut self.hopes);
        *self =
            Self { viewer, office, cursor, hopes, lists: vec![List::of(filter.clone())], ..Self::empty() };
        self.take_page(&filter, page, None, now);
        if let Some(opened) = opened {
            self.take_opened(opened, now);
        }
        self.settle(&[]);
    }

    /// What to say first on a socket.
    pub fn hello(&mut self) -> Up {
        self.is_catching_up = true;
        self.looks.clear();
        Up::Hello { after: self.cursor, office: self.office.version, viewer: self.viewer.clone() }
    }

    /// Takes what the server says.
    pub fn hear(&mut self, down: Down, now: Timestamp) -> Heard {
        match down {
            Down::Envelope(envelope) => self.take_envelope(*envelope, now),
            Down::Gone { seq, conversation } => {
                let mut heard = Heard::default();
                if self.truth.get(&conversation).is_none_or(|known| known.as_of <= seq) {
                    self.forget(conversation);
                    self.gone.insert(conversation, seq);
                    heard.touched.insert(conversation);
                    heard.ask.extend(self.recount());
                }
                heard.merge(self.advance(seq, now));
                heard
            }
            Down::Head { seq, now: _ } => {
                self.is_catching_up = false;
                self.advance(seq, now)
            }
            Down::Reset => Heard::ask(Ask::Everything),
            Down::Counts { seq, counts } => {
                self.take_counts(seq, counts);
                Heard::default()
            }
            Down::Office { viewer, office } => {
                (self.viewer, self.office) = (viewer, *office);
                Heard { touched: self.truth.keys().copied().collect(), ..Heard::default() }
            }
            Down::Availability { version, agents } => {
                self.office.version = version;
                for (agent, availability) in agents {
                    self.office.agents.entry(agent).and_modify(|agent| agent.availability = availability);
                }
                Heard::default()
            }
            Down::Looks(looks) => {
                for look in looks {
                    self.looks.insert(look.conversation, look);
                }
                self.looks
                    .retain(|_, look| look.customer || !look.viewing.is_empty() || !look.replying.is_empty());
                Heard::default()
            }
            Down::NewVersion => Heard::default(),
        }
    }

    fn take_envelope(&mut self, envelope: Envelope, now: Timestamp) -> Heard {
        let Envelope { seq, settles, entries, row } = envelope;
        let id = row.scene.conversation.id;
        let mut heard = Heard { touched: [id].into(), ..Heard::default() };
        self.learn(row, seq);
        heard.ask.extend(self.recount());
        heard.ask.extend(self.continue_thread(id, entries));
        heard.settled = self.settle(&settles);
        self.place(id, now);
        heard.merge(self.advance(seq, now));
        if self.truth.len() > self.tidied + STRAYS {
            self.tidy();
        }
        heard
    }

    /// The stream is complete up to there, unless it is catching up.
    fn advance(&mut self, seq: i64, now: Timestamp) -> Heard {
        if self.is_catching_up || seq <= self.cursor.seq {
            return Heard::default();
        }
        self.cursor.seq = seq;
        let hoped: BTreeSet<_> = self.hopes.iter().map(|hope| hope.request.conversation).collect();
        let settled = self.settle(&[]);
        if settled.is_empty() {
            return Heard::default();
        }
        hoped.iter().for_each(|id| self.place(*id, now));
        Heard { touched: hoped, settled, ask: BTreeSet::new() }
    }

    /// Takes a row, unless a newer one is here or it went out of sight since.
    fn learn(&mut self, row: Row, as_of: i64) {
        let id = row.scene.conversation.id;
        if self.gone.get(&id).is_some_and(|gone| *gone > as_of) {
            return;
        }
        self.gone.remove(&id);
        // What was merged into it stands as it does.
        for known in self.truth.values_mut() {
            let mut into = &mut known.row.scene.into;
            while let Some(scene) = into {
                if scene.conversation.id == id {
                    **scene = row.scene.clone();
                    break;
                }
                into = &mut scene.into;
            }
        }
        match self.truth.get_mut(&id) {
            Some(known) => {
                if known.row.scene.conversation.version <= row.scene.conversation.version {
                    known.row = row;
                }
                known.as_of = known.as_of.max(as_of);
            }
            None => drop(self.truth.insert(id, Known { row, as_of })),
        }
    }

    fn forget(&mut self, id: ConversationId) {
        // What was merged into it goes out of sight with it.
        let into =
            |known: &Known| known.row.scene.into.as_ref().is_some_and(|into| into.conversation.id == id);
        let sources: Vec<ConversationId> =
            self.truth.iter().filter(|(_, known)| into(known)).map(|(id, _)| *id).collect();
        self.truth.remove(&id);
        self.looks.remove(&id);
        self.lists.iter_mut().for_each(|list| list.remove(id));
        self.threads.retain(|thread| thread.id != id);
        sources.into_iter().for_each(|source| self.forget(source));
    }

    /// Up to which entry this desk knows all of a conversation.
    fn as_of(&self, id: ConversationId) -> i64 {
        self.truth.get(&id).map_or(0, |known| known.as_of).max(self.cursor.seq)
    }

    /// Drops the hopes that those orders were, and those whose outcome is known. Returns which.
    fn settle(&mut self, settles: &[CommandId]) -> Vec<CommandId> {
        let is_settled = |hope: &Hope| {
            let known = hope.acknowledged.is_some_and(|seq| seq <= self.as_of(hope.request.conversation));
            known || settles.contains(&hope.request.id)
        };
        let settled: Vec<CommandId> =
            self.hopes.iter().filter(|hope| is_settled(hope)).map(|hope| hope.request.id).collect();
        self.hopes.retain(|hope| !settled.contains(&hope.request.id));
        settled
    }

    fn take_counts(&mut self, seq: i64, counts: Counts) {
        if seq >= self.counted_at {
            (self.counted_at, self.counts) = (seq, counts);
        }
    }
}

/// Orders.
impl Desk {
    /// What would come of that order for a conversation as it stands there.
    pub fn try_on(&self, scene: &Scene, command: &Command, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        decide(&self.office, scene, &Actor::Agent(self.viewer.clone()), command, now)
    }

    /// A word that came into the vocabulary by an order of one's own: the directory tells of it a moment later.
    pub fn learn_tag(&mut self, tag: Tag) {
        self.office.tags.insert(tag.id, tag);
    }

    /// Shows what is hoped to come of an order. Given again, it is the same hope.
    pub fn hope(&mut self, hope: Hope, now: Timestamp) -> Heard {
        let id = hope.request.conversation;
        if !self.hopes.iter().any(|known| known.request.id == hope.request.id) {
            self.hopes.push(hope);
        }
        self.place(id, now);
        Heard { touched: [id].into(), ..Heard::default() }
    }

    /// The server has done it. It goes on being hoped until the truth shows it.
    pub fn acknowledge(&mut self, receipt: &Receipt, now: Timestamp) -> Heard {
        let Some(hope) = self.hopes.iter_mut().find(|hope| hope.request.id == receipt.id) else {
            return Heard::default();
        };
        hope.acknowledged = Some(receipt.seq);
        let id = hope.request.conversation;
        let settled = match self.truth.contains_key(&id) {
            true => self.settle(&[]),
            // It went out of sight by what was ordered.
            false => self.settle(&[receipt.id]),
        };
        self.place(id, now);
        Heard { touched: [id].into(), settled, ask: BTreeSet::new() }
    }

    /// The server will not do it: nothing of it is shown any more.
    pub fn give_up(&mut self, id: CommandId, now: Timestamp) -> Option<Hope> {
        let at = self.hopes.iter().position(|hope| hope.request.id == id)?;
        let hope = self.hopes.remove(at);
        self.place(hope.request.conversation, now);
        Some(hope)
    }

    /// What is hoped for a conversation, in the order in which it was ordered.
    pub fn hopes(&self, id: ConversationId) -> impl Iterator<Item = &Hope> {
        self.hopes.iter().filter(move |hope| hope.request.conversation == id)
    }

    /// Whether anything is hoped for.
    pub fn is_hoping(&self) -> bool {
        !self.hopes.is_empty()
    }
}

/// What is shown.
impl Desk {
    /// A conversation as it is known and hoped.
    pub fn row(&self, id: ConversationId) -> Option<Row> {
        let mut row = self.truth.get(&id)?.row.clone();
        for hope in self.hopes(id) {
            let Ok(facts) = self.try_on(&row.scene, &hope.request.command, hope.at) else { continue };
            row.scene = row.scene.after(&hope.request.command, &facts);
            row.preview = hope.messages(self.viewer.agent).last().map(Preview::of).or(row.preview);
        }
        Some(row)
    }

    /// The conversations that are known here.
    pub fn known(&self) -> impl Iterator<Item = ConversationId> {
        self.truth.keys().copied()
    }

    /// The id of a conversation that is known here.
    pub fn numbered(&self, number: i64) -> Option<ConversationId> {
        let known = self.truth.values().map(|known| &known.row.scene.conversation);
        known.filter(|conversation| conversation.number == number).map(|conversation| conversation.id).next()
    }

    /// How many conversations each view holds, hopes counted in.
    pub fn counts(&self, now: Timestamp) -> Counts {
        let mut counts = self.counts.clone();
        let hoped: BTreeSet<_> = self.hopes.iter().map(|hope| hope.request.conversation).collect();
        for id in hoped {
            let (Some(known), Some(shown)) = (self.truth.get(&id), self.row(id)) else { continue };
            for (scene, n) in [(&known.row.scene, -1), (&shown.scene, 1)] {
                let unread = scene.conversation.is_unread();
                let holds = |view: &&View| Filter::of(**view).matches(&self.viewer, scene, now);
                for view in View::ALL.iter().filter(holds) {
                    *counts.entry(*view).or_default() += Count::of(n, unread);
                }
            }
        }
        counts.retain(|_, count| *count != Count::default());
        counts
    }

    /// Who else is busy with which conversation.
    pub fn looks(&self) -> &BTreeMap<ConversationId, Look> {
        &self.looks
    }

    /// Whether that viewer may read whispers there.
    fn reads_whispers(&self, id: ConversationId) -> bool {
        let known = self.truth.get(&id);
        known.is_some_and(|known| sight::readable(&self.viewer, &known.row.scene, MessageKind::Whisper))
    }

    /// Forgets rows that nothing shows, once there are many of them.
    fn tidy(&mut self) {
        if self.gone.len() > STRAYS {
            self.gone.clear(); // by then every answer from before has come
        }
        let shown: BTreeSet<ConversationId> = self
            .lists
            .iter()
            .flat_map(List::ids)
            .chain(self.threads.iter().map(|thread| thread.id))
            .chain(self.found.iter().copied())
            .chain(self.hopes.iter().map(|hope| hope.request.conversation))
            .collect();
        if self.truth.len() > shown.len() + STRAYS {
            let clients: BTreeSet<_> = self.threads.iter().map(|thread| thread.client).collect();
            self.truth.retain(|id, known| {
                shown.contains(id) || clients.contains(&known.row.scene.contact.client())
            });
        }
        self.tidied = self.truth.len();
    }
}

#[cfg(test)]
mod tests;
