//! The borders of all communes in short pieces under one R-tree: how far is it to whose border?

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BinaryHeap},
    ops::Range,
};

use geo::Coord;
use rstar::{AABB, ParentNode, RTree, RTreeNode, RTreeObject};

use super::metric::{Bound, Metric, geodesic_m};

/// Edges in one piece.
const EDGES_PER_PIECE: u32 = 16;

/// A run of consecutive edges of one ring, known by the number of its first vertex.
#[derive(Debug)]
pub(super) struct Piece {
    envelope: AABB<[f64; 2]>,
    first: u32,
    edges: u32,
    territory: u32,
}

impl RTreeObject for Piece {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

/// Cuts a closed ring into pieces.
pub(super) fn cut(territory: u32, vertices: &[Coord], ring: Range<u32>, pieces: &mut Vec<Piece>) {
    let last = ring.end - 1;
    for first in (ring.start..last).step_by(EDGES_PER_PIECE as usize) {
        let edges = EDGES_PER_PIECE.min(last - first);
        let run = &vertices[first as usize..=(first + edges) as usize];
        let mut envelope = AABB::from_point([run[0].x, run[0].y]);
        for vertex in run {
            rstar::Envelope::merge(&mut envelope, &AABB::from_point([vertex.x, vertex.y]));
        }
        pieces.push(Piece { envelope, first, edges, territory });
    }
}

/// How far to look.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    /// The nearest border, and those at most this many metres beyond it.
    Nearest(f64),
    /// Every border within this many metres.
    Within(f64),
}

/// Geodesic metres from `at` to the border of each territory in reach and wanted, nearest first, then by number.
pub(super) fn distances(
    pieces: &RTree<Piece>,
    vertices: &[Coord],
    at: Coord,
    reach: Reach,
    wanted: impl Fn(u32) -> bool,
) -> Vec<(u32, f64)> {
    let at = beside(pieces, at);
    let bound_to = Bound::from(at);
    let mut limit = match reach {
        Reach::Nearest(_) => f64::INFINITY,
        // The local metric may state a little more than the geodesic.
        Reach::Within(metres) => widened(metres),
    };
    let mut feet: BTreeMap<u32, (f64, Coord)> = BTreeMap::new();
    let mut open = BinaryHeap::new();
    open.extend(step(bound_to, pieces.root()));
    while let Some(Step { bound, node }) = open.pop() {
        if bound > limit {
            break;
        }
        for child in node.children() {
            match child {
                RTreeNode::Parent(parent) => open.extend(step(bound_to, parent).filter(|step| step.bound <= limit)),
                RTreeNode::Leaf(piece) if wanted(piece.territory) => {
                    if bound_to.to_box(piece.envelope.lower(), piece.envelope.upper()) > limit {
                        continue;
                    }
                    let (metres, foot) = nearest_on(piece, vertices, at);
                    if let Reach::Nearest(beyond) = reach {
                        limit = limit.min(widened(metres + beyond));
                    }
                    let known = feet.entry(piece.territory).or_insert((metres, foot));
                    if metres < known.0 {
                        *known = (metres, foot);
                    }
                }
                RTreeNode::Leaf(_) => {}
            }
        }
    }
    feet.retain(|_, (metres, _)| *metres <= limit);
    let mut found: Vec<(u32, f64)> = feet.into_iter().map(|(t, (_, foot))| (t, geodesic_m(at, foot))).collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let farthest = match reach {
        Reach::Nearest(beyond) => found.first().map_or(0.0, |first| first.1 + beyond),
        Reach::Within(metres) => metres,
    };
    found.retain(|(_, metres)| *metres <= farthest);
    found
}

/// Room for what the metric of the mean latitude and the geodesic differ by.
fn widened(metres: f64) -> f64 {
    metres * 1.0001 + 0.001
}

/// The same point, its longitude turned by full circles to the side of the map where it is nearest.
fn beside(pieces: &RTree<Piece>, at: Coord) -> Coord {
    let map = pieces.root().envelope();
    let turns = ((f64::midpoint(map.lower()[0], map.upper()[0]) - at.x) / 360.0).round();
    if turns.is_finite() { Coord { x: at.x + 360.0 * turns, y: at.y } } else { at }
}

fn nearest_on(piece: &Piece, vertices: &[Coord], at: Coord) -> (f64, Coord) {
    let run = &vertices[piece.first as usize..=(piece.first + piece.edges) as usize];
    let metric = Metric::between(at.y, f64::midpoint(piece.envelope.lower()[1], piece.envelope.upper()[1]));
    let mut best = (f64::INFINITY, run[0]);
    for edge in run.windows(2) {
        let rough = metric.foot(at, edge[0], edge[1]);
        // Edges may be kilometres long: what could be the nearest is measured again in the metric of its own foot.
        if metric.metres(at, rough) < best.0 * 1.01 {
            let foot = Metric::between(at.y, rough.y).foot(at, edge[0], edge[1]);
            let metres = Metric::between(at.y, foot.y).metres(at, foot);
            if metres < best.0 {
                best = (metres, foot);
            }
        }
    }
    best
}

/// An inner node that is still to be opened, nearest first.
struct Step<'a> {
    bound: f64,
    node: &'a ParentNode<Piece>,
}

fn step(bound_to: Bound, node: &ParentNode<Piece>) -> Option<Step<'_>> {
    let envelope = node.envelope();
    let bound = bound_to.to_box(envelope.lower(), envelope.upper());
    bound.is_finite().then_some(Step { bound, node })
}

impl Ord for Step<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound)
    }
}

impl PartialOrd for Step<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Step<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Step<'_> {}
