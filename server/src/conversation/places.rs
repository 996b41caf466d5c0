//! Where words are shown: a merge and a split move them, and the log stays as it was written.

use std::collections::BTreeSet;

use domain::conversation::{Command, Event, Exchange, Fact, Head, Scene, receive};
use domain::id::{ConversationId, MessageId};
use domain::message::MessageKind;
use domain::viewer::Viewer;

use super::client;
use super::log::{MOVED, Whispers, readable};
use super::store::{self, Columns};
use crate::db::{Row, Tx};
use crate::error::Error;
use crate::revise::{self, CHANGES};
use crate::sql;

/// The order with what it is decided by as it is: what its author knows of other conversations, and of the words, is not
/// believed.
///
/// Errors: [`Error::Missing`] where they do not see where it is to go.
pub async fn as_it_is(
    tx: &mut Tx,
    viewer: &Viewer,
    scene: &Scene,
    command: Command,
) -> Result<Command, Error> {
    let id = scene.conversation.id;
    Ok(match command {
        Command::Merge { into, exchange: _ } => {
            let into = store::look(tx, viewer, into.conversation.id).await?;
            let target = shown(tx, into.conversation.id, Whispers::All).await?;
            let mut all = [shown(tx, id, Whispers::All).await?, target].concat();
            all.sort_by_key(|shown| shown.seq);
            Command::Merge { into: Box::new(into), exchange: exchange(&all) }
        }
        Command::Unmerge { .. } => {
            let (mut returns, mut stays) = (vec![], vec![]);
            if let Some(into) = &scene.into {
                let family = family(tx, id).await?;
                let all = shown(tx, into.conversation.id, Whispers::All).await?;
                let is_own = |shown: &Shown| shown.home.is_some_and(|home| family.contains(&home));
                (returns, stays) = all.into_iter().partition(is_own);
            }
            let tagged = returns.iter().map(|shown| shown.head.id).collect();
            Command::Unmerge { stays: exchange(&stays), returns: exchange(&returns), tagged }
        }
        Command::Split { next, messages, all: _ } => {
            Command::Split { next, messages, all: heads(tx, viewer, id).await? }
        }
        Command::TagMessages { tag, messages, all: _ } => {
            Command::TagMessages { tag, messages, all: heads(tx, viewer, id).await? }
        }
        Command::Revise { words, mentions, of: _ } => {
            let of = revise::changeable(tx, viewer, id, words.id).await?;
            Command::Revise { words, mentions, of }
        }
        Command::Retract { message, of: _ } => {
            let of = revise::changeable(tx, viewer, id, message).await?;
            Command::Retract { message, of }
        }
        Command::Email { mail, to, subject, messages, last, all: _ } => {
            let all = heads(tx, viewer, id).await?;
            Command::Email { mail, to, subject, messages, last, all }
        }
        Command::MergeClient { with, contacts: _ } => {
            let with = store::look(tx, viewer, with.conversation.id).await?;
            let mut contacts = client::contacts(tx, &scene.contact).await?;
            // One client already: that is for the rules to say.
            if scene.contact.client() != with.contact.client() {
                contacts.extend(client::contacts(tx, &with.contact).await?);
            }
            Command::MergeClient { with: Box::new(with), contacts }
        }
        Command::PartClient { who, contacts: _ } => {
            Command::PartClient { who, contacts: client::contacts(tx, &scene.contact).await? }
        }
        other => other,
    })
}

/// Moves the words that move where that happened.
pub async fn moved(tx: &mut Tx, id: ConversationId, command: &Command, fact: &Fact) -> Result<(), Error> {
    let from = match (&fact.event, command) {
        (Event::MergedInto { into, .. }, _) => {
            mark(tx, id).await?;
            let text = sql!(
                "update message set conversation_id = $2 where conversation_id = $1 and kind <> 'client_note'"
            );
            tx.q(text).bind(id.to_string()).bind(into.to_string()).exec().await?;
            id
        }
        (Event::Unmerged { from, .. }, _) => {
            mark(tx, *from).await?;
            let text = format!(
                "update message set conversation_id = $1 where conversation_id = $2 and seq is not null \
                 and home_id in ({FAMILY})"
            );
            tx.built(text).bind(id.to_string()).bind(from.to_string()).exec().await?;
            *from
        }
        (Event::SplitOff { next, .. }, Command::Split { messages, .. }) => {
            mark(tx, id).await?;
            let messages: Vec<&MessageId> = messages.iter().collect();
            for messages in messages.chunks(store::ROWS) {
                let places: Vec<String> = (3..).take(messages.len()).map(|n| format!("${n}")).collect();
                let text = format!(
                    "update message set conversation_id = $2, home_id = $2 where conversation_id = $1 \
                     and message_id in ({})",
                    places.join(", ")
                );
                let query = tx.built(text).bind(id.to_string()).bind(next.to_string());
                messages.iter().fold(query, |query, id| query.bind(id.to_string())).exec().await?;
            }
            id
        }
        _ => return Ok(()),
    };
    // A row shows no words that are read elsewhere.
    let text = sql!(
        "update conversation set last_private_id = null where conversation_id = $1 and exists (select 1 from message m \
         where m.message_id = conversation.last_private_id and m.conversation_id <> $1)"
    );
    tx.q(text).bind(from.to_string()).exec().await?;
    Ok(())
}

