//! The metrics of a heatmap, each with the count that stands behind it.

use std::str::FromStr;

use crate::domain::tally::{Tally, bucket_hours};

/// What a cell is coloured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Reports received.
    Reports,
    /// Still open, now.
    Open,
    /// Open and past the deadline, now.
    Overdue,
    /// Settled by the deadline first promised; extensions count apart.
    OnTimeShare,
    /// Half of the resolved took at most this many working hours.
    MedianResolutionHours,
    /// Nine of ten did.
    P90ResolutionHours,
    /// Reopened at least once.
    ReopenedShare,
    /// Mean stars, 1–5.
    Satisfaction,
}

/// The names at the front door.
const WORDS: [(&str, Metric); 8] = [
    ("reports", Metric::Reports),
    ("open", Metric::Open),
    ("overdue", Metric::Overdue),
    ("on_time_share", Metric::OnTimeShare),
    ("median_resolution_hours", Metric::MedianResolutionHours),
    ("p90_resolution_hours", Metric::P90ResolutionHours),
    ("reopened_share", Metric::ReopenedShare),
    ("satisfaction", Metric::Satisfaction),
];

/// No such metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such metric: reports, open, overdue, on_time_share, median_resolution_hours, p90_resolution_hours, reopened_share, satisfaction"
)]
pub struct NoMetric;

impl FromStr for Metric {
    type Err = NoMetric;
    fn from_str(word: &str) -> Result<Self, NoMetric> {
        WORDS.iter().find(|(name, _)| *name == word).map(|(_, metric)| *metric).ok_or(NoMetric)
    }
}

/// A value, and how many reports stand behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// None where nothing stands behind it.
    pub value: Option<f64>,
    /// The denominator of a share, the number of values behind a quantile, the reports behind a count.
    pub count: i64,
}

impl Metric {
    /// Whether it is read off the histogram.
    pub fn needs_hours(self) -> bool {
        matches!(self, Self::MedianResolutionHours | Self::P90ResolutionHours)
    }

    /// Reads the metric off a group's counts and its histogram.
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
    pub fn measure(self, tally: &Tally, histogram: &[(i64, i64)]) -> Measured {
        let share =
            |part: i64, whole: i64| Measured { value: (whole > 0).then(|| part as f64 / whole as f64), count: whole };
        let amount = |value: i64| Measured { value: Some(value as f64), count: tally.reports };
        match self {
            Self::Reports => amount(tally.reports),
            Self::Open => amount(tally.open),
            Self::Overdue => amount(tally.overdue),
            Self::OnTimeShare => share(tally.on_time, tally.settled),
            Self::ReopenedShare => share(tally.reopened, tally.reports),
            Self::Satisfaction => share(tally.stars, tally.rated),
            Self::MedianResolutionHours => quantile(histogram, 0.5),
            Self::P90ResolutionHours => quantile(histogram, 0.9),
        }
    }
}

/// The nearest-rank quantile of a histogram, hours; off by at most 2.5 % (half a bucket).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts below 2^52; the rank lies within them"
)]
fn quantile(histogram: &[(i64, i64)], share: f64) -> Measured {
    let count: i64 = histogram.iter().map(|(_, n)| n).sum();
    let rank = (share * count as f64).ceil().max(1.0) as i64;
    let mut seen = 0;
    let bucket = histogram.iter().find(|(_, n)| {
        seen += n;
        seen >= rank
    });
    Measured { value: bucket.map(|(bucket, _)| (bucket_hours(*bucket) * 100.0).round() / 100.0), count }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tally::bucket;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "minutes below 2^52")]
    fn a_quantile_is_within_two_and_a_half_percent_of_the_sorted_list() {
        let minutes: Vec<i64> = (1..=1_000).map(|i| 3 + i * i % 9_973).collect();
        let mut histogram = std::collections::BTreeMap::new();
        for value in &minutes {
            *histogram.entry(bucket(*value)).or_insert(0) += 1;
        }
        let histogram: Vec<_> = histogram.into_iter().collect();
        let mut sorted = minutes;
        sorted.sort_unstable();
        for (share, index) in [(0.5, 499), (0.9, 899)] {
            let exact = sorted[index] as f64 / 60.0;
            let read = quantile(&histogram, share).value.unwrap();
            assert!((read / exact - 1.0).abs() <= 0.026, "{read} for {exact}");
        }
    }

    #[test]
    fn nothing_behind_a_share_is_no_value() {
        let measured = Metric::OnTimeShare.measure(&Tally::default(), &[]);
        assert_eq!(measured, Measured { value: None, count: 0 });
    }
}
