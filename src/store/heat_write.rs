//! Hexagons are kept in blocks, which are read, added to and written back while the transaction holds them.

use std::collections::{BTreeMap, HashMap};

use super::{
    packed::{Cells, pack_cells, unpack_cells},
    portions::portions,
    tally_write::combinations,
};
use crate::domain::{
    hexagon::{FINEST, KEPT, around, spot_of},
    ids::{CategoryCode, CenterId, OfficeId},
    month::Month,
    tally::TallyKey,
};

const BLOCKS: &str = "insert into heat (center_id, resolution, category, office_id, block, month, cells, hours) ";

const HELD: &str = "select h.center_id, h.resolution, h.category, h.office_id, h.block, h.month, h.cells, h.hours \
    from heat h where (h.center_id, h.resolution, h.category, h.office_id, h.block, h.month) in (";

// Writing a new row onto itself holds it where another transaction has just written it.
const HOLD: &str = " on conflict (center_id, resolution, category, office_id, block, month) do update set \
    month = excluded.month returning center_id, resolution, category, office_id, block, month, cells, hours";

const SET: &str = " on conflict (center_id, resolution, category, office_id, block, month) do update set \
    cells = excluded.cells, hours = excluded.hours";

/// How rows that are read are held until the transaction ends, all in one order.
trait Hold {
    const UNTIL_THE_END: &'static str;
}

/// Whoever writes is alone.
impl Hold for sqlx::SqliteConnection {
    const UNTIL_THE_END: &'static str = "";
}

impl Hold for sqlx::PgConnection {
    const UNTIL_THE_END: &'static str = " order by h.block, h.month, h.category, h.office_id, \
        h.resolution, h.center_id for update of h";
}

/// The key of a block; '' is all categories, or all offices. What tells two keys apart soonest comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::FromRow)]
pub(super) struct BlockKey {
    block: i64,
    month: i64,
    category: String,
    office_id: String,
    resolution: i64,
    center_id: String,
}

impl std::fmt::Display for BlockKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { resolution, category, office_id, block, month, .. } = self;
        let month = Month(i32::try_from(*month).unwrap_or_default());
        write!(f, "hexagons {resolution} of {block:x} {month} office {office_id:?} category {category:?}")
    }
}

/// Blocks with what counts in their hexagons.
pub(super) type Blocks = BTreeMap<BlockKey, Cells>;

/// What counts in one hexagon of the finest that are kept.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Located<'a> {
    center: &'a CenterId,
    category: &'a CategoryCode,
    office: &'a OfficeId,
    month: Month,
    hexagon: i64,
}

impl<'a> Located<'a> {
    /// The hexagon around a finer one; a number that is none stays, and counts nowhere.
    pub(super) fn of(key: &'a TallyKey, cell: i64) -> Self {
        let TallyKey { center, category, office, day, .. } = key;
        Self { center, category, office, month: Month::of(*day), hexagon: around(cell, FINEST).unwrap_or(cell) }
    }
}

/// Every block, and the place in it, that counts what counts there.
pub(super) fn blocks_of<'a>(at: &'a Located<'a>) -> impl Iterator<Item = (BlockKey, u8)> + 'a {
    let spots = KEPT.into_iter().filter_map(move |resolution| Some((resolution, spot_of(at.hexagon, resolution)?)));
    spots.flat_map(move |(resolution, spot)| {
        combinations(at.category.as_str(), at.office.as_str()).into_iter().map(move |(category, office)| {
            let block = BlockKey {
                center_id: at.center.to_string(),
                resolution: i64::from(resolution),
                category: category.to_owned(),
                office_id: office.to_owned(),
                block: spot.block,
                month: i64::from(at.month.0),
            };
            (block, spot.place)
        })
    })
}

/// A row of the table.
#[derive(sqlx::FromRow)]
pub(super) struct BlockRow {
    #[sqlx(flatten)]
    pub(super) block: BlockKey,
    pub(super) cells: Vec<u8>,
    pub(super) hours: Vec<u8>,
}

macro_rules! push_key {
    ($values:expr, $block:expr) => {
        $values
            .push_bind($block.center_id.as_str())
            .push_bind($block.resolution)
            .push_bind($block.category.as_str())
            .push_bind($block.office_id.as_str())
            .push_bind($block.block)
            .push_bind($block.month)
    };
}

macro_rules! push_block {
    ($values:expr, $block:expr, $packed:expr) => {
        let (cells, hours) = $packed;
        push_key!($values, $block).push_bind(cells).push_bind(hours);
    };
}

steps! {
    /// Writes to the table of hexagons.
    trait HeatWrite {
        /// Adds to the hexagons of these blocks, in the order of their keys.
        async fn add_blocks(&mut self, blocks: Blocks) -> () {
            let mut listed: Vec<(BlockKey, Cells)> = blocks.into_iter().collect();
            let mut held: HashMap<BlockKey, Cells> = HashMap::with_capacity(listed.len());
            for some in portions(&listed) {
                let mut query = sqlx::QueryBuilder::new(HELD);
                query.push_values(some, |mut values, (block, _)| {
                    push_key!(values, block);
                });
                query.push(")").push(<Self as Hold>::UNTIL_THE_END);
                let rows: Vec<BlockRow> = query.build_query_as().fetch_all(&mut *self).await?;
                for row in rows {
                    held.insert(row.block, unpack_cells(&row.cells, &row.hours)?);
                }
            }
            let missing: Vec<BlockKey> =
                listed.iter().map(|(block, _)| block).filter(|block| !held.contains_key(block)).cloned().collect();
            for some in portions(&missing) {
                let mut query = sqlx::QueryBuilder::new(BLOCKS);
                query.push_values(some, |mut values, block| {
                    push_block!(values, block, (Vec::<u8>::new(), Vec::<u8>::new()));
                });
                query.push(HOLD);
                let rows: Vec<BlockRow> = query.build_query_as().fetch_all(&mut *self).await?;
                for row in rows {
                    held.insert(row.block, unpack_cells(&row.cells, &row.hours)?);
                }
            }
            for (block, cells) in &mut listed {
                for (place, share) in held.remove(block).unwrap_or_default() {
                    cells.entry(place).or_default().add(&share, 1);
                }
            }
            for some in portions(&listed) {
                let mut query = sqlx::QueryBuilder::new(BLOCKS);
                query.push_values(some, |mut values, (block, cells)| {
                    push_block!(values, block, pack_cells(cells));
                });
                query.push(SET);
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }
    }
}
