//! Photos of the team: kept in the database, named by what is in them.

use domain::audit::{Act, Deed, Subject};
use domain::id::AgentId;
use domain::office::Office;
use domain::settings::profile::PhotoKind;
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::Tx;
use crate::error::Error;
use crate::{audit, office, secret, sql};

/// Makes those bytes the viewer's photo, or takes it away.
///
/// Errors: [`NotAPhoto`](domain::refusal::Refusal::NotAPhoto).
pub async fn change(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    bytes: Option<&[u8]>,
    now: Timestamp,
) -> Result<(), Error> {
    let agent = viewer.agent;
    // It is named by what is in it.
    let named = |photo: Option<String>| photo.unwrap_or_default().chars().take(8).collect::<String>();
    let was = office.agents.get(&agent).and_then(|agent| agent.photo.clone());
    let deed = Deed::new(Act::Changed, Subject::Profile, agent, office.name_of(agent)).value(
        "Photo",
        named(was),
        named(bytes.map(secret::digest_of)),
    );
    audit::record(tx, viewer, deed, now).await?;
    match bytes {
        Some(bytes) => set(tx, agent, bytes).await,
        None => put(tx, agent, None).await,
    }
}

/// Makes those bytes the photo of that agent.
///
/// Errors: [`NotAPhoto`](domain::refusal::Refusal::NotAPhoto).
pub async fn set(tx: &mut Tx, agent: AgentId, bytes: &[u8]) -> Result<(), Error> {
    let kind = PhotoKind::of(bytes)?;
    let photo = secret::digest_of(bytes);
    tx.q(sql!("insert into photo (photo_id, media_type, bytes) values ($1, $2, $3) on conflict (photo_id) do nothing"))
        .bind(photo.as_str())
        .bind(kind.media_type())
        .bind(bytes)
        .exec()
        .await?;
    put(tx, agent, Some(photo)).await
}

async fn put(tx: &mut Tx, agent: AgentId, photo: Option<String>) -> Result<(), Error> {
    tx.q(sql!("update agent set photo = $1 where agent_id = $2"))
        .bind(photo)
        .bind(agent.to_string())
        .exec()
        .await?;
    // Nobody's any more: who has looked at it keeps it as long as their browser does.
    tx.q(sql!("delete from photo where not exists (select 1 from agent a where a.photo = photo.photo_id)"))
        .exec()
        .await?;
    office::changed(tx).await
}

/// The media type and the bytes of a photo. [`Error::Missing`] where there is none.
pub async fn get(tx: &mut Tx, photo: String) -> Result<(String, Vec<u8>), Error> {
    let is_name = photo.len() == 64 && photo.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_name {
        return Err(Error::Missing);
    }
    let found =
        tx.q(sql!("select media_type, bytes from photo where photo_id = $1")).bind(photo).opt().await?;
    let row = found.ok_or(Error::Missing)?;
    Ok((row.get(0)?, row.get(1)?))
}
