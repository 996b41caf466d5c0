//! What an agent costs who does nothing but listen.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::ROUNDS;
use super::ears::{Ears, Seat};
use super::program::Program;
use super::staff::{Session, seats};
use super::table::{Row, Table};

/// Sockets at the first look and at the second. The first hundred pay for what all share.
const FEW: usize = 100;
const MANY: usize = 1_000;

/// How long a program may come to rest.
const REST: Duration = Duration::from_secs(1);

pub async fn memory(table: &mut Table, program: &Path, database: &str) -> Result<()> {
    let mut rounds = vec![];
    for _ in 0..ROUNDS {
        let ours = Program::ours(program, database).await?;
        let mut sessions = vec![];
        for key in ["yuki", "tom", "elena"] {
            sessions.push(Session::open(&ours, key).await);
        }
        // Before the first look: to check a password takes 19 MiB.
        let for_ours = seats(&ours, MANY, &sessions).await;
        let a = kib_a_socket(&ours, for_ours).await;
        let m = Program::hub().await?;
        let b = kib_a_socket(&m, vec![Seat::of(&m); MANY]).await;
        rounds.push((a, b));
    }
    table.add(Row::ratio("Idle agent, 100 to 1000 sockets, KiB each", "<= 3 x M", rounds, |ratio| {
        ratio <= 3.0
    }));
    Ok(())
}

async fn kib_a_socket(program: &Program, seats: Vec<Seat>) -> f64 {
    let mut ears = Ears::for_words("nothing of interest");
    let mut looks = vec![];
    let mut seats = seats.into_iter();
    for n in [FEW, MANY] {
        ears.open(seats.by_ref().take(n - ears.n())).await;
        sleep(REST).await;
        looks.push(program.memory_kib());
    }
    (looks[1] - looks[0]) / (MANY - FEW) as f64
}
