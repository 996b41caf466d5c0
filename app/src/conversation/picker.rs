//! Choosing: whom to give the conversation to, which group, how much it hurries. One component for all of them: a list
//! that is searched, and beneath it the words that go along.

use std::collections::{BTreeMap, BTreeSet};

use domain::contact::Contact;
use domain::conversation::{Command, Conversation, Exchange, Level, Scene};
use domain::id::{AgentId, ContactId};
use domain::message::Words;
use domain::office::Agent;
use domain::refusal::Refusal;
use domain::search;
use domain::viewer::Viewer;
use leptos::ev;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::draft::Kind;
use crate::backend::Colleagues;
use crate::commands::{Asking, Screen, use_screen};
use crate::desk::use_desk;
use crate::dom;
use crate::ui::avatar::Avatar;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::menu::leaves;
use domain::live::Row;

mod tags;

/// One-click reasons for an assignment note.
const REASONS: [&str; 3] = ["Unavailable", "Escalation", "Better suited"];

/// A line of the list.
#[derive(Clone, PartialEq)]
struct Choice {
    key: String,
    name: String,
    command: Command,
    face: Face,
    /// The sentence of the refusal, where it cannot be chosen.
    refused: Option<String>,
    /// Whether it is done as soon as it is chosen: there is nothing to say with it.
    at_once: bool,
    /// Whether it is so already; chosen again, it is so no more.
    holds: bool,
    /// The word that comes into the vocabulary first.
    word: Option<String>,
}

impl Choice {
    /// What there is nothing to say with, and nothing to create for.
    fn of(key: String, name: String, command: Command, face: Face, refused: Option<String>) -> Self {
        Self { key, name, command, face, refused, at_once: false, holds: false, word: None }
    }

    fn at_once(self) -> Self {
        Self { at_once: true, ..self }
    }
}

/// What stands beside its name.
#[derive(Clone, PartialEq)]
enum Face {
    Person(Box<Agent>),
    Client { known_by: String },
    Icon(&'static str),
}

/// What a picker says of itself.
struct Texts {
    label: &'static str,
    search: &'static str,
    placeholder: &'static str,
    none: &'static str,
    /// On the button that does it.
    go: &'static str,
    /// What goes along: its name, and the draft that it is.
    note: Option<(&'static str, Kind)>,
    reasons: &'static [&'static str],
}

fn said(asking: Asking) -> Option<Texts> {
    match asking {
        Asking::Assign => Some(Texts {
            label: "Assign",
            search: "Search people",
            placeholder: "Name or skill",
            none: "Nobody is called so.",
            go: "Assign",
            note: Some(("Assignment note (optional)", Kind::Assign)),
            reasons: &REASONS,
        }),
        Asking::Group => Some(Texts {
            label: "Assign to group",
            search: "Search groups",
            placeholder: "Group",
            none: "No group is called so.",
            go: "Assign",
            note: Some(("Note for the group (optional)", Kind::Transfer)),
            reasons: &REASONS,
        }),
        Asking::Transfer => Some(Texts {
            label: "Transfer conversation",
            search: "Search people and groups",
            placeholder: "Name, skill or group",
            none: "Nobody is called so.",
            go: "Transfer",
            note: Some(("Note (optional)", Kind::Transfer)),
            reasons: &REASONS,
        }),
        Asking::Priority => Some(Texts {
            label: "Set priority",
            search: "Search levels",
            placeholder: "Level",
            none: "No level is called so.",
            go: "Set priority",
            note: Some(("Priority reason (optional)", Kind::Priority)),
            reasons: &[],
        }),
        Asking::Merge => Some(Texts {
            label: "Merge into another conversation",
            search: "Search this client's conversations",
            placeholder: "Number or subject",
            none: "No other conversation of this client is called so.",
            go: "Merge",
            note: None,
            reasons: &[],
        }),
        Asking::MergeClient => Some(Texts {
            label: "Merge contact",
            search: "Search clients",
            placeholder: "Name, address or number of a conversation",
            none: "No other client is found. Type at least three letters.",
            go: "Merge contact",
            note: None,
            reasons: &[],
        }),
        Asking::Tag | Asking::TagMessages => Some(Texts {
            label: "Add Tag",
            search: "Search tags",
            placeholder: "Tag, or a new one",
            none: "No tag is called so.",
            go: "Done",
            note: None,
            reasons: &[],
        }),
        Asking::Pend
        | Asking::Resolve
        | Asking::Decline
        | Asking::Rename
        | Asking::ClientNote
        | Asking::Schedule
        | Asking::Email
        | Asking::Revise
        | Asking::Block => None,
    }
}

/// The button that says who has it, and the picker behind it. Not there for those who may not assign.
#[component]
pub fn AssignPicker() -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let may = move || desk.viewer.with(Viewer::may_assign);
    let assignee = Memo::new(move |_| {
        let row = desk.opened_row()?;
        let agent = row.with(|row| row.scene.conversation.assignee)?;
        Some(desk.office.with(|office| (office.name_of(agent).to_string(), office.photo_of(agent))))
    });
    let label = move || match assignee.get() {
        Some((name, _)) => format!("Assigned to {name}"),
        None => "Assign".to_string(),
    };
    view! {
        <When holds=may>
            <Pickers of=&[Asking::Assign] trigger="assign">
                <button
                    type="button" id="assign" class="button" aria-haspopup="dialog" aria-label=label
                    aria-expanded=says(move || screen.asks(Asking::Assign).to_string())
                    on:click=heard(move |_| screen.toggle(Asking::Assign))
                >
                    {part(move || match assignee.get() {
                        Some((name, photo)) => view! { <Avatar name=name.clone() size="small" photo=photo /><span class="button__text">{name}</span> }.into_any(),
                        None => view! { <Icon name="plus" /><span class="button__text">"Assign"</span> }.into_any(),
                    })}
                </button>
            </Pickers>
        </When>
    }
}

