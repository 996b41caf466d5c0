//! What the server is told when it starts: options, each with its environment variable, checked
//! together before anything else happens.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use axum::http::Uri;
use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::db::Database;
use crate::demo;
use crate::file::scanner::Scanner;
use crate::file::shelf::Shelf;
use crate::mail::smtp::MailServer;
use crate::web::files::Site;

/// A checked start: what to do, on which database.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: Database,
    pub log_format: LogFormat,
    /// Where it is written, outside the database, how far the log has come.
    pub checkpoints: PathBuf,
    pub command: Command,
}

#[derive(Clone, Debug)]
pub enum Command {
    Serve(Box<Serve>),
    /// Fill an empty database with the demo workspace, and stop.
    Demo(Demo),
    /// Write a backup to that file, and stop.
    Backup(PathBuf),
    /// Fill a new database with the backup in that file, and stop.
    Restore(PathBuf),
    /// Say whether everything stands as the log tells it, and stop.
    Verify,
}

/// What stands in the demo beside its own conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    pub more: i64,
    pub seed: u64,
}

/// How to serve.
#[derive(Clone, Debug)]
pub struct Serve {
    pub listen: SocketAddr,
    pub public_url: PublicUrl,
    /// Where the metrics are served, if anywhere: without authentication.
    pub metrics_listen: Option<SocketAddr>,
    /// The browser's files.
    pub site: Site,
    /// Reverse proxies between the client and us. Each appends one address to `X-Forwarded-For`; only
    /// the last so many can be believed.
    pub trusted_proxies: u8,
    /// Where files that were sent are kept.
    pub files: Shelf,
    /// Who takes e-mail, if anybody.
    pub mail: Option<MailServer>,
    /// Who looks at files before they are taken, if anybody.
    pub scanner: Option<Scanner>,
    /// Fill the database with the demo workspace first, if it is empty.
    pub demo: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// The session cookie's name and whether it may travel on https only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    pub name: &'static str,
    pub secure: bool,
}

impl Config {
    /// Reads the command line and the environment. On a mistake prints what to do and exits with 2; on
    /// `--help` and `--version` prints them and exits with 0.
    pub fn parse() -> Config {
        Config::parse_from(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    /// As [`Config::parse`], of the given words. The first is the program's name.
    pub fn parse_from(
        words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Config, clap::Error> {
        let Cli { command, serving } = Cli::try_parse_from(words)?;
        let (common, command) = match command.unwrap_or_else(|| CliCommand::Serve(Box::new(serving))) {
            CliCommand::Demo(CliDemo { conversations, seed, common }) => (
                common,
                Command::Demo(Demo { more: conversations.map_or(0, |n| n - demo::CONVERSATIONS), seed }),
            ),
            CliCommand::Backup(Backup { file, common }) => (common, Command::Backup(file)),
            CliCommand::Restore(Backup { file, common }) => (common, Command::Restore(file)),
            CliCommand::Verify(Verify { common }) => (common, Command::Verify),
            CliCommand::Serve(serving) => {
                let serve = serving
                    .checked()
                    .map_err(|sentence| Cli::command().error(ErrorKind::ValueValidation, sentence))?;
                (serving.common, Command::Serve(Box::new(serve)))
            }
        };
        let Common { database, log_format, checkpoints } = common;
        let beside = || match &database {
            // Each database has its own: one that was restored beside the house is another.
            Database::Sqlite(file) => file.with_extension("checkpoints"),
            Database::Postgres(url) => {
                let name = url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
                let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                PathBuf::from("data").join(format!("{name}.checkpoints"))
            }
        };
        Ok(Config { checkpoints: checkpoints.unwrap_or_else(beside), database, log_format, command })
    }
}

impl Serve {
    /// Takes the port that the system chose, where port 0 asked for that.
    pub fn listens_on(&mut self, address: SocketAddr) {
        if self.listen.port() == 0 && self.public_url.port == Some(0) {
            self.public_url.port = Some(address.port());
        }
        self.listen = address;
    }

    /// Browsers take a `__Host-` cookie on https only; it cannot be set by a neighbouring sub-domain.
    pub fn cookie(&self) -> Cookie {
        if self.public_url.is_https() {
            Cookie { name: "__Host-sid", secure: true }
        } else {
            Cookie { name: "sid", secure: false }
        }
    }
}

/// The address that people type, and what the `Origin` header is compared with: scheme, host in
/// lower case, and the port unless it is the scheme's own. No path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    is_https: bool,
    /// IPv6 in brackets.
    host: String,
    port: Option<u16>,
}

impl PublicUrl {
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// `https://desk.example.org`, without a slash at its end.
    pub fn origin(&self) -> String {
        self.to_string()
    }

    fn is_loopback(&self) -> bool {
        let is_local_name = self.host == "localhost" || self.host.ends_with(".localhost");
        is_local_name || self.address().is_some_and(|address| address.is_loopback())
    }

    fn address(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_https { "https" } else { "http" }, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<PublicUrl, String> {
        let example = "write it like https://desk.example.org";
        let uri: Uri = text.parse().map_err(|_| format!("this is not a URL; {example}"))?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) | None => return Err(format!("it must begin with https:// or http://; {example}")),
        };
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        if host.is_empty() || uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(format!("it must name a host and no user; {example}"));
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains('#') {
            return Err(format!(
                "Switchboard lives at the root of its host, so leave out what follows the host; {example}"
            ));
        }
        let own_port = if is_https { 443 } else { 80 };
        let port = uri.port_u16().filter(|port| *port != own_port);
        Ok(PublicUrl { is_https, host, port })
    }
}

/// Switchboard: a shared inbox for conversations with customers.
///
/// Without a command it serves. Every option can also be set by the environment variable named
/// beside it; the option wins. 0, false, no, off and nothing switch a switch off.
#[derive(Debug, Parser)]
#[command(
    verbatim_doc_comment,
    name = "switchboard",
    bin_name = "switchboard",
    version,
    args_conflicts_with_subcommands = true,
    after_long_help = EXAMPLES
)]
struct Cli {
    #[command(subcommand)]
    command: Option<CliCommand>,
    #[command(flatten)]
    serving: Serving,
}

