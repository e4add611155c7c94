use super::*;
use crate::{
    domain::position::Position,
    locate::fixtures::{atlas, square, squares, territory},
};

fn fix(lon: f64, lat: f64, sigma_m: Option<f64>) -> Fix {
    // A radius of √(2 ln 2) σ holds half.
    let accuracy = sigma_m.and_then(|sigma| Accuracy::new(sigma * (2.0 * 2.0_f64.ln()).sqrt(), 0.5));
    Fix { position: Position::new(lon, lat).unwrap(), accuracy, source: Source::Gps }
}

fn code(text: &str) -> CommuneCode {
    text.parse().unwrap()
}

fn place(lon: f64, lat: f64, sigma_m: Option<f64>) -> Placement {
    squares().place(&fix(lon, lat, sigma_m), None, Policy::default())
}

/// About 10 m west and 10 m east of 104° E.
const WEST: f64 = 104.0 - 10.0 / 103_700.0;
const EAST: f64 = 104.0 + 10.0 / 103_700.0;

#[test]
fn inside_comes_before_the_border_and_then_the_lowest_code() {
    let on_border = place(104.0, 21.5, None);
    assert_eq!((on_border.commune, on_border.method), (Some(code("00001")), Method::Covering));
    assert_eq!(on_border.covering, [code("00001"), code("00002")]);
    let overlapping = atlas(vec![
        territory("00001", square(103.0, 21.0, 104.0, 22.0)),
        territory("00002", square(103.5, 21.0, 105.0, 22.0)),
    ]);
    let inside_both = overlapping.place(&fix(103.7, 21.5, None), None, Policy::default());
    assert_eq!(inside_both.commune, Some(code("00001")));
    let on_the_lower = overlapping.place(&fix(104.0, 21.5, None), None, Policy::default());
    assert_eq!(on_the_lower.commune, Some(code("00002")));
    assert_eq!(on_the_lower.covering, [code("00001"), code("00002")]);
    assert_eq!(on_the_lower.probability, None);
}

#[test]
fn what_none_covers_snaps_to_the_nearest_or_is_outside() {
    let near = place(103.5, 22.001, None);
    assert_eq!((near.commune, near.method), (Some(code("00001")), Method::Snapped));
    assert_eq!(near.nearest, [code("00001")]);
    assert!((near.nearest_m.unwrap() - 110.75).abs() < 0.1);
    let far = place(103.5, 22.01, None);
    assert_eq!((far.commune, far.method, far.near_border), (None, Method::Outside, false));
    let candidates: Vec<_> = far.candidates.iter().map(|c| c.commune.clone()).collect();
    assert_eq!(candidates, [None, Some(code("00001"))]);
    assert_eq!(far.nearest_m, Some(far.candidates[0].distance_m));
    let corner = place(104.0, 22.001, None);
    assert_eq!((corner.commune, corner.nearest), (Some(code("00001")), vec![code("00001"), code("00002")]));
}

#[test]
fn an_accuracy_gives_each_side_of_a_border_its_probability() {
    let placement = place(EAST, 21.5, Some(10.0));
    assert_eq!((placement.commune.clone(), placement.method), (Some(code("00002")), Method::Covering));
    // Φ(1)
    assert!((placement.probability.unwrap() - 0.841).abs() < 0.012, "{placement:?}");
    assert!(!placement.near_border);
    let sum: f64 = placement.candidates.iter().filter_map(|c| c.probability).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    assert!(placement.candidates.iter().all(|c| (c.distance_m - 10.0).abs() < 0.1));
    assert!(place(EAST, 21.5, Some(30.0)).near_border);
}

#[test]
fn far_from_every_border_the_probability_is_one() {
    let placement = place(103.5, 21.5, Some(20.0));
    assert_eq!((placement.probability, placement.candidates.len()), (Some(1.0), 1));
    let outside = place(103.5, 25.0, Some(20.0));
    assert_eq!((outside.method, outside.probability, outside.commune), (Method::Outside, Some(1.0), None));
    assert_eq!(outside.candidates.len(), 1);
}

#[test]
fn beside_the_frontier_the_truth_may_lie_beyond_the_snap_distance() {
    let placement = place(103.5, 22.0 + 190.0 / 110_750.0, Some(10.0));
    assert_eq!((placement.commune.clone(), placement.method), (Some(code("00001")), Method::Snapped));
    // Φ(1)
    assert!((placement.probability.unwrap() - 0.841).abs() < 0.012, "{placement:?}");
    assert_eq!(placement.candidates[1].commune, None);
}

#[test]
fn a_pin_is_exact() {
    let pin = Fix { source: Source::Pin, ..fix(EAST, 21.5, Some(30.0)) };
    let placement = squares().place(&pin, None, Policy::default());
    assert_eq!((placement.probability, placement.method), (None, Method::Covering));
}

#[test]
fn the_likelier_commune_wins_over_the_covering_one() {
    // A strip of 4 m between two squares.
    let strip = 4.0 / 103_700.0;
    let map = atlas(vec![
        territory("00001", square(103.0, 21.0, 104.0, 22.0)),
        territory("00002", square(104.0, 21.0, 104.0 + strip, 22.0)),
        territory("00003", square(104.0 + strip, 21.0, 105.0, 22.0)),
    ]);
    let placement = map.place(&fix(104.0 + strip / 4.0, 21.5, Some(20.0)), None, Policy::default());
    assert_eq!((placement.commune, placement.method), (Some(code("00001")), Method::Probable));
    assert_eq!(placement.covering, [code("00002")]);
    assert_eq!(placement.candidates.len(), 3);
}

