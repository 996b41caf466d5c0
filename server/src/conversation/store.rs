//! The SQL of one conversation. Loading and saving take the struct apart field by field, so that a new
//! field which is forgotten here does not compile.

use std::collections::BTreeSet;
use std::str::FromStr;

use anyhow::{Context, anyhow};
use domain::channel::ChannelKind;
use domain::contact::Contact;
use domain::conversation::*;
use domain::id::{AgentId, ContactId, ConversationId, MessageId, TagId};
use domain::live::{Receipt, Request};
use domain::message::{Delivery, Message};
use domain::office::Office;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::viewer::{By, Viewer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{Col, Query, Row, Tx};
use crate::error::Error;
use crate::sql;

/// The columns of a conversation `c` and its contact `k`, in the order in which [`Columns::scene`] reads them.
pub const SCENE: &str = "c.conversation_id, c.number, c.contact_id, c.channel_id, c.subject, c.status, \
    c.status_note_id, c.wake_at, c.archived_was, c.tags, c.priority, c.priority_note_id, c.previous_id, \
    c.merged_into_id, c.version, c.assignee_id, c.assigned_at, c.group_id, c.group_explicit, c.ai, c.ai_epoch, \
    c.waiting_since, c.follow_ups, c.unread_since, c.first_reply_at, c.last_reply_at, c.unassigned_at, \
    c.returned_by, c.closed_at, c.closed_by, c.participants, c.mentioned, c.transfer_to, c.transfer_from, \
    c.transfer_note_id, c.transfer_expires, c.first_response_due, c.next_response_due, c.resolution_due, \
    c.created_at, c.last_public_id, c.last_public_from, c.last_public_at, \
    k.display_name, k.original_name, k.email, k.phone, k.language, k.vip, k.lead, k.pinned_to, k.blocked_at";

/// A row, read from left to right.
pub struct Columns<'r> {
    row: Source<'r>,
    next: usize,
}

/// Where the columns are: in a row of the driver's, or in one that came as JSON; see [`Tx::lines`].
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
        })
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

/// The conversation of that id as `viewer` may act on it, locked for this transaction.
/// [`Error::Missing`] where there is none, or none in their sight.
pub async fn scene(tx: &mut Tx, viewer: &Viewer, id: ConversationId) -> Result<Scene, Error> {
    let text = format!("{} where c.conversation_id = $1", from_scene());
    let locked = match tx.engine() {
        crate::db::Engine::Sqlite => text, // its one writer is the lock
        crate::db::Engine::Postgres => format!("{text} for update of c"),
    };
    let row = tx.built(locked).bind(id.to_string()).opt().await?;
    in_sight(tx, viewer, row).await
}

/// The conversation of that number, to look at.
pub async fn numbered(tx: &mut Tx, viewer: &Viewer, number: i64) -> Result<Scene, Error> {
    let row = tx.built(format!("{} where c.number = $1", from_scene())).bind(number).opt().await?;
    in_sight(tx, viewer, row).await
}

/// The conversation of that id, to look at.
pub async fn look(tx: &mut Tx, viewer: &Viewer, id: ConversationId) -> Result<Scene, Error> {
    let row =
        tx.built(format!("{} where c.conversation_id = $1", from_scene())).bind(id.to_string()).opt().await?;
    in_sight(tx, viewer, row).await
}

fn from_scene() -> String {
    format!("select {SCENE} from conversation c join contact k on k.contact_id = c.contact_id")
}

async fn in_sight(tx: &mut Tx, viewer: &Viewer, row: Option<Row>) -> Result<Scene, Error> {
    let scene = Columns::of(&row.ok_or(Error::Missing)?).scene()?;
    let scene = with_targets(tx, scene).await?;
    if domain::sight::visible(viewer, &scene) { Ok(scene) } else { Err(Error::Missing) }
}

/// The scene with where it was merged to: short, and never a circle, because the source is frozen.
pub async fn with_targets(tx: &mut Tx, scene: Scene) -> Result<Scene, Error> {
    let mut chain = vec![scene];
    while let Some(into) = chain.last().and_then(|scene| scene.conversation.merged_into) {
        let text = format!("{} where c.conversation_id = $1", from_scene());
        let row = tx.built(text).bind(into.to_string()).one().await?;
        chain.push(Columns::of(&row).scene()?);
    }
    let folded = chain.into_iter().rev().reduce(|into, from| Scene { into: Some(Box::new(into)), ..from });
    Ok(folded.context("a scene")?)
}

/// An order that was done already.
pub struct Done {
    by: AgentId,
    digest: String,
    receipt: Receipt,
}

