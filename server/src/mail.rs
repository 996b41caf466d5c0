//! E-mail that people have sent to somebody outside: what they order is kept with the order, and goes out after it.
//!
//! Each address is a row of its own. A server that sends one has it for [`LEASE`]; when it has said nothing until then, or
//! the mail server's answer is lost, the e-mail may have arrived: that is told, and only a person sends it again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time;

use app::backend::{Link, Mailed};
use domain::contact::clean_line;
use domain::conversation::{Command, EmailPreview, Event, Fact, Outcome, leaving};
use domain::id::{ConversationId, MailId, MessageId};
use domain::office::Office;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::time::{Duration, Timestamp};
use domain::viewer::Viewer;
use futures::future::join_all;
use tokio::time::{MissedTickBehavior, interval, timeout};

use self::letter::Letter;
use self::smtp::{MailServer, Sent};
use crate::conversation::happened;
use crate::conversation::places::{self, FAMILY};
use crate::conversation::store::{self, Columns};
use crate::db::{Row, Tx};
use crate::error::Error;
use crate::server::{Server, WORKSPACE, now};
use crate::sql;

pub mod letter;
pub mod smtp;

/// How often it is looked for what is due.
const EVERY: time::Duration = time::Duration::from_secs(1);

/// E-mails that are sent at the same time, each held in memory meanwhile. As many that a mail server answers late hold up
/// the others.
const AT_ONCE: usize = 4;

/// How long one may take. Longer than all that [`smtp`] waits for together.
pub const LEASE: Duration = Duration::minutes(15);

/// How long it is waited after an attempt that can be repeated, each time one more. Whoever sent it sits there and wants to
/// know: after about an hour they do.
const WAITS: [Duration; 4] =
    [Duration::minutes(1), Duration::minutes(5), Duration::minutes(15), Duration::minutes(40)];

/// Most characters of a letter that are shown before it goes.
const PREVIEW_MAX_CHARS: usize = 20_000;

/// Refuses orders that need a mail server where there is none.
pub fn can_send(server: &Server, command: &Command) -> Result<(), Error> {
    let is_mail = matches!(command, Command::Email { .. } | Command::EmailAgain { .. });
    if is_mail && server.mail.is_none() { Err(Refusal::NoMailServer.into()) } else { Ok(()) }
}

