//! The chat on websites: whose widget it is, who writes there, what they write and what they are shown.
//!
//! A visitor is known by a token that their browser keeps in the page that carries the chat. Everything that leaves here
//! is made of [`Public`] messages and of names that customers may read.

use domain::channel::{ChannelKind, Reopen};
use domain::contact::Introduction;
use domain::conversation::receive::Meant;
use domain::conversation::{Command, Conversation, Event, Scene, applied, decide};
use domain::file::File;
use domain::id::{AgentId, ChannelId, ContactId, ConversationId, FileId, LogId, MessageId};
use domain::markup::{self, Block};
use domain::message::{Message, Public, Words};
use domain::office::{Availability, Office};
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::settings::widget::{self as settings, Form, Widget};
use domain::time::Timestamp;
use domain::viewer::{Actor, By, Viewer};
use serde::{Deserialize, Serialize};

use crate::conversation::log::{self, MOVED};
use crate::conversation::receive::{self, Inbound};
use crate::conversation::store::{self, Columns, SCENE, SCENE_COLUMNS};
use crate::db::{Row, Tx};
use crate::error::Error;
use crate::file::{self, Owner};
use crate::server::{Server, WORKSPACE};
use crate::{audit, live, secret, sql};

/// Messages that a thread shows at once.
pub const MESSAGES: usize = 50;

/// Messages that a visitor may have missed and still catch up with; past this the window loads its thread again.
const MISSED_AT_MOST: usize = 200;

/// Conversations that a visitor is shown; the older ones are the team's memory.
const CONVERSATIONS: usize = 30;

/// Longest name of a language that is kept, in characters.
const LANGUAGE_CHARS: usize = 40;

/// A chat on websites.
#[derive(Clone, Debug)]
pub struct Chat {
    pub channel: ChannelId,
    /// What pages name it by; no secret.
    pub key: String,
    pub widget: Widget,
    /// Under which tokens are made.
    secret: String,
}

/// The chat of that key. [`Error::Missing`] where there is none.
pub async fn chat(tx: &mut Tx, key: &str) -> Result<Chat, Error> {
    // PostgreSQL does not take a NUL, and it is in no key.
    if key.len() > 64 || key.contains('\0') {
        return Err(Error::Missing);
    }
    let found = tx
        .q(sql!(
            "select w.channel_id, w.greeting, w.sites, w.form, s.visitor_secret \
             from widget w cross join workspace s where w.widget_key = $1"
        ))
        .bind(key)
        .opt()
        .await?;
    let row = found.ok_or(Error::Missing)?;
    let mut columns = Columns::of(&row);
    Ok(Chat {
        channel: columns.id()?,
        key: key.to_owned(),
        widget: Widget {
            greeting: columns.take()?,
            sites: columns.json()?,
            form: Form::of_key(&columns.take::<String>()?).unwrap_or_default(),
        },
        secret: columns.take()?,
    })
}

/// The first chat of the workspace, for pages of our own that carry it.
pub async fn first(tx: &mut Tx) -> Result<Option<String>, Error> {
    let found = tx.q(sql!("select widget_key from widget order by channel_id limit 1")).opt().await?;
    Ok(found.map(|row| row.get(0)).transpose()?)
}

/// Puts a chat on that channel, and returns its key.
pub async fn install(tx: &mut Tx, channel: ChannelId, widget: &Widget) -> Result<String, Error> {
    let key = format!("{:032x}", secret::random_id());
    tx.q(sql!(
        "insert into widget (channel_id, widget_key, greeting, sites, form) values ($1, $2, $3, $4, $5)"
    ))
    .bind(channel.to_string())
    .bind(key.as_str())
    .bind(widget.greeting.as_str())
    .bind(serde_json::to_string(&widget.sites)?)
    .bind(widget.form.key())
    .exec()
    .await?;
    Ok(key)
}

