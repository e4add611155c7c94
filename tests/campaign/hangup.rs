//! A client that hangs up in the middle leaves a whole report or none, and no connection inside a transaction.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    audit::{everything_is_kept, number, say},
    history::{Operation, What},
    support::{TestServer, map},
};

on_both_engines! {
    hanging_up_at_any_millisecond_leaves_nothing_half_and_no_open_transaction,
}

/// More writes at a time than the pool has connections: each of them serves at least one.
const MORE_THAN_CONNECTIONS: usize = 48;
/// Hung up at each millisecond so many times.
const ROUNDS: u64 = 8;
/// The handler is over when so many milliseconds in a row the answer was there already.
const OVER: u64 = 5;

async fn hanging_up_at_any_millisecond_leaves_nothing_half_and_no_open_transaction(server: TestServer) {
    let sender = server.key(&["report:write"]);
    let address: SocketAddr = server.url("").trim_start_matches("http://").parse().expect("an address");
    let longest = number("IOC_HANGUP_MS", 400);
    let (mut operations, mut late, mut hung_up, mut millisecond) = (vec![], 0, 0, 0);
    while late < OVER && millisecond < longest {
        let mut answered = true;
        for round in 0..ROUNDS {
            let key = format!("{millisecond}-{round}@{}", map::CENTRE);
            let in_time = hang_up(address, &sender, &key, Duration::from_millis(millisecond), round % 2 == 0).await;
            answered &= in_time;
            hung_up += u64::from(!in_time);
            operations.push(submitted(&key, None));
        }
        late = if answered { late + 1 } else { 0 };
        millisecond += 1;
    }
    assert!(hung_up > ROUNDS, "the clients hardly hung up before the answer: {hung_up}");
    no_transaction_is_open(&server).await;
    // Each connection of the pool takes writes that last, and each report that was left is there once.
    let after = (0..MORE_THAN_CONNECTIONS * 3).map(|nth| format!("after-{nth}@{}", map::CENTRE));
    let left = operations.iter().filter_map(|operation| match &operation.what {
        What::Submitted { key, .. } => Some(key.clone()),
        _ => None,
    });
    let keys: Vec<String> = after.chain(left).collect();
    for keys in keys.chunks(MORE_THAN_CONNECTIONS) {
        operations.extend(join_all(keys.iter().map(|key| send(&server, &sender, key))).await);
    }
    let kept = everything_is_kept(&server, &operations).await;
    say(&format!("hung up {hung_up} times over {millisecond} ms: {kept}"));
}

/// Sends a whole request and leaves after `patience`, politely or with a reset; whether the answer had come.
async fn hang_up(address: SocketAddr, sender: &str, key: &str, patience: Duration, politely: bool) -> bool {
    let body = report(key).to_string();
    let request = format!(
        "POST /api/v1/reports HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {sender}\r\nIdempotency-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut byte = [0];
    let answered = tokio::time::timeout(patience, stream.read(&mut byte)).await.is_ok();
    if !politely {
        stream.set_zero_linger().expect("a socket");
    }
    answered
}

fn report(key: &str) -> Value {
    let (lon, lat) = map::middle(map::CENTRE);
    json!({"category": "duong_hong", "description": key, "position": {"lon": lon, "lat": lat}})
}

fn submitted(key: &str, code: Option<String>) -> Operation {
    Operation { began: 0, ended: 0, what: What::Submitted { key: key.to_owned(), code } }
}

async fn send(server: &TestServer, sender: &str, key: &str) -> Operation {
    let request = server.request(Method::POST, "/api/v1/reports").bearer_auth(sender).header("Idempotency-Key", key);
    let answer = server.send(request.json(&report(key))).await;
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
    submitted(key, answer.json["code"].as_str().map(str::to_owned))
}

/// Asks PostgreSQL itself. A transaction that is just being written ends; one that was left never does.
async fn no_transaction_is_open(server: &TestServer) {
    const OPEN: &str = "select count(*) from pg_stat_activity where datname = current_database() \
        and pid <> pg_backend_pid() and xact_start is not null";
    if server.database_url().starts_with("sqlite") {
        return;
    }
    let mut connection = PgConnection::connect(server.database_url()).await.expect("the database opens");
    let started = Instant::now();
    loop {
        let open: i64 = sqlx::query_scalar(OPEN).fetch_one(&mut connection).await.expect("an answer");
        if open == 0 {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{open} connections are inside a transaction");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
