//! What the team says of a client: it stands beside all of their conversations, in every list and count at once.

use domain::conversation::Command;
use domain::id::ConversationId;
use domain::live::Down;
use domain::refusal::Refusal;
use domain::view::View;
use domain::worlds::{ANA, BEN, YUKI, ZOE};
use server::secret;

use crate::agreement::counters_are_right;
use crate::office::{Office, in_office, refusal, reply, words};

/// Two conversations of one client: one that is put away, and one that waits.
async fn two(office: &Office) -> (crate::chat::Visitor, ConversationId, ConversationId) {
    let visitor = office.visitor().await;
    let zoe = office.agent(ZOE);
    let old = visitor.writes("Hello?", None).await;
    zoe.run(old, Command::Close).await.unwrap();
    zoe.run(old, Command::Archive).await.unwrap();
    let new = visitor.writes("Me again", None).await;
    assert_ne!(old, new);
    (visitor, old, new)
}

// rule 003-27, 003-02
#[tokio::test]
async fn another_name_stands_beside_all_of_a_clients_conversations_and_the_original_one_stays() {
    in_office(async |office| {
        let (_, old, new) = two(&office).await;
        let mut here = office.agent(ZOE).watches().await;
        let original = here.desk.row(old).unwrap().scene.contact.original_name;
        let rename = Command::RenameClient { name: "Cleo Marsh".into() };
        office.agent(ANA).run(new, rename).await.unwrap();
        here.catches_up().await;
        for id in [old, new] {
            let contact = here.desk.row(id).unwrap().scene.contact;
            assert_eq!((contact.display_name.as_str(), &contact.original_name), ("Cleo Marsh", &original));
        }
        here.is_like(&office.agent(ZOE).looks_now().await);
    })
    .await;
}

// rule 003-38, 003-39
#[tokio::test]
async fn the_black_list_takes_all_of_a_clients_conversations_out_of_sight_and_gives_them_back() {
    in_office(async |office| {
        let (visitor, old, new) = two(&office).await;
        let (ana, zoe) = (office.agent(ANA), office.agent(ZOE));
        let mut anas = ana.watches().await;
        let mut zoes = zoe.watches().await;
        ana.run(new, Command::BlockClient).await.unwrap();
        anas.hears_until(|down| matches!(down, Down::Gone { .. })).await;
        assert_eq!(ana.list(View::Unassigned).await, Vec::<i64>::new());
        zoes.catches_up().await;
        assert_eq!((zoes.count(View::Blacklist).n, zoes.count(View::All).n), (2, 0));
        zoes.is_like(&zoe.looks_now().await);
        counters_are_right(&office, &[old, new]).await;
        // Silent, and kept.
        visitor.writes("More", Some(new)).await;
        assert!(ana.open(office.conversation(new).await.number).await.is_err());
        assert_eq!(refusal_of(&office, ANA, new).await, None);
        zoe.run(new, Command::UnblockClient).await.unwrap();
        anas.hears_until(|down| matches!(down, Down::Envelope(_))).await;
        assert_eq!(ana.list(View::Unassigned).await.len(), 1);
        zoes.catches_up().await;
        assert_eq!((zoes.count(View::Blacklist).n, zoes.count(View::All).n), (0, 2));
        counters_are_right(&office, &[old, new]).await;
    })
    .await;
}

/// Why that agent may not unlock it; nothing where it is not there for them.
async fn refusal_of(office: &Office, agent: domain::id::AgentId, id: ConversationId) -> Option<Refusal> {
    match office.agent(agent).run(id, Command::UnblockClient).await {
        Err(app::error::Error::Missing) => None,
        other => Some(refusal(other)),
    }
}

// rule 003-45, 003-46, 003-48
#[tokio::test]
async fn a_pinned_clients_next_message_goes_to_the_owner_whoever_closed_the_last_one() {
    in_office(async |office| {
        let visitor = office.visitor().await;
        let first = visitor.writes("Hello?", None).await;
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        ana.run(first, Command::Claim).await.unwrap();
        ana.run(first, Command::PinClient).await.unwrap();
        ana.run(first, Command::Transfer { to: BEN, note: None }).await.unwrap();
        ben.run(first, Command::AcceptTransfer).await.unwrap();
        let seen = office.conversation(first).await.last_public.map(|last| last.message);
        ben.run(first, reply("Solved.", seen)).await.unwrap();
        ben.run(first, Command::Close).await.unwrap();
        visitor.writes("One more thing", Some(first)).await;
        assert_eq!(office.conversation(first).await.assignee, Some(ANA));
        assert_eq!(ana.list(View::MyInbox).await.len(), 1);
        assert_eq!(office.agent(ZOE).list(View::Unassigned).await, Vec::<i64>::new());
    })
    .await;
}

