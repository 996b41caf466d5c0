//! What the server may rely on of either engine, through [`server::db`].
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use server::db::{Database, Db, Engine, Error, Migration, Tx};
use server::sql;
use tempfile::TempDir;

use crate::database;

const LABELS: Migration = Migration {
    version: 1,
    name: "labels",
    sqlite: "create table label (
        label_id bigint primary key, name text not null unique, shown boolean not null,
        icon blob, note text, at bigint
    )",
    postgres: "create table label (
        label_id bigint primary key, name text not null unique, shown boolean not null,
        icon bytea, note text, at bigint
    )",
};

/// What a server's own error looks like to the façade.
#[derive(Debug)]
enum Failure {
    Refused,
    Db(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Db(error)
    }
}

async fn insert(tx: &mut Tx, label_id: i64, name: &str) -> Result<(), Error> {
    let label = sql!("insert into label (label_id, name, shown) values ($1, $2, $3)");
    tx.q(label).bind(label_id).bind(name).bind(true).exec().await.map(drop)
}

async fn add(db: &Db, label_id: i64) -> Result<i64, Failure> {
    db.write("desk", async move |tx: &mut Tx| {
        insert(tx, label_id, &format!("label {label_id}")).await?;
        Ok(label_id)
    })
    .await
}

async fn ids(db: &Db) -> Vec<i64> {
    db.read(async |tx: &mut Tx| {
        let rows = tx.q(sql!("select label_id from label order by label_id")).all().await?;
        rows.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, Error>>()
    })
    .await
    .unwrap()
}

async fn each(test: impl AsyncFn(Db)) {
    database::each(&[LABELS], test).await;
}

#[tokio::test]
async fn one_text_stores_and_finds_every_kind_of_value_on_both_engines() {
    each(async |db| {
        let stored = db
            .write("desk", async |tx: &mut Tx| {
                let insert = sql!(
                    "insert into label (label_id, name, shown, icon, note, at) \
                     values ($1, $2, $3, $4, $5, $6)"
                );
                let n_rows = tx
                    .q(insert)
                    .bind(i64::MAX)
                    .bind("Zürich \u{1f600}".to_owned())
                    .bind(false)
                    .bind(vec![0_u8, 255])
                    .bind(None::<String>)
                    .bind(Some(-7_i64))
                    .exec()
                    .await?;
                // By number, not by order of appearance; and a placeholder may repeat.
                let found = tx.q(sql!(
                    "select name, shown, icon, note, at from label \
                     where shown = $2 and label_id = $1 and label_id = $1"; postgres: " for update"
                ));
                let row = found.bind(i64::MAX).bind(false).one().await?;
                let none = tx.q(sql!("select name from label where shown")).opt().await?;
                assert!(n_rows == 1 && none.is_none());
                Ok::<_, Error>((
                    row.get::<String>(0)?,
                    row.get::<bool>(1)?,
                    row.get::<Option<Vec<u8>>>(2)?,
                    row.get::<Option<String>>(3)?,
                    row.get::<Option<i64>>(4)?,
                ))
            })
            .await
            .unwrap();
        assert_eq!(stored, ("Zürich \u{1f600}".into(), false, Some(vec![0, 255]), None, Some(-7)));
    })
    .await;
}

#[tokio::test]
async fn a_built_statement_binds_its_values_too() {
    each(async |db| {
        add(&db, 1).await.unwrap();
        let name = db
            .read(async |tx: &mut Tx| {
                let text = format!("select name from label where {} = $1 limit $2", "label_id");
                let row = tx.built(text).bind(1_i64).bind(1_i64).one().await?;
                row.get::<String>(0)
            })
            .await;
        assert_eq!(name.unwrap(), "label 1");
    })
    .await;
}

#[tokio::test]
async fn a_column_of_another_type_is_a_fault_and_not_a_panic() {
    each(async |db| {
        add(&db, 1).await.unwrap();
        let wrong = db
            .read(async |tx: &mut Tx| tx.q(sql!("select name from label")).one().await?.get::<i64>(0))
            .await;
        assert!(matches!(wrong, Err(Error::Fault(_))), "{wrong:?}");
    })
    .await;
}

