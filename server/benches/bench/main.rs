//! What Switchboard costs, beside a minimal program that does the same work (M), both in one run. `make bench` starts it.
//!
//! Rounds of ours and of M take turns; a figure is the median of the ratios of the rounds, with their spread. Every
//! answer is checked. On a busy machine a row says "not judged".
#![allow(clippy::unwrap_used, reason = "a bench stops where it fails")]

mod load;
mod minimal;
mod program;
mod table;

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::filter::Filter;
use domain::view::View;
use load::{Line, Load};
use program::Program;
use serde_json::json;
use table::{Row, Table};

/// How long one side is loaded in a round. CPU is counted in hundredths of a second.
const SLICE: Duration = Duration::from_secs(4);

/// Rounds of a comparison.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["minimal", database, address, length] => {
            minimal::serve(Path::new(database), address.parse().unwrap(), length.parse().unwrap()).await;
        }
        [program, data, large @ ..] => {
            bench(Path::new(program), Path::new(data), large.first().copied()).await
        }
        _ => {
            eprintln!("Run it by `make bench`: it names the program and where its data sets are.");
            std::process::exit(2);
        }
    }
}

async fn bench(program: &Path, data: &Path, large: Option<&str>) {
    if !program.exists() {
        eprintln!("There is no program at {}: run `make bench`, which builds it.", program.display());
        std::process::exit(2);
    }
    let house = |n: &str| data.join(format!("{n}.db"));
    let middle = if large.is_some() { "200000" } else { "50000" };
    let top = large.unwrap_or("100000");
    let mut sizes = vec!["10000", middle, top];
    sizes.dedup();
    for n in &sizes {
        generate(program, &house(n), n);
    }
    let mut table = Table::begin();
    list(&mut table, program, &house(middle)).await;
    growth(&mut table, program, &house("10000"), &house(top)).await;
    send(&mut table, program, data).await;
    start(&mut table, program, &house(top)).await;
    table.print();
}

/// Makes a data set, once.
fn generate(program: &Path, path: &Path, n: &str) {
    if path.exists() {
        return;
    }
    eprintln!("Generating {n} conversations…");
    let part = path.with_extension("part");
    let _ = std::fs::remove_file(&part);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let database = format!("sqlite:{}", part.display());
    let done = std::process::Command::new(program)
        .args(["demo", "--conversations", n, "--database", &database])
        .env("RUST_LOG", "error")
        .stdout(std::process::Stdio::null())
        .status();
    assert!(done.unwrap().success(), "the data set of {n} conversations");
    std::fs::rename(&part, path).unwrap();
}

/// A copy to write into.
fn copied(from: &Path, data: &Path, name: &str) -> PathBuf {
    let to = data.join(name);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", to.display()));
    }
    std::fs::copy(from, &to).unwrap();
    to
}

/// A page of 50 with session, sight and counts, 16 connections.
async fn list(table: &mut Table, program: &Path, house: &Path) {
    let ours = Program::serve(program, house).await;
    let cookie = ours.sign_in("yuki@fernhill.example").await;
    let request = page(&ours, &cookie, None);
    let first = ours.ask(&request).await;
    assert_eq!(rows(&first), 50, "a whole page");
    let m = Program::minimal(house, first.body.len()).await;
    let to_m = m.request("GET /list", &[], "");
    let load = |n: usize| Load { connections: n, length: SLICE };
    let (mut rate, mut cpu, mut alone) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let (a, b) = (load(16).run(&ours, &request).await, load(16).run(&m, &to_m).await);
        rate.push((a.per_second(), b.per_second()));
        cpu.push((a.cpu_us(), b.cpu_us()));
        let (a, b) = (load(1).run(&ours, &request).await, load(1).run(&m, &to_m).await);
        alone.push((a.p50_us(), b.p50_us()));
    }
    table.add(Row::ratio("List, 50 rows, c=16, requests/s", ">= 0.60 x M", rate, |ratio| ratio >= 0.60));
    table.add(Row::ratio("List, CPU us a request", "<= 1.6 x M", cpu, |ratio| ratio <= 1.6));
    table.add(Row::ratio("List, c=1, p50 us", "-", alone, |_| true));
}

