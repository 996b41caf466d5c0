//! Who may do what: roles, and who has which.

use app::backend::Backend;
use app::error::Error as Told;
use domain::id::RoleId;
use domain::live::Down;
use domain::office::{Office as Directory, Role};
use domain::permission::{Permission, Preset};
use domain::refusal::Refusal;
use domain::settings::member::MemberChange;
use domain::settings::role::RoleChange;
use domain::worlds::{ANA, BILLING, RETURNS, YUKI, ZOE};
use server::db::Tx;
use server::error::Error;
use server::secret;

use crate::office::{Office, Person, in_office};

impl Office {
    /// The directory as it is now.
    pub async fn directory(&self) -> Directory {
        let cached = self.server.office.clone();
        let read = self.server.db.read(async move |tx: &mut Tx| {
            Ok::<_, Error>(Directory::clone(&*cached.in_transaction(tx).await?))
        });
        read.await.unwrap()
    }

    pub async fn role(&self, preset: Preset) -> Role {
        self.directory().await.roles.into_values().find(|role| role.name == preset.name()).unwrap()
    }
}

impl Person {
    async fn saves_role(&self, change: RoleChange) -> Result<(), Told> {
        self.server.save_role(&self.viewer, change).await
    }

    async fn saves_member(&self, change: MemberChange) -> Result<(), Told> {
        self.server.save_member(&self.viewer, change).await
    }
}

fn new_role(name: &str, permissions: &[Permission]) -> RoleChange {
    let permissions = permissions.iter().copied().collect();
    RoleChange { id: RoleId::new(secret::random_id()), name: name.into(), permissions, was: None }
}

// rule 001-02, 000-08
#[tokio::test]
async fn whoever_manages_people_says_who_may_chat_and_it_holds_at_once() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        let mut anas = ana.watches().await;
        let agent = office.role(Preset::Agent).await.id;
        let mut change = MemberChange::of(&office.directory().await.agents[&ANA]);
        change.member.roles = [agent].into();
        change.member.groups = [BILLING, RETURNS].into();
        change.member.skills = ["VAT".to_owned()].into();
        let missing = Permission::AdminUsers;
        let refused = Err(Told::Refused(Refusal::NotAllowed { missing }));
        assert_eq!(ana.saves_member(change.clone()).await, refused);
        assert_eq!(office.agent(ZOE).saves_member(change.clone()).await, refused);

        yuki.saves_member(change.clone()).await.unwrap();
        yuki.saves_member(change).await.unwrap();
        anas.hears_until(
            |down| matches!(down, Down::Office { viewer, .. } if viewer.may(Permission::ViewAll)),
        )
        .await;
        let known = office.directory().await.agents[&ANA].clone();
        assert_eq!((known.roles, known.groups), ([agent].into(), [BILLING, RETURNS].into()));
        assert_eq!(known.skills, ["VAT"]);
    })
    .await;
}

// rule 003-51
#[tokio::test]
async fn a_role_is_made_given_changed_and_deleted_when_nobody_has_it() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        let change = new_role("Night shift", &[Permission::InboxOpen]);
        assert!(matches!(
            ana.saves_role(change.clone()).await,
            Err(Told::Refused(Refusal::NotAllowed { .. }))
        ));
        yuki.saves_role(change.clone()).await.unwrap();
        let same = Refusal::NameTaken { name: "Night shift".into() };
        assert_eq!(yuki.saves_role(new_role("night SHIFT", &[])).await, Err(Told::Refused(same)));

        let made = office.directory().await.roles[&change.id].clone();
        let mut more = RoleChange::of(&made);
        more.permissions.insert(Permission::Reply);
        yuki.saves_role(more).await.unwrap();
        let mut member = MemberChange::of(&office.directory().await.agents[&ANA]);
        member.member.roles = [made.id].into();
        yuki.saves_member(member).await.unwrap();
        let viewer = office.directory().await.viewer(ANA).unwrap();
        assert_eq!(viewer.permissions, [Permission::InboxOpen, Permission::Reply].into());

        let refused = yuki.server.remove_role(&yuki.viewer, made.id).await;
        assert_eq!(refused, Err(Told::Refused(Refusal::RoleInUse { n: 1 })));
        let mut member = MemberChange::of(&office.directory().await.agents[&ANA]);
        member.member.roles.clear();
        yuki.saves_member(member).await.unwrap();
        yuki.server.remove_role(&yuki.viewer, made.id).await.unwrap();
        assert!(!office.directory().await.roles.contains_key(&made.id));
        assert_eq!(yuki.server.remove_role(&yuki.viewer, made.id).await, Err(Told::Missing));
        assert_eq!(yuki.saves_role(RoleChange::of(&made)).await, Err(Told::Refused(Refusal::NoSuchRole)));
    })
    .await;
}

// rule 003-51
#[tokio::test]
async fn the_last_super_admin_stays_one_also_where_two_take_it_from_each_other_at_once() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let highest = office.role(Preset::SuperAdmin).await.id;
        let strip = async |agent| {
            let mut change = MemberChange::of(&office.directory().await.agents[&agent]);
            change.member.roles.remove(&highest);
            change
        };
        let last = yuki.saves_member(strip(YUKI).await).await;
        assert_eq!(last, Err(Told::Refused(Refusal::LastSuperAdmin)));
        let mut second = MemberChange::of(&office.directory().await.agents[&ZOE]);
        second.member.roles.insert(highest);
        yuki.saves_member(second).await.unwrap();

        let zoe = office.agent(ZOE);
        let (hers, mine) = (strip(YUKI).await, strip(ZOE).await);
        let (one, other) = tokio::join!(zoe.saves_member(hers), yuki.saves_member(mine));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let directory = office.directory().await;
        let left = directory
            .agents
            .keys()
            .filter(|agent| directory.viewer(**agent).is_some_and(|it| it.super_admin));
        assert_eq!(left.count(), 1);
    })
    .await;
}
