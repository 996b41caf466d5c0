//! Who writes, and what happened: the right column.

use domain::channel::ChannelKind;
use domain::contact::Contact;
use domain::conversation::{Command, Theme};
use leptos::ev;
use leptos::prelude::*;

use super::event;
use super::notes::Notes;
use crate::commands::{Action, Screen, use_screen};
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::inbox::{ActionButton, row_id};
use crate::shell::Place;
use crate::ui::avatar::Avatar;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};
use domain::live::{Entry, Row};
use domain::office::Tag;

/// The tabs, in their order.
const TABS: [&str; 3] = ["Profile", "Notes", "Log"];

/// Under which this browser keeps which of them is shown, one for all conversations.
const TAB: &str = "details-tab";

/// The tab that was left in this browser.
pub fn kept_tab() -> &'static str {
    let kept = dom::kept(TAB);
    TABS.into_iter().find(|name| kept.as_deref() == Some(name)).unwrap_or("Profile")
}

/// Opens the details at a tab, and puts the keyboard on it.
pub fn show(screen: Screen, tab: &'static str) {
    screen.details.set(true);
    choose(screen, tab);
    // After the menu that asked for it has given the keyboard back to its button.
    request_animation_frame(move || dom::focus_soon(format!("details-{tab}")));
}

/// Opens the notes with the keyboard where one is written.
pub fn write_note(screen: Screen) {
    screen.details.set(true);
    choose(screen, "Notes");
    request_animation_frame(|| dom::focus_soon(super::notes::FIELD));
}

fn choose(screen: Screen, tab: &'static str) {
    screen.tab.set(tab);
    dom::keep(TAB, tab);
}

/// The panel.
#[component]
pub fn Details() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let row = Memo::new(move |_| desk.opened_row().map(|row| row.get()));
    let head = move || {
        row.get().map(|row| {
        let Contact { display_name, original_name, vip, .. } = row.scene.contact;
        view! {
            <Avatar name=display_name.clone() size="large" />
            <div class="details__who">
                <h2><bdi>{display_name.clone()}</bdi>{vip.then(|| view! { <span class="chip" data-tone="warn">"VIP"</span> })}</h2>
                <p>"Original name: "<bdi>{original_name}</bdi></p>
            </div>
            <ActionButton action=Action::Rename class="button--quiet button--icon" compact=true />
        }
    })
    };
    let tab_button = move |name: &'static str| {
        view! {
            <button
                type="button" role="tab" id=format!("details-{name}") aria-controls="details-panel"
                aria-selected=says(move || (screen.tab.get() == name).to_string())
                tabindex=says(move || if screen.tab.get() == name { "0" } else { "-1" })
                on:click=heard(move |_| choose(screen, name))
                on:keydown=heard(move |event: ev::KeyboardEvent| if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
                    event.prevent_default();
                    let at = TABS.iter().position(|tab| *tab == name).unwrap_or(0);
                    let step = if event.key() == "ArrowRight" { 1 } else { TABS.len() - 1 };
                    let other = TABS[(at + step) % TABS.len()];
                    choose(screen, other);
                    dom::focus(&format!("details-{other}"));
                })
            >{name}</button>
        }
    };
    view! {
        <aside class="details" aria-label="Contact details">
            <button
                type="button" class="button button--quiet button--icon details__close" aria-label="Close details"
                on:click=heard(move |_| screen.details.set(false))
            ><Icon name="x" /></button>
            <header class="details__head">{head}</header>
            <div class="details__tabs" role="tablist" aria-label="Details">
                {TABS.map(tab_button)}
            </div>
            <div id="details-panel" role="tabpanel" aria-label=says(move || screen.tab.get()) tabindex="0">
                {part(move || match screen.tab.get() {
                    "Log" => view! { <Log /> }.into_any(),
                    "Notes" => view! { <Notes /> }.into_any(),
                    _ => view! {
                        {part(move || row.get().map(|row| profile(screen, &row)))}
                        <History />
                    }.into_any(),
                })}
            </div>
        </aside>
    }
}

