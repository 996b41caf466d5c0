//! The list: windowed, so that it costs the same whatever it holds.

use std::collections::BTreeMap;

use domain::conversation::Conversation;
use domain::filter::Filter;
use domain::id::ConversationId;
use domain::view::View;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::filter_bar::{FilterBar, FilterBarOpen, FilterButton};
use super::row::ConversationRow;
use super::search::{SearchBox, SearchTips};
use super::views::ShowFilters;
use crate::desk::{Loading, use_desk};
use crate::dom;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;

/// Height of a row in rem; `--row-height` in style/tokens.css says the same.
const ROW_REM: f64 = 5.375;

/// Rows that are built beyond each edge of what is seen.
const MARGIN: usize = 6;

/// So many of them come with another list; the others follow once that is painted.
const FIRST_MARGIN: usize = 1;

/// The list column.
#[component]
pub fn Conversations() -> impl IntoView {
    let desk = use_desk();
    let title = move || {
        desk.list.with(|list| if list.searched.is_some() { "Search" } else { list.filter.view.title() })
    };
    let is_searched = move || desk.list.with(|list| list.searched.is_some());
    let n = move || {
        desk.list.with(|list| match (&list.state, list.bounded) {
            (Loading::Failed(_), _) => None,
            (Loading::Loading, _) if list.ids.is_empty() => None,
            (_, true) => Some(format!("{}+", list.total)),
            (_, false) => Some(list.total.to_string()),
        })
    };
    let open = FilterBarOpen::kept();
    view! {
        <section class="list" aria-label="Conversations">
            <header class="list__head">
                <h1 id="list-title" tabindex="-1">{title}</h1>
                {part(move || n().map(|n| view! { <span class="chip list__count">{n}</span> }))}
                <When holds=move || !is_searched()><FilterButton open /></When>
            </header>
            <SearchBox />
            <When holds=move || !is_searched()>
                <ShowFilters />
                <FilterBar open />
            </When>
            <Rows />
        </section>
    }
}

