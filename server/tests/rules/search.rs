//! What is found by words, and by whom. The rule for words is the domain's; here both databases follow it.

use std::collections::BTreeSet;

use domain::conversation::Command;
use domain::id::{ConversationId, MessageId};
use domain::message::Words as Written;
use domain::search::{After, Found, Hit, Search, Words};
use domain::time::{Duration, Timestamp};
use domain::worlds::{ANA, BEN, BILLING, NOON, RETURNS, RITA, YUKI, ZOE};
use proptest::prelude::*;
use proptest::sample::select;
use server::db::Tx;
use server::search::{find, index};
use server::sql;

use crate::agreement::Chance;
use crate::office::{Office, Person, in_office, note, reply, whisper};

/// Words that begin with each other, in several scripts, and signs that mean something to a database.
const SAID: &[&str] = &[
    "refund",
    "Refunds",
    "REF",
    "fund",
    "order",
    "reorder",
    "Müller",
    "muller",
    "Straße",
    "strasse",
    "100%",
    "1000",
    "o'neill",
    "東京",
    "محمد",
    "a_b",
    "\"quoted\"",
    "Zoe\u{308}",
    "ёлка",
    "елка",
    "x*",
    "(near)",
    "and",
    "not",
    "tent-pole",
    "tent",
    "pole",
];

/// Texts in which words are looked for.
const N_TEXTS: usize = 120;
/// Searches for one or two beginnings of words.
const N_SEARCHES: usize = 600;

impl Person {
    async fn looks_for(&self, search: Search, after: Option<After>) -> Found {
        let (viewer, now, cached) = (self.viewer.clone(), self.now, self.server.office.clone());
        index::bring_up_to_search(&self.server.db).await;
        let read = self.server.db.read(async move |tx: &mut Tx| {
            let office = cached.in_transaction(tx).await?;
            find(tx, &office, &viewer, &search, after, now).await
        });
        read.await.unwrap()
    }

    /// What is found by what they type, from the first page to the last.
    pub async fn finds(&self, typed: &str) -> Vec<Hit> {
        let day = |text: &str| Some(NOON + Duration::days(text.parse().ok()?));
        let search = Search::read(typed, &domain::worlds::office(), &self.viewer, &day).unwrap();
        let (mut hits, mut after) = (vec![], None);
        loop {
            let found = self.looks_for(search.clone(), after).await;
            assert!(!found.is_incomplete);
            hits.extend(found.hits);
            after = found.next;
            if after.is_none() {
                return hits;
            }
        }
    }

    pub async fn found(&self, typed: &str) -> Vec<i64> {
        self.finds(typed).await.iter().map(|hit| hit.row.scene.conversation.number).collect()
    }
}

// rule 003-40
#[tokio::test]
async fn both_databases_find_what_the_rule_for_words_finds() {
    in_office(async |office| {
        let mut chance = Chance::new();
        let mut said = vec![];
        for _ in 0..N_TEXTS {
            let text = chance.one(prop::collection::vec(select(SAID), 1..5)).join(" ");
            let name = chance.one(prop::collection::vec(select(SAID), 1..3)).join(" ");
            let conversation = office.writes(&name, &text, BILLING).await;
            said.push((conversation.number, name, text));
        }
        let zoe = office.agent(ZOE);
        for _ in 0..N_SEARCHES {
            let begun = prop::collection::vec((select(SAID), 1_usize..8), 1..3);
            let begun =
                chance.one(begun).into_iter().map(|(word, n)| word.chars().take(n).collect::<String>());
            let words = Words::of(&begun.collect::<Vec<_>>().join(" "));
            if words.is_empty() || !(Search { words: words.clone(), ..Search::default() }).is_searchable() {
                continue;
            }
            let mut hits = vec![];
            let (search, mut after) = (
                Search {
                    words: words.clone(),
                    filter: domain::filter::Filter::of(domain::view::View::All),
                    ..Search::default()
                },
                None,
            );
            loop {
                let found = zoe.looks_for(search.clone(), after).await;
                hits.extend(found.hits.into_iter().map(|hit| hit.row.scene.conversation.number));
                after = found.next;
                if after.is_none() {
                    break;
                }
            }
            let found: BTreeSet<i64> = hits.into_iter().collect();
            let is_it = |(number, name, text): &&(i64, String, String)| {
                words.are_in(name) || words.are_in(text) || words.number() == Some(*number)
            };
            let expected: BTreeSet<i64> = said.iter().filter(is_it).map(|(number, ..)| *number).collect();
            assert_eq!(found, expected, "{words:?}");
        }
    })
    .await;
}

