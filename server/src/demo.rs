//! The demo workspace: the support desk of Fernhill Outdoors, a shop that does not exist. The threads under
//! `demo/` were written for it; what is shown of them is the outcome of the same `decide` and `apply` that
//! agents' orders go through.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow};
use domain::channel::ChannelKind;
use domain::contact::Contact;
use domain::conversation::{Ai, Conversation, Fact};
use domain::id::{AgentId, ChannelId, GroupId, TagId};
use domain::message::{Delivery, Message, MessageKind};
use domain::office::{Availability, Office};
use domain::permission::Preset;
use domain::settings::widget::{self, Widget};
use domain::time::Timestamp;

use crate::channel::web_chat;
use crate::conversation::{log, store};
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::server::WORKSPACE;
use crate::setup::{self, role_id};
use crate::{office, photo, secret, sql};

pub mod many;
mod script;
mod templates;

/// Everybody's password in the demo. It is printed at the start: a demo holds no secrets.
pub const PASSWORD: &str = "fernhill-demo";

/// Somebody of the demo.
pub struct Person {
    /// How the threads call them, and the part of their address before the @.
    pub key: &'static str,
    pub name: &'static str,
    pub roles: &'static [Preset],
    /// By their place in [`GROUPS`]. None: no limits.
    groups: &'static [usize],
    skills: &'static [&'static str],
    photo: &'static [u8],
}

macro_rules! portrait {
    ($key:literal) => {
        include_bytes!(concat!("demo/photos/", $key, ".webp"))
    };
}

const fn person(
    key: &'static str,
    name: &'static str,
    roles: &'static [Preset],
    groups: &'static [usize],
    skills: &'static [&'static str],
    photo: &'static [u8],
) -> Person {
    Person { key, name, roles, groups, skills, photo }
}

/// The team.
pub const PEOPLE: [Person; 9] = [
    person("maya", "Maya Brandt", &[Preset::Agent], &[0, 1], &["Tents", "German"], portrait!("maya")),
    person("sam", "Sam Keller", &[Preset::Operator], &[0, 3], &["Couriers", "Stores"], portrait!("sam")),
    person(
        "lukas",
        "Lukas Meier",
        &[Preset::Operator],
        &[1, 3],
        &["Boots", "Repairs", "German"],
        portrait!("lukas"),
    ),
    person(
        "noor",
        "Noor Haddad",
        &[Preset::Operator, Preset::ShowTabAll],
        &[2, 0],
        &["Invoices", "French"],
        portrait!("noor"),
    ),
    person("chidi", "Chidi Okonkwo", &[Preset::Agent], &[3, 4], &["Stoves", "Clubs"], portrait!("chidi")),
    person(
        "jonas",
        "Jonas Weber",
        &[Preset::Operator],
        &[4, 2],
        &["Quotes", "VAT", "German"],
        portrait!("jonas"),
    ),
    person(
        "elena",
        "Elena Rossi",
        &[Preset::Manager],
        &[0, 1, 2, 3, 4],
        &["Complaints", "Italian", "French"],
        portrait!("elena"),
    ),
    person("tom", "Tom Fairweather", &[Preset::BusinessAdmin], &[], &[], portrait!("tom")),
    person("yuki", "Yuki Tanaka", &[Preset::SuperAdmin], &[], &[], portrait!("yuki")),
];

const GROUPS: [&str; 5] = ["Orders", "Returns", "Billing", "Product advice", "Wholesale"];

const CHANNELS: [(ChannelKind, &str); 5] = [
    (ChannelKind::Chat, "Shop chat"),
    (ChannelKind::Email, "support@fernhill.example"),
    (ChannelKind::Whatsapp, "WhatsApp"),
    (ChannelKind::Telegram, "Telegram"),
    (ChannelKind::Api, "Contact form"),
];

const TAGS: [&str; 28] = [
    "damaged",
    "courier",
    "refund",
    "invoice",
    "vat",
    "size",
    "warranty",
    "repair",
    "delivery-delay",
    "lost-parcel",
    "address-change",
    "groups",
    "gift-card",
    "discount",
    "store-pickup",
    "spare-part",
    "stove",
    "tent",
    "boots",
    "backpack",
    "sleeping-bag",
    "clothing",
    "discontinued",
    "complaint",
    "praise",
    "payment",
    "stock",
    "rental",
];

