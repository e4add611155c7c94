//! `/tiles`: communes and heat as vector tiles (Mapbox Vector Tile 2.1, web mercator), and the `TileJSON` of each.

mod draw;
mod frame;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use draw::Layer;
use frame::Frame;

use super::{
    Problem,
    api::{
        figures::{Cohort, audience, read},
        heatmap::HeatAsked,
    },
    extract::{Asked, Who, text_of},
};
use crate::{
    analytics::{figures::Audience, heat, metric::Metric},
    app::App,
    domain::{ids::GenerationId, month::Month},
    flow::{Centre, Rejection},
};

const KIND: &str = "application/vnd.mapbox-vector-tile";

/// Beyond this zoom a client enlarges what it has.
const MOST_ZOOM: u8 = 14;
/// Communes change with the map alone, and the address says which map.
const KEEP_COMMUNES: &str = "public, max-age=300";
/// Heat is seconds fresh.
const KEEP_HEAT: &str = "public, max-age=15";
/// What a key shows is for its holder.
const KEEP_INTERNAL: &str = "private, max-age=15";

/// Which tile: layer, zoom, column, and row with its ending.
type Address = (String, u8, u32, String);

/// A vector tile of `communes` or `heat`. The row ends in `.mvt`. `heat` takes the parameters of the heatmap: `metric`,
/// `from`, `to` (whole months), `category`, `office`.
#[utoipa::path(get, path = "/tiles/{layer}/{z}/{x}/{y}", tag = "figures",
    params(("layer" = String, Path), ("z" = u8, Path), ("x" = u32, Path), ("y" = String, Path, description = "row, `.mvt`"), HeatAsked),
    responses((status = 200, description = "a vector tile", content_type = "application/vnd.mapbox-vector-tile"),
        (status = 304), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn tile(
    State(app): State<App>,
    Who(caller): Who,
    headers: HeaderMap,
    Path((layer, zoom, column, row)): Path<Address>,
    Asked(asked): Asked<HeatAsked>,
) -> Result<Response, Problem> {
    let row = row.strip_suffix(".mvt").and_then(|row| row.parse().ok()).ok_or(Rejection::NotFound)?;
    let frame = Frame::new(zoom, column, row).ok_or(Rejection::NotFound)?;
    let centre = app.flow.centre();
    let (bytes, keep) = match layer.as_str() {
        "communes" => (communes(&app, &centre, frame)?, KEEP_COMMUNES),
        "heat" => {
            let audience = audience(&caller);
            let keep = if audience == Audience::Public { KEEP_HEAT } else { KEEP_INTERNAL };
            (hexagons(&app, &centre, frame, asked, audience).await?, keep)
        }
        _ => return Err(Rejection::NotFound.into()),
    };
    Ok(unless_known(&headers, bytes, keep))
}

fn communes(app: &App, centre: &Centre, frame: Frame) -> Result<Bytes, Rejection> {
    let key = (centre.generation.id.clone(), frame.address());
    if let Some(known) = app.tiles.get(&key) {
        return Ok(known);
    }
    let mut layer = Layer::new("communes");
    for drawn in centre.drawings(frame.zoom()) {
        if frame.meets(&drawn.bounds) {
            let commune = &drawn.commune;
            let served = !centre.is_foreign(&commune.code);
            let tags = [
                ("id", commune.code.to_string().into()),
                ("name_vi", commune.name.vi.clone().into()),
                ("name_en", commune.name.en.clone().into()),
                ("served", served.into()),
            ];
            layer.add(&frame.clipped(&drawn.shape), tags)?;
        }
    }
    let bytes = layer.encoded();
    app.tiles.put(key, bytes.clone());
    Ok(bytes)
}

async fn hexagons(
    app: &App,
    centre: &Centre,
    frame: Frame,
    asked: HeatAsked,
    audience: Audience,
) -> Result<Bytes, Rejection> {
    let metric = read("metric", "bad_query", asked.metric.as_ref())?.unwrap_or(Metric::Reports);
    let HeatAsked { from, to, category, office, .. } = asked;
    let query = Cohort { from, to, category, office, generation: None }.query(centre)?;
    let asked = heat::Asked {
        resolution: frame.resolution(),
        months: (query.from.map(Month::of), query.to.map(Month::of)),
        category: query.category,
        office: query.office,
        area: Some(frame.area()),
        metric,
    };
    let cells = heat::by_hexagon(&app.flow.store, &centre.id, &asked, audience).await?.unwrap_or_default();
    let mut layer = Layer::new("heat");
    for (cell, shown) in cells {
        let mut tags = vec![("id", cell.to_string().into()), ("suppressed", shown.suppressed.into())];
        tags.extend(shown.value.map(|value| ("value", value.into())));
        tags.extend(shown.count.map(|count| ("count", count.into())));
        layer.add(&frame.hexagon(cell), tags)?;
    }
    Ok(layer.encoded())
}

fn unless_known(headers: &HeaderMap, bytes: Bytes, keep: &'static str) -> Response {
    let etag = format!("\"{:016x}\"", twox_hash::XxHash3_64::oneshot(&bytes));
    let known =
        text_of(headers, "if-none-match").is_some_and(|known| known.split(',').any(|one| one.trim().ends_with(&etag)));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(KIND))], bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    headers.extend(HeaderValue::from_str(&etag).ok().map(|etag| (header::ETAG, etag)));
    response
}

