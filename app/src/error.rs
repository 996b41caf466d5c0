//! What an agent's question can come back with instead of an answer.

use domain::refusal::Refusal;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::{Bytes, Decodes};
use serde::{Deserialize, Serialize};

/// Everything that can go wrong between a click and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// The domain said no, with its reason.
    Refused(Refusal),
    /// Nobody is signed in, or not any more.
    SignedOut,
    /// Not there, or not theirs to see: deliberately the same.
    Missing,
    /// More was sent than is taken.
    TooLarge,
    /// Too many tries in a short time.
    TooMany,
    /// The server lacks its database, or does not know whether it was stored: the same order with the same id can be
    /// sent again. What it logged can be found by the reference.
    Unavailable {
        /// To quote to an admin.
        reference: String,
    },
    /// The server broke; what it logged can be found by the reference.
    Broken {
        /// To quote to an admin.
        reference: String,
    },
    /// The server was not reached, or did not answer as itself. The order may or may not have arrived;
    /// the same order with the same id can be sent again.
    Unreachable,
}

impl Error {
    /// What the agent reads. Ends with what to do.
    pub fn sentence(&self) -> String {
        match self {
            Error::Refused(refusal) => refusal.sentence(),
            Error::SignedOut => "You are signed out. Sign in again; what you wrote is kept.".into(),
            Error::Missing => Refusal::Missing.sentence(),
            Error::TooLarge => {
                "This is more than can be sent at once. Shorten it or send it in parts.".into()
            }
            Error::TooMany => "Too many tries in a short time. Wait a minute and try again.".into(),
            Error::Unavailable { reference } | Error::Broken { reference } => {
                format!(
                    "Something broke on our side. Try again; if it stays, quote {reference} to your admin."
                )
            }
            Error::Unreachable => {
                "The server could not be reached. Check the connection and try again.".into()
            }
        }
    }

    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Error::Refused(Refusal::AnotherOrder | Refusal::AnotherMessage) => 409,
            Error::Refused(_) => 422,
            Error::SignedOut => 401,
            Error::Missing => 404,
            Error::TooLarge => 413,
            Error::TooMany => 429,
            Error::Broken { .. } => 500,
            Error::Unavailable { .. } | Error::Unreachable => 503,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing => Error::Missing,
            refusal => Error::Refused(refusal),
        }
    }
}

impl FromServerFnError for Error {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // What was sent is not what the function takes.
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Error::Missing,
            _ => Error::Unreachable,
        }
    }

    /// A layer before the function answers in plain text: its words are known by their beginning.
    fn de(bytes: Bytes) -> Self {
        JsonEncoding::decode(bytes.clone()).unwrap_or_else(|_| match String::from_utf8_lossy(&bytes) {
            text if text.starts_with("signed out") => Error::SignedOut,
            text if text.contains("length limit exceeded") => Error::TooLarge,
            text if text.starts_with("too many") => Error::TooMany,
            _ => Error::Unreachable,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_wire() {
        for error in
            [Error::Missing, Error::Refused(Refusal::NoText), Error::Unavailable { reference: "7F3A".into() }]
        {
            assert_eq!(Error::de(error.ser()), error);
        }
    }

    #[test]
    fn what_a_layer_says_in_plain_text_is_understood() {
        assert_eq!(Error::de(Bytes::from_static(b"length limit exceeded")), Error::TooLarge);
        assert_eq!(Error::de(Bytes::from_static(b"<html>502</html>")), Error::Unreachable);
    }
}