/// A control with the pickers that open beside it. They close when the keyboard goes elsewhere.
#[component]
pub fn Pickers(
    of: &'static [Asking],
    /// The id of what has the keyboard when they close.
    trigger: &'static str,
    children: Children,
) -> impl IntoView {
    let screen = use_screen();
    let open = Memo::new(move |_| screen.asking.get().filter(|asking| of.contains(asking)));
    // Asks what lives as long as the page: the keyboard leaves, too, when all of this is thrown away.
    let is_here = move || screen.asking.get_untracked().is_some_and(|asking| of.contains(&asking));
    view! {
        <div class="menu" on:focusout=heard(move |event: ev::FocusEvent| if is_here() && leaves(&event) { screen.asking.set(None) })>
            {children()}
            {part(move || open.get().and_then(|asking| Some(view! { <Choices asking said=said(asking)? trigger /> })))}
        </div>
    }
}

#[component]
fn Choices(asking: Asking, said: Texts, trigger: &'static str) -> impl IntoView {
    let desk = use_desk();
    let screen = use_screen();
    let Texts { label, search, placeholder, none, go, note: words, reasons } = said;
    let close = move || {
        screen.asking.set(None);
        dom::focus_soon(trigger);
    };
    let typed = RwSignal::new(String::new());
    let is_of_tags = matches!(asking, Asking::Tag | Asking::TagMessages);
    // A draft like any other: whatever closes the picker, it is there the next time.
    let opened = move || {
        let row = untrack(|| desk.opened_row())?;
        Some(row.with_untracked(|row| row.scene.conversation.id))
    };
    let note = move || {
        let draft = opened().zip(words).map(|(id, (_, kind))| desk.drafts.text(id, kind));
        draft.unwrap_or_default()
    };
    let at = RwSignal::new(0_usize);
    let picked = RwSignal::new(None::<String>);
    let colleagues = RwSignal::new(Colleagues::default());
    if let Some(id) = opened().filter(|_| matches!(asking, Asking::Assign | Asking::Transfer)) {
        spawn_local(async move {
            if let Ok(found) = crate::api::colleagues(id).await {
                colleagues.try_set(found);
            }
        });
    }
    let found = RwSignal::new(Vec::<Row>::new());
    let choices = Memo::new(move |_| {
        let Some(row) = desk.opened_row() else { return vec![] };
        if asking == Asking::MergeClient {
            return row.with(|row| found.with(|found| clients(screen, row, &typed.get(), found)));
        }
        if matches!(asking, Asking::Tag | Asking::TagMessages) {
            return row.with(|row| tags::choices(screen, asking, row, &typed.get()));
        }
        let all = row.with(|row| choices(screen, asking, row));
        let typed = typed.get().to_lowercase();
        let fits = |choice: &Choice| {
            let skills = match &choice.face {
                Face::Person(agent) => agent.skills.as_slice(),
                Face::Client { .. } | Face::Icon(_) => &[],
            };
            let words = choice.name.split_whitespace().chain(skills.iter().map(String::as_str));
            let words: Vec<String> = words.map(str::to_lowercase).collect();
            typed.split_whitespace().all(|typed| words.iter().any(|word| word.starts_with(typed)))
        };
        all.into_iter().filter(fits).collect::<Vec<_>>()
    });
    let chosen = move || {
        let key = picked.get()?;
        choices.with(|choices| choices.iter().find(|choice| choice.key == key).cloned())
    };
    let give = move |choice: Choice| {
        let Some(row) = desk.opened_row().map(|row| row.get_untracked()) else { return };
        let text = untrack(note);
        let words = (!text.trim().is_empty()).then(|| Words::new(dom::message_id(), text));
        if is_of_tags {
            at.set(0);
            typed.set(String::new());
            return tags::give(screen, choice.command, choice.word, row);
        }
        if screen.give(with_note(choice.command, words), &row) {
            close();
        }
    };
    let choose = move |choice: &Choice| match &choice.refused {
        Some(sentence) => desk.toasts.alert(sentence.clone()),
        None if choice.at_once => give(choice.clone()),
        // The second time it is meant.
        None if picked.with_untracked(|key| key.as_ref() == Some(&choice.key)) => give(choice.clone()),
        None => picked.set(Some(choice.key.clone())),
    };
    let keys = move |event: KeyboardEvent| {
        let n = choices.with_untracked(Vec::len);
        let step = |by: usize| at.update(|at| *at = (*at + by) % n.max(1));
        match event.key().as_str() {
            "ArrowDown" => {
                event.prevent_default();
                step(1)
            }
            "ArrowUp" => {
                event.prevent_default();
                step(n.saturating_sub(1))
            }
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                if let Some(choice) =
                    choices.with_untracked(|choices| choices.get(at.get_untracked()).cloned())
                {
                    choose(&choice);
                }
            }
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                close()
            }
            _ => {}
        }
    };
    // What goes along has keys of its own: letters, arrows, and the one that does it.
    let note_keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {}
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            event.stop_propagation();
            if let Some(choice) = untrack(chosen) {
                give(choice);
            }
        }
        _ => event.stop_propagation(),
    };
    let write = move |text: String| {
        if let Some((id, (_, kind))) = opened().zip(words)
            && !desk.drafts.write(id, kind, text)
        {
            desk.forgets.set(true);
        }
    };
    let active =
        move || choices.with(|choices| choices.get(at.get()).map(|choice| format!("pick-{}", choice.key)));
    dom::focus_soon("pick-search");
    view! {
        <div class="picker" role="dialog" aria-label=label tabindex="-1" on:keydown=heard(keys)>
            <input
                id="pick-search" class="input" type="text" role="combobox" aria-label=search
                aria-expanded="true" aria-controls="pick-list" aria-autocomplete="list" autocomplete="off"
                aria-activedescendant=active placeholder=placeholder
                prop:value=move || typed.get()
                on:input=heard(move |event: ev::Event| {
                    typed.set(event_target_value(&event));
                    at.set(0);
                    if asking == Asking::MergeClient {
                        desk.find_clients(typed, found);
                    }
                })
            />
            <ul class="picker__list" role="listbox" id="pick-list" aria-label=label aria-multiselectable=is_of_tags.then_some("true")>
                <For each=move || choices.get().into_iter().enumerate() key=|(place, choice)| (*place, choice.key.clone(), choice.refused.clone(), choice.holds, choice.word.clone()) let((place, choice))>
                    <li
                        role="option" class="picker__option" id=format!("pick-{}", choice.key)
                        aria-selected={ let key = choice.key.clone(); move || (choice.holds || picked.with(|picked| picked.as_ref() == Some(&key))).to_string() }
                        data-active=says(move || (at.get() == place).then_some(""))
                        aria-disabled=choice.refused.is_some().then_some("true")
                        title=choice.refused.clone()
                        on:mousedown=heard(|event: ev::MouseEvent| event.prevent_default())
                        on:mouseenter=heard(move |_| at.set(place))
                        on:click=heard({ let choice = choice.clone(); move |_| choose(&choice) })
                    >
                        {face(&choice, colleagues)}
                    </li>
                </For>
            </ul>
            <When holds=move || choices.with(Vec::is_empty)><p class="picker__none">{none}</p></When>
            {(!reasons.is_empty()).then(|| view! {
                <div class="picker__reasons" role="group" aria-label="Reason">
                    {reasons.iter().map(|reason| view! {
                        <button
                            type="button" class="chip chip--button"
                            aria-pressed=says(move || note().starts_with(reason).to_string())
                            on:click=heard(move |_| write(with_reason(&untrack(note), reason)))
                            on:keydown=heard(note_keys)
                        >{*reason}</button>
                    }).collect_view()}
                </div>
            })}
            {words.map(|(label, _)| view! {
                <label class="field picker__note">
                    <span class="field__label">{label}</span>
                    <textarea
                        class="input" rows="2" prop:value=note
                        on:input=heard(move |event: ev::Event| write(event_target_value(&event)))
                        on:keydown=heard(note_keys)
                    ></textarea>
                </label>
            })}
            {part(move || {
                let said = preview(screen, &chosen()?.command)?;
                Some(view! { <p class="picker__preview" role="status">{said}</p> })
            })}
            <button
                type="button" class="button button--accent picker__go" aria-disabled=says(move || (!is_of_tags && chosen().is_none()).then_some("true"))
                on:keydown=heard(note_keys)
                on:click=heard(move |_| match untrack(chosen) {
                    None if is_of_tags => close(),
                    Some(choice) => give(choice),
                    None => desk.toasts.alert("Choose from the list first."),
                })
            >{go}</button>
        </div>
    }
}

