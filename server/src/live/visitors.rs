//! Visitors whose chat is open. Each hears only that something happened in their own conversations, and reads the log
//! from where they were: nothing is queued for them, and nobody else's words pass by.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use domain::conversation::Scene;
use domain::id::{AgentId, ContactId, ConversationId};
use domain::live::Change;
use tokio::sync::watch;

use super::looks::Looked;
use super::{Hub, lock};
use crate::error::Error;

/// Windows that one visitor may have open at once: tabs, and a few that have not noticed that they are dead.
const AT_ONCE: usize = 10;

/// What a visitor's window has to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stir {
    /// The last entry of the log in one of their conversations.
    pub seq: i64,
    /// Who writes to them, and where.
    pub typing: BTreeMap<ConversationId, Vec<AgentId>>,
}

/// All windows that are open.
#[derive(Default)]
pub struct Visitors(BTreeMap<ContactId, BTreeMap<u64, watch::Sender<Stir>>>);

impl Visitors {
    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many windows are open.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Wakes those whose conversations changed.
    pub fn tell(&self, changes: &[Change]) {
        for change in changes {
            for window in self.of(change.scene.contact.id) {
                window.send_modify(|stir| stir.seq = stir.seq.max(change.seq));
            }
        }
    }

    /// Tells them who writes.
    pub fn tell_looks(&self, looked: &[Looked]) {
        for Looked { contact, look, reach: _ } in looked {
            for window in self.of(*contact) {
                window.send_if_modified(|stir| {
                    let before = stir.typing.get(&look.conversation).cloned().unwrap_or_default();
                    match look.replying.is_empty() {
                        true => drop(stir.typing.remove(&look.conversation)),
                        false => drop(stir.typing.insert(look.conversation, look.replying.clone())),
                    }
                    before != look.replying
                });
            }
        }
    }

    fn of(&self, contact: ContactId) -> impl Iterator<Item = &watch::Sender<Stir>> {
        self.0.get(&contact).into_iter().flat_map(BTreeMap::values)
    }
}

/// One open window, from its connection to its end.
pub struct Window {
    hub: Arc<Hub>,
    id: u64,
    pub contact: ContactId,
    stir: watch::Receiver<Stir>,
    /// Where the visitor is writing.
    writing: Option<Scene>,
}

impl Window {
    /// `None` where the visitor has as many as may be.
    pub(super) async fn open(hub: Arc<Hub>, contact: ContactId) -> Result<Option<Self>, Error> {
        let id = hub.next.fetch_add(1, Ordering::Relaxed);
        let (sender, stir) = watch::channel(Stir::default());
        {
            let mut visitors = lock(&hub.visitors);
            let windows = visitors.0.entry(contact).or_default();
            if windows.len() >= AT_ONCE {
                return Ok(None);
            }
            windows.insert(id, sender);
        }
        metrics::gauge!("switchboard_visitor_sockets").increment(1);
        let window = Self { hub, id, contact, stir, writing: None };
        // From here on the log is followed, if it was not.
        window.hub.wake().await?;
        // Whoever writes already is told once; what changes from here on comes by itself.
        let looked = lock(&window.hub.looks).all();
        lock(&window.hub.visitors).tell_looks(&looked);
        Ok(Some(window))
    }

    /// Waits until something happened. Nothing is lost where the waiting is given up.
    pub async fn stirred(&mut self) -> Stir {
        match self.stir.changed().await {
            Ok(()) => self.stir.borrow_and_update().clone(),
            Err(_) => std::future::pending().await,
        }
    }

    /// Who writes to the visitor now.
    pub fn typing(&self) -> BTreeMap<ConversationId, Vec<AgentId>> {
        self.stir.borrow().typing.clone()
    }

    /// The visitor writes in that conversation, or has stopped.
    pub fn writes(&mut self, scene: Option<Scene>) {
        let mut looks = lock(&self.hub.looks);
        let now = Instant::now();
        if let Some(before) = self.writing.take()
            && scene.as_ref().is_none_or(|scene| scene.conversation.id != before.conversation.id)
        {
            looks.customer(&before, false, now);
        }
        if let Some(scene) = &scene {
            looks.customer(scene, true, now);
        }
        self.writing = scene;
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.writes(None);
        let mut visitors = lock(&self.hub.visitors);
        if let Some(windows) = visitors.0.get_mut(&self.contact) {
            windows.remove(&self.id);
            if windows.is_empty() {
                visitors.0.remove(&self.contact);
            }
        }
        drop(visitors);
        metrics::gauge!("switchboard_visitor_sockets").decrement(1);
    }
}
