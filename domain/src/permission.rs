//! What a person may do at all, before it is asked to which conversation.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($name:ident $key:literal $may:literal)*) => {
        /// One right. Its key is what the database and the settings say.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs)] // each says what it may in `may`
        pub enum Permission {
            $(#[serde(rename = $key)] $name,)*
        }

        impl Permission {
            /// All of them, in the order of the roles screen.
            pub const ALL: &[Permission] = &[$(Permission::$name),*];

            /// Its stable name, such as `assign_others`.
            pub const fn key(self) -> &'static str {
                match self { $(Permission::$name => $key,)* }
            }

            /// What it allows, to stand after "may": "resolve conversations".
            pub const fn may(self) -> &'static str {
                match self { $(Permission::$name => $may,)* }
            }
        }
    };
}

permissions! {
    InboxOpen "inbox.open" "open the inbox"
    Reply "reply" "reply to customers"
    Whisper "whisper" "whisper to teammates"
    Note "note" "write notes"
    Claim "claim" "take conversations"
    AssignOthers "assign_others" "assign conversations to others"
    Unassign "unassign" "put conversations back to Unassigned"
    Resolve "resolve" "mark conversations resolved"
    Close "close" "close conversations"
    Reopen "reopen" "reopen conversations"
    Archive "archive" "archive conversations"
    Priority "priority" "change the priority"
    TagApply "tag.apply" "tag conversations and messages"
    TagCreate "tag.create" "create tags"
    MergeSplit "merge_split" "merge and split conversations"
    Transfer "transfer" "transfer conversations"
    Bulk "bulk" "change many conversations at once"
    Export "export" "export conversations"
    EmailTranscript "email_transcript" "send conversations to an e-mail address"
    Schedule "schedule" "schedule messages"
    Ticket "ticket" "create tickets"
    ContactEdit "contact.edit" "edit contacts"
    ContactPinSelf "contact.pin_self" "pin clients to themselves"
    ContactPinAny "contact.pin_any" "detach clients pinned to anybody"
    ContactBlock "contact.block" "send clients to the black list"
    BlacklistView "blacklist.view" "see the Blacklist"
    BlacklistManage "blacklist.manage" "unlock clients of the Blacklist"
    ViewAll "view_all" "see every conversation of their groups"
    Monitor "monitor" "see every conversation and whisper of their groups"
    QuickReplyGlobal "quickreply.global" "share quick replies with everybody"
    Outgoing "outgoing" "start conversations with customers"
    Reports "reports" "see the team's reports"
    AdminUsers "admin.users" "manage people"
    AdminRoles "admin.roles" "manage roles"
    AdminGroups "admin.groups" "manage groups and tags"
    AdminChannels "admin.channels" "manage channels"
    AdminAi "admin.ai" "manage AI agents"
    AdminSla "admin.sla" "manage SLA targets"
    AdminRouting "admin.routing" "manage routing"
    AdminAutomation "admin.automation" "manage automation"
    AdminPrivacy "admin.privacy" "manage data and privacy"
    AdminAudit "admin.audit" "read the audit log"
    AdminFeatures "admin.features" "switch features"
}

impl Permission {
    /// The permission of that key, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.key() == key)
    }
}

/// A set of rights.
pub type Permissions = BTreeSet<Permission>;

/// A role as it is shipped. A workspace may edit its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// Works the queue.
    Operator,
    /// Operator who sees the whole of the groups: **Agent**.
    Agent,
    /// The same rights under the name **Chat edit**.
    ChatEdit,
    /// Watches over the work: **Manager**.
    Manager,
    /// Manager who also sets up people: **Business Admin**.
    BusinessAdmin,
    /// The same rights under the name **Chat admin**.
    ChatAdmin,
    /// Add-on: **Show tab "All" in conversations**.
    ShowTabAll,
    /// Add-on: **Conversations management**.
    ConversationsManagement,
    /// Everything, without group limits: **Super-admin**.
    SuperAdmin,
}

impl Preset {
    /// All of them.
    pub const ALL: &[Preset] = &[
        Preset::Operator,
        Preset::Agent,
        Preset::ChatEdit,
        Preset::Manager,
        Preset::BusinessAdmin,
        Preset::ChatAdmin,
        Preset::ShowTabAll,
        Preset::ConversationsManagement,
        Preset::SuperAdmin,
    ];

    /// The name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Operator => "Operator",
            Preset::Agent => "Agent",
            Preset::ChatEdit => "Chat edit",
            Preset::Manager => "Manager",
            Preset::BusinessAdmin => "Business Admin",
            Preset::ChatAdmin => "Chat admin",
            Preset::ShowTabAll => "Show tab \"All\" in conversations",
            Preset::ConversationsManagement => "Conversations management",
            Preset::SuperAdmin => "Super-admin",
        }
    }

    /// What it holds.
    pub fn permissions(self) -> Permissions {
        use Permission::*;
        match self {
            Preset::Operator => Permissions::from([
                InboxOpen,
                Reply,
                Whisper,
                Note,
                Claim,
                AssignOthers,
                Unassign,
                Resolve,
                Close,
                Reopen,
                Priority,
                TagApply,
                TagCreate,
                Transfer,
                EmailTranscript,
                Schedule,
                Ticket,
                Outgoing,
                ContactEdit,
                ContactPinSelf,
                ContactBlock,
            ]),
            Preset::Agent | Preset::ChatEdit => with(Preset::Operator, [ViewAll, Bulk, Export, MergeSplit]),
            Preset::Manager => with(
                Preset::Agent,
                [Monitor, ContactPinAny, Archive, BlacklistView, BlacklistManage, QuickReplyGlobal, Reports],
            ),
            Preset::BusinessAdmin | Preset::ChatAdmin => {
                with(Preset::Manager, [AdminUsers, AdminGroups, AdminSla])
            }
            Preset::ShowTabAll => Permissions::from([ViewAll, BlacklistView]),
            Preset::ConversationsManagement => {
                Permissions::from([ViewAll, BlacklistView, BlacklistManage, AssignOthers, Bulk, Archive])
            }
            Preset::SuperAdmin => Permission::ALL.iter().copied().collect(),
        }
    }
}

fn with<const N: usize>(preset: Preset, more: [Permission; N]) -> Permissions {
    let mut permissions = preset.permissions();
    permissions.extend(more);
    permissions
}

#[cfg(test)]
mod tests {
    use super::Permission::*;
    use super::*;

    // rule 001-01
    #[test]
    fn who_edits_or_administers_chats_opens_assigns_answers_and_resolves() {
        for preset in [Preset::ChatEdit, Preset::ChatAdmin] {
            for permission in [InboxOpen, Claim, AssignOthers, Reply, Resolve] {
                assert!(preset.permissions().contains(&permission), "{} {}", preset.name(), permission.key());
            }
        }
    }

    #[test]
    fn every_key_names_its_permission() {
        for permission in Permission::ALL {
            assert_eq!(Permission::of_key(permission.key()), Some(*permission));
        }
    }

    #[test]
    fn each_role_of_the_ladder_holds_what_the_one_below_holds() {
        let ladder =
            [Preset::Operator, Preset::Agent, Preset::Manager, Preset::BusinessAdmin, Preset::SuperAdmin];
        for pair in ladder.windows(2) {
            assert!(pair[0].permissions().is_subset(&pair[1].permissions()), "{pair:?}");
        }
    }
}
