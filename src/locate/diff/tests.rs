use super::{super::fixtures::*, *};

fn changes(diff: &Diff) -> Vec<(Change, Option<&str>, Option<&str>)> {
    let code = |unit: &Option<Commune>| unit.as_ref().map(|commune| commune.code.as_str().to_owned());
    let text = |code: Option<String>| code.map(|code| &*code.leak());
    diff.units.iter().map(|unit| (unit.change, text(code(&unit.old)), text(code(&unit.new)))).collect()
}

fn named(code: &str, name: &str, shape: MultiPolygon) -> Territory {
    let mut territory = territory(code, shape);
    territory.commune.name.vi = name.to_owned();
    territory
}

#[test]
fn a_square_of_a_hundredth_of_a_degree_has_the_area_of_the_ellipsoid() {
    let area = m2(&square(103.0, 21.0, 103.01, 21.01));
    let (east, north) = (103_965.0, 110_710.0);
    assert!((area / (east * north / 1e4) - 1.0).abs() < 1e-3, "{area}");
}

#[test]
fn a_strip_that_moved_is_named_with_its_area() {
    let old =
        [territory("00001", square(103.0, 21.0, 103.1, 21.1)), territory("00002", square(103.1, 21.0, 103.2, 21.1))];
    let new =
        [territory("00001", square(103.0, 21.0, 103.12, 21.1)), territory("00002", square(103.12, 21.0, 103.2, 21.1))];
    let diff = diff(&old, &new);
    let strip = m2(&square(103.1, 21.0, 103.12, 21.1));
    assert_eq!(diff.moved.len(), 1);
    let moved = &diff.moved[0];
    assert_eq!((moved.from.as_str(), moved.to.as_str()), ("00002", "00001"));
    assert!((moved.m2 / strip - 1.0).abs() < 1e-6, "{} {strip}", moved.m2);
    assert!(diff.units.iter().all(|unit| unit.change == Change::Changed));
    assert!(diff.reused.is_empty() && diff.uncompared.is_empty());
}

#[test]
fn an_overlap_on_both_maps_is_no_movement() {
    let map =
        [territory("00001", square(103.0, 21.0, 103.12, 21.1)), territory("00002", square(103.1, 21.0, 103.2, 21.1))];
    let diff = diff(&map, &map);
    assert!(diff.moved.is_empty());
    assert!(diff.units.iter().all(|unit| unit.change == Change::Same));
}

#[test]
fn a_code_used_for_other_ground_joins_nothing() {
    let old =
        [named("00001", "A", square(103.0, 21.0, 103.1, 21.1)), named("00002", "B", square(103.1, 21.0, 103.2, 21.1))];
    let new =
        [named("00001", "B", square(103.1, 21.0, 103.2, 21.1)), named("00003", "A", square(103.0, 21.0, 103.1, 21.1))];
    let diff = diff(&old, &new);
    assert_eq!(
        changes(&diff),
        [(Change::Renamed, Some("00002"), Some("00001")), (Change::Renamed, Some("00001"), Some("00003"))]
    );
    assert_eq!(diff.reused, ["00001".parse().unwrap()]);
    assert!(diff.moved.is_empty());
    let successions: Vec<(String, String)> =
        diff.successions().into_iter().map(|s| (s.old.to_string(), s.new.to_string())).collect();
    assert_eq!(successions, [("00001".into(), "00003".into()), ("00002".into(), "00001".into())]);
}

#[test]
fn of_three_merged_ones_each_is_followed_by_the_whole() {
    let strip = |x: f64| square(x, 21.0, x + 0.1, 21.1);
    let old = [territory("00001", strip(103.0)), territory("00002", strip(103.1)), territory("00003", strip(103.2))];
    let new = [named("00002", "whole", square(103.0, 21.0, 103.3, 21.1))];
    let diff = diff(&old, &new);
    assert_eq!(diff.units.iter().filter(|unit| unit.change == Change::Gone).count(), 3);
    assert_eq!(diff.reused, ["00002".parse().unwrap()]);
    assert!(diff.successions().iter().all(|s| s.new.as_str() == "00002" && !s.same));
    assert_eq!(diff.successions().len(), 3);
}
