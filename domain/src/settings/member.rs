//! What somebody of the team may do, where and how well. Whoever manages people gives no right that they do not hold
//! themselves, and nobody takes the last way in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::role::merged;
use crate::audit::{Act, Deed, Subject};
use crate::contact::clean_name;
use crate::id::{AgentId, GroupId, RoleId};
use crate::office::{Agent, Office};
use crate::permission::Permission;
use crate::refusal::{Field, Refusal};
use crate::viewer::Viewer;

/// Skills of one person.
pub const SKILLS_AT_MOST: usize = 20;

/// Conversations that somebody may be given by themselves.
pub const CAPACITY_AT_MOST: u32 = 500;

/// Longest skill, in Unicode scalar values.
pub const SKILL_MAX_CHARS: usize = 40;

/// What of somebody is managed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The roles they hold.
    pub roles: BTreeSet<RoleId>,
    /// The groups they are limited to. Empty: no limits.
    pub groups: BTreeSet<GroupId>,
    /// What they know best.
    pub skills: BTreeSet<String>,
    /// How many active conversations they are given by themselves. Nothing: as many as come.
    #[serde(default)]
    pub capacity: Option<u32>,
}

/// Somebody as whoever manages people wants them to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    /// Who.
    pub agent: AgentId,
    /// What of them.
    pub member: Member,
    /// As it was found.
    pub was: Member,
}

impl Agent {
    /// What of them is managed.
    pub fn member(&self) -> Member {
        let Agent { roles, groups, skills, capacity, .. } = self.clone();
        Member { roles, groups, skills: skills.into_iter().collect(), capacity }
    }
}

impl Member {
    /// What the audit log keeps where that of somebody became this.
    pub fn deed(&self, office: &Office, agent: AgentId, was: &Member) -> Deed {
        let said = |capacity: Option<u32>| capacity.map(|capacity| capacity.to_string()).unwrap_or_default();
        let role =
            |role: &RoleId| office.roles.get(role).map_or("a former role", |role| &role.name).to_owned();
        Deed::new(Act::Changed, Subject::Person, agent, office.name_of(agent))
            .set("Roles", &was.roles, &self.roles, role)
            .set("Groups", &was.groups, &self.groups, |group| office.group_name(*group).to_owned())
            .set("Skills", &was.skills, &self.skills, String::clone)
            .value("Capacity", said(was.capacity), said(self.capacity))
    }

    /// Skills as they are typed: separated by commas.
    pub fn skills_of(typed: &str) -> BTreeSet<String> {
        typed.split(',').map(clean_name).filter(|skill| !skill.is_empty()).collect()
    }
}

impl MemberChange {
    /// Somebody as they are, to be changed.
    pub fn of(agent: &Agent) -> Self {
        Self { agent: agent.id, member: agent.member(), was: agent.member() }
    }

    /// What comes of it. What another changed meanwhile stays.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::Missing`]; [`Refusal::NoSuchRole`]; [`Refusal::NoSuchGroup`];
    /// [`Refusal::NoCapacity`]; [`Refusal::ChangedMeanwhile`]; [`Refusal::ChannelWithoutGroup`];
    /// [`Refusal::TooManySkills`]; [`Refusal::SkillTooLong`]; [`Refusal::SuperAdminsOnly`]; [`Refusal::NotYoursToGive`];
    /// [`Refusal::OutsideYourGroups`]; [`Refusal::LastSuperAdmin`]; [`Refusal::LocksYouOut`].
    pub fn checked(self, office: &Office, viewer: &Viewer) -> Result<Member, Refusal> {
        let agent = self.agent;
        let member = self.allowed(office, viewer)?;
        office.with_member(agent, member.clone()).has_no_orphans(office)?;
        Ok(member)
    }

