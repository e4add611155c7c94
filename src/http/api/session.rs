//! `/api/v1/session`: a browser shows its key or its secret once, and then a cookie.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    domain::{clock::Timestamp, code::PublicCode, ids::OfficeId},
    flow::{Rejection, rejection::Warning, session},
    http::{Problem, cookies, extract::Body, told::Told},
};

/// A key, or a report's code and secret.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SessionAsked {
    /// As `ioc keys create` has printed it.
    key: Option<String>,
    /// A report's code.
    code: Option<String>,
    /// Its secret.
    secret: Option<String>,
}

/// What the cookie opens.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// It ends then.
    until: Timestamp,
    /// The key's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The offices that the key opens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offices: Vec<OfficeId>,
    /// What the key allows, as `ioc keys create` takes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
    /// The report that the secret opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<PublicCode>,
}

/// Open a browser's session: the answer sets a cookie that scripts cannot read and other sites cannot use. It is accepted
/// wherever the key, or the report's secret, is.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "open_session", request_body = SessionAsked,
    responses((status = 200, body = Told<SessionView>), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn open(
    State(app): State<App>,
    headers: HeaderMap,
    Body(asked, warnings): Body<SessionAsked>,
) -> Result<Response, Problem> {
    match asked {
        SessionAsked { key: Some(key), .. } => {
            let (session, caller) = session::with_key(&app.flow, &key).await?;
            let offices = caller.offices().cloned().collect();
            let scopes = caller.scopes().iter().map(ToString::to_string).collect();
            let name = caller.name().map(str::to_owned);
            let view = SessionView { until: session.until, name, offices, scopes, code: None };
            Ok(with_cookie(&headers, cookies::KEY, &session, view, warnings))
        }
        SessionAsked { code: Some(code), secret: Some(secret), .. } => {
            let code: PublicCode = code.parse().map_err(|_| Rejection::NotFound)?;
            let session = session::with_secret(&app.flow, &code, &secret).await?;
            let view =
                SessionView { until: session.until, name: None, offices: vec![], scopes: vec![], code: Some(code) };
            Ok(with_cookie(&headers, &cookies::of_report(&code), &session, view, warnings))
        }
        _ => Err(Rejection::field("key", "missing", "send {key}, or {code, secret} of a report").into()),
    }
}

fn with_cookie(
    headers: &HeaderMap,
    name: &str,
    session: &session::Session,
    answer: SessionView,
    warnings: Vec<Warning>,
) -> Response {
    let mut response = Json(Told { answer, warnings }).into_response();
    let cookie = cookies::set(headers, name, &session.sealed, session.seconds);
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// End every session of this browser.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", operation_id = "end_session", responses((status = 204)))]
pub async fn end(headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    for name in cookies::names(&headers) {
        let ended = cookies::set(&headers, &name, "", 0);
        if let Some(cookie) = ended {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}
