//! One conversation: its thread, what can be done with it, and who writes.

use domain::id::ConversationId;
use domain::permission::Permission;
use leptos::prelude::*;

use crate::commands::use_screen;
use crate::desk::thread::Open;
use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::dynamic::{When, heard, part};
use crate::ui::icon::Icon;
use composer::Composer;
pub use composer::files::AttachFile;
pub use composer::newest_seen;
pub use composer::signs::SIGNS;
pub use composer::suggest::counted_files;
use details::Details;
use timeline::Timeline;
use toolbar::Toolbar;

mod composer;
pub mod details;
pub mod draft;
pub mod event;
mod forms;
mod handing;
mod lifecycle;
mod mention;
mod message;
mod notes;
pub mod picker;
mod rich;
mod selection;
mod sent_file;
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
    // What stands around the messages stays where another conversation comes in its place, and says at once what is known
    // of it: to build all of that anew takes longer than to fetch the messages.
    let shown = Memo::new(move |_| {
        desk.opened.with(|open| match open {
            Open::Nothing => Shown::Nothing,
            Open::Loading(number) if !desk.knows(*number) => Shown::Loading,
            Open::Loading(_) | Open::Thread(_) => Shown::Conversation,
            Open::Failed(number, ..) => Shown::Failed(*number),
        })
    });
    mark_read();
    let failure = move || {
        desk.opened.with(|open| match open {
            Open::Failed(number, id, error) => Some((*number, *id, error.clone())),
            Open::Nothing | Open::Loading(_) | Open::Thread(_) => None,
        })
    };
    view! {
        <main class="thread" aria-label=label>
            {part(move || match shown.get() {
                Shown::Nothing => view! { <PickOne /> }.into_any(),
                Shown::Loading => view! { <Loading /> }.into_any(),
                Shown::Failed(_) => failure().map(|(number, id, error)| view! { <Failed number id error /> }).into_any(),
                Shown::Conversation => view! {
                    <Toolbar />
                    <div>
                        <div class="where">
                            <lifecycle::Lifecycle />
                            <toolbar::PriorityBadge />
                        </div>
                        <handing::TransferStrip />
                        <handing::MergedStrip />
                        <Presence />
                    </div>
                    <Timeline />
                    <div>
                        <selection::Selection />
                        <CustomerTypes />
                    </div>
                    <Composer />
                    <forms::Forms />
                }.into_any(),
            })}
        </main>
        <When holds=move || screen.details.get() && shown.get() == Shown::Conversation>
            <Details />
        </When>
    }
}

/// The given names of colleagues, as one says them in a line.
pub fn names(desk: crate::desk::Desk, agents: &[domain::id::AgentId]) -> String {
    let name = |agent: &domain::id::AgentId| {
        desk.office.with(|office| office.name_of(*agent).split(' ').next().unwrap_or_default().to_string())
    };
    let names: Vec<String> = agents.iter().map(name).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What is said of them.
pub fn is_or_are(names: &str) -> &'static str {
    if names.contains(" and ") { "are" } else { "is" }
}

/// Who else is here.
#[component]
fn Presence() -> impl IntoView {
    let desk = use_desk();
    let look = Memo::new(move |_| {
        let id = desk.opened.with(|open| open.thread().map(|thread| thread.id))?;
        desk.looks.with(|looks| looks.get(&id).cloned())
    });
    let said = move || {
        let look = look.get()?;
        let (replying, others): (Vec<_>, Vec<_>) =
            look.viewing.iter().partition(|agent| look.replying.contains(agent));
        let say = |agents: &[domain::id::AgentId], what: &str| {
            let names = names(desk, agents);
            (!names.is_empty()).then(|| format!("{names} {} {what}", is_or_are(&names)))
        };
        let said: Vec<String> =
            say(&replying, "replying").into_iter().chain(say(&others, "viewing")).collect();
        (!said.is_empty()).then(|| said.join(", "))
    };
    view! { <p class="presence-line" role="status" aria-label="Presence">{said}</p> }
}

