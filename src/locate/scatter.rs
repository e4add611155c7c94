//! Where the truth may lie when a position is off: points spread like a two-dimensional normal distribution.

use std::{f64::consts::PI, sync::LazyLock};

/// How many points. The probability of half a plane comes out within 0.011 (twice as many: 0.005).
const POINTS: u32 = 512;

/// A Vogel spiral (Vogel 1979): radii at the mid-quantiles of the Rayleigh distribution, angles by the golden section,
/// so every point stands for the same share of the probability. East and north in standard deviations.
static SPIRAL: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    let golden = PI * (3.0 - 5.0_f64.sqrt());
    let point = |i: u32| {
        let share = (f64::from(i) + 0.5) / f64::from(POINTS);
        let (sin, cos) = (f64::from(i) * golden).sin_cos();
        let radius = (-2.0 * (1.0 - share).ln()).sqrt();
        (radius * cos, radius * sin)
    };
    (0..POINTS).map(point).collect()
});

/// The points, in standard deviations east and north; each has the probability [`weight`].
pub(super) fn points() -> impl Iterator<Item = (f64, f64)> {
    SPIRAL.iter().copied()
}

/// The probability of each point.
pub(super) fn weight() -> f64 {
    1.0 / f64::from(POINTS)
}

/// The farthest point, in standard deviations: √(2 ln 1024) = 3.72. What is farther away is not met.
pub(super) const FARTHEST: f64 = 3.73;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_point_lies_beyond_the_farthest() {
        let farthest = points().map(|(east, north)| east.hypot(north)).fold(0.0, f64::max);
        assert!(farthest < FARTHEST && farthest > FARTHEST - 0.02, "{farthest}");
    }

    #[test]
    fn half_planes_get_their_probability() {
        // Φ(0), Φ(0.5), Φ(1), Φ(2)
        for (offset, expected) in [(0.0, 0.5), (0.5, 0.691_462), (1.0, 0.841_345), (2.0, 0.977_250)] {
            for turn in 0..36 {
                let (sin, cos) = (f64::from(turn) * 10.0).to_radians().sin_cos();
                let below = points().filter(|(east, north)| east * cos + north * sin < offset);
                let share: f64 = below.map(|_| weight()).sum();
                assert!((share - expected).abs() < 0.011, "{offset} {turn}: {share}");
            }
        }
    }
}