const EXAMPLES: &str = "\
Examples:
  Try it, with the demo workspace, on http://127.0.0.1:3210
      switchboard --demo

  Behind a reverse proxy that ends https, on PostgreSQL
      SWITCHBOARD_DATABASE=postgres://switchboard:secret@db.internal/switchboard \\
      switchboard serve --public-url https://desk.example.org --trusted-proxies 1

  In a closed network without https
      switchboard --listen 0.0.0.0:3210 --public-url http://desk.lan:3210 --insecure-http

Exit codes:
  0  it stopped as asked
  1  it could not start, had to stop, or found something wrong; the last line says why and what to do
  2  an option is missing or wrong";

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Serve the workspace (also without this word).
    #[command(after_long_help = EXAMPLES)]
    Serve(Box<Serving>),
    /// Fill an empty database with the demo workspace, and stop.
    ///
    /// Refuses a database that already holds a workspace.
    Demo(CliDemo),
    /// Write everything to one file, while it is served and used.
    ///
    /// Everything that was acknowledged before is in it. It holds conversations in the clear and hashes of passwords:
    /// only its owner may read it.
    Backup(Backup),
    /// Fill a new database with a backup, of either engine.
    ///
    /// So a house moves from SQLite to PostgreSQL, too, and back. Nothing is overwritten.
    Restore(Backup),
    /// Say whether everything stands as the log tells it.
    ///
    /// The log of each conversation is told again and compared with what is stored, and all counts are counted anew. The
    /// seals of the log and of the audit log are computed again, and compared with the checkpoints. It changes nothing,
    /// and may run while the database is served.
    Verify(Verify),
}

#[derive(Debug, Args)]
struct CliDemo {
    /// How many conversations it holds, to see Switchboard with as many as one has: 324, or up to 10 million.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(demo::CONVERSATIONS..=10_000_000))]
    conversations: Option<i64>,

