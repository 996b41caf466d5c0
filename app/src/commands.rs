//! Everything that an agent can do by a button or a key, in one table. Buttons, tooltips and shortcuts are
//! made of it. What each does is in [`screen`].

use domain::view::View;

use crate::shell::{SettingsPage, Theme};

pub use screen::{Screen, Standing, has_single_keys, use_screen};

mod screen;

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Start,
    AssignToMe,
    Assign,
    Resolve,
    Close,
    Unassign,
    AssignGroup,
    Transfer,
    Accept,
    Decline,
    CancelTransfer,
    Leave,
    Pend,
    Resume,
    ResolveWith,
    Archive,
    Unarchive,
    Priority,
    Tag,
    Rename,
    Note,
    Schedule,
    Email,
    ClientNote,
    Pin,
    Detach,
    Block,
    Unblock,
    MergeClient,
    Merge,
    Unmerge,
    Split,
    MarkUnread,
    Undo,
    Reply,
    Whisper,
    Next,
    Previous,
    Details,
    CopyLink,
    Back,
    NextRegion,
    PreviousRegion,
    Search,
    Palette,
    Shortcuts,
    Sound,
    Show(View),
    Settings(SettingsPage),
    Theme(Theme),
}

/// What is asked for before an order is given: a picker or a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    Assign,
    Group,
    Transfer,
    Priority,
    Pend,
    Resolve,
    Decline,
    Rename,
    ClientNote,
    Block,
    Merge,
    MergeClient,
    Tag,
    TagMessages,
    Schedule,
    Email,
    Revise,
}

/// What an action is about: the tables of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Conversation,
    List,
    Go,
    General,
}

impl Group {
    /// All of them, in the order of the sheet.
    pub const ALL: [Group; 4] = [Group::Conversation, Group::List, Group::Go, Group::General];

    /// Its name on the sheet.
    pub const fn title(self) -> &'static str {
        match self {
            Group::Conversation => "Conversation",
            Group::List => "List and regions",
            Group::Go => "Go to",
            Group::General => "General",
        }
    }
}

/// A row of the table.
pub struct Entry {
    pub action: Action,
    pub title: &'static str,
    pub icon: &'static str,
    pub group: Group,
    /// Other words for it, that the palette finds it by.
    pub keywords: &'static str,
    /// As it is written in tooltips; a key, two keys in a row, or nothing. Not heard while somebody types.
    pub shortcut: &'static str,
    /// The keys that work everywhere: `Alt+L`, `Mod+K`, or nothing. `Mod` is ⌘ on a Mac, and Ctrl elsewhere.
    pub anywhere: &'static str,
}

const fn entry(
    action: Action,
    title: &'static str,
    icon: &'static str,
    group: Group,
    keywords: &'static str,
    shortcut: &'static str,
    anywhere: &'static str,
) -> Entry {
    Entry { action, title, icon, group, keywords, shortcut, anywhere }
}

/// A view, with the keys that go there.
const fn show(view: View, title: &'static str, icon: &'static str, shortcut: &'static str) -> Entry {
    entry(Action::Show(view), title, icon, Group::Go, "view list", shortcut, "")
}

