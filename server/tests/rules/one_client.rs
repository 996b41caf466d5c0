//! **Merge contact**: who writes from two addresses is one client for the team, and two for themselves.

use app::error::Error;
use domain::conversation::{Command, Exchange, Scene};
use domain::id::{ContactId, ConversationId};
use domain::refusal::Refusal;
use domain::view::View;
use domain::worlds::{ANA, BEN, BILLING, RETURNS, RITA, YUKI, ZOE, cleo};
use serde_json::json;

use crate::agreement::counters_are_right;
use crate::chat::{Visitor, fresh};
use crate::office::{Office, Person, in_office, refusal, words};

/// Two visitors, each with a conversation.
async fn two(office: &Office) -> [(Visitor, ConversationId); 2] {
    let (one, other) = (office.visitor().await, office.visitor().await);
    let here = one.writes("Hello from here", None).await;
    let there = other.writes("Hello from there", None).await;
    [(one, here), (other, there)]
}

/// The order as a browser gives it that knows little of the other one.
async fn with(office: &Office, id: ConversationId) -> Command {
    let conversation = office.conversation(id).await;
    let contact = domain::contact::Contact { id: conversation.contact, ..cleo() };
    Command::MergeClient { with: Box::new(Scene { contact, conversation, into: None }), contacts: vec![] }
}

async fn contact(office: &Office, id: ConversationId) -> ContactId {
    office.conversation(id).await.contact
}

async fn is_sound(office: &Office) {
    let report = server::verify::verify(&office.server.db, &[]).await.unwrap();
    assert!(report.is_sound(), "{report}");
}

/// What somebody sees of the client beside a conversation: the name, whose client it is, the other conversations.
async fn client(who: &Person, office: &Office, id: ConversationId) -> (String, bool, Vec<ConversationId>) {
    let opened = who.open(office.conversation(id).await.number).await.unwrap();
    let contact = opened.row.scene.contact;
    let others = opened.previous.iter().map(|row| row.scene.conversation.id).collect();
    (contact.display_name, contact.pinned_to.is_some(), others)
}

#[tokio::test]
async fn two_contacts_are_one_client_with_one_history_until_they_are_separated() {
    in_office(async |office| {
        let [(_, here), (_, there)] = two(&office).await;
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        ben.run(here, Command::PinClient).await.unwrap();
        ana.run(there, Command::RenameClient { name: "Dora Marsh".into() }).await.unwrap();
        ana.run(there, Command::NoteOnClient { words: words("Pays in cash.") }).await.unwrap();
        let before = [client(&ben, &office, here).await, client(&ben, &office, there).await];
        let mut desk = ana.watches().await;
        ben.run(here, with(&office, there).await).await.unwrap();
        assert_eq!(client(&ben, &office, here).await, ("Dora Marsh".into(), true, vec![there]));
        assert_eq!(client(&ben, &office, there).await, ("Dora Marsh".into(), true, vec![here]));
        let opened = ben.open(office.conversation(here).await.number).await.unwrap();
        assert_eq!(opened.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["Pays in cash."]);
        let also: Vec<ContactId> = opened.also.iter().map(|contact| contact.id).collect();
        assert_eq!(also, [contact(&office, there).await]);
        desk.catches_up().await;
        desk.is_like(&ana.looks_now().await);
        counters_are_right(&office, &[here, there]).await;
        is_sound(&office).await;

        let who = [contact(&office, there).await].into();
        ben.run(here, Command::PartClient { who, contacts: vec![] }).await.unwrap();
        assert_eq!([client(&ben, &office, here).await, client(&ben, &office, there).await], before);
        desk.catches_up().await;
        desk.is_like(&ana.looks_now().await);
        counters_are_right(&office, &[here, there]).await;
        is_sound(&office).await;
    })
    .await;
}

#[tokio::test]
async fn each_visitor_goes_on_seeing_their_own_conversations_only() {
    in_office(async |office| {
        let [(one, here), (other, there)] = two(&office).await;
        let ben = office.agent(BEN);
        ben.run(here, with(&office, there).await).await.unwrap();
        for (visitor, own, foreign) in [(&one, here, there), (&other, there, here)] {
            let hello = visitor.hello().await.to_string();
            assert!(hello.contains(&own.to_string()) && !hello.contains(&foreign.to_string()), "{hello}");
            let body = json!({ "token": visitor.token, "conversation": foreign, "before": null });
            assert_eq!(visitor.says("thread", body).await.status, 404);
            // What they write goes on where they wrote.
            assert_eq!(visitor.writes("More", Some(own)).await, own);
        }
        // And no merge of conversations shows one of them what the other wrote.
        let into = Scene { contact: cleo(), conversation: office.conversation(there).await, into: None };
        let merge = Command::Merge { into: Box::new(into), exchange: Exchange::default() };
        let number = office.conversation(there).await.number;
        assert_eq!(refusal(ben.run(here, merge).await), Refusal::OtherAddress { number });
    })
    .await;
}

