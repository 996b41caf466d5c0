//! Quick replies and note templates: texts under a shortcut, with places that are filled in where they are used.

use serde::{Deserialize, Serialize};

use super::saved_view::Shared;
use crate::audit::{Act, Deed, Subject};
use crate::contact::clean_name;
use crate::file::File;
use crate::group::Group;
use crate::id::{AgentId, QuickReplyId};
use crate::message::Words;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::search;
use crate::viewer::Viewer;

pub use variables::{Filled, Values, Variable};

mod variables;

/// Longest shortcut, in Unicode scalar values.
pub const SHORTCUT_MAX_CHARS: usize = 32;

/// Templates that one person may have: more would not be found again.
pub const REPLIES_AT_MOST: usize = 2_000;

/// Files that go along with one.
pub const FILES_AT_MOST: usize = 5;

/// What a template is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A reply to the customer.
    #[default]
    Reply,
    /// A whisper or a note.
    Note,
}

/// A text under a shortcut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuickReply {
    /// Made by who saves it.
    pub id: QuickReplyId,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is called.
    pub name: String,
    /// What is typed after `/`; without the stroke, in small letters.
    pub shortcut: String,
    /// **Category**: its title, which divides them by topic. May be empty.
    pub category: String,
    /// The text, with variables.
    pub text: String,
    /// What goes along with a reply, each as a message of its own.
    #[serde(default)]
    pub files: Vec<File>,
    /// Who added it.
    pub by: AgentId,
    /// Who has it.
    pub shared: Shared,
    /// How often it was used.
    #[serde(default)]
    pub uses: i64,
}

impl Purpose {
    /// What the audit log calls one.
    const fn subject(self) -> Subject {
        match self {
            Purpose::Reply => Subject::QuickReply,
            Purpose::Note => Subject::NoteTemplate,
        }
    }
}

impl QuickReply {
    /// What the audit log keeps where it became this. What is somebody's own stays theirs: it keeps the name alone.
    pub fn deed(&self, office: &Office, act: Act, was: Option<&QuickReply>) -> Deed {
        let deed = Deed::new(act, self.purpose.subject(), self.id, &*self.name);
        let is_shared = |reply: &&QuickReply| reply.shared != Shared::Mine;
        if self.shared == Shared::Mine {
            return match was {
                // That it was taken from others is told, and nothing of it.
                Some(was) if is_shared(&was) => {
                    deed.value("Share with", was.shared.told(office), self.shared.told(office))
                }
                Some(was) if QuickReply { uses: self.uses, ..was.clone() } != *self => {
                    deed.value("Text", "the former", "another")
                }
                Some(_) | None => deed,
            };
        }
        // Nor is what was theirs before they shared it.
        let was = was.filter(is_shared);
        let with = |deed: Deed, of: &str, field: fn(&QuickReply) -> &str| {
            deed.value(of, was.map(field).unwrap_or_default(), field(self))
        };
        let deed = with(deed, "Name", |reply| &reply.name);
        let deed = with(deed, "Shortcut", |reply| &reply.shortcut);
        let deed = with(deed, "Category", |reply| &reply.category);
        let deed = with(deed, "Message", |reply| &reply.text);
        let files = |reply: &QuickReply| reply.files.iter().map(|file| file.name.clone()).collect();
        deed.value(
            "Share with",
            was.map(|was| was.shared.told(office)).unwrap_or_default(),
            self.shared.told(office),
        )
        .set("Attachments", &was.map(files).unwrap_or_default(), &files(self), String::clone)
    }

    /// The same where it is taken away.
    pub fn removal(&self) -> Deed {
        Deed::new(Act::Removed, self.purpose.subject(), self.id, &*self.name)
    }

