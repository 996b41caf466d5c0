//! Writing: a reply to the customer or a whisper to teammates, each with its own draft.

use std::collections::{BTreeMap, BTreeSet};

use domain::conversation::Command;
use domain::id::{AgentId, ConversationId, MessageId};
use domain::message::{TEXT_MAX_CHARS, Words};
use domain::refusal::Refusal;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::backend::Row;
use crate::commands::{Action, use_screen};
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::inbox::ActionButton;
use crate::ui::icon::Icon;

/// Texts that are not sent yet, by conversation and kind; kept in this browser as one types, and cleared by
/// nothing but the server's word that the message is stored.
#[derive(Clone, Copy)]
pub struct Drafts {
    texts: RwSignal<BTreeMap<(ConversationId, bool), String>>,
}

impl Drafts {
    /// None yet.
    pub fn new() -> Self {
        Self { texts: RwSignal::default() }
    }

    fn key(id: ConversationId, whisper: bool) -> String {
        format!("draft:{id}:{}", if whisper { "whisper" } else { "reply" })
    }

    /// The text of a draft.
    pub fn text(self, id: ConversationId, whisper: bool) -> String {
        let known = self.texts.with(|texts| texts.get(&(id, whisper)).cloned());
        known.unwrap_or_else(|| dom::kept(&Self::key(id, whisper)).unwrap_or_default())
    }

    /// Whether something is written there and not sent.
    pub fn has(self, id: ConversationId) -> bool {
        [false, true].into_iter().any(|whisper| !self.text(id, whisper).trim().is_empty())
    }

    fn write(self, id: ConversationId, whisper: bool, text: String) {
        dom::keep(&Self::key(id, whisper), &text);
        self.texts.update(|texts| drop(texts.insert((id, whisper), text)));
    }

    /// The text is on its way: out of the field, but kept under the message's id until the server has it.
    fn hand_over(self, id: ConversationId, whisper: bool, message: MessageId, text: &str) {
        dom::keep(&unsent(id, whisper, message), text);
        self.write(id, whisper, String::new());
    }

    /// The server has stored it.
    pub fn sent(self, id: ConversationId, command: &Command) {
        if let Some((words, whisper)) = words(command) {
            dom::keep(&unsent(id, whisper, words.id), "");
        }
    }

    /// Brings back what was on its way when the page was left. If it did arrive, its author sees it in the
    /// thread and throws the draft away: better twice on the screen than lost.
    pub fn restore(self) {
        for (key, text) in dom::kept_under("unsent:") {
            dom::keep(&key, "");
            let mut parts = key.split(':').skip(1);
            let (id, kind) = (parts.next().and_then(|id| id.parse().ok()), parts.next());
            if let (Some(id), Some(kind)) = (id, kind) {
                self.give_back(id, kind == "whisper", &text);
            }
        }
    }

    /// The server refused it: the text goes back to where it was written, before what was begun since.
    pub fn refused(self, id: ConversationId, command: &Command) {
        if let Some((words, whisper)) = words(command) {
            self.give_back(id, whisper, &words.text);
            dom::keep(&unsent(id, whisper, words.id), "");
        }
    }

    fn give_back(self, id: ConversationId, whisper: bool, text: &str) {
        let begun = untrack(|| self.text(id, whisper));
        let text = if begun.is_empty() { text.to_owned() } else { format!("{text}\n\n{begun}") };
        self.write(id, whisper, text);
    }
}

impl Default for Drafts {
    fn default() -> Self {
        Self::new()
    }
}

/// What is written in the composer of that order, and whether it is a whisper.
fn words(command: &Command) -> Option<(&Words, bool)> {
    match command {
        Command::Reply { words, seen: _ } => Some((words, false)),
        Command::Whisper { words, mentions: _ } => Some((words, true)),
        Command::Note { .. }
        | Command::Claim
        | Command::Assign { .. }
        | Command::Unassign
        | Command::Resolve { .. }
        | Command::Close
        | Command::Reopen
        | Command::Read => None,
    }
}

fn unsent(id: ConversationId, whisper: bool, message: MessageId) -> String {
    format!("unsent:{id}:{}:{message}", if whisper { "whisper" } else { "reply" })
}

/// The order that a text would be.
fn command(desk: Desk, row: &Row, whisper: bool, words: Words) -> Command {
    if whisper {
        let mentions = desk.office.with_untracked(|office| mentions(office, &words.text));
        return Command::Whisper { words, mentions };
    }
    Command::Reply { words, seen: newest_seen(desk, row) }
}

/// Colleagues who are called by name: `@Maya Brandt`.
fn mentions(office: &domain::office::Office, text: &str) -> BTreeSet<AgentId> {
    let called = office.agents.values().filter(|agent| text.contains(&format!("@{}", agent.display_name)));
    called.map(|agent| agent.id).collect()
}

/// The newest public message on the screen: what the author has before their eyes.
fn newest_seen(desk: Desk, row: &Row) -> Option<MessageId> {
    let id = row.scene.conversation.id;
    let hoped =
        untrack(|| desk.hoped_messages(id)).into_iter().rev().find(|message| message.kind.is_public());
    let shown = desk.opened.with_untracked(|open| {
        let entries = &open.thread().filter(|thread| thread.id == id)?.entries;
        entries
            .iter()
            .rev()
            .filter_map(|entry| entry.message.as_ref())
            .find(|message| message.kind.is_public())
            .map(|message| message.id)
    });
    hoped.map(|message| message.id).or(shown)
}

