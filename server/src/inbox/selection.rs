//! A condition over conversations as SQL, and the rows that fulfil it. `matches` in `domain` is the meaning; a generated
//! test holds the two together.

use std::fmt::Display;

use domain::counter::Count;
use domain::filter::{Filter, Scope, Standing};
use domain::live::{PREVIEW_CHARS, Preview, Row};
use domain::order::{Order, Place};
use domain::permission::Permission;
use domain::time::Timestamp;
use domain::view::View;
use domain::viewer::Viewer;

use crate::conversation::store::{self, Columns, SCENE};
use crate::db::{Query, Tx};
use crate::error::Error;

/// Conversations that are looked up one by one sooner than found by their order.
const LOOKED_UP: i64 = 2_000;

/// A value for a placeholder.
pub enum Value {
    Int(i64),
    Text(String),
    Bool(bool),
}

/// A condition over conversations `c` and contacts `k`, with its values. Text is put together from parts of
/// our own; every value is bound.
pub struct Selection {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Selection {
    pub fn new(viewer: &Viewer) -> Self {
        // $1 is always who looks: the preview asks it too.
        Self { conditions: vec![], values: vec![Value::Text(viewer.agent.to_string())] }
    }

    /// The translation of [`Filter::matches`].
    pub fn of(filter: &Filter, viewer: &Viewer, now: Timestamp) -> Self {
        let Filter {
            view,
            groups,
            operators,
            statuses,
            channels,
            scopes,
            priorities,
            tags,
            lead,
            since,
            until,
        } = filter;
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
        let scopes = scopes.iter().map(|scope| match scope {
            Scope::Ai => "c.ai <> 'none'",
            Scope::People => "c.ai = 'none'",
        });
        list.either(scopes.collect());
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
            // An index has them alone; that they are done lets another one serve, too.
            View::Archived => self.and("not c.active and c.status = 'archived'"),
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

    /// Of few mentions each is looked up; of many, the newest conversations are looked through until a page is full.
    pub fn holds(&mut self, view: View, n: i64) {
        if view == View::Mentions && n <= LOOKED_UP {
            self.and(
                "c.conversation_id in (select p.conversation_id from conversation_part p \
                 where p.agent_id = $1 and p.mentioned)",
            );
        }
    }

    /// Only what stands behind that place.
    pub fn after(&mut self, order: Order, Place(first, time, number): Place) {
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

    pub async fn rows(
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
        // First which they are, then what they hold: where no index has the order, all that fit are sorted, and a database
        // sorts whole rows.
        let from = format!(
            "from (select c.conversation_id as found_id from {} and {} order by {}{direction}, c.number{direction} limit {limit}) found \
             join conversation c on c.conversation_id = found.found_id join contact k on k.contact_id = c.contact_id \
             left join message lp on lp.message_id = c.last_public_id \
             left join message pv on pv.message_id = c.last_private_id \
             and (pv.kind <> 'whisper' or {monitors} or {})",
            source(order),
            self.condition(),
            key(order),
            part("takes_part"),
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
    pub async fn count(mut self, tx: &mut Tx, limit: i64) -> Result<Count, Error> {
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

    pub fn query(self, tx: &mut Tx, text: String) -> Query<'_> {
        self.values.into_iter().fold(tx.built(text), |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bool(value) => query.bind(value),
        })
    }

    pub fn condition(&self) -> String {
        match self.conditions.is_empty() {
            true => "1 = 1".into(),
            false => self.conditions.join(" and "),
        }
    }

    pub fn and(&mut self, condition: impl Into<String>) {
        self.conditions.push(format!("({})", condition.into()));
    }

    pub fn either(&mut self, conditions: Vec<impl Into<String>>) {
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

    pub fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    pub fn bind_all<'v, T: Display + 'v>(&mut self, values: impl IntoIterator<Item = &'v T>) -> String {
        let places: Vec<String> =
            values.into_iter().map(|value| self.bind(Value::Text(value.to_string()))).collect();
        places.join(", ")
    }
}

/// Whether who looks is bound to a conversation in that way.
pub fn part(column: &str) -> String {
    format!(
        "exists (select 1 from conversation_part p where p.conversation_id = c.conversation_id \
         and p.agent_id = $1 and p.{column})"
    )
}

/// Where a list looks, with the side first that has its order: SQLite begins with what stands left of a cross join.
fn source(order: Order) -> &'static str {
    match order {
        Order::BlockedNewest => "contact k cross join conversation c where k.contact_id = c.contact_id",
        _ => "conversation c join contact k on k.contact_id = c.contact_id where 1 = 1",
    }
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
