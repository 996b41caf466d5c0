//! One façade over SQLite and PostgreSQL.
//!
//! Both engines run the same SQL text with `$1` placeholders. Values are bounded by both drivers'
//! traits, so that a type which one of them lacks does not compile. Columns are `bigint`, `text`,
//! `blob`/`bytea` and `boolean` only. No constraint is deferred: it would speak at the commit, and take
//! the neighbours of the job with it.
//!
//! Reading order: [`Db`] (read, write, migrate), [`Tx`] and [`Query`] (what work sees), then how
//! writes are gathered into few commits, then how to reach each engine.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use futures::FutureExt;
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Decode, Encode, PgConnection, Postgres, Row as _, Sqlite,
    SqliteConnection, Type,
};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// Most jobs in one commit. Bounds how long the first waits for the last; PostgreSQL also caches no
/// more than 64 sub-transactions a session.
const BATCH: usize = 64;

/// How long a commit waits for as many jobs as the one before it had. A lone job never waits.
const GATHER: Duration = Duration::from_millis(2);

/// Jobs that may wait for one writer. Past this, callers wait in `write` and are told
/// [`Error::Unavailable`] after [`LIMIT`]: better than a queue that only grows.
const QUEUE: usize = 1024;

/// Writers on PostgreSQL, one connection each. SQLite has one by nature.
const WRITERS: usize = 8;

/// Read transactions at a time; the next waits up to [`LIMIT`] for its turn.
const READERS: usize = 8;

/// How long a connection, one job, one read or one commit may take before its connection is dropped.
/// Longer than both engines' own limits (5 s for a lock, 8 s for a statement), which leave it usable.
const LIMIT: Duration = Duration::from_secs(10);

/// Where the data lives. Shown without user and password, so that it may be logged.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file; its folder must exist.
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => write!(f, "SQLite in {}", path.display()),
            Database::Postgres(url) => match url.parse::<PgConnectOptions>() {
                Ok(options) => {
                    let name = options.get_database().unwrap_or_default();
                    write!(f, "PostgreSQL database {name} on {}:{}", options.get_host(), options.get_port())
                }
                Err(_) => write!(f, "PostgreSQL"),
            },
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Why the database did not do it. Texts hold no bound value, user or password.
#[derive(Debug)]
pub enum Error {
    /// It did not answer, or broke off while committing: the work may or may not have been done.
    /// Look it up, or send it again with the same id.
    Unavailable(anyhow::Error),
    /// A unique key is taken. Names the constraint on PostgreSQL and the columns on SQLite
    /// (`label.name`), so match it by [`Error::is_unique`] only, or write `on conflict do nothing`.
    Conflict(String),
    /// A mistake of ours, or a sentence for whoever starts the server ([`Db::migrate`]).
    Fault(anyhow::Error),
}

impl Error {
    pub fn is_unique(&self) -> bool {
        matches!(self, Error::Conflict(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unavailable(why) => write!(f, "the database is not available: {why:#}"),
            Error::Conflict(name) => write!(f, "unique key taken: {name}"),
            Error::Fault(why) => write!(f, "{why:#}"),
        }
    }
}

impl std::error::Error for Error {}

/// Work for one transaction: `async move |tx: &mut Tx| { … Ok(value) }`, with owned captures.
pub trait Work<'t, T, E>: FnOnce(&'t mut Tx) -> Self::Answer + Send + 'static {
    type Answer: Future<Output = Result<T, E>> + Send + 't;
}

