//! Searching: [`domain::search`] says which words are found, `index` keeps them where both databases find them, and here
//! conversations are found by them, each through who looks.

use std::collections::{BTreeMap, BTreeSet};

use app::backend::PAGE;
use domain::filter::Filter;
use domain::id::ConversationId;
use domain::live::Row;
use domain::message::Message;
use domain::office::Office;
use domain::order::Order;
use domain::permission::Permission;
use domain::search::{After, Found, Hit, Said, Search, Words};
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::conversation::log;
use crate::conversation::store::Columns;
use crate::db::{Engine, Tx};
use crate::error::Error;
use crate::inbox::selection::{Selection, Value};

pub mod index;

/// Messages with the words that are looked at for one page. Who sees few of them goes on to the next page: a search
/// costs no more for one who sees little, and the whole history can still be reached. Browsers go on by themselves for a
/// while, and then when they are asked to.
const CANDIDATES: i64 = 1_000;

/// At most [`PAGE`] conversations after that place: those of clients who are called so, then those in which it was said,
/// the newest first. Each is one that the viewer sees, and whispers are found by those who may read them.
pub async fn find(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    search: &Search,
    after: Option<After>,
    now: Timestamp,
) -> Result<Found, Error> {
    let mut found =
        Found { seq: log::head(tx).await?, is_incomplete: index::lags(tx).await?, ..Found::default() };
    // Browsers do not ask for that.
    if !search.is_searchable() {
        return Ok(found);
    }
    let looks_for = Looked { office, viewer, search, now };
    let is_of_names = search.words.is_empty() || !search.asks_who_wrote();
    let listed = match after {
        None => Some(None),
        Some(After::Listed(place)) => Some(Some(place)),
        Some(After::Said(_)) => None,
    };
    if let Some(place) = listed.filter(|_| is_of_names) {
        let mut list = looks_for.list();
        place.into_iter().for_each(|place| list.after(Order::Newest, place));
        let mut rows = list.rows(tx, viewer, Order::Newest, PAGE as i64 + 1).await?;
        let has_more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let last = rows.last().map(|row| Order::Newest.place(&row.scene.contact, &row.scene.conversation));
        found.next = last.filter(|_| has_more).map(After::Listed);
        found.hits = rows.into_iter().map(|row| Hit { row, said: None }).collect();
    }
    if search.words.is_empty() || found.next.is_some() {
        return Ok(found);
    }
    let before = match after {
        Some(After::Said(seq)) => seq,
        None | Some(After::Listed(_)) => i64::MAX,
    };
    looks_for.said(tx, before, &mut found).await?;
    Ok(found)
}

/// What is looked for, and for whom.
struct Looked<'a> {
    office: &'a Office,
    viewer: &'a Viewer,
    search: &'a Search,
    now: Timestamp,
}

