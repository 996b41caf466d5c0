//! The frame around every page: head, theme, the block of data that the workspace starts with.

use std::sync::Arc;

use domain::filter::Filter;
use domain::permission::Permission;
use domain::view::View;
use domain::viewer::Viewer;
use leptos::config::LeptosOptions;
use leptos::hydration::HydrationScripts;
use leptos::prelude::*;

use crate::backend::Boot;
use crate::inbox::Skeleton;
use crate::ui;

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// All of them, in the order of the menu.
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// Its word in the cookie and in the page.
    pub const fn key(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Theme::System => "System theme",
            Theme::Light => "Light theme",
            Theme::Dark => "Dark theme",
        }
    }

    /// The theme of that word, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.key() == key)
    }
}

/// Where in the workspace an address points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The list; none where the address names a conversation only.
    pub view: Option<View>,
    /// The number of the open conversation.
    pub number: Option<i64>,
    /// The page of settings that it is instead.
    pub settings: Option<SettingsPage>,
}

/// A page of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsPage {
    /// Name and photo.
    Profile,
    /// Where one is signed in.
    Security,
    /// Texts under shortcuts, for customers.
    QuickReplies,
    /// And for the team.
    NoteTemplates,
    /// The people, and what they may do.
    Team,
    /// What roles let them do.
    Roles,
    /// The departments.
    Groups,
    /// The vocabulary of tags.
    Tags,
    /// The chats on websites.
    ChatWidget,
    /// What the workspace is called.
    General,
    /// What is switched on.
    Features,
    /// Who set what, and what became of conversations.
    AuditLog,
    /// How the system is.
    Health,
    /// Writing to a customer first: it has an entry of its own, while the feature is on.
    Outgoing,
}

/// What is known of a page: its word in the address, its name and its icon, and the rights one of which opens it; none:
/// it is everybody's.
type About = (&'static str, &'static str, &'static str, &'static [Permission]);

/// All pages, in the order of the menu and of [`SettingsPage`].
const PAGES: [About; 14] = [
    ("profile", "Profile", "user", &[]),
    ("security", "Security", "lock", &[]),
    ("quick-replies", "Quick Replies", "zap", &[Permission::Reply]),
    ("note-templates", "Note templates", "sticky-note", &[Permission::Whisper, Permission::Note]),
    ("team", "Team management", "users", &[Permission::AdminUsers]),
    ("roles", "Manage roles", "user-check", &[Permission::AdminRoles]),
    ("groups", "Groups", "hash", &[Permission::AdminGroups]),
    ("tags", "Tags", "tag", &[Permission::AdminGroups]),
    ("chat-widget", "Chat widget", "message-circle", &[Permission::AdminChannels]),
    ("general", "General", "settings", &[Permission::AdminFeatures]),
    ("features", "Features", "zap", &[Permission::AdminFeatures]),
    ("audit-log", "Audit log", "list", &[Permission::AdminAudit]),
    ("health", "System health", "monitor", &[Permission::AdminFeatures]),
    ("outgoing", "Outgoing message", "send", &[]),
];

impl SettingsPage {
    /// Those of the menu.
    pub const ALL: [SettingsPage; 13] = [
        SettingsPage::Profile,
        SettingsPage::Security,
        SettingsPage::QuickReplies,
        SettingsPage::NoteTemplates,
        SettingsPage::Team,
        SettingsPage::Roles,
        SettingsPage::Groups,
        SettingsPage::Tags,
        SettingsPage::ChatWidget,
        SettingsPage::General,
        SettingsPage::Features,
        SettingsPage::AuditLog,
        SettingsPage::Health,
    ];

    /// Whether it is there for that viewer.
    pub fn open_to(self, viewer: &Viewer) -> bool {
        self.needs().is_empty() || self.needs().iter().any(|right| viewer.may(*right))
    }

    /// Its word in the address.
    pub const fn slug(self) -> &'static str {
        PAGES[self as usize].0
    }

    /// Its name on the screen.
    pub const fn title(self) -> &'static str {
        PAGES[self as usize].1
    }

    /// Its icon.
    pub const fn icon(self) -> &'static str {
        PAGES[self as usize].2
    }

    /// The rights one of which opens it. None: it is everybody's.
    pub const fn needs(self) -> &'static [Permission] {
        PAGES[self as usize].3
    }

    /// Its place in the workspace.
    pub const fn place(self) -> Place {
        Place { view: None, number: None, settings: Some(self) }
    }
}

