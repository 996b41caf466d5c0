//! The sign-in form and its answer: plain HTML, which works before and without WebAssembly.

use std::net::SocketAddr;

use app::sign_in::{Form, Problem};
use axum::extract::{ConnectInfo, FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Web, guard};
use crate::db::Tx;
use crate::server::now;
use crate::session::{self, Stay};
use crate::setup;

/// Whoever is on the other end of the socket, if there is one.
pub struct Peer(pub Option<SocketAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer)))
    }
}

#[derive(Deserialize)]
pub struct Asked {
    next: Option<String>,
}

/// The empty form.
pub async fn page(State(web): State<Web>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let next = local(asked.next.as_deref());
    let progress = web.server.db.read(async move |tx: &mut Tx| setup::progress(tx).await).await;
    if progress.is_ok_and(|progress| !progress.has_owner) {
        return Redirect::to("/setup").into_response();
    }
    if let Some(token) = guard::cookie(&headers, web.serve.cookie().name)
        && let Ok(Some(_)) = session::whose(&web.server, token, now()).await
    {
        return Redirect::to(&next).into_response();
    }
    form(&web, &headers, StatusCode::OK, Form { email: String::new(), next, problem: None }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submitted {
    email: String,
    password: String,
    keep: Option<String>,
    next: Option<String>,
}

/// Signs in, or shows the form again with what was typed and what was wrong.
pub async fn submit(
    State(web): State<Web>,
    Peer(peer): Peer,
    headers: HeaderMap,
    axum::Form(submitted): axum::Form<Submitted>,
) -> Response {
    let Submitted { email, password, keep, next } = submitted;
    let next = local(next.as_deref());
    let peer = guard::peer(peer.map(ConnectInfo));
    let again = |problem| Form { email: email.clone(), next: next.clone(), problem: Some(problem) };
    if !web.limits.allow(guard::client(peer, &headers, web.serve.trusted_proxies), &email) {
        return form(&web, &headers, StatusCode::TOO_MANY_REQUESTS, again(Problem::TooMany)).await;
    }
    let stay = if keep.is_some() { Stay::Keep } else { Stay::Day };
    let device =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("Unknown browser");
    let cookie = web.serve.cookie();
    let former = guard::cookie(&headers, cookie.name).map(str::to_owned);
    match session::sign_in(&web.server, &email, password, stay, device, former, now()).await {
        Ok(Some(token)) => {
            let value = guard::set_cookie(&web.serve, &token, stay.cookie_seconds());
            with_cookie(Redirect::to(&next).into_response(), &value)
        }
        Ok(None) => form(&web, &headers, StatusCode::UNAUTHORIZED, again(Problem::NotRight)).await,
        Err(error) => {
            let told = error.told();
            form(&web, &headers, StatusCode::SERVICE_UNAVAILABLE, again(Problem::Broken(told.sentence())))
                .await
        }
    }
}

/// Signs out here; other browsers stay signed in.
pub async fn out(State(web): State<Web>, headers: HeaderMap) -> Response {
    let cookie = web.serve.cookie();
    if let Some(token) = guard::cookie(&headers, cookie.name)
        && let Err(error) = session::sign_out(&web.server, token).await
    {
        return (StatusCode::SERVICE_UNAVAILABLE, error.told().sentence()).into_response();
    }
    let gone = guard::set_cookie(&web.serve, "", Some(0));
    with_cookie(Redirect::to("/login").into_response(), &gone)
}

fn with_cookie(mut response: Response, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

async fn form(web: &Web, headers: &HeaderMap, status: StatusCode, form: Form) -> Response {
    let workspace = super::page::workspace_name(&web.server).await;
    let head = super::page::head(web, headers);
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let page = Html(app::sign_in::page(&head, &workspace, form));
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")];
    (status, headers, page).into_response()
}

/// A path on this server, whatever was asked for: never another site, however it is written.
fn local(next: Option<&str>) -> String {
    let is_local = |next: &&str| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && !next.chars().any(char::is_control)
            && !next.starts_with("/login")
            && !next.starts_with("/api")
    };
    next.filter(is_local).unwrap_or("/inbox/my-inbox").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_one_stays_on_this_server() {
        for evil in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "\\\\evil",
            "/\t/evil",
            "javascript:1",
            "",
        ] {
            assert_eq!(local(Some(evil)), "/inbox/my-inbox", "{evil:?}");
        }
        assert_eq!(local(Some("/c/1042?x=1")), "/c/1042?x=1");
    }
}
