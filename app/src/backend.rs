//! What the screens ask for, and what they get. The server implements [`Backend`]; `app` knows no more of it.
#![warn(missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::audit::{Asked, Movements, Record};
use domain::conversation::{EmailPreview, Scheduled, Version};
use domain::desk::{Opened, Page, Snapshot, Total};
use domain::draft::Draft;
use domain::file::File;
use domain::filter::Filter;
use domain::id::{
    AgentId, ConversationId, FileId, GroupId, InvitationId, MessageId, QuickReplyId, RoleId, SavedViewId,
    TagId,
};
use domain::live::{Entry, Receipt, Request};
use domain::office::{Availability, Tag};
use domain::order::Place;
use domain::search::{After, Found, Search};
use domain::settings::departure::Departure;
use domain::settings::general::{Feature, General, GeneralChange};
use domain::settings::group::GroupChange;
use domain::settings::health::Health;
use domain::settings::import::Planned;
use domain::settings::invitation::{Invitation, Invite};
use domain::settings::member::MemberChange;
use domain::settings::password::PasswordChange;
use domain::settings::profile::Profile;
use domain::settings::quick_reply::QuickReply;
use domain::settings::role::RoleChange;
use domain::settings::saved_view::SavedView;
use domain::settings::widget::{Chat, ChatChange};
use domain::time::Timestamp;
use domain::viewer::Viewer;
use leptos::prelude::{expect_context, use_context};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What an asynchronous port answers with.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Rows on a page of a list.
pub const PAGE: usize = 50;

/// Entries of a thread that come at once.
pub const ENTRIES: usize = 50;

