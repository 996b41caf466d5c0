//! The lists that agents work from. A view is a predicate; nothing is ever moved between views.

use serde::{Deserialize, Serialize};

use crate::contact::Contact;
use crate::conversation::{Ai, Conversation, GroupSource, Status};
use crate::id::AgentId;
use crate::permission::Permission;
use crate::time::Timestamp;
use crate::viewer::Viewer;

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident $slug:literal $title:literal)*) => {
        /// A list by its predicate.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum View { $($(#[$doc])* $name,)* }

        impl View {
            /// All of them, in the order of the navigation.
            pub const ALL: &[View] = &[$(View::$name),*];

            /// Its word in the address: `pending-human-reply`.
            pub const fn slug(self) -> &'static str {
                match self { $(View::$name => $slug,)* }
            }

            /// Its name on the screen.
            pub const fn title(self) -> &'static str {
                match self { $(View::$name => $title,)* }
            }
        }
    };
}

views! {
    /// Active, with nobody, not with the AI agent.
    Unassigned "unassigned" "Unassigned"
    /// Active and mine.
    MyInbox "my-inbox" "My inbox"
    /// Finished by me.
    Closed "closed" "Closed"
    /// Everything that I may see.
    #[default]
    All "all" "All"
    /// Of contacts on the black list.
    Blacklist "blacklist" "Blacklist"
    /// The same as My inbox, as a view.
    Mine "mine" "Mine"
    /// Active, and with a person or deliberately with a group.
    Assigned "assigned" "Assigned"
    /// The AI agent answers.
    AiHandling "ai-handling" "AI handling"
    /// I was called by name.
    Mentions "mentions" "Mentions"
    /// I take part and it is not mine.
    Participating "participating" "Participating"
    /// I am asked to take it over.
    TransfersToMe "transfers-to-me" "Transfers to me"
    /// A deadline has passed.
    Overdue "overdue" "Overdue"
    /// Put away.
    Archived "archived" "Archived"
    /// Active, whoever has it.
    Unresolved "unresolved" "Unresolved"
    /// Done.
    Resolved "resolved" "Resolved"
    /// The customer waits for a person.
    PendingHumanReply "pending-human-reply" "Pending human reply"
    /// An address, number or name was captured.
    HasLead "has-lead" "Has lead"
}

impl View {
    /// The view of that word in the address.
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|view| view.slug() == slug)
    }

    /// Whether a viewer has that tab. Having it shows no more than `visible` lets through.
    pub fn open_to(self, viewer: &Viewer) -> bool {
        match self {
            View::All => viewer.may(Permission::ViewAll),
            View::Blacklist => viewer.may(Permission::BlacklistView),
            View::Unassigned
            | View::MyInbox
            | View::Closed
            | View::Mine
            | View::Assigned
            | View::AiHandling
            | View::Mentions
            | View::Participating
            | View::TransfersToMe
            | View::Overdue
            | View::Archived
            | View::Unresolved
            | View::Resolved
            | View::PendingHumanReply
            | View::HasLead => viewer.may(Permission::InboxOpen),
        }
    }

    /// Whether a conversation that `me` may see is in it. One that was merged away is in none, and one
    /// of a blocked contact only in the Blacklist.
    pub fn holds(self, contact: &Contact, conversation: &Conversation, me: AgentId, now: Timestamp) -> bool {
        if conversation.merged_into.is_some() {
            return false;
        }
        if contact.blocked_at.is_some() {
            return self == View::Blacklist;
        }
        let active = conversation.is_active();
        let assignee = conversation.assignee;
        match self {
            View::Unassigned => conversation.is_unassigned(),
            View::MyInbox | View::Mine => active && assignee == Some(me),
            View::Assigned => {
                active && (assignee.is_some() || conversation.group_source == GroupSource::Explicit)
            }
            View::AiHandling => active && assignee.is_none() && conversation.ai == Ai::Active,
            View::PendingHumanReply => conversation.needs_human(),
            View::HasLead => contact.lead,
            View::Unresolved => active,
            View::Resolved => !active,
            View::Closed => {
                matches!(conversation.status, Status::Resolved { .. } | Status::Closed)
                    && conversation.closed_by == Some(me)
            }
            View::All => true,
            View::Blacklist => false,
            View::Archived => matches!(conversation.status, Status::Archived { .. }),
            View::Mentions => conversation.mentioned.contains(&me),
            View::Participating => active && conversation.has_part(me) && assignee != Some(me),
            View::TransfersToMe => conversation.transfer.is_some_and(|transfer| transfer.to == me),
            View::Overdue => {
                conversation.status == Status::Open
                    && conversation.deadlines.nearest().is_some_and(|deadline| deadline < now)
            }
        }
    }
}

