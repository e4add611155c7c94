//! Photos on their way: announced, arriving, waiting to be cleaned, settled.

use std::collections::HashSet;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Store, StoreError,
    portions::portions,
    rows::{parsed, to_json},
    write::{Placed, Write},
};
use crate::domain::{
    clock::Timestamp,
    ids::{CenterId, PhotoId, ReportId, TicketId},
    photo::Photo,
    upload::{Upload, UploadState},
};

macro_rules! upload_columns {
    () => {
        "id, center_id, ticket_id, report_id, position, actor, state, bytes, at, expires_at, attempts"
    };
}

const INSERT: &str = "insert into upload (id, center_id, ticket_id, report_id, position, actor, state, bytes, at, \
    expires_at, claimed_until, attempts) ";

const BY_ID: &str = concat!("select ", upload_columns!(), " from upload where center_id = $1 and id = $2");

const OF_TICKET: &str =
    concat!("select ", upload_columns!(), " from upload where center_id = $1 and ticket_id = $2 order by position, id");

const COMPLETE: &str = "update upload set state = 'waiting' where center_id = $1 and id = $2 and state = 'arriving'";

const REMOVE: &str = "delete from upload where center_id = $1 and id = $2 and state = 'arriving'";

// Rows that another worker has locked are passed by; SQLite has one writer and knows no such words.
const CLAIM_POSTGRES: &str = concat!(
    "with due as materialized (select id from upload where center_id = $1 and state = 'waiting' \
     and claimed_until <= $2 order by at, id limit $4 for update skip locked) \
     update upload set claimed_until = $3, attempts = attempts + 1 where id in (select id from due) returning ",
    upload_columns!()
);
const CLAIM_SQLITE: &str = concat!(
    "with due as materialized (select id from upload where center_id = $1 and state = 'waiting' \
     and claimed_until <= $2 order by at, id limit $4) \
     update upload set claimed_until = $3, attempts = attempts + 1 where id in (select id from due) returning ",
    upload_columns!()
);

const SETTLE: &str = "update upload set state = $3, code = $4 where center_id = $1 and id = $2 and state = 'waiting'";

const FORGET: &str = "delete from upload where center_id = $1 and state <> 'waiting' and expires_at <= $2";

const NEEDED: &str = "select id from upload where state in ('arriving', 'waiting')";

const COUNT_WAITING: &str = "select count(*) from upload where center_id = $1 and state = 'waiting'";

#[derive(sqlx::FromRow)]
struct UploadRow {
    id: Uuid,
    center_id: String,
    ticket_id: Uuid,
    report_id: Option<Uuid>,
    position: i64,
    actor: String,
    state: String,
    bytes: i64,
    at: i64,
    expires_at: i64,
    attempts: i64,
}

impl TryFrom<UploadRow> for Upload {
    type Error = StoreError;
    fn try_from(row: UploadRow) -> Result<Self, StoreError> {
        let state = UploadState::parse(&row.state);
        Ok(Self {
            id: PhotoId(row.id),
            center: parsed("upload.center_id", &row.center_id)?,
            ticket: TicketId(row.ticket_id),
            report: row.report_id.map(ReportId),
            position: row.position,
            actor: serde_json::from_str(&row.actor).map_err(|why| StoreError::corrupt("upload.actor", why))?,
            state: state.ok_or_else(|| StoreError::corrupt("upload.state", &row.state))?,
            bytes: row.bytes,
            at: Timestamp(row.at),
            expires_at: Timestamp(row.expires_at),
            attempts: row.attempts,
        })
    }
}

/// What became of an upload that waited.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// As it was claimed.
    pub upload: Upload,
    /// The photo, or the stable code of why it is none.
    pub outcome: Result<Photo, String>,
}

impl Store {
    /// Announces an upload.
    pub async fn add_upload(&self, upload: &Upload) -> Result<(), StoreError> {
        writing!(self, |tx| { tx.insert_uploads(&[upload]).await? })
    }

    /// The upload of that id.
    pub async fn upload(&self, center: &CenterId, id: PhotoId) -> Result<Option<Upload>, StoreError> {
        let row: Option<UploadRow> =
            reading!(self, |db| { sqlx::query_as(BY_ID).bind(center.as_str()).bind(id.0).fetch_optional(db).await? });
        row.map(Upload::try_from).transpose()
    }

    /// All uploads of a ticket that are not forgotten yet, in the order of the photos.
    pub async fn uploads_of(&self, center: &CenterId, ticket: TicketId) -> Result<Vec<Upload>, StoreError> {
        let rows: Vec<UploadRow> = reading!(self, |db| {
            sqlx::query_as(OF_TICKET).bind(center.as_str()).bind(ticket.0).fetch_all(db).await?
        });
        rows.into_iter().map(Upload::try_from).collect()
    }

