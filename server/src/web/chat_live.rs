//! The socket of an open chat window: it says who it is first, then hears what happens in its own conversations.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::id::{AgentId, ChannelId, ContactId, ConversationId};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::live::{HEARTBEAT, PATIENCE, SILENCE, code, stopped};
use super::sign_in::Peer;
use super::{Web, chat, guard};
use crate::channel::web_chat::{self, Cursor, News, Summary, Who};
use crate::db::Tx;
use crate::error::Error;
use crate::live::visitors::{Stir, Window};

/// Longest frame that a window may send.
const UP_MAX_BYTES: usize = 1024;

/// Frames that a window may send in ten seconds.
const FRAMES_IN_TEN_SECONDS: u32 = 30;

/// How long a window may take to say who it is.
const HELLO: Duration = Duration::from_secs(10);

/// What the window says.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Up {
    /// The first word.
    Hello { token: String, after: Cursor },
    /// The visitor writes in that conversation, or stopped.
    Typing { conversation: Option<ConversationId> },
}

/// What it is told.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Down {
    News(News),
    /// Who writes where; nobody in conversations that are not named.
    Typing(Vec<Typing>),
    /// What it has is no base to go on from: it asks for everything.
    Reset,
    /// Everything up to now was said, and the socket lives.
    Beat,
}

#[derive(Serialize)]
struct Typing {
    conversation: ConversationId,
    who: Vec<Who>,
}

/// Why the socket ends.
struct Ended(u16, &'static str);

const GONE: Ended = Ended(1000, "");

/// A window asks for its socket.
pub async fn connect(
    State(web): State<Web>,
    Path(key): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !guard::has_our_origin(&headers, &web.serve) {
        return (StatusCode::FORBIDDEN, "This socket was not asked for by a page of this server.")
            .into_response();
    }
    if web.chat_limits.ask(chat::address(&web, peer, &headers)).is_err() {
        return (StatusCode::TOO_MANY_REQUESTS, "too many sockets in a short time").into_response();
    }
    let stopping = web.server.live.stopping();
    upgrade
        .read_buffer_size(4096)
        .write_buffer_size(4096)
        .max_message_size(UP_MAX_BYTES)
        .max_frame_size(UP_MAX_BYTES)
        .on_upgrade(async move |mut socket| {
            if let Err(Ended(code, reason)) = hold(&web, key, &mut socket, stopping).await {
                let close = CloseFrame { code, reason: reason.into() };
                // Whoever is gone does not hear it.
                let _ = timeout(PATIENCE, socket.send(Message::Close(Some(close)))).await;
            }
        })
}

async fn hold(
    web: &Web,
    key: String,
    socket: &mut WebSocket,
    mut stopping: watch::Receiver<bool>,
) -> Result<(), Ended> {
    let first = timeout(HELLO, socket.recv()).await.map_err(|_| not_understood())?;
    let Some(Ok(Message::Text(text))) = first else { return Err(not_understood()) };
    let Ok(Up::Hello { token, after }) = serde_json::from_str(&text) else { return Err(not_understood()) };
    let known = web.server.db.read(async move |tx: &mut Tx| {
        let chat = web_chat::chat(tx, &key).await?;
        Ok::<_, Error>((chat.channel, web_chat::visitor(tx, &chat, &token).await?.contact))
    });
    // Who has written nothing has nothing to hear.
    let (channel, contact) = match known.await {
        Ok((channel, Some(contact))) => (channel, contact),
        Ok((_, None)) | Err(Error::Missing | Error::SignedOut) => {
            return Err(Ended(code::SIGNED_OUT, "this visitor is not known"));
        }
        Err(error) => return Err(later(error)),
    };
    let window = web.server.live.window(contact).await.map_err(later)?;
    let window = window.ok_or(Ended(code::TOO_MANY, "too many windows of one visitor"))?;
    let mut line = Line {
        web,
        socket,
        window,
        channel,
        contact,
        told: Told { after, summaries: None, typing: BTreeMap::new() },
    };
    // What was missed; the window was there before the log is read, so that nothing falls between the two.
    line.tell_news().await?;
    let typing = line.window.typing();
    line.tell_typing(&typing).await?;
    line.say(&Down::Beat).await?;
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat.tick().await;
    let mut ten_seconds = interval(Duration::from_secs(10));
    let (mut heard_at, mut n_said) = (Instant::now(), 0);
    loop {
        tokio::select! {
            said = line.socket.recv() => {
                heard_at = Instant::now();
                match said {
                    Some(Ok(Message::Text(text))) => {
                        n_said += 1;
                        if n_said > FRAMES_IN_TEN_SECONDS {
                            return Err(Ended(code::TOO_MANY, "too many frames"));
                        }
                        line.hear(&text).await?;
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Binary(_))) => return Err(not_understood()),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(GONE),
                }
            }
            stir = line.window.stirred() => line.stirred(stir).await?,
            _ = ten_seconds.tick() => n_said = 0,
            _ = heartbeat.tick() => {
                if heard_at.elapsed() > SILENCE {
                    return Err(GONE);
                }
                line.send(Message::Ping(vec![].into())).await?;
                line.say(&Down::Beat).await?;
            }
            () = stopped(&mut stopping) => return Err(Ended(code::RESTART, "the server restarts")),
        }
    }
}