/// All chats, as the page of their settings shows them.
pub async fn all(tx: &mut Tx, office: &Office) -> Result<Vec<settings::Chat>, Error> {
    let rows =
        tx.q(sql!("select channel_id, widget_key, greeting, sites, form from widget order by channel_id"));
    let chat = |row: &Row| {
        let mut columns = Columns::of(row);
        let id: ChannelId = columns.id()?;
        // Without its channel it is nobody's.
        let Some(channel) = office.channels.get(&id) else { return Ok(None) };
        let (key, greeting, sites) = (columns.take()?, columns.take()?, columns.json()?);
        let form = Form::of_key(&columns.take::<String>()?).unwrap_or_default();
        let widget = Widget { greeting, sites, form };
        Ok(Some(settings::Chat { key, name: channel.name.clone(), widget, reopen: channel.reopen }))
    };
    let rows = rows.all().await?;
    let chats = rows.iter().map(chat).collect::<Result<Vec<_>, Error>>()?;
    Ok(chats.into_iter().flatten().collect())
}

/// Changes a chat.
///
/// Errors: [`Error::Missing`] where there is none of that key; [`Error::Refused`] where a website is none.
pub async fn change(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    change: settings::ChatChange,
    now: Timestamp,
) -> Result<(), Error> {
    viewer.must(Permission::AdminChannels)?;
    let widget = change.widget()?;
    if let Some(was) = all(tx, office).await?.into_iter().find(|chat| chat.key == change.key) {
        let then = settings::Chat { widget: widget.clone(), reopen: change.reopen, ..was.clone() };
        audit::record(tx, viewer, then.deed(&was), now).await?;
    }
    let channel = chat(tx, &change.key).await?.channel.to_string();
    tx.q(sql!("update widget set greeting = $1, sites = $2, form = $3 where channel_id = $4"))
        .bind(widget.greeting)
        .bind(serde_json::to_string(&widget.sites)?)
        .bind(widget.form.key())
        .bind(channel.as_str())
        .exec()
        .await?;
    let within = match change.reopen {
        Reopen::Always => None,
        Reopen::Never => Some(0),
        Reopen::Within(length) => Some(length.0.max(1)),
    };
    tx.q(sql!("update channel set reopen_within_ms = $1 where channel_id = $2"))
        .bind(within)
        .bind(channel)
        .exec()
        .await?;
    crate::office::changed(tx).await
}

/// Characters of a token: 32 random bytes and their code, in hex.
const TOKEN_CHARS: usize = 128;

impl Chat {
    /// A token for somebody who is not known yet. Nothing is stored of it before they write.
    fn mint(&self) -> String {
        let random = secret::token();
        let code = secret::mac(&self.secret, &self.said_of(&random));
        format!("{random}{code}")
    }

    /// Whether a token was made here, for this chat.
    fn is_ours(&self, token: &str) -> bool {
        if token.len() != TOKEN_CHARS || !token.is_ascii() {
            return false;
        }
        let (random, code) = token.split_at(TOKEN_CHARS / 2);
        secret::is_mac(&self.secret, &self.said_of(random), code)
    }

    fn said_of(&self, random: &str) -> String {
        format!("visitor {} {random}", self.channel)
    }
}

/// Somebody on a website.
#[derive(Clone, Debug)]
pub struct Visitor {
    channel: ChannelId,
    token_hash: String,
    /// Who they are to the team, once they have written.
    pub contact: Option<ContactId>,
}

/// Whose token that is. [`Error::SignedOut`] where it is none of this chat's.
pub async fn visitor(tx: &mut Tx, chat: &Chat, token: &str) -> Result<Visitor, Error> {
    if !chat.is_ours(token) {
        return Err(Error::SignedOut);
    }
    let token_hash = secret::digest(token);
    let found = tx
        .q(sql!("select contact_id from visitor where token_hash = $1 and channel_id = $2"))
        .bind(token_hash.as_str())
        .bind(chat.channel.to_string())
        .opt()
        .await?;
    let contact = found.map(|row| crate::office::id(&row, 0)).transpose()?;
    Ok(Visitor { channel: chat.channel, token_hash, contact })
}

