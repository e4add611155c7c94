//! What has to happen by itself now.

use uuid::Uuid;

use super::{Store, StoreError, rows::TicketRow};
use crate::domain::{
    clock::Timestamp,
    ids::{CenterId, TicketId},
    ticket::Ticket,
};

const DUE: &str = concat!(
    "select t.next_at, ",
    ticket_columns!(),
    " from ticket t where t.center_id = $1 and t.next_at <= $2 and (t.next_at, t.id) > ($3, $4) \
     order by t.next_at, t.id limit $5"
);

const DEFER: &str = "update ticket set next_at = $4 where center_id = $1 and id = $2 and version = $3";

const COUNT_DUE: &str = "select count(*) from ticket where center_id = $1 and next_at <= $2";

#[derive(sqlx::FromRow)]
struct DueRow {
    next_at: i64,
    #[sqlx(flatten)]
    ticket: TicketRow,
}

impl Store {
    /// Moves the next moment of a ticket that had nothing due after all; no event, no new version.
    pub async fn defer(
        &self,
        center: &CenterId,
        id: TicketId,
        version: i64,
        next_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(DEFER)
                .bind(center.as_str())
                .bind(id.0)
                .bind(version)
                .bind(next_at.map(|at| at.0))
                .execute(&mut *tx)
                .await?;
        })
    }

    /// How many tickets' next moment has come.
    pub async fn count_due(&self, center: &CenterId, now: Timestamp) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| {
            sqlx::query_scalar(COUNT_DUE).bind(center.as_str()).bind(now.0).fetch_one(db).await?
        }))
    }

    /// Tickets whose next moment has come, ascending by (`next_at`, id), after the cursor: a row that cannot be dealt
    /// with is passed by and hides no other.
    pub async fn due(
        &self,
        center: &CenterId,
        now: Timestamp,
        after: Option<(Timestamp, TicketId)>,
        limit: i64,
    ) -> Result<Vec<(Timestamp, Ticket)>, StoreError> {
        let (after, id) = after.unwrap_or((Timestamp(i64::MIN), TicketId(Uuid::nil())));
        let rows: Vec<DueRow> = reading!(self, |db| {
            sqlx::query_as(DUE)
                .bind(center.as_str())
                .bind(now.0)
                .bind(after.0)
                .bind(id.0)
                .bind(limit.max(0))
                .fetch_all(db)
                .await?
        });
        rows.into_iter().map(|row| Ok((Timestamp(row.next_at), row.ticket.try_into()?))).collect()
    }
}