/// The threads of each group.
const SCRIPTS: [(usize, &str, &str); 5] = [
    (0, "orders.txt", include_str!("demo/orders.txt")),
    (1, "returns.txt", include_str!("demo/returns.txt")),
    (2, "billing.txt", include_str!("demo/billing.txt")),
    (3, "advice.txt", include_str!("demo/advice.txt")),
    (4, "wholesale.txt", include_str!("demo/wholesale.txt")),
];

/// How many threads there are.
pub const CONVERSATIONS: i64 = 324;

/// The number of the oldest conversation.
const FIRST_NUMBER: i64 = 1001;

/// The address that one of the [`PEOPLE`] signs in with.
pub fn email(key: &str) -> String {
    format!("{key}@fernhill.example")
}

/// Whether this is the demo workspace.
pub async fn is_demo(tx: &mut Tx) -> Result<bool, Error> {
    let people = sql!("select agent_id from agent where email like '%@fernhill.example' limit 1");
    Ok(tx.q(people).opt().await?.is_some())
}

/// A conversation of the demo as it came to be.
struct Thread {
    contact: Contact,
    conversation: Conversation,
    facts: Vec<Fact>,
    messages: Vec<Message>,
}

/// Fills an empty database with the demo workspace, as if its newest messages had come just before `now`.
/// Says whether it did: a database that holds a workspace is left alone.
pub async fn fill(db: &Db, now: Timestamp) -> Result<bool, Error> {
    let password =
        tokio::task::spawn_blocking(|| secret::hash(PASSWORD)).await.map_err(anyhow::Error::from)??;
    // One transaction: a demo that is half there would look like somebody's workspace.
    db.write(WORKSPACE, async move |tx: &mut Tx| {
        if tx.q(sql!("select name from workspace")).opt().await?.is_some() {
            return Ok::<_, Error>(false);
        }
        furnish(tx, &password, now).await?;
        let office = office::Cached::default().in_transaction(tx).await?;
        let threads = threads(&office, now)?;
        for thread in &threads {
            move_in(tx, &office, thread).await?;
        }
        write(tx, &office, &threads).await?;
        settle(tx, FIRST_NUMBER + threads.len() as i64).await?;
        Ok(true)
    })
    .await
}

/// All conversations, in the order in which they began.
fn threads(office: &Office, now: Timestamp) -> anyhow::Result<Vec<Thread>> {
    let mut threads = vec![];
    for (group, name, text) in SCRIPTS {
        threads.extend(script::play(office, group_id(group), text, now).with_context(|| name.to_owned())?);
    }
    threads.sort_by_key(|thread| thread.conversation.created_at);
    for (number, thread) in (FIRST_NUMBER..).zip(&mut threads) {
        thread.conversation.number = number;
    }
    share_contacts(&mut threads);
    Ok(threads)
}

/// The same name with the same address is the same person.
fn share_contacts(threads: &mut [Thread]) {
    let mut known: BTreeMap<(String, Option<String>), Contact> = BTreeMap::new();
    for thread in threads {
        let key = (thread.contact.display_name.clone(), thread.contact.email.clone());
        let contact = known.entry(key).or_insert_with(|| thread.contact.clone());
        let contact = contact.clone();
        thread.told_by(&contact);
    }
}

/// The workspace without conversations.
async fn furnish(tx: &mut Tx, password_hash: &str, now: Timestamp) -> Result<(), Error> {
    setup::found(tx, "Fernhill Outdoors", "Fern", Some(now)).await?;
    for (place, name) in GROUPS.iter().enumerate() {
        tx.q(sql!("insert into team_group (group_id, name) values ($1, $2)"))
            .bind(group_id(place).to_string())
            .bind(*name)
            .exec()
            .await?;
    }
    for (kind, name) in CHANNELS {
        tx.q(sql!("insert into channel (channel_id, kind, name, default_group_id) values ($1, $2, $3, $4)"))
            .bind(channel_id(kind).to_string())
            .bind(kind.key())
            .bind(name)
            .bind(group_id(0).to_string())
            .exec()
            .await?;
    }
    let widget = Widget {
        greeting: "Hello! Ask us about gear, orders and returns.".into(),
        sites: vec![],
        form: widget::Form::Optional,
    };
    web_chat::install(tx, channel_id(ChannelKind::Chat), &widget).await?;
    for name in TAGS {
        tx.q(sql!("insert into tag (tag_id, name, retired) values ($1, $2, $3)"))
            .bind(tag_id(name)?.to_string())
            .bind(name)
            .bind(false)
            .exec()
            .await?;
    }
    for person in PEOPLE {
        hire(tx, person, password_hash).await?;
    }
    templates::write(tx).await
}

