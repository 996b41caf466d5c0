//! Quick replies and note templates: few thousand at most, fetched apart from the office because of their texts.

use domain::audit::Act;
use domain::id::QuickReplyId;
use domain::office::Office;
use domain::settings::quick_reply::QuickReply;
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::{Row, Tx};
use crate::error::Error;
use crate::file::{self, Owner};
use crate::{audit, office, sql};

/// Those that this viewer has.
pub async fn of(tx: &mut Tx, viewer: &Viewer) -> Result<Vec<QuickReply>, Error> {
    Ok(all(tx).await?.into_iter().filter(|reply| reply.is_for(viewer)).collect())
}

/// All of them. One that a newer version saved in another shape is left out.
async fn all(tx: &mut Tx) -> Result<Vec<QuickReply>, Error> {
    let rows =
        tx.q(sql!("select template, uses from quick_reply where deleted = $1")).bind(false).all().await?;
    let read = rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    Ok(read.into_iter().flatten().collect())
}

fn read(row: &Row) -> Result<Option<QuickReply>, Error> {
    let uses = row.get(1)?;
    let reply = serde_json::from_str::<QuickReply>(&row.get::<String>(0)?).ok();
    Ok(reply.map(|reply| QuickReply { uses, ..reply }))
}

/// Adds one, changes one, or brings one back. It stays with whoever added it.
///
/// Errors: [`Error::Refused`] by the domain; [`Error::Missing`] where it is not theirs to change.
pub async fn save(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    reply: QuickReply,
    now: Timestamp,
) -> Result<(), Error> {
    let others = all(tx).await?;
    let text = sql!("select template, uses, deleted from quick_reply where quick_reply_id = $1");
    let row = tx.q(text).bind(reply.id.to_string()).opt().await?;
    let known = row.as_ref().map(read).transpose()?.flatten();
    let was_deleted = row.map(|row| row.get::<bool>(2)).transpose()?.unwrap_or(false);
    if known.as_ref().is_some_and(|known| !known.may_be_changed_by(viewer)) {
        return Err(Error::Missing);
    }
    let by = known.as_ref().map_or(viewer.agent, |known| known.by);
    let reply = QuickReply { by, uses: 0, ..reply }.checked(office, viewer, &others)?;
    let text = sql!(
        "insert into quick_reply (quick_reply_id, agent_id, template, deleted) values ($1, $2, $3, $4) \
         on conflict (quick_reply_id) do update set template = excluded.template, deleted = excluded.deleted, \
         deleted_at = null"
    );
    let query = tx.q(text).bind(reply.id.to_string()).bind(reply.by.to_string());
    query.bind(serde_json::to_string(&reply)?).bind(false).exec().await?;
    let act = match &known {
        None => Act::Made,
        Some(_) if was_deleted => Act::BroughtBack,
        Some(_) => Act::Changed,
    };
    audit::record(tx, viewer, reply.deed(office, act, known.as_ref()), now).await?;
    file::attach(tx, &Owner::agent(viewer.agent), reply.id, &reply.files, now).await?;
    changed(tx).await
}

/// Takes one away. [`Error::Missing`] where there is none that the viewer may take away.
pub async fn remove(tx: &mut Tx, viewer: &Viewer, id: QuickReplyId, now: Timestamp) -> Result<(), Error> {
    let all = all(tx).await?;
    let is_theirs = |reply: &&QuickReply| reply.id == id && reply.may_be_changed_by(viewer);
    let reply = all.iter().find(is_theirs).ok_or(Error::Missing)?;
    audit::record(tx, viewer, reply.removal(), now).await?;
    let text = sql!("update quick_reply set deleted = $2, deleted_at = $3 where quick_reply_id = $1");
    tx.q(text).bind(reply.id.to_string()).bind(true).bind(now.0).exec().await?;
    changed(tx).await
}

/// Counts a use of one that they have. Browsers hear of the number when they fetch them the next time.
pub async fn used(tx: &mut Tx, viewer: &Viewer, id: QuickReplyId) -> Result<(), Error> {
    if !of(tx, viewer).await?.iter().any(|reply| reply.id == id) {
        return Err(Error::Missing);
    }
    let text = sql!("update quick_reply set uses = uses + 1 where quick_reply_id = $1");
    tx.q(text).bind(id.to_string()).exec().await?;
    Ok(())
}

async fn changed(tx: &mut Tx) -> Result<(), Error> {
    tx.q(sql!("update workspace set templates_version = templates_version + 1")).exec().await?;
    office::changed(tx).await
}
