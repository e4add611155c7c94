//! The grid against the slow exact way on maps of short edges in millionths of a degree, cell by cell.

use geo::Coord;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng};

use super::{frame::UNITS, processor::Processor};
use crate::locate::{
    Atlas, Territory,
    atlas::coord,
    fixtures::{area, atlas, territory},
    measure,
    part::Side,
    reference::Reference,
};

/// A cell is so many millionths wide.
const CELL: i64 = 2_048;

/// Quadrilaterals between randomly moved corners on that many decimals, with borders of many short edges.
fn chessboard(side: usize, step: i64, decimals: i32, seed: u64) -> Vec<Territory> {
    let mut chance = ChaCha20Rng::seed_from_u64(seed);
    let scale = 10_f64.powi(decimals);
    let rounded = |v: f64| (v * scale).round() / scale;
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let step = step as f64;
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let mut corner = |i: usize, j: usize| {
        let moved =
            |base: usize, chance: &mut ChaCha20Rng| (base as f64 + chance.random_range(-0.3..0.3)) * step / UNITS;
        (rounded(103.0 + moved(i, &mut chance)), rounded(21.0 + moved(j, &mut chance)))
    };
    let grid: Vec<Vec<(f64, f64)>> = (0..=side).map(|i| (0..=side).map(|j| corner(i, j)).collect()).collect();
    let wavy = |a: (f64, f64), b: (f64, f64)| -> Vec<(f64, f64)> {
        // The same points from either end.
        let (from, to, turned) = if a <= b { (a, b, false) } else { (b, a, true) };
        let point = |k: i32| {
            let share = f64::from(k) / 12.0;
            let bend = (f64::from(k) * 1.7).sin() * 0.06 * f64::from(i32::from(k % 12 != 0));
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            (rounded(from.0 + dx * share - dy * bend), rounded(from.1 + dy * share + dx * bend))
        };
        let mut points: Vec<_> = (0..=12).map(point).collect();
        (points[0], points[12]) = (from, to);
        if turned {
            points.reverse();
        }
        points.pop();
        points
    };
    let mut territories = Vec::new();
    for i in 0..side {
        for j in 0..side {
            let corners = [grid[i][j], grid[i + 1][j], grid[i + 1][j + 1], grid[i][j + 1]];
            let outline: Vec<_> = (0..4).flat_map(|k| wavy(corners[k], corners[(k + 1) % 4])).collect();
            territories.push(territory(&format!("{:05}", i * side + j), area(&outline)));
        }
    }
    territories
}

fn assert_same(map: &Atlas, reference: &Reference, at: Coord) {
    assert_eq!(map.sides(at), reference.sides(at), "{at:?}");
}

#[test]
fn every_vertex_edge_and_neighbourhood_of_a_fine_map() {
    for (seed, decimals) in [(1, 6), (2, 6), (3, 5), (4, 7)] {
        let territories = chessboard(12, 3_000, decimals, seed);
        let checked = measure::check(&atlas(territories.clone()), &territories, 1, seed);
        assert!(checked.shared > 5_000);
        assert_eq!((checked.differing, checked.first), (0, None), "seed {seed}");
    }
}

#[test]
fn every_set_of_instructions_answers_alike() {
    let territories = chessboard(8, 3_000, 6, 9);
    for processor in Processor::all() {
        let mut map = atlas(territories.clone());
        map.grid.processor = processor;
        let checked = measure::check(&map, &territories, 1, 9);
        assert_eq!((checked.differing, checked.first), (0, None), "{processor:?}");
    }
}

