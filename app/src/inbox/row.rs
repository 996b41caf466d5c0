//! A conversation in the list.

use domain::channel::ChannelKind;
use domain::conversation::{Level, Side, Status};
use domain::filter::Filter;
use domain::id::{AgentId, ConversationId};
use domain::markup;
use domain::office::Office;
use domain::order::Order;
use domain::stage::Processing;
use domain::viewer::By;
use leptos::prelude::*;

use super::search::marked;
use crate::desk::search::Why;
use crate::desk::thread::Open;
use crate::desk::{Desk, use_desk};
use crate::shell::Place;
use crate::ui::avatar::Avatar;
use crate::ui::dynamic::part;
use crate::ui::icon::Icon;
use crate::ui::time::{self, Time};
use domain::live::Row;

/// Tags that a row shows before it says how many more there are.
const TAGS: usize = 2;

/// The id of a row's link.
pub fn row_id(number: i64) -> String {
    format!("row-{number}")
}

/// The icon of a channel.
pub fn channel_icon(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Chat => "message-circle",
        ChannelKind::Email => "mail",
        ChannelKind::Whatsapp => "phone",
        ChannelKind::Telegram => "send",
        ChannelKind::Api => "globe",
    }
}

#[component]
pub fn ConversationRow(id: ConversationId) -> impl IntoView {
    let desk = use_desk();
    let row = desk.row(id)?;
    // What is drawn again by a change elsewhere is asked for as narrowly as it is shown.
    let drafted = Memo::new(move |_| desk.drafts.has(id));
    let number = row.with_untracked(|row| row.scene.conversation.number);
    let opened = Memo::new(move |_| desk.opened.with(Open::number) == Some(number));
    let filter = Memo::new(move |_| desk.list.with(|list| list.filter.clone()));
    let replying = Memo::new(move |_| {
        let agents = desk.looks.with(|looks| looks.get(&id).map(|look| look.replying.clone()))?;
        Some(crate::conversation::names(desk, &agents)).filter(|names| !names.is_empty())
    });
    let why = Memo::new(move |_| desk.search.with(|search| search.why(id)));
    Some(view! {
        {part(move || row.with(|row| {
            let marks = Marks { opened: opened.get(), drafted: drafted.get(), replying: replying.get(), why: why.get() };
            face(desk, row, &filter.get(), marks)
        }))}
    })
}

/// What a row shows besides the conversation.
struct Marks {
    opened: bool,
    drafted: bool,
    replying: Option<String>,
    /// Why it was found, where somebody searches.
    why: Option<Why>,
}

