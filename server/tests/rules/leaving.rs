//! People come to work here by invitation, and stop: links are good once, and what was somebody's goes on.

use app::backend::{Backend, Link, Mailed};
use app::error::Error as Told;
use domain::audit::{Act, Asked, Subject};
use domain::conversation::{Command, Onward};
use domain::id::{AgentId, InvitationId, RoleId};
use domain::permission::{Permission, Preset};
use domain::refusal::Refusal;
use domain::settings::departure::Departure;
use domain::settings::import::Outcome;
use domain::settings::invitation::{INVITED_FOR, Invite};
use domain::settings::member::MemberChange;
use domain::settings::password::PasswordChange;
use domain::settings::role::RoleChange;
use domain::time::{Duration, Timestamp};
use domain::worlds::{ANA, BEN, BILLING, LEFT, NOON, OLU, RETURNS, RITA, YUKI, ZOE};
use futures::future::join_all;
use server::db::Tx;
use server::error::Error;
use server::{invitation, secret, sql};

use crate::http::{Browser, LOCAL};
use crate::mail_server::{Manner, PostOffice};
use crate::office::{Office, PASSWORD, Person, in_office, order, refusal, reply, words};

impl Office {
    async fn invite(&self, email: &str, preset: Preset) -> Invite {
        let id = InvitationId::new(secret::random_id());
        let roles = [self.role(preset).await.id].into();
        Invite { id, email: email.into(), roles, groups: [BILLING].into() }
    }
}

impl Person {
    async fn invites(&self, invite: &Invite) -> Result<Link, Told> {
        self.server.invite(&self.viewer, invite.clone()).await
    }

    async fn disables(&self, agent: AgentId, to: Onward) -> Result<i64, Told> {
        self.server.disable(&self.viewer, Departure { agent, to }).await
    }
}

fn path(link: &Link) -> &str {
    link.address.strip_prefix(LOCAL).unwrap()
}

