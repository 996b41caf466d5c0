//! Orders that ask for words: set pending, resolve with a summary, decline a transfer. What is written is a draft until
//! the order takes it.

use domain::conversation::Command;
use domain::id::ConversationId;
use domain::message::Words;
use leptos::prelude::*;

use super::draft::Kind;
use crate::commands::{Asking, use_screen};
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::ui::dialog::Dialog;
use domain::live::Row;

/// All of them; at most one is open.
#[component]
pub fn Forms() -> impl IntoView {
    view! {
        <Pend />
        <Resolve />
        <Decline />
        <Rename />
        <Block />
    }
}

/// Whether that form is open, as the dialog wants to know it.
fn open_for(asking: Asking) -> RwSignal<bool> {
    let screen = use_screen();
    let open = RwSignal::new(false);
    Effect::new(move || open.set(screen.asks(asking)));
    // Closed by Escape or a click beside it.
    Effect::new(move |before: Option<bool>| {
        let is_open = open.get();
        if before == Some(true) && !is_open && screen.asking.get_untracked() == Some(asking) {
            screen.asking.set(None);
        }
        is_open
    });
    open
}

/// The conversation on the screen.
fn opened(desk: Desk) -> Option<Row> {
    untrack(|| desk.opened_row()).map(|row| row.get_untracked())
}

fn id(desk: Desk) -> Option<ConversationId> {
    desk.opened.with_untracked(|open| open.thread().map(|thread| thread.id))
}

/// A draft as an order carries it, if anything is written.
fn written(desk: Desk, kind: Kind) -> Option<Words> {
    let text = untrack(|| Some(desk.drafts.text(id(desk)?, kind)));
    text.filter(|text: &String| !text.trim().is_empty()).map(|text| Words { id: dom::message_id(), text })
}

/// A field whose text is a draft of the conversation on the screen.
#[component]
fn Draft(
    kind: Kind,
    label: &'static str,
    hint: &'static str,
    #[prop(optional)] first: bool,
) -> impl IntoView {
    let desk = use_desk();
    let text = move || id(desk).map(|id| desk.drafts.text(id, kind)).unwrap_or_default();
    view! {
        <label class="field">
            <span class="field__label">{label}</span>
            <textarea
                class="input" rows="3" placeholder=hint autofocus=first prop:value=text
                on:input=move |event| if let Some(id) = id(desk) {
                    desk.drafts.write(id, kind, event_target_value(&event));
                }
            ></textarea>
        </label>
    }
}

/// What a form does, on its last line.
#[component]
fn Go(label: &'static str, go: impl Fn() + Copy + 'static) -> impl IntoView {
    view! {
        <div class="dialog__actions">
            <button type="button" class="button" on:click=move |_| dom::close_dialog()>"Cancel"</button>
            <button type="submit" class="button button--accent" on:click=move |event| { event.prevent_default(); go() }>{label}</button>
        </div>
    }
}

/// The form itself: ⌘ or Ctrl with Enter does it, as everywhere.
#[component]
fn Form(go: impl Fn() + Copy + 'static, children: Children) -> impl IntoView {
    view! {
        <form
            class="dialog__form"
            on:submit=move |event| { event.prevent_default(); go() }
            on:keydown=move |event| if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                go()
            }
        >
            {children()}
        </form>
    }
}

