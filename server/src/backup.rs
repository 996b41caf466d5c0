//! Backups. A backup is one SQLite file, whatever engine it is of, with everything as it was at one moment; it can be
//! restored into either engine. Photos are in it, as they are in the database.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use domain::time::Timestamp;

use crate::db::{self, Database, Db, Engine, Tx};
use crate::server::{WORKSPACE, now};
use crate::{guards, health, migrations, sql};

/// The versions of the schema with which the log has an id, and there is an audit log.
const LOG_ID: i64 = 6;
const AUDIT: i64 = 26;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The last entry of the log that is in it.
    pub seq: i64,
    /// The last record of the audit log.
    pub audited: i64,
    /// Which log it is of.
    pub log: String,
    pub n_conversations: i64,
    pub n_bytes: u64,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Told { seq, n_conversations, n_bytes, audited: _, log: _ } = self;
        write!(
            f,
            "{n_conversations} conversations up to entry {seq} of the log ({} KB)",
            n_bytes.div_ceil(1024)
        )
    }
}

/// Writes a backup of a database, which may be served and written to meanwhile. Everything that was acknowledged
/// before this was called is in it.
///
/// Errors: a sentence that says what to do. Nothing is at `path` then.
pub async fn backup(database: &Database, path: &Path) -> Result<Told> {
    ensure!(
        !path.exists(),
        "{} is there already. Choose another name: no backup is overwritten.",
        path.display()
    );
    if let Database::Sqlite(file) = database {
        ensure!(file.exists(), "There is no database at {}. Name it with --database.", file.display());
    }
    let (part, began_at) = (part(path)?, now());
    let written = write(database, &part).await;
    if written.is_err() {
        clear(&part);
    }
    let told = written?;
    put(&part, path)?;
    // The backup is there, whether the house knows of it or not.
    if let Err(why) = note(database, began_at).await {
        tracing::warn!(?why, "that there is a backup could not be noted in the database");
    }
    Ok(told)
}

async fn note(database: &Database, began_at: Timestamp) -> Result<()> {
    let db = Db::open(database).await?;
    let noted = db.write(WORKSPACE, async move |tx: &mut Tx| health::note_backup(tx, began_at).await);
    let noted = noted.await.map_err(|error| anyhow::anyhow!("{error:?}"));
    db.close().await;
    noted
}

async fn write(database: &Database, part: &Path) -> Result<Told> {
    let db = Db::open(database).await?;
    let version = db.version().await?.context("This database holds nothing of Switchboard's.")?;
    known(version)?;
    match db.engine() {
        Engine::Sqlite => {
            // Once it is there, nobody else may read it; SQLite would make it as the umask says.
            drop(create(part)?);
            db.vacuum_into(text(part)?).await?;
        }
        Engine::Postgres => {
            drop(create(part)?);
            let file = Db::open(&Database::Sqlite(part.to_owned())).await?;
            file.migrate(up_to(version)).await?;
            db::copy(&db, &file).await?;
            file.close().await;
        }
    }
    db.close().await;
    check(part).await
}

/// Fills a database that is not there yet, or has no tables, with a backup. Who was signed in then is again; browsers
/// that were open begin anew.
///
/// Errors: a sentence that says what to do. Nothing was changed then, but for tables without rows in PostgreSQL.
pub async fn restore(path: &Path, database: &Database) -> Result<Told> {
    let told = check(path).await?;
    match database {
        Database::Sqlite(target) => {
            for used in [target.clone(), beside(target, "-wal"), beside(target, "-shm")] {
                ensure!(
                    !used.exists(),
                    "{} is there already. Restore beside it, or move it away first: nothing is overwritten.",
                    used.display()
                );
            }
            guards::folder(database)?;
            let part = part(target)?;
            let copied = fill_file(path, &part).await;
            if copied.is_err() {
                clear(&part);
            }
            copied?;
            put(&part, target)?;
        }
        Database::Postgres(_) => fill_postgres(path, database).await?,
    }
    Ok(told)
}

async fn fill_file(path: &Path, part: &Path) -> Result<()> {
    let mut copy = create(part)?;
    let copied = File::open(path).and_then(|mut file| std::io::copy(&mut file, &mut copy));
    copied.with_context(|| format!("{} cannot be written", part.display()))?;
    let db = Db::open(&Database::Sqlite(part.to_owned())).await?;
    begin_anew(&db).await?;
    db.close().await;
    Ok(())
}

async fn fill_postgres(path: &Path, database: &Database) -> Result<()> {
    let db = Db::open(database).await?;
    ensure!(
        db.version().await?.is_none(),
        "{database} is in use already. Make an empty database and name that: nothing is overwritten."
    );
    let file = Db::look_at(path).await?;
    let version = file.version().await?.unwrap_or_default();
    db.migrate(up_to(version)).await?;
    db::copy(&file, &db).await?;
    begin_anew(&db).await?;
    file.close().await;
    db.close().await;
    Ok(())
}

