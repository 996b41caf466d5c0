//! The pages on which a new owner sets an empty house up: plain HTML and one form each.

use domain::settings::password::PASSWORD_LEAST_CHARS;
use domain::settings::widget::Form as Asks;
use domain::settings::workspace::OwnerProblems;
use leptos::prelude::*;

use crate::shell::{Head, plain};

/// A page of set-up, with what was typed and what was wrong.
#[derive(Clone, Debug)]
pub enum Page {
    /// Who may set it up.
    Token { problem: Option<String> },
    /// What it is called.
    Workspace { name: String, problem: Option<String> },
    /// Who owns it.
    Owner { display_name: String, email: String, problems: OwnerProblems, problem: Option<String> },
    /// Where customers write first.
    Chat { name: String, greeting: String, sites: String, form: Asks, problem: Option<String> },
    /// What goes into the website, and a first message.
    Finish { snippet: String, key: String, is_sent: bool, problem: Option<String> },
}

/// The steps, as the list at their head names them.
const STEPS: [&str; 4] = ["Workspace", "Owner account", "First chat", "Finish"];

impl Page {
    /// Counted from 1; the token is asked for before the first.
    fn step(&self) -> usize {
        match self {
            Page::Token { .. } => 0,
            Page::Workspace { .. } => 1,
            Page::Owner { .. } => 2,
            Page::Chat { .. } => 3,
            Page::Finish { .. } => 4,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Page::Token { .. } => "Set up Switchboard",
            Page::Workspace { .. } => "Name your workspace",
            Page::Owner { .. } => "Make your account",
            Page::Chat { .. } => "Open the first chat",
            Page::Finish { .. } => "Put it on your website",
        }
    }
}

/// The whole document.
pub fn page(head: &Head, page: Page) -> String {
    let title = match page.step() {
        0 => page.title().to_string(),
        step => format!("{} - Step {step} of {}", page.title(), STEPS.len()),
    };
    let script = head.file("setup.js");
    plain(head, title, move || view! { <Setup page script /> })
}

#[component]
fn Setup(page: Page, script: String) -> impl IntoView {
    let (step, title) = (page.step(), page.title());
    let is_wide = matches!(page, Page::Finish { .. });
    view! {
        <main class="sign-in setup" aria-label="Set-up">
            <div class="sign-in__card" data-wide=is_wide.then_some("")>
                <p class="sign-in__brand"><span class="brand-mark" aria-hidden="true"></span>"Switchboard"</p>
                {(step > 0).then(|| view! {
                    <ol class="setup__steps" aria-label="Setup steps">
                        {STEPS.iter().enumerate().map(|(n, name)| view! {
                            <li aria-current=(n + 1 == step).then_some("step") data-done=(n + 1 < step).then_some("")>
                                <span class="setup__number" aria-hidden="true">{n + 1}</span>{*name}
                                {(n + 1 < step).then(|| view! { <span class="visually-hidden">", done"</span> })}
                            </li>
                        }).collect_view()}
                    </ol>
                    <p class="setup__progress">{format!("Step {step} of {}", STEPS.len())}</p>
                })}
                <h1>{title}</h1>
                {match page {
                    Page::Token { problem } => token(problem).into_any(),
                    Page::Workspace { name, problem } => workspace(name, problem).into_any(),
                    Page::Owner { display_name, email, problems, problem } => {
                        owner(display_name, email, problems, problem).into_any()
                    }
                    Page::Chat { name, greeting, sites, form, problem } => {
                        chat(name, greeting, sites, form, problem).into_any()
                    }
                    Page::Finish { snippet, key, is_sent, problem } => finish(snippet, key, is_sent, problem, script).into_any(),
                }}
            </div>
        </main>
    }
}

pub(crate) fn alert(problem: Option<String>) -> impl IntoView {
    problem.map(|problem| view! { <p class="alert" role="alert">{problem}</p> })
}

/// A field, with what stands against its value beside it.
pub(crate) fn field(
    label: &'static str,
    name: &'static str,
    kind: &'static str,
    value: String,
    hint: Option<String>,
    problem: Option<String>,
    autocomplete: &'static str,
) -> impl IntoView {
    let (hint_id, problem_id) = (format!("{name}-hint"), format!("{name}-problem"));
    let described = [hint.as_ref().map(|_| hint_id.clone()), problem.as_ref().map(|_| problem_id.clone())];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            <input
                class="input" id=name name=name type=kind value=value autocomplete=autocomplete required
                aria-describedby=(!described.is_empty()).then_some(described)
                aria-invalid=problem.is_some().then_some("true")
            />
            {hint.map(|hint| view! { <p class="field__hint" id=hint_id>{hint}</p> })}
            {problem.map(|problem| view! { <p class="field__problem" role="alert" id=problem_id>{problem}</p> })}
        </div>
    }
}

pub(crate) fn next(name: impl Into<String>) -> impl IntoView {
    let name: String = name.into();
    view! { <button class="button button--accent button--wide" type="submit">{name}</button> }
}

