//! Tags of a conversation, or of the messages that are chosen: each is put on by choosing it and taken off by choosing it
//! again, and a word that is none yet becomes one.

use domain::conversation::{Command, Head};
use domain::id::{MessageId, TagId};
use domain::live::Row;
use domain::message::MessageKind;
use domain::office::Tag;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Choice, Face};
use crate::commands::{Asking, Screen};
use crate::conversation::selection::heads;
use crate::error::Error;
use crate::{api, dom};

/// The vocabulary as far as it is called so, those that it bears first; then the word itself.
pub fn choices(screen: Screen, asking: Asking, row: &Row, typed: &str) -> Vec<Choice> {
    let desk = screen.desk;
    let chosen: Vec<MessageId> = match asking {
        Asking::TagMessages => screen.selecting.get().into_iter().flatten().collect(),
        _ => vec![],
    };
    let conversation = &row.scene.conversation;
    let bears = |tag: TagId| match asking {
        Asking::TagMessages => {
            let bears = |id| conversation.message_tags.get(id).is_some_and(|tags| tags.contains(&tag));
            !chosen.is_empty() && chosen.iter().all(bears)
        }
        _ => conversation.tags.contains(&tag),
    };
    let command = |tag: TagId, bears: bool| {
        let messages = || chosen.iter().copied().collect();
        match (asking, bears) {
            (Asking::TagMessages, true) => Command::UntagMessages { tag, messages: messages() },
            (Asking::TagMessages, false) => {
                Command::TagMessages { tag, messages: messages(), all: heads(desk) }
            }
            (_, true) => Command::Untag { tag },
            (_, false) => Command::Tag { tag },
        }
    };
    let choice = |tag: &Tag| {
        let holds = bears(tag.id);
        let command = command(tag.id, holds);
        let refused = desk.try_on(&row.scene, &command).err().map(|refusal| refusal.sentence());
        let face = Face::Icon(if holds { "check" } else { "tag" });
        let (key, name) = (tag.id.to_string(), tag.name.clone());
        Choice { holds, ..Choice::of(key, name, command, face, refused).at_once() }
    };
    let wanted = typed.trim().to_lowercase();
    let mut choices: Vec<Choice> = desk.office.with(|office| {
        let retired = office.tags.values().filter(|tag| tag.retired && bears(tag.id));
        let all = office.offered_tags().into_iter().chain(retired);
        all.filter(|tag| fits(&tag.name.to_lowercase(), &wanted)).map(choice).collect()
    });
    choices.sort_by_key(|choice| !choice.holds);
    // Nothing comes into the vocabulary for what cannot bear it.
    let is_private = |head: &Head| matches!(head.kind, MessageKind::Whisper | MessageKind::ClientNote);
    let all = if chosen.is_empty() { vec![] } else { heads(desk) };
    let is_refused = all.iter().any(|head| chosen.contains(&head.id) && is_private(head));
    let word = desk.office.with(|office| {
        let is_new = !wanted.is_empty() && office.tag_named(&wanted).is_none();
        let tag = desk.viewer.with(|viewer| Tag::new(office, viewer, TagId::new(0), typed).ok());
        tag.filter(|_| is_new && !is_refused)
    });
    choices.extend(word.map(|tag| {
        let (name, command) = (format!("Create “{}”", tag.name), command(tag.id, false));
        let choice = Choice::of("new".into(), name, command, Face::Icon("plus"), None).at_once();
        Choice { word: Some(tag.name), ..choice }
    }));
    choices
}

/// Whether each word that was typed begins one of its words.
fn fits(name: &str, wanted: &str) -> bool {
    wanted.split_whitespace().all(|typed| name.split_whitespace().any(|word| word.starts_with(typed)))
}

/// Does it; a new word comes into the vocabulary first.
pub fn give(screen: Screen, command: Command, word: Option<String>, row: Row) {
    let desk = screen.desk;
    let Some(word) = word else {
        screen.give(command, &row);
        return;
    };
    spawn_local(async move {
        match api::create_tag(dom::tag_id(), word).await {
            Ok(tag) => {
                let id = tag.id;
                desk.learn_tag(tag);
                let command = match command {
                    Command::TagMessages { messages, all, .. } => {
                        Command::TagMessages { tag: id, messages, all }
                    }
                    _ => Command::Tag { tag: id },
                };
                screen.give(command, &row);
            }
            Err(Error::SignedOut) => desk.signed_out.set(true),
            Err(error) => desk.toasts.alert(error.sentence()),
        }
    });
}
