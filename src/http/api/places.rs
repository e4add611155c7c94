//! `/api/v1/locate`, `/api/v1/categories`, `/api/v1/photos`.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    domain::{
        category::{Category, Level},
        clock::{Day, Timestamp},
        ids::{CategoryCode, PhotoId},
        names::Names,
        position::{Accuracy, Fix, Position, Source},
    },
    flow::{Rejection, locate, look, receipt::PlacementView},
    http::{
        Problem,
        extract::{Asked, Named, Secrets, Who},
    },
};

/// A point and how far it may be off.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Point {
    lon: f64,
    lat: f64,
    /// Metres.
    accuracy_m: Option<f64>,
    /// 0.68 when left out; browsers mean 0.95.
    accuracy_confidence: Option<f64>,
    /// On the map of that moment, or of that day: `2026-07-01`.
    at: Option<String>,
}

/// "Is this point yours?"
#[utoipa::path(get, path = "/api/v1/locate", tag = "places", params(Point),
    responses((status = 200, body = PlacementView), (status = 422, body = Problem)))]
pub async fn locate_point(State(app): State<App>, Asked(point): Asked<Point>) -> Result<Json<PlacementView>, Problem> {
    let (fix, at) = (point.fix()?, point.moment()?);
    Ok(Json(locate::locate(&app.flow, &fix, at)))
}

impl Point {
    /// The position with its error; here an accuracy that means nothing is told, because nothing is lost by asking again.
    fn fix(&self) -> Result<Fix, Rejection> {
        let position = Position::new(self.lon, self.lat)
            .map_err(|why| Rejection::field("position", why.code(), why.to_string()))?;
        let confidence = self.accuracy_confidence.unwrap_or(Accuracy::PHONE);
        let accuracy = self.accuracy_m.map(|metres| {
            let wrong = "must be a number of metres above 0, with a confidence from 0.01 to 0.999";
            Accuracy::new(metres, confidence).ok_or_else(|| Rejection::field("accuracy_m", "bad_accuracy", wrong))
        });
        Ok(Fix { position, accuracy: accuracy.transpose()?, source: Source::Gps })
    }

    /// A moment, or the beginning of a day in Vietnam.
    fn moment(&self) -> Result<Option<Timestamp>, Rejection> {
        let Some(text) = self.at.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
        let moment = text.parse::<Day>().map(Day::start).or_else(|_| text.parse::<Timestamp>());
        moment.map(Some).map_err(|why| Rejection::field("at", "bad_time", why.to_string()))
    }
}

/// A category as it is offered.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryView {
    code: CategoryCode,
    name: Names,
    /// Who answers; `elsewhere` is answered with where the law sends it.
    level: Answers,
    urgent: bool,
    accept_hours: u16,
    resolve_hours: u16,
    featured: bool,
    guidance: Option<Names>,
}

/// Who answers what is sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Answers {
    Commune,
    Province,
    Elsewhere,
}

/// The categories on offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Categories {
    items: Vec<CategoryView>,
    next: Option<String>,
}

impl From<&Category> for CategoryView {
    fn from(category: &Category) -> Self {
        let level = match category.level {
            Level::Commune => Answers::Commune,
            Level::Province | Level::Above => Answers::Province,
            Level::Elsewhere => Answers::Elsewhere,
        };
        Self {
            code: category.code.clone(),
            name: category.name.clone(),
            level,
            urgent: category.urgent,
            accept_hours: category.accept_hours,
            resolve_hours: category.resolve_hours,
            featured: category.featured,
            guidance: category.guidance.clone(),
        }
    }
}

/// What a report can be about.
#[utoipa::path(get, path = "/api/v1/categories", tag = "places", responses((status = 200, body = Categories)))]
pub async fn categories(State(app): State<App>) -> Json<Categories> {
    let centre = app.flow.centre();
    let offered = centre.routes.book().categories.iter().filter(|category| !category.retired);
    Json(Categories { items: offered.map(CategoryView::from).collect(), next: None })
}

/// How large a photo is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Size {
    /// `small` for lists.
    size: Option<String>,
}

/// A photo, for the office that has its ticket or for the sender.
#[utoipa::path(get, path = "/api/v1/photos/{id}", tag = "reports",
    params(("id" = String, Path), ("X-Report-Secret" = Option<String>, Header), Size),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = Problem)))]
pub async fn photo(
    State(app): State<App>,
    Who(caller): Who,
    Secrets(secrets): Secrets,
    Named(id): Named<PhotoId>,
    Asked(size): Asked<Size>,
) -> Result<Response, Problem> {
    let small = size.size.is_some_and(|size| size == "small");
    let mut shown = look::photo(&app.flow, &caller, None, id, small).await;
    for secret in &secrets {
        if !matches!(shown, Err(Rejection::NotFound)) {
            break;
        }
        shown = look::photo(&app.flow, &caller, Some(secret), id, small).await;
    }
    let (photo, bytes) = shown?;
    let mut response = bytes.into_response();
    let kind = HeaderValue::from_str(&photo.media_type).unwrap_or(HeaderValue::from_static("image/jpeg"));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400"));
    Ok(response)
}