/// Somebody of the team, as customers know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Who {
    pub name: String,
    /// The path of their photo.
    pub photo: Option<String>,
}

impl Who {
    /// Who that agent is to them.
    pub fn of(office: &Office, agent: AgentId) -> Self {
        Self { name: office.name_of(agent).into(), photo: office.photo_of(agent) }
    }
}

/// Who wrote a message, from where the visitor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    Me,
    Team,
    Ai,
}

/// A message as a visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    pub conversation: ConversationId,
    /// Its place in the log; rises.
    pub seq: i64,
    pub id: MessageId,
    pub from: From,
    /// Who of the team; nobody for the visitor's own.
    pub who: Option<Who>,
    pub at: Timestamp,
    /// Of a file that came by itself, its name.
    pub text: String,
    /// The same as it is drawn, where it is not drawn as it was typed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Box<File>>,
}

impl Said {
    fn of(office: &Office, conversation: ConversationId, seq: i64, public: Public<'_>) -> Self {
        let message = public.message();
        let Message { id, kind: _, by, at, text, file } = message;
        let is_formatted = message.is_formatted(ChannelKind::Chat) && message.caption().is_some();
        let blocks = if is_formatted { markup::blocks(text) } else { vec![] };
        let blocks = if markup::is_plain(&blocks) { vec![] } else { blocks };
        let (from, who) = match by {
            By::Visitor(_) => (From::Me, None),
            By::Agent(agent) => (From::Team, Some(Who::of(office, *agent))),
            By::Ai | By::Rule | By::System => {
                (From::Ai, Some(Who { name: office.ai_name.clone(), photo: None }))
            }
        };
        Self {
            conversation,
            seq,
            id: *id,
            from,
            who,
            at: *at,
            text: text.clone(),
            blocks,
            file: file.clone(),
        }
    }

    /// The same for a list, where it is only told what it says.
    fn told(self) -> Self {
        match self.blocks.is_empty() {
            true => self,
            false => Self { text: markup::bare(&self.text), blocks: vec![], ..self },
        }
    }
}

/// A conversation as a visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub id: ConversationId,
    /// Whether the team has finished it.
    pub ended: bool,
    /// Whether somebody of the team has read what the visitor wrote.
    pub seen: bool,
    /// Who answers.
    pub with: Option<Who>,
    pub at: Timestamp,
    /// The newest message.
    pub last: Option<Said>,
    /// Messages of the team that the visitor has not seen.
    pub unseen: i64,
}

/// Where in which log the visitor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub log: LogId,
    pub seq: i64,
}

/// What the window begins with.
#[derive(Clone, Debug, Serialize)]
pub struct Hello {
    pub token: String,
    pub team: String,
    pub greeting: String,
    /// What is asked before the first message; nothing of whom the team knows already.
    pub form: Form,
    /// Whether somebody is at their desk who could answer.
    pub is_there: bool,
    pub cursor: Cursor,
    pub conversations: Vec<Summary>,
}

/// Part of a thread, oldest first.
#[derive(Clone, Debug, Serialize)]
pub struct Thread {
    pub conversation: Summary,
    pub said: Vec<Said>,
    pub has_earlier: bool,
    pub cursor: Cursor,
}

/// What came since a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct News {
    pub cursor: Cursor,
    /// Every conversation that was touched, as it is now.
    pub conversations: Vec<Summary>,
    /// The messages since, oldest first.
    pub said: Vec<Said>,
}

/// What a visitor sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Made in the browser: the same again is the same message.
    pub id: MessageId,
    pub text: String,
    /// A file that was sent before, as it was answered.
    #[serde(default)]
    pub file: Option<Box<File>>,
    /// The conversation it is meant for; none begins a new one.
    pub conversation: Option<ConversationId>,
    #[serde(default)]
    pub introduction: Introduction,
    pub language: Option<String>,
}

