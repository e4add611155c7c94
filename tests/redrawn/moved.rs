//! The maps of March and July 2026, which differ by 7.21 km². They lie in the folder that `IOC_TEST_DATA` names.

use std::{env, path::PathBuf};

use ioc::locate::{
    diff::{Change, diff},
    import::{self, Finding, Import},
};

/// From, to, square metres: measured with shapely on an equal-area projection. It names a tenth pair, 03370 to 03358 with
/// 5.9 m², which both communes claimed in March already: 03358 was one of the invalid polygons then.
const MOVED: [(&str, &str, f64); 9] = [
    ("03193", "03181", 4_272_290.2),
    ("03203", "03358", 1_511_132.0),
    ("03158", "03160", 705_445.0),
    ("03220", "03241", 321_788.2),
    ("03328", "03349", 246_002.2),
    ("03349", "03328", 143_766.8),
    ("03358", "03203", 3_698.5),
    ("03160", "03158", 2_789.3),
    ("03181", "03193", 373.2),
];

fn map(folder: &str) -> Option<Import> {
    let data = PathBuf::from(env::var_os("IOC_TEST_DATA")?);
    Some(import::read(&data.join(folder).join("communes.geojson")).unwrap())
}

#[test]
fn what_moved_in_dien_bien_from_march_to_july_2026_is_found_to_the_square_metre() {
    let (Some(march), Some(july)) = (map("dien-bien-2026-03"), map("dien-bien")) else { return };
    let diff = diff(&march.territories, &july.territories);
    let found: Vec<_> = diff.moved.iter().map(|moved| (moved.from.as_str(), moved.to.as_str(), moved.m2)).collect();
    assert_eq!(found.len(), MOVED.len(), "{found:?}");
    for ((from, to, m2), known) in found.iter().zip(MOVED) {
        assert_eq!((*from, *to), (known.0, known.1));
        assert!((m2 - known.2).abs() <= 0.01 * known.2, "{from} to {to}: {m2} instead of {}", known.2);
    }
    let sum: f64 = diff.moved.iter().map(|moved| moved.m2).sum();
    assert!((sum / 7.21e6 - 1.0).abs() < 0.01, "{sum}");
    assert!(diff.units.iter().all(|unit| unit.old.is_some() && unit.new.is_some()));
    assert_eq!(diff.units.iter().filter(|unit| unit.change == Change::Changed).count(), 10);
    assert!(diff.reused.is_empty() && diff.uncompared.is_empty(), "{:?}", diff.uncompared);
}

#[test]
fn of_129_communes_45_were_made_and_each_is_followed_by_one() {
    let (Some(before), Some(after)) = (map("dien-bien-2024"), map("dien-bien")) else { return };
    let diff = diff(&before.territories, &after.territories);
    assert_eq!(diff.successions().len(), 129);
    assert!(diff.uncompared.is_empty(), "{:?}", diff.uncompared);
}

#[test]
fn the_three_invalid_polygons_of_march_are_named() {
    let Some(march) = map("dien-bien-2026-03") else { return };
    let crossing = march.check().into_iter().filter_map(|finding| match finding {
        Finding::SelfCrossing { commune, .. } => Some(commune.to_string()),
        _ => None,
    });
    assert_eq!(crossing.collect::<Vec<_>>(), ["03352", "03356", "03358"]);
}
