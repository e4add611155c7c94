//! A placement by the contract's rule.
//!
//! *Without an accuracy* the point is where it says: the commune that covers it, strictly inside before on the border,
//! then the lowest code; where none covers, the nearest within the snap distance; else outside.
//!
//! *With an accuracy* the truth is spread around the point as a two-dimensional normal distribution, and a commune's
//! probability is that of the rule above giving it for the truth; so the probabilities sum to 1, a gap or a strip
//! within the snap distance counts for the nearest commune, and only what lies farther off counts as outside. The
//! likeliest is chosen; where a commune covers the point, outside only with more than half of the probability.
//!
//! *Above 5 km* an accuracy is a mast or a network address and says nothing about communes: the one that covers the
//! point is chosen, however unlikely, and the sender is asked. Where none covers, the likeliest still is.
//!
//! Every candidate has its distance to the border that would have to be crossed. For "outside" that is the nearest
//! border where the point is outside, else the nearest place outside that was met.

use std::collections::BTreeMap;

use geo::Coord;

use super::{
    Atlas, Cover, Policy,
    atlas::{TIE_M, coord},
    border::Reach,
    metric::Metric,
    part::Side,
    scatter,
    spread::{MOST_SIGMA_M, Spread},
};
use crate::domain::{
    ids::CommuneCode,
    placement::{Candidate, Method, Placement},
    position::{Accuracy, Fix, Position, Source},
};

/// Farthest that a commune may be to be a candidate of a position without accuracy, metres.
const AROUND_M: f64 = 1_000.0;
/// What is less likely than this is no candidate.
const LEAST: f64 = 0.005;
/// The sender's own answer is taken from this probability on.
const LEAST_STATED: f64 = 0.01;
/// What is coarser than this does not choose between communes, metres.
const COARSE_M: f64 = 5_000.0;
/// Outside must be likelier than this where a commune covers the point.
const MOSTLY: f64 = 0.5;
/// Most candidates of one placement.
const MOST: usize = 5;

/// A commune's number, or outside; its probability, if there is an accuracy.
type Guess = (Option<u32>, Option<f64>);

/// What the map says around the point of a fix.
struct Ground {
    at: Coord,
    /// The communes that cover it.
    sides: Vec<(u32, Side)>,
    /// The choice without an accuracy.
    plain: Option<u32>,
    /// The borders within a kilometre, nearest first, metres.
    near: Vec<(u32, f64)>,
    /// Nothing else lies as far off as the truth may.
    is_alone: bool,
}

impl Ground {
    /// Which of the guesses, the likeliest first, is the answer.
    fn chosen(&self, guesses: &[Guess], is_coarse: bool) -> Guess {
        let is_covered = !self.sides.is_empty();
        let likeliest = match guesses.first() {
            _ if is_coarse && is_covered => guesses.iter().find(|guess| guess.0 == self.plain),
            Some((None, Some(probability))) if is_covered && *probability <= MOSTLY => {
                guesses.iter().find(|guess| guess.0.is_some())
            }
            first => first,
        };
        likeliest.copied().unwrap_or((self.plain, is_coarse.then_some(0.0)))
    }
}

