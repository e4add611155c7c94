//! Figures, read from the aggregates alone: whole months, and the days by which the question differs from them.

use std::collections::BTreeMap;

use super::{Store, StoreError, TallyQuery, TallyRow, packed::add_hours, rows::parsed};
use crate::domain::{
    clock::Day,
    ids::{CategoryCode, CenterId, CommuneCode, OfficeId},
    month::{Month, Span},
    tally::{Hours, Tally},
};

/// Sums of counts. PostgreSQL sums a bigint to a numeric: cast.
macro_rules! sums {
    () => {
        "cast(sum(sign * reports) as bigint) as reports, cast(sum(sign * open) as bigint) as open, \
         cast(sum(sign * overdue) as bigint) as overdue, cast(sum(sign * settled) as bigint) as settled, \
         cast(sum(sign * on_time) as bigint) as on_time, cast(sum(sign * extended) as bigint) as extended, \
         cast(sum(sign * reopened) as bigint) as reopened, cast(sum(sign * rated) as bigint) as rated, \
         cast(sum(sign * stars) as bigint) as stars, cast(sum(sign * ended) as bigint) as ended"
    };
}

/// Rows of one grain between two periods, and how often each counts; every filter but the map is an equality on the front
/// of the key. An empty range is said twice, so that nothing is looked up for it.
macro_rules! rows_between {
    ($columns:literal, $from:literal, $category:literal, $office:literal, $grain:literal, $low:literal, $high:literal,
        $sign:literal) => {
        concat!(
            "select ",
            $columns,
            ", ",
            $sign,
            " as sign from ",
            $from,
            " where t.center_id = $1 and t.grain = '",
            $grain,
            "' and t.category = ",
            $category,
            " and t.office_id = ",
            $office,
            " and t.period between ",
            $low,
            " and ",
            $high,
            " and ",
            $low,
            " <= ",
            $high,
            " and ($9 is null or t.generation_id = $9)"
        )
    };
}

/// Whole months and the days beside them.
macro_rules! rows_within {
    ($from:literal, $office:literal) => {
        rows_within!("t.*", $from, "$2", $office)
    };
    ($columns:literal, $from:literal, $category:literal, $office:literal) => {
        concat!(
            "(",
            rows_between!($columns, $from, $category, $office, "month", "$3", "$4", "1"),
            " union all ",
            rows_between!($columns, $from, $category, $office, "day", "$5", "$6", "cast($11 as bigint)"),
            " union all ",
            rows_between!($columns, $from, $category, $office, "day", "$7", "$8", "cast($12 as bigint)"),
            ") as within"
        )
    };
}

/// The sums and the histograms of a group.
macro_rules! by {
    ($with:expr, $group:literal, $rows:expr) => {
        [
            concat!(
                $with,
                "select ",
                $group,
                " as key, ",
                sums!(),
                " from ",
                $rows,
                " group by 1 having sum(sign * reports) <> 0 or sum(sign * ended) <> 0 order by 1"
            ),
            concat!($with, "select ", $group, " as key, sign, hours from ", $rows, " where length(hours) > 0"),
        ]
    };
}

/// Offices that have figures, each found by one step in the key from the one before.
macro_rules! offices {
    () => {
        "with recursive office (id) as (\
         select min(office_id) from tally where center_id = $1 and grain = 'month' and category = $2 and office_id > $10 \
         union all select (select min(t.office_id) from tally t where t.center_id = $1 and t.grain = 'month' \
         and t.category = $2 and t.office_id > office.id) from office where office.id is not null) "
    };
}

const BY_COMMUNE: [&str; 2] = by!("", "commune", rows_within!("tally t", "$10"));
const BY_OFFICE: [&str; 2] = by!("", "office_id", rows_within!("tally t", "$10"));
// A cross join, so that SQLite walks from office to office too.
const BY_EVERY_OFFICE: [&str; 2] = by!(offices!(), "office_id", rows_within!("office cross join tally t", "office.id"));
const OVER_ALL: [&str; 2] = by!("", "center_id", rows_within!("tally t", "$10"));

const BY_PERIOD: &str = concat!(
    "select grain, period, ",
    sums!(),
    " from ",
    rows_within!("tally t", "$10"),
    " group by 1, 2 having sum(sign * reports) <> 0 or sum(sign * ended) <> 0 order by 1, 2"
);

/// What came in at each office, period by period.
macro_rules! received_by {
    ($with:expr, $rows:expr) => {
        concat!(
            $with,
            "select office_id, grain, period, cast(sum(sign * reports) as bigint) as reports from ",
            $rows,
            " group by 1, 2, 3 having sum(sign * reports) <> 0 order by 1, 2, 3"
        )
    };
}

const RECEIVED: &str = received_by!("", rows_within!("tally t", "$10"));
const RECEIVED_BY_EVERY_OFFICE: &str = received_by!(offices!(), rows_within!("office cross join tally t", "office.id"));

