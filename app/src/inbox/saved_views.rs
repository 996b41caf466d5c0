//! Saved views: links with their counts, and the form that saves the list on the screen as one.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::filter::Filter;
use domain::id::SavedViewId;
use domain::settings::saved_view::{SavedView, Shared};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::address::use_address;
use crate::desk::{Desk, use_desk};
use crate::shell::Place;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::{api, dom};

/// How long counting waits for more to happen.
const RECOUNT: Duration = Duration::from_secs(2);

/// The links, by name.
#[component]
pub fn SavedViews() -> impl IntoView {
    let desk = use_desk();
    let saved = Memo::new(move |_| {
        let mut saved: Vec<SavedView> = desk.office.with(|office| office.saved.values().cloned().collect());
        saved.sort_by_key(|saved| saved.name.to_lowercase());
        saved
    });
    let counts = follow_counts(desk, saved);
    view! {
        <When holds=move || !saved.with(Vec::is_empty)>
            <div role="navigation" aria-label="Saved views">
                <p class="nav__heading" aria-hidden="true">"Saved views"</p>
                <ul>
                    {part(move || saved.get().into_iter().map(|saved| view! { <SavedLink saved counts /> }).collect_view())}
                </ul>
            </div>
        </When>
    }
}

#[component]
fn SavedLink(saved: SavedView, counts: RwSignal<BTreeMap<SavedViewId, i64>>) -> impl IntoView {
    let desk = use_desk();
    let SavedView { id, name, filter, .. } = saved;
    let count = move || counts.with(|counts| counts.get(&id).copied());
    let shown = move || count().map(|n| if n >= 1_000 { "999+".to_string() } else { n.to_string() });
    let label = {
        let name = name.clone();
        move || [Some(name.clone()), shown()].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let link =
        super::with_query(Place { view: Some(filter.view), number: None, settings: None }, &filter, "");
    let address = use_address();
    let current = move || {
        let at_settings = address.place().is_some_and(|place| place.settings.is_some());
        let is_listed = desk.list.with(|list| list.searched.is_none() && list.filter == filter);
        (is_listed && !at_settings).then_some("page")
    };
    view! {
        <li>
            <a class="nav__link" href=link aria-label=says(label) aria-current=says(current) title=name.clone()>
                <Icon name="filter" />
                <span class="nav__text"><bdi>{name.clone()}</bdi></span>
                <span class="nav__count">{part(shown)}</span>
            </a>
        </li>
    }
}

/// The counts, asked for again when something happened and somebody looks: no more than every two seconds, however much
/// it was.
fn follow_counts(desk: Desk, saved: Memo<Vec<SavedView>>) -> RwSignal<BTreeMap<SavedViewId, i64>> {
    let counts = RwSignal::new(BTreeMap::new());
    let (waits, was_asked) = (StoredValue::new(false), StoredValue::new(false));
    Effect::new(move || {
        desk.counts.track();
        desk.now.track();
        if saved.with(Vec::is_empty) || !desk.visible.get() || waits.get_value() {
            return;
        }
        waits.set_value(true);
        let is_first = counts.with_untracked(BTreeMap::is_empty) && !was_asked.get_value();
        was_asked.set_value(true);
        let count = move || {
            waits.try_set_value(false);
            spawn_local(async move {
                if let Ok(counted) = api::count_views().await {
                    counts.try_set(counted);
                }
            });
        };
        set_timeout(count, if is_first { Duration::ZERO } else { RECOUNT });
    });
    counts
}

/// What saves the list on the screen, or takes away the saved view that it is.
#[component]
pub fn SaveView() -> impl IntoView {
    let desk = use_desk();
    let open = RwSignal::new(false);
    let filter = move || desk.list.with(|list| list.filter.clone());
    let saved = Memo::new(move |_| {
        let filter = filter();
        // Of two that ask the same the one that can be taken away.
        desk.office.with(|office| {
            let same = || office.saved.values().filter(|saved| saved.filter == filter);
            let removable =
                desk.viewer.with(|viewer| same().find(|saved| saved.may_be_removed_by(viewer)).cloned());
            removable.or_else(|| same().next().cloned())
        })
    });
    let removable = Memo::new(move |_| {
        let saved = saved.get()?;
        desk.viewer.with(|viewer| saved.may_be_removed_by(viewer)).then_some(saved.id)
    });
    let remove = move |_| {
        let Some(id) = removable.get_untracked() else { return };
        spawn_local(async move {
            match api::remove_view(id).await {
                Ok(()) => desk.toasts.say("The saved view is deleted. The conversations stay as they are."),
                Err(error) => desk.toasts.alert(error.sentence()),
            }
        });
    };
    view! {
        <When holds=move || saved.with(Option::is_none)>
            <button type="button" class="link" on:click=heard(move |_| open.set(true))>"Save view"</button>
        </When>
        <When holds=move || removable.with(Option::is_some)>
            <button type="button" class="link" on:click=heard(remove)>"Delete saved view"</button>
        </When>
        <Dialog open label="Save view" class="form"><Form open filter=filter() /></Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>, filter: Filter) -> impl IntoView {
    let desk = use_desk();
    let (name, shared) = (RwSignal::new(String::new()), RwSignal::new(Shared::Mine));
    let (problem, is_busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let viewer = desk.viewer.get_untracked();
    let offers = desk.office.with_untracked(|office| Shared::offers(office, &viewer));
    let by = viewer.agent;
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let id = SavedViewId::new(dom::message_id().bits());
        let (name, shared) = (name.get_untracked(), shared.get_untracked());
        let saved = SavedView { id, name, by, shared, filter: filter.clone() };
        let viewer = desk.viewer.get_untracked();
        let checked = desk.office.with_untracked(|office| saved.checked(office, &viewer));
        let saved = match checked {
            Ok(saved) => saved,
            Err(refusal) => return problem.set(Some(refusal.sentence())),
        };
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        spawn_local(async move {
            let answer = api::save_view(saved).await;
            is_busy.try_set(false);
            match answer {
                Ok(()) => {
                    desk.toasts.say("The view is saved.");
                    open.try_set(false);
                }
                Err(error) => drop(problem.try_set(Some(error.sentence()))),
            }
        });
    };
    view! {
        <h2>"Save view"</h2>
        <form class="dialog__form" on:submit=heard(save)>
            <label class="field">
                <span class="field__label">"Name"</span>
                <input
                    class="input" autofocus maxlength="120" autocomplete="off"
                    on:input=heard(move |event: ev::Event| { name.set(event_target_value(&event)); problem.set(None) })
                />
            </label>
            <fieldset class="field">
                <legend class="field__label">"Who has it"</legend>
                {offers.into_iter().map(|(choice, name)| view! {
                    <label class="check">
                        <input
                            type="radio" name="shared" prop:checked=move || shared.get() == choice
                            on:change=heard(move |_: ev::Event| shared.set(choice))
                        />
                        {name}
                    </label>
                }).collect_view()}
            </fieldset>
            {part(move || problem.get().map(|problem| view! { <p class="field__problem" role="alert">{problem}</p> }))}
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Cancel"</button>
                <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>"Save"</button>
            </div>
        </form>
    }
}
