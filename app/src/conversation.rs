//! One conversation: its thread, what can be done with it, and who writes.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::backend::{Entry, Opened, Outcome, Request, ask};
use crate::error::Error;
use domain::id::{AgentId, ConversationId};
use std::collections::BTreeMap;

/// A conversation by its number, with the newest part of its thread.
#[server(input = Json, output = Json)]
pub async fn open(number: i64) -> Result<Opened, Error> {
    let (backend, asker) = ask()?;
    backend.open(&asker.viewer, number).await
}

/// The part of a thread before that entry.
#[server(input = Json, output = Json)]
pub async fn earlier(id: ConversationId, before: i64) -> Result<Vec<Entry>, Error> {
    let (backend, asker) = ask()?;
    backend.earlier(&asker.viewer, id, before).await
}

/// How many conversations each colleague has.
#[server(input = Json, output = Json)]
pub async fn workload() -> Result<BTreeMap<AgentId, i64>, Error> {
    let (backend, asker) = ask()?;
    backend.workload(&asker.viewer).await
}

/// Gives an order.
#[server(input = Json, output = Json)]
pub async fn run(request: Request) -> Result<Outcome, Error> {
    let (backend, asker) = ask()?;
    backend.run(&asker.viewer, request).await
}
