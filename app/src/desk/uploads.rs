//! Files on their way to the server. One goes at a time; as soon as it is there it is sent. What could not be sent stays
//! beside the text until somebody sends it again or takes it out.

use std::collections::BTreeMap;

use domain::channel::ChannelKind;
use domain::conversation::Command;
use domain::file::{FILE_MAX_BYTES, File, Media, check_size, clean_file_name};
use domain::id::{ConversationId, FileId, MessageId};
use domain::message::Words;
use domain::refusal::Refusal;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Desk;
use crate::conversation::draft::Kind;
use crate::conversation::newest_seen;
use crate::error::Error;
use crate::{api, dom};

/// A handle; copies are the same.
#[derive(Clone, Copy)]
pub struct Uploads {
    pub all: RwSignal<Vec<Upload>>,
    /// Of each, the file in this browser and how to break it off. They live in no other thread.
    held: StoredValue<BTreeMap<FileId, Held>, LocalStorage>,
    /// Of those that go along with a quick reply, what each is a copy of, also when it is on its way.
    copies: StoredValue<BTreeMap<FileId, FileId>>,
}

struct Held {
    file: web_sys::File,
    running: Option<dom::Sending>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    pub id: FileId,
    pub conversation: ConversationId,
    /// What it becomes: a reply or a whisper.
    pub kind: Kind,
    pub name: String,
    pub size_bytes: i64,
    pub stage: Stage,
    /// The newest public message that its author had seen when they chose it.
    pub seen: Option<MessageId>,
    /// The file of a quick reply that it is a copy of.
    pub copy_of: Option<FileId>,
}

/// A file that goes along as this browser keeps it: where, what it is a copy of, and the copy.
type Along = (ConversationId, FileId, File);

/// How far it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// On its way, so much of a hundred.
    Going(u32),
    /// It did not get there.
    Failed(String),
    /// It is there, and was not sent.
    Unsent(Box<File>, String),
    /// A copy of it is made, which goes out as soon as it is there where that is true.
    Coming(bool),
    /// It is there, and goes along with what is written.
    Waits(Box<File>),
}

impl Stage {
    /// Whether it goes along with what is written.
    pub fn goes_along(&self) -> bool {
        matches!(self, Stage::Coming(false) | Stage::Waits(_))
    }
}

impl Uploads {
    pub fn new() -> Self {
        Self {
            all: RwSignal::default(),
            held: StoredValue::new_local(BTreeMap::new()),
            copies: StoredValue::default(),
        }
    }

    /// Whether one leaves with this page. What goes along with a text is kept as that is.
    pub fn is_busy(self) -> bool {
        self.all.with_untracked(|all| all.iter().any(|upload| upload.copy_of.is_none()))
    }

    /// Whether something goes along with the reply that is written there.
    pub fn go_along(self, conversation: ConversationId) -> bool {
        let is_it = |upload: &Upload| upload.conversation == conversation && upload.stage.goes_along();
        self.all.with(|all| all.iter().any(is_it))
    }

    fn set(self, id: FileId, stage: Stage) {
        self.all.try_update(|all| {
            if let Some(upload) = all.iter_mut().find(|upload| upload.id == id) {
                upload.stage = stage;
            }
        });
    }

    fn stage(self, id: FileId) -> Option<Stage> {
        let find =
            |all: &Vec<Upload>| all.iter().find(|upload| upload.id == id).map(|upload| upload.stage.clone());
        self.all.try_with_untracked(find).flatten()
    }

    /// Takes one out, and breaks it off where it is on its way.
    pub fn remove(self, id: FileId) {
        let held = self.held.try_update_value(|held| held.remove(&id)).flatten();
        if let Some(running) = held.and_then(|held| held.running) {
            running.cancel();
        }
        self.all.try_update(|all| all.retain(|upload| upload.id != id));
    }
}

impl Default for Uploads {
    fn default() -> Self {
        Self::new()
    }
}

