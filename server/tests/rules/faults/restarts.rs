//! The database goes away and comes back, in order or not. The program stays.

use std::time::{Duration, Instant};

use super::cluster::{Cluster, End};
use super::program::Program;
use super::stage::{Stage, furnish};
use super::times;

/// How soon after the database is back somebody's order is done.
const RESUMES: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_database_that_restarts_loses_nothing_and_is_found_again_at_once() {
    let cluster = Cluster::start().await;
    let conversations = furnish(&cluster.database()).await;
    let program = Program::start(&cluster.database()).await;
    let restarts = times(6, 50);
    let mut slowest = Duration::ZERO;
    let account = Stage::at(&[program.address])
        .work(&conversations, async |work| {
            for n in 0..restarts {
                work.goes_on().await;
                cluster.end([End::Immediate, End::Killed, End::Fast][n % 3]);
                cluster.start_again().await;
                let back = Instant::now();
                work.goes_on().await;
                slowest = slowest.max(back.elapsed());
            }
        })
        .await;
    let happened = format!("{restarts} restarts, goes on after {} ms at most", slowest.as_millis());
    let score = account.scores(&cluster.database(), &happened).await;
    assert!(slowest < RESUMES, "{slowest:?}");
    assert!(score.unanswered > 0, "{score}");
}
