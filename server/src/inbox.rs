//! Lists and counts: [`Filter`] as SQL. `matches` in `domain` is the meaning; a generated test holds the
//! two together.

use std::fmt::Display;

use app::backend::PAGE;
use domain::counter::{self, Cell, Count, Counts, Tie};
use domain::desk::Page;
use domain::filter::{Filter, Standing};
use domain::id::{AgentId, ContactId, ConversationId};
use domain::live::{PREVIEW_CHARS, Preview, Row};
use domain::order::{Order, Place};
use domain::permission::Permission;
use domain::time::Timestamp;
use domain::view::View;
use domain::viewer::Viewer;

use crate::conversation::store::{self, Columns, SCENE};
use crate::db::{Query, Tx};
use crate::error::Error;
use crate::sql;

/// Counted exactly up to here; past it a list says "999+".
const COUNTED: i64 = 999;

/// The contact's other conversations that are shown beside one.
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
    let mut list = Selection::of(filter, viewer, now);
    if let Some(place) = after {
        list.after(order, place);
    }
    let mut rows = list.rows(tx, viewer, order, PAGE as i64 + 1).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next =
        rows.last().filter(|_| has_more).map(|row| order.place(&row.scene.contact, &row.scene.conversation));
    let (seq, counts) = counted(tx, viewer, now).await?;
    let total = match filter.is_bare() {
        true => counts.get(&filter.view).copied().unwrap_or_default().n,
        false => Selection::of(filter, viewer, now).count(tx, COUNTED + 1).await?.n,
    };
    let bounded = !filter.is_bare() && total > COUNTED;
    Ok(Page { seq, rows, next, total: if bounded { COUNTED } else { total }, bounded, counts })
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
    contact: ContactId,
    but: ConversationId,
    now: Timestamp,
) -> Result<Vec<Row>, Error> {
    let mut list = Selection::of(&Filter::of(View::All), viewer, now);
    let (contact, but) =
        (list.bind(Value::Text(contact.to_string())), list.bind(Value::Text(but.to_string())));
    list.and(format!("c.contact_id = {contact} and c.conversation_id <> {but}"));
    list.rows(tx, viewer, Order::Newest, OTHERS).await
}

/// Who has answered that customer, in conversations that the viewer sees.
pub async fn answered_by(
    tx: &mut Tx,
    viewer: &Viewer,
    contact: ContactId,
    now: Timestamp,
) -> Result<std::collections::BTreeSet<AgentId>, Error> {
    let mut list = Selection::of(&Filter::of(View::All), viewer, now);
    let contact = list.bind(Value::Text(contact.to_string()));
    list.and(format!("c.contact_id = {contact} and m.kind = 'reply' and m.by_kind = 'agent'"));
    let text = format!(
        "select distinct m.by_id from conversation c join contact k on k.contact_id = c.contact_id \
         join message m on m.conversation_id = c.conversation_id where {} and $1 = $1",
        list.condition()
    );
    list.query(tx, text).all().await?.iter().map(|row| crate::office::id(row, 0)).collect()
}

/// A value for a placeholder.
enum Value {
    Int(i64),
    Text(String),
    Bool(bool),
}

/// A condition over conversations `c` and contacts `k`, with its values. Text is put together from parts of
/// our own; every value is bound.
struct Selection {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Selection {
    fn new(viewer: &Viewer) -> Self {
        // $1 is always who looks: the preview asks it too.
        Self { conditions: vec![], values: vec![Value::Text(viewer.agent.to_string())] }
    }

    /// The translation of [`Filter::matches`].
    fn of(filter: &Filter, viewer: &Viewer, now: Timestamp) -> Self {
        let Filter { view, groups, operators, statuses, channels, priorities, tags, lead, since, until } =
            filter;
        let mut list = Self::new(viewer);
        list.sight(viewer, *view);
        list.view(*view, now);
        list.any_or_null("c.group_id", groups);
        list.any_or_null("c.assignee_id", operators);
        let standings = statuses.iter().map(|standing| match standing {
            Standing::Unassigned => "(c.active and c.assignee_id is null)",
            Standing::InProgress => "(c.active and c.assignee_id is not null)",
            Standing::Closed => "not c.active",
        });
        list.either(standings.collect());
        list.any("c.channel_id", channels);
        let levels = priorities.iter().map(|level| format!("c.priority = {}", level.rank()));
        list.either(levels.collect());
        if !tags.is_empty() {
            let tags = list.bind_all(tags);
            list.and(format!(
                "exists (select 1 from conversation_tag t where t.conversation_id = c.conversation_id and t.tag_id in ({tags}))"
            ));
        }
        if let Some(lead) = lead {
            list.and(if *lead { "k.lead" } else { "not k.lead" });
        }
        if let Some(since) = since {
            let since = list.bind(Value::Int(since.0));
            list.and(format!("c.last_message_at >= {since}"));
        }
        if let Some(until) = until {
            let until = list.bind(Value::Int(until.0));
            list.and(format!("c.last_message_at < {until}"));
        }
        list
    }

