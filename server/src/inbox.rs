//! Lists and counts: [`Filter`] as SQL. `matches` in `domain` is the meaning; a generated test holds the
//! two together.

use app::backend::PAGE;
use domain::contact::Contact;
use domain::counter::{self, Cell, Count, Counts, Tie};
use domain::desk::{Page, Total};
use domain::filter::Filter;
use domain::id::{AgentId, ConversationId};
use domain::live::Row;
use domain::order::{Order, Place};
use domain::time::Timestamp;
use domain::view::View;
use domain::viewer::Viewer;

use crate::conversation::client::of_client;
use crate::conversation::store;
use crate::db::Tx;
use crate::error::Error;
use crate::sql;
use selection::{Selection, Value};

pub mod selection;

/// Counted exactly up to here; past it a list says "999+".
const COUNTED: i64 = 999;

/// The client's other conversations that are shown beside one.
const OTHERS: i64 = 10;

/// The cells that count for $1, each as a line: view, group, mine, free, unread, tie, how many.
macro_rules! cells {
    () => {
        "from (select view || ',' || group_id || ',' || mine || ',' || free || ',' || unread || ',' || tie || ',' || cast(sum(n) as text) \
         as line from (select view, group_id, n, case when assignee_id = $1 then '1' else '0' end as mine, \
         case when free then '1' else '0' end as free, case when unread then '1' else '0' end as unread, \
         case when tie_agent_id = '' then '0' when tie_strong then 's' else 'w' end as tie \
         from counter where tie_agent_id in ('', $1) and n <> 0) c group by view, group_id, mine, free, unread, tie) cells"
    };
}

/// At most [`PAGE`] rows after that place, in the order of the filter's view, with counts of the same moment.
pub async fn page(
    tx: &mut Tx,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Place>,
    now: Timestamp,
) -> Result<Page, Error> {
    let order = Order::of(filter.view);
    let (seq, counts) = counted(tx, viewer, now).await?;
    let in_view = counts.get(&filter.view).copied().unwrap_or_default().n;
    let mut list = Selection::of(filter, viewer, now);
    list.holds(filter.view, in_view);
    if let Some(place) = after {
        list.after(order, place);
    }
    let mut rows = list.rows(tx, viewer, order, PAGE as i64 + 1).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next =
        rows.last().filter(|_| has_more).map(|row| order.place(&row.scene.contact, &row.scene.conversation));
    let (total, bounded) = match filter.is_bare() {
        true => (in_view, false),
        false => (rows.len() as i64, has_more),
    };
    Ok(Page { seq, rows, next, total, bounded, counts })
}

/// How many conversations a filter finds in its view, counted up to [`COUNTED`].
pub async fn total(tx: &mut Tx, viewer: &Viewer, filter: &Filter, now: Timestamp) -> Result<Total, Error> {
    let (seq, counts) = counted(tx, viewer, now).await?;
    let in_view = counts.get(&filter.view).copied().unwrap_or_default().n;
    let mut all = Selection::of(filter, viewer, now);
    all.holds(filter.view, in_view);
    let n = all.count(tx, COUNTED + 1).await?.n;
    Ok(Total { seq, n: n.min(COUNTED), bounded: n > COUNTED })
}

/// How many conversations each view holds for the viewer: a sum over counters, whatever the house holds.
///
/// The cells come as one text: a driver spends more on a hundred rows than the database on adding them up.
/// Who else has a conversation makes no difference to a sum, so cells of others are one.
pub async fn counts(tx: &mut Tx, viewer: &Viewer, now: Timestamp) -> Result<Counts, Error> {
    Ok(counted(tx, viewer, now).await?.1)
}

