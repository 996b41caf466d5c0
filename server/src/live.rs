//! Who hears of what. After each commit the log is read once, from where it was read last, and what it says goes to
//! every connected browser whose agent may know: see [`listener`] for one of them, `web/live.rs` for its socket. Visitors
//! hear that something happened in their own conversations: see [`visitors`].
//!
//! What is published is never what somebody remembers to publish, but what the log says; so a browser that was
//! away, a slow one and another server find out in the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use app::backend::Asker;
use axum::extract::ws::Utf8Bytes;
use domain::counter::{Cell, Count};
use domain::id::{AgentId, ContactId, LogId};
use domain::live::{Change, Down, Entry, Told};
use domain::office::Office;
use domain::time::Timestamp;
use domain::viewer::Viewer;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::conversation::log::{self, Since};
use crate::db::{Db, Engine, Tx};
use crate::error::Error;
use crate::server::now;
use crate::{inbox, office, session, sql};
use listener::{Listener, OVERDUE_EVERY};
use looks::{Looked, Looks};
use visitors::{Visitors, Window};

pub mod listener;
mod looks;
pub mod visitors;

/// Pieces of news that a slow browser may fall behind by. They are shared by all; past this a browser loses its
/// queue, never its cursor: it reads the log from there.
const BACKLOG: usize = 256;

/// Entries that are read from the log at once.
const BATCH: usize = 200;

/// How often PostgreSQL is asked whether another server has written. SQLite has one.
const POLL: Duration = Duration::from_millis(250);

/// How often who looks at what is told.
const LOOKS_EVERY: Duration = Duration::from_millis(250);

/// How often it is checked whose session has run out.
const SESSIONS_EVERY: Duration = Duration::from_secs(60);

/// How long a socket waits for its turn to count what is overdue.
const TURN: Duration = Duration::from_secs(1);

/// How long after a failed read of the log it is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Tells connected browsers what happens. Costs nothing while nobody is connected.
pub struct Live {
    hub: Arc<Hub>,
    task: JoinHandle<()>,
}

/// What the listeners share.
struct Hub {
    db: Db,
    office: Arc<office::Cached>,
    /// How far the log was read; nothing while nobody listens.
    known: tokio::sync::Mutex<Option<Known>>,
    news: broadcast::Sender<Arc<News>>,
    looks: Mutex<Looks>,
    visitors: Mutex<Visitors>,
    /// The sessions of the listeners.
    sessions: Mutex<BTreeMap<u64, String>>,
    next: AtomicU64,
    /// Overdue conversations as they were counted last. Held while they are counted: many browsers want to know at
    /// once, and others want to read, too.
    overdue: tokio::sync::Mutex<BTreeMap<AgentId, Overdue>>,
    stopping: watch::Sender<bool>,
    /// The log could not be read: what browsers show is not how things stand.
    is_deaf: AtomicBool,
}

struct Known {
    log: LogId,
    /// Published up to here.
    seq: i64,
    /// The cells are as of here.
    counted: i64,
    cells: BTreeMap<Cell, i64>,
    office: Arc<Office>,
    session_version: i64,
}

/// How many conversations that viewer had overdue at that time, with all entries of the log up to `seq`.
struct Overdue {
    viewer: Viewer,
    seq: i64,
    at: Timestamp,
    count: Count,
}

/// What everybody who listens hears, each through their own sight.
enum News {
    Changes {
        /// The last entry of the log among them.
        seq: i64,
        changes: Vec<Published>,
        /// By how much cells changed, up to the entry `counted`.
        cells: Vec<(Cell, i64)>,
        counted: i64,
    },
    Office {
        before: Arc<Office>,
        now: Arc<Office>,
    },
    /// Only these sessions are good.
    Sessions(BTreeSet<String>),
    Looks(Vec<Looked>),
}

/// A change, and what its sockets send of it: encoded when the first needs it, and then shared.
struct Published {
    change: Change,
    whole: OnceLock<Utf8Bytes>,
    without_whispers: OnceLock<Utf8Bytes>,
    gone: OnceLock<Utf8Bytes>,
}

impl Published {
    fn new(change: Change) -> Self {
        Self { change, whole: OnceLock::new(), without_whispers: OnceLock::new(), gone: OnceLock::new() }
    }

