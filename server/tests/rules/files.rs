//! The browser's files: kept for ever under the name of their build, asked for again under their plain names.

use std::fs::{create_dir, write};

use axum::body::Body;
use axum::http::Method;
use tempfile::TempDir;

use crate::http::{Answer, Browser, LOCAL};
use crate::office::{Office, in_office};

/// A site of two files, one of them packed as well.
fn site() -> TempDir {
    let site = TempDir::new().unwrap();
    create_dir(site.path().join("pkg")).unwrap();
    write(site.path().join("pkg/switchboard.js"), "plain").unwrap();
    write(site.path().join("pkg/switchboard.js.br"), "packed by brotli").unwrap();
    write(site.path().join("pkg/switchboard.js.gz"), "packed by gzip").unwrap();
    write(site.path().join("icon.svg"), "<svg/>").unwrap();
    site
}

fn opened(office: &Office, site: &TempDir) -> Browser {
    Browser::started(office, LOCAL, &["--site", site.path().to_str().unwrap()])
}

async fn get(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Answer {
    browser.ask(Method::GET, path, headers, Body::empty()).await
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The build that a page names.
async fn build(browser: &Browser) -> String {
    let page = get(browser, "/login", &[]).await.body;
    page.split("/v/").nth(1).unwrap().split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_of_this_build_is_kept_for_ever_and_one_of_another_is_not() {
    in_office(async |office| {
        let site = site();
        let browser = opened(&office, &site);
        let build = build(&browser).await;
        let ours = get(&browser, &format!("/v/{build}/pkg/switchboard.js"), &[]).await;
        assert_eq!((ours.status.as_u16(), &*ours.body), (200, "plain"));
        assert_eq!(ours.header("cache-control"), "public, max-age=31536000, immutable");
        let former = get(&browser, "/v/0123456789abcdef/pkg/switchboard.js", &[]).await;
        assert_eq!((former.status.as_u16(), former.header("cache-control")), (200, "no-store"));
    })
    .await;
}

#[tokio::test]
async fn a_file_comes_packed_as_the_browser_takes_it() {
    in_office(async |office| {
        let site = site();
        let browser = opened(&office, &site);
        for (accepts, encoding, body) in [
            ("gzip, deflate, br", "br", "packed by brotli"),
            ("gzip;q=1.0", "gzip", "packed by gzip"),
            ("br;q=0, gzip", "gzip", "packed by gzip"),
            ("identity", "", "plain"),
        ] {
            let answer = get(&browser, "/pkg/switchboard.js", &[("accept-encoding", accepts)]).await;
            assert_eq!((answer.header("content-encoding"), &*answer.body), (encoding, body), "{accepts}");
            assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        }
        // One that is not packed comes as it is; a packed one has no name of its own.
        let icon = get(&browser, "/icon.svg", &[("accept-encoding", "br")]).await;
        assert_eq!((&*icon.body, icon.header("content-encoding")), ("<svg/>", ""));
        assert_eq!(get(&browser, "/pkg/switchboard.js.br", &[]).await.status.as_u16(), 404);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_has_the_file_is_not_sent_it_again_until_any_file_changes() {
    in_office(async |office| {
        let site = site();
        let browser = opened(&office, &site);
        let first = get(&browser, "/icon.svg", &[]).await;
        assert_eq!(first.header("cache-control"), "no-cache");
        let has = [("if-none-match", first.header("etag"))];
        let again = get(&browser, "/icon.svg", &has).await;
        assert_eq!((again.status.as_u16(), &*again.body), (304, ""));
        write(site.path().join("icon.svg"), "<svg>2</svg>").unwrap();
        let changed = get(&opened(&office, &site), "/icon.svg", &has).await;
        assert_eq!((changed.status.as_u16(), &*changed.body), (200, "<svg>2</svg>"));
    })
    .await;
}

#[tokio::test]
async fn nothing_that_is_no_file_of_the_site_is_served() {
    in_office(async |office| {
        let site = site();
        write(site.path().join("notes.txt"), "of no kind that is served").unwrap();
        let browser = opened(&office, &site);
        for path in [
            "/pkg",
            "/pkg/",
            "/notes.txt",
            "/v/x/notes.txt",
            "/v/x/../../etc/passwd",
            "/%2e%2e/secret.json",
            "/v/x/%2e%2e/%2e%2e/secret.json",
        ] {
            assert_eq!(get(&browser, path, &[]).await.status.as_u16(), 404, "{path}");
        }
    })
    .await;
}
