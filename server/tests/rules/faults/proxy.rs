//! Stands between people and the program, or between the program and its database, and breaks what passes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// Turns in a second of a line that has a pace.
const TURNS: usize = 10;

pub struct Proxy {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    to: SocketAddr,
    /// What is asked for with these words may lose its answer.
    question: &'static [u8],
    /// Answers that are still to be lost, and those that were.
    to_lose: AtomicUsize,
    lost: AtomicUsize,
    /// Live sockets that pass.
    sockets: AtomicUsize,
    /// Bytes of answers that passed.
    passed: AtomicUsize,
    /// Bytes of answers that pass in a second.
    pace: watch::Sender<usize>,
    breaks: watch::Sender<Break>,
}

/// What happens to every connection that is open.
#[derive(Clone, Copy)]
enum Break {
    /// Both ends are told that it is over.
    Cut,
    /// Nothing passes any more, and nobody is told: a cable that was pulled, a laptop that sleeps.
    Silence,
}

impl Proxy {
    /// In front of that. What is asked with `question` in it may lose its answer.
    pub async fn before(to: SocketAddr, question: &'static [u8]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            to,
            question,
            to_lose: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
            sockets: AtomicUsize::new(0),
            passed: AtomicUsize::new(0),
            pace: watch::Sender::new(usize::MAX),
            breaks: watch::Sender::new(Break::Cut),
        });
        let shared = inner.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(shared.clone().carry(client));
            }
        });
        Self { address, inner }
    }

    /// Loses the next answer: it came, but not to whoever asked, who is cut off.
    pub fn lose_an_answer(&self) {
        self.inner.to_lose.fetch_add(1, Ordering::SeqCst);
    }

    pub fn n_lost(&self) -> usize {
        self.inner.lost.load(Ordering::SeqCst)
    }

    /// Lets so many bytes of answers pass in a second.
    pub fn reads(&self, pace: usize) {
        self.inner.pace.send_replace(pace);
    }

    /// Bytes of answers that passed.
    pub fn n_passed(&self) -> usize {
        self.inner.passed.load(Ordering::SeqCst)
    }

    pub fn n_sockets(&self) -> usize {
        self.inner.sockets.load(Ordering::SeqCst)
    }

    /// Cuts everything that is open off.
    pub fn cut(&self) {
        self.inner.breaks.send_replace(Break::Cut);
    }

    /// Lets nothing pass any more of what is open.
    pub fn silence(&self) {
        self.inner.breaks.send_replace(Break::Silence);
    }
}

impl Inner {
    /// With little room for what comes: who does not read is felt at the other end.
    async fn connect(&self) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(64 * 1024)?;
        socket.connect(self.to).await
    }

    async fn carry(self: Arc<Self>, mut client: TcpStream) {
        let mut breaks = self.breaks.subscribe();
        let Ok(mut server) = self.connect().await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let mut passage = Passage { inner: &self, is_asked: false, is_socket: false };
        tokio::select! {
            _ = passage.pass(&mut client, &mut server) => return,
            _ = breaks.changed() => {}
        }
        drop(passage);
        let told = *breaks.borrow();
        match told {
            Break::Cut => {
                // What is on its way is lost, too.
                let _ = (client.set_zero_linger(), server.set_zero_linger());
            }
            Break::Silence => std::future::pending().await,
        }
    }
}

/// A connection that is open.
struct Passage<'i> {
    inner: &'i Inner,
    /// The newest question was one that may lose its answer.
    is_asked: bool,
    is_socket: bool,
}

impl Passage<'_> {
    async fn pass(&mut self, client: &mut TcpStream, server: &mut TcpStream) -> std::io::Result<()> {
        let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 64 * 1024]);
        let mut pace = self.inner.pace.subscribe();
        loop {
            let room = down.len().min(*pace.borrow_and_update() / TURNS);
            tokio::select! {
                _ = pace.changed() => {}
                n = client.read(&mut up) => match n? {
                    0 => return Ok(()),
                    n => {
                        self.look_at(&up[..n]);
                        server.write_all(&up[..n]).await?;
                    }
                },
                n = server.read(&mut down[..room]), if room > 0 => match n? {
                    0 => return Ok(()),
                    _ if self.is_asked && self.loses() => return Ok(()),
                    n => {
                        client.write_all(&down[..n]).await?;
                        self.inner.passed.fetch_add(n, Ordering::SeqCst);
                        if room < down.len() {
                            sleep(Duration::from_secs(1) / TURNS as u32).await;
                        }
                    }
                },
            }
        }
    }

    fn look_at(&mut self, up: &[u8]) {
        self.is_asked = up.windows(self.inner.question.len()).any(|part| part == self.inner.question);
        if up.starts_with(b"GET /live") && !self.is_socket {
            self.is_socket = true;
            self.inner.sockets.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn loses(&self) -> bool {
        let fewer = |n: usize| n.checked_sub(1);
        let is_lost = self.inner.to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok();
        self.inner.lost.fetch_add(usize::from(is_lost), Ordering::SeqCst);
        is_lost
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        self.inner.sockets.fetch_sub(usize::from(self.is_socket), Ordering::SeqCst);
    }
}