/// The window is opened. Without a token the visitor gets one.
///
/// Errors: [`Error::Missing`] where there is no such chat, [`Error::SignedOut`] where the token is not one of it.
pub async fn hello(server: &Server, key: String, token: Option<String>) -> Result<Hello, Error> {
    let cached = server.office.clone();
    let read = async move |tx: &mut Tx| {
        let chat = chat(tx, &key).await?;
        let office = cached.in_transaction(tx).await?;
        let (token, contact) = match token {
            None => (chat.mint(), None),
            Some(token) => {
                let visitor = visitor(tx, &chat, &token).await?;
                (token, visitor.contact)
            }
        };
        let cursor = cursor(tx).await?;
        let conversations = match contact {
            None => vec![],
            Some(contact) => summaries(tx, &office, chat.channel, contact, 0).await?,
        };
        // Whoever has written was asked already.
        let form = if contact.is_some() { Form::None } else { chat.widget.form };
        let is_there = is_there(&office, chat.channel);
        let (team, greeting) = (office.workspace.clone(), chat.widget.greeting);
        Ok(Hello { token, team, greeting, form, is_there, cursor, conversations })
    };
    server.db.read(read).await
}

/// Whether somebody is at their desk who may answer on that channel.
fn is_there(office: &Office, channel: ChannelId) -> bool {
    let group = office.channels.get(&channel).and_then(|channel| channel.default_group);
    office.agents.values().any(|agent| {
        let viewer =
            office.viewer(agent.id).filter(|viewer| viewer.may(Permission::Reply) && viewer.in_scope(group));
        agent.availability == Availability::Online && viewer.is_some()
    })
}

/// The newest part of a thread, or the part before an entry.
///
/// Errors: as [`hello`]; [`Error::Missing`] also where the conversation is not the visitor's.
pub async fn thread(
    server: &Server,
    key: String,
    token: String,
    conversation: ConversationId,
    before: Option<i64>,
) -> Result<Thread, Error> {
    let cached = server.office.clone();
    let read = async move |tx: &mut Tx| {
        let chat = chat(tx, &key).await?;
        let contact = visitor(tx, &chat, &token).await?.contact.ok_or(Error::Missing)?;
        let office = cached.in_transaction(tx).await?;
        let of_it = summary(tx, &office, chat.channel, contact, conversation).await?.ok_or(Error::Missing)?;
        let mut said = said(tx, &office, conversation, before.unwrap_or(i64::MAX), MESSAGES + 1).await?;
        let has_earlier = said.len() > MESSAGES;
        if has_earlier {
            said.remove(0);
        }
        Ok(Thread { conversation: of_it, said, has_earlier, cursor: cursor(tx).await? })
    };
    server.db.read(read).await
}

/// A visitor writes, once. What comes of it reaches every browser that may know, through the log.
///
/// Errors: as [`thread`], and [`Error::Refused`] by the domain: nothing is stored then, not even who they are.
pub async fn write(
    server: &Server,
    key: String,
    token: String,
    written: Written,
    now: Timestamp,
) -> Result<receive::Arrived, Error> {
    let cached = server.office.clone();
    let work = async move |tx: &mut Tx| {
        let chat = chat(tx, &key).await?;
        let visitor = visitor(tx, &chat, &token).await?;
        let office = cached.in_transaction(tx).await?;
        let Written { id, text, file, conversation, introduction, language } = written;
        if chat.widget.form == Form::Required && visitor.contact.is_none() {
            let lacks = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
            match (lacks(&introduction.name), lacks(&introduction.email)) {
                (true, _) => return Err(Refusal::NoName.into()),
                (false, true) => return Err(Refusal::NotAnAddress.into()),
                (false, false) => {}
            }
        }
        let contact = visitor.contact.unwrap_or_else(|| ContactId::new(secret::random_id()));
        let language = language.map(|language| {
            domain::contact::clean_line(&language).chars().take(LANGUAGE_CHARS).collect::<String>()
        });
        let words = Words { id, text, file };
        file::send_with(tx, &Owner::visitor(&visitor.token_hash), &words).await?;
        let inbound = Inbound {
            channel: chat.channel,
            contact,
            words,
            meant: conversation.map_or(Meant::New, Meant::This),
            introduction,
            language: language.filter(|language| !language.is_empty()),
        };
        let arrived = receive::receive(tx, &office, inbound, now).await?;
        if visitor.contact.is_none() {
            remember(tx, &visitor, contact, now).await?;
        }
        Ok(arrived)
    };
    server.db.write(WORKSPACE, work).await
}

