//! `/api/v1`: one file per resource.

pub mod claims;
pub mod collection;
pub mod destinations;
pub mod figures;
pub mod heatmap;
pub mod offices;
pub mod places;
pub mod reports;
pub mod service;
pub mod session;
mod shapes;
pub mod sheets;
pub mod streams;
pub mod team;
pub mod tickets;
pub mod timeline;
pub mod uploads;
