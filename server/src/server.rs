//! What everything on the server shares, and the ports of `app` on it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use app::backend::{Answer, Asker, Backend, Colleagues, Import, Link, Mailed, Session};
use domain::audit::{Asked, Movements, Record};
use domain::conversation::{EmailPreview, Scheduled, Version};
use domain::desk::{Opened, Page, Snapshot, Total};
use domain::draft::Draft;
use domain::file::File;
use domain::filter::Filter;
use domain::id::{
    AgentId, ConversationId, FileId, GroupId, InvitationId, LogId, MessageId, QuickReplyId, RoleId,
    SavedViewId, TagId,
};
use domain::live::{Cursor, Entry, Receipt, Request};
use domain::office::{Availability, Tag};
use domain::order::Place;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::search::{After, Found, Search};
use domain::settings::departure::Departure;
use domain::settings::general::{Feature, General, GeneralChange};
use domain::settings::group::GroupChange;
use domain::settings::health::Health;
use domain::settings::invitation::{Invitation, Invite};
use domain::settings::member::MemberChange;
use domain::settings::password::PasswordChange;
use domain::settings::profile::Profile;
use domain::settings::quick_reply::QuickReply;
use domain::settings::role::RoleChange;
use domain::settings::saved_view::SavedView;
use domain::settings::widget::{Chat, ChatChange};
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::channel::web_chat;
use crate::conversation::log;
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::file::scanner::Scanner;
use crate::file::{self, Files};
use crate::live::{self, Live};
use crate::mail;
use crate::mail::smtp::MailServer;
use crate::secret::{self, Passwords};
use crate::{
    audit, conversation, draft, general, group, health, import, inbox, invitation, member, office,
    quick_reply, revise, role, saved_view, schedule, search, session, sql, tag,
};

/// The one workspace of this database; the key by which its writes queue.
pub const WORKSPACE: &str = "main";

/// The server, as handlers and ports hold it.
pub struct Server {
    pub db: Db,
    pub office: Arc<office::Cached>,
    pub passwords: Passwords,
    pub live: Live,
    pub files: Files,
    /// Who takes e-mail, if somebody has said it.
    pub mail: Option<MailServer>,
    /// Who looks at files, if anybody.
    pub scanner: Option<Scanner>,
    /// The address that people type, for links.
    pub origin: String,
    /// The folder of the database, where it is on this machine.
    pub data: Option<PathBuf>,
    /// Since when it runs.
    pub started_at: Timestamp,
}

impl Server {
    /// Over a database that has been migrated.
    pub fn new(db: Db, files: Files) -> anyhow::Result<Self> {
        let office = Arc::<office::Cached>::default();
        let live = Live::new(db.clone(), office.clone());
        let (passwords, origin) = (Passwords::new()?, "http://127.0.0.1:3210".to_owned());
        Ok(Self {
            db,
            office,
            passwords,
            live,
            files,
            mail: None,
            scanner: None,
            origin,
            data: None,
            started_at: now(),
        })
    }

    /// The same with a scanner.
    pub fn with_scanner(self, scanner: Option<Scanner>) -> Self {
        Self { scanner, ..self }
    }

    /// The same at that address.
    pub fn at(self, origin: String) -> Self {
        Self { origin, ..self }
    }

    /// The same with its data in that folder.
    pub fn with_data(self, data: Option<PathBuf>) -> Self {
        Self { data, ..self }
    }

    /// The same with a mail server.
    pub fn with_mail(self, mail: Option<MailServer>) -> Self {
        Self { mail, ..self }
    }
}

impl Server {
    /// A link with that token, sent where there is a mail server. It waits for the answer: whoever made the link sits there.
    async fn link(&self, of: &str, email: String, token: &str) -> Result<Link, Error> {
        let address = format!("{}/{of}/{token}", self.origin);
        let cached = self.office.clone();
        let read = self.db.read(async move |tx: &mut Tx| cached.in_transaction(tx).await);
        let workspace = read.await?.workspace.clone();
        let mailed = mail::link(self.mail.as_ref(), &workspace, &email, &address, now()).await;
        Ok(Link { address, email, mailed })
    }
}

