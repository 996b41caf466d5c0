//! A page of the list, with session, sight and counts.

use std::path::Path;

use anyhow::Result;
use domain::desk::Page;
use domain::filter::Filter;
use domain::view::View;
use serde_json::{Value, json};

use super::load::Load;
use super::program::Program;
use super::table::{Row, Table};
use super::{ROUNDS, SLICE};

/// 50 rows, by 16 connections and by one.
pub async fn page(table: &mut Table, program: &Path, database: &str, engine: &str) -> Result<()> {
    let ours = Program::ours(program, database).await?;
    let cookie = ours.sign_in("yuki").await;
    let request = request(&ours, &cookie, &Value::Null);
    let length = ours.ask(&request).await.body.len();
    assert_eq!(newest(&ours, &cookie).await.rows.len(), 50, "a whole page");
    let m = Program::minimal(database, length).await?;
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
    let name = |figure: &str| format!("List{engine}, {figure}");
    table.add(Row::ratio(&name("50 rows, c=16, requests/s"), ">= 0.60 x M", rate, |ratio| ratio >= 0.60));
    table.add(Row::ratio(&name("CPU us a request"), "<= 1.6 x M", cpu, |ratio| ratio <= 1.6));
    table.add(Row::ratio(&name("c=1, p50 us"), "-", alone, |_| true));
    Ok(())
}

/// The same on ten and more times the conversations: the few first.
pub async fn growth(table: &mut Table, program: &Path, databases: [&str; 2]) -> Result<()> {
    let (few, many) =
        (Program::ours(program, databases[0]).await?, Program::ours(program, databases[1]).await?);
    let (to_few, to_many) = (few.sign_in("yuki").await, many.sign_in("yuki").await);
    for (name, depth) in [("first page and counts", 0), ("page 40 by cursor", 40)] {
        let to_few = request(&few, &to_few, &deep(&few, &to_few, depth).await);
        let to_many = request(&many, &to_many, &deep(&many, &to_many, depth).await);
        let mut pairs = vec![];
        for _ in 0..ROUNDS {
            let load = Load { connections: 1, length: SLICE / 2 };
            pairs.push((load.run(&many, &to_many).await.p50_us(), load.run(&few, &to_few).await.p50_us()));
        }
        let [few, many] = databases.map(stem);
        let name = format!("{name}, {many} : {few} conversations, p50 us");
        table.add(Row::ratio(&name, "<= 1.25 x", pairs, |ratio| ratio <= 1.25));
    }
    Ok(())
}

/// How many conversations a house of that URL holds.
pub fn stem(database: &str) -> &str {
    Path::new(database).file_stem().and_then(|stem| stem.to_str()).unwrap()
}

/// The first page.
pub async fn newest(program: &Program, cookie: &str) -> Page {
    let answer = program.ask(&request(program, cookie, &Value::Null)).await;
    serde_json::from_str(&answer.body).unwrap()
}

/// The place where that page begins.
async fn deep(program: &Program, cookie: &str, depth: usize) -> Value {
    let mut after = Value::Null;
    for _ in 0..depth {
        let answer = program.ask(&request(program, cookie, &after)).await;
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        after = answer["next"].clone();
    }
    after
}

fn request(program: &Program, cookie: &str, after: &Value) -> String {
    let body = json!({ "filter": Filter::of(View::All), "after": after }).to_string();
    program.request("POST /api/page", &[("content-type", "application/json"), ("cookie", cookie)], &body)
}
