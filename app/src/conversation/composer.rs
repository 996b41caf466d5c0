//! Writing: a reply to the customer or a whisper to teammates, each with its own draft.

use std::collections::BTreeSet;

use domain::conversation::Command;
use domain::id::{AgentId, ConversationId, MessageId};
use domain::markup;
use domain::message::{Message, MessageKind, TEXT_MAX_CHARS, Words};
use domain::office::Office;
use domain::refusal::Refusal;
use domain::settings::quick_reply::{Filled, Purpose, Values};
use domain::time::Duration;
use domain::viewer::By;
use leptos::ev;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::draft::Kind;
use super::mention;
use super::message::written;
use super::rich::rich;
use crate::commands::{Action, Asking, Standing, use_screen};
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::live::use_socket;
use crate::settings::NameAndPhoto;
use crate::settings::quick_replies::{Form, blank};
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::menu::Menu;
use domain::live::Row;
use files::{AttachFile, UnsentFiles};
use held::{HeldFor, HeldReply, held_for};
use newer::NewerMessage;
use scheduled::ScheduledMessages;
use signs::FormattingMenu;
use suggest::{Chosen, SuggestionList, Suggestions};

mod emoji;
pub mod files;
mod held;
mod newer;
mod scheduled;
pub mod signs;
pub mod suggest;

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

