//! Submissions that are written together, in one transaction: keys, reports, contacts, photos, tickets, history, figures
//! — of each all or nothing.

use std::collections::HashSet;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    NewReport, Store, StoreError, Submitted,
    feed::{Feed, opened},
    outbox::Outbox,
    portions::portions,
    rows::{parsed, source_word},
    tally_write::{Counts, Tallies},
    uploads::Uploads,
    write::{Placed, Write},
};
use crate::domain::{
    clock::Timestamp,
    ids::{CenterId, CommuneCode, ReportId},
    report::Whereabouts,
    text::Line,
};

const CLAIM_KEYS: &str = "insert into idempotency (center_id, scope, key, fingerprint, answer, report_id, at) ";

const CLAIMED: &str = "select i.center_id, i.scope, i.key, i.fingerprint, i.answer, i.report_id, r.code \
    from idempotency i join report r on r.id = i.report_id where (i.center_id, i.scope, i.key) in (";

const INSERT_REPORTS: &str = "insert into report (\
    id, center_id, code, category, description, where_kind, lon, lat, accuracy_m, accuracy_confidence, source, \
    place_commune, place_hint, cell, stated_commune, captured_at, seen_at, received_at, on_behalf, share_contact, \
    sender_key) ";

const INSERT_CONTACTS: &str = "insert into report_contact (report_id, center_id, sealed) ";

const FORGET_KEYS: &str = "delete from idempotency where at < $1";

#[derive(sqlx::FromRow)]
pub(super) struct ClaimedRow {
    center_id: String,
    scope: String,
    key: String,
    fingerprint: Vec<u8>,
    answer: String,
    report_id: Uuid,
    code: String,
}

impl ClaimedRow {
    fn answer(&self, fingerprint: &[u8]) -> Result<Submitted, StoreError> {
        if self.fingerprint != fingerprint {
            return Ok(Submitted::KeyReused);
        }
        let code = parsed("report.code", &self.code)?;
        Ok(Submitted::Again { answer: self.answer.clone(), report: ReportId(self.report_id), code })
    }
}

/// What became of submissions that were written together.
pub(super) enum Together {
    /// Each in its order; the transaction is committed.
    Written(Vec<Result<Submitted, StoreError>>),
    /// Nothing was written, because the public codes of these are taken.
    CodesTaken(HashSet<ReportId>),
}

impl Store {
    /// Forgets idempotency keys that were used before `before`; how many. Their reports stay.
    pub async fn forget_keys(&self, before: Timestamp) -> Result<u64, StoreError> {
        writing!(self, |tx| { sqlx::query(FORGET_KEYS).bind(before.0).execute(&mut *tx).await?.rows_affected() })
    }

    /// Writes submissions in one transaction, each table by one statement for all of them. Those whose key was used
    /// before, or is used by another one of them, get that answer.
    pub(super) async fn submit_together(&self, all: &[&NewReport]) -> Result<Together, StoreError> {
        writing!(self, |tx| {
            let claimed = tx.claim_keys(all).await?;
            let is_new = |new: &&&NewReport| new.idempotency.is_none() || claimed.contains(&new.report.id.0);
            let (fresh, again): (Vec<&NewReport>, Vec<&NewReport>) = all.iter().partition(is_new);
            let tickets: Vec<_> = fresh.iter().map(|new| (&new.ticket, new.next_at)).collect();
            let photos = fresh.iter().map(|new| Placed::of(&new.ticket, Some(new.report.id), &new.report.photos));
            let mut counts = Counts::default();
            for new in &fresh {
                counts.count(&new.ticket, 1);
                counts.locate(new.report.id, new.cell);
            }

            tx.insert_reports(&fresh).await?;
            tx.insert_contacts(&fresh).await?;
            let queued = tx.insert_tickets(&tickets).await?;
            if queued.len() < fresh.len() {
                let missing = fresh.iter().filter(|new| !queued.contains(&new.ticket.id.0));
                return Ok(Together::CodesTaken(missing.map(|new| new.report.id).collect()));
            }
            tx.insert_uploads(&fresh.iter().flat_map(|new| &new.uploads).collect::<Vec<_>>()).await?;
            tx.insert_photos(&photos.flatten().collect::<Vec<_>>()).await?;
            tx.remember_offices(&fresh.iter().map(|new| &new.ticket).collect::<Vec<_>>()).await?;
            let events: Vec<_> = fresh.iter().flat_map(|new| &new.events).collect();
            tx.append(&events).await?;
            tx.announce(&events).await?;
            tx.add_counts(counts).await?;
            let before = tx.claimed(&again.iter().filter_map(|new| key_of(new)).collect::<Vec<_>>()).await?;
            tx.feed(fresh.iter().filter_map(|new| opened(&new.ticket, &new.events)).collect()).await?;
            Together::Written(all.iter().map(|new| told(new, &claimed, &before)).collect())
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
            let mut query = QueryBuilder::new(CLAIMED);
            query.push_values([(center.as_str(), scope, key)], |mut row, (center, scope, key)| {
                row.push_bind(center).push_bind(scope).push_bind(key);
            });
            query.push(")").build_query_as().fetch_optional(db).await?
        });
        row.map(|row| row.answer(fingerprint)).transpose()
    }
}

