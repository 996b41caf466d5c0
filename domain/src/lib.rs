//! What Switchboard is, without a database, a socket or a clock.
//!
//! Two pure functions stand in the middle: [`conversation::decide`] says what happens when somebody
//! orders something, or why it does not; [`conversation::apply`] makes it so. Both run in the browser
//! and on the server, so that a button knows what the server will answer.
//!
//! Reading order: [`id`], [`time`], [`permission`], [`office`] and [`viewer`] (who), then [`contact`],
//! [`conversation`] and [`stage`] (what), [`message`] (words) and [`mod@file`], [`refusal`] (why not), [`sight`] (who may
//! see) and [`notice`] (who is told), [`filter`], [`view`] and [`order`] (lists), [`counter`] (how many), [`live`]
//! (what travels), [`search`] (what is found by words), [`desk`] (what a browser knows), [`settings`] (what may be set, and to what) and
//! [`audit`] (who set it).
#![warn(missing_docs)]

pub mod audit;
pub mod channel;
pub mod contact;
pub mod conversation;
pub mod counter;
pub mod desk;
pub mod draft;
pub mod file;
pub mod filter;
pub mod group;
pub mod id;
pub mod live;
pub mod markup;
pub mod message;
pub mod notice;
pub mod office;
pub mod order;
pub mod permission;
pub mod refusal;
pub mod search;
pub mod settings;
pub mod sight;
pub mod stage;
pub mod time;
pub mod view;
pub mod viewer;

#[cfg(test)]
mod decisions;
#[cfg(any(test, feature = "worlds"))]
pub mod worlds;