    /// Another seed gives other conversations.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Backup {
    /// The file of the backup.
    file: PathBuf,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Verify {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    /// Where the data is: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    ///
    /// A SQLite file and its folder are created when missing. Set a URL that holds a password by the
    /// variable: other users of the machine can read the command line.
    #[arg(
        long,
        value_name = "URL",
        env = "SWITCHBOARD_DATABASE",
        hide_env_values = true,
        default_value = "sqlite:data/switchboard.db",
        value_parser = parse_database,
        verbatim_doc_comment
    )]
    database: Database,

    /// The file in which it is noted how far the log has come [default: NAME.checkpoints, beside a SQLite database of that
    /// name, else in data].
    ///
    /// "verify" compares the log with it: who changes the database and not this file is found out. Keep a copy where
    /// whoever may change the database may not write.
    #[arg(long, value_name = "FILE", env = "SWITCHBOARD_CHECKPOINTS")]
    checkpoints: Option<PathBuf>,

    /// How log lines are written.
    #[arg(long, value_name = "FORMAT", env = "SWITCHBOARD_LOG_FORMAT", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Debug, Args)]
struct Serving {
    #[command(flatten)]
    common: Common,

    /// The address and port to listen on.
    ///
    /// Behind a reverse proxy on the same machine, leave it on 127.0.0.1.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "SWITCHBOARD_LISTEN",
        default_value = "127.0.0.1:3210",
        verbatim_doc_comment
    )]
    listen: SocketAddr,

    /// The address that people type into their browser [default: http:// and --listen].
    ///
    /// Requests that come from another origin are refused, so it must be exact.
    #[arg(long, value_name = "URL", env = "SWITCHBOARD_PUBLIC_URL")]
    public_url: Option<PublicUrl>,

    /// Allow http on another host than this machine.
    ///
    /// Passwords and conversations then cross the network in the clear, and browsers switch off
    /// notifications and the clipboard.
    #[arg(
        long,
        env = "SWITCHBOARD_INSECURE_HTTP",
        value_parser = FalseyValueParser::new(),
        verbatim_doc_comment
    )]
    insecure_http: bool,

    /// Serve metrics for Prometheus on this address; off when missing.
    ///
    /// They need no sign-in: keep it on loopback or a private network.
    #[arg(long, value_name = "ADDRESS", env = "SWITCHBOARD_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,

    /// The folder of files that customers and the team send [default: files, beside a SQLite database, else in data], or
    /// s3://BUCKET/FOLDER.
    ///
    /// To a bucket lead AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT where it is not Amazon's. A
    /// backup holds the database only: copy the files after it. They are never changed there, only added.
    #[arg(long, value_name = "FOLDER", env = "SWITCHBOARD_FILES")]
    files: Option<Shelf>,

    /// The mail server that takes what people send by e-mail; without one nobody can.
    ///
    /// smtps://USER:PASSWORD@HOST encrypts from the start, smtp:// by STARTTLS and not at all without it. In a network
    /// that you trust, smtp+plain:// does not. Set it by the variable: other users of the machine can read the command
    /// line.
    #[arg(
        long,
        value_name = "URL",
        env = "SWITCHBOARD_MAIL_SERVER",
        hide_env_values = true,
        verbatim_doc_comment
    )]
    mail_server: Option<String>,

    /// In whose name e-mail goes out: an address, or NAME <ADDRESS>.
    #[arg(long, value_name = "ADDRESS", env = "SWITCHBOARD_MAIL_FROM")]
    mail_from: Option<String>,

    /// A scanner that looks at files before they are taken: clamd, at unix:PATH or tcp://HOST:PORT; off when missing.
    ///
    /// While it does not answer, no file is taken. Its StreamMaxLength must be 50 MB at least.
    #[arg(long, value_name = "SOCKET", env = "SWITCHBOARD_SCANNER")]
    scanner: Option<Scanner>,

    /// The folder of the built browser files [default: those inside the program, else target/site].
    #[arg(long, value_name = "FOLDER", env = "SWITCHBOARD_SITE")]
    site: Option<PathBuf>,

    /// How many reverse proxies stand before Switchboard.
    ///
    /// With 0, X-Forwarded-For is ignored and a client is known by the address it connects from.
    /// Too many lets clients forge their address, and so escape limits on sign-in attempts.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "SWITCHBOARD_TRUSTED_PROXIES",
        default_value_t = 0,
        verbatim_doc_comment
    )]
    trusted_proxies: u8,

    /// Fill the database with the demo workspace first, if it is empty.
    #[arg(long, env = "SWITCHBOARD_DEMO", value_parser = FalseyValueParser::new())]
    demo: bool,
}

