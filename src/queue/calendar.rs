//! Arithmetic in working time: how far two moments lie apart, and where a deadline falls.

use crate::domain::{
    calendar::WorkingTime,
    clock::{DAY, Day, MINUTE, Timestamp},
};

/// A working-time calendar that can be computed with.
///
/// Monday to Friday are working days, except holidays; swapped days are worked although they are Saturdays or Sundays.
/// Every moment has a position on the scale of working time; deadlines are found by reading that scale both ways, so
/// the cost does not grow with the distance. After the last day of the data the week alone decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Microseconds since midnight in Vietnam: ascending, apart, never empty.
    hours: Vec<(i64, i64)>,
    /// Monday-to-Friday days off, ascending.
    off: Vec<Day>,
    /// Weekend days worked, ascending.
    worked: Vec<Day>,
    /// The last day that the data speaks of.
    until: Day,
}

impl Calendar {
    /// Checks the data.
    pub fn new(data: WorkingTime) -> Result<Self, BadCalendar> {
        let WorkingTime { hours, holidays, swapped, until } = data;
        let mut previous = 0;
        for &(from, to) in &hours {
            if from < previous || from >= to || to > 24 * 60 {
                return Err(BadCalendar::Hours(from, to));
            }
            previous = to;
        }
        if hours.is_empty() {
            return Err(BadCalendar::NoHours);
        }
        let off = distinct(holidays.into_iter().map(|holiday| holiday.day).collect())?;
        let worked = distinct(swapped)?;
        if let Some(day) = off.iter().chain(&worked).find(|day| **day > until) {
            return Err(BadCalendar::AfterUntil(*day));
        }
        if let Some(day) = worked.iter().find(|day| is_weekday(**day)) {
            return Err(BadCalendar::SwappedWeekday(*day));
        }
        if let Some(day) = worked.iter().find(|day| off.contains(day)) {
            return Err(BadCalendar::Twice(*day));
        }
        Ok(Self {
            hours: hours.into_iter().map(|(from, to)| (i64::from(from) * MINUTE, i64::from(to) * MINUTE)).collect(),
            off: off.into_iter().filter(|day| is_weekday(*day)).collect(),
            worked,
            until,
        })
    }

    /// The earliest moment, not before `from`, by which `minutes` of working time have passed since `from`.
    ///
    /// A deadline thus falls on the end of a working day, never on the start of the next. Negative minutes count as 0.
    pub fn after(&self, from: Timestamp, minutes: i64) -> Timestamp {
        self.moved(from, minutes.max(0).saturating_mul(MINUTE))
    }

    /// Whole working minutes from `from` to `to` (0 where `to` is earlier).
    pub fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.span(from, to).max(0) / MINUTE
    }

    /// The last day that the data speaks of; after it the week alone decides.
    pub fn until(&self) -> Day {
        self.until
    }

    /// Minutes of one working day.
    pub fn day_minutes(&self) -> i64 {
        self.day_length() / MINUTE
    }

    /// Working microseconds from `from` to `to`; negative where `to` is earlier.
    pub(super) fn span(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.position(to).saturating_sub(self.position(from))
    }

    /// `at` moved later by `micros` of working time.
    pub(super) fn moved(&self, at: Timestamp, micros: i64) -> Timestamp {
        // A deadline further away than this is a mistake in the data, not a wish: days must stay within their range.
        let micros = micros.clamp(0, self.day_length() * 100_000);
        if micros == 0 {
            return at;
        }
        self.moment(self.position(at) + micros, at.day()).max(at)
    }

    fn day_length(&self) -> i64 {
        self.hours.iter().map(|(from, to)| to - from).sum()
    }

    /// Working days from the epoch to the start of `day`; negative before it.
    fn days_before(&self, day: Day) -> i64 {
        let since_monday = i64::from(day.0) + 3;
        let weekdays = since_monday.div_euclid(7) * 5 + since_monday.rem_euclid(7).min(5);
        let off = self.off.partition_point(|other| *other < day);
        let worked = self.worked.partition_point(|other| *other < day);
        weekdays - count(off) + count(worked)
    }

    fn works_on(&self, day: Day) -> bool {
        self.days_before(day.next()) > self.days_before(day)
    }

    /// Working microseconds from the epoch to `at`.
    fn position(&self, at: Timestamp) -> i64 {
        let day = at.day();
        let whole = self.days_before(day) * self.day_length();
        if !self.works_on(day) {
            return whole;
        }
        let time = at.time_of_day();
        whole + self.hours.iter().map(|(from, to)| (time.min(*to) - from).max(0)).sum::<i64>()
    }

    /// The earliest moment at `position`, searched from `from` on.
    fn moment(&self, position: i64, from: Day) -> Timestamp {
        let length = self.day_length();
        // The day on which the scale reaches the position: the first after whose end it is not exceeded any more.
        let (mut low, mut high) = (from, from);
        let mut step = 1;
        while self.days_before(high.next()) * length < position {
            low = high;
            high = Day(high.0 + step);
            step *= 2;
        }
        while low < high {
            let middle = Day(low.0 + (high.0 - low.0) / 2);
            if self.days_before(middle.next()) * length < position {
                low = middle.next();
            } else {
                high = middle;
            }
        }
        let mut rest = position - self.days_before(low) * length;
        for (from, to) in &self.hours {
            if rest <= to - from {
                return low.start().plus(from + rest.max(0));
            }
            rest -= to - from;
        }
        low.start().plus(DAY)
    }
}

/// Why working-time data is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCalendar {
    /// No half-day at all.
    #[error("hours: at least one half-day is needed, for instance [[450, 690], [810, 1020]]")]
    NoHours,
    /// Not ascending, or not within one day.
    #[error("hours: {0}-{1} must begin before it ends, after the half-day before it, and end by minute 1440")]
    Hours(u16, u16),
    /// The same day twice.
    #[error("{0} is written down twice; keep one line")]
    Twice(Day),
    /// Only a Saturday or a Sunday can become a day of work.
    #[error("swapped: {0} is a weekday already; write down the Saturday or Sunday that is worked")]
    SwappedWeekday(Day),
    /// The data says that it does not speak of that day.
    #[error("{0} lies after `until`; move `until` to the last day that was looked at")]
    AfterUntil(Day),
    /// Not the form of working-time data.
    #[error("working time cannot be read: {0}")]
    Form(toml::de::Error),
}

/// The working time that the product starts with, until the province writes its own.
#[expect(clippy::missing_panics_doc, reason = "the file is built in, and a test reads it")]
pub fn starter_working_time() -> WorkingTime {
    read_working_time(include_str!("working_time.toml")).expect("the built-in file is read by a test")
}

/// Working-time data from the text that people edit (TOML); errors name the line.
pub fn read_working_time(text: &str) -> Result<WorkingTime, BadCalendar> {
    toml::from_str(text).map_err(BadCalendar::Form)
}

fn is_weekday(day: Day) -> bool {
    day.weekday() < 5
}

fn count(days: usize) -> i64 {
    i64::try_from(days).unwrap_or(i64::MAX)
}

fn distinct(mut days: Vec<Day>) -> Result<Vec<Day>, BadCalendar> {
    days.sort_unstable();
    match days.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(BadCalendar::Twice(pair[0])),
        None => Ok(days),
    }
}