#[cfg(test)]
mod laws {
    use proptest::prelude::*;

    use super::*;
    use crate::conversation::Scene;
    use crate::filter::Filter;
    use crate::worlds::*;

    fn list(view: View, viewer: &Viewer, scenes: &[Scene]) -> Vec<i64> {
        let filter = Filter::of(view);
        let found = scenes.iter().filter(|scene| filter.matches(viewer, scene, NOON));
        found.map(|scene| scene.conversation.number).collect()
    }

    fn subset(inner: &[i64], outer: &[i64]) -> bool {
        inner.iter().all(|number| outer.contains(number))
    }

    fn together(a: &[i64], b: &[i64]) -> Vec<i64> {
        let mut all = [a, b].concat();
        all.sort_unstable();
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

        // rule 000-01, 000-02
        #[test]
        fn the_views_keep_their_laws(scenes in worlds(), viewer in viewers()) {
            let view = |view| list(view, &viewer, &scenes);
            let (mine, assigned, unresolved) = (view(View::Mine), view(View::Assigned), view(View::Unresolved));
            prop_assert_eq!(&mine, &view(View::MyInbox));
            prop_assert!(subset(&mine, &assigned) && subset(&assigned, &unresolved));
            let unassigned = view(View::Unassigned);
            prop_assert!(!unassigned.iter().any(|number| mine.contains(number)));

            // rule 001-17: resolved ones stay in All and leave Unresolved and Your inbox
            prop_assert_eq!(together(&unresolved, &view(View::Resolved)), view(View::All));

            let with_agent: Vec<i64> = scenes.iter()
                .filter(|scene| scene.conversation.assignee.is_some() && unresolved.contains(&scene.conversation.number))
                .map(|scene| scene.conversation.number).collect();
            let parts = together(&together(&unassigned, &view(View::AiHandling)), &with_agent);
            prop_assert_eq!(&parts, &unresolved, "Unresolved = Unassigned + AI handling + with a person");

            for number in unassigned.iter().filter(|number| assigned.contains(number)) {
                let scene = scenes.iter().find(|scene| scene.conversation.number == *number).unwrap();
                prop_assert_eq!(scene.conversation.group_source, GroupSource::Explicit);
                prop_assert!(scene.conversation.assignee.is_none());
            }
            for scene in scenes.iter().filter(|scene| unassigned.contains(&scene.conversation.number)) {
                prop_assert!(viewer.in_scope(scene.conversation.group), "Unassigned lies within the limits");
            }
            prop_assert!(subset(&view(View::PendingHumanReply), &unresolved));
        }

        // rule 001-17
        #[test]
        fn resolved_ones_stay_in_all_and_leave_unresolved_and_your_inbox(scenes in worlds(), viewer in viewers()) {
            let view = |view| list(view, &viewer, &scenes);
            for number in view(View::Resolved) {
                prop_assert!(view(View::All).contains(&number));
                prop_assert!(!view(View::Unresolved).contains(&number));
                prop_assert!(!view(View::MyInbox).contains(&number));
            }
        }

        // rule 003-19
        #[test]
        fn a_conversation_is_in_at_most_one_agents_closed_tab(scenes in worlds()) {
            for scene in &scenes {
                let holders = everybody().into_iter()
                    .filter(|viewer| Filter::of(View::Closed).matches(viewer, scene, NOON));
                prop_assert!(holders.count() <= 1);
            }
        }

        #[test]
        fn blocked_and_merged_ones_are_out_of_every_view(scenes in worlds(), viewer in viewers()) {
            for scene in &scenes {
                for view in View::ALL {
                    if Filter::of(*view).matches(&viewer, scene, NOON) {
                        prop_assert!(scene.conversation.merged_into.is_none());
                        prop_assert_eq!(scene.contact.blocked_at.is_some(), *view == View::Blacklist);
                    }
                }
            }
        }
    }
}
