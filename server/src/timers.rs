//! What time does by itself: what is pending wakes, a transfer that nobody answered lapses. Every server looks; what one
//! has done is not due for another.

use std::sync::Arc;
use std::time::Duration;

use domain::conversation::Command;
use domain::id::ConversationId;
use domain::time::Timestamp;
use domain::viewer::Actor;
use tokio::time::{MissedTickBehavior, interval};

use crate::conversation::{carry_out, store};
use crate::db::Tx;
use crate::error::Error;
use crate::file;
use crate::office;
use crate::schedule;
use crate::server::{Server, WORKSPACE, now};
use crate::sql;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(5);

/// How often files that were never sent are looked for.
const SWEEPS_EVERY: domain::time::Duration = domain::time::Duration::minutes(10);

/// Conversations of one transaction.
const AT_ONCE: i64 = 100;

/// Looks as long as the server runs.
pub async fn follow(server: Arc<Server>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut swept_at = Timestamp(0);
    loop {
        ticks.tick().await;
        if now() - SWEEPS_EVERY > swept_at {
            swept_at = now();
            if let Err(error) = file::sweep(&server, now()).await {
                tracing::warn!(
                    ?error,
                    "files that were never sent could not be taken away; it is tried again"
                );
            }
        }
        if let Err(error) = pass(&server, now()).await {
            tracing::warn!(?error, "what is due could not be done; it is tried again");
        }
    }
}

/// Does what is due, and says to how many conversations something happened.
pub async fn pass(server: &Server, now: Timestamp) -> Result<usize, Error> {
    let mut n_passed = send_scheduled(server, now).await?;
    loop {
        let due = server.db.read(async move |tx: &mut Tx| due(tx, now).await).await?;
        let (n_due, cached) = (due.len(), server.office.clone());
        n_passed += n_due;
        if n_due > 0 {
            server
                .db
                .write(WORKSPACE, async move |tx: &mut Tx| pass_for(tx, &cached, &due, now).await)
                .await?;
        }
        if n_due < AT_ONCE as usize {
            return Ok(n_passed);
        }
    }
}

/// Sends what was scheduled, each in a transaction of its own: what breaks on one does not hold up the others.
async fn send_scheduled(server: &Server, now: Timestamp) -> Result<usize, Error> {
    let due = server.db.read(async move |tx: &mut Tx| schedule::due(tx, now, AT_ONCE).await).await?;
    for message in &due {
        let (message, cached) = (*message, server.office.clone());
        let sent = server.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            schedule::send(tx, &office, message, now).await
        });
        if let Err(error) = sent.await {
            tracing::warn!(?error, %message, "a scheduled message could not be sent; it is tried again");
        }
    }
    Ok(due.len())
}

async fn due(tx: &mut Tx, now: Timestamp) -> Result<Vec<ConversationId>, Error> {
    let text = sql!(
        "select conversation_id from conversation where wake_at <= $1 and merged_into_id is null \
         union select conversation_id from conversation where transfer_expires <= $1 and merged_into_id is null \
         limit $2"
    );
    let rows = tx.q(text).bind(now.0).bind(AT_ONCE).all().await?;
    rows.iter().map(|row| office::id(row, 0)).collect()
}

async fn pass_for(
    tx: &mut Tx,
    cached: &office::Cached,
    due: &[ConversationId],
    now: Timestamp,
) -> Result<(), Error> {
    let office = cached.in_transaction(tx).await?;
    for id in due {
        let scene = store::known(tx, *id).await?;
        carry_out(tx, &office, &scene, &Actor::System, &Command::PassTime, None, now).await?;
    }
    Ok(())
}
