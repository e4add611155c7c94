use proptest::prelude::*;
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

use super::*;
use crate::domain::{
    clock::{DAY, MINUTE},
    position::{Accuracy, Source},
    report::Whereabouts,
};

const NOW: Timestamp = Timestamp(1_784_876_700_000_000);

fn try_as(behalf: bool, body: Value, photo_hashes: &[&str]) -> Result<Accepted, Vec<FieldError>> {
    let photo_hashes = photo_hashes.iter().map(ToString::to_string).collect();
    let sender = Sender { center: "test".parse().unwrap(), key: None, behalf, photos: vec![] };
    accept(&Submission { body, photo_hashes }, &sender, NOW, &Entropy::seeded(1))
}

fn try_body(body: Value) -> Result<Accepted, Vec<FieldError>> {
    try_as(false, body, &[])
}

fn with(fields: Value) -> Value {
    let mut body = json!({"category": "sat_lo", "description": "Sạt lở ở bản Ặ"});
    if let (Value::Object(body), Value::Object(fields)) = (&mut body, fields) {
        body.extend(fields);
    }
    body
}

fn accepted(fields: Value) -> Accepted {
    try_body(with(fields)).unwrap()
}

fn errors(fields: Value) -> Vec<(String, String)> {
    try_body(with(fields)).unwrap_err().into_iter().map(|error| (error.path, error.code)).collect()
}

fn warnings(accepted: &Accepted) -> Vec<(&str, &str)> {
    accepted.warnings.iter().map(|warning| (warning.path.as_str(), warning.code.as_str())).collect()
}

fn accuracy(accepted: &Accepted) -> Option<Accuracy> {
    match &accepted.report.whereabouts {
        Whereabouts::Fix(fix) => fix.accuracy,
        _ => None,
    }
}

fn pair(path: &str, code: &str) -> (String, String) {
    (path.to_owned(), code.to_owned())
}

#[test]
fn the_least_report_is_two_fields() {
    let accepted = accepted(json!({}));
    assert_eq!(accepted.report.whereabouts, Whereabouts::Unknown);
    assert_eq!((accepted.report.captured_at, accepted.report.seen_at, accepted.report.received_at), (None, NOW, NOW));
    assert!(accepted.warnings.is_empty() && accepted.contact.is_empty());
    assert_eq!(accepted.fingerprint.len(), 32);
}

#[test]
fn a_full_report_is_read_whole() {
    let body = with(json!({
        "position": {"lon": 103.023, "lat": 21.392, "accuracy_m": 12, "accuracy_confidence": 0.95, "source": "gps"},
        "stated_commune": "03127", "captured_at": "2026-07-24T07:00:00Z", "share_contact": true,
        "contact": {"name": "Lò Văn\nNọi", "phone": "0912 345 678", "email": "a@b.vn"},
        "on_behalf_of": {"name": "Vàng A Sùng"},
    }));
    let Accepted { report, contact, warnings, .. } = try_as(true, body, &[]).unwrap();
    assert!(matches!(report.whereabouts, Whereabouts::Fix(fix) if fix.source == Source::Gps
        && fix.accuracy == Some(Accuracy { radius_m: 12.0, confidence: 0.95 })));
    assert_eq!(report.captured_at.map(|at| at.to_string()).as_deref(), Some("2026-07-24T07:00:00Z"));
    assert_eq!(report.captured_at, Some(report.seen_at));
    assert!(report.share_contact && report.on_behalf && warnings.is_empty());
    assert_eq!(contact.name.as_ref().map(ToString::to_string).as_deref(), Some("Lò Văn Nọi"));
    let neighbour = contact.on_behalf_of.and_then(|neighbour| neighbour.name);
    assert_eq!(neighbour.map(|name| name.to_string()).as_deref(), Some("Vàng A Sùng"));
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let found = errors(json!({
        "category": "Sạt lở", "description": 5, "position": {"lon": "103.0", "source": "satellite"},
        "stated_commune": "3127", "captured_at": "yesterday", "contact": {"phone": 912}, "share_contact": "yes",
        "on_behalf_of": {"name": "x"},
    }));
    assert_eq!(
        found,
        [
            pair("category", "unknown_category"),
            pair("description", "wrong_type"),
            pair("position.lat", "missing"),
            pair("position.lon", "wrong_type"),
            pair("position.source", "wrong_value"),
            pair("stated_commune", "wrong_value"),
            pair("captured_at", "wrong_value"),
            pair("contact.phone", "wrong_type"),
            pair("on_behalf_of", "scope_required"),
            pair("share_contact", "wrong_type"),
        ]
    );
    let missing = try_body(json!({"category": null})).unwrap_err();
    assert_eq!(missing.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["category", "description"]);
}

