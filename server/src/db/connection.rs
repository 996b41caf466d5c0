//! Which database, and how its engines are connected to.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};

use super::error::{Error, explained, not_connected};

/// Where the data lives. Shown without user and password, so that it may be logged.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file; its folder must exist.
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => write!(f, "SQLite in {}", path.display()),
            Database::Postgres(url) => match url.parse::<PgConnectOptions>() {
                Ok(options) => {
                    let name = options.get_database().unwrap_or_default();
                    write!(f, "PostgreSQL database {name} on {}:{}", options.get_host(), options.get_port())
                }
                Err(_) => write!(f, "PostgreSQL"),
            },
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

pub(super) enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Conn {
    /// Says goodbye; SQLite moves its log into the file when the last connection does.
    pub(super) async fn close(self) {
        let closed = match self {
            Conn::Sqlite(conn) => conn.close().await,
            Conn::Postgres(conn) => conn.close().await,
        };
        if let Err(error) = closed {
            tracing::warn!(%error, "a database connection did not close: {error}");
        }
    }
}

/// How to reach the database.
pub(super) enum Source {
    Sqlite(SqliteConnectOptions),
    /// A file that only we read.
    Still(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

impl Source {
    pub(super) fn new(database: &Database) -> Result<Source, Error> {
        match database {
            Database::Sqlite(path) => Ok(Source::Sqlite(
                SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .foreign_keys(true)
                    // The default of WAL mode may lose the last commits when the power goes.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5))
                    .statement_cache_capacity(256)
                    // 16 MB a connection instead of 2: ids are spread over all of an index.
                    .pragma("cache_size", "-16384")
                    // A page of a list comes in one piece instead of one thread switch for each 50 rows.
                    .row_buffer_size(1024)
                    .disable_statement_logging(),
            )),
            Database::Postgres(url) => {
                let options: PgConnectOptions =
                    url.parse().map_err(|error| explained(error, "reading the database URL"))?;
                let limits = [
                    ("statement_timeout", "8s"),
                    ("lock_timeout", "5s"),
                    // A server that was paused in a transaction keeps the others waiting no longer than that.
                    ("idle_in_transaction_session_timeout", "5s"),
                    ("client_min_messages", "warning"),
                ];
                let options = options.application_name("switchboard").options(limits);
                Ok(Source::Postgres(options.statement_cache_capacity(256).disable_statement_logging()))
            }
        }
    }

    pub(super) fn still(path: &std::path::Path) -> Source {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
        Source::Still(options.row_buffer_size(1024).disable_statement_logging())
    }

    pub(super) fn engine(&self) -> Engine {
        match self {
            Source::Sqlite(_) | Source::Still(_) => Engine::Sqlite,
            Source::Postgres(_) => Engine::Postgres,
        }
    }

    pub(super) async fn writing(&self) -> Result<Conn, Error> {
        let conn = match self {
            // Stays in the file, so readers need not ask for it: they could be told that it is locked.
            Source::Sqlite(options) => {
                options.clone().journal_mode(SqliteJournalMode::Wal).connect().await.map(Conn::Sqlite)
            }
            Source::Still(options) => options.connect().await.map(Conn::Sqlite),
            Source::Postgres(options) => options.connect().await.map(Conn::Postgres),
        };
        conn.map_err(not_connected)
    }

    pub(super) async fn reading(&self) -> Result<Conn, Error> {
        let conn = match self {
            Source::Sqlite(options) => {
                options.clone().pragma("query_only", "on").connect().await.map(Conn::Sqlite)
            }
            Source::Still(options) => options.connect().await.map(Conn::Sqlite),
            Source::Postgres(options) => {
                let options = options.clone().options([("default_transaction_read_only", "on")]);
                options.connect().await.map(Conn::Postgres)
            }
        };
        conn.map_err(not_connected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_shown_without_its_password() {
        let database = Database::Postgres("postgres://ana:hunter2@db.example:5433/desk".into());
        assert_eq!(database.to_string(), "PostgreSQL database desk on db.example:5433");
        assert_eq!(format!("{database:?}"), database.to_string());
    }
}
