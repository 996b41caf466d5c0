//! Who hears of what, and when: browsers without a wire, told by the log. The wire itself is in `socket`.

use std::collections::BTreeSet;

use app::backend::Backend;
use domain::conversation::{Command, Conversation, Event, Fact};
use domain::counter::Count;
use domain::desk::{Heard, Hope};
use domain::id::{AgentId, ConversationId, LogId};
use domain::live::{Cursor, Down, Up};
use domain::office::Availability;
use domain::permission::Preset;
use domain::time::Duration;
use domain::view::View;
use domain::viewer::By;
use domain::worlds::{AGENTS, ANA, BEN, BILLING, NOON, OLU, RETURNS, RITA, YUKI, ZOE, office as directory};
use futures::future::join_all;
use proptest::prelude::any;
use proptest::sample::select;
use server::conversation::log;
use server::db::{Db, Tx};
use server::error::Error;
use server::server::WORKSPACE;
use server::{migrations, session, sql};

use crate::agreement::{Chance, commands};
use crate::database;
use crate::office::{Office, Person, in_office, note, order, words};
use crate::watcher::Watcher;

/// Somebody who works beside Ana or Ben with the same rights.
const COLLEAGUE: AgentId = AgentId::new(8);

/// Everybody who has not left, each before a browser.
async fn everybody(office: &Office) -> Vec<Watcher> {
    let people = AGENTS.into_iter().filter(|id| directory().viewer(*id).is_some());
    let mut watchers = vec![];
    for id in people {
        watchers.push(office.agent(id).watches().await);
    }
    watchers
}

/// What each is told of, in a word each.
fn kinds(told: &[Down]) -> Vec<&'static str> {
    let kind = |down: &Down| match down {
        Down::Envelope(_) => "envelope",
        Down::Gone { .. } => "gone",
        Down::Head { .. } => "head",
        Down::Reset => "reset",
        Down::Counts { .. } => "counts",
        Down::Office { .. } => "office",
        Down::Availability { .. } => "availability",
        Down::Looks(_) => "looks",
        Down::NewVersion => "new version",
    };
    told.iter().map(kind).collect()
}

fn seen(conversation: &Conversation) -> Option<domain::id::MessageId> {
    conversation.last_public.map(|last| last.message)
}

/// Browsers of each person, and rounds in which something happens to each of them.
const BROWSERS: usize = 14;
const ROUNDS: usize = 72;

/// What becomes of a browser in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    /// Its wire is cut.
    Leaves,
    /// It says hello with what it knows, from however long ago that is.
    Returns,
    /// It is loaded, and says hello.
    Comes,
    /// It is loaded, and will say hello in a later round.
    Loads,
}

