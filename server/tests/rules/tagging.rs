//! Tags on conversations and messages: one vocabulary that grows, and lists that are narrowed by it.

use app::backend::Backend;
use app::error::Error as Told;
use domain::conversation::Command;
use domain::filter::Filter;
use domain::id::{ConversationId, MessageId, TagId};
use domain::live::Down;
use domain::office::Tag;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::view::View;
use domain::worlds::{ANA, BEN, BILLING, REFUND, YUKI, ZOE};
use server::secret;

use crate::office::{Office, Person, in_office, refusal, reply, whisper};

impl Person {
    async fn creates(&self, name: &str) -> Result<Tag, Told> {
        self.server.create_tag(&self.viewer, TagId::new(secret::random_id()), name.into()).await
    }

    /// How many of All bear it.
    async fn finds_tagged(&self, tag: TagId) -> usize {
        let filter = Filter { tags: [tag].into(), ..Filter::of(View::All) };
        self.pages(&filter).await.iter().map(|page| page.rows.len()).sum()
    }
}

fn on(tag: TagId, messages: &[MessageId]) -> Command {
    Command::TagMessages { tag, messages: messages.iter().copied().collect(), all: vec![] }
}

async fn newest(office: &Office, id: ConversationId) -> MessageId {
    office.conversation(id).await.last_public.unwrap().message
}

async fn is_sound(office: &Office) {
    let report = server::verify::verify(&office.server.db, &[]).await.unwrap();
    assert!(report.is_sound(), "{report}");
}

// rule 003-35
#[tokio::test]
async fn a_new_tag_is_in_everybodys_list_and_the_same_word_is_the_same_tag() {
    in_office(async |office| {
        let (ana, zoe) = (office.agent(ANA), office.agent(ZOE));
        let mut zoes = zoe.watches().await;
        let tag = ana.creates(" Gift card ").await.unwrap();
        zoes.hears_until(
            |down| matches!(down, Down::Office { office, .. } if office.tags.contains_key(&tag.id)),
        )
        .await;
        assert_eq!(zoe.creates("gift CARD").await.unwrap(), tag);
        // Two who create it at once have one.
        let (one, other) = tokio::join!(ana.creates("Warranty"), zoe.creates("warranty"));
        assert_eq!(one.unwrap().id, other.unwrap().id);
    })
    .await;
}

// rule 003-36
#[tokio::test]
async fn a_tag_is_retired_by_who_manages_groups_and_stays_where_it_is() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        ana.run(id, Command::Tag { tag: REFUND }).await.unwrap();
        let missing = Permission::AdminGroups;
        let refused = ana.server.retire_tag(&ana.viewer, REFUND, true).await;
        assert_eq!(refused, Err(Told::Refused(Refusal::NotAllowed { missing })));
        yuki.server.retire_tag(&yuki.viewer, REFUND, true).await.unwrap();
        let other = office.writes("Dora", "Refund, too?", BILLING).await.id;
        let retired = Refusal::RetiredTag { name: "refund".into() };
        assert_eq!(refusal(ana.run(other, Command::Tag { tag: REFUND }).await), retired);
        assert_eq!(office.conversation(id).await.tags, [REFUND].into());
        assert_eq!(office.agent(BEN).finds_tagged(REFUND).await, 1, "it is found by it as before");
        yuki.server.retire_tag(&yuki.viewer, REFUND, false).await.unwrap();
        ana.run(other, Command::Tag { tag: REFUND }).await.unwrap();
        is_sound(&office).await;
    })
    .await;
}

// rule 003-34
#[tokio::test]
async fn messages_bear_tags_and_a_list_finds_their_conversation_by_them() {
    in_office(async |office| {
        let (ben, zoe) = (office.agent(BEN), office.agent(ZOE));
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        let asked = newest(&office, id).await;
        let mut zoes = zoe.watches().await;
        ben.run(id, on(REFUND, &[asked])).await.unwrap();
        zoes.catches_up().await;
        zoes.is_like(&zoe.looks_now().await);
        assert_eq!(office.conversation(id).await.message_tags, [(asked, [REFUND].into())].into());
        assert_eq!((ben.finds_tagged(REFUND).await, office.conversation(id).await.tags.len()), (1, 0));
        // On both it is found once, and off one of them still.
        ben.run(id, Command::Tag { tag: REFUND }).await.unwrap();
        assert_eq!(ben.finds_tagged(REFUND).await, 1);
        ben.run(id, Command::UntagMessages { tag: REFUND, messages: [asked].into() }).await.unwrap();
        assert_eq!(ben.finds_tagged(REFUND).await, 1);
        ben.run(id, Command::Untag { tag: REFUND }).await.unwrap();
        assert_eq!(ben.finds_tagged(REFUND).await, 0);
        is_sound(&office).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_that_one_does_not_read_is_not_tagged_by_guessing() {
    in_office(async |office| {
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        let id = office.writes("Cleo", "Refund?", BILLING).await.id;
        let elsewhere = office.writes("Dora", "Mine?", BILLING).await.id;
        let said = whisper("Look at this");
        let Command::Whisper { words, .. } = &said else { unreachable!() };
        let private = words.id;
        ana.run(id, said).await.unwrap();
        let public = newest(&office, id).await;
        // Ben takes no part: to him the whisper is as good as a wrong id.
        for guess in [private, newest(&office, elsewhere).await, MessageId::new(secret::random_id())] {
            assert_eq!(refusal(ben.run(id, on(REFUND, &[public, guess])).await), Refusal::NoSuchMessage);
        }
        assert_eq!(refusal(ana.run(id, on(REFUND, &[private])).await), Refusal::WhisperNotTagged);
        assert!(office.conversation(id).await.message_tags.is_empty());
    })
    .await;
}

#[tokio::test]
async fn tags_go_with_their_messages_and_come_back_with_them() {
    in_office(async |office| {
        let zoe = office.agent(ZOE);
        let visitor = office.visitor().await;
        let one = visitor.writes("One", None).await;
        let asked = newest(&office, one).await;
        zoe.run(one, on(REFUND, &[asked])).await.unwrap();
        visitor.writes("Something else", Some(one)).await;
        let second = newest(&office, one).await;
        zoe.run(one, reply("Yes", Some(second))).await.unwrap();
        let next = ConversationId::new(secret::random_id());
        let split = Command::Split { next, messages: [asked].into(), all: vec![] };
        zoe.run(one, split).await.unwrap();
        assert!(office.conversation(one).await.message_tags.is_empty());
        assert_eq!(office.conversation(next).await.message_tags, [(asked, [REFUND].into())].into());
        assert_eq!(zoe.finds_tagged(REFUND).await, 1);

        let target = office.conversation(one).await;
        let into = Box::new(domain::conversation::Scene {
            contact: domain::worlds::cleo(),
            conversation: target,
            into: None,
        });
        zoe.run(next, Command::Merge { into, exchange: Default::default() }).await.unwrap();
        assert_eq!(office.conversation(one).await.message_tags.len(), 1);
        let unmerge = Command::Unmerge {
            stays: Default::default(),
            returns: Default::default(),
            tagged: Default::default(),
        };
        zoe.run(next, unmerge).await.unwrap();
        assert!(office.conversation(one).await.message_tags.is_empty());
        assert_eq!(office.conversation(next).await.message_tags.len(), 1);
        is_sound(&office).await;
    })
    .await;
}
