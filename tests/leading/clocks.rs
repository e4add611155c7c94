use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    hands::{RUNGS, TERM, UNTOLD, WAITING, comes_to, late_ticket, letter_boxes},
    support::{Engine, TestServer, map, server::client},
};

/// A wall clock that a hand sets while a process runs; its steady clock and other processes go on as they were.
struct WrongClock {
    library: PathBuf,
    hand: PathBuf,
}

impl WrongClock {
    fn new(folder: &Path) -> Self {
        let libraries = std::fs::read_dir("/usr/lib").unwrap().filter_map(Result::ok);
        let mut places = libraries.map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
        let library = places.find(|path| path.exists()).expect("Debian's package faketime is installed");
        let clock = Self { library, hand: folder.join("hand") };
        clock.set("+0");
        clock
    }

    /// Seconds off, with their sign.
    fn set(&self, off: &str) {
        std::fs::write(&self.hand, off).unwrap();
    }

    fn environment(&self) -> [(&str, &str); 4] {
        [
            ("LD_PRELOAD", self.library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", self.hand.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}

async fn number(database: &PgPool, question: &'static str) -> i64 {
    sqlx::query_scalar(question).fetch_one(database).await.unwrap()
}

const NOW: &str = "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";
const LAST_RECEIVED: &str = "select max(received_at) from ticket where center_id not like '%.canary'";
/// Half the ten minutes, in microseconds: who is deceived by the clock crosses it, who is not is far from it.
const FIVE_MINUTES: i64 = 300_000_000;

/// The next late ticket, taken by this instance: it bears the database's time.
async fn taken_in_time(url: &str, database: &PgPool) {
    let before = number(database, NOW).await;
    late_ticket(url, database).await;
    let (received, after) = (number(database, LAST_RECEIVED).await, number(database, NOW).await);
    // Answers of the database on a busy machine take their time.
    let slack = 2_000_000;
    assert!((before - slack..=after + slack).contains(&received), "{before} {received} {after}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_whose_clock_is_set_ten_minutes_ahead_or_behind_steals_doubles_and_crosses_nothing() {
    let mut server = TestServer::start(Engine::Postgres).await;
    let database = PgPool::connect(server.database_url()).await.unwrap();
    let post = letter_boxes(&server).await;
    let office = map::office(map::CENTRE);
    let key = server.key(&[&format!("office:{office}")]);
    comes_to(&database, TERM, 1).await;
    // A server that starts knows all settings.
    tokio::task::block_in_place(|| {
        assert!(server.terminate().success());
        server.serve();
    });
    comes_to(&database, TERM, 2).await;
    let folder = tempfile::tempdir().unwrap();
    let clock = WrongClock::new(folder.path());
    let other = tokio::task::block_in_place(|| server.beside_with(&clock.environment()));
    let there = other.url("/api/v1/reports");

    clock.set("+600");
    taken_in_time(&there, &database).await;
    comes_to(&database, RUNGS, 4).await;
    let claims = other.url(&format!("/api/v1/offices/{office}/claims"));
    let asked = client().post(&claims).bearer_auth(&key).json(&json!({"limit": 1, "lease_seconds": 600}));
    let claimed: Value = asked.send().await.unwrap().json().await.unwrap();
    let token = claimed["items"][0]["claim_token"].as_str().unwrap_or_else(|| panic!("{claimed}"));
    let lease = "select max(lease_until) - cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) from claim";
    let left = number(&database, lease).await;
    assert!((FIVE_MINUTES..=602_000_000).contains(&left), "{left}");
    // Its deadline to resolve and the end of its lease lie between the two clocks.
    for between in [
        "update claim set lease_until = lease_until - 300000000",
        "update ticket set resolve_by = c.lease_until, next_at = c.lease_until from claim c where c.ticket_id = ticket.id",
    ] {
        sqlx::query(between).execute(&database).await.unwrap();
    }
    taken_in_time(&there, &database).await;
    comes_to(&database, RUNGS, 8).await;
    assert_eq!(number(&database, TERM).await, 2, "the lead was stolen");

    // The one with the wrong clock leads.
    server.kill();
    comes_to(&database, TERM, 3).await;
    taken_in_time(&there, &database).await;
    comes_to(&database, RUNGS, 12).await;
    clock.set("-600");
    taken_in_time(&there, &database).await;
    comes_to(&database, RUNGS, 16).await;
    tokio::task::block_in_place(|| server.serve());
    clock.set("+600");
    taken_in_time(&server.url("/api/v1/reports"), &database).await;
    comes_to(&database, RUNGS, 20).await;
    comes_to(&database, UNTOLD, 0).await;
    comes_to(&database, WAITING, 0).await;

    assert_eq!(number(&database, TERM).await, 3, "the lead was stolen");
    assert_eq!(number(&database, "select count(*) from event where kind = 'escalated'").await, 20);
    assert_eq!(number(&database, "select count(*) from event where kind = 'accept_missed'").await, 5);
    assert_eq!(number(&database, "select count(*) from event where kind = 'resolve_missed'").await, 0);
    let beat = client().put(format!("{claims}/{token}")).bearer_auth(&key).json(&json!({"lease_seconds": 300}));
    assert_eq!(beat.send().await.unwrap().status(), StatusCode::OK, "the lease was stolen");
    let letters = post.take();
    let ids: BTreeSet<_> = letters.iter().map(|letter| letter.header("Message-ID").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), letters.len(), "no letter twice");
    let sent = number(&database, "select count(*) from delivery").await;
    assert_eq!(i64::try_from(letters.len()).unwrap(), sent, "and every one once");
}