#[test]
fn a_body_that_is_no_object_is_told_so() {
    for body in [json!([]), json!("report"), json!(null), json!(1)] {
        let errors = try_body(body).unwrap_err();
        assert_eq!((errors[0].path.as_str(), errors[0].code.as_str(), errors.len()), ("", "wrong_type", 1));
    }
}

#[test]
fn unknown_fields_are_ignored_and_named_wherever_they_are() {
    let accepted = accepted(json!({
        "mood": "angry", "position": {"lon": 103.0, "lat": 21.0, "altitude\n": 500}, "contact": {"zalo": "x"},
    }));
    let mut found = warnings(&accepted);
    found.sort_unstable();
    let expected = ["contact.zalo", "mood", "position.altitude"].map(|path| (path, "unknown_field"));
    assert_eq!(found, expected);
}

#[test]
fn a_thousand_unknown_fields_make_a_short_answer() {
    let fields: Map<String, Value> = (0..1_000).map(|n| (format!("x{n}").repeat(100), json!(n))).collect();
    let accepted = accepted(Value::Object(fields));
    assert_eq!(accepted.warnings.len(), 21);
    assert!(accepted.warnings.iter().all(|warning| warning.path.chars().count() <= 60));
}

#[test]
fn null_counts_as_absent_everywhere() {
    let accepted = accepted(json!({
        "position": null, "place": null, "stated_commune": null, "captured_at": null, "share_contact": null,
        "on_behalf_of": null, "contact": {"name": null, "phone": null, "email": "  "},
    }));
    assert_eq!(accepted.fingerprint, self::accepted(json!({})).fingerprint);
    assert!(accepted.warnings.is_empty());
}

