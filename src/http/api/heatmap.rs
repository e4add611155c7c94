//! `/api/v1/heatmap`: figures on the map.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::figures::{Cohort, audience, read};
use crate::{
    analytics::{
        TallyQuery,
        figures::{self, Cell},
        metric::Metric,
    },
    app::App,
    domain::ids::CommuneCode,
    flow::{Centre, Rejection},
    http::{
        Problem,
        extract::{Asked, Who},
    },
};

/// How the map is coloured.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HeatAsked {
    /// `reports`, `open`, `overdue`, `on_time_share`, `median_resolution_hours`, `p90_resolution_hours`,
    /// `reopened_share`, `satisfaction`.
    metric: Option<String>,
    /// `commune`.
    by: Option<String>,
    /// `simplified` or `none`.
    geometry: Option<String>,
    /// First day, `2026-07-01`.
    from: Option<String>,
    /// Last day, included.
    to: Option<String>,
    /// Only this category.
    category: Option<String>,
    /// Only this office.
    office: Option<String>,
    /// The map in force.
    generation: Option<String>,
    /// Not supported yet.
    #[param(ignore)]
    bbox: Option<String>,
    /// Not supported yet.
    #[param(ignore)]
    resolution: Option<String>,
}

/// A question that can be answered.
struct Heat {
    metric: Metric,
    query: TallyQuery,
    drawn: bool,
}

impl HeatAsked {
    fn read(self, centre: &Centre) -> Result<Heat, Rejection> {
        for (path, given) in [("bbox", self.bbox), ("resolution", self.resolution)] {
            if given.is_some() {
                return Err(Rejection::field(path, "not_supported", "not supported yet: leave it out"));
            }
        }
        if self.by.is_some_and(|by| by != "commune") {
            return Err(Rejection::field("by", "bad_query", "the heatmap is made by `commune`"));
        }
        let drawn = match self.geometry.as_deref() {
            None | Some("" | "simplified") => true,
            Some("none") => false,
            Some(_) => return Err(Rejection::field("geometry", "bad_query", "`simplified` or `none`")),
        };
        let metric = read("metric", "bad_query", self.metric.as_ref())?.unwrap_or(Metric::Reports);
        let Self { from, to, category, office, generation, .. } = self;
        let mut query = Cohort { from, to, category, office, generation }.query(centre)?;
        let map = query.generation.get_or_insert_with(|| centre.generation.id.clone());
        if *map != centre.generation.id {
            return Err(Rejection::field("generation", "unknown_generation", "heat is drawn on the map in force"));
        }
        Ok(Heat { metric, query, drawn })
    }
}

/// A heatmap by commune, as GeoJSON: features with `id, name, value, count, suppressed`.
#[utoipa::path(get, path = "/api/v1/heatmap", tag = "figures", params(HeatAsked),
    responses((status = 200, description = "a GeoJSON FeatureCollection", body = Object, content_type = "application/geo+json"),
        (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn heatmap(
    State(app): State<App>,
    Who(caller): Who,
    Asked(asked): Asked<HeatAsked>,
) -> Result<Response, Problem> {
    let centre = app.flow.centre();
    let Heat { metric, query, drawn } = asked.read(&centre)?;
    let cells = figures::by_commune(&app.flow.store, &centre.id, &query, metric, audience(&caller)).await?;
    Ok(geojson(&collection(&centre, &cells, drawn)))
}

fn geojson(collection: &Value) -> Response {
    let mut response = Json(collection).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"));
    response
}

/// Every commune that is served, with or without reports.
fn collection(centre: &Centre, cells: &BTreeMap<CommuneCode, Cell>, drawn: bool) -> Value {
    let empty = Cell { value: None, count: Some(0), suppressed: false };
    let features = centre.served().map(|commune| {
        let cell = cells.get(&commune.code).unwrap_or(&empty);
        let outline = drawn.then(|| centre.outline(&commune.code)).flatten();
        json!({
            "type": "Feature",
            "id": commune.code,
            "geometry": outline,
            "properties": {
                "id": commune.code, "name": commune.name, "value": cell.value, "count": cell.count,
                "suppressed": cell.suppressed,
            },
        })
    });
    json!({
        "type": "FeatureCollection",
        "generation": centre.generation.id,
        "approximate": centre.generation.approximate,
        "attribution": centre.generation.source,
        "features": features.collect::<Vec<_>>(),
    })
}
