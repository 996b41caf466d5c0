//! What somebody types into the search: words, and operators such as `from:ada`.

use super::{MAX_CHARS, MIN_CHARS, Search, Words};
use crate::filter::{Asked, Field, Filter, Standing};
use crate::office::Office;
use crate::time::Timestamp;
use crate::view::View;
use crate::viewer::Viewer;

/// What can stand before a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each is the word itself
pub enum Operator {
    From,
    To,
    Assignee,
    Tag,
    Status,
    Channel,
    Before,
    After,
    Has,
}

impl Operator {
    /// All of them.
    pub const ALL: &[Operator] = &[
        Operator::From,
        Operator::To,
        Operator::Assignee,
        Operator::Tag,
        Operator::Status,
        Operator::Channel,
        Operator::Before,
        Operator::After,
        Operator::Has,
    ];

    /// What stands before the colon.
    pub const fn key(self) -> &'static str {
        match self {
            Operator::From => "from",
            Operator::To => "to",
            Operator::Assignee => "assignee",
            Operator::Tag => "tag",
            Operator::Status => "status",
            Operator::Channel => "channel",
            Operator::Before => "before",
            Operator::After => "after",
            Operator::Has => "has",
        }
    }

    /// What it takes, with an example.
    pub const fn takes(self) -> &'static str {
        match self {
            Operator::From => "who wrote, such as from:ada",
            Operator::To => "whom it was written to, such as to:ada",
            Operator::Assignee => "whose it is, such as assignee:me or assignee:nobody",
            Operator::Tag => "a tag, such as tag:refund",
            Operator::Status => "open, unassigned, in-progress, closed or archived",
            Operator::Channel => "a channel, such as channel:chat",
            Operator::Before => "a day, such as before:2026-11-30",
            Operator::After => "a day, such as after:2026-11-01",
            Operator::Has => "attachment, where a file was sent",
        }
    }
}

/// Why a text is not searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// There is too little of it.
    Short,
    /// There is too much of it.
    Long,
    /// That operator does not take what stands behind it.
    Value(Operator),
}

impl Unclear {
    /// What whoever types reads.
    pub fn sentence(self) -> String {
        match self {
            Unclear::Short => format!("Type at least {MIN_CHARS} characters."),
            Unclear::Long => format!("A search takes up to {MAX_CHARS} characters."),
            Unclear::Value(operator) => format!("{}: takes {}.", operator.key(), operator.takes()),
        }
    }
}

impl Search {
    /// What a text asks for. `day` reads a day such as 2026-11-30 as the moment when it begins: which one that is depends
    /// on where one is. A word before a colon that is no operator is a word.
    ///
    /// Errors: [`Unclear`].
    pub fn read(
        text: &str,
        office: &Office,
        viewer: &Viewer,
        day: &dyn Fn(&str) -> Option<Timestamp>,
    ) -> Result<Self, Unclear> {
        if text.chars().count() > MAX_CHARS {
            return Err(Unclear::Long);
        }
        let (mut words, mut from, mut to) = (String::new(), String::new(), String::new());
        let (mut filter, mut with_file) = (Filter::of(View::All), false);
        for part in parts(text) {
            let named = part.split_once(':').and_then(|(key, value)| {
                let is_it = |operator: &&Operator| operator.key().eq_ignore_ascii_case(key);
                Some((*Operator::ALL.iter().find(is_it)?, value.trim_matches('"')))
            });
            let Some((operator, value)) = named else {
                words.extend([part.as_str(), " "]);
                continue;
            };
            let unclear = Unclear::Value(operator);
            match operator {
                Operator::From | Operator::To if Words::of(value).is_empty() => return Err(unclear),
                Operator::From => from.extend([value, " "]),
                Operator::To => to.extend([value, " "]),
                Operator::Assignee if value.eq_ignore_ascii_case("me") => {
                    filter.operators.insert(Some(viewer.agent));
                }
                Operator::Assignee => {
                    filter = with_all(filter, Field::Operator, value, office, viewer).ok_or(unclear)?
                }
                Operator::Tag => {
                    filter = with_all(filter, Field::Tag, value, office, viewer).ok_or(unclear)?
                }
                Operator::Channel => {
                    filter = with_all(filter, Field::Channel, value, office, viewer).ok_or(unclear)?
                }
                Operator::Status => match value {
                    "open" => filter.statuses.extend([Standing::Unassigned, Standing::InProgress]),
                    "archived" => filter.view = View::Archived,
                    _ => {
                        let standing = Standing::ALL.iter().find(|standing| standing.key() == value);
                        filter.statuses.insert(*standing.ok_or(unclear)?);
                    }
                },
                Operator::Before => filter.until = Some(day(value).ok_or(unclear)?),
                Operator::After => filter.since = Some(day(value).ok_or(unclear)?),
                Operator::Has if !matches!(value, "attachment" | "attachments" | "file" | "files") => {
                    return Err(unclear);
                }
                Operator::Has => with_file = true,
            }
        }
        let (words_of_it, from, to) = (Words::of(&words), Words::of(&from), Words::of(&to));
        let search = Self { words: words_of_it, from, to, with_file, filter };
        let asks_more = search.asks_who_wrote() || with_file || search.filter != Filter::of(View::All);
        let is_short = match search.words.is_empty() {
            true => !asks_more || !words.trim().is_empty(),
            false => !search.words.are_enough(),
        };
        match is_short {
            true => Err(Unclear::Short),
            false if !search.is_searchable() => Err(Unclear::Long),
            false => Ok(search),
        }
    }
}

