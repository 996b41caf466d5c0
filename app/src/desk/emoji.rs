//! Emoji with their names: a file of the page's own, fetched when somebody looks for one.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;

use crate::dom;

/// Under which this browser keeps those that were used last.
const RECENT: &str = "emoji:recent";

/// And the tone of skin that was chosen.
const TONE: &str = "emoji:tone";

/// So many are kept.
const RECENT_AT_MOST: usize = 24;

/// An emoji, as /emoji.json has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Emoji {
    /// The sign, in each tone of skin where it has some, the plain one first.
    pub signs: Vec<String>,
    pub name: String,
    /// Other words for it.
    pub words: Vec<String>,
    /// The place of its group in [`GROUPS`].
    pub group: usize,
}

/// The groups, in the order of the standard.
pub const GROUPS: [&str; 9] = [
    "Smileys",
    "People",
    "Animals and nature",
    "Food and drink",
    "Travel and places",
    "Activities",
    "Objects",
    "Symbols",
    "Flags",
];

/// The tones of skin, by their place in [`Emoji::signs`].
pub const TONES: [(&str, &str); 6] = [
    ("✋", "No skin tone"),
    ("✋🏻", "Light"),
    ("✋🏼", "Medium light"),
    ("✋🏽", "Medium"),
    ("✋🏾", "Medium dark"),
    ("✋🏿", "Dark"),
];

/// All of them, once they are here.
#[derive(Clone, Copy)]
pub struct AllEmoji {
    pub all: RwSignal<Arc<Vec<Emoji>>>,
    /// Signs that were used last, newest first.
    pub recent: RwSignal<Vec<String>>,
    pub tone: RwSignal<usize>,
    is_asked: StoredValue<bool>,
}

impl AllEmoji {
    pub fn new() -> Self {
        Self {
            all: RwSignal::default(),
            recent: RwSignal::default(),
            tone: RwSignal::new(0),
            is_asked: StoredValue::new(false),
        }
    }

    /// Fetches them where they are not here.
    pub fn fetch(self) {
        if self.is_asked.get_value() {
            return;
        }
        self.is_asked.set_value(true);
        let kept = dom::kept(RECENT).unwrap_or_default();
        self.recent.set(kept.split(' ').filter(|sign| !sign.is_empty()).map(str::to_owned).collect());
        let tone = dom::kept(TONE).and_then(|tone| tone.parse().ok()).filter(|tone| *tone < TONES.len());
        self.tone.set(tone.unwrap_or(0));
        spawn_local(async move {
            match dom::fetch_text("/emoji.json").await.as_deref().and_then(crate::api::read) {
                Some(all) => drop(self.all.try_set(Arc::new(all))),
                None => drop(self.is_asked.try_set_value(false)),
            }
        });
    }

    /// The sign in the tone that was chosen.
    pub fn sign(self, emoji: &Emoji) -> String {
        let tone = self.tone.get();
        emoji.signs.get(tone).or(emoji.signs.first()).cloned().unwrap_or_default()
    }

    /// Those with a word that begins so, with their names; where the name itself begins so, first.
    pub fn found(self, typed: &str, most: usize) -> Vec<(String, String)> {
        let typed = typed.to_lowercase().replace(['_', '-'], " ");
        self.all.with(|all| {
            let mut found: Vec<(u8, &Emoji)> =
                all.iter().filter_map(|emoji| Some((fit(emoji, &typed)?, emoji))).collect();
            found.sort_by_key(|(fit, _)| *fit);
            found.into_iter().take(most).map(|(_, emoji)| (self.sign(emoji), emoji.name.clone())).collect()
        })
    }

    /// One was used.
    pub fn used(self, sign: &str) {
        self.recent.update(|recent| {
            recent.retain(|other| other != sign);
            recent.insert(0, sign.to_string());
            recent.truncate(RECENT_AT_MOST);
        });
        dom::keep(RECENT, &self.recent.with_untracked(|recent| recent.join(" ")));
    }

    /// Another tone is chosen.
    pub fn choose_tone(self, tone: usize) {
        self.tone.set(tone);
        dom::keep(TONE, &tone.to_string());
    }
}

impl Default for AllEmoji {
    fn default() -> Self {
        Self::new()
    }
}

fn fit(emoji: &Emoji, typed: &str) -> Option<u8> {
    let begins = |text: &String| text.replace('_', " ").starts_with(typed);
    if emoji.words.iter().any(|word| word == typed) || emoji.name == typed {
        Some(0)
    } else if begins(&emoji.name) || emoji.words.iter().any(begins) {
        Some(1)
    } else {
        emoji.name.split(' ').any(|word| word.starts_with(typed)).then_some(2)
    }
}
