//! The whole decision table: presets × what binds the viewer × states × commands. Computed natively and
//! in WebAssembly, it equals one committed file; a change of a rule shows there as a diff to review.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::conversation::*;
use crate::id::MailId;
use crate::message::MessageKind;
use crate::permission::Preset;
use crate::viewer::Actor;
use crate::worlds::*;

const COMMITTED: &str = include_str!("../tests/decisions.txt");

#[test]
fn every_decision_is_as_it_was_committed() {
    let computed = table();
    if computed == COMMITTED {
        return;
    }
    #[cfg(not(target_family = "wasm"))]
    if std::env::var_os("ACCEPT").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/decisions.txt"), &computed).unwrap();
        return;
    }
    let changed = computed.lines().zip(COMMITTED.lines()).find(|(now, then)| now != then);
    panic!(
        "decisions differ, first at {changed:#?}\nReview them with ACCEPT=1 cargo test -p domain every_decision"
    );
}

fn table() -> String {
    let mut table = format!("# preset | tie | state | {}\n", commands().map(|(name, _)| name).join(" "));
    for preset in Preset::ALL {
        for (tie, with_tie) in TIES {
            for (state, scene) in states(with_tie(received_one())) {
                let actor = Actor::Agent(viewer(ANA, *preset));
                let answers =
                    commands().map(|(_, command)| match decide(&office(), &scene, &actor, &command, NOON) {
                        Ok(facts) if facts.is_empty() => "nothing",
                        Ok(_) => "yes",
                        Err(refusal) => refusal.code(),
                    });
                writeln!(table, "{} | {tie} | {state} | {}", preset.name(), answers.join(" ")).unwrap();
            }
        }
    }
    table
}

fn received_one() -> Conversation {
    after_message(one_open(), 5)
}

type Tied = fn(Conversation) -> Conversation;

/// What binds Ana, an operator of Billing, to the conversation.
const TIES: [(&str, Tied); 7] = [
    ("free", |conversation| conversation),
    ("mine", |conversation| with_assignee(conversation, ANA)),
    ("Ben's", |conversation| with_assignee(conversation, BEN)),
    ("Ben's, I take part", |conversation| Conversation {
        participants: [ANA].into(),
        ..with_assignee(conversation, BEN)
    }),
    ("Ben's, transfer to me", |conversation| Conversation {
        transfer: Some(Transfer { to: ANA, from: BEN, note: None, expires: NOON }),
        ..with_assignee(conversation, BEN)
    }),
    ("another group's, free", |conversation| Conversation { group: Some(RETURNS), ..conversation }),
    ("another group's, Rita's", |conversation| Conversation {
        group: Some(RETURNS),
        ..with_assignee(conversation, RITA)
    }),
];

fn states(conversation: Conversation) -> Vec<(&'static str, Scene)> {
    let closed_by = conversation.assignee.or(Some(BEN));
    let with = |status| scene(Conversation { status, ..conversation.clone() });
    let done = |status| {
        let conversation =
            Conversation { closed_by, closed_at: Some(NOON), transfer: None, ..conversation.clone() };
        scene(Conversation { status, ..conversation })
    };
    let ai = |ai| scene(Conversation { ai, assignee: None, transfer: None, ..conversation.clone() });
    let mut blocked = with(Status::Open);
    blocked.contact.blocked_at = Some(NOON);
    let into = Some(Box::new(with(Status::Open)));
    let merged_into = Some(crate::id::ConversationId::new(2));
    let merged = Scene { into, ..scene(Conversation { merged_into, ..conversation.clone() }) };
    let mut states = vec![
        ("open", with(Status::Open)),
        ("pending", with(Status::Pending { note: None, wake_at: None })),
        ("resolved", done(Status::Resolved { note: None })),
        ("closed", done(Status::Closed)),
        ("archived", done(Status::Archived { was: Done::Closed })),
        ("merged", merged),
        ("blocked", blocked),
    ];
    if conversation.assignee.is_none() {
        states.push(("with the AI", ai(Ai::Active)));
        states.push(("handed off", ai(Ai::HandedOff)));
    }
    states
}

/// An order of Ana's about what nobody had, that changed nothing.
fn last() -> crate::conversation::Last {
    let (order, before) = (crate::id::CommandId::new(1), one_open());
    crate::conversation::Last { order, by: ANA, at: NOON, version: before.version, before }
}

