//! The workspace and its owner, as they are set up.

use serde::{Deserialize, Serialize};

use super::password;
use crate::contact::{address, clean_name};
use crate::refusal::Refusal;

/// The workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// What customers read above the chat and agents above their views.
    pub name: String,
}

impl Workspace {
    /// As it is stored.
    ///
    /// Errors: [`Refusal::NoName`].
    pub fn checked(&self) -> Result<Self, Refusal> {
        let name = clean_name(&self.name);
        if name.is_empty() { Err(Refusal::NoName) } else { Ok(Self { name }) }
    }
}

/// Who owns it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// The name that customers and colleagues read.
    pub display_name: String,
    /// The address to sign in with.
    pub email: String,
    /// The password, as it was typed.
    pub password: String,
}

/// What stands against each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerProblems {
    /// The name.
    pub display_name: Option<Refusal>,
    /// The address.
    pub email: Option<Refusal>,
    /// The password.
    pub password: Option<Refusal>,
}

impl Owner {
    /// As it is stored.
    ///
    /// Errors: what stands against each field, all at once.
    pub fn checked(&self) -> Result<Self, OwnerProblems> {
        let Self { display_name, email, password } = self;
        let name = clean_name(display_name);
        let address = address(email);
        match (name.is_empty(), address, password::check(password)) {
            (false, Some(email), Ok(())) => {
                Ok(Self { display_name: name, email, password: password.clone() })
            }
            (no_name, email, checked) => Err(OwnerProblems {
                display_name: no_name.then_some(Refusal::NoName),
                email: email.is_none().then_some(Refusal::NotAnAddress),
                password: checked.err(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::password::{PASSWORD_LEAST_CHARS, PASSWORD_MAX_BYTES};

    fn owner(name: &str, email: &str, password: &str) -> Result<Owner, OwnerProblems> {
        Owner { display_name: name.into(), email: email.into(), password: password.into() }.checked()
    }

    #[test]
    fn an_owner_has_a_name_an_address_and_a_password_that_is_long_enough() {
        let ada = owner(" Ada ", "Ada@Example.org", "long enough").unwrap();
        assert_eq!((ada.display_name.as_str(), ada.email.as_str()), ("Ada", "ada@example.org"));
        let problems = owner(" ", "ada", "short").unwrap_err();
        assert_eq!(problems.display_name, Some(Refusal::NoName));
        assert_eq!(problems.email, Some(Refusal::NotAnAddress));
        assert_eq!(problems.password, Some(Refusal::ShortPassword { least: PASSWORD_LEAST_CHARS }));
        // Counted as people count, and bounded.
        assert!(owner("Ada", "ada@example.org", "ääääääääää").is_ok());
        assert!(owner("Ada", "ada@example.org", &"x".repeat(PASSWORD_MAX_BYTES + 1)).is_err());
    }

    #[test]
    fn a_workspace_has_a_name() {
        assert_eq!(Workspace { name: "\u{202e} \n".into() }.checked(), Err(Refusal::NoName));
        assert_eq!(Workspace { name: " Acme ".into() }.checked().unwrap().name, "Acme");
    }
}
