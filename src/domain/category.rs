//! What a report can be about; an Open311 "service".

use serde::{Deserialize, Serialize};

use super::{ids::CategoryCode, names::Names};

/// Who answers for a category when no exception says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The commune's People's Committee.
    Commune,
    /// A provincial department, named by the rules.
    Province,
    /// The office above the commune's: the report is about that office or its people.
    Above,
    /// Nobody here: the law sends it elsewhere (complaints and denunciations).
    Elsewhere,
}

impl Level {
    /// The word in the rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commune => "commune",
            Self::Province => "province",
            Self::Above => "above",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// One category, with its deadlines as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Stable code, for instance `sat_lo`.
    pub code: CategoryCode,
    /// What people see.
    pub name: Names,
    /// Who answers.
    pub level: Level,
    /// Deadlines run on the wall clock, and phones ring.
    #[serde(default)]
    pub urgent: bool,
    /// Hours until somebody must have accepted: working hours, wall-clock hours when urgent.
    pub accept_hours: u16,
    /// Hours until it must be resolved, counted alike.
    pub resolve_hours: u16,
    /// Where the law sends it instead; only with [`Level::Elsewhere`].
    #[serde(default)]
    pub guidance: Option<Names>,
    /// No longer offered, still valid in a saved report.
    #[serde(default)]
    pub retired: bool,
    /// One of the six that the page shows first.
    #[serde(default)]
    pub featured: bool,
}
