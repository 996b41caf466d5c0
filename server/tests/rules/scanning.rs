//! Files that a scanner looks at before they are taken.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use domain::worlds::{ANA, BILLING};
use server::file::scanner::Scanner;
use server::server::Server;
use server::sql;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::office::{Office, files, in_office};
use crate::sent_files::{answer, browser};

/// What it says of a file without the word EICAR in it.
#[derive(Clone, Copy)]
enum Says {
    Ok,
    TooLong,
    Nothing,
}

/// A scanner like clamd, until the test ends, and what it has looked at.
async fn scanner(says: Says) -> (Scanner, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scanner = Scanner::Tcp(listener.local_addr().unwrap().to_string());
    let seen = Arc::new(Mutex::new(vec![]));
    let looked_at = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut command = [0; 10];
            stream.read_exact(&mut command).await.unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut bytes = vec![];
            loop {
                let n = stream.read_u32().await.unwrap() as usize;
                if n == 0 {
                    break;
                }
                let mut piece = vec![0; n];
                stream.read_exact(&mut piece).await.unwrap();
                bytes.extend(piece);
            }
            let is_bad = bytes.windows(5).any(|window| window == b"EICAR");
            looked_at.lock().unwrap().push(bytes);
            let verdict: &[u8] = match says {
                Says::Nothing => b"",
                _ if is_bad => b"stream: Eicar-Signature FOUND\0",
                Says::Ok => b"stream: OK\0",
                Says::TooLong => b"INSTREAM size limit exceeded. ERROR\0",
            };
            stream.write_all(verdict).await.unwrap();
        }
    });
    (scanner, seen)
}

impl Office {
    fn with_scanner(&self, scanner: Scanner) -> Self {
        let server = Server::new(self.server.db.clone(), files()).unwrap();
        Self { server: Arc::new(server.with_scanner(Some(scanner))) }
    }

    async fn kept(&self) -> usize {
        self.column(sql!("select file_id from file")).await.len()
    }
}

#[tokio::test]
async fn what_the_scanner_finds_is_not_taken_and_the_rest_is() {
    in_office(async |here| {
        let (scanner, seen) = scanner(Says::Ok).await;
        let here = here.with_scanner(scanner);
        let conversation = here.writes("Cleo", "Where is my invoice?", BILLING).await;
        let ana = browser(&here, "ana@example.org").await;
        // Longer than a piece.
        let clean: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
        let file = ana.keeps("invoice.pdf", &clean).await;
        assert!(seen.lock().unwrap()[0] == clean, "all of it was looked at");
        here.agent(ANA).run(conversation.id, answer(&conversation, &file)).await.unwrap();

        let refused = ana.uploads(crate::sent_files::file_id(), "bad.exe", b"xxEICARxx".to_vec()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("Eicar-Signature"), "{}", refused.body);
        assert_eq!(here.kept().await, 1);
    })
    .await;
}

#[tokio::test]
async fn while_the_scanner_gives_no_verdict_nothing_is_taken() {
    in_office(async |here| {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = Scanner::Tcp(closed.local_addr().unwrap().to_string());
        drop(closed);
        for scanner in [scanner(Says::Nothing).await.0, scanner(Says::TooLong).await.0, nobody] {
            let there = here.with_scanner(scanner);
            let ana = browser(&there, "ana@example.org").await;
            let refused = ana.uploads(crate::sent_files::file_id(), "a.pdf", b"%PDF-1.7".to_vec()).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.body.contains("not_scanned"), "{}", refused.body);
        }
        assert_eq!(here.kept().await, 0);
    })
    .await;
}

#[tokio::test]
async fn so_many_files_wait_to_be_sent_and_no_more() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Where is my invoice?", BILLING).await;
        let ana = browser(&here, "ana@example.org").await;
        let mut first = None;
        for n in 0..50 {
            let file = ana.keeps("a.txt", format!("file {n}").as_bytes()).await;
            first.get_or_insert(file);
        }
        let refused = ana.uploads(crate::sent_files::file_id(), "a.txt", b"one more".to_vec()).await;
        assert!(refused.body.contains("too_many_unsent"), "{}", refused.body);
        browser(&here, "ben@example.org").await.keeps("a.txt", b"another's").await;
        here.agent(ANA).run(conversation.id, answer(&conversation, &first.unwrap())).await.unwrap();
        ana.keeps("a.txt", b"one more").await;
    })
    .await;
}
