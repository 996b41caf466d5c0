//! Whispers and notes that their authors change and delete: shown as they are, found as they are, kept as they were.

use domain::conversation::{Command, Event, Version};
use domain::id::{AgentId, ConversationId, MessageId};
use domain::live::Entry;
use domain::message::{Message, Words};
use domain::permission::Preset;
use domain::refusal::Refusal;
use domain::time::Duration;
use domain::view::View;
use domain::worlds::{ANA, BEN, BILLING, NOON, YUKI};
use server::db::Tx;
use server::error::Error;
use server::{revise, sql};

use crate::merging::into;
use crate::office::{Person, in_office, note, refusal, whisper};
use crate::sent_files::browser;
use crate::watcher::Watcher;

fn to(text: &str, of: MessageId) -> Command {
    // What its author says of it is not believed.
    Command::Revise { words: Words::new(of, text), mentions: [].into(), of: None }
}

impl Person {
    /// Writes that, and returns it.
    async fn wrote(&self, id: ConversationId, command: Command) -> Message {
        let done = self.run(id, command).await.unwrap();
        done.entries.into_iter().rev().find_map(|entry| entry.message).unwrap()
    }

    async fn versions(&self, id: ConversationId, message: MessageId) -> Result<Vec<Version>, Error> {
        let viewer = self.viewer.clone();
        let read = async move |tx: &mut Tx| revise::versions(tx, &viewer, id, message).await;
        self.server.db.read(read).await
    }

    /// What the message says in the thread.
    async fn reads(&self, number: i64, message: MessageId) -> Vec<String> {
        let entries = self.open(number).await.unwrap().entries;
        let messages = entries.into_iter().filter_map(|entry| entry.message);
        messages.filter(|it| it.id == message).map(|it| it.text).collect()
    }
}

#[tokio::test]
async fn what_its_author_changes_says_what_it_says_now_and_what_it_said_is_kept() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (id, ana, ben) = (conversation.id, here.agent(ANA), here.agent(BEN));
        let noted = ana.wrote(id, note("The pole is broken")).await;
        let later = ana.at(NOON + Duration::minutes(1));
        later.run(id, to("The pole is bent", noted.id)).await.unwrap();
        later.run(id, to("The pole is fine", noted.id)).await.unwrap();
        // Both entries of the log show it as it is now.
        assert!(ben.reads(conversation.number, noted.id).await.iter().all(|text| text == "The pole is fine"));
        let kept = ben.versions(id, noted.id).await.unwrap();
        assert_eq!(
            kept.iter().map(|version| version.text.as_str()).collect::<Vec<_>>(),
            ["The pole is bent", "The pole is broken"]
        );
        assert_eq!(refusal(ben.run(id, to("Nonsense", noted.id)).await), Refusal::NotTheirs);
        let reply = crate::office::reply("Yes.", conversation.last_public.map(|last| last.message));
        let reply = ana.wrote(id, reply).await;
        assert_eq!(refusal(ana.run(id, to("No.", reply.id)).await), Refusal::NotRevised);
        let elsewhere = here.writes("Dora", "Hello?", BILLING).await;
        assert_eq!(refusal(ana.run(elsewhere.id, to("x", noted.id)).await), Refusal::NoSuchMessage);
    })
    .await;
}

#[tokio::test]
async fn what_its_author_deletes_is_gone_for_all_but_them_and_who_monitors() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (id, ana, ben) = (conversation.id, here.agent(ANA), here.agent(BEN));
        let noted = ana.wrote(id, note("Paid in cash")).await;
        let retract = Command::Retract { message: noted.id, of: None };
        assert_eq!(refusal(ben.run(id, retract.clone()).await), Refusal::NotTheirs);
        ana.run(id, retract.clone()).await.unwrap();
        assert!(ben.reads(conversation.number, noted.id).await.iter().all(String::is_empty));
        assert!(matches!(ben.versions(id, noted.id).await, Err(Error::Missing)));
        assert_eq!(ana.versions(id, noted.id).await.unwrap()[0].text, "Paid in cash");
        assert_eq!(here.agent(YUKI).versions(id, noted.id).await.unwrap().len(), 1);
        assert_eq!(refusal(ana.run(id, retract).await), Refusal::NoSuchMessage);
        assert_eq!(refusal(ana.run(id, to("Again", noted.id)).await), Refusal::NoSuchMessage);
    })
    .await;
}

#[tokio::test]
async fn whoever_does_not_read_a_whisper_learns_nothing_of_its_changes() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (id, ana, ben) = (conversation.id, here.agent(ANA), here.agent(BEN));
        let whispered = ana.wrote(id, whisper("She is a friend")).await;
        let before = ben.open(conversation.number).await.unwrap().entries.len();
        ana.run(id, to("She is no friend", whispered.id)).await.unwrap();
        assert_eq!(ben.open(conversation.number).await.unwrap().entries.len(), before);
        assert!(matches!(ben.versions(id, whispered.id).await, Err(Error::Missing)));
        assert_eq!(refusal(ben.run(id, to("x", whispered.id)).await), Refusal::NoSuchMessage);
    })
    .await;
}

