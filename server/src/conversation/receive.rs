//! A customer's message, whichever channel it came by: whose it is, where it goes, and what follows from it.

use domain::contact::{Contact, Introduction};
use domain::conversation::receive::{Meant, Place, goes_to, place, subject};
use domain::conversation::{Ai, Command, Conversation, Event, Fact, Scene, applied, decide};
use domain::id::{ChannelId, ContactId, ConversationId};
use domain::message::Words;
use domain::office::Office;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::viewer::{Actor, By};

use super::store::{self, CONTACT, Columns, SCENE};
use super::{client, log};
use crate::db::{Row, Tx};
use crate::error::Error;
use crate::{secret, sql};

/// A message as a channel brings it.
#[derive(Clone, Debug)]
pub struct Inbound {
    pub channel: ChannelId,
    /// Who writes: known already, or not.
    pub contact: ContactId,
    /// The id is the sender's own: the same one again is the same message.
    pub words: Words,
    pub meant: Meant,
    /// What they told of themselves with it.
    pub introduction: Introduction,
    /// What they speak, as an English word, where the channel knows.
    pub language: Option<String>,
}

/// Where it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub conversation: ConversationId,
    /// The last entry of the log that it wrote.
    pub seq: i64,
}

/// Takes a message in, once. Belongs into the transaction that also keeps who the sender is.
///
/// Errors: [`Error::Refused`] by the domain, or where the id is another message's; [`Error::Missing`] where it is meant
/// for a conversation that is not the sender's.
pub async fn receive(
    tx: &mut Tx,
    office: &Office,
    inbound: Inbound,
    now: Timestamp,
) -> Result<Arrived, Error> {
    if let Some(arrived) = arrived_before(tx, &inbound).await? {
        return Ok(arrived);
    }
    let channel = office.channels.get(&inbound.channel).ok_or(Error::Missing)?;
    let before = contact(tx, inbound.contact).await?;
    let is_new = before.is_none();
    let known = before.unwrap_or_else(|| Contact::unknown(inbound.contact));
    let introduced = known.introduced(&inbound.introduction)?;
    let is_introduced = !is_new && introduced != known;
    let contact = Contact { language: known.language.clone().or(inbound.language), ..introduced };
    let says_who = Fact { at: now, by: By::Visitor(contact.id), event: Event::Introduced };
    match is_new {
        true => store::enter(tx, &contact).await?,
        false if contact != known => store::update(tx, &contact).await?,
        false => {}
    }
    let contact = match is_introduced {
        true => client::introduced(tx, office, &contact, std::slice::from_ref(&says_who)).await?,
        false => contact,
    };
    let mut threads = threads(tx, contact.id, if is_introduced { ALL } else { NEWEST }).await?;
    if let Meant::This(id) = inbound.meant
        && threads.iter().all(|thread| thread.id != id)
    {
        threads.extend(thread(tx, contact.id, id).await?);
    }
    // Where it was merged to may be long ago.
    while let Meant::This(_) = inbound.meant
        && let Some(into) = merged_to(&threads)
    {
        match thread(tx, contact.id, into).await? {
            Some(thread) => threads.push(thread),
            None => break,
        }
    }
    let actor = Actor::Visitor(contact.id);

    let on_channel: Vec<Conversation> =
        threads.iter().filter(|thread| thread.channel == channel.id).cloned().collect();
    let goes = place(channel, &on_channel, inbound.meant, now)?;
    // Meant for one that was merged away, it goes back there with the rest if the merge is taken back.
    let home = match (inbound.meant, goes) {
        (Meant::This(meant), Place::In(id)) => Some(meant).filter(|meant| {
            *meant != id && goes_to(&on_channel, *meant).is_some_and(|thread| thread.id == id)
        }),
        _ => None,
    };
    let (before, conversation) = match goes {
        Place::In(id) => {
            let thread = on_channel.into_iter().find(|thread| thread.id == id).ok_or(Error::Missing)?;
            (Some(Scene { contact: known.clone(), conversation: thread.clone(), into: None }), thread)
        }
        Place::New { previous } => {
            let begun = Conversation::begin(
                ConversationId::new(secret::random_id()),
                next_number(tx).await?,
                contact.id,
                channel.id,
                subject(&inbound.words.text),
                channel.default_group,
                Ai::None,
                now,
            );
            (None, Conversation { previous, ..begun })
        }
    };
    let scene = Scene { contact: contact.clone(), conversation, into: None };
    let id = inbound.words.id;
    let command = Command::Write { words: inbound.words };
    let mut facts = decide(office, &scene, &actor, &command, now)?;
    if is_introduced && before.is_some() {
        facts.insert(0, says_who.clone());
    }
    let after = Scene { conversation: applied(&scene.conversation, &facts), ..scene };
    let messages = command.messages(actor.by(), now);
    store::save(
        tx,
        office,
        before.as_ref().map(|before| &before.conversation),
        &after.conversation,
        &messages,
    )
    .await?;
    let arrived = after.conversation.id;
    if let Some(home) = home {
        let text = sql!("update message set home_id = $2 where message_id = $1");
        tx.q(text).bind(id.to_string()).bind(home.to_string()).exec().await?;
    }
    let seq = log::write(tx, None, &facts, before.as_ref(), &after).await?;
    let others = threads.into_iter().filter(|thread| is_introduced && thread.id != arrived);
    client::tell(tx, office, others, [&known, &contact], &[says_who]).await?;
    Ok(Arrived { conversation: arrived, seq })
}

