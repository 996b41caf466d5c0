//! Texts that are not sent yet: kept for another browser of the same agent, and for nobody else.

use app::backend::Backend;
use app::error::Error as Told;
use domain::draft::Draft;
use domain::id::ConversationId;
use domain::time::{Duration, Timestamp};
use domain::worlds::{ANA, BEN, BILLING};
use server::{secret, server::now};

use crate::office::{Person, in_office, reply};

fn draft(conversation: ConversationId, text: &str, at: Timestamp) -> Draft {
    Draft { conversation, kind: "reply".into(), text: text.into(), at }
}

impl Person {
    async fn keeps(&self, draft: Draft) -> Result<(), Told> {
        self.server.save_drafts(&self.viewer, vec![draft]).await
    }

    async fn left(&self) -> Vec<Draft> {
        self.server.drafts(&self.viewer).await.unwrap()
    }
}

#[tokio::test]
async fn of_two_browsers_the_newer_text_holds_whichever_comes_first() {
    in_office(async |office| {
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        let then = now() - Duration::minutes(1);
        let newer = draft(id, "On its way, by courier.", then);
        ana.keeps(newer.clone()).await.unwrap();
        ana.keeps(draft(id, "On its", then - Duration(1))).await.unwrap();
        assert_eq!(ana.left().await, [newer]);
        assert_eq!(ben.left().await, [], "it is hers");
        ben.keeps(draft(id, "Mine", then)).await.unwrap();
        // What was sent is remembered as empty, so that no other browser brings it back.
        let sent = draft(id, "", then + Duration(1));
        ana.keeps(sent.clone()).await.unwrap();
        ana.keeps(draft(id, "On its way", then)).await.unwrap();
        assert_eq!(ana.left().await, [sent]);
        assert_eq!(ben.left().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_goes_ahead_is_not_the_newest_for_ever() {
    in_office(async |office| {
        let ana = office.agent(ANA);
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        ana.keeps(draft(id, "From tomorrow", now() + Duration::days(1))).await.unwrap();
        assert!(ana.left().await[0].at <= now());
    })
    .await;
}

#[tokio::test]
async fn what_is_no_draft_is_left_out_and_a_wrong_id_tells_nothing() {
    in_office(async |office| {
        let ana = office.agent(ANA);
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        let long = draft(id, &"x".repeat(80_001), now());
        // What is good beside it is kept.
        let note = Draft { kind: "whisper".into(), ..draft(id, "Ask Ben", now()) };
        ana.server.save_drafts(&ana.viewer, vec![long, note]).await.unwrap();
        assert_eq!(ana.left().await.len(), 1);
        assert_eq!(ana.left().await[0].text, "Ask Ben");
        let nowhere = ConversationId::new(secret::random_id());
        assert_eq!(ana.keeps(draft(nowhere, "Hello", now())).await, Ok(()));
        assert_eq!(ana.left().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_is_no_draft_any_more_wherever_it_was_written() {
    in_office(async |office| {
        let ana = office.agent(ANA);
        let conversation = office.writes("Cleo", "Refund?", BILLING).await;
        let id = conversation.id;
        let begun = draft(id, "On its way", Timestamp(1));
        ana.keeps(begun.clone()).await.unwrap();
        let seen = conversation.last_public.map(|last| last.message);
        ana.run(id, reply("On its way", seen)).await.unwrap();
        // The browser that sent it has not said so, and another one still has it.
        ana.keeps(begun).await.unwrap();
        assert!(ana.left().await.iter().all(|draft| draft.text.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn a_long_past_empty_draft_is_forgotten() {
    in_office(async |office| {
        let ana = office.agent(ANA);
        let (one, other) = (
            office.writes("Cleo", "Refund?", BILLING).await.id,
            office.writes("Dora", "Refund?", BILLING).await.id,
        );
        let long_ago = now() - Duration::days(31);
        ana.keeps(draft(one, "", long_ago)).await.unwrap();
        let kept = draft(other, "Still to be sent", long_ago);
        ana.keeps(kept.clone()).await.unwrap();
        assert_eq!(ana.left().await, [kept]);
    })
    .await;
}
