//! The borders of all communes, block by block of the grid, under one R-tree: how far is it to whose border?

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BinaryHeap},
};

use geo::Coord;
use rstar::{AABB, ParentNode, RTree, RTreeNode, RTreeObject};

use super::{
    grid::Grid,
    metric::{Bound, Metric, geodesic_m},
};

/// A block of the grid that has borders.
#[derive(Debug)]
pub(super) struct Block {
    /// Around its cells with borders.
    envelope: AABB<[f64; 2]>,
    number: u32,
    /// A bit for each cell with borders, line by line.
    lines: [u16; 16],
}

impl RTreeObject for Block {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

/// All blocks with borders.
pub(super) fn blocks(grid: &Grid) -> Vec<Block> {
    let block = |number| {
        let mut lines = [0; 16];
        for (line, first) in lines.iter_mut().zip((0..=u8::MAX).step_by(16)) {
            *line = (0..16).filter(|column| grid.has_edges(number, first + column)).fold(0, |bits, c| bits | 1 << c);
        }
        let columns = lines.iter().fold(0, |all, line| all | line);
        let with = |line: &u16| *line != 0;
        let (south, north) = (lines.iter().position(with)?, lines.iter().rposition(with)?);
        let cell = |line: usize, column: u32| (16 * line).to_le_bytes()[0] | column.to_le_bytes()[0];
        let (from, to) = (cell(south, columns.trailing_zeros()), cell(north, columns.ilog2()));
        let (lower, upper) = grid.bounds(number, from, to);
        Some(Block { envelope: AABB::from_corners(lower, upper), number, lines })
    };
    grid.bordered().filter_map(block).collect()
}

/// How far to look.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    /// The nearest border, and those at most this many metres beyond it.
    Nearest(f64),
    /// Every border within this many metres.
    Within(f64),
    /// The nearest border of each of so many wanted communes.
    Each(usize),
}

/// Geodesic metres from `at` to the border of each territory in reach and wanted, nearest first, then by number.
pub(super) fn distances(
    blocks: &RTree<Block>,
    grid: &Grid,
    at: Coord,
    reach: Reach,
    wanted: impl Fn(u32) -> bool,
) -> Vec<(u32, f64)> {
    let at = beside(blocks, at);
    let bound_to = Bound::from(at);
    let mut search = Search { grid, at, bound_to, reach, wanted, limit: f64::INFINITY, feet: BTreeMap::new() };
    if let Reach::Within(metres) = reach {
        // The local metric may state a little more than the geodesic.
        search.limit = widened(metres);
    }
    let mut open = BinaryHeap::new();
    open.extend(step(bound_to, What::Node(blocks.root())));
    while let Some(Step { bound, what }) = open.pop() {
        if bound > search.limit {
            break;
        }
        match what {
            What::Block(block) => search.block(block),
            What::Node(node) => {
                let children = node.children().iter().map(|child| match child {
                    RTreeNode::Parent(parent) => What::Node(parent),
                    RTreeNode::Leaf(block) => What::Block(block),
                });
                let limit = search.limit;
                open.extend(children.filter_map(|what| step(bound_to, what)).filter(|step| step.bound <= limit));
            }
        }
    }
    let Search { limit, mut feet, .. } = search;
    feet.retain(|_, (metres, _)| *metres <= limit);
    // Communes that share the nearest border have one foot.
    let mut last: Option<(Coord, f64)> = None;
    let mut geodesic = |foot: Coord| match last {
        Some((known, metres)) if known == foot => metres,
        _ => last.insert((foot, geodesic_m(at, foot))).1,
    };
    let mut found: Vec<(u32, f64)> = feet.into_iter().map(|(t, (_, foot))| (t, geodesic(foot))).collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let farthest = match reach {
        Reach::Nearest(beyond) => found.first().map_or(0.0, |first| first.1 + beyond),
        Reach::Within(metres) => metres,
        Reach::Each(_) => f64::INFINITY,
    };
    found.retain(|(_, metres)| *metres <= farthest);
    found
}

/// Room for what the metric of the mean latitude and the geodesic differ by.
fn widened(metres: f64) -> f64 {
    metres * 1.0001 + 0.001
}

/// The same point, its longitude turned by full circles to the side of the map where it is nearest.
fn beside(blocks: &RTree<Block>, at: Coord) -> Coord {
    let map = blocks.root().envelope();
    let turns = ((f64::midpoint(map.lower()[0], map.upper()[0]) - at.x) / 360.0).round();
    if turns.is_finite() { Coord { x: at.x + 360.0 * turns, y: at.y } } else { at }
}

/// The nearest places that were found so far.
struct Search<'a, F> {
    grid: &'a Grid,
    at: Coord,
    bound_to: Bound,
    reach: Reach,
    wanted: F,
    /// Metres beyond which nothing is in reach.
    limit: f64,
    feet: BTreeMap<u32, (f64, Coord)>,
}

