//! Who is busy with which conversation. It is no history: it has no place in the log, and is gone with a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use domain::conversation::Scene;
use domain::id::{AgentId, ContactId, ConversationId};
use domain::live::{Change, Look};
use domain::sight::Reach;

/// How long somebody counts as writing after they said so last. Browsers say it every three seconds.
const REPLYING: Duration = Duration::from_secs(6);

/// All that is looked at.
#[derive(Default)]
pub struct Looks {
    rooms: BTreeMap<ConversationId, Room>,
    changed: BTreeSet<ConversationId>,
}

/// One conversation that somebody looks at.
struct Room {
    /// Who may know of it.
    reach: Reach,
    contact: ContactId,
    lookers: BTreeMap<u64, Looker>,
    /// Until when the customer counts as writing.
    customer_until: Option<Instant>,
}

struct Looker {
    agent: AgentId,
    replying_until: Option<Instant>,
}

/// Who is busy with a conversation, and who may know.
#[derive(Clone, Debug)]
pub struct Looked {
    pub reach: Reach,
    pub contact: ContactId,
    pub look: Look,
}

impl Looks {
    /// That browser has that conversation open, and is writing a reply there or not.
    pub fn look(&mut self, browser: u64, agent: AgentId, scene: &Scene, replying: bool, now: Instant) {
        let at = scene.conversation.id;
        let room = self.room(scene);
        let replying_until = replying.then(|| now + REPLYING);
        let before = room.lookers.insert(browser, Looker { agent, replying_until });
        // That somebody still writes is no news.
        if before.is_none_or(|before| before.replying_until.is_some() != replying) {
            self.changed.insert(at);
        }
    }

    /// The customer is writing there, or has stopped.
    pub fn customer(&mut self, scene: &Scene, writing: bool, now: Instant) {
        let id = scene.conversation.id;
        let before = match writing {
            true => self.room(scene).customer_until.replace(now + REPLYING).is_some(),
            // What is known of the conversation here may be newer than what who stops has seen of it.
            false => self.rooms.get_mut(&id).is_some_and(|room| room.customer_until.take().is_some()),
        };
        if before != writing {
            self.changed.insert(id);
        }
    }

    fn room(&mut self, scene: &Scene) -> &mut Room {
        let (reach, contact) = (Reach::of(scene), scene.contact.id);
        let room = self.rooms.entry(scene.conversation.id).or_insert_with(|| Room {
            reach: reach.clone(),
            contact,
            lookers: BTreeMap::new(),
            customer_until: None,
        });
        (room.reach, room.contact) = (reach, contact);
        room
    }

    /// That browser looks elsewhere, or is gone.
    pub fn leave(&mut self, browser: u64, at: ConversationId) {
        let Some(room) = self.rooms.get_mut(&at) else { return };
        if room.lookers.remove(&browser).is_some() {
            self.changed.insert(at);
        }
    }

    /// Who may know of a conversation changes with it.
    pub fn follow(&mut self, changes: &[Change]) {
        for change in changes {
            let id = change.scene.conversation.id;
            if let Some(room) = self.rooms.get_mut(&id) {
                room.reach = Reach::of(&change.scene);
                self.changed.insert(id);
            }
        }
    }

    /// Everything, for whoever has missed some of it.
    pub fn all(&self) -> Vec<Looked> {
        self.rooms.iter().map(|(id, room)| room.looked(*id)).collect()
    }

    /// What is to be told since it was asked last.
    pub fn changed(&mut self, now: Instant) -> Vec<Looked> {
        for (id, room) in &mut self.rooms {
            for looker in room.lookers.values_mut() {
                if looker.replying_until.is_some_and(|until| until <= now) {
                    looker.replying_until = None;
                    self.changed.insert(*id);
                }
            }
            if room.customer_until.is_some_and(|until| until <= now) {
                room.customer_until = None;
                self.changed.insert(*id);
            }
        }
        let changed = std::mem::take(&mut self.changed);
        let looked =
            changed.iter().filter_map(|id| self.rooms.get(id).map(|room| room.looked(*id))).collect();
        self.rooms.retain(|_, room| !room.lookers.is_empty() || room.customer_until.is_some());
        looked
    }
}

impl Room {
    fn looked(&self, conversation: ConversationId) -> Looked {
        let agents = |which: fn(&Looker) -> bool| -> Vec<AgentId> {
            let agents: BTreeSet<AgentId> =
                self.lookers.values().filter(|looker| which(looker)).map(|looker| looker.agent).collect();
            agents.into_iter().collect()
        };
        let viewing = agents(|_| true);
        let replying = agents(|looker| looker.replying_until.is_some());
        let look = Look { conversation, viewing, replying, customer: self.customer_until.is_some() };
        Looked { reach: self.reach.clone(), contact: self.contact, look }
    }
}

#[cfg(test)]
mod tests {
    use domain::worlds::{ANA, BEN, one_open, scene};

    use super::*;

    #[test]
    fn who_falls_silent_writes_no_more() {
        let (mut looks, start) = (Looks::default(), Instant::now());
        let scene = scene(one_open());
        looks.look(1, ANA, &scene, true, start);
        looks.look(2, BEN, &scene, false, start);
        let told = looks.changed(start);
        assert_eq!(
            (told.len(), &told[0].look.viewing, &told[0].look.replying),
            (1, &vec![ANA, BEN], &vec![ANA])
        );
        assert!(looks.changed(start + REPLYING / 2).is_empty());
        let told = looks.changed(start + REPLYING);
        assert_eq!(told[0].look.replying, []);
    }

    #[test]
    fn a_customer_who_falls_silent_writes_no_more_and_leaves_nothing_behind() {
        let (mut looks, start) = (Looks::default(), Instant::now());
        looks.customer(&scene(one_open()), true, start);
        let told = looks.changed(start);
        assert!(told[0].look.customer && told[0].look.viewing.is_empty());
        looks.customer(&scene(one_open()), true, start + REPLYING / 2);
        assert!(looks.changed(start + REPLYING).is_empty(), "still writes");
        let told = looks.changed(start + REPLYING * 2);
        assert!(!told[0].look.customer);
        assert!(looks.rooms.is_empty());
    }

    #[test]
    fn two_tabs_are_one_person_and_the_last_one_leaves() {
        let (mut looks, start) = (Looks::default(), Instant::now());
        let (id, scene) = (one_open().id, scene(one_open()));
        looks.look(1, ANA, &scene, false, start);
        looks.look(2, ANA, &scene, false, start);
        assert_eq!(looks.changed(start)[0].look.viewing, [ANA]);
        looks.leave(1, id);
        assert_eq!(looks.changed(start)[0].look.viewing, [ANA]);
        looks.leave(2, id);
        assert_eq!(looks.changed(start)[0].look.viewing, []);
        assert!(looks.rooms.is_empty());
    }
}
