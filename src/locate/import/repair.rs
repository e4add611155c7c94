//! An invalid polygon becomes a valid one of the same ground.
//!
//! The ground of a polygon is what an odd number of its rings surround, so nothing has to be guessed: a ring that meets
//! itself is cut there into rings that do not, and these are sorted into parts and holes anew. Every vertex stays where
//! it is; only where two edges cross in their middles a vertex is added. No other commune is touched.

use std::fmt;

use geo::coordinate_position::coord_pos_relative_to_ring;
use geo::{Area, Coord, CoordsIter, LineString, MultiPolygon, Polygon, coordinate_position::CoordPos};

use super::crossing::{self, apart, side, turns_back};
use crate::{
    domain::ids::CommuneCode,
    locate::{Territory, diff::m2},
};

/// What became of a ring that was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A part of its own.
    Part,
    /// A hole.
    Hole,
    /// Nothing: it had no area.
    Dropped,
}

/// A ring that was cut off where the polygon met itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// Its area, square metres.
    pub m2: f64,
    /// One of its vertices: longitude, latitude.
    pub at: (f64, f64),
    /// What became of it.
    pub fate: Fate,
}

/// What was done to one commune.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// Which.
    pub commune: CommuneCode,
    /// Its ground, square metres: before and after it is the same.
    pub m2: f64,
    /// The rings that were cut off, in their order along the border.
    pub cuts: Vec<Cut>,
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: repaired, {:.3} km² as before", self.commune, self.m2 / 1e6)?;
        for Cut { m2, at: (lon, lat), fate } in &self.cuts {
            let fate = match fate {
                Fate::Part => "a part of its own now",
                Fate::Hole => "a hole now",
                Fate::Dropped => "dropped",
            };
            write!(f, "; a ring of {m2:.4} m² at {lon:.6} {lat:.6} is {fate}")?;
        }
        Ok(())
    }
}

/// The commune with a valid polygon of the same ground, and what was done; None where its rings cross one another, which
/// cutting cannot mend.
pub(super) fn repair(territory: &Territory) -> Option<(Territory, Repaired)> {
    let mut rings = Vec::new();
    let mut cut_off = Vec::new();
    for polygon in &territory.shape {
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            let mut pieces = simple(ring);
            pieces.sort_by(|a, b| area(b).total_cmp(&area(a)));
            let mut pieces = pieces.into_iter();
            rings.extend(pieces.next());
            cut_off.extend(pieces);
        }
    }
    let is_line = |ring: &LineString| area(ring) == 0.0;
    let kept: Vec<LineString> =
        rings.into_iter().chain(cut_off.iter().filter(|ring| !is_line(ring)).cloned()).collect();
    let depths: Vec<usize> =
        kept.iter().map(|ring| kept.iter().filter(|other| surrounds(other, ring)).count()).collect();
    let shape = nested(&kept, &depths);
    let repaired = Territory { commune: territory.commune.clone(), shape };
    if !crossing::check(std::slice::from_ref(&repaired)).is_empty() {
        return None;
    }
    let fate = |ring: &LineString| match kept.iter().position(|kept| kept == ring) {
        None => Fate::Dropped,
        Some(place) if depths[place].is_multiple_of(2) => Fate::Part,
        Some(_) => Fate::Hole,
    };
    let cuts = cut_off.iter().map(|ring| Cut {
        m2: m2(&MultiPolygon(vec![Polygon::new(ring.clone(), vec![])])),
        at: ring.0.first().copied().unwrap_or_default().x_y(),
        fate: fate(ring),
    });
    let done = Repaired { commune: territory.commune.code.clone(), m2: m2(&repaired.shape), cuts: cuts.collect() };
    Some((repaired, done))
}

