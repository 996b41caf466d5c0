//! The demo's shop: a website of a customer of ours, which carries the chat by the same snippet as any other.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use domain::settings::widget::snippet;

use super::Web;
use crate::channel::web_chat;
use crate::db::Tx;
use crate::demo;
use crate::error::Error;

const PAGE: &str = include_str!("shop.html");

/// The page. It is there in the demo workspace only.
pub async fn page(State(web): State<Web>, headers: axum::http::HeaderMap) -> Response {
    let read = web.server.db.read(async move |tx: &mut Tx| {
        Ok::<_, Error>(if demo::is_demo(tx).await? { web_chat::first(tx).await? } else { None })
    });
    let key = match read.await {
        Ok(Some(key)) => key,
        Ok(None) => return super::page::missing(&web, &headers),
        Err(error) => return (StatusCode::SERVICE_UNAVAILABLE, error.told().sentence()).into_response(),
    };
    // As on any website: the chat comes from where Switchboard is, which is another origin where the shop is opened by
    // another name of this machine.
    let origin = web.serve.public_url.origin();
    let policy = format!(
        "default-src 'none'; script-src {origin}; connect-src {origin}; frame-src {origin}; style-src 'self'; \
         img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let page = PAGE.replace("{snippet}", &snippet(&origin, &key));
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}
