//! The small cast of the tests, and generators of worlds that they can be in.
#![allow(missing_docs, clippy::unwrap_used, reason = "names say it, and a test stops where it fails")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::channel::{Channel, ChannelKind};
use crate::contact::Contact;
use crate::conversation::*;
use crate::filter::{Filter, Scope, Standing};
use crate::group::Group;
use crate::id::*;
use crate::message::{MessageKind, Words};
use crate::office::{Agent, Availability, Office, Role, Tag};
use crate::permission::{Permission, Preset};
use crate::refusal::Refusal;
use crate::time::{Duration, Timestamp};
use crate::view::View;
use crate::viewer::{Actor, By, Viewer};

pub const NOON: Timestamp = Timestamp(1_790_000_000_000);
pub const NOON_AND_A_BIT: Timestamp = Timestamp(NOON.0 + 90_000);

/// Operator of Billing.
pub const ANA: AgentId = AgentId::new(1);
/// Agent of Billing.
pub const BEN: AgentId = AgentId::new(2);
/// Observer of Billing: opens the inbox, may not reply.
pub const OLU: AgentId = AgentId::new(3);
/// Operator of Returns.
pub const RITA: AgentId = AgentId::new(4);
/// Manager without group limits.
pub const ZOE: AgentId = AgentId::new(5);
/// Super-admin, who is in a group and not limited by it.
pub const YUKI: AgentId = AgentId::new(6);
/// Lia, who has left.
pub const LEFT: AgentId = AgentId::new(7);
pub const CLEO: ContactId = ContactId::new(11);
pub const BILLING: GroupId = GroupId::new(21);
pub const RETURNS: GroupId = GroupId::new(22);
pub const CHAT: ChannelId = ChannelId::new(31);
pub const MAIL: ChannelId = ChannelId::new(32);
pub const REFUND: TagId = TagId::new(41);
pub const VAT: TagId = TagId::new(42);

pub const AGENTS: [AgentId; 7] = [ANA, BEN, OLU, RITA, ZOE, YUKI, LEFT];

pub fn office() -> Office {
    let observer = Role {
        id: RoleId::new(200),
        name: "Observer".into(),
        permissions: [Permission::InboxOpen].into(),
        super_admin: false,
    };
    let mut roles: BTreeMap<RoleId, Role> =
        Preset::ALL.iter().map(|preset| (role_id(*preset), role(*preset))).collect();
    roles.insert(observer.id, observer.clone());
    let agent = |id, name: &str, role: RoleId, groups: &[GroupId], enabled| {
        let agent = Agent {
            id,
            display_name: name.into(),
            email: format!("{}@example.org", name.to_lowercase()),
            roles: [role].into(),
            groups: groups.iter().copied().collect(),
            skills: vec![],
            availability: Availability::Online,
            enabled,
            enter_sends: true,
            photo: Some(name.to_lowercase()),
            muted: BTreeSet::new(),
            capacity: None,
        };
        (id, agent)
    };
    let group = |id, name: &str| (id, Group { id, name: name.into(), retired: false });
    let tag = |id, name: &str| (id, Tag { id, name: name.into(), retired: false });
    let channel = |id, kind: ChannelKind| {
        let reopen = crate::channel::Reopen::Always;
        (id, Channel { id, kind, name: kind.name().into(), default_group: Some(BILLING), reopen })
    };
    Office {
        version: 1,
        templates: 0,
        workspace: "Acme".into(),
        ai_name: "Fern".into(),
        agents: [
            agent(ANA, "Ana", role_id(Preset::Operator), &[BILLING], true),
            agent(BEN, "Ben", role_id(Preset::Agent), &[BILLING], true),
            agent(OLU, "Olu", observer.id, &[BILLING], true),
            agent(RITA, "Rita", role_id(Preset::Operator), &[RETURNS], true),
            agent(ZOE, "Zoe", role_id(Preset::Manager), &[], true),
            agent(YUKI, "Yuki", role_id(Preset::SuperAdmin), &[RETURNS], true),
            agent(LEFT, "Lia", role_id(Preset::Operator), &[BILLING], false),
        ]
        .into(),
        roles,
        groups: [group(BILLING, "Billing"), group(RETURNS, "Returns")].into(),
        channels: [channel(CHAT, ChannelKind::Chat), channel(MAIL, ChannelKind::Email)].into(),
        tags: [tag(REFUND, "refund"), tag(VAT, "vat")].into(),
        features: BTreeSet::new(),
        saved: BTreeMap::new(),
    }
}

