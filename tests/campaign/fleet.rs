//! Several instances over one PostgreSQL.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;
use ioc::{
    app::{App, Ground},
    domain::clock::{Clock, DAY, Entropy, Timestamp},
    flow::submit::{self, Parcel},
    identity::Caller,
};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::{
    audit::{everything_is_kept, number, official, say},
    kill::PATIENT,
    load::{Doors, Load},
    support::{
        Engine, TestServer,
        database::Scratch,
        map, on,
        server::{binary, client, signal},
    },
};

const INSTANCES: usize = 3;
/// Much longer than the load balancer takes to notice, also where the machine is busy.
const DRAIN_SECONDS: &str = "10";
const HEALTH: Duration = Duration::from_millis(100);

/// One more process over the database of a [`TestServer`].
struct Instance {
    child: Child,
    address: String,
}

impl Instance {
    /// Serves on `address` and says where.
    fn start(server: &TestServer, address: &str) -> Self {
        Self::of(server.command(&["serve", "--listen", address]))
    }

    fn of(mut command: Command) -> Self {
        let mut child =
            command.env("IOC_DRAIN_SECONDS", DRAIN_SECONDS).stdout(Stdio::piped()).spawn().expect("a process");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned));
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.expect("it listens") }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// SIGTERM, and the end in order.
    fn terminate(&mut self) {
        signal(&self.child, "TERM");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What every load balancer does: asks `/readyz` again and again, and sends nobody where the answer is not 200.
async fn watch_health(doors: Arc<Doors>) {
    let http = client();
    loop {
        for (url, ready) in doors.urls.iter().zip(&doors.ready) {
            let asked = http.get(format!("{url}/readyz")).timeout(Duration::from_secs(2)).send().await;
            ready.store(asked.is_ok_and(|answer| answer.status() == 200), Ordering::SeqCst);
        }
        tokio::time::sleep(HEALTH).await;
    }
}

#[test]
fn a_rolling_restart_under_load_fails_no_request() {
    on(Engine::Postgres, |server| async move {
        let mut fleet: Vec<Instance> = (0..INSTANCES).map(|_| Instance::start(&server, "127.0.0.1:0")).collect();
        let doors = Doors::new(fleet.iter().map(Instance::url).collect());
        let health = tokio::spawn(watch_health(Arc::clone(&doors)));
        let (sender, official) = (server.key(&["report:write"]), official(&server));
        let load = Load::begin(Arc::clone(&doors), sender, official, PATIENT, 1);
        let rounds = number("IOC_ROUNDS", 2);
        for _ in 0..rounds {
            for instance in &mut fleet {
                let address = instance.address.clone();
                tokio::task::block_in_place(|| instance.terminate());
                *instance = tokio::task::block_in_place(|| Instance::start(&server, &address));
                let place = doors.urls.iter().position(|url| url.ends_with(&address)).expect("a door");
                until(|| doors.ready[place].load(Ordering::SeqCst)).await;
            }
        }
        let told = load.end().await;
        health.abort();
        assert_eq!((told.faults, told.failures), (vec![], vec![]), "requests failed");
        let kept = everything_is_kept(&server, &told.operations).await;
        say(&format!("{rounds} rolling restarts of {INSTANCES} instances, no request failed: {kept}"));
    });
}

async fn until(mut fact: impl FnMut() -> bool) {
    let started = Instant::now();
    while !fact() {
        assert!(started.elapsed() < Duration::from_secs(30), "it never came to be");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Before the door closes, `/readyz` says so and everything is still answered; each answer is its connection's last.
#[test]
fn an_instance_that_leaves_says_so_first_and_answers_until_then() {
    on(Engine::Postgres, |server| async move {
        let mut instance = Instance::start(&server, "127.0.0.1:0");
        let url = instance.url();
        signal(&instance.child, "TERM");
        let http = client();
        let ready = || async { http.get(format!("{url}/readyz")).send().await.expect("it still answers").status() };
        while ready().await != 503 {}
        let answer = http.get(format!("{url}/healthz")).send().await.expect("it still answers");
        assert_eq!((answer.status().as_u16(), answer.headers()["connection"].to_str().ok()), (200, Some("close")));
        let (lon, lat) = map::middle(map::CENTRE);
        let report = json!({"category": "duong_hong", "description": "x", "position": {"lon": lon, "lat": lat}});
        let answer = http.post(format!("{url}/api/v1/reports")).json(&report).send().await.expect("it still answers");
        assert_eq!(answer.status(), 201);
        let status = tokio::task::block_in_place(|| instance.child.wait()).expect("it ends");
        assert!(status.success(), "{status}");
    });
}

/// Eight at once on a database that has nothing: one migrates, the others wait for it. Then six, each with a data folder
/// of its own: one key becomes everybody's.
#[test]
fn instances_that_start_together_migrate_and_furnish_once() {
    on(Engine::Postgres, |_| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let fresh = Scratch::new(Engine::Postgres, folder.path()).await;
        let start = |_| {
            let mut command = Command::new(binary());
            command.args(["boundaries", "list", "--database-url", fresh.url()]).stdout(Stdio::null());
            command.spawn().expect("a process")
        };
        let mut together: Vec<Child> = (0..8).map(start).collect();
        for child in &mut together {
            let status = tokio::task::block_in_place(|| child.wait()).expect("it ends");
            assert!(status.success(), "{status}");
        }
        let mut connection = PgConnection::connect(fresh.url()).await.expect("the database opens");
        let applied: Vec<(i64, bool)> =
            sqlx::query_as("select version, success from _sqlx_migrations order by version")
                .fetch_all(&mut connection)
                .await
                .expect("migrations");
        let numbers: Vec<i64> = applied.iter().map(|(version, _)| *version).collect();
        assert!(applied.iter().all(|(_, success)| *success), "{applied:?}");
        assert_eq!(numbers, of_the_house());
        first_starts_agree(folder.path(), fresh.url()).await;
        let documents: Vec<(String, i64)> = sqlx::query_as("select kind, count(*) from document group by kind")
            .fetch_all(&mut connection)
            .await
            .expect("documents");
        assert!(documents.iter().all(|(_, count)| *count == 1), "{documents:?}");
    });
}

/// Instances with a map in force and nothing else: whoever has another key than the first refuses to serve.
async fn first_starts_agree(folder: &std::path::Path, url: &str) {
    let file = folder.join("map.geojson");
    std::fs::write(&file, map::geojson().to_string()).expect("a map");
    let center = "dien-bien".parse().expect("a centre");
    let ground = Ground::open(url, &center).await.expect("the ground");
    let map: ioc::domain::ids::GenerationId = map::GENERATION.parse().expect("a map");
    ground.import_boundaries(&file, map.clone()).await.expect("a map");
    ground.store.close().await;
    let grounds = join_all((0..6).map(|_| Ground::open(url, &center))).await;
    let grounds: Vec<Ground> = grounds.into_iter().map(|ground| ground.expect("the ground")).collect();
    grounds[0].activate(&map, Some(Timestamp(0))).await.expect("in force");
    let furnished = join_all(grounds.iter().map(Ground::furnish)).await;
    assert!(furnished.iter().all(Result::is_ok), "{furnished:?}");
    let folders: Vec<_> = (0..6).map(|nth| folder.join(nth.to_string())).collect();
    let started = join_all(grounds.into_iter().zip(&folders).map(|(ground, data)| ground.app(data, None))).await;
    assert_eq!(started.iter().filter(|started| started.is_ok()).count(), 1, "one key is in force");
}

/// What has come due, the chain and the retention, done by four instances at the same moments: each deadline is one event,
/// each event one link.
#[test]
fn what_runs_by_itself_happens_once_however_many_instances_there_are() {
    on(Engine::Postgres, |mut server| async move {
        server.kill();
        let clock = Clock::manual("2026-07-14T02:00:00Z".parse().expect("a time"));
        let center = "dien-bien".parse().expect("a centre");
        let mut apps: Vec<App> = vec![];
        for _ in 0..4 {
            let ground = Ground::open(server.database_url(), &center).await.expect("the ground");
            let ground = ground.by_hand(clock.clone(), Entropy::system());
            apps.push(ground.app(server.folder(), None).await.expect("an instance"));
        }
        for nth in 0..40 {
            let (lon, lat) = map::middle(map::CODES[nth % 9]);
            let body = json!({"category": "duong_hong", "description": "x", "position": {"lon": lon, "lat": lat}});
            let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
            submit::submit(&apps[nth % 4].flow, parcel, &Caller::Anyone).await.expect("a report");
        }
        for _ in 0..12 {
            clock.set(clock.now().plus(2 * DAY));
            let ticks = apps.iter().flat_map(|app| [app, app]).map(|app| {
                let app = app.clone();
                tokio::spawn(async move { app.tick().await })
            });
            for tick in join_all(ticks).await {
                tick.expect("no panic").expect("a tick");
            }
        }
        let mut connection = PgConnection::connect(server.database_url()).await.expect("the database opens");
        let twice: Vec<(String, i64, i64)> = sqlx::query_as(
            "select e.kind, e.version, count(*) from event e where e.actor_kind = 'system' and e.kind <> 'assigned' \
             group by e.ticket_id, e.kind, e.version, e.body having count(*) > 1",
        )
        .fetch_all(&mut connection)
        .await
        .expect("events");
        assert_eq!(twice, vec![]);
        let missed: i64 = sqlx::query_scalar("select count(*) from event where kind like '%missed%'")
            .fetch_one(&mut connection)
            .await
            .expect("events");
        let kinds: Vec<(String, i64)> = sqlx::query_as("select kind, count(*) from event group by kind order by kind")
            .fetch_all(&mut connection)
            .await
            .expect("events");
        assert_eq!(missed, 80, "{kinds:?}");
        server.run(&["verify"]);
        let differences = apps[0].flow.store.audit_tallies(&center).await.expect("a recount");
        assert_eq!(differences, Vec::<String>::new());
    });
}

/// The numbers of the migrations' files.
fn of_the_house() -> Vec<i64> {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres")).expect("a folder");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let mut numbers: Vec<i64> = names.map(|name| name[..4].parse().expect("a number")).collect();
    numbers.sort_unstable();
    numbers
}
