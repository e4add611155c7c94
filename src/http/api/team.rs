//! `/api/v1/team`: what a community team has sent.

use axum::{Json, extract::State};

use crate::{
    app::App,
    flow::team::{self, Team},
    http::{Problem, extract::Who},
};

/// What was sent with this key, and how it stands: figures and the newest reports, without their words.
#[utoipa::path(get, path = "/api/v1/team", tag = "reports", operation_id = "team",
    responses((status = 200, body = Team), (status = 401, body = Problem)))]
pub async fn read(State(app): State<App>, Who(caller): Who) -> Result<Json<Team>, Problem> {
    Ok(Json(team::team(&app.flow, &caller).await?))
}