    /// The translation of [`domain::sight::visible`] for conversations that were not merged away; lists
    /// hold no others.
    fn sight(&mut self, viewer: &Viewer, view: View) {
        self.and("c.merged_into_id is null");
        if !viewer.may(Permission::InboxOpen) {
            return self.and("1 = 0");
        }
        let in_scope = match viewer.super_admin || viewer.groups.is_empty() {
            true => "1 = 1".to_string(),
            false => format!("c.group_id in ({})", self.bind_all(&viewer.groups)),
        };
        if view == View::Blacklist {
            self.and("k.blocked_at is not null");
            return self.and(if viewer.may(Permission::BlacklistView) { in_scope } else { "1 = 0".into() });
        }
        self.and("k.blocked_at is null");
        if viewer.super_admin {
            return;
        }
        let in_view = match viewer.may(Permission::ViewAll) || viewer.may(Permission::Monitor) {
            true => "1 = 1".to_string(),
            false => format!("(c.active and c.assignee_id is null) or {}", part("takes_part")),
        };
        self.and(format!(
            "(c.assignee_id = $1 or c.transfer_to = $1 or (not c.active and c.closed_by = $1) \
             or ({in_scope} and ({in_view})))"
        ));
    }

    /// The translation of [`View::holds`].
    fn view(&mut self, view: View, now: Timestamp) {
        match view {
            View::Unassigned => self.and("c.unassigned_at is not null"),
            View::MyInbox | View::Mine => self.and("c.active and c.assignee_id = $1"),
            View::Assigned => self.and("c.active and (c.assignee_id is not null or c.group_explicit)"),
            View::AiHandling => self.and("c.active and c.assignee_id is null and c.ai = 'active'"),
            View::PendingHumanReply => self.and(
                "c.active and (c.ai = 'handed_off' or (c.waiting_since is not null and c.ai <> 'active'))",
            ),
            View::HasLead => self.and("k.lead"),
            View::Unresolved => self.and("c.active"),
            View::Resolved => self.and("not c.active"),
            View::Closed => self.and("c.status in ('resolved', 'closed') and c.closed_by = $1"),
            View::All | View::Blacklist => {}
            View::Archived => self.and("c.status = 'archived'"),
            View::Mentions => self.and(part("mentioned")),
            View::Participating => self.and(format!(
                "c.active and (c.assignee_id is null or c.assignee_id <> $1) and {}",
                part("takes_part")
            )),
            View::TransfersToMe => self.and("c.transfer_to = $1"),
            View::Overdue => {
                let now = self.bind(Value::Int(now.0));
                self.and(format!("c.status = 'open' and c.deadline < {now}"));
            }
        }
    }

    /// Only what stands behind that place.
    fn after(&mut self, order: Order, Place(first, time, number): Place) {
        let mut bind = |n| self.bind(Value::Int(n));
        let condition = match order {
            Order::Queue => {
                let (first, time, number) = (bind(first), bind(time), bind(number));
                format!("({}, c.number) > ({first}, {time}, {number})", key(order))
            }
            Order::Waiting | Order::TransferExpiry | Order::Deadline => {
                let (time, number) = (bind(time), bind(number));
                format!("({}, c.number) > ({time}, {number})", key(order))
            }
            Order::Newest | Order::ClosedNewest | Order::BlockedNewest => {
                let (time, number) = (bind(-time), bind(-number));
                format!("({}, c.number) < ({time}, {number})", key(order))
            }
        };
        self.and(condition);
    }

    async fn rows(
        mut self,
        tx: &mut Tx,
        viewer: &Viewer,
        order: Order,
        limit: i64,
    ) -> Result<Vec<Row>, Error> {
        let monitors = self.bind(Value::Bool(viewer.may(Permission::Monitor)));
        let limit = self.bind(Value::Int(limit));
        let private = "pv.message_id is not null";
        let direction = match order {
            Order::Queue | Order::Waiting | Order::TransferExpiry | Order::Deadline => "",
            Order::Newest | Order::ClosedNewest | Order::BlockedNewest => " desc",
        };
        let columns = format!(
            "{SCENE}, case when {private} then pv.by_kind else lp.by_kind end, \
             case when {private} then pv.by_id else lp.by_id end, {private}, substr(coalesce(pv.text, lp.text), 1, {PREVIEW_CHARS})"
        );
        let from = format!(
            "from conversation c join contact k on k.contact_id = c.contact_id \
             left join message lp on lp.message_id = c.last_public_id \
             left join message pv on pv.message_id = c.last_private_id \
             and (pv.kind <> 'whisper' or {monitors} or {}) \
             where {} order by {}{direction}, c.number{direction} limit {limit}",
            part("takes_part"),
            self.condition(),
            key(order),
        );
        let text = tx.lines(&columns, &from);
        let found: Option<String> = self.query(tx, text).one().await?.get(0)?;
        let rows: Result<Vec<Row>, Error> =
            found.iter().flat_map(|lines| lines.lines()).map(read_row).collect();
        let mut rows = rows?;
        rows.sort_by_key(|row| order.place(&row.scene.contact, &row.scene.conversation));
        Ok(rows)
    }

