//! A placement by the contract's rule.
//!
//! *Without an accuracy* the point is where it says: the commune that covers it, strictly inside before on the border,
//! then the lowest code; where none covers, the nearest within the snap distance; else outside.
//!
//! *With an accuracy* the truth is spread around the point as a two-dimensional normal distribution, and a commune's
//! probability is that of the rule above giving it for the truth; so the probabilities sum to 1, a gap or a strip
//! within the snap distance counts for the nearest commune, and only what lies farther off counts as outside. The
//! likeliest is chosen.
//!
//! Every candidate has its distance to the border that would have to be crossed. For "outside" that is the nearest
//! border where the point is outside, else the nearest place outside that was met.

use std::collections::BTreeMap;

use geo::Coord;

use super::{
    Atlas, Policy,
    atlas::coord,
    border::Reach,
    metric::{Metric, geodesic_m},
    part::Side,
    scatter,
};
use crate::domain::{
    ids::CommuneCode,
    placement::{Candidate, Method, Placement},
    position::{Fix, Position, Source},
};

/// Farthest that a commune may be to be a candidate of a position without accuracy, metres.
const AROUND_M: f64 = 1_000.0;
/// What is less likely than this is no candidate.
const LEAST: f64 = 0.005;
/// The sender's own answer is taken from this probability on.
const LEAST_STATED: f64 = 0.01;
/// Most candidates of one placement.
const MOST: usize = 5;

/// A commune's number, or outside; its probability, if there is an accuracy.
type Guess = (Option<u32>, Option<f64>);

impl Atlas {
    /// A placement by the contract's rule, with the candidates and their distances. `stated` is the sender's own
    /// answer: taken if it is likely enough (1 %), or near enough (1 km) where there is no accuracy.
    pub fn place(&self, fix: &Fix, stated: Option<&CommuneCode>, policy: Policy) -> Placement {
        let at = coord(fix.position);
        let plain = self.choose(at, policy);
        let accuracy = fix.accuracy.filter(|_| fix.source != Source::Pin);
        let mut outside_m = None;
        let mut guesses = match accuracy {
            Some(accuracy) => self.spread(at, accuracy.sigma_m(), policy, plain, &mut outside_m),
            None => self.around(at, plain),
        };
        let stated = stated.and_then(|code| self.number(code)).and_then(|number| {
            guesses
                .iter()
                .copied()
                .find(|guess| guess.0 == Some(number) && guess.1.is_none_or(|probability| probability >= LEAST_STATED))
        });
        let chosen = stated.or_else(|| guesses.first().copied()).unwrap_or((plain, None));
        guesses.retain(|guess| *guess == chosen || guess.1.is_none_or(|probability| probability >= LEAST));
        if let Some(beyond) = guesses.iter().skip(MOST).position(|guess| *guess == chosen) {
            guesses.swap(MOST - 1, MOST + beyond);
        }
        guesses.truncate(MOST);
        let mut placement = self.described(fix.position, chosen, plain);
        placement.near_border = stated.is_none() && chosen.1.is_some_and(|probability| probability < policy.ask_below);
        if stated.is_some() {
            placement.method = Method::Stated;
        } else if placement.near_border && placement.commune.is_some() {
            placement.method = Method::Probable;
        }
        placement.candidates = self.candidates(at, &guesses, placement.nearest_m.or(outside_m));
        placement
    }

    /// A placement by the name of a commune; None where this map has no such commune.
    pub fn place_by_name(&self, commune: &CommuneCode) -> Option<Placement> {
        self.number(commune)?;
        let unplaced = Placement::unplaced(self.generation().clone());
        Some(Placement { commune: Some(commune.clone()), method: Method::Stated, ..unplaced })
    }

