//! The workspace: navigation, the list, and the conversation beside it.

use domain::filter::Filter;
use domain::live::Row;
use domain::settings::quick_reply::Purpose;
use domain::view::View;
use leptos::ev;
use leptos::prelude::*;

use crate::address::{Address, use_address};
use crate::commands::{Action, Screen, has_single_keys};
use crate::conversation::Conversation;
use crate::desk::thread::Open;
use crate::desk::{Begins, Desk, use_desk};
use crate::live::Socket;
use crate::notices;
use crate::palette::{Palette, Shortcuts};
use crate::settings::audit_log::AuditLog;
use crate::settings::chat_widget::ChatWidget;
use crate::settings::general::{Features, GeneralPage, Outgoing};
use crate::settings::groups::Groups;
use crate::settings::health::SystemHealth;
use crate::settings::quick_replies::QuickReplies;
use crate::settings::roles::Roles;
use crate::settings::tags::Tags;
use crate::settings::team::Team;
use crate::settings::{NotYours, Profile, Security};
use crate::shell::{Place, SettingsPage};
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::toast::ToastRegion;
use crate::{dom, ui};
use connection::{Announcer, Connection, SignedOut};
use list::Conversations;
use views::Navigation;

mod connection;
mod filter_bar;
mod keyboard;
mod list;
mod row;
mod saved_views;
mod search;
mod views;

pub use row::{row_id, tone};

/// Goes to other places of the workspace without loading a page.
#[derive(Clone, Copy)]
pub struct Go(Address);

impl Go {
    fn to(self, link: &str) {
        self.0.go(link);
    }

    /// To that place.
    pub fn place(self, place: Place) {
        self.to(&place.path());
    }

    /// To a list.
    pub fn view(self, view: View) {
        self.to(&Place { view: Some(view), number: None, settings: None }.path());
    }

    /// To a list, leaving the conversation that stands beside it.
    pub fn filter(self, desk: Desk, filter: Filter) {
        let number = desk.opened.with_untracked(Open::number);
        self.to(&with_query(Place { view: Some(filter.view), number, settings: None }, &filter, ""));
    }

    /// Searches, beside the conversation that is on the screen; for nothing, back to the list. Back leads to where one was
    /// before the first letter.
    pub fn search(self, desk: Desk, text: &str) {
        let number = desk.opened.with_untracked(Open::number);
        let filter = desk.list.with_untracked(|list| list.filter.clone());
        let link = with_query(Place { view: Some(filter.view), number, settings: None }, &filter, text);
        match desk.search.with_untracked(|search| search.text.is_empty()) {
            true => self.0.go(&link),
            false => self.0.replace(&link),
        }
    }

    /// To a conversation, beside the list that is on the screen.
    pub fn conversation(self, desk: Desk, number: i64) {
        let filter = desk.list.with_untracked(|list| list.filter.clone());
        let place = Place { view: Some(filter.view), number: Some(number), settings: None };
        self.to(&desk.search.with_untracked(|search| with_query(place, &filter, &search.text)));
    }

    /// Back to the list that is on the screen.
    pub fn list(self, desk: Desk) {
        let number = desk.opened.with_untracked(Open::number);
        let filter = desk.list.with_untracked(|list| list.filter.clone());
        let place = Place { view: Some(filter.view), number: None, settings: None };
        self.to(&desk.search.with_untracked(|search| with_query(place, &filter, &search.text)));
        dom::focus_soon(number.map_or("list-title".into(), row_id));
    }
}

/// A place with its filter and with what is searched for.
fn with_query(place: Place, filter: &Filter, searched: &str) -> String {
    // A space at its end is the beginning of the next word.
    let searched = match searched.trim().is_empty() {
        true => String::new(),
        false => format!("q={}", dom::encoded(searched)),
    };
    match [filter.query(), searched].iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>() {
        parts if parts.is_empty() => place.path(),
        parts => format!("{}?{}", place.path(), parts.join("&")),
    }
}

