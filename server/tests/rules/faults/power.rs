//! The power goes. What the kernel was told to flush is there; of the rest, anything.

use std::path::Path;

use domain::id::CommandId;
use server::db::{Database, Db};
use server::sql;
use tempfile::TempDir;

use super::account::{Account, Written};
use super::program::Program;
use super::stage::{Stage, furnish};
use super::trace::{Trace, by, nothing, tracer};
use super::{Chance, times};
use crate::database;
use crate::office::Office;
use crate::start::{program_by, url};

/// Orders that are acknowledged before it ends.
const ORDERS: u64 = 512;

/// Clocks of the kernel's trace and of the journals, in seconds: apart by the journals' milliseconds.
const BLUR: f64 = 0.002;

#[tokio::test]
async fn what_was_acknowledged_outlives_a_power_cut() {
    let (folder, before, traces) =
        (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let database = database::sqlite(folder.path());
    let conversations = furnish(&database).await;
    copy(folder.path(), before.path());
    let path = traces.path().join("trace");
    let mut program = Program::start_by(&tracer(&path), url(&database)).await;
    let account = Stage::at(&[program.address])
        .work(&conversations, async |work| {
            while work.n_answered() < ORDERS {
                work.goes_on().await;
            }
        })
        .await;
    program.kill();
    let trace = Trace::of(&path, folder.path()).await;
    let mut chance = Chance::new("power cuts");
    let cuts = times(20, 300);
    let mut acknowledged = 0;
    for cut in 0..cuts {
        // At any moment, and with nothing at all of what was not flushed.
        let n = chance.below(trace.events.len() as u64) as usize;
        let disk = match cut % 4 {
            0 => trace.disk(before.path(), n, &mut nothing),
            _ => trace.disk(before.path(), n, &mut by(&mut chance)),
        };
        let found = TempDir::new().unwrap();
        disk.put(found.path());
        let at = trace.events[n].at;
        acknowledged += holds(&account, &database::sqlite(found.path()), at - BLUR).await;
    }
    println!(
        "SCORE SQLite: {cuts} power cuts in {} writes and flushes, {acknowledged} orders acknowledged before them",
        trace.events.len()
    );
    assert!(acknowledged > ORDERS as usize, "cuts in the middle of it");
}

/// That database holds what was acknowledged before that moment, and is whole. Returns how much that is.
async fn holds(account: &Account, database: &Database, moment: f64) -> usize {
    let db = Db::open(database).await.unwrap();
    let office = Office::again(db.clone());
    let written = Written::read(&office, &account.conversations).await;
    let receipts = office.column(sql!("select command_id from command")).await;
    let before = |at: domain::time::Timestamp| (at.0 as f64) / 1e3 < moment;
    let mut n = 0;
    for sent in account.sent.iter().flatten().filter(|sent| sent.acknowledged_at.is_some_and(before)) {
        let seq = sent.seq.unwrap();
        let said = written.at(seq).and_then(|entry| entry.message.as_ref());
        assert_eq!(
            said.map(|message| (message.id, &message.text)),
            Some((sent.words().id, &sent.words().text))
        );
        let id: CommandId = sent.request.id;
        assert!(receipts.contains(&id.to_string()), "sent again, {id} is not done again");
        n += 1;
    }
    written.makes_the_conversations(&office).await;
    written.is_sound(&office).await;
    db.close().await;
    n
}

/// A backup that was said to be there is there, whole, whatever happens next.
#[tokio::test]
async fn a_backup_outlives_a_power_cut_right_after_it() {
    let (folder, traces, empty) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let backups = TempDir::new().unwrap();
    let database = database::sqlite(folder.path());
    furnish(&database).await;
    let (trace, backup) = (traces.path().join("trace"), backups.path().join("switchboard.backup"));
    let done = program_by(&tracer(&trace))
        .args(["backup", &backup.display().to_string(), "--database", &url(&database)])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let trace = Trace::of(&trace, backups.path()).await;
    let disk = trace.disk(empty.path(), trace.events.len(), &mut nothing);
    let kept = disk.files.get("switchboard.backup").map(|file| &file.kept);
    assert!(kept == Some(&std::fs::read(&backup).unwrap()), "flushed, with its name");
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
