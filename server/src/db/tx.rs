//! A transaction, as work sees it.

use std::borrow::Cow;

use anyhow::anyhow;
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use super::connection::{Conn, Engine};
use super::error::{Error, explained, is_lost, unavailable};
use super::statement::{Bound, Query, Sql};

/// An open transaction. Its statements run one after another.
pub struct Tx {
    pub(super) conn: Conn,
    pub(super) health: Health,
    is_reading: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Sound,
    /// A statement failed. PostgreSQL refuses all that follow until a rollback; so does the façade on SQLite.
    Failed,
    /// The connection is gone, and with it everything since `begin`.
    Lost,
}

impl Tx {
    pub fn engine(&self) -> Engine {
        match self.conn {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) => Engine::Postgres,
        }
    }

    /// A statement; placeholders are `$1`, `$2`, … on both engines and may repeat.
    /// SQLite takes one that is not bound for null, PostgreSQL refuses it.
    pub fn q(&mut self, sql: Sql) -> Query<'_> {
        let (health, hint) = (&mut self.health, sql.sqlite);
        let bound = match &mut self.conn {
            Conn::Sqlite(conn) => Bound::Sqlite(conn, sqlx::query(sql.sqlite)),
            Conn::Postgres(conn) => Bound::Postgres(conn, sqlx::query(sql.postgres)),
        };
        Query { bound, health, hint }
    }

    /// A statement put together from parts of our own. Never put a value into the text: bind it.
    pub fn built(&mut self, text: String) -> Query<'_> {
        let (health, hint) = (&mut self.health, "a built statement");
        let bound = match &mut self.conn {
            Conn::Sqlite(conn) => Bound::Sqlite(conn, sqlx::query(AssertSqlSafe(text))),
            Conn::Postgres(conn) => Bound::Postgres(conn, sqlx::query(AssertSqlSafe(text))),
        };
        Query { bound, health, hint }
    }

    /// A statement that gives the rows of `select columns from …` as lines of JSON lists, in one text: a driver spends
    /// more on each of a few thousand values than the database on finding them. The order of the lines is not
    /// promised. Null where there is no row.
    pub fn lines(&self, columns: &str, from: &str) -> String {
        let (all, line) = match self.engine() {
            Engine::Sqlite => ("group_concat(line, char(10))", "json_array"),
            Engine::Postgres => ("string_agg(line, chr(10))", "json_build_array"),
        };
        format!("select {all} from (select cast({line}({columns}) as text) as line {from}) found")
    }

    /// The placeholders of rows for [`Tx::built`], to be bound in order: `($1, $2), ($3, $4)`. SQLite gets them without
    /// numbers: it and its driver look a numbered one up among all before it, which costs 200 rows more than
    /// writing them.
    pub fn rows(&self, n: usize, columns: usize) -> String {
        let place = |place: usize| match self.engine() {
            Engine::Sqlite => "?".to_owned(),
            Engine::Postgres => format!("${place}"),
        };
        let row = |row: usize| {
            let places: Vec<String> = (1..=columns).map(|column| place(row * columns + column)).collect();
            format!("({})", places.join(", "))
        };
        (0..n).map(row).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn new(conn: Conn) -> Tx {
        Tx { conn, health: Health::Sound, is_reading: false }
    }

    /// Whether everything in it was committed: nothing is changed here that may yet be undone.
    pub fn is_reading(&self) -> bool {
        self.is_reading
    }

    /// Waits until no other server writes for those keys, and keeps them waiting until the commit.
    pub(super) async fn begin_writing(&mut self, keys: Vec<String>) -> Result<(), Error> {
        match self.engine() {
            // Deferred, it would find out only at its first write that another process holds the lock. It keeps all
            // others waiting.
            Engine::Sqlite => self.command("begin immediate").await,
            // All in one message.
            Engine::Postgres => {
                let turn = |key: String| format!("; select pg_advisory_xact_lock({})", lock_of(&key));
                self.command(format!("begin{}", keys.into_iter().map(turn).collect::<String>())).await
            }
        }
    }

    pub(super) async fn begin_reading(&mut self) -> Result<(), Error> {
        self.is_reading = true;
        match self.engine() {
            Engine::Sqlite => self.command("begin deferred").await,
            Engine::Postgres => self.command("begin isolation level repeatable read").await,
        }
    }

    /// Statements without values and without rows, separated by semicolons.
    pub(super) async fn command(&mut self, text: impl Into<Cow<'static, str>>) -> Result<(), Error> {
        let text = text.into();
        let sql = AssertSqlSafe(text.clone());
        let done = match &mut self.conn {
            Conn::Sqlite(conn) => sqlx::raw_sql(sql).execute(conn).await.map(drop),
            Conn::Postgres(conn) => sqlx::raw_sql(sql).execute(conn).await.map(drop),
        };
        self.health.note(done, &text)
    }
}

/// The number of the lock that servers take turns with for a key.
fn lock_of(key: &str) -> i64 {
    let digest = Sha256::digest(format!("switchboard {key}"));
    digest.iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte))
}

impl Health {
    /// Refuses statements that can no longer count.
    pub(super) fn check(self) -> Result<(), Error> {
        match self {
            Health::Sound => Ok(()),
            Health::Failed => Err(Error::Fault(anyhow!("an earlier statement of this transaction failed"))),
            Health::Lost => Err(unavailable("the connection was lost")),
        }
    }

    pub(super) fn note<T>(&mut self, done: Result<T, sqlx::Error>, hint: &str) -> Result<T, Error> {
        done.map_err(|error| {
            *self = if is_lost(&error) { Health::Lost } else { Health::Failed };
            let error = explained(error, hint);
            if *self == Health::Lost {
                // Those whose work is lost with it hear only that.
                tracing::warn!(%error, "a transaction was lost: {error}");
            }
            error
        })
    }
}
