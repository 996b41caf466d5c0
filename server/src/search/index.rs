//! The index of words. It follows the log, so that whoever writes does not wait for it; a search brings it up first. Every
//! server may do it; whoever does holds its state.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::contact::Contact;
use domain::search::{self, Words};
use tokio::time::sleep;

use crate::conversation::store::Columns;
use crate::db::{Db, Engine, Tx};
use crate::error::Error;
use crate::revise::CHANGES;
use crate::server::Server;
use crate::sql;

/// Messages, or clients, of one transaction: as many as it can index without keeping others waiting.
const AT_ONCE: i64 = 500;

/// And no more of their text than this: it is cut into words while others wait.
const BYTES_AT_ONCE: usize = 256 * 1024;

/// How long it waits for more to index at once.
const WAIT: Duration = Duration::from_millis(500);

/// Transactions for which a search waits. On a database of an older version there may be thousands.
const WAITED_FOR: usize = 4;

/// The key by which servers take turns.
const TURN: &str = "search";

/// Follows the log as long as the server runs.
pub async fn follow(server: Arc<Server>) {
    let mut commits = server.db.commits();
    loop {
        match bring_up(&server.db, usize::MAX).await {
            Ok(()) => {}
            Err(error) => tracing::warn!(?error, "new messages could not be indexed; it is tried again"),
        }
        if commits.changed().await.is_err() {
            return;
        }
        sleep(WAIT).await;
    }
}

/// Brings the index up for a search. What cannot be written is not found, and the search goes on.
pub async fn bring_up_to_search(db: &Db) {
    if let Err(error) = bring_up(db, WAITED_FOR).await {
        tracing::warn!(?error, "a search goes on without what is new");
    }
}

/// Indexes what is not, in at most that many transactions.
pub async fn bring_up(db: &Db, n_at_most: usize) -> Result<(), Error> {
    for _ in 0..n_at_most {
        let is_behind =
            db.read(async move |tx: &mut Tx| Ok::<_, Error>(State::read(tx).await?.is_behind())).await?;
        if !is_behind {
            return Ok(());
        }
        db.write(TURN, async move |tx: &mut Tx| more(tx).await).await?;
    }
    Ok(())
}

/// Whether so much is not indexed that a search has to say so.
pub async fn lags(tx: &mut Tx) -> Result<bool, Error> {
    let State { indexed_to, names_to, head } = State::read(tx).await?;
    Ok(names_to.is_some() || head - indexed_to > AT_ONCE)
}

struct State {
    indexed_to: i64,
    names_to: Option<String>,
    head: i64,
}

impl State {
    async fn read(tx: &mut Tx) -> Result<Self, Error> {
        // Before the set-up there is no workspace, and nothing to index.
        let text = sql!(
            "select indexed_to, names_to, coalesce((select seq from workspace), indexed_to), \
             exists (select 1 from workspace) from search_state"
        );
        let row = tx.q(text).one().await?;
        let names_to = if row.get(3)? { row.get(1)? } else { None };
        Ok(Self { indexed_to: row.get(0)?, names_to, head: row.get(2)? })
    }

    fn is_behind(&self) -> bool {
        self.names_to.is_some() || self.indexed_to < self.head
    }
}

async fn more(tx: &mut Tx) -> Result<(), Error> {
    // Whoever else is at it waits here.
    tx.q(sql!("update search_state set indexed_to = indexed_to")).exec().await?;
    let state = State::read(tx).await?;
    if let Some(after) = state.names_to {
        return more_names(tx, after).await;
    }
    let text = format!(
        "select e.seq, m.text from event e join message m on m.message_id = e.message_id and not {CHANGES} \
         where e.seq > $1 and e.seq <= $3 order by e.seq limit $2"
    );
    // On PostgreSQL each statement sees what was committed before it: what comes after the head is another's turn.
    let head = state.head;
    let rows = tx.built(text).bind(state.indexed_to).bind(AT_ONCE).bind(head).all().await?;
    let (mut said, mut n_bytes) = (vec![], 0);
    for row in &rows {
        if n_bytes > BYTES_AT_ONCE {
            break;
        }
        let (seq, text): (i64, String) = (row.get(0)?, row.get(1)?);
        n_bytes += text.len();
        said.push((seq, indexed(&text)));
    }
    let is_all = said.len() == rows.len() && (rows.len() as i64) < AT_ONCE;
    let to = said.last().filter(|_| !is_all).map_or(head, |(seq, _)| *seq);
    write_said(tx, said).await?;
    tx.q(sql!("update search_state set indexed_to = $1")).bind(to).exec().await?;
    Ok(())
}