/// Centre, scope and key.
type Key<'a> = (&'a str, &'a str, &'a str);

fn key_of(new: &NewReport) -> Option<Key<'_>> {
    new.idempotency.as_ref().map(|key| (new.report.center.as_str(), key.scope.as_str(), key.key.as_str()))
}

/// What one of many is told.
fn told(new: &NewReport, claimed: &HashSet<Uuid>, before: &[ClaimedRow]) -> Result<Submitted, StoreError> {
    let Some(key) = new.idempotency.as_ref().filter(|_| !claimed.contains(&new.report.id.0)) else {
        return Ok(Submitted::New);
    };
    let is_mine = |row: &&ClaimedRow| Some((&*row.center_id, &*row.scope, &*row.key)) == key_of(new);
    let row = before.iter().find(is_mine);
    row.ok_or_else(|| StoreError::Unavailable("the key was given up just now".into()))?.answer(&key.fingerprint)
}

steps! {
    /// Writes to the tables of reports.
    trait Submission {
        /// The ids of the reports whose key was free. On PostgreSQL this waits for another transaction that has just
        /// taken one; all take them in one order, so that two never wait for one another.
        async fn claim_keys(&mut self, all: &[&NewReport]) -> HashSet<Uuid> {
            let mut keyed: Vec<_> = all.iter().filter_map(|new| Some((key_of(new)?, *new))).collect();
            keyed.sort_by_key(|(key, _)| *key);
            let mut claimed = HashSet::new();
            for keyed in portions(&keyed) {
                let mut query = QueryBuilder::new(CLAIM_KEYS);
                query.push_values(keyed, |mut row, ((center, scope, key), new)| {
                    row.push_bind(*center)
                        .push_bind(*scope)
                        .push_bind(*key)
                        .push_bind(new.idempotency.as_ref().map(|key| key.fingerprint.as_slice()))
                        .push_bind(new.idempotency.as_ref().map(|key| key.answer.as_str()))
                        .push_bind(new.report.id.0)
                        .push_bind(new.report.received_at.0);
                });
                query.push(" on conflict (center_id, scope, key) do nothing returning report_id");
                claimed.extend(query.build_query_scalar::<Uuid>().fetch_all(&mut *self).await?);
            }
            Ok(claimed)
        }

        /// Who has these keys.
        async fn claimed(&mut self, keys: &[Key<'_>]) -> Vec<ClaimedRow> {
            let mut rows = vec![];
            for keys in portions(keys) {
                let mut query = QueryBuilder::new(CLAIMED);
                query.push_values(keys, |mut row, (center, scope, key)| {
                    row.push_bind(*center).push_bind(*scope).push_bind(*key);
                });
                rows.extend(query.push(")").build_query_as().fetch_all(&mut *self).await?);
            }
            Ok(rows)
        }

        async fn insert_reports(&mut self, all: &[&NewReport]) -> () {
            for portion in portions(all) {
                let mut query = QueryBuilder::new(INSERT_REPORTS);
                query.push_values(portion, |mut row, new| {
                    let report = &new.report;
                    let place = Columns::of(&report.whereabouts);
                    row.push_bind(report.id.0)
                        .push_bind(report.center.as_str())
                        .push_bind(report.code.to_string())
                        .push_bind(report.category.as_str())
                        .push_bind(report.description.as_str())
                        .push_bind(place.kind)
                        .push_bind(place.position.map(|(lon, _)| lon))
                        .push_bind(place.position.map(|(_, lat)| lat))
                        .push_bind(place.accuracy.map(|(metres, _)| metres))
                        .push_bind(place.accuracy.map(|(_, confidence)| confidence))
                        .push_bind(place.source)
                        .push_bind(place.commune)
                        .push_bind(place.hint)
                        .push_bind(new.cell)
                        .push_bind(report.stated_commune.as_ref().map(CommuneCode::as_str))
                        .push_bind(report.captured_at.map(|at| at.0))
                        .push_bind(report.seen_at.0)
                        .push_bind(report.received_at.0)
                        .push_bind(report.on_behalf)
                        .push_bind(report.share_contact)
                        .push_bind(report.sender_key.map(|key| key.0));
                });
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }

        async fn insert_contacts(&mut self, all: &[&NewReport]) -> () {
            let contacts: Vec<_> = all.iter().filter_map(|new| Some((&new.report, new.sealed_contact.as_ref()?))).collect();
            for contacts in portions(&contacts) {
                let mut query = QueryBuilder::new(INSERT_CONTACTS);
                query.push_values(contacts, |mut row, (report, sealed)| {
                    row.push_bind(report.id.0).push_bind(report.center.as_str()).push_bind(sealed.as_slice());
                });
                query.build().execute(&mut *self).await?;
            }
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
