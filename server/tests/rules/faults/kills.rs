//! The program is killed again and again.

use std::time::Duration;

use server::db::Database;
use tempfile::TempDir;
use tokio::time::sleep;

use super::program::Program;
use super::stage::{Stage, furnish};
use super::{Chance, times};
use crate::database;

/// Longer than PostgreSQL lets a transaction rest: what a paused server has locked is free again by then.
const PAUSE: Duration = Duration::from_secs(9);

/// What the program may take until it answers again. In release it is ready after a moment.
const SLOWEST_START: Duration = Duration::from_secs(10);

#[tokio::test]
async fn what_was_acknowledged_outlives_every_kill_on_sqlite() {
    let folder = TempDir::new().unwrap();
    outlives_kills(&database::sqlite(folder.path()), 1).await;
}

#[tokio::test]
async fn what_was_acknowledged_outlives_every_kill_on_postgresql() {
    outlives_kills(&database::empty_postgres().await, 1).await;
}

/// Two servers on one PostgreSQL, each killed in turn, and one paused for longer than it may hold what it locked:
/// whoever was there goes on at the other.
#[tokio::test]
async fn two_servers_are_one_house_and_either_goes_on_without_the_other() {
    outlives_kills(&database::empty_postgres().await, 2).await;
}

async fn outlives_kills(database: &Database, servers: usize) {
    let conversations = furnish(database).await;
    let mut chance = Chance::new(&format!("{database}, {servers} to be killed"));
    let mut programs = vec![];
    for _ in 0..servers {
        programs.push(Program::start(database).await);
    }
    let addresses: Vec<_> = programs.iter().map(|program| program.address).collect();
    let kills = times(10, 100);
    let account = Stage::at(&addresses)
        .work(&conversations, async |work| {
            for kill in 0..kills {
                sleep(chance.moment()).await;
                // Every second one on the heels of an answer: what is acknowledged too early is lost then.
                if kill % 2 == 1 {
                    work.goes_on().await;
                }
                let program = &mut programs[kill % servers];
                if servers > 1 && kill == 0 {
                    program.pause();
                    sleep(PAUSE).await;
                    program.go_on();
                    continue;
                }
                program.kill();
                program.start_again().await;
            }
        })
        .await;
    let slowest = programs.iter().map(|program| program.slowest_start).max().unwrap_or_default();
    let happened = match servers {
        1 => format!("{kills} kills, slowest start {} ms", slowest.as_millis()),
        _ => format!("{servers} servers, one pause and {} kills in turn", kills - 1),
    };
    let score = account.scores(database, &happened).await;
    assert!(score.sent >= 500 && score.unanswered > 0, "{score}: that is no load");
    assert!(slowest < SLOWEST_START, "{slowest:?}");
}
