//! People at work: each writes and watches until it is enough, whatever breaks meanwhile.

use std::net::SocketAddr;
use std::path::Path;

use domain::conversation::Conversation;
use domain::worlds::{ANA, BEN, BILLING};
use futures::future::join_all;
use server::db::{Database, Db};
use server::migrations;
use tempfile::TempDir;
use tokio::sync::watch::{self, channel};
use tokio::time::{sleep, timeout};

use super::account::Account;
use super::journal::Journal;
use super::watcher::Watcher;
use super::wire::{BACK_OFF, Browser};
use super::writer::{Manner, Writer};
use crate::office::Office;
use crate::start::PATIENCE;

/// People who write at once, each in two conversations of their own: one in the chat and one by e-mail.
pub const WRITERS: usize = 8;

/// Fewer than a session may have: a socket that is cut is given another before the server knows.
const SOCKETS_OF_A_SESSION: usize = 25;

pub struct Stage {
    /// Where people knock, each first at another.
    pub addresses: Vec<SocketAddr>,
    /// Sockets of each of the three who watch.
    pub sockets: usize,
    /// Where somebody else watches each, with no end of patience.
    pub slow: Vec<SocketAddr>,
    pub manner: Manner,
}

/// What is to be seen of those at work from outside.
pub struct Work {
    answered: watch::Receiver<u64>,
    /// Somebody who sees everything, and was signed in before.
    pub reader: Browser,
}

impl Work {
    /// The next order is acknowledged to somebody.
    pub async fn goes_on(&mut self) {
        self.answered.mark_unchanged();
        timeout(PATIENCE, self.answered.changed()).await.expect("it goes on").expect("somebody writes");
    }

    /// How many orders were acknowledged so far.
    pub fn n_answered(&self) -> u64 {
        *self.answered.borrow()
    }
}

impl Stage {
    pub fn at(addresses: &[SocketAddr]) -> Self {
        Self { addresses: addresses.to_vec(), sockets: 1, slow: vec![], manner: Manner::default() }
    }

    /// People are at work in those conversations while `trouble` lasts; then everything is answered and told.
    pub async fn work(
        &self,
        conversations: &[Conversation],
        trouble: impl AsyncFnOnce(&mut Work),
    ) -> Account {
        let journals = Kept(Some(TempDir::new().unwrap()));
        // Who is signed in at one is signed in at the other.
        let sign_in = |name: &'static str| Browser::sign_in(self.addresses[0], name);
        let ana = sign_in("ana@example.org").await; // sees what is free, and her own
        let ben = sign_in("ben@example.org").await; // sees everything but others' whispers
        let zoe = sign_in("zoe@example.org").await; // sees everything

        let (watch, watching) = channel(true);
        let mut watchers = vec![];
        let people = [(&ana, "ana@example.org"), (&ben, "ben@example.org"), (&zoe, "zoe@example.org")];
        for (n, (browser, email)) in people.into_iter().enumerate() {
            let mut browser = browser.clone();
            for socket in 0..self.sockets {
                if socket > 0 && socket % SOCKETS_OF_A_SESSION == 0 {
                    browser = sign_in(email).await;
                }
                let watcher = Watcher::begin(self.prefers(&browser, n)).await;
                watchers.push(tokio::spawn(watcher.watch(watching.clone())));
            }
        }
        for address in &self.slow {
            let watcher = Watcher::begin(zoe.among(vec![*address])).await;
            watchers.push(tokio::spawn(watcher.patient().watch(watching.clone())));
        }
        let (write, writing) = channel(true);
        let (answers, answered) = channel(0);
        let mut writers = vec![];
        for (n, own) in conversations.chunks(2).enumerate() {
            let (browser, agent) = [(&ana, ANA), (&ben, BEN)][n % 2];
            let browser = self.prefers(browser, n / 2);
            let journal = Journal::begin(journals.path(), &format!("writer-{n}"));
            let writer = Writer::new(browser, agent, own, (n, journal), answers.clone());
            writers.push(tokio::spawn(writer.write(self.manner.clone(), writing.clone())));
        }
        drop(answers); // ends when they all do
        trouble(&mut Work { answered, reader: zoe }).await;
        write.send(false).unwrap();
        let writers = timeout(PATIENCE, join_all(writers)).await.expect("everything is answered");
        let paths: Vec<_> = writers.into_iter().map(Result::unwrap).collect();
        watch.send(false).unwrap();
        let watchers = timeout(PATIENCE, join_all(watchers)).await.expect("everybody is told the rest");
        let watchers: Vec<Watcher> = watchers.into_iter().map(Result::unwrap).collect();
        for watcher in &watchers {
            watcher.sees_what_is_there().await;
        }
        let sent = paths.iter().map(|path| Journal::read(path)).collect();
        Account { conversations: conversations.to_vec(), sent, watchers, _journals: journals }
    }

    fn prefers(&self, browser: &Browser, n: usize) -> Browser {
        let mut addresses = self.addresses.clone();
        addresses.rotate_left(n % self.addresses.len());
        browser.among(addresses)
    }
}

/// Until that holds.
pub async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let wait = async {
        while !holds().await {
            sleep(BACK_OFF).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("it never comes: {what}"));
}

/// The conversations that the writers write in.
pub async fn furnish(database: &Database) -> Vec<Conversation> {
    let db = Db::open(database).await.unwrap();
    db.migrate(migrations::ALL).await.unwrap();
    let office = Office::open(db.clone()).await;
    let mut conversations = vec![];
    for n in 0..WRITERS {
        conversations.push(office.writes(&format!("Chatter {n}"), "Refund?", BILLING).await);
        conversations.push(office.mails(&format!("Mailer {n}"), "Refund?", BILLING).await);
    }
    db.close().await;
    conversations
}

/// A folder that stays where a test fails, to be looked into.
pub struct Kept(Option<TempDir>);

impl Kept {
    pub fn path(&self) -> &Path {
        self.0.as_ref().expect("until it is dropped").path()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(folder) = self.0.take()
        {
            eprintln!("The journals are in {}", folder.keep().display());
        }
    }
}
