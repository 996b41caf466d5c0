//! Quick replies and note templates: who has them, who changes them, and that others' are nobody's business.

use app::backend::Backend;
use app::error::Error as Told;
use domain::id::QuickReplyId;
use domain::live::Down;
use domain::permission::Permission;
use domain::refusal::Refusal;
use domain::settings::quick_reply::{Purpose, QuickReply};
use domain::settings::saved_view::Shared;
use domain::time::Duration;
use domain::worlds::{ANA, BEN, BILLING, RITA, YUKI, ZOE};
use server::{file, secret, sql};

use crate::office::{Person, in_office};
use crate::sent_files::{answer, browser, file_id};

fn hello(shortcut: &str, shared: Shared) -> QuickReply {
    QuickReply {
        id: QuickReplyId::new(secret::random_id()),
        purpose: Purpose::Reply,
        name: "Hello".into(),
        shortcut: shortcut.into(),
        category: String::new(),
        text: "Hello {{contact.first_name|there}}".into(),
        files: vec![],
        by: RITA,
        shared,
        uses: 9,
    }
}

impl Person {
    async fn has_replies(&self) -> Vec<QuickReply> {
        self.server.quick_replies(&self.viewer).await.unwrap()
    }

    async fn adds(&self, reply: &QuickReply) -> Result<(), Told> {
        self.server.save_quick_reply(&self.viewer, reply.clone()).await
    }

    async fn deletes(&self, id: QuickReplyId) -> Result<(), Told> {
        self.server.remove_quick_reply(&self.viewer, id).await
    }
}

// rule 002-17
#[tokio::test]
async fn what_goes_along_with_an_answer_is_sent_as_a_copy_by_those_who_have_it() {
    in_office(async |office| {
        let (yuki, ana, ben, rita) =
            (office.agent(YUKI), office.agent(ANA), office.agent(BEN), office.agent(RITA));
        let (yukis, anas) =
            (browser(&office, "yuki@example.org").await, browser(&office, "ana@example.org").await);
        let prices = yukis.keeps("prices.pdf", b"%PDF-1.7 prices").await;
        let shared = QuickReply { files: vec![prices.clone()], ..hello("prices", Shared::Group(BILLING)) };
        // Nobody gives away what is another's.
        let stolen = QuickReply { files: vec![prices.clone()], ..hello("mine", Shared::Mine) };
        assert_eq!(ana.adds(&stolen).await, Err(Told::Missing));
        yuki.adds(&shared).await.unwrap();
        assert_eq!(ana.has_replies().await[0].files, std::slice::from_ref(&prices));

        // It is not sent itself: whoever uses the answer sends a copy, again and again.
        let conversation = office.writes("Cleo", "What does it cost?", BILLING).await;
        assert_eq!(
            yuki.run(conversation.id, answer(&conversation, &prices)).await.unwrap_err(),
            Told::Missing
        );
        for person in [&ana, &ben] {
            let copy = person.server.copy_file(&person.viewer, prices.id, file_id()).await.unwrap();
            assert_eq!((copy.name.as_str(), copy.size_bytes), ("prices.pdf", prices.size_bytes));
            let now = office.conversation(conversation.id).await;
            person.run(conversation.id, answer(&now, &copy)).await.unwrap();
            assert_eq!(anas.fetches(&copy, &[]).await.body, "%PDF-1.7 prices");
        }
        let copied = rita.server.copy_file(&rita.viewer, prices.id, file_id()).await;
        assert_eq!(copied, Err(Told::Missing), "she does not have the answer");

        // It stays as long as it goes along.
        let tomorrow = server::server::now() + Duration::hours(25);
        file::sweep(&office.server, tomorrow).await.unwrap();
        ana.server.copy_file(&ana.viewer, prices.id, file_id()).await.unwrap();
        yuki.adds(&QuickReply { files: vec![], ..shared }).await.unwrap();
        assert_eq!(ana.server.copy_file(&ana.viewer, prices.id, file_id()).await, Err(Told::Missing));
        let later = tomorrow + Duration::hours(25);
        assert!(file::sweep(&office.server, later).await.unwrap() >= 1);
        let left =
            office.column(sql!("select cast(count(*) as text) from file where message_id is null")).await;
        assert_eq!(left, ["0"]);
    })
    .await;
}

