//! Figures by commune, by office and for the whole centre, with small groups suppressed in public answers.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::metric::{Measured, Metric};
use crate::{
    domain::{
        ids::{CenterId, CommuneCode, OfficeId},
        tally::{CROWD, Tally},
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

impl Audience {
    /// Whether a group of that size is too small to be shown; nobody at all is no group.
    pub(super) fn is_kept_from(self, count: i64) -> bool {
        self == Self::Public && (1..CROWD).contains(&count)
    }

    /// What is shown of a value behind which some of these reports stand.
    pub(super) fn cell(self, measured: Measured, reports: i64) -> Cell {
        if self.is_kept_from(measured.count) || self.is_kept_from(reports) {
            return Cell { value: None, count: None, suppressed: true };
        }
        Cell { value: measured.value, count: Some(measured.count), suppressed: false }
    }
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
        Some((row.key?, audience.cell(measured, row.tally.reports)))
    });
    Ok(cells.collect())
}

/// The figures of one group. In public, each is null where fewer than five stand behind it: its own denominator counts.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Figures {
    /// Fewer than five reports: no figure is told in public.
    pub suppressed: bool,
    /// Received.
    pub reports: Option<i64>,
    /// Still open, now.
    pub open: Option<i64>,
    /// Open and past the deadline, now.
    pub overdue: Option<i64>,
    /// Resolved or refused.
    pub settled: Option<i64>,
    /// Of these, by the deadline first promised.
    pub on_time: Option<i64>,
    /// Of these, late by the first promise and in time by an extension.
    pub extended: Option<i64>,
    /// `on_time / settled`.
    pub on_time_share: Option<f64>,
    /// `extended / settled`, never part of the share on time.
    pub extended_share: Option<f64>,
    /// Reopened at least once, of all reports.
    pub reopened_share: Option<f64>,
    /// Mean stars.
    pub satisfaction: Option<f64>,
    /// How many rated.
    pub rated: Option<i64>,
    /// Working hours; within 2.5 %.
    pub median_resolution_hours: Option<f64>,
    /// Working hours; within 2.5 %.
    pub p90_resolution_hours: Option<f64>,
    /// Reached an end in these days, whenever they were received: what went out, beside `reports`, what came in.
    pub ended: Option<i64>,
}

impl Figures {
    pub(super) fn new(tally: &Tally, histogram: &[(i64, i64)], audience: Audience) -> Self {
        if audience.is_kept_from(tally.reports) {
            return Self { suppressed: true, ..Self::default() };
        }
        let value = |metric: Metric| audience.cell(metric.measure(tally, histogram), tally.reports).value;
        let of = |part: i64, whole: i64| (!audience.is_kept_from(whole)).then_some(part);
        #[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
        let extended_share = (tally.settled > 0).then(|| tally.extended as f64 / tally.settled as f64);
        Self {
            suppressed: false,
            reports: Some(tally.reports),
            open: Some(tally.open),
            overdue: Some(tally.overdue),
            settled: of(tally.settled, tally.settled),
            on_time: of(tally.on_time, tally.settled),
            extended: of(tally.extended, tally.settled),
            on_time_share: value(Metric::OnTimeShare),
            extended_share: extended_share.filter(|_| !audience.is_kept_from(tally.settled)),
            reopened_share: value(Metric::ReopenedShare),
            satisfaction: value(Metric::Satisfaction),
            rated: of(tally.rated, tally.rated),
            median_resolution_hours: value(Metric::MedianResolutionHours),
            p90_resolution_hours: value(Metric::P90ResolutionHours),
            ended: of(tally.ended, tally.ended),
        }
    }
}

/// The whole centre.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Summary {
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// Changes made by a person at the centre, which should not be needed; null where only some reports are asked for,
    /// because touches are counted for the whole.
    pub centre_touches: Option<i64>,
    /// The same for 10,000 reports.
    pub centre_touches_per_10000: Option<f64>,
}

/// The figures of the whole centre, or of the reports asked for.
pub async fn summary(
    store: &Store,
    center: &CenterId,
    query: &TallyQuery,
    audience: Audience,
) -> Result<Summary, StoreError> {
    let row = store.tally(center, query).await?;
    let whole = *query == TallyQuery::default();
    let centre_touches = if whole { Some(store.centre_touches(center).await?) } else { None };
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
    let per_10000 = |touches: i64| touches as f64 * 10_000.0 / row.tally.reports.max(1) as f64;
    let figures = Figures::new(&row.tally, &row.histogram, audience);
    let centre_touches_per_10000 = centre_touches.filter(|_| !figures.suppressed).map(per_10000);
    Ok(Summary { figures, centre_touches, centre_touches_per_10000 })
}

/// One line of the scoreboard.
#[derive(Debug, Clone)]
pub struct OfficeFigures {
    /// Which.
    pub office: OfficeId,
    /// Its figures.
    pub figures: Figures,
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
        let figures = Figures::new(&row.tally, &row.histogram, audience);
        (row.tally.reports > 0).then_some(OfficeFigures { office: row.key, figures })
    };
    Ok(rows.into_iter().filter_map(line).collect())
}
