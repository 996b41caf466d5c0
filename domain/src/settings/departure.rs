//! Somebody who may not sign in any more, and comes back.

use serde::{Deserialize, Serialize};

use super::member::Member;
use crate::audit::{Act, Deed, Subject};
use crate::conversation::Onward;
use crate::id::AgentId;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::{Obstacle, Refusal};
use crate::viewer::Viewer;

/// Disables somebody: they are signed out everywhere, and nothing waits for them any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// Who.
    pub agent: AgentId,
    /// Where their conversations go.
    pub to: Onward,
}

impl Departure {
    /// Whether that viewer may do it. Whoever is disabled already may be so again: nothing happens.
    ///
    /// Errors: those of [`may_manage`]; [`Refusal::NotYourself`]; [`Refusal::LastSuperAdmin`]; [`Refusal::NotAssignable`];
    /// [`Refusal::NobodyByThatId`]; [`Refusal::NoSuchGroup`].
    pub fn checked(&self, office: &Office, viewer: &Viewer) -> Result<(), Refusal> {
        let Self { agent, to } = *self;
        may_manage(office, viewer, agent)?;
        if agent == viewer.agent {
            return Err(Refusal::NotYourself);
        }
        let after = office.without(agent);
        let is_kept = |office: &Office| {
            office.agents.keys().any(|agent| office.viewer(*agent).is_some_and(|viewer| viewer.super_admin))
        };
        if is_kept(office) && !is_kept(&after) {
            return Err(Refusal::LastSuperAdmin);
        }
        match to {
            Onward::Unassigned => Ok(()),
            Onward::Group(group) if office.has_group(group) => Ok(()),
            Onward::Group(_) => Err(Refusal::NoSuchGroup),
            Onward::Agent(to) => {
                let name = office.agents.get(&to).ok_or(Refusal::NobodyByThatId)?.display_name.clone();
                let refuse = |why| Err(Refusal::NotAssignable { name, why });
                match after.viewer(to) {
                    None => refuse(Obstacle::Disabled),
                    Some(to) if to.may(Permission::InboxOpen) && to.may(Permission::Reply) => Ok(()),
                    Some(_) => refuse(Obstacle::MayNotReply),
                }
            }
        }
    }

    /// What the audit log keeps of it.
    pub fn deed(&self, office: &Office) -> Deed {
        let to = match self.to {
            Onward::Unassigned => "Unassigned".to_owned(),
            Onward::Agent(agent) => office.name_of(agent).to_owned(),
            Onward::Group(group) => office.group_name(group).to_owned(),
        };
        Deed::new(Act::Disabled, Subject::Person, self.agent, office.name_of(self.agent)).value(
            "Conversations go to",
            "",
            to,
        )
    }
}

/// Whether that viewer may manage that person: within their own groups, and nobody who may do more.
///
/// Errors: [`Refusal::NotAllowed`]; [`Refusal::Missing`]; [`Refusal::SuperAdminsOnly`]; [`Refusal::OutsideYourGroups`];
/// [`Refusal::NotYoursToGive`].
pub fn may_manage(office: &Office, viewer: &Viewer, agent: AgentId) -> Result<(), Refusal> {
    viewer.must(Permission::AdminUsers)?;
    let Member { roles, groups, .. } = office.agents.get(&agent).ok_or(Refusal::Missing)?.member();
    if viewer.super_admin {
        return Ok(());
    }
    let roles = || roles.iter().filter_map(|role| office.roles.get(role));
    if roles().any(|role| role.super_admin) {
        return Err(Refusal::SuperAdminsOnly);
    }
    let is_within = !groups.is_empty() && groups.iter().all(|group| viewer.in_scope(Some(*group)));
    if !viewer.groups.is_empty() && !is_within {
        return Err(Refusal::OutsideYourGroups);
    }
    match roles().flat_map(|role| &role.permissions).find(|permission| !viewer.may(**permission)) {
        Some(permission) => Err(Refusal::NotYoursToGive { permission: *permission }),
        None => Ok(()),
    }
}

/// Whether that viewer may give that person a new way in: whoever has it could go in as them. One's own is changed by whoever
/// knows the former one.
///
/// Errors: those of [`may_manage`]; [`Refusal::NotYourself`].
pub fn may_let_in(office: &Office, viewer: &Viewer, agent: AgentId) -> Result<(), Refusal> {
    may_manage(office, viewer, agent)?;
    if agent == viewer.agent { Err(Refusal::NotYourself) } else { Ok(()) }
}

