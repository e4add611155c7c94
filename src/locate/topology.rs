//! Overlaps and gaps of a set of communes, with their areas: what the doctor tells of a map.
//!
//! Neighbours share their border digit for digit, so nearly every edge has its like in the opposite direction. What is
//! left without one (`seam`) is the outline of the land and the rim of everything that does not fit; only there
//! are polygons compared. It is found square by square, so that the boolean operations, which round to a grid over what they
//! are given, round to a tenth of a millimetre.

mod seam;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use geo::{BooleanOps, BoundingRect, Centroid, Coord, MultiPolygon, Polygon, Rect};

use rstar::RTree;
use serde::Serialize;

use super::{
    Territory,
    diff::{guarded, m2, meet},
};
use crate::domain::ids::CommuneCode;

/// Side of a square, degrees.
const SQUARE: f64 = 1.0;
/// So far around a square communes are looked at with it: no gap is as wide.
const MARGIN: f64 = 0.1;
/// Less than this is the rounding of the boolean operations, square metres.
const LEAST_M2: f64 = 1e-4;
/// Three communes have ground in common from here on, square metres.
const LEAST_TRIPLE_M2: f64 = 1.0;

/// Ground that belongs to two communes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overlap {
    /// The lower code.
    pub a: CommuneCode,
    /// The higher code.
    pub b: CommuneCode,
    /// In how many pieces.
    pub pieces: usize,
    /// Square metres of all pieces.
    pub m2: f64,
    /// The middle of the largest piece: longitude, latitude.
    pub at: (f64, f64),
}

/// Ground that belongs to three communes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Triple {
    /// Their codes, ascending.
    pub communes: [CommuneCode; 3],
    /// Square metres.
    pub m2: f64,
    /// The middle of the largest piece: longitude, latitude.
    pub at: (f64, f64),
}

/// A hole in the union of all communes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    /// Square metres.
    pub m2: f64,
    /// Its middle: longitude, latitude.
    pub at: (f64, f64),
    /// The communes around it, ascending.
    pub around: Vec<CommuneCode>,
}

/// What does not fit in a set of communes; each list largest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Topology {
    /// Ground of two communes.
    pub overlaps: Vec<Overlap>,
    /// Ground of three.
    pub triples: Vec<Triple>,
    /// Ground of none, surrounded by communes. What is open to the sea or to another country cannot be told.
    pub gaps: Vec<Gap>,
    /// Pairs that could not be compared, because the operation failed.
    pub uncompared: Vec<(CommuneCode, CommuneCode)>,
    /// Squares whose gaps could not be looked for, by their lower left corner.
    pub unseen: Vec<(f64, f64)>,
}

/// Compares all communes with all others, on every processor. Ascending codes are expected.
pub fn topology(territories: &[Territory]) -> Topology {
    let bounds: Vec<Option<Rect>> = territories.iter().map(|territory| territory.shape.bounding_rect()).collect();
    let squares = squares(&bounds);
    let seen = shared_out(&squares, |square| look(territories, &bounds, *square));
    let mut found = Topology::default();
    let mut pairs = BTreeSet::new();
    for (square, seen) in squares.iter().zip(seen) {
        pairs.extend(seen.pairs);
        match seen.gaps {
            Some(gaps) => found.gaps.extend(gaps),
            None => found.unseen.push(square.min().x_y()),
        }
    }
    let pairs: Vec<(usize, usize)> = pairs.into_iter().collect();
    let shared = shared_out(&pairs, |(a, b)| guarded(|| territories[*a].shape.intersection(&territories[*b].shape)));
    let code = |number: usize| territories[number].commune.code.clone();
    let mut common = BTreeMap::new();
    for ((a, b), shape) in pairs.into_iter().zip(shared) {
        let Some(shape) = shape else {
            found.uncompared.push((code(a), code(b)));
            continue;
        };
        let pieces = Pieces::of(shape);
        if let Some(at) = pieces.at {
            found.overlaps.push(Overlap { a: code(a), b: code(b), pieces: pieces.shape.0.len(), m2: pieces.m2, at });
            common.insert((a, b), pieces.shape);
        }
    }
    found.triples = triples(&common)
        .into_iter()
        .map(|(numbers, pieces)| Triple {
            communes: numbers.map(code),
            m2: pieces.m2,
            at: pieces.at.unwrap_or_default(),
        })
        .collect();
    found.overlaps.sort_by(|a, b| b.m2.total_cmp(&a.m2));
    found.triples.sort_by(|a, b| b.m2.total_cmp(&a.m2));
    found.gaps.sort_by(|a, b| b.m2.total_cmp(&a.m2));
    found
}

/// What two communes have in common, slivers below rounding left out.
struct Pieces {
    shape: MultiPolygon,
    m2: f64,
    at: Option<(f64, f64)>,
}

