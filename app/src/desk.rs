//! What this browser knows, made reactive: [`domain::desk::Desk`] decides what is shown, and here are the signals that
//! carry it to the screen, one for each conversation, so that a change of one draws one row.
//!
//! Lives at the root and is never disposed of: answers that come late find it.

use std::collections::{BTreeMap, BTreeSet};

use domain::channel::ChannelKind;
use domain::conversation::{Command, Fact, Scene};
use domain::counter::Counts;
use domain::desk::{Ask, Heard, Hope};
use domain::id::{CommandId, ConversationId};
use domain::live::{Down, Look, Request, Row, Up};
use domain::message::Message;
use domain::office::{Office, Tag};
use domain::refusal::Refusal;
use domain::time::{Duration, Timestamp};
use domain::viewer::Viewer;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::backend::Boot;
use crate::conversation::draft::Drafts;
use crate::error::Error;
use crate::live::Line;
use crate::notices::Notices;
use crate::ui::toast::Toasts;
use crate::{api, dom};
use emoji::AllEmoji;
use list::List;
use outbox::Outbox;
use search::Searching;
use templates::Templates;
use thread::Open;
use uploads::Uploads;

pub mod emoji;
pub mod list;
pub mod outbox;
pub mod search;
pub mod templates;
pub mod thread;
pub mod uploads;

/// A handle; copies are the same desk.
#[derive(Clone, Copy)]
pub struct Desk {
    pub viewer: RwSignal<Viewer>,
    pub office: RwSignal<Office>,
    pub counts: RwSignal<Counts>,
    pub list: RwSignal<List>,
    /// What is searched for; the list shows what was found.
    pub search: RwSignal<Searching>,
    pub opened: RwSignal<Open>,
    /// A conversation that was begun here and is opened when it comes.
    pub begins: RwSignal<Option<Begins>>,
    /// Who else is busy with a conversation.
    pub looks: RwSignal<BTreeMap<ConversationId, Look>>,
    /// The time by the server's clock, each half minute.
    pub now: RwSignal<Timestamp>,
    pub toasts: Toasts,
    pub drafts: Drafts,
    pub uploads: Uploads,
    /// Texts under shortcuts.
    pub templates: Templates,
    pub emoji: AllEmoji,
    /// How one hears that a customer wrote.
    pub notices: Notices,
    /// How the connection stands.
    pub line: RwSignal<Line>,
    /// The server runs another build than this page.
    pub new_version: RwSignal<bool>,
    /// Nobody is signed in any more.
    pub signed_out: RwSignal<bool>,
    /// What a screen reader is told, politely.
    pub announced: RwSignal<String>,
    /// Where a reply was refused because somebody wrote meanwhile, until its author has decided.
    pub stale: RwSignal<Option<(ConversationId, String)>>,
    /// The last order that was given here.
    pub last_order: StoredValue<Option<CommandId>>,
    /// This browser does not keep what is written: its storage is full or forbidden.
    pub forgets: RwSignal<bool>,
    /// Whether somebody can see this page.
    pub visible: RwSignal<bool>,
    /// Which build this page is.
    pub build: StoredValue<String>,
    core: StoredValue<domain::desk::Desk>,
    rows: StoredValue<BTreeMap<ConversationId, ArcRwSignal<Row>>>,
    /// Rises when orders are given or answered.
    ordered: RwSignal<u32>,
    outbox: Outbox,
    /// The list on the screen is counted again, soon.
    recounts: StoredValue<bool>,
    /// What this browser's clock lacks to the server's, in milliseconds.
    behind_ms: StoredValue<i64>,
}

/// A conversation that was begun here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Begins {
    pub id: ConversationId,
    /// What stood on the screen when it was begun: whoever has gone on since is not called back.
    pub from: Option<i64>,
    /// Its number, once it was gone to.
    pub gone_to: Option<i64>,
}

/// How far something is loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loading {
    #[default]
    Loading,
    Ready,
    Failed(Error),
}

/// How long counting again waits for more reasons.
const RECOUNT_WAIT: std::time::Duration = std::time::Duration::from_secs(1);