/// Another one of the same client, that nobody has.
fn another() -> Conversation {
    Conversation { id: crate::id::ConversationId::new(77), number: 77, ..one_open() }
}

/// One of another client, that nobody has.
fn dora() -> Scene {
    let contact = crate::contact::Contact { id: crate::id::ContactId::new(55), ..cleo() };
    let conversation = Conversation { id: crate::id::ConversationId::new(78), number: 78, ..another() };
    Scene { contact: contact.clone(), ..scene(Conversation { contact: contact.id, ..conversation }) }
}

/// Two messages of the client.
fn all() -> Vec<Head> {
    let head = |n| Head { id: message_id(n), kind: MessageKind::Customer, at: NOON };
    vec![head(4), head(5)]
}

fn written() -> crate::message::Message {
    let (kind, by) = (MessageKind::Note, crate::viewer::By::Agent(ANA));
    crate::message::Message { id: message_id(7), kind, by, at: NOON, text: "Before.".into(), file: None }
}

fn commands() -> [(&'static str, Command); 51] {
    let text = || words(7, "Hello.");
    let mentions = BTreeSet::new;
    [
        ("claim", Command::Claim),
        ("begin", Command::Begin { next: crate::id::ConversationId::new(77) }),
        ("assign-me", Command::Assign { to: ANA, note: None }),
        ("assign-ben", Command::Assign { to: BEN, note: None }),
        ("assign-group", Command::AssignGroup { group: RETURNS, note: None }),
        ("unassign", Command::Unassign),
        ("transfer", Command::Transfer { to: ZOE, note: None }),
        ("transfer-ben", Command::Transfer { to: BEN, note: None }),
        ("accept", Command::AcceptTransfer),
        ("decline", Command::DeclineTransfer { reason: None }),
        ("cancel", Command::CancelTransfer),
        ("leave", Command::Leave),
        ("pend", Command::Pend { reason: text(), wake_at: None }),
        ("resume", Command::Resume),
        ("reply", Command::Reply { words: text(), seen: Some(message_id(5)) }),
        (
            "schedule",
            Command::Schedule {
                words: text(),
                seen: Some(message_id(5)),
                at: NOON + crate::time::Duration::minutes(5),
            },
        ),
        ("unschedule", Command::Unschedule { message: message_id(6), by: ANA }),
        ("whisper", Command::Whisper { words: text(), mentions: mentions() }),
        ("note", Command::Note { words: text(), mentions: mentions() }),
        ("resolve", Command::Resolve { summary: None, closing: None, seen: None }),
        ("close", Command::Close),
        ("reopen", Command::Reopen),
        ("archive", Command::Archive),
        ("unarchive", Command::Unarchive),
        ("prioritise", Command::Prioritise { level: Level::Urgent, reason: None }),
        ("tag", Command::Tag { tag: REFUND }),
        ("untag", Command::Untag { tag: REFUND }),
        ("tag-messages", Command::TagMessages { tag: REFUND, messages: [message_id(5)].into(), all: all() }),
        ("untag-messages", Command::UntagMessages { tag: REFUND, messages: [message_id(5)].into() }),
        ("rename", Command::RenameClient { name: "Cleo Marsh".into() }),
        ("note-client", Command::NoteOnClient { words: text() }),
        ("pin", Command::PinClient),
        ("detach", Command::DetachClient),
        ("block", Command::BlockClient),
        ("unblock", Command::UnblockClient),
        (
            "merge-client",
            Command::MergeClient { with: Box::new(dora()), contacts: vec![cleo(), dora().contact] },
        ),
        ("part-client", Command::PartClient { who: [CLEO].into(), contacts: vec![cleo(), dora().contact] }),
        ("read", Command::Read),
        ("unread", Command::MarkUnread),
        ("merge", Command::Merge { into: Box::new(scene(another())), exchange: Exchange::default() }),
        (
            "unmerge",
            Command::Unmerge {
                stays: Exchange::default(),
                returns: Exchange::default(),
                tagged: BTreeSet::new(),
            },
        ),
        ("split", Command::Split { next: another().id, messages: [message_id(5)].into(), all: all() }),
        (
            "email",
            Command::Email {
                mail: MailId::new(40),
                to: "lena@example.org".into(),
                subject: "Your order".into(),
                messages: None,
                last: None,
                all: all(),
            },
        ),
        ("revise", Command::Revise { words: text(), mentions: mentions(), of: Some(Box::new(written())) }),
        ("retract", Command::Retract { message: message_id(7), of: Some(Box::new(written())) }),
        ("email-again", Command::EmailAgain { mail: MailId::new(40), to: "lena@example.org".into() }),
        ("undo", Command::Undo { last: Box::new(last()) }),
        ("write", Command::Write { words: text() }),
        ("seen", Command::Seen { message: message_id(5) }),
        ("pass-time", Command::PassTime),
        ("release", Command::Release { of: LEFT, to: Onward::Unassigned, scheduled: vec![] }),
    ]
}

mod invariants {
    use proptest::prelude::*;

    use super::*;
    use crate::sight;
    use crate::viewer::By;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn after_every_transition_the_invariants_hold(scenes in worlds(), (by, event) in events()) {
            for scene in &scenes {
                let before = &scene.conversation;
                let after = apply(before, &fact(by, event.clone(), NOON));
                prop_assert_eq!(after.version, before.version + 1);
                if after.assignee.is_some() {
                    prop_assert!(matches!(after.ai, Ai::None | Ai::Paused));
                }
                if !after.is_active() {
                    prop_assert!(after.waiting_since.is_none() && after.transfer.is_none());
                    prop_assert!(matches!(after.ai, Ai::None | Ai::Paused));
                } else {
                    prop_assert!(after.closed_by.is_none() && after.closed_at.is_none());
                }
                let moved = (after.assignee, after.group, after.is_active()) != (before.assignee, before.group, before.is_active());
                prop_assert!(!(moved && after.transfer.is_some()));
                prop_assert_eq!(after.is_unassigned(), after.unassigned_at.is_some());
                prop_assert_eq!(after.ai_epoch, before.ai_epoch + i64::from(after.ai != before.ai));
            }
        }

        #[test]
        fn who_cannot_see_it_learns_nothing_and_changes_nothing(scenes in worlds(), viewer in viewers()) {
            for scene in scenes.iter().filter(|scene| !sight::visible(&viewer, scene)) {
                // What somebody undoes they saw before: the server looks up what that was. Who manages people lets go of what
                // they may not look at.
                let lets_go = viewer.may(crate::permission::Permission::AdminUsers);
                let is_exempt = |name: &str| name == "undo" || (name == "release" && lets_go);
                for (_, command) in commands().into_iter().filter(|(name, _)| !is_exempt(name)) {
                    let answer = decide(&office(), scene, &Actor::Agent(viewer.clone()), &command, NOON);
                    prop_assert_eq!(answer, Err(crate::refusal::Refusal::Missing));
                }
            }
        }

        #[test]
        fn more_permissions_never_take_one_away(scenes in worlds(), viewer in viewers(), more in proptest::sample::select(crate::permission::Permission::ALL.to_vec())) {
            let mut richer = viewer.clone();
            richer.permissions.insert(more);
            for scene in &scenes {
                for (name, command) in commands() {
                    let try_as = |viewer: &crate::viewer::Viewer| {
                        decide(&office(), scene, &Actor::Agent(viewer.clone()), &command, NOON).is_ok()
                    };
                    prop_assert!(!try_as(&viewer) || try_as(&richer), "{} with {:?}", name, more);
                }
            }
        }

        #[test]
        fn an_answer_takes_it_out_of_pending_human_reply(scenes in worlds()) {
            for scene in &scenes {
                let reply = Event::Replied { message: message_id(7) };
                let taken = applied(&scene.conversation, &[fact(By::Agent(ANA), assigned_to(ANA), NOON), fact(By::Agent(ANA), reply, NOON)]);
                prop_assert!(!taken.needs_human());
            }
        }
    }

    #[test]
    fn only_agents_give_these_commands() {
        for actor in [Actor::Visitor(CLEO), Actor::Ai, Actor::Rule, Actor::System] {
            let answer = decide(&office(), &scene(one_open()), &actor, &Command::Claim, NOON);
            assert_eq!(answer, Err(crate::refusal::Refusal::OnlyAgents));
            assert_eq!(actor.by().agent(), None);
        }
        assert_eq!(By::Agent(ANA).agent(), Some(ANA));
    }
}