/// Everything that a signed-in agent's screens ask of the server. Each looks through the viewer: what they
/// may not see is [`Error::Missing`] or left out. Any may answer [`Error::Unavailable`].
pub trait Backend: Send + Sync + 'static {
    /// What a desk starts with, in the view of `filter`, with one conversation open if it is named.
    fn snapshot<'a>(&'a self, viewer: &'a Viewer, filter: Filter, open: Option<i64>) -> Answer<'a, Snapshot>;

    /// At most [`PAGE`] rows after that place, in the order of the filter's view.
    fn page<'a>(&'a self, viewer: &'a Viewer, filter: Filter, after: Option<Place>) -> Answer<'a, Page>;

    /// How many conversations that list holds.
    fn total<'a>(&'a self, viewer: &'a Viewer, filter: Filter) -> Answer<'a, Total>;

    /// A conversation by its number with its newest [`ENTRIES`] entries.
    fn open<'a>(&'a self, viewer: &'a Viewer, number: i64) -> Answer<'a, Opened>;

    /// At most [`ENTRIES`] entries before that `seq`, oldest first.
    fn earlier<'a>(&'a self, viewer: &'a Viewer, id: ConversationId, before: i64) -> Answer<'a, Vec<Entry>>;

    /// What was found, after that place.
    fn search<'a>(&'a self, viewer: &'a Viewer, search: Search, after: Option<After>) -> Answer<'a, Found>;

    /// What whoever hands over that conversation wants to know of the colleagues.
    fn colleagues<'a>(&'a self, viewer: &'a Viewer, id: ConversationId) -> Answer<'a, Colleagues>;

    /// Does what is ordered, once. The same id with the same order gets the same answer; with another order
    /// it is refused. What came of it comes on the live socket.
    fn run<'a>(&'a self, viewer: &'a Viewer, request: Request) -> Answer<'a, Receipt>;

    /// Says whether the viewer is at their desk.
    fn set_availability<'a>(&'a self, viewer: &'a Viewer, availability: Availability) -> Answer<'a, ()>;

    /// Changes how the viewer is called. Their photo is HTTP-shaped: it goes to `/settings/profile/photo`.
    fn save_profile<'a>(&'a self, viewer: &'a Viewer, profile: Profile) -> Answer<'a, ()>;

    /// Saves a view, or saves it anew. Refused where it is not theirs to share so; then comes with the office.
    fn save_view<'a>(&'a self, viewer: &'a Viewer, saved: SavedView) -> Answer<'a, ()>;

    /// Takes a saved view away.
    fn remove_view<'a>(&'a self, viewer: &'a Viewer, id: SavedViewId) -> Answer<'a, ()>;

    /// How many conversations each saved view holds, up to a thousand.
    fn count_views<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, BTreeMap<SavedViewId, i64>>;

    /// A word of the vocabulary of tags: a new one with that id, or the one that is called so already.
    fn create_tag<'a>(&'a self, viewer: &'a Viewer, id: TagId, name: String) -> Answer<'a, Tag>;

    /// Offers a tag no more, or again. It stays on what bears it.
    fn retire_tag<'a>(&'a self, viewer: &'a Viewer, id: TagId, retired: bool) -> Answer<'a, ()>;

    /// Makes a role, or changes one.
    fn save_role<'a>(&'a self, viewer: &'a Viewer, change: RoleChange) -> Answer<'a, ()>;

    /// Deletes a role that nobody has.
    fn remove_role<'a>(&'a self, viewer: &'a Viewer, id: RoleId) -> Answer<'a, ()>;

    /// Changes what somebody of the team may do, where and how well.
    fn save_member<'a>(&'a self, viewer: &'a Viewer, change: MemberChange) -> Answer<'a, ()>;

    /// What waits in that conversation to be sent at its time.
    fn scheduled<'a>(&'a self, viewer: &'a Viewer, id: ConversationId) -> Answer<'a, Vec<Scheduled>>;

    /// A copy of a file that goes along with a quick reply that one has, under that id: to be sent like one's own.
    fn copy_file<'a>(&'a self, viewer: &'a Viewer, of: FileId, id: FileId) -> Answer<'a, File>;

    /// What of that conversation would go out by e-mail: of those messages, or of all.
    fn email_preview<'a>(
        &'a self,
        viewer: &'a Viewer,
        id: ConversationId,
        messages: Option<BTreeSet<MessageId>>,
    ) -> Answer<'a, EmailPreview>;

    /// What a whisper or note said before, the last first.
    fn versions<'a>(
        &'a self,
        viewer: &'a Viewer,
        id: ConversationId,
        message: MessageId,
    ) -> Answer<'a, Vec<Version>>;

    /// The viewer's texts that are not sent yet, with those that are empty by now.
    fn drafts<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Vec<Draft>>;

    /// Keeps at most [`DRAFTS_AT_ONCE`](domain::draft::DRAFTS_AT_ONCE) of them, each where no newer one is kept.
    fn save_drafts<'a>(&'a self, viewer: &'a Viewer, drafts: Vec<Draft>) -> Answer<'a, ()>;

    /// The quick replies and note templates that the viewer has.
    fn quick_replies<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Vec<QuickReply>>;

    /// Adds one, or changes one that the viewer may change.
    fn save_quick_reply<'a>(&'a self, viewer: &'a Viewer, reply: QuickReply) -> Answer<'a, ()>;

    /// Takes one away.
    fn remove_quick_reply<'a>(&'a self, viewer: &'a Viewer, id: QuickReplyId) -> Answer<'a, ()>;

    /// Counts a use of one.
    fn use_quick_reply<'a>(&'a self, viewer: &'a Viewer, id: QuickReplyId) -> Answer<'a, ()>;

    /// The chats on websites, for whoever manages channels.
    fn chats<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Vec<Chat>>;

    /// Changes one of them. Refused where the viewer does not manage channels, or a website is none.
    fn save_chat<'a>(&'a self, viewer: &'a Viewer, change: ChatChange) -> Answer<'a, ()>;

    /// Names the workspace, and says how it is called then.
    fn save_general<'a>(&'a self, viewer: &'a Viewer, change: GeneralChange) -> Answer<'a, General>;

    /// Switches a feature on or off.
    fn switch_feature<'a>(&'a self, viewer: &'a Viewer, feature: Feature, on: bool) -> Answer<'a, ()>;

    /// Makes a group, or changes one, with who is in it and which channels are its own.
    fn save_group<'a>(&'a self, viewer: &'a Viewer, change: GroupChange) -> Answer<'a, ()>;

    /// Deletes a group that has no active conversations, or brings it back.
    fn retire_group<'a>(&'a self, viewer: &'a Viewer, id: GroupId, retired: bool) -> Answer<'a, ()>;

    /// The invitations that are open, for whoever manages people.
    fn invitations<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Vec<Invitation>>;

    /// Invites somebody. The same invitation once more makes another link.
    fn invite<'a>(&'a self, viewer: &'a Viewer, invite: Invite) -> Answer<'a, Link>;

    /// Makes another link for an invitation; the former is void.
    fn renew_invitation<'a>(&'a self, viewer: &'a Viewer, id: InvitationId) -> Answer<'a, Link>;

    /// What would come of a CSV file of people; with the digest of what was shown, that is done.
    fn import<'a>(
        &'a self,
        viewer: &'a Viewer,
        text: String,
        confirmed: Option<String>,
    ) -> Answer<'a, Import>;

    /// Takes an invitation back.
    fn revoke_invitation<'a>(&'a self, viewer: &'a Viewer, id: InvitationId) -> Answer<'a, ()>;

    /// Makes a link to a new password for somebody of the team.
    fn let_in<'a>(&'a self, viewer: &'a Viewer, agent: AgentId) -> Answer<'a, Link>;

    /// Disables somebody, and says how many conversations went where they should.
    fn disable<'a>(&'a self, viewer: &'a Viewer, departure: Departure) -> Answer<'a, i64>;

    /// Lets somebody in again.
    fn enable<'a>(&'a self, viewer: &'a Viewer, agent: AgentId) -> Answer<'a, ()>;

    /// How the system is.
    fn health<'a>(&'a self, viewer: &'a Viewer) -> Answer<'a, Health>;

    /// What was set, the newest first: at most [`RECORDS`](domain::audit::RECORDS).
    fn records<'a>(&'a self, viewer: &'a Viewer, asked: Asked) -> Answer<'a, Vec<Record>>;

    /// What happened to conversations that the viewer may see, the newest first.
    fn movements<'a>(&'a self, viewer: &'a Viewer, asked: Asked) -> Answer<'a, Movements>;

    /// Where the viewer is signed in.
    fn sessions<'a>(&'a self, asker: &'a Asker) -> Answer<'a, Vec<Session>>;

    /// Changes the viewer's own password, and ends their other sessions.
    fn change_password<'a>(&'a self, asker: &'a Asker, change: PasswordChange) -> Answer<'a, ()>;

    /// Ends one of the viewer's own sessions.
    fn revoke<'a>(&'a self, asker: &'a Asker, session: String) -> Answer<'a, ()>;
}

