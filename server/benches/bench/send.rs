//! Notes, acknowledged once they are on disk: one by one, and by 50 at once.

use std::path::Path;

use anyhow::Result;

use super::load::Load;
use super::notes::Notes;
use super::program::Program;
use super::table::{Row, Table};
use super::{ROUNDS, SLICE};

/// Each side writes into a copy of its own: ours, and M's.
pub async fn send(table: &mut Table, program: &Path, copies: &[String; 2], engine: &str) -> Result<()> {
    let [for_ours, for_m] = copies;
    let (ours, m) = (Program::ours(program, for_ours).await?, Program::minimal(for_m, 1_000).await?);
    let notes = Notes::of(&ours).await;
    for (name, goal, connections) in
        [("one by one", ">= 0.50 x M", 1), ("50 writers", ">= 0.50 x M in batches", 50)]
    {
        let (mut rate, mut cpu) = (vec![], vec![]);
        let load = Load { connections, length: SLICE };
        for _ in 0..ROUNDS {
            let a = load.run_each(&ours, || notes.to_ours(&ours)).await;
            let b = load.run_each(&m, || notes.to_minimal(&m)).await;
            rate.push((a.per_second(), b.per_second()));
            cpu.push((a.cpu_us(), b.cpu_us()));
        }
        let name = |figure: &str| format!("Send{engine}, {name}, {figure}");
        table.add(Row::ratio(&name("acknowledged/s"), goal, rate, |ratio| ratio >= 0.50));
        table.add(Row::ratio(&name("CPU us each"), "-", cpu, |_| true));
    }
    Ok(())
}