fn role_id(preset: Preset) -> RoleId {
    RoleId::new(100 + preset as u128)
}

fn role(preset: Preset) -> Role {
    Role {
        id: role_id(preset),
        name: preset.name().into(),
        permissions: preset.permissions(),
        super_admin: preset == Preset::SuperAdmin,
    }
}

/// That person with a preset instead of their own roles.
pub fn viewer(id: AgentId, preset: Preset) -> Viewer {
    let groups = office().agents[&id].groups.clone();
    Viewer { agent: id, permissions: preset.permissions(), groups, super_admin: preset == Preset::SuperAdmin }
}

pub fn operator(id: AgentId) -> Viewer {
    viewer(id, Preset::Operator)
}

pub fn agent(id: AgentId) -> Viewer {
    viewer(id, Preset::Agent)
}

pub fn manager(id: AgentId) -> Viewer {
    viewer(id, Preset::Manager)
}

pub fn super_admin() -> Viewer {
    viewer(YUKI, Preset::SuperAdmin)
}

/// Every enabled person of the office, as the office sees them.
pub fn everybody() -> Vec<Viewer> {
    AGENTS.into_iter().filter_map(|agent| office().viewer(agent)).collect()
}

pub fn cleo() -> Contact {
    Contact {
        id: CLEO,
        display_name: "Cleo".into(),
        original_name: "cleo99".into(),
        email: None,
        phone: None,
        language: None,
        vip: false,
        lead: false,
        pinned_to: None,
        blocked_at: None,
        merged: None,
    }
}

pub fn scene(conversation: Conversation) -> Scene {
    Scene { contact: cleo(), conversation, into: None }
}

pub fn one_open() -> Conversation {
    let id = ConversationId::new(1);
    Conversation::begin(
        id,
        1,
        CLEO,
        CHAT,
        "Refund?".into(),
        Some(BILLING),
        Ai::None,
        NOON - Duration::hours(1),
    )
}

pub fn with_assignee(conversation: Conversation, agent: AgentId) -> Conversation {
    let at = Some(NOON - Duration::minutes(30));
    Conversation { assignee: Some(agent), assigned_at: at, unassigned_at: None, ..conversation }
}

pub fn one_pending() -> Conversation {
    Conversation { status: Status::Pending { note: None, wake_at: None }, ..with_assignee(one_open(), ANA) }
}

pub fn one_resolved() -> Conversation {
    resolved_by(BEN)
}

pub fn resolved_by(agent: AgentId) -> Conversation {
    Conversation { status: Status::Resolved { note: None }, ..finished_by(agent) }
}

pub fn one_closed() -> Conversation {
    Conversation { status: Status::Closed, ..finished_by(BEN) }
}

pub fn one_archived() -> Conversation {
    Conversation { status: Status::Archived { was: Done::Closed }, ..one_closed() }
}

fn finished_by(agent: AgentId) -> Conversation {
    let at = Some(NOON - Duration::minutes(10));
    Conversation { closed_at: at, closed_by: Some(agent), ..with_assignee(one_open(), agent) }
}

pub fn message_id(n: u128) -> MessageId {
    MessageId::new(n)
}

pub fn words(n: u128, text: &str) -> Words {
    Words::new(message_id(n), text)
}

pub fn assigned_to(to: AgentId) -> Event {
    Event::Assigned { to, from: None, note: None }
}

pub fn fact(by: By, event: Event, at: Timestamp) -> Fact {
    Fact { at, by, event }
}

/// After a customer's message with that id.
pub fn after_message(conversation: Conversation, message: u128) -> Conversation {
    apply(&conversation, &fact(By::Visitor(CLEO), Event::Received { message: message_id(message) }, NOON))
}

/// The command is accepted and just these events happen; returns what comes of it.
#[track_caller]
pub fn check(before: Conversation, viewer: &Viewer, command: Command, events: &[Event]) -> Conversation {
    let facts =
        decide(&office(), &scene(before.clone()), &Actor::Agent(viewer.clone()), &command, NOON).unwrap();
    assert_eq!(facts.iter().map(|fact| fact.event.clone()).collect::<Vec<_>>(), events);
    assert!(facts.iter().all(|fact| fact.at == NOON && fact.by == By::Agent(viewer.agent)));
    let after = applied(&before, &facts);
    assert_eq!(after.version, before.version + events.len() as i64);
    after
}

