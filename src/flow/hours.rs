//! The province's calendar and ladder: a year is loaded, another ladder is put into force, and people are told before the
//! calendar's data ends.

use super::{
    Flow, Rejection,
    words::{same, say},
};
use crate::{
    domain::{
        calendar::{DayOff, WorkingTime},
        clock::{Day, Timestamp},
        ids::{CenterId, NoticeId},
        ladder::LadderData,
    },
    queue::{self, BadCalendar, BadLadder, Calendar, Ladder},
    store::{DocumentKind, Notice, Store, StoreError},
};

/// So many days before the data ends people are told.
const WARNED: [i32; 3] = [7, 30, 60];

/// The days of one year as people write them down.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Which.
    pub year: i16,
    /// Days off.
    pub holidays: Vec<DayOff>,
    /// Saturdays and Sundays that are worked instead.
    #[serde(default)]
    pub swapped: Vec<Day>,
}

/// Why a calendar or a ladder was not put into force; what was before stays.
#[derive(Debug, thiserror::Error)]
pub enum NotLoaded {
    /// The file is none.
    #[error("the year cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// A day of another year.
    #[error("{day} does not lie in {year}: one file, one year")]
    OtherYear {
        /// The day.
        day: Day,
        /// The file's year.
        year: i16,
    },
    /// Years in between that nobody has spoken of.
    #[error("the data speaks of days until {until}: load {missing} first")]
    Gap {
        /// The last day that is known.
        until: Day,
        /// The year that is missing.
        missing: i16,
    },
    /// Days that do not go together.
    #[error(transparent)]
    Calendar(#[from] BadCalendar),
    /// Rungs that do not go together.
    #[error(transparent)]
    Ladder(#[from] BadLadder),
    /// What is stored cannot be read.
    #[error("the stored document cannot be read: {0}")]
    Unreadable(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A year from the file that people write.
pub fn read_year(text: &str) -> Result<Year, NotLoaded> {
    Ok(toml::from_str(text)?)
}

/// The working time in force, else what the product starts with.
pub async fn working_time(store: &Store, center: &CenterId) -> Result<WorkingTime, NotLoaded> {
    match store.document(center, DocumentKind::WorkingTime).await? {
        Some((_, text)) => serde_json::from_str(&text).map_err(|why| NotLoaded::Unreadable(why.to_string())),
        None => Ok(queue::starter_working_time()),
    }
}

/// The working time with a year's days in the place of what was known of that year.
pub fn with_year(mut data: WorkingTime, year: Year) -> Result<WorkingTime, NotLoaded> {
    let named = year.holidays.iter().map(|off| &off.day).chain(&year.swapped);
    if let Some(day) = named.into_iter().find(|day| day.date().year() != year.year) {
        return Err(NotLoaded::OtherYear { day: *day, year: year.year });
    }
    let known = data.until.date().year();
    if year.year > known + 1 {
        return Err(NotLoaded::Gap { until: data.until, missing: known + 1 });
    }
    data.holidays.retain(|off| off.day.date().year() != year.year);
    data.swapped.retain(|day| day.date().year() != year.year);
    data.holidays.extend(year.holidays);
    data.swapped.extend(year.swapped);
    data.holidays.sort_by_key(|off| off.day);
    data.swapped.sort_unstable();
    let last: Day = format!("{:04}-12-31", year.year).parse().map_err(|_| BadCalendar::NoHours)?;
    data.until = data.until.max(last);
    Calendar::new(data.clone())?;
    Ok(data)
}

/// Puts a year into force; deadlines that were told already stay. The document's version.
pub async fn load_year(store: &Store, center: &CenterId, year: Year, now: Timestamp) -> Result<i64, NotLoaded> {
    let data = with_year(working_time(store, center).await?, year)?;
    let text = serde_json::to_string(&data).map_err(|why| NotLoaded::Unreadable(why.to_string()))?;
    Ok(store.publish_document(center, DocumentKind::WorkingTime, &text, now).await?)
}

/// Puts a ladder into force; rungs that were climbed stay. The document's version.
pub async fn publish_ladder(
    store: &Store,
    center: &CenterId,
    data: &LadderData,
    now: Timestamp,
) -> Result<i64, NotLoaded> {
    Ladder::new(data.clone())?;
    let text = serde_json::to_string(data).map_err(|why| NotLoaded::Unreadable(why.to_string()))?;
    Ok(store.publish_document(center, DocumentKind::Ladder, &text, now).await?)
}

/// A ladder from the file that people edit.
pub fn read_ladder(text: &str) -> Result<LadderData, NotLoaded> {
    Ok(queue::read_ladder(text)?)
}

/// Tells people 60, 30 and 7 days before the calendar's data ends, each once.
pub async fn warn(flow: &Flow) -> Result<(), Rejection> {
    let (centre, now) = (flow.centre(), flow.clock.now());
    let until = centre.calendar.until();
    let left = until.0 - now.day().0;
    let Some(days) = WARNED.into_iter().find(|days| left <= *days) else { return Ok(()) };
    let next = same((until.date().year() + 1).to_string());
    let notice = Notice {
        id: NoticeId(flow.entropy.uuid(now)),
        center: centre.id.clone(),
        office: None,
        kind: "calendar_ends".into(),
        about: format!("{until} {days}"),
        at: now,
        text: say("calendar_ends", &[("until", &same(until.to_string())), ("year", &next)]),
    };
    flow.store.raise_notice(&notice).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: &str = r#"
        year = 2028
        swapped = ["2028-01-08"]
        [[holidays]]
        day = "2028-01-03"
        name = "Nghỉ bù Tết Dương lịch"
    "#;

    #[test]
    fn a_year_takes_the_place_of_what_was_known_of_it_and_moves_the_end() {
        let data = with_year(queue::starter_working_time(), read_year(YEAR).unwrap()).unwrap();
        assert_eq!(data.until, "2028-12-31".parse().unwrap());
        let calendar = Calendar::new(data.clone()).unwrap();
        let (from, to): (Timestamp, Timestamp) =
            ("2027-12-31T10:00:00Z".parse().unwrap(), "2028-01-09T00:00:00Z".parse().unwrap());
        assert_eq!(calendar.between(from, to), 5 * calendar.day_minutes(), "Tuesday to Friday and the Saturday");
        let again = read_year("year = 2028\nholidays = []").unwrap();
        let data = with_year(data, again).unwrap();
        assert!(data.holidays.iter().all(|off| off.day.date().year() != 2028) && data.swapped.len() == 3);
    }

    #[test]
    fn a_year_that_cannot_be_is_refused_in_words() {
        let load = |text: &str| with_year(queue::starter_working_time(), read_year(text).unwrap()).unwrap_err();
        let said = load("year = 2030\nholidays = []").to_string();
        assert_eq!(said, "the data speaks of days until 2027-12-31: load 2028 first");
        let other = load("year = 2028\nswapped = [\"2027-01-09\"]\nholidays = []").to_string();
        assert!(other.starts_with("2027-01-09 does not lie in 2028"), "{other}");
        let weekday = load("year = 2028\nswapped = [\"2028-01-04\"]\nholidays = []").to_string();
        assert!(weekday.contains("is a weekday already"), "{weekday}");
    }
}
