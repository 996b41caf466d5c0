//! A reply that was written to what is not the newest any more: its author looks, and sends it all the same or does not.

use domain::message::Message;
use leptos::prelude::*;

use crate::desk::thread::Open;
use crate::desk::use_desk;
use crate::dom;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{heard, part};

/// Shows what came in, once a reply was refused for it.
#[component]
pub fn NewerMessage(send: Callback<()>) -> impl IntoView {
    let desk = use_desk();
    let open = RwSignal::new(false);
    let here = move || desk.opened.with(|open| open.thread().map(|thread| thread.id));
    Effect::new(move || {
        let refused = desk.stale.get();
        open.set(refused.is_some() && refused == here());
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
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| { dom::close_dialog(); send.run(()) })>"Send anyway"</button>
                <button type="button" class="button button--accent" autofocus on:click=heard(move |_| dom::close_dialog())>"Review"</button>
            </div>
        </Dialog>
    }
}
