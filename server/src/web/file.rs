//! Files over HTTP: an agent sends one, and gets those that came with what they may read. None is ever shown as a page of
//! ours: each is for download, in a sandbox, as what its bytes say it is and nothing else.

use app::backend::Asker;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::file::{FILE_MAX_BYTES, clean_file_name};
use domain::id::FileId;
use domain::permission::Permission;
use object_store::GetRange;
use serde::Deserialize;

use super::Web;
use crate::db::Tx;
use crate::error::Error;
use crate::file::{self, Coming, Known, Owner};
use crate::server::now;

/// What is said of a file that comes.
#[derive(Deserialize)]
pub struct Announced {
    pub id: FileId,
    pub name: String,
}

/// Takes the body in as a file of whoever is signed in. Answers with what it is.
pub async fn put(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(Announced { id, name }): Query<Announced>,
    request: Request,
) -> Response {
    let viewer = &asker.viewer;
    if ![Permission::Reply, Permission::Whisper, Permission::Note].iter().any(|right| viewer.may(*right)) {
        return told(domain::refusal::Refusal::NotAllowed { missing: Permission::Reply }.into());
    }
    let coming = Coming {
        id,
        owner: Owner::agent(viewer.agent),
        name: clean_file_name(&name),
        max_bytes: FILE_MAX_BYTES,
    };
    match take(&web, coming, request).await {
        Ok(file) => Json(file).into_response(),
        Err(error) => told(error),
    }
}

/// Takes a body in. What says that it is too large is refused before its first byte.
pub(super) async fn take(web: &Web, coming: Coming, request: Request) -> Result<domain::file::File, Error> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<i64>().ok());
    if let Some(size_bytes) = announced {
        domain::file::check_size(size_bytes, coming.max_bytes)?;
    }
    file::take(&web.server, coming, request.into_body().into_data_stream(), now()).await
}

/// A file that came with something that the agent may read. Its name stands in the address for people only.
pub async fn get(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Path((id, _)): Path<(FileId, String)>,
    headers: HeaderMap,
) -> Response {
    let read = web.server.db.read(async move |tx: &mut Tx| file::readable(tx, &asker.viewer, id).await);
    match read.await {
        Ok(known) => sent(&web, &known, &headers).await,
        Err(error) => told(error),
    }
}

/// The bytes, or the part that is asked for: a film is not loaded whole to be looked at in the middle.
pub(super) async fn sent(web: &Web, known: &Known, headers: &HeaderMap) -> Response {
    let size = u64::try_from(known.file.size_bytes).unwrap_or_default();
    let etag = format!("\"{}\"", known.file.id);
    let is_known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let range = headers.get(header::RANGE).and_then(|value| part(value.to_str().ok()?, size));
    let mut response = match (is_known, &range) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, _) => {
            let asked = range.as_ref().map(|(from, to)| GetRange::Bounded(*from..*to));
            match web.server.files.get(known, asked).await {
                Ok(found) => Body::from_stream(found.into_stream()).into_response(),
                Err(error) => return told(error),
            }
        }
    };
    let length = range.map_or(size, |(from, to)| to - from);
    let mut fields = vec![
        (header::CONTENT_TYPE, known.file.media.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&known.file.name)),
        // Opened by itself it is nothing that runs.
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::ETAG, etag),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    if !is_known {
        fields.push((header::CONTENT_LENGTH, length.to_string()));
        if let Some((from, to)) = range {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            fields.push((header::CONTENT_RANGE, format!("bytes {from}-{}/{size}", to - 1)));
        }
    }
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// From which byte to before which, where one part is asked for and there is such a part.
fn part(asked: &str, size: u64) -> Option<(u64, u64)> {
    let (from, to) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (from, to) {
        ("", last) => (size.saturating_sub(last.parse().ok()?), size),
        (from, "") => (from.parse().ok()?, size),
        (from, to) => (from.parse().ok()?, to.parse::<u64>().ok()?.saturating_add(1).min(size)),
    };
    (from < to).then_some((from, to))
}

/// For download, under its name. Source: RFC 6266 and RFC 8187.
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' }).collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

fn told(error: Error) -> Response {
    let told: app::error::Error = error.told();
    let status = StatusCode::from_u16(told.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, serde_json::to_string(&told).unwrap_or_default()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_within_the_file() {
        for (asked, expected) in [
            ("bytes=0-3", Some((0, 4))),
            ("bytes=4-", Some((4, 10))),
            ("bytes=-3", Some((7, 10))),
            ("bytes=-30", Some((0, 10))),
            ("bytes=2-99", Some((2, 10))),
            ("bytes=10-", None),
            ("bytes=5-4", None),
            ("bytes=0-1,3-4", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(part(asked, 10), expected, "{asked}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_header() {
        let told = disposition("a\"; x=\"\r\nb ü.pdf");
        assert_eq!(
            told,
            "attachment; filename=\"a__ x____b _.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%22%0D%0Ab%20%C3%BC.pdf"
        );
    }
}