/// Whom a text calls by name.
pub fn mentions(office: &Office, text: &str) -> BTreeSet<AgentId> {
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
        let public = |message: &&Message| message.kind.is_public();
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
            let words = Words::new(MessageId::new(0), "x");
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
    // Who lacks a name or a photo writes all the same, and is asked for them on the way.
    let lacks_profile = move |refusal: &Refusal| matches!(refusal, Refusal::IncompleteProfile { .. });
    let introduces = RwSignal::new(false);
    // Which conversation's reply waits for that, and what is done once it is sent.
    let waits = StoredValue::new(None::<(domain::id::ConversationId, Option<Action>)>);
    // What is written becomes a quick reply.
    let keeps = RwSignal::new(false);
    let (kept, kept_is_new) =
        (RwSignal::new(blank(desk, Purpose::Reply, String::new())), RwSignal::new(true));
    let lacks = move |kind| matches!(refusal(kind), Some(Refusal::NotAllowed { .. } | Refusal::Missing));
    let may_reply = Memo::new(move |_| !lacks(Kind::Reply));
    let may_whisper = Memo::new(move |_| !lacks(Kind::Whisper));
    let whispers = Memo::new(move |_| (whispering.get() && may_whisper.get()) || !may_reply.get());
    let kind = move || if whispers.get() { Kind::Whisper } else { Kind::Reply };
    let stands_against = Memo::new(move |_| refusal(kind()).filter(|refusal| !lacks_profile(refusal)));
    let text = move || id.get().map(|id| desk.drafts.text(id, kind())).unwrap_or_default();
    let n_chars = move || text().chars().count();
    let is_nothing = move || {
        let goes_along = !whispers.get() && id.get().is_some_and(|id| desk.uploads.go_along(id));
        text().trim().is_empty() && !goes_along
    };
    let too_long = move || n_chars() > TEXT_MAX_CHARS as usize;
    let name = move || {
        row.with(|row| row.as_ref().map(|row| row.scene.contact.display_name.clone())).unwrap_or_default()
    };
    let label = move || match whispers.get() {
        true => "Whisper to teammates".to_string(),
        false => format!("Reply to {}", name()),
    };
    let send_name = move || if whispers.get() { "Whisper" } else { "Send reply" };
    let suggestions = Suggestions::new(desk, whispers);
    let channel = Memo::new(move |_| desk.opened_channel());
    let send_within = move |may_wait: bool| -> bool {
        let Some(row) = row.get_untracked() else { return false };
        let (id, kind) = (row.scene.conversation.id, untrack(kind));
        let text = untrack(|| desk.drafts.text(id, kind));
        let go_along = kind == Kind::Reply && untrack(|| desk.uploads.go_along(id));
        if text.trim().is_empty() {
            // Without a text they go by themselves.
            if go_along {
                desk.send_along(id);
            }
            return go_along;
        }
        // Nobody answers what they have not seen.
        if kind == Kind::Reply && desk.opened.with_untracked(|open| open.thread().is_none()) {
            desk.toasts.say("The messages are on their way. Look at them, and send it then.");
            return false;
        }
        let command = command(desk, &row, kind, Words::new(dom::message_id(), text));
        if untrack(|| desk.try_on(&row.scene, &command)).is_err_and(|refusal| lacks_profile(&refusal)) {
            waits.set_value(Some((id, None)));
            introduces.set(true);
            return false;
        }
        socket.writing.set(false);
        // What goes along follows it at once, and would let it go.
        let held_for = match kind == Kind::Reply && may_wait && !go_along {
            true => held_for(channel.get_untracked()),
            false => Duration::seconds(0),
        };
        let is_sent = desk.dispatch_held(id, command, held_for).is_some();
        if is_sent {
            suggestions.begin_anew();
            if go_along {
                desk.send_along(id);
            }
            desk.announced.set(match (kind, held_for.0 / 1_000) {
                (Kind::Whisper, _) => "Whisper sent.".into(),
                (_, 0) => "Message sent.".to_string(),
                (_, seconds) => {
                    format!("Your reply goes out in {seconds} seconds. It can be undone until then.")
                }
            });
        } else {
            // What stands against it may be what this screen has not seen yet.
            desk.reload(row.scene.conversation.number);
        }
        dom::focus_soon("composer-text");
        is_sent
    };
    let send = move || send_within(true);
    // Sends it and finishes the conversation, where both may be.
    let send_and = move |action: Action| {
        let Some(row) = row.get_untracked() else { return };
        // Nothing is sent where the rest would be refused.
        if let Standing::Refused(sentence) = untrack(|| screen.standing(action, &row)) {
            return desk.toasts.alert(sentence);
        }
        if send_within(false) {
            screen.run(action);
        } else {
            waits.update_value(|waits| {
                if let Some((_, then)) = waits {
                    *then = Some(action);
                }
            });
        }
    };
    // As soon as both are there, the reply goes on its way.
    let is_introduced = Memo::new(move |_| {
        let me = desk.viewer.with(|viewer| viewer.agent);
        desk.office.with(|office| office.must_show_profile(me).is_ok())
    });
    Effect::new(move || {
        if introduces.get() && is_introduced.get() {
            dom::close_dialog();
            introduces.set(false);
            let here = id.get_untracked();
            match waits.get_value().filter(|(waits, _)| Some(*waits) == here) {
                Some((_, Some(action))) => untrack(|| send_and(action)),
                Some((_, None)) => drop(untrack(send)),
                None => {}
            }
        }
    });
    // What was begun in another text is not begun in this.
    Effect::new(move || {
        id.track();
        whispers.track();
        introduces.set(false);
        suggestions.begin_anew();
    });
    // They are here before somebody types their first letter.
    dom::after_paint(move || desk.templates.fetch(desk));
    // The keyboard goes back to what was kept.
    Effect::new(move |was: Option<bool>| {
        let is_kept = keeps.get();
        if was == Some(true) && !is_kept {
            dom::focus_soon("composer-text");
        }
        is_kept
    });
    let put = move |text: String| {
        if let Some(id) = id.get_untracked()
            && !desk.drafts.write(id, untrack(kind), text)
        {
            desk.forgets.set(true);
        }
    };
    // Puts something in the place of what was typed for it, and the caret where something stays to be filled in.
    let insert = move |Chosen { range, text: inserted, files }: Chosen| {
        let before = untrack(text);
        let (Some(head), Some(tail)) = (before.get(..range.start), before.get(range.end..)) else { return };
        let gap = Filled::of(&inserted, &Values::default()).gaps.into_iter().next();
        let gap = gap.unwrap_or(inserted.len()..inserted.len());
        let whole = format!("{head}{inserted}{tail}");
        dom::select_soon("composer-text", &whole, head.len() + gap.start..head.len() + gap.end);
        put(whole);
        if let Some(id) = id.get_untracked() {
            desk.bring(id, files);
        }
    };
    let insert_here = move |sign: String| {
        let n = untrack(text).len();
        insert(Chosen { range: dom::selected("composer-text").unwrap_or(n..n), text: sign, files: vec![] });
    };
    // A file goes on its way at once. Who has to introduce themselves first chooses it again after that.
    let attach = move |file: web_sys::File| {
        let Some(id) = id.get_untracked() else { return };
        match desk.attach(id, untrack(kind), file) {
            Ok(()) => dom::focus_soon("composer-text"),
            Err(refusal) if lacks_profile(&refusal) => {
                waits.set_value(None);
                introduces.set(true);
            }
            Err(refusal) => desk.toasts.alert(refusal.sentence()),
        }
    };
    let attach_only = move |files: Option<web_sys::FileList>| -> bool {
        let Some(files) = files.filter(|files| files.length() > 0) else { return false };
        match (files.length(), files.get(0)) {
            (1, Some(file)) => attach(file),
            _ => desk.toasts.alert("One file goes at a time. Drop one."),
        }
        true
    };
    let offer_replies = move |_| {
        let before = untrack(text);
        let range = dom::selected("composer-text").unwrap_or(before.len()..before.len());
        let is_start = before
            .get(..range.start)
            .is_none_or(|head| head.chars().next_back().is_none_or(char::is_whitespace));
        let stroke = if is_start { "/" } else { " /" };
        let caret = range.start + stroke.len();
        insert(Chosen { range, text: stroke.into(), files: vec![] });
        suggestions.look(&untrack(text), caret, whispers.get_untracked());
    };
    let is_stopped = move || stands_against.with(Option::is_some);
    let keys = move |event: KeyboardEvent| {
        if let Some(chosen) = suggestions.press(&event) {
            chosen.into_iter().for_each(insert);
            return;
        }
        if !untrack(is_stopped)
            && let Some(whole) = signs::press(&event, "composer-text", &untrack(text))
        {
            suggestions.begin_anew();
            return put(whole);
        }
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key());
        if event.key() == "ArrowUp" && is_plain && untrack(text).is_empty() {
            if let Some(last) = id.get_untracked().and_then(|id| last_said(desk, id)) {
                event.prevent_default();
                screen.revising.set(Some(last));
                screen.asking.set(Some(Asking::Revise));
            }
            return;
        }
        if event.key() != "Enter" || event.is_composing() {
            return;
        }
        if event.shift_key() {
            if (event.ctrl_key() || event.meta_key()) && !event.repeat() {
                event.prevent_default();
                send_and(Action::Resolve);
            }
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
        None if too_long() => {
            let chars = u32::try_from(n_chars()).unwrap_or(u32::MAX);
            Some(Refusal::TextTooLong { chars, max_chars: TEXT_MAX_CHARS }.sentence())
        }
        // What is not known here would be read by the customer as it stands.
        None => match Filled::gaps_in(&text()).as_slice() {
            [] => None,
            gaps => Some(format!("Not filled in: {}.", gaps.join(", "))),
        },
    };
    let may_reopen = move || {
        matches!(stands_against.get(), Some(Refusal::AlreadyResolved | Refusal::AlreadyClosed))
            && row
                .with(|row| row.as_ref().is_some_and(|row| desk.try_on(&row.scene, &Command::Reopen).is_ok()))
    };
    let may_then = move |action: Action| {
        row.with(|row| row.as_ref().is_some_and(|row| screen.standing(action, row) != Standing::Hidden))
    };
    let formatted = Memo::new(move |_| {
        let text = text();
        (!markup::is_plain(&markup::blocks(&text))).then_some(text)
    });
    // What it becomes where it is read.
    let preview = move || {
        let text = formatted.get()?;
        let channel = channel.get().filter(|_| !whispers.get());
        Some(match channel {
            Some(channel) if !channel.shows_formatting() => {
                view! { <p class="composer__plain">{format!("{} shows these signs as they are.", channel.name())}</p> }.into_any()
            }
            _ => view! {
                <div class="composer__preview message__text" role="region" aria-label="Preview" tabindex="0" dir="auto" data-rich="">
                    {rich(&text, &|text| written(text, &[]))}
                </div>
            }.into_any(),
        })
    };
    view! {
        <When holds=move || may_reply.get() || may_whisper.get()>
            <form
                class="composer" id="composer" aria-label="Composer" data-whisper=says(move || whispers.get().then_some(""))
                on:submit=heard(move |event: ev::SubmitEvent| { event.prevent_default(); send(); })
                on:dragover=heard(move |event: ev::DragEvent| if dom::carries_files(&event) { event.prevent_default() })
                on:drop=heard(move |event: ev::DragEvent| if dom::carries_files(&event) {
                    event.prevent_default();
                    if !untrack(is_stopped) {
                        attach_only(event.data_transfer().and_then(|dropped| dropped.files()));
                    }
                })
            >
                <Replying />
                <SuggestionList suggestions choose=Callback::new(insert) />
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
                    aria-autocomplete="list"
                    aria-controls=says(move || suggestions.is_open().then_some("suggest"))
                    aria-activedescendant=says(move || suggestions.active())
                    on:input=heard(move |event: ev::Event| if id.get_untracked().is_some() {
                        let area: web_sys::HtmlTextAreaElement = event_target(&event);
                        let (kind, text) = (untrack(kind), area.value());
                        // Whoever writes to colleagues does not write to the customer.
                        writes(kind == Kind::Reply && !text.trim().is_empty());
                        if let Some(caret) = dom::caret(&area) {
                            suggestions.look(&text, caret, whispers.get_untracked());
                        }
                        put(text);
                    })
                    on:keydown=heard(keys)
                    on:paste=heard(move |event: web_sys::ClipboardEvent| if !untrack(is_stopped) && attach_only(dom::pasted_files(&event)) {
                        event.prevent_default();
                    })
                    on:blur=heard(move |_: ev::FocusEvent| suggestions.close())
                ></textarea>
                {part(preview)}
                <HeldReply id=id />
                <ScheduledMessages id=id />
                <UnsentFiles id=id />
                <div class="composer__bar">
                    <When holds=move || !is_stopped()>
                        <div class="composer__tools" role="toolbar" aria-label="Composer tools">
                            <AttachFile choose=Callback::new(attach) />
                            <emoji::EmojiPicker choose=Callback::new(insert_here) />
                            <FormattingMenu field="composer-text" text=Signal::derive(text) write=Callback::new(put) />
                            <button
                                type="button" class="button button--icon button--quiet" aria-label="Quick replies" title="Quick replies (/)"
                                on:click=heard(offer_replies)
                            ><Icon name="zap" /></button>
                            <When holds=move || !whispers.get() && may_then(Action::Schedule)>
                                <button
                                    type="button" class="button button--icon button--quiet" aria-label="Schedule message" title="Schedule message"
                                    on:click=heard(move |_| screen.run(Action::Schedule))
                                ><Icon name="clock" /></button>
                            </When>
                        </div>
                    </When>
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
                            aria-disabled=says(move || (is_nothing() || too_long()).then_some("true"))
                        >
                            {send_name}
                            <Icon name="corner-up-left" />
                        </button>
                        <When holds=move || !whispers.get()>
                            <Menu
                                id="send-options" label="More send options" class="button button--icon"
                                face=ViewFn::from(|| view! { <Icon name="chevron-down" /> })
                            >
                                <When holds=move || may_then(Action::Resolve)>
                                    <button type="button" role="menuitem" class="menu__item" on:click=heard(move |_| send_and(Action::Resolve))>
                                        <Icon name="check" />"Send and resolve"<kbd class="menu__key">{crate::palette::spelled("Mod+Shift+Enter").join(" ")}</kbd>
                                    </button>
                                </When>
                                <When holds=move || may_then(Action::Close)>
                                    <button type="button" role="menuitem" class="menu__item" on:click=heard(move |_| send_and(Action::Close))>
                                        <Icon name="circle-check" />"Send and close"
                                    </button>
                                </When>
                                <button type="button" role="menuitem" class="menu__item" on:click=heard(move |_| { kept.set(blank(desk, Purpose::Reply, untrack(text))); keeps.set(true) })>
                                    <Icon name="zap" />"Save as quick reply"
                                </button>
                                <HeldFor kind=channel.into() />
                            </Menu>
                        </When>
                    </When>
                </div>
            </form>
            <NewerMessage />
            <Dialog open=keeps label="Template" class="form">
                <Form open=keeps now=kept is_new=kept_is_new />
            </Dialog>
            <Dialog open=introduces label="Complete your profile" class="form">
                <h2>"Complete your profile"</h2>
                <p>"Customers see who writes to them. Add what is missing; your reply goes on its way then."</p>
                <NameAndPhoto />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Not now"</button>
                </div>
            </Dialog>
        </When>
    }
}

/// One's own newest whisper or note that is shown here, if it can be changed by now.
fn last_said(desk: Desk, id: ConversationId) -> Option<MessageId> {
    let me = By::Agent(desk.viewer.with_untracked(|viewer| viewer.agent));
    let is_mine = |message: &&Message| {
        message.by == me && matches!(message.kind, MessageKind::Whisper | MessageKind::Note)
    };
    // One that is on its way cannot be changed, and nobody means the one before it.
    if untrack(|| desk.hoped_messages(id)).iter().any(|(message, _)| is_mine(&message)) {
        return None;
    }
    desk.opened.with_untracked(|open| {
        let mut said = open.thread()?.entries.iter().rev().filter_map(|entry| entry.message.as_ref());
        let last = said.find(|message| is_mine(message) && !message.is_deleted())?;
        last.file.is_none().then_some(last.id)
    })
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
