//! A browser without its wire: a desk, and a listener that it hears. Nothing here waits for a while; it waits for
//! what was committed.

use std::sync::Arc;
use std::time::Duration;

use app::backend::{Asker, Backend};
use app::error::Error;
use axum::extract::ws::Utf8Bytes;
use domain::counter::{Count, Counts};
use domain::desk::{Ask, Desk};
use domain::filter::Filter;
use domain::id::{AgentId, ConversationId};
use domain::live::{Cursor, Down, Look, Row, Up};
use domain::order::Order;
use domain::view::View;
use domain::worlds::NOON;
use server::conversation::log;
use server::db::Tx;
use server::live::listener::{Frame, Listener};
use server::live::log_id;
use server::server::Server;
use tokio::time::timeout;

use crate::office::Person;

/// How long news may take on a machine that is busy with other tests: what never comes fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody's browser.
pub struct Watcher {
    pub desk: Desk,
    pub asker: Asker,
    /// While it is connected.
    pub listener: Option<Listener>,
    /// What it was told since that was asked last, as it came.
    told: Vec<Utf8Bytes>,
    pub is_signed_out: bool,
    must_begin_anew: bool,
    server: Arc<Server>,
}

impl Person {
    /// Opens Switchboard in one more browser, with everything on the screen that they may see.
    pub async fn watches(&self) -> Watcher {
        let asker = self.signs_in().await;
        let mut watcher = Watcher::of(&self.server, asker, View::All, None).await;
        watcher.connects().await;
        watcher.told();
        watcher
    }
}

impl Watcher {
    /// One more tab of a session. It has everything and does not hear yet.
    pub async fn of(server: &Arc<Server>, asker: Asker, view: View, open: Option<i64>) -> Self {
        let snapshot = server.snapshot(&asker.viewer, Filter::of(view), open).await.unwrap();
        let mut desk = Desk::empty();
        desk.start(snapshot, NOON);
        Self {
            desk,
            asker,
            listener: None,
            told: vec![],
            is_signed_out: false,
            must_begin_anew: false,
            server: server.clone(),
        }
    }

    /// Opens its wire again, and says hello.
    pub async fn connects(&mut self) {
        self.listener = self.server.live.listener(self.asker.clone());
        self.greets().await;
    }

    /// Says hello with what it knows.
    pub async fn greets(&mut self) {
        let hello = self.desk.hello();
        self.says(hello).await;
    }

    pub async fn says(&mut self, up: Up) {
        let frames = self.listener().hear(up, NOON).await.unwrap();
        self.takes(frames).await;
    }

    /// Opens a conversation, or goes on typing there.
    pub async fn looks_at(&mut self, at: ConversationId, replying: bool) {
        self.says(Up::Look { at: Some(at), replying }).await;
    }

    /// Its wire is cut.
    pub fn goes_away(&mut self) {
        self.listener = None;
    }

    /// Asks for everything, and says hello again.
    pub async fn begins_anew(&mut self) {
        self.must_begin_anew = false;
        let filter = self.desk.list().filter.clone();
        let snapshot = self.server.snapshot(&self.asker.viewer, filter, None).await.unwrap();
        self.desk.start(snapshot, NOON);
        self.greets().await;
    }

    /// Hears everything that was committed by now, and its counts. Returns all that it was told since it was asked
    /// last.
    pub async fn hears(&mut self) -> Vec<Down> {
        self.catches_up().await;
        self.told()
    }

    /// Hears everything that was committed by now, and its counts.
    pub async fn catches_up(&mut self) {
        let Cursor { log: _, seq: head } = self.head().await;
        loop {
            if self.must_begin_anew {
                self.begins_anew().await;
            }
            if self.listener().known() >= head {
                break;
            }
            self.waits().await;
        }
        let counts = self.listener().counts(NOON).await.unwrap();
        self.takes(counts.into_iter().collect()).await;
    }

    /// Hears until something like that was told, and returns all that was told until then.
    pub async fn hears_until(&mut self, is_like: impl Fn(&Down) -> bool) -> Vec<Down> {
        let mut all = self.told();
        while !all.iter().any(&is_like) {
            self.waits().await;
            all.extend(self.told());
        }
        all
    }

    /// Hears until it is told just that about who is busy there.
    pub async fn hears_look(
        &mut self,
        conversation: ConversationId,
        viewing: &[AgentId],
        replying: &[AgentId],
    ) {
        let (viewing, replying) = (viewing.into(), replying.into());
        let look = Look { conversation, viewing, replying, customer: false };
        self.hears_until(|down| matches!(down, Down::Looks(looks) if looks.contains(&look))).await;
    }

    /// Hears until it hears that nobody is signed in here any more.
    pub async fn hears_its_end(&mut self) {
        while !self.is_signed_out {
            self.waits().await;
        }
    }

    /// Hears what is there already and waits for nothing.
    pub async fn hears_what_is_there(&mut self) -> Vec<Down> {
        while let Some(heard) = self.listener().listened() {
            let frames = self.listener().understand(heard, NOON).await.unwrap();
            self.takes(frames).await;
        }
        self.told()
    }