/// The rings that a ring consists of, none of which meets itself.
fn simple(ring: &LineString) -> Vec<LineString> {
    let (mut waiting, mut found) = (vec![ring.clone()], Vec::new());
    while let Some(ring) = waiting.pop() {
        let ring = without_spikes(ring);
        if ring.0.len() < 4 {
            continue;
        }
        // The shortest way round is cut off first, so that it cannot meet itself.
        let way = |(i, j): &(usize, usize)| (j - i).min(ring.0.len() - 1 - (j - i));
        match crossing::of_ring(&ring).into_iter().min_by_key(|pair| (way(pair), *pair)) {
            None => found.push(ring),
            Some((i, j)) => waiting.extend(split(&ring, i, j)),
        }
    }
    found
}

/// Without vertices that are repeated, and without ways there and straight back.
fn without_spikes(ring: LineString) -> LineString {
    let mut open: Vec<Coord> = ring.0;
    open.pop();
    let mut at = 0;
    let mut unchanged = 0;
    while open.len() >= 3 && unchanged <= open.len() {
        let len = open.len();
        let (a, b, c) = (open[(at + len - 1) % len], open[at % len], open[(at + 1) % len]);
        if a == b || turns_back(a, b, c) {
            open.remove(at % len);
            at = (at + len - 1) % len;
            unchanged = 0;
        } else {
            at = (at + 1) % len;
            unchanged += 1;
        }
    }
    if open.len() < 3 {
        open.clear();
    }
    let mut line = LineString(open);
    line.close();
    line
}

/// Two rings where edges `i` and `j` meet.
fn split(ring: &LineString, i: usize, j: usize) -> [LineString; 2] {
    let open = &ring.0[..ring.0.len() - 1];
    let meeting = meeting((ring.0[i], ring.0[i + 1]), (ring.0[j], ring.0[j + 1]));
    let closed = |way: Vec<Coord>| {
        let mut line = LineString(way);
        line.0.dedup();
        line.close();
        line
    };
    let inner = std::iter::once(meeting).chain(open[i + 1..=j].iter().copied()).collect();
    let outer = std::iter::once(meeting).chain(open[j + 1..].iter().chain(&open[..=i]).copied()).collect();
    [closed(outer), closed(inner)]
}

/// A point of both edges: an end of one of them where there is one, for those are exact.
fn meeting(e: (Coord, Coord), o: (Coord, Coord)) -> Coord {
    let on = |at: Coord, (from, to): (Coord, Coord)| side(from, to, at) == 0.0 && !apart(from, to, at, at);
    let ends = [(e.0, o), (e.1, o), (o.0, e), (o.1, e)];
    if let Some((end, _)) = ends.into_iter().find(|(end, other)| on(*end, *other)) {
        return end;
    }
    let (along, across) = (e.1 - e.0, o.1 - o.0);
    let cross = |a: Coord, b: Coord| a.x * b.y - a.y * b.x;
    e.0 + along * (cross(o.0 - e.0, across) / cross(along, across))
}

fn area(ring: &LineString) -> f64 {
    Polygon::new(ring.clone(), vec![]).unsigned_area()
}

/// Does the first ring surround the second? They do not cross.
fn surrounds(outer: &LineString, inner: &LineString) -> bool {
    if std::ptr::eq(outer, inner) {
        return false;
    }
    let mut sides = inner.coords_iter().map(|at| coord_pos_relative_to_ring(at, outer));
    sides.find(|side| *side != CoordPos::OnBoundary) == Some(CoordPos::Inside)
}

/// Rings that an even number of others surround are parts; the others are holes of the smallest that surrounds them.
fn nested(rings: &[LineString], depths: &[usize]) -> MultiPolygon {
    let part = |(place, ring): (usize, &LineString)| {
        let holes =
            rings.iter().zip(depths).filter(|(hole, depth)| **depth == depths[place] + 1 && surrounds(ring, hole));
        Polygon::new(ring.clone(), holes.map(|(hole, _)| hole.clone()).collect())
    };
    MultiPolygon(rings.iter().enumerate().filter(|(place, _)| depths[*place].is_multiple_of(2)).map(part).collect())
}
