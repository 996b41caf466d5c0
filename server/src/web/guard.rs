//! What stands before every handler: who it is, where it came from, how often, and the headers of each answer.

use std::any::Any;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Web;
use crate::config::Serve;
use crate::error::Error;
use crate::server::now;
use crate::session;

/// Lets nobody through who is not signed in: pages go to the sign-in form and back, functions get 401.
pub async fn only_signed_in(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let token = cookie(request.headers(), web.serve.cookie().name).map(str::to_owned);
    let asker = match &token {
        None => Ok(None),
        Some(token) => session::whose(&web.server, token, now()).await,
    };
    let is_socket = request.headers().contains_key(header::UPGRADE);
    let is_page = request.method() == Method::GET && !is_socket;
    match asker {
        Ok(Some(asker)) => {
            request.extensions_mut().insert(asker);
            let mut response = next.run(request).await;
            if let Some(token) = token.filter(|_| is_page) {
                hand_over_token(&web, &token, &mut response).await;
            }
            // Somebody's own: no cache may keep it.
            let no_store = HeaderValue::from_static("no-store");
            response.headers_mut().entry(header::CACHE_CONTROL).or_insert(no_store);
            response
        }
        Ok(None) if is_page => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            Redirect::to(&format!("/login?next={}", encoded(path))).into_response()
        }
        Ok(None) => (StatusCode::UNAUTHORIZED, "signed out").into_response(),
        Err(error) => unavailable(error),
    }
}

/// Sends the browser another token, where the one it came with has served its day.
async fn hand_over_token(web: &Web, token: &str, response: &mut Response) {
    match session::rotate(&web.server, token, now()).await {
        Ok(None) => {}
        Ok(Some((token, seconds))) => {
            if let Ok(value) = HeaderValue::from_str(&set_cookie(&web.serve, &token, seconds)) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
        }
        // It goes on with the one it has.
        Err(error) => tracing::warn!(?error, "a session's token could not be replaced"),
    }
}

/// The session cookie: for this server only, out of reach of scripts, not sent by other sites' forms.
pub fn set_cookie(serve: &Serve, token: &str, seconds: Option<i64>) -> String {
    let cookie = serve.cookie();
    let secure = if cookie.secure { "; Secure" } else { "" };
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", cookie.name)
}

fn unavailable(error: Error) -> Response {
    let error = error.told();
    (StatusCode::SERVICE_UNAVAILABLE, serde_json::to_string(&error).unwrap_or_default()).into_response()
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

/// A path as the value of a query.
fn encoded(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    path.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Refuses whatever changes something and was not sent by a page of ours: no other site can use a cookie
/// that the browser adds by itself.
pub async fn same_origin(State(web): State<Web>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_ours(request.headers(), &web.serve) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "This request did not come from a page of this server.").into_response()
}

/// Whether a page of ours asks for a socket. A browser names the page's origin whenever it does, and sends the
/// cookie wherever the page came from.
pub fn has_our_origin(headers: &HeaderMap, serve: &Serve) -> bool {
    headers.contains_key(header::ORIGIN) && is_ours(headers, serve)
}

fn is_ours(headers: &HeaderMap, serve: &Serve) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let site = text(HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    match text(header::ORIGIN) {
        Some(origin) => is_our_origin(origin, text(header::HOST), serve),
        // Browsers send one of the two with whatever changes something.
        None => site.is_some(),
    }
}

/// On a loopback address the port is the system's to choose and `localhost` is as good as `127.0.0.1`.
fn is_our_origin(origin: &str, host: Option<&str>, serve: &Serve) -> bool {
    if origin == serve.public_url.origin() {
        return true;
    }
    let is_local =
        |host: &str| matches!(host.rsplit_once(':'), Some(("127.0.0.1" | "localhost" | "[::1]", _)));
    let public_is_local = ["127.0.0.1", "localhost", "[::1]"].contains(&serve.public_url.host());
    let asked = origin.strip_prefix("http://").filter(|asked| Some(*asked) == host);
    public_is_local && asked.is_some_and(is_local)
}

/// A line for each answer: what was asked, never what was in it.
pub async fn logged(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), without_secret(request.uri().path()));
    let started = std::time::Instant::now();
    let response = next.run(request).await;
    let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_millis());
    tracing::info!(%method, path, status, duration_ms, "{method} {path} was answered {status} in {duration_ms} ms");
    response
}

/// A path without the token that makes it a way in.
fn without_secret(path: &str) -> String {
    let is_link = |of: &&str| path.starts_with(*of);
    match ["/invite/", "/reset/"].iter().find(|of| is_link(of)) {
        Some(of) => format!("{of}…"),
        None => path.to_owned(),
    }
}

/// Marks a page that says by its own policy which sites may frame it.
#[derive(Clone, Copy)]
pub struct Framed;

