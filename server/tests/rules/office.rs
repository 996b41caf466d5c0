//! The people of the tests: an office with its staff, and what they and their customers do there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use app::backend::{Asker, PAGE};
use app::error::Error as Told;
use domain::contact::{Contact, clean_name};
use domain::conversation::{Ai, Command, Conversation, Event, Fact, Scene, apply};
use domain::counter::Counts;
use domain::desk::{Opened, Page, Total};
use domain::filter::Filter;
use domain::id::{AgentId, ChannelId, CommandId, ContactId, ConversationId, GroupId, LogId, MessageId};
use domain::live::{Entry, Receipt, Request, Row};
use domain::message::{Message, MessageKind, Words};
use domain::office::Agent;
use domain::permission::{Permission, Preset};
use domain::refusal::Refusal;
use domain::settings::widget::{Form, Widget};
use domain::time::{Duration, Timestamp};
use domain::view::View;
use domain::viewer::{By, Viewer};
use domain::worlds::{ANA, CHAT, MAIL, NOON, cleo, office};
use server::channel::web_chat;
use server::conversation::{self, log, store};
use server::db::{Db, Sql, Tx};
use server::error::Error;
use server::file::Files;
use server::server::{Server, WORKSPACE};
use server::{inbox, migrations, office, secret, sql};

use crate::database::each;

/// What everybody of the office signs in with.
pub const PASSWORD: &str = "correct horse battery";

/// An office with the people, groups, channels and tags of `domain::worlds`, and nobody waiting.
#[derive(Clone)]
pub struct Office {
    pub server: Arc<Server>,
}

/// Runs a test in a fresh office on each engine.
pub async fn in_office(test: impl AsyncFn(Office)) {
    each(migrations::ALL, async |db| test(Office::open(db).await).await).await;
}

/// Where all tests keep files that are sent: each has an id of its own.
pub fn files() -> Files {
    Files::in_folder(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("files")).unwrap()
}

/// Words with a fresh id.
pub fn words(text: &str) -> Words {
    Words::new(MessageId::new(secret::random_id()), text)
}

/// A reply by somebody who has seen that message last.
pub fn reply(text: &str, seen: Option<MessageId>) -> Command {
    Command::Reply { words: words(text), seen }
}

pub fn whisper(text: &str) -> Command {
    Command::Whisper { words: words(text), mentions: [].into() }
}

pub fn note(text: &str) -> Command {
    Command::Note { words: words(text), mentions: [].into() }
}

/// Why the domain said no to that.
#[track_caller]
pub fn refusal<T: std::fmt::Debug>(answer: Result<T, Told>) -> Refusal {
    match answer {
        Err(Told::Refused(refusal)) => refusal,
        other => panic!("refused by the domain: {other:?}"),
    }
}

impl Office {
    /// Moves into an empty database.
    pub async fn open(db: Db) -> Self {
        db.write(WORKSPACE, async |tx: &mut Tx| furnish(tx).await).await.unwrap();
        Self::again(db)
    }

    /// The office that has moved in there already, after a restart.
    pub fn again(db: Db) -> Self {
        Self { server: Arc::new(Server::new(db, files()).unwrap()) }
    }

    /// Somebody of the team, at noon.
    pub fn agent(&self, id: AgentId) -> Person {
        let viewer = office().viewer(id).expect("somebody who has not left");
        Person { server: self.server.clone(), viewer, now: NOON }
    }

    /// Somebody with the rights that they have by now.
    pub async fn signed_in(&self, id: AgentId) -> Person {
        let cached = self.server.office.clone();
        let read = self.server.db.read(async move |tx: &mut Tx| cached.in_transaction(tx).await);
        let viewer = read.await.unwrap().viewer(id).expect("somebody who has not left");
        Person { server: self.server.clone(), viewer, now: NOON }
    }