/// Offices and the categories of their tickets, each pair found by a step or two in the key from the one before; a category
/// begins without an office. `substr` keeps the column's collation for the recursion.
macro_rules! cells {
    () => {
        concat!(
            "with recursive cell (category, office_id) as (\
             select min(category), substr(min(category), 1, 0) from tally \
             where center_id = $1 and grain = 'month' and category > '' \
             union all select case when ",
            cells!(next_office),
            " is null then (select min(t.category) from tally t \
             where t.center_id = $1 and t.grain = 'month' and t.category > cell.category) else cell.category end, coalesce(",
            cells!(next_office),
            ", '') from cell where cell.category is not null), \
             asked (category, office_id) as (select category, office_id from cell \
             where office_id > '' and ($2 = '' or category = $2) and ($10 = '' or office_id = $10)) "
        )
    };
    (next_office) => {
        "(select min(t.office_id) from tally t where t.center_id = $1 and t.grain = 'month' \
         and t.category = cell.category and t.office_id > cell.office_id)"
    };
}

/// Counts without histograms: many cells, and nothing heavy of each.
const BY_OFFICE_AND_CATEGORY: &str = concat!(
    cells!(),
    "select office_id, category, cast(sum(sign * reports) as bigint) as reports, \
     cast(sum(sign * settled) as bigint) as settled, cast(sum(sign * overdue) as bigint) as overdue from ",
    rows_within!(
        "t.office_id, t.category, t.reports, t.settled, t.overdue",
        "asked cross join tally t",
        "asked.category",
        "asked.office_id"
    ),
    " group by 1, 2 having sum(sign * reports) <> 0 order by 1, 2"
);

macro_rules! bind_filters {
    ($query:expr, $center:expr, $asked:expr, $span:expr) => {{
        let Span { months, edges: [begin, end] } = $span;
        $query
            .bind($center.as_str())
            .bind($asked.category.as_ref().map_or("", |id| id.as_str()))
            .bind(months.0)
            .bind(months.1)
            .bind(begin.days.0)
            .bind(begin.days.1)
            .bind(end.days.0)
            .bind(end.days.1)
            .bind($asked.generation.as_ref().map(|id| id.as_str()))
            .bind($asked.office.as_ref().map_or("", |id| id.as_str()))
            .bind(begin.sign)
            .bind(end.sign)
    }};
}

#[derive(sqlx::FromRow)]
pub(super) struct TallyColumns {
    reports: i64,
    open: i64,
    overdue: i64,
    settled: i64,
    on_time: i64,
    extended: i64,
    reopened: i64,
    rated: i64,
    stars: i64,
    ended: i64,
}

impl From<TallyColumns> for Tally {
    fn from(row: TallyColumns) -> Self {
        let TallyColumns { reports, open, overdue, settled, on_time, extended, reopened, rated, stars, ended } = row;
        Self { reports, open, overdue, settled, on_time, extended, reopened, rated, stars, ended }
    }
}

#[derive(sqlx::FromRow)]
struct GroupRow {
    key: String,
    #[sqlx(flatten)]
    tally: TallyColumns,
}

/// A histogram, and how often it counts.
#[derive(sqlx::FromRow)]
struct PackedRow {
    key: String,
    sign: i64,
    hours: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct PeriodRow {
    grain: String,
    period: i64,
    #[sqlx(flatten)]
    tally: TallyColumns,
}

/// What an office has of one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryCounts {
    /// Where.
    pub office: OfficeId,
    /// Of what.
    pub category: CategoryCode,
    /// Received.
    pub reports: i64,
    /// Resolved or refused.
    pub settled: i64,
    /// Open and past the deadline, now.
    pub overdue: i64,
}

/// What came in at an office in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Where.
    pub office: OfficeId,
    /// The period's first day.
    pub first: Day,
    /// How many.
    pub reports: i64,
}

impl Store {
    /// Figures by commune, ascending by code; None (outside, unplaced) first.
    pub async fn tallies_by_commune(
        &self,
        center: &CenterId,
        query: &TallyQuery,
    ) -> Result<Vec<TallyRow<Option<CommuneCode>>>, StoreError> {
        let rows = self.tally_groups(center, query, BY_COMMUNE).await?;
        let named = |row: TallyRow<String>| {
            let key = if row.key.is_empty() { None } else { Some(parsed("tally.commune", &row.key)?) };
            Ok(TallyRow { key, tally: row.tally, histogram: row.histogram })
        };
        rows.into_iter().map(named).collect()
    }

    /// Figures by the office that has the tickets, ascending by id.
    pub async fn tallies_by_office(
        &self,
        center: &CenterId,
        query: &TallyQuery,
    ) -> Result<Vec<TallyRow<OfficeId>>, StoreError> {
        let statements = if query.office.is_some() { BY_OFFICE } else { BY_EVERY_OFFICE };
        let rows = self.tally_groups(center, query, statements).await?;
        let named = |row: TallyRow<String>| {
            let key = parsed("tally.office_id", &row.key)?;
            Ok(TallyRow { key, tally: row.tally, histogram: row.histogram })
        };
        rows.into_iter().map(named).collect()
    }