fn token(problem: Option<String>) -> impl IntoView {
    let hint = "It stands in the log of the server, in the last lines of its start.".to_string();
    view! {
        <p>"Nobody owns this Switchboard yet. Whoever can read the log of its server sets it up."</p>
        <form method="post" action="/setup/token">
            {field("Set-up token", "token", "text", String::new(), Some(hint), problem, "off")}
            {next("Continue")}
        </form>
    }
}

fn workspace(name: String, problem: Option<String>) -> impl IntoView {
    let hint = "Customers read it above the chat.".to_string();
    view! {
        <form method="post" action="/setup/workspace">
            {field("Workspace name", "name", "text", name, Some(hint), problem, "organization")}
            {next("Continue")}
        </form>
    }
}

fn owner(
    display_name: String,
    email: String,
    problems: OwnerProblems,
    problem: Option<String>,
) -> impl IntoView {
    let OwnerProblems { display_name: no_name, email: no_email, password } = problems;
    let sentence = |refusal: Option<domain::refusal::Refusal>| refusal.map(|refusal| refusal.sentence());
    let least = format!("At least {PASSWORD_LEAST_CHARS} characters.");
    view! {
        <p>"It may do everything. You sign in with it from now on."</p>
        {alert(problem)}
        <form method="post" action="/setup/owner">
            {field("Your name", "display_name", "text", display_name, None, sentence(no_name), "name")}
            {field("Email", "email", "email", email, None, sentence(no_email), "username")}
            {field("Password", "password", "password", String::new(), Some(least), sentence(password), "new-password")}
            {next("Make account")}
        </form>
    }
}

fn chat(name: String, greeting: String, sites: String, form: Asks, problem: Option<String>) -> impl IntoView {
    view! {
        <p>"A button in the corner of your website. What customers write there stands in Unassigned."</p>
        <form method="post" action="/setup/chat">
            {field("Name of the chat", "name", "text", name, Some("Your team reads it.".into()), None, "off")}
            {field("Greeting", "greeting", "text", greeting, Some("Customers read it before they write.".into()), None, "off")}
            <div class="field">
                <label class="field__label" for="sites">"Websites where it may appear"</label>
                <textarea
                    class="input" id="sites" name="sites" rows="3" placeholder="https://shop.example.org" spellcheck="false"
                    aria-describedby="sites-hint sites-problem" aria-invalid=problem.is_some().then_some("true")
                    inner_html=escaped(&sites)
                ></textarea>
                <p class="field__hint" id="sites-hint">"One a line. Left empty, every website may show it."</p>
                {problem.map(|problem| view! { <p class="field__problem" role="alert" id="sites-problem">{problem}</p> })}
            </div>
            <fieldset class="setup__choices">
                <legend class="field__label">"Before the first message"</legend>
                {Asks::ALL.iter().map(|choice| view! {
                    <label class="check">
                        <input type="radio" name="form" value=choice.key() checked=*choice == form />{choice.name()}
                    </label>
                }).collect_view()}
            </fieldset>
            {next("Open the chat")}
        </form>
    }
}

/// What stands in a textarea: the renderer does not escape it there.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn finish(
    snippet: String,
    key: String,
    is_sent: bool,
    problem: Option<String>,
    script: String,
) -> impl IntoView {
    view! {
        {alert(problem)}
        <p>"Paste this before "<code>"</body>"</code>" on every page that should have the chat:"</p>
        <div class="setup__snippet">
            <pre id="snippet" tabindex="0" aria-label="Snippet"><code>{snippet}</code></pre>
            <button type="button" class="button" id="copy-snippet">"Copy snippet"</button>
        </div>
        <p id="copied" role="status" class="field__hint"></p>
        <p>"Try it: the chat in the corner of this page is yours already. Or let Switchboard write to you:"</p>
        {match is_sent {
            true => view! { <p class="setup__sent" role="status">"Sent. A test message waits in Unassigned."</p> }.into_any(),
            false => view! {
                <form method="post" action="/setup/test"><button class="button" type="submit">"Send a test message"</button></form>
            }.into_any(),
        }}
        <form method="post" action="/setup/finish">{next("Open the inbox")}</form>
        <script src=script defer></script>
        <script src="/widget.js" data-inbox=key async></script>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stands_in_the_form_again_and_is_never_markup() {
        let evil = "</textarea><script>alert(1)</script>\"'";
        let again = Page::Chat {
            name: evil.into(),
            greeting: evil.into(),
            sites: evil.into(),
            form: Asks::None,
            problem: Some(evil.into()),
        };
        let owner = Page::Owner {
            display_name: evil.into(),
            email: evil.into(),
            problems: OwnerProblems::default(),
            problem: None,
        };
        let head = Head { theme: Default::default(), build: "build".into() };
        for page in [again, owner, Page::Workspace { name: evil.into(), problem: None }] {
            let html = super::page(&head, page);
            assert!(!html.contains("<script>alert") && html.contains("&lt;script&gt;alert"), "{html}");
        }
    }
}
