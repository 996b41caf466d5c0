//! Orders about one conversation, and its thread. Knows no single command: load, decide, apply, save, log.

use app::backend::ENTRIES;
use domain::conversation::{Scene, applied, decide};
use domain::desk::Opened;
use domain::id::ConversationId;
use domain::live::{Entry, Receipt, Request};
use domain::message::MessageKind;
use domain::sight;
use domain::time::Timestamp;
use domain::viewer::{Actor, Viewer};

use crate::db::Tx;
use crate::error::Error;
use crate::inbox;
use crate::secret;
use crate::server::{Server, WORKSPACE};

pub mod log;
pub mod receive;
pub mod store;

/// Does what is ordered, once. Never changes when a command is added. What came of it reaches every browser that
/// may know, the sender's too, through the log.
///
/// Errors: [`Error::SignedOut`] where somebody else is signed in than who ordered; [`Error::Refused`] by the domain or where the id was used for another order, and then nothing is
/// changed; [`Error::Missing`]; [`Error::Unavailable`] where the commit is unknown: send the same again.
pub async fn run(
    server: &Server,
    viewer: &Viewer,
    request: Request,
    now: Timestamp,
) -> Result<Receipt, Error> {
    if request.by != viewer.agent {
        return Err(Error::SignedOut);
    }
    let (viewer, office) = (viewer.clone(), server.office.clone());
    server
        .db
        .write(WORKSPACE, async move |tx: &mut Tx| {
            let digest = secret::digest(&serde_json::to_string(&(&request.conversation, &request.command))?);
            let standing = store::standing(tx, &request).await?;
            let office = office.of_version(tx, standing.office).await?;
            // Rights may have been taken away since the request began.
            let viewer = office.viewer(viewer.agent).ok_or(Error::Missing)?;
            if let Some(done) = standing.done {
                return done.receipt_for(viewer.agent, &digest);
            }
            let before = standing.scene(&viewer)?;
            let agent = viewer.agent;
            let actor = Actor::Agent(viewer);
            let facts = decide(&office, &before, &actor, &request.command, now)?;
            let conversation = applied(&before.conversation, &facts);
            let messages = request.command.messages(actor.by(), now);
            let after = Scene { conversation, ..before.clone() };
            if !facts.is_empty() {
                store::save(tx, &office, Some(&before.conversation), &after.conversation, &messages).await?;
            }
            let seq = log::write(tx, Some(request.id), &facts, Some(&before), &after).await?;
            let receipt = Receipt { id: request.id, seq };
            store::remember(tx, agent, &digest, &receipt, now).await?;
            Ok(receipt)
        })
        .await
}

/// A conversation as it is opened: its row, the newest part of its thread, the contact's other ones.
pub async fn open(tx: &mut Tx, viewer: &Viewer, number: i64, now: Timestamp) -> Result<Opened, Error> {
    let seq = log::head(tx).await?;
    let scene = store::numbered(tx, viewer, number).await?;
    let id = scene.conversation.id;
    let row = inbox::row(tx, viewer, id).await?;
    let mut entries = log::thread(tx, id, i64::MAX, reads_whispers(viewer, &scene), ENTRIES + 1).await?;
    let has_earlier = entries.len() > ENTRIES;
    if has_earlier {
        entries.remove(0);
    }
    let previous = inbox::others_of(tx, viewer, scene.conversation.contact, id, now).await?;
    Ok(Opened { seq, row, entries, has_earlier, previous })
}

/// The part of a thread before that entry, oldest first.
pub async fn earlier(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ConversationId,
    before: i64,
) -> Result<Vec<Entry>, Error> {
    let scene = store::look(tx, viewer, id).await?;
    log::thread(tx, id, before, reads_whispers(viewer, &scene), ENTRIES).await
}

fn reads_whispers(viewer: &Viewer, scene: &Scene) -> bool {
    sight::readable(viewer, scene, MessageKind::Whisper)
}