/// Keeps what was ordered until it is sent.
///
/// Errors: [`Refusal::NotFailed`] where it need not be sent again; [`Refusal::AnotherMessage`] where the id is taken.
pub async fn ordered(
    tx: &mut Tx,
    conversation: ConversationId,
    command: &Command,
    facts: &[Fact],
    now: Timestamp,
) -> Result<(), Error> {
    for fact in facts {
        match (&fact.event, command) {
            (Event::Emailed { mail, to, .. }, Command::Email { subject, messages, last, all, .. }) => {
                let messages = leaving(messages.as_ref(), *last, all)?;
                enqueue(tx, conversation, *mail, to, &clean_line(subject), &messages, now).await?;
            }
            (Event::EmailedAgain { mail, to }, _) => again(tx, conversation, *mail, to, now).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn enqueue(
    tx: &mut Tx,
    conversation: ConversationId,
    mail: MailId,
    to: &[String],
    subject: &str,
    messages: &[MessageId],
    now: Timestamp,
) -> Result<(), Error> {
    let (recipients, messages) = (serde_json::to_string(to)?, serde_json::to_string(messages)?);
    for recipient in to {
        let text = sql!(
            "insert into mail (mail_id, recipient, conversation_id, recipients, subject, messages, state, attempt, tried, due_at) \
             values ($1, $2, $3, $4, $5, $6, 'queued', 0, 0, $7) on conflict (mail_id, recipient) do nothing"
        );
        let query = tx.q(text).bind(mail.to_string()).bind(recipient.as_str());
        let query = query.bind(conversation.to_string()).bind(recipients.as_str()).bind(subject);
        if query.bind(messages.as_str()).bind(now.0).exec().await? == 0 {
            return Err(Refusal::AnotherMessage.into());
        }
    }
    Ok(())
}

async fn again(
    tx: &mut Tx,
    conversation: ConversationId,
    mail: MailId,
    to: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let text = format!(
        "update mail set state = 'queued', tried = 0, due_at = $4 where mail_id = $2 and recipient = $3 \
         and conversation_id in ({FAMILY}) and state in ('failed', 'uncertain')"
    );
    let query = tx.built(text).bind(conversation.to_string()).bind(mail.to_string());
    match query.bind(to).bind(now.0).exec().await? {
        0 => Err(Refusal::NotFailed.into()),
        _ => Ok(()),
    }
}

/// What would go out of a conversation: of those messages, or of all.
///
/// Errors: [`Error::Missing`] where the viewer does not see it; what stands against sending anything of it.
pub async fn preview(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    conversation: ConversationId,
    messages: Option<&BTreeSet<MessageId>>,
) -> Result<EmailPreview, Error> {
    let scene = store::look(tx, viewer, conversation).await?;
    viewer.must(Permission::EmailTranscript)?;
    let all = places::heads(tx, viewer, conversation).await?;
    let last = all.last().map(|head| head.id);
    let leaving = leaving(messages, last, &all)?;
    let n_chosen = messages.map_or(all.len(), BTreeSet::len);
    let letter = Letter::read(tx, office, &scene, &leaving).await?;
    let text = letter.text();
    Ok(EmailPreview {
        subject: letter.subject(),
        n_messages: i64::try_from(leaving.len()).unwrap_or(i64::MAX),
        n_kept: i64::try_from(n_chosen.saturating_sub(leaving.len())).unwrap_or(i64::MAX),
        attached: letter.attached().map(|file| file.name.clone()).collect(),
        last,
        is_cut: text.chars().nth(PREVIEW_MAX_CHARS).is_some(),
        text: text.chars().take(PREVIEW_MAX_CHARS).collect(),
    })
}

/// How long whoever made a link waits for the mail server.
const LINK_WITHIN: time::Duration = time::Duration::from_secs(20);

/// Sends somebody the link that lets them in. It is kept nowhere, so it is tried once: else they are given it by hand.
pub async fn link(
    mail: Option<&MailServer>,
    workspace: &str,
    to: &str,
    address: &str,
    now: Timestamp,
) -> Mailed {
    let Some(mail) = mail else { return Mailed::NoServer };
    let Some(letter) = letter::link(mail.from(), workspace, to, address, now) else {
        return Mailed::Failed("It could not be written as an e-mail.".into());
    };
    match timeout(LINK_WITHIN, mail.send(to, &letter)).await {
        Ok(Sent::Taken) => Mailed::Taken,
        Ok(Sent::Later(why) | Sent::Never(why)) => Mailed::Failed(why),
        Ok(Sent::Unknown) | Err(_) => {
            Mailed::Failed("The mail server did not say in time whether it has it.".into())
        }
    }
}

/// Sends many links, one after the other. What does not go is logged; who is not reached is given another link by hand.
pub async fn links(mail: MailServer, workspace: String, links: Vec<Link>) {
    for Link { address, email, .. } in links {
        if let Mailed::Failed(why) = link(Some(&mail), &workspace, &email, &address, now()).await {
            tracing::warn!(email, why, "an invitation did not go by e-mail");
        }
    }
}

/// Sends as long as the server runs.
pub async fn follow(server: Arc<Server>) {
    join_all((0..AT_ONCE).map(|_| work(&server))).await;
}

async fn work(server: &Server) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = pass(server, now).await {
            tracing::warn!(?error, "e-mail could not be sent; it is tried again");
        }
    }
}

/// Sends what is due, one after the other, and says how many that were.
pub async fn pass(server: &Server, clock: impl Fn() -> Timestamp) -> Result<usize, Error> {
    let Some(mail) = &server.mail else { return Ok(0) };
    let mut n_sent = 0;
    loop {
        let at = clock();
        // A write that changes nothing would make a failing disk look well.
        let text = sql!("select 1 from mail where state in ('queued', 'sending') and due_at <= $1 limit 1");
        let any = server.db.read(async move |tx: &mut Tx| tx.q(text).bind(at.0).opt().await);
        if any.await?.is_none() {
            return Ok(n_sent);
        }
        let cached = server.office.clone();
        let claimed = server.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            lose(tx, &office, at).await?;
            claim(tx, at).await
        });
        if let Some(parcel) = claimed.await? {
            n_sent += 1;
            carry(server, mail, &parcel, &clock).await?;
        }
    }
}

/// An e-mail on its way to one address.
#[derive(Clone)]
struct Parcel {
    mail: MailId,
    recipient: String,
    attempt: i64,
    tried: i64,
    conversation: ConversationId,
    recipients: Vec<String>,
    subject: String,
    messages: Vec<MessageId>,
}

const PARCEL: &str = "mail_id, recipient, attempt, tried, conversation_id, recipients, subject, messages";

fn parcel(row: &Row) -> Result<Parcel, Error> {
    let mut columns = Columns::of(row);
    Ok(Parcel {
        mail: columns.id()?,
        recipient: columns.take()?,
        attempt: columns.take()?,
        tried: columns.take()?,
        conversation: columns.id()?,
        recipients: columns.json()?,
        subject: columns.take()?,
        messages: columns.json()?,
    })
}

