//! Rules as data: category and placement become an `Assignment`; a table of routes exists only if it is total.
//!
//! Third stage of a submission, after `locate` and before `queue`.
//!
//! The most specific rule wins, whatever its place in the file: category and commune, then commune, then category, then
//! neither. A rule that names no category speaks for the categories of level commune alone.

mod checks;
mod explain;
pub mod file;
mod problems;
mod rule;
mod starter;
mod table;
#[cfg(test)]
mod tests;

pub use explain::explain;
pub use problems::NotTotal;
pub use rule::{Rule, RuleBook, Target};
pub use starter::{commune_office_id, starter_directory, starter_rules};
pub use table::{Routes, Versions};
