//! The strips above a thread: a transfer that waits for its answer, and where a conversation went.

use domain::message::MessageKind;
use leptos::prelude::*;

use crate::commands::Action;
use crate::desk::use_desk;
use crate::inbox::ActionButton;
use crate::ui::dynamic::part;
use crate::ui::icon::Icon;
use crate::ui::time;

/// Where it was merged into. Nothing where it was not.
#[component]
pub fn MergedStrip() -> impl IntoView {
    let desk = use_desk();
    let number = Memo::new(move |_| {
        let row = desk.opened_row()?;
        row.with(|row| row.scene.into.as_ref().map(|into| into.conversation.number))
    });
    view! {
        {part(move || number.get().map(|number| view! {
            <div class="handing" role="status" aria-label="Merged" data-tone="info">
                <Icon name="merge" />
                <p>"This conversation was merged: what was said is in "<a href=format!("/c/{number}")>{format!("conversation {number}")}</a>"."</p>
                <ActionButton action=Action::Unmerge />
            </div>
        }))}
    }
}

/// What the strip says.
#[derive(Clone, PartialEq)]
enum Strip {
    /// The viewer is asked.
    Asked { by: String, note: Option<String>, until: String },
    /// The viewer asked, or sees that somebody did.
    Waits { to: String, until: String },
}

/// The strip above the thread. Nothing where nobody is asked.
#[component]
pub fn TransferStrip() -> impl IntoView {
    let desk = use_desk();
    let strip = Memo::new(move |_| {
        let row = desk.opened_row()?;
        let transfer = row.with(|row| row.scene.conversation.transfer)?;
        let me = desk.viewer.with(|viewer| viewer.agent);
        let until = time::clock(transfer.expires);
        let name = |agent| desk.office.with(|office| office.name_of(agent).to_string());
        if transfer.to != me {
            return Some(Strip::Waits { to: name(transfer.to), until });
        }
        let note = desk.opened.with(|open| {
            let entries = &open.thread()?.entries;
            let said = entries.iter().rev().filter_map(|entry| entry.message.as_ref());
            let mut notes = said.filter(|message| message.kind == MessageKind::Note && !message.is_deleted());
            notes.find(|message| Some(message.id) == transfer.note).map(|message| message.text.clone())
        });
        Some(Strip::Asked { by: name(transfer.from), note, until })
    });
    view! {
        {part(move || strip.get().map(|strip| match strip {
            Strip::Asked { by, note, until } => view! {
                <div class="handing" role="dialog" aria-label="Transfer request" data-tone="info">
                    <Icon name="send" />
                    <p>
                        <b>{format!("{by} asks you to take this conversation")}</b>
                        {note.map(|note| format!(": {note}"))}
                        <span class="handing__until">{format!(" Until {until}.")}</span>
                    </p>
                    <ActionButton action=Action::Accept class="button--accent" />
                    <ActionButton action=Action::Decline />
                </div>
            }.into_any(),
            Strip::Waits { to, until } => view! {
                <div class="handing" role="status" aria-label="Transfer">
                    <Icon name="send" />
                    <p>{format!("{to} is asked to take this conversation.")}<span class="handing__until">{format!(" Until {until}.")}</span></p>
                    <ActionButton action=Action::CancelTransfer />
                </div>
            }.into_any(),
        }))}
    }
}