    /// For whom that viewer may add one, each with its name; the first is what a new one is. What a super-admin adds is for
    /// all, regardless of groups; what an operator adds is theirs.
    ///
    /// Where one has it already, its own is among them: a group that was deleted meanwhile keeps its replies.
    pub fn offers(office: &Office, viewer: &Viewer, held: Option<Shared>) -> Vec<(Shared, String)> {
        let mut offers = vec![(Shared::Mine, "Only me".to_string())];
        if viewer.may(Permission::QuickReplyGlobal) {
            let is_held = |group: &Group| held == Some(Shared::Group(group.id));
            let groups = office.groups.values().filter(|group| !group.retired || is_held(group));
            let groups = groups.filter(|group| viewer.in_scope(Some(group.id)));
            let mut groups: Vec<_> =
                groups.map(|group| (Shared::Group(group.id), group.name.clone())).collect();
            groups.sort_by(|one, other| one.1.cmp(&other.1));
            offers.extend(groups);
            let place = if viewer.super_admin { 0 } else { offers.len() };
            offers.insert(place, (Shared::Everyone, "Everyone".to_string()));
        }
        offers
    }

    /// Whether that viewer has it.
    pub fn is_for(&self, viewer: &Viewer) -> bool {
        let is_shared = match self.shared {
            Shared::Mine => false,
            Shared::Group(group) => viewer.in_scope(Some(group)),
            Shared::Everyone => true,
        };
        viewer.may(Permission::InboxOpen) && (is_shared || self.by == viewer.agent)
    }

    /// Whether that viewer may change it and take it away: their own, or a shared one where they may share.
    pub fn may_be_changed_by(&self, viewer: &Viewer) -> bool {
        let may_share = self.shared != Shared::Mine && viewer.may(Permission::QuickReplyGlobal);
        self.by == viewer.agent || (may_share && self.is_for(viewer))
    }

    /// As it is stored, beside `others` that the viewer has; with a clean name, shortcut and category.
    ///
    /// Errors: [`Refusal::NoName`]; [`Refusal::NoShortcut`]; [`Refusal::ShortcutTaken`]; [`Refusal::NoText`] and
    /// [`Refusal::TextTooLong`]; [`Refusal::NoSuchGroup`] also where the group is not theirs; [`Refusal::NotAllowed`]
    /// where they may not share; [`Refusal::TooManyReplies`]; [`Refusal::TooManyAttached`], also of a note template, which
    /// has none.
    pub fn checked<'q>(
        self,
        office: &Office,
        viewer: &Viewer,
        others: impl IntoIterator<Item = &'q QuickReply>,
    ) -> Result<Self, Refusal> {
        let name = clean_name(&self.name);
        if name.is_empty() {
            return Err(Refusal::NoName);
        }
        let shortcut = shortcut(&self.shortcut)?;
        Words::new(crate::id::MessageId::new(0), self.text.clone()).check()?;
        let most = if self.purpose == Purpose::Reply { FILES_AT_MOST } else { 0 };
        if self.files.len() > most {
            return Err(Refusal::TooManyAttached { most: most as u32 });
        }
        match self.shared {
            Shared::Mine => {}
            Shared::Group(group) => {
                viewer.must(Permission::QuickReplyGlobal)?;
                // One of a group that was deleted stays that group's.
                if !office.groups.contains_key(&group) || !viewer.in_scope(Some(group)) {
                    return Err(Refusal::NoSuchGroup);
                }
            }
            Shared::Everyone => viewer.must(Permission::QuickReplyGlobal)?,
        }
        let mut n_own = 0;
        for other in others.into_iter().filter(|other| other.id != self.id) {
            n_own += usize::from(other.by == viewer.agent);
            if other.purpose == self.purpose && other.shortcut == shortcut && other.is_for(viewer) {
                return Err(Refusal::ShortcutTaken { name: other.name.clone() });
            }
        }
        if n_own >= REPLIES_AT_MOST {
            return Err(Refusal::TooManyReplies { most: REPLIES_AT_MOST as u32 });
        }
        let text = self.text.replace('\0', "");
        Ok(Self { name, shortcut, category: clean_name(&self.category), text, ..self })
    }

    /// How well it fits what was typed after the stroke, the best first; `None` where it does not.
    fn fit(&self, typed: &str, words: &search::Words) -> Option<u8> {
        match typed {
            "" => Some(0),
            _ if self.shortcut == typed => Some(0),
            _ if self.shortcut.starts_with(typed) => Some(1),
            _ if words.is_empty() => None,
            _ if words.are_in(&self.name) => Some(2),
            _ if words.are_in(&self.category) => Some(3),
            _ => None,
        }
    }
}

