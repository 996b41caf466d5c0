//! How much it hurries.

use super::{Conversation, Event, Level, Priority, Scene};
use crate::id::MessageId;
use crate::message::Words;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Sets the level, and may say why. The same level without a reason is nothing new.
pub(super) fn prioritise(
    scene: &Scene,
    viewer: &Viewer,
    level: Level,
    reason: Option<&Words>,
) -> Result<Vec<Event>, Refusal> {
    viewer.must(Permission::Priority)?;
    scene.conversation.must_not_be_frozen()?;
    reason.map_or(Ok(()), Words::check)?;
    let is_same = scene.conversation.priority.level == level && reason.is_none();
    let set = Event::Prioritised { level, note: reason.map(|words| words.id) };
    Ok(if is_same { vec![] } else { vec![set] })
}

pub(super) fn prioritised(conversation: &mut Conversation, level: Level, note: Option<MessageId>) {
    conversation.priority = Priority { level, note };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Command;
    use crate::worlds::*;

    #[test]
    fn the_level_is_set_with_its_reason() {
        let command =
            Command::Prioritise { level: Level::Urgent, reason: Some(words(7, "The wedding is today.")) };
        let set = [Event::Prioritised { level: Level::Urgent, note: Some(message_id(7)) }];
        let after = check(one_open(), &operator(ANA), command, &set);
        assert_eq!(after.priority, Priority { level: Level::Urgent, note: Some(message_id(7)) });
    }

    #[test]
    fn the_same_level_again_is_nothing_new() {
        check(one_open(), &operator(ANA), Command::Prioritise { level: Level::Normal, reason: None }, &[]);
    }
}
