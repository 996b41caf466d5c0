//! What the browser calls. Each asks who it is, and then the port; on the server that is a function, in the
//! browser a request.

use std::collections::{BTreeMap, BTreeSet};

use domain::audit::{self, Asked, Record};
use domain::conversation::{EmailPreview, Scheduled, Version};
use domain::draft::Draft;
use domain::file::File;
use domain::filter::Filter;
use domain::id::{
    AgentId, ConversationId, FileId, GroupId, InvitationId, MessageId, QuickReplyId, RoleId, SavedViewId,
    TagId,
};
use domain::office::{Availability, Tag};
use domain::order::Place;
use domain::search::{After, Found};
use domain::settings::departure::Departure;
use domain::settings::general::{Feature, General, GeneralChange};
use domain::settings::group::GroupChange;
use domain::settings::invitation::{Invitation, Invite};
use domain::settings::member::MemberChange;
use domain::settings::password::PasswordChange;
use domain::settings::profile::Profile;
use domain::settings::quick_reply::QuickReply;
use domain::settings::role::RoleChange;
use domain::settings::saved_view::SavedView;
use domain::settings::widget::{Chat, ChatChange};
use domain::{desk, live, settings};
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

/// A word of the vocabulary of tags.
#[server(input = Json, output = Json)]
pub async fn create_tag(id: TagId, name: String) -> Result<Tag, Error> {
    let (backend, asker) = backend::ask()?;
    backend.create_tag(&asker.viewer, id, name).await
}

/// Offers a tag no more, or again.
#[server(input = Json, output = Json)]
pub async fn retire_tag(id: TagId, retired: bool) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.retire_tag(&asker.viewer, id, retired).await
}

/// What waits in a conversation to be sent at its time.
#[server(input = Json, output = Json)]
pub async fn scheduled_in(id: ConversationId) -> Result<Vec<Scheduled>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.scheduled(&asker.viewer, id).await
}

/// Makes a role, or changes one.
#[server(input = Json, output = Json)]
pub async fn save_role(change: RoleChange) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.save_role(&asker.viewer, change).await
}

/// Deletes a role that nobody has.
#[server(input = Json, output = Json)]
pub async fn remove_role(id: RoleId) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.remove_role(&asker.viewer, id).await
}

/// Changes what somebody of the team may do, where and how well.
#[server(input = Json, output = Json)]
pub async fn save_member(change: MemberChange) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.save_member(&asker.viewer, change).await
}

/// A copy of a file that goes along with a quick reply that one has, under that id: to be sent like one's own.
#[server(input = Json, output = Json)]
pub async fn copy_of_file(of: FileId, id: FileId) -> Result<File, Error> {
    let (backend, asker) = backend::ask()?;
    backend.copy_file(&asker.viewer, of, id).await
}

/// What of a conversation would go out by e-mail: of those messages, or of all.
#[server(input = Json, output = Json)]
pub async fn preview_email(
    id: ConversationId,
    messages: Option<BTreeSet<MessageId>>,
) -> Result<EmailPreview, Error> {
    let (backend, asker) = backend::ask()?;
    backend.email_preview(&asker.viewer, id, messages).await
}

/// What a whisper or note of a conversation said before, the last first.
#[server(input = Json, output = Json)]
pub async fn versions_of(id: ConversationId, message: MessageId) -> Result<Vec<Version>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.versions(&asker.viewer, id, message).await
}

/// The texts of that agent that are not sent yet.
#[server(input = Json, output = Json)]
pub async fn drafts(by: AgentId) -> Result<Vec<Draft>, Error> {
    let (backend, asker) = backend::ask_of(by)?;
    backend.drafts(&asker.viewer).await
}

/// Keeps texts of that agent that are not sent yet.
#[server(input = Json, output = Json)]
pub async fn save_drafts(by: AgentId, drafts: Vec<Draft>) -> Result<(), Error> {
    let (backend, asker) = backend::ask_of(by)?;
    backend.save_drafts(&asker.viewer, drafts).await
}

/// The quick replies and note templates that one has.
#[server(input = Json, output = Json)]
pub async fn quick_replies() -> Result<Vec<QuickReply>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.quick_replies(&asker.viewer).await
}

/// Adds one, or changes it.
#[server(input = Json, output = Json)]
pub async fn save_quick_reply(reply: QuickReply) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.save_quick_reply(&asker.viewer, reply).await
}

