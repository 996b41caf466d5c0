//! Who acts and who looks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, ContactId, GroupId};
use crate::permission::{Permission, Permissions};
use crate::refusal::Refusal;

/// An agent as the rules see one: the union of the roles, and the limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// Who.
    pub agent: AgentId,
    /// What they may do.
    pub permissions: Permissions,
    /// The groups they are limited to. Empty: no limits.
    pub groups: BTreeSet<GroupId>,
    /// No limits at all.
    pub super_admin: bool,
}

impl Viewer {
    /// Whether they hold that right.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Refuses with the missing right unless they hold it.
    pub fn must(&self, permission: Permission) -> Result<(), Refusal> {
        if self.may(permission) { Ok(()) } else { Err(Refusal::NotAllowed { missing: permission }) }
    }

    /// Whether there is anybody they may give conversations to, themselves included.
    pub fn may_assign(&self) -> bool {
        self.may(Permission::Claim) || self.may(Permission::AssignOthers)
    }

    /// Whether conversations of that group are within their limits.
    pub fn in_scope(&self, group: Option<GroupId>) -> bool {
        self.super_admin || self.groups.is_empty() || group.is_some_and(|group| self.groups.contains(&group))
    }
}

/// Who gives a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person of the team.
    Agent(Viewer),
    /// A customer.
    Visitor(ContactId),
    /// The AI agent.
    Ai,
    /// An automation rule.
    Rule,
    /// Switchboard itself: timers, imports.
    System,
}

impl Actor {
    /// How the log names them.
    pub fn by(&self) -> By {
        match self {
            Actor::Agent(viewer) => By::Agent(viewer.agent),
            Actor::Visitor(contact) => By::Visitor(*contact),
            Actor::Ai => By::Ai,
            Actor::Rule => By::Rule,
            Actor::System => By::System,
        }
    }
}

/// Who did something, as it is kept in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A person of the team.
    Agent(AgentId),
    /// A customer.
    Visitor(ContactId),
    /// The AI agent.
    Ai,
    /// An automation rule.
    Rule,
    /// Switchboard itself.
    System,
}

impl By {
    /// The person of the team, if it was one.
    pub fn agent(self) -> Option<AgentId> {
        match self {
            By::Agent(agent) => Some(agent),
            By::Visitor(_) | By::Ai | By::Rule | By::System => None,
        }
    }
}
