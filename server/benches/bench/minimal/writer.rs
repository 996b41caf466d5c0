//! M's connection for writing, on either engine: the same text, bound by its driver.

use sqlx::{Connection, PgConnection, Row, SqliteConnection};

use super::file;

pub enum Writer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What a placeholder stands for.
#[derive(Clone, Copy)]
pub enum Bound<'v> {
    Number(i64),
    Text(&'v str),
}

macro_rules! query {
    ($text:expr, $values:expr) => {
        $values.iter().fold(sqlx::query($text), |query, value| match *value {
            Bound::Number(n) => query.bind(n),
            Bound::Text(text) => query.bind(text),
        })
    };
}

impl Writer {
    pub async fn open(url: &str) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(path) => Self::Sqlite(SqliteConnection::connect_with(&file(path)).await.unwrap()),
            None => Self::Postgres(PgConnection::connect(url).await.unwrap()),
        }
    }

    pub async fn begin(&mut self) {
        self.command(match self {
            Self::Sqlite(_) => "begin immediate",
            Self::Postgres(_) => "begin",
        })
        .await;
    }

    pub async fn commit(&mut self) {
        self.command("commit").await;
    }

    async fn command(&mut self, text: &'static str) {
        match self {
            Self::Sqlite(conn) => drop(sqlx::raw_sql(text).execute(conn).await.unwrap()),
            Self::Postgres(conn) => drop(sqlx::raw_sql(text).execute(conn).await.unwrap()),
        }
    }

    pub async fn run(&mut self, text: &'static str, values: &[Bound<'_>]) {
        match self {
            Self::Sqlite(conn) => drop(query!(text, values).execute(conn).await.unwrap()),
            Self::Postgres(conn) => drop(query!(text, values).execute(conn).await.unwrap()),
        }
    }

    /// The one number that a statement returns.
    pub async fn number(&mut self, text: &'static str) -> i64 {
        match self {
            Self::Sqlite(conn) => sqlx::query(text).fetch_one(conn).await.unwrap().get(0),
            Self::Postgres(conn) => sqlx::query(text).fetch_one(conn).await.unwrap().get(0),
        }
    }
}
