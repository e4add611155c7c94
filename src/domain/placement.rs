//! The answer of locating: which commune, how sure, who else it could be.

use serde::{Deserialize, Serialize};

use super::ids::{CommuneCode, GenerationId};

/// How the commune was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A commune covers the point.
    Covering,
    /// The likeliest under the position's accuracy.
    Probable,
    /// No commune covers the point, the nearest lies within the snap distance.
    Snapped,
    /// The sender said so, or named the place instead of sending a position.
    Stated,
    /// No commune within the snap distance.
    Outside,
    /// Neither position nor place.
    Unplaced,
}

impl Method {
    /// The word at the front door.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Covering => "covering",
            Self::Probable => "probable",
            Self::Snapped => "snapped",
            Self::Stated => "stated",
            Self::Outside => "outside",
            Self::Unplaced => "unplaced",
        }
    }
}

/// One commune that it could be; `commune: None` stands for "outside every commune".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Candidate {
    /// The commune, or none of them.
    pub commune: Option<CommuneCode>,
    /// 0..=1; None where the position has no accuracy.
    pub probability: Option<f64>,
    /// Metres to the commune's border: 0 or negative inside is not used; inside it is the distance to its own
    /// border, outside the distance to the nearest point of the commune.
    pub distance_m: f64,
}

/// Where a report lies on the map of one generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Placement {
    /// The map that answered.
    pub generation: GenerationId,
    /// The chosen commune; None: outside or unplaced.
    pub commune: Option<CommuneCode>,
    /// How it was chosen.
    pub method: Method,
    /// Of the chosen commune; None without an accuracy.
    pub probability: Option<f64>,
    /// Below the asking threshold: the citizen is asked which commune it was.
    pub near_border: bool,
    /// Every commune whose closed polygon covers the point, ascending.
    pub covering: Vec<CommuneCode>,
    /// The runners-up, likeliest (or nearest) first, the chosen one included.
    pub candidates: Vec<Candidate>,
    /// Where no commune covers: the nearest (all within 0.01 m of the minimum), ascending.
    pub nearest: Vec<CommuneCode>,
    /// Geodesic metres to the nearest; None where a commune covers the point.
    pub nearest_m: Option<f64>,
}

impl Placement {
    /// The placement of a report without position and place.
    pub fn unplaced(generation: GenerationId) -> Self {
        Self {
            generation,
            commune: None,
            method: Method::Unplaced,
            probability: None,
            near_border: false,
            covering: vec![],
            candidates: vec![],
            nearest: vec![],
            nearest_m: None,
        }
    }
}
