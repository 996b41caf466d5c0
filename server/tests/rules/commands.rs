//! What orders do to the store: once, wholly or not at all, and in sight of those who may see it only.

use std::collections::BTreeSet;

use app::backend::ENTRIES;
use app::error::Error;
use domain::conversation::{Command, Conversation, Event};
use domain::desk::Opened;
use domain::filter::Filter;
use domain::id::{AgentId, ConversationId, MessageId};
use domain::live::{Entry, Request};
use domain::message::{Delivery, TEXT_MAX_CHARS, Words};
use domain::permission::{Permission, Preset};
use domain::refusal::Refusal;
use domain::view::View;
use domain::viewer::By;
use domain::worlds::{self, ANA, BEN, BILLING, NOON, NOON_AND_A_BIT, OLU, RETURNS, RITA, YUKI, ZOE};
use futures::future::join_all;
use server::db::{Db, Tx};
use server::{migrations, sql};
use tempfile::TempDir;

use crate::database;
use crate::office::{Office, Person, in_office, note, order, refusal, reply, whisper, words};

fn last(conversation: &Conversation) -> Option<MessageId> {
    conversation.last_public.map(|last| last.message)
}

#[tokio::test]
async fn the_same_order_twice_is_done_once_and_gets_the_same_receipt() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        let answer = order(refund.id, reply("On its way.", last(&refund)));
        let first = ana.order(&answer).await.unwrap();
        let once = office.everything().await;
        let again = ana.at(NOON_AND_A_BIT).order(&answer).await.unwrap();
        assert_eq!((first.receipt, first.row, first.entries), (again.receipt, again.row, again.entries));
        assert_eq!(office.everything().await, once);
    })
    .await;
}

#[tokio::test]
async fn the_same_order_twenty_times_at_once_is_done_once() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        let answer = order(refund.id, reply("On its way.", last(&refund)));
        let outcomes = join_all((0..20).map(|_| ana.order(&answer))).await;
        let receipts: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap().receipt).collect();
        assert!(receipts.windows(2).all(|pair| pair[0] == pair[1]), "{receipts:?}");
        let replies = office.column(sql!("select text from message where kind = 'reply'")).await;
        assert_eq!(replies, ["On its way."]);
        assert_eq!(office.conversation(refund.id).await.version, refund.version + 2, "taken and answered");
    })
    .await;
}

