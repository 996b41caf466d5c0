//! Roles: named sets of rights. Whoever manages them gives no right that they do not hold themselves, and does not take away
//! their own right to manage them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::changed;
use crate::audit::{Act, Deed, Subject};
use crate::contact::clean_name;
use crate::id::{AgentId, GroupId, RoleId};
use crate::office::{Office, Role};
use crate::permission::{Permission, Permissions};
use crate::refusal::{Field, Refusal};
use crate::viewer::Viewer;

/// Longest name of a role or a group, in Unicode scalar values.
pub const NAME_MAX_CHARS: usize = 60;

/// Roles of one workspace.
pub const ROLES_AT_MOST: usize = 100;

/// A role as its editor wants it to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    /// Its id.
    pub id: RoleId,
    /// Its name on the screen.
    pub name: String,
    /// What it holds.
    pub permissions: Permissions,
    /// As its editor found it; none: it is new.
    pub was: Option<Role>,
}

/// What a change makes of somebody's rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Who.
    pub agent: AgentId,
    /// What they may do then, and may not now.
    pub gains: Vec<Permission>,
    /// What they may do now, and not then.
    pub loses: Vec<Permission>,
    /// The groups that they are limited to then, where those are others than now. Empty: no limits.
    pub groups: Option<BTreeSet<GroupId>>,
}

impl RoleChange {
    /// A role as it is, to be changed.
    pub fn of(role: &Role) -> Self {
        let Role { id, name, permissions, .. } = role.clone();
        Self { id, name, permissions, was: Some(role.clone()) }
    }

    /// A new role that holds what another does, without what the viewer may not give.
    pub fn copy_of(role: &Role, id: RoleId, viewer: &Viewer) -> Self {
        let permissions = role.permissions.intersection(&viewer.permissions).copied().collect();
        Self { id, name: format!("{} (copy)", role.name), permissions, was: None }
    }

    /// The role that comes of it. What another changed meanwhile stays, unless both changed the same.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::NoSuchRole`]; [`Refusal::SuperAdminRole`]; [`Refusal::NoName`];
    /// [`Refusal::NameTooLong`]; [`Refusal::NameTaken`]; [`Refusal::ChangedMeanwhile`]; [`Refusal::NotYoursToGive`];
    /// [`Refusal::OutsideYourGroups`] of whoever is limited to groups; [`Refusal::LocksYouOut`]; [`Refusal::ChannelWithoutGroup`];
    /// [`Refusal::TooManyRoles`].
    pub fn checked(self, office: &Office, viewer: &Viewer) -> Result<Role, Refusal> {
        viewer.must(Permission::AdminRoles)?;
        // A role is everybody's who has it, also beyond one's own groups.
        if !viewer.super_admin && !viewer.groups.is_empty() {
            return Err(Refusal::OutsideYourGroups);
        }
        let Self { id, name, permissions, was } = self;
        let now = office.roles.get(&id);
        if now.is_some_and(|now| now.super_admin) {
            return Err(Refusal::SuperAdminRole);
        }
        let others = office.roles.values().filter(|role| role.id != id).map(|role| &*role.name);
        let role = match (was, now) {
            (Some(was), Some(now)) => Role {
                id,
                name: match clean_name(&name) == was.name {
                    true => now.name.clone(),
                    false => changed(Field::Name, &was.name, name_of(&name, others)?, &now.name)?,
                },
                permissions: merged(&was.permissions, &permissions, &now.permissions),
                super_admin: false,
            },
            (None, now) => {
                let role = Role { id, name: name_of(&name, others)?, permissions, super_admin: false };
                match now {
                    // Saved twice, it is there already; another may have changed it by then.
                    Some(now) if *now != role => {
                        return Err(Refusal::ChangedMeanwhile { field: Field::Role, now: now.name.clone() });
                    }
                    Some(_) => return Ok(role),
                    None => role,
                }
            }
            (Some(_), None) => return Err(Refusal::NoSuchRole),
        };
        let held = now.map(|now| now.permissions.clone()).unwrap_or_default();
        let mut moved = role.permissions.symmetric_difference(&held);
        if let Some(permission) = moved.find(|permission| !viewer.may(**permission)) {
            return Err(Refusal::NotYoursToGive { permission: *permission });
        }
        let after = office.with_role(role.clone());
        after.keeps(office, viewer.agent, Permission::AdminRoles)?;
        after.has_no_orphans(office)?;
        match now.is_none() && office.roles.len() >= ROLES_AT_MOST {
            true => Err(Refusal::TooManyRoles { most: ROLES_AT_MOST as u32 }),
            false => Ok(role),
        }
    }
}

