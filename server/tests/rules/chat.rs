//! What visitors write by the chat on websites, what they are shown, and what nobody is.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::channel::Reopen;
use domain::conversation::{Command, Status};
use domain::id::{ChannelId, ConversationId, MessageId};
use domain::live::Down;
use domain::message::Delivery;
use domain::notice::{self, Notice};
use domain::settings::widget::{Form, Widget};
use domain::view::View;
use domain::worlds::{ANA, BEN, CHAT, LEFT, MAIL, NOON, RITA, ZOE};
use serde_json::{Value, json};
use server::channel::web_chat;
use server::db::Tx;
use server::error::Error;
use server::office;
use server::{secret, sql};

use crate::http::{Answer, Browser, LOCAL};
use crate::office::{Office, in_office, note, reply, whisper};

/// Somebody on a website, with the chat open.
#[derive(Clone)]
pub struct Visitor {
    pub browser: Browser,
    pub key: String,
    pub token: String,
}

/// A fresh id, as browsers make one.
pub fn fresh() -> String {
    MessageId::new(secret::random_id()).to_string()
}

impl Office {
    /// The key of the chat.
    pub async fn chat_key(&self) -> String {
        let read = self.server.db.read(async move |tx: &mut Tx| web_chat::first(tx).await);
        read.await.unwrap().unwrap()
    }

    /// Somebody opens the chat who was never there.
    pub async fn visitor(&self) -> Visitor {
        let key = self.chat_key().await;
        let mut visitor = Visitor { browser: Browser::at(self, LOCAL), key, token: String::new() };
        visitor.token = visitor.asks("hello", json!({})).await["token"].as_str().unwrap().into();
        visitor
    }

    /// Sets the chat up in another way.
    async fn sets_chat(&self, sites: &str, form: Form) {
        let widget = Widget::of("Hello", sites, form).unwrap();
        self.writing(async move |tx: &mut Tx| {
            tx.q(sql!("delete from widget where channel_id = $1")).bind(CHAT.to_string()).exec().await?;
            web_chat::install(tx, CHAT, &widget).await.map(drop)
        })
        .await;
    }

    async fn sets_reopen(&self, reopen: Reopen) {
        let within = match reopen {
            Reopen::Always => None,
            Reopen::Never => Some(0),
            Reopen::Within(time) => Some(time.0),
        };
        self.writing(async move |tx: &mut Tx| {
            tx.q(sql!("update channel set reopen_within_ms = $1")).bind(within).exec().await?;
            office::changed(tx).await
        })
        .await;
    }

    async fn messages(&self) -> usize {
        self.column(sql!("select text from message")).await.len()
    }
}

impl Visitor {
    pub async fn says(&self, what: &str, body: Value) -> Answer {
        let headers = [("content-type", "application/json"), ("origin", self.browser.origin.as_str())];
        let path = format!("/chat/{}/{what}", self.key);
        self.browser.send(Method::POST, &path, &headers, Body::from(body.to_string())).await
    }