/// Whose the files are that a visitor sends.
///
/// Errors: as [`hello`].
pub async fn who_sends(server: &Server, key: String, token: String) -> Result<Owner, Error> {
    let read = async move |tx: &mut Tx| {
        let chat = chat(tx, &key).await?;
        visitor(tx, &chat, &token).await
    };
    Ok(Owner::visitor(&server.db.read(read).await?.token_hash))
}

/// A file of a conversation of the visitor's.
///
/// Errors: as [`thread`].
pub async fn file(server: &Server, key: String, token: String, id: FileId) -> Result<file::Known, Error> {
    let read = async move |tx: &mut Tx| {
        let chat = chat(tx, &key).await?;
        let contact = visitor(tx, &chat, &token).await?.contact.ok_or(Error::Missing)?;
        file::of_contact(tx, contact, id).await
    };
    server.db.read(read).await
}

async fn remember(tx: &mut Tx, visitor: &Visitor, contact: ContactId, now: Timestamp) -> Result<(), Error> {
    tx.q(sql!(
        "insert into visitor (token_hash, channel_id, contact_id, created_at) values ($1, $2, $3, $4)"
    ))
    .bind(visitor.token_hash.as_str())
    .bind(visitor.channel.to_string())
    .bind(contact.to_string())
    .bind(now.0)
    .exec()
    .await?;
    Ok(())
}

/// The visitor has seen everything of a conversation up to that message.
///
/// Errors: as [`thread`]. That it was seen before is none.
pub async fn seen(
    server: &Server,
    key: String,
    token: String,
    conversation: ConversationId,
    message: MessageId,
    now: Timestamp,
) -> Result<(), Error> {
    let cached = server.office.clone();
    let work = async move |tx: &mut Tx| {
        let chat = chat(tx, &key).await?;
        let contact = visitor(tx, &chat, &token).await?.contact.ok_or(Error::Missing)?;
        let office = cached.in_transaction(tx).await?;
        let before = theirs(tx, chat.channel, contact, conversation).await?.ok_or(Error::Missing)?;
        if mark_read(tx, conversation, message).await? == 0 {
            return Ok(());
        }
        let facts = decide(&office, &before, &Actor::Visitor(contact), &Command::Seen { message }, now)?;
        let after = Scene { conversation: applied(&before.conversation, &facts), ..before.clone() };
        store::save(tx, &office, Some(&before.conversation), &after.conversation, &[]).await?;
        log::write(tx, None, &facts, Some(&before), &after).await?;
        Ok::<_, Error>(())
    };
    server.db.write(WORKSPACE, work).await
}

/// Marks the team's messages of a conversation as read, up to one of its own; says how many were not.
async fn mark_read(tx: &mut Tx, conversation: ConversationId, message: MessageId) -> Result<u64, Error> {
    let place = sql!(
        "select coalesce(m.seq, (select max(e.seq) from event e where e.message_id = $2 and e.conversation_id = $1)) \
         from message m where m.message_id = $2 and m.conversation_id = $1"
    );
    let place = tx.q(place).bind(conversation.to_string()).bind(message.to_string()).opt().await?;
    let Some(upto) = place.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten() else { return Ok(0) };
    let text = sql!(
        "update message set delivery = 'read' where conversation_id = $1 and delivery is not null \
         and delivery <> 'read' and (seq <= $2 or message_id in (select e.message_id from event e \
         where e.conversation_id = $1 and e.seq <= $2))"
    );
    Ok(tx.q(text).bind(conversation.to_string()).bind(upto).exec().await?)
}