async fn hire(tx: &mut Tx, person: Person, password_hash: &str) -> Result<(), Error> {
    let Person { key, name, roles, groups, skills, photo: portrait } = person;
    let id = agent_id(key)?.to_string();
    let availability = match key {
        "noor" => Availability::Away,
        "tom" => Availability::Offline,
        _ => Availability::Online,
    };
    tx.q(sql!(
        "insert into agent (agent_id, email, display_name, password_hash, skills, availability, enabled, enter_sends) \
         values ($1, $2, $3, $4, $5, $6, $7, $7)"
    ))
    .bind(id.as_str())
    .bind(email(key))
    .bind(name)
    .bind(password_hash)
    .bind(serde_json::to_string(skills)?)
    .bind(availability.key())
    .bind(true)
    .exec()
    .await?;
    for preset in roles {
        tx.q(sql!("insert into agent_role (agent_id, role_id) values ($1, $2)"))
            .bind(id.as_str())
            .bind(role_id(*preset).to_string())
            .exec()
            .await?;
    }
    photo::set(tx, agent_id(key)?, portrait).await?;
    for group in groups {
        tx.q(sql!("insert into agent_group (agent_id, group_id) values ($1, $2)"))
            .bind(id.as_str())
            .bind(group_id(*group).to_string())
            .exec()
            .await?;
    }
    Ok(())
}

async fn move_in(tx: &mut Tx, office: &Office, thread: &Thread) -> Result<(), Error> {
    store::enter(tx, &thread.contact).await?;
    store::save(tx, office, None, &thread.conversation, &[]).await?;
    let scene = domain::conversation::Scene {
        contact: thread.contact.clone(),
        conversation: thread.conversation.clone(),
        into: None,
    };
    log::move_counters(tx, None, &scene, 0).await
}

/// Writes the words, and the log as it would have been written: by time, over all conversations. Returns the last entry.
async fn write(tx: &mut Tx, office: &Office, threads: &[Thread]) -> Result<i64, Error> {
    let mut messages = vec![];
    let mut facts = vec![];
    for Thread { conversation, facts: of_it, messages: said, contact: _ } in threads {
        let kind = office.channels.get(&conversation.channel).map(|channel| channel.kind);
        let arrived = if kind == Some(ChannelKind::Chat) { Delivery::Read } else { Delivery::Delivered };
        let ours = |message: &Message| matches!(message.kind, MessageKind::Reply | MessageKind::Ai);
        messages
            .extend(said.iter().map(|message| (conversation.id, message, ours(message).then_some(arrived))));
        facts.extend(of_it.iter().map(|fact| (conversation.id, fact)));
    }
    store::write_history(tx, &messages).await?;
    facts.sort_by_key(|(_, fact)| fact.at);
    log::write_events(tx, None, None, &facts).await
}

/// Sets the previews to whispers and notes that are newer than the last public message.
async fn settle(tx: &mut Tx, next_number: i64) -> Result<(), Error> {
    tx.q(sql!(
        "update conversation set last_private_id = (select m.message_id from message m \
         where m.conversation_id = conversation.conversation_id and m.kind in ('whisper', 'note') \
         and m.at > conversation.last_public_at order by m.at desc limit 1)"
    ))
    .exec()
    .await?;
    tx.q(sql!("update workspace set next_number = $1")).bind(next_number).exec().await?;
    Ok(())
}

fn group_id(place: usize) -> GroupId {
    GroupId::new(0x0e00_0000 + place as u128)
}

fn channel_id(kind: ChannelKind) -> ChannelId {
    ChannelId::new(0x0c00_0000 + kind as u128)
}

fn tag_id(name: &str) -> anyhow::Result<TagId> {
    let place = TAGS.iter().position(|tag| *tag == name);
    place.map(|place| TagId::new(0x0a00_0000 + place as u128)).ok_or_else(|| anyhow!("no tag {name:?}"))
}

fn agent_id(key: &str) -> anyhow::Result<AgentId> {
    let place = PEOPLE.iter().position(|person| person.key == key);
    place
        .map(|place| AgentId::new(0x0b00_0000 + place as u128))
        .ok_or_else(|| anyhow!("nobody is called {key:?}"))
}

/// Whether the AI agent answers on that channel.
fn ai_on(kind: ChannelKind) -> Ai {
    match kind {
        ChannelKind::Chat | ChannelKind::Whatsapp | ChannelKind::Telegram => Ai::Active,
        ChannelKind::Email | ChannelKind::Api => Ai::None,
    }
}
