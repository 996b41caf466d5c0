//! Files in a bucket: a real server that speaks as Amazon S3 does, on a port of its own.

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use domain::worlds::{ANA, BILLING};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use object_store::aws::AmazonS3Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use server::file::{self, Files};
use server::server::Server;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::office::{Office, in_office};
use crate::sent_files::{answer, browser, file_id};

const BUCKET: &str = "fernhill/switchboard";

/// A store with one bucket, until the test ends, and the way to it.
async fn store() -> (TempDir, AmazonS3Builder) {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("fernhill")).unwrap();
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
    service.set_auth(SimpleAuth::from_single("ana", "secret"));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let _ =
                    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    let way = AmazonS3Builder::new()
        .with_endpoint(format!("http://{address}"))
        .with_allow_http(true)
        .with_region("eu-central-1")
        .with_access_key_id("ana")
        .with_secret_access_key("secret");
    (folder, way)
}

/// The bytes of each that lies in the store, parts of what is not whole yet too.
fn kept(folder: &Path) -> Vec<u64> {
    let (mut all, mut folders) = (vec![], vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                // What the store writes down about them.
                false if entry.path().extension().is_some_and(|extension| extension == "json") => {}
                false => all.push(entry.metadata().unwrap().len()),
            }
        }
    }
    all.sort();
    all
}

impl Office {
    async fn with_bucket(&self, way: AmazonS3Builder) -> Self {
        let files = Files::in_bucket(BUCKET, way).await.unwrap();
        Self { server: Arc::new(Server::new(self.server.db.clone(), files).unwrap()) }
    }
}

// rule 004-03
#[tokio::test]
async fn a_file_in_a_bucket_comes_back_whole_and_in_parts() {
    in_office(async |here| {
        let (folder, way) = store().await;
        let here = here.with_bucket(way).await;
        let ana = browser(&here, "ana@example.org").await;
        // Of several pieces, the last one short.
        let bytes: Vec<u8> = (0..11_000_003_u32).map(|n| b'a' + (n % 26) as u8).collect();
        let film = ana.keeps("film.mp4", &bytes).await;
        let small = ana.keeps("note.txt", b"hello").await;
        assert_eq!(kept(folder.path()), [5, 11_000_003]);

        for file in [&film, &small] {
            let conversation = here.writes("Cleo", "Can you show me?", BILLING).await;
            here.agent(ANA).run(conversation.id, answer(&conversation, file)).await.unwrap();
        }
        let fetched = ana.fetches(&film, &[]).await;
        assert_eq!((fetched.status, fetched.body.as_bytes() == bytes), (StatusCode::OK, true));
        let part = ana.fetches(&film, &[("range", "bytes=26-28")]).await;
        assert_eq!((part.status, part.body.as_str()), (StatusCode::PARTIAL_CONTENT, "abc"));
        assert_eq!(ana.fetches(&small, &[]).await.body, "hello");
    })
    .await;
}

#[tokio::test]
async fn nothing_stays_in_a_bucket_of_what_breaks_off_or_is_never_sent() {
    in_office(async |here| {
        let (folder, way) = store().await;
        let here = here.with_bucket(way).await;
        let ana = browser(&here, "ana@example.org").await;
        // Enough that the first pieces are in the store when it breaks off.
        let piece = || Ok(Bytes::from(vec![b'x'; 6_000_000]));
        let broken = [piece(), piece(), piece(), Err(std::io::Error::other("gone"))];
        let half = Body::from_stream(futures::stream::iter(broken));
        assert_ne!(ana.uploads(file_id(), "half.txt", half).await.status, StatusCode::OK);
        assert_eq!(kept(folder.path()), Vec::<u64>::new());

        ana.keeps("note.txt", b"hello").await;
        let tomorrow = server::server::now() + domain::time::Duration::hours(25);
        file::sweep(&here.server, tomorrow).await.unwrap();
        assert_eq!(kept(folder.path()), Vec::<u64>::new());
    })
    .await;
}

#[tokio::test]
async fn a_bucket_that_cannot_be_used_is_said_at_the_start() {
    let (_folder, way) = store().await;
    let wrong = way.clone().with_secret_access_key("wrong");
    let told = Files::in_bucket(BUCKET, wrong).await.err().expect("it is refused").to_string();
    assert!(
        told.starts_with("The bucket fernhill for files cannot be used. Look at AWS_ACCESS_KEY_ID"),
        "{told}"
    );
    assert!(Files::in_bucket("", way).await.is_err());
}
