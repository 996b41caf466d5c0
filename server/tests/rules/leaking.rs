//! Whispers stay in the house, and there with those who may read them, by whatever way somebody looks for them.

use app::backend::Backend;
use axum::body::Body;
use axum::http::StatusCode;
use domain::conversation::Command;
use domain::draft::Draft;
use domain::file::File;
use domain::filter::Filter;
use domain::id::{ConversationId, MessageId};
use domain::message::Words;
use domain::view::View;
use domain::worlds::{ANA, BEN, NOON, ZOE};
use mail_parser::MimeHeaders;
use server::{secret, server::now};

use crate::chat_socket::Window;
use crate::emailing::{email, parsed};
use crate::mail_server::PostOffice;
use crate::merging::into;
use crate::office::{Office, Person, in_office, reply, whisper};
use crate::sent_files::browser;
use crate::socket::Port;

/// Whispers that are planted.
const N_PLANTED: usize = 300;
/// Replies among them, so that news go out all the time.
const N_REPLIES: usize = 10;
/// What begins each of them, and is written nowhere else.
const MARK: &str = "zqx";

/// A word of a whisper, found by a search and in a text.
fn mark(n: usize) -> String {
    format!("{MARK}{n:03}")
}

#[track_caller]
fn is_clean(text: &str, of: &str) {
    assert!(!text.to_lowercase().contains(MARK), "{of}: {text}");
}

impl Person {
    async fn whispers(&self, id: ConversationId, n: usize, file: Option<&File>) {
        let text = format!("Between us: {}", mark(n));
        let words = |text: &str| Words::new(MessageId::new(secret::random_id()), text);
        let one = words(&text);
        let of = one.id;
        match (n % 5, file) {
            (0, Some(file)) => {
                let words = Words::of_file(of, file.clone());
                self.run(id, Command::Whisper { words, mentions: [].into() }).await.unwrap();
            }
            (1, _) => {
                self.run(id, Command::Whisper { words: one, mentions: [].into() }).await.unwrap();
                let words = Words::new(of, format!("{} was wrong", mark(n)));
                self.run(id, Command::Revise { words, mentions: [].into(), of: None }).await.unwrap();
            }
            (2, _) => {
                self.run(id, Command::Whisper { words: one, mentions: [].into() }).await.unwrap();
                self.run(id, Command::Retract { message: of, of: None }).await.unwrap();
            }
            (3, _) => {
                let draft = Draft { conversation: id, kind: "whisper".into(), text, at: now() };
                self.server.save_drafts(&self.viewer, vec![draft]).await.unwrap();
                self.run(id, whisper(&mark(n))).await.unwrap();
            }
            _ => drop(self.run(id, whisper(&text)).await.unwrap()),
        }
    }

    /// Everything that they are shown of that conversation and of lists, as it goes to their browser.
    async fn is_shown(&self, number: i64) -> String {
        let server = &self.server;
        let snapshot = server.snapshot(&self.viewer, Filter::of(View::All), Some(number)).await.unwrap();
        let shown = [
            serde_json::to_string(&snapshot),
            serde_json::to_string(&self.open(number).await.unwrap()),
            serde_json::to_string(&self.pages(&Filter::of(View::All)).await),
            serde_json::to_string(&server.drafts(&self.viewer).await.unwrap()),
        ];
        shown.map(Result::unwrap).concat()
    }
}

impl Window {
    /// Hears until that is told, and how many frames it took.
    async fn hears_clean_until(&mut self, text: &str) -> usize {
        for n in 1.. {
            let frame = self.hears().await.to_string();
            is_clean(&frame, "a frame of the chat");
            if frame.contains(text) {
                return n;
            }
        }
        unreachable!("it hears or fails")
    }
}

async fn answers(here: &Office, id: ConversationId, text: &str) {
    let seen = here.conversation(id).await.last_public.map(|last| last.message);
    here.agent(ANA).run(id, reply(text, seen)).await.unwrap();
}

