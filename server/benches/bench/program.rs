//! The programs under load, each a process of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use server::demo::{PASSWORD, email};
use tokio::time::timeout;

use super::load::{Answer, Line};

/// How long a program may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Program {
    child: Child,
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started: Duration,
}

impl Program {
    /// Switchboard on that database.
    pub async fn ours(program: &Path, database: &str) -> Result<Self> {
        Self::serve(Command::new(program), database).await
    }

    /// The same; each of its flushes to disk is a line in `trace`.
    pub async fn ours_traced(program: &Path, database: &str, trace: &Path) -> Result<Self> {
        Self::serve(traced(program, trace), database).await
    }

    async fn serve(mut command: Command, database: &str) -> Result<Self> {
        let address = free_address();
        // The settings of whoever measures are not those of what is measured.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SWITCHBOARD_")) {
            command.env_remove(name);
        }
        // Not by an argument: a database's URL may hold a password.
        command.args(["serve", "--listen", &address.to_string()]).env("SWITCHBOARD_DATABASE", database);
        Self::run(command, address, "/health").await
    }

    /// M on the same.
    pub async fn minimal(database: &str, length: usize) -> Result<Self> {
        Self::serve_minimal(Command::new(std::env::current_exe()?), database, length).await
    }

    /// The same, traced.
    pub async fn minimal_traced(database: &str, trace: &Path) -> Result<Self> {
        Self::serve_minimal(traced(&std::env::current_exe()?, trace), database, 1_000).await
    }

    async fn serve_minimal(mut command: Command, database: &str, length: usize) -> Result<Self> {
        let address = free_address();
        command.args(["minimal", database, &address.to_string(), &length.to_string()]);
        Self::run(command, address, "/list").await
    }

    /// M of the sockets.
    pub async fn hub() -> Result<Self> {
        let (mut command, address) = (Command::new(std::env::current_exe()?), free_address());
        command.args(["hub", &address.to_string()]);
        Self::run(command, address, "/health").await
    }

    async fn run(mut command: Command, address: SocketAddr, path: &str) -> Result<Self> {
        let started = Instant::now();
        let child = command.env("RUST_LOG", "warn").stdout(Stdio::null()).spawn();
        let child = child.with_context(|| format!("{} does not start", name(&command)))?;
        let mut program = Self { child, address, started: Duration::ZERO };
        program.knock(path).await.with_context(|| format!("Nothing to measure at {}", name(&command)))?;
        program.started = started.elapsed();
        Ok(program)
    }

    /// Knocks until it answers.
    async fn knock(&mut self, path: &str) -> Result<()> {
        let request = self.request(&format!("GET {path}"), &[], "");
        let is_answered = async |address| {
            let asked = async { Line::open(address).await?.ask(&request).await };
            asked.await.is_ok_and(|answer| answer.status == 200)
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if timeout(PATIENCE, is_answered(self.address)).await.unwrap_or(false) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it stopped before it answered ({status}); what it said stands above");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bail!("it has not answered on {} in {} seconds", self.address, PATIENCE.as_secs());
    }

    /// A whole request as it goes over the wire.
    pub fn request(&self, line: &str, headers: &[(&str, &str)], body: &str) -> String {
        let address = self.address;
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let own =
            format!("host: {address}\r\norigin: http://{address}\r\ncontent-length: {}\r\n", body.len());
        format!("{line} HTTP/1.1\r\n{own}{headers}\r\n{body}")
    }

    pub async fn ask(&self, request: &str) -> Answer {
        let answer = Line::open(self.address).await.unwrap().ask(request).await.unwrap();
        assert!(answer.status < 400, "{}: {}", answer.status, answer.body);
        answer
    }

    /// The cookie of somebody of the demo.
    pub async fn sign_in(&self, key: &str) -> String {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("email={}&password={PASSWORD}", email(key));
        let answer = self.ask(&self.request("POST /login", &form, &body)).await;
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// What it has used of the processors so far.
    pub fn cpu(&self) -> Duration {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // Behind the name, which may hold anything: utime and stime, in hundredths of a second.
        let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// The memory that is its own, in KiB: no files, which SQLite may map.
    pub fn memory_kib(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// Under strace, which stops it at no other call and stays out of the way: the child is the program.
fn traced(program: &Path, trace: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync", "-o"]);
    command.arg(trace).arg(program);
    command
}

fn name(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    [command.get_program().to_string_lossy().into_owned()]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}
