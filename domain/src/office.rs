//! What every rule may look at besides the conversation: people, roles, groups, channels, tags.
//! Browser and server hold the same one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::group::Group;
use crate::id::{AgentId, ChannelId, GroupId, RoleId, SavedViewId, TagId};
use crate::notice::Topic;
use crate::permission::{Permission, Permissions};
use crate::settings::general::Feature;
use crate::settings::saved_view::SavedView;
use crate::viewer::Viewer;

/// The directory of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// Rises with every change to it, so that a browser knows when its copy is old.
    pub version: i64,
    /// The name of the workspace.
    pub workspace: String,
    /// What the AI agent is called.
    pub ai_name: String,
    /// The team.
    pub agents: BTreeMap<AgentId, Agent>,
    /// The roles that they hold.
    pub roles: BTreeMap<RoleId, Role>,
    /// The departments.
    pub groups: BTreeMap<GroupId, Group>,
    /// The ways in and out.
    pub channels: BTreeMap<ChannelId, Channel>,
    /// The vocabulary of tags.
    pub tags: BTreeMap<TagId, Tag>,
    /// Rises when quick replies or note templates change: they are fetched apart.
    #[serde(default)]
    pub templates: i64,
    /// What is switched on.
    #[serde(default)]
    pub features: BTreeSet<Feature>,
    /// The views that were saved.
    #[serde(default)]
    pub saved: BTreeMap<SavedViewId, SavedView>,
}

/// A person of the team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Their id.
    pub id: AgentId,
    /// The name that colleagues and customers read.
    pub display_name: String,
    /// The address they sign in with.
    pub email: String,
    /// The roles they hold; their permissions add up.
    pub roles: BTreeSet<RoleId>,
    /// The groups they are limited to. Empty: no limits.
    pub groups: BTreeSet<GroupId>,
    /// What they know best.
    pub skills: Vec<String>,
    /// Whether they are at their desk.
    pub availability: Availability,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether Enter sends in their composer.
    pub enter_sends: bool,
    /// Which photo stands beside what they write, if they have one: it is served under this name.
    #[serde(default)]
    pub photo: Option<String>,
    /// What they do not want to be told.
    #[serde(default)]
    pub muted: BTreeSet<Topic>,
    /// How many active conversations they are given by themselves. Nothing: as many as come.
    #[serde(default)]
    pub capacity: Option<u32>,
}

/// Whether somebody is at their desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Takes conversations.
    Online,
    /// Back soon.
    Away,
    /// Not working.
    Offline,
}

impl Availability {
    /// All of them.
    pub const ALL: &[Availability] = &[Availability::Online, Availability::Away, Availability::Offline];

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Availability::Online => "Online",
            Availability::Away => "Away",
            Availability::Offline => "Offline",
        }
    }

    /// Its stable name in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Availability::Online => "online",
            Availability::Away => "away",
            Availability::Offline => "offline",
        }
    }

    /// The one of that key, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|availability| availability.key() == key)
    }
}

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name on the screen.
    pub name: String,
    /// What it holds.
    pub permissions: Permissions,
    /// Whether its holders have no group limits either.
    pub super_admin: bool,
}

/// A word put on conversations and messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// The word.
    pub name: String,
    /// Whether pickers leave it out.
    pub retired: bool,
}

impl Agent {
    /// Where their photo is served, if they have one.
    pub fn photo_path(&self) -> Option<String> {
        self.photo.as_ref().map(|photo| format!("/photo/{photo}"))
    }
}

impl Office {
    /// Who that agent is to the rules, or nothing if there is no such agent or it is disabled.
    pub fn viewer(&self, agent: AgentId) -> Option<Viewer> {
        let agent = self.agents.get(&agent).filter(|agent| agent.enabled)?;
        let roles = || agent.roles.iter().filter_map(|role| self.roles.get(role));
        Some(Viewer {
            agent: agent.id,
            permissions: roles().flat_map(|role| role.permissions.iter().copied()).collect(),
            groups: agent.groups.clone(),
            super_admin: roles().any(|role| role.super_admin),
        })
    }

    /// The name to show for an agent; a left colleague is "A former colleague".
    pub fn name_of(&self, agent: AgentId) -> &str {
        self.agents.get(&agent).map_or("A former colleague", |agent| &agent.display_name)
    }

    /// Where that agent's photo is served, if they have one.
    pub fn photo_of(&self, agent: AgentId) -> Option<String> {
        self.agents.get(&agent)?.photo_path()
    }

    /// The name to show for a group.
    pub fn group_name(&self, group: GroupId) -> &str {
        self.groups.get(&group).map_or("A former group", |group| &group.name)
    }

    /// The people at work here who hold a permission, by name.
    pub fn who_may(&self, permission: Permission) -> Vec<&str> {
        let holds = |agent: &&Agent| self.viewer(agent.id).is_some_and(|viewer| viewer.may(permission));
        let mut names: Vec<&str> =
            self.agents.values().filter(holds).map(|agent| agent.display_name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The roles that hold a permission, by name: whom to ask for.
    pub fn roles_with(&self, permission: Permission) -> Vec<&str> {
        self.roles
            .values()
            .filter(|role| role.permissions.contains(&permission))
            .map(|role| role.name.as_str())
            .collect()
    }
}
