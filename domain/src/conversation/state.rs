//! The state of a conversation, and what holds of it whatever happened.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::MessageTags;
use crate::id::{AgentId, ChannelId, ContactId, ConversationId, GroupId, MessageId, TagId};
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::{By, Viewer};

/// The state of one conversation. It holds no words: names and texts live with the contact and the messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The number that people say.
    pub number: i64,
    /// Who writes.
    pub contact: ContactId,
    /// Where they write.
    pub channel: ChannelId,
    /// What it is about, in a line.
    pub subject: String,
    /// Where it stands.
    pub status: Status,
    /// Words put on it.
    pub tags: BTreeSet<TagId>,
    /// Words put on messages of it.
    #[serde(default, skip_serializing_if = "MessageTags::is_empty")]
    pub message_tags: MessageTags,
    /// How much it hurries.
    pub priority: Priority,
    /// The conversation that it continues.
    pub previous: Option<ConversationId>,
    /// The conversation that it was merged into. Such a one is frozen.
    pub merged_into: Option<ConversationId>,
    /// Rises by one with every event.
    pub version: i64,
    /// Whose it is.
    pub assignee: Option<AgentId>,
    /// Since when.
    pub assigned_at: Option<Timestamp>,
    /// The department.
    pub group: Option<GroupId>,
    /// Whether somebody chose the department.
    pub group_source: GroupSource,
    /// What the AI agent does here.
    pub ai: Ai,
    /// Rises at every change of `ai`: an answer written in an older epoch is void.
    pub ai_epoch: i64,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<Timestamp>,
    /// Customer messages since the last public answer.
    pub follow_ups: i64,
    /// Since when a customer message waits that no operator has read.
    pub unread_since: Option<Timestamp>,
    /// A person's first public reply.
    pub first_reply_at: Option<Timestamp>,
    /// A person's last public reply.
    pub last_reply_at: Option<Timestamp>,
    /// When it last came to satisfy the Unassigned view.
    pub unassigned_at: Option<Timestamp>,
    /// Who last gave it back.
    pub returned_by: Option<AgentId>,
    /// When it was last moved from active to done.
    pub closed_at: Option<Timestamp>,
    /// The person who did that.
    pub closed_by: Option<AgentId>,
    /// Was assigned, replied, whispered or was mentioned, and has not left.
    pub participants: BTreeSet<AgentId>,
    /// Was mentioned.
    pub mentioned: BTreeSet<AgentId>,
    /// A request to take it over that waits for an answer.
    pub transfer: Option<Transfer>,
    /// What is due when.
    pub deadlines: Deadlines,
    /// When it began.
    pub created_at: Timestamp,
    /// The newest public message.
    pub last_public: Option<LastPublic>,
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being worked on, or waiting for it.
    Open,
    /// Waits for the customer or a third party.
    Pending {
        /// The note that says for what.
        note: Option<MessageId>,
        /// When it wakes by itself.
        wake_at: Option<Timestamp>,
    },
    /// Answered; the customer may come back to it.
    Resolved {
        /// The note with the resolution summary.
        note: Option<MessageId>,
    },
    /// Finished.
    Closed,
    /// Put away, read-only.
    Archived {
        /// What it was.
        was: Done,
    },
}

/// The two ways of being finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// Resolved.
    Resolved,
    /// Closed.
    Closed,
}

/// How much a conversation hurries, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priority {
    /// The level.
    pub level: Level,
    /// The note with the reason.
    pub note: Option<MessageId>,
}

/// The four levels, most urgent first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Within the hour.
    Urgent,
    /// Within four hours.
    High,
    /// Within a day.
    #[default]
    Normal,
    /// Within two days.
    Low,
}

impl Level {
    /// All of them, most urgent first.
    pub const ALL: &[Level] = &[Level::Urgent, Level::High, Level::Normal, Level::Low];

    /// 0 is most urgent.
    pub const fn rank(self) -> i64 {
        match self {
            Level::Urgent => 0,
            Level::High => 1,
            Level::Normal => 2,
            Level::Low => 3,
        }
    }

    /// The level of that rank; anything else is Normal.
    pub const fn of_rank(rank: i64) -> Self {
        match rank {
            0 => Level::Urgent,
            1 => Level::High,
            3 => Level::Low,
            _ => Level::Normal,
        }
    }

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Urgent => "Urgent",
            Level::High => "High",
            Level::Normal => "Normal",
            Level::Low => "Low",
        }
    }
}

/// Whether the department came by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupSource {
    /// The channel's default.
    #[default]
    Default,
    /// Somebody or a rule assigned it to the department.
    Explicit,
}

/// What the AI agent does in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ai {
    /// It is not on this channel.
    #[default]
    None,
    /// It answers.
    Active,
    /// A person took over.
    Paused,
    /// A person was asked for.
    HandedOff,
}

/// A request to take a conversation over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Who is asked.
    pub to: AgentId,
    /// Who asks.
    pub from: AgentId,
    /// The note that says why.
    pub note: Option<MessageId>,
    /// When the request lapses.
    pub expires: Timestamp,
}

/// What is due when. Empty until targets are set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    /// The first response.
    pub first_response: Option<Timestamp>,
    /// The next response.
    pub next_response: Option<Timestamp>,
    /// The resolution.
    pub resolution: Option<Timestamp>,
}

impl Deadlines {
    /// The nearest one.
    pub fn nearest(self) -> Option<Timestamp> {
        let Deadlines { first_response, next_response, resolution } = self;
        [first_response, next_response, resolution].into_iter().flatten().min()
    }
}

