//! Three sets of points, from a seed.

use geo::{Coord, Line, Rect};
use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng, seq::SliceRandom};

use crate::{
    domain::position::Position,
    locate::{Atlas, Territory, metric::Metric},
};

/// Farthest from a border in the third set, metres.
const BESIDE_M: f64 = 30.0;

/// Points of the three kinds, each in random order.
#[derive(Debug)]
pub(super) struct Points {
    /// Uniform in the box of the map.
    pub(super) uniform: Vec<Position>,
    /// A random commune, a random place in it.
    pub(super) inside: Vec<Position>,
    /// Within 30 m of a border: a random commune, a place on its border by length, a distance.
    pub(super) beside: Vec<Position>,
}

impl Points {
    pub(super) fn draw(territories: &[Territory], atlas: &Atlas, count: usize, seed: u64) -> Self {
        let mut chance = ChaCha20Rng::seed_from_u64(seed);
        let boxes: Vec<Rect> = territories.iter().filter_map(|t| geo::BoundingRect::bounding_rect(&t.shape)).collect();
        let all = boxes.iter().copied().reduce(united);
        let mut points = Self { uniform: vec![], inside: vec![], beside: vec![] };
        let Some(all) = all else { return points };
        points.uniform = (0..count).filter_map(|_| within(all, &mut chance)).collect();
        // Commune by commune, for the polygons' sake, and shuffled afterwards.
        let mut numbers: Vec<usize> = (0..count).map(|_| chance.random_range(0..territories.len())).collect();
        numbers.sort_unstable();
        let mut found = Vec::new();
        for same in numbers.chunk_by(|a, b| a == b) {
            let number = same[0];
            let mut left = same.len();
            while left > 0 {
                let Some(position) = within(boxes[number], &mut chance) else { break };
                atlas.covering(position, &mut found);
                if found.iter().any(|covering| *covering as usize == number) {
                    points.inside.push(position);
                    left -= 1;
                }
            }
            points.beside.extend(beside(&territories[number], same.len(), &mut chance));
        }
        points.inside.shuffle(&mut chance);
        points.beside.shuffle(&mut chance);
        points
    }
}

fn united(a: Rect, b: Rect) -> Rect {
    let lower = Coord { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) };
    Rect::new(lower, Coord { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) })
}

fn within(area: Rect, chance: &mut ChaCha20Rng) -> Option<Position> {
    let mut share = || chance.random::<f64>();
    Position::new(area.min().x + share() * area.width(), area.min().y + share() * area.height()).ok()
}

fn beside(territory: &Territory, count: usize, chance: &mut ChaCha20Rng) -> Vec<Position> {
    let rings =
        territory.shape.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    let lines: Vec<Line> = rings.flat_map(geo::LineString::lines).filter(|line| line.start != line.end).collect();
    let Some(first) = lines.first() else { return vec![] };
    let metric = Metric::at(first.start.y);
    let mut ends = Vec::with_capacity(lines.len());
    let mut length = 0.0;
    for line in &lines {
        length += metric.metres(line.start, line.end);
        ends.push(length);
    }
    let mut draw = || {
        let at = chance.random::<f64>() * length;
        let line = lines[ends.partition_point(|end| *end < at).min(lines.len() - 1)];
        let (east, north) = metric.offset(line.start, line.end);
        let away = chance.random_range(-BESIDE_M..=BESIDE_M) / east.hypot(north);
        let on = line.start + line.delta() * chance.random::<f64>();
        let at = metric.moved(on, -north * away, east * away);
        Position::new(at.x, at.y).ok()
    };
    (0..count).filter_map(|_| draw()).collect()
}
