//! What an operator relies on: proofs that can fail, an end in order, a map that says what it is.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::{
    desk::{report, sent},
    support::{
        TestServer, map,
        server::{client, signal},
    },
};

on_both_engines! {
    the_chain_of_events_verifies_after_use,
    verify_names_the_row_that_was_changed,
    the_rules_are_total,
    a_terminated_server_ends_in_order,
    a_server_that_listens_can_be_ended_in_order,
    what_was_answered_is_there_after_a_restart,
    the_command_line_locates_as_the_server_does,
    an_approximate_map_is_called_so_in_every_answer,
    another_sealing_key_is_refused,
    a_start_reads_the_prepared_map_and_makes_a_bad_one_again,
    figures_for_operators_are_told_on_a_listener_of_their_own,
    a_taken_port_for_metrics_is_an_error,
}

/// Changes the first event of a report behind the server's back; its id as text.
pub async fn tamper(server: &TestServer) -> String {
    const CHANGE: &str = "update event set kind = 'withdrawn' where kind = 'received' returning id";
    let url = server.database_url();
    let id: uuid::Uuid = if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
        sqlx::query_scalar(CHANGE).fetch_one(&mut connection).await.expect("an event is there")
    } else {
        let mut connection = PgConnection::connect(url).await.expect("the database opens");
        sqlx::query_scalar(CHANGE).fetch_one(&mut connection).await.expect("an event is there")
    };
    id.to_string()
}

