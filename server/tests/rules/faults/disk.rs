//! The disk is full, or fails. The program stays, tells whoever writes to try again, and goes on by itself.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use server::db::Database;
use tempfile::TempDir;
use tokio::time::sleep;

use super::account::Account;
use super::cluster::{Cluster, is_root};
use super::program::Program;
use super::stage::{Stage, Work, furnish, until};
use super::times;
use super::wire::Line;
use crate::database;
use crate::start::url;

/// How soon after the disk is right again somebody's order is done.
const RESUMES: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_full_disk_refuses_writers_keeps_readers_and_loses_nothing_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let database = database::sqlite(folder.path());
    let conversations = furnish(&database).await;
    let disk = Disk::with(folder.path(), 6);
    let mut program = Program::start_by(&disk.launcher(), url(&database)).await;
    let fills = times(2, 25);
    let mut slowest = Duration::ZERO;
    let account = Stage::at(&[program.address])
        .work(&conversations, async |work| {
            for _ in 0..fills {
                work.goes_on().await;
                disk.fill();
                stands_still(work, &program).await;
                disk.free();
                slowest = slowest.max(goes_on(work, &program).await);
            }
        })
        .await;
    program.stop();
    let taken = disk.taken_out();
    scores(&account, &database::sqlite(taken.path()), &format!("the disk full {fills} times"), slowest).await;
}

#[tokio::test]
async fn a_full_disk_refuses_writers_keeps_readers_and_loses_nothing_on_postgresql() {
    let empty = TempDir::new().unwrap();
    let disk = Disk::with(empty.path(), 120);
    let cluster = Cluster::start_on(&disk).await;
    let conversations = furnish(&cluster.database()).await;
    let program = Program::start(&cluster.database()).await;
    let fills = times(1, 25);
    let mut slowest = Duration::ZERO;
    let account = Stage::at(&[program.address])
        .work(&conversations, async |work| {
            for _ in 0..fills {
                work.goes_on().await;
                disk.fill();
                rests(work).await;
                disk.free();
                // It gives up where it cannot keep its own log.
                if !cluster.is_up() {
                    cluster.start_again().await;
                }
                slowest = slowest.max(goes_on(work, &program).await);
            }
        })
        .await;
    scores(&account, &cluster.database(), &format!("its disk full {fills} times"), slowest).await;
}

/// What the kernel says of a disk that went read-only, and of one that does not keep what it is given.
#[tokio::test]
async fn a_disk_that_fails_acknowledges_nothing_and_is_used_again_when_it_works() {
    let folder = TempDir::new().unwrap();
    let database = database::sqlite(folder.path());
    let conversations = furnish(&database).await;
    let program = Program::start(&database).await;
    let failures = ["pwrite64:error=EROFS", "fsync,fdatasync:error=EIO", "pwrite64:error=EIO"];
    let rounds = times(1, 10);
    let mut slowest = Duration::ZERO;
    let account = Stage::at(&[program.address])
        .work(&conversations, async |work| {
            for failure in failures.iter().cycle().take(failures.len() * rounds) {
                work.goes_on().await;
                let failing = Failing::begin(&program, failure);
                stands_still(work, &program).await;
                failing.end();
                slowest = slowest.max(goes_on(work, &program).await);
            }
        })
        .await;
    let happened = format!("{} times a disk that fails ({})", failures.len() * rounds, failures.join("; "));
    scores(&account, &database, &happened, slowest).await;
}

async fn scores(account: &Account, database: &Database, happened: &str, slowest: Duration) {
    let happened = format!("{happened}, goes on after {} ms at most", slowest.as_millis());
    let score = account.scores(database, &happened).await;
    assert!(score.unanswered > 0, "{score}");
}

/// Nothing is acknowledged any more, while everything can be read, and who asks for its health is told.
async fn stands_still(work: &Work, program: &Program) {
    rests(work).await;
    assert!(work.reader.snapshot().await.page.rows.len() > 1, "it is read from");
    assert_eq!(health(program).await, "{\"status\":\"degraded\",\"writes\":\"failing\"}");
}

async fn rests(work: &Work) {
    until("nobody is answered any more", async || {
        let before = work.n_answered();
        sleep(Duration::from_millis(500)).await;
        work.n_answered() == before
    })
    .await;
}

async fn goes_on(work: &mut Work, program: &Program) -> Duration {
    let right = Instant::now();
    work.goes_on().await;
    let after = right.elapsed();
    assert!(after < RESUMES, "{after:?}");
    assert_eq!(health(program).await, "{\"status\":\"ok\"}");
    after
}

async fn health(program: &Program) -> String {
    Line::open(program.address).await.unwrap().ask("GET /health", &[], "").await.unwrap().body
}

/// A disk of its own for what is in a folder, seen by those alone whom [`Disk::launcher`] starts.
pub struct Disk {
    folder: PathBuf,
    /// Keeps it, until its input ends.
    holder: Child,
    _input: ChildStdin,
}

impl Disk {
    /// So many megabytes in memory over that folder, with what is in it. Anybody may write there.
    pub fn with(folder: &Path, megabytes: usize) -> Self {
        // What is covered is still there for whoever stands in it.
        let script = "cd \"$0\" && mount -t tmpfs -o size=\"$1\"m,mode=777 tmpfs \"$0\" && \
                      cp -a . \"$0\" && chmod 777 \"$0\" && echo ready && exec cat";
        let mut command = Command::new("unshare");
        if !is_root() {
            command.arg("--map-root-user");
        }
        command.args(["--mount", "--propagation", "private", "sh", "-c", script]).arg(folder);
        let mut holder = command
            .arg(megabytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare, of util-linux");
        let input = holder.stdin.take().unwrap();
        let mut said = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "ready\n", "a disk in memory");
        Self { folder: folder.to_owned(), holder, _input: input }
    }

    /// What starts a program that sees it.
    pub fn launcher(&self) -> Vec<String> {
        let target = format!("--target={}", self.holder.id());
        let mut words = vec!["nsenter".to_owned(), target, "--mount".to_owned()];
        if !is_root() {
            words.extend(["--user", "--preserve-credentials"].map(str::to_owned));
        }
        words
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves no byte on it.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).unwrap();
        for size in [1024 * 1024, 4096, 512, 1] {
            while ballast.write_all(&vec![b'~'; size]).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.inside().join("ballast")
    }

    /// Where it is seen from outside.
    fn inside(&self) -> PathBuf {
        let root = format!("/proc/{}/root", self.holder.id());
        Path::new(&root).join(self.folder.strip_prefix("/").unwrap())
    }

    /// A copy of what is on it.
    fn taken_out(&self) -> TempDir {
        let folder = TempDir::new().unwrap();
        for entry in std::fs::read_dir(self.inside()).unwrap() {
            let entry = entry.unwrap();
            // The folder of files: nobody sends any here.
            if entry.path().is_dir() {
                continue;
            }
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        folder
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// System calls of a program that fail for a while.
struct Failing(Child);

impl Failing {
    fn begin(program: &Program, failure: &str) -> Self {
        let inject = format!("--inject={failure}");
        let id = program.id().to_string();
        let command =
            ["-f", "-qq", "--output=/dev/null", "-e", "trace=pwrite64,fsync,fdatasync", &inject, "-p", &id];
        Self(Command::new("strace").args(command).spawn().expect("strace, which `make setup-tests` installs"))
    }

    fn end(mut self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.0.wait().unwrap();
    }
}
