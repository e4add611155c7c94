//! Nobody sees what is not theirs.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::{
    desk::{Desk, report, sent},
    support::{TestServer, map},
};

on_both_engines! {
    another_offices_ticket_is_404_for_every_action,
    another_offices_claims_and_stream_are_404,
    without_a_key_there_is_no_queue,
    a_key_without_the_scope_sees_no_queue,
    nonsense_for_a_key_is_401,
    a_revoked_key_is_401,
    the_centre_sees_every_office,
}

const ACTIONS: [&str; 11] =
    ["accept", "assign", "start", "resolve", "refuse", "transfer", "extend", "wait", "comment", "merge", "publish"];

async fn another_offices_ticket_is_404_for_every_action(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let (own, other) = (Desk::of_commune(&server, map::CENTRE), Desk::of_commune(&server, map::NORTH));
    let id = own.id(&citizen.code).await;
    let ticket = own.ticket(&id).await.is(200);
    let etag = ticket.etag.expect("an ETag");
    other.ticket(&id).await.is(404);
    for action in ACTIONS {
        let body = json!({"text": "x", "to": "x", "reason": "x", "question": "x", "into": id,
            "until": "2030-01-01T00:00:00Z", "visibility": "internal", "photos": []});
        server.send(other.change(&id, action, &body).header("If-Match", &etag)).await.is(404);
    }
    assert_eq!(own.ticket(&id).await.json["version"], ticket.json["version"]);
    own.ticket("01890000-0000-7000-8000-000000000000").await.is(404);
    own.ticket("nonsense").await.is(404);
}

async fn another_offices_claims_and_stream_are_404(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let (own, other) = (Desk::of_commune(&server, map::CENTRE), Desk::of_commune(&server, map::NORTH));
    let office = format!("/api/v1/offices/{}", own.office);
    let claims = format!("{office}/claims");
    server.post_as(&other.key, &claims, &json!({})).await.is(404);
    server.get_as(&other.key, &format!("{office}/stream")).await.is(404);
    server.get_as(&server.key(&["dashboard:read"]), &format!("{office}/stream")).await.is(404);
    let claimed = server.post_as(&own.key, &claims, &json!({})).await.is(200).json;
    assert_eq!(claimed["items"][0]["ticket"]["code"], citizen.code);
    let token = claimed["items"][0]["claim_token"].as_str().expect("a token");
    let elsewhere = format!("/api/v1/offices/{}/claims/{token}", other.office);
    for method in [Method::PUT, Method::DELETE] {
        let with = |path: &str| server.request(method.clone(), path).bearer_auth(&other.key).json(&json!({}));
        server.send(with(&format!("{claims}/{token}"))).await.is(404);
        server.send(with(&elsewhere)).await.problem(409, "lease_lost");
    }
    server.get("/api/v1/reports/nobody/events").await.is(404);
    let wrong = server.request(Method::GET, &format!("/api/v1/reports/{}/events", citizen.code));
    server.send(wrong.header("X-Report-Secret", "0".repeat(26))).await.is(404);
}

async fn without_a_key_there_is_no_queue(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let id = desk.id(&citizen.code).await;
    let office = format!("/api/v1/offices/{}", desk.office);
    for path in [format!("{office}/tickets"), format!("{office}/stream"), format!("/api/v1/tickets/{id}")] {
        server.get(&path).await.is(401);
    }
    server.post(&format!("{office}/claims"), &json!({})).await.is(401);
    for method in [Method::PUT, Method::DELETE] {
        let claim = format!("{office}/claims/{}", uuid::Uuid::nil());
        server.send(server.request(method, &claim).json(&json!({}))).await.is(401);
    }
}

async fn a_key_without_the_scope_sees_no_queue(server: TestServer) {
    let path = format!("/api/v1/offices/{}/tickets", map::office(map::CENTRE));
    for scope in ["report:write".to_owned(), "dashboard:read".into(), format!("office:{}", map::office(map::EAST))] {
        server.get_as(&server.key(&[&scope]), &path).await.is(404);
    }
}

async fn nonsense_for_a_key_is_401(server: TestServer) {
    let path = format!("/api/v1/offices/{}/tickets", map::office(map::CENTRE));
    let mut wrong = server.key(&[&format!("office:{}", map::office(map::CENTRE))]);
    server.get_as(&wrong, &path).await.is(200);
    let last = wrong.pop().expect("a key is not empty");
    wrong.push(if last == '0' { '1' } else { '0' });
    for key in [&wrong, "", "x", "eyJhbGciOiJub25lIn0.e30.", &"x".repeat(5_000)] {
        server.get_as(key, &path).await.is(401);
    }
    let basic = server.request(Method::GET, &path).basic_auth("admin", Some("admin"));
    server.send(basic).await.is(401);
}

async fn a_revoked_key_is_401(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    desk.queue("").await;
    let listed: serde_json::Value = serde_json::from_str(&server.run(&["keys", "list", "--json"])).expect("JSON");
    let row = listed["items"].as_array().or(listed.as_array()).expect("a list of keys")[0].clone();
    server.run(&["keys", "revoke", row["id"].as_str().expect("an id")]);
    let started = Instant::now();
    let path = format!("/api/v1/offices/{}/tickets", desk.office);
    while server.get_as(&desk.key, &path).await.status != 401 {
        assert!(started.elapsed() < Duration::from_secs(6), "a revoked key still works after 6 s");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn the_centre_sees_every_office(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let admin = server.key(&["admin"]);
    let path = format!("/api/v1/offices/{}/tickets", citizen.office());
    let queue = server.get_as(&admin, &path).await.is(200);
    assert_eq!(queue.json["items"][0]["code"], citizen.code);
}
