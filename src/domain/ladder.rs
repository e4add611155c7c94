//! The ladder that a ticket climbs when nobody acts in time, as data.

use serde::{Deserialize, Serialize};

/// Why a ticket climbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nobody has taken it in time.
    Untaken,
    /// It was not resolved in time.
    Unresolved,
}

impl Cause {
    /// Both, in the order in which a ticket meets them.
    pub const ALL: [Self; 2] = [Self::Untaken, Self::Unresolved];

    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Untaken => "untaken",
            Self::Unresolved => "unresolved",
        }
    }

    /// The cause of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }
}

/// Who hears of it; each stands above the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The office that has it.
    Reminder,
    /// That office's leader.
    Leader,
    /// The province desk.
    Province,
    /// Everybody: it is marked overdue in public, office and province are told.
    Public,
}

impl Step {
    /// All of them, from below.
    pub const ALL: [Self; 4] = [Self::Reminder, Self::Leader, Self::Province, Self::Public];

    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Leader => "leader",
            Self::Province => "province",
            Self::Public => "public",
        }
    }

    /// The step of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// Whether the office that has the ticket is told.
    pub fn tells_office(self) -> bool {
        self != Self::Province
    }

    /// Whether the centre is told.
    pub fn tells_centre(self) -> bool {
        self >= Self::Province
    }
}

/// One rung of the data: how long after the deadline it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// Who hears of it.
    pub step: Step,
    /// Working hours after the deadline to accept.
    pub untaken_hours: u16,
    /// Working hours after the deadline to resolve.
    pub unresolved_hours: u16,
    /// For urgent tickets instead of both: wall-clock minutes.
    pub urgent_minutes: u16,
}

/// The ladder of a province as people edit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderData {
    /// Working hours after which the top says it again, for as long as nothing happens.
    pub again_hours: u16,
    /// The same for urgent tickets, in wall-clock minutes.
    pub urgent_again_minutes: u16,
    /// Hours without a success after which a destination is reported to the office's leader; after twice as many to the
    /// province desk.
    pub dead_hours: u16,
    /// From below.
    pub rung: Vec<Rung>,
}
