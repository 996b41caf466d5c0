//! The data set in PostgreSQL. Whoever starts the bench starts a server and names it.

use anyhow::{Context, Result, bail};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::houses::Houses;

/// A server where databases may be made and thrown away.
pub struct Postgres {
    /// Of a database of a superuser's.
    url: String,
}

impl Postgres {
    /// The one that the environment names.
    pub fn named() -> Result<Self> {
        match std::env::var("SWITCHBOARD_TEST_POSTGRES") {
            Ok(url) => Ok(Self { url }),
            Err(_) => bail!("SWITCHBOARD_TEST_POSTGRES names no server: run `make bench`, which starts one."),
        }
    }

    /// Two databases that hold the same house, for ours and for M.
    pub async fn filled(&self, houses: &Houses<'_>, n: &str) -> Result<[String; 2]> {
        eprintln!("Moving {n} conversations to PostgreSQL…");
        let copies = ["bench_ours", "bench_minimal"];
        for name in copies {
            self.run(&self.url, &format!("drop database if exists {name}")).await?;
        }
        self.run(&self.url, "create database bench_ours").await?;
        houses.restored(n, &self.url_of("bench_ours"))?;
        // As the server would have done by itself in its first minutes.
        self.run(&self.url_of("bench_ours"), "vacuum analyze").await?;
        self.run(&self.url, "create database bench_minimal template bench_ours").await?;
        Ok(copies.map(|name| self.url_of(name)))
    }

    fn url_of(&self, name: &str) -> String {
        let (server, _) = self.url.rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }

    async fn run(&self, url: &str, text: &str) -> Result<()> {
        let mut conn = PgConnection::connect(url).await.context("PostgreSQL does not answer")?;
        sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut conn).await.context(text.to_owned())?;
        Ok(conn.close().await?)
    }
}
