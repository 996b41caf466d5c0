//! The audit log: who set what, in the words of that moment, so that it can be read when what it names is gone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::conversation::Event;
use crate::id::AgentId;
use crate::time::Timestamp;
use crate::viewer::By;

/// Records that are read at once.
pub const RECORDS: usize = 50;

/// Longest text that a record keeps of a value, in Unicode scalar values.
pub const VALUE_MAX_CHARS: usize = 2_000;

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($variant:ident $key:literal $word:literal)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs)] // each says its word in `word`
        pub enum $name { $($variant,)* }

        impl $name {
            /// All of them, in the order of the page.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// Its stable name, in addresses and exports.
            pub const fn key(self) -> &'static str {
                match self { $($name::$variant => $key,)* }
            }

            /// How a sentence says it.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The one of that key, if there is one.
            pub fn of_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.key() == key)
            }
        }
    };
}

words! {
    /// What was done to it.
    Act {
        Made "made" "added"
        Changed "changed" "changed"
        Removed "removed" "deleted"
        Retired "retired" "retired"
        BroughtBack "brought_back" "brought back"
        Ended "ended" "ended"
        Accepted "accepted" "accepted"
        Disabled "disabled" "disabled"
        Enabled "enabled" "enabled"
    }
}

words! {
    /// What it was done to.
    Subject {
        Person "person" "the person"
        Invitation "invitation" "the invitation of"
        Role "role" "the role"
        Group "group" "the group"
        Profile "profile" "the profile of"
        Session "session" "the session"
        Password "password" "the password"
        Tag "tag" "the tag"
        QuickReply "quick_reply" "the quick reply"
        NoteTemplate "note_template" "the note template"
        SavedView "saved_view" "the saved view"
        Chat "chat" "the chat"
        Feature "feature" "the feature"
        Workspace "workspace" "the workspace"
    }
}

/// What differs between before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A value.
    Value {
        /// The field, as the page calls it.
        of: String,
        /// What stood there. Empty: nothing.
        was: String,
        /// What stands there.
        now: String,
    },
    /// A set.
    Set {
        /// The field, as the page calls it.
        of: String,
        /// What came into it.
        added: Vec<String>,
        /// What went out of it.
        removed: Vec<String>,
    },
}

/// What somebody did to something that is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// What was done.
    pub act: Act,
    /// To what kind of thing.
    pub subject: Subject,
    /// Which.
    pub id: String,
    /// What it was called then.
    pub name: String,
    /// What differs.
    pub changes: Vec<Change>,
}

/// A deed in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its place: they rise by one, without gaps.
    pub n: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// What; nothing where a newer version wrote it.
    pub deed: Option<Deed>,
}

/// A movement of a conversation in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Movement {
    /// Its place in the log.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// The conversation's number.
    pub number: i64,
    /// The name of its client.
    pub client: String,
    /// What; nothing where a newer version wrote it.
    pub event: Option<Event>,
}

/// Movements, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Movements {
    /// Those that the viewer may see, of the part of the log that was looked through.
    pub found: Vec<Movement>,
    /// Where to go on; nothing at the end.
    pub before: Option<i64>,
}

/// Which records are asked for, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// By whom. Nothing: by anybody.
    pub by: Option<AgentId>,
    /// About what; of deeds only. Nothing: about anything.
    pub subject: Option<Subject>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Only those before that place.
    pub before: Option<i64>,
}

impl Subject {
    /// What a list calls it: "Note template".
    pub fn title(self) -> String {
        let noun = self.word().trim_start_matches("the ").trim_end_matches(" of");
        let first = noun.chars().next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(noun.chars().skip(1)).collect()
    }
}

impl Deed {
    /// What somebody did, without what differs yet.
    pub fn new(act: Act, subject: Subject, id: impl ToString, name: impl Into<String>) -> Self {
        Self { act, subject, id: id.to_string(), name: name.into(), changes: vec![] }
    }