impl<'t, T, E, F, A> Work<'t, T, E> for F
where
    F: FnOnce(&'t mut Tx) -> A + Send + 'static,
    A: Future<Output = Result<T, E>> + Send + 't,
{
    type Answer = A;
}

/// A handle to the open database; clones share it.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    source: Arc<Source>,
    turns: Semaphore,
    idle: Mutex<Vec<Conn>>,
    writers: Mutex<Vec<mpsc::Sender<Box<dyn Job>>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Db {
    /// Connects, creating SQLite's file if it is missing, and starts the writers on this runtime.
    ///
    /// Errors: [`Error::Unavailable`] when nothing answers there, [`Error::Fault`] for a bad URL.
    pub async fn open(database: &Database) -> Result<Db, Error> {
        let source = Arc::new(Source::new(database)?);
        // Says now, not at the first request, that there is no database.
        let mut first = Some(limited(source.writing()).await?);
        let n_writers = match source.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => WRITERS,
        };
        let (mut writers, mut tasks) = (Vec::new(), Vec::new());
        for _ in 0..n_writers {
            let (writer, inbox) = mpsc::channel(QUEUE);
            writers.push(writer);
            tasks.push(tokio::spawn(write_batches(source.clone(), first.take(), inbox)));
        }
        let inner = Inner {
            source,
            turns: Semaphore::new(READERS),
            idle: Mutex::default(),
            writers: Mutex::new(writers),
            tasks: Mutex::new(tasks),
        };
        Ok(Db { inner: Arc::new(inner) })
    }

    pub fn engine(&self) -> Engine {
        self.inner.source.engine()
    }

    /// Runs `work` on one consistent snapshot. It cannot change anything, and its hooks are dropped.
    ///
    /// Runs to its end even if the caller goes away: a request cancelled while it begins would leave a
    /// PostgreSQL connection inside a transaction for the next one.
    pub async fn read<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: for<'t> Work<'t, T, E>,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match tokio::spawn(read_snapshot(self.inner.clone(), work)).await {
            Ok(outcome) => outcome,
            Err(ended) => Err(Error::Fault(anyhow!("a read ended early: {ended}")).into()),
        }
    }

    /// Runs `work` in a transaction and returns once it is committed, flushed to disk.
    ///
    /// Work of one `key` (a workspace) queues in one place, in the order it came. It shares its commit
    /// with others: when it refuses or panics, only its own changes are undone. A statement that fails
    /// undoes the work, even if the work goes on and returns `Ok`. Once queued it runs, whether or not
    /// the caller still waits.
    ///
    /// Errors: whatever `work` returns; [`Error::Unavailable`] when it could not begin or when its
    /// commit is unknown; [`Error::Fault`] when it panicked.
    pub async fn write<T, E, W>(&self, key: &str, work: W) -> Result<T, E>
    where
        W: for<'t> Work<'t, T, E>,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let writer = self.writer(key)?;
        let job = Task { key: key.to_owned(), work: Some(work), outcome: None, answer };
        match timeout(LIMIT, writer.send(Box::new(job))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(unavailable("its writer has stopped").into()),
            Err(_) => return Err(unavailable("too many writes are waiting").into()),
        }
        drop(writer);
        answered.await.unwrap_or_else(|_| Err(unavailable("its writer has stopped").into()))
    }

    /// Brings the schema up to the last of `migrations`, each in a transaction of its own, and
    /// returns how many it applied. Two servers may call it at once.
    ///
    /// Errors: [`Error::Fault`] with a sentence for the operator when the database is newer than this
    /// program, or when a migration is no longer the one that was applied.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<usize, Error> {
        let mut tx = Tx::new(limited(self.inner.source.writing()).await?);
        if self.engine() == Engine::Postgres {
            // An index over a large table takes as long as it takes, and so does the wait for another node.
            tx.command("set statement_timeout = 0; set lock_timeout = 0").await?;
        }
        let mut n_applied = 0;
        for migration in migrations {
            tx.begin_writing().await?;
            n_applied += usize::from(migration.apply(&mut tx, migrations).await?);
            tx.command("commit").await?;
        }
        tx.conn.close().await;
        Ok(n_applied)
    }

    /// Lets queued writes finish, refuses new ones and closes the connections.
    pub async fn close(&self) {
        lock(&self.inner.writers).clear();
        let tasks = std::mem::take(&mut *lock(&self.inner.tasks));
        futures::future::join_all(tasks).await;
        let idle = std::mem::take(&mut *lock(&self.inner.idle));
        futures::future::join_all(idle.into_iter().map(Conn::close)).await;
    }

    fn writer(&self, key: &str) -> Result<mpsc::Sender<Box<dyn Job>>, Error> {
        let writers = lock(&self.inner.writers);
        let mut hasher = DefaultHasher::new(); // without a seed: one key, one writer
        key.hash(&mut hasher);
        let place = hasher.finish().checked_rem(writers.len() as u64);
        let writer = place.and_then(|place| writers.get(place as usize));
        writer.cloned().ok_or_else(|| unavailable("the server is stopping"))
    }
}