    /// What is answered where nothing stands against it.
    pub async fn asks(&self, what: &str, body: Value) -> Value {
        let answer = self.says(what, body).await;
        assert!(answer.status.is_success(), "{answer:?}");
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    pub async fn tries(&self, text: &str, conversation: Option<ConversationId>) -> Answer {
        self.says("write", self.message(&fresh(), text, conversation)).await
    }

    fn message(&self, id: &str, text: &str, conversation: Option<ConversationId>) -> Value {
        let message = json!({ "id": id, "text": text, "conversation": conversation, "introduction": {}, "language": "German" });
        json!({ "token": self.token, "message": message })
    }

    /// Writes, and where that went.
    pub async fn writes(&self, text: &str, conversation: Option<ConversationId>) -> ConversationId {
        let answer = self.tries(text, conversation).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        told["conversation"].as_str().unwrap().parse().unwrap()
    }

    pub async fn hello(&self) -> Value {
        self.asks("hello", json!({ "token": self.token })).await
    }

    pub async fn thread(&self, conversation: ConversationId) -> Value {
        self.asks("thread", json!({ "token": self.token, "conversation": conversation })).await
    }
}

fn texts(thread: &Value) -> Vec<&str> {
    thread["said"].as_array().unwrap().iter().map(|said| said["text"].as_str().unwrap()).collect()
}

// rule 002-02
#[tokio::test]
async fn a_visitors_message_stands_in_unassigned_at_once_and_the_team_is_told() {
    in_office(async |here| {
        let (ana, rita) = (here.agent(ANA), here.agent(RITA));
        let (mut anas, mut ritas) = (ana.watches().await, rita.watches().await);
        let visitor = here.visitor().await;
        let id = visitor.writes("Where is my tent?\nIt was due on Monday.", None).await;

        let told = anas.hears().await;
        let envelope = told.iter().find_map(|down| match down {
            Down::Envelope(envelope) => Some(envelope),
            _ => None,
        });
        let envelope = envelope.expect("it is told");
        let notice = notice::of(&ana.viewer, &BTreeSet::new(), &envelope.row.scene, &envelope.entries);
        assert_eq!(notice, Some(Notice::Waits));
        assert!(!ritas.hears().await.iter().any(|down| matches!(down, Down::Envelope(_))), "another group's");

        let conversation = here.conversation(id).await;
        assert_eq!(conversation.subject, "Where is my tent?");
        assert_eq!(ana.list(View::Unassigned).await, [conversation.number]);
        let count = anas.count(View::Unassigned);
        assert_eq!((count.n, count.unread), (1, 1));
        let contact = &envelope.row.scene.contact;
        assert!(contact.display_name.starts_with("Visitor ") && !contact.lead);
        assert_eq!(contact.language.as_deref(), Some("German"));
    })
    .await;
}

#[tokio::test]
async fn the_same_message_twice_is_one_and_the_same_id_with_other_words_is_refused() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = fresh();
        let first = visitor.says("write", visitor.message(&id, "Hello?", None)).await;
        let again = visitor.says("write", visitor.message(&id, "Hello?", None)).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
        assert_eq!(here.column(sql!("select text from message")).await, ["Hello?"]);
        let before = here.everything().await;
        let other = visitor.says("write", visitor.message(&id, "Something else", None)).await;
        assert_eq!(other.status, StatusCode::CONFLICT);
        // Nor does somebody else learn whose it is, or what it says.
        let stranger = here.visitor().await;
        let theirs = stranger.says("write", stranger.message(&id, "Hello?", None)).await;
        assert_eq!(theirs.status, StatusCode::CONFLICT);
        assert!(!theirs.body.contains("Hello?"));
        assert_eq!(
            here.everything().await,
            before,
            "nothing of a refused message is stored, not even who wrote"
        );
    })
    .await;
}

