//! A PostgreSQL of one's own, to be stopped and killed.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use server::db::Database;
use tempfile::TempDir;

use super::disk::Disk;
use super::program::free_address;
use super::stage::until;

/// Names the folder of PostgreSQL's programs; `server/tests/with-postgres` sets it.
const PROGRAMS: &str = "SWITCHBOARD_TEST_POSTGRES_PROGRAMS";

pub struct Cluster {
    folder: Folder,
    /// What starts its programs where it has a disk of its own.
    launcher: Vec<String>,
    port: u16,
}

enum Folder {
    Own(TempDir),
    OfDisk(PathBuf),
}

/// How a database ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// It breaks off what runs, and writes everything down.
    Fast,
    /// It leaves everything as it is, to be mended at the next start.
    Immediate,
    /// Its first process is killed.
    Killed,
}

impl Cluster {
    pub async fn start() -> Self {
        // Short, because the path of a socket ends at 107 bytes.
        let folder = tempfile::Builder::new().prefix("swdb.").tempdir_in("/tmp").unwrap();
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(folder.path()).status().unwrap();
            assert!(owned.success());
        }
        Self { folder: Folder::Own(folder), launcher: vec![], port: free_address().port() }.begun().await
    }

    /// On a disk of its own.
    pub async fn start_on(disk: &Disk) -> Self {
        let mut launcher = disk.launcher();
        if !is_root() {
            // Who made the disk seems to be root on it, which PostgreSQL refuses.
            launcher.extend(["unshare", "--user", "--map-user=1000"].map(str::to_owned));
        }
        let folder = Folder::OfDisk(disk.folder().to_owned());
        Self { folder, launcher, port: free_address().port() }.begun().await
    }

    async fn begun(self) -> Self {
        let made = self
            .command("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .arg("--wal-segsize=1")
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb");
        self.start_again().await;
        self
    }

    pub fn is_up(&self) -> bool {
        self.control("status").status().unwrap().success()
    }

    fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Own(folder) => folder.path(),
            Folder::OfDisk(folder) => folder,
        }
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    pub fn database(&self) -> Database {
        self.database_at(self.address())
    }

    /// The same by way of a proxy.
    pub fn database_at(&self, address: SocketAddr) -> Database {
        Database::Postgres(format!("postgres://postgres@{address}/postgres"))
    }

    pub fn end(&self, end: End) {
        match end {
            End::Fast => self.stop("fast"),
            End::Immediate => self.stop("immediate"),
            End::Killed => {
                let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
                let pid = pid.lines().next().unwrap();
                assert!(Command::new("kill").args(["-KILL", pid]).status().unwrap().success());
            }
        }
    }

    fn stop(&self, mode: &str) {
        let stopped = self.control("stop").arg(format!("--mode={mode}")).status();
        assert!(stopped.unwrap().success(), "pg_ctl stop");
    }

    /// Starts it. After a kill its other processes go first.
    pub async fn start_again(&self) {
        until("PostgreSQL starts", async || self.starts()).await;
    }

    fn starts(&self) -> bool {
        let log = self.folder().join("log");
        let sockets = self.folder().display();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={sockets} -c fsync=off -c shared_buffers=16MB",
            self.port
        );
        let mut start = self.control("start");
        start.arg(format!("--log={}", log.display())).arg(format!("--options={options}"));
        start.stderr(Stdio::null()).status().unwrap().success()
    }

    fn control(&self, order: &str) -> Command {
        let mut command = self.command("pg_ctl");
        command.arg(order);
        if order != "status" {
            command.args(["--wait", "--silent"]);
        }
        command.stdout(Stdio::null());
        command
    }

    /// A program of PostgreSQL's, which refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = programs().join(program);
        let mut words = self.launcher.clone();
        if is_root() {
            words.extend(["runuser", "-u", "postgres", "--"].map(str::to_owned));
        }
        words.push(program.display().to_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command.arg(format!("--pgdata={}", self.data().display())).current_dir(self.folder());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder().join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // One that is dead already is no fault.
        let _ = self.control("stop").arg("--mode=immediate").stderr(Stdio::null()).status();
    }
}

fn programs() -> PathBuf {
    let folder = std::env::var(PROGRAMS).unwrap_or_else(|_| {
        panic!("{PROGRAMS} is not set: run `make test`, or start this through server/tests/with-postgres")
    });
    Path::new(&folder).to_owned()
}

pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}
