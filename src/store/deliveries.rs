//! Deliveries are claimed with a lease and a fence, tried, and settled; attempts are counted before the work starts.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Store, StoreError, destinations::REDRIVE};
use crate::domain::{
    clock::Timestamp,
    delivery::{Attempt, BREAKS_AFTER, Delivery, Purpose, Stage},
    ids::{CenterId, DeliveryId, DestinationId, TicketId},
};

macro_rules! delivery_columns {
    () => {
        "d.id, d.destination_id, d.subject_id, d.ticket_id, d.purpose, d.stage, d.created_at, d.next_at, d.fence, \
         d.attempts, d.unended, d.first_at, d.receipt"
    };
}

/// What a claim changes; `returning` needs the columns under the table's own name.
macro_rules! claim {
    ($which:expr) => {
        concat!(
            "with due as materialized (",
            $which,
            ") update delivery as d set leased = 1, fence = d.fence + 1, attempts = d.attempts + 1, \
             unended = d.unended + 1, next_at = $3, first_at = coalesce(d.first_at, $2), stage = 'pending' \
             where d.id in (select id from due) returning ",
            // SQLite knows no alias in `returning`, and both know the bare names.
            "id, destination_id, subject_id, ticket_id, purpose, stage, created_at, next_at, fence, attempts, \
             unended, first_at, receipt"
        )
    };
}

// SQLite has one writer, so there is nothing to skip; PostgreSQL must not wait for another instance's rows.
const CLAIM_SQLITE: &str = claim!(
    "select id from delivery where destination_id = $1 and next_at <= $2 order by next_at, created_at, id limit $4"
);
const CLAIM_POSTGRES: &str = claim!(
    "select id from delivery where destination_id = $1 and next_at <= $2 order by next_at, created_at, id limit $4 \
     for update skip locked"
);
// A probe takes whatever was tried least: one that can never be delivered does not keep the others waiting.
const PROBE_SQLITE: &str = claim!(
    "select id from delivery where destination_id = $1 and stage in ('pending', 'parked') \
     and (leased = 0 or next_at <= $2) order by attempts, created_at, id limit $4"
);
const PROBE_POSTGRES: &str = claim!(
    "select id from delivery where destination_id = $1 and stage in ('pending', 'parked') \
     and (leased = 0 or next_at <= $2) order by attempts, created_at, id limit $4 for update skip locked"
);

// One look for all: no claim, and so no writing, where nothing is due.
const DUE: &str = "select t.id from destination t where t.center_id = $1 and t.removed_at is null \
    and t.disabled_at is null and ((t.probe_at is null and exists (select 1 from delivery d \
    where d.destination_id = t.id and d.next_at <= $2)) or (t.probe_at <= $2 and exists (select 1 from delivery d \
    where d.destination_id = t.id and d.stage in ('pending', 'parked'))))";

const HEALTH: &str = "select failures, probe_at from destination \
    where id = $1 and removed_at is null and disabled_at is null";

// Whoever moves it has the probe: however many instances see that its moment has come, one goes.
const TAKE_PROBE: &str = "update destination set probe_at = $3 where id = $1 and probe_at <= $2";

const BEGIN_ATTEMPT: &str = "insert into attempt (delivery_id, number, at) values ($1, $2, $3)";

const END_ATTEMPT: &str = "update attempt set ended_at = $3, outcome = $4, status = $5, detail = $6 \
    where delivery_id = $1 and number = $2";

const SETTLE: &str = "update delivery set stage = $3, next_at = $4, leased = 0, \
    unended = case when $5 = 1 then unended else 0 end, done_at = $6 \
    where id = $1 and fence = $2 and leased = 1 and stage = 'pending'";

const WELL: &str = "update destination set failures = 0, failing_since = null, probe_at = null, delivered_at = $2 \
    where id = $1";

const ILL: &str = "update destination set failures = failures + 1, failing_since = coalesce(failing_since, $2), \
    probe_at = case when failures + 1 >= $3 then $4 else probe_at end where id = $1";

const GONE: &str = "update destination set disabled_at = $2 where id = $1 and disabled_at is null";

const PARK_ALL: &str = "update delivery set stage = 'parked', next_at = null \
    where destination_id = $1 and stage = 'pending' and leased = 0";

