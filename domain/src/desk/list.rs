//! The lists of a desk: which conversations stand in them, where, and how many there are.

use std::collections::BTreeSet;

use super::{Ask, Desk, LISTS, Page, Total};
use crate::conversation::Scene;
use crate::counter::Count;
use crate::filter::Filter;
use crate::id::ConversationId;
use crate::live::Row;
use crate::order::{Order, Place};
use crate::search::{self, Search};
use crate::time::Timestamp;
use crate::view::View;

/// A list as far as it is loaded: everything that stands before `next`.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// Which conversations.
    pub filter: Filter,
    /// Where the part that is not loaded begins.
    pub next: Option<Place>,
    /// Whether its first page is here.
    pub is_loaded: bool,
    /// In order.
    pub(super) rows: Vec<(Place, ConversationId)>,
    /// How many the server counted where a filter narrows the view.
    counted: i64,
    bounded: bool,
    counted_at: i64,
}

impl List {
    /// Nothing of it is loaded.
    pub fn of(filter: Filter) -> Self {
        Self { filter, next: None, is_loaded: false, rows: vec![], counted: 0, bounded: false, counted_at: 0 }
    }

    /// The conversations that are loaded, in order.
    pub fn ids(&self) -> impl Iterator<Item = ConversationId> {
        self.rows.iter().map(|(_, id)| *id)
    }

    pub(super) fn remove(&mut self, id: ConversationId) {
        self.rows.retain(|(_, listed)| *listed != id);
    }

    /// Brings a conversation to its place, or out of the list.
    fn put(&mut self, id: ConversationId, place: Option<Place>) {
        let place = place.filter(|place| self.next.is_none_or(|next| *place <= next));
        let before = self.rows.iter().find(|(_, listed)| *listed == id).map(|(place, _)| *place);
        if before == place {
            return;
        }
        self.remove(id);
        if let Some(place) = place {
            let at = self.rows.partition_point(|(other, _)| *other < place);
            self.rows.insert(at, (place, id));
        }
    }
}

impl Desk {
    /// The list on the screen.
    pub fn list(&self) -> &List {
        self.lists.last().expect("there is always one: `empty` and `start` make it, `show_list` keeps it")
    }

    /// How many conversations the list on the screen holds, hopes counted in, and whether there are more.
    pub fn total(&self, now: Timestamp) -> (i64, bool) {
        let list = self.list();
        match list.next {
            None => (list.rows.len() as i64, false),
            Some(_) if list.filter.is_bare() => {
                let count: Count = self.counts(now).get(&list.filter.view).copied().unwrap_or_default();
                (count.n, false)
            }
            Some(_) => (list.counted, list.bounded),
        }
    }

    /// After a change it is open how many there are in a list that a filter narrows: nobody counts these, and what is
    /// not loaded is not known.
    pub(super) fn recount(&self) -> Option<Ask> {
        let list = self.list();
        // A page that is on its way may have been counted before the change.
        (!list.filter.is_bare() && (list.next.is_some() || !list.is_loaded)).then_some(Ask::List)
    }

    /// Puts the list of a filter on the screen. False where it has to be asked for.
    pub fn show_list(&mut self, filter: Filter) -> bool {
        // What is overdue changes by time alone, which no stream tells.
        let is_kept = |list: &List| list.is_loaded && filter.view != View::Overdue;
        let at = self.lists.iter().position(|list| list.filter == filter);
        let list = at.map_or_else(|| List::of(filter.clone()), |at| self.lists.remove(at));
        let is_kept = is_kept(&list);
        self.lists.push(list);
        let surplus = self.lists.len().saturating_sub(LISTS);
        self.lists.drain(..surplus);
        self.tidy();
        is_kept
    }

