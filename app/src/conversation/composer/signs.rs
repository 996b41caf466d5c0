//! Bold, italic, code and lists by their keys: signs are put around what is selected, or before its lines, and the same keys
//! take them away. What they become is [`domain::markup`].

use std::ops::Range;

use domain::markup::{FENCE, Marks, item};
use leptos::ev::KeyboardEvent;

/// What a key makes of what is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Bold,
    Italic,
    Code,
    List(Marks),
}

impl Sign {
    /// What was asked for, if it was one of these.
    pub fn of(event: &KeyboardEvent) -> Option<Self> {
        if !(event.ctrl_key() || event.meta_key()) || event.alt_key() || event.is_composing() {
            return None;
        }
        // With Shift, digits are other signs on every keyboard: there the place of the key counts.
        match (event.shift_key(), event.key().as_str(), event.code().as_str()) {
            (false, "b", _) => Some(Sign::Bold),
            (false, "i", _) => Some(Sign::Italic),
            (false, "e", _) => Some(Sign::Code),
            (true, _, "Digit7") => Some(Sign::List(Marks::Numbers)),
            (true, _, "Digit8") => Some(Sign::List(Marks::Dots)),
            _ => None,
        }
    }

    /// The text with it, or without it where it was there, and what is selected then. Both ranges are bytes; `None` where
    /// the range is none of the text.
    pub fn toggled(self, text: &str, range: Range<usize>) -> Option<(String, Range<usize>)> {
        match self {
            Sign::Bold => around(text, range, "**"),
            Sign::Italic => around(text, range, "_"),
            Sign::Code if text.get(range.clone())?.trim().contains('\n') => fenced(text, range),
            Sign::Code => around(text, range, "`"),
            Sign::List(marks) => listed(text, range, marks),
        }
    }
}

fn around(text: &str, range: Range<usize>, sign: &str) -> Option<(String, Range<usize>)> {
    let chosen = text.get(range.clone())?;
    // A sign stands tight at its words.
    let start = range.start + (chosen.len() - chosen.trim_start().len());
    let end = start + chosen.trim().len();
    let (head, inner, tail) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    if let (Some(head), Some(tail)) = (head.strip_suffix(sign), tail.strip_prefix(sign)) {
        return Some((format!("{head}{inner}{tail}"), head.len()..head.len() + inner.len()));
    }
    if let Some(bare) = inner.strip_prefix(sign).and_then(|inner| inner.strip_suffix(sign)) {
        return Some((format!("{head}{bare}{tail}"), start..start + bare.len()));
    }
    // None reaches over the end of a line.
    if inner.contains('\n') {
        let signed = |line: &str| match line.trim() {
            "" => line.to_owned(),
            words => line.replacen(words, &format!("{sign}{words}{sign}"), 1),
        };
        let inner = inner.split('\n').map(signed).collect::<Vec<_>>().join("\n");
        return Some((format!("{head}{inner}{tail}"), start..start + inner.len()));
    }
    let start = start + sign.len();
    Some((format!("{head}{sign}{inner}{sign}{tail}"), start..start + inner.len()))
}

fn fenced(text: &str, range: Range<usize>) -> Option<(String, Range<usize>)> {
    let (head, inner, tail) = (text.get(..range.start)?, text.get(range.clone())?, text.get(range.end..)?);
    let before = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    let after = if tail.is_empty() || tail.starts_with('\n') { "" } else { "\n" };
    let start = head.len() + before.len() + FENCE.len() + 1;
    let inner = inner.trim_matches('\n');
    Some((format!("{head}{before}{FENCE}\n{inner}\n{FENCE}{after}{tail}"), start..start + inner.len()))
}

fn listed(text: &str, range: Range<usize>, marks: Marks) -> Option<(String, Range<usize>)> {
    let start = text.get(..range.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(range.end..)?.find('\n').map_or(text.len(), |at| range.end + at);
    let lines: Vec<&str> = text.get(start..end)?.split('\n').collect();
    let bare = |line: &str| item(line).map_or(line, |(_, _, words)| words).to_owned();
    let is_listed = lines.iter().all(|line| item(line).is_some_and(|(before, ..)| before == marks));
    let made: Vec<String> = match is_listed {
        true => lines.iter().map(|line| bare(line)).collect(),
        false => {
            let sign = |n: usize| match marks {
                Marks::Dots => "- ".to_owned(),
                Marks::Numbers => format!("{n}. "),
            };
            lines.iter().zip(1..).map(|(line, n)| sign(n) + &bare(line)).collect()
        }
    };
    let made = made.join("\n");
    // A caret goes on at the end of its line.
    let chosen =
        if range.is_empty() { start + made.len()..start + made.len() } else { start..start + made.len() };
    Some((format!("{}{made}{}", text.get(..start)?, text.get(end..)?), chosen))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[` and `]` stand for the ends of what is selected.
    #[track_caller]
    fn check(sign: Sign, before: &str, after: &str) {
        let read = |text: &str| {
            let (start, end) = (text.find('[').unwrap(), text.find(']').unwrap() - 1);
            (text.replace(['[', ']'], ""), start..end)
        };
        let (text, range) = read(before);
        assert_eq!(sign.toggled(&text, range), Some(read(after)), "{before}");
    }

    #[test]
    fn a_sign_goes_around_words_and_away_again() {
        check(Sign::Bold, "on [Monday] then", "on **[Monday]** then");
        check(Sign::Bold, "on **[Monday]** then", "on [Monday] then");
        check(Sign::Bold, "on [**Monday**] then", "on [Monday] then");
        check(Sign::Bold, "on[ Monday ]then", "on **[Monday]** then");
        check(Sign::Italic, "[é😀]", "_[é😀]_");
        check(Sign::Code, "x []", "x `[]`");
        check(Sign::Bold, "[one\n\n two ]", "[**one**\n\n **two**] ");
        assert_eq!(Sign::Bold.toggled("é", 1..1), None);
    }

    #[test]
    fn lines_become_a_list_or_code_and_lines_again() {
        let (dots, numbers) = (Sign::List(Marks::Dots), Sign::List(Marks::Numbers));
        check(dots, "Ask:\no[ne\ntw]o\nBye", "Ask:\n[- one\n- two]\nBye");
        check(dots, "[- one\n- two]", "[one\ntwo]");
        check(numbers, "[- one\n- two]", "[1. one\n2. two]");
        check(numbers, "on[]e", "1. one[]");
        check(Sign::Code, "So:[a\n  b]", "So:\n```\n[a\n  b]\n```");
    }
}