impl Serving {
    /// Errors: a sentence that says what to do.
    fn checked(&self) -> Result<Serve, String> {
        let public_url = match &self.public_url {
            Some(public_url) => public_url.clone(),
            None => self.own_url()?,
        };
        if !public_url.is_https && !public_url.is_loopback() && !self.insecure_http {
            return Err(format!(
                "{public_url} would send passwords over the network in the clear. Put a reverse proxy with \
                 https before Switchboard and set --public-url to its address, or accept the risk with \
                 --insecure-http."
            ));
        }
        if self.metrics_listen.is_some_and(|metrics| metrics == self.listen && metrics.port() != 0) {
            return Err(format!(
                "--metrics-listen and --listen are both {}: choose another port for one.",
                self.listen
            ));
        }
        Ok(Serve {
            listen: self.listen,
            public_url,
            metrics_listen: self.metrics_listen,
            site: Site::of(self.site.clone()),
            files: self.files.clone().unwrap_or_else(|| match &self.common.database {
                Database::Sqlite(file) => Shelf::Folder(file.with_file_name("files")),
                Database::Postgres { .. } => Shelf::Folder("data/files".into()),
            }),
            trusted_proxies: self.trusted_proxies,
            mail: self.mail()?,
            scanner: self.scanner.clone(),
            demo: self.demo,
        })
    }

    fn mail(&self) -> Result<Option<MailServer>, String> {
        // A variable that is set to nothing is as good as none.
        let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (set(&self.mail_server), set(&self.mail_from)) {
            (None, None) => Ok(None),
            (Some(url), Some(from)) => MailServer::new(&url, &from)
                .map(Some)
                .map_err(|advice| format!("--mail-server or --mail-from: {advice}")),
            (Some(_), None) => Err("--mail-server needs --mail-from: in whose name should it send?".into()),
            (None, Some(_)) => {
                Err("--mail-from needs --mail-server: over which one should it go out?".into())
            }
        }
    }

    /// The URL of the address we listen on, where that is one that a browser can open.
    fn own_url(&self) -> Result<PublicUrl, String> {
        let listen = self.listen;
        if listen.ip().is_unspecified() {
            return Err(format!(
                "{listen} is not an address that a browser can open: set --public-url to the one that \
                 people will type."
            ));
        }
        format!("http://{listen}").parse()
    }
}

