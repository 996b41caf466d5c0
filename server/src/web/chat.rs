//! What the chat on websites asks over HTTP: its page, and what its window says and is told. The page is framed by
//! websites that its channel names; everything else is asked by that page, so from our own origin. No cookie is looked
//! at: the visitor's token travels in bodies, never in an address.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use domain::file::{VISITOR_FILE_MAX_BYTES, clean_file_name};
use domain::id::{ConversationId, FileId, MessageId};
use domain::refusal::Refusal;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::file::Announced;
use super::sign_in::Peer;
use super::{Web, file, guard};
use crate::channel::web_chat::{self, Written};
use crate::db::Tx;
use crate::error::Error;
use crate::file::Coming;
use crate::secret;
use crate::server::now;

/// The page in the frame. Its strings are filled in by its script.
const PAGE: &str = include_str!("chat.html");

/// Longest body: a message of 20,000 characters, each at most six bytes of JSON.
const BODY_MAX_BYTES: usize = 128 * 1024;

/// How often visitors may ask. By token and by address: neither one visitor nor one place may write without end, and an
/// office of many people behind one address may still.
pub struct Limits {
    writes: DefaultKeyedRateLimiter<String>,
    writes_by_address: DefaultKeyedRateLimiter<IpAddr>,
    asks_by_address: DefaultKeyedRateLimiter<IpAddr>,
    forgot_at: Mutex<Option<Instant>>,
}

/// Messages of one visitor: at once, and then one each three seconds.
const WRITES: u32 = 20;

/// Messages from one address in a minute.
const WRITES_BY_ADDRESS: u32 = 120;

/// Everything together from one address in a minute, refused messages too.
const ASKS_BY_ADDRESS: u32 = 1_500;

/// Keys that are kept before those who have been quiet are forgotten.
const KEYS: usize = 50_000;

/// How often they are looked for.
const FORGETS_EVERY: Duration = Duration::from_secs(10);

impl Default for Limits {
    fn default() -> Self {
        let quota = |n| Quota::per_minute(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
        Self {
            writes: RateLimiter::keyed(quota(WRITES)),
            writes_by_address: RateLimiter::keyed(quota(WRITES_BY_ADDRESS)),
            asks_by_address: RateLimiter::keyed(quota(ASKS_BY_ADDRESS)),
            forgot_at: Mutex::default(),
        }
    }
}

impl Limits {
    /// Counts one message.
    ///
    /// Errors: how long to wait where it is one too many.
    fn write(&self, token: &str, address: IpAddr) -> Result<(), Duration> {
        // First of all: tokens that were made up are keys, too, and none may make them without end.
        self.ask(address)?;
        allowed(&self.writes, &secret::digest(token))?;
        allowed(&self.writes_by_address, &guard::network(address))
    }

    pub(super) fn ask(&self, address: IpAddr) -> Result<(), Duration> {
        self.forget();
        allowed(&self.asks_by_address, &guard::network(address))
    }
}

impl Limits {
    /// Forgets who has been quiet where there are many; not at every request, because all are looked at.
    fn forget(&self) {
        let is_full = |n: usize| n > KEYS;
        if !is_full(self.writes.len())
            && !is_full(self.writes_by_address.len())
            && !is_full(self.asks_by_address.len())
        {
            return;
        }
        let mut forgot_at = self.forgot_at.lock().unwrap_or_else(PoisonError::into_inner);
        if forgot_at.is_some_and(|at| at.elapsed() < FORGETS_EVERY) {
            return;
        }
        *forgot_at = Some(Instant::now());
        self.writes.retain_recent();
        self.writes_by_address.retain_recent();
        self.asks_by_address.retain_recent();
    }
}

fn allowed<K: Clone + std::hash::Hash + Eq>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), Duration> {
    limiter.check_key(key).map_err(|until| until.wait_time_from(DefaultClock::default().now()))
}

/// Why a visitor is refused: a sentence that they read beside what they wrote.
pub struct No {
    status: StatusCode,
    /// For the page's script.
    why: &'static str,
    sentence: String,
    /// When to come back.
    after: Option<Duration>,
}

/// As it travels.
#[derive(Serialize)]
struct Told {
    why: &'static str,
    sentence: String,
}