impl Pieces {
    fn of(shape: MultiPolygon) -> Self {
        let measured = shape.0.into_iter().map(|piece| MultiPolygon(vec![piece])).map(|piece| (m2(&piece), piece));
        let mut pieces: Vec<(f64, MultiPolygon)> = measured.filter(|(m2, _)| *m2 >= LEAST_M2).collect();
        pieces.sort_by(|a, b| b.0.total_cmp(&a.0));
        let at = pieces.first().and_then(|(_, piece)| piece.centroid()).map(geo::Point::x_y);
        let m2 = pieces.iter().map(|(m2, _)| m2).sum();
        Self { shape: MultiPolygon(pieces.into_iter().flat_map(|(_, piece)| piece.0).collect()), m2, at }
    }
}

/// Ground that three communes have in common, for every three of which each two have some.
fn triples(common: &BTreeMap<(usize, usize), MultiPolygon>) -> Vec<([usize; 3], Pieces)> {
    let mut found = Vec::new();
    for ((a, b), first) in common {
        for ((_, c), second) in common.range((*a, b + 1)..=(*a, usize::MAX)) {
            if !common.contains_key(&(*b, *c)) {
                continue;
            }
            let shape = guarded(|| first.intersection(second)).unwrap_or_else(|| MultiPolygon(vec![]));
            let pieces = Pieces::of(shape);
            if pieces.m2 >= LEAST_TRIPLE_M2 {
                found.push(([*a, *b, *c], pieces));
            }
        }
    }
    found
}

/// Squares of whole degrees that hold a corner of some commune's box, or lie between.
fn squares(bounds: &[Option<Rect>]) -> Vec<Rect> {
    let mut corners = BTreeSet::new();
    for bounds in bounds.iter().flatten() {
        let (low, high) = ((bounds.min() / SQUARE).x_y(), (bounds.max() / SQUARE).x_y());
        #[expect(clippy::cast_possible_truncation, reason = "degrees on Earth")]
        let whole = |degrees: f64| degrees.floor() as i32;
        for x in whole(low.0)..=whole(high.0) {
            corners.extend((whole(low.1)..=whole(high.1)).map(|y| (x, y)));
        }
    }
    let square = |(x, y): (i32, i32)| {
        let low = Coord { x: f64::from(x), y: f64::from(y) } * SQUARE;
        Rect::new(low, low + Coord { x: SQUARE, y: SQUARE })
    };
    corners.into_iter().map(square).collect()
}

/// What one square shows: pairs to compare, and its gaps unless the operation failed.
struct Seen {
    pairs: Vec<(usize, usize)>,
    gaps: Option<Vec<Gap>>,
}

fn look(territories: &[Territory], bounds: &[Option<Rect>], square: Rect) -> Seen {
    let margin = Coord { x: MARGIN, y: MARGIN };
    let around = Rect::new(square.min() - margin, square.max() + margin);
    let is_near = |number: &usize| bounds[*number].is_some_and(|bounds| meet(bounds, around));
    let members: Vec<usize> = (0..territories.len()).filter(is_near).collect();
    let seam = seam::seam(territories, &members);
    let tree = RTree::bulk_load(seam.clone());
    let pairs = seam::pairs(&tree, territories, &members, bounds);
    let rings = MultiPolygon(seam::rings(&seam).into_iter().map(|ring| Polygon::new(ring, vec![])).collect());
    let nothing = MultiPolygon::<f64>::new(vec![]);
    let land = guarded(|| rings.union_with_fill_rule(&nothing, geo::bool_ops::FillRule::Positive));
    let gaps = land.map(|land| {
        let holes = land.into_iter().flat_map(|polygon| polygon.into_inner().1);
        let here = holes.filter(|hole| {
            hole.0.iter().min_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))).is_some_and(|corner| {
                corner.x >= square.min().x
                    && corner.x < square.max().x
                    && corner.y >= square.min().y
                    && corner.y < square.max().y
            })
        });
        let gap = |hole: geo::LineString| {
            let around = seam::beside(&tree, &hole);
            let shape = MultiPolygon(vec![Polygon::new(hole, vec![])]);
            let middle = shape.centroid().map(geo::Point::x_y).unwrap_or_default();
            let codes = around.into_iter().map(|number| territories[number].commune.code.clone());
            Gap { m2: m2(&shape), at: middle, around: codes.collect() }
        };
        here.map(gap).filter(|gap| gap.m2 >= LEAST_M2).collect()
    });
    Seen { pairs, gaps }
}

/// The work for each item, on every processor; answers in the order of the items.
fn shared_out<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, R>> = Mutex::new(BTreeMap::new());
    let hands = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(items.len());
    thread::scope(|scope| {
        for _ in 0..hands {
            scope.spawn(|| {
                while let Some((place, item)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|place| Some((place, items.get(place)?)))
                {
                    let answer = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(place, answer);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}