    /// Takes a piece of a list that stands behind `after`.
    pub fn take_page(&mut self, filter: &Filter, page: Page, after: Option<Place>, now: Timestamp) {
        let Page { seq, rows, next, total, bounded, counts } = page;
        self.take_counts(seq, counts);
        let ids: Vec<ConversationId> = rows.iter().map(|row| row.scene.conversation.id).collect();
        let changed_since: Vec<ConversationId> =
            self.truth.iter().filter(|(_, known)| known.as_of > seq).map(|(id, _)| *id).collect();
        rows.into_iter().for_each(|row| self.learn(row, seq));
        let Some(list) = self.lists.iter_mut().find(|list| list.filter == *filter) else { return };
        if after.is_some() && list.next != after {
            return; // it was asked for twice, or the list was begun anew
        }
        // How many there are is counted apart; until then it is as many as it was.
        if !(list.is_loaded && bounded) {
            (list.counted, list.bounded) = (total, bounded);
        }
        list.is_loaded = true;
        // Looked at again after more than this was loaded, the rest stays: a list must not jump. It is kept up
        // to date like everything that is here.
        let is_of_page = |place: &Place| match (after, next) {
            (Some(after), _) => *place > after,
            (None, Some(end)) => *place <= end,
            (None, None) => true,
        };
        list.rows.retain(|(place, _)| !is_of_page(place));
        let has_more_loaded = after.is_none() && list.rows.iter().any(|(place, _)| Some(*place) > next);
        if !has_more_loaded {
            list.next = next;
        }
        for id in ids.into_iter().chain(changed_since) {
            self.place(id, now);
        }
        // What is hoped may stand elsewhere than where the server has it.
        let hoped: Vec<ConversationId> = self.hopes.iter().map(|hope| hope.request.conversation).collect();
        hoped.into_iter().for_each(|id| self.place(id, now));
        self.tidy();
    }

    /// Whether it has to be asked how many that list holds: a filter narrows it, and it is not here whole.
    pub fn lacks_total(&self, filter: &Filter) -> bool {
        let list = self.lists.iter().find(|list| list.filter == *filter);
        !filter.is_bare() && list.is_some_and(|list| list.next.is_some())
    }

    /// Takes how many that list holds.
    pub fn take_total(&mut self, filter: &Filter, total: Total) {
        let list = self.lists.iter_mut().find(|list| list.filter == *filter);
        if let Some(list) = list.filter(|list| list.counted_at <= total.seq) {
            (list.counted, list.bounded, list.counted_at) = (total.n, total.bounded, total.seq);
        }
    }

    /// Takes conversations that a search found; those of one before are kept where it goes on.
    pub fn take_found(&mut self, rows: Vec<Row>, seq: i64, is_new: bool) {
        if is_new {
            self.found.clear();
        }
        self.found.extend(rows.iter().map(|row| row.scene.conversation.id));
        rows.into_iter().for_each(|row| self.learn(row, seq));
        self.tidy();
    }

    /// What is found in what is held here, the newest first: something to look at until the server answers.
    pub fn held(&self, search: &Search, now: Timestamp) -> Vec<ConversationId> {
        let Search { words, with_file, filter, .. } = search;
        // Who wrote each message, and what came with it, only the server knows of all.
        if words.is_empty() || *with_file || search.asks_who_wrote() {
            return vec![];
        }
        let is_found = |row: &Row| {
            let Scene { contact, conversation, into: _ } = &row.scene;
            let said = row.preview.as_ref().is_some_and(|preview| words.are_in(&preview.text));
            let is_named =
                words.are_in(&search::names(contact)) || words.number() == Some(conversation.number);
            (is_named || said) && filter.matches(&self.viewer, &row.scene, now)
        };
        let found = self.truth.values().map(|known| &known.row).filter(|row| is_found(row));
        let place = |row: &Row| {
            (Order::Newest.place(&row.scene.contact, &row.scene.conversation), row.scene.conversation.id)
        };
        let found: BTreeSet<_> = found.map(place).collect();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// Brings a conversation to where it belongs in every list.
    pub(super) fn place(&mut self, id: ConversationId, now: Timestamp) {
        let row = self.row(id);
        for list in self.lists.iter_mut().filter(|list| list.is_loaded) {
            let listed = row.as_ref().filter(|row| list.filter.matches(&self.viewer, &row.scene, now));
            let order = Order::of(list.filter.view);
            list.put(id, listed.map(|row| order.place(&row.scene.contact, &row.scene.conversation)));
        }
    }
}
