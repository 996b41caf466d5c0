//! Invitations, and links to a new password: the link holds a random token, the database its hash. Whoever has the link is
//! whom it was given to, so it is good once, and not for long.

use domain::audit::{Act, Deed, Subject};
use domain::id::{AgentId, InvitationId};
use domain::office::{Availability, Office};
use domain::refusal::Refusal;
use domain::settings::departure::may_let_in;
use domain::settings::invitation::{INVITED_FOR, Invitation, Invite};
use domain::settings::workspace::Owner;
use domain::time::{Duration, Timestamp};
use domain::viewer::{By, Viewer};

use crate::conversation::store::Columns;
use crate::db::{Row, Tx};
use crate::error::Error;
use crate::server::{Server, WORKSPACE};
use crate::{audit, office, secret, session, sql};

/// How long a link to a new password is good.
pub const RESET_FOR: Duration = Duration::days(1);

const INVITATION: &str = "invitation_id, email, role_ids, group_ids, agent_id, expires_at";

fn invitation(row: &Row) -> Result<Invitation, Error> {
    let mut columns = Columns::of(row);
    let (id, email) = (columns.id()?, columns.take()?);
    let invite = Invite { id, email, roles: columns.json()?, groups: columns.json()? };
    Ok(Invitation { invite, by: columns.id()?, expires: columns.time()? })
}

/// All that are open, by address; also those whose links have expired.
pub async fn all(tx: &mut Tx) -> Result<Vec<Invitation>, Error> {
    let text = format!("select {INVITATION} from invitation order by email");
    tx.built(text).all().await?.iter().map(invitation).collect()
}

/// Invites somebody, and says their address and the token of their link. The same once more makes another link, and the
/// former is void.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn make(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    invite: Invite,
    now: Timestamp,
) -> Result<(String, String), Error> {
    let open = all(tx).await?;
    let invite = invite.checked(office, viewer, &open)?;
    let known = open.iter().find(|open| open.invite.id == invite.id);
    // An id is one invitation: it does not become another's.
    if known.is_some_and(|known| known.invite.as_it_can_be(office) != invite) {
        return Err(Error::Missing);
    }
    let act = if known.is_some() { Act::Changed } else { Act::Made };
    make_checked(tx, office, viewer, invite, act, now).await
}

/// The same of one that was checked in this transaction.
pub async fn make_checked(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    invite: Invite,
    act: Act,
    now: Timestamp,
) -> Result<(String, String), Error> {
    let deed = invite.deed(office, act);
    let deed = if act == Act::Changed { deed.value("Link", "the former", "another") } else { deed };
    audit::record(tx, viewer, deed, now).await?;
    let token = secret::token();
    let text = sql!(
        "insert into invitation (invitation_id, email, role_ids, group_ids, agent_id, token_hash, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (invitation_id) do update set role_ids = excluded.role_ids, \
         group_ids = excluded.group_ids, agent_id = excluded.agent_id, token_hash = excluded.token_hash, \
         expires_at = excluded.expires_at"
    );
    let query = tx.q(text).bind(invite.id.to_string()).bind(invite.email.as_str());
    let query =
        query.bind(serde_json::to_string(&invite.roles)?).bind(serde_json::to_string(&invite.groups)?);
    let query = query.bind(viewer.agent.to_string()).bind(secret::digest(&token));
    query.bind((now + INVITED_FOR).0).exec().await?;
    Ok((invite.email, token))
}

/// Another link for one that is open, and for whom. What it gives must be the viewer's to give.
///
/// Errors: [`Error::Missing`] where there is none; [`Error::Refused`] by the domain.
pub async fn renew(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    id: InvitationId,
    now: Timestamp,
) -> Result<(String, String), Error> {
    let open = all(tx).await?;
    let known = open.into_iter().find(|open| open.invite.id == id).ok_or(Error::Missing)?;
    make(tx, office, viewer, known.invite.as_it_can_be(office), now).await
}

/// Takes one back.
///
/// Errors: as [`renew`].
pub async fn revoke(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    id: InvitationId,
    now: Timestamp,
) -> Result<(), Error> {
    let open = all(tx).await?;
    let known = open.iter().find(|open| open.invite.id == id).ok_or(Error::Missing)?;
    known.invite.may_be_revoked_by(office, viewer)?;
    audit::record(tx, viewer, known.invite.deed(office, Act::Removed), now).await?;
    tx.q(sql!("delete from invitation where invitation_id = $1")).bind(id.to_string()).exec().await?;
    Ok(())
}

/// The invitation of a link that is good.
///
/// Errors: [`Refusal::InvitationOver`], whatever is wrong with it.
pub async fn of_token(tx: &mut Tx, token: &str, now: Timestamp) -> Result<Invitation, Error> {
    let text = format!("select {INVITATION} from invitation where token_hash = $1 and expires_at > $2");
    let row = tx.built(text).bind(secret::digest(token)).bind(now.0).opt().await?;
    invitation(&row.ok_or(Refusal::InvitationOver)?)
}