// rule 003-40
#[tokio::test]
async fn clients_are_found_by_their_names_before_messages_and_each_hit_says_why() {
    in_office(async |office| {
        let said = office.writes("Olu Adeyemi", "A tent, please", BILLING).await;
        let called = office.writes("Tenterden Sports", "Good morning", BILLING).await;
        let hits = office.agent(ZOE).finds("tent").await;
        let numbers: Vec<i64> = hits.iter().map(|hit| hit.row.scene.conversation.number).collect();
        assert_eq!(numbers, [called.number, said.number]);
        assert_eq!(hits[0].said, None);
        assert_eq!(hits[1].said.as_ref().unwrap().excerpt, "A tent, please");
        // A number is one, too.
        assert_eq!(office.agent(ZOE).found(&format!("{:03}", said.number)).await, [said.number]);
    })
    .await;
}

#[tokio::test]
async fn a_client_is_found_by_both_names_and_by_the_address() {
    in_office(async |office| {
        let conversation = office.writes("Cleo", "Good morning", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(conversation.id, Command::RenameClient { name: "Marsh & Sons".into() }).await.unwrap();
        for typed in ["marsh", "cleo", "sons cle"] {
            assert_eq!(ana.found(typed).await, [conversation.number], "{typed}");
        }
        ana.run(conversation.id, Command::RenameClient { name: "Reed".into() }).await.unwrap();
        assert_eq!(ana.found("marsh").await, Vec::<i64>::new());
        assert_eq!(ana.found("reed").await, [conversation.number]);
    })
    .await;
}

// rule 003-40, 003-14
#[tokio::test]
async fn nothing_is_found_that_is_out_of_sight() {
    in_office(async |office| {
        let returns = office.writes("Cleo", "My umbrella", RETURNS).await;
        let (ana, ben, zoe) = (office.agent(ANA), office.agent(BEN), office.agent(ZOE));
        let whoever_sees = async |typed: &str| {
            let mut found = vec![];
            for person in [&ana, &ben, &zoe, &office.agent(RITA), &office.agent(YUKI)] {
                let scene = office.scene(returns.id).await;
                let sees = domain::sight::visible(&person.viewer, &scene);
                assert_eq!(person.found(typed).await.len(), usize::from(sees), "{:?}", person.viewer);
                found.push(sees);
            }
            found
        };
        for typed in ["umbrella", "cleo", "umbrella from:cleo", "from:cleo"] {
            let seen = whoever_sees(typed).await;
            assert!(seen.contains(&true) && seen.contains(&false), "{typed}: {seen:?}");
        }
        let id = returns.id;
        office.agent(RITA).run(id, Command::Claim).await.unwrap();
        whoever_sees("umbrella").await;
        office.agent(RITA).run(id, Command::BlockClient).await.unwrap();
        // Who is on the black list stands in Blacklist and nowhere else.
        for typed in ["umbrella", "cleo"] {
            assert_eq!((ana.found(typed).await, zoe.found(typed).await), (vec![], vec![]), "{typed}");
        }
    })
    .await;
}

#[tokio::test]
async fn whispers_are_found_by_those_who_may_read_them() {
    in_office(async |office| {
        let conversation = office.writes("Cleo", "Good morning", BILLING).await;
        let (ana, ben, zoe) = (office.agent(ANA), office.agent(BEN), office.agent(ZOE));
        ana.run(conversation.id, whisper("She is the mayor's aunt")).await.unwrap();
        ana.run(conversation.id, note("Owes us a canoe")).await.unwrap();
        assert_eq!(ana.found("mayor").await, [conversation.number]);
        assert_eq!(zoe.found("mayor").await, [conversation.number], "a manager monitors");
        assert_eq!(ben.found("mayor").await, Vec::<i64>::new());
        assert_eq!(ben.found("canoe").await, [conversation.number], "a note is the team's");
    })
    .await;
}

#[tokio::test]
async fn operators_say_who_wrote_to_whom_and_when() {
    in_office(async |office| {
        let cleo = office.writes("Cleo Marsh", "About the lantern", BILLING).await;
        let other = office.writes("Dora Reed", "About the lantern", BILLING).await;
        let ana = office.agent(ANA);
        ana.run(cleo.id, Command::Claim).await.unwrap();
        let seen = office.conversation(cleo.id).await.last_public.map(|last| last.message);
        ana.run(cleo.id, reply("The lantern is on its way", seen)).await.unwrap();
        let check = async |typed: &str, numbers: &[i64]| {
            let mut found = office.agent(ZOE).found(typed).await;
            found.sort();
            assert_eq!(found, numbers, "{typed}");
        };
        check("lantern", &[cleo.number, other.number]).await;
        check("lantern from:dora", &[other.number]).await;
        check("lantern from:ana", &[cleo.number]).await;
        check("lantern to:cleo", &[cleo.number]).await;
        check("lantern to:dora", &[]).await;
        check("lantern to:ana", &[cleo.number]).await;
        check("from:ana", &[cleo.number]).await;
        check("from:dora", &[other.number]).await;
        check("from:nobody", &[]).await;
        check("lantern assignee:ana", &[cleo.number]).await;
        check("lantern assignee:nobody", &[other.number]).await;
        check("lantern status:unassigned", &[other.number]).await;
        check("status:open", &[cleo.number, other.number]).await;
        check("status:archived", &[]).await;
        // The customers wrote before noon, and Ana answered at noon.
        check("lantern after:0", &[cleo.number]).await;
        check("lantern before:0", &[cleo.number, other.number]).await;
        check("lantern before:-1", &[]).await;
    })
    .await;
}

// rule 003-40, 002-19
#[tokio::test]
async fn conversations_with_files_are_found_by_those_who_may_see_the_files() {
    in_office(async |office| {
        let (ana, ben) = (office.agent(ANA), office.agent(BEN));
        let sent = office.writes("Cleo", "Where is my lantern?", BILLING).await;
        let whispered = office.writes("Dora", "A lantern, please", BILLING).await;
        let plain = office.writes("Cleo", "Another lantern", BILLING).await;
        let browser = crate::sent_files::browser(&office, "ana@example.org").await;
        let file = browser.keeps("invoice.pdf", b"%PDF-1.7").await;
        ana.run(sent.id, crate::sent_files::answer(&sent, &file)).await.unwrap();
        let words = Written::of_file(
            MessageId::new(server::secret::random_id()),
            browser.keeps("map.png", b"x").await,
        );
        let whispered_file = words.id;
        ana.run(whispered.id, Command::Whisper { words, mentions: [].into() }).await.unwrap();
        let found = async |person: &Person, typed: &str| {
            let mut found = person.found(typed).await;
            found.sort();
            found
        };
        assert_eq!(found(&ana, "has:attachment").await, [sent.number, whispered.number]);
        assert_eq!(found(&ben, "has:attachment").await, [sent.number]);
        assert_eq!(found(&ana, "has:attachment from:ana").await, [sent.number, whispered.number]);
        assert_eq!(found(&ana, "has:attachment from:cleo").await, Vec::<i64>::new());
        // By the client's name, and by the file's.
        assert_eq!(found(&ana, "cleo has:attachment").await, [sent.number]);
        assert_eq!(found(&ana, "invoice has:attachment").await, [sent.number]);
        assert_eq!(found(&ana, "lantern has:attachment").await, Vec::<i64>::new());
        assert_eq!(found(&ana, "lantern").await, [sent.number, whispered.number, plain.number]);
        // What was deleted has none any more.
        ana.run(whispered.id, Command::Retract { message: whispered_file, of: None }).await.unwrap();
        assert_eq!(found(&ana, "has:attachment").await, [sent.number]);
    })
    .await;
}

#[tokio::test]
async fn the_whole_history_is_found_page_by_page_each_conversation_once() {
    in_office(async |office| {
        let mut numbers = BTreeSet::new();
        for n in 0..130 {
            let name = if n % 2 == 0 { "Compass Ltd" } else { "Cleo" };
            let conversation = office.writes(name, "A compass", BILLING).await;
            office.adds(conversation.id, "A compass, I said", Timestamp(NOON.0 + n)).await;
            numbers.insert(conversation.number);
        }
        let found = office.agent(ZOE).found("compass").await;
        // Those who are called so come first, whatever was said there.
        let is_named = |number: &&i64| (**number - 1) % 2 == 0;
        assert!(found.iter().take(65).all(|number| is_named(&number)));
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), numbers);
    })
    .await;
}

#[tokio::test]
async fn a_database_of_an_older_version_is_indexed_while_it_is_used() {
    in_office(async |office| {
        let conversation = office.writes("Cleo", "A lantern", BILLING).await;
        let zoe = office.agent(ZOE);
        assert_eq!(zoe.found("lantern").await, [conversation.number]);
        office
            .writing(async |tx: &mut Tx| {
                for text in [
                    sql!("delete from search_name"),
                    sql!(sqlite: "insert into search_message (search_message) values ('delete-all')", postgres: "delete from search_message"),
                    sql!("update search_state set indexed_to = 0, names_to = ''"),
                ] {
                    tx.q(text).exec().await?;
                }
                Ok(())
            })
            .await;
        assert_eq!(zoe.found("lantern").await, [conversation.number]);
        assert_eq!(zoe.found("cleo").await, [conversation.number]);
    })
    .await;
}

impl Office {
    /// A conversation as it stands with its client, whoever may see it.
    pub async fn scene(&self, id: ConversationId) -> domain::conversation::Scene {
        self.server
            .db
            .read(async move |tx: &mut Tx| server::conversation::store::known(tx, id).await)
            .await
            .unwrap()
    }
}
