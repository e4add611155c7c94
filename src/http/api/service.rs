//! Whether this instance lives and can accept.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, http::Problem};

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
