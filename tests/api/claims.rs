//! Machines fetch tickets: each once, under a lease, and what they lost they cannot change.

use std::{collections::BTreeMap, sync::Arc};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    desk::{Desk, PRIVATE, report, sent, word},
    support::{TestServer, map, server::try_send},
};

on_both_engines! {
    urgent_tickets_are_handed_out_first_and_each_once,
    only_the_token_changes_a_ticket_in_a_machines_hand,
    a_released_ticket_is_there_for_the_next,
    after_a_question_the_ticket_is_there_for_whoever_comes_first,
    claims_out_of_range_are_refused,
    sixteen_machines_and_two_people_at_two_instances_never_get_one_ticket_twice,
}

/// A category of the starter rules with deadlines on the wall clock.
const URGENT: &str = "sat_lo";

fn urgent() -> Value {
    let (lon, lat) = map::HOME;
    json!({"category": URGENT, "description": PRIVATE, "position": {"lon": lon, "lat": lat}})
}

async fn claimed(server: &TestServer, desk: &Desk<'_>, limit: i64) -> Vec<Value> {
    let path = format!("/api/v1/offices/{}/claims", desk.office);
    let body = json!({"limit": limit, "lease_seconds": 300});
    server.post_as(&desk.key, &path, &body).await.is(200).json["items"].as_array().expect("items").clone()
}

async fn urgent_tickets_are_handed_out_first_and_each_once(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let (first, second) = (sent(&server, &report()).await, sent(&server, &report()).await);
    let burning = sent(&server, &urgent()).await;
    let codes = |items: &[Value]| items.iter().map(|item| word(&item["ticket"]["code"])).collect::<Vec<_>>();
    let items = claimed(&server, &desk, 2).await;
    assert_eq!(codes(&items), [burning.code, first.code]);
    for item in &items {
        assert_eq!((&item["ticket"]["status"], &item["ticket"]["assignee"]), (&json!("accepted"), &json!("test")));
        assert!(item["claim_token"].is_string() && item["lease_until"].is_string(), "{item}");
    }
    assert_ne!(items[0]["claim_token"], items[1]["claim_token"]);
    assert_eq!(codes(&claimed(&server, &desk, 100).await), [second.code]);
    assert!(claimed(&server, &desk, 100).await.is_empty());
}

async fn only_the_token_changes_a_ticket_in_a_machines_hand(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    sent(&server, &report()).await;
    let item = claimed(&server, &desk, 1).await.remove(0);
    let (id, token) = (word(&item["ticket"]["id"]), word(&item["claim_token"]));
    let act = async |action: &str, body: Value, token: Option<&str>| {
        let etag = desk.ticket(&id).await.is(200).etag.expect("an ETag");
        let request = desk.change(&id, action, &body).header("If-Match", etag);
        let request =
            token.map(|token| request.try_clone().expect("a body").header("Claim-Token", token)).unwrap_or(request);
        server.send(request).await
    };
    let without = act("start", json!({}), None).await.problem(409, "leased");
    assert_eq!(without.json["lease_until"], item["lease_until"]);
    act("start", json!({}), Some("0190aaaa-0000-7000-8000-000000000000")).await.problem(409, "lease_lost");
    act("start", json!({}), Some("nonsense")).await.problem(409, "lease_lost");
    act("start", json!({}), Some(&token)).await.is(200);
    let lease = format!("/api/v1/offices/{}/claims/{token}", desk.office);
    let beat = || server.request(Method::PUT, &lease).bearer_auth(&desk.key).json(&json!({"lease_seconds": 600}));
    let prolonged = server.send(beat()).await.is(200);
    assert!(word(&prolonged.json["lease_until"]) > word(&item["lease_until"]));
    assert_eq!(prolonged.json["claim_token"], item["claim_token"]);
    act("resolve", json!({"text": "Xong", "photos": []}), Some(&token)).await.is(200);
    server.send(beat()).await.problem(409, "lease_lost");
    act("comment", json!({"text": "Muộn", "visibility": "internal"}), Some(&token)).await.problem(409, "lease_lost");
    act("comment", json!({"text": "Người", "visibility": "internal"}), None).await.is(200);
    server.run(&["verify"]);
}