/// The workspace as it is before its data is there: what the server renders.
#[component]
pub fn Skeleton() -> impl IntoView {
    let rows = || {
        (0..8)
            .map(|_| view! { <li class="skeleton__row"><span></span><span></span><span></span></li> })
            .collect_view()
    };
    view! {
        <div class="frame frame--skeleton" aria-busy="true">
            <nav class="nav" aria-label="Main"></nav>
            <section class="list" aria-label="Conversations"><ul class="skeleton">{rows()}</ul></section>
            <main class="thread" aria-label="Loading"><h1 class="visually-hidden">"Loading the inbox"</h1></main>
        </div>
    }
}

/// The workspace with its data. Only ever built in the browser.
#[component]
pub fn Workspace() -> impl IntoView {
    let desk = use_desk();
    let address = use_address();
    let go = Go(address);
    let place = Memo::new(move |_| address.place());
    let screen = Screen {
        desk,
        go,
        details: RwSignal::new(!dom::narrower_than(1280.0)),
        tab: RwSignal::new(crate::conversation::details::kept_tab()),
        asking: RwSignal::new(None),
        whispering: RwSignal::new(false),
        selecting: RwSignal::new(None),
        revising: RwSignal::new(None),
        anchor: StoredValue::new(None),
        undo: RwSignal::new(None),
        no_tips: RwSignal::new(false),
        palette: RwSignal::new(false),
        shortcuts: RwSignal::new(false),
        single_keys: RwSignal::new(has_single_keys()),
    };
    provide_context(screen);
    follow_address(desk, address);
    keyboard::listen(screen);
    keep_time(desk);
    ask_of_one(screen);
    open_begun(screen);
    let socket = Socket::open(desk);
    provide_context(socket);
    let page = Memo::new(move |_| place.get().and_then(|place| place.settings));
    let settings = move || page.get().is_some();
    // A form stays where its page does.
    let drawn = Memo::new(move |_| {
        let page = place.get().and_then(|place| place.settings)?;
        Some((page, desk.viewer.with(|viewer| page.open_to(viewer))))
    });
    // One memo for each reader: what reads a memo and the memo that this one is made of misses changes of the second
    // (leptos 0.8.23: on a phone the list stayed where a conversation was opened).
    let shows = Memo::new(move |_| match place.get() {
        Some(Place { settings: Some(_), .. }) => "settings",
        Some(Place { number: Some(_), .. }) => "conversation",
        Some(_) | None => "list",
    });
    view! {
        <div class="workspace">
        <Connection />
        <div
            class="frame"
            data-shows=shows
            data-details=says(move || screen.details.get().to_string())
            data-tips=says(move || screen.no_tips.get().then_some("off"))
        >
            <a class="skip" href="#list-title" on:click=heard(|event: ev::MouseEvent| { event.prevent_default(); dom::focus("list-title"); })>"Skip to conversations"</a>
            <When holds=move || desk.opened.with(|open| open.thread().is_some())>
                <a class="skip" href="#messages" on:click=heard(|event: ev::MouseEvent| { event.prevent_default(); dom::focus("messages"); })>"Skip to messages"</a>
                <a class="skip" href="#composer" on:click=heard(|event: ev::MouseEvent| { event.prevent_default(); dom::focus("composer-text"); })>"Skip to reply"</a>
            </When>
            <Navigation />
            {part(move || drawn.get().map(|(page, is_open)| match page {
                page if !is_open => view! { <NotYours page /> }.into_any(),
                SettingsPage::Profile => view! { <Profile /> }.into_any(),
                SettingsPage::Security => view! { <Security /> }.into_any(),
                SettingsPage::QuickReplies => view! { <QuickReplies purpose=Purpose::Reply /> }.into_any(),
                SettingsPage::NoteTemplates => view! { <QuickReplies purpose=Purpose::Note /> }.into_any(),
                SettingsPage::Team => view! { <Team /> }.into_any(),
                SettingsPage::Roles => view! { <Roles /> }.into_any(),
                SettingsPage::Groups => view! { <Groups /> }.into_any(),
                SettingsPage::Tags => view! { <Tags /> }.into_any(),
                SettingsPage::ChatWidget => view! { <ChatWidget /> }.into_any(),
                SettingsPage::General => view! { <GeneralPage /> }.into_any(),
                SettingsPage::Features => view! { <Features /> }.into_any(),
                SettingsPage::AuditLog => view! { <AuditLog /> }.into_any(),
                SettingsPage::Health => view! { <SystemHealth /> }.into_any(),
                SettingsPage::Outgoing => view! { <Outgoing /> }.into_any(),
            }))}
            <When holds=move || !settings()>
                <Conversations />
                <Conversation />
            </When>
            <ToastRegion toasts=desk.toasts undo=Callback::new(move |()| screen.run(Action::Undo)) />
            <Announcer />
            <Palette />
            <Shortcuts />
            <When holds=move || desk.signed_out.get()>
                <SignedOut />
            </When>
        </div>
        </div>
    }
}

