//! The wire of an open chat window: a real server on a port of its own, and a real socket.

use domain::id::ConversationId;
use domain::live::Up;
use domain::worlds::{ANA, BEN};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::chat::Visitor;
use crate::office::{Office, in_office, note, reply, whisper};
use crate::socket::{Port, Wire};

/// A visitor's window, with its wire.
pub struct Window {
    wire: Wire,
    cursor: Value,
}

impl Visitor {
    pub async fn opens(&self, port: &Port) -> Window {
        let cursor = self.hello().await["cursor"].clone();
        let mut window = self.opens_at(port, cursor).await;
        assert_eq!(window.hears().await, json!("beat"), "it was up to date");
        window
    }

    async fn opens_at(&self, port: &Port, cursor: Value) -> Window {
        let path = format!("/chat/{}/live", self.key);
        let mut wire =
            port.ask_at(&path, &self.browser, &[("origin", &port.origin())]).await.expect("a socket");
        let hello = json!({ "hello": { "token": self.token, "after": cursor } });
        wire.sends(Message::text(hello.to_string())).await;
        Window { wire, cursor }
    }
}

impl Window {
    pub async fn hears(&mut self) -> Value {
        match self.wire.receives(|message| matches!(message, Message::Text(_) | Message::Close(_))).await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("something is said: {other:?}"),
        }
    }

    /// The next news, whatever else is said before.
    async fn news(&mut self) -> Value {
        loop {
            let said = self.hears().await;
            if !said["news"].is_null() {
                self.cursor = said["news"]["cursor"].clone();
                return said["news"].clone();
            }
        }
    }

    async fn types(&mut self, at: Option<ConversationId>) {
        self.wire.sends(Message::text(json!({ "typing": { "conversation": at } }).to_string())).await;
    }
}

fn texts(news: &Value) -> Vec<String> {
    news["said"].as_array().unwrap().iter().map(|said| said["text"].as_str().unwrap().into()).collect()
}

async fn answers(here: &Office, id: ConversationId, text: &str) {
    let seen = here.conversation(id).await.last_public.map(|last| last.message);
    here.agent(ANA).run(id, reply(text, seen)).await.unwrap();
}

#[tokio::test]
async fn an_answer_comes_live_and_what_customers_may_not_know_makes_no_frame() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello?", None).await;
        let port = Port::open(&visitor.browser).await;
        let mut window = visitor.opens(&port).await;
        here.agent(ANA).run(id, whisper("marker-1")).await.unwrap();
        here.agent(ANA).run(id, note("marker-2")).await.unwrap();
        answers(&here, id, "On its way.").await;
        // The first frame that comes is the answer: nothing before it was told, not even that something happened.
        let first = window.hears().await;
        assert_eq!(texts(&first["news"]), ["On its way."]);
        assert_eq!(first["news"]["conversations"][0]["seen"], true);
        assert!(!first.to_string().contains("marker"));
        here.agent(ANA).run(id, whisper("marker-3")).await.unwrap();
        here.agent(ANA).run(id, domain::conversation::Command::Close).await.unwrap();
        let ended = window.hears().await;
        assert_eq!(ended["news"]["conversations"][0]["ended"], true);
        assert_eq!(ended["news"]["said"].as_array().unwrap().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_window_that_was_away_resumes_by_its_cursor_without_gap_or_double() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello?", None).await;
        let port = Port::open(&visitor.browser).await;
        let mut window = visitor.opens(&port).await;
        answers(&here, id, "One").await;
        assert_eq!(texts(&window.news().await), ["One"]);
        // The very next entry of the log.
        answers(&here, id, "And a half").await;
        assert_eq!(texts(&window.news().await), ["And a half"]);
        let cursor = window.cursor.clone();
        drop(window);
        answers(&here, id, "Two").await;
        // Others write meanwhile; that is none of this visitor's business.
        here.visitor().await.writes("Somebody else, marker-9", None).await;
        answers(&here, id, "Three").await;
        let mut window = visitor.opens_at(&port, cursor.clone()).await;
        let missed = window.news().await;
        assert_eq!(texts(&missed), ["Two", "Three"]);
        assert!(!missed.to_string().contains("marker"));
        // A second tab, from the same place.
        assert_eq!(texts(&visitor.opens_at(&port, cursor.clone()).await.news().await), ["Two", "Three"]);
        // A cursor of another log, or of the future, begins anew.
        let log = json!({ "log": uuid_of(1), "seq": cursor["seq"] });
        let future = json!({ "log": cursor["log"], "seq": 999_999 });
        for odd in [log, future] {
            assert_eq!(visitor.opens_at(&port, odd).await.hears().await, json!("reset"));
        }
    })
    .await;
}

