//! The ways in and out: what each channel brings, and how it hears what the team says.

pub mod web_chat;
