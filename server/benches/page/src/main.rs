//! M in the browser: what a page by hand would do for a sign-in form and an inbox of 50 rows, on Leptos with its router.
//! As in Switchboard the rows come with the page, as JSON. No looks, no menus, no live line, no second screen beside the
//! list. It is frozen: a slow M would make every goal easy.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;
use serde::Deserialize;

fn main() {
    leptos::mount::mount_to_body(Page);
}

#[component]
fn Page() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| "There is nothing at this address">
                <Route path=path!("/login") view=SignIn />
                <Route path=path!("/inbox/all") view=Inbox />
            </Routes>
        </Router>
    }
}

#[component]
fn SignIn() -> impl IntoView {
    view! {
        <main>
            <h1>"Sign in"</h1>
            <form method="post" action="/login">
                <label>"Email" <input name="email" type="email" autocomplete="username" required /></label>
                <label>
                    "Password" <input name="password" type="password" autocomplete="current-password" required />
                </label>
                <button type="submit">"Sign in"</button>
            </form>
        </main>
    }
}

#[derive(Clone, Deserialize)]
struct Conversation {
    number: u32,
    who: String,
    subject: String,
    preview: String,
    when: String,
}

/// What the page brought along.
fn brought() -> Vec<Conversation> {
    let block = document().get_element_by_id("rows").and_then(|block| block.text_content());
    serde_json::from_str(&block.unwrap_or_default()).expect("the page brings its rows")
}

#[component]
fn Inbox() -> impl IntoView {
    let rows = RwSignal::new(brought());
    view! {
        <main>
            <h1>"All"</h1>
            <ul aria-label="Conversations">
                <For each=move || rows.get() key=|conversation| conversation.number let:conversation>
                    <Row conversation />
                </For>
            </ul>
        </main>
    }
}

#[component]
fn Row(conversation: Conversation) -> impl IntoView {
    let Conversation { number, who, subject, preview, when } = conversation;
    view! {
        <li>
            <a href=format!("/inbox/all/{number}")>
                <strong>{who}</strong>
                <span>{subject}</span>
                <span>{preview}</span>
                <time>{when}</time>
            </a>
        </li>
    }
}