#[tokio::test]
async fn a_command_id_with_another_body_is_refused() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let invoice = office.writes("Cleo", "Invoice?", BILLING).await;
        let ana = office.agent(ANA);
        let taken = order(refund.id, Command::Claim);
        ana.order(&taken).await.unwrap();
        let before = office.everything().await;
        for other in [
            Request { command: Command::Unassign, ..taken.clone() },
            Request { conversation: invoice.id, ..taken.clone() },
        ] {
            assert_eq!(refusal(ana.order(&other).await), Refusal::AnotherOrder);
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn another_persons_command_id_is_refused() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let taken = order(refund.id, Command::Claim);
        office.agent(ANA).order(&taken).await.unwrap();
        let before = office.everything().await;
        assert_eq!(refusal(office.agent(BEN).order(&taken).await), Refusal::AnotherOrder);
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_id_of_another_message_is_refused_and_nothing_of_the_order_stays() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let invoice = office.writes("Cleo", "Invoice?", BILLING).await;
        let ana = office.agent(ANA);
        let said = words("First.");
        ana.run(refund.id, Command::Note { words: said.clone(), mentions: [].into() }).await.unwrap();
        let before = office.everything().await;
        for (conversation, id, seen) in
            [(refund.id, said.id, last(&refund)), (invoice.id, last(&refund).unwrap(), last(&invoice))]
        {
            let words = Words::new(id, "Second.");
            let answer = ana.run(conversation, Command::Reply { words, seen }).await;
            assert_eq!(refusal(answer), Refusal::AnotherMessage);
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

// rule 000-03
#[tokio::test]
async fn of_those_who_take_it_at_once_one_gets_it_and_the_others_hear_who() {
    in_office(async |office| {
        for round in 0..5 {
            let refund = office.writes(&format!("Cleo {round}"), "Refund?", BILLING).await;
            let mut people = [ANA, BEN, ZOE, YUKI].map(|id| office.agent(id));
            people.rotate_left(round % 4);
            let answers = join_all(people.iter().map(|person| person.run(refund.id, Command::Claim))).await;
            let winners: Vec<&Person> = people
                .iter()
                .zip(&answers)
                .filter(|(_, answer)| answer.is_ok())
                .map(|(who, _)| who)
                .collect();
            let [winner] = winners.as_slice() else { panic!("one wins: {answers:?}") };
            assert_eq!(office.conversation(refund.id).await.assignee, Some(winner.viewer.agent));
            let directory = worlds::office();
            let by = directory.name_of(winner.viewer.agent);
            // Who does not even see it now is told that it is not there.
            for (person, answer) in people.iter().zip(answers).filter(|(_, answer)| answer.is_err()) {
                match person.viewer.may(Permission::ViewAll) {
                    true => assert_eq!(refusal(answer), Refusal::Taken { by: by.into() }),
                    false => assert_eq!(answer, Err(Error::Missing)),
                }
            }
            let taken = office.column(sql!("select event from event where event like '%assigned%'")).await;
            assert_eq!(taken.len(), round + 1, "one assignment each time");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_theirs_are_the_same() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let bens = office.writes("Cleo", "Invoice?", BILLING).await;
        office.agent(BEN).run(bens.id, Command::Claim).await.unwrap();
        let before = office.everything().await;
        let (ana, rita) = (office.agent(ANA), office.agent(RITA));
        let forged = ConversationId::new(u128::MAX);
        let commands = || {
            [
                Command::Claim,
                Command::Assign { to: RITA, note: None },
                Command::Unassign,
                reply("Let me in.", last(&refund)),
                whisper("Let me in."),
                note("Let me in."),
                Command::Resolve {
                    summary: Some(words("Done.")),
                    closing: Some(words("Bye.")),
                    seen: last(&refund),
                },
                Command::Close,
                Command::Reopen,
                Command::Read,
            ]
        };
        for (person, id) in [(&rita, forged), (&rita, refund.id), (&ana, bens.id)] {
            for command in commands() {
                let answer = person.run(id, command.clone()).await;
                assert_eq!(answer, Err(Error::Missing), "{command:?}");
            }
        }
        for (person, number) in [(&rita, 987_654), (&rita, refund.number), (&ana, bens.number)] {
            assert_eq!(person.open(number).await, Err(Error::Missing));
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

// rule 003-16
#[tokio::test]
async fn starting_a_conversation_is_written_in_its_log_with_who_and_when() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA).at(NOON_AND_A_BIT);
        ana.run(refund.id, Command::Claim).await.unwrap();
        let thread = ana.open(refund.number).await.unwrap().entries;
        let taken = thread.last().unwrap();
        assert_eq!((taken.by, taken.at), (By::Agent(ANA), NOON_AND_A_BIT));
        assert_eq!(taken.event, Some(Event::Assigned { to: ANA, from: None, note: None }));
        assert_eq!(ana.list(View::MyInbox).await, [refund.number]);
    })
    .await;
}

// rule 002-05
#[tokio::test]
async fn a_preview_claims_nothing_and_marks_nothing_as_read() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let before = office.everything().await;
        for person in [ANA, BEN, OLU, ZOE].map(|id| office.agent(id)) {
            let opened = person.open(refund.number).await.unwrap();
            assert!(opened.row.scene.conversation.unread_since.is_some());
            assert_eq!(opened.row.preview.unwrap().text, "Refund?");
            // The screen says that it was looked at; it is not theirs, so that marks nothing either.
            person.run(refund.id, Command::Read).await.unwrap();
            assert_eq!(office.conversation(refund.id).await, refund);
        }
        let mut after = office.everything().await;
        assert_eq!(after["command"].len(), 4, "only that it was ordered is remembered");
        after.insert("command".into(), vec![]);
        assert_eq!(after, before);
    })
    .await;
}

#[tokio::test]
async fn the_one_who_has_it_marks_it_read_by_looking() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Claim).await.unwrap();
        ana.run(refund.id, Command::Read).await.unwrap();
        assert_eq!(office.conversation(refund.id).await.unread_since, None);
    })
    .await;
}

