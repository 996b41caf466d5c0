//! An agent at one server and a visitor at another: each hears the other at once, and goes on where one is gone.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use domain::id::{ConversationId, MessageId};
use domain::worlds::ZOE;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use server::db::Db;
use tokio::sync::watch::{self, channel};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::account::Written;
use super::program::Program;
use super::stage::{furnish, until};
use super::watcher::Watcher;
use super::wire::{self, Browser, Line, SILENCE};
use crate::chat::fresh;
use crate::database;
use crate::office::{Office, order, reply};
use crate::start::PATIENCE;

/// How soon each hears the other while nothing is broken.
const SOON: Duration = Duration::from_secs(5);

/// Longer than an agent's browser waits for a server that says nothing.
const PAUSE: Duration = Duration::from_secs(6);

#[tokio::test]
async fn an_agent_and_a_visitor_at_two_servers_are_live_for_each_other_and_outlive_either() {
    let database = database::empty_postgres().await;
    furnish(&database).await;
    let db = Db::open(&database).await.unwrap();
    let office = Office::again(db.clone());
    let (agents, mut visitors) = (Program::start(&database).await, Program::start(&database).await);
    let (here, there) = (agents.address, visitors.address);
    let zoe = Browser::sign_in(here, "zoe@example.org").await.among(vec![here, there]);
    let (watch, watching) = channel(true);
    let watcher = tokio::spawn(Watcher::begin(zoe.clone()).await.watch(watching.clone()));
    let visitor = Visitor::opens(vec![there, here], office.chat_key().await).await;
    let (tells, heard) = channel(vec![]);
    tokio::spawn(visitor.clone().listens(tells));
    let mut talk = Talk { zoe, visitor, heard, conversation: None, said: vec![] };

    talk.goes_to_and_fro(SOON).await;
    visitors.kill(); // whose server goes away while an answer comes
    talk.goes_to_and_fro(PATIENCE).await;
    talk.goes_to_and_fro(SOON).await;
    visitors.start_again().await;
    agents.pause();
    talk.goes_to_and_fro(PATIENCE).await;
    sleep(PAUSE).await;
    agents.go_on();
    talk.goes_to_and_fro(PATIENCE).await;
    talk.goes_to_and_fro(SOON).await;

    watch.send(false).unwrap();
    let watcher = timeout(PATIENCE, watcher).await.expect("the agent is told the rest").unwrap();
    let begun = office.conversation(talk.conversation.unwrap()).await;
    Written::of(&office, &[begun]).await.was_told_to(&office, &watcher).await;
    println!(
        "SCORE PostgreSQL: an agent and a visitor at two servers, {} messages, one killed and one paused",
        talk.said.len()
    );
    db.close().await;
}

/// What they say to each other.
struct Talk {
    zoe: Browser,
    visitor: Visitor,
    /// What came to the visitor's window, in order.
    heard: watch::Receiver<Vec<String>>,
    conversation: Option<ConversationId>,
    said: Vec<String>,
}

impl Talk {
    /// The visitor asks, and the agent answers; both stand in the visitor's window, once, within that time.
    async fn goes_to_and_fro(&mut self, within: Duration) {
        let n = self.said.len();
        let (question, answer) = (format!("Question {n}"), format!("Answer {n}"));
        let (conversation, seen) = self.visitor.writes(&question, self.conversation).await;
        self.conversation = Some(conversation);
        let request = domain::live::Request { by: ZOE, ..order(conversation, reply(&answer, Some(seen))) };
        until("the agent's answer is stored", async || {
            let mut line = self.zoe.line().await;
            match timeout(SILENCE, self.zoe.run(&mut line, &request)).await {
                Ok(Ok(told)) if told.status != 503 => {
                    assert_eq!(told.status, 200, "{told:?}");
                    return true;
                }
                Ok(_) => {}
                Err(_) => assert!(within > SOON, "its server says nothing"),
            }
            let other = self.zoe.clone();
            let told = other.moved().run(&mut other.moved().line().await, &request).await;
            told.is_ok_and(|told| told.status == 200)
        })
        .await;
        let answered = Instant::now();
        self.said.extend([question, answer]);
        let heard = self.heard.wait_for(|heard| heard.len() >= self.said.len());
        assert_eq!(*timeout(within, heard).await.expect("it is heard").unwrap(), self.said);
        println!("heard after {} ms", answered.elapsed().as_millis());
    }
}

/// Somebody on a website with the chat open.
#[derive(Clone)]
struct Visitor {
    /// The servers, the preferred one first.
    addresses: Vec<SocketAddr>,
    key: String,
    token: String,
    cursor: Value,
}

impl Visitor {
    async fn opens(addresses: Vec<SocketAddr>, key: String) -> Self {
        let mut visitor = Self { addresses, key, token: String::new(), cursor: Value::Null };
        let told = visitor.asks("hello", &json!({})).await;
        (visitor.token, visitor.cursor) = (told["token"].as_str().unwrap().into(), told["cursor"].clone());
        visitor
    }

    /// Sends that until a server answers.
    async fn asks(&self, what: &str, body: &Value) -> Value {
        loop {
            for address in &self.addresses {
                let asked = async {
                    let mut line = Line::open(*address).await?;
                    let path = format!("POST /chat/{}/{what}", self.key);
                    line.ask(&path, &[("content-type", "application/json")], &body.to_string()).await
                };
                match timeout(SILENCE, asked).await {
                    Ok(Ok(answer)) if answer.status == 200 => {
                        return serde_json::from_str(&answer.body).unwrap();
                    }
                    Ok(Ok(answer)) => assert_eq!(answer.status, 503, "{answer:?}"),
                    Ok(Err(_)) | Err(_) => {}
                }
            }
            sleep(wire::BACK_OFF).await;
        }
    }

    /// Writes, and where that went.
    async fn writes(&self, text: &str, conversation: Option<ConversationId>) -> (ConversationId, MessageId) {
        let id = fresh();
        let message = json!({ "id": id, "text": text, "conversation": conversation, "introduction": {}, "language": "" });
        let told = self.asks("write", &json!({ "token": self.token, "message": message })).await;
        (told["conversation"].as_str().unwrap().parse().unwrap(), id.parse().unwrap())
    }

    /// Listens, and goes on at another server by its cursor where one is gone.
    async fn listens(mut self, tells: watch::Sender<Vec<String>>) {
        loop {
            let path = format!("/chat/{}/live", self.key);
            let address = self.addresses[0];
            let Ok(Ok(mut socket)) = timeout(SILENCE, wire::connect(address, &path, &[])).await else {
                self.addresses.rotate_left(1);
                sleep(wire::BACK_OFF).await;
                continue;
            };
            let hello = json!({ "hello": { "token": self.token, "after": self.cursor } });
            let _ = socket.send(Message::text(hello.to_string())).await;
            while let Ok(Some(Ok(message))) = timeout(SILENCE, socket.next()).await {
                let Message::Text(text) = message else { continue };
                let said: Value = serde_json::from_str(&text).unwrap();
                assert_ne!(said, json!("reset"), "nothing is wrong with its cursor");
                let Some(news) = said.get("news") else { continue };
                self.cursor = news["cursor"].clone();
                let texts = news["said"].as_array().unwrap().iter();
                let texts: Vec<String> = texts.map(|said| said["text"].as_str().unwrap().into()).collect();
                tells.send_modify(|heard| heard.extend(texts));
            }
            self.addresses.rotate_left(1);
        }
    }
}