/// One step of the schema. Texts may hold many statements; on SQLite, one that rebuilds a table
/// starts with `pragma defer_foreign_keys = on`.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Rising from 1.
    pub version: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Migration {
    /// Whether it was missing and has been applied.
    async fn apply(&self, tx: &mut Tx, migrations: &[Migration]) -> Result<bool, Error> {
        if tx.engine() == Engine::Postgres {
            tx.command("select pg_advisory_xact_lock(5748029356)").await?; // ours, chosen once
        }
        tx.command(
            "create table if not exists schema_version \
             (version bigint primary key, name text not null, checksum text not null)",
        )
        .await?;
        let recorded = tx.q(sql!("select version, checksum from schema_version")).all().await?;
        let (engine, mut is_applied) = (tx.engine(), false);
        for row in recorded {
            let (version, checksum): (i64, String) = (row.get(0)?, row.get(1)?);
            check_recorded(version, &checksum, migrations, engine)?;
            is_applied |= version == self.version;
        }
        if is_applied {
            return Ok(false);
        }
        tx.command(self.text(engine)).await.map_err(|error| {
            Error::Fault(anyhow!("Migration {} ({}) failed: {error}", self.version, self.name))
        })?;
        tx.q(sql!("insert into schema_version (version, name, checksum) values ($1, $2, $3)"))
            .bind(self.version)
            .bind(self.name)
            .bind(self.checksum(engine))
            .exec()
            .await?;
        Ok(true)
    }

    fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    /// SHA-256 of the text, in lower-case hex.
    fn checksum(&self, engine: Engine) -> String {
        format!("{:x}", Sha256::digest(self.text(engine)))
    }
}

fn check_recorded(version: i64, checksum: &str, known: &[Migration], engine: Engine) -> Result<(), Error> {
    let newest = known.iter().map(|migration| migration.version).max().unwrap_or_default();
    let Some(migration) = known.iter().find(|migration| migration.version == version) else {
        return Err(Error::Fault(anyhow!(
            "The database has schema version {version}, but this program knows versions up to {newest}. \
             Start the newer Switchboard again, or restore a backup made before the upgrade."
        )));
    };
    if migration.checksum(engine) != checksum {
        return Err(Error::Fault(anyhow!(
            "Migration {version} ({}) is not the one that was applied to this database. \
             Start the Switchboard that applied it, or restore its migration file.",
            migration.name
        )));
    }
    Ok(())
}

/// A statement for both engines; see [`sql!`].
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

/// `sql!("select …")`; with more text for one engine `sql!("select …"; postgres: " for update")`;
/// or two texts `sql!(sqlite: "…", postgres: "…")`.
#[macro_export]
macro_rules! sql {
    (sqlite: $sqlite:expr, postgres: $postgres:expr $(,)?) => {
        $crate::db::Sql { sqlite: $sqlite, postgres: $postgres }
    };
    ($text:literal; postgres: $more:literal) => {
        $crate::db::Sql { sqlite: $text, postgres: concat!($text, $more) }
    };
    ($text:literal; sqlite: $more:literal) => {
        $crate::db::Sql { sqlite: concat!($text, $more), postgres: $text }
    };
    ($text:expr) => {
        $crate::db::Sql { sqlite: $text, postgres: $text }
    };
}
use sql;

