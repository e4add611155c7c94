//! "Me too": a counter beside the ticket, so that no crowd ever stands between an office and its work.

use super::{Store, StoreError};
use crate::domain::ids::{CenterId, TicketId};

const SAY: &str = "insert into me_too (ticket_id, device) values ($1, $2) on conflict (ticket_id, device) do nothing";

const COUNT_UP: &str = "update ticket set me_too = me_too + 1 where center_id = $1 and id = $2";

const COUNTED: &str = "select me_too from ticket where center_id = $1 and id = $2";

impl Store {
    /// Counts a device once per ticket; the count after it. Neither version nor history change.
    pub async fn support(&self, center: &CenterId, ticket: TicketId, device: &[u8]) -> Result<i64, StoreError> {
        writing!(self, |tx| {
            if sqlx::query(SAY).bind(ticket.0).bind(device).execute(&mut *tx).await?.rows_affected() == 1 {
                sqlx::query(COUNT_UP).bind(center.as_str()).bind(ticket.0).execute(&mut *tx).await?;
            }
            sqlx::query_scalar::<_, i64>(COUNTED).bind(center.as_str()).bind(ticket.0).fetch_one(&mut *tx).await?
        })
    }
}
