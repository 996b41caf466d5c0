//! **Merge** and **Split**: words go from one conversation to another and come back, everywhere at once, and never before
//! other eyes.

use std::collections::BTreeSet;

use app::error::Error;
use domain::conversation::{Command, Conversation, Event, Exchange, Scene};
use domain::id::{ConversationId, MessageId};
use domain::live::Entry;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::view::View;
use domain::worlds::{ANA, BEN, BILLING, RETURNS, RITA, YUKI, ZOE, cleo};
use serde_json::{Value, json};
use server::secret;

use crate::agreement::counters_are_right;
use crate::chat::Visitor;
use crate::office::{Office, Person, in_office, note, refusal, reply, whisper, words};

/// Two conversations of one client, who wrote "One" and "Two".
async fn two(office: &Office) -> (Visitor, ConversationId, ConversationId) {
    let visitor = office.visitor().await;
    let one = visitor.writes("One", None).await;
    let two = visitor.writes("Two", None).await;
    (visitor, one, two)
}

/// The order as a browser gives it that knows little of the other one.
pub async fn into(office: &Office, id: ConversationId) -> Command {
    let conversation = office.conversation(id).await;
    let into = Box::new(Scene { contact: cleo(), conversation, into: None });
    Command::Merge { into, exchange: Exchange::default() }
}

fn unmerge() -> Command {
    Command::Unmerge { stays: Exchange::default(), returns: Exchange::default(), tagged: BTreeSet::new() }
}

fn split(next: ConversationId, messages: &[MessageId]) -> Command {
    Command::Split { next, messages: messages.iter().copied().collect(), all: vec![] }
}

fn fresh() -> ConversationId {
    ConversationId::new(secret::random_id())
}

/// What somebody reads in a conversation.
async fn texts(who: &Person, office: &Office, id: ConversationId) -> Vec<String> {
    let opened = who.open(office.conversation(id).await.number).await.unwrap();
    opened.entries.into_iter().filter_map(|entry| Some(entry.message?.text)).collect()
}

/// What the visitor reads in it.
async fn read(visitor: &Visitor, id: ConversationId) -> Vec<String> {
    let body = json!({ "token": visitor.token, "conversation": id, "before": null });
    let thread = visitor.asks("thread", body).await;
    let said = thread["said"].as_array().unwrap().iter();
    said.map(|said| said["text"].as_str().unwrap().to_owned()).collect()
}

async fn conversations(visitor: &Visitor) -> Vec<Value> {
    let hello = visitor.asks("hello", json!({ "token": visitor.token })).await;
    hello["conversations"].as_array().unwrap().clone()
}

async fn message(office: &Office, id: ConversationId) -> MessageId {
    office.conversation(id).await.last_public.unwrap().message
}

async fn is_sound(office: &Office, ids: &[ConversationId]) {
    counters_are_right(office, ids).await;
    let report = server::verify::verify(&office.server.db, &[]).await.unwrap();
    assert!(report.is_sound(), "{report}");
}

