//! What the actions do: how their controls stand for the conversation on the screen, and the orders that they give.

use std::collections::BTreeSet;

use domain::contact::{Contact, as_one};
use domain::conversation::{Command, Exchange, Last, Level, UNDO_WITHIN};
use domain::id::{AgentId, ContactId, ConversationId, GroupId, MailId, MessageId, TagId};
use domain::live::Row;
use domain::message::Words;
use domain::office::Office;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::viewer::Viewer;
use leptos::prelude::*;

use super::{Action, Asking, Group, of};
use crate::conversation::picker;
use crate::desk::thread::Open;
use crate::desk::{Begins, Desk, Loading};
use crate::dom;
use crate::inbox::Go;

/// The screen's own state that actions change.
#[derive(Clone, Copy)]
pub struct Screen {
    pub desk: Desk,
    pub go: Go,
    /// Whether the details panel is open where it does not stand by itself.
    pub details: RwSignal<bool>,
    /// Which of its tabs is shown.
    pub tab: RwSignal<&'static str>,
    /// Which picker or form is open.
    pub asking: RwSignal<Option<Asking>>,
    /// The composer's mode: whisper or reply.
    pub whispering: RwSignal<bool>,
    /// The messages that are chosen, while some are being chosen.
    pub selecting: RwSignal<Option<BTreeSet<MessageId>>>,
    /// The whisper or note whose words are looked at or changed.
    pub revising: RwSignal<Option<MessageId>>,
    /// The message that was chosen last: a range begins there.
    pub anchor: StoredValue<Option<MessageId>>,
    /// The last order that was given here and can be taken back.
    pub undo: RwSignal<Option<Undoable>>,
    /// Tips are taken away until another control is looked at.
    pub no_tips: RwSignal<bool>,
    /// Whether the command palette is open.
    pub palette: RwSignal<bool>,
    /// Whether the sheet of shortcuts is open.
    pub shortcuts: RwSignal<bool>,
    /// Whether letters are orders where nobody types.
    pub single_keys: RwSignal<bool>,
}

/// An order that was given here and can be taken back.
#[derive(Clone)]
pub struct Undoable {
    last: Box<Last>,
    /// Who was merged into another client by it, and all contacts of that client.
    merged: Option<(BTreeSet<ContactId>, Vec<Contact>)>,
}

/// Under which this browser keeps that letters are no orders.
const SINGLE_KEYS: &str = "single-keys";

/// Whether letters are orders in this browser.
pub fn has_single_keys() -> bool {
    dom::kept(SINGLE_KEYS).as_deref() != Some("off")
}

