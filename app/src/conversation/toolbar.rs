//! What can be done with the conversation on the screen.

use leptos::prelude::*;

use super::picker::AssignPicker;
use crate::commands::{Action, use_screen};
use crate::desk::use_desk;
use crate::inbox::ActionButton;
use crate::ui::icon::Icon;
use crate::ui::menu::Menu;

/// The head of the thread.
#[component]
pub fn Toolbar() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let row = Memo::new(move |_| desk.opened_row().map(|row| row.get()));
    let name = move || row.with(|row| row.as_ref().map(|row| row.scene.contact.display_name.clone()));
    let what = move || {
        row.with(|row| {
            let row = row.as_ref()?;
            let conversation = &row.scene.conversation;
            let channel = desk.office.with(|office| {
                office.channels.get(&conversation.channel).map(|channel| channel.name.clone())
            });
            Some(format!(
                "{} · {} · #{}",
                conversation.subject,
                channel.unwrap_or_default(),
                conversation.number
            ))
        })
    };
    let resolved = Signal::derive(move || {
        row.with(|row| row.as_ref().is_some_and(|row| !row.scene.conversation.is_active()))
    });
    // Who has it decides which of the two words stands on the button.
    let nobody =
        move || row.with(|row| row.as_ref().is_some_and(|row| row.scene.conversation.assignee.is_none()));
    let others = move || {
        let me = desk.viewer.with(|viewer| viewer.agent);
        row.with(|row| {
            row.as_ref().is_some_and(|row| row.scene.conversation.assignee.is_some_and(|agent| agent != me))
        })
    };
    let active = move || !resolved.get();
    view! {
        <header class="thread__head">
            <button type="button" class="button button--quiet button--icon thread__back" aria-label="Back to the list" on:click=move |_| screen.run(Action::Back)>
                <Icon name="arrow-left" />
            </button>
            <div class="thread__title">
                <h2 id="thread-title" tabindex="-1"><bdi>{name}</bdi></h2>
                <p>{what}</p>
            </div>
            <div class="thread__actions" role="toolbar" aria-label="Conversation actions">
                <Show when=move || nobody() && active()><ActionButton action=Action::Start class="button--accent" /></Show>
                <AssignPicker />
                <Show when=move || others() && active()><ActionButton action=Action::AssignToMe /></Show>
                <ActionButton action=Action::Unassign />
                <ActionButton action=Action::Close />
                {move || {
                    // The way on is the one button that stands out.
                    let class = if nobody() && active() { "" } else { "button--accent" };
                    view! { <ActionButton action=Action::Resolve class=class pressed=resolved /> }
                }}
                <span class="tipped">
                    <button
                        type="button" class="button button--icon" aria-label="Details" aria-describedby="tip-details"
                        aria-pressed=move || screen.details.get().to_string() on:click=move |_| screen.run(Action::Details)
                    >
                        <Icon name="panel-right" />
                    </button>
                    <span class="tip" role="tooltip" id="tip-details">"Details (.)"</span>
                </span>
                <Menu
                    id="more-actions" label="More actions" class="button button--icon"
                    face=ViewFn::from(|| view! { <Icon name="ellipsis-vertical" /> })
                >
                    <button type="button" role="menuitem" class="menu__item" on:click=move |_| screen.run(Action::CopyLink)>
                        <Icon name="link" />"Copy conversation link"
                    </button>
                    <Show when=move || row.with(|row| row.is_some())>
                        <button type="button" role="menuitem" class="menu__item" on:click=move |_| super::details::show_log(screen)>
                            <Icon name="list" />"Conversation log"
                        </button>
                    </Show>
                </Menu>
            </div>
        </header>
    }
}
