//! Server-sent events: an office's feed, a report, the figures of the whole.

use axum::{Extension, extract::State, http::HeaderMap, response::Response};

use crate::{
    app::App,
    flow::feed,
    http::{
        Problem,
        extract::{Code, Named, OfficeInPath, Secret, Who, text_of},
        live::{Live, frame},
    },
};

/// What the listener has seen last.
fn last_in(headers: &HeaderMap) -> Option<String> {
    text_of(headers, "last-event-id")
}

/// What changes in the office's queue, as server-sent events: `ticket` for one that is new or changed, `gone` for one that
/// went to another office, `reset` where the feed does not reach back to `Last-Event-ID` and the queue has to be read
/// again. `id` is the office's own sequence: 1, 2, 3 … on every instance.
#[utoipa::path(get, path = "/api/v1/offices/{office}/stream", tag = "offices", operation_id = "office_stream",
    params(("office" = String, Path), ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, description = "events", content_type = "text/event-stream", body = feed::Changed),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn office(
    State(app): State<App>,
    Extension(live): Extension<Live>,
    Who(caller): Who,
    Named(office): OfficeInPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    feed::admit(&app.flow, &caller, &office)?;
    // What is no number of ours has seen nothing of ours: it is told to read the queue.
    let last = last_in(&headers).map(|last| last.parse().unwrap_or(-1));
    Ok(frame::answer(live.office(office, caller.key_id(), last).await?))
}

/// A report as it stands, as server-sent events `report`: what `GET /api/v1/reports/{code}` answers, now and whenever it
/// has changed; with `X-Report-Secret` what is its sender's.
#[utoipa::path(get, path = "/api/v1/reports/{code}/events", tag = "reports", operation_id = "report_events",
    params(("code" = String, Path), ("X-Report-Secret" = Option<String>, Header), ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, description = "events", content_type = "text/event-stream", body = super::reports::ReportAnswer),
        (status = 404, body = Problem)))]
pub async fn report(
    Extension(live): Extension<Live>,
    Named(code): Code,
    Secret(secret): Secret,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(frame::answer(live.report(code, secret.as_deref(), last_in(&headers)).await?))
}

/// The public figures, as server-sent events `figures`: what `GET /api/v1/stats/summary` answers to anybody, now and
/// whenever it has changed.
#[utoipa::path(get, path = "/api/v1/live", tag = "figures", operation_id = "live",
    params(("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, description = "events", content_type = "text/event-stream", body = super::figures::SummaryAnswer)))]
pub async fn figures(Extension(live): Extension<Live>, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(frame::answer(live.figures(last_in(&headers)).await?))
}
