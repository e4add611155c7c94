//! A ticket's life at an office, action by action.

use serde_json::{Value, json};

use crate::{
    desk::{Citizen, Desk, report, sent, word},
    support::{TestServer, map},
};

on_both_engines! {
    accept_start_resolve,
    a_change_without_if_match_is_428,
    a_stale_change_is_412_with_the_version,
    what_the_state_forbids_is_409,
    a_refusal_needs_its_reason,
    waiting_pauses_the_clock_until_the_reply,
    an_extension_needs_a_reason_and_moves_the_deadline,
    a_comment_moves_no_clock_and_internal_ones_stay_inside,
    a_duplicate_is_merged_into_the_first,
    a_duplicate_takes_the_place_of_a_main_ticket_that_is_taken_back,
    a_duplicates_sender_reads_the_answer_and_nothing_of_the_other_sender,
    a_duplicates_sender_is_told_the_refusal_and_comes_back_once,
    a_citizen_is_asked_twice_and_no_more,
    a_queue_without_a_status_holds_what_is_to_be_done,
    published_words_are_public,
    an_answer_carries_photos_of_the_office,
    the_queue_is_read_in_pages_and_by_state,
    an_unchanged_queue_is_304,
}

async fn open(server: &TestServer) -> (Citizen, Desk<'_>, String) {
    let citizen = sent(server, &report()).await;
    let desk = Desk::of_commune(server, map::CENTRE);
    let id = desk.id(&citizen.code).await;
    (citizen, desk, id)
}

fn kinds(ticket: &Value) -> Vec<&str> {
    ticket["history"].as_array().into_iter().flatten().filter_map(|event| event["kind"].as_str()).collect()
}

async fn accept_start_resolve(server: TestServer) {
    let (citizen, desk, id) = open(&server).await;
    assert_eq!(desk.does(&id, "accept", json!({"assignee": "Lường Văn Hặc"})).await["status"], "accepted");
    assert_eq!(desk.does(&id, "assign", json!({"to": "Quàng Thị Pâng"})).await["assignee"], "Quàng Thị Pâng");
    assert_eq!(desk.does(&id, "start", json!({})).await["status"], "in_progress");
    let ticket = desk.does(&id, "resolve", json!({"text": "Đã dọn xong đất đá", "photos": []})).await;
    assert_eq!(ticket["status"], "resolved");
    assert_eq!(kinds(&ticket), ["received", "assigned", "accepted", "handed", "started", "resolved"], "{ticket}");
    let seen = citizen.look(&server).await;
    assert_eq!(seen.json["status"], "resolved");
    assert!(seen.text.contains("Đã dọn xong đất đá"), "{}", seen.text);
}

async fn a_change_without_if_match_is_428(server: TestServer) {
    let (_, desk, id) = open(&server).await;
    let answer = server.send(desk.change(&id, "accept", &json!({}))).await.is(428);
    assert!(answer.json["code"].is_string(), "{}", answer.text);
}

async fn a_stale_change_is_412_with_the_version(server: TestServer) {
    let (_, desk, id) = open(&server).await;
    let stale = desk.ticket(&id).await.is(200).etag.expect("an ETag");
    let now = desk.does(&id, "accept", json!({})).await;
    let answer = server.send(desk.change(&id, "start", &json!({})).header("If-Match", stale)).await.is(412);
    assert_eq!(answer.json["version"], now["version"], "{}", answer.text);
}

async fn what_the_state_forbids_is_409(server: TestServer) {
    let (_, desk, id) = open(&server).await;
    assert!(desk.act(&id, "start", &json!({})).await.is(409).json["code"].is_string());
    desk.act(&id, "resolve", &json!({"text": "Xong"})).await.is(409);
    desk.does(&id, "accept", json!({})).await;
    desk.act(&id, "accept", &json!({})).await.is(409);
}

async fn a_refusal_needs_its_reason(server: TestServer) {
    let (citizen, desk, id) = open(&server).await;
    desk.act(&id, "refuse", &json!({"text": "Không"})).await.is(422);
    desk.act(&id, "refuse", &json!({"reason": "no_such_reason", "text": "Không"})).await.is(422);
    let refusal = json!({"reason": "cannot_verify", "text": "Đã đến nơi, không thấy", "photos": []});
    assert_eq!(desk.does(&id, "refuse", refusal).await["status"], "refused");
    assert!(citizen.look(&server).await.text.contains("Đã đến nơi, không thấy"));
}

async fn waiting_pauses_the_clock_until_the_reply(server: TestServer) {
    let (citizen, desk, id) = open(&server).await;
    desk.does(&id, "accept", json!({})).await;
    let waiting = desk.does(&id, "wait", json!({"question": "Ở cây số mấy?"})).await;
    assert_eq!(waiting["status"], "waiting_for_citizen");
    assert!(citizen.look(&server).await.text.contains("Ở cây số mấy?"));
    citizen.act(&server, "reply", &json!({"text": "Cây số 12"})).await.is(200);
    let back = desk.ticket(&id).await.is(200);
    assert_eq!(back.json["status"], "accepted");
    assert!(back.text.contains("Cây số 12"), "{}", back.text);
}

