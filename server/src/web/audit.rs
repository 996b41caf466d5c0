//! The audit log as a file: CSV for people, JSON for machines, written as it is read.

use app::backend::Asker;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::{Asked, Change, RECORDS, Subject};
use domain::id::AgentId;
use domain::office::Office;
use domain::permission::Permission;
use domain::time::Timestamp;
use domain::viewer::{By, Viewer};
use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Web;
use crate::audit;
use crate::db::Tx;
use crate::error::Error;
use crate::export::{Row, iso};

/// What of it is asked for; times in UTC milliseconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Of {
    by: Option<AgentId>,
    subject: Option<String>,
    since: Option<i64>,
    until: Option<i64>,
}

/// How far a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Nothing,
    Head,
    Rows,
}

/// Which file: of what, and how it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kind {
    moves: bool,
    json: bool,
}

impl Kind {
    fn of_name(name: &str) -> Option<Self> {
        let (of, format) = name.split_once('.')?;
        let moves = match of {
            "settings" => false,
            "conversations" => true,
            _ => return None,
        };
        match format {
            "csv" => Some(Self { moves, json: false }),
            "json" => Some(Self { moves, json: true }),
            _ => None,
        }
    }

    fn head(self) -> String {
        match (self.json, self.moves) {
            (true, _) => "[".into(),
            (false, false) => {
                Row::of(["place", "at", "by", "act", "subject", "id", "name", "changes", "seal"]).line()
            }
            (false, true) => {
                Row::of(["place", "at", "by", "conversation", "client", "event", "details"]).line()
            }
        }
    }
}

/// The file of that name.
pub async fn get(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Path(name): Path<String>,
    Query(of): Query<Of>,
) -> Response {
    let Some(kind) = Kind::of_name(&name) else { return StatusCode::NOT_FOUND.into_response() };
    if let Err(refusal) = asker.viewer.must(Permission::AdminAudit) {
        return (StatusCode::FORBIDDEN, refusal.sentence()).into_response();
    }
    let subject = of.subject.as_deref().and_then(Subject::of_key);
    let [since, until] = [of.since, of.until].map(|at| at.map(Timestamp));
    let asked = Asked { by: of.by, subject, since, until, before: None };
    let media_type = if kind.json { "application/json" } else { "text/csv; charset=utf-8" };
    let headers: [(HeaderName, String); 3] = [
        (header::CONTENT_TYPE, media_type.into()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"audit-log-{name}\"")),
        (header::CACHE_CONTROL, "no-store".into()),
    ];
    let begun = (web, asker.viewer.agent, Some(asked), Written::Nothing);
    let pieces = stream::unfold(begun, move |(web, agent, asked, written)| async move {
        let asked = asked?;
        match piece(&web, agent, kind, asked, written).await {
            Ok((text, next, written)) => Some((Ok(Bytes::from(text)), (web, agent, next, written))),
            // The download breaks off, so that nobody takes a part for the whole.
            Err(error) => {
                let told = error.told().sentence();
                Some((Err(std::io::Error::other(told)), (web, agent, None, written)))
            }
        }
    });
    (headers, Body::from_stream(pieces.fuse())).into_response()
}

/// The next records as they are written, and what to ask for after them. Whoever may not read them any more gets no more.
async fn piece(
    web: &Web,
    agent: AgentId,
    kind: Kind,
    asked: Asked,
    written: Written,
) -> Result<(String, Option<Asked>, Written), Error> {
    let (cached, question) = (web.server.office.clone(), asked.clone());
    let read = web.server.db.read(async move |tx: &mut Tx| {
        let office = cached.in_transaction(tx).await?;
        let viewer = office.viewer(agent).ok_or(Error::Missing)?;
        match kind.moves {
            false => records(tx, &office, &viewer, &question, kind).await,
            true => movements(tx, &office, &viewer, &question, kind).await,
        }
    });
    let (rows, before) = read.await?;
    let mut text = if written == Written::Nothing { kind.head() } else { String::new() };
    let has_rows = written == Written::Rows;
    for (n, row) in rows.iter().enumerate() {
        if kind.json && (has_rows || n > 0) {
            text.push(',');
        }
        text.push_str(row);
    }
    if kind.json && before.is_none() {
        text.push_str("]\n");
    }
    let written = if has_rows || !rows.is_empty() { Written::Rows } else { Written::Head };
    Ok((text, before.map(|before| Asked { before: Some(before), ..asked }), written))
}

fn name_of(office: &Office, by: By) -> String {
    match by {
        By::Agent(agent) => office.name_of(agent).to_owned(),
        By::Visitor(_) => "the client".into(),
        By::Ai => office.ai_name.clone(),
        By::Rule => "a rule".into(),
        By::System => "Switchboard".into(),
    }
}

async fn records(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    asked: &Asked,
    kind: Kind,
) -> Result<(Vec<String>, Option<i64>), Error> {
    let found = audit::records(tx, viewer, asked).await?;
    let before = (found.len() == RECORDS).then(|| found.last().map(|(last, _)| last.n)).flatten();
    let written = found.into_iter().map(|(record, seal)| {
        let (at, by) = (iso(record.at), name_of(office, record.by));
        if kind.json {
            return json!({ "place": record.n, "at": at, "by": by, "deed": record.deed, "seal": seal })
                .to_string();
        }
        let (act, subject, id, name, changes) = match record.deed {
            None => Default::default(),
            Some(deed) => {
                let changes: Vec<String> = deed.changes.iter().map(Change::sentence).collect();
                (deed.act.key(), deed.subject.key(), deed.id, deed.name, changes.join("\n"))
            }
        };
        Row::of([&*record.n.to_string(), &at, &by, act, subject, &id, &name, &changes, &seal]).line()
    });
    Ok((written.collect(), before))
}

async fn movements(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    asked: &Asked,
    kind: Kind,
) -> Result<(Vec<String>, Option<i64>), Error> {
    let movements = audit::movements(tx, viewer, asked).await?;
    let written = movements.found.into_iter().map(|movement| {
        let (at, by) = (iso(movement.at), name_of(office, movement.by));
        let (number, client) = (movement.number, movement.client);
        let event = serde_json::to_value(movement.event).unwrap_or_default();
        if kind.json {
            return json!({ "place": movement.seq, "at": at, "by": by, "conversation": number, "client": client, "event": event })
                .to_string();
        }
        let (event, details) = match event {
            Value::Object(of) => of.into_iter().next().map(|(name, details)| (name, details.to_string())).unwrap_or_default(),
            Value::String(name) => (name, String::new()),
            _ => Default::default(),
        };
        Row::of([&*movement.seq.to_string(), &at, &by, &number.to_string(), &client, &event, &details]).line()
    });
    Ok((written.collect(), movements.before))
}
