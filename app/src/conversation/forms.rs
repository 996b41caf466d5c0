//! Orders that ask for words: set pending, resolve with a summary, decline a transfer, another name. What is written is a
//! draft until the order takes it; what stands against it is said in the form.

use domain::conversation::{Command, EmailPreview, Version};
use domain::id::{ConversationId, MessageId};
use domain::message::Words;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::composer::{mentions, newest_seen, signs};
use super::draft::Kind;
use super::picker;
use super::selection::all_heads;
use crate::api;
use crate::commands::{Asking, use_screen};
use crate::desk::{Desk, use_desk};
use crate::dom;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};
use domain::live::Row;

/// All of them; at most one is open.
#[component]
pub fn Forms() -> impl IntoView {
    view! {
        <Pend />
        <Resolve />
        <Decline />
        <Rename />
        <ClientNote />
        <Schedule />
        <Email />
        <Revise />
        <Block />
    }
}

/// Whether that form is open, as the dialog wants to know it.
fn open_for(asking: Asking) -> RwSignal<bool> {
    let screen = use_screen();
    let open = RwSignal::new(false);
    Effect::new(move || open.set(screen.asks(asking)));
    // Closed by Escape or a click beside it.
    Effect::new(move |before: Option<bool>| {
        let is_open = open.get();
        if before == Some(true) && !is_open && screen.asking.get_untracked() == Some(asking) {
            screen.asking.set(None);
        }
        is_open
    });
    open
}

/// The conversation on the screen.
fn opened(desk: Desk) -> Option<Row> {
    untrack(|| desk.opened_row()).map(|row| row.get_untracked())
}

fn id(desk: Desk) -> Option<ConversationId> {
    opened(desk).map(|row| row.scene.conversation.id)
}

fn text(desk: Desk, kind: Kind) -> String {
    id(desk).map(|id| desk.drafts.text(id, kind)).unwrap_or_default()
}

fn write(desk: Desk, kind: Kind, text: String) {
    if let Some(id) = id(desk)
        && !desk.drafts.write(id, kind, text)
    {
        desk.forgets.set(true);
    }
}

/// A draft as an order carries it, if anything is written.
fn written(desk: Desk, kind: Kind) -> Option<Words> {
    let text = untrack(|| text(desk, kind));
    (!text.trim().is_empty()).then(|| Words::new(dom::message_id(), text))
}

/// A form: its fields, what stands against the order, and the button that gives it. ⌘ or Ctrl with Enter does, too.
#[component]
fn Form(
    asking: Asking,
    /// The dialog's name and heading.
    title: &'static str,
    /// On the button.
    go: &'static str,
    /// The order as it stands in the fields, or what is wrong with them.
    order: Callback<Row, Result<Command, String>>,
    /// Says what stands against it beside its field, and whether it did; the rest stands by the buttons.
    #[prop(optional)]
    beside: Option<Callback<Refusal, bool>>,
    children: ChildrenFn,
) -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let open = open_for(asking);
    let problem = RwSignal::new(None::<String>);
    Effect::new(move || {
        open.track();
        problem.set(None);
    });
    let submit = move || {
        let Some(row) = opened(desk) else { return };
        let command = match order.run(row.clone()) {
            Ok(command) => command,
            Err(sentence) => return problem.set(Some(sentence)),
        };
        match untrack(|| desk.try_on(&row.scene, &command)) {
            Ok(_) => drop(screen.give(command, &row)),
            Err(refusal) => {
                let sentence = refusal.sentence();
                let is_said = beside.is_some_and(|beside| beside.run(refusal));
                problem.set((!is_said).then_some(sentence));
            }
        }
    };
    let children = StoredValue::new(children);
    view! {
        <Dialog open label=title class="form">
            <h2>{title}</h2>
            <form
                class="dialog__form"
                on:submit=heard(move |event: ev::SubmitEvent| { event.prevent_default(); submit() })
                on:keydown=heard(move |event: ev::KeyboardEvent| if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                    event.prevent_default();
                    submit()
                })
            >
                {children.with_value(|children| children())}
                {part(move || problem.get().map(|problem| view! { <p class="field__problem" role="alert">{problem}</p> }))}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Cancel"</button>
                    <button type="submit" class="button button--accent">{go}</button>
                </div>
            </form>
        </Dialog>
    }
}