#[tokio::test]
async fn a_snapshot_and_what_came_later_is_a_fresh_snapshot() {
    in_office(async |office| {
        let mut chance = Chance::new();
        let mut ids = vec![];
        // More than a page for those who see everything.
        for n in 0..54 {
            ids.push(office.writes(&format!("Customer {n}"), "Refund?", [BILLING, RETURNS][n % 2]).await.id);
        }
        let mut people: Vec<(Person, Vec<Watcher>)> = vec![];
        for id in [ANA, BEN, OLU, RITA, ZOE, YUKI] {
            let person = office.agent(id);
            let asker = person.signs_in().await;
            let watcher = async |_| Watcher::of(&office.server, asker.clone(), View::All, None).await;
            let watchers = join_all((0..BROWSERS).map(watcher)).await;
            people.push((person, watchers));
        }
        let (mut n_histories, mut n_orders) = (0, 0);
        for round in 0..ROUNDS {
            let mut orders = vec![];
            for n in 0..9 {
                // A few that everybody is busy with, so that their threads grow.
                let n_hot = chance.one(select(vec![6, ids.len()]));
                let id = chance.one(select(ids[..n_hot].to_vec()));
                let command = commands((round * 9 + n) as u128, seen(&office.conversation(id).await));
                let request = order(id, chance.one(command));
                orders.push((office.agent(chance.one(select(vec![ANA, BEN, RITA, ZOE, YUKI]))), request));
            }
            let (from, begins) = (chance.one(select(ids.clone())), chance.one(any::<u8>()) < 64);
            let mut fates = vec![];
            for (_, watchers) in &mut people {
                for watcher in watchers {
                    let fate = match (watcher.listener.is_some(), chance.one(0_u8..8)) {
                        (true, 0..3) => Fate::Leaves,
                        (true, 3) | (false, 3) => Fate::Comes,
                        (true, _) | (false, 0) => Fate::Stays,
                        (false, 4) => Fate::Loads,
                        (false, _) => Fate::Returns,
                    };
                    n_histories += usize::from(matches!(fate, Fate::Comes | Fate::Returns));
                    let view = chance.one(select(View::ALL.to_vec()));
                    let open = chance.one(1_i64..10);
                    fates.push(meets(&office, watcher, fate, view, open));
                }
            }
            // All at once: some say hello between the commit of an order and its news.
            let customers = async {
                office.adds(from, "And when?", NOON).await;
                if begins {
                    ids.push(office.writes(&format!("Late {round}"), "Hello?", BILLING).await.id);
                }
            };
            let orders = join_all(orders.iter().map(|(by, request)| by.send(request)));
            let (answers, (), _) = futures::join!(orders, customers, join_all(fates));
            n_orders += answers.iter().filter(|answer| answer.is_ok()).count();
            for (person, watchers) in &mut people {
                is_true_for(person, watchers, round as i64 % 9 + 1).await;
            }
        }
        println!("{n_histories} histories, {n_orders} orders");
        assert!(n_histories >= 2_000 && n_orders > 150, "{n_histories} histories, {n_orders} orders");
    })
    .await;
}

async fn meets(office: &Office, watcher: &mut Watcher, fate: Fate, view: View, open: i64) {
    if matches!(fate, Fate::Comes | Fate::Loads) {
        *watcher = Watcher::of(&office.server, watcher.asker.clone(), view, Some(open)).await;
    }
    match fate {
        Fate::Stays | Fate::Loads => {}
        Fate::Leaves => watcher.goes_away(),
        Fate::Comes | Fate::Returns => watcher.connects().await,
    }
}

/// Each browser of somebody that is connected shows what a fresh one would, in that thread too.
async fn is_true_for(person: &Person, watchers: &mut [Watcher], number: i64) {
    let (fresh, opened) = (person.looks_now().await, person.open(number).await);
    for watcher in watchers.iter_mut().filter(|watcher| watcher.listener.is_some()) {
        watcher.hears().await;
        watcher.is_like(&fresh);
        let thread = watcher.desk.numbered(number).and_then(|id| watcher.desk.thread(id));
        if let Some(thread) = thread {
            let opened = opened.as_ref().expect("what went out of sight is forgotten");
            assert!(thread.entries.ends_with(&opened.entries), "{:?}", thread.entries);
            assert!(opened.has_earlier || thread.entries.len() == opened.entries.len());
        }
    }
}

#[tokio::test]
async fn the_sender_is_just_another_listener() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        let mut here = ana.watches().await;
        let claim = Hope {
            request: order(refund.id, Command::Claim),
            at: NOON,
            acknowledged: None,
            held_until: None,
        };
        here.desk.hope(claim.clone(), NOON);
        let receipt = ana.send(&claim.request).await.unwrap();
        // The receipt is on its way; the stream is quicker, and says whose order it was.
        let told = here.hears().await;
        let [Down::Envelope(envelope), Down::Counts { .. }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(envelope.settles, [claim.request.id]);
        assert!(!here.desk.is_hoping());
        let shown = here.desk.row(refund.id).unwrap().scene.conversation;
        assert_eq!(shown, office.conversation(refund.id).await);
        assert_eq!(here.desk.acknowledge(&receipt, NOON), Heard::default());
        here.is_like(&ana.looks_now().await);
    })
    .await;
}