#[tokio::test]
async fn whoever_is_invited_chooses_a_name_and_a_password_and_works_here() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let invite = office.invite(" Mia@Example.org", Preset::Agent).await;
        let link = yuki.invites(&invite).await.unwrap();
        assert_eq!((&*link.email, &link.mailed), ("mia@example.org", &Mailed::NoServer));
        let open = yuki.server.invitations(&yuki.viewer).await.unwrap();
        assert_eq!((open.len(), &*open[0].invite.email, open[0].by), (1, "mia@example.org", YUKI));

        let mut mia = Browser::at(&office, LOCAL);
        let page = mia.get(path(&link)).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Join Acme") && page.body.contains("mia@example.org"), "{}", page.body);
        let short = mia.submit(path(&link), &[("display_name", " "), ("password", "short")]).await;
        assert_eq!(short.status, 422);
        assert!(short.body.contains("Write a name.") && short.body.contains("too short"), "{}", short.body);
        let joined =
            mia.submit(path(&link), &[("display_name", "Mia"), ("password", "a long password")]).await;
        assert_eq!(
            (joined.status.as_u16(), &joined.headers["location"]),
            (303, &"/settings/profile".parse().unwrap())
        );
        mia.cookie = Some(joined.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().into());
        assert_eq!(mia.get("/inbox/my-inbox").await.status, 200);

        let directory = office.directory().await;
        let agent = directory.agents.values().find(|agent| agent.email == "mia@example.org").unwrap();
        assert_eq!((&*agent.display_name, &agent.groups, agent.enabled), ("Mia", &[BILLING].into(), true));
        assert!(directory.viewer(agent.id).unwrap().may(Permission::ViewAll));
        assert_eq!(yuki.server.invitations(&yuki.viewer).await.unwrap(), []);
        let records = yuki.server.records(&yuki.viewer, Asked::default()).await.unwrap();
        let acts: Vec<(Act, Subject)> = records
            .iter()
            .map(|record| record.deed.as_ref().unwrap())
            .map(|deed| (deed.act, deed.subject))
            .collect();
        assert_eq!(acts, [(Act::Accepted, Subject::Invitation), (Act::Made, Subject::Invitation)]);
        // Who is here already is not invited.
        let again = yuki.invites(&Invite { id: InvitationId::new(8), ..invite }).await;
        assert_eq!(refusal(again), Refusal::AddressTaken { address: "mia@example.org".into() });
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_not_good_says_the_same_whatever_is_wrong_with_it() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let browser = Browser::at(&office, LOCAL);
        let typed = [("display_name", "Mallory"), ("password", "a long password")];
        let mut bad: Vec<String> =
            ["%20", "null", "0", "NULL", "%00", "undefined", "..", "'%20or%201=1--"].map(Into::into).into();
        bad.extend([secret::token(), secret::token()[..59].into(), "f".repeat(4_000)]);
        let used = yuki.invites(&office.invite("one@example.org", Preset::Agent).await).await.unwrap();
        assert_eq!(
            browser
                .submit(path(&used), &[("display_name", "One"), ("password", "a long password")])
                .await
                .status,
            303
        );
        let invite = office.invite("two@example.org", Preset::Agent).await;
        let replaced = yuki.invites(&invite).await.unwrap();
        let revoked = yuki.server.renew_invitation(&yuki.viewer, invite.id).await.unwrap();
        yuki.server.revoke_invitation(&yuki.viewer, invite.id).await.unwrap();
        let expired = yuki.invites(&office.invite("three@example.org", Preset::Agent).await).await.unwrap();
        office
            .writing(async |tx: &mut Tx| {
                Ok(tx.q(sql!("update invitation set expires_at = 1")).exec().await.map(drop)?)
            })
            .await;
        let reset = yuki.server.let_in(&yuki.viewer, ANA).await.unwrap();
        let others = reset.address.rsplit('/').next().unwrap().to_owned();
        bad.push(others.clone());
        let upper = yuki.invites(&office.invite("four@example.org", Preset::Agent).await).await.unwrap();
        bad.push(upper.address.rsplit('/').next().unwrap().to_uppercase());
        for link in [&used, &replaced, &revoked, &expired] {
            bad.push(link.address.rsplit('/').next().unwrap().to_owned());
        }
        let before = office.everything().await;
        let expected = browser.get("/invite/nothing").await;
        assert_eq!(expected.status, 404);
        assert!(expected.body.contains("This link is not good"), "{}", expected.body);
        for token in bad {
            for door in ["invite", "reset"] {
                if door == "reset" && token == others {
                    continue;
                }
                let path = format!("/{door}/{token}");
                let shown = browser.get(&path).await;
                assert_eq!((shown.status, &shown.body), (expected.status, &expected.body), "{path}");
                let sent = browser.submit(&path, if door == "reset" { &typed[1..] } else { &typed }).await;
                assert_eq!((sent.status, &sent.body), (expected.status, &expected.body), "{path}");
            }
        }
        assert_eq!(office.everything().await, before);
        // And the database does not hold what opens.
        assert!(!before.values().flatten().any(|row| row.contains(&others)), "tokens are kept as hashes");
    })
    .await;
}

