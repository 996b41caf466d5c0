//! Choosing an emoji: found by its name, taken from those that were used last, or looked for in its group.

use leptos::ev;
use leptos::prelude::*;

use crate::desk::emoji::{AllEmoji, GROUPS, TONES};
use crate::desk::use_desk;
use crate::dom;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::menu::leaves;

/// So many are shown for what was typed.
const FOUND: usize = 80;

/// Signs in a row; style/conversation.css says the same.
const IN_A_ROW: i32 = 8;

/// The button, and the picker behind it.
#[component]
pub fn EmojiPicker(choose: Callback<String>) -> impl IntoView {
    let desk = use_desk();
    let open = RwSignal::new(false);
    let toggle = move |_| {
        desk.emoji.fetch();
        open.update(|open| *open = !*open);
    };
    view! {
        <div class="menu" on:focusout=heard(move |event: ev::FocusEvent| if open.try_get_untracked() == Some(true) && leaves(&event) { open.set(false) })>
            <button
                type="button" class="button button--icon button--quiet" id="insert-emoji" aria-label="Insert emoji" aria-haspopup="dialog"
                aria-expanded=says(move || open.get().to_string()) on:click=heard(toggle)
            ><Icon name="smile" /></button>
            <When holds=move || open.get()><Picker all=desk.emoji open choose /></When>
        </div>
    }
}

#[component]
fn Picker(all: AllEmoji, open: RwSignal<bool>, choose: Callback<String>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let group = RwSignal::new(0_usize);
    let take = move |sign: String| {
        all.used(&sign);
        open.set(false);
        choose.run(sign);
    };
    // What the arrows go through: signs of what is shown, with their names.
    let shown = Memo::new(move |_| {
        let typed = typed.get();
        if !typed.trim().is_empty() {
            return all.found(typed.trim(), FOUND);
        }
        let group = group.get();
        let is_in = |emoji: &&crate::desk::emoji::Emoji| emoji.group == group;
        all.all.with(|known| {
            known.iter().filter(is_in).map(|emoji| (all.sign(emoji), emoji.name.clone())).collect()
        })
    });
    let keys = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            open.set(false);
            dom::focus_soon("insert-emoji");
        }
        "ArrowDown" => walk(&event, IN_A_ROW),
        "ArrowUp" => walk(&event, -IN_A_ROW),
        "ArrowRight" => walk(&event, 1),
        "ArrowLeft" => walk(&event, -1),
        _ => {}
    };
    let search_keys = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            if let Some((sign, _)) = shown.with_untracked(|shown| shown.first().cloned()) {
                take(sign);
            }
        }
        // Its own.
        "ArrowLeft" | "ArrowRight" => event.stop_propagation(),
        _ => {}
    };
    let sign = move |(sign, name): (String, String)| {
        let taken = sign.clone();
        view! { <button type="button" class="emoji__sign" aria-label=name.clone() title=name on:click=heard(move |_| take(taken.clone()))>{sign}</button> }
    };
    let recent = move || all.recent.get().into_iter().map(|name| sign((name.clone(), name))).collect_view();
    let has_recent = move || typed.with(String::is_empty) && !all.recent.with(Vec::is_empty);
    dom::focus_soon("emoji-search");
    view! {
        <div class="picker emoji" role="dialog" aria-label="Emoji" tabindex="-1" on:keydown=heard(keys)>
            <input
                id="emoji-search" class="input" type="search" aria-label="Search emoji" placeholder="Search" autocomplete="off"
                on:input=heard(move |event: ev::Event| typed.set(event_target_value(&event))) on:keydown=heard(search_keys)
            />
            <When holds=has_recent>
                <div class="emoji__grid" role="group" aria-label="Recent">{part(recent)}</div>
            </When>
            <When holds=move || typed.with(String::is_empty)>
                <div class="emoji__groups" role="group" aria-label="Groups">
                    {GROUPS.iter().enumerate().map(|(place, name)| view! {
                        <button
                            type="button" class="chip chip--button" aria-pressed=says(move || (group.get() == place).to_string())
                            on:click=heard(move |_| group.set(place))
                        >{*name}</button>
                    }).collect_view()}
                </div>
            </When>
            <div class="emoji__grid emoji__all" role="group" aria-label=says(move || if typed.with(String::is_empty) { GROUPS[group.get()] } else { "Found" })>
                {part(move || shown.get().into_iter().map(sign).collect_view())}
            </div>
            <When holds=move || shown.with(Vec::is_empty) && !typed.with(String::is_empty)><p class="picker__none">"No emoji is called so."</p></When>
            <div class="emoji__tones" role="radiogroup" aria-label="Skin tone">
                {TONES.iter().enumerate().map(|(place, (hand, name))| view! {
                    <label class="emoji__tone" title=*name>
                        <input
                            type="radio" class="visually-hidden" name="tone" aria-label=*name prop:checked=move || all.tone.get() == place
                            on:change=heard(move |_: ev::Event| all.choose_tone(place)) on:keydown=heard(|event: ev::KeyboardEvent| if event.key().starts_with("Arrow") { event.stop_propagation() })
                        />
                        {*hand}
                    </label>
                }).collect_view()}
            </div>
        </div>
    }
}

/// Goes so many signs on; from the search down to the first.
fn walk(event: &ev::KeyboardEvent, by: i32) {
    event.prevent_default();
    dom::walk(".emoji__sign", by);
}
