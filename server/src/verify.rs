//! Whether everything stands as the log tells it: `switchboard verify`. It reads, and changes nothing.

use domain::contact::Contact;
use domain::conversation::{Fact, Scene, folded};
use domain::counter::{self, Cell};
use domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

use crate::audit;
use crate::checkpoint::{self, Checkpoint};
use crate::conversation::log;
use crate::conversation::store::{Columns, SCENE};
use crate::db::{Db, Tx};
use crate::error::Error;

/// Conversations that are looked at in one question.
const AT_ONCE: i64 = 200;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub n_conversations: u64,
    pub n_entries: u64,
    /// Conversations that stand otherwise than the log tells, each with what differs.
    pub wrong: Vec<String>,
    /// Counts that are not what counting says.
    pub miscounted: Vec<String>,
    pub seals: Seals,
}

/// What is known of both chains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seals {
    /// Records of the audit log.
    pub n_records: u64,
    /// Checkpoints that were compared, and those of another log, which say nothing of this one.
    pub n_checkpoints: u64,
    pub n_foreign: u64,
    /// Where a chain is broken: what comes after a break is not looked at.
    pub broken: Vec<String>,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.wrong.is_empty() && self.miscounted.is_empty() && self.seals.broken.is_empty()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Report { n_conversations, n_entries, wrong, miscounted, seals } = self;
        let Seals { n_records, n_checkpoints, n_foreign, broken } = seals;
        writeln!(
            f,
            "{n_conversations} conversations, {n_entries} entries of the log, {n_records} records of the audit log and \
             {n_checkpoints} checkpoints were looked at."
        )?;
        if *n_foreign > 0 {
            writeln!(
                f,
                "{n_foreign} checkpoints are of another log, as after a restore, and were not compared."
            )?;
        }
        for line in wrong.iter().chain(miscounted).chain(broken) {
            writeln!(f, "{line}")?;
        }
        match self.is_sound() {
            true => write!(
                f,
                "Every conversation stands as the log tells it, every count is right, and every seal is whole."
            ),
            false => write!(
                f,
                "{} conversations and {} counts are wrong, and {} seals are broken.",
                wrong.len(),
                miscounted.len(),
                broken.len()
            ),
        }
    }
}

/// Folds the log of every conversation and compares it with what is stored, counts anew, and computes all seals. While the
/// database is written to, what changes meanwhile is looked at as it was when its turn came, and its counts are left out.
pub async fn verify(db: &Db, checkpoints: &[Checkpoint]) -> Result<Report, Error> {
    let mut report = Report::default();
    let checkpoints = checkpoints.to_vec();
    report.seals = db.read(async move |tx: &mut Tx| seals(tx, &checkpoints).await).await?;
    let (mut after, mut cells) = (0, BTreeMap::<Cell, i64>::new());
    let begun = async move |tx: &mut Tx| Ok::<_, Error>((log::head(tx).await?, log::cells(tx, -1).await?));
    let (head, stored) = db.read(begun).await?;
    loop {
        let pieces = db.read(async move |tx: &mut Tx| pieces(tx, after).await).await?;
        let Some(last) = pieces.last() else {
            // What was moved meanwhile was counted sooner or later than it was kept.
            let moved = db.read(async move |tx: &mut Tx| log::cells(tx, head).await).await?;
            let moved: BTreeSet<Cell> = moved.into_iter().map(|(cell, _)| cell).collect();
            report.miscounted = miscounted(&cells, &stored, &moved);
            return Ok(report);
        };
        after = last.0.conversation.number;
        for (scene, facts) in &pieces {
            report.n_conversations += 1;
            report.n_entries += facts.len() as u64;
            report.wrong.extend(difference(scene, facts));
            for cell in counter::cells(&scene.contact, &scene.conversation) {
                *cells.entry(cell).or_default() += 1;
            }
        }
    }
}

/// Rows of a chain that are read in one question.
const SEALED_AT_ONCE: i64 = 2_000;

/// A chain as it is gone along.
struct Chain {
    /// What its rows are called.
    row: &'static str,
    at: i64,
    seal: String,
    /// The seals that checkpoints say, by place.
    said: BTreeMap<i64, BTreeSet<String>>,
    broken: Option<String>,
}

impl Chain {
    fn new(row: &'static str, said: impl Iterator<Item = (i64, String)>) -> Self {
        let mut chain = Self { row, at: 0, seal: String::new(), said: BTreeMap::new(), broken: None };
        said.filter(|(at, _)| *at > 0)
            .for_each(|(at, seal)| _ = chain.said.entry(at).or_default().insert(seal));
        chain
    }

    /// Goes on to the next row, with the seal that it has and the one that it would have.
    fn goes_on(&mut self, at: i64, seal: String, sealed: String) {
        if self.broken.is_some() {
            return;
        }
        let row = self.row;
        let said = self.said.get(&at).is_none_or(|said| said.len() == 1 && said.contains(&seal));
        self.broken = match (at == self.at + 1, seal == sealed, said) {
            (true, true, true) => None,
            (false, _, _) => Some(format!("{row} {} is missing: after it comes {at}.", self.at + 1)),
            (_, false, _) => {
                Some(format!("{row} {at} or one before it is not what was written: its seal is broken."))
            }
            (_, _, false) => Some(format!("{row} {at} is not the one that a checkpoint saw there.")),
        };
        (self.at, self.seal) = (at, seal);
    }

    /// What is wrong with it where it should come as far as that at least.
    fn ended(self, head: i64) -> Option<String> {
        let row = self.row;
        let last = head.max(self.said.keys().next_back().copied().unwrap_or(0));
        let is_short = (self.at < last).then(|| format!("{row} {last} is missing: the last is {}.", self.at));
        self.broken.or(is_short)
    }
}

