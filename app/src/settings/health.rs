//! The page **System health**: what is well, and what somebody ought to look at.

use domain::file::size;
use domain::settings::health::{Health, Mail};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Head, failed};
use crate::api;
use crate::desk::use_desk;
use crate::ui::dynamic::{heard, part, says};
use crate::ui::time;

/// How the system is now.
#[component]
pub fn SystemHealth() -> impl IntoView {
    let desk = use_desk();
    let (known, is_busy) = (RwSignal::new(None::<Health>), RwSignal::new(false));
    let look = move || {
        is_busy.set(true);
        spawn_local(async move {
            match api::health().await {
                Ok(health) => drop(known.try_set(Some(health))),
                Err(error) => failed(desk, error),
            }
            is_busy.try_set(false);
        });
    };
    look();
    let warnings = move || {
        let warnings =
            known.with(|known| known.as_ref().map(|health| health.warnings(desk.now.get_untracked())))?;
        Some(match warnings.is_empty() {
            true => view! { <p class="card">"Nothing needs your attention."</p> }.into_any(),
            false => {
                let line = |said: String| view! { <li class="card">{said}</li> };
                view! { <ul class="templates" aria-label="Warnings">{warnings.into_iter().map(line).collect_view()}</ul> }.into_any()
            }
        })
    };
    let facts = move || {
        let health = known.get()?;
        let Health {
            version, started_at, database, database_bytes, disk, n_conversations, n_entries, ..
        } = health;
        let Health { n_agents, n_visitors, mail, has_scanner, n_scheduled, backed_up_at, .. } = health;
        let mail = match mail {
            None => "No mail server".to_owned(),
            Some(Mail { n_waiting, n_failed, .. }) => {
                format!("{n_waiting} waiting, {n_failed} not delivered")
            }
        };
        let disk = disk.map_or("Elsewhere".to_owned(), |disk| {
            format!("{} of {} left", size(disk.free_bytes), size(disk.bytes))
        });
        let facts = [
            ("Version", version),
            ("Running since", time::full(started_at)),
            ("Database", format!("{database}, {}", size(database_bytes))),
            ("Disk", disk),
            ("Conversations", format!("{n_conversations}, with {n_entries} entries of the log")),
            ("Connected to this server", format!("{n_agents} of the team, {n_visitors} visitors")),
            ("E-mail", mail),
            ("Scheduled replies", n_scheduled.to_string()),
            ("Files are scanned", if has_scanner { "Yes" } else { "No" }.to_owned()),
            ("Last backup", backed_up_at.map_or("Never".to_owned(), time::full)),
        ];
        Some(facts.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }))
    };
    view! {
        <main class="settings" aria-label="System health" aria-busy=says(move || is_busy.get().to_string())>
            <Head title="System health" />
            {part(warnings)}
            <dl class="card health" aria-label="Facts">{part(facts)}</dl>
            <button type="button" class="button" aria-disabled=says(move || is_busy.get().then_some("true")) on:click=heard(move |_| look())>"Look again"</button>
        </main>
    }
}
