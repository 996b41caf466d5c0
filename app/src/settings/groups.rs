//! The page **Groups**: who is in one, and on which channels what comes in is theirs.

use domain::audit::Act;
use domain::channel::Channel;
use domain::group::Group;
use domain::id::GroupId;
use domain::office::Office;
use domain::refusal::Refusal;
use domain::settings::group::{GroupChange, Managed};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::roles::Effects;
use super::team::put;
use super::{Head, failed};
use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::check::Check;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::{api, dom};

/// All groups, those that were deleted last.
#[component]
pub fn Groups() -> impl IntoView {
    let desk = use_desk();
    let change = RwSignal::new(None::<GroupChange>);
    let open = RwSignal::new(false);
    let groups = Memo::new(move |_| {
        let mut groups: Vec<(bool, String, GroupId)> = desk.office.with(|office| {
            office.groups.values().map(|group| (group.retired, group.name.to_lowercase(), group.id)).collect()
        });
        groups.sort();
        groups.into_iter().map(|(.., id)| id).collect::<Vec<_>>()
    });
    let begin = move |begun: GroupChange| {
        change.set(Some(begun));
        open.set(true);
    };
    let new = move |_: ev::MouseEvent| {
        begin(GroupChange { id: dom::group_id(), managed: Managed::default(), was: None });
    };
    view! {
        <main class="settings" aria-label="Groups">
            <Head title="Groups" />
            <p>"Whoever is in groups sees the conversations of those only. What comes in by a channel belongs to the channel's group."</p>
            <When holds=move || desk.viewer.with(|viewer| viewer.super_admin || viewer.groups.is_empty())>
                <div class="templates__bar">
                    <button type="button" class="button button--accent" on:click=heard(new)>"New group"</button>
                </div>
            </When>
            <ul class="templates" aria-label="Groups">
                <For each=move || groups.get() key=|id| *id let(id)>
                    <OneGroup id begin=Callback::new(begin) />
                </For>
            </ul>
            <When holds=move || groups.with(Vec::is_empty)>
                <p>"There is no group yet: everybody sees everything that their roles let them."</p>
            </When>
            <Dialog open label="Group" class="form form--wide">
                {change.get_untracked().map(|begun| view! { <Form begun open /> })}
            </Dialog>
        </main>
    }
}

/// A group of the list. The row stays while what it says changes, and the keyboard on its button.
#[component]
fn OneGroup(id: GroupId, begin: Callback<GroupChange>) -> impl IntoView {
    let desk = use_desk();
    let group = Memo::new(move |_| desk.office.with(|office| office.groups.get(&id).cloned()));
    let name = move || group.with(|group| group.as_ref().map(|group| group.name.clone())).unwrap_or_default();
    let is_retired =
        Memo::new(move |_| group.with(|group| group.as_ref().is_some_and(|group| group.retired)));
    let about = move || {
        let (people, channels) = desk.office.with(|office| {
            let Managed { members, channels, .. } = office.managed(id);
            let mut people: Vec<String> =
                members.iter().map(|agent| office.name_of(*agent).to_owned()).collect();
            people.sort_by_key(|name| name.to_lowercase());
            let channels = channels.iter().filter_map(|id| office.channels.get(id));
            (people, channels.map(|channel| channel.name.clone()).collect::<Vec<_>>())
        });
        let people = if people.is_empty() { "Nobody is in it".to_owned() } else { people.join(", ") };
        view! {
            <small><bdi>{people}</bdi></small>
            <p class="templates__name">{channels.into_iter().map(|name| view! { <span class="chip"><bdi>{name}</bdi></span> }).collect_view()}</p>
        }
    };
    let edit = move |_| {
        if let Some(group) = group.get_untracked() {
            begin.run(desk.office.with_untracked(|office| GroupChange::of(office, &group)));
        }
    };
    let retire = move |_| {
        let Some(group) = group.get_untracked() else { return };
        let viewer = desk.viewer.get_untracked();
        // How many conversations it has only the server knows.
        let checked = desk.office.with_untracked(|office| match group.retired {
            true => group.may_be_brought_back_by(office, &viewer),
            false => group.may_be_retired_by(office, &viewer, 0),
        });
        if let Err(refusal) = checked {
            return desk.toasts.alert(refusal.sentence());
        }
        let Group { id, name, retired } = group;
        spawn_local(async move {
            match api::retire_group(id, !retired).await {
                Ok(()) if retired => desk.toasts.say(format!("“{name}” is {}.", Act::BroughtBack.word())),
                Ok(()) => desk.toasts.say(format!("“{name}” is deleted. What was its own stays so.")),
                Err(error) => failed(desk, error),
            }
        });
    };
    view! {
        <li class="card templates__one">
            <div>
                <p class="templates__name"><b><bdi>{name}</bdi></b><When holds=move || is_retired.get()><span class="chip">"Deleted"</span></When></p>
                {part(about)}
            </div>
            <span class="templates__do">
                <When holds=move || !is_retired.get()>
                    <button type="button" class="button" aria-label=says(move || format!("Edit {}", name())) on:click=heard(edit)>"Edit"</button>
                </When>
                <button
                    type="button" class="button button--quiet"
                    aria-label=says(move || format!("{} {}", if is_retired.get() { "Bring back" } else { "Delete" }, name()))
                    on:click=heard(retire)
                >{part(move || if is_retired.get() { "Bring back" } else { "Delete" })}</button>
            </span>
        </li>
    }
}

