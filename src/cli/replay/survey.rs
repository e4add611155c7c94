//! The replay's own geometry: which commune a true point lies in, how far a border is, where to draw points.
//!
//! Deliberately independent of the product's locating: even-odd ray casting over every ring, distances in a local
//! equirectangular plane (error below 0.1 % within 20 km).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use geo::Coord;

use super::{
    dice::Dice,
    province::{Ground, World},
};

/// Metres in one degree of latitude.
const DEGREE_M: f64 = 111_195.0;
/// How far from its border a point must lie to be beyond doubt, metres.
const DEEP_M: f64 = 600.0;
/// Draws before a search gives up.
const TRIES: usize = 20_000;

/// A world with the bounding boxes of its communes at hand.
#[derive(Debug)]
pub struct Survey<'a> {
    plots: Vec<Plot<'a>>,
}

#[derive(Debug)]
struct Plot<'a> {
    ground: &'a Ground,
    low: Coord<f64>,
    high: Coord<f64>,
}

/// A point beside a border between two communes.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'a> {
    /// The point, degrees.
    pub at: Coord<f64>,
    /// The commune that it lies in.
    pub ground: &'a Ground,
    /// The commune across the border.
    pub other: &'a Ground,
}

impl<'a> Survey<'a> {
    /// Measures the boxes; communes without a vertex are left out.
    pub fn of(world: &'a World) -> Self {
        Self::over(&world.boundaries)
    }

    /// The same of any communes.
    pub fn over(grounds: &'a [Ground]) -> Self {
        let plots = grounds.iter().filter(|ground| edges(ground).next().is_some()).map(Plot::of).collect();
        Self { plots }
    }

    /// The communes, in the order of the world.
    pub fn grounds(&self) -> impl Iterator<Item = &'a Ground> {
        self.plots.iter().map(|plot| plot.ground)
    }

    /// A commune drawn from all, each equally likely; None in an empty world.
    pub fn any(&self, dice: &Dice) -> Option<&'a Ground> {
        self.plots.get(dice.below(self.plots.len())).map(|plot| plot.ground)
    }

    /// The commune of that code.
    pub fn ground(&self, code: &str) -> Option<&'a Ground> {
        self.grounds().find(|ground| ground.code == code)
    }

    /// Every commune around `at`; which side a point exactly on a border falls to is left open.
    pub fn covering(&self, at: Coord<f64>) -> Vec<&'a Ground> {
        let near = self.plots.iter().filter(|plot| plot.gap_degrees(at) == 0.0);
        near.map(|plot| plot.ground).filter(|ground| covers(ground, at)).collect()
    }

    /// Metres from `at` to the nearest border of any commune.
    pub fn border_m(&self, at: Coord<f64>) -> f64 {
        let mut best = f64::INFINITY;
        for plot in &self.plots {
            // A degree of longitude is never longer than one of latitude, and in Vietnam at least 0.9 of it.
            if plot.gap_degrees(at) * DEGREE_M * 0.9 < best {
                best = best.min(border_m(plot.ground, at));
            }
        }
        best
    }

    /// A point uniform over `ground`, with every commune that covers it.
    pub fn within(&self, ground: &'a Ground, dice: &Dice) -> (Coord<f64>, Vec<&'a Ground>) {
        let at = self.plot(ground).map_or_else(|| first(ground), |plot| plot.inside(dice));
        let mut covering = self.covering(at);
        if covering.is_empty() {
            covering.push(ground);
        }
        (at, covering)
    }

    /// A point of `ground` beyond doubt: at least [`DEEP_M`] from its border, or the deepest of 64 draws.
    pub fn deep(&self, ground: &'a Ground, dice: &Dice) -> Coord<f64> {
        let Some(plot) = self.plot(ground) else { return first(ground) };
        let mut best = (f64::NEG_INFINITY, first(ground));
        for _ in 0..64 {
            let at = plot.inside(dice);
            let depth = border_m(ground, at);
            if depth > best.0 {
                best = (depth, at);
            }
            if depth >= DEEP_M {
                break;
            }
        }
        best.1
    }

    /// A point `low`–`high` metres from a border beyond which another commune lies; None where the search found none.
    pub fn beside_border(&self, dice: &Dice, (low, high): (f64, f64)) -> Option<Beside<'a>> {
        for _ in 0..TRIES {
            let ground = self.any(dice)?;
            let all: Vec<_> = edges(ground).collect();
            let (a, b) = *dice.pick(&all);
            let length = metres(a, b);
            // Long edges are drawn more often, so that places are spread over the border's length.
            if length == 0.0 || !dice.chance((length / 100.0).min(1.0)) {
                continue;
            }
            let (along, aside) = (dice.unit(), dice.between(low, high));
            let foot = Coord { x: a.x + (b.x - a.x) * along, y: a.y + (b.y - a.y) * along };
            let (dx, dy) = plane(a, b);
            let step = (-dy / length * aside, dx / length * aside);
            let (left, right) = (moved(foot, step.0, step.1), moved(foot, -step.0, -step.1));
            let (here, there) = if dice.chance(0.5) { (left, right) } else { (right, left) };
            if let ([home], [other]) = (self.covering(here).as_slice(), self.covering(there).as_slice())
                && home.code != other.code
                && (low..=high + 0.5).contains(&border_m(home, here))
            {
                return Some(Beside { at: here, ground: home, other });
            }
        }
        None
    }

    /// A point 1–20 km outside every commune; None where the search found none.
    pub fn beyond(&self, dice: &Dice) -> Option<Coord<f64>> {
        let low = self.plots.iter().map(|plot| plot.low).reduce(|a, b| Coord { x: a.x.min(b.x), y: a.y.min(b.y) })?;
        let high = self.plots.iter().map(|plot| plot.high).reduce(|a, b| Coord { x: a.x.max(b.x), y: a.y.max(b.y) })?;
        (0..TRIES)
            .map(|_| Coord { x: dice.between(low.x - 0.2, high.x + 0.2), y: dice.between(low.y - 0.2, high.y + 0.2) })
            .find(|at| self.covering(*at).is_empty() && (1_000.0..=20_000.0).contains(&self.border_m(*at)))
    }

    /// Every vertex where three communes meet or more, with them.
    pub fn corners(&self) -> Vec<(Coord<f64>, Vec<&'a Ground>)> {
        let mut meeting: BTreeMap<(u64, u64), Vec<&'a Ground>> = BTreeMap::new();
        for ground in self.grounds() {
            let own: BTreeSet<_> = edges(ground).map(|(a, _)| bits(a)).collect();
            for vertex in own {
                meeting.entry(vertex).or_default().push(ground);
            }
        }
        let corners = meeting.into_iter().filter(|(_, grounds)| grounds.len() > 2);
        corners.map(|((x, y), grounds)| (Coord { x: f64::from_bits(x), y: f64::from_bits(y) }, grounds)).collect()
    }

    /// The vertices of communes that `other` has not: where the map was re-drawn, if anywhere.
    pub fn vertices_beside(&self, other: &Survey<'_>) -> Vec<Coord<f64>> {
        let known: HashSet<_> = other.grounds().flat_map(edges).map(|(a, _)| bits(a)).collect();
        self.grounds().flat_map(edges).map(|(a, _)| a).filter(|a| !known.contains(&bits(*a))).collect()
    }

    fn plot(&self, ground: &Ground) -> Option<&Plot<'a>> {
        self.plots.iter().find(|plot| plot.ground.code == ground.code)
    }
}

