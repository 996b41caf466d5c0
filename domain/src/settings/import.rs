//! People of a file: each line is an invitation, checked like any other. Nothing is done before somebody has seen what would be.

use serde::{Deserialize, Serialize};

use super::invitation::{INVITED_FOR, Invitation, Invite};
use crate::contact::clean_name;
use crate::id::InvitationId;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::viewer::Viewer;

/// People of one file.
pub const IMPORTED_AT_MOST: usize = 1_000;

/// Longest file, in bytes. A line is about a hundred.
pub const IMPORT_MAX_BYTES: usize = 200_000;

/// The columns that a file may have, in any order; the first it must.
pub const COLUMNS: [&str; 3] = ["email", "roles", "groups"];

/// A line of a file, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Where it stands, counted as an editor counts.
    pub line: u32,
    /// The address.
    pub email: String,
    /// Names of roles, with semicolons, commas or strokes between them.
    pub roles: String,
    /// Names of groups likewise.
    pub groups: String,
}

/// What would come of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Where it stands.
    pub line: u32,
    /// The address, as it was written.
    pub email: String,
    /// What.
    pub outcome: Outcome,
}

/// What would come of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody is invited.
    Invited(Invite),
    /// They are here already, or invited.
    Known,
    /// Nothing, for that reason.
    Refused(Refusal),
}

/// What would come of each line. `id` makes ids of invitations.
///
/// Errors: [`Refusal::NotAllowed`]; [`Refusal::TooManyLines`].
pub fn plan(
    office: &Office,
    viewer: &Viewer,
    open: &[Invitation],
    lines: Vec<Line>,
    mut id: impl FnMut() -> InvitationId,
) -> Result<Vec<Planned>, Refusal> {
    viewer.must(Permission::AdminUsers)?;
    if lines.len() > IMPORTED_AT_MOST {
        return Err(Refusal::TooManyLines { most: IMPORTED_AT_MOST as u32 });
    }
    let (mut open, mut planned) = (open.to_vec(), vec![]);
    for Line { line, email, roles, groups } in lines {
        let roles = named(&roles, office.roles.values().map(|role| (role.id, &*role.name)));
        let groups = named(&groups, office.open_groups().map(|group| (group.id, &*group.name)));
        let checked = roles.and_then(|roles| {
            Invite { id: id(), email: email.clone(), roles, groups: groups? }.checked(office, viewer, &open)
        });
        let outcome = match checked {
            Ok(invite) => {
                // Whoever stands there twice is invited once.
                let expires = Timestamp(0) + INVITED_FOR;
                open.push(Invitation { invite: invite.clone(), by: viewer.agent, expires });
                Outcome::Invited(invite)
            }
            Err(Refusal::AddressTaken { .. } | Refusal::AlreadyInvited { .. }) => Outcome::Known,
            Err(refusal) => Outcome::Refused(refusal),
        };
        planned.push(Planned { line, email: clean_name(&email), outcome });
    }
    Ok(planned)
}

/// The things of those names.
fn named<'n, T: Ord + Copy, C: Default + Extend<T>>(
    written: &str,
    known: impl Iterator<Item = (T, &'n str)>,
) -> Result<C, Refusal> {
    let known: Vec<(T, String)> = known.map(|(id, name)| (id, name.to_lowercase())).collect();
    let mut found = C::default();
    for name in written.split([';', ',', '|', '\n']).map(clean_name).filter(|name| !name.is_empty()) {
        let folded = name.to_lowercase();
        let Some((id, _)) = known.iter().find(|(_, known)| *known == folded) else {
            return Err(Refusal::UnknownName { name });
        };
        found.extend([*id]);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Preset;
    use crate::worlds::*;

    fn line(line: u32, email: &str, roles: &str, groups: &str) -> Line {
        Line { line, email: email.into(), roles: roles.into(), groups: groups.into() }
    }

    fn planned(viewer: &Viewer, lines: Vec<Line>) -> Vec<Outcome> {
        let mut n = 500;
        let id = || {
            n += 1;
            InvitationId::new(n)
        };
        plan(&office(), viewer, &[], lines, id).unwrap().into_iter().map(|planned| planned.outcome).collect()
    }

    #[test]
    fn each_line_is_an_invitation_like_any_other() {
        let admin = viewer(ZOE, Preset::BusinessAdmin);
        let outcomes = planned(
            &admin,
            vec![
                line(2, "Mia@example.org", "agent; Chat edit", "billing"),
                line(3, "mia@example.org", "Agent", ""),
                line(4, "ana@example.org", "Agent", ""),
                line(5, "mia", "Agent", ""),
                line(6, "ola@example.org", "Boss", ""),
                line(7, "ola@example.org", "Super-admin", ""),
                line(8, "ola@example.org", "", "Nowhere"),
                line(9, "=1+1", "", ""),
            ],
        );
        let Outcome::Invited(mia) = &outcomes[0] else { panic!("{outcomes:?}") };
        assert_eq!((&*mia.email, mia.roles.len(), &mia.groups), ("mia@example.org", 2, &[BILLING].into()));
        assert_eq!(outcomes[1..3], [Outcome::Known, Outcome::Known]);
        let unknown = |name: &str| Outcome::Refused(Refusal::UnknownName { name: name.into() });
        assert_eq!(outcomes[3], Outcome::Refused(Refusal::NotAnAddress));
        assert_eq!(
            outcomes[4..],
            [
                unknown("Boss"),
                Outcome::Refused(Refusal::SuperAdminsOnly),
                unknown("Nowhere"),
                Outcome::Refused(Refusal::NotAnAddress),
            ]
        );
    }

    #[test]
    fn a_file_has_at_most_a_thousand_people_and_only_who_manages_people_imports() {
        let many: Vec<Line> = (0..1_001).map(|n| line(n, "a@example.org", "", "")).collect();
        let refused = plan(&office(), &super_admin(), &[], many, || InvitationId::new(1));
        assert_eq!(refused, Err(Refusal::TooManyLines { most: 1_000 }));
        let missing = Permission::AdminUsers;
        let refused = plan(&office(), &manager(ZOE), &[], vec![], || InvitationId::new(1));
        assert_eq!(refused, Err(Refusal::NotAllowed { missing }));
    }
}
