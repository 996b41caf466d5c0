//! The page **Team management**: who is there, what they may do, in which groups, and what they know.

use std::collections::BTreeSet;

use domain::id::{AgentId, GroupId, RoleId};
use domain::office::Agent;
use domain::settings::member::{Member, MemberChange};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::departure::Leaving;
use self::import::ImportForm;
use self::invitations::{Invitations, InviteForm, Links};
use super::roles::Effects;
use super::{Head, failed};
use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::avatar::Avatar;
use crate::ui::check::Check;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::{api, dom};

mod departure;
mod import;
mod invitations;

/// What a person's row lets one do.
#[derive(Clone, Copy)]
struct Acts {
    begin: Callback<MemberChange>,
    leave: Callback<AgentId>,
    links: Links,
}

/// Everybody, by name.
#[component]
pub fn Team() -> impl IntoView {
    let desk = use_desk();
    let change = RwSignal::new(None::<MemberChange>);
    let open = RwSignal::new(false);
    let (invites, leaves, imports) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let leaver = RwSignal::new(None::<AgentId>);
    let links = Links::new(desk);
    let people = Memo::new(move |_| {
        let mut people: Vec<((bool, String), AgentId)> = desk.office.with(|office| {
            let place = |agent: &Agent| (!agent.enabled, agent.display_name.to_lowercase());
            office.agents.values().map(|agent| (place(agent), agent.id)).collect()
        });
        people.sort();
        people.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    });
    let begin = move |begun: MemberChange| {
        change.set(Some(begun));
        open.set(true);
    };
    let leave = move |agent: AgentId| {
        leaver.set(Some(agent));
        leaves.set(true);
    };
    let acts = Acts { begin: Callback::new(begin), leave: Callback::new(leave), links };
    view! {
        <main class="settings" aria-label="Team management">
            <Head title="Team management" />
            <p>"Whoever works here, and what they may do. What a role lets one do is set in "<a href="/settings/roles">"Manage roles"</a>"."</p>
            <div class="templates__bar">
                <button type="button" class="button button--accent" on:click=heard(move |_| invites.set(true))>"Invite"</button>
                <button type="button" class="button" on:click=heard(move |_| imports.set(true))>"Import"</button>
            </div>
            <Invitations links />
            <ul class="templates" aria-label="Team">
                <For each=move || people.get() key=|id| *id let(id)>
                    <OnePerson id acts />
                </For>
            </ul>
            <Dialog open=invites label="Invite" class="form form--wide">
                <InviteForm links open=invites />
            </Dialog>
            <Dialog open=imports label="Import" class="form form--wide">
                <ImportForm links />
            </Dialog>
            <Dialog open=leaves label="Disable" class="form">
                {leaver.get_untracked().map(|agent| view! { <Leaving agent open=leaves /> })}
            </Dialog>
            <Dialog open label="Roles and groups" class="form form--wide">
                {change.get_untracked().map(|begun| view! { <Form begun open /> })}
            </Dialog>
        </main>
    }
}