/// A tag, and what takes it off for those who may.
fn tag_chip(screen: Screen, row: &Row, tag: Tag) -> impl IntoView + use<> {
    let command = Command::Untag { tag: tag.id };
    let may = screen.desk.try_on(&row.scene, &command).is_ok();
    let row = row.clone();
    let take_off = move |_| {
        screen.give(command.clone(), &row);
        dom::focus_soon("details-panel");
    };
    view! {
        <span class="chip">
            <bdi>{tag.name.clone()}</bdi>
            {may.then(|| view! {
                <button type="button" class="chip__off" aria-label=format!("Take off {}", tag.name) on:click=heard(take_off)><Icon name="x" /></button>
            })}
        </span>
    }
}

fn profile(screen: Screen, row: &Row) -> impl IntoView + use<> {
    let desk = screen.desk;
    let Contact { email, phone, language, pinned_to, blocked_at, .. } = row.scene.contact.clone();
    let now = desk.now.get_untracked();
    let moment = move |at| format!("{}, {}", time::day(at, now), time::clock(at));
    let conversation = row.scene.conversation.clone();
    let office = desk.office.get();
    let channel = office.channels.get(&conversation.channel);
    let tags: Vec<Tag> = conversation.tags.iter().filter_map(|tag| office.tags.get(tag)).cloned().collect();
    let level = conversation.priority.level;
    let fact = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <dt>{name}</dt><dd><bdi>{value}</bdi></dd> })
    };
    view! {
        <dl class="facts">
            {fact("E-mail", email)}
            {fact("Phone", phone)}
            {fact("Language", language)}
            {fact("Channel", channel.map(|channel| match channel.kind {
                ChannelKind::Email => format!("E-mail, {}", channel.name),
                kind => format!("{}, {}", kind.name(), channel.name),
            }))}
            <dt>"Priority"</dt>
            <dd><span class="chip" data-tone=crate::inbox::tone(level)>{level.name()}</span></dd>
            {fact("Group", conversation.group.map(|group| office.group_name(group).to_string()))}
            {fact("Operator", conversation.assignee.map(|agent| office.name_of(agent).to_string()))}
            {fact("Client of", pinned_to.map(|agent| office.name_of(agent).to_string()))}
            {(!tags.is_empty()).then(|| view! {
                <dt>"Tags"</dt>
                <dd class="tags">{tags.into_iter().map(|tag| tag_chip(screen, row, tag)).collect_view()}</dd>
            })}
            {blocked_at.map(|at| view! { <dt>"Black list"</dt><dd><span class="chip" data-tone="danger">"Blocked"</span><Time at=at text=moment(at) /></dd> })}
            <dt>"Began"</dt>
            <dd><Time at=conversation.created_at text=moment(conversation.created_at) /></dd>
        </dl>
    }
}

/// What else is known of the client: their other contacts and conversations. They come with the messages.
#[component]
fn History() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let contacts =
        Memo::new(move |_| desk.opened.with(|open| open.thread().map(|thread| thread.also.clone())));
    let previous =
        Memo::new(move |_| desk.opened.with(|open| open.thread().map(|thread| thread.previous.clone())));
    view! {
        {part(move || contacts.get().map(|contacts| also(screen, contacts)))}
        <ActionButton action=Action::MergeClient class="details__merge" />
        <h3>"Previous conversations"</h3>
        {part(move || previous.get().map(|previous| match previous.is_empty() {
            true => view! { <p class="details__none">"None that you can see."</p> }.into_any(),
            false => previous.into_iter().map(|row| previous_card(desk, row)).collect_view().into_any(),
        }))}
    }
}