impl Role {
    /// What the audit log keeps where it became this.
    pub fn deed(&self, was: Option<&Role>) -> Deed {
        let act = if was.is_some() { Act::Changed } else { Act::Made };
        let held = was.map(|was| was.permissions.clone()).unwrap_or_default();
        Deed::new(act, Subject::Role, self.id, &*self.name)
            .value("Name", was.map_or(&self.name, |was| &was.name), &self.name)
            .set("Rights", &held, &self.permissions, |right| right.may().to_owned())
    }

    /// The same where it is deleted.
    pub fn removal(&self) -> Deed {
        Deed::new(Act::Removed, Subject::Role, self.id, &*self.name)
    }

    /// Whether that viewer may delete it.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::SuperAdminRole`]; [`Refusal::RoleInUse`].
    pub fn may_be_removed_by(&self, office: &Office, viewer: &Viewer) -> Result<(), Refusal> {
        viewer.must(Permission::AdminRoles)?;
        if !viewer.super_admin && !viewer.groups.is_empty() {
            return Err(Refusal::OutsideYourGroups);
        }
        if self.super_admin {
            return Err(Refusal::SuperAdminRole);
        }
        match office.holders(self.id) {
            0 => Ok(()),
            n => Err(Refusal::RoleInUse { n: n as u32 }),
        }
    }
}

impl Office {
    /// The same with that role in it.
    pub fn with_role(&self, role: Role) -> Office {
        let mut office = self.clone();
        office.roles.insert(role.id, role);
        office
    }

    /// Whether somebody still holds that right, where this was made of that office.
    ///
    /// Errors: [`Refusal::LocksYouOut`].
    pub fn keeps(&self, before: &Office, agent: AgentId, permission: Permission) -> Result<(), Refusal> {
        let holds = |office: &Office| office.viewer(agent).is_some_and(|viewer| viewer.may(permission));
        if holds(before) && !holds(self) { Err(Refusal::LocksYouOut { permission }) } else { Ok(()) }
    }

    /// How many people have that role.
    pub fn holders(&self, role: RoleId) -> usize {
        self.agents.values().filter(|agent| agent.roles.contains(&role)).count()
    }

    /// What becomes of everybody's rights where this becomes that office, by name.
    pub fn effects(&self, then: &Office) -> Vec<Effect> {
        let effect = |agent: &AgentId| {
            let rights =
                |office: &Office| office.viewer(*agent).map(|viewer| viewer.permissions).unwrap_or_default();
            let (before, after) = (rights(self), rights(then));
            let limits = |office: &Office| {
                let viewer = office.viewer(*agent)?;
                Some(if viewer.super_admin { BTreeSet::new() } else { viewer.groups })
            };
            let gains: Vec<_> = after.difference(&before).copied().collect();
            let loses: Vec<_> = before.difference(&after).copied().collect();
            let groups = limits(then).filter(|after| limits(self).is_some_and(|before| before != *after));
            let is_none = gains.is_empty() && loses.is_empty() && groups.is_none();
            (!is_none).then_some(Effect { agent: *agent, gains, loses, groups })
        };
        let mut effects: Vec<Effect> = self.agents.keys().filter_map(effect).collect();
        effects.sort_by_key(|effect| self.name_of(effect.agent).to_lowercase());
        effects
    }
}

/// A name that is one, and nobody else's.
///
/// Errors: [`Refusal::NoName`]; [`Refusal::NameTooLong`]; [`Refusal::NameTaken`].
pub fn name_of<'n>(name: &str, others: impl IntoIterator<Item = &'n str>) -> Result<String, Refusal> {
    let name = clean_name(name);
    if name.is_empty() {
        return Err(Refusal::NoName);
    }
    if name.chars().count() > NAME_MAX_CHARS {
        return Err(Refusal::NameTooLong { most: NAME_MAX_CHARS as u32 });
    }
    match others.into_iter().find(|other| other.to_lowercase() == name.to_lowercase()) {
        Some(other) => Err(Refusal::NameTaken { name: other.to_owned() }),
        None => Ok(name),
    }
}

