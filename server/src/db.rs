//! One façade over SQLite and PostgreSQL.
//!
//! Both engines run the same SQL text with `$1` placeholders. Values are bounded by both drivers'
//! traits, so that a type which one of them lacks does not compile. Columns are `bigint`, `text`,
//! `blob`/`bytea` and `boolean` only. No constraint is deferred: it would speak at the commit, and take
//! the neighbours of the job with it.
//!
//! Reading order: [`Db`] here (read, write, migrate), `tx` and `statement` (what work sees), `batch`
//! (how writes share commits), `migration`, `error`, `connection` (how to reach each engine).

mod batch;
mod connection;
mod copy;
mod error;
mod migration;
mod statement;
mod tx;

use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use futures::future::BoxFuture;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use batch::{Job, Writer};
use connection::{Conn, Source};
use error::unavailable;
use tx::Health;

pub use connection::{Database, Engine};
pub use copy::copy;
pub use error::Error;
pub use migration::Migration;
pub use statement::{Col, Query, Row, Sql, Val};
pub use tx::Tx;

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
    commits: watch::Sender<u64>,
    is_failing: Arc<AtomicBool>,
}

impl Db {
    /// Connects, creating SQLite's file if it is missing, and starts the writers on this runtime.
    ///
    /// Errors: [`Error::Unavailable`] when nothing answers there, [`Error::Fault`] for a bad URL.
    pub async fn open(database: &Database) -> Result<Db, Error> {
        Db::at(Source::new(database)?).await
    }

    /// Looks at a SQLite file that nobody else uses, and leaves it and its folder as they are.
    pub async fn look_at(path: &std::path::Path) -> Result<Db, Error> {
        Db::at(Source::still(path)).await
    }

    async fn at(source: Source) -> Result<Db, Error> {
        let source = Arc::new(source);
        // Says now, not at the first request, that there is no database.
        let mut first = Some(limited(source.writing()).await?);
        let n_writers = match source.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => WRITERS,
        };
        let (mut writers, mut tasks) = (Vec::new(), Vec::new());
        let (commits, is_failing) = (watch::Sender::new(0), Arc::new(AtomicBool::new(false)));
        for _ in 0..n_writers {
            let (writer, inbox) = mpsc::channel(QUEUE);
            writers.push(writer);
            let writer = Writer {
                source: source.clone(),
                idle: first.take(),
                commits: commits.clone(),
                is_failing: is_failing.clone(),
            };
            tasks.push(tokio::spawn(writer.write_batches(inbox)));
        }
        let inner = Inner {
            source,
            turns: Semaphore::new(READERS),
            idle: Mutex::default(),
            writers: Mutex::new(writers),
            tasks: Mutex::new(tasks),
            commits,
            is_failing,
        };
        Ok(Db { inner: Arc::new(inner) })
    }

    pub fn engine(&self) -> Engine {
        self.inner.source.engine()
    }

    /// The newest commit failed: a full disk, a database that went away. It is tried again with the next write.
    pub fn is_failing(&self) -> bool {
        self.inner.is_failing.load(Ordering::Relaxed)
    }

    /// Changes whenever this process has committed something, before whoever wrote it hears of it. Says nothing of
    /// what it was, nor of other processes: whoever wants to know reads.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.inner.commits.subscribe()
    }

    /// Runs `work` on one consistent snapshot. It cannot change anything.
    ///
    /// Runs to its end even if the caller goes away: a request cancelled while it begins would leave a
    /// PostgreSQL connection inside a transaction for the next one.
    pub async fn read<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: for<'t> Work<'t, T, E>,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let task = tokio::spawn(read_snapshot(self.inner.clone(), work, answer));
        match answered.await {
            Ok(outcome) => outcome,
            Err(_) => {
                let ended = task.await.err().map(|ended| ended.to_string()).unwrap_or_default();
                Err(Error::Fault(anyhow!("a read ended early: {ended}")).into())
            }
        }
    }

    /// The first row of one statement, where there is one: [`Db::read`] without the two messages to PostgreSQL that
    /// begin and end a transaction. `ask` may be called twice.
    pub async fn row(
        &self,
        ask: impl for<'t> Fn(&'t mut Tx) -> Query<'t> + Send + 'static,
    ) -> Result<Option<Row>, Error> {
        let inner = self.inner.clone();
        let task = tokio::spawn(async move {
            let _turn = inner.turn().await?;
            let idle = lock(&inner.idle).pop();
            let asked = with_connection(idle, inner.source.reading(), move |tx| Box::pin(ask(tx).opt()));
            let (tx, row) = limited(asked).await?;
            lock(&inner.idle).push(tx.conn);
            Ok(row)
        });
        task.await.unwrap_or_else(|ended| Err(Error::Fault(anyhow!("a read ended early: {ended}"))))
    }

    /// Runs `work` in a transaction and returns once it is committed, flushed to disk.
    ///
    /// Work of one `key` (a workspace) queues in one place, in the order it came. It shares its commit
    /// with others: when it refuses or panics, only its own changes are undone. A statement that fails
    /// undoes the work, even if the work goes on and returns `Ok`. Once queued it runs, whether or not
    /// the caller still waits. Everybody else waits for it: ask no other service in it, and no `write`,
    /// which would wait for itself.
    ///
    /// Errors: whatever `work` returns; [`Error::Unavailable`] when it could not begin or when its
    /// commit is unknown; [`Error::Fault`] when it panicked.
    pub async fn write<T, E, W>(&self, key: &str, work: W) -> Result<T, E>
    where
        W: for<'t> Work<'t, T, E>,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let writer = self.writer(key)?;
        let (job, answer) = batch::job(key, work);
        match timeout(LIMIT, writer.send(job)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(unavailable("its writer has stopped").into()),
            Err(_) => return Err(unavailable("too many writes are waiting").into()),
        }
        drop(writer);
        answer.await.unwrap_or_else(|_| Err(unavailable("its writer has stopped").into()))
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
            tx.begin_writing(vec![]).await?;
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

