//! Every route of the front door, in one flat list; the OpenAPI document comes from the same list.

use axum::{
    Extension, Json, Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, StatusCode, header},
    middleware,
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer, trace::TraceLayer,
};
use utoipa::{Modify, OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{
    Problem,
    api::{
        claims, destinations, figures, heatmap, offices, places, reports, service, session, sheets, streams, team,
        tickets, timeline, uploads,
    },
    brake::{Brake, brake},
    detach::detach,
    document::Everywhere,
    live::Live,
    measure::measure,
    pages,
    shed::{Load, shed},
    tiles,
};
use crate::app::App;

/// Largest body of one submission: six photos of 12 MB and the report.
const UPLOAD_BYTES: usize = 74 << 20;
/// Largest body anywhere else.
const BODY_BYTES: usize = 8 << 20;

#[derive(OpenApi)]
#[openapi(info(
    title = "ioc-router",
    description = "A citizen's report with a GPS position goes, at once and with no dispatcher, into the queue of the commune office that is responsible. Times are RFC 3339 UTC; days are those of Asia/Ho_Chi_Minh; errors are problem documents with a stable `code`."
))]
struct Document;

/// The routes with the document that describes them.
fn described() -> OpenApiRouter<App> {
    let uploads = OpenApiRouter::new()
        .routes(routes!(reports::send))
        .routes(routes!(tickets::resolve))
        .routes(routes!(tickets::refuse))
        .routes(routes!(tickets::publish))
        .routes(routes!(destinations::hear))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES));
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(reports::send_batch))
        .routes(routes!(uploads::options, uploads::create))
        .routes(routes!(uploads::photo_offset, uploads::photo_piece, uploads::photo_given_up, uploads::photo_step))
        .routes(routes!(reports::nearby))
        .routes(routes!(reports::read))
        .routes(routes!(reports::confirm))
        .routes(routes!(reports::reopen))
        .routes(routes!(reports::rate))
        .routes(routes!(reports::place))
        .routes(routes!(reports::reply))
        .routes(routes!(reports::withdraw))
        .routes(routes!(reports::me_too))
        .routes(routes!(places::locate_point))
        .routes(routes!(places::categories))
        .routes(routes!(places::photo))
        .routes(routes!(offices::list))
        .routes(routes!(offices::tickets))
        .routes(routes!(sheets::queue))
        .routes(routes!(team::read))
        .routes(routes!(claims::take))
        .routes(routes!(claims::prolong, claims::release))
        .routes(routes!(tickets::read))
        .routes(routes!(tickets::accept))
        .routes(routes!(tickets::assign))
        .routes(routes!(tickets::start))
        .routes(routes!(tickets::transfer))
        .routes(routes!(tickets::extend))
        .routes(routes!(tickets::wait))
        .routes(routes!(tickets::comment))
        .routes(routes!(tickets::merge))
        .routes(routes!(heatmap::heatmap))
        .routes(routes!(destinations::list))
        .routes(routes!(figures::summary))
        .routes(routes!(figures::offices))
        .routes(routes!(session::open, session::end))
        .routes(routes!(timeline::timeline))
        .routes(routes!(tiles::tile))
        .routes(routes!(tiles::describe))
        .routes(routes!(service::healthz))
        .routes(routes!(service::readyz))
        .routes(routes!(service::status))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .merge(uploads)
}

/// The streams; nothing that collects or transforms an answer may lie around them, and each layer costs room in each of
/// many thousand.
fn streaming() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(streams::report))
        .routes(routes!(streams::office))
        .routes(routes!(streams::figures))
}

/// The OpenAPI document, without a server.
pub fn openapi() -> utoipa::openapi::OpenApi {
    parts().2
}

fn parts() -> (Router<App>, Router<App>, utoipa::openapi::OpenApi) {
    let (routes, mut document) = described().split_for_parts();
    let (streams, more) = streaming().split_for_parts();
    document.merge(more);
    Everywhere.modify(&mut document);
    (routes, streams, document)
}

/// The page that shows the document; it asks nobody outside what they think of it.
fn docs(document: utoipa::openapi::OpenApi) -> Router<App> {
    let config = Config::new(["/openapi.json"]).validator_url("none");
    let shown = SwaggerUi::new("/docs").url("/openapi.json", document).config(config);
    let policy = SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Router::from(shown).layer(policy)
}

/// The page writes its styles into itself.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Everything that answers; streams are fed by `live`, which somebody else runs.
pub fn router(app: App, live: Live) -> Router {
    let (routes, streams, document) = parts();
    let described = document.clone();
    routes
        .merge(docs(document))
        .route("/api/v1/openapi.json", get(move || async move { Json(described) }))
        .route("/api/v1/heatmap.csv", get(heatmap::heatmap))
        .route("/api/v1/stats/summary.csv", get(figures::summary))
        .route("/api/v1/stats/offices.csv", get(figures::offices))
        .route("/api/v1/stats/timeline.csv", get(timeline::timeline))
        .merge(pages::routes())
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(middleware::from_fn_with_state((app.clone(), Brake::default()), brake))
        .layer(middleware::from_fn_with_state(Load::default(), shed))
        .layer(CompressionLayer::new())
        .merge(streams)
        .layer(Extension(live))
        .layer(middleware::from_fn(detach))
        .layer(middleware::from_fn(measure))
        .layer(CatchPanicLayer::new())
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(SetResponseHeaderLayer::if_not_present(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

async fn not_so() -> Problem {
    let detail = "this path does not take that method: see /docs";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Phương thức không dùng được ở đây", detail)
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "Không tìm thấy", "there is no such path: see /docs")
}
