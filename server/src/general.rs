//! What the workspace is called, and what is switched on in it.

use domain::office::Office;
use domain::settings::general::{Feature, General, GeneralChange};
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::Tx;
use crate::error::Error;
use crate::{audit, office, sql};

/// Names it, and says how it is called then.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn save(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    change: &GeneralChange,
    now: Timestamp,
) -> Result<General, Error> {
    let general = change.checked(office, viewer)?;
    audit::record(tx, viewer, general.deed(&office.general()), now).await?;
    let text = sql!("update workspace set name = $1, ai_name = $2");
    tx.q(text).bind(general.name.as_str()).bind(general.ai_name.as_str()).exec().await?;
    office::changed(tx).await?;
    Ok(general)
}

/// Switches a feature.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn switch(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    feature: Feature,
    on: bool,
    now: Timestamp,
) -> Result<(), Error> {
    feature.may_be_switched_by(viewer)?;
    let mut features = office.features.clone();
    let is_new = if on { features.insert(feature) } else { features.remove(&feature) };
    if !is_new {
        return Ok(());
    }
    audit::record(tx, viewer, feature.deed(on), now).await?;
    let keys: Vec<&str> = features.into_iter().map(Feature::key).collect();
    tx.q(sql!("update workspace set features = $1")).bind(serde_json::to_string(&keys)?).exec().await?;
    office::changed(tx).await
}