#[tokio::test]
async fn messages_of_one_visitor_that_cross_each_other_are_of_one_contact() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let (one, two) = tokio::join!(visitor.writes("One", None), visitor.writes("Two", None));
        assert_ne!(one, two);
        assert_eq!(here.column(sql!("select contact_id from contact")).await.len(), 1);
        assert_eq!(visitor.hello().await["conversations"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_not_one_of_this_chat_is_refused_and_shows_nothing() {
    in_office(async |here| {
        let victim = here.visitor().await;
        let id = victim.writes("My secret-4711", None).await;
        let seen = here.conversation(id).await.last_public.map(|last| last.message);
        here.agent(ANA).run(id, reply("And this is for you, 4711", seen)).await.unwrap();
        // Another chat of the same workspace.
        let other_channel = ChannelId::new(77);
        let key = here.writing(async move |tx: &mut Tx| {
            tx.q(sql!("insert into channel (channel_id, kind, name) values ($1, 'chat', 'Other')"))
                .bind(other_channel.to_string())
                .exec()
                .await?;
            office::changed(tx).await?;
            web_chat::install(tx, other_channel, &Widget::default()).await
        });
        let elsewhere = Visitor { key: key.await, ..victim.clone() };
        let before = here.everything().await;
        let good = victim.token.clone();
        let cut = good[..127].to_string();
        let mut turned = good.clone().into_bytes();
        turned[3] = if turned[3] == b'0' { b'1' } else { b'0' };
        let forged = [
            String::new(),
            " ".into(),
            "null".into(),
            cut,
            format!("{good}0"),
            good.to_uppercase(),
            String::from_utf8(turned).unwrap(),
            format!("{}{}", &good[64..], &good[..64]),
            "f".repeat(128),
            "ä".repeat(64),
            "x".repeat(100_000),
            format!("{}\0", &good[..127]),
        ];
        for token in forged.iter().map(String::as_str) {
            let liar = Visitor { token: token.into(), ..victim.clone() };
            let asked = json!({ "token": token, "conversation": id });
            let seen = json!({ "token": token, "conversation": id, "message": fresh() });
            let hello = json!({ "token": token });
            for answer in [
                liar.says("hello", hello).await,
                liar.says("thread", asked).await,
                liar.says("seen", seen).await,
                liar.tries("I am you", Some(id)).await,
                liar.tries("I am you", None).await,
            ] {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token:.40}");
                assert!(answer.body.contains("Start a new conversation") && !answer.body.contains("4711"));
            }
        }
        // Good, and of another chat.
        let answer = elsewhere.says("hello", json!({ "token": good })).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(here.everything().await, before);
        // Good, and of somebody else.
        let stranger = here.visitor().await;
        stranger.writes("I am somebody too", None).await;
        let newest = here.conversation(id).await.last_public.unwrap().message;
        let before = here.everything().await;
        for answer in [
            stranger.says("thread", json!({ "token": stranger.token, "conversation": id })).await,
            stranger.tries("Let me in", Some(id)).await,
            stranger
                .says("seen", json!({ "token": stranger.token, "conversation": id, "message": newest }))
                .await,
        ] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{answer:?}");
            assert!(!answer.body.contains("4711"));
        }
        assert_eq!(here.everything().await, before);
        // More than is taken.
        let oversize = Visitor { token: "x".repeat(200_000), ..victim.clone() };
        let answer = oversize.says("hello", json!({ "token": oversize.token })).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_understood_is_refused_in_words_and_changes_nothing() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let before = here.everything().await;
        let token = visitor.token.as_str();
        let message = json!({ "id": fresh(), "text": "Hello", "conversation": null, "language": null });
        for body in [
            json!({}),
            json!(null),
            json!({ "token": token }),
            json!({ "token": token, "message": { "id": "1", "text": "x", "conversation": null, "language": null } }),
            json!({ "token": token, "message": message, "contact": fresh() }),
            json!({ "token": [token], "message": message }),
        ] {
            let answer = visitor.says("write", body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
            assert!(answer.body.contains("Load the page again"), "{answer:?}");
        }
        let nobody = Visitor { key: "nobody".into(), ..visitor.clone() };
        assert_eq!(nobody.says("hello", json!({})).await.status, StatusCode::NOT_FOUND);
        let odd = Visitor { key: "%00".into(), ..visitor.clone() };
        assert_eq!(odd.says("hello", json!({})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(visitor.tries(" \n ", None).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let long = visitor.tries(&"x".repeat(20_001), None).await;
        assert!(long.body.contains("at most 20000"), "{long:?}");
        // A page of another site that has a token: its browser says where it is.
        let headers = [("content-type", "application/json"), ("origin", "https://evil.example")];
        let path = format!("/chat/{}/hello", visitor.key);
        let answer = visitor.browser.send(Method::POST, &path, &headers, Body::from("{}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(here.everything().await, before);
    })
    .await;
}

// rule 001-14
#[tokio::test]
async fn the_answer_stands_there_with_the_agents_name_and_photo_and_no_whisper_does() {
    in_office(async |here| {
        let png = b"\x89PNG\r\n\x1a\nportrait";
        here.writing(async move |tx: &mut Tx| server::photo::set(tx, ANA, png).await).await;
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello?", None).await;
        let ana = here.signed_in(ANA).await;
        let seen = here.conversation(id).await.last_public.map(|last| last.message);
        ana.run(id, whisper("between us, marker-1")).await.unwrap();
        ana.run(id, note("for us, marker-2")).await.unwrap();
        ana.run(id, reply("On its way.", seen)).await.unwrap();
        let assign = Command::Assign { to: BEN, note: Some(crate::office::words("you know this, marker-3")) };
        ana.run(id, assign).await.unwrap();

        let thread = visitor.thread(id).await;
        assert_eq!(texts(&thread), ["Hello?", "On its way."]);
        let answer = &thread["said"][1];
        assert_eq!((answer["from"].as_str(), answer["who"]["name"].as_str()), (Some("team"), Some("Ana")));
        let photo = answer["who"]["photo"].as_str().unwrap();
        let served = visitor.browser.ask(Method::GET, photo, &[], Body::empty()).await;
        assert_eq!(served.headers[header::CONTENT_TYPE], "image/png");
        assert_eq!(thread["conversation"]["with"]["name"], "Ben");
        for said in [thread.to_string(), visitor.hello().await.to_string()] {
            assert!(!said.contains("marker"), "{said}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_visitor_has_seen_is_marked_read_on_every_screen_once() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello?", None).await;
        let ana = here.agent(ANA);
        let mut watcher = ana.watches().await;
        let number = here.conversation(id).await.number;
        let opened = ana.open(number).await.unwrap();
        watcher.desk.take_opened(opened, NOON);
        let seen = here.conversation(id).await.last_public.map(|last| last.message);
        ana.run(id, reply("On its way.", seen)).await.unwrap();
        let answer = here.conversation(id).await.last_public.unwrap().message;
        assert_eq!(visitor.hello().await["conversations"][0]["unseen"], 1);

        let told = json!({ "token": visitor.token, "conversation": id, "message": answer });
        visitor.asks("seen", told.clone()).await;
        let head = here.column(sql!("select cast(seq as text) from workspace")).await;
        visitor.asks("seen", told).await;
        assert_eq!(here.column(sql!("select cast(seq as text) from workspace")).await, head, "once");

        watcher.hears().await;
        let thread = watcher.desk.thread(id).unwrap();
        let delivery = thread.entries.iter().find_map(|entry| {
            entry.message.as_ref().filter(|message| message.id == answer).and(entry.delivery)
        });
        assert_eq!(delivery, Some(Delivery::Read));
        let fresh = ana.open(number).await.unwrap();
        assert_eq!(thread.entries, fresh.entries, "as whoever opens it now");
        assert_eq!(visitor.hello().await["conversations"][0]["unseen"], 0);
    })
    .await;
}

// rule 001-09
#[tokio::test]
async fn whoever_leaves_a_name_or_an_address_has_lead_in_all_their_conversations() {
    in_office(async |here| {
        here.sets_chat("", Form::Optional).await;
        let visitor = here.visitor().await;
        let zoe = here.agent(ZOE);
        let mut watcher = zoe.watches().await;
        let first = visitor.writes("Hello?", None).await;
        assert!(zoe.list(View::HasLead).await.is_empty());
        let introduction = json!({ "name": "Ada\u{202e} Lovelace", "email": " Ada@Example.org" });
        let message = json!({ "id": fresh(), "text": "It is me", "conversation": null, "introduction": introduction, "language": null });
        visitor.asks("write", json!({ "token": visitor.token, "message": message })).await;
        assert_eq!(zoe.list(View::HasLead).await.len(), 2);
        watcher.catches_up().await;
        watcher.is_like(&zoe.looks_now().await);
        let row = watcher.desk.row(first).unwrap();
        let contact = row.scene.contact;
        assert_eq!(contact.display_name, "Ada Lovelace");
        assert_eq!((contact.email.as_deref(), contact.lead), (Some("ada@example.org"), true));
        // Somebody else who claims the same address is somebody else.
        let liar = here.visitor().await;
        let introduction = json!({ "name": "Not Ada", "email": "ada@example.org" });
        let message = json!({ "id": fresh(), "text": "I am Ada", "conversation": null, "introduction": introduction, "language": null });
        liar.asks("write", json!({ "token": liar.token, "message": message })).await;
        assert_eq!(liar.hello().await["conversations"].as_array().unwrap().len(), 1);
        assert_eq!(here.column(sql!("select contact_id from contact")).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_required_is_asked_for_on_the_server_too() {
    in_office(async |here| {
        here.sets_chat("", Form::Required).await;
        let visitor = here.visitor().await;
        assert_eq!(visitor.hello().await["form"], "required");
        let before = here.everything().await;
        let write = async |introduction: Value| {
            let message = json!({ "id": fresh(), "text": "Hello", "conversation": null, "introduction": introduction, "language": null });
            visitor.says("write", json!({ "token": visitor.token, "message": message })).await
        };
        for (introduction, why) in [
            (json!({}), "no_name"),
            (json!({ "name": " ", "email": "ada@example.org" }), "no_name"),
            (json!({ "name": "Ada" }), "not_an_address"),
            (json!({ "name": "Ada", "email": "ada" }), "not_an_address"),
        ] {
            let answer = write(introduction).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.body.contains(why), "{answer:?}");
        }
        assert_eq!(here.everything().await, before);
        assert!(write(json!({ "name": "Ada", "email": "ada@example.org" })).await.status.is_success());
        // Once is enough.
        assert_eq!(visitor.hello().await["form"], "none");
        visitor.writes("And another thing", None).await;
    })
    .await;
}

#[tokio::test]
async fn a_finished_conversation_goes_on_as_the_channel_says() {
    in_office(async |here| {
        let ben = here.agent(BEN);
        let visitor = here.visitor().await;
        let first = visitor.writes("Hello?", None).await;
        let resolve = async |id| {
            let seen = here.conversation(id).await.last_public.map(|last| last.message);
            ben.run(id, reply("Here you are.", seen)).await.unwrap();
            ben.run(id, Command::Resolve { summary: None, closing: None, seen: None }).await.unwrap();
        };
        resolve(first).await;
        assert_eq!(visitor.hello().await["conversations"][0]["ended"], true);
        // It is opened again, and free like a new one.
        assert_eq!(visitor.writes("Not quite.", Some(first)).await, first);
        let again = here.conversation(first).await;
        assert_eq!((again.status, again.assignee), (Status::Open, None));
        assert_eq!(here.agent(ANA).list(View::Unassigned).await, [again.number]);
        // Or another one continues it.
        resolve(first).await;
        here.sets_reopen(Reopen::Never).await;
        let second = visitor.writes("Once more.", Some(first)).await;
        assert_eq!(
            visitor.writes("Written before I knew.", Some(first)).await,
            second,
            "it goes on where that went"
        );
        assert_eq!(here.conversation(second).await.previous, Some(first));
        assert_eq!(texts(&visitor.thread(first).await).len(), 4);
        // Nobody begins conversations without end.
        for n in 0..9 {
            visitor.writes(&format!("And {n}"), None).await;
        }
        let answer = visitor.tries("One too many", None).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("There are 10 open conversations already. Go on in one of them."));
    })
    .await;
}

// rule 003-46
#[tokio::test]
async fn a_pinned_client_goes_to_their_owner_past_unassigned() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let first = visitor.writes("Hello?", None).await;
        let seen = here.conversation(first).await.last_public.map(|last| last.message);
        here.agent(BEN).run(first, reply("Solved.", seen)).await.unwrap();
        here.agent(BEN).run(first, Command::Close).await.unwrap();
        here.changes(sql!("update contact set pinned_to = $1"), ANA).await;
        let second = visitor.writes("Me again", None).await;
        visitor.writes("And here", Some(first)).await;
        for id in [first, second] {
            let conversation = here.conversation(id).await;
            assert_eq!((conversation.assignee, conversation.unassigned_at), (Some(ANA), None));
        }
        assert!(here.agent(ZOE).list(View::Unassigned).await.is_empty());
        // An owner who has left gets nothing.
        here.changes(sql!("update contact set pinned_to = $1"), LEFT).await;
        let third = visitor.writes("Anybody?", None).await;
        assert_eq!(here.conversation(third).await.assignee, None);
    })
    .await;
}

#[tokio::test]
async fn a_blocked_visitor_notices_nothing_and_reaches_nobody() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Spam", None).await;
        here.writing(async move |tx: &mut Tx| {
            tx.q(sql!("update contact set blocked_at = 1")).exec().await?;
            office::changed(tx).await
        })
        .await;
        let mut watcher = here.agent(ANA).watches().await;
        visitor.writes("More spam", Some(id)).await;
        assert!(!watcher.hears().await.iter().any(|down| matches!(down, Down::Envelope(_))));
        assert_eq!(
            texts(&visitor.thread(id).await),
            ["Spam", "More spam"],
            "stored, and shown to who wrote it"
        );
    })
    .await;
}

#[tokio::test]
async fn a_thousand_messages_a_minute_are_refused_with_when_to_come_back() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("First", None).await;
        let mut n_refused = 0;
        for n in 0..1_000 {
            let answer = visitor.tries(&format!("Message {n}"), Some(id)).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                n_refused += 1;
                assert!(answer.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() >= 1);
                assert!(answer.body.contains("It is sent in a moment."));
            }
        }
        assert!(n_refused > 900, "{n_refused}");
        assert_eq!(here.messages().await, 1_001 - n_refused);
        // Others go on.
        let other = here.visitor().await;
        other.writes("Me too?", None).await;
    })
    .await;
}

