//! What can go wrong on the server, and how it is told outside.

use domain::refusal::Refusal;

use crate::db;

/// Why there is no answer. `Refused` and `Missing` are answers of the domain; the rest are ours.
#[derive(Debug)]
pub enum Error {
    /// The domain said no.
    Refused(Refusal),
    /// Not there, or not theirs.
    Missing,
    /// Whoever that was is not signed in there any more.
    SignedOut,
    /// Too many tries in a short time.
    TooMany,
    /// The database did not answer; the same request can be sent again.
    Unavailable(anyhow::Error),
    /// We broke.
    Fault(anyhow::Error),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Unavailable(why) => Error::Unavailable(why),
            db::Error::Conflict(what) => Error::Fault(anyhow::anyhow!("unique key taken: {what}")),
            db::Error::Fault(why) => Error::Fault(why),
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

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Error::Fault(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Fault(error.into())
    }
}

impl Error {
    /// As a browser hears it. Our own faults are logged here, once, under the reference that is shown.
    pub fn told(self) -> app::error::Error {
        match self {
            Error::Refused(refusal) => app::error::Error::Refused(refusal),
            Error::Missing => app::error::Error::Missing,
            Error::SignedOut => app::error::Error::SignedOut,
            Error::TooMany => app::error::Error::TooMany,
            Error::Unavailable(why) => app::error::Error::Unavailable { reference: logged(&why) },
            Error::Fault(why) => app::error::Error::Broken { reference: logged(&why) },
        }
    }
}

/// Logs a fault, once, and returns the reference that is shown for it.
fn logged(why: &anyhow::Error) -> String {
    let reference = reference();
    tracing::error!(reference, error = format!("{why:#}"), "a request failed; it was told {reference}");
    metrics::counter!("switchboard_faults_total").increment(1);
    reference
}

/// Six characters to quote on the phone: no letters that are mistaken for digits.
fn reference() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKMNPQRSTUVWXYZ234567899";
    crate::secret::random::<6>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