/// The same with the entry of the log that they are as of: one question for both.
async fn counted(tx: &mut Tx, viewer: &Viewer, now: Timestamp) -> Result<(i64, Counts), Error> {
    let row = tx
        .q(sql!(
            sqlite: concat!("select group_concat(line, ';'), (select seq from workspace) ", cells!()),
            postgres: concat!("select string_agg(line, ';'), (select seq from workspace) ", cells!()),
        ))
        .bind(viewer.agent.to_string())
        .one()
        .await?;
    let (cells, seq): (Option<String>, i64) = (row.get(0)?, row.get(1)?);
    let cells: Option<Vec<(Cell, i64)>> =
        cells.iter().flat_map(|lines| lines.split(';')).map(|line| cell(line, viewer.agent)).collect();
    let cells = cells.ok_or_else(|| Error::Fault(anyhow::anyhow!("a counter that cannot be read")))?;
    let mut counts = counter::counts(viewer, cells);
    let overdue = overdue(tx, viewer, now).await?;
    counts.insert(View::Overdue, overdue);
    counts.retain(|_, count| *count != Count::default());
    Ok((seq, counts))
}

/// How many conversations are overdue: that changes by time alone, so it is counted, and not far.
pub async fn overdue(tx: &mut Tx, viewer: &Viewer, now: Timestamp) -> Result<Count, Error> {
    Selection::of(&Filter::of(View::Overdue), viewer, now).count(tx, COUNTED).await
}

/// A line of `cells!`.
fn cell(line: &str, me: AgentId) -> Option<(Cell, i64)> {
    let mut words = line.split(',');
    let view = View::of_slug(words.next()?)?;
    let group = match words.next()? {
        "" => None,
        id => Some(id.parse().ok()?),
    };
    let assignee = (words.next()? == "1").then_some(me);
    let (free, unread) = (words.next()? == "1", words.next()? == "1");
    let tie = match words.next()? {
        "0" => None,
        strength => Some(Tie { agent: me, strong: strength == "s" }),
    };
    Some((Cell { view, group, assignee, free, unread, tie }, words.next()?.parse().ok()?))
}

/// How many active conversations each agent has.
pub async fn workload(tx: &mut Tx) -> Result<std::collections::BTreeMap<AgentId, i64>, Error> {
    let rows = tx
        .q(sql!(
            "select assignee_id, cast(sum(n) as bigint) from counter \
             where tie_agent_id = '' and view = 'unresolved' and assignee_id <> '' group by assignee_id"
        ))
        .all()
        .await?;
    rows.iter().map(|row| Ok((crate::office::id(row, 0)?, row.get(1)?))).collect()
}

/// One conversation as a row. [`Error::Missing`] where the viewer does not see it.
pub async fn row(tx: &mut Tx, viewer: &Viewer, id: ConversationId) -> Result<Row, Error> {
    let scene = store::look(tx, viewer, id).await?;
    let mut list = Selection::new(viewer);
    let id = list.bind(Value::Text(id.to_string()));
    list.and(format!("c.conversation_id = {id}"));
    let found = list.rows(tx, viewer, Order::Newest, 1).await?;
    let preview = found.into_iter().next().and_then(|row| row.preview);
    Ok(Row { scene, preview })
}

/// The contact's other conversations that the viewer sees, newest first.
pub async fn others_of(
    tx: &mut Tx,
    viewer: &Viewer,
    contact: &Contact,
    but: ConversationId,
    now: Timestamp,
) -> Result<Vec<Row>, Error> {
    let mut list = Selection::of(&Filter::of(View::All), viewer, now);
    let client = list.bind(Value::Text(contact.client().to_string()));
    let but = list.bind(Value::Text(but.to_string()));
    list.and(format!("{} and c.conversation_id <> {but}", of_client(contact, &client)));
    list.rows(tx, viewer, Order::Newest, OTHERS).await
}

/// Who has answered that customer, in conversations that the viewer sees.
pub async fn answered_by(
    tx: &mut Tx,
    viewer: &Viewer,
    contact: &Contact,
    now: Timestamp,
) -> Result<std::collections::BTreeSet<AgentId>, Error> {
    let mut list = Selection::of(&Filter::of(View::All), viewer, now);
    let client = list.bind(Value::Text(contact.client().to_string()));
    list.and(format!("{} and m.kind = 'reply' and m.by_kind = 'agent'", of_client(contact, &client)));
    let text = format!(
        "select distinct m.by_id from conversation c join contact k on k.contact_id = c.contact_id \
         join message m on m.conversation_id = c.conversation_id where {} and $1 = $1",
        list.condition()
    );
    list.query(tx, text).all().await?.iter().map(|row| crate::office::id(row, 0)).collect()
}