/// The newest public message: what a reply must have seen, and the time that lists show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPublic {
    /// Which.
    pub message: MessageId,
    /// When.
    pub at: Timestamp,
    /// From whom.
    pub from: Side,
}

/// The side that wrote a public message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The customer.
    Customer,
    /// A person of the team.
    Operator,
    /// The AI agent.
    Ai,
}

impl Status {
    /// Open or Pending: somebody still has work with it.
    pub const fn is_active(self) -> bool {
        match self {
            Status::Open | Status::Pending { .. } => true,
            Status::Resolved { .. } | Status::Closed | Status::Archived { .. } => false,
        }
    }
}

impl Conversation {
    /// A new one, before its first message.
    #[allow(clippy::too_many_arguments)]
    pub fn begin(
        id: ConversationId,
        number: i64,
        contact: ContactId,
        channel: ChannelId,
        subject: String,
        group: Option<GroupId>,
        ai: Ai,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            number,
            contact,
            channel,
            subject,
            status: Status::Open,
            tags: BTreeSet::new(),
            message_tags: MessageTags::new(),
            priority: Priority::default(),
            previous: None,
            merged_into: None,
            version: 0,
            assignee: None,
            assigned_at: None,
            group,
            group_source: GroupSource::Default,
            ai,
            ai_epoch: 0,
            waiting_since: None,
            follow_ups: 0,
            unread_since: None,
            first_reply_at: None,
            last_reply_at: None,
            unassigned_at: (ai != Ai::Active).then_some(at),
            returned_by: None,
            closed_at: None,
            closed_by: None,
            participants: BTreeSet::new(),
            mentioned: BTreeSet::new(),
            transfer: None,
            deadlines: Deadlines::default(),
            created_at: at,
            last_public: None,
        }
    }

    /// Open or Pending.
    pub fn is_active(&self) -> bool {
        self.status.is_active()
    }

    /// Waits in Unassigned: active, with nobody, and not with the AI agent.
    pub fn is_unassigned(&self) -> bool {
        self.is_active() && self.assignee.is_none() && self.ai != Ai::Active
    }

    /// A person has to do something: asked for, or waited for while the AI agent does not answer.
    pub fn needs_human(&self) -> bool {
        self.is_active()
            && (self.ai == Ai::HandedOff || (self.waiting_since.is_some() && self.ai != Ai::Active))
    }

    /// Whether that agent takes part.
    pub fn has_part(&self, agent: AgentId) -> bool {
        self.participants.contains(&agent)
    }

    /// Whether a customer's message waits in it that no operator has read.
    pub fn is_unread(&self) -> bool {
        self.is_active() && self.unread_since.is_some()
    }

    /// When the last public message was written, or it began.
    pub fn last_message_at(&self) -> Timestamp {
        self.last_public.map_or(self.created_at, |last| last.at)
    }

    /// Refuses unless somebody may still work on it, saying what it is instead.
    pub(super) fn must_be_active(&self) -> Result<(), Refusal> {
        self.must_not_be_frozen()?;
        match self.status {
            Status::Open | Status::Pending { .. } => Ok(()),
            Status::Resolved { .. } => Err(Refusal::AlreadyResolved),
            Status::Closed => Err(Refusal::AlreadyClosed),
            Status::Archived { .. } => Err(Refusal::Archived),
        }
    }

    /// Refuses unless it is the viewer's, or they may move what others have.
    pub(super) fn must_be_mine(&self, office: &Office, viewer: &Viewer) -> Result<(), Refusal> {
        let missing = Permission::AssignOthers;
        match self.assignee {
            Some(agent) if agent == viewer.agent => Ok(()),
            _ if viewer.may(missing) => Ok(()),
            Some(agent) => Err(Refusal::WithAnother { name: office.name_of(agent).into(), missing }),
            None => Err(Refusal::TakeItFirst),
        }
    }

    /// Refuses what goes on in another conversation.
    pub(super) fn must_not_be_merged(&self) -> Result<(), Refusal> {
        if self.merged_into.is_some() { Err(Refusal::Merged) } else { Ok(()) }
    }

    /// Refuses what is read-only.
    pub(super) fn must_not_be_frozen(&self) -> Result<(), Refusal> {
        self.must_not_be_merged()?;
        match self.status {
            Status::Archived { .. } => Err(Refusal::Archived),
            Status::Open | Status::Pending { .. } | Status::Resolved { .. } | Status::Closed => Ok(()),
        }
    }

    pub(super) fn set_ai(&mut self, ai: Ai) {
        if self.ai != ai {
            self.ai = ai;
            self.ai_epoch += 1;
        }
    }

    /// What holds after every transition, whichever it was.
    pub(super) fn keep_invariants(&mut self, before: &Conversation, at: Timestamp) {
        if !self.is_active() {
            self.waiting_since = None;
            self.transfer = None;
            if matches!(self.ai, Ai::Active | Ai::HandedOff) {
                self.set_ai(Ai::Paused);
            }
        } else {
            self.closed_at = None;
            self.closed_by = None;
        }
        if self.assignee.is_some() && matches!(self.ai, Ai::Active | Ai::HandedOff) {
            self.set_ai(Ai::Paused);
        }
        let moved = self.assignee != before.assignee
            || self.group != before.group
            || self.is_active() != before.is_active();
        if moved {
            self.transfer = None;
        }
        self.unassigned_at = match (self.is_unassigned(), before.is_unassigned()) {
            (false, _) => None,
            (true, true) => self.unassigned_at,
            (true, false) => Some(at),
        };
    }

    /// Notes who moved it from active to done.
    pub(super) fn finish(&mut self, by: By, at: Timestamp) {
        if self.is_active() {
            self.closed_at = Some(at);
            self.closed_by = by.agent();
        }
    }
}