/// The same on ten and more times the conversations.
async fn growth(table: &mut Table, program: &Path, small: &Path, large: &Path) {
    let (few, many) = (Program::serve(program, small).await, Program::serve(program, large).await);
    let (to_few, to_many) =
        (few.sign_in("yuki@fernhill.example").await, many.sign_in("yuki@fernhill.example").await);
    for (name, depth) in [("first page and counts", 0), ("page 40 by cursor", 40)] {
        let after = [deep(&few, &to_few, depth).await, deep(&many, &to_many, depth).await];
        let requests = [page(&few, &to_few, after[0].clone()), page(&many, &to_many, after[1].clone())];
        let mut pairs = vec![];
        for _ in 0..ROUNDS {
            let load = Load { connections: 1, length: SLICE / 2 };
            pairs.push((
                load.run(&many, &requests[1]).await.p50_us(),
                load.run(&few, &requests[0]).await.p50_us(),
            ));
        }
        let name = format!("{name}, {} : {} conversations, p50 us", stem(large), stem(small));
        table.add(Row::ratio(&name, "<= 1.25 x", pairs, |ratio| ratio <= 1.25));
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The place where that page begins.
async fn deep(program: &Program, cookie: &str, depth: usize) -> Option<serde_json::Value> {
    let mut after = None;
    for _ in 0..depth {
        let answer = program.ask(&page(program, cookie, after)).await;
        let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        after = Some(answer["next"].clone());
    }
    after
}

fn page(program: &Program, cookie: &str, after: Option<serde_json::Value>) -> String {
    let body = json!({ "filter": Filter::of(View::All), "after": after }).to_string();
    program.request("POST /api/page", &[("content-type", "application/json"), ("cookie", cookie)], &body)
}

fn rows(answer: &load::Answer) -> usize {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let page: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    page["rows"].as_array().unwrap().len()
}

/// Notes, acknowledged under `synchronous=FULL`: one by one, and by 50 at once.
async fn send(table: &mut Table, program: &Path, data: &Path) {
    let house = data.join("10000.db");
    let (for_us, for_m) = (copied(&house, data, "ours.db"), copied(&house, data, "minimal.db"));
    let ours = Program::serve(program, &for_us).await;
    let cookie = ours.sign_in("yuki@fernhill.example").await;
    let first = ours.ask(&page(&ours, &cookie, None)).await;
    let first: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    let of = |path: &[&str], row: usize| {
        path.iter().fold(&first["rows"][row], |at, key| &at[*key]).as_str().unwrap().to_owned()
    };
    let conversations: Vec<String> = (0..50).map(|row| of(&["scene", "conversation", "id"], row)).collect();
    let me = ours.me(&cookie).await;
    let m = Program::minimal(&for_m, 90).await;
    let note = |n: u64| {
        let id = |kind: u128| uuid::Uuid::from_u128(u128::from(n) << 32 | kind | 0xb00 << 96).to_string();
        let conversation = &conversations[n as usize % conversations.len()];
        let words = json!({ "id": id(1), "text": "The courier comes between nine and ten tomorrow." });
        let command = json!({ "note": { "words": words, "mentions": [] } });
        let body =
            json!({ "request": { "id": id(2), "by": me, "conversation": conversation, "command": command } });
        (conversation.clone(), id(1), body.to_string())
    };
    let json = ("content-type", "application/json");
    let to_us = |n: u64| ours.request("POST /api/run", &[json, ("cookie", &*cookie)], &note(n).2);
    let to_m = |n: u64| {
        let (conversation, id, body) = note(n);
        m.request("POST /send", &[("x-conversation", &*conversation), ("x-id", &*id)], &body)
    };
    let mut n = 0;
    for (name, goal, connections) in [
        ("Send, one by one, acknowledged/s", ">= 0.50 x M", 1),
        ("Send, 50 writers, acknowledged/s", ">= 0.50 x M in batches", 50),
    ] {
        let (mut pairs, mut cpu) = (vec![], vec![]);
        for _ in 0..ROUNDS {
            let load = Load { connections, length: SLICE };
            let a = load
                .run_each(&ours, || {
                    n += 1;
                    to_us(n)
                })
                .await;
            let b = load
                .run_each(&m, || {
                    n += 1;
                    to_m(n)
                })
                .await;
            pairs.push((a.per_second(), b.per_second()));
            cpu.push((a.cpu_us(), b.cpu_us()));
        }
        table.add(Row::ratio(name, goal, pairs, |ratio| ratio >= 0.50));
        table.add(Row::ratio(&name.replace("acknowledged/s", "CPU us each"), "-", cpu, |_| true));
    }
}

/// From the start to the first page.
async fn start(table: &mut Table, program: &Path, house: &Path) {
    let mut pairs = vec![];
    for _ in 0..ROUNDS {
        let ours = Program::serve(program, house).await.started;
        let m = Program::minimal(house, 1_000).await.started;
        pairs.push((ours.as_secs_f64() * 1e3, m.as_secs_f64() * 1e3));
    }
    let name = format!("Start to first 200, {} conversations, ms", stem(house));
    table.add(Row::ratio(&name, "<= 5 x M", pairs, |ratio| ratio <= 5.0));
}

/// Knocks until it answers.
async fn knock(address: std::net::SocketAddr, path: &str) {
    loop {
        if let Ok(mut line) = Line::open(address).await
            && let Ok(answer) = line.ask(&format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n")).await
            && answer.status == 200
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
