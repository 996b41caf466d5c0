//! A customer wrote: the sound, the number in the title of the tab and on its icon. Who is told is the domain's word,
//! [`domain::notice`].

use domain::id::ConversationId;
use domain::live::Envelope;
use domain::notice::{self, Notice};
use domain::viewer::By;
use leptos::prelude::*;

use crate::desk::Desk;
use crate::dom;

/// Under which this browser keeps whether it makes sounds.
const KEY: &str = "sound";

/// Which tab of this browser makes them.
const LEADER: &str = "sound";

/// No two sounds closer than this: a burst of messages is one.
const APART_MS: i64 = 1_500;

/// Whether this browser makes sounds, and this tab.
#[derive(Clone, Copy)]
pub struct Notices {
    /// Chosen in the account menu.
    pub sounds: RwSignal<bool>,
    leads: StoredValue<bool>,
    rang_at: StoredValue<i64>,
}

impl Notices {
    /// Silent until the page has begun.
    pub fn new() -> Self {
        Self { sounds: RwSignal::new(true), leads: StoredValue::new(false), rang_at: StoredValue::new(0) }
    }

    /// Finds out whether sounds are wanted, and which tab makes them.
    pub fn start(self) {
        self.sounds.set(dom::kept(KEY).as_deref() != Some("off"));
        dom::ready_sound();
        let lead = move |leads| {
            self.leads.try_set_value(leads);
        };
        dom::lead(LEADER, false, lead);
        // A tab that somebody looks at is not asleep.
        let seen = window_event_listener(leptos::ev::visibilitychange, move |_| {
            if !document().hidden() && self.leads.try_get_value() == Some(false) {
                dom::lead(LEADER, true, lead);
            }
        });
        // As long as the page.
        std::mem::forget(seen);
    }

    /// On or off, in this browser.
    pub fn switch_sounds(self) {
        self.sounds.update(|on| *on = !*on);
        let on = self.sounds.get_untracked();
        dom::keep(KEY, if on { "" } else { "off" });
        if on {
            dom::ring();
        }
    }

    fn ring(self) {
        let now = dom::now().0;
        let is_due = now - self.rang_at.get_value() > APART_MS;
        if self.sounds.get_untracked() && self.leads.get_value() && is_due {
            self.rang_at.set_value(now);
            dom::ring();
        }
    }

    /// Tells of what came, unless the agent has it before their eyes.
    pub fn hear(self, desk: Desk, envelope: &Envelope) {
        let scene = &envelope.row.scene;
        let notice = desk.viewer.with_untracked(|viewer| {
            let me = desk.office.with_untracked(|office| office.agents.get(&viewer.agent).cloned());
            let muted = me.map(|me| me.muted).unwrap_or_default();
            notice::of(viewer, &muted, scene, &envelope.entries)
        });
        let Some(notice) = notice else { return };
        if looks_at(desk, scene.conversation.id) {
            return;
        }
        let who = &scene.contact.display_name;
        let what = format!("#{} {who}", scene.conversation.number);
        let name = |by: By| {
            desk.office.with_untracked(|office| match by {
                By::Agent(agent) => office.name_of(agent).to_string(),
                By::Visitor(_) => who.clone(),
                By::Ai => office.ai_name.clone(),
                By::Rule => "A rule".into(),
                By::System => "Switchboard".into(),
            })
        };
        // What customers do stands in the list; what colleagues want of one is said.
        match notice {
            Notice::Waits => desk.announced.set(format!("{who} waits in Unassigned.")),
            Notice::Mine => desk.announced.set(format!("New message from {who} in My inbox.")),
            Notice::Given { by } => desk.toasts.say(format!("{} assigned {what} to you.", name(by))),
            Notice::Asked { by } => desk.toasts.say(format!("{} asks you to take {what}.", name(by))),
            Notice::Answered { accepted: true } => {
                desk.toasts.say(format!("Your transfer of {what} was accepted."))
            }
            Notice::Answered { accepted: false } => {
                desk.toasts.say(format!("Your transfer of {what} was not accepted. It stays where it is."));
            }
            Notice::Returned => {
                desk.toasts
                    .say(format!("What you scheduled in {what} could not be sent. It waits there for you."));
            }
            Notice::Mentioned { by } => desk.toasts.say(format!("{} mentioned you in {what}.", name(by))),
        }
        self.ring();
    }
}

impl Default for Notices {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether somebody looks at that conversation now.
fn looks_at(desk: Desk, id: ConversationId) -> bool {
    let is_open = desk.opened.with_untracked(|open| open.thread().is_some_and(|thread| thread.id == id));
    is_open && dom::has_focus()
}

/// The title of the tab with the number of those who wait before it.
pub fn title(waiting: i64, rest: &str) -> String {
    match waiting {
        0 => rest.to_owned(),
        n => format!("({n}) {rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_names_how_many_wait_and_says_nothing_of_none() {
        assert_eq!(title(3, "Unassigned - Acme"), "(3) Unassigned - Acme");
        assert_eq!(title(0, "Unassigned - Acme"), "Unassigned - Acme");
    }
}
