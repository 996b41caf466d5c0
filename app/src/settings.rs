//! Pages of one's own account, and of the workspace.

use domain::refusal::Refusal;
use domain::settings::password::{self, PasswordChange};
use domain::settings::profile;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::backend::Session;
use crate::desk::{Desk, Loading, use_desk};
use crate::dom;
use crate::error::Error;
use crate::shell::SettingsPage;
use crate::ui::avatar::Avatar;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};

pub mod audit_log;
pub mod chat_widget;
pub mod general;
pub mod groups;
pub mod health;
pub mod quick_replies;
pub mod roles;
pub mod tags;
pub mod team;

/// Pixels of a photo's side: sharp on every screen at the sizes that it is shown in.
const PHOTO_PIXELS: u32 = 256;

/// People who are named to be asked.
const ASKED: usize = 5;

/// What stands above a page: the way back, and its title, which has the keyboard first.
#[component]
pub fn Head(title: &'static str) -> impl IntoView {
    view! {
        <a class="settings__back" href="/inbox/my-inbox"><Icon name="arrow-left" />"Back to the inbox"</a>
        <h1 tabindex="-1" id="list-title">{title}</h1>
    }
}

/// A page that is not the viewer's: whom to ask.
#[component]
pub fn NotYours(page: SettingsPage) -> impl IntoView {
    let desk = use_desk();
    let asked = move || {
        let mut names: Vec<String> = desk.office.with(|office| {
            page.needs().iter().flat_map(|right| office.who_may(*right)).map(str::to_owned).collect()
        });
        names.sort();
        names.dedup();
        names.truncate(ASKED);
        names.join(", ")
    };
    let may = page.needs().iter().map(|right| right.may()).collect::<Vec<_>>().join(" or ");
    view! {
        <main class="settings" aria-label=page.title()>
            <Head title=page.title() />
            <p role="alert">{format!("This page is for those who {may}. Your roles do not let you.")}</p>
            <p>"Ask "{asked}"."</p>
        </main>
    }
}

/// Says what went wrong with something that has no form.
pub fn failed(desk: Desk, error: Error) {
    match error {
        Error::SignedOut => desk.signed_out.set(true),
        error => desk.toasts.alert(error.sentence()),
    }
}

/// How one stands before customers and colleagues.
#[component]
pub fn Profile() -> impl IntoView {
    view! {
        <main class="settings" aria-label="Profile">
            <a class="settings__back" href="/inbox/my-inbox"><Icon name="arrow-left" />"Back to the inbox"</a>
            <h1 tabindex="-1" id="list-title">"Profile"</h1>
            <p>"Customers and colleagues read your name and see your photo beside what you write."</p>
            <NameAndPhoto />
        </main>
    }
}