#[tokio::test]
async fn of_fifty_who_use_a_link_at_once_one_joins() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let link = yuki.invites(&office.invite("mia@example.org", Preset::Agent).await).await.unwrap();
        let token = link.address.rsplit('/').next().unwrap();
        let person = domain::settings::workspace::Owner {
            display_name: "Mia".into(),
            email: "mia@example.org".into(),
            password: PASSWORD.into(),
        };
        // As the clock says: the link was made by it.
        let now = server::server::now();
        let tries = (0..50).map(|_| invitation::accept(&office.server, token.into(), person.clone(), now));
        let answers = join_all(tries).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let over =
            |answer: &&Result<(), Error>| matches!(answer, Err(Error::Refused(Refusal::InvitationOver)));
        assert_eq!(answers.iter().filter(over).count(), 49);
        let of_mia = office.column(sql!("select agent_id from agent where email = 'mia@example.org'")).await;
        assert_eq!(of_mia.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_link_is_good_for_a_week_and_one_to_a_new_password_for_a_day() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let viewer = yuki.viewer.clone();
        let (cached, invite) =
            (office.server.office.clone(), office.invite("mia@example.org", Preset::Agent).await);
        let (token, reset) = office
            .writing(async move |tx: &mut Tx| {
                let office = cached.in_transaction(tx).await?;
                let token = invitation::make(tx, &office, &viewer, invite, NOON).await?.1;
                Ok((token, invitation::let_in(tx, &office, &viewer, ANA, NOON).await?.1))
            })
            .await;
        let opens = async |token: String, now: Timestamp| {
            let read = async move |tx: &mut Tx| invitation::of_token(tx, &token, now).await;
            office.server.db.read(read).await.is_ok()
        };
        let lets_in = async |token: String, now: Timestamp| {
            let cached = office.server.office.clone();
            let read = async move |tx: &mut Tx| {
                let office = cached.in_transaction(tx).await?;
                invitation::whose_link(tx, &office, &token, now).await
            };
            office.server.db.read(read).await.is_ok()
        };
        let last = |length: Duration| NOON + length - Duration(1);
        assert!(opens(token.clone(), last(INVITED_FOR)).await && !opens(token, NOON + INVITED_FOR).await);
        let day = invitation::RESET_FOR;
        assert!(lets_in(reset.clone(), last(day)).await && !lets_in(reset, NOON + day).await);
    })
    .await;
}

#[tokio::test]
async fn nobody_invites_into_more_than_they_hold_or_makes_links_for_whoever_may_do_more() {
    in_office(async |office| {
        let admin = office.hires(AgentId::new(70), Preset::BusinessAdmin, BILLING).await;
        let above = office.invite("mia@example.org", Preset::SuperAdmin).await;
        assert_eq!(refusal(admin.invites(&above).await), Refusal::SuperAdminsOnly);
        let yuki = office.agent(YUKI);
        yuki.invites(&above).await.unwrap();
        // Nor does another link of it become theirs.
        let renewed = admin.server.renew_invitation(&admin.viewer, above.id).await;
        assert_eq!(refusal(renewed), Refusal::SuperAdminsOnly);
        let revoked = admin.server.revoke_invitation(&admin.viewer, above.id).await;
        assert_eq!(refusal(revoked), Refusal::SuperAdminsOnly);
        let beyond =
            Invite { groups: [RETURNS].into(), ..office.invite("ola@example.org", Preset::Agent).await };
        assert_eq!(refusal(admin.invites(&beyond).await), Refusal::OutsideYourGroups);
        // An id stays the invitation that it is.
        let other = Invite { roles: [office.role(Preset::Operator).await.id].into(), ..above.clone() };
        assert_eq!(yuki.invites(&other).await, Err(Told::Missing));
        assert_eq!(refusal(admin.server.let_in(&admin.viewer, YUKI).await), Refusal::SuperAdminsOnly);
        assert_eq!(refusal(admin.server.let_in(&admin.viewer, RITA).await), Refusal::OutsideYourGroups);
        assert_eq!(yuki.server.let_in(&yuki.viewer, LEFT).await.unwrap_err(), Told::Missing);
        let ana = office.agent(ANA);
        let refused = refusal(ana.invites(&office.invite("x@example.org", Preset::Operator).await).await);
        assert_eq!(refused, Refusal::NotAllowed { missing: Permission::AdminUsers });
        let refused = ana.server.invitations(&ana.viewer).await;
        assert_eq!(refusal(refused), Refusal::NotAllowed { missing: Permission::AdminUsers });
    })
    .await;
}

