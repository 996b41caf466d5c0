//! What a browser sends and gets over real connections, which may break at any byte.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use domain::desk::Snapshot;
use domain::filter::Filter;
use domain::live::Request;
use domain::view::View;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::office::PASSWORD;

/// How long somebody waits before knocking again at a server that is away.
pub const BACK_OFF: Duration = Duration::from_millis(5);

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connection that stays open from one request to the next.
pub struct Line {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Line {
    pub async fn open(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), address })
    }

    /// The whole answer; an error where the connection ended before it.
    pub async fn ask(
        &mut self,
        request: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Error> {
        self.say(request, headers, body).await?;
        self.hear().await
    }

    async fn say(&mut self, request: &str, headers: &[(&str, &str)], body: &str) -> Result<(), Error> {
        let (address, length) = (self.address, body.len());
        let own = format!("host: {address}\r\norigin: http://{address}\r\ncontent-length: {length}\r\n");
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let text = format!("{request} HTTP/1.1\r\n{own}{headers}\r\n{body}");
        self.stream.write_all(text.as_bytes()).await
    }

    async fn hear(&mut self) -> Result<Answer, Error> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let length = value(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Answer { status, head, body: String::from_utf8(body).unwrap() })
    }
}

/// The value of a header.
fn value<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let pairs = head.lines().filter_map(|line| line.split_once(": "));
    pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
}

/// How long a server may say nothing until a browser goes to another. One that was paused takes connections, and
/// answers none.
pub const SILENCE: Duration = Duration::from_secs(3);

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Browser {
    /// The servers, the preferred one first.
    addresses: Vec<SocketAddr>,
    cookie: String,
}

impl Browser {
    pub async fn sign_in(address: SocketAddr, email: &str) -> Self {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        let answer = Line::open(address).await.unwrap().ask("POST /login", &form, &body).await.unwrap();
        let cookie = value(&answer.head, "set-cookie").unwrap_or_else(|| panic!("{answer:?}"));
        Self { addresses: vec![address], cookie: cookie.split(';').next().unwrap().into() }
    }

    /// The same with those servers.
    pub fn among(&self, addresses: Vec<SocketAddr>) -> Self {
        Self { addresses, ..self.clone() }
    }

    /// The same who prefers another server.
    pub fn moved(&self) -> Self {
        let mut moved = self.clone();
        moved.move_over();
        moved
    }

    /// Prefers another server.
    pub fn move_over(&mut self) {
        self.addresses.rotate_left(1);
    }

    /// A connection to the server, as soon as it is there.
    pub async fn line(&self) -> Line {
        loop {
            for address in &self.addresses {
                if let Ok(line) = Line::open(*address).await {
                    return line;
                }
            }
            tokio::time::sleep(BACK_OFF).await;
        }
    }

    pub async fn run(&self, line: &mut Line, request: &Request) -> Result<Answer, Error> {
        self.call(line, "run", json!({ "request": request })).await
    }

    /// Orders that and hangs up after that time, answered or not.
    pub async fn run_and_hang_up(&self, request: &Request, after: Duration) {
        let (mut line, body) = (self.line().await, json!({ "request": request }).to_string());
        // A server that goes away meanwhile is as good.
        let _ = line.say("POST /api/run", &self.headers(), &body).await;
        tokio::time::sleep(after).await;
        let _ = line.stream.get_ref().set_zero_linger();
    }

    /// Everything that a desk begins with.
    pub async fn snapshot(&self) -> Snapshot {
        let all = json!({ "filter": Filter::of(View::All), "open": null });
        let answer = self.call(&mut self.line().await, "snapshot", all).await.unwrap();
        serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
    }

    async fn call(&self, line: &mut Line, function: &str, arguments: Value) -> Result<Answer, Error> {
        line.ask(&format!("POST /api/{function}"), &self.headers(), &arguments.to_string()).await
    }

    fn headers(&self) -> [(&str, &str); 2] {
        [("content-type", "application/json"), ("cookie", &self.cookie)]
    }

    /// A live socket, as soon as the server is there.
    pub async fn socket(&self) -> Socket {
        loop {
            for address in &self.addresses {
                let headers =
                    [("cookie", &*self.cookie), ("sec-websocket-protocol", server::web::live::PROTOCOL)];
                match timeout(SILENCE, connect(*address, "/live", &headers)).await {
                    Ok(Ok(socket)) => return socket,
                    Ok(Err(tungstenite::Error::Http(answer))) if !answer.status().is_server_error() => {
                        panic!("{answer:?}")
                    }
                    Ok(Err(_)) | Err(_) => {}
                }
            }
            tokio::time::sleep(BACK_OFF).await;
        }
    }
}

/// A socket at that path of a server.
pub async fn connect(
    address: SocketAddr,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<Socket, tungstenite::Error> {
    let mut request = format!("ws://{address}{path}").into_client_request()?;
    request.headers_mut().insert("origin", format!("http://{address}").parse().unwrap());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    connect_async(request).await.map(|(socket, _)| socket)
}