/// A link that lets somebody in. It is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Whole, as it is given to them.
    pub address: String,
    /// Whose it is.
    pub email: String,
    /// What became of sending it.
    pub mailed: Mailed,
}

/// What comes of a file of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Line by line.
    pub planned: Vec<Planned>,
    /// To say with that this was seen.
    pub digest: String,
    /// The links of those who were invited: none as long as it was not confirmed.
    pub links: Vec<Link>,
}

/// What became of sending a link by e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailed {
    /// There is no mail server.
    NoServer,
    /// The mail server has it.
    Taken,
    /// It goes meanwhile.
    Going,
    /// It does not, and this is why; or nobody knows.
    Failed(String),
}

/// Who could take a conversation over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Colleagues {
    /// How many active conversations each has.
    pub open: BTreeMap<AgentId, i64>,
    /// Who has answered this customer before.
    pub knows: BTreeSet<AgentId>,
}

/// Who is signed in on this request.
#[derive(Clone, Debug)]
pub struct Asker {
    /// As the rules see them.
    pub viewer: Viewer,
    /// Which of their sessions asks.
    pub session: String,
}

/// The server, and who asks it. [`Error::SignedOut`] where nobody does.
pub fn ask() -> Result<(Arc<dyn Backend>, Asker), Error> {
    let asker = use_context::<Option<Asker>>().flatten().ok_or(Error::SignedOut)?;
    Ok((expect_context::<Arc<dyn Backend>>(), asker))
}

/// The same for what a page kept of its agent: another may have signed in in that browser meanwhile.
/// [`Error::SignedOut`] then.
pub fn ask_of(agent: AgentId) -> Result<(Arc<dyn Backend>, Asker), Error> {
    let (backend, asker) = ask()?;
    if asker.viewer.agent == agent { Ok((backend, asker)) } else { Err(Error::SignedOut) }
}

/// What the workspace starts with: the block of data in its page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boot {
    /// What the desk starts with.
    pub snapshot: Snapshot,
    /// The time on the server, so that a wrong clock in the browser is noticed.
    pub now: Timestamp,
    /// Which build of the browser's half the server has.
    pub build: String,
}

/// A place where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// To name it by; not the secret.
    pub id: String,
    /// The browser, as it calls itself.
    pub device: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it last asked for something.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}
