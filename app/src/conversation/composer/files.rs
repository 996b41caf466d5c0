//! Files in the composer: chosen, dropped or pasted, on their way, and what could not be sent.

use domain::file::size;
use domain::id::ConversationId;
use leptos::prelude::*;

use crate::desk::uploads::{Stage, Upload};
use crate::desk::use_desk;
use crate::dom;
use crate::ui::dynamic::heard;
use crate::ui::icon::Icon;

/// **Attach file**: one at a time. It goes out as soon as it is chosen.
#[component]
pub fn AttachFile(
    choose: Callback<web_sys::File>,
    /// What happens to it then.
    #[prop(default = "Attach file: it is sent at once")]
    title: &'static str,
    /// What the button says beside its icon; else it is one of a row of icons.
    #[prop(optional)]
    text: &'static str,
    #[prop(default = "attach")] id: &'static str,
) -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    let open = move |_| {
        if let Some(field) = field.get_untracked() {
            field.click();
        }
    };
    let chosen = move |_| {
        let Some(field) = field.get_untracked() else { return };
        let file = field.files().and_then(|files| files.get(0));
        // The same file may be chosen again.
        field.set_value("");
        if let Some(file) = file {
            choose.run(file);
        }
    };
    view! {
        <button
            type="button" id=id class=if text.is_empty() { "button button--icon button--quiet" } else { "button" }
            aria-label="Attach file" title=title on:click=heard(open)
        ><Icon name="paperclip" />{text}</button>
        <input type="file" hidden tabindex="-1" aria-label="File to send" node_ref=field on:change=heard(chosen) />
    }
}

/// Those of the conversation on the screen that are not sent yet.
#[component]
pub fn UnsentFiles(#[prop(into)] id: Signal<Option<ConversationId>>) -> impl IntoView {
    let desk = use_desk();
    let here = move || {
        let id = id.get();
        desk.uploads.all.with(|all| {
            all.iter().filter(|upload| Some(upload.conversation) == id).cloned().collect::<Vec<_>>()
        })
    };
    // The parts that a screen reader has its cursor on stay while the percents rise.
    let key = |upload: &Upload| match &upload.stage {
        Stage::Going(_) => (upload.id, String::new()),
        Stage::Coming(_) | Stage::Waits(_) => (upload.id, "along".into()),
        Stage::Failed(sentence) | Stage::Unsent(_, sentence) => (upload.id, sentence.clone()),
    };
    view! {
        <ul class="uploads" aria-label="Files on their way" hidden=move || here().is_empty()>
            <For each=here key=key let:upload>
                <UploadView upload />
            </For>
        </ul>
    }
}

#[component]
fn UploadView(upload: Upload) -> impl IntoView {
    let desk = use_desk();
    let Upload { id, name, size_bytes, stage, .. } = upload;
    let percent = move || {
        desk.uploads.all.with(|all| {
            let stage = all.iter().find(|upload| upload.id == id).map(|upload| upload.stage.clone());
            match stage {
                Some(Stage::Going(percent)) => percent,
                _ => 100,
            }
        })
    };
    let problem = match &stage {
        Stage::Going(_) | Stage::Coming(_) | Stage::Waits(_) => None,
        Stage::Failed(sentence) | Stage::Unsent(_, sentence) => Some(sentence.clone()),
    };
    let remove = move |_| {
        desk.remove_file(id);
        dom::focus_soon("composer-text");
    };
    let again = move |_| {
        desk.send_again(id);
        dom::focus_soon("composer-text");
    };
    let is_going = matches!(stage, Stage::Going(_));
    let is_failed = problem.is_some();
    let goes_along = !is_going && !is_failed;
    view! {
        <li class="uploads__one" data-failed=is_failed.then_some("")>
            <Icon name="paperclip" />
            <span class="uploads__name"><bdi>{name.clone()}</bdi>" "<small>{size(size_bytes)}</small></span>
            {is_going.then(|| view! {
                <progress max="100" aria-label=format!("Sending {name}") prop:value=percent></progress>
            })}
            {goes_along.then(|| view! { <small>"goes along with your reply"</small> })}
            {problem.map(|sentence| view! { <span class="uploads__problem" role="alert">{sentence}</span> })}
            {is_failed.then(|| view! {
                <button type="button" class="button" on:click=heard(again)>"Send again"</button>
            })}
            <button
                type="button" class="button button--icon button--quiet"
                aria-label=if is_going { format!("Cancel sending {name}") } else { format!("Remove {name}") }
                on:click=heard(remove)
            ><Icon name="x" /></button>
        </li>
    }
}
