//! Who is invited: made, given another link, taken back; and the links that let people in.

use domain::id::InvitationId;
use domain::refusal::Refusal;
use domain::settings::invitation::{Invitation, Invite};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Boxes, put};
use crate::backend::{Import, Link, Mailed};
use crate::desk::{Desk, use_desk};
use crate::error::Error;
use crate::settings::failed;
use crate::ui::dialog::Dialog;
use crate::ui::dynamic::{When, heard, part, says};
use crate::{api, dom};

/// The links of the page.
#[derive(Clone, Copy)]
pub struct Links {
    desk: Desk,
    open: RwSignal<Vec<Invitation>>,
    /// The one that was made last, while it is shown.
    pub made: RwSignal<Option<Link>>,
    shows: RwSignal<bool>,
    is_busy: RwSignal<bool>,
    /// What would come of a file of people, or came of it.
    pub imported: RwSignal<Option<Import>>,
}

impl Links {
    pub fn new(desk: Desk) -> Self {
        let (made, shows) = (RwSignal::new(None), RwSignal::new(false));
        let links = Self {
            desk,
            open: RwSignal::new(vec![]),
            made,
            shows,
            is_busy: RwSignal::new(false),
            imported: RwSignal::new(None),
        };
        links.load();
        links
    }

    /// Looks anew which are open.
    pub fn load(self) {
        spawn_local(async move {
            match api::invitations().await {
                Ok(open) => drop(self.open.try_set(open)),
                Err(error) => failed(self.desk, error),
            }
        });
    }

    /// Shows a link once it is made.
    pub fn show(self, link: Link) {
        self.made.try_set(Some(link));
        self.shows.try_set(true);
        self.load();
    }

    /// Makes one, and shows it. While one is on its way no other is made: it would make that one void.
    pub fn make(self, made: impl Future<Output = Result<Link, Error>> + 'static) {
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        spawn_local(async move {
            let answer = made.await;
            self.is_busy.try_set(false);
            match answer {
                Ok(link) => self.show(link),
                Err(error) => failed(self.desk, error),
            }
        });
    }

    fn renew(self, id: InvitationId) {
        self.make(async move { api::renew_invitation(id).await });
    }

    fn revoke(self, id: InvitationId) {
        dom::focus_soon("list-title");
        spawn_local(async move {
            match api::revoke_invitation(id).await {
                Ok(()) => self.desk.toasts.say("Taken back: its link opens nothing any more."),
                Err(error) => failed(self.desk, error),
            }
            self.load();
        });
    }
}

/// Those that are open, and the link that was made last.
#[component]
pub fn Invitations(links: Links) -> impl IntoView {
    let desk = links.desk;
    let one = move |invitation: Invitation| {
        let Invitation { invite: Invite { id, email, roles, .. }, expires, .. } = invitation;
        let (renew, revoke) =
            (format!("New link for {email}"), format!("Take back the invitation of {email}"));
        let roles = desk.office.with_untracked(|office| {
            let mut names: Vec<String> = roles
                .iter()
                .filter_map(|role| office.roles.get(role))
                .map(|role| role.name.clone())
                .collect();
            names.sort();
            if names.is_empty() { "No role".to_owned() } else { names.join(", ") }
        });
        let is_over = desk.now.with_untracked(|now| *now >= expires);
        let until = if is_over { "Its link has expired" } else { "Has not joined yet" };
        view! {
            <li class="card templates__one">
                <div>
                    <p class="templates__name"><b><bdi>{email}</bdi></b><span class="chip" data-tone=is_over.then_some("warn")>{until}</span></p>
                    <small><bdi>{roles}</bdi></small>
                </div>
                <span class="templates__do">
                    <button type="button" class="button" aria-label=renew on:click=heard(move |_| links.renew(id))>"New link"</button>
                    <button type="button" class="button button--quiet" aria-label=revoke on:click=heard(move |_| links.revoke(id))>"Take back"</button>
                </span>
            </li>
        }
    };
    view! {
        <When holds=move || !links.open.with(Vec::is_empty)>
            <h2 id="invited">"Invited"</h2>
            <ul class="templates" aria-labelledby="invited">
                {part(move || links.open.get().into_iter().map(one).collect_view())}
            </ul>
        </When>
        <Dialog open=links.shows label="Link" class="form">
            {part(move || links.made.get().map(|link| view! { <Made link /> }))}
        </Dialog>
    }
}

