//! Clients with patience: citizens who send reports until they are answered, officials who accept, remark and resolve.
//! All of them write down what they did and what they were told.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    history::{Operation, Outcome, What},
    support::{
        map,
        server::{Answer, client, try_send},
    },
};

/// Before a request that failed is sent again.
const AGAIN: Duration = Duration::from_millis(10);
/// Tickets that the officials work on at a time: few, so that they meet.
const AT_HAND: usize = 24;

/// How the clients go about it.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// How many there are.
    pub clients: usize,
    /// Of a hundred turns, so many send a report; the others are an official's.
    pub reports: u64,
    /// Of an official's hundred turns, so many change the ticket that was read.
    pub changes: u64,
    /// Of a hundred requests, so many are given up after a few milliseconds.
    pub hasty: u64,
}

/// The front doors of all instances, and which of them say that they are ready.
#[derive(Debug)]
pub struct Doors {
    /// `http://address` of each.
    pub urls: Vec<String>,
    /// As its load balancer knows it.
    pub ready: Vec<AtomicBool>,
    next: AtomicUsize,
}

impl Doors {
    /// All of them ready until somebody says otherwise.
    pub fn new(urls: Vec<String>) -> Arc<Self> {
        let ready = urls.iter().map(|_| AtomicBool::new(true)).collect();
        Arc::new(Self { urls, ready, next: AtomicUsize::new(0) })
    }

    /// One after another, of those that are ready; any where none is.
    fn pick(&self) -> &str {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let mut turns = (first..first + self.urls.len()).map(|turn| turn % self.urls.len());
        let place = turns.find(|place| self.ready[*place].load(Ordering::SeqCst)).unwrap_or(first % self.urls.len());
        &self.urls[place]
    }
}

/// What the clients share.
struct Crew {
    doors: Arc<Doors>,
    sender: String,
    official: String,
    manner: Manner,
    started: Instant,
    stop: AtomicBool,
    at_hand: Mutex<VecDeque<(String, String)>>,
    done: AtomicU64,
    failures: Mutex<Vec<String>>,
}

/// Clients at work.
pub struct Load {
    crew: Arc<Crew>,
    clients: Vec<JoinHandle<Vec<Operation>>>,
}

/// What they have to tell.
pub struct Told {
    /// Everything that was done.
    pub operations: Vec<Operation>,
    /// Answers that a server may not give: 5xx other than 503, and those that nobody has asked for.
    pub faults: Vec<String>,
    /// Requests that failed, 503 with them: who kills servers expects some.
    pub failures: Vec<String>,
}

