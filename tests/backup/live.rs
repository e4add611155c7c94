use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    desk::{Desk, report, sent, word},
    hands::{backup, comes, empty_machine, folder_of, joined, refusal, sealed, sent_with, snapshot},
    listening::{Ear, patient},
    support::{TestServer, map, server::client},
};

on_both_engines! {
    a_backup_under_load_is_whole,
    what_is_brought_back_is_what_was_there_and_goes_on,
}

/// Every ticket where it stands, and every delivery under its id.
type Tickets = Vec<(Uuid, String, String, String, i64)>;
type Deliveries = Vec<(Uuid, Uuid, Uuid, String)>;

async fn tickets(server: &TestServer) -> Tickets {
    let all = "select id, code, office_id, state, version from ticket order by id";
    asked!(server.database_url(), (Uuid, String, String, String, i64), all)
}

async fn deliveries(server: &TestServer) -> Deliveries {
    let all = "select id, destination_id, subject_id, stage from delivery order by id";
    asked!(server.database_url(), (Uuid, Uuid, Uuid, String), all)
}

/// Sends reports until it is told to stop; the codes that were acknowledged.
async fn keep_sending(url: String, stop: Arc<AtomicBool>) -> BTreeSet<String> {
    let (http, mut codes) = (client(), BTreeSet::new());
    while !stop.load(Ordering::SeqCst) {
        let answer = http.post(&url).json(&report()).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        codes.insert(word(&answer.json::<Value>().await.unwrap()["code"]));
    }
    codes
}

async fn a_backup_under_load_is_whole(server: TestServer) {
    let archive = tempfile::tempdir().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let sending = [(); 4].map(|()| tokio::spawn(keep_sending(server.url("/api/v1/reports"), Arc::clone(&stop))));
    comes("twenty reports", || async { tickets(&server).await.len() >= 20 }).await;
    let before: BTreeSet<Uuid> = tickets(&server).await.into_iter().map(|ticket| ticket.0).collect();
    let made = backup(&server, archive.path());
    let after: BTreeSet<Uuid> = tickets(&server).await.into_iter().map(|ticket| ticket.0).collect();
    stop.store(true, Ordering::SeqCst);
    for sent in sending {
        assert!(!sent.await.unwrap().is_empty(), "it took reports meanwhile");
    }
    assert!(after.len() > before.len(), "nothing came while the backup was made");

    let elsewhere = empty_machine(&server).await;
    assert_eq!(refusal(&elsewhere, &folder_of(&made)), None);
    let there: BTreeSet<Uuid> = tickets(&elsewhere).await.into_iter().map(|ticket| ticket.0).collect();
    assert!(before.is_subset(&there) && there.is_subset(&after), "{} {} {}", before.len(), there.len(), after.len());
    let told: Value = serde_json::from_str(&elsewhere.run(&["verify", "--json"])).unwrap();
    assert_eq!((&told["head"], &told["sealed"], &told["faults"]), (&made["head"], &made["sealed"], &json!([])));
}

async fn what_is_brought_back_is_what_was_there_and_goes_on(mut server: TestServer) {
    let (archive, office) = (tempfile::tempdir().unwrap(), map::office(map::CENTRE));
    let add = ["destinations", "add", "--channel", "webhook", "--name", "Văn bản", "--office", &office];
    server.run(&[&add[..], &["--url", "http://127.0.0.1:9/", "--allow-range", "127.0.0.0/8"]].concat());
    server.run(&["destinations", "approve", &office, "--until", "2099-12-31"]);
    let citizen = sent_with(&server, &report(), snapshot(0)).await;
    let seen = joined(&server, &citizen).await.json;
    let picture = format!("/api/v1/reports/{}/photos/{}", citizen.code, word(&seen["photos"][0]["id"]));
    let photo_of =
        |server: &TestServer| server.request(Method::GET, &picture).header("X-Report-Secret", &citizen.secret).send();
    let bytes = photo_of(&server).await.unwrap().bytes().await.unwrap();
    let desk = Desk::of(&server, &office);
    desk.does(&desk.id(&citizen.code).await, "accept", json!({})).await;
    let claims = format!("/api/v1/offices/{office}/claims");
    sent(&server, &report()).await;
    let claimed = server.post_as(&desk.key, &claims, &json!({"limit": 1, "lease_seconds": 600})).await.is(200);
    let token = word(&claimed.json["items"][0]["claim_token"]);
    comes("deliveries wait", || async { deliveries(&server).await.len() >= 3 }).await;
    let last_number = "select sequence from office_head order by sequence desc limit 1";
    let (number,) = asked!(server.database_url(), (i64,), last_number)[0];
    let chain = sealed(&server).await;
    let key = desk.key;
    assert!(server.terminate().success());

    let made = backup(&server, archive.path());
    assert_eq!((&made["missing"], &made["faults"]), (&json!([]), &json!(0)), "{made}");
    let again = backup(&server, archive.path());
    assert_eq!(again["shared_with_before"], again["photo_files"], "photos are kept once: {again}");

    let mut elsewhere = empty_machine(&server).await;
    assert_eq!(refusal(&elsewhere, &folder_of(&made)), None);
    assert_eq!(tickets(&elsewhere).await, tickets(&server).await);
    assert_eq!(deliveries(&elsewhere).await, deliveries(&server).await);
    let told: Value = serde_json::from_str(&elsewhere.run(&["verify", "--json"])).unwrap();
    assert_eq!(told["head"], chain["head"]);

    tokio::task::block_in_place(|| elsewhere.serve());
    assert_eq!(citizen.look(&elsewhere).await.json["status"], "accepted");
    assert_eq!(photo_of(&elsewhere).await.unwrap().bytes().await.unwrap(), bytes);
    let beat = elsewhere.request(Method::PUT, &format!("{claims}/{token}")).bearer_auth(&key);
    elsewhere.send(beat.json(&json!({"lease_seconds": 600}))).await.is(200);

    // Somebody heard of a change after the backup was made: its number is given to no other, and he reads anew.
    sent(&elsewhere, &report()).await;
    let (now,) = asked!(elsewhere.database_url(), (i64,), last_number)[0];
    assert!(now > number + 1_000_000, "{now} after {number}");
    let stream = patient().get(elsewhere.url(&format!("/api/v1/offices/{office}/stream")));
    let stream = stream.bearer_auth(&key).header("Last-Event-ID", number + 1);
    assert_eq!(Ear::open(stream).await.event().await.name, "reset");
    sealed(&elsewhere).await;
}
