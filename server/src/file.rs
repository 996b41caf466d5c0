//! Files that are sent: their bytes on a [`shelf`], what is known of them in the database.
//!
//! A file is there before the message that it comes with. It is written under a passing name while it comes in, and gets
//! its own, made of its digest, once all of it is there. Only then does the database know of it. What breaks off on
//! the way leaves nothing; what is never sent is swept away after a day.

use std::io;
use std::sync::Arc;

use anyhow::anyhow;
use axum::body::Bytes;
use domain::conversation::Command;
use domain::file::{File, HEAD_BYTES, Media, Shown, check_size};
use domain::id::{AgentId, ContactId, FileId, MessageId, QuickReplyId};
use domain::message::{MessageKind, Public, Words};
use domain::refusal::Refusal;
use domain::sight::reads_whispers;
use domain::time::{Duration, Timestamp};
use domain::viewer::Viewer;
use futures::{Stream, StreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, ObjectStore, ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};

use crate::conversation::store::{self, Columns};
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::server::{Server, WORKSPACE};
use crate::{quick_reply, secret, sql};

use self::scanner::Scanner;

pub mod scanner;
pub mod shelf;

/// The beginning of a file that is kept to find the size of a picture.
const BEGINNING_BYTES: usize = 64 * 1024;

/// How long a file waits to be sent.
const UNSENT_FOR: Duration = Duration::hours(24);

/// Files that are swept away at once.
const SWEPT: i64 = 100;

/// Where the bytes are.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// Bytes that go to it at once.
    piece_bytes: usize,
}

/// Who sends a file: only they may put it on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner(String);

impl Owner {
    pub fn agent(agent: AgentId) -> Self {
        Self(format!("agent {agent}"))
    }

    /// A visitor, known by the digest of their token: they need not be in the address book yet.
    pub fn visitor(token_hash: &str) -> Self {
        Self(format!("visitor {token_hash}"))
    }
}

/// A file that is announced.
pub struct Coming {
    pub id: FileId,
    pub owner: Owner,
    /// What it is called, by [`domain::file::clean_file_name`].
    pub name: String,
    /// Most bytes that are taken of it.
    pub max_bytes: i64,
}

impl Files {
    /// Takes the bytes in and returns what they are, and where they lie. Nothing stays of what breaks off.
    async fn take<E: std::error::Error + Send + Sync + 'static>(
        &self,
        coming: &Coming,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(File, String), Error> {
        let passing = Path::from(format!("coming/{:032x}", secret::random_id()));
        let upload = self.store.put_multipart(&passing).await.map_err(broken)?;
        let writer = WriteMultipart::new_with_chunk_size(upload, self.piece_bytes);
        let mut begun =
            Begun { store: self.store.clone(), writer: Some(writer), passing: Some(passing.clone()) };
        let taken = match begun.write(bytes, coming.max_bytes).await {
            Ok(taken) => taken,
            Err(error) => {
                begun.abort().await;
                return Err(error);
            }
        };
        begun.finish().await?;
        let Taken { digest, size_bytes, beginning } = taken;
        let place = place(&digest);
        let at = Path::from(place.as_str());
        if let Err(error) = self.store.rename(&passing, &at).await {
            // Where that is a copy first, the copy is nobody's.
            let _ = self.store.delete(&at).await;
            return Err(broken(error));
        }
        begun.passing = None;
        let media = Media::of(beginning.get(..HEAD_BYTES.min(beginning.len())).unwrap_or_default());
        let pixels = match media.shown() {
            Shown::Picture => imagesize::blob_size(&beginning).ok(),
            _ => None,
        };
        let pixels = pixels.and_then(|size| {
            Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
                .filter(|(width, height)| *width > 0 && *height > 0)
        });
        Ok((File { id: coming.id, name: coming.name.clone(), media, size_bytes, pixels }, place))
    }

    /// Takes bytes away that nobody knows of.
    async fn remove(&self, place: &str) {
        if let Err(error) = self.store.delete(&Path::from(place)).await {
            tracing::warn!(%error, place, "a file that nobody needs could not be taken away");
        }
    }

    /// The bytes of a file, or a part of them.
    pub async fn get(&self, known: &Known, range: Option<GetRange>) -> Result<GetResult, Error> {
        let options = GetOptions { range, ..GetOptions::default() };
        self.store.get_opts(&Path::from(known.place.as_str()), options).await.map_err(broken)
    }
}

/// Where a file is put. Its digest says what must be in it; what follows keeps two who send the same apart, so that one
/// can go without the other.
fn place(digest: &str) -> String {
    let folder = digest.get(..2).unwrap_or("00");
    format!("{folder}/{digest}-{:032x}", secret::random_id())
}

