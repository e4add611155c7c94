//! The product is broken on purpose, each time in one place, and the score has to fall there.

use std::{
    collections::HashMap,
    convert::identity,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header::CONTENT_LENGTH},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use ioc::{
    cli::{rehearsal::Rehearsal, replay::Score},
    route::{Rule, Target},
};
use serde_json::Value;

use super::{Stage, ground, land, lock, runtime};

/// Answers that were given, by the number in them.
type Given = Arc<Mutex<HashMap<String, Value>>>;

const REPORTS: &str = "/api/v1/reports";
/// Nobody was ever given it.
const NOBODYS: &str = "0000-0000-0";

#[test]
fn an_office_swapped_is_seen() {
    let score = broken(swap_landslides, identity);
    assert!(score.right_office_first < 0.99, "{score}");
    let named = |note: &&String| note.starts_with("first office: ") && note.contains("got xa-");
    assert!(score.notes.iter().filter(named).count() >= 5, "{score}");
}

#[test]
fn a_dropped_report_is_seen() {
    let score = broken(|_| {}, |router| router.layer(from_fn_with_state(Given::default(), drop_some)));
    assert!(score.lost >= 10, "{score}");
    assert!(score.notes.iter().any(|note| note.starts_with("lost: ")), "{score}");
}

#[test]
fn a_secret_shown_is_seen() {
    let score = broken(|_| {}, |router| router.layer(from_fn_with_state(Given::default(), show)));
    assert!(score.shown_to_the_wrong_person >= 200, "{score}");
    assert!(score.notes.iter().any(|note| note.contains("the text with no secret")), "{score}");
}

#[test]
fn a_doubled_report_is_seen() {
    let score = broken(|_| {}, |router| router.layer(from_fn(forget_keys)));
    assert!(score.doubled >= 5, "{score}");
    assert!(score.notes.iter().any(|note| note.starts_with("doubled: ")), "{score}");
}

#[test]
fn a_report_on_the_map_of_another_moment_is_seen() {
    let score = broken(|_| {}, |router| router.layer(from_fn(forget_when)));
    let seen = |note: &&String| note.contains("Moved, placed in ");
    assert!(score.notes.iter().filter(seen).count() >= 3, "{score}");
}

#[test]
fn a_senders_word_lost_is_seen() {
    let score = broken(|_| {}, |router| router.layer(from_fn(forget_word)));
    assert!(score.notes.iter().any(|note| note.contains("the sender's word") && note.contains("Doubtful")), "{score}");
    assert!(score.notes.iter().filter(|note| note.starts_with("first office: ")).count() >= 2, "{score}");
}

/// The first day, on a product whose rules and front door were changed.
fn broken(rules: impl FnOnce(&mut Vec<Rule>), door: impl FnOnce(Router) -> Router) -> Score {
    runtime().block_on(async {
        let stage = Stage::sqlite().await;
        let rehearsal = Rehearsal::redrawn(&ground(&stage), land::earlier(), land::territories(), 1).await.unwrap();
        let mut book = rehearsal.ground.rules().await.unwrap();
        rules(&mut book.rules);
        rehearsal.ground.publish_rules(&book).await.unwrap();
        let score = rehearsal.play(door).await.unwrap();
        rehearsal.end().await.unwrap();
        score
    })
}

/// Every commune's landslides go to the next commune's office.
fn swap_landslides(rules: &mut Vec<Rule>) {
    let communes: Vec<_> = land::territories().into_iter().map(|territory| territory.commune.code).collect();
    let next = communes.iter().cycle().skip(1);
    rules.extend(communes.iter().zip(next).map(|(commune, other)| Rule {
        name: format!("swapped-{commune}"),
        category: Some("sat_lo".parse().unwrap()),
        commune: Some(commune.clone()),
        to: Target::Office(format!("xa-{other}").parse().unwrap()),
    }));
}

/// Every tenth report is answered like one before, under a number that nobody keeps, and goes no further.
async fn drop_some(State(given): State<Given>, request: Request, next: Next) -> Response {
    if !is_report(&request) {
        return next.run(request).await;
    }
    let answer = {
        let mut given = lock(&given);
        let number = given.len();
        let dropped = (number % 10 == 9).then(|| given.values().next().cloned()).flatten();
        dropped.map(|mut answer| {
            answer["code"] = NOBODYS.into();
            given.insert(format!("dropped {number}"), answer.clone());
            answer
        })
    };
    match answer {
        Some(answer) => (StatusCode::CREATED, Json(answer)).into_response(),
        None => remember(&given, next.run(request).await).await,
    }
}

/// Whoever asks for a report without its secret is taken for its sender.
async fn show(State(given): State<Given>, mut request: Request, next: Next) -> Response {
    if is_report(&request) {
        return remember(&given, next.run(request).await).await;
    }
    let code = request.uri().path().strip_prefix("/api/v1/reports/").map(str::to_owned);
    let known = code.and_then(|code| lock(&given).get(&code).cloned());
    if let (Some(answer), &Method::GET) = (known, request.method()) {
        let secret = HeaderValue::from_str(answer["secret"].as_str().unwrap()).unwrap();
        request.headers_mut().entry("x-report-secret").or_insert(secret);
    }
    next.run(request).await
}

/// What makes a repeated submission the same one gets lost on the way.
async fn forget_keys(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove("idempotency-key");
    next.run(request).await
}

/// Saved reports arrive as if they were seen when they are sent.
async fn forget_when(request: Request, next: Next) -> Response {
    let request = rewritten(request, "/api/v1/reports/batch", |body| {
        for item in body["items"].as_array_mut().unwrap() {
            item["report"].as_object_mut().unwrap().remove("captured_at");
        }
    });
    next.run(request.await).await
}

/// The sender's own answer gets lost on the way, before and after sending.
async fn forget_word(request: Request, next: Next) -> Response {
    if request.uri().path().ends_with("/place") {
        return Json(Value::Null).into_response();
    }
    let request = rewritten(request, REPORTS, |body| {
        body.as_object_mut().unwrap().remove("stated_commune");
    });
    next.run(request.await).await
}

/// A request to `path` with another body.
async fn rewritten(request: Request, path: &str, change: impl FnOnce(&mut Value)) -> Request {
    if request.method() != Method::POST || request.uri().path() != path {
        return request;
    }
    let (mut parts, body) = request.into_parts();
    let mut body = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
    change(&mut body);
    parts.headers.remove(CONTENT_LENGTH);
    Request::from_parts(parts, Body::from(body.to_string()))
}

fn is_report(request: &Request) -> bool {
    request.method() == Method::POST && request.uri().path() == REPORTS
}

/// Keeps what a report was answered with and passes it on.
async fn remember(given: &Given, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    if parts.status == StatusCode::CREATED {
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        lock(given).insert(answer["code"].as_str().unwrap().to_owned(), answer);
    }
    Response::from_parts(parts, Body::from(bytes))
}
