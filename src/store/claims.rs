//! Tickets that machines have in hand, under a lease.
//!
//! Handing out takes tickets that nobody else is taking, and writes lease, history and figures in the same transaction:
//! no two machines get one ticket, nor a machine what a person has just accepted, over any number of instances. Every
//! hand-over raises the ticket's version, so that whoever held it before and wakes up late writes nothing.

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Committed, Store, StoreError, TicketChange,
    change::Change,
    portions::portions,
    rows::{TicketRow, parsed},
};
use crate::domain::{
    clock::Timestamp,
    event::Event,
    ids::{CenterId, GenerationId, OfficeId, TicketId},
    ticket::{ATTEMPTS, Ticket},
};

/// A machine has a ticket in hand until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What the machine shows.
    pub token: Uuid,
    /// The ticket.
    pub ticket: TicketId,
    /// Of which office it was claimed.
    pub office: OfficeId,
    /// Until when, unless it is prolonged.
    pub until: Timestamp,
    /// How long it was asked for.
    pub seconds: i64,
}

/// Which tickets a machine asks for.
#[derive(Debug, Clone, Copy)]
pub struct ClaimQuery<'a> {
    /// Whose.
    pub center: &'a CenterId,
    /// Whose.
    pub office: &'a OfficeId,
    /// Only tickets that lie on this map.
    pub map: &'a GenerationId,
    /// At most this many.
    pub limit: i64,
}

/// A ticket as a machine takes it.
#[derive(Debug)]
pub struct Taking {
    /// As it was handed out.
    pub before: Ticket,
    /// As it becomes.
    pub after: Ticket,
    /// Its next moment.
    pub next_at: Option<Timestamp>,
    /// What is added to its history.
    pub events: Vec<Event>,
    /// The lease.
    pub lease: Lease,
}

/// The best tickets of one kind that nobody else is taking at this moment; a literal, so that the index serves.
macro_rules! best {
    ($kind:literal, $locked:literal) => {
        concat!(
            "select ",
            ticket_columns!(),
            " from ticket t where t.center_id = $1 and t.office_id = $2 and t.state = 'queued' and ",
            $kind,
            " and t.generation_id = $3 and t.attempts < $4 order by t.resolve_by, t.id limit $5",
            $locked
        )
    };
}

// SQLite has one writer at a time, and no rows to lock.
const BEST_SQLITE: [&str; 2] = [best!("t.urgent", ""), best!("not t.urgent", "")];
const BEST_POSTGRES: [&str; 2] =
    [best!("t.urgent", " for update skip locked"), best!("not t.urgent", " for update skip locked")];

const INSERT: &str = "insert into claim (token, ticket_id, center_id, office_id, lease_until, lease_seconds) ";

const REPLACE: &str = " on conflict (ticket_id) do update set token = excluded.token, office_id = excluded.office_id, \
    lease_until = excluded.lease_until, lease_seconds = excluded.lease_seconds";

const OF_TICKET: &str = "select token, ticket_id, office_id, lease_until, lease_seconds from claim \
    where center_id = $1 and ticket_id = $2";

const BY_TOKEN: &str = "select token, ticket_id, office_id, lease_until, lease_seconds from claim \
    where center_id = $1 and office_id = $2 and token = $3 and lease_until > $4";

const EXPIRED: &str = "select token, ticket_id, office_id, lease_until, lease_seconds from claim \
    where center_id = $1 and lease_until <= $2 and (lease_until, token) > ($3, $4) order by lease_until, token limit $5";

// Only what still runs is prolonged: a lease that has ended may have been given to somebody else.
const PROLONG: &str = "update claim set lease_until = $5, lease_seconds = $6 \
    where center_id = $1 and office_id = $2 and token = $3 and lease_until > $4";

// Only what has ended is taken away: it may have been prolonged since it was looked at.
const TAKE_AWAY: &str = "delete from claim where token = $1 and lease_until <= $2";

#[derive(sqlx::FromRow)]
struct LeaseRow {
    token: Uuid,
    ticket_id: Uuid,
    office_id: String,
    lease_until: i64,
    lease_seconds: i64,
}

impl TryFrom<LeaseRow> for Lease {
    type Error = StoreError;
    fn try_from(row: LeaseRow) -> Result<Self, StoreError> {
        Ok(Self {
            token: row.token,
            ticket: TicketId(row.ticket_id),
            office: parsed("claim.office_id", &row.office_id)?,
            until: Timestamp(row.lease_until),
            seconds: row.lease_seconds,
        })
    }
}

impl Taking {
    fn change(&self) -> TicketChange<'_> {
        let Self { before, after, next_at, events, .. } = self;
        TicketChange { before, after, next_at: *next_at, events, photos: &[] }
    }
}