impl Desk {
    /// An empty one, as it is before the block of data is read.
    pub fn new() -> Self {
        let core = domain::desk::Desk::empty();
        Self {
            viewer: RwSignal::new(core.viewer.clone()),
            office: RwSignal::default(),
            counts: RwSignal::default(),
            list: RwSignal::default(),
            search: RwSignal::default(),
            opened: RwSignal::default(),
            begins: RwSignal::new(None),
            looks: RwSignal::default(),
            now: RwSignal::new(Timestamp(0)),
            toasts: Toasts::new(),
            drafts: Drafts::new(),
            uploads: Uploads::new(),
            templates: Templates::new(),
            emoji: AllEmoji::new(),
            notices: Notices::new(),
            line: RwSignal::default(),
            new_version: RwSignal::new(false),
            signed_out: RwSignal::new(false),
            announced: RwSignal::default(),
            stale: RwSignal::new(None),
            last_order: StoredValue::new(None),
            forgets: RwSignal::new(false),
            visible: RwSignal::new(true),
            build: StoredValue::default(),
            core: StoredValue::new(core),
            rows: StoredValue::default(),
            ordered: RwSignal::new(0),
            outbox: Outbox::new(),
            recounts: StoredValue::new(false),
            behind_ms: StoredValue::new(0),
        }
    }

    /// Takes what the server sent with the page, and what was left in this browser.
    pub fn start(self, boot: Boot) {
        let Boot { snapshot, now, build } = boot;
        let agent = snapshot.viewer.agent;
        self.hear_time(now);
        self.build.set_value(build);
        let opened = snapshot.opened.as_ref().map(|opened| opened.row.scene.conversation.id);
        self.core.update_value(|core| core.start(snapshot, now));
        self.show_list_of_core(Loading::Ready);
        if let Some(id) = opened {
            self.show_thread(id);
        }
        self.drafts.start(self, agent);
        self.notices.start();
        self.restore_orders(agent);
        self.restore_waiting();
        self.bring_up(&BTreeSet::new());
        self.bring_up_people();
        self.count(self.list.with_untracked(|list| list.filter.clone()), false);
    }

    /// Begins anew with what the server says now. False where it does not answer.
    pub async fn start_anew(self) -> bool {
        let filter = self.list.with_untracked(|list| list.filter.clone());
        let number = self.opened.with_untracked(Open::number);
        let me = self.viewer.with_untracked(|viewer| viewer.agent);
        match api::snapshot(filter, number).await {
            // Somebody else has signed in here meanwhile.
            Ok(snapshot) if snapshot.viewer.agent != me => {
                self.signed_out.set(true);
                false
            }
            Ok(snapshot) => {
                let now = self.clock();
                let shown = self.list.with_untracked(|list| list.filter.clone());
                let known = self.rows.with_value(|rows| rows.keys().copied().collect::<BTreeSet<_>>());
                let opened = snapshot.opened.as_ref().map(|opened| opened.row.scene.conversation.id);
                let is_asked_for = self.opened.with_untracked(Open::number) == number;
                let is_shown = snapshot.filter == shown;
                self.core.update_value(|core| core.start(snapshot, now));
                self.bring_up_people();
                self.bring_up_looks();
                match is_shown {
                    true => {
                        self.show_list_of_core(Loading::Ready);
                        self.count(shown, false);
                    }
                    // Another one was chosen while this was on its way.
                    false => self.show_list(shown),
                }
                if let Some(id) = opened.filter(|_| is_asked_for) {
                    self.show_thread(id);
                }
                self.bring_up(&known);
                // One that was opened meanwhile is not in what came.
                let reload = self.opened.with_untracked(|open| match open {
                    Open::Loading(number) => Some(*number),
                    Open::Failed(number, _, error) if *error != Error::Missing => Some(*number),
                    Open::Failed(..) | Open::Nothing | Open::Thread(_) => None,
                });
                reload.into_iter().for_each(|number| self.reload(number));
                true
            }
            Err(Error::SignedOut) => {
                self.signed_out.set(true);
                false
            }
            Err(_) => false,
        }
    }

