//! The demo's people at their browsers.

use std::collections::BTreeSet;

use domain::conversation::Scene;
use domain::desk::{Desk, Snapshot};
use domain::filter::Filter;
use domain::live::Up;
use domain::sight;
use domain::time::Timestamp;
use domain::view::View;
use server::web::live::PROTOCOL;

use super::ears::Seat;
use super::program::Program;

/// Sockets that one session has. The server allows no more.
const SOCKETS: usize = 40;

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Session {
    /// As they are called in the demo.
    pub key: &'static str,
    pub cookie: String,
    pub desk: Desk,
}

impl Session {
    pub async fn open(ours: &Program, key: &'static str) -> Self {
        let cookie = ours.sign_in(key).await;
        let body = serde_json::json!({ "filter": Filter::of(View::MyInbox), "open": null }).to_string();
        let headers = [("content-type", "application/json"), ("cookie", &*cookie)];
        let answer = ours.ask(&ours.request("POST /api/snapshot", &headers, &body)).await;
        let snapshot: Snapshot = serde_json::from_str(&answer.body).unwrap();
        let mut desk = Desk::empty();
        desk.start(snapshot, Timestamp(0));
        Self { key, cookie, desk }
    }

    pub fn sees(&self, scene: &Scene) -> bool {
        sight::visible(&self.desk.viewer, scene)
    }

    /// Where its sockets listen, as many as it may have.
    pub fn seats(&mut self, ours: &Program) -> impl Iterator<Item = Seat> + use<> {
        let hello: Up = self.desk.hello();
        let seat = Seat::of(ours)
            .with("cookie", &self.cookie)
            .with("origin", &format!("http://{}", ours.address))
            .with("sec-websocket-protocol", PROTOCOL)
            .that_says(serde_json::to_string(&hello).unwrap());
        std::iter::repeat_n(seat, SOCKETS)
    }
}

/// So many seats, of as few sessions as that takes; those people take turns in signing in.
///
/// Nobody may sign in more than ten times in a minute, and all of one address not more than thirty times.
pub async fn seats(ours: &Program, n: usize, sessions: &[Session]) -> Vec<Seat> {
    let keys: BTreeSet<&str> = sessions.iter().map(|session| session.key).collect();
    let mut seats: Vec<Seat> = vec![];
    for place in 0..n.div_ceil(SOCKETS) {
        let mut session = match sessions.get(place) {
            Some(session) => session.clone(),
            None => Session::open(ours, sessions[place % keys.len()].key).await,
        };
        seats.extend(session.seats(ours));
    }
    seats.truncate(n);
    seats
}