/// A link, to be given to whom it is for.
#[component]
fn Made(link: Link) -> impl IntoView {
    let desk = use_desk();
    let Link { address, email, mailed } = link;
    let said = match mailed {
        Mailed::Going => format!("It goes to {email} by e-mail."),
        Mailed::Taken => {
            format!("It is on its way to {email} by e-mail. You can also give it to them yourself.")
        }
        Mailed::NoServer => format!("Give it to {email} yourself: this Switchboard sends no e-mail."),
        Mailed::Failed(why) => {
            format!("The e-mail to {email} did not go: {why} Give them the link yourself.")
        }
    };
    let text = address.clone();
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            desk.toasts.say(match dom::copy(&text).await {
                true => "Link copied.",
                false => "Select it and press Ctrl C to copy.",
            });
        });
    };
    view! {
        <h2>"A link for "<bdi>{email}</bdi></h2>
        <p>{said}</p>
        <div class="setup__snippet"><pre tabindex="0" aria-label="Link"><code>{address}</code></pre></div>
        <p class="field__hint">"It is shown this once, and is good once. Whoever has it comes in."</p>
        <div class="dialog__actions">
            <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Done"</button>
            <button type="button" class="button button--accent" autofocus on:click=heard(copy)>"Copy link"</button>
        </div>
    }
}

/// The form of an invitation.
#[component]
pub fn InviteForm(links: Links, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let blank =
        Invite { id: dom::invitation_id(), email: String::new(), roles: [].into(), groups: [].into() };
    // Whoever is limited to groups invites into them.
    let groups = desk.viewer.with_untracked(|viewer| match viewer.super_admin {
        true => [].into(),
        false => desk.office.with_untracked(|office| {
            viewer.groups.iter().filter(|group| office.has_group(**group)).copied().collect()
        }),
    });
    let invite = RwSignal::new(Invite { groups, ..blank });
    let (problem, is_busy) = (RwSignal::new(None::<Error>), RwSignal::new(false));
    let is_of_address = |error: &Error| {
        matches!(
            error,
            Error::Refused(
                Refusal::NotAnAddress | Refusal::AddressTaken { .. } | Refusal::AlreadyInvited { .. }
            )
        )
    };
    let refuse = move |error: Error| {
        if is_of_address(&error) {
            dom::focus("invited-email");
        }
        problem.try_set(Some(error));
    };
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let wanted = invite.get_untracked();
        let viewer = desk.viewer.get_untracked();
        let invitations = links.open.get_untracked();
        let checked =
            desk.office.with_untracked(|office| wanted.clone().checked(office, &viewer, &invitations));
        if let Err(refusal) = checked {
            return refuse(Error::Refused(refusal));
        }
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        spawn_local(async move {
            let answer = api::invite_person(wanted).await;
            is_busy.try_set(false);
            match answer {
                Ok(link) => {
                    if open.try_get_untracked() == Some(true) {
                        dom::close_dialog();
                        open.try_set(false);
                    }
                    links.show(link);
                }
                Err(Error::SignedOut) => desk.signed_out.set(true),
                Err(error) => refuse(error),
            }
        });
    };
    let says_of = move |of_address: bool| {
        part(move || {
            let said = problem.with(|problem| {
                problem.as_ref().filter(|error| is_of_address(error) == of_address).map(Error::sentence)
            });
            said.map(|said| view! { <p class="field__problem" role="alert">{said}</p> })
        })
    };
    view! {
        <form class="dialog__form" on:submit=heard(save)>
            <h2>"Invite somebody"</h2>
            <div class="field">
                <label class="field__label" for="invited-email">"Email"</label>
                <input
                    class="input" id="invited-email" type="text" inputmode="email" autofocus autocomplete="off" spellcheck="false"
                    aria-describedby="invited-problem" aria-invalid=says(move || problem.with(|problem| problem.as_ref().is_some_and(is_of_address)).then_some("true"))
                    prop:value=move || invite.with(|invite| invite.email.clone())
                    on:input=heard(move |event: ev::Event| {
                        problem.set(None);
                        invite.update(|invite| invite.email = event_target_value(&event));
                    })
                />
                <div id="invited-problem">{says_of(true)}</div>
            </div>
            <Boxes
                roles=Signal::derive(move || invite.with(|invite| invite.roles.clone()))
                groups=Signal::derive(move || invite.with(|invite| invite.groups.clone()))
                put_role=Callback::new(move |(role, is_in)| {
                    problem.set(None);
                    invite.update(|invite| put(&mut invite.roles, role, is_in));
                })
                put_group=Callback::new(move |(group, is_in)| {
                    problem.set(None);
                    invite.update(|invite| put(&mut invite.groups, group, is_in));
                })
            />
            {says_of(false)}
            <div class="dialog__actions">
                <button type="button" class="button" on:click=heard(move |_| dom::close_dialog())>"Discard"</button>
                <button type="submit" class="button button--accent" aria-disabled=says(move || is_busy.get().then_some("true"))>"Make link"</button>
            </div>
        </form>
    }
}
