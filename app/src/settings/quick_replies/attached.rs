//! What goes along with a quick reply: files, attached one at a time in its form.

use domain::file::{FILE_MAX_BYTES, File, check_size, clean_file_name, size};
use domain::refusal::Refusal;
use domain::settings::quick_reply::{FILES_AT_MOST, QuickReply};
use leptos::prelude::*;

use crate::conversation::AttachFile;
use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::dynamic::{heard, part};
use crate::ui::icon::Icon;
use crate::{api, dom};

/// The button that attaches one.
const ATTACH: &str = "attach-to-template";

/// The files of the form's quick reply, and what attaches one more.
#[component]
pub fn Attachments(
    now: RwSignal<QuickReply>,
    /// The name of what is on its way.
    going: RwSignal<Option<String>>,
    problem: RwSignal<Option<String>>,
) -> impl IntoView {
    let desk = use_desk();
    let percent = RwSignal::new(0);
    let running = StoredValue::new_local(None::<dom::Sending>);
    let cancel = move || {
        if let Some(running) = running.try_update_value(Option::take).flatten() {
            running.cancel();
        }
        going.try_set(None);
    };
    // A form that is closed is not there to take it.
    on_cleanup(cancel);
    let attach = move |file: web_sys::File| {
        let name = clean_file_name(&file.name());
        if going.with_untracked(Option::is_some) {
            return problem
                .set(Some("One file goes at a time. Attach the next when this one is there.".into()));
        }
        if now.with_untracked(|now| now.files.len() >= FILES_AT_MOST) {
            let refusal = Refusal::TooManyAttached { most: FILES_AT_MOST as u32 };
            return problem.set(Some(refusal.sentence()));
        }
        if let Err(refusal) = check_size(file.size() as i64, FILE_MAX_BYTES) {
            return problem.set(Some(format!("{name}: {}", refusal.sentence())));
        }
        problem.set(None);
        let path = format!("/files?id={}&name={}", dom::file_id(), dom::encoded(&name));
        percent.set(0);
        going.set(Some(name));
        let done = move |answer: Result<String, Error>| {
            going.try_set(None);
            match answer.map(|text| api::read::<File>(&text)) {
                Ok(Some(file)) => drop(now.try_update(|now| now.files.push(file))),
                Ok(None) => drop(problem.try_set(Some(Error::Missing.sentence()))),
                Err(Error::SignedOut) => drop(desk.signed_out.try_set(true)),
                Err(error) => drop(problem.try_set(Some(error.sentence()))),
            }
        };
        match dom::send_file(&path, &file, move |at| _ = percent.try_set(at), done) {
            Some(sending) => running.set_value(Some(sending)),
            None => {
                going.set(None);
                problem.set(Some("This browser cannot send the file.".into()));
            }
        }
    };
    let attached = move || {
        let line = |file: File| {
            let remove = move |_| {
                now.update(|now| now.files.retain(|other| other.id != file.id));
                dom::focus_soon(ATTACH);
            };
            view! {
                <li class="uploads__one">
                    <Icon name="paperclip" />
                    <span class="uploads__name"><bdi>{file.name.clone()}</bdi>" "<small>{size(file.size_bytes)}</small></span>
                    <button
                        type="button" class="button button--icon button--quiet" aria-label=format!("Remove {}", file.name)
                        on:click=heard(remove)
                    ><Icon name="x" /></button>
                </li>
            }
        };
        now.with(|now| now.files.clone()).into_iter().map(line).collect_view()
    };
    let on_its_way = move || {
        going.get().map(|name| {
            view! {
                <li class="uploads__one">
                    <Icon name="paperclip" />
                    <span class="uploads__name"><bdi>{name.clone()}</bdi></span>
                    <progress max="100" aria-label=format!("Sending {name}") prop:value=percent></progress>
                    <button
                        type="button" class="button button--icon button--quiet" aria-label=format!("Cancel sending {name}")
                        on:click=heard(move |_| { cancel(); dom::focus_soon(ATTACH) })
                    ><Icon name="x" /></button>
                </li>
            }
        })
    };
    let is_empty = move || now.with(|now| now.files.is_empty()) && going.with(Option::is_none);
    view! {
        <div class="field" role="group" aria-label="Attachments">
            <span class="field__label">"Attachments"</span>
            <ul class="uploads" aria-label="Attached files" hidden=is_empty>{part(attached)}{part(on_its_way)}</ul>
            <span><AttachFile choose=Callback::new(attach) title="Attach a file that goes along" text="Attach file" id=ATTACH /></span>
        </div>
    }
}
