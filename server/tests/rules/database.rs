//! Every rule holds on both engines: [`each`] runs a test on a fresh SQLite file and on a fresh
//! PostgreSQL database.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use server::db::{Database, Db, Migration};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;

/// Names a superuser's URL; `server/tests/with-postgres` sets it.
const POSTGRES: &str = "SWITCHBOARD_TEST_POSTGRES";

/// Runs `test` on SQLite and then on PostgreSQL, each empty but for `migrations`.
///
/// A failing test's output ends with the engine it was on. Panics without a PostgreSQL: half a
/// promise is not tested.
pub async fn each(migrations: &[Migration], test: impl AsyncFn(Db)) {
    let url = postgres_url();
    let folder = TempDir::new().unwrap();
    println!("on SQLite");
    run(&test, migrations, &sqlite(folder.path())).await;
    println!("on PostgreSQL");
    let name = postgres(&url, migrations).await;
    run(&test, migrations, &Database::Postgres(at(&url, &name))).await;
    administrate(&url, &format!("drop database {name} with (force)")).await;
}

/// A file that does not exist yet.
pub fn sqlite(folder: &Path) -> Database {
    Database::Sqlite(folder.join("test.db"))
}

/// The URL of an empty database, for tests that open it more than once. It stays until the cluster goes.
pub async fn empty_postgres() -> Database {
    let url = postgres_url();
    let name = fresh_name();
    administrate(&url, &format!("create database {name}")).await;
    Database::Postgres(at(&url, &name))
}

async fn run(test: &impl AsyncFn(Db), migrations: &[Migration], database: &Database) {
    let db = Db::open(database).await.unwrap();
    db.migrate(migrations).await.unwrap();
    test(db.clone()).await;
    db.close().await;
}

/// Creates a database from a template that has the migrations, and returns its name. Copying the
/// template takes a tenth of the time that migrating does.
async fn postgres(url: &str, migrations: &[Migration]) -> String {
    let template = template_name(migrations);
    let mut admin = connect(url).await;
    // Tests run at once, in this process and in others: one of them makes the template. A template
    // cannot be copied while somebody is connected to it either.
    sqlx::query("select pg_advisory_lock(5748029357)").execute(&mut admin).await.unwrap();
    let known = sqlx::query("select 1 from pg_database where datname = $1 and datistemplate").bind(&template);
    if known.fetch_optional(&mut admin).await.unwrap().is_none() {
        // Left by a migration that failed.
        execute(&mut admin, &format!("drop database if exists {template}")).await;
        execute(&mut admin, &format!("create database {template}")).await;
        let db = Db::open(&Database::Postgres(at(url, &template))).await.unwrap();
        db.migrate(migrations).await.unwrap();
        db.close().await;
        execute(&mut admin, &format!("alter database {template} is_template true")).await;
    }
    let name = fresh_name();
    execute(&mut admin, &format!("create database {name} template {template}")).await;
    admin.close().await.unwrap();
    name
}

fn postgres_url() -> String {
    std::env::var(POSTGRES).unwrap_or_else(|_| {
        panic!(
            "These tests need PostgreSQL, and {POSTGRES} is not set: run `make test`, \
             or start them through server/tests/with-postgres."
        )
    })
}

/// Tells lists of migrations apart, so that an edited one gets a template of its own.
fn template_name(migrations: &[Migration]) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for Migration { version, name, sqlite: _, postgres } in migrations {
        (version, name, postgres).hash(&mut hasher);
    }
    format!("template_{:016x}", hasher.finish())
}

fn fresh_name() -> String {
    static N_MADE: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), N_MADE.fetch_add(1, Ordering::Relaxed))
}

fn at(url: &str, database: &str) -> String {
    let options = PgConnectOptions::from_str(url).unwrap().database(database);
    options.to_url_lossy().to_string()
}

async fn administrate(url: &str, statement: &str) {
    let mut admin = connect(url).await;
    execute(&mut admin, statement).await;
    admin.close().await.unwrap();
}

async fn connect(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).unwrap().disable_statement_logging();
    options.connect().await.unwrap_or_else(|error| panic!("no PostgreSQL at {POSTGRES}: {error}"))
}

async fn execute(admin: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(admin).await.unwrap();
}
