//! `/api/v1/destinations` and `/api/v1/edxml`: who is told, and what document systems say.

use axum::{Json, body::Bytes, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    flow::{
        Rejection,
        destinations::{self, Destinations},
    },
    http::{Problem, extract::Who},
    identity::Caller,
};

/// Every system that is told, how it is, what waits for it, and what was tried last.
#[utoipa::path(get, path = "/api/v1/destinations", tag = "deliveries", operation_id = "list_destinations",
    responses((status = 200, body = Destinations), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list(State(app): State<App>, Who(caller): Who) -> Result<Json<Destinations>, Problem> {
    Ok(Json(destinations::listed(&app.flow, &caller).await?))
}

/// What came of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Heard {
    /// `moved`, `noted` (said before, or nothing to move), `elsewhere` (the ticket is another office's now).
    result: &'static str,
}

/// A document system says something of a document that it was sent: an edXML status message or an answering document.
#[utoipa::path(post, path = "/api/v1/edxml", tag = "deliveries", operation_id = "receive_edxml",
    request_body(content = String, content_type = "application/xml"),
    responses((status = 200, body = Heard), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn hear(State(app): State<App>, Who(caller): Who, xml: Bytes) -> Result<Json<Heard>, Problem> {
    if caller == Caller::Anyone {
        return Err(Rejection::Unauthorized.into());
    }
    let received = app.hear(&caller, &xml).await?;
    Ok(Json(Heard { result: received.word() }))
}
