//! The heatmap by commune and the scoreboards: fresh, true, and silent about the few.

use serde_json::{Value, json};

use crate::{
    desk::{Desk, report_at, sent},
    support::{TestServer, map, server::Answer},
};

on_both_engines! {
    the_heatmap_counts_every_commune_and_hides_the_few,
    the_heatmap_gives_every_metric,
    the_heatmap_knows_its_limits,
    the_heatmap_can_leave_out_the_shapes,
    the_summary_counts_what_happened,
    offices_are_compared,
}

/// Six reports in the middle, two in the east.
async fn eight_reports(server: &TestServer) -> Vec<String> {
    let mut codes = vec![];
    for (code, count) in [(map::CENTRE, 6), (map::EAST, 2)] {
        for _ in 0..count {
            codes.push(sent(server, &report_at(map::middle(code))).await.code);
        }
    }
    codes
}

fn feature<'a>(heat: &'a Answer, commune: &str) -> &'a Value {
    let features = heat.json["features"].as_array().expect("features");
    let found = features.iter().find(|feature| feature["properties"]["id"] == commune);
    found.unwrap_or_else(|| panic!("{commune} is not there: {}", heat.text))
}

async fn the_heatmap_counts_every_commune_and_hides_the_few(server: TestServer) {
    eight_reports(&server).await;
    let heat = server.get("/api/v1/heatmap?by=commune&metric=reports").await.is(200);
    assert_eq!(heat.json["type"], "FeatureCollection");
    assert_eq!(heat.json["features"].as_array().map(Vec::len), Some(9), "communes without reports are there too");
    let centre = &feature(&heat, map::CENTRE)["properties"];
    assert_eq!((&centre["count"], &centre["suppressed"]), (&json!(6), &json!(false)), "{centre}");
    assert_eq!(centre["value"].as_f64(), Some(6.0), "{centre}");
    assert!(centre["name"]["vi"].is_string(), "{centre}");
    let east = &feature(&heat, map::EAST)["properties"];
    assert_eq!((&east["value"], &east["suppressed"]), (&json!(null), &json!(true)), "{east}");
    assert_ne!(east["count"], 2, "the count itself would tell");
    let key = server.key(&["dashboard:read"]);
    let inside = server.get_as(&key, "/api/v1/heatmap?by=commune&metric=reports").await.is(200);
    assert_eq!(feature(&inside, map::EAST)["properties"]["count"], 2);
}

async fn the_heatmap_gives_every_metric(server: TestServer) {
    eight_reports(&server).await;
    let metrics = [
        "reports",
        "open",
        "overdue",
        "on_time_share",
        "median_resolution_hours",
        "p90_resolution_hours",
        "reopened_share",
        "satisfaction",
    ];
    for metric in metrics {
        let heat = server.get(&format!("/api/v1/heatmap?by=commune&metric={metric}")).await.is(200);
        assert!(feature(&heat, map::CENTRE)["properties"].get("value").is_some(), "{metric}: {}", heat.text);
    }
}

async fn the_heatmap_knows_its_limits(server: TestServer) {
    for query in ["metric=nonsense", "from=yesterday", "by=moon", "from=2026-02-01&to=2026-01-01"] {
        let answer = server.get(&format!("/api/v1/heatmap?{query}")).await;
        assert!(matches!(answer.status, 400 | 422) && answer.json["code"].is_string(), "{query}: {}", answer.text);
    }
}

async fn the_heatmap_can_leave_out_the_shapes(server: TestServer) {
    let heat = server.get("/api/v1/heatmap?by=commune&metric=reports&geometry=none").await.is(200);
    assert_eq!(feature(&heat, map::CENTRE)["geometry"], json!(null));
    let heat = server.get("/api/v1/heatmap?by=commune&metric=reports&geometry=simplified").await.is(200);
    assert!(feature(&heat, map::CENTRE)["geometry"]["coordinates"].is_array());
}

async fn the_summary_counts_what_happened(server: TestServer) {
    let codes = eight_reports(&server).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let id = desk.id(&codes[0]).await;
    desk.does(&id, "accept", json!({})).await;
    desk.does(&id, "resolve", json!({"text": "Xong", "photos": []})).await;
    let key = server.key(&["dashboard:read"]);
    let summary = server.get_as(&key, "/api/v1/stats/summary").await.is(200).json;
    assert_eq!((&summary["reports"], &summary["open"]), (&json!(8), &json!(7)), "{summary}");
    assert_eq!(summary["on_time_share"].as_f64(), Some(1.0), "{summary}");
    server.get("/api/v1/stats/summary").await.is(200);
}

async fn offices_are_compared(server: TestServer) {
    eight_reports(&server).await;
    let row = |answer: &Answer, code: &str| {
        let items = answer.json["items"].as_array().expect("items");
        let found = items.iter().find(|item| item["office"]["id"] == map::office(code)).cloned();
        found.unwrap_or_else(|| panic!("{code} is not there: {}", answer.text))
    };
    let public = server.get("/api/v1/stats/offices").await.is(200);
    assert_eq!(row(&public, map::CENTRE)["reports"], 6);
    assert_eq!(row(&public, map::EAST)["suppressed"], true);
    assert_ne!(row(&public, map::EAST)["reports"], 2);
    let inside = server.get_as(&server.key(&["dashboard:read"]), "/api/v1/stats/offices").await.is(200);
    assert_eq!(row(&inside, map::EAST)["reports"], 2);
}
