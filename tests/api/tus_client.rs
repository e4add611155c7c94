//! Photos from a tus client that others wrote.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::{
    desk::{report, sent},
    photos::{joined, snapshot},
    support::TestServer,
};

on_both_engines! {
    a_tus_client_of_others_goes_on_where_its_line_broke,
}

/// `tus-js-client`, which `make test` installs with the pages' packages.
async fn a_tus_client_of_others_goes_on_where_its_line_broke(server: TestServer) {
    let pages = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/web"));
    assert!(pages.join("node_modules/tus-js-client").exists(), "tus-js-client is missing: run npm ci in web/");
    let (citizen, photo) = (sent(&server, &report()).await, snapshot());
    let file = server.folder().join("photo.jpg");
    std::fs::write(&file, &photo).expect("the photo can be written");
    let mut node = Command::new("node");
    node.current_dir(pages).arg("test/tus-client.mjs");
    node.args([server.url(""), format!("/api/v1/reports/{}/photos", citizen.code), citizen.secret.clone()]);
    node.arg(file).arg((photo.len() / 2).to_string());
    let told = tokio::task::spawn_blocking(move || node.output()).await.expect("it ended").expect("node runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!(told["breaks"], 1);
    let asked: Vec<&str> = told["asked"].as_array().into_iter().flatten().filter_map(|one| one[0].as_str()).collect();
    assert_eq!(asked, ["POST", "HEAD", "PATCH"], "announced, broken off, asked how far it came, gone on: {told}");
    let went_on: usize = told["asked"][2][2].as_str().and_then(|text| text.parse().ok()).expect("an offset");
    assert!((1..photo.len()).contains(&went_on), "what arrived is not sent again: {told}");
    assert_eq!(joined(&server, &citizen.receipt.json).await["photos"].as_array().map(Vec::len), Some(1));
}
