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
    a_malformed_item_holds_up_no_other,
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

async fn a_malformed_item_holds_up_no_other(server: TestServer) {
    let items = json!({"items": [
        7,
        {"idempotency_key": 5, "report": report()},
        {"idempotency_key": "c"},
        {"idempotency_key": "d", "report": report(), "colour": "red"},
    ], "mood": "good"});
    let answer = server.post(BATCH, &items).await.is(200);
    let of = |nth: usize| &answer.json["items"][nth];
    let statuses: Vec<&Value> = (0..4).map(|nth| &of(nth)["status"]).collect();
    assert_eq!(statuses, [&json!(422), &json!(422), &json!(422), &json!(201)], "{}", answer.text);
    assert_eq!(of(0)["problem"]["code"], "wrong_type", "{}", answer.text);
    assert_eq!(
        (&of(1)["problem"]["code"], &of(1)["problem"]["fields"][0]["path"]),
        (&json!("wrong_type"), &json!("idempotency_key"))
    );
    assert_eq!(
        (&of(2)["problem"]["code"], &of(2)["problem"]["fields"][0]["path"]),
        (&json!("missing"), &json!("report"))
    );
    assert_eq!(of(3)["report"]["warnings"][0]["path"], "colour", "{}", answer.text);
    assert!(answer.warned_of("mood"), "{}", answer.text);
}
