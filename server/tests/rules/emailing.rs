//! **Send to Email**: what goes out, that it goes out once, and what is told of it.

use std::sync::Arc;

use domain::conversation::{Command, Conversation, Event, Outcome};
use domain::id::{AgentId, MailId, MessageId};
use domain::permission::Preset;
use domain::refusal::Refusal;
use domain::time::{Duration, Timestamp};
use domain::worlds::{ANA, BEN, BILLING, NOON};
use mail_parser::{Message, MessageParser, MimeHeaders};
use server::mail::{self, LEASE};
use server::server::Server;
use server::{secret, sql};

use crate::mail_server::{Manner, PostOffice};
use crate::merging::into;
use crate::office::{Office, Person, files, in_office, note, refusal, reply, whisper};
use crate::sent_files::{answer, browser};

pub fn email(to: &str, messages: Option<&[MessageId]>) -> Command {
    Command::Email {
        mail: MailId::new(secret::random_id()),
        to: to.into(),
        subject: "Your order".into(),
        messages: messages.map(|messages| messages.iter().copied().collect()),
        last: None,
        all: vec![],
    }
}

impl Office {
    /// The same house with a mail server.
    pub fn with_mail(&self, post: &PostOffice, scheme: &str) -> Self {
        let server = Server::new(self.server.db.clone(), files()).unwrap();
        Self { server: Arc::new(server.with_mail(Some(post.as_server(scheme)))) }
    }

    /// Sends what is due by then.
    pub async fn posts(&self, at: Timestamp) -> usize {
        mail::pass(&self.server, || at).await.unwrap()
    }

    /// A conversation with a whisper and a note in it.
    async fn with_secrets(&self) -> Conversation {
        let conversation = self.writes("Cleo <Öz>", "Where is my order?\n.\nIt is late.", BILLING).await;
        let ana = self.agent(ANA);
        let seen = conversation.last_public.map(|last| last.message);
        ana.run(conversation.id, reply("It left today. <b>Sorry!</b>", seen)).await.unwrap();
        ana.run(conversation.id, whisper("SECRET of a whisper")).await.unwrap();
        ana.run(conversation.id, note("SECRET of a note")).await.unwrap();
        self.conversation(conversation.id).await
    }
}

impl Person {
    /// What became of e-mails of that conversation, the first first.
    async fn outcomes(&self, number: i64) -> Vec<Outcome> {
        let entries = self.open(number).await.unwrap().entries;
        let ended = entries.into_iter().filter_map(|entry| match entry.event {
            Some(Event::EmailEnded { outcome, .. }) => Some(outcome),
            _ => None,
        });
        ended.collect()
    }
}

pub fn parsed(text: &[u8]) -> Message<'_> {
    MessageParser::default().parse(text).expect("an e-mail")
}

// rule 003-32
#[tokio::test]
async fn the_whole_correspondence_arrives_once_at_each_address_and_no_whisper_with_it() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let conversation = here.with_secrets().await;
        let ana = here.agent(ANA);
        let done = ana.run(conversation.id, email("lena@example.org, a@example.org", None)).await.unwrap();
        let ordered = done.entries.iter().rev().find_map(|entry| entry.event.clone());
        let to = vec!["lena@example.org".to_string(), "a@example.org".into()];
        assert!(
            matches!(ordered, Some(Event::Emailed { to: all, n_messages: 2, is_whole: true, .. }) if all == to)
        );

        assert_eq!((here.posts(NOON).await, here.posts(NOON).await), (2, 0));
        let mut received = post.received();
        received.sort_by(|one, other| other.to.cmp(&one.to));
        assert_eq!(received.iter().map(|one| one.to.clone()).collect::<Vec<_>>(), to);
        for one in &received {
            let message = parsed(&one.text);
            assert_eq!((one.from.as_str(), message.subject()), ("support@fernhill.example", Some("Your order")));
            assert_eq!(message.from().unwrap().first().unwrap().name(), Some("Fernhill Support"));
            let (text, html) = (message.body_text(0).unwrap(), message.body_html(0).unwrap());
            let text = text.replace("\r\n", "\n");
            assert!(text.contains("  Where is my order?\n  .\n  It is late."), "{text}");
            assert!(text.contains("It left today. <b>Sorry!</b>") && html.contains("&lt;b&gt;Sorry!"), "{html}");
            assert!(!String::from_utf8_lossy(&one.text).contains("SECRET"));
            assert!(!text.contains("SECRET") && !html.contains("SECRET"));
        }
        assert_eq!(ana.outcomes(conversation.number).await, [Outcome::Delivered, Outcome::Delivered]);
    })
    .await;
}

