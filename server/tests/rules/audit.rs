//! Who did what: what is set is recorded with it, the log and the record are sealed, and whoever changes them is found out.

use app::backend::Backend;
use app::error::Error as Told;
use domain::audit::{Act, Asked, Change, Deed, Record, Subject};
use domain::conversation::{Command, Event};
use domain::id::TagId;
use domain::permission::{Permission, Preset};
use domain::refusal::Refusal;
use domain::settings::member::MemberChange;
use domain::settings::profile::Profile;
use domain::settings::role::RoleChange;
use domain::time::{Duration, Timestamp};
use domain::viewer::By;
use domain::worlds::{ANA, BEN, BILLING, NOON, RETURNS, RITA, YUKI};
use proptest::sample::{Index, select};
use server::backup;
use server::checkpoint::{self, Checkpoint};
use server::conversation::log;
use server::db::{Sql, Tx};
use server::error::Error;
use server::server::{WORKSPACE, prepare};
use server::verify::{Seals, seals, verify};
use server::{secret, sql};
use tempfile::tempdir;

use crate::agreement::{Chance, cases};
use crate::http::{Browser, LOCAL};
use crate::office::{Office, PASSWORD, Person, in_office, note, whisper};

impl Person {
    async fn records(&self, asked: Asked) -> Result<Vec<Record>, Told> {
        self.server.records(&self.viewer, asked).await
    }

    /// What happened to conversations, as "number event".
    async fn movements(&self) -> Vec<(i64, Event)> {
        let movements = self.server.movements(&self.viewer, Asked::default()).await.unwrap();
        assert_eq!(movements.before, None);
        movements.found.into_iter().map(|movement| (movement.number, movement.event.unwrap())).collect()
    }
}

impl Office {
    async fn stands(&self) -> Checkpoint {
        let read = self.server.db.read(async move |tx: &mut Tx| checkpoint::stands(tx, NOON).await);
        read.await.unwrap().unwrap()
    }

