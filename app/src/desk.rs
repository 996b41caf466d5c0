//! What this browser knows, made reactive: the office, the lists, the open conversation, and the orders that
//! are not yet answered. What is shown is what the server confirmed with every unanswered order that the domain
//! still accepts replayed over it, so that the screen changes at once and there is nothing to roll back.
//!
//! Lives at the root and is never disposed of: answers that come late find it.

use std::collections::{BTreeMap, BTreeSet};

use domain::conversation::{Command, Fact, Scene, applied, decide};
use domain::id::{AgentId, ConversationId};
use domain::message::Message;
use domain::office::Office;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::viewer::{Actor, Viewer};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::backend::{Boot, Counts, Preview, Request, Row};
use crate::conversation::draft::Drafts;
use crate::error::Error;
use crate::ui::toast::Toasts;
use crate::{api, dom};
use list::List;
use thread::Open;

pub mod list;
mod orders;
pub mod thread;

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

/// How far something is loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loading {
    #[default]
    Loading,
    Ready,
    Failed(Error),
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

    /// The signal of a conversation that was learned of.
    pub fn row(self, id: ConversationId) -> Option<ArcRwSignal<Row>> {
        self.rows.with_value(|rows| rows.get(&id).cloned())
    }

    /// The signal of the conversation on the screen; while its thread is on the way, that of its row, so that
    /// a key that is pressed meanwhile is not lost.
    pub fn opened_row(self) -> Option<ArcRwSignal<Row>> {
        let number = |row: &Row| row.scene.conversation.number;
        self.opened.with(|open| match open {
            Open::Thread(thread) => self.row(thread.id),
            Open::Loading(asked) => self
                .rows
                .with_value(|rows| rows.values().find(|row| row.with_untracked(number) == *asked).cloned()),
            Open::Nothing | Open::Failed(..) => None,
        })
    }

    /// What would come of that order now: the facts, or the sentence for the tooltip.
    pub fn try_on(self, scene: &Scene, command: &Command) -> Result<Vec<Fact>, Refusal> {
        let actor = Actor::Agent(self.viewer.get());
        self.office.with(|office| decide(office, scene, &actor, command, self.now.get()))
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

    /// The messages of unanswered orders about a conversation, oldest first.
    pub fn hoped_messages(self, id: ConversationId) -> Vec<Message> {
        let viewer = self.viewer.get();
        self.hopes.with(|hopes| {
            let of_it = hopes.iter().filter(|hope| hope.request.conversation == id);
            of_it.flat_map(|hope| hope.messages(&viewer)).collect()
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

/// The desk of this browser.
pub fn use_desk() -> Desk {
    expect_context()
}
