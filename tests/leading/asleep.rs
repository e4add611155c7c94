use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use sqlx::PgPool;
use tokio::time::{Instant, interval, timeout};

use crate::{
    smtp::PostOffice,
    support::{Engine, TestServer, map, server::client},
};

/// Three leases of six seconds.
const NAP: Duration = Duration::from_secs(18);
/// Nothing here takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Every rung of an urgent ticket at the very deadline.
const STEEP: &str = r#"
again_hours = 37
urgent_again_minutes = 600
dead_hours = 6
rung = [
  { step = "reminder", untaken_hours = 0, unresolved_hours = 0, urgent_minutes = 0 },
  { step = "leader", untaken_hours = 0, unresolved_hours = 0, urgent_minutes = 0 },
  { step = "province", untaken_hours = 0, unresolved_hours = 0, urgent_minutes = 0 },
  { step = "public", untaken_hours = 0, unresolved_hours = 0, urgent_minutes = 0 },
]
"#;

/// Asks until the answer is this one.
async fn comes_to(database: &PgPool, question: &'static str, answer: i64) {
    let mut beat = interval(Duration::from_millis(100));
    let asking = async {
        loop {
            beat.tick().await;
            let said: i64 = sqlx::query_scalar(question).fetch_one(database).await.unwrap();
            if said == answer {
                return;
            }
        }
    };
    assert!(timeout(PATIENCE, asking).await.is_ok(), "it never came to {answer}: {question}");
}

/// A report whose deadline to accept has just passed.
async fn late_ticket(url: &str, database: &PgPool) {
    let (lon, lat) = map::HOME;
    let body = json!({"category": "sat_lo", "description": "Sạt lở", "position": {"lon": lon, "lat": lat}});
    let answer = client().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let now = "update ticket set accept_by = received_at, next_at = received_at where state = 'queued' \
               and not accept_missed";
    sqlx::query(now).execute(database).await.unwrap();
}

const RUNGS: &str = "select count(*) from rung";
const TERM: &str = "select term from lead";
const UNTOLD: &str = "select count(*) from rung where office_told = 0 or centre_told = 0";
const WAITING: &str = "select (select count(*) from delivery where stage <> 'delivered') \
    + (select count(*) from notice where told = 0) + (select count(*) from outbox)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_slept_for_three_leases_doubles_no_rung_and_no_letter() {
    let server = TestServer::start(Engine::Postgres).await;
    let database = PgPool::connect(server.database_url()).await.unwrap();
    comes_to(&database, "select count(*) from lead", 1).await;
    let post = PostOffice::start().await;
    let folder = tempfile::tempdir().unwrap();
    let ladder = folder.path().join("ladder.toml");
    std::fs::write(&ladder, STEEP).unwrap();
    server.run(&["ladder", "import", ladder.to_str().unwrap()]);
    let office = map::office(map::CENTRE);
    for office in [Some(office.as_str()), None] {
        let mut add = vec!["destinations", "add", "--channel", "email", "--name", "Hộp thư"];
        add.extend(["--smtp", &post.url, "--from", "ioc@dienbien.example", "--to", "xa@dienbien.example"]);
        add.extend(office.map(|office| ["--office", office]).into_iter().flatten());
        server.run(&add);
    }
    let other = server.beside();
    let (here, there) = (server.url("/api/v1/reports"), other.url("/api/v1/reports"));

    // Settings are in force within five seconds; the first ticket may still climb by the old ladder.
    tokio::time::sleep(Duration::from_secs(6)).await;
    late_ticket(&here, &database).await;
    comes_to(&database, RUNGS, 4).await;
    comes_to(&database, TERM, 1).await;
    comes_to(&database, UNTOLD, 0).await;
    comes_to(&database, WAITING, 0).await;

    server.signal("STOP");
    let asleep = Instant::now();
    late_ticket(&there, &database).await;
    comes_to(&database, TERM, 2).await;
    comes_to(&database, RUNGS, 8).await;
    tokio::time::sleep_until(asleep + NAP).await;
    late_ticket(&there, &database).await;
    server.signal("CONT");
    comes_to(&database, RUNGS, 12).await;
    late_ticket(&here, &database).await;
    comes_to(&database, RUNGS, 16).await;
    comes_to(&database, UNTOLD, 0).await;
    comes_to(&database, WAITING, 0).await;

    comes_to(&database, TERM, 2).await;
    comes_to(&database, "select count(*) from event where kind = 'escalated'", 16).await;
    comes_to(&database, "select count(*) from event where kind = 'accept_missed'", 4).await;
    comes_to(&database, "select count(*) from chain_link l join unsealed u on u.event_id = l.event_id", 0).await;
    let letters = post.take();
    let ids: BTreeSet<_> = letters.iter().map(|letter| letter.header("Message-ID").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), letters.len(), "no letter twice");
    let sent: i64 = sqlx::query_scalar("select count(*) from delivery").fetch_one(&database).await.unwrap();
    assert_eq!(i64::try_from(letters.len()).unwrap(), sent, "and every one once");
    let told: i64 = sqlx::query_scalar("select count(*) from notice where kind = 'escalation_urgent'")
        .fetch_one(&database)
        .await
        .unwrap();
    assert!((4..=28).contains(&told), "{told} notices to office and centre; tickets may share one");
    let verified = server.run(&["verify"]);
    assert!(!verified.is_empty());
}