#[tokio::test]
async fn a_whisper_is_nowhere_for_those_who_take_no_part() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let (ana, ben, zoe) = (office.agent(ANA), office.agent(BEN), office.agent(ZOE));
        ana.run(refund.id, Command::Claim).await.unwrap();
        let secret = words("Psst, the wolverine.");
        let told = Command::Whisper { words: secret.clone(), mentions: [].into() };
        let whispered = ana.run(refund.id, told).await.unwrap().receipt.seq;
        let outcome = ben.run(refund.id, note("I am watching.")).await.unwrap();

        let opened = ben.open(refund.number).await.unwrap();
        let pages = ben.pages(&Filter::of(View::All)).await;
        let earlier = earlier(&ben, refund.id).await;
        for told in [
            serde_json::to_string(&outcome).unwrap(),
            serde_json::to_string(&opened).unwrap(),
            serde_json::to_string(&pages).unwrap(),
            serde_json::to_string(&earlier).unwrap(),
        ] {
            assert!(told.contains("Refund?"), "it is looked at: {told}");
            assert!(!told.contains("wolverine") && !told.contains(&secret.id.to_string()), "{told}");
        }
        let seqs = |entries: &[Entry]| entries.iter().map(|entry| entry.seq).collect::<Vec<_>>();
        let seen_by_ana = seqs(&ana.open(refund.number).await.unwrap().entries);
        let without: Vec<i64> = seen_by_ana.iter().copied().filter(|seq| *seq != whispered).collect();
        assert_eq!(seqs(&opened.entries), without, "its number is missing and nothing else");

        let preview = |opened: Opened| opened.row.preview.unwrap().text;
        assert_eq!(preview(ana.open(refund.number).await.unwrap()), "I am watching.");
        assert!(
            serde_json::to_string(&zoe.open(refund.number).await.unwrap()).unwrap().contains("wolverine")
        );
    })
    .await;
}

#[tokio::test]
async fn the_preview_of_a_whisper_is_for_those_who_may_read_it() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Claim).await.unwrap();
        ana.run(refund.id, whisper("Psst.")).await.unwrap();
        for (person, text, private) in
            [(ANA, "Psst.", true), (ZOE, "Psst.", true), (YUKI, "Psst.", true), (BEN, "Refund?", false)]
        {
            let person = office.agent(person);
            let page = person.pages(&Filter::of(View::All)).await.remove(0);
            let preview = page.rows[0].preview.clone().unwrap();
            assert_eq!((preview.text.as_str(), preview.private), (text, private));
        }
    })
    .await;
}

async fn earlier(person: &Person, id: ConversationId) -> Vec<Entry> {
    let viewer = person.viewer.clone();
    let read = async move |tx: &mut Tx| server::conversation::earlier(tx, &viewer, id, i64::MAX).await;
    person.server.db.read(read).await.unwrap()
}

#[tokio::test]
async fn a_long_thread_is_read_from_its_end_without_gap_and_without_end() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        for n in 0..120 {
            ana.run(refund.id, note(&format!("Note {n}"))).await.unwrap();
        }
        let opened = ana.open(refund.number).await.unwrap();
        assert_eq!((opened.entries.len(), opened.has_earlier), (ENTRIES, true));
        let mut thread = opened.entries;
        loop {
            let (viewer, first) = (ana.viewer.clone(), thread[0].seq);
            let read =
                async move |tx: &mut Tx| server::conversation::earlier(tx, &viewer, refund.id, first).await;
            let earlier = office.server.db.read(read).await.unwrap();
            if earlier.is_empty() {
                break;
            }
            thread.splice(0..0, earlier);
        }
        let texts: Vec<String> = thread.into_iter().map(|entry| entry.message.unwrap().text).collect();
        let expected: Vec<String> = (0..120).map(|n| format!("Note {n}")).collect();
        assert_eq!(texts, [vec!["Refund?".into()], expected].concat());
    })
    .await;
}

