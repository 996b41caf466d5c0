//! Whom to give the conversation to.

use std::collections::BTreeMap;

use domain::conversation::Command;
use domain::id::AgentId;
use domain::message::Words;
use domain::office::Agent;
use domain::viewer::Viewer;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::draft::Kind;
use crate::commands::{Screen, use_screen};
use crate::desk::use_desk;
use crate::dom;
use crate::ui::avatar::Avatar;
use crate::ui::icon::Icon;
use crate::ui::menu::leaves;
use domain::live::Row;

/// A line of the list.
#[derive(Clone, PartialEq)]
struct Choice {
    key: String,
    name: String,
    command: Command,
    agent: Option<Agent>,
    /// The sentence of the refusal, where it cannot be chosen.
    refused: Option<String>,
}

/// The button that says who has it, and the picker behind it. Not there for those who may not assign.
#[component]
pub fn AssignPicker() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let may = move || desk.viewer.with(Viewer::may_assign);
    let assignee = Memo::new(move |_| {
        let row = desk.opened_row()?;
        let agent = row.with(|row| row.scene.conversation.assignee)?;
        Some(desk.office.with(|office| (office.name_of(agent).to_string(), office.photo_of(agent))))
    });
    let label = move || match assignee.get() {
        Some((name, _)) => format!("Assigned to {name}"),
        None => "Assign".to_string(),
    };
    let close = move || {
        screen.picking.set(false);
        dom::focus_soon("assign");
    };
    view! {
        <Show when=may>
            <div class="menu" on:focusout=move |event| if leaves(&event) { screen.picking.set(false) }>
                <button
                    type="button" id="assign" class="button" aria-haspopup="dialog" aria-label=label
                    aria-expanded=move || screen.picking.get().to_string()
                    on:click=move |_| screen.picking.update(|open| *open = !*open)
                >
                    {move || match assignee.get() {
                        Some((name, photo)) => view! { <Avatar name=name.clone() size="small" photo=photo /><span class="button__text">{name}</span> }.into_any(),
                        None => view! { <Icon name="plus" /><span class="button__text">"Assign"</span> }.into_any(),
                    }}
                </button>
                <Show when=move || screen.picking.get()>
                    <Choices close=close />
                </Show>
            </div>
        </Show>
    }
}

#[component]
fn Choices(close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let typed = RwSignal::new(String::new());
    // A draft like any other: whatever closes the picker, it is there the next time.
    let opened = move || desk.opened.with_untracked(|open| open.thread().map(|thread| thread.id));
    let note = move || opened().map(|id| desk.drafts.text(id, Kind::Assign)).unwrap_or_default();
    let at = RwSignal::new(0_usize);
    let workload = RwSignal::new(BTreeMap::<AgentId, i64>::new());
    spawn_local(async move {
        if let Ok(loads) = crate::api::workload().await {
            workload.try_set(loads);
        }
    });
    let choices = Memo::new(move |_| {
        let Some(row) = desk.opened_row() else { return vec![] };
        let all = row.with(|row| choices(screen, row));
        let typed = typed.get().to_lowercase();
        let fits = |choice: &Choice| {
            let skills = choice.agent.iter().flat_map(|agent| &agent.skills);
            let mut words = choice.name.split_whitespace().chain(skills.map(String::as_str));
            typed.is_empty() || words.any(|word| word.to_lowercase().starts_with(&typed))
        };
        all.into_iter().filter(fits).collect::<Vec<_>>()
    });
    let choose = move |choice: &Choice| {
        if let Some(sentence) = &choice.refused {
            desk.toasts.alert(sentence.clone());
            return;
        }
        let Some(id) = desk.opened_row().map(|row| row.with_untracked(|row| row.scene.conversation.id))
        else {
            return;
        };
        let text = untrack(note);
        let command = match choice.command.clone() {
            Command::Assign { to, note: _ } => {
                let words = (!text.trim().is_empty()).then(|| Words { id: dom::message_id(), text });
                Command::Assign { to, note: words }
            }
            other => other,
        };
        if desk.dispatch(id, command) {
            desk.toasts.say(match choice.agent {
                Some(_) => format!("Assigned to {}.", choice.name),
                None => "Put back to Unassigned.".to_string(),
            });
            close();
        }
    };
    let keys = move |event: KeyboardEvent| {
        let n = choices.with_untracked(Vec::len);
        let step = |by: usize| at.update(|at| *at = (*at + by) % n.max(1));
        match event.key().as_str() {
            "ArrowDown" => {
                event.prevent_default();
                step(1)
            }
            "ArrowUp" => {
                event.prevent_default();
                step(n.saturating_sub(1))
            }
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                if let Some(choice) =
                    choices.with_untracked(|choices| choices.get(at.get_untracked()).cloned())
                {
                    choose(&choice);
                }
            }
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                close()
            }
            _ => {}
        }
    };
    let active =
        move || choices.with(|choices| choices.get(at.get()).map(|choice| format!("assign-{}", choice.key)));
    dom::focus_soon("assign-search");
    view! {
        <div class="picker" role="dialog" aria-label="Assign" tabindex="-1" on:keydown=keys>
            <input
                id="assign-search" class="input" type="text" role="combobox" aria-label="Search people"
                aria-expanded="true" aria-controls="assign-list" aria-autocomplete="list" autocomplete="off"
                aria-activedescendant=active placeholder="Name or skill"
                prop:value=move || typed.get()
                on:input=move |event| { typed.set(event_target_value(&event)); at.set(0) }
            />
            <ul class="picker__list" role="listbox" id="assign-list" aria-label="People">
                <For each=move || choices.get().into_iter().enumerate() key=|(place, choice)| (*place, choice.key.clone()) let((place, choice))>
                    <li
                        role="option" class="picker__option" id=format!("assign-{}", choice.key)
                        aria-selected=move || (at.get() == place).to_string()
                        aria-disabled=choice.refused.is_some().then_some("true")
                        title=choice.refused.clone()
                        on:mousedown=|event| event.prevent_default()
                        on:mouseenter=move |_| at.set(place)
                        on:click={ let choice = choice.clone(); move |_| choose(&choice) }
                    >
                        {face(&choice, workload)}
                    </li>
                </For>
            </ul>
            <Show when=move || choices.with(Vec::is_empty)><p class="picker__none">"Nobody is called so."</p></Show>
            <label class="field picker__note">
                <span class="field__label">"Assignment note (optional)"</span>
                <textarea
                    class="input" rows="2" prop:value=note
                    on:input=move |event| if let Some(id) = opened() {
                        desk.drafts.write(id, Kind::Assign, event_target_value(&event));
                    }
                    on:keydown=|event| if event.key() == "Enter" { event.stop_propagation() }
                ></textarea>
            </label>
        </div>
    }
}

