//! Orders about one conversation, and its thread. Knows hardly a single command: load, decide, apply, save,
//! log.

use app::backend::{Colleagues, ENTRIES};
use domain::conversation::{
    Command, Conversation, Event, Fact, Last, Scene, applied, begun, decide, elsewhere,
};
use domain::desk::Opened;
use domain::id::{CommandId, ConversationId};
use domain::live::{Entry, Receipt, Request};
use domain::office::Office;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::viewer::{Actor, By, Viewer};

use self::log::Whispers;
use crate::db::Tx;
use crate::draft;
use crate::error::Error;
use crate::file::{self, Owner};
use crate::inbox;
use crate::mail;
use crate::revise;
use crate::schedule;
use crate::secret;
use crate::server::{Server, WORKSPACE};

pub mod client;
pub mod log;
pub mod places;
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
    // By itself it is part of disabling somebody.
    if matches!(request.command, Command::Release { .. }) {
        return Err(Refusal::OnlyTime.into());
    }
    mail::can_send(server, &request.command)?;
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
            let agent = viewer.agent;
            let (before, command) = match request.command {
                Command::Undo { last } => {
                    // What its author knows of it is not believed, and neither is when it was.
                    let known = store::last_order(tx, request.conversation).await?;
                    match known.filter(|known| known.is(&last)) {
                        Some(last) => (standing.scene_before()?, Command::Undo { last: Box::new(last) }),
                        // Whoever cannot see it learns nothing by this either.
                        None => standing.scene(&viewer).and(Err(Refusal::NothingToUndo.into()))?,
                    }
                }
                command => {
                    let before = standing.scene(&viewer)?;
                    let command = places::as_it_is(tx, &viewer, &before, command).await?;
                    (before, command)
                }
            };
            file::send(tx, &Owner::agent(agent), &command).await?;
            let (actor, id) = (Actor::Agent(viewer), Some(request.id));
            let seq = carry_out(tx, &office, &before, &actor, &command, id, now).await?;
            if let Some(kind) = command.draft() {
                draft::sent(tx, agent, request.conversation, kind, now).await?;
            }
            let receipt = Receipt { id: request.id, seq };
            store::remember(tx, agent, &digest, &receipt, now).await?;
            Ok(receipt)
        })
        .await
}

/// Decides, applies, saves and logs, in this transaction. Returns the last entry of the log that is about it.
pub async fn carry_out(
    tx: &mut Tx,
    office: &Office,
    before: &Scene,
    actor: &Actor,
    command: &Command,
    order: Option<CommandId>,
    now: Timestamp,
) -> Result<i64, Error> {
    let facts = decide(office, before, actor, command, now)?;
    let messages = command.messages(actor.by(), now);
    let after = before.after(command, &facts);
    if let (Some(order), Some(by)) = (order, actor.by().agent())
        && command.can_be_undone()
        && !facts.is_empty()
    {
        // Words stay where they are.
        let before = Conversation { subject: String::new(), ..before.conversation.clone() };
        let version = after.conversation.version;
        store::remember_last(tx, &Last { order, by, at: now, version, before }).await?;
    }
    // Whoever takes one reads it a moment later: that they did is no reason not to give it back.
    if matches!(command, Command::Read)
        && !facts.is_empty()
        && let Some(last) = store::last_order(tx, before.conversation.id).await?
        && Some(last.by) == actor.by().agent()
        && last.version == before.conversation.version
    {
        store::remember_last(tx, &Last { version: after.conversation.version, ..last }).await?;
    }
    if !facts.is_empty() {
        store::save(tx, office, Some(&before.conversation), &after.conversation, &messages).await?;
    }
    let mut seq = log::write(tx, order, &facts, Some(before), &after).await?;
    for fact in &facts {
        seq = begin(tx, office, order, &after, command, fact).await?.unwrap_or(seq);
        places::moved(tx, before.conversation.id, command, fact).await?;
    }
    schedule::ordered(tx, actor.by(), before.conversation.id, command, now).await?;
    revise::ordered(tx, before.conversation.id, command, &facts, now).await?;
    mail::ordered(tx, before.conversation.id, command, &facts, now).await?;
    if let Some((before, facts)) = elsewhere(before, command, &facts) {
        let after = Scene { conversation: applied(&before.conversation, &facts), ..before.clone() };
        store::save(tx, office, Some(&before.conversation), &after.conversation, &[]).await?;
        seq = log::write(tx, order, &facts, Some(&before), &after).await?;
    }
    if facts.iter().any(|fact| fact.event.is_of_client()) {
        client::changed(tx, office, before, command, &facts).await?;
    }
    Ok(seq)
}