/// The table.
pub const REGISTRY: &[Entry] = {
    use Group::{Conversation, General, Go, List};
    &[
        entry(
            Action::Start,
            "Start conversation",
            "message-circle",
            Conversation,
            "take claim",
            "i",
            "Alt+I",
        ),
        entry(Action::AssignToMe, "Assign to Me", "user-check", Conversation, "take claim", "i", "Alt+I"),
        entry(Action::Assign, "Assign", "plus", Conversation, "give hand over", "a", "Alt+A"),
        entry(Action::Reply, "Reply", "reply", Conversation, "answer write customer", "r", "Alt+L"),
        entry(Action::Whisper, "Whisper", "eye-off", Conversation, "private team write", "w", "Alt+P"),
        entry(Action::Resolve, "Mark resolved", "check", Conversation, "reopen done finish", "e", "Alt+E"),
        entry(Action::Close, "To closed", "circle-check", Conversation, "close finish", "E", ""),
        entry(Action::Unassign, "To Unassigned", "undo-2", Conversation, "give back", "q", ""),
        entry(
            Action::AssignGroup,
            "Assign to group",
            "users",
            Conversation,
            "department move hand over",
            "",
            "",
        ),
        entry(
            Action::Transfer,
            "Transfer conversation",
            "send",
            Conversation,
            "ask colleague hand over",
            "t",
            "",
        ),
        entry(Action::Accept, "Accept", "check", Conversation, "transfer request take", "", ""),
        entry(Action::Decline, "Decline", "x", Conversation, "transfer request refuse", "", ""),
        entry(Action::CancelTransfer, "Cancel transfer", "undo-2", Conversation, "request take back", "", ""),
        entry(Action::Leave, "Leave conversation", "log-out", Conversation, "participate unfollow", "", ""),
        entry(Action::Pend, "Set pending", "clock", Conversation, "snooze wait wake", "s", "Alt+M"),
        entry(Action::Resume, "Back to open", "rotate-ccw", Conversation, "pending wake", "", ""),
        entry(
            Action::ResolveWith,
            "Resolve with summary",
            "check",
            Conversation,
            "closing message finish",
            "",
            "",
        ),
        entry(Action::Archive, "Archive", "archive", Conversation, "put away", "", ""),
        entry(Action::Unarchive, "Unarchive", "archive", Conversation, "take back", "", ""),
        entry(Action::Priority, "Set priority", "flag", Conversation, "urgent high normal low", "p", ""),
        entry(Action::Tag, "Add tag", "tag", Conversation, "label word", "l", ""),
        entry(
            Action::Rename,
            "Change client name",
            "pencil-line",
            Conversation,
            "contact rename edit",
            "",
            "",
        ),
        entry(
            Action::Note,
            "Write a note",
            "sticky-note",
            Conversation,
            "team write down notes",
            "n",
            "Alt+N",
        ),
        entry(Action::Schedule, "Schedule message", "clock", Conversation, "reply later send at", "", ""),
        entry(
            Action::Email,
            "Send to Email",
            "mail",
            Conversation,
            "e-mail transcript forward correspondence",
            "",
            "",
        ),
        entry(
            Action::ClientNote,
            "Add a note about the client",
            "sticky-note",
            Conversation,
            "contact write down",
            "",
            "",
        ),
        entry(Action::Pin, "Pin client", "pin", Conversation, "contact mine owner", "", ""),
        entry(Action::Detach, "Detach", "pin", Conversation, "unpin client contact", "", ""),
        entry(Action::Block, "Send to the black list", "ban", Conversation, "block client spam", "", ""),
        entry(
            Action::Unblock,
            "Unlock conversation",
            "rotate-ccw",
            Conversation,
            "unblock client black list",
            "",
            "",
        ),
        entry(
            Action::MergeClient,
            "Merge contact",
            "merge",
            Conversation,
            "client duplicate same person join",
            "",
            "",
        ),
        entry(
            Action::Merge,
            "Merge into another conversation",
            "merge",
            Conversation,
            "duplicate join",
            "",
            "",
        ),
        entry(Action::Unmerge, "Separate again", "undo-2", Conversation, "unmerge take out", "", ""),
        entry(Action::Split, "Split", "split", Conversation, "topic messages separate select", "", ""),
        entry(Action::MarkUnread, "Mark unread", "mail", Conversation, "read later", "u", ""),
        entry(Action::Undo, "Undo", "undo-2", General, "take back revert last", "z", "Alt+Z"),
        entry(Action::Details, "Details", "panel-right", Conversation, "contact profile log", ".", "Alt+."),
        entry(Action::CopyLink, "Copy conversation link", "link", Conversation, "address url", "y", ""),
        entry(Action::Next, "Next conversation", "chevron-down", List, "down", "j", "Alt+ArrowDown"),
        entry(Action::Previous, "Previous conversation", "arrow-up", List, "up", "k", "Alt+ArrowUp"),
        entry(Action::Search, "Search conversations", "search", List, "find words name", "/", ""),
        entry(Action::Back, "Back to the list", "arrow-left", List, "leave", "Escape", ""),
        entry(Action::NextRegion, "Next region", "panel-right", List, "focus", "]", "F6"),
        entry(Action::PreviousRegion, "Previous region", "arrow-left", List, "focus", "[", "Shift+F6"),
        show(View::Unassigned, "Go to Unassigned", "inbox", "g u"),
        show(View::MyInbox, "Go to My inbox", "user", "g m"),
        show(View::Closed, "Go to Closed", "circle-check", "g c"),
        show(View::All, "Go to All", "list", "g a"),
        show(View::PendingHumanReply, "Go to Pending human reply", "hand", "g h"),
        show(View::Blacklist, "Go to Blacklist", "ban", "g b"),
        show(View::Assigned, "Go to Assigned", "check", ""),
        show(View::AiHandling, "Go to AI handling", "bot", ""),
        show(View::Mentions, "Go to Mentions", "at-sign", ""),
        show(View::Participating, "Go to Participating", "users", ""),
        show(View::TransfersToMe, "Go to Transfers to me", "corner-up-left", ""),
        show(View::Overdue, "Go to Overdue", "clock", ""),
        show(View::HasLead, "Go to Has lead", "flag", ""),
        show(View::Archived, "Go to Archived", "archive", ""),
        entry(
            Action::Settings(SettingsPage::Profile),
            "Profile",
            "user",
            Go,
            "settings name photo picture",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::Security),
            "Security",
            "lock",
            Go,
            "settings sessions sign out",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::QuickReplies),
            "Quick Replies",
            "zap",
            Go,
            "settings canned answers templates macros new",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::NoteTemplates),
            "Note templates",
            "sticky-note",
            Go,
            "settings whisper canned",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::Team),
            "Team management",
            "users",
            Go,
            "settings people agents colleagues skills",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::Roles),
            "Manage roles",
            "user-check",
            Go,
            "settings permissions rights privileges",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::Groups),
            "Groups",
            "hash",
            Go,
            "settings departments teams members queues",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::Tags),
            "Tags",
            "tag",
            Go,
            "settings vocabulary label retire",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::ChatWidget),
            "Chat widget",
            "message-circle",
            Go,
            "settings website snippet install channel",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::General),
            "General",
            "settings",
            Go,
            "settings workspace name",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::Features),
            "Features",
            "zap",
            Go,
            "settings switch on off",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::Health),
            "System health",
            "monitor",
            Go,
            "settings version disk database backup queue",
            "",
            "",
        ),
        entry(
            Action::Settings(SettingsPage::AuditLog),
            "Audit log",
            "list",
            Go,
            "settings who did what record history export",
            "",
            "",
        ),
        entry(Action::Palette, "Command palette", "search", General, "commands actions", "", "Mod+K"),
        entry(Action::Shortcuts, "Keyboard shortcuts", "zap", General, "keys help", "?", "Mod+/"),
        entry(Action::Sound, "Sound on or off", "bell", General, "mute notifications", "", ""),
        entry(Action::Theme(Theme::System), "System theme", "monitor", General, "colours appearance", "", ""),
        entry(Action::Theme(Theme::Light), "Light theme", "sun", General, "colours appearance", "", ""),
        entry(Action::Theme(Theme::Dark), "Dark theme", "moon", General, "colours appearance night", "", ""),
    ]
};

