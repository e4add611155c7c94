//! `/api/v1`: one file per resource.

pub mod figures;
pub mod heatmap;
pub mod offices;
pub mod places;
pub mod reports;
pub mod service;
mod shapes;
pub mod tickets;
pub mod uploads;
