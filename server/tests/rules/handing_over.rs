//! Handing a conversation over: to a group, by a request that a colleague answers, by leaving. And what time does by itself.

use domain::conversation::{Command, Event, Status};
use domain::live::Down;
use domain::refusal::Refusal;
use domain::time::{Duration, Timestamp};
use domain::view::View;
use domain::viewer::By;
use domain::worlds::{ANA, BEN, BILLING, NOON, RETURNS, RITA, ZOE};
use futures::future::join_all;
use server::server::Server;
use server::timers;

use crate::office::{Office, Person, in_office, refusal, words};

fn transfer(to: domain::id::AgentId) -> Command {
    Command::Transfer { to, note: Some(words("You know the courier.")) }
}

fn pend(wake_at: Option<Timestamp>) -> Command {
    Command::Pend { reason: words("The courier's answer."), wake_at }
}

/// One of Ana's, from Billing.
async fn anas(office: &Office) -> (domain::conversation::Conversation, Person) {
    let refund = office.writes("Cleo", "Refund?", BILLING).await;
    let ana = office.agent(ANA);
    ana.run(refund.id, Command::Claim).await.unwrap();
    (refund, ana)
}

// rule 003-31, 003-14
#[tokio::test]
async fn assigned_to_another_group_it_is_in_their_unassigned_and_gone_for_who_gave_it() {
    in_office(async |office| {
        let (refund, ana) = anas(&office).await;
        let mut here = ana.watches().await;
        let moved = ana.run(refund.id, Command::AssignGroup { group: RETURNS, note: None }).await.unwrap();
        assert_eq!(moved.row, None, "it is out of her groups, though she took part");
        assert_eq!(office.agent(RITA).list(View::Unassigned).await, [refund.number]);
        assert_eq!(office.agent(BEN).list(View::Unassigned).await, Vec::<i64>::new());
        here.hears_until(|down| matches!(down, Down::Gone { .. })).await;
        assert_eq!(here.desk.row(refund.id), None);
    })
    .await;
}

// rule 004-06
#[tokio::test]
async fn a_transfer_stands_at_who_is_asked_until_they_accept_and_has_one_assignee_throughout() {
    in_office(async |office| {
        let (refund, ana) = anas(&office).await;
        let ben = office.agent(BEN);
        let mut bens = ben.watches().await;
        ana.run(refund.id, transfer(BEN)).await.unwrap();
        let told = bens.hears().await;
        assert!(told.iter().any(|down| matches!(down, Down::Envelope(_))), "he may read it now: {told:?}");
        assert_eq!(bens.count(View::TransfersToMe).n, 1);
        assert_eq!(ben.list(View::TransfersToMe).await, [refund.number]);
        assert_eq!((ana.list(View::Mine).await, ben.list(View::Mine).await), (vec![refund.number], vec![]));
        ben.run(refund.id, Command::AcceptTransfer).await.unwrap();
        assert_eq!((ana.list(View::Mine).await, ben.list(View::Mine).await), (vec![], vec![refund.number]));
        assert_eq!(ben.list(View::TransfersToMe).await, Vec::<i64>::new());
        assert_eq!(refusal(ben.run(refund.id, Command::AcceptTransfer).await), Refusal::NoTransfer);
    })
    .await;
}

// rule 004-06
#[tokio::test]
async fn a_declined_transfer_stays_and_who_was_asked_loses_sight_of_what_is_not_theirs() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Return?", RETURNS).await;
        let (rita, zoe) = (office.agent(RITA), office.agent(ZOE));
        zoe.run(refund.id, Command::Claim).await.unwrap();
        let before = rita.open(refund.number).await;
        assert!(before.is_err(), "another's: {before:?}");
        zoe.run(refund.id, transfer(RITA)).await.unwrap();
        let mut here = rita.watches().await;
        assert!(rita.open(refund.number).await.is_ok());
        let no = Command::DeclineTransfer { reason: Some(words("I am at lunch.")) };
        let declined = rita.run(refund.id, no).await.unwrap();
        assert_eq!(declined.row, None);
        assert_eq!(office.conversation(refund.id).await.assignee, Some(ZOE));
        here.hears_until(|down| matches!(down, Down::Gone { .. })).await;
    })
    .await;
}

// rule 004-06
#[tokio::test]
async fn of_an_answer_and_a_hand_over_at_once_one_counts() {
    in_office(async |office| {
        for round in 0..8 {
            let (refund, ana) = anas(&office).await;
            ana.run(refund.id, transfer(BEN)).await.unwrap();
            let mut both = [
                (office.agent(BEN), Command::AcceptTransfer),
                (ana.clone(), Command::CancelTransfer),
                (office.agent(ZOE), Command::Assign { to: ZOE, note: None }),
            ];
            both.rotate_left(round % 3);
            let answers = join_all(both.iter().map(|(who, what)| who.run(refund.id, what.clone()))).await;
            let now = office.conversation(refund.id).await;
            assert_eq!(now.transfer, None, "{answers:?}");
            assert!([Some(ANA), Some(BEN), Some(ZOE)].contains(&now.assignee));
            let answered = [Command::AcceptTransfer, Command::CancelTransfer];
            let n_answered = both
                .iter()
                .zip(&answers)
                .filter(|((_, what), answer)| answered.contains(what) && answer.is_ok());
            assert!(n_answered.count() <= 1, "{answers:?}");
        }
    })
    .await;
}

