//! Replies that wait for their time: kept, taken back, and sent by their author's rights when it comes, or returned.

use domain::conversation::{Command, Event, Scheduled, decide};
use domain::id::{AgentId, ConversationId, MessageId};
use domain::message::Words;
use domain::office::Office;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::viewer::{Actor, By, Viewer};

use crate::conversation::places::{self, FAMILY};
use crate::conversation::store::{self, Columns};
use crate::conversation::{carry_out, happened};
use crate::db::{Row, Tx};
use crate::error::Error;
use crate::{draft, sql};

/// What an order that was accepted schedules or takes back: that is a draft of its author's again.
///
/// Errors: [`Refusal::NoSuchMessage`] where there is none of theirs to take back: it may have gone out meanwhile.
pub async fn ordered(
    tx: &mut Tx,
    by: By,
    conversation: ConversationId,
    command: &Command,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(agent) = by.agent() else { return Ok(()) };
    match command {
        Command::Schedule { words, seen, at } => {
            let text = sql!(
                "insert into scheduled (message_id, conversation_id, agent_id, at, seen_id, text) \
                 select $1, $2, $3, $4, $5, $6 where not exists (select 1 from message where message_id = $1) \
                 on conflict (message_id) do nothing"
            );
            let query = tx.q(text).bind(words.id.to_string()).bind(conversation.to_string());
            let query = query.bind(agent.to_string()).bind(at.0).bind(seen.map(|seen| seen.to_string()));
            // What could never be sent would be tried for ever.
            if query.bind(words.stored()).exec().await? == 0 {
                return Err(Refusal::AnotherMessage.into());
            }
        }
        Command::Release { of, to: _, scheduled } => {
            for message in scheduled {
                take_back(tx, *of, conversation, *message, now).await?;
            }
        }
        Command::Unschedule { message, by: _ } => take_back(tx, agent, conversation, *message, now).await?,
        _ => {}
    }
    Ok(())
}

/// What somebody scheduled is a draft of theirs again.
async fn take_back(
    tx: &mut Tx,
    agent: AgentId,
    conversation: ConversationId,
    message: MessageId,
    now: Timestamp,
) -> Result<(), Error> {
    let text = format!(
        "delete from scheduled where message_id = $2 and agent_id = $3 \
         and conversation_id in ({FAMILY}) returning text"
    );
    let query = tx.built(text).bind(conversation.to_string()).bind(message.to_string());
    let taken = query.bind(agent.to_string()).opt().await?;
    let text: String = taken.ok_or(Refusal::NoSuchMessage)?.get(0)?;
    draft::give_back(tx, agent, conversation, "reply", &text, now).await
}

/// What waits in a conversation, and in those that were merged into it, the next first; and what of the viewer's own could
/// not be sent there.
///
/// Errors: [`Error::Missing`] where the viewer does not see it.
pub async fn of(tx: &mut Tx, viewer: &Viewer, conversation: ConversationId) -> Result<Vec<Scheduled>, Error> {
    store::look(tx, viewer, conversation).await?;
    let text = format!(
        "select message_id, agent_id, at, text, returned_at from scheduled \
         where conversation_id in ({FAMILY}) and (returned_at is null or agent_id = $2) \
         order by at, message_id"
    );
    let query = tx.built(text).bind(conversation.to_string()).bind(viewer.agent.to_string());
    let scheduled = |row: &Row| {
        let mut columns = Columns::of(row);
        let (message, by, at) = (columns.id()?, columns.id()?, columns.time()?);
        Ok(Scheduled { message, by, at, text: columns.take()?, returned_at: columns.maybe_time()? })
    };
    query.all().await?.iter().map(scheduled).collect()
}

/// Messages whose time has come, the oldest first.
pub async fn due(tx: &mut Tx, now: Timestamp, at_most: i64) -> Result<Vec<MessageId>, Error> {
    let text =
        sql!("select message_id from scheduled where at <= $1 and returned_at is null order by at limit $2");
    let rows = tx.q(text).bind(now.0).bind(at_most).all().await?;
    rows.iter().map(|row| crate::office::id(row, 0)).collect()
}

/// Sends one, as its author would now. What stands against that returns it to them. Nothing happens where another server
/// was there before.
pub async fn send(tx: &mut Tx, office: &Office, message: MessageId, now: Timestamp) -> Result<(), Error> {
    let text = sql!(
        "select conversation_id, agent_id, seen_id, text from scheduled where message_id = $1 and returned_at is null"
    );
    let Some(row) = tx.q(text).bind(message.to_string()).opt().await? else { return Ok(()) };
    let mut columns = Columns::of(&row);
    let (conversation, agent): (ConversationId, AgentId) = (columns.id()?, columns.id()?);
    let (seen, text): (Option<MessageId>, String) = (columns.maybe_id()?, columns.take()?);
    let scene = places::by_now(tx, conversation).await?;
    if let Some(viewer) = office.viewer(agent) {
        let actor = Actor::Agent(viewer);
        let command = Command::Reply { words: Words::new(message, text), seen };
        if decide(office, &scene, &actor, &command, now).is_ok() {
            tx.q(sql!("delete from scheduled where message_id = $1"))
                .bind(message.to_string())
                .exec()
                .await?;
            return carry_out(tx, office, &scene, &actor, &command, None, now).await.map(drop);
        }
    }
    let text = sql!("update scheduled set returned_at = $2 where message_id = $1");
    tx.q(text).bind(message.to_string()).bind(now.0).exec().await?;
    happened(tx, office, &scene, Event::ScheduleReturned { message, to: agent }, now).await
}
