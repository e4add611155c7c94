//! An answer to a command, and what in the command was not understood.

use serde::Serialize;
use utoipa::ToSchema;

use crate::flow::rejection::Warning;

/// What became of it, with the fields that nobody knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Told<T> {
    /// What became of it.
    #[serde(flatten)]
    pub answer: T,
    /// What was ignored.
    pub warnings: Vec<Warning>,
}
