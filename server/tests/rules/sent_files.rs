//! Files: sent once, kept whole, and only for those who may read what they came with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use domain::conversation::{Command, Conversation};
use domain::file::{FILE_MAX_BYTES, File, Media, VISITOR_FILE_MAX_BYTES};
use domain::id::{FileId, MessageId};
use domain::message::Words;
use domain::refusal::Refusal;
use domain::time::Duration;
use domain::worlds::{ANA, BEN, BILLING};
use serde_json::{Value, json};
use server::{file, secret, sql};

use crate::chat::{Visitor, fresh};
use crate::http::{Answer, Browser, LOCAL};
use crate::office::{Office, PASSWORD, in_office, refusal};

/// The head of a picture, 3 by 2 pixels.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0\x12\x16\xf1\x4d";

impl Browser {
    pub async fn uploads(&self, id: FileId, name: &str, bytes: impl Into<Body>) -> Answer {
        let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/files?id={id}&name={name}");
        self.ask(Method::POST, &path, &[("origin", self.origin.as_str())], bytes.into()).await
    }

    /// A file that is taken.
    pub async fn keeps(&self, name: &str, bytes: &[u8]) -> File {
        let answer = self.uploads(file_id(), name, bytes.to_vec()).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    pub async fn fetches(&self, file: &File, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, &format!("/files/{}/x", file.id), headers, Body::empty()).await
    }
}

impl Visitor {
    async fn uploads(&self, name: &str, bytes: impl Into<Body>) -> Answer {
        let token = format!("Bearer {}", self.token);
        let headers = [("origin", self.browser.origin.as_str()), ("authorization", token.as_str())];
        let path = format!("/chat/{}/file?id={}&name={name}", self.key, file_id());
        self.browser.ask(Method::POST, &path, &headers, bytes.into()).await
    }

    pub async fn fetches(&self, file: &File) -> Answer {
        let path = format!("/chat/{}/file/{}", self.key, file.id);
        let headers = [("origin", self.browser.origin.as_str())];
        let body = json!({ "token": self.token }).to_string();
        self.browser.ask(Method::POST, &path, &headers, Body::from(body)).await
    }
}

pub fn file_id() -> FileId {
    FileId::new(secret::random_id())
}

pub async fn browser(here: &Office, email: &str) -> Browser {
    let mut browser = Browser::at(here, LOCAL);
    browser.sign_in(email, PASSWORD).await;
    browser
}

fn with_file(file: &File) -> Words {
    Words::of_file(MessageId::new(secret::random_id()), file.clone())
}

pub fn answer(conversation: &Conversation, file: &File) -> Command {
    Command::Reply { words: with_file(file), seen: conversation.last_public.map(|last| last.message) }
}

// rule 003-21
// rule 004-03
#[tokio::test]
async fn a_file_goes_out_as_a_message_and_comes_back_as_it_was() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Where is my invoice?", None).await;
        let ana = browser(&here, "ana@example.org").await;
        let file = ana.keeps("invoice \u{202e}1.pdf", b"%PDF-1.7 forty two").await;
        assert_eq!((file.name.as_str(), file.media, file.size_bytes), ("invoice 1.pdf", Media::Pdf, 18));

        let before = here.conversation(id).await;
        let done = here.agent(ANA).run(id, answer(&before, &file)).await.unwrap();
        let sent = done.entries.iter().filter_map(|entry| entry.message.as_ref()).next_back().unwrap();
        assert_eq!(sent.file.as_deref(), Some(&file));
        assert_eq!((sent.text.as_str(), sent.caption()), ("invoice 1.pdf", None));

        let thread = visitor.thread(id).await;
        let shown = thread["said"].as_array().unwrap().last().unwrap();
        assert_eq!(shown["file"]["name"], "invoice 1.pdf");
        for fetched in [ana.fetches(&file, &[]).await, visitor.fetches(&file).await] {
            assert_eq!((fetched.status, fetched.body.as_str()), (StatusCode::OK, "%PDF-1.7 forty two"));
        }
    })
    .await;
}

