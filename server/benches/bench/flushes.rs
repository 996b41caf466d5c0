//! How many acknowledged messages share a flush to disk. Counted, so it is the same on every disk; in rounds of its own,
//! because whoever is traced is slower.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use super::load::Load;
use super::notes::Notes;
use super::program::Program;
use super::table::{Row, Table};
use super::{ROUNDS, SLICE};

/// Whether there is something to count with.
pub fn is_strace_here() -> bool {
    let asked = Command::new("strace").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// By 50 writers.
pub async fn flushes(table: &mut Table, program: &Path, copies: &[String; 2], data: &Path) -> Result<()> {
    let [of_ours, of_m] = ["ours.trace", "minimal.trace"].map(|name| data.join(name));
    let ours = Program::ours_traced(program, &copies[0], &of_ours).await?;
    let m = Program::minimal_traced(&copies[1], &of_m).await?;
    let notes = Notes::of(&ours).await;
    let load = Load { connections: 50, length: SLICE / 2 };
    let mut rounds = vec![];
    for _ in 0..ROUNDS {
        let before = (flushed(&of_ours), flushed(&of_m));
        let a = load.run_each(&ours, || notes.to_ours(&ours)).await.count();
        let b = load.run_each(&m, || notes.to_minimal(&m)).await.count();
        let n = (flushed(&of_ours) - before.0, flushed(&of_m) - before.1);
        rounds.push((a as f64 / n.0 as f64, b as f64 / n.1 as f64));
    }
    table.add(Row::figure("Send, 50 writers, messages a flush", ">= 8", rounds, |messages| messages >= 8.0));
    Ok(())
}

/// Calls so far. One that was interrupted stands on two lines, of which only the first has the bracket.
fn flushed(trace: &Path) -> usize {
    std::fs::read_to_string(trace).unwrap().matches("sync(").count()
}