#[component]
fn Pend() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let open = open_for(Asking::Pend);
    let wakes = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let go = move || {
        let Some(row) = opened(desk) else { return };
        let typed = wakes.get_untracked();
        let wake_at = dom::moment(&typed);
        if !typed.is_empty() && wake_at.is_none() {
            return problem.set(Some("Choose a day and a time.".into()));
        }
        let reason =
            written(desk, Kind::Pend).unwrap_or(Words { id: dom::message_id(), text: String::new() });
        let command = Command::Pend { reason, wake_at };
        if let Err(refusal) = untrack(|| desk.try_on(&row.scene, &command)) {
            return problem.set(Some(refusal.sentence()));
        }
        if screen.give(command, &row) {
            wakes.set(String::new());
        }
    };
    Effect::new(move || {
        open.track();
        problem.set(None);
    });
    let soon = move |label: &'static str, days: u32, hour: u32| {
        view! {
            <button type="button" class="chip chip--button" on:click=move |_| wakes.set(dom::local(dom::now(), days, hour))>{label}</button>
        }
    };
    view! {
        <Dialog open label="Set pending" class="form">
            <h2>"Set pending"</h2>
            <p>"It stays with whoever has it, and opens again when the customer writes."</p>
            <Form go>
                <Draft kind=Kind::Pend label="Pending reason" hint="What does it wait for?" first=true />
                <label class="field">
                    <span class="field__label">"Wake at"</span>
                    <input class="input" type="datetime-local" prop:value=move || wakes.get() on:input=move |event| wakes.set(event_target_value(&event)) />
                </label>
                <div class="picker__reasons" role="group" aria-label="Wake at, quickly">
                    {soon("Tomorrow 9:00", 1, 9)}
                    {soon("In 3 days", 3, 9)}
                    {soon("In a week", 7, 9)}
                </div>
                {move || problem.get().map(|problem| view! { <p class="field__problem" role="alert">{problem}</p> })}
                <Go label="Set pending" go />
            </Form>
        </Dialog>
    }
}

#[component]
fn Resolve() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let open = open_for(Asking::Resolve);
    let go = move || {
        let Some(row) = opened(desk) else { return };
        let command =
            Command::Resolve { summary: written(desk, Kind::Summary), closing: written(desk, Kind::Closing) };
        screen.give(command, &row);
    };
    view! {
        <Dialog open label="Resolve" class="form">
            <h2>"Resolve"</h2>
            <Form go>
                <Draft kind=Kind::Summary label="Resolution summary" hint="For the team: what was it, and what helped?" first=true />
                <Draft kind=Kind::Closing label="Closing message" hint="Goes to the customer." />
                <Go label="Mark resolved" go />
            </Form>
        </Dialog>
    }
}

#[component]
fn Decline() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let open = open_for(Asking::Decline);
    let go = move || {
        let Some(row) = opened(desk) else { return };
        screen.give(Command::DeclineTransfer { reason: written(desk, Kind::Decline) }, &row);
    };
    view! {
        <Dialog open label="Decline transfer" class="form">
            <h2>"Decline transfer"</h2>
            <Form go>
                <Draft kind=Kind::Decline label="Reason (optional)" hint="Whoever asked reads it." first=true />
                <Go label="Decline" go />
            </Form>
        </Dialog>
    }
}

#[component]
fn Rename() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let open = open_for(Asking::Rename);
    let name = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let original = RwSignal::new(String::new());
    Effect::new(move || {
        if open.get()
            && let Some(row) = opened(desk)
        {
            name.set(row.scene.contact.display_name);
            original.set(row.scene.contact.original_name);
            problem.set(None);
        }
    });
    let go = move || {
        let Some(row) = opened(desk) else { return };
        let command = Command::RenameClient { name: name.get_untracked() };
        match untrack(|| desk.try_on(&row.scene, &command)) {
            Err(refusal) => problem.set(Some(refusal.sentence())),
            Ok(_) => drop(screen.give(command, &row)),
        }
    };
    view! {
        <Dialog open label="Change client name" class="form">
            <h2>"Change client name"</h2>
            <p>"Original name: "<bdi>{move || original.get()}</bdi></p>
            <Form go>
                <label class="field">
                    <span class="field__label">"Name"</span>
                    <input
                        class="input" autofocus maxlength="200" autocomplete="off" prop:value=move || name.get()
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                </label>
                {move || problem.get().map(|problem| view! { <p class="field__problem" role="alert">{problem}</p> })}
                <Go label="Save" go />
            </Form>
        </Dialog>
    }
}

#[component]
fn Block() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let open = open_for(Asking::Block);
    let who = move || {
        let row = desk.opened_row()?;
        Some(row.with(|row| row.scene.contact.display_name.clone()))
    };
    let go = move || {
        if let Some(row) = opened(desk) {
            screen.give(Command::BlockClient, &row);
        }
    };
    view! {
        <Dialog open label="Send to the black list" class="form">
            <h2>"Send to the black list"</h2>
            <p>
                "Nothing that "<bdi>{who}</bdi>" writes reaches operators any more, in any conversation. It is kept, and whoever \
                manages the Blacklist can unlock it."
            </p>
            <Form go><Go label="Send to the black list" go /></Form>
        </Dialog>
    }
}
