//! Inviting the people of a CSV file: chosen, looked at, and done as it was looked at.

use domain::refusal::Refusal;
use domain::settings::import::{IMPORT_MAX_BYTES, Outcome, Planned};
use domain::settings::invitation::Invite;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::invitations::Links;
use crate::backend::Link;
use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::dynamic::{When, heard, part, says};
use crate::{api, dom};

/// The dialog of an import.
#[component]
pub fn ImportForm(links: Links) -> impl IntoView {
    let desk = use_desk();
    let text = RwSignal::new(String::new());
    // Of the page: what was made is shown once, also where somebody has closed this meanwhile.
    let shown = links.imported;
    let (problem, is_busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let ask = move |of: String, confirmed: Option<String>| {
        if is_busy.try_get_untracked() != Some(false) {
            return;
        }
        is_busy.set(true);
        spawn_local(async move {
            let is_done = confirmed.is_some();
            let mut answer = api::import_people(of.clone(), confirmed).await;
            let mut said = None;
            if let Err(error @ Error::Refused(Refusal::ChangedSinceShown)) = &answer {
                said = Some(error.sentence());
                answer = api::import_people(of.clone(), None).await;
            }
            is_busy.try_set(false);
            match answer {
                Ok(import) => {
                    text.try_set(of);
                    problem.try_set(said);
                    shown.try_set(Some(import));
                    if is_done {
                        links.load();
                        dom::focus_soon("import-said");
                    }
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => {
                    // Whether they are invited is seen in the list.
                    links.load();
                    shown.try_set(None);
                    problem.try_set(Some(error.sentence()));
                }
            }
        });
    };
    let choose = move |event: ev::Event| {
        let field: web_sys::HtmlInputElement = event_target(&event);
        let Some(file) = field.files().and_then(|files| files.get(0)) else { return };
        // The same file again is a choice again.
        field.set_value("");
        if is_busy.get_untracked() {
            return;
        }
        shown.set(None);
        problem.set(None);
        if file.size() > IMPORT_MAX_BYTES as f64 {
            return problem.set(Some(
                "This file is too large for a list of people. Take them in several files.".into(),
            ));
        }
        spawn_local(async move {
            ask(dom::read_text(&file).await.unwrap_or_default(), None);
        });
    };
    let n_invited = move || {
        shown.with(|shown| {
            let planned = shown.iter().flat_map(|shown| &shown.planned);
            planned.filter(|planned| matches!(planned.outcome, Outcome::Invited(_))).count()
        })
    };
    let is_done = move || shown.with(|shown| shown.as_ref().is_some_and(|shown| !shown.links.is_empty()));
    let confirm = move |_| {
        if let Some(digest) = shown.with_untracked(|shown| shown.as_ref().map(|shown| shown.digest.clone())) {
            ask(text.get_untracked(), Some(digest));
        }
    };
    view! {
        <h2>"Import people"</h2>
        <When holds=move || !is_done()>
            <p>"A CSV file with the columns "<code>"email"</code>", "<code>"roles"</code>" and "<code>"groups"</code>"; several of one are separated by semicolons. Nobody is invited before you have seen what would come of it."</p>
            <p class="import__choose">
                <label class="button" for="people-file">"Choose file"</label>
                <input class="visually-hidden" type="file" id="people-file" accept=".csv,text/csv,text/plain" on:change=heard(choose) />
            </p>
        </When>
        {part(move || problem.get().map(|said| view! { <p class="field__problem" role="alert">{said}</p> }))}
        {part(move || shown.get().map(|import| if import.links.is_empty() {
            view! { <Plan planned=import.planned /> }.into_any()
        } else {
            view! { <Made links=import.links /> }.into_any()
        }))}
        <div class="dialog__actions">
            <button type="button" class="button" on:click=heard(move |_| { shown.set(None); dom::close_dialog() })>{part(move || if is_done() { "Done" } else { "Discard" })}</button>
            <When holds=move || { n_invited() > 0 && !is_done() }>
                <button type="button" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true")) on:click=heard(confirm)>
                    {part(move || match n_invited() { 1 => "Invite 1 person".to_owned(), n => format!("Invite {n} people") })}
                </button>
            </When>
        </div>
    }
}

/// What would come of each line.
#[component]
fn Plan(planned: Vec<Planned>) -> impl IntoView {
    let desk = use_desk();
    let count = |is: fn(&Outcome) -> bool| planned.iter().filter(|planned| is(&planned.outcome)).count();
    let n_invited = count(|outcome| matches!(outcome, Outcome::Invited(_)));
    let n_known = count(|outcome| matches!(outcome, Outcome::Known));
    let n_refused = count(|outcome| matches!(outcome, Outcome::Refused(_)));
    let said = match planned.is_empty() {
        true => "There is nobody in this file.".to_owned(),
        false => format!("To invite: {n_invited}. Here already: {n_known}. Refused: {n_refused}."),
    };
    let gets = move |invite: &Invite| {
        desk.office.with_untracked(|office| {
            let roles =
                invite.roles.iter().filter_map(|role| office.roles.get(role)).map(|role| role.name.clone());
            let roles: Vec<String> = roles.collect();
            let groups: Vec<&str> = invite.groups.iter().map(|group| office.group_name(*group)).collect();
            let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
            let groups = if groups.is_empty() { "all groups".to_owned() } else { groups.join(", ") };
            format!("Will be invited: {roles} · {groups}")
        })
    };
    let line = move |Planned { line, email, outcome }: Planned| {
        let (tone, said) = match outcome {
            Outcome::Invited(invite) => ("ok", gets(&invite)),
            Outcome::Known => ("", "Here already, or invited".to_owned()),
            Outcome::Refused(refusal) => ("danger", refusal.sentence()),
        };
        view! { <li><b>{format!("Line {line}")}</b>" "<bdi>{email}</bdi>" "<span data-tone=tone>{said}</span></li> }
    };
    view! {
        <p role="status">{said}</p>
        <ul class="rights__effects import__plan" aria-label="What would come of it" tabindex="0">
            {planned.into_iter().map(line).collect_view()}
        </ul>
    }
}

/// The links of all who were invited.
#[component]
fn Made(links: Vec<Link>) -> impl IntoView {
    let lines: Vec<String> = links.iter().map(|link| format!("{} {}", link.email, link.address)).collect();
    let said = match links.first().map(|link| &link.mailed) {
        Some(crate::backend::Mailed::Going) => {
            "They are invited, and get their links by e-mail. You can also give them yourself:"
        }
        Some(_) | None => "They are invited. Give each their link: this Switchboard sends no e-mail.",
    };
    view! {
        <p id="import-said" tabindex="-1">{said}</p>
        <div class="setup__snippet"><pre tabindex="0" aria-label="Links"><code>{lines.join("\n")}</code></pre></div>
        <p class="field__hint">"They are shown this once, and each is good once."</p>
    }
}