    /// Some movements and some deeds.
    async fn works(&self) {
        let (ana, yuki) = (self.agent(ANA), self.agent(YUKI));
        for text in ["Refund?", "Where is it?", "Thank you"] {
            let id = self.writes("Cleo", text, BILLING).await.id;
            ana.run(id, Command::Claim).await.unwrap();
            ana.run(id, note("Looks fine")).await.unwrap();
            ana.run(id, Command::Resolve { summary: None, closing: None, seen: None }).await.unwrap();
        }
        for name in ["Tent", "Stove", "Boots", "Rope", "Map"] {
            let id = TagId::new(secret::random_id());
            yuki.server.create_tag(&yuki.viewer, id, name.into()).await.unwrap();
            yuki.server.retire_tag(&yuki.viewer, id, true).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_is_set_is_recorded_in_the_words_of_that_moment_and_only_auditors_read_it() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        ana.server.save_profile(&ana.viewer, Profile { display_name: "Ana B.".into() }).await.unwrap();
        ana.server.save_profile(&ana.viewer, Profile { display_name: "Ana B.".into() }).await.unwrap();
        let operator = office.role(Preset::Operator).await;
        let mut less = RoleChange::of(&operator);
        less.permissions.remove(&Permission::Close);
        less.permissions.insert(Permission::Archive);
        yuki.server.save_role(&yuki.viewer, less).await.unwrap();
        let mut member = MemberChange::of(&office.directory().await.agents[&BEN]);
        member.member.groups = [RETURNS].into();
        member.member.skills = ["VAT".to_owned()].into();
        yuki.server.save_member(&yuki.viewer, member).await.unwrap();

        let records = yuki.records(Asked::default()).await.unwrap();
        let told: Vec<(By, String, Vec<String>)> = records
            .iter()
            .map(|record| {
                let deed = record.deed.as_ref().unwrap();
                (record.by, deed.sentence(), deed.changes.iter().map(Change::sentence).collect())
            })
            .collect();
        assert_eq!(told.len(), 3, "what changed nothing is not there: {told:?}");
        assert_eq!((told[0].0, &*told[0].1), (By::Agent(YUKI), "changed the person “Ben”"));
        assert!(told[0].2.contains(&"Skills: added VAT".to_owned()), "{told:?}");
        assert_eq!(&*told[1].1, "changed the role “Operator”");
        assert_eq!(told[1].2, ["Rights: added archive conversations; took away close conversations"]);
        assert_eq!((told[2].0, &*told[2].1), (By::Agent(ANA), "changed the profile of “Ana”"));
        assert_eq!(records.iter().map(|record| record.n).collect::<Vec<_>>(), [3, 2, 1]);

        let by = |by| Asked { by: Some(by), ..Asked::default() };
        assert_eq!(yuki.records(by(ANA)).await.unwrap().len(), 1);
        let roles = Asked { subject: Some(Subject::Role), ..by(YUKI) };
        assert_eq!(yuki.records(roles).await.unwrap().len(), 1);
        assert_eq!(yuki.records(Asked { before: Some(2), ..Asked::default() }).await.unwrap().len(), 1);
        let later = Asked { since: Some(Timestamp(i64::MAX / 2)), ..Asked::default() };
        assert_eq!(yuki.records(later).await.unwrap(), []);

        let refused = Err(Told::Refused(Refusal::NotAllowed { missing: Permission::AdminAudit }));
        assert_eq!(ana.records(Asked::default()).await, refused);
        let refused = ana.server.movements(&ana.viewer, Asked::default()).await;
        assert!(matches!(refused, Err(Told::Refused(Refusal::NotAllowed { .. }))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn the_record_is_taken_along_whole_and_no_cell_of_it_is_a_formula() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let name = "=HYPERLINK(\"http://evil.example\")";
        yuki.server.create_tag(&yuki.viewer, TagId::new(900), name.into()).await.unwrap();
        for n in 0..60 {
            let retired = n % 2 == 0;
            yuki.server.retire_tag(&yuki.viewer, TagId::new(900), retired).await.unwrap();
        }
        let mut browser = Browser::at(&office, LOCAL);
        browser.sign_in("yuki@example.org", PASSWORD).await;
        let csv = browser.get("/settings/audit-log/settings.csv").await;
        assert_eq!(csv.status, 200, "{csv:?}");
        assert!(csv.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        assert_eq!(csv.body.matches("\r\n").count(), 62, "a head and 61 records");
        assert!(
            csv.body.contains("\"'=HYPERLINK(") && !csv.body.contains(",=") && !csv.body.contains(",\"="),
            "{}",
            csv.body
        );
        let json = browser.get("/settings/audit-log/settings.json").await;
        let records: Vec<serde_json::Value> = serde_json::from_str(&json.body).unwrap();
        assert_eq!(records.len(), 61);
        assert_eq!(records[60]["deed"]["name"], name);
        assert_eq!(records[0]["seal"].as_str().unwrap().len(), 64);
        let none = browser.get("/settings/audit-log/conversations.json").await;
        assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&none.body).unwrap().len(), 0);
        let made = browser.get(&format!("/settings/audit-log/settings.json?by={YUKI}&subject=role")).await;
        assert_eq!(made.body.trim(), "[]");
        assert_eq!(browser.get("/settings/audit-log/nothing.csv").await.status, 404);
        assert_eq!(browser.get("/settings/audit-log/settings.csv?since=yesterday").await.status, 400);

        let mut other = Browser::at(&office, LOCAL);
        other.sign_in("ana@example.org", PASSWORD).await;
        let refused = other.get("/settings/audit-log/settings.csv").await;
        assert_eq!(refused.status, 403);
        assert!(refused.body.contains("admin.audit"), "{}", refused.body);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_or_breaks_leaves_no_record() {
    in_office(async |office| {
        let ana = office.agent(ANA);
        let operator = office.role(Preset::Operator).await;
        assert!(ana.server.save_role(&ana.viewer, RoleChange::of(&operator)).await.is_err());
        assert!(ana.server.retire_tag(&ana.viewer, TagId::new(9), true).await.is_err());
        let breaks = async move |tx: &mut Tx| {
            let deed = Deed::new(Act::Made, Subject::Tag, 1, "Half");
            server::audit::record_by(tx, By::System, deed, NOON).await?;
            Err::<(), Error>(Error::Missing)
        };
        office.server.db.write(WORKSPACE, breaks).await.unwrap_err();
        assert_eq!(office.agent(YUKI).records(Asked::default()).await.unwrap(), []);
        assert_eq!(office.stands().await.audited, 0);
    })
    .await;
}

// rule 003-50, 003-19
#[tokio::test]
async fn every_movement_is_there_for_whoever_may_see_the_conversation_and_no_words_are() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        let parcel = office.writes("Olaf", "Parcel?", RETURNS).await;
        office.agent(RITA).run(parcel.id, Command::Claim).await.unwrap();
        ana.run(refund.id, Command::Claim).await.unwrap();
        ana.run(refund.id, whisper("Careful")).await.unwrap();
        ana.run(refund.id, Command::Resolve { summary: None, closing: None, seen: None }).await.unwrap();

        let all = yuki.movements().await;
        let of = |number| {
            all.iter().filter(|(of, _)| *of == number).map(|(_, event)| event.clone()).collect::<Vec<_>>()
        };
        assert!(
            matches!(of(refund.number)[..], [Event::Resolved { .. }, Event::Assigned { .. }, ..]),
            "{all:?}"
        );
        assert!(all.iter().all(|(_, event)| event.message().is_none()), "{all:?}");
        assert!(!of(parcel.number).is_empty());

        // An auditor who is limited to a group.
        let auditor = office.hires(domain::id::AgentId::new(77), Preset::Agent, BILLING).await;
        let mut operator = RoleChange::of(&office.role(Preset::Agent).await);
        operator.permissions.insert(Permission::AdminAudit);
        yuki.server.save_role(&yuki.viewer, operator).await.unwrap();
        let seen = office.signed_in(auditor.viewer.agent).await.movements().await;
        assert!(seen.iter().any(|(number, _)| *number == refund.number));
        assert!(seen.iter().all(|(number, _)| *number != parcel.number), "{seen:?}");
    })
    .await;
}

#[tokio::test]
async fn the_log_and_the_record_are_whole_and_older_entries_get_their_seals() {
    in_office(async |office| {
        office.works().await;
        let report = verify(&office.server.db, &[office.stands().await]).await.unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!((report.seals.n_records, report.seals.n_checkpoints), (10, 1));

        // As a database of before was.
        office
            .writing(async move |tx: &mut Tx| {
                tx.q(sql!("update event set seal = '', salt = null")).exec().await?;
                tx.q(sql!("update workspace set sealed_to = 0")).exec().await?;
                Ok(())
            })
            .await;
        let broken = verify(&office.server.db, &[]).await.unwrap();
        assert!(!broken.is_sound(), "{broken}");
        prepare(&office.server.db).await.unwrap();
        let report = verify(&office.server.db, &[]).await.unwrap();
        assert!(report.is_sound(), "{report}");
        let refund = office.writes("Cleo", "Again", BILLING).await;
        office.agent(ANA).run(refund.id, Command::Claim).await.unwrap();
        let report = verify(&office.server.db, &[]).await.unwrap();
        assert!(report.is_sound(), "{report}");
    })
    .await;
}

#[tokio::test]
async fn a_checkpoint_is_written_when_it_is_due_and_a_restore_voids_those_of_what_it_left_out() {
    in_office(async |office| {
        office.works().await;
        let folder = tempdir().unwrap();
        let file = folder.path().join("checkpoints");
        assert_eq!(checkpoint::read(&file).unwrap(), []);
        let db = &office.server.db;
        let first = checkpoint::note(db, &file, None, NOON).await.unwrap().unwrap();
        let soon = NOON + Duration::minutes(59);
        office.writes("Cleo", "One more", BILLING).await;
        assert_eq!(checkpoint::note(db, &file, Some(&first), soon).await.unwrap(), None);
        let later = NOON + Duration::hours(1);
        let second = checkpoint::note(db, &file, Some(&first), later).await.unwrap().unwrap();
        assert!(second.seq > first.seq);
        assert_eq!(
            checkpoint::note(db, &file, Some(&second), later + Duration::hours(9)).await.unwrap(),
            None
        );
        let known = checkpoint::read(&file).unwrap();
        assert_eq!(known, [first.clone(), second.clone()]);
        let report = verify(db, &known).await.unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.seals.n_checkpoints, 2);

        // That the database calls its log otherwise does not void them.
        office
            .writing(async |tx: &mut Tx| {
                Ok(tx.q(sql!("update workspace set log_id = ''")).exec().await.map(drop)?)
            })
            .await;
        assert_eq!(verify(db, &known).await.unwrap().seals.n_checkpoints, 2);
        let forged = Checkpoint { log: "another".into(), seal: "other".into(), ..first.clone() };
        assert!(!verify(db, &[forged]).await.unwrap().is_sound());

        // A line that broke off is left out, and what comes after it is not.
        let told = |of: &Checkpoint| backup::Told {
            seq: of.seq,
            audited: of.audited,
            log: of.log.clone(),
            n_conversations: 0,
            n_bytes: 0,
        };
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, &text[..text.len() - 20]).unwrap();
        checkpoint::note_restore(&file, &told(&second), later).unwrap();
        assert_eq!(checkpoint::read(&file).unwrap(), std::slice::from_ref(&first));
        // A restore voids what came after the backup, and what another copy of it made.
        let far = Checkpoint { seq: second.seq + 9, seal: "of what was lost".into(), ..second.clone() };
        let copy = Checkpoint { log: "of a copy".into(), seal: "of a copy".into(), ..second.clone() };
        let lines = [&far, &copy].map(|line| serde_json::to_string(line).unwrap() + "\n").concat();
        std::fs::write(&file, text + &lines).unwrap();
        assert!(!verify(db, &checkpoint::read(&file).unwrap()).await.unwrap().is_sound());
        checkpoint::note_restore(&file, &told(&second), later).unwrap();
        let report = verify(db, &checkpoint::read(&file).unwrap()).await.unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.seals.n_checkpoints, 2);
    })
    .await;
}