#[component]
fn Rows() -> impl IntoView {
    let desk = use_desk();
    let viewport = NodeRef::<html::Div>::new();
    // People make letters larger; rows grow with them.
    let row_px = ROW_REM * dom::rem();
    let top = RwSignal::new(0.0);
    let height = RwSignal::new(900.0);
    let measure = move || {
        if let Some(viewport) = viewport.get_untracked() {
            top.set(f64::from(viewport.scroll_top()));
            height.set(f64::from(viewport.client_height()));
        }
    };
    Effect::new(move || {
        viewport.track();
        measure();
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());

    keep_in_sight(viewport, row_px);
    let hold = hand(desk);

    // Another list begins at its top.
    Effect::new(move |before: Option<(Filter, Option<String>)>| {
        let filter = desk.list.with(|list| (list.filter.clone(), list.searched.clone()));
        if before.is_some_and(|before| before != filter)
            && let Some(viewport) = viewport.get_untracked()
        {
            viewport.set_scroll_top(0);
            measure();
        }
        filter
    });

    let ids = Memo::new(move |_| desk.list.with(|list| list.ids.clone()));
    let positions = Memo::new(move |_| {
        ids.with(|ids| ids.iter().copied().zip(0_usize..).collect::<BTreeMap<ConversationId, usize>>())
    });
    let focused = RwSignal::new(None::<ConversationId>);
    let margin = margin(desk, ids);
    let window = Memo::new(move |_| {
        let margin = margin.get();
        let first = ((top.get() / row_px) as usize).saturating_sub(margin);
        let n = (height.get() / row_px) as usize + 2 * margin + 1;
        ids.with(|ids| {
            let last = (first + n).min(ids.len());
            let mut built: Vec<ConversationId> = ids.get(first.min(last)..last).unwrap_or_default().to_vec();
            // The row that has the keyboard stays, wherever one scrolls: the keyboard would be lost with it.
            built.extend(focused.get().filter(|id| ids.contains(id) && !built.contains(id)));
            built
        })
    });
    Effect::new(move || {
        let seen = ((top.get() + height.get()) / row_px) as usize;
        if seen + 2 * MARGIN > ids.with(Vec::len) {
            untrack(|| desk.more());
        }
    });
    follow_opened(viewport, positions, row_px);

    let total = move || desk.list.with(|list| if list.bounded { -1 } else { list.total }).to_string();
    let is_busy = move || desk.list.with(|list| list.state == Loading::Loading);
    let is_empty = move || desk.list.with(|list| list.ids.is_empty() && list.state == Loading::Ready);
    let searched = Memo::new(move |_| desk.list.with(|list| list.searched.is_some()));
    // It was looked far back, and there is more.
    let goes_on = Memo::new(move |_| desk.list.with(|list| list.bounded && list.ids.len() < MARGIN));
    let is_ready = move || desk.list.with(|list| list.state == Loading::Ready);
    let failure = move || {
        desk.list.with(|list| match &list.state {
            Loading::Failed(error) => Some(error.sentence()),
            Loading::Loading | Loading::Ready => None,
        })
    };
    let show_new = move |_| {
        desk.let_go();
        if let Some(viewport) = viewport.get_untracked() {
            viewport.set_scroll_top(0);
        }
        dom::focus("list-title");
    };
    let waiting = move || desk.list.with(|list| list.waiting);
    let waits = move || desk.list.with(|list| list.ids.is_empty() && list.state == Loading::Loading);
    view! {
        <div
            class="list__hold"
            on:pointermove=heard(move |event: ev::PointerEvent| if event.pointer_type() == "mouse" { hold() })
            on:pointerleave=heard(move |_| desk.let_go())
        >
        <When holds=move || { waiting() > 0 }>
            <button type="button" class="button list__new" on:click=heard(show_new)>
                <Icon name="arrow-up" />{part(move || format!("Show {} new", waiting()))}
            </button>
        </When>
        <div class="list__viewport" node_ref=viewport on:scroll=heard(move |_| measure())>
            {part(move || failure().map(|sentence| view! {
                <div class="card card--failed" role="alert">
                    <h2>"Could not load conversations"</h2>
                    <p>{sentence}</p>
                    <button type="button" class="button" on:click=heard(move |_| desk.refresh())>"Retry"</button>
                </div>
            }))}
            <When holds=move || is_empty() && !searched.get()><Nothing /></When>
            <When holds=move || is_empty() && searched.get() && !goes_on.get()><SearchTips /></When>
            <When holds=move || searched.get() && goes_on.get() && is_ready()>
                <button type="button" class="button list__further" on:click=heard(move |_| desk.find_more())>"Search further back"</button>
            </When>
            <When holds=waits>
                <ul class="skeleton skeleton--late" aria-hidden="true">
                    {(0..8).map(|_| view! { <li class="skeleton__row"><span></span><span></span><span></span></li> }).collect_view()}
                </ul>
            </When>
            <ul
                class="list__rows" aria-label="Conversations" aria-busy=says(move || is_busy().to_string())
                style:height=move || format!("{}px", ids.with(Vec::len) as f64 * row_px)
                on:focusout=heard(move |_| focused.set(None))
            >
                <For each=move || window.get() key=|id| *id let(id)>
                    <li
                        class="list__item" data-testid=number_of(id).map(|number| format!("conv-{number}"))
                        aria-posinset=says(move || positions.with(|positions| positions.get(&id).map(|at| at + 1)))
                        aria-setsize=total
                        style:transform=move || {
                            let at = positions.with(|positions| positions.get(&id).copied().unwrap_or(0));
                            format!("translateY({}px)", at as f64 * row_px)
                        }
                        on:focusin=heard(move |_| focused.set(Some(id)))
                    >
                        <ConversationRow id />
                    </li>
                </For>
            </ul>
        </div>
        </div>
    }
}

/// How many rows are built beyond each edge: another list is painted as soon as what is seen of it is there.
fn margin(desk: crate::desk::Desk, ids: Memo<Vec<ConversationId>>) -> Memo<usize> {
    let listed = Memo::new(move |_| desk.list.with(|list| (list.filter.clone(), list.searched.clone())));
    let is_here = Memo::new(move |_| desk.list.with(|list| list.state == Loading::Ready));
    let painted = RwSignal::new(None);
    Effect::new(move || {
        let listed = listed.get();
        if is_here.get() && !ids.with(Vec::is_empty) {
            dom::after_paint(move || {
                painted.try_set(Some(listed));
            });
        }
    });
    Memo::new(move |_| {
        let is_painted = listed.with(|listed| painted.with(|painted| painted.as_ref() == Some(listed)));
        if is_painted { MARGIN } else { FIRST_MARGIN }
    })
}

fn number_of(id: ConversationId) -> Option<i64> {
    let number = |conversation: &Conversation| conversation.number;
    use_desk().row(id).map(|row| row.with_untracked(|row| number(&row.scene.conversation)))
}

/// How long a hand that rests on the list holds it. A mouse that was left there must not stop the inbox for ever.
const HELD_MS: u32 = 3_000;

/// Holds the list while a hand moves over it.
fn hand(desk: crate::desk::Desk) -> impl Fn() + Copy {
    let rests = StoredValue::new_local(None::<gloo_timers::callback::Timeout>);
    on_cleanup(move || desk.let_go());
    move || {
        desk.hold();
        rests.set_value(Some(gloo_timers::callback::Timeout::new(HELD_MS, move || desk.let_go())));
    }
}

/// What somebody reads further down stays where it is while rows come and go above it.
fn keep_in_sight(viewport: NodeRef<html::Div>, row_px: f64) {
    let desk = use_desk();
    Effect::new(move |before: Option<(Filter, Vec<ConversationId>)>| {
        let (filter, ids) = desk.list.with(|list| (list.filter.clone(), list.ids.clone()));
        if let (Some((of, before)), Some(viewport)) = (before, viewport.get_untracked()) {
            let top = f64::from(viewport.scroll_top());
            let first = (top / row_px).ceil() as usize;
            let first = before.get(first).filter(|_| of == filter && top > 0.0);
            let moved = first.and_then(|id| {
                let was = before.iter().position(|other| other == id)? as f64;
                Some(ids.iter().position(|other| other == id)? as f64 - was)
            });
            if let Some(moved) = moved.filter(|moved| *moved != 0.0) {
                viewport.set_scroll_top((top + moved * row_px) as i32);
            }
        }
        (filter, ids)
    });
}

/// Keeps the row of the open conversation in sight when one steps through the list.
fn follow_opened(
    viewport: NodeRef<html::Div>,
    positions: Memo<BTreeMap<ConversationId, usize>>,
    row_px: f64,
) {
    let desk = use_desk();
    Effect::new(move || {
        let Some(number) = desk.opened.with(crate::desk::thread::Open::number) else { return };
        let id = desk.list.with_untracked(|list| {
            let is_it = |id: &&ConversationId| {
                desk.row(**id)
                    .is_some_and(|row| row.with_untracked(|row| row.scene.conversation.number == number))
            };
            list.ids.iter().find(is_it).copied()
        });
        let at = id.and_then(|id| positions.with_untracked(|positions| positions.get(&id).copied()));
        let (Some(at), Some(viewport)) = (at, viewport.get_untracked()) else { return };
        let (row_top, seen) = (at as f64 * row_px, f64::from(viewport.client_height()));
        let top = f64::from(viewport.scroll_top());
        if row_top < top {
            viewport.set_scroll_top(row_top as i32);
        } else if row_top + row_px > top + seen {
            viewport.set_scroll_top((row_top + row_px - seen) as i32);
        }
    });
}

/// An empty list says why that is good, or what to do.
#[component]
fn Nothing() -> impl IntoView {
    let desk = use_desk();
    let screen = crate::commands::use_screen();
    let narrowed = desk.list.with_untracked(|list| (!list.filter.is_bare()).then_some(list.filter.view));
    let (heading, line, go) = match desk.list.with_untracked(|list| list.filter.clone()) {
        filter if !filter.is_bare() => ("No conversations match", "Nothing here fits the filters.", None),
        filter => match filter.view {
            View::Unassigned => {
                ("You're all caught up", "Nobody waits to be picked up.", Some((View::MyInbox, "My inbox")))
            }
            View::MyInbox | View::Mine => (
                "You're all caught up",
                "What you take from Unassigned stands here.",
                Some((View::Unassigned, "View Unassigned")),
            ),
            View::Closed => ("Nothing closed yet", "What you resolve or close stands here.", None),
            View::Mentions => ("No mentions", "A whisper that calls you by name stands here.", None),
            View::TransfersToMe => {
                ("No transfers", "When a colleague asks you to take over, it stands here.", None)
            }
            View::Overdue => ("Nothing is overdue", "Every deadline is in the future.", None),
            View::Blacklist => ("The black list is empty", "Nobody is blocked.", None),
            View::Archived => ("Nothing archived", "What is put away stands here.", None),
            View::All
            | View::Assigned
            | View::AiHandling
            | View::Participating
            | View::Unresolved
            | View::Resolved
            | View::PendingHumanReply
            | View::HasLead => ("Nothing here", "No conversation is in this view.", None),
        },
    };
    view! {
        <div class="empty">
            <Icon name="inbox" />
            <h2>{heading}</h2>
            <p>{line}</p>
            {go.map(|(view, name)| view! {
                <button type="button" class="button" on:click=heard(move |_| { screen.go.view(view); dom::focus_soon("list-title") })>{name}</button>
            })}
            {narrowed.map(|view| view! {
                <button
                    type="button" class="button"
                    on:click=heard(move |_| { screen.go.filter(desk, Filter::of(view)); dom::focus_soon("list-title") })
                >"Clear filters"</button>
            })}
        </div>
    }
}