/// Takes one away.
#[server(input = Json, output = Json)]
pub async fn remove_quick_reply(id: QuickReplyId) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.remove_quick_reply(&asker.viewer, id).await
}

/// Counts a use of one.
#[server(input = Json, output = Json)]
pub async fn use_quick_reply(id: QuickReplyId) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.use_quick_reply(&asker.viewer, id).await
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

/// Names the workspace.
#[server(input = Json, output = Json)]
pub async fn save_general(change: GeneralChange) -> Result<General, Error> {
    let (backend, asker) = backend::ask()?;
    backend.save_general(&asker.viewer, change).await
}

/// Switches a feature on or off.
#[server(input = Json, output = Json)]
pub async fn switch_feature(feature: Feature, on: bool) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.switch_feature(&asker.viewer, feature, on).await
}

/// Makes a group, or changes one.
#[server(input = Json, output = Json)]
pub async fn save_group(change: GroupChange) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.save_group(&asker.viewer, change).await
}

/// Deletes a group, or brings it back.
#[server(input = Json, output = Json)]
pub async fn retire_group(id: GroupId, retired: bool) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.retire_group(&asker.viewer, id, retired).await
}

/// The invitations that are open.
#[server(input = Json, output = Json)]
pub async fn invitations() -> Result<Vec<Invitation>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.invitations(&asker.viewer).await
}

/// Invites somebody.
#[server(input = Json, output = Json)]
pub async fn invite_person(invite: Invite) -> Result<backend::Link, Error> {
    let (backend, asker) = backend::ask()?;
    backend.invite(&asker.viewer, invite).await
}

/// Makes another link for an invitation.
#[server(input = Json, output = Json)]
pub async fn renew_invitation(id: InvitationId) -> Result<backend::Link, Error> {
    let (backend, asker) = backend::ask()?;
    backend.renew_invitation(&asker.viewer, id).await
}

/// What would come of a file of people; with the digest of what was shown, that is done.
#[server(input = Json, output = Json)]
pub async fn import_people(text: String, confirmed: Option<String>) -> Result<backend::Import, Error> {
    let (backend, asker) = backend::ask()?;
    backend.import(&asker.viewer, text, confirmed).await
}

/// Takes an invitation back.
#[server(input = Json, output = Json)]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.revoke_invitation(&asker.viewer, id).await
}

/// Makes a link to a new password for somebody of the team.
#[server(input = Json, output = Json)]
pub async fn let_in(agent: AgentId) -> Result<backend::Link, Error> {
    let (backend, asker) = backend::ask()?;
    backend.let_in(&asker.viewer, agent).await
}

/// Disables somebody.
#[server(input = Json, output = Json)]
pub async fn disable_person(departure: Departure) -> Result<i64, Error> {
    let (backend, asker) = backend::ask()?;
    backend.disable(&asker.viewer, departure).await
}

/// Lets somebody in again.
#[server(input = Json, output = Json)]
pub async fn enable_person(agent: AgentId) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.enable(&asker.viewer, agent).await
}

/// How the system is.
#[server(input = Json, output = Json)]
pub async fn health() -> Result<settings::health::Health, Error> {
    let (backend, asker) = backend::ask()?;
    backend.health(&asker.viewer).await
}

/// What was set, the newest first.
#[server(input = Json, output = Json)]
pub async fn records(asked: Asked) -> Result<Vec<Record>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.records(&asker.viewer, asked).await
}

/// What happened to conversations, the newest first.
#[server(input = Json, output = Json)]
pub async fn movements(asked: Asked) -> Result<audit::Movements, Error> {
    let (backend, asker) = backend::ask()?;
    backend.movements(&asker.viewer, asked).await
}

/// Where the viewer is signed in.
#[server(input = Json, output = Json)]
pub async fn sessions() -> Result<Vec<backend::Session>, Error> {
    let (backend, asker) = backend::ask()?;
    backend.sessions(&asker).await
}

/// Changes the viewer's own password.
#[server(input = Json, output = Json)]
pub async fn change_password(change: PasswordChange) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.change_password(&asker, change).await
}

/// Ends one of the viewer's own sessions.
#[server(input = Json, output = Json)]
pub async fn revoke(session: String) -> Result<(), Error> {
    let (backend, asker) = backend::ask()?;
    backend.revoke(&asker, session).await
}
