//! Whatever happens, and on whatever way a browser hears of it, in the end its desk is what a fresh one would be.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::conversation::{Ai, Conversation, Event, apply};
use crate::counter;
use crate::id::{ContactId, GroupId, MessageId};
use crate::live::{Change, Told};
use crate::message::Words;
use crate::order::Order;
use crate::sight::Reach;
use crate::worlds::*;

/// Rows on a page here, so that lists have several.
const PAGE: usize = 3;

const LOG: LogId = LogId::new(77);

/// A house of its own: what a server keeps, without the server.
struct House {
    scenes: BTreeMap<ConversationId, Scene>,
    log: Vec<Logged>,
    public: BTreeMap<ConversationId, Preview>,
    private: BTreeMap<ConversationId, (MessageKind, Preview)>,
    /// Lets each message have an id of its own.
    n_messages: u128,
}

struct Logged {
    conversation: ConversationId,
    entry: Entry,
    before: Option<Reach>,
    order: Option<CommandId>,
}

impl House {
    fn new() -> Self {
        let empty = BTreeMap::new;
        Self {
            scenes: empty(),
            log: vec![],
            public: BTreeMap::new(),
            private: BTreeMap::new(),
            n_messages: 100,
        }
    }

    fn head(&self) -> i64 {
        self.log.len() as i64
    }

    fn words(&mut self) -> Words {
        self.n_messages += 1;
        words(self.n_messages, &format!("Words {}", self.n_messages))
    }

    fn id(&self, at: usize) -> Option<ConversationId> {
        self.scenes.keys().nth(at.checked_rem(self.scenes.len())?).copied()
    }

    fn at(&self) -> Timestamp {
        NOON + crate::time::Duration::seconds(self.head())
    }

    fn begin(&mut self, contact: u128, group: Option<GroupId>, ai: Ai) {
        let number = self.scenes.len() as i64 + 1;
        let (id, contact) = (ConversationId::new(number as u128), ContactId::new(1000 + contact % 4));
        let contact = crate::contact::Contact { id: contact, ..cleo() };
        let begun = Conversation::begin(id, number, contact.id, CHAT, "Refund?".into(), group, ai, self.at());
        self.scenes.insert(id, Scene { contact, conversation: begun, into: None });
        self.receive(id, true);
    }

    fn receive(&mut self, id: ConversationId, is_new: bool) {
        let (words, at) = (self.words(), self.at());
        let by = By::Visitor(self.scenes[&id].contact.id);
        let message =
            Message { id: words.id, kind: MessageKind::Customer, by, at, text: words.text, file: None };
        let fact = Fact { at, by, event: Event::Received { message: message.id } };
        self.write(id, &[fact], vec![message], None, is_new);
    }

    fn run(&mut self, viewer: &Viewer, request: &Request, at: Timestamp) -> Result<Receipt, Refusal> {
        let Some(scene) = self.scenes.get(&request.conversation) else { return Err(Refusal::Missing) };
        let actor = Actor::Agent(viewer.clone());
        let facts = decide(&office(), scene, &actor, &request.command, at)?;
        let id = request.conversation;
        self.write(id, &facts, request.command.messages(actor.by(), at), Some(request.id), false);
        let seq = self.log.iter().filter(|logged| logged.conversation == id).map(|logged| logged.entry.seq);
        Ok(Receipt { id: request.id, seq: seq.max().unwrap_or(0) })
    }

