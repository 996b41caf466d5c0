//! Pages of one's own account.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::backend::Session;
use crate::desk::{Loading, use_desk};
use crate::error::Error;
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};

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
            <h2 id="sessions">"Where you are signed in"</h2>
            <p>"End a session that you do not know. Whoever used it has to sign in again."</p>
            {move || failure().map(|sentence| view! {
                <div class="card card--failed" role="alert">
                    <p>{sentence}</p>
                    <button type="button" class="button" on:click=move |_| load()>"Retry"</button>
                </div>
            })}
            <ul class="sessions" aria-labelledby="sessions" aria-busy=move || (state.get() == Loading::Loading).to_string()>
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
                            on:click={ let session = session.clone(); move |_| end(session.clone()) }
                        >"Sign out"</button>
                    </li>
                </For>
            </ul>
        </main>
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
