//! Areas and what polygons have in common.
//!
//! Areas are those of an equal-area projection of the WGS 84 ellipsoid (Lambert's cylindrical one with the authalic
//! function; Snyder 1987, formulas 10-5 and 3-12): exact but for edges being straight in the plane.

use std::panic::{AssertUnwindSafe, catch_unwind};

use geo::{Area, BooleanOps, Coord, MapCoords, MultiPolygon};

/// Semi-major axis, metres.
const A: f64 = 6_378_137.0;
/// First eccentricity.
const E: f64 = 0.081_819_190_842_621_5;

/// Square metres on the ellipsoid.
pub fn m2(shape: &MultiPolygon<f64>) -> f64 {
    let Some(first) = shape.0.first().and_then(|polygon| polygon.exterior().0.first()).copied() else { return 0.0 };
    let origin = projected(first);
    shape.map_coords(|at| projected(at) - origin).unsigned_area()
}

fn projected(at: Coord) -> Coord {
    let sin = at.y.to_radians().sin();
    let q = (1.0 - E * E) * (sin / (1.0 - E * E * sin * sin) + (E * sin).atanh() / E);
    Coord { x: A * at.x.to_radians(), y: A * q / 2.0 }
}

/// What both have; None where the operation failed.
pub(in crate::locate) fn intersection(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> Option<MultiPolygon<f64>> {
    guarded(|| a.intersection(b))
}

/// What the first has and the second has not; None where the operation failed.
pub(super) fn difference(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> Option<MultiPolygon<f64>> {
    guarded(|| a.difference(b))
}

/// Boolean operations panic on some valid-looking polygons (georust/geo#1064).
pub(in crate::locate) fn guarded(operation: impl FnOnce() -> MultiPolygon<f64>) -> Option<MultiPolygon<f64>> {
    catch_unwind(AssertUnwindSafe(operation)).ok()
}
