//! "Not ours": the ticket moves with its history and its clock, and never for ever.

use serde_json::json;

use crate::{
    desk::{Desk, PRIVATE, report, sent},
    support::{TestServer, map},
};

on_both_engines! {
    a_transfer_keeps_history_and_clock,
    the_former_office_sees_a_tombstone,
    the_third_bounce_goes_to_the_province_desk,
    a_transfer_needs_a_reason_and_another_office,
    without_a_receiver_one_is_found,
}

async fn a_transfer_keeps_history_and_clock(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let (from, to) = (Desk::of_commune(&server, map::CENTRE), Desk::of_commune(&server, map::EAST));
    let id = from.id(&citizen.code).await;
    from.does(&id, "accept", json!({})).await;
    from.act(&id, "transfer", &json!({"office": to.office, "reason": "Bên kia cầu"})).await.is(200);
    let moved = to.ticket(&id).await.is(200);
    assert_eq!(moved.json["status"], "queued");
    assert_eq!(moved.json["deadline"]["resolve_by"], citizen.receipt.json["deadline"]["resolve_by"]);
    let history = moved.json["history"].as_array().expect("a history");
    assert!(history.iter().any(|event| event["kind"] == "transferred"), "{}", moved.text);
    assert!(history.iter().any(|event| event["kind"] == "accepted"), "{}", moved.text);
    assert_eq!(citizen.look(&server).await.json["office"]["id"], to.office);
}

async fn the_former_office_sees_a_tombstone(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let (from, to) = (Desk::of_commune(&server, map::CENTRE), Desk::of_commune(&server, map::EAST));
    let id = from.id(&citizen.code).await;
    from.act(&id, "transfer", &json!({"office": to.office, "reason": "Bên kia cầu"})).await.is(200);
    assert!(from.find(&citizen.code).await.is_none());
    let tombstone = from.ticket(&id).await.is(200);
    assert_eq!(tombstone.json["code"], citizen.code);
    assert_eq!(tombstone.json["office"]["id"], to.office);
    assert_eq!(tombstone.json["reason"], "Bên kia cầu");
    assert!(!tombstone.text.contains(PRIVATE), "{}", tombstone.text);
    let etag = to.ticket(&id).await.etag.expect("an ETag");
    server.send(from.change(&id, "accept", &json!({})).header("If-Match", etag)).await.is(404);
}

async fn the_third_bounce_goes_to_the_province_desk(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let route = [map::CENTRE, map::EAST, map::WEST, map::NORTH];
    let id = Desk::of_commune(&server, map::CENTRE).id(&citizen.code).await;
    for step in route.windows(2) {
        let desk = Desk::of_commune(&server, step[0]);
        let onward = json!({"office": map::office(step[1]), "reason": "Không phải của chúng tôi"});
        desk.act(&id, "transfer", &onward).await.is(200);
    }
    assert!(Desk::of_commune(&server, map::NORTH).find(&citizen.code).await.is_none());
    assert!(Desk::of(&server, "ban-tinh").find(&citizen.code).await.is_some(), "the third bounce ends at the desk");
}

async fn a_transfer_needs_a_reason_and_another_office(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let id = desk.id(&citizen.code).await;
    desk.act(&id, "transfer", &json!({"office": map::office(map::EAST)})).await.is(422);
    for office in ["no-such-office", &desk.office] {
        let answer = desk.act(&id, "transfer", &json!({"office": office, "reason": "Không phải của xã"})).await;
        assert!(matches!(answer.status, 409 | 422), "{}", answer.text);
    }
    assert!(desk.find(&citizen.code).await.is_some());
}

async fn without_a_receiver_one_is_found(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of_commune(&server, map::CENTRE);
    let id = desk.id(&citizen.code).await;
    desk.act(&id, "transfer", &json!({"reason": "Không phải của xã"})).await.is(200);
    let office = citizen.look(&server).await.json["office"]["id"].clone();
    assert_ne!(office, desk.office, "it left");
    assert!(office.is_string());
}
