//! What the screens ask for, and what they get. The server implements [`Backend`]; `app` knows no more of it.
#![warn(missing_docs)]

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::conversation::{Command, Event, Scene};
use domain::filter::Filter;
use domain::id::{AgentId, CommandId, ConversationId};
use domain::message::{Delivery, Message};
use domain::office::{Availability, Office};
use domain::order::Place;
use domain::time::Timestamp;
use domain::view::View;
use domain::viewer::{By, Viewer};
use leptos::prelude::{expect_context, use_context};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What an asynchronous port answers with.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Rows on a page of a list.
pub const PAGE: usize = 50;

/// Entries of a thread that come at once.
pub const ENTRIES: usize = 50;

/// Everything that a signed-in agent's screens ask of the server. Each looks through the viewer: what they
/// may not see is [`Error::Missing`] or left out. Any may answer [`Error::Unavailable`].
pub trait Backend: Send + Sync + 'static {
    /// What the workspace starts with, in the view of `filter`, with one conversation open if it is named.
    fn boot<'a>(&'a self, viewer: &'a Viewer, filter: Filter, open: Option<i64>) -> Answer<'a, Boot>;

    /// At most [`PAGE`] rows after that place, in the order of the filter's view.
    fn page<'a>(&'a self, viewer: &'a Viewer, filter: Filter, after: Option<Place>) -> Answer<'a, Page>;

    /// A conversation by its number with its newest [`ENTRIES`] entries.
    fn open<'a>(&'a self, viewer: &'a Viewer, number: i64) -> Answer<'a, Opened>;

    /// At most [`ENTRIES`] entries before that `seq`, oldest first.
    fn earlier<'a>(&'a self, viewer: &'a Viewer, id: ConversationId, before: i64) -> Answer<'a, Vec<Entry>>;

    /// How busy each colleague is, for whoever hands over.
    fn workload<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, BTreeMap<AgentId, i64>>;

    /// Does what is ordered, once. The same id with the same order gets the same answer; with another order
    /// it is refused.
    fn run<'a>(&'a self, viewer: &'a Viewer, request: Request) -> Answer<'a, Outcome>;

    /// The directory as it is now, and the viewer's rights in it.
    fn office<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, (Viewer, Office)>;

    /// Says whether the viewer is at their desk.
    fn set_availability<'a>(&'a self, viewer: &'a Viewer, availability: Availability) -> Answer<'a, ()>;

    /// Where the viewer is signed in.
    fn sessions<'a>(&'a self, asker: &'a Asker) -> Answer<'a, Vec<Session>>;

    /// Ends one of the viewer's own sessions.
    fn revoke<'a>(&'a self, asker: &'a Asker, session: String) -> Answer<'a, ()>;
}

/// Who is signed in on this request.
#[derive(Clone, Debug)]
pub struct Asker {
    /// As the rules see them.
    pub viewer: Viewer,
    /// Which of their sessions asks.
    pub session: String,
}

/// The server, and who asks it. [`Error::SignedOut`] where nobody does.
pub fn ask() -> Result<(Arc<dyn Backend>, Asker), Error> {
    let asker = use_context::<Option<Asker>>().flatten().ok_or(Error::SignedOut)?;
    Ok((expect_context::<Arc<dyn Backend>>(), asker))
}

/// What the workspace starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boot {
    /// Who looks.
    pub viewer: Viewer,
    /// The directory.
    pub office: Office,
    /// The newest entry of the log that this is complete up to.
    pub head: i64,
    /// The time on the server, so that a wrong clock in the browser is noticed.
    pub now: Timestamp,
    /// Which list it is.
    pub filter: Filter,
    /// Its first page.
    pub page: Page,
    /// How many conversations each view holds.
    pub counts: Counts,
    /// The conversation that the address names; absent where there is none.
    pub opened: Option<Opened>,
}

/// How many conversations each view holds for the viewer. An absent view holds none.
pub type Counts = BTreeMap<View, i64>;

/// A piece of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// In order.
    pub rows: Vec<Row>,
    /// Where the next piece starts; absent at the end.
    pub next: Option<Place>,
    /// How many there are in all: exact up to a bound, see `bounded`.
    pub total: i64,
    /// Whether there are more than `total` says.
    pub bounded: bool,
    /// The counts of all views, as of the same moment.
    pub counts: Counts,
}

/// A conversation in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The conversation and who writes.
    pub scene: Scene,
    /// The newest message that the viewer may read.
    pub preview: Option<Preview>,
}

/// The beginning of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Who wrote it.
    pub by: By,
    /// Whether it is a whisper or note.
    pub private: bool,
    /// At most 140 characters.
    pub text: String,
}

/// A conversation as it is opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Its row.
    pub row: Row,
    /// Its newest entries, oldest first.
    pub entries: Vec<Entry>,
    /// Whether there are earlier ones.
    pub has_earlier: bool,
    /// The contact's other conversations that the viewer may see, newest first, at most ten.
    pub previous: Vec<Row>,
}

/// A line of a thread: an event, with its words if it has some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log; rises.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// What happened. Absent where a newer server knows more than this browser.
    pub event: Option<Event>,
    /// The words.
    pub message: Option<Message>,
    /// How far a public message of ours got.
    pub delivery: Option<Delivery>,
}

/// An order about one conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Made by who orders; the same on every retry.
    pub id: CommandId,
    /// About which conversation.
    pub conversation: ConversationId,
    /// What.
    pub command: Command,
    /// The newest entry of its thread that the browser has.
    pub after: i64,
}

/// What is kept of an order that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which.
    pub id: CommandId,
    /// The last entry that it wrote in the log; that of the conversation before it if it changed nothing.
    pub seq: i64,
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its receipt.
    pub receipt: Receipt,
    /// The conversation now; absent where the viewer sees it no more.
    pub row: Option<Row>,
    /// The entries after the newest that the browser had.
    pub entries: Vec<Entry>,
    /// The counts now.
    pub counts: Counts,
}

/// A place where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// To name it by; not the secret.
    pub id: String,
    /// The browser, as it calls itself.
    pub device: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it last asked for something.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}
