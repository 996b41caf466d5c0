//! What is offered while one types: quick replies after `/` or `\`, teammates after `@`, emoji after `:`.

use std::ops::Range;

use domain::conversation::mentionable_in;
use domain::file::File;
use domain::id::QuickReplyId;
use domain::settings::quick_reply::{Filled, Purpose, Values, fitting};
use leptos::ev;
use leptos::prelude::*;

use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::ui::avatar::Avatar;
use crate::ui::dynamic::{When, heard, part, says};

/// Lines that are shown at once: whoever looks for another goes on typing.
const SHOWN: usize = 40;

/// Letters of an emoji's name before something is offered.
const EMOJI_FROM: usize = 2;

/// Longest part of a name that is looked at after an `@`.
const NAME_CHARS: usize = 40;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    QuickReply,
    Mention,
    Emoji,
}

impl What {
    /// The name of the list.
    pub const fn label(self) -> &'static str {
        match self {
            What::QuickReply => "Quick replies",
            What::Mention => "Mention a teammate",
            What::Emoji => "Emoji",
        }
    }
}

/// The beginning of something before the caret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub what: What,
    /// Where it stands in the text, in bytes, with the sign that begins it.
    pub range: Range<usize>,
    /// What stands after the sign.
    pub typed: String,
}

/// What is begun before the caret, which stands at that byte.
pub fn begun(text: &str, caret: usize, is_private: bool) -> Option<Begun> {
    let before = text.get(..caret)?;
    let start = before
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let word = before.get(start..)?;
    let mut chars = word.chars();
    let (what, typed) = match chars.next() {
        Some('/' | '\\') => (What::QuickReply, chars.as_str()),
        Some(':') => (What::Emoji, chars.as_str()),
        _ => return if is_private { called(before) } else { None },
    };
    let is_name = typed.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+'));
    let is_emoji = is_name && typed.chars().count() >= EMOJI_FROM;
    // A path or a smiley is neither.
    let is_begun = if what == What::Emoji { is_emoji } else { !typed.contains(['/', '\\']) };
    is_begun.then(|| Begun { what, range: start..caret, typed: typed.to_string() })
}

/// A name after an `@`, which may have several words.
fn called(before: &str) -> Option<Begun> {
    let at = before.rfind('@')?;
    let is_start = before.get(..at)?.chars().next_back().is_none_or(|c| c.is_whitespace() || c == '(');
    let typed = before.get(at + 1..)?;
    let is_name = !typed.contains('\n') && !typed.starts_with(' ') && typed.chars().count() <= NAME_CHARS;
    (is_start && is_name).then(|| Begun {
        what: What::Mention,
        range: at..before.len(),
        typed: typed.to_string(),
    })
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq)]
struct Offer {
    key: String,
    /// What stands first.
    sign: String,
    name: String,
    more: String,
    photo: Option<String>,
    /// What takes the place of what was typed.
    text: String,
    /// Which quick reply that was.
    reply: Option<QuickReplyId>,
    /// What goes along with it.
    files: Vec<File>,
}

/// What is offered now, and which of it is next.
#[derive(Clone, Copy)]
pub struct Suggestions {
    desk: Desk,
    begun: RwSignal<Option<Begun>>,
    offers: Memo<Vec<Offer>>,
    at: RwSignal<usize>,
    /// Where somebody did not want it.
    dismissed: StoredValue<Option<usize>>,
}

impl Suggestions {
    pub fn new(desk: Desk, is_private: Memo<bool>) -> Self {
        let begun = RwSignal::new(None::<Begun>);
        let offers = Memo::new(move |_| {
            begun
                .with(|begun| begun.as_ref().map(|begun| offers(desk, begun, is_private.get())))
                .unwrap_or_default()
        });
        Self { desk, begun, offers, at: RwSignal::new(0), dismissed: StoredValue::new(None) }
    }

    /// Whether a list is open: Enter and the arrows are its keys then.
    pub fn is_open(self) -> bool {
        self.begun.with(Option::is_some) && self.offers.with(|offers| !offers.is_empty())
    }

    /// The text or the caret is another.
    pub fn look(self, text: &str, caret: usize, is_private: bool) {
        let begun = begun(text, caret, is_private);
        let start = begun.as_ref().map(|begun| begun.range.start);
        if start.is_none() || self.dismissed.get_value() != start {
            self.dismissed.set_value(None);
        }
        let begun = begun.filter(|begun| self.dismissed.get_value() != Some(begun.range.start));
        if self.begun.with_untracked(|before| *before != begun) {
            match begun.as_ref().map(|begun| begun.what) {
                Some(What::QuickReply) => self.desk.templates.fetch(self.desk),
                Some(What::Emoji) => self.desk.emoji.fetch(),
                Some(What::Mention) | None => {}
            }
            self.at.set(0);
            self.begun.set(begun);
        }
    }

