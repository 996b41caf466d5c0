//! What somebody of the team may do, where and how well, as whoever manages people sets it.

use std::sync::Arc;

use domain::audit::{Act, Deed, Subject};
use domain::conversation::Command;
use domain::id::{AgentId, ConversationId, MessageId};
use domain::office::Office;
use domain::refusal::Refusal;
use domain::settings::departure::{Departure, may_manage};
use domain::settings::member::{Member, MemberChange};
use domain::time::Timestamp;
use domain::viewer::{Actor, Viewer};

use crate::conversation::{carry_out, store};
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::server::{Server, WORKSPACE};
use crate::{audit, invitation, office, session, sql};

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
    let id = change.agent;
    let member = change.checked(office, viewer)?;
    if let Some(was) = office.agents.get(&id) {
        audit::record(tx, viewer, member.deed(office, id, &was.member()), now).await?;
    }
    put(tx, id, member).await?;
    office::changed(tx).await
}

/// Keeps what of somebody is managed.
pub async fn put(tx: &mut Tx, agent: AgentId, member: Member) -> Result<(), Error> {
    let agent = agent.to_string();
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
    Ok(())
}

/// Conversations that are let go of in one transaction: others wait for it.
const LET_GO_AT_ONCE: i64 = 50;

/// Disables somebody: signs them out, and lets go of all that was theirs, a piece at a time. Says how many conversations went
/// on. Whoever is disabled already is let go of what was left.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn disable(
    server: &Server,
    by: AgentId,
    departure: Departure,
    now: Timestamp,
) -> Result<i64, Error> {
    let (db, office) = (server.db.clone(), server.office.clone());
    // Whoever asked may be gone before it is over.
    let work = tokio::spawn(async move { leave(&db, &office, by, departure, now).await });
    work.await.map_err(anyhow::Error::from)?
}

async fn leave(
    db: &Db,
    office: &Arc<office::Cached>,
    by: AgentId,
    departure: Departure,
    now: Timestamp,
) -> Result<i64, Error> {
    let (cached, wanted) = (office.clone(), departure.clone());
    let first = db.write(WORKSPACE, async move |tx: &mut Tx| {
        let office = cached.in_transaction(tx).await?;
        let viewer = office.viewer(by).ok_or(Error::Missing)?;
        sign_out(tx, &office, &viewer, wanted, now).await
    });
    first.await?;
    let (mut n_conversations, mut after) = (0, String::new());
    loop {
        let (cached, departure, from) = (office.clone(), departure.clone(), after.clone());
        let piece = db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(by).ok_or(Error::Missing)?;
            let_go(tx, &office, &viewer, &departure, &from, now).await
        });
        let (n, last) = piece.await?;
        n_conversations += n;
        match last {
            Some(last) => after = last,
            None => return Ok(n_conversations),
        }
    }
}

async fn sign_out(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    departure: Departure,
    now: Timestamp,
) -> Result<(), Error> {
    departure.checked(office, viewer)?;
    let agent = departure.agent;
    if office.viewer(agent).is_none() {
        return Ok(());
    }
    audit::record(tx, viewer, departure.deed(office), now).await?;
    let id = agent.to_string();
    tx.q(sql!("update agent set enabled = $2 where agent_id = $1"))
        .bind(id.as_str())
        .bind(false)
        .exec()
        .await?;
    // What they made lets nobody in any more.
    tx.q(sql!("delete from password_link where agent_id = $1 or by_id = $1"))
        .bind(id.as_str())
        .exec()
        .await?;
    for invited in invitation::all(tx).await?.into_iter().filter(|invited| invited.by == agent) {
        audit::record(tx, viewer, invited.invite.deed(office, Act::Removed), now).await?;
    }
    tx.q(sql!("delete from invitation where agent_id = $1")).bind(id.as_str()).exec().await?;
    session::end_all(tx, agent).await?;
    office::changed(tx).await
}

/// Lets go of some conversations after that one. How many of them were theirs, and the last; nothing where that was all.
async fn let_go(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    departure: &Departure,
    after: &str,
    now: Timestamp,
) -> Result<(i64, Option<String>), Error> {
    let Departure { agent, to } = *departure;
    // Somebody has let them in again meanwhile.
    if office.viewer(agent).is_some() {
        return Err(Refusal::NotDisabled { name: office.name_of(agent).to_owned() }.into());
    }
    let left = left_behind(tx, agent, after).await?;
    let mut n_conversations = 0;
    for conversation in &left {
        let scene = store::known(tx, *conversation).await?;
        let text = sql!(
            "select message_id from scheduled where conversation_id = $1 and agent_id = $2 and returned_at is null"
        );
        let rows = tx.q(text).bind(conversation.to_string()).bind(agent.to_string()).all().await?;
        let scheduled =
            rows.iter().map(|row| office::id(row, 0)).collect::<Result<Vec<MessageId>, Error>>()?;
        n_conversations +=
            i64::from(scene.conversation.is_active() && scene.conversation.assignee == Some(agent));
        let (actor, command) = (Actor::Agent(viewer.clone()), Command::Release { of: agent, to, scheduled });
        carry_out(tx, office, &scene, &actor, &command, None, now).await?;
    }
    if left.len() == LET_GO_AT_ONCE as usize {
        return Ok((n_conversations, left.last().map(ToString::to_string)));
    }
    // Of clients who have not written yet.
    tx.q(sql!("update contact set pinned_to = null where pinned_to = $1"))
        .bind(agent.to_string())
        .exec()
        .await?;
    Ok((n_conversations, None))
}

/// Conversations after that one in which something waits for somebody: theirs, those of a transfer, one of each client who is
/// pinned to them, and those where they scheduled something.
async fn left_behind(tx: &mut Tx, agent: AgentId, after: &str) -> Result<Vec<ConversationId>, Error> {
    let text = format!(
        "select conversation_id from (\
         select conversation_id from conversation where active and assignee_id = $1 \
         union select conversation_id from conversation where transfer_to = $1 \
         union select conversation_id from conversation where transfer_from = $1 \
         union select max(c.conversation_id) from contact k join conversation c on c.contact_id = k.contact_id \
         where k.pinned_to = $1 and c.merged_into_id is null group by coalesce(k.client_id, k.contact_id) \
         union select conversation_id from scheduled where agent_id = $1 and returned_at is null\
         ) left_behind where conversation_id > $2 order by conversation_id limit {LET_GO_AT_ONCE}"
    );
    let rows = tx.built(text).bind(agent.to_string()).bind(after).all().await?;
    rows.iter().map(|row| office::id(row, 0)).collect()
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
