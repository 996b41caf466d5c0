//! Searching. A word is found by its beginning, in the names by which a client is known and in what was said: the one
//! rule for words ([`Words`]) that the browser and both databases follow, because both index the words that are made
//! here.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::contact::{self, Contact};
use crate::filter::Filter;
use crate::id::AgentId;
use crate::live::Row;
use crate::message::MessageKind;
use crate::office::Office;
use crate::order::Place;
use crate::time::Timestamp;
use crate::viewer::{By, Viewer};

mod fold;
mod query;

pub use query::{Operator, Unclear};

/// Fewest characters that are searched for.
pub const MIN_CHARS: usize = 3;

/// Longest search, in Unicode scalar values.
pub const MAX_CHARS: usize = 200;

/// Words of one search.
const WORDS_AT_MOST: usize = 40;

/// Words are told apart up to here, in Unicode scalar values: nobody types more of one.
const WORD_MAX_CHARS: usize = 40;

/// Characters of what was said that stand beside a hit.
pub const EXCERPT_CHARS: usize = 120;

/// Of these, at most so many stand before what was found.
const BEFORE_CHARS: usize = 18;

/// Words as they are compared: in lower case, without accents, each one of letters and digits only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a text, in its order.
    pub fn of(text: &str) -> Self {
        Self(spans(text).map(|(_, word)| word).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The number that they are, if they are one.
    pub fn number(&self) -> Option<i64> {
        match &*self.0 {
            [word] => word.parse().ok(),
            _ => None,
        }
    }

    /// Whether each of them begins a word of that text.
    pub fn are_in(&self, text: &str) -> bool {
        let text = Words::of(text);
        self.iter().all(|word| text.iter().any(|other| other.starts_with(word)))
    }

    /// Where words of that text begin with one of these, as ranges of bytes in its order.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let mark = |(range, word): (Range<usize>, String)| {
            let longest = self.iter().filter(|typed| word.starts_with(typed)).map(str::len).max()?;
            let mut folded = 0;
            let said = text.get(range.clone())?;
            let end = said.char_indices().map(|(at, c)| (at + c.len_utf8(), fold::length(c)));
            let end = end
                .map(|(end, length)| {
                    (end, {
                        folded += length;
                        folded
                    })
                })
                .find(|(_, folded)| *folded >= longest);
            Some(range.start..range.start + end.map_or(said.len(), |(end, _)| end))
        };
        spans(text).filter_map(mark).collect()
    }

    /// At most [`EXCERPT_CHARS`] characters of that text, in one line, from shortly before the first of these words.
    pub fn excerpt(&self, text: &str) -> String {
        let line = contact::clean_line(text);
        let first = self.marks(&line).first().map_or(0, |mark| mark.start);
        let n_before = line.get(..first).map_or(0, |before| before.chars().count());
        // A word or two before it say what it is about; what was found must be seen in a narrow list, too.
        let begin = n_before.saturating_sub(BEFORE_CHARS);
        let is_space = |(at, c): (usize, char)| (c == ' ' && at >= begin && at < n_before).then_some(at + 1);
        let skipped =
            if begin == 0 { 0 } else { line.chars().enumerate().find_map(is_space).unwrap_or(n_before) };
        let mut rest = line.chars().skip(skipped);
        let said: String = rest.by_ref().take(EXCERPT_CHARS).collect();
        let (before, after) =
            (if skipped > 0 { "…" } else { "" }, if rest.next().is_some() { "…" } else { "" });
        format!("{before}{said}{after}")
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::of(&text)
    }
}

impl From<Words> for String {
    fn from(words: Words) -> Self {
        words.0.join(" ")
    }
}

impl Words {
    /// The colleagues who are called so; `me` is whoever looks.
    pub fn name(&self, office: &Office, viewer: &Viewer) -> BTreeSet<AgentId> {
        if let [word] = &*self.0
            && word == "me"
        {
            return [viewer.agent].into();
        }
        let agents = office.agents.values().filter(|agent| self.are_in(&agent.display_name));
        agents.map(|agent| agent.id).collect()
    }
}

/// The words of a text, with where they stand in it, in bytes.
fn spans(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        // Some marks count as letters; by themselves they are no word.
        let (start, first) = chars.find(|(_, c)| c.is_alphanumeric() && !fold::is_silent(*c))?;
        let (mut word, mut end) = (String::new(), start + first.len_utf8());
        fold::push(&mut word, first);
        // Where no spaces part words, each sign is one.
        while let Some((at, c)) = chars.next_if(|(_, c)| {
            let is_of_word = c.is_alphanumeric() && !fold::stands_alone(*c);
            !fold::stands_alone(first) && (is_of_word || fold::is_silent(*c))
        }) {
            // A sign is at most 4 bytes long: there is enough to cut.
            if word.len() < WORD_MAX_CHARS * 4 {
                fold::push(&mut word, c);
            }
            end = at + c.len_utf8();
        }
        Some((start..end, word.chars().take(WORD_MAX_CHARS).collect()))
    })
}