/// The words of a text as the index has them.
fn indexed(text: &str) -> String {
    let words = Words::of(text);
    words.iter().collect::<BTreeSet<&str>>().into_iter().collect::<Vec<_>>().join(" ")
}

/// Puts words of messages into the index, each under the entry of the log that brought it.
async fn write_said(tx: &mut Tx, mut said: Vec<(i64, String)>) -> Result<(), Error> {
    said.retain(|(_, words)| !words.is_empty());
    if !said.is_empty() {
        let rows = tx.rows(said.len(), 2);
        let text = match tx.engine() {
            Engine::Sqlite => format!("insert into search_message (rowid, words) values {rows}"),
            Engine::Postgres => format!(
                "insert into search_message (seq, words) select seq, array_to_tsvector(string_to_array(words, ' ')) \
                 from (values {rows}) as said (seq, words)"
            ),
        };
        let query = said.into_iter().fold(tx.built(text), |query, (seq, words)| query.bind(seq).bind(words));
        query.exec().await?;
    }
    Ok(())
}

/// Finds a message by its words as they are now. What is not in the index yet comes into it like that.
pub async fn rewrite(tx: &mut Tx, seq: i64) -> Result<(), Error> {
    // Whoever indexes waits, or is waited for.
    let state = sql!("update search_state set indexed_to = indexed_to returning indexed_to");
    let indexed_to: i64 = tx.q(state).one().await?.get(0)?;
    if seq > indexed_to {
        return Ok(());
    }
    tx.q(sql!(
        sqlite: "delete from search_message where rowid = $1",
        postgres: "delete from search_message where seq = $1"
    ))
    .bind(seq)
    .exec()
    .await?;
    let text =
        sql!("select m.text from event e join message m on m.message_id = e.message_id where e.seq = $1");
    let text: String = tx.q(text).bind(seq).one().await?.get(0)?;
    write_said(tx, vec![(seq, indexed(&text))]).await
}

async fn more_names(tx: &mut Tx, after: String) -> Result<(), Error> {
    let text = sql!(
        "select contact_id, display_name, original_name, email, phone, language, vip, lead, pinned_to, blocked_at, \
         client_id, own from contact where contact_id > $1 order by contact_id limit $2"; postgres: " for share"
    );
    let rows = tx.q(text).bind(after).bind(AT_ONCE).all().await?;
    let mut names = vec![];
    for row in &rows {
        let mut columns = Columns::of(row);
        let id = columns.id()?;
        names.push(columns.contact(id)?);
    }
    write_names(tx, &names).await?;
    let to = names.last().filter(|_| rows.len() as i64 == AT_ONCE).map(|contact| contact.id.to_string());
    tx.q(sql!("update search_state set names_to = $1")).bind(to).exec().await?;
    Ok(())
}

/// Puts the names of clients into the index.
pub async fn write_names(tx: &mut Tx, contacts: &[Contact]) -> Result<(), Error> {
    let mut words = BTreeSet::new();
    for contact in contacts {
        let names = Words::of(&search::names(contact));
        words.extend(names.iter().map(|word| (word.to_owned(), contact.id.to_string())));
    }
    let words: Vec<_> = words.into_iter().collect();
    for words in words.chunks(AT_ONCE as usize) {
        let text = format!(
            "insert into search_name (word, contact_id) values {} on conflict (word, contact_id) do nothing",
            tx.rows(words.len(), 2)
        );
        let query =
            words.iter().fold(tx.built(text), |query, (word, id)| query.bind(word.clone()).bind(id.clone()));
        query.exec().await?;
    }
    Ok(())
}

/// The same after they may have changed.
pub async fn rewrite_names(tx: &mut Tx, contact: &Contact) -> Result<(), Error> {
    tx.q(sql!("delete from search_name where contact_id = $1")).bind(contact.id.to_string()).exec().await?;
    write_names(tx, std::slice::from_ref(contact)).await
}
