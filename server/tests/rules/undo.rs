//! **Undo**: what was ordered last is taken back, everywhere at once, and by nobody else.

use domain::conversation::{Command, Conversation, Last, Level};
use domain::id::{CommandId, ConversationId};
use domain::refusal::Refusal;
use domain::time::Duration;
use domain::view::View;
use domain::worlds::{ANA, BEN, BILLING, NOON, ZOE};

use crate::agreement::counters_are_right;
use crate::office::{Office, Person, in_office, order, refusal, reply};

/// Orders that, and says what its author would undo.
async fn orders(office: &Office, who: &Person, id: ConversationId, command: Command) -> Command {
    let before = office.conversation(id).await;
    let request = order(id, command);
    who.send(&request).await.unwrap();
    undo(office, request.id, who, before).await
}

async fn undo(office: &Office, order: CommandId, who: &Person, before: Conversation) -> Command {
    let version = office.conversation(before.id).await.version;
    Command::Undo { last: Box::new(Last { order, by: who.viewer.agent, at: NOON, version, before }) }
}

#[tokio::test]
async fn what_was_given_away_comes_back_with_all_that_it_was() {
    in_office(async |office| {
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        ana.run(id, Command::Claim).await.unwrap();
        let mut here = office.agent(ZOE).watches().await;
        let mut bens = ben.watches().await;
        for command in [
            Command::Assign { to: BEN, note: None },
            Command::Unassign,
            Command::Close,
            Command::Prioritise { level: Level::Urgent, reason: None },
        ] {
            let before = office.conversation(id).await;
            let undo = orders(&office, &ana, id, command.clone()).await;
            ana.run(id, undo.clone()).await.unwrap();
            let after = office.conversation(id).await;
            assert_eq!(after, Conversation { version: before.version + 2, ..before }, "{command:?}");
            here.catches_up().await;
            here.is_like(&office.agent(ZOE).looks_now().await);
            counters_are_right(&office, &[id]).await;
            // Once.
            assert_eq!(refusal(ana.run(id, undo).await), Refusal::ChangedSince);
        }
        bens.catches_up().await;
        bens.is_like(&ben.looks_now().await);
        assert_eq!((ben.list(View::MyInbox).await, ana.list(View::MyInbox).await.len()), (vec![], 1));
        let report = server::verify::verify(&office.server.db, &[]).await.unwrap();
        assert!(report.is_sound(), "{report}");
    })
    .await;
}

#[tokio::test]
async fn nobody_undoes_what_another_ordered_or_what_is_over() {
    in_office(async |office| {
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        let claim = orders(&office, &ana, id, Command::Claim).await;
        assert_eq!(refusal(office.agent(ZOE).run(id, claim.clone()).await), Refusal::NothingToUndo);
        assert_eq!(
            refusal(ana.at(NOON + Duration(30_001)).run(id, claim.clone()).await),
            Refusal::TooLateToUndo
        );

        // Another past, made up, is not what it goes back to.
        let Command::Undo { last } = claim.clone() else { unreachable!() };
        let before = Conversation { assignee: Some(BEN), ..last.before.clone() };
        let forged = Command::Undo { last: Box::new(Last { before, ..*last }) };
        ana.run(id, forged).await.unwrap();
        assert_eq!(office.conversation(id).await.assignee, None);
        let claim = orders(&office, &ana, id, Command::Claim).await;

        // That she has read it since is no reason.
        ana.run(id, Command::Read).await.unwrap();
        let Command::Undo { last } = claim.clone() else { unreachable!() };
        let version = office.conversation(id).await.version;
        ana.run(id, Command::Undo { last: Box::new(Last { version, ..*last }) }).await.unwrap();
        let after = office.conversation(id).await;
        assert!(after.assignee.is_none() && after.unread_since.is_some());
        let claim = orders(&office, &ana, id, Command::Claim).await;

        // A reply went out since.
        let seen = office.conversation(id).await.last_public.map(|last| last.message);
        ana.run(id, reply("On its way.", seen)).await.unwrap();
        assert_eq!(refusal(ana.run(id, claim).await), Refusal::ChangedSince);
        assert_eq!(ben.list(View::MyInbox).await, Vec::<i64>::new());
    })
    .await;
}
