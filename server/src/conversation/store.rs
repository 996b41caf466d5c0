//! The SQL of one conversation: found through who looks, saved with its words and sets, and the receipts of orders.

mod columns;
mod state;

use std::collections::BTreeSet;

use anyhow::Context;
use domain::channel::ChannelKind;
use domain::contact::Contact;
use domain::conversation::*;
use domain::desk::CLIENT_NOTES;
use domain::id::{AgentId, ConversationId, TagId};
use domain::live::{Receipt, Request};
use domain::message::{Delivery, Message, MessageKind};
use domain::office::Office;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::viewer::{By, Viewer};

use super::client::of_client;
use crate::db::{Query, Row, Tx};
use crate::error::Error;
use crate::search::index;
use crate::sql;
use state::STATE;

pub use columns::{Columns, Field, SCENE, SCENE_COLUMNS};

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

/// Refuses an id that is another conversation's.
pub async fn must_be_new(tx: &mut Tx, id: ConversationId) -> Result<(), Error> {
    let text = sql!("select number from conversation where conversation_id = $1");
    match tx.q(text).bind(id.to_string()).opt().await? {
        None => Ok(()),
        Some(_) => Err(Refusal::AnotherOrder.into()),
    }
}

/// The number of the active conversation that this agent has begun after that one.
pub async fn begun_after(
    tx: &mut Tx,
    conversation: &Conversation,
    agent: AgentId,
) -> Result<Option<i64>, Error> {
    let text = sql!(
        "select number from conversation c where contact_id = $1 and previous_id = $2 and assignee_id = $3 and active \
         and merged_into_id is null and exists (select 1 from event e where e.conversation_id = c.conversation_id \
         and e.event like '{\"begun\"%') order by number limit 1"
    );
    let query = tx.q(text).bind(conversation.contact.to_string()).bind(conversation.id.to_string());
    query.bind(agent.to_string()).opt().await?.map(|row| row.get(0)).transpose().map_err(Error::from)
}

/// The conversation of that id, as it is, whoever asks.
pub async fn known(tx: &mut Tx, id: ConversationId) -> Result<Scene, Error> {
    let text = format!("{} where c.conversation_id = $1", from_scene());
    let row = tx.built(text).bind(id.to_string()).one().await?;
    with_targets(tx, Columns::of(&row).scene()?).await
}

fn from_scene() -> String {
    format!("select {SCENE} from conversation c join contact k on k.contact_id = c.contact_id")
}

async fn in_sight(tx: &mut Tx, viewer: &Viewer, row: Option<Row>) -> Result<Scene, Error> {
    let scene = Columns::of(&row.ok_or(Error::Missing)?).scene()?;
    seen(viewer, with_targets(tx, scene).await?)
}

/// [`Error::Missing`] where the scene is out of their sight.
fn seen(viewer: &Viewer, scene: Scene) -> Result<Scene, Error> {
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

/// How things stand before an order is carried out.
pub struct Standing {
    /// The version of the office.
    pub office: i64,
    /// What was done of that order.
    pub done: Option<Done>,
    scene: Option<Scene>,
}

impl Standing {
    /// The conversation that the order is about as `viewer` may act on it: nobody else writes until the transaction
    /// ends. [`Error::Missing`] where there is none, or none in their sight.
    pub fn scene(self, viewer: &Viewer) -> Result<Scene, Error> {
        seen(viewer, self.scene.ok_or(Error::Missing)?)
    }

    /// The same, whether they see it now or not: what somebody undoes may be out of their sight by it.
    pub fn scene_before(self) -> Result<Scene, Error> {
        self.scene.ok_or(Error::Missing)
    }
}

/// All of it in one question, which is asked before each order.
pub async fn standing(tx: &mut Tx, request: &Request) -> Result<Standing, Error> {
    let text = format!(
        "select w.office_version, d.agent_id, d.digest, d.receipt, {SCENE} from workspace w \
         left join command d on d.command_id = $1 left join conversation c on c.conversation_id = $2 \
         left join contact k on k.contact_id = c.contact_id"
    );
    let query = tx.built(text).bind(request.id.to_string()).bind(request.conversation.to_string());
    let row = query.one().await?;
    let mut columns = Columns::of(&row);
    let (office, by) = (columns.take()?, columns.maybe_id()?);
    let done = match by {
        Some(by) => Some(Done { by, digest: columns.take()?, receipt: columns.json()? }),
        None => {
            columns.skip(2);
            None
        }
    };
    let scene = match columns.is_null()? {
        true => None,
        false => Some(with_targets(tx, columns.scene()?).await?),
    };
    Ok(Standing { office, done, scene })
}

/// The last order about a conversation that can be taken back.
pub async fn last_order(tx: &mut Tx, id: ConversationId) -> Result<Option<Last>, Error> {
    let text = sql!("select last from last_order where conversation_id = $1");
    let row = tx.q(text).bind(id.to_string()).opt().await?;
    row.map(|row| Columns::of(&row).json()).transpose()
}

/// Remembers it.
pub async fn remember_last(tx: &mut Tx, last: &Last) -> Result<(), Error> {
    let text = sql!(
        "insert into last_order (conversation_id, last) values ($1, $2) \
         on conflict (conversation_id) do update set last = excluded.last"
    );
    let query = tx.q(text).bind(last.before.id.to_string()).bind(serde_json::to_string(last)?);
    query.exec().await?;
    Ok(())
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
    let values = tx.rows(1, n_columns(CONTACT));
    let text = format!("insert into contact ({CONTACT}) values {values} on conflict (contact_id) do nothing");
    if bind_contact(tx.built(text), contact)?.exec().await? == 1 {
        index::write_names(tx, std::slice::from_ref(contact)).await?;
    }
    Ok(())
}

/// Writes what is known of somebody by now.
pub async fn update(tx: &mut Tx, contact: &Contact) -> Result<(), Error> {
    let text = sql!(
        "update contact set display_name = $2, original_name = $3, email = $4, phone = $5, language = $6, vip = $7, \
         lead = $8, pinned_to = $9, blocked_at = $10, client_id = $11, own = $12 where contact_id = $1"
    );
    bind_contact(tx.q(text), contact)?.exec().await?;
    index::rewrite_names(tx, contact).await
}

/// The columns of a contact: its id, and what [`Columns::contact`] reads.
pub const CONTACT: &str = "contact_id, display_name, original_name, email, phone, language, vip, lead, pinned_to, \
    blocked_at, client_id, own";

fn bind_contact<'t>(query: Query<'t>, contact: &Contact) -> Result<Query<'t>, Error> {
    let Contact { id, display_name, original_name, email, phone, language, vip, lead, pinned_to, .. } =
        contact;
    let Contact { blocked_at, merged, .. } = contact;
    let own = merged.as_ref().map(|merged| serde_json::to_string(&merged.own)).transpose()?;
    let query = query
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
        .bind(merged.as_ref().map(|merged| merged.client.to_string()))
        .bind(own);
    Ok(query)
}