    /// Takes on one more person with that role.
    pub async fn hires(&self, id: AgentId, preset: Preset, group: GroupId) -> Person {
        let like = &office().agents[&domain::worlds::ANA];
        let role = office().roles.values().find(|role| role.name == preset.name()).unwrap().id;
        let agent = Agent {
            id,
            display_name: format!("Agent {id}"),
            email: format!("{id}@example.org"),
            roles: [role].into(),
            groups: [group].into(),
            ..like.clone()
        };
        self.writing(async move |tx: &mut Tx| {
            hire(tx, &agent).await?;
            office::changed(tx).await
        })
        .await;
        self.signed_in(id).await
    }

    /// A customer whom nobody knows begins a conversation in the chat. Each writes a minute after the one before.
    pub async fn writes(&self, name: &str, text: &str, group: GroupId) -> Conversation {
        self.begins(CHAT, name, text, group).await
    }

    /// The same by e-mail.
    pub async fn mails(&self, name: &str, text: &str, group: GroupId) -> Conversation {
        self.begins(MAIL, name, text, group).await
    }

    async fn begins(&self, channel: ChannelId, name: &str, text: &str, group: GroupId) -> Conversation {
        let id = ContactId::new(secret::random_id());
        let contact =
            Contact { id, display_name: clean_name(name), original_name: clean_name(name), ..cleo() };
        let (text, cached) = (text.to_owned(), self.server.office.clone());
        self.writing(async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            store::enter(tx, &contact).await?;
            let raised = sql!("update workspace set next_number = next_number + 1 returning next_number - 1");
            let number: i64 = tx.q(raised).one().await?.get(0)?;
            let at = NOON - Duration::hours(6) + Duration::minutes(number);
            let id = ConversationId::new(secret::random_id());
            let subject = text.clone();
            let begun =
                Conversation::begin(id, number, contact.id, channel, subject, Some(group), Ai::None, at);
            let scene = Scene { contact, conversation: begun, into: None };
            receive(tx, &office, scene, true, text, at).await
        })
        .await
    }

    /// The customer writes again in a conversation.
    pub async fn adds(&self, id: ConversationId, text: &str, at: Timestamp) -> Conversation {
        let (text, cached) = (text.to_owned(), self.server.office.clone());
        let everywhere = domain::worlds::super_admin();
        self.writing(async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            let scene = store::look(tx, &everywhere, id).await?;
            receive(tx, &office, scene, false, text, at).await
        })
        .await
    }

    /// What was ordered last about a conversation.
    pub async fn last(&self, id: ConversationId) -> domain::conversation::Last {
        let read = self.server.db.read(async move |tx: &mut Tx| store::last_order(tx, id).await);
        read.await.unwrap().expect("something was ordered that can be undone")
    }

    /// A conversation as it stands.
    pub async fn conversation(&self, id: ConversationId) -> Conversation {
        let everywhere = domain::worlds::super_admin();
        let read = self.server.db.read(async move |tx: &mut Tx| store::look(tx, &everywhere, id).await);
        read.await.unwrap().conversation
    }

    /// Changes something of the office behind everybody's back.
    pub async fn changes(&self, statement: Sql, id: AgentId) {
        self.writing(async move |tx: &mut Tx| {
            tx.q(statement).bind(id.to_string()).exec().await?;
            office::changed(tx).await
        })
        .await;
    }

    /// The first column of every row, as text.
    pub async fn column(&self, statement: Sql) -> Vec<String> {
        let read = self.server.db.read(async move |tx: &mut Tx| {
            let rows = tx.q(statement).all().await?;
            rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()
        });
        read.await.unwrap()
    }

    /// Every row of every table as text, to see that nothing was changed; but for the index of words, which each engine
    /// keeps in its own way.
    pub async fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let tables = self.column(sql!(
            sqlite: "select name from sqlite_master where type = 'table' and name not like 'search_message%'",
            postgres: "select cast(tablename as text) from pg_tables where schemaname = 'public' \
                       and tablename <> 'search_message'"
        ));
        let mut everything = BTreeMap::new();
        for table in tables.await {
            let name = table.clone();
            let read = self.server.db.read(async move |tx: &mut Tx| rows_of(tx, &name).await);
            everything.insert(table, read.await.unwrap());
        }
        assert!(everything.len() > 15 && !everything["agent"].is_empty(), "all tables are looked at");
        everything
    }

    pub async fn writing<T: Send + 'static>(&self, work: impl for<'t> server::db::Work<'t, T, Error>) -> T {
        self.server.db.write(WORKSPACE, work).await.unwrap()
    }
}

