//! People of a CSV file: read, shown what would come of it, and invited once somebody has seen that.

use app::backend::Import;
use csv::{ReaderBuilder, StringRecord};
use domain::audit::Act;
use domain::id::InvitationId;
use domain::office::Office;
use domain::refusal::Refusal;
use domain::settings::import::{COLUMNS, IMPORT_MAX_BYTES, IMPORTED_AT_MOST, Line, Outcome, Planned, plan};
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::Tx;
use crate::error::Error;
use crate::{invitation, secret};

/// What would come of a file; and where `confirmed` is what was shown, all of that is done. Says the tokens of those who
/// are invited then, with their addresses.
///
/// Errors: [`Error::Refused`] where it cannot be read, or is not what was confirmed any more: then nothing is done.
pub async fn import(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    text: &str,
    confirmed: Option<&str>,
    now: Timestamp,
) -> Result<(Import, Vec<(String, String)>), Error> {
    let open = invitation::all(tx).await?;
    let lines = read(text)?;
    let planned = plan(office, viewer, &open, lines, || InvitationId::new(secret::random_id()))?;
    let digest = digest(&planned);
    let mut invited = vec![];
    if let Some(confirmed) = confirmed {
        if confirmed != digest {
            return Err(Refusal::ChangedSinceShown.into());
        }
        for planned in &planned {
            if let Outcome::Invited(invite) = &planned.outcome {
                let made = invitation::make_checked(tx, office, viewer, invite.clone(), Act::Made, now);
                invited.push(made.await?);
            }
        }
    }
    Ok((Import { planned, digest, links: vec![] }, invited))
}

/// What was shown, whatever ids it would get.
fn digest(planned: &[Planned]) -> String {
    let said = planned.iter().map(|Planned { line, email, outcome }| match outcome {
        Outcome::Invited(invite) => format!("{line} {} {:?} {:?}", invite.email, invite.roles, invite.groups),
        Outcome::Known => format!("{line} {email} known"),
        Outcome::Refused(refusal) => format!("{line} {email} {refusal:?}"),
    });
    secret::digest(&said.collect::<Vec<_>>().join("\n"))
}

/// The lines of a file. Spreadsheets write commas, semicolons or tabs between columns, each as its country has it.
fn read(text: &str) -> Result<Vec<Line>, Refusal> {
    if text.len() > IMPORT_MAX_BYTES {
        return Err(Refusal::TooManyLines { most: IMPORTED_AT_MOST as u32 });
    }
    // What the browser could not read as UTF-8.
    if text.contains('\u{fffd}') || text.contains('\0') {
        return Err(Refusal::NotUtf8);
    }
    let text = &text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // Of those that stand there as often the last: a file of one column has none of them.
    let between =
        [b'\t', b';', b','].into_iter().max_by_key(|sign| head.bytes().filter(|byte| byte == sign).count());
    let mut reader =
        ReaderBuilder::new().delimiter(between.unwrap_or(b',')).flexible(true).from_reader(text.as_bytes());
    let columns: Vec<String> = match reader.headers() {
        Ok(head) => head.iter().map(column).collect(),
        Err(_) => return Err(Refusal::NotUtf8),
    };
    if let Some(strange) = columns.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
        return Err(Refusal::UnknownColumn { name: strange.chars().take(60).collect() });
    }
    let is_double = |name: &&String| columns.iter().filter(|other| other == name).count() > 1;
    if let Some(double) = columns.iter().find(is_double) {
        return Err(Refusal::UnknownColumn { name: double.clone() });
    }
    if !columns.iter().any(|name| name == COLUMNS[0]) {
        return Err(Refusal::UnknownColumn { name: String::new() });
    }
    let mut lines = vec![];
    for record in reader.records() {
        let record = record.map_err(|_| Refusal::NotUtf8)?;
        let line = line_of(text, record.position().map_or(0, csv::Position::byte));
        if record.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
            return Err(Refusal::StrayCells { line });
        }
        let cell = |name: &str| {
            columns.iter().position(|column| column == name).and_then(|place| record.get(place)).map(value)
        };
        if is_blank(&record) {
            continue;
        }
        let [email, roles, groups] = COLUMNS.map(|name| cell(name).unwrap_or_default());
        lines.push(Line { line, email, roles, groups });
    }
    Ok(lines)
}

