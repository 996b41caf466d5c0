//! The schema, step by step. A step that was released is never edited: the next one mends it.

use crate::db::Migration;

/// All steps, in order.
pub const ALL: &[Migration] = &[
    both(1, "office", include_str!("../migrations/0001_office.sql")),
    both(2, "conversation", include_str!("../migrations/0002_conversation.sql")),
    both(3, "log", include_str!("../migrations/0003_log.sql")),
    both(4, "session", include_str!("../migrations/0004_session.sql")),
    both(5, "session_rotation", include_str!("../migrations/0005_session_rotation.sql")),
    both(6, "live", include_str!("../migrations/0006_live.sql")),
    both(7, "chat", include_str!("../migrations/0007_chat.sql")),
    Migration {
        version: 8,
        name: "photo",
        sqlite: include_str!("../migrations/sqlite/0008_photo.sql"),
        postgres: include_str!("../migrations/postgres/0008_photo.sql"),
    },
    both(9, "time", include_str!("../migrations/0009_time.sql")),
    Migration {
        version: 10,
        name: "search",
        sqlite: include_str!("../migrations/sqlite/0010_search.sql"),
        postgres: include_str!("../migrations/postgres/0010_search.sql"),
    },
    both(11, "undo", include_str!("../migrations/0011_undo.sql")),
    both(12, "saved_view", include_str!("../migrations/0012_saved_view.sql")),
    both(13, "merge", include_str!("../migrations/0013_merge.sql")),
    both(14, "lists", include_str!("../migrations/0014_lists.sql")),
    both(15, "client", include_str!("../migrations/0015_client.sql")),
    both(16, "message_tags", include_str!("../migrations/0016_message_tags.sql")),
    both(17, "quick_reply", include_str!("../migrations/0017_quick_reply.sql")),
    both(18, "narrowed_lists", include_str!("../migrations/0018_narrowed_lists.sql")),
    both(19, "draft", include_str!("../migrations/0019_draft.sql")),
    both(20, "file", include_str!("../migrations/0020_file.sql")),
    both(21, "schedule", include_str!("../migrations/0021_schedule.sql")),
    both(22, "mail", include_str!("../migrations/0022_mail.sql")),
    both(23, "message_version", include_str!("../migrations/0023_message_version.sql")),
    both(24, "message_file", include_str!("../migrations/0024_message_file.sql")),
    both(25, "quick_reply_file", include_str!("../migrations/0025_quick_reply_file.sql")),
    both(26, "audit", include_str!("../migrations/0026_audit.sql")),
    both(27, "invitation", include_str!("../migrations/0027_invitation.sql")),
    both(28, "group", include_str!("../migrations/0028_group.sql")),
    both(29, "feature", include_str!("../migrations/0029_feature.sql")),
    both(30, "backup", include_str!("../migrations/0030_backup.sql")),
];

/// A step that both engines understand as it stands.
const fn both(version: i64, name: &'static str, text: &'static str) -> Migration {
    Migration { version, name, sqlite: text, postgres: text }
}