/// The order that a file would be, whatever is known of it yet.
fn order(kind: Kind, file: File, seen: Option<MessageId>) -> Command {
    let words = Words::of_file(dom::message_id(), file);
    match kind {
        Kind::Whisper => Command::Whisper { words, mentions: [].into() },
        _ => Command::Reply { words, seen },
    }
}

impl Desk {
    /// Sends a file that was chosen there, unless something stands against it: then that is said before its first byte.
    ///
    /// Errors: why not. [`Refusal::IncompleteProfile`] is for the composer to mend.
    pub fn attach(
        self,
        conversation: ConversationId,
        kind: Kind,
        file: web_sys::File,
    ) -> Result<(), Refusal> {
        let row = self.row(conversation).ok_or(Refusal::Missing)?.get_untracked();
        let is_going = |upload: &Upload| matches!(upload.stage, Stage::Going(_));
        if self.uploads.all.with_untracked(|all| all.iter().any(is_going)) {
            self.toasts.alert("One file goes at a time. Send the next when this one is there.");
            return Ok(());
        }
        let (name, size_bytes) = (clean_file_name(&file.name()), file.size() as i64);
        let channel = row.scene.conversation.channel;
        let channel =
            self.office.with_untracked(|office| office.channels.get(&channel).map(|channel| channel.kind));
        match kind {
            Kind::Whisper => check_size(size_bytes, FILE_MAX_BYTES)?,
            _ => channel.unwrap_or(ChannelKind::Chat).takes(&name, size_bytes)?,
        }
        let id = dom::file_id();
        let guess = File { id, name: name.clone(), media: Media::Other, size_bytes, pixels: None };
        let seen = newest_seen(self, &row);
        untrack(|| self.try_on(&row.scene, &order(kind, guess, seen)))?;
        let stage = Stage::Going(0);
        let upload = Upload { id, conversation, kind, name, size_bytes, stage, seen, copy_of: None };
        self.uploads.all.update(|all| all.push(upload));
        self.uploads.held.update_value(|held| drop(held.insert(id, Held { file, running: None })));
        self.upload(id);
        Ok(())
    }

    /// Sends one again: its bytes where they did not get there, else the message, after what stands on the screen now.
    pub fn send_again(self, id: FileId) {
        let all = self.uploads.all.get_untracked();
        let Some(upload) = all.into_iter().find(|upload| upload.id == id) else { return };
        let text = untrack(|| self.drafts.text(upload.conversation, Kind::Reply));
        match (upload.stage, upload.copy_of) {
            (Stage::Going(_) | Stage::Coming(_) | Stage::Waits(_), _) => {}
            (Stage::Failed(_), None) => self.upload(id),
            (Stage::Failed(_), Some(of)) => self.copy(of, id, text.trim().is_empty()),
            // It may have been taken away meanwhile, as what nobody sends is.
            (Stage::Unsent(..), Some(of)) => self.copy(of, id, true),
            (Stage::Unsent(file, _), None) => {
                let seen =
                    self.row(upload.conversation).and_then(|row| newest_seen(self, &row.get_untracked()));
                self.send_file(upload.conversation, upload.kind, *file, seen);
            }
        }
    }