impl Atlas {
    /// A placement by the contract's rule, with the candidates and their distances. `stated` is the sender's own
    /// answer: taken if it is likely enough (1 %), or near enough (1 km) where there is no accuracy.
    pub fn place(&self, fix: &Fix, stated: Option<&CommuneCode>, policy: Policy) -> Placement {
        let accuracy = fix.accuracy.filter(|_| fix.source != Source::Pin);
        let ground = self.ground(coord(fix.position), accuracy, policy);
        let cover = self.cover_by(&ground.sides, ground.at);
        let (mut guesses, outside_m) = match accuracy {
            Some(_) if ground.is_alone => (vec![(ground.plain, Some(1.0))], None),
            Some(accuracy) => self.spread(&ground, accuracy.sigma_m(), policy),
            None => (self.around(&ground, &cover.nearest), None),
        };
        let is_likely = |guess: &Guess| guess.1.is_none_or(|probability| probability >= LEAST_STATED);
        let stated = stated
            .and_then(|code| self.number(code))
            .and_then(|number| guesses.iter().copied().find(|guess| guess.0 == Some(number)).filter(is_likely));
        let is_coarse = accuracy.is_some_and(|accuracy| accuracy.radius_m > COARSE_M);
        let chosen = stated.unwrap_or_else(|| ground.chosen(&guesses, is_coarse));
        if !guesses.contains(&chosen) {
            guesses.push(chosen);
        }
        guesses.retain(|guess| *guess == chosen || guess.1.is_none_or(|probability| probability >= LEAST));
        if let Some(beyond) = guesses.iter().skip(MOST).position(|guess| *guess == chosen) {
            guesses.swap(MOST - 1, MOST + beyond);
        }
        guesses.truncate(MOST);
        let commune = chosen.0.map(|number| self.code(number));
        let is_to_ask = is_coarse && guesses.len() > 1;
        let is_unsure = chosen.1.is_some_and(|probability| probability < policy.ask_below);
        let method = match &commune {
            None => Method::Outside,
            Some(_) if stated.is_some() => Method::Stated,
            Some(_) if is_unsure && !is_coarse => Method::Probable,
            Some(code) if cover.covering.contains(code) => Method::Covering,
            Some(_) if chosen.0 == ground.plain => Method::Snapped,
            Some(_) => Method::Probable,
        };
        Placement {
            generation: self.generation().clone(),
            commune,
            method,
            probability: chosen.1,
            near_border: stated.is_none() && (is_unsure || is_to_ask),
            candidates: self.candidates(&ground, &guesses, cover.nearest_m.or(outside_m)),
            covering: cover.covering,
            nearest: cover.nearest,
            nearest_m: cover.nearest_m,
        }
    }

    /// The probability of each commune by its number, and of outside, where the truth is spread by `sigma` metres.
    pub(super) fn probabilities(&self, position: Position, sigma: f64, policy: Policy) -> BTreeMap<Option<u32>, f64> {
        let at = coord(position);
        let sides = self.sides(at);
        let ground = Ground { at, plain: self.choose(&sides, at, policy), sides, near: vec![], is_alone: false };
        let (guesses, _) = self.spread(&ground, sigma, policy);
        guesses.into_iter().map(|(number, probability)| (number, probability.unwrap_or_default())).collect()
    }

    /// A placement by the name of a commune; None where this map has no such commune.
    pub fn place_by_name(&self, commune: &CommuneCode) -> Option<Placement> {
        self.number(commune)?;
        let unplaced = Placement::unplaced(self.generation().clone());
        Some(Placement { commune: Some(commune.clone()), method: Method::Stated, ..unplaced })
    }

    /// The choice for a position without accuracy, and what it was made of; no candidates are looked for.
    pub(super) fn plainly(&self, position: Position, policy: Policy) -> (Option<CommuneCode>, Cover) {
        let at = coord(position);
        let sides = self.sides(at);
        if !sides.is_empty() {
            return (self.choose(&sides, at, policy).map(|number| self.code(number)), self.cover_by(&sides, at));
        }
        let near = self.nearest(at);
        let in_reach = near.iter().filter(|(_, metres)| *metres <= policy.snap_m);
        (in_reach.map(|(number, _)| *number).min().map(|number| self.code(number)), self.uncovered(near))
    }

    /// Looks as far as the truth may lie, and from outside of all communes as far again as a point is snapped.
    fn ground(&self, at: Coord, accuracy: Option<Accuracy>, policy: Policy) -> Ground {
        let sides = self.sides(at);
        let snap_m = if sides.is_empty() { policy.snap_m } else { 0.0 };
        let reach = accuracy.map_or(AROUND_M, |accuracy| scatter::FARTHEST * accuracy.sigma_m() + snap_m);
        let near = self.borders(at, Reach::Within(reach.min(AROUND_M)), |_| true);
        let is_beyond = || self.borders(at, Reach::Nearest(0.0), |_| true).first().is_none_or(|first| first.1 > reach);
        let is_alone = near.is_empty() && (reach <= AROUND_M || is_beyond());
        Ground { at, plain: self.choose(&sides, at, policy), sides, near, is_alone }
    }

    /// The rule without an accuracy.
    fn choose(&self, sides: &[(u32, Side)], at: Coord, policy: Policy) -> Option<u32> {
        let inside = sides.iter().find(|(_, side)| *side == Side::Inside);
        match inside.or(sides.first()) {
            Some((number, _)) => Some(*number),
            None => self.snapped(at, policy),
        }
    }

