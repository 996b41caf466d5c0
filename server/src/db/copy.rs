//! Everything that one database holds, into another: how a backup leaves PostgreSQL and enters it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;

use super::connection::Conn;
use super::error::Error;
use super::tx::Tx;
use super::{Db, Engine, Query, Row, limited};
use crate::sql;

/// Rows that are read and written at once.
const ROWS: i64 = 200;

/// A table as both engines have it.
struct Table {
    name: String,
    columns: Vec<Column>,
    /// The columns of its primary key, as places in `columns`, in order.
    key: Vec<usize>,
    /// The tables that its rows name.
    names: BTreeSet<String>,
}

struct Column {
    name: String,
    kind: Kind,
    /// Whether it names another row of the same table, which may not be there yet.
    names_own: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Int,
    Text,
    Bool,
    Bytes,
}

/// A value of a column, of either engine.
#[derive(Clone)]
enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// Copies every table but the list of migrations and what searches read, which is made of the rest, as they are at one moment, into a database of the same schema whose
/// tables are empty; all of it or nothing. One of the two is SQLite: its schema is asked. Returns how many rows.
///
/// PostgreSQL counts its tables then: until it did, it would look whole tables through for a page.
///
/// Errors: as [`Db::read`] and [`Db::write`], without their limits of time.
pub async fn copy(from: &Db, to: &Db) -> Result<u64, Error> {
    let mut source = Tx::new(limited(from.inner.source.reading()).await?);
    source.begin_reading().await?;
    let mut target = Tx::new(limited(to.inner.source.writing()).await?);
    target.begin_writing(vec![]).await?;
    let tables = match from.engine() {
        Engine::Sqlite => tables(&mut source).await?,
        Engine::Postgres => tables(&mut target).await?,
    };
    let mut n_rows = 0;
    for table in &tables {
        n_rows += copy_table(table, &mut source, &mut target).await?;
    }
    target.command("commit").await?;
    if to.engine() == Engine::Postgres
        && let Err(error) = target.command("set statement_timeout = 0; analyze").await
    {
        // Everything is there, and PostgreSQL counts by itself in a minute.
        tracing::warn!(%error, "PostgreSQL did not count its tables: {error}");
    }
    target.conn.close().await;
    source.conn.close().await;
    Ok(n_rows)
}

impl Db {
    /// The last migration that was applied; none where there is no schema of ours.
    pub async fn version(&self) -> Result<Option<i64>, Error> {
        self.read(async move |tx: &mut Tx| {
            let exists = sql!(
                sqlite: "select name from sqlite_master where name = 'schema_version'",
                postgres: "select 'schema_version' where to_regclass('schema_version') is not null",
            );
            if tx.q(exists).opt().await?.is_none() {
                return Ok(None);
            }
            tx.q(sql!("select max(version) from schema_version")).one().await?.get(0)
        })
        .await
    }

    /// Writes everything, as it is at one moment, into a SQLite file that is not there yet. Of SQLite only.
    pub async fn vacuum_into(&self, path: &str) -> Result<(), Error> {
        let mut tx = Tx::new(limited(self.inner.source.writing()).await?);
        if let Conn::Postgres(_) = tx.conn {
            return Err(Error::Fault(anyhow!("PostgreSQL writes no SQLite files")));
        }
        tx.q(sql!("vacuum into $1")).bind(path.to_owned()).exec().await?;
        tx.conn.close().await;
        Ok(())
    }
}

/// All tables of ours, each behind those that its rows name.
async fn tables(tx: &mut Tx) -> Result<Vec<Table>, Error> {
    let named = sql!(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'search_%' \
         and name <> 'schema_version' order by name"
    );
    let mut waiting = vec![];
    for row in tx.q(named).all().await? {
        waiting.push(table(tx, row.get(0)?).await?);
    }
    let (mut sorted, mut known) = (vec![], BTreeSet::new());
    while !waiting.is_empty() {
        let (ready, later): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|table| table.names.is_subset(&known));
        if ready.is_empty() {
            return Err(Error::Fault(anyhow!("tables that name each other in a circle")));
        }
        known.extend(ready.iter().map(|table| table.name.clone()));
        sorted.extend(ready);
        waiting = later;
    }
    Ok(sorted)
}

