//! M: what a program by hand would do for the same answers, on axum and sqlx. The same statements on the same database
//! with the same durability, rows decoded one by one and written as JSON, an answer of as many bytes. No session, no
//! permissions, no log of requests, no limits, no order done twice. It is frozen: a slow M would make every goal easy.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use server::conversation::store::SCENE;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{mpsc, oneshot};

use readers::Readers;
use writer::Bound::{Number, Text};
use writer::Writer;

mod readers;
mod writer;

struct Minimal {
    readers: Readers,
    list: String,
    writer: mpsc::Sender<Note>,
    length: usize,
}

struct Note {
    conversation: String,
    id: String,
    body: String,
    stored: oneshot::Sender<i64>,
}

pub async fn serve(url: &str, address: SocketAddr, length: usize) {
    let list = format!(
        "select {SCENE}, lp.by_kind, lp.by_id, substr(coalesce(pv.text, lp.text), 1, 160) as preview \
         from conversation c join contact k on k.contact_id = c.contact_id \
         left join message lp on lp.message_id = c.last_public_id \
         left join message pv on pv.message_id = c.last_private_id \
         where c.merged_into_id is null and k.blocked_at is null \
         order by c.last_message_at desc, c.number desc limit 51"
    );
    let (writer, notes) = mpsc::channel(1024);
    tokio::spawn(write(Writer::open(url).await, notes));
    let state = Arc::new(Minimal { readers: Readers::open(url).await, list, writer, length });
    let router = Router::new()
        .route("/list", get(page))
        .route("/search", get(search))
        .route("/send", post(send))
        .with_state(state);
    axum::serve(tokio::net::TcpListener::bind(address).await.unwrap(), router).await.unwrap();
}

fn file(path: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(1024)
        .foreign_keys(true)
}

async fn page(State(minimal): State<Arc<Minimal>>) -> impl IntoResponse {
    let mut all = minimal.readers.objects(&minimal.list, 50).await;
    let counts =
        "select view, cast(sum(n) as bigint) as n from counter where tie_agent_id = '' group by view";
    all.extend(minimal.readers.objects(counts, usize::MAX).await);
    ([(header::CONTENT_TYPE, "application/json")], padded(&all, minimal.length))
}

/// The newest messages with those words, from the index as ours has it.
async fn search(State(minimal): State<Arc<Minimal>>, headers: HeaderMap) -> impl IntoResponse {
    let words = headers["x-words"].to_str().unwrap();
    let text = format!(
        "select f.seq, m.message_id, m.conversation_id, m.at, m.text from (select rowid as seq from search_message \
         where search_message match '{words}' order by rowid desc limit 51) f cross join event e cross join message m \
         where e.seq = f.seq and m.message_id = e.message_id order by f.seq desc"
    );
    let found = minimal.readers.objects(&text, 50).await;
    ([(header::CONTENT_TYPE, "application/json")], padded(&found, minimal.length))
}

/// As many bytes as ours.
fn padded(all: &[serde_json::Value], length: usize) -> String {
    let mut body = serde_json::to_string(all).unwrap();
    let cut = (0..=length.min(body.len())).rev().find(|n| body.is_char_boundary(*n)).unwrap();
    body.truncate(cut);
    body.extend(std::iter::repeat_n(' ', length - cut));
    body
}

async fn send(State(minimal): State<Arc<Minimal>>, headers: HeaderMap, body: String) -> impl IntoResponse {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (stored, answer) = oneshot::channel();
    let note = Note { conversation: header("x-conversation"), id: header("x-id"), body, stored };
    minimal.writer.send(note).await.unwrap();
    let seq = answer.await.unwrap();
    ([(header::CONTENT_TYPE, "application/json")], format!("{{\"seq\":{seq}}}"))
}

/// Whatever waits, in one commit.
async fn write(mut writer: Writer, mut notes: mpsc::Receiver<Note>) {
    while let Some(first) = notes.recv().await {
        let mut batch = vec![first];
        while batch.len() < 64
            && let Ok(next) = notes.try_recv()
        {
            batch.push(next);
        }
        writer.begin().await;
        let mut seqs = vec![];
        for note in &batch {
            seqs.push(store(&mut writer, note).await);
        }
        writer.commit().await;
        for (note, seq) in batch.into_iter().zip(seqs) {
            let _ = note.stored.send(seq);
        }
    }
}

/// The message, the conversation, the entry of the log, the order's receipt.
async fn store(writer: &mut Writer, note: &Note) -> i64 {
    let Note { conversation, id, body, .. } = note;
    let insert = "insert into message (message_id, conversation_id, kind, by_kind, by_id, at, text, delivery) \
                  values ($1, $2, 'note', 'agent', 'me', 1, $3, null)";
    writer.run(insert, &[Text(id), Text(conversation), Text(body)]).await;
    let update =
        "update conversation set version = version + 1, last_private_id = $1 where conversation_id = $2";
    writer.run(update, &[Text(id), Text(conversation)]).await;
    let seq = writer.number("update workspace set seq = seq + 1 returning seq").await;
    let insert = "insert into event (seq, conversation_id, at, by_kind, by_id, event, message_id, command_id) \
                  values ($1, $2, 1, 'agent', 'me', $3, $4, $5)";
    let event = format!("{{\"noted\":{{\"message\":\"{id}\",\"mentions\":[]}}}}");
    writer.run(insert, &[Number(seq), Text(conversation), Text(&event), Text(id), Text(id)]).await;
    let insert =
        "insert into command (command_id, agent_id, digest, receipt, at) values ($1, 'me', $2, $3, 1)";
    writer.run(insert, &[Text(id), Text(&body.len().to_string()), Text(&seq.to_string())]).await;
    seq
}
