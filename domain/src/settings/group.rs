//! Groups: who is in one, and on which channels what comes in is theirs. Nobody is taken out of their last limits by it
//! without whoever changes it being allowed to, and nothing that comes in stands where nobody sees it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::changed;
use super::member::{Member, MemberChange};
use super::role::{merged, name_of};
use crate::audit::{Act, Deed, Subject};
use crate::channel::Channel;
use crate::contact::clean_name;
use crate::group::Group;
use crate::id::{AgentId, ChannelId, GroupId};
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::{Field, Refusal};
use crate::viewer::Viewer;

/// Groups of one workspace.
pub const GROUPS_AT_MOST: usize = 200;

/// What of a group is managed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Managed {
    /// Its name on the screen.
    pub name: String,
    /// Who is in it.
    pub members: BTreeSet<AgentId>,
    /// The channels on which what comes in is theirs.
    pub channels: BTreeSet<ChannelId>,
}

/// A group as whoever manages it wants it to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// Its id, made by who saves it.
    pub id: GroupId,
    /// What of it is managed.
    pub managed: Managed,
    /// As it was found; none: it is new.
    pub was: Option<Managed>,
}

/// What comes of a change: only what differs from before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regrouped {
    /// The group.
    pub name: String,
    /// Whose groups are others then.
    pub members: BTreeMap<AgentId, Member>,
    /// Which channels have another default group then.
    pub channels: BTreeMap<ChannelId, Option<GroupId>>,
}

impl GroupChange {
    /// A group as it is, to be changed.
    pub fn of(office: &Office, group: &Group) -> Self {
        let managed = office.managed(group.id);
        Self { id: group.id, managed: managed.clone(), was: Some(managed) }
    }

    /// What comes of it. What another changed meanwhile stays, unless both changed the same.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::OutsideYourGroups`] of whoever is limited to groups; [`Refusal::NoSuchGroup`];
    /// [`Refusal::NoName`]; [`Refusal::NameTooLong`]; [`Refusal::NameTaken`]; [`Refusal::ChangedMeanwhile`];
    /// [`Refusal::TooManyGroups`]; those of [`MemberChange::checked`] for each whose groups change; [`Refusal::NoSuchChannel`];
    /// [`Refusal::ChannelWithoutGroup`].
    pub fn checked(self, office: &Office, viewer: &Viewer) -> Result<Regrouped, Refusal> {
        let Self { id, managed, was } = self;
        may_manage(viewer, Some(id).filter(|_| was.is_some()))?;
        let known = office.groups.get(&id);
        if known.is_some_and(|group| group.retired) || (was.is_some() && known.is_none()) {
            return Err(Refusal::NoSuchGroup);
        }
        let now = office.managed(id);
        let others = office.groups.values().filter(|group| group.id != id).map(|group| &*group.name);
        let was_there = was.is_some();
        let was = was.unwrap_or_default();
        let name = match was_there && clean_name(&managed.name) == was.name {
            true => now.name.clone(),
            false => {
                let wanted = name_of(&managed.name, others)?;
                if was_there { changed(Field::Name, &was.name, wanted, &now.name)? } else { wanted }
            }
        };
        if !was_there
            && known.is_some()
            && (now.name.clone(), &now.members, &now.channels)
                != (name.clone(), &managed.members, &managed.channels)
        {
            return Err(Refusal::ChangedMeanwhile { field: Field::Group, now: now.name });
        }
        if known.is_none() && office.open_groups().count() >= GROUPS_AT_MOST {
            return Err(Refusal::TooManyGroups { most: GROUPS_AT_MOST as u32 });
        }
        let members = merged(&was.members, &managed.members, &now.members);
        let channels = merged(&was.channels, &managed.channels, &now.channels);
        let mut after = office.clone();
        after.groups.insert(id, Group { id, name: name.clone(), retired: false });
        let mut regrouped = Regrouped { name, ..Regrouped::default() };
        for agent in members.symmetric_difference(&now.members) {
            let mut change = MemberChange::of(after.agents.get(agent).ok_or(Refusal::NobodyByThatId)?);
            match members.contains(agent) {
                true => _ = change.member.groups.insert(id),
                false => _ = change.member.groups.remove(&id),
            }
            let member = change.allowed(&after, viewer)?;
            regrouped.members.insert(*agent, member);
        }
        for channel in channels.symmetric_difference(&now.channels) {
            let has_it = office.channels.get(channel).ok_or(Refusal::NoSuchChannel)?.default_group;
            let gets_it = channels.contains(channel).then_some(id);
            // Who is limited takes no channel from others, and gives none away.
            if !viewer.in_scope(has_it) || !viewer.in_scope(gets_it) {
                return Err(Refusal::OutsideYourGroups);
            }
            regrouped.channels.insert(*channel, gets_it);
        }
        office.regrouped(id, &regrouped).has_no_orphans(office)?;
        Ok(regrouped)
    }
}