// rule 002-25
#[tokio::test]
async fn a_duplicate_is_read_where_it_went_and_comes_back_with_what_came_since() {
    in_office(async |office| {
        let (visitor, one, two) = two(&office).await;
        let (zoe, ana) = (office.agent(ZOE), office.agent(ANA));
        let (mut zoes, mut anas) = (zoe.watches().await, ana.watches().await);
        let before = office.conversation(one).await;
        zoe.run(one, into(&office, two).await).await.unwrap();

        assert_eq!(texts(&ana, &office, two).await, ["One", "Two"]);
        assert_eq!(texts(&ana, &office, one).await, [""; 0]);
        let target = office.conversation(two).await;
        assert_eq!((target.follow_ups, target.waiting_since), (2, before.waiting_since));
        for (who, watcher) in [(&zoe, &mut zoes), (&ana, &mut anas)] {
            watcher.catches_up().await;
            watcher.is_like(&who.looks_now().await);
            assert_eq!(who.list(View::Unassigned).await, [target.number]);
        }
        is_sound(&office, &[one, two]).await;
        assert_eq!(refusal(ana.run(one, Command::Claim).await), Refusal::Merged);

        // The customer has one conversation; what they write in the old one goes where it went.
        assert_eq!(conversations(&visitor).await.len(), 1);
        assert_eq!(read(&visitor, two).await, ["One", "Two"]);
        assert_eq!(visitor.writes("Three", Some(one)).await, two);
        assert_eq!(visitor.writes("Four", Some(two)).await, two);
        zoe.run(two, reply("Yes", Some(message(&office, two).await))).await.unwrap();

        zoe.run(one, unmerge()).await.unwrap();
        assert_eq!(texts(&zoe, &office, one).await, ["One", "Three"]);
        assert_eq!(texts(&zoe, &office, two).await, ["Two", "Four", "Yes"]);
        assert_eq!(read(&visitor, one).await, ["One", "Three"]);
        assert_eq!(read(&visitor, two).await, ["Two", "Four", "Yes"]);
        let after = office.conversation(one).await;
        assert_eq!((after.waiting_since, after.follow_ups, after.assignee), (before.waiting_since, 2, None));
        assert_eq!(office.conversation(two).await.waiting_since, None);
        zoes.catches_up().await;
        zoes.is_like(&zoe.looks_now().await);
        is_sound(&office, &[one, two]).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_merged_in_two_steps_comes_apart_in_two_steps() {
    in_office(async |office| {
        let (visitor, one, two) = two(&office).await;
        let three = visitor.writes("Three", None).await;
        let zoe = office.agent(ZOE);
        zoe.run(one, into(&office, two).await).await.unwrap();
        zoe.run(two, into(&office, three).await).await.unwrap();
        assert_eq!(texts(&zoe, &office, three).await, ["One", "Two", "Three"]);
        let number = office.conversation(two).await.number;
        assert_eq!(refusal(zoe.run(one, unmerge()).await), Refusal::IntoFrozen { number });
        assert_eq!(visitor.writes("Four", Some(one)).await, three);
        zoe.run(two, unmerge()).await.unwrap();
        assert_eq!(texts(&zoe, &office, two).await, ["One", "Two", "Four"]);
        assert_eq!(texts(&zoe, &office, three).await, ["Three"]);
        zoe.run(one, unmerge()).await.unwrap();
        assert_eq!(texts(&zoe, &office, one).await, ["One", "Four"]);
        assert_eq!(texts(&zoe, &office, two).await, ["Two"]);
        is_sound(&office, &[one, two, three]).await;
    })
    .await;
}

#[tokio::test]
async fn a_whisper_stays_with_those_who_took_part_where_it_was_written() {
    in_office(async |office| {
        let (_, one, two) = two(&office).await;
        let (ana, ben, zoe) = (office.agent(ANA), office.agent(BEN), office.agent(ZOE));
        ana.run(one, Command::Claim).await.unwrap();
        ana.run(one, whisper("Careful-4711")).await.unwrap();
        ben.run(two, Command::Claim).await.unwrap();
        ben.run(two, whisper("Easy-4712")).await.unwrap();
        // Ben, who sees all, reads whispers only where he takes part.
        zoe.run(one, into(&office, two).await).await.unwrap();
        assert_eq!(texts(&ben, &office, two).await, ["One", "Two", "Easy-4712"]);
        assert_eq!(texts(&zoe, &office, two).await, ["One", "Two", "Careful-4711", "Easy-4712"]);
        // Where it was written it is nothing to them either, not even that there was one.
        let opened = ben.open(office.conversation(one).await.number).await.unwrap();
        let is_whisper = |entry: &Entry| matches!(entry.event, Some(Event::Whispered { .. }));
        assert!(!opened.entries.iter().any(is_whisper), "{:?}", opened.entries);
        let found = async |who: &Person, typed: &str| -> Vec<i64> {
            who.finds(typed).await.iter().map(|hit| hit.row.scene.conversation.number).collect()
        };
        let number = office.conversation(two).await.number;
        assert_eq!(found(&ben, "4711").await, [0_i64; 0]);
        assert_eq!((found(&ben, "4712").await, found(&zoe, "4711").await), (vec![number], vec![number]));
        // Ana sees it no more: it is Ben's, and hers went into it.
        assert_eq!(ana.open(number).await, Err(Error::Missing));
        assert_eq!(found(&ana, "4711").await, [0_i64; 0]);
        assert_eq!(found(&zoe, "one").await, [number], "it is found where it is read");
    })
    .await;
}

#[tokio::test]
async fn one_out_of_sight_is_like_one_that_is_not_there() {
    in_office(async |office| {
        let (_, one, _) = two(&office).await;
        let hidden = office.writes("Pia", "Parcel?", RETURNS).await;
        office.agent(RITA).run(hidden.id, Command::Claim).await.unwrap();
        let ben = office.agent(BEN);
        let before = office.everything().await;
        let unknown = Conversation { id: fresh(), ..hidden.clone() };
        for target in [office.conversation(hidden.id).await, unknown] {
            let into = Box::new(Scene { contact: cleo(), conversation: target, into: None });
            let merge = Command::Merge { into, exchange: Exchange::default() };
            assert_eq!(ben.run(one, merge).await.map(drop), Err(Error::Missing));
        }
        // Another client's, which they see, is refused: an answer there would reach the other one.
        let other = office.writes("Tom", "Refund?", BILLING).await.id;
        let merge = into(&office, other).await;
        assert_eq!(refusal(ben.run(one, merge).await.map(drop)), Refusal::OtherClient);
        let missing = Permission::MergeSplit;
        let by_ana = office.agent(ANA).run(one, unmerge()).await.map(drop);
        assert_eq!(refusal(by_ana), Refusal::NotAllowed { missing });
        let after = office.everything().await;
        assert_eq!(after["message"].len(), before["message"].len() + 1, "only what Tom wrote");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_merge_each_into_the_other_at_once_one_does() {
    in_office(async |office| {
        let (_, one, two) = two(&office).await;
        let (zoe, yuki) = (office.agent(ZOE), office.agent(YUKI));
        let (there, back) = (into(&office, two).await, into(&office, one).await);
        let (first, second) = tokio::join!(zoe.run(one, there), yuki.run(two, back));
        let n_done = [first.is_ok(), second.is_ok()].into_iter().filter(|is_done| *is_done).count();
        assert_eq!(n_done, 1, "{first:?} {second:?}");
        let merged = [office.conversation(one).await.merged_into, office.conversation(two).await.merged_into];
        assert_eq!(merged.iter().flatten().count(), 1);
        is_sound(&office, &[one, two]).await;
    })
    .await;
}

#[tokio::test]
async fn notes_about_the_client_stay_beside_each_conversation_of_theirs() {
    in_office(async |office| {
        let (_, one, two) = two(&office).await;
        let zoe = office.agent(ZOE);
        zoe.run(one, Command::NoteOnClient { words: words("Prefers letters") }).await.unwrap();
        for merge in [Some(into(&office, two).await), None] {
            if let Some(merge) = merge {
                zoe.run(one, merge).await.unwrap();
            } else {
                zoe.run(one, unmerge()).await.unwrap();
            }
            for id in [one, two] {
                let notes = texts(&zoe, &office, id).await;
                assert_eq!(notes.iter().filter(|text| *text == "Prefers letters").count(), 1, "{notes:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_merged_away_is_no_open_conversation_of_the_customers() {
    in_office(async |office| {
        let visitor = office.visitor().await;
        let zoe = office.agent(ZOE);
        let target = visitor.writes("One", None).await;
        for _ in 0..12 {
            let duplicate = visitor.writes("Again", None).await;
            zoe.run(duplicate, into(&office, target).await).await.unwrap();
        }
        assert_ne!(visitor.writes("Something else", None).await, target);
    })
    .await;
}

#[tokio::test]
async fn a_message_for_one_whose_continuation_was_merged_arrives() {
    in_office(async |office| {
        let visitor = office.visitor().await;
        let one = visitor.writes("One", None).await;
        visitor.writes("Two", Some(one)).await;
        let (zoe, next) = (office.agent(ZOE), fresh());
        zoe.run(one, split(next, &[message(&office, one).await])).await.unwrap();
        zoe.run(next, into(&office, one).await).await.unwrap();
        zoe.run(one, Command::Close).await.unwrap();
        zoe.run(one, Command::Archive).await.unwrap();
        let new = visitor.writes("Three", Some(one)).await;
        assert!(![one, next].contains(&new));
        is_sound(&office, &[one, next, new]).await;
    })
    .await;
}

#[tokio::test]
async fn what_nobody_has_read_is_unread_where_it_goes_and_what_was_read_there_stays_read() {
    in_office(async |office| {
        let (_, one, two) = two(&office).await;
        let (zoe, ben) = (office.agent(ZOE), office.agent(BEN));
        ben.run(two, Command::Claim).await.unwrap();
        ben.run(two, reply("Yes", Some(message(&office, two).await))).await.unwrap();
        ben.run(two, Command::Read).await.unwrap();
        zoe.run(one, into(&office, two).await).await.unwrap();
        assert!(office.conversation(two).await.is_unread(), "answered after it, and never read");
        ben.run(two, Command::Read).await.unwrap();
        zoe.run(one, unmerge()).await.unwrap();
        let one = office.conversation(one).await;
        assert!(!one.is_unread() && one.waiting_since.is_some(), "it was read, and waits");
    })
    .await;
}

// rule 002-26
#[tokio::test]
async fn a_topic_of_its_own_goes_into_a_conversation_of_its_own_and_back() {
    in_office(async |office| {
        let visitor = office.visitor().await;
        let one = visitor.writes("Where is my tent?", None).await;
        let (zoe, ben) = (office.agent(ZOE), office.agent(BEN));
        ben.run(one, Command::Claim).await.unwrap();
        ben.run(one, reply("On its way.", Some(message(&office, one).await))).await.unwrap();
        visitor.writes("And a refund for the stove, please", Some(one)).await;
        let stove = message(&office, one).await;
        ben.run(one, note("Two topics")).await.unwrap();
        let mut zoes = zoe.watches().await;
        let next = fresh();
        ben.run(one, split(next, &[stove])).await.unwrap();

        assert_eq!(texts(&ben, &office, one).await, ["Where is my tent?", "On its way.", "Two topics"]);
        assert_eq!(texts(&ben, &office, next).await, ["And a refund for the stove, please"]);
        let (old, new) = (office.conversation(one).await, office.conversation(next).await);
        assert_eq!((old.waiting_since, new.waiting_since.is_some()), (None, true));
        assert_eq!((new.assignee, new.previous), (Some(BEN), Some(one)));
        assert_eq!(new.subject, "And a refund for the stove, please");
        zoes.catches_up().await;
        zoes.is_like(&zoe.looks_now().await);
        is_sound(&office, &[one, next]).await;

        // The customer sees two, and what is sent again is where it went.
        assert_eq!(conversations(&visitor).await.len(), 2);
        assert_eq!(read(&visitor, next).await, ["And a refund for the stove, please"]);
        let again = json!({ "id": stove, "text": "And a refund for the stove, please", "conversation": one, "introduction": {}, "language": "German" });
        let told = visitor.asks("write", json!({ "token": visitor.token, "message": again })).await;
        assert_eq!(told["conversation"], json!(next));
        let found: BTreeSet<i64> =
            zoe.finds("stove").await.iter().map(|hit| hit.row.scene.conversation.number).collect();
        assert_eq!(found, [new.number].into());

        ben.run(next, into(&office, one).await).await.unwrap();
        let all = ["Where is my tent?", "On its way.", "And a refund for the stove, please", "Two topics"];
        assert_eq!(texts(&ben, &office, one).await, all);
        is_sound(&office, &[one, next]).await;
    })
    .await;
}

#[tokio::test]
async fn a_whisper_that_one_may_not_read_is_not_split_off_by_guessing() {
    in_office(async |office| {
        let (visitor, one, _) = two(&office).await;
        visitor.writes("More", Some(one)).await;
        let more = message(&office, one).await;
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        ana.run(one, Command::Claim).await.unwrap();
        let whispered = ana.run(one, whisper("Careful")).await.unwrap();
        let hidden = whispered.entries.last().unwrap().message.as_ref().unwrap().id;
        let guess = |id| split(fresh(), &[more, id]);
        let unknown = refusal(ben.run(one, guess(MessageId::new(secret::random_id()))).await.map(drop));
        assert_eq!(
            (refusal(ben.run(one, guess(hidden)).await.map(drop)), unknown),
            (Refusal::NoSuchMessage, Refusal::NoSuchMessage)
        );
    })
    .await;
}