/// For every answer that does not bring its own: nothing may be loaded, framed or guessed.
pub async fn headers(request: Request, next: Next) -> Response {
    // The one file that pages of other sites load.
    let is_loader = request.uri().path() == "/widget.js";
    let mut response = next.run(request).await;
    let is_framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    if !is_framed {
        // Older browsers know only this one.
        headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    }
    if is_loader {
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    }
    let defaults = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Files keep their names from build to build: a browser asks whether its copy is still the one.
        (header::CACHE_CONTROL, "no-cache"),
        // And gets them packed as it understands.
        (header::VARY, "accept-encoding"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
        // Two years; ignored on plain http.
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// A bug of ours: logged once under a reference, answered like any other fault.
pub fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let text = text.or(cause.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let mut response = unavailable(Error::Fault(anyhow::anyhow!("a handler panicked: {text}")));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// How often somebody may try to sign in. By address, and by name, so that neither many names from one
/// place nor one name from many places can be tried without end.
pub struct Limits {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_name: DefaultKeyedRateLimiter<String>,
}

/// Tries from one address: at once, and then one each two seconds.
const TRIES_BY_ADDRESS: u32 = 30;

/// Tries of one name: at once, and then one each six seconds.
const TRIES_BY_NAME: u32 = 10;

impl Default for Limits {
    fn default() -> Self {
        let quota = |tries| Quota::per_minute(NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN));
        Self {
            by_address: RateLimiter::keyed(quota(TRIES_BY_ADDRESS)),
            by_name: RateLimiter::keyed(quota(TRIES_BY_NAME)),
        }
    }
}

impl Limits {
    /// Counts one try; false when it is one too many.
    pub fn allow(&self, address: IpAddr, name: &str) -> bool {
        if self.by_address.len() > 50_000 || self.by_name.len() > 50_000 {
            self.by_address.retain_recent();
            self.by_name.retain_recent();
        }
        let name: String = name.trim().to_lowercase().chars().take(254).collect();
        self.by_address.check_key(&network(address)).is_ok() && self.by_name.check_key(&name).is_ok()
    }
}

/// An IPv6 client owns at least a /64; its addresses there are one.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Where a request came from. Each trusted proxy appends one address to `X-Forwarded-For`, so only as many from
/// its right end can be believed.
pub fn client(peer: SocketAddr, headers: &HeaderMap, trusted_proxies: u8) -> IpAddr {
    let header = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = header.flat_map(|value| value.split(',')).map(str::trim).collect();
    match usize::from(trusted_proxies) {
        0 => peer.ip(),
        n => hops.iter().rev().nth(n - 1).and_then(|hop| hop.parse().ok()).unwrap_or(peer.ip()),
    }
}

/// The peer of a request; tests that call the router without a socket have none.
pub fn peer(info: Option<ConnectInfo<SocketAddr>>) -> SocketAddr {
    info.map_or(SocketAddr::from(([0, 0, 0, 0], 0)), |ConnectInfo(peer)| peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    fn peer() -> SocketAddr {
        "192.0.2.7:4000".parse().unwrap()
    }

    #[test]
    fn a_forged_forwarding_header_changes_nothing() {
        let forged = headers(&[("x-forwarded-for", "203.0.113.9"), ("x-real-ip", "203.0.113.9")]);
        assert_eq!(client(peer(), &forged, 0), peer().ip());
    }

    #[test]
    fn behind_one_proxy_the_last_hop_counts() {
        let two = headers(&[("x-forwarded-for", "203.0.113.9, 198.51.100.4")]);
        assert_eq!(client(peer(), &two, 1).to_string(), "198.51.100.4");
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let limits = Limits::default();
        let tries = (0..100u32).filter(|n| {
            let address = IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(*n)));
            limits.allow(address, &format!("name{n}"))
        });
        assert_eq!(tries.count(), TRIES_BY_ADDRESS as usize);
    }

    #[test]
    fn one_name_is_not_tried_without_end() {
        let limits = Limits::default();
        let tries = (0..100u32).filter(|n| limits.allow(IpAddr::V4((*n).into()), " Ana@Example.org"));
        assert_eq!(tries.count(), TRIES_BY_NAME as usize);
    }

    #[test]
    fn a_path_is_a_query_value() {
        assert_eq!(encoded("/inbox/all?tag=a&x=ä"), "/inbox/all%3Ftag%3Da%26x%3D%C3%A4");
    }

    #[test]
    fn cookies_are_told_apart() {
        let both = headers(&[("cookie", "theme=dark; sid=abc"), ("cookie", "sidx=1")]);
        assert_eq!((cookie(&both, "sid"), cookie(&both, "si")), (Some("abc"), None));
    }
}