struct Taken {
    digest: String,
    size_bytes: i64,
    beginning: Vec<u8>,
}

/// Bytes that come in. Whoever sends them can go away at any moment: then nothing of them stays.
struct Begun {
    store: Arc<dyn ObjectStore>,
    /// Until all of them are there.
    writer: Option<WriteMultipart>,
    /// Until they have their own name.
    passing: Option<Path>,
}

impl Begun {
    async fn write<E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        bytes: impl Stream<Item = Result<Bytes, E>>,
        max_bytes: i64,
    ) -> Result<Taken, Error> {
        let Some(writer) = &mut self.writer else {
            return Err(Error::Unavailable(anyhow!("it is finished")));
        };
        let (mut hasher, mut size_bytes, mut beginning) = (Sha256::new(), 0_i64, vec![]);
        let mut bytes = std::pin::pin!(bytes);
        while let Some(piece) = bytes.next().await {
            // The browser went away, or cancelled.
            let piece = piece.map_err(|error| Error::Unavailable(anyhow!("an upload broke off: {error}")))?;
            size_bytes += i64::try_from(piece.len()).unwrap_or(i64::MAX);
            check_size(size_bytes.max(1), max_bytes)?;
            hasher.update(&piece);
            let room = BEGINNING_BYTES.saturating_sub(beginning.len());
            beginning.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
            writer.wait_for_capacity(1).await.map_err(broken)?;
            writer.write(&piece);
        }
        check_size(size_bytes, max_bytes)?;
        Ok(Taken { digest: secret::hex(&hasher.finalize()), size_bytes, beginning })
    }

    async fn finish(&mut self) -> Result<(), Error> {
        match self.writer.take() {
            Some(writer) => writer.finish().await.map(drop).map_err(broken),
            None => Ok(()),
        }
    }

    async fn abort(&mut self) {
        let (writer, passing) = (self.writer.take(), self.passing.take());
        give_up(self.store.clone(), writer, passing).await;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let (writer, passing) = (self.writer.take(), self.passing.take());
        if writer.is_some() || passing.is_some() {
            tokio::spawn(give_up(self.store.clone(), writer, passing));
        }
    }
}

/// Takes away what came of an upload.
async fn give_up(store: Arc<dyn ObjectStore>, writer: Option<WriteMultipart>, passing: Option<Path>) {
    if let Some(writer) = writer
        && let Err(left) = writer.abort().await
    {
        tracing::warn!(error = %left, "an upload that broke off left something behind");
    }
    // It is there if all of it had come.
    if let Some(passing) = passing {
        let _ = store.delete(&passing).await;
    }
}

/// A full disk is told as such; the rest is ours.
pub fn broken(error: object_store::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            let is_full = matches!(
                io.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
            );
            if is_full {
                tracing::error!(error = %io, "there is no room left for files");
                return Refusal::NoRoom.into();
            }
        }
        source = cause.source();
    }
    Error::Unavailable(anyhow::Error::new(error).context("the store of files"))
}

/// Takes a file in. The same id again of the same owner, with the same bytes, is the same file.
///
/// Errors: [`Refusal::EmptyFile`], [`Refusal::FileTooLarge`] as soon as it is, [`Refusal::NoRoom`],
/// [`Refusal::TooManyUnsent`], what the scanner says; then nothing is kept.
pub async fn take<E: std::error::Error + Send + Sync + 'static>(
    server: &Server,
    coming: Coming,
    bytes: impl Stream<Item = Result<Bytes, E>>,
    now: Timestamp,
) -> Result<File, Error> {
    let owner = coming.owner.clone();
    let id = coming.id;
    server.db.read(async move |tx: &mut Tx| must_have_room(tx, &owner, id).await).await?;
    let (file, place) = server.files.take(&coming, bytes).await?;
    let left = Left { server: Some((server.db.clone(), server.files.clone())), place: place.clone() };
    if let Some(scanner) = &server.scanner
        && let Err(error) = look_at(&server.files, scanner, &place).await
    {
        server.files.remove(&place).await;
        return Err(error);
    }
    let (owner, stored, at) = (coming.owner, file.clone(), place.clone());
    let kept =
        server.db.write(WORKSPACE, async move |tx: &mut Tx| keep(tx, &owner, &stored, &at, now).await).await;
    left.settled();
    // Where it is unknown whether it was kept, the bytes stay.
    if matches!(kept, Ok(false) | Err(Error::Refused(_))) {
        server.files.remove(&place).await;
    }
    kept.map(|_| file)
}

