//! The list on the screen: its pages, and where each conversation stands in it.

use std::collections::BTreeSet;

use domain::filter::Filter;
use domain::id::ConversationId;
use domain::order::{Order, Place};
use domain::view::View;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::thread::Open;
use super::{Desk, Loading};
use crate::api;
use crate::backend::{Page, Row};
use crate::error::Error;

/// The list on the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    pub filter: Filter,
    /// In order.
    pub ids: Vec<ConversationId>,
    pub next: Option<Place>,
    /// As the server counted; what was hoped since is added.
    pub total: i64,
    pub bounded: bool,
    pub state: Loading,
}

impl Desk {
    /// Shows the list of a filter, from its beginning.
    pub fn show_list(self, filter: Filter) {
        self.list.set(List { filter: filter.clone(), ..List::default() });
        self.fetch(filter, None);
    }

    /// Asks for the list again, leaving what is there until it comes.
    pub fn refresh(self) {
        let filter = self.list.with_untracked(|list| list.filter.clone());
        self.fetch(filter, None);
    }

    /// Asks for the next page, if there is one and it is not asked for already.
    pub fn more(self) {
        let (filter, next, ready) =
            self.list.with_untracked(|list| (list.filter.clone(), list.next, list.state == Loading::Ready));
        if let (Some(next), true) = (next, ready) {
            self.list.update(|list| list.state = Loading::Loading);
            self.fetch(filter, Some(next));
        }
    }

    fn fetch(self, filter: Filter, after: Option<Place>) {
        spawn_local(async move {
            let page = api::page(filter.clone(), after).await;
            if self.list.with_untracked(|list| list.filter != filter) {
                return; // another list has been chosen meanwhile
            }
            match page {
                Ok(page) => self.take_page(page, after),
                Err(Error::SignedOut) => self.signed_out.set(true),
                Err(error) => self.list.update(|list| list.state = Loading::Failed(error)),
            }
        });
    }

    pub(super) fn take_page(self, page: Page, after: Option<Place>) {
        let Page { rows, next, total, bounded, counts } = page;
        let ids: Vec<ConversationId> = rows.iter().map(|row| row.scene.conversation.id).collect();
        for row in rows {
            self.keep(row);
        }
        let old = self.list.get_untracked();
        let view = old.filter.view;
        let mut known = vec![];
        let mut rest = next;
        match after {
            Some(_) => {
                known.extend(old.ids.iter().copied().filter(|id| !ids.contains(id)));
                known.extend(ids);
            }
            // Looked at again after more than a page was loaded, the rest stays: the list must not jump.
            None if next.is_some() && old.ids.len() > ids.len() => {
                let end = ids.last().and_then(|id| self.place_of(*id, view));
                let behind = |id: &ConversationId| !ids.contains(id) && self.place_of(*id, view) > end;
                let tail: Vec<ConversationId> = old.ids.iter().copied().filter(behind).collect();
                known.extend(ids);
                known.extend(tail);
                rest = old.next;
            }
            None => known.extend(ids),
        }
        self.list.set(List {
            ids: known,
            next: rest,
            total,
            bounded,
            state: Loading::Ready,
            filter: old.filter,
        });
        // What is hoped may stand elsewhere than where the server has it.
        let hoped = self.hopes.with_untracked(|hopes| {
            hopes.iter().map(|hope| hope.request.conversation).collect::<BTreeSet<_>>()
        });
        hoped.into_iter().for_each(|id| self.show(id));
        self.counts.set(counts);
    }

    /// Puts a conversation where it belongs in the list on the screen, or takes it out.
    pub(super) fn place(self, id: ConversationId) {
        let Some(row) = self.row(id).map(|row| row.get_untracked()) else { return };
        let viewer = self.viewer.get_untracked();
        let now = self.now.get_untracked();
        let Some((belongs, listed)) = self.list.try_with_untracked(|list| {
            (list.filter.matches(&viewer, &row.scene, now), list.ids.contains(&id))
        }) else {
            return;
        };
        if !belongs && !listed {
            return;
        }
        let mut list = self.list.get_untracked();
        let before = list.ids.clone();
        list.ids.retain(|listed| *listed != id);
        if belongs {
            let view = list.filter.view;
            let mine = self.place_of(id, view);
            let at = list
                .ids
                .iter()
                .position(|other| self.place_of(*other, view) > mine)
                .unwrap_or(list.ids.len());
            // What stands behind the last loaded row comes with its page.
            if at < list.ids.len() || list.next.is_none() || listed {
                list.ids.insert(at, id);
            }
        }
        match (belongs, listed) {
            (true, false) => list.total += 1,
            (false, true) => list.total -= 1,
            _ => {}
        }
        if list.ids != before {
            self.list.set(list);
        }
    }

    /// Where a conversation stands in the order of a view.
    fn place_of(self, id: ConversationId, view: View) -> Option<Place> {
        let place = |row: &Row| Order::of(view).place(&row.scene.contact, &row.scene.conversation);
        self.row(id).map(|row| row.with_untracked(place))
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
