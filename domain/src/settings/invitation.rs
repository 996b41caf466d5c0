//! Invitations: somebody who is to work here gets a link, and chooses their own name and password. They get no right that
//! whoever invites them does not hold.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::member::{Member, may_give};
use crate::audit::{Act, Deed, Subject};
use crate::contact::address;
use crate::id::{AgentId, GroupId, InvitationId, RoleId};
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::{Duration, Timestamp};
use crate::viewer::Viewer;

/// How long a link is good.
pub const INVITED_FOR: Duration = Duration::days(7);

/// Invitations that are open at once.
pub const INVITED_AT_MOST: usize = 1_000;

/// Somebody who is to work here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Made by who invites.
    pub id: InvitationId,
    /// Where they get e-mail, and what they sign in with.
    pub email: String,
    /// The roles that they get.
    pub roles: BTreeSet<RoleId>,
    /// The groups that they are limited to. Empty: no limits.
    pub groups: BTreeSet<GroupId>,
}

/// An invitation that nobody has accepted yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// What was asked.
    pub invite: Invite,
    /// Who asked.
    pub by: AgentId,
    /// Until when its link is good.
    pub expires: Timestamp,
}

impl Invite {
    /// As it is kept, beside those that are open.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::NotAnAddress`]; [`Refusal::AddressTaken`]; [`Refusal::AlreadyInvited`];
    /// [`Refusal::TooManyInvited`]; [`Refusal::NoSuchGroup`]; and of what they would get, as for anybody:
    /// [`Refusal::NoSuchRole`]; [`Refusal::SuperAdminsOnly`]; [`Refusal::NotYoursToGive`]; [`Refusal::OutsideYourGroups`].
    pub fn checked<'i>(
        self,
        office: &Office,
        viewer: &Viewer,
        open: impl IntoIterator<Item = &'i Invitation>,
    ) -> Result<Self, Refusal> {
        viewer.must(Permission::AdminUsers)?;
        let email = address(&self.email).ok_or(Refusal::NotAnAddress)?;
        if office.agents.values().any(|agent| agent.email == email) {
            return Err(Refusal::AddressTaken { address: email });
        }
        let others: Vec<&Invitation> = open.into_iter().filter(|other| other.invite.id != self.id).collect();
        if others.iter().any(|other| other.invite.email == email) {
            return Err(Refusal::AlreadyInvited { address: email });
        }
        if others.len() >= INVITED_AT_MOST {
            return Err(Refusal::TooManyInvited { most: INVITED_AT_MOST as u32 });
        }
        if !self.groups.iter().all(|group| office.has_group(*group)) {
            return Err(Refusal::NoSuchGroup);
        }
        self.is_within(viewer)?;
        // Whoever comes had no rights, within the groups that they come into.
        let nobody = Member { groups: self.groups.clone(), ..Member::default() };
        may_give(office, viewer, &nobody, &Member { roles: self.roles.clone(), ..nobody.clone() })?;
        Ok(Self { email, ..self })
    }

    fn is_within(&self, viewer: &Viewer) -> Result<(), Refusal> {
        let is_within =
            !self.groups.is_empty() && self.groups.iter().all(|group| viewer.in_scope(Some(*group)));
        let is_limited = !viewer.super_admin && !viewer.groups.is_empty();
        if is_limited && !is_within { Err(Refusal::OutsideYourGroups) } else { Ok(()) }
    }

    /// Whether that viewer may take it back, whatever became of its roles and groups meanwhile.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::SuperAdminsOnly`]; [`Refusal::OutsideYourGroups`].
    pub fn may_be_revoked_by(&self, office: &Office, viewer: &Viewer) -> Result<(), Refusal> {
        viewer.must(Permission::AdminUsers)?;
        let is_above = |role: &RoleId| office.roles.get(role).is_some_and(|role| role.super_admin);
        if !viewer.super_admin && self.roles.iter().any(is_above) {
            return Err(Refusal::SuperAdminsOnly);
        }
        self.is_within(viewer)
    }

    /// It without what is not there any more.
    pub fn as_it_can_be(&self, office: &Office) -> Self {
        let roles = self.roles.iter().filter(|role| office.roles.contains_key(role)).copied().collect();
        let there: BTreeSet<GroupId> =
            self.groups.iter().filter(|group| office.has_group(**group)).copied().collect();
        // Limits that are all gone are not none: it cannot be.
        let groups = if there.is_empty() { self.groups.clone() } else { there };
        Self { roles, groups, ..self.clone() }
    }

    /// What the audit log keeps where that was done to it.
    pub fn deed(&self, office: &Office, act: Act) -> Deed {
        let role =
            |role: &RoleId| office.roles.get(role).map_or("a former role", |role| &role.name).to_owned();
        let group = |group: &GroupId| office.group_name(*group).to_owned();
        let deed = Deed::new(act, Subject::Invitation, self.id, &*self.email);
        match act {
            Act::Made => deed.set("Roles", &BTreeSet::new(), &self.roles, role).set(
                "Groups",
                &BTreeSet::new(),
                &self.groups,
                group,
            ),
            _ => deed,
        }
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

    fn invite(n: u128, email: &str, preset: Preset) -> Invite {
        Invite {
            id: InvitationId::new(n),
            email: email.into(),
            roles: [role(preset)].into(),
            groups: [].into(),
        }
    }

    fn open(invite: Invite) -> Invitation {
        Invitation { invite, by: YUKI, expires: NOON + INVITED_FOR }
    }

    #[test]
    fn whoever_manages_people_invites_somebody_with_an_address_that_is_nobodys() {
        let admin = viewer(ZOE, Preset::BusinessAdmin);
        let new = invite(1, " Mia@Example.org ", Preset::Agent);
        assert_eq!(new.clone().checked(&office(), &admin, []).unwrap().email, "mia@example.org");
        let refused = |email: &str| invite(1, email, Preset::Agent).checked(&office(), &admin, []);
        assert_eq!(refused("mia"), Err(Refusal::NotAnAddress));
        let address = "ana@example.org".to_owned();
        assert_eq!(refused("Ana@example.org"), Err(Refusal::AddressTaken { address }));
        let known = open(invite(2, "mia@example.org", Preset::Agent));
        let address = "mia@example.org".to_owned();
        assert_eq!(
            new.clone().checked(&office(), &admin, [&known]),
            Err(Refusal::AlreadyInvited { address })
        );
        // The same once more is the same.
        let same = open(invite(1, "mia@example.org", Preset::Agent));
        assert!(new.clone().checked(&office(), &admin, [&same]).is_ok());
        let missing = Permission::AdminUsers;
        assert_eq!(new.checked(&office(), &manager(ZOE), []), Err(Refusal::NotAllowed { missing }));
    }

    #[test]
    fn nobody_is_invited_into_more_than_who_invites_them_holds() {
        let admin = viewer(ZOE, Preset::BusinessAdmin);
        let above = invite(1, "mia@example.org", Preset::SuperAdmin);
        assert_eq!(above.clone().checked(&office(), &admin, []), Err(Refusal::SuperAdminsOnly));
        assert!(above.checked(&office(), &super_admin(), []).is_ok());
        let limited = Viewer { groups: [BILLING].into(), ..admin };
        let free = invite(1, "mia@example.org", Preset::Agent);
        assert_eq!(free.clone().checked(&office(), &limited, []), Err(Refusal::OutsideYourGroups));
        let within = Invite { groups: [BILLING].into(), ..free.clone() };
        assert!(within.checked(&office(), &limited, []).is_ok());
        let beyond = Invite { groups: [BILLING, RETURNS].into(), ..free.clone() };
        assert_eq!(beyond.checked(&office(), &limited, []), Err(Refusal::OutsideYourGroups));
        let strange = Invite { groups: [GroupId::new(99)].into(), ..free };
        assert_eq!(strange.checked(&office(), &super_admin(), []), Err(Refusal::NoSuchGroup));
    }

    #[test]
    fn whoever_is_invited_into_groups_does_not_come_in_without_limits() {
        let mut house = office();
        let both =
            Invite { groups: [BILLING, RETURNS].into(), ..invite(1, "mia@example.org", Preset::Agent) };
        house.groups.entry(RETURNS).and_modify(|group| group.retired = true);
        assert_eq!(both.as_it_can_be(&house).groups, [BILLING].into());
        house.groups.entry(BILLING).and_modify(|group| group.retired = true);
        let then = both.as_it_can_be(&house);
        assert_eq!(then.checked(&house, &super_admin(), []), Err(Refusal::NoSuchGroup));
    }

    #[test]
    fn invitations_do_not_heap_up() {
        let nothing = Invite { roles: [].into(), ..invite(1, "mia@example.org", Preset::Agent) };
        let limited = Viewer { groups: [BILLING].into(), ..viewer(ZOE, Preset::BusinessAdmin) };
        assert_eq!(nothing.checked(&office(), &limited, []), Err(Refusal::OutsideYourGroups));
        let many: Vec<Invitation> = (0..INVITED_AT_MOST as u128)
            .map(|n| open(invite(n + 10, &format!("{n}@example.org"), Preset::Agent)))
            .collect();
        let one_more = invite(1, "mia@example.org", Preset::Agent).checked(&office(), &super_admin(), &many);
        assert_eq!(one_more, Err(Refusal::TooManyInvited { most: 1_000 }));
    }
}
