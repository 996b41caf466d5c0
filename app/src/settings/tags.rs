//! The page **Tags**: the vocabulary, and which of its words are offered.

use domain::id::TagId;
use domain::office::Tag;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::desk::use_desk;
use crate::error::Error;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::{api, dom};

/// All tags, the offered ones first.
#[component]
pub fn Tags() -> impl IntoView {
    let desk = use_desk();
    let (name, problem) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let tags = Memo::new(move |_| {
        let mut tags: Vec<Tag> = desk.office.with(|office| office.tags.values().cloned().collect());
        tags.sort_by_key(|tag| (tag.retired, tag.name.to_lowercase()));
        tags
    });
    let create = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (id, typed) = (dom::tag_id(), name.get_untracked());
        let viewer = desk.viewer.get_untracked();
        if let Err(refusal) = desk.office.with_untracked(|office| Tag::new(office, &viewer, id, &typed)) {
            return problem.set(Some(refusal.sentence()));
        }
        spawn_local(async move {
            match api::create_tag(id, typed).await {
                Ok(tag) => {
                    desk.toasts.say(format!("“{}” is in the list.", tag.name));
                    desk.learn_tag(tag);
                    name.try_set(String::new());
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => drop(problem.try_set(Some(error.sentence()))),
            }
        });
    };
    let retire = move |id: TagId, retired: bool| {
        spawn_local(async move {
            match api::retire_tag(id, retired).await {
                Ok(()) if retired => desk.toasts.say("Retired. It stays on what bears it."),
                Ok(()) => desk.toasts.say("It is offered again."),
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => desk.toasts.alert(error.sentence()),
            }
        });
    };
    view! {
        <main class="settings" aria-label="Tags">
            <a class="settings__back" href="/inbox/my-inbox"><Icon name="arrow-left" />"Back to the inbox"</a>
            <h1 tabindex="-1" id="list-title">"Tags"</h1>
            <p>"One list for conversations and messages. A tag is never renamed or deleted, so that what bears it goes on meaning the same: retire one to offer it no more."</p>
            <form class="card tags__new" on:submit=heard(create)>
                <label class="field">
                    <span class="field__label">"New tag"</span>
                    <input
                        class="input" autocomplete="off" maxlength="120" prop:value=name aria-describedby="tag-problem"
                        on:input=heard(move |event: ev::Event| { name.set(event_target_value(&event)); problem.set(None) })
                    />
                </label>
                <button type="submit" class="button button--accent">"Add tag"</button>
                <p class="field__problem" id="tag-problem" role="alert">{part(move || problem.get())}</p>
            </form>
            <ul class="sessions" aria-label="Tags">
                <For each=move || tags.get() key=|tag| tag.id let(tag)>
                    {
                        // The row stays, and the keyboard on its button.
                        let (id, name) = (tag.id, tag.name.clone());
                        let is_retired = Memo::new(move |_| {
                            desk.office.with(|office| office.tags.get(&id).is_some_and(|tag| tag.retired))
                        });
                        let verb = move || if is_retired.get() { "Bring back" } else { "Retire" };
                        view! {
                            <li class="card sessions__one">
                                <Icon name="tag" />
                                <p><bdi>{tag.name}</bdi><When holds=move || is_retired.get()><span class="chip">"Retired"</span></When></p>
                                <button
                                    type="button" class="button" aria-label=says(move || format!("{} {name}", verb()))
                                    on:click=heard(move |_| retire(id, !is_retired.get_untracked()))
                                >{verb}</button>
                            </li>
                        }
                    }
                </For>
            </ul>
            <When holds=move || tags.with(Vec::is_empty)><p>"There is no tag yet."</p></When>
        </main>
    }
}
