//! Whether this instance lives and can accept, and how everything stands.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    flow::status::{self, Status},
    http::Problem,
};

/// It answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    status: &'static str,
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether this instance can accept a report now.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, body = Health), (status = 503, body = Problem)))]
pub async fn readyz(State(app): State<App>) -> Result<Json<Health>, Problem> {
    app.flow.store.ready().await?;
    Ok(Json(Health { status: "ready" }))
}

/// How everything stands: each self-check with its state, since when, what was measured and one sentence. Always 200
/// where it can be told; `state` says how it is.
#[utoipa::path(get, path = "/status", tag = "service", responses((status = 200, body = Status)))]
pub async fn status(State(app): State<App>) -> Json<Status> {
    Json(status::status(&app.flow).await)
}
