//! Bold, italic, code and lists by their keys: signs are put around what is selected, or before its lines, and the same keys
//! take them away. What they become is [`domain::markup`].

use std::ops::Range;

use domain::markup::{FENCE, Marks, item};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::ui::dynamic::heard;
use crate::ui::icon::Icon;
use crate::ui::menu::Menu;
use crate::{dom, palette};

/// What a key makes of what is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Bold,
    Italic,
    Code,
    List(Marks),
}

/// Each with its name and its keys.
pub const SIGNS: [(Sign, &str, &str); 5] = [
    (Sign::Bold, "Bold", "Mod+B"),
    (Sign::Italic, "Italic", "Mod+I"),
    (Sign::Code, "Code", "Mod+E"),
    (Sign::List(Marks::Numbers), "Numbered list", "Mod+Shift+7"),
    (Sign::List(Marks::Dots), "List", "Mod+Shift+8"),
];

impl Sign {
    /// What was asked for, if it was one of these.
    pub fn of(event: &KeyboardEvent) -> Option<Self> {
        // On a Mac, Ctrl with B and E moves the caret.
        let (held, other) = match dom::mod_key() {
            "⌘" => (event.meta_key(), event.ctrl_key()),
            _ => (event.ctrl_key(), event.meta_key()),
        };
        if !held || other || event.alt_key() || event.is_composing() {
            return None;
        }
        // With Shift, digits are other signs on every keyboard: there the place of the key counts.
        match (event.shift_key(), event.key().to_lowercase().as_str(), event.code().as_str()) {
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
        let chosen = text.get(range.clone())?;
        // A sign stands tight at its words.
        let start = range.start + (chosen.len() - chosen.trim_start().len());
        let tight = start..start + chosen.trim().len();
        let has_lines = chosen.trim().contains('\n');
        match self {
            Sign::List(marks) => listed(text, range, marks),
            Sign::Code if has_lines => fenced(text, range),
            Sign::Bold | Sign::Italic | Sign::Code if has_lines => around_each(text, tight, self.sign()),
            Sign::Bold | Sign::Italic | Sign::Code => around(text, tight, self.sign()),
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Sign::Bold => "**",
            Sign::Italic => "_",
            Sign::Code => "`",
            Sign::List(_) => "",
        }
    }
}

/// Formats what is selected in that text box, if those keys were pressed: the new text, and the selection follows.
pub fn press(event: &KeyboardEvent, field: &'static str, text: &str) -> Option<String> {
    let sign = Sign::of(event)?;
    event.prevent_default();
    event.stop_propagation();
    put(sign, field, text)
}

fn put(sign: Sign, field: &'static str, text: &str) -> Option<String> {
    let range = dom::selected(field).unwrap_or(text.len()..text.len());
    let (whole, chosen) = sign.toggled(text, range)?;
    dom::select_soon(field, &whole, chosen);
    Some(whole)
}

/// **Formatting**: the same by mouse, for whoever does not know the keys.
#[component]
pub fn FormattingMenu(
    field: &'static str,
    #[prop(into)] text: Signal<String>,
    /// Takes the new text.
    write: Callback<String>,
) -> impl IntoView {
    // The menu gives the keyboard back to its button first; then it goes to the text.
    let choose = move |sign: Sign| {
        request_animation_frame(move || {
            if let Some(whole) = put(sign, field, &text.get_untracked()) {
                write.run(whole);
            }
        });
    };
    view! {
        <Menu id="formatting" label="Formatting" class="button button--icon button--quiet" face=ViewFn::from(|| view! { <Icon name="bold" /> })>
            {SIGNS.iter().map(|(sign, name, keys)| view! {
                <button type="button" role="menuitem" class="menu__item" on:click=heard(move |_| choose(*sign))>
                    {*name}<kbd class="menu__key">{palette::spelled(keys).join(" ")}</kbd>
                </button>
            }).collect_view()}
        </Menu>
    }
}

/// What stands between two signs, with none of them in it.
fn within<'a>(text: &'a str, sign: &str) -> Option<&'a str> {
    text.strip_prefix(sign)?.strip_suffix(sign).filter(|bare| !bare.contains(sign))
}

fn around(text: &str, range: Range<usize>, sign: &str) -> Option<(String, Range<usize>)> {
    let (head, inner, tail) = (text.get(..range.start)?, text.get(range.clone())?, text.get(range.end..)?);
    if let (Some(head), Some(tail)) = (head.strip_suffix(sign), tail.strip_prefix(sign)) {
        // The lines of snake_case are no signs.
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if !inner.contains(sign) && !is_word(head.chars().next_back()) && !is_word(tail.chars().next()) {
            return Some((format!("{head}{inner}{tail}"), head.len()..head.len() + inner.len()));
        }
    }
    if let Some(bare) = within(inner, sign) {
        return Some((format!("{head}{bare}{tail}"), range.start..range.start + bare.len()));
    }
    let start = range.start + sign.len();
    Some((format!("{head}{sign}{inner}{sign}{tail}"), start..start + inner.len()))
}

