//! What may break while people write and watch: the program, its answers, the sockets, the database, the disk. After
//! each, the same questions are asked of the journals, the database and the screens; see [`account`].
//!
//! Reading order: [`stage`] (who writes and watches), [`account`] (what must be true afterwards), then what breaks, a
//! file for each. `make test` breaks things a few times, `make faults` often.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use server::secret;

mod account;
mod answers;
mod cancelled;
mod cluster;
mod disk;
mod journal;
mod kills;
mod lock;
mod nodes;
mod power;
mod program;
mod proxy;
mod restarts;
mod slow;
mod sockets;
mod stage;
mod trace;
mod watcher;
mod wire;
mod writer;

/// How often something breaks: in `make test`, and in the long run that `SWITCHBOARD_TEST_FAULTS=long` asks for.
fn times(few: usize, many: usize) -> usize {
    match std::env::var("SWITCHBOARD_TEST_FAULTS").as_deref() {
        Ok("long") => many,
        Ok(other) => panic!("SWITCHBOARD_TEST_FAULTS={other}: only `long` is known"),
        Err(_) => few,
    }
}

/// Numbers that come again with the same seed, which `SWITCHBOARD_TEST_SEED` names.
struct Chance {
    seed: u64,
    n: u64,
}

impl Chance {
    /// Prints the seed, for a run whose moments are to come again.
    fn new(of: &str) -> Self {
        let named = std::env::var("SWITCHBOARD_TEST_SEED").ok().map(|text| text.parse().unwrap());
        let seed = named.unwrap_or_else(|| u64::from_be_bytes(secret::random()));
        println!("{of}: SWITCHBOARD_TEST_SEED={seed}");
        Self { seed, n: 0 }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.n += 1;
        let mut hasher = DefaultHasher::new();
        (self.seed, self.n).hash(&mut hasher);
        hasher.finish() % limit
    }

    /// Between a tenth of a second and a second. A real time, because what is met then depends on how far the machine
    /// has got.
    fn moment(&mut self) -> Duration {
        Duration::from_micros(100_000 + self.below(900_000))
    }
}