/// Six writes that land in one batch: the second refuses, the fourth panics, the fifth breaks a key.
#[tokio::test]
async fn a_job_that_refuses_panics_or_fails_leaves_its_neighbours_work() {
    each(async |db| {
        let outcomes = join_all((1..=6).map(|label_id| {
            db.write("desk", async move |tx: &mut Tx| {
                insert(tx, label_id, &format!("label {label_id}")).await?;
                match label_id {
                    2 => return Err(Failure::Refused),
                    4 => panic!("as the test wants it"),
                    5 => insert(tx, 50, "label 1").await?,
                    _ => {}
                }
                Ok(label_id)
            })
        }))
        .await;
        assert_eq!(ids(&db).await, [1, 3, 6]);
        assert!(matches!(outcomes[1], Err(Failure::Refused)));
        let Err(Failure::Db(Error::Fault(why))) = &outcomes[3] else { panic!("{:?}", outcomes[3]) };
        assert_eq!(why.to_string(), "a write panicked: as the test wants it");
        assert!(matches!(&outcomes[4], Err(Failure::Db(error)) if error.is_unique()));
        assert!(outcomes[0].is_ok() && outcomes[2].is_ok() && outcomes[5].is_ok());
    })
    .await;
}

#[tokio::test]
async fn going_on_after_a_failed_statement_is_undone_on_both_engines() {
    each(async |db| {
        add(&db, 1).await.unwrap();
        let deaf = db.write("desk", async |tx: &mut Tx| {
            insert(tx, 2, "label 2").await?;
            let _ = insert(tx, 3, "label 1").await;
            Ok::<_, Error>(())
        });
        assert!(matches!(deaf.await, Err(Error::Fault(_))));
        assert_eq!(ids(&db).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_for_commits_is_woken_and_finds_what_was_committed() {
    each(async |db| {
        let mut commits = db.commits();
        assert!(!commits.has_changed().unwrap());
        db.write("desk", async move |tx: &mut Tx| insert(tx, 1, "label 1").await).await.unwrap();
        assert!(commits.has_changed().unwrap(), "before the writer hears of it");
        commits.mark_unchanged();
        assert_eq!(ids(&db).await, [1]);
        assert!(!commits.has_changed().unwrap(), "reading commits nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_writes_at_once_are_all_acknowledged_and_present() {
    each(async |db| {
        let writes = (1..=200).map(|label_id: i64| {
            let db = db.clone();
            tokio::spawn(async move {
                let key = format!("desk {}", label_id % 20);
                db.write(&key, async move |tx: &mut Tx| {
                    insert(tx, label_id, &format!("label {label_id}")).await
                })
                .await
            })
        });
        for outcome in join_all(writes).await {
            outcome.unwrap().unwrap();
        }
        assert_eq!(ids(&db).await, (1..=200).collect::<Vec<i64>>());
    })
    .await;
}

#[tokio::test]
async fn writes_of_one_key_keep_their_order() {
    each(async |db| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        join_all((0..100).map(|n: usize| {
            let seen = seen.clone();
            let key = if n.is_multiple_of(2) { "even" } else { "odd" };
            db.write(key, async move |_: &mut Tx| {
                seen.lock().unwrap().push(n);
                Ok::<_, Error>(())
            })
        }))
        .await;
        let seen = seen.lock().unwrap();
        for rest in [0, 1] {
            assert!(seen.iter().filter(|n| *n % 2 == rest).is_sorted(), "{seen:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_undo_its_work() {
    each(async |db| {
        let (reached, is_reached) = tokio::sync::oneshot::channel();
        let (go, may_go) = tokio::sync::oneshot::channel::<()>();
        let writing = db.clone();
        let caller = tokio::spawn(async move {
            writing
                .write("desk", async move |tx: &mut Tx| {
                    reached.send(()).unwrap();
                    may_go.await.unwrap();
                    insert(tx, 1, "label 1").await
                })
                .await
        });
        is_reached.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        go.send(()).unwrap();
        add(&db, 2).await.unwrap();
        assert_eq!(ids(&db).await, [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn a_read_sees_one_moment_and_does_not_hold_up_a_write() {
    each(async |db| {
        add(&db, 1).await.unwrap();
        let writing = db.clone();
        let counted = db
            .read(async move |tx: &mut Tx| {
                let count = sql!("select count(*) from label");
                let before: i64 = tx.q(count).one().await?.get(0)?;
                add(&writing, 2).await.unwrap();
                let after: i64 = tx.q(count).one().await?.get(0)?;
                Ok::<_, Error>((before, after))
            })
            .await;
        assert_eq!(counted.unwrap(), (1, 1));
        assert_eq!(ids(&db).await, [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write_and_leaves_nothing_behind() {
    each(async |db| {
        for _ in 0..20 {
            let sneaked = db.read(async |tx: &mut Tx| insert(tx, 1, "label 1").await).await;
            assert!(matches!(sneaked, Err(Error::Fault(_))), "{sneaked:?}");
            let panicked =
                db.read(async |_: &mut Tx| -> Result<(), Error> { panic!("as the test wants it") }).await;
            assert!(matches!(panicked, Err(Error::Fault(_))), "{panicked:?}");
        }
        add(&db, 1).await.unwrap();
        assert_eq!(ids(&db).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn readers_that_hang_up_leave_no_connection_inside_a_transaction() {
    each(async |db| {
        for n in 0..200_u64 {
            let reading = db.clone();
            let caller = tokio::spawn(async move { ids(&reading).await });
            tokio::time::sleep(Duration::from_micros(n * 10)).await;
            caller.abort();
        }
        add(&db, 1).await.unwrap();
        for _ in 0..20 {
            assert_eq!(ids(&db).await, [1]);
        }
    })
    .await;
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_refuses_what_comes_later() {
    let folder = TempDir::new().unwrap();
    for database in [database::sqlite(folder.path()), database::empty_postgres().await] {
        let db = Db::open(&database).await.unwrap();
        db.migrate(&[LABELS]).await.unwrap();
        let n_done = Arc::new(AtomicU32::new(0));
        let queued = join_all((1..=100).map(|label_id| {
            let (db, n_done) = (db.clone(), n_done.clone());
            async move {
                add(&db, label_id).await.unwrap();
                n_done.fetch_add(1, Ordering::Relaxed);
            }
        }));
        let closing = async {
            tokio::task::yield_now().await;
            db.close().await;
        };
        tokio::join!(queued, closing);
        assert_eq!(n_done.load(Ordering::Relaxed), 100);
        assert!(matches!(add(&db, 101).await, Err(Failure::Db(Error::Unavailable(_)))));
        let again = Db::open(&database).await.unwrap();
        assert_eq!(ids(&again).await.len(), 100);
        again.close().await;
    }
}

/// Backends that PostgreSQL ends, as it does on a restart: between writes, within one, and under a reader.
#[tokio::test]
async fn a_lost_connection_is_told_and_then_replaced() {
    let database = database::empty_postgres().await;
    let db = Db::open(&database).await.unwrap();
    db.migrate(&[LABELS]).await.unwrap();
    add(&db, 1).await.unwrap();
    assert_eq!(ids(&db).await, [1]);

    end_the_others(&database).await;
    add(&db, 2).await.unwrap();
    assert_eq!(ids(&db).await, [1, 2]);

    let ending = database.clone();
    let cut = db
        .write("desk", async move |tx: &mut Tx| {
            insert(tx, 3, "label 3").await?;
            end_the_others(&ending).await;
            Ok::<_, Error>(())
        })
        .await;
    assert!(matches!(cut, Err(Error::Unavailable(_))), "{cut:?}");
    add(&db, 4).await.unwrap();
    assert_eq!(ids(&db).await, [1, 2, 4]);
    db.close().await;
}

async fn end_the_others(database: &Database) {
    let other = Db::open(database).await.unwrap();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity \
               where datname = current_database() and pid <> pg_backend_pid()";
    other.write("", async move |tx: &mut Tx| tx.q(sql!(end)).all().await.map(drop)).await.unwrap();
    other.close().await;
}

#[tokio::test]
async fn another_process_that_holds_sqlite_makes_us_wait_or_say_so() {
    let folder = TempDir::new().unwrap();
    let database = database::sqlite(folder.path());
    let (db, foreign) = (Db::open(&database).await.unwrap(), Db::open(&database).await.unwrap());
    db.migrate(&[LABELS]).await.unwrap();
    for (label_id, held_ms) in [(1, 300), (2, 6_000)] {
        let (holds, is_held) = tokio::sync::oneshot::channel();
        let holder = foreign.write("desk", async move |_: &mut Tx| {
            holds.send(()).unwrap();
            tokio::time::sleep(Duration::from_millis(held_ms)).await;
            Ok::<_, Error>(())
        });
        let waiter = async {
            is_held.await.unwrap();
            add(&db, label_id).await
        };
        let (held, waited) = tokio::join!(holder, waiter);
        held.unwrap();
        match label_id {
            1 => assert!(waited.is_ok()),
            _ => assert!(matches!(waited, Err(Failure::Db(Error::Unavailable(_)))), "{waited:?}"),
        }
    }
    add(&db, 3).await.unwrap();
    assert_eq!(ids(&db).await, [1, 3]);
}

const TWO_STATEMENTS: &str = "create table note (note_id bigint primary key); -- a comment; with a semicolon
    insert into note values (1);";
const NOTES: Migration =
    Migration { version: 2, name: "notes", sqlite: TWO_STATEMENTS, postgres: TWO_STATEMENTS };

#[tokio::test]
async fn migrating_applies_what_is_missing_once() {
    each(async |db| {
        assert_eq!(db.migrate(&[LABELS]).await.unwrap(), 0);
        assert_eq!(db.migrate(&[LABELS, NOTES]).await.unwrap(), 1);
        assert_eq!(db.migrate(&[LABELS, NOTES]).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_may_migrate_at_once() {
    let folder = TempDir::new().unwrap();
    for database in [database::sqlite(folder.path()), database::empty_postgres().await] {
        let servers = join_all((0..4).map(|_| Db::open(&database))).await;
        let applied =
            join_all(servers.iter().map(async |db| db.as_ref().unwrap().migrate(&[LABELS, NOTES]).await))
                .await;
        assert_eq!(applied.into_iter().map(Result::unwrap).sum::<usize>(), 2);
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_with_a_sentence() {
    each(async |db| {
        db.migrate(&[LABELS, NOTES]).await.unwrap();
        let refused = db.migrate(&[LABELS]).await.unwrap_err().to_string();
        assert!(
            refused
                .starts_with("The database has schema version 2, but this program knows versions up to 1.")
        );
        add(&db, 1).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_was_edited_later_is_refused_with_a_sentence() {
    each(async |db| {
        let edited = Migration { sqlite: "select 1", postgres: "select 1", ..LABELS };
        let refused = db.migrate(&[edited]).await.unwrap_err().to_string();
        assert!(refused.starts_with("Migration 1 (labels) is not the one that was applied"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_of_itself() {
    each(async |db| {
        let text = "create table half (half_id bigint); create table label (label_id bigint)";
        let failing = Migration { version: 2, name: "failing", sqlite: text, postgres: text };
        let failed = db.migrate(&[LABELS, failing]).await.unwrap_err().to_string();
        assert!(failed.starts_with("Migration 2 (failing) failed: "), "{failed}");
        assert_eq!(db.migrate(&[LABELS, NOTES]).await.unwrap(), 1);
        let half = sql!(
            sqlite: "select count(*) from sqlite_master where name = 'half'",
            postgres: "select count(*) from pg_tables where tablename = 'half'"
        );
        let n_half = db.read(async move |tx: &mut Tx| tx.q(half).one().await?.get::<i64>(0)).await;
        assert_eq!(n_half.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_engine_is_known_inside_and_outside_a_transaction() {
    each(async |db| {
        let inside: Result<Engine, Error> = db.read(async |tx: &mut Tx| Ok(tx.engine())).await;
        assert_eq!(inside.unwrap(), db.engine());
    })
    .await;
}
