//! What SQL finds and counts is what the domain says: generated worlds, looked at by generated people through
//! generated filters.

use std::collections::BTreeMap;

use app::backend::PAGE;
use domain::conversation::{Command, Conversation, LastPublic, Level, Scene, Side, decide};
use domain::counter::{self, Cell, Count, Counts};
use domain::filter::Filter;
use domain::id::{ContactId, ConversationId, MessageId};
use domain::message::{Message, MessageKind};
use domain::order::Order;
use domain::sight;
use domain::view::View;
use domain::viewer::{Actor, By, Viewer};
use domain::worlds::{
    AGENTS, ANA, BEN, BILLING, NOON, RETURNS, RITA, YUKI, ZOE, filters, viewers, words, worlds,
};
use futures::future::join_all;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use server::conversation::{log, store};
use server::db::Tx;
use server::error::Error;
use server::inbox;
use server::server::WORKSPACE;
use server::sql;

use crate::office::{Office, Person, in_office};

/// Worlds that live in one database at once: about 300 conversations, so that lists have several pages.
const WORLDS: usize = 50;

/// People who look, each through [`FILTERS`] of their own.
const VIEWERS: usize = 60;

/// So many of them at length, where one world after another is looked at: 20,000 filters.
const VIEWERS_AT_LENGTH: usize = 2_500;

/// How many cases are generated: a few in `make test`, and all where `SWITCHBOARD_TEST_PROPERTIES=long` asks for them.
pub fn cases(few: usize, all: usize) -> usize {
    match std::env::var("SWITCHBOARD_TEST_PROPERTIES").as_deref() {
        Ok("long") => all,
        Ok(other) => panic!("SWITCHBOARD_TEST_PROPERTIES={other}: only `long` is known"),
        Err(_) => few,
    }
}

const FILTERS: usize = 8;

/// The same values at each run: what fails once fails again.
pub struct Chance(TestRunner);

impl Chance {
    pub fn new() -> Self {
        Self(TestRunner::deterministic())
    }

    pub fn one<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.0).unwrap().current()
    }
}

/// Many worlds side by side, each conversation with a number, a contact and a last message of its own.
fn crowd(chance: &mut Chance) -> Vec<Scene> {
    let mut crowd: Vec<Scene> = vec![];
    for _ in 0..WORLDS {
        let world = chance.one(worlds());
        let offset = crowd.len() as i64;
        crowd.extend(world.into_iter().map(|scene| moved(scene, offset)));
    }
    crowd
}

fn moved(scene: Scene, offset: i64) -> Scene {
    let Scene { mut contact, mut conversation, into } = scene;
    let number = conversation.number + offset;
    let id = |number: i64| ConversationId::new(number.unsigned_abs().into());
    let into = into.map(|into| Box::new(moved(*into, offset)));
    contact.id = ContactId::new(10_000 + u128::from(number.unsigned_abs()));
    contact.display_name = format!("Contact {number}");
    let message = MessageId::new(20_000 + u128::from(number.unsigned_abs()));
    let last_public = conversation.last_public.map(|last| LastPublic { message, ..last });
    let merged_into = into.as_ref().map(|into| into.conversation.id);
    conversation = Conversation {
        id: id(number),
        number,
        contact: contact.id,
        last_public,
        merged_into,
        ..conversation
    };
    Scene { contact, conversation, into }
}

/// The newest public message of a conversation, as it would have been stored.
fn last_message(conversation: &Conversation) -> Option<Message> {
    let LastPublic { message, at, from } = conversation.last_public?;
    let (kind, by) = match from {
        Side::Customer => (MessageKind::Customer, By::Visitor(conversation.contact)),
        Side::Operator => (MessageKind::Reply, By::Agent(ANA)),
        Side::Ai => (MessageKind::Ai, By::Ai),
    };
    Some(Message {
        id: message,
        kind,
        by,
        at,
        text: format!("The last of {}", conversation.number),
        file: None,
    })
}