/// A person of the list. The row stays while what it says changes, and the keyboard on its button.
#[component]
fn OnePerson(id: AgentId, acts: Acts) -> impl IntoView {
    let desk = use_desk();
    let agent = Memo::new(move |_| desk.office.with(|office| office.agents.get(&id).cloned()));
    let name = move || {
        agent.with(|agent| agent.as_ref().map(|agent| agent.display_name.clone())).unwrap_or_default()
    };
    let about = move || {
        let agent = agent.get()?;
        let photo = agent.photo_path();
        let Agent { display_name: name, email, roles, groups, skills, enabled, capacity, .. } = agent;
        let (mut roles, mut groups) = desk.office.with(|office| {
            let roles: Vec<String> = roles
                .iter()
                .filter_map(|role| office.roles.get(role))
                .map(|role| role.name.clone())
                .collect();
            let groups: Vec<String> =
                groups.iter().map(|group| office.group_name(*group).to_owned()).collect();
            (roles, groups)
        });
        roles.sort_by_key(|name| name.to_lowercase());
        groups.sort_by_key(|name| name.to_lowercase());
        let limits = if groups.is_empty() { "All groups".to_owned() } else { groups.join(", ") };
        let takes = capacity.map(|capacity| format!(" · {capacity} conversations at most"));
        let knows = (!skills.is_empty()).then(|| format!(" · {}", skills.join(", ")));
        Some(view! {
            <Avatar name=name.clone() photo />
            <div>
                <p class="templates__name"><b><bdi>{name}</bdi></b>{(!enabled).then(|| view! { <span class="chip">"Disabled"</span> })}</p>
                <small><bdi>{email}</bdi></small>
                <p class="templates__name">{roles.into_iter().map(|name| view! { <span class="chip"><bdi>{name}</bdi></span> }).collect_view()}</p>
                <small>{limits}{knows}{takes}</small>
            </div>
        })
    };
    let edit = move |_| {
        if let Some(agent) = agent.get_untracked() {
            acts.begin.run(MemberChange::of(&agent));
        }
    };
    let is_here = Memo::new(move |_| agent.with(|agent| agent.as_ref().is_some_and(|agent| agent.enabled)));
    let is_me = desk.viewer.with_untracked(|viewer| viewer.agent == id);
    let let_in = move |_| acts.links.make(async move { api::let_in(id).await });
    let enable = move |_| {
        spawn_local(async move {
            match api::enable_person(id).await {
                Ok(()) => {
                    desk.toasts.say("They may sign in again.");
                    dom::focus_soon("list-title");
                }
                Err(error) => failed(desk, error),
            }
        });
    };
    view! {
        <li class="card templates__one team__one">
            {part(about)}
            <span class="templates__do">
                <button type="button" class="button" aria-label=says(move || format!("Edit {}", name())) on:click=heard(edit)>"Edit"</button>
                <When holds=move || is_here.get() && !is_me>
                    <button type="button" class="button" aria-label=says(move || format!("New password for {}", name())) on:click=heard(let_in)>"New password"</button>
                    <button type="button" class="button button--quiet" aria-label=says(move || format!("Disable {}", name())) on:click=heard(move |_| acts.leave.run(id))>"Disable"</button>
                </When>
                <When holds=move || !is_here.get()>
                    <button type="button" class="button button--quiet" aria-label=says(move || format!("Hand over what is left of {}", name())) on:click=heard(move |_| acts.leave.run(id))>"Hand over"</button>
                    <button type="button" class="button" aria-label=says(move || format!("Enable {}", name())) on:click=heard(enable)>"Enable"</button>
                </When>
            </span>
        </li>
    }
}

/// The boxes of roles and groups.
#[component]
fn Boxes(
    roles: Signal<BTreeSet<RoleId>>,
    groups: Signal<BTreeSet<GroupId>>,
    put_role: Callback<(RoleId, bool)>,
    put_group: Callback<(GroupId, bool)>,
) -> impl IntoView {
    let desk = use_desk();
    let (all_roles, all_groups) = desk.office.with_untracked(|office| {
        let mut roles: Vec<_> = office.roles.values().map(|role| (role.id, role.name.clone())).collect();
        // One that was deleted can be left.
        let is_held = |id: &GroupId| groups.with_untracked(|groups| groups.contains(id));
        let groups = office.groups.values().filter(|group| !group.retired || is_held(&group.id));
        let mut groups: Vec<_> = groups.map(|group| (group.id, group.name.clone())).collect();
        roles.sort_by_key(|(_, name)| name.to_lowercase());
        groups.sort_by_key(|(_, name)| name.to_lowercase());
        (roles, groups)
    });
    let role = move |(id, name): (RoleId, String)| {
        let is_in = Signal::derive(move || roles.with(|roles| roles.contains(&id)));
        view! { <Check label=name is_in put=Callback::new(move |is_in| put_role.run((id, is_in))) /> }
    };
    let group = move |(id, name): (GroupId, String)| {
        let is_in = Signal::derive(move || groups.with(|groups| groups.contains(&id)));
        view! { <Check label=name is_in put=Callback::new(move |is_in| put_group.run((id, is_in))) /> }
    };
    view! {
        <fieldset class="rights">
            <legend class="field__label">"Roles"</legend>
            {all_roles.into_iter().map(role).collect_view()}
        </fieldset>
        <fieldset class="rights">
            <legend class="field__label">"Groups"</legend>
            {all_groups.into_iter().map(group).collect_view()}
            <p class="field__hint">"Who is in no group is limited to none, and sees the conversations of all."</p>
        </fieldset>
    }
}

