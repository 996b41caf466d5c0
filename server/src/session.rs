//! Who is signed in, and where. The browser holds a random token, the database its hash.

use std::collections::BTreeSet;

use app::backend::{Asker, Session};
use domain::audit::{Act, Deed, Subject};
use domain::id::AgentId;
use domain::refusal::Refusal;
use domain::settings::password::{self, PasswordChange};
use domain::time::{Duration, Timestamp};

use crate::audit;
use crate::conversation::store::Columns;
use crate::db::Tx;
use crate::error::Error;
use crate::secret;
use crate::server::{Server, WORKSPACE};
use crate::sql;

/// How long a session may rest, and how long it lasts at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// A working day.
    Day,
    /// **Keep me signed in**.
    Keep,
}

impl Stay {
    const fn idle(self) -> Duration {
        match self {
            Stay::Day => Duration::hours(12),
            Stay::Keep => Duration::days(14),
        }
    }

    const fn at_most(self) -> Duration {
        match self {
            Stay::Day => Duration::days(2),
            Stay::Keep => Duration::days(90),
        }
    }

    /// Seconds that the browser keeps the cookie; a day's goes with the browser.
    pub const fn cookie_seconds(self) -> Option<i64> {
        match self {
            Stay::Day => None,
            Stay::Keep => Some(Stay::Keep.at_most().0 / 1000),
        }
    }
}

/// How long `seen_at` may lag: one write a minute, not one a request.
const SEEN_EVERY: Duration = Duration::minutes(1);

/// How old a token gets before the next page brings another.
const ROTATED_EVERY: Duration = Duration::days(1);

/// How long the former token stays good: requests with it are under way when it is replaced.
const FORMER_GOOD: Duration = Duration::minutes(1);

/// Longest name of a browser that is kept, in characters.
const DEVICE_MAX_CHARS: usize = 160;

/// Checks who it is and opens a session; returns its token, which is kept nowhere else. `None` where address
/// or password is not right, after the same work whoever it is. `former`, the token that the browser came
/// with, ends: a token is good for one sign-in.
pub async fn sign_in(
    server: &Server,
    email: &str,
    password: String,
    stay: Stay,
    device: &str,
    former: Option<String>,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let email = email.trim().to_lowercase();
    let known = server
        .db
        .read(async move |tx: &mut Tx| {
            // PostgreSQL does not take it, and it is in nobody's address.
            if email.contains('\0') {
                return Ok::<_, Error>(None);
            }
            let found = tx
                .q(sql!("select agent_id, password_hash from agent where email = $1 and enabled"))
                .bind(email)
                .opt()
                .await?;
            let Some(row) = found else { return Ok(None) };
            let mut columns = Columns::of(&row);
            Ok(Some((columns.id::<AgentId>()?, columns.take::<Option<String>>()?)))
        })
        .await?;
    let (agent, hash) = known.map_or((None, None), |(agent, hash)| (Some(agent), hash));
    let known_hash = hash.clone();
    let is_right = server.passwords.check(password, hash).await.map_err(Error::Unavailable)?;
    let Some(agent) = agent.filter(|_| is_right) else { return Ok(None) };
    let token = secret::token();
    let hash = secret::digest(&token);
    let device: String = device.chars().filter(|c| !c.is_control()).take(DEVICE_MAX_CHARS).collect();
    let opened = server
        .db
        .write(WORKSPACE, async move |tx: &mut Tx| {
            tx.q(sql!("delete from session where expires_at < $1 or seen_at + idle_ms < $1"))
                .bind(now.0)
                .exec()
                .await?;
            if let Some(former) = former {
                tx.q(sql!("delete from session where token_hash = $1")).bind(secret::digest(&former)).exec().await?;
                ended(tx).await?;
            }
            let opened = tx
            .q(sql!(
                "insert into session (session_id, token_hash, agent_id, device, created_at, seen_at, rotated_at, idle_ms, expires_at) \
                 select $1, $2, agent_id, $4, cast($5 as bigint), cast($5 as bigint), cast($5 as bigint), cast($6 as bigint), \
                 cast($7 as bigint) from agent where agent_id = $3 and enabled and password_hash = $8"
            ))
            .bind(format!("{:032x}", secret::random_id()))
            .bind(hash)
            .bind(agent.to_string())
            .bind(device)
            .bind(now.0)
            .bind(stay.idle().0)
            .bind((now + stay.at_most()).0)
            .bind(known_hash)
            .exec()
            .await?;
            Ok::<_, Error>(opened)
        })
        .await?;
    // Another password was set meanwhile, or they were disabled.
    if opened == 0 {
        return Ok(None);
    }
    Ok(Some(token))
}

