//! Serves Switchboard: HTTP, the database, sessions. A library so that tests and benches can start it.
//!
//! Reading order: [`server`] (what everything shares, and the ports that `app` asks), [`web`] (the router,
//! whole and flat), [`conversation`] (orders, and what customers write), [`channel`], [`inbox`] (lists and counts), [`search`],
//! [`live`] (who hears of what), [`office`], [`session`], [`setup`], [`db`].

pub mod audit;
pub mod backup;
pub mod channel;
pub mod checkpoint;
pub mod config;
pub mod conversation;
pub mod db;
pub mod demo;
pub mod draft;
pub mod error;
pub mod export;
pub mod file;
pub mod general;
pub mod group;
pub mod guards;
pub mod health;
pub mod html;
pub mod import;
pub mod inbox;
pub mod invitation;
pub mod live;
pub mod mail;
pub mod member;
pub mod migrations;
pub mod office;
pub mod photo;
pub mod quick_reply;
pub mod revise;
pub mod role;
pub mod saved_view;
pub mod schedule;
pub mod seal;
pub mod search;
pub mod secret;
pub mod server;
pub mod session;
pub mod setup;
pub mod tag;
pub mod timers;
pub mod verify;
pub mod web;