    pub(super) fn snapped(&self, at: Coord, policy: Policy) -> Option<u32> {
        let reach = Metric::at(at.y).moved(Coord::zero(), 1.01 * policy.snap_m, 1.01 * policy.snap_m);
        if !self.grid.is_bordered_around(at, reach) {
            return None;
        }
        let near = self.borders(at, Reach::Within(policy.snap_m), |_| true);
        let least = near.first()?.1;
        let tied = near.iter().take_while(|(_, metres)| *metres <= least + TIE_M);
        tied.map(|(number, _)| *number).min()
    }

    /// The chosen one, the others that cover the point, then those around it, nearest first.
    fn around(&self, ground: &Ground, nearest: &[CommuneCode]) -> Vec<Guess> {
        let covering = ground.sides.iter().map(|(number, _)| Some(*number));
        let near = ground.near.iter().map(|(number, _)| Some(*number));
        let nearest = nearest.iter().filter_map(|code| self.number(code)).map(Some);
        let mut guesses: Vec<Guess> = Vec::new();
        for number in std::iter::once(ground.plain).chain(covering).chain(near).chain(nearest) {
            if !guesses.contains(&(number, None)) {
                guesses.push((number, None));
            }
        }
        guesses
    }

    /// Probabilities of all communes and of outside, likeliest first (equal ones: the plain choice, then by code), and
    /// how near a place outside was met.
    fn spread(&self, ground: &Ground, sigma: f64, policy: Policy) -> (Vec<Guess>, Option<f64>) {
        let mut met: BTreeMap<Option<u32>, f64> = BTreeMap::new();
        let mut outside_m: Option<f64> = None;
        let mut meet = |truth: Coord, probability: f64| {
            let number = self.choose(&self.sides(truth), truth, policy);
            *met.entry(number).or_default() += probability;
            if number.is_none() {
                let metres = Metric::between(ground.at.y, truth.y).metres(ground.at, truth);
                outside_m = Some(outside_m.map_or(metres, |least| least.min(metres)));
            }
        };
        if sigma > MOST_SIGMA_M {
            let metric = Metric::at(ground.at.y);
            for (east, north) in scatter::points() {
                meet(metric.moved(ground.at, east * sigma, north * sigma), scatter::weight());
            }
        } else {
            let spread = Spread::around(&self.grid, ground.at, sigma);
            spread.points().for_each(|(truth, probability)| meet(truth, probability));
            for (number, probability) in spread.communes {
                *met.entry(Some(number)).or_default() += probability;
            }
        }
        let all: f64 = met.values().sum();
        let mut guesses: Vec<(Option<u32>, f64)> = met.into_iter().map(|(number, met)| (number, met / all)).collect();
        // What differs by less than the sums are off is equal.
        let rounded = |probability: f64| (probability * 1e5).round();
        guesses.sort_by(|a, b| {
            let order = rounded(b.1).total_cmp(&rounded(a.1));
            order.then_with(|| (a.0 != ground.plain, a.0).cmp(&(b.0 != ground.plain, b.0)))
        });
        (guesses.into_iter().map(|(number, probability)| (number, Some(probability))).collect(), outside_m)
    }

    fn candidates(&self, ground: &Ground, guesses: &[Guess], outside_m: Option<f64>) -> Vec<Candidate> {
        let known = |number: u32| ground.near.iter().find(|(near, _)| *near == number).map(|(_, metres)| *metres);
        let unknown: Vec<u32> =
            guesses.iter().filter_map(|(number, _)| *number).filter(|number| known(*number).is_none()).collect();
        let sought = match unknown.len() {
            0 => vec![],
            count => self.borders(ground.at, Reach::Each(count), |number| unknown.contains(&number)),
        };
        let found = |number: u32| sought.iter().find(|(other, _)| *other == number).map_or(0.0, |(_, metres)| *metres);
        let metres = |number: u32| known(number).unwrap_or_else(|| found(number));
        let candidate = |(number, probability): &Guess| Candidate {
            commune: number.map(|number| self.code(number)),
            probability: *probability,
            distance_m: number.map_or(outside_m.unwrap_or(0.0), metres),
        };
        guesses.iter().map(candidate).collect()
    }
}

#[cfg(test)]
mod chance_tests;
#[cfg(test)]
mod tests;
