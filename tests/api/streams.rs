//! Streams: what changes is heard once, in order, by whoever may hear it, over restarts and instances.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::{
    desk::{Citizen, Desk, PRIVATE, report, report_at, sent, word},
    listening::{Ear, patient},
    support::{TestServer, map},
};

on_both_engines! {
    an_office_hears_each_change_once_over_a_restart_and_at_another_instance,
    whoever_comes_back_with_a_place_that_is_not_there_is_told_to_read_again,
    a_former_office_hears_that_the_ticket_has_gone_and_no_more,
    a_revoked_key_hears_no_more,
    everybody_hears_where_a_report_stands_and_its_sender_hears_all,
    a_dashboard_hears_figures_and_nothing_of_a_single_report,
    a_long_poll_is_answered_by_the_change_and_else_by_the_clock,
    open_streams_end_with_the_server,
}

fn office(desk: &Desk<'_>, base: &str, last: Option<&str>) -> RequestBuilder {
    let request = patient().get(base).bearer_auth(&desk.key);
    match last {
        Some(last) => request.header("Last-Event-ID", last),
        None => request,
    }
}

async fn an_office_hears_each_change_once_over_a_restart_and_at_another_instance(mut server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let (key, name) = (desk.key.clone(), desk.office.clone());
    let path = format!("/api/v1/offices/{name}/stream");
    let listen = |base: String, last: Option<String>| {
        let request = patient().get(base).bearer_auth(&key);
        Ear::open(last.into_iter().fold(request, |request, last| request.header("Last-Event-ID", last)))
    };
    let mut ear = listen(server.url(&path), None).await;
    let mut last = ear.next().await.expect("a place").id;
    assert_eq!(last, "0", "nothing was ever there");
    let mut heard: Vec<i64> = vec![];
    for round in 0..3 {
        let other = server.beside();
        let (http, urls) = (patient(), [server.url("/api/v1/reports"), other.url("/api/v1/reports")]);
        let writing = tokio::spawn(async move {
            let all = (0..12).map(|nth| http.post(&urls[nth % 2]).json(&report()).send());
            for answer in futures::future::join_all(all).await {
                assert_eq!(answer.expect("an answer").status(), 201);
            }
        });
        // Some at this instance, in the middle of the writing; the rest elsewhere.
        for _ in 0..5 {
            let event = ear.event().await;
            assert_eq!((event.name.as_str(), &event.data["status"]), ("ticket", &json!("queued")));
            heard.push(event.id.parse().expect("a number"));
            last = event.id;
        }
        drop(ear);
        ear = listen(other.url(&path), Some(last.clone())).await;
        for _ in 0..7 {
            let event = ear.event().await;
            heard.push(event.id.parse().expect("a number"));
            last = event.id;
        }
        writing.await.expect("all was written");
        if round == 1 {
            server.kill();
            server.serve();
        }
        drop(other);
        ear = listen(server.url(&path), Some(last.clone())).await;
    }
    assert_eq!(heard, (1..=36).collect::<Vec<_>>(), "without loss or repeat");
}

async fn whoever_comes_back_with_a_place_that_is_not_there_is_told_to_read_again(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    sent(&server, &report()).await;
    let path = server.url(&format!("/api/v1/offices/{}/stream", desk.office));
    for last in ["7", "-3", "nonsense", "99999999999999999999"] {
        let told = Ear::open(office(&desk, &path, Some(last))).await.event().await;
        assert_eq!((told.name.as_str(), told.id.as_str()), ("reset", "1"), "{last}");
    }
    let all = Ear::open(office(&desk, &path, Some("0"))).await.event().await;
    assert_eq!((all.name.as_str(), all.id.as_str()), ("ticket", "1"));
    assert!(!all.data.to_string().contains(PRIVATE));
}

async fn a_former_office_hears_that_the_ticket_has_gone_and_no_more(server: TestServer) {
    let (former, now) = (Desk::of_commune(&server, map::CENTRE), Desk::of_commune(&server, map::NORTH));
    let path = |desk: &Desk<'_>| server.url(&format!("/api/v1/offices/{}/stream", desk.office));
    let mut at_former = Ear::open(office(&former, &path(&former), None)).await;
    let mut at_now = Ear::open(office(&now, &path(&now), None)).await;
    let citizen = sent(&server, &report()).await;
    let id = former.id(&citizen.code).await;
    former.act(&id, "transfer", &json!({"office": now.office, "reason": "Không thuộc xã"})).await.is(200);
    now.does(&id, "accept", json!({"assignee": "Lò Thị B"})).await;
    let second = sent(&server, &report()).await;
    let names: Vec<_> = [at_former.event().await, at_former.event().await, at_former.event().await]
        .into_iter()
        .map(|heard| {
            (heard.name, word(&heard.data["code"]), heard.data["status"].clone(), heard.data["version"].is_null())
        })
        .collect();
    assert_eq!(names[0], ("ticket".into(), citizen.code.clone(), json!("queued"), false));
    assert_eq!(names[1], ("gone".into(), citizen.code.clone(), json!(null), true));
    assert_eq!(names[2], ("ticket".into(), second.code, json!("queued"), false));
    assert_eq!(at_now.event().await.data["status"], "queued");
    let accepted = at_now.event().await;
    assert_eq!((&accepted.data["status"], &accepted.data["event"]), (&json!("accepted"), &json!("accepted")));
}

async fn a_revoked_key_hears_no_more(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let path = server.url(&format!("/api/v1/offices/{}/stream", desk.office));
    let mut ear = Ear::open(office(&desk, &path, None)).await;
    let listed: serde_json::Value = serde_json::from_str(&server.run(&["keys", "list", "--json"])).expect("JSON");
    let row = listed["items"].as_array().or(listed.as_array()).expect("a list of keys")[0].clone();
    server.run(&["keys", "revoke", row["id"].as_str().expect("an id")]);
    let revoked = Instant::now();
    while ear.next().await.is_some() {}
    assert!(revoked.elapsed() < Duration::from_secs(10), "still heard after {:?}", revoked.elapsed());
}

