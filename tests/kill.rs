//! kill -9 under load: nothing acknowledged is lost, nothing retried is doubled.
//!
//! Eight clients post with idempotency keys and retry until they are answered, while the server is killed and started
//! again `IOC_KILLS` times (default 20).

#[expect(dead_code, reason = "this campaign needs only a part of what the API tests stand on")]
#[path = "support/front.rs"]
#[macro_use]
mod support;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ioc::{domain::clock::Entropy, store::Store};
use reqwest::Client;
use serde_json::{Value, json};
use support::{
    TestServer, map,
    server::{client, try_send},
};

on_both_engines! {
    nothing_acknowledged_is_lost_and_nothing_retried_is_doubled,
}

const CLIENTS: usize = 8;

/// What one client was promised: key of the report to its answer.
type Promises = BTreeMap<String, Value>;

async fn nothing_acknowledged_is_lost_and_nothing_retried_is_doubled(mut server: TestServer) {
    let kills = std::env::var("IOC_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_u32);
    let sender = server.key(&["report:write"]);
    let scopes: Vec<String> = map::CODES.iter().map(|code| format!("office:{}", map::office(code))).collect();
    let reader = server.key(&scopes.iter().map(String::as_str).collect::<Vec<_>>());
    let (url, stop) = (server.url("/api/v1/reports"), Arc::new(AtomicBool::new(false)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (url, sender, stop) = (url.clone(), sender.clone(), Arc::clone(&stop));
            tokio::spawn(async move { post_until(&stop, number, &url, &sender).await })
        })
        .collect();
    for _ in 0..kills {
        let [chance, ..] = Entropy::system().bytes::<8>();
        tokio::time::sleep(Duration::from_millis(150 + u64::from(chance))).await;
        server.kill();
        tokio::task::block_in_place(|| server.serve());
    }
    stop.store(true, Ordering::SeqCst);
    let mut promised = Promises::new();
    for client in clients {
        promised.append(&mut client.await.expect("a client ends in order"));
    }
    assert!(promised.len() >= CLIENTS, "the clients hardly got a word in: {} answers", promised.len());
    every_promise_is_kept(&server, &promised).await;
    every_ticket_was_promised(&server, &reader, &promised).await;
    server.run(&["verify"]);
    let store = Store::connect(server.database_url()).await.expect("the database opens");
    let center = "dien-bien".parse().expect("the centre's name");
    assert_eq!(
        store.audit_tallies(&center).await.expect("an audit"),
        Vec::<String>::new(),
        "the figures are the tickets'"
    );
    store.close().await;
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("{kills} kills, {} reports acknowledged, lost 0, doubled 0\n", promised.len()),
    );
}

/// Posts one report after another, each until it is answered; no report is given up.
async fn post_until(stop: &AtomicBool, number: usize, url: &str, sender: &str) -> Promises {
    let (http, mut promises) = (client(), Promises::new());
    while !stop.load(Ordering::SeqCst) {
        let key = format!("{number}-{}", promises.len());
        let (lon, lat) = map::middle(map::CODES[(number + promises.len()) % map::CODES.len()]);
        let report = json!({"category": "duong_hong", "description": key, "position": {"lon": lon, "lat": lat}});
        let answer = post_until_answered(&http, url, sender, &key, &report).await;
        promises.insert(key, answer);
    }
    promises
}

async fn post_until_answered(http: &Client, url: &str, sender: &str, key: &str, report: &Value) -> Value {
    loop {
        let request = http.post(url).bearer_auth(sender).header("Idempotency-Key", key).json(report);
        match try_send(request).await {
            Ok(answer) if matches!(answer.status, 200 | 201) => return answer.json,
            Ok(answer) if answer.status < 500 && answer.status != 429 => panic!("{}: {}", answer.status, answer.text),
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Lost 0: the sender finds each report, in an office's hands.
async fn every_promise_is_kept(server: &TestServer, promised: &Promises) {
    for (key, answer) in promised {
        let (code, secret) = (answer["code"].as_str().expect("a code"), answer["secret"].as_str().expect("a secret"));
        let request = server.request(reqwest::Method::GET, &format!("/api/v1/reports/{code}"));
        let seen = server.send(request.header("X-Report-Secret", secret)).await.is(200);
        assert!(seen.text.contains(&format!("\"{key}\"")), "{code} lost its words: {}", seen.text);
        assert_eq!(seen.json["office"]["id"], answer["office"]["id"], "{code} has no office: {}", seen.text);
    }
}

/// Doubled 0: the queues hold as many tickets as reports were acknowledged, each once.
async fn every_ticket_was_promised(server: &TestServer, reader: &str, promised: &Promises) {
    let mut seen = BTreeMap::<String, u32>::new();
    for code in map::CODES {
        let (path, mut cursor) = (format!("/api/v1/offices/{}/tickets?limit=100", map::office(code)), String::new());
        loop {
            let page = server.get_as(reader, &format!("{path}{cursor}")).await.is(200).json;
            for item in page["items"].as_array().expect("items") {
                *seen.entry(item["code"].as_str().expect("a code").to_owned()).or_default() += 1;
            }
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
    }
    let codes: BTreeMap<String, u32> =
        promised.values().filter_map(|answer| answer["code"].as_str()).map(|code| (code.to_owned(), 1)).collect();
    assert_eq!(codes.len(), promised.len(), "two keys were given one report");
    assert_eq!(seen, codes, "the queues and the promises differ");
}
