//! The page **Manage roles**: which rights each role holds, and for whom a change of it changes what.

use domain::id::RoleId;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::settings::role::{Effect, RoleChange};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Head, failed};
use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::check::Check;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::{api, dom};

/// People whose rights change that are named; of more it is said how many they are.
const NAMED: usize = 12;

/// All roles, those of the product and one's own.
#[component]
pub fn Roles() -> impl IntoView {
    let desk = use_desk();
    let change = RwSignal::new(None::<RoleChange>);
    let open = RwSignal::new(false);
    let roles = Memo::new(move |_| {
        let mut roles: Vec<(String, RoleId)> = desk
            .office
            .with(|office| office.roles.values().map(|role| (role.name.to_lowercase(), role.id)).collect());
        roles.sort();
        roles.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    });
    let begin = move |begun: RoleChange| {
        change.set(Some(begun));
        open.set(true);
    };
    let first_rights = move || {
        let may_give = desk.viewer.with_untracked(|viewer| viewer.may(Permission::InboxOpen));
        may_give.then_some(Permission::InboxOpen).into_iter().collect()
    };
    view! {
        <main class="settings" aria-label="Manage roles">
            <Head title="Manage roles" />
            <p>"A role is a set of rights. Who has several may do what any of them lets them; "<a href="/settings/team">"Team management"</a>" says who has which."</p>
            <div class="templates__bar">
                <button
                    type="button" class="button button--accent"
                    on:click=heard(move |_| begin(RoleChange { id: dom::role_id(), name: String::new(), permissions: first_rights(), was: None }))
                ><Icon name="plus" />"New role"</button>
            </div>
            <ul class="templates" aria-label="Roles">
                <For each=move || roles.get() key=|id| *id let(id)>
                    <OneRole id begin=Callback::new(begin) />
                </For>
            </ul>
            <Dialog open label="Role" class="form form--rights">
                {change.get_untracked().map(|begun| view! { <Form begun open /> })}
            </Dialog>
        </main>
    }
}

/// A role of the list. The row stays while what it says changes, and the keyboard on its buttons.
#[component]
fn OneRole(id: RoleId, begin: Callback<RoleChange>) -> impl IntoView {
    let desk = use_desk();
    let role = Memo::new(move |_| {
        desk.office.with(|office| office.roles.get(&id).map(|role| (role.clone(), office.holders(id))))
    });
    let name = move || role.with(|role| role.as_ref().map(|(role, _)| role.name.clone())).unwrap_or_default();
    let says_of = move || {
        role.with(|role| {
            let (role, n_holders) = role.as_ref()?;
            let people = match n_holders {
                0 => "Nobody has it".to_owned(),
                1 => "1 person".to_owned(),
                n => format!("{n} people"),
            };
            Some(match role.super_admin {
                true => format!("{people} · every right, and no group limits"),
                false => format!("{people} · {} of {} rights", role.permissions.len(), Permission::ALL.len()),
            })
        })
    };
    let known = move || untrack(|| role.with(|role| role.as_ref().map(|(role, _)| role.clone())));
    let edit = move |_| {
        if let Some(role) = known() {
            begin.run(RoleChange::of(&role));
        }
    };
    let copy = move |_| {
        if let Some(role) = known() {
            begin.run(RoleChange::copy_of(&role, dom::role_id(), &desk.viewer.get_untracked()));
        }
    };
    let remove = move |_| {
        let Some(role) = known() else { return };
        let viewer = desk.viewer.get_untracked();
        if let Err(refusal) = desk.office.with_untracked(|office| role.may_be_removed_by(office, &viewer)) {
            return desk.toasts.alert(refusal.sentence());
        }
        dom::focus_soon("list-title");
        spawn_local(async move {
            match api::remove_role(role.id).await {
                Ok(()) => desk.toasts.say(format!("“{}” is deleted.", role.name)),
                Err(error) => failed(desk, error),
            }
        });
    };
    let is_changed = move || role.with(|role| role.as_ref().is_some_and(|(role, _)| !role.super_admin));
    view! {
        <li class="card templates__one">
            <div>
                <p class="templates__name"><b><bdi>{name}</bdi></b></p>
                <small>{part(says_of)}</small>
            </div>
            <span class="templates__do">
                <When holds=is_changed>
                    <button type="button" class="button" aria-label=says(move || format!("Edit {}", name())) on:click=heard(edit)>"Edit"</button>
                </When>
                <button type="button" class="button" aria-label=says(move || format!("Copy {}", name())) on:click=heard(copy)>"Copy"</button>
                <When holds=is_changed>
                    <button type="button" class="button button--quiet" aria-label=says(move || format!("Delete {}", name())) on:click=heard(remove)>"Delete"</button>
                </When>
            </span>
        </li>
    }
}