/// The note with that reason before it, in place of another.
fn with_reason(note: &str, reason: &str) -> String {
    let rest = REASONS.iter().find_map(|other| note.strip_prefix(other)).unwrap_or(note);
    let rest = rest.trim_start_matches([':', ' ']);
    if rest.is_empty() { reason.to_string() } else { format!("{reason}: {rest}") }
}

fn with_note(command: Command, words: Option<Words>) -> Command {
    match command {
        Command::Assign { to, note: _ } => Command::Assign { to, note: words },
        Command::AssignGroup { group, note: _ } => Command::AssignGroup { group, note: words },
        Command::Transfer { to, note: _ } => Command::Transfer { to, note: words },
        Command::Prioritise { level, reason: _ } => Command::Prioritise { level, reason: words },
        other => other,
    }
}

fn face(choice: &Choice, colleagues: RwSignal<Colleagues>) -> impl IntoView + use<> {
    let refused =
        choice.refused.clone().map(|sentence| view! { <span class="picker__facts">{sentence}</span> });
    let name = choice.name.clone();
    match &choice.face {
        Face::Icon(icon) => view! {
            <span class="avatar avatar--empty"><Icon name=*icon /></span>
            <span class="picker__name">{name}</span>
            {refused}
        }
        .into_any(),
        Face::Client { known_by } => view! {
            <Avatar name=name.clone() />
            <span class="picker__name"><bdi>{name}</bdi></span>
            <span class="picker__facts"><bdi>{known_by.clone()}</bdi></span>
            {refused}
        }
        .into_any(),
        Face::Person(agent) => {
            let id = agent.id;
            let busy = move || colleagues.with(|all| all.open.get(&id).copied().unwrap_or(0));
            let knows = move || colleagues.with(|all| all.knows.contains(&id));
            let skills = agent.skills.join(", ");
            let facts = refused.is_none().then(|| {
                view! {
                    <span class="picker__facts">
                        {agent.availability.name()}" · "{busy}" open"
                        {(!skills.is_empty()).then(|| format!(" · {skills}"))}
                        {part(move || knows().then_some(" · talked to this customer before"))}
                    </span>
                }
            });
            view! {
                <Avatar name=agent.display_name.clone() photo=agent.photo_path() />
                <span class="picker__name"><span class="presence" data-availability=agent.availability.key()></span>{name}</span>
                {facts}
                {refused}
            }
            .into_any()
        }
    }
}