#[tokio::test]
async fn those_who_lose_sight_are_told_so_and_who_never_saw_it_hears_nothing() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let colleague = office.hires(COLLEAGUE, Preset::Operator, BILLING).await;
        let mut watchers = everybody(&office).await;
        watchers.push(colleague.watches().await);
        office.agent(ANA).run(refund.id, Command::Claim).await.unwrap();
        for watcher in &mut watchers {
            let told = watcher.hears().await;
            let sees = match watcher.asker.viewer.agent {
                COLLEAGUE | OLU => {
                    let gone = Down::Gone { seq: watcher.head().await.seq, conversation: refund.id };
                    assert_eq!((&told[0], kinds(&told)), (&gone, vec!["gone", "counts"]));
                    false
                }
                RITA => {
                    assert_eq!(told, [], "not even that something happened");
                    false
                }
                ANA | BEN | ZOE | YUKI => {
                    assert_eq!(kinds(&told), ["envelope", "counts"]);
                    true
                }
                other => panic!("{other} is nobody"),
            };
            assert_eq!(watcher.desk.row(refund.id).is_some(), sees);
        }
    })
    .await;
}

#[tokio::test]
async fn who_was_away_when_it_went_out_of_sight_is_told_on_coming_back() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let (mut olu, mut rita) = (office.agent(OLU).watches().await, office.agent(RITA).watches().await);
        olu.goes_away();
        rita.goes_away();
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Claim).await.unwrap();
        ana.run(refund.id, note("Later words about it.")).await.unwrap();
        olu.connects().await;
        assert_eq!(kinds(&olu.told()), ["gone", "head", "counts"]);
        assert_eq!((olu.desk.row(refund.id), olu.count(View::Unassigned)), (None, Count::default()));
        rita.connects().await;
        assert_eq!(kinds(&rita.told()), ["head", "counts"]);
    })
    .await;
}

#[tokio::test]
async fn a_whisper_reaches_only_those_who_may_read_it() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Claim).await.unwrap();
        let (here, mut away) = (everybody(&office).await, everybody(&office).await);
        away.iter_mut().for_each(Watcher::goes_away);
        let mut watchers: Vec<Watcher> = here.into_iter().chain(away).collect();
        for (word, mentions, readers) in [
            ("xylophone", [].into(), vec![ANA, ZOE, YUKI]),
            // Who is called by name takes part.
            ("trombone", [BEN].into(), vec![ANA, BEN, ZOE, YUKI]),
        ] {
            let whisper = Command::Whisper { words: words(&format!("The {word} is broken.")), mentions };
            ana.run(refund.id, whisper).await.unwrap();
            for watcher in &mut watchers {
                match &watcher.listener {
                    Some(_) => watcher.catches_up().await,
                    None => watcher.connects().await,
                }
                let reads = readers.contains(&watcher.asker.viewer.agent);
                let told = watcher.told_as_text().iter().any(|text| text.contains(word));
                let preview = watcher.desk.row(refund.id).and_then(|row| row.preview);
                let shown = preview.is_some_and(|preview| preview.text.contains(word));
                assert_eq!((told, shown), (reads, reads), "{word} to {:?}", watcher.asker.viewer);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_envelope_is_made_once_for_those_who_read_whispers_and_once_for_the_others() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let colleague = office.hires(COLLEAGUE, Preset::Agent, BILLING).await;
        let mut watchers = everybody(&office).await;
        watchers.extend([colleague.watches().await, colleague.watches().await]);
        office.agent(ANA).run(refund.id, Command::Claim).await.unwrap();
        let (mut with, mut without) = (vec![], vec![]);
        for watcher in &mut watchers {
            watcher.catches_up().await;
            let told = watcher.told_as_text();
            match watcher.asker.viewer.agent {
                ANA | ZOE | YUKI => with.push(told[0].as_str().as_ptr()),
                BEN | COLLEAGUE => without.push(told[0].as_str().as_ptr()),
                _ => {}
            }
        }
        let n_different = |of: &[*const u8]| of.iter().collect::<BTreeSet<_>>().len();
        assert_eq!((with.len(), n_different(&with)), (3, 1));
        assert_eq!((without.len(), n_different(&without)), (3, 1));
    })
    .await;
}

