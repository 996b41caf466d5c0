//! As many conversations as somebody wants to see it with: the threads of the demo told again by other people at other
//! times. The same seed gives the same house.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use domain::contact::Contact;
use domain::counter::{self, Cell};
use domain::office::Office;
use domain::time::{Duration, Timestamp};
use domain::viewer::By;

use super::script::{Chance, blocks, play_block};
use super::{SCRIPTS, Thread, group_id};
use crate::conversation::{log, store};
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::server::WORKSPACE;
use crate::{office, sql};

/// Conversations that are written in one transaction.
const BATCH: i64 = 500;

/// How far back the oldest goes.
const YEARS_BACK: i64 = 2;

/// Contacts of the newest conversations, some of whom write again.
const REGULARS: usize = 500;

const FIRST_NAMES: [&str; 24] = [
    "Ada", "Bela", "Chiara", "Dmitri", "Emeka", "Fatima", "Goran", "Hanna", "Ines", "Jan", "Katya", "Liam",
    "Mei", "Nadia", "Omar", "Petra", "Quentin", "Rosa", "Søren", "Tariq", "Uma", "Viktor", "Wanda", "Yusuf",
];

const LAST_NAMES: [&str; 24] = [
    "Abel",
    "Brandão",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Farkas",
    "Grimaldi",
    "Huber",
    "Ivanova",
    "Jansen",
    "Kaya",
    "Lindqvist",
    "Moretti",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quispe",
    "Rossi",
    "Schmid",
    "Tanaka",
    "Ullmann",
    "Varga",
    "Weber",
    "Zhang",
];

/// Adds that many conversations to the demo workspace, the newest a day old, and says now and then how many stand.
pub async fn add(db: &Db, n: i64, seed: u64, now: Timestamp, told: impl Fn(i64)) -> Result<(), Error> {
    let read = db.read(async move |tx: &mut Tx| {
        let office = office::Cached::default().in_transaction(tx).await?;
        let next: i64 = tx.q(sql!("select next_number from workspace")).one().await?.get(0)?;
        Ok::<_, Error>((office, next))
    });
    let (office, first) = read.await?;
    let mut tales = Tales::new(office, seed, n, now);
    let mut done = 0;
    while done < n {
        let until = n.min(done + BATCH);
        // The numbers follow the demo's own, whose newest is younger: what is told here is history.
        let threads: Result<Vec<Thread>> =
            (done..until).map(|place| tales.tell(place, first + place)).collect();
        let (threads, new, office) = (threads?, tales.new_contacts(), tales.office.clone());
        db.write(WORKSPACE, async move |tx: &mut Tx| write(tx, &office, &threads, &new, first + until).await)
            .await?;
        done = until;
        told(done);
    }
    Ok(())
}

/// Who tells threads again.
struct Tales {
    office: Arc<Office>,
    chance: Chance,
    /// The blocks of all files, each with its group's place; what is over first, and where the rest begins.
    blocks: Vec<(usize, Vec<&'static str>)>,
    n_over: usize,
    regulars: Vec<Contact>,
    new: Vec<Contact>,
    n: i64,
    now: Timestamp,
}

impl Tales {
    fn new(office: Arc<Office>, seed: u64, n: i64, now: Timestamp) -> Self {
        let all = SCRIPTS
            .iter()
            .flat_map(|(group, _, text)| blocks(text).into_iter().map(|(_, block)| (*group, block)));
        let is_over = |block: &[&str]| {
            let ends = ["resolve ", "close ", "archive "];
            let last = |words: &[&str]| {
                block.iter().rposition(|line| words.iter().any(|word| line.starts_with(word)))
            };
            last(&ends) > last(&["reopen ", "< "])
        };
        let (mut over, open): (Vec<_>, Vec<_>) = all.partition(|(_, block)| is_over(block));
        let n_over = over.len();
        over.extend(open);
        Self { office, chance: Chance(seed), blocks: over, n_over, regulars: vec![], new: vec![], n, now }
    }

