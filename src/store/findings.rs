//! How self-checks stand: one row a check, written with the notices that people get about it.

use super::{
    Notice, Store, StoreError,
    notices::RaiseNotice,
    rows::{from_json, to_json},
};
use crate::domain::{
    check::{Check, Finding, Verdict},
    clock::Timestamp,
    ids::CenterId,
};

const ALL: &str = "select name, verdict, at, since, value, unit, body, told, open from finding \
    where center_id = $1 order by name";

const KEEP: &str = "insert into finding (center_id, name, verdict, at, since, value, unit, body, told, open) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (center_id, name) do update set \
    verdict = excluded.verdict, at = excluded.at, since = excluded.since, value = excluded.value, \
    unit = excluded.unit, body = excluded.body, told = excluded.told, open = excluded.open";

const FORGET: &str = "delete from finding where center_id = $1 and at < $2";

#[derive(sqlx::FromRow)]
struct FindingRow {
    name: String,
    verdict: String,
    at: i64,
    since: i64,
    value: Option<f64>,
    unit: String,
    body: String,
    told: Option<i64>,
    open: bool,
}

impl TryFrom<FindingRow> for Finding {
    type Error = StoreError;
    fn try_from(row: FindingRow) -> Result<Self, StoreError> {
        let verdict =
            Verdict::parse(&row.verdict).ok_or_else(|| StoreError::corrupt("finding.verdict", &row.verdict))?;
        let text = from_json("finding.body", &row.body)?;
        Ok(Self {
            check: Check { name: row.name, verdict, value: row.value, unit: row.unit, text },
            at: Timestamp(row.at),
            since: Timestamp(row.since),
            told: row.told.map(Timestamp),
            open: row.open,
        })
    }
}

impl Store {
    /// Every check of a centre as it was last made, by name.
    pub async fn findings(&self, center: &CenterId) -> Result<Vec<Finding>, StoreError> {
        let rows: Vec<FindingRow> =
            reading!(self, |db| sqlx::query_as(ALL).bind(center.as_str()).fetch_all(db).await?);
        rows.into_iter().map(Finding::try_from).collect()
    }

    /// Keeps how checks stand and raises the notices about them: all, or nothing.
    pub async fn keep_findings(
        &self,
        center: &CenterId,
        findings: &[Finding],
        notices: &[Notice],
    ) -> Result<(), StoreError> {
        writing!(self, |tx| {
            for Finding { check, at, since, told, open } in findings {
                sqlx::query(KEEP)
                    .bind(center.as_str())
                    .bind(&check.name)
                    .bind(check.verdict.word())
                    .bind(at.0)
                    .bind(since.0)
                    .bind(check.value)
                    .bind(&check.unit)
                    .bind(to_json(&check.text)?)
                    .bind(told.map(|at| at.0))
                    .bind(*open)
                    .execute(&mut *tx)
                    .await?;
            }
            for notice in notices {
                tx.raise(notice).await?;
            }
        })
    }

    /// Forgets checks that nobody has made since: those of another version.
    pub async fn forget_findings(&self, center: &CenterId, before: Timestamp) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(FORGET).bind(center.as_str()).bind(before.0).execute(&mut *tx).await?;
        })
    }
}