impl Done {
    /// Who ordered the same again gets the same receipt; another order with its id is refused.
    pub fn receipt_for(self, agent: AgentId, digest: &str) -> Result<Receipt, Error> {
        if self.by != agent || self.digest != digest {
            return Err(Refusal::AnotherOrder.into());
        }
        Ok(self.receipt)
    }
}

/// The version of the office, and what was done of that order: one question, asked before each order.
pub async fn done(tx: &mut Tx, request: &Request) -> Result<(i64, Option<Done>), Error> {
    let row = tx
        .q(sql!(
            "select w.office_version, c.agent_id, c.digest, c.receipt from workspace w \
             left join command c on c.command_id = $1"
        ))
        .bind(request.id.to_string())
        .one()
        .await?;
    let mut columns = Columns::of(&row);
    let (version, by) = (columns.take()?, columns.maybe_id()?);
    let done = match by {
        Some(by) => Some(Done { by, digest: columns.take()?, receipt: columns.json()? }),
        None => None,
    };
    Ok((version, done))
}

/// Remembers that an order was done.
pub async fn remember(
    tx: &mut Tx,
    by: AgentId,
    digest: &str,
    receipt: &Receipt,
    now: Timestamp,
) -> Result<(), Error> {
    tx.q(sql!("insert into command (command_id, agent_id, digest, receipt, at) values ($1, $2, $3, $4, $5)"))
        .bind(receipt.id.to_string())
        .bind(by.to_string())
        .bind(digest)
        .bind(serde_json::to_string(receipt)?)
        .bind(now.0)
        .exec()
        .await?;
    Ok(())
}

/// Puts somebody new into the address book.
pub async fn enter(tx: &mut Tx, contact: &Contact) -> Result<(), Error> {
    let values = tx.rows(1, columns(CONTACT));
    let text = format!("insert into contact ({CONTACT}) values {values} on conflict (contact_id) do nothing");
    bind_contact(tx.built(text), contact).exec().await?;
    Ok(())
}

/// Writes what is known of somebody by now.
pub async fn update(tx: &mut Tx, contact: &Contact) -> Result<(), Error> {
    let text = sql!(
        "update contact set display_name = $2, original_name = $3, email = $4, phone = $5, language = $6, vip = $7, \
         lead = $8, pinned_to = $9, blocked_at = $10 where contact_id = $1"
    );
    bind_contact(tx.q(text), contact).exec().await?;
    Ok(())
}

const CONTACT: &str =
    "contact_id, display_name, original_name, email, phone, language, vip, lead, pinned_to, blocked_at";

fn bind_contact<'t>(query: Query<'t>, contact: &Contact) -> Query<'t> {
    let Contact { id, display_name, original_name, email, phone, language, vip, lead, pinned_to, blocked_at } =
        contact;
    query
        .bind(id.to_string())
        .bind(display_name.as_str())
        .bind(original_name.as_str())
        .bind(email.clone())
        .bind(phone.clone())
        .bind(language.clone())
        .bind(*vip)
        .bind(*lead)
        .bind(pinned_to.map(|agent| agent.to_string()))
        .bind(blocked_at.map(|at| at.0))
}

/// Writes the state, the sets that searches ask for, and the words.
pub async fn save(
    tx: &mut Tx,
    office: &Office,
    before: Option<&Conversation>,
    after: &Conversation,
    messages: &[Message],
) -> Result<(), Error> {
    // A preview goes back to the public message as soon as there is a newer one.
    let hidden = messages.iter().rfind(|message| !message.kind.is_public()).map(|message| message.id);
    match before {
        None => insert_state(tx, after, hidden).await?,
        Some(before) => update_state(tx, before, after, hidden).await?,
    }
    write_tags(tx, before, after).await?;
    write_parts(tx, before, after).await?;
    for message in messages {
        write_message(tx, office, after, message).await?;
    }
    Ok(())
}

/// A value of a state's column.
#[derive(PartialEq)]
enum Held {
    Text(Option<String>),
    Number(Option<i64>),
    Flag(bool),
}

