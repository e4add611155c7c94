//! The usual ways in Rust: candidates from an R-tree of bounding boxes, then a test of each polygon.

use std::{hint::black_box, time::Instant};

use geo::{
    BoundingRect, Contains, Coord, Intersects, MultiPolygon, PreparedGeometry, Relate,
    algorithm::{indexed::IntervalTreeMultiPolygon, monotone::MonotonicPolygons},
};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

use super::{FEWER, FEWEST, Row, Times, grown, millis, on_processor, points::Points, resident, times};
use crate::{
    domain::position::Position,
    locate::{Atlas, Territory, atlas::coord},
};

/// Builds, asks and compares; the times are those of the first row.
type Engine = fn(&[Territory], &Atlas, &Points, Times) -> Row;

/// All of them, the commonest first.
pub(super) const ALL: [Engine; 5] = [
    |map, atlas, points, first| {
        let test = |shape: &MultiPolygon, at: Coord| shape.intersects(&at);
        run("rstar + geo Intersects", FEWER, map, MultiPolygon::clone, test, atlas, points, first)
    },
    |map, atlas, points, first| {
        let test = |shape: &MultiPolygon, at: Coord| shape.contains(&at);
        run("rstar + geo Contains", FEWER, map, MultiPolygon::clone, test, atlas, points, first)
    },
    |map, atlas, points, first| {
        let test = |shape: &IntervalTreeMultiPolygon<f64>, at: Coord| shape.contains(&at);
        let make = IntervalTreeMultiPolygon::new;
        run("rstar + geo IntervalTreeMultiPolygon", FEWER, map, make, test, atlas, points, first)
    },
    |map, atlas, points, first| {
        let test = |shape: &MonotonicPolygons<f64>, at: Coord| shape.intersects(&at);
        let make = |shape: &MultiPolygon| MonotonicPolygons::from(shape.clone());
        run("rstar + geo MonotonicPolygons", FEWER, map, make, test, atlas, points, first)
    },
    |map, atlas, points, first| {
        let test = |shape: &PreparedGeometry<'static, MultiPolygon>, at: Coord| {
            shape.relate(&geo::Point::from(at)).is_intersects()
        };
        let make = |shape: &MultiPolygon| PreparedGeometry::from(shape.clone());
        run("rstar + geo PreparedGeometry", FEWEST, map, make, test, atlas, points, first)
    },
];

/// Does one commune's polygons cover a point, their borders included?
pub type Test = Box<dyn Fn(Coord) -> bool>;

/// An engine that is no part of the product: what it makes of a commune's polygons.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// What it is called.
    pub engine: &'static str,
    /// Prepares the polygons.
    pub make: fn(&MultiPolygon) -> Test,
}

pub(super) fn brought(peer: &Peer, map: &[Territory], atlas: &Atlas, points: &Points, first: Times) -> Row {
    run(peer.engine, FEWER, map, peer.make, |test: &Test, at| test(at), atlas, points, first)
}

#[expect(clippy::too_many_arguments, reason = "what an engine is, and what it is asked")]
fn run<S>(
    engine: &'static str,
    most: usize,
    territories: &[Territory],
    make: impl Fn(&MultiPolygon) -> S,
    covers: impl Fn(&S, Coord) -> bool,
    atlas: &Atlas,
    points: &Points,
    first: Times,
) -> Row {
    let (before, worked) = (resident(), on_processor());
    let start = Instant::now();
    let shapes: Vec<S> = territories.iter().map(|territory| make(&territory.shape)).collect();
    let envelopes = (0_u32..).zip(territories).filter_map(|(number, territory)| {
        let area = territory.shape.bounding_rect()?;
        let envelope = AABB::from_corners([area.min().x, area.min().y], [area.max().x, area.max().y]);
        Some(GeomWithData::new(Rectangle::from_aabb(envelope), number))
    });
    let tree = RTree::bulk_load(envelopes.collect());
    let build_ms = millis(start.elapsed());
    let build_cpu_ms = on_processor().zip(worked).map(|(after, before)| millis(after.saturating_sub(before)));
    let resident_mb = grown(before);
    let covering = |position: Position, numbers: &mut Vec<u32>| {
        let at = coord(position);
        numbers.clear();
        let candidates = tree.locate_in_envelope_intersecting(AABB::from_point([at.x, at.y]));
        numbers.extend(candidates.map(|leaf| leaf.data).filter(|number| covers(&shapes[*number as usize], at)));
    };
    let mut numbers = Vec::new();
    let single = times(points, most, |run| {
        for position in run {
            covering(*position, &mut numbers);
            black_box(&numbers);
        }
    });
    let ratio = Times {
        uniform: single.uniform / first.uniform,
        inside: single.inside / first.inside,
        beside: single.beside / first.beside,
    };
    let mut ours = Vec::new();
    let mut differing = 0;
    for position in [&points.uniform, &points.inside, &points.beside].into_iter().flat_map(|set| set.iter().take(most))
    {
        covering(*position, &mut numbers);
        numbers.sort_unstable();
        atlas.covering(*position, &mut ours);
        differing += u64::from(ours != numbers);
    }
    Row { engine, build_ms, build_cpu_ms, resident_mb, single, batch: None, ratio, differing }
}
