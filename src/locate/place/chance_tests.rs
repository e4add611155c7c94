//! Probabilities against a million random truths, on a map whose rule can be written down here once more.

use geo::{Coord, Distance, Geodesic, Point};
use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng};

use super::*;
use crate::locate::fixtures::{atlas, square, territory};

/// West, south, east, north. The last is a sliver of about 40 m that lies over the two before.
const BOXES: [[f64; 4]; 4] = [
    [103.0, 21.0, 104.0, 21.5],
    [103.0, 21.5, 104.0, 22.0],
    [104.0, 21.0, 105.0, 22.0],
    [103.9999, 21.0, 104.000_29, 22.0],
];
const SAMPLES: usize = 1_000_000;
/// Half a hundredth.
const WITHIN: f64 = 0.005;

/// The rule in the words of this map: the lowest code that covers the truth, else the nearest within 200 m, of those
/// that are equally near to a hundredth of a metre the lowest.
fn chosen([lon, lat]: [f64; 2], metres: [f64; 2]) -> usize {
    if let Some(number) = BOXES.iter().position(|b| b[0] <= lon && lon <= b[2] && b[1] <= lat && lat <= b[3]) {
        return number;
    }
    let far = |b: &[f64; 4]| {
        let (dx, dy) = ((b[0] - lon).max(lon - b[2]).max(0.0), (b[1] - lat).max(lat - b[3]).max(0.0));
        ((dx * metres[0]).powi(2) + (dy * metres[1]).powi(2)).sqrt()
    };
    let least = BOXES.iter().map(far).fold(f64::INFINITY, f64::min);
    if least > 200.0 { 4 } else { BOXES.iter().position(|b| far(b) <= least + TIE_M).unwrap() }
}

/// Metres in a degree east and north, from geodesics of a hundredth of a degree.
fn metres(at: Coord) -> [f64; 2] {
    let to = |x: f64, y: f64| Geodesic.distance(Point::from(at), Point::new(at.x + x, at.y + y)) * 100.0;
    [to(0.01, 0.0), to(0.0, 0.01)]
}

#[test]
fn every_probability_is_within_half_a_hundredth_of_a_million_random_truths() {
    let map =
        atlas((0..).zip(BOXES).map(|(i, [w, s, e, n])| territory(&format!("0000{i}"), square(w, s, e, n))).collect());
    let mut chance = ChaCha20Rng::seed_from_u64(1);
    let truths: Vec<[f64; 2]> = (0..SAMPLES)
        .map(|_| {
            let radius = (-2.0 * (1.0 - chance.random::<f64>()).ln()).sqrt();
            let (sin, cos) = chance.random_range(0.0..std::f64::consts::TAU).sin_cos();
            [radius * cos, radius * sin]
        })
        .collect();
    let places = [
        ("a vertex", 103.9999, 21.5),
        ("a straight border from west to east", 103.5, 21.500_02),
        ("a straight border from south to north", 104.0004, 21.25),
        ("a sliver", 104.000_1, 21.75),
        ("the national border", 103.0003, 21.2),
        ("the northern border", 104.5, 21.9999),
        ("a corner of the nation", 103.0, 21.0),
        ("outside, near enough", 102.999, 21.5),
        ("outside", 103.5, 20.995),
    ];
    for (name, lon, lat) in places {
        let position = Position::new(lon, lat).unwrap();
        let metres = metres(coord(position));
        for radius_m in [5.0, 50.0, 400.0, 5_000.0] {
            let sigma = Accuracy { radius_m, confidence: Accuracy::PHONE }.sigma_m();
            let mut met = [0.0; 5];
            for [east, north] in &truths {
                met[chosen([lon + east * sigma / metres[0], lat + north * sigma / metres[1]], metres)] += 1e-6;
            }
            let told = map.probabilities(position, sigma, Policy::default());
            for (number, met) in (0_u32..).zip(met) {
                let told = told.get(&Some(number).filter(|number| *number < 4)).copied().unwrap_or_default();
                assert!((told - met).abs() <= WITHIN, "{name}, {radius_m} m, {number}: {told} instead of {met}");
            }
        }
    }
}
