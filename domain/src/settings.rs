//! What may be set, and to what. A page of settings has a file here with its value and what makes it valid, so that the
//! browser says beside the field what the server would say.

pub mod profile;
pub mod quick_reply;
pub mod saved_view;
pub mod tag;
pub mod widget;
pub mod workspace;
