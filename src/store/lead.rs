//! One leader among many: who does the periodic work of a centre now.
//!
//! A row holds the leader's lease and a term that grows with every change of the holder. Each transaction of a leader's
//! store reads that row first and keeps it until its commit ([`still_leads`]): a new leader comes only after it, and a
//! term that is over writes nothing more, however long its process has slept.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, StoreError, error::Failure};
use crate::domain::{clock::Timestamp, ids::CenterId};

const TAKE: &str = "insert into lead (center_id, term, holder, until) values ($1, 1, $2, $3) \
    on conflict (center_id) do update set term = case when lead.holder = excluded.holder then lead.term \
    else lead.term + 1 end, holder = excluded.holder, until = excluded.until \
    where lead.holder = excluded.holder or lead.until <= $4 returning term";

const LEAVE: &str = "update lead set until = $3 where center_id = $1 and holder = $2 and until > $3";

// A leader that stops in the middle of a transaction must not keep the row: the server ends it before the next lease does.
const STILL: &str = "select term, set_config('idle_in_transaction_session_timeout', '5s', true) from lead \
    where center_id = $1 for share";

/// The term under which a store writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    center: CenterId,
    number: i64,
}

impl Store {
    /// Takes the lead of a centre, or keeps it, until `until`; None while another instance has it. The store that is
    /// given writes as long as nobody else has taken the lead since. SQLite has one instance, which always leads.
    pub async fn take_lead(
        &self,
        center: &CenterId,
        holder: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Self::Postgres { .. } = self else { return Ok(Some(self.clone())) };
        let taken: Option<i64> = writing!(self, |tx| {
            let query = sqlx::query_scalar(TAKE).bind(center.as_str()).bind(holder).bind(until.0).bind(now.0);
            query.fetch_optional(&mut *tx).await?
        })?;
        Ok(taken.map(|number| self.under(Term { center: center.clone(), number })))
    }

    /// Gives the lead back, if this holder has it: the next one need not wait for the end of the lease.
    pub async fn leave_lead(&self, center: &CenterId, holder: Uuid, now: Timestamp) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(LEAVE).bind(center.as_str()).bind(holder).bind(now.0).execute(&mut *tx).await?;
        })
    }

    /// The number of the term that this store writes under.
    pub fn term(&self) -> Option<i64> {
        match self {
            Self::Postgres { term: Some(term), .. } => Some(term.number),
            _ => None,
        }
    }

    fn under(&self, new: Term) -> Self {
        let mut store = self.clone();
        if let Self::Postgres { term, .. } = &mut store {
            *term = Some(new);
        }
        store
    }
}

/// The first step of every transaction: refused where the term that it is written under is over.
pub(super) async fn still_leads(connection: &mut PgConnection, term: Option<&Term>) -> Result<(), Failure> {
    let Some(term) = term else { return Ok(()) };
    let stored: Option<(i64, String)> =
        sqlx::query_as(STILL).bind(term.center.as_str()).fetch_optional(connection).await?;
    match stored {
        Some((number, _)) if number == term.number => Ok(()),
        _ => Err(StoreError::Superseded.into()),
    }
}
