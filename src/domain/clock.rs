//! Time and chance, as arguments. Nothing else in the project may ask the machine for either.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::tz::{Offset, TimeZone};
use rand::{Rng, SeedableRng, rngs::ChaCha20Rng};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::followed::{Followed, Sample};

/// Microseconds in one hour.
pub const HOUR: i64 = 3_600_000_000;
/// Microseconds in one minute.
pub const MINUTE: i64 = 60_000_000;
/// Microseconds in one civil day.
pub const DAY: i64 = 24 * HOUR;

/// A century: no span of months is longer.
const MOST_MONTHS: u32 = 1_200;
/// Vietnam keeps UTC+7 all year.
const VIETNAM_OFFSET: i64 = 7 * HOUR;

/// A moment: microseconds since 1970-01-01T00:00:00Z. RFC 3339 in UTC wherever people or machines read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "2026-07-24T07:05:00Z")]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment moved by `micros` (saturating).
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment; negative where it lies after.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The civil day in Vietnam.
    pub fn day(self) -> Day {
        let days = self.0.saturating_add(VIETNAM_OFFSET).div_euclid(DAY);
        Day(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// Microseconds since midnight in Vietnam, `0..DAY`.
    pub fn time_of_day(self) -> i64 {
        self.0.saturating_add(VIETNAM_OFFSET).rem_euclid(DAY)
    }

    /// As headers of HTTP write it: `Fri, 24 Jul 2026 07:05:00 GMT`.
    pub fn http_date(self) -> String {
        jiff::Timestamp::from_microsecond(self.0)
            .map(|t| t.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
            .unwrap_or_default()
    }

    /// "14:05 24/07/2026" in Vietnam's time.
    pub fn vietnam(self) -> String {
        let zone = TimeZone::fixed(Offset::constant(7));
        jiff::Timestamp::from_microsecond(self.0)
            .map(|t| t.to_zoned(zone).strftime("%H:%M %d/%m/%Y").to_string())
            .unwrap_or_default()
    }
}

/// Why a text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time, for instance 2026-07-24T07:05:00Z")]
pub struct BadTime;

impl FromStr for Timestamp {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        let parsed: jiff::Timestamp = text.parse().map_err(|_| BadTime)?;
        Ok(Self(parsed.as_microsecond()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = BadTime;
    fn try_from(text: String) -> Result<Self, BadTime> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> Self {
        at.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => at.fmt(f),
            Err(_) => write!(f, "{}µs", self.0),
        }
    }
}

/// A civil day in Vietnam: days since 1970-01-01. Written `2026-07-24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "2026-07-24")]
pub struct Day(pub i32);

impl Day {
    /// Midnight in Vietnam at the start of this day.
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * DAY - VIETNAM_OFFSET)
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Monday is 0, Sunday is 6.
    pub fn weekday(self) -> u8 {
        u8::try_from((self.0 + 3).rem_euclid(7)).unwrap_or_default()
    }

    /// The same day so many months before, or the last one of that month.
    #[must_use]
    pub fn months_before(self, months: u32) -> Self {
        let date = self.date().saturating_sub(jiff::Span::new().months(months.min(MOST_MONTHS)));
        date.to_string().parse().unwrap_or(self)
    }

    /// Its month, `2026-07`.
    pub fn month(self) -> String {
        self.date().strftime("%Y-%m").to_string()
    }

    /// The calendar date.
    pub fn date(self) -> jiff::civil::Date {
        jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(self.0))
    }
}

impl FromStr for Day {
    type Err = BadDay;
    fn from_str(text: &str) -> Result<Self, BadDay> {
        let date: jiff::civil::Date = text.parse().map_err(|_| BadDay)?;
        let days = jiff::civil::date(1970, 1, 1).until(date).map_err(|_| BadDay)?.get_days();
        Ok(Self(days))
    }
}

/// Why a text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a day, for instance 2026-07-24")]
pub struct BadDay;

impl TryFrom<String> for Day {
    type Error = BadDay;
    fn try_from(text: String) -> Result<Self, BadDay> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

/// Where "now" comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// The database's, on which instances agree whatever their machines' clocks say, and whoever sets those.
    Database(Followed),
    /// A hand that tests and replays move.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until [`Clock::set`] moves it.
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.0)))
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(jiff::Timestamp::now().as_microsecond()),
            Self::Database(followed) => followed.now(),
            Self::Manual(hand) => Timestamp(hand.load(Ordering::SeqCst)),
        }
    }

    /// Takes a new sample of the database's clock; the others keep their own time.
    pub fn follow(&self, sample: Sample) {
        if let Self::Database(followed) = self {
            followed.take(sample);
        }
    }

    /// Microseconds that the machine's clock is ahead of the database's (negative: behind); None where it alone counts.
    pub fn strays(&self) -> Option<i64> {
        match self {
            Self::Database(followed) => Some(Self::System.now().since(followed.now())),
            Self::System | Self::Manual(_) => None,
        }
    }

    /// Moves a manual clock; the others keep their own time.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(hand) = self {
            hand.store(at.0, Ordering::SeqCst);
        }
    }
}

/// Where ids, codes, salts and nonces come from.
#[derive(Debug, Clone)]
pub struct Entropy(Arc<Mutex<ChaCha20Rng>>);

impl Entropy {
    /// Seeded by the operating system.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for chance")]
    pub fn system() -> Self {
        let mut seed = [0_u8; 32];
        rand::rng().fill_bytes(&mut seed);
        Self(Arc::new(Mutex::new(ChaCha20Rng::from_seed(seed))))
    }

    /// Repeatable: for tests, replays and the demonstration.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }

    /// `N` unpredictable bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// A version 7 UUID born at `now`.
    pub fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.0 / 1_000).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}