    /// And a value that may differ.
    pub fn value(mut self, of: &str, was: impl ToString, now: impl ToString) -> Self {
        let (was, now) = (was.to_string(), now.to_string());
        if was != now {
            let [was, now] = [was, now].map(|text| text.chars().take(VALUE_MAX_CHARS).collect());
            self.changes.push(Change::Value { of: of.to_owned(), was, now });
        }
        self
    }

    /// And a set that may differ; `name` says what its members are called.
    pub fn set<T: Ord>(
        mut self,
        of: &str,
        was: &BTreeSet<T>,
        now: &BTreeSet<T>,
        name: impl Fn(&T) -> String,
    ) -> Self {
        let named = |one: &BTreeSet<T>, other: &BTreeSet<T>| {
            let mut names: Vec<String> = one.difference(other).map(&name).collect();
            names.sort();
            names
        };
        let (added, removed) = (named(now, was), named(was, now));
        if !added.is_empty() || !removed.is_empty() {
            self.changes.push(Change::Set { of: of.to_owned(), added, removed });
        }
        self
    }

    /// Whether nothing came of it.
    pub fn is_nothing(&self) -> bool {
        self.act == Act::Changed && self.changes.is_empty()
    }

    /// Whether the address of somebody stands in it who may never have worked here: it can have to be erased.
    pub fn names_an_address(&self) -> bool {
        self.subject == Subject::Invitation
    }

    /// It as a clause that follows a name: "changed the role “Night shift”".
    pub fn sentence(&self) -> String {
        let Self { act, subject, id: _, name, changes: _ } = self;
        match name.is_empty() {
            true => format!("{} {}", act.word(), subject.word()),
            false => format!("{} {} “{name}”", act.word(), subject.word()),
        }
    }
}

impl Change {
    /// It as a sentence: "Rights: added archive conversations; took away close conversations".
    pub fn sentence(&self) -> String {
        match self {
            Change::Value { of, was, now } if was.is_empty() => format!("{of}: “{now}”"),
            Change::Value { of, was, now } if now.is_empty() => format!("{of}: “{was}” was taken away"),
            Change::Value { of, was, now } => format!("{of}: “{was}” became “{now}”"),
            Change::Set { of, added, removed } => {
                let parts = [("added", added), ("took away", removed)];
                let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
                let parts: Vec<String> =
                    parts.map(|(verb, names)| format!("{verb} {}", names.join(", "))).collect();
                format!("{of}: {}", parts.join("; "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_says_what_differs_and_nothing_else() {
        let deed = Deed::new(Act::Changed, Subject::Role, 7, "Night shift")
            .value("Name", "Late shift", "Night shift")
            .value("Colour", "red", "red")
            .set("Rights", &["close", "reply"].into(), &["archive", "reply"].into(), |right| {
                right.to_string()
            });
        assert_eq!(deed.sentence(), "changed the role “Night shift”");
        let sentences: Vec<String> = deed.changes.iter().map(Change::sentence).collect();
        assert_eq!(
            sentences,
            ["Name: “Late shift” became “Night shift”", "Rights: added archive; took away close"]
        );
        assert!(!deed.is_nothing());
    }

    #[test]
    fn a_save_that_changes_nothing_is_no_deed() {
        let same = Deed::new(Act::Changed, Subject::Tag, 1, "VAT").value("Name", "VAT", "VAT");
        assert!(same.is_nothing());
        assert!(!Deed::new(Act::Removed, Subject::Tag, 1, "VAT").is_nothing());
    }

    #[test]
    fn a_long_value_is_kept_in_part() {
        let deed = Deed::new(Act::Made, Subject::QuickReply, 1, "Hi").value("Message", "", "x".repeat(5_000));
        let Change::Value { now, .. } = &deed.changes[0] else { panic!("{deed:?}") };
        assert_eq!(now.len(), VALUE_MAX_CHARS);
    }

    #[test]
    fn every_key_names_its_word() {
        assert!(Act::ALL.iter().all(|act| Act::of_key(act.key()) == Some(*act)));
        assert_eq!(
            (Subject::NoteTemplate.title(), Subject::Profile.title()),
            ("Note template".into(), "Profile".into())
        );
        assert!(Subject::ALL.iter().all(|subject| Subject::of_key(subject.key()) == Some(*subject)));
    }
}
