//! "Is it one of these?" — similar open reports, told from what the public view shows anyway.
//!
//! An exact distance gives an exact position away: by bisecting the question, a sender's house is found to the
//! millimetre. So both ends are cells: the question is rounded to its own, and a report stands for the smallest cell
//! that it shares with a crowd. Nothing in an answer depends on where inside those cells anybody stood.

use std::collections::BTreeMap;

use h3o::{CellIndex, LatLng, Resolution};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Flow, Rejection,
    public::{FINEST, PublicReport, cell_at, descendants, is_hidden, middle_of, shown_at},
    redrawn,
};
use crate::domain::{ids::CategoryCode, position::Position, tally::CROWD};

/// What a question is rounded to (edges of about 200 m).
const ASKED: Resolution = Resolution::Nine;
/// Reports that share no cell as small as this with a crowd (edges of about 1.4 km) are not told.
const WIDEST: Resolution = Resolution::Seven;
/// Farther than this is not near by; metres between the middles of cells.
const NEAR_M: f64 = 1_000.0;
/// Most reports in one answer.
const MOST: usize = 20;

/// A similar open report near by.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearbyReport {
    /// What everybody may know of it.
    #[serde(flatten)]
    pub report: PublicReport,
    /// About how far, between cells: `<250 m`, `<1 km`, `<3 km`.
    pub distance: &'static str,
    /// How many others have said "me too".
    pub me_too: i64,
}

/// Open reports near by, nearest first, the newest first where they share a cell.
pub async fn nearby(
    flow: &Flow,
    position: Position,
    category: Option<&CategoryCode>,
) -> Result<Vec<NearbyReport>, Rejection> {
    let centre = flow.centre();
    let Some(here) = cell_at(position).and_then(|cell| cell.parent(ASKED)) else { return Ok(vec![]) };
    let mut found = vec![];
    for (crowd, distance) in near(here, crowds(flow, here).await?) {
        let room = i64::try_from(MOST - found.len()).unwrap_or_default();
        let items = flow.store.open_in_cells(&centre.id, &crowd.places, category, room).await?;
        let items = redrawn::current(flow, &centre, items).await?;
        for item in items.iter().filter(|item| !is_hidden(&centre, &item.ticket)) {
            let report = shown_at(flow, &centre, item, Some(middle_of(crowd.cell))).await?;
            found.push(NearbyReport { report, distance, me_too: item.ticket.me_too });
        }
        if found.len() >= MOST {
            break;
        }
    }
    Ok(found)
}

/// The smallest cell that some reports share with a crowd, and the finest cells that they stand in.
#[derive(Debug, PartialEq)]
struct Crowd {
    cell: CellIndex,
    /// First and last of each, as numbers.
    places: Vec<(i64, i64)>,
}

/// Every crowd around a cell.
async fn crowds(flow: &Flow, here: CellIndex) -> Result<Vec<Crowd>, Rejection> {
    let Some(home) = here.parent(WIDEST) else { return Ok(vec![]) };
    let land: Vec<_> = home.grid_disk::<Vec<_>>(1).into_iter().map(descendants).collect();
    let counts = flow.store.reports_by_cell(&flow.center_id(), &land).await?;
    let cell_of = |(cell, count): (i64, i64)| Some((CellIndex::try_from(u64::try_from(cell).ok()?).ok()?, count));
    Ok(gathered(&counts.into_iter().filter_map(cell_of).collect()))
}

/// Gathers finest cells with their counts under the smallest cell that holds a crowd.
fn gathered(counts: &BTreeMap<CellIndex, i64>) -> Vec<Crowd> {
    let sizes = u8::from(WIDEST)..=u8::from(FINEST);
    let sizes: Vec<_> = sizes.rev().filter_map(|size| Resolution::try_from(size).ok()).collect();
    let mut held: BTreeMap<CellIndex, i64> = BTreeMap::new();
    for (cell, count) in counts {
        for up in sizes.iter().filter_map(|size| cell.parent(*size)) {
            *held.entry(up).or_default() += count;
        }
    }
    let mut crowds: BTreeMap<CellIndex, Vec<(i64, i64)>> = BTreeMap::new();
    for cell in counts.keys() {
        let mut ups = sizes.iter().filter_map(|size| cell.parent(*size));
        if let Some(up) = ups.find(|up| held.get(up).is_some_and(|count| *count >= CROWD)) {
            crowds.entry(up).or_default().push(descendants(*cell));
        }
    }
    crowds.into_iter().map(|(cell, places)| Crowd { cell, places }).collect()
}

/// The crowds near a cell with their distances in words, nearest first.
fn near(here: CellIndex, crowds: Vec<Crowd>) -> Vec<(Crowd, &'static str)> {
    let middle = LatLng::from(here);
    let metres = |crowd: &Crowd| middle.distance_m(LatLng::from(crowd.cell));
    let mut near: Vec<_> = crowds
        .into_iter()
        .filter_map(|crowd| band(here, crowd.cell, metres(&crowd)).map(|band| (metres(&crowd), crowd, band)))
        .collect();
    near.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
    near.into_iter().map(|(_, crowd, band)| (crowd, band)).collect()
}

/// No finer than the cell that a report is shown in; the widest cells are told only to those who stand in them.
fn band(here: CellIndex, cell: CellIndex, metres: f64) -> Option<&'static str> {
    if cell.resolution() == WIDEST {
        return (here.parent(WIDEST) == Some(cell)).then_some("<3 km");
    }
    match metres {
        m if m < 250.0 && cell.resolution() >= ASKED => Some("<250 m"),
        m if m <= NEAR_M => Some("<1 km"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finest(lon: f64, lat: f64) -> CellIndex {
        cell_at(Position::new(lon, lat).unwrap()).unwrap()
    }

    #[test]
    fn five_in_one_cell_are_shown_there_and_four_in_the_next_that_holds_five() {
        let (home, lone) = (finest(103.023, 21.392), finest(103.026, 21.392));
        let gather = |counts: &[(CellIndex, i64)]| gathered(&counts.iter().copied().collect());
        assert_eq!(gather(&[(home, 5)]), [Crowd { cell: home, places: vec![descendants(home)] }]);
        assert_eq!(gather(&[(home, 4)]), []);
        let shared = gather(&[(home, 4), (lone, 1)]);
        assert_eq!(shared.len(), 1, "{shared:?}");
        assert!(shared[0].cell.resolution() < FINEST && shared[0].places.len() == 2, "{shared:?}");
    }

    #[test]
    fn nearer_cells_come_first_and_far_ones_are_left_out() {
        let crowd = |lon: f64| Crowd { cell: finest(lon, 21.392), places: vec![] };
        let here = finest(103.023, 21.392).parent(ASKED).unwrap();
        let near = near(here, vec![crowd(103.03), crowd(103.04), crowd(103.023)]);
        let told: Vec<_> = near.iter().map(|(crowd, band)| (crowd.cell, *band)).collect();
        assert_eq!(told, [(finest(103.023, 21.392), "<250 m"), (finest(103.03, 21.392), "<1 km")]);
    }
}