/// A field whose text is a draft of the conversation on the screen.
#[component]
fn Draft(
    kind: Kind,
    label: &'static str,
    hint: &'static str,
    #[prop(optional)] first: bool,
) -> impl IntoView {
    let desk = use_desk();
    view! {
        <label class="field">
            <span class="field__label">{label}</span>
            <textarea
                class="input" rows="3" placeholder=hint autofocus=first prop:value=move || text(desk, kind)
                on:input=heard(move |event: ev::Event| write(desk, kind, event_target_value(&event)))
            ></textarea>
        </label>
    }
}

/// A day and a time, in the zone of this browser, which is said.
#[component]
fn Moment(label: &'static str, typed: RwSignal<String>) -> impl IntoView {
    let soon = move |name: &'static str, days: u32| {
        view! {
            <button type="button" class="chip chip--button" on:click=heard(move |_| typed.set(dom::local(dom::now(), days, 9)))>{name}</button>
        }
    };
    view! {
        <label class="field">
            <span class="field__label">{label}</span>
            <input class="input" type="datetime-local" prop:value=move || typed.get() on:input=heard(move |event: ev::Event| typed.set(event_target_value(&event))) />
        </label>
        <p class="field__hint">{move || dom::time_zone().map(|zone| format!("Your time zone: {zone}."))}</p>
        <div class="picker__reasons" role="group" aria-label=format!("{label}, quickly")>
            {soon("Tomorrow 9:00", 1)}
            {soon("In 3 days, 9:00", 3)}
            {soon("In a week, 9:00", 7)}
        </div>
    }
}

const NO_TIME: &str = "Choose a day and a time.";

/// What stands in such a field, if something does.
///
/// Errors: what is wrong with it.
fn moment(typed: &str) -> Result<Option<Timestamp>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let at = dom::moment(typed).ok_or_else(|| NO_TIME.to_string())?;
    match dom::typed(at) == typed {
        true => Ok(Some(at)),
        false => Err("The clocks are set forward then, and this time is left out. Choose another.".into()),
    }
}

#[component]
fn Pend() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let wakes = RwSignal::new(String::new());
    // It is another conversation's, or was not meant.
    Effect::new(move || {
        if screen.asks(Asking::Pend) {
            wakes.set(String::new());
        }
    });
    let order = Callback::new(move |_: Row| {
        let wake_at = moment(&wakes.get_untracked())?;
        let nothing = || Words::new(dom::message_id(), "");
        Ok(Command::Pend { reason: written(desk, Kind::Pend).unwrap_or_else(nothing), wake_at })
    });
    view! {
        <Form asking=Asking::Pend title="Set pending" go="Set pending" order>
            <p>"It stays with whoever has it, and opens again when the customer writes."</p>
            <Draft kind=Kind::Pend label="Pending reason" hint="What does it wait for?" first=true />
            <Moment label="Wake at" typed=wakes />
        </Form>
    }
}

/// The ids of the fields of an e-mail.
const RECIPIENT: &str = "email-recipient";
const SUBJECT: &str = "email-subject";

