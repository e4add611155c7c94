//! Distances on the WGS 84 ellipsoid: a cheap local metric for finding, the geodesic for stating.

use geo::{Coord, Distance, Geodesic, Point};

/// Semi-major axis, metres.
const A: f64 = 6_378_137.0;
/// First eccentricity squared.
const E2: f64 = 0.006_694_379_990_141_317;

/// Metres per degree near one latitude.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metric {
    east: f64,
    north: f64,
}

impl Metric {
    /// From the radii of curvature in the prime vertical and in the meridian.
    pub(super) fn at(lat: f64) -> Self {
        Self { east: east(lat), north: north(lat) }
    }

    /// The metric of the mean latitude: within 3·10⁻⁶ of the geodesic over 50 km in Vietnam.
    pub(super) fn between(a: f64, b: f64) -> Self {
        Self::at(f64::midpoint(a, b))
    }

    /// Metres between two points.
    pub(super) fn metres(self, a: Coord, b: Coord) -> f64 {
        length((a.x - b.x) * self.east, (a.y - b.y) * self.north)
    }

    /// The point `east_m` and `north_m` metres from `from`.
    pub(super) fn moved(self, from: Coord, east_m: f64, north_m: f64) -> Coord {
        Coord { x: from.x + east_m / self.east, y: from.y + north_m / self.north }
    }

    /// Metres east and north from `from` to `to`.
    pub(super) fn offset(self, from: Coord, to: Coord) -> (f64, f64) {
        ((to.x - from.x) * self.east, (to.y - from.y) * self.north)
    }

    /// The point of the segment that is nearest to `from`.
    pub(super) fn foot(self, from: Coord, a: Coord, b: Coord) -> Coord {
        let (dx, dy) = ((b.x - a.x) * self.east, (b.y - a.y) * self.north);
        let (px, py) = ((from.x - a.x) * self.east, (from.y - a.y) * self.north);
        let length = dx * dx + dy * dy;
        let share = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        if share >= 1.0 { b } else { a + (b - a) * share }
    }
}

/// Metres are never so large or small that `hypot` would be needed.
fn length(east: f64, north: f64) -> f64 {
    (east * east + north * north).sqrt()
}

fn east(lat: f64) -> f64 {
    let (sin, cos) = lat.to_radians().sin_cos();
    (A * cos / (1.0 - E2 * sin * sin).sqrt()).to_radians()
}

fn north(lat: f64) -> f64 {
    let sin = lat.to_radians().sin();
    let w = 1.0 - E2 * sin * sin;
    (A * (1.0 - E2) / (w * w.sqrt())).to_radians()
}

/// Lower bounds of the distance from one point, in the metric of the mean latitudes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    from: Coord,
    metric: Metric,
    /// By how much a degree east changes with the latitude, metres a radian.
    slope: f64,
}

impl Bound {
    /// From this point.
    pub(super) fn from(from: Coord) -> Self {
        let sin = from.y.to_radians().sin();
        let w = 1.0 - E2 * sin * sin;
        let slope = -(A * (1.0 - E2) * sin / (w * w.sqrt())).to_radians();
        Self { from, metric: Metric::at(from.y), slope }
    }

    /// Metres that no point of the box is nearer; no angle function is needed for a box. The metric is that of latitudes
    /// half as far off as the box's. There a degree east is, by Taylor's formula, at least what it is here and its slope
    /// says, less 0.511 A per radian squared: its second derivative is nowhere beyond 1.021 A. That bound is least at one
    /// end of the box's latitudes. A degree north changes by at most 0.011 A per radian.
    pub(super) fn to_box(self, lower: [f64; 2], upper: [f64; 2]) -> f64 {
        let dx = (lower[0] - self.from.x).max(self.from.x - upper[0]).max(0.0);
        let dy = (lower[1] - self.from.y).max(self.from.y - upper[1]).max(0.0);
        let [south, north] = [lower[1], upper[1]].map(|lat| ((lat - self.from.y) / 2.0).to_radians());
        let unit = A.to_radians();
        let east = |away: f64| self.metric.east + away * (self.slope - 0.511 * unit * away);
        let east = east(south).min(east(north)).max(0.0);
        let farthest = north.abs().max(south.abs());
        length(dx * east, dy * (self.metric.north - 0.011 * unit * farthest).max(0.0))
    }
}

/// Geodesic metres (Karney 2013).
pub(super) fn geodesic_m(a: Coord, b: Coord) -> f64 {
    Geodesic.distance(Point::from(a), Point::from(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_latitude_is_close_to_the_geodesic_over_fifty_kilometres() {
        let from = Coord { x: 103.0, y: 21.4 };
        for (dx, dy) in [(0.48, 0.0), (0.0, 0.45), (0.3, -0.3), (-0.3, 0.33)] {
            let to = Coord { x: from.x + dx, y: from.y + dy };
            let (local, exact) = (Metric::between(from.y, to.y).metres(from, to), geodesic_m(from, to));
            assert!((local / exact - 1.0).abs() < 1e-5, "{local} {exact}");
        }
    }

    #[test]
    fn the_second_derivative_of_a_degree_east_stays_below_its_bound() {
        let step: f64 = 1e-3;
        for tenth in -899..=899 {
            let lat = f64::from(tenth) / 10.0;
            let bent =
                (east(lat + step.to_degrees()) - 2.0 * east(lat) + east(lat - step.to_degrees())) / (step * step);
            assert!(bent.abs() < 1.02 * A.to_radians(), "{lat}: {bent}");
            let slope = (east(lat + step.to_degrees()) - east(lat - step.to_degrees())) / (2.0 * step);
            let stated = Bound::from(Coord { x: 0.0, y: lat }).slope;
            assert!((slope - stated).abs() < 1e-5 * A.to_radians(), "{lat}: {slope} {stated}");
        }
    }

    #[test]
    fn the_bound_of_a_small_box_is_its_distance() {
        for (from, to) in [((108.9, 17.2), (107.3, 16.4)), ((101.1, 9.0), (104.7, 8.6)), ((106.0, 24.5), (105.3, 23.4))]
        {
            let (from, to) = (Coord { x: from.0, y: from.1 }, Coord { x: to.0, y: to.1 });
            let metres = Metric::between(from.y, to.y).metres(from, to);
            let bound = Bound::from(from).to_box([to.x, to.y], [to.x, to.y]);
            assert!(bound <= metres && bound > metres * 0.9995, "{bound} {metres}");
        }
    }

    #[test]
    fn no_point_of_a_box_is_nearer_than_the_bound() {
        let (lower, upper) = ([103.0, 21.0], [103.5, 22.0]);
        for from in [Coord { x: 102.0, y: 20.0 }, Coord { x: 103.2, y: 25.0 }, Coord { x: 110.0, y: -3.0 }] {
            let bound = Bound::from(from).to_box(lower, upper);
            assert!(bound > 1_000.0);
            for step in 0..=100 {
                let share = f64::from(step) / 100.0;
                for to in [(103.0 + share / 2.0, 21.0), (103.0, 21.0 + share), (103.5, 21.0 + share)] {
                    let to = Coord { x: to.0, y: to.1 };
                    assert!(Metric::between(from.y, to.y).metres(from, to) >= bound - 1e-6);
                }
            }
        }
    }
}
