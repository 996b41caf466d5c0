//! Where files are kept: a folder, or a bucket of a store that speaks as Amazon S3 does.

use std::convert::Infallible;
use std::path::{Path as Folder, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientConfigKey, ObjectStore, ObjectStoreExt};
use tokio::time::timeout;

use super::Files;
use crate::secret;

/// Bytes that are held of a file on its way to the disk, twice: one piece is filled while the one before is written.
const PIECE_BYTES: usize = 256 * 1024;

/// The same on its way to a bucket, where no piece but the last may be smaller.
const BUCKET_PIECE_BYTES: usize = 5 * 1024 * 1024;

/// How long a bucket may take to answer at the start.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

const BUCKET: &str = "s3://";

/// Where files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shelf {
    Folder(PathBuf),
    /// `BUCKET` or `BUCKET/FOLDER`.
    Bucket(String),
}

impl FromStr for Shelf {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.strip_prefix(BUCKET) {
            Some(bucket) => Shelf::Bucket(bucket.to_owned()),
            None => Shelf::Folder(text.into()),
        })
    }
}

impl Files {
    /// On that shelf. What leads to a bucket is read from the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_REGION`, and `AWS_ENDPOINT` where it is not Amazon's.
    ///
    /// Errors: a sentence that says what to do.
    pub async fn on(shelf: &Shelf) -> anyhow::Result<Self> {
        match shelf {
            Shelf::Folder(folder) => Self::in_folder(folder),
            Shelf::Bucket(bucket) => Self::in_bucket(bucket, AmazonS3Builder::from_env()).await,
        }
    }

    /// In that folder, which is made where it is missing.
    pub fn in_folder(folder: &Folder) -> anyhow::Result<Self> {
        let advice =
            "Create it and give it to the user that runs Switchboard, or choose another with --files.";
        std::fs::create_dir_all(folder).with_context(|| {
            format!("The folder {} for files cannot be created. {advice}", folder.display())
        })?;
        let store = LocalFileSystem::new_with_prefix(folder)
            .with_context(|| format!("The folder {} for files cannot be used. {advice}", folder.display()))?;
        let store = Arc::new(store.with_fsync(true).with_automatic_cleanup(true));
        Ok(Self { store, piece_bytes: PIECE_BYTES })
    }

    /// In that bucket, `BUCKET` or `BUCKET/FOLDER`, to which the builder knows the way. Something is put there and taken
    /// away, so that a wrong key is noticed now and not by the first who sends a file.
    pub async fn in_bucket(bucket: &str, builder: AmazonS3Builder) -> anyhow::Result<Self> {
        let (name, folder) = bucket.split_once('/').unwrap_or((bucket, ""));
        ensure!(!name.is_empty(), "--files {BUCKET} names no bucket.");
        // It is installed already where an e-mail went out.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let advice = "Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT; http:// needs AWS_ALLOW_HTTP=true.";
        let refused = || format!("The bucket {name} for files cannot be used. {advice}");
        let store = patient(builder).with_bucket_name(name).build().with_context(refused)?;
        let store: Arc<dyn ObjectStore> = match Path::parse(folder)? {
            folder if folder.is_root() => Arc::new(store),
            folder => Arc::new(PrefixStore::new(store, folder)),
        };
        let probe = Path::from(format!("coming/{:032x}", secret::random_id()));
        let tried = async {
            store.put(&probe, "Switchboard".into()).await?;
            store.delete(&probe).await
        };
        timeout(ANSWERS_WITHIN, tried)
            .await
            .context("it does not answer")
            .and_then(|tried| Ok(tried?))
            .with_context(refused)?;
        Ok(Self { store, piece_bytes: BUCKET_PIECE_BYTES })
    }
}

/// Whoever downloads may be slow: only silence ends it, not its length.
fn patient(builder: AmazonS3Builder) -> AmazonS3Builder {
    let set =
        |builder: AmazonS3Builder, key, value| builder.with_config(AmazonS3ConfigKey::Client(key), value);
    let builder = set(builder, ClientConfigKey::Timeout, "1 day");
    set(builder, ClientConfigKey::ReadTimeout, "60 seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_in_a_folder_unless_a_bucket_is_named() {
        let read = |text: &str| text.parse::<Shelf>().unwrap_or_else(|never| match never {});
        assert_eq!(read("/srv/files"), Shelf::Folder("/srv/files".into()));
        assert_eq!(read("s3://fernhill/switchboard"), Shelf::Bucket("fernhill/switchboard".into()));
    }
}
