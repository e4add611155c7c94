//! What another map would change, before it is put into force: units, square kilometres, tickets and reports.

use std::{collections::BTreeMap, path::Path};

use geojson::{Feature, FeatureCollection, JsonObject};
use serde::Serialize;

use super::{boundaries::BoundaryError, centre};
pub use crate::locate::diff::Change;
use crate::{
    domain::{
        boundary::Commune,
        clock::{DAY, Timestamp},
        ids::{CenterId, CommuneCode, GenerationId},
        position::Position,
    },
    locate::{
        Atlas, Territory,
        diff::{self, Diff, Unit},
        import,
    },
    store::Store,
};

/// Reports of so long count as the last year's.
const A_YEAR: i64 = 365 * DAY;
/// Positions read at a time.
const PAGE: i64 = 5_000;

/// Ground that moves, with what lies on it.
#[derive(Debug, Clone, Serialize)]
pub struct Move {
    /// Whose it was.
    pub from: Commune,
    /// Whose it is.
    pub to: Commune,
    /// Square kilometres.
    pub km2: f64,
    /// Open tickets on it, by the position of their report.
    pub open_tickets: u64,
    /// Reports of the last 365 days on it.
    pub reports_of_a_year: u64,
}

/// Two maps compared.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// All units, unchanged ones too.
    pub units: Vec<Unit>,
    /// What moves, largest first.
    pub moves: Vec<Move>,
    /// Codes that name one unit on the old map and another on the new one.
    pub reused_codes: Vec<CommuneCode>,
    /// Pairs that could not be compared.
    pub uncompared: Vec<diff::Uncompared>,
    /// The sum of what moves, square kilometres.
    pub moved_km2: f64,
    /// Open tickets on moved ground.
    pub open_tickets: u64,
    /// Reports of the last 365 days on moved ground.
    pub reports_of_a_year: u64,
    /// The moved areas as GeoJSON.
    #[serde(skip)]
    pub areas: FeatureCollection,
}

/// The polygons of a kept map, or of a file or folder.
pub async fn territories(store: &Store, named: &str) -> Result<Vec<Territory>, BoundaryError> {
    if let Ok(id) = named.parse::<GenerationId>()
        && store.generations().await?.iter().any(|known| known.id == id)
    {
        return Ok(centre::territories(store, &id).await?);
    }
    if Path::new(named).exists() {
        return Ok(import::read(Path::new(named))?.territories);
    }
    Err(BoundaryError::NoSuchMap(named.to_owned()))
}

/// Compares two maps, and counts what lies on the ground that moves.
pub async fn preview(
    store: &Store,
    center: &CenterId,
    old: Vec<Territory>,
    new: Vec<Territory>,
    now: Timestamp,
) -> Result<Preview, BoundaryError> {
    let diff = diff::diff(&old, &new);
    let atlases = [("old", old), ("new", new)].map(|(name, map)| Atlas::build(name.parse().expect("a slug"), map));
    let counts = count(store, center, &diff, &atlases, now).await?;
    let moves: Vec<Move> = diff.moved.iter().filter_map(|moved| described(moved, &atlases, &counts)).collect();
    Ok(Preview {
        moved_km2: moves.iter().map(|moved| moved.km2).sum(),
        open_tickets: counts.values().map(|count| count.0).sum(),
        reports_of_a_year: counts.values().map(|count| count.1).sum(),
        areas: areas(&diff, &moves),
        units: diff.units,
        reused_codes: diff.reused,
        uncompared: diff.uncompared,
        moves,
    })
}

type Counts = BTreeMap<(CommuneCode, CommuneCode), (u64, u64)>;

/// Open tickets and reports of the last year by the pair between which their position moves.
async fn count(
    store: &Store,
    center: &CenterId,
    diff: &Diff,
    [old, new]: &[Atlas; 2],
    now: Timestamp,
) -> Result<Counts, BoundaryError> {
    let pairs = diff.moved.iter().map(|moved| (moved.from.clone(), moved.to.clone()));
    let mut counts: Counts = pairs.map(|pair| (pair, (0, 0))).collect();
    let (since, mut after) = (now.plus(-A_YEAR), None);
    loop {
        let points = store.points(center, since, after, PAGE).await?;
        let Some(last) = points.last() else { return Ok(counts) };
        after = Some(last.report);
        for point in points {
            let Ok(position) = Position::new(point.lon, point.lat) else { continue };
            let on = |map: &Atlas| map.cover(position).covering.into_iter().next();
            let Some(count) = on(old).zip(on(new)).and_then(|pair| counts.get_mut(&pair)) else { continue };
            count.0 += u64::from(point.open);
            count.1 += u64::from(point.received_at >= since);
        }
    }
}

fn described(moved: &diff::Moved, [old, new]: &[Atlas; 2], counts: &Counts) -> Option<Move> {
    let pair = (moved.from.clone(), moved.to.clone());
    let (open_tickets, reports_of_a_year) = counts.get(&pair).copied().unwrap_or_default();
    Some(Move {
        from: old.commune(&moved.from)?.clone(),
        to: new.commune(&moved.to)?.clone(),
        km2: moved.m2 / 1e6,
        open_tickets,
        reports_of_a_year,
    })
}

fn areas(diff: &Diff, moves: &[Move]) -> FeatureCollection {
    let features = diff.moved.iter().zip(moves).map(|(moved, described)| {
        let mut properties = JsonObject::new();
        for (key, value) in [
            ("from", described.from.code.as_str()),
            ("from_name", &described.from.name.vi),
            ("to", described.to.code.as_str()),
            ("to_name", &described.to.name.vi),
        ] {
            properties.insert(key.into(), value.into());
        }
        properties.insert("m2".into(), moved.m2.into());
        properties.insert("open_tickets".into(), described.open_tickets.into());
        properties.insert("reports_of_a_year".into(), described.reports_of_a_year.into());
        Feature {
            geometry: Some(geojson::Geometry::from(&moved.shape)),
            properties: Some(properties),
            ..Feature::default()
        }
    });
    FeatureCollection { features: features.collect(), bbox: None, foreign_members: None }
}
