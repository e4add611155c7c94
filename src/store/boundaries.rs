//! Generations of communes, and each centre's plan of when which is the map.

use super::{Store, StoreError, StoredCommune, documents::Revision, rows::parsed};
use crate::domain::{
    boundary::{Activation, Commune, Generation},
    clock::Timestamp,
    ids::{CenterId, CommuneCode, GenerationId},
    names::Names,
};

const INSERT_GENERATION: &str = "insert into generation (id, source, approximate, checksum, imported_at, communes, left_out) \
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing";

const CHECKSUM: &str = "select checksum from generation where id = $1";

const INSERT_COMMUNE: &str = "insert into commune (generation_id, code, name_vi, name_en, province, shape) \
    values ($1, $2, $3, $4, $5, $6)";

const GENERATIONS: &str = "select id, source, approximate, checksum, imported_at, communes, left_out from generation \
    order by imported_at, id";

const COMMUNES: &str = "select code, name_vi, name_en, province, shape from commune where generation_id = $1 \
    order by code";

const INSERT_ACTIVATION: &str = "insert into activation (center_id, position, generation_id, effective, decided_at) \
    select $1, coalesce(max(position), 0) + 1, $2, $3, $4 from activation where center_id = $1";

const REVOKE: &str = "update activation set revoked_at = $3 where center_id = $1 and position = $2";

const DECISIONS: &str = "select position, generation_id, effective, decided_at from activation \
    where center_id = $1 and revoked_at is null order by position desc limit 2";

const PLAN: &str = "select position, generation_id, effective, decided_at from activation \
    where center_id = $1 and revoked_at is null order by effective, position";

#[derive(sqlx::FromRow)]
struct GenerationRow {
    id: String,
    source: String,
    approximate: bool,
    checksum: String,
    imported_at: i64,
    communes: i64,
    left_out: String,
}

#[derive(sqlx::FromRow)]
struct CommuneRow {
    code: String,
    name_vi: String,
    name_en: String,
    province: String,
    shape: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct ActivationRow {
    position: i64,
    generation_id: String,
    effective: i64,
    decided_at: i64,
}

impl TryFrom<ActivationRow> for Activation {
    type Error = StoreError;
    fn try_from(row: ActivationRow) -> Result<Self, StoreError> {
        Ok(Self {
            generation: parsed("activation.generation_id", &row.generation_id)?,
            effective: Timestamp(row.effective),
            decided_at: Timestamp(row.decided_at),
        })
    }
}

impl Store {
    /// Replaces nothing: an id that exists with another checksum is refused as `Refused`, with the same it is kept.
    pub async fn save_generation(&self, generation: &Generation, communes: &[StoredCommune]) -> Result<(), StoreError> {
        let left_out: Vec<&str> = generation.left_out.iter().map(CommuneCode::as_str).collect();
        let left_out = left_out.join(" ");
        writing!(self, |tx| {
            tx.raise_revision().await?;
            let done = sqlx::query(INSERT_GENERATION)
                .bind(generation.id.as_str())
                .bind(&generation.source)
                .bind(generation.approximate)
                .bind(&generation.checksum)
                .bind(generation.imported_at.0)
                .bind(generation.communes)
                .bind(&left_out)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                let checksum: String =
                    sqlx::query_scalar(CHECKSUM).bind(generation.id.as_str()).fetch_one(&mut *tx).await?;
                if checksum == generation.checksum {
                    return Ok(());
                }
                let other = format!("{} exists with other polygons: give these another name", generation.id);
                return Err(StoreError::Refused(other).into());
            }
            for StoredCommune { commune, shape } in communes {
                sqlx::query(INSERT_COMMUNE)
                    .bind(generation.id.as_str())
                    .bind(commune.code.as_str())
                    .bind(&commune.name.vi)
                    .bind(&commune.name.en)
                    .bind(commune.province.as_str())
                    .bind(shape.as_slice())
                    .execute(&mut *tx)
                    .await?;
            }
        })
    }

    /// All generations, in the order in which they were brought in.
    pub async fn generations(&self) -> Result<Vec<Generation>, StoreError> {
        let rows: Vec<GenerationRow> = reading!(self, |db| sqlx::query_as(GENERATIONS).fetch_all(db).await?);
        let read = |row: GenerationRow| {
            Ok(Generation {
                id: parsed("generation.id", &row.id)?,
                source: row.source,
                approximate: row.approximate,
                checksum: row.checksum,
                imported_at: Timestamp(row.imported_at),
                communes: row.communes,
                left_out: codes(&row.left_out)?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The communes of a generation, ascending by code; none for a generation that does not exist.
    pub async fn communes(&self, generation: &GenerationId) -> Result<Vec<StoredCommune>, StoreError> {
        let rows: Vec<CommuneRow> =
            reading!(self, |db| sqlx::query_as(COMMUNES).bind(generation.as_str()).fetch_all(db).await?);
        let read = |row: CommuneRow| {
            let commune = Commune {
                code: parsed("commune.code", &row.code)?,
                name: Names::new(row.name_vi, row.name_en),
                province: parsed("commune.province", &row.province)?,
            };
            Ok(StoredCommune { commune, shape: row.shape })
        };
        rows.into_iter().map(read).collect()
    }

    /// Adds a line to the plan. The generation must have been saved.
    pub async fn activate(&self, center: &CenterId, activation: &Activation) -> Result<(), StoreError> {
        writing!(self, |tx| {
            tx.raise_revision().await?;
            sqlx::query(INSERT_ACTIVATION)
                .bind(center.as_str())
                .bind(activation.generation.as_str())
                .bind(activation.effective.0)
                .bind(activation.decided_at.0)
                .execute(&mut *tx)
                .await?;
        })
    }

    /// Takes back the last decision and answers the one before it, which is then the last; None, and nothing taken
    /// back, where there was none before.
    pub async fn rollback(&self, center: &CenterId, at: Timestamp) -> Result<Option<Activation>, StoreError> {
        writing!(self, |tx| {
            tx.raise_revision().await?;
            let rows: Vec<ActivationRow> = sqlx::query_as(DECISIONS).bind(center.as_str()).fetch_all(&mut *tx).await?;
            let mut rows = rows.into_iter();
            let (Some(last), Some(before)) = (rows.next(), rows.next()) else { return Ok(None) };
            sqlx::query(REVOKE).bind(center.as_str()).bind(last.position).bind(at.0).execute(&mut *tx).await?;
            Some(Activation::try_from(before)?)
        })
    }

    /// The activations in force, ascending by `effective`; of two for one moment the later decision comes last.
    pub async fn plan(&self, center: &CenterId) -> Result<Vec<Activation>, StoreError> {
        let rows: Vec<ActivationRow> =
            reading!(self, |db| sqlx::query_as(PLAN).bind(center.as_str()).fetch_all(db).await?);
        rows.into_iter().map(Activation::try_from).collect()
    }
}

fn codes(words: &str) -> Result<Vec<CommuneCode>, StoreError> {
    words.split_whitespace().map(|code| parsed("generation.left_out", code)).collect()
}
