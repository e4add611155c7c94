//! "Is this point yours?" — one position, or a table of them.

use std::io::{Read, Write};

use super::{Centre, Flow, receipt::PlacementView};
use crate::{
    domain::{
        clock::Timestamp,
        ids::CommuneCode,
        names::Names,
        placement::Placement,
        position::Fix,
    },
    locate::{bulk, bulk::BulkError},
};

/// Where a position lies, on the map of `at` or of today.
pub fn locate(flow: &Flow, fix: &Fix, at: Option<Timestamp>) -> PlacementView {
    view(&flow.centre(), &place(&flow.centre(), fix, at))
}

/// The placement itself.
pub fn place(centre: &Centre, fix: &Fix, at: Option<Timestamp>) -> Placement {
    let map = at.map_or_else(|| centre.map_today(), |at| centre.map_at(at));
    map.place(fix, None, centre.policy)
}

/// With the names of today's map.
pub fn view(centre: &Centre, placement: &Placement) -> PlacementView {
    let name = |code: &CommuneCode| -> Option<Names> { centre.map_today().commune(code).map(|c| c.name.clone()) };
    PlacementView::new(placement, name)
}

/// A table with `lon` and `lat` gets its answers beside it.
pub fn locate_table(centre: &Centre, input: impl Read, output: impl Write) -> Result<u64, BulkError> {
    bulk::locate_csv(centre.map_today(), input, output)
}
