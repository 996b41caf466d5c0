//! Who writes to the team.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, ContactId};
use crate::time::Timestamp;

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
}

/// Longest name that is kept, in Unicode scalar values.
pub const NAME_MAX_CHARS: usize = 120;

/// A name as it is safe to store and show: controls and the characters that turn the reading
/// direction are gone, runs of white space are one space, combining marks are at most four in a row,
/// and it ends after [`NAME_MAX_CHARS`]. Empty when nothing is left.
pub fn clean_name(raw: &str) -> String {
    let mut name = String::new();
    let mut marks_in_a_row = 0;
    for c in raw.chars() {
        if name.chars().count() == NAME_MAX_CHARS {
            break;
        }
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
