//! An empty house: who may move in, step by step, and who may not.

use axum::http::{StatusCode, header};
use domain::time::Duration;
use domain::view::View;
use domain::worlds::ANA;
use server::db::Db;
use server::server::{Server, now};
use server::{migrations, setup, sql};
use std::sync::Arc;

use crate::database::each;
use crate::http::{Answer, Browser, LOCAL};
use crate::office::{Office, files, in_office};

/// Runs a test on a database without a workspace.
async fn in_empty_house(test: impl AsyncFn(Office)) {
    each(migrations::ALL, async |db: Db| {
        test(Office { server: Arc::new(Server::new(db, files()).unwrap()) }).await
    })
    .await;
}

impl Browser {
    /// Takes the cookies that came with an answer beside those it has.
    fn takes_cookies(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let name = pair.split('=').next().unwrap();
            let mut pairs: Vec<String> =
                self.cookie.iter().flat_map(|all| all.split("; ")).map(str::to_owned).collect();
            pairs.retain(|other| !other.starts_with(&format!("{name}=")));
            pairs.push(pair.to_owned());
            self.cookie = Some(pairs.join("; "));
        }
    }

    async fn fills(&mut self, step: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.submit(&format!("/setup/{step}"), fields).await;
        self.takes_cookies(&answer);
        answer
    }
}

const OWNER: [(&str, &str); 3] =
    [("display_name", "Ada"), ("email", "Ada@Example.org"), ("password", "a long password")];
const CHAT: [(&str, &str); 4] =
    [("name", "Shop"), ("greeting", "Hello"), ("sites", "shop.example.org"), ("form", "optional")];