/// Where one of them was merged to, if that is not among them.
fn merged_to(threads: &[Conversation]) -> Option<ConversationId> {
    let targets = threads.iter().filter_map(|thread| thread.merged_into);
    targets.into_iter().find(|into| threads.iter().all(|thread| thread.id != *into))
}

/// Where the message went if it came before.
async fn arrived_before(tx: &mut Tx, inbound: &Inbound) -> Result<Option<Arrived>, Error> {
    let found = tx
        .q(sql!(
            "select m.conversation_id, m.by_kind, m.by_id, m.text, coalesce(m.seq, (select e.seq from event e \
             where e.conversation_id = m.conversation_id and e.message_id = m.message_id)) from message m \
             where m.message_id = $1"
        ))
        .bind(inbound.words.id.to_string())
        .opt()
        .await?;
    let Some(row) = found else { return Ok(None) };
    let mut columns = Columns::of(&row);
    let (conversation, by, text): (_, By, String) = (columns.id()?, columns.by()?, columns.take()?);
    let is_same = by == By::Visitor(inbound.contact) && text == inbound.words.stored();
    match is_same {
        true => Ok(Some(Arrived { conversation, seq: columns.take()? })),
        false => Err(Refusal::AnotherMessage.into()),
    }
}

/// Somebody of the address book.
pub async fn contact(tx: &mut Tx, id: ContactId) -> Result<Option<Contact>, Error> {
    let text = format!("select {CONTACT} from contact where contact_id = $1");
    let found = tx.built(text).bind(id.to_string()).opt().await?;
    let read = |row: &Row| {
        let mut columns = Columns::of(row);
        columns.skip(1);
        columns.contact(id)
    };
    found.as_ref().map(read).transpose()
}

/// Conversations that are looked at for a place: more than anybody has open.
const NEWEST: i64 = 50;

/// Whoever says who they are says it once, to all of them.
pub(super) const ALL: i64 = i64::MAX;

/// Conversations of a contact, those that are active and the newest first.
pub(super) async fn threads(tx: &mut Tx, contact: ContactId, limit: i64) -> Result<Vec<Conversation>, Error> {
    let text = format!("{} order by c.active desc, c.last_message_at desc limit $2", of_contact());
    let rows = tx.built(text).bind(contact.to_string()).bind(limit).all().await?;
    rows.iter().map(conversation).collect()
}

/// One of them, however old it is.
async fn thread(tx: &mut Tx, contact: ContactId, id: ConversationId) -> Result<Option<Conversation>, Error> {
    let text = format!("{} and c.conversation_id = $2", of_contact());
    let row = tx.built(text).bind(contact.to_string()).bind(id.to_string()).opt().await?;
    row.as_ref().map(conversation).transpose()
}

fn of_contact() -> String {
    format!(
        "select {SCENE} from conversation c join contact k on k.contact_id = c.contact_id where c.contact_id = $1"
    )
}

fn conversation(row: &Row) -> Result<Conversation, Error> {
    Ok(Columns::of(row).scene()?.conversation)
}

/// The number of the conversation that begins.
pub(super) async fn next_number(tx: &mut Tx) -> Result<i64, Error> {
    let raised = sql!("update workspace set next_number = next_number + 1 returning next_number - 1");
    Ok(tx.q(raised).one().await?.get(0)?)
}
