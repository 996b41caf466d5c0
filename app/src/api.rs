//! What the browser calls. Each asks who it is, and then the port; on the server that is a function, in the
//! browser a request.

use std::collections::BTreeMap;

use domain::filter::Filter;
use domain::id::{ConversationId, SavedViewId};
use domain::office::Availability;
use domain::order::Place;
use domain::search::{After, Found};
use domain::settings::profile::Profile;
use domain::settings::saved_view::SavedView;
use domain::settings::widget::{Chat, ChatChange};
use domain::{desk, live};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::de::DeserializeOwned;

use crate::backend;
use crate::error::Error;

/// What came as JSON. From bytes, as the answers of server functions: from text, serde would compile the readers of
/// all shapes a second time into the browser's half.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(text.as_bytes()).ok()
}

/// A page of a list.
#[server(input = Json, output = Json)]
pub async fn page(filter: Filter, after: Option<Place>) -> Result<desk::Page, Error> {
    let (backend, asker) = backend::ask()?;
    backend.page(&asker.viewer, filter, after).await
}

/// How many conversations that list holds.
#[server(input = Json, output = Json)]
pub async fn total(filter: Filter) -> Result<desk::Total, Error> {
    let (backend, asker) = backend::ask()?;
    backend.total(&asker.viewer, filter).await
}

/// A conversation by its number, with the newest part of its thread.
#[server(input = Json, output = Json)]
pub async fn open(number: i64) -> Result<desk::Opened, Error> {
    let (backend, asker) = backend::ask()?;
    backend.open(&asker.viewer, number).await
}

/// The part of a thread before that entry.
#[server(input = Json, output = Json)]
pub async fn earlier(id: ConversationId, before: i64) -> Result<Vec<live::Entry>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.earlier(&asker.viewer, id, before).await
}

/// What was found.
#[server(input = Json, output = Json)]
pub async fn search(search: domain::search::Search, after: Option<After>) -> Result<Found, Error> {
    let (backend, asker) = backend::ask()?;
    backend.search(&asker.viewer, search, after).await
}

/// Who could take that conversation over.
#[server(input = Json, output = Json)]
pub async fn colleagues(id: ConversationId) -> Result<backend::Colleagues, Error> {
    let (backend, asker) = backend::ask()?;
    backend.colleagues(&asker.viewer, id).await
}

/// Gives an order.
#[server(input = Json, output = Json)]
pub async fn run(request: live::Request) -> Result<live::Receipt, Error> {
    let (backend, asker) = backend::ask()?;
    backend.run(&asker.viewer, request).await
}

/// Everything that a desk begins with, when what it has is no base to go on from.
#[server(input = Json, output = Json)]
pub async fn snapshot(filter: Filter, open: Option<i64>) -> Result<desk::Snapshot, Error> {
    let (backend, asker) = backend::ask()?;
    backend.snapshot(&asker.viewer, filter, open).await
}

/// Says whether the viewer is at their desk.
#[server(input = Json, output = Json)]
pub async fn set_availability(availability: Availability) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.set_availability(&asker.viewer, availability).await
}

/// Changes how the viewer is called.
#[server(input = Json, output = Json)]
pub async fn save_profile(profile: Profile) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.save_profile(&asker.viewer, profile).await
}

/// Saves a view.
#[server(input = Json, output = Json)]
pub async fn save_view(saved: SavedView) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.save_view(&asker.viewer, saved).await
}

/// Takes a saved view away.
#[server(input = Json, output = Json)]
pub async fn remove_view(id: SavedViewId) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.remove_view(&asker.viewer, id).await
}

/// How many conversations each saved view holds.
#[server(input = Json, output = Json)]
pub async fn count_views() -> Result<BTreeMap<SavedViewId, i64>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.count_views(&asker.viewer).await
}

/// The chats on websites.
#[server(input = Json, output = Json)]
pub async fn chats() -> Result<Vec<Chat>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.chats(&asker.viewer).await
}

/// Changes a chat on websites.
#[server(input = Json, output = Json)]
pub async fn save_chat(change: ChatChange) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.save_chat(&asker.viewer, change).await
}

/// Where the viewer is signed in.
#[server(input = Json, output = Json)]
pub async fn sessions() -> Result<Vec<backend::Session>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.sessions(&asker).await
}

/// Ends one of the viewer's own sessions.
#[server(input = Json, output = Json)]
pub async fn revoke(session: String) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.revoke(&asker, session).await
}
