//! Formatting: bold, italic, code, lists and links of Markdown, as they are typed. What is read here is drawn by whoever
//! shows it, the browser, the chat and e-mails, as elements of their own: what is written never becomes markup, so nothing
//! in it can run.
//!
//! Not all of Markdown: nobody writes tables to a customer, and a parser of all of it weighs more than the inbox.

use serde::{Deserialize, Serialize};

/// A part of a text that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A line or several that belong together; new lines stand in their texts.
    Lines(Vec<Span>),
    /// Items, each with its number where it has one.
    List(Marks, Vec<(Option<u32>, Vec<Span>)>),
    /// As it stands.
    Code(String),
}

/// What stands before the items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each is the word itself
pub enum Marks {
    Dots,
    Numbers,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each is the word itself
pub enum Span {
    Text(String),
    Bold(Vec<Span>),
    Italic(Vec<Span>),
    Code(String),
    /// Its text and where it leads.
    Link(String, String),
}

/// What begins and ends a block of code, on a line of its own.
pub const FENCE: &str = "```";

/// What programs write behind it.
const LANGUAGES: &[&str] = &[
    "bash",
    "c",
    "cpp",
    "css",
    "csv",
    "diff",
    "go",
    "html",
    "ini",
    "java",
    "javascript",
    "js",
    "json",
    "php",
    "python",
    "ruby",
    "rust",
    "sh",
    "sql",
    "text",
    "toml",
    "ts",
    "txt",
    "typescript",
    "xml",
    "yaml",
];

/// Bytes of an address: browsers take no longer ones.
const ADDRESS_MAX_BYTES: usize = 2_000;

/// The blocks of a text, in order. Nothing that was written is left out but the signs.
pub fn blocks(text: &str) -> Vec<Block> {
    cut(text).into_iter().map(Cut::read).collect()
}

/// Whether there is nothing in it to be drawn in another way than it was typed.
pub fn is_plain(blocks: &[Block]) -> bool {
    match blocks {
        [] => true,
        [Block::Lines(spans)] => spans.iter().all(|span| matches!(span, Span::Text(_))),
        _ => false,
    }
}

/// A text without its signs, for where it is only told what it says.
pub fn bare(text: &str) -> String {
    fn words(spans: Vec<Span>) -> String {
        let word = |span: Span| match span {
            Span::Text(text) | Span::Code(text) | Span::Link(text, _) => text,
            Span::Bold(spans) | Span::Italic(spans) => words(spans),
        };
        spans.into_iter().map(word).collect()
    }
    let item = |(n, item): (Option<u32>, Vec<Span>)| match n {
        Some(n) => format!("{n}. {}", words(item)),
        None => words(item),
    };
    let lines = blocks(text).into_iter().flat_map(|block| match block {
        Block::Lines(spans) => vec![words(spans)],
        Block::List(_, items) => items.into_iter().map(item).collect(),
        Block::Code(code) => vec![code],
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A block whose signs are not read yet.
enum Cut {
    Lines(String),
    List(Marks, Vec<(Option<u32>, String)>),
    Code(String),
}

impl Cut {
    fn read(self) -> Block {
        match self {
            Cut::Lines(lines) => Block::Lines(spans(&lines)),
            Cut::List(marks, items) => {
                Block::List(marks, items.into_iter().map(|(n, item)| (n, spans(&item))).collect())
            }
            Cut::Code(code) => Block::Code(code),
        }
    }
}

fn cut(text: &str) -> Vec<Cut> {
    let mut blocks: Vec<Cut> = vec![];
    let mut fence: Option<Vec<&str>> = None;
    for line in text.lines() {
        if let Some(code) = &mut fence {
            match line.trim() == FENCE {
                true => blocks.extend(fence.take().map(|code| Cut::Code(code.join("\n")))),
                false => code.push(line),
            }
            continue;
        }
        if let Some(word) = line.trim().strip_prefix(FENCE)
            && word.chars().all(char::is_alphanumeric)
        {
            // The name of a language says how it could be coloured; another word is a part of it.
            let is_said = !word.is_empty() && !LANGUAGES.contains(&word);
            fence = Some(if is_said { vec![word] } else { vec![] });
            continue;
        }
        match (item(line), blocks.last_mut()) {
            (Some((marks, n, item)), Some(Cut::List(before, items))) if *before == marks => {
                items.push((n, item.into()));
            }
            (Some((marks, n, item)), _) => blocks.push(Cut::List(marks, vec![(n, item.into())])),
            (None, Some(Cut::Lines(lines))) => {
                lines.push('\n');
                lines.push_str(line);
            }
            (None, _) => blocks.push(Cut::Lines(line.into())),
        }
    }
    // Whoever forgot to end it sees what they wrote.
    blocks.extend(fence.map(|code| Cut::Code(code.join("\n"))));
    blocks
}

/// What a line says as an item of a list, and its number where it has one.
pub fn item(line: &str) -> Option<(Marks, Option<u32>, &str)> {
    let line = line.trim_start();
    if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((Marks::Dots, None, item));
    }
    let (number, item) = line.split_once(". ")?;
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((Marks::Numbers, Some(number.parse().ok()?), item))
}

/// The parts of a text, in order.
fn spans(text: &str) -> Vec<Span> {
    let mut spans = vec![];
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // Whatever signs stand in an address are its own.
        if rest.starts_with("https://") || rest.starts_with("http://") {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            plain.push_str(rest.get(..end).unwrap_or_default());
            rest = rest.get(end..).unwrap_or_default();
            continue;
        }
        let is_word_before = plain.chars().next_back().is_some_and(char::is_alphanumeric);
        match marked(rest, is_word_before) {
            Some((span, length)) => {
                if !plain.is_empty() {
                    spans.push(Span::Text(std::mem::take(&mut plain)));
                }
                spans.push(span);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                plain.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
    if !plain.is_empty() {
        spans.push(Span::Text(plain));
    }
    spans
}

/// What begins with a sign here, and how long it is in bytes.
fn marked(text: &str, is_word_before: bool) -> Option<(Span, usize)> {
    let between = |sign: &str| {
        let inner = text.strip_prefix(sign)?;
        let end = inner.find(sign)?;
        let inner = inner.get(..end)?;
        let is_tight = !inner.is_empty() && inner.trim() == inner && !inner.contains('\n');
        is_tight.then_some((inner, end + 2 * sign.len()))
    };
    if let Some((code, length)) = between(FENCE).or_else(|| between("`")) {
        return Some((Span::Code(code.into()), length));
    }
    if let Some((bold, length)) = between("**") {
        return Some((Span::Bold(spans(bold)), length));
    }
    // snake_case and 3*4*5 are words.
    if !is_word_before && let Some((italic, length)) = between("*").or_else(|| between("_")) {
        let is_word_after =
            text.get(length..).and_then(|after| after.chars().next()).is_some_and(char::is_alphanumeric);
        return (!is_word_after).then(|| (Span::Italic(spans(italic)), length));
    }
    let after = text.strip_prefix('[')?;
    let name = after.get(..after.find(['\n', '[', ']'])?)?;
    let address = after.get(name.len()..)?.strip_prefix("](")?;
    let address = address.get(..address_end(address)?)?;
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    let length = name.len() + address.len() + "[](".len() + 1;
    (is_web && !name.is_empty()).then(|| (Span::Link(name.into(), address.into()), length))
}

/// Where an address ends before its `)`. Those that are opened in it are its own.
fn address_end(text: &str) -> Option<usize> {
    let mut n_open = 0;
    for (at, c) in text.char_indices().take_while(|(at, _)| *at <= ADDRESS_MAX_BYTES) {
        match c {
            ' ' | '\n' => return None,
            ')' if n_open == 0 => return Some(at),
            '(' => n_open += 1,
            ')' => n_open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // rule 002-19
    #[test]
    fn signs_make_bold_italic_code_and_links() {
        let text = |text: &str| Span::Text(text.into());
        for (written, drawn) in [
            ("a **b** c", vec![text("a "), Span::Bold(vec![text("b")]), text(" c")]),
            ("*a* _b_", vec![Span::Italic(vec![text("a")]), text(" "), Span::Italic(vec![text("b")])]),
            ("`a * b`", vec![Span::Code("a * b".into())]),
            (
                "[the shop](https://x.example/a?b=1).",
                vec![Span::Link("the shop".into(), "https://x.example/a?b=1".into()), text(".")],
            ),
            ("**_a_**", vec![Span::Bold(vec![Span::Italic(vec![text("a")])])]),
            (
                "**[us](https://x.example)**",
                vec![Span::Bold(vec![Span::Link("us".into(), "https://x.example".into())])],
            ),
            ("[b](https://x.example/A_(b))", vec![Span::Link("b".into(), "https://x.example/A_(b)".into())]),
            ("3 * 4 * 5", vec![text("3 * 4 * 5")]),
            ("snake_case_name", vec![text("snake_case_name")]),
            ("2**10 = **", vec![text("2**10 = **")]),
            ("[x](javascript:alert(1))", vec![text("[x](javascript:alert(1))")]),
            ("<b>x</b>", vec![text("<b>x</b>")]),
            ("see https://x.example/_next_/a*b*", vec![text("see https://x.example/_next_/a*b*")]),
        ] {
            assert_eq!(spans(written), drawn, "{written}");
        }
    }

    #[test]
    fn lists_and_code_are_blocks_of_their_own() {
        let written = "Ask:\n- one\n- two\n1. first\n2. second\n```\na  *b*\n```\nThanks,\nMaya";
        let text = |text: &str| vec![Span::Text(text.into())];
        let lines = |written: &str| Block::Lines(text(written));
        let list = |marks, items: [(Option<u32>, &str); 2]| {
            Block::List(marks, items.map(|(n, item)| (n, text(item))).into())
        };
        assert_eq!(
            blocks(written),
            [
                lines("Ask:"),
                list(Marks::Dots, [(None, "one"), (None, "two")]),
                list(Marks::Numbers, [(Some(1), "first"), (Some(2), "second")]),
                Block::Code("a  *b*".into()),
                lines("Thanks,\nMaya"),
            ]
        );
        assert_eq!(blocks("```\nleft open"), [Block::Code("left open".into())]);
        // Nothing that was written is left out, and a date stays one.
        let so = Block::Lines(vec![Span::Code("let x = 1;".into()), Span::Text("\nSo".into())]);
        assert_eq!(blocks("```let x = 1;```\nSo"), [so]);
        assert_eq!(blocks("```Important\n```"), [Block::Code("Important".into())]);
        let fenced = [Block::Code("a\n``` and then call Ana".into())];
        assert_eq!(blocks("```rust\na\n``` and then call Ana\n```"), fenced);
        assert_eq!(blocks("24. December"), [Block::List(Marks::Numbers, vec![(Some(24), text("December"))])]);
        assert_eq!(blocks("a\n\nb"), [lines("a\n\nb")]);
        assert_eq!(blocks("- a **b**"), [Block::List(Marks::Dots, vec![(None, spans("a **b**"))])]);
    }

    #[test]
    fn what_has_no_signs_is_plain() {
        for (text, plain) in [
            ("", true),
            ("Thanks,\nMaya", true),
            ("see https://x.example/a*b*", true),
            ("**now**", false),
            ("- one", false),
            ("```\nx", false),
        ] {
            assert_eq!(is_plain(&blocks(text)), plain, "{text:?}");
        }
    }

    #[test]
    fn what_is_only_told_has_no_signs() {
        let text = "Please **pack** [it](https://x.example):\n- `A`\n- B\n```\nx = 1\n```\n_Bye_";
        assert_eq!(bare(text), "Please pack it:\nA\nB\nx = 1\nBye");
        assert_eq!(bare("3 * 4\n\nok"), "3 * 4\n\nok");
        assert_eq!(bare("24. December"), "24. December");
    }

    #[test]
    fn blocks_survive_the_wire_by_short_names() {
        let read = blocks("a **b** [c](https://x.example)\n- d");
        let text = serde_json::to_string(&read).unwrap();
        let lines = r#"{"lines":[{"text":"a "},{"bold":[{"text":"b"}]},{"text":" "},{"link":["c","https://x.example"]}]}"#;
        assert_eq!(text, format!(r#"[{lines},{{"list":["dots",[[null,[{{"text":"d"}}]]]]}}]"#));
        assert_eq!(serde_json::from_str::<Vec<Block>>(&text).unwrap(), read);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_link_leads_to_the_web_and_no_word_is_lost(text in "[a-z*_`\\[\\]() \n.:/-]{0,60}|.{0,80}|(\\[x\\]\\(.{0,20}\\))") {
            fn told(spans: Vec<Span>, drawn: &mut String) {
                for span in spans {
                    match span {
                        Span::Link(name, address) => {
                            assert!(address.starts_with("http://") || address.starts_with("https://"), "{address}");
                            drawn.extend([name, address]);
                        }
                        Span::Bold(spans) | Span::Italic(spans) => told(spans, drawn),
                        Span::Text(text) | Span::Code(text) => drawn.push_str(&text),
                    }
                }
            }
            let mut drawn = String::new();
            for block in blocks(&text) {
                match block {
                    Block::Lines(spans) => told(spans, &mut drawn),
                    Block::List(_, items) => items.into_iter().for_each(|(_, item)| told(item, &mut drawn)),
                    Block::Code(code) => drawn.push_str(&code),
                }
            }
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
            let is_language = LANGUAGES.iter().any(|name| text.contains(&format!("{FENCE}{name}")));
            prop_assert!(is_language || letters(&drawn) == letters(&text), "{drawn:?}");
        }
    }
}
