//! Set-up over HTTP: forms that work without a script. `crate::setup` says what each step is, and who may go on.

use std::net::SocketAddr;

use app::setup::Page;
use axum::extract::{ConnectInfo, Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::id::MessageId;
use domain::permission::Permission;
use domain::settings::widget::{self, Widget};
use domain::settings::workspace::{Owner, OwnerProblems, Workspace};
use serde::Deserialize;

use super::sign_in::Peer;
use super::{Web, guard};
use crate::channel::web_chat::{self, Written};
use crate::db::Tx;
use crate::error::Error;
use crate::secret;
use crate::server::now;
use crate::session::{self, Stay};
use crate::setup::{self, Progress};

/// The cookie that holds the token from the log while its step is under way.
const COOKIE: &str = "setup";

/// Who asks for a page of set-up, and how far it has come.
struct Standing {
    progress: Progress,
    /// The token from the log, where it is good.
    token: Option<String>,
    /// Whether somebody is signed in, and may go on.
    may_go_on: Option<bool>,
}

async fn standing(web: &Web, headers: &HeaderMap) -> Result<Standing, Error> {
    let token = guard::cookie(headers, COOKIE).map(str::to_owned);
    let asker = match guard::cookie(headers, web.serve.cookie().name) {
        None => None,
        Some(session) => session::whose(&web.server, session, now()).await?,
    };
    let may_go_on = asker.map(|asker| asker.viewer.may(Permission::AdminChannels));
    let read = web.server.db.read(async move |tx: &mut Tx| {
        let progress = setup::progress(tx).await?;
        let is_good = match &token {
            None => false,
            Some(token) => setup::opens(tx, token, now()).await?,
        };
        Ok::<_, Error>((progress, token.filter(|_| is_good)))
    });
    let (progress, token) = read.await?;
    Ok(Standing { progress, token, may_go_on })
}

#[derive(Deserialize)]
pub struct Asked {
    sent: Option<String>,
}

/// The step that is next.
pub async fn page(State(web): State<Web>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let standing = match standing(&web, &headers).await {
        Ok(standing) => standing,
        Err(error) => return unavailable(&web, &headers, error),
    };
    match next(&web, standing, asked.sent.is_some()) {
        Ok(page) => shown(&web, &headers, StatusCode::OK, page),
        Err(refused) => refused.answer(&web, &headers),
    }
}

/// Why somebody does not see a step.
enum Refused {
    /// It has an owner, and is set up.
    Over,
    /// It has an owner, who is not signed in here.
    SignIn,
    /// Whoever is signed in may not.
    NotTheirs,
}

impl Refused {
    fn answer(self, web: &Web, headers: &HeaderMap) -> Response {
        let notice = |sentence| {
            let page = app::shell::notice(
                &super::page::head(web, headers),
                "This Switchboard is set up already",
                sentence,
            );
            (StatusCode::FORBIDDEN, policy(), Html(page)).into_response()
        };
        match self {
            Refused::Over => notice("It has an owner. Sign in, or ask them for an account."),
            Refused::SignIn => Redirect::to("/login?next=/setup").into_response(),
            Refused::NotTheirs => notice("Its owner goes on with it. Ask them."),
        }
    }
}

fn next(web: &Web, standing: Standing, is_sent: bool) -> Result<Page, Refused> {
    let Standing { progress: Progress { workspace, has_owner, chat, is_done }, token, may_go_on } = standing;
    if is_done {
        return Err(Refused::Over);
    }
    if !has_owner {
        return Ok(match (token, workspace) {
            (None, _) => Page::Token { problem: None },
            (Some(_), None) => Page::Workspace { name: String::new(), problem: None },
            (Some(_), Some(_)) => {
                let (display_name, email) = (String::new(), String::new());
                Page::Owner { display_name, email, problems: OwnerProblems::default(), problem: None }
            }
        });
    }
    match (may_go_on, chat) {
        (None, _) => Err(Refused::SignIn),
        (Some(false), _) => Err(Refused::NotTheirs),
        (Some(true), None) => Ok(Page::Chat {
            name: "Website chat".into(),
            greeting: "Hello! How can we help?".into(),
            sites: String::new(),
            form: widget::Form::default(),
            problem: None,
        }),
        (Some(true), Some(key)) => {
            let snippet = widget::snippet(&web.serve.public_url.origin(), &key);
            Ok(Page::Finish { snippet, key, is_sent, problem: None })
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    token: String,
}

/// Takes the token from the log.
pub async fn token(
    State(web): State<Web>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Form(Token { token }): Form<Token>,
) -> Response {
    let again = |status, sentence: &str| {
        shown(&web, &headers, status, Page::Token { problem: Some(sentence.into()) })
    };
    if !is_few(&web, peer, &headers) {
        return again(StatusCode::TOO_MANY_REQUESTS, TOO_MANY);
    }
    let typed = token.clone();
    let read = web.server.db.read(async move |tx: &mut Tx| {
        Ok::<_, Error>((setup::progress(tx).await?.has_owner, setup::opens(tx, &typed, now()).await?))
    });
    match read.await {
        Err(error) => unavailable(&web, &headers, error),
        Ok((true, _)) => Refused::Over.answer(&web, &headers),
        Ok((false, false)) => again(
            StatusCode::UNAUTHORIZED,
            "This token is not right, or it is too old. The newest stands in the log of the server; a restart shows another.",
        ),
        Ok((false, true)) => {
            let token: String = token.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            with_cookie(&web, Redirect::to("/setup").into_response(), &token)
        }
    }
}

const TOO_MANY: &str = "Too many tries in a short time. Wait a minute and try again.";

/// Counts a try by where it comes from. Not for all together: a stranger could keep the owner out.
fn is_few(web: &Web, peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
    let address = guard::client(guard::peer(peer.map(ConnectInfo)), headers, web.serve.trusted_proxies);
    web.limits.allow(address, &format!("set-up {}", guard::network(address)))
}

fn with_cookie(web: &Web, mut response: Response, token: &str) -> Response {
    let secure = if web.serve.cookie().secure { "; Secure" } else { "" };
    let age = if token.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{COOKIE}={token}; Path=/setup; HttpOnly; SameSite=Strict{secure}{age}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Names the workspace.
pub async fn workspace(
    State(web): State<Web>,
    headers: HeaderMap,
    Form(workspace): Form<Workspace>,
) -> Response {
    let name = workspace.name.clone();
    match setup::name(&web.server.db, the_token(&headers), workspace, now()).await {
        Ok(()) => Redirect::to("/setup").into_response(),
        Err(Error::Refused(refusal)) => {
            let page = Page::Workspace { name, problem: Some(refusal.sentence()) };
            shown(&web, &headers, StatusCode::UNPROCESSABLE_ENTITY, page)
        }
        Err(Error::SignedOut) => not_open(&web, &headers).await,
        Err(error) => unavailable(&web, &headers, error),
    }
}

fn the_token(headers: &HeaderMap) -> String {
    guard::cookie(headers, COOKIE).unwrap_or_default().to_owned()
}

/// The token of the browser is void: somebody was faster, or it ran out.
async fn not_open(web: &Web, headers: &HeaderMap) -> Response {
    let progress = web.server.db.read(async move |tx: &mut Tx| setup::progress(tx).await).await;
    match progress {
        Err(error) => unavailable(web, headers, error),
        Ok(progress) if progress.has_owner => Refused::Over.answer(web, headers),
        Ok(_) => {
            let problem = "This token is void. The newest stands in the log of the server.".to_owned();
            shown(web, headers, StatusCode::UNAUTHORIZED, Page::Token { problem: Some(problem) })
        }
    }
}

/// Makes the owner's account, and signs them in.
pub async fn owner(
    State(web): State<Web>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Form(owner): Form<Owner>,
) -> Response {
    let Owner { display_name, email, password } = owner.clone();
    let again = |status, problems, problem| {
        let (display_name, email) = (display_name.clone(), email.clone());
        shown(&web, &headers, status, Page::Owner { display_name, email, problems, problem })
    };
    if !is_few(&web, peer, &headers) {
        let problem = Some(TOO_MANY.to_owned());
        return again(StatusCode::TOO_MANY_REQUESTS, OwnerProblems::default(), problem);
    }
    let checked = match owner.checked() {
        Ok(owner) => owner,
        Err(problems) => return again(StatusCode::UNPROCESSABLE_ENTITY, problems, None),
    };
    let address = checked.email.clone();
    match setup::own(&web.server.db, the_token(&headers), checked, now()).await {
        Ok(()) => {}
        Err(Error::SignedOut) => return not_open(&web, &headers).await,
        Err(error) => {
            let told = error.told();
            return again(StatusCode::SERVICE_UNAVAILABLE, OwnerProblems::default(), Some(told.sentence()));
        }
    }
    let device = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let device = device.unwrap_or("Unknown browser");
    let response = with_cookie(&web, Redirect::to("/setup").into_response(), "");
    match session::sign_in(&web.server, &address, password, Stay::Day, device, None, now()).await {
        Ok(Some(token)) => {
            let mut response = response;
            let cookie = guard::set_cookie(&web.serve, &token, Stay::Day.cookie_seconds());
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            response
        }
        // The account is there: they sign in by hand.
        Ok(None) | Err(_) => response,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    name: String,
    greeting: String,
    sites: String,
    form: String,
}

/// Opens the first chat.
pub async fn chat(State(web): State<Web>, headers: HeaderMap, Form(chat): Form<Chat>) -> Response {
    if let Err(response) = only_owner(&web, &headers).await {
        return response;
    }
    let Chat { name, greeting, sites, form } = chat;
    let form = widget::Form::of_key(&form).unwrap_or_default();
    let clean = domain::contact::clean_name(&name);
    let checked = Widget::of(&greeting, &sites, form);
    match checked {
        Err(refusal) => {
            let page = Page::Chat { name, greeting, sites, form, problem: Some(refusal.sentence()) };
            shown(&web, &headers, StatusCode::UNPROCESSABLE_ENTITY, page)
        }
        Ok(widget) => {
            let name = if clean.is_empty() { "Website chat".into() } else { clean };
            match setup::open_chat(&web.server.db, name, widget).await {
                Ok(()) => Redirect::to("/setup").into_response(),
                Err(error) => unavailable(&web, &headers, error),
            }
        }
    }
}

/// Whoever goes on after the owner's account is there. Errors: what they are shown instead.
async fn only_owner(web: &Web, headers: &HeaderMap) -> Result<Progress, Response> {
    let standing = standing(web, headers).await.map_err(|error| unavailable(web, headers, error))?;
    let Standing { progress, token: _, may_go_on } = standing;
    match may_go_on {
        _ if progress.is_done => Err(Refused::Over.answer(web, headers)),
        None => Err(Refused::SignIn.answer(web, headers)),
        Some(false) => Err(Refused::NotTheirs.answer(web, headers)),
        Some(true) => Ok(progress),
    }
}

/// Writes as a visitor would, by the same way.
pub async fn test(State(web): State<Web>, headers: HeaderMap) -> Response {
    let key = match only_owner(&web, &headers).await {
        Ok(Progress { chat: Some(key), .. }) => key,
        Ok(_) => return Redirect::to("/setup").into_response(),
        Err(response) => return response,
    };
    let sent = async {
        let hello = web_chat::hello(&web.server, key.clone(), None).await?;
        let written = Written {
            file: None,
            id: MessageId::new(secret::random_id()),
            text: "Hello! This is a test message. Start the conversation and answer it.".into(),
            conversation: None,
            introduction: domain::contact::Introduction {
                name: Some("Test visitor".into()),
                email: Some("visitor@example.org".into()),
            },
            language: None,
        };
        web_chat::write(&web.server, key, hello.token, written, now()).await
    };
    match sent.await {
        Ok(_) => Redirect::to("/setup?sent=yes").into_response(),
        Err(error) => unavailable(&web, &headers, error),
    }
}

/// Set-up is over.
pub async fn finish(State(web): State<Web>, headers: HeaderMap) -> Response {
    if let Err(response) = only_owner(&web, &headers).await {
        return response;
    }
    match setup::finish(&web.server.db, now()).await {
        Ok(()) => Redirect::to("/inbox/unassigned").into_response(),
        Err(error) => unavailable(&web, &headers, error),
    }
}

fn shown(web: &Web, headers: &HeaderMap, status: StatusCode, page: Page) -> Response {
    let html = Html(app::setup::page(&super::page::head(web, headers), page));
    (status, policy(), [(header::CACHE_CONTROL, "no-store")], html).into_response()
}

fn unavailable(web: &Web, headers: &HeaderMap, error: Error) -> Response {
    let sentence = error.told().sentence();
    let page =
        app::shell::notice(&super::page::head(web, headers), "Switchboard is not available", &sentence);
    (StatusCode::SERVICE_UNAVAILABLE, policy(), Html(page)).into_response()
}

/// The last page carries the chat.
fn policy() -> [(header::HeaderName, &'static str); 1] {
    [(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )]
}
