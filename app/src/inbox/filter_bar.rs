//! What narrows the list: a menu for each thing that can be asked, and the whole as a sentence.

use domain::filter::{Asked, Field, Filter};
use domain::time::Duration;
use leptos::ev;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::saved_views::SaveView;
use crate::commands::use_screen;
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, leaves};
use crate::ui::time;

/// Under which this browser keeps that the bar is open.
const OPEN: &str = "filters";

/// Whether the bar is open: it is, where something is asked, too.
#[derive(Clone, Copy)]
pub struct FilterBarOpen(RwSignal<bool>);

impl FilterBarOpen {
    /// As it was left in this browser.
    pub fn kept() -> Self {
        Self(RwSignal::new(dom::kept(OPEN).as_deref() == Some("open")))
    }
}

fn filter(desk: Desk) -> Filter {
    desk.list.with(|list| list.filter.clone())
}

/// The button that opens the bar.
#[component]
pub fn FilterButton(open: FilterBarOpen) -> impl IntoView {
    let toggle = move |_| {
        open.0.update(|open| *open = !*open);
        dom::keep(OPEN, if open.0.get_untracked() { "open" } else { "" });
    };
    view! {
        <button
            type="button" class="button button--quiet button--icon list__filter" aria-label="Filters" aria-controls="filters"
            aria-expanded=says(move || open.0.get().to_string()) on:click=heard(toggle)
        >
            <Icon name="filter" />
        </button>
    }
}

/// The bar.
#[component]
pub fn FilterBar(open: FilterBarOpen) -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let narrows = Memo::new(move |_| !filter(desk).is_bare());
    // Once open it stays so until it is closed by hand: a menu in it may be open.
    Effect::new(move || {
        if narrows.get() {
            open.0.set(true);
        }
    });
    let shown = move || open.0.get() || narrows.get();
    let view = Memo::new(move |_| filter(desk).view);
    let sentence = move || {
        let day = |at| time::day(at, dom::now());
        desk.office.with(|office| filter(desk).description(office, &day))
    };
    let clear = move |_| {
        screen.go.filter(desk, Filter::of(view.get_untracked()));
        dom::focus_soon("list-title");
    };
    view! {
        <When holds=shown>
            <div class="filters" role="group" aria-label="Filters" id="filters">
                {part(move || {
                    let fields = Field::ALL.iter().copied().filter(|field| field.is_in(view.get()));
                    fields.map(|field| view! { <Choose field /> }).collect_view()
                })}
                <Dates />
                <When holds=move || narrows.get()>
                    <div class="filters__said">
                        <span role="status">{sentence}</span>
                        <button type="button" class="link" on:click=heard(clear)>"Clear filters"</button>
                        <SaveView />
                    </div>
                </When>
            </div>
        </When>
    }
}

/// The id of the button of a field.
fn button_id(field: Field) -> &'static str {
    match field {
        Field::Group => "filter-group",
        Field::Operator => "filter-operator",
        Field::Status => "filter-status",
        Field::Channel => "filter-channel",
        Field::Scope => "filter-scope",
        Field::Priority => "filter-priority",
        Field::Tag => "filter-tag",
        Field::Lead => "filter-lead",
    }
}

/// A field's menu: any number of its values.
#[component]
fn Choose(field: Field) -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let offers = Memo::new(move |_| {
        let viewer = desk.viewer.get();
        desk.office.with(|office| field.offers(office, &viewer)).into_iter().map(Offer).collect::<Vec<_>>()
    });
    let chosen = Memo::new(move |_| {
        let filter = filter(desk);
        let names = offers.with(|offers| {
            let asked = offers.iter().filter(|offer| filter.asks(offer.0.0));
            asked.map(|offer| offer.0.1.clone()).collect::<Vec<_>>()
        });
        match names.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [one, rest @ ..] => Some(format!("{one} +{}", rest.len())),
        }
    });
    let value = move || chosen.get().unwrap_or_else(|| field.anything().into());
    let label = Signal::derive(move || format!("{}: {}", field.name(), value()));
    let class = "chip chip--button filters__field";
    view! {
        <Menu
            id=button_id(field) label=label class
            face=ViewFn::from(move || view! {
                <span class="filters__name">{field.name()}</span>
                <span class="filters__value" data-asked=says(move || chosen.get().map(|_| ""))>{value}</span>
                <Icon name="chevron-down" />
            })
        >
            {part(move || offers.get().into_iter().map(|Offer((asked, name))| {
                let is_asked = move || filter(desk).asks(asked);
                let toggle = move || screen.go.filter(desk, untrack(|| filter(desk)).toggled(asked));
                view! {
                    <button
                        type="button" role="menuitemcheckbox" class="menu__item" aria-checked=says(move || is_asked().to_string())
                        // Stays open: more than one may be meant.
                        on:click=heard(move |event: ev::MouseEvent| { event.stop_propagation(); toggle() })
                    >
                        <span class="menu__check">{part(move || is_asked().then(|| view! { <Icon name="check" /> }))}</span>{name}
                    </button>
                }
            }).collect_view())}
        </Menu>
    }
}

/// A value with its name, as a memo holds it.
#[derive(Clone, PartialEq)]
struct Offer((Asked, String));

/// Since when and until when: by the day of the last message.
#[component]
fn Dates() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let open = RwSignal::new(false);
    let field = |at: Option<domain::time::Timestamp>| at.map(dom::date).unwrap_or_default();
    let since = move || field(filter(desk).since);
    // The day that is named last is in it.
    let until = move || field(filter(desk).until.map(|until| until - Duration(1)));
    let value = move || match (filter(desk).since.is_some(), filter(desk).until.is_some()) {
        (false, false) => "Any".to_string(),
        (true, false) => format!("From {}", since()),
        (false, true) => format!("To {}", until()),
        (true, true) => format!("{} to {}", since(), until()),
    };
    let set_since = move |text: String| {
        let since = dom::moment(&format!("{text}T00:00"));
        screen.go.filter(desk, Filter { since, ..untrack(|| filter(desk)) });
    };
    let set_until = move |text: String| {
        let until = dom::moment(&format!("{text}T00:00")).map(dom::next_day);
        screen.go.filter(desk, Filter { until, ..untrack(|| filter(desk)) });
    };
    let close = move || {
        open.set(false);
        dom::focus_soon("filter-dates");
    };
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
        }
    };
    view! {
        <div class="menu" on:focusout=heard(move |event: ev::FocusEvent| if leaves(&event) { open.set(false) })>
            <button
                type="button" id="filter-dates" class="chip chip--button filters__field" aria-haspopup="dialog"
                aria-label=says(move || format!("Dates: {}", value())) aria-expanded=says(move || open.get().to_string())
                on:click=heard(move |_| open.update(|open| *open = !*open))
            >
                <span class="filters__name">"Dates"</span>
                <span class="filters__value" data-asked=says(move || (value() != "Any").then_some(""))>{value}</span>
                <Icon name="chevron-down" />
            </button>
            <When holds=move || open.get()>
                <div class="menu__list filters__dates" role="dialog" aria-label="Dates of the last message" tabindex="-1" on:keydown=heard(keys)>
                    <label class="field">
                        <span class="field__label">"From"</span>
                        <input class="input" type="date" prop:value=since on:change=heard(move |event: ev::Event| set_since(event_target_value(&event))) />
                    </label>
                    <label class="field">
                        <span class="field__label">"To"</span>
                        <input class="input" type="date" prop:value=until on:change=heard(move |event: ev::Event| set_until(event_target_value(&event))) />
                    </label>
                </div>
            </When>
        </div>
    }
}
