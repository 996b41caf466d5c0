//! The office: read whole, kept in memory, and read again when its version rises.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow};
use domain::channel::{Channel, ChannelKind, Reopen};
use domain::group::Group;
use domain::id::{AgentId, GroupId, RoleId};
use domain::notice::Topic;
use domain::office::{Agent, Availability, Office, Role, Tag};
use domain::permission::{Permission, Permissions};
use domain::settings::general::Feature;
use domain::time::Duration;

use crate::db::{Row, Tx};
use crate::error::Error;
use crate::{saved_view, sql};

/// The copy in memory.
#[derive(Default)]
pub struct Cached(Mutex<Option<Arc<Office>>>);

impl Cached {
    /// The office as it is in this transaction.
    pub async fn in_transaction(&self, tx: &mut Tx) -> Result<Arc<Office>, Error> {
        let version: i64 = tx.q(sql!("select office_version from workspace")).one().await?.get(0)?;
        self.of_version(tx, version).await
    }

    /// The same where its version was read in this transaction.
    pub async fn of_version(&self, tx: &mut Tx, version: i64) -> Result<Arc<Office>, Error> {
        if let Some(office) = self.known(version) {
            return Ok(office);
        }
        let office = Arc::new(load(tx).await?);
        // What a write sees may be undone, and another change then gets the same version.
        if tx.is_reading() {
            *self.lock() = Some(office.clone());
        }
        Ok(office)
    }

    /// The office of that version, where it is the copy's.
    pub fn known(&self, version: i64) -> Option<Arc<Office>> {
        self.lock().as_ref().filter(|office| office.version == version).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Office>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells every copy that the office has changed. Belongs into the transaction that changes it.
pub async fn changed(tx: &mut Tx) -> Result<(), Error> {
    tx.q(sql!("update workspace set office_version = office_version + 1")).exec().await?;
    Ok(())
}

async fn load(tx: &mut Tx) -> Result<Office, Error> {
    let workspace = tx
        .q(sql!("select name, ai_name, office_version, templates_version, features from workspace"))
        .one()
        .await?;
    let mut agents = BTreeMap::new();
    let all = sql!(
        "select agent_id, display_name, email, skills, availability, enabled, enter_sends, photo, muted, capacity from agent"
    );
    for row in tx.q(all).all().await? {
        let agent = Agent {
            id: id(&row, 0)?,
            display_name: row.get(1)?,
            email: row.get(2)?,
            roles: BTreeSet::new(),
            groups: BTreeSet::new(),
            skills: serde_json::from_str(&row.get::<String>(3)?)?,
            availability: Availability::of_key(&row.get::<String>(4)?).unwrap_or(Availability::Offline),
            enabled: row.get(5)?,
            enter_sends: row.get(6)?,
            photo: row.get(7)?,
            muted: topics(&row.get::<String>(8)?)?,
            capacity: row.get::<Option<i64>>(9)?.and_then(|capacity| u32::try_from(capacity).ok()),
        };
        agents.insert(agent.id, agent);
    }
    for row in tx.q(sql!("select agent_id, role_id from agent_role")).all().await? {
        agents.entry(id::<AgentId>(&row, 0)?).and_modify(|agent| {
            agent.roles.extend(id::<RoleId>(&row, 1));
        });
    }
    for row in tx.q(sql!("select agent_id, group_id from agent_group")).all().await? {
        agents.entry(id::<AgentId>(&row, 0)?).and_modify(|agent| {
            agent.groups.extend(id::<GroupId>(&row, 1));
        });
    }
    Ok(Office {
        workspace: workspace.get(0)?,
        ai_name: workspace.get(1)?,
        version: workspace.get(2)?,
        templates: workspace.get(3)?,
        agents,
        roles: roles(tx).await?,
        groups: groups(tx).await?,
        channels: channels(tx).await?,
        tags: tags(tx).await?,
        features: features(&workspace.get::<String>(4)?)?,
        saved: saved_view::all(tx).await?,
    })
}

/// A feature that this version does not know is none.
fn features(keys: &str) -> Result<BTreeSet<Feature>, Error> {
    let keys: Vec<String> = serde_json::from_str(keys)?;
    Ok(keys.iter().filter_map(|key| Feature::of_key(key)).collect())
}

/// A topic that this version does not know is none.
fn topics(keys: &str) -> Result<BTreeSet<Topic>, Error> {
    let keys: Vec<String> = serde_json::from_str(keys)?;
    Ok(keys.iter().filter_map(|key| Topic::of_key(key)).collect())
}

async fn roles(tx: &mut Tx) -> Result<BTreeMap<RoleId, Role>, Error> {
    let rows = tx.q(sql!("select role_id, name, permissions, super_admin from role")).all().await?;
    let role = |row: &Row| {
        let keys: Vec<String> = serde_json::from_str(&row.get::<String>(2)?)?;
        let super_admin: bool = row.get(3)?;
        // A super-admin holds what later versions add, too. A key that this version does not know is no right.
        let permissions: Permissions = match super_admin {
            true => Permission::ALL.iter().copied().collect(),
            false => keys.iter().filter_map(|key| Permission::of_key(key)).collect(),
        };
        Ok(Role { id: id(row, 0)?, name: row.get(1)?, permissions, super_admin })
    };
    rows.iter().map(|row| role(row).map(|role| (role.id, role))).collect()
}

async fn groups(tx: &mut Tx) -> Result<BTreeMap<GroupId, Group>, Error> {
    let rows = tx.q(sql!("select group_id, name, retired from team_group")).all().await?;
    let group = |row: &Row| Ok(Group { id: id(row, 0)?, name: row.get(1)?, retired: row.get(2)? });
    rows.iter().map(|row| group(row).map(|group| (group.id, group))).collect()
}

async fn channels(tx: &mut Tx) -> Result<BTreeMap<domain::id::ChannelId, Channel>, Error> {
    let rows = tx
        .q(sql!("select channel_id, kind, name, default_group_id, reopen_within_ms from channel"))
        .all()
        .await?;
    let channel = |row: &Row| {
        let kind: String = row.get(1)?;
        let kind = ChannelKind::of_key(&kind).with_context(|| format!("a channel of kind {kind:?}"))?;
        let reopen = match row.get::<Option<i64>>(4)? {
            None => Reopen::Always,
            Some(0) => Reopen::Never,
            Some(length) => Reopen::Within(Duration(length)),
        };
        Ok(Channel { id: id(row, 0)?, kind, name: row.get(2)?, default_group: maybe_id(row, 3)?, reopen })
    };
    rows.iter().map(|row| channel(row).map(|channel| (channel.id, channel))).collect()
}

async fn tags(tx: &mut Tx) -> Result<BTreeMap<domain::id::TagId, Tag>, Error> {
    let rows = tx.q(sql!("select tag_id, name, retired from tag")).all().await?;
    let tag = |row: &Row| Ok(Tag { id: id(row, 0)?, name: row.get(1)?, retired: row.get(2)? });
    rows.iter().map(|row| tag(row).map(|tag| (tag.id, tag))).collect()
}

/// An id in that column. A text that is none is a fault of ours.
pub fn id<T: FromStr>(row: &Row, index: usize) -> Result<T, Error> {
    let text: String = row.get(index)?;
    text.parse().map_err(|_| Error::Fault(anyhow!("column {index}: {text:?} is no id")))
}

/// An id in that column, or null.
pub fn maybe_id<T: FromStr>(row: &Row, index: usize) -> Result<Option<T>, Error> {
    match row.get::<Option<String>>(index)? {
        None => Ok(None),
        Some(_) => id(row, index).map(Some),
    }
}
