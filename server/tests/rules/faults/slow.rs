//! Browsers that read too slowly, or not at all, among many that do.

use server::db::Database;
use tempfile::TempDir;

use super::program::Program;
use super::proxy::Proxy;
use super::stage::{Stage, furnish};
use super::times;
use super::writer::Manner;
use crate::database;

/// Characters of a message: together more than the buffers between server and browser hold.
const LENGTH: usize = 9_000;

/// Orders until the slow ones are let go on.
const ORDERS: u64 = 600;

/// How late who reads may hear of something, in milliseconds, while others do not read.
const LATEST: i64 = 5_000;

#[tokio::test]
async fn one_that_reads_nothing_and_one_that_reads_slowly_hold_nobody_up_on_sqlite() {
    let folder = TempDir::new().unwrap();
    reads_slowly(&database::sqlite(folder.path())).await;
}

#[tokio::test]
async fn one_that_reads_nothing_and_one_that_reads_slowly_hold_nobody_up_on_postgresql() {
    reads_slowly(&database::empty_postgres().await).await;
}

async fn reads_slowly(database: &Database) {
    let conversations = furnish(database).await;
    let program = Program::start(database).await;
    let question = b"POST /api/run";
    let stopped = Proxy::before(program.address, question).await;
    let trickling = Proxy::before(program.address, question).await;
    let stage = Stage {
        sockets: times(10, 66),
        slow: vec![stopped.address, trickling.address],
        manner: Manner { length: LENGTH, ..Manner::default() },
        ..Stage::at(&[program.address])
    };
    let mut memory = (0, 0);
    let account = stage
        .work(&conversations, async |work| {
            memory.0 = program.memory();
            stopped.reads(0);
            trickling.reads(1024);
            while work.n_answered() < ORDERS {
                work.goes_on().await;
            }
            memory.1 = program.memory();
            for proxy in [&stopped, &trickling] {
                assert!(proxy.n_passed() < ORDERS as usize * LENGTH / 2, "it was slow");
                proxy.reads(usize::MAX);
            }
        })
        .await;
    let quick = &account.watchers[..3 * stage.sockets];
    let latest = quick.iter().map(|watcher| watcher.latest).max().unwrap();
    let happened = format!(
        "one reader at 0 B/s and one at 1 KB/s among {} sockets, who reads hears after {latest} ms at most, memory \
         from {} to {} KB",
        account.watchers.len(),
        memory.0 / 1024,
        memory.1 / 1024
    );
    account.scores(database, &happened).await;
    assert!(latest < LATEST, "{latest} ms");
}
