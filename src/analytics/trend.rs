//! What came in at each office over time: a small line beside its figures.

use std::collections::{BTreeMap, BTreeSet};

use super::figures::Audience;
use crate::{
    domain::{
        clock::Day,
        ids::{CenterId, OfficeId},
        month::Month,
    },
    store::{Store, StoreError, TallyQuery},
};

/// Spans of at most so many days are told day by day, others month by month.
const DAYS: i32 = 31;

/// The lines of all offices, over the same steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trend {
    /// The first day of each step, ascending, without a gap.
    pub steps: Vec<Day>,
    /// What came in, step by step; in public null where fewer than five did.
    pub offices: BTreeMap<OfficeId, Vec<Option<i64>>>,
}

/// The lines of the offices that the question asks for; `today` ends an open question.
pub async fn trend(
    store: &Store,
    center: &CenterId,
    query: &TallyQuery,
    today: Day,
    audience: Audience,
) -> Result<Trend, StoreError> {
    let last = query.to.unwrap_or(today);
    let in_days = query.from.is_some_and(|from| last.0 - from.0 < DAYS);
    let step = |day: Day| if in_days { day } else { Month::of(day).first() };
    let mut counts: BTreeMap<OfficeId, BTreeMap<Day, i64>> = BTreeMap::new();
    for row in store.received_by_office(center, query, in_days).await? {
        *counts.entry(row.office).or_default().entry(step(row.first)).or_default() += row.reports;
    }
    let days: BTreeSet<Day> = counts.values().flat_map(BTreeMap::keys).copied().collect();
    let Some(first) = query.from.map(step).or_else(|| days.first().copied()) else { return Ok(Trend::default()) };
    let last = step(last).max(days.last().copied().unwrap_or(first));
    let next = |day: &Day| Some(if in_days { Day(day.0 + 1) } else { Day(Month::of(*day).last().0 + 1) });
    let steps: Vec<Day> = std::iter::successors(Some(first), next).take_while(|day| *day <= last).collect();
    let told = |counts: BTreeMap<Day, i64>| {
        let count = |day| counts.get(day).copied().unwrap_or_default();
        steps.iter().map(|day| Some(count(day)).filter(|count| !audience.is_kept_from(*count))).collect()
    };
    let offices = counts.into_iter().map(|(office, counts)| (office, told(counts))).collect();
    Ok(Trend { steps, offices })
}
