//! One conversation: its thread, what can be done with it, and who writes.

use leptos::prelude::*;

use crate::commands::use_screen;
use crate::desk::{Open, use_desk};
use crate::error::Error;
use crate::ui::icon::Icon;
use composer::Composer;
use details::Details;
use timeline::Timeline;
use toolbar::Toolbar;

pub mod composer;
mod details;
mod event;
mod lifecycle;
mod message;
mod picker;
mod timeline;
mod toolbar;

/// How long one's own conversation is looked at before it counts as read.
const LOOKED_AT: std::time::Duration = std::time::Duration::from_secs(1);

/// The columns of the conversation: thread and details.
#[component]
pub fn Conversation() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let name = Memo::new(move |_| {
        let row = desk.opened_row()?;
        Some(row.with(|row| row.scene.contact.display_name.clone()))
    });
    let label = move || match name.get() {
        Some(name) => format!("Conversation with {name}"),
        None => "Conversation".to_string(),
    };
    // What is on the screen is one of four; it changes wholly when another conversation is opened.
    let kind = Memo::new(move |_| {
        desk.opened.with(|open| match open {
            Open::Nothing => 0,
            Open::Loading(_) => 1,
            Open::Thread(thread) => thread.number,
            Open::Failed(..) => -1,
        })
    });
    mark_read();
    let failure = move || {
        desk.opened.with(|open| match open {
            Open::Failed(number, error) => Some((*number, error.clone())),
            Open::Nothing | Open::Loading(_) | Open::Thread(_) => None,
        })
    };
    view! {
        <main class="thread" aria-label=label>
            {move || match kind.get() {
                0 => view! { <PickOne /> }.into_any(),
                1 => view! { <Loading /> }.into_any(),
                -1 => failure().map(|(number, error)| view! { <Failed number error /> }).into_any(),
                _ => view! {
                    <Toolbar />
                    <lifecycle::Lifecycle />
                    <Timeline />
                    <Composer />
                }.into_any(),
            }}
        </main>
        <Show when=move || screen.details.get() && (kind.get() > 1)>
            <Details />
        </Show>
    }
}

/// Marks the viewer's own conversation read after a second before their eyes. A preview marks nothing.
fn mark_read() {
    let desk = use_desk();
    Effect::new(move || {
        let Some(row) = desk.opened_row() else { return };
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        let unread = row.with(|row| {
            let conversation = &row.scene.conversation;
            (conversation.assignee == Some(me) && conversation.unread_since.is_some())
                .then_some(conversation.id)
        });
        let Some(id) = unread else { return };
        set_timeout(
            move || {
                let still =
                    desk.opened.with_untracked(|open| open.thread().is_some_and(|thread| thread.id == id));
                let unread = desk.row(id).is_some_and(|row| {
                    row.with_untracked(|row| row.scene.conversation.unread_since.is_some())
                });
                if still && unread && !document().hidden() {
                    desk.dispatch(id, domain::conversation::Command::Read);
                }
            },
            LOOKED_AT,
        );
    });
}

/// Nothing is chosen.
#[component]
fn PickOne() -> impl IntoView {
    view! {
        <div class="empty empty--thread">
            <Icon name="message-square-dashed" />
            <h2>"Pick a conversation"</h2>
            <p>"A preview changes nothing: it is taken when you start it."</p>
            <dl class="keys">
                <div><dt><kbd>"J"</kbd>" "<kbd>"K"</kbd></dt><dd>"next, previous"</dd></div>
                <div><dt><kbd>"I"</kbd></dt><dd>"assign to me"</dd></div>
                <div><dt><kbd>"R"</kbd></dt><dd>"reply"</dd></div>
            </dl>
        </div>
    }
}

/// It is on its way; a fast answer shows no skeleton.
#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="thread__loading skeleton--late" aria-busy="true">
            <span></span><span></span><span></span>
        </div>
    }
}

/// It did not come.
#[component]
fn Failed(number: i64, error: Error) -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let missing = error == Error::Missing;
    view! {
        <div class="card card--failed card--thread" role="alert">
            <h2>{if missing { format!("There is no conversation {number} for you") } else { "Could not load this conversation".into() }}</h2>
            <p>{error.sentence()}</p>
            <div class="card__actions">
                {(!missing).then(|| view! {
                    <button type="button" class="button" on:click=move |_| desk.reload(number)>"Retry"</button>
                })}
                <button type="button" class="button" on:click=move |_| screen.go.list(desk)>"Back to the list"</button>
            </div>
        </div>
    }
}