/// Bytes that lie in their place and that nobody may know of: whoever sends them can go away at any moment.
struct Left {
    server: Option<(Db, Files)>,
    place: String,
}

/// How long after somebody went away it is looked whether their file was kept all the same.
const LOOKS_AFTER: std::time::Duration = std::time::Duration::from_secs(60);

impl Left {
    /// It is known what became of them.
    fn settled(mut self) {
        self.server = None;
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        let Some((db, files)) = self.server.take() else { return };
        let place = std::mem::take(&mut self.place);
        tokio::spawn(async move {
            tokio::time::sleep(LOOKS_AFTER).await;
            let at = place.clone();
            let text = sql!("select 1 from file where place = $1");
            let known = db.read(async move |tx: &mut Tx| tx.q(text).bind(at).opt().await);
            if let Ok(None) = known.await {
                files.remove(&place).await;
            }
        });
    }
}

/// Files of one person that wait to be sent.
const UNSENT_AT_MOST: i64 = 50;

/// Bytes that wait for visitors together: whoever begins anew again and again is another one each time.
const UNSENT_OF_VISITORS: i64 = 2_000_000_000;

/// Refuses to take more of somebody who has not sent what they have.
async fn must_have_room(tx: &mut Tx, owner: &Owner, but: FileId) -> Result<(), Error> {
    let text = sql!(
        "select count(case when owner = $1 then 1 end), \
         cast(coalesce(sum(case when owner like 'visitor %' then size_bytes else 0 end), 0) as bigint) \
         from file where message_id is null and quick_reply_id is null and file_id <> $2"
    );
    let row = tx.q(text).bind(owner.0.as_str()).bind(but.to_string()).one().await?;
    let (n_theirs, n_bytes): (i64, i64) = (row.get(0)?, row.get(1)?);
    if n_theirs >= UNSENT_AT_MOST {
        return Err(Refusal::TooManyUnsent { most: u32::try_from(UNSENT_AT_MOST).unwrap_or(u32::MAX) }.into());
    }
    match owner.0.starts_with("visitor ") && n_bytes >= UNSENT_OF_VISITORS {
        true => {
            tracing::warn!(n_bytes, "visitors upload and do not send: no more is taken of them for now");
            Err(Refusal::NoRoom.into())
        }
        false => Ok(()),
    }
}

async fn look_at(files: &Files, scanner: &Scanner, place: &str) -> Result<(), Error> {
    let stored = files.store.get(&Path::from(place)).await.map_err(broken)?;
    scanner.look_at(stored.into_stream()).await
}

/// False where the same was kept before, because its answer was lost.
async fn keep(tx: &mut Tx, owner: &Owner, file: &File, place: &str, now: Timestamp) -> Result<bool, Error> {
    let File { id, name, media, size_bytes, pixels } = file;
    // Others may have come in meanwhile.
    must_have_room(tx, owner, *id).await?;
    let kept = tx
        .q(sql!(
            "insert into file (file_id, owner, name, media, size_bytes, width, height, place, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (file_id) do nothing"
        ))
        .bind(id.to_string())
        .bind(owner.0.as_str())
        .bind(name.as_str())
        .bind(serde_json::to_string(media)?)
        .bind(*size_bytes)
        .bind(pixels.map(|(width, _)| i64::from(width)))
        .bind(pixels.map(|(_, height)| i64::from(height)))
        .bind(place)
        .bind(now.0)
        .exec()
        .await?;
    if kept == 1 {
        return Ok(true);
    }
    let known = known(tx, *id).await?;
    let digest = |place: &str| place.split('-').next().map(str::to_owned);
    let is_same = known.owner == *owner && known.file == *file && digest(&known.place) == digest(place);
    if is_same { Ok(false) } else { Err(Refusal::AnotherMessage.into()) }
}

/// What the database knows of a file.
pub struct Known {
    pub file: File,
    pub place: String,
    owner: Owner,
    message: Option<MessageId>,
    /// With which quick reply it goes along.
    quick_reply: Option<QuickReplyId>,
}

async fn known(tx: &mut Tx, id: FileId) -> Result<Known, Error> {
    let text = sql!(
        "select owner, name, media, size_bytes, width, height, place, message_id, quick_reply_id from file \
         where file_id = $1"
    );
    let row = tx.q(text).bind(id.to_string()).opt().await?.ok_or(Error::Missing)?;
    let mut columns = Columns::of(&row);
    let owner = Owner(columns.take()?);
    let (name, media, size_bytes) = (columns.take()?, columns.json()?, columns.take()?);
    let (width, height): (Option<i64>, Option<i64>) = (columns.take()?, columns.take()?);
    let pixels = width
        .zip(height)
        .and_then(|(width, height)| Some((u32::try_from(width).ok()?, u32::try_from(height).ok()?)));
    let place = columns.take()?;
    let file = File { id, name, media, size_bytes, pixels };
    Ok(Known { file, place, owner, message: columns.maybe_id()?, quick_reply: columns.maybe_id()? })
}