/// Everything by which a client is found.
pub fn names(contact: &Contact) -> String {
    let Contact { display_name, original_name, email, phone, merged, .. } = contact;
    // Merged with others it has their name, and goes on being found by its own.
    let own = merged.as_ref().map(|merged| &merged.own.display_name);
    let known = [Some(display_name), Some(original_name), email.as_ref(), phone.as_ref(), own];
    known.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

impl Search {
    /// Whether a database can be asked for it: a beginning of some length, and no endless list of them.
    pub fn is_searchable(&self) -> bool {
        let all = [&self.words, &self.from, &self.to];
        let n_words: usize = all.iter().map(|words| words.0.len()).sum();
        n_words <= WORDS_AT_MOST && (self.words.is_empty() || self.words.are_enough())
    }

    /// Whether it names somebody who wrote, or was written to.
    pub fn asks_who_wrote(&self) -> bool {
        !self.from.is_empty() || !self.to.is_empty()
    }
}

impl Words {
    /// Whether they are long enough to be searched for: one of them, or, where each sign is a word, all together.
    fn are_enough(&self) -> bool {
        let is_sign = |word: &str| word.chars().all(fold::stands_alone);
        let n_signs = self.iter().filter(|word| is_sign(word)).count();
        n_signs >= MIN_CHARS || self.iter().any(|word| word.chars().count() >= MIN_CHARS)
    }
}

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Each begins a word of the client's names, or each one of the same message.
    pub words: Words,
    /// Each begins a word of the name of whoever wrote.
    pub from: Words,
    /// Each begins a word of the name of whom it was written to.
    pub to: Words,
    /// A file came with the message.
    #[serde(default)]
    pub with_file: bool,
    /// Among these conversations.
    pub filter: Filter,
}

/// What of what was found comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum After {
    /// Conversations behind that place.
    Listed(Place),
    /// Messages before that entry of the log.
    Said(i64),
}

/// A conversation that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// It, with its newest words.
    pub row: Row,
    /// The newest message that was found, where it was found by one.
    pub said: Option<Said>,
}

/// What of a message was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Who wrote it.
    pub by: By,
    /// Whether customers read it.
    pub kind: MessageKind,
    /// When.
    pub at: Timestamp,
    /// The part of it with the first word that was found.
    pub excerpt: String,
}

/// What was found: clients by their names, then messages, the newest first. A conversation may come again on a later
/// page, by an older message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The last entry of the log that it is as of.
    pub seq: i64,
    /// In order.
    pub hits: Vec<Hit>,
    /// Where it goes on; none at the end.
    pub next: Option<After>,
    /// The history is not indexed whole yet: what is missing is found later.
    pub is_incomplete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, text: &str, found: bool) {
        assert_eq!(Words::of(typed).are_in(text), found, "{typed:?} in {text:?}");
    }

    // rule 003-40
    #[test]
    fn a_word_is_found_by_its_beginning_and_not_by_its_end() {
        check("ref", "Where is my refund?", true);
        check("refund", "Where is my refund?", true);
        check("fund", "Where is my refund?", false);
        check("refunds", "Where is my refund?", false);
        check("my ref", "Where is my refund?", true);
        check("ref my", "Where is my refund?", true);
        check("my order", "Where is my refund?", false);
    }

    #[test]
    fn capitals_and_accents_make_no_difference() {
        check("muller", "Zoë Müller", true);
        check("MÜL", "zoe muller", true);
        check("zoe", "Zoe\u{308} Muller", true);
        check("strasse", "Lange Straße 5", true);
        check("groß", "Das ist GROSSARTIG", true);
        check("nguyen", "Nguyễn Thị", true);
        check("ёлк", "Елка", true);
        check("αθην", "Αθήνα", true);
    }

    #[test]
    fn signs_are_literal_and_no_part_of_a_word() {
        check("100%", "100% wool", true);
        check("%ool", "100% wool", false);
        check("w_ol", "wool", false);
        check("w*", "wool", true);
        check("ada@example.org", "Write to ada@example.org.", true);
        check("\"' or 1=1 --", "wool", false);
        check("o'ne", "Ana O'Neill", true);
    }

    #[test]
    fn where_no_spaces_part_words_each_sign_is_one() {
        check("東京", "私は東京に住んでいます", true);
        check("京都", "東京に住んでいます", false);
        check("محم", "اسمي محمد", true);
        assert!(Words::of("\u{64b} \u{301}").is_empty());
    }

    #[test]
    fn what_was_found_is_marked_as_it_was_written() {
        let marked = |typed: &str, text: &'static str| -> Vec<&str> {
            Words::of(typed).marks(text).into_iter().map(|mark| &text[mark]).collect()
        };
        assert_eq!(marked("ref my", "Where is my Refund?"), ["my", "Ref"]);
        assert_eq!(marked("mull", "Zoë Müller, Mullersson"), ["Müll", "Mull"]);
        assert_eq!(marked("strass", "Lange Straße 5"), ["Straß"]);
        assert_eq!(marked("zoe", "Zoe\u{308}!"), ["Zoe"]);
        assert_eq!(marked("x", "Where is my refund?"), Vec::<&str>::new());
    }

    #[test]
    fn an_excerpt_begins_shortly_before_what_was_found() {
        let text = format!("{}I want a refund.\nNow.", "Blah blah. ".repeat(50));
        let excerpt = Words::of("refu").excerpt(&text);
        assert!(excerpt.starts_with('…') && excerpt.ends_with("I want a refund. Now."), "{excerpt}");
        let excerpt = Words::of("blah").excerpt(&text);
        assert!(excerpt.starts_with("Blah blah.") && excerpt.ends_with('…'), "{excerpt}");
        assert_eq!(excerpt.chars().count(), EXCERPT_CHARS + 1);
        assert_eq!(Words::of("other").excerpt("short"), "short");
    }

    #[test]
    fn an_endless_word_ends() {
        let words = Words::of(&"x".repeat(5_000));
        assert_eq!(words.iter().map(str::len).collect::<Vec<_>>(), [WORD_MAX_CHARS]);
        check(&"x".repeat(60), &"x".repeat(5_000), true);
    }

    #[test]
    fn words_survive_the_wire() {
        let words = Words::of("Straße, 100%東京!");
        let text = serde_json::to_string(&words).unwrap();
        assert_eq!(text, r#""strasse 100 東 京""#);
        assert_eq!(serde_json::from_str::<Words>(&text).unwrap(), words);
    }
}