// rule 002-02
#[tokio::test]
async fn what_a_customer_begins_appears_at_once_in_unassigned_of_those_who_may_see_it() {
    in_office(async |office| {
        let mut watchers = everybody(&office).await;
        for watcher in &mut watchers {
            watcher.shows(View::Unassigned).await;
        }
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        for watcher in &mut watchers {
            let told = watcher.hears().await;
            let listed: Vec<ConversationId> = watcher.desk.list().ids().collect();
            match watcher.asker.viewer.agent {
                RITA => assert_eq!((told, listed), (vec![], vec![])),
                _ => {
                    assert_eq!((kinds(&told), listed), (vec!["envelope", "counts"], vec![refund.id]));
                    assert_eq!(watcher.count(View::Unassigned), Count { n: 1, unread: 1 });
                }
            }
        }
    })
    .await;
}

// rule 000-10
#[tokio::test]
async fn what_is_claimed_stands_in_mine_and_in_assigned_at_the_same_time() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let mut ana = office.agent(ANA).watches().await;
        ana.shows(View::Mine).await;
        ana.shows(View::Assigned).await;
        office.agent(ANA).run(refund.id, Command::Claim).await.unwrap();
        let told = ana.hears().await;
        assert_eq!(kinds(&told), ["envelope", "counts"], "one says it all");
        for view in [View::Assigned, View::Mine] {
            assert!(ana.desk.show_list(domain::filter::Filter::of(view)), "nothing is asked for");
            assert_eq!(ana.desk.list().ids().collect::<Vec<_>>(), [refund.id], "{view:?}");
            assert_eq!(ana.count(view), Count { n: 1, unread: 1 });
        }
    })
    .await;
}

// rule 003-11
#[tokio::test]
async fn a_view_says_unread_while_a_customers_message_waits_that_nobody_has_read() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Claim).await.unwrap();
        let mut here = ana.watches().await;
        let mut unread = async || {
            here.catches_up().await;
            let Count { n, unread } = here.count(View::MyInbox);
            assert_eq!(n, 1);
            unread
        };
        assert_eq!(unread().await, 1);
        ana.run(refund.id, Command::Read).await.unwrap();
        assert_eq!(unread().await, 0);
        office.adds(refund.id, "Are you there?", NOON).await;
        assert_eq!(unread().await, 1);
        ana.run(refund.id, Command::Read).await.unwrap();
        assert_eq!(unread().await, 0);
    })
    .await;
}

/// Lets entries come into the log that change nothing.
async fn pass(office: &Office, id: ConversationId, n: i64) {
    let work = async move |tx: &mut Tx| {
        let fact = Fact { at: NOON, by: By::System, event: Event::Read };
        let entries: Vec<_> = (0..n).map(|_| (id, &fact)).collect();
        log::write_events(tx, None, None, &entries).await
    };
    office.server.db.write::<_, Error, _>(WORKSPACE, work).await.unwrap();
}

