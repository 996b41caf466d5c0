//! Where files are kept: a folder, or a bucket of a store that speaks as Amazon S3 does.

use std::convert::Infallible;
use std::path::{Path as Folder, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, ensure};
use futures::StreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, path::Path};

use super::Files;

/// Bytes that are held of a file on its way to the disk, twice: one piece is filled while the one before is written.
const PIECE_BYTES: usize = 256 * 1024;

/// The same on its way to a bucket, where no piece but the last may be smaller.
const BUCKET_PIECE_BYTES: usize = 5 * 1024 * 1024;

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

    /// In that bucket, `BUCKET` or `BUCKET/FOLDER`, to which the builder knows the way. It is asked for something, so that a
    /// wrong key is noticed now and not by the first who sends a file.
    pub async fn in_bucket(bucket: &str, builder: AmazonS3Builder) -> anyhow::Result<Self> {
        let (name, folder) = bucket.split_once('/').unwrap_or((bucket, ""));
        ensure!(!name.is_empty(), "--files {BUCKET} names no bucket.");
        // It is installed already where an e-mail went out.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let advice = "Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT.";
        let refused = || format!("The bucket {name} for files cannot be used. {advice}");
        let store = builder.with_bucket_name(name).build().with_context(refused)?;
        let store: Arc<dyn ObjectStore> = match Path::parse(folder)? {
            folder if folder.is_root() => Arc::new(store),
            folder => Arc::new(PrefixStore::new(store, folder)),
        };
        store.list(None).next().await.transpose().with_context(refused)?;
        Ok(Self { store, piece_bytes: BUCKET_PIECE_BYTES })
    }
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