#[component]
fn Form(begun: GroupChange, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let (id, is_new) = (begun.id, begun.was.is_none());
    let change = RwSignal::new(begun);
    let (problem, is_busy) = (RwSignal::new(None::<Refusal>), RwSignal::new(false));
    let broken = RwSignal::new(None::<String>);
    let is_of_name = |refusal: &Refusal| {
        matches!(refusal, Refusal::NoName | Refusal::NameTaken { .. } | Refusal::NameTooLong { .. })
    };
    let outcome = Memo::new(move |_| {
        let (viewer, change) = (desk.viewer.get(), change.get());
        desk.office.with(|office| {
            change.checked(office, &viewer).map(|regrouped| office.effects(&office.regrouped(id, &regrouped)))
        })
    });
    let typed = move |change_it: &dyn Fn(&mut Managed)| {
        problem.set(None);
        broken.set(None);
        change.update(|change| change_it(&mut change.managed));
    };
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Err(refusal) = outcome.get_untracked() {
            if is_of_name(&refusal) {
                dom::focus("group-name");
            }
            return problem.set(Some(refusal));
        }
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let wanted = change.get_untracked();
        spawn_local(async move {
            let answer = api::save_group(wanted).await;
            // Whoever closed it meanwhile may have opened another.
            let is_there = is_busy.try_set(false).is_none();
            match answer {
                Ok(()) => {
                    desk.toasts.say("The group is saved. It holds at once.");
                    if is_there {
                        dom::close_dialog();
                        open.try_set(false);
                    }
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => drop(broken.try_set(Some(error.sentence()))),
            }
        });
    };
    let (people, channels) = desk.office.with_untracked(|office| {
        let is_in = change.with_untracked(|change| change.managed.members.clone());
        let people = office.agents.values().filter(|agent| agent.enabled || is_in.contains(&agent.id));
        let mut people: Vec<_> = people.map(|agent| (agent.id, agent.display_name.clone())).collect();
        let mut channels: Vec<_> =
            office.channels.values().map(|channel| (channel.id, label_of(office, id, channel))).collect();
        people.sort_by_key(|(_, name)| name.to_lowercase());
        channels.sort_by_key(|(_, name)| name.to_lowercase());
        (people, channels)
    });
    let person = move |(id, name): (domain::id::AgentId, String)| {
        let is_in = Signal::derive(move || change.with(|change| change.managed.members.contains(&id)));
        let takes = move |is_in| typed(&|managed| put(&mut managed.members, id, is_in));
        view! { <Check label=name is_in put=Callback::new(takes) /> }
    };
    let channel = move |(id, name): (domain::id::ChannelId, String)| {
        let is_in = Signal::derive(move || change.with(|change| change.managed.channels.contains(&id)));
        let takes = move |is_in| typed(&|managed| put(&mut managed.channels, id, is_in));
        view! { <Check label=name is_in put=Callback::new(takes) /> }
    };
    let of_rest = move || {
        let refused = problem.get().filter(|refusal| !is_of_name(refusal)).map(|refusal| refusal.sentence());
        broken.get().or(refused)
    };
    let of_name = move || problem.get().filter(is_of_name).map(|refusal| refusal.sentence());
    view! {
        <form class="dialog__form" on:submit=heard(save)>
            <h2>{if is_new { "New group" } else { "Edit group" }}</h2>
            <label class="field">
                <span class="field__label">"Name"</span>
                <input
                    class="input" id="group-name" autofocus autocomplete="off" maxlength="120"
                    prop:value=move || change.with(|change| change.managed.name.clone())
                    on:input=heard(move |event: ev::Event| {
                        let name = event_target_value(&event);
                        typed(&|managed| managed.name.clone_from(&name));
                    })
                />
                {part(move || of_name().map(|said| view! { <p class="field__problem" role="alert">{said}</p> }))}
            </label>
            <fieldset class="rights">
                <legend class="field__label">"Members"</legend>
                {people.into_iter().map(person).collect_view()}
            </fieldset>
            <fieldset class="rights">
                <legend class="field__label">"Channels"</legend>
                {channels.into_iter().map(channel).collect_view()}
                <p class="field__hint">"What comes in by them is this group's. A channel has one group."</p>
            </fieldset>
            <Effects outcome />
            {part(move || of_rest().map(|said| view! { <p class="field__problem" role="alert">{said}</p> }))}
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Discard"</button>
                <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>{if is_new { "Add group" } else { "Save changes" }}</button>
            </div>
        </form>
    }
}

/// A channel with the group that it would be taken from.
fn label_of(office: &Office, id: GroupId, channel: &Channel) -> String {
    match channel.default_group.filter(|group| *group != id) {
        Some(group) => format!("{} (now of {})", channel.name, office.group_name(group)),
        None => channel.name.clone(),
    }
}
