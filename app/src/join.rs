//! The pages to which a link of the team leads: join it, or choose a new password. Plain HTML and one form each.

use domain::settings::password::PASSWORD_LEAST_CHARS;
use domain::settings::workspace::OwnerProblems;
use leptos::prelude::*;

use crate::setup::{alert, field, next};
use crate::shell::{Head, plain};

/// A page with what was typed and what was wrong.
#[derive(Clone, Debug)]
pub struct Page {
    /// Whether somebody joins; else they have forgotten their password.
    pub joins: bool,
    /// What the workspace is called.
    pub workspace: String,
    /// Where the form is sent: this page's own path.
    pub path: String,
    /// What they sign in with.
    pub email: String,
    /// The name that was typed.
    pub display_name: String,
    /// What stands against each field.
    pub problems: OwnerProblems,
    /// What stands against all of it.
    pub problem: Option<String>,
}

/// The whole document.
pub fn page(head: &Head, page: Page) -> String {
    let title = match page.joins {
        true => format!("Join {}", page.workspace),
        false => format!("New password - {}", page.workspace),
    };
    plain(head, title, move || view! { <Join page /> })
}

#[component]
fn Join(page: Page) -> impl IntoView {
    let Page { joins, workspace, path, email, display_name, problems, problem } = page;
    let OwnerProblems { display_name: no_name, email: _, password } = problems;
    let sentence = |refusal: Option<domain::refusal::Refusal>| refusal.map(|refusal| refusal.sentence());
    let least = Some(format!("At least {PASSWORD_LEAST_CHARS} characters."));
    let title = if joins { format!("Join {workspace}") } else { "Choose a new password".to_owned() };
    let label = title.clone();
    let button = if joins { title.clone() } else { "Set password".to_owned() };
    let name = joins
        .then(|| field("Your name", "display_name", "text", display_name, None, sentence(no_name), "name"));
    view! {
        <main class="sign-in" aria-label=label>
            <div class="sign-in__card">
                <p class="sign-in__brand"><span class="brand-mark" aria-hidden="true"></span>{workspace}</p>
                <h1>{title}</h1>
                <p>"You sign in with "<b><bdi>{email.clone()}</bdi></b>"."</p>
                {alert(problem)}
                <form method="post" action=path>
                    // Password managers keep it beside the password.
                    <input type="hidden" name="email" value=email autocomplete="username" />
                    {name}
                    {field("Password", "password", "password", String::new(), least, sentence(password), "new-password")}
                    {next(button)}
                </form>
            </div>
        </main>
    }
}
