//! Roles: made, changed and deleted.

use domain::id::RoleId;
use domain::office::Office;
use domain::permission::Permission;
use domain::settings::role::RoleChange;
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::Tx;
use crate::error::Error;
use crate::{audit, office, sql};

/// Makes a role, or changes one.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn save(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    change: RoleChange,
    now: Timestamp,
) -> Result<(), Error> {
    let role = change.checked(office, viewer)?;
    audit::record(tx, viewer, role.deed(office.roles.get(&role.id)), now).await?;
    let keys: Vec<&str> = role.permissions.iter().copied().map(Permission::key).collect();
    let text = sql!(
        "insert into role (role_id, name, permissions, super_admin) values ($1, $2, $3, $4) \
         on conflict (role_id) do update set name = excluded.name, permissions = excluded.permissions"
    );
    let query = tx.q(text).bind(role.id.to_string()).bind(role.name);
    query.bind(serde_json::to_string(&keys)?).bind(role.super_admin).exec().await?;
    office::changed(tx).await
}

/// Deletes a role that nobody has.
///
/// Errors: [`Error::Refused`] by the domain; [`Error::Missing`] where there is none.
pub async fn remove(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    id: RoleId,
    now: Timestamp,
) -> Result<(), Error> {
    viewer.must(Permission::AdminRoles)?;
    let role = office.roles.get(&id).ok_or(Error::Missing)?;
    role.may_be_removed_by(office, viewer)?;
    audit::record(tx, viewer, role.removal(), now).await?;
    tx.q(sql!("delete from role where role_id = $1")).bind(id.to_string()).exec().await?;
    office::changed(tx).await
}
