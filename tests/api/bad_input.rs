//! What is no report is refused with the reason and the place, in words that a client can branch on.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    desk::{Desk, report, sent},
    support::{TestServer, map, server::Answer},
};

on_both_engines! {
    malformed_json_is_400,
    a_wrong_type_names_its_field,
    a_missing_field_is_named,
    an_unknown_category_is_named,
    positions_that_are_none_are_refused_with_the_reason,
    an_odd_position_on_earth_is_accepted,
    an_accuracy_that_means_nothing_is_no_reason_to_refuse,
    an_oversize_body_is_413,
    a_command_is_read_as_carefully_as_a_report,
    another_media_type_is_415,
    another_method_or_path_is_a_problem_too,
}

const REPORTS: &str = "/api/v1/reports";

async fn post_text(server: &TestServer, text: String) -> Answer {
    let request = server.request(Method::POST, REPORTS).header("Content-Type", "application/json");
    server.send(request.body(text)).await
}

async fn malformed_json_is_400(server: TestServer) {
    for text in ["", "{", "{\"category\": }", "[1,", "\u{0}", r#"{"position":{"lon":NaN,"lat":21.4}}"#] {
        post_text(&server, text.to_owned()).await.problem(400, "malformed_json");
    }
    let deep = "[".repeat(10_000);
    post_text(&server, deep).await.problem(400, "malformed_json");
}

async fn a_wrong_type_names_its_field(server: TestServer) {
    let wrong = [
        ("category", json!(7)),
        ("description", json!(["a"])),
        ("position", json!("here")),
        ("position", json!({"lon": "103.0", "lat": 21.4})),
        ("contact", json!("0912345678")),
        ("share_contact", json!("yes")),
        ("captured_at", json!("yesterday")),
        ("place", json!({"commune": 3127})),
    ];
    for (path, value) in wrong {
        let mut report = report();
        report[path] = value;
        let answer = server.post(REPORTS, &report).await.is(422);
        let fields = answer.json["fields"].as_array().expect("fields");
        let named = fields.iter().any(|field| field["path"].as_str().is_some_and(|at| at.starts_with(path)));
        assert!(named && answer.json["code"].is_string(), "{path}: {}", answer.text);
    }
    for body in ["[]", "7", "\"report\"", "null"] {
        post_text(&server, body.to_owned()).await.is(422);
    }
}

async fn a_missing_field_is_named(server: TestServer) {
    for path in ["category", "description"] {
        let mut report = report();
        report.as_object_mut().expect("an object").remove(path);
        let answer = server.post(REPORTS, &report).await.is(422);
        assert_eq!(answer.json["fields"][0]["path"], path, "{}", answer.text);
    }
}

async fn an_unknown_category_is_named(server: TestServer) {
    let mut report = report();
    report["category"] = json!("no_such_thing");
    let answer = server.post(REPORTS, &report).await.problem(422, "unknown_category");
    assert_eq!(answer.json["fields"][0]["path"], "category", "{}", answer.text);
}

async fn positions_that_are_none_are_refused_with_the_reason(server: TestServer) {
    let refused: [(Value, Value, &str); 5] = [
        (json!(1e308), json!(21.4), "position_not_on_earth"),
        (json!(103.0), json!(91.0), "position_not_on_earth"),
        (json!(-180.5), json!(21.4), "position_not_on_earth"),
        (json!(21.3920), json!(103.0230), "position_swapped"),
        (json!(0.0), json!(0.0), "position_zero"),
    ];
    for (lon, lat, code) in refused {
        let mut report = report();
        report["position"] = json!({"lon": lon, "lat": lat});
        let answer = server.post(REPORTS, &report).await.problem(422, code);
        assert!(answer.field(code).is_some_and(|path| path.starts_with("position")), "{}", answer.text);
    }
    let endless = r#"{"category":"x","description":"x","position":{"lon":1e999,"lat":21.4}}"#;
    let answer = post_text(&server, endless.to_owned()).await;
    assert!(matches!(answer.status, 400 | 422), "{}", answer.text);
}

async fn an_odd_position_on_earth_is_accepted(server: TestServer) {
    for (lon, lat) in [(103.023_000_000_000_01, 21.392_000_000_000_003), (180.0, -90.0), (0.0, 51.5), (-179.99, 0.0)] {
        let mut report = report();
        report["position"] = json!({"lon": lon, "lat": lat});
        server.post(REPORTS, &report).await.is(201);
    }
    let text = report().to_string().replace("103.023", "103.02300000000000001");
    post_text(&server, text).await.is(201);
}

async fn an_accuracy_that_means_nothing_is_no_reason_to_refuse(server: TestServer) {
    for accuracy in [0.0, -5.0, 1e300] {
        let mut report = report();
        report["position"]["accuracy_m"] = json!(accuracy);
        server.post(REPORTS, &report).await.is(201);
    }
}

async fn an_oversize_body_is_413(server: TestServer) {
    let mut report = report();
    report["description"] = json!("x".repeat(8_000_000));
    let answer = server.post(REPORTS, &report).await.is(413);
    assert!(answer.json["code"].is_string(), "{}", answer.text);
    assert!(answer.json["detail"].as_str().is_some_and(|detail| detail.contains("1 MB")), "{}", answer.text);
}

async fn a_command_is_read_as_carefully_as_a_report(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let id = desk.id(&citizen.code).await;
    let answer = desk.act(&id, "accept", &json!({"assignee": "Lò Thị Mai", "asignee": "x"})).await.is(200);
    assert!(answer.warned_of("asignee") && answer.json["status"] == "accepted", "{}", answer.text);
    let nul = desk.act(&id, "resolve", &json!({"text": "a\u{0}b"})).await.problem(422, "text_nul");
    assert_eq!(nul.field("text_nul"), Some("text"), "{}", nul.text);
    let missing = desk.act(&id, "resolve", &json!({})).await.problem(422, "missing");
    assert_eq!(missing.field("missing"), Some("text"), "{}", missing.text);
    let until = json!({"until": "2020-01-01T00:00:00Z", "reason": "Chờ vật tư"});
    let early = desk.act(&id, "extend", &until).await.problem(422, "bad_value");
    assert_eq!(early.field("bad_value"), Some("until"), "{}", early.text);
    desk.does(&id, "resolve", json!({"text": "Xong"})).await;
    let stars = citizen.act(&server, "rating", &json!({"stars": 9})).await.problem(422, "bad_value");
    assert_eq!(stars.field("bad_value"), Some("stars"), "{}", stars.text);
    let rated = citizen.act(&server, "rating", &json!({"stars": 4, "starz": 1})).await.is(200);
    assert!(rated.warned_of("starz"), "{}", rated.text);
}

async fn another_media_type_is_415(server: TestServer) {
    let request = server.request(Method::POST, REPORTS).header("Content-Type", "text/plain").body("hello");
    assert!(server.send(request).await.is(415).json["code"].is_string());
}

async fn another_method_or_path_is_a_problem_too(server: TestServer) {
    assert!(server.get("/api/v1/no-such-thing").await.is(404).json["code"].is_string());
    assert!(server.send(server.request(Method::DELETE, REPORTS)).await.is(405).json["code"].is_string());
}
