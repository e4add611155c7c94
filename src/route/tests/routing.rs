use proptest::prelude::*;

use super::*;
use crate::domain::assignment::Reason;

/// Four rules over one another, and two that must not interfere.
fn layered() -> RuleBook {
    let mut book = starter_rules();
    book.rules.push(rule("xã này", None, Some("11001"), "so-y-te"));
    book.rules.push(rule("lĩnh vực này", Some("rac_thai"), None, "so-noi-vu"));
    book.rules.push(rule("cả hai", Some("rac_thai"), Some("11001"), "cong-an-tinh"));
    book.rules.push(rule("điện ở đây", Some("dien"), Some("11002"), "xa-11002"));
    book
}

#[test]
fn the_most_specific_rule_wins() {
    let routes = compile(layered(), directory()).unwrap();
    for (about, place, office, by) in [
        ("rac_thai", "11001", "cong-an-tinh", "cả hai"),
        ("nuoc_sach", "11001", "so-y-te", "xã này"),
        ("rac_thai", "11002", "so-noi-vu", "lĩnh vực này"),
        ("nuoc_sach", "11002", "xa-11002", "Cơ quan cấp xã nơi xảy ra"),
        ("dien", "11001", "so-cong-thuong", "Lưới điện"),
        ("dien", "11002", "xa-11002", "điện ở đây"),
        ("can_bo", "11001", "ubnd-tinh", "Cấp trên của cơ quan bị phản ánh"),
    ] {
        let (answer, name) = routes.office_for(&category(about), &code(place)).unwrap();
        assert_eq!((answer.id.as_str(), name), (office, by), "{about} in {place}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_order_of_the_file_means_nothing(rules in Just(layered().rules).prop_shuffle(), offices in Just(directory().offices).prop_shuffle()) {
        let ordered = compile(layered(), directory()).unwrap();
        let shuffled = compile(RuleBook { rules, ..layered() }, Directory { offices, ..directory() }).unwrap();
        for commune in communes() {
            let placement = placed(Some(commune.code.as_str()), Method::Covering);
            for category in &layered().categories {
                prop_assert_eq!(shuffled.assign(&category.code, &placement), ordered.assign(&category.code, &placement));
            }
        }
    }
}

#[test]
fn an_assignment_says_by_which_rule_of_which_version() {
    let answer = starter().assign(&category("sat_lo"), &placed(Some("11007"), Method::Covering));
    assert_eq!((answer.office.as_str(), answer.about, answer.reason), ("xa-11007", None, Reason::Rule));
    assert_eq!(answer.rule.as_deref(), Some("Cơ quan cấp xã nơi xảy ra"));
    assert_eq!((answer.rules_version, answer.offices_version), (3, 5));
}

#[test]
fn a_report_about_an_office_goes_above_it_and_names_it_hidden() {
    let routes = starter();
    let answer = routes.assign(&category("can_bo"), &placed(Some("11007"), Method::Stated));
    assert_eq!((answer.office, answer.about), (id("ubnd-tinh"), Some(id("xa-11007"))));
    assert_eq!(routes.about(&category("can_bo"), &code("11007")), Some(&id("xa-11007")));
    assert_eq!(routes.about(&category("sat_lo"), &code("11007")), None);
}

#[test]
fn nothing_is_lost_to_geography() {
    let routes = starter();
    let landslide = category("sat_lo");
    let mut other_map = placed(Some("11007"), Method::Covering);
    other_map.generation = "2024-01-01".parse().unwrap();
    for (about, placement, reason) in [
        (&landslide, placed(None, Method::Outside), Reason::Outside),
        (&landslide, placed(None, Method::Unplaced), Reason::Unplaced),
        (&landslide, placed(Some("12001"), Method::Covering), Reason::Outside),
        (&landslide, other_map, Reason::Unroutable),
        (&category("to_cao"), placed(Some("11007"), Method::Covering), Reason::Unroutable),
        (&category("chua_co"), placed(Some("11007"), Method::Covering), Reason::Unroutable),
        (&category("can_bo"), placed(None, Method::Outside), Reason::Outside),
    ] {
        let answer = routes.assign(about, &placement);
        assert_eq!((answer.office.as_str(), answer.reason, answer.rule), ("ban-tinh", reason, None));
    }
}

#[test]
fn communes_of_the_neighbours_are_not_served() {
    let both: Vec<Commune> = communes().into_iter().chain([commune(12_001, "12")]).collect();
    let made = starter_directory(&"11".parse().unwrap(), &"2026-07-25".parse().unwrap(), both.iter());
    assert_eq!(made, directory());
    let routes = Routes::compile(starter_rules(), made, both.iter(), Versions::default()).unwrap();
    assert!(routes.office_for(&category("sat_lo"), &code("12001")).is_none());
}

#[test]
fn an_explanation_names_every_rule_that_speaks_the_winner_first() {
    let routes = compile(layered(), directory()).unwrap();
    let lines = explain(&routes, &category("rac_thai"), &code("11001"));
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], "\"cả hai\", for rac_thai in 11001: office cong-an-tinh = cong-an-tinh (Công an tỉnh)");
    assert!(lines[1].starts_with("\"xã này\"") && lines[2].starts_with("\"lĩnh vực này\""));
    assert!(explain(&routes, &category("can_bo"), &code("11001"))[0].ends_with("hidden from xa-11001"));
    assert!(explain(&routes, &category("to_cao"), &code("11001"))[0].contains("25/2018/QH14"));
    assert!(explain(&routes, &category("dien"), &code("12001"))[0].contains("ban-tinh"));
}