/// Whoever looks while others write sees the log without a gap: what has a smaller number was committed before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_no_gap_at_any_moment_while_eight_people_write() {
    on_two_servers(async |office, other| {
        let mut people: Vec<Person> = [ANA, BEN, ZOE, YUKI].map(|id| other.agent(id)).into();
        for n in 50..54 {
            people.push(office.hires(AgentId::new(n), Preset::Agent, BILLING).await);
        }
        let mut ids = vec![];
        for n in 0..6 {
            ids.push(office.writes(&format!("Customer {n}"), "Refund?", BILLING).await.id);
        }
        let before = log(&office).await;
        let watching = tokio::spawn({
            let office = office.clone();
            async move {
                let mut n_looks = 0;
                loop {
                    let seqs = log(&office).await;
                    assert!((1..).zip(&seqs).all(|(n, seq)| n == *seq), "dense at any moment: {seqs:?}");
                    n_looks += 1;
                    if seqs.len() == before.len() + 200 {
                        return n_looks;
                    }
                }
            }
        });
        let writing = people.into_iter().enumerate().map(|(n, person)| {
            let ids = ids.clone();
            tokio::spawn(async move {
                let mut seqs = vec![];
                for turn in 0..25 {
                    let id = ids[(n * 7 + turn) % ids.len()];
                    let outcome = person.run(id, note(&format!("Note {turn} of {n}"))).await.unwrap();
                    seqs.push(outcome.receipt.seq);
                }
                assert!(seqs.is_sorted(), "what was ordered later stands later: {seqs:?}");
                seqs
            })
        });
        let receipts: BTreeSet<i64> = join_all(writing).await.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(receipts.len(), 200, "every order has a place of its own");
        assert!(watching.await.unwrap() > 3, "it was looked at while it was written");
    })
    .await;
}

#[tokio::test]
async fn the_same_order_at_two_servers_at_once_is_done_once() {
    on_two_servers(async |office, other| {
        for n in 0..5 {
            let refund = office.writes(&format!("Cleo {n}"), "Refund?", BILLING).await;
            let answer = order(refund.id, reply("On its way.", last(&refund)));
            let (here, there) = (office.agent(ANA), other.agent(ANA));
            let (first, second) = tokio::join!(here.order(&answer), there.order(&answer));
            assert_eq!(first.unwrap().receipt, second.unwrap().receipt);
            assert_eq!(office.conversation(refund.id).await.version, refund.version + 2);
        }
    })
    .await;
}

/// An office that two servers share, each with connections of its own, on each engine.
async fn on_two_servers(test: impl AsyncFn(Office, Office)) {
    let folder = TempDir::new().unwrap();
    for database in [database::sqlite(folder.path()), database::empty_postgres().await] {
        println!("on {database}");
        let db = Db::open(&database).await.unwrap();
        db.migrate(migrations::ALL).await.unwrap();
        let office = Office::open(db).await;
        let other = Office::again(Db::open(&database).await.unwrap());
        test(office.clone(), other.clone()).await;
        office.server.db.close().await;
        other.server.db.close().await;
    }
}

async fn log(office: &Office) -> Vec<i64> {
    let read = async move |tx: &mut Tx| {
        let rows = tx.q(sql!("select seq from event order by seq")).all().await?;
        rows.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, server::db::Error>>()
    };
    office.server.db.read(read).await.unwrap()
}