/// What is asked for is asked of the conversation that stands there, and of no other that comes in its place.
fn ask_of_one(screen: Screen) {
    Effect::new(move |before: Option<(Option<i64>, bool)>| {
        let now = screen.desk.opened.with(|open| (open.number(), matches!(open, Open::Failed(..))));
        if before.is_some_and(|before| before != now) {
            screen.asking.set(None);
        }
        now
    });
}

/// Opens a conversation that was begun here as soon as it is known, to be written in.
fn open_begun(screen: Screen) {
    let desk = screen.desk;
    Effect::new(move || {
        desk.counts.track();
        desk.list.track();
        let opened = desk.opened.with(|open| (open.number(), open.thread().map(|thread| thread.id)));
        let Some(begins) = desk.begins.get() else { return };
        let place = |number| Place { view: Some(View::MyInbox), number: Some(number), settings: None };
        let number = |row: ArcRwSignal<Row>| row.with_untracked(|row| row.scene.conversation.number);
        match (begins.gone_to, opened) {
            (Some(_), (_, Some(thread))) if thread == begins.id => {
                desk.begins.set(None);
                dom::focus_soon("composer-text");
            }
            // It is on its way.
            (Some(to), (at, _)) if at == Some(to) || at == begins.from => {}
            (None, (at, _)) if at == begins.from => {
                if let Some(number) = desk.row(begins.id).map(number) {
                    desk.begins.set(Some(Begins { gone_to: Some(number), ..begins }));
                    screen.go.place(place(number));
                }
            }
            // They have gone elsewhere.
            (Some(_) | None, _) => desk.begins.set(None),
        }
    });
}

/// Lets the address say which list and which conversation are on the screen.
fn follow_address(desk: Desk, address: Address) {
    Effect::new(move || {
        let Some(place) = address.place().filter(|place| place.settings.is_none()) else { return };
        // With other rights another list may stand there.
        let (query, viewer) = (address.query(), desk.viewer.get());
        let filter = place.filter(&query, &viewer);
        let searched = address.searched();
        if desk.list.with_untracked(|list| list.filter != filter) {
            if searched.is_empty() {
                desk.end_search();
            }
            desk.show_list(filter);
        }
        desk.look_for(searched);
        match place.number {
            Some(number) => desk.open(number),
            None => desk.close(),
        }
    });
    let waiting = Memo::new(move |_| desk.counts.with(domain::notice::waiting));
    Effect::new(move || dom::set_badge(waiting.get()));
    Effect::new(move || {
        let workspace = desk.office.with(|office| office.workspace.clone());
        let page = address.place().and_then(|place| place.settings);
        let waiting = waiting.get();
        if let Some(page) = page {
            return dom::set_title(&notices::title(waiting, &format!("{} - {workspace}", page.title())));
        }
        let list =
            desk.list.with(|list| if list.searched.is_some() { "Search" } else { list.filter.view.title() });
        let who = desk.opened_row().map(|row| row.with(|row| row.scene.contact.display_name.clone()));
        let title = match who {
            Some(who) => format!("{who} - {list} - {workspace}"),
            None => format!("{list} - {workspace}"),
        };
        dom::set_title(&notices::title(waiting, &title));
    });
}

