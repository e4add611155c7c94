//! When each kind of upkeep was last done well: the last backup, the last one that was restored to try it.

use super::{Store, StoreError};
use crate::domain::clock::Timestamp;

// Several may do the same at a time: the later moment stays.
const NOTE: &str = "insert into upkeep (kind, at, detail) values ($1, $2, $3) \
    on conflict (kind) do update set at = excluded.at, detail = excluded.detail where excluded.at >= upkeep.at";

const ALL: &str = "select kind, at, detail from upkeep order by kind";

/// One kind of upkeep, as it was last done well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upkeep {
    /// A stable word, for instance `backup` or `restore_check`.
    pub kind: String,
    /// When it ended.
    pub at: Timestamp,
    /// What it came to, for a person; nothing personal and no secret.
    pub detail: String,
}

impl Store {
    /// Notes that a kind of upkeep was done well at that moment.
    pub async fn note_upkeep(&self, kind: &str, at: Timestamp, detail: &str) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(NOTE).bind(kind).bind(at.0).bind(detail).execute(&mut *tx).await?;
        })
    }

    /// Every kind of upkeep that was ever done, by its word.
    pub async fn upkeep(&self) -> Result<Vec<Upkeep>, StoreError> {
        let rows: Vec<(String, i64, String)> = reading!(self, |db| sqlx::query_as(ALL).fetch_all(db).await?);
        Ok(rows.into_iter().map(|(kind, at, detail)| Upkeep { kind, at: Timestamp(at), detail }).collect())
    }
}