#[tokio::test]
async fn a_link_to_a_new_password_works_once_and_ends_every_session() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        let mut screen = ana.watches().await;
        let link = yuki.server.let_in(&yuki.viewer, ANA).await.unwrap();
        let mut browser = Browser::at(&office, LOCAL);
        let set = browser.submit(path(&link), &[("password", "another password")]).await;
        assert_eq!(set.status, 303, "{set:?}");
        screen.hears_its_end().await;
        assert_eq!(browser.submit(path(&link), &[("password", "a third password")]).await.status, 404);
        assert_eq!(browser.sign_in("ana@example.org", PASSWORD).await.status, 401);
        assert_eq!(browser.sign_in("ana@example.org", "another password").await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_goes_by_e_mail_where_there_is_a_mail_server_and_what_fails_is_said() {
    in_office(async |office| {
        let mail = PostOffice::opens(&[]).await;
        let server = std::sync::Arc::new(
            server::server::Server::new(office.server.db.clone(), crate::office::files())
                .unwrap()
                .at("https://desk.example.org".into())
                .with_mail(Some(mail.as_server("smtp+plain"))),
        );
        let yuki = Person { server, ..office.agent(YUKI) };
        let link = yuki.invites(&office.invite(" Mia@example.org", Preset::Agent).await).await.unwrap();
        assert_eq!(link.mailed, Mailed::Taken);
        assert!(link.address.starts_with("https://desk.example.org/invite/"));
        let received = mail.received();
        assert_eq!(received.len(), 1);
        let text = String::from_utf8_lossy(&received[0].text).replace("=\r\n", "");
        assert!(text.contains(&link.address) && text.contains("To: mia@example.org"), "{text}");

        let refuses = PostOffice::opens(&[Manner::AnswersRecipient("550 no such person")]).await;
        let server = std::sync::Arc::new(
            server::server::Server::new(office.server.db.clone(), crate::office::files())
                .unwrap()
                .with_mail(Some(refuses.as_server("smtp+plain"))),
        );
        let yuki = Person { server, ..office.agent(YUKI) };
        let link = yuki.invites(&office.invite("ola@example.org", Preset::Agent).await).await.unwrap();
        assert!(matches!(link.mailed, Mailed::Failed(_)), "{link:?}");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once_and_what_was_theirs_goes_on() {
    in_office(async |office| {
        let (ana, ben, yuki) = (office.agent(ANA), office.agent(BEN), office.agent(YUKI));
        let hers = office.writes("Cleo", "Refund?", BILLING).await;
        ana.run(hers.id, Command::Claim).await.unwrap();
        ana.run(hers.id, Command::PinClient).await.unwrap();
        let seen = office.conversation(hers.id).await.last_public.map(|last| last.message);
        let later = Command::Schedule { words: words("It is here."), seen, at: NOON + Duration::hours(1) };
        ana.run(hers.id, later).await.unwrap();
        let asked = office.writes("Olaf", "Parcel?", BILLING).await;
        ben.run(asked.id, Command::Claim).await.unwrap();
        ben.run(asked.id, Command::Transfer { to: ANA, note: None }).await.unwrap();
        let done = office.writes("Uma", "Thanks", BILLING).await;
        ana.run(done.id, reply("You are welcome", done.last_public.map(|last| last.message))).await.unwrap();
        ana.run(done.id, Command::Close).await.unwrap();
        let mut screen = ana.watches().await;
        let mut browser = Browser::at(&office, LOCAL);
        browser.sign_in("ana@example.org", PASSWORD).await;
        assert_eq!(browser.get("/inbox/my-inbox").await.status, 200);

        assert_eq!(
            refusal(ana.disables(BEN, Onward::Unassigned).await),
            Refusal::NotAllowed { missing: Permission::AdminUsers }
        );
        assert_eq!(refusal(yuki.disables(YUKI, Onward::Unassigned).await), Refusal::NotYourself);
        assert_eq!(yuki.disables(ANA, Onward::Agent(BEN)).await, Ok(1));

        screen.hears_its_end().await;
        assert_eq!(browser.get("/inbox/my-inbox").await.status, 303, "to sign in");
        assert_eq!(browser.sign_in("ana@example.org", PASSWORD).await.status, 401);
        assert!(matches!(ana.run(hers.id, Command::Unassign).await, Err(Told::Missing)));
        let after = office.conversation(hers.id).await;
        assert_eq!(after.assignee, Some(BEN));
        assert_eq!(office.conversation(asked.id).await.transfer, None);
        assert_eq!(office.conversation(done.id).await.closed_by, Some(ANA), "what she did stays hers");
        assert_eq!(office.column(sql!("select text from scheduled")).await, [] as [String; 0]);
        assert_eq!(
            office.column(sql!("select contact_id from contact where pinned_to is not null")).await,
            [] as [String; 0]
        );
        let report = server::verify::verify(&office.server.db, &[]).await.unwrap();
        assert!(report.is_sound(), "{report}");
        // Once more is the same.
        assert_eq!(yuki.disables(ANA, Onward::Unassigned).await, Ok(0));

        yuki.server.enable(&yuki.viewer, ANA).await.unwrap();
        yuki.server.enable(&yuki.viewer, ANA).await.unwrap();
        assert_eq!(browser.sign_in("ana@example.org", PASSWORD).await.status, 303);
        let records = yuki.server.records(&yuki.viewer, Asked::default()).await.unwrap();
        let acts: Vec<Act> = records.iter().map(|record| record.deed.as_ref().unwrap().act).collect();
        assert_eq!(acts, [Act::Enabled, Act::Disabled]);
        // Where it broke off in the middle it is gone on with; somebody who is there is let go of by nobody.
        office.changes(sql!("update agent set enabled = false where agent_id = $1"), ANA).await;
        let again = office.writes("Cleo", "Again?", BILLING).await;
        office.changes(sql!("update conversation set assignee_id = $1"), ANA).await;
        assert_eq!(yuki.disables(ANA, Onward::Unassigned).await, Ok(3));
        assert_eq!(office.conversation(again.id).await.assignee, None);
    })
    .await;
}

#[tokio::test]
async fn a_limited_admin_disables_within_their_groups_and_nobody_disables_the_last_super_admin() {
    in_office(async |office| {
        let admin = office.hires(AgentId::new(70), Preset::BusinessAdmin, BILLING).await;
        assert_eq!(refusal(admin.disables(RITA, Onward::Unassigned).await), Refusal::OutsideYourGroups);
        assert_eq!(refusal(admin.disables(YUKI, Onward::Unassigned).await), Refusal::SuperAdminsOnly);
        // What they may not look at goes on all the same.
        let hers = office.writes("Cleo", "Refund?", BILLING).await;
        office.agent(BEN).run(hers.id, Command::Claim).await.unwrap();
        assert_eq!(admin.disables(BEN, Onward::Group(RETURNS)).await, Ok(1));
        let after = office.conversation(hers.id).await;
        assert_eq!((after.assignee, after.group), (None, Some(RETURNS)));
        assert_eq!(admin.server.enable(&admin.viewer, LEFT).await, Ok(()));
        assert_eq!(refusal(admin.server.enable(&admin.viewer, ZOE).await), Refusal::OutsideYourGroups);
        assert_eq!(admin.disables(OLU, Onward::Unassigned).await, Ok(0));
    })
    .await;
}

#[tokio::test]
async fn of_two_super_admins_who_disable_each_other_at_once_one_stays() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let second = office.hires(AgentId::new(70), Preset::SuperAdmin, BILLING).await;
        let other = second.viewer.agent;
        let (one, two) =
            tokio::join!(yuki.disables(other, Onward::Unassigned), second.disables(YUKI, Onward::Unassigned));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    })
    .await;
}

#[tokio::test]
async fn people_of_a_file_are_shown_first_and_invited_as_they_were_shown_or_not_at_all() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let file = "email;roles;groups\nmia@example.org;Agent, Chat edit;Billing\nana@example.org;;\nola@example.org;Boss;\n";
        let before = office.everything().await;
        let shown = yuki.server.import(&yuki.viewer, file.into(), None).await.unwrap();
        let outcomes: Vec<&Outcome> = shown.planned.iter().map(|planned| &planned.outcome).collect();
        assert!(matches!(outcomes[..], [Outcome::Invited(_), Outcome::Known, Outcome::Refused(Refusal::UnknownName { .. })]), "{outcomes:?}");
        assert_eq!((shown.planned[2].line, &shown.links), (4, &vec![]));
        assert_eq!(office.everything().await, before);

        // Another digest, or another office than the one that was looked at: nothing is done.
        let stale = yuki.server.import(&yuki.viewer, file.into(), Some("0".repeat(64))).await;
        assert_eq!(refusal(stale), Refusal::ChangedSinceShown);
        let other = yuki.invites(&office.invite("mia@example.org", Preset::Agent).await).await.unwrap();
        let before = office.everything().await;
        let stale = yuki.server.import(&yuki.viewer, file.into(), Some(shown.digest.clone())).await;
        assert_eq!(refusal(stale), Refusal::ChangedSinceShown);
        assert_eq!(office.everything().await, before);
        assert_eq!(other.email, "mia@example.org");
        let open = yuki.server.invitations(&yuki.viewer).await.unwrap();
        yuki.server.revoke_invitation(&yuki.viewer, open[0].invite.id).await.unwrap();

        let done = yuki.server.import(&yuki.viewer, file.into(), Some(shown.digest)).await.unwrap();
        assert_eq!(done.links.len(), 1);
        let browser = Browser::at(&office, LOCAL);
        let joined = browser.submit(path(&done.links[0]), &[("display_name", "Mia"), ("password", "a long password")]).await;
        assert_eq!(joined.status, 303);
        let directory = office.directory().await;
        let mia = directory.agents.values().find(|agent| agent.email == "mia@example.org").unwrap();
        assert_eq!((mia.roles.len(), &mia.groups), (2, &[BILLING].into()));

        let ana = office.agent(ANA);
        let refused = refusal(ana.server.import(&ana.viewer, file.into(), None).await);
        assert_eq!(refused, Refusal::NotAllowed { missing: Permission::AdminUsers });
    })
    .await;
}