async fn an_extension_needs_a_reason_and_moves_the_deadline(server: TestServer) {
    let (_, desk, id) = open(&server).await;
    desk.does(&id, "accept", json!({})).await;
    desk.act(&id, "extend", &json!({"until": "2099-01-01T00:00:00Z"})).await.is(422);
    let past = desk.act(&id, "extend", &json!({"until": "2020-01-01T00:00:00Z", "reason": "Chờ xe"})).await;
    assert!(matches!(past.status, 409 | 422), "{}", past.text);
    let until = next_day(&word(&desk.ticket(&id).await.json["deadline"]["resolve_by"]));
    let ticket = desk.does(&id, "extend", json!({"until": until, "reason": "Chờ xe ủi từ tỉnh"})).await;
    assert_eq!(ticket["deadline"]["resolve_by"], until);
}

/// The moment a day later.
fn next_day(moment: &str) -> String {
    let at: ioc::domain::clock::Timestamp = moment.parse().expect("an RFC 3339 time");
    at.plus(ioc::domain::clock::DAY).to_string()
}

async fn a_comment_moves_no_clock_and_internal_ones_stay_inside(server: TestServer) {
    let (citizen, desk, id) = open(&server).await;
    let before = desk.ticket(&id).await.json["deadline"].clone();
    desk.does(&id, "comment", json!({"text": "Nhắc anh Hặc", "visibility": "internal"})).await;
    let ticket = desk.does(&id, "comment", json!({"text": "Chiều nay sẽ đến", "visibility": "citizen"})).await;
    assert_eq!((&ticket["status"], &ticket["deadline"]), (&json!("queued"), &before));
    let seen = citizen.look(&server).await.text;
    assert!(seen.contains("Chiều nay sẽ đến") && !seen.contains("Nhắc anh Hặc"), "{seen}");
}

async fn a_duplicate_is_merged_into_the_first(server: TestServer) {
    let (_, desk, first) = open(&server).await;
    let (second, _, duplicate) = open(&server).await;
    let ticket = desk.does(&duplicate, "merge", json!({"into": first})).await;
    assert_eq!(ticket["status"], "merged");
    assert_eq!(second.look(&server).await.json["status"], "merged");
    desk.act(&first, "merge", &json!({"into": first})).await;
    assert_eq!(desk.ticket(&first).await.json["status"], "queued", "a ticket is no duplicate of itself");
}

/// Two duplicates merged into a first report.
async fn three_in_one(server: &TestServer) -> (Citizen, [Citizen; 2], Desk<'_>, [String; 3]) {
    let (main, desk, first) = open(server).await;
    let (second, _, two) = open(server).await;
    let (third, _, three) = open(server).await;
    for id in [&two, &three] {
        desk.does(id, "merge", json!({"into": first})).await;
    }
    (main, [second, third], desk, [first, two, three])
}

async fn a_duplicate_takes_the_place_of_a_main_ticket_that_is_taken_back(server: TestServer) {
    let (main, [second, third], desk, [first, two, three]) = three_in_one(&server).await;
    main.act(&server, "withdraw", &json!({})).await.is(200);
    let heir = desk.ticket(&two).await.json;
    assert_eq!((&heir["status"], &heir["merged_into"], &heir["round"]), (&json!("queued"), &json!(null), &json!(1)));
    assert_eq!(heir["deadline"]["resolve_by"], second.receipt.json["deadline"]["resolve_by"]);
    assert_eq!(desk.ticket(&three).await.json["merged_into"], json!(two));
    assert_eq!(desk.ticket(&first).await.json["status"], "withdrawn");
    let told = third.look(&server).await.json;
    assert_eq!((&told["main"]["code"], &told["main"]["status"]), (&json!(second.code), &json!("queued")));
    desk.does(&two, "accept", json!({})).await;
}

async fn a_duplicates_sender_reads_the_answer_and_nothing_of_the_other_sender(server: TestServer) {
    let (main, [second, _], desk, [first, ..]) = three_in_one(&server).await;
    desk.does(&first, "accept", json!({})).await;
    main.act(&server, "reply", &json!({"text": "Lời riêng của người gửi đầu"})).await.is(200);
    assert_eq!(second.look(&server).await.json["main"]["status"], "accepted");
    desk.does(&first, "resolve", json!({"text": "Đã dọn sạch đất đá", "photos": []})).await;
    let told = second.look(&server).await;
    assert_eq!((&told.json["status"], &told.json["main"]["status"]), (&json!("merged"), &json!("resolved")));
    assert!(told.text.contains("Đã dọn sạch đất đá") && told.text.contains("xác nhận"), "{}", told.text);
    assert!(!told.text.contains("Lời riêng") && !told.text.contains(&main.secret), "{}", told.text);
}