impl Load {
    /// Begins; `sender` may send reports, `official` works in every office.
    pub fn begin(doors: Arc<Doors>, sender: String, official: String, manner: Manner, seed: u64) -> Self {
        let crew = Arc::new(Crew {
            doors,
            sender,
            official,
            manner,
            started: Instant::now(),
            stop: AtomicBool::new(false),
            at_hand: Mutex::default(),
            done: AtomicU64::new(0),
            failures: Mutex::default(),
        });
        let turns = |number| {
            let chance = Chance(seed ^ (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let someone = Someone { crew: Arc::clone(&crew), http: client(), number, chance, told: vec![] };
            tokio::spawn(someone.work())
        };
        let clients = (0..manner.clients).map(turns).collect();
        Self { crew, clients }
    }

    /// Operations so far.
    pub fn done(&self) -> u64 {
        self.crew.done.load(Ordering::Relaxed)
    }

    /// Lets every client finish what it is at.
    pub async fn end(self) -> Told {
        self.crew.stop.store(true, Ordering::SeqCst);
        let mut operations = vec![];
        for client in self.clients {
            operations.append(&mut client.await.expect("a client ends in order"));
        }
        let failures = std::mem::take(&mut *self.crew.failures.lock().expect("no client has panicked"));
        let (faults, failures) = failures.into_iter().partition(|failure| failure.starts_with("fault"));
        Told { operations, faults, failures }
    }
}

/// A small generator of numbers (`SplitMix64`), seeded: a campaign can be told apart and begun alike.
#[derive(Debug, Clone)]
pub struct Chance(pub u64);

impl Chance {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

struct Someone {
    crew: Arc<Crew>,
    http: Client,
    number: usize,
    chance: Chance,
    told: Vec<Operation>,
}

impl Someone {
    async fn work(mut self) -> Vec<Operation> {
        let mut sent = 0;
        while !self.crew.stop.load(Ordering::SeqCst) {
            if self.chance.below(100) < self.crew.manner.reports {
                self.send_report(sent).await;
                sent += 1;
            } else if let Some((code, id)) = self.ticket_at_hand() {
                self.attend(&code, &id).await;
            } else {
                tokio::time::sleep(AGAIN).await;
            }
        }
        self.told
    }

    /// Until it is answered; a hasty one is left unanswered now and then.
    async fn send_report(&mut self, nth: usize) {
        let commune = map::CODES[(self.number + nth) % map::CODES.len()];
        let key = format!("{}-{nth}@{commune}", self.number);
        let (lon, lat) = map::middle(commune);
        let report = json!({"category": "duong_hong", "description": key, "position": {"lon": lon, "lat": lat}});
        loop {
            let began = self.now();
            let sender = self.crew.sender.clone();
            let answer = self
                .ask(Method::POST, "/api/v1/reports", |request| {
                    request.bearer_auth(&sender).header("Idempotency-Key", &key).json(&report)
                })
                .await;
            let answer = answer.filter(|answer| self.is_one_of(answer, &[200, 201]));
            let code = answer.as_ref().and_then(|answer| answer.json["code"].as_str()).map(str::to_owned);
            self.tell(began, What::Submitted { key: key.clone(), code: code.clone() });
            if let (Some(code), Some(answer)) = (code, answer) {
                let id = answer.json["id"].as_str().unwrap_or_default().to_owned();
                let mut at_hand = self.crew.at_hand.lock().expect("no client has panicked");
                at_hand.push_back((code, id));
                if at_hand.len() > AT_HAND {
                    at_hand.pop_front();
                }
                return;
            }
            if self.chance.below(100) < self.crew.manner.hasty {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn ticket_at_hand(&mut self) -> Option<(String, String)> {
        let at_hand = self.crew.at_hand.lock().expect("no client has panicked");
        let place = usize::try_from(self.chance.below(at_hand.len() as u64)).ok()?;
        at_hand.get(place).cloned()
    }

    /// Reads a ticket and, now and then, changes it on the version that was read.
    async fn attend(&mut self, code: &str, id: &str) {
        let began = self.now();
        let key = self.crew.official.clone();
        let seen = self.ask(Method::GET, &format!("/api/v1/tickets/{id}"), |request| request.bearer_auth(&key)).await;
        let Some(seen) = seen.filter(|seen| self.is_one_of(seen, &[200])) else { return };
        let Some(from) = seen.json["version"].as_i64() else { return };
        self.tell(began, What::Read { code: code.to_owned(), version: from });
        if self.chance.below(100) >= self.crew.manner.changes {
            return;
        }
        let mark = format!("mark-{}-{}", self.number, self.told.len());
        let (action, body) = self.wish(&seen.json, &mark);
        let began = self.now();
        let answer = self
            .ask(Method::POST, &format!("/api/v1/tickets/{id}/{action}"), |request| {
                request.bearer_auth(&key).header("If-Match", format!("\"{from}\"")).json(&body)
            })
            .await;
        let answer = answer.filter(|answer| self.is_one_of(answer, &[200, 409, 412]));
        let outcome = match answer {
            Some(answer) if answer.status == 200 => {
                Outcome::Done(answer.json["version"].as_i64().expect("a changed ticket has a version"))
            }
            Some(_) => Outcome::Refused,
            None => Outcome::Unknown,
        };
        self.tell(began, What::Changed { code: code.to_owned(), mark, from, outcome });
    }

    fn wish(&mut self, ticket: &Value, mark: &str) -> (&'static str, Value) {
        match ticket["status"].as_str() {
            Some("queued") => ("accept", json!({"assignee": mark})),
            Some("accepted") if self.chance.below(3) == 0 => ("resolve", json!({"text": mark})),
            _ => ("comment", json!({"text": mark, "visibility": "internal"})),
        }
    }

    /// Sends, to another door where one is closed; None where nobody knows what became of it.
    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        dress: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Option<Answer> {
        let hasty = self.chance.below(100) < self.crew.manner.hasty;
        let patience = Duration::from_millis(self.chance.below(12));
        loop {
            let url = format!("{}{path}", self.crew.doors.pick());
            let request = dress(self.http.request(method.clone(), url));
            let request = if hasty { request.timeout(patience) } else { request };
            match try_send(request).await {
                Ok(answer) => return Some(answer),
                Err(why) if why.is_connect() => tokio::time::sleep(AGAIN).await,
                Err(why) => {
                    if !hasty {
                        self.fail(format!("{method} {path}: {why:?}"));
                    }
                    return None;
                }
            }
            if self.crew.stop.load(Ordering::SeqCst) && hasty {
                return None;
            }
        }
    }

    /// Whether an answer may be what it is: an expected one, or that the server is busy.
    fn is_one_of(&self, answer: &Answer, expected: &[u16]) -> bool {
        let fine = expected.contains(&answer.status);
        if !fine {
            let kind = if matches!(answer.status, 429 | 503) { "busy" } else { "fault" };
            self.fail(format!("{kind} {}: {}", answer.status, answer.text));
        }
        fine
    }

    fn fail(&self, what: String) {
        self.crew.failures.lock().expect("no client has panicked").push(what);
    }

    fn tell(&mut self, began: u64, what: What) {
        let ended = self.now();
        self.told.push(Operation { began, ended, what });
        self.crew.done.fetch_add(1, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.crew.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