async fn rows_of(tx: &mut Tx, table: &str) -> Result<Vec<String>, server::db::Error> {
    let columns = sql!(
        sqlite: "select name from pragma_table_info($1)",
        postgres: "select cast(column_name as text) from information_schema.columns where table_name = $1 \
                   order by ordinal_position"
    );
    let mut texts = vec![];
    for row in tx.q(columns).bind(table).all().await? {
        texts.push(format!("coalesce(cast({} as text), 'null')", row.get::<String>(0)?));
    }
    let text = format!("select {} from {table} order by 1", texts.join(" || ' | ' || "));
    tx.built(text).all().await?.iter().map(|row| row.get(0)).collect()
}

/// What came of an order, as who gave it finds it.
#[derive(Debug, PartialEq, serde::Serialize)]
pub struct Outcome {
    pub receipt: Receipt,
    /// The conversation now; absent where they see it no more.
    pub row: Option<Row>,
    /// Its whole thread.
    pub entries: Vec<Entry>,
    pub counts: Counts,
}

/// Somebody of the team at their desk, at some moment.
#[derive(Clone)]
pub struct Person {
    pub server: Arc<Server>,
    pub viewer: Viewer,
    pub now: Timestamp,
}

impl Person {
    /// The same person at another time.
    pub fn at(&self, now: Timestamp) -> Self {
        Self { now, ..self.clone() }
    }

    /// Orders something that was never ordered before.
    pub async fn run(&self, conversation: ConversationId, command: Command) -> Result<Outcome, Told> {
        self.order(&order(conversation, command)).await
    }

    /// Orders that, whether it was ordered before or not, and looks at what came of it.
    pub async fn order(&self, request: &Request) -> Result<Outcome, Told> {
        let receipt = self.send(request).await?;
        let (viewer, id, now) = (self.viewer.clone(), request.conversation, self.now);
        let read = self.server.db.read(async move |tx: &mut Tx| {
            let counts = inbox::counts(tx, &viewer, now).await?;
            let row = match inbox::row(tx, &viewer, id).await {
                Ok(row) => Some(row),
                Err(Error::Missing) => None,
                Err(error) => return Err(error),
            };
            let entries = match &row {
                None => vec![],
                Some(_) => log::thread(tx, id, i64::MAX, log::Whispers::read_by(&viewer), 1_000).await?,
            };
            Ok((row, entries, counts))
        });
        let (row, entries, counts) = read.await.map_err(Error::told)?;
        Ok(Outcome { receipt, row, entries, counts })
    }

    /// Orders that.
    pub async fn send(&self, request: &Request) -> Result<Receipt, Told> {
        let request = Request { by: self.viewer.agent, ..request.clone() };
        conversation::run(&self.server, &self.viewer, request, self.now).await.map_err(Error::told)
    }

    /// Signs in once more, in a session that is good whatever the clock says.
    pub async fn signs_in(&self) -> Asker {
        let (agent, session) = (self.viewer.agent, format!("{:032x}", secret::random_id()));
        let id = session.clone();
        let work = async move |tx: &mut Tx| {
            tx.q(sql!(
                "insert into session (session_id, token_hash, agent_id, device, created_at, seen_at, idle_ms, expires_at) \
                 values ($1, $1, $2, 'Lynx', 0, $3, $3, $3)"
            ))
            .bind(id)
            .bind(agent.to_string())
            .bind(i64::MAX / 2)
            .exec()
            .await?;
            Ok::<_, Error>(())
        };
        self.server.db.write(WORKSPACE, work).await.unwrap();
        Asker { viewer: self.viewer.clone(), session }
    }

