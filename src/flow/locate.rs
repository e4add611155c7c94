//! "Is this point yours?" — one position, or a table of them.

use std::io::{Read, Write};

use super::{Flow, receipt::PlacementView};
use crate::{
    domain::{clock::Timestamp, position::Fix},
    locate::{
        Atlas, Policy,
        bulk::{self, Bulk, BulkError},
    },
};

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