// rule 003-47
#[tokio::test]
async fn of_two_who_pin_at_once_one_has_the_client() {
    in_office(async |office| {
        let visitor = office.visitor().await;
        let id = visitor.writes("Hello?", None).await;
        let people = [ANA, BEN, YUKI].map(|agent| office.agent(agent));
        let answers =
            futures::future::join_all(people.iter().map(|who| who.run(id, Command::PinClient))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        for answer in answers.into_iter().filter(Result::is_err) {
            assert!(matches!(refusal(answer), Refusal::PinnedToAnother { .. }));
        }
    })
    .await;
}

// rule 003-28
#[tokio::test]
async fn a_note_about_a_client_stands_beside_all_of_their_conversations_and_never_reaches_the_client() {
    in_office(async |office| {
        let (visitor, old, new) = two(&office).await;
        let (ana, zoe) = (office.agent(ANA), office.agent(ZOE));
        let mut here = zoe.watches().await;
        ana.run(new, Command::NoteOnClient { words: words("Pays in cash.") }).await.unwrap();
        here.catches_up().await;
        for id in [old, new] {
            let opened = zoe.open(office.conversation(id).await.number).await.unwrap();
            let notes: Vec<&str> = opened.notes.iter().map(|note| note.text.as_str()).collect();
            assert_eq!(notes, ["Pays in cash."]);
            // It came with the stream to whoever had another one of theirs open.
            let entries = opened.entries.iter().filter_map(|entry| entry.message.as_ref());
            assert!(entries.map(|message| message.text.as_str()).any(|text| text == "Pays in cash."));
            // It is no word of the conversation: its preview stays.
            assert!(opened.row.preview.unwrap().text != "Pays in cash.");
        }
        // One that begins later has it, too.
        zoe.run(new, Command::Close).await.unwrap();
        zoe.run(new, Command::Archive).await.unwrap();
        let third = visitor.writes("Once more", None).await;
        let opened = ana.open(office.conversation(third).await.number).await.unwrap();
        assert_eq!(opened.notes.len(), 1);
        for id in [old, new, third] {
            assert!(!visitor.thread(id).await.to_string().contains("cash"));
        }
        // Found by it are those in whose log it stands.
        let mut found = zoe.found("cash").await;
        found.sort();
        assert_eq!(found, [office.conversation(old).await.number, office.conversation(new).await.number]);
        here.catches_up().await;
        here.is_like(&zoe.looks_now().await);
    })
    .await;
}

// rule 003-20
#[tokio::test]
async fn from_a_finished_conversation_a_new_one_begins_which_the_client_sees_with_its_first_word() {
    in_office(async |office| {
        let visitor = office.visitor().await;
        let old = visitor.writes("Hello?", None).await;
        let ana = office.agent(ANA);
        ana.run(old, Command::Claim).await.unwrap();
        ana.run(old, Command::Close).await.unwrap();
        let mut here = ana.watches().await;
        let next = ConversationId::new(secret::random_id());
        ana.run(old, Command::Begin { next }).await.unwrap();
        here.catches_up().await;
        let (before, new) = (office.conversation(old).await, office.conversation(next).await);
        assert!(!before.is_active());
        assert_eq!((new.assignee, new.previous, new.number), (Some(ANA), Some(old), before.number + 1));
        assert_eq!(ana.list(View::MyInbox).await, [new.number]);
        counters_are_right(&office, &[old, next]).await;
        here.is_like(&ana.looks_now().await);

        let theirs = async || visitor.hello().await["conversations"].as_array().unwrap().len();
        assert_eq!(theirs().await, 1);
        ana.run(next, reply("We found your tent.", None)).await.unwrap();
        assert_eq!(theirs().await, 2);
        // What they answer goes there.
        assert_eq!(visitor.writes("Wonderful!", Some(next)).await, next);

        // The same id begins no other one, and another id none beside it.
        let again = ana.run(old, Command::Begin { next }).await;
        assert_eq!(refusal(again), Refusal::AnotherOrder);
        let twice = ana.run(old, Command::Begin { next: ConversationId::new(secret::random_id()) }).await;
        assert_eq!(refusal(twice), Refusal::AlreadyBegun { number: new.number });
    })
    .await;
}
