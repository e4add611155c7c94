//! Pairs of polygons that no comparison was possible for.

use std::fmt;

use serde::Serialize;

use crate::domain::ids::CommuneCode;

/// Two polygons that could not be compared: boolean operations can fail on valid-looking ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Uncompared {
    /// On the old map.
    pub old: CommuneCode,
    /// On the new map.
    pub new: CommuneCode,
}

impl fmt::Display for Uncompared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {} could not be compared: run `ioc boundaries check` on both maps", self.old, self.new)
    }
}
