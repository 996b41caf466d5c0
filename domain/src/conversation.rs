//! One thread between a contact and the team: its state, the orders that it takes, and what happens then.
//!
//! This file is the menu; each capability has a file of its own with its rules and their tests.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::contact::Contact;
use crate::id::{AgentId, ContactId, ConversationId, GroupId, MailId, MessageId, TagId};
use crate::message::{Message, MessageKind, Words};
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::sight;
use crate::time::Timestamp;
use crate::viewer::{Actor, By, Viewer};

mod archive;
mod assign;
mod begin;
mod client;
mod close;
mod email;
mod exchange;
mod leave;
mod merge;
mod note;
mod pend;
mod prioritise;
mod read;
pub mod receive;
mod release;
mod reply;
mod resolve;
mod revise;
mod schedule;
mod seen;
mod split;
mod state;
mod tag;
mod theme;
mod transfer;
mod undo;

pub use assign::{assignable, takes_on_reply};
pub use begin::begun;
pub use client::{blocked_by, known, pinned_by, told_of};
pub use email::{Outcome, Preview as EmailPreview, RECIPIENTS_AT_MOST, SUBJECT_MAX_CHARS, leaving};
pub use exchange::{Exchange, Head};
pub use merge::elsewhere;
pub use note::mentionable_in;
pub use release::Onward;
pub use revise::Version;
pub use schedule::{SCHEDULED_WITHIN, Scheduled};
pub use state::*;
pub use tag::{MessageTags, TAGGED_AT_MOST};
pub use theme::Theme;
pub use transfer::ANSWERED_WITHIN;
pub use undo::{Last, UNDO_WITHIN};

/// Everything that a decision about one conversation looks at besides the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// Who writes.
    pub contact: Contact,
    /// The conversation.
    pub conversation: Conversation,
    /// Where it was merged into, if it was.
    pub into: Option<Box<Scene>>,
}

