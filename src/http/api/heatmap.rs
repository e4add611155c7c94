//! `/api/v1/heatmap`: figures on the map, by commune or by hexagon.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    collection::{Collection, Feature, Shape},
    figures::{Cohort, audience, read},
    shapes::HeatOut,
};
use crate::{
    analytics::{
        TallyQuery,
        area::Area,
        figures::{self, Audience, Cell},
        heat,
        metric::Metric,
    },
    app::App,
    domain::{clock::Day, hexagon, ids::CommuneCode, month::Month},
    flow::{Centre, Rejection},
    http::{
        Problem,
        extract::{Asked, Who},
        table::AsTable,
    },
};

/// How the map is coloured.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HeatAsked {
    /// `reports`, `open`, `overdue`, `on_time_share`, `median_resolution_hours`, `p90_resolution_hours`,
    /// `reopened_share`, `satisfaction`.
    pub(in crate::http) metric: Option<String>,
    /// `commune` or `h3`.
    by: Option<String>,
    /// Of hexagons: 5 (about 250 km²) to 9 (about 0.1 km²), 7 when left out.
    resolution: Option<String>,
    /// Only hexagons that touch this box: `west,south,east,north`, degrees.
    bbox: Option<String>,
    /// `simplified` or `none`.
    geometry: Option<String>,
    /// First day, `2026-07-01`. Hexagons are counted by whole months: the answer's `from` and `to` say which.
    pub(in crate::http) from: Option<String>,
    /// Last day, included.
    pub(in crate::http) to: Option<String>,
    /// Only this category.
    pub(in crate::http) category: Option<String>,
    /// Only this office.
    pub(in crate::http) office: Option<String>,
    /// The map in force.
    generation: Option<String>,
}

/// A question that can be answered.
struct Heat {
    metric: Metric,
    query: TallyQuery,
    drawn: bool,
    hexagons: Option<u8>,
    area: Option<Area>,
}

/// What the hexagons are when nobody says.
const RESOLUTION: u8 = 7;

impl HeatAsked {
    fn read(self, centre: &Centre) -> Result<Heat, Rejection> {
        let hexagons = match self.by.as_deref() {
            None | Some("" | "commune") => None,
            Some("h3") => Some(read("resolution", "bad_query", self.resolution.as_ref())?.unwrap_or(RESOLUTION)),
            Some(_) => return Err(Rejection::field("by", "bad_query", "`commune` or `h3`")),
        };
        if hexagons.is_some_and(|resolution| !hexagon::ASKED.contains(&resolution)) {
            return Err(Rejection::field("resolution", "bad_query", "5 to 9"));
        }
        for (path, given) in [("bbox", &self.bbox), ("resolution", &self.resolution)] {
            if hexagons.is_none() && given.is_some() {
                return Err(Rejection::field(path, "bad_query", "for hexagons: send `by=h3` with it, or leave it out"));
            }
        }
        let drawn = match self.geometry.as_deref() {
            None | Some("" | "simplified") => true,
            Some("none") => false,
            Some(_) => return Err(Rejection::field("geometry", "bad_query", "`simplified` or `none`")),
        };
        let metric = read("metric", "bad_query", self.metric.as_ref())?.unwrap_or(Metric::Reports);
        let area = read("bbox", "bad_query", self.bbox.as_ref())?;
        let Self { from, to, category, office, generation, .. } = self;
        let mut query = Cohort { from, to, category, office, generation }.query(centre)?;
        let map = query.generation.get_or_insert_with(|| centre.generation.id.clone());
        if *map != centre.generation.id {
            return Err(Rejection::field("generation", "unknown_generation", "heat is drawn on the map in force"));
        }
        Ok(Heat { metric, query, drawn, hexagons, area })
    }
}

/// A heatmap by commune or hexagon, as GeoJSON: features with `id, name, value, count, suppressed`.
#[utoipa::path(get, path = "/api/v1/heatmap", tag = "figures", params(HeatAsked),
    responses((status = 200, description = "a GeoJSON FeatureCollection; or `text/csv`, where that is asked for", body = HeatOut, content_type = "application/geo+json"),
        (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn heatmap(
    State(app): State<App>,
    Who(caller): Who,
    AsTable(table): AsTable,
    Asked(asked): Asked<HeatAsked>,
) -> Result<Response, Problem> {
    let centre = app.flow.centre();
    let heat = asked.read(&centre)?;
    let audience = audience(&caller);
    let collection = if let Some(resolution) = heat.hexagons {
        hexagons(&app, &centre, &heat, resolution, audience).await?
    } else {
        let store = &app.flow.store;
        communes(
            &centre,
            &figures::by_commune(store, &centre.id, &heat.query, heat.metric, audience).await?,
            heat.drawn,
        )
    };
    if table { Ok(collection.table().into_response()) } else { geojson(&collection) }
}

fn geojson(collection: &Collection) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(collection).map_err(|why| Rejection::Internal(why.to_string()))?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"))];
    Ok((kind, bytes).into_response())
}

/// Every commune that is served, with or without reports.
fn communes<'a>(centre: &'a Centre, cells: &BTreeMap<CommuneCode, Cell>, drawn: bool) -> Collection<'a> {
    let empty = Cell { value: None, count: Some(0), suppressed: false };
    let features = centre.served().map(|commune| {
        let cell = cells.get(&commune.code).unwrap_or(&empty).clone();
        let outline = drawn.then(|| centre.outline(&commune.code)).flatten();
        Feature { id: commune.code.to_string(), name: Some(&commune.name), cell, shape: outline.map(Shape::Outline) }
    });
    Collection::new(centre, features.collect())
}

async fn hexagons<'a>(
    app: &App,
    centre: &'a Centre,
    heat: &Heat,
    resolution: u8,
    audience: Audience,
) -> Result<Collection<'a>, Rejection> {
    let months = (heat.query.from.map(Month::of), heat.query.to.map(Month::of));
    let asked = heat::Asked {
        resolution,
        months,
        category: heat.query.category.clone(),
        office: heat.query.office.clone(),
        area: heat.area,
        metric: heat.metric,
    };
    let cells = heat::by_hexagon(&app.flow.store, &centre.id, &asked, audience).await?;
    let too_many = "more than 10,000 hexagons: ask for a smaller `bbox`, or a lower `resolution`";
    let cells = cells.ok_or_else(|| Rejection::field("bbox", "too_many_cells", too_many))?;
    let features = cells.into_iter().map(|(hexagon, cell)| {
        let middle = h3o::LatLng::from(hexagon);
        Feature {
            id: hexagon.to_string(),
            name: centre.at(middle.lng(), middle.lat()).next().map(|commune| &commune.name),
            cell,
            shape: heat.drawn.then_some(Shape::Hexagon(hexagon)),
        }
    });
    let mut collection = Collection::new(centre, features.collect());
    collection.from = months.0.map(Month::first);
    collection.to = months.1.map(|month| -> Day { month.last() });
    Ok(collection)
}
