//! Boundary files become checked generations, generations become an [`Atlas`], an atlas answers where a position lies.
//!
//! Second stage of a submission, after `intake` and before `route`. Exact: closed polygons, adaptive-precision
//! predicates, every covering commune. What belongs to a commune is what lies on one of its rings, or inside an odd
//! number of them; that gives an answer for the few self-crossing polygons of real maps too.
//!
//! [`import`] reads files, [`fetch`] brings them from the publisher by the [`manifest`], [`shape`] packs one polygon for
//! keeping, [`prepared`] keeps an atlas as a file, [`approximate`] makes a stand-in from seats, [`bulk`] answers a whole table.

pub mod approximate;
mod atlas;
mod border;
pub mod bulk;
mod covers;
pub mod diff;
#[cfg(test)]
mod exact_tests;
pub mod fetch;
#[cfg(test)]
mod fixtures;
mod grid;
pub mod import;
mod inside;
pub mod manifest;
pub mod measure;
mod metric;
pub mod neighbours;
mod normal;
mod outline;
mod part;
mod place;
pub mod prepared;
mod reference;
mod scatter;
pub mod shape;
mod spread;
pub mod topology;

pub use atlas::Atlas;
pub use covers::Covers;

use crate::domain::{boundary::Commune, ids::CommuneCode};

/// A commune with its polygon, as imported: checked, in ascending order of code.
#[derive(Debug, Clone, PartialEq)]
pub struct Territory {
    /// The unit.
    pub commune: Commune,
    /// Its closed area, WGS 84 degrees, coordinates as in the file.
    pub shape: geo::MultiPolygon<f64>,
}

/// Settings of placing.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// A point that no commune covers goes to the nearest within this many metres.
    pub snap_m: f64,
    /// Below this probability of the chosen commune the citizen is asked.
    pub ask_below: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { snap_m: 200.0, ask_below: 0.75 }
    }
}

/// Which communes cover a point, or which is nearest.
#[derive(Debug, Clone, PartialEq)]
pub struct Cover {
    /// Every commune whose closed polygon covers the point, ascending.
    pub covering: Vec<CommuneCode>,
    /// Where none covers: all communes within 0.01 m of the minimum distance, ascending. Beyond 200 km it is an
    /// indication only.
    pub nearest: Vec<CommuneCode>,
    /// Geodesic metres to the nearest boundary point; None where a commune covers.
    pub nearest_m: Option<f64>,
}