fn parse_database(text: &str) -> Result<Database, String> {
    let postgres = ["postgres://", "postgresql://"];
    if postgres.iter().any(|scheme| text.starts_with(scheme)) {
        return Ok(Database::Postgres(text.to_owned()));
    }
    let path = text.strip_prefix("sqlite:").unwrap_or_default();
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path == ":memory:" {
        return Err("write sqlite:PATH, or postgres://USER:PASSWORD@HOST/NAME".into());
    }
    Ok(Database::Sqlite(path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve(options: &str) -> Result<Serve, String> {
        let words = std::iter::once("switchboard").chain(options.split_whitespace());
        match Config::parse_from(words) {
            Ok(Config { command: Command::Serve(serve), .. }) => Ok(*serve),
            Ok(Config { command, .. }) => Err(format!("{command:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    #[track_caller]
    fn refused(options: &str, advice: &str) {
        let sentence = serve(options).unwrap_err();
        assert!(sentence.contains(advice), "{sentence}");
    }

    fn database(text: &str) -> Database {
        Config::parse_from(["switchboard", "demo", "--database", text]).unwrap().database
    }

    #[test]
    fn without_a_word_it_serves_on_loopback() {
        for words in ["", "serve"] {
            let serve = serve(words).unwrap();
            assert_eq!(serve.listen.to_string(), "127.0.0.1:3210");
            assert_eq!(serve.public_url.origin(), "http://127.0.0.1:3210");
            assert_eq!((serve.metrics_listen, serve.trusted_proxies, serve.demo), (None, 0, false));
        }
    }

    #[test]
    fn the_demo_takes_the_database_and_nothing_about_serving() {
        assert_eq!(database("sqlite:demo.db"), Database::Sqlite("demo.db".into()));
        assert!(Config::parse_from(["switchboard", "demo", "--listen", "127.0.0.1:1"]).is_err());
    }

    #[test]
    fn databases_are_told_apart_by_their_scheme() {
        assert_eq!(database("sqlite:data/a.db"), Database::Sqlite("data/a.db".into()));
        assert_eq!(database("sqlite:///var/a.db"), Database::Sqlite("/var/a.db".into()));
        assert_eq!(database("postgres://ana@db/desk"), Database::Postgres("postgres://ana@db/desk".into()));
        refused("--database mysql://db", "write sqlite:PATH");
        refused("--database sqlite:", "write sqlite:PATH");
    }

    #[test]
    fn https_gets_a_host_cookie_and_http_a_plain_one() {
        let https = serve("--public-url https://Desk.Example.org:443/").unwrap();
        assert_eq!(https.public_url.origin(), "https://desk.example.org");
        assert_eq!(https.cookie(), Cookie { name: "__Host-sid", secure: true });
        let http = serve("--public-url http://localhost:8080").unwrap();
        assert_eq!(http.public_url.origin(), "http://localhost:8080");
        assert_eq!(http.cookie(), Cookie { name: "sid", secure: false });
    }

    #[test]
    fn http_on_another_host_must_be_asked_for() {
        refused("--public-url http://desk.lan", "--insecure-http");
        refused("--listen 192.0.2.1:80", "--insecure-http");
        assert!(serve("--public-url http://desk.lan --insecure-http").is_ok());
        for loopback in
            ["http://localhost", "http://desk.localhost", "http://127.0.0.9:1", "http://[::1]:3210"]
        {
            assert!(serve(&format!("--public-url {loopback}")).is_ok(), "{loopback}");
        }
        refused("--public-url http://localhost.example.org", "--insecure-http");
    }

    #[test]
    fn an_address_that_no_browser_can_open_wants_a_public_url() {
        refused("--listen 0.0.0.0:3210 --insecure-http", "set --public-url");
        assert!(serve("--listen 0.0.0.0:3210 --public-url https://desk.example.org").is_ok());
    }

    #[test]
    fn a_public_url_is_an_origin() {
        refused("--public-url desk.example.org", "must begin with https://");
        refused("--public-url ftp://desk.example.org", "must begin with https://");
        refused("--public-url https://desk.example.org/inbox", "leave out what follows the host");
        refused("--public-url https://desk.example.org?a", "leave out what follows the host");
        refused("--public-url https://ana@desk.example.org", "no user");
    }

    #[test]
    fn metrics_need_a_port_of_their_own() {
        refused("--metrics-listen 127.0.0.1:3210", "choose another port");
    }

    #[test]
    fn a_mail_server_needs_a_name_to_send_in_and_the_name_a_mail_server() {
        assert!(serve("").unwrap().mail.is_none());
        let both = "--mail-server smtps://ana:hunter2@mail.example.org --mail-from support@example.org";
        let known = serve(both).unwrap().mail.unwrap();
        assert_eq!(known.from().to_string(), "support@example.org");
        refused("--mail-server smtps://mail.example.org", "needs --mail-from");
        refused("--mail-from support@example.org", "needs --mail-server");
        refused("--mail-server mail.example.org --mail-from support@example.org", "smtps://USER:PASSWORD@");
        assert!(!format!("{:?}", serve(both).unwrap()).contains("hunter2"));
    }

    #[test]
    fn a_password_is_neither_in_the_help_nor_in_the_debug_text() {
        Cli::command().debug_assert();
        let config =
            Config::parse_from(["switchboard", "--database", "postgres://ana:hunter2@db/desk"]).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        let mut cli = Cli::command();
        let database = cli.get_arguments().find(|argument| argument.get_id() == "database").unwrap();
        assert!(database.is_hide_env_values_set());
        assert!(cli.render_long_help().to_string().contains("Exit codes:"));
    }
}
