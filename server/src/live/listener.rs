//! One connected browser: what it has heard, and what it is told next.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use app::backend::Asker;
use axum::extract::ws::Utf8Bytes;
use domain::counter::{self, Count, Counts};
use domain::id::ConversationId;
use domain::live::{Change, Cursor, Down, Look, Up};
use domain::office::Office;
use domain::sight::Reach;
use domain::time::{Duration, Timestamp};
use domain::view::View;
use domain::viewer::Viewer;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{Hub, Looked, News, Published, Standing, encoded, lock};
use crate::conversation::log;
use crate::conversation::store;
use crate::db::Tx;
use crate::error::Error;
use crate::{inbox, session};

/// Sockets that one session may have: tabs, and a few that have not noticed that they are dead.
const AT_ONCE: usize = 40;

/// Entries that a browser may have missed and still catch up with; past this it is quicker to begin anew.
const TOO_MANY: i64 = 1_000;

/// Entries that a browser which lost its queue is told at once: they wait in memory until it has read them.
const STEP: usize = 50;

/// How soon overdue conversations are counted again: they are counted by query.
pub(super) const OVERDUE_EVERY: Duration = Duration::seconds(5);

/// And how soon where nothing happens: deadlines pass by themselves.
const OVERDUE_AT_LEAST: Duration = Duration::minutes(1);

/// One browser, from its connection to its end.
pub struct Listener {
    hub: Arc<Hub>,
    id: u64,
    session: String,
    viewer: Viewer,
    news: Option<broadcast::Receiver<Arc<News>>>,
    /// Told up to here.
    sent: i64,
    /// It lost its queue, and there is more in the log than was told yet.
    is_behind: bool,
    /// The directory that it has.
    office_version: i64,
    counts: Counts,
    counted: i64,
    overdue_at: Timestamp,
    overdue_is_due: bool,
    /// The counts changed since they were told.
    counts_are_due: bool,
    at: Option<ConversationId>,
    /// Conversations of which it believes that somebody is busy there.
    busy: BTreeSet<ConversationId>,
}

/// What a browser has not heard, as of one moment.
struct Missed {
    office: Arc<Office>,
    /// Its agent, while they are signed in.
    viewer: Option<Viewer>,
    /// The last entry of it.
    seq: i64,
    /// Whether there is more behind it.
    is_cut: bool,
    /// Nothing where the log does not say: it is in the future, or too far back.
    changes: Option<Vec<Change>>,
    overdue: Count,
}

/// How a browser reads what it missed.
#[derive(Clone, Copy)]
enum Reading {
    /// Each conversation once: it said hello, and its cursor waits for the end.
    EachOnce,
    /// As the log has it, a step at a time: it takes this for news, and where it is cut off it must lack nothing
    /// before the last that it heard.
    InOrder,
}

/// What goes over the socket next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A [`Down`] as text.
    Text(Utf8Bytes),
    /// Nobody is signed in here any more: the last thing that is said.
    SignedOut,
}

/// What was heard, before it is understood.
pub struct Heard(Result<Arc<News>, RecvError>);

impl Listener {
    pub(super) fn new(hub: Arc<Hub>, asker: Asker) -> Option<Self> {
        let Asker { viewer, session } = asker;
        let id = hub.next.fetch_add(1, Ordering::Relaxed);
        {
            let mut sessions = lock(&hub.sessions);
            if sessions.values().filter(|other| **other == session).count() >= AT_ONCE {
                return None;
            }
            sessions.insert(id, session.clone());
        }
        metrics::gauge!("switchboard_sockets").increment(1);
        Some(Self {
            hub,
            id,
            session,
            viewer,
            news: None,
            sent: 0,
            is_behind: false,
            office_version: 0,
            counts: Counts::new(),
            counted: 0,
            overdue_at: Timestamp(0),
            overdue_is_due: false,
            counts_are_due: false,
            at: None,
            busy: BTreeSet::new(),
        })
    }

    /// Takes what the browser says, and answers.
    ///
    /// Errors: [`Error::Unavailable`] where the database does not answer; it may come back and say it again.
    pub async fn hear(&mut self, up: Up, now: Timestamp) -> Result<Vec<Frame>, Error> {
        match up {
            Up::Hello { after, office, viewer } => self.begin(after, office, &viewer, now).await,
            Up::Look { at, replying } => {
                self.look(at, replying).await?;
                Ok(vec![])
            }
        }
    }

