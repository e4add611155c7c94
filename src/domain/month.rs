//! Civil months in Vietnam, and how a span of days is told by whole months and a few days beside them.

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

/// A span of days as months, and the days by which its ends differ from whole months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// [`Month`]s.
    pub months: Range,
    /// Where the span begins and ends.
    pub edges: [Edge; 2],
}

/// Days beside whole months: those of a month that is hardly in the span are added, those that hardly fail are taken away
/// from the whole month. So an edge has at most half a month of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// [`Day`]s.
    pub days: Range,
    /// 1: added; -1: taken away.
    pub sign: i64,
}

const STRAIGHT: Edge = Edge { days: NOTHING, sign: 1 };

impl Edge {
    fn of(first: Day, last: Day, sign: i64) -> Self {
        Self { days: (i64::from(first.0), i64::from(last.0)), sign }
    }
}

impl Span {
    /// The days from `from` to `to`, both included; None is as far as there is anything.
    pub fn of(from: Option<Day>, to: Option<Day>) -> Self {
        if let (Some(from), Some(to)) = (from, to) {
            let month = Month::of(from);
            if month == Month::of(to) && from != month.first() && to != month.last() {
                return Self { months: NOTHING, edges: [Edge::of(from, to, 1), STRAIGHT] };
            }
        }
        let mut span = Self { months: (i64::from(i32::MIN), i64::from(i32::MAX)), edges: [STRAIGHT; 2] };
        if let Some(from) = from {
            let month = Month::of(from);
            let (before, within) = (from.0 - month.first().0, month.last().0 - from.0 + 1);
            span.months.0 = i64::from(month.0) + i64::from(before > within);
            span.edges[0] = match before {
                0 => STRAIGHT,
                _ if before > within => Edge::of(from, month.last(), 1),
                _ => Edge::of(month.first(), Day(from.0 - 1), -1),
            };
        }
        if let Some(to) = to {
            let month = Month::of(to);
            let (after, within) = (month.last().0 - to.0, to.0 - month.first().0 + 1);
            span.months.1 = i64::from(month.0) - i64::from(after > within);
            span.edges[1] = match after {
                0 => STRAIGHT,
                _ if after > within => Edge::of(month.first(), to, 1),
                _ => Edge::of(Day(to.0 + 1), month.last(), -1),
            };
        }
        span
    }

    /// Whether it begins and ends where months do, or nowhere.
    pub fn is_whole(&self) -> bool {
        self.edges == [STRAIGHT; 2]
    }

    /// The same days, none of them told as a month.
    pub fn in_days(from: Option<Day>, to: Option<Day>) -> Self {
        let first = from.map_or(i64::from(i32::MIN), |day| i64::from(day.0));
        let last = to.map_or(i64::from(i32::MAX), |day| i64::from(day.0));
        Self { months: NOTHING, edges: [Edge { days: (first, last), sign: 1 }, STRAIGHT] }
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
                    let within = |(first, last): Range, it: i64| i64::from(first <= it && it <= last);
                    let beside = |edge: &Edge| edge.sign * within(edge.days, i64::from(day));
                    let times = within(span.months, month) + span.edges.iter().map(beside).sum::<i64>();
                    assert_eq!(times, i64::from(from.0 <= day && day <= to.0), "{from}..{to}: {}", Day(day));
                }
                let longest = span.edges.iter().map(|edge| edge.days.1 - edge.days.0 + 1).max();
                assert!(longest <= Some(if length < 31 { 31 } else { 15 }), "{from}..{to}: {span:?}");
            }
        }
    }

    #[test]
    fn an_open_end_reaches_as_far_as_there_are_months() {
        let span = Span::of(None, Some(day("2026-07-31")));
        assert_eq!(span.months, (i64::from(i32::MIN), i64::from(Month::of(day("2026-07-01")).0)));
        assert_eq!(span.edges, [STRAIGHT, STRAIGHT]);
        let span = Span::of(Some(day("2026-07-02")), None);
        assert_eq!(span.edges[0], Edge::of(day("2026-07-01"), day("2026-07-01"), -1));
        let span = Span::of(Some(day("2026-07-30")), None);
        assert_eq!(span.edges[0], Edge::of(day("2026-07-30"), day("2026-07-31"), 1));
    }
}