    fn upload(self, id: FileId) {
        let uploads = self.uploads;
        uploads.set(id, Stage::Going(0));
        let all = uploads.all.get_untracked();
        let Some(Upload { conversation, kind, name, seen, .. }) =
            all.into_iter().find(|upload| upload.id == id)
        else {
            return;
        };
        let file = uploads.held.with_value(|held| held.get(&id).map(|held| held.file.clone()));
        let Some(file) = file else { return };
        let path = format!("/files?id={id}&name={}", dom::encoded(&name));
        let going = move |percent| uploads.set(id, Stage::Going(percent));
        let done = move |answer: Result<String, Error>| match answer {
            Ok(text) => match api::read::<File>(&text) {
                Some(file) => self.send_file(conversation, kind, file, seen),
                None => uploads.set(id, Stage::Failed(Error::Missing.sentence())),
            },
            Err(Error::SignedOut) => {
                self.signed_out.set(true);
                uploads.set(id, Stage::Failed(Error::SignedOut.sentence()));
            }
            Err(Error::Unreachable) => {
                uploads
                    .set(id, Stage::Failed("The server could not be reached. The file is kept here.".into()));
            }
            Err(error) => uploads.set(id, Stage::Failed(error.sentence())),
        };
        let running = dom::send_file(&path, &file, going, done);
        if running.is_none() {
            return uploads.set(id, Stage::Failed("This browser cannot send the file.".into()));
        }
        uploads.held.update_value(|held| {
            if let Some(held) = held.get_mut(&id) {
                held.running = running;
            }
        });
    }

    /// A quick reply with these files was inserted there: copies of them go along with the reply.
    pub fn bring(self, conversation: ConversationId, files: Vec<File>) {
        let channel = untrack(|| self.opened_channel()).unwrap_or(ChannelKind::Chat);
        for File { id: of, name, size_bytes, .. } in files {
            if let Err(refusal) = channel.takes(&name, size_bytes) {
                self.toasts.alert(format!("{name} does not go along. {}", refusal.sentence()));
                continue;
            }
            let (id, stage, copy_of) = (dom::file_id(), Stage::Coming(false), Some(of));
            let kind = Kind::Reply;
            let upload = Upload { id, conversation, kind, name, size_bytes, stage, seen: None, copy_of };
            self.keep_waiting(&upload);
            self.uploads.all.update(|all| all.push(upload));
            self.copy(of, id, false);
        }
    }

    /// Asking for the same copy twice is asking once. One that failed is `late` where its text is gone: it goes by itself.
    fn copy(self, of: FileId, id: FileId, is_late: bool) {
        let uploads = self.uploads;
        if let Some(Stage::Failed(_) | Stage::Unsent(..)) = uploads.stage(id) {
            uploads.set(id, Stage::Coming(is_late));
        }
        uploads.copies.update_value(|copies| _ = copies.insert(id, of));
        spawn_local(async move {
            let copied = api::copy_of_file(of, id).await;
            match (copied, uploads.stage(id)) {
                // It was taken out meanwhile, and is swept away.
                (_, None) => {}
                (Ok(file), Some(stage)) => {
                    uploads.set(id, Stage::Waits(Box::new(file)));
                    if stage == Stage::Coming(true) {
                        self.send_waiting(id);
                    }
                }
                (Err(error), Some(_)) => {
                    if error == Error::SignedOut {
                        self.signed_out.try_set(true);
                    }
                    uploads.set(id, Stage::Failed(error.sentence()));
                }
            }
        });
    }

    /// The reply is on its way: what goes along follows it.
    pub fn send_along(self, conversation: ConversationId) {
        for upload in self.uploads.all.get_untracked() {
            match upload.stage {
                _ if upload.conversation != conversation => {}
                _ if upload.copy_of.is_some() && self.is_gone(upload.id) => self.uploads.remove(upload.id),
                Stage::Waits(_) => self.send_waiting(upload.id),
                Stage::Coming(_) => self.uploads.set(upload.id, Stage::Coming(true)),
                Stage::Going(_) | Stage::Failed(_) | Stage::Unsent(..) => {}
            }
        }
    }

    fn send_waiting(self, id: FileId) {
        let all = self.uploads.all.get_untracked();
        let Some(Upload { conversation, kind, stage: Stage::Waits(file), .. }) =
            all.into_iter().find(|upload| upload.id == id)
        else {
            return;
        };
        let seen = self.row(conversation).and_then(|row| newest_seen(self, &row.get_untracked()));
        self.send_file(conversation, kind, *file, seen);
    }

    /// Takes one out.
    pub fn remove_file(self, id: FileId) {
        dom::keep(&self.along_key(Some(id)), "");
        self.uploads.remove(id);
    }

