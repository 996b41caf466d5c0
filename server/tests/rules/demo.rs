//! The demo workspace is whole, and its counters say what its lists hold.

use std::collections::BTreeSet;

use domain::counter::Count;
use domain::filter::Filter;
use domain::view::View;
use domain::worlds::NOON;
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
        counts_are_lengths(&db).await;
    })
    .await;
}

#[tokio::test]
async fn a_demo_of_more_conversations_is_as_whole_and_the_same_for_the_same_seed() {
    each(migrations::ALL, async |db| {
        demo::fill(&db, NOON).await.unwrap();
        demo::many::add(&db, 300, 7, NOON, |_| {}).await.unwrap();
        counts_are_lengths(&db).await;
        for (statement, expected) in [
            (sql!("select cast(count(*) as text) from conversation"), "624"),
            (sql!("select cast(max(number) - min(number) as text) from conversation"), "623"),
            (sql!("select cast(next_number - 1625 as text) from workspace"), "0"),
            // The log has no gap, and names only words that are there.
            (sql!("select cast(max(seq) - count(*) as text) from event"), "0"),
            (
                sql!("select cast(count(*) as text) from event e left join message m on m.message_id = e.message_id \
                      where e.message_id is not null and m.message_id is null"),
                "0",
            ),
            // History: told in the two years before, and mostly over.
            (sql!("select case when min(at) > 1700000000000 - 69120000000 then 'two years' else '' end from event"), "two years"),
            (
                sql!("select case when 3 * count(*) < (select count(*) from conversation) then 'mostly over' else '' end \
                      from conversation where active"),
                "mostly over",
            ),
        ] {
            assert_eq!(texts(&db, statement).await, [expected], "{statement:?}");
        }
        let told = sql!("select c.subject || k.display_name || c.status from conversation c \
                         join contact k on k.contact_id = c.contact_id where c.number in (1325, 1500, 1624) order by c.number");
        let again = texts(&db, told).await;
        each(migrations::ALL, async |other| {
            demo::fill(&other, NOON).await.unwrap();
            demo::many::add(&other, 300, 7, NOON, |_| {}).await.unwrap();
            assert_eq!(texts(&other, told).await, again);
        })
        .await;
    })
    .await;
}

/// Of everybody, in every view.
async fn counts_are_lengths(db: &Db) {
    let read = async move |tx: &mut Tx| Cached::default().in_transaction(tx).await;
    let office = db.read::<_, Error, _>(read).await.unwrap();
    for agent in office.agents.values() {
        let viewer = office.viewer(agent.id).unwrap();
        let checked = db.read(async move |tx: &mut Tx| {
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
                assert_eq!(counts.get(view).copied().unwrap_or_default(), n, "{view:?}");
            }
            Ok::<_, Error>(())
        });
        checked.await.unwrap_or_else(|error| panic!("{}: {error:?}", agent.display_name));
    }
}
