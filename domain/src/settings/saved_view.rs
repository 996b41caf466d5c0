//! Saved views: filters under a name, for oneself, a group or everyone.

use serde::{Deserialize, Serialize};

use crate::audit::{Act, Deed, Subject};
use crate::contact::clean_name;
use crate::filter::Filter;
use crate::id::{AgentId, GroupId, SavedViewId};
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Views that one person may save: more would not be found again.
pub const SAVED_AT_MOST: usize = 50;

/// Things that a saved filter may ask for: it travels with the office to everybody who has it.
pub const ASKED_AT_MOST: usize = 100;

/// A filter under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    /// Made by who saves it.
    pub id: SavedViewId,
    /// What it is called.
    pub name: String,
    /// Who saved it.
    pub by: AgentId,
    /// Who has it.
    pub shared: Shared,
    /// What it holds; each finds in it what they may see.
    pub filter: Filter,
}

/// Who has a saved view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// Whoever saved it.
    Mine,
    /// The people of a group, and those without limits.
    Group(GroupId),
    /// All.
    Everyone,
}

impl Shared {
    /// Who has it, in words.
    pub fn told(self, office: &Office) -> String {
        match self {
            Shared::Mine => "Whoever added it".into(),
            Shared::Group(group) => office.group_name(group).into(),
            Shared::Everyone => "Everyone".into(),
        }
    }

    /// For whom that viewer may save one, each with its name.
    pub fn offers(office: &Office, viewer: &Viewer) -> Vec<(Shared, String)> {
        let groups = office.open_groups().filter(|group| viewer.in_scope(Some(group.id)));
        let mut groups: Vec<_> = groups.map(|group| (Shared::Group(group.id), group.name.clone())).collect();
        groups.sort_by(|one, other| one.1.cmp(&other.1));
        let everyone = viewer.may(Permission::Monitor).then(|| (Shared::Everyone, "Everyone".to_string()));
        std::iter::once((Shared::Mine, "Only me".to_string())).chain(groups).chain(everyone).collect()
    }
}

impl SavedView {
    /// What the audit log keeps where it became this. What is somebody's own stays theirs: it keeps the name alone.
    pub fn deed(&self, office: &Office, was: Option<&SavedView>) -> Deed {
        let act = if was.is_some() { Act::Changed } else { Act::Made };
        let has = |saved: &SavedView| saved.shared.told(office);
        let deed = Deed::new(act, Subject::SavedView, self.id, &*self.name)
            .value("Name", was.map_or(&self.name, |was| &was.name), &self.name)
            .value("Share with", was.map(has).unwrap_or_default(), has(self));
        match was {
            Some(was) if was.filter != self.filter => deed.value("Filter", "the former", "another"),
            _ => deed,
        }
    }

    /// The same where it is taken away.
    pub fn removal(&self) -> Deed {
        Deed::new(Act::Removed, Subject::SavedView, self.id, &*self.name)
    }

    /// Whether that viewer has it.
    pub fn is_for(&self, viewer: &Viewer) -> bool {
        let is_shared = match self.shared {
            Shared::Mine => false,
            Shared::Group(group) => viewer.in_scope(Some(group)),
            Shared::Everyone => true,
        };
        self.filter.view.open_to(viewer) && (is_shared || self.by == viewer.agent)
    }

    /// As it is stored: that viewer's, with a clean name.
    ///
    /// Errors: [`Refusal::NoName`]; [`Refusal::NoSuchGroup`] also where the group is not theirs;
    /// [`Refusal::FilterTooLong`]; [`Refusal::NotAllowed`] where it is for everyone and they do not monitor; [`Refusal::TooManySaved`].
    pub fn checked(self, office: &Office, viewer: &Viewer) -> Result<Self, Refusal> {
        let name = clean_name(&self.name);
        if name.is_empty() {
            return Err(Refusal::NoName);
        }
        match self.shared {
            Shared::Mine => {}
            Shared::Group(group) if office.has_group(group) && viewer.in_scope(Some(group)) => {}
            Shared::Group(_) => return Err(Refusal::NoSuchGroup),
            Shared::Everyone => viewer.must(Permission::Monitor)?,
        }
        if self.filter.n_asked() > ASKED_AT_MOST {
            return Err(Refusal::FilterTooLong { most: ASKED_AT_MOST as u32 });
        }
        let theirs = office.saved.values().filter(|saved| saved.by == viewer.agent && saved.id != self.id);
        if theirs.count() >= SAVED_AT_MOST {
            return Err(Refusal::TooManySaved { most: SAVED_AT_MOST as u32 });
        }
        Ok(Self { name, by: viewer.agent, ..self })
    }

