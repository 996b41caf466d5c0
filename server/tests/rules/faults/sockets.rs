//! Live sockets are cut, or go silent without anybody being told.

use server::db::Database;
use tempfile::TempDir;

use super::program::Program;
use super::proxy::Proxy;
use super::stage::{Stage, furnish, until};
use super::times;
use crate::database;

/// Sockets of each of the three who watch.
const SOCKETS: usize = 3;

#[tokio::test]
async fn a_socket_that_was_cut_or_went_silent_goes_on_by_its_cursor_on_sqlite() {
    let folder = TempDir::new().unwrap();
    breaks_sockets(&database::sqlite(folder.path())).await;
}

#[tokio::test]
async fn a_socket_that_was_cut_or_went_silent_goes_on_by_its_cursor_on_postgresql() {
    breaks_sockets(&database::empty_postgres().await).await;
}

async fn breaks_sockets(database: &Database) {
    let conversations = furnish(database).await;
    let program = Program::start(database).await;
    let proxy = Proxy::before(program.address, b"POST /api/run").await;
    let everybody = 3 * SOCKETS;
    let (mut cut, mut silent) = (0, 0);
    let stage = Stage { sockets: SOCKETS, ..Stage::at(&[proxy.address]) };
    let account = stage
        .work(&conversations, async |work| {
            while cut + silent < times(2 * everybody, 100) {
                until("everybody listens", async || proxy.n_sockets() == everybody).await;
                work.goes_on().await;
                if cut <= silent {
                    proxy.cut();
                    cut += everybody;
                } else {
                    proxy.silence();
                    silent += everybody;
                }
            }
            until("everybody listens again", async || proxy.n_sockets() == everybody).await;
        })
        .await;
    let score = account.scores(database, &format!("{cut} sockets cut, {silent} gone silent")).await;
    assert!(score.unanswered > 0, "{score}: nobody was in the middle of something");
}
