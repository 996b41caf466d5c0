//! The page **Audit log**: who set what, and what became of conversations, with a way to take it along.

use domain::audit::{Asked, Change, Deed, Movement, Record, Subject};
use domain::id::AgentId;
use domain::live::Entry;
use domain::time::Timestamp;
use domain::viewer::By;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Head, failed};
use crate::conversation::event;
use crate::desk::{Desk, use_desk};
use crate::ui::dynamic::{When, heard, says};
use crate::ui::time::{self, Time};
use crate::{api, dom};

/// A line of the list.
#[derive(Clone, PartialEq)]
enum Line {
    Deed(Record),
    Movement(Movement),
}

impl Line {
    fn place(&self) -> i64 {
        match self {
            Line::Deed(record) => record.n,
            Line::Movement(movement) => movement.seq,
        }
    }
}

/// What the page shows, and of what.
#[derive(Clone, Copy)]
struct Shown {
    desk: Desk,
    /// Whether it is what became of conversations.
    moves: RwSignal<bool>,
    asked: RwSignal<Asked>,
    lines: RwSignal<Vec<Line>>,
    /// Whether there is more; nothing while it is asked.
    more: RwSignal<Option<bool>>,
    /// Which question the answers are to: one that comes late is to another.
    question: StoredValue<u32>,
}

impl Shown {
    /// Asks anew.
    fn again(self) {
        self.asked.update(|asked| asked.before = None);
        self.lines.set(vec![]);
        self.ask();
    }

    /// Asks for what comes after what is shown.
    fn ask(self) {
        self.question.update_value(|n| *n += 1);
        let (question, asked, moves) =
            (self.question.get_value(), self.asked.get_untracked(), self.moves.get_untracked());
        self.more.set(None);
        spawn_local(async move {
            let answer = match moves {
                false => api::records(asked).await.map(|records| {
                    let before =
                        (records.len() == domain::audit::RECORDS).then(|| records.last().map(|last| last.n));
                    (records.into_iter().map(Line::Deed).collect::<Vec<_>>(), before.flatten())
                }),
                true => api::movements(asked).await.map(|movements| {
                    (movements.found.into_iter().map(Line::Movement).collect::<Vec<_>>(), movements.before)
                }),
            };
            if self.question.try_get_value() != Some(question) {
                return;
            }
            match answer {
                Ok((lines, before)) => {
                    self.lines.try_update(|shown| shown.extend(lines));
                    self.asked.try_update(|asked| asked.before = before);
                    self.more.try_set(Some(before.is_some()));
                }
                Err(error) => {
                    self.more.try_set(Some(true));
                    failed(self.desk, error);
                }
            }
        });
    }

    /// Where the same is downloaded.
    fn path(self, format: &str) -> String {
        let asked = self.asked.get();
        let mut path = format!(
            "/settings/audit-log/{}.{format}?",
            if self.moves.get() { "conversations" } else { "settings" }
        );
        let values = [
            ("by", asked.by.map(|by| by.to_string())),
            ("subject", asked.subject.map(|subject| subject.key().to_owned())),
            ("since", asked.since.map(|since| since.0.to_string())),
            ("until", asked.until.map(|until| until.0.to_string())),
        ];
        for (name, value) in values {
            if let Some(value) = value {
                path.push_str(&format!("{name}={value}&"));
            }
        }
        path.pop();
        path
    }
}

