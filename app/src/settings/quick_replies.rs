//! The pages **Quick Replies** and **Note templates**: texts under a shortcut, added, changed and deleted.

use domain::id::QuickReplyId;
use domain::search::Words;
use domain::settings::quick_reply::{Filled, Purpose, QuickReply, Values, Variable};
use domain::settings::saved_view::Shared;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::failed;
use crate::conversation::counted_files;
use crate::desk::{Desk, use_desk};
use crate::error::Error;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::menu::Menu;
use crate::{api, dom};
use attached::Attachments;

mod attached;

/// Rows that are drawn: whoever has more looks for one.
const SHOWN: usize = 100;

/// A page of them.
#[component]
pub fn QuickReplies(purpose: Purpose) -> impl IntoView {
    let desk = use_desk();
    let title = title(purpose);
    let open = RwSignal::new(false);
    // What is being written stays, whatever closes the form, until it is saved or given up.
    let now = RwSignal::new(blank(desk, purpose, String::new()));
    let is_new = RwSignal::new(true);
    let typed = RwSignal::new(String::new());
    // What was deleted here last can be brought back.
    let deleted = RwSignal::new(None::<QuickReply>);
    Effect::new(move || {
        desk.office.with(|office| office.templates);
        untrack(|| desk.templates.fetch(desk));
    });
    let all = Memo::new(move |_| {
        let words = typed.with(|typed| Words::of(typed));
        desk.templates.all.with(|all| {
            let fits = |reply: &&QuickReply| {
                let whole = format!("{} {} {} {}", reply.name, reply.shortcut, reply.category, reply.text);
                reply.purpose == purpose && words.are_in(&whole)
            };
            let mut all: Vec<QuickReply> = all.iter().filter(fits).cloned().collect();
            all.sort_by_key(|reply| (reply.category.to_lowercase(), reply.name.to_lowercase()));
            all
        })
    });
    let begin = move |reply: Option<QuickReply>| {
        let is_begun = now.with_untracked(|now| match &reply {
            Some(reply) => !is_new.get_untracked() && now.id == reply.id,
            None => is_new.get_untracked(),
        });
        if !is_begun {
            is_new.set(reply.is_none());
            now.set(reply.unwrap_or_else(|| blank(desk, purpose, String::new())));
        }
        open.set(true);
    };
    let delete = move |reply: QuickReply| {
        spawn_local(async move {
            match api::remove_quick_reply(reply.id).await {
                Ok(()) => {
                    desk.templates.forget(reply.id);
                    deleted.try_set(Some(reply));
                    dom::focus_soon("undo-delete");
                }
                Err(error) => failed(desk, error),
            }
        });
    };
    let bring_back = move |_| {
        let Some(reply) = deleted.get_untracked() else { return };
        deleted.set(None);
        dom::focus_soon("list-title");
        spawn_local(async move {
            match api::save_quick_reply(reply.clone()).await {
                Ok(()) => desk.templates.learn(reply),
                Err(error) => failed(desk, error),
            }
        });
    };
    let is_bare =
        move || desk.templates.is_here.get() && all.with(Vec::is_empty) && typed.with(String::is_empty);
    let finds_nothing = move || all.with(Vec::is_empty) && !typed.with(String::is_empty);
    let shown = move || all.with(|all| all.iter().take(SHOWN).cloned().collect::<Vec<_>>());
    let more = move || all.with(|all| all.len().saturating_sub(SHOWN));
    view! {
        <main class="settings" aria-label=title>
            <a class="settings__back" href="/inbox/my-inbox"><Icon name="arrow-left" />"Back to the inbox"</a>
            <h1 tabindex="-1" id="list-title">{title}</h1>
            <p>{match purpose {
                Purpose::Reply => "Type / or \\ in a reply to insert one. Tab or Enter takes the first.",
                Purpose::Note => "Type / or \\ in a whisper or a note to insert one. Customers never see them.",
            }}</p>
            <div class="templates__bar">
                <input
                    class="input" type="search" aria-label=format!("Search {}", title.to_lowercase()) placeholder="Search" autocomplete="off"
                    on:input=heard(move |event: ev::Event| typed.set(event_target_value(&event)))
                />
                <button type="button" class="button button--accent" on:click=heard(move |_| begin(None))><Icon name="plus" />"New Template"</button>
            </div>
            {part(move || deleted.get().map(|reply| view! {
                <p class="card templates__deleted" role="status">
                    <span>"“"<bdi>{reply.name}</bdi>"” is deleted."</span>
                    <button type="button" class="button" id="undo-delete" on:click=heard(bring_back)>"Undo"</button>
                </p>
            }))}
            <ul class="templates" aria-label=title>
                <For each=shown key=|reply| format!("{reply:?}") let(reply)>
                    <OneReply reply begin=Callback::new(begin) delete=Callback::new(delete) />
                </For>
            </ul>
            <When holds=move || { more() > 0 }><p>{move || format!("{} more: search for them.", more())}</p></When>
            <When holds=finds_nothing><p>"Nothing is called so."</p></When>
            <When holds=is_bare><p>"There is none yet."</p></When>
            <Dialog open label="Template" class="form form--wide">
                <Form open now is_new />
            </Dialog>
        </main>
    }
}

