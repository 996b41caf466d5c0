//! The seals: both chains are gone along from their first row to their last, and compared with the checkpoints.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::Checkpoint;
use crate::conversation::log;
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::{audit, sql};

/// Rows of a chain that are read in one question.
const AT_ONCE: i64 = 2_000;

/// What is known of both chains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seals {
    /// Records of the audit log.
    pub n_records: u64,
    /// Checkpoints that were compared.
    pub n_checkpoints: u64,
    /// Where a chain is broken: what comes after a break is not looked at.
    pub broken: Vec<String>,
}

/// Both chains, a piece at a time, so that no read takes long.
pub(super) async fn follow(db: &Db, checkpoints: &[Checkpoint]) -> Result<Seals, Error> {
    let mut walk = Walk::new(checkpoints);
    while !walk.is_over {
        walk = db
            .read(async move |tx: &mut Tx| {
                walk.step(tx).await?;
                Ok::<_, Error>(walk)
            })
            .await?;
    }
    Ok(walk.ended())
}

/// Both chains as they are in this transaction.
pub async fn seals(tx: &mut Tx, checkpoints: &[Checkpoint]) -> Result<Seals, Error> {
    let mut walk = Walk::new(checkpoints);
    while !walk.is_over {
        walk.step(tx).await?;
    }
    Ok(walk.ended())
}

/// How far it has come.
struct Walk {
    log: Chain,
    deeds: Chain,
    n_records: u64,
    n_checkpoints: u64,
    is_over: bool,
}

impl Walk {
    fn new(checkpoints: &[Checkpoint]) -> Self {
        let of = |said: fn(&Checkpoint) -> (i64, String)| checkpoints.iter().map(said);
        Self {
            log: Chain::new("Entry", of(|checkpoint| (checkpoint.seq, checkpoint.seal.clone()))),
            deeds: Chain::new("Record", of(|checkpoint| (checkpoint.audited, checkpoint.audit_seal.clone()))),
            n_records: 0,
            n_checkpoints: checkpoints.len() as u64,
            is_over: false,
        }
    }

    /// Goes on by the next rows of the log, and where that has ended of the audit log.
    async fn step(&mut self, tx: &mut Tx) -> Result<(), Error> {
        // How long they are is known as of the moment at which their end is read.
        let row = tx.q(sql!("select seq, audited from workspace")).opt().await?;
        let Some(row) = row else {
            self.is_over = true;
            return Ok(());
        };
        if !self.log.is_over() {
            let rows = log::sealed(tx, self.log.read_to, AT_ONCE).await?;
            for row in &rows {
                self.log.goes_on(row.seq, row.seal.clone(), row.sealed(&self.log.seal));
            }
            if rows.len() < AT_ONCE as usize {
                self.log.ends(row.get(0)?);
            }
            return Ok(());
        }
        let rows = audit::sealed(tx, self.deeds.read_to, AT_ONCE).await?;
        for row in &rows {
            self.deeds.goes_on(row.n, row.seal.clone(), row.sealed(&self.deeds.seal));
        }
        self.n_records += rows.len() as u64;
        if rows.len() < AT_ONCE as usize {
            self.deeds.ends(row.get(1)?);
        }
        self.is_over = self.deeds.is_over();
        Ok(())
    }

    fn ended(self) -> Seals {
        let Self { log, deeds, n_records, n_checkpoints, is_over: _ } = self;
        Seals { n_records, n_checkpoints, broken: log.broken.into_iter().chain(deeds.broken).collect() }
    }
}

/// A chain as it is gone along.
struct Chain {
    /// What its rows are called.
    row: &'static str,
    /// The last place that was read; below the first one there may be none.
    read_to: i64,
    at: i64,
    seal: String,
    /// The seals that checkpoints say, by place.
    said: BTreeMap<i64, BTreeSet<String>>,
    has_ended: bool,
    broken: Option<String>,
}

impl Chain {
    fn new(row: &'static str, said: impl Iterator<Item = (i64, String)>) -> Self {
        let mut places = BTreeMap::<i64, BTreeSet<String>>::new();
        said.filter(|(at, _)| *at > 0).for_each(|(at, seal)| _ = places.entry(at).or_default().insert(seal));
        Self {
            row,
            read_to: i64::MIN,
            at: 0,
            seal: String::new(),
            said: places,
            has_ended: false,
            broken: None,
        }
    }

    fn is_over(&self) -> bool {
        self.has_ended || self.broken.is_some()
    }

    /// Goes on to the next row, with the seal that it has and the one that it would have.
    fn goes_on(&mut self, at: i64, seal: String, sealed: String) {
        if self.broken.is_some() {
            return;
        }
        let (row, next) = (self.row, self.at + 1);
        let is_said = self.said.get(&at).is_none_or(|said| said.len() == 1 && said.contains(&seal));
        self.broken = if at < next {
            Some(format!("{row} {at} stands where there can be none."))
        } else if at > next {
            Some(format!("{row} {next} is missing: after it comes {at}."))
        } else if seal != sealed {
            Some(format!("{row} {at} or one before it is not what was written: its seal is broken."))
        } else if !is_said {
            Some(format!("{row} {at} is not the one that a checkpoint saw there."))
        } else {
            None
        };
        (self.read_to, self.at, self.seal) = (at, at, seal);
    }

    /// That was the last row, where it should come exactly so far, and as far as every checkpoint.
    fn ends(&mut self, head: i64) {
        self.has_ended = true;
        let (row, at) = (self.row, self.at);
        let seen = self.said.keys().next_back().copied().unwrap_or(0);
        if self.broken.is_none() && at != head.max(seen) {
            self.broken = Some(match at < head.max(seen) {
                true => format!("{row} {} is missing: the last is {at}.", head.max(seen)),
                false => format!("{row} {at} comes after the last, which is {head}."),
            });
        }
    }
}
