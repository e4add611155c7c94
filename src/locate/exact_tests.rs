//! The atlas against the naive answer, which walks over every edge of every commune with the same exact predicate but no
//! stripes, trees or boxes: on random points, on every vertex, on edges and a hair beside them.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng};

use super::{
    Territory,
    fixtures::{area, atlas, ring, square, territory},
    metric::{Metric, geodesic_m},
    part::exact,
};
use crate::domain::position::Position;

fn rings(territory: &Territory) -> impl Iterator<Item = &LineString> {
    territory.shape.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
}

fn naively_covers(territory: &Territory, at: Coord) -> bool {
    let mut inside = false;
    for line in rings(territory).flat_map(LineString::lines) {
        let turn = robust::orient2d(exact(line.start), exact(line.end), exact(at));
        let between = |a: f64, b: f64, v: f64| a.min(b) <= v && v <= a.max(b);
        if turn == 0.0 && between(line.start.x, line.end.x, at.x) && between(line.start.y, line.end.y, at.y) {
            return true;
        }
        let (up, down) = (line.start.y <= at.y && at.y < line.end.y, line.end.y <= at.y && at.y < line.start.y);
        inside ^= (up && turn > 0.0) || (down && turn < 0.0);
    }
    inside
}

fn naive_distance(territory: &Territory, at: Coord) -> f64 {
    let metres = |line: geo::Line| {
        let first = Metric::at(at.y).foot(at, line.start, line.end);
        geodesic_m(at, Metric::between(at.y, first.y).foot(at, line.start, line.end))
    };
    rings(territory).flat_map(LineString::lines).map(metres).fold(f64::INFINITY, f64::min)
}

/// Vertices, points on edges and their neighbours in floating point, and random points around the map.
fn points(territories: &[Territory], seed: u64) -> Vec<Coord> {
    let mut chance = ChaCha20Rng::seed_from_u64(seed);
    let mut points = Vec::new();
    for line in territories.iter().flat_map(rings).flat_map(LineString::lines) {
        let share: f64 = chance.random();
        let on = line.start + line.delta() * share;
        points.extend([line.start, f64_between(line), on]);
        points.push(Coord { x: on.x.next_up(), y: on.y });
        points.push(Coord { x: on.x, y: on.y.next_down() });
        points.push(Coord { x: chance.random_range(102.9..104.1), y: line.start.y });
    }
    let random = (0..5_000).map(|_| Coord { x: chance.random_range(102.9..104.1), y: chance.random_range(20.9..22.1) });
    points.extend(random);
    points
}

fn f64_between(line: geo::Line) -> Coord {
    Coord { x: f64::midpoint(line.start.x, line.end.x), y: f64::midpoint(line.start.y, line.end.y) }
}

fn assert_same(territories: &[Territory], seed: u64) {
    let map = atlas(territories.to_vec());
    for at in points(territories, seed) {
        let cover = map.cover(Position::new(at.x, at.y).unwrap());
        let mut naive: Vec<_> =
            territories.iter().filter(|t| naively_covers(t, at)).map(|t| t.commune.code.clone()).collect();
        naive.sort();
        assert_eq!(cover.covering, naive, "{at:?}");
        if let Some(metres) = cover.nearest_m {
            let distances: Vec<f64> = territories.iter().map(|t| naive_distance(t, at)).collect();
            let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
            assert!((metres - least).abs() <= 0.001 + least * 1e-5, "{at:?}: {metres} {least}");
            let is_named = |t: &Territory| cover.nearest.contains(&t.commune.code);
            for (territory, metres) in territories.iter().zip(distances) {
                assert!(metres > least + 0.009 || is_named(territory), "{at:?}");
                assert!(metres < least + 0.011 || !is_named(territory), "{at:?}");
            }
        }
    }
}

#[test]
fn shared_borders_of_a_jagged_chessboard() {
    // 7 × 7 quadrilaterals over a grid of randomly moved corners on six decimals: every corner belongs to four.
    let mut chance = ChaCha20Rng::seed_from_u64(1);
    let mut corner = |i: u32, j: u32| {
        let moved =
            |base: f64, chance: &mut ChaCha20Rng| ((base + chance.random_range(-0.05..0.05)) * 1e6).round() / 1e6;
        (moved(103.0 + f64::from(i) / 7.0, &mut chance), moved(21.0 + f64::from(j) / 7.0, &mut chance))
    };
    let grid: Vec<Vec<(f64, f64)>> = (0..8).map(|i| (0..8).map(|j| corner(i, j)).collect()).collect();
    let mut territories = Vec::new();
    for i in 0..7 {
        for j in 0..7 {
            let corners = [grid[i][j], grid[i + 1][j], grid[i + 1][j + 1], grid[i][j + 1]];
            territories.push(territory(&format!("{:05}", i * 7 + j), area(&corners)));
        }
    }
    assert_same(&territories, 2);
}

