//! The program itself: what it says when it does not start, and what it never writes into its log.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use domain::conversation::Command as Order;
use domain::worlds::BILLING;
use serde_json::json;
use server::db::{Database, Db, Tx};
use server::error::Error;
use server::{migrations, sql};
use tempfile::TempDir;

use crate::database;
use crate::office::{Office, PASSWORD, order, reply, whisper};

/// What the program may take to start, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The program, with no options from outside.
pub fn program() -> Command {
    program_by(&[])
}

/// The same, started by another program.
pub fn program_by(launcher: &[String]) -> Command {
    let ours = env!("CARGO_BIN_EXE_switchboard").to_owned();
    let words: Vec<&String> = launcher.iter().chain([&ours]).collect();
    let mut program = Command::new(words[0]);
    // What it keeps in the folder that it is started in stays out of ours.
    program.args(&words[1..]).current_dir(env!("CARGO_TARGET_TMPDIR"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SWITCHBOARD_")) {
        program.env_remove(name);
    }
    program
}

/// The URL that `--database` takes.
pub fn url(database: &Database) -> String {
    match database {
        Database::Sqlite(path) => format!("sqlite:{}", path.display()),
        Database::Postgres(url) => url.clone(),
    }
}

fn serve(database: &Database, options: &[&str]) -> Output {
    let mut program = program();
    program.args(["serve", "--database", &url(database)]).args(options).output().unwrap()
}

/// It exits with 1, and its last line is a sentence with that in it.
#[track_caller]
fn refused(output: &Output, advice: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    let sentence = said.lines().last().unwrap_or_default();
    assert!(sentence.starts_with("Switchboard did not start: ") && sentence.contains(advice), "{said}");
    assert!(!said.contains("panicked") && !said.contains("Stack backtrace"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_port_in_use_is_told_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let database = database::sqlite(folder.path());
    let output = serve(&database, &["--listen", &address.to_string()]);
    refused(&output, &format!("Port {} is in use on 127.0.0.1.", address.port()));
    let output = serve(&database, &["--listen", "127.0.0.1:0", "--metrics-listen", &address.to_string()]);
    refused(&output, "choose another with --metrics-listen.");
}

#[test]
fn a_folder_that_cannot_be_made_is_told_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    refused(&serve(&Database::Sqlite(file.join("data/switchboard.db")), &[]), "or choose another place with");
    refused(&serve(&Database::Sqlite(folder.path().into()), &[]), "Name a file in it with --database.");
}

#[test]
fn a_database_that_nobody_serves_is_told_without_its_password() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = Database::Postgres(format!("postgres://ana:hunter2@{free}/desk"));
    let output = serve(&nobody, &[]);
    refused(&output, "the database is not available");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"));
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("letter.txt");
    let letter = "Dear customer, ".repeat(500);
    std::fs::write(&file, &letter).unwrap();
    refused(&serve(&Database::Sqlite(file.clone()), &[]), "file is not a database");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), letter);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_with_its_sentence() {
    let folder = TempDir::new().unwrap();
    for database in [database::sqlite(folder.path()), database::empty_postgres().await] {
        let db = Db::open(&database).await.unwrap();
        db.migrate(migrations::ALL).await.unwrap();
        let newer = async |tx: &mut Tx| {
            let version =
                sql!("insert into schema_version (version, name, checksum) values (999, 'later', '')");
            tx.q(version).exec().await?;
            Ok::<_, Error>(())
        };
        db.write("main", newer).await.unwrap();
        db.close().await;
        let newest = migrations::ALL.last().unwrap().version;
        let sentence = format!(
            "The database has schema version 999, but this program knows versions up to {newest}. \
             Start the newer Switchboard again, or restore a backup made before the upgrade."
        );
        refused(&serve(&database, &["--listen", "127.0.0.1:0"]), &sentence);
    }
}

#[test]
fn a_wrong_option_is_told_before_anything_happens() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data/switchboard.db");
    for options in
        [&["--listen", "nowhere"][..], &["--public-url", "http://desk.example.org"], &["--lisen", "x"]]
    {
        let output = serve(&Database::Sqlite(path.clone()), options);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(!path.parent().unwrap().exists(), "{options:?}");
    }
}