#[tokio::test]
async fn the_log_holds_no_words() {
    in_office(async |office| {
        let refund = office.mails("Wolverine", "Where is the wolverine?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Assign { to: BEN, note: Some(words("A wolverine.")) }).await.unwrap();
        let ben = office.agent(BEN);
        ben.run(refund.id, reply("No wolverine here.", last(&refund))).await.unwrap();
        ben.run(refund.id, whisper("What wolverine?")).await.unwrap();
        ben.run(refund.id, note("Wolverine again.")).await.unwrap();
        let (summary, closing) = (Some(words("It was a wolverine.")), Some(words("Bye, wolverine.")));
        let seen = last(&office.conversation(refund.id).await);
        ben.run(refund.id, Command::Resolve { summary, closing, seen }).await.unwrap();
        for (table, rows) in office.everything().await {
            let words_live_here =
                ["message", "contact", "conversation", "search_name"].contains(&table.as_str());
            let found = rows.iter().any(|row| row.to_lowercase().contains("wolverine"));
            assert_eq!(found, words_live_here, "{table}: {rows:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_refused_order_leaves_no_trace() {
    in_office(async |office| {
        let refund = office.mails("Cleo", "Refund?", BILLING).await;
        let ben = office.agent(BEN);
        ben.run(refund.id, Command::Claim).await.unwrap();
        let before = office.everything().await;
        let zoe = office.agent(ZOE);
        let named = |name: &str| name.to_owned();
        for (person, command, expected) in [
            (&zoe, Command::Claim, Refusal::Taken { by: named("Ben") }),
            (&ben, Command::Claim, Refusal::AlreadyYours),
            (&ben, Command::Reopen, Refusal::NotDone),
            (&ben, reply("  \n", last(&refund)), Refusal::NoText),
            (&ben, reply("Hello.", None), Refusal::NewerMessage { message: last(&refund).unwrap() }),
            (
                &zoe,
                Command::Whisper { words: words("Rita?"), mentions: [RITA].into() },
                Refusal::NotMentionable { name: named("Rita") },
            ),
        ] {
            assert_eq!(refusal(person.run(refund.id, command).await), expected);
        }
        let same = words("Twice.");
        let seen = last(&refund);
        let twice = Command::Resolve { summary: Some(same.clone()), closing: Some(same), seen };
        assert_eq!(refusal(ben.run(refund.id, twice).await), Refusal::AnotherMessage);
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_right_that_is_missing_refuses_and_leaves_no_trace() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let before = office.everything().await;
        let olu = office.agent(OLU);
        for (command, missing) in [
            (Command::Claim, Permission::Claim),
            (Command::Assign { to: ANA, note: None }, Permission::AssignOthers),
            (reply("Hello.", last(&refund)), Permission::Reply),
            (whisper("Psst."), Permission::Whisper),
            (note("Hm."), Permission::Note),
            (Command::Resolve { summary: None, closing: None, seen: None }, Permission::Resolve),
            (Command::Close, Permission::Close),
        ] {
            assert_eq!(refusal(olu.run(refund.id, command).await), Refusal::NotAllowed { missing });
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_reply_by_email_waits_in_the_outbox_once_and_a_whisper_never_does() {
    in_office(async |office| {
        let mail = office.mails("Cleo", "Refund?", BILLING).await;
        let chat = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        let said = words("On its way.");
        let answer = order(mail.id, Command::Reply { words: said.clone(), seen: last(&mail) });
        join_all((0..5).map(|_| ana.order(&answer))).await;
        ana.run(mail.id, whisper("Psst.")).await.unwrap();
        ana.run(mail.id, note("Hm.")).await.unwrap();
        ana.run(chat.id, reply("Hello.", last(&chat))).await.unwrap();
        let waiting = office.column(sql!("select outbox_id from outbox")).await;
        assert_eq!(waiting, [said.id.to_string()]);

        let delivery = |opened: Opened| {
            opened.entries.into_iter().filter_map(|entry| entry.delivery).collect::<Vec<_>>()
        };
        assert_eq!(delivery(ana.open(mail.number).await.unwrap()), [Delivery::Queued]);
        assert_eq!(delivery(ana.open(chat.number).await.unwrap()), [Delivery::Sent]);
    })
    .await;
}

#[tokio::test]
async fn a_closing_message_goes_out_and_the_summary_stays_in() {
    in_office(async |office| {
        let mail = office.mails("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(mail.id, Command::Claim).await.unwrap();
        let (summary, closing) = (words("Paid back."), words("You have your money."));
        let resolve =
            |seen| Command::Resolve { summary: Some(summary.clone()), closing: Some(closing.clone()), seen };
        let (read, newest) = (last(&mail), last(&office.adds(mail.id, "It is broken again.", NOON).await));
        let newer = Refusal::NewerMessage { message: newest.unwrap() };
        assert_eq!(refusal(ana.run(mail.id, resolve(read)).await), newer);
        ana.run(mail.id, resolve(newest)).await.unwrap();
        assert_eq!(office.column(sql!("select outbox_id from outbox")).await, [closing.id.to_string()]);
    })
    .await;
}

#[tokio::test]
async fn a_reply_is_refused_when_the_customer_wrote_meanwhile() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Claim).await.unwrap();
        let newer = office.adds(refund.id, "Never mind.", NOON).await;
        let before = office.everything().await;
        let answer = ana.run(refund.id, reply("On its way.", last(&refund))).await;
        assert_eq!(refusal(answer), Refusal::NewerMessage { message: last(&newer).unwrap() });
        assert_eq!(office.everything().await, before);
        ana.run(refund.id, reply("Fine.", last(&newer))).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_two_who_answer_at_once_the_second_is_shown_what_the_first_wrote() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let (ben, zoe) = (office.agent(BEN), office.agent(ZOE));
        let said = words("Yes.");
        let yes = Command::Reply { words: said.clone(), seen: last(&refund) };
        let (first, second) =
            tokio::join!(ben.run(refund.id, yes), zoe.run(refund.id, reply("No.", last(&refund))));
        first.unwrap();
        assert_eq!(refusal(second), Refusal::NewerMessage { message: said.id });
    })
    .await;
}

#[tokio::test]
async fn somebody_disabled_is_refused_from_the_next_order_on() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Claim).await.unwrap();
        office.changes(sql!("update agent set enabled = false where agent_id = $1"), ANA).await;
        let before = office.everything().await;
        for command in [reply("Hello.", last(&refund)), note("Bye."), Command::Unassign] {
            assert_eq!(ana.run(refund.id, command).await, Err(Error::Missing));
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_role_taken_away_counts_from_the_next_order_on() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, Command::Claim).await.unwrap();
        let observe = sql!(
            "update agent_role set role_id = (select role_id from role where name = 'Observer') \
             where agent_id = $1"
        );
        office.changes(observe, ANA).await;
        let answer = ana.run(refund.id, reply("Hello.", last(&refund))).await;
        assert_eq!(refusal(answer), Refusal::NotAllowed { missing: Permission::Reply });
    })
    .await;
}

// rule 003-18
#[tokio::test]
async fn to_unassigned_puts_it_back_into_everybodys_queue() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        ana.run(refund.id, Command::Claim).await.unwrap();
        assert_eq!(ana.list(View::MyInbox).await, [refund.number]);
        assert_eq!(ben.list(View::Unassigned).await, [0; 0]);

        ana.run(refund.id, Command::Unassign).await.unwrap();
        assert_eq!(ana.list(View::MyInbox).await, [0; 0]);
        for person in [&ana, &ben] {
            assert_eq!(person.list(View::Unassigned).await, [refund.number]);
        }
    })
    .await;
}

