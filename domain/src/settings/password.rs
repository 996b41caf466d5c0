//! One's own password.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// Shortest password, in characters. Source: NIST SP 800-63B-4, 3.1.1.2, which asks for 15 where nothing else is asked
/// for and 8 beside a second factor; between them stands what people accept from an inbox.
pub const PASSWORD_LEAST_CHARS: u32 = 10;

/// Longest password that is looked at, in bytes.
pub const PASSWORD_MAX_BYTES: usize = 1024;

/// Whether that can be a password.
///
/// Errors: [`Refusal::ShortPassword`].
pub fn check(password: &str) -> Result<(), Refusal> {
    let chars = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
    match chars >= PASSWORD_LEAST_CHARS && password.len() <= PASSWORD_MAX_BYTES {
        true => Ok(()),
        false => Err(Refusal::ShortPassword { least: PASSWORD_LEAST_CHARS }),
    }
}

/// Another password in place of the one that somebody has.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The one that they have.
    pub current: String,
    /// The one that they want.
    pub new: String,
}

/// Without either.
impl fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordChange")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_counted_as_people_count_and_bounded() {
        assert!(check("ääääääääää").is_ok());
        assert_eq!(check("123456789"), Err(Refusal::ShortPassword { least: 10 }));
        assert!(check(&"x".repeat(PASSWORD_MAX_BYTES + 1)).is_err());
    }

    #[test]
    fn no_password_stands_in_a_debug_text() {
        let change = PasswordChange { current: "hunter2hunter2".into(), new: "another one".into() };
        assert_eq!(format!("{change:?}"), "PasswordChange");
    }
}
