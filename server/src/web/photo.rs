//! Photos of the team over HTTP: their bytes, to everybody who knows their names, and one's own to be changed.

use app::backend::Asker;
use app::error::Error as Told;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Web;
use crate::db::Tx;
use crate::error::Error;
use crate::photo;
use crate::server::{WORKSPACE, now};

/// A photo. Its name is made of its bytes, so that it is the same for ever.
pub async fn get(State(web): State<Web>, Path(name): Path<String>) -> Response {
    match web.server.db.read(async move |tx: &mut Tx| photo::get(tx, name).await).await {
        Ok((media_type, bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_str(&media_type)),
                (header::CACHE_CONTROL, Ok(HeaderValue::from_static("public, max-age=31536000, immutable"))),
                // Opened by itself it is a picture and nothing else.
                (
                    header::CONTENT_SECURITY_POLICY,
                    Ok(HeaderValue::from_static("default-src 'none'; sandbox")),
                ),
            ];
            let mut response = bytes.into_response();
            for (name, value) in headers {
                if let Ok(value) = value {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Err(Error::Missing) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => told(error),
    }
}

/// Makes the body the photo of whoever is signed in.
pub async fn put(State(web): State<Web>, Extension(asker): Extension<Asker>, body: Bytes) -> Response {
    change(&web, asker, Some(body)).await
}

/// Takes it away.
pub async fn delete(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Response {
    change(&web, asker, None).await
}

async fn change(web: &Web, asker: Asker, bytes: Option<Bytes>) -> Response {
    let cached = web.server.office.clone();
    let work = async move |tx: &mut Tx| {
        let office = cached.in_transaction(tx).await?;
        photo::change(tx, &office, &asker.viewer, bytes.as_deref(), now()).await
    };
    match web.server.db.write(WORKSPACE, work).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => told(error),
    }
}

fn told(error: Error) -> Response {
    let told: Told = error.told();
    let status = StatusCode::from_u16(told.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, serde_json::to_string(&told).unwrap_or_default()).into_response()
}
