//! Where a report was made, as the phone says it: a position that is one, and how far it may be off.

use serde::{Deserialize, Serialize};

/// A point on Earth, WGS 84 degrees. Finite, in range, not (0, 0), not plainly swapped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Position {
    lon: f64,
    lat: f64,
}

/// Why two numbers are no position for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPosition {
    /// NaN, infinite, or beyond ±180 / ±90.
    #[error("not a finite position on Earth: lon must lie in -180..180 and lat in -90..90")]
    NotOnEarth,
    /// Longitude and latitude exchanged.
    #[error("longitude and latitude are swapped: send lon (about 102-110 in Vietnam) and lat (about 8-24)")]
    Swapped,
    /// The (0, 0) that a phone without a fix sends.
    #[error("(0, 0) is what a phone without a fix sends: wait for a position, or send `place` instead")]
    Zero,
}

impl BadPosition {
    /// The stable code of this error at the front door.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOnEarth => "position_not_on_earth",
            Self::Swapped => "position_swapped",
            Self::Zero => "position_zero",
        }
    }
}

impl Position {
    /// Checks the numbers. A latitude in the range of Vietnam's longitudes (100–120, never a latitude) or a pair that
    /// only fits Vietnam when exchanged is refused as swapped.
    pub fn new(lon: f64, lat: f64) -> Result<Self, BadPosition> {
        if !(lon.is_finite() && lat.is_finite()) {
            return Err(BadPosition::NotOnEarth);
        }
        if in_vietnam(lat, lon) && !in_vietnam(lon, lat) {
            return Err(BadPosition::Swapped);
        }
        if lon.abs() > 180.0 || lat.abs() > 90.0 {
            return Err(BadPosition::NotOnEarth);
        }
        if lon.abs() < 1e-6 && lat.abs() < 1e-6 {
            return Err(BadPosition::Zero);
        }
        Ok(Self { lon, lat })
    }

    /// Degrees east.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Degrees north.
    pub fn lat(self) -> f64 {
        self.lat
    }
}

/// The box around Vietnam's land, islands and waters that decides whether a pair "fits".
fn in_vietnam(lon: f64, lat: f64) -> bool {
    (100.0..=118.0).contains(&lon) && (6.0..=24.0).contains(&lat)
}

/// How far off a position may be: with probability `confidence` the truth lies within `radius_m`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Metres, above 0, at most 100 km.
    pub radius_m: f64,
    /// In 0.01..=0.999; phones mean 0.68, browsers 0.95.
    pub confidence: f64,
}

impl Accuracy {
    /// The confidence of a phone's accuracy when it says none (Android's `Location.getAccuracy`).
    pub const PHONE: f64 = 0.68;

    /// None where the numbers mean nothing (not finite, not above zero): the position is then taken as exact.
    pub fn new(radius_m: f64, confidence: f64) -> Option<Self> {
        let fits = radius_m.is_finite() && radius_m > 0.0 && (0.01..=0.999).contains(&confidence);
        fits.then(|| Self { radius_m: radius_m.min(100_000.0), confidence })
    }

    /// Standard deviation in each axis, metres, of the two-dimensional normal distribution whose circle of radius
    /// `radius_m` holds `confidence`: σ = r / √(−2 ln(1 − p)) (the Rayleigh distribution's quantile).
    pub fn sigma_m(self) -> f64 {
        self.radius_m / (-2.0 * (1.0 - self.confidence).ln()).sqrt()
    }
}

/// Who set the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The phone.
    #[default]
    Gps,
    /// A person moved the pin: the phone's accuracy no longer speaks of it.
    Pin,
    /// Found from an address.
    Address,
}

/// A position with what is known of its error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fix {
    /// The point.
    pub position: Position,
    /// None: taken as exact.
    pub accuracy: Option<Accuracy>,
    /// Who set it.
    pub source: Source,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_on_earth_is_refused() {
        for (lon, lat) in [(f64::NAN, 21.0), (103.0, f64::INFINITY), (1e308, 0.0), (103.0, 91.0), (-180.1, 21.0)] {
            assert_eq!(Position::new(lon, lat), Err(BadPosition::NotOnEarth), "{lon} {lat}");
        }
    }

    #[test]
    fn swapped_and_zero_are_told_apart() {
        assert_eq!(Position::new(21.392, 103.023), Err(BadPosition::Swapped));
        assert_eq!(Position::new(21.392, 10.0).map(Position::lon), Ok(21.392));
        assert_eq!(Position::new(0.0, 0.0), Err(BadPosition::Zero));
        assert_eq!(Position::new(0.0, 51.5).map(Position::lat), Ok(51.5));
    }
}
