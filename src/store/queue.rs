//! Pages of an office's queue, and tickets by place. A ticket comes with its report.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    QueueItem, QueueQuery, Store, StoreError,
    rows::{PhotoRow, ReportRow, TicketRow},
};
use crate::domain::{
    clock::Timestamp,
    ids::{CategoryCode, CenterId, GenerationId, TicketId},
    photo::Photo,
    ticket::{State, Ticket},
};

/// The first places of one state: one seek in the index, however many tickets lie in other states.
macro_rules! first_of_state {
    ($state:literal) => {
        concat!(
            "select id, resolve_by from (select id, resolve_by from ticket where center_id = $1 and office_id = $2 \
             and state = ",
            $state,
            " and (resolve_by, id) > ($3, $4) order by resolve_by, id limit {limit}) as of_",
            $state
        )
    };
}

// A state that is not asked for is bound as an empty word, which no ticket has. The limit is written out, so that
// PostgreSQL plans for a page and not for a share of an unknown number.
const PAGE: &str = concat!(
    "select ",
    ticket_columns!(),
    ", ",
    report_columns!(),
    " from (select id, resolve_by from (",
    first_of_state!("$5"),
    " union all ",
    first_of_state!("$6"),
    " union all ",
    first_of_state!("$7"),
    " union all ",
    first_of_state!("$8"),
    " union all ",
    first_of_state!("$9"),
    " union all ",
    first_of_state!("$10"),
    " union all ",
    first_of_state!("$11"),
    " union all ",
    first_of_state!("$12"),
    " union all ",
    first_of_state!("$13"),
    ") as places order by resolve_by, id limit {limit}) as page \
     join ticket t on t.id = page.id join report r on r.id = t.report_id order by page.resolve_by, page.id"
);

const IN_CELLS: &str = concat!(
    "select ",
    ticket_columns!(),
    ", ",
    report_columns!(),
    " from report r join ticket t on t.report_id = r.id \
     where t.state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen') and t.about is null \
     and r.center_id = "
);

const ON_MAP: &str = concat!(
    "select ",
    ticket_columns!(),
    ", ",
    report_columns!(),
    " from ticket t join report r on r.id = t.report_id where t.center_id = $1 and t.generation_id = $2 \
     and t.state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen') \
     and (t.office_id, t.category, t.id) > ($3, $4, $5) order by t.office_id, t.category, t.id limit $6"
);

const BY_CELL: &str = "select r.cell, count(*) from report r where r.center_id = ";

/// Pushes the ranges of cells, one or another.
macro_rules! in_ranges {
    ($query:expr, $ranges:expr) => {
        for (place, (lo, hi)) in $ranges.iter().enumerate() {
            $query.push(if place == 0 { "r.cell between " } else { " or r.cell between " });
            $query.push_bind(*lo).push(" and ").push_bind(*hi);
        }
    };
}

const COUNT_IN_CELLS: &str = "select count(*) from (\
    select cell from report where center_id = $1 and cell between $2 and $3 limit $4) as some_of_them";

const PHOTOS: &str = concat!("select ", photo_columns!(), " from photo p where p.report_id in (");

#[derive(sqlx::FromRow)]
struct ItemRow {
    #[sqlx(flatten)]
    ticket: TicketRow,
    #[sqlx(flatten)]
    report: ReportRow,
}

impl Store {
    /// A page of an office's queue, ascending by (`resolve_by`, id).
    pub async fn queue(&self, query: &QueueQuery<'_>) -> Result<Vec<QueueItem>, StoreError> {
        let (after, id) = query.after.unwrap_or((Timestamp(i64::MIN), TicketId(Uuid::nil())));
        let asked = if query.states.is_empty() { &State::ALL } else { query.states };
        let page = PAGE.replace("{limit}", &query.limit.max(0).to_string());
        let rows: Vec<ItemRow> = reading!(self, |db| {
            let mut page = sqlx::query_as(AssertSqlSafe(page))
                .bind(query.center.as_str())
                .bind(query.office.as_str())
                .bind(after.0)
                .bind(id.0);
            for state in State::ALL {
                page = page.bind(if asked.contains(&state) { state.as_str() } else { "" });
            }
            page.fetch_all(db).await?
        });
        self.items(rows).await
    }

