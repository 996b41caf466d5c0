//! Drafts on the server: what is written here is there two seconds later, and what another browser wrote is here when
//! somebody comes back to this one. Of two the newer one holds.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::draft::{DRAFTS_AT_ONCE, Draft};
use domain::id::ConversationId;
use domain::time::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Kind, place};
use crate::desk::Desk;
use crate::error::Error;
use crate::{api, dom};

/// How long writing waits for more letters.
const SENT_AFTER: Duration = Duration::from_secs(2);

/// And how long it waits to be tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// So many bytes of texts are sent at once: the server takes 256 KB.
const BYTES_AT_ONCE: usize = 100_000;

/// What was sent or taken out again so long ago is not remembered.
const FORGOTTEN_AFTER: domain::time::Duration = domain::time::Duration::days(30);

/// Under which this browser keeps when its drafts were written.
const TIMES: &str = "draft-at:";

type Place = (ConversationId, Kind);

/// When each was written, and which the server does not have yet.
#[derive(Clone, Copy)]
pub struct Sync {
    times: StoredValue<BTreeMap<Place, Timestamp>>,
    unsent: StoredValue<Vec<Place>>,
    is_waiting: StoredValue<bool>,
    /// Where this person's times are kept.
    prefix: StoredValue<String>,
}

impl Sync {
    pub fn new() -> Self {
        Self {
            times: StoredValue::default(),
            unsent: StoredValue::default(),
            is_waiting: StoredValue::new(false),
            prefix: StoredValue::default(),
        }
    }

    /// Reads when this person's drafts in this browser were written. Texts of which that is not known are as of now.
    pub fn start(self, desk: Desk, agent: &str, texts: &BTreeMap<Place, String>) {
        let prefix = format!("{TIMES}{agent}:");
        let times = dom::kept_under(&prefix).into_iter();
        let times = times
            .filter_map(|(key, at)| Some((place(key.strip_prefix(&prefix)?)?, Timestamp(at.parse().ok()?))));
        let times: BTreeMap<Place, Timestamp> = times.collect();
        self.prefix.set_value(prefix.clone());
        let is_written = |place: &Place| texts.get(place).is_some_and(|text| !text.is_empty());
        let forgotten = desk.clock() - FORGOTTEN_AFTER;
        for (id, kind) in
            times.iter().filter(|(place, at)| **at < forgotten && !is_written(place)).map(|(place, _)| place)
        {
            dom::keep(&format!("{prefix}{id}:{}", kind.key()), "");
        }
        let unknown: Vec<Place> =
            texts.keys().filter(|place| is_written(place) && !times.contains_key(place)).copied().collect();
        self.times.set_value(times);
        unknown.into_iter().for_each(|place| self.mark(place, desk.clock()));
    }

    /// Another tab has written: its text is here by now, and so is when that was.
    pub fn hear_storage(self, key: &str, at: Option<&str>) {
        let prefix = self.prefix.get_value();
        let place = key.strip_prefix(&prefix).filter(|_| !prefix.is_empty()).and_then(place);
        if let Some((place, at)) = place.zip(at.and_then(|at| at.parse().ok())) {
            self.times.update_value(|times| _ = times.insert(place, Timestamp(at)));
        }
    }

    /// Something is written there.
    pub fn wrote(self, desk: Desk, place: Place) {
        self.mark(place, desk.clock());
        self.unsent.update_value(|unsent| {
            if !unsent.contains(&place) {
                unsent.push(place);
            }
        });
        self.send_after(desk, SENT_AFTER);
    }

    fn mark(self, place: Place, at: Timestamp) {
        self.times.update_value(|times| _ = times.insert(place, at));
        let (id, kind) = place;
        // Where it is not kept, the text is not either, and that is said.
        dom::keep(&format!("{}{id}:{}", self.prefix.get_value(), kind.key()), &at.0.to_string());
    }

    fn send_after(self, desk: Desk, wait: Duration) {
        if self.is_waiting.get_value() {
            return;
        }
        self.is_waiting.set_value(true);
        set_timeout(move || self.send(desk), wait);
    }

