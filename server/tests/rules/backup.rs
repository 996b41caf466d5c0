//! Backups: one file of either engine, whole or refused, into either engine.

use std::path::Path;

use domain::worlds::BILLING;
use server::backup::{Told, backup, restore};
use server::db::{Database, Db, Engine, Tx};
use server::server::now;
use server::{demo, migrations, sql};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::database;
use crate::office::Office;

/// Everything that a database holds but what a restore changes, as text, row by row.
async fn everything(database: &Database) -> Vec<String> {
    let db = Db::open(database).await.unwrap();
    let mut lines = vec![];
    for (table, columns, key) in [
        (
            "workspace",
            "name || ai_name || cast(seq as text) || cast(next_number as text) || visitor_secret",
            "workspace_id",
        ),
        ("role", "name || permissions", "role_id"),
        (
            "agent",
            "email || display_name || coalesce(password_hash, '-') || skills || coalesce(photo, '-')",
            "agent_id",
        ),
        ("agent_role", "agent_id || role_id", "agent_id, role_id"),
        ("agent_group", "agent_id || group_id", "agent_id, group_id"),
        ("channel", "kind || name || coalesce(default_group_id, '-')", "channel_id"),
        (
            "contact",
            "display_name || coalesce(email, '-') || case when vip then 'vip' else '-' end",
            "contact_id",
        ),
        (
            "conversation",
            "conversation_id || cast(number as text) || subject || status || coalesce(assignee_id, '-') || \
             coalesce(merged_into_id, '-') || participants || coalesce(cast(closed_at as text), '-')",
            "number",
        ),
        ("conversation_part", "conversation_id || agent_id", "conversation_id, agent_id"),
        ("conversation_tag", "conversation_id || tag_id", "conversation_id, tag_id"),
        (
            "message",
            "conversation_id || kind || by_kind || coalesce(by_id, '-') || text || coalesce(delivery, '-')",
            "message_id",
        ),
        (
            "event",
            "conversation_id || event || coalesce(message_id, '-') || coalesce(reach_before, '-') || seal",
            "seq",
        ),
        (
            "counter",
            "view || group_id || assignee_id || tie_agent_id || cast(n as text) || case when free then 'f' else '-' end",
            "tie_agent_id, view, group_id, assignee_id, free, unread, tie_strong",
        ),
        ("photo", "photo_id || media_type || cast(length(bytes) as text)", "photo_id"),
        ("widget", "channel_id || widget_key || greeting || sites || form", "channel_id"),
    ] {
        let text = format!("select {columns} from {table} order by {key}");
        let rows = db.read(async move |tx: &mut Tx| tx.built(text).all().await).await.unwrap();
        assert!(!rows.is_empty() || table == "conversation_tag", "{table} is worth comparing");
        // Both engines sort text, and not in one way.
        let mut rows: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        rows.sort();
        lines.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    db.close().await;
    lines
}

async fn demo_house(database: &Database) {
    let db = Db::open(database).await.unwrap();
    db.migrate(migrations::ALL).await.unwrap();
    demo::fill(&db, now()).await.unwrap();
    // One that was merged into a later one: its row names a row that is copied after it.
    db.write("", async move |tx: &mut Tx| {
        let later = "(select conversation_id from conversation order by number desc limit 1)";
        let first = "(select min(number) from conversation)";
        let text = format!("update conversation set merged_into_id = {later} where number = {first}");
        tx.built(text).exec().await
    })
    .await
    .unwrap();
    db.close().await;
}

/// A database of each engine, to be backed up, and an empty place of each, to be restored into.
async fn from_each_into_each(test: impl AsyncFn(&Path, &Database, &Database)) {
    let folder = TempDir::new().unwrap();
    let sources = [database::sqlite(folder.path()), database::empty_postgres().await];
    for (n, source) in sources.iter().enumerate() {
        let file = folder.path().join(format!("restored-{n}.db"));
        for target in [Database::Sqlite(file), database::empty_postgres().await] {
            test(&folder.path().join(format!("backup-{n}.db")), source, &target).await;
        }
    }
}

#[tokio::test]
async fn what_is_restored_is_what_was_backed_up_whatever_the_engines() {
    from_each_into_each(async |file, source, target| {
        if !file.exists() {
            demo_house(source).await;
            let Told { n_conversations, seq, .. } = backup(source, file).await.unwrap();
            assert!(n_conversations > 300 && seq > 1_000, "{n_conversations}, {seq}");
        }
        restore(file, target).await.unwrap();
        assert_eq!(everything(target).await, everything(source).await, "from {source} into {target}");
        // It is a house to go on in: the schema is whole, and browsers begin anew.
        let db = Db::open(target).await.unwrap();
        assert_eq!(db.migrate(migrations::ALL).await.unwrap(), 0);
        let log = db.read(async move |tx: &mut Tx| {
            tx.q(sql!("select log_id from workspace")).one().await?.get::<String>(0)
        });
        assert_eq!(log.await.unwrap(), "");
        if db.engine() == Engine::Postgres {
            let counted = db.read(async move |tx: &mut Tx| {
                let known = sql!("select count(*) from pg_stats where tablename = 'conversation'");
                tx.q(known).one().await?.get::<i64>(0)
            });
            assert!(counted.await.unwrap() > 0, "PostgreSQL knows how to find what it was given");
        }
        db.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_acknowledged_before_a_backup_is_in_it_while_others_go_on_writing() {
    let folder = TempDir::new().unwrap();
    for (n, source) in [database::sqlite(folder.path()), database::empty_postgres().await].iter().enumerate()
    {
        let db = Db::open(source).await.unwrap();
        db.migrate(migrations::ALL).await.unwrap();
        let office = Office::open(db.clone()).await;
        let (enough, mut is_enough) = oneshot::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let writes = async {
            let (mut n, mut begun) = (0, Some(begun));
            while is_enough.try_recv().is_err() {
                office.writes(&format!("Chatter {n}"), "Is this in it?", BILLING).await;
                n += 1;
                if n == 20 {
                    begun.take().unwrap().send(()).unwrap();
                }
            }
            n
        };
        let backs_up = async {
            has_begun.await.unwrap();
            let before = head(&db).await;
            let told = backup(source, &folder.path().join(format!("live-{n}.db"))).await.unwrap();
            enough.send(()).unwrap();
            (before, told)
        };
        let (n_written, (before, told)) = tokio::join!(writes, backs_up);
        let target = Database::Sqlite(folder.path().join(format!("restored-live-{n}.db")));
        restore(&folder.path().join(format!("live-{n}.db")), &target).await.unwrap();
        let restored = Db::open(&target).await.unwrap();
        let after = head(&restored).await;
        assert!(
            before <= after && after == told.seq && after <= head(&db).await,
            "{before} {after} {n_written}"
        );
        // One moment: as many conversations as entries that began one, a log without a gap, counters that say so.
        let ones = "select count(*) from event union all select count(*) from conversation union all \
                    select count(*) from message union all select cast(sum(n) as bigint) from counter \
                    where view = 'all' and tie_agent_id = ''";
        let rows =
            restored.read(async move |tx: &mut Tx| tx.built(ones.to_owned()).all().await).await.unwrap();
        let counts: Vec<i64> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        assert_eq!(counts, [after; 4], "events, conversations, messages, counted");
        restored.close().await;
        db.close().await;
    }
}

async fn head(db: &Db) -> i64 {
    db.read(async move |tx: &mut Tx| tx.q(sql!("select seq from workspace")).one().await?.get(0))
        .await
        .unwrap()
}

/// What it says instead.
async fn refused<T: std::fmt::Debug>(work: impl Future<Output = anyhow::Result<T>>, advice: &str) {
    let said = format!("{:#}", work.await.unwrap_err());
    assert!(said.contains(advice), "{said}");
}

#[tokio::test]
async fn a_backup_that_is_not_whole_is_refused_with_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let source = database::sqlite(folder.path());
    demo_house(&source).await;
    let file = folder.path().join("backup.db");
    backup(&source, &file).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let broken = folder.path().join("broken.db");
    let target = || Database::Sqlite(folder.path().join("target.db"));
    let mut damaged = bytes.clone();
    // Pages in the middle, as a bad disk leaves them.
    let middle = damaged.len() / 2;
    damaged[middle..middle + 40_000].fill(0x5a);
    for (bytes, advice) in [
        (&bytes[..bytes.len() / 2], "is cut off"),
        (&bytes[..bytes.len() - 1], "is cut off"),
        (&bytes[..10], "is no backup"),
        (b"".as_slice(), "is no backup"),
        (b"PGDMP and what pg_dump writes behind it".as_slice(), "is no backup"),
        (&damaged, "is damaged"),
    ] {
        std::fs::write(&broken, bytes).unwrap();
        refused(restore(&broken, &target()), advice).await;
        assert!(!folder.path().join("target.db").exists() && !folder.path().join("target.db.part").exists());
    }
    refused(restore(&folder.path().join("nowhere.db"), &target()), "cannot be read").await;
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let (source, file) = (database::sqlite(folder.path()), folder.path().join("backup.db"));
    demo_house(&source).await;
    backup(&source, &file).await.unwrap();
    refused(backup(&source, &file), "no backup is overwritten").await;
    refused(restore(&file, &source), "is there already").await;
    let used = database::empty_postgres().await;
    restore(&file, &used).await.unwrap();
    refused(restore(&file, &used), "is in use already").await;
    refused(
        backup(&Database::Sqlite(folder.path().join("none.db")), &folder.path().join("b.db")),
        "There is no database",
    )
    .await;
    assert!(!folder.path().join("none.db").exists(), "to look is not to make");
    // A log of writes that were not moved into a file that is gone would be played onto the restored one.
    std::fs::write(folder.path().join("fresh.db-wal"), "left over").unwrap();
    refused(
        restore(&file, &Database::Sqlite(folder.path().join("fresh.db"))),
        "fresh.db-wal is there already",
    )
    .await;
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused() {
    let folder = TempDir::new().unwrap();
    let (source, file) = (database::sqlite(folder.path()), folder.path().join("backup.db"));
    demo_house(&source).await;
    let db = Db::open(&source).await.unwrap();
    db.write("", async move |tx: &mut Tx| {
        tx.q(sql!("insert into schema_version (version, name, checksum) values (9999, 'later', '')"))
            .exec()
            .await
    })
    .await
    .unwrap();
    db.close().await;
    refused(backup(&source, &file), "schema version 9999").await;
    assert!(!file.exists());
}
