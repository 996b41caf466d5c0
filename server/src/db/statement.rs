//! Statements: one text for both engines, values in, rows out.

use anyhow::anyhow;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Decode, Encode, PgConnection, Postgres, Row as _, Sqlite, SqliteConnection, Type};

use super::error::Error;
use super::tx::Health;

/// A statement for both engines; see [`sql!`](crate::sql).
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

/// `sql!("select …")`; with more text for one engine `sql!("select …"; postgres: " for update")`;
/// or two texts `sql!(sqlite: "…", postgres: "…")`.
#[macro_export]
macro_rules! sql {
    (sqlite: $sqlite:expr, postgres: $postgres:expr $(,)?) => {
        $crate::db::Sql { sqlite: $sqlite, postgres: $postgres }
    };
    ($text:literal; postgres: $more:literal) => {
        $crate::db::Sql { sqlite: $text, postgres: concat!($text, $more) }
    };
    ($text:literal; sqlite: $more:literal) => {
        $crate::db::Sql { sqlite: concat!($text, $more), postgres: $text }
    };
    ($text:expr) => {
        $crate::db::Sql { sqlite: $text, postgres: $text }
    };
}

/// What can be bound on both engines: `i64`, `bool`, `&str`, `String`, `&[u8]`, `Vec<u8>` and
/// `Option` of these.
pub trait Val<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}
impl<'q, T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>> Val<'q> for T {}

/// What can be read from both engines: as [`Val`].
pub trait Col<'r>: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}
impl<'r, T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>> Col<'r> for T {}

#[derive(Debug)]
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The column at `index`, counted from 0. [`Error::Fault`] if it has another type.
    ///
    /// PostgreSQL tells small numbers from large: write `cast(… as bigint)` around `sum(…)` and around a
    /// number that stands in the SQL itself.
    pub fn get<'r, T: Col<'r>>(&'r self, index: usize) -> Result<T, Error> {
        match self {
            Row::Sqlite(row) => row.try_get(index),
            Row::Postgres(row) => row.try_get(index),
        }
        .map_err(|error| Error::Fault(anyhow!("reading column {index}: {error}")))
    }
}

/// A statement with its values, to be ended with `all`, `opt`, `one` or `exec`.
#[must_use = "a statement runs when it is ended with all, opt, one or exec"]
pub struct Query<'t> {
    pub(super) bound: Bound<'t>,
    pub(super) health: &'t mut Health,
    pub(super) hint: &'static str,
}

pub(super) enum Bound<'t> {
    Sqlite(&'t mut SqliteConnection, sqlx::query::Query<'static, Sqlite, SqliteArguments>),
    Postgres(&'t mut PgConnection, sqlx::query::Query<'static, Postgres, PgArguments>),
}

impl<'t> Query<'t> {
    /// The value of the next placeholder. It is copied.
    pub fn bind<'q>(self, value: impl Val<'q>) -> Query<'t> {
        let bound = match self.bound {
            Bound::Sqlite(conn, query) => Bound::Sqlite(conn, query.bind(value)),
            Bound::Postgres(conn, query) => Bound::Postgres(conn, query.bind(value)),
        };
        Query { bound, ..self }
    }

    /// Every row. The statement bounds how many, with `limit`.
    pub async fn all(self) -> Result<Vec<Row>, Error> {
        self.health.check()?;
        let rows = match self.bound {
            Bound::Sqlite(conn, query) => {
                query.fetch_all(conn).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Bound::Postgres(conn, query) => {
                query.fetch_all(conn).await.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        self.health.note(rows, self.hint)
    }

    /// The first row, if there is one.
    pub async fn opt(self) -> Result<Option<Row>, Error> {
        self.health.check()?;
        let row = match self.bound {
            Bound::Sqlite(conn, query) => query.fetch_optional(conn).await.map(|row| row.map(Row::Sqlite)),
            Bound::Postgres(conn, query) => {
                query.fetch_optional(conn).await.map(|row| row.map(Row::Postgres))
            }
        };
        self.health.note(row, self.hint)
    }

    /// The first row. [`Error::Fault`] if there is none.
    pub async fn one(self) -> Result<Row, Error> {
        let hint = self.hint;
        self.opt().await?.ok_or_else(|| Error::Fault(anyhow!("no row: {hint}")))
    }

    /// How many rows it inserted, changed or deleted.
    pub async fn exec(self) -> Result<u64, Error> {
        self.health.check()?;
        let done = match self.bound {
            Bound::Sqlite(conn, query) => query.execute(conn).await.map(|done| done.rows_affected()),
            Bound::Postgres(conn, query) => query.execute(conn).await.map(|done| done.rows_affected()),
        };
        self.health.note(done, self.hint)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_text_serves_both_engines_until_a_suffix_says_otherwise() {
        let same = sql!("select 1");
        assert_eq!((same.sqlite, same.postgres), ("select 1", "select 1"));
        let locked = sql!("select 1"; postgres: " for update");
        assert_eq!((locked.sqlite, locked.postgres), ("select 1", "select 1 for update"));
        let two = sql!(sqlite: "select 1", postgres: "select 2");
        assert_eq!((two.sqlite, two.postgres), ("select 1", "select 2"));
    }
}
