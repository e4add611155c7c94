//! "Is this point yours?" — one position, or a table of them.

use std::{
    io::{Read, Write},
    path::Path,
};

use super::{Flow, receipt::PlacementView};
use crate::{
    domain::{clock::Timestamp, position::Fix},
    locate::{
        Atlas, Policy, Territory, approximate,
        bulk::{self, Bulk, BulkError},
        import::{self, ImportError},
        measure::{self, Asked, Chances, Checked},
    },
};

pub use crate::locate::measure::{Beside, Measured, Peer, Test, Times};

/// Where a position lies, on the map of `at` or of today.
pub fn locate(flow: &Flow, fix: &Fix, at: Option<Timestamp>) -> PlacementView {
    let centre = flow.centre();
    let map = at.map_or_else(|| centre.map_today(), |at| centre.map_at(at));
    on_map(map, centre.is_approximate(map.generation()), fix)
}

/// Where a position lies on one map, and whether that map is approximate.
pub fn on_map(map: &Atlas, approximate: bool, fix: &Fix) -> PlacementView {
    let placement = map.place(fix, None, Policy::default());
    PlacementView::new(&placement, approximate, |code| map.commune(code).map(|commune| commune.name.clone()))
}

/// A table with `lon` and `lat` gets its answers beside it.
pub fn table(map: &Atlas, input: impl Read, output: impl Write) -> Result<Bulk, BulkError> {
    bulk::locate_csv(map, input, output)
}

/// The polygons of a boundary file or folder, or the shipped approximate ones.
pub fn boundaries(input: Option<&Path>) -> Result<Vec<Territory>, ImportError> {
    let import = match input {
        Some(path) => import::read(path)?,
        None => approximate::dien_bien()?,
    };
    Ok(import.territories)
}

/// How fast locating is on these polygons, and beside what else.
pub fn measure(territories: &[Territory], points: usize, seed: u64, beside: Beside<'_>) -> Measured {
    measure::measure(territories, points, seed, beside)
}

/// What asking more or fewer of so many senders comes to, by threshold.
pub fn asking(territories: &[Territory], senders: usize, seed: u64) -> Vec<Asked> {
    measure::asking(territories, senders, seed)
}

/// How far probabilities are off, against a million random truths for each of so many places and six radii.
pub fn chances(territories: &[Territory], places: usize, seed: u64) -> Vec<Chances> {
    measure::chances(territories, places, 1_000_000, 2_000, seed)
}

/// Whether every vertex and edge of these polygons is answered as the slow exact way answers it.
pub fn check(territories: &[Territory], seed: u64) -> Checked {
    let generation = "check".parse().expect("a name of five letters is a generation's");
    measure::check(&Atlas::build(generation, territories.to_vec()), territories, 1, seed)
}