// rule 004-09
#[tokio::test]
async fn who_leaves_loses_sight_of_what_was_theirs_by_taking_part_only() {
    in_office(async |office| {
        let (refund, ana) = anas(&office).await;
        assert_eq!(refusal(ana.run(refund.id, Command::Leave).await), Refusal::HandOverFirst);
        office.agent(ZOE).run(refund.id, Command::Assign { to: BEN, note: None }).await.unwrap();
        assert_eq!(ana.list(View::Participating).await, [refund.number]);
        let mut here = ana.watches().await;
        let left = ana.run(refund.id, Command::Leave).await.unwrap();
        assert_eq!(left.row, None);
        here.hears_until(|down| matches!(down, Down::Gone { .. })).await;
        assert_eq!(ana.list(View::Participating).await, Vec::<i64>::new());
    })
    .await;
}

// rule 002-22
#[tokio::test]
async fn what_is_pending_wakes_when_its_time_comes_and_once() {
    in_office(async |office| {
        let (refund, ana) = anas(&office).await;
        let tomorrow = NOON + Duration::days(1);
        ana.run(refund.id, pend(Some(tomorrow))).await.unwrap();
        assert_eq!(timers::pass(&office.server, tomorrow - Duration(1)).await.unwrap(), 0);
        assert!(matches!(office.conversation(refund.id).await.status, Status::Pending { .. }));
        // Two servers look at once.
        let other: &Server = &office.server;
        let (one, two) = tokio::join!(timers::pass(&office.server, tomorrow), timers::pass(other, tomorrow));
        assert!(one.unwrap() + two.unwrap() >= 1);
        let woken = ana.at(tomorrow).open(refund.number).await.unwrap();
        assert_eq!(woken.row.scene.conversation.status, Status::Open);
        assert_eq!(woken.row.scene.conversation.assignee, Some(ANA), "it stays hers");
        let resumed = woken.entries.iter().filter(|entry| entry.event == Some(Event::Resumed));
        assert_eq!(resumed.map(|entry| entry.by).collect::<Vec<_>>(), [By::System]);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_and_more_that_are_due_wake_together() {
    in_office(async |office| {
        let zoe = office.agent(ZOE);
        let at = NOON + Duration::hours(1);
        for n in 0..120 {
            let one = office.writes(&format!("Customer {n}"), "Refund?", BILLING).await;
            zoe.run(one.id, pend(Some(at))).await.unwrap();
        }
        assert_eq!(timers::pass(&office.server, at).await.unwrap(), 120);
        assert_eq!(timers::pass(&office.server, at).await.unwrap(), 0);
    })
    .await;
}

// rule 004-06
#[tokio::test]
async fn a_transfer_that_nobody_answers_lapses_and_who_asked_keeps_it() {
    in_office(async |office| {
        let (refund, ana) = anas(&office).await;
        ana.run(refund.id, transfer(BEN)).await.unwrap();
        let later = NOON + domain::conversation::ANSWERED_WITHIN;
        assert_eq!(timers::pass(&office.server, later).await.unwrap(), 1);
        let now = office.conversation(refund.id).await;
        assert_eq!((now.assignee, now.transfer), (Some(ANA), None));
        assert_eq!(
            refusal(office.agent(BEN).at(later).run(refund.id, Command::AcceptTransfer).await),
            Refusal::NoTransfer
        );
    })
    .await;
}

// rule 002-04
#[tokio::test]
async fn who_hands_over_is_told_who_is_busy_and_who_knows_the_customer() {
    in_office(async |office| {
        let (refund, ana) = anas(&office).await;
        let seen = refund.last_public.map(|last| last.message);
        ana.run(refund.id, crate::office::reply("On its way.", seen)).await.unwrap();
        ana.run(refund.id, Command::Close).await.unwrap();
        let again = office.adds(refund.id, "It has not come.", NOON).await;
        office.agent(BEN).run(again.id, Command::Claim).await.unwrap();
        let viewer = office.agent(BEN).viewer;
        let ask = async move |tx: &mut server::db::Tx| {
            server::conversation::colleagues(tx, &viewer, again.id, NOON).await
        };
        let colleagues = office.server.db.read(ask).await.unwrap();
        assert_eq!((colleagues.knows, colleagues.open.get(&BEN)), ([ANA].into(), Some(&1)));
    })
    .await;
}
