//! What happened, as a line: "Sam Keller took the conversation".

use domain::conversation::{Event, Outcome};
use domain::id::MailId;
use domain::office::Office;
use domain::time::Timestamp;
use domain::viewer::By;

use super::picker;
use crate::ui::time;
use domain::live::Entry;

/// The line and its icon; `None` for what is a message, or nothing to tell.
pub fn line(
    entry: &Entry,
    office: &Office,
    me: domain::id::AgentId,
    contact: &str,
) -> Option<(String, &'static str)> {
    let who = |agent| if agent == me { "you".to_string() } else { office.name_of(agent).to_string() };
    let by = match entry.by {
        By::Agent(agent) if agent == me => "You".to_string(),
        By::Agent(agent) => office.name_of(agent).to_string(),
        By::Visitor(_) => contact.to_string(),
        By::Ai => office.ai_name.clone(),
        By::Rule => "A rule".into(),
        By::System => "Switchboard".into(),
    };
    let Some(event) = &entry.event else {
        return Some((
            format!("{by} did something that this page does not know yet: reload it"),
            "circle-alert",
        ));
    };
    let name = |tag| office.tags.get(&tag).map_or("a former tag", |tag| &tag.name);
    let said = match event {
        Event::Received { .. }
        | Event::Answered { .. }
        | Event::Replied { .. }
        | Event::Whispered { .. }
        | Event::Noted { .. }
        | Event::ClientNoted { .. }
        | Event::Read
        | Event::Seen { .. } => return None,
        Event::Begun { .. } => (format!("{by} began the conversation"), "message-circle"),
        Event::Continued { .. } => (format!("{by} began another conversation"), "message-circle"),
        Event::MergedInto { number, .. } => (format!("{by} merged it into conversation {number}"), "merge"),
        Event::Merged { number, .. } => (format!("{by} merged conversation {number} into this one"), "merge"),
        Event::Unmerged { number, .. } => (format!("{by} took it out of conversation {number}"), "undo-2"),
        Event::Parted { number, .. } => (format!("{by} separated conversation {number} again"), "undo-2"),
        Event::SplitOff { .. } => {
            (format!("{by} split messages off into a conversation of their own"), "split")
        }
        Event::SplitFrom { number, .. } => {
            (format!("{by} split this off from conversation {number}"), "split")
        }
        Event::Scheduled { at, .. } => (
            format!("{by} scheduled a reply for {} {}", time::day(*at, Timestamp(0)), time::clock(*at)),
            "clock",
        ),
        Event::Unscheduled { .. } => (format!("{by} took a scheduled reply back"), "undo-2"),
        Event::ScheduleReturned { to, .. } if *to == me => {
            ("Your scheduled reply could not be sent any more".into(), "circle-alert")
        }
        Event::ScheduleReturned { to, .. } => {
            (format!("{}’s scheduled reply could not be sent any more", who(*to)), "circle-alert")
        }
        Event::Emailed { to, n_messages, is_whole, .. } => {
            let what = match is_whole {
                true => "the conversation".to_string(),
                false => picker::messages(usize::try_from(*n_messages).unwrap_or_default()),
            };
            (format!("{by} sent {what} by e-mail to {}", to.join(", ")), "mail")
        }
        Event::Revised { .. } => (format!("{by} changed a whisper or note"), "pencil-line"),
        Event::Retracted { .. } => (format!("{by} deleted a whisper or note"), "x"),
        Event::EmailedAgain { to, .. } => (format!("{by} sent the e-mail to {to} again"), "mail"),
        Event::EmailEnded { to, outcome, .. } => match outcome {
            Outcome::Delivered => (format!("The mail server took the e-mail to {to}"), "check"),
            Outcome::Failed { reason } => {
                (format!("The e-mail to {to} was not delivered: {reason}"), "circle-alert")
            }
            Outcome::Uncertain => (
                format!("The e-mail to {to} may have arrived: the mail server's answer was lost"),
                "circle-alert",
            ),
        },
        Event::Undone { .. } => (format!("{by} undid that"), "undo-2"),
        Event::MarkedUnread => (format!("{by} marked it unread"), "mail"),
        Event::Introduced => (format!("{by} left a name or an address"), "user-check"),
        Event::ClientRenamed => (format!("{by} changed the client's name"), "pencil-line"),
        Event::ClientPinned { to } if entry.by.agent() == Some(*to) => {
            (format!("{by} pinned the client"), "pin")
        }
        Event::ClientPinned { to } => (format!("{by} pinned the client to {}", who(*to)), "pin"),
        Event::ClientDetached { from } if entry.by.agent() == Some(*from) => {
            (format!("{by} detached the client"), "pin")
        }
        Event::ClientDetached { from } => (format!("{by} detached the client from {}", who(*from)), "pin"),
        Event::ClientBlocked => (format!("{by} sent the client to the black list"), "ban"),
        Event::ClientUnblocked => (format!("{by} took the client off the black list"), "rotate-ccw"),
        Event::ClientMerged { .. } => (format!("{by} merged the client with another contact"), "merge"),
        Event::ClientParted { .. } => (format!("{by} separated the client's contacts again"), "undo-2"),
        Event::HandedOff => (format!("{by} asked for a person"), "hand"),
        Event::Assigned { to, from, .. } => match (entry.by.agent() == Some(*to), from) {
            (true, None) => (format!("{by} took the conversation"), "user-check"),
            (true, Some(from)) => {
                (format!("{by} took the conversation over from {}", who(*from)), "user-check")
            }
            (false, _) => (format!("{by} assigned it to {}", who(*to)), "user-check"),
        },
        Event::GroupAssigned { group, .. } => {
            (format!("{by} moved it to {}", office.group_name(*group)), "users")
        }
        Event::Unassigned { from } if entry.by.agent() == Some(*from) => {
            (format!("{by} put it back to Unassigned"), "undo-2")
        }
        Event::Unassigned { from } => {
            (format!("{by} took it from {} and put it back to Unassigned", who(*from)), "undo-2")
        }
        Event::TransferAsked { to, .. } => (format!("{by} asked {} to take it over", who(*to)), "send"),
        Event::TransferAccepted { from, .. } => match from {
            Some(from) => (format!("{by} accepted the transfer from {}", who(*from)), "user-check"),
            None => (format!("{by} accepted the transfer"), "user-check"),
        },
        Event::TransferDeclined { .. } => (format!("{by} declined the transfer"), "x"),
        Event::TransferCancelled { to } => {
            (format!("{by} no longer asks {} to take it over", who(*to)), "undo-2")
        }
        Event::TransferExpired { to, .. } => {
            (format!("The transfer lapsed: no answer from {}", who(*to)), "clock")
        }
        Event::Left => (format!("{by} left the conversation"), "log-out"),
        Event::Pended { .. } => (format!("{by} set it pending"), "clock"),
        Event::Resumed if entry.by == By::System => ("Its time came: it is open again".into(), "bell"),
        Event::Resumed => (format!("{by} opened it again"), "rotate-ccw"),
        Event::Resolved { .. } => (format!("{by} marked it resolved"), "check"),
        Event::Closed => (format!("{by} closed it"), "circle-check"),
        Event::Reopened => (format!("{by} reopened it"), "rotate-ccw"),
        Event::Archived => (format!("{by} archived it"), "archive"),
        Event::Unarchived => (format!("{by} took it out of the archive"), "archive"),
        Event::Prioritised { level, .. } => (format!("{by} set the priority to {}", level.name()), "flag"),
        Event::Tagged { tag } => (format!("{by} added the tag {}", name(*tag)), "tag"),
        Event::Untagged { tag } => (format!("{by} took the tag {} off", name(*tag)), "tag"),
        Event::MessagesTagged { tag, messages } => {
            (format!("{by} tagged {} {}", picker::messages(messages.len()), name(*tag)), "tag")
        }
        Event::MessagesUntagged { tag, messages } => {
            (format!("{by} took the tag {} off {}", name(*tag), picker::messages(messages.len())), "tag")
        }
    };
    Some(said)
}

/// The e-mail that was not delivered, and to whom, where a person may send it again.
pub fn undelivered(event: &Event) -> Option<(MailId, &str)> {
    match event {
        Event::EmailEnded { mail, to, outcome: Outcome::Failed { .. } | Outcome::Uncertain } => {
            Some((*mail, to))
        }
        _ => None,
    }
}

/// Whether that happened to the same e-mail.
pub fn is_of(event: &Event, (mail, to): (MailId, &str)) -> bool {
    match event {
        Event::EmailedAgain { mail: of, to: whom } | Event::EmailEnded { mail: of, to: whom, .. } => {
            *of == mail && whom == to
        }
        _ => false,
    }
}

/// The other conversation that it is about.
pub fn other(event: &Event) -> Option<i64> {
    match event {
        Event::MergedInto { number, .. }
        | Event::Merged { number, .. }
        | Event::Unmerged { number, .. }
        | Event::Parted { number, .. }
        | Event::SplitFrom { number, .. } => Some(*number),
        _ => None,
    }
}