/// The order that an action is, for that conversation; without its words and without whom it names where those are asked
/// for first.
fn command(action: Action, row: &Row, me: AgentId) -> Option<Command> {
    let conversation = &row.scene.conversation;
    match action {
        Action::Start | Action::AssignToMe if !conversation.is_active() => {
            Some(Command::Begin { next: dom::conversation_id() })
        }
        Action::Start => Some(Command::Claim),
        Action::AssignToMe => Some(Command::assign_to_me(conversation, me)),
        Action::Resolve if conversation.is_active() => {
            Some(Command::Resolve { summary: None, closing: None, seen: None })
        }
        Action::Resolve => Some(Command::Reopen),
        Action::Close => Some(Command::Close),
        Action::Unassign => Some(Command::Unassign),
        Action::AssignGroup => Some(Command::AssignGroup { group: GroupId::new(0), note: None }),
        Action::Transfer => Some(Command::Transfer { to: AgentId::new(0), note: None }),
        Action::Accept => Some(Command::AcceptTransfer),
        Action::Decline => Some(Command::DeclineTransfer { reason: None }),
        Action::CancelTransfer => Some(Command::CancelTransfer),
        Action::Leave => Some(Command::Leave),
        Action::Pend => {
            let reason = Words::new(MessageId::new(0), "");
            Some(Command::Pend { reason, wake_at: None })
        }
        Action::Resume => Some(Command::Resume),
        Action::ResolveWith => Some(Command::Resolve { summary: None, closing: None, seen: None }),
        Action::Archive => Some(Command::Archive),
        Action::Unarchive => Some(Command::Unarchive),
        Action::Priority => Some(Command::Prioritise { level: Level::Normal, reason: None }),
        // The right to it is asked by what changes nothing.
        Action::Tag => Some(Command::Untag { tag: TagId::new(0) }),
        Action::Rename => Some(Command::RenameClient { name: String::new() }),
        Action::Note => {
            Some(Command::Note { words: Words::new(MessageId::new(0), "x"), mentions: [].into() })
        }
        Action::Schedule => {
            let seen = row.scene.conversation.last_public.map(|last| last.message);
            // What is asked for.
            Some(Command::Schedule { words: Words::new(MessageId::new(0), "x"), seen, at: Timestamp(0) })
        }
        Action::Email => Some(Command::Email {
            mail: MailId::new(0),
            to: String::new(),
            subject: String::new(),
            messages: None,
            last: None,
            all: vec![],
        }),
        Action::ClientNote => Some(Command::NoteOnClient { words: Words::new(MessageId::new(0), "") }),
        Action::Pin => Some(Command::PinClient),
        Action::Detach => Some(Command::DetachClient),
        Action::Block => Some(Command::BlockClient),
        Action::Unblock => Some(Command::UnblockClient),
        Action::MergeClient => {
            Some(Command::MergeClient { with: Box::new(row.scene.clone()), contacts: vec![] })
        }
        Action::MarkUnread => Some(Command::MarkUnread),
        Action::Merge => {
            Some(Command::Merge { into: Box::new(row.scene.clone()), exchange: Exchange::default() })
        }
        Action::Unmerge => Some(Command::Unmerge {
            stays: Exchange::default(),
            returns: Exchange::default(),
            tagged: BTreeSet::new(),
        }),
        Action::Split => {
            Some(Command::Split { next: dom::conversation_id(), messages: BTreeSet::new(), all: vec![] })
        }
        _ => None,
    }
}

/// What is asked for before that action is done.
const fn asks(action: Action) -> Option<Asking> {
    match action {
        Action::Assign => Some(Asking::Assign),
        Action::AssignGroup => Some(Asking::Group),
        Action::Transfer => Some(Asking::Transfer),
        Action::Priority => Some(Asking::Priority),
        Action::Pend => Some(Asking::Pend),
        Action::ResolveWith => Some(Asking::Resolve),
        Action::Decline => Some(Asking::Decline),
        Action::Rename => Some(Asking::Rename),
        Action::ClientNote => Some(Asking::ClientNote),
        Action::Schedule => Some(Asking::Schedule),
        Action::Email => Some(Asking::Email),
        Action::Block => Some(Asking::Block),
        Action::Tag => Some(Asking::Tag),
        Action::Merge => Some(Asking::Merge),
        Action::MergeClient => Some(Asking::MergeClient),
        _ => None,
    }
}

