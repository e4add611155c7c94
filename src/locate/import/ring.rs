//! Nested coordinates become a checked area.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::{
    error::Wrong,
    raw::{Nested, RawGeometry},
};
use crate::locate::part::exact;

/// Most positions of one feature.
const MOST_POSITIONS: usize = 2_000_000;

/// The vertices of all rings, the closing ones included.
pub(super) fn vertices(shape: &MultiPolygon) -> usize {
    let rings = |polygon: &Polygon| {
        polygon.exterior().0.len() + polygon.interiors().iter().map(|ring| ring.0.len()).sum::<usize>()
    };
    shape.iter().map(rings).sum()
}

/// The area of a polygon, or of several, with its repeated vertices dropped.
pub(super) fn area(geometry: RawGeometry) -> Result<MultiPolygon, Wrong> {
    let RawGeometry { kind, coordinates } = geometry;
    let coordinates = coordinates.ok_or(Wrong::Empty)?;
    let polygons = match kind.as_str() {
        "MultiPolygon" => list(coordinates, &kind)?,
        "Polygon" => vec![coordinates],
        _ => return Err(Wrong::NotAnArea(kind.chars().take(40).collect())),
    };
    let positions = polygons.iter().map(positions).sum();
    if positions > MOST_POSITIONS {
        return Err(Wrong::TooManyPositions(positions));
    }
    let mut shape = Vec::with_capacity(polygons.len());
    for (polygon, rings) in (1..).zip(polygons) {
        let mut checked = Vec::new();
        for (ring, positions) in (1..).zip(list(rings, &kind)?) {
            checked.push(closed(positions, &kind, polygon, ring)?);
        }
        let mut rings = checked.into_iter();
        let exterior = rings.next().ok_or(Wrong::Empty)?;
        shape.push(Polygon::new(exterior, rings.collect()));
    }
    if shape.is_empty() {
        return Err(Wrong::Empty);
    }
    let has_area = shape.iter().any(|polygon| is_no_line(polygon.exterior()));
    if has_area { Ok(MultiPolygon(shape)) } else { Err(Wrong::NoArea) }
}

/// Do three of its vertices make a triangle?
fn is_no_line(ring: &LineString) -> bool {
    let (first, second) = (exact(ring.0[0]), exact(ring.0[1]));
    ring.0.iter().any(|third| robust::orient2d(first, second, exact(*third)) != 0.0)
}

fn list(nested: Nested, kind: &str) -> Result<Vec<Nested>, Wrong> {
    match nested {
        Nested::List(items) => Ok(items),
        Nested::Number(_) | Nested::Position(_) | Nested::Strange => Err(Wrong::Nesting(kind.into())),
    }
}

fn positions(nested: &Nested) -> usize {
    match nested {
        Nested::List(items) => items.iter().map(positions).sum(),
        Nested::Number(_) | Nested::Position(_) | Nested::Strange => 1,
    }
}

fn closed(positions: Nested, kind: &str, polygon: usize, ring: usize) -> Result<LineString, Wrong> {
    let mut line: Vec<Coord> = Vec::new();
    for (position, pair) in (1..).zip(list(positions, kind)?) {
        let [lon, lat] = match pair {
            Nested::Position(pair) => pair,
            Nested::List(_) => return Err(Wrong::Nesting(kind.into())),
            Nested::Number(_) | Nested::Strange => return Err(Wrong::NotAPosition { polygon, ring, position }),
        };
        if !(lon.abs() <= 180.0 && lat.abs() <= 90.0) {
            return Err(Wrong::OffEarth { lon, lat, polygon, ring });
        }
        let vertex = Coord { x: lon, y: lat };
        if line.last() != Some(&vertex) {
            line.push(vertex);
        }
    }
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return Err(Wrong::Empty) };
    let (start, end) = (first.x_y(), last.x_y());
    if start != end {
        return Err(Wrong::Unclosed { polygon, ring, start, end });
    }
    if line.len() < 4 {
        return Err(Wrong::TooShort { polygon, ring, near: start, positions: line.len() });
    }
    line.shrink_to_fit();
    Ok(LineString(line))
}
