//! Talking to the mail server, step by step: whether an e-mail can be sent again depends on how far it came.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use domain::contact::clean_line;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use percent_encoding::percent_decode_str;
use tokio::time::timeout;
use url::Url;

/// How long it is waited for each answer before the text goes.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// And for the one after the text. Source: RFC 5321, 4.5.3.2.6.
const TAKES_WITHIN: Duration = Duration::from_secs(600);

/// Longest reason that is kept, in Unicode scalar values.
const REASON_MAX_CHARS: usize = 300;

/// A mail server that takes our e-mail, and in whose name.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    host: String,
    port: u16,
    security: Security,
    login: Option<(String, String)>,
    from: Mailbox,
    takes_within: Duration,
}

/// How the connection is kept from others' eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// From the first byte: `smtps://`.
    Tls,
    /// After a word in the clear, or not at all: `smtp://`.
    StartTls,
    /// Not: `smtp+plain://`.
    None,
}

/// How far an e-mail came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The mail server has it.
    Taken,
    /// It does not have it; later it might take it.
    Later(String),
    /// It does not take it.
    Never(String),
    /// All of it was said, and the answer did not come.
    Unknown,
}

impl MailServer {
    /// That server, in that name.
    ///
    /// Errors: a sentence that says how to write them.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let example = "write it like smtps://USER:PASSWORD@mail.example.org";
        let parsed = Url::parse(url).map_err(|_| format!("this is not a URL; {example}"))?;
        let (security, port) = match parsed.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp" => (Security::StartTls, 587),
            "smtp+plain" => (Security::None, 25),
            _ => return Err(format!("it must begin with smtps://, smtp:// or smtp+plain://; {example}")),
        };
        let host = parsed.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("it must name a host; {example}"))?.to_owned();
        if !matches!(parsed.path(), "" | "/") || parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(format!("nothing may follow the host and the port; {example}"));
        }
        let word = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let login = parsed.password().map(|password| (word(parsed.username()), word(password)));
        let port = parsed.port().unwrap_or(port);
        let from = Mailbox::from_str(from)
            .map_err(|_| "write it like \"Support <support@example.org>\"".to_string())?;
        Ok(Self { host, port, security, login, from, takes_within: TAKES_WITHIN })
    }

    /// In whose name it sends.
    pub fn from(&self) -> &Mailbox {
        &self.from
    }

    /// The same, with less patience for the answer after the text.
    pub fn with_patience(self, takes_within: Duration) -> Self {
        Self { takes_within, ..self }
    }

    /// Hands an e-mail over for that address.
    pub async fn send(&self, to: &str, letter: &[u8]) -> Sent {
        let Ok(to) = to.parse::<Address>() else {
            return Sent::Never("This is no address to which e-mail can be sent.".into());
        };
        let mut connection = match timeout(ANSWERS_WITHIN, self.begin(to)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(refused)) => return refused,
            Err(_) => return Sent::Later("The mail server did not answer.".into()),
        };
        match timeout(self.takes_within, connection.message(letter)).await {
            Ok(Ok(_)) => {
                // Whatever comes of it: it has been taken.
                let _ = timeout(Duration::from_secs(1), connection.quit()).await;
                Sent::Taken
            }
            // An answer is one, whatever it says.
            Ok(Err(error)) if error.is_permanent() || error.is_transient() => error.into(),
            Ok(Err(_)) | Err(_) => Sent::Unknown,
        }
    }

    /// As far as the text: what breaks off until then can be said again.
    async fn begin(&self, to: Address) -> Result<AsyncSmtpConnection, Sent> {
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let tls = || TlsParameters::new(self.host.clone());
        let at_once = if self.security == Security::Tls { Some(tls()?) } else { None };
        let server = (self.host.trim_start_matches('[').trim_end_matches(']'), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(ANSWERS_WITHIN), &hello, at_once, None).await?;
        if self.security == Security::StartTls {
            connection.starttls(tls()?, &hello).await?;
        }
        if let Some((user, password)) = &self.login {
            let login = Credentials::new(user.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &login).await?;
        }
        let from = self.from.email.clone();
        let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        let needs_utf8 = !is_ascii(&to) || !is_ascii(&from);
        if needs_utf8 && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Sent::Never("The mail server takes no address with such letters.".into()));
        }
        let parameters = if needs_utf8 { vec![MailParameter::SmtpUtfEight] } else { vec![] };
        connection.command(Mail::new(Some(from), parameters)).await?;
        connection.command(Rcpt::new(to, vec![])).await?;
        connection.command(Data).await?;
        Ok(connection)
    }
}

/// What an error before the answer to the text means.
impl From<SmtpError> for Sent {
    fn from(error: SmtpError) -> Self {
        let mut reason = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(why) = cause {
            // An answer of the server stands in both.
            let why_not = why.to_string();
            if !reason.ends_with(&why_not) {
                reason = format!("{reason}: {why_not}");
            }
            cause = why.source();
        }
        let reason: String = clean_line(&reason).chars().take(REASON_MAX_CHARS).collect();
        if error.is_permanent() { Sent::Never(reason) } else { Sent::Later(reason) }
    }
}

/// Without the password.
impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, security, from, .. } = self;
        write!(f, "MailServer({security:?} {host}:{port}, from {from})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Result<MailServer, String> {
        MailServer::new(url, "Fernhill <support@fernhill.example>")
    }

    #[test]
    fn a_mail_server_is_a_url() {
        let known = server("smtps://ana:p%40ss@mail.example.org").unwrap();
        assert_eq!(
            (known.host.as_str(), known.port, known.security),
            ("mail.example.org", 465, Security::Tls)
        );
        assert_eq!(known.login, Some(("ana".into(), "p@ss".into())));
        let ports = |url| server(url).map(|server| (server.port, server.security));
        assert_eq!(ports("smtp://mail.example.org"), Ok((587, Security::StartTls)));
        assert_eq!(ports("smtp+plain://127.0.0.1:2525"), Ok((2525, Security::None)));
    }

    #[test]
    fn what_is_none_is_refused_with_advice() {
        for wrong in
            ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://host/path", "smtp://host?tls"]
        {
            let advice = server(wrong).unwrap_err();
            assert!(advice.contains("smtps://USER:PASSWORD@"), "{wrong}: {advice}");
        }
        assert!(MailServer::new("smtp://host", "nobody").unwrap_err().contains("support@example.org"));
    }

    #[test]
    fn a_password_is_not_in_the_debug_text() {
        let text = format!("{:?}", server("smtps://ana:hunter2@mail.example.org").unwrap());
        assert!(!text.contains("hunter2"), "{text}");
    }
}
