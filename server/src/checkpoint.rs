//! Checkpoints: how far both chains had come, and their seals there, written outside the database. Who changes what is
//! before one and computes all seals anew is found out by it, as long as the file itself is out of their reach.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval};

use crate::db::{Db, Tx};
use crate::error::Error;
use crate::server::now;
use crate::{live, sql};

/// How often it is looked how far the chains are.
const EVERY: Duration = Duration::from_secs(60);

/// A checkpoint is due after so many rows of both chains, or after so long where there is one at all.
const ROWS: i64 = 1_000;
const AFTER: domain::time::Duration = domain::time::Duration::hours(1);

/// How far both chains are. Times are UTC milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub at: i64,
    /// Of which log: after a restore it is another.
    pub log: String,
    /// The last entry of the log, and its seal.
    pub seq: i64,
    pub seal: String,
    /// The last record of the audit log, and its seal.
    pub audited: i64,
    pub audit_seal: String,
}

/// How far they are in this transaction; nothing where there is no workspace.
pub async fn stands(tx: &mut Tx, at: Timestamp) -> Result<Option<Checkpoint>, Error> {
    let text = sql!(
        "select seq, coalesce((select e.seal from event e where e.seq = workspace.seq), ''), \
         audited, coalesce((select a.seal from audit a where a.n = workspace.audited), '') from workspace"
    );
    let Some(row) = tx.q(text).opt().await? else { return Ok(None) };
    let (seq, seal, audited, audit_seal) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    let log = live::log_id(tx).await?.to_string();
    Ok(Some(Checkpoint { at: at.0, log, seq, seal, audited, audit_seal }))
}

/// Writes them as long as the server runs.
pub async fn follow(db: Db, file: PathBuf) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = read(&file).ok().and_then(|known| known.into_iter().next_back());
    loop {
        ticks.tick().await;
        match note(&db, &file, last.as_ref(), now()).await {
            Ok(None) => {}
            Ok(noted) => last = noted,
            Err(why) => tracing::warn!(?why, "a checkpoint could not be written; it is tried again"),
        }
    }
}

/// Writes one where it is due after the last.
pub async fn note(
    db: &Db,
    file: &Path,
    last: Option<&Checkpoint>,
    now: Timestamp,
) -> Result<Option<Checkpoint>> {
    let read = db.read(async move |tx: &mut Tx| stands(tx, now).await).await;
    let Some(stands) = read.map_err(|error| anyhow::anyhow!("{error:?}"))? else { return Ok(None) };
    let is_due = last.filter(|last| last.log == stands.log).is_none_or(|last| {
        let n_rows = stands.seq - last.seq + stands.audited - last.audited;
        n_rows >= ROWS || (n_rows > 0 && now - AFTER >= Timestamp(last.at))
    });
    if !is_due {
        return Ok(None);
    }
    append(file, &stands)?;
    // Whoever keeps the lines of the log elsewhere has it there, too.
    tracing::info!(
        seq = stands.seq,
        seal = stands.seal,
        audited = stands.audited,
        audit_seal = stands.audit_seal,
        "checkpoint"
    );
    Ok(Some(stands))
}

fn append(path: &Path, checkpoint: &Checkpoint) -> Result<()> {
    let open = || OpenOptions::new().create(true).append(true).open(path);
    let mut file: File = open().with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(format!("{}\n", serde_json::to_string(checkpoint)?).as_bytes())?;
    Ok(file.sync_data()?)
}

/// Those of a file; none where there is no such file.
///
/// Errors: a line that is none.
pub fn read(path: &Path) -> Result<Vec<Checkpoint>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    let line = |(n, line)| {
        serde_json::from_str(line)
            .with_context(|| format!("line {} of {} is no checkpoint", n + 1, path.display()))
    };
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(line).collect()
}