#[test]
fn coordinates_that_are_no_position_are_refused_with_the_reason() {
    for (lon, lat, code) in [
        (json!(1e308), json!(21), "position_not_on_earth"),
        (json!(103), json!(-1e308), "position_not_on_earth"),
        (json!(103), json!(91), "position_not_on_earth"),
        (json!(21.392), json!(103.023), "position_swapped"),
        (json!(0), json!(0), "position_zero"),
        (json!(-0.0), json!(0.0), "position_zero"),
    ] {
        let found = errors(json!({"position": {"lon": lon, "lat": lat}}));
        assert_eq!(found, [pair("position", code)], "{lon} {lat}");
    }
    assert!(serde_json::from_str::<Value>(r#"{"lon": 1e999}"#).is_err(), "no infinity comes through JSON");
    assert!(serde_json::from_str::<Value>(r#"{"lon": NaN}"#).is_err());
}

#[test]
fn anything_else_on_earth_is_accepted() {
    for (lon, lat) in [("103.02300000000000001", "21.392"), ("-180", "-90"), ("2.35", "48.85"), ("103", "2.1e1")] {
        let position: Value = serde_json::from_str(&format!(r#"{{"lon": {lon}, "lat": {lat}}}"#)).unwrap();
        let accepted = accepted(json!({"position": position}));
        assert!(matches!(accepted.report.whereabouts, Whereabouts::Fix(_)), "{lon} {lat}");
    }
}

#[test]
fn an_accuracy_that_means_nothing_is_ignored_with_a_warning() {
    for wrong in [json!(0), json!(-5), json!("12 m"), json!([]), json!(true)] {
        let accepted = accepted(json!({"position": {"lon": 103, "lat": 21, "accuracy_m": wrong}}));
        assert_eq!(accuracy(&accepted), None);
        assert_eq!(warnings(&accepted), [("position.accuracy_m", "accuracy_ignored")], "{wrong}");
    }
}

#[test]
fn a_confidence_out_of_range_becomes_the_phones() {
    for wrong in [json!(0), json!(1), json!(68), json!("0.68"), json!(0.9999)] {
        let position = json!({"lon": 103, "lat": 21, "accuracy_m": 12, "accuracy_confidence": wrong});
        let accepted = accepted(json!({"position": position}));
        assert_eq!(accuracy(&accepted).map(|accuracy| accuracy.confidence), Some(0.68), "{wrong}");
        assert_eq!(warnings(&accepted), [("position.accuracy_confidence", "confidence_ignored")]);
    }
}

#[test]
fn a_moved_pin_drops_the_accuracy_in_silence() {
    let accepted = accepted(json!({"position": {"lon": 103, "lat": 21, "accuracy_m": -3, "source": "pin"}}));
    assert_eq!(accuracy(&accepted), None);
    assert!(accepted.warnings.is_empty());
}

#[test]
fn a_place_stands_in_for_a_position_and_yields_to_one() {
    let place = json!({"commune": "03127", "hint": "cầu treo bản Phủ"});
    let alone = accepted(json!({"place": place}));
    assert!(matches!(&alone.report.whereabouts, Whereabouts::Place { commune, hint: Some(_) }
        if commune.as_str() == "03127"));
    let both = accepted(json!({"place": place, "position": {"lon": 103, "lat": 21}}));
    assert!(matches!(both.report.whereabouts, Whereabouts::Fix(_)));
    assert_eq!(warnings(&both), [("place", "place_ignored")]);
    assert_eq!(errors(json!({"place": {"hint": "x"}})), [pair("place.commune", "missing")]);
    assert_eq!(errors(json!({"place": "Mường Nhé"})), [pair("place", "wrong_type")]);
}

#[test]
fn a_claimed_time_is_believed_for_thirty_days() {
    for (offset, believed, distrusted) in [
        (-30 * DAY, true, false),
        (-30 * DAY - 1, false, true),
        (0, true, false),
        (5 * MINUTE, false, false),
        (5 * MINUTE + 1, false, true),
        (-20_000 * DAY, false, true),
    ] {
        let claimed = NOW.plus(offset);
        let accepted = accepted(json!({"captured_at": claimed.to_string()}));
        assert_eq!(accepted.report.captured_at, Some(claimed), "kept as claimed: {offset}");
        assert_eq!(accepted.report.seen_at, if believed { claimed } else { NOW }, "{offset}");
        assert_eq!(warnings(&accepted).contains(&("captured_at", "captured_at_distrusted")), distrusted, "{offset}");
        assert_eq!(accepted.report.received_at, NOW);
    }
}

#[test]
fn hostile_texts_are_stored_safely_or_refused() {
    let described = |text: &str| try_body(json!({"category": "rac", "description": text}));
    let kept = |text: &str| described(text).unwrap().report.description.to_string();
    assert_eq!(kept("<script>alert(1)</script>"), "<script>alert(1)</script>");
    assert_eq!(kept("=cmd|' /C calc'!A0"), "=cmd|' /C calc'!A0");
    assert_eq!(kept("gi\u{202E}ả\u{1b}[31m"), "giả[31m");
    assert_eq!(kept(&"Đường hỏng ở Mường Nhé".nfd().collect::<String>()), "Đường hỏng ở Mường Nhé");
    for (text, code) in
        [("a\0b".to_owned(), "text_nul"), ("x".repeat(1 << 20), "text_too_long"), (" ".into(), "text_empty")]
    {
        assert_eq!(described(&text).unwrap_err()[0].code, code);
    }
    let forged = accepted(json!({"contact": {"name": "A\r\n2026-07-24 ERROR forged\u{2028}x", "phone": "a\tb"}}));
    let name = forged.contact.name.map(|name| name.to_string());
    assert_eq!(name.as_deref(), Some("A 2026-07-24 ERROR forged x"));
    assert_eq!(errors(json!({"contact": {"email": "a\0b"}})), [pair("contact.email", "text_nul")]);
}

#[test]
fn only_the_scope_lets_somebody_report_for_others() {
    let body = with(json!({"on_behalf_of": {}}));
    assert_eq!(try_body(body.clone()).unwrap_err()[0].code, "scope_required");
    let accepted = try_as(true, body, &[]).unwrap();
    assert!(accepted.report.on_behalf && accepted.contact.is_empty());
}

#[test]
fn the_same_meaning_written_otherwise_has_the_same_fingerprint() {
    let plain = r#"{"category":"sat_lo","description":"Sạt lở","position":{"lon":103,"lat":21.5,"accuracy_m":10},
        "captured_at":"2026-07-24T07:00:00Z"}"#;
    let nfd: String = "Sạt lở".nfd().collect();
    let other = format!(
        r#"{{ "captured_at": "2026-07-24T14:00:00+07:00", "new_in_2027": [1], "place": null,
        "position": {{"accuracy_confidence": 0.68, "lat": 2.15e1, "source": "gps", "lon": 103.0, "accuracy_m": 1e1}},
        "description": "  {nfd}\r\n", "category": "sat_lo", "share_contact": false, "contact": {{}} }}"#
    );
    let print = |text: &str| try_body(serde_json::from_str(text).unwrap()).unwrap().fingerprint;
    assert_eq!(print(plain), print(&other));
}

#[test]
fn neither_number_nor_id_nor_time_of_receipt_enters_the_fingerprint() {
    let body = with(json!({"captured_at": NOW.to_string()}));
    let sender = Sender { center: "test".parse().unwrap(), key: None, behalf: false, photos: vec![] };
    let submission = Submission { body, photo_hashes: vec![] };
    let first = accept(&submission, &sender, NOW, &Entropy::seeded(1)).unwrap();
    let later = accept(&submission, &sender, NOW.plus(59 * DAY), &Entropy::seeded(2)).unwrap();
    assert_eq!(first.fingerprint, later.fingerprint);
    assert_ne!((first.report.id, first.report.code), (later.report.id, later.report.code));
}

#[test]
fn a_fingerprint_outlives_an_upgrade() {
    let position = json!({"lon": 103.023, "lat": 21.392, "accuracy_m": 12});
    let print = accepted(json!({"position": position, "contact": {"phone": "0912 345 678"}})).fingerprint;
    let beginning = print.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    assert_eq!(beginning, Some(0x4f4f_2ebb_70fa_0d3c), "idempotency keys of 60 days compare it");
}

#[test]
fn another_meaning_has_another_fingerprint() {
    let position = |lon: f64| json!({"position": {"lon": lon, "lat": 21.0}});
    let variants = [
        with(json!({})),
        with(json!({"description": "Sạt lở ở bản A"})),
        with(json!({"category": "rac"})),
        with(position(103.0)),
        with(position(103.000_000_1)),
        with(json!({"position": {"lon": 103.0, "lat": 21.0, "accuracy_m": 5}})),
        with(json!({"position": {"lon": 103.0, "lat": 21.0, "source": "pin"}})),
        with(json!({"place": {"commune": "03127"}})),
        with(json!({"place": {"commune": "03127", "hint": "x"}})),
        with(json!({"stated_commune": "03127"})),
        with(json!({"captured_at": NOW.to_string()})),
        with(json!({"contact": {"name": "x"}})),
        with(json!({"contact": {"phone": "x"}})),
        with(json!({"on_behalf_of": {"name": "x"}})),
        with(json!({"on_behalf_of": {}})),
        with(json!({"share_contact": true})),
    ];
    let mut prints: Vec<_> = variants.into_iter().map(|body| try_as(true, body, &[]).unwrap().fingerprint).collect();
    for photos in [&["aa"][..], &["bb"], &["aa", "bb"], &["bb", "aa"]] {
        prints.push(try_as(false, with(json!({})), photos).unwrap().fingerprint);
    }
    let count = prints.len();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), count);
}

/// Any JSON, with the field names of a report strewn in.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("sat_lo")),
        Just(json!("2026-07-24T07:00:00Z")),
    ];
    let name = prop_oneof![
        prop::sample::select(vec![
            "category",
            "description",
            "position",
            "place",
            "stated_commune",
            "captured_at",
            "contact",
            "share_contact",
            "on_behalf_of",
            "lon",
            "lat",
            "accuracy_m",
            "accuracy_confidence",
            "source",
            "commune",
            "hint",
            "name",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    leaf.prop_recursive(3, 64, 12, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..12)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_it_panic_and_every_refusal_says_why(body in any_json()) {
        if let Err(errors) = try_as(true, body, &[]) {
            prop_assert!(!errors.is_empty());
        }
    }

    #[test]
    fn key_order_normal_form_and_extras_do_not_change_the_fingerprint(
        description in "\\PC{0,20}[a-zậễợđ]\\PC{0,20}",
        lon in 90.0..120.0_f64,
        lat in -5.0..5.0_f64,
        accuracy_m in prop::option::of(0.1..500.0_f64),
        extra in any_json(),
    ) {
        let nfd: String = description.nfd().collect();
        let body = json!({"category": "rac", "description": description,
            "position": {"lon": lon, "lat": lat, "accuracy_m": accuracy_m}});
        let accuracy = accuracy_m.map_or_else(String::new, |metres| format!(r#","accuracy_m":{metres}"#));
        let other = format!(
            r#"{{"zzz":{extra}, "position":{{"source":"gps","lat":{lat},"aaa":{extra},"lon":{lon}{accuracy}}},
            "description":{}, "category":"rac"}}"#, json!(nfd));
        let print = |body| try_body(body).map(|accepted| accepted.fingerprint);
        prop_assert_eq!(print(body), print(serde_json::from_str(&other).unwrap()));
    }
}