    fn write(
        &mut self,
        id: ConversationId,
        facts: &[Fact],
        messages: Vec<Message>,
        order: Option<CommandId>,
        is_new: bool,
    ) {
        let before = self.scenes[&id].clone();
        let mut scene = before.clone();
        for fact in facts {
            scene.conversation = apply(&scene.conversation, fact);
        }
        if before.conversation.last_public != scene.conversation.last_public {
            self.private.remove(&id);
        }
        for message in &messages {
            match message.kind.is_public() {
                true => drop(self.public.insert(id, Preview::of(message))),
                false => drop(self.private.insert(id, (message.kind, Preview::of(message)))),
            }
        }
        let reach = Some(Reach::of(&before)).filter(|reach| !is_new && *reach != Reach::of(&scene));
        for fact in facts {
            let message = messages.iter().find(|message| fact.event.message() == Some(message.id)).cloned();
            let entry = Entry {
                seq: self.head() + 1,
                at: fact.at,
                by: fact.by,
                event: Some(fact.event.clone()),
                message,
                delivery: None,
            };
            self.log.push(Logged { conversation: id, entry, before: reach.clone(), order });
        }
        self.scenes.insert(id, scene);
    }

    fn row(&self, viewer: &Viewer, id: ConversationId) -> Row {
        let entries = vec![];
        let change = self.change(id, entries);
        change.envelope(change.told_to(viewer) == Told::Whole).row
    }

    fn change(&self, id: ConversationId, logged: Vec<&Logged>) -> Change {
        Change {
            seq: logged.last().map_or(0, |logged| logged.entry.seq),
            before: logged.iter().filter_map(|logged| logged.before.clone()).collect(),
            scene: self.scenes[&id].clone(),
            public: self.public.get(&id).cloned(),
            private: self.private.get(&id).cloned(),
            entries: logged.iter().map(|logged| logged.entry.clone()).collect(),
            settles: logged.iter().filter_map(|logged| logged.order).collect(),
        }
    }

    /// As they are published: neighbours of one conversation are one change.
    fn changes(&self, after: i64) -> Vec<Change> {
        let since: Vec<&Logged> = self.log.iter().filter(|logged| logged.entry.seq > after).collect();
        let groups = since.chunk_by(|one, other| one.conversation == other.conversation);
        groups.map(|group| self.change(group[0].conversation, group.to_vec())).collect()
    }

    /// As they are caught up with: each conversation once.
    fn touched(&self, after: i64) -> Vec<Change> {
        let mut groups = BTreeMap::<ConversationId, Vec<&Logged>>::new();
        for logged in self.log.iter().filter(|logged| logged.entry.seq > after) {
            groups.entry(logged.conversation).or_default().push(logged);
        }
        groups.into_iter().map(|(id, group)| self.change(id, group)).collect()
    }

    fn counts(&self, viewer: &Viewer) -> Counts {
        let cells =
            self.scenes.values().flat_map(|scene| counter::cells(&scene.contact, &scene.conversation));
        counter::counts(viewer, cells.map(|cell| (cell, 1)))
    }

    fn found(&self, viewer: &Viewer, filter: &Filter) -> Vec<(Place, ConversationId)> {
        let matching = self.scenes.values().filter(|scene| filter.matches(viewer, scene, NOON));
        let order = Order::of(filter.view);
        let mut found: Vec<_> = matching
            .map(|scene| (order.place(&scene.contact, &scene.conversation), scene.conversation.id))
            .collect();
        found.sort();
        found
    }

    fn page(&self, viewer: &Viewer, filter: &Filter, after: Option<Place>) -> Page {
        let found = self.found(viewer, filter);
        let n = found.len() as i64;
        let mut rest: Vec<_> =
            found.into_iter().filter(|(place, _)| after.is_none_or(|after| *place > after)).collect();
        let has_more = rest.len() > PAGE;
        rest.truncate(PAGE);
        let next = rest.last().filter(|_| has_more).map(|(place, _)| *place);
        let rows: Vec<Row> = rest.into_iter().map(|(_, id)| self.row(viewer, id)).collect();
        let total = if filter.is_bare() { n } else { rows.len() as i64 };
        let bounded = !filter.is_bare() && has_more;
        Page { seq: self.head(), rows, next, total, bounded, counts: self.counts(viewer) }
    }