// A probe that was not needed after all has said nothing: the next one may go at once.
const GIVE_BACK: &str = "update destination set probe_at = $2 where id = $1 and probe_at > $2";

const RECEIPT: &str = "update delivery set receipt = $2, receipt_at = $3 where id = $1";

const BY_ID: &str = concat!("select ", delivery_columns!(), " from delivery d where d.center_id = $1 and d.id = $2");

const OF_TICKET: &str = concat!(
    "select ",
    delivery_columns!(),
    " from delivery d where d.center_id = $1 and d.ticket_id = $2 order by d.created_at, d.id"
);

const ATTEMPTS_OF_TICKET: &str = "select a.delivery_id, a.number, a.at, a.ended_at, a.outcome, a.status, a.detail \
    from attempt a join delivery d on d.id = a.delivery_id \
    where d.center_id = $1 and d.ticket_id = $2 order by a.delivery_id, a.number";

const LAST_ATTEMPTS: &str = "select a.delivery_id, a.number, a.at, a.ended_at, a.outcome, a.status, a.detail \
    from delivery d join attempt a on a.delivery_id = d.id where d.destination_id = $1 \
    and d.stage in ('pending', 'parked', 'quarantined') order by a.at desc, a.number desc limit $2";

const WAITING: &str = "select count(*), min(created_at) from delivery \
    where destination_id = $1 and stage in ('pending', 'parked')";

const QUARANTINED: &str = "select count(*) from delivery where destination_id = $1 and stage = 'quarantined'";

/// A delivery with where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackedDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Where it stands.
    pub stage: Stage,
    /// Its next attempt, or the end of the lease.
    pub next_at: Option<Timestamp>,
    /// Grows with every claim.
    pub fence: i64,
    /// How often it was tried, the running one included.
    pub attempts: i64,
    /// How many attempts in a row never came back, the running one included.
    pub unended: i64,
    /// When it was tried first.
    pub first_at: Option<Timestamp>,
    /// What the receiver has said of it since: a status code of edXML.
    pub receipt: Option<String>,
}

/// What came of an attempt.
#[derive(Debug)]
pub struct Settlement<'a> {
    /// Which delivery, as it was claimed.
    pub claimed: &'a TrackedDelivery,
    /// When it ended.
    pub at: Timestamp,
    /// One word.
    pub outcome: &'a str,
    /// Status of the answer.
    pub status: Option<i64>,
    /// For people.
    pub detail: &'a str,
    /// Where the delivery stands now.
    pub stage: Stage,
    /// The next attempt, for one that waits.
    pub next_at: Option<Timestamp>,
    /// It did not come back by itself: counts towards poison.
    pub crashed: bool,
    /// What it says of the destination.
    pub sign: Sign,
}

/// What an attempt says of its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It takes what it is sent: everything that waits is due now.
    Well,
    /// It does not; from [`BREAKS_AFTER`] failures on it is probed at this moment.
    Ill(Timestamp),
    /// It wants no more.
    Gone,
    /// Nothing.
    None,
}

/// How much waits for a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Undelivered.
    pub undelivered: i64,
    /// The oldest of them.
    pub oldest: Option<Timestamp>,
    /// Cannot be delivered although the destination lives.
    pub quarantined: i64,
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    id: Uuid,
    destination_id: Uuid,
    subject_id: Uuid,
    ticket_id: Option<Uuid>,
    purpose: String,
    stage: String,
    created_at: i64,
    next_at: Option<i64>,
    fence: i64,
    attempts: i64,
    unended: i64,
    first_at: Option<i64>,
    receipt: Option<String>,
}

impl TryFrom<DeliveryRow> for TrackedDelivery {
    type Error = StoreError;
    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        Ok(Self {
            delivery: Delivery {
                id: DeliveryId(row.id),
                destination: DestinationId(row.destination_id),
                subject: row.subject_id,
                ticket: row.ticket_id.map(TicketId),
                purpose: Purpose::parse(&row.purpose)
                    .ok_or_else(|| StoreError::corrupt("delivery.purpose", &row.purpose))?,
                created_at: Timestamp(row.created_at),
            },
            stage: Stage::parse(&row.stage).ok_or_else(|| StoreError::corrupt("delivery.stage", &row.stage))?,
            next_at: row.next_at.map(Timestamp),
            fence: row.fence,
            attempts: row.attempts,
            unended: row.unended,
            first_at: row.first_at.map(Timestamp),
            receipt: row.receipt,
        })
    }
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    delivery_id: Uuid,
    number: i64,
    at: i64,
    ended_at: Option<i64>,
    outcome: Option<String>,
    status: Option<i64>,
    detail: Option<String>,
}

