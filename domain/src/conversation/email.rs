//! **Send to Email**: what was said with the customer, all of it or chosen messages, to somebody outside.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Event, Head, Scene};
use crate::contact::{address, clean_line, clean_name};
use crate::id::{MailId, MessageId};
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Addresses of one e-mail. Whoever has more to tell has a list at their mail server.
pub const RECIPIENTS_AT_MOST: usize = 10;

/// Longest subject, in Unicode scalar values. Our own choice: screens of mail programs show about 70.
pub const SUBJECT_MAX_CHARS: usize = 200;

/// What became of an e-mail to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The mail server took it.
    Delivered,
    /// It did not, and will not.
    Failed {
        /// Why, as the mail server says it.
        reason: String,
    },
    /// The answer was lost: it may have arrived. Nobody but a person sends it again.
    Uncertain,
}

/// What would go out, before it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What it is about, until somebody says it better.
    pub subject: String,
    /// Messages that go.
    pub n_messages: i64,
    /// Messages that were chosen and stay: whispers and notes.
    pub n_kept: i64,
    /// Names of the files that go along.
    pub attached: Vec<String>,
    /// The last message that was looked at. What comes after it does not go.
    pub last: Option<MessageId>,
    /// What is written in it.
    pub text: String,
    /// Whether there is more of it than is shown here.
    pub is_cut: bool,
}

/// An e-mail, as it was ordered.
pub(super) struct Ordered<'o> {
    pub mail: MailId,
    pub to: &'o str,
    pub subject: &'o str,
    pub messages: Option<&'o BTreeSet<MessageId>>,
    pub last: Option<MessageId>,
    pub all: &'o [Head],
}

/// **Send to Email**: the public messages among those that are chosen, or all of them.
pub(super) fn email(scene: &Scene, viewer: &Viewer, ordered: Ordered<'_>) -> Result<Vec<Event>, Refusal> {
    let Ordered { mail, to, subject, messages, last, all } = ordered;
    viewer.must(Permission::EmailTranscript)?;
    scene.conversation.must_not_be_frozen()?;
    let to = recipients(to)?;
    let subject = clean_line(subject);
    match subject.chars().count() {
        0 => return Err(Refusal::NoSubject),
        n if n > SUBJECT_MAX_CHARS => {
            return Err(Refusal::SubjectTooLong {
                most: u32::try_from(SUBJECT_MAX_CHARS).unwrap_or(u32::MAX),
            });
        }
        _ => {}
    }
    let n_messages = leaving(messages, last, all)?.len();
    let n_messages = i64::try_from(n_messages).unwrap_or(i64::MAX);
    Ok(vec![Event::Emailed { mail, to, n_messages, is_whole: messages.is_none() }])
}

/// **Send again**, to one address. Whether it failed before is known where it is sent.
pub(super) fn again(viewer: &Viewer, mail: MailId, to: &str) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::EmailTranscript)?;
    Ok(vec![Event::EmailedAgain { mail, to: to.into() }])
}

/// The messages that go, in the order in which they stand: of all that are chosen, those that a customer sees too. `last` is
/// the last one that may, where one is named.
///
/// Errors: [`Refusal::LookAgain`] where `last` went elsewhere; [`Refusal::NoSuchMessage`] where one of them does not stand there; [`Refusal::NothingLeaves`].
pub fn leaving(
    messages: Option<&BTreeSet<MessageId>>,
    last: Option<MessageId>,
    all: &[Head],
) -> Result<Vec<MessageId>, Refusal> {
    let all = match last {
        None => all,
        Some(last) => {
            let upto = all.iter().position(|head| head.id == last).ok_or(Refusal::LookAgain)?;
            all.get(..=upto).unwrap_or_default()
        }
    };
    let is_chosen = |head: &&Head| messages.is_none_or(|messages| messages.contains(&head.id));
    let chosen: Vec<&Head> = all.iter().filter(is_chosen).collect();
    if messages.is_some_and(|messages| chosen.len() < messages.len()) {
        return Err(Refusal::NoSuchMessage);
    }
    let public: Vec<MessageId> =
        chosen.iter().filter(|head| head.kind.is_public()).map(|head| head.id).collect();
    match public.is_empty() {
        true => Err(Refusal::NothingLeaves),
        false => Ok(public),
    }
}

/// The addresses in a field where somebody may have typed several, each once.
fn recipients(typed: &str) -> Result<Vec<String>, Refusal> {
    let parts = typed.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let mut all: Vec<String> = vec![];
    for part in parts {
        let one = address(part)
            .filter(|one| is_deliverable(one))
            .ok_or_else(|| Refusal::NotARecipient { text: clean_name(part) })?;
        if !all.contains(&one) {
            all.push(one);
        }
    }
    match all.len() {
        0 => Err(Refusal::NoRecipient),
        n if n > RECIPIENTS_AT_MOST => {
            Err(Refusal::TooManyRecipients { most: u32::try_from(RECIPIENTS_AT_MOST).unwrap_or(u32::MAX) })
        }
        _ => Ok(all),
    }
}

