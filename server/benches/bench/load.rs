//! Loads a server over kept connections, and counts what it did and what it cost.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::program::Program;

pub struct Line(BufReader<TcpStream>);

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Line {
    pub async fn open(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::with_capacity(128 * 1024, stream)))
    }

    pub async fn ask(&mut self, request: &str) -> Result<Answer, Error> {
        self.0.write_all(request.as_bytes()).await?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).await?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Answer { status, head, body: String::from_utf8(body).unwrap() })
    }
}

/// So many connections, each asking again as soon as it is answered.
pub struct Load {
    pub connections: usize,
    pub length: Duration,
}

/// What came of it.
pub struct Done {
    latencies: Vec<Duration>,
    took: Duration,
    cpu: Duration,
}

impl Load {
    /// The same request again and again; every answer as long as the first.
    pub async fn run(&self, program: &Program, request: &str) -> Done {
        let expected = program.ask(request).await.body.len();
        let done = self
            .run_with(program, || request.to_owned(), |answer| assert_eq!(answer.body.len(), expected))
            .await;
        assert!(done.latencies.len() > 10, "it answers");
        done
    }

    /// Another request each time.
    pub async fn run_each(&self, program: &Program, request: impl FnMut() -> String) -> Done {
        self.run_with(program, request, |_| {}).await
    }

    async fn run_with(
        &self,
        program: &Program,
        request: impl FnMut() -> String,
        check: impl Fn(&Answer),
    ) -> Done {
        let (request, check) = (std::cell::RefCell::new(request), &check);
        let (before, started) = (program.cpu(), Instant::now());
        let one = async || {
            let mut line = Line::open(program.address).await.unwrap();
            let mut latencies = vec![];
            while started.elapsed() < self.length {
                let text = request.borrow_mut()();
                let asked = Instant::now();
                let answer = line.ask(&text).await.unwrap();
                latencies.push(asked.elapsed());
                assert_eq!(answer.status, 200, "{}", answer.body);
                check(&answer);
            }
            latencies
        };
        let all = join_all((0..self.connections).map(|_| one())).await;
        let mut latencies: Vec<Duration> = all.into_iter().flatten().collect();
        latencies.sort();
        Done { latencies, took: started.elapsed(), cpu: program.cpu() - before }
    }
}

impl Done {
    pub fn count(&self) -> usize {
        self.latencies.len()
    }

    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    pub fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    pub fn p50_us(&self) -> f64 {
        self.latencies[self.latencies.len() / 2].as_secs_f64() * 1e6
    }
}
