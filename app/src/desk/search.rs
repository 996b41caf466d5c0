//! Searching from this desk: what the browser holds is found at once, and what the server finds takes its place.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::filter::Filter;
use domain::id::ConversationId;
use domain::live::Row;
use domain::search::{After, Found, Said, Search, Unclear, Words};
use domain::view::View;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Desk, Loading};
use crate::{api, dom};

/// Pages without anything new after which somebody has to ask for more: each is a thousand messages.
const EMPTY_PAGES: usize = 20;

/// How long the server is not asked while somebody types.
const PAUSE: Duration = Duration::from_millis(75);

/// What is searched for and was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searching {
    /// As it was typed; empty where nobody searches.
    pub text: String,
    /// Why it is not searched for.
    pub unclear: Option<Unclear>,
    /// The history is not indexed whole yet.
    pub is_incomplete: bool,
    search: Search,
    /// What was said, where that is why a conversation was found.
    said: BTreeMap<ConversationId, Said>,
    ids: Vec<ConversationId>,
    next: Option<After>,
    /// Pages that were asked for one after another because none of them held anything new.
    n_empty: usize,
}

/// Why a conversation was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    pub text: String,
    pub words: Words,
    pub said: Option<Said>,
}

impl Searching {
    /// Whether the list shows what was found.
    pub fn is_on(&self) -> bool {
        !self.text.trim().is_empty() && self.unclear.is_none()
    }

    /// Why that conversation was found: what was typed, its words, and the message if it was one.
    pub fn why(&self, id: ConversationId) -> Option<Why> {
        let said = self.said.get(&id).cloned();
        self.is_on().then(|| Why { text: self.text.clone(), words: self.search.words.clone(), said })
    }

    /// What was found, in order, and whether there is more.
    pub(super) fn found(&self) -> Option<(&[ConversationId], bool)> {
        self.is_on().then_some((&*self.ids, self.next.is_some()))
    }
}

impl Desk {
    /// Searches for that, or ends a search where it is nothing.
    pub fn look_for(self, text: String) {
        if self.search.with_untracked(|before| before.text == text) {
            return;
        }
        let day = |text: &str| dom::moment(&format!("{text}T00:00"));
        let (office, viewer) = (self.office.get_untracked(), self.viewer.get_untracked());
        let mut now = Searching { text, ..Searching::default() };
        match Search::read(&now.text, &office, &viewer, &day) {
            Ok(search) => now.search = search,
            Err(unclear) => now.unclear = Some(unclear),
        }
        let (was_on, is_on) = (self.search.with_untracked(Searching::is_on), now.is_on());
        if is_on {
            now.ids = self.core.with_value(|core| core.held(&now.search, self.now.get_untracked()));
        }
        self.search.set(now);
        if is_on {
            self.list.update(|list| (list.state, list.held) = (Loading::Loading, false));
            self.bring_up_list();
            self.find_soon();
        } else if was_on {
            let filter = self.list.with_untracked(|list| list.filter.clone());
            self.show_list(filter);
        }
    }

    /// Ends a search where another list is about to be shown.
    pub fn end_search(self) {
        if self.search.with_untracked(Searching::is_on) {
            self.search.set(Searching::default());
        }
    }

    /// Looks for conversations of clients who are called so: among what is held at once, then on the server.
    pub fn find_clients(self, typed: RwSignal<String>, found: RwSignal<Vec<Row>>) {
        let text = typed.get_untracked();
        let filter = Filter::of(View::All);
        let search = Search { words: Words::of(&text), filter, ..Search::default() };
        if search.words.is_empty() || !search.is_searchable() {
            return found.set(vec![]);
        }
        let held = self.core.with_value(|core| {
            let ids = core.held(&search, self.now.get_untracked());
            ids.into_iter().filter_map(|id| core.row(id)).collect()
        });
        found.set(held);
        let is_typed = move |text: &str| typed.try_with_untracked(|now| now == text) == Some(true);
        let find = move || {
            if !is_typed(&text) {
                return;
            }
            spawn_local(async move {
                let answer = api::search(search, None).await;
                if !is_typed(&text) {
                    return;
                }
                match answer {
                    Ok(answer) => drop(found.try_set(answer.hits.into_iter().map(|hit| hit.row).collect())),
                    Err(error) => self.unanswered(&error),
                }
            });
        };
        set_timeout(find, PAUSE);
    }

    /// Asks the server, unless somebody types on.
    fn find_soon(self) {
        let search = self.search.with_untracked(|now| now.search.clone());
        let find = move || {
            if self.search.with_untracked(|now| now.is_on() && now.search == search) {
                self.find(None);
            }
        };
        set_timeout(find, PAUSE);
    }

    /// Asks the server for what was found behind that place.
    pub(super) fn find(self, after: Option<After>) {
        let search = self.search.with_untracked(|now| now.search.clone());
        self.list.update(|list| list.state = Loading::Loading);
        spawn_local(async move {
            let found = api::search(search.clone(), after).await;
            // Something else is searched for by now.
            if self.search.with_untracked(|now| !now.is_on() || now.search != search) {
                return;
            }
            match found {
                Ok(found) => self.take_found(found, after),
                Err(error) => {
                    self.unanswered(&error);
                    self.list.update(|list| list.state = Loading::Failed(error));
                }
            }
        });
    }

    fn take_found(self, found: Found, after: Option<After>) {
        let Found { seq, hits, next, is_incomplete } = found;
        let ids: Vec<ConversationId> = hits.iter().map(|hit| hit.row.scene.conversation.id).collect();
        let rows = hits.iter().map(|hit| hit.row.clone()).collect();
        self.core.update_value(|core| core.take_found(rows, seq, after.is_none()));
        let is_first = after.is_none();
        self.search.update(|now| {
            if is_first {
                now.ids.clear();
                now.said.clear();
            }
            let said = hits.into_iter().filter_map(|hit| Some((hit.row.scene.conversation.id, hit.said?)));
            for (id, said) in said.filter(|(id, _)| !now.ids.contains(id)).collect::<Vec<_>>() {
                now.said.insert(id, said);
            }
            let more: Vec<_> = ids.iter().copied().filter(|id| !now.ids.contains(id)).collect();
            now.n_empty = if more.is_empty() { now.n_empty + 1 } else { 0 };
            now.ids.extend(more);
            (now.next, now.is_incomplete) = (next, is_incomplete);
        });
        self.bring_up(&ids.into_iter().collect());
        // Who sees few of those that hold the words has to look further back.
        let (n_empty, n, has_more) =
            self.search.with_untracked(|now| (now.n_empty, now.ids.len(), now.next.is_some()));
        if has_more && (1..EMPTY_PAGES).contains(&n_empty) {
            return self.find(next);
        }
        self.list.update(|list| list.state = Loading::Ready);
        if is_first || n_empty > 0 {
            let more = if has_more { " or more" } else { "" };
            self.announced.set(match n {
                0 => "No conversations match.".into(),
                n => format!("{n}{more} found."),
            });
        }
    }

    /// The next page of what was found.
    pub fn find_more(self) {
        self.search.update(|now| now.n_empty = 0);
        if let Some(next) = self.search.with_untracked(|now| now.next) {
            self.find(Some(next));
        }
    }
}
