//! Who is told who has a conversation open, and who is writing there.

use domain::conversation::Command;
use domain::id::ConversationId;
use domain::live::{Down, Up};
use domain::worlds::{ANA, BEN, BILLING, OLU, RITA, ZOE};
use server::sql;

use crate::office::in_office;

#[tokio::test]
async fn who_looks_is_told_to_those_who_look_too_and_who_writes_to_all_who_may_see_it() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await.id;
        let (mut ana, mut ben) = (office.agent(ANA).watches().await, office.agent(BEN).watches().await);
        let (mut zoe, mut rita) = (office.agent(ZOE).watches().await, office.agent(RITA).watches().await);
        ana.looks_at(refund, false).await;
        ben.looks_at(refund, true).await;
        ana.hears_look(refund, &[BEN], &[BEN]).await;
        ben.hears_look(refund, &[ANA], &[]).await;
        zoe.hears_look(refund, &[], &[BEN]).await;
        assert_eq!(rita.hears_what_is_there().await, [], "she cannot see it");

        ben.says(Up::Look { at: None, replying: false }).await;
        ana.hears_look(refund, &[], &[]).await;
        zoe.hears_look(refund, &[], &[]).await;
        assert!(ana.desk.looks().is_empty() && zoe.desk.looks().is_empty());

        zoe.looks_at(refund, false).await;
        ana.hears_look(refund, &[ZOE], &[]).await;
        zoe.goes_away();
        ana.hears_look(refund, &[], &[]).await;
        assert_eq!(rita.hears_what_is_there().await, []);
    })
    .await;
}

#[tokio::test]
async fn who_comes_later_is_told_who_is_writing() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await.id;
        let (mut ana, mut rita) = (office.agent(ANA).watches().await, office.agent(RITA).watches().await);
        let mut ben = office.agent(BEN).watches().await;
        ana.goes_away();
        rita.goes_away();
        ben.looks_at(refund, true).await;
        ana.connects().await;
        rita.connects().await;
        assert_eq!(ana.desk.looks()[&refund].replying, [BEN]);
        assert!(rita.desk.looks().is_empty());
        assert!(!rita.told().iter().any(|down| matches!(down, Down::Looks(_))));
    })
    .await;
}

#[tokio::test]
async fn who_does_not_see_a_conversation_does_not_look_at_it() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await.id;
        let (mut ana, mut zoe) = (office.agent(ANA).watches().await, office.agent(ZOE).watches().await);
        let (mut rita, mut olu) = (office.agent(RITA).watches().await, office.agent(OLU).watches().await);
        rita.looks_at(refund, true).await;
        rita.looks_at(ConversationId::new(u128::MAX), true).await;
        olu.looks_at(refund, false).await;
        ana.looks_at(refund, false).await;
        ana.hears_look(refund, &[OLU], &[]).await;

        office.agent(ANA).run(refund, Command::Claim).await.unwrap();
        olu.hears().await;
        ana.hears_look(refund, &[], &[]).await;
        olu.looks_at(refund, true).await;
        zoe.looks_at(refund, false).await;
        ana.hears_look(refund, &[ZOE], &[]).await;
    })
    .await;
}

#[tokio::test]
async fn whose_rights_are_taken_away_looks_at_it_no_more() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await.id;
        let (mut ana, mut ben) = (office.agent(ANA).watches().await, office.agent(BEN).watches().await);
        let mut zoe = office.agent(ZOE).watches().await;
        ana.looks_at(refund, false).await;
        ben.looks_at(refund, false).await;
        ana.hears_look(refund, &[BEN], &[]).await;
        office.changes(sql!("delete from agent_role where agent_id = $1"), BEN).await;
        ben.hears_until(|down| *down == Down::Reset).await;
        ana.hears_look(refund, &[], &[]).await;
        ben.begins_anew().await;
        ben.looks_at(refund, true).await;
        zoe.looks_at(refund, false).await;
        ana.hears_look(refund, &[ZOE], &[]).await;
    })
    .await;
}

#[tokio::test]
async fn who_begins_anew_looks_on_and_is_told_who_else_does() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await.id;
        let (mut ana, mut zoe) = (office.agent(ANA).watches().await, office.agent(ZOE).watches().await);
        ana.looks_at(refund, false).await;
        zoe.looks_at(refund, false).await;
        ana.hears_look(refund, &[ZOE], &[]).await;
        zoe.hears_look(refund, &[ANA], &[]).await;
        // She sees more than before, and this as well.
        office.changes(sql!("delete from agent_group where agent_id = $1"), ANA).await;
        ana.hears_until(|down| *down == Down::Reset).await;
        zoe.hears_look(refund, &[], &[]).await;
        ana.begins_anew().await;
        assert_eq!(ana.desk.looks()[&refund].viewing, [ZOE], "without another look");
        zoe.hears_look(refund, &[ANA], &[]).await;
    })
    .await;
}