/// Whose token that is, with their rights as they are now. `None` when it is unknown, over, or its agent disabled.
pub async fn whose(server: &Server, token: &str, now: Timestamp) -> Result<Option<Asker>, Error> {
    let hash = secret::digest(token);
    let session = sql!(
        "select session_id, agent_id, seen_at, office_version from session cross join workspace \
         where (token_hash = $1 or (former_hash = $1 and rotated_at >= $3)) \
         and expires_at >= $2 and seen_at + idle_ms >= $2"
    );
    let found = server
        .db
        .row(move |tx| tx.q(session).bind(hash.as_str()).bind(now.0).bind((now - FORMER_GOOD).0))
        .await?;
    let Some(row) = found else { return Ok(None) };
    let mut columns = Columns::of(&row);
    let (session, agent) = (columns.take()?, columns.id::<AgentId>()?);
    let (seen_at, version) = (columns.time()?, columns.take()?);
    let office = match server.office.known(version) {
        Some(office) => office,
        None => {
            let office = server.office.clone();
            server.db.read(async move |tx: &mut Tx| office.in_transaction(tx).await).await?
        }
    };
    let Some(viewer) = office.viewer(agent) else { return Ok(None) };
    let asker = Asker { viewer, session };
    if now - seen_at >= SEEN_EVERY {
        let session = asker.session.clone();
        let seen = server
            .db
            .write(WORKSPACE, async move |tx: &mut Tx| {
                tx.q(sql!("update session set seen_at = $1 where session_id = $2"))
                    .bind(now.0)
                    .bind(session)
                    .exec()
                    .await?;
                Ok::<_, Error>(())
            })
            .await;
        // Who it is is known; that the time could not be noted is not theirs to suffer from.
        if let Err(error) = seen {
            tracing::warn!(?error, "when a session was last used could not be written");
        }
    }
    Ok(Some(asker))
}

/// A token to go on with in place of that one, where it has served its day, and how many seconds the browser
/// may keep it (none: as long as it is open). Of two requests that come at once, one gets it.
pub async fn rotate(
    server: &Server,
    token: &str,
    now: Timestamp,
) -> Result<Option<(String, Option<i64>)>, Error> {
    let hash = secret::digest(token);
    let old = hash.clone();
    let found = server
        .db
        .read(async move |tx: &mut Tx| {
            let due =
                sql!("select idle_ms, expires_at from session where token_hash = $1 and rotated_at <= $2");
            let row = tx.q(due).bind(old).bind((now - ROTATED_EVERY).0).opt().await?;
            row.map(|row| Ok::<(i64, i64), Error>((row.get(0)?, row.get(1)?))).transpose()
        })
        .await?;
    let Some((idle_ms, expires_at)) = found else { return Ok(None) };
    let fresh = secret::token();
    let fresh_hash = secret::digest(&fresh);
    let changed = server
        .db
        .write(WORKSPACE, async move |tx: &mut Tx| {
            let changed = tx
                .q(sql!(
                    "update session set former_hash = token_hash, token_hash = $1, rotated_at = $2 where token_hash = $3"
                ))
                .bind(fresh_hash)
                .bind(now.0)
                .bind(hash)
                .exec()
                .await?;
            Ok::<_, Error>(changed)
        })
        .await?;
    let keeps = idle_ms == Stay::Keep.idle().0;
    Ok((changed == 1).then(|| (fresh, keeps.then_some((expires_at - now.0) / 1000))))
}

/// Ends the session of that token, if there is one.
pub async fn sign_out(server: &Server, token: &str) -> Result<(), Error> {
    let hash = secret::digest(token);
    server
        .db
        .write(WORKSPACE, async move |tx: &mut Tx| {
            tx.q(sql!("delete from session where token_hash = $1 or former_hash = $1"))
                .bind(hash)
                .exec()
                .await?;
            ended(tx).await
        })
        .await
}

/// The sessions of who asks, the last used first.
pub async fn list(server: &Server, asker: &Asker, now: Timestamp) -> Result<Vec<Session>, Error> {
    let asker = asker.clone();
    server
        .db
        .read(async move |tx: &mut Tx| {
            let rows = tx
                .q(sql!(
                    "select session_id, device, created_at, seen_at from session \
                     where agent_id = $1 and expires_at >= $2 and seen_at + idle_ms >= $2 \
                     order by seen_at desc, session_id limit 100"
                ))
                .bind(asker.viewer.agent.to_string())
                .bind(now.0)
                .all()
                .await?;
            let session = |row| {
                let mut columns = Columns::of(row);
                let id: String = columns.take()?;
                let current = id == asker.session;
                let (device, created_at, seen_at) = (columns.take()?, columns.time()?, columns.time()?);
                Ok(Session { id, device, created_at, seen_at, current })
            };
            rows.iter().map(session).collect()
        })
        .await
}