    fn send(self, desk: Desk) {
        if desk.signed_out.get_untracked() {
            // What is kept here goes when they are signed in again.
            self.is_waiting.set_value(false);
            return;
        }
        let (mut drafts, mut n_bytes) = (vec![], 0);
        let mut places = self.unsent.get_value();
        while drafts.len() < DRAFTS_AT_ONCE
            && n_bytes < BYTES_AT_ONCE
            && let Some((id, kind)) = places.pop()
        {
            let Some(at) = self.times.with_value(|times| times.get(&(id, kind)).copied()) else { continue };
            let text = untrack(|| desk.drafts.text(id, kind));
            let (n, draft) = (text.len(), Draft { conversation: id, kind: kind.key().into(), text, at });
            // Longer than anything that could be sent, it stays in this browser.
            if draft.check().is_ok() && n < BYTES_AT_ONCE {
                n_bytes += n;
                drafts.push((draft, (id, kind)));
            }
        }
        self.unsent.set_value(places);
        let (drafts, sent): (Vec<Draft>, Vec<Place>) = drafts.into_iter().unzip();
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        spawn_local(async move {
            let answer = if drafts.is_empty() { Ok(()) } else { api::save_drafts(me, drafts).await };
            self.is_waiting.set_value(false);
            let is_sent = answer.is_ok();
            match answer {
                Ok(()) => {}
                Err(Error::SignedOut) => return desk.signed_out.set(true),
                Err(_) => self.unsent.update_value(|unsent| unsent.extend(sent)),
            }
            if !self.unsent.with_value(Vec::is_empty) {
                self.send_after(desk, if is_sent { SENT_AFTER } else { AGAIN_AFTER });
            }
        });
    }

    /// What was written here and did not get to the server: the page was closed before.
    fn send_newer(self, desk: Desk, known: &[Draft]) {
        let there = known.iter().map(|draft| ((draft.conversation, draft.kind.as_str()), draft.at));
        let there: BTreeMap<_, _> = there.collect();
        let is_newer = |(place, at): (&Place, &Timestamp)| {
            let there = there.get(&(place.0, place.1.key())).copied();
            let has_text = || !untrack(|| desk.drafts.text(place.0, place.1)).is_empty();
            let is_newer = there.map_or_else(has_text, |there| there < *at);
            is_newer.then_some(*place)
        };
        let newer: Vec<Place> = self.times.with_value(|times| times.iter().filter_map(is_newer).collect());
        if !newer.is_empty() {
            self.unsent.update_value(|unsent| unsent.extend(newer));
            self.send_after(desk, SENT_AFTER);
        }
    }

    /// Takes what other browsers of this person wrote.
    pub fn fetch(self, desk: Desk) {
        let opened = move || desk.opened.with_untracked(|open| open.thread().map(|thread| thread.id));
        if desk.signed_out.get_untracked() {
            return;
        }
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        spawn_local(async move {
            let drafts = match api::drafts(me).await {
                Ok(drafts) => drafts,
                Err(Error::SignedOut) => return desk.signed_out.set(true),
                // The next time somebody comes back it is asked again; what is here stays.
                Err(_) => return,
            };
            let mut is_restored = false;
            self.send_newer(desk, &drafts);
            for draft in drafts {
                let Some(kind) = Kind::of_key(&draft.kind) else { continue };
                let place = (draft.conversation, kind);
                let at = self.times.with_value(|times| times.get(&place).copied());
                let here = untrack(|| desk.drafts.text(draft.conversation, kind));
                if at.is_some_and(|at| at >= draft.at) || (at.is_none() && here == draft.text) {
                    continue;
                }
                self.mark(place, draft.at);
                if here != draft.text {
                    is_restored |= Some(draft.conversation) == opened() && !draft.text.is_empty();
                    desk.drafts.restore(draft.conversation, kind, draft.text);
                }
            }
            if is_restored {
                desk.toasts.say("Restored newer draft from another device.");
            }
        });
    }
}

impl Default for Sync {
    fn default() -> Self {
        Self::new()
    }
}
