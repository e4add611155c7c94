//! Everything that stands in the way of a total table.

use std::collections::HashSet;

/// More than anybody reads; the rest is counted.
const SHOWN: usize = 100;

/// What stands in the way of a total table; all of it, not the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct NotTotal(pub Vec<String>);

/// Problems as they are found, each said once.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<String>,
    said: HashSet<String>,
}

impl Problems {
    pub fn add(&mut self, problem: String) {
        if self.said.insert(problem.clone()) {
            self.found.push(problem);
        }
    }

    pub fn none_or_all(mut self) -> Result<(), NotTotal> {
        if self.found.is_empty() {
            return Ok(());
        }
        let more = self.found.len().saturating_sub(SHOWN);
        self.found.truncate(SHOWN);
        if more > 0 {
            self.found.push(format!("and {more} more"));
        }
        Err(NotTotal(self.found))
    }
}
