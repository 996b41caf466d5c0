//! What must be true afterwards, whatever broke: what was acknowledged stands once and in order, what was not was done
//! once after it was sent again, and every screen shows just that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use domain::conversation::{Conversation, Fact, apply};
use domain::id::ConversationId;
use domain::live::Entry;
use domain::message::MessageKind;
use domain::sight;
use domain::time::Timestamp;
use domain::worlds::{MAIL, super_admin};
use server::conversation::{log, store};
use server::db::{Database, Db, Engine, Sql, Tx};
use server::sql;

use super::journal::Sent;
use super::stage::Kept;
use super::watcher::Watcher;
use crate::agreement::counters_are_right;
use crate::office::Office;

/// What those who wrote and watched have to tell.
pub struct Account {
    /// As they were before.
    pub conversations: Vec<Conversation>,
    /// The journal of each who wrote, as it is on disk.
    pub sent: Vec<Vec<Sent>>,
    pub watchers: Vec<Watcher>,
    /// Where the journals are, until this is dropped.
    pub _journals: Kept,
}

/// What a line of the scoreboard says.
pub struct Score {
    /// Orders that were acknowledged.
    pub sent: usize,
    /// Of those, sent again because nobody had answered.
    pub unanswered: usize,
    /// Of those, done already when they were sent again.
    pub done: usize,
    /// Entries that watchers were told.
    pub told: usize,
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, unanswered, done, told } = self;
        write!(
            f,
            "{sent} orders acknowledged, {unanswered} of them after no answer ({done} had been done), {told} entries told"
        )
    }
}

impl Account {
    /// The same, and prints a line of the scoreboard: what happened meanwhile.
    pub async fn scores(&self, database: &Database, happened: &str) -> Score {
        let score = self.agrees_with(database).await;
        let engine = match database {
            Database::Sqlite(_) => "SQLite",
            Database::Postgres(_) => "PostgreSQL",
        };
        println!("SCORE {engine}: {happened}, {score}");
        score
    }

    /// Asks the database whether it holds just what was told.
    async fn agrees_with(&self, database: &Database) -> Score {
        let db = Db::open(database).await.unwrap();
        let office = Office::again(db.clone());
        let written = Written::read(&office, &self.conversations).await;
        written.holds_each_order_once(&office, &self.sent).await;
        written.makes_the_conversations(&office).await;
        for watcher in &self.watchers {
            written.was_told_to(&office, watcher).await;
        }
        written.is_sound(&office).await;
        db.close().await;
        let sent = || self.sent.iter().flatten();
        let told = self.watchers.iter().flat_map(|watcher| watcher.told.values()).map(Vec::len);
        Score {
            sent: sent().count(),
            unanswered: sent().filter(|sent| sent.again_at.is_some()).count(),
            done: written.n_done_unheard(&self.sent),
            told: told.sum(),
        }
    }
}

/// What the database holds at the end.
pub struct Written {
    /// The thread of each conversation, with how it began.
    threads: Vec<(Conversation, Vec<Entry>)>,
}

impl Written {
    /// Of all conversations that are written in: the log has no gap.
    pub async fn read(office: &Office, conversations: &[Conversation]) -> Self {
        let written = Self::of(office, conversations).await;
        let head = office.server.db.read(async move |tx: &mut Tx| log::head(tx).await).await.unwrap();
        let seqs: Vec<i64> =
            written.log().map(|entry| entry.seq).collect::<BTreeSet<_>>().into_iter().collect();
        assert_eq!(seqs, (1..=head).collect::<Vec<_>>(), "the log has no gap");
        written
    }

    /// Of those conversations.
    pub async fn of(office: &Office, conversations: &[Conversation]) -> Self {
        let mut threads = vec![];
        for begun in conversations {
            let id = begun.id;
            let read =
                async move |tx: &mut Tx| log::thread(tx, id, i64::MAX, log::Whispers::All, 1_000_000).await;
            threads.push((begun.clone(), office.server.db.read(read).await.unwrap()));
        }
        Self { threads }
    }

    fn log(&self) -> impl Iterator<Item = &Entry> {
        self.threads.iter().flat_map(|(_, thread)| thread)
    }

    pub fn at(&self, seq: i64) -> Option<&Entry> {
        self.log().find(|entry| entry.seq == seq)
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
    pub async fn makes_the_conversations(&self, office: &Office) {
        for (begun, thread) in &self.threads {
            let facts = thread.iter().skip(1).map(|entry| {
                let event = entry.event.clone().expect("an event of this version");
                Fact { at: entry.at, by: entry.by, event }
            });
            let made = facts.fold(begun.clone(), |before, fact| apply(&before, &fact));
            assert_eq!(office.conversation(begun.id).await, made);
        }
    }

    /// The counters follow from the conversations, and SQLite finds its file whole.
    pub async fn is_sound(&self, office: &Office) {
        let ids: Vec<ConversationId> = self.threads.iter().map(|(begun, _)| begun.id).collect();
        counters_are_right(office, &ids).await;
        if office.server.db.engine() == Engine::Sqlite {
            assert_eq!(office.column(sql!("pragma integrity_check")).await, ["ok"]);
        }
    }

    /// A watcher was told the log as far as its agent may read it, without a gap; of what went out of their sight,
    /// the beginning.
    pub async fn was_told_to(&self, office: &Office, watcher: &Watcher) {
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
