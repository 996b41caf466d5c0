//! How many conversations a viewer finds in each view, without looking at the conversations.
//!
//! Every conversation lies in a few [`Cell`]s, and a table counts how many lie in each. A transition
//! moves it from its old cells to its new ones; a count is the sum over the cells in a viewer's sight.
//! Overdue is not counted so: it changes by time alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contact::Contact;
use crate::conversation::Conversation;
use crate::id::{AgentId, GroupId};
use crate::permission::Permission;
use crate::time::Timestamp;
use crate::view::View;
use crate::viewer::Viewer;

/// How many conversations each view holds for a viewer. An absent view holds none.
pub type Counts = BTreeMap<View, Count>;

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// In all.
    pub n: i64,
    /// In which a customer's message waits that no operator has read.
    pub unread: i64,
}

impl Count {
    /// Of one conversation, so many times.
    pub fn of(n: i64, unread: bool) -> Self {
        Self { n, unread: if unread { n } else { 0 } }
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.n += other.n;
        self.unread += other.unread;
    }
}

/// One kind of conversation, as far as sight and views tell kinds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// What it counts towards.
    pub view: View,
    /// The department.
    pub group: Option<GroupId>,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// Active with nobody: free for everybody of the department to see.
    pub free: bool,
    /// Whether a customer's message waits in it unread.
    pub unread: bool,
    /// Whose tie this cell counts; `None` is the cell of everybody.
    pub tie: Option<Tie>,
}

/// What binds an agent to a conversation besides having it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tie {
    /// Whom.
    pub agent: AgentId,
    /// Whether it holds outside their groups too.
    pub strong: bool,
}

/// Views whose predicate is the same for everybody; counted in everybody's cells and in ties.
const SHARED: [View; 9] = [
    View::Unassigned,
    View::All,
    View::Assigned,
    View::AiHandling,
    View::Archived,
    View::Unresolved,
    View::Resolved,
    View::PendingHumanReply,
    View::HasLead,
];

/// Views whose predicate looks at who asks, beyond having it; counted in ties only.
const PERSONAL: [View; 4] = [View::Closed, View::Mentions, View::Participating, View::TransfersToMe];

/// The cells that a conversation lies in. None when it was merged away.
pub fn cells(contact: &Contact, conversation: &Conversation) -> Vec<Cell> {
    if conversation.merged_into.is_some() {
        return vec![];
    }
    let Conversation { group, assignee, .. } = *conversation;
    let free = conversation.is_active() && assignee.is_none();
    let unread = conversation.is_unread();
    let cell = |view, tie| Cell { view, group, assignee, free, unread, tie };
    if contact.blocked_at.is_some() {
        return vec![cell(View::Blacklist, None)];
    }
    // None of these predicates asks who looks or what time it is.
    let nobody = AgentId::new(0);
    let holds = |view: &View, me| view.holds(contact, conversation, me, Timestamp(0));
    let shared: Vec<View> = SHARED.into_iter().filter(|view| holds(view, nobody)).collect();
    let mut cells: Vec<Cell> = shared.iter().map(|view| cell(*view, None)).collect();
    for tie in ties(conversation) {
        let personal = PERSONAL.into_iter().filter(|view| holds(view, tie.agent));
        // Who has it sees it by the cell of everybody.
        let others = shared.iter().copied().filter(|_| assignee != Some(tie.agent));
        cells.extend(personal.chain(others).map(|view| cell(view, Some(tie))));
    }
    cells
}

fn ties(conversation: &Conversation) -> Vec<Tie> {
    let finished_by = conversation.closed_by.filter(|_| !conversation.is_active());
    let asked = conversation.transfer.map(|transfer| transfer.to);
    let mut agents = conversation.participants.clone();
    agents.extend(&conversation.mentioned);
    agents.extend(finished_by.into_iter().chain(asked));
    let strong = |agent| [finished_by, asked, conversation.assignee].contains(&Some(agent));
    // A mention without a part makes nothing visible.
    let holds = |agent: &AgentId| strong(*agent) || conversation.has_part(*agent);
    agents.into_iter().filter(holds).map(|agent| Tie { agent, strong: strong(agent) }).collect()
}

