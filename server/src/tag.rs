//! The vocabulary of tags: words come into it, and are retired.

use domain::audit::Act;
use domain::id::TagId;
use domain::office::{Office, Tag};
use domain::time::Timestamp;
use domain::viewer::Viewer;

use crate::db::Tx;
use crate::error::Error;
use crate::{audit, office, sql};

/// A word of the vocabulary: new, or the one that is called so already.
///
/// Errors: [`Error::Refused`] by the domain; [`Error::Missing`] where the id is another tag's.
pub async fn create(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    id: TagId,
    name: &str,
    now: Timestamp,
) -> Result<Tag, Error> {
    let tag = Tag::new(office, viewer, id, name)?;
    match office.tags.get(&tag.id) {
        Some(known) if *known == tag => return Ok(tag),
        Some(_) => return Err(Error::Missing),
        None => {}
    }
    let text = sql!("insert into tag (tag_id, name, retired) values ($1, $2, $3)");
    let query = tx.q(text).bind(tag.id.to_string()).bind(tag.name.as_str()).bind(false);
    query.exec().await?;
    audit::record(tx, viewer, tag.deed(Act::Made), now).await?;
    office::changed(tx).await?;
    Ok(tag)
}

/// Offers a tag no more, or again. [`Error::Missing`] where there is none.
pub async fn retire(
    tx: &mut Tx,
    office: &Office,
    viewer: &Viewer,
    id: TagId,
    retired: bool,
    now: Timestamp,
) -> Result<(), Error> {
    Tag::may_be_retired_by(viewer)?;
    let tag = office.tags.get(&id).ok_or(Error::Missing)?;
    if tag.retired == retired {
        return Ok(());
    }
    let act = if retired { Act::Retired } else { Act::BroughtBack };
    audit::record(tx, viewer, tag.deed(act), now).await?;
    let text = sql!("update tag set retired = $2 where tag_id = $1");
    tx.q(text).bind(id.to_string()).bind(retired).exec().await?;
    office::changed(tx).await
}