/// The log goes on from another point than the one that browsers know: they must not go on from where they were.
async fn begin_anew(db: &Db) -> Result<()> {
    let begun = db.write("", async move |tx: &mut Tx| {
        tx.q(sql!("update workspace set log_id = ''")).exec().await?;
        Ok::<_, db::Error>(())
    });
    Ok(begun.await?)
}

/// What a backup holds, where it is whole.
///
/// Errors: what is wrong with it.
async fn check(path: &Path) -> Result<Told> {
    let n_bytes = whole(path)?;
    let broken = || format!("{} is damaged: take another backup.", path.display());
    let db = Db::look_at(path).await.with_context(broken)?;
    let version = db.version().await.with_context(broken)?;
    let version = version.with_context(|| format!("{} is no backup of Switchboard's.", path.display()))?;
    known(version)?;
    let read = db.read(async move |tx: &mut Tx| {
        let mut problems: Vec<String> = vec![];
        for row in tx.q(sql!("pragma integrity_check(3)")).all().await? {
            problems.push(row.get(0)?);
        }
        problems.retain(|problem| problem != "ok");
        let row = tx.q(sql!("select \"table\" from pragma_foreign_key_check limit 1")).opt().await?;
        if let Some(row) = row {
            problems.push(format!("rows are missing that {} names", row.get::<String>(0)?));
        }
        let seq: Option<i64> = tx.q(sql!("select max(seq) from event")).one().await?.get(0)?;
        let n_conversations = tx.q(sql!("select count(*) from conversation")).one().await?.get(0)?;
        // Older ones had neither.
        let log =
            if version < LOG_ID { None } else { tx.q(sql!("select log_id from workspace")).opt().await? };
        let log = log.map(|row| row.get::<String>(0)).transpose()?.unwrap_or_default();
        let audited = match version < AUDIT {
            true => None,
            false => tx.q(sql!("select audited from workspace")).opt().await?,
        };
        let audited: i64 = audited.map(|row| row.get(0)).transpose()?.unwrap_or(0);
        Ok::<_, db::Error>((problems, seq.unwrap_or(0), audited, log, n_conversations))
    });
    let (problems, seq, audited, log, n_conversations) = read.await.with_context(broken)?;
    ensure!(problems.is_empty(), "{} ({})", broken(), problems.join("; "));
    db.close().await;
    Ok(Told { seq, audited, log, n_conversations, n_bytes })
}

/// How long the file is, where it is as long as it says.
fn whole(path: &Path) -> Result<u64> {
    let mut file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let n_bytes = file.metadata()?.len();
    let mut head = [0; 32];
    let read = file.read_exact(&mut head);
    ensure!(
        read.is_ok() && head.starts_with(b"SQLite format 3\0"),
        "{} is no backup of Switchboard's.",
        path.display()
    );
    // The file's own header: the size of a page, where 1 stands for 65,536, and how many there are.
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        page => u64::from(page),
    };
    let expected = page * u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]));
    ensure!(
        n_bytes >= expected,
        "{} is cut off: it has {n_bytes} bytes of {expected}. Take another backup, or copy it again.",
        path.display()
    );
    Ok(n_bytes)
}

fn known(version: i64) -> Result<()> {
    let newest = migrations::ALL.iter().map(|migration| migration.version).max().unwrap_or_default();
    ensure!(
        version <= newest,
        "It has schema version {version}, but this program knows versions up to {newest}. Take the newer Switchboard."
    );
    Ok(())
}

/// The migrations as far as that version.
fn up_to(version: i64) -> &'static [db::Migration] {
    let n = migrations::ALL.iter().filter(|migration| migration.version <= version).count();
    &migrations::ALL[..n]
}

/// Where a file is written before it is whole.
fn part(path: &Path) -> Result<PathBuf> {
    let part = beside(path, ".part");
    if part.exists() {
        bail!("{} is there: another backup is under way, or one was broken off. Remove it.", part.display());
    }
    Ok(part)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// An empty file that its owner alone may read.
fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("{} cannot be written", path.display()))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not written in UTF-8", path.display()))
}

/// Flushes what was written and gives it its name: after a power cut it is there, or it is not.
fn put(part: &Path, path: &Path) -> Result<()> {
    let flushed = File::open(part).and_then(|file| file.sync_all());
    let named = flushed.and_then(|()| std::fs::rename(part, path));
    named.with_context(|| format!("{} cannot be written", path.display()))?;
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("{} cannot be flushed", folder.display()))
}

/// What is left of a file that did not become whole. Nothing else can be done about one that stays.
fn clear(part: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(part, ending));
    }
}