// rule 004-03
#[tokio::test]
async fn a_picture_comes_with_its_size_so_that_nothing_moves_when_it_is_there() {
    in_office(async |here| {
        let ana = browser(&here, "ana@example.org").await;
        let file = ana.keeps("photo.txt", PNG).await;
        assert_eq!((file.media, file.pixels), (Media::Png, Some((3, 2))));
        let text = ana.keeps("photo.png", b"<svg onload=alert(1)>").await;
        assert_eq!((text.media, text.pixels), (Media::Other, None));
    })
    .await;
}

#[tokio::test]
async fn whatever_a_file_is_it_is_downloaded_and_runs_nowhere() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello", None).await;
        let ana = browser(&here, "ana@example.org").await;
        for (name, bytes) in [
            ("x.html", &b"<script>alert(1)</script>"[..]),
            ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            ("x.png", b"<html><script>alert(1)</script>"),
            ("x.gif", b"GIF89a=1;alert(1)//"),
            (".htaccess", b"AddType text/html .png"),
        ] {
            let file = ana.keeps(name, bytes).await;
            let before = here.conversation(id).await;
            here.agent(ANA).run(id, answer(&before, &file)).await.unwrap();
            let fetched = ana.fetches(&file, &[]).await;
            assert!(
                fetched.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment;")
            );
            assert_eq!(fetched.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(fetched.headers[header::CONTENT_SECURITY_POLICY], "sandbox; default-src 'none'");
            let media_type = fetched.headers[header::CONTENT_TYPE].to_str().unwrap();
            assert!(["application/octet-stream", "image/gif"].contains(&media_type), "{name}: {media_type}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_film_is_loaded_in_parts_and_what_a_browser_has_is_not_sent_again() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Hello", BILLING).await;
        let ana = browser(&here, "ana@example.org").await;
        let file = ana.keeps("film.mp4", b"0123ftypisom89").await;
        here.agent(ANA).run(conversation.id, answer(&conversation, &file)).await.unwrap();
        let part = ana.fetches(&file, &[("range", "bytes=4-7")]).await;
        assert_eq!((part.status, part.body.as_str()), (StatusCode::PARTIAL_CONTENT, "ftyp"));
        assert_eq!(part.headers[header::CONTENT_RANGE], "bytes 4-7/14");
        let etag = part.headers[header::ETAG].to_str().unwrap().to_owned();
        let again = ana.fetches(&file, &[("if-none-match", &etag)]).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    })
    .await;
}

