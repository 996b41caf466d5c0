//! Another program holds the lock of the SQLite file.

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::time::sleep;

use super::program::Program;
use super::stage::{Stage, furnish};
use super::times;
use crate::database;

/// How long it is held. The program waits for five seconds, and may have waited in vain to index words before an order's
/// turn comes: past twice that somebody is told.
const HELD: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(11), Duration::from_secs(4), Duration::from_secs(30)];

#[tokio::test]
async fn a_lock_that_another_program_holds_makes_writers_wait_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let database = database::sqlite(folder.path());
    let conversations = furnish(&database).await;
    let program = Program::start(&database).await;
    let options = SqliteConnectOptions::new().filename(folder.path().join("test.db"));
    let mut other = options.busy_timeout(Duration::from_secs(10)).connect().await.unwrap();
    let held = &HELD[..times(2, HELD.len())];
    let account = Stage::at(&[program.address])
        .work(&conversations, async |work| {
            for length in held {
                work.goes_on().await;
                sqlx::raw_sql("begin immediate").execute(&mut other).await.unwrap();
                let before = work.n_answered();
                sleep(*length).await;
                assert!(work.n_answered() <= before + 8, "one that was committed may still be on its way");
                sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
                work.goes_on().await;
            }
        })
        .await;
    other.close().await.unwrap();
    let score = account.scores(&database, &format!("locked by another program for {held:?}")).await;
    assert!(score.unanswered > 0, "{score}: longer than it waits, and nobody was told");
}