#[tokio::test]
async fn the_black_list_holds_all_of_a_client_and_lets_go_of_who_was_not_on_it() {
    in_office(async |office| {
        let [(_, here), (_, there)] = two(&office).await;
        let zoe = office.agent(ZOE);
        zoe.run(here, Command::BlockClient).await.unwrap();
        zoe.run(there, with(&office, here).await).await.unwrap();
        assert_eq!(office.agent(ANA).list(View::All).await, Vec::<i64>::new());
        assert_eq!(zoe.list(View::Blacklist).await.len(), 2);
        counters_are_right(&office, &[here, there]).await;
        let who = [contact(&office, there).await].into();
        zoe.run(there, Command::PartClient { who, contacts: vec![] }).await.unwrap();
        assert_eq!(zoe.list(View::Blacklist).await, [office.conversation(here).await.number]);
        assert_eq!(zoe.list(View::All).await, [office.conversation(there).await.number]);
        counters_are_right(&office, &[here, there]).await;
        is_sound(&office).await;
    })
    .await;
}

#[tokio::test]
async fn who_tells_their_name_after_the_merge_is_called_as_the_team_calls_the_client() {
    in_office(async |office| {
        let [(one, here), (_, there)] = two(&office).await;
        let ben = office.agent(BEN);
        ben.run(there, Command::RenameClient { name: "Dora Marsh".into() }).await.unwrap();
        ben.run(here, with(&office, there).await).await.unwrap();
        let introduction = json!({ "name": "Ada", "email": "ada@example.org" });
        let message = json!({ "id": fresh(), "text": "It is me", "conversation": here, "introduction": introduction, "language": null });
        one.asks("write", json!({ "token": one.token, "message": message })).await;
        for id in [here, there] {
            let contact = ben.open(office.conversation(id).await.number).await.unwrap().row.scene.contact;
            assert_eq!((contact.display_name.as_str(), contact.lead), ("Dora Marsh", true));
        }
        assert_eq!(ben.list(View::HasLead).await.len(), 2);
        counters_are_right(&office, &[here, there]).await;
        // By itself it has the name that was told.
        let who = [contact(&office, there).await].into();
        ben.run(here, Command::PartClient { who, contacts: vec![] }).await.unwrap();
        assert_eq!(client(&ben, &office, here).await.0, "Ada");
        assert_eq!(ben.list(View::HasLead).await.len(), 1);
        is_sound(&office).await;
    })
    .await;
}

#[tokio::test]
async fn of_two_who_merge_the_same_contacts_crosswise_one_does_it() {
    in_office(async |office| {
        let [(_, here), (_, there)] = two(&office).await;
        let (ben, zoe) = (office.agent(BEN), office.agent(ZOE));
        let (to_there, to_here) = (with(&office, there).await, with(&office, here).await);
        let (one, other) = tokio::join!(ben.run(here, to_there), zoe.run(there, to_here));
        let refused: Vec<_> = [one, other].into_iter().filter(Result::is_err).collect();
        assert_eq!(refused.len(), 1);
        assert!(refused.into_iter().all(|answer| refusal(answer) == Refusal::SameClient));
        counters_are_right(&office, &[here, there]).await;
        is_sound(&office).await;
    })
    .await;
}

#[tokio::test]
async fn a_client_out_of_sight_is_the_same_as_one_that_is_not_there() {
    in_office(async |office| {
        let here = office.writes("Ada", "Hello", BILLING).await;
        let hidden = office.writes("Dora", "Secret", RETURNS).await;
        office.agent(RITA).run(hidden.id, Command::Claim).await.unwrap();
        let ben = office.agent(BEN);
        let before = office.everything().await;
        let nobody = Scene {
            contact: cleo(),
            conversation: domain::conversation::Conversation { id: ConversationId::new(999), ..here.clone() },
            into: None,
        };
        for command in [
            with(&office, hidden.id).await,
            Command::MergeClient { with: Box::new(nobody), contacts: vec![] },
        ] {
            assert_eq!(ben.run(here.id, command).await.unwrap_err(), Error::Missing);
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn of_a_client_one_is_told_only_the_contacts_whose_conversations_one_sees() {
    in_office(async |office| {
        let here = office.writes("Ada", "Hello", BILLING).await;
        let hidden = office.writes("Dora", "Secret", RETURNS).await;
        let yuki = office.agent(YUKI);
        yuki.run(here.id, with(&office, hidden.id).await).await.unwrap();
        let also = async |who: &Person| -> Vec<ContactId> {
            let opened = who.open(here.number).await.unwrap();
            assert_eq!(opened.previous.len(), opened.also.len());
            opened.also.iter().map(|contact| contact.id).collect()
        };
        assert_eq!(also(&yuki).await, [hidden.contact]);
        assert_eq!(also(&office.agent(BEN)).await, []);
    })
    .await;
}
