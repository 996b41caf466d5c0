//! The log: what happened, in the order in which it was committed. Threads are read from it, and so is what a
//! browser or this server has missed.

use std::collections::{BTreeMap, BTreeSet};

use domain::conversation::{Event, Fact, Scene};
use domain::counter::{self, Cell, Tie};
use domain::id::{AgentId, CommandId, ConversationId};
use domain::live::{Change, Entry, PREVIEW_CHARS, Preview};
use domain::message::{Delivery, MessageKind};
use domain::permission::Permission;
use domain::sight::Reach;
use domain::time::Timestamp;
use domain::view::View;
use domain::viewer::Viewer;

use super::store::{self, Columns, SCENE};
use crate::db::{Row, Tx};
use crate::error::Error;
use crate::{seal, sql};

/// Writes what happened to the log and moves the counters; late in a transaction, because on
/// PostgreSQL everybody who writes waits for the number drawn here. Returns the `seq` of the conversation's last entry.
pub async fn write(
    tx: &mut Tx,
    command: Option<CommandId>,
    facts: &[Fact],
    before: Option<&Scene>,
    after: &Scene,
) -> Result<i64, Error> {
    if facts.is_empty() {
        let last = sql!("select max(seq) from event where conversation_id = $1");
        let last: Option<i64> = tx.q(last).bind(after.conversation.id.to_string()).one().await?.get(0)?;
        return Ok(last.unwrap_or(0));
    }
    let events: Vec<_> = facts.iter().map(|fact| (after.conversation.id, fact)).collect();
    // Who could see it before: those who cannot any more are told so, now or when they come back.
    let reach = before.map(Reach::of).filter(|before| *before != Reach::of(after));
    let last = write_events(tx, command, reach.as_ref(), &events).await?;
    move_counters(tx, before, after, last).await?;
    Ok(last)
}

/// Writes entries at the next places of the log, each with its seal. Returns the last.
pub async fn write_events(
    tx: &mut Tx,
    command: Option<CommandId>,
    before: Option<&Reach>,
    events: &[(ConversationId, &Fact)],
) -> Result<i64, Error> {
    let n = events.len() as i64;
    // Whoever writes has its turn: nobody else has written since, and the last seal is the one before these.
    let drawn = sql!(
        "update workspace set seq = seq + $1 \
         returning seq, (select e.seal from event e where e.seq = workspace.seq - $1)"
    );
    let row = tx.q(drawn).bind(n).one().await?;
    let last: i64 = row.get(0)?;
    let mut seal = row.get::<Option<String>>(1)?.unwrap_or_default();
    let mut entries = vec![];
    for (seq, (conversation, fact)) in (last - n + 1..).zip(events) {
        let (by_kind, by_id) = store::by_columns(fact.by);
        let mut entry = Sealed {
            seq,
            conversation: conversation.to_string(),
            at: fact.at.0,
            by_kind: by_kind.to_owned(),
            by_id,
            event: serde_json::to_string(&fact.event)?,
            message: fact.event.message().map(|message| message.to_string()),
            command: command.map(|command| command.to_string()),
            reach: before.map(serde_json::to_string).transpose()?,
            salt: fact.event.names_an_address().then(seal::salt),
            seal: String::new(),
        };
        entry.seal = entry.sealed(&seal);
        seal.clone_from(&entry.seal);
        entries.push(entry);
    }
    for entries in entries.chunks(store::ROWS) {
        let text = format!("insert into event ({SEALED}) values {}", tx.rows(entries.len(), 11));
        let mut query = tx.built(text);
        for entry in entries {
            let Sealed { seq, conversation, at, by_kind, by_id, event, message, command, reach, salt, seal } =
                entry.clone();
            query = query.bind(seq).bind(conversation).bind(at).bind(by_kind).bind(by_id).bind(event);
            query = query.bind(message).bind(command).bind(reach).bind(salt).bind(seal);
        }
        query.exec().await?;
    }
    Ok(last)
}

/// The columns of a row of the log, as [`Sealed`] has them.
const SEALED: &str =
    "seq, conversation_id, at, by_kind, by_id, event, message_id, command_id, reach_before, salt, seal";

/// A row of the log as it is stored: all that its seal is over, and the seal.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub seq: i64,
    conversation: String,
    at: i64,
    by_kind: String,
    by_id: Option<String>,
    event: String,
    message: Option<String>,
    command: Option<String>,
    reach: Option<String>,
    salt: Option<String>,
    pub seal: String,
}

