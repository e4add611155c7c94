//! Everything that stands in the way of a total table.

/// More than anybody reads; the rest is counted.
const SHOWN: usize = 100;

/// What stands in the way of a total table; all of it, not the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct NotTotal(pub Vec<String>);

/// Problems as they are found, each said once.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    pub fn add(&mut self, problem: String) {
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    pub fn none_or_all(mut self) -> Result<(), NotTotal> {
        if self.0.is_empty() {
            return Ok(());
        }
        let more = self.0.len().saturating_sub(SHOWN);
        self.0.truncate(SHOWN);
        if more > 0 {
            self.0.push(format!("and {more} more"));
        }
        Err(NotTotal(self.0))
    }
}
