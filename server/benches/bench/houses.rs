//! The data sets: made once, and copied where they are written into.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Where they are, and who makes them.
pub struct Houses<'b> {
    pub program: &'b Path,
    pub data: &'b Path,
}

impl Houses<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.data.join(format!("{name}.db"))
    }

    /// The URL of the one with that many conversations.
    pub fn url(&self, n: &str) -> String {
        sqlite(&self.path(n))
    }

    /// Makes it, unless it is there.
    pub fn generate(&self, n: &str) -> Result<()> {
        let path = self.path(n);
        if path.exists() {
            return Ok(());
        }
        eprintln!("Generating {n} conversations…");
        std::fs::create_dir_all(self.data)
            .with_context(|| format!("{} for the data sets cannot be made", self.data.display()))?;
        let part = path.with_extension("part");
        remove(&part);
        let made = self.run(&["demo", "--conversations", n, "--database", &sqlite(&part)]);
        let put = made.and_then(|()| Ok(std::fs::rename(&part, &path)?));
        put.with_context(|| format!("There is no data set of {n} conversations"))
    }

    /// A copy to write into, whose URL this is. Nobody may have the original open.
    pub fn copied(&self, n: &str, name: &str) -> Result<String> {
        let (from, to) = (self.path(n), self.path(name));
        remove(&to);
        std::fs::copy(&from, &to)?;
        // What a program that was killed left behind belongs to the file.
        let (log, its_log) = (with_ending(&from, "-wal"), with_ending(&to, "-wal"));
        if log.exists() {
            std::fs::copy(log, its_log)?;
        }
        Ok(sqlite(&to))
    }

    /// A copy in an empty PostgreSQL database.
    pub fn restored(&self, n: &str, url: &str) -> Result<()> {
        let backup = self.path("backup");
        remove(&backup);
        let file = backup.to_string_lossy();
        self.run(&["backup", &file, "--database", &self.url(n)])?;
        self.run(&["restore", &file, "--database", url])?;
        remove(&backup);
        Ok(())
    }

    /// Runs the program to its end. It says itself why it fails.
    fn run(&self, words: &[&str]) -> Result<()> {
        let mut command = Command::new(self.program);
        let ended = command.args(words).env("RUST_LOG", "error").stdout(Stdio::null()).status()?;
        ensure!(ended.success(), "`{} {}` failed: {ended}", self.program.display(), words.join(" "));
        Ok(())
    }
}

fn sqlite(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        // It may well not be there.
        let _ = std::fs::remove_file(with_ending(path, ending));
    }
}