/// How somebody edits a copy of the database.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Changes(Sql),
    Deletes(Sql),
    Swaps(Sql),
    Doubles(Sql),
    Truncates(Sql),
    /// Changes one and seals all that follow anew.
    Forks,
}

/// Each takes the place at which it is done.
fn edits() -> Vec<Edit> {
    use Edit::*;
    vec![
        Changes(sql!("update event set at = at + 1 where seq = $1")),
        Changes(sql!("update event set by_kind = 'rule' where seq = $1")),
        Changes(sql!("update event set by_id = coalesce(by_id, '') || '0' where seq = $1")),
        Changes(sql!("update event set event = replace(event, '\"', '\"\"') || ' ' where seq = $1")),
        Changes(sql!("update event set message_id = coalesce(message_id, '') || 'x' where seq = $1")),
        Changes(sql!("update event set command_id = coalesce(command_id, '') || 'x' where seq = $1")),
        Changes(sql!("update event set reach_before = coalesce(reach_before, '') || '{}' where seq = $1")),
        Changes(sql!("update event set salt = coalesce(salt, '') || '00' where seq = $1")),
        Changes(sql!("update event set seal = replace(seal, substr(seal, 5, 1), 'x') where seq = $1")),
        Changes(sql!(
            "update event set conversation_id = (select max(conversation_id) from conversation c \
             where c.conversation_id <> event.conversation_id) where seq = $1"
        )),
        Changes(sql!("update audit set at = at - 1 where n = $1")),
        Changes(sql!("update audit set by_id = null where n = $1")),
        Changes(sql!("update audit set subject = 'role' where n = $1")),
        Changes(sql!("update audit set deed = replace(deed, 'a', 'b') where n = $1")),
        Changes(sql!("update audit set seal = '' where n = $1")),
        Deletes(sql!("delete from event where seq = $1")),
        Deletes(sql!("delete from audit where n = $1")),
        Swaps(sql!(
            "update event set seq = case when seq = $1 then $1 + 1000 else $1 end where seq in ($1, $1 + 1)"
        )),
        Swaps(sql!(
            "update audit set n = case when n = $1 then $1 + 1000 else $1 end where n in ($1, $1 + 1)"
        )),
        Doubles(sql!(
            "insert into audit (n, at, by_kind, by_id, subject, deed, seal) \
             select (select max(n) + 1 from audit), at, by_kind, by_id, subject, deed, seal from audit where n = $1"
        )),
        Doubles(sql!(
            "insert into event (seq, conversation_id, at, by_kind, by_id, event, seal) \
             select -$1, conversation_id, at, by_kind, by_id, event, seal from event where seq = $1"
        )),
        Truncates(sql!("delete from event where seq >= $1")),
        Truncates(sql!("delete from audit where n >= $1")),
        Forks,
    ]
}