fn face(choice: &Choice, workload: RwSignal<BTreeMap<AgentId, i64>>) -> impl IntoView + use<> {
    let facts = choice.agent.clone().map(|agent| {
        let id = agent.id;
        let busy = move || workload.with(|loads| loads.get(&id).copied().unwrap_or(0));
        let skills = agent.skills.join(", ");
        view! {
            <span class="picker__facts">
                {agent.availability.name()}" · "{busy}" open"
                {(!skills.is_empty()).then(|| format!(" · {skills}"))}
            </span>
        }
    });
    let refused =
        choice.refused.clone().map(|sentence| view! { <span class="picker__facts">{sentence}</span> });
    let presence = choice
        .agent
        .as_ref()
        .map(|agent| view! { <span class="presence" data-availability=agent.availability.key()></span> });
    let is_person = choice.agent.is_some();
    view! {
        {if is_person { view! { <Avatar name=choice.agent.as_ref().map(|agent| agent.display_name.clone()).unwrap_or_default() photo=choice.agent.as_ref().and_then(|agent| agent.photo_path()) /> }.into_any() } else { view! { <span class="avatar avatar--empty"><Icon name="inbox" /></span> }.into_any() }}
        <span class="picker__name">{presence}{choice.name.clone()}</span>
        {match refused { Some(refused) => refused.into_any(), None => facts.into_any() }}
    }
}

/// Me, nobody, and everybody who could be asked for, those at their desk first.
fn choices(screen: Screen, row: &Row) -> Vec<Choice> {
    let desk = screen.desk;
    let me = desk.viewer.with(|viewer| viewer.agent);
    let conversation = &row.scene.conversation;
    let refused = |command: &Command| desk.try_on(&row.scene, command).err();
    let mut choices = vec![];
    let office = desk.office.get();
    let mine = Command::assign_to_me(conversation, me);
    choices.push(Choice {
        key: "me".into(),
        name: "Assign to Me".into(),
        refused: refused(&mine).map(|refusal| refusal.sentence()),
        agent: office.agents.get(&me).cloned(),
        command: mine,
    });
    choices.push(Choice {
        key: "nobody".into(),
        name: "Unassigned".into(),
        refused: refused(&Command::Unassign).map(|refusal| refusal.sentence()),
        agent: None,
        command: Command::Unassign,
    });
    let mut people: Vec<&Agent> =
        office.agents.values().filter(|agent| agent.enabled && agent.id != me).collect();
    people.sort_by_key(|agent| (agent.availability as u8, agent.display_name.clone()));
    for agent in people {
        let command = Command::Assign { to: agent.id, note: None };
        let refusal = refused(&command);
        // Who is in no group of the viewer's is not offered at all; who has it already is, and says so.
        if matches!(&refusal, Some(domain::refusal::Refusal::NotAssignable { .. })) {
            continue;
        }
        choices.push(Choice {
            key: agent.id.to_string(),
            name: agent.display_name.clone(),
            refused: refusal.map(|refusal| refusal.sentence()),
            agent: Some(agent.clone()),
            command,
        });
    }
    choices
}