impl<F: Fn(u32) -> bool> Search<'_, F> {
    fn is_in_reach(&self, (lower, upper): ([f64; 2], [f64; 2])) -> bool {
        self.bound_to.to_box(lower, upper) <= self.limit
    }

    /// Looks into the cells of a block, line by line and cell by cell from where the point is nearest.
    fn block(&mut self, block: &Block) {
        let ([west, south], [east, north]) = self.grid.bounds(block.number, 0, u8::MAX);
        let place = |from: f64, to: f64, at: f64| (16.0 * (at - from) / (to - from)).clamp(0.0, 15.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 15")]
        let (column, line) = (place(west, east, self.at.x) as u8, place(south, north, self.at.y) as u8);
        for line in outwards(line) {
            let bits = block.lines[usize::from(line)];
            let cell = |column: u32| 16 * line + column.to_le_bytes()[0];
            if bits == 0 {
                continue;
            }
            let (first, last) = (cell(bits.trailing_zeros()), cell(bits.ilog2()));
            if !self.is_in_reach(self.grid.bounds(block.number, first, last)) {
                continue;
            }
            for column in outwards(column).filter(|column| bits >> column & 1 == 1) {
                let cell = 16 * line + column;
                let bounds = self.grid.bounds(block.number, cell, cell);
                if self.is_in_reach(bounds) {
                    self.cell(block.number, cell, f64::midpoint(bounds.0[1], bounds.1[1]));
                }
            }
        }
    }

    fn cell(&mut self, block: u32, cell: u8, lat: f64) {
        let at = self.at;
        let metric = Metric::between(at.y, lat);
        let Self { grid, bound_to, reach, wanted, limit, feet, .. } = self;
        grid.edges(block, cell, |a, b, owners| {
            let least = bound_to.to_box([a.x.min(b.x), a.y.min(b.y)], [a.x.max(b.x), a.y.max(b.y)]);
            if least > *limit {
                return;
            }
            let mut measured = None;
            for owner in owners.filter(|owner| wanted(*owner)) {
                if feet.get(&owner).is_some_and(|known| least >= known.0) {
                    continue;
                }
                let (metres, foot) = *measured.get_or_insert_with(|| {
                    // Edges may be kilometres long: the foot is measured in the metric of its own latitude.
                    let rough = metric.foot(at, a, b);
                    let foot = Metric::between(at.y, rough.y).foot(at, a, b);
                    (Metric::between(at.y, foot.y).metres(at, foot), foot)
                });
                if let Reach::Nearest(beyond) = reach {
                    *limit = limit.min(widened(metres + *beyond));
                }
                let known = feet.entry(owner).or_insert((metres, foot));
                if metres < known.0 {
                    *known = (metres, foot);
                }
                if let Reach::Each(count) = reach
                    && feet.len() >= *count
                {
                    *limit = widened(feet.values().map(|(metres, _)| *metres).fold(0.0, f64::max));
                }
            }
        });
    }
}

/// 0 to 15, from one of them to both sides.
fn outwards(from: u8) -> impl Iterator<Item = u8> {
    let both = (0..16_u8).flat_map(move |away| [Some(from + away), from.checked_sub(away).filter(|_| away > 0)]);
    both.flatten().filter(|place| *place < 16)
}

/// What is still to be opened, nearest first.
struct Step<'a> {
    bound: f64,
    what: What<'a>,
}

enum What<'a> {
    Node(&'a ParentNode<Block>),
    Block(&'a Block),
}

fn step(bound_to: Bound, what: What<'_>) -> Option<Step<'_>> {
    let envelope = match what {
        What::Node(node) => node.envelope(),
        What::Block(block) => block.envelope,
    };
    let bound = bound_to.to_box(envelope.lower(), envelope.upper());
    bound.is_finite().then_some(Step { bound, what })
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

#[cfg(test)]
mod tests {
    use geo::CoordsIter;
    use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng};

    use super::*;
    use crate::locate::{
        Territory,
        fixtures::{area, atlas, square, territory},
    };

    fn slowly(territories: &[Territory], at: Coord) -> f64 {
        let lines = territories.iter().flat_map(|territory| {
            territory.shape.iter().flat_map(|polygon| polygon.exterior().lines().collect::<Vec<_>>())
        });
        let metres = lines.map(|line| {
            let rough = Metric::at(at.y).foot(at, line.start, line.end);
            geodesic_m(at, Metric::between(at.y, rough.y).foot(at, line.start, line.end))
        });
        metres.fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_nearest_border_is_that_of_the_slow_way_from_near_and_far() {
        let mut chance = ChaCha20Rng::seed_from_u64(3);
        let mut territories: Vec<Territory> = (0..9)
            .map(|place| {
                let (west, south) = (103.0 + f64::from(place % 3) * 0.35, 20.0 + f64::from(place / 3) * 0.3);
                let mut off = || chance.random_range(-0.02..0.02);
                let corners = [(0.0, 0.0), (0.13, 0.02), (0.21, 0.0), (0.2, 0.11), (0.2, 0.2), (0.02, 0.2)];
                let corners = corners.map(|(x, y)| (west + x + off(), south + y + off()));
                territory(&format!("{place:05}"), area(&corners))
            })
            .collect();
        territories.push(territory("00009", square(111.6, 16.5, 111.603, 16.502)));
        let map = atlas(territories.clone());
        assert!(territories.iter().all(|territory| territory.shape.coords_count() > 4));
        for nth in 0..3_000 {
            let spread = [0.1, 1.0, 5.0][nth % 3];
            let at = Coord {
                x: 103.5 + chance.random_range(-spread..spread),
                y: 20.4 + chance.random_range(-spread..spread),
            };
            let found = distances(&map.blocks, &map.grid, at, Reach::Nearest(0.01), |_| true);
            let expected = slowly(&territories, at);
            let told = found.first().expect("there are borders").1;
            assert!((told - expected).abs() <= 1e-6 * expected + 1e-6, "{at:?}: {told} instead of {expected}");
        }
    }

    #[test]
    fn outwards_names_each_place_once() {
        for from in 0..16 {
            let mut all: Vec<u8> = outwards(from).collect();
            assert_eq!(all[0], from);
            all.sort_unstable();
            assert!(all.into_iter().eq(0..16));
        }
    }
}