    /// Open tickets whose commune is named on this map, ascending by (`office`, `category`, id) after this one: tickets
    /// that follow one another count in the same figures.
    pub async fn open_on_map(
        &self,
        center: &CenterId,
        map: &GenerationId,
        after: Option<&Ticket>,
        limit: i64,
    ) -> Result<Vec<QueueItem>, StoreError> {
        let rows: Vec<ItemRow> = reading!(self, |db| {
            sqlx::query_as(ON_MAP)
                .bind(center.as_str())
                .bind(map.as_str())
                .bind(after.map_or("", |ticket| ticket.office.as_str()))
                .bind(after.map_or("", |ticket| ticket.category.as_str()))
                .bind(after.map_or(Uuid::nil(), |ticket| ticket.id.0))
                .bind(limit.max(0))
                .fetch_all(db)
                .await?
        });
        self.items(rows).await
    }

    /// Open tickets in any of the ranges of cells `lo..=hi` (H3 resolution 10), newest first; none that is about an
    /// office.
    pub async fn open_in_cells(
        &self,
        center: &CenterId,
        ranges: &[(i64, i64)],
        category: Option<&CategoryCode>,
        limit: i64,
    ) -> Result<Vec<QueueItem>, StoreError> {
        if ranges.is_empty() {
            return Ok(vec![]);
        }
        let rows: Vec<ItemRow> = reading!(self, |db| {
            let mut query = sqlx::QueryBuilder::new(IN_CELLS);
            query.push_bind(center.as_str()).push(" and (");
            in_ranges!(query, ranges);
            query.push(")");
            if let Some(category) = category {
                query.push(" and t.category = ").push_bind(category.as_str());
            }
            query.push(" order by r.received_at desc, t.id desc limit ").push_bind(limit.max(0));
            query.build_query_as().persistent(false).fetch_all(db).await?
        });
        self.items(rows).await
    }

    /// How many reports lie in cells `lo..=hi`, counted up to `enough`.
    pub async fn reports_in_cells(
        &self,
        center: &CenterId,
        (lo, hi): (i64, i64),
        enough: i64,
    ) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| {
            sqlx::query_scalar(COUNT_IN_CELLS)
                .bind(center.as_str())
                .bind(lo)
                .bind(hi)
                .bind(enough.max(0))
                .fetch_one(db)
                .await?
        }))
    }

    /// How many reports lie in each cell of the ranges `lo..=hi` (H3 resolution 10); cells without any are left out.
    pub async fn reports_by_cell(
        &self,
        center: &CenterId,
        ranges: &[(i64, i64)],
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        if ranges.is_empty() {
            return Ok(vec![]);
        }
        Ok(reading!(self, |db| {
            let mut query = sqlx::QueryBuilder::new(BY_CELL);
            query.push_bind(center.as_str()).push(" and (");
            in_ranges!(query, ranges);
            query.push(") group by r.cell");
            query.build_query_as().persistent(false).fetch_all(db).await?
        }))
    }

    /// Adds the photos of a page with one question.
    async fn items(&self, rows: Vec<ItemRow>) -> Result<Vec<QueueItem>, StoreError> {
        if rows.is_empty() {
            return Ok(vec![]);
        }
        let photos: Vec<PhotoRow> = reading!(self, |db| {
            let mut query = sqlx::QueryBuilder::new(PHOTOS);
            let mut ids = query.separated(", ");
            for row in &rows {
                ids.push_bind(row.report.id());
            }
            query.push(") order by p.report_id, p.position, p.id");
            query.build_query_as().persistent(false).fetch_all(db).await?
        });
        let mut albums: HashMap<Uuid, Vec<Photo>> = HashMap::new();
        for photo in photos {
            let report = photo.report_id.unwrap_or_default();
            albums.entry(report).or_default().push(photo.try_into()?);
        }
        let item = |row: ItemRow| {
            let photos = albums.remove(&row.report.id()).unwrap_or_default();
            Ok(QueueItem { ticket: row.ticket.try_into()?, report: row.report.with(photos)? })
        };
        rows.into_iter().map(item).collect()
    }
}
