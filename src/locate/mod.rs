//! Boundary files become checked generations, generations become an [`Atlas`], an atlas answers where a position lies.
//!
//! Second stage of a submission, after `intake` and before `route`. Exact: closed polygons, adaptive-precision
//! predicates, every covering commune.

use std::path::Path;

use crate::domain::{
    boundary::Commune,
    ids::{CommuneCode, GenerationId, ProvinceCode},
    names::Names,
    placement::{Candidate, Placement},
    position::{Fix, Position},
};

/// A commune with its polygon, as imported: checked, in ascending order of code.
#[derive(Debug, Clone)]
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
    /// Where none covers: all communes within 0.01 m of the minimum distance, ascending; empty beyond 200 km... no bound.
    pub nearest: Vec<CommuneCode>,
    /// Geodesic metres to the nearest boundary point; None where a commune covers.
    pub nearest_m: Option<f64>,
}

/// One generation, ready to answer.
#[derive(Debug)]
pub struct Atlas {}

impl Atlas {
    /// Builds the index over a generation's territories.
    pub fn build(_generation: GenerationId, _territories: Vec<Territory>) -> Self {
        todo!()
    }
    /// The map's name.
    pub fn generation(&self) -> &GenerationId {
        todo!()
    }
    /// The unit of that code.
    pub fn commune(&self, _code: &CommuneCode) -> Option<&Commune> {
        todo!()
    }
    /// All units, ascending by code.
    pub fn communes(&self) -> impl Iterator<Item = &Commune> {
        std::iter::empty()
    }
    /// Covering set or nearest.
    pub fn cover(&self, _position: Position) -> Cover {
        todo!()
    }
    /// A placement by the contract's rule, with the candidates and their distances.
    pub fn place(&self, _fix: &Fix, _stated: Option<&CommuneCode>, _policy: Policy) -> Placement {
        todo!()
    }
    /// A placement by the name of a commune; None where this map has no such commune.
    pub fn place_by_name(&self, _commune: &CommuneCode) -> Option<Placement> {
        todo!()
    }
    /// Simplified outline of every commune for maps (degrees), tolerance in degrees.
    pub fn outlines(&self, _tolerance: f64) -> Vec<(Commune, geo::MultiPolygon<f64>)> {
        todo!()
    }
}