#[tokio::test]
async fn nobody_sends_the_file_of_another_or_calls_it_something_else() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Hello", BILLING).await;
        let ana = browser(&here, "ana@example.org").await;
        let file = ana.keeps("salaries.csv", b"Ana,1\n").await;
        let before = here.everything().await;
        let ben = here.agent(BEN).run(conversation.id, answer(&conversation, &file)).await;
        assert!(matches!(ben, Err(app::error::Error::Missing)), "{ben:?}");
        for forged in [
            File { name: "x.csv".into(), ..file.clone() },
            File { media: Media::Png, ..file.clone() },
            File { size_bytes: 1, ..file.clone() },
            File { id: file_id(), ..file.clone() },
        ] {
            let sent = here.agent(ANA).run(conversation.id, answer(&conversation, &forged)).await;
            assert!(matches!(sent, Err(app::error::Error::Missing)), "{sent:?}");
        }
        assert_eq!(here.everything().await, before);
        // It is sent once: a second message cannot carry it elsewhere.
        here.agent(ANA).run(conversation.id, answer(&conversation, &file)).await.unwrap();
        let other = here.writes("Olu", "Hello", BILLING).await;
        let twice = here.agent(ANA).run(other.id, answer(&other, &file)).await;
        assert!(matches!(twice, Err(app::error::Error::Missing)), "{twice:?}");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_was_whispered_is_for_those_who_take_part() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let id = visitor.writes("Hello", None).await;
        let (ana, ben) = (browser(&here, "ana@example.org").await, browser(&here, "ben@example.org").await);
        let file = ana.keeps("margin.xlsx", b"what it costs us").await;
        // Before it is sent it is nobody's to read.
        assert_eq!(ana.fetches(&file, &[]).await.status, StatusCode::NOT_FOUND);
        let whisper = Command::Whisper { words: with_file(&file), mentions: [].into() };
        here.agent(ANA).run(id, whisper).await.unwrap();
        assert_eq!(ana.fetches(&file, &[]).await.status, StatusCode::OK);
        assert_eq!(ben.fetches(&file, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(visitor.fetches(&file).await.status, StatusCode::NOT_FOUND);
        let stranger = Browser::at(&here, LOCAL).fetches(&file, &[]).await;
        assert_eq!(stranger.status, StatusCode::SEE_OTHER, "to where one signs in");
        let mention = Command::Whisper { words: crate::office::words("Look, Ben"), mentions: [BEN].into() };
        here.agent(ANA).run(id, mention).await.unwrap();
        assert_eq!(ben.fetches(&file, &[]).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_visitor_sends_a_file_and_sees_no_others() {
    in_office(async |here| {
        let (cleo, olu) = (here.visitor().await, here.visitor().await);
        let taken = cleo.uploads("broken.png", PNG.to_vec()).await;
        assert_eq!(taken.status, StatusCode::OK, "{taken:?}");
        let file: Value = serde_json::from_str(&taken.body).unwrap();
        let message = json!({ "id": fresh(), "text": "broken.png", "file": file, "conversation": null, "introduction": {}, "language": null });
        let stolen = olu.says("write", json!({ "token": olu.token, "message": message })).await;
        assert_eq!(stolen.status, StatusCode::NOT_FOUND);
        let told = cleo.asks("write", json!({ "token": cleo.token, "message": message })).await;
        // The same again is the same message.
        assert_eq!(cleo.asks("write", json!({ "token": cleo.token, "message": message })).await, told);
        let file: File = serde_json::from_value(file).unwrap();
        assert_eq!(cleo.fetches(&file).await.status, StatusCode::OK);
        olu.writes("Hello", None).await;
        assert_eq!(olu.fetches(&file).await.status, StatusCode::NOT_FOUND);
        let ana = browser(&here, "ana@example.org").await;
        assert_eq!(ana.fetches(&file, &[]).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_nothing_of_it_stays() {
    in_office(async |here| {
        let ana = browser(&here, "ana@example.org").await;
        let visitor = here.visitor().await;
        let told = |answer: &Answer| serde_json::from_str::<app::error::Error>(&answer.body).unwrap();

        // Announced, it is refused before its first byte; this body would break off.
        let path = format!("/files?id={}&name=film.mp4", file_id());
        let length = (FILE_MAX_BYTES + 1).to_string();
        let headers = [("origin", LOCAL), ("content-length", length.as_str())];
        let broken = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("read"))]);
        let announced = ana.ask(Method::POST, &path, &headers, Body::from_stream(broken)).await;
        let too_large = Refusal::FileTooLarge { size_bytes: FILE_MAX_BYTES + 1, max_bytes: FILE_MAX_BYTES };
        assert_eq!(refusal::<()>(Err(told(&announced))), too_large);

        // Not announced, as soon as it is.
        let pieces = |n: i64| {
            let piece = Bytes::from(vec![7; 1_000_000]);
            Body::from_stream(futures::stream::iter(
                (0..n).map(move |_| Ok::<_, std::io::Error>(piece.clone())),
            ))
        };
        let streamed = ana.uploads(file_id(), "film.mp4", pieces(60)).await;
        assert_eq!(streamed.status, StatusCode::UNPROCESSABLE_ENTITY);
        let visited = visitor.uploads("film.mp4", pieces(VISITOR_FILE_MAX_BYTES / 1_000_000 + 1)).await;
        assert_eq!(visited.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(visited.body.contains("at most 10 MB"), "{visited:?}");

        // What is read at once is bounded, whoever asks.
        let path = format!("/chat/{}/file/{}", visitor.key, file_id());
        let n_read = Arc::new(AtomicUsize::new(0));
        let counted = n_read.clone();
        let much = Body::from_stream(futures::stream::iter((0..60).map(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from(vec![7; 1_000_000]))
        })));
        let refused = visitor.browser.ask(Method::POST, &path, &[("origin", LOCAL)], much).await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(n_read.load(Ordering::Relaxed) <= 2, "{n_read:?} pieces of a megabyte were read");

        let empty = ana.uploads(file_id(), "nothing.txt", Body::empty()).await;
        assert_eq!(refusal::<()>(Err(told(&empty))), Refusal::EmptyFile);
        let broken = [Ok(Bytes::from_static(b"half")), Err(std::io::Error::other("gone"))];
        let half = ana.uploads(file_id(), "half.txt", Body::from_stream(futures::stream::iter(broken))).await;
        assert_eq!(half.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(here.column(sql!("select name from file")).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_sent_again() {
    in_office(async |here| {
        let ana = browser(&here, "ana@example.org").await;
        let id = file_id();
        let first = ana.uploads(id, "a.txt", &b"the same"[..]).await;
        let again = ana.uploads(id, "a.txt", &b"the same"[..]).await;
        assert_eq!((first.status, &first.body), (StatusCode::OK, &again.body));
        let other = ana.uploads(id, "a.txt", &b"another"[..]).await;
        assert_eq!(other.status, StatusCode::CONFLICT);
        let ben = browser(&here, "ben@example.org").await.uploads(id, "a.txt", &b"the same"[..]).await;
        assert_eq!(ben.status, StatusCode::CONFLICT);
        // None of them took the first away.
        let conversation = here.writes("Cleo", "Hello", BILLING).await;
        let file: File = serde_json::from_str(&first.body).unwrap();
        here.agent(ANA).run(conversation.id, answer(&conversation, &file)).await.unwrap();
        assert_eq!(ana.fetches(&file, &[]).await.body, "the same");
    })
    .await;
}

#[tokio::test]
async fn what_was_never_sent_goes_after_a_day() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Hello", BILLING).await;
        let ana = browser(&here, "ana@example.org").await;
        let (sent, unsent) = (ana.keeps("sent.txt", b"sent").await, ana.keeps("unsent.txt", b"unsent").await);
        here.agent(ANA).run(conversation.id, answer(&conversation, &sent)).await.unwrap();
        let now = server::server::now();
        assert_eq!(file::sweep(&here.server, now).await.unwrap(), 0);
        assert_eq!(file::sweep(&here.server, now + Duration::hours(25)).await.unwrap(), 1);
        assert_eq!(here.column(sql!("select name from file")).await, ["sent.txt"]);
        assert_eq!(ana.fetches(&sent, &[]).await.status, StatusCode::OK);
        let late = here.agent(ANA).run(conversation.id, answer(&conversation, &unsent)).await;
        assert!(late.is_err(), "{late:?}");
    })
    .await;
}

// rule 003-22
#[tokio::test]
async fn what_the_channel_does_not_carry_is_refused_by_the_server_too() {
    in_office(async |here| {
        let conversation = here.mails("Cleo", "Hello", BILLING).await;
        let ana = browser(&here, "ana@example.org").await;
        let file = ana.keeps("setup.exe", b"MZ").await;
        let sent = here.agent(ANA).run(conversation.id, answer(&conversation, &file)).await;
        assert!(matches!(refusal(sent), Refusal::FileNotTaken { .. }));
        // Among colleagues anything goes.
        let whisper = Command::Whisper { words: with_file(&file), mentions: [].into() };
        here.agent(ANA).run(conversation.id, whisper).await.unwrap();
    })
    .await;
}
