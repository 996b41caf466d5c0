//! What a link of the team leads to: somebody joins, or chooses a new password. Forms that work without a script.

use std::net::SocketAddr;

use app::join::Page;
use axum::extract::{ConnectInfo, Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::refusal::Refusal;
use domain::settings::workspace::{Owner, OwnerProblems};
use serde::Deserialize;

use super::sign_in::Peer;
use super::{Web, guard};
use crate::db::Tx;
use crate::error::Error;
use crate::invitation;
use crate::server::now;
use crate::session::{self, Stay};

/// What a link is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Invitation,
    Password,
}

/// The form of an invitation.
pub async fn invitation(State(web): State<Web>, headers: HeaderMap, Path(token): Path<String>) -> Response {
    page(&web, &headers, Door::Invitation, token).await
}

/// The form of a link to a new password.
pub async fn password(State(web): State<Web>, headers: HeaderMap, Path(token): Path<String>) -> Response {
    page(&web, &headers, Door::Password, token).await
}

async fn page(web: &Web, headers: &HeaderMap, door: Door, token: String) -> Response {
    match email_of(web, door, token.clone()).await {
        Ok(email) => {
            let page = empty(web, door, &token, email).await;
            shown(web, headers, StatusCode::OK, page)
        }
        Err(error) => not_open(web, headers, error),
    }
}

async fn email_of(web: &Web, door: Door, token: String) -> Result<String, Error> {
    let cached = web.server.office.clone();
    let read = async move |tx: &mut Tx| {
        let office = cached.in_transaction(tx).await?;
        match door {
            Door::Invitation => Ok(invitation::of_token(tx, &token, now()).await?.invite.email),
            Door::Password => Ok(invitation::whose_link(tx, &office, &token, now()).await?.1),
        }
    };
    web.server.db.read(read).await
}

async fn empty(web: &Web, door: Door, token: &str, email: String) -> Page {
    let joins = door == Door::Invitation;
    Page {
        joins,
        workspace: super::page::workspace_name(&web.server).await,
        path: format!("/{}/{token}", if joins { "invite" } else { "reset" }),
        email,
        display_name: String::new(),
        problems: OwnerProblems::default(),
        problem: None,
    }
}

/// What was typed. The address comes along for password managers; the one that counts is the link's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    #[serde(default)]
    display_name: String,
    #[serde(rename = "email")]
    _email: Option<String>,
    password: String,
}

/// Joins, and is signed in.
pub async fn accept(
    State(web): State<Web>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    submit(&web, peer, &headers, Door::Invitation, token, typed).await
}

/// Sets the password, and is signed in.
pub async fn reset(
    State(web): State<Web>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    submit(&web, peer, &headers, Door::Password, token, typed).await
}

async fn submit(
    web: &Web,
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
    door: Door,
    token: String,
    Typed { display_name, _email: _, password }: Typed,
) -> Response {
    let email = match email_of(web, door, token.clone()).await {
        Ok(email) => email,
        Err(error) => return not_open(web, headers, error),
    };
    let blank = empty(web, door, &token, email.clone()).await;
    let again = |status, problems, problem| {
        let page = Page { display_name: display_name.clone(), problems, problem, ..blank };
        shown(web, headers, status, page)
    };
    let address = guard::client(guard::peer(peer.map(ConnectInfo)), headers, web.serve.trusted_proxies);
    if !web.limits.allow(address, &format!("link {}", guard::network(address))) {
        let problem = "Too many tries in a short time. Wait a minute and try again.".to_owned();
        return again(StatusCode::TOO_MANY_REQUESTS, OwnerProblems::default(), Some(problem));
    }
    // Whoever sets a password has a name already.
    let name = if door == Door::Password { email.clone() } else { display_name.clone() };
    let person = Owner { display_name: name, email: email.clone(), password: password.clone() };
    let person = match person.checked() {
        Ok(person) => person,
        Err(problems) => return again(StatusCode::UNPROCESSABLE_ENTITY, problems, None),
    };
    let done = match door {
        Door::Invitation => invitation::accept(&web.server, token, person, now()).await,
        Door::Password => invitation::reset(&web.server, token, person.password, now()).await.map(|_| ()),
    };
    match done {
        Ok(()) => {}
        Err(error @ Error::Refused(Refusal::InvitationOver)) => return not_open(web, headers, error),
        Err(error) => {
            let told = error.told();
            let status = StatusCode::from_u16(told.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            return again(status, OwnerProblems::default(), Some(told.sentence()));
        }
    }
    signed_in(web, headers, door, &email, password).await
}

async fn signed_in(web: &Web, headers: &HeaderMap, door: Door, email: &str, password: String) -> Response {
    // A new colleague adds a photo first: without one nobody answers customers.
    let next = if door == Door::Invitation { "/settings/profile" } else { "/inbox/my-inbox" };
    let device = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let device = device.unwrap_or("Unknown browser");
    let former = guard::cookie(headers, web.serve.cookie().name).map(str::to_owned);
    match session::sign_in(&web.server, email, password, Stay::Day, device, former, now()).await {
        Ok(Some(session)) => {
            let mut response = Redirect::to(next).into_response();
            let cookie = guard::set_cookie(&web.serve, &session, Stay::Day.cookie_seconds());
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            response
        }
        // The account is there: they sign in by hand.
        Ok(None) | Err(_) => Redirect::to("/login").into_response(),
    }
}

/// The same whatever is wrong with a link.
fn not_open(web: &Web, headers: &HeaderMap, error: Error) -> Response {
    let told = error.told();
    let status = match &told {
        app::error::Error::Refused(_) => StatusCode::NOT_FOUND,
        _ => StatusCode::from_u16(told.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
    };
    let page = app::shell::notice(
        &super::page::head(web, headers),
        "This link does not open anything",
        &told.sentence(),
    );
    (status, policy(), Html(page)).into_response()
}

fn shown(web: &Web, headers: &HeaderMap, status: StatusCode, page: Page) -> Response {
    (status, policy(), Html(app::join::page(&super::page::head(web, headers), page))).into_response()
}

/// The address of the page is a secret: nothing else is asked for from it, and no cache keeps it.
fn policy() -> [(header::HeaderName, &'static str); 2] {
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")]
}
