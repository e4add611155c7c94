//! The reports of self-checks leave again, with everything that they have written.

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Store, StoreError, portions::portions};
use crate::domain::ids::CenterId;

const TICKETS: &str = "select id from ticket where center_id = $1";

/// What hangs on a ticket, each row before what it refers to.
const OF_TICKETS: [&str; 7] = [
    "delete from claim where ticket_id in (",
    "delete from rung where ticket_id in (",
    "delete from outbox where event_id in (select id from event where ticket_id in (",
    "delete from ticket_office where ticket_id in (",
    "delete from event where ticket_id in (",
    "delete from ticket where id in (",
    "delete from report where id in (",
];

/// What is kept by centre.
const OF_CENTRE: [&str; 5] = [
    "delete from office_feed where center_id = $1",
    "delete from office_head where center_id = $1",
    "delete from tally where center_id = $1",
    "delete from heat where center_id = $1",
    "delete from notice where center_id = $1",
];

impl Store {
    /// Removes every report of a centre of self-checks, with ticket, history and figures. Its events were never sealed, so
    /// the chain stays whole. Refused for any other centre.
    pub async fn forget_canary(&self, center: &CenterId) -> Result<(), StoreError> {
        if !center.is_canary() {
            return Err(StoreError::Refused(format!("{center} is no centre of self-checks: nothing was removed")));
        }
        writing!(self, |tx| {
            let tickets: Vec<Uuid> = sqlx::query_scalar(TICKETS).bind(center.as_str()).fetch_all(&mut *tx).await?;
            for tickets in portions(&tickets) {
                for statement in OF_TICKETS {
                    let mut query = QueryBuilder::new(statement);
                    let mut ids = query.separated(", ");
                    for id in tickets {
                        ids.push_bind(*id);
                    }
                    query.push(if statement.contains("(select") { "))" } else { ")" });
                    query.build().execute(&mut *tx).await?;
                }
            }
            for statement in OF_CENTRE {
                sqlx::query(statement).bind(center.as_str()).execute(&mut *tx).await?;
            }
        })
    }
}
