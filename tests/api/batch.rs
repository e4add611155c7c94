//! What was saved offline comes in one go.

use serde_json::{Value, json};

use crate::{
    desk::{report, report_at},
    support::{TestServer, map},
};

on_both_engines! {
    each_item_gets_its_own_answer,
    a_batch_sent_twice_makes_each_report_once,
    more_than_five_hundred_are_refused,
}

const BATCH: &str = "/api/v1/reports/batch";

async fn each_item_gets_its_own_answer(server: TestServer) {
    let mut bad = report();
    bad["category"] = json!("no_such_thing");
    let items = json!({"items": [
        {"idempotency_key": "a", "report": report()},
        {"idempotency_key": "b", "report": bad},
        {"idempotency_key": "c", "report": report_at(map::middle(map::EAST))},
    ]});
    let answer = server.post(BATCH, &items).await.is(200);
    let items = answer.json["items"].as_array().expect("items");
    let statuses: Vec<&Value> = items.iter().map(|item| &item["status"]).collect();
    assert_eq!(statuses, [&json!(201), &json!(422), &json!(201)], "{}", answer.text);
    assert_eq!(items[0]["report"]["office"]["id"], map::office(map::CENTRE));
    assert!(items[1]["problem"].to_string().contains("unknown_category"), "{}", answer.text);
    assert_eq!(items[2]["report"]["office"]["id"], map::office(map::EAST));
}

async fn a_batch_sent_twice_makes_each_report_once(server: TestServer) {
    let report = report();
    let items: Vec<Value> = (0..20).map(|n| json!({"idempotency_key": format!("k-{n}"), "report": report})).collect();
    let first = server.post(BATCH, &json!({"items": items})).await.is(200);
    let again = server.post(BATCH, &json!({"items": items})).await.is(200);
    for (first, again) in
        first.json["items"].as_array().into_iter().flatten().zip(again.json["items"].as_array().into_iter().flatten())
    {
        assert_eq!((&first["status"], &again["status"]), (&json!(201), &json!(200)));
        assert_eq!(first["report"], again["report"]);
    }
    assert_eq!(again.json["items"].as_array().map(Vec::len), Some(20));
}

async fn more_than_five_hundred_are_refused(server: TestServer) {
    let items: Vec<Value> = (0..501).map(|n| json!({"idempotency_key": format!("k-{n}"), "report": {}})).collect();
    let answer = server.post(BATCH, &json!({"items": items})).await;
    assert!(matches!(answer.status, 413 | 422), "{}", answer.text);
}