/// Whether an action is about the conversation on the screen, and nothing without one.
fn needs_conversation(action: Action) -> bool {
    of(action).group == Group::Conversation
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
            // That is what is asked for.
            Err(
                Refusal::NobodyByThatId
                | Refusal::NoSuchGroup
                | Refusal::NoText
                | Refusal::NoName
                | Refusal::IntoItself
                | Refusal::SameClient
                | Refusal::InThePast
                | Refusal::NoRecipient,
            ) if asks(action).is_some() => Standing::Ready,
            Err(Refusal::NothingChosen) => Standing::Ready,
            // What answers a request is there while one waits.
            Err(
                Refusal::NoTransfer
                | Refusal::AskedByAnother { .. }
                | Refusal::NotArchived
                | Refusal::NotPending
                | Refusal::TakesNoPart
                | Refusal::PinnedToYou
                | Refusal::NotPinned
                | Refusal::AlreadyBlocked
                | Refusal::NotBlocked
                | Refusal::NotMerged
                | Refusal::NothingToRead,
            ) => Standing::Hidden,
            // It stands there as whose client it is: one of the two says so.
            Err(Refusal::PinnedToAnother { .. }) if action == Action::Pin => Standing::Hidden,
            Err(Refusal::NotAllowed { .. } | Refusal::Missing) => Standing::Hidden,
            Err(refusal) => Standing::Refused(refusal.sentence()),
        }
    }

    /// How it stands here and now, for the palette.
    pub fn offered(self, action: Action) -> Standing {
        match action {
            Action::Show(view) => match self.desk.viewer.with(|viewer| view.open_to(viewer)) {
                true => Standing::Ready,
                false => Standing::Hidden,
            },
            Action::Palette => Standing::Hidden,
            Action::Settings(page) if !self.desk.viewer.with(|viewer| page.open_to(viewer)) => {
                Standing::Hidden
            }
            _ if !needs_conversation(action) => Standing::Ready,
            Action::Assign if !self.desk.viewer.with(Viewer::may_assign) => Standing::Hidden,
            // Taking what nobody has and taking over stand under one key; here under their own names.
            _ => match self.desk.opened_row() {
                None => Standing::Hidden,
                Some(row) => row.with(|row| {
                    let is_free =
                        row.scene.conversation.assignee.is_none() || !row.scene.conversation.is_active();
                    match action {
                        Action::Start if !is_free => Standing::Hidden,
                        Action::AssignToMe if is_free => Standing::Hidden,
                        _ => self.standing(action, row),
                    }
                }),
            },
        }
    }

    /// Switches single keys on or off, in this browser.
    pub fn switch_single_keys(self) {
        self.single_keys.update(|on| *on = !*on);
        dom::keep(SINGLE_KEYS, if self.single_keys.get_untracked() { "" } else { "off" });
    }

    /// Puts the keyboard on the region after or before the one that has it.
    fn go_to_region(self, by: i32) {
        const REGIONS: [(&str, &str); 4] = [
            (".nav", "my-status"),
            (".list", "list-title"),
            (".thread, .settings", "messages"),
            (".details", "details-panel"),
        ];
        let is_in =
            |region: &str| dom::focused().is_some_and(|it| it.closest(region).ok().flatten().is_some());
        let at = REGIONS.iter().position(|(region, _)| is_in(region)).unwrap_or(1) as i32;
        let n = REGIONS.len() as i32;
        // Those that are not on the screen are passed by.
        for step in 1..n {
            let (region, target) = REGIONS[(at + by * step).rem_euclid(n) as usize];
            if dom::is_shown(region) && dom::focus(target) {
                return;
            }
        }
    }

    /// Does it.
    pub fn run(self, action: Action) {
        let desk = self.desk;
        let row = untrack(|| desk.opened_row()).map(|row| row.get_untracked());
        match action {
            Action::Next => self.step(1),
            Action::Previous => self.step(-1),
            Action::Search => {
                if !dom::is_shown(".list") {
                    self.go.list(desk);
                }
                dom::focus_soon("search");
            }
            Action::Back => self.go.list(desk),
            Action::NextRegion => self.go_to_region(1),
            Action::PreviousRegion => self.go_to_region(-1),
            Action::Palette => self.palette.update(|open| *open = !*open),
            Action::Shortcuts => self.shortcuts.update(|open| *open = !*open),
            Action::Sound => {
                desk.notices.switch_sounds();
                let is_on = desk.notices.sounds.get_untracked();
                desk.toasts.say(if is_on { "Sound is on." } else { "Sound is off." });
            }
            Action::Settings(page) => self.go.place(page.place()),
            Action::Theme(theme) => dom::set_theme(theme.key()),
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
                    self.toggle(Asking::Assign);
                }
            }
            Action::AssignGroup
            | Action::Transfer
            | Action::Decline
            | Action::Pend
            | Action::ResolveWith
            | Action::Rename
            | Action::ClientNote
            | Action::Schedule
            | Action::Email
            | Action::Block
            | Action::Merge
            | Action::MergeClient
            | Action::Tag
            | Action::Priority => {
                let Some(row) = row else { return };
                match untrack(|| self.standing(action, &row)) {
                    Standing::Ready => {
                        // It opens beside the conversation, which the details cover where there is little room.
                        if matches!(action, Action::MergeClient | Action::Tag) && dom::narrower_than(1280.0) {
                            self.details.set(false);
                        }
                        self.asking.set(asks(action));
                    }
                    Standing::Refused(sentence) => desk.toasts.alert(sentence),
                    Standing::Hidden => {}
                }
            }
            Action::Note => {
                let Some(row) = row else { return };
                match untrack(|| self.standing(action, &row)) {
                    Standing::Ready => crate::conversation::details::write_note(self),
                    Standing::Refused(sentence) => desk.toasts.alert(sentence),
                    Standing::Hidden => {}
                }
            }
            Action::Undo => self.undo(),
            Action::Split => {
                let Some(row) = row else { return };
                match untrack(|| self.standing(action, &row)) {
                    Standing::Ready => {
                        self.selecting.update(|chosen| *chosen = chosen.take().or(Some(BTreeSet::new())));
                        dom::focus_soon("selected");
                    }
                    Standing::Refused(sentence) => desk.toasts.alert(sentence),
                    Standing::Hidden => {}
                }
            }
            // Where it stays before their eyes it would be read again.
            Action::MarkUnread => {
                if row.is_some_and(|row| self.give(Command::MarkUnread, &row)) {
                    self.go.list(desk);
                }
            }
            Action::CopyLink => {
                if let Some(row) = row {
                    self.copy_link(row.scene.conversation.number);
                }
            }
            Action::Start
            | Action::AssignToMe
            | Action::Resolve
            | Action::Close
            | Action::Unassign
            | Action::Accept
            | Action::CancelTransfer
            | Action::Leave
            | Action::Resume
            | Action::Pin
            | Action::Detach
            | Action::Unblock
            | Action::Unmerge
            | Action::Archive
            | Action::Unarchive => {
                let Some(row) = row else { return };
                let me = desk.viewer.with_untracked(|viewer| viewer.agent);
                if let Some(command) = command(action, &row, me) {
                    self.give(command, &row);
                }
            }
        }
    }

    /// Whether that picker or form is open.
    pub fn asks(self, asking: Asking) -> bool {
        self.asking.with(|open| *open == Some(asking))
    }

    /// Opens it, or closes it.
    pub fn toggle(self, asking: Asking) {
        self.asking.update(|open| *open = if *open == Some(asking) { None } else { Some(asking) });
    }

    /// Gives an order about the conversation on the screen, says what came of it, and goes to the next one where it left
    /// the list. False where it is refused; the reason is shown.
    pub fn give(self, command: Command, row: &Row) -> bool {
        let desk = self.desk;
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        let done = desk.office.with_untracked(|office| done(&command, office, me));
        // Taken from the queue or opened again, it is worked on here; finished or given away, the next one is.
        let stays = match &command {
            Command::Claim
            | Command::Begin { .. }
            | Command::Reopen
            | Command::AcceptTransfer
            | Command::Unmerge { .. }
            | Command::Split { .. }
            | Command::Unarchive => true,
            Command::Tag { .. }
            | Command::Untag { .. }
            | Command::TagMessages { .. }
            | Command::UntagMessages { .. } => true,
            Command::Assign { to, note: _ } => *to == me,
            _ => false,
        };
        let begins = match &command {
            // One is on its way already.
            Command::Begin { .. } if desk.begins.get_untracked().is_some() => return false,
            Command::Begin { next } => {
                let from = desk.opened.with_untracked(Open::number);
                Some(Begins { id: *next, from, gone_to: None })
            }
            _ => None,
        };
        let id = row.scene.conversation.id;
        let after_it = desk.neighbour(1).or(desk.neighbour(-1));
        let was_listed = desk.list.with_untracked(|list| list.ids.contains(&id));
        // A merge is taken back by an order of its own.
        let undoable =
            command.can_be_undone() || matches!(command, Command::Merge { .. } | Command::MergeClient { .. });
        let merged = match &command {
            Command::MergeClient { with, contacts } => {
                let client = row.scene.contact.client();
                let who = contacts.iter().filter(|contact| contact.client() == client);
                Some((who.map(|contact| contact.id).collect(), as_one(contacts, with.contact.client())))
            }
            _ => None,
        };
        let goes_on_in = match &command {
            Command::Merge { into, .. } => Some(into.conversation.number),
            _ => None,
        };
        let Some(order) = desk.dispatch(id, command) else { return false };
        if begins.is_some() {
            desk.begins.set(begins);
        }
        if undoable {
            let (before, version) = (row.scene.conversation.clone(), row.scene.conversation.version + 1);
            let last = Box::new(Last { order, by: me, at: desk.clock(), version, before });
            self.undo.set(Some(Undoable { last, merged }));
        }
        // What was asked for is answered, also where the next conversation stands there in a moment. A form that closes
        // gives the keyboard back; one that is thrown away does not.
        // Tags are seldom chosen alone: their picker stays.
        let goes_on = self.asks(Asking::Tag) || self.asks(Asking::TagMessages);
        if self.asking.get_untracked().is_some() && !goes_on {
            dom::close_dialog();
            self.asking.set(None);
        }
        let is_listed = desk.list.with_untracked(|list| list.ids.contains(&id));
        let left = was_listed && !is_listed;
        let rest = desk.list.with_untracked(|list| match (left && !list.bounded, &list.state) {
            (true, Loading::Ready) => format!(" {} left in {}.", list.total, list.filter.view.title()),
            _ => String::new(),
        });
        match undoable {
            true => desk.toasts.say_undoable(format!("{done}{rest}")),
            false => desk.toasts.say(format!("{done}{rest}")),
        }
        if let Some(number) = goes_on_in {
            self.go.conversation(desk, number);
            dom::focus_soon(crate::inbox::row_id(number));
            return true;
        }
        match after_it.filter(|_| left && !stays) {
            Some((_, number)) => {
                self.go.conversation(desk, number);
                dom::focus_soon(crate::inbox::row_id(number));
            }
            None if left && !stays => self.go.list(desk),
            None => {}
        }
        true
    }

    /// Takes the last order back.
    fn undo(self) {
        let desk = self.desk;
        let here = desk.opened.with_untracked(|open| open.thread().map(|thread| thread.id));
        if let Some(order) = untrack(|| here.and_then(|id| desk.held_reply(id))) {
            match desk.take_back(order) {
                true => desk.announced.set("Not sent: it is your draft again.".into()),
                false => desk.toasts.alert("It has gone out already."),
            }
            self.whispering.set(false);
            return dom::focus_soon("composer-text");
        }
        desk.toasts.settle();
        let last = self.undo.get_untracked();
        self.undo.set(None);
        // Of what was done before the last order, nothing is undone.
        let last = last.filter(|undoable| desk.last_order.get_value() == Some(undoable.last.order));
        match last.filter(|undoable| desk.clock() - undoable.last.at <= UNDO_WITHIN) {
            Some(Undoable { last, merged }) => {
                let id = last.before.id;
                if let Some((who, contacts)) = merged {
                    return self.part(id, Command::PartClient { who, contacts });
                }
                let row = desk.row(id);
                if row.is_some_and(|row| row.with_untracked(|row| row.scene.into.is_some())) {
                    let (stays, returns) = (Exchange::default(), Exchange::default());
                    desk.order(id, Command::Unmerge { stays, returns, tagged: BTreeSet::new() });
                    self.go.conversation(desk, last.before.number);
                    return desk.toasts.say("Undone.");
                }
                // What came of it the server may know better by now.
                let version =
                    desk.row(id).map(|row| row.with_untracked(|row| row.scene.conversation.version));
                let last = Box::new(Last { version: version.unwrap_or(last.version), ..*last });
                desk.order(id, Command::Undo { last });
                desk.toasts.say("Undone.");
            }
            None => desk.toasts.say("There is nothing to undo."),
        }
    }

    /// Takes contacts out of the client of that conversation.
    pub fn part(self, id: ConversationId, command: Command) {
        if self.desk.dispatch(id, command).is_some() {
            self.desk.toasts.say("They are clients of their own again.");
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

/// What is said when that was ordered.
fn done(command: &Command, office: &Office, me: AgentId) -> String {
    match command {
        Command::Resolve { .. } => "Resolved.".into(),
        Command::Reopen => "Reopened.".into(),
        Command::Close => "Closed.".into(),
        Command::Unassign => "Put back to Unassigned.".into(),
        Command::Assign { to, note: _ } if *to != me => format!("Assigned to {}.", office.name_of(*to)),
        Command::AssignGroup { group, note: _ } => format!("Moved to {}.", office.group_name(*group)),
        Command::Transfer { to, note: _ } => {
            format!("{} is asked. It stays with whoever has it until then.", office.name_of(*to))
        }
        Command::DeclineTransfer { .. } => "Declined.".into(),
        Command::CancelTransfer => "The transfer is cancelled.".into(),
        Command::Leave => "You left the conversation.".into(),
        Command::Pend { .. } => "Set pending.".into(),
        Command::Resume => "It is open again.".into(),
        Command::Archive => "Archived.".into(),
        Command::Unarchive => "Taken out of the archive.".into(),
        Command::Prioritise { level, reason: _ } => format!("Priority: {}.", level.name()),
        Command::NoteOnClient { .. } => "The note is saved.".into(),
        Command::Tag { tag } => format!("Tagged {}.", tag_name(office, *tag)),
        Command::Untag { tag } => format!("{} is taken off.", tag_name(office, *tag)),
        Command::TagMessages { tag, messages, .. } => {
            format!("{} tagged {}.", picker::messages(messages.len()), tag_name(office, *tag))
        }
        Command::UntagMessages { tag, messages } => {
            format!("{} is taken off {}.", tag_name(office, *tag), picker::messages(messages.len()))
        }
        Command::RenameClient { .. } => "The client has another name.".into(),
        Command::PinClient => "Pinned to you: what they begin next comes to your inbox.".into(),
        Command::DetachClient => "Detached.".into(),
        Command::BlockClient => "On the black list: nothing of theirs reaches operators.".into(),
        Command::UnblockClient => "Unlocked.".into(),
        Command::Undo { .. } => "Undone.".into(),
        Command::MarkUnread => "Marked unread.".into(),
        Command::Begin { .. } => "A new conversation begins.".into(),
        Command::Merge { into, .. } => format!("Merged into conversation {}.", into.conversation.number),
        Command::MergeClient { with, .. } => format!("One client: {}.", with.contact.display_name),
        Command::PartClient { .. } => "They are clients of their own again.".into(),
        Command::Unmerge { .. } => "It is a conversation of its own again.".into(),
        Command::Split { messages, .. } => match messages.len() {
            1 => "1 message is in a conversation of its own.".into(),
            n => format!("{n} messages are in a conversation of their own."),
        },
        Command::Revise { .. } => "Changed.".into(),
        Command::Retract { .. } => "Deleted.".into(),
        Command::Email { .. } => "The e-mail is on its way. What becomes of it stands in the log.".into(),
        Command::EmailAgain { .. } => "The e-mail is on its way again.".into(),
        Command::Schedule { .. } => "Scheduled.".into(),
        Command::Unschedule { .. } => "Taken back: it is your draft again.".into(),
        Command::Claim
        | Command::Assign { .. }
        | Command::AcceptTransfer
        | Command::Reply { .. }
        | Command::Whisper { .. }
        | Command::Note { .. }
        | Command::Read
        | Command::Write { .. }
        | Command::Seen { .. }
        | Command::Release { .. }
        | Command::PassTime => "It is yours now.".into(),
    }
}

fn tag_name(office: &Office, tag: TagId) -> &str {
    office.tags.get(&tag).map_or("a tag", |tag| &tag.name)
}

/// The screen's state.
pub fn use_screen() -> Screen {
    expect_context()
}
