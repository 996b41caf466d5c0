//! An empty house gets an owner: what is there already, who may go on, and each step.
//!
//! As long as nobody owns it, a token that the server's log shows opens the pages. It is void with the owner's account;
//! what follows is for who is signed in. Every step is stored when it is done, so that set-up goes on where it stopped.

use domain::audit::{Act, Deed, Subject};
use domain::channel::ChannelKind;
use domain::id::{AgentId, ChannelId, LogId, RoleId};
use domain::office::Availability;
use domain::permission::{Permission, Preset};
use domain::settings::widget::Widget;
use domain::settings::workspace::{Owner, Workspace};
use domain::time::{Duration, Timestamp};
use domain::viewer::By;

use crate::channel::web_chat;
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::server::WORKSPACE;
use crate::{audit, office, secret, sql};

/// How long a token opens set-up. Each start of the server shows another.
const TOKEN_GOOD: Duration = Duration::days(7);

/// What the AI agent is called until somebody names it.
const AI_NAME: &str = "Assistant";

/// How far set-up has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The workspace's name, once it has one.
    pub workspace: Option<String>,
    pub has_owner: bool,
    /// The key of the first chat, once there is one.
    pub chat: Option<String>,
    pub is_done: bool,
}

/// How far set-up has come.
pub async fn progress(tx: &mut Tx) -> Result<Progress, Error> {
    let Some(row) = tx.q(sql!("select name, set_up_at from workspace")).opt().await? else {
        return Ok(Progress::default());
    };
    Ok(Progress {
        workspace: Some(row.get(0)?),
        has_owner: has_owner(tx).await?,
        chat: web_chat::first(tx).await?,
        is_done: row.get::<Option<i64>>(1)?.is_some(),
    })
}

async fn has_owner(tx: &mut Tx) -> Result<bool, Error> {
    Ok(tx.q(sql!("select agent_id from agent limit 1")).opt().await?.is_some())
}

/// A token for whoever reads the server's log, as long as nobody owns the workspace.
pub async fn invite(db: &Db, now: Timestamp) -> Result<Option<String>, Error> {
    let token = token();
    let hash = secret::digest(&plain(&token));
    let made = db.write(WORKSPACE, async move |tx: &mut Tx| {
        if has_owner(tx).await? {
            return Ok::<_, Error>(false);
        }
        tx.q(sql!("delete from setup_token where created_at < $1")).bind((now - TOKEN_GOOD).0).exec().await?;
        tx.q(sql!("insert into setup_token (token_hash, created_at) values ($1, $2)"))
            .bind(hash)
            .bind(now.0)
            .exec()
            .await?;
        Ok(true)
    });
    Ok(made.await?.then_some(token))
}

/// 100 random bits to type off a screen: no letters that are mistaken for digits.
fn token() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let letters: Vec<char> =
        secret::random::<20>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(5).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// A token however it was typed.
fn plain(token: &str) -> String {
    token.chars().filter(char::is_ascii_alphanumeric).take(64).collect::<String>().to_uppercase()
}

/// Whether that token opens set-up now. Never where somebody owns the workspace.
pub async fn opens(tx: &mut Tx, token: &str, now: Timestamp) -> Result<bool, Error> {
    let found = tx
        .q(sql!("select token_hash from setup_token where token_hash = $1 and created_at >= $2"))
        .bind(secret::digest(&plain(token)))
        .bind((now - TOKEN_GOOD).0)
        .opt()
        .await?;
    Ok(found.is_some() && !has_owner(tx).await?)
}

/// Names the workspace; the first time it is made, with the roles that come with the product.
///
/// Errors: [`Error::SignedOut`] where the token does not open set-up.
pub async fn name(db: &Db, token: String, workspace: Workspace, now: Timestamp) -> Result<(), Error> {
    let work = async move |tx: &mut Tx| {
        let Workspace { name } = workspace.checked()?;
        if !opens(tx, &token, now).await? {
            return Err(Error::SignedOut);
        }
        let renamed = tx.q(sql!("update workspace set name = $1, office_version = office_version + 1"));
        if renamed.bind(name.as_str()).exec().await? == 0 {
            found(tx, &name, AI_NAME, None).await?;
        }
        audit::record_by(tx, By::System, Deed::new(Act::Made, Subject::Workspace, WORKSPACE, name), now)
            .await?;
        Ok(())
    };
    db.write(WORKSPACE, work).await
}

