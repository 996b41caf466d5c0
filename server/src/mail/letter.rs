//! What is written in an e-mail: the correspondence as plain text and as HTML, and the files that came with it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Bytes;
use domain::conversation::Scene;
use domain::file::File;
use domain::id::{MailId, MessageId};
use domain::markup::{self, Block, Marks, Span};
use domain::message::{Message, Public};
use domain::office::Office;
use domain::time::Timestamp;
use domain::viewer::By;
use html_escape::{encode_double_quoted_attribute, encode_text};
use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, Date};
use lettre::message::{Attachment, Body, Mailbox, MultiPart};

use crate::conversation::store::{self, Columns};
use crate::db::Tx;
use crate::error::Error;
use crate::file::{self, Files, Known};

/// Bytes of files that go along. In an e-mail they grow by a third, and many mail servers refuse more than 25 MB.
const ATTACHED_MAX_BYTES: i64 = 15_000_000;

/// Bytes of text that go, twice: as plain text and as HTML. Three long novels; what is more is left out, and that is said.
const TEXT_MAX_BYTES: usize = 2_000_000;

const LEFT_OUT: &str = "[The rest is left out: the e-mail would be too large.]";

/// A text as HTML, with its new lines.
fn broken(text: &str) -> String {
    encode_text(text).replace('\n', "<br>")
}

/// What is formatted, as HTML. Each text in it is escaped here, and a link leads to the web: [`markup`] reads no other.
fn drawn(blocks: &[Block]) -> String {
    fn line(spans: &[Span]) -> String {
        spans.iter().map(span).collect()
    }
    fn span(span: &Span) -> String {
        match span {
            Span::Text(text) => broken(text),
            Span::Bold(spans) => format!("<b>{}</b>", line(spans)),
            Span::Italic(spans) => format!("<i>{}</i>", line(spans)),
            Span::Code(text) => format!("<code>{}</code>", encode_text(text)),
            Span::Link(text, address) => {
                format!("<a href=\"{}\">{}</a>", encode_double_quoted_attribute(address), encode_text(text))
            }
        }
    }
    let block = |block: &Block| match block {
        Block::Lines(spans) => format!("<p style=\"margin:4px 0\">{}</p>", line(spans)),
        Block::List(Marks::Dots, items) => {
            let items = items.iter().map(|(_, item)| format!("<li>{}</li>", line(item)));
            format!("<ul style=\"margin:4px 0\">{}</ul>", items.collect::<String>())
        }
        Block::List(Marks::Numbers, items) => {
            let items = items
                .iter()
                .map(|(n, item)| format!("<li value=\"{}\">{}</li>", n.unwrap_or_default(), line(item)));
            format!("<ol style=\"margin:4px 0\">{}</ol>", items.collect::<String>())
        }
        Block::Code(code) => format!("<pre style=\"margin:4px 0\">{}</pre>", encode_text(code)),
    };
    blocks.iter().map(block).collect()
}

/// A correspondence, ready to be written down.
pub struct Letter {
    workspace: String,
    contact: String,
    number: i64,
    about: String,
    said: Vec<Said>,
    /// Whether there is more than fits.
    is_cut: bool,
}

/// A message in it.
struct Said {
    by: String,
    at: Timestamp,
    text: Option<String>,
    /// Whether its signs of formatting are drawn.
    is_formatted: bool,
    file: Option<Known>,
    /// Whether the file goes along.
    is_attached: bool,
}

impl Said {
    /// Of what may leave the house, and of nothing else.
    fn of(public: Public<'_>, office: &Office, scene: &Scene) -> Self {
        let message = public.message();
        let contact = &scene.contact.display_name;
        let by = match message.by {
            By::Agent(agent) => office.name_of(agent).to_owned(),
            By::Visitor(_) => contact.clone(),
            By::Ai => office.ai_name.clone(),
            By::Rule | By::System => office.workspace.clone(),
        };
        let text = message.caption().map(lines);
        let channel = office.channels.get(&scene.conversation.channel);
        let is_formatted = channel.is_some_and(|channel| message.is_formatted(channel.kind));
        Self { by, at: message.at, text, is_formatted, file: None, is_attached: false }
    }
}