#[component]
fn Form(begun: MemberChange, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let agent = begun.agent;
    let skills = RwSignal::new(begun.member.skills.iter().cloned().collect::<Vec<_>>().join(", "));
    let change = RwSignal::new(begun);
    let (problem, is_busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let wanted = move || {
        let mut change = change.get();
        change.member.skills = Member::skills_of(&skills.get());
        change
    };
    let checked = move || {
        let (viewer, wanted) = (desk.viewer.get(), wanted());
        desk.office.with(|office| {
            wanted.checked(office, &viewer).map(|member| office.effects(&office.with_member(agent, member)))
        })
    };
    let outcome = Memo::new(move |_| checked());
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Err(refusal) = outcome.get_untracked() {
            return problem.set(Some(refusal.sentence()));
        }
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let wanted = untrack(wanted);
        spawn_local(async move {
            let answer = api::save_member(wanted).await;
            // Whoever closed it meanwhile may have opened another.
            let is_there = is_busy.try_set(false).is_none();
            match answer {
                Ok(()) => {
                    desk.toasts.say("Saved. It holds at once.");
                    if is_there {
                        dom::close_dialog();
                        open.try_set(false);
                    }
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => drop(problem.try_set(Some(error.sentence()))),
            }
        });
    };
    let name = desk.office.with_untracked(|office| office.name_of(agent).to_owned());
    let typed = change.with_untracked(|change| change.member.capacity).map(|capacity| capacity.to_string());
    let capacity = RwSignal::new(typed.unwrap_or_default());
    let put_capacity = move |event: ev::Event| {
        problem.set(None);
        capacity.set(event_target_value(&event));
        // What is no number is none that somebody may have.
        let wanted = capacity.with_untracked(|typed| match typed.trim() {
            "" => None,
            typed => Some(typed.parse().unwrap_or(0)),
        });
        change.update(|change| change.member.capacity = wanted);
    };
    view! {
        <form class="dialog__form" on:submit=heard(save)>
            <h2><bdi>{name}</bdi></h2>
            <Boxes
                roles=Signal::derive(move || change.with(|change| change.member.roles.clone()))
                groups=Signal::derive(move || change.with(|change| change.member.groups.clone()))
                put_role=Callback::new(move |(role, is_in)| {
                    problem.set(None);
                    change.update(|change| put(&mut change.member.roles, role, is_in));
                })
                put_group=Callback::new(move |(group, is_in)| {
                    problem.set(None);
                    change.update(|change| put(&mut change.member.groups, group, is_in));
                })
            />
            <label class="field">
                <span class="field__label">"Skills"</span>
                <input
                    class="input" autocomplete="off" placeholder="German, Invoices" prop:value=skills
                    on:input=heard(move |event: ev::Event| { problem.set(None); skills.set(event_target_value(&event)) })
                />
            </label>
            <label class="field">
                <span class="field__label">"Capacity"</span>
                <input class="input" inputmode="numeric" autocomplete="off" placeholder="As many as come" prop:value=capacity on:input=heard(put_capacity) />
                <span class="field__hint">"How many active conversations they are given by themselves at most."</span>
            </label>
            <Effects outcome />
            {part(move || problem.get().map(|problem| view! { <p class="field__problem" role="alert">{problem}</p> }))}
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Discard"</button>
                <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>"Save changes"</button>
            </div>
        </form>
    }
}

/// Takes something into a set, or out of it.
pub fn put<T: Ord>(set: &mut BTreeSet<T>, id: T, is_in: bool) {
    match is_in {
        true => _ = set.insert(id),
        false => _ = set.remove(&id),
    }
}
