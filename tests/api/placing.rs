//! Borders, places by name, and what lies beyond every border; matters that belong above or elsewhere.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    desk::{ABOUT_AN_OFFICE, Citizen, Desk, ELSEWHERE, PROVINCIAL, report, report_at, sent, word},
    support::{TestServer, map},
};

on_both_engines! {
    near_a_border_the_citizen_is_asked,
    a_stated_commune_decides_near_a_border,
    saying_which_commune_it_was_moves_the_ticket,
    a_moved_pin_drops_the_accuracy,
    outside_every_commune_goes_to_the_province_desk,
    just_outside_is_snapped_home,
    without_any_place_the_report_is_still_taken,
    a_place_by_name_needs_no_position,
    communes_that_decide_nothing_are_named_in_warnings,
    denunciations_are_told_where_the_law_sends_them,
    a_report_about_an_office_goes_above_it_unseen_below,
    a_report_about_an_office_is_given_to_no_commune,
    a_report_at_the_desk_says_when_it_moves_and_whoever_sits_there_is_counted,
    a_provincial_matter_goes_to_its_department,
}

const DESK: &str = "ban-tinh";

fn on_the_border() -> Value {
    let mut report = report_at(map::BORDER);
    report["position"]["accuracy_m"] = json!(50.0);
    report
}

async fn near_a_border_the_citizen_is_asked(server: TestServer) {
    let citizen = sent(&server, &on_the_border()).await;
    let placement = &citizen.receipt.json["placement"];
    assert_eq!((&placement["method"], &placement["near_border"]), (&json!("probable"), &json!(true)));
    let probability = placement["probability"].as_f64().expect("a probability");
    assert!((0.45..=0.55).contains(&probability), "{placement}");
    let candidates = placement["candidates"].as_array().expect("candidates");
    for code in [map::CENTRE, map::EAST] {
        assert!(candidates.iter().any(|candidate| candidate["commune"] == code), "{placement}");
    }
}

async fn a_stated_commune_decides_near_a_border(server: TestServer) {
    for code in [map::CENTRE, map::EAST] {
        let mut report = on_the_border();
        report["stated_commune"] = json!(code);
        let citizen = sent(&server, &report).await;
        assert_eq!(citizen.receipt.json["placement"]["method"], "stated", "{}", citizen.receipt.text);
        assert_eq!(citizen.office(), map::office(code));
    }
}

async fn saying_which_commune_it_was_moves_the_ticket(server: TestServer) {
    let citizen = sent(&server, &on_the_border()).await;
    let first = citizen.office();
    let other = if first == map::office(map::EAST) { map::CENTRE } else { map::EAST };
    citizen.act(&server, "place", &json!({"commune": other})).await.is(200);
    assert!(Desk::of(&server, &first).find(&citizen.code).await.is_none(), "the former queue still has it");
    let moved = Desk::of_commune(&server, other).find(&citizen.code).await.expect("the other queue has it");
    assert_eq!(moved["deadline"], citizen.receipt.json["deadline"], "the clock is kept");
    assert_eq!(citizen.look(&server).await.json["office"]["id"], map::office(other));
}

async fn a_moved_pin_drops_the_accuracy(server: TestServer) {
    let mut report = report_at((103.0499, 21.40));
    report["position"]["accuracy_m"] = json!(500.0);
    report["position"]["source"] = json!("pin");
    let placement = sent(&server, &report).await.receipt.json["placement"].clone();
    assert_eq!((&placement["method"], &placement["commune"]), (&json!("covering"), &json!(map::CENTRE)));
    assert_eq!(placement["probability"], json!(null));
}

async fn outside_every_commune_goes_to_the_province_desk(server: TestServer) {
    let citizen = sent(&server, &report_at(map::ABROAD)).await;
    let receipt = &citizen.receipt.json;
    assert_eq!((&receipt["placement"]["method"], &receipt["placement"]["commune"]), (&json!("outside"), &json!(null)));
    assert_eq!(citizen.office(), DESK);
    assert!(Desk::of(&server, DESK).find(&citizen.code).await.is_some());
}

async fn just_outside_is_snapped_home(server: TestServer) {
    let citizen = sent(&server, &report_at((102.849, 21.40))).await;
    assert_eq!(citizen.receipt.json["placement"]["method"], "snapped", "{}", citizen.receipt.text);
    assert_eq!(citizen.office(), map::office(map::WEST));
    let distance = citizen.receipt.json["placement"]["candidates"][0]["distance_m"].as_f64().expect("a distance");
    assert!((103.0..=104.5).contains(&distance), "0.001° of longitude at 21.4° N, not {distance} m");
}

async fn without_any_place_the_report_is_still_taken(server: TestServer) {
    let mut report = report();
    report.as_object_mut().expect("an object").remove("position");
    let citizen = sent(&server, &report).await;
    assert_eq!(citizen.receipt.json["placement"]["method"], "unplaced");
    assert_eq!(citizen.office(), DESK);
    assert!(citizen.look(&server).await.json["deadline"]["resolve_by"].is_string());
}

async fn a_place_by_name_needs_no_position(server: TestServer) {
    let mut report = report();
    report.as_object_mut().expect("an object").remove("position");
    report["place"] = json!({"commune": map::NORTH, "hint": "bản Nà Sự, cạnh cầu treo"});
    let citizen = sent(&server, &report).await;
    assert_eq!(citizen.receipt.json["placement"]["method"], "stated");
    assert_eq!(citizen.office(), map::office(map::NORTH));
    let desk = Desk::of_commune(&server, map::NORTH);
    let ticket = desk.ticket(&desk.id(&citizen.code).await).await.is(200);
    assert!(ticket.text.contains("bản Nà Sự, cạnh cầu treo"), "{}", ticket.text);
}

