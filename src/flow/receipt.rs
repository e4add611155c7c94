//! The answer to a submission: what the citizen holds in the hand.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::{
        clock::Timestamp,
        code::PublicCode,
        ids::{CommuneCode, GenerationId, OfficeId, ReportId},
        names::Names,
        office::Office,
        photo::PhotoOutcome,
        placement::{Candidate, Method, Placement},
        ticket::{State, Ticket},
    },
    intake::Warning,
};

/// 201: on disk, placed, assigned, in exactly one queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The report's id, and its ticket's.
    pub id: ReportId,
    /// The number to remember.
    pub code: PublicCode,
    /// Whoever has it may follow the report; send it as `X-Report-Secret`.
    #[serde(default)]
    #[schema(required = true)]
    pub secret: String,
    /// `queued`.
    pub status: State,
    /// Who has it.
    pub office: OfficeRef,
    /// Where it was placed.
    pub placement: PlacementView,
    /// Until when.
    pub deadline: Deadline,
    /// What became of each photo.
    pub photos: Vec<PhotoOutcome>,
    /// What was ignored or doubted.
    pub warnings: Vec<Warning>,
    /// Set when the boundaries in force are approximate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approximate_boundaries: bool,
}

/// An office by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfficeRef {
    /// Its id.
    pub id: OfficeId,
    /// Its name.
    pub name: Names,
}

impl From<&Office> for OfficeRef {
    fn from(office: &Office) -> Self {
        Self { id: office.id.clone(), name: office.name.clone() }
    }
}

/// Until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deadline {
    /// Somebody must have accepted.
    pub accept_by: Timestamp,
    /// It must be resolved.
    pub resolve_by: Timestamp,
}

impl From<&Ticket> for Deadline {
    fn from(ticket: &Ticket) -> Self {
        Self { accept_by: ticket.accept_by, resolve_by: ticket.resolve_by }
    }
}

/// A placement as it is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacementView {
    /// The map.
    pub generation: GenerationId,
    /// The chosen commune.
    pub commune: Option<CommuneCode>,
    /// Its name.
    pub commune_name: Option<Names>,
    /// How.
    pub method: Method,
    /// Of the chosen one; null without an accuracy.
    pub probability: Option<f64>,
    /// Ask the sender which commune it was.
    pub near_border: bool,
    /// The runners-up, the chosen one included.
    pub candidates: Vec<CandidateView>,
    /// Set when this map is no survey.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approximate_boundaries: bool,
}

/// One candidate, named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CandidateView {
    /// Null: outside every commune.
    pub commune: Option<CommuneCode>,
    /// Its name.
    pub name: Option<Names>,
    /// 0–1.
    pub probability: Option<f64>,
    /// Metres to its border.
    pub distance_m: f64,
}

impl PlacementView {
    /// With names from `name_of`; whether the map is approximate.
    pub fn new(placement: &Placement, approximate: bool, name_of: impl Fn(&CommuneCode) -> Option<Names>) -> Self {
        let named = |candidate: &Candidate| CandidateView {
            commune: candidate.commune.clone(),
            name: candidate.commune.as_ref().and_then(&name_of),
            probability: candidate.probability,
            distance_m: candidate.distance_m,
        };
        Self {
            generation: placement.generation.clone(),
            commune_name: placement.commune.as_ref().and_then(&name_of),
            commune: placement.commune.clone(),
            method: placement.method,
            probability: placement.probability,
            near_border: placement.near_border,
            candidates: placement.candidates.iter().map(named).collect(),
            approximate_boundaries: approximate,
        }
    }
}
