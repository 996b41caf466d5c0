//! Saved views: who has them, what they count, and that what somebody keeps for themselves is told to nobody else.

use app::error::Error as Told;
use domain::conversation::Level;
use domain::filter::Filter;
use domain::id::SavedViewId;
use domain::live::Down;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::settings::saved_view::{SavedView, Shared};
use domain::view::View;
use domain::worlds::{ANA, BEN, BILLING, RETURNS, RITA, ZOE};
use server::secret;

use app::backend::Backend;

use crate::office::{Office, Person, in_office, refusal};

fn billing(shared: Shared) -> SavedView {
    let filter = Filter {
        groups: [Some(BILLING)].into(),
        priorities: [Level::Normal].into(),
        ..Filter::of(View::Unassigned)
    };
    SavedView { id: SavedViewId::new(secret::random_id()), name: "Billing".into(), by: ANA, shared, filter }
}

impl Person {
    async fn saves(&self, saved: SavedView) -> Result<(), Told> {
        self.server.save_view(&self.viewer, saved).await
    }

    async fn removes(&self, id: SavedViewId) -> Result<(), Told> {
        self.server.remove_view(&self.viewer, id).await
    }

    async fn counts(&self) -> Vec<i64> {
        self.server.count_views(&self.viewer).await.unwrap().into_values().collect()
    }

    async fn has(&self) -> Vec<SavedViewId> {
        let snapshot = self.server.snapshot(&self.viewer, Filter::of(View::Unassigned), None);
        snapshot.await.unwrap().office.saved.into_keys().collect()
    }
}

async fn three_wait(office: &Office) {
    for group in [BILLING, BILLING, RETURNS] {
        office.writes("Cleo", "Refund?", group).await;
    }
}

#[tokio::test]
async fn a_saved_view_counts_what_its_list_holds_for_each_who_has_it() {
    in_office(async |office| {
        three_wait(&office).await;
        let (ana, zoe, rita) = (office.agent(ANA), office.agent(ZOE), office.agent(RITA));
        let shared = billing(Shared::Everyone);
        zoe.saves(shared.clone()).await.unwrap();
        for (person, n) in [(&ana, 2), (&zoe, 2), (&rita, 0)] {
            assert_eq!(person.counts().await, [n]);
            let listed: usize = person.pages(&shared.filter).await.iter().map(|page| page.rows.len()).sum();
            assert_eq!(listed as i64, n);
        }
    })
    .await;
}

#[tokio::test]
async fn what_one_saves_for_oneself_nobody_else_hears_of() {
    in_office(async |office| {
        three_wait(&office).await;
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        let (mut anas, mut bens) = (ana.watches().await, ben.watches().await);
        let mine = billing(Shared::Mine);
        ana.saves(mine.clone()).await.unwrap();
        anas.hears_until(
            |down| matches!(down, Down::Office { office, .. } if office.saved.contains_key(&mine.id)),
        )
        .await;
        let ours = billing(Shared::Group(BILLING));
        ana.saves(ours.clone()).await.unwrap();
        bens.hears_until(|down| match down {
            Down::Office { office, .. } => {
                assert!(!office.saved.contains_key(&mine.id), "what is Ana's own");
                office.saved.contains_key(&ours.id)
            }
            _ => false,
        })
        .await;
        assert_eq!(ben.has().await, [ours.id]);
        assert_eq!((ana.has().await.len(), ben.counts().await.len()), (2, 1));
    })
    .await;
}

#[tokio::test]
async fn nobody_saves_over_anothers_view_or_takes_it_away() {
    in_office(async |office| {
        let (ana, ben, zoe) = (office.agent(ANA), office.agent(BEN), office.agent(ZOE));
        let (mine, ours) = (billing(Shared::Mine), billing(Shared::Group(BILLING)));
        ana.saves(mine.clone()).await.unwrap();
        ana.saves(ours.clone()).await.unwrap();
        let over = SavedView { name: "Mine now".into(), ..mine.clone() };
        assert_eq!(ben.saves(over).await, Err(Told::Missing));
        assert_eq!(ben.removes(mine.id).await, Err(Told::Missing));
        assert_eq!(ben.removes(ours.id).await, Err(Told::Missing));
        assert_eq!(zoe.removes(mine.id).await, Err(Told::Missing));
        let missing = Permission::Monitor;
        assert_eq!(refusal(ana.saves(billing(Shared::Everyone)).await), Refusal::NotAllowed { missing });
        // Saved anew it is the same one under another name, and who monitors keeps the shared ones in order.
        ana.saves(SavedView { name: "Other".into(), ..mine.clone() }).await.unwrap();
        assert_eq!(ana.has().await.len(), 2);
        zoe.removes(ours.id).await.unwrap();
        ana.removes(mine.id).await.unwrap();
        assert_eq!(ana.has().await, vec![]);
    })
    .await;
}
