//! What everybody may know of a report: one type behind every public door, its position blurred until at least
//! [`CROWD`] reports share it.

use h3o::{CellIndex, LatLng, Resolution};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Centre, Flow, Rejection, view::PhotoView};
use crate::{
    domain::{
        category::Level,
        clock::Day,
        code::PublicCode,
        event::{Event, EventKind},
        ids::{CategoryCode, CommuneCode, PhotoId},
        position::Position,
        report::{Report, Whereabouts},
        tally::CROWD,
        ticket::{State, Ticket},
    },
    store::QueueItem,
};

/// The finest cells that are kept (edges of about 76 m).
pub(super) const FINEST: Resolution = Resolution::Ten;
/// The coarsest cells that are shown (edges of about 9 km); where not even these hold a crowd, no position is shown.
const COARSEST: Resolution = Resolution::Five;

/// What everybody may know of a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicReport {
    /// Its number.
    pub code: PublicCode,
    /// What it is about.
    pub category: CategoryCode,
    /// Where it lies; null outside, and for reports about an office.
    pub commune: Option<CommuneCode>,
    /// Where it stands.
    pub status: State,
    /// Nobody has acted for so long that the ladder marks it in public.
    pub overdue: bool,
    /// The day it arrived.
    pub day: Day,
    /// Centre of the smallest cell with at least five reports; null where there is none.
    pub position: Option<PublicPosition>,
    /// What the office has made public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
}

/// Words and photos that an office has made public.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Published {
    /// The words.
    pub text: String,
    /// The photos.
    pub photos: Vec<PhotoView>,
}

/// The centre of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct PublicPosition {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

/// The cell of a report at the finest resolution, as it is stored.
pub fn cell_of(report: &Report) -> Option<i64> {
    match &report.whereabouts {
        Whereabouts::Fix(fix) => cell_at(fix.position).map(stored),
        _ => None,
    }
}

/// The finest cell of a position.
pub fn cell_at(position: Position) -> Option<CellIndex> {
    LatLng::new(position.lat(), position.lon()).ok().map(|point| point.to_cell(FINEST))
}

/// Cell indexes have their highest bit clear, so they fit.
fn stored(cell: CellIndex) -> i64 {
    i64::try_from(u64::from(cell)).unwrap_or(i64::MAX)
}

/// The finest cells inside `cell` are neighbours as numbers: first and last of them. H3 writes the path from the base
/// cell downwards in three bits a step, so all descendants share the leading bits.
pub fn descendants(cell: CellIndex) -> (i64, i64) {
    let steps = u32::from(u8::from(FINEST)) - u32::from(u8::from(cell.resolution()));
    let shift = 3 * (15 - u32::from(u8::from(FINEST)));
    let free = ((1_u64 << (3 * steps)) - 1) << shift;
    let base = u64::from(cell) & !(0xF << 52) | u64::from(u8::from(FINEST)) << 52;
    let number = |bits: u64| i64::try_from(bits).unwrap_or(i64::MAX);
    (number(base & !free), number(base | free))
}

/// What everybody may know of a report.
pub async fn public_report(flow: &Flow, centre: &Centre, item: &QueueItem) -> Result<PublicReport, Rejection> {
    let position = match &item.report.whereabouts {
        Whereabouts::Fix(fix) if !is_hidden(centre, &item.ticket) => blurred(flow, centre, fix.position).await?,
        _ => None,
    };
    shown_at(flow, centre, item, position).await
}

/// Whether it is about an office or its people: the public is not told where.
pub(super) fn is_hidden(centre: &Centre, ticket: &Ticket) -> bool {
    ticket.about.is_some() || centre.category_of(ticket).is_some_and(|category| category.level == Level::Above)
}

/// What everybody may know of a report whose blurred position is known already.
pub(super) async fn shown_at(
    flow: &Flow,
    centre: &Centre,
    QueueItem { ticket, .. }: &QueueItem,
    position: Option<PublicPosition>,
) -> Result<PublicReport, Rejection> {
    let history = if ticket.published { flow.store.history(&centre.id, ticket.id).await? } else { vec![] };
    Ok(PublicReport {
        code: ticket.code,
        category: ticket.category.clone(),
        commune: ticket.commune.clone().filter(|_| !is_hidden(centre, ticket)),
        status: ticket.state,
        overdue: centre.ladder.is_public(ticket),
        day: ticket.received_at.day(),
        position,
        published: published(&history).map(|(text, photos)| Published {
            text: text.to_owned(),
            photos: photos.iter().copied().map(PhotoView::from).collect(),
        }),
    })
}

/// The words and photos that were made public last.
pub fn published(history: &[Event]) -> Option<(&str, &[PhotoId])> {
    history.iter().rev().find_map(|event| match &event.kind {
        EventKind::Published { text, photos } => Some((text.as_str(), photos.as_slice())),
        _ => None,
    })
}

/// The centre of the smallest cell around a position that holds a crowd.
async fn blurred(flow: &Flow, centre: &Centre, position: Position) -> Result<Option<PublicPosition>, Rejection> {
    let Some(finest) = cell_at(position) else { return Ok(None) };
    let mut cell = Some(finest);
    while let Some(here) = cell.filter(|cell| cell.resolution() >= COARSEST) {
        if flow.store.reports_in_cells(&centre.id, descendants(here), CROWD).await? >= CROWD {
            return Ok(Some(middle_of(here)));
        }
        cell = Resolution::try_from(u8::from(here.resolution()) - 1).ok().and_then(|up| here.parent(up));
    }
    Ok(None)
}

/// The centre of a cell.
pub(super) fn middle_of(cell: CellIndex) -> PublicPosition {
    let middle = LatLng::from(cell);
    PublicPosition { lon: rounded(middle.lng()), lat: rounded(middle.lat()) }
}

/// Five decimals: about a metre.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finest_cells_inside_a_cell_lie_between_first_and_last() {
        let finest = cell_at(Position::new(103.023, 21.392).unwrap()).unwrap();
        for up in 5..=10 {
            let cell = finest.parent(Resolution::try_from(up).unwrap()).unwrap();
            let (first, last) = descendants(cell);
            for child in cell.children(FINEST).take(3_000) {
                assert!((first..=last).contains(&stored(child)));
            }
            let neighbour = cell.grid_disk::<Vec<_>>(1).into_iter().find(|other| *other != cell).unwrap();
            assert!(neighbour.children(FINEST).take(3_000).all(|child| !(first..=last).contains(&stored(child))));
        }
    }
}
