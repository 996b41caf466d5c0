//! The two programs under load, each a process of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domain::filter::Filter;
use domain::view::View;
use server::demo::PASSWORD;

use super::knock;
use super::load::{Answer, Line};

pub struct Program {
    child: Child,
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started: Duration,
}

pub fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

impl Program {
    /// Switchboard on a SQLite file.
    pub async fn serve(program: &Path, house: &Path) -> Self {
        let (address, database) = (free_address(), format!("sqlite:{}", house.display()));
        let mut command = Command::new(program);
        command
            .args(["serve", "--database", &database, "--listen", &address.to_string()])
            .env("RUST_LOG", "warn");
        Self::run(command, address, "/health").await
    }

    /// M on the same.
    pub async fn minimal(house: &Path, length: usize) -> Self {
        let address = free_address();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("minimal").arg(house).args([address.to_string(), length.to_string()]);
        Self::run(command, address, "/list").await
    }

    async fn run(mut command: Command, address: SocketAddr, path: &str) -> Self {
        let started = Instant::now();
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        let mut program = Self { child, address, started: Duration::ZERO };
        knock(address, path).await;
        program.started = started.elapsed();
        program
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
    pub async fn sign_in(&self, email: &str) -> String {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self
            .ask(&self.request("POST /login", &form, &format!("email={email}&password={PASSWORD}")))
            .await;
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Who that is.
    pub async fn me(&self, cookie: &str) -> String {
        let body = serde_json::json!({ "filter": Filter::of(View::All), "open": null }).to_string();
        let headers = [("content-type", "application/json"), ("cookie", cookie)];
        let answer = self.ask(&self.request("POST /api/snapshot", &headers, &body)).await;
        let snapshot: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        snapshot["viewer"]["agent"].as_str().unwrap().to_owned()
    }

    /// What it has used of the processors so far.
    pub fn cpu(&self) -> Duration {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // Behind the name, which may hold anything: utime and stime, in hundredths of a second.
        let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