    /// Under which key of this browser a file is kept that goes along; with no file, what all of those keys begin with.
    fn along_key(self, id: Option<FileId>) -> String {
        let agent = self.core.with_value(|core| core.viewer.agent);
        format!("along:{agent}:{}", id.map(|id| id.to_string()).unwrap_or_default())
    }

    /// What goes along is kept in this browser, as the text is, until it is sent or taken out.
    fn keep_waiting(self, upload: &Upload) {
        let Upload { id, conversation, name, size_bytes, copy_of, .. } = upload.clone();
        let Some(of) = copy_of else { return };
        let file = File { id, name, media: Media::Other, size_bytes, pixels: None };
        let along: Along = (conversation, of, file);
        let text = serde_json::to_string(&along).unwrap_or_default();
        if !dom::keep(&self.along_key(Some(id)), &text) {
            self.forgets.set(true);
        }
    }

    /// Brings back what was to go along when this page was left. It is asked for once more: what nobody sent is taken away
    /// after a day.
    pub(super) fn restore_waiting(self) {
        for (_, text) in dom::kept_under(&self.along_key(None)) {
            let Ok((conversation, of, file)) = serde_json::from_str::<Along>(&text) else { continue };
            let File { id, name, size_bytes, .. } = file;
            if self.uploads.stage(id).is_some() {
                continue;
            }
            let (stage, copy_of) = (Stage::Coming(false), Some(of));
            let kind = Kind::Reply;
            let upload = Upload { id, conversation, kind, name, size_bytes, stage, seen: None, copy_of };
            self.uploads.all.update(|all| all.push(upload));
            self.copy(of, id, false);
        }
    }

    /// Whether another tab of this browser has sent it, or taken it out.
    fn is_gone(self, id: FileId) -> bool {
        !self.forgets.get_untracked() && dom::kept(&self.along_key(Some(id))).is_none()
    }

    /// It is there: it goes out as a message, unless something stands against that by now.
    fn send_file(self, conversation: ConversationId, kind: Kind, file: File, seen: Option<MessageId>) {
        let id = file.id;
        let order = order(kind, file.clone(), seen);
        let row = self.row(conversation).map(|row| row.get_untracked());
        let refused = match &row {
            Some(row) => untrack(|| self.try_on(&row.scene, &order)).err(),
            None => Some(Refusal::Missing),
        };
        let Some(refusal) = refused else {
            self.remove_file(id);
            self.dispatch(conversation, order);
            self.announced.set("File sent.".into());
            return;
        };
        // Whoever has gone on since does not see it beside the text.
        let is_here =
            self.opened.with_untracked(|open| open.thread().is_some_and(|thread| thread.id == conversation));
        if let Some(row) = row.filter(|_| !is_here) {
            let (number, who) = (row.scene.conversation.number, &row.scene.contact.display_name);
            self.toasts.alert(format!("#{number} {who}: {} was not sent. {}", file.name, refusal.sentence()));
        }
        self.uploads.set(id, Stage::Unsent(Box::new(file), refusal.sentence()));
    }

    /// The server refused the message that it went out with.
    pub(super) fn file_refused(self, conversation: ConversationId, command: &Command, error: &Error) {
        let Some(file) = command.file().cloned() else { return };
        let kind = if matches!(command, Command::Whisper { .. }) { Kind::Whisper } else { Kind::Reply };
        let (name, size_bytes) = (file.name.clone(), file.size_bytes);
        let stage = Stage::Unsent(Box::new(file.clone()), error.sentence());
        let id = file.id;
        let copy_of = self.uploads.copies.with_value(|copies| copies.get(&id).copied());
        let upload = Upload { id, conversation, kind, name, size_bytes, stage, seen: None, copy_of };
        self.keep_waiting(&upload);
        self.uploads.all.update(|all| all.push(upload));
    }
}