#[tokio::test]
async fn a_message_is_found_by_the_words_that_it_has_now() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (id, ana) = (conversation.id, here.agent(ANA));
        let noted = ana.wrote(id, note("zebra")).await;
        assert_eq!(ana.finds("zebra").await.len(), 1);
        ana.run(id, to("giraffe", noted.id)).await.unwrap();
        assert_eq!(ana.finds("zebra").await.len(), 0);
        assert_eq!(ana.finds("giraffe").await.len(), 1);
        ana.run(id, Command::Retract { message: noted.id, of: None }).await.unwrap();
        assert_eq!(ana.finds("giraffe").await.len(), 0);
        // What was not in the index yet comes into it as it is.
        let noted = ana.wrote(id, note("okapi")).await;
        ana.run(id, to("gnu", noted.id)).await.unwrap();
        assert_eq!(ana.finds("okapi").await.len(), 0);
        assert_eq!(ana.finds("gnu").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_change_stands_where_the_message_stands_on_every_screen_that_shows_it() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (id, number) = (conversation.id, conversation.number);
        let (ana, ben, yuki) = (here.agent(ANA), here.agent(BEN), here.agent(YUKI));
        let whispered = ana.wrote(id, whisper("The pole is broken")).await;
        let mut screens = vec![];
        for person in [&ana, &ben, &yuki] {
            let asker = person.signs_in().await;
            let mut screen = Watcher::of(&here.server, asker, View::All, Some(number)).await;
            screen.connects().await;
            screens.push(screen);
        }
        ana.run(id, to("The pole is bent", whispered.id)).await.unwrap();
        // Somebody opens it only now.
        let asker = ana.signs_in().await;
        screens.push(Watcher::of(&here.server, asker, View::All, Some(number)).await);
        screens[3].connects().await;
        let bent = vec!["Is it back?", "The pole is bent"];
        for (screen, said) in screens.iter_mut().zip([&bent, &vec!["Is it back?"], &bent, &bent]) {
            screen.catches_up().await;
            let entries = &screen.desk.thread(id).unwrap().entries;
            let texts = entries.iter().filter_map(|entry| Some(entry.message.as_ref()?.text.as_str()));
            assert_eq!(texts.collect::<Vec<_>>(), *said);
            let is_change = |entry: &Entry| matches!(entry.event, Some(Event::Revised { .. }));
            assert_eq!(entries.iter().any(is_change), said.len() == 2);
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_older_than_the_stream_does_not_bring_old_words_back() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (id, ana) = (conversation.id, here.agent(ANA));
        let noted = ana.wrote(id, note("Paid in cash")).await;
        let asker = ana.signs_in().await;
        let mut screen = Watcher::of(&here.server, asker, View::All, Some(conversation.number)).await;
        screen.connects().await;
        let late = ana.open(conversation.number).await.unwrap();
        ana.run(id, Command::Retract { message: noted.id, of: None }).await.unwrap();
        screen.catches_up().await;
        screen.desk.take_opened(late, NOON);
        let entries = &screen.desk.thread(id).unwrap().entries;
        let texts = entries.iter().filter_map(|entry| Some(entry.message.as_ref()?.text.as_str()));
        assert_eq!(texts.collect::<Vec<_>>(), ["Is it back?", ""]);
    })
    .await;
}

#[tokio::test]
async fn what_was_moved_by_a_merge_stays_as_it_was_written() {
    in_office(async |here| {
        let visitor = here.visitor().await;
        let one = visitor.writes("Where is my order?", None).await;
        let other = visitor.writes("And another thing", None).await;
        let ana = here.hires(AgentId::new(0xa9), Preset::Agent, BILLING).await;
        let whispered = ana.wrote(one, whisper("She is a friend")).await;
        ana.run(one, into(&here, other).await).await.unwrap();
        assert_eq!(refusal(ana.run(other, to("x", whispered.id)).await), Refusal::MovedNotRevised);
        let retract = Command::Retract { message: whispered.id, of: None };
        assert_eq!(refusal(ana.run(other, retract).await), Refusal::MovedNotRevised);
    })
    .await;
}

#[tokio::test]
async fn a_file_goes_with_the_note_that_is_deleted() {
    in_office(async |here| {
        let conversation = here.writes("Cleo", "Is it back?", BILLING).await;
        let (id, ana) = (conversation.id, here.agent(ANA));
        let browser = browser(&here, "ana@example.org").await;
        let file = browser.keeps("plan.pdf", b"%PDF-1.7 secret").await;
        let words = Words::of_file(MessageId::new(server::secret::random_id()), file.clone());
        let noted = ana.wrote(id, Command::Note { words, mentions: [].into() }).await;
        assert_eq!(refusal(ana.run(id, to("x", noted.id)).await), Refusal::FileNotRevised);
        ana.run(id, Command::Retract { message: noted.id, of: None }).await.unwrap();
        assert!(browser.fetches(&file, &[]).await.status.is_client_error());
        let n = here.column(sql!("select file_id from file where message_id is not null")).await.len();
        assert_eq!(n, 0);
        let left = server::file::sweep(&here.server, NOON + Duration::hours(25)).await.unwrap();
        assert_eq!(left, 1);
    })
    .await;
}
