//! One submission, one transaction: key, report, contact, photos, ticket, history, figures — all or nothing.

use uuid::Uuid;

use super::{
    IdempotencyKey, NewReport, Store, StoreError, Submitted,
    rows::{parsed, source_word},
    tally_write::{Counts, Tallies},
    uploads::Uploads,
    write::Write,
};
use crate::domain::{
    clock::Timestamp,
    ids::{CenterId, CommuneCode, ReportId},
    report::{Report, Whereabouts},
    text::Line,
};

const CLAIM_KEY: &str = "insert into idempotency (center_id, scope, key, fingerprint, answer, report_id, at) \
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (center_id, scope, key) do nothing";

const CLAIMED: &str = "select i.fingerprint, i.answer, i.report_id, r.code from idempotency i \
    join report r on r.id = i.report_id where i.center_id = $1 and i.scope = $2 and i.key = $3";

const INSERT_REPORT: &str = "insert into report (\
    id, center_id, code, category, description, where_kind, lon, lat, accuracy_m, accuracy_confidence, source, \
    place_commune, place_hint, cell, stated_commune, captured_at, seen_at, received_at, on_behalf, share_contact, \
    sender_key) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";

const INSERT_CONTACT: &str = "insert into report_contact (report_id, center_id, sealed) values ($1, $2, $3)";

#[derive(sqlx::FromRow)]
struct ClaimedRow {
    fingerprint: Vec<u8>,
    answer: String,
    report_id: Uuid,
    code: String,
}

impl ClaimedRow {
    fn answer(self, fingerprint: &[u8]) -> Result<Submitted, StoreError> {
        if self.fingerprint != fingerprint {
            return Ok(Submitted::KeyReused);
        }
        let code = parsed("report.code", &self.code)?;
        Ok(Submitted::Again { answer: self.answer, report: ReportId(self.report_id), code })
    }
}

const FORGET_KEYS: &str = "delete from idempotency where at < $1";

impl Store {
    /// Forgets idempotency keys that were used before `before`; how many. Their reports stay.
    pub async fn forget_keys(&self, before: Timestamp) -> Result<u64, StoreError> {
        writing!(self, |tx| { sqlx::query(FORGET_KEYS).bind(before.0).execute(&mut *tx).await?.rows_affected() })
    }

    /// Writes a submission, or answers what its key was used for. A public code that is taken is `Refused`: draw
    /// another one and submit again.
    pub async fn submit(&self, new: &NewReport<'_>) -> Result<Submitted, StoreError> {
        writing!(self, |tx| {
            if let Some(key) = &new.idempotency
                && !tx.claim_key(new.report, key).await?
            {
                let row: Option<ClaimedRow> = sqlx::query_as(CLAIMED)
                    .bind(new.report.center.as_str())
                    .bind(&key.scope)
                    .bind(&key.key)
                    .fetch_optional(&mut *tx)
                    .await?;
                let row = row.ok_or_else(|| StoreError::Unavailable("the key was given up just now".into()))?;
                return Ok(row.answer(&key.fingerprint)?);
            }
            tx.insert_report(new.report, new.cell).await?;
            if let Some(sealed) = &new.sealed_contact {
                sqlx::query(INSERT_CONTACT)
                    .bind(new.report.id.0)
                    .bind(new.report.center.as_str())
                    .bind(sealed)
                    .execute(&mut *tx)
                    .await?;
            }
            if !tx.insert_ticket(new.ticket, new.next_at).await? {
                return Ok(Submitted::CodeTaken);
            }
            tx.insert_photos(&new.report.center, new.ticket.id, Some(new.report.id), &new.report.photos).await?;
            tx.insert_uploads(new.uploads).await?;
            tx.remember_office(new.ticket).await?;
            tx.append(new.events).await?;
            let mut counts = Counts::default();
            counts.count(new.ticket, 1);
            tx.add_counts(counts).await?;
            Submitted::New
        })
    }

    /// The stored answer of a key, before anything expensive is done.
    pub async fn submitted_before(
        &self,
        center: &CenterId,
        scope: &str,
        key: &str,
        fingerprint: &[u8],
    ) -> Result<Option<Submitted>, StoreError> {
        let row: Option<ClaimedRow> = reading!(self, |db| {
            sqlx::query_as(CLAIMED).bind(center.as_str()).bind(scope).bind(key).fetch_optional(db).await?
        });
        row.map(|row| row.answer(fingerprint)).transpose()
    }
}

steps! {
    /// Writes to the tables of reports.
    trait Submission {
        /// False where the key is taken. On PostgreSQL this waits for another submission that has just taken it.
        async fn claim_key(&mut self, report: &Report, key: &IdempotencyKey) -> bool {
            let done = sqlx::query(CLAIM_KEY)
                .bind(report.center.as_str())
                .bind(&key.scope)
                .bind(&key.key)
                .bind(&key.fingerprint)
                .bind(&key.answer)
                .bind(report.id.0)
                .bind(report.received_at.0)
                .execute(&mut *self)
                .await?;
            Ok(done.rows_affected() == 1)
        }

        async fn insert_report(&mut self, report: &Report, cell: Option<i64>) -> () {
            let place = Columns::of(&report.whereabouts);
            sqlx::query(INSERT_REPORT)
                .bind(report.id.0)
                .bind(report.center.as_str())
                .bind(report.code.to_string())
                .bind(report.category.as_str())
                .bind(report.description.as_str())
                .bind(place.kind)
                .bind(place.position.map(|(lon, _)| lon))
                .bind(place.position.map(|(_, lat)| lat))
                .bind(place.accuracy.map(|(metres, _)| metres))
                .bind(place.accuracy.map(|(_, confidence)| confidence))
                .bind(place.source)
                .bind(place.commune)
                .bind(place.hint)
                .bind(cell)
                .bind(report.stated_commune.as_ref().map(CommuneCode::as_str))
                .bind(report.captured_at.map(|at| at.0))
                .bind(report.seen_at.0)
                .bind(report.received_at.0)
                .bind(report.on_behalf)
                .bind(report.share_contact)
                .bind(report.sender_key.map(|key| key.0))
                .execute(&mut *self)
                .await?;
            Ok(())
        }
    }
}

/// Whereabouts spread over their columns.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) kind: &'static str,
    pub(super) position: Option<(f64, f64)>,
    pub(super) accuracy: Option<(f64, f64)>,
    pub(super) source: Option<&'static str>,
    pub(super) commune: Option<&'a str>,
    pub(super) hint: Option<&'a str>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(whereabouts: &'a Whereabouts) -> Self {
        match whereabouts {
            Whereabouts::Fix(fix) => Self {
                kind: "fix",
                position: Some((fix.position.lon(), fix.position.lat())),
                accuracy: fix.accuracy.map(|accuracy| (accuracy.radius_m, accuracy.confidence)),
                source: Some(source_word(fix.source)),
                ..Self::default()
            },
            Whereabouts::Place { commune, hint } => Self {
                kind: "place",
                commune: Some(commune.as_str()),
                hint: hint.as_ref().map(Line::as_str),
                ..Self::default()
            },
            Whereabouts::Unknown => Self { kind: "unknown", ..Self::default() },
        }
    }
}
