//! The program is killed again and again while people write and watch. What it acknowledged is there, once and in
//! order; what it did not answer is there once after it was sent again; and every screen shows just that.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::time::Duration;

use domain::conversation::{Conversation, Fact, apply};
use domain::id::ConversationId;
use domain::live::Entry;
use domain::message::MessageKind;
use domain::sight;
use domain::time::Timestamp;
use domain::worlds::{ANA, BEN, BILLING, MAIL, super_admin};
use futures::future::join_all;
use server::conversation::{log, store};
use server::db::{Database, Db, Engine, Sql, Tx};
use server::{migrations, secret, sql};
use tempfile::TempDir;
use tokio::sync::watch::channel;
use tokio::time::{sleep, timeout};

use crate::agreement::counters_are_right;
use crate::database;
use crate::office::Office;
use crate::start::PATIENCE;
use program::Program;
use watcher::Watcher;
use wire::Browser;
use writer::{Sent, Writer};

mod program;
mod watcher;
mod wire;
mod writer;

/// How often the program is killed. `SWITCHBOARD_TEST_KILLS` names more for a long night, `SWITCHBOARD_TEST_SEED`
/// the seed of a run whose moments are to come again.
const KILLS: u64 = 10;

/// People who write at once, each in two conversations of their own: one in the chat and one by e-mail.
const WRITERS: usize = 8;

/// Longer than PostgreSQL lets a transaction rest: what a paused server has locked is free again by then.
const PAUSE: Duration = Duration::from_secs(9);

/// What the program may take until it answers again. In release it is ready after a moment.
const SLOWEST_START: Duration = Duration::from_secs(10);

#[tokio::test]
async fn what_was_acknowledged_outlives_every_kill_on_sqlite() {
    let folder = TempDir::new().unwrap();
    outlives_kills(&database::sqlite(folder.path()), 1).await;
}

#[tokio::test]
async fn what_was_acknowledged_outlives_every_kill_on_postgresql() {
    outlives_kills(&database::empty_postgres().await, 1).await;
}

/// Two servers on one PostgreSQL, each killed in turn, and one paused for longer than it may hold what it locked:
/// whoever was there goes on at the other.
#[tokio::test]
async fn two_servers_are_one_house_and_either_goes_on_without_the_other() {
    outlives_kills(&database::empty_postgres().await, 2).await;
}

async fn outlives_kills(database: &Database, servers: usize) {
    let conversations = furnish(database).await;
    let run = Run::through_kills(database, servers, &conversations).await;
    let Run { kills, journals, watchers, slowest_start } = &run;

    let db = Db::open(database).await.unwrap();
    let office = Office::again(db.clone());
    let written = Written::read(&office, &conversations).await;
    written.holds_each_order_once(&office, journals).await;
    written.makes_the_conversations(&office).await;
    for watcher in watchers {
        written.was_told_to(&office, watcher).await;
    }
    let ids: Vec<ConversationId> = conversations.iter().map(|conversation| conversation.id).collect();
    counters_are_right(&office, &ids).await;
    if db.engine() == Engine::Sqlite {
        assert_eq!(office.column(sql!("pragma integrity_check")).await, ["ok"]);
    }
    db.close().await;

    let n_sent = journals.iter().map(Vec::len).sum::<usize>();
    let n_unknown = journals.iter().flatten().filter(|sent| sent.again_at.is_some()).count();
    let n_done = written.n_done_unheard(journals);
    let n_told = watchers.iter().flat_map(|watcher| watcher.told.values()).map(Vec::len).sum::<usize>();
    println!(
        "{database}: {kills} kills, {n_sent} orders acknowledged, {n_unknown} of them after no answer ({n_done} had \
         been done), {n_told} entries told, slowest start {} ms",
        slowest_start.as_millis()
    );
    assert!(
        n_sent >= 500 && n_unknown > 0,
        "{n_sent} orders, {n_unknown} without an answer: that is no load"
    );
    assert!(*slowest_start < SLOWEST_START, "{slowest_start:?}");
}

/// What those who wrote and watched have to tell.
struct Run {
    kills: u64,
    journals: Vec<Vec<Sent>>,
    watchers: Vec<Watcher>,
    slowest_start: Duration,
}

