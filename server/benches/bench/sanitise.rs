//! What hostile HTML costs, until it is shown: cleaned, or as text.

use std::hint::black_box;
use std::time::Instant;

use server::html::{SafeHtml, text_of};

use super::ROUNDS;
use super::shapes::SHAPES;
use super::table::{Row, Table};

/// The lengths that are tried, in bytes.
const LENGTHS: [usize; 4] = [1_000, 32_000, 500_000, 1_000_000];

/// The worst of all shapes, beside a harmless mail of 100 KB.
pub fn sanitise(table: &mut Table) {
    let harmless = "<p>Hello <b>you</b>.</p>".repeat(4_000);
    let rounds = (0..ROUNDS).map(|_| {
        let hostile = SHAPES.iter().flat_map(|(_, shape, _)| LENGTHS.map(shape)).map(|html| ms(&html));
        (hostile.fold(0.0, f64::max), ms(&harmless))
    });
    let (name, goal) = ("The worst HTML of up to 1 MB : a mail of 100 KB, ms", "<= 250 ms");
    table.add(Row::figure(name, goal, rounds.collect(), |ours| ours <= 250.0));
}

fn ms(html: &str) -> f64 {
    let begun = Instant::now();
    match SafeHtml::of(html) {
        Some(html) => drop(black_box(html)),
        None => drop(black_box(text_of(html))),
    }
    begun.elapsed().as_secs_f64() * 1e3
}