    /// Waits for one piece of news.
    async fn waits(&mut self) {
        let listener = self.listener();
        let heard = timeout(PATIENCE, listener.listen()).await.expect("there are news");
        let frames = listener.understand(heard, NOON).await.unwrap();
        self.takes(frames).await;
    }

    pub async fn takes(&mut self, frames: Vec<Frame>) {
        for frame in frames {
            match frame {
                Frame::Text(text) => {
                    let heard = self.desk.hear(serde_json::from_str(&text).unwrap(), NOON);
                    self.told.push(text);
                    for ask in heard.ask {
                        self.asks(ask).await;
                    }
                }
                Frame::SignedOut => self.is_signed_out = true,
            }
        }
    }

    async fn asks(&mut self, ask: Ask) {
        let mut asks = vec![ask];
        while let Some(ask) = asks.pop() {
            match ask {
                Ask::Thread(id) => {
                    let Some(row) = self.desk.row(id) else { continue };
                    match self.server.open(&self.asker.viewer, row.scene.conversation.number).await {
                        Ok(opened) => asks.extend(self.desk.take_opened(opened, NOON)),
                        Err(Error::Missing) => self.desk.drop_thread(id),
                        Err(error) => panic!("{error:?}"),
                    }
                }
                Ask::List => {
                    let filter = self.desk.list().filter.clone();
                    let page = self.server.page(&self.asker.viewer, filter.clone(), None).await.unwrap();
                    self.desk.take_page(&filter, page, None, NOON);
                }
                Ask::Everything => self.must_begin_anew = true,
            }
        }
    }

    /// Puts a list on the screen.
    pub async fn shows(&mut self, view: View) {
        let filter = Filter::of(view);
        if !self.desk.show_list(filter.clone()) {
            let page = self.server.page(&self.asker.viewer, filter.clone(), None).await.unwrap();
            self.desk.take_page(&filter, page, None, NOON);
        }
    }

    /// What it was told since it was asked last.
    pub fn told(&mut self) -> Vec<Down> {
        self.told_as_text().iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// The same as it came.
    pub fn told_as_text(&mut self) -> Vec<Utf8Bytes> {
        std::mem::take(&mut self.told)
    }

    pub fn count(&self, view: View) -> Count {
        self.desk.counts(NOON).get(&view).copied().unwrap_or_default()
    }

    pub fn listener(&mut self) -> &mut Listener {
        self.listener.as_mut().expect("it is connected")
    }

    /// The end of the log.
    pub async fn head(&self) -> Cursor {
        let read = async |tx: &mut Tx| Ok(Cursor { log: log_id(tx).await?, seq: log::head(tx).await? });
        self.server.db.read::<_, server::error::Error, _>(read).await.unwrap()
    }
}

/// What somebody finds who looks now.
pub struct Fresh {
    rows: Vec<Row>,
    counts: Counts,
}

impl Person {
    pub async fn looks_now(&self) -> Fresh {
        let mut pages = self.pages(&Filter::of(View::All)).await;
        let counts = pages.pop().map(|page| (page.rows, page.counts));
        let (last, counts) = counts.expect("there is always a page");
        // Who is blocked stands in no other view.
        pages.extend(self.pages(&Filter::of(View::Blacklist)).await);
        Fresh { rows: pages.into_iter().flat_map(|page| page.rows).chain(last).collect(), counts }
    }
}

impl Watcher {
    /// Its desk holds what its agent would find who looked now.
    #[track_caller]
    pub fn is_like(&self, fresh: &Fresh) {
        let (desk, list) = (&self.desk, self.desk.list());
        let order = Order::of(list.filter.view);
        let place = |row: &Row| order.place(&row.scene.contact, &row.scene.conversation);
        let is_listed = |row: &&Row| list.filter.matches(&desk.viewer, &row.scene, NOON);
        let mut listed: Vec<&Row> = fresh.rows.iter().filter(is_listed).collect();
        listed.sort_by_key(|row| place(row));
        assert_eq!(desk.total(NOON), (listed.len() as i64, false), "{:?}", list.filter.view);
        listed.retain(|row| list.next.is_none_or(|next| place(row) <= next));
        let listed: Vec<ConversationId> = listed.iter().map(|row| row.scene.conversation.id).collect();
        assert_eq!(list.ids().collect::<Vec<_>>(), listed, "{:?}", list.filter.view);
        assert_eq!(desk.counts(NOON), fresh.counts);
        for row in &fresh.rows {
            let known = desk.row(row.scene.conversation.id);
            assert!(known.is_none_or(|known| known == *row), "{row:?}");
        }
        for id in desk.known() {
            // One that was merged away is in no list, and seen by who sees where it went.
            let scene = desk.row(id).unwrap().scene;
            let id = scene.into.map_or(id, |into| into.conversation.id);
            let is_seen = fresh.rows.iter().any(|row| row.scene.conversation.id == id);
            assert!(is_seen, "{id} is out of sight and still on the desk");
        }
    }
}