/// **Send to Email**: all that was said with the customer, or the messages that are chosen.
#[component]
fn Email() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let (to, subject) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let preview = RwSignal::new(None::<Result<EmailPreview, String>>);
    let typed_for = StoredValue::new(None::<ConversationId>);
    let asked_n = StoredValue::new(0);
    let chosen = move || screen.selecting.get_untracked().filter(|chosen| !chosen.is_empty());
    Effect::new(move || {
        let Some(row) = opened(desk).filter(|_| screen.asks(Asking::Email)) else { return };
        let id = row.scene.conversation.id;
        if typed_for.get_value() != Some(id) {
            typed_for.set_value(Some(id));
            to.set(row.scene.contact.email.unwrap_or_default());
            subject.set(String::new());
        }
        preview.set(None);
        let asked = asked_n.get_value() + 1;
        asked_n.set_value(asked);
        spawn_local(async move {
            let told = api::preview_email(id, chosen()).await;
            // Another one was asked for since.
            if asked_n.try_get_value() != Some(asked) {
                return;
            }
            if let Ok(told) = &told
                && subject.with_untracked(String::is_empty)
            {
                subject.set(told.subject.clone());
            }
            preview.try_set(Some(told.map_err(|error| error.sentence())));
        });
    });
    let wrong = RwSignal::new(None::<(&'static str, String)>);
    Effect::new(move || {
        to.track();
        subject.track();
        screen.asks(Asking::Email);
        wrong.set(None);
    });
    let beside = Callback::new(move |refusal: Refusal| {
        let field = match refusal {
            Refusal::NoRecipient | Refusal::NotARecipient { .. } | Refusal::TooManyRecipients { .. } => {
                RECIPIENT
            }
            Refusal::NoSubject | Refusal::SubjectTooLong { .. } => SUBJECT,
            _ => return false,
        };
        wrong.set(Some((field, refusal.sentence())));
        dom::focus_soon(field);
        true
    });
    let is_wrong =
        move |field: &'static str| wrong.with(|wrong| wrong.as_ref().is_some_and(|(at, _)| *at == field));
    let problem = move |field: &'static str| {
        part(move || {
            let sentence = wrong.get().filter(|(at, _)| *at == field)?.1;
            Some(
                view! { <span class="field__problem" id=format!("{field}-problem") role="alert">{sentence}</span> },
            )
        })
    };
    let order = Callback::new(move |_: Row| {
        let (to, subject) = (to.get_untracked(), subject.get_untracked());
        // Nobody sends what they could not look at.
        let preview = preview
            .get_untracked()
            .unwrap_or_else(|| Err("What goes out is not shown yet. Look at it, and send it then.".into()))?;
        let all = untrack(|| all_heads(desk));
        Ok(Command::Email { mail: dom::mail_id(), to, subject, messages: chosen(), last: preview.last, all })
    });
    view! {
        <Form asking=Asking::Email title="Send to Email" go="Send conversation" order beside>
            <label class="field">
                <span class="field__label">"Recipient"</span>
                <input
                    class="input" id=RECIPIENT aria-describedby=format!("{RECIPIENT}-problem")
                    aria-invalid=says(move || is_wrong(RECIPIENT).then_some("true")) autofocus inputmode="email" autocomplete="off" placeholder="ada@example.org, lena@example.org"
                    prop:value=move || to.get() on:input=heard(move |event: ev::Event| to.set(event_target_value(&event)))
                />
            </label>
            {problem(RECIPIENT)}
            <label class="field">
                <span class="field__label">"Subject"</span>
                <input
                    class="input" id=SUBJECT aria-describedby=format!("{SUBJECT}-problem")
                    aria-invalid=says(move || is_wrong(SUBJECT).then_some("true")) autocomplete="off"
                    prop:value=move || subject.get()
                    on:input=heard(move |event: ev::Event| subject.set(event_target_value(&event)))
                />
            </label>
            {problem(SUBJECT)}
            {part(move || match preview.get() {
                None => view! { <p class="field__hint" role="status">"Looking what goes out…"</p> }.into_any(),
                // What hinders is a hint until somebody sends all the same.
                Some(Err(sentence)) => view! { <p class="field__hint" role="status">{sentence}</p> }.into_any(),
                Some(Ok(preview)) => view! {
                    <p class="field__hint">{goes(&preview)}</p>
                    <div class="preview" role="region" aria-label="Preview" tabindex="0">
                        {preview.text}{preview.is_cut.then_some("…")}
                    </div>
                }.into_any(),
            })}
        </Form>
    }
}

/// What goes, and what stays.
fn goes(preview: &EmailPreview) -> String {
    let EmailPreview { n_messages, n_kept, attached, .. } = preview;
    let counted = |n: &i64| picker::messages(usize::try_from(*n).unwrap_or_default());
    let verb = if *n_messages == 1 { "goes" } else { "go" };
    let files = match attached.len() {
        0 => String::new(),
        1 => " with 1 file".into(),
        n => format!(" with {n} files"),
    };
    let kept = match n_kept {
        0 => String::new(),
        1 => " 1 whisper or note stays here.".into(),
        n => format!(" {n} whispers and notes stay here."),
    };
    format!("{} {verb} out{files}.{kept}", counted(n_messages))
}

const REVISED: &str = "revised-text";