/// What is offered. Who could never be chosen is not; what cannot be chosen now is, and says why.
fn choices(screen: Screen, asking: Asking, row: &Row) -> Vec<Choice> {
    match asking {
        Asking::Assign => [to_me_or_nobody(screen, row), to_people(screen, row, assign)].concat(),
        Asking::Group => to_groups(screen, row),
        Asking::Transfer => [to_people(screen, row, transfer), to_groups(screen, row)].concat(),
        Asking::Priority => levels(screen, row),
        Asking::Merge => conversations(screen, row),
        Asking::MergeClient
        | Asking::Tag
        | Asking::TagMessages
        | Asking::Pend
        | Asking::Resolve
        | Asking::Decline
        | Asking::Rename
        | Asking::ClientNote
        | Asking::Schedule
        | Asking::Email
        | Asking::Revise
        | Asking::Block => vec![],
    }
}

fn assign(to: AgentId) -> Command {
    Command::Assign { to, note: None }
}

fn transfer(to: AgentId) -> Command {
    Command::Transfer { to, note: None }
}

fn to_me_or_nobody(screen: Screen, row: &Row) -> Vec<Choice> {
    let me = screen.desk.viewer.with(|viewer| viewer.agent);
    let mine = Command::assign_to_me(&row.scene.conversation, me);
    let agent = screen.desk.office.with(|office| office.agents.get(&me).cloned());
    let face = agent.map_or(Face::Icon("user"), |agent| Face::Person(Box::new(agent)));
    let choice = |key: &str, name: &str, command: Command, face| {
        let refused = screen.desk.try_on(&row.scene, &command).err().map(|refusal| refusal.sentence());
        Choice::of(key.into(), name.into(), command, face, refused).at_once()
    };
    vec![
        choice("me", "Assign to Me", mine, face),
        choice("nobody", "Unassigned", Command::Unassign, Face::Icon("inbox")),
    ]
}