async fn move_in(office: &Office, scenes: &[Scene]) {
    let (scenes, cached) = (scenes.to_vec(), office.server.office.clone());
    let work = async move |tx: &mut Tx| {
        let office = cached.in_transaction(tx).await?;
        // What others were merged into stands before them.
        for scene in &scenes {
            store::enter(tx, &scene.contact).await?;
            let messages: Vec<Message> = last_message(&scene.conversation).into_iter().collect();
            store::save(tx, &office, None, &scene.conversation, &messages).await?;
            log::move_counters(tx, None, scene, 0).await?;
        }
        Ok::<_, Error>(())
    };
    office.server.db.write(WORKSPACE, work).await.unwrap();
}

/// What the domain finds, in its order.
fn found<'s>(scenes: &'s [Scene], viewer: &Viewer, filter: &Filter) -> Vec<&'s Scene> {
    let mut found: Vec<&Scene> = scenes.iter().filter(|scene| filter.matches(viewer, scene, NOON)).collect();
    found.sort_by_key(|scene| Order::of(filter.view).place(&scene.contact, &scene.conversation));
    found
}

#[tokio::test]
async fn a_list_holds_what_its_filter_matches_in_the_order_of_its_view() {
    in_office(async |office| {
        let mut chance = Chance::new();
        let scenes = crowd(&mut chance);
        move_in(&office, &scenes).await;
        let (mut n_found, mut n_long) = (0, 0);
        for _ in 0..cases(VIEWERS, VIEWERS_AT_LENGTH) {
            let viewer = chance.one(viewers());
            let person = Person { viewer: viewer.clone(), ..office.agent(ANA) };
            let bare = chance.one(select(View::ALL.to_vec()));
            let narrowed = (1..FILTERS).map(|_| chance.one(filters()));
            for filter in narrowed.chain([Filter::of(bare)]).collect::<Vec<_>>() {
                let expected = found(&scenes, &viewer, &filter);
                let pages = person.pages(&filter).await;
                let rows: Vec<_> = pages.iter().flat_map(|page| &page.rows).collect();
                let numbers: Vec<i64> = rows.iter().map(|row| row.scene.conversation.number).collect();
                let wanted: Vec<i64> = expected.iter().map(|scene| scene.conversation.number).collect();
                assert_eq!(numbers, wanted, "{filter:?} for {viewer:?}");
                for (row, scene) in rows.iter().zip(&expected) {
                    assert_eq!(row.scene, **scene, "what was saved is read");
                    let text = row.preview.as_ref().map(|preview| preview.text.clone());
                    assert_eq!(text, last_message(&scene.conversation).map(|message| message.text));
                }
                let n = wanted.len() as i64;
                let total = person.total(&filter).await;
                assert_eq!((total.n, total.bounded), (n, false), "{filter:?}");
                for page in pages.iter().filter(|page| filter.is_bare() || !page.bounded) {
                    let total = if filter.is_bare() { n } else { page.rows.len() as i64 };
                    assert_eq!((page.total, page.bounded), (total, false), "{filter:?}");
                }
                n_found += numbers.len();
                n_long += usize::from(numbers.len() > PAGE);
            }
        }
        assert!(n_found > 4_000 && n_long > 20, "{n_found} rows, {n_long} lists of several pages");
    })
    .await;
}

