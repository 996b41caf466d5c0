//! Reading a conversation, field by field, so that a new field which is forgotten here does not compile.

use std::str::FromStr;

use anyhow::{Context, anyhow};
use domain::contact::{Contact, Merged};
use domain::conversation::*;
use domain::id::{ContactId, MessageId};
use domain::message::{Message, MessageKind};
use domain::time::Timestamp;
use domain::viewer::By;
use serde::de::DeserializeOwned;

use crate::db::{Col, Row};
use crate::error::Error;

/// The columns of a conversation `c` and its contact `k`, in the order in which [`Columns::scene`] reads them.
pub const SCENE: &str = "c.conversation_id, c.number, c.contact_id, c.channel_id, c.subject, c.status, \
    c.status_note_id, c.wake_at, c.archived_was, c.tags, c.message_tags, c.priority, c.priority_note_id, c.previous_id, \
    c.merged_into_id, c.version, c.assignee_id, c.assigned_at, c.group_id, c.group_explicit, c.ai, c.ai_epoch, \
    c.waiting_since, c.follow_ups, c.unread_since, c.first_reply_at, c.last_reply_at, c.unassigned_at, \
    c.returned_by, c.closed_at, c.closed_by, c.participants, c.mentioned, c.transfer_to, c.transfer_from, \
    c.transfer_note_id, c.transfer_expires, c.first_response_due, c.next_response_due, c.resolution_due, \
    c.created_at, c.last_public_id, c.last_public_from, c.last_public_at, \
    k.display_name, k.original_name, k.email, k.phone, k.language, k.vip, k.lead, k.pinned_to, k.blocked_at, \
    k.client_id, k.own";

/// A row, read from left to right.
pub struct Columns<'r> {
    row: Source<'r>,
    next: usize,
}

/// Where the columns are: in a row of the driver's, or in one that came as JSON; see [`Tx::lines`].
#[derive(Clone, Copy)]
enum Source<'r> {
    Row(&'r Row),
    Json(&'r [serde_json::Value]),
}

/// A type of a column, in both.
pub trait Field<'r>: Col<'r> {
    fn of_json(value: &serde_json::Value) -> Option<Self>;
}

impl Field<'_> for i64 {
    fn of_json(value: &serde_json::Value) -> Option<Self> {
        value.as_i64()
    }
}

impl Field<'_> for bool {
    /// SQLite has numbers for it.
    fn of_json(value: &serde_json::Value) -> Option<Self> {
        value.as_bool().or_else(|| value.as_i64().map(|n| n != 0))
    }
}

impl Field<'_> for String {
    fn of_json(value: &serde_json::Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl<'r, T: Field<'r>> Field<'r> for Option<T>
where
    Option<T>: Col<'r>,
{
    fn of_json(value: &serde_json::Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::of_json(value).map(Some) }
    }
}

impl<'r> Columns<'r> {
    /// From the first column.
    pub fn of(row: &'r Row) -> Self {
        Self { row: Source::Row(row), next: 0 }
    }

    /// From the first value.
    pub fn of_json(values: &'r [serde_json::Value]) -> Self {
        Self { row: Source::Json(values), next: 0 }
    }

