//! `/api/v1/offices/{office}/claims`: machines fetch tickets.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    flow::{
        Rejection,
        claim::{self, ClaimedTicket, LeaseView},
    },
    http::{
        Problem,
        extract::{Body, ClaimInPath, Named, OfficeInPath, Who},
        told::Told,
    },
};

/// How many tickets, and for how long at first.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ClaimAsked {
    /// 1–100; 1 when left out.
    limit: Option<i64>,
    /// 30–600; 120 when left out.
    lease_seconds: Option<i64>,
}

/// "Still at it."
#[derive(Debug, Deserialize, ToSchema)]
pub struct Heartbeat {
    /// 30–600; as long as it was claimed for when left out.
    lease_seconds: Option<i64>,
}

/// Tickets in hand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Claims {
    items: Vec<ClaimedTicket>,
}

fn within(path: &str, asked: Option<i64>, range: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, Rejection> {
    let detail = format!("from {} to {}", range.start(), range.end());
    match asked {
        Some(asked) if !range.contains(&asked) => Err(Rejection::field(path, "out_of_range", detail)),
        asked => Ok(asked),
    }
}

const SECONDS: std::ops::RangeInclusive<i64> = 30..=600;

/// Take the best tickets of the office's queue: urgent ones first, then what is due first. Each comes with a token of its
/// own; until its lease ends nobody else gets the ticket.
#[utoipa::path(post, path = "/api/v1/offices/{office}/claims", tag = "offices", operation_id = "claim",
    params(("office" = String, Path)), request_body = ClaimAsked,
    responses((status = 200, body = Told<Claims>), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn take(
    State(app): State<App>,
    Who(caller): Who,
    Named(office): OfficeInPath,
    Body(asked, warnings): Body<ClaimAsked>,
) -> Result<Json<Told<Claims>>, Problem> {
    let limit = within("limit", asked.limit, 1..=100)?.unwrap_or(1);
    let seconds = within("lease_seconds", asked.lease_seconds, SECONDS)?.unwrap_or(120);
    let items = claim::claim(&app.flow, &caller, &office, limit, seconds).await?;
    Ok(Json(Told { answer: Claims { items }, warnings }))
}

/// Still at it: the lease runs on from now.
#[utoipa::path(put, path = "/api/v1/offices/{office}/claims/{token}", tag = "offices", operation_id = "prolong_claim",
    params(("office" = String, Path), ("token" = String, Path)), request_body = Heartbeat,
    responses((status = 200, body = Told<LeaseView>), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn prolong(
    State(app): State<App>,
    Who(caller): Who,
    ClaimInPath(office, token): ClaimInPath,
    Body(asked, warnings): Body<Heartbeat>,
) -> Result<Json<Told<LeaseView>>, Problem> {
    let seconds = within("lease_seconds", asked.lease_seconds, SECONDS)?;
    let answer = claim::prolong(&app.flow, &caller, &office, token, seconds).await?;
    Ok(Json(Told { answer, warnings }))
}

/// Give the ticket back to the queue; it is no failed attempt.
#[utoipa::path(delete, path = "/api/v1/offices/{office}/claims/{token}", tag = "offices", operation_id = "release_claim",
    params(("office" = String, Path), ("token" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn release(
    State(app): State<App>,
    Who(caller): Who,
    ClaimInPath(office, token): ClaimInPath,
) -> Result<StatusCode, Problem> {
    claim::release(&app.flow, &caller, &office, token).await?;
    Ok(StatusCode::NO_CONTENT)
}