    /// What that viewer is told of it who was told everything up to that entry.
    fn text_for(&self, viewer: &Viewer, sent: i64) -> Option<Utf8Bytes> {
        let is_told = |entry: &Entry| entry.seq <= sent;
        // Who caught up while this was being read has heard of its beginning.
        if self.change.entries.first().is_some_and(is_told) {
            let mut change = self.change.clone();
            change.entries.retain(|entry| !is_told(entry));
            return Published::new(change).text_for(viewer, sent);
        }
        let envelope = |with_whispers| encoded(&Down::Envelope(self.change.envelope(with_whispers).into()));
        let text = match self.change.told_to(viewer) {
            Told::Nothing => return None,
            Told::Gone => self.gone.get_or_init(|| {
                let conversation = self.change.scene.conversation.id;
                encoded(&Down::Gone { seq: self.change.seq, conversation })
            }),
            Told::Whole => self.whole.get_or_init(|| envelope(true)),
            Told::WithoutWhispers => self.without_whispers.get_or_init(|| envelope(false)),
        };
        Some(text.clone())
    }
}

/// As it travels.
fn encoded(down: &Down) -> Utf8Bytes {
    // Maps with keys that are no strings would fail; a test sends every kind.
    serde_json::to_string(down).unwrap_or_default().into()
}