/// What can be bound on both engines: `i64`, `bool`, `&str`, `String`, `&[u8]`, `Vec<u8>` and
/// `Option` of these.
pub trait Val<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}
impl<'q, T> Val<'q> for T where T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}

/// What can be read from both engines: as [`Val`].
pub trait Col<'r>: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}
impl<'r, T> Col<'r> for T where T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}

#[derive(Debug)]
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The column at `index`, counted from 0. [`Error::Fault`] if it has another type.
    ///
    /// PostgreSQL tells small numbers from large: write `cast(… as bigint)` around `sum(…)` and around a
    /// number that stands in the SQL itself.
    pub fn get<'r, T: Col<'r>>(&'r self, index: usize) -> Result<T, Error> {
        match self {
            Row::Sqlite(row) => row.try_get(index),
            Row::Postgres(row) => row.try_get(index),
        }
        .map_err(|error| Error::Fault(anyhow!("reading column {index}: {error}")))
    }
}

/// A transaction, as work sees it.
pub struct Tx {
    conn: Conn,
    hooks: Vec<Hook>,
    health: Health,
}

type Hook = Box<dyn FnOnce() + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    Sound,
    /// A statement failed. PostgreSQL refuses all that follow until a rollback; so does the façade on SQLite.
    Failed,
    /// The connection is gone, and with it everything since `begin`.
    Lost,
}

impl Tx {
    pub fn engine(&self) -> Engine {
        match self.conn {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) => Engine::Postgres,
        }
    }

    /// A statement; placeholders are `$1`, `$2`, … on both engines and may repeat.
    /// SQLite takes one that is not bound for null, PostgreSQL refuses it.
    pub fn q(&mut self, sql: Sql) -> Query<'_> {
        let (health, hint) = (&mut self.health, sql.sqlite);
        let bound = match &mut self.conn {
            Conn::Sqlite(conn) => Bound::Sqlite(conn, sqlx::query(sql.sqlite)),
            Conn::Postgres(conn) => Bound::Postgres(conn, sqlx::query(sql.postgres)),
        };
        Query { bound, health, hint }
    }

    /// A statement put together from parts of our own. Never put a value into the text: bind it.
    pub fn built(&mut self, text: String) -> Query<'_> {
        let (health, hint) = (&mut self.health, "a built statement");
        let bound = match &mut self.conn {
            Conn::Sqlite(conn) => Bound::Sqlite(conn, sqlx::query(AssertSqlSafe(text))),
            Conn::Postgres(conn) => Bound::Postgres(conn, sqlx::query(AssertSqlSafe(text))),
        };
        Query { bound, health, hint }
    }

    /// Runs `hook` once this work is committed, after those added before it and before the caller
    /// hears of it; never if the work is refused. It holds up the writer: hand over, do not wait.
    pub fn after_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.hooks.push(Box::new(hook));
    }

    fn new(conn: Conn) -> Tx {
        Tx { conn, hooks: Vec::new(), health: Health::Sound }
    }

    async fn begin_writing(&mut self) -> Result<(), Error> {
        match self.engine() {
            // Deferred, it would find out only at its first write that another process holds the lock.
            Engine::Sqlite => self.command("begin immediate").await,
            Engine::Postgres => self.command("begin").await,
        }
    }

    async fn begin_reading(&mut self) -> Result<(), Error> {
        match self.engine() {
            Engine::Sqlite => self.command("begin deferred").await,
            Engine::Postgres => self.command("begin isolation level repeatable read, read only").await,
        }
    }

    /// Statements without values and without rows, separated by semicolons.
    async fn command(&mut self, text: &'static str) -> Result<(), Error> {
        let done = match &mut self.conn {
            Conn::Sqlite(conn) => sqlx::raw_sql(text).execute(conn).await.map(drop),
            Conn::Postgres(conn) => sqlx::raw_sql(text).execute(conn).await.map(drop),
        };
        self.health.note(done, text)
    }
}