/// Goes along both chains, as they are in this transaction.
pub async fn seals(tx: &mut Tx, checkpoints: &[Checkpoint]) -> Result<Seals, Error> {
    let Some(head) = checkpoint::stands(tx, Timestamp(0)).await? else { return Ok(Seals::default()) };
    let own: Vec<&Checkpoint> = checkpoints.iter().filter(|checkpoint| checkpoint.log == head.log).collect();
    let mut log = Chain::new("Entry", own.iter().map(|checkpoint| (checkpoint.seq, checkpoint.seal.clone())));
    loop {
        let rows = log::sealed(tx, log.at, SEALED_AT_ONCE).await?;
        for row in &rows {
            log.goes_on(row.seq, row.seal.clone(), row.sealed(&log.seal));
        }
        if rows.len() < SEALED_AT_ONCE as usize || log.broken.is_some() {
            break;
        }
    }
    let said = own.iter().map(|checkpoint| (checkpoint.audited, checkpoint.audit_seal.clone()));
    let (mut deeds, mut n_records) = (Chain::new("Record", said), 0);
    loop {
        let rows = audit::sealed(tx, deeds.at, SEALED_AT_ONCE).await?;
        for row in &rows {
            deeds.goes_on(row.n, row.seal.clone(), row.sealed(&deeds.seal));
        }
        n_records += rows.len() as u64;
        if rows.len() < SEALED_AT_ONCE as usize || deeds.broken.is_some() {
            break;
        }
    }
    Ok(Seals {
        n_records,
        n_checkpoints: own.len() as u64,
        n_foreign: (checkpoints.len() - own.len()) as u64,
        broken: log.ended(head.seq).into_iter().chain(deeds.ended(head.audited)).collect(),
    })
}

/// The next conversations with their facts.
async fn pieces(tx: &mut Tx, after: i64) -> Result<Vec<(Scene, Vec<Fact>)>, Error> {
    let text = format!(
        "select {SCENE} from conversation c join contact k on k.contact_id = c.contact_id \
         where c.number > $1 order by c.number limit $2"
    );
    let rows = tx.built(text).bind(after).bind(AT_ONCE).all().await?;
    let scenes: Result<Vec<Scene>, Error> = rows.iter().map(|row| Columns::of(row).scene()).collect();
    let scenes = scenes?;
    if scenes.is_empty() {
        return Ok(vec![]);
    }
    let places: Vec<String> = (1..=scenes.len()).map(|n| format!("${n}")).collect();
    let text = format!(
        "select conversation_id, at, by_kind, by_id, event from event where conversation_id in ({}) order by seq",
        places.join(", ")
    );
    let query =
        scenes.iter().fold(tx.built(text), |query, scene| query.bind(scene.conversation.id.to_string()));
    let mut facts = BTreeMap::<_, Vec<Fact>>::new();
    for row in query.all().await? {
        let mut columns = Columns::of(&row);
        let id: domain::id::ConversationId = columns.id()?;
        let (at, by) = (columns.time()?, columns.by()?);
        facts.entry(id).or_default().push(Fact { at, by, event: columns.json()? });
    }
    let with_facts = |scene: Scene| {
        let facts = facts.remove(&scene.conversation.id).unwrap_or_default();
        (scene, facts)
    };
    Ok(scenes.into_iter().map(with_facts).collect())
}

/// How a conversation, or what the log tells of its client, stands otherwise.
fn difference(scene: &Scene, facts: &[Fact]) -> Option<String> {
    let Scene { contact, conversation, into: _ } = scene;
    let told = folded(conversation, facts);
    let number = conversation.number;
    if told != *conversation {
        let [told, stored] = [&told, conversation].map(|one| serde_json::to_value(one).unwrap_or_default());
        let fields = stored.as_object().into_iter().flatten();
        let differing: Vec<String> = fields
            .filter(|(name, value)| told.get(name.as_str()) != Some(value))
            .map(|(name, value)| {
                format!("{name} is {value}, and told as {}", told.get(name).unwrap_or_default())
            })
            .collect();
        return Some(format!("#{number}: {}", differing.join("; ")));
    }
    let Contact { pinned_to, blocked_at, .. } = contact;
    let mut differing = vec![];
    if let Some(pinned) = domain::conversation::pinned_by(facts)
        && pinned != *pinned_to
    {
        differing.push(format!("#{number}: the client is pinned otherwise than the log tells"));
    }
    if let Some(blocked) = domain::conversation::blocked_by(facts)
        && blocked != *blocked_at
    {
        differing.push(format!("#{number}: the black list holds the client otherwise than the log tells"));
    }
    (!differing.is_empty()).then(|| differing.join("; "))
}

fn miscounted(counted: &BTreeMap<Cell, i64>, stored: &[(Cell, i64)], moved: &BTreeSet<Cell>) -> Vec<String> {
    let stored: BTreeMap<Cell, i64> = stored.iter().filter(|(_, n)| *n != 0).cloned().collect();
    let all: BTreeSet<&Cell> =
        counted.keys().chain(stored.keys()).filter(|cell| !moved.contains(cell)).collect();
    let of = |cells: &BTreeMap<Cell, i64>, cell: &Cell| cells.get(cell).copied().unwrap_or(0);
    let wrong = all.into_iter().filter(|cell| of(counted, cell) != of(&stored, cell));
    wrong
        .map(|cell| {
            let (kept, counted) = (of(&stored, cell), of(counted, cell));
            format!("{}: {kept} are kept where there are {counted} ({cell:?})", cell.view.title())
        })
        .collect()
}