/// None reaches over the end of a line: each gets its own, behind what makes it an item.
fn around_each(text: &str, range: Range<usize>, sign: &str) -> Option<(String, Range<usize>)> {
    let lines: Vec<&str> = text.get(range.clone())?.split('\n').collect();
    let words = |line: &str| item(line).map_or(line, |(_, _, words)| words).trim().to_owned();
    let is_signed =
        lines.iter().map(|line| words(line)).all(|words| words.is_empty() || within(&words, sign).is_some());
    let line = |line: &&str| {
        let words = words(line);
        let made = match within(&words, sign) {
            _ if words.is_empty() => return (*line).to_owned(),
            Some(bare) if is_signed => bare.to_owned(),
            Some(_) => words.clone(),
            None => format!("{sign}{words}{sign}"),
        };
        // The words are the last of their line.
        line.rsplit_once(words.as_str())
            .map_or_else(String::new, |(before, after)| format!("{before}{made}{after}"))
    };
    let made = lines.iter().map(line).collect::<Vec<_>>().join("\n");
    let (head, tail) = (text.get(..range.start)?, text.get(range.end..)?);
    Some((format!("{head}{made}{tail}"), range.start..range.start + made.len()))
}

fn fenced(text: &str, range: Range<usize>) -> Option<(String, Range<usize>)> {
    let (head, inner, tail) = (text.get(..range.start)?, text.get(range.clone())?, text.get(range.end..)?);
    let opened = head.strip_suffix('\n').and_then(|head| head.strip_suffix(FENCE));
    let closed = tail.strip_prefix('\n').and_then(|tail| tail.strip_prefix(FENCE));
    if let (Some(head), Some(tail)) = (opened, closed) {
        return Some((format!("{head}{inner}{tail}"), head.len()..head.len() + inner.len()));
    }
    let before = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    let after = if tail.is_empty() || tail.starts_with('\n') { "" } else { "\n" };
    let start = head.len() + before.len() + FENCE.len() + 1;
    let inner = inner.trim_matches('\n');
    Some((format!("{head}{before}{FENCE}\n{inner}\n{FENCE}{after}{tail}"), start..start + inner.len()))
}

fn listed(text: &str, range: Range<usize>, marks: Marks) -> Option<(String, Range<usize>)> {
    let start = text.get(..range.start)?.rfind('\n').map_or(0, |at| at + 1);
    // A selection down to the beginning of a line does not mean that line.
    let ends_before = !range.is_empty() && text.get(..range.end)?.ends_with('\n');
    let last = range.end - usize::from(ends_before);
    let end = text.get(last..)?.find('\n').map_or(text.len(), |at| last + at);
    let lines: Vec<&str> = text.get(start..end)?.split('\n').collect();
    let is_blank = |line: &str| line.trim().is_empty() && lines.len() > 1;
    let bare = |line: &str| item(line).map_or(line, |(_, _, words)| words).to_owned();
    let is_listed =
        lines.iter().all(|line| is_blank(line) || item(line).is_some_and(|(before, ..)| before == marks));
    let mut n = 0;
    let line = |line: &&str| match marks {
        _ if is_blank(line) => (*line).to_owned(),
        _ if is_listed => bare(line),
        Marks::Dots => format!("- {}", bare(line)),
        Marks::Numbers => {
            n += 1;
            format!("{n}. {}", bare(line))
        }
    };
    let made = lines.iter().map(line).collect::<Vec<_>>().join("\n");
    // A caret goes on at the end of its line.
    let chosen = if range.is_empty() { start + made.len() } else { start }..start + made.len();
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
        check(Sign::Bold, "[**one**\n\n**two**]", "[one\n\ntwo]");
        check(Sign::Bold, "[- one\n- **two**]", "[- **one**\n- **two**]");
        check(Sign::Bold, "[**a** and **b**]", "**[**a** and **b**]**");
        check(Sign::Italic, "my_[snake]_case", "my__[snake]__case");
        assert_eq!(Sign::Bold.toggled("é", 1..1), None);
    }

    #[test]
    fn lines_become_a_list_or_code_and_lines_again() {
        let (dots, numbers) = (Sign::List(Marks::Dots), Sign::List(Marks::Numbers));
        check(dots, "Ask:\no[ne\ntw]o\nBye", "Ask:\n[- one\n- two]\nBye");
        check(dots, "[- one\n- two]", "[one\ntwo]");
        check(numbers, "[- one\n- two]", "[1. one\n2. two]");
        check(numbers, "on[]e", "1. one[]");
        check(dots, "[one\n]two", "[- one]\ntwo");
        check(numbers, "[one\n\ntwo]", "[1. one\n\n2. two]");
        check(numbers, "[1. one\n\n2. two]", "[one\n\ntwo]");
        check(Sign::Code, "So:[a\n  b]", "So:\n```\n[a\n  b]\n```");
        check(Sign::Code, "So:\n```\n[a\n  b]\n```", "So:\n[a\n  b]");
    }
}
