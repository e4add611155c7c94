//! The year as it is played: who does what when, and what is looked at in the end.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    future::Future,
    pin::pin,
    task::Poll,
};

use ioc::{
    app::{App, Ground},
    deliver::{Courier, Outside},
    domain::{
        clock::{Clock, DAY, Entropy, HOUR, MINUTE, Timestamp},
        delivery::{Audience, Channel, Door},
        ids::{CenterId, KeyId, OfficeId, TicketId},
        text::{Description, Line},
        ticket::{State, Ticket},
    },
    flow::{
        Rejection,
        destinations::{self, NewDestination},
        follow::{self, Word},
        handle::{self, Act, RefusalReason},
        submit::{self, Parcel, Taken},
    },
    identity::{Caller, Scope},
    store::Store,
};
use serde_json::json;

use crate::{
    model::{self, Rules},
    number,
    receiver::{Came, Receiver, Reply},
    support::Stage,
};

const START: &str = "2026-01-01T00:00:00Z";
const YEAR: i64 = 365 * DAY;
const BEAT: i64 = 12 * HOUR;
const CATEGORIES: [&str; 6] = ["duong_hong", "rac_thai", "nuoc_sach", "sat_lo", "o_nhiem", "cau_cong"];
/// Deliveries that a killed instance may have made without writing it down: four hands for each of six systems.
const AT_A_KILL: u64 = 24;
/// A year of so many reports has met everything that a year brings.
const FULL: usize = 1_000;
const RESTING: &str = "select count(*) from ticket where next_at is null \
    and state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen', 'resolved')";
/// So many offices have a system that is told.
const SYSTEMS: usize = 5;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Report(u64),
    Office(TicketId),
    Answer(TicketId),
    After(TicketId),
    Down(usize),
    Up(usize),
    Beat,
}

struct Year {
    url: String,
    folder: tempfile::TempDir,
    clock: Clock,
    dice: Entropy,
    app: App,
    courier: Courier,
    turns: BinaryHeap<Reverse<(Timestamp, u64, Turn)>>,
    count: u64,
    offices: Vec<OfficeId>,
    communes: Vec<String>,
    /// Weeks in which an office sleeps.
    asleep: BTreeMap<OfficeId, (Timestamp, Timestamp)>,
    systems: Vec<Receiver>,
    /// Ids of what they have taken, as often as it came, and how much they refused while they were down.
    taken: Vec<String>,
    refused: usize,
    down: BTreeSet<usize>,
    tickets: Vec<TicketId>,
    kills: u64,
    /// How often a ticket lay before an office that slept.
    slept: u64,
}

fn center() -> CenterId {
    "dien-bien".parse().unwrap()
}

fn words(text: &str) -> Description {
    Description::parse(text).unwrap()
}

/// Drops the work after so many looks at it: what a kill leaves behind, without the machine's clock.
async fn cut(polls: u64, work: impl Future) {
    let (mut work, mut left) = (pin!(work), polls);
    std::future::poll_fn(|context| {
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(()) } else { work.as_mut().poll(context).map(drop) }
    })
    .await;
}

async fn open(url: &str, folder: &std::path::Path, clock: &Clock, seed: u64) -> (App, Courier) {
    let ground = Ground::open(url, &center()).await.unwrap().by_hand(clock.clone(), Entropy::seeded(seed));
    let app = ground.app(folder, None).await.unwrap();
    let courier = Courier::new(app.flow.clone(), Outside::default());
    (app, courier)
}