fn face(desk: Desk, row: &Row, filter: &Filter, marks: Marks) -> impl IntoView + use<> {
    let Marks { opened, drafted, replying, why } = marks;
    let conversation = &row.scene.conversation;
    let contact = &row.scene.contact;
    let me = desk.viewer.with(|viewer| viewer.agent);
    let (number, unread) =
        (conversation.number, conversation.unread_since.is_some() && conversation.is_active());
    let at = match why {
        Some(_) => conversation.last_message_at(),
        None => Order::of(filter.view).time(contact, conversation),
    };
    let now = desk.now;
    let office = desk.office;
    let channel =
        office.with(|office| office.channels.get(&conversation.channel).map(|channel| channel.kind));
    let channel = channel.unwrap_or(ChannelKind::Api);
    let group = conversation.group.map(|group| office.with(|office| office.group_name(group).to_string()));
    let assignee = conversation
        .assignee
        .map(|agent| office.with(|office| (office.name_of(agent).to_string(), office.photo_of(agent))));
    let processing = processing(desk, row, me);
    // Done, it still says who had it.
    let worked = assignee.as_ref().filter(|_| !conversation.is_active()).map(|(name, _)| name.clone());
    let level = conversation.priority.level;
    let tags: Vec<String> = office.with(|office| {
        conversation.tags.iter().filter_map(|tag| office.tags.get(tag)).map(|tag| tag.name.clone()).collect()
    });
    let answered = conversation.last_public.is_some_and(|last| last.from == Side::Operator);
    let pending = matches!(conversation.status, Status::Pending { .. });
    let more_tags = tags.len().saturating_sub(TAGS);
    let words = why.as_ref().map(|why| why.words.clone());
    let searched = why.as_ref().map(|why| why.text.clone()).unwrap_or_default();
    let (preview, private) = match why.and_then(|why| why.said) {
        Some(said) => (spoken(desk, said.by, &said.excerpt, me), !said.kind.is_public()),
        None => preview(desk, row, me),
    };
    let (name_found, preview_found) =
        (marked(&contact.display_name, words.as_ref()), marked(&preview, words.as_ref()));
    let name = {
        let mut parts = vec![number.to_string(), contact.display_name.clone()];
        parts.extend(unread.then(|| "unread".to_string()));
        parts.push(conversation.subject.clone());
        parts.extend(group.clone());
        parts.push(processing.clone());
        parts.extend(worked.clone());
        parts.extend((level != Level::Normal).then(|| level.name().to_lowercase()));
        // While one searches, it says why it is there.
        parts.extend(words.is_some().then(|| preview.clone()));
        parts.join(", ")
    };
    let said = move || format!("{name}, {}", time::words(at, now.get()));
    let place = Place { view: Some(filter.view), number: Some(number), settings: None };
    let path = super::with_query(place, filter, &searched);
    view! {
        <a
            class="row" id=row_id(number) href=path
            aria-label=said aria-current=opened.then_some("true") data-unread=unread.then_some("")
        >
            <span class="row__who">
                <Avatar name=contact.display_name.clone() />
                <span class="row__channel" title=channel.name()><Icon name=channel_icon(channel) /></span>
            </span>
            <span class="row__name">
                {unread.then(|| view! { <span class="dot"></span> })}
                <bdi>{name_found}</bdi>
                {contact.vip.then(|| view! { <span class="chip" data-tone="warn">"VIP"</span> })}
            </span>
            <span class="row__time"><Time at=at text=Signal::derive(move || time::short(at, now.get())) /></span>
            <span class="row__what" data-private=private.then_some("")>
                {drafted.then(|| view! { <span class="row__draft">"Draft"</span> })}
                {replying.map(|names| view! {
                    <span class="row__replying" title=format!("{names} {} replying", crate::conversation::is_or_are(&names))>
                        <Icon name="pencil-line" />
                    </span>
                })}
                {answered.then(|| view! { <span class="row__answered" title="Answered"><Icon name="reply" /></span> })}
                <span class="row__preview">{preview_found}</span>
            </span>
            <span class="row__chips">
                {(level != Level::Normal).then(|| view! { <span class="chip" data-tone=tone(level)>{level.name()}</span> })}
                {pending.then(|| view! { <span class="chip" data-tone="ok">"Pending"</span> })}
                {group.map(|group| view! { <span class="chip">{group}</span> })}
                {tags.into_iter().take(TAGS).map(|tag| view! { <span class="chip chip--tag">{tag}</span> }).collect_view()}
                {(more_tags > 0).then(|| view! { <span class="chip">{format!("+{more_tags}")}</span> })}
                <span class="row__processing">
                    {processing}
                    {assignee.map(|(name, photo)| view! {
                        <span title=name.clone()><Avatar name=name.clone() size="small" photo=photo /></span>
                    })}
                </span>
            </span>
        </a>
    }
}

/// The colour of a priority.
pub fn tone(level: Level) -> &'static str {
    match level {
        Level::Urgent => "danger",
        Level::High => "info",
        Level::Normal | Level::Low => "",
    }
}

/// Where it stands, as people say it: Unassigned, My inbox, Closed, or the operator's name.
pub fn processing(desk: Desk, row: &Row, me: domain::id::AgentId) -> String {
    match Processing::of(&row.scene.conversation, me) {
        Processing::Unassigned if row.scene.conversation.ai == domain::conversation::Ai::Active => {
            desk.office.with(|office| format!("With {}", office.ai_name))
        }
        Processing::Unassigned => "Unassigned".into(),
        Processing::MyInbox => "My inbox".into(),
        Processing::With(agent) => desk.office.with(|office| office.name_of(agent).to_string()),
        Processing::Closed => "Closed".into(),
    }
}

/// The newest words that the viewer may read, with who said them where that was one of us.
fn preview(desk: Desk, row: &Row, me: AgentId) -> (String, bool) {
    let Some(preview) = &row.preview else { return (row.scene.conversation.subject.clone(), false) };
    let is_formatted = match preview.by {
        By::Visitor(_) => false,
        By::Agent(_) | By::Ai | By::Rule | By::System => {
            let channel = row.scene.conversation.channel;
            let shows = |office: &Office| {
                office.channels.get(&channel).is_some_and(|channel| channel.kind.shows_formatting())
            };
            preview.private || desk.office.with_untracked(shows)
        }
    };
    let text = match preview.text.as_str() {
        "" => "(deleted)".to_owned(),
        text if is_formatted => markup::bare(text),
        text => text.to_owned(),
    };
    (spoken(desk, preview.by, &text, me), preview.private)
}

/// Words in one line, with who said them where that was one of us.
fn spoken(desk: Desk, by: By, text: &str, me: AgentId) -> String {
    let by = match by.agent() {
        Some(agent) if agent == me => Some("You".to_string()),
        Some(agent) => desk.office.with(|office| office.name_of(agent).split(' ').next().map(str::to_owned)),
        None => None,
    };
    let line = text.replace('\n', " ");
    by.map_or(line.clone(), |by| format!("{by}: {line}"))
}
