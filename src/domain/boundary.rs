//! Communes and the dated sets they come in.

use serde::{Deserialize, Serialize};

use super::{
    clock::Timestamp,
    ids::{CommuneCode, GenerationId, ProvinceCode},
    names::Names,
};

/// An administrative unit with a polygon: xã, phường, đặc khu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Commune {
    /// Five digits; meaningless without the generation.
    pub code: CommuneCode,
    /// "Phường Điện Biên Phủ" and "Dien Bien Phu Ward".
    pub name: Names,
    /// The province it lies in.
    pub province: ProvinceCode,
}

/// What is known of one set of boundaries, its polygons apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its name, for instance `2026-07-25`.
    pub id: GenerationId,
    /// Where it came from, with the attribution that is shown beside it.
    pub source: String,
    /// Made from seats, not surveyed: said loudly wherever it is used.
    pub approximate: bool,
    /// SHA-256 of the polygons in order of code, hex.
    pub checksum: String,
    /// When it was brought in.
    pub imported_at: Timestamp,
    /// How many communes it has.
    pub communes: i64,
    /// Communes that were left out because their polygons are invalid: their ground belongs to nobody on this map.
    pub left_out: Vec<CommuneCode>,
}

/// One line of the plan: from `effective` on, `generation` is the map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// Which map.
    pub generation: GenerationId,
    /// From when on.
    pub effective: Timestamp,
    /// When this was decided.
    pub decided_at: Timestamp,
}