#[tokio::test]
async fn script_in_every_field_is_text() {
    in_office(async |here| {
        here.sets_chat("", Form::Optional).await;
        let visitor = here.visitor().await;
        let evil = "<img src=x onerror=alert(1)></script><script>alert(2)</script>";
        let introduction = json!({ "name": evil, "email": "a@example.org" });
        let message = json!({ "id": fresh(), "text": evil, "conversation": null, "introduction": introduction, "language": evil });
        let told = visitor.asks("write", json!({ "token": visitor.token, "message": message })).await;
        let id: ConversationId = told["conversation"].as_str().unwrap().parse().unwrap();
        assert_eq!(texts(&visitor.thread(id).await), [evil]);
        let page = visitor.browser.ask(Method::GET, &format!("/chat/{}", visitor.key), &[], Body::empty()).await;
        assert!(!page.body.contains("onerror"));
        // The agent's page carries it as data that cannot end its block.
        let mut ana = Browser::at(&here, LOCAL);
        ana.sign_in("ana@example.org", crate::office::PASSWORD).await;
        let page = ana.get("/inbox/unassigned").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("onerror=alert(1)") && !page.body.contains("<img src=x"));
    })
    .await;
}

#[tokio::test]
async fn the_window_is_framed_by_the_sites_of_its_channel_and_others_are_told_why() {
    in_office(async |here| {
        here.sets_chat("https://shop.example.org\nhttp://localhost:*", Form::None).await;
        let visitor = here.visitor().await;
        let page =
            visitor.browser.ask(Method::GET, &format!("/chat/{}", visitor.key), &[], Body::empty()).await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.ends_with("frame-ancestors 'self' http://localhost:* https://shop.example.org"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && policy.contains("script-src 'self';"));
        assert!(!page.headers.contains_key(header::X_FRAME_OPTIONS), "it would forbid them all");
        let asks = async |origin: &str| {
            let path = format!("/chat/{}/site", visitor.key);
            visitor.browser.ask(Method::GET, &path, &[("origin", origin)], Body::empty()).await
        };
        for good in ["https://shop.example.org", "http://localhost:8080", LOCAL] {
            let answer = asks(good).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{good}");
            assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        }
        for bad in [
            "https://evil.example",
            "http://shop.example.org",
            "https://shop.example.org.evil.example",
            "null",
        ] {
            let answer = asks(bad).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{bad}");
            assert!(answer.body.contains(&format!("{bad} is not on the list of websites of this channel.")));
        }
        // Everything else of the server stays out of frames.
        assert_eq!(visitor.browser.get("/login").await.headers[header::X_FRAME_OPTIONS], "DENY");
        // Without a list it may appear everywhere.
        here.sets_chat("", Form::None).await;
        let key = here.chat_key().await;
        let page = visitor.browser.ask(Method::GET, &format!("/chat/{key}"), &[], Body::empty()).await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.ends_with("frame-ancestors *"), "{policy}");
    })
    .await;
}

