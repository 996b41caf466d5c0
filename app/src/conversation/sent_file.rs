//! A file in the thread: looked at or listened to where browsers can, and always there to be downloaded.

use domain::file::{File, Media, Shown};
use leptos::prelude::*;

use crate::dom;
use crate::ui::icon::Icon;

/// It. While it `is_here` only, the server does not give it out yet.
#[component]
pub fn SentFile(file: File, is_here: bool) -> impl IntoView {
    let href = format!("/files/{}/{}", file.id, dom::encoded(&file.name));
    let File { name, media, pixels, .. } = &file;
    let (width, height) =
        (pixels.map(|(width, _)| width.to_string()), pixels.map(|(_, height)| height.to_string()));
    let preview = match media.shown() {
        _ if is_here => None,
        Shown::Picture => Some(
            view! {
                <a class="file__picture" href=href.clone() download=name.clone() title=format!("Download {name}")>
                    <img src=href.clone() alt=name.clone() width=width height=height loading="lazy" decoding="async" />
                </a>
            }
            .into_any(),
        ),
        Shown::Video => Some(
            view! { <video class="file__video" src=href.clone() controls preload="metadata" aria-label=name.clone()></video> }
                .into_any(),
        ),
        Shown::Sound => Some(
            view! { <audio class="file__sound" src=href.clone() controls preload="none" aria-label=name.clone()></audio> }
                .into_any(),
        ),
        Shown::Document => None,
    };
    let icon = if *media == Media::Pdf { "file-text" } else { "paperclip" };
    let about = view! {
        <Icon name=icon />
        <span class="file__name"><bdi>{name.clone()}</bdi></span>
        <small>{file.size()}</small>
    };
    view! {
        <div class="file">
            {preview}
            {match is_here {
                true => view! { <span class="file__link">{about}</span> }.into_any(),
                false => view! {
                    <a class="file__link" href=href.clone() download=name.clone() aria-label=format!("Download {name}, {}", file.size())>
                        {about}<Icon name="download" />
                    </a>
                }
                .into_any(),
            }}
        </div>
    }
}