/// What nobody has reported of in time.
async fn lose(tx: &mut Tx, office: &Office, now: Timestamp) -> Result<(), Error> {
    let text = format!("select {PARCEL} from mail where state = 'sending' and due_at <= $1 limit 100");
    for row in tx.built(text).bind(now.0).all().await? {
        ends(tx, office, &parcel(&row)?, Outcome::Uncertain, now).await?;
    }
    Ok(())
}

/// Takes one that is due.
async fn claim(tx: &mut Tx, now: Timestamp) -> Result<Option<Parcel>, Error> {
    let text = format!(
        "update mail set state = 'sending', attempt = attempt + 1, tried = tried + 1, due_at = $2 \
         where state = 'queued' and (mail_id, recipient) in (select mail_id, recipient from mail where state = 'queued' and due_at <= $1 \
         order by due_at, mail_id, recipient limit 1) returning {PARCEL}"
    );
    let row = tx.built(text).bind(now.0).bind((now + LEASE).0).opt().await?;
    row.as_ref().map(parcel).transpose()
}

/// Sends one, and writes down what became of it.
async fn carry(
    server: &Server,
    mail: &MailServer,
    parcel: &Parcel,
    clock: &impl Fn() -> Timestamp,
) -> Result<(), Error> {
    let sent = match letter_of(server, mail, parcel, clock()).await {
        Ok(Some(letter)) => mail.send(&parcel.recipient, &letter).await,
        Ok(None) => Sent::Never("It could not be written as an e-mail.".into()),
        // Nothing has left yet.
        Err(error) => {
            tracing::warn!(?error, "an e-mail could not be read from the database; it is tried again");
            Sent::Later("It could not be read.".into())
        }
    };
    let (cached, parcel, at) = (server.office.clone(), parcel.clone(), clock());
    server
        .db
        .write(WORKSPACE, async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            settle(tx, &office, &parcel, &sent, at).await
        })
        .await
}

/// The bytes of one; nothing where it cannot be written as an e-mail.
async fn letter_of(
    server: &Server,
    mail: &MailServer,
    parcel: &Parcel,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, Error> {
    let (cached, conversation, messages) =
        (server.office.clone(), parcel.conversation, parcel.messages.clone());
    let letter = server.db.read(async move |tx: &mut Tx| {
        let office = cached.in_transaction(tx).await?;
        let scene = places::by_now(tx, conversation).await?;
        Letter::read(tx, &office, &scene, &messages).await
    });
    let letter = letter.await?;
    let files = letter.open(&server.files).await?;
    Ok(letter.written(mail.from(), parcel.mail, &parcel.recipients, &parcel.subject, files, now))
}

/// Keeps one for another attempt, or ends it.
async fn settle(
    tx: &mut Tx,
    office: &Office,
    parcel: &Parcel,
    sent: &Sent,
    now: Timestamp,
) -> Result<(), Error> {
    let outcome = match sent {
        Sent::Taken => Outcome::Delivered,
        Sent::Unknown => Outcome::Uncertain,
        Sent::Never(reason) => Outcome::Failed { reason: reason.clone() },
        Sent::Later(reason) => {
            let wait = usize::try_from(parcel.tried - 1).ok().and_then(|tried| WAITS.get(tried));
            let Some(wait) = wait else {
                let reason = reason.clone();
                return ends(tx, office, parcel, Outcome::Failed { reason }, now).await;
            };
            let text = sql!(
                "update mail set state = 'queued', due_at = $4 \
                 where mail_id = $1 and recipient = $2 and attempt = $3 and state = 'sending'"
            );
            let query = tx.q(text).bind(parcel.mail.to_string()).bind(parcel.recipient.as_str());
            query.bind(parcel.attempt).bind((now + *wait).0).exec().await?;
            return Ok(());
        }
    };
    ends(tx, office, parcel, outcome, now).await
}

/// Writes down what became of one, unless somebody else has: then they know better.
async fn ends(
    tx: &mut Tx,
    office: &Office,
    parcel: &Parcel,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), Error> {
    let state = match &outcome {
        Outcome::Delivered => "delivered",
        Outcome::Failed { .. } => "failed",
        Outcome::Uncertain => "uncertain",
    };
    let text = sql!(
        "update mail set state = $4 where mail_id = $1 and recipient = $2 and attempt = $3 and state = 'sending'"
    );
    let query = tx.q(text).bind(parcel.mail.to_string()).bind(parcel.recipient.as_str());
    if query.bind(parcel.attempt).bind(state).exec().await? == 0 {
        return Ok(());
    }
    let scene = places::by_now(tx, parcel.conversation).await?;
    let event = Event::EmailEnded { mail: parcel.mail, to: parcel.recipient.clone(), outcome };
    happened(tx, office, &scene, event, now).await
}