/// What was set, or what became of conversations, the newest first.
#[component]
pub fn AuditLog() -> impl IntoView {
    let desk = use_desk();
    let shown = Shown {
        desk,
        moves: RwSignal::new(false),
        asked: RwSignal::new(Asked::default()),
        lines: RwSignal::new(vec![]),
        more: RwSignal::new(None),
        question: StoredValue::new(0),
    };
    shown.ask();
    let show = move |moves: bool| {
        shown.moves.set(moves);
        shown.again();
    };
    let radio = move |moves: bool, label: &'static str| {
        view! {
            <label class="check">
                <input type="radio" name="audit" prop:checked=move || shown.moves.get() == moves on:change=heard(move |_: ev::Event| show(moves)) />
                {label}
            </label>
        }
    };
    let choose = move |change: fn(&mut Asked, String)| {
        heard(move |event: ev::Event| {
            let value = event_target_value(&event);
            shown.asked.update(|asked| change(asked, value));
            shown.again();
        })
    };
    let people = desk.office.with_untracked(|office| {
        let mut people: Vec<(String, AgentId)> =
            office.agents.values().map(|agent| (agent.display_name.clone(), agent.id)).collect();
        people.sort_by_key(|(name, _)| name.to_lowercase());
        people
    });
    view! {
        <main class="settings" aria-label="Audit log">
            <Head title="Audit log" />
            <p>"Who set what, and what became of conversations. Each record is sealed to the one before it: "<code>"switchboard verify"</code>" finds what was changed or taken away."</p>
            <div class="audit__asked card">
                <fieldset class="audit__show" role="radiogroup" aria-label="Show">
                    {radio(false, "Settings")}
                    {radio(true, "Conversations")}
                </fieldset>
                <label class="field">
                    <span class="field__label">"By"</span>
                    <select class="input" on:change=choose(|asked, value| asked.by = value.parse().ok())>
                        <option value="">"Anyone"</option>
                        {people.into_iter().map(|(name, id)| view! { <option value=id.to_string()>{name}</option> }).collect_view()}
                    </select>
                </label>
                <When holds=move || !shown.moves.get()>
                    <label class="field">
                        <span class="field__label">"About"</span>
                        <select class="input" on:change=choose(|asked, value| asked.subject = Subject::of_key(&value))>
                            <option value="">"Anything"</option>
                            {Subject::ALL.iter().map(|subject| view! { <option value=subject.key()>{subject.title()}</option> }).collect_view()}
                        </select>
                    </label>
                </When>
                <label class="field">
                    <span class="field__label">"From"</span>
                    <input class="input" type="date" on:change=choose(|asked, value| asked.since = day(&value, "T00:00")) />
                </label>
                <label class="field">
                    <span class="field__label">"Until"</span>
                    <input class="input" type="date" on:change=choose(|asked, value| asked.until = day(&value, "T24:00")) />
                </label>
                <p class="audit__take">
                    <a class="button" href=says(move || shown.path("csv")) download rel="external">"Export as CSV"</a>
                    <a class="button" href=says(move || shown.path("json")) download rel="external">"Export as JSON"</a>
                </p>
            </div>
            <ol class="templates audit" aria-label="Audit log" aria-busy=says(move || shown.more.get().is_none().to_string())>
                <For each=move || shown.lines.get() key=|line| (matches!(line, Line::Deed(_)), line.place()) let(line)>
                    <OneLine line />
                </For>
            </ol>
            <When holds=move || shown.more.get() == Some(false) && shown.lines.with(Vec::is_empty)>
                <p>"There is nothing here yet, or nothing that fits."</p>
            </When>
            // It stays while it asks, and the keyboard on it.
            <When holds=move || shown.more.get() != Some(false)>
                <button
                    type="button" class="button" aria-disabled=says(move || shown.more.get().is_none().then_some("true"))
                    on:click=heard(move |_| if shown.more.get_untracked() == Some(true) { shown.ask() })
                >"Show earlier"</button>
            </When>
        </main>
    }
}

/// The moment at which a day begins or ends here.
fn day(date: &str, time: &str) -> Option<Timestamp> {
    dom::moment(&format!("{date}{time}"))
}

#[component]
fn OneLine(line: Line) -> impl IntoView {
    let desk = use_desk();
    let (at, said) = match line {
        Line::Deed(Record { at, by, deed, n: _ }) => (at, deed_said(desk, by, deed).into_any()),
        Line::Movement(movement) => (movement.at, movement_said(desk, movement).into_any()),
    };
    view! {
        <li class="card audit__one">
            <small><Time at text=time::full(at) /></small>
            {said}
        </li>
    }
}

fn deed_said(desk: Desk, by: By, deed: Option<Deed>) -> impl IntoView {
    let by = match by {
        By::Agent(agent) => desk.office.with_untracked(|office| office.name_of(agent).to_owned()),
        By::Visitor(_) | By::Ai | By::Rule | By::System => "Switchboard".into(),
    };
    let Some(deed) = deed else {
        return view! { <p><bdi>{by}</bdi>" did something that this page does not know yet: reload it."</p> }
            .into_any();
    };
    let changes = deed
        .changes
        .iter()
        .map(Change::sentence)
        .map(|said| view! { <li><bdi>{said}</bdi></li> })
        .collect_view();
    view! {
        <p><b><bdi>{by}</bdi></b>" "<bdi>{deed.sentence()}</bdi></p>
        <ul class="rights__effects">{changes}</ul>
    }
    .into_any()
}

fn movement_said(desk: Desk, movement: Movement) -> impl IntoView {
    let Movement { seq, at, by, number, client, event } = movement;
    let me = desk.viewer.with_untracked(|viewer| viewer.agent);
    let entry = Entry { seq, at, by, event, message: None, delivery: None };
    let line = desk.office.with_untracked(|office| event::line(&entry, office, me, &client));
    let said = line.map(|(said, _)| said).unwrap_or_default();
    view! {
        <p><bdi>{said}</bdi></p>
        <small><a href=format!("/c/{number}")>{format!("Conversation {number}")}</a>" with "<bdi>{client}</bdi></small>
    }
}