/// A set as two made of it who both began with the same: what either put in is in, and what either took out is out.
pub fn merged<T: Ord + Clone>(was: &BTreeSet<T>, wanted: &BTreeSet<T>, now: &BTreeSet<T>) -> BTreeSet<T> {
    let is_in = |it: &&T| wanted.contains(it) && now.contains(it) || !was.contains(it);
    wanted.union(now).filter(is_in).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::permission::Preset;
    use crate::worlds::*;

    const NEW: RoleId = RoleId::new(77);

    fn new(name: &str, permissions: &[Permission]) -> RoleChange {
        RoleChange {
            id: NEW,
            name: name.into(),
            permissions: permissions.iter().copied().collect(),
            was: None,
        }
    }

    fn preset(office: &Office, preset: Preset) -> Role {
        office.roles.values().find(|role| role.name == preset.name()).unwrap().clone()
    }

    // rule 003-51
    #[test]
    fn a_role_is_made_copied_and_changed_by_whoever_manages_roles() {
        let office = office();
        let role =
            new("  Night   shift ", &[Permission::InboxOpen]).checked(&office, &super_admin()).unwrap();
        assert_eq!((role.name.as_str(), role.super_admin), ("Night shift", false));
        let manager = preset(&office, Preset::Manager);
        let copy = RoleChange::copy_of(&manager, NEW, &super_admin());
        assert_eq!(copy.checked(&office, &super_admin()).unwrap().permissions, manager.permissions);
        let mut change = RoleChange::of(&manager);
        change.permissions.remove(&Permission::Monitor);
        assert!(!change.checked(&office, &super_admin()).unwrap().permissions.contains(&Permission::Monitor));

        let missing = Permission::AdminRoles;
        let by = |viewer: &Viewer| new("Night shift", &[]).checked(&office, viewer);
        assert_eq!(by(&operator(ANA)), Err(Refusal::NotAllowed { missing }));
        assert_eq!(by(&viewer(ZOE, Preset::BusinessAdmin)), Err(Refusal::NotAllowed { missing }));
    }

    #[test]
    fn a_name_is_short_and_of_one_role() {
        let named = |name: &str| new(name, &[]).checked(&office(), &super_admin());
        assert_eq!(named(" \u{200b}"), Err(Refusal::NoName));
        assert_eq!(named(&"x".repeat(61)), Err(Refusal::NameTooLong { most: 60 }));
        assert_eq!(named("manager"), Err(Refusal::NameTaken { name: "Manager".into() }));
    }

    // rule 003-51
    #[test]
    fn nobody_gives_what_they_do_not_hold_or_takes_the_key_from_themselves() {
        let mut office = office();
        let keeper = new("Keeper", &[Permission::AdminRoles]).checked(&office, &super_admin()).unwrap();
        office.roles.insert(NEW, keeper.clone());
        office.agents.entry(ANA).and_modify(|ana| {
            ana.roles.insert(NEW);
            ana.groups.clear();
        });
        let ana = office.viewer(ANA).unwrap();
        let permission = Permission::Monitor;
        let more = RoleChange { id: RoleId::new(78), ..new("Spy", &[permission]) };
        assert_eq!(more.checked(&office, &ana), Err(Refusal::NotYoursToGive { permission }));
        let manager = preset(&office, Preset::Manager);
        // What is in it already she does not give.
        assert!(
            RoleChange { name: "Lead".into(), ..RoleChange::of(&manager) }.checked(&office, &ana).is_ok()
        );
        assert!(!RoleChange::copy_of(&manager, RoleId::new(78), &ana).permissions.contains(&permission));

        let mut less = RoleChange::of(&manager);
        less.permissions.remove(&permission);
        assert_eq!(less.checked(&office, &ana), Err(Refusal::NotYoursToGive { permission }), "or takes it");
        let limited = Viewer { groups: [BILLING].into(), ..ana.clone() };
        let own = RoleChange { id: RoleId::new(78), ..new("Own", &[]) };
        assert_eq!(own.checked(&office, &limited), Err(Refusal::OutsideYourGroups));

        let without = RoleChange { permissions: [].into(), ..RoleChange::of(&keeper) };
        let permission = Permission::AdminRoles;
        assert_eq!(without.clone().checked(&office, &ana), Err(Refusal::LocksYouOut { permission }));
        assert!(without.checked(&office, &super_admin()).is_ok());
        let highest = preset(&office, Preset::SuperAdmin);
        let stripped = RoleChange { permissions: [].into(), ..RoleChange::of(&highest) };
        assert_eq!(stripped.checked(&office, &super_admin()), Err(Refusal::SuperAdminRole));
        assert_eq!(highest.may_be_removed_by(&office, &super_admin()), Err(Refusal::SuperAdminRole));
        assert_eq!(keeper.may_be_removed_by(&office, &super_admin()), Err(Refusal::RoleInUse { n: 1 }));
    }

    #[test]
    fn two_who_change_a_role_at_once_keep_what_both_did_unless_it_is_the_same_word() {
        let mut office = office();
        let found = preset(&office, Preset::Manager);
        let mut mine = RoleChange::of(&found);
        mine.permissions.remove(&Permission::Reports);
        let theirs = office.roles.get_mut(&found.id).unwrap();
        theirs.name = "Lead".into();
        theirs.permissions.insert(Permission::AdminSla);
        let both = mine.clone().checked(&office, &super_admin()).unwrap();
        assert_eq!(both.name, "Lead");
        assert!(both.permissions.contains(&Permission::AdminSla));
        assert!(!both.permissions.contains(&Permission::Reports));
        mine.name = "Boss".into();
        let refused = mine.checked(&office, &super_admin());
        assert_eq!(refused, Err(Refusal::ChangedMeanwhile { field: Field::Name, now: "Lead".into() }));
        // A name that one did not touch is nobody else's business.
        let other = Role { id: NEW, name: found.name.clone(), permissions: [].into(), super_admin: false };
        office.roles.insert(NEW, other.clone());
        assert_eq!(RoleChange::of(&found).checked(&office, &super_admin()).unwrap().name, "Lead");
        // The same new role saved twice is one, unless somebody has changed it by then.
        let again = RoleChange { was: None, name: "Manager".into(), ..RoleChange::of(&other) };
        assert_eq!(again.clone().checked(&office, &super_admin()), Ok(other));
        office.roles.entry(NEW).and_modify(|role| role.name = "Other".into());
        let refused = Refusal::ChangedMeanwhile { field: Field::Role, now: "Other".into() };
        assert_eq!(again.checked(&office, &super_admin()), Err(refused));
        office.roles.remove(&found.id);
        assert_eq!(RoleChange::of(&found).checked(&office, &super_admin()), Err(Refusal::NoSuchRole));
    }

    // rule 003-51
    #[test]
    fn it_is_said_before_for_whom_what_changes() {
        let office = office();
        let mut operators = preset(&office, Preset::Operator);
        operators.permissions.remove(&Permission::Resolve);
        operators.permissions.insert(Permission::Reports);
        let effects = office.effects(&office.with_role(operators));
        let who: Vec<_> = effects.iter().map(|effect| office.name_of(effect.agent)).collect();
        assert_eq!(who, ["Ana", "Rita"], "whoever is disabled has no rights");
        assert_eq!(
            (&*effects[0].gains, &*effects[0].loses),
            (&[Permission::Reports][..], &[Permission::Resolve][..])
        );
    }

    proptest! {
        #[test]
        fn more_rights_in_a_role_never_take_a_right_away(n in 0..Permission::ALL.len(), role in 0_usize..9) {
            let office = office();
            let role = office.roles.values().nth(role % office.roles.len()).unwrap();
            let mut more = role.clone();
            more.permissions.insert(Permission::ALL[n]);
            for effect in office.effects(&office.with_role(more)) {
                prop_assert!(effect.loses.is_empty());
            }
        }
    }
}