fn uuid_of(n: u128) -> String {
    domain::id::LogId::new(n).to_string()
}

#[tokio::test]
async fn each_side_sees_the_other_writing() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello?", None).await;
        let port = Port::open(&visitor.browser).await;
        let mut window = visitor.opens(&port).await;
        let mut anas = here.agent(ANA).watches().await;
        anas.looks_at(id, true).await;
        let typing = window.hears().await;
        assert_eq!(typing["typing"][0]["who"][0]["name"], "Ana");
        assert_eq!(typing["typing"][0]["conversation"], json!(id));
        anas.says(Up::Look { at: Some(id), replying: false }).await;
        assert_eq!(window.hears().await["typing"], json!([]));

        let is_typing = |told: &domain::live::Down, is: bool| match told {
            domain::live::Down::Looks(looks) => {
                looks.iter().any(|look| look.conversation == id && look.customer == is)
            }
            _ => false,
        };
        window.types(Some(id)).await;
        anas.hears_until(|told| is_typing(told, true)).await;
        window.types(None).await;
        anas.hears_until(|told| is_typing(told, false)).await;
        // Whoever goes away does not write any more.
        window.types(Some(id)).await;
        anas.hears_until(|told| is_typing(told, true)).await;
        drop(window);
        anas.hears_until(|told| is_typing(told, false)).await;
    })
    .await;
}

#[tokio::test]
async fn a_visitor_writes_in_no_conversation_of_another() {
    in_office(async |here| {
        let (visitor, other) = (here.visitor().await, here.visitor().await);
        let (mine, theirs) = (visitor.writes("Mine", None).await, other.writes("Theirs", None).await);
        let port = Port::open(&visitor.browser).await;
        let mut window = visitor.opens(&port).await;
        let mut bens = here.agent(BEN).watches().await;
        bens.looks_at(theirs, false).await;
        window.types(Some(theirs)).await;
        window.types(Some(mine)).await;
        // The first that is told is the one that is theirs to write in.
        let told = bens.hears_until(|told| matches!(told, domain::live::Down::Looks(looks) if looks.iter().any(|look| look.customer))).await;
        let looks = told.iter().filter_map(|told| match told {
            domain::live::Down::Looks(looks) => Some(looks),
            _ => None,
        });
        assert!(looks.flatten().filter(|look| look.customer).all(|look| look.conversation == mine));
    })
    .await;
}

#[tokio::test]
async fn a_wire_that_is_not_a_visitors_ends_with_its_reason() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let port = Port::open(&visitor.browser).await;
        let path = format!("/chat/{}/live", visitor.key);
        // Another site's page.
        let evil = port.ask_at(&path, &visitor.browser, &[("origin", "https://evil.example")]).await;
        assert_eq!(evil.err().map(|status| status.as_u16()), Some(403));
        assert!(port.ask_at(&path, &visitor.browser, &[]).await.is_err());
        let cursor = visitor.hello().await["cursor"].clone();
        // Who has written nothing has nothing to hear.
        assert_eq!(visitor.opens_at(&port, cursor.clone()).await.wire.ends().await, Some(4401));
        visitor.writes("Hello?", None).await;
        let liar = Visitor { token: "f".repeat(128), ..visitor.clone() };
        assert_eq!(liar.opens_at(&port, cursor.clone()).await.wire.ends().await, Some(4401));
        // What is not understood.
        for nonsense in ["", "{}", "[1]", r#"{"typing":{"conversation":null}}"#] {
            let mut wire = port.ask_at(&path, &visitor.browser, &[("origin", &port.origin())]).await.unwrap();
            wire.sends(Message::text(nonsense)).await;
            assert_eq!(wire.ends().await, Some(4400), "{nonsense}");
        }
        // Too much.
        let mut window = visitor.opens_at(&port, cursor.clone()).await;
        for _ in 0..40 {
            // The server may have hung up already.
            window.wire.tries_to_send(Message::text(r#"{"typing":{"conversation":null}}"#)).await;
        }
        assert_eq!(window.wire.ends().await, Some(4429));
        // More windows than anybody has.
        let mut windows = vec![];
        for _ in 0..10 {
            let mut window = visitor.opens_at(&port, cursor.clone()).await;
            window.news().await;
            windows.push(window);
        }
        assert_eq!(visitor.opens_at(&port, cursor).await.wire.ends().await, Some(4429));
        assert_eq!(windows.len(), 10);
    })
    .await;
}