impl Letter {
    /// Of those messages in that order; what a customer does not see is left out.
    pub async fn read(
        tx: &mut Tx,
        office: &Office,
        scene: &Scene,
        messages: &[MessageId],
    ) -> Result<Self, Error> {
        let mut found: HashMap<MessageId, Message> = HashMap::new();
        for some in messages.chunks(store::ROWS) {
            let places: Vec<String> = (1..).take(some.len()).map(|n| format!("${n}")).collect();
            let text = format!(
                "select message_id, kind, by_kind, by_id, at, text, file from message where message_id in ({})",
                places.join(", ")
            );
            let query = some.iter().fold(tx.built(text), |query, id| query.bind(id.to_string()));
            for row in query.all().await? {
                let message = Columns::of(&row).message()?;
                found.insert(message.id, message);
            }
        }
        let (mut said, mut n_bytes, mut n_text, mut is_cut) = (vec![], 0, 0, false);
        for public in messages.iter().filter_map(|id| found.get(id)?.public()) {
            n_text += public.message().text.len();
            if n_text > TEXT_MAX_BYTES {
                is_cut = true;
                break;
            }
            let mut one = Said::of(public, office, scene);
            if let Some(known) = file::sent_with(tx, public).await? {
                one.is_attached = n_bytes + known.file.size_bytes <= ATTACHED_MAX_BYTES;
                n_bytes += if one.is_attached { known.file.size_bytes } else { 0 };
                one.file = Some(known);
            }
            said.push(one);
        }
        Ok(Self {
            workspace: office.workspace.clone(),
            contact: scene.contact.display_name.clone(),
            number: scene.conversation.number,
            about: scene.conversation.subject.clone(),
            said,
            is_cut,
        })
    }

    /// What it is about, until somebody says it better.
    pub fn subject(&self) -> String {
        match self.about.is_empty() {
            true => format!("Conversation {} with {}", self.number, self.contact),
            false => self.about.clone(),
        }
    }

    /// The files that go along.
    pub fn attached(&self) -> impl Iterator<Item = &File> {
        self.said.iter().filter(|said| said.is_attached).filter_map(|said| Some(&said.file.as_ref()?.file))
    }

    fn heading(&self) -> String {
        let Self { workspace, contact, number, .. } = self;
        format!("Conversation {number} of {contact} with {workspace}")
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let said = self.said.iter().map(|said| {
            let file = said.file.as_ref().map(|known| sentence(&known.file, said.is_attached));
            let head = Some(format!("{}, {}:", said.by, day_and_time(said.at)));
            // Set in, so that nobody writes a line that looks like another's message.
            let text = said.text.as_ref().map(|text| format!("  {}", text.replace('\n', "\n  ")));
            [head, text, file].into_iter().flatten().collect::<Vec<String>>().join("\n")
        });
        let cut = self.is_cut.then(|| LEFT_OUT.to_owned());
        let all: Vec<String> = std::iter::once(self.heading()).chain(said).chain(cut).collect();
        all.join("\n\n") + "\n"
    }

    /// The same for mail programs that show more.
    fn html(&self) -> String {
        let said = self.said.iter().map(|said| {
            let text = said.text.as_deref().map(|text| match said.is_formatted {
                true => drawn(&markup::blocks(text)),
                false => format!("<p style=\"margin:4px 0\">{}</p>", broken(text)),
            });
            let file = said.file.as_ref().map(|known| {
                let sentence = sentence(&known.file, said.is_attached);
                format!("<p style=\"margin:4px 0;color:#555\">{}</p>", broken(&sentence))
            });
            format!(
                "<div style=\"margin:0 0 16px\"><p style=\"margin:0;color:#555\"><b>{}</b>, {}</p>{}{}</div>",
                encode_text(&said.by),
                day_and_time(said.at),
                text.unwrap_or_default(),
                file.unwrap_or_default()
            )
        });
        format!(
            "<!doctype html><html><head><meta charset=\"utf-8\"></head>\
             <body style=\"font-family:sans-serif;font-size:15px;line-height:1.45\">\
             <p style=\"color:#555\">{}</p>{}{}</body></html>",
            encode_text(&self.heading()),
            said.collect::<String>(),
            if self.is_cut { LEFT_OUT } else { "" }
        )
    }

    /// The bytes of the files that go along.
    pub async fn open(&self, files: &Files) -> Result<Vec<(File, Bytes)>, Error> {
        let mut opened = vec![];
        for known in self.said.iter().filter(|said| said.is_attached).filter_map(|said| said.file.as_ref()) {
            let bytes = files.get(known, None).await?.bytes().await.map_err(file::broken)?;
            opened.push((known.file.clone(), bytes));
        }
        Ok(opened)
    }

