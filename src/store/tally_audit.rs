//! The proof that the kept figures are those of the tickets.

use std::{collections::BTreeMap, fmt::Display};

use uuid::Uuid;

use super::{
    Store, StoreError,
    heat_write::{BlockRow, Blocks},
    packed::{add_hours, unpack_cells},
    rows::TicketRow,
    tallies::TallyColumns,
    tally_write::{Counts, Row},
};
use crate::domain::{
    ids::CenterId,
    tally::{Hours, Share},
    ticket::Ticket,
};

const TICKETS_AFTER: &str = concat!(
    "select ",
    ticket_columns!(),
    ", r.cell from ticket t join report r on r.id = t.report_id where t.center_id = $1 and t.id > $2 \
     order by t.id limit 1000"
);

const KEPT_ROWS: &str = "select center_id, grain, category, office_id, period, generation_id, commune, \
    reports, open, overdue, settled, on_time, extended, reopened, rated, stars, ended, hours \
    from tally where center_id = $1";

const KEPT_BLOCKS: &str = "select center_id, resolution, category, office_id, block, month, cells, hours \
    from heat where center_id = $1";

#[derive(sqlx::FromRow)]
struct LocatedRow {
    #[sqlx(flatten)]
    ticket: TicketRow,
    cell: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct KeptRow {
    #[sqlx(flatten)]
    row: Row,
    #[sqlx(flatten)]
    tally: TallyColumns,
    hours: Vec<u8>,
}

/// Everything that is kept of one centre.
#[derive(Default)]
struct Figures {
    rows: BTreeMap<Row, Share>,
    blocks: Blocks,
}

impl Figures {
    fn count(&mut self, counts: &Counts) {
        for (row, share) in counts.rows() {
            self.rows.entry(row).or_default().add(&share, 1);
        }
        for (block, cells) in counts.blocks() {
            let sums = self.blocks.entry(block).or_default();
            for (place, share) in cells {
                sums.entry(place).or_default().add(&share, 1);
            }
        }
    }

    fn keep(&mut self, kept: KeptRow) -> Result<(), StoreError> {
        let mut hours = Hours::new();
        add_hours(&kept.hours, 1, &mut hours)?;
        hours.retain(|_, n| *n != 0);
        let share = Share { tally: kept.tally.into(), hours };
        if !share.is_nothing() {
            self.rows.insert(kept.row, share);
        }
        Ok(())
    }

    fn keep_block(&mut self, kept: BlockRow) -> Result<(), StoreError> {
        let cells = unpack_cells(&kept.cells, &kept.hours)?;
        if !cells.is_empty() {
            self.blocks.insert(kept.block, cells);
        }
        Ok(())
    }
}

impl Store {
    /// Differences between the kept figures (days, months, hexagons, histograms) and a naive recomputation from the
    /// tickets, at one moment, as sentences; empty: equal.
    pub async fn audit_tallies(&self, center: &CenterId) -> Result<Vec<String>, StoreError> {
        let (counted, kept) = snapshot!(self, |tx| {
            let mut counted = Figures::default();
            let mut after = Uuid::nil();
            loop {
                let page: Vec<LocatedRow> =
                    sqlx::query_as(TICKETS_AFTER).bind(center.as_str()).bind(after).fetch_all(&mut *tx).await?;
                if page.is_empty() {
                    break;
                }
                let mut counts = Counts::default();
                for row in page {
                    let ticket = Ticket::try_from(row.ticket)?;
                    after = ticket.id.0;
                    counts.locate(ticket.report, row.cell);
                    counts.count(&ticket, 1);
                }
                counted.count(&counts);
            }
            let mut kept = Figures::default();
            let rows: Vec<KeptRow> = sqlx::query_as(KEPT_ROWS).bind(center.as_str()).fetch_all(&mut *tx).await?;
            for row in rows {
                kept.keep(row)?;
            }
            let blocks: Vec<BlockRow> = sqlx::query_as(KEPT_BLOCKS).bind(center.as_str()).fetch_all(&mut *tx).await?;
            for block in blocks {
                kept.keep_block(block)?;
            }
            (counted, kept)
        })?;
        let mut found = differences(&counted.rows, &kept.rows);
        found.extend(differences(&counted.blocks, &kept.blocks));
        Ok(found)
    }
}

/// Counted and kept, told where they are not the same.
fn differences<K: Ord + Display, V: PartialEq + std::fmt::Debug>(
    counted: &BTreeMap<K, V>,
    kept: &BTreeMap<K, V>,
) -> Vec<String> {
    let others = kept.keys().filter(|key| !counted.contains_key(*key));
    let told = |key: &K| {
        let (should, is) = (counted.get(key), kept.get(key));
        (should != is).then(|| format!("{key}: kept {is:?}, counted {should:?}"))
    };
    counted.keys().chain(others).filter_map(told).collect()
}