/// Makes the workspace, with the roles that come with the product.
pub async fn found(
    tx: &mut Tx,
    name: &str,
    ai_name: &str,
    set_up_at: Option<Timestamp>,
) -> Result<(), Error> {
    tx.q(sql!(
        "insert into workspace (workspace_id, name, ai_name, office_version, seq, next_number, log_id, counted_to, \
         sealed_to, visitor_secret, set_up_at) values ($1, $2, $3, 1, 0, 1, $4, null, null, $5, $6)"
    ))
    .bind(WORKSPACE)
    .bind(name)
    .bind(ai_name)
    .bind(LogId::new(secret::random_id()).to_string())
    .bind(secret::token())
    .bind(set_up_at.map(|at| at.0))
    .exec()
    .await?;
    for preset in Preset::ALL {
        let permissions: Vec<&str> = preset.permissions().into_iter().map(Permission::key).collect();
        tx.q(sql!("insert into role (role_id, name, permissions, super_admin) values ($1, $2, $3, $4)"))
            .bind(role_id(*preset).to_string())
            .bind(preset.name())
            .bind(serde_json::to_string(&permissions)?)
            .bind(*preset == Preset::SuperAdmin)
            .exec()
            .await?;
    }
    Ok(())
}

/// The id of a role that comes with the product.
pub fn role_id(preset: Preset) -> RoleId {
    RoleId::new(0x0f00_0000 + preset as u128)
}

/// Makes the owner's account. With it the token is void, and so is every other.
///
/// Errors: [`Error::SignedOut`] where the token does not open set-up (any more); a name or an address that is none is
/// refused by [`Owner::checked`] before.
pub async fn own(db: &Db, token: String, owner: Owner, now: Timestamp) -> Result<(), Error> {
    let Owner { display_name, email, password } = owner;
    // Before the work that a hash is: nobody makes us do it who may not go on.
    let typed = token.clone();
    if !db.read(async move |tx: &mut Tx| opens(tx, &typed, now).await).await? {
        return Err(Error::SignedOut);
    }
    let hash =
        tokio::task::spawn_blocking(move || secret::hash(&password)).await.map_err(anyhow::Error::from)??;
    let work = async move |tx: &mut Tx| {
        if !opens(tx, &token, now).await? {
            return Err(Error::SignedOut);
        }
        let id = AgentId::new(secret::random_id());
        let deed = Deed::new(Act::Made, Subject::Person, id, display_name.as_str());
        audit::record_by(tx, By::System, deed.value("Roles", "", Preset::SuperAdmin.name()), now).await?;
        let agent = id.to_string();
        tx.q(sql!(
            "insert into agent (agent_id, email, display_name, password_hash, skills, availability, enabled, enter_sends) \
             values ($1, $2, $3, $4, '[]', $5, $6, $6)"
        ))
        .bind(agent.as_str())
        .bind(email)
        .bind(display_name)
        .bind(hash)
        .bind(Availability::Online.key())
        .bind(true)
        .exec()
        .await?;
        tx.q(sql!("insert into agent_role (agent_id, role_id) values ($1, $2)"))
            .bind(agent.as_str())
            .bind(role_id(Preset::SuperAdmin).to_string())
            .exec()
            .await?;
        tx.q(sql!("delete from setup_token")).exec().await?;
        office::changed(tx).await
    };
    db.write(WORKSPACE, work).await
}

/// Opens the first chat, once: a second time the one that is there stays.
pub async fn open_chat(db: &Db, name: String, widget: Widget) -> Result<(), Error> {
    let work = async move |tx: &mut Tx| {
        if web_chat::first(tx).await?.is_some() {
            return Ok(());
        }
        let channel = ChannelId::new(secret::random_id());
        tx.q(sql!("insert into channel (channel_id, kind, name) values ($1, $2, $3)"))
            .bind(channel.to_string())
            .bind(ChannelKind::Chat.key())
            .bind(name)
            .exec()
            .await?;
        web_chat::install(tx, channel, &widget).await?;
        office::changed(tx).await
    };
    db.write(WORKSPACE, work).await
}

/// Set-up is over.
pub async fn finish(db: &Db, now: Timestamp) -> Result<(), Error> {
    let work = async move |tx: &mut Tx| {
        tx.q(sql!("update workspace set set_up_at = $1 where set_up_at is null")).bind(now.0).exec().await?;
        Ok(())
    };
    db.write(WORKSPACE, work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_typed_off_the_screen_in_any_way() {
        let token = token();
        assert_eq!(token.len(), 23);
        let typed = format!(" {} ", token.to_lowercase().replace('-', " "));
        assert_eq!(plain(&typed), plain(&token));
        assert_eq!(plain(&token).len(), 20);
    }
}
