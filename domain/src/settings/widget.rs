//! The chat on a website: where it may appear, and what it asks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::audit::{Act, Deed, Subject};
use crate::channel::Reopen;
use crate::contact::clean_name;
use crate::refusal::Refusal;

/// Websites that one channel may name.
const SITES_AT_MOST: usize = 50;

/// The widget of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widget {
    /// The first words, before anybody has written.
    pub greeting: String,
    /// Where it may appear. Empty: everywhere.
    pub sites: Vec<Site>,
    /// Whether it asks for a name and an address first.
    pub form: Form,
}

/// A chat on websites, as the page **Chat widget** shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// What websites name it by; no secret.
    pub key: String,
    /// The channel's name.
    pub name: String,
    /// The widget.
    pub widget: Widget,
    /// What a message in a finished conversation does.
    pub reopen: Reopen,
}

/// What somebody changes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatChange {
    /// Of which chat.
    pub key: String,
    /// The first words.
    pub greeting: String,
    /// Where it may appear, one a line.
    pub sites: String,
    /// What it asks first.
    pub form: Form,
    /// What a message in a finished conversation does.
    pub reopen: Reopen,
}

impl Chat {
    /// What the audit log keeps where that became this.
    pub fn deed(&self, was: &Chat) -> Deed {
        let sites = |chat: &Chat| chat.widget.sites.iter().map(ToString::to_string).collect();
        Deed::new(Act::Changed, Subject::Chat, &self.key, &*self.name)
            .value("Greeting", &was.widget.greeting, &self.widget.greeting)
            .set("Websites", &sites(was), &sites(self), String::clone)
            .value("Before the first message", was.widget.form.name(), self.widget.form.name())
            .value("A message in a finished conversation", was.reopen.told(), self.reopen.told())
    }
}

impl ChatChange {
    /// The widget that it makes.
    ///
    /// Errors: [`Refusal::NotASite`] with the first line that names none.
    pub fn widget(&self) -> Result<Widget, Refusal> {
        Widget::of(&self.greeting, &self.sites, self.form)
    }
}

/// What goes into a website.
pub fn snippet(origin: &str, key: &str) -> String {
    format!("<script src=\"{origin}/widget.js\" data-inbox=\"{key}\" async></script>")
}

/// The pre-chat form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Nothing is asked.
    None,
    /// It is asked, and may be left out.
    #[default]
    Optional,
    /// Nobody writes without.
    Required,
}

impl Form {
    /// All of them, in the order of pickers.
    pub const ALL: &[Form] = &[Form::None, Form::Optional, Form::Required];

    /// Its stable name in the database and in forms.
    pub const fn key(self) -> &'static str {
        match self {
            Form::None => "none",
            Form::Optional => "optional",
            Form::Required => "required",
        }
    }

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Form::None => "Ask for nothing",
            Form::Optional => "Ask for name and e-mail, may be left out",
            Form::Required => "Ask for name and e-mail before the first message",
        }
    }

    /// The one of that key, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|form| form.key() == key)
    }
}

/// A website as browsers name one: scheme, host, port. `https://*.example.org` is every site below example.org, and
/// `http://localhost:*` every port of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Site(String);

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Site {
    /// The site of an address that somebody typed or copied. Without a scheme it is https.
    ///
    /// Errors: [`Refusal::NotASite`].
    pub fn of(text: &str) -> Result<Self, Refusal> {
        let refuse = || Refusal::NotASite { text: text.chars().take(80).collect() };
        let text = text.trim().to_lowercase();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            // A word by itself is more likely a mistake than the name of a machine.
            None if text.contains('.') => ("https", text.as_str()),
            None => return Err(refuse()),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, port) = split_port(rest.get(..end).unwrap_or_default());
        let is_scheme = matches!(scheme, "https" | "http");
        let own_port = if scheme == "http" { "80" } else { "443" };
        let is_port = |port: &str| port == "*" || port.parse::<u16>().is_ok_and(|port| port > 0);
        if !is_scheme || !is_host(host) || !port.is_none_or(is_port) {
            return Err(refuse());
        }
        Ok(Self(match port.filter(|port| *port != own_port) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }))
    }

    /// Whether a page of that origin is one of this site. What browsers send is in lower case already.
    pub fn is_of(&self, origin: &str) -> bool {
        let Some((scheme, rest)) = self.0.split_once("://") else { return false };
        let Some((its_scheme, its_rest)) = origin.split_once("://") else { return false };
        let ((host, port), (its_host, its_port)) = (split_port(rest), split_port(its_rest));
        let is_host = match host.strip_prefix("*.") {
            Some(parent) => {
                its_host.strip_suffix(parent).is_some_and(|child| child.len() > 1 && child.ends_with('.'))
            }
            None => host == its_host,
        };
        scheme == its_scheme && is_host && (port == Some("*") || port == its_port)
    }
}