/// A whisper or note of one's own: other words, or none. What it said before is read there by whoever reads it.
#[component]
fn Revise() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let typed = RwSignal::new(String::new());
    // What is begun stands in this browser until the message says it: over a refusal, a reload, another message.
    let key = move |message: MessageId| {
        let me = desk.viewer.with_untracked(|viewer| viewer.agent);
        format!("edit:{me}:{message}")
    };
    let versions = RwSignal::new(Vec::<Version>::new());
    let shown = move || {
        let id = screen.revising.get()?;
        desk.opened.with(|open| {
            let mut said = open.thread()?.entries.iter().filter_map(|entry| entry.message.as_ref());
            said.find(|message| message.id == id).cloned()
        })
    };
    let is_mine = Memo::new(move |_| {
        let me = desk.viewer.with(|viewer| viewer.agent);
        shown().is_some_and(|message| message.by.agent() == Some(me) && !message.is_deleted())
    });
    Effect::new(move || {
        if !screen.asks(Asking::Revise) {
            return;
        }
        let Some((message, id)) = untrack(shown).zip(id(desk)) else { return };
        typed.set(dom::kept(&key(message.id)).unwrap_or_else(|| message.text.clone()));
        versions.set(vec![]);
        spawn_local(async move {
            if let Ok(told) = api::versions_of(id, message.id).await
                && screen.revising.try_get_untracked().flatten() == Some(message.id)
            {
                versions.try_set(told);
            }
        });
    });
    Effect::new(move || {
        if let Some(message) = shown()
            && (message.is_deleted() || dom::kept(&key(message.id)).as_ref() == Some(&message.text))
        {
            dom::keep(&key(message.id), "");
        }
    });
    let write = move |text: String| {
        if let Some(id) = screen.revising.get_untracked()
            && !dom::keep(&key(id), &text)
        {
            desk.forgets.set(true);
        }
        typed.set(text);
    };
    let order = Callback::new(move |_: Row| {
        let Some(message) = untrack(shown) else { return Err(Refusal::NoSuchMessage.sentence()) };
        let text = typed.get_untracked();
        let mentions = desk.office.with_untracked(|office| {
            let before = mentions(office, &message.text);
            mentions(office, &text).difference(&before).copied().collect()
        });
        Ok(Command::Revise { words: Words::new(message.id, text), mentions, of: Some(Box::new(message)) })
    });
    let delete = move || {
        let Some((message, row)) = untrack(shown).zip(opened(desk)) else { return };
        screen.give(Command::Retract { message: message.id, of: Some(Box::new(message)) }, &row);
    };
    view! {
        <When holds=move || is_mine.get()>
            <Form asking=Asking::Revise title="Edit or delete" go="Save" order>
                <label class="field">
                    <span class="field__label">"Text"</span>
                    <textarea
                        class="input" id=REVISED rows="5" autofocus prop:value=move || typed.get()
                        on:keydown=heard(move |event: ev::KeyboardEvent| {
                            if let Some(whole) = signs::press(&event, REVISED, &typed.get_untracked()) {
                                write(whole);
                            }
                        })
                        on:input=heard(move |event: ev::Event| write(event_target_value(&event)))
                    ></textarea>
                </label>
                <p><button type="button" class="button" on:click=heard(move |_| delete())><Icon name="x" />"Delete"</button></p>
                <Versions versions />
            </Form>
        </When>
        <When holds=move || !is_mine.get()>
            <Dialog open=open_for(Asking::Revise) label="Earlier versions" class="form">
                <Versions versions />
                <div class="dialog__actions">
                    <button type="button" class="button" autofocus on:click=heard(move |_| dom::close_dialog())>"Close"</button>
                </div>
            </Dialog>
        </When>
    }
}

/// What a message said before.
#[component]
fn Versions(versions: RwSignal<Vec<Version>>) -> impl IntoView {
    part(move || {
        (!versions.with(Vec::is_empty)).then(|| view! {
            <section aria-label="Earlier versions">
                <h3>"Earlier versions"</h3>
                <ul class="versions" tabindex="0">
                    {versions.get().into_iter().map(|version| view! {
                        <li><small>"until "<Time at=version.until text=time::clock(version.until) /></small><p dir="auto">{version.text}</p></li>
                    }).collect_view()}
                </ul>
            </section>
        })
    })
}

/// **Schedule message**: the reply that is being written, at another time.
#[component]
fn Schedule() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let time = RwSignal::new(String::new());
    // What its author had read when they began: what comes meanwhile is behind the form.
    let seen = RwSignal::new(None::<MessageId>);
    Effect::new(move || {
        if screen.asks(Asking::Schedule) {
            time.set(String::new());
            seen.set(opened(desk).and_then(|row| newest_seen(desk, &row)));
        }
    });
    let order = Callback::new(move |row: Row| {
        let at = moment(&time.get_untracked())?.ok_or_else(|| NO_TIME.to_string())?;
        if untrack(|| desk.uploads.go_along(row.scene.conversation.id)) {
            return Err("Files do not wait for a time. Send them now, or take them out.".to_string());
        }
        let nothing = || Words::new(dom::message_id(), "");
        let words = written(desk, Kind::Reply).unwrap_or_else(nothing);
        Ok(Command::Schedule { words, seen: seen.get_untracked(), at })
    });
    view! {
        <Form asking=Asking::Schedule title="Schedule message" go="Schedule" order>
            <p>"It goes out by itself, unless the customer writes or somebody answers before: then it comes back to you."</p>
            <Draft kind=Kind::Reply label="Message" hint="What do you want to say?" first=true />
            <Moment label="Send at" typed=time />
        </Form>
    }
}

