//! A long history written at once, and counted the plain way: for measuring only.

use std::collections::BTreeMap;

use super::{
    NewReport, Store, StoreError,
    heat_write::HeatWrite,
    submit::Submission,
    tally_write::{Counts, Tallies},
    write::Write,
};
use crate::domain::{clock::Timestamp, ids::CenterId};

/// Rows of figures written in one transaction.
const ROWS_AT_ONCE: usize = 20_000;

// What a dashboard would ask without aggregates. The median alone would need a sort of every group on top.
const PLAINLY: &str = "select commune, count(*) as reports, \
    sum(case when state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen') then 1 else 0 end) as open, \
    sum(case when state in ('resolved', 'closed', 'refused') and ended_at <= promised_by then 1 else 0 end) as on_time \
    from ticket where center_id = $1 and received_at >= $2 and received_at < $3 group by commune order by commune";

impl Store {
    /// Writes reports and their tickets in one transaction, without history and without figures:
    /// [`Store::insert_figures`] or [`Store::fill_tallies`] counts them.
    pub async fn insert_history(&self, past: &[NewReport]) -> Result<(), StoreError> {
        let reports: Vec<_> = past.iter().collect();
        let tickets: Vec<_> = past.iter().map(|new| (&new.ticket, None)).collect();
        writing!(self, |tx| {
            tx.insert_reports(&reports).await?;
            tx.insert_tickets(&tickets).await?;
        })
    }

    /// Adds what these reports count: the more at once, the fewer rows are written twice.
    pub async fn insert_figures(&self, past: &[NewReport]) -> Result<(), StoreError> {
        let mut counts = Counts::default();
        for new in past {
            counts.count(&new.ticket, 1);
            counts.locate(new.report.id, new.cell);
        }
        let (mut rows, mut blocks) = (counts.rows().into_iter(), counts.blocks().into_iter());
        while rows.len() > 0 {
            let some: BTreeMap<_, _> = rows.by_ref().take(ROWS_AT_ONCE).collect();
            writing!(self, |tx| { tx.add_rows(some.clone()).await? })?;
        }
        while blocks.len() > 0 {
            let some: BTreeMap<_, _> = blocks.by_ref().take(ROWS_AT_ONCE).collect();
            writing!(self, |tx| { tx.add_blocks(some.clone()).await? })?;
        }
        Ok(())
    }

    /// Reports, open and on time by commune from the tickets themselves: commune, then the counts.
    pub async fn count_plainly(
        &self,
        center: &CenterId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Option<String>, i64, i64, i64)>, StoreError> {
        Ok(reading!(self, |db| {
            sqlx::query_as(PLAINLY).bind(center.as_str()).bind(from.0).bind(to.0).fetch_all(db).await?
        }))
    }
}
