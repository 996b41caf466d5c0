//! Requests whose senders hang up, at whatever point of the work that is.

use std::time::Duration;

use server::db::{Database, Db, Engine};
use server::sql;
use tempfile::TempDir;
use tokio::time::sleep;

use super::program::Program;
use super::stage::{Stage, furnish};
use super::times;
use super::writer::Manner;
use crate::database;
use crate::office::Office;

/// How often each order is sent by somebody who hangs up before it is answered.
const HANG_UPS: usize = 3;

#[tokio::test]
async fn a_thousand_who_hang_up_leave_no_work_half_done_on_sqlite() {
    let folder = TempDir::new().unwrap();
    hang_up(&database::sqlite(folder.path())).await;
}

#[tokio::test]
async fn a_thousand_who_hang_up_leave_no_work_half_done_on_postgresql() {
    hang_up(&database::empty_postgres().await).await;
}

async fn hang_up(database: &Database) {
    let conversations = furnish(database).await;
    let program = Program::start(database).await;
    let stage =
        Stage { manner: Manner { hang_ups: HANG_UPS, ..Manner::default() }, ..Stage::at(&[program.address]) };
    let account = stage
        .work(&conversations, async |work| {
            while work.n_answered() < times(340, 3_400) as u64 {
                sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
    let score = account.scores(database, &format!("each order sent {HANG_UPS} times by who hangs up")).await;
    assert_eq!(at_rest(database).await, Vec::<String>::new(), "no transaction was left open");
    assert!(score.sent * HANG_UPS >= 1_000, "{score}");
}

/// What rests in a transaction that somebody began.
async fn at_rest(database: &Database) -> Vec<String> {
    let db = Db::open(database).await.unwrap();
    let resting = match db.engine() {
        Engine::Sqlite => vec![],
        Engine::Postgres => {
            let statement = sql!(
                "select query from pg_stat_activity \
                 where datname = current_database() and state like 'idle in transaction%'"
            );
            Office::again(db.clone()).column(statement).await
        }
    };
    db.close().await;
    resting
}