async fn a_released_ticket_is_there_for_the_next(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    sent(&server, &report()).await;
    let item = claimed(&server, &desk, 1).await.remove(0);
    let lease = format!("/api/v1/offices/{}/claims/{}", desk.office, word(&item["claim_token"]));
    let release = || server.request(Method::DELETE, &lease).bearer_auth(&desk.key);
    server.send(release()).await.is(204);
    server.send(release()).await.problem(409, "lease_lost");
    let again = claimed(&server, &desk, 1).await.remove(0);
    assert_eq!(again["ticket"]["id"], item["ticket"]["id"]);
    assert_ne!(again["claim_token"], item["claim_token"]);
    let detail = desk.ticket(&word(&item["ticket"]["id"])).await.json;
    let kinds: Vec<_> =
        detail["history"].as_array().expect("a history").iter().map(|entry| word(&entry["kind"])).collect();
    assert_eq!(kinds, ["received", "assigned", "claimed", "released", "claimed"]);
    assert_eq!(detail["history"][4]["attempt"], 1, "giving back is no failed attempt");
    server.run(&["verify"]);
}

async fn after_a_question_the_ticket_is_there_for_whoever_comes_first(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let citizen = sent(&server, &report()).await;
    let item = claimed(&server, &desk, 1).await.remove(0);
    let (id, token) = (word(&item["ticket"]["id"]), word(&item["claim_token"]));
    let etag = desk.ticket(&id).await.etag.expect("an ETag");
    let question = desk.change(&id, "wait", &json!({"question": "Ở đâu?"})).header("If-Match", etag);
    server.send(question.header("Claim-Token", &token)).await.is(200);
    citizen.act(&server, "reply", &json!({"text": "Cạnh trường"})).await.is(200);
    assert_eq!(desk.ticket(&id).await.json["status"], "queued");
    desk.does(&id, "accept", json!({"assignee": "Lò Thị B"})).await;
}

async fn claims_out_of_range_are_refused(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let path = format!("/api/v1/offices/{}/claims", desk.office);
    for (body, field) in [
        (json!({"limit": 0}), "limit"),
        (json!({"limit": 101}), "limit"),
        (json!({"lease_seconds": 29}), "lease_seconds"),
        (json!({"lease_seconds": 601}), "lease_seconds"),
    ] {
        let refused = server.post_as(&desk.key, &path, &body).await.problem(422, "out_of_range");
        assert_eq!(refused.field("out_of_range"), Some(field));
    }
}

async fn sixteen_machines_and_two_people_at_two_instances_never_get_one_ticket_twice(server: TestServer) {
    const TICKETS: usize = 60;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let items: Vec<Value> = (0..TICKETS).map(|_| json!({"report": report()})).collect();
    server.post("/api/v1/reports/batch", &json!({"items": items})).await.is(200);
    let other = server.beside();
    let taken: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let mut hands = tokio::task::JoinSet::new();
    for hand in 0..18 {
        let at = |path: &str| if hand % 2 == 0 { server.url(path) } else { other.url(path) };
        let (claims, queue) = (
            at(&format!("/api/v1/offices/{}/claims", desk.office)),
            at(&format!("/api/v1/offices/{}/tickets?status=queued&limit=50", desk.office)),
        );
        let (tickets, key, taken) = (at("/api/v1/tickets"), desk.key.clone(), Arc::clone(&taken));
        let http = crate::support::server::client();
        hands.spawn(async move {
            loop {
                let got: Vec<String> = if hand < 16 {
                    let claim = http.post(&claims).bearer_auth(&key).json(&json!({"limit": 3}));
                    let answer = try_send(claim).await.expect("an answer").is(200).json;
                    let items = answer["items"].as_array().expect("items");
                    items.iter().map(|item| word(&item["ticket"]["id"])).collect()
                } else {
                    let page = try_send(http.get(&queue).bearer_auth(&key)).await.expect("an answer").is(200).json;
                    let Some(first) = page["items"].as_array().and_then(|items| items.last()).cloned() else { break };
                    let id = word(&first["id"]);
                    let accept = http.post(format!("{tickets}/{id}/accept")).bearer_auth(&key).json(&json!({}));
                    let accept = accept.header("If-Match", format!("\"{}\"", first["version"]));
                    let answer = try_send(accept).await.expect("an answer");
                    assert!([200, 409, 412].contains(&answer.status), "{}", answer.text);
                    if answer.status == 200 { vec![id] } else { continue }
                };
                if got.is_empty() {
                    break;
                }
                let mut taken = taken.lock().await;
                for id in got {
                    *taken.entry(id).or_default() += 1;
                }
            }
        });
    }
    while let Some(done) = hands.join_next().await {
        done.expect("a hand that failed");
    }
    let mut taken = taken.lock().await.clone();
    // What somebody else was just taking is passed over: whatever is left is there for the next.
    for item in claimed(&server, &desk, 100).await {
        *taken.entry(word(&item["ticket"]["id"])).or_default() += 1;
    }
    assert_eq!(taken.len(), TICKETS, "every ticket is in somebody's hand");
    assert!(taken.values().all(|times| *times == 1), "{taken:?}");
    server.run(&["verify"]);
}
