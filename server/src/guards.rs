//! What must be true before the server starts. Each refusal is a sentence that says what to do.

use std::fs::{DirBuilder, File};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tokio::net::TcpListener;

use crate::db::{Database, Db, Engine, Error, Tx};
use crate::sql;

/// SQLite before this can damage a database in WAL mode when two connections write and checkpoint at
/// once: the "WAL-reset bug" of its release notes, rare but silent.
const SQLITE_AT_LEAST: [u32; 3] = [3, 51, 3];

/// 2026-01-01 00:00 UTC in epoch milliseconds: older than this program, so no clock may show less.
const YEAR_2026: i64 = 1_767_225_600_000;

/// How far the clock may stand behind the newest stored event: a machine may have been a little fast.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes the database's folder, readable by its owner only, or checks that it can be written.
/// PostgreSQL has none.
pub fn folder(database: &Database) -> Result<()> {
    let Database::Sqlite(path) = database else { return Ok(()) };
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) | None => Path::new("."),
    };
    let advice =
        "Create it and give it to the user that runs Switchboard, or choose another place with --database.";
    create(folder).with_context(|| format!("The folder {} cannot be created. {advice}", folder.display()))?;
    try_write(folder)
        .with_context(|| format!("The folder {} cannot be written. {advice}", folder.display()))?;
    ensure!(!path.is_dir(), "{} is a folder. Name a file in it with --database.", path.display());
    Ok(())
}

/// Reads SQLite's version and the settings that our promises rest on back from the connection that
/// writes. PostgreSQL needs none of this.
pub async fn database(db: &Db) -> Result<()> {
    if db.engine() == Engine::Postgres {
        return Ok(());
    }
    let (version, settings) = db
        .write("", async |tx: &mut Tx| {
            let version: String = tx.q(sql!("select sqlite_version()")).one().await?.get(0)?;
            let settings = Settings {
                journal_mode: tx.q(sql!("pragma journal_mode")).one().await?.get(0)?,
                synchronous: tx.q(sql!("pragma synchronous")).one().await?.get(0)?,
                foreign_keys: tx.q(sql!("pragma foreign_keys")).one().await?.get(0)?,
            };
            Ok::<_, Error>((version, settings))
        })
        .await?;
    sqlite_version(&version)?;
    sqlite_settings(&settings)
}

/// `now` and `newest`, the time of the newest stored event if there is one, are epoch milliseconds.
/// A clock that jumped back would revive expired sessions and delay what is due.
pub fn clock(now: i64, newest: Option<i64>) -> Result<()> {
    let advice = "Set the clock (`timedatectl set-ntp true` keeps it right) and start again.";
    ensure!(now >= YEAR_2026, "The clock of this machine shows a time before 2026. {advice}");
    if let Some(newest) = newest {
        let days = newest.saturating_sub(now) / DAY_MS;
        let unit = if days == 1 { "day" } else { "days" };
        ensure!(
            now >= newest.saturating_sub(DAY_MS),
            "The clock of this machine is at least {days} {unit} behind the newest event in the \
             database. {advice}"
        );
    }
    Ok(())
}

/// Listens on `address`. `option` is the one that chose it, `--listen` or `--metrics-listen`.
pub async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) => bail!(not_listening(address, option, &error)),
    }
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// By writing: permissions alone do not tell of a read-only or a full disk.
fn try_write(folder: &Path) -> io::Result<()> {
    let probe: PathBuf = folder.join(format!(".switchboard-{}", std::process::id()));
    let written = File::create(&probe).and_then(|mut file| io::Write::write_all(&mut file, b"probe"));
    let removed = std::fs::remove_file(&probe);
    written.and(removed)
}

fn sqlite_version(text: &str) -> Result<()> {
    let numbers: Vec<u32> = text.split('.').map_while(|part| part.parse().ok()).collect();
    ensure!(
        numbers.as_slice() >= SQLITE_AT_LEAST.as_slice(),
        "This program was built with SQLite {text}, which can damage its database. \
         Build it with the Cargo.lock that comes with it: that names 3.51.3 or later."
    );
    Ok(())
}

#[derive(Debug)]
struct Settings {
    journal_mode: String,
    /// 2 is full.
    synchronous: i64,
    foreign_keys: i64,
}

