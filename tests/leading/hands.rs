//! What these tests do with tickets, ladders and letter boxes.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;
use tokio::time::{interval, timeout};

use crate::{
    smtp::PostOffice,
    support::{TestServer, map, server::client},
};

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
pub async fn comes_to(database: &PgPool, question: &'static str, answer: i64) {
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
pub async fn late_ticket(url: &str, database: &PgPool) {
    let (lon, lat) = map::HOME;
    let body = json!({"category": "sat_lo", "description": "Sạt lở", "position": {"lon": lon, "lat": lat}});
    let answer = client().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let now = "update ticket set accept_by = received_at, next_at = received_at where state = 'queued' \
               and not accept_missed";
    sqlx::query(now).execute(database).await.unwrap();
}

pub const RUNGS: &str = "select count(*) from rung";
pub const TERM: &str = "select term from lead";
pub const UNTOLD: &str = "select count(*) from rung where office_told = 0 or centre_told = 0";
pub const WAITING: &str = "select (select count(*) from delivery where stage <> 'delivered') \
    + (select count(*) from notice where told = 0) + (select count(*) from outbox)";

/// Every rung at once from now on, and a letter box for an office and for the centre.
pub async fn letter_boxes(server: &TestServer) -> PostOffice {
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
    post
}