impl Held {
    fn bind(self, query: Query<'_>) -> Query<'_> {
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

const STATE: &str = "conversation_id, number, contact_id, channel_id, subject, status, active, status_note_id, \
    wake_at, archived_was, tags, priority, priority_note_id, previous_id, merged_into_id, version, assignee_id, \
    assigned_at, group_id, group_explicit, ai, ai_epoch, waiting_since, follow_ups, unread_since, first_reply_at, \
    last_reply_at, unassigned_at, returned_by, closed_at, closed_by, participants, mentioned, transfer_to, \
    transfer_from, transfer_note_id, transfer_expires, first_response_due, next_response_due, resolution_due, \
    deadline, created_at, last_message_at, last_public_id, last_public_from, last_public_at";

async fn insert_state(
    tx: &mut Tx,
    conversation: &Conversation,
    hidden: Option<MessageId>,
) -> Result<(), Error> {
    let values = tx.rows(1, columns(STATE) + 1);
    let query = tx.built(format!("insert into conversation ({STATE}, last_private_id) values {values}"));
    let query = state(conversation)?.into_iter().fold(query, |query, value| value.bind(query));
    query.bind(hidden.map(|id| id.to_string())).exec().await?;
    Ok(())
}

/// Writes what changed: each column that is named costs an entry in every index that has it.
async fn update_state(
    tx: &mut Tx,
    before: &Conversation,
    after: &Conversation,
    hidden: Option<MessageId>,
) -> Result<(), Error> {
    let pairs = STATE.split(", ").zip(state(before)?.into_iter().zip(state(after)?));
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
fn state(conversation: &Conversation) -> Result<Vec<Held>, Error> {
    let Conversation {
        id,
        number,
        contact,
        channel,
        subject,
        status,
        tags,
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

async fn write_tags(tx: &mut Tx, before: Option<&Conversation>, after: &Conversation) -> Result<(), Error> {
    let none = BTreeSet::<TagId>::new();
    let before = before.map_or(&none, |before| &before.tags);
    for tag in after.tags.difference(before) {
        tx.q(sql!("insert into conversation_tag (conversation_id, tag_id) values ($1, $2)"))
            .bind(after.id.to_string())
            .bind(tag.to_string())
            .exec()
            .await?;
    }
    for tag in before.difference(&after.tags) {
        tx.q(sql!("delete from conversation_tag where conversation_id = $1 and tag_id = $2"))
            .bind(after.id.to_string())
            .bind(tag.to_string())
            .exec()
            .await?;
    }
    Ok(())
}

async fn write_parts(tx: &mut Tx, before: Option<&Conversation>, after: &Conversation) -> Result<(), Error> {
    let part = |conversation: &Conversation, agent: &AgentId| {
        (conversation.has_part(*agent), conversation.mentioned.contains(agent))
    };
    for agent in after.participants.union(&after.mentioned) {
        let now = part(after, agent);
        if before.is_some_and(|before| part(before, agent) == now) {
            continue;
        }
        tx.q(sql!(
            "insert into conversation_part (conversation_id, agent_id, takes_part, mentioned) \
             values ($1, $2, $3, $4) on conflict (conversation_id, agent_id) \
             do update set takes_part = excluded.takes_part, mentioned = excluded.mentioned"
        ))
        .bind(after.id.to_string())
        .bind(agent.to_string())
        .bind(now.0)
        .bind(now.1)
        .exec()
        .await?;
    }
    let gone = |before: &Conversation| -> Vec<AgentId> {
        let were = before.participants.union(&before.mentioned);
        were.filter(|agent| part(after, agent) == (false, false)).copied().collect()
    };
    for agent in before.map(gone).unwrap_or_default() {
        tx.q(sql!("delete from conversation_part where conversation_id = $1 and agent_id = $2"))
            .bind(after.id.to_string())
            .bind(agent.to_string())
            .exec()
            .await?;
    }
    Ok(())
}

/// Stores words, and what has to leave the house. Refused where the id belongs to another message.
async fn write_message(
    tx: &mut Tx,
    office: &Office,
    conversation: &Conversation,
    message: &Message,
) -> Result<(), Error> {
    let channel = office.channels.get(&conversation.channel).map(|channel| channel.kind);
    let delivery = message.public().filter(|public| public.message().by != By::Visitor(conversation.contact));
    let delivery = delivery.map(|_| match channel.is_some_and(ChannelKind::stores_is_sent) {
        true => Delivery::Sent,
        false => Delivery::Queued,
    });
    let (by_kind, by_id) = by_columns(message.by);
    let stored = tx
        .q(sql!(
            "insert into message (message_id, conversation_id, kind, by_kind, by_id, at, text, delivery) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (message_id) do nothing"
        ))
        .bind(message.id.to_string())
        .bind(conversation.id.to_string())
        .bind(message.kind.key())
        .bind(by_kind)
        .bind(by_id)
        .bind(message.at.0)
        .bind(message.text.as_str())
        .bind(delivery.map(Delivery::key))
        .exec()
        .await?;
    if stored == 0 {
        return Err(Refusal::AnotherMessage.into());
    }
    if delivery == Some(Delivery::Queued) {
        tx.q(sql!(
            "insert into outbox (outbox_id, channel_id, conversation_id, created_at) values ($1, $2, $3, $4)"
        ))
        .bind(message.id.to_string())
        .bind(conversation.channel.to_string())
        .bind(conversation.id.to_string())
        .bind(message.at.0)
        .exec()
        .await?;
    }
    Ok(())
}

/// Writes conversations of the past with the sets that searches ask for, and contacts who are not there yet: as
/// [`enter`] and [`save`] one by one, without words.
pub async fn write_many(
    tx: &mut Tx,
    contacts: &[Contact],
    conversations: &[&Conversation],
) -> Result<(), Error> {
    for contacts in contacts.chunks(ROWS) {
        let text =
            format!("insert into contact ({CONTACT}) values {}", tx.rows(contacts.len(), columns(CONTACT)));
        contacts.iter().fold(tx.built(text), bind_contact).exec().await?;
    }
    for conversations in conversations.chunks(ROWS) {
        let text = format!(
            "insert into conversation ({STATE}) values {}",
            tx.rows(conversations.len(), columns(STATE))
        );
        let mut query = tx.built(text);
        for conversation in conversations {
            query = state(conversation)?.into_iter().fold(query, |query, value| value.bind(query));
        }
        query.exec().await?;
    }
    let tags = conversations.iter().flat_map(|one| one.tags.iter().map(|tag| (one.id, *tag)));
    for tags in tags.collect::<Vec<_>>().chunks(ROWS) {
        let text = format!(
            "insert into conversation_tag (conversation_id, tag_id) values {}",
            tx.rows(tags.len(), 2)
        );
        let mut query = tx.built(text);
        for (id, tag) in tags {
            query = query.bind(id.to_string()).bind(tag.to_string());
        }
        query.exec().await?;
    }
    let parts = conversations.iter().flat_map(|one| {
        let agents = one.participants.union(&one.mentioned);
        agents.map(|agent| (one.id, *agent, one.has_part(*agent), one.mentioned.contains(agent)))
    });
    for parts in parts.collect::<Vec<_>>().chunks(ROWS) {
        let text = format!(
            "insert into conversation_part (conversation_id, agent_id, takes_part, mentioned) values {}",
            tx.rows(parts.len(), 4)
        );
        let mut query = tx.built(text);
        for (id, agent, takes_part, is_mentioned) in parts {
            query = query.bind(id.to_string()).bind(agent.to_string()).bind(*takes_part).bind(*is_mentioned);
        }
        query.exec().await?;
    }
    Ok(())
}

/// How many columns a list of them names.
fn columns(names: &str) -> usize {
    names.split(',').count()
}

/// Rows in one statement. PostgreSQL takes 65,535 values, SQLite 32,766.
pub const ROWS: usize = 200;

/// Writes messages of the past, which have nowhere to go any more.
pub async fn write_history(
    tx: &mut Tx,
    messages: &[(ConversationId, &Message, Option<Delivery>)],
) -> Result<(), Error> {
    for messages in messages.chunks(ROWS) {
        let text = format!(
            "insert into message (message_id, conversation_id, kind, by_kind, by_id, at, text, delivery) values {}",
            tx.rows(messages.len(), 8)
        );
        let mut query = tx.built(text);
        for (conversation, message, delivery) in messages {
            let (by_kind, by_id) = by_columns(message.by);
            query = query
                .bind(message.id.to_string())
                .bind(conversation.to_string())
                .bind(message.kind.key())
                .bind(by_kind)
                .bind(by_id)
                .bind(message.at.0)
                .bind(message.text.as_str())
                .bind(delivery.map(Delivery::key));
        }
        query.exec().await?;
    }
    Ok(())
}

/// How an author stands in two columns.
pub fn by_columns(by: By) -> (&'static str, Option<String>) {
    match by {
        By::Agent(agent) => ("agent", Some(agent.to_string())),
        By::Visitor(contact) => ("visitor", Some(contact.to_string())),
        By::Ai => ("ai", None),
        By::Rule => ("rule", None),
        By::System => ("system", None),
    }
}

/// How many columns [`SCENE`] has.
pub const SCENE_COLUMNS: usize = 52;

#[cfg(test)]
mod tests {
    #[test]
    fn the_columns_are_counted_right() {
        assert_eq!(super::SCENE.split(',').count(), super::SCENE_COLUMNS);
    }
}