const fn title(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Reply => "Quick Replies",
        Purpose::Note => "Note templates",
    }
}

#[component]
fn OneReply(
    reply: QuickReply,
    begin: Callback<Option<QuickReply>>,
    delete: Callback<QuickReply>,
) -> impl IntoView {
    let desk = use_desk();
    let may = desk.viewer.with_untracked(|viewer| reply.may_be_changed_by(viewer));
    let shared = match reply.shared {
        Shared::Mine => "Only me".to_string(),
        Shared::Everyone => "Everyone".to_string(),
        Shared::Group(group) => desk.office.with_untracked(|office| office.group_name(group).to_string()),
    };
    let (edit, gone) = (reply.clone(), reply.clone());
    let QuickReply { name, shortcut, category, text, files, uses, .. } = reply;
    let along = (!files.is_empty()).then(|| format!(" · {}", counted_files(files.len())));
    view! {
        <li class="card templates__one">
            <div>
                <p class="templates__name"><b><bdi>{name.clone()}</bdi></b><code>"/"{shortcut}</code>{(!category.is_empty()).then(|| view! { <span class="chip"><bdi>{category}</bdi></span> })}</p>
                <p class="templates__text" dir="auto">{text}</p>
                <small>{shared}{along}{(uses > 0).then(|| match uses { 1 => " · used once".to_string(), n => format!(" · used {n} times") })}</small>
            </div>
            {may.then(|| view! {
                <span class="templates__do">
                    <button type="button" class="button" aria-label=format!("Edit {name}") on:click=heard(move |_| begin.run(Some(edit.clone())))>"Edit"</button>
                    <button type="button" class="button button--quiet" aria-label=format!("Delete {name}") on:click=heard(move |_| delete.run(gone.clone()))>"Delete"</button>
                </span>
            })}
        </li>
    }
}

/// A new one, with that text.
pub fn blank(desk: Desk, purpose: Purpose, text: String) -> QuickReply {
    let viewer = desk.viewer.get_untracked();
    let offers = desk.office.with_untracked(|office| QuickReply::offers(office, &viewer, None));
    QuickReply {
        id: QuickReplyId::new(dom::message_id().bits()),
        purpose,
        name: String::new(),
        shortcut: String::new(),
        category: String::new(),
        text,
        files: vec![],
        by: viewer.agent,
        shared: offers.first().map_or(Shared::Mine, |(shared, _)| *shared),
        uses: 0,
    }
}