    /// The numbers in a view, from its beginning to its end.
    pub async fn list(&self, view: View) -> Vec<i64> {
        let pages = self.pages(&Filter::of(view)).await;
        let rows = pages.iter().flat_map(|page| &page.rows);
        rows.map(|row| row.scene.conversation.number).collect()
    }

    /// The whole list of a filter, page by page, each asked for with the place that the one before ended at.
    pub async fn pages(&self, filter: &Filter) -> Vec<Page> {
        let mut pages: Vec<Page> = vec![];
        loop {
            let (viewer, filter, now) = (self.viewer.clone(), filter.clone(), self.now);
            let after = pages.last().and_then(|page| page.next);
            let read = self
                .server
                .db
                .read(async move |tx: &mut Tx| inbox::page(tx, &viewer, &filter, after, now).await);
            let page = read.await.unwrap();
            assert!(page.next.is_none() || page.rows.len() == PAGE, "only the last page is short");
            let is_last = page.next.is_none();
            pages.push(page);
            if is_last {
                return pages;
            }
        }
    }

    /// How many a filter finds.
    pub async fn total(&self, filter: &Filter) -> Total {
        let (viewer, filter, now) = (self.viewer.clone(), filter.clone(), self.now);
        let count = async move |tx: &mut Tx| inbox::total(tx, &viewer, &filter, now).await;
        self.server.db.read(count).await.unwrap()
    }

    /// Looks at a conversation, and does nothing with it.
    pub async fn open(&self, number: i64) -> Result<Opened, Told> {
        let (viewer, now) = (self.viewer.clone(), self.now);
        let read =
            self.server.db.read(async move |tx: &mut Tx| conversation::open(tx, &viewer, number, now).await);
        read.await.map_err(Error::told)
    }
}

/// An order with a fresh id, of Ana where nobody else sends it.
pub fn order(conversation: ConversationId, command: Command) -> Request {
    Request { id: CommandId::new(secret::random_id()), by: ANA, conversation, command }
}

/// Stores a customer's message with what follows from it.
async fn receive(
    tx: &mut Tx,
    office: &domain::office::Office,
    before: Scene,
    is_new: bool,
    text: String,
    at: Timestamp,
) -> Result<Conversation, Error> {
    let by = By::Visitor(before.contact.id);
    let message = Message {
        id: MessageId::new(secret::random_id()),
        kind: MessageKind::Customer,
        by,
        at,
        text,
        file: None,
    };
    let fact = Fact { at, by, event: Event::Received { message: message.id } };
    let after = Scene { conversation: apply(&before.conversation, &fact), ..before.clone() };
    let before = (!is_new).then_some(&before);
    store::save(tx, office, before.map(|before| &before.conversation), &after.conversation, &[message])
        .await?;
    log::write(tx, None, &[fact], before, &after).await?;
    Ok(after.conversation)
}