impl No {
    fn new(status: StatusCode, why: &'static str, sentence: impl Into<String>) -> Self {
        Self { status, why, sentence: sentence.into(), after: None }
    }

    fn too_often(after: Duration) -> Self {
        let sentence = "This is a lot at once. It is sent in a moment.";
        Self { after: Some(after), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_often", sentence) }
    }

    fn not_understood() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "not_understood",
            "The chat did not understand this. Load the page again.",
        )
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        match error {
            Error::Missing | Error::Refused(Refusal::Missing) => {
                No::new(StatusCode::NOT_FOUND, "missing", "This chat is not there any more.")
            }
            Error::SignedOut => No::new(
                StatusCode::UNAUTHORIZED,
                "not_known",
                "This chat does not know this browser any more. Start a new conversation.",
            ),
            // Whose message has that id is nobody's business.
            Error::Refused(Refusal::AnotherMessage) => {
                No::new(StatusCode::CONFLICT, "another", "This message was sent before, with other words.")
            }
            Error::Refused(refusal) => {
                No::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.code(), refusal.sentence())
            }
            Error::TooMany => No::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many",
                "Too many tries in a short time. Wait a minute and try again.",
            ),
            ours @ (Error::Unavailable(_) | Error::Fault(_)) => {
                let sentence = match ours.told() {
                    app::error::Error::Unavailable { reference }
                    | app::error::Error::Broken { reference } => {
                        format!("Something broke on our side. Try again; if it stays, quote {reference}.")
                    }
                    other => other.sentence(),
                };
                No::new(StatusCode::SERVICE_UNAVAILABLE, "broken", sentence)
            }
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let Self { status, why, sentence, after } = self;
        let mut response = (status, Json(Told { why, sentence })).into_response();
        if let Some(after) = after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs() + 1));
        }
        own(response)
    }
}

