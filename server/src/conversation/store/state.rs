//! Writing a conversation's row, field by field, so that a new field which is forgotten here does not compile.

use anyhow::anyhow;
use domain::conversation::*;
use domain::id::MessageId;
use domain::time::Timestamp;
use serde::Serialize;

use super::n_columns;
use crate::db::{Query, Tx};
use crate::error::Error;

/// A value of a state's column.
#[derive(PartialEq)]
pub(super) enum Held {
    Text(Option<String>),
    Number(Option<i64>),
    Flag(bool),
}

impl Held {
    pub(super) fn bind(self, query: Query<'_>) -> Query<'_> {
        match self {
            Held::Text(text) => query.bind(text),
            Held::Number(number) => query.bind(number),
            Held::Flag(flag) => query.bind(flag),
        }
    }

    fn word(word: &str) -> Self {
        Held::Text(Some(word.to_owned()))
    }

    fn id(id: Option<impl ToString>) -> Self {
        Held::Text(id.map(|id| id.to_string()))
    }

    fn time(time: Option<Timestamp>) -> Self {
        Held::Number(time.map(|time| time.0))
    }
}

/// A value without fields as its word.
fn word(value: impl Serialize) -> Result<String, Error> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(Error::Fault(anyhow!("{other} is no word"))),
    }
}

pub(super) const STATE: &str = "conversation_id, number, contact_id, channel_id, subject, status, active, status_note_id, \
    wake_at, archived_was, tags, message_tags, priority, priority_note_id, previous_id, merged_into_id, version, assignee_id, \
    assigned_at, group_id, group_explicit, ai, ai_epoch, waiting_since, follow_ups, unread_since, first_reply_at, \
    last_reply_at, unassigned_at, returned_by, closed_at, closed_by, participants, mentioned, transfer_to, \
    transfer_from, transfer_note_id, transfer_expires, first_response_due, next_response_due, resolution_due, \
    deadline, created_at, last_message_at, last_public_id, last_public_from, last_public_at";

pub(super) async fn insert(
    tx: &mut Tx,
    conversation: &Conversation,
    hidden: Option<MessageId>,
) -> Result<(), Error> {
    let places = tx.rows(1, n_columns(STATE) + 1);
    let query = tx.built(format!("insert into conversation ({STATE}, last_private_id) values {places}"));
    let query = values(conversation)?.into_iter().fold(query, |query, value| value.bind(query));
    query.bind(hidden.map(|id| id.to_string())).exec().await?;
    Ok(())
}

/// Writes what changed: each column that is named costs an entry in every index that has it.
pub(super) async fn update(
    tx: &mut Tx,
    before: &Conversation,
    after: &Conversation,
    hidden: Option<MessageId>,
) -> Result<(), Error> {
    let pairs = STATE.split(", ").zip(values(before)?.into_iter().zip(values(after)?));
    let mut changes: Vec<(&str, Held)> =
        pairs.filter(|(_, (was, is))| was != is).map(|(name, (_, is))| (name, is)).collect();
    if hidden.is_some() || before.last_public != after.last_public {
        changes.push(("last_private_id", Held::id(hidden)));
    }
    if changes.is_empty() {
        return Ok(());
    }
    let sets: Vec<String> = changes.iter().zip(1..).map(|((name, _), n)| format!("{name} = ${n}")).collect();
    let place = changes.len() + 1;
    let text = format!("update conversation set {} where conversation_id = ${place}", sets.join(", "));
    let query = changes.into_iter().fold(tx.built(text), |query, (_, value)| value.bind(query));
    query.bind(after.id.to_string()).exec().await?;
    Ok(())
}

/// A state as it stands in the columns of [`STATE`].
pub(super) fn values(conversation: &Conversation) -> Result<Vec<Held>, Error> {
    let Conversation {
        id,
        number,
        contact,
        channel,
        subject,
        status,
        tags,
        message_tags,
        priority,
        previous,
        merged_into,
        version,
        assignee,
        assigned_at,
        group,
        group_source,
        ai,
        ai_epoch,
        waiting_since,
        follow_ups,
        unread_since,
        first_reply_at,
        last_reply_at,
        unassigned_at,
        returned_by,
        closed_at,
        closed_by,
        participants,
        mentioned,
        transfer,
        deadlines,
        created_at,
        last_public,
    } = conversation;
    let (status_word, status_note, wake_at, was) = match status {
        Status::Open => ("open", None, None, None),
        Status::Pending { note, wake_at } => ("pending", *note, *wake_at, None),
        Status::Resolved { note } => ("resolved", *note, None, None),
        Status::Closed => ("closed", None, None, None),
        Status::Archived { was } => ("archived", None, None, Some(word(was)?)),
    };
    Ok(vec![
        Held::id(Some(id)),
        Held::Number(Some(*number)),
        Held::id(Some(contact)),
        Held::id(Some(channel)),
        Held::word(subject),
        Held::word(status_word),
        Held::Flag(status.is_active()),
        Held::id(status_note),
        Held::time(wake_at),
        Held::Text(was),
        Held::Text(Some(serde_json::to_string(tags)?)),
        Held::Text((!message_tags.is_empty()).then(|| serde_json::to_string(message_tags)).transpose()?),
        Held::Number(Some(priority.level.rank())),
        Held::id(priority.note),
        Held::id(*previous),
        Held::id(*merged_into),
        Held::Number(Some(*version)),
        Held::id(*assignee),
        Held::time(*assigned_at),
        Held::id(*group),
        Held::Flag(*group_source == GroupSource::Explicit),
        Held::word(&word(ai)?),
        Held::Number(Some(*ai_epoch)),
        Held::time(*waiting_since),
        Held::Number(Some(*follow_ups)),
        Held::time(*unread_since),
        Held::time(*first_reply_at),
        Held::time(*last_reply_at),
        Held::time(*unassigned_at),
        Held::id(*returned_by),
        Held::time(*closed_at),
        Held::id(*closed_by),
        Held::Text(Some(serde_json::to_string(participants)?)),
        Held::Text(Some(serde_json::to_string(mentioned)?)),
        Held::id(transfer.map(|transfer| transfer.to)),
        Held::id(transfer.map(|transfer| transfer.from)),
        Held::id(transfer.and_then(|transfer| transfer.note)),
        Held::time(transfer.map(|transfer| transfer.expires)),
        Held::time(deadlines.first_response),
        Held::time(deadlines.next_response),
        Held::time(deadlines.resolution),
        Held::time(deadlines.nearest()),
        Held::Number(Some(created_at.0)),
        Held::Number(Some(conversation.last_message_at().0)),
        Held::id(last_public.map(|last| last.message)),
        Held::Text(last_public.map(|last| word(last.from)).transpose()?),
        Held::time(last_public.map(|last| last.at)),
    ])
}
