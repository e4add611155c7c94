//! Whom to ask: for each probability below which a sender is asked, how many are asked and how many reports come to the
//! right commune.

use std::f64::consts::TAU;

use geo::{Destination, Geodesic, Point};
use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng};
use serde::Serialize;

use super::Points;
use crate::{
    domain::position::{Accuracy, Fix, Position, Source},
    locate::{Atlas, Policy, Territory, atlas::coord},
};

/// The thresholds of the curve; 0 asks nobody.
const THRESHOLDS: [f64; 12] = [0.0, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99];

/// What one threshold comes to; shares of all senders.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Asked {
    /// Who is less sure than this is asked.
    pub ask_below: f64,
    /// Senders who are asked.
    pub asked: f64,
    /// Reports that stand in the right queue before any answer: the same for every threshold.
    pub right_at_once: f64,
    /// Reports in the right queue when everybody who is asked has named the own commune, where it is offered.
    pub right_when_answered: f64,
}

/// What the map says of one phone's report.
struct Told {
    probability: f64,
    is_right: bool,
    is_offered: bool,
}

/// The curve for so many phones, each at a random place in a random commune.
pub fn asking(territories: &[Territory], senders: usize, seed: u64) -> Vec<Asked> {
    let mut sorted = territories.to_vec();
    sorted.sort_by(|a, b| a.commune.code.cmp(&b.commune.code));
    let atlas = Atlas::build("asking".parse().expect("a name of six letters is a generation's"), sorted.clone());
    let points = Points::draw(&sorted, &atlas, senders, seed);
    drop(sorted);
    let mut chance = ChaCha20Rng::seed_from_u64(seed);
    let told: Vec<Told> = points.inside.iter().filter_map(|truth| told(&atlas, *truth, &mut chance)).collect();
    let share = |is_so: &dyn Fn(&Told) -> bool| {
        #[expect(clippy::cast_precision_loss, reason = "senders are at most millions")]
        let share = told.iter().filter(|told| is_so(told)).count() as f64 / told.len().max(1) as f64;
        share
    };
    let asked = |ask_below: f64| Asked {
        ask_below,
        asked: share(&|told| told.probability < ask_below),
        right_at_once: share(&|told| told.is_right),
        right_when_answered: share(&|told| told.is_right || told.probability < ask_below && told.is_offered),
    };
    THRESHOLDS.into_iter().map(asked).collect()
}

fn told(atlas: &Atlas, truth: Position, chance: &mut ChaCha20Rng) -> Option<Told> {
    let own = atlas.plainly(truth, Policy::default()).0;
    let placement = atlas.place(&phone(truth, chance)?, None, Policy::default());
    Some(Told {
        probability: placement.probability.unwrap_or(1.0),
        is_right: placement.commune == own,
        is_offered: placement.candidates.iter().any(|candidate| candidate.commune == own),
    })
}

/// What a phone says, as on the played day: a radius of 5–200 m, log-normal around 18 m, that holds the truth in 68 of a
/// hundred cases, and six decimals.
fn phone(truth: Position, chance: &mut ChaCha20Rng) -> Option<Fix> {
    let mut rayleigh = || (-2.0 * (1.0 - chance.random::<f64>()).ln()).sqrt();
    let (off, spread) = (rayleigh(), rayleigh());
    let radius_m = (18.0 * (0.8 * spread * (TAU * chance.random::<f64>()).cos()).exp()).clamp(5.0, 200.0).round();
    let accuracy = Accuracy::new(radius_m, Accuracy::PHONE)?;
    let towards = chance.random_range(0.0..360.0);
    let at = Geodesic.destination(Point::from(coord(truth)), towards, off * accuracy.sigma_m());
    let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let position = Position::new(rounded(at.x()), rounded(at.y())).ok()?;
    Some(Fix { position, accuracy: Some(accuracy), source: Source::Gps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locate::fixtures::{square, territory};

    #[test]
    fn who_asks_more_is_told_more() {
        let squares = [
            territory("00001", square(103.0, 21.0, 103.01, 21.01)),
            territory("00002", square(103.01, 21.0, 103.02, 21.01)),
        ];
        let curve = asking(&squares, 4_000, 7);
        let nobody = curve[0];
        assert!(nobody.asked <= 0.0 && nobody.right_when_answered <= nobody.right_at_once, "{nobody:?}");
        assert!(curve.is_sorted_by(|a, b| a.asked <= b.asked && a.right_when_answered <= b.right_when_answered));
        let last = curve[curve.len() - 1];
        assert!(last.right_when_answered > last.right_at_once && last.right_when_answered > 0.99, "{last:?}");
    }
}
