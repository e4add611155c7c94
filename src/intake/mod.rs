//! A raw submission becomes a [`Report`]: parsed, normalised, its idempotency key compared by meaning.
//!
//! First stage of a submission. Every error carries the path of its field and a stable code; all wrong fields are
//! told at once, and a field that only a newer app knows is named in a warning instead of stranding its report.

mod draft;
mod fields;
mod meaning;
#[cfg(test)]
mod tests;

use crate::domain::{
    clock::{Entropy, Timestamp},
    code::PublicCode,
    ids::{CenterId, KeyId, ReportId},
    photo::Photo,
    report::{Contact, Report},
};

use self::{draft::Draft, fields::Notes};

/// The code of a category that never was, whether by its form or because no centre ever offered it.
pub const UNKNOWN_CATEGORY: &str = "unknown_category";

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

/// Reads a submission; an error names every wrong field. Whether the category exists is the caller's to find out
/// ([`UNKNOWN_CATEGORY`]).
pub fn accept(
    submission: &Submission,
    sender: &Sender,
    now: Timestamp,
    entropy: &Entropy,
) -> Result<Accepted, Vec<FieldError>> {
    let mut notes = Notes::default();
    let Some(draft) = draft::read(&submission.body, sender.behalf, now, &mut notes) else {
        return Err(notes.errors);
    };
    let fingerprint = meaning::fingerprint(&draft, &submission.photo_hashes);
    let Draft { category, description, whereabouts, stated_commune, captured_at, seen_at, .. } = draft;
    let report = Report {
        id: ReportId(entropy.uuid(now)),
        center: sender.center.clone(),
        code: PublicCode::from_bits(entropy.bytes()),
        category,
        description,
        whereabouts,
        stated_commune,
        captured_at,
        seen_at,
        received_at: now,
        on_behalf: draft.on_behalf,
        share_contact: draft.share_contact,
        sender_key: sender.key,
        photos: sender.photos.clone(),
    };
    Ok(Accepted { report, contact: draft.contact, warnings: notes.warnings, fingerprint })
}