/// What adds a template, or changes one.
#[component]
pub fn Form(open: RwSignal<bool>, now: RwSignal<QuickReply>, is_new: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let viewer = desk.viewer.get_untracked();
    let held = Some(now.with_untracked(|now| now.shared));
    let offers = desk.office.with_untracked(|office| QuickReply::offers(office, &viewer, held));
    // Whoever may not share it so any more chooses anew.
    if let Some((first, _)) = offers.first()
        && !offers.iter().any(|(shared, _)| now.with_untracked(|now| now.shared == *shared))
    {
        now.update(|now| now.shared = *first);
    }
    // Nothing of it is wanted any more.
    let give_up = move || {
        // The page may be gone by then.
        let Some(purpose) = now.try_with_untracked(|now| now.purpose) else { return };
        is_new.try_set(true);
        now.try_set(blank(desk, purpose, String::new()));
    };
    let is_new = is_new.get_untracked();
    let (problem, is_busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    // The name of the file that is on its way into it.
    let going = RwSignal::new(None::<String>);
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let reply = now.get_untracked();
        let viewer = desk.viewer.get_untracked();
        let checked = desk.office.with_untracked(|office| {
            desk.templates.all.with_untracked(|all| reply.checked(office, &viewer, all))
        });
        let reply = match checked {
            Ok(reply) => reply,
            Err(refusal) => return problem.set(Some(refusal.sentence())),
        };
        if let Some(name) = going.get_untracked() {
            return problem
                .set(Some(format!("{name} is still on its way. Save when it is there, or cancel it.")));
        }
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        spawn_local(async move {
            let answer = api::save_quick_reply(reply.clone()).await;
            is_busy.try_set(false);
            match answer {
                Ok(()) => {
                    desk.templates.learn(reply);
                    desk.toasts.say("The template is saved.");
                    give_up();
                    dom::close_dialog();
                    open.try_set(false);
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => drop(problem.try_set(Some(error.sentence()))),
            }
        });
    };
    let categories = move || {
        let mut all: Vec<String> =
            desk.templates.all.with(|all| all.iter().map(|reply| reply.category.clone()).collect());
        all.retain(|category| !category.is_empty());
        all.sort();
        all.dedup();
        all.into_iter().map(|category| view! { <option value=category></option> }).collect_view()
    };
    let write = move |change: fn(&mut QuickReply, String)| {
        heard(move |event: ev::Event| {
            now.update(|now| change(now, event_target_value(&event)));
            problem.set(None);
        })
    };
    let insert = move |variable: Variable| {
        let before = now.with_untracked(|now| now.text.clone());
        let range = dom::selected("template-text").unwrap_or(before.len()..before.len());
        let (head, tail) =
            (before.get(..range.start).unwrap_or(&before), before.get(range.end..).unwrap_or_default());
        let whole = format!("{head}{{{{{}}}}}{tail}", variable.key());
        let caret = whole.len() - tail.len();
        dom::select_soon("template-text", &whole, caret..caret);
        now.update(|now| now.text = whole);
    };
    let takes_files = now.with_untracked(|now| now.purpose == Purpose::Reply);
    // As it would read in a conversation of somebody who is known.
    let preview = move || now.with(|now| Filled::of(&now.text, &Values::example()).text);
    let places: Vec<Shared> = offers.iter().map(|(shared, _)| *shared).collect();
    let place = move || now.with(|now| places.iter().position(|shared| *shared == now.shared)).unwrap_or(0);
    view! {
        <h2>{if is_new { "New Template" } else { "Edit template" }}</h2>
        <form class="dialog__form" on:submit=heard(save)>
            <div class="dialog__pair">
                <label class="field">
                    <span class="field__label">"Name"</span>
                    <input class="input" autofocus maxlength="120" autocomplete="off" prop:value=move || now.with(|now| now.name.clone()) on:input=write(|now, name| now.name = name) />
                </label>
                <label class="field">
                    <span class="field__label">"Shortcut"</span>
                    <input class="input" maxlength="40" autocomplete="off" placeholder="/hello" prop:value=move || now.with(|now| now.shortcut.clone()) on:input=write(|now, shortcut| now.shortcut = shortcut) />
                </label>
                <label class="field">
                    <span class="field__label">"Category"</span>
                    <input class="input" list="categories" maxlength="120" autocomplete="off" prop:value=move || now.with(|now| now.category.clone()) on:input=write(|now, category| now.category = category) />
                    <datalist id="categories">{categories()}</datalist>
                </label>
                <label class="field">
                    <span class="field__label">"Share with"</span>
                    <select
                        class="input" prop:value=move || place().to_string()
                        on:change=heard({ let offers = offers.clone(); move |event: ev::Event| {
                            let chosen = event_target_value(&event).parse::<usize>().ok().and_then(|place| offers.get(place).cloned());
                            if let Some((shared, _)) = chosen {
                                now.update(|now| now.shared = shared);
                            }
                        } })
                    >
                        {offers.iter().enumerate().map(|(at, (_, name))| view! { <option value=at.to_string() selected=place() == at>{name.clone()}</option> }).collect_view()}
                    </select>
                </label>
            </div>
            <label class="field">
                <span class="field__label">"Message"</span>
                <textarea class="input" id="template-text" rows="5" dir="auto" prop:value=move || now.with(|now| now.text.clone()) on:input=write(|now, text| now.text = text)></textarea>
            </label>
            <Menu id="variables" label="Insert a variable" class="button" face=ViewFn::from(|| view! { <Icon name="plus" />"Insert a variable" })>
                {Variable::ALL.iter().map(|variable| view! {
                    <button type="button" role="menuitem" class="menu__item" on:click=heard(move |_| request_animation_frame(move || insert(*variable)))>{variable.name()}</button>
                }).collect_view()}
            </Menu>
            {takes_files.then(|| view! { <Attachments now going problem /> })}
            <p class="field__hint">"After a stroke stands what is said where nothing is known: {{contact.first_name|there}}"</p>
            <div class="field" role="region" aria-label="Preview">
                <span class="field__label">"Preview"</span>
                <p class="templates__preview" dir="auto">{preview}</p>
            </div>
            {part(move || problem.get().map(|problem| view! { <p class="field__problem" role="alert">{problem}</p> }))}
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| { give_up(); dom::close_dialog() })>"Cancel"</button>
                <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>{if is_new { "Add answer" } else { "Save changes" }}</button>
            </div>
        </form>
    }
}
