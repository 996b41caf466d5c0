//! What can be done with the conversation on the screen.

use leptos::prelude::*;

use super::picker::{AssignPicker, Pickers};
use crate::commands::{Action, Asking, Screen, Standing, of, use_screen};
use crate::desk::use_desk;
use crate::inbox::ActionButton;
use crate::ui::avatar::Avatar;
use crate::ui::dynamic::{When, heard, part, says};
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
            <button type="button" class="button button--quiet button--icon thread__back" aria-label="Back to the list" on:click=heard(move |_| screen.run(Action::Back))>
                <Icon name="arrow-left" />
            </button>
            <button
                type="button" class="thread__client" aria-label="Client profile"
                on:click=heard(move |_| super::details::show(screen, "Profile"))
            >{part(move || view! { <Avatar name=name().unwrap_or_default() /> })}</button>
            <div class="thread__title">
                <h2 id="thread-title" tabindex="-1"><bdi>{name}</bdi></h2>
                <p>{what}</p>
            </div>
            <div class="thread__actions" role="toolbar" aria-label="Conversation actions">
                <When holds=move || nobody() && active()><ActionButton action=Action::Start class="button--accent" /></When>
                <When holds=move || !active()><ActionButton action=Action::Start /></When>
                <AssignPicker />
                <When holds=move || others() && active()><ActionButton action=Action::AssignToMe /></When>
                <ActionButton action=Action::Unassign />
                <ActionButton action=Action::Close />
                {part(move || {
                    // The way on is the one button that stands out.
                    let class = if nobody() && active() { "" } else { "button--accent" };
                    view! { <ActionButton action=Action::Resolve class=class pressed=resolved /> }
                })}
                <span class="tipped">
                    <button
                        type="button" class="button button--icon" aria-label="Details" aria-describedby="tip-details"
                        aria-pressed=says(move || screen.details.get().to_string()) on:click=heard(move |_| screen.run(Action::Details))
                    >
                        <Icon name="panel-right" />
                    </button>
                    <span class="tip" role="tooltip" id="tip-details">"Details (.)"</span>
                </span>
                <Pickers of=&[Asking::Transfer, Asking::Group, Asking::Merge, Asking::MergeClient, Asking::Tag] trigger="more-actions">
                <Menu
                    id="more-actions" label="More actions" class="button button--icon"
                    face=ViewFn::from(|| view! { <Icon name="ellipsis-vertical" /> })
                >
                    {MORE.map(|action| view! { <MenuAction action /> })}
                    <button type="button" role="menuitem" class="menu__item" on:click=heard(move |_| screen.run(Action::CopyLink))>
                        <Icon name="link" />"Copy conversation link"
                    </button>
                    <When holds=move || row.with(|row| row.is_some())>
                        <button type="button" role="menuitem" class="menu__item" on:click=heard(move |_| super::details::show(screen, "Log"))>
                            <Icon name="list" />"Conversation log"
                        </button>
                    </When>
                </Menu>
                </Pickers>
            </div>
        </header>
    }
}

/// What the menu holds besides what is said about the conversation.
const MORE: [Action; 22] = [
    Action::Transfer,
    Action::AssignGroup,
    Action::Leave,
    Action::Pend,
    Action::Resume,
    Action::ResolveWith,
    Action::Tag,
    Action::MarkUnread,
    Action::Merge,
    Action::Unmerge,
    Action::Split,
    Action::Email,
    Action::Pin,
    Action::Detach,
    Action::Rename,
    Action::MergeClient,
    Action::Note,
    Action::ClientNote,
    Action::Block,
    Action::Unblock,
    Action::Archive,
    Action::Unarchive,
];

/// An action as an item of the menu: absent without the right, and with the reason where it is refused.
#[component]
fn MenuAction(action: Action) -> impl IntoView {
    let screen = use_screen();
    let entry = of(action);
    let standing = Memo::new(move |_| match screen.desk.opened_row() {
        Some(row) => row.with(|row| screen.standing(action, row)),
        None => Standing::Hidden,
    });
    let refused = move || match standing.get() {
        Standing::Refused(sentence) => Some(sentence),
        Standing::Ready | Standing::Hidden => None,
    };
    let title = move || match action {
        Action::Detach => detach(screen, matches!(standing.get(), Standing::Refused(_))),
        _ => entry.title.to_string(),
    };
    let press = move |_| match standing.get_untracked() {
        // After the menu has given the keyboard back to its button.
        Standing::Ready => request_animation_frame(move || screen.run(action)),
        Standing::Refused(sentence) => screen.desk.toasts.alert(sentence),
        Standing::Hidden => {}
    };
    view! {
        <When holds=move || standing.get() != Standing::Hidden>
            <button
                type="button" role="menuitem" class="menu__item" aria-disabled=says(move || refused().map(|_| "true"))
                title=refused on:click=heard(press)
            >
                <Icon name=entry.icon />{title}
                {(!entry.shortcut.is_empty()).then(|| view! { <kbd class="menu__key">{crate::palette::spelled(entry.shortcut).join(" ")}</kbd> })}
            </button>
        </When>
    }
}

/// Whose client it is, as each reads it: **Detach** for the owner, **Pinned (Sam)** for who may not, **Detach (assigned to
/// Sam)** for who may.
fn detach(screen: Screen, is_refused: bool) -> String {
    let desk = screen.desk;
    let owner = desk.opened_row().and_then(|row| row.with(|row| row.scene.contact.pinned_to));
    let me = desk.viewer.with(|viewer| viewer.agent);
    let name = |owner| {
        desk.office.with(|office| match office.agents.get(&owner) {
            Some(agent) if agent.display_name.is_empty() => agent.email.clone(),
            _ => office.name_of(owner).to_string(),
        })
    };
    match owner {
        Some(owner) if owner != me && is_refused => format!("Pinned ({})", name(owner)),
        Some(owner) if owner != me => format!("Detach (assigned to {})", name(owner)),
        Some(_) | None => "Detach".into(),
    }
}

/// How much it hurries, and the picker behind it. Without the right it only says so.
#[component]
pub fn PriorityBadge() -> impl IntoView {
    let screen = use_screen();
    let level = Memo::new(move |_| {
        let row = screen.desk.opened_row()?;
        Some(row.with(|row| row.scene.conversation.priority.level))
    });
    let may = move || screen.desk.viewer.with(|viewer| viewer.may(domain::permission::Permission::Priority));
    let name = move || level.get().map(|level| level.name()).unwrap_or_default();
    let tone = move || level.get().map(crate::inbox::tone).unwrap_or_default();
    view! {
        <Show when=may fallback=move || view! { <span class="chip" data-tone=tone>{name}</span> }>
            <Pickers of=&[Asking::Priority] trigger="priority">
                <button
                    type="button" id="priority" class="chip chip--button" data-tone=tone aria-haspopup="dialog"
                    aria-label=says(move || format!("Priority: {}", name()))
                    aria-expanded=says(move || screen.asks(Asking::Priority).to_string())
                    on:click=heard(move |_| match screen.asking.get_untracked() {
                        Some(_) => screen.asking.set(None),
                        None => screen.run(Action::Priority),
                    })
                >
                    <Icon name="flag" />{name}
                </button>
            </Pickers>
        </Show>
    }
}
