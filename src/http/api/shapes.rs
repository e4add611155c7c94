//! The forms of bodies that are read or written field by field, for the OpenAPI document alone.

use utoipa::ToSchema;

use crate::domain::{
    clock::{Day, Timestamp},
    ids::{CategoryCode, CommuneCode, GenerationId},
    names::Names,
    position::Source,
};

/// A report as it is sent. Whatever else is in it is ignored and named in `warnings`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct ReportIn {
    /// A code of `GET /api/v1/categories`.
    category: CategoryCode,
    /// 1–4,000 characters.
    description: String,
    /// Where it is; wins over `place`.
    position: Option<PositionIn>,
    /// Where it is, by name.
    place: Option<PlaceIn>,
    /// The sender's own answer near a border.
    stated_commune: Option<CommuneCode>,
    /// When it was seen; deadlines run from receipt.
    captured_at: Option<Timestamp>,
    /// How to reach the sender; sealed.
    contact: Option<ContactIn>,
    /// The office may see the contact.
    share_contact: Option<bool>,
    /// For a neighbour; needs a key with `report:behalf`.
    on_behalf_of: Option<NeighbourIn>,
}

/// A position as a phone tells it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct PositionIn {
    /// Degrees east.
    lon: f64,
    /// Degrees north.
    lat: f64,
    /// Metres, above 0.
    accuracy_m: Option<f64>,
    /// 0.01–0.999; 0.68 when left out.
    accuracy_confidence: Option<f64>,
    /// `gps` when left out.
    source: Option<Source>,
}

/// A place by name.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct PlaceIn {
    /// The commune's code.
    commune: CommuneCode,
    /// In words, at most 200 characters.
    hint: Option<String>,
}

/// How to reach the sender; each at most 200 characters.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct ContactIn {
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

/// For whom it is sent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct NeighbourIn {
    name: Option<String>,
    phone: Option<String>,
}

/// A report with photos beside it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct ReportForm {
    /// The report as JSON.
    report: ReportIn,
    /// JPEG, PNG or WebP; at most 6 of 12 MB and 50 million pixels each.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    photo: Option<Vec<String>>,
}

/// A command with new photos beside it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct CommandForm<T> {
    /// The command as JSON.
    command: T,
    /// JPEG, PNG or WebP; at most 6 of 12 MB and 50 million pixels each.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    photo: Option<Vec<String>>,
}

/// A heatmap as GeoJSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct HeatOut {
    /// `FeatureCollection`.
    r#type: String,
    /// The map in force.
    generation: GenerationId,
    /// Its boundaries are approximate.
    approximate: bool,
    /// Whose boundaries these are.
    attribution: String,
    /// First day that is counted, where hexagons are asked for from a day on.
    from: Option<Day>,
    /// Last day that is counted, where hexagons are asked for up to a day.
    to: Option<Day>,
    /// Every commune, or every hexagon with reports.
    features: Vec<HeatFeature>,
}

/// One commune or hexagon.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct HeatFeature {
    /// `Feature`.
    r#type: String,
    /// Code of the commune, or index of the hexagon.
    id: String,
    /// A polygon; null with `geometry=none`.
    #[schema(value_type = Option<Object>)]
    geometry: Option<()>,
    /// What is shown of it.
    properties: HeatProperties,
}

/// What is shown of a commune or hexagon.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body in the OpenAPI document")]
pub struct HeatProperties {
    /// As that of the feature.
    id: String,
    /// Of the commune; of that around the middle of a hexagon.
    name: Option<Names>,
    /// In the metric's own unit; null where there is none, or it is suppressed.
    value: Option<f64>,
    /// How many reports stand behind it.
    count: Option<i64>,
    /// Fewer than five stand behind it: nothing is told in public.
    suppressed: bool,
}
