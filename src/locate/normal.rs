//! The normal distribution in one dimension, in standard deviations.

use std::{f64::consts, sync::LazyLock};

/// What lies farther from the middle is left out: 0.00014 of the probability.
pub(super) const FARTHEST: f64 = 3.8;
/// Bands of equal probability.
const BANDS: usize = 256;

/// The probability of being below `x`. Abramowitz and Stegun 7.1.26: off by at most 10⁻⁷.
pub(super) fn below(x: f64) -> f64 {
    let z = x.abs() * consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let sum =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let tail = 0.5 * sum * (-z * z).exp();
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// The density at `x`.
fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / consts::TAU.sqrt()
}

/// Where the bands begin and end: from one to the next lies 1/256 of the probability.
static BOUNDS: LazyLock<[f64; BANDS + 1]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        #[expect(clippy::cast_precision_loss, reason = "at most 256")]
        let share = i as f64 / BANDS as f64;
        let (mut low, mut high) = (-FARTHEST, FARTHEST);
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            if below(middle) < share { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    })
});

/// The bands between `from` and `to`, each as the line that stands for it (its mean) and its probability.
pub(super) fn lines(from: f64, to: f64, lines: &mut Vec<(f64, f64)>) {
    lines.clear();
    let bounds = &*BOUNDS;
    let first = bounds.partition_point(|bound| *bound <= from).saturating_sub(1);
    for band in bounds[first..].windows(2) {
        let (low, high) = (band[0].max(from), band[1].min(to));
        if low >= to {
            break;
        }
        let weight = below(high) - below(low);
        if high > low && weight > 1e-9 {
            let mean = (density(low) - density(high)) / weight;
            lines.push((mean.clamp(low, high), weight));
        }
    }
}

/// Below which value lies the share `share`, between two values below which `least` and `most` lie; within 10⁻⁴.
pub(super) fn quantile(share: f64, (from, to): (f64, f64)) -> f64 {
    let (mut low, mut high) = (from, to);
    for _ in 0..16 {
        let middle = f64::midpoint(low, high);
        if below(middle) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_values() {
        for (x, expected) in
            [(0.0, 0.5), (0.5, 0.691_462_461), (1.0, 0.841_344_746), (2.0, 0.977_249_868), (3.0, 0.998_650_102)]
        {
            assert!((below(x) - expected).abs() < 2e-7 && (below(-x) - 1.0 + expected).abs() < 2e-7, "{x}");
            assert!((quantile(expected, (-3.8, 3.8)) - x).abs() < 1e-3);
        }
    }

    #[test]
    fn lines_carry_what_lies_between() {
        let mut found = Vec::new();
        for (from, to) in [(-3.8, 3.8), (-0.1, 0.2), (0.001, 0.002), (2.0, 3.8), (-3.8, -3.7)] {
            lines(from, to, &mut found);
            let sum: f64 = found.iter().map(|(_, weight)| weight).sum();
            assert!((sum - (below(to) - below(from))).abs() < 1e-6, "{from} {to}: {sum}");
            assert!(found.iter().all(|(line, weight)| (from..=to).contains(line) && *weight <= 1.0 / 255.0));
        }
    }
}
