//! A map and positions from bytes: the atlas must say of every position what whole numbers say.
#![no_main]

use geo::{Coord, LineString, MultiPolygon, Polygon};
use ioc::{
    domain::{
        boundary::Commune,
        names::Names,
        position::{Accuracy, Fix, Position, Source},
    },
    locate::{Atlas, Policy, Territory, measure},
};
use libfuzzer_sys::fuzz_target;

/// The bytes that are left; zero when there are none.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn wide(&mut self) -> f64 {
        f64::from(i16::from_le_bytes([self.next(), self.next()]))
    }

    fn among(&mut self, from: u8, to: u8) -> usize {
        usize::from(from + self.next() % (to - from + 1))
    }
}

/// Corners that all rings share, so that borders touch, cross, repeat and meet in points.
fn corners(bytes: &mut Bytes<'_>) -> Vec<Coord> {
    let form = bytes.next();
    let step = [1.0, 2.0, 8.0, 32.0][usize::from(form & 3)];
    let parts = [1e6, 1e7, 1_048_576.0, 1e6][usize::from(form >> 2 & 3)];
    let rounded = |degrees: f64| if form >> 2 & 3 == 0 { (degrees * 1e6).round() / 1e6 } else { degrees };
    let count = bytes.among(3, 40);
    let mut corner = || {
        let (x, y) = (bytes.wide(), bytes.wide());
        Coord { x: rounded(103.0 + x * step / parts), y: rounded(21.0 + y * step / parts) }
    };
    (0..count).map(|_| corner()).collect()
}

fn ring(bytes: &mut Bytes<'_>, corners: &[Coord]) -> LineString {
    let count = bytes.among(2, 14);
    let mut line: Vec<Coord> = (0..count).map(|_| corners[usize::from(bytes.next()) % corners.len()]).collect();
    line.push(line[0]);
    LineString(line)
}

fn polygon(bytes: &mut Bytes<'_>, corners: &[Coord]) -> Polygon {
    let exterior = ring(bytes, corners);
    let holes = bytes.among(0, 2);
    Polygon::new(exterior, (0..holes).map(|_| ring(bytes, corners)).collect())
}

fn territory(bytes: &mut Bytes<'_>, corners: &[Coord], number: usize) -> Territory {
    let polygons = bytes.among(1, 2);
    let shape: MultiPolygon = (0..polygons).map(|_| polygon(bytes, corners)).collect();
    let code = format!("{number:05}");
    let commune = Commune {
        code: code.parse().expect("five digits"),
        name: Names::new(code.clone(), code),
        province: "11".parse().expect("two digits"),
    };
    Territory { commune, shape }
}

/// Every corner; then places on the line between two, a few steps of the finest kind beside it.
fn positions(bytes: &mut Bytes<'_>, corners: &[Coord]) -> Vec<Position> {
    let mut points = corners.to_vec();
    while !bytes.0.is_empty() && points.len() < 400 {
        let mut corner = || corners[usize::from(bytes.next()) % corners.len()];
        let (a, b) = (corner(), corner());
        let share = f64::from(bytes.next()) / 240.0;
        let mut beside = || f64::from(bytes.next().cast_signed() >> 4) * [0.0, 2_f64.powi(-46), 1e-8, 1e-4][usize::from(bytes.next() & 3)];
        points.push(a + (b - a) * share + Coord { x: beside(), y: beside() });
    }
    points.into_iter().filter_map(|at| Position::new(at.x, at.y).ok()).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    let corners = corners(&mut bytes);
    let count = bytes.among(1, 20);
    let territories: Vec<Territory> = (0..count).map(|number| territory(&mut bytes, &corners, number)).collect();
    let positions = positions(&mut bytes, &corners);
    let atlas = Atlas::build("fuzz".parse().expect("a name"), territories.clone());
    let differing = measure::disagreement(&atlas, &territories, &positions);
    assert_eq!(differing, None, "answered otherwise than whole numbers do");
    for (position, metres) in positions.iter().rev().zip([3.0, 30.0]) {
        let fix = Fix { position: *position, accuracy: Accuracy::new(metres, Accuracy::PHONE), source: Source::Gps };
        let placement = atlas.place(&fix, None, Policy::default());
        let sum: f64 = placement.candidates.iter().filter_map(|candidate| candidate.probability).sum();
        assert!(sum <= 1.0 + 1e-6, "{sum}");
        assert!(placement.candidates.iter().all(|candidate| candidate.distance_m >= 0.0));
    }
});