impl Regrouped {
    /// What the audit log keeps of it.
    pub fn deed(&self, office: &Office, id: GroupId) -> Deed {
        let act = if office.groups.contains_key(&id) { Act::Changed } else { Act::Made };
        let (now, then) = (office.managed(id), office.regrouped(id, self).managed(id));
        let channel = |id: &ChannelId| {
            office.channels.get(id).map_or("a former channel", |channel| &channel.name).to_owned()
        };
        let deed = Deed::new(act, Subject::Group, id, &*self.name);
        let deed = if act == Act::Changed { deed.value("Name", &now.name, &then.name) } else { deed };
        deed.set("Members", &now.members, &then.members, |agent| office.name_of(*agent).to_owned()).set(
            "Channels",
            &now.channels,
            &then.channels,
            channel,
        )
    }
}

/// Whether that viewer may manage groups; whoever is limited to groups, only those.
fn may_manage(viewer: &Viewer, group: Option<GroupId>) -> Result<(), Refusal> {
    viewer.must(Permission::AdminGroups)?;
    let is_limited = !viewer.super_admin && !viewer.groups.is_empty();
    if is_limited && !group.is_some_and(|group| viewer.groups.contains(&group)) {
        return Err(Refusal::OutsideYourGroups);
    }
    Ok(())
}

impl Group {
    /// Whether that viewer may delete it, where so many active conversations are its own.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::OutsideYourGroups`]; [`Refusal::GroupInUse`]; [`Refusal::GroupOfChannel`].
    pub fn may_be_retired_by(&self, office: &Office, viewer: &Viewer, n_active: u32) -> Result<(), Refusal> {
        may_manage(viewer, Some(self.id))?;
        if n_active > 0 {
            return Err(Refusal::GroupInUse { n: n_active });
        }
        let is_own = |channel: &&Channel| channel.default_group == Some(self.id);
        match office.channels.values().find(is_own) {
            Some(channel) => Err(Refusal::GroupOfChannel { name: channel.name.clone() }),
            None => Ok(()),
        }
    }

    /// Whether that viewer may bring it back.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::OutsideYourGroups`]; [`Refusal::TooManyGroups`].
    pub fn may_be_brought_back_by(&self, office: &Office, viewer: &Viewer) -> Result<(), Refusal> {
        may_manage(viewer, Some(self.id))?;
        match office.open_groups().count() < GROUPS_AT_MOST {
            true => Ok(()),
            false => Err(Refusal::TooManyGroups { most: GROUPS_AT_MOST as u32 }),
        }
    }

    /// What the audit log keeps where that was done to it.
    pub fn deed(&self, act: Act) -> Deed {
        Deed::new(act, Subject::Group, self.id, &*self.name)
    }
}

