//! The dialog in which somebody is disabled: it says what happens, and asks where their conversations go.

use domain::conversation::Onward;
use domain::id::{AgentId, GroupId};
use domain::settings::departure::Departure;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::dynamic::{heard, part, says};
use crate::{api, dom};

/// Where conversations may go, each with its key in the form and its name.
type Place = (String, String, Onward);

#[component]
pub fn Leaving(agent: AgentId, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let (to, is_busy) = (RwSignal::new(Onward::Unassigned), RwSignal::new(false));
    let problem = RwSignal::new(None::<String>);
    let (name, places) = desk.office.with_untracked(|office| {
        let viewer = desk.viewer.get_untracked();
        let mut people: Vec<(String, AgentId)> = vec![];
        for other in office.agents.values() {
            let departure = Departure { agent, to: Onward::Agent(other.id) };
            if departure.checked(office, &viewer).is_ok() {
                people.push((other.display_name.clone(), other.id));
            }
        }
        let mut groups: Vec<(String, GroupId)> =
            office.open_groups().map(|group| (group.name.clone(), group.id)).collect();
        people.sort_by_key(|(name, _)| name.to_lowercase());
        groups.sort_by_key(|(name, _)| name.to_lowercase());
        let people = people.into_iter().map(|(name, id)| (id.to_string(), name, Onward::Agent(id)));
        let groups = groups
            .into_iter()
            .map(|(name, id)| (id.to_string(), format!("Unassigned of {name}"), Onward::Group(id)));
        let first = (String::new(), "Unassigned".to_owned(), Onward::Unassigned);
        let places: Vec<Place> = std::iter::once(first).chain(groups).chain(people).collect();
        (office.name_of(agent).to_owned(), places)
    });
    let options = places
        .iter()
        .map(|(key, name, _)| view! { <option value=key.clone()>{name.clone()}</option> })
        .collect_view();
    let choose = move |event: ev::Event| {
        let chosen = event_target_value(&event);
        problem.set(None);
        to.set(
            places.iter().find(|(key, ..)| *key == chosen).map_or(Onward::Unassigned, |(.., place)| *place),
        );
    };
    let (leaver, was_here) =
        (name.clone(), desk.office.with_untracked(|office| office.viewer(agent).is_some()));
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let departure = Departure { agent, to: to.get_untracked() };
        let viewer = desk.viewer.get_untracked();
        if let Err(refusal) = desk.office.with_untracked(|office| departure.checked(office, &viewer)) {
            return problem.set(Some(refusal.sentence()));
        }
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let name = leaver.clone();
        spawn_local(async move {
            let answer = api::disable_person(departure).await;
            // Whoever closed it meanwhile may have opened another.
            let is_there = is_busy.try_set(false).is_none();
            match answer {
                Ok(n) => {
                    let went = match n {
                        0 => "Nothing of theirs was open.".to_owned(),
                        1 => "1 conversation went on.".to_owned(),
                        n => format!("{n} conversations went on."),
                    };
                    desk.toasts.say(match was_here {
                        true => format!("{name} is disabled. {went}"),
                        false => went,
                    });
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
    view! {
        <form class="dialog__form" on:submit=heard(save)>
            <h2>{if was_here { "Disable " } else { "Hand over what is left of " }}<bdi>{name}</bdi></h2>
            <p>"They are signed out everywhere at once. Transfers from and to them end, clients who are pinned to them are detached, and what they scheduled is a draft of theirs again. You can enable them later."</p>
            <label class="field">
                <span class="field__label">"Their conversations go to"</span>
                <select class="input" autofocus on:change=heard(choose)>{options}</select>
            </label>
            {part(move || problem.get().map(|problem| view! { <p class="field__problem" role="alert">{problem}</p> }))}
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Discard"</button>
                <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>{if was_here { "Disable" } else { "Hand over" }}</button>
            </div>
        </form>
    }
}