/// What came since that entry.
///
/// `None` where it is more than can be caught up with, or in the future.
pub async fn news(
    tx: &mut Tx,
    office: &Office,
    channel: ChannelId,
    contact: ContactId,
    after: Cursor,
) -> Result<Option<News>, Error> {
    let cursor = cursor(tx).await?;
    if after.log != cursor.log || after.seq > cursor.seq {
        return Ok(None);
    }
    let conversations = summaries(tx, office, channel, contact, after.seq).await?;
    let mut all = vec![];
    // One after the other: over all at once a database might read the whole log from the cursor on.
    for summary in &conversations {
        if have_words_moved(tx, summary.id, after.seq).await? {
            return Ok(None);
        }
        let text = format!(
            "select {SAID} from event e join message m on m.message_id = e.message_id \
             and m.conversation_id = e.conversation_id \
             where e.conversation_id = $1 and e.seq > $2 and {PUBLIC} order by e.seq limit $3"
        );
        let query = tx.built(text).bind(summary.id.to_string()).bind(after.seq);
        let rows = query.bind(MISSED_AT_MOST as i64 + 1).all().await?;
        let said = rows.iter().map(|row| read_said(office, row)).collect::<Result<Vec<_>, Error>>()?;
        all.extend(said.into_iter().flatten());
    }
    if all.len() > MISSED_AT_MOST {
        return Ok(None);
    }
    all.sort_by_key(|said| said.seq);
    Ok(Some(News { cursor, conversations, said: all }))
}

/// Whether words came to that conversation or left it since then, or so much happened that it takes too long to say: what a
/// window has of it has holes.
async fn have_words_moved(tx: &mut Tx, id: ConversationId, after: i64) -> Result<bool, Error> {
    let text = sql!(
        "select event from event where conversation_id = $1 and seq > $2 and message_id is null order by seq limit $3"
    );
    let query = tx.q(text).bind(id.to_string()).bind(after).bind(MISSED_AT_MOST as i64);
    let events = query.all().await?;
    let moves = |row: &Row| Columns::of(row).json::<Event>().is_ok_and(|event| event.moves_words());
    Ok(events.len() == MISSED_AT_MOST || events.iter().any(moves))
}

/// The columns of a message `m` and the entry `e` that it stands in.
const SAID: &str = "e.conversation_id, e.seq, m.message_id, m.kind, m.by_kind, m.by_id, m.at, m.text, m.file";

/// The same of one that stands in the log of another conversation.
const SAID_ELSEWHERE: &str =
    "m.conversation_id, m.seq, m.message_id, m.kind, m.by_kind, m.by_id, m.at, m.text, m.file";

/// What customers may read. [`Message::public`] is asked again for each.
const PUBLIC: &str = "m.kind in ('customer', 'reply', 'ai')";

async fn said(
    tx: &mut Tx,
    office: &Office,
    conversation: ConversationId,
    before: i64,
    limit: usize,
) -> Result<Vec<Said>, Error> {
    let text = format!(
        "select * from (select {SAID} from event e join message m on m.message_id = e.message_id \
         and m.conversation_id = e.conversation_id \
         where e.conversation_id = $1 and e.seq < $2 and {PUBLIC} order by e.seq desc limit $3) own \
         union all select * from (select {SAID_ELSEWHERE} from message m where m.conversation_id = $1 \
         and {MOVED} and m.seq < $2 and {PUBLIC} \
         order by m.seq desc limit $3) moved order by 2 desc limit $3"
    );
    let rows = tx.built(text).bind(conversation.to_string()).bind(before).bind(limit as i64).all().await?;
    let said = rows.iter().rev().map(|row| read_said(office, row)).collect::<Result<Vec<_>, Error>>()?;
    Ok(said.into_iter().flatten().collect())
}

fn read_said(office: &Office, row: &Row) -> Result<Option<Said>, Error> {
    let mut columns = Columns::of(row);
    let (conversation, seq) = (columns.id()?, columns.take()?);
    let message = columns.message()?;
    Ok(message.public().map(|public| Said::of(office, conversation, seq, public)))
}

