//! M's connections for reading, on either engine.

use serde_json::{Map, Value};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Column, ColumnIndex, Decode, PgPool, Row, SqlitePool, TypeInfo, ValueRef};

use super::file;

/// How many there are.
const READERS: u32 = 8;

pub enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Readers {
    pub async fn open(url: &str) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let pool = SqlitePoolOptions::new().max_connections(READERS);
                Self::Sqlite(pool.connect_with(file(path)).await.unwrap())
            }
            None => {
                // A connection that was lost is not M's worry, and to ask takes as long as the statement.
                let pool = PgPoolOptions::new().max_connections(READERS).test_before_acquire(false);
                Self::Postgres(pool.connect(url).await.unwrap())
            }
        }
    }

    /// Row by row, at most so many.
    pub async fn objects(&self, text: &str, most: usize) -> Vec<Value> {
        let text = AssertSqlSafe(text.to_owned());
        match self {
            Self::Sqlite(pool) => {
                sqlx::query(text).fetch_all(pool).await.unwrap().iter().take(most).map(object).collect()
            }
            Self::Postgres(pool) => {
                sqlx::query(text).fetch_all(pool).await.unwrap().iter().take(most).map(object).collect()
            }
        }
    }
}

fn object<R: Row>(row: &R) -> Value
where
    usize: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database>,
    for<'r> i64: Decode<'r, R::Database>,
    for<'r> bool: Decode<'r, R::Database>,
{
    let mut object = Map::new();
    for column in row.columns() {
        let place = column.ordinal();
        object.insert(column.name().to_owned(), value(row, place));
    }
    Value::Object(object)
}

fn value<R: Row>(row: &R, place: usize) -> Value
where
    usize: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database>,
    for<'r> i64: Decode<'r, R::Database>,
    for<'r> bool: Decode<'r, R::Database>,
{
    let raw = row.try_get_raw(place).unwrap();
    match (raw.is_null(), raw.type_info().name()) {
        (true, _) => Value::Null,
        (_, "TEXT") => row.get_unchecked::<String, _>(place).into(),
        // SQLite has numbers for it.
        (_, "BOOL") => row.get_unchecked::<bool, _>(place).into(),
        _ => row.get_unchecked::<i64, _>(place).into(),
    }
}
