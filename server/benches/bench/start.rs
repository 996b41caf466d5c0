//! From the start to the first page.

use std::path::Path;

use anyhow::Result;

use super::ROUNDS;
use super::list::stem;
use super::program::Program;
use super::table::{Row, Table};

pub async fn start(table: &mut Table, program: &Path, database: &str) -> Result<()> {
    let mut pairs = vec![];
    for _ in 0..ROUNDS {
        let ours = Program::ours(program, database).await?.started;
        let m = Program::minimal(database, 1_000).await?.started;
        pairs.push((ours.as_secs_f64() * 1e3, m.as_secs_f64() * 1e3));
    }
    let name = format!("Start to first 200, {} conversations, ms", stem(database));
    table.add(Row::ratio(&name, "<= 5 x M", pairs, |ratio| ratio <= 5.0));
    Ok(())
}
