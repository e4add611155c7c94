//! Text from people is stored safely or refused, never obeyed.

use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::{
    desk::{Desk, report, sent},
    support::{TestServer, map},
};

on_both_engines! {
    dangerous_text_comes_back_as_text,
    nul_and_emptiness_are_refused,
    vietnamese_is_kept_composed_and_without_overrides,
    four_thousand_characters_fit_and_one_more_does_not,
}

async fn dangerous_text_comes_back_as_text(server: TestServer) {
    let desk = Desk::of_commune(&server, map::CENTRE);
    for text in
        ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "a\nlevel=error msg=\"forged\"", "'; drop table report; --"]
    {
        let mut report = report();
        report["description"] = json!(text);
        let citizen = sent(&server, &report).await;
        let ticket = desk.ticket(&desk.id(&citizen.code).await).await.is(200);
        assert!(ticket.media_type.starts_with("application/json"), "{}", ticket.media_type);
        assert!(ticket.json.to_string().contains(&json!(text).to_string()), "{}", ticket.text);
    }
}

async fn nul_and_emptiness_are_refused(server: TestServer) {
    for (text, code) in [("a\0b", "text_nul"), ("", "text_empty"), (" \n\u{202E} ", "text_empty")] {
        let mut report = report();
        report["description"] = json!(text);
        let answer = server.post("/api/v1/reports", &report).await.problem(422, code);
        assert_eq!(answer.field(code), Some("description"), "{}", answer.text);
    }
}

async fn vietnamese_is_kept_composed_and_without_overrides(server: TestServer) {
    let mut report = report();
    report["description"] = json!(format!("\u{202E}{}", "Sạt lở đường bản Ặ".nfd().collect::<String>()));
    let citizen = sent(&server, &report).await;
    let seen = citizen.look(&server).await;
    assert!(seen.text.contains("Sạt lở đường bản Ặ") && !seen.text.contains('\u{202E}'), "{}", seen.text);
}

async fn four_thousand_characters_fit_and_one_more_does_not(server: TestServer) {
    let mut report = report();
    report["description"] = json!("ệ".repeat(4_000));
    sent(&server, &report).await;
    report["description"] = json!("ệ".repeat(4_001));
    server.post("/api/v1/reports", &report).await.problem(422, "text_too_long");
    report["description"] = json!("x".repeat(900_000));
    let answer = server.post("/api/v1/reports", &report).await;
    assert!(matches!(answer.status, 413 | 422), "{}", answer.text);
}
