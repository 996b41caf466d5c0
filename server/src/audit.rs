//! The audit log: what people set, each record sealed to the one before it, in the transaction that set it; and the movements
//! of conversations, which the log has.

use domain::audit::{Asked, Deed, Movement, Movements, RECORDS, Record};
use domain::conversation::Event;
use domain::id::ConversationId;
use domain::permission::Permission;
use domain::time::{Duration, Timestamp};
use domain::viewer::{By, Viewer};

use crate::conversation::log::{self, MARKS, WORDS, Whispers};
use crate::conversation::store::{self, Columns};
use crate::db::{Query, Row, Tx};
use crate::error::Error;
use crate::{seal, sql};

/// Entries of the log that are looked through at once for movements that somebody may see.
const LOOKED_THROUGH: i64 = 200;

/// How often that is done for one answer: who sees little of much asks again.
const LOOKS: usize = 5;

/// How far the clocks of two servers may be apart: the log is in the order of commits, not of times.
const SKEW: Duration = Duration::minutes(10);

/// Keeps what somebody did; nothing where nothing came of it. Belongs into the transaction that does it.
pub async fn record(tx: &mut Tx, viewer: &Viewer, deed: Deed, now: Timestamp) -> Result<(), Error> {
    record_by(tx, By::Agent(viewer.agent), deed, now).await
}

/// The same of whoever it was.
pub async fn record_by(tx: &mut Tx, by: By, deed: Deed, now: Timestamp) -> Result<(), Error> {
    if deed.is_nothing() {
        return Ok(());
    }
    let drawn = sql!(
        "update workspace set audited = audited + 1 \
         returning audited, (select a.seal from audit a where a.n = workspace.audited - 1)"
    );
    let row = tx.q(drawn).one().await?;
    let before = row.get::<Option<String>>(1)?.unwrap_or_default();
    let (by_kind, by_id) = store::by_columns(by);
    let mut kept = Sealed {
        n: row.get(0)?,
        at: now.0,
        by_kind: by_kind.to_owned(),
        by_id,
        subject: deed.subject.key().to_owned(),
        deed: serde_json::to_string(&deed)?,
        salt: deed.names_an_address().then(seal::salt),
        seal: String::new(),
    };
    kept.seal = kept.sealed(&before);
    let Sealed { n, at, by_kind, by_id, subject, deed, salt, seal } = kept;
    let text = sql!(
        "insert into audit (n, at, by_kind, by_id, subject, deed, salt, seal) values ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let query = tx.q(text).bind(n).bind(at).bind(by_kind).bind(by_id).bind(subject).bind(deed);
    let query = query.bind(salt).bind(seal);
    query.exec().await?;
    Ok(())
}

/// A record as it is stored: all that its seal is over, and the seal.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub n: i64,
    at: i64,
    by_kind: String,
    by_id: Option<String>,
    subject: String,
    deed: String,
    salt: Option<String>,
    pub seal: String,
}

impl Sealed {
    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            n: row.get(0)?,
            at: row.get(1)?,
            by_kind: row.get(2)?,
            by_id: row.get(3)?,
            subject: row.get(4)?,
            deed: row.get(5)?,
            salt: row.get(6)?,
            seal: row.get(7)?,
        })
    }

    /// The seal that it has after that one.
    pub fn sealed(&self, before: &str) -> String {
        let Self { n, at, by_kind, by_id, subject, deed, salt, seal: _ } = self;
        let (n, at) = (n.to_string(), at.to_string());
        let deed = match salt {
            None => deed.clone(),
            Some(salt) => seal::salted(salt, deed),
        };
        let is_salted = salt.as_ref().map(|_| &n);
        let parts =
            [Some(&n), Some(&at), Some(by_kind), by_id.as_ref(), Some(subject), Some(&deed), is_salted];
        seal::over(before, parts.into_iter().map(|part| part.map(String::as_str)))
    }
}