impl Looked<'_> {
    /// Conversations of clients who are called so; without words, all that fit.
    fn list(&self) -> Selection {
        let mut list = Selection::of(&self.search.filter, self.viewer, self.now);
        if !self.search.words.is_empty() {
            let named = named(&mut list, &self.search.words);
            let number = self.search.words.number().map(|number| list.bind(Value::Int(number)));
            list.either(
                [Some(named), number.map(|number| format!("c.number = {number}"))]
                    .into_iter()
                    .flatten()
                    .collect(),
            );
        } else {
            // Where only clients are called so, these are few, and it begins with theirs.
            for words in [&self.search.from, &self.search.to].into_iter().filter(|words| !words.is_empty()) {
                if words.name(self.office, self.viewer).is_empty() {
                    let named = named(&mut list, words);
                    list.and(named);
                }
            }
        }
        let written = self.written(&mut list);
        if !written.is_empty() {
            let conditions = [self.readable(&mut list), written].concat();
            list.and(format!(
                "exists (select 1 from message m where m.conversation_id = c.conversation_id and {})",
                conditions.join(" and ")
            ));
        }
        list
    }

    /// Fills the page with conversations in which it was said before that entry of the log.
    async fn said(&self, tx: &mut Tx, before: i64, found: &mut Found) -> Result<(), Error> {
        let engine = tx.engine();
        let words = query(engine, &self.search.words);
        let bounds =
            tx.built(format!("select count(*), min(seq) from ({}) f", candidates(engine, "$1", "$2")));
        let bounds = bounds.bind(words.clone()).bind(before).one().await?;
        let (n_candidates, first): (i64, Option<i64>) = (bounds.get(0)?, bounds.get(1)?);
        let Some(first) = first else { return Ok(()) };

        let Search { filter, .. } = self.search;
        // A day is that of the message here, not that of the conversation's last one.
        let (since, until) = (filter.since, filter.until);
        let filter = Filter { since: None, until: None, ..filter.clone() };
        let mut list = Selection::of(&filter, self.viewer, self.now);
        let bound = before;
        let (words, before) = (list.bind(Value::Text(words)), list.bind(Value::Int(before)));
        let from = candidates(engine, &words, &before);
        for condition in [self.readable(&mut list), self.written(&mut list)].concat() {
            list.and(condition);
        }
        for (at, sign) in [(since, ">="), (until, "<")] {
            if let Some(at) = at {
                let at = list.bind(Value::Int(at.0));
                list.and(format!("m.at {sign} {at}"));
            }
        }
        // Cross joins: SQLite begins with what is left of them.
        let text = format!(
            "select f.seq, c.conversation_id from ({from}) f cross join event e cross join message m \
             cross join conversation c cross join contact k where e.seq = f.seq and m.message_id = e.message_id \
             and c.conversation_id = case m.kind when 'client_note' then e.conversation_id else m.conversation_id end \
             and k.contact_id = c.contact_id and {} and $1 = $1 order by f.seq desc",
            list.condition()
        );
        let mut known: BTreeSet<ConversationId> =
            found.hits.iter().map(|hit| hit.row.scene.conversation.id).collect();
        let mut seen = vec![];
        found.next = (n_candidates == CANDIDATES).then_some(After::Said(first));
        let mut last = bound;
        for row in list.query(tx, text).all().await? {
            if found.hits.len() + seen.len() >= PAGE {
                found.next = Some(After::Said(last));
                break;
            }
            let (seq, id): (i64, ConversationId) = (row.get(0)?, crate::office::id(&row, 1)?);
            last = seq;
            if known.insert(id) {
                seen.push((seq, id));
            }
        }
        let said = self.excerpts(tx, &seen).await?;
        let mut rows = self.rows(tx, &seen).await?;
        for (seq, id) in seen {
            let said = said.get(&seq).cloned();
            if let Some(at) = rows.iter().position(|row| row.scene.conversation.id == id) {
                found.hits.push(Hit { row: rows.swap_remove(at), said });
            }
        }
        Ok(())
    }

    /// What was said in those entries of the log.
    async fn excerpts(
        &self,
        tx: &mut Tx,
        seen: &[(i64, ConversationId)],
    ) -> Result<BTreeMap<i64, Said>, Error> {
        if seen.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places: Vec<String> = (1..=seen.len()).map(|n| format!("${n}")).collect();
        let text = format!(
            "select e.seq, m.message_id, m.kind, m.by_kind, m.by_id, m.at, m.text, m.file from event e \
             join message m on m.message_id = e.message_id where e.seq in ({})",
            places.join(", ")
        );
        let query = seen.iter().fold(tx.built(text), |query, (seq, _)| query.bind(*seq));
        let mut said = BTreeMap::new();
        for row in query.all().await? {
            let mut columns = Columns::of(&row);
            let seq = columns.take()?;
            let Message { kind, by, at, text, .. } = columns.message()?;
            said.insert(seq, Said { by, kind, at, excerpt: self.search.words.excerpt(&text) });
        }
        Ok(said)
    }

    async fn rows(&self, tx: &mut Tx, seen: &[(i64, ConversationId)]) -> Result<Vec<Row>, Error> {
        if seen.is_empty() {
            return Ok(vec![]);
        }
        let mut list = Selection::new(self.viewer);
        let ids = list.bind_all(seen.iter().map(|(_, id)| id));
        list.and(format!("c.conversation_id in ({ids})"));
        list.rows(tx, self.viewer, Order::Newest, seen.len() as i64).await
    }

    /// Whether the viewer may read a message `m`: the translation of [`domain::sight::readable`].
    fn readable(&self, list: &mut Selection) -> Vec<String> {
        let monitors = list.bind(Value::Bool(self.viewer.may(Permission::Monitor)));
        let takes_part = format!(
            "exists (select 1 from conversation_part w where w.conversation_id = coalesce(m.written_in_id, m.conversation_id) \
             and w.agent_id = {} and w.takes_part)",
            list.bind(Value::Text(self.viewer.agent.to_string()))
        );
        vec![format!("(m.kind <> 'whisper' or {monitors} or {takes_part})")]
    }

    /// Whether it was written by whom and to whom was asked, and came with what was.
    fn written(&self, list: &mut Selection) -> Vec<String> {
        let Search { from, to, with_file, .. } = self.search;
        let mut conditions = vec![];
        if *with_file {
            conditions.push("m.file is not null".to_owned());
        }
        if !from.is_empty() {
            let (client, agents) = (named(list, from), self.colleagues(list, from));
            conditions.push(format!(
                "((m.by_kind = 'visitor' and {client}) or (m.by_kind = 'agent' and m.by_id in ({agents})))"
            ));
        }
        if !to.is_empty() {
            let (client, agents) = (named(list, to), self.colleagues(list, to));
            conditions.push(format!(
                "((m.kind in ('reply', 'ai') and {client}) or (m.kind = 'customer' and c.assignee_id in ({agents})))"
            ));
        }
        conditions
    }

    /// The placeholders of colleagues who are called so.
    fn colleagues(&self, list: &mut Selection, words: &Words) -> String {
        match words.name(self.office, self.viewer) {
            nobody if nobody.is_empty() => "null".into(),
            agents => list.bind_all(&agents),
        }
    }
}

