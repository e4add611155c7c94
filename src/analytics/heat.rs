//! Figures by hexagon of H3.

use h3o::{CellIndex, Resolution};

use super::{
    area::Area,
    figures::{Audience, Cell},
    metric::Metric,
};
use crate::{
    domain::{
        ids::{CategoryCode, CenterId, OfficeId},
        month::Month,
    },
    store::{HeatQuery, HeatRows, Store, StoreError},
};

/// Most hexagons in one answer.
pub const MOST: usize = 10_000;

/// The finest hexagons of which the public is told that they hold a few reports (5 km²). Of smaller ones that would tell
/// where a single report was made, more exactly than anything else public does.
const FEW_ARE_TOLD: Resolution = Resolution::Seven;

/// Which hexagons, and what of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// How large: one of `domain::hexagon::ASKED`.
    pub resolution: u8,
    /// First and last month received, whole; None is as far as there are any.
    pub months: (Option<Month>, Option<Month>),
    /// Only this category.
    pub category: Option<CategoryCode>,
    /// Only this office.
    pub office: Option<OfficeId>,
    /// Only hexagons that touch this box.
    pub area: Option<Area>,
    /// What they are coloured by.
    pub metric: Metric,
}

/// Hexagons with a report, ascending; None where they are more than [`MOST`].
pub async fn by_hexagon(
    store: &Store,
    center: &CenterId,
    asked: &Asked,
    audience: Audience,
) -> Result<Option<Vec<(CellIndex, Cell)>>, StoreError> {
    let mut query = HeatQuery {
        resolution: asked.resolution,
        months: asked.months,
        category: asked.category.clone(),
        office: asked.office.clone(),
        blocks: None,
        hours: asked.metric.needs_hours(),
    };
    query.blocks = asked.area.and_then(|area| area.blocks(query.kept()));
    let HeatRows::Counted(found) = store.heat(center, &query).await? else { return Ok(None) };
    let cells = found
        .into_iter()
        .filter(|(cell, share)| share.tally.reports > 0 && asked.area.is_none_or(|area| area.touches(*cell)));
    let cells = cells.filter_map(|(cell, share)| {
        let histogram: Vec<(i64, i64)> = share.hours.into_iter().collect();
        let shown = audience.cell(asked.metric.measure(&share.tally, &histogram), share.tally.reports);
        (!shown.suppressed || cell.resolution() <= FEW_ARE_TOLD).then_some((cell, shown))
    });
    let mut cells: Vec<(CellIndex, Cell)> = cells.collect();
    cells.sort_unstable_by_key(|(cell, _)| *cell);
    Ok((cells.len() <= MOST).then_some(cells))
}