#[tokio::test]
async fn what_the_team_formatted_is_formatted_where_the_channel_shows_it_and_never_a_customers_words() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let conversation = here.mails("Cleo", "Is it **there**?\n- yes\n- no", BILLING).await;
        let ana = here.agent(ANA);
        let seen = conversation.last_public.map(|last| last.message);
        let text = "**Yes & no**, see [\"us\"](https://x.example/?a=1&b=\"2\"):\n- one\n- <b>two</b>\n```\na < b\n```";
        ana.run(conversation.id, reply(text, seen)).await.unwrap();
        ana.run(conversation.id, email("lena@example.org", None)).await.unwrap();
        here.posts(NOON).await;
        let received = post.received();
        let message = parsed(&received[0].text);
        let (text, html) = (message.body_text(0).unwrap(), message.body_html(0).unwrap());
        assert!(text.contains("**Yes & no**, see"), "{text}");
        for part in [
            "<b>Yes &amp; no</b>, see <a href=\"https://x.example/?a=1&amp;b=&quot;2&quot;\">\"us\"</a>:",
            "<li>one</li><li>&lt;b&gt;two&lt;/b&gt;</li></ul>",
            ">a &lt; b</pre>",
            "Is it **there**?<br>- yes<br>- no",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    })
    .await;
}

// rule 003-33
#[tokio::test]
async fn of_chosen_messages_those_go_that_the_customer_sees_too() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let conversation = here.with_secrets().await;
        let ana = here.agent(ANA);
        let entries = ana.open(conversation.number).await.unwrap().entries;
        let ids: Vec<MessageId> =
            entries.iter().filter_map(|entry| entry.message.as_ref()).map(|m| m.id).collect();
        let (said, whispered, noted) = (ids[1], ids[2], ids[3]);
        let internal = email("lena@example.org", Some(&[whispered, noted]));
        assert_eq!(refusal(ana.run(conversation.id, internal).await), Refusal::NothingLeaves);
        ana.run(conversation.id, email("lena@example.org", Some(&[said, whispered]))).await.unwrap();
        here.posts(NOON).await;
        let received = post.received();
        let text = parsed(&received[0].text).body_text(0).unwrap().into_owned();
        assert!(text.contains("It left today.") && !text.contains("Where is my order?"), "{text}");
        assert!(!text.contains("SECRET"), "{text}");

        // Before it goes, the same is shown.
        let (viewer, office) = (ana.viewer.clone(), here.server.office.clone());
        let (id, chosen) = (conversation.id, [said, whispered].into());
        let read = here.server.db.read(async move |tx: &mut server::db::Tx| {
            let office = office.in_transaction(tx).await?;
            mail::preview(tx, &office, &viewer, id, Some(&chosen)).await
        });
        let preview = read.await.unwrap();
        assert_eq!((preview.n_messages, preview.n_kept, preview.is_cut), (1, 1, false));
        assert_eq!(preview.text.replace("\r\n", "\n").trim(), text.replace("\r\n", "\n").trim());
    })
    .await;
}

#[tokio::test]
async fn files_go_along_as_they_were() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let conversation = here.writes("Cleo", "Where is my invoice?", BILLING).await;
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(|n| n.to_le_bytes()).collect();
        let file = browser(&here, "ana@example.org").await.keeps("Rechnung – März.bin", &bytes).await;
        here.agent(ANA).run(conversation.id, answer(&conversation, &file)).await.unwrap();
        here.agent(ANA).run(conversation.id, email("lena@example.org", None)).await.unwrap();
        here.posts(NOON).await;
        let received = post.received();
        let message = parsed(&received[0].text);
        let attached = message.attachment(0).unwrap();
        assert_eq!(
            (attached.attachment_name(), attached.contents() == bytes),
            (Some("Rechnung – März.bin"), true)
        );
        assert!(message.body_text(0).unwrap().contains("[Attached: Rechnung – März.bin]"));
    })
    .await;
}

