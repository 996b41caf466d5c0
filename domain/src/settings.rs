//! What may be set, and to what. A page of settings has a file here with its value and what makes it valid, so that the
//! browser says beside the field what the server would say.

use crate::refusal::{Field, Refusal};

pub mod departure;
pub mod general;
pub mod group;
pub mod health;
pub mod import;
pub mod invitation;
pub mod member;
pub mod password;
pub mod profile;
pub mod quick_reply;
pub mod role;
pub mod saved_view;
pub mod tag;
pub mod widget;
pub mod workspace;

/// A field as two made of it who both began with the same: as either changed it.
///
/// Errors: [`Refusal::ChangedMeanwhile`] where both did.
pub fn changed(field: Field, was: &str, wanted: String, now: &str) -> Result<String, Refusal> {
    if wanted == was || wanted == now {
        return Ok(now.to_owned());
    }
    match now == was {
        true => Ok(wanted),
        false => Err(Refusal::ChangedMeanwhile { field, now: now.into() }),
    }
}