#[tokio::test]
async fn ones_own_password_is_changed_by_who_knows_it_and_ends_the_other_sessions() {
    in_office(async |office| {
        let ana = office.agent(ANA);
        let (here, mut there) = (ana.signs_in().await, ana.watches().await);
        let change = |current: &str, new: &str| PasswordChange { current: current.into(), new: new.into() };
        let changes = async |change| office.server.change_password(&here, change).await;
        let before = office.everything().await;
        assert_eq!(refusal(changes(change(PASSWORD, "short")).await), Refusal::ShortPassword { least: 10 });
        assert_eq!(
            refusal(changes(change("not my password", "a new password")).await),
            Refusal::WrongPassword
        );
        assert_eq!(office.everything().await, before);

        changes(change(PASSWORD, "a new password")).await.unwrap();
        there.hears_its_end().await;
        let mut browser = Browser::at(&office, LOCAL);
        assert_eq!(browser.sign_in("ana@example.org", PASSWORD).await.status, 401);
        assert_eq!(browser.sign_in("ana@example.org", "a new password").await.status, 303);
        let left = office.column(sql!("select session_id from session where device = 'Lynx'")).await;
        assert_eq!(left, std::slice::from_ref(&here.session), "whoever changed it stays signed in");
        let records =
            office.agent(YUKI).server.records(&office.agent(YUKI).viewer, Asked::default()).await.unwrap();
        assert_eq!(records[0].deed.as_ref().unwrap().sentence(), "changed the password");

        // Whoever has somebody's browser does not guess on and on.
        let mut answers = vec![];
        for _ in 0..12 {
            answers.push(changes(change("a guess", "a new password")).await);
        }
        assert_eq!(answers.last().unwrap(), &Err(Told::TooMany));
    })
    .await;
}

