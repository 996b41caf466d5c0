//! What somebody of the team may do, where and how well, as whoever manages people sets it.

use std::collections::BTreeMap;

use domain::audit::{Act, Deed, Subject};
use domain::conversation::Command;
use domain::id::{AgentId, ConversationId, MessageId};
use domain::office::Office;
use domain::settings::departure::{Departure, may_manage};
use domain::settings::member::{Member, MemberChange};
use domain::time::Timestamp;
use domain::viewer::{Actor, Viewer};

use crate::conversation::{carry_out, store};
use crate::db::Tx;
use crate::error::Error;
use crate::{audit, office, session, sql};

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
    let Member { roles, groups, skills, capacity } = member;
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
    let text = sql!("update agent set skills = $2, capacity = $3 where agent_id = $1");
    let query = tx.q(text).bind(agent.as_str()).bind(serde_json::to_string(&skills)?);
    query.bind(capacity.map(i64::from)).exec().await?;
    office::changed(tx).await
}

/// Disables somebody: signs them out, and lets go of all that was theirs. Says how many conversations went on.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn disable(
    tx: &mut Tx,
    office: &office::Cached,
    viewer: &Viewer,
    departure: Departure,
    now: Timestamp,
) -> Result<i64, Error> {
    let before = office.in_transaction(tx).await?;
    departure.checked(&before, viewer)?;
    let Departure { agent, to } = departure;
    if before.viewer(agent).is_none() {
        return Ok(0);
    }
    audit::record(tx, viewer, departure.deed(&before), now).await?;
    let id = agent.to_string();
    tx.q(sql!("update agent set enabled = $2 where agent_id = $1"))
        .bind(id.as_str())
        .bind(false)
        .exec()
        .await?;
    tx.q(sql!("delete from password_link where agent_id = $1")).bind(id.as_str()).exec().await?;
    session::end_all(tx, agent).await?;
    office::changed(tx).await?;
    let office = office.in_transaction(tx).await?;
    let mut n_conversations = 0;
    for (conversation, scheduled) in left_behind(tx, agent).await? {
        let scene = store::known(tx, conversation).await?;
        n_conversations += i64::from(scene.conversation.assignee == Some(agent));
        let (actor, command) = (Actor::Agent(viewer.clone()), Command::Release { of: agent, to, scheduled });
        carry_out(tx, &office, &scene, &actor, &command, None, now).await?;
    }
    // Of clients who have not written yet.
    tx.q(sql!("update contact set pinned_to = null where pinned_to = $1")).bind(id).exec().await?;
    Ok(n_conversations)
}

/// The conversations in which something waits for somebody, each with what they scheduled there: theirs, those of a
/// transfer, and one of each client who is pinned to them.
async fn left_behind(tx: &mut Tx, agent: AgentId) -> Result<BTreeMap<ConversationId, Vec<MessageId>>, Error> {
    let mut left = BTreeMap::<ConversationId, Vec<MessageId>>::new();
    let text = sql!(
        "select conversation_id from conversation \
         where (active and assignee_id = $1) or transfer_to = $1 or transfer_from = $1 \
         union select max(c.conversation_id) from contact k join conversation c on c.contact_id = k.contact_id \
         where k.pinned_to = $1 and c.merged_into_id is null group by coalesce(k.client_id, k.contact_id)"
    );
    for row in tx.q(text).bind(agent.to_string()).all().await? {
        left.entry(office::id(&row, 0)?).or_default();
    }
    let text =
        sql!("select conversation_id, message_id from scheduled where agent_id = $1 and returned_at is null");
    for row in tx.q(text).bind(agent.to_string()).all().await? {
        left.entry(office::id(&row, 0)?).or_default().push(office::id(&row, 1)?);
    }
    Ok(left)
}

/// Lets somebody in again, as they were.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn enable(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    agent: AgentId,
    now: Timestamp,
) -> Result<(), Error> {
    may_manage(office, viewer, agent)?;
    let name = office.name_of(agent);
    if office.agents.get(&agent).is_some_and(|agent| agent.enabled) {
        return Ok(());
    }
    audit::record(tx, viewer, Deed::new(Act::Enabled, Subject::Person, agent, name), now).await?;
    let text = sql!("update agent set enabled = $2 where agent_id = $1");
    tx.q(text).bind(agent.to_string()).bind(true).exec().await?;
    office::changed(tx).await
}