#[component]
fn Resolve() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    // What its author had read when they began to write: what comes meanwhile is behind the form.
    let seen = RwSignal::new(None::<MessageId>);
    Effect::new(move || {
        if screen.asks(Asking::Resolve) {
            seen.set(opened(desk).and_then(|row| newest_seen(desk, &row)));
        }
    });
    let order = Callback::new(move |_: Row| {
        let (summary, closing) = (written(desk, Kind::Summary), written(desk, Kind::Closing));
        Ok(Command::Resolve { summary, closing, seen: seen.get_untracked() })
    });
    view! {
        <Form asking=Asking::Resolve title="Resolve" go="Mark resolved" order>
            <Draft kind=Kind::Summary label="Resolution summary" hint="For the team: what was it, and what helped?" first=true />
            <Draft kind=Kind::Closing label="Closing message" hint="Goes to the customer." />
        </Form>
    }
}

#[component]
fn Decline() -> impl IntoView {
    let desk = use_desk();
    let order =
        Callback::new(move |_: Row| Ok(Command::DeclineTransfer { reason: written(desk, Kind::Decline) }));
    view! {
        <Form asking=Asking::Decline title="Decline transfer" go="Decline" order>
            <Draft kind=Kind::Decline label="Reason (optional)" hint="Whoever asked reads it." first=true />
        </Form>
    }
}

#[component]
fn Rename() -> impl IntoView {
    let (desk, screen) = (use_desk(), use_screen());
    let order =
        Callback::new(move |_: Row| Ok(Command::RenameClient { name: untrack(|| text(desk, Kind::Name)) }));
    // It begins with the name as it is, unless another was begun already.
    Effect::new(move || {
        let is_open = screen.asks(Asking::Rename);
        let Some(name) = opened(desk).map(|row| row.scene.contact.display_name) else { return };
        let begun = untrack(|| text(desk, Kind::Name));
        match is_open {
            true if begun.is_empty() => write(desk, Kind::Name, name),
            // Nothing was begun.
            false if begun == name => write(desk, Kind::Name, String::new()),
            true | false => {}
        }
    });
    let original = move || {
        let row = desk.opened_row()?;
        Some(row.with(|row| row.scene.contact.original_name.clone()))
    };
    view! {
        <Form asking=Asking::Rename title="Change client name" go="Save" order>
            <p>"Original name: "<bdi>{original}</bdi></p>
            <label class="field">
                <span class="field__label">"Name"</span>
                <input
                    class="input" autofocus maxlength="200" autocomplete="off" prop:value=move || text(desk, Kind::Name)
                    on:input=heard(move |event: ev::Event| write(desk, Kind::Name, event_target_value(&event)))
                />
            </label>
        </Form>
    }
}

#[component]
fn ClientNote() -> impl IntoView {
    let desk = use_desk();
    let order = Callback::new(move |_: Row| {
        let nothing = || Words::new(dom::message_id(), "");
        Ok(Command::NoteOnClient { words: written(desk, Kind::ClientNote).unwrap_or_else(nothing) })
    });
    view! {
        <Form asking=Asking::ClientNote title="Note about the client" go="Save Note" order>
            <Draft kind=Kind::ClientNote label="Note" hint="For the team. It stands beside all of their conversations." first=true />
        </Form>
    }
}

#[component]
fn Block() -> impl IntoView {
    let desk = use_desk();
    let who = move || {
        let row = desk.opened_row()?;
        Some(row.with(|row| row.scene.contact.display_name.clone()))
    };
    let order = Callback::new(|_: Row| Ok(Command::BlockClient));
    view! {
        <Form asking=Asking::Block title="Send to the black list" go="Send to the black list" order>
            <p>
                "Nothing that "<bdi>{who}</bdi>" writes reaches operators any more, in any conversation. It is kept, and whoever \
                manages the Blacklist can unlock it."
            </p>
        </Form>
    }
}
