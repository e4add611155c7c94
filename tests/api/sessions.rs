//! A browser's session: a cookie in place of the key or the secret, of no use to other sites.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    desk::{Desk, PRIVATE, report, sent},
    listening::{Ear, patient},
    support::{TestServer, map},
};

on_both_engines! {
    an_officials_cookie_opens_what_the_key_opens,
    a_change_that_another_site_could_send_is_refused,
    a_senders_cookie_opens_its_own_report_only,
    a_wrong_key_or_secret_opens_no_session,
    an_ended_session_and_a_revoked_key_open_nothing,
}

/// Opens a session: its cookie as a browser sends it back, and the attributes it came with.
async fn opened(server: &TestServer, body: &Value) -> (String, String) {
    let request = server.request(Method::POST, "/api/v1/session").json(body);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().expect("a text");
    let (value, attributes) = cookie.split_once(';').expect("attributes");
    (value.to_owned(), attributes.to_owned())
}

fn with(request: RequestBuilder, cookie: &str) -> RequestBuilder {
    request.header("Cookie", format!("other=1; {cookie}"))
}

async fn an_officials_cookie_opens_what_the_key_opens(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let citizen = sent(&server, &report()).await;
    let (cookie, attributes) = opened(&server, &json!({"key": desk.key})).await;
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/api/v1", "Max-Age="] {
        assert!(attributes.contains(attribute), "{attributes}");
    }
    assert!(!cookie.contains(&desk.key), "the key itself is not in it");
    let get = |path: &str| with(server.request(Method::GET, path), &cookie);
    let queue = server.send(get(&format!("/api/v1/offices/{}/tickets", desk.office))).await.is(200);
    assert_eq!(queue.json["items"][0]["code"], citizen.code);
    let stream = server.url(&format!("/api/v1/offices/{}/stream", desk.office));
    let mut ear = Ear::open(with(patient().get(stream), &cookie)).await;
    let path = format!("/api/v1/tickets/{}/accept", desk.id(&citizen.code).await);
    let accept = with(server.request(Method::POST, &path), &cookie).header("If-Match", "\"2\"").json(&json!({}));
    server.send(accept).await.is(200);
    assert_eq!(ear.event().await.data["status"], "accepted");
    let foreign = get(&format!("/api/v1/offices/{}/tickets", map::office(map::NORTH)));
    server.send(foreign).await.is(404);
}

async fn a_change_that_another_site_could_send_is_refused(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let citizen = sent(&server, &report()).await;
    let (key, _) = opened(&server, &json!({"key": desk.key})).await;
    let (secret, _) = opened(&server, &json!({"code": citizen.code, "secret": citizen.secret})).await;
    let claims = format!("/api/v1/offices/{}/claims", desk.office);
    let withdraw = format!("/api/v1/reports/{}/withdraw", citizen.code);
    for (path, cookie) in [(claims, key), (withdraw, secret)] {
        let post = || with(server.request(Method::POST, &path), &cookie);
        server.send(post()).await.problem(403, "other_site");
        server.send(post().header("Content-Type", "text/plain").body("{}")).await.problem(403, "other_site");
        for site in ["cross-site", "same-site"] {
            server.send(post().header("Sec-Fetch-Site", site).json(&json!({}))).await.problem(403, "other_site");
        }
        server.send(post().header("Sec-Fetch-Site", "same-origin").json(&json!({}))).await.is(200);
    }
}

async fn a_senders_cookie_opens_its_own_report_only(server: TestServer) {
    let (own, other) = (sent(&server, &report()).await, sent(&server, &report()).await);
    let (cookie, _) = opened(&server, &json!({"code": own.code, "secret": own.secret})).await;
    let read = |code: &str| with(server.request(Method::GET, &format!("/api/v1/reports/{code}")), &cookie);
    assert!(server.send(read(&own.code)).await.is(200).text.contains(PRIVATE));
    assert!(!server.send(read(&other.code)).await.is(200).text.contains(PRIVATE));
    let renamed = cookie.replace(&own.code, &other.code);
    let request = with(server.request(Method::GET, &format!("/api/v1/reports/{}", other.code)), &renamed);
    assert!(!server.send(request).await.is(200).text.contains(PRIVATE), "a cookie is bound to its report");
    let events = server.url(&format!("/api/v1/reports/{}/events", own.code));
    let told = Ear::open(with(patient().get(events), &cookie)).await.event().await;
    assert!(told.data.to_string().contains(PRIVATE));
}

async fn a_wrong_key_or_secret_opens_no_session(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let open = async |body: Value| server.post("/api/v1/session", &body).await;
    open(json!({"key": "nonsense"})).await.problem(401, "unauthorized");
    open(json!({"code": citizen.code, "secret": "0".repeat(26)})).await.problem(404, "not_found");
    open(json!({"code": "nonsense", "secret": citizen.secret})).await.problem(404, "not_found");
    open(json!({"code": citizen.code})).await.problem(422, "missing");
}

async fn an_ended_session_and_a_revoked_key_open_nothing(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let (cookie, _) = opened(&server, &json!({"key": desk.key})).await;
    let path = format!("/api/v1/offices/{}/tickets", desk.office);
    let ended = with(server.request(Method::DELETE, "/api/v1/session"), &cookie).send().await.expect("an answer");
    assert_eq!(ended.status(), 204);
    let told = ended.headers()["set-cookie"].to_str().expect("a text");
    assert!(told.starts_with("ioc_key=;") && told.contains("Max-Age=0"), "{told}");
    server.send(with(server.request(Method::GET, &path), &format!("{cookie}0"))).await.is(401);
    let listed: Value = serde_json::from_str(&server.run(&["keys", "list", "--json"])).expect("JSON");
    let row = listed["items"].as_array().or(listed.as_array()).expect("a list of keys")[0].clone();
    server.run(&["keys", "revoke", row["id"].as_str().expect("an id")]);
    server.send(with(server.request(Method::GET, &path), &cookie)).await.is(401);
    let citizen = with(server.request(Method::POST, "/api/v1/reports"), &cookie).json(&report());
    server.send(citizen).await.is(201);
}
