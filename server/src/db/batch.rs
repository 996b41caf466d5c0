//! Group commit: a writer gathers the jobs that wait, runs each inside a savepoint, and commits once.
//! One flush to disk then serves up to [`BATCH`] callers.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::connection::{Conn, Source};
use super::error::{Error, unavailable};
use super::tx::{Health, Tx};
use super::{LIMIT, Work, limited, with_connection};

/// Most jobs in one commit. Bounds how long the first waits for the last; PostgreSQL also caches no
/// more than 64 sub-transactions a session.
const BATCH: usize = 64;

/// How long a commit waits for as many jobs as the one before it had. A lone job never waits.
const GATHER: Duration = Duration::from_millis(2);

/// `work` for a writer that minds the order of `key`, and where its answer will be.
pub(super) fn job<T, E, W>(key: &str, work: W) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    W: for<'t> Work<'t, T, E>,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let task = Task { key: key.to_owned(), work: Some(work), outcome: None, answer };
    (Box::new(task), answered)
}

/// Gathers jobs into batches and commits each batch once.
pub(super) struct Writer {
    pub source: Arc<Source>,
    /// A connection without a transaction.
    pub idle: Option<Conn>,
    /// Counts what was committed.
    pub commits: watch::Sender<u64>,
    /// Whether the newest commit of any writer failed.
    pub is_failing: Arc<AtomicBool>,
}

impl Writer {
    /// Works until every sender is gone.
    pub async fn write_batches(mut self, mut inbox: mpsc::Receiver<Box<dyn Job>>) {
        let mut n_before = 1;
        while let Some(first) = inbox.recv().await {
            let mut batch = gather(first, &mut inbox, n_before).await;
            n_before = batch.len();
            let written = write_batch(&self.source, &mut self.idle, &mut batch).await;
            self.is_failing.store(written.is_err(), Ordering::Relaxed);
            match written {
                Ok(()) => {
                    self.commits.send_modify(|n| *n += 1);
                    batch.into_iter().for_each(|job| job.settle(None));
                }
                Err(error) => {
                    let jobs = batch.len();
                    tracing::error!(jobs, %error, "{jobs} writes could not be committed: {error}");
                    batch.into_iter().for_each(|job| job.settle(Some(&error)));
                }
            }
        }
        if let Some(conn) = self.idle {
            conn.close().await;
        }
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
    // Two servers then take the turns of their keys in one order. Stable: one key keeps its order.
    batch.sort_by(|one, other| one.key().cmp(other.key()));
    batch
}

/// Runs the batch and commits it. On an error nothing of it is acknowledged,
/// refusals neither: they may rest on what a neighbour did.
async fn write_batch(
    source: &Source,
    idle: &mut Option<Conn>,
    batch: &mut [Box<dyn Job>],
) -> Result<(), Error> {
    // In one transaction the second job takes its rows after the first took the log's: without their turns, two
    // servers on one PostgreSQL would wait for each other.
    let mut keys: Vec<String> = batch.iter().map(|job| job.key().to_owned()).collect();
    keys.dedup();
    let begun = with_connection(idle.take(), source.writing(), |tx| Box::pin(tx.begin_writing(keys.clone())));
    let (mut tx, ()) = limited(begun).await?;
    // Who is alone undoes nobody else's work.
    let n_jobs = batch.len();
    if n_jobs > 1 {
        limited(tx.command("savepoint job")).await?;
    }
    let mut end = "commit";
    for (n, job) in (1..).zip(batch) {
        let is_kept =
            timeout(LIMIT, job.run(&mut tx)).await.map_err(|_| unavailable("a write took too long"))?;
        if tx.health == Health::Lost {
            return Err(unavailable("the connection was lost"));
        }
        tx.health = Health::Sound;
        match is_kept {
            // The commit keeps the last one, too.
            true if n == n_jobs => {}
            true => limited(tx.command("release savepoint job; savepoint job")).await?,
            false if n_jobs == 1 => end = "rollback",
            // The savepoint stays, for the next job.
            false => limited(tx.command("rollback to savepoint job")).await?,
        }
    }
    limited(tx.command(end)).await?;
    *idle = Some(tx.conn);
    Ok(())
}

/// Work whose types are hidden from the writer.
pub(super) trait Job: Send {
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

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
