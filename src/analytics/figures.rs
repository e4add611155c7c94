//! Figures by commune, by office and for the whole centre, with small groups suppressed in public answers.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::metric::{Measured, Metric};
use crate::{
    domain::{
        ids::{CenterId, CommuneCode, OfficeId},
        tally::Tally,
    },
    store::{Store, StoreError, TallyQuery, TallyRow},
};

/// For whom: the public sees no group of fewer than [`CROWD`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Public,
    /// Holders of `dashboard:read`.
    Internal,
}

/// Groups below this size are not shown in public.
pub const CROWD: i64 = 5;

/// One cell of a heatmap.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// None where nothing stands behind it, or too little.
    pub value: Option<f64>,
    /// None where suppressed.
    pub count: Option<i64>,
    /// Fewer than five: neither value nor count is told.
    pub suppressed: bool,
}

fn cell(measured: Measured, reports: i64, audience: Audience) -> Cell {
    let few = |count: i64| (1..CROWD).contains(&count);
    if audience == Audience::Public && (few(measured.count) || few(reports)) {
        return Cell { value: None, count: None, suppressed: true };
    }
    Cell { value: measured.value, count: Some(measured.count), suppressed: false }
}

/// A heatmap by commune; communes without any report are left to the caller.
pub async fn by_commune(
    store: &Store,
    center: &CenterId,
    query: &TallyQuery,
    metric: Metric,
    audience: Audience,
) -> Result<BTreeMap<CommuneCode, Cell>, StoreError> {
    let rows = store.tallies_by_commune(center, query).await?;
    let cells = rows.into_iter().filter_map(|row| {
        let measured = metric.measure(&row.tally, &row.histogram);
        Some((row.key?, cell(measured, row.tally.reports, audience)))
    });
    Ok(cells.collect())
}

/// The figures of one group.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Figures {
    /// Received.
    pub reports: i64,
    /// Still open, now.
    pub open: i64,
    /// Open and past the deadline, now.
    pub overdue: i64,
    /// Resolved or refused.
    pub settled: i64,
    /// Of these, by the deadline first promised.
    pub on_time: i64,
    /// Of these, late by the first promise and in time by an extension.
    pub extended: i64,
    /// `on_time / settled`.
    pub on_time_share: Option<f64>,
    /// `extended / settled`, never part of the share on time.
    pub extended_share: Option<f64>,
    /// Reopened at least once, of all reports.
    pub reopened_share: Option<f64>,
    /// Mean stars.
    pub satisfaction: Option<f64>,
    /// How many rated.
    pub rated: i64,
    /// Working hours; within 2.5 %.
    pub median_resolution_hours: Option<f64>,
    /// Working hours; within 2.5 %.
    pub p90_resolution_hours: Option<f64>,
}

impl Figures {
    fn new(tally: &Tally, histogram: &[(i64, i64)]) -> Self {
        let value = |metric: Metric| metric.measure(tally, histogram).value;
        #[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
        let extended_share = (tally.settled > 0).then(|| tally.extended as f64 / tally.settled as f64);
        Self {
            reports: tally.reports,
            open: tally.open,
            overdue: tally.overdue,
            settled: tally.settled,
            on_time: tally.on_time,
            extended: tally.extended,
            on_time_share: value(Metric::OnTimeShare),
            extended_share,
            reopened_share: value(Metric::ReopenedShare),
            satisfaction: value(Metric::Satisfaction),
            rated: tally.rated,
            median_resolution_hours: value(Metric::MedianResolutionHours),
            p90_resolution_hours: value(Metric::P90ResolutionHours),
        }
    }
}

/// The whole centre.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Summary {
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// Changes made by a person at the centre, which should not be needed.
    pub centre_touches: i64,
    /// The same for 10,000 reports.
    pub centre_touches_per_10000: f64,
}

/// The figures of the whole centre.
pub async fn summary(store: &Store, center: &CenterId, query: &TallyQuery) -> Result<Summary, StoreError> {
    let row = store.tally(center, query).await?;
    let centre_touches = store.centre_touches(center).await?;
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
    let per_10000 =
        if row.tally.reports > 0 { centre_touches as f64 * 10_000.0 / row.tally.reports as f64 } else { 0.0 };
    Ok(Summary {
        figures: Figures::new(&row.tally, &row.histogram),
        centre_touches,
        centre_touches_per_10000: per_10000,
    })
}

/// One line of the scoreboard.
#[derive(Debug, Clone)]
pub struct OfficeFigures {
    /// Which.
    pub office: OfficeId,
    /// None where suppressed.
    pub figures: Option<Figures>,
}

/// The scoreboard: every office that has had a report; small ones are named without figures in public.
pub async fn by_office(
    store: &Store,
    center: &CenterId,
    query: &TallyQuery,
    audience: Audience,
) -> Result<Vec<OfficeFigures>, StoreError> {
    let rows = store.tallies_by_office(center, query).await?;
    let line = |row: TallyRow<OfficeId>| {
        let shown = audience == Audience::Internal || row.tally.reports >= CROWD;
        let figures = shown.then(|| Figures::new(&row.tally, &row.histogram));
        (row.tally.reports > 0).then_some(OfficeFigures { office: row.key, figures })
    };
    Ok(rows.into_iter().filter_map(line).collect())
}
