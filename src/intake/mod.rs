//! A raw submission becomes a [`Report`]: parsed, normalised, its idempotency key compared by meaning.
//!
//! First stage of a submission. Every error carries the path of its field and a stable code.

use crate::domain::{
    clock::{Entropy, Timestamp},
    ids::{CenterId, KeyId},
    photo::Photo,
    report::{Contact, Report},
};

/// A report as it comes in, with its fields still unread.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The JSON object.
    pub body: serde_json::Value,
    /// SHA-256 (hex) of each photo as sent, in order.
    pub photo_hashes: Vec<String>,
}

/// A wrong field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Dotted path, for instance `position.lon`.
    pub path: String,
    /// Stable code.
    pub code: String,
    /// What to do.
    pub detail: String,
}

/// A report that was read, with what goes beside it.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The report.
    pub report: Report,
    /// To be sealed.
    pub contact: Contact,
    /// Unknown fields, ignored placements, distrusted times: told to the sender.
    pub warnings: Vec<Warning>,
    /// SHA-256 over the parsed meaning and the photo hashes: equal for an equal report.
    pub fingerprint: Vec<u8>,
}

/// Something the sender should know; the report stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Warning {
    /// Dotted path.
    pub path: String,
    /// Stable code.
    pub code: String,
    /// In words.
    pub detail: String,
}

/// Reads a submission. `behalf` says whether the sender may report for others.
pub fn accept(
    _submission: &Submission,
    _sender: &Sender,
    _now: Timestamp,
    _entropy: &Entropy,
) -> Result<Accepted, Vec<FieldError>> {
    todo!()
}

/// Who sends, as far as intake needs it.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The centre.
    pub center: CenterId,
    /// The key.
    pub key: Option<KeyId>,
    /// May report for others.
    pub behalf: bool,
    /// Photos already cleaned.
    pub photos: Vec<Photo>,
}