/// Puts the file of an order on its message. What its author says of it must be what is known of it, and it must be theirs
/// and not be sent yet.
///
/// Errors: [`Error::Missing`].
pub async fn send(tx: &mut Tx, owner: &Owner, command: &Command) -> Result<(), Error> {
    match command {
        Command::Reply { words, .. }
        | Command::Whisper { words, .. }
        | Command::Note { words, .. }
        | Command::Write { words } => send_with(tx, owner, words).await,
        _ => Ok(()),
    }
}

/// The same of words.
pub async fn send_with(tx: &mut Tx, owner: &Owner, words: &Words) -> Result<(), Error> {
    let Some(file) = words.file.as_deref() else { return Ok(()) };
    let known = known(tx, file.id).await?;
    let is_free = known.message.is_none_or(|message| message == words.id) && known.quick_reply.is_none();
    if known.owner != *owner || known.file != *file || !is_free {
        return Err(Error::Missing);
    }
    tx.q(sql!("update file set message_id = $2 where file_id = $1"))
        .bind(file.id.to_string())
        .bind(words.id.to_string())
        .exec()
        .await?;
    Ok(())
}

/// Takes a file off its message, which is deleted: it is swept away like one that was never sent.
pub async fn release(tx: &mut Tx, id: FileId, now: Timestamp) -> Result<(), Error> {
    let text =
        sql!("update file set message_id = null, owner = 'nobody', created_at = $2 where file_id = $1");
    tx.q(text).bind(id.to_string()).bind(now.0).exec().await?;
    Ok(())
}

/// Puts these files with a quick reply, and takes off those that are with it no more. What is new must be of whoever saves it,
/// and not be sent.
///
/// Errors: [`Error::Missing`].
pub async fn attach(
    tx: &mut Tx,
    owner: &Owner,
    reply: QuickReplyId,
    files: &[File],
    now: Timestamp,
) -> Result<(), Error> {
    for file in files {
        let known = known(tx, file.id).await?;
        let is_new = known.owner == *owner && known.message.is_none() && known.quick_reply.is_none();
        if known.file != *file || !(is_new || known.quick_reply == Some(reply)) {
            return Err(Error::Missing);
        }
        let text = sql!("update file set quick_reply_id = $2 where file_id = $1");
        tx.q(text).bind(file.id.to_string()).bind(reply.to_string()).exec().await?;
    }
    let text = sql!("select file_id from file where quick_reply_id = $1");
    for row in tx.q(text).bind(reply.to_string()).all().await? {
        let id: FileId = Columns::of(&row).id()?;
        if !files.iter().any(|file| file.id == id) {
            let text = sql!("update file set quick_reply_id = null where file_id = $1");
            tx.q(text).bind(id.to_string()).exec().await?;
            release(tx, id, now).await?;
        }
    }
    Ok(())
}

/// A copy of a file that goes along with a quick reply that the viewer has, of their own: to be sent like one that they
/// uploaded.
///
/// Errors: [`Error::Missing`] also where they do not have it; [`Refusal::NoRoom`]; [`Refusal::TooManyUnsent`].
pub async fn copy(
    server: &Server,
    viewer: &Viewer,
    of: FileId,
    id: FileId,
    now: Timestamp,
) -> Result<File, Error> {
    let (owner, looks) = (Owner::agent(viewer.agent), viewer.clone());
    let by = owner.clone();
    let read = server.db.read(async move |tx: &mut Tx| {
        must_have_room(tx, &by, id).await?;
        let known = known(tx, of).await?;
        let replies = quick_reply::of(tx, &looks).await?;
        let is_theirs = replies.iter().any(|reply| reply.files.iter().any(|file| file.id == of));
        if is_theirs && known.quick_reply.is_some() { Ok(known) } else { Err(Error::Missing) }
    });
    let known = read.await?;
    let digest = known.place.split(['/', '-']).nth(1).unwrap_or_default().to_owned();
    let place = place(&digest);
    let (from, to) = (Path::from(known.place.as_str()), Path::from(place.as_str()));
    server.files.store.copy(&from, &to).await.map_err(broken)?;
    let left = Left { server: Some((server.db.clone(), server.files.clone())), place: place.clone() };
    let file = File { id, ..known.file };
    let (stored, at) = (file.clone(), place.clone());
    let kept =
        server.db.write(WORKSPACE, async move |tx: &mut Tx| keep(tx, &owner, &stored, &at, now).await).await;
    left.settled();
    if matches!(kept, Ok(false) | Err(Error::Refused(_))) {
        server.files.remove(&place).await;
    }
    kept.map(|_| file)
}