#[tokio::test]
async fn a_chat_is_changed_by_whoever_manages_channels_and_by_nobody_else() {
    in_office(async |here| {
        let change = |key: &str, sites: &str| {
            let change = json!({ "key": key, "greeting": " Hi ", "sites": sites, "form": "required", "reopen": "never" });
            json!({ "change": change })
        };
        let key = here.chat_key().await;
        let mut ana = Browser::at(&here, LOCAL);
        ana.sign_in("ana@example.org", crate::office::PASSWORD).await;
        let before = here.everything().await;
        for answer in [ana.call("chats", json!({})).await, ana.call("save_chat", change(&key, "")).await] {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.body.contains("admin.channels"), "{answer:?}");
        }
        let mut yuki = Browser::at(&here, LOCAL);
        yuki.sign_in("yuki@example.org", crate::office::PASSWORD).await;
        let bad = yuki.call("save_chat", change(&key, "https://a.org; script-src *")).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(yuki.call("save_chat", change("nobody", "")).await.status, StatusCode::NOT_FOUND);
        let now = here.everything().await;
        assert_eq!((&now["widget"], &now["channel"]), (&before["widget"], &before["channel"]));
        let good = yuki.call("save_chat", change(&key, "shop.example.org\nhttp://localhost:*")).await;
        assert_eq!(good.status, StatusCode::OK, "{good:?}");
        let chats = yuki.call("chats", json!({})).await;
        let chats: Vec<domain::settings::widget::Chat> = serde_json::from_str(&chats.body).unwrap();
        assert_eq!((chats.len(), chats[0].widget.greeting.as_str(), chats[0].reopen), (1, "Hi", Reopen::Never));
        assert_eq!(chats[0].widget.sites.len(), 2);
        assert_eq!(here.visitor().await.hello().await["form"], "required");
    })
    .await;
}