/// The clock of the screen, and what must not be thrown away with the page.
fn keep_time(desk: Desk) {
    let ticker = gloo_timers::callback::Interval::new(30_000, move || {
        desk.tick();
        desk.refresh_overdue();
    });
    let ticker = StoredValue::new_local(Some(ticker));
    on_cleanup(move || drop(ticker.try_update_value(Option::take)));
    // The browser asks before it throws away orders that it does not keep.
    let leaving = window_event_listener(leptos::ev::beforeunload, move |event| {
        if desk.would_forget() {
            event.prevent_default();
        }
    });
    on_cleanup(move || leaving.remove());
    // A file that misses the composer would be opened in place of the page.
    let passing = window_event_listener(leptos::ev::dragover, |event| {
        if dom::carries_files(&event) {
            event.prevent_default();
        }
    });
    let dropped = window_event_listener(leptos::ev::drop, move |event| {
        if dom::carries_files(&event) && !event.default_prevented() {
            event.prevent_default();
            desk.toasts.say("Drop files on the composer.");
        }
    });
    on_cleanup(move || {
        passing.remove();
        dropped.remove();
    });
}

/// A button of the registry: enabled when the domain says yes, explained when it says no, absent without the right.
#[component]
pub fn ActionButton(
    action: Action,
    /// How it looks beside the plain class.
    #[prop(optional)]
    class: &'static str,
    /// Whether it is pressed, for what can be undone by pressing again.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// Whether only its icon shows.
    #[prop(optional)]
    compact: bool,
) -> impl IntoView {
    use crate::commands::{Standing, of, use_screen};
    let screen = use_screen();
    let entry = of(action);
    let standing = Memo::new(move |_| match screen.desk.opened_row() {
        Some(row) => row.with(|row| screen.standing(action, row)),
        None => Standing::Hidden,
    });
    let reason = move || match standing.get() {
        Standing::Refused(sentence) => sentence,
        Standing::Ready | Standing::Hidden if entry.shortcut.is_empty() => entry.title.to_string(),
        Standing::Ready | Standing::Hidden => {
            format!("{} ({})", entry.title, crate::palette::spelled(entry.shortcut).join(" "))
        }
    };
    let refused = move || matches!(standing.get(), Standing::Refused(_));
    let tip = format!("tip-{action:?}");
    let press = move |_| match standing.get_untracked() {
        Standing::Ready => screen.run(action),
        Standing::Refused(sentence) => screen.desk.toasts.alert(sentence),
        Standing::Hidden => {}
    };
    view! {
        <When holds=move || standing.get() != Standing::Hidden>
            <span class="tipped" on:mouseenter=heard(move |_| screen.no_tips.set(false)) on:focusin=heard(move |_| screen.no_tips.set(false))>
                <button
                    type="button" class=format!("button {class}")
                    aria-label=entry.title
                    aria-disabled=says(move || refused().then_some("true"))
                    aria-describedby=tip.clone()
                    aria-pressed=says(move || pressed.map(|pressed| pressed.get().to_string()))
                    on:click=heard(press)
                >
                    <ui::icon::Icon name=entry.icon />
                    {(!compact).then(|| view! { <span class="button__text">{entry.title}</span> })}
                </button>
                <span class="tip" role="tooltip" id=tip.clone()>{reason}</span>
            </span>
        </When>
    }
}
