//! The vocabulary of tags. It grows only: a word that was put on something stays what it is. Nobody renames or deletes
//! one; a retired one is offered no more.

use crate::audit::{Act, Deed, Subject};
use crate::contact::clean_name;
use crate::id::TagId;
use crate::office::{Office, Tag};
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Longest tag, in Unicode scalar values: more does not fit on a chip.
pub const TAG_MAX_CHARS: usize = 40;

/// Tags of one workspace: they travel with the office, and nobody finds one among more.
pub const TAGS_AT_MOST: usize = 2_000;

impl Office {
    /// The tag that is called so, whatever the case of its letters.
    pub fn tag_named(&self, name: &str) -> Option<&Tag> {
        let wanted = clean_name(name).to_lowercase();
        self.tags.values().find(|tag| tag.name.to_lowercase() == wanted)
    }

    /// The tags that are offered, by name.
    pub fn offered_tags(&self) -> Vec<&Tag> {
        let mut tags: Vec<&Tag> = self.tags.values().filter(|tag| !tag.retired).collect();
        tags.sort_by_key(|tag| tag.name.to_lowercase());
        tags
    }
}

impl Tag {
    /// What the audit log keeps where that was done to it.
    pub fn deed(&self, act: Act) -> Deed {
        Deed::new(act, Subject::Tag, self.id, &*self.name)
    }

    /// A new word of the vocabulary, or the one that is called so already.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::NoName`]; [`Refusal::TagTooLong`]; [`Refusal::RetiredTag`];
    /// [`Refusal::TooManyTags`].
    pub fn new(office: &Office, viewer: &Viewer, id: TagId, name: &str) -> Result<Self, Refusal> {
        viewer.must(Permission::TagCreate)?;
        let name = clean_name(name);
        if name.is_empty() {
            return Err(Refusal::NoName);
        }
        if name.chars().count() > TAG_MAX_CHARS {
            return Err(Refusal::TagTooLong { most: TAG_MAX_CHARS as u32 });
        }
        match office.tag_named(&name) {
            Some(tag) if tag.retired => Err(Refusal::RetiredTag { name: tag.name.clone() }),
            Some(tag) => Ok(tag.clone()),
            None if office.tags.len() >= TAGS_AT_MOST => {
                Err(Refusal::TooManyTags { most: TAGS_AT_MOST as u32 })
            }
            None => Ok(Self { id, name, retired: false }),
        }
    }

    /// Whether that viewer may retire tags and bring them back.
    pub fn may_be_retired_by(viewer: &Viewer) -> Result<(), Refusal> {
        viewer.must(Permission::AdminGroups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::*;

    fn named(office: &Office, name: &str) -> Result<Tag, Refusal> {
        Tag::new(office, &operator(ANA), TagId::new(77), name)
    }

    // rule 003-35
    #[test]
    fn a_new_word_is_one_of_the_vocabulary_from_then_on() {
        let mut office = office();
        let tag = named(&office, "  Gift \u{200b} card ").unwrap();
        assert_eq!((tag.id, tag.name.as_str(), tag.retired), (TagId::new(77), "Gift card", false));
        office.tags.insert(tag.id, tag.clone());
        assert!(office.offered_tags().contains(&&tag));
        assert_eq!(named(&office, "gift CARD"), Ok(tag), "the same word is the same tag");
    }

    // rule 003-36
    #[test]
    fn a_retired_word_is_offered_no_more_and_is_not_made_again() {
        let mut office = office();
        office.tags.entry(VAT).and_modify(|tag| tag.retired = true);
        assert_eq!(office.offered_tags().iter().map(|tag| tag.id).collect::<Vec<_>>(), [REFUND]);
        assert_eq!(named(&office, "VAT"), Err(Refusal::RetiredTag { name: "vat".into() }));
        let missing = Permission::AdminGroups;
        assert_eq!(Tag::may_be_retired_by(&operator(ANA)), Err(Refusal::NotAllowed { missing }));
        assert_eq!(Tag::may_be_retired_by(&super_admin()), Ok(()));
    }

    #[test]
    fn a_word_is_short_and_not_nothing() {
        assert_eq!(named(&office(), " \u{200b}"), Err(Refusal::NoName));
        assert_eq!(named(&office(), &"x".repeat(41)), Err(Refusal::TagTooLong { most: 40 }));
        assert!(named(&office(), &"ä".repeat(40)).is_ok());
        let name = |n: usize| Tag { id: TagId::new(n as u128), name: n.to_string(), retired: false };
        let tags = (0..TAGS_AT_MOST).map(|n| (TagId::new(n as u128), name(n))).collect();
        let full = Office { tags, ..office() };
        assert_eq!(named(&full, "one more"), Err(Refusal::TooManyTags { most: TAGS_AT_MOST as u32 }));
    }
}