// rule 004-04
#[tokio::test]
async fn three_hundred_whispers_leave_by_no_way_and_reach_nobody_who_may_not_read_them() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let visitor = here.visitor().await;
        let (other, id) = (visitor.writes("Hello?", None).await, visitor.writes("My parcel?", None).await);
        let number = here.conversation(id).await.number;
        let (ana, ben) = (here.agent(ANA), here.agent(BEN));
        let (anas, bens) = (browser(&here, "ana@example.org").await, browser(&here, "ben@example.org").await);
        ana.run(other, Command::Claim).await.unwrap();
        ana.run(id, Command::Claim).await.unwrap();
        let port = Port::open(&visitor.browser).await;
        let mut window = visitor.opens(&port).await;
        let mut watcher = ben.watches().await;

        let (mut files, mut n_told) = (vec![], 0);
        for n in 0..N_PLANTED {
            let file = match n % 5 {
                0 => Some(anas.keeps(&format!("{}.txt", mark(n)), mark(n).as_bytes()).await),
                _ => None,
            };
            // Some in a conversation that becomes a part of the other one.
            ana.whispers(if n < 50 { other } else { id }, n, file.as_ref()).await;
            files.extend(file);
            if n % (N_PLANTED / N_REPLIES) == 0 {
                let answer = format!("Answer {n}");
                answers(&here, id, &answer).await;
                // What a visitor and a colleague are told who listen: at once.
                n_told += window.hears_clean_until(&answer).await;
                watcher.catches_up().await;
            }
        }
        here.agent(ZOE).run(other, into(&here, id).await).await.unwrap();
        // The window is told to begin anew.
        let mut window = visitor.opens(&port).await;
        answers(&here, id, "The last one").await;
        ana.run(id, email("lena@example.org", None)).await.unwrap();
        assert_eq!(here.posts(NOON).await, 1);

        // They are there.
        let shown = ana.is_shown(number).await;
        assert!(shown.contains(MARK));
        for n in (0..N_PLANTED).filter(|n| n % 5 != 2) {
            assert_eq!(ana.found(&mark(n)).await, [number], "{}", mark(n));
        }
        assert_eq!(anas.fetches(&files[0], &[]).await.status, StatusCode::OK);

        // What a visitor is shown who looks.
        n_told += window.hears_clean_until("The last one").await;
        assert!(n_told > N_REPLIES);
        let (hello, thread) = (visitor.hello().await.to_string(), visitor.thread(id).await.to_string());
        assert!(thread.contains("The last one"));
        is_clean(&hello, "the chat");
        is_clean(&thread, "its thread");
        for file in &files {
            assert_ne!(visitor.fetches(file).await.status, StatusCode::OK);
            assert_ne!(bens.fetches(file, &[]).await.status, StatusCode::OK);
        }

        // What goes out by e-mail, and what is shown before.
        let received = post.received();
        assert_eq!(received.len(), 1);
        let message = parsed(&received[0].text);
        let bodies = [message.body_text(0).unwrap(), message.body_html(0).unwrap()];
        assert!(bodies.iter().all(|body| body.contains("The last one")));
        bodies.iter().for_each(|body| is_clean(body, "an e-mail"));
        is_clean(&String::from_utf8_lossy(&received[0].text), "an e-mail");
        for attached in message.attachments() {
            is_clean(attached.attachment_name().unwrap_or_default(), "what is attached");
            is_clean(&String::from_utf8_lossy(attached.contents()), "what is attached");
        }
        let preview = here.server.email_preview(&ana.viewer, id, None).await.unwrap();
        is_clean(&serde_json::to_string(&preview).unwrap(), "the preview");

        // What a colleague is told who does not take part.
        watcher.catches_up().await;
        let told = watcher.told_as_text();
        assert!(told.iter().any(|text| text.contains("The last one")));
        told.iter().for_each(|text| is_clean(text, "a frame"));
        is_clean(&ben.is_shown(number).await, "what Ben is shown");
        for n in 0..N_PLANTED {
            assert_eq!(ben.found(&mark(n)).await, Vec::<i64>::new(), "{}", mark(n));
        }
        assert_eq!(ana.found("between").await, [number]);
        let paths = ["/", &format!("/c/{number}"), "/search?q=between"].map(str::to_owned);
        for path in paths {
            let page = bens.ask(axum::http::Method::GET, &path, &[], Body::empty()).await;
            is_clean(&page.body, "a page");
        }
    })
    .await;
}
