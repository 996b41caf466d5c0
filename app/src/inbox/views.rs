//! The navigation: views with their counts, my status, my account.

use domain::office::Availability;
use domain::view::View;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::saved_views::SavedViews;
use crate::address::use_address;
use crate::desk::use_desk;
use crate::dom;
use crate::shell::{Place, SettingsPage, Theme};
use crate::ui::avatar::Avatar;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::menu::Menu;

/// The tabs of the queue.
const TABS: [View; 5] = [View::Unassigned, View::MyInbox, View::Closed, View::All, View::Blacklist];

/// The views below them.
const VIEWS: [View; 8] = [
    View::Mine,
    View::Assigned,
    View::AiHandling,
    View::Mentions,
    View::Participating,
    View::TransfersToMe,
    View::Overdue,
    View::Archived,
];

/// Views that are read as a number of things to do; the others only grow.
fn has_count(view: View) -> bool {
    !matches!(
        view,
        View::Closed | View::All | View::Archived | View::Blacklist | View::Resolved | View::HasLead
    )
}

fn icon(view: View) -> &'static str {
    match view {
        View::Unassigned => "inbox",
        View::MyInbox => "user",
        View::Closed | View::Resolved => "circle-check",
        View::All | View::Unresolved => "list",
        View::Blacklist => "ban",
        View::Mine => "star",
        View::Assigned => "check",
        View::AiHandling => "bot",
        View::Mentions => "at-sign",
        View::Participating => "users",
        View::TransfersToMe => "corner-up-left",
        View::Overdue => "clock",
        View::Archived => "archive",
        View::PendingHumanReply => "hand",
        View::HasLead => "flag",
    }
}

/// The left column.
#[component]
pub fn Navigation() -> impl IntoView {
    let desk = use_desk();
    let open_to_me = move |view: &View| desk.viewer.with(|viewer| view.open_to(viewer));
    let tabs =
        move || TABS.into_iter().filter(open_to_me).map(|view| view! { <ViewLink view /> }).collect_view();
    let views = move || VIEWS.into_iter().map(|view| view! { <ViewLink view /> }).collect_view();
    view! {
        <nav class="nav" aria-label="Main">
            <p class="nav__brand">
                <span class="brand-mark" aria-hidden="true"></span>
                <span class="nav__text">{part(move || desk.office.with(|office| office.workspace.clone()))}</span>
            </p>
            <When holds=move || desk.viewer.with(|viewer| desk.office.with(|office| office.offers_outgoing(viewer)))>
                <a class="nav__link" href=SettingsPage::Outgoing.place().path()>
                    <Icon name="send" /><span class="nav__text">"Outgoing message"</span>
                </a>
            </When>
            <div class="nav__views" role="navigation" aria-label="Views">
                <ul>{tabs}</ul>
                <p class="nav__heading" aria-hidden="true">"Views"</p>
                <ul>{views}</ul>
                <SavedViews />
            </div>
            <div class="nav__foot">
                <MyStatus />
                <Account />
            </div>
        </nav>
    }
}

#[component]
fn ViewLink(view: View) -> impl IntoView {
    let desk = use_desk();
    let count = move || desk.counts.with(|counts| counts.get(&view).copied().unwrap_or_default());
    let shown = move || has_count(view).then(|| count().n).filter(|n| *n > 0);
    // A mark where everything is unread sooner or later would say nothing.
    let unread = move || has_count(view) && count().unread > 0;
    let name = move || match has_count(view) {
        true => format!("{}, {}{}", view.title(), count().n, if unread() { ", unread" } else { "" }),
        false => view.title().to_string(),
    };
    let address = use_address();
    let at_settings = move || address.place().is_some_and(|place| place.settings.is_some());
    let current = move || {
        let listed = desk.list.with(|list| list.filter.view);
        // The filters of All stand on its page.
        if at_settings() || desk.list.with(|list| list.searched.is_some()) {
            return None;
        }
        let is_filter =
            matches!(listed, View::Unresolved | View::Resolved | View::PendingHumanReply | View::HasLead);
        (listed == view || (is_filter && view == View::All)).then_some("page")
    };
    view! {
        <li>
            <a
                class="nav__link" href=Place { view: Some(view), number: None, settings: None }.path()
                aria-label=name aria-current=current title=view.title()
            >
                <Icon name=icon(view) />
                <span class="nav__text">{view.title()}</span>
                {part(move || unread().then(|| view! { <span class="dot nav__unread"></span> }))}
                <span class="nav__count">{shown}</span>
            </a>
        </li>
    }
}