#[test]
fn help_names_every_option_and_its_variable() {
    let output = program().arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for option in [
        "database",
        "log-format",
        "listen",
        "public-url",
        "insecure-http",
        "metrics-listen",
        "site",
        "trusted-proxies",
        "demo",
    ] {
        let variable = option.to_uppercase().replace('-', "_");
        assert!(help.contains(&format!("--{option}")), "{option}: {help}");
        assert!(help.contains(&format!("SWITCHBOARD_{variable}")), "{option}: {help}");
    }
    for word in ["demo", "serve", "Examples:", "Exit codes:"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

fn switchboard(words: &[&str]) -> Output {
    program().args(words).output().unwrap()
}

#[test]
fn each_command_says_what_it_takes_and_an_option_that_is_wrong_ends_with_2() {
    for (command, words) in
        [("demo", "--conversations"), ("backup", "<FILE>"), ("restore", "<FILE>"), ("serve", "--listen")]
    {
        let output = switchboard(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains(words) && help.contains("--database"), "{command}: {help}");
    }
    for words in [
        &["backup"][..],
        &["restore", "--listen", "127.0.0.1:1"],
        &["demo", "--conversations", "10"],
        &["demo", "--conversations", "many"],
        &["serve", "backup.db"],
    ] {
        let output = switchboard(words);
        assert_eq!(output.status.code(), Some(2), "{words:?} {output:?}");
    }
}

#[test]
fn a_house_is_backed_up_and_restored_by_hand_and_what_goes_wrong_is_a_sentence() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (old, new) = (format!("sqlite:{}", path("old.db")), format!("sqlite:{}", path("new.db")));
    let said = |output: Output| {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout) + text(output.stderr).lines().last().unwrap_or_default())
    };
    let backup = path("backup.db");
    let (code, sentence) = said(switchboard(&["backup", &backup, "--database", &old]));
    assert_eq!(code, Some(1));
    assert!(sentence.starts_with("There is no backup: There is no database at "), "{sentence}");
    let (code, sentence) = said(switchboard(&["demo", "--conversations", "400", "--database", &old]));
    assert_eq!(code, Some(0), "{sentence}");
    let (code, sentence) = said(switchboard(&["backup", &backup, "--database", &old]));
    assert_eq!(code, Some(0), "{sentence}");
    assert!(sentence.contains("backup.db holds 400 conversations up to entry "), "{sentence}");
    let (code, sentence) = said(switchboard(&["restore", &backup, "--database", &new]));
    assert_eq!(code, Some(0), "{sentence}");
    let (code, sentence) = said(switchboard(&["restore", &backup, "--database", &new]));
    assert_eq!(code, Some(1));
    assert!(
        sentence.starts_with("Nothing was restored: ") && sentence.contains("nothing is overwritten"),
        "{sentence}"
    );
}

/// The program while it serves.
struct Served {
    child: Child,
    address: String,
    log: mpsc::Receiver<String>,
}

impl Served {
    /// Starts it with a log of everything.
    fn start(database: &Database) -> Self {
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("SWITCHBOARD_DATABASE", url(database))
            .env("RUST_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, log) = mpsc::channel();
        let mut errors = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            let mut bytes = vec![];
            errors.read_to_end(&mut bytes).unwrap();
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let place =
            lines.find_map(|line| line.unwrap().strip_prefix("Switchboard is at http://").map(str::to_owned));
        Self { child, address: place.expect("it says where it is"), log }
    }

    /// The answer to a request, as it came over the wire.
    fn ask(&self, request: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let origin = format!("http://{}", self.address);
        let length = body.len().to_string();
        let own = [("host", self.address.as_str()), ("origin", &origin), ("content-length", &length)];
        let headers = own.iter().chain(headers).map(|(name, value)| format!("{name}: {value}\r\n"));
        let headers: String = headers.collect();
        // A body that is too long is not read to its end: the answer comes, and the rest is cut off.
        let or_cut_off = |done: std::io::Result<()>| match done.map_err(|error| error.kind()) {
            Ok(()) | Err(ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {}
            Err(kind) => panic!("{kind}"),
        };
        or_cut_off(write!(stream, "{request} HTTP/1.1\r\n{headers}connection: close\r\n\r\n{body}"));
        let mut answer = vec![];
        or_cut_off(stream.read_to_end(&mut answer).map(drop));
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Asks it to stop, as an operator does, and returns whether it stopped as asked, and its log.
    fn stop(mut self) -> (bool, String) {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        let log = self.log.recv_timeout(PATIENCE).expect("it stops");
        (self.child.wait().unwrap().success(), log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[tokio::test]
async fn nothing_secret_reaches_the_log_at_any_level() {
    let folder = TempDir::new().unwrap();
    for database in [database::sqlite(folder.path()), database::empty_postgres().await] {
        println!("on {database}");
        let db = Db::open(&database).await.unwrap();
        db.migrate(migrations::ALL).await.unwrap();
        let office = Office::open(db.clone()).await;
        let refund = office.writes("Cleo", "Where is my wolverine?", BILLING).await;
        db.close().await;

        let served = Served::start(&database);
        let form = ("content-type", "application/x-www-form-urlencoded");
        let wrong = served.ask("POST /login", &[form], "email=ana%40example.org&password=typed-in-error");
        assert!(wrong.starts_with("HTTP/1.1 401 "), "{wrong}");
        let password = PASSWORD.replace(' ', "+");
        let right =
            served.ask("POST /login", &[form], &format!("email=ana%40example.org&password={password}"));
        let token = right.split("sid=").nth(1).unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(token.len(), 64);
        let cookie = format!("sid={token}");
        let headers = [("content-type", "application/json"), ("cookie", cookie.as_str())];
        let seen = refund.last_public.map(|last| last.message);
        for (command, status) in [
            (reply("The wolverine is on its way.", seen), "200"),
            (reply("A wolverine too late.", seen), "422"),
            (whisper("A wolverine among us."), "200"),
            (Order::Claim, "422"),
        ] {
            let body = json!({ "request": order(refund.id, command) }).to_string();
            let answer = served.ask("POST /api/run", &headers, &body);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        }
        for broken in ["{\"request\": \"wolverine\"}", "wolverine", &"wolverine".repeat(100_000)] {
            assert!(served.ask("POST /api/run", &headers, broken).starts_with("HTTP/1.1 4"));
        }
        let page = served.ask("GET /c/1", &headers, "");
        assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
        let out = served.ask("POST /logout", &headers, "");
        assert!(out.starts_with("HTTP/1.1 303 "), "{out}");
        let (stopped_as_asked, log) = served.stop();
        assert!(stopped_as_asked, "{log}");
        assert!(log.contains("TRACE") && log.contains("stopping"), "everything is logged: {log}");
        for secret in ["wolverine", "typed-in-error", &token, PASSWORD, &password, "$argon2"] {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret}");
        }
    }
}