    /// The next one.
    pub fn take<T: Field<'r>>(&mut self) -> Result<T, Error> {
        let place = self.next;
        self.next += 1;
        match self.row {
            Source::Row(row) => Ok(row.get(place)?),
            Source::Json(values) => values
                .get(place)
                .and_then(T::of_json)
                .ok_or_else(|| Error::Fault(anyhow!("column {place} of a row in JSON has another type"))),
        }
    }

    /// The next one, an id.
    pub fn id<T: FromStr>(&mut self) -> Result<T, Error> {
        let text: String = self.take()?;
        text.parse().map_err(|_| Error::Fault(anyhow!("column {}: {text:?} is no id", self.next - 1)))
    }

    /// The next one, an id or null.
    pub fn maybe_id<T: FromStr>(&mut self) -> Result<Option<T>, Error> {
        let Some(text) = self.take::<Option<String>>()? else { return Ok(None) };
        let id =
            text.parse().map_err(|_| Error::Fault(anyhow!("column {}: {text:?} is no id", self.next - 1)))?;
        Ok(Some(id))
    }

    /// The next one, a time.
    pub fn time(&mut self) -> Result<Timestamp, Error> {
        self.take().map(Timestamp)
    }

    /// The next one, a time or null.
    pub fn maybe_time(&mut self) -> Result<Option<Timestamp>, Error> {
        Ok(self.take::<Option<i64>>()?.map(Timestamp))
    }

    /// The next one, JSON.
    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        Ok(serde_json::from_str(&self.take::<String>()?)?)
    }

    /// The next one, a word that stands for a value without fields.
    fn word<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        Ok(serde_json::from_value(self.take::<String>()?.into())?)
    }

    /// The next two: who did something.
    pub fn by(&mut self) -> Result<By, Error> {
        let kind: String = self.take()?;
        match kind.as_str() {
            "agent" => self.id().map(By::Agent),
            "visitor" => self.id().map(By::Visitor),
            other => {
                self.next += 1;
                match other {
                    "ai" => Ok(By::Ai),
                    "rule" => Ok(By::Rule),
                    "system" => Ok(By::System),
                    _ => Err(Error::Fault(anyhow!("an author of kind {other:?}"))),
                }
            }
        }
    }

    /// A message, beginning with its id.
    pub fn message(&mut self) -> Result<Message, Error> {
        let id = self.id()?;
        self.message_of(id)
    }

    /// The rest of a message whose id was taken.
    pub fn message_of(&mut self, id: MessageId) -> Result<Message, Error> {
        let kind: String = self.take()?;
        let kind = MessageKind::of_key(&kind)
            .ok_or_else(|| Error::Fault(anyhow::anyhow!("a message of kind {kind:?}")))?;
        let (by, at, text) = (self.by()?, self.time()?, self.take()?);
        let file: Option<String> = self.take()?;
        let file = file.map(|file| serde_json::from_str(&file)).transpose()?;
        Ok(Message { id, kind, by, at, text, file })
    }

    /// Whether the next one, a text, is null. It stays the next one.
    pub fn is_null(&self) -> Result<bool, Error> {
        Ok(Columns { row: self.row, next: self.next }.take::<Option<String>>()?.is_none())
    }

    /// Leaves so many out.
    pub fn skip(&mut self, n: usize) {
        self.next += n;
    }

    /// The columns of [`SCENE`]. `into` is left empty.
    pub fn scene(&mut self) -> Result<Scene, Error> {
        let conversation = self.conversation()?;
        let contact = self.contact(conversation.contact)?;
        Ok(Scene { contact, conversation, into: None })
    }

    /// The last columns of [`SCENE`]: what is known of that contact.
    pub fn contact(&mut self, id: ContactId) -> Result<Contact, Error> {
        Ok(Contact {
            id,
            display_name: self.take()?,
            original_name: self.take()?,
            email: self.take()?,
            phone: self.take()?,
            language: self.take()?,
            vip: self.take()?,
            lead: self.take()?,
            pinned_to: self.maybe_id()?,
            blocked_at: self.maybe_time()?,
            merged: self.merged()?,
        })
    }

    fn merged(&mut self) -> Result<Option<Box<Merged>>, Error> {
        let (client, own) = (self.maybe_id()?, self.take::<Option<String>>()?);
        let Some((client, own)) = client.zip(own) else { return Ok(None) };
        Ok(Some(Box::new(Merged { client, own: serde_json::from_str(&own)? })))
    }

    // The fields stand in the order of SCENE: that is the order in which they are evaluated.
    fn conversation(&mut self) -> Result<Conversation, Error> {
        Ok(Conversation {
            id: self.id()?,
            number: self.take()?,
            contact: self.id()?,
            channel: self.id()?,
            subject: self.take()?,
            status: self.status()?,
            tags: self.json()?,
            message_tags: self.message_tags()?,
            priority: Priority { level: Level::of_rank(self.take()?), note: self.maybe_id()? },
            previous: self.maybe_id()?,
            merged_into: self.maybe_id()?,
            version: self.take()?,
            assignee: self.maybe_id()?,
            assigned_at: self.maybe_time()?,
            group: self.maybe_id()?,
            group_source: if self.take()? { GroupSource::Explicit } else { GroupSource::Default },
            ai: self.word()?,
            ai_epoch: self.take()?,
            waiting_since: self.maybe_time()?,
            follow_ups: self.take()?,
            unread_since: self.maybe_time()?,
            first_reply_at: self.maybe_time()?,
            last_reply_at: self.maybe_time()?,
            unassigned_at: self.maybe_time()?,
            returned_by: self.maybe_id()?,
            closed_at: self.maybe_time()?,
            closed_by: self.maybe_id()?,
            participants: self.json()?,
            mentioned: self.json()?,
            transfer: self.transfer()?,
            deadlines: Deadlines {
                first_response: self.maybe_time()?,
                next_response: self.maybe_time()?,
                resolution: self.maybe_time()?,
            },
            created_at: self.time()?,
            last_public: self.last_public()?,
        })
    }

    fn message_tags(&mut self) -> Result<MessageTags, Error> {
        let text: Option<String> = self.take()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default())
    }

    fn status(&mut self) -> Result<Status, Error> {
        let word: String = self.take()?;
        let (note, wake_at) = (self.maybe_id()?, self.maybe_time()?);
        let was: Option<String> = self.take()?;
        match word.as_str() {
            "open" => Ok(Status::Open),
            "pending" => Ok(Status::Pending { note, wake_at }),
            "resolved" => Ok(Status::Resolved { note }),
            "closed" => Ok(Status::Closed),
            "archived" => {
                let was = serde_json::from_value(was.context("archived without what it was")?.into())?;
                Ok(Status::Archived { was })
            }
            other => Err(Error::Fault(anyhow!("a status {other:?}"))),
        }
    }

    fn transfer(&mut self) -> Result<Option<Transfer>, Error> {
        let (to, from) = (self.maybe_id()?, self.maybe_id()?);
        let (note, expires) = (self.maybe_id()?, self.maybe_time()?);
        Ok(match (to, from, expires) {
            (Some(to), Some(from), Some(expires)) => Some(Transfer { to, from, note, expires }),
            _ => None,
        })
    }

    fn last_public(&mut self) -> Result<Option<LastPublic>, Error> {
        let message = self.maybe_id()?;
        let from: Option<String> = self.take()?;
        let at = self.maybe_time()?;
        Ok(match (message, from, at) {
            (Some(message), Some(from), Some(at)) => {
                Some(LastPublic { message, at, from: serde_json::from_value(from.into())? })
            }
            _ => None,
        })
    }
}

/// How many columns [`SCENE`] has.
pub const SCENE_COLUMNS: usize = 55;

#[cfg(test)]
mod tests {
    #[test]
    fn the_columns_are_counted_right() {
        assert_eq!(super::SCENE.split(',').count(), super::SCENE_COLUMNS);
    }
}