impl Place {
    /// The place of a path, or nothing where there is none.
    pub fn of_path(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            ["inbox", view] => Some(Self { view: Some(View::of_slug(view)?), number: None, settings: None }),
            ["inbox", view, number] => Some(Self {
                view: Some(View::of_slug(view)?),
                number: Some(number.parse().ok()?),
                settings: None,
            }),
            ["outgoing"] => Some(SettingsPage::Outgoing.place()),
            ["search"] => Some(Self { view: None, number: None, settings: None }),
            ["c", number] => Some(Self { view: None, number: Some(number.parse().ok()?), settings: None }),
            ["settings", page] => {
                SettingsPage::ALL.into_iter().find(|known| known.slug() == *page).map(SettingsPage::place)
            }
            _ => None,
        }
    }

    /// Its path.
    pub fn path(self) -> String {
        if let Some(page) = self.settings {
            return match page {
                SettingsPage::Outgoing => format!("/{}", page.slug()),
                page => format!("/settings/{}", page.slug()),
            };
        }
        match (self.view, self.number) {
            (Some(view), None) => format!("/inbox/{}", view.slug()),
            (Some(view), Some(number)) => format!("/inbox/{}/{number}", view.slug()),
            (None, Some(number)) => format!("/c/{number}"),
            (None, None) => "/inbox/my-inbox".into(),
        }
    }

    /// The list that stands beside it: its own, or where it has none All, or for those who lack that My inbox.
    pub fn filter(self, query: &str, viewer: &Viewer) -> Filter {
        let otherwise = if View::All.open_to(viewer) { View::All } else { View::MyInbox };
        let view = self.view.filter(|view| view.open_to(viewer)).unwrap_or(otherwise);
        Filter::of_query(view, query)
    }
}

/// What the head of every page says.
#[derive(Clone, Debug)]
pub struct Head {
    /// Light or dark.
    pub theme: Theme,
    /// Which build its files are of: browsers may keep for ever what they got under that name.
    pub build: Arc<str>,
}

impl Head {
    /// Where the files of the build are.
    fn root(&self) -> String {
        format!("/v/{}", self.build)
    }

    /// The address of a file of the build.
    pub fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.root())
    }
}

/// The id of what the workspace stands in.
pub const MOUNT: &str = "workspace";

/// The document of the workspace.
#[component]
pub fn Shell(options: LeptosOptions, head: Head, boot: Arc<Boot>) -> impl IntoView {
    // `<` cannot end the script element from inside a JSON text.
    let block = serde_json::to_string(&*boot).unwrap_or_default().replace('<', "\\u003c");
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=head.theme.key()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
                <title>{format!("{} - Switchboard", boot.snapshot.office.workspace)}</title>
                <link rel="icon" href="/icon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=head.file("pkg/switchboard.css") />
                <HydrationScripts options=options root=head.root() />
                <script type="application/json" id="boot" inner_html=block></script>
            </head>
            <body>
                <div id=MOUNT><Skeleton /></div>
                <ui::icon::Sprite />
            </body>
        </html>
    }
}

/// A page without scripts: a heading, a sentence, the way home.
pub fn notice(head: &Head, heading: &str, sentence: &str) -> String {
    let (heading, sentence) = (heading.to_owned(), sentence.to_owned());
    plain(head, heading.clone(), move || {
        view! {
            <main class="notice">
                <h1>{heading}</h1>
                <p>{sentence}</p>
                <p><a class="button button--accent" href="/">"Go to the inbox"</a></p>
            </main>
        }
    })
}

/// A whole document without scripts.
pub fn plain<V: IntoView>(head: &Head, title: String, body: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    owner.with(|| {
        let page = view! {
            <html lang="en" data-theme=head.theme.key()>
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <title>{title}</title>
                    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
                    <link rel="stylesheet" href=head.file("pkg/switchboard.css") />
                </head>
                <body>{body()}</body>
            </html>
        };
        format!("<!DOCTYPE html>{}", page.to_html())
    })
}
