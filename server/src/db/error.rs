//! What can go wrong, sorted by what the caller can do about it.

use std::fmt;

use anyhow::anyhow;

/// Why the database did not do it. Texts hold no bound value, user or password.
#[derive(Debug)]
pub enum Error {
    /// It did not answer, or broke off while committing: the work may or may not have been done.
    /// Look it up, or send it again with the same id.
    Unavailable(anyhow::Error),
    /// A unique key is taken. Names the constraint on PostgreSQL and the columns on SQLite
    /// (`label.name`), so match it by [`Error::is_unique`] only, or write `on conflict do nothing`.
    Conflict(String),
    /// A mistake of ours, or a sentence for whoever starts the server ([`migrate`](super::Db::migrate)).
    Fault(anyhow::Error),
}

impl Error {
    pub fn is_unique(&self) -> bool {
        matches!(self, Error::Conflict(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unavailable(why) => write!(f, "the database is not available: {why:#}"),
            Error::Conflict(name) => write!(f, "unique key taken: {name}"),
            Error::Fault(why) => write!(f, "{why:#}"),
        }
    }
}

impl std::error::Error for Error {}

pub(super) fn not_connected(error: sqlx::Error) -> Error {
    Error::Unavailable(anyhow!("no connection: {error}"))
}

/// Whether everything since `begin` is gone, and the connection with it or better not used again.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        // Class 08 and 57P, and a transaction that rested too long: PostgreSQL ends the session.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // SQLite undoes the whole transaction where the disk is full or fails; it has no savepoint left then.
            let is_ended = code.starts_with("08") || code.starts_with("57P") || code == "25P03";
            code.len() == 5 && is_ended || matches!(primary(&code), Some(10 | 13))
        }),
        _ => false,
    }
}

/// Sorts a driver's error into ours. `hint` is the statement, without values.
pub(super) fn explained(error: sqlx::Error, hint: &str) -> Error {
    let why = anyhow!("{error}, in: {hint}");
    match &error {
        _ if is_lost(&error) => Error::Unavailable(why),
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            let named = database.message().rsplit(": ").next().unwrap_or_default();
            Error::Conflict(database.constraint().unwrap_or(named).to_owned())
        }
        sqlx::Error::Database(database) if database.code().is_some_and(|code| is_passing(&code)) => {
            Error::Unavailable(why)
        }
        _ => Error::Fault(why),
    }
}

/// Whether trying again later can help, by PostgreSQL's SQLSTATE (always five characters) or SQLite's
/// extended result code (at most four, so far).
fn is_passing(code: &str) -> bool {
    if code.len() == 5 {
        // Out of resources, input or output failed, deadlock or serialisation, lock and statement time-outs.
        let is_system = code.starts_with("53") || code.starts_with("58");
        return is_system || matches!(code, "40P01" | "40001" | "55P03" | "57014");
    }
    // Busy, locked, input or output failed, disk full, cannot open.
    matches!(primary(code), Some(5 | 6 | 10 | 13 | 14))
}

/// What an extended result code of SQLite's is about: its low byte.
fn primary(code: &str) -> Option<i32> {
    let code = code.parse::<i32>().ok().filter(|_| code.len() < 5)?;
    Some(code & 0xff)
}

pub(super) fn unavailable(why: impl fmt::Display) -> Error {
    Error::Unavailable(anyhow!("{why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_passes_and_a_syntax_error_does_not() {
        let sqlite_full = "13";
        let sqlite_fsync_failed = (10 | (4 << 8)).to_string();
        assert!(is_passing(sqlite_full) && is_passing(&sqlite_fsync_failed));
        assert!(is_passing("53100") && is_passing("40P01"));
        assert!(!is_passing("1") && !is_passing("42601") && !is_passing("2067"));
    }
}
