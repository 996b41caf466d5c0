//! How the system is, for whoever runs it.

use app::backend::Backend;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::time::Timestamp;
use domain::worlds::{ANA, BILLING, NOON, YUKI};
use server::db::Tx;
use server::health;
use server::sql;

use crate::office::{in_office, refusal};

#[tokio::test]
async fn whoever_runs_it_sees_how_it_is_and_nobody_else_does() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        let refused = refusal(ana.server.health(&ana.viewer).await);
        assert_eq!(refused, Refusal::NotAllowed { missing: Permission::AdminFeatures });
        office.writes("Cleo", "Refund?", BILLING).await;
        let _screen = ana.watches().await;
        let known = yuki.server.health(&yuki.viewer).await.unwrap();
        assert!(
            known.database.starts_with("SQLite 3.") || known.database.starts_with("PostgreSQL "),
            "{known:?}"
        );
        assert_eq!((known.n_conversations, known.n_entries > 0, known.n_agents), (1, true, 1));
        assert!(known.database_bytes > 10_000, "{known:?}");
        assert_eq!((known.mail, known.backed_up_at, known.is_failing), (None, None, false));

        office.writing(async |tx: &mut Tx| health::note_backup(tx, NOON).await).await;
        let known = yuki.server.health(&yuki.viewer).await.unwrap();
        assert_eq!(known.backed_up_at, Some(NOON));
        assert!(known.warnings(Timestamp(NOON.0 + 1)).iter().all(|said| !said.contains("backup")));
        let never = office.column(sql!("select cast(backed_up_at as text) from workspace")).await;
        assert_eq!(never, [NOON.0.to_string()]);
    })
    .await;
}