#[component]
fn Form(begun: RoleChange, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let is_new = begun.was.is_none();
    let held = begun.was.as_ref().map(|was| was.permissions.clone()).unwrap_or_default();
    let change = RwSignal::new(begun);
    let (problem, is_busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let checked = move || {
        let viewer = desk.viewer.get();
        let change = change.get();
        desk.office.with(|office| {
            change.checked(office, &viewer).map(|role| office.effects(&office.with_role(role)))
        })
    };
    let outcome = Memo::new(move |_| checked());
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Err(refusal) = outcome.get_untracked() {
            if matches!(refusal, Refusal::NoName | Refusal::NameTaken { .. } | Refusal::NameTooLong { .. }) {
                dom::focus("role-name");
            }
            return problem.set(Some(refusal.sentence()));
        }
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let wanted = change.get_untracked();
        spawn_local(async move {
            let answer = api::save_role(wanted).await;
            // Whoever closed it meanwhile may have opened another.
            let is_there = is_busy.try_set(false).is_none();
            match answer {
                Ok(()) => {
                    desk.toasts.say("The role is saved.");
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
    let right = move |permission: Permission| {
        let may_give =
            desk.viewer.with_untracked(|viewer| viewer.may(permission)) || held.contains(&permission);
        let label =
            format!("{}{}", may(permission), if may_give { "" } else { " (you do not hold it yourself)" });
        let is_in = Signal::derive(move || change.with(|change| change.permissions.contains(&permission)));
        let put = move |is_in| {
            problem.set(None);
            change.update(|change| match is_in {
                true => _ = change.permissions.insert(permission),
                false => _ = change.permissions.remove(&permission),
            });
        };
        view! { <Check label is_in put=Callback::new(put) disabled=!may_give /> }
    };
    view! {
        <form class="dialog__form" on:submit=heard(save)>
            <h2>{if is_new { "New role" } else { "Edit role" }}</h2>
            <label class="field">
                <span class="field__label">"Name"</span>
                <input
                    class="input" id="role-name" autofocus autocomplete="off" maxlength="120" prop:value=move || change.with(|change| change.name.clone())
                    on:input=heard(move |event: ev::Event| {
                        problem.set(None);
                        change.update(|change| change.name = event_target_value(&event));
                    })
                />
            </label>
            <fieldset class="rights">
                <legend class="field__label">"Whoever has it may"</legend>
                {Permission::ALL.iter().copied().map(right).collect_view()}
            </fieldset>
            <Effects outcome />
            {part(move || problem.get().map(|problem| view! { <p class="field__problem" role="alert">{problem}</p> }))}
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Discard"</button>
                <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>{if is_new { "Add role" } else { "Save changes" }}</button>
            </div>
        </form>
    }
}

/// For whom a change would change what, before it is saved.
#[component]
pub fn Effects(#[prop(into)] outcome: Signal<Result<Vec<Effect>, Refusal>>) -> impl IntoView {
    let desk = use_desk();
    let line = move |effect: &Effect| {
        let list = |permissions: &[Permission]| {
            permissions.iter().map(|right| right.may()).collect::<Vec<_>>().join(", ")
        };
        let mut parts = vec![];
        if !effect.gains.is_empty() {
            parts.push(format!("may {}", list(&effect.gains)));
        }
        if !effect.loses.is_empty() {
            parts.push(format!("may no longer {}", list(&effect.loses)));
        }
        if let Some(groups) = &effect.groups {
            let mut names: Vec<String> = desk
                .office
                .with(|office| groups.iter().map(|group| office.group_name(*group).to_owned()).collect());
            names.sort_by_key(|name| name.to_lowercase());
            parts.push(match names.is_empty() {
                true => "is limited to no group and sees the conversations of all".to_owned(),
                false => format!("sees the conversations of {} only", names.join(", ")),
            });
        }
        let name = desk.office.with(|office| office.name_of(effect.agent).to_owned());
        view! { <li><b><bdi>{name}</bdi></b>" "{parts.join("; ")}</li> }
    };
    let lines = move || {
        outcome.with(|outcome| match outcome {
            Ok(effects) if effects.is_empty() => {
                view! { <li>"Nobody may do more or less than now."</li> }.into_any()
            }
            Ok(effects) => {
                let more = effects.len().saturating_sub(NAMED);
                view! {
                    {effects.iter().take(NAMED).map(line).collect_view()}
                    {(more > 0).then(|| view! { <li>{format!("and {more} more")}</li> })}
                }
                .into_any()
            }
            Err(refusal) => view! { <li>{refusal.sentence()}</li> }.into_any(),
        })
    };
    view! {
        <div class="field" role="region" aria-label="What changes" aria-live="polite">
            <span class="field__label">"What changes"</span>
            <ul class="rights__effects">{part(lines)}</ul>
        </div>
    }
}

/// What a right lets one do, as a sentence of a list.
fn may(permission: Permission) -> String {
    let text = permission.may();
    let first = text.chars().next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", text.get(1..).unwrap_or_default())
}
