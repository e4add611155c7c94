//! Hexagons, tiles, the timeline, and a table behind every figure.

use std::collections::BTreeMap;

use geozero::mvt::{Message, Tile};
use h3o::{LatLng, Resolution};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    desk::{ABOUT_AN_OFFICE, Desk, report_at, sent},
    support::{TestServer, map},
};

on_both_engines! {
    hexagons_count_every_report_with_a_position,
    few_in_a_small_hexagon_are_not_on_the_map_of_the_public,
    hexagons_can_be_asked_for_a_box_and_whole_months,
    hexagons_know_their_limits,
    a_tile_shows_the_communes_and_is_known_again,
    a_tile_shows_heat_as_the_heatmap_does,
    tiles_say_where_they_are,
    there_are_no_other_tiles,
    the_timeline_tells_what_came_in_and_went_out,
    every_figure_has_a_table,
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

fn hexagon_at((lon, lat): (f64, f64), resolution: Resolution) -> String {
    LatLng::new(lat, lon).expect("degrees").to_cell(resolution).to_string()
}

/// The properties of every feature by id.
fn cells(collection: &Value) -> BTreeMap<String, Value> {
    let features = collection["features"].as_array().expect("features");
    let cell = |feature: &Value| (feature["id"].as_str().expect("an id").to_owned(), feature["properties"].clone());
    features.iter().map(cell).collect()
}

async fn hexagons_count_every_report_with_a_position(server: TestServer) {
    eight_reports(&server).await;
    let mut hidden = report_at(map::middle(map::WEST));
    hidden["category"] = json!(ABOUT_AN_OFFICE);
    sent(&server, &hidden).await;
    let inside = server.key(&["dashboard:read"]);
    for (number, resolution) in
        (5..=9).zip([Resolution::Five, Resolution::Six, Resolution::Seven, Resolution::Eight, Resolution::Nine])
    {
        let heat = server.get_as(&inside, &format!("/api/v1/heatmap?by=h3&resolution={number}")).await.is(200);
        assert_eq!(heat.media_type, "application/geo+json");
        let found = cells(&heat.json);
        let mut expected: BTreeMap<String, i64> = BTreeMap::new();
        for (commune, count) in [(map::CENTRE, 6), (map::EAST, 2)] {
            *expected.entry(hexagon_at(map::middle(commune), resolution)).or_default() += count;
        }
        let counted: BTreeMap<String, i64> =
            found.iter().map(|(id, cell)| (id.clone(), cell["count"].as_i64().expect("a count"))).collect();
        assert_eq!(counted, expected, "resolution {number}: {}", heat.text);
        let ring = heat.json["features"][0]["geometry"]["coordinates"][0].as_array().expect("a ring");
        assert_eq!((ring.len(), &ring[0]), (7, &ring[6]), "a hexagon is closed");
    }
    let heat = server.get_as(&inside, "/api/v1/heatmap?by=h3&geometry=none").await.is(200);
    let middle = &cells(&heat.json)[&hexagon_at(map::middle(map::CENTRE), Resolution::Seven)];
    assert!(middle["name"]["vi"].is_string(), "7 is what is meant when nobody says: {middle}");
    assert_eq!(heat.json["features"][0]["geometry"], json!(null));
}

async fn few_in_a_small_hexagon_are_not_on_the_map_of_the_public(server: TestServer) {
    eight_reports(&server).await;
    let east = |resolution| hexagon_at(map::middle(map::EAST), resolution);
    let wide = cells(&server.get("/api/v1/heatmap?by=h3&resolution=7").await.is(200).json);
    let few = &wide[&east(Resolution::Seven)];
    assert_eq!((&few["suppressed"], &few["value"], &few["count"]), (&json!(true), &json!(null), &json!(null)));
    let centre = &wide[&hexagon_at(map::middle(map::CENTRE), Resolution::Seven)];
    assert_eq!((&centre["suppressed"], &centre["count"]), (&json!(false), &json!(6)));
    for (number, resolution) in [(8, Resolution::Eight), (9, Resolution::Nine)] {
        let small = cells(&server.get(&format!("/api/v1/heatmap?by=h3&resolution={number}")).await.is(200).json);
        assert!(!small.contains_key(&east(resolution)), "where it lies would be told too exactly: {small:?}");
        assert_eq!(small.len(), 1);
    }
}

async fn hexagons_can_be_asked_for_a_box_and_whole_months(server: TestServer) {
    eight_reports(&server).await;
    let inside = server.key(&["dashboard:read"]);
    let ask = async |query: &str| {
        server.get_as(&inside, &format!("/api/v1/heatmap?by=h3&resolution=8&{query}")).await.is(200).json
    };
    let (lon, lat) = map::middle(map::EAST);
    let near = format!("bbox={},{},{},{}", lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01);
    let found = cells(&ask(&near).await);
    assert_eq!(found.keys().collect::<Vec<_>>(), [&hexagon_at((lon, lat), Resolution::Eight)]);
    assert_eq!(cells(&ask("bbox=105,10,106,11").await).len(), 0);
    assert_eq!(cells(&ask("to=2020-01-01").await).len(), 0);
    let months = ask("from=2020-01-15&to=2020-02-10").await;
    assert_eq!((&months["from"], &months["to"]), (&json!("2020-01-01"), &json!("2020-02-29")), "whole months");
    assert_eq!(cells(&ask("from=2020-01-15").await).len(), 2);
    assert_eq!(cells(&ask(&format!("office={}", map::office(map::EAST))).await).len(), 1);
}

async fn hexagons_know_their_limits(server: TestServer) {
    for (query, path) in [
        ("resolution=4", "resolution"),
        ("resolution=10", "resolution"),
        ("resolution=x", "resolution"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=104,21,103,22", "bbox"),
        ("category=nonsense", "category"),
    ] {
        let answer = server.get(&format!("/api/v1/heatmap?by=h3&{query}")).await.is(422);
        assert_eq!(answer.json["fields"][0]["path"], path, "{}", answer.text);
    }
}

/// Zoom, column and row of the tile over a point.
fn tile_over((lon, lat): (f64, f64), zoom: i32) -> String {
    let side = 2_f64.powi(zoom);
    let y = (1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0;
    format!("{zoom}/{}/{}.mvt", ((lon + 180.0) / 360.0 * side).floor(), (y * side).floor())
}

/// The features of a tile's only layer: their tags as text.
async fn features(server: &TestServer, path: &str) -> Vec<BTreeMap<String, String>> {
    let answer = server.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "application/vnd.mapbox-vector-tile");
    let tile = Tile::decode(answer.bytes().await.expect("bytes")).expect("a tile");
    let layer = tile.layers.first().expect("a layer");
    let tags = |feature: &geozero::mvt::tile::Feature| {
        assert!(!feature.geometry.is_empty());
        let pairs = feature.tags.chunks(2).map(|pair| {
            let value = &layer.values[pair[1] as usize];
            let text = value.string_value.clone();
            let text =
                text.or(value.bool_value.map(|it| it.to_string())).or(value.double_value.map(|it| it.to_string()));
            (
                layer.keys[pair[0] as usize].clone(),
                text.or(value.int_value.map(|it| it.to_string())).unwrap_or_default(),
            )
        });
        pairs.collect()
    };
    layer.features.iter().map(tags).collect()
}

async fn a_tile_shows_the_communes_and_is_known_again(server: TestServer) {
    let path = format!("/tiles/communes/{}", tile_over(map::middle(map::CENTRE), 8));
    let mut ids: Vec<String> =
        features(&server, &path).await.into_iter().map(|mut tags| tags.remove("id").unwrap_or_default()).collect();
    ids.sort();
    let mut nine = map::CODES;
    nine.sort_unstable();
    assert_eq!(ids, nine, "one tile holds the nine");
    let close = format!("/tiles/communes/{}", tile_over(map::middle(map::CENTRE), 14));
    let tags = features(&server, &close).await;
    assert_eq!(tags.len(), 1, "inside a commune there is nothing else");
    assert_eq!((tags[0]["id"].as_str(), tags[0]["served"].as_str()), (map::CENTRE, "true"));
    let etag = server.get(&path).await.is(200).etag.expect("an ETag");
    let again = server.send(server.request(Method::GET, &path).header("If-None-Match", &etag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let packed = server.request(Method::GET, &path).header("Accept-Encoding", "gzip").send().await.expect("an answer");
    assert_eq!(
        packed.headers().get("content-encoding").map(reqwest::header::HeaderValue::as_bytes),
        Some(&b"gzip"[..])
    );
}

async fn a_tile_shows_heat_as_the_heatmap_does(server: TestServer) {
    eight_reports(&server).await;
    let heat = cells(&server.get("/api/v1/heatmap?by=h3&resolution=7").await.is(200).json);
    let over = |commune: &str| format!("/tiles/heat/{}?metric=reports", tile_over(map::middle(commune), 11));
    for commune in [map::CENTRE, map::EAST] {
        let shown = features(&server, &over(commune)).await;
        let middle = hexagon_at(map::middle(commune), Resolution::Seven);
        assert!(shown.iter().any(|tags| tags["id"] == middle), "{shown:?}");
        for tags in shown {
            let cell = &heat[&tags["id"]];
            assert_eq!(tags["suppressed"], cell["suppressed"].to_string());
            assert_eq!(tags.get("count").and_then(|text| text.parse::<i64>().ok()), cell["count"].as_i64());
            assert_eq!(tags.get("value").and_then(|text| text.parse::<f64>().ok()), cell["value"].as_f64());
        }
    }
    let path = over(map::CENTRE);
    let before = server.get(&path).await.is(200).etag;
    sent(&server, &report_at(map::middle(map::CENTRE))).await;
    assert_ne!(server.get(&path).await.is(200).etag, before, "a report is on the map at once");
}

async fn tiles_say_where_they_are(server: TestServer) {
    for layer in ["communes", "heat"] {
        let told = server.get(&format!("/tiles/{layer}.json")).await.is(200).json;
        assert_eq!((&told["tilejson"], &told["vector_layers"][0]["id"]), (&json!("3.0.0"), &json!(layer)));
        let expected = server.url(&format!("/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"));
        assert_eq!(told["tiles"], json!([expected]));
        let bounds: Vec<f64> = told["bounds"].as_array().expect("bounds").iter().filter_map(Value::as_f64).collect();
        assert_eq!(bounds, [102.85, 21.25, 103.15, 21.55]);
    }
}

async fn there_are_no_other_tiles(server: TestServer) {
    for path in [
        "/tiles/roads/8/201/112.mvt",
        "/tiles/heat/8/201/112",
        "/tiles/heat/8/256/0.mvt",
        "/tiles/roads.json",
        "/tiles/heat",
    ] {
        server.get(path).await.problem(404, "not_found");
    }
    server.get("/tiles/heat/8/201/112.mvt?metric=nonsense").await.problem(422, "bad_query");
}

async fn the_timeline_tells_what_came_in_and_went_out(server: TestServer) {
    let codes = eight_reports(&server).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let id = desk.id(&codes[0]).await;
    desk.does(&id, "accept", json!({})).await;
    desk.does(&id, "resolve", json!({"text": "Xong", "photos": []})).await;
    let inside = server.key(&["dashboard:read"]);
    for step in ["day", "week", "month"] {
        let told = server.get_as(&inside, &format!("/api/v1/stats/timeline?step={step}")).await.is(200).json;
        let items = told["items"].as_array().expect("items");
        let sum = |name: &str| items.iter().filter_map(|item| item[name].as_i64()).sum::<i64>();
        assert_eq!(["reports", "open", "ended", "settled", "on_time"].map(sum), [8, 7, 1, 1, 1], "{step}: {told}");
    }
    let public = server.get("/api/v1/stats/timeline").await.is(200).json;
    let last = public["items"].as_array().and_then(|items| items.last()).expect("a step");
    assert_eq!((&last["settled"], &last["ended"]), (&json!(null), &json!(null)), "one alone is not told: {public}");
    server.get("/api/v1/stats/timeline?step=hour").await.problem(422, "bad_query");
}

async fn every_figure_has_a_table(server: TestServer) {
    eight_reports(&server).await;
    let paths = ["heatmap", "stats/summary", "stats/offices", "stats/timeline"];
    for path in paths {
        let by_ending = server.get(&format!("/api/v1/{path}.csv")).await.is(200);
        assert!(by_ending.media_type.starts_with("text/csv"), "{path}: {}", by_ending.media_type);
        let head = by_ending.text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().to_owned();
        assert!(head.contains("suppressed") && head.split(',').count() > 5, "{path}: {head}");
        let by_format = server.get(&format!("/api/v1/{path}?format=csv")).await.is(200);
        let request = server.request(Method::GET, &format!("/api/v1/{path}")).header("Accept", "text/csv");
        let by_header = server.send(request).await.is(200);
        assert_eq!((&by_format.text, &by_header.text), (&by_ending.text, &by_ending.text), "{path}");
    }
    let table = server.get("/api/v1/heatmap.csv?by=commune").await.is(200).text;
    let line = |code: &str| table.lines().find(|line| line.starts_with(code)).map(str::to_owned).unwrap_or_default();
    assert!(line(map::CENTRE).ends_with(",6,6,false"), "{table}");
    assert!(line(map::EAST).ends_with(",,,true"), "{table}");
}