impl Scene {
    /// The scene after that order brought all of that about.
    pub fn after(&self, command: &Command, facts: &[Fact]) -> Self {
        Self {
            contact: client::known(&self.contact, command, facts),
            conversation: applied(&self.conversation, facts),
            into: merge::into(self, command, facts),
        }
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// **Start conversation**, **Assign to Me**: take one that nobody has.
    Claim,
    /// **Start conversation** from one that is done: another one, of whoever starts it.
    Begin {
        /// The id of the new one.
        next: ConversationId,
    },
    /// **Assign** to a person.
    Assign {
        /// Who gets it.
        to: AgentId,
        /// A note for them.
        note: Option<Words>,
    },
    /// **Assign to group**: into the Unassigned of a department.
    AssignGroup {
        /// Which.
        group: GroupId,
        /// A note for it.
        note: Option<Words>,
    },
    /// **To Unassigned**.
    Unassign,
    /// **Transfer** to a person, who is asked.
    Transfer {
        /// Who.
        to: AgentId,
        /// A note for them.
        note: Option<Words>,
    },
    /// **Accept**.
    AcceptTransfer,
    /// **Decline**.
    DeclineTransfer {
        /// Why.
        reason: Option<Words>,
    },
    /// Takes the request back.
    CancelTransfer,
    /// **Leave conversation**.
    Leave,
    /// Answer the customer.
    Reply {
        /// The answer.
        words: Words,
        /// The newest public message that its author has seen.
        seen: Option<MessageId>,
    },
    /// **Schedule message**: answer the customer later.
    Schedule {
        /// The answer.
        words: Words,
        /// The newest public message that its author has seen.
        seen: Option<MessageId>,
        /// When.
        at: Timestamp,
    },
    /// Takes a scheduled message back.
    Unschedule {
        /// Which.
        message: MessageId,
        /// Whose it is, as its author knows it.
        by: AgentId,
    },
    /// Say something to the colleagues who take part.
    Whisper {
        /// What.
        words: Words,
        /// Who is called by name.
        mentions: BTreeSet<AgentId>,
    },
    /// Write something down for the team.
    Note {
        /// What.
        words: Words,
        /// Who is called by name.
        mentions: BTreeSet<AgentId>,
    },
    /// **Edit**: gives a whisper or note other words.
    Revise {
        /// The words, under the id of the message.
        words: Words,
        /// Who is called by name in them and was not before.
        mentions: BTreeSet<AgentId>,
        /// The message, as its author knows it.
        of: Option<Box<Message>>,
    },
    /// **Delete**: takes the words of a whisper or note away.
    Retract {
        /// Which.
        message: MessageId,
        /// The message, as its author knows it.
        of: Option<Box<Message>>,
    },
    /// **Set pending**.
    Pend {
        /// What it waits for.
        reason: Words,
        /// When it wakes by itself.
        wake_at: Option<Timestamp>,
    },
    /// Back to Open from Pending.
    Resume,
    /// **Mark resolved**.
    Resolve {
        /// The resolution summary.
        summary: Option<Words>,
        /// A last message to the customer.
        closing: Option<Words>,
        /// The newest public message that the author of the last one has seen.
        #[serde(default)]
        seen: Option<MessageId>,
    },
    /// **To closed**.
    Close,
    /// **Mark resolved**, pressed again.
    Reopen,
    /// **Archive**.
    Archive,
    /// Back from the archive.
    Unarchive,
    /// **Priority**.
    Prioritise {
        /// How much it hurries.
        level: Level,
        /// Why.
        reason: Option<Words>,
    },
    /// Puts a tag on it.
    Tag {
        /// Which.
        tag: TagId,
    },
    /// Takes a tag off it.
    Untag {
        /// Which.
        tag: TagId,
    },
    /// **Add Tag**: puts a tag on messages.
    TagMessages {
        /// Which.
        tag: TagId,
        /// On which.
        messages: BTreeSet<MessageId>,
        /// All that stand there, as its author knows them.
        all: Vec<Head>,
    },
    /// Takes a tag off messages.
    UntagMessages {
        /// Which.
        tag: TagId,
        /// Off which.
        messages: BTreeSet<MessageId>,
    },
    /// **Change client name**.
    RenameClient {
        /// As it was typed.
        name: String,
    },
    /// **Note** in the client's profile.
    NoteOnClient {
        /// What.
        words: Words,
    },
    /// **Pin client**.
    PinClient,
    /// **Detach**.
    DetachClient,
    /// **Send to the black list**.
    BlockClient,
    /// **Unlock conversation**.
    UnblockClient,
    /// **Merge contact**: who writes here and who writes there are one client.
    MergeClient {
        /// A conversation of the other one, as its author knows it.
        with: Box<Scene>,
        /// All contacts of both, as its author knows them.
        contacts: Vec<Contact>,
    },
    /// **Separate again**: takes contacts out of a client.
    PartClient {
        /// Which.
        who: BTreeSet<ContactId>,
        /// All contacts of the client, as its author knows them.
        contacts: Vec<Contact>,
    },
    /// **Merge** into another conversation of the same client.
    Merge {
        /// Which, as its author knows it.
        into: Box<Scene>,
        /// How the exchange of both together stands, as its author knows it.
        exchange: Exchange,
    },
    /// **Separate again**: takes the merge back, without what came since.
    Unmerge {
        /// How the exchange stands that stays where it was merged into.
        stays: Exchange,
        /// And the one that comes back.
        returns: Exchange,
        /// Which messages with tags come back, as its author knows them.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        tagged: BTreeSet<MessageId>,
    },
    /// **Split**: messages go into a conversation of their own.
    Split {
        /// The id of the new one.
        next: ConversationId,
        /// Which go.
        messages: BTreeSet<MessageId>,
        /// All that stand there, oldest first, as its author knows them.
        all: Vec<Head>,
    },
    /// **Send to Email**: what was said with the customer, to somebody outside.
    Email {
        /// The same id again is the same e-mail.
        mail: MailId,
        /// Addresses, as they were typed.
        to: String,
        /// What it is about, as it was typed.
        subject: String,
        /// Which messages; without them all.
        messages: Option<BTreeSet<MessageId>>,
        /// The last one that its author has looked at: what came after it does not go.
        last: Option<MessageId>,
        /// All that stand there, oldest first, as its author knows them.
        all: Vec<Head>,
    },
    /// **Send again**: an e-mail that was not delivered, to one address.
    EmailAgain {
        /// Which.
        mail: MailId,
        /// To whom.
        to: String,
    },
    /// **Undo**: takes the last order back.
    Undo {
        /// Which, as its author knows it.
        last: Box<Last>,
    },
    /// An agent has looked at what the customer wrote.
    Read,
    /// **Mark unread**: somebody has to look at it again.
    MarkUnread,
    /// The customer writes.
    Write {
        /// What.
        words: Words,
    },
    /// The customer has seen what the team wrote.
    Seen {
        /// The newest message that was before their eyes.
        message: MessageId,
    },
    /// Time does what it does by itself: wakes what is pending, ends a request that nobody answered.
    PassTime,
    /// Lets go of somebody who is disabled.
    Release {
        /// Who.
        of: AgentId,
        /// Where it goes, if it was theirs.
        to: Onward,
        /// What they scheduled there.
        scheduled: Vec<MessageId>,
    },
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // fields are the words of `Conversation`
pub enum Event {
    /// The customer wrote.
    Received { message: MessageId },
    /// The AI agent answered.
    Answered { message: MessageId, epoch: i64 },
    /// The AI agent asked for a person.
    HandedOff,
    /// It was begun by the team.
    Begun { previous: ConversationId },
    /// Another one was begun after it.
    Continued { next: ConversationId },
    /// It was merged into another one, and is frozen.
    MergedInto { into: ConversationId, number: i64 },
    /// Another one was merged into it.
    Merged {
        from: ConversationId,
        number: i64,
        exchange: Exchange,
        unread_since: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "MessageTags::is_empty")]
        tags: MessageTags,
    },
    /// It was taken out of where it was merged into.
    Unmerged {
        from: ConversationId,
        number: i64,
        exchange: Exchange,
        unread_since: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "MessageTags::is_empty")]
        tags: MessageTags,
    },
    /// One that was merged into it was taken out again.
    Parted {
        from: ConversationId,
        number: i64,
        exchange: Exchange,
        #[serde(default, skip_serializing_if = "MessageTags::is_empty")]
        tags: MessageTags,
    },
    /// Messages of it went into a new one.
    SplitOff {
        next: ConversationId,
        stays: Exchange,
        goes: Exchange,
        unread_since: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "MessageTags::is_empty")]
        tags: MessageTags,
    },
    /// It was begun with messages of another one.
    SplitFrom {
        previous: ConversationId,
        number: i64,
        exchange: Exchange,
        unread_since: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "MessageTags::is_empty")]
        tags: MessageTags,
    },
    /// It became somebody's.
    Assigned { to: AgentId, from: Option<AgentId>, note: Option<MessageId> },
    /// It became a department's.
    GroupAssigned { group: GroupId, note: Option<MessageId> },
    /// It was given back.
    Unassigned { from: AgentId },
    /// A colleague was asked to take it over.
    TransferAsked { to: AgentId, note: Option<MessageId>, expires: Timestamp },
    /// The colleague took it; `from` asked.
    TransferAccepted { to: AgentId, from: Option<AgentId> },
    /// The colleague did not.
    TransferDeclined { from: AgentId, note: Option<MessageId> },
    /// Who asked took the request back.
    TransferCancelled { to: AgentId },
    /// Nobody answered the request in time.
    TransferExpired { to: AgentId, from: AgentId },
    /// Somebody takes no part any more.
    Left,
    /// A person answered the customer.
    Replied { message: MessageId },
    /// A person's answer is to go out at that time.
    Scheduled { message: MessageId, at: Timestamp },
    /// Its author took it back.
    Unscheduled { message: MessageId },
    /// Its time came, and it could not be sent any more: it is its author's again.
    ScheduleReturned { message: MessageId, to: AgentId },
    /// A person said something to colleagues.
    Whispered { message: MessageId, mentions: BTreeSet<AgentId> },
    /// A person wrote something down.
    Noted { message: MessageId, mentions: BTreeSet<AgentId> },
    /// Whoever wrote a whisper or note gave it other words.
    Revised { message: MessageId, mentions: BTreeSet<AgentId> },
    /// Whoever wrote a whisper or note deleted it.
    Retracted { message: MessageId },
    /// It waits for somebody outside.
    Pended { note: Option<MessageId>, wake_at: Option<Timestamp> },
    /// It waits no longer.
    Resumed,
    /// It was marked resolved.
    Resolved { note: Option<MessageId> },
    /// It was closed.
    Closed,
    /// It was opened again.
    Reopened,
    /// It was put away.
    Archived,
    /// It came back from where it was put away.
    Unarchived,
    /// Its priority was set.
    Prioritised { level: Level, note: Option<MessageId> },
    /// A tag was put on it.
    Tagged { tag: TagId },
    /// A tag was taken off it.
    Untagged { tag: TagId },
    /// A tag was put on messages of it.
    MessagesTagged { tag: TagId, messages: BTreeSet<MessageId> },
    /// A tag was taken off messages of it.
    MessagesUntagged { tag: TagId, messages: BTreeSet<MessageId> },
    /// It is to be sent to somebody outside, all of it or so many chosen messages.
    Emailed { mail: MailId, to: Vec<String>, n_messages: i64, is_whole: bool },
    /// It is to be sent to that address once more.
    EmailedAgain { mail: MailId, to: String },
    /// That became of it.
    EmailEnded { mail: MailId, to: String, outcome: Outcome },
    /// Whoever gave the last order took it back: it stands as it did.
    Undone { to: Box<Conversation> },
    /// An operator read what the customer wrote.
    Read,
    /// An operator marked it unread.
    MarkedUnread,
    /// The customer has seen what the team wrote, up to that message.
    Seen { message: MessageId },
    /// The customer left a name or an address. They stand in the contact.
    Introduced,
    /// The team gave the client another name. It stands in the contact.
    ClientRenamed,
    /// The team wrote something down about the client.
    ClientNoted { message: MessageId },
    /// The client was pinned to somebody.
    ClientPinned { to: AgentId },
    /// The client is nobody's any more.
    ClientDetached { from: AgentId },
    /// The client came on the black list.
    ClientBlocked,
    /// The client came off it.
    ClientUnblocked,
    /// The client and that one are one from now on.
    ClientMerged { with: ContactId, pinned_to: Option<AgentId>, blocked_at: Option<Timestamp> },
    /// The client is not one with some others any more.
    ClientParted { pinned_to: Option<AgentId>, blocked_at: Option<Timestamp> },
}