impl Office {
    /// The same where that person is disabled.
    pub fn without(&self, agent: AgentId) -> Office {
        let mut office = self.clone();
        if let Some(agent) = office.agents.get_mut(&agent) {
            agent.enabled = false;
        }
        office
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::GroupId;
    use crate::permission::Preset;
    use crate::worlds::*;

    fn leaves(agent: AgentId, viewer: &Viewer) -> Result<(), Refusal> {
        Departure { agent, to: Onward::Unassigned }.checked(&office(), viewer)
    }

    #[test]
    fn whoever_manages_people_disables_them_but_not_themselves_and_nobody_above() {
        let admin = viewer(ZOE, Preset::BusinessAdmin);
        assert_eq!(leaves(ANA, &admin), Ok(()));
        assert_eq!(leaves(LEFT, &admin), Ok(()));
        assert_eq!(leaves(ZOE, &admin), Err(Refusal::NotYourself));
        assert_eq!(leaves(YUKI, &admin), Err(Refusal::SuperAdminsOnly));
        assert_eq!(leaves(AgentId::new(99), &admin), Err(Refusal::Missing));
        let missing = Permission::AdminUsers;
        assert_eq!(leaves(ANA, &manager(ZOE)), Err(Refusal::NotAllowed { missing }));
        let limited = Viewer { groups: [BILLING].into(), ..admin };
        assert_eq!(leaves(ANA, &limited), Ok(()));
        assert_eq!(leaves(RITA, &limited), Err(Refusal::OutsideYourGroups));
    }

    #[test]
    fn nobody_goes_in_as_somebody_who_may_do_more() {
        let admin = viewer(ZOE, Preset::BusinessAdmin);
        assert_eq!(may_let_in(&office(), &admin, ANA), Ok(()));
        assert_eq!(may_let_in(&office(), &super_admin(), YUKI), Err(Refusal::NotYourself));
        assert_eq!(may_let_in(&office(), &admin, YUKI), Err(Refusal::SuperAdminsOnly));
        let mut house = office();
        let role = *house.agents[&ANA].roles.first().unwrap();
        house.roles.entry(role).and_modify(|role| _ = role.permissions.insert(Permission::AdminAudit));
        let permission = Permission::AdminAudit;
        assert_eq!(may_let_in(&house, &admin, ANA), Err(Refusal::NotYoursToGive { permission }));
        // Nor are they disabled or let in again by whoever may do less.
        let leaves = Departure { agent: ANA, to: Onward::Unassigned }.checked(&house, &admin);
        assert_eq!(leaves, Err(Refusal::NotYoursToGive { permission }));
    }

    #[test]
    fn the_last_super_admin_stays() {
        let mut house = office();
        let highest = house.agents[&YUKI].roles.clone();
        house.agents.entry(ZOE).and_modify(|zoe| zoe.roles = highest);
        let zoe = house.viewer(ZOE).unwrap();
        let yuki = Departure { agent: YUKI, to: Onward::Unassigned };
        assert_eq!(yuki.checked(&house, &zoe), Ok(()));
        house.agents.entry(ZOE).and_modify(|zoe| zoe.enabled = false);
        assert_eq!(yuki.checked(&house, &zoe), Err(Refusal::LastSuperAdmin));
    }

    #[test]
    fn conversations_go_to_whoever_can_have_them() {
        let to = |to| Departure { agent: ANA, to }.checked(&office(), &super_admin());
        assert_eq!(to(Onward::Agent(BEN)), Ok(()));
        assert_eq!(to(Onward::Group(RETURNS)), Ok(()));
        let refused = |name: &str, why| Err(Refusal::NotAssignable { name: name.into(), why });
        assert_eq!(to(Onward::Agent(ANA)), refused("Ana", Obstacle::Disabled));
        assert_eq!(to(Onward::Agent(OLU)), refused("Olu", Obstacle::MayNotReply));
        assert_eq!(to(Onward::Agent(AgentId::new(99))), Err(Refusal::NobodyByThatId));
        assert_eq!(to(Onward::Group(GroupId::new(99))), Err(Refusal::NoSuchGroup));
    }
}
