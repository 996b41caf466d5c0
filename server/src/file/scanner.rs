//! A scanner for what people send: clamd, or whatever speaks its `INSTREAM`. Source: clamd(8).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, anyhow};
use axum::body::Bytes;
use domain::contact::clean_name;
use domain::refusal::Refusal;
use futures::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::error::Error;

/// How long a whole file may take, from connecting to the verdict.
const WITHIN: Duration = Duration::from_secs(120);

/// Most bytes of an answer that are read: it is one line.
const ANSWER_MAX_BYTES: u64 = 4_096;

/// Where the scanner listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// `tcp://HOST:PORT`
    Tcp(String),
    /// `unix:PATH`
    Unix(PathBuf),
}

impl FromStr for Scanner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let advice = "write it like unix:/run/clamav/clamd.ctl, or tcp://127.0.0.1:3310";
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        let address = text.strip_prefix("tcp://").ok_or(advice)?;
        let is_one = address
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if is_one { Ok(Self::Tcp(address.to_owned())) } else { Err(advice.into()) }
    }
}

impl fmt::Display for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Scanner {
    /// Lets the scanner look at those bytes.
    ///
    /// Errors: [`Refusal::Infected`]; [`Refusal::NotScanned`] where it gives no verdict: what nobody has looked at is not taken.
    pub async fn look_at<E: std::error::Error + Send + Sync + 'static>(
        &self,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(), Error> {
        let asked = async {
            match self {
                Self::Tcp(address) => ask(TcpStream::connect(address).await?, bytes).await,
                Self::Unix(path) => ask(UnixStream::connect(path).await?, bytes).await,
            }
        };
        let answer = timeout(WITHIN, asked).await.unwrap_or_else(|_| Err(anyhow!("no answer in time")));
        let answer = answer.unwrap_or_else(|why| {
            tracing::error!(scanner = %self, %why, "the scanner of files does not answer");
            String::new()
        });
        let answer = answer.trim_end_matches(['\0', '\n']).trim_start_matches("stream: ");
        match answer.strip_suffix(" FOUND") {
            Some(name) => Err(Refusal::Infected { name: clean_name(name) }.into()),
            None if answer == "OK" => Ok(()),
            None => {
                if !answer.is_empty() {
                    tracing::error!(scanner = %self, answer, "the scanner of files gives no verdict");
                }
                Err(Refusal::NotScanned.into())
            }
        }
    }
}

async fn ask<E: std::error::Error + Send + Sync + 'static>(
    mut scanner: impl AsyncRead + AsyncWrite + Unpin,
    bytes: impl Stream<Item = Result<Bytes, E>>,
) -> anyhow::Result<String> {
    let mut bytes = std::pin::pin!(bytes);
    scanner.write_all(b"zINSTREAM\0").await?;
    let sent = async {
        while let Some(piece) = bytes.next().await {
            let piece = piece.context("the file cannot be read again")?;
            scanner.write_all(&u32::try_from(piece.len())?.to_be_bytes()).await?;
            scanner.write_all(&piece).await?;
        }
        scanner.write_all(&0_u32.to_be_bytes()).await?;
        anyhow::Ok(())
    };
    // Whoever has seen enough may stop listening; the answer says why.
    let sent = sent.await;
    let mut answer = vec![];
    scanner.take(ANSWER_MAX_BYTES).read_to_end(&mut answer).await?;
    if answer.is_empty() {
        sent?;
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_is_a_socket() {
        assert_eq!("unix:/run/clamd.ctl".parse(), Ok(Scanner::Unix("/run/clamd.ctl".into())));
        assert_eq!("tcp://[::1]:3310".parse(), Ok(Scanner::Tcp("[::1]:3310".into())));
        for wrong in ["", "unix:", "localhost:3310", "tcp://localhost", "tcp://:3310", "http://x:1"] {
            assert!(wrong.parse::<Scanner>().unwrap_err().contains("clamd.ctl"), "{wrong}");
        }
    }
}