/// An event with who and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub by: By,
    /// What.
    pub event: Event,
}

/// What happens when `actor` gives `command`, or why it does not. Nothing else is looked at or changed.
///
/// Errors: [`Refusal::Missing`] where an agent cannot see the conversation; else the first rule that
/// stands against it, permissions before state.
pub fn decide(
    office: &Office,
    scene: &Scene,
    actor: &Actor,
    command: &Command,
    now: Timestamp,
) -> Result<Vec<Fact>, Refusal> {
    let fact = |(by, event)| Fact { at: now, by, event };
    let events = match actor {
        Actor::Agent(viewer) => ordered(office, scene, viewer, command, now)?,
        Actor::Visitor(contact) => {
            if *contact != scene.contact.id {
                return Err(Refusal::Missing);
            }
            return Ok(said(office, scene, command)?.into_iter().map(fact).collect());
        }
        Actor::System => passed(scene, command, now)?,
        Actor::Ai | Actor::Rule => return Err(Refusal::OnlyAgents),
    };
    let by = actor.by();
    Ok(events.into_iter().map(|event| fact((by, event))).collect())
}

/// What comes of an agent's order.
fn ordered(
    office: &Office,
    scene: &Scene,
    viewer: &Viewer,
    command: &Command,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    // What somebody gave away may be out of their sight: what they saw before counts.
    let sees = match command {
        Command::Undo { last } => {
            let before = Scene { conversation: last.before.clone(), ..scene.clone() };
            sight::visible(viewer, &before)
        }
        // Whoever manages people need not see what they let go of, and sees nothing of it by that.
        Command::Release { .. } if viewer.may(Permission::AdminUsers) => true,
        _ => sight::visible(viewer, scene),
    };
    if !sees {
        return Err(Refusal::Missing);
    }
    match command {
        Command::Claim => assign::claim(office, scene, viewer),
        Command::Begin { next } => begin::begin(scene, viewer, *next),
        Command::Assign { to, note } => assign::assign(office, scene, viewer, *to, note.as_ref()),
        Command::AssignGroup { group, note } => {
            assign::assign_group(office, scene, viewer, *group, note.as_ref())
        }
        Command::Unassign => assign::unassign(office, scene, viewer),
        Command::Transfer { to, note } => transfer::transfer(office, scene, viewer, *to, note.as_ref(), now),
        Command::AcceptTransfer => transfer::accept(office, scene, viewer),
        Command::DeclineTransfer { reason } => transfer::decline(scene, viewer, reason.as_ref()),
        Command::CancelTransfer => transfer::cancel(office, scene, viewer),
        Command::Leave => leave::leave(scene, viewer),
        Command::Reply { words, seen } => reply::reply(office, scene, viewer, words, *seen),
        Command::Schedule { words, seen, at } => {
            schedule::schedule(office, scene, viewer, words, *seen, *at, now)
        }
        Command::Unschedule { message, by } => schedule::unschedule(office, viewer, *message, *by),
        Command::Whisper { words, mentions } => note::whisper(office, scene, viewer, words, mentions),
        Command::Note { words, mentions } => note::note(office, scene, viewer, words, mentions),
        Command::Revise { words, mentions, of } => {
            revise::revise(office, scene, viewer, words, mentions, of.as_deref())
        }
        Command::Retract { message, of } => revise::retract(scene, viewer, *message, of.as_deref()),
        Command::Pend { reason, wake_at } => pend::pend(office, scene, viewer, reason, *wake_at, now),
        Command::Resume => pend::resume(office, scene, viewer),
        Command::Resolve { summary, closing, seen } => {
            resolve::resolve(office, scene, viewer, summary.as_ref(), closing.as_ref(), *seen)
        }
        Command::Close => close::close(scene, viewer),
        Command::Reopen => resolve::reopen(office, scene, viewer),
        Command::Archive => archive::archive(scene, viewer),
        Command::Unarchive => archive::unarchive(scene, viewer),
        Command::Prioritise { level, reason } => {
            prioritise::prioritise(scene, viewer, *level, reason.as_ref())
        }
        Command::Tag { tag } => tag::tag(office, scene, viewer, *tag),
        Command::Untag { tag } => tag::untag(scene, viewer, *tag),
        Command::TagMessages { tag, messages, all } => {
            tag::tag_messages(office, scene, viewer, *tag, messages, all)
        }
        Command::UntagMessages { tag, messages } => tag::untag_messages(scene, viewer, *tag, messages),
        Command::RenameClient { name } => client::rename(scene, viewer, name),
        Command::NoteOnClient { words } => client::note(scene, viewer, words),
        Command::PinClient => client::pin(office, scene, viewer),
        Command::DetachClient => client::detach(office, scene, viewer),
        Command::BlockClient => client::block(scene, viewer),
        Command::UnblockClient => client::unblock(scene, viewer),
        Command::MergeClient { with, contacts: _ } => client::merge(office, scene, viewer, with),
        Command::PartClient { who, contacts } => client::part(scene, viewer, who, contacts),
        Command::Merge { into, exchange: _ } => merge::merge(scene, viewer, into),
        Command::Unmerge { returns, tagged, stays: _ } => merge::unmerge(scene, viewer, *returns, tagged),
        Command::Split { next, messages, all } => split::split(scene, viewer, *next, messages, all),
        Command::Email { mail, to, subject, messages, last, all } => {
            let (mail, last, messages) = (*mail, *last, messages.as_ref());
            email::email(scene, viewer, email::Ordered { mail, to, subject, messages, last, all })
        }
        Command::EmailAgain { mail, to } => email::again(viewer, *mail, to),
        Command::Undo { last } => undo::undo(office, scene, viewer, last, now),
        Command::Read => read::read(scene, viewer),
        Command::MarkUnread => read::mark_unread(scene),
        Command::Write { .. } | Command::Seen { .. } => Err(Refusal::OnlyCustomers),
        Command::PassTime => Err(Refusal::OnlyTime),
        Command::Release { of, to, scheduled } => {
            release::release(office, scene, viewer, *of, *to, scheduled)
        }
    }
}