    fn total(&self, viewer: &Viewer, filter: &Filter) -> Total {
        Total { seq: self.head(), n: self.found(viewer, filter).len() as i64, bounded: false }
    }

    fn opened(&self, viewer: &Viewer, id: ConversationId) -> Option<Opened> {
        let logged = self.log.iter().filter(|logged| logged.conversation == id).collect();
        let change = self.change(id, logged);
        let told = change.told_to(viewer);
        if !matches!(told, Told::Whole | Told::WithoutWhispers) {
            return None;
        }
        let Envelope { mut entries, row, .. } = change.envelope(told == Told::Whole);
        entries.retain(|entry| !entry.event.as_ref().is_some_and(Event::is_mark));
        let others = self.found(viewer, &Filter::of(View::All)).into_iter().map(|(_, other)| other);
        let others = others
            .filter(|other| *other != id && self.scenes[other].contact.id == self.scenes[&id].contact.id);
        let previous = others.map(|other| self.row(viewer, other)).collect();
        Some(Opened {
            seq: self.head(),
            row,
            entries,
            has_earlier: false,
            previous,
            notes: vec![],
            also: vec![],
        })
    }

    fn snapshot(&self, viewer: &Viewer, filter: Filter) -> Snapshot {
        Snapshot {
            viewer: viewer.clone(),
            office: office(),
            cursor: Cursor { log: LOG, seq: self.head() },
            page: self.page(viewer, &filter, None),
            filter,
            opened: None,
        }
    }
}

/// A browser that looks at a house through a wire which may be cut, and whose questions take their time.
struct Browser {
    viewer: Viewer,
    desk: Desk,
    /// Up to where the server has published to it; `None` while the wire is cut.
    published: Option<i64>,
    /// Answers on their way.
    answers: Vec<Answer>,
    /// Orders on their way.
    orders: Vec<Hope>,
}

enum Answer {
    Page(Box<Filter>, Option<Place>, Box<Page>),
    Total(Box<Filter>, Total),
    Opened(Option<Box<Opened>>),
    Receipt(Receipt),
    Refused(CommandId),
}

impl Browser {
    fn open(house: &House, viewer: Viewer) -> Self {
        let mut desk = Desk::empty();
        desk.start(house.snapshot(&viewer, Filter::of(View::Unassigned)), NOON);
        let mut browser = Self { viewer, desk, published: None, answers: vec![], orders: vec![] };
        browser.connect(house);
        browser
    }

    fn connect(&mut self, house: &House) {
        let Up::Hello { after, .. } = self.desk.hello() else { unreachable!("hello is hello") };
        for change in house.touched(after.seq) {
            self.told(house, &change);
        }
        self.hear(house, Down::Head { seq: house.head(), now: NOON });
        self.hear(house, Down::Counts { seq: house.head(), counts: house.counts(&self.viewer) });
        self.published = Some(house.head());
    }

    /// It begins to catch up, and the wire is cut again.
    fn falter(&mut self, house: &House, n_frames: usize) {
        let Up::Hello { after, .. } = self.desk.hello() else { unreachable!("hello is hello") };
        for change in house.touched(after.seq).iter().take(n_frames) {
            self.told(house, change);
        }
    }

    fn publish(&mut self, house: &House) {
        let Some(published) = self.published else { return };
        let changes = house.changes(published);
        for change in &changes {
            self.told(house, change);
        }
        if !changes.is_empty() {
            self.hear(house, Down::Counts { seq: house.head(), counts: house.counts(&self.viewer) });
        }
        self.published = Some(house.head());
    }

    fn told(&mut self, house: &House, change: &Change) {
        let conversation = change.scene.conversation.id;
        match change.told_to(&self.viewer) {
            Told::Nothing => {}
            Told::Gone => self.hear(house, Down::Gone { seq: change.seq, conversation }),
            told @ (Told::Whole | Told::WithoutWhispers) => {
                self.hear(house, Down::Envelope(change.envelope(told == Told::Whole).into()));
            }
        }
    }

