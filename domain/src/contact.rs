//! Who writes to the team.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, ContactId};
use crate::refusal::Refusal;
use crate::time::Timestamp;

mod merged;

pub use merged::{Merged, Own, as_one, parted};

/// A customer, client or visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The name the team sees; may be changed by it.
    pub display_name: String,
    /// The name as the channel gave it; never overwritten.
    pub original_name: String,
    /// E-mail address, if it is known.
    pub email: Option<String>,
    /// Phone number, if it is known.
    pub phone: Option<String>,
    /// Preferred language as an English word, if it is known.
    pub language: Option<String>,
    /// Whether it goes first.
    pub vip: bool,
    /// Whether an e-mail address, phone number or name was captured.
    pub lead: bool,
    /// Whose client it is.
    pub pinned_to: Option<AgentId>,
    /// Since when it is on the black list.
    pub blocked_at: Option<Timestamp>,
    /// With which others it is one client, if the team has merged them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Box<Merged>>,
}

/// What a customer tells of themselves, as they typed it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Introduction {
    /// Their name.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
}

impl Contact {
    /// Somebody of whom nothing is known but that they write.
    pub fn unknown(id: ContactId) -> Self {
        // Four letters to tell two of them apart in a list, and on the phone.
        let name = format!("Visitor {:04X}", id.bits() as u16);
        Self {
            id,
            display_name: name.clone(),
            original_name: name,
            email: None,
            phone: None,
            language: None,
            vip: false,
            lead: false,
            pinned_to: None,
            blocked_at: None,
            merged: None,
        }
    }

    /// Takes what they told of themselves. What the team wrote stays: the name is shown as long as nobody has changed it.
    /// A name or an address makes a lead. Nobody is found by it: that somebody claims an address proves nothing.
    ///
    /// Errors: [`Refusal::NotAnAddress`].
    pub fn introduced(&self, introduction: &Introduction) -> Result<Self, Refusal> {
        let Introduction { name, email } = introduction;
        let name = name.as_deref().map(clean_name).filter(|name| !name.is_empty());
        let email = email.as_deref().map(str::trim).filter(|email| !email.is_empty());
        let email = email.map(|email| address(email).ok_or(Refusal::NotAnAddress)).transpose()?;
        // What they are called together with others is the team's word.
        let before = self.alone();
        let mut after = self.clone();
        if name.is_some() || email.is_some() {
            after = after.with_own(|own| own.lead = true);
        }
        // The first that was told stays: it may be the team's by now.
        after.email = after.email.or(email);
        if let Some(name) = name.filter(|_| before.display_name == before.original_name) {
            // Before they said anything there was no name to keep.
            if !before.lead {
                after.original_name = name.clone();
            }
            after = after.renamed(name);
        }
        Ok(after)
    }

    /// It is called so from now on: by itself, and together with others where they have its name.
    pub(crate) fn renamed(self, name: String) -> Self {
        match &self.merged {
            None => Self { display_name: name, ..self },
            Some(merged) if merged.client == self.id => self.with_own(|own| own.display_name = name.clone()),
            Some(merged) => {
                let own = Own { display_name: name, ..merged.own.clone() };
                Self { merged: Some(Box::new(Merged { own, ..**merged })), ..self }
            }
        }
    }
}

/// Longest e-mail address. Source: RFC 5321, 4.5.3.1.3, a path of 256 octets with its brackets.
const EMAIL_MAX_BYTES: usize = 254;

/// An e-mail address as it is kept, or nothing where the text is none. Whether mail arrives there nobody knows.
pub fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let (name, host) = text.rsplit_once('@')?;
    let is_plain =
        |c: char| !c.is_whitespace() && !c.is_control() && !is_invisible(c) && !"<>()[],;:\\\"".contains(c);
    let has_dot = host.split('.').count() >= 2 && host.split('.').all(|part| !part.is_empty());
    let is_one = !name.is_empty() && !name.contains('@') && has_dot && text.len() <= EMAIL_MAX_BYTES;
    (is_one && text.chars().all(is_plain)).then(|| text.to_lowercase())
}

/// Longest name that is kept, in Unicode scalar values.
pub const NAME_MAX_CHARS: usize = 120;

/// A name as it is safe to store and show: controls and the characters that turn the reading
/// direction are gone, runs of white space are one space, combining marks are at most four in a row,
/// and it ends after [`NAME_MAX_CHARS`]. Empty when nothing is left.
pub fn clean_name(raw: &str) -> String {
    let name: String = clean_line(raw).chars().take(NAME_MAX_CHARS).collect();
    name.trim_end().to_owned()
}

