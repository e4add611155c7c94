//! Civil months in Vietnam, and how a span of days falls into whole months and the days around them.

use std::fmt;

use jiff::civil;

use super::clock::Day;

/// A civil month: months since January of the year 0. Written `2026-07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    /// The month of a day.
    pub fn of(day: Day) -> Self {
        let date = day.date();
        Self(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }

    /// Its first day.
    pub fn first(self) -> Day {
        Day::of(self.date())
    }

    /// Its last day.
    pub fn last(self) -> Day {
        Day::of(self.date().last_of_month())
    }

    /// Only months of days are made, so year and month are in range.
    fn date(self) -> civil::Date {
        let year = i16::try_from(self.0.div_euclid(12)).unwrap_or(i16::MAX);
        let month = i8::try_from(self.0.rem_euclid(12) + 1).unwrap_or(1);
        civil::Date::new(year, month, 1).unwrap_or(civil::Date::MAX)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

/// First and last of a range, both included; empty where the first lies after the last.
pub type Range = (i64, i64);

const NOTHING: Range = (1, 0);

/// A span of days as whole months, and the days before and after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// [`Month`]s.
    pub months: Range,
    /// [`Day`]s before the first whole month, and after the last.
    pub days: [Range; 2],
}

impl Span {
    /// The days from `from` to `to`, both included; None is as far as there is anything.
    pub fn of(from: Option<Day>, to: Option<Day>) -> Self {
        let begin = from.map(|day| (day, Month::of(day)));
        let end = to.map(|day| (day, Month::of(day)));
        let is_cut = |(day, month): &(Day, Month)| month.first() != *day;
        let ends_early = |(day, month): &(Day, Month)| month.last() != *day;
        let first = begin.map_or(i64::from(i32::MIN), |begin| i64::from(begin.1.0) + i64::from(is_cut(&begin)));
        let last = end.map_or(i64::from(i32::MAX), |end| i64::from(end.1.0) - i64::from(ends_early(&end)));
        let before = begin.filter(is_cut).map_or(NOTHING, |(day, month)| {
            let until = to.map_or(month.last(), |to| to.min(month.last()));
            (i64::from(day.0), i64::from(until.0))
        });
        // Where both ends cut the same month, the days before are all there are.
        let is_told = |(_, month): &(Day, Month)| begin.is_some_and(|begin| begin.1 == *month && is_cut(&begin));
        let after = end
            .filter(|end| ends_early(end) && !is_told(end))
            .map_or(NOTHING, |(day, month)| (i64::from(month.first().0), i64::from(day.0)));
        Self { months: (first, last), days: [before, after] }
    }

    /// The same days, none of them told as a month.
    pub fn in_days(from: Option<Day>, to: Option<Day>) -> Self {
        let first = from.map_or(i64::from(i32::MIN), |day| i64::from(day.0));
        let last = to.map_or(i64::from(i32::MAX), |day| i64::from(day.0));
        Self { months: NOTHING, days: [(first, last), NOTHING] }
    }
}

impl Day {
    /// The day of a calendar date.
    pub fn of(date: civil::Date) -> Self {
        let days = civil::date(1970, 1, 1).until(date).map_or(0, |span| span.get_days());
        Self(days)
    }

    /// The Monday of its week.
    #[must_use]
    pub fn monday(self) -> Self {
        Self(self.0 - i32::from(self.weekday()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_has_its_first_and_last_day() {
        let month = Month::of(day("2024-02-11"));
        assert_eq!((month.first(), month.last()), (day("2024-02-01"), day("2024-02-29")));
        assert_eq!(month.to_string(), "2024-02");
        assert_eq!(Month::of(day("2026-12-31")).last(), day("2026-12-31"));
    }

    #[test]
    fn every_day_of_a_span_is_counted_once_and_no_other() {
        let start = day("2025-11-20");
        for from in 0..100 {
            for length in [0, 1, 5, 10, 11, 40, 41, 72, 90, 400] {
                let (from, to) = (Day(start.0 + from), Day(start.0 + from + length));
                let span = Span::of(Some(from), Some(to));
                for day in from.0 - 70..=to.0 + 70 {
                    let month = i64::from(Month::of(Day(day)).0);
                    let within = |(first, last): Range, it: i64| usize::from(first <= it && it <= last);
                    let times = within(span.months, month)
                        + span.days.iter().map(|range| within(*range, i64::from(day))).sum::<usize>();
                    assert_eq!(times, usize::from(from.0 <= day && day <= to.0), "{from}..{to}: {}", Day(day));
                }
            }
        }
    }

    #[test]
    fn an_open_end_reaches_as_far_as_there_are_months() {
        let span = Span::of(None, Some(day("2026-07-31")));
        assert_eq!(span.months, (i64::from(i32::MIN), i64::from(Month::of(day("2026-07-01")).0)));
        assert_eq!(span.days, [NOTHING, NOTHING]);
        let span = Span::of(Some(day("2026-07-02")), None);
        assert_eq!(span.days[0], (i64::from(day("2026-07-02").0), i64::from(day("2026-07-31").0)));
    }
}