/// Plays the year of a seed and holds it against the model.
pub async fn play(stage: &Stage, seed: u64) {
    println!("the year of seed {seed}: IOC_YEAR_SEED={seed} cargo test --test year first");
    let clock = Clock::manual(START.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::open(&stage.url, &center()).await.unwrap().by_hand(clock.clone(), Entropy::seeded(seed));
    let map = ground.import_approximate().await.unwrap().generation.id;
    ground.activate(&map, Some("2025-07-01T00:00:00Z".parse().unwrap())).await.unwrap();
    ground.furnish().await.unwrap();
    let hours = ground.working_time().await.unwrap();
    let (app, courier) = open(&stage.url, folder.path(), &clock, seed).await;
    let centre = app.flow.centre();
    let communes: Vec<String> = centre.served().map(|commune| commune.code.to_string()).collect();
    assert_eq!(communes.len(), 45);
    let offices: Vec<OfficeId> = communes.iter().map(|code| format!("xa-{code}").parse().unwrap()).collect();
    let mut year = Year {
        url: stage.url.clone(),
        folder,
        clock,
        dice: Entropy::seeded(seed ^ 0x5eed),
        app,
        courier,
        turns: BinaryHeap::new(),
        count: 0,
        offices,
        communes,
        asleep: BTreeMap::new(),
        systems: vec![],
        taken: vec![],
        refused: 0,
        down: BTreeSet::new(),
        tickets: vec![],
        kills: 0,
        slept: 0,
    };
    year.draw().await;
    year.run().await;
    year.look(&Rules { hours, ladder: centre.ladder.data().clone() }).await;
}

impl Year {
    fn dice(&self, sides: u64) -> u64 {
        u64::from_be_bytes(self.dice.bytes()) % sides
    }

    fn pick(&self, of: u64) -> usize {
        usize::try_from(self.dice(of)).unwrap()
    }

    fn span(&self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.dice((to - from).unsigned_abs())).unwrap()
    }

    fn turn(&mut self, at: Timestamp, turn: Turn) {
        self.count += 1;
        self.turns.push(Reverse((at, self.count, turn)));
    }

    /// What is known before the year begins.
    async fn draw(&mut self) {
        let start = self.clock.now();
        for report in 0..number("IOC_YEAR_REPORTS", 40) {
            let at = start.plus(self.span(0, YEAR));
            self.turn(at, Turn::Report(report));
        }
        for beat in 1..YEAR / BEAT {
            self.turn(start.plus(beat * BEAT), Turn::Beat);
        }
        for _ in 0..12 {
            let place = self.pick(45);
            let from = start.plus(self.span(0, YEAR));
            self.asleep.insert(self.offices[place].clone(), (from, from.plus(self.span(10, 60) * DAY)));
        }
        for place in 0..=SYSTEMS {
            let office = (place > 0).then(|| self.offices[place * 7].clone());
            let receiver = Receiver::start().await;
            let store = &self.app.flow.store;
            store.approve(&center(), office.as_ref(), start.plus(3 * YEAR), start).await.unwrap();
            let url = receiver.url.parse().unwrap();
            let channel = Channel::Webhook(Door { url, ranges: vec!["127.0.0.0/8".parse().unwrap()] });
            let name = Line::parse("Hệ thống").unwrap();
            let wished = NewDestination { office, audience: Audience::Office, name, channel, credential: None };
            destinations::add(&self.app.flow, wished).await.unwrap();
            self.systems.push(receiver);
            for _ in 0..6 {
                let from = start.plus(self.span(0, YEAR));
                self.turn(from, Turn::Down(place));
                self.turn(from.plus(6 * HOUR), Turn::Up(place));
            }
        }
    }

    async fn run(&mut self) {
        let end = self.clock.now().plus(YEAR);
        loop {
            let by_itself = self.app.flow.store.due(&center(), Timestamp(i64::MAX), None, 1).await.unwrap();
            let by_itself = by_itself.first().map_or(end, |(at, _)| *at);
            assert!(by_itself > self.clock.now() || self.tickets.is_empty(), "what was due is done: {by_itself}");
            let planned = self.turns.peek().map_or(end, |Reverse((at, ..))| *at);
            let at = planned.min(by_itself).min(end);
            if at == end {
                break;
            }
            self.clock.set(at);
            if self.dice(120) == 0 {
                self.kill().await;
            }
            self.app.tick().await.unwrap();
            while self.turns.peek().is_some_and(|Reverse((planned, ..))| *planned <= at) {
                let Some(Reverse((_, _, turn))) = self.turns.pop() else { break };
                self.play(turn).await;
            }
            self.courier.round().await.unwrap();
        }
        // The last hours of the year: every system lives, nothing new comes but what happens by itself.
        for place in 0..self.systems.len() {
            self.hear(place);
            self.systems[place].always(None);
            self.down.remove(&place);
        }
        for _ in 0..30 {
            self.clock.set(self.clock.now().plus(MINUTE));
            self.app.tick().await.unwrap();
            self.courier.round().await.unwrap();
        }
    }

    /// The instance dies in the middle of its work, and another one is started.
    async fn kill(&mut self) {
        self.kills += 1;
        cut(1 + self.dice(60), self.app.tick()).await;
        cut(1 + self.dice(60), self.courier.round()).await;
        let seed = self.dice(u64::MAX);
        self.app.flow.store.close().await;
        (self.app, self.courier) = open(&self.url, self.folder.path(), &self.clock, seed).await;
    }

    async fn play(&mut self, turn: Turn) {
        match turn {
            Turn::Beat => {
                let resting = count(&self.app.flow.store, RESTING).await;
                assert_eq!(resting, 0, "no ticket rests without a next moment at {}", self.clock.now());
            }
            Turn::Down(place) => {
                self.hear(place);
                self.systems[place].always(Some(Reply::Status(503)));
                self.down.insert(place);
            }
            Turn::Up(place) => {
                self.hear(place);
                self.systems[place].always(None);
                self.down.remove(&place);
            }
            Turn::Report(number) => self.report(number).await,
            Turn::Office(id) => self.office(id).await,
            Turn::Answer(id) => self.say(id, Word::Reply(words("Ở gần cầu treo"))).await,
            Turn::After(id) => {
                let word = if self.dice(2) == 0 { Word::Confirm } else { Word::Reopen(words("Vẫn chưa xong")) };
                self.say(id, word).await;
                self.later(id);
            }
        }
    }

    /// What has come to a system since the last look: taken, or refused where it was down.
    fn hear(&mut self, place: usize) {
        let came = self.systems[place].take();
        if self.down.contains(&place) {
            self.refused += came.len();
        } else {
            self.taken.extend(came.iter().map(Came::id));
        }
    }

    async fn report(&mut self, number: u64) {
        let category = CATEGORIES[self.pick(6)];
        let mut body = json!({"category": category, "description": format!("Phản ánh số {number}")});
        if self.dice(20) > 0 {
            body["place"] = json!({"commune": self.communes[self.pick(45)]});
        }
        let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
        let taken = submit::submit(&self.app.flow, parcel, &Caller::Anyone).await.unwrap();
        let Taken::New(receipt) = taken else { panic!("it is new") };
        let id = TicketId(receipt.id.0);
        self.tickets.push(id);
        self.later(id);
    }

    /// The office looks at it in some hours; now and then it is forgotten for weeks.
    fn later(&mut self, id: TicketId) {
        let hours = if self.dice(25) == 0 { self.span(300, 1_500) } else { self.span(1, 60) };
        let at = self.clock.now().plus(hours * HOUR + self.span(0, HOUR));
        self.turn(at, Turn::Office(id));
    }

    async fn ticket(&self, id: TicketId) -> Ticket {
        self.app.flow.store.ticket(&center(), id).await.unwrap().unwrap()
    }

    async fn say(&self, id: TicketId, word: Word) {
        let ticket = self.ticket(id).await;
        let secret = self.app.flow.vault.secret(ticket.report, &ticket.code);
        let said = follow::follow(&self.app.flow, &ticket.code, Some(&secret), word).await;
        assert!(!matches!(said, Err(Rejection::Internal(_) | Rejection::Busy)), "{:?}", said.err());
    }

    async fn office(&mut self, id: TicketId) {
        let ticket = self.ticket(id).await;
        let now = self.clock.now();
        if let Some((from, to)) = self.asleep.get(&ticket.office).filter(|(from, to)| (*from..*to).contains(&now)) {
            let wakes = *to;
            self.slept += 1;
            debug_assert!(*from <= now);
            return self.turn(wakes.plus(HOUR), Turn::Office(id));
        }
        if ticket.office == *self.app.flow.centre().routes.desk() {
            // Nobody sits there: its default acts by itself.
            return self.later(id);
        }
        let act = match (ticket.state, self.dice(20)) {
            (State::Queued, 0) => Act::Transfer(Some(self.offices[self.pick(45)].clone()), words("Nơi khác")),
            (State::Queued, 1) => Act::Refuse(RefusalReason::CannotVerify, words("Không thấy"), vec![]),
            (State::Queued | State::Accepted, 2) => Act::Wait(words("Ở đoạn nào?")),
            (State::Queued, _) => Act::Accept(None),
            (State::Accepted | State::InProgress, 3 | 4) => {
                Act::Extend(ticket.resolve_by.plus(5 * DAY), words("Mưa to"))
            }
            (State::Accepted | State::InProgress, _) => Act::Resolve(words("Đã xong"), vec![]),
            (State::WaitingForCitizen, _) => return self.later(id),
            _ => return,
        };
        let caller = Caller::Key {
            id: KeyId(uuid::Uuid::nil()),
            center: center(),
            name: "Một cửa".into(),
            scopes: vec![Scope::Office(ticket.office.clone())],
        };
        let asks = matches!(act, Act::Wait(_));
        let done = handle::handle(&self.app.flow, &caller, id, Some(ticket.version), || Ok(act), vec![]).await;
        assert!(!matches!(done, Err(Rejection::Internal(_) | Rejection::Busy)), "{:?}", done.err());
        let after = self.ticket(id).await;
        if asks && self.dice(2) == 0 {
            let at = now.plus(self.span(HOUR, 9 * DAY));
            self.turn(at, Turn::Answer(id));
        }
        if after.state == State::Resolved {
            if self.dice(3) == 0 {
                let at = now.plus(self.span(HOUR, 14 * DAY));
                self.turn(at, Turn::After(id));
            }
            return;
        }
        self.later(id);
    }

    async fn look(&mut self, rules: &Rules) {
        (0..self.systems.len()).for_each(|place| self.hear(place));
        let (flow, end) = (&self.app.flow, self.clock.now());
        let (store, centre) = (&flow.store, flow.centre());
        let (mut rungs, mut touches) = (0, 0);
        for id in &self.tickets {
            let (ticket, history) = (self.ticket(*id).await, store.history(&center(), *id).await.unwrap());
            let (climbed, touched) = model::hold(rules, centre.category_of(&ticket).unwrap(), &history, end);
            (rungs, touches) = (rungs + climbed, touches + touched);
        }
        assert!(rungs > 0 && self.kills > 0, "a year in which something happens");
        assert_eq!(store.rungs(&center()).await.unwrap().len(), rungs, "every rung is one row");
        assert!(touches * 10_000 <= 5 * self.tickets.len(), "{touches} touches at the centre");
        self.nothing_rests(store).await;
        self.people_were_told(store).await;
        let report = store.verify_chain().await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
        let full = self.tickets.len() >= FULL;
        assert!(!full || (self.refused > 0 && self.slept > 0), "systems die when they are needed, and offices sleep");
        println!(
            "{} tickets, {rungs} rungs, {} kills, {} told, {} refused by dead systems, {} found an office asleep",
            self.tickets.len(),
            self.kills,
            self.taken.len(),
            self.refused,
            self.slept
        );
    }

    async fn nothing_rests(&self, store: &Store) {
        assert_eq!(count(store, RESTING).await, 0, "no ticket rests without a next moment");
        assert_eq!(store.count_due(&center(), self.clock.now()).await.unwrap(), 0);
        assert_eq!(count(store, "select count(*) from outbox").await, 0);
        let undelivered = "select count(*) from delivery where stage not in ('delivered', 'cancelled')";
        assert_eq!(count(store, undelivered).await, 0, "everything has arrived");
        let delivered = ids(store, "select id from delivery where stage = 'delivered'").await;
        let came: BTreeSet<String> = self.taken.iter().cloned().collect();
        let twice = u64::try_from(self.taken.len() - came.len()).unwrap();
        assert!(twice <= self.kills * AT_A_KILL, "{twice} came twice, and nothing but {} kills excuses it", self.kills);
        let all = ids(store, "select id from delivery").await;
        assert!(delivered.is_subset(&came), "what was delivered has arrived");
        assert!(came.is_subset(&all), "and nothing else");
    }

    async fn people_were_told(&self, store: &Store) {
        let unheard = "select count(*) from (select id from notice where kind like 'escalation%' \
            except select subject_id from delivery) n";
        assert_eq!(count(store, unheard).await, 0, "each step reaches somebody");
        let mut last: BTreeMap<Option<OfficeId>, Timestamp> = BTreeMap::new();
        let mut notices = store.notices(&center(), 1_000_000).await.unwrap();
        notices.reverse();
        for notice in notices.into_iter().filter(|notice| notice.kind == "escalation") {
            if let Some(before) = last.insert(notice.office, notice.at) {
                assert!(notice.at.since(before) >= HOUR, "one message an hour at most");
            }
        }
    }
}

async fn count(store: &Store, question: &'static str) -> i64 {
    match store {
        Store::Sqlite { read, .. } => sqlx::query_scalar(question).fetch_one(read).await.unwrap(),
        Store::Postgres { read, .. } => sqlx::query_scalar(question).fetch_one(read).await.unwrap(),
    }
}

async fn ids(store: &Store, question: &'static str) -> BTreeSet<String> {
    let ids: Vec<uuid::Uuid> = match store {
        Store::Sqlite { read, .. } => sqlx::query_scalar(question).fetch_all(read).await.unwrap(),
        Store::Postgres { read, .. } => sqlx::query_scalar(question).fetch_all(read).await.unwrap(),
    };
    ids.iter().map(ToString::to_string).collect()
}
