//! The edges of communes that have no like in the opposite direction.

use std::collections::{BTreeSet, HashMap};

use geo::orient::{Direction, Orient};
use geo::{Contains, Coord, Distance, Euclidean, Line, LineString, Point, Polygon, Rect};
use rstar::{AABB, RTree, RTreeObject};

use super::super::Territory;

/// A border of a gap is this near to the edges that it was made of, degrees: a hundred times the rounding of the
/// boolean operations, about a centimetre.
const BESIDE: f64 = 1e-7;

/// A directed edge: its commune lies to the left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) from: Coord,
    pub(super) to: Coord,
    /// The number of its commune, and of the polygon in it.
    pub(super) owner: (usize, usize),
}

impl RTreeObject for Edge {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners([self.from.x, self.from.y], [self.to.x, self.to.y])
    }
}

type Key = [u64; 2];

fn key(at: Coord) -> Key {
    [at.x.to_bits(), at.y.to_bits()]
}

/// The edges of these communes that are left when every two that run along one another in opposite directions are taken
/// away. They make closed ways, and the ground to their left is covered once more than the ground to their right.
pub(super) fn seam(territories: &[Territory], members: &[usize]) -> Vec<Edge> {
    let mut edges: Vec<((Key, Key), bool, Edge)> = Vec::new();
    for number in members {
        for (part, polygon) in territories[*number].shape.iter().enumerate() {
            let polygon = polygon.orient(Direction::Default);
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                for pair in ring.0.windows(2) {
                    let (from, to) = (pair[0], pair[1]);
                    let forth = key(from) < key(to);
                    let name = if forth { (key(from), key(to)) } else { (key(to), key(from)) };
                    edges.push((name, forth, Edge { from, to, owner: (*number, part) }));
                }
            }
        }
    }
    edges.sort_unstable_by_key(|(name, forth, edge)| (*name, *forth, edge.owner));
    let mut left = Vec::new();
    for alike in edges.chunk_by(|one, other| one.0 == other.0) {
        let back = alike.partition_point(|(_, forth, _)| !forth);
        let (back, forth) = alike.split_at(back);
        let pairs = back.len().min(forth.len());
        left.extend(back[pairs..].iter().chain(&forth[pairs..]).map(|(_, _, edge)| *edge));
    }
    left
}

/// The closed ways that the edges make.
pub(super) fn rings(seam: &[Edge]) -> Vec<LineString> {
    let mut out: HashMap<Key, Vec<usize>> = HashMap::new();
    for (place, edge) in seam.iter().enumerate() {
        out.entry(key(edge.from)).or_default().push(place);
    }
    let mut rings = Vec::new();
    for edge in seam {
        while let Some(first) = out.get_mut(&key(edge.from)).and_then(Vec::pop) {
            let mut way = vec![seam[first].from, seam[first].to];
            while way.first() != way.last()
                && let Some(next) = way.last().and_then(|at| out.get_mut(&key(*at))).and_then(Vec::pop)
            {
                way.push(seam[next].to);
            }
            rings.push(LineString(way));
        }
    }
    rings
}

/// Communes that can have ground in common: edges of the seam come near one another, or a polygon without a neighbour
/// lies in another commune.
pub(super) fn pairs(
    tree: &RTree<Edge>,
    territories: &[Territory],
    members: &[usize],
    bounds: &[Option<Rect>],
) -> Vec<(usize, usize)> {
    let mut pairs = BTreeSet::new();
    for (one, other) in tree.intersection_candidates_with_other_tree(tree) {
        if one.owner.0 < other.owner.0 {
            pairs.insert((one.owner.0, other.owner.0));
        }
    }
    for number in members {
        let lone = |(part, polygon): &(usize, &Polygon)| {
            let owner = (*number, *part);
            let mut edges = polygon.exterior().0.windows(2).take(1);
            edges.any(|pair| is_left(tree, pair[0], owner))
        };
        for (_, polygon) in territories[*number].shape.iter().enumerate().filter(lone) {
            let Some(at) = polygon.exterior().0.first().map(|at| Point::from(*at)) else { continue };
            let is_in = |other: &&usize| {
                **other != *number
                    && bounds[**other].is_some_and(|bounds| bounds.contains(&at))
                    && territories[**other].shape.contains(&at)
            };
            pairs.extend(members.iter().filter(is_in).map(|other| (*number.min(other), *number.max(other))));
        }
    }
    pairs.into_iter().collect()
}

/// Whether an edge that starts or ends there was left over.
fn is_left(tree: &RTree<Edge>, at: Coord, owner: (usize, usize)) -> bool {
    let here = AABB::from_point([at.x, at.y]);
    tree.locate_in_envelope_intersecting(here).any(|edge| edge.owner == owner && (edge.from == at || edge.to == at))
}

/// The communes whose edges run along this ring, ascending.
pub(super) fn beside(tree: &RTree<Edge>, ring: &LineString) -> BTreeSet<usize> {
    let runs_along = |pair: &[Coord]| {
        let middle = (pair[0] + pair[1]) / 2.0;
        let near = AABB::from_corners([middle.x - BESIDE, middle.y - BESIDE], [middle.x + BESIDE, middle.y + BESIDE]);
        let edges = tree.locate_in_envelope_intersecting(near);
        let near =
            edges.filter(|edge| Euclidean.distance(&Line::new(edge.from, edge.to), &Point::from(middle)) <= BESIDE);
        near.map(|edge| edge.owner.0).collect::<Vec<_>>()
    };
    ring.0.windows(2).flat_map(runs_along).collect()
}