#[tokio::test]
async fn a_cursor_that_nothing_can_go_on_from_is_answered_with_reset_and_then_silence() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        let mut other = ana.watches().await;
        let begun = other.head().await;
        pass(&office, refund.id, 1_001).await;
        let head = other.head().await;
        let restored = LogId::new(7);
        for (why, after) in [
            ("from the future", Cursor { seq: head.seq + 1, ..head }),
            ("from the far future", Cursor { seq: i64::MAX, ..head }),
            ("of another log", Cursor { log: restored, ..head }),
            ("of another log, from its beginning", Cursor { log: restored, seq: 0 }),
            ("too far back", begun),
            ("from before all time", Cursor { seq: i64::MIN, ..head }),
        ] {
            let mut here = ana.watches().await;
            let Up::Hello { office: version, viewer, .. } = here.desk.hello() else { unreachable!("hello") };
            here.says(Up::Hello { after, office: version, viewer }).await;
            assert_eq!(here.told(), [Down::Reset], "{why}");
            office.adds(refund.id, "Are you there?", NOON).await;
            assert_eq!(kinds(&other.hears().await).last(), Some(&"envelope"), "others hear it");
            assert_eq!(here.hears_what_is_there().await, []);
            assert_eq!(here.listener().counts(NOON).await.unwrap(), None);
            assert_eq!(here.listener().beat(NOON).await.unwrap(), []);
            here.begins_anew().await;
            assert_eq!(kinds(&here.told()), ["head", "counts"]);
            here.is_like(&ana.looks_now().await);
        }
    })
    .await;
}

#[tokio::test]
async fn a_thousand_entries_are_caught_up_with() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let mut ana = office.agent(ANA).watches().await;
        ana.goes_away();
        pass(&office, refund.id, 1_000).await;
        ana.connects().await;
        assert_eq!(kinds(&ana.told()), ["envelope", "head", "counts"]);
    })
    .await;
}

#[tokio::test]
async fn whose_rights_change_hears_of_that_first_and_then_nothing_until_hello() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let returns = sql!(
            "update agent_group set group_id = (select group_id from team_group where name = 'Returns') \
             where agent_id = $1"
        );
        let nothing = sql!("delete from agent_role where agent_id = $1");
        let mut zoe = office.agent(ZOE).watches().await;
        for (who, change) in [(ANA, returns), (BEN, nothing)] {
            let mut here = office.agent(who).watches().await;
            office.changes(change, who).await;
            office.adds(refund.id, "Are you there?", NOON).await;
            let told = here.hears_until(|down| *down == Down::Reset).await;
            let [Down::Office { viewer, office: directory }, Down::Reset] = told.as_slice() else {
                panic!("{told:?}")
            };
            assert_eq!((Some(viewer), &here.desk.viewer), (directory.viewer(who).as_ref(), viewer));
            assert_ne!(*viewer, here.asker.viewer);
            let told = zoe.hears().await;
            assert_eq!(kinds(&told), ["office", "envelope"], "for others the directory is new");
            assert_eq!(here.hears_what_is_there().await, []);
            assert_eq!(here.listener().counts(NOON).await.unwrap(), None);
            here.begins_anew().await;
            assert_eq!(here.desk.row(refund.id), None);
            office.adds(refund.id, "And now?", NOON).await;
            assert_eq!(here.hears().await.iter().find(|down| matches!(down, Down::Envelope(_))), None);
            zoe.hears().await;
        }
    })
    .await;
}

#[tokio::test]
async fn who_says_hello_with_rights_of_before_begins_anew() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let mut ben = office.agent(BEN).watches().await;
        ben.goes_away();
        office.changes(sql!("delete from agent_role where agent_id = $1"), BEN).await;
        office.adds(refund.id, "Are you there?", NOON).await;
        ben.connects().await;
        assert_eq!(ben.told(), [Down::Reset]);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_disabled_is_signed_out() {
    in_office(async |office| {
        let (mut ana, mut again) = (office.agent(ANA).watches().await, office.agent(ANA).watches().await);
        again.goes_away();
        office.changes(sql!("update agent set enabled = false where agent_id = $1"), ANA).await;
        ana.hears_its_end().await;
        assert_eq!(ana.told(), []);
        again.connects().await;
        assert_eq!((again.is_signed_out, again.told()), (true, vec![]));
    })
    .await;
}

