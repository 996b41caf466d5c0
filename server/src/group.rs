//! Groups: made, changed, deleted and brought back.

use domain::audit::Act;
use domain::id::GroupId;
use domain::office::Office;
use domain::settings::group::{GroupChange, Regrouped};
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::Tx;
use crate::error::Error;
use crate::{audit, member, office, sql};

/// Makes a group, or changes one, with who is in it and which channels are its own.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn save(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    change: GroupChange,
    now: Timestamp,
) -> Result<(), Error> {
    let id = change.id;
    let regrouped = change.checked(office, viewer)?;
    audit::record(tx, viewer, regrouped.deed(office, id), now).await?;
    let Regrouped { name, members, channels } = regrouped;
    let text = sql!(
        "insert into team_group (group_id, name) values ($1, $2) \
         on conflict (group_id) do update set name = excluded.name"
    );
    tx.q(text).bind(id.to_string()).bind(name).exec().await?;
    for (agent, member) in members {
        member::put(tx, agent, member).await?;
    }
    for (channel, group) in channels {
        let text = sql!("update channel set default_group_id = $2 where channel_id = $1");
        let query = tx.q(text).bind(channel.to_string());
        query.bind(group.map(|group| group.to_string())).exec().await?;
    }
    office::changed(tx).await
}

/// Deletes a group, or brings it back. What was its own stays so.
///
/// Errors: [`Error::Refused`] by the domain; [`Error::Missing`] where there is none.
pub async fn retire(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    id: GroupId,
    retired: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let group = office.groups.get(&id).ok_or(Error::Missing)?;
    if group.retired == retired {
        return Ok(());
    }
    if retired {
        let text = sql!("select count(*) from conversation where active and group_id = $1");
        let n: i64 = tx.q(text).bind(id.to_string()).one().await?.get(0)?;
        group.may_be_retired_by(office, viewer, u32::try_from(n).unwrap_or(u32::MAX))?;
    } else {
        group.may_be_brought_back_by(office, viewer)?;
    }
    let act = if retired { Act::Removed } else { Act::BroughtBack };
    audit::record(tx, viewer, group.deed(act), now).await?;
    let text = sql!("update team_group set retired = $2 where group_id = $1");
    tx.q(text).bind(id.to_string()).bind(retired).exec().await?;
    office::changed(tx).await
}
