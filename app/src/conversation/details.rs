//! Who writes, and what happened: the right column.

use domain::channel::ChannelKind;
use domain::contact::Contact;
use leptos::prelude::*;

use super::event;
use crate::commands::{Screen, use_screen};
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::inbox::row_id;
use crate::shell::Place;
use crate::ui::avatar::Avatar;
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};
use domain::live::Row;

/// Which tab is shown; one for all conversations.
#[derive(Clone, Copy)]
struct Tab(RwSignal<&'static str>);

/// Opens the details at the log.
pub fn show_log(screen: Screen) {
    screen.details.set(true);
    dom::keep("details-tab", "Log");
    // After the menu that asked for it has given the keyboard back to its button.
    request_animation_frame(|| dom::focus_soon("details-Log"));
    screen.desk.opened.update(|_| ());
}

/// The panel.
#[component]
pub fn Details() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let kept = if dom::kept("details-tab").as_deref() == Some("Log") { "Log" } else { "Profile" };
    let tab = Tab(RwSignal::new(kept));
    // The menu of the thread can ask for the log while the panel is open already.
    Effect::new(move || {
        desk.opened.track();
        if dom::kept("details-tab").as_deref() == Some("Log") {
            tab.0.set("Log");
        }
    });
    let choose = move |name: &'static str| {
        tab.0.set(name);
        dom::keep("details-tab", name);
    };
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
            <crate::inbox::ActionButton action=crate::commands::Action::Rename class="button--quiet button--icon" compact=true />
        }
    })
    };
    let tab_button = move |name: &'static str| {
        view! {
            <button
                type="button" role="tab" id=format!("details-{name}") aria-controls="details-panel"
                aria-selected=move || (tab.0.get() == name).to_string()
                tabindex=move || if tab.0.get() == name { "0" } else { "-1" }
                on:click=move |_| choose(name)
                on:keydown=move |event| if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
                    event.prevent_default();
                    let other = if name == "Log" { "Profile" } else { "Log" };
                    choose(other);
                    dom::focus(&format!("details-{other}"));
                }
            >{name}</button>
        }
    };
    view! {
        <aside class="details" aria-label="Contact details">
            <button
                type="button" class="button button--quiet button--icon details__close" aria-label="Close details"
                on:click=move |_| screen.details.set(false)
            ><Icon name="x" /></button>
            <header class="details__head">{head}</header>
            <div class="details__tabs" role="tablist" aria-label="Details">
                {tab_button("Profile")}
                {tab_button("Log")}
            </div>
            <div id="details-panel" role="tabpanel" aria-label=move || tab.0.get() tabindex="0">
                {move || match tab.0.get() {
                    "Log" => view! { <Log /> }.into_any(),
                    _ => row.get().map(|row| profile(desk, &row)).into_any(),
                }}
            </div>
        </aside>
    }
}

fn profile(desk: Desk, row: &Row) -> impl IntoView + use<> {
    let Contact { email, phone, language, pinned_to, blocked_at, .. } = row.scene.contact.clone();
    let now = desk.now.get_untracked();
    let moment = move |at| format!("{}, {}", time::day(at, now), time::clock(at));
    let conversation = row.scene.conversation.clone();
    let office = desk.office.get();
    let channel = office.channels.get(&conversation.channel);
    let tags: Vec<String> =
        conversation.tags.iter().filter_map(|tag| office.tags.get(tag)).map(|tag| tag.name.clone()).collect();
    let level = conversation.priority.level;
    let previous =
        desk.opened.with(|open| open.thread().map(|thread| thread.previous.clone())).unwrap_or_default();
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
                <dd>{tags.into_iter().map(|tag| view! { <span class="chip">{tag}</span> }).collect_view()}</dd>
            })}
            {blocked_at.map(|at| view! { <dt>"Black list"</dt><dd><span class="chip" data-tone="danger">"Blocked"</span><Time at=at text=moment(at) /></dd> })}
            <dt>"Began"</dt>
            <dd><Time at=conversation.created_at text=moment(conversation.created_at) /></dd>
        </dl>
        <h3>"Previous conversations"</h3>
        {if previous.is_empty() {
            view! { <p class="details__none">"None that you can see."</p> }.into_any()
        } else {
            previous.into_iter().map(|row| previous_card(desk, row)).collect_view().into_any()
        }}
    }
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
            .filter_map(|entry| Some((entry.at, event::line(entry, &office, me, &contact)?)));
        lines.map(|(at, (text, icon))| view! {
            <li><Icon name=icon /><span>{text}</span><Time at=at text=format!("{} {}", time::short(at, desk.now.get()), time::clock(at)) /></li>
        }).collect_view()
    };
    let has_earlier = move || desk.opened.with(|open| open.thread().is_some_and(|thread| thread.has_earlier));
    view! {
        <ol class="details__log" aria-label="Conversation log">{lines}</ol>
        <Show when=has_earlier>
            <button type="button" class="button" on:click=move |_| desk.earlier()>"Show earlier entries"</button>
        </Show>
    }
}
