//! The socket of a browser: frames in, frames out, and its end.

use std::pin::pin;
use std::time::Duration;

use app::backend::Asker;
use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::live::{Down, Up};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::{Web, guard};
use crate::error::Error;
use crate::live::listener::{Frame, Listener};
use crate::server::now;

/// The protocol that is spoken. A browser asks for it, and for `build.` with the build that it runs.
pub const PROTOCOL: &str = "switchboard.1";

/// Longest frame that a browser may send: a hello holds its agent's permissions, and nothing it says is longer.
const UP_MAX_BYTES: usize = 16 * 1024;

/// The server speaks at least this often; a browser that hears nothing for longer takes the socket for dead.
pub const HEARTBEAT: Duration = Duration::from_secs(25);

/// How long a browser may say nothing; it answers each heartbeat's ping by itself.
pub const SILENCE: Duration = Duration::from_secs(60);

/// How long one frame may take to leave. A browser that reads slower loses its socket, and goes on by its cursor.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long counts wait for more of them.
const COUNTS_WAIT: Duration = Duration::from_millis(50);

/// Frames that a browser may send in ten seconds.
const FRAMES_IN_TEN_SECONDS: u32 = 100;

/// Why a socket is closed. The browser shows what it means; codes from 4000 are ours to choose.
pub mod code {
    /// The server stops; another comes.
    pub const RESTART: u16 = 1012;
    /// The database does not answer.
    pub const LATER: u16 = 1013;
    /// What was said is not understood.
    pub const NOT_UNDERSTOOD: u16 = 4400;
    /// Nobody is signed in here any more.
    pub const SIGNED_OUT: u16 = 4401;
    /// Too much was said.
    pub const TOO_MANY: u16 = 4429;
}

/// A browser of somebody who is signed in asks for its socket.
pub async fn connect(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !guard::has_our_origin(&headers, &web.serve) {
        return (StatusCode::FORBIDDEN, "This socket was not asked for by a page of this server.")
            .into_response();
    }
    let Some(listener) = web.server.live.listener(asker) else {
        return (StatusCode::TOO_MANY_REQUESTS, "too many sockets of one session").into_response();
    };
    let protocols = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    let mut protocols = protocols.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let build = protocols.find_map(|protocol| protocol.trim().strip_prefix("build."));
    let is_older = build.is_some_and(|build| build != &*web.build);
    let stopping = web.server.live.stopping();
    upgrade
        .protocols([PROTOCOL])
        // Small: there are many sockets, and little is said on each.
        .read_buffer_size(4096)
        .write_buffer_size(4096)
        .max_message_size(UP_MAX_BYTES)
        .max_frame_size(UP_MAX_BYTES)
        .on_upgrade(async move |socket| {
            let mut line = Line { socket, listener, n_said: 0 };
            if let Err(Ended { code, reason }) = line.hold(is_older, stopping).await {
                let close = CloseFrame { code, reason: reason.into() };
                // Whoever is gone does not hear it.
                let _ = timeout(PATIENCE, line.socket.send(Message::Close(Some(close)))).await;
            }
        })
}

/// A socket and who listens on it.
struct Line {
    socket: WebSocket,
    listener: Listener,
    /// Frames that came in these ten seconds.
    n_said: u32,
}

/// Why a line ends, for the browser to hear.
struct Ended {
    code: u16,
    reason: &'static str,
}

const GONE: Ended = Ended { code: 1000, reason: "" };

impl Line {
    async fn hold(&mut self, is_older: bool, mut stopping: watch::Receiver<bool>) -> Result<(), Ended> {
        if is_older {
            let text = serde_json::to_string(&Down::NewVersion).unwrap_or_default();
            self.send(Message::text(text)).await?;
        }
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.tick().await;
        let mut ten_seconds = interval(Duration::from_secs(10));
        ten_seconds.tick().await;
        let mut heard_at = Instant::now();
        let mut counts_at = None;
        loop {
            if counts_at.is_none() && self.listener.has_counts(now()) {
                counts_at = Some(Instant::now() + COUNTS_WAIT);
            }
            let counts = async {
                match counts_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let frames = tokio::select! {
                said = self.socket.recv() => {
                    heard_at = Instant::now();
                    match said {
                        Some(Ok(Message::Text(text))) => self.answer(&text).await?,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => vec![],
                        Some(Ok(Message::Binary(_))) => return Err(not_understood()),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(GONE),
                    }
                }
                heard = self.listener.listen() => {
                    self.listener.understand(heard, now()).await.map_err(later)?
                }
                () = pin!(counts) => {
                    counts_at = None;
                    self.listener.counts(now()).await.map_err(later)?.into_iter().collect()
                }
                _ = ten_seconds.tick() => {
                    self.n_said = 0;
                    vec![]
                }
                _ = heartbeat.tick() => {
                    if heard_at.elapsed() > SILENCE {
                        return Err(GONE);
                    }
                    if !self.listener.has_begun() && heard_at.elapsed() > HEARTBEAT {
                        return Err(not_understood());
                    }
                    self.send(Message::Ping(vec![].into())).await?;
                    self.listener.beat(now()).await.map_err(later)?
                }
                () = stopped(&mut stopping) => {
                    return Err(Ended { code: code::RESTART, reason: "the server restarts" });
                }
            };
            let begun = Instant::now();
            for frame in frames {
                match frame {
                    Frame::Text(text) => self.send(Message::Text(text)).await?,
                    Frame::SignedOut => {
                        return Err(Ended { code: code::SIGNED_OUT, reason: "signed out" });
                    }
                }
            }
            // While it was spoken to it was not listened to.
            heard_at += begun.elapsed();
        }
    }

    async fn answer(&mut self, text: &str) -> Result<Vec<Frame>, Ended> {
        self.n_said += 1;
        if self.n_said > FRAMES_IN_TEN_SECONDS {
            return Err(Ended { code: code::TOO_MANY, reason: "too many frames" });
        }
        let up: Up = serde_json::from_str(text).map_err(|_| not_understood())?;
        self.listener.hear(up, now()).await.map_err(later)
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(GONE),
        }
    }
}

pub async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Without a sender the server is gone already.
    let _ = stopping.wait_for(|stopping| *stopping).await.map(drop);
}

fn not_understood() -> Ended {
    Ended { code: code::NOT_UNDERSTOOD, reason: "this is not understood; reload the page" }
}

fn later(error: Error) -> Ended {
    tracing::warn!(?error, "a socket could not be served");
    Ended { code: code::LATER, reason: "try again later" }
}