    /// The same where what else changes with it says whether all is still seen by somebody.
    ///
    /// Errors: those of [`MemberChange::checked`] but [`Refusal::ChannelWithoutGroup`].
    pub(super) fn allowed(self, office: &Office, viewer: &Viewer) -> Result<Member, Refusal> {
        viewer.must(Permission::AdminUsers)?;
        let Self { agent, member, was } = self;
        let now = office.agents.get(&agent).ok_or(Refusal::Missing)?.member();
        let wanted_free = member.groups.is_empty();
        let member = Member {
            roles: merged(&was.roles, &member.roles, &now.roles),
            groups: merged(&was.groups, &member.groups, &now.groups),
            skills: merged(&was.skills, &member.skills, &now.skills),
            capacity: match (member.capacity, was.capacity, now.capacity) {
                (wanted, was, now) if wanted == was || wanted == now => now,
                (wanted, was, now) if now == was => wanted,
                (_, _, now) => {
                    let now = now.map_or("as many as come".into(), |now| now.to_string());
                    return Err(Refusal::ChangedMeanwhile { field: Field::Capacity, now });
                }
            },
        };
        if member.capacity.is_some_and(|capacity| !(1..=CAPACITY_AT_MOST).contains(&capacity)) {
            return Err(Refusal::NoCapacity { most: CAPACITY_AT_MOST });
        }
        // Two limits that are put together are not none.
        if member.groups.is_empty() != wanted_free {
            let mut names: Vec<&str> = now.groups.iter().map(|group| office.group_name(*group)).collect();
            names.sort_unstable();
            let now = if names.is_empty() { "all of them".into() } else { names.join(", ") };
            return Err(Refusal::ChangedMeanwhile { field: Field::Groups, now });
        }
        if member.skills.len() > SKILLS_AT_MOST {
            return Err(Refusal::TooManySkills { most: SKILLS_AT_MOST as u32 });
        }
        if member.skills.iter().any(|skill| skill.chars().count() > SKILL_MAX_CHARS) {
            return Err(Refusal::SkillTooLong { most: SKILL_MAX_CHARS as u32 });
        }
        if !member.groups.iter().all(|group| office.has_group(*group) || now.groups.contains(group)) {
            return Err(Refusal::NoSuchGroup);
        }
        may_give(office, viewer, &now, &member)?;
        let after = office.with_member(agent, member.clone());
        if !after.agents.keys().any(|agent| after.viewer(*agent).is_some_and(|viewer| viewer.super_admin)) {
            return Err(Refusal::LastSuperAdmin);
        }
        after.keeps(office, viewer.agent, Permission::AdminUsers)?;
        Ok(member)
    }
}

/// Whether that viewer may make this of somebody who was that.
///
/// Errors: [`Refusal::NoSuchRole`]; [`Refusal::SuperAdminsOnly`]; [`Refusal::NotYoursToGive`]; [`Refusal::OutsideYourGroups`].
pub(super) fn may_give(
    office: &Office,
    viewer: &Viewer,
    now: &Member,
    member: &Member,
) -> Result<(), Refusal> {
    let is_super = |role: &RoleId| office.roles.get(role).is_some_and(|role| role.super_admin);
    if viewer.super_admin {
        return match member.roles.iter().all(|role| office.roles.contains_key(role)) {
            true => Ok(()),
            false => Err(Refusal::NoSuchRole),
        };
    }
    // Who stands above is not theirs to change.
    if now.roles.iter().chain(&member.roles).any(is_super) && now != member {
        return Err(Refusal::SuperAdminsOnly);
    }
    if !member.roles.iter().all(|role| office.roles.contains_key(role)) {
        return Err(Refusal::NoSuchRole);
    }
    for role in now.roles.symmetric_difference(&member.roles).filter_map(|role| office.roles.get(role)) {
        if let Some(permission) = role.permissions.iter().find(|permission| !viewer.may(**permission)) {
            return Err(Refusal::NotYoursToGive { permission: *permission });
        }
    }
    // A right reaches as far as the groups of whoever has it; without groups, everywhere.
    let is_within = |member: &Member| {
        !member.groups.is_empty() && member.groups.iter().all(|group| viewer.in_scope(Some(*group)))
    };
    if !viewer.groups.is_empty() && now != member && !(is_within(now) && is_within(member)) {
        return Err(Refusal::OutsideYourGroups);
    }
    Ok(())
}

