//! What machines and newcomers look at first.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    desk::{Desk, report, sent},
    support::{TestServer, map},
};

on_both_engines! {
    the_openapi_document_lists_every_route,
    the_document_tells_bodies_and_statuses,
    the_docs_load_nothing_from_outside,
    health_and_readiness_are_told,
    anybody_can_ask_whose_a_point_is,
    categories_are_listed_with_deadlines,
}

/// The pages' types are made from this file.
const KNOWN_TO_THE_PAGES: &str = include_str!("../../web/openapi.json");

#[test]
fn the_pages_know_the_document_as_it_is_today() {
    let today = serde_json::to_string_pretty(&ioc::http::router::openapi()).expect("a document");
    assert!(today == KNOWN_TO_THE_PAGES.trim_end(), "the front door has changed: run `make openapi`");
}

/// Method and path of every call that this version promises.
const ROUTES: [(&str, &str); 51] = [
    ("options", "/api/v1/reports/{code}/photos"),
    ("post", "/api/v1/reports/{code}/photos"),
    ("head", "/api/v1/reports/{code}/photos/{upload}"),
    ("patch", "/api/v1/reports/{code}/photos/{upload}"),
    ("delete", "/api/v1/reports/{code}/photos/{upload}"),
    ("post", "/api/v1/reports"),
    ("post", "/api/v1/reports/batch"),
    ("get", "/api/v1/reports/{code}"),
    ("post", "/api/v1/reports/{code}/confirm"),
    ("post", "/api/v1/reports/{code}/reopen"),
    ("post", "/api/v1/reports/{code}/rating"),
    ("post", "/api/v1/reports/{code}/place"),
    ("post", "/api/v1/reports/{code}/reply"),
    ("post", "/api/v1/reports/{code}/withdraw"),
    ("post", "/api/v1/reports/{code}/metoo"),
    ("get", "/api/v1/locate"),
    ("get", "/api/v1/categories"),
    ("get", "/api/v1/offices"),
    ("get", "/api/v1/offices/{office}/tickets"),
    ("get", "/api/v1/offices/{office}/tickets.xlsx"),
    ("get", "/api/v1/team"),
    ("get", "/api/v1/offices/{office}/stream"),
    ("post", "/api/v1/offices/{office}/claims"),
    ("put", "/api/v1/offices/{office}/claims/{token}"),
    ("delete", "/api/v1/offices/{office}/claims/{token}"),
    ("get", "/api/v1/reports/{code}/events"),
    ("get", "/api/v1/live"),
    ("post", "/api/v1/session"),
    ("delete", "/api/v1/session"),
    ("get", "/api/v1/tickets/{id}"),
    ("post", "/api/v1/tickets/{id}/accept"),
    ("post", "/api/v1/tickets/{id}/assign"),
    ("post", "/api/v1/tickets/{id}/start"),
    ("post", "/api/v1/tickets/{id}/resolve"),
    ("post", "/api/v1/tickets/{id}/refuse"),
    ("post", "/api/v1/tickets/{id}/transfer"),
    ("post", "/api/v1/tickets/{id}/extend"),
    ("post", "/api/v1/tickets/{id}/wait"),
    ("post", "/api/v1/tickets/{id}/comment"),
    ("post", "/api/v1/tickets/{id}/merge"),
    ("post", "/api/v1/tickets/{id}/publish"),
    ("get", "/api/v1/heatmap"),
    ("get", "/api/v1/stats/summary"),
    ("get", "/api/v1/stats/offices"),
    ("get", "/api/v1/stats/timeline"),
    ("get", "/tiles/{layer}"),
    ("get", "/tiles/{layer}/{z}/{x}/{y}"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/status"),
    ("get", "/openapi.json"),
];

async fn the_openapi_document_lists_every_route(server: TestServer) {
    let document = server.get("/openapi.json").await.is(200).json;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    let known = |method: &str, path: &str| !document["paths"][path][method].is_null() || path == "/openapi.json";
    let missing: Vec<_> = ROUTES.iter().filter(|(method, path)| !known(method, path)).collect();
    assert!(missing.is_empty(), "not in the OpenAPI document: {missing:?}");
    let names = names(&document);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    for (path, calls) in document["paths"].as_object().expect("paths") {
        assert!(calls.as_object().is_some_and(|calls| calls.values().all(described)), "{path} has an undescribed call");
    }
}

/// The names of all calls; client generators need each once.
fn names(document: &Value) -> Vec<String> {
    let calls = document["paths"].as_object().into_iter().flat_map(|paths| paths.values()).filter_map(Value::as_object);
    calls.flat_map(|calls| calls.values()).map(|call| call["operationId"].to_string()).collect()
}

fn described(call: &Value) -> bool {
    let said = |response: &Value| response["description"].as_str().is_some_and(|said| !said.is_empty());
    call["responses"].as_object().is_some_and(|responses| !responses.is_empty() && responses.values().all(said))
        && (call["summary"].is_string() || call["description"].is_string())
}

/// Every status seen here is in the document, and the main bodies have types.
async fn the_document_tells_bodies_and_statuses(server: TestServer) {
    let document = server.get("/openapi.json").await.is(200).json;
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let queue = format!("/api/v1/offices/{}/tickets?limit=x", desk.office);
    let json_text = |path: &str| server.request(Method::POST, path).header("Content-Type", "application/json");
    let seen = [
        ("post", "/api/v1/reports", citizen.receipt.clone()),
        ("post", "/api/v1/reports", server.send(json_text("/api/v1/reports").body("{")).await),
        ("post", "/api/v1/reports", server.post_as("nobody", "/api/v1/reports", &report()).await),
        ("post", "/api/v1/reports", server.send(json_text("/api/v1/reports").body(vec![b' '; 2 << 20])).await),
        (
            "post",
            "/api/v1/reports",
            server
                .send(server.request(Method::POST, "/api/v1/reports").header("Content-Type", "text/plain").body("x"))
                .await,
        ),
        ("post", "/api/v1/reports/batch", server.post("/api/v1/reports/batch", &json!({})).await),
        ("post", "/api/v1/reports/{code}/rating", citizen.act(&server, "rating", &json!({"stars": 9})).await),
        ("post", "/api/v1/reports/{code}/rating", citizen.act(&server, "rating", &json!({"stars": "five"})).await),
        (
            "post",
            "/api/v1/reports/{code}/withdraw",
            server.post(&format!("/api/v1/reports/{}/withdraw", citizen.code), &json!({})).await,
        ),
        (
            "post",
            "/api/v1/tickets/{id}/accept",
            server.post(&format!("/api/v1/tickets/{}/accept", uuid::Uuid::nil()), &json!({})).await,
        ),
        ("get", "/api/v1/offices/{office}/tickets", server.get_as(&desk.key, &queue).await),
        ("get", "/api/v1/reports/{code}", server.get("/api/v1/reports/nobody").await),
        ("get", "/api/v1/locate", server.get("/api/v1/locate").await),
        ("get", "/api/v1/stats/summary", server.get_as("nobody", "/api/v1/stats/summary").await),
    ];
    let mut statuses = vec![];
    for (method, path, answer) in seen {
        let known = &document["paths"][path][method]["responses"][answer.status.to_string()];
        assert!(known.is_object(), "{method} {path}: {} is not in the document: {}", answer.status, answer.text);
        statuses.push(answer.status);
    }
    for status in [201, 400, 401, 404, 413, 415, 422] {
        assert!(statuses.contains(&status), "{status} was not seen: {statuses:?}");
    }
    for path in ["reports", "tickets/{id}/resolve", "tickets/{id}/refuse", "tickets/{id}/publish"] {
        let body = &document["paths"][format!("/api/v1/{path}")]["post"]["requestBody"]["content"];
        for kind in ["application/json", "multipart/form-data"] {
            let schema = body[kind]["schema"]["$ref"].as_str().unwrap_or_default();
            let name = schema.rsplit('/').next().unwrap_or_default();
            let properties = &document["components"]["schemas"][name]["properties"];
            assert!(properties.as_object().is_some_and(|all| all.len() >= 2), "{path} {kind}: {body}");
        }
    }
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!((&schemes["key"]["scheme"], &schemes["secret"]["name"]), (&json!("bearer"), &json!("X-Report-Secret")));
}

async fn the_docs_load_nothing_from_outside(server: TestServer) {
    let config = server.get("/docs/swagger-initializer.js").await.is(200);
    assert!(config.text.contains(r#""validatorUrl": "none""#), "{}", config.text);
    let headers = server.request(Method::GET, "/docs/").send().await.expect("an answer").headers().clone();
    let policy = headers.get("content-security-policy").and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert!(policy.contains("default-src 'self'"), "{policy:?}");
    let page = server.get("/docs").await;
    let page = if page.status == 200 { page } else { server.get("/docs/").await.is(200) };
    assert!(page.media_type.starts_with("text/html"), "{}", page.media_type);
    for mark in ["src=\"", "href=\"", "src='", "href='", "url(", "import(\""] {
        for rest in page.text.split(mark).skip(1) {
            let outside = rest.starts_with("http://") || rest.starts_with("https://") || rest.starts_with("//");
            assert!(!outside, "{mark}{}", &rest[..rest.len().min(80)]);
        }
    }
}

async fn health_and_readiness_are_told(server: TestServer) {
    server.get("/healthz").await.is(200);
    server.get("/readyz").await.is(200);
}

async fn anybody_can_ask_whose_a_point_is(server: TestServer) {
    let (lon, lat) = map::HOME;
    let answer = server.get(&format!("/api/v1/locate?lon={lon}&lat={lat}")).await.is(200);
    assert!(answer.text.contains(map::CENTRE), "{}", answer.text);
    server.get(&format!("/api/v1/locate?lon={lat}&lat={lon}")).await.problem(422, "position_swapped");
    let nothing = server.get("/api/v1/locate").await.problem(422, "missing");
    assert_eq!(nothing.field("missing"), Some("lon"), "{}", nothing.text);
    let odd = server.get("/api/v1/locate?lon=east&lat=21").await.problem(422, "bad_query");
    assert_eq!(odd.field("bad_query"), Some("lon"), "{}", odd.text);
    server.get(&format!("/api/v1/locate?lon={lon}&lat={lat}&accuracy_m=-3")).await.problem(422, "bad_accuracy");
    server.get(&format!("/api/v1/locate?lon={lon}&lat={lat}&at=2026-07-01")).await.is(200);
    server.get(&format!("/api/v1/locate?lon={lon}&lat={lat}&at=then")).await.problem(422, "bad_time");
}

async fn categories_are_listed_with_deadlines(server: TestServer) {
    let answer = server.get("/api/v1/categories").await.is(200);
    let items = answer.json["items"].as_array().expect("items");
    assert!(items.len() >= 15, "about twenty were promised, not {}", items.len());
    for item in items {
        assert!(item["code"].is_string() && item["level"].is_string() && item["urgent"].is_boolean(), "{item}");
        assert!(item["name"]["vi"].is_string() && item["name"]["en"].is_string(), "{item}");
        assert!(item["accept_hours"].is_number() && item["resolve_hours"].is_number(), "{item}");
    }
}
