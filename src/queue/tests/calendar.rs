use proptest::prelude::*;

use super::{super::BadCalendar, *};
use crate::domain::clock::{DAY, Day, MINUTE};

fn starter() -> Calendar {
    Calendar::new(starter_working_time()).unwrap()
}

/// Working minutes by walking through every minute; `from` on a full minute.
fn walked(from: Timestamp, minutes: i64) -> i64 {
    let data = starter_working_time();
    (0..minutes)
        .map(|minute| from.plus(minute * MINUTE))
        .filter(|moment| {
            let day = moment.day();
            let weekday = day.weekday() < 5 && !data.holidays.iter().any(|holiday| holiday.day == day);
            let minute = moment.time_of_day() / MINUTE;
            (weekday || data.swapped.contains(&day))
                && data.hours.iter().any(|(from, to)| (i64::from(*from)..i64::from(*to)).contains(&minute))
        })
        .count()
        .try_into()
        .unwrap()
}

#[test]
fn a_deadline_falls_on_the_end_of_a_day_and_skips_the_weekend() {
    let calendar = starter();
    // Friday 24 July 2026, 16:00 in Vietnam: one hour is left.
    let friday = at("2026-07-24T09:00:00Z");
    assert_eq!(calendar.after(friday, 60), at("2026-07-24T10:00:00Z"));
    assert_eq!(calendar.after(friday, 61), at("2026-07-27T00:31:00Z"));
    assert_eq!(calendar.after(at("2026-07-25T03:00:00Z"), 1), at("2026-07-27T00:31:00Z"));
    assert_eq!(calendar.after(at("2026-07-25T03:00:00Z"), 0), at("2026-07-25T03:00:00Z"));
}

#[test]
fn noon_is_no_working_time() {
    let calendar = starter();
    assert_eq!(calendar.after(at("2026-07-23T04:00:00Z"), 60), at("2026-07-23T07:00:00Z"));
    assert_eq!(calendar.between(at("2026-07-23T04:30:00Z"), at("2026-07-23T06:30:00Z")), 0);
}

#[test]
fn tet_2026_is_skipped_whole() {
    let calendar = starter();
    // Friday 13 February, 16:00, to Monday 23 February, 08:30.
    assert_eq!(calendar.after(at("2026-02-13T09:00:00Z"), 120), at("2026-02-23T01:30:00Z"));
    assert_eq!(calendar.between(Day::start("2026-02-14".parse().unwrap()), at("2026-02-23T00:30:00Z")), 0);
}

#[test]
fn a_swapped_saturday_is_worked() {
    let calendar = starter();
    let saturday: Day = "2026-08-22".parse().unwrap();
    assert_eq!(calendar.between(saturday.start(), saturday.next().start()), calendar.day_minutes());
    let monday: Day = "2026-08-31".parse().unwrap();
    assert_eq!(calendar.between(monday.start(), monday.next().start()), 0);
}

#[test]
fn every_year_has_its_eleven_paid_days_off_or_a_day_in_lieu() {
    let calendar = starter();
    for (year, weekdays) in [(2025, 261), (2026, 261), (2027, 261)] {
        let first: Day = format!("{year}-01-01").parse().unwrap();
        let last: Day = format!("{}-01-01", year + 1).parse().unwrap();
        let worked = calendar.between(first.start(), last.start()) / calendar.day_minutes();
        assert_eq!(worked, weekdays - 11, "{year}");
    }
}

#[test]
fn after_the_last_day_of_the_data_the_week_goes_on() {
    let calendar = starter();
    // Friday 1 January 2038, 08:00, and a working day.
    assert_eq!(calendar.after(at("2038-01-01T01:00:00Z"), 450), at("2038-01-04T01:00:00Z"));
}

#[test]
fn bad_data_is_refused_with_what_to_do() {
    let refused = |change: fn(&mut crate::domain::calendar::WorkingTime)| {
        let mut data = starter_working_time();
        change(&mut data);
        Calendar::new(data).unwrap_err()
    };
    assert_eq!(refused(|data| data.hours.clear()), BadCalendar::NoHours);
    assert_eq!(refused(|data| data.hours = vec![(450, 690), (680, 1020)]), BadCalendar::Hours(680, 1020));
    assert_eq!(refused(|data| data.hours = vec![(450, 1441)]), BadCalendar::Hours(450, 1441));
    let monday: Day = "2026-07-27".parse().unwrap();
    assert_eq!(refused(|data| data.swapped.push("2026-07-27".parse().unwrap())), BadCalendar::SwappedWeekday(monday));
    let late: Day = "2028-01-01".parse().unwrap();
    assert_eq!(refused(|data| data.swapped.push("2028-01-01".parse().unwrap())), BadCalendar::AfterUntil(late));
    let twice: Day = "2025-01-01".parse().unwrap();
    assert_eq!(refused(|data| data.holidays.push(data.holidays[0].clone())), BadCalendar::Twice(twice));
}

proptest! {
    #[test]
    fn between_undoes_after(from in any_moment(), minutes in 0_i64..300_000) {
        let calendar = starter();
        let to = calendar.after(from, minutes);
        prop_assert!(to >= from);
        prop_assert_eq!(calendar.between(from, to), minutes);
        if minutes > 0 {
            prop_assert!(calendar.between(from, to.plus(-1)) < minutes, "the earliest such moment");
        }
    }

    #[test]
    fn later_starts_and_longer_spans_end_later(from in any_moment(), gap in 0..30 * DAY, minutes in 0_i64..10_000, more in 0_i64..10_000) {
        let calendar = starter();
        prop_assert!(calendar.after(from, minutes) <= calendar.after(from.plus(gap), minutes));
        prop_assert!(calendar.after(from, minutes) <= calendar.after(from, minutes + more));
        prop_assert_eq!(calendar.after(calendar.after(from, minutes), more), calendar.after(from, minutes + more));
    }

    #[test]
    fn between_adds_up_and_counts_what_a_walk_counts(minute in 0_i64..1_576_000, length in 0_i64..20_000, cut in 0_i64..20_000) {
        let calendar = starter();
        let from = Day::start("2025-01-01".parse().unwrap()).plus(minute * MINUTE);
        let to = from.plus(length * MINUTE);
        prop_assert_eq!(calendar.between(from, to), walked(from, length));
        let middle = from.plus(cut.min(length) * MINUTE);
        prop_assert_eq!(calendar.between(from, middle) + calendar.between(middle, to), calendar.between(from, to));
        prop_assert_eq!(calendar.between(to, from), 0);
    }
}

/// 2024 to 2030.
fn any_moment() -> impl Strategy<Value = Timestamp> {
    (1_704_067_200_000_000_i64..1_893_456_000_000_000).prop_map(Timestamp)
}
