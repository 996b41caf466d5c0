//! Bringing the schema up to date.

use anyhow::anyhow;
use sha2::{Digest, Sha256};

use super::connection::Engine;
use super::error::Error;
use super::tx::Tx;
use crate::sql;

/// One step of the schema. Texts may hold many statements; on SQLite, one that rebuilds a table
/// starts with `pragma defer_foreign_keys = on`.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Rising from 1.
    pub version: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Migration {
    /// Whether it was missing and has been applied.
    pub(super) async fn apply(&self, tx: &mut Tx, migrations: &[Migration]) -> Result<bool, Error> {
        if tx.engine() == Engine::Postgres {
            tx.command("select pg_advisory_xact_lock(5748029356)").await?; // ours, chosen once
        }
        tx.command(
            "create table if not exists schema_version \
             (version bigint primary key, name text not null, checksum text not null)",
        )
        .await?;
        let recorded = tx.q(sql!("select version, checksum from schema_version")).all().await?;
        let (engine, mut is_applied) = (tx.engine(), false);
        for row in recorded {
            let (version, checksum): (i64, String) = (row.get(0)?, row.get(1)?);
            check_recorded(version, &checksum, migrations, engine)?;
            is_applied |= version == self.version;
        }
        if is_applied {
            return Ok(false);
        }
        tx.command(self.text(engine)).await.map_err(|error| {
            Error::Fault(anyhow!("Migration {} ({}) failed: {error}", self.version, self.name))
        })?;
        tx.q(sql!("insert into schema_version (version, name, checksum) values ($1, $2, $3)"))
            .bind(self.version)
            .bind(self.name)
            .bind(self.checksum(engine))
            .exec()
            .await?;
        Ok(true)
    }

    fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    /// SHA-256 of the text, in lower-case hex.
    fn checksum(&self, engine: Engine) -> String {
        format!("{:x}", Sha256::digest(self.text(engine)))
    }
}

fn check_recorded(version: i64, checksum: &str, known: &[Migration], engine: Engine) -> Result<(), Error> {
    let newest = known.iter().map(|migration| migration.version).max().unwrap_or_default();
    let Some(migration) = known.iter().find(|migration| migration.version == version) else {
        return Err(Error::Fault(anyhow!(
            "The database has schema version {version}, but this program knows versions up to {newest}. \
             Start the newer Switchboard again, or restore a backup made before the upgrade."
        )));
    };
    if migration.checksum(engine) != checksum {
        return Err(Error::Fault(anyhow!(
            "Migration {version} ({}) is not the one that was applied to this database. \
             Start the Switchboard that applied it, or restore its migration file.",
            migration.name
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_of_the_text_that_ran() {
        let migration = Migration { version: 1, name: "abc", sqlite: "abc", postgres: "" };
        let (abc, empty) = (migration.checksum(Engine::Sqlite), migration.checksum(Engine::Postgres));
        assert!(abc.starts_with("ba7816bf") && abc.ends_with("f20015ad") && abc.len() == 64, "{abc}");
        assert!(empty.starts_with("e3b0c442"), "{empty}");
    }
}
