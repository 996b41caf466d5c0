//! The workspace as HTML: a frame with a skeleton and the block of data that it starts with.

use std::path::Path;
use std::sync::Arc;

use app::backend::{Asker, Backend, Boot};
use app::shell::{Place, Shell, Theme};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{expect_context, provide_context, view};
use leptos_axum::ResponseOptions;

use super::{Web, guard};
use crate::db::Tx;
use crate::server::{Server, now};
use crate::{secret, sql};

/// The page of a signed-in agent, wherever it is.
pub async fn workspace(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    request: Request,
) -> Response {
    let Some(place) = Place::of_path(request.uri().path()) else { return missing(request).await };
    let filter = place.filter(request.uri().query().unwrap_or_default(), &asker.viewer);
    let boot = match web.server.snapshot(&asker.viewer, filter, place.number).await {
        Ok(snapshot) => Boot { snapshot, now: now(), build: web.build.to_string() },
        Err(error) => {
            let theme = theme(request.headers());
            let page = Html(app::shell::notice(theme, "Switchboard is not available", &error.sentence()));
            return (StatusCode::SERVICE_UNAVAILABLE, policy(), page).into_response();
        }
    };
    let theme = theme(request.headers());
    let boot = Arc::new(boot);
    let context = || {
        provide_context(None::<Asker>);
        let options = expect_context::<ResponseOptions>();
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        let value = HeaderValue::from_str(&scripted(&nonce))
            .unwrap_or(HeaderValue::from_static("default-src 'none'"));
        options.insert_header(header::CONTENT_SECURITY_POLICY, value);
    };
    let shell = move || view! { <Shell options=options() theme=theme boot=boot.clone() /> };
    leptos_axum::render_app_to_stream_with_context(context, shell)(request).await
}

/// A name for the browser's half as it lies in that folder, so that a page which was loaded before a deploy notices.
pub fn build(site: &Path) -> String {
    let files = ["switchboard.js", "switchboard.wasm", "switchboard.css"];
    let bytes = files.iter().flat_map(|file| std::fs::read(site.join("pkg").join(file)).unwrap_or_default());
    secret::digest_of(&bytes.collect::<Vec<u8>>()).chars().take(16).collect()
}

fn options() -> LeptosOptions {
    LeptosOptions::builder().output_name("switchboard").site_pkg_dir("pkg").build()
}

fn scripted(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

fn policy() -> [(header::HeaderName, &'static str); 1] {
    [(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )]
}

/// Nothing is at that address.
pub async fn missing(request: Request) -> Response {
    let page = app::shell::notice(
        theme(request.headers()),
        "There is nothing at this address",
        "The link may be old or mistyped. Go on from your inbox.",
    );
    (StatusCode::NOT_FOUND, policy(), Html(page)).into_response()
}

/// As the cookie says; the page must not flash in another theme before the browser knows.
pub fn theme(headers: &HeaderMap) -> Theme {
    guard::cookie(headers, "theme").and_then(Theme::of_key).unwrap_or_default()
}

/// The name of the workspace, for pages of people who are not signed in.
pub async fn workspace_name(server: &Server) -> String {
    let read = server.db.read(async move |tx: &mut Tx| {
        let row = tx.q(sql!("select name from workspace")).opt().await?;
        row.map(|row| row.get(0)).transpose()
    });
    read.await.ok().flatten().unwrap_or_else(|| "Switchboard".into())
}
