//! A browser that is slower than the news loses its queue, never its cursor.

use app::backend::{Asker, Backend};
use domain::desk::Desk;
use domain::filter::Filter;
use domain::live::{Entry, Up};
use domain::view::View;
use domain::worlds::{ANA, BILLING, NOON, ZOE};
use server::conversation::log;
use server::db::Tx;
use server::live::listener::{Frame, Listener};

use crate::office::{Office, in_office, note};

/// More news than the server keeps for a slow browser.
const NEWS: usize = 260;

fn listener(office: &Office, asker: &Asker) -> Listener {
    office.server.live.listener(asker.clone()).expect("few are connected")
}

async fn says_hello(listener: &mut Listener, desk: &mut Desk) {
    let hello: Up = desk.hello();
    let frames = listener.hear(hello, NOON).await.unwrap();
    hears(desk, &frames);
}

fn hears(desk: &mut Desk, frames: &[Frame]) {
    for frame in frames {
        let Frame::Text(text) = frame else { panic!("{frame:?}") };
        desk.hear(serde_json::from_str(text).unwrap(), NOON);
    }
}

#[tokio::test]
async fn a_slow_browser_misses_nothing_wherever_it_is_cut_off() {
    in_office(async |office| {
        let one = office.writes("Cleo", "Refund?", BILLING).await;
        let other = office.writes("Clio", "Refund?", BILLING).await;
        let zoe = office.agent(ZOE);
        let asker = zoe.signs_in().await;
        let mut desk = Desk::empty();
        let snapshot = office.server.snapshot(&zoe.viewer, Filter::of(View::All), None).await.unwrap();
        desk.start(snapshot, NOON);
        for number in [one.number, other.number] {
            desk.take_opened(zoe.open(number).await.unwrap(), NOON);
        }
        let (mut slow, mut quick) = (listener(&office, &asker), listener(&office, &asker));
        says_hello(&mut slow, &mut desk).await;
        says_hello(&mut quick, &mut desk.clone()).await;
        for n in 0..NEWS {
            office.agent(ANA).run([one.id, other.id][n % 2], note("A word.")).await.unwrap();
            let heard = quick.listen().await;
            quick.understand(heard, NOON).await.unwrap();
        }
        let mut frames = vec![];
        while slow.known() < quick.known() || frames.is_empty() {
            let heard = slow.listen().await;
            frames.extend(slow.understand(heard, NOON).await.unwrap());
        }
        assert!(frames.len() > NEWS, "each entry, and a head: {frames:?}");
        for cut in (0..=frames.len()).step_by((frames.len() / 8).max(1)) {
            let mut desk = desk.clone();
            hears(&mut desk, &frames[..cut]);
            says_hello(&mut listener(&office, &asker), &mut desk).await;
            for id in [one.id, other.id] {
                let read =
                    async move |tx: &mut Tx| log::thread(tx, id, i64::MAX, log::Whispers::All, NEWS).await;
                let thread = office.server.db.read(read).await.unwrap();
                let seqs = |entries: &[Entry]| entries.iter().map(|entry| entry.seq).collect::<Vec<_>>();
                assert_eq!(seqs(&desk.thread(id).unwrap().entries), seqs(&thread), "after {cut} frames");
            }
        }
    })
    .await;
}
