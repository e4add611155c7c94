//! Access keys: made once, shown once, kept as a hash.

use super::{Flow, Rejection};
use crate::{
    domain::{
        clock::{Entropy, Timestamp},
        ids::{CenterId, KeyId},
    },
    identity::{self, Caller, Scope},
    store::{KeyRow, Store, StoreError},
};

/// Makes a key; the text is shown this once.
pub async fn create(
    store: &Store,
    center: &CenterId,
    name: &str,
    scopes: &[Scope],
    now: Timestamp,
    entropy: &Entropy,
) -> Result<String, StoreError> {
    let (text, hash) = identity::mint_key(entropy);
    let row = KeyRow {
        id: KeyId(entropy.uuid(now)),
        center: center.clone(),
        name: name.to_owned(),
        hash,
        scopes: scopes.iter().map(ToString::to_string).collect(),
        created_at: now,
        revoked_at: None,
    };
    store.save_key(&row).await?;
    Ok(text)
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