/// The filter that asks for all that a field offers by names in which the words of `value` begin words.
fn with_all(filter: Filter, field: Field, value: &str, office: &Office, viewer: &Viewer) -> Option<Filter> {
    let words = Words::of(value);
    let offers = field.offers(office, viewer);
    let named: Vec<Asked> =
        offers.iter().filter(|(_, name)| words.are_in(name)).map(|(asked, _)| *asked).collect();
    let is_found = !words.is_empty() && !named.is_empty();
    is_found.then(|| {
        let more =
            |filter: Filter, asked: Asked| if filter.asks(asked) { filter } else { filter.toggled(asked) };
        named.into_iter().fold(filter, more)
    })
}

/// A text at its spaces, but for those between quotes.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut is_quoted) = (vec![String::new()], false);
    for c in text.chars() {
        is_quoted ^= c == '"';
        match parts.last_mut() {
            Some(part) if is_quoted || !c.is_whitespace() => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::worlds::*;

    fn read(text: &str) -> Result<Search, Unclear> {
        let day = |text: &str| text.strip_prefix("2026-11-")?.parse().ok().map(Timestamp);
        Search::read(text, &office(), &super_admin(), &day)
    }

    fn all() -> Filter {
        Filter::of(View::All)
    }

    // rule 003-40
    #[test]
    fn fewer_than_three_characters_are_not_searched_for() {
        for text in ["", "  ", "re", "a b", "a b c", "東京", "%%%", "!!! ??"] {
            assert_eq!(read(text), Err(Unclear::Short), "{text:?}");
        }
        assert_eq!(
            read("ref").unwrap(),
            Search { words: Words::of("ref"), filter: all(), ..Search::default() }
        );
        assert_eq!(read(&"x ".repeat(101)), Err(Unclear::Long));
    }

    #[test]
    fn operators_narrow_what_is_searched() {
        let search =
            read("refund from:ada to:\"Ben Okri\" assignee:ana tag:ref status:in-progress before:2026-11-30")
                .unwrap();
        assert_eq!(search.words, Words::of("refund"));
        assert_eq!((search.from, search.to), (Words::of("ada"), Words::of("ben okri")));
        let filter = Filter {
            operators: [Some(ANA)].into(),
            tags: [REFUND].into(),
            statuses: [Standing::InProgress].into(),
            until: Some(Timestamp(30)),
            ..all()
        };
        assert_eq!(search.filter, filter);
        assert_eq!(read("assignee:me").unwrap().filter.operators, [Some(super_admin().agent)].into());
        assert_eq!(read("assignee:nobody").unwrap().filter.operators, [None].into());
        assert_eq!(read("status:archived").unwrap().filter.view, View::Archived);
        assert_eq!(read("after:2026-11-05").unwrap().filter.since, Some(Timestamp(5)));
        assert!(read("has:attachment").unwrap().with_file && !read("refund").unwrap().with_file);
    }

    #[test]
    fn an_operator_says_what_it_takes() {
        for (text, operator) in [
            ("assignee:xyz", Operator::Assignee),
            ("tag:", Operator::Tag),
            ("status:lost", Operator::Status),
            ("before:yesterday", Operator::Before),
            ("from:%", Operator::From),
            ("has:patience", Operator::Has),
        ] {
            assert_eq!(read(text), Err(Unclear::Value(operator)), "{text}");
        }
        let sentence = Unclear::Value(Operator::Before).sentence();
        assert_eq!(sentence, "before: takes a day, such as before:2026-11-30.");
    }

    #[test]
    fn what_is_no_operator_is_a_word() {
        assert_eq!(read("https://example.org").unwrap().words, Words::of("https example org"));
        assert_eq!(read("note:this").unwrap().words, Words::of("note this"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_typed_is_read_or_refused(text in "[a-z:\" %_'\\\\\u{202e}م東ß]{0,80}|.{0,300}") {
            if let Ok(search) = read(&text) {
                let wire = serde_json::to_string(&search).unwrap();
                prop_assert_eq!(serde_json::from_str::<Search>(&wire).unwrap(), search);
            }
        }

        #[test]
        fn a_text_is_found_by_what_begins_its_words(text in ".{0,60}", n in 1_usize..6) {
            let begun: Vec<String> = Words::of(&text).iter().map(|word| word.chars().take(n).collect()).collect();
            let words = Words::of(&begun.join(" "));
            prop_assert!(words.are_in(&text));
            prop_assert_eq!(words.marks(&text).is_empty(), words.is_empty());
        }
    }
}
