//! Replies that are scheduled: sent once at their time by their author's rights, or theirs again.

use domain::conversation::{Command, Conversation, Event, Scheduled};
use domain::id::{ConversationId, MessageId};
use domain::message::MessageKind;

use domain::permission::Preset;
use domain::refusal::Refusal;
use domain::time::{Duration, Timestamp};
use domain::worlds::{ANA, BEN, BILLING, NOON};
use server::db::Tx;
use server::error::Error;
use server::{draft, schedule, sql, timers};

use crate::merging::into;
use crate::office::{Office, Person, in_office, refusal, reply, words};

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
async fn if_the_customer_wrote_since_it_comes_back_to_its_author_and_stays_until_they_take_it() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let ana = here.agent(ANA);
        ana.run(conversation.id, at(&conversation, "Tomorrow.", LATER)).await.unwrap();
        here.adds(conversation.id, "Never mind.", NOON + Duration::minutes(5)).await;
        here.until(LATER).await;
        assert!(ana.replies(conversation.number).await.is_empty());
        // Letters that its author types meanwhile cannot take its place.
        let waiting = ana.waiting(conversation.id).await.unwrap();
        assert_eq!((waiting[0].text.as_str(), waiting[0].returned_at), ("Tomorrow.", Some(LATER)));
        assert!(here.agent(BEN).waiting(conversation.id).await.unwrap().is_empty(), "it is hers alone");
        assert_eq!(here.until(LATER + Duration::hours(1)).await, 0, "it is not tried again");
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
        let message = ana.waiting(conversation.id).await.unwrap()[0].message;
        ana.run(conversation.id, Command::Unschedule { message, by: ANA }).await.unwrap();
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
async fn it_goes_out_where_its_conversation_was_merged_to_and_is_seen_and_taken_back_there() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let one = here.conversation(visitor.writes("Is it back?", None).await).await;
        let other = here.conversation(visitor.writes("And another thing", None).await).await;
        let ana = here.hires(domain::id::AgentId::new(0xa9), Preset::Agent, BILLING).await;
        ana.run(one.id, at(&one, "Tomorrow.", LATER)).await.unwrap();
        ana.run(one.id, at(&one, "And on Monday.", LATER + Duration::hours(1))).await.unwrap();
        ana.run(one.id, into(&here, other.id).await).await.unwrap();
        let waiting = ana.waiting(other.id).await.unwrap();
        assert_eq!(waiting.len(), 2);
        let (message, by) = (waiting[1].message, waiting[1].by);
        ana.run(other.id, Command::Unschedule { message, by }).await.unwrap();
        assert_eq!(here.draft(&ana, other.id).await.as_deref(), Some("And on Monday."));
        // There stands a message that its author had not seen: it comes back, in the place where it would have gone.
        here.until(LATER).await;
        let waiting = ana.waiting(other.id).await.unwrap();
        assert_eq!((waiting.len(), waiting[0].returned_at), (1, Some(LATER)));
        ana.run(other.id, Command::Unschedule { message: waiting[0].message, by }).await.unwrap();
        assert!(ana.waiting(other.id).await.unwrap().is_empty());
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

#[tokio::test]
async fn a_reply_cannot_be_scheduled_under_the_id_of_a_message() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let ana = here.agent(ANA);
        let Command::Reply { words, seen } = reply("Yes.", conversation.last_public.map(|last| last.message))
        else {
            unreachable!("it is a reply")
        };
        ana.run(conversation.id, Command::Reply { words: words.clone(), seen }).await.unwrap();
        let again = Command::Schedule { words: words.clone(), seen: Some(words.id), at: LATER };
        assert_eq!(refusal(ana.run(conversation.id, again).await), Refusal::AnotherMessage);
    })
    .await;
}