    /// Nothing is offered any more.
    ///
    /// Also asked for when the field is thrown away with all of this.
    pub fn close(self) {
        let start = self.begun.try_with_untracked(|begun| Some(begun.as_ref()?.range.start)).flatten();
        self.dismissed.try_set_value(start);
        self.begun.try_set(None);
    }

    /// Another text stands in the field.
    pub fn begin_anew(self) {
        self.dismissed.set_value(None);
        self.begun.set(None);
    }

    /// Takes a key. `None` where it is none of the list's; else what is to be inserted, if something is.
    fn key(self, key: &str) -> Option<Option<Chosen>> {
        if !untrack(|| self.is_open()) {
            // They are on their way: nobody means to send their shortcut.
            let waits = self.begun.with_untracked(|begun| {
                begun.as_ref().is_some_and(|begun| begun.what == What::QuickReply && !begun.typed.is_empty())
            });
            let is_here = self.desk.templates.is_here.get_untracked();
            return (waits && !is_here && matches!(key, "Enter" | "Tab")).then_some(None);
        }
        let n = self.offers.with_untracked(Vec::len);
        match key {
            "ArrowDown" => self.at.update(|at| *at = (*at + 1) % n),
            "ArrowUp" => self.at.update(|at| *at = (*at + n - 1) % n),
            "Enter" | "Tab" => return Some(self.chosen(self.at.get_untracked())),
            "Escape" => self.close(),
            _ => return None,
        }
        dom::scroll_into_view(&format!("suggest-{}", self.at.get_untracked()));
        Some(None)
    }

    /// Takes what was pressed in the field, if it is for the list: then it is for nothing else.
    pub fn press(self, event: &ev::KeyboardEvent) -> Option<Option<Chosen>> {
        let is_plain = !event.shift_key() && !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        if !is_plain || event.is_composing() {
            return None;
        }
        let chosen = self.key(&event.key())?;
        event.prevent_default();
        event.stop_propagation();
        Some(chosen)
    }

    fn chosen(self, at: usize) -> Option<Chosen> {
        let offer = self.offers.with_untracked(|offers| offers.get(at).cloned())?;
        let range = self.begun.with_untracked(|begun| begun.as_ref().map(|begun| begun.range.clone()))?;
        self.begun.set(None);
        if let Some(reply) = offer.reply {
            self.desk.templates.used(reply);
        }
        Some(Chosen { range, text: offer.text, files: offer.files })
    }

    /// The id of the line that is next, for `aria-activedescendant`.
    pub fn active(self) -> Option<String> {
        self.is_open().then(|| format!("suggest-{}", self.at.get()))
    }
}

/// What is to be inserted, and in whose place.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub range: Range<usize>,
    pub text: String,
    /// What goes along with it.
    pub files: Vec<File>,
}

fn offers(desk: Desk, begun: &Begun, is_private: bool) -> Vec<Offer> {
    match begun.what {
        What::QuickReply => {
            let purpose = if is_private { Purpose::Note } else { Purpose::Reply };
            let Some(values) = values(desk) else { return vec![] };
            desk.templates.all.with(|all| {
                let fitting = fitting(all, purpose, &begun.typed).into_iter().take(SHOWN);
                let offer = |reply: &domain::settings::quick_reply::QuickReply| Offer {
                    key: reply.id.to_string(),
                    sign: format!("/{}", reply.shortcut),
                    name: reply.name.clone(),
                    more: match reply.files.len() {
                        0 => reply.category.clone(),
                        n => format!("{} · {}", reply.category, counted_files(n)),
                    },
                    photo: None,
                    text: Filled::of(&reply.text, &values).text,
                    reply: Some(reply.id),
                    files: reply.files.clone(),
                };
                fitting.map(offer).collect()
            })
        }
        What::Mention => {
            let Some(row) = desk.opened_row() else { return vec![] };
            let typed = begun.typed.to_lowercase();
            row.with(|row| {
                desk.office.with(|office| {
                    let me = desk.viewer.with(|viewer| viewer.agent);
                    let reached = mentionable_in(office, &row.scene.conversation).into_iter();
                    let fits = |name: &str| {
                        let name = name.to_lowercase();
                        name.starts_with(&typed)
                            || name.split_whitespace().any(|word| word.starts_with(&typed))
                    };
                    let called = reached.filter(|agent| agent.id != me && fits(&agent.display_name));
                    let offer = |agent: &domain::office::Agent| Offer {
                        key: agent.id.to_string(),
                        sign: String::new(),
                        name: agent.display_name.clone(),
                        more: agent.availability.name().to_string(),
                        photo: Some(agent.photo_path().unwrap_or_default()),
                        text: format!("@{} ", agent.display_name),
                        reply: None,
                        files: vec![],
                    };
                    called.take(SHOWN).map(offer).collect()
                })
            })
        }
        What::Emoji => desk
            .emoji
            .found(&begun.typed, SHOWN)
            .into_iter()
            .map(|(sign, name)| Offer {
                key: sign.clone(),
                name,
                more: String::new(),
                photo: None,
                text: format!("{sign} "),
                sign,
                reply: None,
                files: vec![],
            })
            .collect(),
    }
}