/// Its row.
pub fn of(action: Action) -> &'static Entry {
    // Every action has a row: a test says so.
    REGISTRY.iter().find(|entry| entry.action == action).unwrap_or(&REGISTRY[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_is_one_thing_only() {
        for keys in [|entry: &Entry| entry.shortcut, |entry: &Entry| entry.anywhere] {
            let mut seen = std::collections::BTreeMap::new();
            for entry in REGISTRY.iter().filter(|entry| !keys(entry).is_empty()) {
                let before = seen.insert(keys(entry), entry.title);
                // Taking and assigning to oneself are one thing under two names.
                assert!(before.is_none() || entry.shortcut == "i", "{} and {before:?}", entry.title);
            }
        }
    }

    #[test]
    fn every_action_has_one_row_and_every_row_a_name_of_its_own() {
        let titles: std::collections::BTreeSet<_> = REGISTRY.iter().map(|entry| entry.title).collect();
        assert_eq!(titles.len(), REGISTRY.len());
        for entry in REGISTRY {
            assert_eq!(of(entry.action).title, entry.title);
        }
        for view in
            View::ALL.iter().filter(|view| !matches!(view, View::Mine | View::Unresolved | View::Resolved))
        {
            assert!(REGISTRY.iter().any(|entry| entry.action == Action::Show(*view)), "{}", view.title());
        }
    }
}