impl Health {
    /// Refuses statements that can no longer count.
    fn check(self) -> Result<(), Error> {
        match self {
            Health::Sound => Ok(()),
            Health::Failed => Err(Error::Fault(anyhow!("an earlier statement of this transaction failed"))),
            Health::Lost => Err(unavailable("the connection was lost")),
        }
    }

    fn note<T>(&mut self, done: Result<T, sqlx::Error>, hint: &str) -> Result<T, Error> {
        done.map_err(|error| {
            *self = if is_lost(&error) { Health::Lost } else { Health::Failed };
            explained(error, hint)
        })
    }
}

/// A statement with its values, to be ended with `all`, `opt`, `one` or `exec`.
#[must_use = "a statement runs when it is ended with all, opt, one or exec"]
pub struct Query<'t> {
    bound: Bound<'t>,
    health: &'t mut Health,
    hint: &'static str,
}

enum Bound<'t> {
    Sqlite(&'t mut SqliteConnection, sqlx::query::Query<'static, Sqlite, SqliteArguments>),
    Postgres(&'t mut PgConnection, sqlx::query::Query<'static, Postgres, PgArguments>),
}

impl<'t> Query<'t> {
    /// The value of the next placeholder. It is copied.
    pub fn bind<'q>(self, value: impl Val<'q>) -> Query<'t> {
        let bound = match self.bound {
            Bound::Sqlite(conn, query) => Bound::Sqlite(conn, query.bind(value)),
            Bound::Postgres(conn, query) => Bound::Postgres(conn, query.bind(value)),
        };
        Query { bound, ..self }
    }

    /// Every row. The statement bounds how many, with `limit`.
    pub async fn all(self) -> Result<Vec<Row>, Error> {
        self.health.check()?;
        let rows = match self.bound {
            Bound::Sqlite(conn, query) => {
                query.fetch_all(conn).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Bound::Postgres(conn, query) => {
                query.fetch_all(conn).await.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        self.health.note(rows, self.hint)
    }

    /// The first row, if there is one.
    pub async fn opt(self) -> Result<Option<Row>, Error> {
        self.health.check()?;
        let row = match self.bound {
            Bound::Sqlite(conn, query) => query.fetch_optional(conn).await.map(|row| row.map(Row::Sqlite)),
            Bound::Postgres(conn, query) => {
                query.fetch_optional(conn).await.map(|row| row.map(Row::Postgres))
            }
        };
        self.health.note(row, self.hint)
    }

    /// The first row. [`Error::Fault`] if there is none.
    pub async fn one(self) -> Result<Row, Error> {
        let hint = self.hint;
        self.opt().await?.ok_or_else(|| Error::Fault(anyhow!("no row: {hint}")))
    }

    /// How many rows it inserted, changed or deleted.
    pub async fn exec(self) -> Result<u64, Error> {
        self.health.check()?;
        let done = match self.bound {
            Bound::Sqlite(conn, query) => query.execute(conn).await.map(|done| done.rows_affected()),
            Bound::Postgres(conn, query) => query.execute(conn).await.map(|done| done.rows_affected()),
        };
        self.health.note(done, self.hint)
    }
}

async fn read_snapshot<T, E, W>(inner: Arc<Inner>, work: W) -> Result<T, E>
where
    W: for<'t> Work<'t, T, E>,
    E: From<Error>,
{
    let Ok(Ok(_turn)) = timeout(LIMIT, inner.turns.acquire()).await else {
        return Err(unavailable("too many reads are waiting").into());
    };
    let idle = lock(&inner.idle).pop();
    let mut tx = limited(begin(idle, inner.source.reading(), async |tx| tx.begin_reading().await)).await?;
    // Past the limit, or in a panic, the connection is dropped with its transaction.
    let outcome = timeout(LIMIT, work(&mut tx)).await.map_err(|_| unavailable("the read took too long"))?;
    if tx.health != Health::Lost && limited(tx.command("rollback")).await.is_ok() {
        lock(&inner.idle).push(tx.conn);
    }
    outcome
}

/// A transaction on the `idle` connection, or on a new one if there is none or it has died unnoticed,
/// as all do when PostgreSQL restarts.
async fn begin(
    idle: Option<Conn>,
    connect: impl Future<Output = Result<Conn, Error>>,
    start: impl AsyncFn(&mut Tx) -> Result<(), Error>,
) -> Result<Tx, Error> {
    if let Some(conn) = idle {
        let mut tx = Tx::new(conn);
        match start(&mut tx).await {
            Ok(()) => return Ok(tx),
            Err(error) if tx.health != Health::Lost => return Err(error),
            Err(_) => {}
        }
    }
    let mut tx = Tx::new(connect.await?);
    start(&mut tx).await?;
    Ok(tx)
}

/// One writer: gathers jobs into batches and commits each batch once, until every sender is gone.
async fn write_batches(source: Arc<Source>, mut idle: Option<Conn>, mut inbox: mpsc::Receiver<Box<dyn Job>>) {
    let mut n_before = 1;
    while let Some(first) = inbox.recv().await {
        let mut batch = gather(first, &mut inbox, n_before).await;
        n_before = batch.len();
        match write_batch(&source, &mut idle, &mut batch).await {
            Ok(hooks) => {
                hooks.into_iter().for_each(run_hook);
                batch.into_iter().for_each(|job| job.settle(None));
            }
            Err(error) => {
                tracing::error!(jobs = batch.len(), %error, "{} writes could not be committed: {error}", batch.len());
                batch.into_iter().for_each(|job| job.settle(Some(&error)));
            }
        }
    }
    if let Some(conn) = idle {
        conn.close().await;
    }
}

/// `first`, those that wait behind it, and those that come within [`GATHER`] while there are fewer
/// than last time: the callers of one commit tend to come back together.
async fn gather(
    first: Box<dyn Job>,
    inbox: &mut mpsc::Receiver<Box<dyn Job>>,
    n_before: usize,
) -> Vec<Box<dyn Job>> {
    let deadline = Instant::now() + GATHER;
    let mut batch = vec![first];
    while batch.len() < BATCH {
        let next = match inbox.try_recv() {
            Ok(job) => Some(job),
            Err(_) if batch.len() < n_before => timeout_at(deadline, inbox.recv()).await.ok().flatten(),
            Err(_) => None,
        };
        match next {
            Some(job) => batch.push(job),
            None => break,
        }
    }
    // Two servers on one PostgreSQL then lock workspaces in one order. Stable: one key keeps its order.
    batch.sort_by(|one, other| one.key().cmp(other.key()));
    batch
}

/// Runs the batch and commits it; returns the hooks to run. On an error nothing of it is acknowledged,
/// refusals neither: they may rest on what a neighbour did.
async fn write_batch(
    source: &Source,
    idle: &mut Option<Conn>,
    batch: &mut [Box<dyn Job>],
) -> Result<Vec<Hook>, Error> {
    let begun = begin(idle.take(), source.writing(), async |tx| tx.begin_writing().await);
    let mut tx = limited(begun).await?;
    let mut hooks = Vec::new();
    limited(tx.command("savepoint job")).await?;
    for job in batch {
        let is_kept =
            timeout(LIMIT, job.run(&mut tx)).await.map_err(|_| unavailable("a write took too long"))?;
        if tx.health == Health::Lost {
            return Err(unavailable("the connection was lost"));
        }
        tx.health = Health::Sound;
        if is_kept {
            hooks.append(&mut tx.hooks);
            limited(tx.command("release savepoint job; savepoint job")).await?;
        } else {
            tx.hooks.clear();
            // The savepoint stays, for the next job.
            limited(tx.command("rollback to savepoint job")).await?;
        }
    }
    limited(tx.command("commit")).await?;
    *idle = Some(tx.conn);
    Ok(hooks)
}

fn run_hook(hook: Hook) {
    if let Err(panic) = std::panic::catch_unwind(AssertUnwindSafe(hook)) {
        tracing::error!("a hook after a commit panicked: {}", panic_message(&*panic));
    }
}

/// Work whose types are hidden from the writer.
trait Job: Send {
    fn key(&self) -> &str;
    /// Runs once; whether what it did is to be kept.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Answers the caller: with what `run` found, or that the batch was lost.
    fn settle(self: Box<Self>, lost: Option<&Error>);
}

struct Task<W, T, E> {
    key: String,
    work: Option<W>,
    outcome: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Job for Task<W, T, E>
where
    W: for<'t> Work<'t, T, E>,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn key(&self) -> &str {
        &self.key
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let ran = AssertUnwindSafe(async { work(&mut *tx).await }).catch_unwind().await;
            let outcome = match ran {
                Ok(Ok(value)) => tx.health.check().map(|()| value).map_err(E::from),
                Ok(Err(refusal)) => Err(refusal),
                Err(panic) => {
                    Err(Error::Fault(anyhow!("a write panicked: {}", panic_message(&*panic))).into())
                }
            };
            self.outcome.insert(outcome).is_ok()
        })
    }

    fn settle(self: Box<Self>, lost: Option<&Error>) {
        let outcome = match (lost, self.outcome) {
            (None, Some(outcome)) => outcome,
            (None, None) => Err(unavailable("its writer did not run it").into()),
            (Some(error), _) => Err(unavailable(error).into()),
        };
        // A caller that went away misses only the answer.
        let _ = self.answer.send(outcome);
    }
}

enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Conn {
    /// Says goodbye; SQLite moves its log into the file when the last connection does.
    async fn close(self) {
        let closed = match self {
            Conn::Sqlite(conn) => conn.close().await,
            Conn::Postgres(conn) => conn.close().await,
        };
        if let Err(error) = closed {
            tracing::warn!(%error, "a database connection did not close: {error}");
        }
    }
}

/// How to reach the database.
enum Source {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

impl Source {
    fn new(database: &Database) -> Result<Source, Error> {
        match database {
            Database::Sqlite(path) => Ok(Source::Sqlite(
                SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .foreign_keys(true)
                    // The default of WAL mode may lose the last commits when the power goes.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5))
                    .statement_cache_capacity(256)
                    .disable_statement_logging(),
            )),
            Database::Postgres(url) => {
                let options: PgConnectOptions =
                    url.parse().map_err(|error| explained(error, "reading the database URL"))?;
                let limits = [
                    ("statement_timeout", "8s"),
                    ("lock_timeout", "5s"),
                    ("idle_in_transaction_session_timeout", "30s"),
                    ("client_min_messages", "warning"),
                ];
                let options = options.application_name("switchboard").options(limits);
                Ok(Source::Postgres(options.statement_cache_capacity(256).disable_statement_logging()))
            }
        }
    }

