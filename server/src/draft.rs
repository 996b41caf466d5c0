//! Texts that are not sent yet: each agent's own.

use domain::draft::{DRAFTS_AT_ONCE, Draft};
use domain::id::{AgentId, ConversationId};
use domain::time::{Duration, Timestamp};

use crate::conversation::store::Columns;
use crate::db::Tx;
use crate::error::Error;
use crate::sql;

/// How long it is remembered that a draft was sent or taken out again.
const FORGOTTEN_AFTER: Duration = Duration::days(30);

/// An agent's drafts, with those that are empty by now.
pub async fn of(tx: &mut Tx, agent: AgentId) -> Result<Vec<Draft>, Error> {
    let text = sql!("select conversation_id, kind, text, at from draft where agent_id = $1");
    let rows = tx.q(text).bind(agent.to_string()).all().await?;
    let draft = |row| {
        let mut columns = Columns::of(row);
        Ok(Draft {
            conversation: columns.id()?,
            kind: columns.take()?,
            text: columns.take()?,
            at: columns.time()?,
        })
    };
    rows.iter().map(draft).collect()
}

/// Keeps them, each where no newer one is kept. A conversation that there is not is as good as one, and what is no draft is
/// left out: the others must not be lost with it.
pub async fn keep(tx: &mut Tx, agent: AgentId, drafts: &[Draft], now: Timestamp) -> Result<(), Error> {
    for draft in drafts.iter().filter(|draft| draft.check().is_ok()).take(DRAFTS_AT_ONCE) {
        // A clock that goes ahead must not make a draft the newest for ever.
        let at = draft.at.min(now);
        write(tx, agent, draft, at).await?;
    }
    let text = sql!("delete from draft where agent_id = $1 and text = '' and at < $2");
    tx.q(text).bind(agent.to_string()).bind((now - FORGOTTEN_AFTER).0).exec().await?;
    Ok(())
}

/// That draft was sent.
pub async fn sent(
    tx: &mut Tx,
    agent: AgentId,
    conversation: ConversationId,
    kind: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let draft = Draft { conversation, kind: kind.into(), text: String::new(), at: now };
    write(tx, agent, &draft, now).await
}

/// Makes a text a draft again, before what was begun since.
pub async fn give_back(
    tx: &mut Tx,
    agent: AgentId,
    conversation: ConversationId,
    kind: &str,
    text: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let begun = sql!("select text, at from draft where agent_id = $1 and conversation_id = $2 and kind = $3");
    let query = tx.q(begun).bind(agent.to_string()).bind(conversation.to_string()).bind(kind);
    let (text, at) = match query.opt().await? {
        None => (text.to_owned(), now),
        Some(row) => {
            let (begun, at): (String, i64) = (row.get(0)?, row.get(1)?);
            let whole = if begun.is_empty() { text.to_owned() } else { format!("{text}\n\n{begun}") };
            // The newest one, whatever the clocks say.
            (whole, now.max(Timestamp(at + 1)))
        }
    };
    write(tx, agent, &Draft { conversation, kind: kind.into(), text, at }, at).await
}

async fn write(tx: &mut Tx, agent: AgentId, draft: &Draft, at: Timestamp) -> Result<(), Error> {
    let text = sql!(
        "insert into draft (agent_id, conversation_id, kind, text, at) \
             select $1, conversation_id, $3, $4, $5 from conversation where conversation_id = $2 \
             on conflict (agent_id, conversation_id, kind) do update set text = excluded.text, at = excluded.at \
             where excluded.at > draft.at"
    );
    let query = tx.q(text).bind(agent.to_string()).bind(draft.conversation.to_string());
    let query = query.bind(draft.kind.as_str()).bind(draft.text.replace('\0', ""));
    query.bind(at.0).exec().await?;
    Ok(())
}
