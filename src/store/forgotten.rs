//! What was told to other systems is forgotten after a time; how much it was stays.

use std::collections::BTreeMap;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Store, StoreError, portions::portions};
use crate::domain::{
    clock::Timestamp,
    ids::{CenterId, DestinationId},
};

/// Deliveries of one transaction.
const BATCH: i64 = 512;

// A ticket that may still come back keeps what was told of it: a recall has to name its document.
const OLD: &str = "select d.id, d.destination_id, d.stage, d.created_at, d.attempts from delivery d \
    where d.center_id = $1 and d.done_at < $2 and d.stage in ('delivered', 'cancelled', 'quarantined') \
    and not exists (select 1 from ticket t where t.id = d.ticket_id \
    and t.state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen', 'resolved')) \
    order by d.done_at limit $3";

const COUNT: &str = "insert into delivery_total (destination_id, month, stage, deliveries, attempts) \
    values ($1, $2, $3, $4, $5) on conflict (destination_id, month, stage) do update set \
    deliveries = delivery_total.deliveries + excluded.deliveries, \
    attempts = delivery_total.attempts + excluded.attempts";

const TOTALS: &str = "select t.month, t.stage, t.deliveries, t.attempts from delivery_total t \
    where t.destination_id = $1 order by t.month, t.stage";

/// How much of one kind was told to a destination in a month, of what is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Told {
    /// `2026-07`, in Vietnam.
    pub month: String,
    /// What became of it: `delivered`, `cancelled`, `quarantined`.
    pub stage: String,
    /// Deliveries.
    pub deliveries: i64,
    /// Attempts at them.
    pub attempts: i64,
}

impl Store {
    /// Forgets what was settled before then and whose ticket has ended, and counts it; how many deliveries.
    pub async fn forget_deliveries(&self, center: &CenterId, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let count = self.forget_some(center, before).await?;
            forgotten += count;
            if i64::try_from(count).is_ok_and(|count| count < BATCH) {
                return Ok(forgotten);
            }
        }
    }

    async fn forget_some(&self, center: &CenterId, before: Timestamp) -> Result<u64, StoreError> {
        writing!(self, |tx| {
            let old: Vec<(Uuid, Uuid, String, i64, i64)> =
                sqlx::query_as(OLD).bind(center.as_str()).bind(before.0).bind(BATCH).fetch_all(&mut *tx).await?;
            let mut totals: BTreeMap<(Uuid, String, &str), (i64, i64)> = BTreeMap::new();
            for (_, destination, stage, created_at, attempts) in &old {
                let total = totals.entry((*destination, Timestamp(*created_at).day().month(), stage)).or_default();
                *total = (total.0 + 1, total.1 + attempts);
            }
            for ((destination, month, stage), (deliveries, attempts)) in totals {
                let query = sqlx::query(COUNT).bind(destination).bind(month).bind(stage);
                query.bind(deliveries).bind(attempts).execute(&mut *tx).await?;
            }
            for portion in portions(&old) {
                for table in ["delete from attempt where delivery_id in (", "delete from delivery where id in ("] {
                    let mut query = QueryBuilder::new(table);
                    let mut ids = query.separated(", ");
                    for (id, ..) in portion {
                        ids.push_bind(*id);
                    }
                    query.push(")").build().execute(&mut *tx).await?;
                }
            }
            u64::try_from(old.len()).unwrap_or_default()
        })
    }

    /// What was told to a destination beyond what is still kept, by month.
    pub async fn told_before(&self, id: DestinationId) -> Result<Vec<Told>, StoreError> {
        Ok(reading!(self, |db| sqlx::query_as(TOTALS).bind(id.0).fetch_all(db).await?))
    }
}