/// The visitor's conversation of that id.
pub async fn theirs(
    tx: &mut Tx,
    channel: ChannelId,
    contact: ContactId,
    id: ConversationId,
) -> Result<Option<Scene>, Error> {
    let text = format!(
        "select {SCENE} from conversation c join contact k on k.contact_id = c.contact_id \
         where c.conversation_id = $1 and c.contact_id = $2 and c.channel_id = $3"
    );
    let query = tx.built(text).bind(id.to_string()).bind(contact.to_string()).bind(channel.to_string());
    query.opt().await?.map(|row| Columns::of(&row).scene()).transpose()
}

async fn summary(
    tx: &mut Tx,
    office: &Office,
    channel: ChannelId,
    contact: ContactId,
    id: ConversationId,
) -> Result<Option<Summary>, Error> {
    let all =
        summaries_where(tx, office, channel, contact, "c.conversation_id = $4", &id.to_string()).await?;
    Ok(all.into_iter().next())
}

/// The visitor's conversations that were touched after that entry, the newest first. One that the team has begun and said
/// nothing in yet is nothing to them.
pub async fn summaries(
    tx: &mut Tx,
    office: &Office,
    channel: ChannelId,
    contact: ContactId,
    after: i64,
) -> Result<Vec<Summary>, Error> {
    let touched = "exists (select 1 from event t where t.conversation_id = c.conversation_id and t.seq > cast($4 as bigint))";
    summaries_where(tx, office, channel, contact, touched, &after.to_string()).await
}

async fn summaries_where(
    tx: &mut Tx,
    office: &Office,
    channel: ChannelId,
    contact: ContactId,
    which: &'static str,
    value: &str,
) -> Result<Vec<Summary>, Error> {
    let text = format!(
        "select {SCENE}, (select count(*) from message u where u.conversation_id = c.conversation_id \
         and u.kind in ('reply', 'ai') and u.delivery is not null and u.delivery <> 'read'), \
         coalesce(m.seq, (select max(p.seq) from event p where p.conversation_id = c.conversation_id \
         and p.message_id = c.last_public_id)), \
         m.message_id, m.kind, m.by_kind, m.by_id, m.at, m.text, m.file \
         from conversation c join contact k on k.contact_id = c.contact_id \
         left join message m on m.message_id = c.last_public_id \
         where c.contact_id = $1 and c.channel_id = $2 and c.last_public_id is not null \
         and c.merged_into_id is null and {which} \
         order by c.last_message_at desc, c.number desc limit $3"
    );
    let query = tx.built(text).bind(contact.to_string()).bind(channel.to_string());
    let rows = query.bind(CONVERSATIONS as i64).bind(value).all().await?;
    rows.iter().map(|row| read_summary(office, row)).collect()
}

fn read_summary(office: &Office, row: &Row) -> Result<Summary, Error> {
    let mut columns = Columns::of(row);
    let Conversation { id, assignee, unread_since, last_public, created_at, status, .. } =
        columns.scene()?.conversation;
    let (unseen, seq): (i64, Option<i64>) = (columns.take()?, columns.take()?);
    debug_assert_eq!(row.get::<Option<i64>>(SCENE_COLUMNS + 1).ok(), Some(seq));
    let last = match (columns.maybe_id::<MessageId>()?, seq) {
        (Some(message), Some(seq)) => {
            columns.message_of(message)?.public().map(|public| Said::of(office, id, seq, public).told())
        }
        _ => None,
    };
    Ok(Summary {
        id,
        ended: !status.is_active(),
        seen: unread_since.is_none(),
        with: assignee.map(|agent| Who::of(office, agent)),
        at: last_public.map_or(created_at, |last| last.at),
        last,
        unseen,
    })
}

async fn cursor(tx: &mut Tx) -> Result<Cursor, Error> {
    Ok(Cursor { log: live::log_id(tx).await?, seq: log::head(tx).await? })
}
