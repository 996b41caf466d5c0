//! The wire of a browser: a real server on a port of its own, and a real socket.

use std::net::SocketAddr;
use std::time::Duration;

use app::backend::Backend;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use domain::conversation::Command;
use domain::desk::Desk;
use domain::filter::Filter;
use domain::live::{Down, Up};
use domain::view::View;
use domain::worlds::{ANA, BILLING, NOON};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use server::{sql, web};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::http::{Browser, anas_browser, origins};
use crate::office::{Office, in_office, order};

/// How long the server may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server while it serves.
pub struct Port {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Port {
    pub async fn open(browser: &Browser) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = browser.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        Self { address, task: tokio::spawn(async move { axum::serve(listener, service).await.unwrap() }) }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The socket of a page of ours, in that browser.
    async fn connect(&self, browser: &Browser) -> Wire {
        self.ask(browser, &[("origin", &self.origin())]).await.expect("a socket")
    }

    /// Asks for a socket; what else it gets is the status.
    async fn ask(&self, browser: &Browser, headers: &[(&str, &str)]) -> Result<Wire, StatusCode> {
        self.ask_at("/live", browser, headers).await
    }

    /// The same of another path.
    pub async fn ask_at(
        &self,
        path: &str,
        browser: &Browser,
        headers: &[(&str, &str)],
    ) -> Result<Wire, StatusCode> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        let cookie = browser.cookie.as_deref().map(|cookie| ("cookie", cookie));
        for (name, value) in headers.iter().copied().chain(cookie) {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        match connect_async(request).await {
            Ok((socket, answer)) => {
                let protocol = answer.headers().get("sec-websocket-protocol");
                let protocol = protocol.map(|value| value.to_str().unwrap().to_owned());
                Ok(Wire { socket, protocol })
            }
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The browser's end of a socket.
pub struct Wire {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The one that the server chose.
    protocol: Option<String>,
}

impl Wire {
    pub async fn sends(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The other end may have hung up already.
    pub async fn tries_to_send(&mut self, message: Message) {
        let _ = self.socket.send(message).await;
    }

    async fn says(&mut self, up: &Up) {
        self.sends(Message::text(serde_json::to_string(up).unwrap())).await;
    }

    async fn hears(&mut self) -> Down {
        match self.receives(|message| matches!(message, Message::Text(_) | Message::Close(_))).await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("something is said: {other:?}"),
        }
    }

    /// With which code the server ends it; `None` where the wire is cut without a word.
    pub async fn ends(&mut self) -> Option<u16> {
        match self.receives(Message::is_close).await {
            Some(Message::Close(frame)) => frame.map(|frame| frame.code.into()),
            _ => None,
        }
    }

    /// The next message like that; `None` where the wire is cut before.
    pub async fn receives(&mut self, is_like: impl Fn(&Message) -> bool) -> Option<Message> {
        let received = async {
            while let Some(Ok(message)) = self.socket.next().await {
                if is_like(&message) {
                    return Some(message);
                }
            }
            None
        };
        timeout(PATIENCE, received).await.expect("the server speaks or ends it")
    }

    /// It is there and answers.
    async fn is_open(&mut self, desk: &mut Desk) {
        self.says(&desk.hello()).await;
        while !matches!(self.hears().await, Down::Head { .. }) {}
    }
}

const QUIET: Up = Up::Look { at: None, replying: false };

/// What Ana's browser begins with.
async fn anas_desk(office: &Office) -> Desk {
    let viewer = office.agent(ANA).viewer;
    let mut desk = Desk::empty();
    desk.start(office.server.snapshot(&viewer, Filter::of(View::All), None).await.unwrap(), NOON);
    desk
}

#[tokio::test]
async fn a_socket_is_for_pages_of_ours_with_somebody_signed_in() {
    in_office(async |office| {
        let ana = anas_browser(&office).await;
        let port = Port::open(&ana).await;
        let nobody = Browser { cookie: None, ..ana.clone() };
        let forged = Browser { cookie: Some("sid=0".into()), ..ana.clone() };
        for browser in [&nobody, &forged] {
            let answer = port.ask(browser, &[("origin", &port.origin())]).await;
            assert_eq!(answer.err(), Some(StatusCode::UNAUTHORIZED));
        }
        for (origin, is_ours) in origins(&port.origin()) {
            let header = origin.as_deref().map(|origin| ("origin", origin));
            let headers: Vec<_> = header.into_iter().collect();
            let expected = (!is_ours).then_some(StatusCode::FORBIDDEN);
            assert_eq!(port.ask(&ana, &headers).await.err(), expected, "{origin:?}");
        }
        let cross_site = [("origin", &*port.origin()), ("sec-fetch-site", "cross-site")];
        assert_eq!(port.ask(&ana, &cross_site).await.err(), Some(StatusCode::FORBIDDEN));
        let own_word = [("sec-fetch-site", "same-origin")];
        let answer = port.ask(&ana, &own_word).await;
        assert_eq!(answer.err(), Some(StatusCode::FORBIDDEN), "a browser names the origin of a socket");
    })
    .await;
}

#[tokio::test]
async fn a_page_of_another_build_is_told_so_first() {
    in_office(async |office| {
        let ana = anas_browser(&office).await;
        let port = Port::open(&ana).await;
        let build = web::files::Site::Folder("/nowhere".into()).build();
        for (build, is_older) in [(build.as_str(), false), ("0123456789abcdef", true), ("", true)] {
            let protocols = format!("{}, build.{build}", web::live::PROTOCOL);
            let headers = [("origin", &*port.origin()), ("sec-websocket-protocol", &protocols)];
            let mut wire = port.ask(&ana, &headers).await.unwrap();
            assert_eq!(wire.protocol.as_deref(), Some("switchboard.1"));
            if is_older {
                assert_eq!(wire.hears().await, Down::NewVersion);
            }
            wire.says(&anas_desk(&office).await.hello()).await;
            assert!(matches!(wire.hears().await, Down::Head { .. }), "it is served whatever it is");
        }
    })
    .await;
}

#[tokio::test]
async fn hello_is_answered_and_an_order_comes_back_as_an_envelope() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = anas_browser(&office).await;
        let port = Port::open(&ana).await;
        let (mut wire, mut desk) = (port.connect(&ana).await, anas_desk(&office).await);
        wire.says(&desk.hello()).await;
        for expected in ["head", "counts"] {
            let down = wire.hears().await;
            assert!(json!(down).get(expected).is_some(), "{expected}: {down:?}");
            desk.hear(down, NOON);
        }
        let claim = order(refund.id, Command::Claim);
        assert_eq!(ana.run(&claim).await.status, StatusCode::OK);
        let Down::Envelope(envelope) = wire.hears().await else { panic!("an envelope comes first") };
        assert_eq!(envelope.settles, [claim.id]);
        desk.hear(Down::Envelope(envelope), NOON);
        let counts = wire.hears().await;
        assert!(matches!(counts, Down::Counts { .. }), "{counts:?}");
        desk.hear(counts, NOON);
        let fresh = anas_desk(&office).await;
        assert_eq!((desk.row(refund.id), desk.counts(NOON)), (fresh.row(refund.id), fresh.counts(NOON)));
        assert_eq!(desk.row(refund.id).unwrap().scene.conversation.assignee, Some(ANA));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_understood_ends_the_socket() {
    in_office(async |office| {
        let ana = anas_browser(&office).await;
        let port = Port::open(&ana).await;
        let with = |path: &str| {
            let mut up = json!(anas_hello());
            *up.pointer_mut(path).unwrap() = json!("nonsense");
            up.to_string()
        };
        // What another build says in more words is not guessed at: that page reloads.
        let mut unknown_field: Value = json!(anas_hello());
        unknown_field["hello"]["since"] = json!(7);
        for text in [
            "",
            "{",
            "null",
            "[]",
            "\"hello\"",
            r#"{"hello": {}}"#,
            r#"{"shout": {"at": null}}"#,
            r#"{"look": {"at": null, "replying": false, "typing": true}}"#,
            r#"{"look": {"at": "%", "replying": false}}"#,
            &with("/hello/after"),
            &with("/hello/viewer"),
            &unknown_field.to_string(),
        ] {
            let mut wire = port.connect(&ana).await;
            wire.sends(Message::text(text)).await;
            assert_eq!(wire.ends().await, Some(4400), "{text}");
        }
        for bytes in [json!(QUIET).to_string().into_bytes(), vec![0, 255]] {
            let mut wire = port.connect(&ana).await;
            wire.sends(Message::binary(bytes)).await;
            assert_eq!(wire.ends().await, Some(4400), "words come as text");
        }
    })
    .await;
}

fn anas_hello() -> Up {
    let mut desk = Desk::empty();
    desk.viewer = domain::worlds::office().viewer(ANA).unwrap();
    desk.hello()
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_the_socket() {
    in_office(async |office| {
        let ana = anas_browser(&office).await;
        let port = Port::open(&ana).await;
        let padded = |length: usize| Message::text(format!("{:length$}", json!(QUIET).to_string()));
        let mut wire = port.connect(&ana).await;
        wire.sends(padded(16 * 1024)).await;
        wire.is_open(&mut anas_desk(&office).await).await;
        wire.sends(padded(16 * 1024 + 1)).await;
        // What is too long is not read: its rest may cut the wire before the server's last word arrives.
        assert!(matches!(wire.ends().await, Some(1000) | None));
    })
    .await;
}

#[tokio::test]
async fn who_says_too_much_is_cut_off() {
    in_office(async |office| {
        let ana = anas_browser(&office).await;
        let port = Port::open(&ana).await;
        let mut wire = port.connect(&ana).await;
        for _ in 0..99 {
            wire.says(&QUIET).await;
        }
        wire.is_open(&mut anas_desk(&office).await).await;
        wire.says(&QUIET).await;
        assert_eq!(wire.ends().await, Some(4429));
    })
    .await;
}

#[tokio::test]
async fn signing_out_closes_the_sockets_of_this_session_and_no_others() {
    in_office(async |office| {
        let (here, there) = (anas_browser(&office).await, anas_browser(&office).await);
        let port = Port::open(&here).await;
        let mut tabs = [port.connect(&here).await, port.connect(&here).await];
        let mut other = port.connect(&there).await;
        for wire in tabs.iter_mut().chain([&mut other]) {
            wire.is_open(&mut anas_desk(&office).await).await;
        }
        assert_eq!(here.submit("/logout", &[]).await.status, StatusCode::SEE_OTHER);
        for wire in &mut tabs {
            assert_eq!(wire.ends().await, Some(4401));
        }
        other.is_open(&mut anas_desk(&office).await).await;
        let again = port.ask(&here, &[("origin", &port.origin())]).await;
        assert_eq!(again.err(), Some(StatusCode::UNAUTHORIZED));
        office.changes(sql!("update agent set enabled = false where agent_id = $1"), ANA).await;
        assert_eq!(other.ends().await, Some(4401), "who is disabled is out everywhere");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stops_says_that_another_comes() {
    in_office(async |office| {
        let ana = anas_browser(&office).await;
        let port = Port::open(&ana).await;
        let (mut silent, mut open) = (port.connect(&ana).await, port.connect(&ana).await);
        open.is_open(&mut anas_desk(&office).await).await;
        office.server.live.stop();
        for wire in [&mut silent, &mut open] {
            assert_eq!(wire.ends().await, Some(1012));
        }
        assert_eq!(port.connect(&ana).await.ends().await, Some(1012), "who comes late, too");
    })
    .await;
}

#[tokio::test]
async fn a_session_has_forty_sockets_at_most() {
    in_office(async |office| {
        let (here, there) = (anas_browser(&office).await, anas_browser(&office).await);
        let port = Port::open(&here).await;
        let mut wires = vec![];
        for _ in 0..40 {
            wires.push(port.connect(&here).await);
        }
        let ours = port.origin();
        let ask = async || port.ask(&here, &[("origin", &ours)]).await;
        assert_eq!(ask().await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
        port.connect(&there).await;
        // One that is closed makes room for another as soon as the server has noticed.
        drop(wires.pop());
        let one_more = async { while ask().await.is_err() {} };
        timeout(PATIENCE, one_more).await.expect("room for one more");
    })
    .await;
}
