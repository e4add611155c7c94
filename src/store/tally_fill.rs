//! Counting what was there before the tables of figures: some tickets at a time, each time in one transaction with the
//! note of how far it got. A program that is killed goes on there.

use uuid::Uuid;

use super::{
    Store, StoreError,
    rows::TicketRow,
    tally_write::{Counts, Tallies},
};
use crate::domain::ticket::Ticket;

// Written onto itself, so that of two programs one waits for the other.
const HOLD: &str = "update tally_fill set id = id returning after";

const TICKETS_AFTER: &str =
    concat!("select ", ticket_columns!(), " from ticket t where t.id > $1 order by t.id limit $2");

const FILLED_TO: &str = "update tally_fill set after = $1";

const FILLED: &str = "delete from tally_fill";

const AGAIN: &str = "insert into tally_fill (id, after) values (1, null) on conflict (id) do update set after = null";

impl Store {
    /// Counts the next `at_once` tickets that were there before the figures; false where none is left. Runs to its end
    /// whenever a database is opened, before anything is written to it.
    pub async fn fill_tallies(&self, at_once: i64) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            let held: Option<(Option<Uuid>,)> = sqlx::query_as(HOLD).fetch_optional(&mut *tx).await?;
            let Some((after,)) = held else { return Ok(false) };
            let rows: Vec<TicketRow> =
                sqlx::query_as(TICKETS_AFTER).bind(after.unwrap_or_default()).bind(at_once).fetch_all(&mut *tx).await?;
            let mut counts = Counts::default();
            let mut last = None;
            for row in rows {
                let ticket = Ticket::try_from(row)?;
                last = Some(ticket.id.0);
                counts.count(&ticket, 1);
            }
            tx.add_counts(counts).await?;
            match last {
                Some(last) => sqlx::query(FILLED_TO).bind(last).execute(&mut *tx).await?,
                None => sqlx::query(FILLED).execute(&mut *tx).await?,
            };
            last.is_some()
        })
    }

    /// Throws the figures away, to be counted anew by [`Store::fill_tallies`]; only while nothing else writes.
    pub async fn empty_tallies(&self) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query("delete from tally").execute(&mut *tx).await?;
            sqlx::query("delete from heat").execute(&mut *tx).await?;
            sqlx::query(AGAIN).execute(&mut *tx).await?;
        })
    }
}