    fn engine(&self) -> Engine {
        match self {
            Source::Sqlite(_) => Engine::Sqlite,
            Source::Postgres(_) => Engine::Postgres,
        }
    }

    async fn writing(&self) -> Result<Conn, Error> {
        let conn = match self {
            // Stays in the file, so readers need not ask for it: they could be told that it is locked.
            Source::Sqlite(options) => {
                options.clone().journal_mode(SqliteJournalMode::Wal).connect().await.map(Conn::Sqlite)
            }
            Source::Postgres(options) => options.connect().await.map(Conn::Postgres),
        };
        conn.map_err(not_connected)
    }

    async fn reading(&self) -> Result<Conn, Error> {
        let conn = match self {
            Source::Sqlite(options) => {
                options.clone().pragma("query_only", "on").connect().await.map(Conn::Sqlite)
            }
            Source::Postgres(options) => options.connect().await.map(Conn::Postgres),
        };
        conn.map_err(not_connected)
    }
}

fn not_connected(error: sqlx::Error) -> Error {
    Error::Unavailable(anyhow!("no connection: {error}"))
}

/// Whether the connection cannot be used again.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        // Class 08 and 57P: PostgreSQL ends the session.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.len() == 5 && (code.starts_with("08") || code.starts_with("57P"))),
        _ => false,
    }
}