/// Somebody's own: no cache may keep it.
fn own(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page in the frame. The browser shows it where the channel's sites, and nobody else, frame it.
pub async fn page(State(web): State<Web>, Path(key): Path<String>) -> Response {
    let read = web.server.db.read(async move |tx: &mut Tx| web_chat::chat(tx, &key).await);
    let chat = match read.await {
        Ok(chat) => chat,
        Err(error) => return No::from(error).into_response(),
    };
    let sites = &chat.widget.sites;
    let framed_by = match sites.is_empty() {
        true => "*".to_owned(),
        // Our own pages carry it too: the demo shop, and the end of set-up.
        false => sites.iter().fold("'self'".to_owned(), |all, site| format!("{all} {site}")),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors {framed_by}"
    );
    let page =
        PAGE.replace("{files}", &format!("/v/{}", web.build)).replace("{team}", &escaped(&team(&web).await));
    let mut response = ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response();
    response.extensions_mut().insert(guard::Framed);
    response
}

async fn team(web: &Web) -> String {
    super::page::workspace_name(&web.server).await
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Whether the page that asks may carry the chat. Browsers keep the frame away where it may not; this says why, to the
/// script that draws the button. It is asked from other origins, and tells them nothing else.
pub async fn site(State(web): State<Web>, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let read = web.server.db.read(async move |tx: &mut Tx| web_chat::chat(tx, &key).await);
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let mut response = match read.await {
        Err(error) => No::from(error).into_response(),
        Ok(chat) => match origin {
            // Asked by a page of this origin, which needs not say so.
            None => StatusCode::NO_CONTENT.into_response(),
            Some(origin) if origin == web.serve.public_url.origin() || chat.widget.appears_on(origin) => {
                StatusCode::NO_CONTENT.into_response()
            }
            Some(origin) => {
                let sentence = format!(
                    "The chat cannot be shown here: {origin} is not on the list of websites of this channel."
                );
                No::new(StatusCode::FORBIDDEN, "not_here", sentence).into_response()
            }
        },
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

/// A body that is no more and no less than what is asked for. Read by hand, so that what is wrong is told in our words.
fn understood<T: DeserializeOwned>(body: &[u8]) -> Result<T, No> {
    match body.len() {
        n if n > BODY_MAX_BYTES => {
            Err(No::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "This is more than can be sent at once."))
        }
        _ => serde_json::from_slice(body).map_err(|_| No::not_understood()),
    }
}

pub(super) fn address(web: &Web, peer: Peer, headers: &HeaderMap) -> IpAddr {
    guard::client(guard::peer(peer.0.map(ConnectInfo)), headers, web.serve.trusted_proxies)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedHello {
    token: Option<String>,
}

/// The window opens.
pub async fn hello(
    State(web): State<Web>,
    Path(key): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, No> {
    web.chat_limits.ask(address(&web, peer, &headers)).map_err(No::too_often)?;
    let AskedHello { token } = understood(&body)?;
    let hello = web_chat::hello(&web.server, key, token).await?;
    Ok(own(Json(hello).into_response()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedThread {
    token: String,
    conversation: ConversationId,
    before: Option<i64>,
}

/// A part of a thread.
pub async fn thread(
    State(web): State<Web>,
    Path(key): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, No> {
    web.chat_limits.ask(address(&web, peer, &headers)).map_err(No::too_often)?;
    let AskedThread { token, conversation, before } = understood(&body)?;
    let thread = web_chat::thread(&web.server, key, token, conversation, before).await?;
    Ok(own(Json(thread).into_response()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedWrite {
    token: String,
    message: Written,
}

/// A message.
pub async fn write(
    State(web): State<Web>,
    Path(key): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, No> {
    let AskedWrite { token, message } = understood(&body)?;
    web.chat_limits.write(&token, address(&web, peer, &headers)).map_err(No::too_often)?;
    let arrived = web_chat::write(&web.server, key, token, message, now()).await?;
    let told = serde_json::json!({ "conversation": arrived.conversation, "seq": arrived.seq });
    Ok(own(Json(told).into_response()))
}

/// A file, before the message that it comes with. The token stands in a header: the body is the file.
pub async fn put_file(
    State(web): State<Web>,
    Path(key): Path<String>,
    Query(Announced { id, name }): Query<Announced>,
    peer: Peer,
    request: Request,
) -> Result<Response, No> {
    let headers = request.headers();
    let token =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.ok_or_else(No::not_understood)?.to_owned();
    web.chat_limits.write(&token, address(&web, peer, headers)).map_err(No::too_often)?;
    let owner = web_chat::who_sends(&web.server, key, token).await?;
    let coming = Coming { id, owner, name: clean_file_name(&name), max_bytes: VISITOR_FILE_MAX_BYTES };
    Ok(own(Json(file::take(&web, coming, request).await?).into_response()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedFile {
    token: String,
}

/// A file that came with a message of the visitor's.
pub async fn get_file(
    State(web): State<Web>,
    Path((key, id)): Path<(String, FileId)>,
    peer: Peer,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, No> {
    web.chat_limits.ask(address(&web, peer, &headers)).map_err(No::too_often)?;
    let AskedFile { token } = understood(&body)?;
    let known = web_chat::file(&web.server, key, token, id).await?;
    Ok(file::sent(&web, &known, &headers).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedSeen {
    token: String,
    conversation: ConversationId,
    message: MessageId,
}

/// The visitor has seen what the team wrote.
pub async fn seen(
    State(web): State<Web>,
    Path(key): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, No> {
    web.chat_limits.ask(address(&web, peer, &headers)).map_err(No::too_often)?;
    let AskedSeen { token, conversation, message } = understood(&body)?;
    web_chat::seen(&web.server, key, token, conversation, message, now()).await?;
    Ok(own(StatusCode::NO_CONTENT.into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_writes_fast_and_not_without_end() {
        let limits = Limits::default();
        let tries = |token: &str, n: u32| {
            (0..n).filter(|_| limits.write(token, IpAddr::from([192, 0, 2, 7])).is_ok()).count()
        };
        assert_eq!(tries("one", 400), WRITES as usize);
        let wait = limits.write("one", IpAddr::from([192, 0, 2, 7])).unwrap_err();
        assert!(wait <= Duration::from_secs(3));
        // Neither does one place with many tokens.
        let others: usize = (0..100).map(|n| tries(&format!("other {n}"), 10)).sum();
        assert_eq!(others, (WRITES_BY_ADDRESS - WRITES) as usize);
        assert!(limits.write("else", IpAddr::from([192, 0, 2, 8])).is_ok());
    }

    #[test]
    fn a_name_in_the_page_is_text() {
        assert_eq!(escaped("<b a=\"x\">'&"), "&lt;b a=&quot;x&quot;&gt;&#39;&amp;");
    }
}
