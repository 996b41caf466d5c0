//! Writing: a reply to the customer or a whisper to teammates, each with its own draft.

use std::collections::BTreeSet;

use domain::conversation::Command;
use domain::id::{AgentId, MessageId};
use domain::message::{TEXT_MAX_CHARS, Words};
use domain::office::Office;
use domain::refusal::Refusal;
use leptos::ev;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::draft::Kind;
use super::mention;
use crate::commands::{Action, use_screen};
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::live::use_socket;
use crate::ui::dynamic::{When, heard, says};
use crate::ui::icon::Icon;
use domain::live::Row;

/// After so long without a key nobody writes any more.
const SILENT_MS: u32 = 5_000;

/// The order that a text would be.
fn command(desk: Desk, row: &Row, kind: Kind, words: Words) -> Command {
    if kind == Kind::Whisper {
        let mentions = desk.office.with_untracked(|office| mentions(office, &words.text));
        return Command::Whisper { words, mentions };
    }
    Command::Reply { words, seen: newest_seen(desk, row) }
}

fn mentions(office: &Office, text: &str) -> BTreeSet<AgentId> {
    let colleagues: Vec<_> = office.agents.values().filter(|agent| agent.enabled).collect();
    let names: Vec<&str> = colleagues.iter().map(|agent| agent.display_name.as_str()).collect();
    mention::find(text, &names).into_iter().filter_map(|(_, place)| Some(colleagues.get(place)?.id)).collect()
}

/// The newest public message on the screen: what the author has before their eyes.
pub fn newest_seen(desk: Desk, row: &Row) -> Option<MessageId> {
    let id = row.scene.conversation.id;
    let hoped = untrack(|| desk.hoped_messages(id)).into_iter().rev().map(|(message, _)| message);
    let hoped = hoped.into_iter().find(|message| message.kind.is_public());
    let shown = desk.opened.with_untracked(|open| {
        let entries = &open.thread().filter(|thread| thread.id == id)?.entries;
        let public = |message: &&domain::message::Message| message.kind.is_public();
        let newest = entries.iter().rev().filter_map(|entry| entry.message.as_ref()).find(public);
        // Where whispers and events fill what is loaded, the newest public message stands before it.
        let before = row.scene.conversation.last_public;
        let before = before.filter(|last| entries.first().is_some_and(|first| first.at > last.at));
        newest.map(|message| message.id).or(before.map(|last| last.message))
    });
    hoped.map(|message| message.id).or(shown)
}