#[tokio::test]
async fn every_edit_of_a_copied_database_is_found() {
    in_office(async |office| {
        office.works().await;
        let (mut chance, checkpoint) = (Chance::new(), office.stands().await);
        let n_edits = cases(300, 10_000);
        let mut kinds = std::collections::BTreeMap::<String, u32>::new();
        while (kinds.values().sum::<u32>() as usize) < n_edits {
            let edit = chance.one(select(edits()));
            let place = chance.one(proptest::arbitrary::any::<Index>());
            let (seq, n) = (
                place.index(checkpoint.seq as usize) as i64 + 1,
                place.index(checkpoint.audited as usize) as i64 + 1,
            );
            let at = if format!("{edit:?}").contains("audit") { n } else { seq };
            let known = checkpoint.clone();
            let (tell, told) = tokio::sync::oneshot::channel();
            // Found or not, it is taken back.
            let work = async move |tx: &mut Tx| {
                let n_rows = edited(tx, edit, at).await?;
                let _ = tell.send((n_rows, seals(tx, &[known]).await?));
                Err::<(), Error>(Error::Missing)
            };
            office.server.db.write(WORKSPACE, work).await.unwrap_err();
            let (n_rows, seals): (u64, Seals) = told.await.unwrap();
            assert!(n_rows == 0 || !seals.broken.is_empty(), "{edit:?} at {at}");
            let kind = format!("{edit:?}").split('(').next().unwrap().to_owned();
            *kinds.entry(kind).or_default() += u32::from(n_rows > 0);
        }
        assert!(kinds.len() == 6 && kinds.values().all(|n| *n > 0), "{kinds:?}");
        println!("SCORE {} edits of a copied database found: {kinds:?}", kinds.values().sum::<u32>());
        let read = office.server.db.read(async move |tx: &mut Tx| seals(tx, &[checkpoint]).await);
        assert_eq!(read.await.unwrap().broken, [] as [String; 0], "what was taken back is whole");
    })
    .await;
}