/// A text of one line, safe in the same way and as long as it was.
pub fn clean_line(raw: &str) -> String {
    let mut name = String::new();
    let mut marks_in_a_row = 0;
    for c in raw.chars() {
        marks_in_a_row = if is_combining(c) { marks_in_a_row + 1 } else { 0 };
        if c.is_whitespace() {
            if !name.is_empty() && !name.ends_with(' ') {
                name.push(' ');
            }
        } else if !c.is_control() && !is_invisible(c) && marks_in_a_row <= 4 {
            name.push(c);
        }
    }
    name.truncate(name.trim_end().len());
    name
}

/// Characters that show nothing, or that change how their neighbours are shown: zero-width and bidi.
/// The joiners U+200C and U+200D stay: Persian names and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, clean: &str) {
        assert_eq!(clean_name(raw), clean);
        assert_eq!(clean_name(clean), clean, "cleaning twice changes nothing");
    }

    fn told(name: &str, email: &str) -> Introduction {
        Introduction { name: Some(name.into()), email: Some(email.into()) }
    }

    // rule 001-09
    #[test]
    fn whoever_leaves_a_name_or_an_address_is_a_lead() {
        let nobody = Contact::unknown(ContactId::new(0x1_7f3a));
        assert_eq!((nobody.display_name.as_str(), nobody.lead), ("Visitor 7F3A", false));
        let ada = nobody.introduced(&told(" Ada\u{202e}  Lovelace ", "Ada@Example.org ")).unwrap();
        assert_eq!((ada.display_name.as_str(), ada.original_name.as_str()), ("Ada Lovelace", "Ada Lovelace"));
        assert_eq!((ada.email.as_deref(), ada.lead), (Some("ada@example.org"), true));
        assert!(nobody.introduced(&told("Ada", "")).unwrap().lead);
        assert!(nobody.introduced(&told("", "ada@example.org")).unwrap().lead);
        assert!(!nobody.introduced(&told(" ", "\n")).unwrap().lead);
    }

    #[test]
    fn what_the_team_calls_somebody_and_what_they_were_called_first_stays() {
        let ada = Contact::unknown(ContactId::new(1)).introduced(&told("Ada", "")).unwrap();
        let renamed = Contact { display_name: "Countess Lovelace".into(), ..ada.clone() };
        assert_eq!(renamed.introduced(&told("Augusta", "")).unwrap(), renamed);
        let again = ada.introduced(&told("Augusta", "")).unwrap();
        assert_eq!((again.display_name.as_str(), again.original_name.as_str()), ("Augusta", "Ada"));
        let known = Contact { email: Some("ada@team.example".into()), ..ada };
        assert_eq!(known.introduced(&told("", "else@example.org")).unwrap().email, known.email);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "ada",
            "ada@",
            "@example.org",
            "ada@example",
            "a b@example.org",
            "a@b@c.org",
            "<a@b.org>",
            "a@b..org",
        ] {
            assert_eq!(
                Contact::unknown(ContactId::new(1)).introduced(&told("", bad)),
                Err(Refusal::NotAnAddress),
                "{bad}"
            );
        }
        assert_eq!(address(&format!("{}@example.org", "x".repeat(255))), None);
    }

    #[test]
    fn control_and_bidi_characters_are_taken_out_of_a_name() {
        check("Ada\u{202e}ecalevoL\u{202c}\r\n\tB\0", "AdaecalevoL B");
    }

    #[test]
    fn white_space_in_a_name_is_single_spaces_inside_only() {
        check("  Ines \u{a0} Okafor\n", "Ines Okafor");
    }

    #[test]
    fn a_tower_of_combining_marks_is_cut() {
        let tower = format!("e{}x", "\u{301}".repeat(500));
        check(&tower, "e\u{301}\u{301}\u{301}\u{301}x");
    }

    #[test]
    fn names_of_every_script_are_kept() {
        for name in ["Zoë Müller", "محمد", "山田 太郎", "Ana-Maria O’Neill"] {
            check(name, name);
        }
    }

    #[test]
    fn an_endless_name_ends() {
        assert_eq!(clean_name(&"x".repeat(5000)).chars().count(), NAME_MAX_CHARS);
    }
}