fn sqlite_settings(settings: &Settings) -> Result<()> {
    let Settings { journal_mode, synchronous, foreign_keys } = settings;
    ensure!(
        journal_mode == "wal",
        "SQLite keeps its journal as \"{journal_mode}\" and not as \"wal\": its folder does not allow \
         shared memory, as network drives do not. Move the database to a local disk and name it with \
         --database."
    );
    ensure!(
        *synchronous == 2 && *foreign_keys == 1,
        "SQLite did not take its settings (synchronous {synchronous}, foreign_keys {foreign_keys}): \
         this build of it cannot keep messages safe. Use the released program."
    );
    Ok(())
}

fn not_listening(address: SocketAddr, option: &str, error: &io::Error) -> String {
    let (ip, port) = (address.ip(), address.port());
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!(
                "Port {port} is in use on {ip}. Stop the program that uses it, or choose another with \
                 {option}."
            )
        }
        io::ErrorKind::PermissionDenied => format!(
            "Port {port} may not be used by this user. Choose one above 1023 with {option}, and put a \
             reverse proxy before it."
        ),
        io::ErrorKind::AddrNotAvailable => {
            format!("This machine does not have the address {ip}. Choose one of its own with {option}.")
        }
        _ => format!("Listening on {address} failed: {error}. Choose another address with {option}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(outcome: Result<()>, advice: &str) {
        let sentence = format!("{:#}", outcome.unwrap_err());
        assert!(sentence.contains(advice), "{sentence}");
    }

    #[test]
    fn sqlite_may_be_newer_but_not_older() {
        for good in ["3.51.3", "3.51.10", "3.52.0", "4.0.0"] {
            assert!(sqlite_version(good).is_ok(), "{good}");
        }
        for bad in ["3.51.2", "3.9.9", "3.51", ""] {
            refused(sqlite_version(bad), "Cargo.lock");
        }
    }

    #[test]
    fn each_setting_of_sqlite_is_needed() {
        let settings = |journal_mode: &str, synchronous, foreign_keys| Settings {
            journal_mode: journal_mode.into(),
            synchronous,
            foreign_keys,
        };
        assert!(sqlite_settings(&settings("wal", 2, 1)).is_ok());
        refused(sqlite_settings(&settings("delete", 2, 1)), "local disk");
        refused(sqlite_settings(&settings("wal", 1, 1)), "synchronous 1");
        refused(sqlite_settings(&settings("wal", 2, 0)), "foreign_keys 0");
    }

    #[tokio::test]
    async fn the_database_that_we_open_passes() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Database::Sqlite(folder.path().join("test.db"))).await.unwrap();
        database(&db).await.unwrap();
    }

    #[test]
    fn the_folder_is_made_for_its_owner_only() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        folder(&Database::Sqlite(path.join("switchboard.db"))).unwrap();
        folder(&Database::Sqlite(path.join("switchboard.db"))).unwrap();
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0, "the probe is gone");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777,
            0o700
        );
        folder(&Database::Postgres("postgres://db/desk".into())).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_or_a_file_that_is_one_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        refused(folder(&Database::Sqlite(file.join("switchboard.db"))), "--database");
        refused(folder(&Database::Sqlite(home.path().into())), "is a folder");
    }

    #[test]
    fn the_clock_may_be_a_day_behind_the_newest_event_and_no_more() {
        assert!(clock(YEAR_2026, None).is_ok());
        refused(clock(YEAR_2026 - 1, None), "before 2026");
        let newest = YEAR_2026 + 5 * DAY_MS;
        assert!(clock(newest - DAY_MS, Some(newest)).is_ok());
        refused(clock(newest - DAY_MS - 1, Some(newest)), "at least 1 day behind");
        refused(clock(newest - 3 * DAY_MS, Some(newest)), "at least 3 days behind");
        assert!(clock(newest, Some(YEAR_2026)).is_ok());
    }

    #[tokio::test]
    async fn a_port_in_use_is_named_with_what_to_do() {
        let first = listen("127.0.0.1:0".parse().unwrap(), "--listen").await.unwrap();
        let address = first.local_addr().unwrap();
        let sentence = listen(address, "--listen").await.unwrap_err().to_string();
        let expected = format!("Port {} is in use on 127.0.0.1.", address.port());
        assert!(
            sentence.starts_with(&expected) && sentence.ends_with("choose another with --listen."),
            "{sentence}"
        );
    }
}