#[test]
fn at_the_frontier_the_strip_within_the_snap_distance_counts_for_the_nearest() {
    let inside = place(103.5, 22.0 - 10.0 / 110_750.0, Some(40.0));
    assert_eq!(inside.probability, Some(1.0));
    let exact = Policy { snap_m: 0.0, ..Policy::default() };
    let without = squares().place(&fix(103.5, 22.0 - 10.0 / 110_750.0, Some(40.0)), None, exact);
    assert!((without.probability.unwrap() - 0.599).abs() < 0.012, "{without:?}");
    assert!(without.near_border);
    assert_eq!(without.candidates[1].commune, None);
    let likelier_outside = squares().place(&fix(103.5, 22.0 + 10.0 / 110_750.0, Some(40.0)), None, exact);
    assert_eq!((likelier_outside.method, likelier_outside.commune.clone()), (Method::Outside, None));
}

#[test]
fn the_sender_is_believed_within_reason() {
    let stated = code("00001");
    let map = squares();
    let near = map.place(&fix(EAST, 21.5, Some(10.0)), Some(&stated), Policy::default());
    assert_eq!((near.commune, near.method, near.near_border), (Some(code("00001")), Method::Stated, false));
    assert!((near.probability.unwrap() - 0.159).abs() < 0.012);
    assert_eq!(near.candidates[0].commune, Some(code("00002")));
    let too_far = map.place(&fix(104.5, 21.5, Some(10.0)), Some(&stated), Policy::default());
    assert_eq!(too_far.commune, Some(code("00002")));
    let exact = map.place(&fix(104.009, 21.5, None), Some(&stated), Policy::default());
    assert_eq!((exact.commune, exact.method), (Some(code("00001")), Method::Stated));
    let beyond = map.place(&fix(104.011, 21.5, None), Some(&stated), Policy::default());
    assert_eq!(beyond.commune, Some(code("00002")));
    let unknown = map.place(&fix(WEST, 21.5, Some(10.0)), Some(&code("09999")), Policy::default());
    assert_eq!(unknown.method, Method::Covering);
}

#[test]
fn a_name_is_a_placement_where_the_map_has_it() {
    let map = squares();
    let placement = map.place_by_name(&code("00002")).unwrap();
    assert_eq!((placement.commune, placement.method), (Some(code("00002")), Method::Stated));
    assert_eq!(map.place_by_name(&code("00003")), None);
}

/// A radius in metres that holds 68 %, as phones say it.
fn phone(lon: f64, lat: f64, radius_m: f64) -> Fix {
    Fix { accuracy: Accuracy::new(radius_m, Accuracy::PHONE), ..fix(lon, lat, None) }
}

#[test]
fn an_accuracy_above_five_kilometres_never_sends_a_covered_point_elsewhere() {
    let step = 0.05;
    // A strip of 1 km between two wide neighbours: the likeliest by far are the neighbours, then outside.
    let strip = 1_000.0 / 103_700.0;
    let map = atlas(vec![
        territory("00001", square(104.0 - step, 21.5 - step, 104.0, 21.5 + step)),
        territory("00002", square(104.0, 21.5 - step, 104.0 + strip, 21.5 + step)),
        territory("00003", square(104.0 + strip, 21.5 - step, 104.0 + step, 21.5 + step)),
    ]);
    for radius_m in [5_001.0, 8_000.0, 20_000.0, 100_000.0, 1e7] {
        let placement = map.place(&phone(104.0 + strip / 4.0, 21.5, radius_m), None, Policy::default());
        assert_eq!(
            (placement.commune.clone(), placement.method),
            (Some(code("00002")), Method::Covering),
            "{radius_m}"
        );
        assert!(placement.near_border, "{radius_m}");
        assert!(placement.candidates.iter().any(|candidate| candidate.commune == placement.commune), "{radius_m}");
        let stated = map.place(&phone(104.0 + strip / 4.0, 21.5, 8_000.0), Some(&code("00001")), Policy::default());
        assert_eq!((stated.commune, stated.method), (Some(code("00001")), Method::Stated));
    }
    let fine = map.place(&phone(104.0 + strip / 4.0, 21.5, 3_000.0), None, Policy::default());
    assert_eq!((fine.commune, fine.method), (Some(code("00001")), Method::Probable));
}

#[test]
fn outside_needs_more_than_half_where_a_commune_covers_the_point() {
    let exact = Policy { snap_m: 0.0, ..Policy::default() };
    let map = atlas(vec![
        territory("00001", square(103.0, 21.0, 104.0, 21.5)),
        territory("00002", square(103.0, 21.5, 104.0, 22.0)),
    ]);
    // 2 m inside of the eastern frontier, on the border of both: outside 0.48, each commune 0.26.
    let edge = map.place(&fix(104.0 - 2.0 / 103_700.0, 21.5, Some(40.0)), None, exact);
    assert_eq!(edge.candidates[0].commune, None, "outside is the likeliest: {edge:?}");
    assert!(edge.commune.is_some() && edge.near_border, "{edge:?}");
    assert!(edge.candidates[0].probability.unwrap() <= 0.5);
    let beyond = map.place(&fix(104.0 + 30.0 / 103_700.0, 21.5, Some(40.0)), None, exact);
    assert_eq!(beyond.method, Method::Outside);
}