// rule 001-17
#[tokio::test]
async fn resolved_ones_stay_in_all_and_leave_unresolved_and_your_inbox() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        ana.run(refund.id, Command::Claim).await.unwrap();
        assert_eq!(ben.list(View::Unresolved).await, [refund.number]);
        ana.run(refund.id, Command::Resolve { summary: None, closing: None, seen: None }).await.unwrap();
        for person in [&ana, &ben] {
            assert_eq!(person.list(View::Unresolved).await, [0; 0]);
            assert_eq!(person.list(View::MyInbox).await, [0; 0]);
            assert_eq!(person.list(View::All).await, [refund.number]);
            assert_eq!(person.list(View::Resolved).await, [refund.number]);
        }
        assert_eq!(ana.list(View::Closed).await, [refund.number], "who finished it has it under Closed");
        assert_eq!(ben.list(View::Closed).await, [0; 0]);

        ana.run(refund.id, Command::Reopen).await.unwrap();
        assert_eq!(ana.list(View::MyInbox).await, [refund.number]);
        assert_eq!(ana.list(View::Closed).await, [0; 0]);
    })
    .await;
}

// rule 003-18
#[tokio::test]
async fn to_closed_takes_it_to_the_closed_tab_of_who_pressed_it() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let (ana, ben, rita) = (office.agent(ANA), office.agent(BEN), office.agent(RITA));
        ana.run(refund.id, Command::Claim).await.unwrap();
        let outcome = ben.run(refund.id, Command::Close).await.unwrap();
        assert_eq!(outcome.counts.get(&View::Closed).map(|count| count.n), Some(1));
        assert_eq!(ben.list(View::Closed).await, [refund.number]);
        assert_eq!(ana.list(View::Closed).await, [0; 0]);
        assert_eq!(ana.list(View::MyInbox).await, [0; 0]);
        assert_eq!(ben.list(View::All).await, [refund.number]);
        assert_eq!(rita.list(View::All).await, [0; 0], "another group's is nobody's of Returns");
    })
    .await;
}

#[tokio::test]
async fn what_goes_out_of_sight_by_an_order_is_told_by_its_absence() {
    in_office(async |office| {
        let parcel = office.writes("Cleo", "Parcel?", RETURNS).await;
        office.agent(RITA).run(parcel.id, Command::Claim).await.unwrap();
        let moves = sql!(
            "update agent_group set group_id = (select group_id from team_group where name = 'Billing') \
             where agent_id = $1"
        );
        office.changes(moves, RITA).await;
        let rita = office.signed_in(RITA).await;
        let outcome = rita.run(parcel.id, Command::Unassign).await.unwrap();
        assert_eq!((outcome.row, outcome.entries), (None, vec![]));
        assert_eq!(rita.open(parcel.number).await, Err(Error::Missing));
    })
    .await;
}