/// Which line a record is on, as an editor counts. It begins where the one before ended, with the blank lines between.
fn line_of(text: &str, byte: u64) -> u32 {
    let byte = usize::try_from(byte).unwrap_or(0).min(text.len());
    let (before, from) = (text.get(..byte).unwrap_or(text), text.get(byte..).unwrap_or_default());
    let n_blank = from.len() - from.trim_start_matches('\n').len();
    let n_before = before.matches('\n').count();
    u32::try_from(n_before + n_blank + 1).unwrap_or(u32::MAX)
}

fn column(name: &str) -> String {
    let name = name.trim().to_lowercase();
    if name == "e-mail" { COLUMNS[0].to_owned() } else { name }
}

fn is_blank(record: &StringRecord) -> bool {
    record.iter().all(|cell| cell.trim().is_empty())
}

/// A cell as it was before an export made sure that it is no formula.
fn value(cell: &str) -> String {
    let cell = cell.trim();
    let bare = cell.strip_prefix('\'').filter(|bare| bare.starts_with(['=', '+', '-', '@']));
    bare.unwrap_or(cell).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emails(text: &str) -> Vec<String> {
        read(text).unwrap().into_iter().map(|line| line.email).collect()
    }

    #[test]
    fn a_file_is_read_as_any_spreadsheet_writes_it() {
        let one = read("email,roles,groups\r\nmia@example.org,\"Agent;Chat edit\",Billing\r\n\r\n").unwrap();
        assert_eq!((one.len(), one[0].line, &*one[0].roles), (1, 2, "Agent;Chat edit"));
        assert_eq!(
            emails("\u{feff}E-Mail;Groups\nmia@example.org;Billing\nola@example.org\n"),
            ["mia@example.org", "ola@example.org"]
        );
        assert_eq!(emails("roles\temail\nAgent\tmia@example.org"), ["mia@example.org"]);
        assert_eq!(
            emails("email\n'=mia@example.org\n  ola@example.org "),
            ["=mia@example.org", "ola@example.org"]
        );
        assert_eq!(emails("email\n"), [] as [&str; 0]);
        assert_eq!(emails("\n\nemail;roles\nmia@example.org;Agent"), ["mia@example.org"]);
        let lines = |text| read(text).unwrap().iter().map(|line| line.line).collect::<Vec<_>>();
        assert_eq!(lines("email\r\na@b.example\r\n\r\n\r\nc@d.example"), [2, 5]);
        assert_eq!(lines("email,roles\n\"a@b.example\",\"one\ntwo\"\nc@d.example,"), [2, 4]);
    }

    #[test]
    fn what_is_no_such_file_is_refused_and_no_column_is_taken_for_another() {
        let column = |name: &str| Refusal::UnknownColumn { name: name.into() };
        assert_eq!(read("email,super_admin\na@b.example,true"), Err(column("super_admin")));
        assert_eq!(read("roles\nAgent"), Err(column("")));
        assert_eq!(read(""), Err(column("")));
        assert_eq!(read("email,email\na@b.example,"), Err(column("email")));
        assert_eq!(read("email\na@b.example,Billing"), Err(Refusal::StrayCells { line: 2 }));
        assert_eq!(read("email\nM\u{fffd}ia@example.org"), Err(Refusal::NotUtf8));
        assert_eq!(read("email\nmia\0@example.org"), Err(Refusal::NotUtf8));
        let long = format!("email\n{}", "mia@example.org\n".repeat(100_000));
        assert_eq!(read(&long), Err(Refusal::TooManyLines { most: 1_000 }));
    }
}
