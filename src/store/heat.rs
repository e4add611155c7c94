//! Figures by hexagon, read block by block.

use std::collections::HashMap;

use h3o::CellIndex;

use super::{
    Store, StoreError,
    packed::{each_bucket, each_cell},
};
use crate::domain::{
    hexagon::{Spot, hexagon},
    ids::{CategoryCode, CenterId, OfficeId},
    month::Month,
    tally::Share,
};

const COUNTS: &str = "select block, cells, cells as hours from heat where center_id = ";
const COUNTS_AND_HOURS: &str = "select block, cells, hours from heat where center_id = ";

/// Blocks by month that one answer reads at most: some 30 MB.
const MOST: usize = 40_000;

/// Which hexagons are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatQuery {
    /// One of those that are kept.
    pub resolution: u8,
    /// First and last month received; None is as far as there are any.
    pub months: (Option<Month>, Option<Month>),
    /// Only this category.
    pub category: Option<CategoryCode>,
    /// Only this office.
    pub office: Option<OfficeId>,
    /// Only these blocks; None: everywhere.
    pub blocks: Option<Vec<i64>>,
    /// The histograms too.
    pub hours: bool,
}

/// What lies in the hexagons that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum HeatRows {
    /// Every hexagon in which something counts.
    Counted(HashMap<CellIndex, Share>),
    /// More than one answer reads: ask for a smaller part, or for larger hexagons.
    TooMany,
}

#[derive(sqlx::FromRow)]
struct Packed {
    block: i64,
    cells: Vec<u8>,
    hours: Vec<u8>,
}

impl Store {
    /// Figures by hexagon.
    pub async fn heat(&self, center: &CenterId, asked: &HeatQuery) -> Result<HeatRows, StoreError> {
        if asked.blocks.as_ref().is_some_and(Vec::is_empty) {
            return Ok(HeatRows::Counted(HashMap::new()));
        }
        let (first, last) = asked.months;
        let rows: Vec<Packed> = reading!(self, |db| {
            let mut query = sqlx::QueryBuilder::new(if asked.hours { COUNTS_AND_HOURS } else { COUNTS });
            query.push_bind(center.as_str());
            query.push(" and resolution = ").push_bind(i64::from(asked.resolution));
            query.push(" and category = ").push_bind(asked.category.as_ref().map_or("", |id| id.as_str()));
            query.push(" and office_id = ").push_bind(asked.office.as_ref().map_or("", |id| id.as_str()));
            query.push(" and month between ").push_bind(first.map_or(i64::from(i32::MIN), |month| i64::from(month.0)));
            query.push(" and ").push_bind(last.map_or(i64::from(i32::MAX), |month| i64::from(month.0)));
            if let Some(blocks) = &asked.blocks {
                query.push(" and block in (");
                let mut list = query.separated(", ");
                for block in blocks {
                    list.push_bind(*block);
                }
                query.push(")");
            }
            query.push(" limit ").push_bind(i64::try_from(MOST + 1).unwrap_or(i64::MAX));
            query.build_query_as().persistent(false).fetch_all(db).await?
        });
        if rows.len() > MOST {
            return Ok(HeatRows::TooMany);
        }
        let mut cells: HashMap<CellIndex, Share> = HashMap::new();
        for row in &rows {
            let cell = |place| hexagon(Spot { block: row.block, place }, asked.resolution);
            each_cell(&row.cells, |place, tally| {
                if let Some(cell) = cell(place) {
                    cells.entry(cell).or_default().tally.add(tally, 1);
                }
            })?;
            if asked.hours {
                each_bucket(&row.hours, |place, bucket, n| {
                    if let Some(cell) = cell(place) {
                        *cells.entry(cell).or_default().hours.entry(bucket).or_default() += n;
                    }
                })?;
            }
        }
        Ok(HeatRows::Counted(cells))
    }
}