    /// Whether that viewer may take it away: their own, or a shared one where they monitor.
    pub fn may_be_removed_by(&self, viewer: &Viewer) -> bool {
        let is_shared = self.shared != Shared::Mine && viewer.may(Permission::Monitor);
        self.by == viewer.agent || (is_shared && self.is_for(viewer))
    }
}

impl Office {
    /// The directory as that viewer has it: what others saved for themselves is not theirs to know.
    pub fn seen_by(&self, viewer: &Viewer) -> Self {
        let mut seen = self.clone();
        seen.saved.retain(|_, saved| saved.is_for(viewer));
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Level;
    use crate::view::View;
    use crate::worlds::*;

    fn saved(by: AgentId, shared: Shared) -> SavedView {
        let filter = Filter { priorities: [Level::Urgent].into(), ..Filter::of(View::Unassigned) };
        SavedView { id: SavedViewId::new(1), name: " Urgent  ones ".into(), by, shared, filter }
    }

    #[test]
    fn a_saved_view_is_for_oneself_for_a_group_or_for_everyone() {
        let has = |viewer: &Viewer, shared| saved(ANA, shared).is_for(viewer);
        let (ana, rita) = (operator(ANA), operator(RITA));
        assert!(has(&ana, Shared::Mine) && !has(&rita, Shared::Mine) && !has(&super_admin(), Shared::Mine));
        assert!(has(&ana, Shared::Group(BILLING)) && !has(&rita, Shared::Group(BILLING)));
        assert!(has(&super_admin(), Shared::Group(BILLING)));
        assert!(has(&rita, Shared::Everyone));
        // A tab that is not open to somebody is not opened by a view either.
        let all = SavedView { filter: Filter::of(View::All), ..saved(ZOE, Shared::Everyone) };
        assert!(all.is_for(&manager(ZOE)) && !all.is_for(&ana));
    }

    #[test]
    fn one_saves_for_ones_own_groups_and_for_everyone_by_right() {
        let check = |viewer: &Viewer, shared| saved(BEN, shared).checked(&office(), viewer);
        let mine = check(&operator(ANA), Shared::Mine).unwrap();
        assert_eq!((mine.name.as_str(), mine.by), ("Urgent ones", ANA));
        assert!(check(&operator(ANA), Shared::Group(BILLING)).is_ok());
        assert_eq!(check(&operator(ANA), Shared::Group(RETURNS)), Err(Refusal::NoSuchGroup));
        let missing = Permission::Monitor;
        assert_eq!(check(&operator(ANA), Shared::Everyone), Err(Refusal::NotAllowed { missing }));
        assert!(check(&manager(ZOE), Shared::Everyone).is_ok());
        let nameless = SavedView { name: "\u{200b} ".into(), ..saved(ANA, Shared::Mine) };
        assert_eq!(nameless.checked(&office(), &operator(ANA)), Err(Refusal::NoName));
    }

    #[test]
    fn what_is_offered_can_be_saved() {
        for viewer in [operator(ANA), agent(BEN), manager(ZOE), super_admin()] {
            for (shared, name) in Shared::offers(&office(), &viewer) {
                assert!(saved(viewer.agent, shared).checked(&office(), &viewer).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn a_view_is_removed_by_who_saved_it_or_where_it_is_shared_by_who_monitors() {
        for shared in [Shared::Mine, Shared::Group(BILLING), Shared::Everyone] {
            let view = saved(ANA, shared);
            assert!(view.may_be_removed_by(&operator(ANA)) && !view.may_be_removed_by(&agent(BEN)));
            assert_eq!(view.may_be_removed_by(&manager(ZOE)), shared != Shared::Mine);
        }
    }
}