#[test]
fn points_on_and_beside_the_lines_of_the_ruling() {
    let territories = chessboard(10, 2_500, 6, 5);
    let (map, reference) = (atlas(territories.clone()), Reference::build(&territories));
    let mut chance = ChaCha20Rng::seed_from_u64(6);
    for block in map.grid().bordered() {
        for cell in 0..=u8::MAX {
            let (lower, upper) = map.grid().bounds(block, cell, cell);
            let corner = Coord { x: lower[0], y: lower[1] };
            let mut on = |from: f64, to: f64| from + (to - from) * chance.random::<f64>();
            assert_same(&map, &reference, corner);
            assert_same(&map, &reference, Coord { x: corner.x.next_down(), y: corner.y.next_down() });
            assert_same(&map, &reference, Coord { x: on(lower[0], upper[0]), y: lower[1] });
            assert_same(&map, &reference, Coord { x: lower[0], y: on(lower[1], upper[1]).next_up() });
            for _ in 0..4 {
                assert_same(&map, &reference, Coord { x: on(lower[0], upper[0]), y: on(lower[1], upper[1]) });
            }
        }
    }
}

#[test]
fn edges_and_vertices_on_the_lines_and_corners_of_the_ruling() {
    // The frame begins two and a half millionths south-west of the lowest vertex: these squares and diagonals lie on its
    // lines wherever half a millionth can be written, and run through its corners.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let line = |k: i64, beside: f64| (k * CELL - 2) as f64 + 0.5 + beside;
    let at = |x: f64, y: f64| (103.0 + x / UNITS, 21.0 + y / UNITS);
    let square = |i: i64, j: i64, beside: f64| {
        let (x0, y0, x1, y1) = (line(i, beside), line(j, beside), line(i + 1, beside), line(j + 1, beside));
        area(&[at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)])
    };
    let mut territories = vec![territory("90000", area(&[at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0)]))];
    for (number, (i, j)) in (1..6).flat_map(|i| (1..6).map(move |j| (i, j))).enumerate() {
        territories.push(territory(&format!("{number:05}"), square(i, j, 0.0)));
    }
    for (number, beside) in [(1, 0.5), (2, -0.5), (3, 0.25)] {
        territories.push(territory(&format!("8000{number}"), square(2, 2, beside)));
    }
    let (a, b) = (line(1, 0.0), line(40, 0.0));
    territories.push(territory("70000", area(&[at(a, a), at(b, b), at(a, b)])));
    territories.push(territory("70001", area(&[at(a, a), at(b, b), at(b, a)])));
    let checked = measure::check(&atlas(territories.clone()), &territories, 1, 7);
    assert_eq!((checked.differing, checked.first), (0, None));
    let mut sorted = territories;
    sorted.sort_by(|a, b| a.commune.code.cmp(&b.commune.code));
    let (map, reference) = (atlas(sorted.clone()), Reference::build(&sorted));
    for (i, j) in (0..42).flat_map(|i| (0..42).map(move |j| (i, j))) {
        for (dx, dy) in [(0.0, 0.0), (0.5, 0.5), (-0.5, 0.5), (1024.0, 0.0), (0.0, 1024.0), (1e-7, -1e-7)] {
            let (x, y) = at(line(i, dx), line(j, dy));
            assert_same(&map, &reference, Coord { x, y });
        }
    }
}