#[track_caller]
pub fn check_refused(before: Conversation, viewer: &Viewer, command: Command, refusal: Refusal) {
    let answer = decide(&office(), &scene(before), &Actor::Agent(viewer.clone()), &command, NOON);
    assert_eq!(answer, Err(refusal.clone()));
    let sentence = refusal.sentence();
    assert!(sentence.ends_with(['.', '?']) && sentence.len() > 15, "a sentence: {sentence}");
}

fn agents() -> impl Strategy<Value = AgentId> {
    select(AGENTS.to_vec())
}

fn groups() -> impl Strategy<Value = Option<GroupId>> {
    select(vec![None, Some(BILLING), Some(RETURNS)])
}

fn times() -> impl Strategy<Value = Timestamp> {
    (-2000_i64..2000).prop_map(|minutes| NOON + Duration::minutes(minutes))
}

/// Facts that may come one after another in any order: `apply` takes them all.
pub fn events() -> impl Strategy<Value = (By, Event)> {
    let by = agents().prop_map(By::Agent);
    let mentions = || btree_set(agents(), 0..2);
    let event = prop_oneof![
        3 => Just(Event::Received { message: message_id(5) }),
        1 => Just(Event::Answered { message: message_id(6), epoch: 0 }),
        1 => Just(Event::HandedOff),
        4 => agents().prop_map(assigned_to),
        1 => select(vec![BILLING, RETURNS]).prop_map(|group| Event::GroupAssigned { group, note: None }),
        2 => agents().prop_map(|from| Event::Unassigned { from }),
        1 => (agents(), times()).prop_map(|(to, expires)| Event::TransferAsked { to, note: None, expires }),
        1 => agents().prop_map(|to| Event::TransferAccepted { to, from: None }),
        1 => agents().prop_map(|to| Event::TransferCancelled { to }),
        1 => Just(Event::Left),
        3 => Just(Event::Replied { message: message_id(7) }),
        1 => times().prop_map(|at| Event::Scheduled { message: message_id(6), at }),
        1 => mentions().prop_map(|mentions| Event::Revised { message: message_id(8), mentions }),
        1 => Just(Event::EmailedAgain { mail: MailId::new(40), to: "lena@example.org".into() }),
        1 => mentions().prop_map(|mentions| Event::Whispered { message: message_id(8), mentions }),
        1 => mentions().prop_map(|mentions| Event::Noted { message: message_id(9), mentions }),
        1 => option::of(times()).prop_map(|wake_at| Event::Pended { note: None, wake_at }),
        1 => Just(Event::Resumed),
        2 => Just(Event::Resolved { note: None }),
        2 => Just(Event::Closed),
        1 => Just(Event::Reopened),
        1 => Just(Event::Archived),
        1 => Just(Event::Unarchived),
        1 => select(Level::ALL.to_vec()).prop_map(|level| Event::Prioritised { level, note: None }),
        1 => select(vec![REFUND, VAT]).prop_map(|tag| Event::Tagged { tag }),
        1 => select(vec![REFUND, VAT]).prop_map(|tag| Event::Untagged { tag }),
        1 => (select(vec![REFUND, VAT]), tagged()).prop_map(|(tag, messages)| Event::MessagesTagged { tag, messages }),
        1 => (select(vec![REFUND, VAT]), tagged()).prop_map(|(tag, messages)| Event::MessagesUntagged { tag, messages }),
        1 => Just(Event::Read),
        1 => Just(Event::MarkedUnread),
        1 => Just(Event::Seen { message: message_id(7) }),
        1 => Just(Event::Introduced),
        1 => Just(Event::ClientRenamed),
        1 => Just(Event::ClientNoted { message: message_id(9) }),
        1 => (exchanges(), option::of(times())).prop_map(|(exchange, unread_since)| {
            let tags = [(message_id(4), [VAT].into())].into();
            Event::Merged { from: ConversationId::new(9), number: 9, exchange, unread_since, tags }
        }),
        1 => (exchanges(), exchanges(), option::of(times())).prop_map(|(stays, goes, unread_since)| {
            let tags = [(message_id(5), [REFUND].into())].into();
            Event::SplitOff { next: ConversationId::new(9), stays, goes, unread_since, tags }
        }),
    ];
    (by, event)
}

/// Messages that a tag is put on.
fn tagged() -> impl Strategy<Value = BTreeSet<MessageId>> {
    btree_set((5_u128..9).prop_map(message_id), 1..3)
}

