//! Everything that can be done, by typing its name; and the sheet of all keys. Both are made of the one registry.

use domain::search::Words;
use leptos::ev;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::commands::{Entry, Group, REGISTRY, Screen, Standing, use_screen};
use crate::conversation::SIGNS;
use crate::dom;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;

/// What the palette offers for what was typed: everything whose words begin with every word of it. What the registry
/// has under two names is offered once.
pub fn found(typed: &str) -> Vec<&'static Entry> {
    let typed = typed.to_lowercase();
    let wanted: Vec<&str> = typed.split_whitespace().collect();
    let is_in = |words: &str| {
        let words = words.to_lowercase();
        let begins = |wanted: &&str| words.split_whitespace().any(|word| word.starts_with(wanted));
        wanted.iter().all(begins)
    };
    let is_meant =
        |entry: &&Entry| is_in(&format!("{} {} {}", entry.title, entry.keywords, entry.group.title()));
    let mut found: Vec<&'static Entry> = REGISTRY.iter().filter(is_meant).collect();
    // What is called so stands before what is only described so.
    found.sort_by_key(|entry| !is_in(entry.title));
    found
}

/// An entry that can be done here and now.
fn offered(screen: Screen, typed: &str) -> Vec<(&'static Entry, Standing)> {
    let standing = |entry: &'static Entry| (entry, screen.offered(entry.action));
    found(typed).into_iter().map(standing).filter(|(_, standing)| *standing != Standing::Hidden).collect()
}

/// Whatever was typed the last time is gone when it opens again.
fn begin_empty(open: RwSignal<bool>, typed: RwSignal<String>) {
    Effect::new(move || {
        if open.get() {
            typed.set(String::new());
        }
    });
}

/// The command palette.
#[component]
pub fn Palette() -> impl IntoView {
    let screen = use_screen();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let field = NodeRef::<html::Input>::new();
    begin_empty(screen.palette, typed);
    // The first is chosen, whatever is found.
    Effect::new(move || {
        typed.track();
        at.set(0);
    });
    let choices = Memo::new(move |_| {
        offered(screen, &typed.get())
            .into_iter()
            .map(|(entry, standing)| (entry.title, standing))
            .collect::<Vec<_>>()
    });
    let chosen = move |place: usize| choices.with_untracked(|choices| choices.get(place).cloned());
    let run = move |place: usize| {
        let Some((title, standing)) = chosen(place) else { return };
        if let Standing::Refused(sentence) = standing {
            return screen.desk.toasts.alert(sentence);
        }
        // Gives the keyboard back first: where it is says where some actions begin.
        dom::close_dialog();
        if let Some(entry) = REGISTRY.iter().find(|entry| entry.title == title) {
            screen.run(entry.action);
        }
    };
    let keys = move |event: KeyboardEvent| {
        let n = choices.with_untracked(Vec::len);
        let to = match event.key().as_str() {
            "ArrowDown" if n > 0 => (at.get_untracked() + 1) % n,
            "ArrowUp" if n > 0 => (at.get_untracked() + n - 1) % n,
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                return run(at.get_untracked());
            }
            _ => return,
        };
        event.prevent_default();
        at.set(to);
        dom::scroll_into_view(&format!("command-{to}"));
    };
    let options = move || {
        choices.get().into_iter().enumerate().map(|(place, (title, standing))| {
            let entry = REGISTRY.iter().find(|entry| entry.title == title).unwrap_or(&REGISTRY[0]);
            let refused = match standing {
                Standing::Refused(sentence) => Some(sentence),
                Standing::Ready | Standing::Hidden => None,
            };
            view! {
                <li
                    role="option" class="palette__option" id=format!("command-{place}")
                    aria-selected=says(move || (at.get() == place).to_string())
                    aria-disabled=refused.is_some().then_some("true")
                    on:mousedown=heard(|event: ev::MouseEvent| event.prevent_default())
                    on:mousemove=heard(move |_| if at.get_untracked() != place { at.set(place) })
                    on:click=heard(move |_| run(place))
                >
                    <Icon name=entry.icon />
                    <span class="palette__title">{title}{refused.clone().map(|sentence| view! { <small>{sentence}</small> })}</span>
                    <Keys shortcut=entry.shortcut />
                </li>
            }
        }).collect_view()
    };
    view! {
        <Dialog open=screen.palette label="Command palette" class="palette" focus=field>
            <input
                class="palette__field" type="text" role="combobox" aria-label="Search commands" aria-expanded="true"
                aria-controls="commands" aria-autocomplete="list" autocomplete="off" placeholder="What do you want to do?"
                aria-activedescendant=says(move || format!("command-{}", at.get()))
                node_ref=field prop:value=typed
                on:input=heard(move |event: ev::Event| typed.set(event_target_value(&event)))
                on:keydown=heard(keys)
            />
            <ul class="palette__list" role="listbox" id="commands" aria-label="Commands" tabindex="-1">{options}</ul>
            <When holds=move || choices.with(Vec::is_empty)>
                <p class="palette__none" role="status">"Nothing is called so."</p>
            </When>
        </Dialog>
    }
}

