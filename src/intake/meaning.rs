//! What a report means, apart from how it was written down: two equal reports have equal fingerprints.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::draft::Draft;
use crate::domain::{
    clock::Timestamp,
    ids::{CategoryCode, CommuneCode},
    position::{Accuracy, Source},
    report::{Contact, Whereabouts},
    text::{Description, Line},
};

/// In a fixed order, absent things left out: a field added later leaves the fingerprints of older reports as they
/// are, which idempotency keys compare for 60 days. Neither the number, the id nor the time of receipt is here.
#[derive(Serialize)]
struct Meaning<'a> {
    category: &'a CategoryCode,
    description: &'a Description,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<(f64, f64, Source)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<Accuracy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<(&'a CommuneCode, Option<&'a Line>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stated_commune: Option<&'a CommuneCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_at: Option<Timestamp>,
    contact: &'a Contact,
    share_contact: bool,
    on_behalf: bool,
    photos: &'a [String],
}

/// SHA-256 (32 bytes) over the parsed meaning and the photos' hashes, in their order.
pub(super) fn fingerprint(draft: &Draft, photos: &[String]) -> Vec<u8> {
    let (fix, place) = match &draft.whereabouts {
        Whereabouts::Fix(fix) => (Some(fix), None),
        Whereabouts::Place { commune, hint } => (None, Some((commune, hint.as_ref()))),
        Whereabouts::Unknown => (None, None),
    };
    let meaning = Meaning {
        category: &draft.category,
        description: &draft.description,
        // Adding zero makes -0.0 the 0.0 that it equals.
        position: fix.map(|fix| (fix.position.lon() + 0.0, fix.position.lat() + 0.0, fix.source)),
        accuracy: fix.and_then(|fix| fix.accuracy),
        place,
        stated_commune: draft.stated_commune.as_ref(),
        captured_at: draft.captured_at,
        contact: &draft.contact,
        share_contact: draft.share_contact,
        on_behalf: draft.on_behalf,
        photos,
    };
    let text = serde_json::to_vec(&meaning).expect("fixed names, finite numbers and texts are always JSON");
    Sha256::digest(text).to_vec()
}
