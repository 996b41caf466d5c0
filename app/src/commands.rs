//! Everything that an agent can do by a button or a key, in one table. Buttons, tooltips and shortcuts are
//! made of it.

use domain::conversation::Command;
use domain::refusal::Refusal;
use domain::view::View;
use domain::viewer::Viewer;
use leptos::prelude::*;

use crate::desk::{Desk, Loading};
use crate::dom;
use crate::inbox::Go;
use domain::live::Row;

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Start,
    AssignToMe,
    Assign,
    Resolve,
    Close,
    Unassign,
    Reply,
    Whisper,
    Next,
    Previous,
    Details,
    CopyLink,
    Back,
    Show(View),
}

/// A row of the table.
pub struct Entry {
    pub action: Action,
    pub title: &'static str,
    pub icon: &'static str,
    /// As it is written in tooltips; a key, two keys in a row, or keys held together.
    pub shortcut: &'static str,
}

const fn entry(action: Action, title: &'static str, icon: &'static str, shortcut: &'static str) -> Entry {
    Entry { action, title, icon, shortcut }
}

/// The table.
pub const REGISTRY: &[Entry] = &[
    entry(Action::Start, "Start conversation", "message-circle", "i"),
    entry(Action::AssignToMe, "Assign to Me", "user-check", "i"),
    entry(Action::Assign, "Assign", "plus", "a"),
    entry(Action::Resolve, "Mark resolved", "check", "e"),
    entry(Action::Close, "To closed", "circle-check", "E"),
    entry(Action::Unassign, "To Unassigned", "undo-2", "q"),
    entry(Action::Reply, "Reply", "reply", "r"),
    entry(Action::Whisper, "Whisper", "eye-off", "w"),
    entry(Action::Next, "Next conversation", "chevron-down", "j"),
    entry(Action::Previous, "Previous conversation", "chevron-down", "k"),
    entry(Action::Details, "Details", "panel-right", "."),
    entry(Action::CopyLink, "Copy conversation link", "link", "y"),
    entry(Action::Back, "Back to the list", "arrow-left", "Escape"),
    entry(Action::Show(View::Unassigned), "Go to Unassigned", "inbox", "g u"),
    entry(Action::Show(View::MyInbox), "Go to My inbox", "user", "g m"),
    entry(Action::Show(View::All), "Go to All", "list", "g a"),
    entry(Action::Show(View::Closed), "Go to Closed", "circle-check", "g c"),
    entry(Action::Show(View::PendingHumanReply), "Go to Pending human reply", "hand", "g h"),
    entry(Action::Show(View::Blacklist), "Go to Blacklist", "ban", "g b"),
];

/// Its row.
pub fn of(action: Action) -> &'static Entry {
    // Every action has a row: a test says so.
    REGISTRY.iter().find(|entry| entry.action == action).unwrap_or(&REGISTRY[0])
}

/// The screen's own state that actions change.
#[derive(Clone, Copy)]
pub struct Screen {
    pub desk: Desk,
    pub go: Go,
    /// Whether the details panel is open where it does not stand by itself.
    pub details: RwSignal<bool>,
    /// Whether the assign picker is open.
    pub picking: RwSignal<bool>,
    /// The composer's mode: whisper or reply.
    pub whispering: RwSignal<bool>,
    /// Tips are taken away until another control is looked at.
    pub no_tips: RwSignal<bool>,
}

/// The order that an action is, for that conversation.
fn command(action: Action, row: &Row, me: domain::id::AgentId) -> Option<Command> {
    let conversation = &row.scene.conversation;
    match action {
        Action::Start => Some(Command::Claim),
        Action::AssignToMe => Some(Command::assign_to_me(conversation, me)),
        Action::Resolve if conversation.is_active() => {
            Some(Command::Resolve { summary: None, closing: None })
        }
        Action::Resolve => Some(Command::Reopen),
        Action::Close => Some(Command::Close),
        Action::Unassign => Some(Command::Unassign),
        Action::Assign
        | Action::Reply
        | Action::Whisper
        | Action::Next
        | Action::Previous
        | Action::Details
        | Action::CopyLink
        | Action::Back
        | Action::Show(_) => None,
    }
}

/// How an action's control stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be pressed.
    Ready,
    /// Not there: the right is missing.
    Hidden,
    /// It stands there and says why not.
    Refused(String),
}