async fn communes_that_decide_nothing_are_named_in_warnings(server: TestServer) {
    let warned = |receipt: &Value, path: &str, code: &str| {
        let warnings = receipt["warnings"].as_array().expect("warnings");
        warnings.iter().any(|warning| warning["path"] == path && warning["code"] == code)
    };
    let mut by_name = report();
    by_name.as_object_mut().expect("an object").remove("position");
    by_name["place"] = json!({"commune": "99999"});
    let receipt = sent(&server, &by_name).await.receipt.json;
    assert_eq!(receipt["placement"]["method"], "unplaced");
    assert!(warned(&receipt, "place.commune", "unknown_commune"), "{receipt}");
    let mut far = report();
    for stated in [map::NORTH, "99999"] {
        far["stated_commune"] = json!(stated);
        let receipt = sent(&server, &far).await.receipt.json;
        assert_eq!(receipt["placement"]["commune"], map::CENTRE);
        assert!(warned(&receipt, "stated_commune", "stated_ignored"), "{receipt}");
    }
    far["stated_commune"] = json!(map::CENTRE);
    assert_eq!(sent(&server, &far).await.receipt.json["warnings"], json!([]));
}

async fn denunciations_are_told_where_the_law_sends_them(server: TestServer) {
    let mut report = report();
    for category in ELSEWHERE {
        report["category"] = json!(category);
        let answer = server.post("/api/v1/reports", &report).await.problem(422, "belongs_elsewhere");
        let guidance = &answer.json["guidance"];
        assert!(guidance["vi"].is_string() && guidance["en"].is_string(), "{}", answer.text);
    }
    for office in [map::office(map::CENTRE), DESK.to_owned()] {
        assert_eq!(Desk::of(&server, &office).queue("").await.json["items"], json!([]));
    }
}

async fn a_report_about_an_office_goes_above_it_unseen_below(server: TestServer) {
    let mut report = report();
    report["category"] = json!(ABOUT_AN_OFFICE);
    report["contact"] = json!({"phone": "0912345678"});
    report["share_contact"] = json!(true);
    let citizen: Citizen = sent(&server, &report).await;
    let below = Desk::of_commune(&server, map::CENTRE);
    assert_ne!(citizen.office(), below.office);
    assert!(below.find(&citizen.code).await.is_none());
    let above = Desk::of(&server, &citizen.office());
    let id = above.id(&citizen.code).await;
    below.ticket(&id).await.is(404);
    let back = above.act(&id, "transfer", &json!({"office": below.office, "reason": "Của xã"})).await;
    assert!(matches!(back.status, 409 | 422), "a report about an office was given to it: {}", back.text);
    let as_seen_below = server
        .send(server.request(Method::GET, &format!("/api/v1/reports/{}", citizen.code)).bearer_auth(&below.key))
        .await;
    assert!(!as_seen_below.text.contains("0912345678"), "{}", as_seen_below.text);
}

async fn a_report_about_an_office_is_given_to_no_commune(server: TestServer) {
    let about = |mut report: Value| {
        report["category"] = json!(ABOUT_AN_OFFICE);
        report
    };
    let unplaced = json!({"category": ABOUT_AN_OFFICE, "description": "Cán bộ gây khó"});
    for report in [unplaced, about(report_at(map::ABROAD)), about(report())] {
        let citizen = sent(&server, &report).await;
        let holder = Desk::of(&server, &citizen.office());
        let id = holder.id(&citizen.code).await;
        for code in [map::EAST, map::CENTRE] {
            let commune = Desk::of_commune(&server, code);
            let down = holder.act(&id, "transfer", &json!({"office": commune.office, "reason": "Của xã"})).await;
            assert_eq!((down.status, &down.json["code"]), (409, &json!("bad_target")), "{}", down.text);
            commune.ticket(&id).await.is(404);
        }
        let suggested = &holder.ticket(&id).await.json["suggested_office"]["id"];
        assert!(!suggested.to_string().contains("xa-"), "{suggested}");
    }
}

async fn a_report_at_the_desk_says_when_it_moves_and_whoever_sits_there_is_counted(server: TestServer) {
    let citizen = sent(&server, &report_at(map::ABROAD)).await;
    let told = citizen.look(&server).await;
    assert!(told.text.contains("sẽ tự chuyển tiếp trước"), "{}", told.text);
    let desk = Desk::of(&server, DESK);
    let id = desk.id(&citizen.code).await;
    let ticket = desk.does(&id, "accept", json!({})).await;
    assert!(ticket["default_at"].is_string(), "{ticket}");
    let accepted = ticket["history"].as_array().into_iter().flatten().find(|event| event["kind"] == "accepted");
    assert_eq!(accepted.map(|event| &event["actor"]["kind"]), Some(&json!("centre")), "{ticket}");
}

async fn a_provincial_matter_goes_to_its_department(server: TestServer) {
    let mut report = report();
    report["category"] = json!(PROVINCIAL);
    let citizen = sent(&server, &report).await;
    assert_ne!(citizen.office(), map::office(map::CENTRE));
    assert_eq!(citizen.receipt.json["placement"]["commune"], map::CENTRE);
    let desk = Desk::of(&server, &citizen.office());
    assert_eq!(word(&desk.find(&citizen.code).await.expect("it is in the department's queue")["status"]), "queued");
}