    fn tell(&mut self, place: i64, number: i64) -> Result<Thread> {
        // The last month is as the demo's own days; what is older is over, but for a few that were forgotten.
        let age = self.age(place);
        let is_old = age > Duration::days(30);
        let most = if is_old && !self.chance.is_one_in(20) { self.n_over } else { self.blocks.len() };
        let n = self.chance.between(0, i64::try_from(most)?);
        let (group, block) = self.blocks.get(usize::try_from(n)?).context("a block")?.clone();
        let begin = self.now - age;
        let mut thread =
            play_block(&self.office, group_id(group), &block, begin, self.now, &mut self.chance)?;
        thread.conversation.number = number;
        let contact = self.somebody(&thread.contact);
        thread.told_by(&contact);
        Ok(thread)
    }

    /// Evenly over the years, the last one a day ago.
    fn age(&self, place: i64) -> Duration {
        let back = Duration::days(365 * YEARS_BACK).0;
        Duration(Duration::days(1).0 + back / self.n.max(1) * (self.n - place))
    }

    /// One who wrote before, or somebody new with what the block says of its contact.
    fn somebody(&mut self, like: &Contact) -> Contact {
        if self.chance.is_one_in(4) && !self.regulars.is_empty() {
            let place = self.chance.next() as usize % self.regulars.len();
            return self.regulars[place].clone();
        }
        let mut one_of = |names: &[&'static str]| names[self.chance.next() as usize % names.len()];
        let (first, last) = (one_of(&FIRST_NAMES), one_of(&LAST_NAMES));
        let name = format!("{first} {last}");
        let contact = Contact {
            original_name: name.clone(),
            display_name: name,
            email: like.email.as_ref().map(|_| format!("{:x}@mail.example", self.chance.next() >> 24)),
            ..like.clone()
        };
        self.new.push(contact.clone());
        match self.regulars.len() < REGULARS {
            true => self.regulars.push(contact.clone()),
            false => {
                let place = self.chance.next() as usize % REGULARS;
                self.regulars[place] = contact.clone();
            }
        }
        contact
    }

    fn new_contacts(&mut self) -> Vec<Contact> {
        std::mem::take(&mut self.new)
    }
}

async fn write(
    tx: &mut Tx,
    office: &Office,
    threads: &[Thread],
    new: &[Contact],
    next_number: i64,
) -> Result<(), Error> {
    let conversations: Vec<_> = threads.iter().map(|thread| &thread.conversation).collect();
    store::write_many(tx, new, &conversations).await?;
    let last = super::write(tx, office, threads).await?;
    let mut cells: BTreeMap<Cell, i64> = BTreeMap::new();
    for Thread { contact, conversation, .. } in threads {
        for (cell, n) in counter::moves(None, (contact, conversation)) {
            *cells.entry(cell).or_default() += n;
        }
    }
    log::write_cells(tx, &cells.into_iter().collect::<Vec<_>>(), last).await?;
    for Thread { conversation, messages, .. } in threads {
        let newest = messages.iter().rev().find(|message| !message.kind.is_public());
        let Some(newest) =
            newest.filter(|private| conversation.last_public.is_some_and(|last| last.at < private.at))
        else {
            continue;
        };
        tx.q(sql!("update conversation set last_private_id = $1 where conversation_id = $2"))
            .bind(newest.id.to_string())
            .bind(conversation.id.to_string())
            .exec()
            .await?;
    }
    tx.q(sql!("update workspace set next_number = $1")).bind(next_number).exec().await?;
    Ok(())
}

impl Thread {
    /// Makes it that contact's.
    pub(super) fn told_by(&mut self, contact: &Contact) {
        self.contact = contact.clone();
        self.conversation.contact = contact.id;
        let authors = self.facts.iter_mut().map(|fact| &mut fact.by);
        for by in authors.chain(self.messages.iter_mut().map(|message| &mut message.by)) {
            if let By::Visitor(visitor) = by {
                *visitor = contact.id;
            }
        }
    }
}