/// Who holds it and panics leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Begins to follow the log on this runtime.
    pub fn new(db: Db, office: Arc<office::Cached>) -> Self {
        let hub = Arc::new(Hub {
            db,
            office,
            known: tokio::sync::Mutex::default(),
            news: broadcast::Sender::new(BACKLOG),
            looks: Mutex::default(),
            visitors: Mutex::default(),
            sessions: Mutex::default(),
            next: AtomicU64::new(0),
            overdue: tokio::sync::Mutex::default(),
            stopping: watch::Sender::new(false),
            is_deaf: AtomicBool::new(false),
        });
        Self { task: tokio::spawn(follow(hub.clone())), hub }
    }

    /// One more browser, that hears nothing before it says hello. `None` where its session has as many as it may.
    pub fn listener(&self, asker: Asker) -> Option<Listener> {
        Listener::new(self.hub.clone(), asker)
    }

    /// One more window of that visitor. `None` where they have as many as may be.
    ///
    /// Errors: [`Error::Unavailable`].
    pub async fn window(&self, contact: ContactId) -> Result<Option<Window>, Error> {
        Window::open(self.hub.clone(), contact).await
    }

    /// How many browsers of the team and chats of visitors are connected here.
    pub fn connected(&self) -> (u32, u32) {
        let n_agents = lock(&self.hub.sessions).len();
        let n_visitors = lock(&self.hub.visitors).len();
        [n_agents, n_visitors].map(|n| u32::try_from(n).unwrap_or(u32::MAX)).into()
    }

    /// Becomes true when the server stops: sockets then say so and close.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.hub.stopping.subscribe()
    }

    /// Lets every socket close, so that browsers look for the server that comes next.
    pub fn stop(&self) {
        self.hub.stopping.send_replace(true);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(hub: Arc<Hub>) {
    let mut commits = hub.db.commits();
    let mut poll = interval(POLL);
    let mut looks = interval(LOOKS_EVERY);
    let mut sessions = interval(SESSIONS_EVERY);
    for timer in [&mut poll, &mut looks, &mut sessions] {
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let polls = hub.db.engine() == Engine::Postgres;
    loop {
        let done = tokio::select! {
            ended = commits.changed() => match ended {
                Ok(()) => hub.catch_up().await,
                Err(_) => return,
            },
            _ = poll.tick(), if polls => hub.catch_up().await,
            _ = sessions.tick() => hub.check_sessions(now()).await,
            _ = looks.tick() => {
                hub.tell_looks(Instant::now());
                Ok(())
            }
        };
        hub.is_deaf.store(done.is_err(), Ordering::Relaxed);
        if let Err(error) = done {
            tracing::warn!(?error, "what happened could not be read; browsers hear of it later");
            tokio::time::sleep(RETRY).await;
            commits.mark_changed();
        }
    }
}

impl Hub {
    /// Reads what was committed since, and tells it.
    async fn catch_up(&self) -> Result<(), Error> {
        let mut guard = self.known.lock().await;
        if self.news.receiver_count() == 0 && lock(&self.visitors).is_empty() {
            *guard = None;
            return Ok(());
        }
        let Some(known) = guard.as_mut() else { return Ok(()) };
        while self.read_on(known).await? {}
        Ok(())
    }

    /// Reads and tells one batch. Whether there is more.
    async fn read_on(&self, known: &mut Known) -> Result<bool, Error> {
        let (cached, seq, counted, version) =
            (self.office.clone(), known.seq, known.counted, known.office.version);
        let read = async move |tx: &mut Tx| {
            let row = tx.q(sql!("select seq, office_version, session_version from workspace")).one().await?;
            let (head, now, session_version): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let office = if now == version { None } else { Some(cached.in_transaction(tx).await?) };
            let since = if head > seq { Some(log::since(tx, seq, BATCH).await?) } else { None };
            let cells = if head > counted { log::cells(tx, counted).await? } else { vec![] };
            Ok::<_, Error>((head, office, session_version, since, cells))
        };
        let (head, office, session_version, since, cells) = self.db.read(read).await?;
        // Rights first: what follows is for those who have them now.
        if let Some(now) = office {
            let before = std::mem::replace(&mut known.office, now.clone());
            self.tell(News::Office { before, now });
        }
        if session_version != known.session_version {
            self.check_sessions(now()).await?;
            known.session_version = session_version;
        }
        let Some(Since { seq, is_cut, changes }) = since else { return Ok(false) };
        let mut moved = vec![];
        for (cell, n) in cells {
            let before = known.cells.insert(cell, n).unwrap_or(0);
            moved.push((cell, n - before));
        }
        (known.seq, known.counted) = (seq, head);
        lock(&self.looks).follow(&changes);
        lock(&self.visitors).tell(&changes);
        let changes = changes.into_iter().map(Published::new).collect();
        self.tell(News::Changes { seq, changes, cells: moved, counted: head });
        Ok(is_cut)
    }

    fn tell(&self, news: News) {
        // That nobody listens is no fault.
        let _ = self.news.send(Arc::new(news));
    }

    fn tell_looks(&self, now: Instant) {
        let looked = lock(&self.looks).changed(now);
        if !looked.is_empty() {
            lock(&self.visitors).tell_looks(&looked);
            self.tell(News::Looks(looked));
        }
    }

    /// How many conversations the viewer has overdue, once everything up to that entry is counted, and when they were
    /// counted. The browsers of one agent share it. Nothing where others take long to count: a socket that waited for them
    /// would say nothing else meanwhile.
    async fn overdue(
        &self,
        viewer: &Viewer,
        seq: i64,
        now: Timestamp,
    ) -> Result<Option<(Count, Timestamp)>, Error> {
        let Ok(mut all) = timeout(TURN, self.overdue.lock()).await else { return Ok(None) };
        let is_good =
            |known: &&Overdue| known.viewer == *viewer && known.seq >= seq && now - known.at < OVERDUE_EVERY;
        if let Some(known) = all.get(&viewer.agent).filter(is_good) {
            return Ok(Some((known.count, known.at)));
        }
        let asks = viewer.clone();
        let read = async move |tx: &mut Tx| {
            Ok::<_, Error>((log::head(tx).await?, inbox::overdue(tx, &asks, now).await?))
        };
        let (seq, count) = self.db.read(read).await?;
        all.insert(viewer.agent, Overdue { viewer: viewer.clone(), seq, at: now, count });
        Ok(Some((count, now)))
    }

    async fn check_sessions(&self, now: Timestamp) -> Result<(), Error> {
        let connected: BTreeSet<String> = lock(&self.sessions).values().cloned().collect();
        if connected.is_empty() {
            return Ok(());
        }
        let connected: Vec<String> = connected.into_iter().collect();
        let good = self.db.read(async move |tx: &mut Tx| session::good(tx, &connected, now).await).await?;
        self.tell(News::Sessions(good));
        Ok(())
    }

    /// How things stand where the news begin that the receiver gets: not one change lies between the two.
    async fn join(&self) -> Result<(broadcast::Receiver<Arc<News>>, Standing), Error> {
        let mut guard = self.known.lock().await;
        let known = self.loaded(&mut guard).await?;
        let standing = Standing { log: known.log, cells: known.cells.clone(), counted: known.counted };
        Ok((self.news.subscribe(), standing))
    }

    /// Follows the log from now on, if nobody has listened so far.
    async fn wake(&self) -> Result<(), Error> {
        self.loaded(&mut *self.known.lock().await).await.map(drop)
    }

    async fn loaded<'k>(&self, known: &'k mut Option<Known>) -> Result<&'k mut Known, Error> {
        Ok(match known {
            Some(known) => known,
            None => known.insert(self.load().await?),
        })
    }

    async fn load(&self) -> Result<Known, Error> {
        let cached = self.office.clone();
        let read = async move |tx: &mut Tx| {
            let row = tx.q(sql!("select seq, session_version from workspace")).one().await?;
            let (seq, session_version) = (row.get(0)?, row.get(1)?);
            let log = log_id(tx).await?;
            let office = cached.in_transaction(tx).await?;
            let cells = log::cells(tx, -1).await?.into_iter().collect();
            Ok::<_, Error>(Known { log, seq, counted: seq, cells, office, session_version })
        };
        self.db.read(read).await
    }
}

/// Where a listener begins.
struct Standing {
    log: LogId,
    cells: BTreeMap<Cell, i64>,
    counted: i64,
}

/// Which log the entries are counted in.
pub async fn log_id(tx: &mut Tx) -> Result<LogId, Error> {
    let row = tx.q(sql!("select log_id from workspace")).one().await?;
    crate::office::id(&row, 0)
}