async fn furnish(tx: &mut Tx) -> Result<(), Error> {
    let office = office();
    tx.q(sql!(
        "insert into workspace (workspace_id, name, ai_name, office_version, seq, next_number, log_id, counted_to, \
         visitor_secret) values ($1, $2, $3, $4, 0, 1, $5, null, $6)"
    ))
    .bind(WORKSPACE)
    .bind(office.workspace.as_str())
    .bind(office.ai_name.as_str())
    .bind(office.version)
    .bind(LogId::new(secret::random_id()).to_string())
    .bind(secret::token())
    .exec()
    .await?;
    for role in office.roles.values() {
        let permissions: Vec<&str> = role.permissions.iter().copied().map(Permission::key).collect();
        tx.q(sql!("insert into role (role_id, name, permissions, super_admin) values ($1, $2, $3, $4)"))
            .bind(role.id.to_string())
            .bind(role.name.as_str())
            .bind(serde_json::to_string(&permissions)?)
            .bind(role.super_admin)
            .exec()
            .await?;
    }
    for group in office.groups.values() {
        tx.q(sql!("insert into team_group (group_id, name) values ($1, $2)"))
            .bind(group.id.to_string())
            .bind(group.name.as_str())
            .exec()
            .await?;
    }
    for channel in office.channels.values() {
        tx.q(sql!("insert into channel (channel_id, kind, name, default_group_id) values ($1, $2, $3, $4)"))
            .bind(channel.id.to_string())
            .bind(channel.kind.key())
            .bind(channel.name.as_str())
            .bind(channel.default_group.map(|group| group.to_string()))
            .exec()
            .await?;
    }
    let widget = Widget { greeting: "Hello".into(), sites: vec![], form: Form::None };
    web_chat::install(tx, CHAT, &widget).await?;
    for tag in office.tags.values() {
        tx.q(sql!("insert into tag (tag_id, name, retired) values ($1, $2, $3)"))
            .bind(tag.id.to_string())
            .bind(tag.name.as_str())
            .bind(tag.retired)
            .exec()
            .await?;
    }
    for agent in office.agents.values() {
        hire(tx, agent).await?;
    }
    Ok(())
}

async fn hire(tx: &mut Tx, agent: &Agent) -> Result<(), Error> {
    // Hashing takes long on purpose: once for everybody.
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| secret::hash(PASSWORD).unwrap());
    let Agent {
        id,
        display_name,
        email,
        roles,
        groups,
        skills,
        availability,
        enabled,
        enter_sends,
        photo,
        muted,
        capacity: _,
    } = agent;
    tx.q(sql!(
        "insert into agent (agent_id, email, display_name, password_hash, skills, availability, enabled, \
         enter_sends, muted, photo) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ))
    .bind(id.to_string())
    .bind(email.as_str())
    .bind(display_name.as_str())
    .bind(hash.as_str())
    .bind(serde_json::to_string(skills)?)
    .bind(availability.key())
    .bind(*enabled)
    .bind(*enter_sends)
    .bind(serde_json::to_string(muted)?)
    .bind(photo.clone())
    .exec()
    .await?;
    for role in roles {
        tx.q(sql!("insert into agent_role (agent_id, role_id) values ($1, $2)"))
            .bind(id.to_string())
            .bind(role.to_string())
            .exec()
            .await?;
    }
    for group in groups {
        tx.q(sql!("insert into agent_group (agent_id, group_id) values ($1, $2)"))
            .bind(id.to_string())
            .bind(group.to_string())
            .exec()
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_office_is_read_as_it_was_furnished() {
    in_office(async |here| {
        let cached = here.server.office.clone();
        let read = here.server.db.read(async move |tx: &mut Tx| cached.in_transaction(tx).await);
        assert_eq!(*read.await.unwrap(), office());
    })
    .await;
}

#[tokio::test]
async fn what_a_write_changed_and_did_not_keep_is_never_taken_for_the_office() {
    in_office(async |office| {
        let renames = async |name: &'static str, is_kept: bool| {
            let cached = office.server.office.clone();
            let done = office.server.db.write(WORKSPACE, async move |tx: &mut Tx| {
                tx.q(sql!("update agent set display_name = $1 where agent_id = $2"))
                    .bind(name)
                    .bind(ANA.to_string())
                    .exec()
                    .await?;
                server::office::changed(tx).await?;
                assert_eq!(cached.in_transaction(tx).await?.name_of(ANA), name, "in its own transaction");
                if is_kept { Ok(()) } else { Err(Error::Missing) }
            });
            assert_eq!(done.await.is_ok(), is_kept);
        };
        renames("Undone", false).await;
        renames("Ana Kept", true).await;
        let cached = office.server.office.clone();
        let read = async move |tx: &mut Tx| cached.in_transaction(tx).await;
        assert_eq!(office.server.db.read(read).await.unwrap().name_of(ANA), "Ana Kept");
    })
    .await;
}