#[tokio::test]
async fn a_token_stands_in_no_table_and_conversations_of_other_channels_are_not_shown() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello?", None).await;
        let everything = format!("{:?}", here.everything().await);
        assert!(!everything.contains(&visitor.token) && !everything.contains(&visitor.token[..64]));
        // The same person by mail.
        let contact = here.conversation(id).await.contact;
        let mail = here.mails("Ada", "By mail, marker-7", domain::worlds::BILLING).await;
        here.writing(async move |tx: &mut Tx| {
            tx.q(sql!("update conversation set contact_id = $1 where channel_id = $2"))
                .bind(contact.to_string())
                .bind(MAIL.to_string())
                .exec()
                .await?;
            Ok::<_, Error>(())
        })
        .await;
        let hello = visitor.hello().await;
        assert_eq!(hello["conversations"].as_array().unwrap().len(), 1);
        let answer = visitor.says("thread", json!({ "token": visitor.token, "conversation": mail.id })).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(!answer.body.contains("marker"));
    })
    .await;
}

#[tokio::test]
async fn what_the_team_formatted_is_told_as_it_is_drawn_and_a_customers_words_as_they_are() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("**Hello**", None).await;
        let seen = async || here.conversation(id).await.last_public.map(|last| last.message);
        let ana = here.agent(ANA);
        ana.run(id, reply("It is **late**", seen().await)).await.unwrap();
        ana.run(id, reply("Sorry", seen().await)).await.unwrap();
        let said = &visitor.thread(id).await["said"];
        assert_eq!(said[0]["blocks"], Value::Null);
        assert_eq!(
            said[1]["blocks"],
            json!([{ "lines": [{ "text": "It is " }, { "bold": [{ "text": "late" }] }] }])
        );
        assert_eq!(said[1]["text"], "It is **late**");
        assert_eq!(said[2]["blocks"], Value::Null);
        // The list of conversations only tells what was said.
        ana.run(id, reply("It is **there**", seen().await)).await.unwrap();
        assert_eq!(visitor.hello().await["conversations"][0]["last"]["text"], "It is there");
    })
    .await;
}

#[tokio::test]
async fn what_a_customer_has_seen_takes_no_place_in_a_thread() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello?", None).await;
        let ana = here.agent(ANA);
        let number = here.conversation(id).await.number;
        let mut watcher = ana.watches().await;
        watcher.desk.take_opened(ana.open(number).await.unwrap(), NOON);
        let mut replies = vec![];
        for n in 0..60 {
            let seen = here.conversation(id).await.last_public.map(|last| last.message);
            ana.run(id, reply(&format!("Answer {n}"), seen)).await.unwrap();
            replies.push(here.conversation(id).await.last_public.unwrap().message);
        }
        for message in replies {
            visitor
                .asks("seen", json!({ "token": visitor.token, "conversation": id, "message": message }))
                .await;
        }
        // The newest page is full of what can be read, here and on a screen that heard it all.
        let opened = ana.open(number).await.unwrap();
        assert!(opened.has_earlier && opened.entries.iter().all(|entry| entry.message.is_some()));
        watcher.catches_up().await;
        assert!(watcher.desk.thread(id).unwrap().entries.ends_with(&opened.entries));
    })
    .await;
}
