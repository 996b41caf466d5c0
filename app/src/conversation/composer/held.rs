//! **Undo send**: a reply stays in this browser for a moment, and its author can take it back.

use domain::channel::{ChannelKind, UNDO_SEND_SECONDS};
use domain::id::ConversationId;
use domain::time::Duration;
use leptos::prelude::*;

use crate::commands::{Action, use_screen};
use crate::desk::use_desk;
use crate::dom;
use crate::ui::dynamic::{When, heard, says};
use crate::ui::icon::Icon;

/// Under which this browser keeps for how long, in seconds.
const KEY: &str = "undo-send";

/// For how long a reply on such a channel can be taken back in this browser.
pub fn held_for(kind: Option<ChannelKind>) -> Duration {
    let chosen = dom::kept(KEY).and_then(|seconds| seconds.parse().ok());
    kind.map_or(Duration::seconds(0), |kind| kind.holds_replies_for(chosen))
}

/// The reply of the conversation on the screen that can be taken back.
#[component]
pub fn HeldReply(#[prop(into)] id: Signal<Option<ConversationId>>) -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let holds = Memo::new(move |_| id.get().and_then(|id| desk.held_reply(id)).is_some());
    // A button that goes while it has the keyboard leaves it to the text.
    Effect::new(move |before: Option<bool>| {
        let is_held = holds.get();
        if before == Some(true) && !is_held {
            request_animation_frame(|| dom::rescue_focus("composer-text"));
        }
        is_held
    });
    view! {
        <When holds=move || holds.get()>
            <div class="uploads uploads--held">
                <p>"Your reply goes out in a moment."</p>
                <button type="button" class="button" on:click=heard(move |_| screen.run(Action::Undo))>"Undo send"</button>
            </div>
        </When>
    }
}

/// For how long, as items of a menu.
#[component]
pub fn HeldFor(kind: Signal<Option<ChannelKind>>) -> impl IntoView {
    let chosen = RwSignal::new(held_for(kind.get_untracked()));
    UNDO_SEND_SECONDS.map(move |seconds| {
        let length = Duration::seconds(seconds);
        let name = match seconds {
            0 => "Undo send: off".to_string(),
            seconds => format!("Undo send: {seconds} seconds"),
        };
        let choose = move |_| {
            dom::keep(KEY, &seconds.to_string());
            chosen.set(length);
        };
        view! {
            <button
                type="button" role="menuitemradio" class="menu__item" aria-checked=says(move || (chosen.get() == length).to_string())
                on:click=heard(choose)
            ><Icon name="undo-2" />{name}</button>
        }
    })
}