    /// As it goes over the wire. Nothing where the library that writes it cannot: it breaks off on some names.
    pub fn written(
        &self,
        from: &Mailbox,
        mail: MailId,
        to: &[String],
        subject: &str,
        files: Vec<(File, Bytes)>,
        now: Timestamp,
    ) -> Option<Vec<u8>> {
        let written = catch_unwind(AssertUnwindSafe(|| {
            let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).ok()?);
            // The same e-mail again has the same id: whoever got it before may know it.
            let id = format!("<{mail}@{}>", from.email.domain());
            let mut message = lettre::Message::builder()
                .from(from.clone())
                .subject(plain(subject))
                .message_id(Some(id))
                .header(Date::from(date));
            for address in to.iter().filter_map(|address| address.parse::<Address>().ok()) {
                message = message.to(Mailbox::new(None, address));
            }
            let both = MultiPart::alternative_plain_html(self.text(), self.html());
            let mut parts = MultiPart::mixed().multipart(both);
            for (file, bytes) in files {
                let media = ContentType::parse(file.media.media_type()).unwrap_or(ContentType::TEXT_PLAIN);
                // Never as it is: bare line ends within would be read as ours by some mail servers.
                let body = Body::new_with_encoding(bytes.to_vec(), ContentTransferEncoding::Base64).ok()?;
                parts = parts.singlepart(Attachment::new(plain(&file.name)).body(body, media));
            }
            Some(message.multipart(parts).ok()?.formatted())
        }));
        written.ok().flatten()
    }
}

/// An e-mail with a link that lets somebody in, as it goes over the wire. Nothing where it cannot be written.
pub fn link(from: &Mailbox, workspace: &str, to: &str, address: &str, now: Timestamp) -> Option<Vec<u8>> {
    let written = catch_unwind(AssertUnwindSafe(|| {
        let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).ok()?);
        let text = format!(
            "With this link you come in to the support inbox of {workspace}:\n\n{address}\n\n\
             It is good once, and not for long. Give it to nobody. If you do not know what this is, do nothing.\n"
        );
        let message = lettre::Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to.parse::<Address>().ok()?))
            .subject(plain(&format!("Your link to {workspace}")))
            .header(Date::from(date))
            .header(ContentType::TEXT_PLAIN);
        Some(message.body(lines(&text)).ok()?.formatted())
    }));
    written.ok().flatten()
}

/// A text whose lines end as ours do, without what no mail program shows.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// A text that mail programs show as it is: what looks like an encoded word is none any more.
fn plain(text: &str) -> String {
    text.replace("=?", "= ?")
}

/// What is said of a file in the text.
fn sentence(file: &File, is_attached: bool) -> String {
    let File { name, .. } = file;
    match is_attached {
        true => format!("[Attached: {name}]"),
        false => format!("[Not attached, because it is too large: {name}]"),
    }
}

/// In words that no country reads another way: `28 Nov 2026, 10:42 UTC`.
fn day_and_time(at: Timestamp) -> String {
    let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or_default());
    // "Sat, 28 Nov 2026 10:42:00 GMT"
    let http = httpdate::fmt_http_date(at);
    format!("{}, {} UTC", http.get(5..16).unwrap_or_default(), http.get(17..22).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(said: Vec<Said>) -> Letter {
        let (workspace, contact) = ("Fernhill".into(), "Cleo <b>".into());
        Letter { workspace, contact, number: 7, about: String::new(), said, is_cut: false }
    }

    #[test]
    fn times_are_the_same_everywhere() {
        assert_eq!(day_and_time(Timestamp(1_795_862_520_000)), "28 Nov 2026, 10:42 UTC");
    }

    #[test]
    fn what_was_typed_is_text_in_html() {
        let text = Some("<script>alert(1)</script>\n& more".to_string());
        let said = Said {
            by: "<i>Ada".into(),
            at: Timestamp(0),
            text,
            is_formatted: false,
            file: None,
            is_attached: false,
        };
        let html = letter(vec![said]).html();
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;<br>&amp; more"), "{html}");
        assert!(html.contains("<b>&lt;i&gt;Ada</b>") && html.contains("Cleo &lt;b&gt;"), "{html}");
    }
}