impl Screen {
    /// How the control of an action stands for the conversation on the screen: the domain's answer.
    pub fn standing(self, action: Action, row: &Row) -> Standing {
        let me = self.desk.viewer.with(|viewer| viewer.agent);
        let Some(command) = command(action, row, me) else { return Standing::Ready };
        match self.desk.try_on(&row.scene, &command) {
            Ok(_) => Standing::Ready,
            Err(Refusal::NotAllowed { .. } | Refusal::Missing) => Standing::Hidden,
            Err(refusal) => Standing::Refused(refusal.sentence()),
        }
    }

    /// Does it.
    pub fn run(self, action: Action) {
        let desk = self.desk;
        let row = untrack(|| desk.opened_row()).map(|row| row.get_untracked());
        match action {
            Action::Next => self.step(1),
            Action::Previous => self.step(-1),
            Action::Back => self.go.list(desk),
            Action::Show(view) => {
                let is_open = desk.viewer.with_untracked(|viewer| view.open_to(viewer));
                match is_open {
                    true => self.go.view(view),
                    false => {
                        desk.toasts.alert(format!("The tab {} is not open to your roles.", view.title()))
                    }
                }
            }
            Action::Details => self.details.update(|open| *open = !*open),
            Action::Reply | Action::Whisper => {
                self.whispering.set(action == Action::Whisper);
                dom::focus_soon("composer-text");
            }
            Action::Assign => {
                if row.is_some() && desk.viewer.with_untracked(Viewer::may_assign) {
                    self.picking.update(|open| *open = !*open);
                }
            }
            Action::CopyLink => {
                if let Some(row) = row {
                    self.copy_link(row.scene.conversation.number);
                }
            }
            Action::Start | Action::AssignToMe | Action::Resolve | Action::Close | Action::Unassign => {
                if let Some(row) = row {
                    self.order(action, &row);
                }
            }
        }
    }

    fn order(self, action: Action, row: &Row) {
        let desk = self.desk;
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        let Some(command) = command(action, row, me) else { return };
        let done = match &command {
            Command::Resolve { .. } => "Resolved.",
            Command::Reopen => "Reopened.",
            Command::Close => "Closed.",
            Command::Unassign => "Put back to Unassigned.",
            Command::Claim
            | Command::Assign { .. }
            | Command::Reply { .. }
            | Command::Whisper { .. }
            | Command::Note { .. }
            | Command::Read => "It is yours now.",
        };
        // Taken from the queue or opened again, it is worked on here; finished or given back, the next one is.
        let stays = matches!(command, Command::Claim | Command::Assign { .. } | Command::Reopen);
        let id = row.scene.conversation.id;
        let after_it = desk.neighbour(1).or(desk.neighbour(-1));
        let was_listed = desk.list.with_untracked(|list| list.ids.contains(&id));
        if !desk.dispatch(id, command) {
            return;
        }
        let is_listed = desk.list.with_untracked(|list| list.ids.contains(&id));
        let left = was_listed && !is_listed;
        let rest = desk.list.with_untracked(|list| match (left, &list.state) {
            (true, Loading::Ready) => format!(" {} left in {}.", list.total, list.filter.view.title()),
            _ => String::new(),
        });
        desk.toasts.say(format!("{done}{rest}"));
        match after_it.filter(|_| left && !stays) {
            Some((_, number)) => {
                self.go.conversation(desk, number);
                dom::focus_soon(crate::inbox::row_id(number));
            }
            None if left && !stays => self.go.list(desk),
            None => {}
        }
    }

    fn step(self, by: i64) {
        if let Some((_, number)) = self.desk.neighbour(by) {
            self.go.conversation(self.desk, number);
            dom::focus_soon(crate::inbox::row_id(number));
        }
    }

    fn copy_link(self, number: i64) {
        let link = format!("{}/c/{number}", dom::origin());
        let toasts = self.desk.toasts;
        leptos::task::spawn_local(async move {
            match dom::copy(&link).await {
                true => toasts.say("Link copied."),
                false => toasts.say(format!("Copy it from here: {link}")),
            }
        });
    }
}

/// The screen's state.
pub fn use_screen() -> Screen {
    expect_context()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_is_one_thing_only() {
        let mut seen = std::collections::BTreeMap::new();
        for entry in REGISTRY {
            let before = seen.insert(entry.shortcut, entry.title);
            // Taking and assigning to oneself are one thing under two names.
            assert!(before.is_none() || entry.shortcut == "i", "{} and {before:?}", entry.title);
            assert_eq!(of(entry.action).title, entry.title);
        }
    }
}