/// The form at the foot of the thread.
#[component]
pub fn Composer() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let whispering = screen.whispering;
    let row = Memo::new(move |_| desk.opened_row().map(|row| row.get()));
    let id = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.scene.conversation.id)));
    // Whether a text of that kind would be taken now, whatever it says.
    let refusal = move |whisper: bool| {
        row.with(|row| {
            let row = row.as_ref()?;
            let words = Words { id: MessageId::new(0), text: "x".into() };
            let seen = row.scene.conversation.last_public.map(|last| last.message);
            let command = match whisper {
                true => Command::Whisper { words, mentions: BTreeSet::new() },
                false => Command::Reply { words, seen },
            };
            desk.try_on(&row.scene, &command).err()
        })
    };
    let lacks =
        move |whisper| matches!(refusal(whisper), Some(Refusal::NotAllowed { .. } | Refusal::Missing));
    let (may_reply, may_whisper) = (Memo::new(move |_| !lacks(false)), Memo::new(move |_| !lacks(true)));
    let mode = Memo::new(move |_| (whispering.get() && may_whisper.get()) || !may_reply.get());
    let stands_against = Memo::new(move |_| refusal(mode.get()));
    let text = move || id.get().map(|id| desk.drafts.text(id, mode.get())).unwrap_or_default();
    let n_chars = move || text().chars().count();
    let too_long = move || n_chars() > TEXT_MAX_CHARS as usize;
    let name = move || {
        row.with(|row| row.as_ref().map(|row| row.scene.contact.display_name.clone())).unwrap_or_default()
    };
    let label =
        move || if mode.get() { "Whisper to teammates".to_string() } else { format!("Reply to {}", name()) };
    let send_name = move || if mode.get() { "Whisper" } else { "Send reply" };
    let send = move || {
        let Some(row) = row.get_untracked() else { return };
        let (id, whisper) = (row.scene.conversation.id, mode.get_untracked());
        let text = untrack(|| desk.drafts.text(id, whisper));
        let words = Words { id: dom::message_id(), text: text.clone() };
        let message = words.id;
        if desk.dispatch(id, command(desk, &row, whisper, words)) {
            desk.drafts.hand_over(id, whisper, message, &text);
            desk.announced.set(if whisper { "Whisper sent.".into() } else { "Message sent.".to_string() });
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
            send();
        }
    };
    let tab = move |whisper: bool, name: &'static str, may: Memo<bool>| {
        view! {
            <Show when=move || may.get()>
                <button
                    type="button" role="tab" class="composer__tab" id=format!("tab-{name}") aria-controls="composer-text"
                    aria-selected=move || (mode.get() == whisper).to_string()
                    tabindex=move || if mode.get() == whisper { "0" } else { "-1" }
                    on:click=move |_| { whispering.set(whisper); dom::focus_soon("composer-text") }
                    on:keydown=move |event| if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
                        event.prevent_default();
                        whispering.set(!whisper);
                        dom::focus_soon(format!("tab-{}", if whisper { "Reply" } else { "Whisper" }));
                    }
                >
                    {whisper.then(|| view! { <Icon name="eye-off" /> })}
                    {name}
                </button>
            </Show>
        }
    };
    view! {
        <Show when=move || may_reply.get() || may_whisper.get()>
            <form
                class="composer" id="composer" aria-label="Composer" data-whisper=move || mode.get().then_some("")
                on:submit=move |event| { event.prevent_default(); send() }
            >
                <div class="composer__tabs" role="tablist" aria-label="Message type">
                    {tab(false, "Reply", may_reply)}
                    {tab(true, "Whisper", may_whisper)}
                    <Show when=move || mode.get()>
                        <span class="composer__hint">"Customers cannot see this."</span>
                    </Show>
                </div>
                {move || match stands_against.get() {
                    Some(refusal) => view! {
                        <div class="composer__refused">
                            <p>{refusal.sentence()}</p>
                            <ActionButton action=Action::Resolve />
                        </div>
                    }.into_any(),
                    None => view! {
                        <textarea
                            class="composer__text" id="composer-text" rows="2" dir="auto"
                            aria-label=label
                            aria-describedby="composer-problem"
                            placeholder=move || if mode.get() { "Whisper to teammates who take part…" } else { "Write a reply…" }
                            prop:value=text
                            on:input=move |event| if let Some(id) = id.get_untracked() {
                                desk.drafts.write(id, mode.get_untracked(), event_target_value(&event));
                            }
                            on:keydown=keys
                        ></textarea>
                        <div class="composer__bar">
                            <p id="composer-problem" class="composer__problem" role="status">
                                {move || too_long().then(|| Refusal::TextTooLong {
                                    chars: u32::try_from(n_chars()).unwrap_or(u32::MAX), max_chars: TEXT_MAX_CHARS,
                                }.sentence())}
                            </p>
                            <span class="composer__keys" aria-hidden="true"><kbd>"Enter"</kbd>" sends, "<kbd>"Shift Enter"</kbd>" is a new line"</span>
                            <button
                                type="submit" class="button button--send"
                                aria-disabled=move || (text().trim().is_empty() || too_long()).then_some("true")
                            >
                                {send_name}
                                <Icon name="corner-up-left" />
                            </button>
                        </div>
                    }.into_any(),
                }}
            </form>
        </Show>
    }
}