// rule 003-01
#[tokio::test]
async fn a_super_admin_takes_and_answers_like_any_operator() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let yuki = office.agent(YUKI);
        assert_eq!(yuki.list(View::Unassigned).await, [refund.number], "of a group that is not hers, too");
        yuki.run(refund.id, Command::Claim).await.unwrap();
        assert_eq!(yuki.list(View::MyInbox).await, [refund.number]);
        yuki.run(refund.id, reply("On its way.", last(&refund))).await.unwrap();
        yuki.run(refund.id, Command::Resolve { summary: None, closing: None, seen: None }).await.unwrap();
        assert_eq!(yuki.list(View::Closed).await, [refund.number]);
    })
    .await;
}

#[tokio::test]
async fn a_text_of_five_megabytes_is_refused_with_both_lengths() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let before = office.everything().await;
        let answer = office.agent(ANA).run(refund.id, reply(&"x".repeat(5 << 20), last(&refund))).await;
        assert_eq!(refusal(answer), Refusal::TextTooLong { chars: 5 << 20, max_chars: TEXT_MAX_CHARS });
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn words_of_every_kind_are_stored_as_they_were_written() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        let longest = "ä".repeat(TEXT_MAX_CHARS as usize);
        for text in [
            "'; drop table message; --",
            "<script>alert(1)</script>",
            "zwei\r\nZeilen\tund 👩‍👩‍👧 \u{202e}rückwärts",
            "%_\\$1 {0} \u{7}",
            &longest,
        ] {
            ana.run(refund.id, note(text)).await.unwrap();
            let thread = ana.open(refund.number).await.unwrap().entries;
            assert_eq!(thread.last().unwrap().message.as_ref().unwrap().text, text);
        }
    })
    .await;
}

/// PostgreSQL cannot store it; a paste from a terminal can hold it.
#[tokio::test]
async fn a_nul_character_is_left_out_of_a_text_on_both_engines() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(refund.id, note("be\0fore and after\0")).await.unwrap();
        let thread = ana.open(refund.number).await.unwrap().entries;
        assert_eq!(thread.last().unwrap().message.as_ref().unwrap().text, "before and after");
        assert_eq!(refusal(ana.run(refund.id, note("\0 \0")).await), Refusal::NoText);
    })
    .await;
}

#[tokio::test]
async fn no_control_or_bidi_character_of_a_contacts_name_reaches_a_row() {
    in_office(async |office| {
        let evil = "\u{202e}gro.elpmaxe\u{202c}\r\n\u{7}\u{200b}Ada\u{2066} Admin\u{2069}\0";
        let refund = office.writes(evil, "Refund?", BILLING).await;
        let row = office.agent(ANA).open(refund.number).await.unwrap().row;
        for name in [row.scene.contact.display_name, row.scene.contact.original_name] {
            assert_eq!(name, "gro.elpmaxe Ada Admin");
        }
    })
    .await;
}

#[tokio::test]
async fn beside_a_conversation_stand_the_others_of_its_contact_that_one_may_see() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let parcel = office.writes("Cleo", "Parcel?", RETURNS).await;
        let invoice = office.writes("Cleo", "Invoice?", BILLING).await;
        let share = sql!(
            "update conversation set contact_id = (select contact_id from conversation where number = 1) \
             where $1 = $1"
        );
        office.changes(share, ANA).await;
        let numbers = async |person: AgentId| {
            let opened = office.agent(person).open(invoice.number).await.unwrap();
            opened.previous.iter().map(|row| row.scene.conversation.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(ANA).await, [refund.number]);
        assert_eq!(numbers(YUKI).await, [parcel.number, refund.number]);
    })
    .await;
}

#[tokio::test]
async fn a_command_id_is_only_taken_by_what_was_done() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let ana = office.agent(ANA);
        let early = order(refund.id, Command::Reopen);
        assert_eq!(refusal(ana.order(&early).await), Refusal::NotDone);
        ana.run(refund.id, Command::Close).await.unwrap();
        ana.order(&early).await.unwrap();
        assert!(office.conversation(refund.id).await.is_active(), "sent again, it was done");
    })
    .await;
}
