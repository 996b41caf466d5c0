//! The list on the screen. Its order is the desk's; only while a hand is on it does it keep still.

use domain::filter::Filter;
use domain::id::ConversationId;
use domain::order::Place;
use domain::view::View;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::search::Searching;
use super::thread::Open;
use super::{Desk, Loading};
use crate::api;

/// The list on the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    pub filter: Filter,
    /// In order.
    pub ids: Vec<ConversationId>,
    /// Where the next page begins.
    pub next: Option<Place>,
    pub total: i64,
    pub bounded: bool,
    pub state: Loading,
    /// A hand is on it: rows keep their places, or one would press another than one meant.
    pub held: bool,
    /// Conversations that have come meanwhile and are not shown.
    pub waiting: usize,
    /// What is searched for: then these were found, whatever the filter.
    pub searched: Option<String>,
}

/// So long a narrowed list stands before it is counted: whoever narrows it further asks for other rows meanwhile.
const COUNTED_AFTER: std::time::Duration = std::time::Duration::from_millis(200);

impl Desk {
    /// Shows the list of a filter: at once where it is kept up to date, from its beginning where it is not.
    pub fn show_list(self, filter: Filter) {
        let is_kept = self.core.try_update_value(|core| core.show_list(filter.clone())).unwrap_or(false);
        // It is asked for before the screen is drawn anew, not after.
        if !is_kept {
            spawn_local(async move { self.fetch(filter, None).await });
        }
        self.show_list_of_core(if is_kept { Loading::Ready } else { Loading::Loading });
        if is_kept {
            // Whoever went on before it was counted comes back to it.
            self.count(self.list.with_untracked(|list| list.filter.clone()), true);
        }
    }

    pub(super) fn show_list_of_core(self, state: Loading) {
        let filter = self.core.with_value(|core| core.list().filter.clone());
        self.list.update(|list| *list = List { filter, state, ..List::default() });
        self.bring_up_list();
        if self.search.with_untracked(Searching::is_on) {
            self.find(None);
        }
    }

    /// Asks for the next page, if there is one and it is not asked for already.
    pub fn more(self) {
        if self.search.with_untracked(Searching::is_on) {
            if self.list.with_untracked(|list| list.state == Loading::Ready) {
                self.find_more();
            }
            return;
        }
        let (filter, next, ready) =
            self.list.with_untracked(|list| (list.filter.clone(), list.next, list.state == Loading::Ready));
        if let (Some(next), true) = (next, ready) {
            self.list.update(|list| list.state = Loading::Loading);
            spawn_local(async move { self.fetch(filter, Some(next)).await });
        }
    }

    pub(super) async fn fetch(self, filter: Filter, after: Option<Place>) {
        let page = api::page(filter.clone(), after).await;
        let is_shown = self.list.with_untracked(|list| list.filter == filter && list.searched.is_none());
        match page {
            Ok(page) => {
                let ids = page.rows.iter().map(|row| row.scene.conversation.id).collect();
                let now = self.clock();
                self.core.update_value(|core| core.take_page(&filter, page, after, now));
                if is_shown {
                    self.list.update(|list| list.state = Loading::Ready);
                }
                self.bring_up(&ids);
                self.count(filter, after.is_some());
            }
            Err(error) => {
                self.unanswered(&error);
                if is_shown {
                    self.list.update(|list| {
                        // What is there stays there.
                        list.state =
                            if list.ids.is_empty() { Loading::Failed(error) } else { Loading::Ready };
                    });
                }
            }
        }
    }

    /// Asks how many that list holds, where nothing tells; for a later page only where it is not known yet.
    pub(super) fn count(self, filter: Filter, is_later: bool) {
        let is_known = is_later && self.list.with_untracked(|list| list.filter != filter || !list.bounded);
        if !is_known && self.core.with_value(|core| core.lacks_total(&filter)) {
            let is_shown = move |filter: &Filter| self.list.with_untracked(|list| list.filter == *filter);
            let ask = move || {
                if !is_shown(&filter) {
                    return;
                }
                spawn_local(async move {
                    if let Ok(total) = api::total(filter.clone()).await {
                        self.core.update_value(|core| core.take_total(&filter, total));
                        self.bring_up_list();
                    }
                });
            };
            set_timeout(ask, COUNTED_AFTER);
        }
    }

    /// Brings the list on the screen up to the desk's.
    pub(super) fn bring_up_list(self) {
        let now = self.now.get_untracked();
        let before = self.list.get_untracked();
        let after = self.core.with_value(|core| {
            let list = core.list();
            let searched = self.search.with_untracked(|search| {
                let (ids, bounded) = search.found()?;
                let ids: Vec<_> = ids.iter().copied().filter(|id| core.row(*id).is_some()).collect();
                let (total, searched) = (ids.len() as i64, Some(search.text.clone()));
                Some(List { ids, total, bounded, searched, next: None, waiting: 0, ..before.clone() })
            });
            if let Some(found) = searched {
                return found;
            }
            let ids: Vec<ConversationId> = list.ids().collect();
            let (total, bounded) = core.total(now);
            let after =
                List { next: list.next, total, bounded, waiting: 0, searched: None, ..before.clone() };
            if !before.held || before.ids.is_empty() {
                return List { ids, ..after };
            }
            // What is out of sight goes at once, held or not; what stands behind the last row is another page.
            let mut kept: Vec<ConversationId> =
                before.ids.iter().copied().filter(|id| core.row(*id).is_some()).collect();
            let last = ids.iter().rposition(|id| before.ids.contains(id));
            let (among, behind) = ids.split_at(last.map_or(0, |last| last + 1));
            let waiting = among.iter().filter(|id| !before.ids.contains(id)).count();
            kept.extend(behind);
            List { ids: kept, waiting, ..after }
        });
        if after != before {
            self.list.set(after);
        }
    }

    /// A hand is on the list: its rows keep their places.
    pub fn hold(self) {
        if self.list.with_untracked(|list| !list.held) {
            self.list.update(|list| list.held = true);
        }
    }

    /// The hand is off it: rows go where they belong.
    pub fn let_go(self) {
        if self.list.with_untracked(|list| list.held) {
            self.list.update(|list| list.held = false);
            self.bring_up_list();
        }
    }

    /// What time alone changes.
    pub fn refresh_overdue(self) {
        if self.list.with_untracked(|list| list.filter.view == View::Overdue && list.searched.is_none()) {
            self.refresh();
        }
    }

    /// The neighbour in the list of the conversation on the screen; the first where none is.
    pub fn neighbour(self, by: i64) -> Option<(ConversationId, i64)> {
        let opened = self.opened.with_untracked(Open::number);
        let number =
            |id: ConversationId| Some(self.row(id)?.with_untracked(|row| row.scene.conversation.number));
        self.list.with_untracked(|list| {
            let at = opened.and_then(|opened| list.ids.iter().position(|id| number(*id) == Some(opened)));
            let next = match at {
                None => 0,
                Some(at) => i64::try_from(at).ok()? + by,
            };
            let id = *list.ids.get(usize::try_from(next).ok()?)?;
            Some((id, number(id)?))
        })
    }
}
