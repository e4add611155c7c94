//! A report comes in and stands in the right queue when the answer leaves.

use serde_json::json;

use crate::{
    desk::{Desk, PRIVATE, report, report_at, sent, word},
    support::{TestServer, map},
};

on_both_engines! {
    the_receipt_says_who_has_it_and_until_when,
    the_ticket_stands_in_that_offices_queue,
    the_routing_receipt_names_map_candidates_and_rule,
    every_commune_gets_its_own,
    unknown_fields_are_named_and_nothing_is_lost,
    a_contact_is_sealed_and_shown_only_when_shared,
    a_time_that_cannot_be_believed_is_flagged,
    only_a_trusted_key_reports_for_others,
    a_report_is_found_however_its_number_is_typed,
}

async fn the_receipt_says_who_has_it_and_until_when(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let receipt = &citizen.receipt.json;
    assert_eq!(citizen.code.len(), 11, "{}", citizen.code);
    assert_eq!(receipt["status"], "queued");
    assert_eq!(receipt["office"]["id"], map::office(map::CENTRE));
    assert!(receipt["office"]["name"]["vi"].is_string() && receipt["office"]["name"]["en"].is_string(), "{receipt}");
    assert_eq!(receipt["placement"]["commune"], map::CENTRE);
    assert_eq!(receipt["placement"]["generation"], map::GENERATION);
    assert_eq!(receipt["placement"]["method"], "covering");
    assert_eq!(receipt["placement"]["probability"], json!(null));
    assert_eq!(receipt["placement"]["near_border"], false);
    assert_eq!(receipt["placement"]["candidates"][0]["commune"], map::CENTRE);
    assert!(receipt["placement"]["candidates"][0]["distance_m"].is_number(), "{receipt}");
    let (accept_by, resolve_by) = (word(&receipt["deadline"]["accept_by"]), word(&receipt["deadline"]["resolve_by"]));
    assert!(accept_by < resolve_by && accept_by.ends_with('Z') && resolve_by.ends_with('Z'), "{receipt}");
    assert_eq!(receipt["photos"], json!([]));
    assert_eq!(receipt["warnings"], json!([]));
    assert!(citizen.secret.len() >= 20 && receipt["id"].is_string(), "{receipt}");
}

async fn the_ticket_stands_in_that_offices_queue(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of(&server, &citizen.office());
    let item = desk.find(&citizen.code).await.expect("the ticket is in the queue");
    assert_eq!(item["status"], "queued");
    assert_eq!(item["deadline"], citizen.receipt.json["deadline"]);
    let ticket = desk.ticket(&word(&item["id"])).await.is(200);
    assert_eq!(ticket.json["version"], item["version"]);
    assert!(ticket.text.contains(PRIVATE), "{}", ticket.text);
    assert!(!ticket.text.contains(&citizen.secret), "the secret is the citizen's alone");
}

async fn the_routing_receipt_names_map_candidates_and_rule(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of(&server, &citizen.office());
    let ticket = desk.ticket(&desk.id(&citizen.code).await).await.is(200);
    let receipt = &ticket.json["receipt"];
    assert_eq!(receipt["placement"]["generation"], map::GENERATION);
    assert_eq!(receipt["placement"]["covering"], json!([map::CENTRE]));
    assert_eq!(receipt["assignment"]["office"], map::office(map::CENTRE));
    assert!(receipt["assignment"]["rule"].is_string(), "{receipt}");
    assert!(ticket.json["history"].as_array().is_some_and(|history| history.len() >= 2), "{}", ticket.text);
}

async fn every_commune_gets_its_own(server: TestServer) {
    for code in map::CODES {
        let citizen = sent(&server, &report_at(map::middle(code))).await;
        assert_eq!(citizen.office(), map::office(code));
    }
}

async fn unknown_fields_are_named_and_nothing_is_lost(server: TestServer) {
    let mut report = report();
    report["mood"] = json!("angry");
    report["position"]["floor"] = json!(3);
    let citizen = sent(&server, &report).await;
    assert!(citizen.receipt.warned_of("mood"), "{}", citizen.receipt.text);
    assert!(citizen.receipt.warned_of("position.floor"), "{}", citizen.receipt.text);
}

async fn a_contact_is_sealed_and_shown_only_when_shared(server: TestServer) {
    let mut report = report();
    report["contact"] = json!({"name": "Lò Thị Mai", "phone": "0912345678"});
    let hidden = sent(&server, &report).await;
    report["share_contact"] = json!(true);
    let shared = sent(&server, &report).await;
    let desk = Desk::of(&server, &hidden.office());
    let ticket = desk.ticket(&desk.id(&hidden.code).await).await.is(200);
    assert!(!ticket.text.contains("0912345678") && !ticket.text.contains("Lò Thị Mai"), "{}", ticket.text);
    let ticket = desk.ticket(&desk.id(&shared.code).await).await.is(200);
    assert!(ticket.text.contains("0912345678"), "{}", ticket.text);
    assert!(!crate::photos::kept_anywhere(server.folder(), b"0912345678"), "the number lies unsealed on the disk");
}

async fn a_time_that_cannot_be_believed_is_flagged(server: TestServer) {
    for captured_at in ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"] {
        let mut report = report();
        report["captured_at"] = json!(captured_at);
        let citizen = sent(&server, &report).await;
        assert!(citizen.receipt.warned_of("captured_at"), "{}", citizen.receipt.text);
    }
}

async fn only_a_trusted_key_reports_for_others(server: TestServer) {
    let mut report = report();
    report["on_behalf_of"] = json!({"name": "Vàng A Pó"});
    let refused = server.post("/api/v1/reports", &report).await.problem(422, "scope_required");
    assert_eq!(refused.field("scope_required"), Some("on_behalf_of"), "{}", refused.text);
    let trusted = server.key(&["report:write", "report:behalf"]);
    server.post_as(&trusted, "/api/v1/reports", &report).await.is(201);
}

async fn a_report_is_found_however_its_number_is_typed(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let typed = citizen.code.to_lowercase().replace('-', "");
    server.get(&format!("/api/v1/reports/{typed}")).await.is(200);
    server.get("/api/v1/reports/K7QM-3XR9-0").await.is(404);
}