/// Whoever was invited works here from now on, once.
///
/// Errors: [`Refusal::InvitationOver`]; [`Refusal::AddressTaken`].
pub async fn accept(server: &Server, token: String, person: Owner, now: Timestamp) -> Result<(), Error> {
    let (db, cached) = (&server.db, server.office.clone());
    let Owner { display_name, email: _, password } = person;
    // Before the work that a hash is: nobody makes us do it who has no link.
    let shown = token.clone();
    db.read(async move |tx: &mut Tx| of_token(tx, &shown, now).await).await?;
    let hash = hash_of(password).await?;
    let work = async move |tx: &mut Tx| {
        let Invitation { invite, by, expires: _ } = of_token(tx, &token, now).await?;
        // It gives what whoever made it may give now, and nothing once they have left.
        let office = cached.in_transaction(tx).await?;
        let maker = office.viewer(by).ok_or(Refusal::InvitationOver)?;
        let may_be = invite.as_it_can_be(&office).checked(&office, &maker, &[]);
        let invite = may_be.map_err(|refusal| match refusal {
            taken @ Refusal::AddressTaken { .. } => taken,
            _ => Refusal::InvitationOver,
        })?;
        let agent = AgentId::new(secret::random_id());
        tx.q(sql!(
            "insert into agent (agent_id, email, display_name, password_hash, skills, availability, enabled, enter_sends) \
             values ($1, $2, $3, $4, '[]', $5, $6, $6)"
        ))
        .bind(agent.to_string())
        .bind(invite.email.as_str())
        .bind(display_name.as_str())
        .bind(hash)
        .bind(Availability::Online.key())
        .bind(true)
        .exec()
        .await?;
        for role in &invite.roles {
            let text = sql!(
                "insert into agent_role (agent_id, role_id) select $1, role_id from role where role_id = $2"
            );
            tx.q(text).bind(agent.to_string()).bind(role.to_string()).exec().await?;
        }
        for group in &invite.groups {
            let text = sql!(
                "insert into agent_group (agent_id, group_id) select $1, group_id from team_group where group_id = $2"
            );
            tx.q(text).bind(agent.to_string()).bind(group.to_string()).exec().await?;
        }
        tx.q(sql!("delete from invitation where invitation_id = $1"))
            .bind(invite.id.to_string())
            .exec()
            .await?;
        let deed = Deed::new(Act::Accepted, Subject::Invitation, invite.id, invite.email);
        audit::record_by(tx, By::Agent(agent), deed.value("Display name", "", display_name), now).await?;
        office::changed(tx).await
    };
    db.write(WORKSPACE, work).await
}

async fn hash_of(password: String) -> Result<String, Error> {
    let hash = tokio::task::spawn_blocking(move || secret::hash(&password)).await;
    Ok(hash.map_err(anyhow::Error::from)??)
}

/// A link to a new password for somebody of the team; a former one is void.
///
/// Errors: [`Error::Refused`] by the domain.
pub async fn let_in(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    agent: AgentId,
    now: Timestamp,
) -> Result<(String, String), Error> {
    may_let_in(office, viewer, agent)?;
    let known = office.agents.get(&agent).filter(|agent| agent.enabled).ok_or(Refusal::Missing)?;
    let deed = Deed::new(Act::Changed, Subject::Person, agent, &*known.display_name);
    audit::record(tx, viewer, deed.value("Link to a new password", "", "made"), now).await?;
    let token = secret::token();
    let text = sql!(
        "insert into password_link (agent_id, token_hash, expires_at, by_id) values ($1, $2, $3, $4) \
         on conflict (agent_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at, \
         by_id = excluded.by_id"
    );
    let query = tx.q(text).bind(agent.to_string()).bind(secret::digest(&token));
    query.bind((now + RESET_FOR).0).bind(viewer.agent.to_string()).exec().await?;
    Ok((known.email.clone(), token))
}

/// Whose link that is, and what they sign in with.
///
/// Errors: [`Refusal::InvitationOver`], whatever is wrong with it.
pub async fn whose_link(
    tx: &mut Tx,
    office: &Office,
    token: &str,
    now: Timestamp,
) -> Result<(AgentId, String), Error> {
    let text = sql!(
        "select a.agent_id, a.email, l.by_id from password_link l join agent a on a.agent_id = l.agent_id \
         where l.token_hash = $1 and l.expires_at > $2 and a.enabled"
    );
    let row = tx.q(text).bind(secret::digest(token)).bind(now.0).opt().await?;
    let row = row.ok_or(Refusal::InvitationOver)?;
    let mut columns = Columns::of(&row);
    let (agent, email, by) = (columns.id()?, columns.take()?, columns.id()?);
    // It is good as long as whoever made it may make it.
    let maker = office.viewer(by).ok_or(Refusal::InvitationOver)?;
    may_let_in(office, &maker, agent).map_err(|_| Refusal::InvitationOver)?;
    Ok((agent, email))
}

/// Sets the password of whose link that is, once, and signs them out everywhere. Says what they sign in with.
///
/// Errors: [`Refusal::InvitationOver`].
pub async fn reset(
    server: &Server,
    token: String,
    password: String,
    now: Timestamp,
) -> Result<String, Error> {
    let (db, cached, shown) = (&server.db, server.office.clone(), token.clone());
    let read = cached.clone();
    db.read(async move |tx: &mut Tx| {
        let office = read.in_transaction(tx).await?;
        whose_link(tx, &office, &shown, now).await
    })
    .await?;
    let hash = hash_of(password).await?;
    let work = async move |tx: &mut Tx| {
        let office = cached.in_transaction(tx).await?;
        let (agent, email) = whose_link(tx, &office, &token, now).await?;
        let text = sql!("update agent set password_hash = $2 where agent_id = $1");
        tx.q(text).bind(agent.to_string()).bind(hash).exec().await?;
        tx.q(sql!("delete from password_link where agent_id = $1")).bind(agent.to_string()).exec().await?;
        session::end_all(tx, agent).await?;
        let deed = Deed::new(Act::Changed, Subject::Person, agent, email.as_str());
        audit::record_by(tx, By::Agent(agent), deed.value("Password", "the former", "another"), now).await?;
        Ok(email)
    };
    db.write(WORKSPACE, work).await
}
