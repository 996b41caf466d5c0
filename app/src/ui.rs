//! Parts that know nothing of conversations.

pub mod avatar;
pub mod check;
pub mod dialog;
pub mod dynamic;
pub mod icon;
pub mod menu;
pub mod time;
pub mod toast;
