//! What came in and what went out, step by step.

use std::{collections::BTreeMap, str::FromStr};

use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{Audience, Figures};
use crate::{
    domain::{clock::Day, ids::CenterId, month::Month, tally::Tally},
    store::{Store, StoreError, TallyQuery},
};

/// How long one step of a timeline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A civil day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A civil month.
    Month,
}

/// No such step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`day`, `week` or `month`")]
pub struct NoStep;

impl FromStr for Step {
    type Err = NoStep;
    fn from_str(word: &str) -> Result<Self, NoStep> {
        match word {
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            _ => Err(NoStep),
        }
    }
}

// Up to so many days are told day by day, up to so many week by week.
const DAYS: i32 = 92;
const WEEKS: i32 = 2 * 366;

impl Step {
    /// What suits a question that names none.
    pub fn for_span(from: Option<Day>, to: Option<Day>) -> Self {
        match from.zip(to).map(|(from, to)| to.0 - from.0) {
            Some(days) if days <= DAYS => Self::Day,
            Some(days) if days <= WEEKS => Self::Week,
            _ => Self::Month,
        }
    }

    fn of(self, day: Day) -> (Day, Day) {
        match self {
            Self::Day => (day, day),
            Self::Week => (day.monday(), Day(day.monday().0 + 6)),
            Self::Month => (Month::of(day).first(), Month::of(day).last()),
        }
    }
}

/// One step. In public, each count is null where fewer than five stand behind it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Moment {
    /// First day; days that were not asked for are not counted.
    pub from: Day,
    /// Last day, included.
    pub to: Day,
    /// Fewer than five reports: nothing of them is told in public.
    pub suppressed: bool,
    /// Received in these days.
    pub reports: Option<i64>,
    /// Of these, still open, now.
    pub open: Option<i64>,
    /// Of these, open and past the deadline, now.
    pub overdue: Option<i64>,
    /// Of these, resolved or refused.
    pub settled: Option<i64>,
    /// Of these, settled by the deadline first promised.
    pub on_time: Option<i64>,
    /// Of these, late by the first promise and in time by an extension.
    pub extended: Option<i64>,
    /// `on_time / settled`.
    pub on_time_share: Option<f64>,
    /// Reached an end in these days, whenever they were received.
    pub ended: Option<i64>,
}

impl Moment {
    fn new((from, to): (Day, Day), tally: &Tally, audience: Audience) -> Self {
        let Figures { suppressed, reports, open, overdue, settled, on_time, extended, on_time_share, .. } =
            Figures::new(tally, &[], audience);
        // Other reports than those received in these days: told or not by their own number.
        let ended = (!audience.is_kept_from(tally.ended)).then_some(tally.ended);
        Self { from, to, suppressed, reports, open, overdue, settled, on_time, extended, on_time_share, ended }
    }
}

/// The steps in which anything came in or went out, ascending.
pub async fn timeline(
    store: &Store,
    center: &CenterId,
    query: &TallyQuery,
    step: Step,
    audience: Audience,
) -> Result<Vec<Moment>, StoreError> {
    let mut steps: BTreeMap<Day, Tally> = BTreeMap::new();
    if step == Step::Month {
        let months = store.tallies_by_month(center, query).await?;
        steps.extend(months.into_iter().map(|(month, tally)| (month.first(), tally)));
    } else {
        for (day, tally) in store.tallies_by_day(center, query).await? {
            steps.entry(step.of(day).0).or_default().add(tally, 1);
        }
    }
    Ok(steps.into_iter().map(|(day, tally)| Moment::new(step.of(day), &tally, audience)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_suits_the_span() {
        let span = |days| Step::for_span(Some(Day(20_000)), Some(Day(20_000 + days)));
        assert_eq!([span(0), span(92), span(93), span(365), span(1_500)].map(|step| step as u8), [0, 0, 1, 1, 2]);
        assert_eq!(Step::for_span(None, Some(Day(20_000))), Step::Month);
    }

    #[test]
    fn a_step_of_few_tells_neither_what_came_in_nor_what_became_of_it() {
        let tally = Tally { reports: 4, settled: 4, on_time: 4, ended: 6, ..Tally::default() };
        let told = Moment::new((Day(0), Day(0)), &tally, Audience::Public);
        assert!(told.suppressed && told.reports.is_none() && told.on_time.is_none() && told.on_time_share.is_none());
        assert_eq!(told.ended, Some(6));
        let inside = Moment::new((Day(0), Day(0)), &tally, Audience::Internal);
        assert_eq!((inside.reports, inside.on_time_share), (Some(4), Some(1.0)));
    }
}