/// What comes of time alone. Nothing where it is not due: another server may have been there before.
fn passed(scene: &Scene, command: &Command, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::PassTime => Ok([pend::wake(scene, now), transfer::expire(scene, now)].concat()),
        _ => Err(Refusal::OnlyAgents),
    }
}

/// What comes of what a customer does: theirs, and what follows from it by itself.
fn said(office: &Office, scene: &Scene, command: &Command) -> Result<Vec<(By, Event)>, Refusal> {
    match command {
        Command::Write { words } => receive::write(office, scene, words),
        Command::Seen { message } => seen::seen(scene, *message),
        _ => Err(Refusal::OnlyAgents),
    }
}

/// The conversation after that happened. Total: a fact of the log is never refused.
pub fn apply(before: &Conversation, fact: &Fact) -> Conversation {
    let Fact { at, by, event } = fact;
    let (at, by) = (*at, *by);
    let mut after = before.clone();
    match event {
        Event::Received { message } => receive::received(&mut after, *message, at),
        Event::Answered { message, epoch: _ } => receive::answered(&mut after, *message, at),
        Event::HandedOff => receive::handed_off(&mut after, at),
        Event::Assigned { to, from: _, note: _ } => assign::assigned(&mut after, *to, at),
        Event::GroupAssigned { group, note: _ } => assign::group_assigned(&mut after, *group, at),
        Event::Unassigned { from } => assign::unassigned(&mut after, *from),
        Event::TransferAsked { to, note, expires } => {
            transfer::asked(&mut after, *to, by, *note, *expires);
        }
        Event::TransferAccepted { to, from: _ } => transfer::accepted(&mut after, *to, at),
        Event::TransferDeclined { .. } | Event::TransferCancelled { .. } | Event::TransferExpired { .. } => {
            transfer::ended(&mut after);
        }
        Event::MergedInto { into, number: _ } => merge::merged_into(&mut after, *into),
        Event::Merged { exchange, unread_since, tags, .. } => {
            merge::merged(&mut after, exchange, *unread_since);
            tag::came(&mut after, tags);
        }
        Event::Unmerged { exchange, unread_since, tags, .. } => {
            merge::unmerged(&mut after, exchange, *unread_since);
            tag::came(&mut after, tags);
        }
        Event::Parted { exchange, tags, .. } => {
            merge::parted(&mut after, exchange);
            tag::went(&mut after, tags);
        }
        Event::SplitOff { stays, unread_since, tags, .. } => {
            split::split_off(&mut after, stays, *unread_since);
            tag::went(&mut after, tags);
        }
        Event::SplitFrom { exchange, unread_since, tags, .. } => {
            exchange.stands_in(&mut after);
            after.unread_since = *unread_since;
            tag::came(&mut after, tags);
        }
        Event::Left => leave::left(&mut after, by),
        Event::Replied { message } => reply::replied(&mut after, *message, by, at),
        Event::Whispered { message: _, mentions } | Event::Noted { message: _, mentions } => {
            note::noted(&mut after, by, mentions, matches!(event, Event::Whispered { .. }));
        }
        Event::Revised { message: _, mentions } => revise::revised(&mut after, mentions),
        Event::Pended { note, wake_at } => pend::pended(&mut after, *note, *wake_at),
        Event::Resumed => pend::resumed(&mut after),
        Event::Resolved { note } => resolve::resolved(&mut after, *note, by, at),
        Event::Closed => close::closed(&mut after, by, at),
        Event::Reopened => resolve::reopened(&mut after),
        Event::Archived => archive::archived(&mut after),
        Event::Unarchived => archive::unarchived(&mut after),
        Event::Prioritised { level, note } => prioritise::prioritised(&mut after, *level, *note),
        Event::Tagged { tag } => tag::tagged(&mut after, *tag),
        Event::Untagged { tag } => tag::untagged(&mut after, *tag),
        Event::MessagesTagged { tag, messages } => tag::messages_tagged(&mut after, *tag, messages),
        Event::MessagesUntagged { tag, messages } => tag::messages_untagged(&mut after, *tag, messages),
        Event::Read => read::was_read(&mut after),
        Event::MarkedUnread => read::marked_unread(&mut after, at),
        Event::Begun { previous: _ }
        | Event::Continued { next: _ }
        | Event::Undone { to: _ }
        | Event::Scheduled { .. }
        | Event::Unscheduled { .. }
        | Event::ScheduleReturned { .. }
        | Event::Retracted { .. }
        | Event::Emailed { .. }
        | Event::EmailedAgain { .. }
        | Event::EmailEnded { .. }
        | Event::Seen { message: _ }
        | Event::Introduced
        | Event::ClientRenamed
        | Event::ClientNoted { message: _ }
        | Event::ClientPinned { .. }
        | Event::ClientDetached { .. }
        | Event::ClientBlocked
        | Event::ClientUnblocked
        | Event::ClientMerged { .. }
        | Event::ClientParted { .. } => {}
    }
    match event {
        // As it stood before, it held them.
        Event::Undone { to } => undo::undone(&mut after, to),
        _ => after.keep_invariants(before, at),
    }
    after.version += 1;
    after
}