    /// One row for everything.
    pub async fn tally(&self, center: &CenterId, query: &TallyQuery) -> Result<TallyRow<()>, StoreError> {
        let row = self.tally_groups(center, query, OVER_ALL).await?.pop().unwrap_or_default();
        Ok(TallyRow { key: (), tally: row.tally, histogram: row.histogram })
    }

    /// Counts by month, ascending; a month that the question cuts is counted as far as it is asked for.
    pub async fn tallies_by_month(
        &self,
        center: &CenterId,
        query: &TallyQuery,
    ) -> Result<BTreeMap<Month, Tally>, StoreError> {
        let mut months: BTreeMap<Month, Tally> = BTreeMap::new();
        for row in self.tally_periods(center, query, Span::of(query.from, query.to)).await? {
            let number = number(row.period)?;
            let month = if row.grain == "day" { Month::of(Day(number)) } else { Month(number) };
            months.entry(month).or_default().add(row.tally.into(), 1);
        }
        months.retain(|_, tally| *tally != Tally::default());
        Ok(months)
    }

    /// Counts by day, ascending.
    pub async fn tallies_by_day(
        &self,
        center: &CenterId,
        query: &TallyQuery,
    ) -> Result<BTreeMap<Day, Tally>, StoreError> {
        let rows = self.tally_periods(center, query, Span::in_days(query.from, query.to)).await?;
        rows.into_iter().map(|row| Ok((Day(number(row.period)?), row.tally.into()))).collect()
    }

    /// What came in at each office, by month, or by day where `in_days`; ascending.
    pub async fn received_by_office(
        &self,
        center: &CenterId,
        query: &TallyQuery,
        in_days: bool,
    ) -> Result<Vec<Received>, StoreError> {
        let span = if in_days { Span::in_days(query.from, query.to) } else { Span::of(query.from, query.to) };
        let statement = if query.office.is_some() { RECEIVED } else { RECEIVED_BY_EVERY_OFFICE };
        let rows: Vec<(String, String, i64, i64)> =
            reading!(self, |db| { bind_filters!(sqlx::query_as(statement), center, query, span).fetch_all(db).await? });
        let named = |(office, grain, period, reports): (String, String, i64, i64)| {
            let period = number(period)?;
            let first = if grain == "day" { Day(period) } else { Month(period).first() };
            Ok(Received { office: parsed("tally.office_id", &office)?, first, reports })
        };
        rows.into_iter().map(named).collect()
    }

    /// Counts by office and category, ascending, of cells with any report; nothing of their histograms is read.
    pub async fn tallies_by_office_and_category(
        &self,
        center: &CenterId,
        query: &TallyQuery,
    ) -> Result<Vec<CategoryCounts>, StoreError> {
        let span = Span::of(query.from, query.to);
        let rows: Vec<(String, String, i64, i64, i64)> = reading!(self, |db| {
            bind_filters!(sqlx::query_as(BY_OFFICE_AND_CATEGORY), center, query, span).fetch_all(db).await?
        });
        let named = |(office, category, reports, settled, overdue): (String, String, i64, i64, i64)| {
            let office = parsed("tally.office_id", &office)?;
            Ok(CategoryCounts { office, category: parsed("tally.category", &category)?, reports, settled, overdue })
        };
        rows.into_iter().map(named).collect()
    }

    async fn tally_periods(
        &self,
        center: &CenterId,
        query: &TallyQuery,
        span: Span,
    ) -> Result<Vec<PeriodRow>, StoreError> {
        Ok(reading!(self, |db| bind_filters!(sqlx::query_as(BY_PERIOD), center, query, span).fetch_all(db).await?))
    }

    /// Sums and histograms of one moment, so that they speak of the same tickets.
    async fn tally_groups(
        &self,
        center: &CenterId,
        query: &TallyQuery,
        [sums, histogram]: [&'static str; 2],
    ) -> Result<Vec<TallyRow<String>>, StoreError> {
        let span = Span::of(query.from, query.to);
        let (groups, packed): (Vec<GroupRow>, Vec<PackedRow>) = snapshot!(self, |tx| {
            let groups = bind_filters!(sqlx::query_as(sums), center, query, span).fetch_all(&mut *tx).await?;
            let packed = bind_filters!(sqlx::query_as(histogram), center, query, span).fetch_all(&mut *tx).await?;
            (groups, packed)
        })?;
        let mut histograms: BTreeMap<String, Hours> = BTreeMap::new();
        for PackedRow { key, sign, hours: bytes } in packed {
            match histograms.get_mut(&key) {
                Some(hours) => add_hours(&bytes, sign, hours)?,
                None => add_hours(&bytes, sign, histograms.entry(key).or_default())?,
            }
        }
        let row = |GroupRow { key, tally }: GroupRow| {
            let hours = histograms.remove(&key).unwrap_or_default();
            let histogram = hours.into_iter().filter(|(_, n)| *n != 0).collect();
            TallyRow { key, tally: tally.into(), histogram }
        };
        Ok(groups.into_iter().map(row).collect())
    }
}

fn number(period: i64) -> Result<i32, StoreError> {
    i32::try_from(period).map_err(|why| StoreError::corrupt("tally.period", why))
}
