//! Saved views: kept with the office, counted when somebody asks.

use std::collections::BTreeMap;

use domain::id::SavedViewId;
use domain::office::Office;
use domain::settings::saved_view::SavedView;
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::Tx;
use crate::error::Error;
use crate::inbox::selection::Selection;
use crate::{audit, office, sql};

/// Counted exactly up to here.
const COUNTED: i64 = 1_000;

/// All of them. One that a newer version saved in another shape is left out.
pub async fn all(tx: &mut Tx) -> Result<BTreeMap<SavedViewId, SavedView>, Error> {
    let rows = tx.q(sql!("select saved from saved_view")).all().await?;
    let mut all = BTreeMap::new();
    for row in rows {
        if let Ok(saved) = serde_json::from_str::<SavedView>(&row.get::<String>(0)?) {
            all.insert(saved.id, saved);
        }
    }
    Ok(all)
}

/// Saves one, or saves it anew.
///
/// Errors: [`Error::Refused`] by the domain; [`Error::Missing`] where the id is another's.
pub async fn save(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    saved: SavedView,
    now: Timestamp,
) -> Result<(), Error> {
    let saved = saved.checked(office, viewer)?;
    audit::record(tx, viewer, saved.deed(office, office.saved.get(&saved.id)), now).await?;
    let text = sql!(
        "insert into saved_view (saved_view_id, agent_id, saved) values ($1, $2, $3) on conflict (saved_view_id) \
         do update set saved = excluded.saved where saved_view.agent_id = excluded.agent_id"
    );
    let query = tx.q(text).bind(saved.id.to_string()).bind(viewer.agent.to_string());
    match query.bind(serde_json::to_string(&saved)?).exec().await? {
        0 => Err(Error::Missing),
        _ => office::changed(tx).await,
    }
}

/// Takes one away. [`Error::Missing`] where there is none that the viewer may take away.
pub async fn remove(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    id: SavedViewId,
    now: Timestamp,
) -> Result<(), Error> {
    let saved =
        office.saved.get(&id).filter(|saved| saved.may_be_removed_by(viewer)).ok_or(Error::Missing)?;
    audit::record(tx, viewer, saved.removal(), now).await?;
    tx.q(sql!("delete from saved_view where saved_view_id = $1")).bind(saved.id.to_string()).exec().await?;
    office::changed(tx).await
}

/// How many conversations each holds for the viewer, counted up to a thousand.
pub async fn counts(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    now: Timestamp,
) -> Result<BTreeMap<SavedViewId, i64>, Error> {
    let mut counts = BTreeMap::new();
    for saved in office.saved.values().filter(|saved| saved.is_for(viewer)) {
        let count = Selection::of(&saved.filter, viewer, now).count(tx, COUNTED).await?;
        counts.insert(saved.id, count.n);
    }
    Ok(counts)
}
