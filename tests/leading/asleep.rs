use std::{collections::BTreeSet, time::Duration};

use sqlx::PgPool;
use tokio::time::Instant;

use crate::{
    hands::{RUNGS, TERM, UNTOLD, WAITING, comes_to, late_ticket, letter_boxes},
    support::{Engine, TestServer},
};

/// Three leases of six seconds.
const NAP: Duration = Duration::from_secs(18);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_slept_for_three_leases_doubles_no_rung_and_no_letter() {
    let server = TestServer::start(Engine::Postgres).await;
    let database = PgPool::connect(server.database_url()).await.unwrap();
    comes_to(&database, "select count(*) from lead", 1).await;
    let post = letter_boxes(&server).await;
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