/// Whether mail servers take an address of that form at all. Source: RFC 5321, 4.1.2 and 4.5.3.1.1.
fn is_deliverable(address: &str) -> bool {
    let Some((name, host)) = address.rsplit_once('@') else { return false };
    let is_host =
        host.split('.').all(|label| label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-'));
    name.len() <= 64 && name.split('.').all(|part| !part.is_empty()) && is_host
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Command, Conversation};
    use crate::message::MessageKind::{self, Customer, Note, Reply, Whisper};
    use crate::worlds::*;

    const MAIL: MailId = MailId::new(40);

    fn order(to: &str, subject: &str, messages: Option<&[u128]>) -> Command {
        let head = |n, kind: MessageKind| Head { id: message_id(n), kind, at: NOON };
        let all = vec![head(1, Customer), head(2, Reply), head(3, Whisper), head(4, Note)];
        let messages = messages.map(|messages| messages.iter().map(|n| message_id(*n)).collect());
        Command::Email { mail: MAIL, to: to.into(), subject: subject.into(), messages, last: None, all }
    }

    fn mine() -> Conversation {
        with_assignee(one_open(), ANA)
    }

    #[track_caller]
    fn sent(command: Command, to: &[&str], n_messages: i64, is_whole: bool) {
        let to = to.iter().map(|to| to.to_string()).collect();
        let event = Event::Emailed { mail: MAIL, to, n_messages, is_whole };
        check(mine(), &operator(ANA), command, &[event]);
    }

    #[track_caller]
    fn refused(command: Command, refusal: Refusal) {
        check_refused(mine(), &operator(ANA), command, refusal);
    }

    // rule 003-32
    #[test]
    fn the_whole_correspondence_goes_without_whispers_and_notes() {
        sent(order("Lena@Example.org", " Your\r\n order ", None), &["lena@example.org"], 2, true);
    }

    #[test]
    fn what_came_after_it_was_looked_at_does_not_go() {
        let mut command = order("lena@example.org", "Your order", None);
        if let Command::Email { last, .. } = &mut command {
            *last = Some(message_id(1));
        }
        sent(command.clone(), &["lena@example.org"], 1, true);
        if let Command::Email { last, .. } = &mut command {
            *last = Some(message_id(9));
        }
        refused(command, Refusal::LookAgain);
    }

    // rule 003-33
    #[test]
    fn of_chosen_messages_only_those_that_the_customer_sees_go() {
        sent(order("lena@example.org", "Your order", Some(&[2, 3])), &["lena@example.org"], 1, false);
        refused(order("lena@example.org", "Your order", Some(&[3, 4])), Refusal::NothingLeaves);
        refused(order("lena@example.org", "Your order", Some(&[])), Refusal::NothingLeaves);
        refused(order("lena@example.org", "Your order", Some(&[1, 9])), Refusal::NoSuchMessage);
    }

    #[test]
    fn several_addresses_are_told_apart_and_each_is_written_to_once() {
        let to = "a@example.org, b@example.org; A@example.org";
        sent(order(to, "Your order", None), &["a@example.org", "b@example.org"], 2, true);
        refused(order(" , ", "Your order", None), Refusal::NoRecipient);
        let text = "lena".to_string();
        refused(order("a@example.org, lena", "Your order", None), Refusal::NotARecipient { text });
        for form in ["a..b@example.org", ".a@example.org", "a.@example.org", "a@-example.org"] {
            refused(order(form, "Your order", None), Refusal::NotARecipient { text: form.into() });
        }
        let many: Vec<String> = (0..11).map(|n| format!("a{n}@example.org")).collect();
        refused(order(&many.join(","), "Your order", None), Refusal::TooManyRecipients { most: 10 });
    }

    #[test]
    fn a_subject_is_one_line_and_fits() {
        refused(order("a@example.org", " \n ", None), Refusal::NoSubject);
        let long = "x".repeat(SUBJECT_MAX_CHARS + 1);
        refused(order("a@example.org", &long, None), Refusal::SubjectTooLong { most: 200 });
    }

    #[test]
    fn who_may_not_send_conversations_out_is_refused() {
        let viewer = crate::viewer::Viewer { permissions: [Permission::InboxOpen].into(), ..operator(ANA) };
        let missing = Refusal::NotAllowed { missing: Permission::EmailTranscript };
        check_refused(mine(), &viewer, order("a@example.org", "Your order", None), missing.clone());
        let again = Command::EmailAgain { mail: MAIL, to: "a@example.org".into() };
        check_refused(mine(), &viewer, again, missing);
    }
}