/// The two, each with what changes it.
#[component]
pub fn NameAndPhoto() -> impl IntoView {
    let desk = use_desk();
    let me = desk.viewer.with_untracked(|viewer| viewer.agent);
    let mine =
        Memo::new(move |_| desk.office.with(|office| (office.name_of(me).to_string(), office.photo_of(me))));
    let name = RwSignal::new(mine.with_untracked(|(name, _)| name.clone()));
    let problem = RwSignal::new(None::<String>);
    let photo_problem = RwSignal::new(None::<String>);
    let is_busy = RwSignal::new(false);
    let failed = move |error: Error, problem: RwSignal<Option<String>>| match error {
        Error::SignedOut => desk.signed_out.set(true),
        error => drop(problem.try_set(Some(error.sentence()))),
    };
    let has_changed = move || mine.with(|(known, _)| *known != name.get());
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let profile = profile::Profile { display_name: name.get_untracked() };
        let profile = match profile.checked() {
            Ok(profile) => profile,
            Err(refusal) => {
                problem.set(Some(refusal.sentence()));
                dom::focus("display-name");
                return;
            }
        };
        problem.set(None);
        name.set(profile.display_name.clone());
        is_busy.set(true);
        spawn_local(async move {
            match api::save_profile(profile).await {
                Ok(()) => desk.toasts.say("Your name is saved."),
                Err(error) => failed(error, problem),
            }
            is_busy.try_set(false);
        });
    };
    let send = move |photo: Option<web_sys::Blob>, done: &'static str| {
        is_busy.set(true);
        spawn_local(async move {
            match dom::send_photo(photo.as_ref()).await {
                Ok(()) => {
                    photo_problem.try_set(None);
                    desk.toasts.say(done);
                }
                Err(error) => failed(error, photo_problem),
            }
            is_busy.try_set(false);
        });
    };
    let choose = move |event: leptos::ev::Event| {
        let field: web_sys::HtmlInputElement = leptos::prelude::event_target(&event);
        let Some(file) = field.files().and_then(|files| files.get(0)) else { return };
        spawn_local(async move {
            match dom::square(&file, PHOTO_PIXELS).await {
                Some(photo) => send(Some(photo), "Your photo is saved."),
                None => drop(photo_problem.try_set(Some(Refusal::NotAPhoto.sentence()))),
            }
            // The same file again is a choice again.
            field.set_value("");
        });
    };
    view! {
            <section class="card profile" aria-label="Photo">
                {part(move || mine.with(|(name, photo)| view! { <Avatar name=name.clone() size="huge" photo=photo.clone() /> }))}
                <div class="profile__photo">
                    <label class="button" for="photo">{part(move || if mine.with(|(_, photo)| photo.is_some()) { "Change photo" } else { "Add photo" })}</label>
                    <input
                        class="visually-hidden" type="file" id="photo" accept="image/png,image/jpeg,image/webp"
                        aria-describedby="photo-hint photo-problem" on:change=heard(choose)
                    />
                    <When holds=move || mine.with(|(_, photo)| photo.is_some())>
                        <button type="button" class="button button--quiet" on:click=heard(move |_| send(None, "Your photo is removed."))>"Remove photo"</button>
                    </When>
                    <p class="field__hint" id="photo-hint">"PNG, JPEG or WebP. It is cut to a square."</p>
                    <p class="field__problem" id="photo-problem" role="alert">{part(move || photo_problem.get())}</p>
                </div>
            </section>
            <form class="card profile__name" on:submit=heard(save)>
                <label class="field">
                    <span class="field__label">"Display name"</span>
                    <input
                        class="input" id="display-name" autocomplete="name" maxlength="120" prop:value=name
                        aria-describedby="name-problem" aria-invalid=says(move || problem.with(Option::is_some).then_some("true"))
                        on:input=heard(move |event: ev::Event| name.set(event_target_value(&event)))
                    />
                </label>
                <p class="field__problem" id="name-problem" role="alert">{part(move || problem.get())}</p>
                <div class="card__actions">
                    <button type="submit" class="button button--accent" aria-disabled=says(move || (is_busy.get() || !has_changed()).then_some("true"))>"Save changes"</button>
                    <When holds=has_changed>
                        <button type="button" class="button" on:click=heard(move |_| { name.set(mine.with_untracked(|(known, _)| known.clone())); problem.set(None) })>"Discard"</button>
                    </When>
                </div>
            </form>
    }
}