    fn hear(&mut self, house: &House, down: Down) {
        // It travels as text.
        let down = serde_json::from_str(&serde_json::to_string(&down).unwrap()).unwrap();
        let heard = self.desk.hear(down, NOON);
        for ask in heard.ask {
            match ask {
                Ask::Thread(id) => self.ask_thread(house, id),
                Ask::List => self.ask_page(house, None),
                Ask::Everything => unreachable!("nobody's rights change here"),
            }
        }
    }

    fn ask_page(&mut self, house: &House, after: Option<Place>) {
        let filter = self.desk.list().filter.clone();
        let page = house.page(&self.viewer, &filter, after);
        self.answers.push(Answer::Page(Box::new(filter), after, Box::new(page)));
    }

    fn ask_thread(&mut self, house: &House, id: ConversationId) {
        self.answers.push(Answer::Opened(house.opened(&self.viewer, id).map(Box::new)));
    }

    /// The oldest answer arrives.
    fn answer(&mut self, house: &House) {
        if self.answers.is_empty() {
            return;
        }
        match self.answers.remove(0) {
            Answer::Page(filter, after, page) => {
                self.desk.take_page(&filter, *page, after, NOON);
                if self.desk.lacks_total(&filter) {
                    let total = house.total(&self.viewer, &filter);
                    self.answers.push(Answer::Total(filter, total));
                }
            }
            Answer::Total(filter, total) => self.desk.take_total(&filter, total),
            Answer::Opened(Some(opened)) => {
                if let Some(Ask::Thread(id)) = self.desk.take_opened(*opened, NOON) {
                    self.ask_thread(house, id);
                }
            }
            // The stream has said that it is gone, or that it has come back meanwhile.
            Answer::Opened(None) => {}
            Answer::Receipt(receipt) => drop(self.desk.acknowledge(&receipt, NOON)),
            Answer::Refused(id) => drop(self.desk.give_up(id, NOON)),
        }
    }

    fn order(&mut self, house: &mut House, n: u128, kind: u8, pick: usize, to: AgentId) {
        let known: Vec<ConversationId> = self.desk.list().ids().collect();
        let Some(id) = pick.checked_rem(known.len()).map(|at| known[at]) else { return };
        let Some(row) = self.desk.row(id) else { return };
        let command = command(house, kind, row.scene.conversation.last_public.map(|last| last.message), to);
        if self.desk.try_on(&row.scene, &command, NOON).is_ok() {
            let request = Request { id: CommandId::new(n), by: ANA, conversation: id, command };
            let hope = Hope { request, at: house.at(), acknowledged: None, held_until: None };
            self.desk.hope(hope.clone(), NOON);
            self.orders.push(hope);
        }
    }

    /// The oldest order reaches the server.
    fn deliver(&mut self, house: &mut House) {
        if self.orders.is_empty() {
            return;
        }
        let Hope { request, at, .. } = self.orders.remove(0);
        let answer = house.run(&self.viewer, &request, at);
        self.answers.push(match answer {
            Ok(receipt) => Answer::Receipt(receipt),
            Err(_) => Answer::Refused(request.id),
        });
    }

    /// Everything arrives that is on its way.
    fn come_to_rest(&mut self, house: &mut House) {
        while !self.orders.is_empty() {
            self.deliver(house);
        }
        if self.published.is_none() {
            self.connect(house);
        }
        while !self.answers.is_empty() {
            self.answer(house);
        }
        self.publish(house);
        while !self.answers.is_empty() {
            self.answer(house);
        }
    }

