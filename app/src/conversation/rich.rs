//! Formatting among colleagues: bold, italic, code, lists and links of Markdown, drawn as elements. What is written never
//! becomes markup, so nothing in it can run.
//!
//! Not all of Markdown: a parser of all of it weighs more than the inbox, and nobody writes tables in a whisper.

use leptos::prelude::*;

/// A line or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Lines(String),
    /// With dots, or with numbers.
    List(Marks, Vec<(u32, String)>),
    /// As it stands.
    Code(String),
}

/// What stands before the items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    Dots,
    Numbers,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    Text(String),
    Bold(String),
    Italic(String),
    Code(String),
    /// Its text and where it leads.
    Link(String, String),
}

/// What begins and ends a block of code, on a line of its own.
const FENCE: &str = "```";

/// The blocks of a text, in order.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = vec![];
    let mut fence: Option<Vec<&str>> = None;
    for line in text.lines() {
        if let Some(code) = &mut fence {
            match line.trim() == FENCE {
                true => blocks.extend(fence.take().map(|code| Block::Code(code.join("\n")))),
                false => code.push(line),
            }
            continue;
        }
        // After it may stand the name of a language.
        if line.trim_start().strip_prefix(FENCE).is_some_and(|after| after.chars().all(char::is_alphanumeric))
        {
            fence = Some(vec![]);
            continue;
        }
        match (item(line), blocks.last_mut()) {
            (Some((marks, n, item)), Some(Block::List(before, items))) if *before == marks => {
                items.push((n, item.into()));
            }
            (Some((marks, n, item)), _) => blocks.push(Block::List(marks, vec![(n, item.into())])),
            (None, Some(Block::Lines(lines))) => {
                lines.push('\n');
                lines.push_str(line);
            }
            (None, _) => blocks.push(Block::Lines(line.into())),
        }
    }
    // Whoever forgot to end it sees what they wrote.
    blocks.extend(fence.map(|code| Block::Code(code.join("\n"))));
    blocks
}

/// What a line says as an item of a list, and its number, if it is one.
fn item(line: &str) -> Option<(Marks, u32, &str)> {
    let line = line.trim_start();
    if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((Marks::Dots, 0, item));
    }
    let (number, item) = line.split_once(". ")?;
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((Marks::Numbers, number.parse().ok()?, item))
}

/// The parts of a text, in order.
pub fn spans(text: &str) -> Vec<Span> {
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
        is_tight.then(|| (inner.to_string(), end + 2 * sign.len()))
    };
    if let Some((code, length)) = between("`") {
        return Some((Span::Code(code), length));
    }
    if let Some((bold, length)) = between("**") {
        return Some((Span::Bold(bold), length));
    }
    // snake_case and 3*4*5 are words.
    if !is_word_before && let Some((italic, length)) = between("*").or_else(|| between("_")) {
        let is_word_after =
            text.get(length..).and_then(|after| after.chars().next()).is_some_and(char::is_alphanumeric);
        return (!is_word_after).then_some((Span::Italic(italic), length));
    }
    let after = text.strip_prefix('[')?;
    let name = after.get(..after.find(['\n', '[', ']'])?)?;
    let address = after.get(name.len()..)?.strip_prefix("](")?;
    let address = address.get(..address.find([')', ' ', '\n'])?)?;
    after.get(name.len() + "](".len() + address.len()..)?.strip_prefix(')')?;
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    let length = name.len() + address.len() + "[](".len() + 1;
    (is_web && !name.is_empty()).then(|| (Span::Link(name.into(), address.into()), length))
}

/// It, drawn. `plain` draws what has no sign of its own.
pub fn rich(text: &str, plain: impl Fn(&str) -> Vec<AnyView>) -> Vec<AnyView> {
    let line = |text: &str| -> Vec<AnyView> {
        let span = |span: Span| -> Vec<AnyView> {
            match span {
                Span::Text(text) => plain(&text),
                Span::Bold(text) => vec![view! { <strong>{plain(&text)}</strong> }.into_any()],
                Span::Italic(text) => vec![view! { <em>{plain(&text)}</em> }.into_any()],
                Span::Code(text) => vec![view! { <code>{text}</code> }.into_any()],
                Span::Link(text, href) => {
                    let title = href.clone();
                    vec![view! { <a href=href title=title target="_blank" rel="noopener noreferrer nofollow">{text}</a> }.into_any()]
                }
            }
        };
        spans(text).into_iter().flat_map(span).collect()
    };
    let items = |items: Vec<(u32, String)>| {
        let item = |(n, item): &(u32, String)| view! { <li value=(*n > 0).then_some(*n)>{line(item)}</li> };
        items.iter().map(item).collect_view()
    };
    let block = |block: Block| match block {
        Block::Lines(lines) => view! { <div>{line(&lines)}</div> }.into_any(),
        Block::List(Marks::Dots, all) => view! { <ul>{items(all)}</ul> }.into_any(),
        Block::List(Marks::Numbers, all) => view! { <ol>{items(all)}</ol> }.into_any(),
        Block::Code(code) => view! { <pre><code>{code}</code></pre> }.into_any(),
    };
    blocks(text).into_iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // rule 002-19
    #[test]
    fn signs_make_bold_italic_code_and_links() {
        let text = |text: &str| Span::Text(text.into());
        for (written, drawn) in [
            ("a **b** c", vec![text("a "), Span::Bold("b".into()), text(" c")]),
            ("*a* _b_", vec![Span::Italic("a".into()), text(" "), Span::Italic("b".into())]),
            ("`a * b`", vec![Span::Code("a * b".into())]),
            (
                "[the shop](https://x.example/a?b=1).",
                vec![Span::Link("the shop".into(), "https://x.example/a?b=1".into()), text(".")],
            ),
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
        let list = |marks, items: [(u32, &str); 2]| {
            Block::List(marks, items.map(|(n, item)| (n, item.to_string())).into())
        };
        assert_eq!(
            blocks(written),
            [
                Block::Lines("Ask:".into()),
                list(Marks::Dots, [(0, "one"), (0, "two")]),
                list(Marks::Numbers, [(1, "first"), (2, "second")]),
                Block::Code("a  *b*".into()),
                Block::Lines("Thanks,\nMaya".into()),
            ]
        );
        assert_eq!(blocks("```\nleft open"), [Block::Code("left open".into())]);
        // Nothing that was written is left out, and a date stays one.
        let lines = |text: &str| vec![Block::Lines(text.into())];
        assert_eq!(blocks("```let x = 1;```\nSo"), lines("```let x = 1;```\nSo"));
        let fenced = [Block::Code("a\n``` and then call Ana".into())];
        assert_eq!(blocks("```rust\na\n``` and then call Ana\n```"), fenced);
        assert_eq!(blocks("24. December"), [Block::List(Marks::Numbers, vec![(24, "December".into())])]);
        assert_eq!(blocks("a\n\nb"), [Block::Lines("a\n\nb".into())]);
    }
}