#[test]
fn t_junctions_holes_islands_overlaps_and_slivers() {
    let hole = ring(&[(103.4, 21.4), (103.6, 21.4), (103.6, 21.6), (103.4, 21.6)]);
    let island = Polygon::new(ring(&[(103.9, 21.9), (104.0, 21.95), (103.95, 22.0)]), vec![]);
    let body = Polygon::new(ring(&[(103.3, 21.3), (103.7, 21.3), (103.7, 21.7), (103.3, 21.7)]), vec![hole]);
    assert_same(
        &[
            territory("00001", MultiPolygon(vec![body, island])),
            territory("00002", square(103.45, 21.45, 103.55, 21.6)),
            territory("00003", area(&[(103.0, 21.0), (103.7, 21.3), (103.3, 21.3), (103.1, 21.25)])),
            territory("00004", area(&[(103.7, 21.3), (103.7, 21.45), (103.7, 21.5), (103.9, 21.5), (103.9, 21.3)])),
            territory("00005", area(&[(103.7, 21.5), (103.9, 21.5), (103.9, 21.7), (103.7, 21.7)])),
            territory("00006", square(103.65, 21.65, 103.8, 21.8)),
            territory("00007", area(&[(103.1, 21.6), (103.25, 21.600_000_1), (103.1, 21.600_000_2)])),
            territory("00008", area(&[(103.1, 21.8), (103.2, 21.9), (103.2, 21.8), (103.1, 21.9)])),
        ],
        3,
    );
}

#[test]
fn spikes_and_long_rings_that_fill_many_stripes() {
    let mut chance = ChaCha20Rng::seed_from_u64(4);
    let mut star = |steps: u32, phase: f64| -> MultiPolygon {
        let corner = |i: u32| {
            let (sin, cos) = (f64::from(i) / f64::from(steps) * std::f64::consts::TAU + phase).sin_cos();
            let radius = chance.random_range(0.01..0.5);
            (103.5 + radius * cos, 21.5 + radius * sin)
        };
        area(&(0..steps).map(corner).collect::<Vec<_>>())
    };
    let territories =
        vec![territory("00001", star(900, 0.0)), territory("00002", star(400, 0.5)), territory("00003", star(5, 0.1))];
    assert_same(&territories, 5);
}

#[test]
fn the_far_side_of_the_earth_has_an_answer() {
    let map = super::fixtures::squares();
    for (lon, lat) in [(-76.5, -21.5), (0.0, 90.0), (0.0, -90.0), (179.9, 0.1), (-180.0, 30.0), (-170.0, 21.5)] {
        let cover = map.cover(Position::new(lon, lat).unwrap());
        assert!(cover.covering.is_empty() && !cover.nearest.is_empty(), "{lon} {lat}");
        assert!(cover.nearest_m.unwrap() < 20_010_000.0);
    }
    let empty = atlas(vec![]).cover(Position::new(103.0, 21.0).unwrap());
    assert_eq!((empty.covering.len(), empty.nearest.len(), empty.nearest_m), (0, 0, None));
}

#[test]
fn what_lies_near_comes_with_its_distance() {
    let map = super::fixtures::squares();
    let near = |lon, metres| {
        let found = map.communes_near(Position::new(lon, 21.5).unwrap(), metres);
        found.into_iter().map(|(code, metres)| format!("{code} {metres:.0}")).collect::<Vec<_>>()
    };
    assert_eq!(near(103.999, 50.0), ["00001 0"]);
    assert_eq!(near(103.999, 200.0), ["00001 0", "00002 104"]);
    assert_eq!(near(104.0, 0.0), ["00001 0", "00002 0"]);
    assert_eq!(near(105.01, 2_000.0), ["00002 1036"]);
    assert_eq!(near(105.01, 1_000.0), Vec::<String>::new());
}