/// Brings an older database to where this version can work with it: what no migration can say in SQL. Once, before
/// anybody is served; several servers may do it at once.
pub async fn prepare(db: &Db) -> Result<(), Error> {
    let (id, key) = (LogId::new(secret::random_id()).to_string(), secret::token());
    db.write(WORKSPACE, async move |tx: &mut Tx| {
        tx.q(sql!("update workspace set log_id = $1 where log_id = ''")).bind(id).exec().await?;
        tx.q(sql!("update workspace set visitor_secret = $1 where visitor_secret = ''"))
            .bind(key)
            .exec()
            .await?;
        Ok::<_, Error>(())
    })
    .await?;
    while db.write(WORKSPACE, async move |tx: &mut Tx| log::seal_old(tx).await).await? {
        tracing::info!("sealing the log, once after an upgrade");
    }
    while db.write(WORKSPACE, async move |tx: &mut Tx| log::recount(tx).await).await? {
        tracing::info!("counting all conversations anew, once after an upgrade");
    }
    Ok(())
}

/// The time of this machine. Asked at the edge only: inside, time is an argument.
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

/// An answer of ours as `app` hears it.
fn told<'a, T>(work: impl Future<Output = Result<T, Error>> + Send + 'a) -> Answer<'a, T> {
    Box::pin(async move { work.await.map_err(Error::told) })
}

impl Backend for Server {
    fn snapshot<'a>(&'a self, viewer: &'a Viewer, filter: Filter, open: Option<i64>) -> Answer<'a, Snapshot> {
        let (agent, office, now) = (viewer.agent, self.office.clone(), now());
        told(self.db.read(async move |tx: &mut Tx| {
            let office = office.in_transaction(tx).await?;
            // As they are at this moment: what was taken away since the request began is not shown any more.
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            let page = inbox::page(tx, &viewer, &filter, None, now).await?;
            let opened = match open {
                None => None,
                Some(number) => match conversation::open(tx, &viewer, number, now).await {
                    Ok(opened) => Some(opened),
                    Err(Error::Missing) => None,
                    Err(error) => return Err(error),
                },
            };
            let cursor = Cursor { log: live::log_id(tx).await?, seq: log::head(tx).await? };
            let office = office.seen_by(&viewer);
            Ok::<_, Error>(Snapshot { viewer, office, cursor, filter, page, opened })
        }))
    }

