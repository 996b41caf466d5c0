//! Somebody whose screen follows the live socket, and goes on by its cursor after each kill.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::desk::Desk;
use domain::id::ConversationId;
use domain::live::{Down, Entry, Row, Up};
use domain::viewer::Viewer;
use futures::{SinkExt, StreamExt};
use server::server::now;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::wire::{Browser, SILENCE, Socket};
use crate::start::PATIENCE;

pub struct Watcher {
    browser: Browser,
    desk: Desk,
    /// What came up to here was in the snapshot.
    pub begun_at: i64,
    /// What it said last that it knows.
    cursor: i64,
    /// What it was told since, each entry once.
    pub told: BTreeMap<ConversationId, Vec<Entry>>,
    /// How late it heard of something at most, in milliseconds.
    pub latest: i64,
    /// How long it waits for a word until it takes the socket for dead.
    patience: Duration,
}

impl Watcher {
    pub async fn begin(browser: Browser) -> Self {
        let (snapshot, mut desk) = (browser.snapshot().await, Desk::empty());
        let begun_at = snapshot.cursor.seq;
        desk.start(snapshot, now());
        Self {
            browser,
            desk,
            begun_at,
            cursor: begun_at,
            told: BTreeMap::new(),
            latest: 0,
            patience: SILENCE,
        }
    }

    /// The same for a line that is slow.
    pub fn patient(self) -> Self {
        Self { patience: PATIENCE, ..self }
    }

    pub fn viewer(&self) -> &Viewer {
        &self.desk.viewer
    }

    /// Listens until it is enough; then once more from its cursor to the end.
    pub async fn watch(mut self, mut watching: watch::Receiver<bool>) -> Self {
        loop {
            let is_last = !*watching.borrow_and_update();
            let mut socket = self.browser.socket().await;
            if self.say_hello(&mut socket).await.is_err() {
                continue;
            }
            loop {
                let heard = tokio::select! {
                    heard = timeout(self.patience, socket.next()) => heard,
                    Ok(()) = watching.changed() => break,
                };
                let Ok(Some(Ok(message))) = heard else {
                    self.browser.move_over();
                    break;
                };
                let Message::Text(text) = message else { continue };
                let down = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
                // Counts are told first when everything else was.
                let is_end = is_last && matches!(down, Down::Counts { .. });
                self.hear(down);
                if is_end {
                    return self;
                }
            }
        }
    }

    async fn say_hello(&mut self, socket: &mut Socket) -> Result<(), Error> {
        let hello = self.desk.hello();
        if let Up::Hello { after, .. } = &hello {
            self.cursor = after.seq;
        }
        // A catch-up that was cut off comes again.
        self.told.values_mut().for_each(|told| told.retain(|entry| entry.seq <= self.cursor));
        socket.send(Message::text(serde_json::to_string(&hello).unwrap())).await
    }

    fn hear(&mut self, down: Down) {
        match &down {
            Down::Envelope(envelope) => {
                let told = self.told.entry(envelope.row.scene.conversation.id).or_default();
                for entry in &envelope.entries {
                    let newest = told.last().map_or(0, |entry| entry.seq).max(self.cursor);
                    assert!(entry.seq > newest, "{} was told already: {newest}", entry.seq);
                    self.latest = self.latest.max(now().0 - entry.at.0);
                    told.push(entry.clone());
                }
            }
            Down::Reset => panic!("nothing is wrong with the cursor {}", self.cursor),
            _ => {}
        }
        let heard = self.desk.hear(down, now());
        assert!(heard.ask.is_empty(), "{heard:?}");
    }

    /// What stands on its screen is what somebody finds who comes now.
    pub async fn sees_what_is_there(&self) {
        let there = self.browser.snapshot().await;
        let rows: Vec<Row> = self.desk.list().ids().filter_map(|id| self.desk.row(id)).collect();
        assert_eq!(rows, there.page.rows);
        assert_eq!(self.desk.counts(now()), there.page.counts);
    }
}