impl AttemptRow {
    fn read(self) -> (DeliveryId, Attempt) {
        let Self { delivery_id, number, at, ended_at, outcome, status, detail } = self;
        let (at, ended_at) = (Timestamp(at), ended_at.map(Timestamp));
        (DeliveryId(delivery_id), Attempt { number, at, ended_at, outcome, status, detail })
    }
}

impl Store {
    /// Destinations that something is due for.
    pub async fn due_destinations(&self, center: &CenterId, now: Timestamp) -> Result<Vec<DestinationId>, StoreError> {
        let rows: Vec<Uuid> =
            reading!(self, |db| { sqlx::query_scalar(DUE).bind(center.as_str()).bind(now.0).fetch_all(db).await? });
        Ok(rows.into_iter().map(DestinationId).collect())
    }

    /// Takes up to `limit` deliveries that are due, until `lease_end`: nobody else gets them before. A destination that
    /// fails gets one probe when its moment has come, one that is gone nothing.
    pub async fn claim_deliveries(
        &self,
        destination: DestinationId,
        now: Timestamp,
        lease_end: Timestamp,
        limit: i64,
    ) -> Result<Vec<TrackedDelivery>, StoreError> {
        let sqlite = matches!(self, Self::Sqlite { .. });
        let rows: Result<Vec<DeliveryRow>, StoreError> = writing!(self, |tx| {
            let health: Option<(i64, Option<i64>)> =
                sqlx::query_as(HEALTH).bind(destination.0).fetch_optional(&mut *tx).await?;
            let Some((failures, probe_at)) = health else { return Ok(vec![]) };
            let probing = failures >= BREAKS_AFTER && probe_at.is_some();
            if probing {
                let take = sqlx::query(TAKE_PROBE).bind(destination.0).bind(now.0).bind(lease_end.0);
                if take.execute(&mut *tx).await?.rows_affected() == 0 {
                    return Ok(vec![]);
                }
            }
            let claim = match (probing, sqlite) {
                (true, true) => PROBE_SQLITE,
                (true, false) => PROBE_POSTGRES,
                (false, true) => CLAIM_SQLITE,
                (false, false) => CLAIM_POSTGRES,
            };
            let rows: Vec<DeliveryRow> = sqlx::query_as(claim)
                .bind(destination.0)
                .bind(now.0)
                .bind(lease_end.0)
                .bind(if probing { 1 } else { limit })
                .fetch_all(&mut *tx)
                .await?;
            for row in &rows {
                let begun = sqlx::query(BEGIN_ATTEMPT).bind(row.id).bind(row.attempts).bind(now.0);
                begun.execute(&mut *tx).await?;
            }
            rows
        });
        let mut claimed = rows?.into_iter().map(TrackedDelivery::try_from).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_by_key(|claimed| (claimed.delivery.created_at, claimed.delivery.id));
        Ok(claimed)
    }

