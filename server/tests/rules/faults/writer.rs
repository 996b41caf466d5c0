//! Somebody who writes without a pause, and keeps a journal of what the server said.

use std::path::PathBuf;
use std::time::Duration;

use domain::conversation::Conversation;
use domain::id::{AgentId, MessageId};
use domain::live::{Receipt, Request};
use domain::time::Timestamp;
use server::server::now;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::journal::Journal;
use super::wire::{Answer, BACK_OFF, Browser, Line, SILENCE};
use crate::office::{note, order, reply, whisper};

/// Orders that each writes at least, however slow the machine is.
const AT_LEAST: usize = 64;

pub struct Writer {
    browser: Browser,
    line: Option<Line>,
    agent: AgentId,
    /// Its own conversations, each with the newest public message that it knows.
    conversations: Vec<(Conversation, Option<MessageId>)>,
    journal: Journal,
    /// Its place among those who write: none sends again when all others do.
    place: usize,
    /// Rises with each order that is acknowledged to anybody.
    answers: watch::Sender<u64>,
}

/// How somebody writes.
#[derive(Clone, Default)]
pub struct Manner {
    /// How often each order is sent by somebody who hangs up before it is answered.
    pub hang_ups: usize,
    /// Characters that each message is longer.
    pub length: usize,
}

impl Writer {
    pub fn new(
        browser: Browser,
        agent: AgentId,
        conversations: &[Conversation],
        (place, journal): (usize, Journal),
        answers: watch::Sender<u64>,
    ) -> Self {
        let seen = |conversation: &Conversation| conversation.last_public.map(|last| last.message);
        let conversations = conversations.iter().map(|one| (one.clone(), seen(one))).collect();
        Self { browser, agent, line: None, conversations, journal, place, answers }
    }

    /// Sends one order after the other until it is enough, each until it is answered. Returns where its journal is.
    pub async fn write(mut self, manner: Manner, writing: watch::Receiver<bool>) -> PathBuf {
        while *writing.borrow() || self.journal.sent.len() < AT_LEAST {
            let n = self.journal.sent.len();
            let receipt = self.send(n, &manner).await;
            // Now and then what was acknowledged is sent again, fresh and from long ago.
            let turn = n + self.place;
            for earlier in [n, n / 2].into_iter().filter(|_| turn % 10 == 3) {
                let sent = &self.journal.sent[earlier];
                let (request, seq) = (sent.request.clone(), sent.seq);
                let (answer, _) = self.until_answered(&request).await;
                assert_eq!(Some(self.receipt(&answer).seq), seq, "sent again, it gets the same receipt");
            }
            if turn % 25 == 7 {
                let other = Request { id: receipt.id, ..self.order(n, "Another order with a used id") };
                let (answer, _) = self.until_answered(&other).await;
                assert_eq!(answer.status, 409, "{answer:?}");
            }
        }
        self.journal.path
    }

    async fn send(&mut self, n: usize, manner: &Manner) -> Receipt {
        let text = format!("{}, order {n} {}", self.agent, "~".repeat(manner.length));
        let request = self.order(n, &text);
        self.journal.sends(&request);
        // What comes next may meet it on its way.
        let hang_ups = manner.hang_ups.max(usize::from(n % 10 == 6));
        for hang_up in 0..hang_ups {
            self.browser.run_and_hang_up(&request, after(n, hang_up)).await;
        }
        let (answer, again_at) = self.until_answered(&request).await;
        let receipt = self.receipt(&answer);
        assert_eq!(receipt.id, request.id);
        self.journal.is_acknowledged(again_at, receipt.seq);
        self.answers.send_modify(|n| *n += 1);
        let sent = &self.journal.sent[n];
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
        assert_eq!(answer.status, 200, "{}: {answer:?}", self.agent);
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
                Ok(Ok(_)) => {
                    again_at = again_at.or_else(|| Some(now()));
                    sleep(BACK_OFF).await;
                }
                Ok(Err(_)) | Err(_) => {
                    again_at = again_at.or_else(|| Some(now()));
                    self.browser.move_over();
                }
            }
        }
    }
}

/// When somebody hangs up: from before it is read to after it is answered.
fn after(n: usize, hang_up: usize) -> Duration {
    Duration::from_micros(((n * 37 + hang_up * 101) % 40) as u64 * 250)
}
