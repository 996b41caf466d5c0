//! Fan-out: how soon a note is on the screens of all who may see it, and what each of them costs.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use domain::conversation::Scene;
use server::demo::PEOPLE;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::ROUNDS;
use super::ears::{Ears, Seat, next_with};
use super::load::Line;
use super::notes::Notes;
use super::program::Program;
use super::staff::{Session, seats};
use super::table::{Row, Table};

/// Messages of a round, and the time between two.
const MESSAGES: usize = 100;
const GAP: Duration = Duration::from_millis(50);

/// Those before them, whose time is not taken: after a pause a disk's first flush takes a hundred times as long.
const FIRST: usize = 5;

/// Sockets of somebody who may not see what is written.
const BLIND: usize = 10;

/// What stands before a message's number.
const WORDS: &str = "Parcel number ";

/// An eighth of what Rails' Action Cable with Redis and Puma took on two cores for a delivery to 200 sockets.
const EIGHTH_OF_ACTION_CABLE_US: f64 = 180.0 / 8.0;

/// To one socket, which is what the note itself costs, and to 200 and 1,000.
pub async fn fan_out(table: &mut Table, program: &Path, database: &str) -> Result<()> {
    for n in [1, 200, 1_000] {
        let rounds = rounds(program, database, n).await?;
        let of = |figure: fn(&Round) -> f64| -> Vec<(f64, f64)> {
            rounds.iter().map(|(ours, m)| (figure(ours), figure(m))).collect()
        };
        let (p99, cpu) = (of(|round| round.p99_ms), of(|round| round.cpu_us));
        let name = |figure: &str| format!("Fan-out to {n}, {figure}");
        let goal = if n == 1 { "-" } else { "<= 1.5 x M" };
        table.add(Row::ratio(&name("p99 ms"), goal, p99, |ratio| ratio <= 1.5));
        table.add(Row::ratio(&name("CPU us a delivery"), goal, cpu.clone(), |ratio| ratio <= 1.5));
        if n > 1 {
            let holds = |us: f64| us <= EIGHTH_OF_ACTION_CABLE_US;
            table.add(Row::figure(&name("CPU us a delivery"), "<= 22.5 us", cpu, holds));
        }
    }
    Ok(())
}

/// Of ours and of M, to so many sockets each, while those who may not see it hear nothing.
async fn rounds(program: &Path, database: &str, n: usize) -> Result<Vec<(Round, Round)>> {
    let (ours, m) = (Program::ours(program, database).await?, Program::hub().await?);
    let notes = Notes::of(&ours).await;
    let Audience { scene, seeing, mut blind } = Audience::of(&ours, &notes).await;
    let frame = frame(&ours, &notes, &scene).await;
    let mut silent = Ears::for_words(&scene.conversation.id.to_string());
    silent.open(blind.seats(&ours).take(BLIND)).await;
    let (mut of_ours, mut of_m) = (Ears::for_words(WORDS), Ears::for_words(WORDS));
    of_ours.open(seats(&ours, n, &seeing).await).await;
    of_m.open(vec![Seat::of(&m); n]).await;
    let to_ours = |n: usize| notes.about(&ours, &scene, &words(n));
    // The same bytes as ours.
    let to_m = |n: usize| {
        let text = frame.replace(&words(0), &words(n));
        m.request("POST /tell", &[("content-type", "text/plain")], &text)
    };
    let mut rounds = vec![];
    for _ in 0..ROUNDS {
        let of_ours = round(&ours, &mut of_ours, to_ours).await;
        assert!(silent.are_silent(), "who does not see a conversation hears nothing of it");
        rounds.push((of_ours, round(&m, &mut of_m, to_m).await));
    }
    Ok(rounds)
}

fn words(n: usize) -> String {
    format!("{WORDS}{n:06} comes between nine and ten tomorrow.")
}

/// A conversation, and who may see it.
struct Audience {
    scene: Scene,
    seeing: Vec<Session>,
    blind: Session,
}

impl Audience {
    /// Of one that some see and some do not.
    async fn of(ours: &Program, notes: &Notes) -> Self {
        let mut sessions = vec![];
        for person in &PEOPLE {
            sessions.push(Session::open(ours, person.key).await);
        }
        let n_seeing = |scene: &Scene| sessions.iter().filter(|session| session.sees(scene)).count();
        // So many that they may sign in often enough for a thousand sockets.
        let is_fit = |scene: &&Scene| (6..PEOPLE.len()).contains(&n_seeing(scene));
        let scene = notes.scenes.iter().find(is_fit).expect("a conversation for some").clone();
        let (seeing, blind): (Vec<_>, Vec<_>) =
            sessions.into_iter().partition(|session| session.sees(&scene));
        Self { scene, seeing, blind: blind.into_iter().next().unwrap() }
    }
}

/// What travels to each of them about a note.
async fn frame(ours: &Program, notes: &Notes, scene: &Scene) -> String {
    let mut socket = notes.writer.clone().seats(ours).next().unwrap().open().await;
    ours.ask(&notes.about(ours, scene, &words(0))).await;
    next_with(&mut socket, WORDS).await
}

struct Round {
    p99_ms: f64,
    cpu_us: f64,
}

/// Every message to every socket, once.
async fn round(program: &Program, ears: &mut Ears, request: impl Fn(usize) -> String) -> Round {
    let (cpu, mut line) = (program.cpu(), Line::open(program.address).await.unwrap());
    let (mut gap, mut begun) = (interval(GAP), vec![]);
    gap.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for n in 0..FIRST + MESSAGES {
        gap.tick().await;
        let request = request(n);
        begun.push(Instant::now());
        let answer = line.ask(&request).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let n = ears.n() * (FIRST + MESSAGES);
    let heard = ears.hear(n).await;
    let cpu = program.cpu() - cpu;
    // What comes too much comes soon.
    sleep(2 * GAP).await;
    assert!(ears.are_silent(), "nothing is told twice");
    let timed = heard.iter().filter(|heard| heard.message >= FIRST);
    let mut latencies: Vec<Duration> = timed.map(|heard| heard.at - begun[heard.message]).collect();
    latencies.sort();
    let p99_ms = latencies[latencies.len() * 99 / 100].as_secs_f64() * 1e3;
    Round { p99_ms, cpu_us: cpu.as_secs_f64() * 1e6 / n as f64 }
}
