//! `/api/v1/heatmap` and `/api/v1/stats`: figures by commune and office.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::{
    analytics::{
        TallyQuery,
        figures::{self, Audience, Cell, Figures, Summary},
        metric::Metric,
    },
    app::App,
    domain::{clock::Day, ids::GenerationId},
    flow::{Rejection, receipt::OfficeRef, view::office_ref},
    http::{
        Problem,
        extract::{Asked, Who},
    },
    identity::{Caller, Scope},
};

/// Which reports are counted; the cohort is the day received, in Vietnam.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Cohort {
    /// First day, `2026-07-01`.
    from: Option<String>,
    /// Last day, included.
    to: Option<String>,
    /// Only this category.
    category: Option<String>,
    /// Only this office.
    office: Option<String>,
    /// Only communes of this map; the one in force when left out.
    generation: Option<String>,
}

/// How the map is coloured.
#[derive(Debug, Deserialize, IntoParams)]
pub struct HeatAsked {
    /// `reports`, `open`, `overdue`, `on_time_share`, `median_resolution_hours`, `p90_resolution_hours`,
    /// `reopened_share`, `satisfaction`.
    metric: Option<String>,
    /// `commune`.
    by: Option<String>,
    /// `simplified` or `none`.
    geometry: Option<String>,
    from: Option<String>,
    to: Option<String>,
    category: Option<String>,
    office: Option<String>,
    generation: Option<String>,
}

fn read<T: std::str::FromStr>(path: &str, text: Option<&String>) -> Result<Option<T>, Rejection>
where
    T::Err: std::fmt::Display,
{
    text.filter(|text| !text.is_empty())
        .map(|text| text.parse().map_err(|why: T::Err| Rejection::field(path, "bad_query", why.to_string())))
        .transpose()
}

impl Cohort {
    fn query(&self) -> Result<TallyQuery, Rejection> {
        let (from, to): (Option<Day>, Option<Day>) = (read("from", self.from.as_ref())?, read("to", self.to.as_ref())?);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(Rejection::field("from", "bad_query", "`from` lies after `to`"));
        }
        Ok(TallyQuery {
            from,
            to,
            category: read("category", self.category.as_ref())?,
            office: read("office", self.office.as_ref())?,
            generation: read("generation", self.generation.as_ref())?,
        })
    }
}

fn audience(caller: &Caller) -> Audience {
    if caller.may(&Scope::DashboardRead) { Audience::Internal } else { Audience::Public }
}

/// A heatmap by commune, as GeoJSON: features with `id, name, value, count, suppressed`.
#[utoipa::path(get, path = "/api/v1/heatmap", tag = "figures", params(HeatAsked),
    responses((status = 200, description = "a GeoJSON FeatureCollection", body = Object), (status = 422, body = Problem)))]
pub async fn heatmap(
    State(app): State<App>,
    Who(caller): Who,
    Asked(asked): Asked<HeatAsked>,
) -> Result<Response, Problem> {
    let metric = read("metric", asked.metric.as_ref())?.unwrap_or(Metric::Reports);
    if asked.by.as_deref().is_some_and(|by| by != "commune") {
        return Err(Rejection::field("by", "bad_query", "the heatmap is made by `commune`").into());
    }
    let drawn = match asked.geometry.as_deref() {
        None | Some("" | "simplified") => true,
        Some("none") => false,
        Some(_) => return Err(Rejection::field("geometry", "bad_query", "`simplified` or `none`").into()),
    };
    let HeatAsked { from, to, category, office, generation, .. } = asked;
    let mut query = Cohort { from, to, category, office, generation }.query()?;
    let centre = app.flow.centre();
    let map: &GenerationId = query.generation.get_or_insert_with(|| centre.generation.id.clone());
    if *map != centre.generation.id {
        return Err(Rejection::field("generation", "unknown_generation", "heat is drawn on the map in force").into());
    }
    let cells = figures::by_commune(&app.flow.store, &centre.id, &query, metric, audience(&caller)).await?;
    let empty = Cell { value: None, count: Some(0), suppressed: false };
    let features: Vec<Value> = centre
        .served()
        .map(|commune| {
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
        })
        .collect();
    let collection = json!({
        "type": "FeatureCollection",
        "generation": centre.generation.id,
        "approximate": centre.generation.approximate,
        "attribution": centre.generation.source,
        "features": features,
    });
    let mut response = Json(collection).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"));
    Ok(response)
}

/// The whole centre.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryAnswer {
    #[serde(flatten)]
    summary: Summary,
    /// The map in force.
    generation: GenerationId,
    /// Its boundaries are approximate.
    approximate: bool,
}

/// The figures of the whole centre.
#[utoipa::path(get, path = "/api/v1/stats/summary", tag = "figures", params(Cohort),
    responses((status = 200, body = SummaryAnswer), (status = 422, body = Problem)))]
pub async fn summary(State(app): State<App>, Asked(cohort): Asked<Cohort>) -> Result<Json<SummaryAnswer>, Problem> {
    let centre = app.flow.centre();
    let summary = figures::summary(&app.flow.store, &centre.id, &cohort.query()?).await?;
    Ok(Json(SummaryAnswer {
        summary,
        generation: centre.generation.id.clone(),
        approximate: centre.generation.approximate,
    }))
}

/// One line of the scoreboard.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfficeLine {
    office: OfficeRef,
    /// Fewer than five reports: no figures in public.
    suppressed: bool,
    #[serde(flatten)]
    figures: Option<Figures>,
}

/// The scoreboard.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scoreboard {
    items: Vec<OfficeLine>,
    next: Option<String>,
}

/// The offices, comparable: on time by the first promise, extensions counted apart.
#[utoipa::path(get, path = "/api/v1/stats/offices", tag = "figures", params(Cohort),
    responses((status = 200, body = Scoreboard), (status = 422, body = Problem)))]
pub async fn offices(
    State(app): State<App>,
    Who(caller): Who,
    Asked(cohort): Asked<Cohort>,
) -> Result<Json<Scoreboard>, Problem> {
    let centre = app.flow.centre();
    let lines = figures::by_office(&app.flow.store, &centre.id, &cohort.query()?, audience(&caller)).await?;
    let line = |line: figures::OfficeFigures| OfficeLine {
        office: office_ref(&centre, &line.office),
        suppressed: line.figures.is_none(),
        figures: line.figures,
    };
    Ok(Json(Scoreboard { items: lines.into_iter().map(line).collect(), next: None }))
}
