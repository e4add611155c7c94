//! Access keys, known by the hash of their secret only.

use uuid::Uuid;

use super::{
    KeyRow, Store, StoreError,
    rows::{from_json, parsed, to_json},
};
use crate::domain::{
    clock::Timestamp,
    ids::{CenterId, KeyId},
};

const INSERT_KEY: &str = "insert into api_key (id, center_id, name, hash, scopes, created_at, revoked_at) \
    values ($1, $2, $3, $4, $5, $6, $7)";

const KEY_BY_HASH: &str =
    "select id, center_id, name, hash, scopes, created_at, revoked_at from api_key where hash = $1";

const KEYS_OF_CENTER: &str = "select id, center_id, name, hash, scopes, created_at, revoked_at from api_key \
    where center_id = $1 order by created_at, id";

const REVOKE_KEY: &str = "update api_key set revoked_at = $3 where center_id = $1 and id = $2 and revoked_at is null";

#[derive(sqlx::FromRow)]
struct StoredKey {
    id: Uuid,
    center_id: String,
    name: String,
    hash: Vec<u8>,
    scopes: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<StoredKey> for KeyRow {
    type Error = StoreError;
    fn try_from(row: StoredKey) -> Result<Self, StoreError> {
        Ok(Self {
            id: KeyId(row.id),
            center: parsed("api_key.center_id", &row.center_id)?,
            name: row.name,
            hash: row.hash,
            scopes: from_json("api_key.scopes", &row.scopes)?,
            created_at: Timestamp(row.created_at),
            revoked_at: row.revoked_at.map(Timestamp),
        })
    }
}

impl Store {
    /// Adds a key; its id and its hash must be new.
    pub async fn save_key(&self, key: &KeyRow) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query(INSERT_KEY)
                .bind(key.id.0)
                .bind(key.center.as_str())
                .bind(&key.name)
                .bind(&key.hash)
                .bind(to_json(&key.scopes)?)
                .bind(key.created_at.0)
                .bind(key.revoked_at.map(|at| at.0))
                .execute(&mut *tx)
                .await?;
        })
    }

    /// The key of that hash, revoked ones too.
    pub async fn key_by_hash(&self, hash: &[u8]) -> Result<Option<KeyRow>, StoreError> {
        let row: Option<StoredKey> =
            reading!(self, |db| sqlx::query_as(KEY_BY_HASH).bind(hash).fetch_optional(db).await?);
        row.map(KeyRow::try_from).transpose()
    }

    /// A centre's keys, oldest first, revoked ones too.
    pub async fn keys(&self, center: &CenterId) -> Result<Vec<KeyRow>, StoreError> {
        let rows: Vec<StoredKey> =
            reading!(self, |db| sqlx::query_as(KEYS_OF_CENTER).bind(center.as_str()).fetch_all(db).await?);
        rows.into_iter().map(KeyRow::try_from).collect()
    }

    /// Ends a key; false where the centre has no such key or it has ended before.
    pub async fn revoke_key(&self, center: &CenterId, id: KeyId, at: Timestamp) -> Result<bool, StoreError> {
        writing!(self, |tx| {
            let done = sqlx::query(REVOKE_KEY).bind(center.as_str()).bind(id.0).bind(at.0).execute(&mut *tx).await?;
            done.rows_affected() == 1
        })
    }
}
