//! The decision of routing, and the receipt that replays it.

use serde::{Deserialize, Serialize};

use super::{
    ids::OfficeId,
    placement::{Method, Placement},
};

/// Which office answers, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Assignment {
    /// Who answers.
    pub office: OfficeId,
    /// The office the report is about: it never sees the ticket.
    pub about: Option<OfficeId>,
    /// Why this one.
    pub reason: Reason,
    /// The rule that decided, in the words of the rule book; None at the province desk.
    pub rule: Option<String>,
    /// Versions of the rule book and of the offices that decided.
    pub rules_version: i64,
    /// Version of the directory of offices that decided.
    pub offices_version: i64,
}

/// The ways to an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A rule names the office for this commune and category.
    Rule,
    /// No commune of this province: the province desk, with a default in time.
    Outside,
    /// Neither position nor place: the province desk, with a default in time.
    Unplaced,
    /// The office answering for that commune could not be found: the province desk, with a default in time.
    Unroutable,
}

/// The replayable record of placement and assignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoutingReceipt {
    /// On the map of the day the report was captured.
    pub placement: Placement,
    /// On today's map, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Placement>,
    /// Who answers, and why.
    pub assignment: Assignment,
}

impl RoutingReceipt {
    /// The placement that decided the office.
    pub fn deciding(&self) -> &Placement {
        self.today.as_ref().unwrap_or(&self.placement)
    }

    /// Whether the chosen commune came from the sender's own words.
    pub fn stated(&self) -> bool {
        self.deciding().method == Method::Stated
    }
}