/// All keys.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let screen = use_screen();
    let typed = RwSignal::new(String::new());
    let field = NodeRef::<html::Input>::new();
    begin_empty(screen.shortcuts, typed);
    let rows = move |group: Group| {
        let all = found(&typed.get());
        all.into_iter().filter(|entry| entry.group == group && !entry.shortcut.is_empty()).collect::<Vec<_>>()
    };
    let table = move |group: Group| {
        let rows = rows(group);
        (!rows.is_empty()).then(|| view! {
            <table class="keys-table">
                <caption>{group.title()}</caption>
                <tbody>
                    {rows.into_iter().map(|entry| view! {
                        <tr>
                            <th scope="row">{entry.title}</th>
                            <td><Keys shortcut=entry.shortcut /></td>
                            <td>{(!entry.anywhere.is_empty()).then(|| view! { <Keys shortcut=entry.anywhere /> })}</td>
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
        })
    };
    let writing = move || {
        let words = Words::of(&typed.get());
        let signs = SIGNS.iter().map(|(_, title, keys)| (*title, *keys));
        WRITING.iter().copied().chain(signs).filter(|(title, _)| words.are_in(title)).collect::<Vec<_>>()
    };
    let written = move || {
        let rows = writing();
        (!rows.is_empty()).then(|| {
            view! {
                <table class="keys-table">
                    <caption>"While you write"</caption>
                    <tbody>
                        {rows.into_iter().map(|(title, keys)| view! {
                            <tr><th scope="row">{title}</th><td></td><td><Keys shortcut=keys /></td></tr>
                        }).collect_view()}
                    </tbody>
                </table>
            }
        })
    };
    let nothing =
        move || found(&typed.get()).iter().all(|entry| entry.shortcut.is_empty()) && writing().is_empty();
    view! {
        <Dialog open=screen.shortcuts label="Keyboard shortcuts" class="sheet" focus=field>
            <header class="sheet__head">
                <h2>"Keyboard shortcuts"</h2>
                <button type="button" class="button button--quiet button--icon" aria-label="Close" on:click=heard(move |_| dom::close_dialog())>
                    <Icon name="x" />
                </button>
            </header>
            <input
                class="input" type="search" aria-label="Search shortcuts" placeholder="Search" autocomplete="off" node_ref=field
                prop:value=typed on:input=heard(move |event: ev::Event| typed.set(event_target_value(&event)))
            />
            <label class="check">
                <input
                    type="checkbox" role="switch" prop:checked=screen.single_keys
                    on:change=heard(move |_| screen.switch_single_keys())
                />
                "Single-key shortcuts"
            </label>
            <p class="sheet__hint">"Keys of the last column work everywhere, also while you write, and those of the last table in what you write. Without single-key shortcuts they are the only ones."</p>
            <div class="sheet__tables">{part(move || (Group::ALL.map(table).into_iter().collect_view(), written()))}</div>
            <When holds=nothing><p class="palette__none" role="status">"No shortcut is called so."</p></When>
        </Dialog>
    }
}

/// What keys and signs do in a text that is written.
const WRITING: &[(&str, &str)] = &[
    ("Send", "Mod+Enter"),
    ("New line", "Shift+Enter"),
    ("Send and resolve", "Mod+Shift+Enter"),
    ("Quick replies", "/"),
    ("Emoji", ":"),
    ("Mention a teammate", "@"),
    ("Edit your last whisper or note", "ArrowUp"),
];

/// A shortcut as keys.
#[component]
fn Keys(shortcut: &'static str) -> impl IntoView {
    let keys = spelled(shortcut);
    view! {
        <span class="keys-of">
            {keys.into_iter().map(|key| view! { <kbd>{key}</kbd> }).collect_view()}
        </span>
    }
}

/// The keys of a shortcut, as they stand on a keyboard.
pub fn spelled(shortcut: &str) -> Vec<String> {
    let is_capital = shortcut.len() == 1 && shortcut.chars().all(|c| c.is_ascii_uppercase());
    if is_capital {
        return vec!["Shift".into(), shortcut.into()];
    }
    let one = |key: &str| match key {
        "Escape" => "Esc".to_string(),
        "ArrowDown" => "↓".to_string(),
        "ArrowUp" => "↑".to_string(),
        "Mod" => dom::mod_key().to_string(),
        key if key.len() == 1 => key.to_uppercase(),
        key => key.to_string(),
    };
    shortcut.split([' ', '+']).filter(|key| !key.is_empty()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_finds_by_the_beginning_of_words() {
        let titles = |typed: &str| found(typed).iter().map(|entry| entry.title).collect::<Vec<_>>();
        assert!(titles("res").contains(&"Mark resolved"));
        assert!(titles("un go").contains(&"Go to Unassigned"));
        assert!(!titles("esolved").contains(&"Mark resolved"));
        assert!(titles("photo").contains(&"Profile"), "by other words for it");
        assert_eq!(titles("profile")[..2], ["Profile", "Details"], "by its name first");
        assert_eq!(titles("").len(), REGISTRY.len());
        assert!(titles("zzz").is_empty());
    }

    #[test]
    fn a_shortcut_is_spelled_as_it_stands_on_a_keyboard() {
        assert_eq!(spelled("E"), ["Shift", "E"]);
        assert_eq!(spelled("g u"), ["G", "U"]);
        assert_eq!(spelled("Alt+ArrowDown"), ["Alt", "↓"]);
    }
}
