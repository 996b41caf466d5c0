//! The program, killed and started again at the same address.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use server::db::Database;
use server::secret;

use super::wire::{BACK_OFF, Line};
use crate::start::{PATIENCE, program_by, url};

pub struct Program {
    child: Child,
    /// What starts it, in front of its own name: something that watches it, or puts it elsewhere.
    launcher: Vec<String>,
    database: String,
    pub address: SocketAddr,
    /// The longest that it took until it answered.
    pub slowest_start: Duration,
}

impl Program {
    /// Starts it and waits until it is ready.
    pub async fn start(database: &Database) -> Self {
        Self::start_by(&[], url(database)).await
    }

    /// The same by way of another program, which becomes it.
    pub async fn start_by(launcher: &[String], database: String) -> Self {
        let (launcher, address) = (launcher.to_vec(), free_address());
        let child = spawned(&launcher, &database, address);
        let mut program = Self { child, launcher, database, address, slowest_start: Duration::ZERO };
        program.gets_ready().await;
        program
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The memory that is its own, in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Asks it to stop, and waits until it did.
    pub fn stop(&mut self) {
        self.signal("-TERM");
        self.child.wait().unwrap();
    }

    /// Leaves it no time to say or to write anything.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops its clock: it keeps its port and its transactions, and does nothing.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on as if nothing had been.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = std::process::Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Starts it again and waits until it is ready.
    pub async fn start_again(&mut self) {
        self.child = spawned(&self.launcher, &self.database, self.address);
        self.gets_ready().await;
    }

    async fn gets_ready(&mut self) {
        let started = Instant::now();
        while !answers(self.address).await {
            assert_eq!(self.child.try_wait().unwrap(), None, "it ended by itself");
            assert!(started.elapsed() < PATIENCE, "it does not get ready");
            tokio::time::sleep(BACK_OFF).await;
        }
        // Another test's program would answer as well, and know the same people.
        assert_eq!(self.child.try_wait().unwrap(), None, "who answers is somebody else");
        self.slowest_start = self.slowest_start.max(started.elapsed());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that is dead already is no fault.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawned(launcher: &[String], database: &str, address: SocketAddr) -> Child {
    program_by(launcher)
        .args(["serve", "--database", database, "--listen", &address.to_string()])
        .env("RUST_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

async fn answers(address: SocketAddr) -> bool {
    let Ok(mut line) = Line::open(address).await else { return false };
    line.ask("GET /health", &[], "").await.is_ok_and(|answer| answer.status == 200)
}

/// Below the ports that systems give to whoever connects: somebody who knocks while the program is away would
/// otherwise be given the program's port and keep it from coming back. No other test of this run is given it: it
/// is free, too, until that one's program has started.
pub fn free_address() -> SocketAddr {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let any = || 10_000 + u16::from_be_bytes(secret::random()) % 20_000;
    let ours = |port: &u16| GIVEN.lock().unwrap().insert(*port);
    std::iter::repeat_with(any)
        .filter(ours)
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("there is a free port")
}