/// The form at the foot of the thread.
#[component]
pub fn Composer() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let whispering = screen.whispering;
    let socket = use_socket();
    // Somebody who does not go on for a while does not write any more.
    let silence = StoredValue::new_local(None::<gloo_timers::callback::Timeout>);
    on_cleanup(move || {
        socket.writing.try_set(false);
    });
    let writes = move |is_writing: bool| {
        socket.writing.set(is_writing);
        let ends = gloo_timers::callback::Timeout::new(SILENT_MS, move || {
            socket.writing.try_set(false);
        });
        silence.set_value(is_writing.then_some(ends));
    };
    let row = Memo::new(move |_| desk.opened_row().map(|row| row.get()));
    let id = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.scene.conversation.id)));
    // Who writes here does not write elsewhere.
    Effect::new(move || {
        id.track();
        socket.writing.set(false);
    });
    // Whether a text of that kind would be taken now, whatever it says.
    let refusal = move |kind: Kind| {
        row.with(|row| {
            let row = row.as_ref()?;
            let words = Words { id: MessageId::new(0), text: "x".into() };
            let command = match kind {
                Kind::Whisper => Command::Whisper { words, mentions: BTreeSet::new() },
                _ => {
                    let seen = row.scene.conversation.last_public.map(|last| last.message);
                    Command::Reply { words, seen }
                }
            };
            desk.try_on(&row.scene, &command).err()
        })
    };
    let lacks = move |kind| matches!(refusal(kind), Some(Refusal::NotAllowed { .. } | Refusal::Missing));
    let may_reply = Memo::new(move |_| !lacks(Kind::Reply));
    let may_whisper = Memo::new(move |_| !lacks(Kind::Whisper));
    let whispers = Memo::new(move |_| (whispering.get() && may_whisper.get()) || !may_reply.get());
    let kind = move || if whispers.get() { Kind::Whisper } else { Kind::Reply };
    let stands_against = Memo::new(move |_| refusal(kind()));
    let text = move || id.get().map(|id| desk.drafts.text(id, kind())).unwrap_or_default();
    let n_chars = move || text().chars().count();
    let too_long = move || n_chars() > TEXT_MAX_CHARS as usize;
    let name = move || {
        row.with(|row| row.as_ref().map(|row| row.scene.contact.display_name.clone())).unwrap_or_default()
    };
    let label = move || match whispers.get() {
        true => "Whisper to teammates".to_string(),
        false => format!("Reply to {}", name()),
    };
    let send_name = move || if whispers.get() { "Whisper" } else { "Send reply" };
    let send = move || {
        let Some(row) = row.get_untracked() else { return };
        let (id, kind) = (row.scene.conversation.id, untrack(kind));
        let text = untrack(|| desk.drafts.text(id, kind));
        if text.trim().is_empty() {
            return;
        }
        // Nobody answers what they have not seen.
        if kind == Kind::Reply && desk.opened.with_untracked(|open| open.thread().is_none()) {
            return desk.toasts.say("The messages are on their way. Look at them, and send it then.");
        }
        let command = command(desk, &row, kind, Words { id: dom::message_id(), text });
        socket.writing.set(false);
        if desk.dispatch(id, command).is_some() {
            desk.announced.set(if kind == Kind::Whisper {
                "Whisper sent.".into()
            } else {
                "Message sent.".to_string()
            });
        } else {
            // What stands against it may be what this screen has not seen yet.
            desk.reload(row.scene.conversation.number);
        }
        dom::focus_soon("composer-text");
    };
    let keys = move |event: KeyboardEvent| {
        if event.key() != "Enter" || event.is_composing() || event.shift_key() {
            return;
        }
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        let enter_sends =
            desk.office.with_untracked(|office| office.agents.get(&me).is_none_or(|agent| agent.enter_sends));
        if enter_sends || event.ctrl_key() || event.meta_key() {
            event.prevent_default();
            if !event.repeat() {
                send();
            }
        }
    };
    let tab = move |is_whisper: bool, name: &'static str, may: Memo<bool>| {
        view! {
            <When holds=move || may.get()>
                <button
                    type="button" role="tab" class="composer__tab" id=format!("tab-{name}") aria-controls="composer-text"
                    aria-selected=says(move || (whispers.get() == is_whisper).to_string())
                    tabindex=says(move || if whispers.get() == is_whisper { "0" } else { "-1" })
                    on:click=heard(move |_| { whispering.set(is_whisper); dom::focus_soon("composer-text") })
                    on:keydown=heard(move |event: ev::KeyboardEvent| if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
                        event.prevent_default();
                        whispering.set(!is_whisper);
                        dom::focus_soon(format!("tab-{}", if is_whisper { "Reply" } else { "Whisper" }));
                    })
                >
                    {is_whisper.then(|| view! { <Icon name="eye-off" /> })}
                    {name}
                </button>
            </When>
        }
    };
    let problem = move || match stands_against.get() {
        Some(refusal) => Some(refusal.sentence()),
        None => too_long().then(|| {
            let chars = u32::try_from(n_chars()).unwrap_or(u32::MAX);
            Refusal::TextTooLong { chars, max_chars: TEXT_MAX_CHARS }.sentence()
        }),
    };
    let may_reopen = move || {
        matches!(stands_against.get(), Some(Refusal::AlreadyResolved | Refusal::AlreadyClosed))
            && row
                .with(|row| row.as_ref().is_some_and(|row| desk.try_on(&row.scene, &Command::Reopen).is_ok()))
    };
    let is_stopped = move || stands_against.with(Option::is_some);
    view! {
        <When holds=move || may_reply.get() || may_whisper.get()>
            <form
                class="composer" id="composer" aria-label="Composer" data-whisper=says(move || whispers.get().then_some(""))
                on:submit=heard(move |event: ev::SubmitEvent| { event.prevent_default(); send() })
            >
                <Replying />
                <div class="composer__tabs" role="tablist" aria-label="Message type">
                    {tab(false, "Reply", may_reply)}
                    {tab(true, "Whisper", may_whisper)}
                    <When holds=move || whispers.get()>
                        <span class="composer__hint">"Customers cannot see this."</span>
                    </When>
                </div>
                // Stays whatever happens meanwhile: letters typed into nothing would be shortcuts.
                <textarea
                    class="composer__text" id="composer-text" rows="2" dir="auto"
                    aria-label=label
                    aria-describedby="composer-problem"
                    prop:readOnly=is_stopped
                    placeholder=says(move || match (is_stopped(), whispers.get()) {
                        (true, _) => "",
                        (false, true) => "Whisper to teammates who take part…",
                        (false, false) => "Write a reply…",
                    })
                    prop:value=text
                    on:input=heard(move |event: ev::Event| if let Some(id) = id.get_untracked() {
                        let (kind, text) = (untrack(kind), event_target_value(&event));
                        // Whoever writes to colleagues does not write to the customer.
                        writes(kind == Kind::Reply && !text.trim().is_empty());
                        if !desk.drafts.write(id, kind, text) {
                            desk.forgets.set(true);
                        }
                    })
                    on:keydown=heard(keys)
                ></textarea>
                <div class="composer__bar">
                    <p id="composer-problem" class="composer__problem" role="status" data-stopped=says(move || is_stopped().then_some(""))>
                        {problem}
                    </p>
                    <When holds=may_reopen>
                        <button type="button" class="button" on:click=heard(move |_| screen.run(Action::Resolve))>"Reopen"</button>
                    </When>
                    <When holds=move || !is_stopped()>
                        <span class="composer__keys" aria-hidden="true"><kbd>"Enter"</kbd>" sends, "<kbd>"Shift Enter"</kbd>" is a new line"</span>
                        <button
                            type="submit" class="button button--send"
                            aria-disabled=says(move || (text().trim().is_empty() || too_long()).then_some("true"))
                        >
                            {send_name}
                            <Icon name="corner-up-left" />
                        </button>
                    </When>
                </div>
            </form>
        </When>
    }
}

/// Who else writes to the customer: two answers to one question help nobody.
#[component]
fn Replying() -> impl IntoView {
    let desk = use_desk();
    let names = Memo::new(move |_| {
        let id = desk.opened.with(|open| open.thread().map(|thread| thread.id))?;
        let replying = desk.looks.with(|looks| looks.get(&id).map(|look| look.replying.clone()))?;
        Some(super::names(desk, &replying)).filter(|names| !names.is_empty())
    });
    let said = move || names.get().map(|names| format!("{names} {} replying…", super::is_or_are(&names)));
    view! {
        <When holds=move || names.with(Option::is_some)>
            <p class="composer__other"><Icon name="pencil-line" /><span>{said}</span></p>
        </When>
    }
}
