//! Answers are lost on their way: what was done is not known to whoever asked for it.

use server::db::Database;
use tempfile::TempDir;

use super::cluster::Cluster;
use super::program::Program;
use super::proxy::Proxy;
use super::stage::{Stage, WRITERS, furnish, until};
use super::times;
use crate::database;

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_done_once_on_sqlite() {
    let folder = TempDir::new().unwrap();
    loses_answers(&database::sqlite(folder.path())).await;
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_done_once_on_postgresql() {
    loses_answers(&database::empty_postgres().await).await;
}

async fn loses_answers(database: &Database) {
    let conversations = furnish(database).await;
    let program = Program::start(database).await;
    let proxy = Proxy::before(program.address, b"POST /api/run").await;
    let losses = times(20, 200);
    let account = Stage::at(&[proxy.address])
        .work(&conversations, async |work| {
            for n in 1..=losses {
                proxy.lose_an_answer();
                until("an answer to lose", async || proxy.n_lost() == n).await;
                // Those that lost it are sent again.
                for _ in 0..WRITERS {
                    work.goes_on().await;
                }
            }
        })
        .await;
    let score = account.scores(database, &format!("{losses} answers lost on their way")).await;
    // Some of the lost ones had been asked for only to see that they are refused or known.
    assert!(score.done >= losses / 2, "{score}");
}

/// The database commits and cannot say so: nobody is told that it is done, nor that it is not.
#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_when_it_is_sent_again() {
    let cluster = Cluster::start().await;
    let conversations = furnish(&cluster.database()).await;
    let proxy = Proxy::before(cluster.address(), b"commit\0").await;
    let program = Program::start(&cluster.database_at(proxy.address)).await;
    let losses = times(10, 100);
    let account = Stage::at(&[program.address])
        .work(&conversations, async |work| {
            for n in 1..=losses {
                proxy.lose_an_answer();
                until("a commit to lose", async || proxy.n_lost() == n).await;
                // Those that lost it are sent again.
                for _ in 0..WRITERS {
                    work.goes_on().await;
                }
            }
        })
        .await;
    let score = account.scores(&cluster.database(), &format!("{losses} commits without an answer")).await;
    assert!(score.done >= losses / 2, "{score}");
}