impl Sealed {
    fn of(row: &Row) -> Result<Self, Error> {
        let mut columns = Columns::of(row);
        Ok(Self {
            seq: columns.take()?,
            conversation: columns.take()?,
            at: columns.take()?,
            by_kind: columns.take()?,
            by_id: columns.take()?,
            event: columns.take()?,
            message: columns.take()?,
            command: columns.take()?,
            reach: columns.take()?,
            salt: columns.take()?,
            seal: columns.take()?,
        })
    }

    /// The seal that it has after that one.
    pub fn sealed(&self, before: &str) -> String {
        let Self { seq, conversation, at, by_kind, by_id, event, message, command, reach, salt, seal: _ } =
            self;
        let (seq, at) = (seq.to_string(), at.to_string());
        let event = match salt {
            None => event.clone(),
            Some(salt) => seal::salted(salt, event),
        };
        let said = [Some(&seq), Some(conversation), Some(&at), Some(by_kind), by_id.as_ref(), Some(&event)];
        let about = [message.as_ref(), command.as_ref(), reach.as_ref(), salt.as_ref().map(|_| &seq)];
        seal::over(before, said.into_iter().chain(about).map(|part| part.map(String::as_str)))
    }
}

/// At most `limit` rows of the log after that one, as they are stored.
pub async fn sealed(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Sealed>, Error> {
    let text = format!("select {SEALED} from event where seq > $1 order by seq limit $2");
    tx.built(text).bind(after).bind(limit).all().await?.iter().map(Sealed::of).collect()
}

/// About the first entry that is not older than that: times rise with places, but for the clocks of several servers.
pub async fn place_of(tx: &mut Tx, at: Timestamp) -> Result<i64, Error> {
    let (mut low, mut high) = (1, head(tx).await? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let row = tx.q(sql!("select at from event where seq = $1")).bind(middle).opt().await?;
        match row.map(|row| row.get::<i64>(0)).transpose()? {
            Some(there) if there < at.0 => low = middle + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// Entries that are sealed in one transaction.
const SEALED_AT_ONCE: i64 = 1_000;

/// Seals a thousand entries more of those that were written before there were seals. Whether there are more. How far it is
/// stands in the same transaction, so that two servers do not seal at once.
pub async fn seal_old(tx: &mut Tx) -> Result<bool, Error> {
    let row = tx.q(sql!("select sealed_to from workspace")).opt().await?;
    let Some(after) = row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten() else {
        return Ok(false);
    };
    let before = tx.q(sql!("select seal from event where seq = $1")).bind(after).opt().await?;
    let mut seal: String = before.map(|row| row.get(0)).transpose()?.unwrap_or_default();
    let mut to = None;
    for mut entry in sealed(tx, after, SEALED_AT_ONCE).await? {
        entry.salt = names_an_address(&entry.event).then(seal::salt);
        seal = entry.sealed(&seal);
        let text = sql!("update event set salt = $2, seal = $3 where seq = $1");
        tx.q(text).bind(entry.seq).bind(entry.salt).bind(seal.as_str()).exec().await?;
        to = Some(entry.seq);
    }
    tx.q(sql!("update workspace set sealed_to = $1")).bind(to).exec().await?;
    Ok(to.is_some())
}

fn names_an_address(event: &str) -> bool {
    serde_json::from_str::<Event>(event).is_ok_and(|event| event.names_an_address())
}

/// One statement for all cells that a transition touches, in their one order. Each remembers the entry that
/// moved it last, so that whoever keeps the cells in memory reads only those that changed.
pub async fn move_counters(
    tx: &mut Tx,
    before: Option<&Scene>,
    after: &Scene,
    seq: i64,
) -> Result<(), Error> {
    let of = |scene: &'_ Scene| (scene.contact.clone(), scene.conversation.clone());
    let before = before.map(of);
    let moves = counter::moves(
        before.as_ref().map(|(contact, conversation)| (contact, conversation)),
        (&after.contact, &after.conversation),
    );
    write_cells(tx, &moves.into_iter().collect::<Vec<_>>(), seq).await
}

/// Moves cells by so many.
pub async fn write_cells(tx: &mut Tx, moves: &[(Cell, i64)], seq: i64) -> Result<(), Error> {
    for moves in moves.chunks(store::ROWS) {
        let text = format!(
            "insert into counter (view, group_id, assignee_id, free, unread, tie_agent_id, tie_strong, n, seq) values {} \
         on conflict (tie_agent_id, view, group_id, assignee_id, free, unread, tie_strong) \
         do update set n = counter.n + excluded.n, seq = excluded.seq",
            tx.rows(moves.len(), 9)
        );
        let mut query = tx.built(text);
        for (cell, n) in moves {
            query = query
                .bind(cell.view.slug())
                .bind(cell.group.map(|group| group.to_string()).unwrap_or_default())
                .bind(cell.assignee.map(|agent| agent.to_string()).unwrap_or_default())
                .bind(cell.free)
                .bind(cell.unread)
                .bind(cell.tie.map(|tie| tie.agent.to_string()).unwrap_or_default())
                .bind(cell.tie.is_some_and(|tie| tie.strong))
                .bind(*n)
                .bind(seq);
        }
        query.exec().await?;
    }
    Ok(())
}

/// Conversations that are counted anew in one transaction.
const RECOUNTED: i64 = 1_000;

/// Counts a thousand conversations more, as if they had just come, where not all are counted. Whether there are more.
/// How far it is stands in the same transaction, so that two servers do not count one twice.
pub async fn recount(tx: &mut Tx) -> Result<bool, Error> {
    let row = tx.q(sql!("select counted_to from workspace")).opt().await?;
    let Some(after) = row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten() else {
        return Ok(false);
    };
    if after == 0 {
        tx.q(sql!("delete from counter")).exec().await?;
    }
    let text = format!(
        "select {SCENE} from conversation c join contact k on k.contact_id = c.contact_id \
         where c.number > $1 order by c.number limit $2"
    );
    let rows = tx.built(text).bind(after).bind(RECOUNTED).all().await?;
    let scenes: Result<Vec<Scene>, Error> = rows.iter().map(|row| Columns::of(row).scene()).collect();
    let scenes = scenes?;
    for scene in &scenes {
        move_counters(tx, None, scene, 0).await?;
    }
    let to = scenes.last().map(|scene| scene.conversation.number);
    tx.q(sql!("update workspace set counted_to = $1")).bind(to).exec().await?;
    Ok(to.is_some())
}

/// The last entry.
pub async fn head(tx: &mut Tx) -> Result<i64, Error> {
    Ok(tx.q(sql!("select seq from workspace")).one().await?.get(0)?)
}

/// The columns of an entry: an event `e`, and the words `m` that it is about.
const ENTRY: &str = "e.seq, e.at, e.by_kind, e.by_id, e.event, m.message_id, m.kind, m.by_kind, m.by_id, m.at, \
    m.text, m.file, m.delivery";

/// Which whispers somebody reads: the translation of [`domain::sight::readable`] for a conversation that they see.
#[derive(Clone, Copy, Debug)]
pub enum Whispers {
    /// All.
    All,
    /// Those of conversations in which that agent takes part.
    Of(AgentId),
}

impl Whispers {
    /// Those that this viewer reads.
    pub fn read_by(viewer: &Viewer) -> Self {
        match viewer.may(Permission::Monitor) {
            true => Self::All,
            false => Self::Of(viewer.agent),
        }
    }

    /// The agent's id, or nothing where all are read: what [`READABLE`] binds.
    pub fn agent(self) -> String {
        match self {
            Self::All => String::new(),
            Self::Of(agent) => agent.to_string(),
        }
    }
}

/// Events that are nothing without their words.
pub const WORDS: &str = "(e.event like '{\"received\"%' or e.event like '{\"answered\"%' or e.event like '{\"replied\"%' \
    or e.event like '{\"whispered\"%' or e.event like '{\"noted\"%')";

/// Events that a thread has no entry for: the translation of [`domain::conversation::Event::is_mark`].
pub const MARKS: &str = "(e.event like '{\"seen\"%' or e.event = '\"read\"')";

/// Words `m` that are shown in another conversation than the one whose log holds them. An index has these alone.
pub const MOVED: &str = "m.seq is not null and m.written_in_id <> m.conversation_id";

/// What a thread leaves out for those who may not read whispers: not even their number shows. A whisper that was moved
/// stays with those who took part where it was written. `who` is where [`Whispers::agent`] is bound.
pub fn readable(message: &str, who: &str) -> String {
    format!(
        "({message}.kind is null or {message}.kind <> 'whisper' or {who} = '' or exists (select 1 from conversation_part p \
         where p.conversation_id = coalesce({message}.written_in_id, {message}.conversation_id) \
         and p.agent_id = {who} and p.takes_part))"
    )
}

/// The newest part of a conversation's thread before an entry, oldest first: at most `limit` entries. Words that went
/// elsewhere are not in it, and words that came from elsewhere are.
pub async fn thread(
    tx: &mut Tx,
    id: ConversationId,
    before: i64,
    whispers: Whispers,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let text = format!(
        "select * from (select {ENTRY} from event e left join message w on w.message_id = e.message_id \
         left join message m on m.message_id = w.message_id \
         and (m.conversation_id = $1 or m.kind = 'client_note') \
         where e.conversation_id = $1 and e.seq < $2 and {} \
         and (w.message_id is null or m.message_id is not null or not {WORDS}) and not {MARKS} \
         order by e.seq desc limit $4) own \
         union all select * from (select {ENTRY} from message m join event e on e.seq = m.seq \
         where m.conversation_id = $1 and {MOVED} and m.seq < $2 and {} \
         order by m.seq desc limit $4) moved order by 1 desc limit $4",
        readable("w", "$3"),
        readable("m", "$3"),
    );
    let query = tx.built(text).bind(id.to_string()).bind(before).bind(whispers.agent()).bind(limit as i64);
    query.all().await?.iter().rev().map(|row| entry(&mut Columns::of(row))).collect()
}

fn entry(columns: &mut Columns<'_>) -> Result<Entry, Error> {
    let (seq, at, by) = (columns.take()?, columns.time()?, columns.by()?);
    // An event of a newer version is shown as a line that says so, not as a broken thread.
    let event = columns.json().ok();
    let message = match columns.maybe_id()? {
        None => None,
        Some(id) => Some(columns.message_of(id)?),
    };
    let delivery = match &message {
        None => None,
        Some(_) => columns.take::<Option<String>>()?.and_then(|key| Delivery::of_key(&key)),
    };
    Ok(Entry { seq, at, by, event, message, delivery })
}

/// An entry of the log with what only the server knows of it.
struct Logged {
    conversation: ConversationId,
    order: Option<CommandId>,
    before: Option<Reach>,
    entry: Entry,
}

/// What came after an entry.
pub struct Since {
    /// The last entry that was read.
    pub seq: i64,
    /// Whether there is more behind it.
    pub is_cut: bool,
    /// Neighbours of one conversation are one change, so that every change is whole at its `seq`.
    pub changes: Vec<Change>,
}

/// At most `limit` entries after that one, as changes of conversations as they are now.
pub async fn since(tx: &mut Tx, after: i64, limit: usize) -> Result<Since, Error> {
    let logged = logged(tx, after, limit).await?;
    let is_cut = logged.len() == limit;
    let seq = logged.last().map_or(after, |logged| logged.entry.seq);
    let now = as_they_are(tx, &logged).await?;
    let groups = logged.chunk_by(|one, other| one.conversation == other.conversation);
    let changes = groups.filter_map(|group| change(&now, group)).collect();
    Ok(Since { seq, is_cut, changes })
}

/// Everything after that entry, with each conversation once.
pub async fn touched(tx: &mut Tx, after: i64) -> Result<Vec<Change>, Error> {
    let mut logged = logged(tx, after, usize::MAX >> 1).await?;
    let now = as_they_are(tx, &logged).await?;
    // Stable: each conversation's entries keep their order.
    logged.sort_by_key(|logged| logged.conversation);
    let groups = logged.chunk_by(|one, other| one.conversation == other.conversation);
    Ok(groups.filter_map(|group| change(&now, group)).collect())
}

async fn logged(tx: &mut Tx, after: i64, limit: usize) -> Result<Vec<Logged>, Error> {
    let text = format!(
        "select e.conversation_id, e.command_id, e.reach_before, {ENTRY} \
         from event e left join message m on m.message_id = e.message_id \
         where e.seq > $1 order by e.seq limit $2"
    );
    let rows = tx.built(text).bind(after).bind(limit as i64).all().await?;
    let read = |row: &Row| {
        let mut columns = Columns::of(row);
        let (conversation, order) = (columns.id()?, columns.maybe_id()?);
        let before: Option<String> = columns.take()?;
        // Of a newer version, it is as good as unchanged: those who lost sight hear of it when they look.
        let before = before.and_then(|text| serde_json::from_str(&text).ok());
        Ok(Logged { conversation, order, before, entry: entry(&mut columns)? })
    };
    rows.iter().map(read).collect()
}

/// A conversation with its newest words, before anybody's sight of them.
struct Now {
    scene: Scene,
    public: Option<Preview>,
    private: Option<(MessageKind, Preview)>,
}

async fn as_they_are(tx: &mut Tx, logged: &[Logged]) -> Result<BTreeMap<ConversationId, Now>, Error> {
    let ids: BTreeSet<ConversationId> = logged.iter().map(|logged| logged.conversation).collect();
    let ids: Vec<ConversationId> = ids.into_iter().collect();
    let mut all = BTreeMap::new();
    for ids in ids.chunks(store::ROWS) {
        let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
        let text = format!(
            "select {SCENE}, lp.by_kind, lp.by_id, substr(lp.text, 1, {PREVIEW_CHARS}), \
             pv.kind, pv.by_kind, pv.by_id, substr(pv.text, 1, {PREVIEW_CHARS}) \
             from conversation c join contact k on k.contact_id = c.contact_id \
             left join message lp on lp.message_id = c.last_public_id \
             left join message pv on pv.message_id = c.last_private_id where c.conversation_id in ({})",
            places.join(", ")
        );
        let query = ids.iter().fold(tx.built(text), |query, id| query.bind(id.to_string()));
        let mut found = vec![];
        for row in query.all().await? {
            found.push(now(&row)?);
        }
        for now in found {
            let scene = store::with_targets(tx, now.scene).await?;
            all.insert(scene.conversation.id, Now { scene, ..now });
        }
    }
    Ok(all)
}

fn now(row: &Row) -> Result<Now, Error> {
    let mut columns = Columns::of(row);
    let scene = columns.scene()?;
    let public = match row.get::<Option<String>>(store::SCENE_COLUMNS)? {
        None => {
            columns.skip(3);
            None
        }
        Some(_) => Some(Preview { by: columns.by()?, private: false, text: columns.take()? }),
    };
    let private = match columns.take::<Option<String>>()?.as_deref().and_then(MessageKind::of_key) {
        None => None,
        Some(kind) => Some((kind, Preview { by: columns.by()?, private: true, text: columns.take()? })),
    };
    Ok(Now { scene, public, private })
}

fn change(now: &BTreeMap<ConversationId, Now>, logged: &[Logged]) -> Option<Change> {
    let last = logged.last()?;
    let Now { scene, public, private } = now.get(&last.conversation)?;
    Some(Change {
        seq: last.entry.seq,
        before: logged.iter().filter_map(|logged| logged.before.clone()).collect(),
        scene: scene.clone(),
        public: public.clone(),
        private: private.clone(),
        entries: logged.iter().map(|logged| logged.entry.clone()).collect(),
        settles: logged.iter().filter_map(|logged| logged.order).collect(),
    })
}

/// The cells that were moved after an entry, each with how many conversations lie in it.
pub async fn cells(tx: &mut Tx, after: i64) -> Result<Vec<(Cell, i64)>, Error> {
    let text = sql!(
        "select view, group_id, assignee_id, free, unread, tie_agent_id, tie_strong, n from counter where seq > $1"
    );
    let cell = |row: &Row| {
        let mut columns = Columns::of(row);
        let view: String = columns.take()?;
        // Of a newer version.
        let Some(view) = View::of_slug(&view) else { return Ok(None) };
        let (group, assignee): (String, String) = (columns.take()?, columns.take()?);
        let (free, unread) = (columns.take()?, columns.take()?);
        let (tie, strong): (String, bool) = (columns.take()?, columns.take()?);
        let tie = tie.parse().ok().map(|agent| Tie { agent, strong });
        let cell =
            Cell { view, group: group.parse().ok(), assignee: assignee.parse().ok(), free, unread, tie };
        Ok(Some((cell, columns.take()?)))
    };
    let rows = tx.q(text).bind(after).all().await?;
    let cells: Result<Vec<_>, Error> = rows.iter().map(cell).collect();
    Ok(cells?.into_iter().flatten().collect())
}
