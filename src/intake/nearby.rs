//! Hints that somebody has reported the same thing already. Hints only: nothing is merged by them.

use crate::domain::{
    clock::DAY,
    position::Position,
    report::{Report, Whereabouts},
};

/// Mean radius of the Earth in metres (IUGG: R₁ of WGS 84).
const EARTH_M: f64 = 6_371_008.8;
/// Two reports of one thing lie within this, metres: a phone's error twice, and the length of a landslide.
const SAME_PLACE_M: f64 = 250.0;
/// And within this, microseconds.
const SAME_TIME: i64 = 30 * DAY;

/// A distance as the public may know it: coarse enough to hide where exactly the other sender stood.
pub fn band(distance_m: f64) -> &'static str {
    match distance_m {
        ..100.0 => "<100 m",
        100.0..250.0 => "100–250 m",
        250.0..=1_000.0 => "250 m–1 km",
        _ => ">1 km",
    }
}

/// Whether both may speak of one thing: the same category, within 250 m, seen within 30 days of each other. Reports
/// without a position are similar to none.
pub fn similar(a: &Report, b: &Report) -> bool {
    let (Whereabouts::Fix(here), Whereabouts::Fix(there)) = (&a.whereabouts, &b.whereabouts) else { return false };
    a.category == b.category
        && a.seen_at.since(b.seen_at).saturating_abs() <= SAME_TIME
        && distance_m(here.position, there.position) <= SAME_PLACE_M
}

/// Metres on the sphere by the haversine formula; within 0.6 % of the ellipsoid.
pub fn distance_m(a: Position, b: Position) -> f64 {
    let (lat_a, lat_b) = (a.lat().to_radians(), b.lat().to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.lon() - a.lon()).to_radians() / 2.0).sin();
    let chord = half_lat.mul_add(half_lat, lat_a.cos() * lat_b.cos() * half_lon * half_lon);
    2.0 * EARTH_M * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        domain::clock::{Entropy, Timestamp},
        intake::{Sender, Submission, accept},
    };

    fn report(category: &str, lat: f64, day: i64) -> Report {
        let position = json!({"lon": 103.023, "lat": lat});
        let body = json!({"category": category, "description": "x", "position": position});
        let sender = Sender { center: "test".parse().unwrap(), key: None, behalf: false, photos: vec![] };
        let submission = Submission { body, photo_hashes: vec![] };
        accept(&submission, &sender, Timestamp(day * DAY), &Entropy::seeded(1)).unwrap().report
    }

    #[test]
    fn a_minute_of_latitude_is_a_nautical_mile() {
        let at = |lat| Position::new(103.0, lat).unwrap();
        assert!((distance_m(at(21.0), at(21.0 + 1.0 / 60.0)) - 1_853.2).abs() < 0.1);
        assert!(distance_m(at(21.0), at(21.0)).abs() < 1e-9);
    }

    #[test]
    fn the_same_thing_near_and_soon_is_similar() {
        let first = report("sat_lo", 21.392, 0);
        assert!(similar(&first, &report("sat_lo", 21.394, 30)));
        assert!(!similar(&first, &report("sat_lo", 21.3945, 0)), "278 m away");
        assert!(!similar(&first, &report("sat_lo", 21.392, 31)));
        assert!(!similar(&first, &report("rac", 21.392, 0)));
    }

    #[test]
    fn bands_meet_without_a_gap() {
        let bands = [0.0, 99.9, 100.0, 249.9, 250.0, 1_000.0, 1_000.1].map(band);
        assert_eq!(bands, ["<100 m", "<100 m", "100–250 m", "100–250 m", "250 m–1 km", "250 m–1 km", ">1 km"]);
    }
}
