//! `/api/v1/offices/{office}`: an office's queue.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    domain::{
        ids::CommuneCode,
        office::{Office, OfficeKind},
        ticket,
    },
    flow::{
        Rejection,
        look::{self, QueuePage},
        receipt::OfficeRef,
    },
    http::{
        Problem,
        extract::{Asked, Named, OfficeInPath, Who, text_of},
        live::Live,
    },
};

/// An office of the directory.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfficeView {
    #[serde(flatten)]
    office: OfficeRef,
    kind: OfficeKind,
    /// The commune that it answers for.
    commune: Option<CommuneCode>,
}

/// The offices of the centre.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offices {
    items: Vec<OfficeView>,
    next: Option<String>,
}

/// The offices of the directory in force: whom a report can be passed to.
#[utoipa::path(get, path = "/api/v1/offices", tag = "offices", operation_id = "list_offices",
    responses((status = 200, body = Offices)))]
pub async fn list(State(app): State<App>) -> Json<Offices> {
    let view = |office: &Office| OfficeView {
        office: OfficeRef::from(office),
        kind: office.kind,
        commune: office.commune.clone(),
    };
    let items = app.flow.centre().routes.directory().offices.iter().map(view).collect();
    Json(Offices { items, next: None })
}

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
    /// Seconds to wait for a page other than the one of `If-None-Match`, or for one that is not empty; at most 60.
    wait: Option<u64>,
}

/// An office's tickets, what is due first first.
#[utoipa::path(get, path = "/api/v1/offices/{office}/tickets", tag = "offices",
    params(("office" = String, Path), QueueAsked, ("If-None-Match" = Option<String>, Header)),
    responses((status = 200, body = QueuePage), (status = 304), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn tickets(
    State(app): State<App>,
    Extension(live): Extension<Live>,
    Who(caller): Who,
    Named(office): OfficeInPath,
    headers: HeaderMap,
    Asked(asked): Asked<QueueAsked>,
) -> Result<Response, Problem> {
    let states = states_in(asked.status.as_deref())?;
    let limit = asked.limit.unwrap_or(50).clamp(1, 200);
    let look = || look::queue(&app.flow, &caller, &office, &states, asked.cursor.as_deref(), limit);
    let mut page = look().await?;
    if let Some(seconds) = asked.wait.filter(|seconds| *seconds > 0) {
        let (_kept, mut changes) = live.office_changes(&office).await?;
        let end = Instant::now() + Duration::from_secs(seconds.min(MAX_WAIT));
        // What changes from here on is noticed; what changed until here is read.
        page = look().await?;
        while is_old(&headers, &page) {
            let waited = tokio::select! {
                changed = tokio::time::timeout_at(end, changes.changed()) => changed.is_ok(),
                () = live.ended() => false,
            };
            if !waited {
                break;
            }
            page = look().await?;
        }
    }
    Ok(unless_known(&headers, &etag_of(&page), page))
}

/// Longest wait, seconds: proxies in between give up after a minute.
const MAX_WAIT: u64 = 60;

/// Whether the page is the one that the client has, or has nothing for a client that has none.
fn is_old(headers: &HeaderMap, page: &QueuePage) -> bool {
    text_of(headers, "if-none-match").map_or(page.items.is_empty(), |known| is_known(&known, &etag_of(page)))
}

fn is_known(known: &str, etag: &str) -> bool {
    known.split(',').any(|one| one.trim() == etag)
}

pub(super) fn states_in(text: Option<&str>) -> Result<Vec<ticket::State>, Problem> {
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
    let known = text_of(headers, "if-none-match").is_some_and(|known| is_known(&known, etag));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { Json(page).into_response() };
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