/// Edits, and puts right whatever counts rows, as somebody would who knows of it.
async fn edited(tx: &mut Tx, edit: Edit, at: i64) -> Result<u64, Error> {
    let n_rows = match edit {
        Edit::Changes(statement)
        | Edit::Deletes(statement)
        | Edit::Doubles(statement)
        | Edit::Truncates(statement) => tx.q(statement).bind(at).exec().await?,
        Edit::Swaps(statement) => {
            // Two rows never have one place.
            let n_rows = tx.q(statement).bind(at).exec().await?;
            tx.q(sql!("update event set seq = seq - 999 where seq > 1000")).exec().await?;
            tx.q(sql!("update audit set n = n - 999 where n > 1000")).exec().await?;
            n_rows.saturating_sub(1)
        }
        Edit::Forks => {
            tx.q(sql!("update event set at = at + 60000 where seq = $1")).bind(at).exec().await?;
            let mut seal = match log::sealed(tx, at - 2, 1).await?.first() {
                Some(before) if before.seq == at - 1 => before.seal.clone(),
                _ => String::new(),
            };
            for row in log::sealed(tx, at - 1, i64::MAX).await? {
                seal = row.sealed(&seal);
                let text = sql!("update event set seal = $2 where seq = $1");
                tx.q(text).bind(row.seq).bind(seal.as_str()).exec().await?;
            }
            1
        }
    };
    tx.q(sql!(
        "update workspace set seq = (select coalesce(max(seq), 0) from event), \
         audited = (select coalesce(max(n), 0) from audit)"
    ))
    .exec()
    .await?;
    Ok(n_rows)
}