impl Run {
    async fn through_kills(database: &Database, servers: usize, conversations: &[Conversation]) -> Self {
        let kills = number("SWITCHBOARD_TEST_KILLS").unwrap_or(KILLS);
        let seed = number("SWITCHBOARD_TEST_SEED").unwrap_or_else(|| u64::from_be_bytes(secret::random()));
        println!("{database}: SWITCHBOARD_TEST_SEED={seed}");
        let mut programs = vec![];
        for _ in 0..servers {
            programs.push(Program::start(database).await);
        }
        let addresses: Vec<SocketAddr> = programs.iter().map(|program| program.address).collect();
        // Who is signed in at one is signed in at the other.
        let sign_in = |name: &'static str| Browser::sign_in(addresses[0], name);
        let prefers = |browser: &Browser, n: usize| {
            let mut addresses = addresses.clone();
            addresses.rotate_left(n % servers);
            browser.among(addresses)
        };
        let ana = sign_in("ana@example.org").await; // sees what is free, and her own
        let ben = sign_in("ben@example.org").await; // sees everything but others' whispers
        let zoe = sign_in("zoe@example.org").await; // sees everything

        let (watch, watching) = channel(true);
        let mut watchers = vec![];
        for (n, browser) in [&ana, &ben, &zoe].into_iter().enumerate() {
            let watcher = Watcher::begin(prefers(browser, n)).await;
            watchers.push(tokio::spawn(watcher.watch(watching.clone())));
        }
        let (write, writing) = channel(true);
        let (answers, mut answered) = channel(0);
        let mut writers = vec![];
        for (n, own) in conversations.chunks(2).enumerate() {
            let (browser, agent) = [(&ana, ANA), (&ben, BEN)][n % 2];
            let writer =
                Writer::new(prefers(browser, n / 2), agent, own, format!("Writer {n}"), answers.clone());
            writers.push(tokio::spawn(writer.write(writing.clone())));
        }
        drop(answers); // ends when they all do
        for kill in 0..kills {
            sleep(moment(seed, kill)).await;
            // Every second one on the heels of an answer: what is acknowledged too early is lost then.
            if kill % 2 == 1 {
                answered.mark_unchanged();
                answered.changed().await.expect("somebody writes");
            }
            let program = &mut programs[kill as usize % servers];
            if servers > 1 && kill == 0 {
                program.pause();
                sleep(PAUSE).await;
                program.go_on();
                continue;
            }
            program.kill();
            program.start_again().await;
        }
        write.send(false).unwrap();
        let writers = timeout(PATIENCE, join_all(writers)).await.expect("everything is answered");
        let journals = writers.into_iter().map(|journal| journal.unwrap()).collect();
        watch.send(false).unwrap();
        let watchers = timeout(PATIENCE, join_all(watchers)).await.expect("everybody is told the rest");
        let watchers: Vec<Watcher> = watchers.into_iter().map(|watcher| watcher.unwrap()).collect();
        for watcher in &watchers {
            watcher.sees_what_is_there().await;
        }
        let slowest_start = programs.iter().map(|program| program.slowest_start).max().unwrap_or_default();
        Self { kills, journals, watchers, slowest_start }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// How long the program lives before that kill: between 0.1 and 1 second. A real time, because what is met then
/// depends on how far the machine has got.
fn moment(seed: u64, kill: u64) -> Duration {
    let mut hasher = DefaultHasher::new();
    (seed, kill).hash(&mut hasher);
    Duration::from_micros(100_000 + hasher.finish() % 900_000)
}

async fn furnish(database: &Database) -> Vec<Conversation> {
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

/// What the database holds at the end.
struct Written {
    /// The thread of each conversation, with how it began.
    threads: Vec<(Conversation, Vec<Entry>)>,
}

impl Written {
    async fn read(office: &Office, conversations: &[Conversation]) -> Self {
        let db = &office.server.db;
        let mut threads = vec![];
        for begun in conversations {
            let id = begun.id;
            let read = async move |tx: &mut Tx| log::thread(tx, id, i64::MAX, true, 1_000_000).await;
            threads.push((begun.clone(), db.read(read).await.unwrap()));
        }
        let head = db.read(async |tx: &mut Tx| log::head(tx).await).await.unwrap();
        let written = Self { threads };
        let seqs: Vec<i64> =
            written.log().map(|entry| entry.seq).collect::<BTreeSet<_>>().into_iter().collect();
        assert_eq!(seqs, (1..=head).collect::<Vec<_>>(), "the log has no gap");
        written
    }

    fn log(&self) -> impl Iterator<Item = &Entry> {
        self.threads.iter().flat_map(|(_, thread)| thread)
    }

    /// Every order of the journals stands where its receipt says, and nowhere else.
    async fn holds_each_order_once(&self, office: &Office, journals: &[Vec<Sent>]) {
        for journal in journals {
            let seqs: Vec<i64> = journal.iter().map(|sent| sent.seq.unwrap()).collect();
            assert!(seqs.is_sorted_by(|one, next| one < next), "in the order in which they were sent");
        }
        let sent = || journals.iter().flatten();
        for (begun, thread) in &self.threads {
            let said = thread.iter().filter_map(|entry| Some((entry.seq, entry.message.as_ref()?)));
            let said: Vec<_> =
                said.map(|(seq, message)| (seq, message.id, message.text.as_str())).skip(1).collect();
            let here = sent().filter(|sent| sent.request.conversation == begun.id);
            let acknowledged =
                here.map(|sent| (sent.seq.unwrap(), sent.words().id, sent.words().text.as_str()));
            assert_eq!(said, acknowledged.collect::<Vec<_>>(), "after what the customer said first");
        }
        let first = self.threads.iter().filter_map(|(begun, _)| begun.last_public);
        let words = first.map(|last| last.message).chain(sent().map(|sent| sent.words().id));
        has_just(office, sql!("select message_id from message"), words).await;
        has_just(office, sql!("select command_id from command"), sent().map(|sent| sent.request.id)).await;
        let by_mail = |id: ConversationId| {
            self.threads.iter().any(|(begun, _)| begun.id == id && begun.channel == MAIL)
        };
        let leaves = sent().filter(|sent| sent.is_reply() && by_mail(sent.request.conversation));
        has_just(office, sql!("select outbox_id from outbox"), leaves.map(|sent| sent.words().id)).await;
    }

    /// The state of every conversation is what comes of its log.
    async fn makes_the_conversations(&self, office: &Office) {
        for (begun, thread) in &self.threads {
            let facts = thread.iter().skip(1).map(|entry| {
                let event = entry.event.clone().expect("an event of this version");
                Fact { at: entry.at, by: entry.by, event }
            });
            let made = facts.fold(begun.clone(), |before, fact| apply(&before, &fact));
            assert_eq!(office.conversation(begun.id).await, made);
        }
    }

    /// A watcher was told the log as far as its agent may read it, without a gap; of what went out of their sight,
    /// the beginning.
    async fn was_told_to(&self, office: &Office, watcher: &Watcher) {
        let viewer = watcher.viewer();
        for (begun, thread) in &self.threads {
            let (id, agent) = (begun.id, viewer.clone());
            let everywhere = super_admin();
            let read = async move |tx: &mut Tx| store::look(tx, &everywhere, id).await;
            let scene = office.server.db.read(read).await.unwrap();
            let readable = |entry: &&Entry| {
                let is_whisper =
                    entry.message.as_ref().is_some_and(|message| message.kind == MessageKind::Whisper);
                !is_whisper || sight::readable(&agent, &scene, MessageKind::Whisper)
            };
            let expected = thread.iter().filter(|entry| entry.seq > watcher.begun_at).filter(readable);
            let mut expected: Vec<&Entry> = expected.collect();
            let told: Vec<&Entry> = watcher.told.get(&id).into_iter().flatten().collect();
            if !sight::visible(viewer, &scene) {
                expected.truncate(told.len());
            }
            let seqs = |entries: &[&Entry]| entries.iter().map(|entry| entry.seq).collect::<Vec<_>>();
            assert_eq!(seqs(&told), seqs(&expected), "to {} of {}", viewer.agent, begun.number);
            assert_eq!(told, expected);
        }
    }

    /// How many orders had been done when they were sent again.
    fn n_done_unheard(&self, journals: &[Vec<Sent>]) -> usize {
        let done: BTreeMap<i64, Timestamp> = self.log().map(|entry| (entry.seq, entry.at)).collect();
        let was_done =
            |sent: &&Sent| sent.again_at.zip(sent.seq).is_some_and(|(again, seq)| done[&seq] < again);
        journals.iter().flatten().filter(was_done).count()
    }
}

/// Those ids, each once, and no others.
async fn has_just(office: &Office, column: Sql, ids: impl Iterator<Item = impl ToString>) {
    let (mut found, mut expected) =
        (office.column(column).await, ids.map(|id| id.to_string()).collect::<Vec<_>>());
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{}", column.sqlite);
}
