//! The map changes under a real server that takes reports in, is killed between two batches, and goes back.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, stream};
use ioc::{
    app::{App, Ground},
    domain::{ids::TicketId, report::Whereabouts},
    flow::{
        handle::{self, Act},
        submit::{self, Parcel, Taken},
    },
    identity::Caller,
};
use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    support::Stage,
    town::{self, EAST, NORTH, STRIP, center, official},
};

on_every_store!(killed_between_batches_and_rolled_back_under_load_nothing_is_lost_or_doubled);

/// Four batches: enough to be killed between them.
const TICKETS: usize = 2_000;
/// Senders that send one report after another.
const SENDERS: usize = 4;

async fn killed_between_batches_and_rolled_back_under_load_nothing_is_lost_or_doubled(stage: Stage) {
    let folder = tempfile::tempdir().unwrap();
    let ground = furnished(&stage, folder.path()).await;
    let app = ground.clone().app(folder.path(), None).await.unwrap();
    let queued = make(&app, TICKETS).await;
    let accepted = make(&app, 12).await;
    let mut mine = vec![];
    for id in &accepted {
        let ticket = ground.store.ticket(&center(), *id).await.unwrap().unwrap();
        let report = ground.store.report(&center(), ticket.report).await.unwrap().unwrap();
        let strip =
            matches!(report.whereabouts, Whereabouts::Fix(fix) if (fix.position.lon(), fix.position.lat()) == STRIP);
        mine.extend(strip.then_some(*id));
    }
    assert_eq!(mine.len(), 4);
    for id in &mine {
        let ticket = ground.store.ticket(&center(), *id).await.unwrap().unwrap();
        handle::handle(&app.flow, &official("xa-03102"), *id, Some(ticket.version), || Ok(Act::Accept(None)), vec![])
            .await
            .unwrap();
    }

    let mut server = Server::start(&stage, folder.path(), 0);
    let senders = Senders::start(&server.address());
    let mut rounds = 0;
    loop {
        rounds += 1;
        assert!(rounds <= 20, "twenty times no kill came between two batches");
        ground.activate(&"b".parse().unwrap(), None).await.unwrap();
        until(|| async { on_map(&ground, queued[0]).await == "b" }).await;
        server.kill();
        let caught = on_map(&ground, queued[TICKETS - 1]).await == "a";
        server = server.again(&stage, folder.path());
        if caught {
            break;
        }
        ground.rollback().await.unwrap();
        followed(&ground, "b").await;
    }
    followed(&ground, "a").await;
    assert!(senders.told().len() > SENDERS, "reports came in meanwhile");
    for id in &queued {
        let ticket = ground.store.ticket(&center(), *id).await.unwrap().unwrap();
        let commune = ticket.commune.unwrap().to_string();
        assert!(
            [("03101", "xa-03101"), ("03104", "xa-03102"), ("03102", "xa-03103")]
                .contains(&(commune.as_str(), ticket.office.as_str()))
        );
    }
    for id in &mine {
        let ticket = ground.store.ticket(&center(), *id).await.unwrap().unwrap();
        assert_eq!((ticket.office.as_str(), ticket.successor.unwrap().as_str()), ("xa-03102", "xa-03101"));
    }

    ground.rollback().await.unwrap();
    followed(&ground, "b").await;
    let told = senders.stop().await;
    followed(&ground, "b").await;
    let stood = queues(&ground).await;
    let known: BTreeSet<String> = queued.iter().chain(&accepted).map(ToString::to_string).chain(told).collect();
    assert_eq!(stood.keys().cloned().collect::<BTreeSet<_>>(), known, "nothing is lost, nothing came of itself");
    assert!(stood.values().all(|times| *times == 1), "nothing stands in two queues");
    for id in queued.iter().chain(&mine) {
        let ticket = ground.store.ticket(&center(), *id).await.unwrap().unwrap();
        assert_eq!(ticket.generation.as_str(), "a");
        assert_eq!(ticket.successor, None);
    }
    server.kill();
    assert!(ground.store.verify_chain().await.unwrap().faults.is_empty());
    assert_eq!(ground.store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

async fn furnished(stage: &Stage, folder: &Path) -> Ground {
    let ground = Ground::open(&stage.url, &center()).await.unwrap();
    for name in ["a", "b"] {
        let file = folder.join(format!("{name}.geojson"));
        std::fs::write(&file, town::geojson(name)).unwrap();
        ground.import_boundaries(&file, name.parse().unwrap()).await.unwrap();
    }
    ground.activate(&"a".parse().unwrap(), Some("2020-01-01T00:00:00Z".parse().unwrap())).await.unwrap();
    ground
}

fn body(nth: usize) -> Value {
    let (lon, lat) = [STRIP, EAST, NORTH][nth % 3];
    json!({"category": "duong_hong", "description": "Đường hỏng", "position": {"lon": lon, "lat": lat}})
}

/// Tickets by the way that every report goes, ascending by id.
async fn make(app: &App, count: usize) -> Vec<TicketId> {
    let one = |nth: usize| async move {
        let parcel = Parcel { body: body(nth), photos: vec![], idempotency_key: None, device: None };
        match submit::submit(&app.flow, parcel, &Caller::Anyone).await.unwrap() {
            Taken::New(receipt) => TicketId(receipt.id.0),
            Taken::Again(_) => panic!("it is new"),
        }
    };
    let mut ids: Vec<TicketId> = stream::iter(0..count).map(one).buffer_unordered(100).collect().await;
    ids.sort_unstable();
    ids
}

async fn on_map(ground: &Ground, id: TicketId) -> String {
    ground.store.ticket(&center(), id).await.unwrap().unwrap().generation.to_string()
}

/// Until no open ticket is on that map.
async fn followed(ground: &Ground, map: &str) {
    let map = map.parse().unwrap();
    until(|| async { ground.store.open_on_map(&center(), &map, None, 1).await.unwrap().is_empty() }).await;
}

async fn until<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    while !is_so().await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// How often each open ticket stands in a queue.
async fn queues(ground: &Ground) -> BTreeMap<String, usize> {
    let mut stood = BTreeMap::new();
    for office in ["xa-03101", "xa-03102", "xa-03103", "xa-03104", "ban-tinh", "ubnd-tinh"] {
        for ticket in ground.open_tickets(&office.parse().unwrap()).await.unwrap() {
            *stood.entry(ticket.id.to_string()).or_default() += 1;
        }
    }
    stood
}

/// The real program, as an operator starts it.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(stage: &Stage, folder: &Path, port: u16) -> Self {
        let listen = format!("127.0.0.1:{port}");
        let mut child = Command::new(env!("CARGO_BIN_EXE_ioc"))
            .args(["serve", "--listen", &listen, "--metrics-listen", "127.0.0.1:0", "--database-url", &stage.url])
            .env("IOC_DATA_DIR", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening on http://127.0.0.1:").map(str::to_owned));
        Self { child, port: address.unwrap().parse().unwrap() }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn again(&self, stage: &Stage, folder: &Path) -> Self {
        Self::start(stage, folder, self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Phones that send one report after another, and send again with the same key what was not answered.
struct Senders {
    told: Arc<Mutex<BTreeSet<String>>>,
    stop: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Senders {
    fn start(address: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let (told, stop) = (Arc::<Mutex<BTreeSet<String>>>::default(), Arc::<AtomicBool>::default());
        let task = |sender: usize| {
            let (client, told, stop) = (client.clone(), told.clone(), stop.clone());
            let url = format!("{address}/api/v1/reports");
            tokio::spawn(async move {
                for nth in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = send(&client, &url, &format!("sender-{sender}-{nth}"), &body(nth)).await;
                    assert!(told.lock().unwrap().insert(id), "each report is one");
                }
            })
        };
        let tasks = (0..SENDERS).map(task).collect();
        Self { told, stop, tasks }
    }

    fn told(&self) -> BTreeSet<String> {
        self.told.lock().unwrap().clone()
    }

    async fn stop(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        self.told.lock().unwrap().clone()
    }
}

async fn send(client: &Client, url: &str, key: &str, body: &Value) -> String {
    loop {
        let request = client.post(url).header("Idempotency-Key", key).json(body);
        let Ok(response) = request.send().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let status = response.status();
        let Ok(text) = response.text().await else { continue };
        assert!(status.is_success(), "no report is refused: {status} {text}");
        let receipt: Value = serde_json::from_str(&text).unwrap();
        return receipt["id"].as_str().unwrap().to_owned();
    }
}
