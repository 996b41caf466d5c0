//! Searching the whole history.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use domain::filter::Filter;
use domain::search::{Found, Search, Words};
use domain::view::View;
use serde_json::json;

use super::list::stem;
use super::load::Load;
use super::program::Program;
use super::table::{Row, Table};
use super::{ROUNDS, SLICE};

/// What is looked for, and how it is called in the table.
const SEARCHES: [(&str, &str); 4] = [
    ("a common word", "refund"),
    ("two words", "order refund"),
    ("three letters", "ten"),
    ("nothing", "zzzyx"),
];

/// Beside the bare statement over the same index.
pub async fn search(table: &mut Table, program: &Path, database: &str) -> Result<()> {
    let (ours, cookie) = indexed(program, database).await?;
    for (name, text) in SEARCHES {
        let request = request(&ours, &cookie, text);
        let length = ours.ask(&request).await.body.len();
        let m = Program::minimal(database, length).await?;
        let to_m = m.request("GET /search", &[("x-words", &quoted(text))], "");
        let load = Load { connections: 1, length: SLICE / 2 };
        let mut pairs = vec![];
        for _ in 0..ROUNDS {
            pairs.push((load.run(&ours, &request).await.p50_us(), load.run(&m, &to_m).await.p50_us()));
        }
        let name = format!("Search for {name}, {} conversations, p50 us", stem(database));
        // What is found is shown with its row, its client and its sight: the bare statement has none of it.
        table.add(Row::figure(&name, "<= 300 ms", pairs, |us| us <= 300_000.0));
    }
    Ok(())
}

/// The same on ten times the conversations: the few first.
pub async fn growth(table: &mut Table, program: &Path, databases: [&str; 2]) -> Result<()> {
    let (few, to_few) = indexed(program, databases[0]).await?;
    let (many, to_many) = indexed(program, databases[1]).await?;
    let (to_few, to_many) = (request(&few, &to_few, "refund"), request(&many, &to_many, "refund"));
    let load = Load { connections: 1, length: SLICE / 2 };
    let mut pairs = vec![];
    for _ in 0..ROUNDS {
        pairs.push((load.run(&many, &to_many).await.p50_us(), load.run(&few, &to_few).await.p50_us()));
    }
    let [few, many] = databases.map(stem);
    let name = format!("search for a common word, {many} : {few} conversations, p50 us");
    table.add(Row::ratio(&name, "<= 1.3 x", pairs, |ratio| ratio <= 1.3));
    Ok(())
}

/// The program on that house, once everything said there is indexed.
async fn indexed(program: &Path, database: &str) -> Result<(Program, String)> {
    let ours = Program::ours(program, database).await?;
    let cookie = ours.sign_in("yuki").await;
    loop {
        let answer = ours.ask(&request(&ours, &cookie, "refund")).await;
        let found: Found = serde_json::from_str(&answer.body)?;
        if !found.is_incomplete {
            assert!(found.hits.len() > 10, "it is found");
            return Ok((ours, cookie));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn request(program: &Program, cookie: &str, text: &str) -> String {
    let search = Search { words: Words::of(text), filter: Filter::of(View::All), ..Search::default() };
    let body = json!({ "search": search, "after": null }).to_string();
    program.request("POST /api/search", &[("content-type", "application/json"), ("cookie", cookie)], &body)
}

/// As FTS5 takes it.
fn quoted(text: &str) -> String {
    text.split(' ').map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" AND ")
}
