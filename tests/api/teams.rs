//! What people at a counter and in a community team need: whom there is, a queue on paper, what their key has sent.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    desk::{Desk, PRIVATE, report, sent},
    support::{TestServer, map},
};

on_both_engines! {
    anybody_can_ask_which_offices_there_are,
    a_queue_comes_as_a_spreadsheet_to_its_own_office_only,
    a_team_sees_what_was_sent_with_its_key_and_nothing_else,
    a_session_tells_what_its_key_allows,
    a_cookie_may_send_a_form_with_a_key_of_its_own,
}

async fn anybody_can_ask_which_offices_there_are(server: TestServer) {
    let listed = server.get("/api/v1/offices").await.is(200).json;
    let offices = listed["items"].as_array().expect("a list");
    let kind_of = |kind: &str| offices.iter().filter(|office| office["kind"] == kind).count();
    assert_eq!(kind_of("province_desk"), 1);
    let own = offices.iter().find(|office| office["id"] == map::office(map::CENTRE)).expect("the middle office");
    assert_eq!((&own["kind"], &own["commune"]), (&json!("commune"), &json!(map::CENTRE)));
    assert!(own["name"]["vi"].is_string() && own["name"]["en"].is_string());
    assert!(!listed.to_string().contains("email"), "how to reach an office is not told here");
}

async fn a_queue_comes_as_a_spreadsheet_to_its_own_office_only(server: TestServer) {
    sent(&server, &report()).await;
    let (own, other) = (Desk::of_commune(&server, map::CENTRE), Desk::of_commune(&server, map::NORTH));
    let path = format!("/api/v1/offices/{}/tickets.xlsx", own.office);
    let get = |key: &str| server.request(Method::GET, &path).bearer_auth(key).send();
    let answer = get(&own.key).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let told = |name: &str| answer.headers()[name].to_str().expect("a text").to_owned();
    assert!(told("content-type").contains("spreadsheetml"));
    assert!(told("content-disposition").starts_with(&format!("attachment; filename=\"{}-", own.office)));
    let bytes = answer.bytes().await.expect("a body");
    assert!(bytes.starts_with(b"PK\x03\x04"), "an archive, as every spreadsheet is");
    assert_eq!(get(&other.key).await.expect("an answer").status(), 404);
    server.get(&path).await.is(401);
}

async fn a_team_sees_what_was_sent_with_its_key_and_nothing_else(server: TestServer) {
    let team = server.key(&["report:behalf"]);
    let other = server.key(&["report:behalf"]);
    let mut neighbour = report();
    neighbour["on_behalf_of"] = json!({"name": "Lò Thị Ban"});
    let first = server.post_as(&team, "/api/v1/reports", &neighbour).await.is(201).json;
    sent(&server, &report()).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let second = server.post_as(&team, "/api/v1/reports", &neighbour).await.is(201).json;
    let id = desk.id(second["code"].as_str().expect("a code")).await;
    desk.does(&id, "accept", json!({})).await;
    desk.does(&id, "resolve", json!({"text": "xong"})).await;

    let seen = server.get_as(&team, "/api/v1/team").await.is(200);
    assert_eq!((&seen.json["reports"], &seen.json["open"], &seen.json["settled"]), (&json!(2), &json!(1), &json!(1)));
    let codes: Vec<&Value> = seen.json["items"].as_array().expect("a list").iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, [&second["code"], &first["code"]]);
    assert!(!seen.text.contains(PRIVATE) && !seen.text.contains("Lò Thị Ban"));
    let nothing = server.get_as(&other, "/api/v1/team").await.is(200).json;
    assert_eq!((&nothing["reports"], &nothing["items"]), (&json!(0), &json!([])));
    server.get("/api/v1/team").await.is(401);
}

async fn a_session_tells_what_its_key_allows(server: TestServer) {
    let key = server.key(&["report:behalf", "dashboard:read"]);
    let opened = server.post("/api/v1/session", &json!({"key": key})).await.is(200).json;
    assert_eq!(opened["scopes"], json!(["report:behalf", "dashboard:read"]));
}

async fn a_cookie_may_send_a_form_with_a_key_of_its_own(server: TestServer) {
    let key = server.key(&["report:behalf"]);
    let opened = server.request(Method::POST, "/api/v1/session").json(&json!({"key": key})).send().await;
    let opened = opened.expect("an answer");
    let cookie =
        opened.headers()["set-cookie"].to_str().expect("a text").split(';').next().expect("a value").to_owned();
    let post = || {
        let form = reqwest::multipart::Form::new().text("report", report().to_string());
        server.request(Method::POST, "/api/v1/reports").header("Cookie", &cookie).multipart(form)
    };
    server.send(post()).await.problem(403, "other_site");
    server.send(post().header("Idempotency-Key", "a").header("Sec-Fetch-Site", "cross-site")).await.is(403);
    server.send(post().header("Idempotency-Key", "a")).await.is(201);
}