    async fn begin(
        &mut self,
        after: Cursor,
        office: i64,
        believed: &Viewer,
        now: Timestamp,
    ) -> Result<Vec<Frame>, Error> {
        let standing = self.join().await?;
        let missed = self.missed(after.seq, Reading::EachOnce, now).await?;
        let Some(viewer) = missed.viewer.clone() else { return Ok(vec![Frame::SignedOut]) };
        // Somebody else has signed in there meanwhile; what this page holds is not theirs.
        if believed.agent != viewer.agent {
            return Ok(vec![Frame::SignedOut]);
        }
        self.viewer = viewer;
        if after.log != standing.log || *believed != self.viewer {
            return Ok(self.reset());
        }
        let mut frames = vec![];
        self.office_version = office;
        if office != missed.office.version {
            frames.push(self.tell_office(&missed.office));
        }
        frames.extend(self.resume(after.seq, missed, standing, now));
        // With the eyes that it has now.
        if let Some(at) = self.at.filter(|_| self.has_begun()) {
            self.look(Some(at), false).await?;
        }
        Ok(frames)
    }

    async fn join(&mut self) -> Result<Standing, Error> {
        let (news, standing) = self.hub.join().await?;
        self.news = Some(news);
        Ok(standing)
    }

    /// What came after that entry, and who may hear of it. Asked after joining: sessions that ended and rights that
    /// were taken away before were news to others only, and what comes later is news to this one, too.
    async fn missed(&self, after: i64, reading: Reading, now: Timestamp) -> Result<Missed, Error> {
        let (agent, session, cached) = (self.viewer.agent, self.session.clone(), self.hub.office.clone());
        let read = async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let is_good = session::good(tx, &[session], now).await?.len() == 1;
            let viewer = office.viewer(agent).filter(|_| is_good);
            let head = log::head(tx).await?;
            let (mut seq, mut is_cut) = (head, false);
            let is_near = head.checked_sub(after).is_some_and(|missed| (0..=TOO_MANY).contains(&missed));
            let changes = match reading {
                _ if !is_near => None,
                Reading::EachOnce => Some(log::touched(tx, after).await?),
                Reading::InOrder => {
                    let since = log::since(tx, after, STEP).await?;
                    (seq, is_cut) = (since.seq, since.seq < head);
                    Some(since.changes)
                }
            };
            let overdue = match &viewer {
                Some(viewer) => inbox::overdue(tx, viewer, now).await?,
                None => Count::default(),
            };
            Ok::<_, Error>(Missed { office, viewer, seq, is_cut, changes, overdue })
        };
        self.hub.db.read(read).await
    }

    /// Tells what was missed after that entry.
    fn resume(&mut self, after: i64, missed: Missed, standing: Standing, now: Timestamp) -> Vec<Frame> {
        let Some(changes) = missed.changes else { return self.reset() };
        let told =
            changes.into_iter().filter_map(|change| Published::new(change).text_for(&self.viewer, after));
        let mut frames: Vec<Frame> = told.map(Frame::Text).collect();
        (self.sent, self.is_behind) = (missed.seq, missed.is_cut);
        if self.is_behind {
            return frames;
        }
        frames.push(self.head(now));
        self.counts = counter::counts(&self.viewer, standing.cells);
        self.counted = standing.counted;
        self.count_overdue(missed.overdue, now);
        self.counts_are_due = true;
        frames.extend(self.flush());
        frames.extend(self.tell_all_looks());
        frames
    }

    /// It begins anew, and hears nothing until it says hello again. Until then it looks at nothing either: with other
    /// rights it may not be there any more.
    fn reset(&mut self) -> Vec<Frame> {
        (self.news, self.is_behind) = (None, false);
        if let Some(at) = self.at {
            lock(&self.hub.looks).leave(self.id, at);
        }
        vec![Frame::Text(encoded(&Down::Reset))]
    }

    /// Waits for news. Nothing is lost where the waiting is given up.
    pub async fn listen(&mut self) -> Heard {
        match &mut self.news {
            Some(_) if self.is_behind => Heard(Err(RecvError::Lagged(0))),
            Some(news) => Heard(news.recv().await),
            None => std::future::pending().await,
        }
    }

    /// The news that are there already.
    pub fn listened(&mut self) -> Option<Heard> {
        match self.news.as_mut()?.try_recv() {
            Ok(news) => Some(Heard(Ok(news))),
            Err(broadcast::error::TryRecvError::Lagged(n)) => Some(Heard(Err(RecvError::Lagged(n)))),
            Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => None,
        }
    }

    /// What the browser is told of it.
    pub async fn understand(&mut self, heard: Heard, now: Timestamp) -> Result<Vec<Frame>, Error> {
        let news = match heard.0 {
            Ok(news) => news,
            // Too slow: the queue is lost, the cursor is not.
            Err(RecvError::Lagged(_)) => {
                metrics::counter!("switchboard_sockets_lagged_total").increment(1);
                let standing = self.join().await?;
                let missed = self.missed(self.sent, Reading::InOrder, now).await?;
                let Some(viewer) = missed.viewer.clone() else { return Ok(vec![Frame::SignedOut]) };
                let has_changed = std::mem::replace(&mut self.viewer, viewer) != self.viewer;
                let mut frames = vec![];
                if has_changed || self.office_version != missed.office.version {
                    frames.push(self.tell_office(&missed.office));
                }
                frames.extend(match has_changed {
                    true => self.reset(),
                    false => self.resume(self.sent, missed, standing, now),
                });
                return Ok(frames);
            }
            Err(RecvError::Closed) => return Ok(vec![]),
        };
        match &*news {
            News::Changes { seq, changes, cells, counted } => {
                let frames = self.tell_changes(*seq, changes);
                let moved = counter::counts(&self.viewer, cells.iter().copied());
                self.counted = self.counted.max(*counted);
                self.counts_are_due |= !moved.is_empty();
                for (view, count) in moved {
                    *self.counts.entry(view).or_default() += count;
                }
                let has_deadline =
                    |published: &Published| published.change.scene.conversation.deadlines.nearest().is_some();
                self.overdue_is_due |= changes.iter().any(has_deadline);
                Ok(frames)
            }
            News::Office { before, now } => Ok(self.tell_office_change(before, now)),
            News::Sessions(good) if good.contains(&self.session) => Ok(vec![]),
            News::Sessions(_) => Ok(vec![Frame::SignedOut]),
            News::Looks(looked) => Ok(self.tell_looks(looked)),
        }
    }

    fn tell_changes(&mut self, seq: i64, changes: &[Published]) -> Vec<Frame> {
        let mut frames = vec![];
        let sent = self.sent;
        for published in changes.iter().filter(|published| published.change.seq > sent) {
            frames.extend(published.text_for(&self.viewer, sent).map(Frame::Text));
            let scene = &published.change.scene;
            if self.at == Some(scene.conversation.id) && !Reach::of(scene).is_open_to(&self.viewer) {
                self.leave();
            }
        }
        self.sent = self.sent.max(seq);
        frames
    }

    fn tell_office_change(&mut self, before: &Office, now: &Office) -> Vec<Frame> {
        let Some(viewer) = now.viewer(self.viewer.agent) else { return vec![Frame::SignedOut] };
        if viewer != self.viewer {
            self.viewer = viewer;
            let mut frames = vec![self.tell_office(now)];
            frames.extend(self.reset());
            return frames;
        }
        // That somebody went for a coffee is said to everybody many times a day: in a few words.
        // What others saved for themselves is not told.
        let (mut same, now) = (before.seen_by(&self.viewer), &now.seen_by(&self.viewer));
        same.version = now.version;
        let mut agents = std::collections::BTreeMap::new();
        for (id, agent) in &mut same.agents {
            let Some(now) = now.agents.get(id).filter(|now| now.availability != agent.availability) else {
                continue;
            };
            agent.availability = now.availability;
            agents.insert(*id, now.availability);
        }
        match same == *now {
            true => {
                self.office_version = now.version;
                vec![Frame::Text(encoded(&Down::Availability { version: now.version, agents }))]
            }
            false => vec![self.tell_office(now)],
        }
    }

    fn tell_office(&mut self, office: &Office) -> Frame {
        self.office_version = office.version;
        let (viewer, office) = (self.viewer.clone(), Box::new(office.seen_by(&self.viewer)));
        Frame::Text(encoded(&Down::Office { viewer, office }))
    }

    fn tell_looks(&mut self, looked: &[Looked]) -> Vec<Frame> {
        let me = self.viewer.agent;
        let mut looks = vec![];
        for Looked { reach, look, contact: _ } in looked {
            if !reach.is_open_to(&self.viewer) {
                self.busy.remove(&look.conversation);
                continue;
            }
            let others = |agents: &[domain::id::AgentId]| {
                agents.iter().copied().filter(|agent| *agent != me).collect()
            };
            let viewing: Vec<_> =
                if self.at == Some(look.conversation) { others(&look.viewing) } else { vec![] };
            let replying: Vec<_> = others(&look.replying);
            let is_quiet = viewing.is_empty() && replying.is_empty() && !look.customer;
            let was_busy = match is_quiet {
                true => self.busy.remove(&look.conversation),
                false => !self.busy.insert(look.conversation),
            };
            if !is_quiet || was_busy {
                let (conversation, customer) = (look.conversation, look.customer);
                looks.push(Look { conversation, viewing, replying, customer });
            }
        }
        if looks.is_empty() { vec![] } else { vec![Frame::Text(encoded(&Down::Looks(looks)))] }
    }

    /// Who looks at what has no cursor: whoever may have missed some of it hears all of it.
    fn tell_all_looks(&mut self) -> Vec<Frame> {
        let looked = lock(&self.hub.looks).all();
        let is_quiet = |id: &ConversationId| looked.iter().all(|looked| looked.look.conversation != *id);
        let quiet: Vec<Look> = self
            .busy
            .extract_if(.., is_quiet)
            .map(|conversation| Look { conversation, viewing: vec![], replying: vec![], customer: false })
            .collect();
        let mut frames = vec![];
        if !quiet.is_empty() {
            frames.push(Frame::Text(encoded(&Down::Looks(quiet))));
        }
        frames.extend(self.tell_looks(&looked));
        frames
    }

    async fn look(&mut self, at: Option<ConversationId>, replying: bool) -> Result<(), Error> {
        if at != self.at {
            self.leave();
        }
        let Some(at) = at else { return Ok(()) };
        let viewer = self.viewer.clone();
        let seen = self.hub.db.read(async move |tx: &mut Tx| store::look(tx, &viewer, at).await).await;
        match seen {
            Ok(scene) => {
                self.at = Some(at);
                let mut looks = lock(&self.hub.looks);
                looks.look(self.id, self.viewer.agent, &scene, replying, Instant::now());
                Ok(())
            }
            // What one does not see one does not look at.
            Err(Error::Missing) => {
                self.leave();
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn leave(&mut self) {
        if let Some(at) = self.at.take() {
            lock(&self.hub.looks).leave(self.id, at);
        }
    }

    /// The heartbeat: how far everything was said, and what time alone has changed.
    pub async fn beat(&mut self, now: Timestamp) -> Result<Vec<Frame>, Error> {
        if !self.has_begun() {
            return Ok(vec![]);
        }
        if self.hub.is_deaf.load(Ordering::Relaxed) {
            return Err(Error::Unavailable(anyhow::anyhow!("the log is not read any more")));
        }
        if self.overdue_is_due || now - self.overdue_at >= OVERDUE_AT_LEAST {
            self.recount_overdue(now).await?;
        }
        Ok([self.head(now)].into_iter().chain(self.flush()).collect())
    }

    fn head(&self, now: Timestamp) -> Frame {
        Frame::Text(encoded(&Down::Head { seq: self.sent, now }))
    }

    /// Up to which entry of the log everything is known here, the counts too.
    pub fn known(&self) -> i64 {
        self.sent.min(self.counted)
    }

    /// Whether it has said hello.
    pub fn has_begun(&self) -> bool {
        self.news.is_some()
    }

    /// Whether [`Listener::counts`] has something to look at.
    pub fn has_counts(&self, now: Timestamp) -> bool {
        self.has_begun() && (self.counts_are_due || self.has_overdue(now))
    }

    fn has_overdue(&self, now: Timestamp) -> bool {
        self.overdue_is_due && now - self.overdue_at >= OVERDUE_EVERY
    }

    /// The counts, where they changed since they were told.
    pub async fn counts(&mut self, now: Timestamp) -> Result<Option<Frame>, Error> {
        if self.has_begun() && self.has_overdue(now) {
            self.recount_overdue(now).await?;
        }
        Ok(self.flush())
    }

    fn flush(&mut self) -> Option<Frame> {
        if !self.counts_are_due || !self.has_begun() {
            return None;
        }
        self.counts_are_due = false;
        self.counts.retain(|_, count| *count != Count::default());
        let counts = self.counts.clone();
        Some(Frame::Text(encoded(&Down::Counts { seq: self.counted, counts })))
    }

    async fn recount_overdue(&mut self, now: Timestamp) -> Result<(), Error> {
        // Not counted, it stays due.
        if let Some((count, at)) = self.hub.overdue(&self.viewer, self.sent, now).await? {
            self.count_overdue(count, at);
        }
        Ok(())
    }

    fn count_overdue(&mut self, overdue: Count, now: Timestamp) {
        (self.overdue_at, self.overdue_is_due) = (now, false);
        let before = self.counts.insert(View::Overdue, overdue).unwrap_or_default();
        self.counts_are_due |= before != overdue;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.leave();
        lock(&self.hub.sessions).remove(&self.id);
        metrics::gauge!("switchboard_sockets").decrement(1);
    }
}
