//! What everything on the server shares, and the ports of `app` on it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use app::backend::{Answer, Asker, Backend, Boot, Entry, Opened, Outcome, Page, Request, Session};
use domain::filter::Filter;
use domain::id::{AgentId, ConversationId};
use domain::office::{Availability, Office};
use domain::order::Place;
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::{Db, Tx};
use crate::error::Error;
use crate::secret::Passwords;
use crate::{conversation, inbox, office, session, sql};

/// The one workspace of this database; the key by which its writes queue.
pub const WORKSPACE: &str = "main";

/// The server, as handlers and ports hold it.
pub struct Server {
    pub db: Db,
    pub office: Arc<office::Cached>,
    pub passwords: Passwords,
}

impl Server {
    /// Over a database that has been migrated.
    pub fn new(db: Db) -> anyhow::Result<Self> {
        Ok(Self { db, office: Arc::default(), passwords: Passwords::new()? })
    }
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
    fn boot<'a>(&'a self, viewer: &'a Viewer, filter: Filter, open: Option<i64>) -> Answer<'a, Boot> {
        let (viewer, office, now) = (viewer.clone(), self.office.clone(), now());
        told(self.db.read(async move |tx: &mut Tx| {
            let office = office.in_transaction(tx).await?;
            let page = inbox::page(tx, &viewer, &filter, None, now).await?;
            let opened = match open {
                None => None,
                Some(number) => match conversation::open(tx, &viewer, number, now).await {
                    Ok(opened) => Some(opened),
                    Err(Error::Missing) => None,
                    Err(error) => return Err(error),
                },
            };
            let head = tx.q(sql!("select seq from workspace")).one().await?.get(0)?;
            let (counts, office) = (page.counts.clone(), (*office).clone());
            Ok::<_, Error>(Boot { viewer, office, head, now, filter, page, counts, opened })
        }))
    }

    fn page<'a>(&'a self, viewer: &'a Viewer, filter: Filter, after: Option<Place>) -> Answer<'a, Page> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| inbox::page(tx, &viewer, &filter, after, now()).await))
    }

    fn open<'a>(&'a self, viewer: &'a Viewer, number: i64) -> Answer<'a, Opened> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| conversation::open(tx, &viewer, number, now()).await))
    }

    fn earlier<'a>(&'a self, viewer: &'a Viewer, id: ConversationId, before: i64) -> Answer<'a, Vec<Entry>> {
        let viewer = viewer.clone();
        told(self.db.read(async move |tx: &mut Tx| conversation::earlier(tx, &viewer, id, before).await))
    }

    fn workload<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, BTreeMap<AgentId, i64>> {
        let may = viewer.may_assign();
        told(async move {
            match may {
                true => self.db.read(async move |tx: &mut Tx| inbox::workload(tx).await).await,
                false => Ok(BTreeMap::new()),
            }
        })
    }

    fn run<'a>(&'a self, viewer: &'a Viewer, request: Request) -> Answer<'a, Outcome> {
        told(conversation::run(self, viewer, request, now()))
    }

    fn office<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, (Viewer, Office)> {
        let (agent, office) = (viewer.agent, self.office.clone());
        told(self.db.read(async move |tx: &mut Tx| {
            let office = office.in_transaction(tx).await?;
            let viewer = office.viewer(agent).ok_or(Error::Missing)?;
            Ok::<_, Error>((viewer, (*office).clone()))
        }))
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

    fn sessions<'a>(&'a self, asker: &'a Asker) -> Answer<'a, Vec<Session>> {
        told(session::list(self, asker, now()))
    }

    fn revoke<'a>(&'a self, asker: &'a Asker, session: String) -> Answer<'a, ()> {
        told(session::revoke(self, asker, session))
    }
}