/// What a mail server does with an e-mail at first, and what is told of it; the attempts until then are a minute, five, a
/// quarter of an hour and forty minutes apart.
async fn check(here: &Office, manners: &[Manner], scheme: &str, n_received: usize, told: &[Outcome]) {
    let post = PostOffice::opens(manners).await;
    let here = here.with_mail(&post, scheme);
    let conversation = here.writes("Cleo", "Where is my order?", BILLING).await;
    let ana = here.agent(ANA);
    ana.run(conversation.id, email("lena@example.org", None)).await.unwrap();
    for minutes in [0, 1, 6, 21, 61, 200, 2_000] {
        here.posts(NOON + Duration::minutes(minutes)).await;
    }
    assert_eq!(ana.outcomes(conversation.number).await, told, "{manners:?}");
    assert_eq!(post.received().len(), n_received, "{manners:?}");
}

#[tokio::test]
async fn a_reply_of_the_mail_server_is_told_as_it_is() {
    in_office(async |here| {
        let failed = |reason: &str| Outcome::Failed { reason: reason.into() };
        let nobody = Manner::AnswersRecipient("550 5.1.1 nobody of that name");
        check(
            &here,
            &[nobody],
            "smtp+plain",
            0,
            &[failed("permanent error (550): 5.1.1 nobody of that name")],
        )
        .await;
        let spam = Manner::AnswersText("554 this is spam");
        check(&here, &[spam], "smtp+plain", 0, &[failed("permanent error (554): this is spam")]).await;
        // What is put off arrives at another attempt.
        let later = Manner::AnswersRecipient("451 come back later");
        check(&here, std::slice::from_ref(&later), "smtp+plain", 1, &[Outcome::Delivered]).await;
        check(&here, &[Manner::CutsBeforeText, later.clone()], "smtp+plain", 1, &[Outcome::Delivered]).await;
        let full = Manner::AnswersText("452 the disk is full");
        check(&here, std::slice::from_ref(&full), "smtp+plain", 1, &[Outcome::Delivered]).await;
        // But not for ever.
        let always = failed("transient error (451): come back later");
        check(&here, &vec![later; 9], "smtp+plain", 0, &[always]).await;
        check(&here, &[Manner::Slow], "smtp+plain", 1, &[Outcome::Delivered]).await;
        check(&here, &[Manner::TakesSaysAndCuts], "smtp+plain", 1, &[Outcome::Delivered]).await;
    })
    .await;
}

