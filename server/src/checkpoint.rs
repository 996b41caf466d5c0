//! Checkpoints: how far both chains had come, and their seals there, written outside the database. Who changes what is
//! before one and computes all seals anew is found out by it, as long as the file itself is out of their reach.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval};

use crate::backup::Told;
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::server::now;
use crate::sql;

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
         audited, coalesce((select a.seal from audit a where a.n = workspace.audited), ''), log_id from workspace"
    );
    let Some(row) = tx.q(text).opt().await? else { return Ok(None) };
    let (seq, seal, audited, audit_seal) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    // As it stands there: a database that was restored has none before its first start.
    let log = row.get(4)?;
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
    let is_due = last.is_none_or(|last| {
        let n_rows = stands.seq - last.seq + stands.audited - last.audited;
        // Of another log it begins anew.
        last.log != stands.log || n_rows >= ROWS || (n_rows > 0 && now - AFTER >= Timestamp(last.at))
    });
    if !is_due {
        return Ok(None);
    }
    append(file, &Line::Checkpoint(stands.clone()))?;
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

/// Notes that a database goes on from a backup, which ended there: checkpoints of what came after it are void, and so are
/// those of other copies.
pub fn note_restore(file: &Path, told: &Told, now: Timestamp) -> Result<()> {
    let Told { seq, audited, log, .. } = told;
    append(file, &Line::Restored { at: now.0, from: log.clone(), seq: *seq, audited: *audited })
}

/// A line of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Checkpoint(Checkpoint),
    /// From here on that log goes on from that place, under another id.
    Restored {
        at: i64,
        from: String,
        seq: i64,
        audited: i64,
    },
}

fn append(path: &Path, line: &Line) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let open = || OpenOptions::new().create(true).read(true).append(true).open(path);
    let mut file: File = open().with_context(|| format!("{} cannot be written", path.display()))?;
    // What broke off is a line of its own.
    let is_torn = file.seek(SeekFrom::End(-1)).is_ok() && {
        let mut last = [0];
        file.read_exact(&mut last).is_ok() && last != *b"\n"
    };
    let between = if is_torn { "\n" } else { "" };
    file.write_all(format!("{between}{}\n", serde_json::to_string(line)?).as_bytes())?;
    Ok(file.sync_data()?)
}

/// Those of a file that are not void; none where there is no such file. A line that broke off is left out, and logged.
///
/// Errors: a file that cannot be read.
pub fn read(path: &Path) -> Result<Vec<Checkpoint>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    let mut checkpoints: Vec<Checkpoint> = vec![];
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_str(line) {
            Ok(Line::Checkpoint(checkpoint)) => checkpoints.push(checkpoint),
            Ok(Line::Restored { at: _, from, seq, audited }) => {
                // What stands before the first of that log it goes on from itself; others that came after are copies of it.
                let first = checkpoints.iter().position(|known| known.log == from);
                let mut place = 0..;
                checkpoints.retain(|known| {
                    let is_before = place.next() < first;
                    (is_before || known.log == from) && known.seq <= seq && known.audited <= audited
                });
            }
            Err(_) => tracing::warn!("line {} of {} is no checkpoint; it is left out", n + 1, path.display()),
        }
    }
    Ok(checkpoints)
}
