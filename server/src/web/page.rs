//! The workspace as HTML: a frame with a skeleton and the block of data that it starts with.

use std::sync::Arc;

use app::backend::{Asker, Backend, Boot};
use app::shell::{Head, Place, Shell, Theme};
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
use crate::sql;

/// The page of a signed-in agent, wherever it is.
pub async fn workspace(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    request: Request,
) -> Response {
    let Some(place) = Place::of_path(request.uri().path()) else { return missing(&web, request.headers()) };
    let filter = place.filter(request.uri().query().unwrap_or_default(), &asker.viewer);
    let boot = match web.server.snapshot(&asker.viewer, filter, place.number).await {
        Ok(snapshot) => Boot { snapshot, now: now(), build: web.build.to_string() },
        Err(error) => {
            let page = Html(app::shell::notice(
                &head(&web, request.headers()),
                "Switchboard is not available",
                &error.sentence(),
            ));
            return (StatusCode::SERVICE_UNAVAILABLE, policy(), page).into_response();
        }
    };
    let head = head(&web, request.headers());
    let boot = Arc::new(boot);
    let context = || {
        provide_context(None::<Asker>);
        let options = expect_context::<ResponseOptions>();
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        let value = HeaderValue::from_str(&scripted(&nonce))
            .unwrap_or(HeaderValue::from_static("default-src 'none'"));
        options.insert_header(header::CONTENT_SECURITY_POLICY, value);
    };
    let shell = move || view! { <Shell options=options() head=head.clone() boot=boot.clone() /> };
    leptos_axum::render_app_to_stream_with_context(context, shell)(request).await
}

fn options() -> LeptosOptions {
    LeptosOptions::builder().output_name("switchboard").site_pkg_dir("pkg").build()
}

fn scripted(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' blob:; media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
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
pub fn missing(web: &Web, headers: &HeaderMap) -> Response {
    let page = app::shell::notice(
        &head(web, headers),
        "There is nothing at this address",
        "The link may be old or mistyped. Go on from your inbox.",
    );
    (StatusCode::NOT_FOUND, policy(), Html(page)).into_response()
}

/// The theme is as the cookie says: the page must not flash in another one before the browser knows.
pub fn head(web: &Web, headers: &HeaderMap) -> Head {
    let theme = guard::cookie(headers, "theme").and_then(Theme::of_key).unwrap_or_default();
    Head { theme, build: web.build.clone() }
}

/// The name of the workspace, for pages of people who are not signed in.
pub async fn workspace_name(server: &Server) -> String {
    let read = server.db.read(async move |tx: &mut Tx| {
        let row = tx.q(sql!("select name from workspace")).opt().await?;
        row.map(|row| row.get(0)).transpose()
    });
    read.await.ok().flatten().unwrap_or_else(|| "Switchboard".into())
}
