//! Whispers and notes that their authors change or delete: what they said before is kept, and found no more.

use domain::conversation::{Command, Event, Fact, Version};
use domain::id::{ConversationId, MessageId};
use domain::message::{Message, MessageKind};
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::sight::reads_whispers;
use domain::time::Timestamp;
use domain::viewer::{By, Viewer};

use crate::conversation::store::{self, Columns};
use crate::db::Tx;
use crate::error::Error;
use crate::{file, search, sql};

/// The entry of the log by which a message came is not the one by which it was changed.
pub const CHANGES: &str = "(e.event like '{\"revised\"%' or e.event like '{\"retracted\"%')";

/// A message that stands in a conversation, for somebody who may read it, and whether it was moved there; nothing for others.
async fn standing(
    tx: &mut Tx,
    viewer: &Viewer,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Option<(Message, bool)>, Error> {
    let text = sql!(
        "select coalesce(written_in_id, conversation_id), message_id, kind, by_kind, by_id, at, text, file \
         from message where message_id = $1 and conversation_id = $2"
    );
    let row = tx.q(text).bind(id.to_string()).bind(conversation.to_string()).opt().await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = Columns::of(&row);
    let (written_in, message): (ConversationId, _) = (columns.id()?, columns.message()?);
    let known = store::known(tx, written_in).await?;
    let is_readable = message.kind != MessageKind::Whisper || reads_whispers(viewer, &known.conversation);
    Ok(is_readable.then_some((message, written_in != conversation)))
}

/// The same for its author. What was moved stays as it is: its words would go to those who are told of this conversation, and
/// they are for those who took part in the other.
///
/// Errors: [`Refusal::MovedNotRevised`].
pub async fn changeable(
    tx: &mut Tx,
    viewer: &Viewer,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Option<Box<Message>>, Error> {
    match standing(tx, viewer, conversation, id).await? {
        Some((_, true)) => Err(Refusal::MovedNotRevised.into()),
        Some((message, false)) => Ok(Some(Box::new(message))),
        None => Ok(None),
    }
}

/// Changes the words where that happened.
pub async fn ordered(
    tx: &mut Tx,
    conversation: ConversationId,
    command: &Command,
    facts: &[Fact],
    now: Timestamp,
) -> Result<(), Error> {
    for fact in facts {
        match (&fact.event, command) {
            (Event::Revised { message, .. }, Command::Revise { words, .. }) => {
                change(tx, conversation, *message, &words.stored(), now).await?;
            }
            (Event::Retracted { message }, Command::Retract { of, .. }) => {
                change(tx, conversation, *message, "", now).await?;
                if let Some(file) = of.as_ref().and_then(|of| of.file.as_ref()) {
                    file::release(tx, file.id, now).await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

async fn change(
    tx: &mut Tx,
    conversation: ConversationId,
    id: MessageId,
    text: &str,
    now: Timestamp,
) -> Result<(), Error> {
    tx.q(sql!(
        "insert into message_version (message_id, n, text, file, until) select m.message_id, \
         (select coalesce(max(v.n), 0) + 1 from message_version v where v.message_id = m.message_id), m.text, m.file, $2 \
         from message m where m.message_id = $1"
    ))
    .bind(id.to_string())
    .bind(now.0)
    .exec()
    .await?;
    tx.q(sql!("update message set text = $2, file = null where message_id = $1"))
        .bind(id.to_string())
        .bind(text)
        .exec()
        .await?;
    let text = format!(
        "select seq from event e where e.conversation_id = $2 and e.message_id = $1 and not {CHANGES}"
    );
    let seq = tx.built(text).bind(id.to_string()).bind(conversation.to_string()).opt().await?;
    match seq {
        Some(row) => search::index::rewrite(tx, row.get(0)?).await,
        None => Ok(()),
    }
}

/// What a message said before, the last first. Of one that was deleted only its author and who monitors reads it.
///
/// Errors: [`Error::Missing`] where the viewer may not read it.
pub async fn versions(
    tx: &mut Tx,
    viewer: &Viewer,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Vec<Version>, Error> {
    store::look(tx, viewer, conversation).await?;
    let (message, _) = standing(tx, viewer, conversation, id).await?.ok_or(Error::Missing)?;
    let is_theirs = message.by == By::Agent(viewer.agent) || viewer.may(Permission::Monitor);
    if message.is_deleted() && !is_theirs {
        return Err(Error::Missing);
    }
    let text = sql!("select text, until from message_version where message_id = $1 order by n desc");
    let rows = tx.q(text).bind(id.to_string()).all().await?;
    let version = |row: &crate::db::Row| Ok(Version { text: row.get(0)?, until: Timestamp(row.get(1)?) });
    rows.iter().map(version).collect()
}
