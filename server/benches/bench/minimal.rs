//! M: what a program by hand would do for the same answers, on axum and sqlx. The same statements on the same file with
//! the same durability, rows decoded one by one and written as JSON, an answer of as many bytes. No session, no
//! permissions, no log of requests, no limits, no order done twice. It is frozen: a slow M would make every goal easy.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::{Map, Value};
use server::conversation::store::SCENE;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Column, Connection, Row, SqliteConnection, SqlitePool, TypeInfo, ValueRef};
use tokio::sync::{mpsc, oneshot};

struct Minimal {
    readers: SqlitePool,
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

pub async fn serve(path: &Path, address: SocketAddr, length: usize) {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(1024)
        .foreign_keys(true);
    let readers = SqlitePoolOptions::new().max_connections(8).connect_with(options.clone()).await.unwrap();
    let list = format!(
        "select {SCENE}, lp.by_kind, lp.by_id, substr(coalesce(pv.text, lp.text), 1, 160) as preview \
         from conversation c join contact k on k.contact_id = c.contact_id \
         left join message lp on lp.message_id = c.last_public_id \
         left join message pv on pv.message_id = c.last_private_id \
         where c.merged_into_id is null and k.blocked_at is null \
         order by c.last_message_at desc, c.number desc limit 51"
    );
    let (writer, notes) = mpsc::channel(1024);
    tokio::spawn(write(SqliteConnection::connect_with(&options).await.unwrap(), notes));
    let state = Arc::new(Minimal { readers, list, writer, length });
    let router = Router::new().route("/list", get(page)).route("/send", post(send)).with_state(state);
    axum::serve(tokio::net::TcpListener::bind(address).await.unwrap(), router).await.unwrap();
}

async fn page(State(minimal): State<Arc<Minimal>>) -> impl IntoResponse {
    let rows = sqlx::query(AssertSqlSafe(minimal.list.clone())).fetch_all(&minimal.readers).await.unwrap();
    let counts = sqlx::query("select view, sum(n) as n from counter where tie_agent_id = '' group by view");
    let counts = counts.fetch_all(&minimal.readers).await.unwrap();
    let all: Vec<Value> = rows.iter().take(50).chain(&counts).map(object).collect();
    let mut body = serde_json::to_string(&all).unwrap();
    // As many bytes as ours.
    let cut = (0..=minimal.length.min(body.len())).rev().find(|n| body.is_char_boundary(*n)).unwrap();
    body.truncate(cut);
    body.extend(std::iter::repeat_n(' ', minimal.length - cut));
    ([(header::CONTENT_TYPE, "application/json")], body)
}

fn object(row: &SqliteRow) -> Value {
    let mut object = Map::new();
    for column in row.columns() {
        let place = column.ordinal();
        let raw = row.try_get_raw(place).unwrap();
        let value = match (raw.is_null(), raw.type_info().name()) {
            (true, _) => Value::Null,
            (_, "TEXT") => row.get_unchecked::<String, _>(place).into(),
            _ => row.get_unchecked::<i64, _>(place).into(),
        };
        object.insert(column.name().to_owned(), value);
    }
    Value::Object(object)
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
async fn write(mut conn: SqliteConnection, mut notes: mpsc::Receiver<Note>) {
    while let Some(first) = notes.recv().await {
        let mut batch = vec![first];
        while batch.len() < 64
            && let Ok(next) = notes.try_recv()
        {
            batch.push(next);
        }
        sqlx::raw_sql("begin immediate").execute(&mut conn).await.unwrap();
        let mut seqs = vec![];
        for note in &batch {
            seqs.push(store(&mut conn, note).await);
        }
        sqlx::raw_sql("commit").execute(&mut conn).await.unwrap();
        for (note, seq) in batch.into_iter().zip(seqs) {
            let _ = note.stored.send(seq);
        }
    }
}

/// The message, the conversation, the entry of the log, the order's receipt.
async fn store(conn: &mut SqliteConnection, note: &Note) -> i64 {
    let Note { conversation, id, body, .. } = note;
    let insert = "insert into message (message_id, conversation_id, kind, by_kind, by_id, at, text, delivery) \
                  values (?, ?, 'note', 'agent', 'me', 1, ?, null)";
    sqlx::query(insert).bind(id).bind(conversation).bind(body).execute(&mut *conn).await.unwrap();
    let update =
        "update conversation set version = version + 1, last_private_id = ? where conversation_id = ?";
    sqlx::query(update).bind(id).bind(conversation).execute(&mut *conn).await.unwrap();
    let draw = "update workspace set seq = seq + 1 returning seq";
    let seq: i64 = sqlx::query(draw).fetch_one(&mut *conn).await.unwrap().get(0);
    let insert = "insert into event (seq, conversation_id, at, by_kind, by_id, event, message_id, command_id) \
                  values (?, ?, 1, 'agent', 'me', ?, ?, ?)";
    let event = format!("{{\"noted\":{{\"message\":\"{id}\",\"mentions\":[]}}}}");
    sqlx::query(insert)
        .bind(seq)
        .bind(conversation)
        .bind(event)
        .bind(id)
        .bind(id)
        .execute(&mut *conn)
        .await
        .unwrap();
    let insert = "insert into command (command_id, agent_id, digest, receipt, at) values (?, 'me', ?, ?, 1)";
    sqlx::query(insert)
        .bind(id)
        .bind(body.len().to_string())
        .bind(seq.to_string())
        .execute(&mut *conn)
        .await
        .unwrap();
    seq
}
