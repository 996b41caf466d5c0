//! Orders about one conversation, and its thread. Knows no single command: load, decide, apply, save, log.

use app::backend::{ENTRIES, Entry, Opened, Outcome, Receipt, Request};
use domain::conversation::{Scene, applied, decide};
use domain::id::ConversationId;
use domain::message::{Delivery, Message, MessageKind};
use domain::sight;
use domain::time::Timestamp;
use domain::viewer::{Actor, Viewer};

use crate::db::{Row, Tx};
use crate::error::Error;
use crate::inbox;
use crate::secret;
use crate::server::{Server, WORKSPACE};
use store::Columns;

pub mod store;

/// Does what is ordered, once, and answers with what the viewer's screen needs to show it.
///
/// Errors: [`Error::Refused`] by the domain or where the id was used for another order, and then nothing is
/// changed; [`Error::Missing`]; [`Error::Unavailable`] where the commit is unknown: send the same again.
pub async fn run(
    server: &Server,
    viewer: &Viewer,
    request: Request,
    now: Timestamp,
) -> Result<Outcome, Error> {
    let (id, after) = (request.conversation, request.after);
    let receipt = commit(server, viewer, request, now).await?;
    let viewer = viewer.clone();
    server
        .db
        .read(async move |tx: &mut Tx| {
            let counts = inbox::counts(tx, &viewer, now).await?;
            let (row, entries) = match inbox::row(tx, &viewer, id).await {
                Ok(row) => {
                    let entries = entries_after(tx, &viewer, &row.scene, after).await?;
                    (Some(row), entries)
                }
                // It went out of sight by what was ordered: told by its absence.
                Err(Error::Missing) => (None, vec![]),
                Err(error) => return Err(error),
            };
            Ok(Outcome { receipt, row, entries, counts })
        })
        .await
}

/// Never changes when a command is added.
async fn commit(
    server: &Server,
    viewer: &Viewer,
    request: Request,
    now: Timestamp,
) -> Result<Receipt, Error> {
    let (viewer, office) = (viewer.clone(), server.office.clone());
    server
        .db
        .write(WORKSPACE, async move |tx: &mut Tx| {
            let digest = secret::digest(&serde_json::to_string(&(&request.conversation, &request.command))?);
            let office = office.in_transaction(tx).await?;
            // Rights may have been taken away since the request began.
            let viewer = office.viewer(viewer.agent).ok_or(Error::Missing)?;
            if let Some(receipt) = store::already_done(tx, viewer.agent, &request, &digest).await? {
                return Ok(receipt);
            }
            let before = store::scene(tx, &viewer, request.conversation).await?;
            let agent = viewer.agent;
            let actor = Actor::Agent(viewer);
            let facts = decide(&office, &before, &actor, &request.command, now)?;
            let conversation = applied(&before.conversation, &facts);
            let messages = request.command.messages(actor.by(), now);
            let after = Scene { conversation, ..before.clone() };
            if !facts.is_empty() {
                store::save(tx, &office, Some(&before.conversation), &after.conversation, &messages).await?;
            }
            let seq = store::log(tx, Some(request.id), &facts, Some(&before), &after).await?;
            let receipt = Receipt { id: request.id, seq };
            store::remember(tx, agent, &digest, &receipt, now).await?;
            Ok(receipt)
        })
        .await
}

/// A conversation as it is opened: its row, the newest part of its thread, the contact's other ones.
pub async fn open(tx: &mut Tx, viewer: &Viewer, number: i64, now: Timestamp) -> Result<Opened, Error> {
    let scene = store::numbered(tx, viewer, number).await?;
    let id = scene.conversation.id;
    let row = inbox::row(tx, viewer, id).await?;
    let (entries, has_earlier) = entries_before(tx, viewer, &scene, i64::MAX).await?;
    let previous = inbox::others_of(tx, viewer, scene.conversation.contact, id, now).await?;
    Ok(Opened { row, entries, has_earlier, previous })
}

/// The part of a thread before that entry, oldest first.
pub async fn earlier(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ConversationId,
    before: i64,
) -> Result<Vec<Entry>, Error> {
    let scene = store::look(tx, viewer, id).await?;
    Ok(entries_before(tx, viewer, &scene, before).await?.0)
}

const ENTRY: &str = "e.seq, e.at, e.by_kind, e.by_id, e.event, m.message_id, m.kind, m.by_kind, m.by_id, m.at, \
    m.text, m.delivery from event e left join message m on m.message_id = e.message_id";

/// Reads from the end, and one more than is wanted to know whether there is more. Whispers that the viewer may
/// not read are left out by the database already: not even their number shows.
async fn entries_before(
    tx: &mut Tx,
    viewer: &Viewer,
    scene: &Scene,
    before: i64,
) -> Result<(Vec<Entry>, bool), Error> {
    let text = format!(
        "select {ENTRY} where e.conversation_id = $1 and e.seq < $2 and (m.kind is null or m.kind <> 'whisper' or $3) \
         order by e.seq desc limit $4"
    );
    let rows = tx
        .built(text)
        .bind(scene.conversation.id.to_string())
        .bind(before)
        .bind(sight::readable(viewer, scene, MessageKind::Whisper))
        .bind(ENTRIES as i64 + 1)
        .all()
        .await?;
    let has_earlier = rows.len() > ENTRIES;
    let entries: Result<Vec<Entry>, Error> = rows.iter().take(ENTRIES).rev().map(entry).collect();
    Ok((entries?, has_earlier))
}

/// At most [`ENTRIES`] of what came since.
async fn entries_after(tx: &mut Tx, viewer: &Viewer, scene: &Scene, after: i64) -> Result<Vec<Entry>, Error> {
    let text = format!(
        "select {ENTRY} where e.conversation_id = $1 and e.seq > $2 and (m.kind is null or m.kind <> 'whisper' or $3) \
         order by e.seq limit $4"
    );
    let rows = tx
        .built(text)
        .bind(scene.conversation.id.to_string())
        .bind(after)
        .bind(sight::readable(viewer, scene, MessageKind::Whisper))
        .bind(ENTRIES as i64)
        .all()
        .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<Entry, Error> {
    let mut columns = Columns::of(row);
    let (seq, at, by) = (columns.take()?, columns.time()?, columns.by()?);
    // An event of a newer version is shown as a line that says so, not as a broken thread.
    let event = columns.json().ok();
    let message = match columns.maybe_id()? {
        None => None,
        Some(id) => {
            let kind: String = columns.take()?;
            let kind = MessageKind::of_key(&kind)
                .ok_or_else(|| Error::Fault(anyhow::anyhow!("a message of kind {kind:?}")))?;
            Some(Message { id, kind, by: columns.by()?, at: columns.time()?, text: columns.take()? })
        }
    };
    let delivery = match &message {
        None => None,
        Some(_) => columns.take::<Option<String>>()?.and_then(|key| Delivery::of_key(&key)),
    };
    Ok(Entry { seq, at, by, event, message, delivery })
}