impl<'a> Plot<'a> {
    fn of(ground: &'a Ground) -> Self {
        let start = first(ground);
        let (mut low, mut high) = (start, start);
        for (at, _) in edges(ground) {
            low = Coord { x: low.x.min(at.x), y: low.y.min(at.y) };
            high = Coord { x: high.x.max(at.x), y: high.y.max(at.y) };
        }
        Self { ground, low, high }
    }

    /// Degrees from `at` to the box, 0 inside: the larger of the two axes.
    fn gap_degrees(&self, at: Coord<f64>) -> f64 {
        let x = (self.low.x - at.x).max(at.x - self.high.x);
        let y = (self.low.y - at.y).max(at.y - self.high.y);
        x.max(y).max(0.0)
    }

    fn inside(&self, dice: &Dice) -> Coord<f64> {
        (0..TRIES)
            .map(|_| Coord { x: dice.between(self.low.x, self.high.x), y: dice.between(self.low.y, self.high.y) })
            .find(|at| covers(self.ground, *at))
            .unwrap_or_else(|| first(self.ground))
    }
}

/// Even-odd rule over all rings: holes and further parts need no case of their own.
pub fn covers(ground: &Ground, at: Coord<f64>) -> bool {
    let mut odd = false;
    for (a, b) in edges(ground) {
        if (a.y > at.y) != (b.y > at.y) && at.x < a.x + (at.y - a.y) / (b.y - a.y) * (b.x - a.x) {
            odd = !odd;
        }
    }
    odd
}

/// Metres from `at` to the nearest edge of `ground`.
pub fn border_m(ground: &Ground, at: Coord<f64>) -> f64 {
    edges(ground).map(|(a, b)| segment_m(at, a, b)).fold(f64::INFINITY, f64::min)
}

