//! Replies that are scheduled: sent once at their time by their author's rights, or theirs again.

use domain::conversation::{Command, Conversation, Event, Scheduled};
use domain::id::{ConversationId, MessageId};
use domain::message::MessageKind;
use domain::refusal::Refusal;
use domain::time::{Duration, Timestamp};
use domain::worlds::{ANA, BEN, BILLING, NOON};
use server::db::Tx;
use server::error::Error;
use server::{draft, schedule, sql, timers};

use crate::office::{Office, Person, in_office, refusal, words};

const LATER: Timestamp = Timestamp(NOON.0 + 3_600_000);

fn at(conversation: &Conversation, text: &str, at: Timestamp) -> Command {
    Command::Schedule { words: words(text), seen: conversation.last_public.map(|last| last.message), at }
}

impl Office {
    /// Time passes.
    async fn until(&self, now: Timestamp) -> usize {
        timers::pass(&self.server, now).await.unwrap()
    }

    async fn draft(&self, of: &Person, id: ConversationId) -> Option<String> {
        let agent = of.viewer.agent;
        let drafts = self.server.db.read(async move |tx: &mut Tx| draft::of(tx, agent).await).await.unwrap();
        drafts.into_iter().find(|draft| draft.conversation == id).map(|draft| draft.text)
    }
}

impl Person {
    async fn waiting(&self, id: ConversationId) -> Result<Vec<Scheduled>, Error> {
        let viewer = self.viewer.clone();
        self.server.db.read(async move |tx: &mut Tx| schedule::of(tx, &viewer, id).await).await
    }

    /// What was said to the customer, the last first.
    async fn replies(&self, number: i64) -> Vec<(MessageId, String)> {
        let opened = self.open(number).await.unwrap();
        let messages = opened.entries.into_iter().rev().filter_map(|entry| entry.message);
        let replies = messages.filter(|message| message.kind == MessageKind::Reply);
        replies.map(|message| (message.id, message.text)).collect()
    }
}

// rule 002-27
#[tokio::test]
async fn a_scheduled_reply_goes_out_once_at_its_time() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (ana, ben) = (here.agent(ANA), here.agent(BEN));
        ana.run(conversation.id, at(&conversation, "It is back.", LATER)).await.unwrap();
        // Colleagues see it, so that they do not write the same; as a message it is nowhere.
        let waiting = ben.waiting(conversation.id).await.unwrap();
        assert_eq!((waiting[0].by, waiting[0].at, waiting[0].text.as_str()), (ANA, LATER, "It is back."));
        assert!(ana.replies(conversation.number).await.is_empty());
        assert_eq!(here.column(sql!("select text from message where text = 'It is back.'")).await.len(), 0);

        assert_eq!(here.until(LATER - Duration::minutes(1)).await, 0);
        assert_eq!(here.until(LATER).await, 1);
        assert_eq!(here.until(LATER).await, 0);
        let replies = ana.replies(conversation.number).await;
        assert_eq!(replies, [(waiting[0].message, "It is back.".to_string())]);
        assert!(ben.waiting(conversation.id).await.unwrap().is_empty());
        let after = here.conversation(conversation.id).await;
        assert_eq!((after.assignee, after.waiting_since), (Some(ANA), None), "it was answered as by hand");
    })
    .await;
}

// rule 002-27
#[tokio::test]
async fn if_the_customer_wrote_since_it_is_a_draft_of_its_author_again() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let ana = here.agent(ANA);
        ana.run(conversation.id, at(&conversation, "Tomorrow.", LATER)).await.unwrap();
        here.adds(conversation.id, "Never mind.", NOON + Duration::minutes(5)).await;
        here.until(LATER).await;
        assert!(ana.replies(conversation.number).await.is_empty());
        assert_eq!(here.draft(&ana, conversation.id).await.as_deref(), Some("Tomorrow."));
        let opened = ana.open(conversation.number).await.unwrap();
        let told = opened.entries.iter().filter_map(|entry| entry.event.as_ref());
        let told = told.filter(|event| matches!(event, Event::ScheduleReturned { to: ANA, .. }));
        assert_eq!(told.count(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_its_author_may_not_send_any_more_comes_back_before_what_they_began_since() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let ana = here.agent(ANA);
        ana.run(conversation.id, at(&conversation, "Tomorrow.", LATER)).await.unwrap();
        let begun = domain::draft::Draft {
            conversation: conversation.id,
            kind: "reply".into(),
            text: "By the way".into(),
            at: NOON + Duration::minutes(1),
        };
        here.writing(async move |tx: &mut Tx| draft::keep(tx, ANA, &[begun], LATER).await).await;
        ana.run(conversation.id, Command::Resolve { summary: None, closing: None, seen: None })
            .await
            .unwrap();
        here.until(LATER).await;
        assert_eq!(here.draft(&ana, conversation.id).await.as_deref(), Some("Tomorrow.\n\nBy the way"));
    })
    .await;
}

#[tokio::test]
async fn its_author_takes_it_back_and_nobody_else() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (ana, ben) = (here.agent(ANA), here.agent(BEN));
        ana.run(conversation.id, at(&conversation, "Tomorrow.", LATER)).await.unwrap();
        let message = ana.waiting(conversation.id).await.unwrap()[0].message;
        for by in [ANA, BEN] {
            // Whatever Ben says of whose it is.
            let taken = ben.run(conversation.id, Command::Unschedule { message, by }).await;
            assert!(matches!(refusal(taken), Refusal::ScheduledByAnother { .. } | Refusal::NoSuchMessage));
        }
        ana.run(conversation.id, Command::Unschedule { message, by: ANA }).await.unwrap();
        assert!(ana.waiting(conversation.id).await.unwrap().is_empty());
        assert_eq!(here.draft(&ana, conversation.id).await.as_deref(), Some("Tomorrow."));
        assert_eq!(here.until(LATER).await, 0);
        let again = ana.run(conversation.id, Command::Unschedule { message, by: ANA }).await;
        assert_eq!(refusal(again), Refusal::NoSuchMessage);
    })
    .await;
}

#[tokio::test]
async fn whoever_does_not_see_a_conversation_does_not_see_what_waits_there() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let ana = here.agent(ANA);
        ana.run(conversation.id, at(&conversation, "Tomorrow.", LATER)).await.unwrap();
        let rita = here.agent(domain::worlds::RITA);
        assert!(matches!(rita.waiting(conversation.id).await, Err(Error::Missing)));
    })
    .await;
}