/// The customer is writing.
#[component]
fn CustomerTypes() -> impl IntoView {
    let desk = use_desk();
    let is_typing = Memo::new(move |_| {
        let id = desk.opened.with(|open| open.thread().map(|thread| thread.id));
        id.is_some_and(|id| desk.looks.with(|looks| looks.get(&id).is_some_and(|look| look.customer)))
    });
    let said = move || {
        let name = desk.opened_row()?.with(|row| row.scene.contact.display_name.clone());
        is_typing.get().then(|| format!("{name} is typing…"))
    };
    view! { <p class="typing-line" role="status" aria-label="Customer">{said}</p> }
}

/// Which of the four faces the column has.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Nothing,
    Loading,
    Conversation,
    Failed(i64),
}

/// Marks the viewer's own conversation read after a second before their eyes. A preview marks nothing.
fn mark_read() {
    let desk = use_desk();
    // Tried once for each unread mark: what fails is no news to anybody, and must not be tried for ever.
    let tried = StoredValue::new(None);
    Effect::new(move || {
        // Whoever comes back to the page looks at it again.
        if !desk.visible.get() {
            return;
        }
        let Some(row) = desk.opened_row() else { return };
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        let mark = row.with(|row| {
            let conversation = &row.scene.conversation;
            let since = conversation.unread_since.filter(|_| conversation.assignee == Some(me))?;
            Some((conversation.id, since))
        });
        let Some((id, _)) = mark.filter(|mark| tried.get_value() != Some(*mark)) else { return };
        let looked_at = move || {
            let still =
                desk.opened.with_untracked(|open| open.thread().is_some_and(|thread| thread.id == id));
            let unread = |row: &domain::live::Row| row.scene.conversation.unread_since.is_some();
            if still && desk.row(id).is_some_and(|row| row.with_untracked(unread)) && !document().hidden() {
                tried.try_set_value(mark);
                desk.dispatch(id, domain::conversation::Command::Read);
            }
        };
        set_timeout(looked_at, LOOKED_AT);
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
pub fn Loading() -> impl IntoView {
    view! {
        <div class="thread__loading skeleton--late" aria-busy="true">
            <span></span><span></span><span></span>
        </div>
    }
}

/// People who are named to whoever may not see a conversation.
const ASKED: usize = 3;

/// It did not come, or it is not theirs to see any more. What was being written there is not lost with it.
#[component]
fn Failed(number: i64, id: Option<ConversationId>, error: Error) -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let missing = error == Error::Missing;
    let heading = match (missing, id) {
        (true, Some(_)) => format!("Conversation {number} is not yours to see any more"),
        (true, None) => format!("There is no conversation {number} for you"),
        (false, _) => "Could not load this conversation".into(),
    };
    let texts = move || {
        let kinds = draft::Kind::ALL.into_iter();
        let texts = kinds.filter_map(|kind| Some((kind, desk.drafts.text(id?, kind))));
        texts.filter(|(_, text)| !text.trim().is_empty()).collect::<Vec<_>>()
    };
    view! {
        <div class="card card--failed card--thread" role="alert">
            <h2>{heading}</h2>
            <p>{error.sentence()}</p>
            {missing.then(|| part(move || {
                let asked = desk.office.with(|office| {
                    let me = desk.viewer.with(|viewer| office.name_of(viewer.agent).to_string());
                    let mut names = office.who_may(Permission::Monitor);
                    names.retain(|name| *name != me);
                    names.into_iter().take(ASKED).map(str::to_owned).collect::<Vec<_>>()
                });
                (!asked.is_empty()).then(|| view! {
                    <p>{format!("Ask whoever sent you here, or one who sees all conversations: {}.", asked.join(", "))}</p>
                })
            }))}
            {part(move || texts().into_iter().map(|(kind, text)| {
                let id = format!("left-{}", kind.key());
                view! {
                    <label for=id.clone() class="field__label">{format!("Your {} that was not sent", kind.name())}</label>
                    <textarea class="input" id=id rows="4" readonly prop:value=text></textarea>
                }
            }).collect_view())}
            <div class="card__actions">
                {(!missing).then(|| view! {
                    <button type="button" class="button" on:click=heard(move |_| desk.reload(number))>"Retry"</button>
                })}
                <button type="button" class="button" on:click=heard(move |_| screen.go.list(desk))>"Back to the list"</button>
            </div>
        </div>
    }
}
