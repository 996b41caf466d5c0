//! The pages **General** and **Features**, and the one that a link to a feature leads to.

use domain::permission::Permission;
use domain::settings::general::{Feature, General, GeneralChange};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Head, failed};
use crate::api;
use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::dynamic::{When, heard, part, says};

/// What the workspace is called.
#[component]
pub fn GeneralPage() -> impl IntoView {
    let desk = use_desk();
    let known = Memo::new(move |_| desk.office.with(|office| office.general()));
    let was = RwSignal::new(known.get_untracked());
    let now = RwSignal::new(known.get_untracked());
    let (problem, is_busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let has_changed = move || now.with(|now| was.with(|was| now != was));
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let change = GeneralChange { general: now.get_untracked(), was: was.get_untracked() };
        let viewer = desk.viewer.get_untracked();
        if let Err(refusal) = desk.office.with_untracked(|office| change.checked(office, &viewer)) {
            return problem.set(Some(refusal.sentence()));
        }
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        spawn_local(async move {
            let answer = api::save_general(change.clone()).await;
            is_busy.try_set(false);
            match answer {
                Ok(saved) => {
                    was.try_set(saved.clone());
                    now.try_set(saved);
                    desk.toasts.say("Saved. It holds at once.");
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => drop(problem.try_set(Some(error.sentence()))),
            }
        });
    };
    let field = move |label, hint, value: fn(&General) -> &String, set: fn(&mut General, String)| {
        view! {
            <label class="field">
                <span class="field__label">{label}</span>
                <input
                    class="input" autocomplete="off" maxlength="120" prop:value=move || now.with(|now| value(now).clone())
                    on:input=heard(move |event: ev::Event| {
                        problem.set(None);
                        now.update(|now| set(now, event_target_value(&event)));
                    })
                />
                <span class="field__hint">{hint}</span>
            </label>
        }
    };
    view! {
        <main class="settings" aria-label="General">
            <Head title="General" />
            <form class="card profile__name" aria-label="General" on:submit=heard(save)>
                {field("Workspace name", "Customers read it above the chat, and the team above its views.", |general| &general.name, |general, name| general.name = name)}
                {field("Name of the AI agent", "Customers read it above its answers.", |general| &general.ai_name, |general, name| general.ai_name = name)}
                {part(move || problem.get().map(|said| view! { <p class="field__problem" role="alert">{said}</p> }))}
                <div class="card__actions">
                    <button type="submit" class="button button--accent" aria-disabled=says(move || (is_busy.get() || !has_changed()).then_some("true"))>"Save changes"</button>
                    <When holds=has_changed>
                        <button type="button" class="button" on:click=heard(move |_| { was.set(known.get_untracked()); now.set(known.get_untracked()); problem.set(None) })>"Discard"</button>
                    </When>
                </div>
            </form>
        </main>
    }
}

/// What is switched on.
#[component]
pub fn Features() -> impl IntoView {
    let desk = use_desk();
    let one = move |feature: Feature| {
        let is_on = Memo::new(move |_| desk.office.with(|office| office.features.contains(&feature)));
        let switch = move |_: ev::MouseEvent| {
            let on = !is_on.get_untracked();
            spawn_local(async move {
                match api::switch_feature(feature, on).await {
                    Ok(()) => {
                        desk.toasts.say(format!("{} are {}.", feature.name(), if on { "on" } else { "off" }))
                    }
                    Err(error) => failed(desk, error),
                }
            });
        };
        view! {
            <li class="card templates__one">
                <div>
                    <p class="templates__name"><b id=feature.key()>{feature.name()}</b></p>
                    <small>{feature.about()}</small>
                </div>
                <button
                    type="button" role="switch" class="button" aria-labelledby=feature.key()
                    aria-checked=says(move || is_on.get().to_string()) on:click=heard(switch)
                >{part(move || if is_on.get() { "On" } else { "Off" })}</button>
            </li>
        }
    };
    view! {
        <main class="settings" aria-label="Features">
            <Head title="Features" />
            <p>"What is off is not shown to anybody."</p>
            <ul class="templates" aria-label="Features">{Feature::ALL.iter().copied().map(one).collect_view()}</ul>
        </main>
    }
}

/// Where **Outgoing message** leads: what stands against it, and who can change that.
#[component]
pub fn Outgoing() -> impl IntoView {
    let desk = use_desk();
    let said = move || {
        let viewer = desk.viewer.get();
        desk.office.with(|office| office.may_begin_outgoing(&viewer)).err().map(|refusal| refusal.sentence())
    };
    let is_off = move || desk.office.with(|office| !office.features.contains(&Feature::Outgoing));
    let asked = move || {
        let mut names: Vec<String> = desk.office.with(|office| {
            office.who_may(Permission::AdminFeatures).into_iter().map(str::to_owned).collect()
        });
        names.truncate(super::ASKED);
        names.join(", ")
    };
    let may_switch = move || desk.viewer.with(|viewer| Feature::Outgoing.may_be_switched_by(viewer).is_ok());
    view! {
        <main class="settings" aria-label="Outgoing message">
            <Head title="Outgoing message" />
            <p role="status">{part(said)}</p>
            <When holds=is_off>
                {part(move || match may_switch() {
                    true => view! { <p><a href="/settings/features">"Switch them on in Features"</a></p> }.into_any(),
                    false => view! { <p>"Ask "{asked()}"."</p> }.into_any(),
                })}
            </When>
        </main>
    }
}
