//! One cell of a bounded power diagram in the plane.

use std::{
    collections::BTreeSet,
    f64::consts::{PI, TAU},
};

use geo::{Coord, LineString, Polygon};

/// A seat in kilometres from the middle; its weight is in km².
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub(super) at: Coord,
    pub(super) weight: f64,
}

/// Half the side of the square that every cell is cut from, km.
const FAR: f64 = 1_000.0;
/// Corners of a whole circle; a multiple of four.
const STEPS: f64 = 48.0;
/// Most rounds of settling the weights; 45 communes need 150.
const ROUNDS: u32 = 500;
/// Decimals of a degree: 11 m.
const GRID: f64 = 1e4;

/// The corners of the cell of one seat, counter-clockwise, km: nearer by power to it than to any other, and with a
/// power of at most `beyond`. Empty where others leave it nothing.
pub(super) fn cell(seats: &[Seat], number: usize, beyond: f64) -> Vec<Coord> {
    let seat = seats[number];
    let mut corners: Vec<Coord> =
        [(-FAR, -FAR), (FAR, -FAR), (FAR, FAR), (-FAR, FAR)].map(|(x, y)| seat.at + Coord { x, y }).into();
    for (_, other) in seats.iter().enumerate().filter(|(other, _)| *other != number) {
        corners = cut(&corners, seat, *other);
    }
    let radius = (seat.weight + beyond).max(0.0).sqrt();
    within_circle(&corners, seat.at, radius)
}

/// The seats with weights that give every cell, ended where its power is zero, π times the old weight as its area.
///
/// Partial optimal transport; cells that are too small gain weight, round by round (Aurenhammer et al. 1998).
pub(super) fn settled(seats: &[Seat]) -> Vec<Seat> {
    let mut settled = seats.to_vec();
    for _ in 0..ROUNDS {
        let areas: Vec<f64> = (0..seats.len()).map(|number| area(&cell(&settled, number, 0.0))).collect();
        let mut worst = 0.0_f64;
        for ((settled, seat), area) in settled.iter_mut().zip(seats).zip(areas) {
            let missing = seat.weight - area / PI;
            worst = worst.max((missing / seat.weight).abs());
            settled.weight += missing / 2.0;
        }
        if worst < 1e-4 {
            break;
        }
    }
    settled
}

fn area(corners: &[Coord]) -> f64 {
    edges(corners).map(|(a, b)| (a.x * b.y - a.y * b.x) / 2.0).sum()
}

/// Keeps the side where the power to `seat` is the lower: |p−s|² − w ≤ |p−o|² − v.
fn cut(corners: &[Coord], seat: Seat, other: Seat) -> Vec<Coord> {
    let power = |p: Coord, s: Seat| (p.x - s.at.x).powi(2) + (p.y - s.at.y).powi(2) - s.weight;
    let excess = |p: Coord| power(p, seat) - power(p, other);
    let mut kept = Vec::with_capacity(corners.len() + 1);
    for (a, b) in edges(corners) {
        let (at_a, at_b) = (excess(a), excess(b));
        if at_a <= 0.0 {
            kept.push(a);
        }
        if (at_a < 0.0 && at_b > 0.0) || (at_a > 0.0 && at_b < 0.0) {
            kept.push(a + (b - a) * (at_a / (at_a - at_b)));
        }
    }
    kept
}

fn edges(corners: &[Coord]) -> impl Iterator<Item = (Coord, Coord)> {
    corners.iter().copied().zip(corners.iter().copied().cycle().skip(1))
}

/// The part of a convex polygon within a circle; its arcs become short chords.
fn within_circle(corners: &[Coord], centre: Coord, radius: f64) -> Vec<Coord> {
    let mut kept: Vec<Coord> = Vec::new();
    // Where the polygon left the circle; the arc from there to where it comes back is the cell's end.
    let mut left: Option<Coord> = None;
    let mut first_entry: Option<Coord> = None;
    for (a, b) in edges(corners) {
        let Some((enter, leave)) = chord(a - centre, b - centre, radius) else { continue };
        let (from, to) = (a + (b - a) * enter, a + (b - a) * leave);
        if enter > 0.0 {
            match left.take() {
                Some(out) => arc(&mut kept, centre, radius, out, from),
                None => first_entry = Some(from),
            }
        }
        kept.push(from);
        if leave < 1.0 {
            kept.push(to);
            left = Some(to);
        }
    }
    match (left, first_entry) {
        (Some(out), Some(back)) => arc(&mut kept, centre, radius, out, back),
        (None, None) if kept.is_empty() && surrounds(corners, centre) => {
            let start = centre + Coord { x: radius, y: 0.0 };
            kept.push(start);
            arc(&mut kept, centre, radius, start, start);
        }
        _ => {}
    }
    kept
}

/// The shares of the edge a–b at which it enters and leaves the circle around the origin.
fn chord(a: Coord, b: Coord, radius: f64) -> Option<(f64, f64)> {
    let d = b - a;
    let (square, along) = (d.x * d.x + d.y * d.y, a.x * d.x + a.y * d.y);
    let root = along * along - square * (a.x * a.x + a.y * a.y - radius * radius);
    if square == 0.0 || root <= 0.0 {
        return None;
    }
    let (enter, leave) = (((-along - root.sqrt()) / square).max(0.0), ((-along + root.sqrt()) / square).min(1.0));
    (enter < leave).then_some((enter, leave))
}

/// Corners on the circle strictly between two points, counter-clockwise; all around where they are one.
fn arc(kept: &mut Vec<Coord>, centre: Coord, radius: f64, from: Coord, to: Coord) {
    let angle = |p: Coord| (p.y - centre.y).atan2(p.x - centre.x).rem_euclid(TAU);
    let (start, mut end) = (angle(from), angle(to));
    if end <= start {
        end += TAU;
    }
    let step = TAU / STEPS;
    let mut next = (start / step).floor() + 1.0;
    while next * step < end - step / 4.0 {
        if next * step > start + step / 4.0 {
            let (sin, cos) = (next * step).sin_cos();
            kept.push(centre + Coord { x: radius * cos, y: radius * sin });
        }
        next += 1.0;
    }
}

fn surrounds(corners: &[Coord], point: Coord) -> bool {
    let left_of = |(a, b): (Coord, Coord)| (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0.0;
    !corners.is_empty() && edges(corners).all(left_of)
}

/// Corners on a grid of degrees. What two cells have in common comes out the same for both, although it was computed
/// twice: a corner within one step of a known one is that one.
#[derive(Debug, Default)]
pub(super) struct Corners(BTreeSet<(i64, i64)>);

impl Corners {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most 1,800,000 steps")]
    pub(super) fn shared(&mut self, corner: Coord) -> Coord {
        let (x, y) = ((corner.x * GRID).round() as i64, (corner.y * GRID).round() as i64);
        let mut around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
        let found = around.find(|place| self.0.contains(place)).unwrap_or((x, y));
        self.0.insert(found);
        Coord { x: found.0 as f64 / GRID, y: found.1 as f64 / GRID }
    }
}

/// The polygon of a ring without its repeated corners; None where no area is left.
pub(super) fn polygon(mut ring: Vec<Coord>) -> Option<Polygon> {
    ring.dedup();
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    (ring.len() >= 3).then(|| Polygon::new(LineString(ring), vec![]))
}
