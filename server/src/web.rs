//! The router, whole and flat: everything that can be asked over HTTP stands here.

use std::net::SocketAddr;
use std::sync::Arc;

use app::backend::{Asker, Backend};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Router};
use domain::permission::Permission;
use leptos::prelude::provide_context;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;

use crate::config::Serve;
use crate::db::Tx;
use crate::server::{Server, WORKSPACE};
use crate::sql;

mod audit;
pub mod chat;
mod chat_live;
pub mod file;
pub mod files;
pub mod guard;
mod join;
pub mod live;
pub mod page;
mod photo;
pub mod setup;
mod shop;
pub mod sign_in;

/// Longest body of an order. A message is at most 20,000 characters; JSON may spend six bytes on each.
const BODY_MAX_BYTES: usize = 256 * 1024;

/// What the handlers share.
#[derive(Clone)]
pub struct Web {
    pub server: Arc<Server>,
    pub serve: Arc<Serve>,
    pub limits: Arc<guard::Limits>,
    pub chat_limits: Arc<chat::Limits>,
    /// Which build of the browser's half is served.
    pub build: Arc<str>,
}

/// Everything, ready to be served with the address of each client.
pub fn router(server: Arc<Server>, serve: Serve) -> Router {
    // Pages are rendered on this runtime. An error says that it was told so before.
    let _ = any_spawner::Executor::init_tokio();
    let build: Arc<str> = serve.site.build().into();
    let web =
        Web { server, serve: Arc::new(serve), limits: Arc::default(), chat_limits: Arc::default(), build };
    // Everybody may ask these; the workspace behind them is for those who are signed in.
    let open = Router::new()
        .route("/login", get(sign_in::page).post(sign_in::submit))
        .route("/invite/{token}", get(join::invitation).post(join::accept))
        .route("/reset/{token}", get(join::password).post(join::reset))
        .route("/health", get(health))
        .route("/photo/{name}", get(photo::get))
        .route("/setup", get(setup::page))
        .route("/setup/token", post(setup::token))
        .route("/setup/workspace", post(setup::workspace))
        .route("/setup/owner", post(setup::owner))
        .route("/setup/chat", post(setup::chat))
        .route("/setup/test", post(setup::test))
        .route("/setup/finish", post(setup::finish))
        .route("/chat/{key}", get(chat::page))
        .route("/chat/{key}/site", get(chat::site))
        .route("/chat/{key}/hello", post(chat::hello))
        .route("/chat/{key}/thread", post(chat::thread))
        .route("/chat/{key}/write", post(chat::write))
        .route("/chat/{key}/seen", post(chat::seen))
        .route("/chat/{key}/live", get(chat_live::connect))
        .route("/demo/shop", get(shop::page))
        .route("/v/{build}/{*name}", get(files::versioned));
    let signed_in = Router::new()
        .route("/", get(home))
        .route("/logout", post(sign_in::out))
        .route("/inbox", get(async || Redirect::to("/inbox/my-inbox")))
        .route("/inbox/{view}", get(page::workspace))
        .route("/inbox/{view}/{number}", get(page::workspace))
        .route("/search", get(page::workspace))
        .route("/outgoing", get(page::workspace))
        .route("/c/{number}", get(page::workspace))
        .route("/settings/{page}", get(page::workspace))
        .route("/settings/profile/photo", put(photo::put).delete(photo::delete))
        .route("/settings/audit-log/{file}", get(audit::get))
        .route("/live", get(live::connect))
        .route("/api/{*function}", post(function))
        .layer(from_fn_with_state(web.clone(), guard::only_signed_in));
    // As long as files are, read piece by piece, and as they are: what is packed already does not get smaller.
    let files = Router::new()
        .route("/files", post(file::put))
        .route("/files/{id}/{name}", get(file::get))
        .layer(from_fn_with_state(web.clone(), guard::only_signed_in))
        .route("/chat/{key}/file", post(chat::put_file))
        .route("/chat/{key}/file/{id}", post(chat::get_file))
        // Of what is read at once. Files are counted as they come.
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES));
    open.merge(signed_in)
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .fallback(get(files::plain))
        .layer(RequestBodyLimitLayer::new(BODY_MAX_BYTES))
        .merge(files)
        .layer(from_fn_with_state(web.clone(), guard::same_origin))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(guard::panicked))
        .layer(from_fn(guard::headers))
        .layer(from_fn(guard::logged))
        .with_state(web)
}

/// Where one goes on: to the inbox, or to where set-up stopped.
async fn home(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Redirect {
    let may_go_on = asker.viewer.may(Permission::AdminChannels);
    let read = web.server.db.read(async move |tx: &mut crate::db::Tx| crate::setup::progress(tx).await).await;
    match read {
        Ok(progress) if may_go_on && !progress.is_done => Redirect::to("/setup"),
        Ok(_) | Err(_) => Redirect::to("/inbox/my-inbox"),
    }
}

/// A server function of `app`.
async fn function(State(web): State<Web>, Extension(asker): Extension<Asker>, request: Request) -> Response {
    let context = move || {
        provide_context(Some(asker.clone()));
        provide_context::<Arc<dyn Backend>>(web.server.clone());
    };
    let started = std::time::Instant::now();
    let name = request.uri().path().to_owned();
    if !leptos::server_fn::axum::server_fn_paths().any(|(path, _)| path == name) {
        let missing = serde_json::to_string(&app::error::Error::Missing).unwrap_or_default();
        return (StatusCode::NOT_FOUND, missing).into_response();
    }
    let (parts, body) = request.into_parts();
    // Read here: the function could not tell a body without a length that is too long from a broken one.
    let Ok(bytes) = axum::body::to_bytes(body, BODY_MAX_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "length limit exceeded").into_response();
    };
    let request = Request::from_parts(parts, Body::from(bytes));
    let response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    metrics::histogram!("switchboard_request_seconds", "function" => name)
        .record(started.elapsed().as_secs_f64());
    told_by_status(response).await
}

/// Every error of a server function comes as 500; its body knows better.
async fn told_by_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, BODY_MAX_BYTES).await.unwrap_or_default();
    // It was reached, but what it was sent is not what it takes: sending that again would not help.
    let error = match serde_json::from_slice(&bytes) {
        Ok(app::error::Error::Unreachable) | Err(_) => app::error::Error::Missing,
        Ok(error) => error,
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Response::from_parts(parts, Body::from(serde_json::to_string(&error).unwrap_or_default()))
}

/// 200 while the database answers; what a load balancer asks.
/// Whether it can be asked and written to. What can only be read is healthy enough to be shown: whoever writes is told
/// to try again, and the browser does.
async fn health(State(web): State<Web>) -> Response {
    let db = &web.server.db;
    let asked =
        db.read(async |tx: &mut Tx| tx.q(sql!("select seq from workspace")).opt().await.map(drop)).await;
    // Only where the newest write failed: is it still so?
    let is_failing = db.is_failing()
        && db
            .write(WORKSPACE, async |tx: &mut Tx| {
                tx.q(sql!("update workspace set log_id = log_id")).exec().await.map(drop)
            })
            .await
            .is_err();
    let (status, body) = match (asked, is_failing) {
        (Ok(()), false) => (StatusCode::OK, "{\"status\":\"ok\"}"),
        (Ok(()), true) => (StatusCode::OK, "{\"status\":\"degraded\",\"writes\":\"failing\"}"),
        (Err(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "{\"status\":\"database unavailable\"}"),
    };
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// A service that knows where each request came from.
pub type Service = axum::extract::connect_info::IntoMakeServiceWithConnectInfo<Router, SocketAddr>;