impl Office {
    /// The same where that is what is managed of somebody.
    pub fn with_member(&self, agent: AgentId, member: Member) -> Office {
        let mut office = self.clone();
        if let Some(agent) = office.agents.get_mut(&agent) {
            let Member { roles, groups, skills, capacity } = member;
            (agent.roles, agent.groups, agent.skills) = (roles, groups, skills.into_iter().collect());
            agent.capacity = capacity;
        }
        office
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Preset;
    use crate::worlds::*;

    fn role(preset: Preset) -> RoleId {
        office().roles.values().find(|role| role.name == preset.name()).unwrap().id
    }

    fn changed(agent: AgentId, viewer: &Viewer, change: fn(&mut Member)) -> Result<Member, Refusal> {
        let office = office();
        let mut of = MemberChange::of(&office.agents[&agent]);
        change(&mut of.member);
        of.checked(&office, viewer)
    }

    // rule 001-02
    #[test]
    fn who_may_chat_is_set_by_whoever_manages_people() {
        let give = |member: &mut Member| _ = member.roles.insert(role(Preset::ChatEdit));
        let member = changed(ANA, &viewer(ZOE, Preset::BusinessAdmin), give).unwrap();
        let then = office().with_member(ANA, member);
        assert!(then.viewer(ANA).unwrap().may(Permission::ViewAll));
        assert!(!office().viewer(ANA).unwrap().may(Permission::ViewAll));
        let missing = Permission::AdminUsers;
        assert_eq!(changed(ANA, &viewer(ZOE, Preset::Manager), give), Err(Refusal::NotAllowed { missing }));
    }

    #[test]
    fn nobody_gives_more_than_they_hold_or_widens_their_own_limits() {
        let above = |member: &mut Member| _ = member.roles.insert(role(Preset::SuperAdmin));
        let admin = viewer(ZOE, Preset::BusinessAdmin);
        assert_eq!(changed(ANA, &admin, above), Err(Refusal::SuperAdminsOnly));
        assert_eq!(changed(YUKI, &admin, |member| member.roles.clear()), Err(Refusal::SuperAdminsOnly));
        assert!(changed(ANA, &super_admin(), above).is_ok());

        let limited = Viewer { groups: [BILLING].into(), ..admin.clone() };
        let free = |member: &mut Member| member.groups.clear();
        let other = |member: &mut Member| _ = member.groups.insert(RETURNS);
        assert_eq!(changed(ANA, &limited, free), Err(Refusal::OutsideYourGroups));
        assert_eq!(changed(ANA, &limited, other), Err(Refusal::OutsideYourGroups));
        assert!(changed(ANA, &admin, other).is_ok());
        // What somebody beyond them gets reaches further than what they have.
        let skilled = |member: &mut Member| member.skills = ["VAT".to_owned()].into();
        assert!(changed(ANA, &limited, skilled).is_ok());
        assert_eq!(changed(RITA, &limited, skilled), Err(Refusal::OutsideYourGroups));
        assert_eq!(changed(ZOE, &limited, skilled), Err(Refusal::OutsideYourGroups));
        // Nor are people drawn into one's groups from others, or from none.
        let drawn = |member: &mut Member| member.groups = [BILLING].into();
        assert_eq!(changed(RITA, &limited, drawn), Err(Refusal::OutsideYourGroups));
        assert_eq!(changed(ZOE, &limited, drawn), Err(Refusal::OutsideYourGroups));

        let mut house = office();
        let keeper = house.roles.get_mut(&role(Preset::ChatEdit)).unwrap();
        keeper.permissions.insert(Permission::AdminAudit);
        let mut of = MemberChange::of(&house.agents[&ANA]);
        of.member.roles.insert(role(Preset::ChatEdit));
        let permission = Permission::AdminAudit;
        assert_eq!(of.checked(&house, &admin), Err(Refusal::NotYoursToGive { permission }));
        house.agents.entry(ANA).and_modify(|ana| _ = ana.roles.insert(role(Preset::ChatEdit)));
        let mut of = MemberChange::of(&house.agents[&ANA]);
        of.member.roles.remove(&role(Preset::ChatEdit));
        assert_eq!(of.checked(&house, &admin), Err(Refusal::NotYoursToGive { permission }), "or takes it");
    }

    #[test]
    fn the_last_super_admin_stays_one_and_nobody_locks_themselves_out() {
        assert_eq!(
            changed(YUKI, &super_admin(), |member| member.roles.clear()),
            Err(Refusal::LastSuperAdmin)
        );
        let mut house = office();
        house.agents.entry(ZOE).and_modify(|zoe| zoe.roles = [role(Preset::BusinessAdmin)].into());
        let zoe = house.viewer(ZOE).unwrap();
        let mut of = MemberChange::of(&house.agents[&ZOE]);
        of.member.roles = [role(Preset::Manager)].into();
        let permission = Permission::AdminUsers;
        assert_eq!(of.checked(&house, &zoe), Err(Refusal::LocksYouOut { permission }));
    }

    #[test]
    fn skills_are_few_short_words_and_two_who_change_somebody_at_once_keep_what_both_did() {
        assert_eq!(Member::skills_of(" Tents,, German ,Tents"), ["German".to_owned(), "Tents".into()].into());
        let many = |member: &mut Member| member.skills = (0..21).map(|n| n.to_string()).collect();
        assert_eq!(changed(ANA, &super_admin(), many), Err(Refusal::TooManySkills { most: 20 }));
        let long = |member: &mut Member| member.skills = ["x".repeat(41)].into();
        assert_eq!(changed(ANA, &super_admin(), long), Err(Refusal::SkillTooLong { most: 40 }));
        let strange = |member: &mut Member| member.groups = [GroupId::new(99)].into();
        assert_eq!(changed(ANA, &super_admin(), strange), Err(Refusal::NoSuchGroup));
        let strange = |member: &mut Member| member.roles = [RoleId::new(99)].into();
        assert_eq!(changed(ANA, &super_admin(), strange), Err(Refusal::NoSuchRole));

        let few = |member: &mut Member| member.capacity = Some(0);
        assert_eq!(changed(ANA, &super_admin(), few), Err(Refusal::NoCapacity { most: CAPACITY_AT_MOST }));
        let five = |member: &mut Member| member.capacity = Some(5);
        assert_eq!(changed(ANA, &super_admin(), five).unwrap().capacity, Some(5));
        let mut house = office();
        let mut mine = MemberChange::of(&house.agents[&ANA]);
        mine.member.capacity = Some(5);
        house.agents.entry(ANA).and_modify(|ana| ana.capacity = Some(7));
        let refused = Err(Refusal::ChangedMeanwhile { field: Field::Capacity, now: "7".into() });
        assert_eq!(mine.checked(&house, &super_admin()), refused);

        let mut house = office();
        let mut mine = MemberChange::of(&house.agents[&ANA]);
        mine.member.skills.insert("VAT".into());
        house.agents.entry(ANA).and_modify(|ana| _ = ana.groups.insert(RETURNS));
        let both = mine.checked(&house, &super_admin()).unwrap();
        assert_eq!((both.groups, both.skills), ([BILLING, RETURNS].into(), ["VAT".to_owned()].into()));
    }
    #[test]
    fn two_limits_that_meet_are_not_none() {
        let mut house = office();
        house.agents.entry(ANA).and_modify(|ana| ana.groups = [BILLING, RETURNS].into());
        let mut mine = MemberChange::of(&house.agents[&ANA]);
        mine.member.groups.remove(&BILLING);
        house.agents.entry(ANA).and_modify(|ana| ana.groups = [BILLING].into());
        let refused = Err(Refusal::ChangedMeanwhile { field: Field::Groups, now: "Billing".into() });
        assert_eq!(mine.checked(&house, &super_admin()), refused);
    }
}