// rule 003-24
#[tokio::test]
async fn an_operators_answer_is_theirs_and_a_super_admins_is_everybodys() {
    in_office(async |office| {
        let (ana, yuki, rita) = (office.agent(ANA), office.agent(YUKI), office.agent(RITA));
        let (mine, all) = (hello("mine", Shared::Mine), hello("all", Shared::Everyone));
        ana.adds(&mine).await.unwrap();
        yuki.adds(&all).await.unwrap();
        // Whose it is and how often it was used, nobody says by themselves.
        let kept = QuickReply { by: ANA, uses: 0, ..mine.clone() };
        let shared = QuickReply { by: YUKI, uses: 0, ..all.clone() };
        let mut anas = ana.has_replies().await;
        anas.sort_by_key(|reply| reply.shortcut.clone());
        assert_eq!(anas, [shared.clone(), kept]);
        assert_eq!(rita.has_replies().await, std::slice::from_ref(&shared), "regardless of groups");
        assert_eq!(yuki.has_replies().await, [shared]);
        let missing = Permission::QuickReplyGlobal;
        let refused = ana.adds(&hello("new", Shared::Everyone)).await;
        assert_eq!(refused, Err(Told::Refused(Refusal::NotAllowed { missing })));
    })
    .await;
}

// rule 003-26
#[tokio::test]
async fn answers_are_changed_and_deleted_and_every_browser_hears_that_they_changed() {
    in_office(async |office| {
        let (zoe, ana, ben) = (office.agent(ZOE), office.agent(ANA), office.agent(BEN));
        let shared = hello("hi", Shared::Group(BILLING));
        let mut anas = ana.watches().await;
        zoe.adds(&shared).await.unwrap();
        anas.hears_until(|down| matches!(down, Down::Office { office, .. } if office.templates == 1)).await;
        zoe.adds(&QuickReply { text: "Good day".into(), ..shared.clone() }).await.unwrap();
        assert_eq!(ana.has_replies().await[0].text, "Good day");
        // Another's is as good as none to who may not change it.
        assert_eq!(
            ben.adds(&QuickReply { shared: Shared::Mine, ..shared.clone() }).await,
            Err(Told::Missing)
        );
        assert_eq!(ben.deletes(shared.id).await, Err(Told::Missing));
        zoe.deletes(shared.id).await.unwrap();
        assert_eq!(ana.has_replies().await, []);
        assert_eq!(zoe.deletes(shared.id).await, Err(Told::Missing));
        // Brought back by another who may share, it is as it was.
        let yuki = office.agent(YUKI);
        yuki.adds(&shared).await.unwrap();
        assert_eq!(ana.has_replies().await[0].by, ZOE);
    })
    .await;
}

#[tokio::test]
async fn uses_are_counted_for_those_who_have_it() {
    in_office(async |office| {
        let (ana, rita) = (office.agent(ANA), office.agent(RITA));
        let mine = hello("mine", Shared::Mine);
        ana.adds(&mine).await.unwrap();
        for _ in 0..3 {
            ana.server.use_quick_reply(&ana.viewer, mine.id).await.unwrap();
        }
        assert_eq!(rita.server.use_quick_reply(&rita.viewer, mine.id).await, Err(Told::Missing));
        assert_eq!(ana.has_replies().await[0].uses, 3);
        ana.adds(&QuickReply { name: "Hello again".into(), ..mine }).await.unwrap();
        assert_eq!(ana.has_replies().await[0].uses, 3, "who changes it does not begin to count anew");
    })
    .await;
}

#[tokio::test]
async fn a_shortcut_that_one_has_already_is_refused_with_the_name_of_the_other() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        yuki.adds(&hello("hello", Shared::Everyone)).await.unwrap();
        let refused = ana.adds(&hello("/Hello", Shared::Mine)).await;
        assert_eq!(refused, Err(Told::Refused(Refusal::ShortcutTaken { name: "Hello".into() })));
    })
    .await;
}
