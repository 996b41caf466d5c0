//! Somebody who writes without a pause, and keeps a journal of what the server said to it.

use domain::conversation::{Command, Conversation};
use domain::id::{AgentId, MessageId};
use domain::live::{Receipt, Request};
use domain::message::Words;
use domain::time::Timestamp;
use server::server::now;
use tokio::sync::watch;
use tokio::time::timeout;

use super::wire::{Answer, Browser, Line, SILENCE};
use crate::office::{note, order, reply, whisper};

/// Orders that each writes at least, however slow the machine is.
const AT_LEAST: usize = 64;

pub struct Writer {
    browser: Browser,
    line: Option<Line>,
    agent: AgentId,
    /// Its own conversations, each with the newest public message that it knows.
    conversations: Vec<(Conversation, Option<MessageId>)>,
    name: String,
    journal: Vec<Sent>,
    /// Rises with each order that is acknowledged to anybody.
    answers: watch::Sender<u64>,
}

/// An order in the journal, which is written before it is sent.
pub struct Sent {
    pub request: Request,
    /// When it was sent again because nobody had answered.
    pub again_at: Option<Timestamp>,
    /// What was acknowledged.
    pub seq: Option<i64>,
}

impl Sent {
    pub fn words(&self) -> &Words {
        match &self.request.command {
            Command::Reply { words, .. } | Command::Whisper { words, .. } | Command::Note { words, .. } => {
                words
            }
            other => panic!("nobody orders {other:?} here"),
        }
    }

    pub fn is_reply(&self) -> bool {
        matches!(self.request.command, Command::Reply { .. })
    }
}

impl Writer {
    pub fn new(
        browser: Browser,
        agent: AgentId,
        conversations: &[Conversation],
        name: String,
        answers: watch::Sender<u64>,
    ) -> Self {
        let seen = |conversation: &Conversation| conversation.last_public.map(|last| last.message);
        let conversations = conversations.iter().map(|one| (one.clone(), seen(one))).collect();
        Self { browser, agent, line: None, conversations, name, journal: vec![], answers }
    }

    /// Sends one order after the other until it is enough, each until it is answered. Returns the journal.
    pub async fn write(mut self, writing: watch::Receiver<bool>) -> Vec<Sent> {
        while *writing.borrow() || self.journal.len() < AT_LEAST {
            let n = self.journal.len();
            let receipt = self.send(n).await;
            // Now and then what was acknowledged is sent again, fresh and from long ago.
            for earlier in [n, n / 2].into_iter().filter(|_| n % 10 == 3) {
                let sent = &self.journal[earlier];
                let (request, seq) = (sent.request.clone(), sent.seq);
                let (answer, _) = self.until_answered(&request).await;
                assert_eq!(Some(self.receipt(&answer).seq), seq, "sent again, it gets the same receipt");
            }
            if n % 25 == 7 {
                let other = Request { id: receipt.id, ..self.order(n, "Another order with a used id") };
                let (answer, _) = self.until_answered(&other).await;
                assert_eq!(answer.status, 409, "{answer:?}");
            }
        }
        self.journal
    }

    async fn send(&mut self, n: usize) -> Receipt {
        let request = self.order(n, &format!("{}, order {n}", self.name));
        self.journal.push(Sent { request: request.clone(), again_at: None, seq: None });
        if n % 10 == 6 {
            // What comes next may meet it on its way.
            self.browser.run_and_hang_up(&request).await;
        }
        let (answer, again_at) = self.until_answered(&request).await;
        self.answers.send_modify(|n| *n += 1);
        let receipt = self.receipt(&answer);
        assert_eq!(receipt.id, request.id);
        let sent = &mut self.journal[n];
        (sent.again_at, sent.seq) = (again_at, Some(receipt.seq));
        if sent.is_reply() {
            let seen = sent.words().id;
            self.conversation(n).1 = Some(seen);
        }
        receipt
    }

    fn order(&mut self, n: usize, text: &str) -> Request {
        let by = self.agent;
        let (conversation, seen) = self.conversation(n);
        let command = match n % 3 {
            0 => note(text),
            1 => whisper(text),
            _ => reply(text, *seen),
        };
        Request { by, ..order(conversation.id, command) }
    }

    fn conversation(&mut self, n: usize) -> &mut (Conversation, Option<MessageId>) {
        let place = n % self.conversations.len();
        &mut self.conversations[place]
    }

    fn receipt(&self, answer: &Answer) -> Receipt {
        assert_eq!(answer.status, 200, "{}: {answer:?}", self.name);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Sends the same until somebody answers; when it was sent for the second time, if it was.
    async fn until_answered(&mut self, request: &Request) -> (Answer, Option<Timestamp>) {
        let mut again_at = None;
        loop {
            let mut line = match self.line.take() {
                Some(line) => line,
                None => self.browser.line().await,
            };
            match timeout(SILENCE, self.browser.run(&mut line, request)).await {
                Ok(Ok(answer)) if answer.status != 503 => {
                    self.line = Some(line);
                    return (answer, again_at);
                }
                // Nobody knows whether it was done.
                Ok(Ok(_)) => again_at = again_at.or_else(|| Some(now())),
                Ok(Err(_)) | Err(_) => {
                    again_at = again_at.or_else(|| Some(now()));
                    self.browser.move_over();
                }
            }
        }
    }
}
