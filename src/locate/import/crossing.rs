//! Edges that cross: a polygon's own, or those of two communes.

use std::{collections::BTreeMap, fmt};

use geo::{Coord, LineString};
use rstar::{AABB, RTree, RTreeObject};

use crate::{
    domain::ids::CommuneCode,
    locate::{Territory, part::exact},
};

/// Edges in one run.
const RUN: usize = 16;
/// Most pairs of edges that are looked at: five times what the whole country needs.
const MOST_PAIRS: u64 = 4_000_000_000;

/// Something odd about a set of boundaries that does not keep it from being used.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Edges of one commune meet where they should not; what an odd number of its rings surround belongs to it.
    SelfCrossing {
        /// Which commune.
        commune: CommuneCode,
        /// How many pairs of edges.
        crossings: usize,
        /// Where the first of them meet, roughly: longitude, latitude.
        near: (f64, f64),
    },
    /// Borders of two communes cross, so they overlap: what lies in both belongs to both.
    Overlap {
        /// The lower code.
        a: CommuneCode,
        /// The higher code.
        b: CommuneCode,
        /// How many pairs of edges.
        crossings: usize,
        /// Where the first of them meet, roughly: longitude, latitude.
        near: (f64, f64),
    },
    /// The check gave up: far more edges lie close together than in any real map.
    Unfinished,
}

impl Finding {
    /// The commune whose polygon is invalid.
    pub fn invalid(&self) -> Option<&CommuneCode> {
        match self {
            Self::SelfCrossing { commune, .. } => Some(commune),
            _ => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfCrossing { commune, crossings, near: (lon, lat) } => {
                write!(f, "{commune} meets itself {crossings} times, first near {lon:.6} {lat:.6}")
            }
            Self::Overlap { a, b, crossings, near: (lon, lat) } => {
                write!(f, "{a} and {b} overlap: their borders cross {crossings} times, first near {lon:.6} {lat:.6}")
            }
            Self::Unfinished => f.write_str("the check was given up: too many edges lie close together"),
        }
    }
}

struct Run<'a> {
    territory: usize,
    ring: usize,
    /// The number of its first edge in the ring, and how many the ring has.
    first: usize,
    of: usize,
    vertices: &'a [Coord],
    envelope: AABB<[f64; 2]>,
}

impl RTreeObject for Run<'_> {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

/// Finds edges of two communes, or of two rings, that cross in an inner point of both, and edges of one ring that meet at
/// all. Borders that only touch or run along one another are no finding.
pub(super) fn check(territories: &[Territory]) -> Vec<Finding> {
    let runs = RTree::bulk_load(runs(territories));
    let mut crossings: BTreeMap<(usize, usize), (usize, Coord)> = BTreeMap::new();
    let mut pairs = 0;
    for (a, b) in runs.intersection_candidates_with_other_tree(&runs) {
        let place = |run: &Run| (run.territory, run.ring, run.first);
        if place(a) > place(b) {
            continue;
        }
        pairs += (a.vertices.len() * b.vertices.len()) as u64;
        if pairs > MOST_PAIRS {
            break;
        }
        for (edge, _) in meetings(a, b) {
            let near = a.vertices[edge - a.first];
            let found = crossings.entry((a.territory, b.territory)).or_insert((0, near));
            found.0 += 1;
            if near.x_y() < found.1.x_y() {
                found.1 = near;
            }
        }
    }
    let code = |number: usize| territories[number].commune.code.clone();
    let found = crossings.into_iter().map(|((a, b), (crossings, near))| {
        let near = near.x_y();
        if a == b {
            Finding::SelfCrossing { commune: code(a), crossings, near }
        } else {
            Finding::Overlap { a: code(a), b: code(b), crossings, near }
        }
    });
    found.chain((pairs > MOST_PAIRS).then_some(Finding::Unfinished)).collect()
}

/// The edges of a closed ring that meet where they should not: their numbers, the lower one first.
pub(super) fn of_ring(ring: &LineString) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    cut(&mut runs, 0, 0, ring);
    let runs = RTree::bulk_load(runs);
    let pairs = runs.intersection_candidates_with_other_tree(&runs).filter(|(a, b)| a.first <= b.first);
    pairs.flat_map(|(a, b)| meetings(a, b)).collect()
}

/// The numbers of the edges of two runs that meet and may not.
fn meetings(a: &Run, b: &Run) -> Vec<(usize, usize)> {
    let mut meetings = Vec::new();
    let same_ring = a.ring == b.ring;
    for (i, e) in (a.first..).zip(a.vertices.windows(2)) {
        for (j, o) in (b.first..).zip(b.vertices.windows(2)) {
            let meet = match j {
                _ if !same_ring => cross(e[0], e[1], o[0], o[1]),
                _ if j <= i => false,
                _ if j == i + 1 => turns_back(e[0], e[1], o[1]),
                _ if i == 0 && j == a.of - 1 => turns_back(o[0], o[1], e[1]),
                _ => touch(e[0], e[1], o[0], o[1]),
            };
            if meet {
                meetings.push((i, j));
            }
        }
    }
    meetings
}

fn runs(territories: &[Territory]) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    for (territory, Territory { shape, .. }) in territories.iter().enumerate() {
        let rings = shape.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        for line in rings {
            let ring = runs.len();
            cut(&mut runs, territory, ring, line);
        }
    }
    runs
}

fn cut<'a>(runs: &mut Vec<Run<'a>>, territory: usize, ring: usize, line: &'a LineString) {
    let of = line.0.len().saturating_sub(1);
    for first in (0..of).step_by(RUN) {
        let vertices = &line.0[first..=(first + RUN).min(of)];
        let corners: Vec<[f64; 2]> = vertices.iter().map(|c| [c.x, c.y]).collect();
        let envelope = AABB::from_points(&corners);
        runs.push(Run { territory, ring, first, of, vertices, envelope });
    }
}

pub(super) fn side(from: Coord, to: Coord, point: Coord) -> f64 {
    robust::orient2d(exact(from), exact(to), exact(point))
}

/// Do the boxes of the two edges have no point in common?
pub(super) fn apart(a: Coord, b: Coord, c: Coord, d: Coord) -> bool {
    let apart = |p: f64, q: f64, r: f64, s: f64| p.max(q) < r.min(s) || r.max(s) < p.min(q);
    apart(a.x, b.x, c.x, d.x) || apart(a.y, b.y, c.y, d.y)
}

/// Do the edges meet in a point that is an end of neither?
fn cross(a: Coord, b: Coord, c: Coord, d: Coord) -> bool {
    let opposite = |one: f64, other: f64| (one > 0.0 && other < 0.0) || (one < 0.0 && other > 0.0);
    !apart(a, b, c, d) && opposite(side(a, b, c), side(a, b, d)) && opposite(side(c, d, a), side(c, d, b))
}

/// Do the edges have any point in common?
fn touch(a: Coord, b: Coord, c: Coord, d: Coord) -> bool {
    let on_one_side = |one: f64, other: f64| (one > 0.0 && other > 0.0) || (one < 0.0 && other < 0.0);
    !apart(a, b, c, d) && !on_one_side(side(a, b, c), side(a, b, d)) && !on_one_side(side(c, d, a), side(c, d, b))
}

/// Does the ring go from `a` to `b` and straight back towards `a`?
pub(super) fn turns_back(a: Coord, b: Coord, c: Coord) -> bool {
    let forth = |from: f64, over: f64, to: f64| (over >= from && to >= over) || (over <= from && to <= over);
    side(a, b, c) == 0.0 && !(forth(a.x, b.x, c.x) && forth(a.y, b.y, c.y))
}
