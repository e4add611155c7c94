//! Who is told: destinations, their health, and until when an office's pushing is approved.

use uuid::Uuid;

use super::{
    Store, StoreError,
    rows::{from_json, maybe, parsed, to_json},
};
use crate::domain::{
    clock::Timestamp,
    delivery::{Audience, Destination, Health},
    ids::{CenterId, DestinationId, OfficeId},
};

const INSERT: &str = "insert into destination (id, center_id, office_id, audience, name, channel, credential, secret, \
    secret_overlap, created_at, failures) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)";

const OF_CENTER: &str = "select id, center_id, office_id, audience, name, channel, credential, secret, secret_overlap, \
    created_at, failures, failing_since, probe_at, disabled_at, delivered_at from destination \
    where center_id = $1 and removed_at is null order by created_at, id";

const REMOVE: &str = "update destination set removed_at = $3 where center_id = $1 and id = $2 and removed_at is null";

const CLOSE_ALL: &str = "update delivery set stage = 'cancelled', next_at = null, done_at = $2 \
    where destination_id = $1 and stage in ('pending', 'parked')";

const ROTATE: &str = "update destination set secret = secret + 1, secret_overlap = $3 \
    where center_id = $1 and id = $2 and removed_at is null";

const WAKE: &str = "update destination set failures = 0, failing_since = null, probe_at = null, disabled_at = null \
    where center_id = $1 and id = $2 and removed_at is null";

pub(super) const REDRIVE: &str = "update delivery set stage = 'pending', next_at = $2, first_at = null \
    where destination_id = $1 and stage in ('pending', 'parked') and leased = 0";

const REDRIVE_QUARANTINED: &str = "update delivery set stage = 'pending', next_at = $2, unended = 0, first_at = null \
    where destination_id = $1 and stage = 'quarantined'";

const APPROVE: &str = "insert into approval (center_id, office_id, until, at) values ($1, $2, $3, $4) \
    on conflict (center_id, office_id) do update set until = excluded.until, at = excluded.at";

const APPROVALS: &str = "select office_id, until from approval where center_id = $1 order by office_id";

#[derive(sqlx::FromRow)]
struct DestinationRow {
    id: Uuid,
    center_id: String,
    office_id: Option<String>,
    audience: String,
    name: String,
    channel: String,
    credential: Option<Vec<u8>>,
    secret: i64,
    secret_overlap: Option<i64>,
    created_at: i64,
    failures: i64,
    failing_since: Option<i64>,
    probe_at: Option<i64>,
    disabled_at: Option<i64>,
    delivered_at: Option<i64>,
}

impl TryFrom<DestinationRow> for Destination {
    type Error = StoreError;
    fn try_from(row: DestinationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: DestinationId(row.id),
            center: parsed("destination.center_id", &row.center_id)?,
            office: maybe("destination.office_id", row.office_id.as_deref())?,
            audience: if row.audience == Audience::Citizen.word() { Audience::Citizen } else { Audience::Office },
            name: row.name.try_into().map_err(|why| StoreError::corrupt("destination.name", why))?,
            channel: from_json("destination.channel", &row.channel)?,
            credential: row.credential,
            secret: row.secret,
            secret_overlap: row.secret_overlap.map(Timestamp),
            created_at: Timestamp(row.created_at),
            health: Health {
                failures: row.failures,
                failing_since: row.failing_since.map(Timestamp),
                probe_at: row.probe_at.map(Timestamp),
                disabled_at: row.disabled_at.map(Timestamp),
                delivered_at: row.delivered_at.map(Timestamp),
            },
        })
    }
}

impl Store {
    /// Adds a destination; its id must be new.
    pub async fn save_destination(&self, destination: &Destination) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(INSERT)
                .bind(destination.id.0)
                .bind(destination.center.as_str())
                .bind(destination.office.as_ref().map(OfficeId::as_str))
                .bind(destination.audience.word())
                .bind(destination.name.as_str())
                .bind(to_json(&destination.channel)?)
                .bind(destination.credential.as_deref())
                .bind(destination.secret)
                .bind(destination.secret_overlap.map(|at| at.0))
                .bind(destination.created_at.0)
                .execute(&mut *tx)
                .await?;
        })
    }

    /// A centre's destinations, oldest first, without the removed ones.
    pub async fn destinations(&self, center: &CenterId) -> Result<Vec<Destination>, StoreError> {
        let rows: Vec<DestinationRow> =
            reading!(self, |db| sqlx::query_as(OF_CENTER).bind(center.as_str()).fetch_all(db).await?);
        rows.into_iter().map(Destination::try_from).collect()
    }

    /// Ends a destination and closes what is queued for it; false where there is none.
    pub async fn remove_destination(
        &self,
        center: &CenterId,
        id: DestinationId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            let done = sqlx::query(REMOVE).bind(center.as_str()).bind(id.0).bind(at.0).execute(&mut *tx).await?;
            sqlx::query(CLOSE_ALL).bind(id.0).bind(at.0).execute(&mut *tx).await?;
            done.rows_affected() == 1
        })
    }

    /// Puts the next derived secret into force; until `overlap` the one before signs too.
    pub async fn rotate_secret(
        &self,
        center: &CenterId,
        id: DestinationId,
        overlap: Timestamp,
    ) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            let done = sqlx::query(ROTATE).bind(center.as_str()).bind(id.0).bind(overlap.0).execute(&mut *tx).await?;
            done.rows_affected() == 1
        })
    }

    /// Takes a destination as well again and makes everything undelivered due now, quarantined ones too; how many.
    pub async fn redrive(&self, center: &CenterId, id: DestinationId, now: Timestamp) -> Result<u64, StoreError> {
        writing!(self, |tx| {
            if sqlx::query(WAKE).bind(center.as_str()).bind(id.0).execute(&mut *tx).await?.rows_affected() == 0 {
                return Ok(0);
            }
            let waiting = sqlx::query(REDRIVE).bind(id.0).bind(now.0).execute(&mut *tx).await?.rows_affected();
            let stuck = sqlx::query(REDRIVE_QUARANTINED).bind(id.0).bind(now.0).execute(&mut *tx).await?;
            waiting + stuck.rows_affected()
        })
    }

    /// Approves the pushing channels of an office (None: of the centre itself) until then.
    pub async fn approve(
        &self,
        center: &CenterId,
        office: Option<&OfficeId>,
        until: Timestamp,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(APPROVE)
                .bind(center.as_str())
                .bind(office.map_or("", OfficeId::as_str))
                .bind(until.0)
                .bind(at.0)
                .execute(&mut *tx)
                .await?;
        })
    }

    /// Until when which office's pushing channels are approved; None is the centre itself.
    pub async fn approvals(&self, center: &CenterId) -> Result<Vec<(Option<OfficeId>, Timestamp)>, StoreError> {
        let rows: Vec<(String, i64)> =
            reading!(self, |db| sqlx::query_as(APPROVALS).bind(center.as_str()).fetch_all(db).await?);
        let office = |text: &str| maybe("approval.office_id", Some(text).filter(|text| !text.is_empty()));
        rows.iter().map(|(id, until)| Ok((office(id)?, Timestamp(*until)))).collect()
    }
}
