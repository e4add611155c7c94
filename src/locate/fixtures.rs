//! Small maps for tests.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::{Atlas, Territory};
use crate::domain::{boundary::Commune, names::Names};

/// A commune of that code in province 11.
pub(super) fn territory(code: &str, shape: MultiPolygon) -> Territory {
    let commune = Commune {
        code: code.parse().unwrap(),
        name: Names::new(format!("xã {code}"), code),
        province: "11".parse().unwrap(),
    };
    Territory { commune, shape }
}

/// A ring of corners, closed here.
pub(super) fn ring(corners: &[(f64, f64)]) -> LineString {
    let mut line: Vec<Coord> = corners.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect();
    line.push(line[0]);
    LineString(line)
}

/// A polygon without holes.
pub(super) fn area(corners: &[(f64, f64)]) -> MultiPolygon {
    MultiPolygon(vec![Polygon::new(ring(corners), vec![])])
}

/// A box.
pub(super) fn square(x0: f64, y0: f64, x1: f64, y1: f64) -> MultiPolygon {
    area(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
}

/// The map of these territories.
pub(super) fn atlas(territories: Vec<Territory>) -> Atlas {
    Atlas::build("test".parse().unwrap(), territories)
}

/// Two squares of one degree side by side, 00001 west of 104° E and 00002 east of it, between 21° and 22° N.
pub(super) fn squares() -> Atlas {
    atlas(vec![
        territory("00002", square(104.0, 21.0, 105.0, 22.0)),
        territory("00001", square(103.0, 21.0, 104.0, 22.0)),
    ])
}
