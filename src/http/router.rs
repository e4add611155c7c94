//! Every route of the front door, in one flat list; the OpenAPI document comes from the same list.

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, StatusCode, header},
    middleware,
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer, trace::TraceLayer,
};
use utoipa::{Modify, OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{
    Problem,
    api::{figures, heatmap, offices, places, reports, service, tickets, uploads},
    brake::{Brake, brake},
    detach::detach,
    document::Everywhere,
    measure::measure,
    pages,
    shed::{Load, shed},
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
        .routes(routes!(offices::tickets))
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
        .routes(routes!(figures::summary))
        .routes(routes!(figures::offices))
        .routes(routes!(service::healthz))
        .routes(routes!(service::readyz))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .merge(uploads)
}

/// The OpenAPI document, without a server.
pub fn openapi() -> utoipa::openapi::OpenApi {
    parts().1
}

fn parts() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (routes, mut document) = described().split_for_parts();
    Everywhere.modify(&mut document);
    (routes, document)
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

/// Everything that answers.
pub fn router(app: App) -> Router {
    let (routes, document) = parts();
    let described = document.clone();
    routes
        .merge(docs(document))
        .route("/api/v1/openapi.json", axum::routing::get(move || async move { Json(described) }))
        .merge(pages::routes())
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(middleware::from_fn_with_state((app.clone(), Brake::default()), brake))
        .layer(middleware::from_fn_with_state(Load::default(), shed))
        .layer(middleware::from_fn(detach))
        .layer(middleware::from_fn(measure))
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new())
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