    fn page<'a>(&'a self, viewer: &'a Viewer, filter: Filter, after: Option<Place>) -> Answer<'a, Page> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| inbox::page(tx, &viewer, &filter, after, now()).await))
    }

    fn total<'a>(&'a self, viewer: &'a Viewer, filter: Filter) -> Answer<'a, Total> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| inbox::total(tx, &viewer, &filter, now()).await))
    }

    fn open<'a>(&'a self, viewer: &'a Viewer, number: i64) -> Answer<'a, Opened> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| conversation::open(tx, &viewer, number, now()).await))
    }

    fn earlier<'a>(&'a self, viewer: &'a Viewer, id: ConversationId, before: i64) -> Answer<'a, Vec<Entry>> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| conversation::earlier(tx, &viewer, id, before).await))
    }

    fn search<'a>(&'a self, viewer: &'a Viewer, search: Search, after: Option<After>) -> Answer<'a, Found> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(async move {
            search::index::bring_up_to_search(&self.db).await;
            self.db
                .read(async move |tx: &mut Tx| {
                    let office = cached.in_transaction(tx).await?;
                    let viewer = office.viewer(agent).ok_or(Error::Missing)?;
                    search::find(tx, &office, &viewer, &search, after, now()).await
                })
                .await
        })
    }

    fn colleagues<'a>(&'a self, viewer: &'a Viewer, id: ConversationId) -> Answer<'a, Colleagues> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| conversation::colleagues(tx, &viewer, id, now()).await))
    }

    fn run<'a>(&'a self, viewer: &'a Viewer, request: Request) -> Answer<'a, Receipt> {
        told(conversation::run(self, viewer, request, now()))
    }

    fn set_availability<'a>(&'a self, viewer: &'a Viewer, availability: Availability) -> Answer<'a, ()> {
        let agent = viewer.agent;
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            tx.q(sql!("update agent set availability = $1 where agent_id = $2"))
                .bind(availability.key())
                .bind(agent.to_string())
                .exec()
                .await?;
            office::changed(tx).await
        }))
    }

    fn save_profile<'a>(&'a self, viewer: &'a Viewer, profile: Profile) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            let profile = profile.checked()?;
            audit::record(tx, &viewer, profile.deed(&office, agent), now()).await?;
            let Profile { display_name } = profile;
            tx.q(sql!("update agent set display_name = $1 where agent_id = $2"))
                .bind(display_name)
                .bind(agent.to_string())
                .exec()
                .await?;
            office::changed(tx).await
        }))
    }

    fn save_view<'a>(&'a self, viewer: &'a Viewer, saved: SavedView) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            saved_view::save(tx, &office, &viewer, saved, now()).await
        }))
    }

    fn remove_view<'a>(&'a self, viewer: &'a Viewer, id: SavedViewId) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            saved_view::remove(tx, &office, &viewer, id, now()).await
        }))
    }

    fn count_views<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, BTreeMap<SavedViewId, i64>> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.read(async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            saved_view::counts(tx, &office, &viewer, now()).await
        }))
    }

    fn create_tag<'a>(&'a self, viewer: &'a Viewer, id: TagId, name: String) -> Answer<'a, Tag> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            tag::create(tx, &office, &viewer, id, &name, now()).await
        }))
    }

    fn retire_tag<'a>(&'a self, viewer: &'a Viewer, id: TagId, retired: bool) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            tag::retire(tx, &office, &viewer, id, retired, now()).await
        }))
    }

    fn save_role<'a>(&'a self, viewer: &'a Viewer, change: RoleChange) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            role::save(tx, &office, &viewer, change, now()).await
        }))
    }

    fn remove_role<'a>(&'a self, viewer: &'a Viewer, id: RoleId) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            role::remove(tx, &office, &viewer, id, now()).await
        }))
    }

    fn save_member<'a>(&'a self, viewer: &'a Viewer, change: MemberChange) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            member::save(tx, &office, &viewer, change, now()).await
        }))
    }

    fn scheduled<'a>(&'a self, viewer: &'a Viewer, id: ConversationId) -> Answer<'a, Vec<Scheduled>> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| schedule::of(tx, &viewer, id).await))
    }

    fn copy_file<'a>(&'a self, viewer: &'a Viewer, of: FileId, id: FileId) -> Answer<'a, File> {
        told(file::copy(self, viewer, of, id, now()))
    }

    fn email_preview<'a>(
        &'a self,
        viewer: &'a Viewer,
        id: ConversationId,
        messages: Option<BTreeSet<MessageId>>,
    ) -> Answer<'a, EmailPreview> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(async move {
            if self.mail.is_none() {
                return Err(Refusal::NoMailServer.into());
            }
            let read = self.db.read(async move |tx: &mut Tx| {
                let office = cached.in_transaction(tx).await?;
                let viewer = office.viewer(agent).ok_or(Error::Missing)?;
                mail::preview(tx, &office, &viewer, id, messages.as_ref()).await
            });
            read.await
        })
    }

    fn versions<'a>(
        &'a self,
        viewer: &'a Viewer,
        id: ConversationId,
        message: MessageId,
    ) -> Answer<'a, Vec<Version>> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.read(async move |tx: &mut Tx| {
            let viewer = cached.in_transaction(tx).await?.viewer(agent).ok_or(Error::Missing)?;
            revise::versions(tx, &viewer, id, message).await
        }))
    }

    fn drafts<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Vec<Draft>> {
        let agent = viewer.agent;
        told(self.db.read(async move |tx: &mut Tx| draft::of(tx, agent).await))
    }

    fn save_drafts<'a>(&'a self, viewer: &'a Viewer, drafts: Vec<Draft>) -> Answer<'a, ()> {
        let agent = viewer.agent;
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| draft::keep(tx, agent, &drafts, now()).await))
    }

    fn quick_replies<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Vec<QuickReply>> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.read(async move |tx: &mut Tx| {
            let viewer = cached.in_transaction(tx).await?.viewer(agent).ok_or(Error::Missing)?;
            quick_reply::of(tx, &viewer).await
        }))
    }

    fn save_quick_reply<'a>(&'a self, viewer: &'a Viewer, reply: QuickReply) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            quick_reply::save(tx, &office, &viewer, reply, now()).await
        }))
    }

    fn remove_quick_reply<'a>(&'a self, viewer: &'a Viewer, id: QuickReplyId) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let viewer = cached.in_transaction(tx).await?.viewer(agent).ok_or(Error::Missing)?;
            quick_reply::remove(tx, &viewer, id, now()).await
        }))
    }

    fn use_quick_reply<'a>(&'a self, viewer: &'a Viewer, id: QuickReplyId) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let viewer = cached.in_transaction(tx).await?.viewer(agent).ok_or(Error::Missing)?;
            quick_reply::used(tx, &viewer, id).await
        }))
    }

    fn chats<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Vec<Chat>> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.read(async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            office.viewer(agent).ok_or(Error::Missing)?.must(Permission::AdminChannels)?;
            web_chat::all(tx, &office).await
        }))
    }

    fn save_chat<'a>(&'a self, viewer: &'a Viewer, change: ChatChange) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            web_chat::change(tx, &office, &viewer, change, now()).await
        }))
    }

    fn save_general<'a>(&'a self, viewer: &'a Viewer, change: GeneralChange) -> Answer<'a, General> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            general::save(tx, &office, &viewer, &change, now()).await
        }))
    }

    fn switch_feature<'a>(&'a self, viewer: &'a Viewer, feature: Feature, on: bool) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            general::switch(tx, &office, &viewer, feature, on, now()).await
        }))
    }

    fn save_group<'a>(&'a self, viewer: &'a Viewer, change: GroupChange) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            group::save(tx, &office, &viewer, change, now()).await
        }))
    }

    fn retire_group<'a>(&'a self, viewer: &'a Viewer, id: GroupId, retired: bool) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            group::retire(tx, &office, &viewer, id, retired, now()).await
        }))
    }

    fn invitations<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Vec<Invitation>> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.read(async move |tx: &mut Tx| {
            let viewer = cached.in_transaction(tx).await?.viewer(agent).ok_or(Error::Missing)?;
            viewer.must(Permission::AdminUsers)?;
            invitation::all(tx).await
        }))
    }

    fn invite<'a>(&'a self, viewer: &'a Viewer, invite: Invite) -> Answer<'a, Link> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(async move {
            let made = self.db.write(WORKSPACE, async move |tx: &mut Tx| {
                let office = cached.in_transaction(tx).await?;
                let viewer = office.viewer(agent).ok_or(Error::Missing)?;
                invitation::make(tx, &office, &viewer, invite, now()).await
            });
            let (email, token) = made.await?;
            self.link("invite", email, &token).await
        })
    }

    fn renew_invitation<'a>(&'a self, viewer: &'a Viewer, id: InvitationId) -> Answer<'a, Link> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(async move {
            let made = self.db.write(WORKSPACE, async move |tx: &mut Tx| {
                let office = cached.in_transaction(tx).await?;
                let viewer = office.viewer(agent).ok_or(Error::Missing)?;
                invitation::renew(tx, &office, &viewer, id, now()).await
            });
            let (email, token) = made.await?;
            self.link("invite", email, &token).await
        })
    }

    fn import<'a>(
        &'a self,
        viewer: &'a Viewer,
        text: String,
        confirmed: Option<String>,
    ) -> Answer<'a, Import> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(async move {
            let done = self.db.write(WORKSPACE, async move |tx: &mut Tx| {
                let office = cached.in_transaction(tx).await?;
                let viewer = office.viewer(agent).ok_or(Error::Missing)?;
                let done = import::import(tx, &office, &viewer, &text, confirmed.as_deref(), now()).await?;
                Ok::<_, Error>((office.workspace.clone(), done))
            });
            let (workspace, (import, invited)) = done.await?;
            let links = invited.into_iter().map(|(email, token)| {
                let mailed = if self.mail.is_some() { Mailed::Going } else { Mailed::NoServer };
                Link { address: format!("{}/invite/{token}", self.origin), email, mailed }
            });
            let links: Vec<Link> = links.collect();
            if let Some(server) = self.mail.clone() {
                tokio::spawn(mail::links(server, workspace, links.clone()));
            }
            Ok(Import { links, ..import })
        })
    }

    fn revoke_invitation<'a>(&'a self, viewer: &'a Viewer, id: InvitationId) -> Answer<'a, ()> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            invitation::revoke(tx, &office, &viewer, id, now()).await
        }))
    }

    fn let_in<'a>(&'a self, viewer: &'a Viewer, agent: AgentId) -> Answer<'a, Link> {
        let (by, cached) = (viewer.agent, self.office.clone());
        told(async move {
            let made = self.db.write(WORKSPACE, async move |tx: &mut Tx| {
                let office = cached.in_transaction(tx).await?;
                let viewer = office.viewer(by).ok_or(Error::Missing)?;
                invitation::let_in(tx, &office, &viewer, agent, now()).await
            });
            let (email, token) = made.await?;
            self.link("reset", email, &token).await
        })
    }

    fn disable<'a>(&'a self, viewer: &'a Viewer, departure: Departure) -> Answer<'a, i64> {
        told(member::disable(self, viewer.agent, departure, now()))
    }

    fn enable<'a>(&'a self, viewer: &'a Viewer, agent: AgentId) -> Answer<'a, ()> {
        let (by, cached) = (viewer.agent, self.office.clone());
        told(self.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let viewer = office.viewer(by).ok_or(Error::Missing)?;
            member::enable(tx, &office, &viewer, agent, now()).await
        }))
    }

    fn health<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Health> {
        told(health::health(self, viewer))
    }

    fn records<'a>(&'a self, viewer: &'a Viewer, asked: Asked) -> Answer<'a, Vec<Record>> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.read(async move |tx: &mut Tx| {
            let viewer = cached.in_transaction(tx).await?.viewer(agent).ok_or(Error::Missing)?;
            Ok(audit::records(tx, &viewer, &asked).await?.into_iter().map(|(record, _)| record).collect())
        }))
    }

    fn movements<'a>(&'a self, viewer: &'a Viewer, asked: Asked) -> Answer<'a, Movements> {
        let (agent, cached) = (viewer.agent, self.office.clone());
        told(self.db.read(async move |tx: &mut Tx| {
            let viewer = cached.in_transaction(tx).await?.viewer(agent).ok_or(Error::Missing)?;
            audit::movements(tx, &viewer, &asked).await
        }))
    }

    fn sessions<'a>(&'a self, asker: &'a Asker) -> Answer<'a, Vec<Session>> {
        told(session::list(self, asker, now()))
    }

    fn change_password<'a>(&'a self, asker: &'a Asker, change: PasswordChange) -> Answer<'a, ()> {
        told(session::change_password(self, asker, change, now()))
    }

    fn revoke<'a>(&'a self, asker: &'a Asker, session: String) -> Answer<'a, ()> {
        told(session::revoke(self, asker, session, now()))
    }
}
