//! Figures, read from the aggregates alone.

use super::{Store, StoreError, TallyQuery, TallyRow, rows::parsed};
use crate::domain::{
    clock::Day,
    ids::{CenterId, CommuneCode, OfficeId},
    tally::Tally,
};

macro_rules! filters {
    () => {
        " where center_id = $1 and day between $2 and $3 and ($4 is null or category = $4) \
          and ($5 is null or office_id = $5) and ($6 is null or generation_id = $6)"
    };
}

/// Sums by group. PostgreSQL sums a bigint to a numeric: cast.
macro_rules! sums_by {
    ($group:literal) => {
        concat!(
            "select ",
            $group,
            " as key, cast(sum(reports) as bigint) as reports, cast(sum(open) as bigint) as open, \
             cast(sum(overdue) as bigint) as overdue, cast(sum(settled) as bigint) as settled, \
             cast(sum(on_time) as bigint) as on_time, cast(sum(extended) as bigint) as extended, \
             cast(sum(reopened) as bigint) as reopened, cast(sum(rated) as bigint) as rated, \
             cast(sum(stars) as bigint) as stars from tally",
            filters!(),
            " group by 1 having sum(reports) <> 0 order by 1"
        )
    };
}

macro_rules! histogram_by {
    ($group:literal) => {
        concat!(
            "select ",
            $group,
            " as key, bucket, cast(sum(n) as bigint) as n from tally_bucket",
            filters!(),
            " group by 1, 2 having sum(n) <> 0 order by 1, 2"
        )
    };
}

macro_rules! bind_filters {
    ($query:expr, $center:expr, $asked:expr) => {
        $query
            .bind($center.as_str())
            .bind($asked.from.map_or(i64::from(i32::MIN), |day: Day| i64::from(day.0)))
            .bind($asked.to.map_or(i64::from(i32::MAX), |day: Day| i64::from(day.0)))
            .bind($asked.category.as_ref().map(|id| id.as_str()))
            .bind($asked.office.as_ref().map(|id| id.as_str()))
            .bind($asked.generation.as_ref().map(|id| id.as_str()))
    };
}

const BY_COMMUNE: [&str; 2] = [sums_by!("commune"), histogram_by!("commune")];
const BY_OFFICE: [&str; 2] = [sums_by!("office_id"), histogram_by!("office_id")];
const OVER_ALL: [&str; 2] = [sums_by!("center_id"), histogram_by!("center_id")];

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
}

impl From<TallyColumns> for Tally {
    fn from(row: TallyColumns) -> Self {
        let TallyColumns { reports, open, overdue, settled, on_time, extended, reopened, rated, stars } = row;
        Self { reports, open, overdue, settled, on_time, extended, reopened, rated, stars }
    }
}

#[derive(sqlx::FromRow)]
struct GroupRow {
    key: String,
    #[sqlx(flatten)]
    tally: TallyColumns,
}

#[derive(sqlx::FromRow)]
struct BucketRow {
    key: String,
    bucket: i64,
    n: i64,
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
        let rows = self.tally_groups(center, query, BY_OFFICE).await?;
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

    /// Sums and histograms of one moment, so that they speak of the same tickets.
    async fn tally_groups(
        &self,
        center: &CenterId,
        query: &TallyQuery,
        [sums, histogram]: [&'static str; 2],
    ) -> Result<Vec<TallyRow<String>>, StoreError> {
        let (groups, buckets): (Vec<GroupRow>, Vec<BucketRow>) = snapshot!(self, |tx| {
            let groups = bind_filters!(sqlx::query_as(sums), center, query).fetch_all(&mut *tx).await?;
            let buckets = bind_filters!(sqlx::query_as(histogram), center, query).fetch_all(&mut *tx).await?;
            (groups, buckets)
        })?;
        let mut buckets = buckets.into_iter().peekable();
        let mut rows = Vec::with_capacity(groups.len());
        for group in groups {
            let mut row = TallyRow { key: group.key, tally: group.tally.into(), histogram: vec![] };
            while let Some(bucket) = buckets.next_if(|bucket| bucket.key == row.key) {
                row.histogram.push((bucket.bucket, bucket.n));
            }
            rows.push(row);
        }
        Ok(rows)
    }
}