/// The contacts that the team has merged with who writes, each with the way back.
fn also(screen: Screen, contacts: Vec<Contact>) -> impl IntoView {
    let others = contacts.clone();
    let may = Memo::new(move |_| screen.desk.viewer.with(Command::may_merge_contacts));
    let contact = move |contact: Contact| {
        let others = others.clone();
        let Contact { original_name, email, phone, .. } = contact.clone();
        let known = [email, phone].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let name = contact.alone().display_name;
        let who = contact.id;
        let label = format!("Separate again: {name}");
        let separate = move |_| {
            let Some(row) = untrack(|| screen.desk.opened_row()).map(|row| row.get_untracked()) else {
                return;
            };
            let contacts = [others.clone(), vec![row.scene.contact]].concat();
            screen.part(row.scene.conversation.id, Command::PartClient { who: [who].into(), contacts });
            dom::focus_soon("details-panel");
        };
        let original = (original_name != name).then(|| view! { " ("<bdi>{original_name}</bdi>")" });
        view! {
            <li class="card card--also">
                <span><bdi>{name}</bdi>{original}<small>{known}</small></span>
                <When holds=move || may.get()>
                    <button type="button" class="button button--quiet" aria-label=label.clone() on:click=heard(separate.clone())>"Separate again"</button>
                </When>
            </li>
        }
    };
    (!contacts.is_empty()).then(|| {
        view! {
            <h3>"Merged contacts"</h3>
            <ul class="notes" aria-label="Merged contacts">{contacts.into_iter().map(contact).collect_view()}</ul>
        }
    })
}

fn previous_card(desk: Desk, row: Row) -> impl IntoView {
    let conversation = row.scene.conversation;
    let stage = domain::stage::Stage::of(&conversation).name();
    let by =
        conversation.assignee.map(|agent| desk.office.with(|office| format!(" · {}", office.name_of(agent))));
    let at = conversation.last_message_at();
    let now = desk.now.get_untracked();
    view! {
        <a class="card card--link" id=format!("previous-{}", row_id(conversation.number)) href=Place { view: None, number: Some(conversation.number), settings: None }.path()>
            <span>{conversation.subject}</span>
            <small>{stage}{by}" · "{time::short(at, now)}</small>
        </a>
    }
}

/// Every movement that is loaded, newest first.
#[component]
fn Log() -> impl IntoView {
    let desk = use_desk();
    let theme = RwSignal::new(None::<Theme>);
    let is_asked = move |entry: &Entry| {
        theme.get().is_none_or(|theme| entry.event.as_ref().is_some_and(|event| event.theme() == theme))
    };
    let choose = move |event: ev::Event| {
        let name = event_target_value(&event);
        theme.set(Theme::ALL.iter().copied().find(|theme| theme.name() == name));
    };
    let lines = move || {
        let me = desk.viewer.with(|viewer| viewer.agent);
        let contact = desk
            .opened_row()
            .map(|row| row.with(|row| row.scene.contact.display_name.clone()))
            .unwrap_or_default();
        let entries =
            desk.opened.with(|open| open.thread().map(|thread| thread.entries.clone())).unwrap_or_default();
        let office = desk.office.get();
        let lines = entries
            .iter()
            .rev()
            .filter(|entry| is_asked(entry))
            .filter_map(|entry| Some((entry.at, event::line(entry, &office, me, &contact)?)));
        lines.map(|(at, (text, icon))| view! {
            <li><Icon name=icon /><span>{text}</span><Time at=at text=format!("{} {}", time::short(at, desk.now.get()), time::clock(at)) /></li>
        }).collect_view()
    };
    let has_earlier = move || desk.opened.with(|open| open.thread().is_some_and(|thread| thread.has_earlier));
    view! {
        <select class="input details__theme" aria-label="Show in the log" on:change=heard(choose)>
            <option value="">"Everything"</option>
            {Theme::ALL.iter().map(|theme| view! { <option value=theme.name()>{theme.name()}</option> }).collect_view()}
        </select>
        <ol class="details__log" aria-label="Conversation log">{lines}</ol>
        <When holds=has_earlier>
            <button type="button" class="button" on:click=heard(move |_| desk.earlier())>"Show earlier entries"</button>
        </When>
    }
}
