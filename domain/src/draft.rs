//! Texts that are not sent yet, as browsers hand them from one to another: each agent's own, and nobody else's.

use serde::{Deserialize, Serialize};

use crate::conversation::Command;
use crate::file::File;
use crate::id::ConversationId;
use crate::message::TEXT_MAX_CHARS;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// Longest word for what a draft is to become.
const KIND_MAX_CHARS: usize = 16;

/// Drafts that are sent at once.
pub const DRAFTS_AT_ONCE: usize = 50;

/// A text that somebody has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Where.
    pub conversation: ConversationId,
    /// What it is to become, by the browser's word for it: `reply`, `whisper`.
    pub kind: String,
    /// The text; empty where it was sent or taken out again, so that no other browser brings it back.
    pub text: String,
    /// When it was written, by the server's clock: of two the newer one holds.
    pub at: Timestamp,
}

impl Command {
    /// Which draft it sends, by the browser's word for it: once it is done, no browser brings that back.
    pub fn draft(&self) -> Option<&'static str> {
        match self {
            // A file that goes out by itself leaves what is being written alone.
            _ if self.file().is_some() => None,
            Command::Reply { .. } | Command::Schedule { .. } => Some("reply"),
            Command::Whisper { .. } => Some("whisper"),
            Command::Note { .. } => Some("note"),
            _ => None,
        }
    }
}

impl Command {
    /// The file that it sends.
    pub fn file(&self) -> Option<&File> {
        match self {
            Command::Reply { words, .. } | Command::Whisper { words, .. } => words.file.as_deref(),
            _ => None,
        }
    }
}

impl Draft {
    /// Refuses what is no draft, and what is longer than anything that could be sent.
    ///
    /// Errors: [`Refusal::TextTooLong`]; [`Refusal::NoText`] where it does not say what it is to become.
    pub fn check(&self) -> Result<(), Refusal> {
        let is_word = self.kind.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        if !is_word || !(1..=KIND_MAX_CHARS).contains(&self.kind.len()) {
            return Err(Refusal::NoText);
        }
        // Who has written too much takes some out again, and must not lose it before.
        let (chars, max_chars) = (self.text.chars().count(), 4 * TEXT_MAX_CHARS);
        if chars > max_chars as usize {
            return Err(Refusal::TextTooLong { chars: u32::try_from(chars).unwrap_or(u32::MAX), max_chars });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_says_what_it_is_to_become_and_is_no_longer_than_four_messages() {
        let draft = |kind: &str, chars: usize| Draft {
            conversation: ConversationId::new(1),
            kind: kind.into(),
            text: "ä".repeat(chars),
            at: Timestamp(0),
        };
        assert_eq!(draft("client-note", 80_000).check(), Ok(()));
        assert_eq!(draft("reply", 0).check(), Ok(()));
        for kind in ["", "Reply", "a b", "a-word-that-is-too-long"] {
            assert_eq!(draft(kind, 1).check(), Err(Refusal::NoText), "{kind}");
        }
        let refusal = Refusal::TextTooLong { chars: 80_001, max_chars: 80_000 };
        assert_eq!(draft("reply", 80_001).check(), Err(refusal));
    }
}