    /// How many there are, looked for no further than `limit`.
    async fn count(mut self, tx: &mut Tx, limit: i64) -> Result<Count, Error> {
        let limit = self.bind(Value::Int(limit));
        let text = format!(
            "select count(*), coalesce(cast(sum(unread) as bigint), 0) from (select case when c.active and \
             c.unread_since is not null then 1 else 0 end as unread from conversation c join contact k on k.contact_id = c.contact_id \
             where {} and $1 = $1 limit {limit}) found",
            self.condition(),
        );
        let row = self.query(tx, text).one().await?;
        Ok(Count { n: row.get(0)?, unread: row.get(1)? })
    }

    fn query(self, tx: &mut Tx, text: String) -> Query<'_> {
        self.values.into_iter().fold(tx.built(text), |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bool(value) => query.bind(value),
        })
    }

    fn condition(&self) -> String {
        match self.conditions.is_empty() {
            true => "1 = 1".into(),
            false => self.conditions.join(" and "),
        }
    }

    fn and(&mut self, condition: impl Into<String>) {
        self.conditions.push(format!("({})", condition.into()));
    }

    fn either(&mut self, conditions: Vec<impl Into<String>>) {
        if !conditions.is_empty() {
            let conditions: Vec<String> = conditions.into_iter().map(Into::into).collect();
            self.and(conditions.join(" or "));
        }
    }

    fn any<'v, T: Display + 'v>(&mut self, column: &str, values: impl IntoIterator<Item = &'v T>) {
        let values = self.bind_all(values);
        if !values.is_empty() {
            self.and(format!("{column} in ({values})"));
        }
    }

    fn any_or_null<'v, T: Display + 'v>(
        &mut self,
        column: &str,
        values: impl IntoIterator<Item = &'v Option<T>>,
    ) {
        let (mut some, mut null) = (vec![], false);
        for value in values {
            match value {
                Some(value) => some.push(value),
                None => null = true,
            }
        }
        let mut conditions = vec![];
        if !some.is_empty() {
            conditions.push(format!("{column} in ({})", self.bind_all(some)));
        }
        if null {
            conditions.push(format!("{column} is null"));
        }
        self.either(conditions);
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn bind_all<'v, T: Display + 'v>(&mut self, values: impl IntoIterator<Item = &'v T>) -> String {
        let places: Vec<String> =
            values.into_iter().map(|value| self.bind(Value::Text(value.to_string()))).collect();
        places.join(", ")
    }
}

/// Whether who looks is bound to a conversation in that way.
fn part(column: &str) -> String {
    format!(
        "exists (select 1 from conversation_part p where p.conversation_id = c.conversation_id \
         and p.agent_id = $1 and p.{column})"
    )
}

/// The columns of an order before the number, as the indexes have them. The translation of [`Order::place`].
fn key(order: Order) -> &'static str {
    match order {
        Order::Queue => "c.priority, c.unassigned_at",
        Order::Waiting => "coalesce(c.waiting_since, c.last_message_at)",
        Order::Newest => "c.last_message_at",
        Order::ClosedNewest => "coalesce(c.closed_at, c.last_message_at)",
        Order::BlockedNewest => "k.blocked_at",
        Order::TransferExpiry => "c.transfer_expires",
        Order::Deadline => "c.deadline",
    }
}

fn read_row(line: &str) -> Result<Row, Error> {
    let values: Vec<serde_json::Value> = serde_json::from_str(line)?;
    let mut columns = Columns::of_json(&values);
    let scene = columns.scene()?;
    // They are null where nobody has written yet.
    let preview = match values.get(store::SCENE_COLUMNS) {
        None | Some(serde_json::Value::Null) => None,
        Some(_) => {
            let (by, private) = (columns.by()?, columns.take()?);
            columns.take::<Option<String>>()?.map(|text| Preview { by, private, text })
        }
    };
    Ok(Row { scene, preview })
}
