//! A reply that was written to what is not the newest any more: its author looks, and sends it all the same or does not.

use std::time::Duration;

use domain::conversation::Command;
use domain::message::{Message, Words};
use leptos::prelude::*;

use super::newest_seen;
use crate::conversation::draft::Kind;
use crate::desk::thread::Open;
use crate::desk::use_desk;
use crate::dom;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{heard, part};

/// How long a dialog takes to say that it has closed.
const CLOSES: Duration = Duration::from_millis(50);

/// Shows what came in, once a reply was refused for it.
#[component]
pub fn NewerMessage() -> impl IntoView {
    let desk = use_desk();
    let open = RwSignal::new(false);
    let here = move || desk.opened.with(|open| open.thread().map(|thread| thread.id));
    Effect::new(move || {
        let refused = desk.stale.get();
        open.set(refused.is_some_and(|(id, _)| Some(id) == here()));
    });
    Effect::new(move |before: Option<bool>| {
        let is_open = open.get();
        if before == Some(true) && !is_open {
            desk.stale.set(None);
            dom::focus_soon("composer-text");
        }
        is_open
    });
    let newest = move || {
        desk.opened.with(|open: &Open| {
            let messages = open.thread()?.entries.iter().rev().filter_map(|entry| entry.message.as_ref());
            messages.into_iter().find(|message| message.kind.is_public()).cloned()
        })
    };
    let by = move |message: &Message| match message.by.agent() {
        Some(agent) => desk.office.with(|office| office.name_of(agent).to_string()),
        None => desk
            .opened_row()
            .map(|row| row.with(|row| row.scene.contact.display_name.clone()))
            .unwrap_or_default(),
    };
    let text = move || desk.stale.get().map(|(_, text)| text);
    // Exactly what was refused; what was begun since stays in the field.
    let send = move || {
        let Some((id, text)) = desk.stale.get_untracked() else { return };
        dom::close_dialog();
        let again = move || {
            let Some(row) = desk.row(id).map(|row| row.get_untracked()) else { return };
            let seen = newest_seen(desk, &row);
            let words = Words::new(dom::message_id(), text.clone());
            let begun = untrack(|| desk.drafts.text(id, Kind::Reply));
            if desk.dispatch(id, Command::Reply { words, seen }).is_some() {
                let rest = begun.strip_prefix(&text).unwrap_or(&begun);
                desk.drafts.write(id, Kind::Reply, rest.trim_start_matches('\n').to_string());
            }
        };
        // Once the dialog has closed: it may have to open again.
        set_timeout(again, CLOSES);
    };
    view! {
        <Dialog open label="Somebody wrote meanwhile" class="form">
            <h2>"Somebody wrote meanwhile"</h2>
            <p>"Your reply was not sent, and is kept. This came in since:"</p>
            {part(move || newest().map(|message| view! {
                <figure class="newer">
                    <figcaption><bdi>{by(&message)}</bdi></figcaption>
                    <blockquote dir="auto">{message.text}</blockquote>
                </figure>
            }))}
            <p>"Your reply:"</p>
            <blockquote class="newer" dir="auto">{text}</blockquote>
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| send())>"Send anyway"</button>
                <button type="button" class="button button--accent" autofocus on:click=heard(move |_| dom::close_dialog())>"Review"</button>
            </div>
        </Dialog>
    }
}