/// Writes into the log what came about by itself, and so onto the screens of all who may know.
pub async fn happened(
    tx: &mut Tx,
    office: &Office,
    before: &Scene,
    event: Event,
    now: Timestamp,
) -> Result<(), Error> {
    let facts = [Fact { at: now, by: By::System, event }];
    let after = Scene { conversation: applied(&before.conversation, &facts), ..before.clone() };
    store::save(tx, office, Some(&before.conversation), &after.conversation, &[]).await?;
    log::write(tx, None, &facts, Some(before), &after).await.map(drop)
}

/// Begins the conversation that begins where that happened, if one does. Returns the last entry of the log about it.
async fn begin(
    tx: &mut Tx,
    office: &Office,
    order: Option<CommandId>,
    scene: &Scene,
    command: &Command,
    fact: &Fact,
) -> Result<Option<i64>, Error> {
    if !matches!(fact.event, Event::Continued { .. } | Event::SplitOff { .. }) {
        return Ok(None);
    }
    let subject = places::subject(tx, command).await?;
    let number = receive::next_number(tx).await?;
    let Some((new, facts)) = begun(&scene.conversation, fact, number) else { return Ok(None) };
    let new = Conversation { subject: subject.unwrap_or_else(|| new.subject.clone()), ..new };
    store::must_be_new(tx, new.id).await?;
    if matches!(fact.event, Event::Continued { .. })
        && let Some(agent) = fact.by.agent()
        && let Some(number) = store::begun_after(tx, &scene.conversation, agent).await?
    {
        return Err(Refusal::AlreadyBegun { number }.into());
    }
    let after = Scene { conversation: applied(&new, &facts), into: None, ..scene.clone() };
    store::save(tx, office, None, &after.conversation, &[]).await?;
    Ok(Some(log::write(tx, order, &facts, None, &after).await?))
}

/// A conversation as it is opened: its row, the newest part of its thread, the contact's other ones.
pub async fn open(tx: &mut Tx, viewer: &Viewer, number: i64, now: Timestamp) -> Result<Opened, Error> {
    let seq = log::head(tx).await?;
    let scene = store::numbered(tx, viewer, number).await?;
    let id = scene.conversation.id;
    let row = inbox::row(tx, viewer, id).await?;
    let mut entries = log::thread(tx, id, i64::MAX, Whispers::read_by(viewer), ENTRIES + 1).await?;
    let has_earlier = entries.len() > ENTRIES;
    if has_earlier {
        entries.remove(0);
    }
    let previous = inbox::others_of(tx, viewer, &scene.contact, id, now).await?;
    let notes = store::client_notes(tx, &scene.contact).await?;
    let also = client::also(tx, viewer, &scene.contact, now).await?;
    Ok(Opened { seq, row, entries, has_earlier, previous, notes, also })
}

/// What whoever hands that conversation over wants to know of the colleagues. Nothing for who may not.
pub async fn colleagues(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ConversationId,
    now: Timestamp,
) -> Result<Colleagues, Error> {
    let scene = store::look(tx, viewer, id).await?;
    match viewer.may_assign() || viewer.may(Permission::Transfer) {
        true => Ok(Colleagues {
            open: inbox::workload(tx).await?,
            knows: inbox::answered_by(tx, viewer, &scene.contact, now).await?,
        }),
        false => Ok(Colleagues::default()),
    }
}

/// The part of a thread before that entry, oldest first.
pub async fn earlier(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ConversationId,
    before: i64,
) -> Result<Vec<Entry>, Error> {
    store::look(tx, viewer, id).await?;
    log::thread(tx, id, before, Whispers::read_by(viewer), ENTRIES).await
}