    /// The time by the server's clock, whatever this machine shows.
    pub fn clock(self) -> Timestamp {
        dom::now() + Duration(self.behind_ms.get_value())
    }

    fn hear_time(self, now: Timestamp) {
        self.behind_ms.set_value((now - dom::now()).0);
        self.now.set(now);
    }

    /// Lets the clock on the screen go on.
    pub fn tick(self) {
        self.now.set(self.clock());
    }

    /// The signal of a conversation that is known.
    pub fn row(self, id: ConversationId) -> Option<ArcRwSignal<Row>> {
        if let Some(signal) = self.rows.with_value(|rows| rows.get(&id).cloned()) {
            return Some(signal);
        }
        let signal = ArcRwSignal::new(self.core.with_value(|core| core.row(id))?);
        self.rows.update_value(|rows| drop(rows.insert(id, signal.clone())));
        Some(signal)
    }

    /// Whether the conversation of that number is known here.
    pub fn knows(self, number: i64) -> bool {
        self.core.with_value(|core| core.numbered(number).is_some())
    }

    /// The signal of the conversation on the screen; while its thread is on the way, that of its row, so that
    /// a key that is pressed meanwhile is not lost.
    pub fn opened_row(self) -> Option<ArcRwSignal<Row>> {
        let id = self.opened.with(|open| match open {
            Open::Thread(thread) => Some(thread.id),
            Open::Loading(number) => self.core.with_value(|core| core.numbered(*number)),
            Open::Nothing | Open::Failed(..) => None,
        });
        self.row(id?)
    }

    /// What the channel of the conversation on the screen is.
    pub fn opened_channel(self) -> Option<ChannelKind> {
        let id = self.opened_row()?.with(|row| row.scene.conversation.channel);
        self.office.with(|office| office.channels.get(&id).map(|channel| channel.kind))
    }

    /// What would come of that order now: the facts, or the sentence for the tooltip.
    pub fn try_on(self, scene: &Scene, command: &Command) -> Result<Vec<Fact>, Refusal> {
        self.viewer.track();
        self.office.track();
        let now = self.now.get();
        self.core.with_value(|core| core.try_on(scene, command, now))
    }

    /// What to say first on a socket.
    pub fn hello(self) -> Up {
        self.looks.set(BTreeMap::new());
        self.core
            .try_update_value(domain::desk::Desk::hello)
            .unwrap_or(Up::Look { at: None, replying: false })
    }

    /// Takes what the server says on the socket. True where everything has to be asked for anew.
    pub fn hear(self, down: Down) -> bool {
        let now = self.clock();
        match &down {
            Down::Head { now, seq: _ } => self.hear_time(*now),
            Down::NewVersion => self.new_version.set(true),
            Down::Envelope(envelope) => {
                self.announce(envelope);
                self.notices.hear(self, envelope);
            }
            Down::Gone { .. }
            | Down::Reset
            | Down::Counts { .. }
            | Down::Office { .. }
            | Down::Availability { .. }
            | Down::Looks(_) => {}
        }
        let is_of_people = matches!(down, Down::Office { .. } | Down::Availability { .. });
        let is_of_looks = matches!(down, Down::Looks(_) | Down::Gone { .. });
        let Some(heard) = self.core.try_update_value(|core| core.hear(down, now)) else { return false };
        if is_of_people {
            self.bring_up_people();
        }
        if is_of_looks {
            self.bring_up_looks();
        }
        self.take(heard)
    }

    /// Says who wrote in the conversation on the screen.
    fn announce(self, envelope: &domain::live::Envelope) {
        let id = envelope.row.scene.conversation.id;
        let is_open = self.opened.with_untracked(|open| open.thread().is_some_and(|thread| thread.id == id));
        let theirs = envelope.entries.iter().rev().filter_map(|entry| entry.message.as_ref());
        let said = theirs.into_iter().find(|message| matches!(message.by, domain::viewer::By::Visitor(_)));
        if let Some(message) = said.filter(|_| is_open) {
            let begin: String = message.text.chars().take(80).collect();
            self.announced
                .set(format!("New message from {}: {begin}", envelope.row.scene.contact.display_name));
        }
    }