    /// All bytes are there: it waits to be cleaned. False where it did not arrive any more.
    pub async fn complete_upload(&self, center: &CenterId, id: PhotoId) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            sqlx::query(COMPLETE).bind(center.as_str()).bind(id.0).execute(&mut *tx).await?.rows_affected() == 1
        })
    }

    /// Gives up an upload that has not wholly arrived; false where there is none.
    pub async fn remove_upload(&self, center: &CenterId, id: PhotoId) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            sqlx::query(REMOVE).bind(center.as_str()).bind(id.0).execute(&mut *tx).await?.rows_affected() == 1
        })
    }

    /// Takes the oldest waiting uploads, at most `limit`, until `until`: nobody else is given them before. The attempt
    /// is counted before the work begins, so that what kills its worker is known by its count.
    pub async fn claim_uploads(
        &self,
        center: &CenterId,
        now: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Upload>, StoreError> {
        let claim = if matches!(self, Self::Sqlite { .. }) { CLAIM_SQLITE } else { CLAIM_POSTGRES };
        let rows: Vec<UploadRow> = writing!(self, |tx| {
            sqlx::query_as(claim)
                .bind(center.as_str())
                .bind(now.0)
                .bind(until.0)
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?
        })?;
        let mut uploads: Vec<Upload> = rows.into_iter().map(Upload::try_from).collect::<Result<_, _>>()?;
        uploads.sort_by_key(|upload| (upload.ticket, upload.position, upload.id));
        Ok(uploads)
    }

    /// Forgets uploads that were abandoned or settled and whose time is over; how many.
    pub async fn forget_uploads(&self, center: &CenterId, now: Timestamp) -> Result<u64, StoreError> {
        writing!(self, |tx| {
            sqlx::query(FORGET).bind(center.as_str()).bind(now.0).execute(&mut *tx).await?.rows_affected()
        })
    }

    /// The uploads of every centre whose bytes are still needed.
    pub async fn needed_uploads(&self) -> Result<HashSet<PhotoId>, StoreError> {
        let ids: Vec<Uuid> = reading!(self, |db| sqlx::query_scalar(NEEDED).fetch_all(db).await?);
        Ok(ids.into_iter().map(PhotoId).collect())
    }

    /// How many photos wait to be cleaned.
    pub async fn count_waiting_uploads(&self, center: &CenterId) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| sqlx::query_scalar(COUNT_WAITING).bind(center.as_str()).fetch_one(db).await?))
    }
}

steps! {
    /// Writes to the table of uploads.
    trait Uploads {
        /// Uploads of any number of reports.
        async fn insert_uploads(&mut self, uploads: &[&Upload]) -> () {
            for rows in portions(uploads) {
                let mut actors = vec![];
                for upload in rows {
                    actors.push(to_json(&upload.actor)?);
                }
                let mut query = QueryBuilder::new(INSERT);
                query.push_values(rows.iter().zip(actors), |mut row, (upload, actor)| {
                    row.push_bind(upload.id.0)
                        .push_bind(upload.center.as_str())
                        .push_bind(upload.ticket.0)
                        .push_bind(upload.report.map(|id| -> Uuid { id.0 }))
                        .push_bind(upload.position)
                        .push_bind(actor)
                        .push_bind(upload.state.as_str())
                        .push_bind(upload.bytes)
                        .push_bind(upload.at.0)
                        .push_bind(upload.expires_at.0)
                        .push_bind(0_i64)
                        .push_bind(upload.attempts);
                });
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }

        /// Photos of those that could be kept. False where one waits no longer: somebody else has settled it.
        async fn settle_uploads(&mut self, settled: &[Settled]) -> bool {
            let mut photos = vec![];
            for Settled { upload, outcome } in settled {
                let state = if outcome.is_ok() { UploadState::Kept } else { UploadState::Refused };
                let done = sqlx::query(SETTLE)
                    .bind(upload.center.as_str())
                    .bind(upload.id.0)
                    .bind(state.as_str())
                    .bind(outcome.as_ref().err())
                    .execute(&mut *self)
                    .await?;
                if done.rows_affected() != 1 {
                    return Ok(false);
                }
                let Upload { center, ticket, report, position, .. } = upload;
                let placed = |photo| Placed { center, ticket: *ticket, report: *report, position: *position, photo };
                photos.extend(outcome.as_ref().ok().map(placed));
            }
            self.insert_photos(&photos).await?;
            Ok(true)
        }
    }
}
