//! The chats on websites: what goes into a page, where it may appear, and what it asks.

use domain::channel::Reopen;
use domain::settings::widget::{Chat, ChatChange, Form, snippet};
use domain::time::Duration;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::desk::{Loading, use_desk};
use crate::error::Error;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::{api, dom};

/// What can be chosen for a message in a finished conversation.
const REOPENS: [(Reopen, &str); 4] = [
    (Reopen::Always, "Opens it again"),
    (Reopen::Within(Duration::days(7)), "Opens it again for 7 days, then begins another"),
    (Reopen::Within(Duration::days(30)), "Opens it again for 30 days, then begins another"),
    (Reopen::Never, "Begins another"),
];

/// The page.
#[component]
pub fn ChatWidget() -> impl IntoView {
    let desk = use_desk();
    let chats = RwSignal::new(Vec::<Chat>::new());
    let state = RwSignal::new(Loading::Loading);
    let load = move || {
        spawn_local(async move {
            match api::chats().await {
                Ok(found) => {
                    chats.try_set(found);
                    state.try_set(Loading::Ready);
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => drop(state.try_set(Loading::Failed(error))),
            }
        });
    };
    load();
    let failure = move || match state.get() {
        Loading::Failed(error) => Some(error.sentence()),
        Loading::Loading | Loading::Ready => None,
    };
    let is_empty = move || state.get() == Loading::Ready && chats.with(Vec::is_empty);
    view! {
        <main class="settings" aria-label="Chat widget">
            <a class="settings__back" href="/inbox/my-inbox"><Icon name="arrow-left" />"Back to the inbox"</a>
            <h1 tabindex="-1" id="list-title">"Chat widget"</h1>
            <p>"A button in the corner of your website. What customers write there stands in Unassigned."</p>
            {part(move || failure().map(|sentence| view! {
                <div class="card card--failed" role="alert">
                    <p>{sentence}</p>
                    <button type="button" class="button" on:click=heard(move |_| load())>"Retry"</button>
                </div>
            }))}
            <When holds=is_empty><p>"There is no chat in this workspace."</p></When>
            <For each=move || chats.get() key=|chat| chat.key.clone() let(chat)>
                <OneChat chat />
            </For>
        </main>
    }
}

/// One chat, as it is and as somebody changes it.
#[component]
fn OneChat(chat: Chat) -> impl IntoView {
    let desk = use_desk();
    let Chat { key, name, widget, reopen } = chat;
    let listed = widget.sites.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let saved =
        ChatChange { key: key.clone(), greeting: widget.greeting, sites: listed, form: widget.form, reopen };
    let (saved, now) = (RwSignal::new(saved.clone()), RwSignal::new(saved));
    let problem = RwSignal::new(None::<String>);
    let is_busy = RwSignal::new(false);
    let has_changed = Memo::new(move |_| now.with(|now| saved.with(|saved| now != saved)));
    let line = snippet(&dom::origin(), &key);
    let id = move |what: &str| format!("{what}-{key}");
    let (greeting, sites, hint, wrong, reopens) =
        (id("greeting"), id("sites"), id("sites-hint"), id("sites-problem"), id("reopen"));
    let described = format!("{hint} {wrong}");
    let copy = {
        let line = line.clone();
        move |_| {
            let line = line.clone();
            spawn_local(async move {
                match dom::copy(&line).await {
                    true => desk.toasts.say("Snippet copied."),
                    false => desk.toasts.say("Select it and press Ctrl C to copy."),
                }
            });
        }
    };
    let save = {
        let sites = sites.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let change = now.get_untracked();
            if let Err(refusal) = change.widget() {
                problem.set(Some(refusal.sentence()));
                dom::focus(&sites);
                return;
            }
            problem.set(None);
            is_busy.set(true);
            spawn_local(async move {
                match api::save_chat(change.clone()).await {
                    Ok(()) => {
                        saved.try_set(change);
                        desk.toasts.say("The chat is saved.");
                    }
                    Err(Error::SignedOut) => desk.signed_out.set(true),
                    Err(error) => drop(problem.try_set(Some(error.sentence()))),
                }
                is_busy.try_set(false);
            });
        }
    };
    let place_of =
        move || REOPENS.iter().position(|(reopen, _)| now.with(|now| now.reopen == *reopen)).unwrap_or(0);
    view! {
        <section class="card chat-settings" aria-label=name.clone()>
            <h2>{name.clone()}</h2>
            <p>"Paste this before "<code>"</body>"</code>" on every page that should have the chat:"</p>
            <div class="setup__snippet">
                <pre tabindex="0" aria-label="Snippet"><code>{line}</code></pre>
                <button type="button" class="button" on:click=heard(copy)>"Copy snippet"</button>
            </div>
            <form class="chat-settings__form" on:submit=heard(save)>
                <label class="field" for=greeting.clone()>
                    <span class="field__label">"Greeting"</span>
                    <input
                        class="input" id=greeting.clone() maxlength="120" prop:value=move || now.with(|now| now.greeting.clone())
                        on:input=heard(move |event: ev::Event| now.update(|now| now.greeting = event_target_value(&event)))
                    />
                </label>
                <div class="field">
                    <label class="field__label" for=sites.clone()>"Websites where it may appear"</label>
                    <textarea
                        class="input" id=sites.clone() rows="3" placeholder="https://shop.example.org" spellcheck="false"
                        aria-describedby=described aria-invalid=says(move || problem.with(Option::is_some).then_some("true"))
                        prop:value=move || now.with(|now| now.sites.clone())
                        on:input=heard(move |event: ev::Event| now.update(|now| now.sites = event_target_value(&event)))
                    ></textarea>
                    <p class="field__hint" id=hint>"One a line. Left empty, every website may show it."</p>
                    <p class="field__problem" role="alert" id=wrong>{part(move || problem.get())}</p>
                </div>
                <fieldset class="setup__choices">
                    <legend class="field__label">"Before the first message"</legend>
                    {Form::ALL.iter().map(|choice| {
                        let choice = *choice;
                        view! {
                            <label class="check">
                                <input
                                    type="radio" name="form" prop:checked=move || now.with(|now| now.form == choice)
                                    on:change=heard(move |_| now.update(|now| now.form = choice))
                                />
                                {choice.name()}
                            </label>
                        }
                    }).collect_view()}
                </fieldset>
                <label class="field" for=reopens.clone()>
                    <span class="field__label">"A message in a finished conversation"</span>
                    <select
                        class="input" id=reopens.clone() prop:value=move || place_of().to_string()
                        on:change=heard(move |event: ev::Event| {
                            let place: usize = event_target_value(&event).parse().unwrap_or(0);
                            if let Some((reopen, _)) = REOPENS.get(place) {
                                now.update(|now| now.reopen = *reopen);
                            }
                        })
                    >
                        {REOPENS.iter().enumerate().map(|(place, (_, name))| view! {
                            <option value=place.to_string() selected=move || place_of() == place>{*name}</option>
                        }).collect_view()}
                    </select>
                </label>
                <div class="card__actions">
                    <button type="submit" class="button button--accent" aria-disabled=says(move || (is_busy.get() || !has_changed.get()).then_some("true"))>"Save changes"</button>
                    <When holds=move || has_changed.get()>
                        <button type="button" class="button" on:click=heard(move |_| { now.set(saved.get_untracked()); problem.set(None) })>"Discard"</button>
                    </When>
                </div>
            </form>
        </section>
    }
}