/// What the conversation is about that an order begins with messages of another.
pub async fn subject(tx: &mut Tx, command: &Command) -> Result<Option<String>, Error> {
    let Command::Split { messages, .. } = command else { return Ok(None) };
    // The first one says it.
    let mut first: Option<(i64, String)> = None;
    for id in messages {
        let text = sql!("select at, text from message where message_id = $1 and kind = 'customer'");
        if let Some(row) = tx.q(text).bind(id.to_string()).opt().await? {
            let (at, text): (i64, String) = (row.get(0)?, row.get(1)?);
            first = first.filter(|(before, _)| *before <= at).or(Some((at, text)));
        }
    }
    Ok(first.map(|(_, text)| receive::subject(&text)).filter(|subject| !subject.is_empty()))
}

/// A message in the order of the log.
#[derive(Clone)]
struct Shown {
    seq: i64,
    head: Head,
    home: Option<ConversationId>,
}

fn exchange(all: &[Shown]) -> Exchange {
    Exchange::of(all.iter().map(|shown| &shown.head))
}

/// A conversation, or that which it was merged into.
pub async fn by_now(tx: &mut Tx, id: ConversationId) -> Result<Scene, Error> {
    let mut scene = store::known(tx, id).await?;
    while let Some(into) = scene.into.take() {
        scene = *into;
    }
    Ok(scene)
}

/// What is shown in a conversation to that viewer, oldest first, without its words.
pub async fn heads(tx: &mut Tx, viewer: &Viewer, id: ConversationId) -> Result<Vec<Head>, Error> {
    let all = shown(tx, id, Whispers::read_by(viewer)).await?;
    Ok(all.iter().map(|shown| shown.head).collect())
}

/// All that is shown in a conversation, oldest first.
async fn shown(tx: &mut Tx, id: ConversationId, whispers: Whispers) -> Result<Vec<Shown>, Error> {
    let text = format!(
        "select e.seq, m.message_id, m.kind, m.at, m.home_id from event e join message m on m.message_id = e.message_id \
         where e.conversation_id = $1 and m.conversation_id = $1 and not {CHANGES} and {own} \
         union all select m.seq, m.message_id, m.kind, m.at, m.home_id from message m \
         where m.conversation_id = $1 and {MOVED} and {own} order by 1 limit $2",
        own = readable("m", "$3")
    );
    let query = tx.built(text).bind(id.to_string()).bind(i64::MAX).bind(whispers.agent());
    let read = |row: &Row| {
        let mut columns = Columns::of(row);
        let (seq, id) = (columns.take()?, columns.id()?);
        let kind =
            MessageKind::of_key(&columns.take::<String>()?).ok_or_else(|| anyhow::anyhow!("a kind"))?;
        Ok(Shown { seq, head: Head { id, kind, at: columns.time()? }, home: columns.maybe_id()? })
    };
    query.all().await?.iter().map(read).collect()
}

/// A conversation, `$1`, and those that were merged into it, and into those.
pub const FAMILY: &str = "with recursive family (id) as (select cast($1 as text) union \
    select c.conversation_id from conversation c join family f on c.merged_into_id = f.id) select id from family";

async fn family(tx: &mut Tx, id: ConversationId) -> Result<BTreeSet<ConversationId>, Error> {
    let rows = tx.built(FAMILY.into()).bind(id.to_string()).all().await?;
    rows.iter().map(|row| Columns::of(row).id()).collect()
}

/// Writes down where in the log the words of a conversation stand and whose they are, before some of them move.
async fn mark(tx: &mut Tx, id: ConversationId) -> Result<(), Error> {
    let text = format!(
        "update message set home_id = coalesce(home_id, $1), written_in_id = $1, seq = e.seq \
         from event e where e.conversation_id = $1 and e.message_id = message.message_id and not {CHANGES} \
         and message.conversation_id = $1 and message.seq is null"
    );
    tx.built(text).bind(id.to_string()).exec().await?;
    Ok(())
}
