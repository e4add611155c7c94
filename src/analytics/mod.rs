//! Read models: where things get solved and where they rot. Reads the aggregates that are kept in the transaction of
//! each event; never a row per ticket.

pub use crate::store::{StoreError, TallyQuery};

pub mod area;
pub mod categories;
pub mod figures;
pub mod heat;
pub mod metric;
pub mod shelf;
pub mod timeline;
pub mod trend;
