//! What other systems have to be told waits here: written with the event, taken away with the deliveries it becomes.
//!
//! Intake pays one narrow row per told event. Who is told is worked out later, so that no number of destinations makes a
//! commit longer.

use uuid::Uuid;

use super::{Store, StoreError, portions::portions};
use crate::domain::{
    delivery::Delivery,
    event::{Event, EventKind},
    ids::{CenterId, EventId, TicketId},
};

const ANNOUNCED: &str = "select event_id, ticket_id from outbox where center_id = $1 order by event_id limit $2";

const SPREAD: &str = "delete from outbox where event_id in (";

const ANNOUNCE: &str = "insert into outbox (event_id, center_id, ticket_id) ";

pub(super) const INSERT_DELIVERY: &str = "insert into delivery (id, center_id, destination_id, subject_id, ticket_id, purpose, stage, \
    created_at, next_at, leased, fence, attempts, unended) \
    select $1, $2, $3, $4, $5, $6, 'pending', $7, $7, 0, 0, 0, 0 \
    where exists (select 1 from destination where id = $3 and removed_at is null) on conflict (id) do nothing";

impl Store {
    /// Events that nobody has been told of yet, oldest first.
    pub async fn announced(&self, center: &CenterId, limit: i64) -> Result<Vec<(EventId, TicketId)>, StoreError> {
        let rows: Vec<(Uuid, Uuid)> =
            reading!(self, |db| { sqlx::query_as(ANNOUNCED).bind(center.as_str()).bind(limit).fetch_all(db).await? });
        Ok(rows.into_iter().map(|(event, ticket)| (EventId(event), TicketId(ticket))).collect())
    }

    /// Writes the deliveries that events have become, and takes the events away: both, or neither. Another instance may
    /// do the same at the same time, since a delivery has one id whoever derives it.
    pub async fn spread(
        &self,
        center: &CenterId,
        events: &[EventId],
        deliveries: &[Delivery],
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            for delivery in deliveries {
                sqlx::query(INSERT_DELIVERY)
                    .bind(delivery.id.0)
                    .bind(center.as_str())
                    .bind(delivery.destination.0)
                    .bind(delivery.subject)
                    .bind(delivery.ticket.map(|ticket| ticket.0))
                    .bind(delivery.purpose.word())
                    .bind(delivery.created_at.0)
                    .execute(&mut *tx)
                    .await?;
            }
            for events in portions(events) {
                let mut query = sqlx::QueryBuilder::new(SPREAD);
                let mut ids = query.separated(", ");
                for event in events {
                    ids.push_bind(event.0);
                }
                query.push(")").build().execute(&mut *tx).await?;
            }
        })
    }
}

steps! {
    /// Tells the outbox.
    trait Outbox {
        /// All events of a group's commit at once.
        async fn announce(&mut self, events: &[&Event]) -> () {
            let told: Vec<&Event> = events.iter().copied().filter(|event| is_told(&event.kind)).collect();
            for events in portions(&told) {
                let mut query = sqlx::QueryBuilder::new(ANNOUNCE);
                query.push_values(events, |mut row, event| {
                    row.push_bind(event.id.0).push_bind(event.center.as_str()).push_bind(event.ticket.0);
                });
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }
    }
}

/// A receipt is told by the assignment that stands beside it; what is merged is told by the merged one.
fn is_told(kind: &EventKind) -> bool {
    !matches!(kind, EventKind::Received { .. } | EventKind::MeToo | EventKind::Absorbed { .. })
}