#[component]
fn MyStatus() -> impl IntoView {
    let desk = use_desk();
    let mine = move || {
        let me = desk.viewer.with(|viewer| viewer.agent);
        desk.office
            .with(|office| office.agents.get(&me).map_or(Availability::Offline, |agent| agent.availability))
    };
    let choose = move |availability: Availability| {
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        let before = untrack(mine);
        let show = move |availability| {
            desk.office.update(|office| {
                office.agents.entry(me).and_modify(|agent| agent.availability = availability);
            });
        };
        show(availability);
        spawn_local(async move {
            if let Err(error) = crate::api::set_availability(availability).await {
                show(before);
                desk.toasts.alert(error.sentence());
            }
        });
    };
    let label = Signal::derive(move || format!("Status: {}", mine().name()));
    view! {
        <Menu
            id="my-status" label=label class="nav__link"
            face=ViewFn::from(move || view! {
                <span class="presence" data-availability=says(move || mine().key())></span>
                <span class="nav__text">{part(move || mine().name())}</span>
            })
        >
            {Availability::ALL.iter().map(|availability| {
                let availability = *availability;
                view! {
                    <button
                        type="button" role="menuitemradio" class="menu__item"
                        aria-checked=says(move || (mine() == availability).to_string())
                        on:click=heard(move |_| choose(availability))
                    >
                        <span class="presence" data-availability=availability.key()></span>
                        {availability.name()}
                    </button>
                }
            }).collect_view()}
        </Menu>
    }
}

#[component]
fn Account() -> impl IntoView {
    let desk = use_desk();
    let name = move || {
        let me = desk.viewer.with(|viewer| viewer.agent);
        desk.office.with(|office| office.name_of(me).to_string())
    };
    let photo = move || {
        let me = desk.viewer.with(|viewer| viewer.agent);
        desk.office.with(|office| office.photo_of(me))
    };
    let theme = RwSignal::new(dom::theme());
    let label = Signal::derive(move || format!("Account: {}", name()));
    view! {
        <Menu
            id="my-account" label=label class="nav__link nav__account"
            face=ViewFn::from(move || view! {
                {part(move || view! { <Avatar name=name() photo=photo() /> })}
                <span class="nav__text">{name}</span>
            })
        >
            {SettingsPage::ALL.map(|page| desk.viewer.with(|viewer| page.open_to(viewer)).then(|| view! {
                <a role="menuitem" class="menu__item" href=page.place().path()><Icon name=page.icon() />{page.title()}</a>
            }))}
            <button
                type="button" role="menuitemcheckbox" class="menu__item"
                aria-checked=says(move || desk.notices.sounds.get().to_string())
                on:click=heard(move |_| desk.notices.switch_sounds())
            >
                <Icon name=if desk.notices.sounds.get() { "bell" } else { "bell-off" } />"Sound"
            </button>
            {Theme::ALL.map(|choice| view! {
                <button
                    type="button" role="menuitemradio" class="menu__item"
                    aria-checked=says(move || (theme.get() == choice.key()).to_string())
                    on:click=heard(move |_| { dom::set_theme(choice.key()); theme.set(choice.key().into()); })
                >
                    <Icon name=match choice { Theme::System => "monitor", Theme::Light => "sun", Theme::Dark => "moon" } />
                    {choice.name()}
                </button>
            })}
            <form method="post" action="/logout" class="menu__form">
                <button type="submit" role="menuitem" class="menu__item" on:click=heard(|event: ev::MouseEvent| event.stop_propagation())>
                    <Icon name="log-out" />"Sign out"
                </button>
            </form>
        </Menu>
    }
}

/// The filters of the All tab.
#[component]
pub fn ShowFilters() -> impl IntoView {
    let desk = use_desk();
    let screen = crate::commands::use_screen();
    const SHOW: [(View, &str); 6] = [
        (View::All, "All"),
        (View::Mine, "Your inbox"),
        (View::Unresolved, "Unresolved"),
        (View::Resolved, "Resolved"),
        (View::PendingHumanReply, "Pending human reply"),
        (View::HasLead, "Has lead"),
    ];
    let listed = move || desk.list.with(|list| list.filter.view);
    let shown = move || {
        desk.viewer.with(|viewer| View::All.open_to(viewer)) && SHOW.iter().any(|(view, _)| *view == listed())
    };
    view! {
        <When holds=shown>
            <div class="show" role="radiogroup" aria-label="Show">
                {SHOW.map(|(view, name)| view! {
                    <label class="show__option">
                        <input
                            type="radio" name="show" class="visually-hidden"
                            prop:checked=move || listed() == view
                            // What narrows one narrows the other.
                            on:change=heard(move |_| {
                                let filter = desk.list.with_untracked(|list| list.filter.clone());
                                screen.go.filter(desk, domain::filter::Filter { view, ..filter });
                            })
                        />
                        <span>{name}</span>
                    </label>
                })}
            </div>
        </When>
    }
}
