//! Where the conversation is on its way from New to Archived.

use domain::conversation::Status;
use domain::stage::{Stage, prompt};
use leptos::prelude::*;

use crate::desk::use_desk;
use crate::ui::dynamic::{part, says};

/// The steps, with the current one marked.
#[component]
pub fn Lifecycle() -> impl IntoView {
    let desk = use_desk();
    let at = Memo::new(move |_| {
        let row = desk.opened_row()?;
        Some(row.with(|row| {
            let conversation = &row.scene.conversation;
            (Stage::of(conversation), matches!(conversation.status, Status::Pending { .. }))
        }))
    });
    let asks = move || desk.opened_row()?.with(|row| prompt(&row.scene.conversation));
    view! {
        <ol class="steps" aria-label="Lifecycle">
            {Stage::ALL.iter().map(|stage| {
                let stage = *stage;
                let current = move || at.get().is_some_and(|(at, _)| at == stage);
                let waits = move || current() && at.get().is_some_and(|(_, waits)| waits);
                let passed = move || at.get().is_some_and(|(at, _)| stage < at);
                view! {
                    <li aria-current=says(move || current().then_some("step")) data-passed=says(move || passed().then_some(""))>
                        {stage.name()}
                        {part(move || waits().then(|| view! { <span class="chip" data-tone="ok">"waiting"</span> }))}
                    </li>
                }
            }).collect_view()}
        </ol>
        {part(move || asks().map(|asked| view! { <p class="where__asks" role="note">{asked}</p> }))}
    }
}