/// `from`, moved by metres east and north.
pub fn moved(from: Coord<f64>, east_m: f64, north_m: f64) -> Coord<f64> {
    let wide = DEGREE_M * from.y.to_radians().cos();
    Coord { x: from.x + east_m / wide, y: from.y + north_m / DEGREE_M }
}

fn edges(ground: &Ground) -> impl Iterator<Item = (Coord<f64>, Coord<f64>)> {
    let rings = ground.shape.0.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    rings.flat_map(|ring| ring.0.windows(2).map(|pair| (pair[0], pair[1])))
}

fn bits(at: Coord<f64>) -> (u64, u64) {
    (at.x.to_bits(), at.y.to_bits())
}

fn first(ground: &Ground) -> Coord<f64> {
    edges(ground).next().map_or(Coord { x: 0.0, y: 0.0 }, |(a, _)| a)
}

/// `b` as metres east and north of `a`.
fn plane(a: Coord<f64>, b: Coord<f64>) -> (f64, f64) {
    ((b.x - a.x) * DEGREE_M * a.y.to_radians().cos(), (b.y - a.y) * DEGREE_M)
}

/// Metres between two points near one another.
pub fn metres(a: Coord<f64>, b: Coord<f64>) -> f64 {
    let (x, y) = plane(a, b);
    x.hypot(y)
}

fn segment_m(at: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> f64 {
    let ((ax, ay), (bx, by)) = (plane(at, a), plane(at, b));
    let (dx, dy) = (bx - ax, by - ay);
    let square = dx * dx + dy * dy;
    let along = if square == 0.0 { 0.0 } else { (-(ax * dx + ay * dy) / square).clamp(0.0, 1.0) };
    (ax + along * dx).hypot(ay + along * dy)
}

#[cfg(test)]
mod tests {
    use geo::{LineString, MultiPolygon, Polygon};

    use super::*;

    fn square(x: f64, y: f64, side: f64) -> LineString<f64> {
        vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)].into()
    }

    fn ground(code: &str, parts: Vec<Polygon<f64>>) -> Ground {
        Ground { code: code.into(), name: code.into(), shape: MultiPolygon(parts) }
    }

    fn at(x: f64, y: f64) -> Coord<f64> {
        Coord { x, y }
    }

    #[test]
    fn a_hole_is_outside_and_an_island_in_it_is_inside() {
        let ring = Polygon::new(square(103.0, 21.0, 0.4), vec![square(103.1, 21.1, 0.2)]);
        let island = Polygon::new(square(103.15, 21.15, 0.1), vec![]);
        let plot = ground("00001", vec![ring, island]);
        assert!(covers(&plot, at(103.05, 21.05)));
        assert!(!covers(&plot, at(103.12, 21.12)));
        assert!(covers(&plot, at(103.2, 21.2)));
        assert!(!covers(&plot, at(103.5, 21.2)));
    }

    #[test]
    fn the_distance_to_a_border_is_in_metres() {
        let plot = ground("00001", vec![Polygon::new(square(103.0, 21.0, 0.1), vec![])]);
        let north = border_m(&plot, at(103.05, 21.099));
        assert!((north - 111.195).abs() < 0.5, "{north}");
        let moved = moved(at(103.05, 21.05), 300.0, -400.0);
        assert!((metres(at(103.05, 21.05), moved) - 500.0).abs() < 0.5);
    }

    #[test]
    fn every_drawn_place_is_where_it_is_said_to_be() {
        let world = World::synthetic();
        let (survey, dice) = (Survey::of(&world), Dice::seeded(5));
        for _ in 0..50 {
            let ground = survey.any(&dice).unwrap();
            let (inside, covering) = survey.within(ground, &dice);
            assert!(covers(ground, inside) && covering.iter().any(|one| one.code == ground.code));
            assert!(border_m(ground, survey.deep(ground, &dice)) >= DEEP_M);
            let beside = survey.beside_border(&dice, (20.0, 60.0)).unwrap();
            assert!(covers(beside.ground, beside.at));
            assert!((20.0..61.0).contains(&survey.border_m(beside.at)));
            let beyond = survey.beyond(&dice).unwrap();
            assert!(survey.covering(beyond).is_empty());
            assert!((1_000.0..=20_000.0).contains(&survey.border_m(beyond)));
        }
    }

    #[test]
    fn a_world_reads_back_what_it_writes() {
        let world = World::synthetic();
        let again = World::from_geojson(&world.to_geojson()).unwrap();
        assert_eq!(again.boundaries.len(), 45);
        assert_eq!(again.boundaries[0].code, "03127");
        assert_eq!(again.boundaries[44].shape, world.boundaries[44].shape);
    }
}