    /// Brings the screen up to what was heard. True where everything has to be asked for anew.
    fn take(self, heard: Heard) -> bool {
        let Heard { touched, settled, ask } = heard;
        for id in settled {
            self.settled(id);
        }
        self.bring_up(&touched);
        let mut everything = false;
        for ask in ask {
            match ask {
                Ask::Thread(id) => {
                    let number = self.opened.with_untracked(|open| {
                        open.thread().filter(|thread| thread.id == id).map(|thread| thread.number)
                    });
                    match number {
                        Some(number) => self.reload(number),
                        // It is loaded anew when it is opened.
                        None => self.core.update_value(|core| core.drop_thread(id)),
                    }
                }
                Ask::List => self.recount_soon(),
                Ask::Everything => everything = true,
            }
        }
        everything
    }

    fn recount_soon(self) {
        if !self.recounts.get_value() {
            self.recounts.set_value(true);
            let recount = move || {
                self.recounts.set_value(false);
                // What was found is not counted.
                if !self.search.with_untracked(Searching::is_on) {
                    self.refresh();
                }
            };
            set_timeout(recount, RECOUNT_WAIT);
        }
    }

    /// Brings the signals of conversations, the list, the counts and the thread up to what is known and hoped.
    fn bring_up(self, touched: &BTreeSet<ConversationId>) {
        for id in touched {
            let shown = self.core.with_value(|core| core.row(*id));
            let signal = self.rows.with_value(|rows| rows.get(id).cloned());
            match (signal, shown) {
                (Some(signal), Some(shown)) => {
                    if signal.with_untracked(|row| *row != shown) {
                        signal.set(shown);
                    }
                }
                (Some(_), None) => self.rows.update_value(|rows| drop(rows.remove(id))),
                (None, _) => {}
            }
        }
        let now = self.now.get_untracked();
        let counts = self.core.with_value(|core| core.counts(now));
        if self.counts.with_untracked(|known| *known != counts) {
            self.counts.set(counts);
        }
        self.bring_up_list();
        self.bring_up_thread(touched);
    }

    fn bring_up_people(self) {
        let (viewer, office) = self.core.with_value(|core| (core.viewer.clone(), core.office.clone()));
        if self.viewer.with_untracked(|known| *known != viewer) {
            self.viewer.set(viewer);
        }
        if self.office.with_untracked(|known| *known != office) {
            self.office.set(office);
        }
    }

    fn bring_up_looks(self) {
        let looks = self.core.with_value(|core| core.looks().clone());
        if self.looks.with_untracked(|known| *known != looks) {
            self.looks.set(looks);
        }
    }

    /// The messages of unanswered orders about a conversation, oldest first, and whether the server has them.
    pub fn hoped_messages(self, id: ConversationId) -> Vec<(Message, bool)> {
        self.ordered.track();
        self.core.with_value(|core| {
            let of_it = |hope: &Hope| {
                let messages = hope.messages(core.viewer.agent);
                let is_stored = hope.acknowledged.is_some();
                messages.into_iter().map(move |message| (message, is_stored)).collect::<Vec<_>>()
            };
            core.hopes(id).flat_map(of_it).collect()
        })
    }

    /// Gives an order: the screen changes now, the server hears of it, and what it answers stands.
    /// Returns the order's id; nothing where the domain refuses it already here: then the reason is shown.
    pub fn dispatch(self, id: ConversationId, command: Command) -> Option<CommandId> {
        self.dispatch_held(id, command, Duration::seconds(0))
    }

    /// The same, and it can be taken back for so long.
    pub fn dispatch_held(
        self,
        id: ConversationId,
        command: Command,
        held_for: Duration,
    ) -> Option<CommandId> {
        let row = self.row(id)?;
        let scene = row.with_untracked(|row| row.scene.clone());
        if let Err(refusal) = untrack(|| self.try_on(&scene, &command)) {
            match stale_text(&command, &refusal) {
                Some(text) => self.stale.set(Some((id, text))),
                None => self.toasts.alert(refusal.sentence()),
            }
            return None;
        }
        // Of what was done before, nothing is the last any more.
        if command != Command::Read {
            self.toasts.settle();
        }
        Some(self.give(id, command, held_for))
    }

