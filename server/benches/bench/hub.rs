//! M of the sockets: whatever is posted goes to everybody who listens. Text made once, small buffers; no session, no
//! sight, no log, nothing written. It is frozen, as [`minimal`](super::minimal) is.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::sync::broadcast::{Receiver, Sender};

/// Texts that a slow socket may fall behind by, as many as ours.
const BACKLOG: usize = 256;

pub async fn serve(address: SocketAddr) {
    let router = Router::new()
        .route("/health", get(async || ""))
        .route("/live", get(connect))
        .route("/tell", post(tell))
        .with_state(Sender::new(BACKLOG));
    axum::serve(tokio::net::TcpListener::bind(address).await.unwrap(), router).await.unwrap();
}

async fn tell(State(hub): State<Sender<Utf8Bytes>>, text: String) {
    let _ = hub.send(text.into());
}

async fn connect(State(hub): State<Sender<Utf8Bytes>>, upgrade: WebSocketUpgrade) -> Response {
    let news = hub.subscribe();
    upgrade.read_buffer_size(4096).write_buffer_size(4096).on_upgrade(move |socket| hold(socket, news))
}

async fn hold(mut socket: WebSocket, mut news: Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            said = socket.recv() => match said {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            text = news.recv() => {
                if socket.send(Message::Text(text.unwrap())).await.is_err() {
                    return;
                }
            }
        }
    }
}