impl Inner {
    /// A read's turn, which ends when it is dropped.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        match timeout(LIMIT, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(unavailable("too many reads are waiting")),
        }
    }
}

/// Answers as soon as `work` has found what it looks for: nobody waits for the end of its transaction.
async fn read_snapshot<T, E, W>(inner: Arc<Inner>, work: W, answer: oneshot::Sender<Result<T, E>>)
where
    W: for<'t> Work<'t, T, E>,
    E: From<Error>,
{
    let begun = async {
        let turn = inner.turn().await?;
        let idle = lock(&inner.idle).pop();
        let begun = with_connection(idle, inner.source.reading(), |tx| Box::pin(tx.begin_reading()));
        limited(begun).await.map(|(tx, ())| (turn, tx))
    };
    // Whoever went away misses only the answer.
    let (_turn, mut tx) = match begun.await {
        Ok(begun) => begun,
        Err(error) => return drop(answer.send(Err(error.into()))),
    };
    // Past the limit, or in a panic, the connection is dropped with its transaction.
    let Ok(outcome) = timeout(LIMIT, work(&mut tx)).await else {
        return drop(answer.send(Err(unavailable("the read took too long").into())));
    };
    drop(answer.send(outcome));
    if tx.health != Health::Lost && limited(tx.command("rollback")).await.is_ok() {
        lock(&inner.idle).push(tx.conn);
    }
}

/// Begins on the `idle` connection, or on a new one if there is none or it has died unnoticed, as all do when
/// PostgreSQL restarts.
async fn with_connection<T>(
    idle: Option<Conn>,
    connect: impl Future<Output = Result<Conn, Error>>,
    start: impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, Error>>,
) -> Result<(Tx, T), Error> {
    if let Some(conn) = idle {
        let mut tx = Tx::new(conn);
        match start(&mut tx).await {
            Ok(begun) => return Ok((tx, begun)),
            Err(error) if tx.health != Health::Lost => return Err(error),
            Err(_) => {}
        }
    }
    let mut tx = Tx::new(connect.await?);
    let begun = start(&mut tx).await?;
    Ok((tx, begun))
}

async fn limited<T>(step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(LIMIT, step).await.unwrap_or_else(|_| Err(unavailable("it did not answer in time")))
}

/// What these locks guard is whole between statements, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
