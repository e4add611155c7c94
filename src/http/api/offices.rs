//! `/api/v1/offices/{office}`: an office's queue.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    domain::ticket,
    flow::{
        Rejection,
        look::{self, QueuePage},
    },
    http::{
        Problem,
        extract::{Asked, Named, OfficeInPath, Who, text_of},
    },
};

/// Which part of the queue.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueAsked {
    /// States, separated by commas, or `all`; the open ones when left out.
    status: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// 1–200, 50 when left out.
    limit: Option<i64>,
}

/// An office's tickets, what is due first first.
#[utoipa::path(get, path = "/api/v1/offices/{office}/tickets", tag = "offices",
    params(("office" = String, Path), QueueAsked, ("If-None-Match" = Option<String>, Header)),
    responses((status = 200, body = QueuePage), (status = 304), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn tickets(
    State(app): State<App>,
    Who(caller): Who,
    Named(office): OfficeInPath,
    headers: HeaderMap,
    Asked(asked): Asked<QueueAsked>,
) -> Result<Response, Problem> {
    let states = states_in(asked.status.as_deref())?;
    let limit = asked.limit.unwrap_or(50).clamp(1, 200);
    let page = look::queue(&app.flow, &caller, &office, &states, asked.cursor.as_deref(), limit).await?;
    Ok(unless_known(&headers, &etag_of(&page), page))
}

fn states_in(text: Option<&str>) -> Result<Vec<ticket::State>, Problem> {
    if text == Some("all") {
        return Ok(ticket::State::ALL.to_vec());
    }
    let words = text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| match ticket::State::parse(word) {
            Some(state) => Ok(state),
            None => Err(Rejection::field("status", "unknown_status", format!("there is no status {word:?}")).into()),
        })
        .collect()
}

/// Ids, versions and the count beside them say everything about a page.
fn etag_of(page: &QueuePage) -> String {
    let mut hasher = DefaultHasher::new();
    for item in &page.items {
        (item.id, item.version, item.me_too).hash(&mut hasher);
    }
    page.next.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

fn unless_known(headers: &HeaderMap, etag: &str, page: QueuePage) -> Response {
    let known = text_of(headers, "if-none-match").is_some_and(|known| known.split(',').any(|one| one.trim() == etag));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { Json(page).into_response() };
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
