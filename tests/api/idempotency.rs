//! The same report sent again is the same report.

use std::collections::BTreeSet;

use ioc::store::{DocumentKind, Store};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    desk::{Desk, EVERYDAY, report},
    support::{TestServer, map, server::Answer},
};

on_both_engines! {
    the_same_key_and_body_get_the_same_answer,
    the_same_key_with_another_body_is_refused,
    meaning_is_compared_not_spelling,
    sixty_four_at_once_make_one_row,
    keys_of_different_senders_do_not_meet,
    a_retry_is_answered_even_when_its_category_is_gone,
}

async fn post(server: &TestServer, key: &str, report: &Value) -> Answer {
    let request = server.request(Method::POST, "/api/v1/reports").header("Idempotency-Key", key);
    server.send(request.json(report)).await
}

async fn the_same_key_and_body_get_the_same_answer(server: TestServer) {
    let report = report();
    let first = post(&server, "k-1", &report).await.is(201);
    let again = post(&server, "k-1", &report).await.is(200);
    assert_eq!(first.json, again.json);
}

async fn the_same_key_with_another_body_is_refused(server: TestServer) {
    let mut report = report();
    post(&server, "k-1", &report).await.is(201);
    report["description"] = json!("Một chuyện khác hẳn");
    post(&server, "k-1", &report).await.problem(422, "idempotency_key_reused");
}

async fn meaning_is_compared_not_spelling(server: TestServer) {
    let mut report = report();
    report["description"] = json!("Sạt lở ở bản");
    let first = post(&server, "k-1", &report).await.is(201);
    report["description"] = json!("  Sa\u{323}t lở ở bản ");
    report["share_contact"] = json!(false);
    assert_eq!(post(&server, "k-1", &report).await.is(200).json, first.json);
}

async fn sixty_four_at_once_make_one_row(server: TestServer) {
    let report = report();
    let answers = futures::future::join_all((0..64).map(|_| post(&server, "k-64", &report))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    let again = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((created, again), (1, 63), "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    let bodies: BTreeSet<String> = answers.iter().map(|answer| answer.json.to_string()).collect();
    assert_eq!(bodies.len(), 1);
    let queue = Desk::of_commune(&server, map::CENTRE).queue("").await;
    assert_eq!(queue.json["items"].as_array().map(Vec::len), Some(1));
}

async fn keys_of_different_senders_do_not_meet(server: TestServer) {
    let report = report();
    let mut codes = BTreeSet::new();
    for sender in [server.key(&["report:write"]), server.key(&["report:write"])] {
        let request = server.request(Method::POST, "/api/v1/reports").header("Idempotency-Key", "k-1");
        let answer = server.send(request.bearer_auth(sender).json(&report)).await.is(201);
        codes.insert(answer.json["code"].to_string());
    }
    assert_eq!(codes.len(), 2);
}

async fn a_retry_is_answered_even_when_its_category_is_gone(mut server: TestServer) {
    let first = post(&server, "k-1", &report()).await.is(201);
    let store = Store::connect(server.database_url()).await.expect("the database opens");
    let (center, now) = ("dien-bien".parse().expect("a centre"), ioc::domain::clock::Timestamp(1));
    let (_, rules) = store.document(&center, DocumentKind::Rules).await.expect("it answers").expect("rules are there");
    let mut rules: Value = serde_json::from_str(&rules).expect("JSON");
    for (list, member) in [("categories", "code"), ("rules", "category")] {
        rules[list].as_array_mut().expect("a list").retain(|item| item[member] != EVERYDAY);
    }
    store.publish_document(&center, DocumentKind::Rules, &rules.to_string(), now).await.expect("it is written");
    drop(store);
    server.kill();
    server.serve();
    post(&server, "k-2", &report()).await.problem(422, "unknown_category");
    assert_eq!(post(&server, "k-1", &report()).await.is(200).json, first.json);
}
