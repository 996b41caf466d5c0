//! The emoji that browsers fetch are a file made of a crate's: nothing of it is in the program.

use serde_json::json;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/public/emoji.json");

#[test]
fn the_emoji_are_those_of_the_standard() {
    let groups: Vec<emojis::Group> = emojis::Group::iter().collect();
    assert_eq!(groups.len(), 9, "as many as app::desk::emoji::GROUPS");
    let all = emojis::iter().map(|emoji| {
        let signs: Vec<&str> = match emoji.skin_tones() {
            // Those with one tone throughout; two people of two tones are chosen nowhere.
            Some(tones) => tones.filter(|emoji| !is_mixed(emoji)).map(emojis::Emoji::as_str).collect(),
            None => vec![emoji.as_str()],
        };
        let words: Vec<&str> = emoji.shortcodes().collect();
        let group = groups.iter().position(|group| *group == emoji.group()).unwrap();
        json!({ "signs": signs, "name": emoji.name(), "words": words, "group": group })
    });
    let lines: Vec<String> = all.map(|emoji| emoji.to_string()).collect();
    let made = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("ACCEPT").is_some() {
        std::fs::write(COMMITTED, &made).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(committed == made, "write it anew: ACCEPT=1 cargo test -p server --test rules the_emoji");
}

fn is_mixed(emoji: &emojis::Emoji) -> bool {
    !matches!(
        emoji.skin_tone(),
        Some(
            emojis::SkinTone::Default
                | emojis::SkinTone::Light
                | emojis::SkinTone::MediumLight
                | emojis::SkinTone::Medium
                | emojis::SkinTone::MediumDark
                | emojis::SkinTone::Dark
        )
    )
}