/// Those that fit what was typed after the stroke, the best first, and of these the most used.
pub fn fitting<'q>(replies: &'q [QuickReply], purpose: Purpose, typed: &str) -> Vec<&'q QuickReply> {
    let (typed, words) = (typed.to_lowercase(), search::Words::of(typed));
    let mut fitting: Vec<_> = replies
        .iter()
        .filter(|reply| reply.purpose == purpose)
        .filter_map(|reply| Some((reply.fit(&typed, &words)?, -reply.uses, reply)))
        .collect();
    fitting.sort_by(|one, other| {
        (one.0, one.1, &one.2.name, one.2.id).cmp(&(other.0, other.1, &other.2.name, other.2.id))
    });
    fitting.into_iter().map(|(_, _, reply)| reply).collect()
}

/// A shortcut as it is stored: `/Hello` is `hello`.
fn shortcut(typed: &str) -> Result<String, Refusal> {
    let shortcut = clean_name(typed).to_lowercase();
    let shortcut = shortcut.trim_start_matches(['/', '\\']);
    let is_one_word = !shortcut.contains(char::is_whitespace);
    match shortcut.chars().count() {
        1..=SHORTCUT_MAX_CHARS if is_one_word => Ok(shortcut.to_string()),
        _ => Err(Refusal::NoShortcut { most: SHORTCUT_MAX_CHARS as u32 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::*;

    fn reply(n: u128, name: &str, shortcut: &str) -> QuickReply {
        QuickReply {
            id: QuickReplyId::new(n),
            purpose: Purpose::Reply,
            name: name.into(),
            shortcut: shortcut.into(),
            category: "Billing".into(),
            text: "Hello {{contact.first_name|there}}".into(),
            files: vec![],
            by: ANA,
            shared: Shared::Mine,
            uses: 0,
        }
    }

    // rule 003-24
    #[test]
    fn what_a_super_admin_adds_is_for_all_and_what_an_operator_adds_is_theirs() {
        let first = |viewer: &Viewer| QuickReply::offers(&office(), viewer, None)[0].0;
        assert_eq!(first(&super_admin()), Shared::Everyone);
        assert_eq!(first(&operator(ANA)), Shared::Mine);
        assert_eq!(
            QuickReply::offers(&office(), &operator(ANA), None).len(),
            1,
            "nothing else is theirs to give"
        );
        let everyones = QuickReply { shared: Shared::Everyone, ..reply(1, "Hello", "hello") };
        // Rita is of another group than Ana.
        assert!(everyones.is_for(&operator(RITA)) && !reply(1, "Hello", "hello").is_for(&operator(RITA)));
        let missing = Permission::QuickReplyGlobal;
        let refused = everyones.clone().checked(&office(), &operator(ANA), []);
        assert_eq!(refused, Err(Refusal::NotAllowed { missing }));
        for viewer in [operator(ANA), agent(BEN), manager(ZOE), super_admin()] {
            for (shared, name) in QuickReply::offers(&office(), &viewer, None) {
                let new = QuickReply { by: viewer.agent, shared, ..reply(1, "Hello", "hello") };
                assert!(new.checked(&office(), &viewer, []).is_ok(), "{name}");
            }
        }
    }

    // rule 002-17
    #[test]
    fn a_few_files_go_along_with_a_reply_and_none_with_a_note() {
        let file = |n: u128| File {
            id: crate::id::FileId::new(n),
            name: "prices.pdf".into(),
            media: crate::file::Media::Pdf,
            size_bytes: 8,
            pixels: None,
        };
        let with = |purpose: Purpose, n: u128| {
            let files = (0..n).map(file).collect();
            QuickReply { purpose, files, ..reply(1, "Prices", "prices") }.checked(
                &office(),
                &operator(ANA),
                [],
            )
        };
        assert_eq!(with(Purpose::Reply, 5).unwrap().files.len(), 5);
        assert_eq!(with(Purpose::Reply, 6), Err(Refusal::TooManyAttached { most: 5 }));
        assert!(with(Purpose::Note, 0).is_ok());
        assert_eq!(with(Purpose::Note, 1), Err(Refusal::TooManyAttached { most: 0 }));
    }

    // rule 002-17
    #[test]
    fn a_template_has_a_name_a_shortcut_a_category_and_a_message() {
        let check = |reply: QuickReply| reply.checked(&office(), &operator(ANA), []);
        let kept = check(QuickReply { category: " Money \u{200b}".into(), ..reply(1, " Hello ", "/Hello") });
        let kept = kept.unwrap();
        assert_eq!(
            (kept.name.as_str(), kept.shortcut.as_str(), kept.category.as_str()),
            ("Hello", "hello", "Money")
        );
        assert_eq!(check(reply(1, " ", "hello")), Err(Refusal::NoName));
        for none in ["", "/", "two words", &"x".repeat(33)] {
            assert_eq!(check(reply(1, "Hello", none)), Err(Refusal::NoShortcut { most: 32 }), "{none}");
        }
        assert_eq!(
            check(QuickReply { text: " ".into(), ..reply(1, "Hello", "hello") }),
            Err(Refusal::NoText)
        );
    }

    #[test]
    fn a_shortcut_means_one_thing_to_whoever_types_it() {
        let known = [reply(1, "Hello", "hello"), QuickReply { by: RITA, ..reply(2, "Hi", "hi") }];
        let check = |new: QuickReply| new.checked(&office(), &operator(ANA), &known);
        assert_eq!(check(reply(3, "Other", "HELLO")), Err(Refusal::ShortcutTaken { name: "Hello".into() }));
        assert!(check(reply(1, "Hello again", "hello")).is_ok(), "saved anew");
        assert!(check(reply(3, "Hi", "hi")).is_ok(), "what only another has is not in the way");
        assert!(check(QuickReply { purpose: Purpose::Note, ..reply(3, "Note", "hello") }).is_ok());
    }

    // rule 003-25
    #[test]
    fn they_are_found_by_shortcut_name_and_title() {
        let mut all = vec![
            reply(1, "Refund sent", "sent"),
            reply(2, "Sending costs", "costs"),
            QuickReply { category: "Sendings".into(), ..reply(3, "Lost parcel", "lost") },
            QuickReply { uses: 7, ..reply(4, "Sender address", "address") },
            QuickReply { purpose: Purpose::Note, ..reply(5, "Send", "send") },
        ];
        let found = |all: &[QuickReply], typed: &str| -> Vec<u128> {
            fitting(all, Purpose::Reply, typed).iter().map(|reply| reply.id.bits()).collect()
        };
        assert_eq!(found(&all, "sen"), [1, 4, 2, 3], "shortcut, then names by use, then titles");
        assert_eq!(found(&all, ""), [4, 3, 1, 2], "the most used first");
        assert_eq!(found(&all, "nothing"), [] as [u128; 0]);
        assert_eq!(found(&all, "!"), [] as [u128; 0]);
        all[0].shortcut = "costs2".into();
        assert_eq!(found(&all, "costs"), [2, 1], "the shortcut itself is the first");
    }

    // rule 003-26
    #[test]
    fn they_are_changed_and_deleted_by_who_added_them_or_who_may_share() {
        let shared = QuickReply { shared: Shared::Everyone, ..reply(1, "Hello", "hello") };
        assert!(shared.may_be_changed_by(&operator(ANA)) && shared.may_be_changed_by(&manager(ZOE)));
        assert!(!shared.may_be_changed_by(&agent(BEN)));
        assert!(
            !reply(1, "Hello", "hello").may_be_changed_by(&manager(ZOE)),
            "what is only somebody's is theirs"
        );
    }
}