/// Where one is signed in, and a way to end it there.
#[component]
pub fn Security() -> impl IntoView {
    let desk = use_desk();
    let listed = RwSignal::new(Vec::<Session>::new());
    let state = RwSignal::new(Loading::Loading);
    let load = move || {
        spawn_local(async move {
            match api::sessions().await {
                Ok(sessions) => {
                    listed.try_set(sessions);
                    state.try_set(Loading::Ready);
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => drop(state.try_set(Loading::Failed(error))),
            }
        });
    };
    load();
    let end = move |session: Session| {
        spawn_local(async move {
            match api::revoke(session.id).await {
                Ok(()) if session.current => desk.signed_out.set(true),
                Ok(()) => desk.toasts.say("That browser is signed out."),
                Err(error) => desk.toasts.alert(error.sentence()),
            }
            load();
        });
    };
    let failure = move || match state.get() {
        Loading::Failed(error) => Some(error.sentence()),
        Loading::Loading | Loading::Ready => None,
    };
    view! {
        <main class="settings" aria-label="Security">
            <a class="settings__back" href="/inbox/my-inbox"><Icon name="arrow-left" />"Back to the inbox"</a>
            <h1 tabindex="-1" id="list-title">"Security"</h1>
            <Password />
            <h2 id="sessions">"Where you are signed in"</h2>
            <p>"End a session that you do not know. Whoever used it has to sign in again."</p>
            {part(move || failure().map(|sentence| view! {
                <div class="card card--failed" role="alert">
                    <p>{sentence}</p>
                    <button type="button" class="button" on:click=heard(move |_| load())>"Retry"</button>
                </div>
            }))}
            <ul class="sessions" aria-labelledby="sessions" aria-busy=says(move || (state.get() == Loading::Loading).to_string())>
                <For each=move || listed.get() key=|session| session.id.clone() let(session)>
                    <li class="card sessions__one">
                        <Icon name="monitor" />
                        <div>
                            <p>{device(&session.device)}{session.current.then(|| view! { <span class="chip" data-tone="ok">"This browser"</span> })}</p>
                            <small>
                                "Signed in "<Time at=session.created_at text=time::full(session.created_at) />
                                ", last used "{time::words(session.seen_at, desk.now.get_untracked())}
                            </small>
                        </div>
                        <button
                            type="button" class="button"
                            aria-label=format!("Sign out {}", device(&session.device))
                            on:click=heard({ let session = session.clone(); move |_| end(session.clone()) })
                        >"Sign out"</button>
                    </li>
                </For>
            </ul>
        </main>
    }
}

/// The form of another password.
#[component]
fn Password() -> impl IntoView {
    let desk = use_desk();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (problem, is_busy) = (RwSignal::new(None::<Error>), RwSignal::new(false));
    let is_of_current = |error: &Error| matches!(error, Error::Refused(Refusal::WrongPassword));
    let refuse = move |error: Error| {
        dom::focus(if is_of_current(&error) { "current-password" } else { "new-password" });
        problem.try_set(Some(error));
    };
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Err(refusal) = new.with_untracked(|new| password::check(new)) {
            return refuse(Error::Refused(refusal));
        }
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let change = PasswordChange { current: current.get_untracked(), new: new.get_untracked() };
        spawn_local(async move {
            let answer = api::change_password(change).await;
            is_busy.try_set(false);
            match answer {
                Ok(()) => {
                    current.try_set(String::new());
                    new.try_set(String::new());
                    desk.toasts.say("Your password is changed. Other browsers have to sign in again.");
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => refuse(error),
            }
        });
    };
    let field = move |id: &'static str, label, autocomplete, value: RwSignal<String>, of_current: bool| {
        let said = move || {
            problem.with(|problem| {
                problem.as_ref().filter(|error| is_of_current(error) == of_current).map(Error::sentence)
            })
        };
        view! {
            <label class="field">
                <span class="field__label">{label}</span>
                <input
                    class="input" id=id type="password" autocomplete=autocomplete prop:value=value
                    on:input=heard(move |event: ev::Event| { problem.set(None); value.set(event_target_value(&event)) })
                />
                {part(move || said().map(|said| view! { <span class="field__problem" role="alert">{said}</span> }))}
            </label>
        }
    };
    view! {
        <form class="card profile__name" aria-label="Password" on:submit=heard(save)>
            <h2>"Password"</h2>
            {field("current-password", "Current password", "current-password", current, true)}
            {field("new-password", "New password", "new-password", new, false)}
            <p class="field__hint">{format!("At least {} characters.", password::PASSWORD_LEAST_CHARS)}</p>
            <div class="card__actions">
                <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>"Change password"</button>
            </div>
        </form>
    }
}

/// The browser and system of a `User-Agent`, for people.
fn device(agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_string(),
        (None, None) => "Unknown browser".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0";
        assert_eq!(device(edge), "Edge on Windows");
        assert_eq!(device("curl/8"), "Unknown browser");
    }
}