#[tokio::test]
async fn an_email_whose_answer_is_lost_is_not_sent_again_by_itself() {
    in_office(async |here| {
        check(&here, &[Manner::TakesAndCuts], "smtp+plain", 1, &[Outcome::Uncertain]).await;
        check(&here, &[Manner::Hangs], "smtp+plain", 0, &[Outcome::Uncertain]).await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_where_encryption_was_asked_for() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        for scheme in ["smtp", "smtps"] {
            let there = here.with_mail(&post, scheme);
            let conversation = there.writes("Cleo", "Where is my order?", BILLING).await;
            there.agent(ANA).run(conversation.id, email("lena@example.org", None)).await.unwrap();
            there.posts(NOON).await;
            assert_eq!(there.agent(ANA).outcomes(conversation.number).await, [], "it is tried again");
        }
        assert_eq!(post.received().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_person_sends_again_what_was_not_delivered_and_only_that() {
    in_office(async |here| {
        let post = PostOffice::opens(&[Manner::AnswersRecipient("550 nobody")]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let conversation = here.writes("Cleo", "Where is my order?", BILLING).await;
        let (ana, ben) = (here.agent(ANA), here.agent(BEN));
        let order = email("lena@example.org", None);
        let Command::Email { mail, .. } = order else { unreachable!() };
        let again = Command::EmailAgain { mail, to: "lena@example.org".into() };
        ana.run(conversation.id, order).await.unwrap();
        assert_eq!(
            refusal(ben.run(conversation.id, again.clone()).await),
            Refusal::NotFailed,
            "it is on its way"
        );
        here.posts(NOON).await;
        let other = here.writes("Dora", "Hello?", BILLING).await;
        assert_eq!(
            refusal(ben.run(other.id, again.clone()).await),
            Refusal::NotFailed,
            "it is of another one"
        );
        ben.run(conversation.id, again.clone()).await.unwrap();
        here.posts(NOON).await;
        let told = ana.outcomes(conversation.number).await;
        assert!(matches!(told.as_slice(), [Outcome::Failed { .. }, Outcome::Delivered]), "{told:?}");
        assert_eq!(refusal(ben.run(conversation.id, again).await), Refusal::NotFailed, "it has arrived");
        assert_eq!(post.received().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn two_servers_send_an_email_once_and_one_that_dies_with_it_leaves_it_uncertain() {
    in_office(async |here| {
        let post = PostOffice::opens(&[Manner::Takes, Manner::Hangs]).await;
        let (one, other) = (here.with_mail(&post, "smtp+plain"), here.with_mail(&post, "smtp+plain"));
        let conversation = one.writes("Cleo", "Where is my order?", BILLING).await;
        let ana = one.agent(ANA);
        ana.run(conversation.id, email("lena@example.org", None)).await.unwrap();
        let sent = tokio::join!(one.posts(NOON), other.posts(NOON));
        assert_eq!((sent.0 + sent.1, post.received().len()), (1, 1));

        ana.run(conversation.id, email("max@example.org", None)).await.unwrap();
        let heard = post.heard.clone();
        tokio::select! {
            _ = one.posts(NOON) => panic!("it hangs"),
            // It has said everything, and dies.
            () = async { heard.notified().await; heard.notified().await } => {}
        }
        assert_eq!(other.posts(NOON + LEASE - Duration::seconds(1)).await, 0, "it may still be at it");
        assert_eq!(ana.outcomes(conversation.number).await, [Outcome::Delivered]);
        other.posts(NOON + LEASE).await;
        assert_eq!(ana.outcomes(conversation.number).await, [Outcome::Delivered, Outcome::Uncertain]);
        assert_eq!(post.received().len(), 1);
    })
    .await;
}

// attack T17
#[tokio::test]
async fn no_name_and_no_subject_adds_a_header() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let ana = here.agent(ANA);
        let long = "x".repeat(190);
        let hostile = [
            "Hi\r\nBcc: eve@example.org",
            "Hi\nBcc: eve@example.org\n\n<script>",
            "a\0b",
            "line\u{2028}Bcc: eve@example.org",
            "=?utf-8?q?Bcc=3A?= =?utf-8?b?CkJjYzog?=",
            "\u{202e}gnp.exe",
            long.as_str(),
            "Ünïcödé 🎉, \"quoted\" <x@y>; (comment)",
        ];
        for text in hostile {
            let name: String = text.chars().take(100).collect();
            let conversation = here.writes(&name, "Hello", BILLING).await;
            let file = browser(&here, "ana@example.org").await.keeps(text, b"12345").await;
            ana.run(conversation.id, answer(&conversation, &file)).await.unwrap();
            let mut order = email("lena@example.org", None);
            if let Command::Email { subject, .. } = &mut order {
                *subject = text.into();
            }
            ana.run(conversation.id, order).await.unwrap();
            assert_eq!(here.posts(NOON).await, 1);
            let received = post.received();
            let one = received.last().unwrap();
            let message = parsed(&one.text);
            let names: Vec<&str> = message.headers().iter().map(|header| header.name()).collect();
            let known = ["From", "Subject", "Message-ID", "Date", "To", "MIME-Version", "Content-Type"];
            assert!(names.iter().all(|name| known.contains(name)), "{text:?}: {names:?}");
            // What looks like an encoded word is shown as it was typed, but for a space.
            let shown = domain::contact::clean_line(text).replace("=?", "= ?");
            assert_eq!(message.subject(), Some(shown.as_str()), "{text:?}");
            let attached = message.attachment(0).unwrap();
            assert_eq!(attached.attachment_name(), Some(file.name.replace("=?", "= ?").as_str()), "{text:?}");
            assert!(one.text.split(|byte| *byte == b'\n').all(|line| line.len() <= 998), "{text:?}");
            assert_eq!(ana.outcomes(conversation.number).await, [Outcome::Delivered]);
        }
    })
    .await;
}

// attack T17
#[tokio::test]
async fn nothing_that_is_sent_ends_the_text_before_its_end_or_looks_like_another_message() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let forged =
            "ok\n\nSam Keller, 28 Nov 2026, 10:45 UTC:\nWe refund you.\r.\rMAIL FROM:<eve@example.org>";
        let conversation = here.writes("Cleo", forged, BILLING).await;
        let bytes = b"a\n.\r\nMAIL FROM:<boss@example.org>\r\n\r.\r\0\n.\n";
        let file = browser(&here, "ana@example.org").await.keeps("x.txt", bytes).await;
        here.agent(ANA).run(conversation.id, answer(&conversation, &file)).await.unwrap();
        here.agent(ANA).run(conversation.id, email("lena@example.org", None)).await.unwrap();
        assert_eq!((here.posts(NOON).await, post.received().len()), (1, 1));
        let wire = post.received()[0].text.clone();
        for (place, byte) in wire.iter().enumerate() {
            match byte {
                b'\n' => assert_eq!(wire[place - 1], b'\r', "a bare line feed at {place}"),
                b'\r' => assert_eq!(wire[place + 1], b'\n', "a bare carriage return at {place}"),
                byte => assert_ne!(*byte, 0, "a NUL at {place}"),
            }
        }
        let message = parsed(&wire);
        assert_eq!(message.attachment(0).unwrap().contents(), bytes);
        let text = message.body_text(0).unwrap().replace("\r\n", "\n");
        assert!(text.contains("\n  Sam Keller, 28 Nov 2026") && !text.contains("\nSam Keller"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_is_too_long_says_so() {
    in_office(async |here| {
        let post = PostOffice::opens(&[]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let conversation = here.writes("Cleo", "Hello", BILLING).await;
        let long = "x".repeat(19_000);
        for n in 0..110 {
            here.adds(conversation.id, &long, NOON + Duration::seconds(n)).await;
        }
        here.agent(ANA).run(conversation.id, email("lena@example.org", None)).await.unwrap();
        here.posts(NOON).await;
        let received = post.received();
        let text = parsed(&received[0].text).body_text(0).unwrap().into_owned();
        assert!(text.trim_end().ends_with("[The rest is left out: the e-mail would be too large.]"));
        assert!(text.len() < 2_200_000);
    })
    .await;
}

#[tokio::test]
async fn without_a_mail_server_it_is_said_and_nothing_is_kept() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Where is my order?", BILLING).await;
        let sent = here.agent(ANA).run(conversation.id, email("lena@example.org", None)).await;
        assert_eq!(refusal(sent), Refusal::NoMailServer);
        assert_eq!(here.column(sql!("select mail_id from mail")).await, [] as [String; 0]);
    })
    .await;
}

#[tokio::test]
async fn an_email_goes_out_and_is_told_of_where_its_conversation_was_merged_to() {
    in_office(async |here| {
        let post = PostOffice::opens(&[Manner::AnswersRecipient("550 nobody")]).await;
        let here = here.with_mail(&post, "smtp+plain");
        let visitor = here.visitor().await;
        let conversation = here.conversation(visitor.writes("Where is my order?", None).await).await;
        let target = here.conversation(visitor.writes("And another thing", None).await).await;
        let ana = here.hires(AgentId::new(0xa9), Preset::Agent, BILLING).await;
        let order = email("lena@example.org", None);
        let Command::Email { mail, .. } = order else { unreachable!() };
        ana.run(conversation.id, order).await.unwrap();
        ana.run(conversation.id, into(&here, target.id).await).await.unwrap();
        here.posts(NOON).await;
        assert!(matches!(ana.outcomes(target.number).await.as_slice(), [Outcome::Failed { .. }]));
        let again = Command::EmailAgain { mail, to: "lena@example.org".into() };
        ana.run(target.id, again).await.unwrap();
        here.posts(NOON).await;
        let text = post.received()[0].text.clone();
        assert!(parsed(&text).body_text(0).unwrap().contains("Where is my order?"));
    })
    .await;
}
