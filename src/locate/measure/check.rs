//! Is every border answered as the slow way answers it?

use geo::Coord;
use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng};
use serde::Serialize;

use crate::{
    domain::position::Position,
    locate::{Atlas, Covers, Territory, atlas::coord, metric::Metric, part::Side, reference::Reference},
};

/// How the comparison went.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// Points that were compared: vertices, middles of edges, what is next to them in floating point, points around.
    pub points: u64,
    /// Those that more than one commune covers.
    pub shared: u64,
    /// Those whose answer differed from the slow way's.
    pub differing: u64,
    /// The first of them, longitude and latitude.
    pub first: Option<(f64, f64)>,
}

/// Compares vertices, points on edges and around them with the slow exact way: those of about one edge in `one_in`.
pub fn check(atlas: &Atlas, territories: &[Territory], one_in: u32, seed: u64) -> Checked {
    let mut sorted = territories.to_vec();
    sorted.sort_by(|a, b| a.commune.code.cmp(&b.commune.code));
    let reference = Reference::build(&sorted);
    let mut chance = ChaCha20Rng::seed_from_u64(seed);
    let mut checked = Checked { points: 0, shared: 0, differing: 0, first: None };
    let mut covers = Covers::default();
    for territory in &sorted {
        let rings = |polygon: &geo::Polygon| {
            polygon.interiors().iter().chain([polygon.exterior()]).cloned().collect::<Vec<_>>()
        };
        for ring in territory.shape.iter().flat_map(rings) {
            let lines = ring.lines().filter(|_| one_in == 1 || chance.random_ratio(1, one_in)).collect::<Vec<_>>();
            let points: Vec<Position> = lines
                .into_iter()
                .flat_map(|line| around(line, &mut chance))
                .filter_map(|at| Position::new(at.x, at.y).ok())
                .collect();
            atlas.cover_batch(&points, &mut covers);
            for (position, batch) in points.iter().zip(covers.iter()) {
                let expected = reference.sides(coord(*position));
                let single = atlas.sides(coord(*position));
                let same = single == expected && batch.iter().copied().eq(expected.iter().map(|(number, _)| *number));
                checked.points += 1;
                checked.shared +=
                    u64::from(expected.len() > 1 && expected.iter().any(|(_, side)| *side == Side::Border));
                if !same {
                    checked.differing += 1;
                    checked.first.get_or_insert((position.lon(), position.lat()));
                }
            }
        }
    }
    checked
}

/// The first end, the middle, the middle's neighbour in floating point, and a point a few millimetres to metres off.
fn around(line: geo::Line, chance: &mut ChaCha20Rng) -> [Coord; 4] {
    let middle = Coord { x: f64::midpoint(line.start.x, line.end.x), y: f64::midpoint(line.start.y, line.end.y) };
    let mut metres = || 10_f64.powf(chance.random_range(-4.0..1.0)) * if chance.random() { 1.0 } else { -1.0 };
    let off = Metric::at(line.start.y).moved(line.start, metres(), metres());
    [line.start, middle, Coord { x: middle.x.next_up(), y: middle.y }, off]
}
