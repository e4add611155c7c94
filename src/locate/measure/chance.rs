//! Are the probabilities of an inaccurate position right? Against a million random truths for each.

use std::{collections::BTreeMap, time::Instant};

use geo::{Destination, Geodesic, Point};
use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng};
use serde::Serialize;

use super::{Points, coord};
use crate::{
    domain::position::{Accuracy, Fix, Position, Source},
    locate::{Atlas, Policy, Territory, part::Side, reference::Reference},
};

/// Radii that hold 68 %, metres.
const RADII_M: [f64; 6] = [5.0, 20.0, 100.0, 500.0, 2_000.0, 5_000.0];

/// What was found for one radius.
#[derive(Debug, Clone, Serialize)]
pub struct Chances {
    /// Of 68 %, metres.
    pub radius_m: f64,
    /// Positions that were compared, half of them within 30 m of a border.
    pub places: usize,
    /// Random truths for each.
    pub samples: u32,
    /// The largest difference of a commune's probability, or of none's, in hundredths.
    pub worst_points: f64,
    /// Where that was, longitude and latitude.
    pub at: (f64, f64),
    /// Microseconds that placing takes, the median over more positions.
    pub median_us: f64,
}

/// Compares `places` positions at each radius, half of them at borders, and times `timed` of each kind.
pub fn chances(territories: &[Territory], places: usize, samples: u32, timed: usize, seed: u64) -> Vec<Chances> {
    let mut sorted = territories.to_vec();
    sorted.sort_by(|a, b| a.commune.code.cmp(&b.commune.code));
    let atlas = Atlas::build("chance".parse().expect("a name of six letters is a generation's"), sorted.clone());
    let reference = Reference::build(&sorted);
    let points = Points::draw(&sorted, &atlas, timed.max(places), seed);
    drop(sorted);
    let mut chance = ChaCha20Rng::seed_from_u64(seed);
    let radius = |radius_m: f64| {
        let mut found = Chances { radius_m, places, samples, worst_points: 0.0, at: (0.0, 0.0), median_us: f64::NAN };
        let both = points.beside.iter().zip(&points.inside).flat_map(|(a, b)| [*a, *b]);
        for position in both.take(places) {
            let (sigma, placed) = placed(&atlas, position, radius_m);
            let truths = truths(&atlas, &reference, position, sigma, samples, &mut chance);
            for number in placed.keys().chain(truths.keys()) {
                let of = |all: &BTreeMap<Option<u32>, f64>| all.get(number).copied().unwrap_or_default();
                let points = 100.0 * (of(&placed) - of(&truths)).abs();
                if points > found.worst_points {
                    (found.worst_points, found.at) = (points, (position.lon(), position.lat()));
                }
            }
        }
        let mut times: Vec<f64> = points
            .beside
            .iter()
            .zip(&points.inside)
            .flat_map(|(a, b)| [*a, *b])
            .take(timed)
            .map(|position| {
                let start = Instant::now();
                std::hint::black_box(atlas.place(&fix(position, radius_m), None, Policy::default()));
                start.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        times.sort_unstable_by(f64::total_cmp);
        found.median_us = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
        found
    };
    RADII_M.into_iter().map(radius).collect()
}

fn fix(position: Position, radius_m: f64) -> Fix {
    Fix { position, accuracy: Accuracy::new(radius_m, Accuracy::PHONE), source: Source::Gps }
}

fn placed(atlas: &Atlas, position: Position, radius_m: f64) -> (f64, BTreeMap<Option<u32>, f64>) {
    let sigma = Accuracy { radius_m, confidence: Accuracy::PHONE }.sigma_m();
    (sigma, atlas.probabilities(position, sigma, Policy::default()))
}

/// Truths drawn on the ellipsoid, each placed by the rule without an accuracy over the slow exact way.
fn truths(
    atlas: &Atlas,
    reference: &Reference,
    position: Position,
    sigma_m: f64,
    samples: u32,
    chance: &mut ChaCha20Rng,
) -> BTreeMap<Option<u32>, f64> {
    let mut met = BTreeMap::new();
    let from = Point::from(coord(position));
    for _ in 0..samples {
        let metres = sigma_m * (-2.0 * (1.0 - chance.random::<f64>()).ln()).sqrt();
        let at = Geodesic.destination(from, chance.random_range(0.0..360.0), metres).0;
        let sides = reference.sides(at);
        let inside = sides.iter().find(|(_, side)| *side == Side::Inside).or(sides.first());
        let number = inside.map(|(number, _)| *number).or_else(|| atlas.snapped(at, Policy::default()));
        *met.entry(number).or_insert(0.0) += 1.0 / f64::from(samples);
    }
    met
}