/// Whether the client `c.contact_id` is called so.
fn named(list: &mut Selection, words: &Words) -> String {
    let each: Vec<String> = words
        .iter()
        .map(|word| {
            let from = list.bind(Value::Text(word.to_owned()));
            // Behind everything that begins with it: no sign is greater.
            let to = list.bind(Value::Text(format!("{word}\u{10ffff}")));
            format!("select contact_id from search_name where word >= {from} and word < {to}")
        })
        .collect();
    format!("c.contact_id in ({})", each.join(" intersect "))
}

/// The entries of the log before one in which words were said, the newest first; both are placeholders.
fn candidates(engine: Engine, words: &str, before: &str) -> String {
    match engine {
        Engine::Sqlite => format!(
            "select rowid as seq from search_message where search_message match {words} and rowid < {before} \
             order by rowid desc limit {CANDIDATES}"
        ),
        Engine::Postgres => format!(
            "select seq from search_message where words @@ cast({words} as tsquery) and seq < {before} \
             order by seq desc limit {CANDIDATES}"
        ),
    }
}

/// Words as each database takes them. They are letters and digits: nothing in them could be taken for a sign.
fn query(engine: Engine, words: &Words) -> String {
    let (each, and): (fn(&str) -> String, _) = match engine {
        Engine::Sqlite => (|word| format!("\"{word}\"*"), " AND "),
        Engine::Postgres => (|word| format!("'{word}':*"), " & "),
    };
    words.iter().map(each).collect::<Vec<_>>().join(and)
}