#[tokio::test]
async fn a_colleague_who_goes_away_is_told_in_a_few_words() {
    in_office(async |office| {
        let mut ana = office.agent(ANA).watches().await;
        office.server.set_availability(&office.agent(BEN).viewer, Availability::Away).await.unwrap();
        let told = ana.hears_until(|down| matches!(down, Down::Availability { .. })).await;
        let version = ana.desk.office.version;
        assert_eq!(told, [Down::Availability { version, agents: [(BEN, Availability::Away)].into() }]);
        assert_eq!(ana.desk.office.agents[&BEN].availability, Availability::Away);
        assert_eq!(version, directory().version + 1);
        ana.goes_away();
        ana.connects().await;
        assert_eq!(kinds(&ana.told()), ["head", "counts"], "it has the directory");
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ends_is_told_so_and_the_others_of_its_agent_stay() {
    in_office(async |office| {
        let ana = office.agent(ANA);
        let (mut here, mut there) = (ana.watches().await, ana.watches().await);
        session::revoke(&office.server, &there.asker, here.asker.session.clone(), NOON).await.unwrap();
        here.hears_its_end().await;
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        assert_eq!(kinds(&there.hears().await), ["envelope", "counts"]);
        assert!(!there.is_signed_out && there.desk.row(refund.id).is_some());
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ends_before_its_browser_says_hello_hears_of_it_then() {
    in_office(async |office| {
        let ana = office.agent(ANA);
        let (mut here, mut there) = (ana.watches().await, ana.watches().await);
        here.goes_away();
        here.listener = office.server.live.listener(here.asker.clone());
        session::revoke(&office.server, &there.asker, here.asker.session.clone(), NOON).await.unwrap();
        office.writes("Cleo", "Refund?", BILLING).await;
        there.hears().await;
        here.greets().await;
        assert_eq!((here.is_signed_out, here.told()), (true, vec![]));
    })
    .await;
}

/// Lets more happen than a browser's queue holds. Each is one piece of news, because somebody waits for it.
async fn overflows(office: &Office, id: ConversationId, quick: &mut Watcher) {
    for n in 0..300 {
        match n % 3 {
            0 => drop(office.adds(id, "Are you there?", NOON).await),
            _ => drop(office.agent(YUKI).send(&order(id, note("Later."))).await.unwrap()),
        }
        quick.hears().await;
    }
}

#[tokio::test]
async fn who_reads_slowly_loses_its_queue_and_never_its_cursor() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        let (mut slow, mut quick) = (ana.watches().await, ana.watches().await);
        let mut ben = office.agent(BEN).watches().await;
        ben.looks_at(refund.id, true).await;
        slow.hears_look(refund.id, &[], &[BEN]).await;
        ben.goes_away();
        quick.hears_look(refund.id, &[], &[]).await;
        overflows(&office, refund.id, &mut quick).await;
        let told = slow.hears().await;
        // In steps: what it is told waits in memory until it has read it.
        let [envelopes @ .., Down::Head { .. }, Down::Counts { .. }, looks] = told.as_slice() else {
            panic!("{:?}", kinds(&told))
        };
        let n_entries = |down: &Down| match down {
            Down::Envelope(envelope) => envelope.entries.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(envelopes.iter().map(n_entries).collect::<Vec<_>>(), [50; 6], "out of the log");
        assert!(matches!(looks, Down::Looks(_)) && slow.desk.looks().is_empty(), "nobody writes any more");
        slow.is_like(&ana.looks_now().await);
        office.adds(refund.id, "And now?", NOON).await;
        assert_eq!(kinds(&slow.hears().await), ["envelope"]);
        slow.is_like(&ana.looks_now().await);
    })
    .await;
}

#[tokio::test]
async fn what_stood_in_a_lost_queue_about_rights_and_sessions_counts() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let mut quick = office.agent(ZOE).watches().await;
        let mut ben = office.agent(BEN).watches().await;
        let (mut ana, again) = (office.agent(ANA).watches().await, office.agent(ANA).signs_in().await);
        office.changes(sql!("delete from agent_role where agent_id = $1"), BEN).await;
        session::revoke(&office.server, &again, ana.asker.session.clone(), NOON).await.unwrap();
        overflows(&office, refund.id, &mut quick).await;
        assert_eq!(kinds(&ben.hears_until(|down| *down == Down::Reset).await), ["office", "reset"]);
        assert_eq!(ben.hears_what_is_there().await, []);
        ana.hears_its_end().await;
        assert_eq!(ana.told(), []);
    })
    .await;
}

/// On SQLite there is one server: it alone may open the file.
#[tokio::test]
async fn what_one_server_commits_is_heard_at_the_other() {
    let database = database::empty_postgres().await;
    let (one, other) = (Db::open(&database).await.unwrap(), Db::open(&database).await.unwrap());
    one.migrate(migrations::ALL).await.unwrap();
    let (here, there) = (Office::open(one.clone()).await, Office::again(other.clone()));
    let refund = here.writes("Cleo", "Refund?", BILLING).await;
    let (mut ana, mut olu) = (there.agent(ANA).watches().await, there.agent(OLU).watches().await);
    here.agent(ANA).run(refund.id, Command::Claim).await.unwrap();
    assert_eq!(kinds(&ana.hears().await), ["envelope", "counts"]);
    assert_eq!(kinds(&olu.hears().await), ["gone", "counts"]);
    ana.is_like(&here.agent(ANA).looks_now().await);

    // What hello was answered with is not told again when the other server comes to read it.
    ana.goes_away();
    let invoice = here.writes("Cleo", "Invoice?", BILLING).await;
    ana.connects().await;
    assert_eq!(kinds(&ana.told()), ["envelope", "head", "counts"]);
    here.adds(refund.id, "Are you there?", NOON).await;
    let is_told_again =
        |down: &Down| matches!(down, Down::Envelope(one) if one.row.scene.conversation.id == invoice.id);
    assert!(!ana.hears().await.iter().any(is_told_again));

    session::revoke(&here.server, &olu.asker, olu.asker.session.clone(), NOON).await.unwrap();
    olu.hears_its_end().await;

    // Hello is answered with the rights of that moment, though the other server has not looked for a while.
    let mut ben = there.agent(BEN).watches().await;
    ben.goes_away();
    here.changes(sql!("delete from agent_role where agent_id = $1"), BEN).await;
    here.agent(ANA).run(refund.id, note("Soon.")).await.unwrap();
    ben.connects().await;
    assert_eq!(ben.told(), [Down::Reset]);
    for db in [one, other] {
        db.close().await;
    }
}

#[tokio::test]
async fn what_is_overdue_is_counted_once_for_all_browsers_of_an_agent_and_for_each_agents_own_sight() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let late =
            sql!("update conversation set first_response_due = 1, deadline = 1 where conversation_id = $1");
        let (ana, rita) = (office.agent(ANA), office.agent(RITA));
        let (mut first, mut second, mut other) =
            (ana.watches().await, ana.watches().await, rita.watches().await);
        let id = refund.id.to_string();
        office.writing(async move |tx: &mut Tx| Ok(tx.q(late).bind(id).exec().await?)).await;
        office.adds(refund.id, "Are you there?", NOON).await;
        for (here, n) in [(&mut first, 1), (&mut second, 1), (&mut other, 0)] {
            here.catches_up().await;
            assert_eq!(here.count(View::Overdue).n, 0, "it was counted just now");
            let later = NOON + Duration::seconds(5);
            let counts = here.listener().counts(later).await.unwrap();
            here.takes(counts.into_iter().collect()).await;
            assert_eq!(here.count(View::Overdue).n, n);
        }
    })
    .await;
}
