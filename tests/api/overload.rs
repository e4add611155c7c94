//! More reports than the database takes: some are asked to come again, none is lost, none doubled.

use std::collections::BTreeSet;

use futures::{StreamExt, stream::FuturesUnordered};
use ioc::store::{Store, TallyQuery};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use crate::{desk::report, support::TestServer};

on_both_engines! {
    a_queue_that_is_full_says_come_again_and_loses_nothing,
    a_device_that_floods_is_braked_alone,
}

/// More than may wait, and than two groups under way.
const MANY: usize = 1300;

/// Keeps everybody from writing.
enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Lock {
    async fn take(url: &str) -> Self {
        if url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
            connection.execute("begin immediate").await.expect("nobody writes");
            Self::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(url).await.expect("the database opens");
            connection.execute("begin; lock table idempotency in exclusive mode").await.expect("nobody writes");
            Self::Postgres(connection)
        }
    }

    async fn release(self) {
        match self {
            Self::Sqlite(mut connection) => drop(connection.execute("rollback").await.expect("it ends")),
            Self::Postgres(mut connection) => drop(connection.execute("rollback").await.expect("it ends")),
        }
    }
}

async fn post(server: &TestServer, nth: usize) -> (usize, Response) {
    let request = server.request(Method::POST, "/api/v1/reports").header("Idempotency-Key", format!("k-{nth}"));
    (nth, request.json(&report()).send().await.expect("an answer"))
}

async fn a_queue_that_is_full_says_come_again_and_loses_nothing(server: TestServer) {
    let lock = Lock::take(server.database_url()).await;
    let mut answers: FuturesUnordered<_> = (0..MANY).map(|nth| post(&server, nth)).collect();
    let (first, turned_away) = answers.next().await.expect("one is answered while nothing can be written");
    assert_eq!(turned_away.status(), 503);
    assert!(turned_away.headers()["retry-after"].to_str().is_ok_and(|seconds| seconds.parse::<u32>().is_ok()));
    assert_eq!(turned_away.json::<Value>().await.expect("a problem")["code"], "busy");
    lock.release().await;
    let (mut codes, mut again) = (BTreeSet::new(), vec![first]);
    while let Some((nth, answer)) = answers.next().await {
        match answer.status().as_u16() {
            503 => again.push(nth),
            status => {
                assert_eq!(status, 201);
                codes.insert(answer.json::<Value>().await.expect("a receipt")["code"].to_string());
            }
        }
    }
    assert!(again.len() < MANY - 1024 + 1, "{} were turned away although there was room", again.len());
    for nth in again {
        let (_, answer) = post(&server, nth).await;
        assert_eq!(answer.status(), 201, "what was turned away was not written");
        codes.insert(answer.json::<Value>().await.expect("a receipt")["code"].to_string());
    }
    assert_eq!(codes.len(), MANY);
    let store = Store::connect(server.database_url()).await.expect("the database opens");
    let center = "dien-bien".parse().expect("a centre");
    let kept = store.tally(&center, &TallyQuery::default()).await.expect("figures").tally.reports;
    assert_eq!(usize::try_from(kept), Ok(MANY));
    store.close().await;
}

/// What a device may send at once, in batches: each counts for twenty reports.
const BATCHES: usize = 3;

async fn a_device_that_floods_is_braked_alone(server: TestServer) {
    let batch = || {
        let items: Vec<Value> = vec![];
        server.request(Method::POST, "/api/v1/reports/batch").json(&json!({ "items": items }))
    };
    let from = |device: &str| batch().header("X-Device-Key", device);
    for _ in 0..BATCHES {
        assert_ne!(server.send(from("a-phone-that-floods")).await.status, 429);
    }
    let braked = from("a-phone-that-floods").send().await.expect("an answer");
    assert_eq!(braked.status(), 429);
    let wait = braked.headers()["retry-after"].to_str().ok().and_then(|seconds| seconds.parse::<u32>().ok());
    assert!(wait.is_some_and(|seconds| (1..=201).contains(&seconds)), "{wait:?}");
    assert_eq!(braked.json::<Value>().await.expect("a problem")["code"], "too_many_requests");
    assert_ne!(server.send(from("another-phone")).await.status, 429, "another device is not");
    assert_ne!(server.send(batch()).await.status, 429, "nor who names none");
    let key = server.key(&["report:write"]);
    assert_ne!(server.send(from("a-phone-that-floods").bearer_auth(key)).await.status, 429, "nor a key that may");
    server.get("/api/v1/categories").await.is(200);
}
