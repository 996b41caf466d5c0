//! What is measured in Chromium, beside a page by hand: `server/benches/browser` does it and tells its rounds.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::table::{Row, Table};

/// A row as it is told.
#[derive(Deserialize)]
struct Told {
    name: String,
    goal: String,
    /// The largest ratio that holds; none where nothing is asked.
    most: Option<f64>,
    /// The most milliseconds that hold; none where the ratio is asked.
    most_ms: Option<f64>,
    /// Ours and the denominator.
    rounds: Vec<(f64, f64)>,
}

/// Builds the page by hand, and measures.
pub fn browser(table: &mut Table, program: &Path, data: &Path) -> Result<()> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
    let page = data.join("page");
    run(Command::new(benches.join("page/build.sh")).arg(&page).stdout(Stdio::null()))?;
    let figures = benches.join("browser/figures.mjs");
    let told = run(Command::new("node").arg(figures).args([program, data, &page]))?;
    let told: Vec<Told> = serde_json::from_slice(&told).context("figures.mjs tells no rows")?;
    ensure!(!told.is_empty(), "figures.mjs tells no rows");
    for Told { name, goal, most, most_ms, rounds } in told {
        ensure!(!rounds.is_empty(), "figures.mjs tells no rounds of {name}");
        table.add(match most_ms {
            Some(most) => Row::figure(&name, &goal, rounds, |ms| ms <= most),
            None => Row::ratio(&name, &goal, rounds, |ratio| most.is_none_or(|most| ratio <= most)),
        });
    }
    Ok(())
}

/// What it writes to its standard output. Its complaints are seen as they come.
fn run(command: &mut Command) -> Result<Vec<u8>> {
    let name = format!("{command:?}");
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context(name.clone())?;
    ensure!(output.status.success(), "{name} failed: {}", output.status);
    Ok(output.stdout)
}