/// Waits until every event is in the chain: sealing happens within a few seconds.
pub async fn sealed(server: &TestServer) {
    let started = Instant::now();
    loop {
        let told: Value = serde_json::from_str(&server.run(&["verify", "--json"])).expect("JSON");
        if told["sealed"].as_i64() > Some(0) && told["unsealed"] == 0 {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "nothing is sealed: {told}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

async fn the_chain_of_events_verifies_after_use(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    citizen.act(&server, "withdraw", &json!({})).await.is(200);
    sealed(&server).await;
    server.run(&["verify"]);
}

async fn verify_names_the_row_that_was_changed(server: TestServer) {
    sent(&server, &report()).await;
    sealed(&server).await;
    let id = tamper(&server).await;
    let output = server.output(&["verify"]);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!output.status.success() && said.contains(&id), "{id} is not named: {said}");
}

async fn the_rules_are_total(server: TestServer) {
    server.run(&["routing", "check"]);
}

async fn a_terminated_server_ends_in_order(mut server: TestServer) {
    sent(&server, &report()).await;
    let started = Instant::now();
    let status = server.terminate();
    assert!(status.success(), "{status}");
    assert!(started.elapsed() < Duration::from_secs(15), "it took {:?}", started.elapsed());
}

/// Nobody reads what it says, so that it stands still before the words "listening on".
async fn a_server_that_listens_can_be_ended_in_order(mut server: TestServer) {
    let address = server.url("").replace("http://", "");
    server.terminate();
    let (mut said, mut full) = std::io::pipe().expect("a pipe");
    let words = full.try_clone().expect("its end");
    let filling = std::thread::spawn(move || full.write_all("\n".repeat(1 << 20).as_bytes()));
    let mut child = {
        let mut command = server.command(&["serve", "--listen", &address]);
        command.stdout(words).spawn().expect("the server can be started")
    };
    while TcpStream::connect(&address).is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    signal(&child, "TERM");
    let mut text = String::new();
    said.read_to_string(&mut text).expect("what it said");
    assert!(filling.join().is_ok_and(|filled| filled.is_ok()), "the pipe was full");
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{status}: {}", text.trim());
}

async fn what_was_answered_is_there_after_a_restart(mut server: TestServer) {
    let citizen = sent(&server, &report()).await;
    server.terminate();
    server.serve();
    let seen = citizen.look(&server).await;
    assert_eq!(seen.json["office"], citizen.receipt.json["office"]);
}

async fn the_command_line_locates_as_the_server_does(server: TestServer) {
    let (lon, lat) = map::HOME;
    let said = server.run(&["locate", &lon.to_string(), &lat.to_string()]);
    assert!(said.contains(map::CENTRE), "{said}");
}

async fn an_approximate_map_is_called_so_in_every_answer(mut server: TestServer) {
    let generation = server.run(&["boundaries", "import-approximate"]);
    let generation = generation.split(':').next().expect("its name comes first");
    server.run(&["boundaries", "activate", generation, "--effective", "2099-01-01"]);
    server.kill();
    server.serve();
    let today = server.get("/api/v1/locate?lon=103.023&lat=21.392").await.is(200);
    assert_eq!(today.json.get("approximate_boundaries"), None, "{}", today.text);
    let later = server.get("/api/v1/locate?lon=103.023&lat=21.392&at=2099-02-01T00:00:00Z").await.is(200);
    assert_eq!(later.json["approximate_boundaries"], true, "{}", later.text);
    let output = server.output(&["locate", "103.023", "21.392", "--at", "2099-02-01"]);
    let (said, beside) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("(covering, ") && beside.contains("APPROXIMATE"), "{said}{beside}");
    let output = server.output(&["locate", "103.023", "21.392"]);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn another_sealing_key_is_refused(mut server: TestServer) {
    sent(&server, &report()).await;
    server.terminate();
    let other = tempfile::tempdir().expect("a temporary folder");
    let mut command = server.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.env("IOC_DATA_DIR", other.path()).spawn().expect("the server can be started");
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().expect("the server can be asked") {
            assert!(!status.success(), "{status}");
            assert!(!other.path().join("ioc.key").exists(), "a key that fits nothing was made");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("it serves with a key that opens no contact");
}

/// Where the server says that it tells its metrics.
fn metrics_of(server: &TestServer) -> String {
    let log = std::fs::read_to_string(server.folder().join("log")).expect("a log");
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut told = lines.filter_map(|line| line["fields"]["metrics"].as_str().map(str::to_owned));
    told.next().unwrap_or_else(|| panic!("no address of metrics: {log}"))
}

async fn figures_for_operators_are_told_on_a_listener_of_their_own(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    server.post("/api/v1/reports", &json!({})).await.is(422);
    server.get(&format!("/api/v1/reports/{}", citizen.code)).await.is(200);
    let address = format!("http://{}/metrics", metrics_of(&server));
    let text = client().get(address).send().await.expect("an answer").text().await.expect("a text");
    for line in [
        r#"ioc_reports_total{answer="new"} 1"#,
        r#"ioc_reports_total{answer="refused"} 1"#,
        r#"ioc_http_requests_total{method="GET",route="/api/v1/reports/{code}",status="200"} 1"#,
        r#"ioc_http_request_seconds_count{route="/api/v1/reports/{code}"} 1"#,
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not told:\n{text}");
    }
    assert!(!text.contains(&citizen.code), "a code makes a series of its own");
}

async fn a_taken_port_for_metrics_is_an_error(server: TestServer) {
    let taken = metrics_of(&server);
    let mut command = server.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("IOC_METRICS_LISTEN", &taken).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the server can be started");
    let started = Instant::now();
    while child.try_wait().expect("a process").is_none() && started.elapsed() < Duration::from_secs(15) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let _ = child.kill();
    let output = child.wait_with_output().expect("its output");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(&taken) && said.contains("--metrics-listen"), "{said}");
}

/// A message of the log that speaks of the prepared map.
fn told_of_the_map(server: &TestServer) -> usize {
    let log = std::fs::read_to_string(server.folder().join("log")).expect("the log is there");
    log.lines().filter(|line| line.contains("is made again")).count()
}

async fn a_start_reads_the_prepared_map_and_makes_a_bad_one_again(mut server: TestServer) {
    let file = server.folder().join("maps").join(format!("{}.map", map::GENERATION));
    let whole = std::fs::read(&file).expect("the first start wrote the map");
    let made = |file: &std::path::Path| file.metadata().and_then(|about| about.modified()).expect("the map is there");
    let first = made(&file);
    server.kill();
    server.serve();
    assert_eq!((made(&file), told_of_the_map(&server)), (first, 0), "it was read, not made");
    let mut foreign = whole.clone();
    foreign[7] ^= 0x40;
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for (times, bad) in [(1, foreign), (2, damaged), (3, whole[..whole.len() / 2].to_vec())] {
        server.kill();
        std::fs::write(&file, bad).expect("the map can be written");
        server.serve();
        assert_eq!(told_of_the_map(&server), times);
        assert!(std::fs::read(&file).is_ok_and(|made| made == whole), "it is made again, byte for byte");
        let sent = sent(&server, &report()).await;
        drop(sent);
    }
}
