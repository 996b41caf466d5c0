//! What is said of a client holds for each of their contacts, and stands in the log of each of their conversations.

use domain::contact::{Contact, as_one};
use domain::conversation::{Command, Conversation, Fact, Scene, applied, known, told_of};
use domain::filter::Filter;
use domain::office::Office;
use domain::time::Timestamp;
use domain::view::View;
use domain::viewer::Viewer;

use super::store::{self, CONTACT, Columns};
use super::{log, receive};
use crate::db::{Row, Tx};
use crate::error::Error;
use crate::inbox::selection::{Selection, Value};

/// The contacts of that client, as they are: one, unless the team has merged some.
pub async fn contacts(tx: &mut Tx, contact: &Contact) -> Result<Vec<Contact>, Error> {
    if contact.merged.is_none() {
        return Ok(vec![contact.clone()]);
    }
    let text = format!("select {CONTACT} from contact where client_id = $1 order by contact_id");
    let rows = tx.built(text).bind(contact.client().to_string()).all().await?;
    let read = |row: &Row| {
        let mut columns = Columns::of(row);
        let id = columns.id()?;
        columns.contact(id)
    };
    rows.iter().map(read).collect()
}

/// The contacts that the team has merged with that one, if the viewer sees what they wrote.
pub async fn also(
    tx: &mut Tx,
    viewer: &Viewer,
    contact: &Contact,
    now: Timestamp,
) -> Result<Vec<Contact>, Error> {
    let view = if contact.blocked_at.is_some() { View::Blacklist } else { View::All };
    let mut also = vec![];
    for other in contacts(tx, contact).await?.into_iter().filter(|other| other.id != contact.id) {
        let mut seen = Selection::of(&Filter::of(view), viewer, now);
        let id = seen.bind(Value::Text(other.id.to_string()));
        seen.and(format!("c.contact_id = {id}"));
        if seen.count(tx, 1).await?.n > 0 {
            also.push(other);
        }
    }
    Ok(also)
}

/// Which conversations `c` are the client's, where that place holds [`Contact::client`].
pub fn of_client(contact: &Contact, place: &str) -> String {
    match contact.merged {
        None => format!("c.contact_id = {place}"),
        Some(_) => format!("c.contact_id in (select contact_id from contact where client_id = {place})"),
    }
}

/// Writes what that order made of the client, and says it in their other conversations.
pub async fn changed(
    tx: &mut Tx,
    office: &Office,
    scene: &Scene,
    command: &Command,
    facts: &[Fact],
) -> Result<(), Error> {
    let contacts = match command {
        Command::MergeClient { contacts, .. } | Command::PartClient { contacts, .. } => contacts.clone(),
        _ => contacts(tx, &scene.contact).await?,
    };
    for before in &contacts {
        let after = known(before, command, facts);
        if after != *before {
            store::update(tx, &after).await?;
        }
        let facts = told_of(&after, scene, command, facts);
        let threads = receive::threads(tx, before.id, receive::ALL).await?;
        let others = threads.into_iter().filter(|thread| thread.id != scene.conversation.id);
        tell(tx, office, others, [before, &after], &facts).await?;
    }
    Ok(())
}

/// What one of the contacts told of themselves belongs to the client, too, whom others see.
pub async fn introduced(
    tx: &mut Tx,
    office: &Office,
    contact: &Contact,
    facts: &[Fact],
) -> Result<Contact, Error> {
    let contacts = contacts(tx, contact).await?;
    let mut this = contact.clone();
    for (before, after) in contacts.iter().zip(as_one(&contacts, contact.client())) {
        if after == *before {
            continue;
        }
        store::update(tx, &after).await?;
        if after.id == contact.id {
            this = after;
            continue;
        }
        let threads = receive::threads(tx, before.id, receive::ALL).await?;
        tell(tx, office, threads.into_iter(), [before, &after], facts).await?;
    }
    Ok(this)
}

/// Says in those conversations of a contact, too, what happened to the client: who it is stands beside each of them, and in
/// its counts.
pub async fn tell(
    tx: &mut Tx,
    office: &Office,
    threads: impl Iterator<Item = Conversation>,
    [before, after]: [&Contact; 2],
    facts: &[Fact],
) -> Result<(), Error> {
    for thread in threads {
        let after = Scene { contact: after.clone(), conversation: applied(&thread, facts), into: None };
        let before = Scene { contact: before.clone(), conversation: thread, into: None };
        store::save(tx, office, Some(&before.conversation), &after.conversation, &[]).await?;
        log::write(tx, None, facts, Some(&before), &after).await?;
    }
    Ok(())
}
