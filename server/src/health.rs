//! How the system is: what the database, the disk, the queues and the sockets say.

use domain::permission::Permission;
use domain::settings::health::{Disk, Health, Mail};
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::{Engine, Tx};
use crate::error::Error;
use crate::server::Server;
use crate::sql;

/// How it is now. Counts are those of this moment; sockets are this server's.
///
/// Errors: [`Error::Refused`] of whoever may not know.
pub async fn health(server: &Server, viewer: &Viewer) -> Result<Health, Error> {
    viewer.must(Permission::AdminFeatures)?;
    let has_mail = server.mail.is_some();
    let read = server.db.read(async move |tx: &mut Tx| stored(tx, has_mail).await);
    let stored = read.await?;
    let (n_agents, n_visitors) = server.live.connected();
    Ok(Health {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: server.started_at,
        disk: server.data.as_deref().and_then(disk),
        n_agents,
        n_visitors,
        has_scanner: server.scanner.is_some(),
        is_failing: server.db.is_failing(),
        ..stored
    })
}

async fn stored(tx: &mut Tx, has_mail: bool) -> Result<Health, Error> {
    let about = match tx.engine() {
        Engine::Sqlite => {
            "select 'SQLite ' || sqlite_version(), page_count * page_size \
                           from pragma_page_count(), pragma_page_size()"
        }
        Engine::Postgres => {
            "select 'PostgreSQL ' || current_setting('server_version'), pg_database_size(current_database())"
        }
    };
    let row = tx.built(about.to_owned()).one().await?;
    let (database, database_bytes) = (row.get(0)?, row.get(1)?);
    let text = sql!(
        "select seq, backed_up_at, (select count(*) from conversation), \
         (select count(*) from scheduled where returned_at is null), \
         (select count(*) from mail where state in ('queued', 'sending')), \
         (select min(due_at) from mail where state in ('queued', 'sending')), \
         (select count(*) from mail where state = 'failed') from workspace"
    );
    let row = tx.q(text).one().await?;
    let backed_up_at: Option<i64> = row.get(1)?;
    let mail = Mail {
        n_waiting: row.get(4)?,
        since: row.get::<Option<i64>>(5)?.map(Timestamp),
        n_failed: row.get(6)?,
    };
    Ok(Health {
        database,
        database_bytes,
        n_entries: row.get(0)?,
        n_conversations: row.get(2)?,
        n_scheduled: row.get(3)?,
        mail: has_mail.then_some(mail),
        backed_up_at: backed_up_at.map(Timestamp),
        ..Health::default()
    })
}

/// The disk that a folder is on; nothing where the system does not say.
fn disk(folder: &std::path::Path) -> Option<Disk> {
    let about = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(about.f_frsize)).unwrap_or(i64::MAX);
    Some(Disk { free_bytes: bytes(about.f_bavail), bytes: bytes(about.f_blocks) })
}

/// Notes that a backup was made which began at that time.
pub async fn note_backup(tx: &mut Tx, at: Timestamp) -> Result<(), Error> {
    tx.q(sql!("update workspace set backed_up_at = $1")).bind(at.0).exec().await?;
    Ok(())
}