/// The conversation as its log tells it: all that is stored of it but what it began with follows from what happened.
pub fn folded(stored: &Conversation, facts: &[Fact]) -> Conversation {
    let Conversation { id, number, contact, channel, subject, created_at, previous, .. } = stored.clone();
    // Where it began in no event stands. A department that was never chosen is the one it began in, and only where the AI
    // agent answers first is it ever anything.
    let was_moved = facts.iter().any(|fact| matches!(fact.event, Event::GroupAssigned { .. }));
    let group = stored.group.filter(|_| !was_moved);
    let ai = if stored.ai == Ai::None { Ai::None } else { Ai::Active };
    let begun = Conversation::begin(id, number, contact, channel, subject, group, ai, created_at);
    applied(&Conversation { previous, ..begun }, facts)
}

/// The conversation after all of that happened, in order.
pub fn applied(before: &Conversation, facts: &[Fact]) -> Conversation {
    facts.iter().fold(before.clone(), |conversation, fact| apply(&conversation, fact))
}

impl Command {
    /// The words that it brings, each as the message it becomes if the command is accepted.
    pub fn messages(&self, by: By, at: Timestamp) -> Vec<Message> {
        let message = |kind, words: &Words| {
            let Words { id, text: _, file } = words;
            Message { id: *id, kind, by, at, text: words.stored(), file: file.clone() }
        };
        match self {
            Command::Reply { words, seen: _ } => vec![message(MessageKind::Reply, words)],
            Command::Whisper { words, mentions: _ } => vec![message(MessageKind::Whisper, words)],
            Command::Note { words, mentions: _ } => vec![message(MessageKind::Note, words)],
            Command::NoteOnClient { words } => vec![message(MessageKind::ClientNote, words)],
            Command::Assign { to: _, note }
            | Command::AssignGroup { group: _, note }
            | Command::Transfer { to: _, note }
            | Command::DeclineTransfer { reason: note }
            | Command::Prioritise { level: _, reason: note } => {
                note.iter().map(|words| message(MessageKind::Note, words)).collect()
            }
            Command::Pend { reason, wake_at: _ } => vec![message(MessageKind::Note, reason)],
            Command::Resolve { summary, closing, seen: _ } => {
                let closing = closing.iter().map(|words| message(MessageKind::Reply, words));
                let summary = summary.iter().map(|words| message(MessageKind::Note, words));
                closing.chain(summary).collect()
            }
            Command::Write { words } => vec![message(MessageKind::Customer, words)],
            // They become one when their time comes.
            Command::Schedule { .. }
            | Command::Unschedule { .. }
            | Command::Claim
            | Command::Begin { .. }
            | Command::Unassign
            | Command::AcceptTransfer
            | Command::CancelTransfer
            | Command::Leave
            | Command::Resume
            | Command::Close
            | Command::Reopen
            | Command::Archive
            | Command::Unarchive
            | Command::Tag { .. }
            | Command::Untag { .. }
            | Command::TagMessages { .. }
            | Command::UntagMessages { .. }
            | Command::RenameClient { .. }
            | Command::PinClient
            | Command::DetachClient
            | Command::BlockClient
            | Command::UnblockClient
            | Command::MergeClient { .. }
            | Command::PartClient { .. }
            | Command::Merge { .. }
            | Command::Unmerge { .. }
            | Command::Split { .. }
            // They have one.
            | Command::Revise { .. }
            | Command::Retract { .. }
            | Command::Email { .. }
            | Command::EmailAgain { .. }
            | Command::Undo { .. }
            | Command::Read
            | Command::MarkUnread
            | Command::Seen { .. }
            | Command::Release { .. }
            | Command::PassTime => vec![],
        }
    }
}