#[tokio::test]
async fn a_count_is_the_length_of_its_list() {
    in_office(async |office| {
        let mut chance = Chance::new();
        let scenes = crowd(&mut chance);
        move_in(&office, &scenes).await;
        for _ in 0..VIEWERS {
            let viewer = chance.one(viewers());
            let length = |view: &View| {
                let mut length = Count::default();
                for scene in found(&scenes, &viewer, &Filter::of(*view)) {
                    length += Count::of(1, scene.conversation.is_unread());
                }
                length
            };
            let lengths = View::ALL.iter().map(|view| (*view, length(view)));
            let lengths = lengths.filter(|(_, count)| *count != Count::default());
            let lengths: Counts = lengths.collect();
            let asker = viewer.clone();
            let read = async move |tx: &mut Tx| inbox::counts(tx, &asker, NOON).await;
            assert_eq!(office.server.db.read(read).await.unwrap(), lengths, "for {viewer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_conversation_opens_for_whoever_sees_it_and_for_nobody_else() {
    in_office(async |office| {
        let mut chance = Chance::new();
        let scenes = crowd(&mut chance);
        move_in(&office, &scenes).await;
        for _ in 0..VIEWERS / 3 {
            let viewer = chance.one(viewers());
            let (looks, scenes) = (viewer.clone(), scenes.clone());
            let read = async move |tx: &mut Tx| {
                for scene in &scenes {
                    let id = scene.conversation.id;
                    let by_id = store::look(tx, &looks, id).await;
                    let by_number = store::numbered(tx, &looks, scene.conversation.number).await;
                    match (by_id, by_number) {
                        (Ok(by_id), Ok(by_number)) => assert_eq!((&by_id, &by_number), (scene, scene)),
                        (Err(Error::Missing), Err(Error::Missing)) => {
                            assert!(!sight::visible(&looks, scene), "{scene:?}");
                        }
                        other => panic!("{other:?}"),
                    }
                    assert_eq!(store::look(tx, &looks, id).await.is_ok(), sight::visible(&looks, scene));
                }
                Ok::<_, Error>(())
            };
            office.server.db.read(read).await.unwrap();
        }
    })
    .await;
}

/// Anything that anybody may order; of a conversation whose newest public message is `seen`.
pub fn commands(n: u128, seen: Option<MessageId>) -> impl Strategy<Value = Command> {
    let words = words(1_000_000 + n, "Some words.");
    let mentions = proptest::collection::btree_set(select(AGENTS.to_vec()), 0..2);
    let (said, noted, about) = (words.clone(), words.clone(), words.clone());
    let often = prop_oneof![
        4 => Just(Command::Claim),
        2 => select(AGENTS.to_vec()).prop_map(|to| Command::Assign { to, note: None }),
        2 => Just(Command::Unassign),
        3 => Just(Command::Reply { words: words.clone(), seen }),
        2 => mentions.clone().prop_map(move |mentions| Command::Whisper { words: said.clone(), mentions }),
        1 => mentions.prop_map(move |mentions| Command::Note { words: noted.clone(), mentions }),
        2 => Just(Command::Resolve { summary: None, closing: None, seen: None }),
        1 => Just(Command::Close),
        2 => Just(Command::Reopen),
        1 => Just(Command::Read),
    ];
    let seldom = prop_oneof![
        1 => select(vec![BILLING, RETURNS]).prop_map(|group| Command::AssignGroup { group, note: None }),
        3 => select(AGENTS.to_vec()).prop_map(|to| Command::Transfer { to, note: None }),
        2 => Just(Command::AcceptTransfer),
        1 => Just(Command::DeclineTransfer { reason: None }),
        1 => Just(Command::CancelTransfer),
        1 => Just(Command::Leave),
        1 => Just(Command::Pend { reason: words, wake_at: None }),
        1 => Just(Command::Resume),
        1 => Just(Command::MarkUnread),
        1 => Just(Command::Archive),
        1 => Just(Command::RenameClient { name: format!("Client {n}") }),
        1 => Just(Command::PinClient),
        1 => Just(Command::DetachClient),
        1 => Just(Command::NoteOnClient { words: about.clone() }),
        1 => Just(Command::BlockClient),
        2 => Just(Command::UnblockClient),
        1 => Just(Command::Unarchive),
        1 => select(Level::ALL.to_vec()).prop_map(|level| Command::Prioritise { level, reason: None }),
    ];
    prop_oneof![3 => often, 1 => seldom]
}

// rule 003-50, 003-19
#[tokio::test]
async fn counters_do_not_drift() {
    in_office(async |office| {
        let mut chance = Chance::new();
        let mut ids = vec![];
        for n in 0..20 {
            let group = [BILLING, RETURNS][n % 2];
            ids.push(office.writes(&format!("Customer {n}"), "Refund?", group).await.id);
        }
        let mut n_done = 0;
        // Some of them are refused.
        for round in 0..cases(45, 2_000) as u128 {
            // Ten at once, as on a busy day.
            let mut orders = vec![];
            for n in 0..10 {
                let id = chance.one(select(ids.clone()));
                let seen = office.conversation(id).await.last_public.map(|last| last.message);
                let command = chance.one(commands(round * 10 + n, seen));
                orders.push((office.agent(chance.one(select(vec![ANA, BEN, RITA, ZOE, YUKI]))), id, command));
            }
            let answers = join_all(orders.iter().map(|(by, id, command)| by.run(*id, command.clone()))).await;
            n_done += answers.iter().filter(|answer| answer.is_ok()).count();
        }
        assert!(n_done > cases(100, 3_000), "only {n_done} orders were done");
        counters_are_right(&office, &ids).await;
        // What is stored follows from what the log tells.
        let report = server::verify::verify(&office.server.db, &[]).await.unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.n_conversations, 20);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_act_at_once_one_acts_on_what_the_other_left() {
    in_office(async |office| {
        let mut chance = Chance::new();
        for n in 0..cases(40, 1_000) as u128 {
            let id = office.writes("Cleo", "Refund?", BILLING).await.id;
            // Begun in some state that somebody left it in.
            let seen = office.conversation(id).await.last_public.map(|last| last.message);
            let _ = office.agent(ZOE).run(id, chance.one(commands(3 * n, seen))).await;
            let before = office.scene(id).await;
            let mut acts = |n| {
                let who = office.agent(chance.one(select(vec![ANA, BEN, ZOE, YUKI])));
                (who, chance.one(commands(n, before.conversation.last_public.map(|last| last.message))))
            };
            let (one, other) = (acts(3 * n + 1), acts(3 * n + 2));
            let answers =
                futures::future::join(one.0.run(id, one.1.clone()), other.0.run(id, other.1.clone())).await;
            let (is_one_done, is_other_done) = (answers.0.is_ok(), answers.1.is_ok());
            let after = office.scene(id).await;

            // As if one had come after the other, whichever it was.
            let in_turn = |acts: [&(Person, Command); 2]| {
                let mut scene = before.clone();
                let done = acts.map(|(who, command)| {
                    let actor = Actor::Agent(who.viewer.clone());
                    let facts = decide(&domain::worlds::office(), &scene, &actor, command, NOON);
                    facts.map(|facts| scene = scene.after(command, &facts)).is_ok()
                });
                (scene, done)
            };
            let (first, [one_done, other_done]) = in_turn([&one, &other]);
            let (second, [other_too, one_too]) = in_turn([&other, &one]);
            let is = |scene: &Scene, done| *scene == after && done == (is_one_done, is_other_done);
            assert!(
                is(&first, (one_done, other_done)) || is(&second, (one_too, other_too)),
                "{:?} and {:?} on {before:?}: {answers:?}, {after:?}",
                one.1,
                other.1
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_does_not_follow_from_the_log_is_found() {
    in_office(async |office| {
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        office.agent(ANA).run(id, Command::Claim).await.unwrap();
        for (statement, said) in [
            (sql!("update conversation set follow_ups = 7"), "follow_ups is 7, and told as 1"),
            (sql!("update counter set n = n + 1 where view = 'unresolved'"), "Unresolved: "),
        ] {
            let sound = server::verify::verify(&office.server.db, &[]).await.unwrap();
            assert!(sound.is_sound(), "{sound}");
            office.writing(async move |tx: &mut Tx| Ok(tx.q(statement).exec().await.map(drop)?)).await;
            let report = server::verify::verify(&office.server.db, &[]).await.unwrap();
            assert!(!report.is_sound() && report.to_string().contains(said), "{report}");
            office
                .writing(async move |tx: &mut Tx| {
                    tx.q(sql!("update conversation set follow_ups = 1")).exec().await?;
                    Ok(())
                })
                .await;
        }
    })
    .await;
}

/// The counters say of these conversations, which are all, what counting them anew says.
pub async fn counters_are_right(office: &Office, ids: &[ConversationId]) {
    let mut recomputed: BTreeMap<Cell, i64> = BTreeMap::new();
    for id in ids.iter().copied() {
        let read = office.server.db.read(async move |tx: &mut Tx| store::known(tx, id).await);
        let scene = read.await.unwrap();
        for cell in counter::cells(&scene.contact, &scene.conversation) {
            *recomputed.entry(cell).or_default() += 1;
        }
    }
    assert_eq!(counters(office).await, recomputed);
}

/// The cells that are not empty.
async fn counters(office: &Office) -> BTreeMap<Cell, i64> {
    let read = async move |tx: &mut Tx| log::cells(tx, -1).await;
    let cells = office.server.db.read(read).await.unwrap();
    cells.into_iter().filter(|(_, n)| *n != 0).collect()
}
