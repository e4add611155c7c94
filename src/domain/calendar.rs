//! The working days of a province, as data.

use serde::{Deserialize, Serialize};

use super::clock::Day;

/// Working hours and days: the data behind every deadline in working hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingTime {
    /// Half-days as minutes since midnight in Vietnam, ascending, for instance `[[450, 690], [810, 1050]]`.
    pub hours: Vec<(u16, u16)>,
    /// Days off although the week says work.
    pub holidays: Vec<DayOff>,
    /// Days of work although the week says rest (swapped days).
    #[serde(default)]
    pub swapped: Vec<Day>,
    /// The last day that this data speaks of.
    pub until: Day,
}

/// One public holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayOff {
    /// Which day.
    pub day: Day,
    /// What for.
    pub name: String,
}
