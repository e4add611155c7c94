//! Photos as they are kept: cleaned, shrunk, outside the database.

use serde::{Deserialize, Serialize};

use super::ids::PhotoId;

/// One kept photo. Its bytes lie in the object store under `key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Its id.
    pub id: PhotoId,
    /// Path in the object store.
    pub key: String,
    /// Of the cleaned picture; always `image/jpeg`.
    pub media_type: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Size of the cleaned picture in bytes.
    pub bytes: i64,
    /// SHA-256 of what was sent, hex: the same photo is recognised, the original is discarded.
    pub sha256: String,
}

/// What became of one photo part; a bad photo never loses the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PhotoOutcome {
    /// `pending`, `kept` or `refused`.
    pub status: PhotoStatus,
    /// The photo's id, once it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PhotoId>,
    /// Why it was refused: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// On its way, kept, or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhotoStatus {
    /// On disk as it was sent: it joins the report as soon as it is cleaned.
    Pending,
    /// Cleaned and stored.
    Kept,
    /// Not a picture that can be kept; the report stands.
    Refused,
}