    /// Writes down what came of an attempt; false where the lease was lost or the delivery was closed meanwhile: then
    /// only the attempt is told.
    pub async fn settle_delivery(&self, settled: &Settlement<'_>) -> Result<bool, StoreError> {
        let (delivery, at) = (&settled.claimed.delivery, settled.at);
        writing!(self, |tx| {
            sqlx::query(END_ATTEMPT)
                .bind(delivery.id.0)
                .bind(settled.claimed.attempts)
                .bind(at.0)
                .bind(settled.outcome)
                .bind(settled.status)
                .bind(settled.detail)
                .execute(&mut *tx)
                .await?;
            let over = matches!(settled.stage, Stage::Delivered | Stage::Quarantined | Stage::Cancelled);
            let done = sqlx::query(SETTLE)
                .bind(delivery.id.0)
                .bind(settled.claimed.fence)
                .bind(settled.stage.word())
                .bind(settled.next_at.map(|at| at.0))
                .bind(i64::from(settled.crashed))
                .bind(over.then_some(at.0))
                .execute(&mut *tx)
                .await?
                .rows_affected();
            let to = delivery.destination.0;
            match settled.sign {
                Sign::Well => {
                    let failures: Option<(i64, Option<i64>)> =
                        sqlx::query_as(HEALTH).bind(to).fetch_optional(&mut *tx).await?;
                    sqlx::query(WELL).bind(to).bind(at.0).execute(&mut *tx).await?;
                    if failures.is_some_and(|(failures, _)| failures >= BREAKS_AFTER) {
                        sqlx::query(REDRIVE).bind(to).bind(at.0).execute(&mut *tx).await?;
                    }
                }
                Sign::Ill(probe) => {
                    sqlx::query(ILL).bind(to).bind(at.0).bind(BREAKS_AFTER).bind(probe.0).execute(&mut *tx).await?;
                }
                Sign::Gone => {
                    sqlx::query(GONE).bind(to).bind(at.0).execute(&mut *tx).await?;
                    sqlx::query(PARK_ALL).bind(to).execute(&mut *tx).await?;
                }
                Sign::None if settled.stage == Stage::Cancelled => {
                    sqlx::query(GIVE_BACK).bind(to).bind(at.0).execute(&mut *tx).await?;
                }
                Sign::None => {}
            }
            done == 1
        })
    }

    /// Notes what the receiver says of a delivery.
    pub async fn note_receipt(&self, id: DeliveryId, receipt: &str, at: Timestamp) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(RECEIPT).bind(id.0).bind(receipt).bind(at.0).execute(&mut *tx).await?;
        })
    }

    /// The delivery of that id.
    pub async fn delivery(&self, center: &CenterId, id: DeliveryId) -> Result<Option<TrackedDelivery>, StoreError> {
        let row: Option<DeliveryRow> =
            reading!(self, |db| { sqlx::query_as(BY_ID).bind(center.as_str()).bind(id.0).fetch_optional(db).await? });
        row.map(TrackedDelivery::try_from).transpose()
    }

    /// A ticket's deliveries, oldest first, each with its attempts.
    pub async fn deliveries_of_ticket(
        &self,
        center: &CenterId,
        ticket: TicketId,
    ) -> Result<Vec<(TrackedDelivery, Vec<Attempt>)>, StoreError> {
        let rows: Vec<DeliveryRow> = reading!(self, |db| {
            sqlx::query_as(OF_TICKET).bind(center.as_str()).bind(ticket.0).fetch_all(db).await?
        });
        let attempts: Vec<AttemptRow> = reading!(self, |db| {
            sqlx::query_as(ATTEMPTS_OF_TICKET).bind(center.as_str()).bind(ticket.0).fetch_all(db).await?
        });
        let mut by_delivery: HashMap<DeliveryId, Vec<Attempt>> = HashMap::new();
        for (id, attempt) in attempts.into_iter().map(AttemptRow::read) {
            by_delivery.entry(id).or_default().push(attempt);
        }
        let with = |row| {
            let tracked = TrackedDelivery::try_from(row)?;
            let attempts = by_delivery.remove(&tracked.delivery.id).unwrap_or_default();
            Ok((tracked, attempts))
        };
        rows.into_iter().map(with).collect()
    }

    /// How much waits for a destination.
    pub async fn waiting(&self, id: DestinationId) -> Result<Waiting, StoreError> {
        let (undelivered, oldest): (i64, Option<i64>) =
            reading!(self, |db| sqlx::query_as(WAITING).bind(id.0).fetch_one(db).await?);
        let quarantined = reading!(self, |db| sqlx::query_scalar(QUARANTINED).bind(id.0).fetch_one(db).await?);
        Ok(Waiting { undelivered, oldest: oldest.map(Timestamp), quarantined })
    }

    /// The newest attempts at what has not arrived at a destination.
    pub async fn last_attempts(&self, id: DestinationId, limit: i64) -> Result<Vec<(DeliveryId, Attempt)>, StoreError> {
        let rows: Vec<AttemptRow> =
            reading!(self, |db| sqlx::query_as(LAST_ATTEMPTS).bind(id.0).bind(limit).fetch_all(db).await?);
        Ok(rows.into_iter().map(AttemptRow::read).collect())
    }
}
