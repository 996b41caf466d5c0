//! The sign-in page: plain HTML and one form.

use leptos::prelude::*;

use crate::shell::{Head, plain};

/// What the form shows.
#[derive(Clone, Debug)]
pub struct Form {
    /// The address that was typed.
    pub email: String,
    /// Where to go afterwards: a path on this server.
    pub next: String,
    /// What was wrong the last time.
    pub problem: Option<Problem>,
}

/// Why somebody is not signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Address or password; which of them is not said.
    NotRight,
    /// Too many tries.
    TooMany,
    /// Ours, with its sentence.
    Broken(String),
}

impl Problem {
    fn sentence(self) -> String {
        match self {
            Problem::NotRight => {
                "Email or password is not right. Try again, or ask an admin for a new password.".into()
            }
            Problem::TooMany => "Too many tries in a short time. Wait a minute and try again.".into(),
            Problem::Broken(sentence) => sentence,
        }
    }
}

/// The whole page.
pub fn page(head: &Head, workspace: &str, form: Form) -> String {
    let workspace = workspace.to_owned();
    plain(head, format!("Sign in - {workspace}"), move || view! { <SignIn workspace form /> })
}

#[component]
fn SignIn(workspace: String, form: Form) -> impl IntoView {
    let Form { email, next, problem } = form;
    let has_problem = problem.is_some();
    let has_email = !email.is_empty();
    view! {
        <main class="sign-in" aria-label="Sign in">
            <div class="sign-in__card">
                <p class="sign-in__brand"><span class="brand-mark" aria-hidden="true"></span>{workspace}</p>
                <h1>"Sign in"</h1>
                {problem.map(|problem| view! { <p class="alert" role="alert" id="problem">{problem.sentence()}</p> })}
                <form method="post" action="/login">
                    <input type="hidden" name="next" value=next />
                    <label class="field">
                        <span class="field__label">"Email"</span>
                        <input
                            class="input" name="email" type="email" autocomplete="username" required
                            value=email
                            autofocus=!has_email
                            aria-describedby=has_problem.then_some("problem")
                        />
                    </label>
                    <label class="field">
                        <span class="field__label">"Password"</span>
                        <input
                            class="input" name="password" type="password" autocomplete="current-password" required
                            autofocus=has_email
                            aria-describedby=has_problem.then_some("problem")
                        />
                    </label>
                    <label class="check">
                        <input type="checkbox" name="keep" value="yes" />
                        "Keep me signed in"
                    </label>
                    <button class="button button--accent button--wide" type="submit">"Sign in"</button>
                </form>
            </div>
        </main>
    }
}