/// Ends one of the asker's own sessions. [`Error::Missing`] for anybody else's.
pub async fn revoke(server: &Server, asker: &Asker, session: String, now: Timestamp) -> Result<(), Error> {
    let viewer = asker.viewer.clone();
    if !session.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::Missing);
    }
    server
        .db
        .write(WORKSPACE, async move |tx: &mut Tx| {
            let known = sql!("select device from session where session_id = $1 and agent_id = $2");
            let known = tx.q(known).bind(session.as_str()).bind(viewer.agent.to_string()).opt().await?;
            let device: String = known.ok_or(Error::Missing)?.get(0)?;
            tx.q(sql!("delete from session where session_id = $1")).bind(session).exec().await?;
            let deed = Deed::new(Act::Ended, Subject::Session, "", device);
            audit::record(tx, &viewer, deed, now).await?;
            ended(tx).await
        })
        .await
}

/// Sets the asker's own password, and signs them out everywhere else.
///
/// Errors: [`Refusal::ShortPassword`]; [`Refusal::WrongPassword`]; [`Error::TooMany`].
pub async fn change_password(
    server: &Server,
    asker: &Asker,
    change: PasswordChange,
    now: Timestamp,
) -> Result<(), Error> {
    let PasswordChange { current, new } = change;
    password::check(&new)?;
    let viewer = asker.viewer.clone();
    if !server.passwords.may_try(viewer.agent) {
        return Err(Error::TooMany);
    }
    let id = viewer.agent.to_string();
    let read = server.db.read(async move |tx: &mut Tx| {
        let row = tx.q(sql!("select password_hash from agent where agent_id = $1")).bind(id).one().await?;
        row.get::<Option<String>>(0)
    });
    let stored: Option<String> = read.await.map_err(Error::from)?;
    if !server.passwords.check(current, stored.clone()).await.map_err(Error::Unavailable)? {
        return Err(Refusal::WrongPassword.into());
    }
    let hash =
        tokio::task::spawn_blocking(move || secret::hash(&new)).await.map_err(anyhow::Error::from)??;
    let session = asker.session.clone();
    let work = async move |tx: &mut Tx| {
        let id = viewer.agent.to_string();
        // Two at once are two that knew the former one: the second does not.
        let text = sql!("update agent set password_hash = $2 where agent_id = $1 and password_hash = $3");
        if tx.q(text).bind(id.as_str()).bind(hash).bind(stored).exec().await? == 0 {
            return Err(Refusal::WrongPassword.into());
        }
        let others = sql!("delete from session where agent_id = $1 and session_id <> $2");
        tx.q(others).bind(id.as_str()).bind(session).exec().await?;
        tx.q(sql!("delete from password_link where agent_id = $1")).bind(id.as_str()).exec().await?;
        ended(tx).await?;
        let deed = Deed::new(Act::Changed, Subject::Password, viewer.agent, "");
        audit::record(tx, &viewer, deed.value("Password", "the former", "another"), now).await
    };
    server.db.write(WORKSPACE, work).await
}

/// Ends all sessions of somebody, wherever they are signed in.
pub async fn end_all(tx: &mut Tx, agent: AgentId) -> Result<(), Error> {
    tx.q(sql!("delete from session where agent_id = $1")).bind(agent.to_string()).exec().await?;
    ended(tx).await
}

/// Tells every server that sessions ended before their time: their sockets are closed.
async fn ended(tx: &mut Tx) -> Result<(), Error> {
    tx.q(sql!("update workspace set session_version = session_version + 1")).exec().await?;
    Ok(())
}

/// Which of those sessions are still good.
pub async fn good(tx: &mut Tx, sessions: &[String], now: Timestamp) -> Result<BTreeSet<String>, Error> {
    let mut good = BTreeSet::new();
    for some in sessions.chunks(500) {
        let places: Vec<String> = (2..some.len() + 2).map(|n| format!("${n}")).collect();
        let text = format!(
            "select session_id from session where expires_at >= $1 and seen_at + idle_ms >= $1 and session_id in ({})",
            places.join(", ")
        );
        let query = some.iter().fold(tx.built(text).bind(now.0), |query, id| query.bind(id.clone()));
        for row in query.all().await? {
            good.insert(row.get(0)?);
        }
    }
    Ok(good)
}