/// What a transition changes: the cells left (-1) and entered (+1), in one order for everybody, so that
/// two writers never wait for each other.
pub fn moves(
    before: Option<(&Contact, &Conversation)>,
    after: (&Contact, &Conversation),
) -> BTreeMap<Cell, i64> {
    let mut moves = BTreeMap::new();
    for cell in before.into_iter().flat_map(|(contact, conversation)| cells(contact, conversation)) {
        *moves.entry(cell).or_default() -= 1;
    }
    for cell in cells(after.0, after.1) {
        *moves.entry(cell).or_default() += 1;
    }
    moves.retain(|_, n| *n != 0);
    moves
}

/// How many conversations each view holds for that viewer, given how many lie in each cell, or how many more
/// there are given how many came. Cells of others' ties may be left out. A view without any is absent.
pub fn counts(viewer: &Viewer, cells: impl IntoIterator<Item = (Cell, i64)>) -> Counts {
    let mut counts = Counts::new();
    if !viewer.may(Permission::InboxOpen) {
        return counts;
    }
    for (cell, n) in cells.into_iter().filter(|(cell, _)| counted(viewer, cell)) {
        let mut add = |view| *counts.entry(view).or_default() += Count::of(n, cell.unread);
        add(cell.view);
        let mine = cell.tie.is_none() && cell.assignee == Some(viewer.agent);
        if mine && cell.view == View::Unresolved {
            add(View::Mine);
            add(View::MyInbox);
        }
    }
    counts.retain(|_, count| *count != Count::default());
    counts
}

fn counted(viewer: &Viewer, cell: &Cell) -> bool {
    let in_scope = viewer.in_scope(cell.group);
    if cell.view == View::Blacklist {
        return viewer.may(Permission::BlacklistView) && in_scope;
    }
    let sees_all = viewer.may(Permission::ViewAll) || viewer.may(Permission::Monitor);
    let for_everybody = viewer.super_admin || (in_scope && (sees_all || cell.free));
    let everybodys = for_everybody || cell.assignee == Some(viewer.agent);
    match cell.tie {
        None => everybodys,
        Some(tie) if tie.agent != viewer.agent => false,
        Some(_) if PERSONAL.contains(&cell.view) && everybodys => true,
        // What everybody's cell has counted is not counted again.
        Some(tie) => !everybodys && (tie.strong || in_scope),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::filter::Filter;
    use crate::worlds::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_count_is_the_length_of_its_list(scenes in worlds(), viewer in viewers()) {
            let mut table: BTreeMap<Cell, i64> = BTreeMap::new();
            for scene in &scenes {
                for cell in cells(&scene.contact, &scene.conversation) {
                    *table.entry(cell).or_default() += 1;
                }
            }
            let counts = counts(&viewer, table);
            for view in View::ALL.iter().filter(|view| **view != View::Overdue) {
                let mut list = Count::default();
                for scene in scenes.iter().filter(|scene| Filter::of(*view).matches(&viewer, scene, NOON)) {
                    list += Count::of(1, scene.conversation.is_unread());
                }
                prop_assert_eq!(counts.get(view).copied().unwrap_or_default(), list, "{:?}", view);
            }
        }

        #[test]
        fn a_transition_moves_a_conversation_from_its_old_cells_to_its_new_ones(scenes in worlds()) {
            for pair in scenes.windows(2) {
                let (before, after) = (&pair[0], &pair[1]);
                let mut table: BTreeMap<Cell, i64> = BTreeMap::new();
                let (from, to) = ((&before.contact, &before.conversation), (&after.contact, &after.conversation));
                for moved in [moves(None, from), moves(Some(from), to)] {
                    moved.into_iter().for_each(|(cell, n)| *table.entry(cell).or_default() += n);
                }
                table.retain(|_, n| *n != 0);
                prop_assert_eq!(table, moves(None, to));
            }
        }
    }
}
