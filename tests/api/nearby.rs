//! "Is it one of these?" tells what helps and not where anybody stood.

use std::collections::BTreeMap;

use h3o::{CellIndex, LatLng, Resolution};
use serde_json::{Value, json};

use crate::{
    desk::{ABOUT_AN_OFFICE, report_at, sent},
    support::{TestServer, map},
};

on_both_engines! {
    a_lone_report_cannot_be_found_by_asking_around,
    no_question_tells_more_than_the_cells_do,
    in_a_storm_the_nearest_come_first,
}

/// The cell over the finest one of a point, as the server rounds: a cell's children do not fill it exactly.
fn cell((lon, lat): (f64, f64), resolution: Resolution) -> CellIndex {
    let finest = LatLng::new(lat, lon).expect("a point on Earth").to_cell(Resolution::Ten);
    finest.parent(resolution).expect("a coarser cell")
}

/// A point some metres east and north of another, near 21.4° N.
fn moved((lon, lat): (f64, f64), east: f64, north: f64) -> (f64, f64) {
    (lon + east / 103_600.0, lat + north / 110_750.0)
}

async fn ask(server: &TestServer, (lon, lat): (f64, f64)) -> Vec<Value> {
    let answer = server.get(&format!("/api/v1/reports/nearby?lon={lon}&lat={lat}")).await.is(200);
    answer.json["items"].as_array().expect("items").clone()
}

async fn a_lone_report_cannot_be_found_by_asking_around(server: TestServer) {
    let alone = map::middle(map::EAST);
    sent(&server, &report_at(alone)).await;
    for east in [-900.0, -90.0, 0.0, 240.0, 990.0] {
        for north in [-240.0, 0.0, 90.0] {
            assert_eq!(ask(&server, moved(alone, east, north)).await, Vec::<Value>::new());
        }
    }
}

/// Four stand together and one apart, in one cell of resolution 8; the question wanders over all of them.
async fn no_question_tells_more_than_the_cells_do(server: TestServer) {
    let shared: LatLng = cell(map::HOME, Resolution::Eight).into();
    let together = (shared.lng(), shared.lat());
    let alone = moved(together, 310.0, 0.0);
    assert_eq!(cell(alone, Resolution::Eight), cell(together, Resolution::Eight));
    assert_ne!(cell(alone, Resolution::Nine), cell(together, Resolution::Nine));
    for _ in 0..4 {
        sent(&server, &report_at(together)).await;
    }
    let lone = sent(&server, &report_at(alone)).await;
    let mut report = report_at(alone);
    report["category"] = json!(ABOUT_AN_OFFICE);
    let hidden = sent(&server, &report).await;

    let mut seen: BTreeMap<CellIndex, Vec<Value>> = BTreeMap::new();
    let mut told = 0;
    for step in -40_i32..=40 {
        let question = moved(alone, f64::from(step) * 37.0, f64::from(step) * 3.0);
        let answer = ask(&server, question).await;
        assert!(answer.iter().all(|item| item["code"] != *hidden.code), "{answer:?}");
        let places: Vec<_> = answer.iter().map(|item| (&item["position"], &item["distance"])).collect();
        assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "one of a crowd stands out: {places:?}");
        told += usize::from(answer.iter().any(|item| item["code"] == *lone.code));
        let before = seen.entry(cell(question, Resolution::Nine)).or_insert_with(|| answer.clone());
        assert_eq!(*before, answer, "two questions of one cell are answered differently");
    }
    assert!(told > 10, "near by it is told, {told}");
}

async fn in_a_storm_the_nearest_come_first(server: TestServer) {
    let here = map::HOME;
    let far = moved(here, 800.0, 0.0);
    let items = |at, count: usize| -> Vec<Value> { (0..count).map(|_| json!({"report": report_at(at)})).collect() };
    server.post("/api/v1/reports/batch", &json!({"items": items(here, 5)})).await.is(200);
    server.post("/api/v1/reports/batch", &json!({"items": items(far, 210)})).await.is(200);
    let found = ask(&server, here).await;
    assert_eq!(found.len(), 20, "an answer is short");
    assert!(found[..5].iter().all(|item| item["distance"] == "<250 m"), "{found:?}");
    assert!(found[5..].iter().all(|item| item["distance"] == "<1 km"), "{found:?}");
}
