//! The demo workspace is whole, and its counters say what its lists hold.

use std::collections::BTreeSet;

use domain::counter::Count;
use domain::filter::Filter;
use domain::view::View;
use server::db::{Db, Tx};
use server::demo;
use server::error::Error;
use server::office::Cached;
use server::server::now;
use server::{inbox, migrations, sql};

use crate::database::each;

async fn texts(db: &Db, statement: server::db::Sql) -> Vec<String> {
    db.read(async move |tx: &mut Tx| {
        let rows = tx.q(statement).all().await?;
        rows.iter().map(|row| row.get::<String>(0)).collect::<Result<_, _>>()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn the_demo_is_a_whole_workspace_and_is_filled_once() {
    each(migrations::ALL, async |db| {
        assert!(demo::fill(&db, now()).await.unwrap(), "an empty database is filled");
        assert!(!demo::fill(&db, now()).await.unwrap(), "a filled one is left alone");
        let conversations = texts(&db, sql!("select subject from conversation")).await;
        assert!(conversations.len() >= 300, "{} conversations", conversations.len());
        let distinct: BTreeSet<&String> = conversations.iter().collect();
        assert!(distinct.len() * 100 >= conversations.len() * 95, "subjects are not repeated");
        for (statement, expected) in [
            (sql!("select distinct status from conversation"), 5),
            (sql!("select distinct kind from message"), 5),
            (sql!("select distinct cast(priority as text) from conversation"), 4),
            (sql!("select distinct channel_id from conversation"), 5),
            (sql!("select distinct group_id from conversation"), 5),
            (sql!("select distinct ai from conversation"), 4),
        ] {
            assert_eq!(texts(&db, statement).await.len(), expected, "{statement:?}");
        }
        assert!(texts(&db, sql!("select distinct tag_id from conversation_tag")).await.len() >= 20);
        assert!(
            texts(&db, sql!("select outbox_id from outbox")).await.is_empty(),
            "the past is not sent again"
        );
    })
    .await;
}

#[tokio::test]
async fn in_the_demo_every_count_is_the_length_of_its_list() {
    each(migrations::ALL, async |db| {
        demo::fill(&db, now()).await.unwrap();
        db.read(async move |tx: &mut Tx| {
            let office = Cached::default().in_transaction(tx).await?;
            for agent in office.agents.values() {
                let viewer = office.viewer(agent.id).unwrap();
                let counts = inbox::counts(tx, &viewer, now()).await?;
                for view in View::ALL {
                    let (mut n, mut after) = (Count::default(), None);
                    loop {
                        let page = inbox::page(tx, &viewer, &Filter::of(*view), after, now()).await?;
                        for row in &page.rows {
                            n += Count::of(1, row.scene.conversation.is_unread());
                        }
                        after = page.next;
                        if after.is_none() {
                            break;
                        }
                    }
                    assert_eq!(
                        counts.get(view).copied().unwrap_or_default(),
                        n,
                        "{view:?} of {}",
                        agent.display_name
                    );
                }
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    })
    .await;
}
