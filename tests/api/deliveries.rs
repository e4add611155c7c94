//! Other systems are told by the running server, and `ioc destinations` says how they are.

use std::{sync::Arc, time::Duration};

use axum::{body::Bytes, extract::State, http::StatusCode};
use reqwest::Method;
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    desk::{Desk, report, sent},
    support::{TestServer, map},
};

on_both_engines! {
    a_running_server_tells_a_system_and_hears_from_it,
    destinations_are_for_administrators,
}

type Arrivals = Arc<mpsc::UnboundedSender<String>>;

/// A document system's front door: what comes is passed on to the test.
async fn front_door() -> (String, mpsc::UnboundedReceiver<String>) {
    let (tell, hear) = mpsc::unbounded_channel();
    let take = |State(tell): State<Arrivals>, body: Bytes| async move {
        let _ = tell.send(String::from_utf8_lossy(&body).into_owned());
        StatusCode::OK
    };
    let routes = axum::Router::new().fallback(take).with_state(Arc::new(tell));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, hear)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

async fn a_running_server_tells_a_system_and_hears_from_it(server: TestServer) {
    let (url, mut arrivals) = front_door().await;
    let office = map::office(map::CENTRE);
    let add = ["destinations", "add", "--channel", "edxml-push", "--name", "Văn bản", "--office", &office];
    let refused = server.output(&[&add[..6], &["--url", &url]].concat());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--office") || !refused.status.success());
    let open = ["--url", &url, "--allow-range", "127.0.0.0/8", "--json"];
    let added = json(&server.run(&[&add[..], &open].concat()));
    let id = added["id"].as_str().expect("an id").to_owned();
    server.run(&["destinations", "approve", &office, "--until", "2099-12-31", "--json"]);

    let citizen = sent(&server, &report()).await;
    let came = tokio::time::timeout(Duration::from_mins(1), arrivals.recv()).await.expect("a document comes");
    let document = came.expect("the front door is open");
    assert!(document.contains(&citizen.code), "{document}");
    let number = document.split("DocumentId>").nth(1).and_then(|rest| rest.split('<').next()).expect("its id");

    let status = format!(
        "<edXML:edXML xmlns:edXML=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\"><edXML:MessageHeader>\
         <edXML:From><edXML:OrganId>x</edXML:OrganId></edXML:From>\
         <edXML:ResponseFor><edXML:DocumentId>{number}</edXML:DocumentId></edXML:ResponseFor>\
         <edXML:StatusCode>03</edXML:StatusCode></edXML:MessageHeader></edXML:edXML>"
    );
    let say = |key: Option<&str>, xml: &str| {
        let request = server.request(Method::POST, "/api/v1/edxml").body(xml.to_owned());
        server.send(match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        })
    };
    let (desk, other) = (Desk::of_commune(&server, map::CENTRE), Desk::of_commune(&server, map::NORTH));
    say(None, &status).await.is(401);
    say(Some(&other.key), &status).await.is(404);
    say(Some(&desk.key), "<a/>").await.problem(422, "bad_document");
    assert_eq!(say(Some(&desk.key), &status).await.is(200).json["result"], "moved");
    assert_eq!(say(Some(&desk.key), &status).await.is(200).json["result"], "noted");

    let ticket = desk.ticket(&desk.id(&citizen.code).await).await.is(200).json;
    assert_eq!(ticket["status"], "accepted");
    assert_eq!(ticket["deliveries"][0]["receipt"], "03");
    assert_eq!(ticket["deliveries"][0]["attempts"][0]["number"], 1);

    let listed = json(&server.run(&["destinations", "list", "--json"]));
    assert_eq!(listed["items"][0]["id"], id);
    server.run(&["destinations", "redrive", &id]);
    server.run(&["destinations", "remove", &id, "--json"]);
    assert_eq!(json(&server.run(&["destinations", "list", "--json"]))["items"], serde_json::json!([]));
    assert!(!server.output(&["destinations", "remove", &id]).status.success());
}

async fn destinations_are_for_administrators(server: TestServer) {
    let url = ["--url", "https://a.example/hook"];
    let added = server.run(&[&["destinations", "add", "--channel", "webhook", "--name", "Tỉnh"][..], &url].concat());
    let secret = added.lines().nth(1).expect("a secret").to_owned();
    assert!(secret.starts_with("whsec_"), "{added}");
    let id = added.lines().next().expect("an id");
    assert_ne!(server.run(&["destinations", "rotate", id]), secret);
    let office = server.key(&[&format!("office:{}", map::office(map::CENTRE))]);
    server.get("/api/v1/destinations").await.is(401);
    server.get_as(&office, "/api/v1/destinations").await.is(404);
    let seen = server.get_as(&server.key(&["admin"]), "/api/v1/destinations").await.is(200);
    assert_eq!(
        (seen.json["items"][0]["state"].as_str(), seen.json["items"][0]["id"].as_str()),
        (Some("active"), Some(id))
    );
    assert!(!seen.text.contains("whsec_") && !seen.text.contains("credential"));
    for bad in ["ftp://a.vn/", "a.vn", "http://u:p@a.vn/"] {
        let url = ["--url", bad];
        let output =
            server.output(&[&["destinations", "add", "--channel", "webhook", "--name", "x"][..], &url].concat());
        assert!(!output.status.success(), "{bad}");
    }
}
