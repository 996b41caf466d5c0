//! Sockets that listen, all of them in this one process, and when each heard of what.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, Request};
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::program::Program;

/// Sockets that are opened at a time.
const AT_ONCE: usize = 20;

/// How long the next delivery may take; a frame that comes later was dropped.
const PATIENCE: Duration = Duration::from_secs(20);

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How a socket is asked for, and what is said on it first.
#[derive(Clone)]
pub struct Seat {
    request: Request<()>,
    hello: Option<String>,
}

impl Seat {
    pub fn of(program: &Program) -> Self {
        let request = format!("ws://{}/live", program.address).into_client_request().unwrap();
        Self { request, hello: None }
    }

    pub fn with(mut self, header: &'static str, value: &str) -> Self {
        self.request.headers_mut().insert(header, HeaderValue::from_str(value).unwrap());
        self
    }

    pub fn that_says(self, hello: String) -> Self {
        Self { hello: Some(hello), ..self }
    }

    /// Its socket, once it was told how things stand.
    pub async fn open(self) -> Socket {
        let (mut socket, _) = connect_async(self.request).await.expect("a socket");
        if let Some(hello) = self.hello {
            socket.send(Message::text(hello)).await.unwrap();
            next_with(&mut socket, "{\"head\"").await;
        }
        socket
    }
}

/// The next frame that says so.
pub async fn next_with(socket: &mut Socket, words: &str) -> String {
    loop {
        match timeout(PATIENCE, socket.next()).await.expect("it is told").expect("it stays open").unwrap() {
            Message::Text(text) if text.contains(words) => return text.to_string(),
            Message::Close(frame) => panic!("a socket was closed: {frame:?}"),
            _ => {}
        }
    }
}

/// What sockets heard.
pub struct Ears {
    tasks: JoinSet<()>,
    /// The words that matter. Behind them stands a message's number.
    words: Arc<str>,
    tell: UnboundedSender<Heard>,
    heard: UnboundedReceiver<Heard>,
}

/// One delivery.
pub struct Heard {
    pub message: usize,
    pub at: Instant,
}

impl Ears {
    /// None yet.
    pub fn for_words(words: &str) -> Self {
        let (tell, heard) = mpsc::unbounded_channel();
        Self { tasks: JoinSet::new(), words: words.into(), tell, heard }
    }

    /// Opens a socket on each seat.
    pub async fn open(&mut self, seats: impl IntoIterator<Item = Seat>) {
        let mut sockets = futures::stream::iter(seats).map(Seat::open).buffer_unordered(AT_ONCE);
        while let Some(socket) = sockets.next().await {
            self.tasks.spawn(listen(socket, self.words.clone(), self.tell.clone()));
        }
    }

    /// How many there are.
    pub fn n(&self) -> usize {
        self.tasks.len()
    }

    /// So many deliveries, and not one less.
    pub async fn hear(&mut self, n: usize) -> Vec<Heard> {
        let mut all = Vec::with_capacity(n);
        while all.len() < n {
            match timeout(PATIENCE, self.heard.recv()).await {
                Ok(Some(heard)) => all.push(heard),
                Ok(None) | Err(_) => panic!("{} of {n} deliveries: a frame was dropped", all.len()),
            }
        }
        all
    }

    /// Whether nothing was heard since.
    pub fn are_silent(&mut self) -> bool {
        self.heard.try_recv().is_err()
    }
}

async fn listen(mut socket: Socket, words: Arc<str>, tell: UnboundedSender<Heard>) {
    while let Some(Ok(message)) = socket.next().await {
        let at = Instant::now();
        if let Message::Text(text) = message
            && let Some((_, rest)) = text.split_once(&*words)
        {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
            let message = digits.parse().unwrap_or(0);
            // Nobody counts any more where the run has ended.
            let _ = tell.send(Heard { message, at });
        }
    }
}
