//! Access keys: made once, shown once, kept as a hash.

use serde::Serialize;

use super::{Flow, Rejection, centre::NoCentre};
use crate::{
    domain::{
        clock::{Entropy, Timestamp},
        ids::{CenterId, KeyId, OfficeId},
        office::Directory,
    },
    identity::{self, Caller, Scope},
    store::{KeyRow, Store, StoreError},
};

/// Why a key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// No such scope.
    #[error("{0:?} is no scope: report:write, report:behalf, office:<id>, dashboard:read, admin")]
    Scope(String),
    /// No such office.
    #[error("there is no office {0}: see `ioc offices list`")]
    Office(OfficeId),
    /// No offices yet.
    #[error(transparent)]
    NoCentre(#[from] NoCentre),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a key; the text is shown this once.
pub async fn create(
    store: &Store,
    center: &CenterId,
    offices: &Directory,
    name: &str,
    scopes: &[String],
    now: Timestamp,
    entropy: &Entropy,
) -> Result<String, NoKey> {
    let read = scopes.iter().map(|text| Scope::parse(text).ok_or_else(|| NoKey::Scope(text.clone())));
    let read: Vec<Scope> = read.collect::<Result<_, _>>()?;
    for scope in &read {
        if let Scope::Office(office) = scope
            && offices.office(office).is_none()
        {
            return Err(NoKey::Office(office.clone()));
        }
    }
    let (text, hash) = identity::mint_key(entropy);
    let row = KeyRow {
        id: KeyId(entropy.uuid(now)),
        center: center.clone(),
        name: name.to_owned(),
        hash,
        scopes: read.iter().map(ToString::to_string).collect(),
        created_at: now,
        revoked_at: None,
    };
    store.save_key(&row).await?;
    Ok(text)
}

/// A key as it is listed: never the key itself.
#[derive(Debug, Serialize)]
pub struct ListedKey {
    /// Its id.
    pub id: KeyId,
    /// Who holds it.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub revoked_at: Option<Timestamp>,
}

/// All keys of a centre.
pub async fn list(store: &Store, center: &CenterId) -> Result<Vec<ListedKey>, StoreError> {
    let listed = |row: KeyRow| ListedKey {
        id: row.id,
        name: row.name,
        scopes: row.scopes,
        created_at: row.created_at,
        revoked_at: row.revoked_at,
    };
    Ok(store.keys(center).await?.into_iter().map(listed).collect())
}

/// Who holds this key; an unknown, mistyped or revoked one is nobody's.
pub async fn caller(flow: &Flow, presented: &str) -> Result<Caller, Rejection> {
    let hash = identity::key_hash(presented).ok_or(Rejection::Unauthorized)?;
    let row = flow.store.key_by_hash(&hash).await?.ok_or(Rejection::Unauthorized)?;
    if row.revoked_at.is_some() || row.center != flow.center_id() {
        return Err(Rejection::Unauthorized);
    }
    let scopes = row.scopes.iter().filter_map(|scope| Scope::parse(scope)).collect();
    Ok(Caller::Key { id: row.id, center: row.center, name: row.name, scopes })
}
