//! Figures by hexagon, read block by block.

use std::collections::HashMap;

use h3o::{CellIndex, Resolution};

use super::{
    Store, StoreError,
    packed::{each_bucket, each_cell},
};
use crate::domain::{
    hexagon::{KEPT, Spot, hexagon, part_of},
    ids::{CategoryCode, CenterId, OfficeId},
    month::Month,
    tally::{BUCKETS, Share, Tally},
};

/// A part of no length keeps the column and reads nothing of it.
const COUNTS: &str = "select block, cells, substr(hours, 1, 0) as hours from heat where center_id = ";
const COUNTS_AND_HOURS: &str = "select block, cells, hours from heat where center_id = ";

/// Blocks by month that one answer reads at most: some 30 MB.
const MOST: usize = 40_000;

/// Which hexagons are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatQuery {
    /// One of [`ASKED`](crate::domain::hexagon::ASKED): coarser ones than are kept are sums of the coarsest of these.
    pub resolution: u8,
    /// First and last month received; None is as far as there are any.
    pub months: (Option<Month>, Option<Month>),
    /// Only this category.
    pub category: Option<CategoryCode>,
    /// Only this office.
    pub office: Option<OfficeId>,
    /// Only these blocks of the resolution that is read ([`HeatQuery::kept`]); None: everywhere.
    pub blocks: Option<Vec<i64>>,
    /// The histograms too.
    pub hours: bool,
}

impl HeatQuery {
    /// The resolution of the rows that answer it.
    pub fn kept(&self) -> u8 {
        self.resolution.max(KEPT[0])
    }
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
        let mut rows: Vec<Packed> = reading!(self, |db| {
            let mut query = sqlx::QueryBuilder::new(if asked.hours { COUNTS_AND_HOURS } else { COUNTS });
            query.push_bind(center.as_str());
            query.push(" and resolution = ").push_bind(i64::from(asked.kept()));
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
        rows.sort_unstable_by_key(|row| row.block);
        let mut sums = Sums::default();
        let mut cells = HashMap::new();
        for months in rows.chunk_by(|row, next| row.block == next.block) {
            for row in months {
                each_cell(&row.cells, |place, tally| sums.at(asked, place).tally.add(tally, 1))?;
                if asked.hours {
                    each_bucket(&row.hours, |place, bucket, n| sums.at(asked, place).add(bucket, n))?;
                }
            }
            sums.take(asked, months[0].block, &mut cells)?;
        }
        Ok(HeatRows::Counted(cells))
    }
}

/// The months of one block, added up: an array for each hexagon, since a histogram has few buckets and many months.
#[derive(Default)]
struct Sums(Vec<Option<Sum>>);

struct Sum {
    /// A place inside the hexagon.
    place: u8,
    tally: Tally,
    hours: Box<[i64; BUCKETS]>,
    /// A bucket that does not exist was read.
    is_torn: bool,
}

impl Sums {
    fn at(&mut self, asked: &HeatQuery, place: u8) -> &mut Sum {
        let part = part_of(place, asked.kept() - asked.resolution);
        if self.0.len() <= part {
            self.0.resize_with(part + 1, || None);
        }
        self.0[part].get_or_insert_with(|| Sum {
            place,
            tally: Tally::default(),
            hours: Box::new([0; BUCKETS]),
            is_torn: false,
        })
    }

    /// Hands over what was added, and begins anew.
    fn take(&mut self, asked: &HeatQuery, block: i64, cells: &mut HashMap<CellIndex, Share>) -> Result<(), StoreError> {
        for sum in self.0.drain(..).flatten() {
            if sum.is_torn {
                return Err(StoreError::corrupt("heat.hours", "a bucket that does not exist"));
            }
            let finest = hexagon(Spot { block, place: sum.place }, asked.kept());
            let Some(cell) = finest.and_then(|cell| cell.parent(Resolution::try_from(asked.resolution).ok()?)) else {
                continue;
            };
            let hours = (0_i64..).zip(sum.hours.iter().copied()).filter(|(_, n)| *n != 0).collect();
            cells.insert(cell, Share { tally: sum.tally, hours });
        }
        Ok(())
    }
}

impl Sum {
    fn add(&mut self, bucket: i64, n: i64) {
        match usize::try_from(bucket).ok().and_then(|bucket| self.hours.get_mut(bucket)) {
            Some(sum) => *sum += n,
            None => self.is_torn = true,
        }
    }
}