    /// Choice and covering set, candidates still missing.
    fn described(&self, position: Position, chosen: Guess, plain: Option<u32>) -> Placement {
        let cover = self.cover(position);
        let commune = chosen.0.map(|number| self.code(number));
        let method = match &commune {
            None => Method::Outside,
            Some(code) if cover.covering.contains(code) => Method::Covering,
            Some(_) if chosen.0 == plain => Method::Snapped,
            Some(_) => Method::Probable,
        };
        Placement {
            commune,
            method,
            probability: chosen.1,
            covering: cover.covering,
            nearest: cover.nearest,
            nearest_m: cover.nearest_m,
            ..Placement::unplaced(self.generation().clone())
        }
    }

    /// The rule without an accuracy.
    fn choose(&self, at: Coord, policy: Policy) -> Option<u32> {
        let sides = self.sides(at);
        let inside = sides.iter().find(|(_, side)| *side == Side::Inside);
        match inside.or(sides.first()) {
            Some((number, _)) => Some(*number),
            None => self.snapped(at, policy),
        }
    }

    fn snapped(&self, at: Coord, policy: Policy) -> Option<u32> {
        let near = self.borders(at, Reach::Within(policy.snap_m), |_| true);
        let least = near.first()?.1;
        let tied = near.iter().take_while(|(_, metres)| *metres <= least + super::atlas::TIE_M);
        tied.map(|(number, _)| *number).min()
    }

    /// The chosen one, the others that cover the point, then those around it, nearest first.
    fn around(&self, at: Coord, plain: Option<u32>) -> Vec<Guess> {
        let mut numbers = vec![plain];
        numbers.extend(self.sides(at).into_iter().map(|(number, _)| Some(number)));
        numbers.extend(self.borders(at, Reach::Within(AROUND_M), |_| true).into_iter().map(|near| Some(near.0)));
        if plain.is_none() {
            numbers.extend(self.borders(at, Reach::Nearest(0.0), |_| true).into_iter().map(|near| Some(near.0)));
        }
        let mut guesses: Vec<Guess> = Vec::new();
        for number in numbers {
            if !guesses.contains(&(number, None)) {
                guesses.push((number, None));
            }
        }
        guesses
    }

    /// Probabilities of all communes and of outside, likeliest first; equal ones: the plain choice, then by code.
    fn spread(
        &self,
        at: Coord,
        sigma: f64,
        policy: Policy,
        plain: Option<u32>,
        outside_m: &mut Option<f64>,
    ) -> Vec<Guess> {
        let mut reach = scatter::FARTHEST * sigma;
        if plain.is_none() {
            reach += policy.snap_m;
        }
        let near = self.borders(at, Reach::Within(reach), |_| true);
        if near.is_empty() {
            return vec![(plain, Some(1.0))];
        }
        let metric = Metric::at(at.y);
        let mut met: BTreeMap<Option<u32>, u32> = BTreeMap::new();
        for (east, north) in scatter::points() {
            let truth = metric.moved(at, east * sigma, north * sigma);
            let number = self.choose(truth, policy);
            *met.entry(number).or_default() += 1;
            if number.is_none() {
                let metres = geodesic_m(at, truth);
                *outside_m = Some(outside_m.map_or(metres, |least| least.min(metres)));
            }
        }
        let mut guesses: Vec<(Option<u32>, u32)> = met.into_iter().collect();
        guesses.sort_by_key(|(number, count)| (std::cmp::Reverse(*count), *number != plain, *number));
        guesses.into_iter().map(|(number, count)| (number, Some(f64::from(count) * scatter::weight()))).collect()
    }

    fn candidates(&self, at: Coord, guesses: &[Guess], outside_m: Option<f64>) -> Vec<Candidate> {
        let metres = |number: u32| {
            let own = self.borders(at, Reach::Nearest(0.0), |other| other == number);
            own.first().map_or(0.0, |(_, metres)| *metres)
        };
        let candidate = |(number, probability): &Guess| Candidate {
            commune: number.map(|number| self.code(number)),
            probability: *probability,
            distance_m: number.map_or(outside_m.unwrap_or(0.0), metres),
        };
        guesses.iter().map(candidate).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::position::Accuracy,
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
}
