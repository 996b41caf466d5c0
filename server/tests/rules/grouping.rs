//! Groups: made, given people and channels, deleted when nothing of theirs is open.

use app::backend::Backend;
use app::error::Error as Told;
use domain::audit::{Asked, Change};
use domain::conversation::Command;
use domain::id::GroupId;
use domain::live::Down;
use domain::permission::Permission;
use domain::refusal::{Field, Refusal};
use domain::settings::general::{Feature, General, GeneralChange};
use domain::settings::group::{GroupChange, Managed};
use domain::view::View;
use domain::worlds::{ANA, BEN, BILLING, MAIL, RETURNS, RITA, YUKI};

use crate::office::{Person, in_office, refusal};

const NEW: GroupId = GroupId::new(29);

impl Person {
    async fn saves_group(&self, change: GroupChange) -> Result<(), Told> {
        self.server.save_group(&self.viewer, change).await
    }
}

fn complaints() -> GroupChange {
    let managed = Managed { name: "Complaints".into(), members: [RITA].into(), channels: [MAIL].into() };
    GroupChange { id: NEW, managed, was: None }
}

// rule 003-14
#[tokio::test]
async fn a_group_is_made_with_its_people_and_channels_and_holds_at_once() {
    in_office(async |office| {
        let (rita, yuki) = (office.agent(RITA), office.agent(YUKI));
        let mut ritas = rita.watches().await;
        let refused = refusal(office.agent(ANA).saves_group(complaints()).await);
        assert_eq!(refused, Refusal::NotAllowed { missing: Permission::AdminGroups });
        yuki.saves_group(complaints()).await.unwrap();
        yuki.saves_group(complaints()).await.unwrap();
        ritas
            .hears_until(|down| matches!(down, Down::Office { viewer, .. } if viewer.groups.contains(&NEW)))
            .await;
        let directory = office.directory().await;
        assert_eq!(directory.agents[&RITA].groups, [RETURNS, NEW].into());
        assert_eq!(directory.channels[&MAIL].default_group, Some(NEW));
        assert_eq!(directory.managed(NEW), complaints().managed);

        let mut change = GroupChange::of(&directory, &directory.groups[&NEW]);
        change.managed.name = "Trouble".into();
        change.managed.members = [BEN].into();
        yuki.saves_group(change).await.unwrap();
        let directory = office.directory().await;
        assert_eq!(
            (&*directory.groups[&NEW].name, &directory.agents[&RITA].groups),
            ("Trouble", &[RETURNS].into())
        );
        let records = yuki.server.records(&yuki.viewer, Asked::default()).await.unwrap();
        let deed = records[0].deed.as_ref().unwrap();
        assert_eq!((records.len(), deed.sentence()), (2, "changed the group “Trouble”".into()));
        let said: Vec<String> = deed.changes.iter().map(Change::sentence).collect();
        assert_eq!(said, ["Name: “Complaints” became “Trouble”", "Members: added Ben; took away Rita"]);
    })
    .await;
}

#[tokio::test]
async fn a_group_with_open_conversations_stays_and_one_that_is_deleted_keeps_what_was_its_own() {
    in_office(async |office| {
        let (rita, yuki) = (office.agent(RITA), office.agent(YUKI));
        let parcel = office.writes("Olaf", "Parcel?", RETURNS).await;
        let retire = async |retired| yuki.server.retire_group(&yuki.viewer, RETURNS, retired).await;
        assert_eq!(refusal(retire(true).await), Refusal::GroupInUse { n: 1 });
        let in_use = yuki.server.retire_group(&yuki.viewer, BILLING, true).await;
        assert!(matches!(in_use, Err(Told::Refused(Refusal::GroupOfChannel { .. }))), "{in_use:?}");
        rita.run(parcel.id, Command::Claim).await.unwrap();
        rita.run(parcel.id, Command::Close).await.unwrap();
        retire(true).await.unwrap();
        retire(true).await.unwrap();

        let directory = office.directory().await;
        assert!(directory.groups[&RETURNS].retired && directory.agents[&RITA].groups.contains(&RETURNS));
        let ana = office.writes("Cleo", "Refund?", BILLING).await;
        let into = Command::AssignGroup { group: RETURNS, note: None };
        assert_eq!(refusal(yuki.run(ana.id, into.clone()).await), Refusal::NoSuchGroup);
        // Whoever was in it still finds what was done there, and what comes back to it.
        assert_eq!(rita.list(View::Closed).await, [parcel.number]);
        rita.run(parcel.id, Command::Reopen).await.unwrap();
        assert_eq!(office.conversation(parcel.id).await.group, Some(RETURNS));
        retire(false).await.unwrap();
        yuki.run(ana.id, into).await.unwrap();
        assert_eq!(yuki.server.retire_group(&yuki.viewer, GroupId::new(99), true).await, Err(Told::Missing));
        let refused = rita.server.retire_group(&rita.viewer, RETURNS, true).await;
        assert!(refused.is_err());
    })
    .await;
}

// rule 003-44
#[tokio::test]
async fn a_feature_is_switched_for_everybody_at_once_and_only_by_who_may() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        let mut anas = ana.watches().await;
        let refused = refusal(ana.server.switch_feature(&ana.viewer, Feature::Outgoing, true).await);
        assert_eq!(refused, Refusal::NotAllowed { missing: Permission::AdminFeatures });
        assert!(!office.directory().await.offers_outgoing(&ana.viewer), "off until somebody switches it on");
        for _ in 0..2 {
            yuki.server.switch_feature(&yuki.viewer, Feature::Outgoing, true).await.unwrap();
        }
        anas.hears_until(
            |down| matches!(down, Down::Office { office, .. } if office.features.contains(&Feature::Outgoing)),
        )
        .await;
        yuki.server.switch_feature(&yuki.viewer, Feature::Outgoing, false).await.unwrap();
        assert!(office.directory().await.features.is_empty());
        let records = yuki.server.records(&yuki.viewer, Asked::default()).await.unwrap();
        assert_eq!(records.len(), 2, "on and off");
    })
    .await;
}

#[tokio::test]
async fn the_workspace_and_its_ai_agent_are_named() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        let was = office.directory().await.general();
        let general = General { name: "Acme & Sons".into(), ai_name: " Robin ".into() };
        let change = GeneralChange { general, was };
        assert!(ana.server.save_general(&ana.viewer, change.clone()).await.is_err());
        let saved = yuki.server.save_general(&yuki.viewer, change.clone()).await.unwrap();
        assert_eq!(saved, office.directory().await.general());
        assert_eq!((&*saved.name, &*saved.ai_name), ("Acme & Sons", "Robin"));
        let second = GeneralChange {
            general: General { name: "Other".into(), ..change.was.clone() },
            was: change.was,
        };
        let refused = refusal(yuki.server.save_general(&yuki.viewer, second).await);
        assert_eq!(refused, Refusal::ChangedMeanwhile { field: Field::Name, now: "Acme & Sons".into() });
    })
    .await;
}