/// Everybody who could be asked for, those at their desk first.
fn to_people(screen: Screen, row: &Row, command: fn(AgentId) -> Command) -> Vec<Choice> {
    let desk = screen.desk;
    let me = desk.viewer.with(|viewer| viewer.agent);
    let office = desk.office.get();
    let mut people: Vec<&Agent> =
        office.agents.values().filter(|agent| agent.enabled && agent.id != me).collect();
    people.sort_by_key(|agent| (agent.availability as u8, agent.display_name.clone()));
    let choice = |agent: &Agent| {
        let command = command(agent.id);
        let refusal = desk.try_on(&row.scene, &command).err();
        let is_hopeless = matches!(&refusal, Some(Refusal::NotAssignable { .. }));
        let (key, name) = (agent.id.to_string(), agent.display_name.clone());
        let (face, refused) =
            (Face::Person(Box::new(agent.clone())), refusal.map(|refusal| refusal.sentence()));
        (!is_hopeless).then(|| Choice::of(key, name, command, face, refused))
    };
    people.into_iter().filter_map(choice).collect()
}

fn to_groups(screen: Screen, row: &Row) -> Vec<Choice> {
    let groups: BTreeMap<_, _> = screen
        .desk
        .office
        .with(|office| office.open_groups().map(|group| (group.id, group.clone())).collect());
    let choice = |(id, group): (domain::id::GroupId, domain::group::Group)| {
        let command = Command::AssignGroup { group: id, note: None };
        let refused = screen.desk.try_on(&row.scene, &command).err().map(|refusal| refusal.sentence());
        Choice::of(id.to_string(), group.name, command, Face::Icon("users"), refused)
    };
    let mut choices: Vec<Choice> = groups.into_iter().map(choice).collect();
    choices.sort_by(|one, other| one.name.cmp(&other.name));
    choices
}

fn levels(screen: Screen, row: &Row) -> Vec<Choice> {
    let choice = |level: &Level| {
        let command = Command::Prioritise { level: *level, reason: None };
        let refused = screen.desk.try_on(&row.scene, &command).err().map(|refusal| refusal.sentence());
        let (key, name) = (level.name().to_lowercase(), level.name().to_string());
        Choice::of(key, name, command, Face::Icon("flag"), refused)
    };
    Level::ALL.iter().map(choice).collect()
}

