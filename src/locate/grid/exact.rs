//! Whether the way from a cell's corner to a point crosses an edge: exact, whatever lies on whatever.
//!
//! The way runs along the cell's south line until below the point, then up to it. So that it never runs along an edge or
//! through a vertex, it is thought moved north by a positive δ and east by a positive ε, both smaller than any number,
//! and ε smaller than any part of δ: with that shift every sign below is that of a number other than zero.

use geo::Coord;

use crate::locate::part::exact;

/// What an edge does to the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Free,
    Crossed,
    /// The point itself lies on the closed edge.
    Ends,
}

/// What the edge from `a` to `b` does to the way from `corner` to `at`.
pub(super) fn way(a: Coord, b: Coord, corner: Coord, at: Coord) -> Way {
    if is_on(a, b, at) {
        return Way::Ends;
    }
    let bend = Coord { x: at.x, y: corner.y };
    let along = is_crossed_along(a, b, corner, bend);
    let up = (a.x <= at.x) != (b.x <= at.x) && is_left(a, b, bend) != is_left(a, b, at);
    if along == up { Way::Free } else { Way::Crossed }
}

/// Is the edge crossed between two points of one latitude?
pub(super) fn is_crossed_along(a: Coord, b: Coord, from: Coord, to: Coord) -> bool {
    (a.y <= from.y) != (b.y <= from.y) && is_left(a, b, from) != is_left(a, b, to)
}

/// Does the shifted point lie left of the line from `a` to `b`?
#[expect(clippy::float_cmp, reason = "the very number is meant")]
fn is_left(a: Coord, b: Coord, at: Coord) -> bool {
    let turn = robust::orient2d(exact(a), exact(b), exact(at));
    if turn != 0.0 {
        turn > 0.0
    } else if a.x == b.x {
        b.y < a.y
    } else {
        a.x < b.x
    }
}

fn is_on(a: Coord, b: Coord, at: Coord) -> bool {
    let between = |a: f64, b: f64, v: f64| a.min(b) <= v && v <= a.max(b);
    between(a.x, b.x, at.x) && between(a.y, b.y, at.y) && robust::orient2d(exact(a), exact(b), exact(at)) == 0.0
}
