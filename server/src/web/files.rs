//! The browser's files, from a folder or from inside this program. Under `/v/BUILD/` they never change, so browsers
//! keep them; under their plain names browsers ask whether their copy is still the one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use axum::extract::{Path as Captured, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::{Web, page};
use crate::secret;

/// What a build before this one packed into the program: see `make dist`.
#[cfg(feature = "embedded")]
static INSIDE: include_dir::Dir<'static> = include_dir::include_dir!("$SWITCHBOARD_EMBEDDED_SITE");

/// Where the files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    Folder(PathBuf),
    /// In the program itself.
    Inside,
}

impl Site {
    /// That folder; without one what the program carries, or where a development build puts it.
    pub fn of(folder: Option<PathBuf>) -> Self {
        match folder {
            Some(folder) => Site::Folder(folder),
            None if cfg!(feature = "embedded") => Site::Inside,
            None => Site::Folder("target/site".into()),
        }
    }

    /// A name for all of what a browser may be sent, so that a page which was loaded before a deploy notices.
    pub fn build(&self) -> String {
        let files = match self {
            Site::Folder(folder) => in_folder(folder),
            Site::Inside => all_inside(),
        };
        let text: String = files.into_iter().map(|(name, digest)| format!("{name} {digest}\n")).collect();
        secret::digest(&text).chars().take(16).collect()
    }

    async fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        let is_below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !is_below {
            return None;
        }
        match self {
            Site::Folder(folder) => {
                let path = folder.join(name);
                let read = tokio::task::spawn_blocking(move || std::fs::read(path));
                read.await.ok()?.ok().map(Cow::Owned)
            }
            Site::Inside => inside(name),
        }
    }
}

/// Every file below that folder with its digest. A folder that cannot be read holds nothing.
fn in_folder(folder: &Path) -> BTreeMap<String, String> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            match std::fs::read(&path) {
                _ if is_packed(&name) => {}
                Ok(bytes) => drop(files.insert(name, secret::digest_of(&bytes))),
                Err(_) => folders.push(path),
            }
        }
    }
    files
}

#[cfg(feature = "embedded")]
fn all_inside() -> BTreeMap<String, String> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![&INSIDE]);
    while let Some(next) = folders.pop() {
        folders.extend(next.dirs());
        let named = next.files().map(|file| (file.path().to_string_lossy().into_owned(), file.contents()));
        files.extend(
            named.filter(|(name, _)| !is_packed(name)).map(|(name, bytes)| (name, secret::digest_of(bytes))),
        );
    }
    files
}

#[cfg(not(feature = "embedded"))]
fn all_inside() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[cfg(feature = "embedded")]
fn inside(name: &str) -> Option<Cow<'static, [u8]>> {
    INSIDE.get_file(name).map(|file| Cow::Borrowed(file.contents()))
}

#[cfg(not(feature = "embedded"))]
fn inside(_: &str) -> Option<Cow<'static, [u8]>> {
    None
}

/// Whether it is another one, packed.
fn is_packed(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

/// A file of this build, to be kept for ever. Of another build (a page of before, or of another server) what is there
/// now, and not to be kept under that name.
pub async fn versioned(
    State(web): State<Web>,
    Captured((build, name)): Captured<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let keep = match *build == *web.build {
        true => "public, max-age=31536000, immutable",
        false => "no-store",
    };
    match answer(&web.serve.site, &name, &headers, None).await {
        Some(response) => ([(header::CACHE_CONTROL, keep)], response).into_response(),
        None => page::missing(&web, &headers),
    }
}

/// A file by its plain name, or the page that says that there is nothing.
pub async fn plain(State(web): State<Web>, uri: Uri, headers: HeaderMap) -> Response {
    let name = uri.path().trim_start_matches('/');
    let found = answer(&web.serve.site, name, &headers, Some(&web.build)).await;
    found.unwrap_or_else(|| page::missing(&web, &headers))
}

/// The file as that browser takes it; where it has that one, only that. The tag names build and encoding: a name
/// always means one file in one build.
async fn answer(site: &Site, name: &str, headers: &HeaderMap, build: Option<&str>) -> Option<Response> {
    // Packed files are ways to send others.
    if is_packed(name) {
        return None;
    }
    let kind = kind(name)?;
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |encoding: &str| {
        accepted.split(',').any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            name.trim() == encoding && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    let mut found = None;
    for (encoding, ending) in [("br", ".br"), ("gzip", ".gz")] {
        if found.is_none() && accepts(encoding) {
            found = site.read(&format!("{name}{ending}")).await.map(|bytes| (bytes, Some(encoding)));
        }
    }
    let (bytes, encoding) = match found {
        Some(found) => found,
        None => (site.read(name).await?, None),
    };
    let mut answer = HeaderMap::new();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Some(build) = build {
        let tag = format!("\"{build}-{}\"", encoding.unwrap_or("plain"));
        let has = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let has_it = has.is_some_and(|has| has.split(',').any(|one| one.trim() == tag));
        answer.insert(header::ETAG, HeaderValue::from_str(&tag).ok()?);
        if has_it {
            return Some((StatusCode::NOT_MODIFIED, answer).into_response());
        }
    }
    Some((answer, bytes.into_owned()).into_response())
}

/// The media type of what we serve, by its ending. Nothing else is served.
fn kind(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        "webp" => "image/webp",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_outside_the_folder_is_read() {
        let folder = tempfile::TempDir::new().unwrap();
        let (site, secret) = (folder.path().join("site"), folder.path().join("secret.json"));
        std::fs::create_dir(&site).unwrap();
        std::fs::write(&secret, "{}").unwrap();
        std::fs::write(site.join("open.json"), "{}").unwrap();
        let site = Site::Folder(site);
        assert!(site.read("open.json").await.is_some());
        for name in
            ["../secret.json", "/../secret.json", "a/../../secret.json", secret.to_str().unwrap(), "", "."]
        {
            assert!(site.read(name).await.is_none(), "{name}");
        }
    }
}
