//! What an entry of the log is about.

use super::Event;
use crate::id::MessageId;

/// What an entry of the log is about, for who looks for something in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Whose it is, and who takes part.
    People,
    /// Where it stands, and how much it hurries.
    Status,
    /// Who writes.
    Client,
    /// What was said.
    Words,
}

impl Theme {
    /// Those that the log is looked through for: words stand in the thread.
    pub const ALL: &[Theme] = &[Theme::People, Theme::Status, Theme::Client];

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Theme::People => "People",
            Theme::Status => "Status",
            Theme::Client => "Client",
            Theme::Words => "Messages",
        }
    }
}

impl Event {
    /// What it is about.
    pub const fn theme(&self) -> Theme {
        match self {
            Event::Received { .. }
            | Event::Answered { .. }
            | Event::Replied { .. }
            | Event::Scheduled { .. }
            | Event::Unscheduled { .. }
            | Event::ScheduleReturned { .. }
            | Event::Emailed { .. }
            | Event::EmailedAgain { .. }
            | Event::EmailEnded { .. }
            | Event::Whispered { .. }
            | Event::Noted { .. }
            | Event::Revised { .. }
            | Event::Retracted { .. }
            | Event::Seen { .. } => Theme::Words,
            Event::HandedOff
            | Event::Assigned { .. }
            | Event::GroupAssigned { .. }
            | Event::Unassigned { .. }
            | Event::TransferAsked { .. }
            | Event::TransferAccepted { .. }
            | Event::TransferDeclined { .. }
            | Event::TransferCancelled { .. }
            | Event::TransferExpired { .. }
            | Event::Left => Theme::People,
            Event::Begun { .. }
            | Event::Continued { .. }
            | Event::MergedInto { .. }
            | Event::Merged { .. }
            | Event::Unmerged { .. }
            | Event::Parted { .. }
            | Event::SplitOff { .. }
            | Event::SplitFrom { .. }
            | Event::Pended { .. }
            | Event::Resumed
            | Event::Resolved { .. }
            | Event::Closed
            | Event::Reopened
            | Event::Archived
            | Event::Unarchived
            | Event::Prioritised { .. }
            | Event::Tagged { .. }
            | Event::Untagged { .. }
            | Event::MessagesTagged { .. }
            | Event::MessagesUntagged { .. }
            | Event::Undone { .. }
            | Event::Read
            | Event::MarkedUnread => Theme::Status,
            Event::Introduced
            | Event::ClientRenamed
            | Event::ClientNoted { .. }
            | Event::ClientPinned { .. }
            | Event::ClientDetached { .. }
            | Event::ClientBlocked
            | Event::ClientUnblocked
            | Event::ClientMerged { .. }
            | Event::ClientParted { .. } => Theme::Client,
        }
    }

    /// Whether somebody's address stands in it, or what a mail server said of one: it has to be erased with them.
    pub fn names_an_address(&self) -> bool {
        matches!(self, Event::Emailed { .. } | Event::EmailedAgain { .. } | Event::EmailEnded { .. })
    }

    /// Whether it only marks messages as seen or read. A thread has no entry for it, so that its pages are full.
    pub fn is_mark(&self) -> bool {
        matches!(self, Event::Seen { .. } | Event::Read)
    }

    /// The message, whisper or note that it is about.
    pub fn message(&self) -> Option<MessageId> {
        match self {
            Event::Received { message }
            | Event::Answered { message, .. }
            | Event::Replied { message }
            | Event::Whispered { message, .. }
            | Event::Noted { message, .. }
            | Event::Revised { message, .. }
            | Event::Retracted { message }
            | Event::ClientNoted { message } => Some(*message),
            Event::Assigned { note, .. }
            | Event::GroupAssigned { note, .. }
            | Event::TransferAsked { note, .. }
            | Event::TransferDeclined { note, .. }
            | Event::Pended { note, .. }
            | Event::Resolved { note }
            | Event::Prioritised { note, .. } => *note,
            // The message is not there yet, or never comes.
            Event::Scheduled { .. }
            | Event::Unscheduled { .. }
            | Event::ScheduleReturned { .. }
            | Event::Emailed { .. }
            | Event::EmailedAgain { .. }
            | Event::EmailEnded { .. }
            | Event::HandedOff
            | Event::Begun { .. }
            | Event::Continued { .. }
            | Event::MergedInto { .. }
            | Event::Merged { .. }
            | Event::Unmerged { .. }
            | Event::Parted { .. }
            | Event::SplitOff { .. }
            | Event::SplitFrom { .. }
            | Event::Unassigned { .. }
            | Event::TransferAccepted { .. }
            | Event::TransferCancelled { .. }
            | Event::TransferExpired { .. }
            | Event::Left
            | Event::Resumed
            | Event::Closed
            | Event::Reopened
            | Event::Archived
            | Event::Unarchived
            | Event::Tagged { .. }
            | Event::Untagged { .. }
            | Event::MessagesTagged { .. }
            | Event::MessagesUntagged { .. }
            | Event::Read
            | Event::MarkedUnread
            | Event::Undone { .. }
            | Event::Seen { .. }
            | Event::Introduced
            | Event::ClientRenamed
            | Event::ClientPinned { .. }
            | Event::ClientDetached { .. }
            | Event::ClientBlocked
            | Event::ClientUnblocked
            | Event::ClientMerged { .. }
            | Event::ClientParted { .. } => None,
        }
    }

    /// Whether it makes who writes another client: what was loaded of theirs beside a thread is not all then.
    pub const fn makes_another_client(&self) -> bool {
        matches!(self, Event::ClientMerged { .. } | Event::ClientParted { .. })
    }

    /// Whether it moves words from one conversation to another: what was loaded of either has holes then.
    pub const fn moves_words(&self) -> bool {
        matches!(
            self,
            Event::MergedInto { .. }
                | Event::Merged { .. }
                | Event::Unmerged { .. }
                | Event::Parted { .. }
                | Event::SplitOff { .. }
                | Event::SplitFrom { .. }
        )
    }
}