impl Office {
    /// The groups that one may still be put in.
    pub fn open_groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().filter(|group| !group.retired)
    }

    /// Whether there is such a group, and it is not retired.
    pub fn has_group(&self, group: GroupId) -> bool {
        self.groups.get(&group).is_some_and(|group| !group.retired)
    }

    /// What of a group is managed; nothing of one that is not there.
    pub fn managed(&self, id: GroupId) -> Managed {
        let is_in = |agent: &&crate::office::Agent| agent.groups.contains(&id);
        let is_its = |channel: &&Channel| channel.default_group == Some(id);
        Managed {
            name: self.groups.get(&id).map(|group| group.name.clone()).unwrap_or_default(),
            members: self.agents.values().filter(is_in).map(|agent| agent.id).collect(),
            channels: self.channels.values().filter(is_its).map(|channel| channel.id).collect(),
        }
    }

    /// The same after that.
    pub fn regrouped(&self, id: GroupId, regrouped: &Regrouped) -> Office {
        let Regrouped { name, members, channels } = regrouped.clone();
        let mut office = self.clone();
        office.groups.insert(id, Group { id, name, retired: false });
        for (agent, member) in members {
            office = office.with_member(agent, member);
        }
        for (channel, group) in channels {
            if let Some(channel) = office.channels.get_mut(&channel) {
                channel.default_group = group;
            }
        }
        office
    }

    /// Whether what comes in is still seen by somebody who can take it, channel by channel, where it was before. Super-admins
    /// see everything and are not counted: they set up, and others answer. Where there are no others, they do.
    ///
    /// Errors: [`Refusal::ChannelWithoutGroup`].
    pub fn has_no_orphans(&self, before: &Office) -> Result<(), Refusal> {
        let takers = |office: &Office| {
            let viewers = office.agents.keys().filter_map(|agent| office.viewer(*agent));
            let takes = |viewer: &Viewer| !viewer.super_admin && viewer.may(Permission::Claim);
            viewers.filter(takes).collect::<Vec<Viewer>>()
        };
        let (were, are) = (takers(before), takers(self));
        if are.is_empty() {
            return Ok(());
        }
        let was_seen = |channel: &Channel| {
            let then = before.channels.get(&channel.id);
            then.is_some_and(|channel| were.iter().any(|viewer| viewer.in_scope(channel.default_group)))
        };
        let is_seen = |channel: &Channel| are.iter().any(|viewer| viewer.in_scope(channel.default_group));
        match self.channels.values().find(|channel| was_seen(channel) && !is_seen(channel)) {
            Some(channel) => Err(Refusal::ChannelWithoutGroup { name: channel.name.clone() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Preset;
    use crate::worlds::*;

    const NEW: GroupId = GroupId::new(29);

    fn admin() -> Viewer {
        viewer(ZOE, Preset::BusinessAdmin)
    }

    fn changed_by(viewer: &Viewer, change: fn(&mut Managed)) -> Result<Regrouped, Refusal> {
        let office = office();
        let mut of = GroupChange::of(&office, &office.groups[&BILLING]);
        change(&mut of.managed);
        of.checked(&office, viewer)
    }

    fn new(name: &str) -> GroupChange {
        GroupChange { id: NEW, managed: Managed { name: name.into(), ..Managed::default() }, was: None }
    }

    // rule 003-14
    #[test]
    fn a_group_gets_its_people_and_channels_and_who_is_in_it_sees_its_conversations() {
        let mut change = new(" Complaints ");
        change.managed.members = [RITA].into();
        change.managed.channels = [MAIL].into();
        let office = office();
        let regrouped = change.checked(&office, &admin()).unwrap();
        let then = office.regrouped(NEW, &regrouped);
        assert_eq!(then.groups[&NEW].name, "Complaints");
        assert_eq!(then.agents[&RITA].groups, [RETURNS, NEW].into());
        assert_eq!(
            (then.channels[&MAIL].default_group, then.channels[&CHAT].default_group),
            (Some(NEW), Some(BILLING))
        );
        assert!(then.viewer(RITA).unwrap().in_scope(Some(NEW)));
        let missing = Permission::AdminGroups;
        assert_eq!(new("X").checked(&office, &manager(ZOE)), Err(Refusal::NotAllowed { missing }));
    }

    #[test]
    fn a_group_has_a_name_that_is_no_others() {
        assert_eq!(new(" ").checked(&office(), &admin()), Err(Refusal::NoName));
        assert_eq!(
            new("billing").checked(&office(), &admin()),
            Err(Refusal::NameTaken { name: "Billing".into() })
        );
        assert_eq!(
            changed_by(&admin(), |managed| managed.name = "Invoices".into()).unwrap().name,
            "Invoices"
        );
        let mut many = office();
        for n in 0..GROUPS_AT_MOST as u128 {
            let id = GroupId::new(1_000 + n);
            many.groups.insert(id, Group { id, name: n.to_string(), retired: false });
        }
        assert_eq!(new("X").checked(&many, &admin()), Err(Refusal::TooManyGroups { most: 200 }));
    }

    #[test]
    fn whoever_changes_who_is_in_it_must_be_allowed_to_change_them() {
        let out = |managed: &mut Managed| _ = managed.members.remove(&ANA);
        assert_eq!(changed_by(&admin(), out).unwrap().members[&ANA].groups, [].into());
        let mut without = admin();
        without.permissions.remove(&Permission::AdminUsers);
        let missing = Permission::AdminUsers;
        assert_eq!(changed_by(&without, out), Err(Refusal::NotAllowed { missing }));
        // Who is limited does not free anybody, and makes no group.
        let limited = Viewer { groups: [BILLING].into(), ..admin() };
        assert_eq!(changed_by(&limited, out), Err(Refusal::OutsideYourGroups));
        assert_eq!(new("X").checked(&office(), &limited), Err(Refusal::OutsideYourGroups));
        let renamed = |managed: &mut Managed| managed.name = "Invoices".into();
        assert!(changed_by(&limited, renamed).is_ok());
        let above = |managed: &mut Managed| _ = managed.members.insert(YUKI);
        assert_eq!(changed_by(&admin(), above), Err(Refusal::SuperAdminsOnly));
        let strange = |managed: &mut Managed| _ = managed.members.insert(AgentId::new(99));
        assert_eq!(changed_by(&admin(), strange), Err(Refusal::NobodyByThatId));
        let strange = |managed: &mut Managed| _ = managed.channels.insert(ChannelId::new(99));
        assert_eq!(changed_by(&admin(), strange), Err(Refusal::NoSuchChannel));
    }

    #[test]
    fn nothing_that_comes_in_stands_where_only_super_admins_see_it() {
        let mut house = office();
        let chat = house.channels[&CHAT].name.clone();
        // Zoe takes what has no group; without her, Ana and Ben take what is Billing's.
        house.agents.entry(ZOE).and_modify(|zoe| zoe.enabled = false);
        let mut of = GroupChange::of(&house, &house.groups[&BILLING]);
        of.managed.channels.remove(&CHAT);
        let refused = Err(Refusal::ChannelWithoutGroup { name: chat.clone() });
        assert_eq!(of.clone().checked(&house, &super_admin()), refused);
        assert!(of.checked(&office(), &super_admin()).is_ok());
        let mut of = GroupChange::of(&house, &house.groups[&BILLING]);
        of.managed.members = [OLU].into();
        for agent in [ANA, BEN] {
            house.agents.entry(agent).and_modify(|agent| _ = agent.groups.insert(RETURNS));
        }
        assert_eq!(
            of.checked(&house, &super_admin()).map(drop),
            Err(Refusal::ChannelWithoutGroup { name: chat })
        );
        // The last free person is limited and the channel gets the group, at once.
        let mut house = office();
        house.channels.entry(MAIL).and_modify(|mail| mail.default_group = None);
        let mut of = GroupChange::of(&house, &house.groups[&RETURNS]);
        of.managed.members.insert(ZOE);
        assert!(of.clone().checked(&house, &super_admin()).is_err());
        of.managed.channels.insert(MAIL);
        assert!(of.checked(&house, &super_admin()).is_ok());
    }

    #[test]
    fn whoever_is_limited_takes_no_channel_from_others_and_gives_none_away() {
        let limited = Viewer { groups: [BILLING].into(), ..admin() };
        let drops = |managed: &mut Managed| _ = managed.channels.remove(&CHAT);
        assert_eq!(changed_by(&limited, drops), Err(Refusal::OutsideYourGroups));
        let mut house = office();
        house.channels.entry(MAIL).and_modify(|mail| mail.default_group = Some(RETURNS));
        let mut of = GroupChange::of(&house, &house.groups[&BILLING]);
        of.managed.channels.insert(MAIL);
        assert_eq!(of.clone().checked(&house, &limited), Err(Refusal::OutsideYourGroups));
        assert!(of.checked(&house, &admin()).is_ok());
    }

    #[test]
    fn two_who_change_a_group_at_once_keep_what_both_did() {
        let mut house = office();
        let mut mine = GroupChange::of(&house, &house.groups[&BILLING]);
        mine.managed.members.insert(RITA);
        house.groups.entry(BILLING).and_modify(|group| group.name = "Invoices".into());
        house.agents.entry(BEN).and_modify(|ben| ben.groups = [RETURNS].into());
        let regrouped = mine.clone().checked(&house, &admin()).unwrap();
        assert_eq!(regrouped.name, "Invoices");
        assert_eq!(regrouped.members.keys().collect::<Vec<_>>(), [&RITA]);
        mine.managed.name = "Money".into();
        let refused = Err(Refusal::ChangedMeanwhile { field: Field::Name, now: "Invoices".into() });
        assert_eq!(mine.checked(&house, &admin()), refused);
        // Saved twice it is one.
        let twice = office().regrouped(NEW, &new("X").checked(&office(), &admin()).unwrap());
        assert!(new("X").checked(&twice, &admin()).unwrap().members.is_empty());
    }

    #[test]
    fn a_group_with_active_conversations_or_a_channel_is_not_deleted() {
        let mut house = office();
        let returns = house.groups[&RETURNS].clone();
        assert_eq!(returns.may_be_retired_by(&house, &admin(), 2), Err(Refusal::GroupInUse { n: 2 }));
        assert_eq!(returns.may_be_retired_by(&house, &admin(), 0), Ok(()));
        let billing = house.groups[&BILLING].clone();
        let name = house.channels[&CHAT].name.clone();
        assert_eq!(billing.may_be_retired_by(&house, &admin(), 0), Err(Refusal::GroupOfChannel { name }));
        house.groups.entry(RETURNS).and_modify(|group| group.retired = true);
        let returns = house.groups[&RETURNS].clone();
        assert!(!house.has_group(RETURNS) && returns.may_be_brought_back_by(&house, &admin()).is_ok());
        let retired = GroupChange::of(&house, &returns).checked(&house, &admin());
        assert_eq!(retired, Err(Refusal::NoSuchGroup));
    }
}
