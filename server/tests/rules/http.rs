//! What browsers and other sites get from the real router: sessions, forged requests, limits, headers.

use app::backend::Asker;
use app::error::Error;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, StatusCode, header};
use domain::conversation::Command;
use domain::desk::Opened;
use domain::id::AgentId;
use domain::live::Request;
use domain::refusal::Refusal;
use domain::time::{Duration, Timestamp};
use domain::view::View;
use domain::worlds::{ANA, BEN, BILLING, NOON};
use leptos::server_fn::axum::server_fn_paths;
use leptos::server_fn::error::FromServerFnError;
use serde_json::{Value, json};
use server::config::{Command as Start, Config, Serve};
use server::error::Error as Failure;
use server::session::{self, Stay};
use server::{secret, sql, web};
use tower::ServiceExt;

use crate::office::{Office, PASSWORD, in_office, note, order, words};

const HTTPS: &str = "https://desk.example.org";
pub const LOCAL: &str = "http://127.0.0.1:3210";

/// A browser on the pages of a server, with the cookie that it was given.
#[derive(Clone)]
pub struct Browser {
    pub router: Router,
    pub origin: String,
    pub cookie: Option<String>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser {
    pub fn at(office: &Office, public_url: &str) -> Self {
        Self::started(office, public_url, &["--site", "/nowhere"])
    }

    pub fn started(office: &Office, public_url: &str, options: &[&str]) -> Self {
        let options = ["--public-url", public_url].into_iter().chain(options.iter().copied());
        let config = Config::parse_from(["switchboard"].into_iter().chain(options)).unwrap();
        let serve: Serve = match config.command {
            Start::Serve(serve) => *serve,
            other => panic!("it serves, and does not {other:?}"),
        };
        let router = web::router(office.server.clone(), serve);
        Self { router, origin: public_url.into(), cookie: None }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// A form sent from a page of the server.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pair = |(name, value): &(&str, &str)| format!("{name}={}", percent_encoded(value));
        let body = fields.iter().map(pair).collect::<Vec<_>>().join("&");
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", &self.origin)];
        self.send(Method::POST, path, &headers, body.into()).await
    }

    /// A server function called from a page of the server.
    pub async fn call(&self, function: &str, arguments: Value) -> Answer {
        let headers = [("content-type", "application/json"), ("origin", &self.origin)];
        self.send(Method::POST, &format!("/api/{function}"), &headers, arguments.to_string().into()).await
    }

    pub async fn run(&self, request: &Request) -> Answer {
        self.call("run", json!({ "request": request })).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let answer = self.submit("/login", &[("email", email), ("password", password)]).await;
        if let Some(cookie) = answer.headers.get(header::SET_COOKIE) {
            self.cookie = cookie.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        answer
    }

    fn token(&self) -> &str {
        self.cookie.as_deref().unwrap().split_once('=').unwrap().1
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let answer = self.ask(method, path, headers, body).await;
        answer.is_safe();
        answer
    }

    /// The same, of what other sites may load.
    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        let cookie = self.cookie.as_deref().map(|cookie| ("cookie", cookie));
        for (name, value) in headers.iter().copied().chain(cookie) {
            request = request.header(name, value);
        }
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl Answer {
    /// What stands in every answer of these tests, whatever it is.
    #[track_caller]
    fn is_safe(&self) {
        let value = |name: &str| self.headers.get(name).map_or("", |value| value.to_str().unwrap());
        let policy = value("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{self:?}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{self:?}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval' "), "{self:?}");
        assert_eq!(value("x-content-type-options"), "nosniff", "{self:?}");
        assert_eq!(value("referrer-policy"), "same-origin", "{self:?}");
        assert_eq!(value("cross-origin-resource-policy"), "same-origin", "{self:?}");
        assert!(value("strict-transport-security").contains("max-age=63072000"), "{self:?}");
    }

    pub fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    fn set_cookie(&self) -> &str {
        self.headers[header::SET_COOKIE].to_str().unwrap()
    }

    /// What a server function said instead of an answer.
    fn error(&self) -> Error {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub async fn anas_browser(office: &Office) -> Browser {
    let mut browser = Browser::at(office, LOCAL);
    assert_eq!(browser.sign_in("ana@example.org", PASSWORD).await.status, StatusCode::SEE_OTHER);
    browser
}

#[tokio::test]
async fn the_right_password_opens_a_session() {
    in_office(async |office| {
        let mut browser = Browser::at(&office, LOCAL);
        let answer = browser.sign_in(" Ana@Example.org", PASSWORD).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/inbox/my-inbox"));
        let flags: Vec<&str> = answer.set_cookie().split("; ").skip(1).collect();
        assert_eq!(flags, ["Path=/", "HttpOnly", "SameSite=Lax"]);
        assert!(answer.set_cookie().starts_with("sid="));
        assert_eq!(browser.get("/inbox/all").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn on_https_the_cookie_is_secure_and_of_this_host_only() {
    in_office(async |office| {
        let mut browser = Browser::at(&office, HTTPS);
        let kept =
            [("email", "ana@example.org"), ("password", PASSWORD), ("keep", "yes"), ("next", "/c/7?x=1")];
        let answer = browser.submit("/login", &kept).await;
        assert_eq!(answer.location(), "/c/7?x=1");
        let flags: Vec<&str> = answer.set_cookie().split("; ").skip(1).collect();
        assert_eq!(flags, ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=7776000"]);
        assert!(answer.set_cookie().starts_with("__Host-sid="));
        browser.sign_in("ana@example.org", PASSWORD).await;
        assert_eq!(browser.get("/inbox/all").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    in_office(async |office| {
        let never = sql!("update agent set password_hash = null where agent_id = $1");
        office.changes(never, BEN).await;
        let mut browser = Browser::at(&office, LOCAL);
        let mut bodies = vec![];
        for (email, password) in [
            ("ana@example.org", "wrong"),
            ("ana@example.org", ""),
            ("nobody@example.org", PASSWORD),
            ("lia@example.org", PASSWORD), // has left
            ("ben@example.org", ""),       // has not accepted the invitation
            ("ben@example.org", PASSWORD),
            ("' or 1 = 1 --", PASSWORD),
            ("ana@example.org\0", PASSWORD),
        ] {
            let answer = browser.sign_in(email, password).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{email}: {}", answer.body);
            assert!(answer.headers.get(header::SET_COOKIE).is_none());
            bodies.push(answer.body.replace(email, "TYPED"));
        }
        assert!(bodies[0].contains("Email or password is not right."), "{}", bodies[0]);
        assert!(bodies[0].contains("value=\"TYPED\""), "the address that was typed is kept: {}", bodies[0]);
        for body in &bodies[1..6] {
            assert_eq!(*body, bodies[0]);
        }
        assert!(!bodies.concat().contains(PASSWORD), "the password is not sent back");
        assert!(office.everything().await["session"].is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_is_shown_as_text_and_leads_nowhere_else() {
    in_office(async |office| {
        let browser = Browser::at(&office, LOCAL);
        let evil = "\"><script>alert(1)</script>";
        let fields = [("email", evil), ("password", "x"), ("next", "https://evil.example")];
        let answer = browser.submit("/login", &fields).await;
        assert!(
            !answer.body.contains("<script>") && !answer.body.contains("evil.example"),
            "{}",
            answer.body
        );
    })
    .await;
}

#[tokio::test]
async fn the_database_holds_only_the_hash_of_a_token() {
    in_office(async |office| {
        let browser = anas_browser(&office).await;
        let sessions = office.everything().await["session"].join("\n");
        assert_eq!(browser.token().len(), 64);
        assert!(!sessions.contains(browser.token()));
        assert!(sessions.contains(&secret::digest(browser.token())));
        let stolen = Browser { cookie: Some(format!("sid={}", secret::digest(browser.token()))), ..browser };
        assert_eq!(stolen.get("/inbox/all").await.status, StatusCode::SEE_OTHER, "the hash signs nobody in");
    })
    .await;
}

#[tokio::test]
async fn signing_in_again_ends_the_session_that_the_browser_came_with() {
    in_office(async |office| {
        let mut browser = anas_browser(&office).await;
        let former = browser.clone();
        assert_eq!(browser.sign_in("ana@example.org", PASSWORD).await.status, StatusCode::SEE_OTHER);
        assert_ne!(former.token(), browser.token());
        assert_eq!(former.get("/inbox/all").await.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.get("/inbox/all").await.status, StatusCode::OK);
        assert_eq!(office.everything().await["session"].len(), 1);
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_this_session_and_no_other() {
    in_office(async |office| {
        let (here, there) = (anas_browser(&office).await, anas_browser(&office).await);
        let answer = here.submit("/logout", &[]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/login"));
        assert!(answer.set_cookie().starts_with("sid=;") && answer.set_cookie().ends_with("Max-Age=0"));
        assert_eq!(here.get("/inbox/all").await.status, StatusCode::SEE_OTHER);
        assert_eq!(there.get("/inbox/all").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_signed_in_does_not_see_the_form() {
    in_office(async |office| {
        let browser = anas_browser(&office).await;
        let answer = browser.get("/login?next=/c/7").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/c/7"));
    })
    .await;
}

#[tokio::test]
async fn a_session_that_was_revoked_or_whose_agent_was_disabled_is_over() {
    in_office(async |office| {
        let (here, there) = (anas_browser(&office).await, anas_browser(&office).await);
        let asker = whose(&office, there.token(), server::server::now()).await.unwrap();
        session::revoke(&office.server, &asker, asker.session.clone(), NOON).await.unwrap();
        assert_eq!(there.get("/inbox/all").await.status, StatusCode::SEE_OTHER);
        assert_eq!(here.get("/inbox/all").await.status, StatusCode::OK);

        office.changes(sql!("update agent set enabled = false where agent_id = $1"), ANA).await;
        assert_eq!(here.get("/inbox/all").await.status, StatusCode::SEE_OTHER);
        assert_eq!(here.call("workload", json!({})).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

async fn whose(office: &Office, token: &str, now: Timestamp) -> Option<Asker> {
    session::whose(&office.server, token, now).await.unwrap()
}

async fn session_of(office: &Office, id: AgentId, stay: Stay) -> String {
    let email = domain::worlds::office().agents[&id].email.clone();
    let signed_in = session::sign_in(&office.server, &email, PASSWORD.into(), stay, "Lynx", None, NOON);
    signed_in.await.unwrap().expect("the right password")
}

#[tokio::test]
async fn a_session_ends_when_it_rests_and_at_last_whatever_happens() {
    in_office(async |office| {
        let moment = Duration(1);
        for (stay, idle, at_most) in [
            (Stay::Day, Duration::hours(12), Duration::days(2)),
            (Stay::Keep, Duration::days(14), Duration::days(90)),
        ] {
            let (resting, used) =
                (session_of(&office, ANA, stay).await, session_of(&office, ANA, stay).await);
            assert!(
                whose(&office, &resting, NOON + idle + moment).await.is_none(),
                "{stay:?} rested too long"
            );
            let mut now = NOON;
            while now + idle < NOON + at_most {
                now = now + idle;
                assert!(whose(&office, &used, now).await.is_some(), "{stay:?} is used");
            }
            assert!(whose(&office, &used, NOON + at_most).await.is_some());
            assert!(whose(&office, &used, NOON + at_most + moment).await.is_none(), "{stay:?} is over");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_is_replaced_after_a_day_and_the_former_one_is_good_for_a_moment_only() {
    in_office(async |office| {
        let token = session_of(&office, ANA, Stay::Keep).await;
        let rotate = async |token: &str, now| session::rotate(&office.server, token, now).await.unwrap();
        assert_eq!(rotate(&token, NOON + Duration::hours(23)).await, None);
        let later = NOON + Duration::hours(25);
        let (fresh, seconds) = rotate(&token, later).await.unwrap();
        assert_eq!(
            seconds,
            Some((Duration::days(90).0 - Duration::hours(25).0) / 1000),
            "it lasts no longer"
        );
        assert_eq!(rotate(&token, later).await, None, "once");
        let session = whose(&office, &fresh, later).await.unwrap().session;
        let former = whose(&office, &token, later + Duration::seconds(59)).await;
        assert_eq!(former.unwrap().session, session, "requests under way go on");
        assert!(whose(&office, &token, later + Duration::minutes(2)).await.is_none());
        assert!(whose(&office, &fresh, later + Duration::days(13)).await.is_some());
        session::sign_out(&office.server, &token).await.unwrap();
        assert!(whose(&office, &fresh, later).await.is_none(), "signing out ends both");
    })
    .await;
}

#[tokio::test]
async fn anothers_session_cannot_be_listed_or_revoked() {
    in_office(async |office| {
        let (anas, bens) =
            (session_of(&office, ANA, Stay::Day).await, session_of(&office, BEN, Stay::Keep).await);
        let ana = whose(&office, &anas, NOON).await.unwrap();
        let ben = whose(&office, &bens, NOON).await.unwrap();
        let listed = session::list(&office.server, &ana, NOON).await.unwrap();
        assert_eq!(listed.iter().map(|session| &session.id).collect::<Vec<_>>(), [&ana.session]);
        assert!(listed[0].current && listed[0].device == "Lynx");
        for id in [ben.session.as_str(), "", "%", "unknown", "\0"] {
            let answer = session::revoke(&office.server, &ana, id.into(), NOON).await;
            assert!(matches!(answer, Err(Failure::Missing)), "{id:?}: {answer:?}");
        }
        assert!(whose(&office, &bens, NOON).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_forged_cookie_is_nobody() {
    in_office(async |office| {
        let browser = anas_browser(&office).await;
        let session = whose(&office, browser.token(), server::server::now()).await.unwrap().session;
        let longer = format!("{}0", browser.token());
        let upper = browser.token().to_uppercase();
        for token in ["", " ", "0", "null", "' or 1 = 1 --", &"0".repeat(64), &session, &longer, &upper] {
            let forged = Browser { cookie: Some(format!("sid={token}")), ..browser.clone() };
            assert_eq!(forged.get("/inbox/all").await.status, StatusCode::SEE_OTHER, "{token}");
            let answer = forged.call("workload", json!({})).await;
            assert_eq!((answer.status, answer.body.as_str()), (StatusCode::UNAUTHORIZED, "signed out"));
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_session_pages_lead_to_the_form_and_functions_say_so() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let browser = Browser::at(&office, LOCAL);
        for (path, next) in [
            ("/", "/"),
            ("/inbox/all?tag=x&lead=yes", "/inbox/all%3Ftag%3Dx%26lead%3Dyes"),
            ("/c/1", "/c/1"),
            ("/settings/security", "/settings/security"),
        ] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
            assert_eq!(answer.location(), format!("/login?next={next}"));
        }
        let before = office.everything().await;
        for (path, _) in server_fn_paths() {
            let function = path.trim_start_matches("/api/");
            let request = order(refund.id, Command::Claim);
            let answer = browser.call(function, json!({ "request": request, "number": refund.number })).await;
            assert_eq!(
                (answer.status, answer.body.as_str()),
                (StatusCode::UNAUTHORIZED, "signed out"),
                "{path}"
            );
            let heard = <Error as FromServerFnError>::de(answer.body.into());
            assert_eq!(heard, Error::SignedOut, "the browser understands it");
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

/// A GET may be sent by any site with the cookie of whoever looks at it.
#[test]
fn no_server_function_is_called_by_get() {
    let functions: Vec<_> = server_fn_paths().collect();
    assert!(functions.iter().any(|(path, _)| *path == "/api/run"), "{functions:?}");
    for (path, method) in functions {
        assert_eq!((path, &method), (path, &Method::POST));
    }
}

/// Where a request says that it comes from; `None` is a header that is missing.
pub fn origins(right: &str) -> Vec<(Option<String>, bool)> {
    let host = right.split_once("://").unwrap().1;
    let other_scheme = if right.starts_with("https") { "http" } else { "https" };
    let foreign = [
        "null".into(),
        "".into(),
        "https://evil.example".into(),
        right.replace("://", "://evil."),
        format!("{right}.evil.example"),
        format!("{right}/"),
        format!("{right}9"),
        format!("{other_scheme}://{host}"),
    ];
    let foreign = foreign.into_iter().map(|origin| (Some(origin), false));
    foreign.chain([(None, false), (Some(right.to_owned()), true)]).collect()
}

const SITES: [Option<&str>; 6] =
    [None, Some("none"), Some("cross-site"), Some("same-site"), Some("same-origin"), Some("nonsense")];

#[tokio::test]
async fn only_a_page_of_ours_can_change_something() {
    in_office(async |office| {
        for public_url in [HTTPS, LOCAL] {
            let refund = office.writes("Cleo", "Refund?", BILLING).await;
            let mut browser = Browser::at(&office, public_url);
            browser.sign_in("ana@example.org", PASSWORD).await;
            let before = office.everything().await;
            let mut n_passed = 0;
            let sign_in = format!("email=ana%40example.org&password={}", percent_encoded(PASSWORD));
            let order = order(refund.id, Command::Claim);
            let claim = json!({ "request": order, "number": refund.number }).to_string();
            let functions = server_fn_paths();
            let functions =
                functions.map(|(path, _)| (Method::POST, path, "application/json", claim.as_str()));
            let form = "application/x-www-form-urlencoded";
            let routes: Vec<_> = functions
                .chain([
                    (Method::POST, "/login", form, sign_in.as_str()),
                    (Method::POST, "/logout", form, ""),
                    (Method::PUT, "/login", form, sign_in.as_str()),
                    (Method::DELETE, "/c/1", form, ""),
                    (Method::PATCH, "/nowhere", form, ""),
                ])
                .collect();
            for (method, path, kind, body) in routes {
                for (origin, is_right) in origins(public_url) {
                    for site in SITES {
                        let origin_header = origin.as_deref().map(|origin| ("origin", origin));
                        let site_header = site.map(|site| ("sec-fetch-site", site));
                        let host = ("host", public_url.split_once("://").unwrap().1);
                        let headers: Vec<_> = [("content-type", kind), host]
                            .into_iter()
                            .chain(origin_header)
                            .chain(site_header)
                            .collect();
                        let is_ours = match (&origin, site) {
                            (Some(_), None) => is_right,
                            (Some(_), Some(site)) => is_right && site == "same-origin",
                            (None, site) => site == Some("same-origin"),
                        };
                        // What passes is shown once; here it would sign out and end the test.
                        if is_ours {
                            n_passed += 1;
                            continue;
                        }
                        let answer =
                            browser.send(method.clone(), path, &headers, body.to_owned().into()).await;
                        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {headers:?}");
                    }
                }
            }
            assert_eq!(office.everything().await, before, "nothing happened");
            assert!(n_passed > 0);
            for headers in [
                &[("origin", public_url), ("sec-fetch-site", "same-origin")][..],
                &[("origin", public_url)],
                &[("sec-fetch-site", "same-origin")],
            ] {
                let headers = [headers, &[("content-type", "application/json")]].concat();
                let answer = browser.send(Method::POST, "/api/run", &headers, claim.clone().into()).await;
                assert_eq!(answer.status, StatusCode::OK, "{headers:?} {}", answer.body);
            }
            assert_eq!(office.conversation(refund.id).await.assignee, Some(ANA));
        }
    })
    .await;
}

/// Another name that leads to a loopback address is not ours.
#[tokio::test]
async fn on_loopback_only_loopback_names_are_ours() {
    in_office(async |office| {
        let browser = anas_browser(&office).await;
        for (origin, host, status) in [
            ("http://localhost:4000", "localhost:4000", StatusCode::OK),
            ("http://127.0.0.1:4000", "127.0.0.1:4000", StatusCode::OK),
            ("http://localhost:4000", "127.0.0.1:4000", StatusCode::FORBIDDEN),
            ("http://rebound.example:3210", "rebound.example:3210", StatusCode::FORBIDDEN),
            ("http://localhost.evil.example:3210", "localhost.evil.example:3210", StatusCode::FORBIDDEN),
        ] {
            let headers = [("origin", origin), ("host", host), ("content-type", "application/json")];
            let answer = browser.send(Method::POST, "/api/sessions", &headers, "{}".into()).await;
            assert_eq!(answer.status, status, "{origin} at {host}");
        }
    })
    .await;
}

/// [`Answer::is_safe`] looks at each answer here as everywhere.
#[tokio::test]
async fn every_kind_of_answer_has_the_headers_that_protect_it() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let browser = anas_browser(&office).await;
        let stranger = Browser { cookie: None, ..browser.clone() };
        let request = order(refund.id, Command::Reopen);
        let foreign = [("origin", "https://evil.example")];
        let statuses = [
            (browser.get("/inbox/all").await, 200),
            (browser.get("/c/1").await, 200),
            (browser.get("/c/999").await, 200),
            (browser.get("/health").await, 200),
            (stranger.get("/login").await, 200),
            (stranger.get("/inbox/all").await, 303),
            (stranger.call("workload", json!({})).await, 401),
            (browser.send(Method::POST, "/login", &foreign, Body::empty()).await, 403),
            (stranger.get("/nowhere").await, 404),
            (browser.get("/inbox/nowhere").await, 404),
            (browser.get("/pkg/../../etc/passwd").await, 404),
            (browser.call("nowhere", json!({})).await, 404),
            (browser.call("open", json!({ "number": 987 })).await, 404),
            (browser.send(Method::PUT, "/login", &[("origin", LOCAL)], Body::empty()).await, 405),
            (browser.call("open", json!({ "number": "x".repeat(5 << 20) })).await, 413),
            (browser.submit("/login", &[("email", "ana@example.org")]).await, 422),
            (browser.run(&request).await, 422),
        ];
        for (answer, status) in &statuses {
            assert_eq!(answer.status.as_u16(), *status, "{answer:?}");
        }
        assert!(statuses[8].0.body.contains("There is nothing at this address"));
    })
    .await;
}

#[tokio::test]
async fn a_page_lets_only_its_own_scripts_run_and_is_kept_by_no_cache() {
    in_office(async |office| {
        office.writes("Cleo", "</script><script>alert(1)</script>", BILLING).await;
        let answer = anas_browser(&office).await.get("/inbox/unassigned").await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(nonce.len() >= 16, "{policy}");
        assert!(answer.body.contains("alert(1)"), "the conversation stands in the page as data");
        for script in answer.body.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            let is_data = tag.contains("type=\"application/json\"");
            assert!(is_data || tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}>");
        }
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    })
    .await;
}

#[tokio::test]
async fn a_body_of_five_megabytes_is_refused_whether_or_not_it_says_so() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let browser = anas_browser(&office).await;
        let before = office.everything().await;
        let body = json!({ "request": order(refund.id, note(&"x".repeat(5 << 20))) }).to_string();
        let length = body.len().to_string();
        for (path, kind) in
            [("/api/run", "application/json"), ("/login", "application/x-www-form-urlencoded")]
        {
            let kind = ("content-type", kind);
            for headers in [vec![kind], vec![kind, ("content-length", &length)]] {
                let headers = [headers, vec![("origin", LOCAL)]].concat();
                let answer = browser.send(Method::POST, path, &headers, body.clone().into()).await;
                assert_eq!(
                    answer.status,
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "{path} {headers:?} {}",
                    answer.body
                );
            }
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_longest_message_fits_whatever_its_characters() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let browser = anas_browser(&office).await;
        for character in ["\u{1}", "👩", "\"", "\u{7f}"] {
            let text = format!("x{}", character.repeat(domain::message::TEXT_MAX_CHARS as usize - 1));
            let answer = browser.run(&order(refund.id, note(&text))).await;
            assert_eq!(answer.status, StatusCode::OK, "{character:?} {}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_field_that_nobody_asked_for_is_refused_and_changes_nothing() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let browser = anas_browser(&office).await;
        let before = office.everything().await;
        let words = words("Hello.");
        let reply = json!({ "words": words, "seen": refund.last_public.unwrap().message });
        let request = |reply: &Value| {
            let Request { id, conversation, .. } = order(refund.id, Command::Claim);
            json!({ "id": id, "by": ANA, "conversation": conversation, "command": { "reply": reply } })
        };
        for field in [
            "role",
            "workspace_id",
            "verified",
            "is_private",
            "author_id",
            "by",
            "created_at",
            "at",
            "seq",
            "now",
            "viewer",
        ] {
            let mut in_request = request(&reply);
            in_request[field] = json!(1);
            let mut in_command = reply.clone();
            in_command[field] = json!(1);
            let mut in_words = reply.clone();
            in_words["words"][field] = json!(1);
            for request in [in_request, request(&in_command), request(&in_words)] {
                let answer = browser.call("run", json!({ "request": request })).await;
                assert!(answer.status.is_client_error(), "{field}: {answer:?}");
            }
            let form = [("email", "ana@example.org"), ("password", PASSWORD), (field, "1")];
            assert_eq!(browser.submit("/login", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(office.everything().await, before);
        let answer = browser.call("run", json!({ "request": request(&reply) })).await;
        assert_eq!(answer.status, StatusCode::OK, "without them it is done: {answer:?}");
    })
    .await;
}

#[tokio::test]
async fn who_acts_is_who_is_signed_in_whatever_the_body_says() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let browser = anas_browser(&office).await;
        let request = order(refund.id, Command::Claim);
        let body = json!({ "request": request, "viewer": office.agent(BEN).viewer, "asker": BEN });
        browser.call("run", body).await;
        let assignee = office.conversation(refund.id).await.assignee;
        assert!([None, Some(ANA)].contains(&assignee), "{assignee:?}");
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_no_order_is_refused_without_a_fault() {
    in_office(async |office| {
        let browser = anas_browser(&office).await;
        let before = office.everything().await;
        let headers = [("content-type", "application/json"), ("origin", LOCAL)];
        for body in ["", "{", "null", "[]", "{\"request\":null}", "\u{0}", "{\"request\":{\"id\":\"x\"}}"] {
            let answer = browser.send(Method::POST, "/api/run", &headers, body.into()).await;
            assert!(answer.status.is_client_error(), "{body:?}: {answer:?}");
        }
        assert_eq!(office.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn health_says_whether_the_database_answers() {
    in_office(async |office| {
        let stranger = Browser::at(&office, LOCAL);
        let answer = stranger.get("/health").await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "{\"status\":\"ok\"}"));
    })
    .await;
}

#[tokio::test]
async fn too_many_tries_of_one_name_are_told_so_and_others_are_not() {
    in_office(async |office| {
        let mut browser = Browser::at(&office, LOCAL);
        for _ in 0..10 {
            let answer = browser.sign_in("ana@example.org", "wrong").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        }
        for name in ["ana@example.org", " ANA@example.org "] {
            let answer = browser.sign_in(name, PASSWORD).await;
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "not even with the right one");
            let sentence = "Too many tries in a short time. Wait a minute and try again.";
            assert!(answer.body.contains(sentence), "{}", answer.body);
        }
        assert_eq!(browser.sign_in("ben@example.org", PASSWORD).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn forged_forwarding_headers_buy_no_more_tries() {
    in_office(async |office| {
        for (trusted_proxies, forged) in [
            ("0", "203.0.113.N"),
            ("1", "203.0.113.N, 198.51.100.4"), // the proxy appends whom it sees
        ] {
            let browser = Browser::started(
                &office,
                LOCAL,
                &["--site", "/nowhere", "--trusted-proxies", trusted_proxies],
            );
            let mut statuses = vec![];
            for n in 0..35 {
                let hop = forged.replace('N', &n.to_string());
                let headers = [
                    ("origin", LOCAL),
                    ("content-type", "application/x-www-form-urlencoded"),
                    ("x-forwarded-for", &hop),
                    ("x-real-ip", &hop),
                    ("cf-connecting-ip", &hop),
                    ("forwarded", &hop),
                ];
                // Without an address that anybody has, the password is still checked: that is what is limited.
                let body = format!("email=name{n}&password=x");
                statuses.push(browser.send(Method::POST, "/login", &headers, body.into()).await.status);
            }
            let n_tried = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
            let n_told = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
            assert!((30..34).contains(&n_tried) && n_tried + n_told == 35, "{n_tried} and {n_told}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_order_goes_through_once_and_its_id_is_not_used_again() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let browser = anas_browser(&office).await;
        let claim = order(refund.id, Command::Claim);
        let first = browser.run(&claim).await;
        assert_eq!(first.status, StatusCode::OK);
        assert_eq!(browser.run(&claim).await.body, first.body, "sent again, it gets the same answer");

        let other = Request { command: Command::Unassign, ..claim };
        let answer = browser.run(&other).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(answer.error(), Error::Refused(Refusal::AnotherOrder));
        assert_eq!(office.agent(ANA).list(View::MyInbox).await, [refund.number]);
    })
    .await;
}

#[tokio::test]
async fn what_one_agent_ordered_is_not_done_as_another() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let claim = order(refund.id, Command::Claim);
        let mut browser = Browser::at(&office, LOCAL);
        browser.sign_in("ben@example.org", PASSWORD).await;
        let answer = browser.run(&claim).await;
        assert_eq!((answer.status, answer.error()), (StatusCode::UNAUTHORIZED, Error::SignedOut));
        assert_eq!(office.conversation(refund.id).await.assignee, None);
        assert_eq!(anas_browser(&office).await.run(&claim).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn functions_answer_with_what_the_viewer_may_see() {
    in_office(async |office| {
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let browser = anas_browser(&office).await;
        let answer = browser.call("open", json!({ "number": refund.number })).await;
        let opened: Opened = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(opened, office.agent(ANA).open(refund.number).await.unwrap());

        office.agent(BEN).run(refund.id, Command::Claim).await.unwrap();
        let gone = browser.call("open", json!({ "number": refund.number })).await;
        let never = browser.call("open", json!({ "number": 987_654 })).await;
        assert_eq!((gone.status, gone.error()), (StatusCode::NOT_FOUND, Error::Missing));
        assert_eq!((gone.status, gone.body), (never.status, never.body));
    })
    .await;
}
