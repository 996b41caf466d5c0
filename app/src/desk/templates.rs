//! The quick replies and note templates that one has: fetched once, and again when the office says that they changed.

use domain::id::QuickReplyId;
use domain::settings::quick_reply::QuickReply;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Desk;
use crate::api;

/// As they came last.
#[derive(Clone, Copy)]
pub struct Templates {
    pub all: RwSignal<Vec<QuickReply>>,
    /// Whether they came at all.
    pub is_here: RwSignal<bool>,
    /// Which came, or are on the way.
    version: StoredValue<Option<i64>>,
}

impl Templates {
    pub fn new() -> Self {
        Self { all: RwSignal::default(), is_here: RwSignal::new(false), version: StoredValue::new(None) }
    }

    /// Fetches them where those that are here are not the newest.
    pub fn fetch(self, desk: Desk) {
        let version = Some(desk.office.with_untracked(|office| office.templates));
        if self.version.get_value() == version {
            return;
        }
        self.version.set_value(version);
        spawn_local(async move {
            match api::quick_replies().await {
                Ok(all) => {
                    self.all.try_set(all);
                    self.is_here.try_set(true);
                }
                // The next time they are asked for again; what was here stays.
                Err(_) => drop(self.version.try_set_value(None)),
            }
        });
    }

    /// One was saved here: it is there before the office says so.
    pub fn learn(self, reply: QuickReply) {
        self.all.update(|all| {
            all.retain(|other| other.id != reply.id);
            all.push(reply);
        });
    }

    /// One was deleted here.
    pub fn forget(self, id: QuickReplyId) {
        self.all.update(|all| all.retain(|other| other.id != id));
    }

    /// One was used: it stands further up from now on.
    pub fn used(self, id: QuickReplyId) {
        self.all
            .update(|all| all.iter_mut().filter(|reply| reply.id == id).for_each(|reply| reply.uses += 1));
        spawn_local(async move {
            // A use that is not counted changes nothing that somebody would miss.
            let _ = api::use_quick_reply(id).await;
        });
    }
}

impl Default for Templates {
    fn default() -> Self {
        Self::new()
    }
}