/// How many files go along.
pub fn counted_files(n: usize) -> String {
    match n {
        1 => "1 file".into(),
        n => format!("{n} files"),
    }
}

/// What is known here to fill in.
pub fn values(desk: Desk) -> Option<Values> {
    let row = desk.opened_row()?;
    let me = desk.viewer.with(|viewer| viewer.agent);
    Some(row.with(|row| desk.office.with(|office| Values::of(office, &row.scene, me))))
}

/// The list above the text.
#[component]
pub fn SuggestionList(suggestions: Suggestions, choose: Callback<Chosen>) -> impl IntoView {
    let Suggestions { begun, offers, at, .. } = suggestions;
    let what = Memo::new(move |_| begun.with(|begun| begun.as_ref().map(|begun| begun.what)));
    let desk = use_desk();
    let is_empty = Memo::new(move |_| {
        what.get() == Some(What::QuickReply)
            && offers.with(Vec::is_empty)
            && desk.templates.is_here.get()
            && begun.with(|begun| begun.as_ref().is_some_and(|begun| begun.typed.is_empty()))
    });
    let line = move |(place, offer): (usize, Offer)| {
        let Offer { sign, name, more, photo, .. } = offer;
        view! {
            <li
                role="option" class="picker__option suggest__option" id=format!("suggest-{place}")
                aria-selected=says(move || (at.get() == place).to_string())
                data-active=says(move || (at.get() == place).then_some(""))
                on:mousedown=heard(|event: ev::MouseEvent| event.prevent_default())
                on:mousemove=heard(move |_| if at.get_untracked() != place { at.set(place) })
                on:click=heard(move |_| if let Some(chosen) = suggestions.chosen(place) { choose.run(chosen) })
            >
                {photo.map(|photo| view! { <Avatar name=name.clone() photo=Some(photo).filter(|photo| !photo.is_empty()) size="small" /> })}
                {(!sign.is_empty()).then(|| view! { <span class="suggest__sign">{sign}</span> })}
                <span class="suggest__name"><bdi>{name}</bdi></span>
                <span class="picker__facts">{more}</span>
            </li>
        }
    };
    view! {
        <When holds=move || suggestions.is_open()>
            <ul class="suggest" role="listbox" id="suggest" aria-label=says(move || what.get().map(What::label))>
                {part(move || offers.get().into_iter().enumerate().map(line).collect_view())}
            </ul>
        </When>
        <When holds=move || is_empty.get()>
            <p class="suggest suggest--none" role="status">"There is no quick reply yet. Add one in Settings, Quick Replies."</p>
        </When>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_private: bool, found: Option<(What, &str)>) {
        let begun = begun(text, text.len(), is_private);
        assert_eq!(begun.as_ref().map(|begun| (begun.what, begun.typed.as_str())), found, "{text}");
        if let Some(begun) = begun {
            assert!(text[begun.range.clone()].ends_with(&begun.typed) && begun.range.end == text.len());
        }
    }

    // rule 003-23
    #[test]
    fn a_stroke_at_the_start_of_a_word_begins_a_quick_reply() {
        check("/", false, Some((What::QuickReply, "")));
        check("\\he", false, Some((What::QuickReply, "he")));
        check("Hello\u{a0}/ref", false, Some((What::QuickReply, "ref")));
        for text in ["and/or", "/usr/bin", "/hello there", "see https://x.example/a"] {
            check(text, false, None);
        }
    }

    #[test]
    fn a_name_begins_with_an_at_among_teammates_only() {
        check("ask @Ma", true, Some((What::Mention, "Ma")));
        check("(@Maya Br", true, Some((What::Mention, "Maya Br")));
        check("ask @Ma", false, None);
        check("maya@fern", true, None);
        check("@ Ma", true, None);
    }

    // rule 003-29
    #[test]
    fn an_emoji_begins_with_a_colon_and_two_letters() {
        check("nice :th", false, Some((What::Emoji, "th")));
        for text in ["nice :t", "at 10:30", ":-)", "::", "so: th"] {
            check(text, false, None);
        }
    }
}