#[tokio::test]
async fn a_new_owner_moves_into_an_empty_house_step_by_step_and_goes_on_where_they_stopped() {
    in_empty_house(async |here| {
        let token = setup::invite(&here.server.db, now()).await.unwrap().unwrap();
        let mut ada = Browser::at(&here, LOCAL);
        assert_eq!(ada.get("/login").await.location(), "/setup");
        assert!(ada.get("/setup").await.body.contains("Set-up token"));
        let typed = token.to_lowercase().replace('-', " ");
        assert_eq!(ada.fills("token", &[("token", &typed)]).await.location(), "/setup");
        assert!(ada.get("/setup").await.body.contains("Workspace name"));

        let nameless = ada.fills("workspace", &[("name", " \u{202e}")]).await;
        assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nameless.body.contains("Write a name."));
        ada.fills("workspace", &[("name", "Acme")]).await;

        // Another day, after a restart: each start shows another token, and those before it are good as well.
        let restarted = Office { server: Arc::new(Server::new(here.server.db.clone(), files()).unwrap()) };
        let newer = setup::invite(&here.server.db, now()).await.unwrap().unwrap();
        let mut ada = Browser { router: Browser::at(&restarted, LOCAL).router, ..ada };
        assert!(ada.get("/setup").await.body.contains("Step 2 of 4"));
        ada.fills("token", &[("token", &newer)]).await;
        let wrong = ada
            .fills("owner", &[("display_name", ""), ("email", "ada<script>"), ("password", "short")])
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for sentence in [
            "Write a name.",
            "This is no e-mail address.",
            "Take at least 10 characters.",
            "ada&lt;script&gt;",
        ] {
            assert!(wrong.body.contains(sentence), "{sentence}: {wrong:?}");
        }
        assert!(!wrong.body.contains("short\"") && !wrong.body.contains("<script>"));
        ada.fills("owner", &OWNER).await;

        let page = ada.get("/setup").await;
        assert!(page.body.contains("Open the first chat"), "signed in: {page:?}");
        assert_eq!(ada.get("/").await.location(), "/setup", "it goes on there");
        let bad =
            ada.fills("chat", &[CHAT[0], CHAT[1], ("sites", "https://a.org; script-src *"), CHAT[3]]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bad.body.contains("is no website"), "{bad:?}");
        ada.fills("chat", &CHAT).await;
        ada.fills("chat", &[("name", "Second"), CHAT[1], CHAT[2], CHAT[3]]).await;
        assert_eq!(here.column(sql!("select name from channel")).await, ["Shop"], "once");

        let page = ada.get("/setup").await;
        let key = here.column(sql!("select widget_key from widget")).await.remove(0);
        let snippet =
            format!("&lt;script src=\"{LOCAL}/widget.js\" data-inbox=\"{key}\" async&gt;&lt;/script&gt;");
        assert!(
            page.body.contains(&snippet.replace('"', "&quot;")) || page.body.contains(&snippet),
            "{page:?}"
        );
        ada.fills("test", &[]).await;
        assert!(ada.get("/setup?sent=yes").await.body.contains("waits in Unassigned"));
        assert_eq!(ada.fills("finish", &[]).await.location(), "/inbox/unassigned");
        assert_eq!(ada.get("/inbox/unassigned").await.status, StatusCode::OK);
        assert_eq!(ada.get("/").await.location(), "/inbox/my-inbox");
        let id = here.column(sql!("select agent_id from agent")).await.remove(0).parse().unwrap();
        assert_eq!(here.signed_in(id).await.list(View::Unassigned).await, [1]);
        assert_eq!(setup::invite(&here.server.db, now()).await.unwrap(), None, "it has an owner");
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_wrong_or_used_or_old_opens_nothing() {
    in_empty_house(async |here| {
        let token = setup::invite(&here.server.db, now()).await.unwrap().unwrap();
        let mut eve = Browser::at(&here, LOCAL);
        for wrong in ["", "AAAAA-AAAAA-AAAAA-AAAAA", "null", "\u{0}", &"A".repeat(100_000)] {
            let answer = eve.fills("token", &[("token", wrong)]).await;
            assert!(answer.status.is_client_error(), "{answer:?}");
            assert_eq!(eve.cookie, None);
        }
        let answer = eve.fills("token", &[("token", "AAAAA-AAAAA-AAAAA-AAAAA")]).await;
        assert!(answer.body.contains("This token is not right"), "{answer:?}");
        // Without it no step is taken, whatever is posted.
        eve.cookie = Some("setup=AAAAA-AAAAA-AAAAA-AAAAA".into());
        for (step, fields) in [
            ("workspace", &[("name", "Mine")][..]),
            ("owner", &OWNER),
            ("chat", &CHAT),
            ("test", &[]),
            ("finish", &[]),
        ] {
            let answer = eve.fills(step, fields).await;
            assert!(
                answer.status.is_client_error() || answer.location().starts_with("/login"),
                "{step}: {answer:?}"
            );
        }
        assert!(here.column(sql!("select name from workspace")).await.is_empty());
        // Too old.
        let later = now() + Duration::days(8);
        let old = token.clone();
        let opens =
            here.server.db.read(async move |tx: &mut server::db::Tx| setup::opens(tx, &old, later).await);
        assert!(!opens.await.unwrap());

        // Two at once: one of them owns it, and the other is told so.
        let (mut ada, mut bob) = (Browser::at(&here, LOCAL), Browser::at(&here, LOCAL));
        for browser in [&mut ada, &mut bob] {
            browser.fills("token", &[("token", &token)]).await;
        }
        ada.fills("workspace", &[("name", "Acme")]).await;
        let (one, two) = tokio::join!(ada.submit("/setup/owner", &OWNER), bob.submit("/setup/owner", &OWNER));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort();
        assert_eq!(statuses, [303, 403]);
        assert!(one.body.contains("is set up already") || two.body.contains("is set up already"));
        assert_eq!(here.column(sql!("select email from agent")).await, ["ada@example.org"]);
        // Used: it opens nothing any more.
        let used = Browser::at(&here, LOCAL).fills("token", &[("token", &token)]).await;
        assert_eq!(used.status, StatusCode::FORBIDDEN);
        assert!(used.body.contains("It has an owner. Sign in, or ask them for an account."));
    })
    .await;
}

#[tokio::test]
async fn a_house_that_is_lived_in_is_not_set_up_again() {
    in_office(async |here| {
        assert_eq!(setup::invite(&here.server.db, now()).await.unwrap(), None);
        let before = here.everything().await;
        let mut eve = Browser::at(&here, LOCAL);
        eve.cookie = Some("setup=AAAAA-AAAAA-AAAAA-AAAAA".into());
        assert_eq!(eve.get("/setup").await.status, StatusCode::FORBIDDEN);
        for (step, fields) in [
            ("token", &[("token", "AAAAA-AAAAA-AAAAA-AAAAA")][..]),
            ("workspace", &[("name", "Mine")]),
            ("owner", &OWNER),
            ("chat", &CHAT),
            ("test", &[]),
            ("finish", &[]),
        ] {
            let answer = eve.fills(step, fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{step}: {answer:?}");
            assert!(answer.body.contains("It has an owner."));
        }
        assert_eq!(here.everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn set_up_that_was_not_finished_is_the_owners_to_finish() {
    in_office(async |here| {
        here.changes(sql!("update workspace set set_up_at = null where $1 <> ''"), ANA).await;
        let mut ana = Browser::at(&here, LOCAL);
        ana.sign_in("ana@example.org", crate::office::PASSWORD).await;
        let answer = ana.get("/setup").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("Its owner goes on with it. Ask them."));
        assert_eq!(ana.fills("finish", &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(ana.get("/").await.location(), "/inbox/my-inbox");
        let nobody = Browser::at(&here, LOCAL);
        assert_eq!(nobody.get("/setup").await.location(), "/login?next=/setup");
    })
    .await;
}
