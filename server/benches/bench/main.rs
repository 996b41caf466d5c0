//! What Switchboard costs, beside a minimal program that does the same work (M), both in one run. `make bench` starts it.
//!
//! Rounds of ours and of M take turns; a figure is the median of the ratios of the rounds, with their spread. Every
//! answer is checked. On a busy machine a row says "not judged".
//!
//! Reading order: [`table`] (what a row is), [`program`] and [`load`] (who is loaded, and how), [`minimal`] and [`hub`]
//! (M), then a file for each thing that is measured.
#![allow(clippy::unwrap_used, reason = "a bench stops where it fails")]

mod browser;
mod ears;
mod fan;
mod flushes;
mod houses;
mod hub;
mod list;
mod load;
mod memory;
mod minimal;
mod notes;
mod postgres;
mod program;
mod sanitise;
mod search;
mod send;
mod shapes;
mod staff;
mod start;
mod table;

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use houses::Houses;
use postgres::Postgres;
use table::Table;

/// How long one side is loaded in a round. CPU is counted in hundredths of a second.
const SLICE: Duration = Duration::from_secs(4);

/// Rounds of a comparison.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["minimal", database, address, length] => {
            minimal::serve(database, address.parse().unwrap(), length.parse().unwrap()).await;
            Ok(())
        }
        ["hub", address] => {
            hub::serve(address.parse().unwrap()).await;
            Ok(())
        }
        [program, data, large @ ..] => {
            bench(Path::new(program), Path::new(data), large.first().copied()).await
        }
        _ => {
            Err(anyhow::anyhow!("Run it by `make bench`: it names the program and where its data sets are."))
        }
    };
    if let Err(error) = done {
        eprintln!("{error:#}");
        std::process::exit(2);
    }
}

async fn bench(program: &Path, data: &Path, large: Option<&str>) -> Result<()> {
    if !program.exists() {
        bail!("There is no program at {}: run `make bench`, which builds it.", program.display());
    }
    // What is missing is said now, not after ten minutes.
    ensure!(flushes::is_strace_here(), "strace is missing: make setup-tests");
    let postgres = Postgres::named()?;
    let houses = Houses { program, data };
    let middle = if large.is_some() { "200000" } else { "50000" };
    let top = large.unwrap_or("100000");
    for n in ["10000", middle, top] {
        houses.generate(n)?;
    }
    let mut table = Table::begin();
    list::page(&mut table, program, &houses.url(middle), "").await?;
    list::growth(&mut table, program, [&houses.url("10000"), &houses.url(top)]).await?;
    search::search(&mut table, program, &houses.url(middle)).await?;
    search::growth(&mut table, program, [&houses.url("10000"), &houses.url(top)]).await?;
    let copies = [houses.copied("10000", "ours")?, houses.copied("10000", "minimal")?];
    send::send(&mut table, program, &copies, "").await?;
    flushes::flushes(&mut table, program, &copies, data).await?;
    fan::fan_out(&mut table, program, &copies[0]).await?;
    memory::memory(&mut table, program, &copies[0]).await?;
    let copies = postgres.filled(&houses, "10000").await?;
    list::page(&mut table, program, &copies[0], ", PostgreSQL").await?;
    send::send(&mut table, program, &copies, ", PostgreSQL").await?;
    start::start(&mut table, program, &houses.url(top)).await?;
    sanitise::sanitise(&mut table);
    browser::browser(&mut table, program, data)?;
    table.print();
    Ok(())
}