    /// Gives an order whether it looks possible from here or not.
    pub fn order(self, id: ConversationId, command: Command) -> CommandId {
        self.give(id, command, Duration::seconds(0))
    }

    fn give(self, id: ConversationId, command: Command, held_for: Duration) -> CommandId {
        let by = self.viewer.with_untracked(|viewer| viewer.agent);
        let order = dom::command_id();
        let request = Request { id: order, by, conversation: id, command };
        let held_until = (held_for > Duration::seconds(0)).then(|| dom::now() + held_for);
        if request.command != Command::Read {
            self.last_order.set_value(Some(order));
        }
        let hope = Hope { request, at: self.clock(), acknowledged: None, held_until };
        self.send(hope);
        order
    }

    /// The reply in that conversation that can still be taken back.
    pub fn held_reply(self, id: ConversationId) -> Option<CommandId> {
        self.ordered.track();
        self.outbox.held(id)
    }

    /// A word came into the vocabulary of tags by an order of one's own.
    pub fn learn_tag(self, tag: Tag) {
        self.core.try_update_value(|core| core.learn_tag(tag.clone()));
        self.office.update(|office| drop(office.tags.insert(tag.id, tag)));
    }

    /// Shows what is hoped to come of an order.
    fn hope(self, hope: Hope) {
        let now = self.clock();
        let Some(heard) = self.core.try_update_value(|core| core.hope(hope, now)) else { return };
        self.ordered.update(|n| *n += 1);
        self.let_go();
        self.take(heard);
    }

    /// Shows why something did not happen.
    pub(crate) fn failed(self, error: &Error, id: Option<ConversationId>) {
        self.begins.set(None);
        if *error == Error::SignedOut {
            return self.signed_out.set(true);
        }
        let row = id.and_then(|id| self.row(id)).map(|row| row.get_untracked());
        let is_open =
            |id| self.opened.with_untracked(|open| open.thread().is_some_and(|thread| thread.id == id));
        // Of a conversation that is not on the screen any more it is said which one is meant.
        let elsewhere = row.as_ref().filter(|row| !is_open(row.scene.conversation.id));
        let about = elsewhere
            .map(|row| format!("#{} {}: ", row.scene.conversation.number, row.scene.contact.display_name));
        self.toasts.alert(format!("{}{}", about.unwrap_or_default(), error.sentence()));
    }

    /// The server can be reached again: what did not come is asked for.
    pub fn ask_again(self) {
        let failed = self.opened.with_untracked(|open| match open {
            Open::Failed(number, _, error) if *error != Error::Missing => Some(*number),
            Open::Failed(..) | Open::Nothing | Open::Loading(_) | Open::Thread(_) => None,
        });
        if let Some(number) = failed {
            self.reload(number);
        }
        if self.list.with_untracked(|list| matches!(list.state, Loading::Failed(_))) {
            self.refresh();
        }
    }

    /// A question failed that nobody asked by hand.
    fn unanswered(self, error: &Error) {
        if *error == Error::SignedOut {
            self.signed_out.set(true);
        }
    }

    /// Asks for the list again, leaving what is there until it comes.
    pub fn refresh(self) {
        if self.search.with_untracked(Searching::is_on) {
            return self.find(None);
        }
        let filter = self.list.with_untracked(|list| list.filter.clone());
        spawn_local(async move { self.fetch(filter, None).await });
    }
}

/// The text of a reply that was refused because its author has not seen what came meanwhile.
pub(crate) fn stale_text(command: &Command, refusal: &Refusal) -> Option<String> {
    match (command, refusal) {
        (Command::Reply { words, .. }, Refusal::NewerMessage { .. }) if words.file.is_none() => {
            Some(words.text.clone())
        }
        _ => None,
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

/// The desk of this browser.
pub fn use_desk() -> Desk {
    expect_context()
}