#[test]
fn more_owners_than_a_layer_has_and_edges_that_are_used_twice() {
    let mut territories: Vec<Territory> = (0..40_u32)
        .map(|i| {
            let x = f64::from(i) * 2e-5;
            let corners = [(103.0 - x, 21.0), (103.002 + x, 21.0), (103.002, 21.002 + x), (103.0, 21.002)];
            territory(&format!("{i:05}"), area(&corners))
        })
        .collect();
    // Two squares of one commune that share a side: on the side it covers, and around it too.
    let mut twice = area(&[(103.0005, 21.0), (103.001, 21.0), (103.001, 21.001), (103.0005, 21.001)]);
    twice.0.extend(area(&[(103.001, 21.0), (103.0015, 21.0), (103.0015, 21.001), (103.001, 21.001)]));
    territories.push(territory("50000", twice));
    let checked = measure::check(&atlas(territories.clone()), &territories, 1, 8);
    assert_eq!((checked.differing, checked.first), (0, None));
    let map = atlas(territories);
    let at = coord(crate::domain::position::Position::new(103.001, 21.0005).unwrap());
    let sides = map.sides(at);
    assert_eq!((sides.len(), sides[40]), (41, (40, Side::Border)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn stars_of_any_size_at_any_place(
        stars in prop::collection::vec(
            (-4_000..4_000_i32, -4_000..4_000_i32, 3..40_u32, 1.0..30_000.0_f64, any::<u64>()), 1..6),
        decimals in 5..9_i32,
    ) {
        let scale = 10_f64.powi(decimals);
        let star = |(number, (x, y, steps, radius, seed)): (usize, (i32, i32, u32, f64, u64))| {
            let mut chance = ChaCha20Rng::seed_from_u64(seed);
            let corner = |i: u32| {
                let (sin, cos) = (f64::from(i) / f64::from(steps) * std::f64::consts::TAU).sin_cos();
                let radius = radius * chance.random_range(0.1..1.0);
                let at = |base: f64, v: f64, turn: f64| ((base + (v + radius * turn) / UNITS) * scale).round() / scale;
                (at(103.0, f64::from(x), cos), at(21.0, f64::from(y), sin))
            };
            territory(&format!("{number:05}"), area(&(0..steps).map(corner).collect::<Vec<_>>()))
        };
        let territories: Vec<Territory> = stars.into_iter().enumerate().map(star).collect();
        let checked = measure::check(&atlas(territories.clone()), &territories, 1, 9);
        prop_assert_eq!((checked.differing, checked.first), (0, None));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Borders that are shared, end in the middle of others, overlap, run back, or leave slivers, for corners are drawn
    /// from few; points on all of them and on the lines between any two.
    #[test]
    fn rings_over_few_corners_are_answered_as_whole_numbers_answer_them(
        corners in prop::collection::vec((-40..40_i32, -40..40_i32), 4..14),
        rings in prop::collection::vec((0..6_u32, prop::collection::vec(any::<prop::sample::Index>(), 3..9)), 1..12),
        width in prop::sample::select(vec![1_i32, 9, 64, 700]),
        decimals in 6..8_i32,
    ) {
        let scale = 10_f64.powi(decimals);
        let corner = |(x, y): &(i32, i32)| {
            let at = |base: f64, v: &i32| ((base + f64::from(v * width) / UNITS * 1.03) * scale).round() / scale;
            (at(103.0, x), at(21.0, y))
        };
        let corners: Vec<(f64, f64)> = corners.iter().map(corner).collect();
        let mut shapes: std::collections::BTreeMap<u32, geo::MultiPolygon> = std::collections::BTreeMap::new();
        for (owner, ring) in &rings {
            let line: Vec<_> = ring.iter().map(|index| *index.get(&corners)).collect();
            // Every other ring is a hole of the one before it.
            let shape = shapes.entry(*owner).or_insert_with(|| geo::MultiPolygon(vec![]));
            match shape.0.last_mut() {
                Some(last) if owner % 2 == 0 && last.interiors().is_empty() => {
                    last.interiors_push(crate::locate::fixtures::ring(&line));
                }
                _ => shape.0.extend(area(&line)),
            }
        }
        let territories: Vec<Territory> =
            shapes.into_iter().map(|(owner, shape)| territory(&format!("{owner:05}"), shape)).collect();
        let mut points = Vec::new();
        for (a, b) in corners.iter().flat_map(|a| corners.iter().map(move |b| (a, b))) {
            let middle = (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
            points.extend([*a, middle, (middle.0.next_up(), middle.1), (a.0, b.1.next_down())]);
        }
        let points: Vec<_> = points
            .into_iter()
            .filter_map(|(x, y)| crate::domain::position::Position::new(x, y).ok())
            .collect();
        prop_assert_eq!(measure::disagreement(&atlas(territories.clone()), &territories, &points), None);
    }
}
