//! What somebody of the team may do, where and how well, as whoever manages people sets it.

use domain::office::Office;
use domain::settings::member::{Member, MemberChange};
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::Tx;
use crate::error::Error;
use crate::{audit, office, sql};

/// Changes somebody's roles, groups and skills.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn save(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    change: MemberChange,
    now: Timestamp,
) -> Result<(), Error> {
    let (id, agent) = (change.agent, change.agent.to_string());
    let member = change.checked(office, viewer)?;
    if let Some(was) = office.agents.get(&id) {
        audit::record(tx, viewer, member.deed(office, id, &was.member()), now).await?;
    }
    let Member { roles, groups, skills } = member;
    tx.q(sql!("delete from agent_role where agent_id = $1")).bind(agent.as_str()).exec().await?;
    for role in roles {
        let text = sql!("insert into agent_role (agent_id, role_id) values ($1, $2)");
        tx.q(text).bind(agent.as_str()).bind(role.to_string()).exec().await?;
    }
    tx.q(sql!("delete from agent_group where agent_id = $1")).bind(agent.as_str()).exec().await?;
    for group in groups {
        let text = sql!("insert into agent_group (agent_id, group_id) values ($1, $2)");
        tx.q(text).bind(agent.as_str()).bind(group.to_string()).exec().await?;
    }
    let text = sql!("update agent set skills = $2 where agent_id = $1");
    tx.q(text).bind(agent.as_str()).bind(serde_json::to_string(&skills)?).exec().await?;
    office::changed(tx).await
}