/// Where the tiles of a layer are and what is in them: `TileJSON` 3.0.
#[derive(Serialize, ToSchema)]
pub struct TileJson {
    /// `3.0.0`.
    tilejson: &'static str,
    /// The layer.
    name: &'static str,
    /// Addresses with `{z}`, `{x}` and `{y}` to be filled in.
    tiles: [String; 1],
    /// The layer again, with its fields and their types.
    #[schema(value_type = Vec<Object>)]
    vector_layers: [Value; 1],
    minzoom: u8,
    maxzoom: u8,
    /// West, south, east, north of the communes that are served, degrees; null on an empty map.
    bounds: Option<[f64; 4]>,
    /// Whose boundaries these are.
    attribution: String,
    /// The map in force.
    generation: GenerationId,
    /// Its boundaries are approximate.
    approximate: bool,
    /// Raster tiles that the operator wants below, `https://tiles.example.vn/{z}/{x}/{y}.png`.
    under: Option<String>,
}

/// The `TileJSON` of `communes.json` or `heat.json`.
#[utoipa::path(get, path = "/tiles/{layer}", tag = "figures", params(("layer" = String, Path, description = "`communes.json` or `heat.json`")),
    responses((status = 200, body = TileJson), (status = 404, body = Problem)))]
pub async fn describe(
    State(app): State<App>,
    headers: HeaderMap,
    Path(layer): Path<String>,
) -> Result<Json<TileJson>, Problem> {
    let (name, fields) = match layer.as_str() {
        "communes.json" => {
            ("communes", json!({"id": "String", "name_vi": "String", "name_en": "String", "served": "Boolean"}))
        }
        "heat.json" => ("heat", json!({"id": "String", "value": "Number", "count": "Number", "suppressed": "Boolean"})),
        _ => return Err(Rejection::NotFound.into()),
    };
    let centre = app.flow.centre();
    let proto = text_of(&headers, "x-forwarded-proto").filter(|proto| proto == "https").unwrap_or("http".into());
    let here = text_of(&headers, "host").map(|host| format!("{proto}://{host}")).unwrap_or_default();
    Ok(Json(TileJson {
        tilejson: "3.0.0",
        name,
        tiles: [format!("{here}/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt")],
        vector_layers: [json!({"id": name, "fields": fields})],
        minzoom: 0,
        maxzoom: MOST_ZOOM,
        bounds: bounds(&centre),
        attribution: centre.generation.source.clone(),
        generation: centre.generation.id.clone(),
        approximate: centre.generation.approximate,
        under: app.base_map.as_ref().map(|map| map.template().to_owned()),
    }))
}

fn bounds(centre: &Centre) -> Option<[f64; 4]> {
    let served = centre.drawings(0).iter().filter(|drawn| !centre.is_foreign(&drawn.commune.code));
    let rect = served.map(|drawn| drawn.bounds).reduce(|a, b| {
        let (low, high) = (
            (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
            (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
        );
        geo::Rect::new(low, high)
    })?;
    Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}