async fn table(tx: &mut Tx, name: String) -> Result<Table, Error> {
    let mut names = BTreeSet::new();
    let mut own = BTreeSet::new();
    let references = sql!("select \"table\", \"from\" from pragma_foreign_key_list($1)");
    for row in tx.q(references).bind(name.clone()).all().await? {
        match row.get::<String>(0)? {
            table if table == name => drop(own.insert(row.get::<String>(1)?)),
            table => drop(names.insert(table)),
        }
    }
    let (mut columns, mut key) = (vec![], BTreeMap::new());
    let described = sql!("select name, lower(type), pk from pragma_table_info($1) order by cid");
    for row in tx.q(described).bind(name.clone()).all().await? {
        let (column, kind, place): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let kind = match &*kind {
            "bigint" | "integer" => Kind::Int,
            "text" => Kind::Text,
            "boolean" => Kind::Bool,
            "blob" => Kind::Bytes,
            _ => return Err(Error::Fault(anyhow!("a column of the type {kind}: {name}.{column}"))),
        };
        if place > 0 {
            key.insert(place, columns.len());
        }
        columns.push(Column { names_own: own.contains(&column), name: column, kind });
    }
    Ok(Table { name, columns, key: key.into_values().collect(), names })
}

async fn copy_table(table: &Table, source: &mut Tx, target: &mut Tx) -> Result<u64, Error> {
    let (mut after, mut n_rows, mut own) = (None, 0, vec![]);
    loop {
        let rows = page(table, source, after.take()).await?;
        let Some(last) = rows.last() else { break };
        after = Some(table.key.iter().filter_map(|place| last.get(*place).cloned()).collect::<Vec<_>>());
        n_rows += rows.len() as u64;
        for row in &rows {
            own.extend(named_own(table, row));
        }
        insert(table, target, rows).await?;
    }
    for (column, value, key) in own {
        let text = format!("update {} set {column} = $1 where {} = $2", table.name, table.key_names());
        bind(bind(target.built(text), value), key).exec().await?;
    }
    Ok(n_rows)
}

/// The next rows behind that key.
async fn page(table: &Table, source: &mut Tx, after: Option<Vec<Value>>) -> Result<Vec<Vec<Value>>, Error> {
    let (columns, key) = (table.column_names(), table.key_names());
    let n = after.as_ref().map_or(0, Vec::len);
    let places: Vec<String> = (1..=n).map(|place| format!("${place}")).collect();
    let behind = if n == 0 { String::new() } else { format!("where ({key}) > ({}) ", places.join(", ")) };
    let text = format!("select {columns} from {} {behind}order by {key} limit {ROWS}", table.name);
    let rows = after.into_iter().flatten().fold(source.built(text), bind).all().await?;
    rows.iter()
        .map(|row| table.columns.iter().enumerate().map(|(n, column)| value(row, n, column.kind)).collect())
        .collect()
}

async fn insert(table: &Table, target: &mut Tx, rows: Vec<Vec<Value>>) -> Result<(), Error> {
    let values = target.rows(rows.len(), table.columns.len());
    let text = format!("insert into {} ({}) values {values}", table.name, table.column_names());
    let mut query = target.built(text);
    for row in rows {
        for (value, column) in row.into_iter().zip(&table.columns) {
            query = bind(query, if column.names_own { value.none() } else { value });
        }
    }
    query.exec().await?;
    Ok(())
}

/// What of a row names other rows of its table: column, value, and the row's own key.
fn named_own(table: &Table, row: &[Value]) -> Vec<(String, Value, Value)> {
    let key = table.key.first().and_then(|place| row.get(*place));
    let own = table.columns.iter().zip(row).filter(|(column, value)| column.names_own && !value.is_null());
    own.filter_map(|(column, value)| Some((column.name.clone(), value.clone(), key?.clone()))).collect()
}

fn value(row: &Row, index: usize, kind: Kind) -> Result<Value, Error> {
    Ok(match kind {
        Kind::Int => Value::Int(row.get(index)?),
        Kind::Text => Value::Text(row.get(index)?),
        Kind::Bool => Value::Bool(row.get(index)?),
        Kind::Bytes => Value::Bytes(row.get(index)?),
    })
}

fn bind(query: Query<'_>, value: Value) -> Query<'_> {
    match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    }
}

impl Table {
    fn column_names(&self) -> String {
        self.columns.iter().map(|column| &*column.name).collect::<Vec<_>>().join(", ")
    }

    fn key_names(&self) -> String {
        self.key.iter().map(|place| &*self.columns[*place].name).collect::<Vec<_>>().join(", ")
    }
}

impl Value {
    fn is_null(&self) -> bool {
        match self {
            Value::Int(value) => value.is_none(),
            Value::Text(value) => value.is_none(),
            Value::Bool(value) => value.is_none(),
            Value::Bytes(value) => value.is_none(),
        }
    }

    fn none(self) -> Self {
        match self {
            Value::Int(_) => Value::Int(None),
            Value::Text(_) => Value::Text(None),
            Value::Bool(_) => Value::Bool(None),
            Value::Bytes(_) => Value::Bytes(None),
        }
    }
}