async fn everybody_hears_where_a_report_stands_and_its_sender_hears_all(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let citizen = sent(&server, &report()).await;
    let path = server.url(&format!("/api/v1/reports/{}/events", citizen.code));
    let public = || patient().get(&path);
    let own = || public().header("X-Report-Secret", &citizen.secret);
    let (mut everybody, mut sender) = (Ear::open(public()).await, Ear::open(own()).await);
    let (first, full) = (everybody.event().await, sender.event().await);
    assert_eq!((first.name.as_str(), &first.data["status"]), ("report", &json!("queued")));
    assert!(!first.data.to_string().contains(PRIVATE) && full.data.to_string().contains(PRIVATE));
    let id = desk.id(&citizen.code).await;
    desk.does(&id, "accept", json!({"assignee": "Lò Thị B"})).await;
    let (second, told) = (everybody.event().await, sender.event().await);
    assert_eq!((&second.data["status"], &told.data["status"]), (&json!("accepted"), &json!("accepted")));
    assert_eq!(told.data["timeline"].as_array().map(Vec::len), Some(3));
    // A word between the office and the sender is nothing to the public.
    desk.does(&id, "comment", json!({"text": "Chiều nay tới", "visibility": "citizen"})).await;
    assert!(sender.event().await.data.to_string().contains("Chiều nay tới"));
    // Whoever comes back is told nothing twice.
    let mut back = Ear::open(public().header("Last-Event-ID", &second.id)).await;
    desk.does(&id, "start", json!({})).await;
    assert_eq!(back.event().await.data["status"], "in_progress");
    assert_eq!(everybody.event().await.data["status"], "in_progress");
}

async fn a_dashboard_hears_figures_and_nothing_of_a_single_report(server: TestServer) {
    let path = server.url("/api/v1/live");
    let mut ear = Ear::open(patient().get(&path)).await;
    let first = ear.event().await;
    assert_eq!(first.name, "figures");
    let mut citizens: Vec<Citizen> = vec![];
    for _ in 0..6 {
        citizens.push(sent(&server, &report_at(map::HOME)).await);
    }
    let mut heard = vec![];
    loop {
        let told = ear.event().await;
        heard.push(told.clone());
        if told.data["reports"] == 6 {
            break;
        }
    }
    let public = server.get("/api/v1/stats/summary").await.is(200).json;
    let last = heard.last().expect("something was heard").clone();
    assert_eq!(last.data, public, "what is told is what everybody may ask for");
    for told in &heard {
        assert!(citizens.iter().all(|citizen| !told.data.to_string().contains(&citizen.code)));
        assert!(told.data["reports"].as_i64().is_none_or(|reports| reports == 0 || reports >= 5), "{}", told.data);
    }
    let mut back = Ear::open(patient().get(&path).header("Last-Event-ID", &last.id)).await;
    sent(&server, &report()).await;
    assert_eq!(back.event().await.data["reports"], 7, "not told twice");
}

async fn a_long_poll_is_answered_by_the_change_and_else_by_the_clock(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let path = |wait: u32| server.url(&format!("/api/v1/offices/{}/tickets?wait={wait}", desk.office));
    let ask = |wait: u32, etag: Option<&str>| {
        let request = patient().get(path(wait)).bearer_auth(&desk.key);
        etag.into_iter().fold(request, |request, etag| request.header("If-None-Match", etag)).send()
    };
    let waiting = tokio::spawn(ask(60, None));
    let citizen = sent(&server, &report()).await;
    let page: serde_json::Value = waiting.await.expect("it ran").expect("an answer").json().await.expect("JSON");
    assert_eq!(page["items"][0]["code"], citizen.code);
    let etag = desk.queue("").await.etag.expect("an ETag");
    assert_eq!(ask(1, Some(&etag)).await.expect("an answer").status(), 304);
    let waiting = tokio::spawn(ask(60, Some(&etag)));
    desk.does(&desk.id(&citizen.code).await, "accept", json!({})).await;
    let answer = waiting.await.expect("it ran").expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_ne!(answer.headers()["etag"].to_str().expect("a text"), etag);
    assert_eq!(answer.json::<serde_json::Value>().await.expect("JSON")["items"][0]["status"], "accepted");
}

async fn open_streams_end_with_the_server(mut server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let citizen = sent(&server, &report()).await;
    let paths = [
        format!("/api/v1/offices/{}/stream", desk.office),
        format!("/api/v1/reports/{}/events", citizen.code),
        "/api/v1/live".to_owned(),
        format!("/api/v1/offices/{}/tickets?wait=60&cursor=9223372036854775807.{}", desk.office, uuid::Uuid::max()),
    ];
    let (http, key) = (patient(), desk.key.clone());
    let mut ears = vec![];
    for nth in 0..300 {
        ears.push(Ear::open(http.get(server.url(&paths[nth % 3])).bearer_auth(&key)).await);
    }
    let waiting = tokio::spawn(http.request(Method::GET, server.url(&paths[3])).bearer_auth(&key).send());
    for ear in &mut ears {
        // Each has been welcomed with a place or a state, so that the stream is under way; a report's and the figures'
        // come as events.
        ear.next().await.expect("a welcome");
    }
    let started = Instant::now();
    let status = tokio::task::spawn_blocking(move || server.terminate()).await.expect("it ended");
    assert!(status.success(), "{status}");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    for mut ear in ears {
        while ear.next().await.is_some() {}
    }
    drop(waiting.await);
}
