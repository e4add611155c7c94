//! One tile of the web mercator pyramid: its place on the ground, and shapes cut to it.

use geo::{Coord, LineString, MultiPolygon, Orient, Polygon, Rect, orient::Direction};
use h3o::CellIndex;

use crate::analytics::area::Area;

/// Units of a tile's side.
pub const EXTENT: u32 = 4096;
/// Units beyond each side that are drawn too, so that no seam shows.
const MARGIN: f64 = 64.0;
const FAR: f64 = EXTENT as f64 + MARGIN;
/// Zooms that exist.
const ZOOMS: u8 = 22;

/// A tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame {
    zoom: u8,
    column: u32,
    row: u32,
}

impl Frame {
    /// None where there is no such tile.
    pub fn new(zoom: u8, column: u32, row: u32) -> Option<Self> {
        let side = 1_u32.checked_shl(u32::from(zoom)).filter(|_| zoom <= ZOOMS)?;
        (column < side && row < side).then_some(Self { zoom, column, row })
    }

    /// Zoom, column and row.
    pub fn address(self) -> [u32; 3] {
        [u32::from(self.zoom), self.column, self.row]
    }

    /// Its zoom.
    pub fn zoom(self) -> u8 {
        self.zoom
    }

    /// Hexagons of a good size at this zoom: some hundred on a screen.
    pub fn resolution(self) -> u8 {
        match self.zoom {
            0..=7 => 5,
            8..=9 => 6,
            10..=11 => 7,
            12..=13 => 8,
            _ => 9,
        }
    }

    fn side(self) -> f64 {
        f64::from(1_u32 << self.zoom) * f64::from(EXTENT)
    }

    /// Degrees to units of this tile, down and to the right.
    fn projected(self, at: Coord) -> Coord {
        let latitude = at.y.clamp(-85.06, 85.06).to_radians();
        let x = (at.x + 180.0) / 360.0;
        let y = (1.0 - latitude.tan().asinh() / std::f64::consts::PI) / 2.0;
        let corner = |number: u32| f64::from(number) * f64::from(EXTENT);
        Coord { x: (x * self.side() - corner(self.column)).round(), y: (y * self.side() - corner(self.row)).round() }
    }

    /// The ground that it shows, margin included.
    pub fn area(self) -> Area {
        let corner = |number: u32, margin: f64| (f64::from(number) * f64::from(EXTENT) + margin) / self.side();
        let longitude = |x: f64| (x * 360.0 - 180.0).clamp(-180.0, 180.0);
        let latitude = |y: f64| ((1.0 - 2.0 * y) * std::f64::consts::PI).sinh().atan().to_degrees();
        Area {
            west: longitude(corner(self.column, -MARGIN)),
            east: longitude(corner(self.column + 1, MARGIN)),
            south: latitude(corner(self.row + 1, MARGIN)),
            north: latitude(corner(self.row, -MARGIN)),
        }
    }

    /// Whether a box of degrees touches it.
    pub fn meets(self, bounds: &Rect) -> bool {
        let Area { west, south, east, north } = self.area();
        bounds.min().x <= east && bounds.max().x >= west && bounds.min().y <= north && bounds.max().y >= south
    }

    /// A shape in units of this tile, cut at its margin; empty where nothing is left.
    pub fn clipped(self, shape: &MultiPolygon) -> MultiPolygon {
        let cut = |polygon: &Polygon| {
            let exterior = self.ring(polygon.exterior())?;
            let interiors = polygon.interiors().iter().filter_map(|ring| self.ring(ring)).collect();
            // Outer rings must turn clockwise on the screen, whose y grows downwards.
            Some(Polygon::new(exterior, interiors).orient(Direction::Default))
        };
        shape.iter().filter_map(cut).collect()
    }

    /// A hexagon of H3.
    pub fn hexagon(self, cell: CellIndex) -> MultiPolygon {
        let ring = cell.boundary().iter().map(|corner| Coord { x: corner.lng(), y: corner.lat() }).collect();
        self.clipped(&MultiPolygon(vec![Polygon::new(LineString(ring), vec![])]))
    }

    fn ring(self, ring: &LineString) -> Option<LineString> {
        let mut points: Vec<Coord> = ring.0.iter().map(|at| self.projected(*at)).collect();
        points.dedup();
        if points.first() == points.last() {
            points.pop();
        }
        for (inside, cross) in [
            (half(|at| at.x >= -MARGIN), at_x(-MARGIN)),
            (half(|at| at.x <= FAR), at_x(FAR)),
            (half(|at| at.y >= -MARGIN), at_y(-MARGIN)),
            (half(|at| at.y <= FAR), at_y(FAR)),
        ] {
            points = cut(&points, &inside, &cross);
        }
        points.dedup();
        points.extend(points.first().copied());
        if points.len() > 3 { Some(LineString(points)) } else { None }
    }
}

type Inside = Box<dyn Fn(Coord) -> bool>;
type Cross = Box<dyn Fn(Coord, Coord) -> Coord>;

fn half(inside: impl Fn(Coord) -> bool + 'static) -> Inside {
    Box::new(inside)
}

fn at_x(x: f64) -> Cross {
    Box::new(move |a, b| Coord { x, y: (a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)).round() })
}

fn at_y(y: f64) -> Cross {
    Box::new(move |a, b| Coord { x: (a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y)).round(), y })
}

/// What of an open ring lies on one side of a line (Sutherland and Hodgman, 1974).
fn cut(ring: &[Coord], inside: &Inside, cross: &Cross) -> Vec<Coord> {
    let mut kept = Vec::with_capacity(ring.len());
    let Some(mut before) = ring.last().copied() else { return kept };
    for at in ring.iter().copied() {
        if inside(at) != inside(before) {
            kept.push(cross(before, at));
        }
        if inside(at) {
            kept.push(at);
        }
        before = at;
    }
    kept
}

#[cfg(test)]
mod tests {
    use geo::Area as _;

    use super::*;

    fn square(west: f64, south: f64, east: f64, north: f64) -> MultiPolygon {
        MultiPolygon(vec![Rect::new((west, south), (east, north)).to_polygon()])
    }

    #[test]
    fn there_are_as_many_tiles_as_the_zoom_has() {
        assert!(Frame::new(0, 0, 0).is_some() && Frame::new(3, 7, 7).is_some() && Frame::new(22, 0, 0).is_some());
        assert!(Frame::new(0, 1, 0).is_none() && Frame::new(3, 8, 0).is_none() && Frame::new(23, 0, 0).is_none());
    }

    #[test]
    fn a_tile_shows_the_ground_under_it() {
        // The tile of Điện Biên Phủ at zoom 10, by the slippy map formula.
        let frame = Frame::new(10, 805, 449).unwrap();
        let Area { west, south, east, north } = frame.area();
        assert!(west < 103.023 && 103.023 < east && south < 21.392 && 21.392 < north, "{:?}", frame.area());
    }

    #[test]
    fn what_is_cut_fills_the_tile_and_its_margin() {
        let frame = Frame::new(10, 805, 449).unwrap();
        let cut = frame.clipped(&square(100.0, 18.0, 106.0, 24.0));
        let side = f64::from(EXTENT) + 2.0 * MARGIN;
        assert!((cut.signed_area() - side * side).abs() < 1.0, "clockwise on the screen is positive");
        assert!(frame.clipped(&square(100.0, 18.0, 101.0, 19.0)).0.is_empty());
    }
}