/// The file of a message that may leave the house.
pub async fn sent_with(tx: &mut Tx, public: Public<'_>) -> Result<Option<Known>, Error> {
    let Some(file) = public.message().file.as_deref() else { return Ok(None) };
    known(tx, file.id).await.map(Some)
}

/// A file that was sent, for an agent who may read what it came with.
///
/// Errors: [`Error::Missing`] also where they may not.
pub async fn readable(tx: &mut Tx, viewer: &Viewer, id: FileId) -> Result<Known, Error> {
    let known = known(tx, id).await?;
    let message = known.message.ok_or(Error::Missing)?;
    let text = sql!(
        "select kind, conversation_id, coalesce(written_in_id, conversation_id) from message where message_id = $1"
    );
    let row = tx.q(text).bind(message.to_string()).opt().await?.ok_or(Error::Missing)?;
    let mut columns = Columns::of(&row);
    let kind = MessageKind::of_key(&columns.take::<String>()?).ok_or(Error::Missing)?;
    store::look(tx, viewer, columns.id()?).await?;
    // A whisper that was moved stays with those who took part where it was written.
    let written_in = store::known(tx, columns.id()?).await?;
    let is_readable = kind != MessageKind::Whisper || reads_whispers(viewer, &written_in.conversation);
    if is_readable { Ok(known) } else { Err(Error::Missing) }
}

/// A file that was sent, for the customer of one of these conversations' contact: only with a public message.
///
/// Errors: [`Error::Missing`] also where it is not theirs.
pub async fn of_contact(tx: &mut Tx, contact: ContactId, id: FileId) -> Result<Known, Error> {
    let known = known(tx, id).await?;
    let message = known.message.ok_or(Error::Missing)?;
    let text = sql!(
        "select m.kind from message m join conversation c on c.conversation_id = m.conversation_id \
         where m.message_id = $1 and c.contact_id = $2"
    );
    let row =
        tx.q(text).bind(message.to_string()).bind(contact.to_string()).opt().await?.ok_or(Error::Missing)?;
    let kind = MessageKind::of_key(&row.get::<String>(0)?).filter(|kind| kind.is_public());
    kind.map(|_| known).ok_or(Error::Missing)
}

/// Takes away what was uploaded a day ago and never sent. Returns how many files that were.
pub async fn sweep(server: &Server, now: Timestamp) -> Result<usize, Error> {
    let before = now - UNSENT_FOR;
    let_go(server, before).await?;
    let mut n_swept = 0;
    loop {
        // A write that changes nothing would make a failing disk look well.
        let text = sql!(
            "select 1 from file where message_id is null and quick_reply_id is null and created_at < $1 limit 1"
        );
        let any = server.db.read(async move |tx: &mut Tx| tx.q(text).bind(before.0).opt().await);
        if any.await?.is_none() {
            return Ok(n_swept);
        }
        let swept = server.db.write(WORKSPACE, async move |tx: &mut Tx| {
            let text = sql!(
                "delete from file where file_id in (select file_id from file where message_id is null \
                 and quick_reply_id is null and created_at < $1 order by created_at limit $2) returning place"
            );
            let rows = tx.q(text).bind(before.0).bind(SWEPT).all().await?;
            rows.iter().map(|row| Ok(row.get::<String>(0)?)).collect::<Result<Vec<_>, Error>>()
        });
        let swept = swept.await?;
        for place in &swept {
            server.files.remove(place).await;
        }
        n_swept += swept.len();
    }
}

/// Nobody brings back what was deleted before that: the files of such quick replies are as never sent.
async fn let_go(server: &Server, before: Timestamp) -> Result<(), Error> {
    let text = sql!(
        "select 1 from quick_reply q join file f on f.quick_reply_id = q.quick_reply_id where q.deleted_at < $1 limit 1"
    );
    if server.db.read(async move |tx: &mut Tx| tx.q(text).bind(before.0).opt().await).await?.is_none() {
        return Ok(());
    }
    let work = async move |tx: &mut Tx| {
        let text = sql!(
            "update file set quick_reply_id = null where quick_reply_id in \
             (select quick_reply_id from quick_reply where deleted_at < $1)"
        );
        tx.q(text).bind(before.0).exec().await
    };
    server.db.write(WORKSPACE, work).await?;
    Ok(())
}