/// What some messages leave of an exchange.
fn exchanges() -> impl Strategy<Value = Exchange> {
    let kinds = select(vec![MessageKind::Customer, MessageKind::Reply, MessageKind::Ai, MessageKind::Note]);
    vec((kinds, times()), 0..4).prop_map(|heads| {
        let heads: Vec<Head> =
            (1..).zip(heads).map(|(n, (kind, at))| Head { id: message_id(n), kind, at }).collect();
        Exchange::of(&heads)
    })
}

/// A conversation with a history, by the same `apply` that the product runs.
fn conversations() -> impl Strategy<Value = Conversation> {
    let begin = (groups(), select(vec![CHAT, MAIL]), select(vec![Ai::None, Ai::Active]));
    let transfer = option::weighted(0.2, (agents(), times()));
    let deadline = option::weighted(0.3, times());
    (begin, vec(events(), 0..9), transfer, deadline).prop_map(
        |((group, channel, ai), events, transfer, deadline)| {
            let start = NOON - Duration::hours(10);
            let id = ConversationId::new(1);
            let mut conversation =
                Conversation::begin(id, 1, CLEO, channel, "Refund?".into(), group, ai, start);
            for (minute, (by, event)) in (1..).zip(events) {
                conversation = apply(&conversation, &fact(by, event, start + Duration::minutes(minute)));
            }
            if let (true, Some((to, expires))) = (conversation.is_active(), transfer) {
                conversation.transfer =
                    conversation.assignee.map(|from| Transfer { to, from, note: None, expires });
            }
            conversation.deadlines.next_response = deadline;
            conversation
        },
    )
}

/// A handful of conversations, each with a number and a contact of its own; a few blocked or merged away.
pub fn worlds() -> impl Strategy<Value = Vec<Scene>> {
    let contact = (option::weighted(0.15, times()), any::<bool>());
    let one = (conversations(), contact, prop::bool::weighted(0.1));
    vec(one, 1..12).prop_map(|all| {
        let mut scenes: Vec<Scene> = vec![];
        for (number, (conversation, (blocked_at, lead), merged)) in (1..).zip(all) {
            let contact = Contact { id: ContactId::new(1000 + number as u128), blocked_at, lead, ..cleo() };
            let id = ConversationId::new(number as u128);
            let mut conversation = Conversation { id, number, contact: contact.id, ..conversation };
            let target =
                scenes.first().filter(|_| merged).filter(|into| into.conversation.merged_into.is_none());
            let into = target.cloned().map(Box::new);
            conversation.merged_into = into.as_ref().map(|into| into.conversation.id);
            scenes.push(Scene { contact, conversation, into });
        }
        scenes
    })
}

/// Everybody of the office, and people with any preset and limits.
pub fn viewers() -> impl Strategy<Value = Viewer> {
    let any_preset = (agents(), select(Preset::ALL.to_vec()), subsequence(vec![BILLING, RETURNS], 0..=2))
        .prop_map(|(agent, preset, groups)| Viewer {
            agent,
            permissions: preset.permissions().into_iter().chain([Permission::InboxOpen]).collect(),
            groups: groups.into_iter().collect(),
            super_admin: preset == Preset::SuperAdmin,
        });
    prop_oneof![select(everybody()), any_preset]
}

pub fn filters() -> impl Strategy<Value = Filter> {
    fn some<T: Clone + Ord + std::fmt::Debug + 'static>(all: Vec<T>) -> BoxedStrategy<BTreeSet<T>> {
        let most = all.len();
        prop_oneof![
            2 => Just(BTreeSet::new()),
            1 => subsequence(all, 1..=most).prop_map(|some| some.into_iter().collect()),
        ]
        .boxed()
    }
    let sets = (
        some(vec![None, Some(BILLING), Some(RETURNS)]),
        some(std::iter::once(None).chain(AGENTS.into_iter().map(Some)).collect()),
        some(Standing::ALL.to_vec()),
        some(vec![CHAT, MAIL]),
        // Seldom: most lists would be short.
        prop_oneof![9 => Just(BTreeSet::new()), 1 => some(Scope::ALL.to_vec())],
        some(Level::ALL.to_vec()),
        some(vec![REFUND, VAT]),
    );
    let rest = (
        option::weighted(0.2, any::<bool>()),
        option::weighted(0.2, times()),
        option::weighted(0.2, times()),
    );
    (select(View::ALL.to_vec()), sets, rest).prop_map(
        |(view, (groups, operators, statuses, channels, scopes, priorities, tags), (lead, since, until))| {
            Filter {
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
            }
        },
    )
}