/// The client's other conversations.
fn conversations(screen: Screen, row: &Row) -> Vec<Choice> {
    let others = screen.desk.opened.with(|open| open.thread().map(|thread| thread.previous.clone()));
    let choice = |other: Row| {
        let Conversation { number, subject, .. } = other.scene.conversation.clone();
        let stage = domain::stage::Stage::of(&other.scene.conversation).name();
        let command = Command::Merge { into: Box::new(other.scene), exchange: Exchange::default() };
        let refused = screen.desk.try_on(&row.scene, &command).err().map(|refusal| refusal.sentence());
        let name = format!("{number} {subject} · {stage}");
        Choice::of(number.to_string(), name, command, Face::Icon("message-circle"), refused)
    };
    others.unwrap_or_default().into_iter().map(choice).collect()
}

/// Clients who are called so, each once, by the conversations that were found.
fn clients(screen: Screen, row: &Row, typed: &str, found: &[Row]) -> Vec<Choice> {
    let also = screen.desk.opened.with(|open| open.thread().map(|thread| thread.also.clone()));
    let contacts: Vec<Contact> = [vec![row.scene.contact.clone()], also.unwrap_or_default()].concat();
    let words = search::Words::of(typed);
    let is_named = |row: &&Row| {
        let Scene { contact, conversation, .. } = &row.scene;
        words.are_in(&search::names(contact)) || words.number() == Some(conversation.number)
    };
    let mut known: BTreeSet<ContactId> = [row.scene.contact.client()].into();
    let mut choices = vec![];
    for other in found.iter().filter(is_named) {
        let Scene { contact, conversation, .. } = other.scene.clone();
        if !known.insert(contact.client()) {
            continue;
        }
        let address = contact.email.clone().unwrap_or_else(|| contact.original_name.clone());
        // Whoever else is that client, this browser does not know: it has all that is said of the client.
        let theirs = Contact { merged: None, ..contact.clone() };
        let all = [contacts.clone(), vec![theirs]].concat();
        let command = Command::MergeClient { with: Box::new(other.scene.clone()), contacts: all };
        let refused = screen.desk.try_on(&row.scene, &command).err().map(|refusal| refusal.sentence());
        let face = Face::Client { known_by: format!("{address} · #{}", conversation.number) };
        choices.push(Choice::of(contact.id.to_string(), contact.display_name, command, face, refused));
    }
    choices
}

/// What would go where.
fn preview(screen: Screen, command: &Command) -> Option<String> {
    if let Command::MergeClient { with, contacts } = command {
        let (mine, theirs) = (contacts.first()?, &with.contact);
        let blocked = match mine.blocked_at.or(theirs.blocked_at) {
            Some(_) => " All of it is on the black list then.",
            None => "",
        };
        return Some(format!(
            "{} and {} are one client from now on, called {}: one profile, one history. What is answered reaches whoever wrote \
             it, as before.{blocked} They can be separated again.",
            mine.display_name, theirs.display_name, theirs.display_name
        ));
    }
    let Command::Merge { into, .. } = command else { return None };
    let what = screen.desk.opened.with(|open| {
        let thread = open.thread()?;
        let n = thread.entries.iter().filter(|entry| entry.message.is_some()).count();
        Some(match (n, thread.has_earlier) {
            (_, true) => "All messages of this conversation go".into(),
            (1, false) => "The message of this conversation goes".into(),
            (n, false) => format!("The {n} messages of this conversation go"),
        })
    })?;
    let Scene { contact, conversation, .. } = &**into;
    Some(format!(
        "{what} to conversation {}, and so does what {} writes from now on. It can be separated again.",
        conversation.number, contact.display_name
    ))
}

/// So many messages.
pub fn messages(n: usize) -> String {
    if n == 1 { "1 message".into() } else { format!("{n} messages") }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rule 000-07
    #[test]
    fn a_reason_fills_the_note_and_another_takes_its_place() {
        assert_eq!(with_reason("", "Escalation"), "Escalation");
        assert_eq!(with_reason("Escalation", "Unavailable"), "Unavailable");
        assert_eq!(with_reason("She knows it.", "Better suited"), "Better suited: She knows it.");
        assert_eq!(with_reason("Better suited: She knows it.", "Escalation"), "Escalation: She knows it.");
    }
}