#[tokio::test]
async fn a_link_is_good_as_long_as_whoever_made_it_may_make_it() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let admin = office.hires(AgentId::new(70), Preset::BusinessAdmin, BILLING).await;
        let browser = Browser::at(&office, LOCAL);
        let typed = [("display_name", "Mallory"), ("password", "a long password")];
        // Of whoever is disabled nothing opens any more: neither what they invited, nor another's new password.
        let invited =
            admin.invites(&office.invite("mallory@example.org", Preset::BusinessAdmin).await).await.unwrap();
        let let_in = admin.server.let_in(&admin.viewer, ANA).await.unwrap();
        yuki.disables(admin.viewer.agent, Onward::Unassigned).await.unwrap();
        assert_eq!(browser.submit(path(&invited), &typed).await.status, 404);
        assert_eq!(browser.submit(path(&let_in), &typed[1..]).await.status, 404);
        yuki.server.enable(&yuki.viewer, admin.viewer.agent).await.unwrap();
        assert_eq!(browser.get(path(&invited)).await.status, 404);

        // Nor does it give what they may not give any more, or lead to somebody who may do more by now.
        let invited =
            admin.invites(&office.invite("mallory@example.org", Preset::BusinessAdmin).await).await.unwrap();
        let let_in = admin.server.let_in(&admin.viewer, ANA).await.unwrap();
        let mut less = MemberChange::of(&office.directory().await.agents[&admin.viewer.agent]);
        less.member.roles = [office.role(Preset::Manager).await.id].into();
        yuki.server.save_member(&yuki.viewer, less).await.unwrap();
        assert_eq!(browser.submit(path(&invited), &typed).await.status, 404);
        assert_eq!(browser.submit(path(&let_in), &typed[1..]).await.status, 404);
        assert_eq!(refusal(yuki.server.let_in(&yuki.viewer, YUKI).await), Refusal::NotYourself);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_taken_back_and_renewed_whatever_became_of_its_roles() {
    in_office(async |office| {
        let yuki = office.agent(YUKI);
        let role = RoleChange {
            id: RoleId::new(secret::random_id()),
            name: "Night shift".into(),
            permissions: [Permission::InboxOpen].into(),
            was: None,
        };
        yuki.server.save_role(&yuki.viewer, role.clone()).await.unwrap();
        let mut invite = office.invite("mia@example.org", Preset::Agent).await;
        invite.roles.insert(role.id);
        yuki.invites(&invite).await.unwrap();
        yuki.server.remove_role(&yuki.viewer, role.id).await.unwrap();
        let link = yuki.server.renew_invitation(&yuki.viewer, invite.id).await.unwrap();
        let browser = Browser::at(&office, LOCAL);
        assert_eq!(browser.get(path(&link)).await.status, 200);
        yuki.server.revoke_invitation(&yuki.viewer, invite.id).await.unwrap();
        assert_eq!(browser.get(path(&link)).await.status, 404);
        assert_eq!(yuki.server.invitations(&yuki.viewer).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_somebody_who_left_had_does_not_become_theirs_again_by_undo_and_nobody_orders_to_let_go() {
    in_office(async |office| {
        let (ana, ben, yuki) = (office.agent(ANA), office.agent(BEN), office.agent(YUKI));
        let refund = office.writes("Cleo", "Refund?", BILLING).await;
        ana.run(refund.id, Command::Claim).await.unwrap();
        let taken = order(refund.id, Command::Assign { to: BEN, note: None });
        ben.send(&taken).await.unwrap();
        let last = office.last(refund.id).await;
        yuki.disables(ANA, Onward::Unassigned).await.unwrap();
        let undone = ben.run(refund.id, Command::Undo { last: Box::new(last) }).await;
        assert_eq!(refusal(undone), Refusal::ChangedSince);
        let release = Command::Release { of: LEFT, to: Onward::Unassigned, scheduled: vec![] };
        assert_eq!(refusal(yuki.run(refund.id, release).await), Refusal::OnlyTime);
    })
    .await;
}

#[tokio::test]
async fn however_much_was_somebodys_all_of_it_goes_on() {
    in_office(async |office| {
        let (ana, yuki) = (office.agent(ANA), office.agent(YUKI));
        for n in 0..120 {
            let id = office.writes(&format!("Client {n}"), "Refund?", BILLING).await.id;
            ana.run(id, Command::Claim).await.unwrap();
        }
        assert_eq!(yuki.disables(ANA, Onward::Unassigned).await, Ok(120));
        let left = office
            .column(sql!("select conversation_id from conversation where assignee_id is not null"))
            .await;
        assert_eq!(left, [] as [String; 0]);
    })
    .await;
}