/// What the team wrote down about somebody, newest first. Whoever sees one of their conversations reads it.
pub async fn client_notes(tx: &mut Tx, contact: &Contact) -> Result<Vec<Message>, Error> {
    let text = format!(
        "select m.message_id, m.kind, m.by_kind, m.by_id, m.at, m.text, m.file from conversation c \
         join message m on m.conversation_id = c.conversation_id where {} and m.kind = 'client_note' \
         order by m.at desc, m.message_id limit $2",
        of_client(contact, "$1")
    );
    let rows = tx.built(text).bind(contact.client().to_string()).bind(CLIENT_NOTES as i64).all().await?;
    rows.iter().map(|row| Columns::of(row).message()).collect()
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
    // A note about the client is not about the conversation.
    let is_hidden = |message: &&Message| !message.kind.is_public() && message.kind != MessageKind::ClientNote;
    let hidden = messages.iter().rfind(is_hidden).map(|message| message.id);
    match before {
        None => state::insert(tx, after, hidden).await?,
        Some(before) => state::update(tx, before, after, hidden).await?,
    }
    write_tags(tx, before, after).await?;
    write_parts(tx, before, after).await?;
    for message in messages {
        write_message(tx, office, after, message).await?;
    }
    Ok(())
}

async fn write_tags(tx: &mut Tx, before: Option<&Conversation>, after: &Conversation) -> Result<(), Error> {
    let before = before.map_or_else(BTreeSet::<TagId>::new, Conversation::all_tags);
    let now = after.all_tags();
    for tag in now.difference(&before) {
        tx.q(sql!("insert into conversation_tag (conversation_id, tag_id) values ($1, $2)"))
            .bind(after.id.to_string())
            .bind(tag.to_string())
            .exec()
            .await?;
    }
    for tag in before.difference(&now) {
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
            "insert into message (message_id, conversation_id, kind, by_kind, by_id, at, text, delivery, file) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (message_id) do nothing"
        ))
        .bind(message.id.to_string())
        .bind(conversation.id.to_string())
        .bind(message.kind.key())
        .bind(by_kind)
        .bind(by_id)
        .bind(message.at.0)
        .bind(message.text.as_str())
        .bind(delivery.map(Delivery::key))
        .bind(message.file.as_ref().map(serde_json::to_string).transpose()?)
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
            format!("insert into contact ({CONTACT}) values {}", tx.rows(contacts.len(), n_columns(CONTACT)));
        contacts.iter().try_fold(tx.built(text), bind_contact)?.exec().await?;
        index::write_names(tx, contacts).await?;
    }
    for conversations in conversations.chunks(ROWS) {
        let text = format!(
            "insert into conversation ({STATE}) values {}",
            tx.rows(conversations.len(), n_columns(STATE))
        );
        let mut query = tx.built(text);
        for conversation in conversations {
            query = state::values(conversation)?.into_iter().fold(query, |query, value| value.bind(query));
        }
        query.exec().await?;
    }
    let tags = conversations.iter().flat_map(|one| one.all_tags().into_iter().map(|tag| (one.id, tag)));
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
fn n_columns(names: &str) -> usize {
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
