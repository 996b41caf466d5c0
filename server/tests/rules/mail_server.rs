//! A mail server that says what a test wants, and keeps what it took.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use server::mail::smtp::MailServer;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// How it treats somebody who connects.
#[derive(Clone, Debug, PartialEq)]
pub enum Manner {
    Takes,
    /// Says that after who gets it.
    AnswersRecipient(&'static str),
    /// Says that after the text, and does not take it.
    AnswersText(&'static str),
    /// Goes away before the text.
    CutsBeforeText,
    /// Takes it, and goes away without a word.
    TakesAndCuts,
    /// Takes it, says so, and goes away.
    TakesSaysAndCuts,
    /// Hears the text and says nothing for ever.
    Hangs,
    /// Says one byte at a time.
    Slow,
}

/// An e-mail as it was handed over.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: String,
    /// Without the dots of the wire.
    pub text: Vec<u8>,
}

#[derive(Clone)]
pub struct PostOffice {
    pub address: std::net::SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    manners: Arc<Mutex<VecDeque<Manner>>>,
    /// The text of an e-mail has come.
    pub heard: Arc<Notify>,
}

impl PostOffice {
    /// On a port of its own, until the test ends. It treats those who come first so, and takes everything after that.
    pub async fn opens(manners: &[Manner]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let post = Self {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            manners: Arc::new(Mutex::new(manners.iter().cloned().collect())),
            heard: Arc::default(),
        };
        let here = post.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let manner = here.manners.lock().unwrap().pop_front().unwrap_or(Manner::Takes);
                let here = here.clone();
                // Who goes away in the middle is no failure of this.
                tokio::spawn(async move { drop(here.serve(stream, manner).await) });
            }
        });
        post
    }

    /// As Switchboard is told of it.
    pub fn as_server(&self, scheme: &str) -> MailServer {
        let url = format!("{scheme}://{}", self.address);
        let server = MailServer::new(&url, "Fernhill Support <support@fernhill.example>").unwrap();
        server.with_patience(Duration::from_millis(300))
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    async fn serve(&self, stream: TcpStream, manner: Manner) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut read = BufReader::new(read);
        write.write_all(b"220 post.example ESMTP\r\n").await?;
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if read.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer = match word.as_str() {
                "EHLO" => "250-post.example\r\n250-8BITMIME\r\n250 SMTPUTF8",
                "MAIL" => {
                    from = inside(&line);
                    "250 ok"
                }
                "RCPT" => {
                    to = inside(&line);
                    match &manner {
                        Manner::AnswersRecipient(answer) => answer,
                        _ => "250 ok",
                    }
                }
                "DATA" if manner == Manner::CutsBeforeText => return Ok(()),
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "500 what?",
            };
            self.say(&mut write, answer, &manner).await?;
            if word == "QUIT" {
                return Ok(());
            }
            if word != "DATA" {
                continue;
            }
            let text = text(&mut read).await?;
            self.heard.notify_one();
            let takes = || {
                let received = Received { from: from.clone(), to: to.clone(), text: text.clone() };
                self.received.lock().unwrap().push(received);
            };
            match &manner {
                Manner::AnswersText(answer) => self.say(&mut write, answer, &manner).await?,
                Manner::TakesAndCuts => {
                    takes();
                    return Ok(());
                }
                Manner::TakesSaysAndCuts => {
                    takes();
                    return self.say(&mut write, "250 taken", &manner).await;
                }
                Manner::Hangs => {
                    // Until the other side gives up.
                    let mut rest = vec![];
                    read.read_to_end(&mut rest).await?;
                    return Ok(());
                }
                _ => {
                    takes();
                    self.say(&mut write, "250 taken", &manner).await?;
                }
            }
        }
    }

    async fn say(
        &self,
        write: &mut (impl AsyncWriteExt + Unpin),
        answer: &str,
        manner: &Manner,
    ) -> std::io::Result<()> {
        let answer = format!("{answer}\r\n");
        if *manner != Manner::Slow {
            return write.write_all(answer.as_bytes()).await;
        }
        for byte in answer.bytes() {
            write.write_all(&[byte]).await?;
            write.flush().await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// What stands between the angle brackets.
fn inside(line: &str) -> String {
    let after = line.split_once('<').map_or("", |(_, after)| after);
    after.split_once('>').map_or("", |(inside, _)| inside).to_owned()
}

async fn text(read: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut text = vec![];
    loop {
        let mut line = vec![];
        if read.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(text);
        }
        text.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