impl Store {
    /// Hands out the best tickets of an office: urgent ones first, then what is due first. `take` decides on each, purely;
    /// what it leaves (None) stays in the queue.
    pub async fn claim(
        &self,
        query: &ClaimQuery<'_>,
        take: impl Fn(Ticket) -> Option<Taking>,
    ) -> Result<Vec<Taking>, StoreError> {
        let best = match self {
            Self::Sqlite { .. } => BEST_SQLITE,
            Self::Postgres { .. } => BEST_POSTGRES,
        };
        writing!(self, |tx| {
            let mut taken: Vec<Taking> = vec![];
            for statement in best {
                let left = query.limit.max(0) - i64::try_from(taken.len()).unwrap_or(i64::MAX);
                let rows: Vec<TicketRow> = sqlx::query_as(statement)
                    .bind(query.center.as_str())
                    .bind(query.office.as_str())
                    .bind(query.map.as_str())
                    .bind(ATTEMPTS)
                    .bind(left)
                    .fetch_all(&mut *tx)
                    .await?;
                for row in rows {
                    let Some(taking) = take(row.try_into()?) else { continue };
                    if tx.change(&taking.change()).await? {
                        taken.push(taking);
                    }
                }
            }
            let changes: Vec<TicketChange<'_>> = taken.iter().map(Taking::change).collect();
            tx.after_changes(&changes.iter().collect::<Vec<_>>()).await?;
            tx.insert_claims(query.center, &taken).await?;
            taken
        })
    }

    /// The lease under which a machine has a ticket, run out or not.
    pub async fn lease_of(&self, center: &CenterId, ticket: TicketId) -> Result<Option<Lease>, StoreError> {
        let row: Option<LeaseRow> = reading!(self, |db| {
            sqlx::query_as(OF_TICKET).bind(center.as_str()).bind(ticket.0).fetch_optional(db).await?
        });
        row.map(Lease::try_from).transpose()
    }

    /// An office's lease of that token, if it still runs at `now`.
    pub async fn lease(
        &self,
        center: &CenterId,
        office: &OfficeId,
        token: Uuid,
        now: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        let row: Option<LeaseRow> = reading!(self, |db| {
            let query = sqlx::query_as(BY_TOKEN).bind(center.as_str()).bind(office.as_str()).bind(token);
            query.bind(now.0).fetch_optional(db).await?
        });
        row.map(Lease::try_from).transpose()
    }

    /// Moves the end of a lease that still runs at `now` to `until`; false where it does not run any more.
    pub async fn prolong(
        &self,
        center: &CenterId,
        office: &OfficeId,
        token: Uuid,
        now: Timestamp,
        (until, seconds): (Timestamp, i64),
    ) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            let query = sqlx::query(PROLONG).bind(center.as_str()).bind(office.as_str()).bind(token);
            let query = query.bind(now.0).bind(until.0).bind(seconds);
            query.execute(&mut *tx).await?.rows_affected() == 1
        })
    }

    /// Leases that have ended, ascending by (`until`, token) after the cursor: one that cannot be dealt with is passed by
    /// and hides no other.
    pub async fn expired(
        &self,
        center: &CenterId,
        now: Timestamp,
        after: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<Lease>, StoreError> {
        let (after, token) = after.unwrap_or((Timestamp(i64::MIN), Uuid::nil()));
        let rows: Vec<LeaseRow> = reading!(self, |db| {
            let query = sqlx::query_as(EXPIRED).bind(center.as_str()).bind(now.0).bind(after.0).bind(token);
            query.bind(limit.max(0)).fetch_all(db).await?
        });
        rows.into_iter().map(Lease::try_from).collect()
    }

    /// Takes a ticket away from a machine whose lease has ended at `now`. `Stale`, and nothing written, where the lease was
    /// prolonged or given up, or the ticket changed, in between. Without a change only the lease goes.
    pub async fn rescue(
        &self,
        lease: &Lease,
        now: Timestamp,
        change: Option<&TicketChange<'_>>,
    ) -> Result<Committed, StoreError> {
        writing!(self, |tx| {
            // The ticket before the lease, as everywhere: two transactions never wait for one another.
            if let Some(change) = change
                && !tx.change(change).await?
            {
                return Ok(Committed::Stale);
            }
            let done = sqlx::query(TAKE_AWAY).bind(lease.token).bind(now.0).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Ok(Committed::Stale);
            }
            tx.after_changes(&change.into_iter().collect::<Vec<_>>()).await?;
            Committed::Done
        })
    }
}

steps! {
    /// Writes to the leases.
    trait Claims {
        /// Ends the leases of tickets that have left the machine's hand.
        async fn end_claims(&mut self, changes: &[&TicketChange<'_>]) -> () {
            let in_hand = |change: &&&TicketChange<'_>| change.before.is_still_held(change.before);
            let left = changes.iter().filter(in_hand).filter(|change| !change.after.is_still_held(change.before));
            for left in portions(&left.map(|change| change.after.id.0).collect::<Vec<_>>()) {
                let mut query = QueryBuilder::new("delete from claim where ticket_id in (");
                let mut ids = query.separated(", ");
                for id in left {
                    ids.push_bind(*id);
                }
                query.push(")").build().execute(&mut *self).await?;
            }
            Ok(())
        }

        /// Writes down the leases.
        async fn insert_claims(&mut self, center: &CenterId, taken: &[Taking]) -> () {
            for taken in portions(taken) {
                let mut query = QueryBuilder::new(INSERT);
                query.push_values(taken, |mut row, Taking { lease, .. }| {
                    row.push_bind(lease.token)
                        .push_bind(lease.ticket.0)
                        .push_bind(center.as_str())
                        .push_bind(lease.office.as_str())
                        .push_bind(lease.until.0)
                        .push_bind(lease.seconds);
                });
                query.push(REPLACE).build().execute(&mut *self).await?;
            }
            Ok(())
        }
    }
}
