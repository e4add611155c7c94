//! The heatmap by commune and the scoreboards: fresh, true, and silent about the few.

use serde_json::{Value, json};

use crate::{
    desk::{ABOUT_AN_OFFICE, Desk, EVERYDAY, eight_reports, report_at, sent, word},
    support::{TestServer, map, server::Answer},
};

on_both_engines! {
    the_heatmap_counts_every_commune_and_hides_the_few,
    the_heatmap_gives_every_metric,
    the_heatmap_knows_its_limits,
    the_heatmap_can_leave_out_the_shapes,
    the_summary_counts_what_happened,
    offices_are_compared,
    the_scoreboard_tells_what_came_in_over_time,
    the_scoreboard_tells_the_categories_and_none_of_the_few,
    a_group_of_one_is_not_told_by_any_filter,
    a_single_rating_is_nobodys_to_see,
    a_report_about_an_office_is_on_no_commune_of_the_map,
    touches_are_told_for_the_whole_alone,
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
    for query in [
        "metric=nonsense",
        "from=yesterday",
        "by=moon",
        "from=2026-02-01&to=2026-01-01",
        "bbox=102,21,104,23",
        "resolution=7",
        "category=nonsense",
        "office=nonsense",
    ] {
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

async fn the_scoreboard_tells_what_came_in_over_time(server: TestServer) {
    eight_reports(&server).await;
    let board = |answer: &Answer, code: &str| {
        let items = answer.json["items"].as_array().expect("items");
        let found = items.iter().find(|item| item["office"]["id"] == map::office(code));
        found.map(|item| item["trend"].clone()).unwrap_or_default()
    };
    let plain = server.get("/api/v1/stats/offices").await.is(200);
    assert!(plain.json.get("steps").is_none() && board(&plain, map::CENTRE).is_null(), "only who asks is told");
    let public = server.get("/api/v1/stats/offices?trend=true").await.is(200);
    assert_eq!(public.json["steps"].as_array().map(Vec::len), Some(1), "one month: {}", public.text);
    assert_eq!((board(&public, map::CENTRE), board(&public, map::EAST)), (json!([6]), json!([null])));
    let inside = server.key(&["dashboard:read"]);
    let within = server.get_as(&inside, "/api/v1/stats/offices?trend=true").await.is(200);
    assert_eq!(board(&within, map::EAST), json!([2]));
    let today =
        server.get_as(&inside, "/api/v1/stats/timeline?step=day").await.is(200).json["items"][0]["from"].clone();
    let today = today.as_str().expect("a day");
    let week = server.get_as(&inside, &format!("/api/v1/stats/offices?trend=true&from={today}")).await.is(200);
    let steps = week.json["steps"].as_array().map(Vec::len).expect("steps");
    let line = board(&week, map::CENTRE);
    assert_eq!((line[0].as_i64(), line.as_array().map(Vec::len)), (Some(6), Some(steps)), "{}", week.text);
    assert_eq!(week.json["steps"][0], today, "day by day");
    server.get("/api/v1/stats/offices?trend=perhaps").await.problem(422, "bad_query");
}

async fn the_scoreboard_tells_the_categories_and_none_of_the_few(server: TestServer) {
    for (category, count) in [(EVERYDAY, 7), ("rac_thai", 6), ("sat_lo", 5), ("y_te", 1)] {
        let mut report = report_at(map::middle(map::CENTRE));
        report["category"] = json!(category);
        for _ in 0..count {
            sent(&server, &report).await;
        }
    }
    let told = |answer: &Answer| -> Vec<(String, i64, Value)> {
        let items = answer.json["items"].as_array().expect("items");
        let line = items.iter().find(|item| item["office"]["id"] == map::office(map::CENTRE)).expect("the office");
        let cells = line["categories"].as_array().map_or(&[][..], Vec::as_slice);
        let cell = |it: &Value| (word(&it["category"]), it["reports"].as_i64().unwrap_or(-1), it["settled"].clone());
        cells.iter().map(cell).collect()
    };
    let plain = server.get("/api/v1/stats/offices").await.is(200);
    assert!(plain.json["items"][0].get("categories").is_none(), "only who asks is told: {}", plain.text);
    let public = server.get("/api/v1/stats/offices?categories=true").await.is(200);
    let two = [(EVERYDAY.to_owned(), 7, json!(0)), ("rac_thai".to_owned(), 6, json!(0))];
    assert_eq!(told(&public), two, "one alone, and the next one, which would tell it: {}", public.text);
    assert!(public.json["items"][0]["categories"][0]["name"]["vi"].is_string(), "{}", public.text);
    let key = server.key(&["dashboard:read"]);
    let inside = server.get_as(&key, "/api/v1/stats/offices?categories=true").await.is(200);
    let told_inside: Vec<_> = told(&inside).into_iter().map(|(category, reports, _)| (category, reports)).collect();
    let all = [(EVERYDAY, 7), ("rac_thai", 6), ("sat_lo", 5), ("y_te", 1)].map(|(name, n)| (name.to_owned(), n));
    assert_eq!(told_inside, all, "{}", inside.text);
    let one = server.get("/api/v1/stats/offices?categories=true&category=rac_thai").await.is(200);
    assert_eq!(told(&one), [("rac_thai".to_owned(), 6, json!(0))]);
    server.get("/api/v1/stats/offices?categories=perhaps").await.problem(422, "bad_query");
    let months = server.get("/api/v1/stats/offices?categories=true&from=2026-01-01&to=2099-02-28").await.is(200);
    assert_eq!(told(&months), two);
    for cut in ["from=2026-01-02", "to=2099-02-27", "from=2099-02-03&to=2099-02-05"] {
        let path = format!("/api/v1/stats/offices?categories=true&{cut}");
        server.get(&path).await.problem(422, "bad_query");
    }
}

async fn a_group_of_one_is_not_told_by_any_filter(server: TestServer) {
    eight_reports(&server).await;
    let office = map::office(map::EAST);
    let inside = server.key(&["dashboard:read"]);
    for path in ["summary", "offices"] {
        let query = format!("/api/v1/stats/{path}?office={office}&category={EVERYDAY}");
        let public = server.get(&query).await.is(200);
        let figures = if path == "summary" { public.json.clone() } else { public.json["items"][0].clone() };
        assert_eq!(
            (&figures["suppressed"], &figures["reports"], &figures["open"]),
            (&json!(true), &json!(null), &json!(null))
        );
        let told = server.get_as(&inside, &query).await.is(200).json;
        let told = if path == "summary" { told } else { told["items"][0].clone() };
        assert_eq!((&told["suppressed"], &told["reports"]), (&json!(false), &json!(2)), "{told}");
    }
    let whole = server.get("/api/v1/stats/summary").await.is(200).json;
    assert_eq!((&whole["reports"], &whole["suppressed"]), (&json!(8), &json!(false)), "{whole}");
    for (query, code) in [("category=nonsense", "unknown_category"), ("office=nonsense", "unknown_office")] {
        server.get(&format!("/api/v1/stats/summary?{query}")).await.problem(422, code);
    }
}

async fn a_single_rating_is_nobodys_to_see(server: TestServer) {
    let mut citizens = vec![];
    for _ in 0..6 {
        citizens.push(sent(&server, &report_at(map::middle(map::CENTRE))).await);
    }
    let desk = Desk::of_commune(&server, map::CENTRE);
    let id = desk.id(&citizens[0].code).await;
    desk.does(&id, "accept", json!({})).await;
    desk.does(&id, "resolve", json!({"text": "Xong", "photos": []})).await;
    citizens[0].act(&server, "rating", &json!({"stars": 1})).await.is(200);
    let figures = [
        server.get("/api/v1/stats/summary").await.is(200).json,
        server.get("/api/v1/stats/offices").await.is(200).json["items"][0].clone(),
    ];
    for told in figures {
        assert_eq!(told["reports"], 6, "{told}");
        for kept in ["rated", "satisfaction", "settled", "on_time", "on_time_share", "median_resolution_hours"] {
            assert_eq!(told[kept], json!(null), "{kept}: {told}");
        }
    }
    let inside = server.get_as(&server.key(&["dashboard:read"]), "/api/v1/stats/summary").await.is(200).json;
    assert_eq!((&inside["rated"], &inside["satisfaction"]), (&json!(1), &json!(1.0)), "{inside}");
}

async fn a_report_about_an_office_is_on_no_commune_of_the_map(server: TestServer) {
    let mut report = report_at(map::middle(map::CENTRE));
    report["category"] = json!(ABOUT_AN_OFFICE);
    for _ in 0..5 {
        sent(&server, &report).await;
    }
    let key = server.key(&["dashboard:read"]);
    let heat = server.get_as(&key, "/api/v1/heatmap?metric=reports&geometry=none").await.is(200);
    assert_eq!(feature(&heat, map::CENTRE)["properties"]["count"], 0, "{}", heat.text);
    let whole = server.get_as(&key, "/api/v1/stats/summary").await.is(200).json;
    assert_eq!(whole["reports"], 5, "{whole}");
}

async fn touches_are_told_for_the_whole_alone(server: TestServer) {
    eight_reports(&server).await;
    let whole = server.get("/api/v1/stats/summary").await.is(200).json;
    assert_eq!((&whole["centre_touches"], &whole["centre_touches_per_10000"]), (&json!(0), &json!(0.0)), "{whole}");
    let part = server.get("/api/v1/stats/summary?from=2020-01-01").await.is(200).json;
    assert_eq!((&part["centre_touches"], &part["centre_touches_per_10000"]), (&json!(null), &json!(null)), "{part}");
}
