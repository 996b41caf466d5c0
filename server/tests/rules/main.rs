//! The rules with SQL in them, on both engines. A module for each family.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

mod agreement;
mod backup;
mod chat;
mod chat_socket;
mod clients;
mod commands;
mod database;
mod demo;
mod drafts;
mod emailing;
mod emoji;
mod facade;
mod faults;
mod files;
mod handing_over;
mod http;
mod lagging;
mod live;
mod looks;
mod mail_server;
mod merging;
mod office;
mod one_client;
mod photo;
mod quick_replies;
mod saved_view;
mod scheduling;
mod search;
mod sent_files;
mod setup;
mod socket;
mod start;
mod tagging;
mod undo;
mod watcher;