async fn a_duplicates_sender_is_told_the_refusal_and_comes_back_once(server: TestServer) {
    let (_, [second, _], desk, [first, two, _]) = three_in_one(&server).await;
    second.act(&server, "reopen", &json!({"text": "Chỗ tôi vẫn còn"})).await.is(409);
    desk.does(&first, "refuse", json!({"reason": "cannot_verify", "text": "Không thấy hiện trường"})).await;
    let told = second.look(&server).await;
    assert!(told.text.contains("Không thấy hiện trường") && told.text.contains("không xác minh được"), "{}", told.text);
    assert_eq!(told.json["actions"], json!(["reopen"]));
    second.act(&server, "reopen", &json!({"text": "Chỗ tôi vẫn còn"})).await.is(200);
    let back = desk.ticket(&two).await.json;
    assert_eq!((&back["status"], &back["round"], &back["merged_into"]), (&json!("queued"), &json!(2), &json!(null)));
    second.act(&server, "reopen", &json!({"text": "Nữa"})).await.is(409);
}

async fn a_citizen_is_asked_twice_and_no_more(server: TestServer) {
    let (citizen, desk, id) = open(&server).await;
    for _ in 0..2 {
        desk.does(&id, "wait", json!({"question": "Ở đoạn nào?"})).await;
        citizen.act(&server, "reply", &json!({"text": "Gần cầu treo"})).await.is(200);
    }
    let refused = desk.act(&id, "wait", &json!({"question": "Lại hỏi nữa?"})).await.is(409);
    assert_eq!(refused.json["code"], "too_many_questions");
}

async fn a_queue_without_a_status_holds_what_is_to_be_done(server: TestServer) {
    let (citizen, desk, _) = open(&server).await;
    citizen.act(&server, "withdraw", &json!({})).await.is(200);
    let codes = |page: &serde_json::Value| page["items"].to_string().contains(&citizen.code);
    assert!(!codes(&desk.queue("").await.json));
    assert!(codes(&desk.queue("?status=all").await.json));
}

async fn published_words_are_public(server: TestServer) {
    let (citizen, desk, id) = open(&server).await;
    desk.act(&id, "publish", &json!({"text": "Chưa ai xem", "photos": []})).await.is(409);
    desk.does(&id, "accept", json!({})).await;
    desk.does(&id, "publish", json!({"text": "Sạt lở tại bản Him Lam", "photos": []})).await;
    let public = server.get(&format!("/api/v1/reports/{}", citizen.code)).await.is(200);
    assert!(public.text.contains("Sạt lở tại bản Him Lam"), "{}", public.text);
    assert!(!public.text.contains(crate::desk::PRIVATE), "{}", public.text);
}

async fn an_answer_carries_photos_of_the_office(server: TestServer) {
    let (_, desk, id) = open(&server).await;
    desk.does(&id, "accept", json!({})).await;
    let unknown = json!({"text": "Xong", "photos": ["01890000-0000-7000-8000-000000000000"]});
    desk.act(&id, "resolve", &unknown).await.is(422);
    assert_eq!(desk.ticket(&id).await.json["status"], "accepted");
}

async fn the_queue_is_read_in_pages_and_by_state(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    let mut codes = vec![];
    for _ in 0..5 {
        codes.push(sent(&server, &report()).await.code);
    }
    let taken = desk.id(&codes[0]).await;
    desk.does(&taken, "accept", json!({})).await;
    let (mut seen, mut query) = (vec![], "?limit=2".to_owned());
    for _ in 0..4 {
        let page = desk.queue(&query).await.json;
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        seen.extend(items.iter().filter_map(|item| item["code"].as_str()).map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&cursor={next}");
    }
    seen.sort();
    codes.sort();
    assert_eq!(seen, codes, "every ticket once");
    assert_eq!(desk.queue("?status=accepted").await.json["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.queue("?status=queued").await.json["items"].as_array().map(Vec::len), Some(4));
    let path = format!("/api/v1/offices/{}/tickets?status=no_such_state", desk.office);
    let odd = server.get_as(&desk.key, &path).await;
    assert!(matches!(odd.status, 400 | 422) && odd.json["code"].is_string(), "{}", odd.text);
}

async fn an_unchanged_queue_is_304(server: TestServer) {
    let (_, desk, id) = open(&server).await;
    let etag = desk.queue("").await.etag.expect("a queue has an ETag");
    let path = format!("/api/v1/offices/{}/tickets", desk.office);
    let again = || server.request(reqwest::Method::GET, &path).bearer_auth(&desk.key).header("If-None-Match", &etag);
    server.send(again()).await.is(304);
    desk.does(&id, "accept", json!({})).await;
    server.send(again()).await.is(200);
}
