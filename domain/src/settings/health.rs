//! How the system is, as whoever runs it wants to know, and what they ought to do about it.

use serde::{Deserialize, Serialize};

use crate::file::size;
use crate::time::{Duration, Timestamp};

/// How old a backup may be before it is said.
const BACKUP_WITHIN: Duration = Duration::days(7);

/// How long an e-mail may wait before it is said.
const MAIL_WITHIN: Duration = Duration::hours(1);

/// How the system is. Sizes in bytes, times in UTC milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Which Switchboard it is.
    pub version: String,
    /// Since when this server runs.
    pub started_at: Timestamp,
    /// Which database, and which version of it.
    pub database: String,
    /// How large the database is.
    pub database_bytes: i64,
    /// Room that is left where the database is, and how much there is; nothing where it is elsewhere.
    pub disk: Option<Disk>,
    /// Conversations, and entries of their log.
    pub n_conversations: i64,
    /// Entries of the log.
    pub n_entries: i64,
    /// Browsers of the team that are connected to this server.
    pub n_agents: u32,
    /// Chats of visitors that are open at this server.
    pub n_visitors: u32,
    /// E-mail; nothing where there is no mail server.
    pub mail: Option<Mail>,
    /// Whether files are looked at before they are taken.
    pub has_scanner: bool,
    /// Replies that are scheduled.
    pub n_scheduled: i64,
    /// Whether the newest write failed.
    pub is_failing: bool,
    /// When the last backup was begun that was finished.
    pub backed_up_at: Option<Timestamp>,
}

/// A disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Room that is left.
    pub free_bytes: i64,
    /// All of it.
    pub bytes: i64,
}

/// The queue of e-mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// What waits, or is on its way.
    pub n_waiting: i64,
    /// Since when the oldest of it waits.
    pub since: Option<Timestamp>,
    /// What was not delivered.
    pub n_failed: i64,
}

impl Health {
    /// What somebody ought to look at, the worst first.
    pub fn warnings(&self, now: Timestamp) -> Vec<String> {
        let mut warnings = vec![];
        if self.is_failing {
            warnings.push(
                "The newest write failed. Nothing can be stored: look at the disk and the database."
                    .to_owned(),
            );
        }
        if let Some(Disk { free_bytes, bytes }) = self.disk
            && free_bytes < bytes / 10
        {
            let left = size(free_bytes);
            warnings.push(match free_bytes < bytes / 20 {
                true => format!(
                    "Only {left} are left on the disk. When it is full nothing can be stored: make room now."
                ),
                false => format!("{left} are left on the disk, less than a tenth of it. Make room soon."),
            });
        }
        if let Some(mail) = self.mail {
            if mail.since.is_some_and(|since| now - since > MAIL_WITHIN) {
                warnings.push(
                    "E-mail has been waiting for more than an hour. Is the mail server well?".to_owned(),
                );
            }
            if mail.n_failed > 0 {
                let n = mail.n_failed;
                let (mails, were) = if n == 1 { ("e-mail", "was") } else { ("e-mails", "were") };
                warnings.push(format!(
                    "{n} {mails} {were} not delivered. Each says why in the log of its conversation."
                ));
            }
        }
        match self.backed_up_at {
            None => warnings.push(
                "No backup was ever made. “switchboard backup” makes one while the house is open.".into(),
            ),
            Some(at) if now - at > BACKUP_WITHIN => {
                warnings.push("The last backup is more than a week old.".into());
            }
            Some(_) => {}
        }
        if self.mail.is_none() {
            warnings.push(
                "There is no mail server: nobody can send e-mail, and links have to be given by hand.".into(),
            );
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn well() -> Health {
        Health {
            disk: Some(Disk { free_bytes: 500, bytes: 1_000 }),
            mail: Some(Mail::default()),
            backed_up_at: Some(NOW - Duration::days(1)),
            ..Health::default()
        }
    }

    #[test]
    fn whoever_runs_it_is_told_what_to_look_at_and_nothing_else() {
        assert_eq!(well().warnings(NOW), [] as [String; 0]);
        let said = |health: Health| health.warnings(NOW).join(" ");
        assert!(said(Health { is_failing: true, ..well() }).contains("write failed"));
        let disk = |free_bytes| Health { disk: Some(Disk { free_bytes, bytes: 1_000 }), ..well() };
        assert!(said(disk(99)).contains("Make room soon") && said(disk(49)).contains("make room now"));
        assert_eq!(said(disk(100)), "");
        let mail = |since, n_failed| Health { mail: Some(Mail { n_waiting: 1, since, n_failed }), ..well() };
        assert!(said(mail(Some(NOW - Duration::minutes(61)), 0)).contains("waiting"));
        assert_eq!(said(mail(Some(NOW - Duration::minutes(59)), 0)), "");
        assert!(said(mail(None, 1)).contains("1 e-mail was not delivered"));
        assert!(said(Health { mail: None, ..well() }).contains("no mail server"));
        assert!(said(Health { backed_up_at: None, ..well() }).contains("No backup"));
        assert!(
            said(Health { backed_up_at: Some(NOW - Duration::days(8)), ..well() }).contains("a week old")
        );
    }
}