    /// What it shows is what a fresh one would show.
    fn is_true(&self, house: &House) -> Result<(), TestCaseError> {
        let desk = &self.desk;
        prop_assert!(!desk.is_hoping(), "nothing is hoped for when everything is answered");
        prop_assert_eq!(desk.counts(NOON), house.counts(&self.viewer));
        for list in desk.lists.iter().filter(|list| list.is_loaded) {
            let mut expected = house.found(&self.viewer, &list.filter);
            expected.retain(|(place, _)| list.next.is_none_or(|next| *place <= next));
            prop_assert_eq!(&list.rows, &expected, "{:?}", &list.filter);
        }
        for (id, known) in &desk.truth {
            prop_assert_eq!(&known.row, &house.row(&self.viewer, *id));
        }
        if desk.list().is_loaded {
            let n = house.found(&self.viewer, &desk.list().filter).len() as i64;
            prop_assert_eq!(desk.total(NOON), (n, false));
        }
        for thread in &desk.threads {
            let fresh = house.opened(&self.viewer, thread.id).expect("what went out of sight is forgotten");
            prop_assert_eq!(&thread.entries, &fresh.entries);
            prop_assert_eq!(desk.previous(thread, NOON), fresh.previous);
        }
        Ok(())
    }
}

fn command(house: &mut House, kind: u8, seen: Option<MessageId>, to: AgentId) -> Command {
    let words = house.words();
    match kind % 10 {
        0 => Command::Claim,
        1 => Command::Assign { to, note: Some(words) },
        2 => Command::Unassign,
        3 => Command::Reply { words, seen },
        4 => Command::Whisper { words, mentions: [to].into() },
        5 => Command::Note { words, mentions: [to].into() },
        6 => Command::Resolve { summary: Some(words), closing: None, seen: None },
        7 => Command::Close,
        8 => Command::Reopen,
        _ => Command::Read,
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A customer begins a conversation.
    Begin(u128, Option<GroupId>, Ai),
    /// A customer goes on.
    Write(usize),
    /// Somebody else gives an order.
    Other(usize, usize, u8, AgentId),
    /// The browser's own agent does.
    Own(u8, usize, AgentId),
    /// One of those reaches the server.
    Deliver,
    /// A question is answered.
    Answer,
    /// Another list is chosen.
    Show(View, Option<GroupId>),
    /// The list goes on.
    More,
    /// A thread is opened.
    Open(usize),
    /// The wire is cut, mended for so many frames, and mended.
    Cut,
    Falter(usize),
    Mend,
}

fn steps() -> impl Strategy<Value = Step> {
    let agent = || select(AGENTS.to_vec());
    prop_oneof![
        3 => (0_u128..4, select(vec![None, Some(BILLING), Some(RETURNS)]), select(vec![Ai::None, Ai::Active]))
            .prop_map(|(contact, group, ai)| Step::Begin(contact, group, ai)),
        3 => (0_usize..9).prop_map(Step::Write),
        8 => (0_usize..6, 0_usize..9, any::<u8>(), agent())
            .prop_map(|(who, which, kind, to)| Step::Other(who, which, kind, to)),
        5 => (any::<u8>(), 0_usize..9, agent()).prop_map(|(kind, which, to)| Step::Own(kind, which, to)),
        4 => Just(Step::Deliver),
        6 => Just(Step::Answer),
        2 => (
            select(vec![View::Unassigned, View::MyInbox, View::All, View::Closed, View::Participating]),
            select(vec![None, Some(BILLING)]),
        ).prop_map(|(view, group)| Step::Show(view, group)),
        2 => Just(Step::More),
        3 => (0_usize..9).prop_map(Step::Open),
        2 => Just(Step::Cut),
        1 => (0_usize..4).prop_map(Step::Falter),
        1 => Just(Step::Mend),
    ]
}

fn run(browser: &mut Browser, house: &mut House, n: u128, step: Step) {
    match step {
        Step::Begin(contact, group, ai) => house.begin(contact, group, ai),
        Step::Write(which) => {
            if let Some(id) = house.id(which) {
                house.receive(id, false);
            }
        }
        Step::Other(who, which, kind, to) => {
            let viewer = everybody()[who].clone();
            let Some(id) = house.id(which) else { return };
            let seen = house.scenes[&id].conversation.last_public.map(|last| last.message);
            let command = command(house, kind, seen, to);
            let request = Request { id: CommandId::new(n), by: ANA, conversation: id, command };
            let at = house.at();
            // A refusal changes nothing.
            let _ = house.run(&viewer, &request, at);
        }
        Step::Own(kind, which, to) => browser.order(house, n, kind, which, to),
        Step::Deliver => browser.deliver(house),
        Step::Answer => browser.answer(house),
        Step::Show(view, group) => {
            let filter = Filter { groups: group.into_iter().map(Some).collect(), ..Filter::of(view) };
            if !browser.desk.show_list(filter) {
                browser.ask_page(house, None);
            }
        }
        Step::More => {
            if let Some(next) = browser.desk.list().next {
                browser.ask_page(house, Some(next));
            }
        }
        Step::Open(which) => {
            let ids: Vec<_> = browser.desk.list().ids().collect();
            if let Some(id) = which.checked_rem(ids.len()).map(|at| ids[at]) {
                browser.ask_thread(house, id);
            }
        }
        Step::Cut => browser.published = None,
        Step::Falter(n_frames) => {
            if browser.published.is_none() {
                browser.falter(house, n_frames);
            }
        }
        Step::Mend => {
            if browser.published.is_none() {
                browser.connect(house);
            }
        }
    }
    browser.publish(house);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_and_what_came_later_is_a_fresh_snapshot(
        first in vec(steps(), 0..20), later in vec(steps(), 1..40), who in 0_usize..6,
    ) {
        let mut house = House::new();
        let mut elsewhere = Browser::open(&house, everybody()[0].clone());
        for (n, step) in (1..).zip(first) {
            run(&mut elsewhere, &mut house, n, step);
        }
        let mut browser = Browser::open(&house, everybody()[who].clone());
        for (n, step) in (1000..).zip(later) {
            run(&mut browser, &mut house, n, step);
        }
        browser.come_to_rest(&mut house);
        browser.is_true(&house)?;
    }
}

fn request(n: u128, id: ConversationId, command: Command) -> Request {
    Request { id: CommandId::new(n), by: ANA, conversation: id, command }
}

/// A house with one conversation of Billing, and Ana's browser.
fn anas() -> (House, Browser, ConversationId) {
    let mut house = House::new();
    house.begin(0, Some(BILLING), Ai::None);
    let browser = Browser::open(&house, office().viewer(ANA).unwrap());
    let id = house.id(0).unwrap();
    (house, browser, id)
}

#[test]
fn a_hope_survives_the_change_of_another() {
    let (mut house, mut ana, id) = anas();
    ana.desk.hope(
        Hope { request: request(1, id, Command::Claim), at: NOON, acknowledged: None, held_until: None },
        NOON,
    );
    assert_eq!(ana.desk.row(id).unwrap().scene.conversation.assignee, Some(ANA));

    house.receive(id, false);
    ana.publish(&house);

    let conversation = ana.desk.row(id).unwrap().scene.conversation;
    assert_eq!(
        (conversation.assignee, conversation.follow_ups),
        (Some(ANA), 2),
        "hers, with the new message"
    );
    assert_eq!(house.scenes[&id].conversation.assignee, None, "the server has not heard of it");
}

#[test]
fn a_hope_that_another_change_makes_void_is_not_shown() {
    let (mut house, mut ana, id) = anas();
    ana.desk.hope(
        Hope { request: request(1, id, Command::Claim), at: NOON, acknowledged: None, held_until: None },
        NOON,
    );
    let ben = office().viewer(BEN).unwrap();
    house.run(&ben, &request(2, id, Command::Assign { to: ANA, note: None }), NOON).unwrap();
    house.run(&ben, &request(3, id, Command::Close), NOON).unwrap();
    ana.publish(&house);
    assert_eq!(ana.desk.row(id).unwrap().scene, house.scenes[&id], "closed, as it is");
}

#[test]
fn the_sender_is_just_another_listener() {
    let (mut house, mut ana, id) = anas();
    let claim =
        Hope { request: request(1, id, Command::Claim), at: NOON, acknowledged: None, held_until: None };
    ana.desk.hope(claim.clone(), NOON);
    house.run(&ana.viewer.clone(), &claim.request, NOON).unwrap();
    // The answer is lost; the stream says what happened, and that it was her order.
    ana.publish(&house);
    assert!(!ana.desk.is_hoping());
    assert_eq!(ana.desk.row(id).unwrap().scene, house.scenes[&id]);
}

#[test]
fn what_is_acknowledged_stays_on_the_screen_until_the_stream_shows_it() {
    let (mut house, mut ana, id) = anas();
    let claim =
        Hope { request: request(1, id, Command::Claim), at: NOON, acknowledged: None, held_until: None };
    ana.published = None;
    ana.desk.hope(claim.clone(), NOON);
    let receipt = house.run(&ana.viewer.clone(), &claim.request, NOON).unwrap();
    ana.desk.acknowledge(&receipt, NOON);
    assert_eq!(ana.desk.row(id).unwrap().scene.conversation.assignee, Some(ANA), "the wire is cut");
    ana.connect(&house);
    assert!(!ana.desk.is_hoping());
}

#[test]
fn an_older_count_of_a_narrowed_list_changes_nothing() {
    let (mut house, mut browser, _) = anas();
    let filter = Filter { groups: [Some(BILLING)].into(), ..Filter::of(View::All) };
    for contact in 10..10 + PAGE as u128 {
        house.begin(contact, Some(BILLING), Ai::None);
    }
    browser.desk.show_list(filter.clone());
    browser.desk.take_page(&filter, house.page(&browser.viewer, &filter, None), None, NOON);
    assert!(browser.desk.total(NOON).1, "more than are here, and nobody has counted them");
    let older = house.total(&browser.viewer, &filter);
    house.begin(99, Some(BILLING), Ai::None);
    let newer = house.total(&browser.viewer, &filter);
    browser.desk.take_total(&filter, newer);
    browser.desk.take_total(&filter, older);
    assert_eq!(browser.desk.total(NOON), (older.n + 1, false));
}

#[test]
fn counts_hope_too() {
    let (_, mut ana, id) = anas();
    let count = |desk: &Desk, view| desk.counts(NOON).get(&view).map_or(0, |count: &Count| count.n);
    assert_eq!((count(&ana.desk, View::Unassigned), count(&ana.desk, View::MyInbox)), (1, 0));
    ana.desk.hope(
        Hope { request: request(1, id, Command::Claim), at: NOON, acknowledged: None, held_until: None },
        NOON,
    );
    assert_eq!((count(&ana.desk, View::Unassigned), count(&ana.desk, View::MyInbox)), (0, 1));
}

#[test]
fn who_comes_to_take_part_asks_for_the_whispers_of_before() {
    let (mut house, mut ana, id) = anas();
    let zoe = office().viewer(ZOE).unwrap();
    let whisper = Command::Whisper { words: words(50, "Between us"), mentions: [].into() };
    house.run(&zoe, &request(2, id, whisper), NOON).unwrap();
    ana.publish(&house);
    ana.ask_thread(&house, id);
    ana.answer(&house);
    assert_eq!(ana.desk.thread(id).unwrap().entries.len(), 1, "only what the customer wrote");
    house.run(&ana.viewer.clone(), &request(3, id, Command::Claim), NOON).unwrap();
    ana.publish(&house);
    ana.come_to_rest(&mut house);
    assert_eq!(ana.desk.thread(id).unwrap().entries.len(), 3);
}