/// Sorts a driver's error into ours. `hint` is the statement, without values.
fn explained(error: sqlx::Error, hint: &str) -> Error {
    let why = anyhow!("{error}, in: {hint}");
    match &error {
        _ if is_lost(&error) => Error::Unavailable(why),
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            let named = database.message().rsplit(": ").next().unwrap_or_default();
            Error::Conflict(database.constraint().unwrap_or(named).to_owned())
        }
        sqlx::Error::Database(database) if database.code().is_some_and(|code| is_passing(&code)) => {
            Error::Unavailable(why)
        }
        _ => Error::Fault(why),
    }
}

/// Whether trying again later can help, by PostgreSQL's SQLSTATE (always five characters) or SQLite's
/// extended result code (at most four, so far).
fn is_passing(code: &str) -> bool {
    if code.len() == 5 {
        // Out of resources, deadlock or serialisation, lock and statement time-outs.
        return code.starts_with("53") || matches!(code, "40P01" | "40001" | "55P03" | "57014");
    }
    // Busy, locked, input or output failed, disk full, cannot open. The low byte is the primary code.
    code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14))
}

fn unavailable(why: impl fmt::Display) -> Error {
    Error::Unavailable(anyhow!("{why}"))
}

async fn limited<T>(step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(LIMIT, step).await.unwrap_or_else(|_| Err(unavailable("it did not answer in time")))
}

/// What these locks guard is whole between statements, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_serves_both_engines_until_a_suffix_says_otherwise() {
        let same = sql!("select 1");
        assert_eq!((same.sqlite, same.postgres), ("select 1", "select 1"));
        let locked = sql!("select 1"; postgres: " for update");
        assert_eq!((locked.sqlite, locked.postgres), ("select 1", "select 1 for update"));
        let two = sql!(sqlite: "select 1", postgres: "select 2");
        assert_eq!((two.sqlite, two.postgres), ("select 1", "select 2"));
    }

    #[test]
    fn a_database_is_shown_without_its_password() {
        let database = Database::Postgres("postgres://ana:hunter2@db.example:5433/desk".into());
        assert_eq!(database.to_string(), "PostgreSQL database desk on db.example:5433");
        assert_eq!(format!("{database:?}"), database.to_string());
    }

    #[test]
    fn a_full_disk_passes_and_a_syntax_error_does_not() {
        let sqlite_full = "13";
        let sqlite_fsync_failed = (10 | (4 << 8)).to_string();
        assert!(is_passing(sqlite_full) && is_passing(&sqlite_fsync_failed));
        assert!(is_passing("53100") && is_passing("40P01"));
        assert!(!is_passing("1") && !is_passing("42601") && !is_passing("2067"));
    }

    #[test]
    fn the_checksum_is_of_the_text_that_ran() {
        let migration = Migration { version: 1, name: "abc", sqlite: "abc", postgres: "" };
        let (abc, empty) = (migration.checksum(Engine::Sqlite), migration.checksum(Engine::Postgres));
        assert!(abc.starts_with("ba7816bf") && abc.ends_with("f20015ad") && abc.len() == 64, "{abc}");
        assert!(empty.starts_with("e3b0c442"), "{empty}");
    }
}
