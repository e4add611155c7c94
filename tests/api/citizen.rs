//! What the sender sees and can do, and what everybody else sees.

use reqwest::Method;
use serde_json::json;

use crate::{
    desk::{Citizen, Desk, PRIVATE, report, sent},
    support::{TestServer, map},
};

on_both_engines! {
    the_public_sees_no_text_and_no_exact_position,
    the_sender_sees_text_office_deadline_and_timeline,
    a_wrong_secret_tells_nothing_and_does_nothing,
    confirming_closes_and_rating_is_kept,
    reopening_starts_another_round,
    withdrawing_ends_it,
    anybody_can_say_me_too_once_per_device_and_nobody_is_disturbed,
    an_unknown_code_is_404,
}

async fn resolved(server: &TestServer) -> (Citizen, Desk<'_>, String) {
    let citizen = sent(server, &report()).await;
    let desk = Desk::of_commune(server, map::CENTRE);
    let id = desk.id(&citizen.code).await;
    desk.does(&id, "accept", json!({})).await;
    desk.does(&id, "resolve", json!({"text": "Đã sửa", "photos": []})).await;
    (citizen, desk, id)
}

async fn the_public_sees_no_text_and_no_exact_position(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let public = server.get(&format!("/api/v1/reports/{}", citizen.code)).await.is(200);
    assert_eq!(public.json["code"], citizen.code);
    assert_eq!(public.json["status"], "queued");
    assert_eq!(public.json["commune"], map::CENTRE);
    assert!(public.json["category"].is_string() && public.json["day"].is_string(), "{}", public.text);
    assert!(!public.text.contains(PRIVATE) && !public.text.contains(&citizen.secret), "{}", public.text);
    assert!(!(public.text.contains("103.023") && public.text.contains("21.392")), "{}", public.text);
}

async fn the_sender_sees_text_office_deadline_and_timeline(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let seen = citizen.look(&server).await;
    assert!(seen.text.contains(PRIVATE), "{}", seen.text);
    assert_eq!(seen.json["office"], citizen.receipt.json["office"]);
    assert_eq!(seen.json["deadline"], citizen.receipt.json["deadline"]);
    assert!(seen.json["timeline"].as_array().is_some_and(|timeline| !timeline.is_empty()), "{}", seen.text);
}

async fn a_wrong_secret_tells_nothing_and_does_nothing(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let other = sent(&server, &report()).await;
    let path = format!("/api/v1/reports/{}", citizen.code);
    for secret in ["", "wrong", &other.secret, &citizen.secret[1..]] {
        let seen = server.send(server.request(Method::GET, &path).header("X-Report-Secret", secret)).await;
        assert!(!seen.text.contains(PRIVATE), "{}", seen.text);
        let withdraw = server.request(Method::POST, &format!("{path}/withdraw")).header("X-Report-Secret", secret);
        let answer = server.send(withdraw.json(&json!({}))).await;
        assert!((401..=404).contains(&answer.status), "{}", answer.text);
    }
    assert_eq!(citizen.look(&server).await.json["status"], "queued");
}

async fn confirming_closes_and_rating_is_kept(server: TestServer) {
    let (citizen, desk, id) = resolved(&server).await;
    citizen.act(&server, "rating", &json!({"stars": 6})).await.is(422);
    citizen.act(&server, "rating", &json!({"stars": 4, "text": "Nhanh"})).await.is(200);
    citizen.act(&server, "confirm", &json!({})).await.is(200);
    let ticket = desk.ticket(&id).await.json;
    assert_eq!(ticket["status"], "closed");
    let rated = ticket["history"].as_array().into_iter().flatten().any(|event| event["kind"] == "rated");
    assert!(rated, "{ticket}");
}

async fn reopening_starts_another_round(server: TestServer) {
    let (citizen, desk, id) = resolved(&server).await;
    citizen.act(&server, "reopen", &json!({})).await.is(422);
    citizen.act(&server, "reopen", &json!({"text": "Vẫn còn đất đá"})).await.is(200);
    let ticket = desk.ticket(&id).await.json;
    assert_eq!((&ticket["status"], &ticket["round"]), (&json!("queued"), &json!(2)));
    citizen.act(&server, "reopen", &json!({"text": "Nữa"})).await.is(409);
}

async fn withdrawing_ends_it(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    citizen.act(&server, "withdraw", &json!({})).await.is(200);
    assert_eq!(citizen.look(&server).await.json["status"], "withdrawn");
    citizen.act(&server, "withdraw", &json!({})).await.is(409);
}

async fn anybody_can_say_me_too_once_per_device_and_nobody_is_disturbed(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let id = desk.id(&citizen.code).await;
    let before = desk.ticket(&id).await;
    let path = format!("/api/v1/reports/{}/metoo", citizen.code);
    for (device, count) in [(None, 1), (None, 1), (Some("a"), 2), (Some("a"), 2), (Some("b"), 3)] {
        let say = server.request(reqwest::Method::POST, &path).json(&json!({}));
        let say = device.into_iter().fold(say, |say, device| say.header("X-Device-Key", device));
        assert_eq!(server.send(say).await.is(200).json["me_too"], count, "{device:?}");
    }
    let after = desk.ticket(&id).await;
    assert_eq!((&after.etag, &after.json["me_too"]), (&before.etag, &json!(3)));
    assert_eq!(after.json["history"], before.json["history"]);
    let etag = before.etag.expect("an ETag");
    server.send(desk.change(&id, "accept", &json!({})).header("If-Match", etag)).await.is(200);
    assert_eq!(desk.ticket(&id).await.json["me_too"], 3, "work does not undo the count");
    citizen.act(&server, "withdraw", &json!({})).await.is(200);
    server.post(&path, &json!({})).await.is(409);
}

async fn an_unknown_code_is_404(server: TestServer) {
    for code in ["0000-0000-0", "nonsense", "K7QM-3XR9-FFFF"] {
        server.get(&format!("/api/v1/reports/{code}")).await.is(404);
    }
}