/// A socket, and what was said on it.
struct Line<'s> {
    web: &'s Web,
    socket: &'s mut WebSocket,
    window: Window,
    channel: ChannelId,
    contact: ContactId,
    told: Told,
}

struct Told {
    after: Cursor,
    /// As they were when they were told last: that something happened which customers may not know is not told by a
    /// frame either. Nothing before the first time: then whatever was touched since the cursor is told.
    summaries: Option<Vec<Summary>>,
    typing: BTreeMap<ConversationId, Vec<AgentId>>,
}

impl Line<'_> {
    async fn stirred(&mut self, stir: Stir) -> Result<(), Ended> {
        if stir.seq > self.told.after.seq {
            self.tell_news().await?;
        }
        self.tell_typing(&stir.typing).await
    }

    /// Who writes, where that changed since it was told.
    async fn tell_typing(&mut self, typing: &BTreeMap<ConversationId, Vec<AgentId>>) -> Result<(), Ended> {
        if *typing == self.told.typing {
            return Ok(());
        }
        let cached = self.web.server.office.clone();
        let office = self.web.server.db.read(async move |tx: &mut Tx| cached.in_transaction(tx).await);
        let office = office.await.map_err(later)?;
        self.told.typing = typing.clone();
        let typing: Vec<Typing> = typing
            .iter()
            .map(|(conversation, agents)| Typing {
                conversation: *conversation,
                who: agents.iter().map(|agent| Who::of(&office, *agent)).collect(),
            })
            .collect();
        self.say(&Down::Typing(typing)).await
    }

    async fn tell_news(&mut self) -> Result<(), Ended> {
        let (cached, channel, contact, after) =
            (self.web.server.office.clone(), self.channel, self.contact, self.told.after);
        let read = self.web.server.db.read(async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let news = web_chat::news(tx, &office, channel, contact, after).await?;
            Ok::<_, Error>((news, web_chat::summaries(tx, &office, channel, contact, 0).await?))
        });
        let (news, summaries) = read.await.map_err(later)?;
        let Some(news) = news else {
            self.say(&Down::Reset).await?;
            return Err(Ended(code::RESTART, "begin anew"));
        };
        self.told.after = news.cursor;
        let before = self.told.summaries.replace(summaries);
        let is_known = |summary: &Summary| before.as_ref().is_some_and(|before| before.contains(summary));
        if news.said.is_empty() && news.conversations.iter().all(is_known) {
            return Ok(());
        }
        self.say(&Down::News(news)).await
    }

    async fn hear(&mut self, text: &str) -> Result<(), Ended> {
        let conversation = match serde_json::from_str(text) {
            Ok(Up::Typing { conversation }) => conversation,
            Ok(Up::Hello { .. }) | Err(_) => return Err(not_understood()),
        };
        let (channel, contact) = (self.channel, self.contact);
        let scene = match conversation {
            None => None,
            Some(id) => {
                let read = async move |tx: &mut Tx| web_chat::theirs(tx, channel, contact, id).await;
                self.web.server.db.read(read).await.map_err(later)?
            }
        };
        self.window.writes(scene);
        Ok(())
    }

    async fn say(&mut self, down: &Down) -> Result<(), Ended> {
        let text = serde_json::to_string(down).map_err(|error| later(error.into()))?;
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(GONE),
        }
    }
}

fn not_understood() -> Ended {
    Ended(code::NOT_UNDERSTOOD, "this is not understood")
}

fn later(error: Error) -> Ended {
    tracing::warn!(?error, "a visitor's socket could not be served");
    Ended(code::LATER, "try again later")
}
