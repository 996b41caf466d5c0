//! Whether everything stands as the log tells it: `switchboard verify`. It reads, and changes nothing.

use domain::contact::Contact;
use domain::conversation::{Fact, Scene, folded};
use domain::counter::{self, Cell};
use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::Checkpoint;
use crate::conversation::log;
use crate::conversation::store::{Columns, SCENE};
use crate::db::{Db, Tx};
use crate::error::Error;

pub use self::chain::{Seals, seals};

mod chain;

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

impl Report {
    pub fn is_sound(&self) -> bool {
        self.wrong.is_empty() && self.miscounted.is_empty() && self.seals.broken.is_empty()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Report { n_conversations, n_entries, wrong, miscounted, seals } = self;
        let Seals { n_records, n_checkpoints, broken } = seals;
        writeln!(
            f,
            "{n_conversations} conversations, {n_entries} entries of the log, {n_records} records of the audit log and \
             {n_checkpoints} checkpoints were looked at."
        )?;
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
    let mut report = Report { seals: chain::follow(db, checkpoints).await?, ..Report::default() };
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