/// Host and port; the colons of an IPv6 address stand in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Below a whole country or company domain nobody owns everything.
    let is_deep = name == host || name.contains('.');
    host.len() <= 253 && is_deep && name.split('.').all(is_label)
}

impl Widget {
    /// A widget as somebody sets it: `sites` is a text with one a line.
    ///
    /// Errors: [`Refusal::NotASite`] with the first line that names none.
    pub fn of(greeting: &str, sites: &str, form: Form) -> Result<Self, Refusal> {
        let lines = sites.split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
        let mut sites = lines.take(SITES_AT_MOST).map(Site::of).collect::<Result<Vec<Site>, Refusal>>()?;
        sites.sort();
        sites.dedup();
        Ok(Self { greeting: clean_name(greeting), sites, form })
    }

    /// Whether it may appear on a page of that origin.
    pub fn appears_on(&self, origin: &str) -> bool {
        self.sites.is_empty() || self.sites.iter().any(|site| site.is_of(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(text: &str) -> String {
        Site::of(text).unwrap().to_string()
    }

    #[test]
    fn a_site_is_what_is_left_of_an_address() {
        assert_eq!(site("https://Shop.Example.org/cart?x=1#top"), "https://shop.example.org");
        assert_eq!(site("shop.example.org"), "https://shop.example.org");
        assert_eq!(site("http://localhost:8080/"), "http://localhost:8080");
        assert_eq!(site("https://shop.example.org:443"), "https://shop.example.org");
        assert_eq!(site("http://[::1]:8080"), "http://[::1]:8080");
        assert_eq!(site("*.example.org"), "https://*.example.org");
        assert_eq!(site("http://localhost:*"), "http://localhost:*");
    }

    #[test]
    fn what_names_no_site_is_refused() {
        for bad in [
            "",
            "shop",
            "not a site",
            "*",
            "https://",
            "ftp://a.org",
            "javascript:alert(1)",
            "https://a.org; script-src *",
            "*.org",
            "a..org",
            "https://user@a.org",
            "'self'",
            "https://a.org:0",
        ] {
            assert!(matches!(Site::of(bad), Err(Refusal::NotASite { .. })), "{bad:?}");
        }
    }

    #[test]
    fn a_page_is_of_a_site_by_scheme_host_and_port() {
        let shop = Site::of("https://shop.example.org").unwrap();
        assert!(shop.is_of("https://shop.example.org"));
        for other in [
            "http://shop.example.org",
            "https://example.org",
            "https://shop.example.org:8443",
            "https://evil-shop.example.org",
            "https://shop.example.org.evil.test",
            "null",
            "",
        ] {
            assert!(!shop.is_of(other), "{other}");
        }
        let all = Site::of("*.example.org").unwrap();
        assert!(all.is_of("https://a.example.org") && all.is_of("https://a.b.example.org"));
        assert!(
            !all.is_of("https://example.org")
                && !all.is_of("https://evilexample.org")
                && !all.is_of("https://.example.org")
        );
        let local = Site::of("http://localhost:*").unwrap();
        assert!(local.is_of("http://localhost:3210") && local.is_of("http://localhost"));
    }

    #[test]
    fn a_widget_without_sites_appears_everywhere() {
        let anywhere = Widget::of(" Hello ", "", Form::None).unwrap();
        assert_eq!(anywhere.greeting, "Hello");
        assert!(anywhere.appears_on("https://any.example"));
        let some = Widget::of("", "a.example\nhttps://b.example, a.example", Form::None).unwrap();
        assert_eq!(some.sites.len(), 2);
        assert!(some.appears_on("https://b.example") && !some.appears_on("https://c.example"));
    }
}