/// At most `limit` records after that one, as they are stored.
pub async fn sealed(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Sealed>, Error> {
    let text = sql!(
        "select n, at, by_kind, by_id, subject, deed, salt, seal from audit where n > $1 order by n limit $2"
    );
    tx.q(text).bind(after).bind(limit).all().await?.iter().map(Sealed::of).collect()
}

/// What was set, the newest first, each with its seal.
///
/// Errors: [`Error::Refused`] of whoever may not read the audit log.
pub async fn records(tx: &mut Tx, viewer: &Viewer, asked: &Asked) -> Result<Vec<(Record, String)>, Error> {
    viewer.must(Permission::AdminAudit)?;
    let Asked { by, subject, since, until, before } = asked;
    let mut conditions = vec!["n < $1".to_owned()];
    let mut texts = vec![];
    if let Some(by) = by {
        texts.push(by.to_string());
        conditions.push(format!("by_kind = 'agent' and by_id = ${}", texts.len() + 3));
    }
    if let Some(subject) = subject {
        texts.push(subject.key().to_owned());
        conditions.push(format!("subject = ${}", texts.len() + 3));
    }
    let text = format!(
        "select n, at, by_kind, by_id, deed, seal from audit where {} and at >= $2 and at < $3 \
         order by n desc limit {RECORDS}",
        conditions.join(" and ")
    );
    let query = within(tx.built(text), *before, *since, *until);
    let rows = texts.into_iter().fold(query, Query::bind).all().await?;
    let record = |row: &Row| {
        let mut columns = Columns::of(row);
        let (n, at, by) = (columns.take()?, columns.time()?, columns.by()?);
        let deed = serde_json::from_str(&columns.take::<String>()?).ok();
        Ok((Record { n, at, by, deed }, columns.take()?))
    };
    rows.iter().map(record).collect()
}

/// Binds the place and the times between which is looked, as `$1`, `$2` and `$3`.
fn within(
    query: Query<'_>,
    before: Option<i64>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Query<'_> {
    let query = query.bind(before.unwrap_or(i64::MAX));
    query.bind(since.map_or(i64::MIN, |since| since.0)).bind(until.map_or(i64::MAX, |until| until.0))
}

/// What happened to conversations that the viewer may see, the newest first. What was said is in none of them, and
/// neither is that somebody has read.
///
/// Errors: [`Error::Refused`] of whoever may not read the audit log.
pub async fn movements(tx: &mut Tx, viewer: &Viewer, asked: &Asked) -> Result<Movements, Error> {
    viewer.must(Permission::AdminAudit)?;
    if !viewer.may(Permission::InboxOpen) {
        return Ok(Movements::default());
    }
    let Asked { by, subject: _, since, until, before } = asked;
    let first = match since {
        None => i64::MIN,
        Some(since) => log::place_of(tx, *since - SKEW).await?,
    };
    let before = match (until, before) {
        (None, before) => *before,
        (Some(until), before) => {
            let place = log::place_of(tx, *until + SKEW).await?.saturating_add(1);
            Some(before.map_or(place, |before| before.min(place)))
        }
    };
    let by_whom = by.map_or("1 = 1", |_| "e.by_kind = 'agent' and e.by_id = $5");
    let text = format!(
        "select e.seq, e.conversation_id, e.at, e.by_kind, e.by_id, e.event from event e \
         left join message w on w.message_id = e.message_id \
         where e.seq < $1 and e.seq >= {first} and e.at >= $2 and e.at < $3 and {by_whom} and not {WORDS} and not {MARKS} and {} \
         order by e.seq desc limit {LOOKED_THROUGH}",
        log::readable("w", "$4")
    );
    let mut movements = Movements { found: vec![], before };
    for _ in 0..LOOKS {
        let query = within(tx.built(text.clone()), movements.before, *since, *until);
        let query = query.bind(Whispers::read_by(viewer).agent());
        let query = by.iter().fold(query, |query, by| query.bind(by.to_string()));
        let rows = query.all().await?;
        let is_end = rows.len() < LOOKED_THROUGH as usize;
        for row in &rows {
            let mut columns = Columns::of(row);
            let (seq, id): (i64, ConversationId) = (columns.take()?, columns.id()?);
            let (at, by) = (columns.time()?, columns.by()?);
            let event: Option<Event> = columns.json().ok();
            movements.before = Some(seq);
            let scene = match store::look(tx, viewer, id).await {
                Ok(scene) => scene,
                Err(Error::Missing) => continue,
                Err(error) => return Err(error),
            };
            let (number, client) = (scene.conversation.number, scene.contact.display_name);
            movements.found.push(Movement { seq, at, by, number, client, event });
            if movements.found.len() == RECORDS {
                return Ok(movements);
            }
        }
        if is_end {
            movements.before = None;
            return Ok(movements);
        }
    }
    // Nothing of what was looked through is theirs to see; there may be more behind it.
    Ok(movements)
}
